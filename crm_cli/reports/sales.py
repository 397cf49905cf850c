"""Sales: orders, revenue and returns by period and by what was sold, where and to whom."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from crm_cli import errors
from crm_cli.domain import periods
from crm_cli.domain.values import money_text
from crm_cli.reports import REPORTS, scope, source
from crm_cli.result import Column, Kind, Look, Report, Result

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from crm_cli.session import Session

DEFINITION = REPORTS["sales"].definition

_PRODUCT = "LEFT JOIN products r ON r.id = l.product_id"
_CONTACT = "JOIN contacts c ON c.id = l.contact_id"
DIMENSIONS: dict[str, tuple[str, str, str]] = {
    "product": ("r.name", _PRODUCT, "product_id"),
    "category": ("r.category", _PRODUCT, "product_id"),
    "channel": ("l.channel", "", "channel"),
    "campaign": ("l.campaign", "", "campaign"),
    "contact": ("c.name", _CONTACT, "contact_id"),
    "owner": ("c.owner", _CONTACT, "contact_id"),
    "source": ("c.source", _CONTACT, "contact_id"),
    "currency": ("l.original_currency", "", "original_currency"),
}
"""Dimension -> (SQL of its value, the join it needs, the column of a line that decides it)."""

MOST_FILLED = 5000
"""So many rows at most are shown with the periods in between; one wrong year would make
hundreds of thousands of empty days."""

NO_VALUE = "(none)"
"""How a missing dimension value is written in the table and in a cell's name."""


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


def bounded(chosen: scope.Scope) -> dict[str, str]:
    """Return the days that count: the period, cut at the as-of day."""
    sql = chosen.sql
    return {"since": sql["since"], "as_of": min(sql["as_of"], sql["until"])}


def _dimension(request: SalesRequest) -> tuple[str, str, str]:
    return DIMENSIONS[request.dimension] if request.dimension else ("NULL", "", "NULL")


def openings_sql(chosen: scope.Scope) -> str:
    """Return the CTE ``openings (contact_id, order_number, order_on)``: the orders with a
    number, each with its first day, leaving out those that began before the period."""
    earlier = ""
    if chosen.since is not None:
        earlier = (
            " AND NOT EXISTS (SELECT 1 FROM purchases e WHERE e.contact_id = n.contact_id"
            " AND e.kind = 'sale' AND e.order_number = n.order_number"
            " AND e.purchased_on < :since)"
        )
    return f"""
    openings AS (
        SELECT n.contact_id, n.order_number, min(n.day) AS order_on
          FROM lines n WHERE n.order_number IS NOT NULL AND n.kind = 'sale'{earlier}
         GROUP BY n.contact_id, n.order_number
    )"""


def parts_sql(found: source.Lines, chosen: scope.Scope, request: SalesRequest) -> str:
    """Return the WITH clause of ``parts (id, kind, day, order_on, value)``: the lines with the
    day of their order (NULL for returns and for an order begun before the period) and with
    their dimension value."""
    value, join, _ = _dimension(request)
    return f"""
    {found.sql}, {openings_sql(chosen)},
    parts AS (
        SELECT l.id, l.kind, l.day, {value} AS value,
               CASE WHEN l.kind = 'sale' THEN
                   CASE WHEN l.order_number IS NULL THEN l.day ELSE o.order_on END END AS order_on
          FROM lines l {join}
               LEFT JOIN openings o
                 ON o.contact_id = l.contact_id AND o.order_number = l.order_number
    )"""


def report(session: Session, request: SalesRequest) -> Result:
    """Sum orders, revenue and returns by period and dimension (``DEFINITION``).

    Rows: period and/or the dimension's name (null where a line has none; of ``currency`` it is
    original_currency, and amounts are converted where several meet), orders, revenue
    (net), returns (positive), average_order, currency. Totals: orders, revenue, returns,
    currency. Raises InvalidValue, RateMissing.
    """
    check(request)
    chosen = scope.read(session, request.bounds)
    connection = session.reader
    currency = source.whole_currency(connection)
    if request.dimension is None and currency is not None and _is_wide(connection, chosen):
        sums = _from_days(connection, chosen, request)
        all_orders = sum(orders for orders, _, _ in sums.values())
    else:
        found = source.lines(connection, bounded(chosen), chosen.home)
        currency = found.currency
        sums, all_orders = _from_lines(connection, chosen, request, found)
    left_out = _fill(sums) if request.unit and not request.dimension else 0
    body = _table(chosen, request, currency or chosen.home, sums, all_orders)
    if left_out:
        first = body.rows[0]["period"]
        note = (
            f"Left out: {left_out} periods without any purchase; the first with one is {first}"
            " (narrow with --since or --period)."
        )
        body = body._replace(notes=[*body.notes, note])
    return Result(body=body, messages=chosen.messages)


# -- the sums -------------------------------------------------------------------------------

Sums = dict[tuple[int, str | None], list[int]]
"""(period, dimension value) -> orders, revenue, returns."""

_MANY = 20_000


def _is_wide(connection: sqlite3.Connection, chosen: scope.Scope) -> bool:
    """Say whether the bounds hold so many purchases that one pass over all days is quicker
    than looking each purchase up."""
    if chosen.since is None:
        return True
    (count,) = connection.execute(
        "SELECT count(*) FROM (SELECT 1 FROM purchases"
        f" WHERE purchased_on BETWEEN :since AND :as_of LIMIT {_MANY})",
        bounded(chosen),
    ).fetchone()
    return bool(count == _MANY)


