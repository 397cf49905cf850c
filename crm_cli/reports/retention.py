"""Retention: cohorts by the period of the first order.

By month, quarter and year the cells are kept by ``store.summaries``; the period that a past
day cuts, weeks, and revenue in several currencies are computed from the days.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from crm_cli import errors
from crm_cli.domain import periods
from crm_cli.domain.values import money_text
from crm_cli.reports import REPORTS, scope, source
from crm_cli.result import Column, Kind, Look, Report, Result

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping, Sequence

    from crm_cli.session import Session

DEFINITION = REPORTS["retention"].definition
ROLLING_DEFINITION = (
    "Cohort = period of first order; rate = customers with an order i or more periods after / size."
)
REVENUE_DEFINITION = (
    "Cohort = period of first order; rate = revenue in the i-th period after / revenue of column 0."
)
UNITS = ("week", "month", "quarter", "year")
MEASURES = ("customers", "revenue")

CENTURY = {"week": 5218, "month": 1200, "quarter": 400, "year": 100}
"""Periods of a hundred years. Nobody is a customer for longer; one wrong year would make a table
of tens of thousands of columns."""

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


_Cells = dict[tuple[int, int], tuple[int, int, int]]
"""(cohort, period) -> (active customers, customers whose last order this is, revenue)."""


class Grid(NamedTuple):
    """The cells and the currency of their revenue; last orders only where asked for."""

    cells: _Cells
    currency: str


class Cohort(NamedTuple):
    """One row: what ``active``, ``revenue`` and ``rate`` hold from column 0 on, ``complete``
    columns of them closed; ``periods`` is how many there are up to the as-of day, more than are
    shown where a cohort is older than a century."""

    number: int
    size: int
    active: list[int]
    revenue: list[int]
    complete: int
    periods: int


def report(session: Session, request: RetentionRequest) -> Result:
    """Count, by cohort, who ordered again in each later period (``DEFINITION``).

    Rows: cohort, size, active (customers by column, open columns included), rate (0-1 by
    column, null on a zero base), complete (number of closed periods); with the measure revenue
    also revenue (text by column) and currency. Raises InvalidValue, RateMissing.
    """
    periods.check_unit(request.by, UNITS)
    if request.measure not in MEASURES:
        raise errors.InvalidValue(
            f"{request.measure!r} is not a measure", hint=f"measures are {', '.join(MEASURES)}"
        )
    _check_period_rate(request)
    chosen = scope.read(session, request.bounds)
    if request.period_rate:
        from crm_cli.reports import period_rate

        return period_rate.report(session.reader, chosen, request.by)
    grid = read_grid(session.reader, chosen, request.by, request.measure, rolling=request.rolling)
    cohorts = read_cohorts(grid, chosen, request.by, rolling=request.rolling)
    return Result(body=_table(chosen, request, grid.currency, cohorts), messages=chosen.messages)


def _check_period_rate(request: RetentionRequest) -> None:
    """Refuse what means nothing to the period rate, rather than pass it over."""
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


# -- the grid -------------------------------------------------------------------------------


def read_grid(
    connection: sqlite3.Connection,
    chosen: scope.Scope,
    unit: str,
    measure: str,
    *,
    rolling: bool = False,
) -> Grid:
    """Return the cells of all cohorts, from the summaries where they stand for the day.

    What happened in a period does not change later, so of a past day only the period that it
    cuts is computed, and where ``rolling`` asks for them the last orders, which do change.
    """
    with_money = measure == "revenue"
    currency = source.single_currency(connection)
    found = source.days(connection, chosen.sql["as_of"], chosen.home, with_money=with_money)
    kept = unit != "week" and (currency is not None or not with_money)
    if kept and source.is_current(connection, chosen.sql["as_of"]):
        return Grid(_kept_cells(connection, unit), currency or chosen.home)
    final = periods.number_of(chosen.as_of, unit)
    is_closed = periods.is_closed(final, unit, chosen.as_of)
    cells: _Cells = {}
    first = source.BEGINNING
    if kept:
        cells = _kept_cells(connection, unit, final if is_closed else final - 1)
        first = periods.first_day(final, unit).isoformat()
    if not kept or not is_closed:
        cells.update(_computed_cells(connection, found, unit, first))
    if rolling:
        _set_lasts(connection, found, unit, cells)
    return Grid(cells, found.currency)


def _kept_cells(connection: sqlite3.Connection, unit: str, latest: int = 10**6) -> _Cells:
    opens = {"month": "active", "quarter": "opens_quarter", "year": "opens_year"}[unit]
    months = {"month": 1, "quarter": 3, "year": 12}[unit]
    rows = connection.execute(
        f"SELECT cohort / {months} AS c, month / {months} AS m, sum({opens}), sum(last),"
        f"       sum(revenue) FROM cohort_months WHERE month / {months} >= cohort / {months}"
        f"   AND month / {months} <= :latest GROUP BY c, m",
        {"latest": latest},
    )
    return {(cohort, month): tuple(values) for cohort, month, *values in rows.fetchall()}


def _computed_cells(
    connection: sqlite3.Connection, found: source.Days, unit: str, first: str
) -> _Cells:
    """Count by cohort and period the days from ``first`` on; last orders are left at 0."""
    # The day of the first order is the same as of any later day, so the summary may give it.
    # The LIMIT keeps SQLite from merging the levels and computing the periods twice.
    number = source.PERIOD_NUMBER[unit]
    sql = f"""
    WITH {found.sql}
    SELECT cohort, period, count(DISTINCT visitor), 0, sum(revenue)
      FROM (SELECT {number.format(day="c.first_on")} AS cohort,
                   {number.format(day="d.day")} AS period,
                   CASE WHEN d.orders THEN d.contact_id END AS visitor, d.revenue AS revenue
              FROM customers c CROSS JOIN days d ON d.contact_id = c.contact_id
             WHERE c.first_on <= :as_of AND d.day >= :first LIMIT -1)
     WHERE period >= cohort
     GROUP BY cohort, period
    """
    rows = connection.execute(sql, {**found.parameters, "first": first}).fetchall()
    return {(cohort, period): tuple(values) for cohort, period, *values in rows}


def _set_lasts(
    connection: sqlite3.Connection, found: source.Days, unit: str, cells: _Cells
) -> None:
    """Put into each cell how many customers' last order it holds."""
    for key, (active, _, revenue) in cells.items():
        cells[key] = (active, 0, revenue)
    number = source.PERIOD_NUMBER[unit]
    sql = f"""
    WITH {found.sql}
    SELECT {number.format(day="first_on")}, {number.format(day="last_on")}, count(*)
      FROM (SELECT min(day) AS first_on, max(day) AS last_on
              FROM days WHERE orders > 0 GROUP BY contact_id)
     GROUP BY 1, 2
    """
    for cohort, period, last in connection.execute(sql, found.parameters).fetchall():
        active, _, revenue = cells[cohort, period]
        cells[cohort, period] = (active, last, revenue)


