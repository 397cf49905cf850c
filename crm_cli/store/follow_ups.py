"""Follow-ups: every SQL statement that reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping

    from crm_cli.store.filters import Chosen

COLUMNS = (
    "id", "uid", "contact_id", "kind", "due_on", "due_time", "text", "repeat_text", "repeat_from",
    "owner", "state", "done_at", "done_by", "previous_id", "interaction_id", "purchase_id",
    "rule_id", "occurrence", "sequence", "created_at", "updated_at",
)  # fmt: skip


class FollowUp(NamedTuple):
    """One follow-up as stored, with its contact's name. ``due_on`` is a day and ``due_time``
    ``HH:MM`` (or None) of the business's wall clock; instants are UTC text."""

    id: int
    uid: str
    contact_id: int
    contact: str
    kind: str
    due_on: str
    due_time: str | None
    text: str
    repeat_text: str | None
    owner: str | None
    state: str
    done_at: str | None
    done_by: str | None
    previous_id: int | None
    interaction_id: int | None
    purchase_id: int | None
    rule_id: int | None
    sequence: int
    created_at: str
    updated_at: str


_FLAT = f"""
SELECT {", ".join("c.name" if name == "contact" else f"f.{name}" for name in FollowUp._fields)}
  FROM follow_ups f JOIN contacts c ON c.id = f.contact_id
"""


def row(connection: sqlite3.Connection, follow_up_id: int) -> dict[str, Any] | None:
    """Return the follow-up's own row by column name, or None."""
    found = connection.execute(
        f"SELECT {', '.join(COLUMNS)} FROM follow_ups WHERE id = ?", (follow_up_id,)
    ).fetchone()
    return dict(zip(COLUMNS, found, strict=True)) if found else None


CONDITIONS = {
    "who": "f.contact_id = :who",
    "state": "f.state = :state",
    "owner": "f.owner = :owner COLLATE NOCASE",
    "kind": "f.kind = :kind",
    "since": "f.due_on >= :since",
    "until": "f.due_on <= :until",
    "purchase": "f.purchase_id = :purchase",
    "ids": "f.id IN (SELECT value FROM json_each(:ids))",
}
"""What ``remind list`` can ask for: name -> condition on ``f``."""

BY_ID = "f.id"
BY_DUE = "f.due_on, coalesce(f.due_time, ''), f.id"
"""Orders of a list. What is due on a day without a time stands before what has one."""


def listed(
    connection: sqlite3.Connection,
    filters: Mapping[str, Any],
    limit: int | None = None,
    *,
    order: str = BY_ID,
    chosen: Chosen | None = None,
) -> list[FollowUp]:
    """Return the follow-ups that ``filters`` (names of ``CONDITIONS`` with values) select, and a
    filter's condition on ``f`` beside them."""
    where, parameters = _where(filters, chosen)
    rows = connection.execute(
        f"{_FLAT} WHERE {where} ORDER BY {order} LIMIT :row_limit",
        {**parameters, "row_limit": -1 if limit is None else limit},
    )
    return [FollowUp._make(found) for found in rows.fetchall()]


def listed_ids(
    connection: sqlite3.Connection,
    filters: Mapping[str, Any],
    limit: int | None = None,
    *,
    chosen: Chosen | None = None,
) -> list[tuple[int]]:
    """Return what ``listed`` does as rows of an id alone, in the order of ids."""
    where, parameters = _where(filters, chosen)
    return connection.execute(
        f"SELECT f.id FROM follow_ups f WHERE {where} ORDER BY f.id LIMIT :row_limit",
        {**parameters, "row_limit": -1 if limit is None else limit},
    ).fetchall()


def _where(filters: Mapping[str, Any], chosen: Chosen | None) -> tuple[str, dict[str, Any]]:
    where = " AND ".join(CONDITIONS[name] for name in filters) or "1"
    if chosen is None:
        return where, dict(filters)
    return f"{where} AND {chosen.sql}", {**filters, **chosen.parameters}


def due(
    connection: sqlite3.Connection, today: str, owner: str | None = None, limit: int | None = None
) -> list[FollowUp]:
    """Return the open follow-ups whose day is today or before, earliest first. What has a time
    later today is among them: ``domain.follow_up.is_due`` tells, as the zone does."""
    filters: dict[str, Any] = {"state": "open", "until": today}
    if owner is not None:
        filters["owner"] = owner
    return listed(connection, filters, limit, order=BY_DUE)


def next_days(connection: sqlite3.Connection, contact_ids: Iterable[int]) -> dict[int, str]:
    """Return contact -> the earliest day on which one of its open follow-ups is due."""
    ids = f"[{','.join(map(str, contact_ids))}]"
    rows = connection.execute(
        "SELECT f.contact_id, min(f.due_on) FROM follow_ups f WHERE f.state = 'open'"
        " AND f.contact_id IN (SELECT value FROM json_each(:ids)) GROUP BY f.contact_id",
        {"ids": ids},
    )
    return dict(rows.fetchall())


def names(connection: sqlite3.Connection, ids: str) -> dict[int, str]:
    """Return what people call each of some follow-ups (a JSON array): day, contact and text."""
    rows = connection.execute(
        "SELECT f.id, f.due_on || ' ' || c.name || ': ' || f.text"
        "  FROM follow_ups f JOIN contacts c ON c.id = f.contact_id"
        " WHERE f.id IN (SELECT value FROM json_each(:ids))",
        {"ids": ids},
    )
    return dict(rows.fetchall())


def owners(connection: sqlite3.Connection) -> list[str]:
    """Return who has follow-ups, for suggestions."""
    rows = connection.execute("SELECT DISTINCT owner FROM follow_ups WHERE owner IS NOT NULL")
    return [owner for (owner,) in rows.fetchall()]
