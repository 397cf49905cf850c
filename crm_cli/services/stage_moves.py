"""Taking stages away: their leads move to another one, their history stays readable."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crm_cli import errors
from crm_cli.domain import pipeline as rules
from crm_cli.domain.stage import aliases
from crm_cli.domain.values import fold
from crm_cli.queries import stages as queries
from crm_cli.result import Message
from crm_cli.services.bulk import counted
from crm_cli.services.outcome import ask, written
from crm_cli.services.stages import shown
from crm_cli.services.unit import Unit
from crm_cli.store import stage_edits
from crm_cli.store import stages as store

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from crm_cli.domain.stage import Stage
    from crm_cli.result import Result
    from crm_cli.services.stages import Show
    from crm_cli.session import Session


def remove(
    session: Session, texts: Sequence[str], pipeline: str | None = None,
    move_to: str | None = None, *, show: Show = shown, deletes: bool | None = None,
) -> Result:  # fmt: skip
    """Take stages out of their pipeline: one that was never used is deleted, another retires.

    ``deletes`` says which of the two is asked for, whatever was used.

    Leads that are in it move to ``move_to`` in the same change: open ones with a move of their
    history, closed ones by handing their last stay over, for they are closed once. Raises
    NotFound, InvalidValue, and Refused where leads are in it, or the pipeline cannot be without.
    """
    remarks: list[Message] = []
    with Unit(session) as unit:
        connection = unit.connection
        going = [queries.resolve_stage(connection, text, pipeline, retired=True) for text in texts]
        going = list(dict.fromkeys(going))
        target = None
        if move_to is not None:
            within = going[0].pipeline_id
            target = queries.resolve_stage(connection, move_to, pipeline, within)
        _refuse_gone(connection, going)
        count = 0
        for row in going:
            present = stage_edits.present(connection, row.id)
            if present:
                _move(unit, row, _target(row, target, going, len(present)), present)
                count += len(present)
                remarks.append(Message(_moved(session, row, target, len(present))))
            remarks += _take_out(unit, row, deletes)
        unit.count_records(count or len(going))
        names = ", ".join(row.name for row in going)
        to = f": {counted(count, 'lead')} to {target.name}" if target and count else ""
        body = unit.commit(
            f"removed the stage{'s' if len(going) > 1 else ''} {names}{to}",
            then=lambda now: show(now, going[0].pipeline_id, None),
        )
    return written(body, unit, remarks)


def merge(
    session: Session, survivor: str, others: Sequence[str], pipeline: str | None = None,
    *, show: Show = shown,
) -> Result:  # fmt: skip
    """Make one stage of several, which finds what they were called; asks first.

    Where they always promised the same odds the whole history is handed over, as if they had
    been one ever since. Else a past day would be weighted anew: then the leads that are in them
    move now, and they retire with their history. Raises NotFound, InvalidValue, Refused.
    """
    found = [queries.resolve_stage(session.reader, text, pipeline, retired=True) for text in others]
    count = sum(len(stage_edits.present(session.reader, row.id)) for row in found)
    words = ", ".join(row.name for row in found)
    ask(session, f"Merge {words} into {survivor}, with {counted(count, 'lead')}?")
    remarks: list[Message] = []
    with Unit(session) as unit:
        connection = unit.connection
        kept = queries.resolve_stage(connection, survivor, pipeline)
        going = [
            queries.resolve_stage(connection, text, pipeline, kept.pipeline_id, retired=True)
            for text in others
        ]
        going = list(dict.fromkeys(going))
        _refuse_merge(kept, going)
        known = {fold(word): word for word in aliases(kept)}
        for row in going:
            present = stage_edits.present(connection, row.id)
            if _promised(connection, row) == _promised(connection, kept):
                _hand_over(unit, row, kept, present)
                remarks.append(Message(f"{row.name}: its whole history is {kept.name}'s now"))
            else:
                _move(unit, row, kept, present)
                remarks += _take_out(unit, row)
            for word in (row.key, row.name, *aliases(row)):
                known.setdefault(fold(word), word)
        for word in (kept.key, fold(kept.name)):
            known.pop(word, None)
        unit.update("stages", kept.id, kept._asdict(), {"aliases": _json(list(known.values()))})
        unit.count_records(count)
        body = unit.commit(
            f"merged the stage{'s' if len(going) > 1 else ''} {words} into {kept.name}",
            then=lambda now: show(now, kept.pipeline_id, kept.id),
        )
    return written(body, unit, remarks)


# -- rules ----------------------------------------------------------------------------------------


def _refuse_gone(connection: sqlite3.Connection, going: Sequence[Stage]) -> None:
    """Raise Refused where a pipeline cannot be without stages that are to go."""
    gone = {row.id for row in going}
    for pipeline in store.pipelines(connection):
        rows = store.stages(connection, pipeline.id)
        if any(row.id in gone for row in rows):
            rules.check_shape(pipeline.name, [row for row in rows if row.id not in gone])


def _target(row: Stage, target: Stage | None, going: Sequence[Stage], count: int) -> Stage:
    """Return where the leads of a stage move to. Raises Refused where nothing or nothing fit was
    named."""
    if target is None:
        raise errors.Refused(
            f"{counted(count, 'lead')} {'is' if count == 1 else 'are'} in {row.name}"
            " and must be somewhere",
            hint=f"crm lead stage remove {row.pipeline}/{row.key} --move-to STAGE moves them",
        )
    if target in going:
        raise errors.InvalidValue(
            f"{target.name} goes too: leads cannot move to it", hint="name a stage that stays"
        )
    if target.kind != row.kind:
        verbs = {"open": "reopen", "won": "win", "lost": "lose"}
        raise errors.Refused(
            f"{row.name} is {_an(row.kind)} stage and {target.name} {_an(target.kind)} one: moving"
            " leads there would close or open them",
            hint=f"move them to {_an(row.kind)} stage, or crm lead {verbs[target.kind]} them first",
        )
    return target


def _refuse_merge(kept: Stage, going: Sequence[Stage]) -> None:
    for row in going:
        if row.id == kept.id:
            raise errors.InvalidValue(
                f"{kept.name} cannot be merged into itself", hint="name another stage"
            )
        if row.pipeline_id != kept.pipeline_id:
            raise errors.Refused(
                f"{row.name} is a stage of another pipeline",
                hint=f"crm lead stage remove {row.pipeline}/{row.key} --move-to"
                f" {kept.pipeline}/{kept.key}",
            )
        if row.kind != kept.kind:
            raise errors.Refused(
                f"{row.name} is {_an(row.kind)} stage and {kept.name} {_an(kept.kind)} one: one of"
                " them would change what its leads were",
                hint="merge stages of one kind",
            )


def _an(kind: str) -> str:
    return f"{'an' if kind == 'open' else 'a'} {kind}"


def _promised(connection: sqlite3.Connection, row: Stage) -> list[tuple[str, int]]:
    """Return what a stage's probability was when, the present one last: equal for two stages
    that a past day cannot tell apart."""
    steps = [(until, odds) for _, until, odds in stage_edits.odds(connection, row.id)]
    steps.append(("", row.probability))
    return [step for step, after in zip(steps, [*steps[1:], None], strict=True)
            if after is None or after[1] != step[1]]  # fmt: skip


# -- what is written ------------------------------------------------------------------------------


def _move(unit: Unit, row: Stage, to: Stage, present: Sequence[stage_edits.Present]) -> None:
    """Move the leads of a stage: open ones begin a stay in the other now; of closed ones the last
    stay is handed over, for whoever counts closings would count a second stay again."""
    from json import dumps

    if not present:
        return
    if row.kind != "open":
        ids = dumps([lead.stay_id for lead in present])
        unit.update_where("stage_changes", {"stage_id": to.id}, stage_edits.NAMED, {"ids": ids})
        ids = dumps([lead.id for lead in present])
        cells = {"stage_id": to.id, "updated_at": unit.at}
        unit.update_where("leads", cells, stage_edits.NAMED, {"ids": ids})
        return
    moved = [(lead, max(unit.at, lead.stage_since)) for lead in present]
    first = unit.draw("stage_changes", len(moved))
    unit.update_stream(
        "stage_changes", ("left_at",),
        ((lead.stay_id, dumps({"left_at": [None, at]})) for lead, at in moved),
        ((at, lead.stay_id) for lead, at in moved),
    )  # fmt: skip
    unit.insert_stream(
        "stage_changes", ("id", "lead_id", "stage_id", "entered_at", "by_name"),
        ((first + n, lead.id, to.id, at, unit.session.actor) for n, (lead, at) in enumerate(moved)),
        first, len(moved),
    )  # fmt: skip
    unit.update_stream(
        "leads", ("stage_id", "stage_since", "updated_at"),
        (
            (lead.id, dumps(_image(stage_id=(row.id, to.id), stage_since=(lead.stage_since, at),
                                   updated_at=(lead.updated_at, unit.at))))
            for lead, at in moved
        ),
        ((to.id, at, unit.at, lead.id) for lead, at in moved),
    )  # fmt: skip


def _image(**cells: tuple[Any, Any]) -> dict[str, list[Any]]:
    return {name: [before, after] for name, (before, after) in cells.items() if before != after}


def _hand_over(unit: Unit, row: Stage, to: Stage, present: Sequence[stage_edits.Present]) -> None:
    """Give all stays of a stage to another, and delete it where nothing in the trash needs it."""
    from json import dumps

    of = {"stage_id": row.id}
    unit.update_where("stage_changes", {"stage_id": to.id}, stage_edits.OF_STAGE, of)
    if present:
        ids = dumps([lead.id for lead in present])
        cells = {"stage_id": to.id, "updated_at": unit.at}
        unit.update_where("leads", cells, stage_edits.NAMED, {"ids": ids})
    if stage_edits.is_needed(unit.connection, row.id):
        unit.update("stages", row.id, row._asdict(), {"is_retired": 1, "aliases": "[]"})
    else:
        _delete(unit, row)


def _take_out(unit: Unit, row: Stage, deletes: bool | None = None) -> list[Message]:
    """Delete a stage that was never used, retire another."""
    is_used = stage_edits.is_used(unit.connection, row.id)
    if is_used and deletes:
        raise errors.Refused(
            f"leads were in {row.name}: their history names it",
            hint=f"crm lead stage remove {row.pipeline}/{row.key} retires it",
        )
    if is_used or deletes is False:
        unit.update("stages", row.id, row._asdict(), {"is_retired": 1})
        kept = f"{row.name} was used: it retires, and its history stays readable"
        return [Message(kept)] if is_used else []
    _delete(unit, row)
    return [Message(f"{row.name} was never used: it is deleted")]


def _delete(unit: Unit, row: Stage) -> None:
    unit.delete_where("stage_odds", stage_edits.OF_STAGE, {"stage_id": row.id})
    unit.delete("stages", row.id)


def _json(words: Sequence[str]) -> str:
    import json

    return json.dumps(list(words), ensure_ascii=False)


def _moved(session: Session, row: Stage, target: Stage | None, count: int) -> str:
    did = "would move" if session.dry_run else "moved"
    return f"{did} {counted(count, 'lead')} from {row.name} to {target.name if target else ''}"
