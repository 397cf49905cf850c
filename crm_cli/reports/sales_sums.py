"""What ``report sales`` adds up: from the days as they are kept, or from the purchases."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from crm_cli.reports import source

if TYPE_CHECKING:
    from crm_cli.reports.scope import Scope
    from crm_cli.store.population import Reader


class Dimension(NamedTuple):
    """What lines are grouped by: SQL of the name people see and of what tells two groups apart,
    the join they need, and the column of a line that decides both.

    ``record_key`` is the JSON key of the record's id where a group is a record: two contacts may
    have one name.
    """

    name: str
    group: str
    join: str
    column: str
    record_key: str | None = None


_PRODUCT = "LEFT JOIN products r ON r.id = l.product_id"
_CONTACT = "JOIN contacts c ON c.id = l.contact_id"


def _by_value(value: str, join: str, column: str) -> Dimension:
    return Dimension(name=value, group=value, join=join, column=column)


DIMENSIONS: dict[str, Dimension] = {
    "product": Dimension("r.name", "l.product_id", _PRODUCT, "product_id", "product_id"),
    "category": _by_value("r.category", _PRODUCT, "product_id"),
    "channel": _by_value("l.channel", "", "channel"),
    "campaign": _by_value("l.campaign", "", "campaign"),
    "contact": Dimension("c.name", "l.contact_id", _CONTACT, "contact_id", "contact_id"),
    "owner": _by_value("c.owner", _CONTACT, "contact_id"),
    "source": _by_value("c.source", _CONTACT, "contact_id"),
    "currency": _by_value("l.original_currency", "", "original_currency"),
}
"""Dimension -> how it is read."""

NOTHING = _by_value("NULL", "", "NULL")
"""No dimension: everything is one group."""


class Sums(NamedTuple):
    """(period, group) -> orders, revenue, returns in minor units; the groups' names; and the
    number of all orders, which is less than the sum where one has lines in several groups."""

    by_cell: dict[tuple[int, int | str | None], list[int]]
    names: dict[int | str | None, str | None]
    orders: int


def bounded(chosen: Scope) -> dict[str, str]:
    """Return the days that count: the period, cut at the as-of day."""
    sql = chosen.sql
    return {"since": sql["since"], "as_of": min(sql["as_of"], sql["until"])}


def openings_sql(chosen: Scope) -> str:
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


def parts_sql(found: source.Lines, chosen: Scope, dimension: Dimension) -> str:
    """Return the WITH clause of ``parts (id, kind, day, name, grouped, order_on)``: the lines
    with their group and with the day of their order (NULL for returns and for an order begun
    before the period)."""
    return f"""
    {found.sql}, {openings_sql(chosen)},
    parts AS (
        SELECT l.id, l.kind, l.day, {dimension.name} AS name, {dimension.group} AS grouped,
               CASE WHEN l.kind = 'sale' THEN
                   CASE WHEN l.order_number IS NULL THEN l.day ELSE o.order_on END END AS order_on
          FROM lines l {dimension.join}
               LEFT JOIN openings o
                 ON o.contact_id = l.contact_id AND o.order_number = l.order_number
    )"""


_MANY = 20_000


def is_wide(connection: Reader, chosen: Scope) -> bool:
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


def from_days(connection: Reader, chosen: Scope, unit: str) -> Sums:
    """Sum what is kept by day: orders on their first day, revenue net of returns.

    The days do not tell returns apart; these are few, and read from the purchases.
    """
    months = {"month": 1, "quarter": 3, "year": 12}.get(unit)
    number = source.PERIOD_NUMBER[unit]
    period = f"month / {months}" if months else number.format(day="day")
    # Days are gathered as texts, and only each one's sum is given the number of its period.
    key = "month" if months else "day"
    sums: dict[tuple[int, int | str | None], list[int]] = {
        (row[0], None): [row[1], row[2], 0]
        for row in connection.execute(
            f"SELECT {period}, sum(orders), sum(revenue) FROM ("
            f"  SELECT {key}, sum(orders) AS orders, sum(revenue) AS revenue FROM customer_days"
            f"   WHERE day BETWEEN :since AND :as_of GROUP BY {key})"
            " GROUP BY 1",
            bounded(chosen),
        ).fetchall()
    }
    # The sign does for some contacts what NOT INDEXED does for all.
    for found, returns in connection.execute(
        f"SELECT {number.format(day='purchased_on')}, sum(amount) FROM purchases NOT INDEXED"
        " WHERE kind = 'return' AND +purchased_on BETWEEN :since AND :as_of GROUP BY 1",
        bounded(chosen),
    ).fetchall():
        sums[found, None][2] = returns
    return Sums(sums, {None: None}, sum(orders for orders, _, _ in sums.values()))


def from_lines(
    connection: Reader,
    chosen: Scope,
    found: source.Lines,
    unit: str | None,
    dimension: Dimension = NOTHING,
) -> Sums:
    """Sum the purchases themselves, by period (0 without a unit) and group."""
    number = source.PERIOD_NUMBER[unit] if unit else "0"
    sums: dict[tuple[int, int | str | None], list[int]] = {}
    names: dict[int | str | None, str | None] = {}
    all_orders = 0
    # Joined once a group, not once a line.
    for period, group, name, orders, revenue, returns in connection.execute(
        f"WITH {found.sql} SELECT period, {dimension.group}, {dimension.name}, sum(orders),"
        "         sum(revenue), sum(returns) FROM ("
        f"  SELECT {number.format(day='day')} AS period, {dimension.column},"
        "          sum(kind = 'sale' AND order_number IS NULL) AS orders,"
        "          sum(CASE kind WHEN 'sale' THEN amount ELSE -amount END) AS revenue,"
        "          sum(CASE kind WHEN 'return' THEN amount ELSE 0 END) AS returns"
        f"    FROM lines GROUP BY 1, 2) l {dimension.join} GROUP BY 1, 2",
        found.parameters,
    ).fetchall():
        sums[period, group] = [orders, revenue, returns]
        names[group] = name
        all_orders += orders
    openings = f"{found.sql}, {openings_sql(chosen)}"
    (numbered,) = connection.execute(
        f"WITH {openings} SELECT count(*) FROM openings", found.parameters
    ).fetchone()
    if not numbered:
        return Sums(sums, names, all_orders)
    for period, group, orders in connection.execute(
        f"WITH {openings} SELECT {number.format(day='order_on')}, NULL, count(*)"
        " FROM openings GROUP BY 1"
        if dimension is NOTHING
        else f"WITH {openings} SELECT {number.format(day='order_on')}, grouped, count(*) FROM ("
        f"   SELECT DISTINCT o.contact_id, o.order_number, o.order_on,"
        f"          {dimension.group} AS grouped"
        "      FROM openings o JOIN lines l"
        "        ON l.contact_id = o.contact_id AND l.order_number = o.order_number"
        f"      {dimension.join} WHERE l.kind = 'sale')"
        " GROUP BY 1, 2",
        found.parameters,
    ).fetchall():
        sums.setdefault((period, group), [0, 0, 0])[0] += orders
    return Sums(sums, names, all_orders + int(numbered))
