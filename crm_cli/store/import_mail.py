"""The SQL of importing mails: the staged tables, whose they are, and the rows to write.

The store is only read here and temporary tables are written; what changes the store is a
statement over these, run by the unit's batch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from crm_cli.store.staging import number

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

_BITS = 11
PEOPLE_OF_ONE = 1 << _BITS
"""The key of somebody in a mail is the mail's number times this, and a rank."""

FIRST_OTHER, FIRST_CC, FIRST_TO = 1502, 502, 2
"""Ranks: the sender (0), who is to be answered (1), of our own mails To and Cc, Bcc; from
``FIRST_OTHER`` on those that only took part."""
SENDER, REPLY_TO = 0, 1

TABLES = {
    "s_mails": "n INTEGER PRIMARY KEY, at TEXT, direction TEXT, message_id TEXT,"
    " fingerprint INTEGER, by_name TEXT",
    "s_texts": "n INTEGER PRIMARY KEY, subject TEXT, body TEXT",
    "s_people": "key INTEGER PRIMARY KEY, address INTEGER",
    "s_addresses": "no INTEGER PRIMARY KEY, address TEXT, name TEXT, may_add INTEGER,"
    " contact_id INTEGER",
    "s_names": "no INTEGER PRIMARY KEY, name TEXT",
    "s_places": "n INTEGER PRIMARY KEY, place TEXT",
    "s_hits": "n INTEGER PRIMARY KEY",
    "s_main": "n INTEGER PRIMARY KEY, contact_id INTEGER",
    "s_new": "id INTEGER PRIMARY KEY, n INTEGER",
    "s_made": "id INTEGER PRIMARY KEY",
    "s_others": "no INTEGER PRIMARY KEY, interaction_id INTEGER, contact_id INTEGER",
}

_AGAIN = tuple(
    f"""
    INSERT OR IGNORE INTO temp.s_hits
    SELECT n FROM (SELECT s.n AS n, row_number() OVER (
                              PARTITION BY s.{column} ORDER BY m.n IS NULL, s.n) AS nth
                     FROM temp.s_mails s LEFT JOIN temp.s_main m ON m.n = s.n
                    WHERE s.{column} IS NOT NULL) WHERE nth > 1
    """
    for column in ("message_id", "fingerprint")
)
"""A mail counts once, whatever folder holds it again: of its copies the first that is with
somebody known, for that which we kept tells more of whom it went to (Bcc)."""

_KNOWN_MAILS = (
    *(
        f"""
        INSERT OR IGNORE INTO temp.s_hits
        SELECT s.n FROM temp.s_mails s
         WHERE s.{column} IS NOT NULL
           AND EXISTS (SELECT 1 FROM {table} t WHERE t.{column} = s.{column})
        """
        for column in ("message_id", "fingerprint")
        for table in ("interactions", "interaction_tombstones")
    ),
)


def resolve(connection: sqlite3.Connection) -> None:
    """Find the mails that are there or were deleted, and whose the addresses are."""
    execute = connection.execute
    for sql in _KNOWN_MAILS:
        execute(sql)
    # A living contact before an archived one.
    execute(
        """
        UPDATE temp.s_addresses AS s SET contact_id = (
            SELECT e.contact_id FROM emails e CROSS JOIN contacts c ON c.id = e.contact_id
             WHERE e.value = s.address ORDER BY c.archived_at IS NOT NULL, c.id LIMIT 1)
        """
    )
    execute(
        "UPDATE temp.s_addresses AS s SET name = n.name FROM temp.s_names n"
        " WHERE n.no = s.no AND s.name = ''"
    )


