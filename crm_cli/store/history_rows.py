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


def _array(ids: Iterable[int]) -> str:
    return f"[{', '.join(map(str, sorted(set(ids))))}]"
