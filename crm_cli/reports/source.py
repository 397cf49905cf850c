"""Where a report's figures come from: the summaries, the days, or the purchases themselves.

As of today the summaries answer. A past day, weeks and gaps read ``customer_days``, which
holds whole days and so can be cut at any of them. Amounts in several currencies are converted
row by row, which only the purchases themselves allow.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from crm_cli import errors
from crm_cli.domain.values import money_text
from crm_cli.reports.scope import counted
from crm_cli.store import population, rates

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crm_cli.domain.rates import RateBook
    from crm_cli.store.population import Reader

DAY_NUMBER = "CAST(julianday({day}) - 1721425.5 AS INTEGER)"
"""Days since 0001-01-01, as ``date.toordinal() - 1``."""

PERIOD_NUMBER = {
    "day": DAY_NUMBER,
    "week": "(CAST(julianday({day}) - 1721425.5 AS INTEGER) / 7)",
    "month": "(substr({day}, 1, 4) * 12 + substr({day}, 6, 2) - 1)",
    "quarter": "((substr({day}, 1, 4) * 12 + substr({day}, 6, 2) - 1) / 3)",
    "year": "(substr({day}, 1, 4) + 0)",
}
"""SQL for the number of the period a day lies in, the same as ``periods.number_of``."""


def is_current(connection: Reader, as_of: str) -> bool:
    """Say whether no purchase lies after ``as_of``, so that the summaries stand for that day."""
    # The end of an index; of some contacts' purchases no index tells the last day.
    whole = population.whole(connection)
    (newest,) = whole.execute("SELECT max(purchased_on) FROM purchases").fetchone()
    if newest is None or newest <= as_of or whole is connection:
        return newest is None or newest <= as_of
    (is_later,) = connection.execute(
        "SELECT EXISTS (SELECT 1 FROM customer_days WHERE day > :as_of)", {"as_of": as_of}
    ).fetchone()
    return not is_later


def later_note(connection: Reader, as_of: str) -> list[str]:
    """Say how many purchases and returns lie after the as-of day, if any do."""
    if is_current(connection, as_of):
        return []
    (later,) = connection.execute(
        "SELECT count(*) FROM purchases WHERE purchased_on > :as_of", {"as_of": as_of}
    ).fetchone()
    return [f"Left out: {counted(later, 'purchase')} after {as_of}."]


def one_currency(connection: Reader, as_of: str) -> str | None:
    """Return the currency of all purchases and returns there are up to a day, ``""`` without
    any, None for several; a report's period is of no account in this.

    The summaries tell it of the whole store by looking into two indexes. Only where several
    currencies are in it, and purchases after ``as_of``, the days are read as well.
    """
    low, high, mixed = connection.execute(
        "SELECT (SELECT min(currency) FROM customers WHERE orders > 0),"
        " (SELECT max(currency) FROM customers WHERE orders > 0),"
        " EXISTS (SELECT 1 FROM customers WHERE orders > 0 AND currency IS NULL)"
    ).fetchone()
    others = connection.execute(
        "SELECT DISTINCT currency FROM customers WHERE orders = 0"
    ).fetchall()
    found = ({low, high} - {None}) | {code for (code,) in others}
    if not mixed and len(found) <= 1 and None not in found:
        return str(found.pop()) if found else ""
    if is_current(connection, as_of):
        return None
    codes = connection.execute(
        "SELECT DISTINCT currency FROM customer_days WHERE day <= :as_of LIMIT 2", {"as_of": as_of}
    ).fetchall()
    if len(codes) > 1:
        return None
    return str(codes[0][0]) if codes else ""


class Days(NamedTuple):
    """A statement's WITH clause that defines ``days (contact_id, day, orders, revenue)``: one
    row a contact and day up to ``:as_of``, orders on the day they begin, revenue in minor
    units of ``currency``."""

    sql: str
    parameters: Mapping[str, str]
    currency: str


def days(
    connection: Reader,
    as_of: str,
    home: str,
    *,
    with_money: bool = True,
    cohort: tuple[str, str] | None = None,
) -> Days:
    """Return the days up to ``as_of``; without money, currencies do not matter.

    ``cohort``: only who first ordered from one day to another is looked at, as in ``lines``.
    Raises RateMissing when amounts in several currencies meet without a rate.
    """
    currency = one_currency(connection, as_of)
    if currency is not None:
        return Days(
            "days AS (SELECT contact_id, day, orders, revenue FROM customer_days"
            " WHERE day <= :as_of)",
            {"as_of": as_of},
            currency or home,
        )
    if not with_money:
        return Days(
            "days AS (SELECT contact_id, day, sum(orders) AS orders, 0 AS revenue"
            " FROM customer_days WHERE day <= :as_of GROUP BY contact_id, day)",
            {"as_of": as_of},
            home,
        )
    bounds = {"as_of": as_of, "since": BEGINNING}
    converted = lines(connection, bounds, home, as_of, cohort=cohort)
    sql = f"""
    {converted.sql},
    days AS (
        SELECT contact_id, day, sum(orders) AS orders, sum(revenue) AS revenue FROM (
            SELECT contact_id, day, kind = 'sale' AND order_number IS NULL AS orders,
                   CASE kind WHEN 'sale' THEN amount ELSE -amount END AS revenue
              FROM lines
            UNION ALL
            SELECT contact_id, min(day), 1, 0 FROM lines
             WHERE kind = 'sale' AND order_number IS NOT NULL
             GROUP BY contact_id, order_number)
         GROUP BY contact_id, day
    )"""
    return Days(sql, {**converted.parameters, "as_of": as_of}, converted.currency)


class Lines(NamedTuple):
    """A WITH clause that defines ``lines``: the purchases from ``:since`` to ``:as_of`` with
    ``day`` and with ``amount`` in minor units of ``currency``."""

    sql: str
    parameters: Mapping[str, str]
    currency: str


_LINE_COLUMNS = (
    "p.id, p.contact_id, p.kind, p.purchased_on AS day, p.order_number, p.product_id,"
    " p.channel, p.campaign, p.currency AS original_currency, p.amount AS original_amount"
)
LARGEST = 10**16
"""Minor units that one amount may have after conversion: what one may have before it, so that
hundreds of them add up in the 64 bits of SQLite's integers."""