def _from_days(connection: sqlite3.Connection, chosen: scope.Scope, request: SalesRequest) -> Sums:
    """Sum what is kept by day: orders on their first day, revenue net of returns.

    The days do not tell returns apart; these are few, and read from the purchases.
    """
    unit = request.unit or "year"
    months = {"month": 1, "quarter": 3, "year": 12}.get(unit)
    number = source.PERIOD_NUMBER[unit]
    period = f"month / {months}" if months else number.format(day="day")
    # Days are gathered as texts, and only each one's sum is given the number of its period.
    key = "month" if months else "day"
    sums: Sums = {
        (row[0], None): [row[1], row[2], 0]
        for row in connection.execute(
            f"SELECT {period}, sum(orders), sum(revenue) FROM ("
            f"  SELECT {key}, sum(orders) AS orders, sum(revenue) AS revenue FROM customer_days"
            f"   WHERE day BETWEEN :since AND :as_of GROUP BY {key})"
            " GROUP BY 1",
            bounded(chosen),
        ).fetchall()
    }
    for found, returns in connection.execute(
        f"SELECT {number.format(day='purchased_on')}, sum(amount) FROM purchases NOT INDEXED"
        " WHERE kind = 'return' AND purchased_on BETWEEN :since AND :as_of GROUP BY 1",
        bounded(chosen),
    ).fetchall():
        sums[found, None][2] = returns
    return sums


def _from_lines(
    connection: sqlite3.Connection,
    chosen: scope.Scope,
    request: SalesRequest,
    found: source.Lines,
) -> tuple[Sums, int]:
    """Sum the purchases themselves; the second value is the number of all orders."""
    number = source.PERIOD_NUMBER[request.unit] if request.unit else "0"
    value, join, column = _dimension(request)
    sums: Sums = {}
    all_orders = 0
    # Joined once a group, not once a line.
    for period, name, orders, revenue, returns in connection.execute(
        f"WITH {found.sql} SELECT period, {value}, sum(orders), sum(revenue), sum(returns) FROM ("
        f"  SELECT {number.format(day='day')} AS period, {column},"
        "          sum(kind = 'sale' AND order_number IS NULL) AS orders,"
        "          sum(CASE kind WHEN 'sale' THEN amount ELSE -amount END) AS revenue,"
        "          sum(CASE kind WHEN 'return' THEN amount ELSE 0 END) AS returns"
        f"    FROM lines GROUP BY 1, 2) l {join} GROUP BY 1, 2",
        found.parameters,
    ).fetchall():
        sums[period, name] = [orders, revenue, returns]
        all_orders += orders
    openings = f"{found.sql}, {openings_sql(chosen)}"
    (numbered,) = connection.execute(
        f"WITH {openings} SELECT count(*) FROM openings", found.parameters
    ).fetchone()
    if not numbered:
        return sums, all_orders
    for period, name, orders in connection.execute(
        f"WITH {openings} SELECT {number.format(day='order_on')}, value, count(*) FROM ("
        f"   SELECT DISTINCT o.contact_id, o.order_number, o.order_on, {value} AS value"
        "      FROM openings o JOIN lines l"
        "        ON l.contact_id = o.contact_id AND l.order_number = o.order_number"
        f"      {join} WHERE l.kind = 'sale')"
        " GROUP BY 1, 2"
        if request.dimension
        else f"WITH {openings} SELECT {number.format(day='order_on')}, NULL, count(*)"
        " FROM openings GROUP BY 1",
        found.parameters,
    ).fetchall():
        sums.setdefault((period, name), [0, 0, 0])[0] += orders
    return sums, all_orders + int(numbered)


# -- the table ------------------------------------------------------------------------------


def _fill(sums: Sums) -> int:
    """Add the periods in between: one without sales is a figure too. Return how many there
    were too many of, so that none was added."""
    numbers = [period for period, _ in sums]
    span = range(min(numbers, default=0), max(numbers, default=-1) + 1)
    if len(span) > MOST_FILLED:
        return len(span) - len(sums)
    for period in span:
        sums.setdefault((period, None), [0, 0, 0])
    return 0


def _key(dimension: str) -> str:
    """Return the key of a dimension's value; ``currency`` is already that of the amounts."""
    return "original_currency" if dimension == "currency" else dimension


def _table(
    chosen: scope.Scope,
    request: SalesRequest,
    currency: str,
    sums: Sums,
    all_orders: int,
) -> Report:
    unit, dimension = request.unit, request.dimension
    if unit:
        order = sorted(sums, key=lambda key: (key[0], key[1] is None, key[1] or ""))
    else:
        order = sorted(sums, key=lambda key: (-sums[key][1], key[1] is None, key[1] or ""))
    rows: list[dict[str, Any]] = []
    for period, value in order:
        row: dict[str, Any] = {}
        if unit:
            row["period"] = periods.label(period, unit)
        if dimension:
            row[_key(dimension)] = value
        rows.append({**row, **_figures(sums[period, value], currency)})
    everything = [sum(column) for column in zip(*sums.values(), strict=True)] or [0, 0, 0]
    everything[0] = all_orders
    totals = _figures(everything, currency)
    columns: list[Column] = []
    if unit:
        columns.append(Column("period", "Period"))
    if dimension:
        columns.append(
            Column(
                _key(dimension), "Paid in" if dimension == "currency" else dimension.capitalize()
            )
        )
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
            money_text((2 * (revenue + returns) + orders) // (2 * orders), currency)
            if orders
            else None
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
    if request.dimension:
        notes.append(
            f"An order with lines of several {request.dimension} values counts in each of them,"
            " and once in the total."
        )
    return notes
