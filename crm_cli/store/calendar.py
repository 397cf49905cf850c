"""What a calendar of the follow-ups is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from crm_cli.store.follow_ups import OWNER
from crm_cli.store.today import PHONE

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping


class Row(NamedTuple):
    """One follow-up with how to reach its contact; day and time are the business's wall clock."""

    id: int
    uid: str
    kind: str
    due_on: str
    due_time: str | None
    text: str
    repeat: str | None
    owner: str | None
    state: str
    done_at: str | None
    sequence: int
    created_at: str
    updated_at: str
    contact: str
    phone: str | None
    email: str | None


def rows(connection: sqlite3.Connection, asked: Mapping[str, Any]) -> list[Row]:
    """Return the open follow-ups, and those closed since an instant, by the day they are due.

    ``asked`` holds closed_since, since and until (days or None) and owner (None: everybody's).
    """
    conditions = [
        "(f.state = 'open' OR f.updated_at >= :closed_since)",
        *(["f.due_on >= :since"] if asked["since"] else []),
        *(["f.due_on <= :until"] if asked["until"] else []),
        *([f"{OWNER} = :owner COLLATE NOCASE"] if asked["owner"] else []),
    ]
    found = connection.execute(
        "SELECT f.id, f.uid, f.kind, f.due_on, f.due_time, f.text, f.repeat_text,"
        f"       {OWNER}, f.state, f.done_at, f.sequence, f.created_at,"
        f"      f.updated_at, c.name, {PHONE},"
        "       (SELECT e.value FROM emails e WHERE e.contact_id = c.id"
        "         ORDER BY e.is_primary DESC, e.id LIMIT 1)"
        "  FROM follow_ups f JOIN contacts c ON c.id = f.contact_id"
        f" WHERE {' AND '.join(conditions)} ORDER BY f.due_on, f.due_time, f.id",
        asked,
    )
    return [Row._make(row) for row in found.fetchall()]
