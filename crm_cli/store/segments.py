"""Saved segments, and who is in one of the RFM segments: the SQL that reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping, Sequence


class Saved(NamedTuple):
    """A filter of contacts under a name; ``key`` is the folded name."""

    id: int
    key: str
    name: str
    expression: str
    note: str | None
    created_at: str
    updated_at: str


_COLUMNS = ", ".join(Saved._fields)


def saved(connection: sqlite3.Connection, key: str) -> Saved | None:
    """Return the segment of a folded name, or None."""
    row = connection.execute(
        f"SELECT {_COLUMNS} FROM saved_segments WHERE key = ?", (key,)
    ).fetchone()
    return Saved(*row) if row else None


def listing(connection: sqlite3.Connection) -> list[Saved]:
    """Return all saved segments by name."""
    rows = connection.execute(f"SELECT {_COLUMNS} FROM saved_segments ORDER BY key").fetchall()
    return [Saved(*row) for row in rows]


def scored_ids(
    connection: sqlite3.Connection,
    scored: str,
    parameters: Mapping[str, Any],
    codes: Sequence[int],
) -> list[int]:
    """Return who has one of some RFM codes by ``scored``, a WITH clause of the segments report."""
    wanted = ", ".join(f"{code:d}" for code in codes)
    rows = connection.execute(
        f"WITH {scored} SELECT contact_id FROM scored WHERE code IN ({wanted}) ORDER BY contact_id",
        dict(parameters),
    ).fetchall()
    return [contact_id for (contact_id,) in rows]


def living_by_code(
    connection: sqlite3.Connection, scored: str, parameters: Mapping[str, Any]
) -> list[tuple[int, int]]:
    """Return RFM codes by ``scored`` and how many contacts have each, archived ones left out."""
    return connection.execute(
        f"WITH {scored} SELECT s.code, count(*) FROM scored s"
        " JOIN contacts c ON c.id = s.contact_id WHERE c.archived_at IS NULL GROUP BY s.code",
        dict(parameters),
    ).fetchall()
