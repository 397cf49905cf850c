"""Explaining the reports on leads: which leads a figure counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crm_cli import errors
from crm_cli.domain import goal as goal_domain
from crm_cli.domain import periods
from crm_cli.domain.values import fold
from crm_cli.reports import (
    REPORTS,
    explain_work,
    forecast_goals,
    forecast_sums,
    lead_evidence,
    lead_state,
    pipeline,
    scope,
)
from crm_cli.reports.evidence import ALL, Cell, Found, check_column
from crm_cli.reports.explain_flow import stage_named
from crm_cli.result import Message, Result

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from crm_cli.reports.evidence import ExplainRequest
    from crm_cli.reports.lead_state import LeadScope
    from crm_cli.session import Session

    Explainer = Callable[[Session, ExplainRequest, LeadScope, Cell], Found]


def report(session: Session, request: ExplainRequest, cell: Cell) -> Result:
    """List the leads behind a figure of a report on leads; stderr says what it means. Rows and
    columns are named by their keys, or by what the page calls them.

    Raises InvalidValue for a column that does not exist, NotFound for a row, RateMissing.
    """
    chosen = lead_state.read(session, request.bounds)
    explain = EXPLAINERS[request.name]
    try:
        found = explain(session, request, chosen, cell)
    except (errors.NotFound, errors.InvalidValue):
        from crm_cli.reports import explain_shown

        shown = explain_shown.meant(session, request, cell)
        if shown == cell:
            raise
        found = explain(session, request, chosen, shown)
    lines = [
        f"{request.name} {request.cell}: {scope.counted(len(found.table.rows), found.table.noun)}",
        REPORTS[request.name].definition,
        *lead_state.said(chosen),
        *found.notes,
    ]
    return Result(body=found.table, messages=[*chosen.messages, *(Message(line) for line in lines)])


def chosen_row(row: str, names: Mapping[str, Any], report_name: str) -> Any:
    """Return the group a row's name means. Raises NotFound with the nearest."""
    if row in names:
        return names[row]
    for name, group in names.items():
        if fold(name) == fold(row):
            return group
    from difflib import get_close_matches

    near = get_close_matches(row, names, 1)
    hint = f"did you mean {near[0]}?" if near else f"see crm report {report_name}"
    raise errors.NotFound(f"{report_name} has no row {row!r}", hint=hint)


# -- pipeline -------------------------------------------------------------------------------------


def by_pipeline(session: Session, request: ExplainRequest, chosen: LeadScope, cell: Cell) -> Found:
    """Return the open leads that a figure of ``pipeline`` counts."""
    by = request.by or "stage"
    pipeline.check(by)
    check_column(cell.column, pipeline.CELLS, "pipeline")
    found, leads = pipeline.leads(session, chosen)
    clock = pipeline.Clock(session, chosen)
    if cell.row != ALL:
        if by == "stage":
            stages = clock.stages.values()
            group = stage_named(stages, cell.row, "pipeline", chosen.pipeline_id).id
        else:
            group = chosen_row(cell.row, _pipeline_rows(clock, leads, by), "pipeline")
        leads = [lead for lead in leads if pipeline.key_of(lead, by) == group]
    counts = pipeline.CELLS[cell.column]
    counted = {
        lead.id: lead.weighted if cell.column == "weighted" else lead.amount
        for lead in leads
        if counts(lead, clock)
    }
    notes = [f"As of {chosen.as_of}: open leads."]
    return Found(lead_evidence.table(session, chosen, found, counted), notes)


def _pipeline_rows(clock: pipeline.Clock, leads: list[pipeline.Lead], by: str) -> dict[str, Any]:
    """Return row's name -> group, of a pipeline by what is no stage."""
    if by == "pipeline":
        return {row.key: row.id for row in clock.pipelines.values()}
    groups = {pipeline.key_of(lead, by) for lead in leads}
    return {pipeline.NO_VALUE if group is None else group: group for group in groups}


# -- forecast -------------------------------------------------------------------------------------


def by_forecast(session: Session, request: ExplainRequest, chosen: LeadScope, cell: Cell) -> Found:
    """Return the open or won leads that a figure of ``forecast`` counts."""
    by = request.by or "month"
    forecast_sums.check(by)
    check_column(cell.column, forecast_sums.CELLS, "forecast")
    days = forecast_sums.days_of(chosen, forecast_sums.is_all(request.bounds, chosen))
    longer = {goal.period for goal in forecast_goals.find(session, chosen, by, days).longer}
    if cell.row in longer:
        # All that is in the period of the goal, which has a row of its own.
        days = goal_domain.span(cell.row)
        by = days.unit
    read = forecast_sums.read(session, chosen, by, days)
    leads = [lead for _, lead in read.placed]
    if cell.row != ALL:
        row = fold(cell.row) if by == "owner" else cell.row
        leads = [
            lead
            for key, lead in read.placed
            if (fold(_forecast_row(key, by)) if by == "owner" else _forecast_row(key, by)) == row
        ]
        if not leads:
            _refuse_unknown(cell.row, by, read)
    counts = forecast_sums.CELLS[cell.column]
    is_weighted = cell.column in {"weighted", "expected"}
    counted = {
        lead.id: lead.weighted if is_weighted else lead.amount for lead in leads if counts(lead)
    }
    notes = [forecast_sums.said(chosen, days)]
    return Found(lead_evidence.table(session, chosen, read.found, counted), notes)


def _forecast_row(key: tuple[str, Any], by: str) -> str:
    return forecast_sums.row_name(key, by) or forecast_sums.NO_OWNER


def _refuse_unknown(row: str, by: str, read: forecast_sums.Forecast) -> None:
    """Raise NotFound for a row that a forecast cannot have."""
    if by == "owner":
        chosen_row(row, {_forecast_row(key, by): key for key, _ in read.placed}, "forecast")
    elif row not in {forecast_sums.OVERDUE, forecast_sums.UNDATED}:
        try:
            periods.number_of_label(row, by)
        except errors.InvalidValue as error:
            raise errors.NotFound(f"forecast has no row {row!r}", hint=error.hint) from None


EXPLAINERS: dict[str, Explainer] = {
    "pipeline": by_pipeline,
    "forecast": by_forecast,
    **explain_work.EXPLAINERS,
}
"""Report on leads -> what lists the leads behind its cells."""
