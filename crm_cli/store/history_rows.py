"""The records that a history entry's changes are about, as they stand now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crm_cli.store.journal import JOURNALLED, columns_of

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

NAME_COLUMNS = {
    "contacts": "name", "products": "name", "tags": "label", "leads": "title", "stages": "name",
    "pipelines": "name",
}  # fmt: skip
"""Tables whose rows people know by a name."""


def rows_now(
    connection: sqlite3.Connection, table: str, ids: Iterable[int]
) -> dict[int, dict[str, Any]]:
    """Return rows of a journalled table by id, each by column name; those gone are left out."""
    if table not in JOURNALLED:
        return {}
    columns = columns_of(connection, table)
    rows = connection.execute(
        f"SELECT {', '.join(columns)} FROM {table} WHERE id IN (SELECT value FROM json_each(:ids))",
        {"ids": _array(ids)},
    )
    found = (dict(zip(columns, values, strict=True)) for values in rows.fetchall())
    return {row["id"]: row for row in found}


def names(connection: sqlite3.Connection, table: str, ids: Iterable[int]) -> dict[int, str]:
    """Return the names of the rows of one of ``NAME_COLUMNS`` by id."""
    rows = connection.execute(
        f"SELECT id, {NAME_COLUMNS[table]} FROM {table}"
        " WHERE id IN (SELECT value FROM json_each(:ids))",
        {"ids": _array(ids)},
    )
    return dict(rows.fetchall())


_HANGS_ON = {"lead_id": "leads", "product_id": "products", "contact_id": "contacts"}
"""Columns that say of which record a row is, the nearest first."""


def name_of(connection: sqlite3.Connection, table: str, row_id: int) -> str | None:
    """Return what people call the record that a row is, or else the one it hangs on."""
    if table in NAME_COLUMNS:
        return names(connection, table, [row_id]).get(row_id)
    row = rows_now(connection, table, [row_id]).get(row_id, {})
    for column, owner in _HANGS_ON.items():
        if row.get(column) is not None:
            return names(connection, owner, [row[column]]).get(row[column])
    return None


def entries_behind(
    connection: sqlite3.Connection, entry_id: int, rows: Iterable[tuple[str, int]]
) -> list[int]:
    """Return which later changes that are not undone touched one of these rows (table, id) or
    added what hangs on a lead among them, the newest first."""
    found: set[int] = set()
    for table, row_id in rows:
        added = (
            " OR (c.op = 'insert' AND EXISTS (SELECT 1 FROM lead_terms t WHERE t.lead_id = :row"
            " AND c.table_name = 'lead_terms' AND t.id BETWEEN c.first_id AND c.last_id))"
            if table == "leads"
            else ""
        )
        later = connection.execute(
            "SELECT DISTINCT e.id FROM entries e JOIN changes c ON c.entry_id = e.id"
            " WHERE e.id > :entry AND e.kind = 'change' AND e.undone_by_id IS NULL"
            f" AND ((c.table_name = :table AND :row BETWEEN c.first_id AND c.last_id){added})",
            {"entry": entry_id, "table": table, "row": row_id},
        )
        found.update(number for (number,) in later.fetchall())
    return sorted(found, reverse=True)


def _array(ids: Iterable[int]) -> str:
    return f"[{', '.join(map(str, sorted(set(ids))))}]"
