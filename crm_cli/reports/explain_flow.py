"""Explaining the reports on how leads go: which leads a figure counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crm_cli import errors
from crm_cli.reports import (
    funnel,
    lead_bounds,
    lead_evidence,
    lead_paths,
    lead_state,
    velocity,
)
from crm_cli.reports.evidence import ALL, Cell, Found, check_column

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from crm_cli.domain.stage import Stage
    from crm_cli.reports.evidence import ExplainRequest
    from crm_cli.reports.lead_rates import States
    from crm_cli.reports.lead_state import LeadScope
    from crm_cli.result import Table
    from crm_cli.session import Session


def stage_named(
    stages: Iterable[Stage], row: str, report: str, pipeline_id: int | None = None
) -> Stage:
    """Return the stage that a row names: by its key, or as PIPELINE/STAGE where two pipelines have
    one and the report is not narrowed to either. Raises NotFound."""
    known = list(stages)
    found = [stage for stage in known if row in {stage.key, f"{stage.pipeline}/{stage.key}"}]
    if len(found) > 1:
        found = [stage for stage in found if stage.pipeline_id == pipeline_id] or found
    if len(found) == 1:
        return found[0]
    if found:
        shown = " or ".join(f"{stage.pipeline}/{stage.key}" for stage in found)
        raise errors.NotFound(f"several rows {row!r} of {report}", hint=f"write {shown}")
    from difflib import get_close_matches

    keys = list(dict.fromkeys(stage.key for stage in known))
    near = get_close_matches(row, keys, 1)
    hint = f"did you mean {near[0]}? " if near else ""
    raise errors.NotFound(
        f"{report} has no row {row!r}", hint=f"{hint}rows are {', '.join(keys)}, {ALL}"
    )


def of_ids(
    session: Session, chosen: LeadScope, ids: Iterable[int],
    *, days: Mapping[int, int] | None = None,
) -> Table:  # fmt: skip
    """Return certain leads of a scope as a table."""
    found = lead_state.states(session, chosen, needed="0")
    return lead_evidence.table(session, chosen, found, dict.fromkeys(ids), days=days)


def leads_where(
    session: Session, chosen: LeadScope, found: States, where: str,
    parameters: Mapping[str, Any] | None = None,
    *, days: str | None = None, counted: str = "b.amount",
) -> Table:  # fmt: skip
    """Return the leads ``b`` for which an SQL condition holds as a table, with what each counts
    for (SQL, in minor units); ``days`` is SQL."""
    rows = session.reader.execute(
        f"WITH {found.sql} SELECT b.id, {counted}, {days or 'NULL'} FROM states b WHERE {where}",
        {**found.parameters, **(parameters or {})},
    ).fetchall()
    amounts = {number: amount for number, amount, _ in rows}
    days_of = None if days is None else {number: count for number, _, count in rows}
    return lead_evidence.table(session, chosen, found, amounts, days=days_of)


def by_funnel(session: Session, request: ExplainRequest, chosen: LeadScope, cell: Cell) -> Found:
    """Return the leads that a figure of ``funnel`` counts. Raises InvalidValue, NotFound."""
    del chosen
    asked = funnel.read(session, request.bounds)
    gone = asked.funnel.gone(lead_paths.one_by_one(session.reader, asked.leads))
    if cell.row == ALL:
        check_column(cell.column, ("leads", "won", "rate"), "funnel")
        if cell.column != "leads":
            gone = [one for one in gone if asked.funnel.is_won(one)]
    else:
        stage = stage_named(asked.stages, cell.row, "funnel")
        tests = funnel.tests(asked.funnel, stage)
        check_column(cell.column, tests, "funnel")
        holds = tests[cell.column]
        gone = [one for one in gone if stage.id in one.steps and holds(one)]
    ids = [one.leads for one in gone]
    return Found(
        of_ids(session, asked.chosen, ids),
        [lead_bounds.said(asked.chosen, "leads opened")],
    )


def by_velocity(session: Session, request: ExplainRequest, chosen: LeadScope, cell: Cell) -> Found:
    """Return the leads that a figure of ``velocity`` counts, with the days it takes of each.
    Raises InvalidValue, NotFound, RateMissing."""
    del request
    notes = [lead_bounds.said(chosen, "stages entered and leads closed")]
    if cell.row == ALL:
        won = f"b.state = 'won' AND {lead_bounds.CLOSED}"
        closed = f"b.state <> 'open' AND {lead_bounds.CLOSED}"
        conditions = {
            "open": "b.state = 'open'",
            "won": won,
            "lost": f"b.state = 'lost' AND {lead_bounds.CLOSED}",
            "win_rate": won,
            "average_won_value": f"{won} AND b.amount IS NOT NULL",
            **dict.fromkeys(
                ("average_days_to_win", "first_quartile", "median", "third_quartile"), won
            ),
            "per_day": f"(b.state = 'open' OR ({closed}))",
        }
        check_column(cell.column, conditions, "velocity")
        found = lead_bounds.closed_states(session, chosen, "state = 'won'")
        days = f"iif(b.state = 'open', NULL, {lead_bounds.days_to_close(session, chosen)})"
        return Found(leads_where(session, chosen, found, conditions[cell.column], days=days), notes)
    check_column(cell.column, [column.key for column in velocity.COLUMNS], "velocity")
    stage = stage_named(velocity.stages_of(session, chosen), cell.row, "velocity")
    leads = lead_paths.asked(session, chosen, opened=False)
    days_in = velocity.stay_days(session, chosen)
    rows = session.reader.execute(
        f"{leads.sql} {velocity.by_lead(leads, days_in)}",
        {**leads.parameters, **days_in.parameters, "stage": stage.id},
    ).fetchall()
    days_of = {
        number: days for number, days, goes_on in rows if goes_on or cell.column != "still_there"
    }
    return Found(of_ids(session, chosen, days_of, days=days_of), notes)
