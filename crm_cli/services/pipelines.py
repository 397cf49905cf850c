"""Changing pipelines: each is a set of stages that leads go through, from open to won or lost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crm_cli import errors
from crm_cli.domain import pipeline as rules
from crm_cli.domain.stage import aliases
from crm_cli.domain.values import fold
from crm_cli.queries import stage_lists
from crm_cli.queries import stages as queries
from crm_cli.result import Level, Message
from crm_cli.services.bulk import counted
from crm_cli.services.outcome import ask, written
from crm_cli.services.unit import Unit
from crm_cli.store import goals, stage_edits
from crm_cli.store import stages as store

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from crm_cli.domain.stage import Pipeline
    from crm_cli.result import Body, Result
    from crm_cli.session import Session


def add(session: Session, text: str, *, like: str | None = None, stages: str | None = None,
        ) -> Result:  # fmt: skip
    """Add a pipeline with the usual stages, those of another (``like``), or those that are named.

    Raises NotFound, InvalidValue, Refused, UsageError, and Duplicate for a name in use.
    """
    if like is not None and stages is not None:
        raise errors.UsageError("--like and --stages say twice what stages it has")
    with Unit(session) as unit:
        rows = store.pipelines(unit.connection)
        name = rules.read_name(text, "pipeline")
        rules.refuse_taken(rows, name, "pipeline")
        wanted = _wanted(unit.connection, like, stages)
        rules.check_shape(name, wanted)
        made = unit.insert(
            "pipelines", key=rules.key_for(name, {row.key for row in rows}), name=name,
            aliases="[]", position=max(row.position for row in rows) + 1, is_retired=0,
        )  # fmt: skip
        keys: set[str] = set()
        for position, one in enumerate(wanted, start=1):
            key = one.key or rules.key_for(one.name, keys)
            keys.add(key)
            unit.insert(
                "stages", pipeline_id=made, key=key, name=one.name, aliases=one.aliases,
                kind=one.kind, position=position, probability=one.probability,
                rotten_days=one.rotten_days, note=one.note, is_retired=0,
            )  # fmt: skip
        return _commit(unit, f"added the pipeline {name}", made)


def _wanted(
    connection: sqlite3.Connection, like: str | None, stages: str | None
) -> list[rules.Wanted]:
    if stages is not None:
        return rules.read_stages(stages)
    if like is not None:
        of = queries.resolve_pipeline(connection, like, retired=True)
        return [
            rules.Wanted(row.name, row.kind, row.probability, row.rotten_days, row.key, row.note,
                         row.aliases)
            for row in store.stages(connection, of.id) if not row.is_retired
        ]  # fmt: skip
    from crm_cli.store.migrations.m0004_leads import DEFAULT_STAGES

    return [
        rules.Wanted(name, kind, odds, rotten, key)
        for key, name, kind, odds, rotten in DEFAULT_STAGES
    ]


def rename(session: Session, text: str, new: str) -> Result:
    """Give a pipeline another name; its key stays, and the old name still finds it. Raises
    NotFound, InvalidValue, and Duplicate for a name in use."""
    with Unit(session) as unit:
        row = queries.resolve_pipeline(unit.connection, text, retired=True)
        name = rules.read_name(new, "pipeline")
        rules.refuse_taken(store.pipelines(unit.connection), name, "pipeline", row.id)
        known = {fold(word): word for word in (*aliases(row), row.name)}
        known.pop(fold(name), None)
        import json

        words = json.dumps(list(known.values()), ensure_ascii=False)
        unit.update("pipelines", row.id, row._asdict(), {"name": name, "aliases": words})
        return _commit(unit, f"renamed the pipeline {row.name} to {name}", row.id)


def order(session: Session, texts: Sequence[str]) -> Result:
    """Put the pipelines named first, in this order: the first in use is the default. Raises
    NotFound."""
    with Unit(session) as unit:
        first = [queries.resolve_pipeline(unit.connection, text, retired=True) for text in texts]
        named = dict.fromkeys(first)
        rest = [row for row in store.pipelines(unit.connection) if row not in named]
        for position, row in enumerate([*named, *rest], start=1):
            unit.update("pipelines", row.id, row._asdict(), {"position": position})
        return _commit(unit, "ordered the pipelines", None)


def retire(session: Session, texts: Sequence[str]) -> Result:
    """Begin no more leads in pipelines; open ones stay until they are won or lost. Raises
    NotFound, and Refused where none would be left."""
    remarks: list[Message] = []
    with Unit(session) as unit:
        rows = [queries.resolve_pipeline(unit.connection, text, retired=True) for text in texts]
        _refuse_none_left(unit.connection, rows)
        for row in rows:
            unit.update("pipelines", row.id, row._asdict(), {"is_retired": 1})
            count = stage_edits.open_in(unit.connection, row.id)
            if count:
                they = "it is" if count == 1 else "they are"
                remarks.append(
                    Message(
                        f"{counted(count, 'open lead')} stay{'s' if count == 1 else ''} in"
                        f" {row.name} until {they} won, lost or moved:"
                        f" crm lead list --pipeline {row.key}",
                        Level.WARNING,
                    )
                )
        names = ", ".join(row.name for row in rows)
        one = rows[0].id if len(rows) == 1 else None
        return _commit(unit, f"retired the pipeline {names}", one, remarks)


def restore(session: Session, texts: Sequence[str]) -> Result:
    """Take up retired pipelines again. Raises NotFound."""
    with Unit(session) as unit:
        rows = [queries.resolve_pipeline(unit.connection, text, retired=True) for text in texts]
        for row in rows:
            unit.update("pipelines", row.id, row._asdict(), {"is_retired": 0})
        names = ", ".join(row.name for row in rows)
        one = rows[0].id if len(rows) == 1 else None
        return _commit(unit, f"took up the pipeline {names} again", one)


def delete(session: Session, text: str) -> Result:
    """Delete a pipeline that no lead ever was in, with its stages; asks first. Raises NotFound,
    and Refused for one that was used, or the only one."""
    row = queries.resolve_pipeline(session.reader, text, retired=True)
    ask(session, f"Delete the pipeline {row.name} and its stages?")
    with Unit(session) as unit:
        connection = unit.connection
        row = queries.resolve_pipeline(connection, text, retired=True)
        used = [one for one in store.stages(connection, row.id)
                if stage_edits.is_used(connection, one.id)]  # fmt: skip
        if used:
            raise errors.Refused(
                f"leads are or were in the pipeline {row.name}: {', '.join(s.name for s in used)}",
                hint=f"crm lead pipeline retire {row.key} keeps them readable",
            )
        if aims := goals.of_pipeline(connection, row.id):
            raise errors.Refused(
                f"goal {aims[0].id} is for the pipeline {row.name}",
                hint=f"crm goal delete {aims[0].id} first",
            )
        _refuse_none_left(connection, [row])
        for stage in store.stages(connection, row.id):
            of = {"stage_id": stage.id}
            unit.delete_where("stage_odds", stage_edits.OF_STAGE, of)
            unit.delete("stages", stage.id)
        unit.delete("pipelines", row.id)
        return _commit(unit, f"deleted the pipeline {row.name}", None)


# -- helpers --------------------------------------------------------------------------------------


def _refuse_none_left(connection: sqlite3.Connection, going: Sequence[Pipeline]) -> None:
    gone = {row.id for row in going}
    if all(row.is_retired or row.id in gone for row in store.pipelines(connection)):
        raise errors.Refused(
            f"{going[0].name} is the only pipeline in use, and leads need one",
            hint="crm lead pipeline add NAME first",
        )


def _commit(
    unit: Unit, summary: str, pipeline_id: int | None, remarks: Sequence[Message] = ()
) -> Result:
    """Write; show the pipeline that was changed or, where it is several, all."""
    unit.count_records(1)

    def read(connection: sqlite3.Connection) -> Body:
        if pipeline_id is None:
            return stage_lists.pipeline_table(connection, retired=None)
        rows = store.pipelines(connection)
        return stage_lists.pipeline_record(connection, _one(rows, pipeline_id))

    return written(unit.commit(summary, then=read), unit, remarks)


def _one(rows: Sequence[Any], row_id: int) -> Any:
    return next(row for row in rows if row.id == row_id)
