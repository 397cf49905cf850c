"""Goals: the SQL that reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import sqlite3


class Goal(NamedTuple):
    """A goal. ``target`` in minor units of ``currency``, a count where that is None; ``period`` is
    ``2026``, ``2026-Q4`` or ``2026-11``; ``segment`` and ``owner`` are
    names."""

    id: int
    uid: str
    metric: str
    comparison: str
    target: int
    currency: str | None
    period: str
    segment: str | None
    owner: str | None
    pipeline_id: int | None
    parent_id: int | None
    note: str | None
    created_at: str
    updated_at: str


_COLUMNS = ", ".join(Goal._fields)


def listing(connection: sqlite3.Connection, metric: str | None = None) -> list[Goal]:
    """Return all goals, or those of a metric, by id."""
    found = connection.execute(
        f"SELECT {_COLUMNS} FROM goals WHERE ?1 IS NULL OR metric = ?1 ORDER BY id", (metric,)
    )
    return [Goal(*row) for row in found.fetchall()]


def goal(connection: sqlite3.Connection, goal_id: int) -> Goal | None:
    """Return a goal by its id, or None."""
    row = connection.execute(f"SELECT {_COLUMNS} FROM goals WHERE id = ?", (goal_id,)).fetchone()
    return Goal(*row) if row else None


def of_segment(connection: sqlite3.Connection, name: str) -> list[Goal]:
    """Return the goals of a saved segment, by its name."""
    found = connection.execute(
        f"SELECT {_COLUMNS} FROM goals WHERE segment = ? ORDER BY id", (name,)
    )
    return [Goal(*row) for row in found.fetchall()]


def of_pipeline(connection: sqlite3.Connection, pipeline_id: int) -> list[Goal]:
    """Return the goals of a pipeline."""
    found = connection.execute(
        f"SELECT {_COLUMNS} FROM goals WHERE pipeline_id = ? ORDER BY id", (pipeline_id,)
    )
    return [Goal(*row) for row in found.fetchall()]
