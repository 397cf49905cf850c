"""Schema 1: contacts, products, purchases, the journal, picklists and the summaries.

Conventions: STRICT tables with plural names; ``_on`` is ``YYYY-MM-DD``, ``_at`` UTC
``YYYY-MM-DDTHH:MM:SSZ``; ``is_`` 0 or 1; money in minor units with an ISO 4217 code beside it.
Foreign keys are deferred, so that one batch may write rows in any order. No statement reads
the clock or draws a number: ids and times are always parameters.
"""

from __future__ import annotations

TABLES = (
    # -- the store itself ---------------------------------------------------------------
    """
    CREATE TABLE settings (
        id INTEGER PRIMARY KEY,
        key TEXT NOT NULL UNIQUE,
        value TEXT NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE counters (
        name TEXT PRIMARY KEY,
        next_id INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID
    """,
    # A statement that must find the world as the batch's reader saw it inserts its finding
    # here; anything but 1 breaks the CHECK and with it the whole batch.
    """
    CREATE TABLE guards (
        holds INTEGER NOT NULL CONSTRAINT guard_holds CHECK (holds = 1)
    ) STRICT
    """,
    """
    CREATE TABLE entries (
        id INTEGER PRIMARY KEY,
        uid TEXT NOT NULL,
        at TEXT NOT NULL,
        actor TEXT NOT NULL,
        command TEXT NOT NULL,
        summary TEXT NOT NULL,
        kind TEXT NOT NULL CHECK (kind IN ('change', 'undo', 'redo', 'system')),
        target_id INTEGER REFERENCES entries (id) DEFERRABLE INITIALLY DEFERRED,
        undone_by_id INTEGER REFERENCES entries (id) DEFERRABLE INITIALLY DEFERRED,
        records INTEGER NOT NULL DEFAULT 0,
        is_undoable INTEGER NOT NULL DEFAULT 1 CHECK (is_undoable IN (0, 1))
    ) STRICT
    """,
    # image: update -> {"column": [before, after]}, delete -> the whole row, insert -> NULL.
    """
    CREATE TABLE changes (
        id INTEGER PRIMARY KEY,
        entry_id INTEGER NOT NULL REFERENCES entries (id) DEFERRABLE INITIALLY DEFERRED,
        table_name TEXT NOT NULL,
        op TEXT NOT NULL CHECK (op IN ('insert', 'update', 'delete')),
        first_id INTEGER NOT NULL,
        last_id INTEGER NOT NULL,
        image TEXT
    ) STRICT
    """,
    "CREATE INDEX changes_entry ON changes (entry_id, table_name, first_id)",
    """
    CREATE TABLE trash (
        id INTEGER PRIMARY KEY,
        entry_id INTEGER NOT NULL REFERENCES entries (id) DEFERRABLE INITIALLY DEFERRED,
        noun TEXT NOT NULL,
        record_id INTEGER NOT NULL,
        name TEXT NOT NULL,
        deleted_at TEXT NOT NULL,
        deleted_by TEXT NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE picklist_values (
        id INTEGER PRIMARY KEY,
        list TEXT NOT NULL,
        key TEXT NOT NULL,
        label TEXT NOT NULL,
        aliases TEXT NOT NULL DEFAULT '[]',
        note TEXT,
        position INTEGER NOT NULL,
        is_retired INTEGER NOT NULL DEFAULT 0 CHECK (is_retired IN (0, 1)),
        UNIQUE (list, key)
    ) STRICT
    """,
    """
    CREATE TABLE currency_rates (
        id INTEGER PRIMARY KEY,
        base TEXT NOT NULL,
        quote TEXT NOT NULL,
        valid_on TEXT NOT NULL,
        rate TEXT NOT NULL,
        UNIQUE (base, quote, valid_on)
    ) STRICT
    """,
    """
    CREATE TABLE import_runs (
        id INTEGER PRIMARY KEY,
        entry_id INTEGER REFERENCES entries (id) DEFERRABLE INITIALLY DEFERRED,
        noun TEXT NOT NULL,
        source TEXT NOT NULL,
        at TEXT NOT NULL,
        read_rows INTEGER NOT NULL,
        created INTEGER NOT NULL,
        updated INTEGER NOT NULL,
        unchanged INTEGER NOT NULL,
        rejected INTEGER NOT NULL,
        rejects_file TEXT,
        rejects_digest TEXT,
        CHECK (read_rows = created + updated + unchanged + rejected)
    ) STRICT
    """,
    "CREATE INDEX import_runs_source ON import_runs (noun, source)",
    "CREATE INDEX import_runs_entry ON import_runs (entry_id)",
    # -- contacts -----------------------------------------------------------------------
    """
    CREATE TABLE contacts (
        id INTEGER PRIMARY KEY,
        uid TEXT NOT NULL UNIQUE,
        kind TEXT NOT NULL CHECK (kind IN ('person', 'company')),
        name TEXT NOT NULL,
        folded TEXT NOT NULL,
        first_name TEXT,
        last_name TEXT,
        company_id INTEGER REFERENCES contacts (id) DEFERRABLE INITIALLY DEFERRED,
        job_title TEXT,
        role TEXT NOT NULL,
        birthday TEXT,
        language TEXT,
        source TEXT,
        campaign TEXT,
        owner TEXT,
        referred_by_id INTEGER REFERENCES contacts (id) DEFERRABLE INITIALLY DEFERRED,
        notes TEXT,
        created_at TEXT NOT NULL,
        updated_at TEXT NOT NULL,
        archived_at TEXT
    ) STRICT
    """,
    "CREATE INDEX contacts_folded ON contacts (folded)",
    "CREATE INDEX contacts_company ON contacts (company_id) WHERE company_id IS NOT NULL",
    "CREATE INDEX contacts_referrer ON contacts (referred_by_id) WHERE referred_by_id IS NOT NULL",
    """
    CREATE TABLE emails (
        id INTEGER PRIMARY KEY,
        contact_id INTEGER NOT NULL REFERENCES contacts (id) DEFERRABLE INITIALLY DEFERRED,
        value TEXT NOT NULL,
        label TEXT,
        is_primary INTEGER NOT NULL DEFAULT 0 CHECK (is_primary IN (0, 1))
    ) STRICT
    """,
    "CREATE INDEX emails_contact ON emails (contact_id, is_primary DESC)",
    "CREATE INDEX emails_value ON emails (value)",
    # value is E.164, or NULL where the text could not be read as a number; raw is as typed.
    """
    CREATE TABLE phones (
        id INTEGER PRIMARY KEY,
        contact_id INTEGER NOT NULL REFERENCES contacts (id) DEFERRABLE INITIALLY DEFERRED,
        value TEXT,
        raw TEXT NOT NULL,
        label TEXT,
        is_primary INTEGER NOT NULL DEFAULT 0 CHECK (is_primary IN (0, 1))
    ) STRICT
    """,
    "CREATE INDEX phones_contact ON phones (contact_id, is_primary DESC)",
    "CREATE INDEX phones_value ON phones (value)",
    """
    CREATE TABLE addresses (
        id INTEGER PRIMARY KEY,
        contact_id INTEGER NOT NULL REFERENCES contacts (id) DEFERRABLE INITIALLY DEFERRED,
        label TEXT,
        street TEXT,
        city TEXT,
        region TEXT,
        postcode TEXT,
        country TEXT
    ) STRICT
    """,
    "CREATE INDEX addresses_contact ON addresses (contact_id)",
    """
    CREATE TABLE links (
        id INTEGER PRIMARY KEY,
        contact_id INTEGER NOT NULL REFERENCES contacts (id) DEFERRABLE INITIALLY DEFERRED,
        value TEXT NOT NULL,
        label TEXT
    ) STRICT
    """,
    "CREATE INDEX links_contact ON links (contact_id)",
    """
    CREATE TABLE external_ids (
        id INTEGER PRIMARY KEY,
        contact_id INTEGER NOT NULL REFERENCES contacts (id) DEFERRABLE INITIALLY DEFERRED,
        system TEXT NOT NULL,
        value TEXT NOT NULL
    ) STRICT
    """,
    "CREATE INDEX external_ids_contact ON external_ids (contact_id)",
    "CREATE INDEX external_ids_value ON external_ids (value, system)",
    """
    CREATE TABLE tags (
        id INTEGER PRIMARY KEY,
        key TEXT NOT NULL UNIQUE,
        label TEXT NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE contact_tags (
        id INTEGER PRIMARY KEY,
        contact_id INTEGER NOT NULL REFERENCES contacts (id) DEFERRABLE INITIALLY DEFERRED,
        tag_id INTEGER NOT NULL REFERENCES tags (id) DEFERRABLE INITIALLY DEFERRED,
        UNIQUE (contact_id, tag_id)
    ) STRICT
    """,
    "CREATE INDEX contact_tags_tag ON contact_tags (tag_id)",
    # Who stands how to whom: "contact is <kind> of/at other", with the dates it held.
    """
    CREATE TABLE relations (
        id INTEGER PRIMARY KEY,
        contact_id INTEGER NOT NULL REFERENCES contacts (id) DEFERRABLE INITIALLY DEFERRED,
        other_id INTEGER NOT NULL REFERENCES contacts (id) DEFERRABLE INITIALLY DEFERRED,
        kind TEXT NOT NULL,
        title TEXT,
        started_on TEXT,
        ended_on TEXT
    ) STRICT
    """,
    "CREATE INDEX relations_contact ON relations (contact_id)",
    "CREATE INDEX relations_other ON relations (other_id)",
    # Imported contact rows without any match key, recognised by their canonical cells.
    """
    CREATE TABLE import_fingerprints (
        id INTEGER PRIMARY KEY,
        contact_id INTEGER NOT NULL REFERENCES contacts (id) DEFERRABLE INITIALLY DEFERRED,
        fingerprint INTEGER NOT NULL
    ) STRICT
    """,
    "CREATE INDEX import_fingerprints_contact ON import_fingerprints (contact_id)",
    "CREATE INDEX import_fingerprints_value ON import_fingerprints (fingerprint)",
    # -- products and purchases ---------------------------------------------------------
    """
    CREATE TABLE products (
        id INTEGER PRIMARY KEY,
        uid TEXT NOT NULL UNIQUE,
        sku TEXT,
        name TEXT NOT NULL,
        folded TEXT NOT NULL,
        category TEXT,
        price INTEGER,
        currency TEXT,
        service_interval TEXT,
        is_active INTEGER NOT NULL DEFAULT 1 CHECK (is_active IN (0, 1))
    ) STRICT
    """,
    "CREATE INDEX products_sku ON products (sku)",
    "CREATE INDEX products_folded ON products (folded)",
    # quantity in thousandths; amount is the line's total in minor units, positive also for a
    # return; fingerprint is set by imports and kept through edits (see import_tombstones).
    """
    CREATE TABLE purchases (
        id INTEGER PRIMARY KEY,
        uid TEXT NOT NULL,
        contact_id INTEGER NOT NULL REFERENCES contacts (id) DEFERRABLE INITIALLY DEFERRED,
        purchased_on TEXT NOT NULL,
        kind TEXT NOT NULL CHECK (kind IN ('sale', 'return')),
        order_number TEXT,
        product_id INTEGER REFERENCES products (id) DEFERRABLE INITIALLY DEFERRED,
        description TEXT,
        quantity INTEGER NOT NULL DEFAULT 1000,
        amount INTEGER NOT NULL CHECK (amount >= 0),
        currency TEXT NOT NULL,
        channel TEXT,
        campaign TEXT,
        returns_id INTEGER REFERENCES purchases (id) DEFERRABLE INITIALLY DEFERRED,
        external_id TEXT,
        fingerprint INTEGER
    ) STRICT
    """,
    "CREATE INDEX purchases_contact ON purchases (contact_id, fingerprint)",
    "CREATE INDEX purchases_product ON purchases (product_id)",
    "CREATE INDEX purchases_returns ON purchases (returns_id) WHERE returns_id IS NOT NULL",
    "CREATE INDEX purchases_on ON purchases (purchased_on)",
    # Imported purchases that were deleted or moved to another contact: they do not come back.
    """
    CREATE TABLE import_tombstones (
        id INTEGER PRIMARY KEY,
        contact_id INTEGER NOT NULL REFERENCES contacts (id) DEFERRABLE INITIALLY DEFERRED,
        fingerprint INTEGER NOT NULL
    ) STRICT
    """,
    "CREATE INDEX import_tombstones_contact ON import_tombstones (contact_id, fingerprint)",
    # Contacts whose summaries the running batch recomputes; empty between batches.
    """
    CREATE TABLE summary_queue (
        contact_id INTEGER PRIMARY KEY
    ) STRICT
    """,
    # -- summaries, recomputed from purchases for the customers a batch touched ----------
    # What one contact bought and brought back on one day: orders that begin that day, and
    # sales less returns, in each currency. Months are counted since year 0 (year * 12 +
    # month - 1).
    """
    CREATE TABLE customer_days (
        contact_id INTEGER NOT NULL,
        day TEXT NOT NULL,
        currency TEXT NOT NULL,
        month INTEGER NOT NULL,
        orders INTEGER NOT NULL,
        revenue INTEGER NOT NULL,
        PRIMARY KEY (contact_id, day, currency)
    ) STRICT, WITHOUT ROWID
    """,
    # order_days: distinct days with an order. The columns up to last_day are NULL for a
    # contact who only returned things; last_day counts days since 0001-01-01. revenue and
    # currency are NULL where currencies mix.
    """
    CREATE TABLE customers (
        contact_id INTEGER PRIMARY KEY,
        first_on TEXT,
        last_on TEXT,
        first_month INTEGER,
        last_month INTEGER,
        last_day INTEGER,
        orders INTEGER NOT NULL,
        order_days INTEGER NOT NULL,
        revenue INTEGER,
        currency TEXT
    ) STRICT
    """,
    # Holds all that scoring reads, so that the table itself is left alone.
    "CREATE INDEX customers_scores ON customers (last_day, orders, revenue) WHERE orders > 0",
    "CREATE INDEX customers_orders ON customers (orders)",
    "CREATE INDEX customers_revenue ON customers (currency, revenue) WHERE orders > 0",
    # The retention table by month, kept by adding and taking away what each customer gives:
    # of those whose first order lies in month ``cohort``, how many ordered in ``month``, for
    # how many it is the first such month of its quarter and of its year (so that sums of
    # months give quarters and years), for how many the last of all, and what they paid. A
    # return before the first order makes a month before the cohort's, without anybody active.
    """
    CREATE TABLE cohort_months (
        cohort INTEGER NOT NULL,
        month INTEGER NOT NULL,
        active INTEGER NOT NULL,
        opens_quarter INTEGER NOT NULL,
        opens_year INTEGER NOT NULL,
        last INTEGER NOT NULL,
        revenue INTEGER NOT NULL,
        PRIMARY KEY (cohort, month)
    ) STRICT, WITHOUT ROWID
    """,
)

