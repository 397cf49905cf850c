"""The SQL of whom the leads of a file are with: staged as the rows of a file of contacts, and
found by that import's own rules; here is what comes before these, and what they came to."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from crm_cli.store.import_contacts import LISTS

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

TABLES = {
    "s_keys": "key TEXT PRIMARY KEY, no INTEGER",
    # Who is told by an id of this store, by a name alone, or by nothing but what the lead is about.
    "l_told": "n INTEGER PRIMARY KEY, local_id INTEGER, how TEXT",
    "l_contacts": "party INTEGER PRIMARY KEY, contact_id INTEGER NOT NULL",
}

BY_ID, BY_NAME, BY_TITLE = "id", "name", "title"
"""``how`` a party of ``l_told`` is told, where no key tells it."""

_STAGED = (*LISTS, "s_company_numbers")


def keep_only_asked(connection: sqlite3.Connection) -> None:
    """Forget the parties that no row needs any more, and let each of the others stand in the
    line of the first row that does."""
    connection.execute(
        "CREATE TEMP TABLE l_asked AS SELECT party, min(line) AS line FROM temp.l_leads"
        " WHERE party IS NOT NULL AND n NOT IN (SELECT n FROM temp.l_hits) GROUP BY party"
    )
    connection.execute("CREATE UNIQUE INDEX temp.l_asked_party ON l_asked (party)")
    for table in ("s_rows", "l_told", *_STAGED):
        connection.execute(
            f"DELETE FROM temp.{table} WHERE n NOT IN (SELECT party FROM temp.l_asked)"
        )
    connection.execute(
        "UPDATE temp.s_rows AS r SET line = a.line FROM temp.l_asked a WHERE a.party = r.n"
    )
    connection.execute("DROP TABLE temp.l_asked")


def seed(connection: sqlite3.Connection, *, by_name: bool) -> None:
    """Find whom the store knows by what the import of contacts does not ask for: an id of this
    store, and with ``by_name`` a name that is one contact's alone."""
    execute = connection.execute
    execute(
        "INSERT OR IGNORE INTO temp.s_rejects SELECT r.line, 'contact_id',"
        " 'no contact ' || t.local_id FROM temp.l_told t JOIN temp.s_rows r ON r.n = t.n"
        " WHERE t.how = 'id' AND t.local_id NOT IN (SELECT id FROM contacts)"
    )
    execute(
        "INSERT OR IGNORE INTO temp.s_rejects SELECT r.line, 'contact_id',"
        " 'contact ' || c.id || ' is ' || c.name || ' here and not ' || r.name"
        "  FROM temp.l_told t JOIN temp.s_rows r ON r.n = t.n JOIN contacts c ON c.id = t.local_id"
        " WHERE t.how = 'id' AND r.has_name AND r.folded <> c.folded"
    )
    execute(
        "INSERT OR IGNORE INTO temp.s_match SELECT t.n, t.local_id FROM temp.l_told t"
        " JOIN contacts c ON c.id = t.local_id WHERE t.how = 'id'"
    )
    if not by_name:
        return
    # Of several people of a name the one at the company that the row tells.
    execute(
        """
        INSERT OR IGNORE INTO temp.s_match
        SELECT t.n, c.id FROM temp.l_told t JOIN temp.s_rows r ON r.n = t.n
          CROSS JOIN contacts c ON c.folded = r.folded AND c.archived_at IS NULL
          CROSS JOIN contacts o ON o.id = c.company_id AND o.folded = r.company_key
         WHERE t.how = 'name' GROUP BY t.n HAVING count(*) = 1
        """
    )
    execute(
        """
        INSERT OR IGNORE INTO temp.s_match
        SELECT t.n, c.id FROM temp.l_told t JOIN temp.s_rows r ON r.n = t.n
          CROSS JOIN contacts c ON c.folded = r.folded AND c.archived_at IS NULL
         WHERE t.how IN ('name', 'title') AND r.kind IS NOT 'company'
           AND (r.company_key IS NULL OR c.company_id IS NULL) AND c.kind = 'person'
         GROUP BY t.n HAVING count(*) = 1
        """
    )
    execute(
        """
        INSERT OR IGNORE INTO temp.s_match
        SELECT t.n, (SELECT c.id FROM contacts c WHERE c.folded = r.folded AND c.kind = 'company'
                      ORDER BY c.archived_at IS NOT NULL, c.id LIMIT 1) AS contact
          FROM temp.l_told t JOIN temp.s_rows r ON r.n = t.n
         WHERE (t.how = 'title' OR r.kind = 'company') AND contact IS NOT NULL
           AND NOT EXISTS (SELECT 1 FROM temp.s_external s
                 CROSS JOIN external_ids x ON s.system = x.system AND x.contact_id = contact
                WHERE s.n = t.n AND x.value <> s.value)
           AND NOT EXISTS (SELECT 1 FROM temp.s_external s
                 CROSS JOIN external_ids x ON x.value = s.value AND s.system = x.system
                WHERE s.n = t.n)
        """
    )
    execute(
        """
        INSERT OR IGNORE INTO temp.s_rejects
        SELECT r.line, 'name', 'several contacts are called ' || r.name
               || '; name one by e-mail or number'
          FROM temp.l_told t JOIN temp.s_rows r ON r.n = t.n
         WHERE t.how = 'name' AND r.kind IS NOT 'company' AND r.company_key IS NULL
           AND t.n NOT IN (SELECT n FROM temp.s_match)
           AND (SELECT count(*) FROM contacts c WHERE c.folded = r.folded AND c.kind = 'person'
                   AND c.archived_at IS NULL) > 1
        """
    )
    execute(
        "DELETE FROM temp.s_rows WHERE line IN (SELECT line FROM temp.s_rejects)"
        " AND n IN (SELECT n FROM temp.l_told)"
    )


