"""What changing a stage asks of the store: who is in it, who ever was, and its former odds."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import sqlite3


class Present(NamedTuple):
    """A lead that stands in a stage, with its stay there."""

    id: int
    state: str
    stage_since: str
    updated_at: str
    stay_id: int


def present(connection: sqlite3.Connection, stage_id: int) -> list[Present]:
    """Return the leads that are in a stage now."""
    found = connection.execute(
        "SELECT l.id, l.state, l.stage_since, l.updated_at, h.id FROM leads l"
        " JOIN stage_changes h ON h.lead_id = l.id AND h.left_at IS NULL"
        " WHERE l.stage_id = ? ORDER BY l.id",
        (stage_id,),
    )
    return [Present(*row) for row in found.fetchall()]


def counts(connection: sqlite3.Connection) -> dict[int, int]:
    """Return stage -> number of leads that are in it now."""
    found = connection.execute("SELECT stage_id, count(*) FROM leads GROUP BY stage_id")
    return dict(found.fetchall())


def open_in(connection: sqlite3.Connection, pipeline_id: int) -> int:
    """Return how many open leads a pipeline has."""
    (count,) = connection.execute(
        "SELECT count(*) FROM leads WHERE state = 'open'"
        " AND stage_id IN (SELECT id FROM stages WHERE pipeline_id = ?)",
        (pipeline_id,),
    ).fetchone()
    return int(count)


def is_used(connection: sqlite3.Connection, stage_id: int) -> bool:
    """Say whether a lead is or ever was in a stage."""
    row = connection.execute(
        "SELECT 1 FROM stage_changes WHERE stage_id = ?1"
        " UNION ALL SELECT 1 FROM leads WHERE stage_id = ?1 LIMIT 1",
        (stage_id,),
    ).fetchone()
    return row is not None or is_needed(connection, stage_id)


_IN_THE_TRASH = (
    "trash t JOIN changes c ON c.entry_id = t.entry_id AND c.op = 'delete'"
    " AND c.table_name IN ('leads', 'stage_changes') WHERE t.noun IN ('lead', 'contact')"
)


def is_needed(connection: sqlite3.Connection, stage_id: int) -> bool:
    """Say whether a deleted lead would come back from the trash to a stage."""
    row = connection.execute(
        f"SELECT 1 FROM {_IN_THE_TRASH} AND json_extract(c.image, '$.stage_id') = ? LIMIT 1",
        (stage_id,),
    ).fetchone()
    return row is not None


def needed_of(connection: sqlite3.Connection, entry_id: int, limit: int) -> list[int]:
    """Return those stages that an entry added which deleted leads would come back to."""
    found = connection.execute(
        f"SELECT DISTINCT json_extract(c.image, '$.stage_id') FROM {_IN_THE_TRASH}"
        " AND EXISTS (SELECT 1 FROM changes n WHERE n.entry_id = ? AND n.table_name = 'stages'"
        " AND n.op = 'insert' AND json_extract(c.image, '$.stage_id')"
        " BETWEEN n.first_id AND n.last_id) LIMIT ?",
        (entry_id, limit),
    )
    return [stage_id for (stage_id,) in found.fetchall()]


def odds(connection: sqlite3.Connection, stage_id: int) -> list[tuple[int, str, int]]:
    """Return (id, until when, probability in basis points) of a stage's former odds in time."""
    found = connection.execute(
        "SELECT id, until_at, probability FROM stage_odds WHERE stage_id = ? ORDER BY until_at, id",
        (stage_id,),
    )
    return [(row_id, until, probability) for row_id, until, probability in found.fetchall()]


OF_STAGE = "t.stage_id = :stage_id"
"""Condition on the stays, or the former odds, of a stage (``t``)."""

NAMED = "t.id IN (SELECT value FROM json_each(:ids))"
"""Condition on rows (``t``) that are named one by one."""