_STRANGERS = f"""
SELECT a.no AS no, a.address AS address, a.name AS name, p.key >> {_BITS} AS n,
       p.key & {PEOPLE_OF_ONE - 1} AS rank, a.may_add AS may_add
  FROM temp.s_people p CROSS JOIN temp.s_addresses a ON a.no = p.address
 WHERE a.contact_id IS NULL
   AND (p.key & {PEOPLE_OF_ONE - 1} = {SENDER}
     OR p.key & {PEOPLE_OF_ONE - 1} = {REPLY_TO} AND NOT (
            SELECT f.may_add FROM temp.s_people w CROSS JOIN temp.s_addresses f ON f.no = w.address
             WHERE w.key = p.key - {REPLY_TO} + {SENDER})
     OR p.key & {PEOPLE_OF_ONE - 1} BETWEEN {FIRST_TO} AND {FIRST_OTHER - 1})
   AND (p.key >> {_BITS}) NOT IN (SELECT n FROM temp.s_hits)
"""
"""Who wrote to us (by a form that a machine sends, whom it names to be answered), or whom we wrote
to, and is nobody known; once for each mail."""


class Stranger(NamedTuple):
    """An address nobody has, and in how many mails it stands."""

    email: str
    name: str
    mails: int


def strangers(connection: sqlite3.Connection) -> list[Stranger]:
    """Return the addresses nobody has, those of most mails first."""
    rows = connection.execute(
        f"SELECT address, max(name), count(DISTINCT n) AS mails FROM ({_STRANGERS})"
        " GROUP BY address ORDER BY mails DESC, address"
    )
    return [Stranger(*row) for row in rows.fetchall()]


CONTACT_COLUMNS = (
    "id", "uid", "kind", "name", "folded", "role", "source", "created_at", "updated_at",
)  # fmt: skip


def chosen_strangers(connection: sqlite3.Connection) -> list[tuple[str, str]]:
    """Return (address, name) of those who become contacts, in the order of the mails: who wrote
    to us and whom we wrote to, copies apart, and no machine."""
    rows = connection.execute(
        f"SELECT address, max(name) FROM ({_STRANGERS}) WHERE may_add"
        f" AND rank < {FIRST_CC} GROUP BY address ORDER BY min(n), min(rank)"
    )
    return [(address, name) for address, name in rows.fetchall()]


def adopt(connection: sqlite3.Connection, made: dict[str, int]) -> None:
    """Let addresses be those of new contacts."""
    connection.execute("CREATE INDEX temp.s_addresses_address ON s_addresses (address)")
    connection.executemany(
        "UPDATE temp.s_addresses SET contact_id = ? WHERE address = ?",
        [(contact_id, address) for address, contact_id in made.items()],
    )
    connection.executemany("INSERT INTO temp.s_made VALUES (?)", [(i,) for i in made.values()])


def choose_contacts(connection: sqlite3.Connection) -> None:
    """Find with whom each new mail was: the first known of those that can be."""
    connection.execute(
        f"""
        INSERT INTO temp.s_main (n, contact_id)
        SELECT n, contact_id FROM (
            SELECT p.key >> {_BITS} AS n, a.contact_id AS contact_id, min(p.key)
              FROM temp.s_people p CROSS JOIN temp.s_addresses a ON a.no = p.address
             WHERE a.contact_id IS NOT NULL AND p.key & {PEOPLE_OF_ONE - 1} < {FIRST_OTHER}
             GROUP BY p.key >> {_BITS})
         WHERE n NOT IN (SELECT n FROM temp.s_hits)
        """
    )
    for sql in _AGAIN:
        connection.execute(sql)
    connection.execute("DELETE FROM temp.s_main WHERE n IN (SELECT n FROM temp.s_hits)")


class Counts(NamedTuple):
    """How many mails are new, were known, and are with nobody known; how many rows tell who else
    took part."""

    created: int
    known: int
    unmatched: int
    others: int


