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
    "lead_id", "rule_id", "occurrence", "sequence", "created_at", "updated_at",
)  # fmt: skip


class FollowUp(NamedTuple):
    """One follow-up, with its contact's name, its lead's title, and with whose it is. ``due_on`` is
    a day and ``due_time`` ``HH:MM`` (or None) of the business's wall clock; instants are UTC
    text."""

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
    lead_id: int | None
    lead: str | None
    rule_id: int | None
    sequence: int
    created_at: str
    updated_at: str


OWNER = "coalesce(f.owner, (SELECT l.owner FROM leads l WHERE l.id = f.lead_id), c.owner)"
"""Whose a follow-up is: its own owner, else the one of the lead it is about, else the contact's;
also when that is another later."""

_ELSEWHERE = {
    "contact": "c.name", "owner": OWNER,
    "lead": "(SELECT l.title FROM leads l WHERE l.id = f.lead_id)",
}  # fmt: skip
_FLAT = f"""
SELECT {", ".join(_ELSEWHERE.get(name, f"f.{name}") for name in FollowUp._fields)}
  FROM follow_ups f JOIN contacts c ON c.id = f.contact_id
"""


def row(connection: sqlite3.Connection, follow_up_id: int) -> dict[str, Any] | None:
    """Return the follow-up's own row by column name, or None."""
    found = connection.execute(
        f"SELECT {', '.join(COLUMNS)} FROM follow_ups WHERE id = ?", (follow_up_id,)
    ).fetchone()
    return dict(zip(COLUMNS, found, strict=True)) if found else None


def rows(connection: sqlite3.Connection, ids: str) -> list[dict[str, Any]]:
    """Return the own rows of certain follow-ups (a JSON array), by id."""
    found = connection.execute(
        f"SELECT {', '.join(COLUMNS)} FROM follow_ups"
        " WHERE id IN (SELECT value FROM json_each(:ids)) ORDER BY id",
        {"ids": ids},
    )
    return [dict(zip(COLUMNS, values, strict=True)) for values in found.fetchall()]


CONDITIONS = {
    "who": "f.contact_id = :who",
    "state": "f.state = :state",
    "owner": f"{OWNER} = :owner COLLATE NOCASE",
    "kind": "f.kind = :kind",
    "since": "f.due_on >= :since",
    "until": "f.due_on <= :until",
    "before": "f.due_on < :before",
    "purchase": "f.purchase_id = :purchase",
    "lead": "f.lead_id = :lead",
    "overdue": "f.state = 'open' AND (f.due_on < :today"
    " OR f.id IN (SELECT value FROM json_each(:overdue)))",
    "ids": "f.id IN (SELECT value FROM json_each(:ids))",
}
"""What ``remind list`` can ask for: name -> condition on ``f``."""

BY_ID = "f.id"
BY_DUE = "f.due_on, f.due_time, f.id"
"""Orders of a list. What is due on a day without a time stands before what has one."""


