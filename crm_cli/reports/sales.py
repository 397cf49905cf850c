"""Sales: orders, revenue and returns by period and by what was sold, where and to whom."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from crm_cli import errors
from crm_cli.domain import periods
from crm_cli.domain.rounding import quotient
from crm_cli.domain.values import money_text
from crm_cli.reports import REPORTS, scope, source
from crm_cli.reports.sales_sums import (
    DIMENSIONS,
    NOTHING,
    Dimension,
    Sums,
    bounded,
    from_days,
    from_lines,
    is_wide,
)
from crm_cli.result import Column, Kind, Look, Report, Result

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crm_cli.session import Session

DEFINITION = REPORTS["sales"].definition

MOST_FILLED = 5000
"""So many rows at most are shown with the periods in between; one wrong year would make
hundreds of thousands of empty days."""

NO_VALUE = "(none)"
"""How the row without a value of the dimension is named in a cell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SalesRequest:
    """What ``report sales`` was asked; without a unit and a dimension, by month."""

    bounds: scope.Bounds = field(default_factory=scope.Bounds)
    by: str | None = None
    dimension: str | None = None

    @property
    def unit(self) -> str | None:
        """The unit of the rows' periods, None for one row a dimension value."""
        return self.by or (None if self.dimension else "month")

    @property
    def groups(self) -> Dimension:
        """The dimension asked for; raises KeyError for one that ``check`` refuses."""
        return DIMENSIONS[self.dimension] if self.dimension else NOTHING


def check(request: SalesRequest) -> None:
    """Raise InvalidValue for a unit or a dimension that does not exist."""
    if request.by is not None:
        periods.check_unit(request.by)
    if request.dimension is not None and request.dimension not in DIMENSIONS:
        from difflib import get_close_matches

        near = get_close_matches(request.dimension, DIMENSIONS, 1)
        hint = f"did you mean {near[0]}? " if near else ""
        raise errors.InvalidValue(
            f"{request.dimension!r} is not a dimension",
            hint=f"{hint}dimensions are {', '.join(DIMENSIONS)}",
        )


def report(session: Session, request: SalesRequest) -> Result:
    """Sum orders, revenue and returns by period and dimension (``DEFINITION``).

    Rows: period and/or the dimension's name (null where a line has none; of ``currency`` it is
    original_currency, and amounts are converted where several meet; contacts and products have
    their id before it), orders, revenue (net), returns (positive), average_order, currency.
    Totals: orders, revenue, returns, currency. Raises InvalidValue, RateMissing.
    """
    check(request)
    chosen = scope.read(session, request.bounds)
    connection = chosen.reader(session)
    currency = source.one_currency(connection, chosen.sql["as_of"])
    if request.dimension is None and currency is not None and is_wide(connection, chosen):
        sums = from_days(connection, chosen, request.unit or "year")
    else:
        found = source.lines(connection, bounded(chosen), chosen.home, chosen.sql["as_of"])
        currency = found.currency
        sums = from_lines(connection, chosen, found, request.unit, request.groups)
    left_out = _fill(sums) if request.unit and not request.dimension else 0
    body = _table(chosen, request, currency or chosen.home, sums)
    notes = []
    if chosen.until is None or chosen.until > chosen.as_of:
        notes = source.later_note(connection, chosen.sql["as_of"])
    if left_out:
        first = body.rows[0]["period"]
        notes.append(
            f"Left out: {left_out} periods without any purchase; the first with one is {first}"
            " (narrow with --since or --period)."
        )
    body = body._replace(notes=[*body.notes, *notes])
    return scope.result(chosen, body)


# -- the table ------------------------------------------------------------------------------


def _fill(sums: Sums) -> int:
    """Add the periods in between: one without sales is a figure too. Return how many there
    were too many of, so that none was added."""
    numbers = [period for period, _ in sums.by_cell]
    span = range(min(numbers, default=0), max(numbers, default=-1) + 1)
    if len(span) > MOST_FILLED:
        return len(span) - len(numbers)
    for period in span:
        sums.by_cell.setdefault((period, None), [0, 0, 0])
    return 0


