"""Repeat buyers: how many came again, how often, and after how many days."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from crm_cli.domain.rounding import ratio
from crm_cli.reports import REPORTS, scope, source
from crm_cli.result import Column, Kind, Look, Report, Result

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from crm_cli.session import Session
    from crm_cli.store.population import Reader

DEFINITION = REPORTS["repeat"].definition

MOST = 10
"""Customers with so many orders and more share the last row."""

_BASE = MOST + 1

COLUMNS = (
    Column("orders", "Orders"),
    Column("customers", "Customers", Kind.INTEGER),
    Column("share", "Share", Kind.RATE),
    Column("at_least", "At least", Kind.INTEGER),
    Column("next_rate", "Ordered again", Kind.RATE),
    Column("median_days", "Median days since the one before", Kind.NUMBER),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RepeatRequest:
    """What ``report repeat`` was asked; a period selects customers by their first order."""

    bounds: scope.Bounds = field(default_factory=scope.Bounds)


def customers_sql(days: str) -> str:
    """Return the WITH clause of ``days`` and of ``buyers (contact_id, first_on, orders,
    order_days)``, those whose first order lies between ``:since`` and ``:until``."""
    return f"""
    {days},
    buyers AS (
        SELECT contact_id, min(day) AS first_on, sum(orders) AS orders, count(*) AS order_days
          FROM days WHERE orders > 0 GROUP BY contact_id
        HAVING min(day) BETWEEN :since AND :until
    )"""


def report(session: Session, request: RepeatRequest) -> Result:
    """Count customers by number of orders, and the days between orders (``DEFINITION``).

    Rows: orders ("1" to "9", "10+"), customers, share, at_least (customers with so many orders
    or more), next_rate (the share of these who ordered once more), median_days (from the order
    before to this one). Totals: customers, repeaters, rate, repeaters_by_day, rate_by_day,
    median_gap_days, gaps, median_days_to_second.
    """
    chosen = scope.read(session, request.bounds)
    connection = chosen.reader(session)
    found = source.days(connection, chosen.sql["as_of"], chosen.home, with_money=False)
    parameters = {**chosen.sql, **found.parameters}
    with_buyers = customers_sql(found.sql)
    by_orders: Counter[int] = Counter()
    by_day = 0
    for orders, order_days, customers in connection.execute(
        f"WITH {with_buyers} SELECT orders, order_days > 1, count(*) FROM buyers GROUP BY 1, 2",
        parameters,
    ).fetchall():
        by_orders[orders] += customers
        by_day += customers if order_days else 0
    gaps, waits = _gaps(connection, found.sql, parameters)
    body = _table(chosen, by_orders, by_day, gaps, waits)
    return scope.result(chosen, body)


def _gaps(
    connection: Reader, days: str, parameters: Mapping[str, str]
) -> tuple[Counter[int], dict[int, Counter[int]]]:
    """Return how often each gap between days with an order occurs, and by the number of the
    order how many days passed since the one before (0 within a day)."""
    # Ordered by the day as it is kept, no sort is needed; ROWS, because each day comes once; and
    # three numbers are packed into one key, which is grouped in three quarters of the time.
    sql = f"""
    WITH {days},
    numbered AS (
        SELECT d.contact_id AS contact_id, d.day AS day, d.orders AS orders,
               {source.DAY_NUMBER.format(day="d.day")} AS number
          FROM customers c CROSS JOIN days d ON d.contact_id = c.contact_id
         WHERE d.orders > 0 AND c.first_on BETWEEN :since AND :until
    ),
    steps AS (
        SELECT (coalesce(number - lag(number) OVER earlier, -1) + 1) * {_BASE * _BASE}
               + min(orders, {MOST}) * {_BASE}
               + min(sum(orders) OVER earlier - orders, {MOST}) AS step
          FROM numbered
        WINDOW earlier AS (PARTITION BY contact_id ORDER BY day ROWS UNBOUNDED PRECEDING)
    )
    SELECT step, count(*) FROM steps GROUP BY step
    """
    gaps: Counter[int] = Counter()
    waits: dict[int, Counter[int]] = {}
    for step, count in connection.execute(sql, parameters).fetchall():
        rest, before = divmod(step, _BASE)
        passed, orders = divmod(rest, _BASE)
        gap = passed - 1 if passed else None
        if gap is not None:
            gaps[gap] += count
            waits.setdefault(min(before + 1, MOST), Counter())[gap] += count
        # More orders on the same day followed at once.
        for number in range(before + 2, before + orders + 1):
            if number < MOST:
                waits.setdefault(number, Counter())[0] += count
    return gaps, waits


def median(counted: Mapping[int, int]) -> float | None:
    """Return the median of values given with their counts, None without any."""
    total = sum(counted.values())
    if not total:
        return None
    wanted = ((total - 1) // 2, total // 2)
    low = high = 0
    passed = 0
    for value in sorted(counted):
        if passed <= wanted[0] < passed + counted[value]:
            low = value
        if passed <= wanted[1] < passed + counted[value]:
            high = value
        passed += counted[value]
    return (low + high) // 2 if (low + high) % 2 == 0 else (low + high) / 2


def _table(
    chosen: scope.Scope,
    by_orders: Counter[int],
    by_day: int,
    gaps: Counter[int],
    waits: Mapping[int, Counter[int]],
) -> Report:
    everyone = sum(by_orders.values())
    rows: list[dict[str, Any]] = []
    for number in range(1, MOST + 1):
        at_least = _at_least(by_orders, number)
        exactly = at_least - _at_least(by_orders, number + 1)
        is_last = number == MOST
        following = None if is_last else _at_least(by_orders, number + 1)
        rows.append(
            {
                "orders": f"{number}+" if is_last else str(number),
                "customers": at_least if is_last else exactly,
                "share": ratio(at_least if is_last else exactly, everyone),
                "at_least": at_least,
                "next_rate": None if following is None else ratio(following, at_least),
                "median_days": None if is_last else median(waits.get(number, {})),
            }
        )
    repeaters = _at_least(by_orders, 2)
    totals = {
        "customers": everyone,
        "repeaters": repeaters,
        "rate": ratio(repeaters, everyone),
        "repeaters_by_day": by_day,
        "rate_by_day": ratio(by_day, everyone),
        "median_gap_days": median(gaps),
        "gaps": sum(gaps.values()),
        "median_days_to_second": median(waits.get(2, {})),
    }
    return Report(
        name="repeat",
        title=f"Repeat buyers as of {chosen.as_of}",
        definition=DEFINITION,
        parameters=chosen.parameters,
        rows=rows,
        totals=totals,
        columns=COLUMNS,
        cells=[tuple(row.values()) for row in rows],
        footer=("all", everyone, ratio(everyone, everyone), everyone, None, None),
        notes=list(_notes(chosen, totals)),
        look=Look.BARS,
        picture_key="customers",
    )


def _at_least(by_orders: Counter[int], number: int) -> int:
    return sum(count for orders, count in by_orders.items() if orders >= number)


def _notes(chosen: scope.Scope, totals: Mapping[str, Any]) -> Iterable[str]:
    def percent(value: float | None) -> str:
        return "no rate" if value is None else f"{value * 100:.2f} %"

    yield (
        f"{totals['repeaters']} of {scope.counted(totals['customers'], 'customer')} ordered twice"
        f" or more:"
        f" {percent(totals['rate'])}; on two or more days {totals['repeaters_by_day']}:"
        f" {percent(totals['rate_by_day'])}."
    )
    if totals["gaps"]:
        yield (
            f"{scope.counted(totals['gaps'], 'gap')} between days with an order, median"
            f" {totals['median_gap_days']} days; to the second order"
            f" {totals['median_days_to_second']} days."
        )
    yield f"As of {chosen.as_of}; {chosen.span('first orders')}. Left out: what lies after it."
