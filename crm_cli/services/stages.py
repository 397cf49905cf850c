"""Changing stages. What was is kept: leads keep their history, past days their odds and files
the former names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crm_cli import errors
from crm_cli.domain import pipeline as rules
from crm_cli.domain import stage as domain
from crm_cli.domain.lead import percent_text, read_probability
from crm_cli.domain.stage import CERTAIN, KINDS, aliases
from crm_cli.domain.values import fold, read_text
from crm_cli.queries import stage_lists
from crm_cli.queries import stages as queries
from crm_cli.result import Level, Message
from crm_cli.services.outcome import written
from crm_cli.services.unit import Unit
from crm_cli.store import stage_edits
from crm_cli.store import stages as store

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Mapping, Sequence

    from crm_cli.domain.stage import Pipeline, Stage
    from crm_cli.result import Body, Result
    from crm_cli.session import Session

    Show = Callable[[sqlite3.Connection, int, int | None], Body]


def shown(connection: sqlite3.Connection, pipeline_id: int, stage_id: int | None) -> Body:
    """Return what a verb prints: the stage that it is about, or the pipeline's stages."""
    if stage_id is None:
        return stage_lists.stage_table(connection, pipeline_id, retired=False)
    return stage_lists.stage_record(connection, stage_id)


def add(
    session: Session, text: str, given: Mapping[str, Any], *, show: Show = shown
) -> Result:  # fmt: skip
    """Add a stage: by default an open one after the others that are open.

    ``given`` may hold pipeline, kind, probability, rotten, note, alias, before, after. Raises
    NotFound, InvalidValue, Refused, and Duplicate for a name in use.
    """
    remarks: list[Message] = []
    with Unit(session) as unit:
        pipeline = queries.resolve_pipeline(unit.connection, given.get("pipeline"), retired=True)
        rows = store.stages(unit.connection, pipeline.id)
        name = rules.read_name(text, "stage")
        rules.refuse_taken(rows, name, "stage")
        others = _aliases(rows, name, given.get("alias", ()))
        named = rules.CLOSING_WORDS.get(fold(name), "open")
        kind = rules.read_kind(given["kind"]) if "kind" in given else named
        at = _place(unit.connection, pipeline, rows, kind, given)
        odds = _odds(rows[:at], rows[at:], kind, given, remarks)
        made = unit.draw("stages")
        cells = {
            "pipeline_id": pipeline.id, "key": rules.key_for(name, {row.key for row in rows}),
            "name": name, "aliases": _json(others), "kind": kind, "position": at + 1,
            "probability": odds, "rotten_days": _rotten(given), "note": _note(given),
            "is_retired": 0,
        }  # fmt: skip
        from crm_cli.domain.stage import Stage

        new = Stage(**{**cells, "id": made, "pipeline": pipeline.key})  # type: ignore[arg-type]
        rules.check_shape(pipeline.name, [*rows, new])
        cells["position"] = _number(unit, [*rows[:at], new, *rows[at:]], new)
        unit.insert("stages", id=made, **cells)
        unit.count_records(1)
        body = unit.commit(
            f"added the stage {name} to the pipeline {pipeline.name}",
            then=lambda connection: show(connection, pipeline.id, made),
        )
    return written(body, unit, remarks)


def edit(session: Session, text: str, given: Mapping[str, Any], *, show: Show = shown) -> Result:
    """Change a stage's name, probability, kind, limit, note or aliases.

    ``given`` may hold pipeline, name, probability, kind, rotten, note, alias, unset. Past days
    keep the odds they had; the kind of a stage that was used is refused. Raises NotFound,
    InvalidValue, Refused, Duplicate.
    """
    remarks: list[Message] = []
    with Unit(session) as unit:
        row = queries.resolve_stage(unit.connection, text, given.get("pipeline"), retired=True)
        rows = store.stages(unit.connection, row.pipeline_id)
        cells: dict[str, Any] = {}
        if "name" in given:
            cells |= _renamed(rows, row, given["name"])
        if "alias" in given:
            known = aliases(row._replace(aliases=cells.get("aliases", row.aliases)))
            cells["aliases"] = _json([*known, *_aliases(rows, None, given["alias"], row)])
        kind = row.kind
        if "kind" in given:
            kind = rules.read_kind(given["kind"])
            _refuse_kind(unit.connection, row, kind)
            cells["kind"] = kind
        cells |= _new_odds(rows, row, kind, given, remarks)
        if "rotten" in given:
            cells["rotten_days"] = _rotten(given)
        if "note" in given:
            cells["note"] = _note(given)
        cells |= _unset(given.get("unset", ()))
        after = row._replace(**cells)
        rules.check_shape(
            _pipeline(unit.connection, row).name, [after if r.id == row.id else r for r in rows]
        )
        set_odds(unit, row, after.probability)
        unit.update("stages", row.id, row._asdict(), cells)
        unit.count_records(1)
        body = unit.commit(
            _summary(row, after), then=lambda connection: show(connection, row.pipeline_id, row.id)
        )
    return written(body, unit, remarks)


