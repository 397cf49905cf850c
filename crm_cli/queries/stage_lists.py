"""Pipelines and stages as people see them: lists and records, and stages as a picklist."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crm_cli.domain.stage import aliases
from crm_cli.queries import stages as queries
from crm_cli.result import Column, Kind, Record, Result, Table
from crm_cli.store import stage_edits, stage_uses
from crm_cli.store import stages as store

if TYPE_CHECKING:
    import sqlite3

    from crm_cli.domain.stage import Pipeline, Stage
    from crm_cli.session import Session

STAGE = (
    Column("id", "ID", Kind.ID),
    Column("pipeline", "Pipeline"),
    Column("key", "Key"),
    Column("name", "Name"),
    Column("aliases", "Aliases", Kind.LIST),
    Column("kind", "Kind"),
    Column("probability", "Probability", Kind.RATE),
    Column("rotten_days", "Stale after", Kind.INTEGER),
    Column("position", "Place", Kind.INTEGER),
    Column("note", "Note"),
    Column("active", "Active", Kind.FLAG),
    Column("leads", "Leads", Kind.INTEGER),
    Column("used", "Ever", Kind.INTEGER),
)
SHOWN = ("id", "pipeline", "key", "name", "kind", "probability", "rotten_days", "leads", "used")

PIPELINE = (
    Column("id", "ID", Kind.ID),
    Column("key", "Key"),
    Column("name", "Name"),
    Column("aliases", "Aliases", Kind.LIST),
    Column("default", "Default", Kind.FLAG),
    Column("position", "Place", Kind.INTEGER),
    Column("active", "Active", Kind.FLAG),
    Column("stages", "Stages", Kind.LIST),
    Column("open_leads", "Open leads", Kind.INTEGER),
    Column("leads", "Leads", Kind.INTEGER),
)

LISTED = "stage"
"""The picklist that is the default pipeline's stages; ``stage.KEY`` is another's."""


# -- stages ---------------------------------------------------------------------------------------


def stages(
    session: Session, pipeline: str | None, *, retired: bool | None, where: str | None
) -> Result:
    """Return the stages of a pipeline or of all, or those that a filter chooses; ``retired``
    None means both. Raises NotFound, Ambiguous and InvalidValue."""
    from crm_cli.queries.row_filtering import narrowed

    reader = session.reader
    of = None if pipeline is None else queries.resolve_pipeline(reader, pipeline, retired=True).id
    words = {"pipeline": (), "key": (), "kind": ("open", "won", "lost")}
    return narrowed(session, stage_table(reader, of, retired=retired), where, words)


def stage_table(
    connection: sqlite3.Connection, pipeline_id: int | None, *, retired: bool | None
) -> Table:
    """Return the stages of a pipeline or of all, in their order."""
    asked = store.stages(connection, pipeline_id)
    rows = [row for row in asked if retired in {None, bool(row.is_retired)}]
    shown = SHOWN if retired is False else (*SHOWN, "active")
    names = {row.key: row.name for row in store.pipelines(connection)}
    columns = [
        column._replace(words=names) if column.key == "pipeline" else column for column in STAGE
    ]
    return Table(
        noun="stage", columns=columns, rows=_stage_rows(connection, rows), default_columns=shown
    )


def stage_record(connection: sqlite3.Connection, stage_id: int) -> Record:
    """Return one stage as verbs print it."""
    row = store.stage(connection, stage_id)
    (cells,) = _stage_rows(connection, [row])
    keys = [column.key for column in STAGE]
    return Record(noun="stage", values=dict(zip(keys, cells, strict=True)), title=row.name)


def _stage_rows(connection: sqlite3.Connection, rows: list[Stage]) -> list[tuple[Any, ...]]:
    present = stage_edits.counts(connection)
    used = stage_uses.counts(connection, [row.id for row in rows])
    return [
        (
            row.id, row.pipeline, row.key, row.name, aliases(row), row.kind,
            row.probability / 10_000, row.rotten_days, row.position, row.note, not row.is_retired,
            present.get(row.id, 0), used.get(row.id, 0),
        )
        for row in rows
    ]  # fmt: skip


# -- pipelines ------------------------------------------------------------------------------------


def pipelines(session: Session, *, retired: bool | None, where: str | None) -> Result:
    """Return the pipelines in their order, the default one first, or those that a filter chooses.
    Raises InvalidValue."""
    from crm_cli.queries.row_filtering import narrowed

    table = pipeline_table(session.reader, retired=retired)
    return narrowed(session, table, where, {"key": (), "stages": ()})


def pipeline_table(connection: sqlite3.Connection, *, retired: bool | None) -> Table:
    """Return the pipelines in their order."""
    asked = store.pipelines(connection)
    rows = [row for row in asked if retired in {None, bool(row.is_retired)}]
    default = queries.resolve_pipeline(connection).id
    counted = stage_uses.of_pipelines(connection)
    of: dict[int, list[str]] = {row.id: [] for row in asked}
    for stage in store.stages(connection):
        if not stage.is_retired:
            of[stage.pipeline_id].append(stage.name)
    cells = [
        (
            row.id, row.key, row.name, aliases(row), row.id == default, row.position,
            not row.is_retired, of[row.id], *counted.get(row.id, (0, 0)),
        )
        for row in rows
    ]  # fmt: skip
    usual = ("id", "key", "name", "default", "stages", "open_leads")
    shown = usual if retired is False else (*usual, "active")
    return Table(noun="pipeline", columns=PIPELINE, rows=cells, default_columns=shown)


def pipeline_record(connection: sqlite3.Connection, pipeline: Pipeline) -> Record:
    """Return one pipeline as verbs print it, its stages below."""
    table = pipeline_table(connection, retired=None)
    (cells,) = (row for row in table.rows if row[0] == pipeline.id)
    keys = [column.key for column in PIPELINE]
    from crm_cli.result import Section

    listed = stage_table(connection, pipeline.id, retired=False)
    shown = ("id", "key", "name", "kind", "probability", "rotten_days", "leads")
    stages_of = Section("Stages", listed._replace(default_columns=shown))
    values = dict(zip(keys, cells, strict=True))
    return Record(noun="pipeline", values=values, title=values["name"], sections=(stages_of,))


# -- as a picklist --------------------------------------------------------------------------------


def pipeline_of(connection: sqlite3.Connection, text: str) -> Pipeline | None:
    """Return the pipeline whose stages are meant by the name of a picklist: ``stage``,
    ``stages``, ``stage.partners``; None for another list. Raises NotFound for no pipeline."""
    from crm_cli.domain.values import fold

    word, dot, name = text.strip().partition(".")
    if fold(word) not in {"stage", "stages"}:
        return None
    return queries.resolve_pipeline(connection, name if dot else None, retired=True)


def as_values(connection: sqlite3.Connection, pipeline_id: int | None = None) -> list[Any]:
    """Return the stages of a pipeline or of all as values of picklists: id, list, key, label,
    aliases, place, note, active, used."""
    asked = [row for row in store.stages(connection) if pipeline_id in {None, row.pipeline_id}]
    used = stage_uses.counts(connection, [row.id for row in asked])
    default = queries.resolve_pipeline(connection).key
    return [
        (
            row.id, LISTED if row.pipeline == default else f"{LISTED}.{row.pipeline}", row.key,
            row.name, aliases(row), row.position, row.note, not row.is_retired,
            used.get(row.id, 0),
        )
        for row in asked
    ]  # fmt: skip
