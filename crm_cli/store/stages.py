"""Pipelines, their stages, and what the odds of a stage were."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crm_cli.domain.stage import Pipeline, Stage

if TYPE_CHECKING:
    import sqlite3

_PIPELINE = ", ".join(Pipeline._fields)
_STAGE = ", ".join(f"{'p.key' if name == 'pipeline' else f's.{name}'}" for name in Stage._fields)


def pipelines(connection: sqlite3.Connection) -> list[Pipeline]:
    """Return every pipeline, retired ones too, in their order: the first in use is the default."""
    found = connection.execute(f"SELECT {_PIPELINE} FROM pipelines ORDER BY position, id")
    return [Pipeline(*row) for row in found.fetchall()]


def stages(connection: sqlite3.Connection, pipeline_id: int | None = None) -> list[Stage]:
    """Return the stages of a pipeline or of all, retired ones too, in their order."""
    found = connection.execute(
        f"SELECT {_STAGE} FROM stages s JOIN pipelines p ON p.id = s.pipeline_id"
        " WHERE ?1 IS NULL OR s.pipeline_id = ?1"
        " ORDER BY p.is_retired, p.position, p.id, s.position, s.id",
        (pipeline_id,),
    )
    return [Stage(*row) for row in found.fetchall()]


def stage(connection: sqlite3.Connection, stage_id: int) -> Stage:
    """Return one stage by its id, which a lead has."""
    row = connection.execute(
        f"SELECT {_STAGE} FROM stages s JOIN pipelines p ON p.id = s.pipeline_id WHERE s.id = ?",
        (stage_id,),
    ).fetchone()
    return Stage(*row)