def listed(
    connection: sqlite3.Connection,
    filters: Mapping[str, Any],
    limit: int | None = None,
    *,
    order: str = BY_ID,
    chosen: Chosen | None = None,
) -> list[FollowUp]:
    """Return the follow-ups that ``filters`` (names of ``CONDITIONS``, and values) select, and a
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
        "SELECT f.id FROM follow_ups f JOIN contacts c ON c.id = f.contact_id"
        f" WHERE {where} ORDER BY f.id LIMIT :row_limit",
        {**parameters, "row_limit": -1 if limit is None else limit},
    ).fetchall()


def _where(filters: Mapping[str, Any], chosen: Chosen | None) -> tuple[str, dict[str, Any]]:
    conditions = [_condition(name, value) for name, value in filters.items()]
    where = " AND ".join(filter(None, conditions)) or "1"
    if chosen is None:
        return where, dict(filters)
    return f"{where} AND {chosen.sql}", {**filters, **chosen.parameters}


def _condition(name: str, value: Any) -> str | None:
    # Said in full, not bound: only so does the index of the open ones answer.
    return "f.state = 'open'" if (name, value) == ("state", "open") else CONDITIONS.get(name)


def due(
    connection: sqlite3.Connection, today: str, owner: str | None = None, limit: int | None = None
) -> list[FollowUp]:
    """Return the open follow-ups whose day is today or before, earliest first. What has a time
    later today is among them: ``domain.follow_up.is_due`` tells, as the zone does."""
    filters: dict[str, Any] = {"state": "open", "until": today}
    if owner is not None:
        filters["owner"] = owner
    return listed(connection, filters, limit, order=BY_DUE)


def timed_on(connection: sqlite3.Connection, day: str) -> list[tuple[int, str]]:
    """Return (id, time) of the open follow-ups that are due at a time of a day."""
    return connection.execute(
        "SELECT id, due_time FROM follow_ups WHERE state = 'open' AND due_on = ?"
        " AND due_time IS NOT NULL ORDER BY id",
        (day,),
    ).fetchall()


OPEN_AFTER = """
WITH RECURSIVE later(id, state) AS (
    SELECT id, state FROM follow_ups WHERE previous_id = :id
     UNION
    SELECT f.id, f.state FROM later CROSS JOIN follow_ups f ON f.previous_id = later.id
)
SELECT min(id) FROM later WHERE state = 'open'
"""


def open_round_after(connection: sqlite3.Connection, follow_up_id: int) -> int | None:
    """Return the open follow-up that came of closing this one, or of closing a round after it."""
    found = connection.execute(OPEN_AFTER, {"id": follow_up_id}).fetchone()
    return None if found[0] is None else int(found[0])


_OF_PURCHASES = "t.purchase_id IN (SELECT value FROM json_each(:ids))"
BY_RULE = f"{_OF_PURCHASES} AND t.kind IN ('touch', 'date', 'service')"
BY_HAND = f"{_OF_PURCHASES} AND t.kind IN ('task', 'promise')"
"""Conditions on follow-ups (``t``) of purchases: what only they make due, and all others."""

FOLLOW = "t.previous_id IN (SELECT value FROM json_each(:ids))"
STAY = "t.id NOT IN (SELECT value FROM json_each(:ids))"
NAMED = "t.id IN (SELECT value FROM json_each(:ids))"
"""Conditions on follow-ups (``t``): rounds after some, others than these, and these."""


def tied_to(connection: sqlite3.Connection, contact_ids: str) -> list[dict[str, Any]]:
    """Return id, purchase_id, interaction_id, lead_id and previous_id of the follow-ups of others
    that are tied to something of these contacts (a JSON array); a tie to what stays is left out."""
    among = "(SELECT value FROM json_each(:ids))"
    ties = {
        "purchase_id": f"SELECT p.id FROM purchases p WHERE p.contact_id IN {among}",
        "interaction_id": f"SELECT i.id FROM interactions i WHERE i.contact_id IN {among}",
        "lead_id": f"SELECT l.id FROM leads l WHERE l.contact_id IN {among}",
        "previous_id": f"SELECT o.id FROM follow_ups o WHERE o.contact_id IN {among}",
    }
    columns = ("id", *ties)
    shown = ", ".join(f"CASE WHEN f.{name} IN ({sql}) THEN f.{name} END"
                      for name, sql in ties.items())  # fmt: skip
    found = " UNION ".join(f"SELECT id FROM follow_ups WHERE {name} IN ({sql})"
                           for name, sql in ties.items())  # fmt: skip
    rows = connection.execute(
        f"SELECT f.id, {shown} FROM follow_ups f"
        f" WHERE f.id IN ({found}) AND f.contact_id NOT IN {among} ORDER BY f.id",
        {"ids": contact_ids},
    )
    return [dict(zip(columns, values, strict=True)) for values in rows.fetchall()]


def next_days(connection: sqlite3.Connection, contact_ids: Iterable[int]) -> dict[int, str]:
    """Return contact -> the earliest day on which one of its open follow-ups is due."""
    ids = f"[{','.join(map(str, contact_ids))}]"
    rows = connection.execute(
        "SELECT f.contact_id, min(f.due_on) FROM follow_ups f WHERE f.state = 'open'"
        " AND f.contact_id IN (SELECT value FROM json_each(:ids)) GROUP BY f.contact_id",
        {"ids": ids},
    )
    return dict(rows.fetchall())


def owners(connection: sqlite3.Connection) -> list[str]:
    """Return who has follow-ups, for suggestions."""
    rows = connection.execute(
        f"SELECT DISTINCT {OWNER} FROM follow_ups f JOIN contacts c ON c.id = f.contact_id"
        f" WHERE {OWNER} IS NOT NULL"
    )
    return [owner for (owner,) in rows.fetchall()]