VIEWS = (
    # The views are a promise to spreadsheets and notebooks: columns are only ever added.
    """
    CREATE VIEW crm_contacts AS
    SELECT c.id, c.uid, c.kind, c.name, c.first_name, c.last_name,
           c.company_id, company.name AS company, c.job_title, c.role,
           (SELECT e.value FROM emails e WHERE e.contact_id = c.id
             ORDER BY e.is_primary DESC, e.id LIMIT 1) AS email,
           (SELECT coalesce(p.value, p.raw) FROM phones p WHERE p.contact_id = c.id
             ORDER BY p.is_primary DESC, p.id LIMIT 1) AS phone,
           c.birthday, c.language, c.source, c.campaign, c.owner, c.referred_by_id,
           coalesce(s.orders, 0) AS orders, s.revenue AS revenue_minor, s.currency,
           s.first_on AS first_purchase_on, s.last_on AS last_purchase_on,
           c.notes, c.created_at, c.updated_at, c.archived_at
      FROM contacts c
      LEFT JOIN contacts company ON company.id = c.company_id
      LEFT JOIN customers s ON s.contact_id = c.id
    """,
    """
    CREATE VIEW crm_products AS
    SELECT id, uid, sku, name, category, price AS price_minor, currency, service_interval,
           is_active
      FROM products
    """,
    """
    CREATE VIEW crm_purchases AS
    SELECT p.id, p.uid, p.contact_id, c.name AS contact, p.purchased_on, p.kind,
           p.order_number, p.product_id, r.sku, r.name AS product, p.description,
           p.quantity / 1000.0 AS quantity, p.amount AS amount_minor, p.currency,
           p.channel, p.campaign, p.returns_id, p.external_id
      FROM purchases p
      JOIN contacts c ON c.id = p.contact_id
      LEFT JOIN products r ON r.id = p.product_id
    """,
)

