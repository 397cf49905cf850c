"""Schema 2: what files bring and what questions need.

Custom fields are rows, never columns: a field can be added, undone and exported like any other
record, and no table is altered at run time.
"""

from __future__ import annotations

FIELDS = (
    # What the owner wants to know of a record beside the columns it has. A row of the kind
    # 'built-in' is no field of its own: it says that a column which is there has to be filled,
    # or how. The choices of a field are the picklist '<noun>.<key>'. Limits are in thousandths,
    # minor units, or days as 20260531.
    """
    CREATE TABLE fields (
        id INTEGER PRIMARY KEY,
        noun TEXT NOT NULL,
        key TEXT NOT NULL,
        label TEXT NOT NULL,
        kind TEXT NOT NULL CHECK (kind IN (
            'text', 'number', 'money', 'date', 'flag', 'choice', 'link', 'built-in')),
        preset TEXT,
        note TEXT,
        position INTEGER NOT NULL,
        is_required INTEGER NOT NULL DEFAULT 0 CHECK (is_required IN (0, 1)),
        is_retired INTEGER NOT NULL DEFAULT 0 CHECK (is_retired IN (0, 1)),
        pattern TEXT,
        max_length INTEGER CHECK (max_length > 0),
        minimum INTEGER,
        maximum INTEGER,
        limit_currency TEXT,
        is_unique INTEGER NOT NULL DEFAULT 0 CHECK (is_unique IN (0, 1)),
        CHECK (minimum <= maximum),
        UNIQUE (noun, key)
    ) STRICT
    """,
    # One value of one field. Text, a day, a choice's key and a link stand in text, with what
    # filters compare in folded; a number in thousandths, money in minor units and a flag as 0
    # or 1 stand in number. A record type that gets fields later adds its own foreign key.
    """
    CREATE TABLE field_values (
        id INTEGER PRIMARY KEY,
        field_id INTEGER NOT NULL REFERENCES fields (id) DEFERRABLE INITIALLY DEFERRED,
        contact_id INTEGER REFERENCES contacts (id) DEFERRABLE INITIALLY DEFERRED,
        product_id INTEGER REFERENCES products (id) DEFERRABLE INITIALLY DEFERRED,
        purchase_id INTEGER REFERENCES purchases (id) DEFERRABLE INITIALLY DEFERRED,
        text TEXT,
        folded TEXT,
        number INTEGER,
        currency TEXT,
        UNIQUE (contact_id, field_id),
        UNIQUE (product_id, field_id),
        UNIQUE (purchase_id, field_id),
        CHECK ((contact_id IS NOT NULL) + (product_id IS NOT NULL)
               + (purchase_id IS NOT NULL) <= 1),
        CHECK ((text IS NULL) <> (number IS NULL))
    ) STRICT
    """,
    "CREATE INDEX field_values_value ON field_values (field_id, folded, number)",
)

CARDS = (
    # Lines of vCards that mean nothing here (an anniversary, a nickname), kept for the way out.
    # The value is as vCard 3.0 and 4.0 write it, with its escapes.
    """
    CREATE TABLE contact_properties (
        id INTEGER PRIMARY KEY,
        contact_id INTEGER NOT NULL REFERENCES contacts (id) DEFERRABLE INITIALLY DEFERRED,
        card_group TEXT NOT NULL,
        name TEXT NOT NULL,
        parameters TEXT NOT NULL,
        value TEXT NOT NULL
    ) STRICT
    """,
    "CREATE INDEX contact_properties_contact ON contact_properties (contact_id)",
)

CONSENTS = (
    # Who may be written to, on which channel and for what: what was recorded last is in force.
    # at is when the person said so, NULL where nobody knows; proof is the text that shows it.
    """
    CREATE TABLE consent_events (
        id INTEGER PRIMARY KEY,
        contact_id INTEGER NOT NULL REFERENCES contacts (id) DEFERRABLE INITIALLY DEFERRED,
        channel TEXT NOT NULL,
        purpose TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('granted', 'withdrawn')),
        at TEXT,
        basis TEXT,
        source TEXT,
        proof TEXT,
        recorded_at TEXT NOT NULL,
        CHECK (state = 'withdrawn' OR at IS NOT NULL OR proof IS NOT NULL)
    ) STRICT
    """,
    "CREATE INDEX consent_events_contact ON consent_events (contact_id, channel, purpose)",
    ("CREATE INDEX consent_events_state ON consent_events (channel, purpose, state, contact_id)"),
)