def company_names(connection: sqlite3.Connection) -> list[tuple[int, str, str]]:
    """Return (first row, name, folded name) of every company that a row is or names."""
    return connection.execute(
        "SELECT min(n), name, folded FROM"
        " (SELECT n, name, folded FROM temp.s_rows WHERE kind = 'company'"
        "  UNION ALL SELECT n, company, company_key FROM temp.s_rows WHERE company_key IS NOT NULL)"
        " GROUP BY folded ORDER BY 1"
    ).fetchall()


def known_company(connection: sqlite3.Connection, keys: Iterable[str]) -> tuple[str, str] | None:
    """Return (name, folded name) of the first living company of one of some folded names."""
    row: tuple[str, str] | None = connection.execute(
        "SELECT name, folded FROM contacts WHERE kind = 'company' AND archived_at IS NULL"
        " AND folded IN (SELECT value FROM json_each(?)) ORDER BY id LIMIT 1",
        (json.dumps(list(keys)),),
    ).fetchone()
    return row


def known_written_out(connection: sqlite3.Connection, folded: str) -> list[tuple[str, str]]:
    """Return (name, folded name) of the living companies whose name has umlauts and is ``folded``
    without them."""
    return connection.execute(
        "SELECT name, folded FROM contacts WHERE folded > :low AND folded < :high"
        " AND kind = 'company' AND archived_at IS NULL ORDER BY id",
        {"low": folded + "\n", "high": folded + "\n\U0010ffff"},
    ).fetchall()


def respell(connection: sqlite3.Connection, before: str, name: str, folded: str) -> None:
    """Let the rows that are or name a company call it otherwise."""
    connection.execute(
        "UPDATE temp.s_rows SET name = ?, folded = ? WHERE kind = 'company' AND folded = ?",
        (name, folded, before),
    )
    connection.execute(
        "UPDATE temp.s_rows SET company = ?, company_key = ? WHERE company_key = ?",
        (name, folded, before),
    )


def index_names(connection: sqlite3.Connection) -> None:
    """Make rows quick to find by the names of companies."""
    connection.execute(
        "CREATE INDEX IF NOT EXISTS temp.s_rows_company ON s_rows (company_key)"
        " WHERE company_key IS NOT NULL"
    )
    connection.execute("CREATE INDEX IF NOT EXISTS temp.l_rows_folded ON s_rows (folded)")
    # Many rows of a file of leads are with the same people, which one of contacts has not.
    connection.execute("CREATE INDEX IF NOT EXISTS temp.l_emails_value ON s_emails (value, n)")
    connection.execute(
        "CREATE INDEX IF NOT EXISTS temp.l_external_value ON s_external (value, system, n)"
    )


