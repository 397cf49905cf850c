"""From stage to stage: how many leads ever entered each, went on, or stopped there."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from crm_cli.domain.rounding import ratio
from crm_cli.reports import REPORTS, lead_bounds, lead_paths, lead_state, scope
from crm_cli.result import Column, Kind, Look, Report

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from crm_cli.domain.stage import Pipeline, Stage
    from crm_cli.reports.lead_paths import Asked, Funnel, Gone
    from crm_cli.reports.lead_state import LeadScope
    from crm_cli.result import Result
    from crm_cli.session import Session

DEFINITION = REPORTS["funnel"].definition

TO = "to_"
"""What the name of a column begins with that says how many went on to a certain stage."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FunnelRequest:
    """What ``report funnel`` was asked; without a pipeline the default one is meant."""

    bounds: scope.Bounds = field(default_factory=scope.Bounds)


class Ways(NamedTuple):
    """The pipeline that was asked about, its stages that are in use or were entered, and the
    leads whose ways are counted."""

    pipeline: Pipeline
    stages: Sequence[Stage]
    funnel: Funnel
    chosen: LeadScope
    leads: Asked


def report(session: Session, request: FunnelRequest) -> Result:
    """Count how leads went through a pipeline (``DEFINITION``).

    Rows: stage (its key), kind, entered, share (of the pipeline's leads), advanced, conversion
    (advanced / entered), next_stage, to_next (share of those entered), still_open and dropped
    (neither went on: open, or lost), drop_off, lost (as dropped), to (later stage -> share).
    Totals: leads, won (ever), rate. Raises InvalidValue, NotFound.
    """
    asked = read(session, request.bounds)
    paths = lead_paths.counted(session.reader, asked.leads)
    gone = asked.funnel.gone(paths)
    entered_ever = lead_paths.used(paths)
    stages = [stage for stage in asked.stages if not stage.is_retired or stage.id in entered_ever]
    size = sum(one.leads for one in gone)
    won = sum(one.leads for one in gone if asked.funnel.is_won(one))
    no_more = sum(one.leads for one in gone if asked.funnel.is_won(one) and not one.ends_won)
    rows = [_row(asked.funnel, stage, stages, gone, size) for stage in stages]
    totals = {"leads": size, "won": won, "rate": ratio(won, size)}
    targets = [stage for stage in stages if stage.kind != "lost"][1:]
    names = {stage.key: stage.name for stage in stages}
    columns = [
        Column("stage", "Stage", words=names),
        *COLUMNS,
        *(Column(f"{TO}{stage.key}", f"→ {stage.name}", Kind.RATE) for stage in targets),
    ]
    flat = [
        {**row, **{f"{TO}{key}": rate for key, rate in row["to"].items()}} for row in rows
    ]  # fmt: skip
    body = Report(
        name="funnel",
        title=f"Funnel of the pipeline {asked.pipeline.name}",
        definition=DEFINITION,
        parameters={"pipeline": asked.pipeline.key},
        rows=rows,
        totals=totals,
        columns=columns,
        cells=[tuple(row.get(column.key) for column in columns) for row in flat],
        notes=_notes(asked, totals, no_more),
        look=Look.BARS,
        picture_key="entered",
        default_columns=[c.key for c in columns if c.key not in HIDDEN],
    )
    return lead_bounds.result(asked.chosen, body)


HIDDEN = frozenset({"kind", "share", "next_stage", "lost"})
"""Columns that are shown where they are asked for; who is lost has dropped out."""

COLUMNS = (
    Column("kind", "Kind"),
    Column("entered", "Entered", Kind.INTEGER),
    Column("share", "Share", Kind.RATE),
    Column("advanced", "Went on", Kind.INTEGER),
    Column("still_open", "Still open", Kind.INTEGER),
    Column("dropped", "Dropped", Kind.INTEGER),
    Column("conversion", "Conversion", Kind.RATE),
    Column("drop_off", "Drop-off", Kind.RATE),
    Column("next_stage", "Next stage"),
    Column("to_next", "To next", Kind.RATE),
    Column("lost", "Lost", Kind.INTEGER),
)


