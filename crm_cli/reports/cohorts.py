"""Cohorts: who ordered again in which period after the first order.

``store.summaries`` keeps the cells by month; ``read_grid`` says when these are enough.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from crm_cli import errors
from crm_cli.domain import periods
from crm_cli.reports import source

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crm_cli.reports.scope import Scope
    from crm_cli.store.population import Reader

UNITS = ("week", "month", "quarter", "year")
"""Units a cohort may be of."""

MEASURES = ("customers", "revenue")

CENTURY = {"week": 5218, "month": 1200, "quarter": 400, "year": 100}
"""Periods of a hundred years. Nobody is a customer for longer; one wrong year would make a table
of tens of thousands of columns."""


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


def check_measure(measure: str) -> None:
    """Raise InvalidValue for a measure that does not exist."""
    if measure not in MEASURES:
        raise errors.InvalidValue(
            f"{measure!r} is not a measure", hint=f"measures are {', '.join(MEASURES)}"
        )


def read_grid(
    connection: Reader,
    chosen: Scope,
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
    currency = source.one_currency(connection, chosen.sql["as_of"])
    found = source.days(
        connection,
        chosen.sql["as_of"],
        chosen.home,
        with_money=with_money,
        cohort=first_orders(chosen, unit),
    )
    of_everybody = chosen.population is None
    kept = of_everybody and unit != "week" and (currency is not None or not with_money)
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


def _kept_cells(connection: Reader, unit: str, latest: int = 10**6) -> _Cells:
    opens = {"month": "active", "quarter": "opens_quarter", "year": "opens_year"}[unit]
    months = {"month": 1, "quarter": 3, "year": 12}[unit]
    rows = connection.execute(
        f"SELECT cohort / {months} AS c, month / {months} AS m, sum({opens}), sum(last),"
        f"       sum(revenue) FROM cohort_months WHERE month / {months} >= cohort / {months}"
        f"   AND month / {months} <= :latest GROUP BY c, m",
        {"latest": latest},
    )
    return {(cohort, month): tuple(values) for cohort, month, *values in rows.fetchall()}


def _computed_cells(connection: Reader, found: source.Days, unit: str, first: str) -> _Cells:
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


def _set_lasts(connection: Reader, found: source.Days, unit: str, cells: _Cells) -> None:
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


def read_cohorts(grid: Grid, chosen: Scope, unit: str, *, rolling: bool = False) -> list[Cohort]:
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


def first_orders(chosen: Scope, unit: str) -> tuple[str, str]:
    """Return the first and the last day on which a customer of the cohorts within the scope can
    have ordered first."""
    first, last = source.BEGINNING, chosen.sql["as_of"]
    if chosen.since:
        first = periods.first_day(periods.number_of(chosen.since, unit), unit).isoformat()
    if chosen.until:
        until = periods.last_day(periods.number_of(chosen.until, unit), unit).isoformat()
        last = min(last, until)
    return first, last


def _cohort_bounds(chosen: Scope, unit: str) -> tuple[int, int]:
    first = periods.number_of(chosen.since, unit) if chosen.since else -1
    last = periods.number_of(chosen.until, unit) if chosen.until else 10**9
    return first, last
