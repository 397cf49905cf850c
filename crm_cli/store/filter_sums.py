"""Filters on what customers bought: orders, revenue, first and last purchase."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

from crm_cli.store.filter_sources import Source
from crm_cli.store.filter_tests import comparison

if TYPE_CHECKING:
    import sqlite3

    from crm_cli.store.filter_tests import Parameters, Test

SUMS = frozenset({"orders", "revenue", "first_purchase", "last_purchase"})


class World(NamedTuple):
    """What sums depend on: today, whether purchases lie after it, the currency they are in,
    and (id, minor units) of those whose revenue was converted, as JSON."""

    today: str = "9999-12-31"
    has_later: bool = False
    currency: str = ""
    converted: str | None = None


# The summary knows every purchase; whoever has one after today is summed up anew to today.
_LATER = "(SELECT contact_id FROM purchases WHERE purchased_on > :w_today)"
_SUMS_TO_TODAY = f"""(
    SELECT contact_id, orders, revenue, currency, first_on, last_day FROM customers
     WHERE contact_id NOT IN {_LATER}
    UNION ALL
    SELECT contact_id, sum(orders), CASE WHEN min(currency) = max(currency) THEN sum(revenue) END,
           CASE WHEN min(currency) = max(currency) THEN min(currency) END,
           min(CASE WHEN orders > 0 THEN day END),
           CAST(julianday(max(CASE WHEN orders > 0 THEN day END)) - 1721425.5 AS INTEGER)
      FROM customer_days WHERE contact_id IN {_LATER} AND day <= :w_today GROUP BY contact_id)"""


def has_later(connection: sqlite3.Connection, today: str) -> bool:
    """Say whether a purchase lies after today."""
    sql = "SELECT 1 FROM purchases WHERE purchased_on > ? LIMIT 1"
    return connection.execute(sql, (today,)).fetchone() is not None


def foreign_money(
    connection: sqlite3.Connection, home: str, today: str
) -> list[tuple[int, str, str, int]]:
    """Return (contact_id, day, currency, net minor units) of every purchase up to today by
    those who did not pay in the home currency alone."""
    return connection.execute(
        "SELECT p.contact_id, p.purchased_on, p.currency,"
        "       CASE p.kind WHEN 'sale' THEN p.amount ELSE -p.amount END"
        "  FROM customers s JOIN purchases p ON p.contact_id = s.contact_id"
        " WHERE s.currency IS NOT :home AND p.purchased_on <= :today",
        {"home": home, "today": today},
    ).fetchall()


_OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}


def sum_condition(test: Test, world: World, holder: Parameters, *, is_led: bool) -> str:
    """Return the condition on a sum: orders, revenue, first or last purchase."""
    table = "customers"
    if world.has_later:
        table = _SUMS_TO_TODAY
        holder.values["w_today"] = world.today
    chosen = f"c.id IN (SELECT s.contact_id FROM {table} s WHERE {{}})"
    if test.field.name == "revenue":
        return _revenue_condition(test, world, table, holder, is_led=is_led)
    if is_led and not world.has_later:
        chosen = f"EXISTS (SELECT 1 FROM {table} s WHERE s.contact_id = c.id AND {{}})"
    if test.field.name == "orders":
        if test.sign == "empty":
            return "0"
        # Who bought nothing has no row there: then the others are those to be left out.
        if not _holds_for_none(test):
            return chosen.format(comparison(test, Source("s.orders"), holder))
        if test.sign in _OPPOSITE:
            opposite = test._replace(sign=_OPPOSITE[test.sign])
            rest = comparison(opposite, Source("s.orders"), holder)
        else:
            rest = f"NOT {comparison(test, Source('s.orders'), holder)}"
        return f"NOT {chosen.format(rest)}"
    column = "first_on"
    if test.field.name == "last_purchase":
        column = "last_day"
        test = test._replace(values=tuple(map(_day_number, test.values)))
    if test.sign == "empty":
        return f"NOT {chosen.format('s.orders > 0')}"
    compared = comparison(test, Source(f"s.{column}"), holder)
    return chosen.format(f"s.orders > 0 AND {compared}")


def _revenue_condition(
    test: Test, world: World, table: str, holder: Parameters, *, is_led: bool
) -> str:
    holder.values["w_currency"] = world.currency
    if is_led and not world.has_later and world.converted is None:
        chosen = (
            "EXISTS (SELECT 1 FROM customers s WHERE s.contact_id = c.id"
            f" AND s.currency = :w_currency AND {_revenue_comparison(test, 's.revenue', holder)})"
        )
        return f"NOT {chosen}" if test.sign == "empty" else chosen
    parts = []
    # In two parts, because the index holds those who ordered.
    for ordered in ("s.orders > 0", "s.orders = 0"):
        compared = _revenue_comparison(test, "s.revenue", holder)
        parts.append(
            f"SELECT s.contact_id FROM {table} s"
            f" WHERE {ordered} AND s.currency = :w_currency AND {compared}"
        )
    if world.converted is not None:
        holder.values["w_converted"] = world.converted
        compared = _revenue_comparison(test, "json_extract(value, '$[1]')", holder)
        parts.append(
            f"SELECT json_extract(value, '$[0]') FROM json_each(:w_converted) WHERE {compared}"
        )
    chosen = f"c.id IN ({' UNION ALL '.join(parts)})"
    return f"NOT {chosen}" if test.sign == "empty" else chosen


def _revenue_comparison(test: Test, column: str, holder: Parameters) -> str:
    if test.sign == "empty":
        return f"{column} IS NOT NULL"
    return comparison(test, Source(column), holder)


def _holds_for_none(test: Test) -> bool:
    """Say whether a test of a number holds for zero."""
    if test.sign == "span":
        return any(low <= 0 <= high for low, high in test.values)
    (bound,) = map(int, test.values)
    return {"<": bound > 0, "<=": bound >= 0, ">": bound < 0, ">=": bound <= 0}[test.sign]


def _day_number(day: Any) -> Any:
    """Return an ISO day, or a pair of them, as days since 0001-01-01."""
    if isinstance(day, tuple):
        return tuple(map(_day_number, day))
    return date.fromisoformat(day).toordinal() - 1
