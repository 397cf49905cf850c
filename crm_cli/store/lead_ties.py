"""What hangs on leads: the follow-ups and talks that are about one."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable


def contact_of(connection: sqlite3.Connection, lead_id: int) -> int:
    """Return the contact whose lead it is."""
    sql = "SELECT contact_id FROM leads WHERE id = ?"
    (contact_id,) = connection.execute(sql, (lead_id,)).fetchone()
    return int(contact_id)


def newest(connection: sqlite3.Connection) -> int:
    """Return the lead that was made last."""
    (lead_id,) = connection.execute("SELECT max(id) FROM leads").fetchone()
    return int(lead_id)


class Worded(NamedTuple):
    """A filter of leads that something of the owner's holds: the row of its table."""

    table: str
    id: int
    expression: str


def expressions(connection: sqlite3.Connection) -> list[Worded]:
    """Return the filters of leads that score rules and routes hold."""
    rows = connection.execute(
        "SELECT 'score_rules', id, expression FROM score_rules"
        " UNION ALL SELECT 'lead_routes', id, expression FROM lead_routes"
        " WHERE expression IS NOT NULL ORDER BY 1, 2"
    )
    return [Worded._make(row) for row in rows.fetchall()]


def next_days(connection: sqlite3.Connection, lead_ids: Iterable[int]) -> dict[int, str]:
    """Return lead -> the earliest day on which one of its open follow-ups is due."""
    rows = connection.execute(
        "SELECT f.lead_id, min(f.due_on) FROM follow_ups f WHERE f.state = 'open'"
        " AND f.lead_id IN (SELECT value FROM json_each(:ids)) GROUP BY f.lead_id",
        {"ids": f"[{','.join(map(str, lead_ids))}]"},
    )
    return dict(rows.fetchall())
