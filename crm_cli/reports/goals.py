"""Goals against figures: what is reached, what is left, and how fast it has to come."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from crm_cli import errors
from crm_cli.domain import goal as domain
from crm_cli.domain.rounding import ratio
from crm_cli.domain.values import fold
from crm_cli.queries import goals as queries
from crm_cli.reports import REPORTS, goal_metrics, scope
from crm_cli.result import Column, Kind, Message, Report, Result, Table
from crm_cli.store import goals as store

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from crm_cli.session import Session
    from crm_cli.store.goals import Goal

DEFINITION = REPORTS["goals"].definition

STATES = ("met", "missed", "on-track", "behind", "ahead")
"""``ahead``: its period has not begun."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GoalsRequest:
    """Which goals: all, or those of a metric, of an owner, of a segment, with a period within the
    one given, or named by their ids."""

    bounds: scope.Bounds = field(default_factory=scope.Bounds)
    metric: str | None = None
    ids: Sequence[str] = ()


class Standing(NamedTuple):
    """A goal as of a day: what is reached, left and, per day left, needed (minor units, or a
    count); ``due`` is what an even pace would have brought by now."""

    goal: Goal
    actual: int
    left: int
    days_left: int
    pace: int | None
    due: int
    state: str


def standing(goal: Goal, actual: int, as_of: date) -> Standing:
    """Judge a goal as of a day.

    Over is a period whose last day is not after it. An at-most goal that is exceeded is missed at
    once, for what came in does not go away; what there is at a period's end may still change.
    """
    span = domain.span(goal.period)
    is_state = domain.METRICS[goal.metric].is_state
    is_over = span.last <= as_of
    is_met = domain.is_met(goal.comparison, actual, goal.target)
    due = goal.target if is_state else domain.due_by_now(goal.target, span, as_of)
    if is_over:
        state = "met" if is_met else "missed"
    elif as_of < span.first:
        state = "ahead"
    elif goal.comparison == "at-most":
        state = "on-track" if actual <= due else "behind"
        if not is_met and not is_state:
            state = "missed"
    else:
        state = "met" if is_met and not is_state else "on-track" if actual >= due else "behind"
    left = goal.target - actual if goal.comparison == "at-most" else max(goal.target - actual, 0)
    days = domain.days_left(span, as_of)
    return Standing(goal, actual, left, days, domain.pace(left, days), due, state)


def standings(
    session: Session, request: GoalsRequest, chosen: scope.Scope
) -> list[tuple[Standing, int]]:
    """Return the goals asked for as of the day, each before its parts, with their depth. Raises
    NotFound, RateMissing."""
    goals = _chosen(session, request, chosen)
    return [
        (standing(goal, goal_metrics.actual(session, goal, chosen.as_of), chosen.as_of), depth)
        for goal, depth in queries.walk(goals)
    ]


def _chosen(session: Session, request: GoalsRequest, chosen: scope.Scope) -> list[Goal]:
    goals = store.listing(session.reader)
    if request.ids:
        wanted = {queries.resolve(session.reader, text).id for text in request.ids}
        goals = [goal for goal in goals if goal.id in wanted]
    if request.metric is not None:
        metric = domain.read_metric(request.metric)
        goals = [goal for goal in goals if goal.metric == metric]
    for name in ("owner", "segment"):
        text = getattr(request.bounds, name)
        if text is not None:
            goals = [goal for goal in goals if fold(getattr(goal, name) or "") == fold(text)]
    return [goal for goal in goals if _is_within(goal, chosen)]


def _is_within(goal: Goal, chosen: scope.Scope) -> bool:
    span = domain.span(goal.period)
    return (chosen.since is None or span.first >= chosen.since) and (
        chosen.until is None or span.last <= chosen.until
    )


def read(session: Session, request: GoalsRequest) -> scope.Scope:
    """Read the days of a request."""
    bounds = scope.Bounds(
        as_of=request.bounds.as_of, period=request.bounds.period, since=request.bounds.since,
        until=request.bounds.until,
    )  # fmt: skip
    return scope.read(session, bounds)