FILTERS = (
    # The towns in use are read from it, and who lives there.
    "CREATE INDEX addresses_city ON addresses (city, contact_id)",
    # Filters of contacts under a name; key is the folded name.
    """
    CREATE TABLE saved_segments (
        id INTEGER PRIMARY KEY,
        key TEXT NOT NULL UNIQUE,
        name TEXT NOT NULL,
        expression TEXT NOT NULL,
        note TEXT,
        created_at TEXT NOT NULL,
        updated_at TEXT NOT NULL
    ) STRICT
    """,
)

PLANS = (
    # The plan that an import carried out: it is never carried out twice.
    "ALTER TABLE import_runs ADD COLUMN plan TEXT",
)

SEARCH = (
    # What records are found by, see store/search_texts: rowid is the record's type and id. The
    # text is stored, so that a row can be taken out by its number alone; how long rows are is
    # not, for nothing is ranked by it.
    """
    CREATE VIRTUAL TABLE search_index USING fts5 (
        name, body, columnsize = 0, tokenize = 'unicode61 remove_diacritics 2'
    )
    """,
    # Bytes of words held before they are written out: four times the default saves a bulk
    # import the merging of what it has only just written.
    "INSERT INTO search_index (search_index, rank) VALUES ('hashsize', 4194304)",
    # The distinct words, for suggestions; holds nothing of its own.
    "CREATE VIRTUAL TABLE search_words USING fts5vocab (search_index, 'row')",
    # Records whose rows the running batch makes anew; empty between batches.
    """
    CREATE TABLE search_queue (
        record_key INTEGER PRIMARY KEY
    ) STRICT
    """,
    # What a store of schema 1 holds already. Of the character before each piece see MARKS.
    """
    INSERT INTO search_index (rowid, name, body)
    SELECT c.id, c.name,
           CASE WHEN instr(c.name, c.first_name) = 0 THEN char(1) || c.first_name ELSE '' END
        || CASE WHEN instr(c.name, c.last_name) = 0 THEN char(1) || c.last_name ELSE '' END
        || coalesce(char(2) || (SELECT k.name FROM contacts k WHERE k.id = c.company_id), '')
        || coalesce(char(3) || c.job_title, '')
        || coalesce((SELECT group_concat(char(4) || t.value, '') FROM emails t
                      WHERE t.contact_id = c.id), '')
        || coalesce((SELECT group_concat(char(5) || t.raw, '') FROM phones t
                      WHERE t.contact_id = c.id AND t.value IS NULL), '')
        || coalesce((SELECT group_concat(char(6)
                                || coalesce(t.street || ', ', '') || coalesce(t.postcode || ' ', '')
                                || coalesce(t.city, '') || coalesce(', ' || t.region, '')
                                || coalesce(', ' || t.country, ''), '') FROM addresses t
                      WHERE t.contact_id = c.id), '')
        || coalesce((SELECT group_concat(char(7) || t.value, '') FROM links t
                      WHERE t.contact_id = c.id), '')
        || coalesce((SELECT group_concat(char(8) || g.label, '')
                       FROM contact_tags t CROSS JOIN tags g ON g.id = t.tag_id
                      WHERE t.contact_id = c.id), '')
        || coalesce((SELECT group_concat(char(14) || t.system || ':' || t.value, '')
                       FROM external_ids t WHERE t.contact_id = c.id), '')
        || coalesce(char(15) || c.notes, '')
      FROM contacts c ORDER BY c.id
    """,
    """
    INSERT INTO search_index (rowid, name, body)
    SELECT (1 << 36) + p.id, p.name,
           coalesce(char(17) || p.sku, '') || coalesce(char(18) || p.category, '')
      FROM products p ORDER BY p.id
    """,
    """
    INSERT INTO search_index (rowid, name, body)
    SELECT (2 << 36) + p.id, p.description,
           coalesce(char(19) || p.order_number, '') || coalesce(char(20) || p.external_id, '')
      FROM purchases p
     WHERE p.description IS NOT NULL OR p.order_number IS NOT NULL OR p.external_id IS NOT NULL
     ORDER BY p.id
    """,
)

STATEMENTS: tuple[str, ...] = (
    *FIELDS,
    *CARDS,
    *CONSENTS,
    *FILTERS,
    *PLANS,
    *SEARCH,
)