def rename(
    session: Session, text: str, new: str, pipeline: str | None = None, *, show: Show = shown
) -> Result:
    """Give a stage another name; its key stays, and the old name still finds it. Raises NotFound,
    InvalidValue, and Duplicate for a name in use."""
    given = {"name": new} | ({} if pipeline is None else {"pipeline": pipeline})
    return edit(session, text, given, show=show)


def order(
    session: Session, texts: Sequence[str], pipeline: str | None = None, *, show: Show = shown
) -> Result:
    """Put the stages named first, in this order; the others follow as they stood. Won and lost
    ones stay behind those that are open. Raises NotFound, and Refused for two pipelines."""
    with Unit(session) as unit:
        first = [
            queries.resolve_stage(unit.connection, text, pipeline, retired=True) for text in texts
        ]
        of = {row.pipeline_id for row in first}
        if len(of) != 1:
            raise errors.Refused(
                "these stages are of several pipelines", hint="name one with --pipeline"
            )
        (pipeline_id,) = of
        rows = store.stages(unit.connection, pipeline_id)
        named = dict.fromkeys(first)
        _number(unit, [*named, *(row for row in rows if row not in named)])
        unit.count_records(len(rows))
        name = _pipeline(unit.connection, first[0]).name
        body = unit.commit(
            f"ordered the stages of the pipeline {name}",
            then=lambda connection: show(connection, pipeline_id, None),
        )
    return written(body, unit)


def restore(
    session: Session, texts: Sequence[str], pipeline: str | None = None, *, show: Show = shown
) -> Result:
    """Take up retired stages again. Raises NotFound and Refused."""
    with Unit(session) as unit:
        found = [_retired(unit.connection, text, pipeline) for text in texts]
        for pipeline_id in {row.pipeline_id for row in found}:
            again = {row.id for row in found}
            rows = store.stages(unit.connection, pipeline_id)
            living = [row for row in rows if not row.is_retired]
            for row in found:
                rules.refuse_taken(living, row.name, "stage", row.id)
            rules.check_shape(
                _pipeline(unit.connection, rows[0]).name,
                [row._replace(is_retired=0) if row.id in again else row for row in rows],
            )
        for row in found:
            unit.update("stages", row.id, row._asdict(), {"is_retired": 0})
        unit.count_records(len(found))
        one = found[0].id if len(found) == 1 else None
        body = unit.commit(
            f"took up the stage{'s' if len(found) > 1 else ''}"
            f" {', '.join(row.name for row in found)} again",
            then=lambda connection: show(connection, found[0].pipeline_id, one),
        )
    return written(body, unit)


def set_odds(unit: Unit, row: Stage, probability: int) -> None:
    """Keep what a stage's probability was until now, where it changes."""
    if probability == row.probability:
        return
    former = stage_edits.odds(unit.connection, row.id)
    until = max([unit.at, *(at for _, at, _ in former)])
    unit.insert("stage_odds", stage_id=row.id, until_at=until, probability=row.probability)


# -- helpers --------------------------------------------------------------------------------------


def _retired(connection: sqlite3.Connection, text: str, pipeline: str | None) -> Stage:
    """Return the retired stage that is meant, though one in use may be called so by now."""
    rows = store.stages(connection)
    if pipeline is not None:
        of = queries.resolve_pipeline(connection, pipeline, retired=True)
        rows = [row for row in rows if row.pipeline_id == of.id]
    found = domain.meant([row for row in rows if row.is_retired], text)
    if len(found) == 1:
        return found[0]
    return queries.resolve_stage(connection, text, pipeline, retired=True)


def _pipeline(connection: sqlite3.Connection, row: Stage) -> Pipeline:
    return next(one for one in store.pipelines(connection) if one.id == row.pipeline_id)


def _json(words: Sequence[str]) -> str:
    import json

    return json.dumps(list(dict.fromkeys(words)), ensure_ascii=False)


def _aliases(
    rows: Sequence[Stage], name: str | None, texts: Sequence[str], but: Stage | None = None
) -> list[str]:
    found = [rules.read_name(word, "stage") for text in texts for word in text.split(",")]
    for word in found:
        rules.refuse_taken(rows, word, "stage", None if but is None else but.id)
    return [word for word in found if name is None or fold(word) != fold(name)]


def _renamed(rows: Sequence[Stage], row: Stage, text: str) -> dict[str, Any]:
    """Return the cells of another name: the old one finds the stage as an alias."""
    name = rules.read_name(text, "stage")
    rules.refuse_taken(rows, name, "stage", row.id)
    known = {fold(word): word for word in (*aliases(row), row.name)}
    known.pop(fold(name), None)
    return {"name": name, "aliases": _json(list(known.values()))}


