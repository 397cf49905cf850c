"""The forecast: what open leads will bring in, by month, beside what was won and the goal."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

from crm_cli.domain import goal as goal_domain
from crm_cli.domain import periods
from crm_cli.domain.goal import Span
from crm_cli.domain.values import money_text
from crm_cli.reports import REPORTS, forecast_goals, lead_state, scope
from crm_cli.reports import forecast_sums as sums
from crm_cli.result import Column, Kind, Look, Report, Result

if TYPE_CHECKING:
    from crm_cli.reports.forecast_goals import Goals
    from crm_cli.reports.lead_state import LeadScope
    from crm_cli.session import Session
    from crm_cli.store.goals import Goal

DEFINITION = REPORTS["forecast"].definition

MOST_ROWS = 120
"""So many periods are shown whether or not something is in them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastRequest:
    """What ``report forecast`` was asked."""

    bounds: scope.Bounds = field(default_factory=scope.Bounds)
    by: str = "month"


def report(session: Session, request: ForecastRequest) -> Result:
    """Sum what is to come by month, quarter, year or owner (``DEFINITION``).

    Rows: period or owner; leads, without_value, value, weighted, best, commit, won_leads, won,
    expected (won + weighted), goal, missing, pace, currency, in_total (false for the row of a
    goal for a longer period, which repeats what is in others). Totals: the same figures. Raises
    InvalidValue, NotFound, RateMissing.
    """
    sums.check(request.by)
    chosen = lead_state.read(session, request.bounds)
    days = sums.days_of(chosen, sums.is_all(request.bounds, chosen))
    goals = forecast_goals.find(session, chosen, request.by, days)
    forecast = sums.read(session, chosen, request.by, days, goals.since)
    body = _table(session, chosen, request.by, forecast, goals)
    return Result(body=lead_state.noted(chosen, body), messages=chosen.messages)


# -- the table ------------------------------------------------------------------------------------

FIGURES = (
    Column("leads", "Leads", Kind.INTEGER),
    Column("without_value", "Without value", Kind.INTEGER),
    Column("value", "Value", Kind.MONEY),
    Column("weighted", "Weighted", Kind.MONEY),
    Column("best", "Best", Kind.MONEY),
    Column("commit", "Commit", Kind.MONEY),
    Column("won_leads", "Won leads", Kind.INTEGER),
    Column("won", "Won", Kind.MONEY),
    Column("expected", "Won + weighted", Kind.MONEY),
    Column("goal", "Goal", Kind.MONEY),
    Column("missing", "Missing", Kind.MONEY),
    Column("pace", "Needed a day", Kind.MONEY),
    Column("currency", "Currency"),
    Column("in_total", "In total", Kind.FLAG),
)
AIMS = {"goal", "missing", "pace"}
HIDDEN = {"without_value", "won_leads", "expected", "in_total"}


def _table(
    session: Session, chosen: LeadScope, by: str, forecast: sums.Forecast, goals: Goals
) -> Report:
    currency = forecast.found.currency
    tallies: dict[Any, sums.Tally] = {
        key: sums.Tally() for key in _empty_rows(chosen, by, forecast, goals)
    }
    for key, lead in forecast.placed:
        tallies.setdefault(key, sums.Tally()).add(lead)
    rows: list[dict[str, Any]] = []
    targets: list[int | None] = []
    for key in sorted(tallies, key=lambda key: _rank(key, tallies[key])):
        name = sums.row_name(key, by)
        target = None if name is None else goals.target(name, currency)
        aim = _Aim(target, _span(key, by, forecast.days), chosen.as_of)
        figures = _figures(tallies[key], currency, aim)
        if key[0] in {sums.OVERDUE, sums.UNDATED}:
            figures["won"] = figures["won_leads"] = None
        else:
            targets.append(target)
        rows.append({_head(by).key: name, **figures, "in_total": True})
    everything = sums.Tally.of(tallies.values())
    target, span = goals.target(forecast_goals.WHOLE, currency), forecast.days
    if targets and None not in targets and by != "owner":
        # The sum of the rows' goals, and the days of the rows: not those of a longer period.
        target = sum(filter(None, targets))
        numbers = [value for kind, value in tallies if kind == "period"]
        span = Span(periods.first_day(min(numbers), by), periods.last_day(max(numbers), by), by)
    totals = _figures(everything, currency, _Aim(target, span, chosen.as_of))
    rows += [
        _longer(session, chosen, forecast, goal)
        for goal in goals.longer
        if goal.currency == currency
    ]
    columns = [_head(by), *FIGURES]
    first, last = forecast.days.first, forecast.days.last
    return Report(
        name="forecast",
        title=f"Forecast by {by}",
        definition=DEFINITION,
        parameters={
            "since": None if first == date.min else first.isoformat(),
            "until": None if last == date.max else last.isoformat(),
            "by": by,
        },
        rows=rows,
        totals=totals,
        columns=columns,
        cells=[tuple(row[column.key] for column in columns) for row in rows],
        footer=("all", *(totals.get(column.key) for column in FIGURES)),
        notes=_notes(session, chosen, forecast, goals),
        look=Look.PLAIN,
        default_columns=[
            column.key
            for column in columns
            if column.key not in HIDDEN
            and (column.key not in AIMS or any(row["goal"] for row in rows))
        ],
    )  # fmt: skip


