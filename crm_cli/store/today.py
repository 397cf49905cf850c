"""What the morning screen asks: a few rows by index from a store of any size."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping, Sequence

PHONE = """
(SELECT coalesce(p.value, p.raw) FROM phones p WHERE p.contact_id = c.id
  ORDER BY p.is_primary DESC, p.id LIMIT 1)
"""
"""The number that a contact is called on; the contact is ``c``."""

_LATE = """
(f.due_on < :today
 OR f.due_time IS NOT NULL AND f.due_time IN (SELECT value FROM json_each(:past)))
"""
"""Whether what is due up to today is late: of today, what has one of the times ``:past``."""

_OWNER = "coalesce(f.owner, (SELECT l.owner FROM leads l WHERE l.id = f.lead_id), c.owner)"
"""As ``store.follow_ups`` has it."""

_OF_OWNER = f" AND {_OWNER} = :owner COLLATE NOCASE"
WALKED = 500
"""So many of the best customers are looked at, however many are not quiet."""


def times(connection: sqlite3.Connection, day: str) -> list[str]:
    """Return the times of day at which something is due on a day."""
    rows = connection.execute(
        "SELECT DISTINCT f.due_time FROM follow_ups f"
        " WHERE f.state = 'open' AND f.due_on = ? AND f.due_time IS NOT NULL",
        (day,),
    )
    return [time for (time,) in rows.fetchall()]


def counts(connection: sqlite3.Connection, asked: Mapping[str, Any]) -> list[tuple[str, int, int]]:
    """Return (kind, whether it is late, how many) of what is due up to today.

    ``asked`` holds today, past (the times of today that are over, as a JSON array) and owner
    (None: everybody's).
    """
    join, of_owner = ("", "")
    if asked["owner"] is not None:
        join, of_owner = " CROSS JOIN contacts c ON c.id = f.contact_id", _OF_OWNER
    return connection.execute(
        f"SELECT f.kind, {_LATE}, count(*) FROM follow_ups f{join}"
        f" WHERE f.state = 'open' AND f.due_on <= :today{of_owner} GROUP BY 1, 2",
        asked,
    ).fetchall()


def coming(connection: sqlite3.Connection, asked: Mapping[str, Any], until: str) -> int:
    """Return how many follow-ups are due after today and up to a day."""
    join, of_owner = ("", "")
    if asked["owner"] is not None:
        join, of_owner = " CROSS JOIN contacts c ON c.id = f.contact_id", _OF_OWNER
    row = connection.execute(
        f"SELECT count(*) FROM follow_ups f{join}"
        f" WHERE f.state = 'open' AND f.due_on > :today AND f.due_on <= :until{of_owner}",
        {**asked, "until": until},
    ).fetchone()
    return int(row[0])


FOLLOW_UP_COLUMNS = (
    "id", "contact_id", "contact", "phone", "kind", "due_on", "due_time", "text", "repeat",
    "owner", "purchase_id", "interaction_id", "uid", "lead_id", "lead",
)  # fmt: skip


def due(
    connection: sqlite3.Connection,
    asked: Mapping[str, Any],
    *,
    late: bool | None,
    kinds: Sequence[str],
    limit: int,
) -> list[tuple[Any, ...]]:
    """Return open follow-ups of these kinds that are late, that are due today and are not, or
    both (None): ``FOLLOW_UP_COLUMNS``, the oldest first."""
    since = "" if late is None or late else " AND f.due_on = :today"
    when = "" if late is None else f" AND {'' if late else 'NOT '}{_LATE}"
    marks = ", ".join(f":kind_{n}" for n in range(len(kinds)))
    of_owner = _OF_OWNER if asked["owner"] is not None else ""
    return connection.execute(
        f"SELECT f.id, f.contact_id, c.name, {PHONE}, f.kind, f.due_on, f.due_time, f.text,"
        f"        f.repeat_text, {_OWNER}, f.purchase_id, f.interaction_id,"
        "        f.uid, f.lead_id, (SELECT l.title FROM leads l WHERE l.id = f.lead_id)"
        "  FROM follow_ups f CROSS JOIN contacts c ON c.id = f.contact_id"
        f" WHERE f.state = 'open' AND f.due_on <= :today{since}{when}"
        f"   AND f.kind IN ({marks}){of_owner}"
        "  ORDER BY f.due_on, f.due_time, f.id LIMIT :limit",
        {**asked, **{f"kind_{n}": kind for n, kind in enumerate(kinds)}, "limit": limit},
    ).fetchall()


def open_stages(connection: sqlite3.Connection) -> list[tuple[int, int | None]]:
    """Return (id, days until a lead is stale there) of the open stages that leads are in."""
    return connection.execute(
        "SELECT s.id, s.rotten_days FROM stages s WHERE s.kind = 'open'"
        " AND EXISTS (SELECT 1 FROM leads l WHERE l.stage_id = s.id) ORDER BY s.id"
    ).fetchall()


def birthdays(
    connection: sqlite3.Connection, days: Sequence[str], owner: str | None
) -> list[tuple[Any, ...]]:
    """Return (id, name, phone, birthday) of the living contacts whose birthday falls on one of
    these days of the year (``05-31``)."""
    marks = ", ".join("?" * len(days))
    of_owner = " AND c.owner = ? COLLATE NOCASE" if owner is not None else ""
    return connection.execute(
        f"SELECT c.id, c.name, {PHONE}, c.birthday FROM contacts c"
        f" WHERE substr(c.birthday, -5) IN ({marks}) AND c.birthday IS NOT NULL"
        f"   AND c.archived_at IS NULL{of_owner} ORDER BY c.id",
        (*days, *([owner] if owner is not None else [])),
    ).fetchall()


def currencies(connection: sqlite3.Connection) -> list[str]:
    """Return the currencies that customers pay in, each found by one step in the index."""
    rows = connection.execute(
        """
        WITH RECURSIVE used (currency) AS (
            SELECT min(currency) FROM customers WHERE orders > 0
             UNION ALL
            SELECT (SELECT min(s.currency) FROM customers s
                     WHERE s.orders > 0 AND s.currency > used.currency)
              FROM used WHERE used.currency IS NOT NULL
        )
        SELECT currency FROM used WHERE currency IS NOT NULL
        """
    )
    return [currency for (currency,) in rows.fetchall()]


def quiet(connection: sqlite3.Connection, asked: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """Return (id, name, phone, last contact, last purchase, revenue) of the best customers in
    one currency who were not spoken to, and bought nothing, since a day, and of whom no
    follow-up is open; the one who paid most first.

    ``asked`` holds currency, since (a day), since_at (its beginning, an instant), owner, limit.
    """
    of_owner = " AND c.owner = :owner COLLATE NOCASE" if asked["owner"] is not None else ""
    return connection.execute(
        f"""
        SELECT c.id, c.name, {PHONE}, a.last_at, s.last_on, s.revenue
          FROM (SELECT contact_id, last_on, revenue FROM customers
                 WHERE orders > 0 AND currency = :currency
                 ORDER BY revenue DESC LIMIT {WALKED}) s
               CROSS JOIN contacts c ON c.id = s.contact_id
               LEFT JOIN contact_activity a ON a.contact_id = s.contact_id
         WHERE s.last_on < :since AND coalesce(a.last_at < :since_at, 1)
           AND c.archived_at IS NULL AND c.role = 'customer'{of_owner}
           AND NOT EXISTS (SELECT 1 FROM follow_ups f
                            WHERE f.contact_id = c.id AND f.state = 'open')
         ORDER BY s.revenue DESC LIMIT :limit
        """,
        asked,
    ).fetchall()