def _refuse_kind(connection: sqlite3.Connection, row: Stage, kind: str) -> None:
    if kind != row.kind and stage_edits.is_used(connection, row.id):
        raise errors.Refused(
            f"leads were in {row.name} while it was {row.kind}: it stays so,"
            " or what was won and lost would change",
            hint=f"crm lead stage add NAME --kind {kind}, then:"
            f" crm lead stage remove {row.pipeline}/{row.key} --move-to STAGE",
        )


def _place(
    connection: sqlite3.Connection, pipeline: Pipeline, rows: Sequence[Stage], kind: str,
    given: Mapping[str, Any],
) -> int:  # fmt: skip
    """Return how many stages stand before a new one. Raises UsageError."""
    first = sum(KINDS.index(row.kind) < KINDS.index(kind) for row in rows)
    last = sum(KINDS.index(row.kind) <= KINDS.index(kind) for row in rows)
    if "before" in given and "after" in given:
        raise errors.UsageError("--before and --after say twice where it is to be")
    for name in ("before", "after"):
        if name in given:
            beside = queries.resolve_stage(
                connection, given[name], within=pipeline.id, retired=True
            )
            at = [row.id for row in rows].index(beside.id) + (name == "after")
            return min(max(at, first), last)
    return last


def _odds(
    before: Sequence[Stage], after: Sequence[Stage], kind: str, given: Mapping[str, Any],
    remarks: list[Message],
) -> int:  # fmt: skip
    """Return the probability of a new stage: as typed, by its kind, or halfway between."""
    if kind != "open":
        _refuse_odds(kind, given)
        return CERTAIN[kind]
    if "probability" in given:
        return read_probability(given["probability"])
    ahead = [row.probability for row in before if row.kind == "open" and not row.is_retired]
    behind = [row.probability for row in after if row.kind == "open" and not row.is_retired]
    odds = rules.odds_between(ahead[-1] if ahead else None, behind[0] if behind else None)
    remarks.append(
        Message(f"its probability is {percent_text(odds)}, between its neighbours; --probability"
                " says another")
    )  # fmt: skip
    return odds


def _refuse_odds(kind: str, given: Mapping[str, Any]) -> None:
    if "probability" in given and read_probability(given["probability"]) != CERTAIN[kind]:
        raise errors.InvalidValue(
            f"a {kind} stage has a probability of {percent_text(CERTAIN[kind])}",
            hint="leave --probability out",
        )


def _new_odds(
    rows: Sequence[Stage], row: Stage, kind: str, given: Mapping[str, Any], remarks: list[Message]
) -> dict[str, Any]:
    """Return the cell of another probability, a warning where it is out of order."""
    if kind != "open":
        _refuse_odds(kind, given)
        return {"probability": CERTAIN[kind]}
    if "probability" not in given:
        if row.kind != "open":
            others = [one for one in rows if one.id != row.id]
            return {"probability": _odds(others, [], kind, {}, remarks)}
        return {}
    odds = read_probability(given["probability"])
    ahead = [r for r in rows if r.kind == "open" and not r.is_retired and r.id != row.id]
    lower = [r for r in ahead if r.position > row.position and r.probability < odds]
    higher = [r for r in ahead if r.position < row.position and r.probability > odds]
    for beside, word in [(r, "later") for r in lower[:1]] + [(r, "earlier") for r in higher[:1]]:
        remarks.append(
            Message(
                f"{beside.name} comes {word} and has {percent_text(beside.probability)}",
                Level.WARNING,
            )
        )
    return {"probability": odds}


def _rotten(given: Mapping[str, Any]) -> int | None:
    return rules.read_rotten(given["rotten"]) if "rotten" in given else None


def _note(given: Mapping[str, Any]) -> str | None:
    return read_text(given["note"], "note") or None if "note" in given else None


_UNSETTABLE = {"rotten": "rotten_days", "rotten_days": "rotten_days", "note": "note",
               "aliases": "aliases", "alias": "aliases"}  # fmt: skip


def _unset(names: Sequence[str]) -> dict[str, Any]:
    cells: dict[str, Any] = {}
    for name in names:
        key = _UNSETTABLE.get(name.strip().lower().replace("-", "_"))
        if key is None:
            raise errors.InvalidValue(
                f"{name!r} cannot be unset", hint="it is one of rotten, note, aliases"
            )
        cells[key] = "[]" if key == "aliases" else None
    return cells


def _number(unit: Unit, rows: Sequence[Stage], new: Stage | None = None) -> int:
    """Give stages their places in this order, open ones before won and lost ones; return that
    of a new one, which has no row yet."""
    ordered = sorted(rows, key=lambda row: KINDS.index(row.kind))
    for position, row in enumerate(ordered, start=1):
        if row is not new:
            unit.update("stages", row.id, row._asdict(), {"position": position})
    return 0 if new is None else ordered.index(new) + 1


def _summary(row: Stage, after: Stage) -> str:
    if after.name != row.name:
        return f"renamed the stage {row.name} to {after.name}"
    odds = percent_text(after.probability)
    more = f": {odds}" if after.probability != row.probability else ""
    return f"changed the stage {row.name}{more}"