def _longer(
    session: Session, chosen: LeadScope, forecast: sums.Forecast, goal: Goal
) -> dict[str, Any]:
    """Return the row of a goal for a longer period: all that is expected or won in that."""
    span = goal_domain.span(goal.period)
    place = sums.placing(session, chosen, span.unit, span)
    tally = sums.Tally()
    for lead in forecast.leads:
        found = place(lead)
        if found is not None and found[0] == "period":
            tally.add(lead)
    aim = _Aim(goal.target, span, chosen.as_of)
    figures = _figures(tally, forecast.found.currency, aim)
    return {"period": goal.period, **figures, "in_total": False}


def _head(by: str) -> Column:
    return Column("owner", "Owner") if by == "owner" else Column("period", by.capitalize())


def _empty_rows(
    chosen: LeadScope, by: str, forecast: sums.Forecast, goals: Goals
) -> list[tuple[str, Any]]:
    """Return the rows that stand there without a lead: the periods up to the last one in which
    something is expected or aimed at, this quarter's at least."""
    if by == "owner":
        return [("owner", name) for name in goals.of_rows if name != forecast_goals.WHOLE]
    filled = [key[1] for key, _ in forecast.placed if key[0] == "period"]
    filled += [periods.number_of_label(name, by) for name in goals.of_rows]
    last = periods.number_of(forecast.days.last, by)
    if chosen.until is None:
        this = periods.last_day(periods.number_of(chosen.as_of, "quarter"), "quarter")
        last = min(last, max([*filled, periods.number_of(this, by)]))
    span = range(periods.number_of(forecast.days.first, by), last + 1)
    numbers = span if len(span) <= MOST_ROWS else filled
    return [*(("period", number) for number in numbers), (sums.OVERDUE, 0), (sums.UNDATED, 0)]


def _span(key: tuple[str, Any], by: str, days: Span) -> Span | None:
    """Return the days of a row; None for overdue and undated leads."""
    kind, value = key
    if kind == "owner":
        return days
    if kind != "period":
        return None
    return Span(periods.first_day(value, by), periods.last_day(value, by), by)


def _rank(key: tuple[str, Any], tally: sums.Tally) -> tuple[Any, ...]:
    kind, value = key
    if kind == "owner":
        return 0, -tally.weighted - tally.won, -tally.value, value is None, value or ""
    return (sums.OVERDUE, "period", sums.UNDATED).index(kind), value


class _Aim(NamedTuple):
    """A target (None: no goal) in minor units, the days it is for, and the as-of day."""

    target: int | None
    span: Span | None
    as_of: date


def _figures(tally: sums.Tally, currency: str, aim: _Aim) -> dict[str, Any]:
    left = pace = None
    if aim.target is not None and aim.span is not None:
        left = max(aim.target - tally.won, 0)
        pace = goal_domain.pace(left, goal_domain.days_left(aim.span, aim.as_of))

    def money(minor: int | None) -> str | None:
        return None if minor is None else money_text(minor, currency)

    return {
        "leads": tally.leads,
        "without_value": tally.leads - tally.with_value,
        "value": money(tally.value),
        "weighted": money(tally.weighted),
        "best": money(tally.best),
        "commit": money(tally.commit),
        "won_leads": tally.won_leads,
        "won": money(tally.won),
        "expected": money(tally.won + tally.weighted),
        "goal": money(aim.target),
        "missing": money(left),
        "pace": money(pace),
        "currency": currency,
    }


def _notes(session: Session, chosen: LeadScope, forecast: sums.Forecast, goals: Goals) -> list[str]:
    first, last = forecast.days.first, forecast.days.last
    notes = [sums.said(chosen, forecast.days)]
    currency = forecast.found.currency
    left_out = []
    for what, some in (
        (f"before {first}", [x for x in forecast.outside if _is_before(x, first)]),
        (f"after {last}", [x for x in forecast.outside if _is_after(x, last)]),
    ):
        if some:
            value = sum(lead.amount or 0 for lead in some)
            count = scope.counted(len(some), "lead")
            left_out.append(f"{count} expected {what} ({money_text(value, currency)} {currency})")
    if forecast.omitted:
        left_out.append(f"{scope.counted(forecast.omitted, 'lead')} omitted from the forecast")
    if left_out:
        notes.append(f"Left out: {'; '.join(left_out)}.")
    missing = sum(lead.amount is None and lead.state == "open" for _, lead in forecast.placed)
    if missing:
        have = "has" if missing == 1 else "have"
        notes.append(
            f"{scope.counted(missing, 'lead')} {have} no value: in no sum, and not counted as 0."
        )
    if any(goal.currency == currency for goal in goals.longer):
        notes.append("The row of a longer goal repeats what is in others; it is not in the total.")
    others = [goal.period for goal in goals.everything if goal.currency != currency]
    if others:
        notes.append(
            f"Goals in another currency than {currency} are not shown: {', '.join(others)}"
            " (crm goal check shows them)."
        )
    notes += goals.notes
    if chosen.as_of < session.today:
        notes.append("Stage, value, odds, expected day and owner are those of that day.")
    return notes


def _is_before(lead: sums.Lead, first: date) -> bool:
    return lead.state == "open" and (lead.expected_on or "") < first.isoformat()


def _is_after(lead: sums.Lead, last: date) -> bool:
    return lead.state == "open" and (lead.expected_on or "") > last.isoformat()
