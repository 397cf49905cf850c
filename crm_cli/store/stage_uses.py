"""How many leads have been in stages, for the lists that show it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable


def counts(connection: sqlite3.Connection, stage_ids: Iterable[int]) -> dict[int, int]:
    """Return stage -> number of leads that are or ever were in it."""
    found = connection.execute(
        "SELECT stage_id, count(DISTINCT lead_id) FROM stage_changes"
        " WHERE stage_id IN (SELECT value FROM json_each(?)) GROUP BY stage_id",
        (f"[{','.join(map(str, stage_ids))}]",),
    )
    return dict(found.fetchall())


def of_pipelines(connection: sqlite3.Connection) -> dict[int, tuple[int, int]]:
    """Return pipeline -> number of its open leads, and of all that are in it."""
    found = connection.execute(
        "SELECT s.pipeline_id, sum(l.state = 'open'), count(*) FROM leads l"
        " JOIN stages s ON s.id = l.stage_id GROUP BY s.pipeline_id"
    )
    return {pipeline: (open_ones, all_of_it) for pipeline, open_ones, all_of_it in found.fetchall()}
