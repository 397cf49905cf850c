"""Retention: cohorts by the period of the first order, and how many of each came back.

By month, quarter and year the cells are kept as purchases come in; the period that a past day
cuts, weeks, and revenue in several currencies are computed from the days.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from crm_cli import errors
from crm_cli.domain import periods
from crm_cli.domain.rounding import ratio
from crm_cli.domain.values import money_text
from crm_cli.reports import REPORTS, scope
from crm_cli.reports.cohorts import UNITS, Cohort, check_measure, read_cohorts, read_grid
from crm_cli.result import Column, Kind, Look, Report, Result

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crm_cli.session import Session

DEFINITION = REPORTS["retention"].definition
ROLLING_DEFINITION = (
    "Cohort = period of first order; rate = customers with an order i or more periods after / size."
)
REVENUE_DEFINITION = (
    "Cohort = period of first order; rate = revenue in the i-th period after / revenue of column 0."
)
PERIOD_RATE_DEFINITION = (
    "Rate = (E - N) / S: S ordered in the period before, E in this, N new in it; kept = in both,"
    " / S."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionRequest:
    """What ``report retention`` was asked; ``counts`` shows people numbers instead of rates."""

    bounds: scope.Bounds = field(default_factory=scope.Bounds)
    by: str = "month"
    rolling: bool = False
    measure: str = "customers"
    counts: bool = False
    period_rate: bool = False


def report(session: Session, request: RetentionRequest) -> Result:
    """Count, by cohort, who ordered again in each later period (``DEFINITION``).

    Rows: cohort, size, active (customers by column, open columns included), rate (0-1 by
    column, null on a zero base), complete (number of closed periods); with the measure revenue
    also revenue (text by column) and currency. Raises InvalidValue, RateMissing, and
    UsageError for options that do not go together.
    """
    periods.check_unit(request.by, UNITS)
    check(request)
    chosen = scope.read(session, request.bounds)
    if request.period_rate:
        from crm_cli.reports import period_rate

        return period_rate.report(chosen.reader(session), chosen, request.by)
    reader = chosen.reader(session)
    grid = read_grid(reader, chosen, request.by, request.measure, rolling=request.rolling)
    cohorts = read_cohorts(grid, chosen, request.by, rolling=request.rolling)
    return scope.result(chosen, _table(chosen, request, grid.currency, cohorts))


def check(request: RetentionRequest) -> None:
    """Refuse a measure that does not exist, and what would mean nothing rather than pass it
    over. Raises InvalidValue, UsageError."""
    check_measure(request.measure)
    if request.rolling and request.measure == "revenue":
        raise errors.UsageError(
            "--rolling does not go with --measure revenue",
            hint="it counts customers who ordered in a period or later; revenue has its own period",
        )
    asked = {
        "--rolling": request.rolling,
        "--measure": request.measure != "customers",
        "--counts": request.counts,
    }
    others = [option for option, given in asked.items() if given]
    if request.period_rate and others:
        raise errors.UsageError(
            f"--period-rate does not go with {' and '.join(others)}",
            hint="it counts customers, period by period; leave one of them out",
        )


# -- the table ------------------------------------------------------------------------------


def _table(
    chosen: scope.Scope, request: RetentionRequest, currency: str, cohorts: list[Cohort]
) -> Report:
    by_revenue = request.measure == "revenue"
    width = max((len(cohort.active) for cohort in cohorts), default=0)
    rows: list[dict[str, Any]] = []
    for cohort in cohorts:
        shown = cohort.revenue if by_revenue else cohort.active
        base = shown[0] if by_revenue else cohort.size
        row: dict[str, Any] = {
            "cohort": periods.label(cohort.number, request.by),
            "size": cohort.size,
            "active": cohort.active,
            "rate": [ratio(value, base) for value in shown],
            "complete": cohort.complete,
        }
        if by_revenue:
            row["revenue"] = [money_text(value, currency) for value in cohort.revenue]
            row["currency"] = currency
        rows.append(row)
    totals = _totals(cohorts, width, currency, by_revenue=by_revenue)
    series = ("revenue" if by_revenue else "active") if request.counts else "rate"
    kind = Kind.RATE
    if request.counts:
        kind = Kind.MONEY if by_revenue else Kind.INTEGER
    return Report(
        name="retention",
        title=_title(request, chosen),
        definition=definition(request),
        parameters={
            **chosen.parameters,
            "by": request.by,
            "rolling": request.rolling,
            "measure": request.measure,
        },
        rows=rows,
        totals=totals,
        columns=(
            Column("cohort", "Cohort"),
            Column("size", "Size", Kind.INTEGER),
            *(Column(str(index), str(index), kind) for index in range(width)),
            Column("complete", "Closed", Kind.INTEGER),
        ),
        default_columns=("cohort", "size", *map(str, range(width))),
        cells=[
            (
                row["cohort"],
                row["size"],
                *row[series],
                *[None] * (width - len(row[series])),
                row["complete"],
            )
            for row in rows
        ],
        footer=(
            "all" if request.counts else "average",
            totals["size"],
            *totals[series],
            None,
        ),
        notes=_notes(chosen, request, cohorts),
        look=Look.HEAT,
        open_cells=frozenset(
            (position, 2 + column)
            for position, cohort in enumerate(cohorts)
            for column in range(cohort.complete, len(cohort.active))
        ),
    )


def _totals(
    cohorts: Sequence[Cohort], width: int, currency: str, *, by_revenue: bool
) -> dict[str, Any]:
    """Return sums by column (open cells included) and the rate over closed cells alone."""
    active, revenue, rates = [], [], []
    for column in range(width):
        reached = [cohort for cohort in cohorts if column < len(cohort.active)]
        closed = [cohort for cohort in cohorts if column < cohort.complete]
        active.append(sum(cohort.active[column] for cohort in reached))
        revenue.append(sum(cohort.revenue[column] for cohort in reached))
        if by_revenue:
            part = sum(cohort.revenue[column] for cohort in closed)
            base = sum(cohort.revenue[0] for cohort in closed)
        else:
            part = sum(cohort.active[column] for cohort in closed)
            base = sum(cohort.size for cohort in closed)
        rates.append(ratio(part, base))
    totals: dict[str, Any] = {
        "size": sum(cohort.size for cohort in cohorts),
        "active": active,
        "rate": rates,
    }
    if by_revenue:
        totals["revenue"] = [money_text(value, currency) for value in revenue]
        totals["currency"] = currency
    return totals


def definition(request: RetentionRequest) -> str:
    """Return the definition of the figures asked for."""
    if request.period_rate:
        return PERIOD_RATE_DEFINITION
    if request.measure == "revenue":
        return REVENUE_DEFINITION
    return ROLLING_DEFINITION if request.rolling else DEFINITION


def _title(request: RetentionRequest, chosen: scope.Scope) -> str:
    kind = "Rolling retention" if request.rolling else "Retention"
    return f"{kind} of {request.measure} by {request.by} as of {chosen.as_of}"


def _notes(chosen: scope.Scope, request: RetentionRequest, cohorts: Sequence[Cohort]) -> list[str]:
    notes = [f"As of {chosen.as_of}; {chosen.span('cohorts')}."]
    final = periods.number_of(chosen.as_of, request.by)
    if cohorts and not periods.is_closed(final, request.by, chosen.as_of):
        notes.append(
            f"{periods.label(final, request.by)} is not over: its cells are marked and left out"
            " of the average."
        )
    notes.append("Left out: cohorts with nobody in them, and purchases after the as-of day.")
    cut = [cohort for cohort in cohorts if cohort.periods > len(cohort.active)]
    if cut:
        oldest = periods.label(cut[0].number, request.by)
        width = max(len(cohort.active) for cohort in cohorts)
        notes.append(
            f"Left out: columns from {width} on, which only cohorts of more than a century ago"
            f" have: {oldest} (a wrong year?)."
        )
    return notes
