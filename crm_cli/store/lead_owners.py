"""Who owns leads."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3


def owners(connection: sqlite3.Connection) -> list[str]:
    """Return the owners of leads as they are written, those of the most leads first."""
    found = connection.execute(
        "SELECT owner FROM leads WHERE owner IS NOT NULL GROUP BY owner ORDER BY count(*) DESC"
    )
    return [owner for (owner,) in found.fetchall()]
