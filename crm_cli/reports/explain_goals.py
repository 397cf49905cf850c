"""Explaining goals: the leads, purchases, customers or talks that have been reached of one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from crm_cli.domain.values import fold
from crm_cli.reports import goal_metrics, goals, lead_evidence, lead_state
from crm_cli.reports.evidence import Cell, ExplainRequest, Found, check_column

if TYPE_CHECKING:
    from datetime import date

    from crm_cli.reports.scope import Scope
    from crm_cli.result import Table
    from crm_cli.session import Session
    from crm_cli.store.goals import Goal

OTHER_REPORTS = {
    "revenue": ("sales", "all:revenue"),
    "orders": ("sales", "all:orders"),
    "new-customers": ("repeat", "all:customers"),
    "talks": ("activity", "all:interactions"),
}
"""Metric -> the report and the cell that count the same records."""


def by_goal(session: Session, request: ExplainRequest, chosen: Scope, cell: Cell) -> Found:
    """Return the records behind what is reached of a goal. Raises InvalidValue, NotFound,
    RateMissing."""
    del request
    check_column(cell.column, ("actual",), "goals")
    goal = goals.one(session, cell.row)
    asked = goal_metrics.bounds(session, goal, chosen.as_of)
    notes = [f"Goal {goal.id}, {goal.period}, as of {asked.as_of}."]
    if goal.metric in OTHER_REPORTS:
        return Found(_of_report(session, goal, chosen.as_of), notes)
    scope = lead_state.read(session, asked)
    condition = goal_metrics.CONDITIONS[goal.metric]
    bounds = goal_metrics.instants(session, goal)
    found = lead_state.states(
        session, scope, needed=condition if goal.currency else "0", bounds=bounds,
        into=goal.currency,
    )  # fmt: skip
    amount = "weighted" if goal.metric == "weighted-pipeline" else "amount"
    rows = session.reader.execute(
        f"WITH {found.sql} SELECT id, {amount} FROM states WHERE {condition}", found.parameters
    ).fetchall()
    return Found(lead_evidence.table(session, scope, found, dict(rows)), notes)


def _of_report(session: Session, goal: Goal, as_of: date) -> Table:
    """Return the records that another report counts."""
    from crm_cli.reports import explain

    name, cell = OTHER_REPORTS[goal.metric]
    asked = goal_metrics.bounds(session, goal, as_of)
    is_of_talker = goal.metric == "talks"
    asked = replace(asked, owner=None) if is_of_talker else goal_metrics.of_contacts(asked)
    table: Any = explain.report(session, ExplainRequest(name=name, cell=cell, bounds=asked)).body
    if is_of_talker and goal.owner is not None:
        by = [column.key for column in table.columns].index("by")
        rows = [row for row in table.rows if fold(row[by] or "") == fold(goal.owner)]
        table = table._replace(rows=rows)
    return table  # type: ignore[no-any-return]