def read(session: Session, bounds: scope.Bounds) -> Ways:
    """Read typed bounds: whose ways through which pipeline. Raises InvalidValue, NotFound."""
    from dataclasses import replace

    from crm_cli.queries.stages import resolve_pipeline
    from crm_cli.store import stages as store

    pipeline = resolve_pipeline(session.reader, bounds.pipeline, retired=True)
    # A lead that went on to another pipeline has been in this one all the same.
    chosen = lead_state.read(session, replace(bounds, pipeline=None))
    everywhere = store.stages(session.reader)
    funnel = lead_paths.Funnel(everywhere, pipeline.id)
    leads = lead_paths.asked(session, chosen, opened=True)
    return Ways(pipeline, [*funnel.steps, *funnel.lost], funnel, chosen, leads)


def tests(funnel: Funnel, stage: Stage) -> dict[str, Callable[[Gone], bool]]:
    """Return column -> which leads it counts, of those that entered a stage."""
    later, following = funnel.later(stage), funnel.following(stage)

    def has_entered(one: Gone) -> bool:
        return stage.id in one.steps

    def has_advanced(one: Gone) -> bool:
        return bool(one.steps & later)

    def has_stopped(one: Gone) -> bool:
        return stage.kind == "open" and not one.steps & later

    def has_dropped(one: Gone) -> bool:
        return has_stopped(one) and one.is_lost

    found: dict[str, Callable[[Gone], bool]] = {
        "entered": has_entered,
        "share": has_entered,
        "advanced": has_advanced,
        "conversion": has_advanced,
        "to_next": lambda one: following is not None and following.id in one.steps,
        "dropped": has_dropped,
        "drop_off": has_dropped,
        "still_open": lambda one: has_stopped(one) and not one.is_lost,
        "lost": has_dropped,
    }
    for step in funnel.steps:
        if step.id in later:
            found[f"{TO}{step.key}"] = _has(step.id)
    return found


def _has(stage_id: int) -> Callable[[Gone], bool]:
    return lambda one: stage_id in one.steps


def _row(
    funnel: Funnel, stage: Stage, stages: Sequence[Stage], gone: Iterable[Gone], size: int
) -> dict[str, Any]:
    mine = [one for one in gone if stage.id in one.steps]
    counts = {
        name: sum(one.leads for one in mine if holds(one))
        for name, holds in tests(funnel, stage).items()
    }
    entered = counts["entered"]
    is_open = stage.kind == "open"
    following = funnel.following(stage)

    def rate(name: str) -> float | None:
        return ratio(counts[name], entered) if is_open else None

    return {
        "stage": stage.key,
        "kind": stage.kind,
        "entered": entered,
        "share": ratio(entered, size),
        "advanced": counts["advanced"] if is_open else None,
        "conversion": rate("advanced"),
        "next_stage": following.key if following else None,
        "to_next": rate("to_next"),
        "dropped": counts["dropped"] if is_open else None,
        "drop_off": rate("dropped"),
        "still_open": counts["still_open"] if is_open else None,
        "lost": counts["lost"] if is_open else None,
        "to": {
            step.key: rate(f"{TO}{step.key}")
            for step in stages
            if f"{TO}{step.key}" in counts
        },
    }  # fmt: skip


def _notes(asked: Ways, totals: dict[str, Any], no_more: int) -> list[str]:
    chosen = asked.chosen
    notes = [lead_bounds.said(chosen, "leads opened")]
    if totals["leads"]:
        said = f"Won at some time: {totals['won']} of {scope.counted(totals['leads'], 'lead')}"
        if no_more:
            said += (
                f", {no_more} of them not won on {chosen.as_of}: other reports count these by what"
                " they are that day"
            )
        notes.append(f"{said}.")
    return notes
