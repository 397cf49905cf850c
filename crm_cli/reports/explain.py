"""Explaining a figure: the contacts or purchases that were counted in one cell of a report."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from crm_cli import errors
from crm_cli.domain import periods
from crm_cli.domain.values import money_text
from crm_cli.reports import REPORTS, repeat, retention, sales, sales_sums, scope, segments, source
from crm_cli.result import Column, Kind, Message, Result, Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from crm_cli.session import Session

ALL = "all"
"""The row of a report's totals."""

AVERAGE = "average"
"""What the retention table calls that row."""

CONTACT_COLUMNS = (
    Column("contact_id", "ID", Kind.ID),
    Column("contact", "Contact"),
    Column("first_on", "First order", Kind.DATE),
    Column("last_on", "Last order", Kind.DATE),
    Column("orders", "Orders", Kind.INTEGER),
    Column("order_days", "Days", Kind.INTEGER),
)

PURCHASE_COLUMNS = (
    Column("id", "ID", Kind.ID),
    Column("contact_id", "Contact ID", Kind.ID),
    Column("contact", "Contact"),
    Column("on", "On", Kind.DATE),
    Column("order_number", "Order"),
    Column("kind", "Kind"),
    Column("product", "Product"),
    Column("amount", "Amount", Kind.MONEY),
    Column("currency", "Currency"),
    Column("counted", "Counted as", Kind.MONEY),
    Column("counted_currency", "In"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainRequest:
    """A report's name, a cell ``ROW:COLUMN`` of it, and the options the report was given."""

    name: str
    cell: str
    bounds: scope.Bounds = field(default_factory=scope.Bounds)
    by: str | None = None
    dimension: str | None = None
    rolling: bool = False
    measure: str = "customers"
    period_rate: bool = False
    cuts: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class _Cell:
    row: str
    column: str


def report(session: Session, request: ExplainRequest) -> Result:
    """List the records behind a figure; stderr says what it means and what was left out.

    Raises InvalidValue for a report or a column that does not exist, NotFound for a row.
    """
    explainers: dict[str, Callable[[Session, ExplainRequest, scope.Scope, _Cell], _Found]] = {
        "segments": _segments,
        "retention": _period_rate if request.period_rate else _retention,
        "repeat": _repeat,
        "sales": _sales,
    }
    if request.name not in explainers:
        raise errors.InvalidValue(
            f"{request.name!r} is not a report", hint=f"reports are {', '.join(explainers)}"
        )
    row, colon, column = request.cell.rpartition(":")
    if not colon or not row or not column:
        raise errors.InvalidValue(
            f"{request.cell!r} is not a cell", hint="write ROW:COLUMN, such as 1997-01:3"
        )
    chosen = scope.read(session, request.bounds)
    found = explainers[request.name](session, request, chosen, _Cell(row, column))
    definition = REPORTS[request.name].definition
    if request.name == "retention":
        asked = retention.RetentionRequest(
            rolling=request.rolling, measure=request.measure, period_rate=request.period_rate
        )
        definition = retention.definition(asked)
    count = len(found.table.rows)
    nouns = found.table.noun if count == 1 else f"{found.table.noun}s"
    lines = [f"{request.name} {request.cell}: {count} {nouns}", definition, *found.notes]
    return Result(body=found.table, messages=[*chosen.messages, *(Message(line) for line in lines)])


@dataclass(frozen=True, slots=True)
class _Found:
    table: Table
    notes: Sequence[str]


def _contacts(rows: Iterable[Sequence[Any]]) -> Table:
    return Table(noun="contact", columns=CONTACT_COLUMNS, rows=list(rows), id_key="contact_id")


def _check_column(column: str, allowed: Iterable[str], report_name: str) -> None:
    known = list(allowed)
    if column in known:
        return
    from difflib import get_close_matches

    near = get_close_matches(column, known, 1)
    hint = f"did you mean {near[0]}? " if near else ""
    raise errors.InvalidValue(
        f"{report_name} has no column {column!r}", hint=f"{hint}columns are {', '.join(known)}"
    )


# -- segments -------------------------------------------------------------------------------


def _segments(
    session: Session, request: ExplainRequest, chosen: scope.Scope, cell: _Cell
) -> _Found:
    _check_column(
        cell.column, [column.key for column in segments.COLUMNS if column.key != "segment"],
        "segments",
    )  # fmt: skip
    segment = None if cell.row == ALL else segments.read_segment(session.reader, cell.row)
    scored = segments.score(session.reader, chosen, request.cuts, everybody=True)
    rows = segments.member_rows(session.reader, chosen, scored, segment)
    table = Table(noun="contact", columns=segments.MEMBER_COLUMNS, rows=rows, id_key="contact_id")
    notes = [f"As of {chosen.as_of}.", *segments.left_out(session.reader, chosen, scored)]
    return _Found(table, notes)


# -- retention ------------------------------------------------------------------------------


class _Column(NamedTuple):
    """Which cells of the retention table are meant: column ``offset`` of the cohorts from
    ``low`` to ``high``, as far as its period is not after ``latest``."""

    offset: int
    low: int
    high: int
    latest: int


def _retention(
    session: Session, request: ExplainRequest, chosen: scope.Scope, cell: _Cell
) -> _Found:
    unit = periods.check_unit(request.by or "month", retention.UNITS)
    grid = retention.read_grid(session.reader, chosen, unit, request.measure)
    cohorts = {row.number: row for row in retention.read_cohorts(grid, chosen, unit)}
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
        return _Found(_cohort_purchases(session, chosen, unit, meant), notes)
    found = source.days(session.reader, chosen.sql["as_of"], chosen.home, with_money=False)
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
    return _Found(_contacts(session.reader.execute(sql, parameters).fetchall()), notes)


def _index(text: str, row: str, width: int) -> int:
    if text == "size":
        return 0
    if text.isascii() and text.isdigit() and int(text) < width:
        return int(text)
    raise errors.InvalidValue(
        f"{row} has no column {text!r}", hint=f"columns are size and 0 to {width - 1}"
    )


def _cohort_purchases(session: Session, chosen: scope.Scope, unit: str, meant: _Column) -> Table:
    lines = source.lines(
        session.reader, {"since": source.BEGINNING, "as_of": chosen.sql["as_of"]}, chosen.home
    )
    period = source.PERIOD_NUMBER[unit]
    day = period.format(day="l.day")
    where = f"""
        {day} BETWEEN :low + :offset AND min(:high + :offset, :latest) AND {day} - :offset = (
            SELECT {period.format(day="min(e.day)")} FROM customer_days e
             WHERE e.contact_id = l.contact_id AND e.orders > 0 AND e.day <= :as_of)"""
    return _purchases(session, lines, where, meant._asdict())


def _period_rate(
    session: Session, request: ExplainRequest, chosen: scope.Scope, cell: _Cell
) -> _Found:
    from crm_cli.reports import period_rate

    unit = periods.check_unit(request.by or "month", retention.UNITS)
    columns = [column.key for column in period_rate.COLUMNS if column.key != "period"]
    _check_column(cell.column, columns, "retention --period-rate")
    number = periods.number_of_label(cell.row, unit)
    found = source.days(session.reader, chosen.sql["as_of"], chosen.home, with_money=False)
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
    rows = session.reader.execute(sql, {**found.parameters, "period": number}).fetchall()
    return _Found(_contacts(rows), [f"As of {chosen.as_of}."])


# -- repeat ---------------------------------------------------------------------------------


def _repeat(session: Session, request: ExplainRequest, chosen: scope.Scope, cell: _Cell) -> _Found:
    del request
    found = source.days(session.reader, chosen.sql["as_of"], chosen.home, with_money=False)
    totals = {
        "customers": "1",
        "repeaters": "b.orders > 1",
        "rate": "b.orders > 1",
        "repeaters_by_day": "b.order_days > 1",
        "rate_by_day": "b.order_days > 1",
        "median_gap_days": "b.order_days > 1",
        "gaps": "b.order_days > 1",
        "median_days_to_second": "b.orders > 1",
    }
    if cell.row == ALL:
        _check_column(cell.column, totals, "repeat")
        condition, number = totals[cell.column], 0
    else:
        _check_column(cell.column, [c.key for c in repeat.COLUMNS if c.key != "orders"], "repeat")
        known = [str(count) for count in range(1, repeat.MOST)] + [f"{repeat.MOST}+"]
        if cell.row not in known:
            raise errors.NotFound(
                f"repeat has no row {cell.row!r}", hint=f"rows are {', '.join(known)}, {ALL}"
            )
        number = int(cell.row.rstrip("+"))
        exactly = cell.column in {"customers", "share"} and number < repeat.MOST
        condition = "b.orders = :number" if exactly else "b.orders >= :number"
    sql = f"""
    WITH {repeat.customers_sql(found.sql)}
    SELECT b.contact_id, c.name, b.first_on,
           (SELECT max(d.day) FROM days d WHERE d.contact_id = b.contact_id AND d.orders > 0),
           b.orders, b.order_days
      FROM buyers b JOIN contacts c ON c.id = b.contact_id
     WHERE {condition} ORDER BY b.contact_id
    """
    parameters = {**chosen.sql, **found.parameters, "number": number}
    notes = [f"As of {chosen.as_of}; {chosen.span('first orders')}."]
    return _Found(_contacts(session.reader.execute(sql, parameters).fetchall()), notes)


# -- sales ----------------------------------------------------------------------------------


def _sales(session: Session, request: ExplainRequest, chosen: scope.Scope, cell: _Cell) -> _Found:
    asked = sales.SalesRequest(bounds=request.bounds, by=request.by, dimension=request.dimension)
    sales.check(asked)
    _check_column(cell.column, ("orders", "revenue", "returns", "average_order"), "sales")
    lines = source.lines(session.reader, sales_sums.bounded(chosen), chosen.home)
    conditions = {
        "orders": "x.order_on IS NOT NULL",
        "revenue": "1",
        "returns": "x.kind = 'return'",
        "average_order": "x.kind = 'sale'",
    }
    parameters: dict[str, Any] = {}
    where = conditions[cell.column]
    if cell.row != ALL:
        period_text, name = _sales_row(asked, cell.row)
        if asked.unit:
            day = "x.order_on" if cell.column == "orders" else "x.day"
            where += f" AND {source.PERIOD_NUMBER[asked.unit].format(day=day)} = :period"
            parameters["period"] = periods.number_of_label(period_text, asked.unit)
        if asked.groups.record_key and name and re.fullmatch(r"#[0-9]{1,18}", name):
            where += " AND x.grouped = :id"
            parameters["id"] = int(name[1:])
        elif asked.dimension:
            where += " AND x.name IS :name"
            parameters["name"] = name
    table = _purchases(
        session,
        lines._replace(sql=sales_sums.parts_sql(lines, chosen, asked.groups)),
        f"l.id IN (SELECT x.id FROM parts x WHERE {where})",
        parameters,
    )
    notes = [f"As of {chosen.as_of}; {chosen.span('purchases')}."]
    if cell.row != ALL and not table.rows:
        notes.append(f"No purchase lies behind {cell.row}.")
    return _Found(table, notes)


def _sales_row(asked: sales.SalesRequest, row: str) -> tuple[str, str | None]:
    """Split a row's name: ``2026-05``, ``Widget`` (``#7``: the one with that id) or
    ``2026-05/Widget``."""
    if not asked.dimension:
        return row, None
    period, value = row.split("/", 1) if asked.unit and "/" in row else ("", row)
    return period, None if value == sales.NO_VALUE else value


def _purchases(
    session: Session, lines: source.Lines, where: str, parameters: Mapping[str, Any]
) -> Table:
    found = session.reader.execute(
        f"""
        WITH {lines.sql}
        SELECT l.id, l.contact_id, c.name, l.day, l.order_number, l.kind, r.name,
               l.original_amount, l.original_currency, l.amount
          FROM lines l JOIN contacts c ON c.id = l.contact_id
               LEFT JOIN products r ON r.id = l.product_id
         WHERE {where} ORDER BY l.id
        """,
        {**lines.parameters, **parameters},
    )
    rows = [
        (
            *row[:7], money_text(row[7], row[8]), row[8],
            money_text(row[9] if row[5] == "sale" else -row[9], lines.currency), lines.currency,
        )
        for row in found.fetchall()
    ]  # fmt: skip
    return Table(noun="purchase", columns=PURCHASE_COLUMNS, rows=rows)
