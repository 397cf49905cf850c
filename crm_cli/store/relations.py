"""How contacts stand to each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import sqlite3


def open_relation(
    connection: sqlite3.Connection, contact_id: int, other_id: int, kind: str
) -> dict[str, Any] | None:
    """Return the newest relation of that kind between two contacts, open ones first."""
    columns = ("id", "title", "started_on", "ended_on")
    row = connection.execute(
        f"SELECT {', '.join(columns)} FROM relations"
        " WHERE contact_id = ? AND other_id = ? AND kind = ?"
        " ORDER BY ended_on IS NULL DESC, id DESC LIMIT 1",
        (contact_id, other_id, kind),
    ).fetchone()
    return dict(zip(columns, row, strict=True)) if row else None


def relation_rows(connection: sqlite3.Connection, contact_id: int) -> list[tuple[Any, ...]]:
    """Return (kind, direction, other's id, name, title, started_on, ended_on) both ways."""
    return connection.execute(
        "SELECT r.kind, 'to', o.id, o.name, r.title, r.started_on, r.ended_on, r.id AS n"
        "  FROM relations r JOIN contacts o ON o.id = r.other_id WHERE r.contact_id = :id"
        " UNION ALL "
        "SELECT r.kind, 'from', o.id, o.name, r.title, r.started_on, r.ended_on, r.id"
        "  FROM relations r JOIN contacts o ON o.id = r.contact_id WHERE r.other_id = :id"
        " ORDER BY n",
        {"id": contact_id},
    ).fetchall()