COLUMNS = (
    Column("id", "ID", Kind.ID),
    Column("goal", "Goal", least=26),
    Column("metric", "Metric", words=queries.METRIC_WORDS),
    Column("period", "Period"),
    Column("owner", "Owner"),
    Column("segment", "Segment"),
    Column("pipeline", "Pipeline"),
    Column("parent_id", "Part of", Kind.ID),
    Column("comparison", "Aim", words=queries.COMPARISON_WORDS),
    Column("target", "Target", least=14),
    Column("actual", "Actual", least=14),
    Column("rate", "Reached", Kind.RATE),
    Column("left", "Left", least=14),
    Column("days_left", "Days left", Kind.INTEGER),
    Column("pace", "Needed a day", least=14),
    Column("due", "Due by now", least=14),
    Column("currency", "Currency"),
    Column("state", "State", least=9),
)
SHOWN = ("id", "goal", "state", "comparison", "target", "actual", "currency", "rate", "left",
         "days_left", "pace")  # fmt: skip
"""What people see; on narrow paper the last ones go first."""


def _columns(session: Session, found: Sequence[tuple[Standing, int]]) -> list[Column]:
    walked = [(one.goal, depth) for one, depth in found]
    return queries.indented(session.reader, COLUMNS, walked)


def row(session: Session, found: Standing) -> dict[str, Any]:
    """Return a goal as of a day as JSON carries it."""
    of = queries.pipeline(session.reader, found.goal)
    goal, currency = found.goal, found.goal.currency
    pace: Any = queries.shown(found.pace, currency)
    if found.pace is not None and currency is None:
        pace = ratio(found.left, found.days_left, 2)
    return {
        "id": goal.id, "goal": queries.name(session.reader, goal), "metric": goal.metric,
        "period": goal.period, "owner": goal.owner, "segment": goal.segment,
        "pipeline": of and of.key, "parent_id": goal.parent_id, "comparison": goal.comparison,
        "target": queries.shown(goal.target, currency),
        "actual": queries.shown(found.actual, currency),
        "rate": ratio(found.actual, goal.target),
        "left": queries.shown(found.left, currency), "days_left": found.days_left, "pace": pace,
        "due": queries.shown(found.due, currency), "currency": currency, "state": found.state,
    }  # fmt: skip


def report(session: Session, request: GoalsRequest) -> Result:
    """Hold goals against figures (``DEFINITION``).

    Rows: id, goal (its name), metric, period, owner, segment, pipeline, parent_id,
    comparison, target, actual, rate (actual / target), left, days_left, pace, due (what an even
    pace would have brought), currency, state. Totals: goals, met, missed, on_track, behind,
    ahead. Raises InvalidValue, NotFound, RateMissing.
    """
    chosen = read(session, request)
    found = standings(session, request, chosen)
    rows = [row(session, one) for one, _ in found]
    states = [one.state for one, _ in found]
    totals = {
        "goals": len(rows), **{state.replace("-", "_"): states.count(state) for state in STATES}
    }  # fmt: skip
    body = Report(
        name="goals",
        title="Goals",
        definition=DEFINITION,
        parameters={**chosen.parameters, "metric": request.metric,
                    "owner": request.bounds.owner, "segment": request.bounds.segment},
        rows=rows,
        totals=totals,
        columns=_columns(session, found),
        cells=[tuple(one[column.key] for column in COLUMNS) for one in rows],
        notes=[f"As of {chosen.as_of}: {_counted(totals)}."],
        default_columns=SHOWN,
    )  # fmt: skip
    return Result(body=body, messages=chosen.messages)


def _counted(totals: dict[str, int]) -> str:
    parts = [f"{totals[state.replace('-', '_')]} {state}" for state in STATES]
    return f"{scope.counted(totals['goals'], 'goal')}: {', '.join(parts)}"


def check(session: Session, request: GoalsRequest, *, pace: bool) -> Result:
    """Return the goals asked for with status 7 where one is missed or, with ``pace``, behind an
    even pace; 0 otherwise. Raises as ``report`` does."""
    chosen = read(session, request)
    found = standings(session, request, chosen)
    rows = [row(session, one) for one, _ in found]
    table = Table(
        noun="goal", columns=_columns(session, found), rows=[tuple(one.values()) for one in rows],
        default_columns=SHOWN, is_computed=True,
    )  # fmt: skip
    bad = [one for one, _ in found if one.state == "missed" or (pace and one.state == "behind")]
    lines = [
        Message(f"goal {one.goal.id} ({queries.name(session.reader, one.goal)}): {one.state}")
        for one in bad
    ]
    return Result(body=table, messages=[*chosen.messages, *lines], exit_code=7 if bad else 0)


def one(session: Session, text: str) -> Goal:
    """Return the goal of a row. Raises NotFound."""
    try:
        return queries.resolve(session.reader, text)
    except errors.NotFound as error:
        raise errors.NotFound(f"goals has no row {text!r}", hint=error.hint) from None