def _key(dimension: str) -> str:
    """Return the key of a dimension's value; ``currency`` is already that of the amounts."""
    return "original_currency" if dimension == "currency" else dimension


def _table(chosen: scope.Scope, request: SalesRequest, currency: str, sums: Sums) -> Report:
    unit, dimension, record_key = request.unit, request.dimension, request.groups.record_key

    def rank(cell: tuple[int, int | str | None]) -> tuple[Any, ...]:
        period, group = cell
        name = sums.names.get(group)
        first = period if unit else -sums.by_cell[cell][1]
        return first, name is None, name or "", group or 0

    order = sorted(sums.by_cell, key=rank)
    rows: list[dict[str, Any]] = []
    for period, group in order:
        row: dict[str, Any] = {"period": periods.label(period, unit)} if unit else {}
        if record_key:
            row[record_key] = group
        if dimension:
            row[_key(dimension)] = sums.names.get(group)
        rows.append({**row, **_figures(sums.by_cell[period, group], currency)})
    everything = [sum(column) for column in zip(*sums.by_cell.values(), strict=True)] or [0, 0, 0]
    everything[0] = sums.orders
    totals = _figures(everything, currency)
    columns = [Column("period", "Period")] if unit else []
    if record_key:
        columns.append(Column(record_key, "ID", Kind.ID))
    if dimension:
        label = "Paid in" if dimension == "currency" else dimension.capitalize()
        columns.append(Column(_key(dimension), label))
    heads = len(columns)
    columns += [
        Column("orders", "Orders", Kind.INTEGER),
        Column("revenue", "Revenue", Kind.MONEY),
        Column("returns", "Returns", Kind.MONEY),
        Column("average_order", "Avg order", Kind.MONEY),
        Column("currency", "Currency"),
    ]
    end = chosen.as_of if chosen.until is None else min(chosen.as_of, chosen.until)
    open_rows = [
        position
        for position, (period, _) in enumerate(order)
        if unit and not periods.is_closed(period, unit, end)
    ]
    return Report(
        name="sales",
        title=f"Sales by {' and '.join(filter(None, (unit, dimension)))}",
        definition=DEFINITION,
        parameters={**chosen.parameters, "by": unit, "dimension": dimension},
        rows=rows,
        totals={key: totals[key] for key in ("orders", "revenue", "returns", "currency")},
        columns=columns,
        cells=[tuple(row[column.key] for column in columns) for row in rows],
        footer=("all", *[None] * (heads - 1), *totals.values()),
        notes=_notes(chosen, request, [rows[position] for position in open_rows]),
        look=Look.BARS,
        picture_key="revenue",
        open_cells=frozenset(
            (position, column) for position in open_rows for column in range(heads, heads + 4)
        ),
    )


def _figures(sums: Sequence[int], currency: str) -> dict[str, Any]:
    orders, revenue, returns = sums
    return {
        "orders": orders,
        "revenue": money_text(revenue, currency),
        "returns": money_text(returns, currency),
        "average_order": (
            money_text(quotient(revenue + returns, orders), currency) if orders else None
        ),
        "currency": currency,
    }


def _notes(
    chosen: scope.Scope, request: SalesRequest, open_rows: Sequence[dict[str, Any]]
) -> list[str]:
    notes = [f"As of {chosen.as_of}; {chosen.span('purchases')}."]
    if open_rows:
        names = sorted({row["period"] for row in open_rows})
        notes.append(f"{', '.join(names)}: not covered to its last day.")
    unit, since = request.unit, chosen.since
    if unit and since and since > periods.first_day(periods.number_of(since, unit), unit):
        notes.append(f"{periods.label(periods.number_of(since, unit), unit)} begins with {since}.")
    if request.dimension and request.groups.column != "contact_id":
        notes.append(
            f"An order whose lines differ in {request.dimension} counts in each of their rows, and"
            " once in the total."
        )
    return notes