PICKLISTS: dict[str, tuple[tuple[str, str, str | None], ...]] = {
    "role": (
        ("prospect", "Prospect", None),
        ("customer", "Customer", None),
        ("former", "Former customer", None),
        ("supplier", "Supplier", None),
        ("partner", "Partner", None),
        ("other", "Other", None),
    ),
    "relation": (
        ("employment", "Works at", None),
        ("referral", "Referred by", None),
        ("partner", "Partner of", None),
        ("family", "Family of", None),
        ("friend", "Friend of", None),
        ("colleague", "Colleague of", None),
        ("other", "Related to", None),
    ),
    "segment": (
        ("champions", "Champions", "Thank them; ask for a review or a referral."),
        ("loyal", "Loyal", "Offer the better product; ask what they think."),
        ("potential-loyalist", "Potential loyalist", "Offer membership or a related product."),
        ("new", "New", "Help them start well; make contact early."),
        ("promising", "Promising", "Give a reason to come back soon."),
        ("need-attention", "Need attention", "Make a limited offer based on past purchases."),
        ("about-to-sleep", "About to sleep", "Share something useful; remind them of you."),
        ("at-risk", "At risk", "Call or write in person; find out what is wrong."),
        ("cannot-lose", "Cannot lose them", "Talk to them now, before a competitor does."),
        ("hibernating", "Hibernating", "Offer something relevant at a special price."),
        ("lost", "Lost", "One last attempt, then let them rest."),
    ),
}
"""Built-in values: list -> (key, label, note); the owner may rename and add."""


def _seed() -> tuple[str, ...]:
    def quote(value: str | None) -> str:
        return "NULL" if value is None else "'" + value.replace("'", "''") + "'"

    rows = [
        f"({quote(name)}, {quote(key)}, {quote(label)}, {quote(note)}, {position})"
        for name, values in PICKLISTS.items()
        for position, (key, label, note) in enumerate(values, start=1)
    ]
    return (
        "INSERT INTO picklist_values (list, key, label, note, position) VALUES " + ", ".join(rows),
        f"INSERT INTO counters (name, next_id) VALUES ('picklist_values', {len(rows) + 1})",
    )


STATEMENTS: tuple[str, ...] = (*TABLES, *VIEWS, *_seed())
