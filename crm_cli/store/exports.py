"""The SQL of exports: rows some hundred at a time, and what the CSV layout needs to know."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Mapping, Sequence

    from crm_cli.store.filters import Chosen

CHUNK = 500

_TABLES = frozenset(
    {
        "contacts", "products", "purchases", "leads", "relations", "contact_properties",
        "consent_events",
    }
)  # fmt: skip


def begin(connection: sqlite3.Connection) -> None:
    """Hold one state of the store until the connection closes, however long the export takes."""
    if not connection.in_transaction:
        connection.execute("BEGIN")


def count(connection: sqlite3.Connection, table: str, chosen: Chosen | None = None) -> int:
    """Return how many records there are, or a filter chooses."""
    if table not in _TABLES:
        raise ValueError(table)
    if chosen is not None:
        from crm_cli.store import filters

        return filters.count(connection, table.removesuffix("s"), chosen)
    (number,) = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
    return int(number)


def ids(
    connection: sqlite3.Connection, table: str, chosen: Chosen | None = None
) -> Iterator[list[int]]:
    """Yield the ids of a table in order, some hundred at a time; only a filter's, with one."""
    if table not in _TABLES:
        raise ValueError(table)
    if chosen is not None:
        from crm_cli.store import filters

        yield from filters.ids(connection, table.removesuffix("s"), chosen, CHUNK)
        return
    last = 0
    while True:
        rows = connection.execute(
            f"SELECT id FROM {table} WHERE id > ? ORDER BY id LIMIT ?", (last, CHUNK)
        ).fetchall()
        if not rows:
            return
        yield [row_id for (row_id,) in rows]
        last = rows[-1][0]


def order_ids(connection: sqlite3.Connection, chosen: Chosen | None = None) -> Iterator[list[int]]:
    """Yield the ids of purchases and returns, some hundred at a time, the lines of an order
    together: orders in the order of their first lines, in each the sales first."""
    cursor = connection.execute(
        "SELECT id FROM (SELECT p.id, p.kind, CASE WHEN p.order_number IS NULL THEN p.id ELSE"
        "   min(p.id) OVER (PARTITION BY p.contact_id, p.order_number, p.currency) END AS first"
        f"   FROM purchases p WHERE {chosen.sql if chosen else '1'})"
        " ORDER BY first, kind DESC, id",
        chosen.parameters if chosen else {},
    )
    while rows := cursor.fetchmany(CHUNK):
        yield [row_id for (row_id,) in rows]


def most_entries(connection: sqlite3.Connection, table: str) -> int:
    """Return the length of the longest list of a kind that a contact has."""
    if table not in {"emails", "phones", "addresses", "links"}:
        raise ValueError(table)
    (longest,) = connection.execute(
        f"SELECT max(entries) FROM (SELECT count(*) AS entries FROM {table} GROUP BY contact_id)"
    ).fetchone()
    return int(longest or 0)


def has_other_raw(connection: sqlite3.Connection) -> bool:
    """Say whether a phone number was typed in another way than it is kept."""
    row = connection.execute(
        "SELECT 1 FROM phones WHERE value IS NOT NULL AND raw <> value LIMIT 1"
    ).fetchone()
    return row is not None


def has_twin_companies(connection: sqlite3.Connection) -> bool:
    """Say whether two companies share a name, so that a name does not tell which is meant."""
    row = connection.execute(
        "SELECT 1 FROM contacts WHERE kind = 'company' GROUP BY folded HAVING count(*) > 1 LIMIT 1"
    ).fetchone()
    return row is not None


def uids(connection: sqlite3.Connection, table: str, wanted: Sequence[int]) -> dict[int, str]:
    """Return id -> UUID of some records."""
    if table not in _TABLES:
        raise ValueError(table)
    marks = ", ".join("?" * len(wanted))
    rows: list[tuple[int, str]] = connection.execute(
        f"SELECT id, uid FROM {table} WHERE id IN ({marks})", list(wanted)
    ).fetchall()
    return dict(rows)


AMONG = "p.id IN (SELECT value FROM json_each(:ids))"
"""The products or purchases (``p``) of certain ids (a JSON array)."""


def purchase_links(
    connection: sqlite3.Connection, among: Mapping[str, str]
) -> dict[int, tuple[Any, ...]]:
    """Return purchase id -> UUIDs of (contact, returned purchase, product)."""
    rows = connection.execute(
        "SELECT p.id, c.uid, o.uid, r.uid FROM purchases p JOIN contacts c ON c.id = p.contact_id"
        "  LEFT JOIN purchases o ON o.id = p.returns_id LEFT JOIN products r ON r.id = p.product_id"
        f" WHERE {AMONG}",
        among,
    )
    return {row[0]: tuple(row[1:]) for row in rows.fetchall()}
