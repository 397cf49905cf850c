"""Explaining the retention report: whom a cell of the cohorts or of the period rate counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from crm_cli import errors
from crm_cli.domain import periods
from crm_cli.reports import period_rate, source
from crm_cli.reports.cohorts import UNITS, check_measure, first_orders, read_cohorts, read_grid
from crm_cli.reports.evidence import ALL, Cell, Found, check_column, contacts, purchases

if TYPE_CHECKING:
    from crm_cli.reports.evidence import ExplainRequest
    from crm_cli.reports.scope import Scope
    from crm_cli.result import Table
    from crm_cli.session import Session
    from crm_cli.store.population import Reader

AVERAGE = "average"
"""What the retention table calls that row."""


class _Column(NamedTuple):
    """Which cells of the retention table are meant: column ``offset`` of the cohorts from
    ``low`` to ``high``, as far as its period is not after ``latest``."""

    offset: int
    low: int
    high: int
    latest: int


def by_cohort(session: Session, request: ExplainRequest, chosen: Scope, cell: Cell) -> Found:
    """Return the customers, or with the measure revenue the purchases, of a cohort's cell.

    Raises InvalidValue for a unit, measure or column that does not exist, NotFound for a cohort.
    """
    unit = periods.check_unit(request.by or "month", UNITS)
    check_measure(request.measure)
    reader = chosen.reader(session)
    grid = read_grid(reader, chosen, unit, request.measure)
    cohorts = {row.number: row for row in read_cohorts(grid, chosen, unit)}
    final = periods.number_of(chosen.as_of, unit)
    is_closed = periods.is_closed(final, unit, chosen.as_of)
    notes = [f"As of {chosen.as_of}"]
    if cell.row in {ALL, AVERAGE}:
        width = max((len(cohort.active) for cohort in cohorts.values()), default=0)
        index = _index(cell.column, cell.row, width)
        low, high = min(cohorts, default=0), max(cohorts, default=0)
        latest = final if is_closed or cell.column == "size" else final - 1
        notes[0] += "; all cohorts shown, cells of closed periods, as the average counts them."
    else:
        low = high = periods.number_of_label(cell.row, unit)
        if low not in cohorts:
            raise errors.NotFound(
                f"there is no cohort {cell.row} in this table", hint="see crm report retention"
            )
        index, latest = _index(cell.column, cell.row, len(cohorts[low].active)), final
        notes[0] += f"; the period {periods.label(low + index, unit)}."
        if low + index == final and not is_closed:
            notes.append("The period is not over.")
    meant = _Column(index, low, high, latest)
    if request.measure == "revenue" and cell.column != "size":
        return Found(_cohort_purchases(reader, chosen, unit, meant), notes)
    found = source.days(reader, chosen.sql["as_of"], chosen.home, with_money=False)
    period = source.PERIOD_NUMBER[unit]
    compare = ">=" if request.rolling and cell.column != "size" else "="
    sql = f"""
    WITH {found.sql},
    buyers AS (
        SELECT contact_id, min(day) AS first_on, max(day) AS last_on,
               {period.format(day="min(day)")} AS cohort
          FROM days WHERE orders > 0 GROUP BY contact_id
    )
    SELECT b.contact_id, c.name, b.first_on, b.last_on, sum(d.orders), count(*)
      FROM buyers b JOIN contacts c ON c.id = b.contact_id
           JOIN days d ON d.contact_id = b.contact_id AND d.orders > 0
     WHERE b.cohort BETWEEN :low AND :high AND b.cohort + :offset <= :latest
       AND {period.format(day="d.day")} {compare} b.cohort + :offset
     GROUP BY b.contact_id ORDER BY b.contact_id
    """
    parameters = {**found.parameters, **meant._asdict()}
    return Found(contacts(reader.execute(sql, parameters).fetchall()), notes)


def _index(text: str, row: str, width: int) -> int:
    if text == "size":
        return 0
    if text.isascii() and text.isdigit() and int(text) < width:
        return int(text)
    raise errors.InvalidValue(
        f"{row} has no column {text!r}", hint=f"columns are size and 0 to {width - 1}"
    )


def _cohort_purchases(reader: Reader, chosen: Scope, unit: str, meant: _Column) -> Table:
    as_of = chosen.sql["as_of"]
    bounds = {"since": source.BEGINNING, "as_of": as_of}
    lines = source.lines(reader, bounds, chosen.home, as_of, cohort=first_orders(chosen, unit))
    period = source.PERIOD_NUMBER[unit]
    day = period.format(day="l.day")
    where = f"""
        {day} BETWEEN :low + :offset AND min(:high + :offset, :latest) AND {day} - :offset = (
            SELECT {period.format(day="min(e.day)")} FROM customer_days e
             WHERE e.contact_id = l.contact_id AND e.orders > 0 AND e.day <= :as_of)"""
    return purchases(reader, lines, where, meant._asdict())


def by_period(session: Session, request: ExplainRequest, chosen: Scope, cell: Cell) -> Found:
    """Return the customers whom a cell of the period rate counts; of a rate those above the
    line. Raises InvalidValue."""
    unit = periods.check_unit(request.by or "month", UNITS)
    columns = [column.key for column in period_rate.COLUMNS if column.key != "period"]
    check_column(cell.column, columns, "retention --period-rate")
    number = periods.number_of_label(cell.row, unit)
    reader = chosen.reader(session)
    found = source.days(reader, chosen.sql["as_of"], chosen.home, with_money=False)
    period = source.PERIOD_NUMBER[unit]
    now, then = "now > 0", "before > 0"
    conditions = {
        "start": then,
        "end": now,
        "new": f"{now} AND {period.format(day='first_on')} = :period",
        "rate": f"({now} AND {period.format(day='first_on')} < :period)",
        "kept": f"{now} AND {then}",
        "kept_rate": f"{now} AND {then}",
    }
    sql = f"""
    WITH {found.sql},
    spans AS (
        SELECT contact_id, min(day) AS first_on, max(day) AS last_on, sum(orders) AS orders,
               count(*) AS order_days,
               sum({period.format(day="day")} = :period) AS now,
               sum({period.format(day="day")} = :period - 1) AS before
          FROM days WHERE orders > 0 GROUP BY contact_id
    )
    SELECT s.contact_id, c.name, s.first_on, s.last_on, s.orders, s.order_days
      FROM spans s JOIN contacts c ON c.id = s.contact_id
     WHERE {conditions[cell.column]} ORDER BY s.contact_id
    """
    rows = reader.execute(sql, {**found.parameters, "period": number}).fetchall()
    return Found(contacts(rows), [f"As of {chosen.as_of}."])
