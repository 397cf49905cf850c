"""Leads in the order of a call: those whose step is due by the day, others by their worth.

``asked`` holds today, past (the times of today that are over, a JSON array), midnight (the
instant today began), and what a filter binds. Whom somebody spoke to today is left out, and so
are archived contacts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from crm_cli.store.activity import IS_TALK, LAST_TALK

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Mapping


class Waiting(NamedTuple):
    """An open lead that may be called: kept worth, stage, instants of the last talk ('' where
    there was none); ``step`` is the follow-up that is due."""

    id: int
    worth: int
    stage_id: int
    stage_since: str
    opened_at: str
    last_talk: str
    step: int | None


_MAY_BE_CALLED = f"""
l.state = 'open' AND c.archived_at IS NULL
 AND NOT EXISTS (SELECT 1 FROM contact_activity x
                  WHERE x.contact_id = l.contact_id AND x.last_at >= :midnight)
 AND NOT EXISTS (SELECT 1 FROM interactions i
                  WHERE i.lead_id = l.id AND i.happened_at >= :midnight AND {IS_TALK})
"""
OF_OWNER = "l.owner = :owner COLLATE NOCASE"
OF_PIPELINE = "l.stage_id IN (SELECT s.id FROM stages s WHERE s.pipeline_id = :pipeline)"
"""Conditions on a lead that narrow whom is called."""

_NO_STEP = "NOT EXISTS (SELECT 1 FROM follow_ups f WHERE f.lead_id = l.id AND f.state = 'open')"
_COLUMNS = f"l.id, k.worth, l.stage_id, l.stage_since, l.opened_at, {LAST_TALK}"
_LEAD = "CROSS JOIN leads l ON l.id = {} CROSS JOIN contacts c ON c.id = l.contact_id"


def due(
    connection: sqlite3.Connection, asked: Mapping[str, Any], condition: str
) -> Iterator[list[Waiting]]:
    """Yield the leads with a step that is due, each once: together those of one day, promises
    before other steps, with the larger kept worth first."""
    rows = connection.execute(
        f"""
        SELECT f.due_on, f.kind <> 'promise', {_COLUMNS}, f.id
          FROM follow_ups f {_LEAD.format("f.lead_id")}
               LEFT JOIN lead_scores k ON k.lead_id = l.id
         WHERE f.state = 'open' AND f.lead_id IS NOT NULL AND f.due_on <= :today
           AND (f.due_on < :today OR f.due_time IS NULL
                OR f.due_time IN (SELECT value FROM json_each(:past)))
           AND {_MAY_BE_CALLED} AND {condition}
         ORDER BY f.due_on, f.kind <> 'promise', k.worth DESC, l.id, f.id
        """,
        asked,
    )
    seen: set[int] = set()
    group: list[Waiting] = []
    key: tuple[str, int] | None = None
    for due_on, is_no_promise, *cells in rows:
        row = Waiting._make(cells)
        if row.id in seen:
            continue
        seen.add(row.id)
        if (due_on, is_no_promise) != key and group:
            yield group
            group = []
        key = (due_on, is_no_promise)
        group.append(row)
    if group:
        yield group


def by_worth(
    connection: sqlite3.Connection, asked: Mapping[str, Any], condition: str,
    after: tuple[int, str, int], lowest: int, limit: int,
) -> list[Waiting]:  # fmt: skip
    """Return leads without an open step by kept worth, the largest first, then by the time they
    are in their stage: those that come behind ``after`` (worth, since, id) and are worth at least
    ``lowest``."""
    worth, since, lead_id = after
    cursor = {"w": worth, "s": since, "i": lead_id, "lowest": lowest, "most": limit}
    found: list[Waiting] = []
    for behind in ("k.worth = :w AND (k.since, k.lead_id) > (:s, :i)", "k.worth < :w"):
        rows = connection.execute(
            f"""
            SELECT {_COLUMNS}, NULL
              FROM lead_scores k {_LEAD.format("k.lead_id")}
             WHERE {behind} AND k.worth >= :lowest
               AND {_NO_STEP} AND {_MAY_BE_CALLED} AND {condition}
             ORDER BY k.worth DESC, k.since, k.lead_id LIMIT :most
            """,
            {**asked, **cursor, "most": limit - len(found)},
        )
        found += [Waiting._make(row) for row in rows.fetchall()]
        if len(found) >= limit:
            break
    return found


def middle_worth(connection: sqlite3.Connection) -> int:
    """Return the median worth of the open leads that have a value, 0 without any."""
    (size,) = connection.execute("SELECT count(*) FROM lead_scores WHERE worth >= 0").fetchone()
    if not size:
        return 0
    row = connection.execute(
        "SELECT worth FROM lead_scores WHERE worth >= 0 ORDER BY worth DESC LIMIT 1 OFFSET ?",
        (size // 2,),
    ).fetchone()
    return int(row[0])


def has_unvalued(connection: sqlite3.Connection) -> bool:
    """Say whether there is an open lead whose value nobody knows."""
    row = connection.execute("SELECT 1 FROM lead_scores WHERE worth < 0 LIMIT 1").fetchone()
    return row is not None


LAST_STAYS = 101
"""So many finished stays, the last ones, say how long is usual."""


def stages(connection: sqlite3.Connection) -> list[tuple[int, str, int | None, str | None]]:
    """Return (stage, its name, its limit, since when the lead that is there longest is there) of
    every stage of open leads."""
    return connection.execute(
        "SELECT s.id, s.name, s.rotten_days, (SELECT min(l.stage_since) FROM leads l"
        " WHERE l.stage_id = s.id) FROM stages s WHERE s.kind = 'open'"
    ).fetchall()


def stays(connection: sqlite3.Connection, stage_id: int) -> list[int]:
    """Return the days of the last finished stays in a stage, each rounded down."""
    rows = connection.execute(
        "SELECT (CAST(strftime('%s', left_at) AS INTEGER)"
        " - CAST(strftime('%s', entered_at) AS INTEGER)) / 86400 FROM stage_changes"
        " WHERE stage_id = ? AND left_at IS NOT NULL ORDER BY left_at DESC LIMIT ?",
        (stage_id, LAST_STAYS),
    )
    return [days for (days,) in rows.fetchall()]


def times(connection: sqlite3.Connection, day: str) -> list[str]:
    """Return the times of day at which a step of a lead is due on a day."""
    rows = connection.execute(
        "SELECT DISTINCT f.due_time FROM follow_ups f WHERE f.state = 'open'"
        " AND f.lead_id IS NOT NULL AND f.due_on = ? AND f.due_time IS NOT NULL",
        (day,),
    )
    return [time for (time,) in rows.fetchall()]


def step(connection: sqlite3.Connection, follow_up_id: int) -> tuple[Any, ...]:
    """Return (id, kind, due_on, due_time, text) of a follow-up."""
    row: tuple[Any, ...] = connection.execute(
        "SELECT id, kind, due_on, due_time, text FROM follow_ups WHERE id = ?", (follow_up_id,)
    ).fetchone()
    return row


def reach(connection: sqlite3.Connection, contact_id: int) -> tuple[str | None, str | None]:
    """Return the phone and the e-mail by which a contact is called first."""
    row: tuple[str | None, str | None] = connection.execute(
        "SELECT (SELECT p.value FROM phones p WHERE p.contact_id = :id"
        "         ORDER BY p.is_primary DESC, p.id LIMIT 1),"
        " (SELECT e.value FROM emails e WHERE e.contact_id = :id"
        "   ORDER BY e.is_primary DESC, e.id LIMIT 1)",
        {"id": contact_id},
    ).fetchone()
    return row


def waiting(
    connection: sqlite3.Connection, asked: Mapping[str, Any], condition: str
) -> dict[str, int]:
    """Return how many open leads there are, of how many the next step lies ahead, and with how
    many contacts somebody spoke today: what is said where there is nobody to call."""
    row = connection.execute(
        f"SELECT count(*), coalesce(sum(NOT {_NO_STEP}), 0),"
        f" coalesce(sum({LAST_TALK} >= :midnight), 0)"
        f" FROM leads l WHERE l.state = 'open' AND {condition}",
        asked,
    ).fetchone()
    return dict(zip(("open", "ahead", "spoken"), row, strict=True))