def read_cohorts(
    grid: Grid, chosen: scope.Scope, unit: str, *, rolling: bool = False
) -> list[Cohort]:
    """Return the rows of the table: cohorts with somebody in them, within the scope."""
    final = periods.number_of(chosen.as_of, unit)
    closed = final if periods.is_closed(final, unit, chosen.as_of) else final - 1
    first, last = _cohort_bounds(chosen, unit)
    by_cohort: dict[int, dict[int, tuple[int, int, int]]] = {}
    for (number, period), cell in grid.cells.items():
        if first <= number <= last:
            by_cohort.setdefault(number, {})[period - number] = cell
    longest = _columns(by_cohort, final, unit)
    found = []
    for number, cells in sorted(by_cohort.items()):
        count = min(final - number + 1, longest)
        active = [cells.get(column, _EMPTY)[0] for column in range(count)]
        if rolling:
            left = sum(cell[1] for cell in cells.values())
            for column in range(count):
                active[column] = left
                left -= cells.get(column, _EMPTY)[1]
        found.append(
            Cohort(
                number=number,
                size=cells.get(0, _EMPTY)[0],
                active=active,
                revenue=[cells.get(column, _EMPTY)[2] for column in range(count)],
                complete=min(count, closed - number + 1),
                periods=final - number + 1,
            )
        )
    return found


_EMPTY = (0, 0, 0)


def _columns(
    by_cohort: Mapping[int, Mapping[int, tuple[int, int, int]]], final: int, unit: str
) -> int:
    """Return how many columns the table has: as many as its oldest cohort has periods.

    Cohorts older than a century do not count in this, but for the columns within the century in
    which one of them ordered or returned something.
    """
    century = CENTURY[unit]
    spans = [final - number + 1 for number in by_cohort]
    young = max((span for span in spans if span <= century), default=0)
    if young == max(spans, default=0):
        return young
    offsets = (offset for cells in by_cohort.values() for offset in cells if offset < century)
    return max(young, max(offsets, default=0) + 1)


def _cohort_bounds(chosen: scope.Scope, unit: str) -> tuple[int, int]:
    first = periods.number_of(chosen.since, unit) if chosen.since else -1
    last = periods.number_of(chosen.until, unit) if chosen.until else 10**9
    return first, last


# -- the table ------------------------------------------------------------------------------


def rate(part: int, whole: int) -> float | None:
    """Return part / whole to four decimals, None on a base that is not positive."""
    return round(part / whole, 4) if whole > 0 else None


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
            "rate": [rate(value, base) for value in shown],
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
        ),
        cells=[
            (row["cohort"], row["size"], *row[series], *[None] * (width - len(row[series])))
            for row in rows
        ],
        footer=(
            "all" if request.counts else "average",
            totals["size"],
            *totals[series],
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
        rates.append(rate(part, base))
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
    what = "revenue" if request.measure == "revenue" else "customers"
    return f"{kind} of {what} by {request.by} as of {chosen.as_of}"


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