def lead_namesakes(connection: sqlite3.Connection) -> None:
    """Let rows that are one company by its whole name follow the first of them, unless their
    numbers differ."""
    connection.execute(
        """
        INSERT OR IGNORE INTO temp.s_leader
        SELECT r.n, g.first FROM
            (SELECT folded, min(n) AS first FROM temp.s_rows
              WHERE kind = 'company' AND uid IS NULL AND n NOT IN (SELECT n FROM temp.s_match)
              GROUP BY folded HAVING min(n) <> max(n)) g
          CROSS JOIN temp.s_rows r ON r.folded = g.folded AND r.n > g.first
         WHERE r.kind = 'company' AND r.uid IS NULL
           AND r.n NOT IN (SELECT n FROM temp.s_match)
           AND NOT EXISTS (SELECT 1 FROM temp.s_external a CROSS JOIN temp.s_external b
                ON b.n = r.n AND a.system = b.system WHERE a.n = g.first AND a.value <> b.value)
           AND NOT EXISTS (SELECT 1 FROM temp.s_external a
                CROSS JOIN external_ids x ON x.value = a.value AND a.system = x.system
                WHERE a.n = r.n)
        """
    )


def keep_sources(connection: sqlite3.Connection) -> None:
    """Let the source of a lead be that of a contact which is made, and of no other."""
    connection.execute(
        "UPDATE temp.s_rows SET source = NULL WHERE n IN"
        " (SELECT n FROM temp.s_target WHERE contact_id IS NOT NULL)"
    )


def make_customers(connection: sqlite3.Connection) -> None:
    """Let new contacts of whom a lead is won be customers from the first: a row that an entry both
    makes and changes cannot be redone."""
    connection.execute(
        "UPDATE temp.s_rows SET role = 'customer' WHERE n IN"
        " (SELECT t.first_n FROM temp.s_target t JOIN temp.l_leads l ON l.party = t.n"
        "   WHERE t.contact_id IS NULL AND l.state = 'won'"
        "     AND l.n NOT IN (SELECT n FROM temp.l_hits))"
    )


def note_contacts(connection: sqlite3.Connection) -> None:
    """Note the contact of every party, once the import of contacts has numbered new ones."""
    connection.execute(
        "INSERT OR IGNORE INTO temp.l_contacts"
        " SELECT t.n, coalesce(t.contact_id, w.id) FROM temp.s_target t"
        "  LEFT JOIN temp.s_new w ON w.n = t.first_n"
        " WHERE coalesce(t.contact_id, w.id) IS NOT NULL"
        " UNION ALL SELECT n, contact_id FROM temp.s_known"
    )


def reject_with_parties(connection: sqlite3.Connection) -> None:
    """Reject the rows whose party is taken for nobody, each for its party's reason."""
    connection.execute(
        "INSERT OR IGNORE INTO temp.s_rejects"
        " SELECT l.line, x.field, x.reason FROM temp.l_leads l"
        "  CROSS JOIN (SELECT party, min(line) AS line FROM temp.l_leads"
        "    WHERE n NOT IN (SELECT n FROM temp.l_hits) GROUP BY party) f ON f.party = l.party"
        "  CROSS JOIN temp.s_rejects x ON x.line = f.line"
        " WHERE l.n NOT IN (SELECT n FROM temp.l_hits)"
        "   AND l.party NOT IN (SELECT party FROM temp.l_contacts)"
    )


def titled(connection: sqlite3.Connection) -> tuple[list[int], int]:
    """Return (first lines, count) of the new leads that name nobody."""
    rows = connection.execute(
        "SELECT l.line, count(*) OVER () FROM temp.l_leads l JOIN temp.l_told t ON t.n = l.party"
        " WHERE t.how = 'title' AND l.n NOT IN (SELECT n FROM temp.l_hits)"
        " ORDER BY l.line LIMIT 5"
    ).fetchall()
    return [line for line, _ in rows], rows[0][1] if rows else 0


def spelt_alike(connection: sqlite3.Connection, key: str) -> tuple[list[int], int]:
    """Return (first lines, count) of the rows that are or name a company by a folded name."""
    rows = connection.execute(
        "SELECT r.line, count(*) OVER () FROM temp.s_rows r WHERE (r.kind = 'company'"
        " AND r.folded = :key) OR r.company_key = :key ORDER BY r.line LIMIT 5",
        {"key": key},
    ).fetchall()
    return [line for line, _ in rows], rows[0][1] if rows else 0
