"""The SQL of importing a table of talks: the staged tables, what is known, the rows to write.

Whose they are is found by the SQL of an import's customers, for which ``s_purchases`` holds the
rows that name them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from crm_cli.store import import_interaction_updates, import_purchases
from crm_cli.store.staging import number

if TYPE_CHECKING:
    import sqlite3

_SHARED = (
    "s_customers", "s_addresses", "s_conflicts", "s_keys", "s_who", "s_buyers", "s_names",
)  # fmt: skip

TABLES = {
    "s_purchases": "n INTEGER PRIMARY KEY, line INTEGER, customer INTEGER",
    "s_talks": "n INTEGER PRIMARY KEY, line INTEGER, customer INTEGER, own_id INTEGER, at TEXT,"
    " channel TEXT, direction TEXT, subject TEXT, body TEXT, outcome TEXT, sentiment INTEGER,"
    " duration INTEGER, by_name TEXT, campaign TEXT, message_id TEXT, fingerprint INTEGER,"
    " told INTEGER, lead_id INTEGER",
    **{name: import_purchases.TABLES[name] for name in _SHARED},
    "s_hits": "n INTEGER PRIMARY KEY, interaction_id INTEGER",
    "s_new": "id INTEGER PRIMARY KEY, n INTEGER",
    "s_updates": "n INTEGER PRIMARY KEY, talk_id INTEGER, image TEXT, cells TEXT",
}


def drop_rejected(connection: sqlite3.Connection) -> None:
    """Take out rejected rows, and customers that only they named: nobody makes them."""
    for sql in (
        "DELETE FROM temp.s_purchases WHERE line IN (SELECT line FROM temp.s_rejects)",
        "DELETE FROM temp.s_talks WHERE line IN (SELECT line FROM temp.s_rejects)",
        ("DELETE FROM temp.s_customers WHERE no NOT IN (SELECT customer FROM temp.s_purchases)"),
    ):
        connection.execute(sql)


_KNOWN_MAILS = (
    """
    INSERT OR IGNORE INTO temp.s_hits
    SELECT s.n, min(i.id) FROM temp.s_talks s
     CROSS JOIN interactions i ON i.message_id = s.message_id GROUP BY s.n
    """,
    """
    INSERT OR IGNORE INTO temp.s_hits
    SELECT s.n, NULL FROM temp.s_talks s
     CROSS JOIN interaction_tombstones t ON t.message_id = s.message_id
    """,
    """
    INSERT OR IGNORE INTO temp.s_hits
    SELECT n, NULL FROM (SELECT n, row_number() OVER (PARTITION BY message_id ORDER BY n) AS nth
                           FROM temp.s_talks WHERE message_id IS NOT NULL) WHERE nth > 1
    """,
)


def match_mails(connection: sqlite3.Connection) -> None:
    """Find the rows whose Message-ID is known, whoever they say it was with: nobody is made for
    them."""
    for sql in _KNOWN_MAILS:
        connection.execute(sql)
    connection.execute("DELETE FROM temp.s_purchases WHERE n IN (SELECT n FROM temp.s_hits)")
    connection.execute(
        "DELETE FROM temp.s_customers WHERE no NOT IN (SELECT customer FROM temp.s_purchases)"
    )


_KNOWN = (
    # A row of our own list: its number, and the same moment.
    """
    INSERT OR IGNORE INTO temp.s_hits
    SELECT s.n, i.id FROM temp.s_talks s CROSS JOIN temp.s_who w ON w.customer = s.customer
     CROSS JOIN interactions i ON i.id = s.own_id
     WHERE i.contact_id = w.contact_id AND i.happened_at = s.at
    """,
    # The n-th equal row of the file is the n-th in the store; deleted ones come last.
    """
    INSERT OR IGNORE INTO temp.s_hits
    WITH told AS (
        SELECT s.n AS n, w.contact_id AS contact_id, s.fingerprint AS fingerprint,
               row_number() OVER (PARTITION BY w.contact_id, s.fingerprint ORDER BY s.n) AS nth
          FROM temp.s_talks s CROSS JOIN temp.s_who w ON w.customer = s.customer
         WHERE s.message_id IS NULL AND s.n NOT IN (SELECT n FROM temp.s_hits)),
    wanted AS (SELECT DISTINCT contact_id, fingerprint FROM told),
    known AS (
        SELECT contact_id, fingerprint, id,
               row_number() OVER (
                   PARTITION BY contact_id, fingerprint ORDER BY id IS NULL, id) AS nth
          FROM (SELECT w.contact_id, w.fingerprint, i.id FROM wanted w
                  CROSS JOIN interactions i ON i.fingerprint = w.fingerprint
                   AND i.contact_id = w.contact_id
                UNION ALL
                SELECT w.contact_id, w.fingerprint, NULL FROM wanted w
                  CROSS JOIN interaction_tombstones t ON t.fingerprint = w.fingerprint
                   AND t.contact_id = w.contact_id))
    SELECT t.n, k.id FROM told t JOIN known k ON k.contact_id = t.contact_id
       AND k.fingerprint = t.fingerprint AND k.nth = t.nth
    """,
)


class Rows(NamedTuple):
    """How many staged rows are new, change what is known, and are known."""

    created: int
    updated: int
    unchanged: int


def match_rows(connection: sqlite3.Connection, on_match: str) -> Rows:
    """Find the rows that are in the store, or were and are not to come back."""
    execute = connection.execute
    execute(
        "INSERT INTO temp.s_who SELECT no, contact_id FROM temp.s_customers WHERE contact_id > 0"
    )
    for sql in _KNOWN:
        execute(sql)
    # Another store's numbers mean other people here; a row that is known needs no check.
    execute(
        """
        INSERT OR IGNORE INTO temp.s_rejects (line, field, reason)
        SELECT t.line, 'contact_id', 'contact ' || s.local_id || ' is ' || c.name
               || ' here and not ' || s.name
          FROM temp.s_customers s CROSS JOIN contacts c ON c.id = s.contact_id
          CROSS JOIN temp.s_talks t ON t.customer = s.no
         WHERE s.local_id IS NOT NULL AND s.folded <> '' AND s.folded <> c.folded
           AND t.n NOT IN (SELECT n FROM temp.s_hits)
        """
    )
    if on_match == "fail":
        import_interaction_updates.refuse_known(connection)
    drop_rejected(connection)
    execute("DELETE FROM temp.s_hits WHERE n NOT IN (SELECT n FROM temp.s_talks)")
    updated = 0
    if on_match in {"fill", "update"}:
        overwrite = on_match == "update"
        updated = import_interaction_updates.stage(connection, overwrite=overwrite)
    total = number(connection, "SELECT count(*) FROM temp.s_talks")
    known = number(connection, "SELECT count(*) FROM temp.s_hits")
    return Rows(total - known, updated, known - updated)


def lead_named(connection: sqlite3.Connection, own_id: int | None, names: str) -> int | None:
    """Return the lead of an id, or else of one of some external ids (a JSON array); None where
    there is none."""
    found = connection.execute(
        "SELECT id FROM leads WHERE id = :own UNION ALL SELECT id FROM leads"
        " WHERE external_id IN (SELECT value FROM json_each(:names)) LIMIT 1",
        {"own": own_id, "names": names},
    ).fetchone()
    return None if found is None else int(found[0])


def number_rows(connection: sqlite3.Connection, first: int) -> None:
    """Give new rows their ids in the file's order, and find what new contacts are called."""
    connection.execute(
        "INSERT INTO temp.s_new (id, n) SELECT :first - 1 + row_number() OVER (ORDER BY s.n), s.n"
        " FROM temp.s_talks s WHERE s.n NOT IN (SELECT n FROM temp.s_hits) ORDER BY s.n",
        {"first": first},
    )
    import_purchases.name_contacts(connection)


COLUMNS = (
    "id", "uid", "contact_id", "happened_at", "channel", "direction", "subject", "body",
    "outcome", "sentiment", "duration_minutes", "by_name", "campaign", "message_id",
    "lead_id", "fingerprint", "created_at", "updated_at",
)  # fmt: skip

NEW_ROWS = """
SELECT x.id, :prefix || printf('%011x', x.id), w.contact_id, s.at, s.channel, s.direction,
       s.subject, s.body, s.outcome, s.sentiment, s.duration, coalesce(s.by_name, :actor),
       s.campaign, s.message_id, s.lead_id, s.fingerprint, :at, :at
  FROM temp.s_new x CROSS JOIN temp.s_talks s ON s.n = x.n
  CROSS JOIN temp.s_who w ON w.customer = s.customer
 ORDER BY x.id
"""
"""Rows of new interactions in the order of ``COLUMNS``; ``:prefix``, ``:at``, ``:actor``."""