BEGINNING = "0001-01-01"
"""The ``since`` of bounds that are open to the past."""


def _line_bounds(since: str) -> str:
    # Without a beginning nearly all rows are meant: the sign keeps SQLite from looking each of
    # them up through the index on days.
    column = "+p.purchased_on" if since == BEGINNING else "p.purchased_on"
    return f"{column} BETWEEN :since AND :as_of"


def lines(
    connection: Reader,
    bounds: Mapping[str, str],
    home: str,
    as_of: str,
    *,
    cohort: tuple[str, str] | None = None,
) -> Lines:
    """Return the purchases within bounds (``since``, ``as_of``), converted where currencies
    meet up to the report's own ``as_of`` day: each row at its day's rate, half up.

    ``cohort``: the caller looks only at who first ordered from one day to another; amounts of
    others may be missing. Raises RateMissing, and Refused for an amount that is too large in
    the business's currency.
    """
    within = _line_bounds(bounds["since"])
    currency = one_currency(connection, as_of)
    if currency is not None:
        return Lines(
            f"lines AS (SELECT {_LINE_COLUMNS}, p.amount FROM purchases p WHERE {within})",
            {"since": bounds["since"], "as_of": bounds["as_of"]},
            currency or home,
        )
    import json

    book: RateBook = rates.book(connection, home)
    needed = connection.execute(
        "SELECT p.currency, p.purchased_on, max(p.amount) FROM purchases p"
        f" WHERE {within} GROUP BY 2, 1 ORDER BY 2, 1",
        bounds,
    ).fetchall()
    table = []
    for code, day, most in needed:
        try:
            numerator, denominator = book.minor_ratio(code, home, day)
        except errors.RateMissing:
            if cohort is None or _has_line(connection, code, day, cohort):
                raise
            continue  # without a rate the rows of this day drop out below
        if most * numerator // denominator > LARGEST:
            raise errors.Refused(
                f"{money_text(most, code)} {code} on {day} is too large an amount in {home}",
                hint=f"mend it or the rate: crm purchase list --since {day} --until {day}",
            )
        table.append([code, day, numerator, denominator])
    # amount * n / d in two parts, so that no product leaves 64 bits: n and d are below 2**30.
    sql = f"""
    rates AS MATERIALIZED (
        SELECT CAST(json_extract(value, '$[0]') AS TEXT) AS currency,
               CAST(json_extract(value, '$[1]') AS TEXT) AS day,
               CAST(json_extract(value, '$[2]') AS INTEGER) AS n,
               CAST(json_extract(value, '$[3]') AS INTEGER) AS d
          FROM json_each(:rates)
    ),
    lines AS (
        SELECT {_LINE_COLUMNS},
               p.amount / r.d * r.n + (2 * (p.amount % r.d) * r.n + r.d) / (2 * r.d) AS amount
          FROM purchases p CROSS JOIN rates r
            ON r.currency = p.currency AND r.day = p.purchased_on
         WHERE {within}
    )"""
    parameters = {
        "since": bounds["since"],
        "as_of": bounds["as_of"],
        "rates": json.dumps(table),
    }
    return Lines(sql, parameters, home)


def _has_line(connection: Reader, currency: str, day: str, cohort: tuple[str, str]) -> bool:
    """Say whether somebody who first ordered within a cohort's days has a purchase or return in
    a currency on a day."""
    (found,) = connection.execute(
        "SELECT EXISTS (SELECT 1 FROM purchases p JOIN customers c ON c.contact_id = p.contact_id"
        " WHERE p.purchased_on = :day AND p.currency = :currency"
        "   AND c.first_on BETWEEN :first AND :last)",
        {"day": day, "currency": currency, "first": cohort[0], "last": cohort[1]},
    ).fetchone()
    return bool(found)