def number_rows(connection: sqlite3.Connection, draw: Callable[[str, int], int]) -> Counts:
    """Give the new mails their ids in the order of the mailbox, and find who else took part."""
    execute = connection.execute
    staged = number(connection, "SELECT count(*) FROM temp.s_mails")
    known = number(connection, "SELECT count(*) FROM temp.s_hits")
    created = number(connection, "SELECT count(*) FROM temp.s_main")
    if created:
        execute(
            "INSERT INTO temp.s_new (id, n)"
            " SELECT :first - 1 + row_number() OVER (ORDER BY n), n FROM temp.s_main ORDER BY n",
            {"first": draw("interactions", created)},
        )
        execute("CREATE INDEX temp.s_new_n ON s_new (n)")
    execute(
        f"""
        INSERT INTO temp.s_others (interaction_id, contact_id)
        SELECT DISTINCT w.id, a.contact_id
          FROM temp.s_people p CROSS JOIN temp.s_addresses a ON a.no = p.address
          CROSS JOIN temp.s_main m ON m.n = p.key >> {_BITS}
          CROSS JOIN temp.s_new w ON w.n = m.n
         WHERE a.contact_id IS NOT NULL AND a.contact_id <> m.contact_id
         ORDER BY w.id, p.key
        """
    )
    others = number(connection, "SELECT count(*) FROM temp.s_others")
    return Counts(created, known, staged - known - created, others)


COLUMNS = (
    "id", "uid", "contact_id", "happened_at", "channel", "direction", "subject", "body",
    "by_name", "message_id", "fingerprint", "created_at", "updated_at",
)  # fmt: skip

NEW_MAILS = """
SELECT w.id, :prefix || printf('%011x', w.id), m.contact_id, s.at, 'email', s.direction,
       t.subject, t.body, coalesce(s.by_name, :actor), s.message_id, s.fingerprint, :at, :at
  FROM temp.s_new w CROSS JOIN temp.s_main m ON m.n = w.n
  CROSS JOIN temp.s_mails s ON s.n = w.n CROSS JOIN temp.s_texts t ON t.n = w.n
 ORDER BY w.id
"""
"""Rows of new interactions in the order of ``COLUMNS``; ``:prefix``, ``:at`` and
``:actor``, who it was of us where the mail does not tell."""

OTHER_COLUMNS = ("id", "interaction_id", "contact_id")

NEW_OTHERS = "SELECT :first - 1 + no, interaction_id, contact_id FROM temp.s_others ORDER BY no"
"""Rows of who else took part; ``:first``."""


def first_new(connection: sqlite3.Connection) -> int:
    """Return the id of the first new interaction."""
    return number(connection, "SELECT min(id) FROM temp.s_new")


def archived(connection: sqlite3.Connection) -> tuple[list[str], int]:
    """Return (names of the first, how many) of the archived contacts that new mails are with."""
    rows = connection.execute(
        "SELECT '#' || c.id || ' ' || c.name, count(*) OVER () FROM contacts c"
        " WHERE c.archived_at IS NOT NULL AND c.id IN (SELECT contact_id FROM temp.s_main)"
        " ORDER BY c.id LIMIT 5"
    ).fetchall()
    return [name for name, _ in rows], rows[0][1] if rows else 0


def shared(connection: sqlite3.Connection) -> tuple[list[str], int]:
    """Return (the first, how many) of the addresses that several living contacts have, where new
    mails went to one of these."""
    rows = connection.execute(
        "SELECT '#' || c.id || ' ' || c.name || ' (' || a.address || ')', count(*) OVER ()"
        "  FROM temp.s_addresses a CROSS JOIN contacts c ON c.id = a.contact_id"
        " WHERE c.archived_at IS NULL AND a.contact_id IN (SELECT contact_id FROM temp.s_main)"
        "   AND (SELECT count(DISTINCT e.contact_id) FROM emails e"
        "         CROSS JOIN contacts o ON o.id = e.contact_id"
        "         WHERE e.value = a.address AND o.archived_at IS NULL) > 1"
        " GROUP BY a.address ORDER BY c.id LIMIT 5"
    ).fetchall()
    return [name for name, _ in rows], rows[0][1] if rows else 0


def rejected(connection: sqlite3.Connection, limit: int = -1) -> list[tuple[int, str, str]]:
    """Return (number, place, reason) of rejected mails in the order of the mailbox."""
    rows = connection.execute(
        "SELECT r.line, p.place, r.reason FROM temp.s_rejects r"
        " CROSS JOIN temp.s_places p ON p.n = r.line ORDER BY r.line LIMIT ?",
        (limit,),
    )
    return rows.fetchall()
