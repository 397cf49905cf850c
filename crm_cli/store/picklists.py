"""Picklists: closed lists of words that the owner may rename and add to."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3


def values(
    connection: sqlite3.Connection, name: str, *, with_retired: bool = False
) -> list[tuple[str, str, list[str]]]:
    """Return (key, label, aliases) of a list's values in their order."""
    import json

    rows = connection.execute(
        "SELECT key, label, aliases FROM picklist_values"
        " WHERE list = ? AND (is_retired = 0 OR ?) ORDER BY position, id",
        (name, with_retired),
    )
    return [(key, label, json.loads(aliases)) for key, label, aliases in rows.fetchall()]


def has_key(connection: sqlite3.Connection, name: str, key: str) -> bool:
    """Say whether a list holds a key that may still be chosen."""
    row = connection.execute(
        "SELECT 1 FROM picklist_values WHERE list = ? AND key = ? AND is_retired = 0", (name, key)
    ).fetchone()
    return row is not None
