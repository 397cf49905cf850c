"""Which companies a file's rows are, or name, and by what domains they are known.

Reads the store and writes temporary tables only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator


def known(connection: sqlite3.Connection) -> Iterator[tuple[int, str, str]]:
    """Yield id, name and folded name of the living companies of the store."""
    yield from connection.execute(
        "SELECT id, name, folded FROM contacts WHERE kind = 'company' AND archived_at IS NULL"
        " ORDER BY id"
    )


def stored_ways(connection: sqlite3.Connection, contact_id: int) -> list[tuple[str, str]]:
    """Return (``email``, ``link`` or ``phone``, value) of a company of the store."""
    return connection.execute(
        "SELECT 'email', value FROM emails WHERE contact_id = :id"
        " UNION ALL SELECT 'link', value FROM links WHERE contact_id = :id"
        " UNION ALL SELECT 'phone', value FROM phones WHERE contact_id = :id AND value IS NOT NULL",
        {"id": contact_id},
    ).fetchall()


def stored_systems(connection: sqlite3.Connection, contact_id: int) -> set[str]:
    """Return the systems that have a number for a company, in small letters."""
    rows = connection.execute(
        "SELECT DISTINCT lower(system) FROM external_ids WHERE contact_id = ?", (contact_id,)
    )
    return {system for (system,) in rows.fetchall()}


# -- rows that are companies ----------------------------------------------------------------------


def company_rows(connection: sqlite3.Connection) -> list[tuple[int, int, str, str]]:
    """Return (n, line, name, folded) of the rows that are companies which nobody knows yet, those
    with a UUID of their own apart."""
    return connection.execute(
        "SELECT r.n, r.line, r.name, r.folded FROM temp.s_rows r"
        " WHERE r.kind = 'company' AND r.uid IS NULL"
        "   AND NOT EXISTS (SELECT 1 FROM temp.s_match m WHERE m.n = r.n)"
        "   AND NOT EXISTS (SELECT 1 FROM temp.s_leader l WHERE l.n = r.n)"
        "   AND NOT EXISTS (SELECT 1 FROM temp.s_known k WHERE k.n = r.n) ORDER BY r.n"
    ).fetchall()


def row_ways(connection: sqlite3.Connection, n: int) -> list[tuple[str, str]]:
    """Return (``email``, ``link`` or ``phone``, value) of a staged row."""
    return connection.execute(
        "SELECT 'email', value FROM temp.s_emails WHERE n = :n"
        " UNION ALL SELECT 'link', value FROM temp.s_links WHERE n = :n"
        " UNION ALL SELECT 'phone', value FROM temp.s_phones WHERE n = :n AND value IS NOT NULL",
        {"n": n},
    ).fetchall()


def row_systems(connection: sqlite3.Connection, n: int) -> set[str]:
    """Return the systems that have a number for a staged row, in small letters."""
    rows = connection.execute(
        "SELECT DISTINCT lower(system) FROM temp.s_external WHERE n = ?", (n,)
    )
    return {system for (system,) in rows.fetchall()}


def take_row_for(connection: sqlite3.Connection, n: int, contact_id: int) -> None:
    """Let a staged row mean a contact of the store; a row without any key leaves its mark, so
    that it is known the next time."""
    connection.execute("INSERT OR IGNORE INTO temp.s_match VALUES (?, ?)", (n, contact_id))
    connection.execute(
        "INSERT INTO temp.x_fingerprints SELECT ?, fingerprint FROM temp.s_rows"
        " WHERE n = ? AND fingerprint IS NOT NULL",
        (contact_id, n),
    )


def let_row_follow(connection: sqlite3.Connection, n: int, leader: int) -> None:
    """Let a staged row mean what an earlier one means."""
    connection.execute(
        "INSERT OR IGNORE INTO temp.s_leader VALUES (:n, :leader)", {"n": n, "leader": leader}
    )
    connection.execute(
        "UPDATE temp.s_leader SET leader = :leader WHERE leader = :n", {"n": n, "leader": leader}
    )


# -- companies that rows tell the number of ------------------------------------------------------

OWN = "#"
"""Begins the key of a company that is known by its number alone: no UUID does."""


def find_numbers(connection: sqlite3.Connection) -> None:
    """Let rows that tell a known company's number name that company, and those that tell
    another number name the company as the first row with that number does."""
    connection.execute(
        "UPDATE temp.s_rows AS r SET company_uid = g.uid,"
        " company = coalesce(r.company, g.name), company_key = coalesce(r.company_key, g.folded)"
        " FROM (SELECT s.n, c.uid, c.name, c.folded FROM temp.s_company_numbers s"
        "   CROSS JOIN external_ids x ON x.value = s.value AND s.system = x.system"
        "   CROSS JOIN contacts c ON c.id = x.contact_id AND c.kind = 'company'"
        "     AND c.archived_at IS NULL) g"
        " WHERE r.n = g.n AND r.company_uid IS NULL"
    )
    connection.execute(
        "UPDATE temp.s_rows AS r SET company_key = f.company_key, company = f.company"
        " FROM temp.s_company_numbers s JOIN"
        "   (SELECT s.system, s.value, min(s.n) AS n FROM temp.s_company_numbers s"
        "      JOIN temp.s_rows o ON o.n = s.n"
        "     WHERE o.company_uid IS NULL AND o.company_key IS NOT NULL"
        "     GROUP BY s.system, s.value) g ON g.system = s.system AND g.value = s.value"
        "   JOIN temp.s_rows f ON f.n = g.n"
        " WHERE s.n = r.n AND r.company_uid IS NULL AND f.n <> r.n"
    )


def part_numbers(connection: sqlite3.Connection) -> None:
    """Give rows a company of their own that tell of a company of this name another number than
    the first row does, or than the store: two numbers of one system are two companies. What
    stands for its UUID begins with ``OWN``."""
    connection.execute(
        f"UPDATE temp.s_rows AS r SET company_uid = '{OWN}' || g.system || ':' || g.value FROM"
        " (SELECT s.n, s.system, s.value, o.company_key AS key, first_value(s.value)"
        "     OVER (PARTITION BY o.company_key, s.system ORDER BY s.n) AS named"
        "    FROM temp.s_company_numbers s JOIN temp.s_rows o ON o.n = s.n"
        "   WHERE o.company_uid IS NULL AND o.company_key IS NOT NULL) g"
        " WHERE r.n = g.n AND (g.value <> g.named OR EXISTS (SELECT 1 FROM external_ids x"
        "   WHERE g.system = x.system AND x.contact_id ="
        "     (SELECT c.id FROM contacts c WHERE c.folded = g.key AND c.kind = 'company'"
        "       ORDER BY c.archived_at IS NOT NULL, c.id LIMIT 1)))"
    )


def nameless_numbers(connection: sqlite3.Connection) -> Iterator[int]:
    """Yield the lines of rows that tell of their company a number alone, which nobody knows."""
    for (line,) in connection.execute(
        "SELECT r.line FROM temp.s_company_numbers s JOIN temp.s_rows r ON r.n = s.n"
        " JOIN temp.s_target t ON t.n = s.n"
        " WHERE r.company_uid IS NULL AND r.company_key IS NULL ORDER BY s.n"
    ):
        yield int(line)


def number_names(connection: sqlite3.Connection, *, with_known: bool) -> None:
    """Give companies found or made by their names the numbers that rows tell of them; those
    known before only ``with_known``, and none that has a number of that system."""
    connection.execute(
        "INSERT INTO temp.x_external SELECT min(k.contact_id), s.system, s.value"
        " FROM (SELECT r.company_key AS key, min(s.n) AS n FROM temp.s_company_numbers s"
        "   JOIN temp.s_rows r ON r.n = s.n JOIN temp.s_target t ON t.n = s.n"
        "   WHERE r.company_uid IS NULL AND r.company_key IS NOT NULL GROUP BY r.company_key) g"
        " JOIN temp.s_company_numbers s ON s.n = g.n JOIN temp.s_companies k ON k.key = g.key"
        " WHERE k.contact_id IS NOT NULL AND (k.is_new OR :with_known)"
        "   AND NOT EXISTS (SELECT 1 FROM external_ids x"
        "     WHERE x.contact_id = k.contact_id AND s.system = x.system)"
        "   AND NOT EXISTS (SELECT 1 FROM external_ids x"
        "     WHERE x.value = s.value AND s.system = x.system)"
        " GROUP BY s.system, s.value",
        {"with_known": with_known},
    )
    connection.execute(
        "INSERT INTO temp.x_external SELECT k.contact_id, s.system, s.value"
        " FROM temp.s_company_numbers s JOIN temp.s_rows r ON r.n = s.n"
        " JOIN temp.s_companies k ON k.key = r.company_uid"
        f" WHERE k.is_new AND k.key = '{OWN}' || s.system || ':' || s.value"
        " GROUP BY k.contact_id"
    )


# -- companies that rows name ---------------------------------------------------------------------


def open_names(connection: sqlite3.Connection) -> list[tuple[str, str, str, int]]:
    """Return (key, name, folded name, first line) of the companies that rows name and that were
    not found by their names."""
    return connection.execute(
        "SELECT k.key, k.label, k.folded, min(r.line) FROM temp.s_companies k"
        " JOIN temp.s_rows r ON r.company_key = k.folded"
        " WHERE k.contact_id IS NULL AND k.uid IS NULL GROUP BY k.rowid ORDER BY k.rowid"
    ).fetchall()


def new_company_rows(connection: sqlite3.Connection) -> list[tuple[int, int, str, str]]:
    """Return (n, id, name, folded) of the rows that make a company."""
    return connection.execute(
        "SELECT r.n, w.id, r.name, r.folded FROM temp.s_new w JOIN temp.s_rows r ON r.n = w.n"
        " WHERE r.kind = 'company' ORDER BY r.n"
    ).fetchall()


def index_names(connection: sqlite3.Connection) -> None:
    """Make rows quick to find by the company they name, and companies by their names."""
    connection.execute(
        "CREATE INDEX IF NOT EXISTS temp.s_rows_company ON s_rows (company_key)"
        " WHERE company_key IS NOT NULL"
    )


def people_of(connection: sqlite3.Connection, key: str) -> list[str]:
    """Return the e-mail addresses of the rows that name a company."""
    rows = connection.execute(
        "SELECT DISTINCT e.value FROM temp.s_rows r CROSS JOIN temp.s_emails e ON e.n = r.n"
        " WHERE r.company_key = ?",
        (key,),
    )
    return [value for (value,) in rows.fetchall()]


def systems_told(connection: sqlite3.Connection, key: str) -> set[str]:
    """Return the systems, in small letters, of whose numbers for a company the rows that name it
    tell one that nobody knows."""
    rows = connection.execute(
        "SELECT DISTINCT lower(s.system) FROM temp.s_rows r"
        " CROSS JOIN temp.s_company_numbers s ON s.n = r.n"
        " WHERE r.company_key = ? AND r.company_uid IS NULL",
        (key,),
    )
    return {system for (system,) in rows.fetchall()}


def employers_of(connection: sqlite3.Connection, key: str) -> set[int]:
    """Return the companies at which the known people are whose rows name a company."""
    rows = connection.execute(
        "SELECT DISTINCT c.company_id FROM temp.s_rows r CROSS JOIN temp.s_target t ON t.n = r.n"
        " CROSS JOIN contacts c ON c.id = t.contact_id"
        " WHERE r.company_key = ? AND c.company_id IS NOT NULL",
        (key,),
    )
    return {company_id for (company_id,) in rows.fetchall()}


def settle(connection: sqlite3.Connection, key: str, contact_id: int) -> None:
    """Let a company that rows name be a contact known or numbered."""
    connection.execute(
        "UPDATE temp.s_companies SET contact_id = ? WHERE key = ?", (contact_id, key)
    )


def rename(connection: sqlite3.Connection, key: str, other: str) -> None:
    """Let the rows that name a company name another one of the file."""
    connection.execute("DELETE FROM temp.s_companies WHERE key = ?", (key,))
    connection.execute("UPDATE temp.s_rows SET company_key = ? WHERE company_key = ?", (other, key))


def made(connection: sqlite3.Connection, keys: Iterable[str]) -> set[str]:
    """Return those of some companies, by their folded names, that the import makes."""
    import json

    rows = connection.execute(
        "SELECT value FROM json_each(?) WHERE value IN"
        " (SELECT key FROM temp.s_companies WHERE is_new UNION ALL"
        "  SELECT r.folded FROM temp.s_new w JOIN temp.s_rows r ON r.n = w.n"
        "   WHERE r.kind = 'company')",
        (json.dumps(list(keys)),),
    )
    return {key for (key,) in rows.fetchall()}
