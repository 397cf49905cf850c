"""Schema 2: what files bring and what questions need.

Custom fields are rows, never columns: a field can be added, undone and exported like any other
record, and no table is altered at run time.
"""

from __future__ import annotations

FIELDS = (
    # What the owner wants to know of a record beside the columns it has. A row of the kind
    # 'built-in' is no field of its own: it says that a column which is there has to be filled.
    # The choices of a field are the picklist '<noun>.<key>'.
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

STATEMENTS: tuple[str, ...] = (
    *FIELDS,
    *CARDS,
    *CONSENTS,
    *FILTERS,
    *PLANS,
)
