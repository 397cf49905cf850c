"""Scoring customers by recency, frequency and value, as a statement that reports build on.

Why twelve cut points are enough stands in ``domain.rfm``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from crm_cli.domain import rfm
from crm_cli.reports import REPORTS, scope, source

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from crm_cli.store.population import Reader

DEFINITION = REPORTS["segments"].definition
CUTS_DEFINITION = (
    "Recency, orders, revenue score 1 to 5 by the cut points given; share = of all customers."
)
SOME_CUTS_DEFINITION = (
    "Scored by the cut points given, else 1 + floor(5 k / n), k of n strictly worse; share = of"
    " all."
)


AMONG_DEFINITION = (
    "Recency, orders, revenue score 1 + floor(5 k / n), k of the population's n worse; share of n."
)
CUTS_AMONG_DEFINITION = (
    "Recency, orders, revenue score 1 to 5 by the cut points given; share = of the population."
)
SOME_CUTS_AMONG_DEFINITION = (
    "Scored by the cut points given, else 1 + floor(5 k / n), k of the population's n worse."
)


def definition(chosen: scope.Scope, cuts: Sequence[str]) -> str:
    """Return the definition of scores with these cut points, as typed: of all customers, or of
    those of a population, who are compared with each other alone."""
    among = chosen.population is not None
    if not cuts:
        return AMONG_DEFINITION if among else DEFINITION
    if len(cuts) == len(rfm.Cuts._fields):
        return CUTS_AMONG_DEFINITION if among else CUTS_DEFINITION
    return SOME_CUTS_AMONG_DEFINITION if among else SOME_CUTS_DEFINITION


class Scored(NamedTuple):
    """A WITH clause that defines ``scored (contact_id, last_day, orders, revenue, code)``."""

    sql: str
    parameters: Mapping[str, Any]
    currency: str
    is_current: bool


def score(
    connection: Reader,
    chosen: scope.Scope,
    cuts: Sequence[str],
    *,
    everybody: bool = False,
) -> Scored:
    """Return the statement that scores customers as of the scope's day.

    ``everybody`` says that all are going to be read, not one by id: as of today that is one
    pass over an index. Raises InvalidValue for cut points, RateMissing.
    """
    as_of = chosen.sql["as_of"]
    currency = source.one_currency(connection, as_of)
    if currency is not None and source.is_current(connection, as_of):
        return _from_summary(connection, chosen, currency or chosen.home, cuts, everybody=everybody)
    found = source.days(connection, as_of, chosen.home, cohort=(source.BEGINNING, as_of))
    fixed = rfm.read_cuts(list(cuts), found.currency)
    people = f"""
        SELECT contact_id, {source.DAY_NUMBER.format(day="max(CASE WHEN orders THEN day END)")}
                   AS last_day,
               sum(orders) AS orders, sum(revenue) AS revenue
          FROM days {{condition}} GROUP BY contact_id HAVING sum(orders) > 0"""
    if currency is not None and _few_lie_after(connection, as_of):
        # What some bought later changes nothing for the others: these are in the summary.
        later = "(SELECT contact_id FROM purchases WHERE purchased_on > :as_of)"
        people = f"""
        SELECT contact_id, last_day, orders, revenue FROM customers
         WHERE orders > 0 AND contact_id NOT IN {later}
        UNION ALL {people.format(condition=f"WHERE contact_id IN {later}")}"""
    sql = f"""
    {found.sql},
    people AS MATERIALIZED ({people.format(condition="")}),
    scored AS (
        SELECT contact_id, last_day, orders, revenue,
               100 * {_ranked("last_day", _shifted(fixed.recency, chosen))}
               + 10 * {_ranked("orders", fixed.frequency)}
               + {_ranked("revenue", fixed.monetary)} AS code
          FROM people
    )"""
    return Scored(sql, found.parameters, found.currency, is_current=False)


FEW = 10_000
"""Purchases; looking so many up costs next to nothing."""


def _few_lie_after(connection: Reader, as_of: str) -> bool:
    """Say whether only few purchases lie after a day."""
    (count,) = connection.execute(
        "SELECT count(*) FROM (SELECT 1 FROM purchases WHERE purchased_on > :as_of LIMIT :most)",
        {"as_of": as_of, "most": FEW + 1},
    ).fetchone()
    return bool(count <= FEW)


def _from_summary(
    connection: Reader,
    chosen: scope.Scope,
    currency: str,
    cuts: Sequence[str],
    *,
    everybody: bool,
) -> Scored:
    fixed = rfm.read_cuts(list(cuts), currency)
    points = (
        _along_indexes(connection, currency)
        if chosen.population is None
        else _by_sorting(connection)
    )
    recency = _shifted(fixed.recency, chosen) or points("last_day")
    frequency = fixed.frequency or points("orders")
    monetary = fixed.monetary or points("revenue")
    index = "INDEXED BY customers_scores" if everybody and chosen.population is None else ""
    sql = f"""
    scored AS (
        SELECT contact_id, last_day, orders, revenue,
               100 * {_compared("last_day", recency)} + 10 * {_compared("orders", frequency)}
               + {_compared("revenue", monetary)} AS code
          FROM customers {index} WHERE orders > 0
    )"""
    return Scored(sql, {}, currency, is_current=True)


def _along_indexes(connection: Reader, currency: str) -> Callable[[str], tuple[int, ...]]:
    """Return what finds the four cut points of a column by counting along its index."""
    (count,) = connection.execute("SELECT count(*) FROM customers WHERE orders > 0").fetchone()

    def cuts(column: str) -> tuple[int, ...]:
        if not count:
            return (0, 0, 0, 0)
        # The index on revenue begins with the currency, which is the same for all.
        where = " AND currency = :currency" if column == "revenue" else ""
        values = []
        for position in rfm.cut_positions(count):
            (value,) = connection.execute(
                f"SELECT {column} FROM customers WHERE orders > 0{where}"
                f" ORDER BY {column} LIMIT 1 OFFSET :position",
                {"position": position, "currency": currency},
            ).fetchone()
            values.append(int(value))
        return tuple(values)

    return cuts


def _by_sorting(connection: Reader) -> Callable[[str], tuple[int, ...]]:
    """Return what finds the same of a population, in whose order no index lies."""

    def cuts(column: str) -> tuple[int, ...]:
        rows = connection.execute(f"SELECT {column} FROM customers WHERE orders > 0").fetchall()
        values = sorted(value for (value,) in rows)
        if not values:
            return (0, 0, 0, 0)
        return tuple(values[position] for position in rfm.cut_positions(len(values)))

    return cuts


def _shifted(recency: tuple[int, ...] | None, chosen: scope.Scope) -> tuple[int, ...] | None:
    """Turn cut points in (negated) days of silence into day numbers."""
    if recency is None:
        return None
    return tuple(chosen.as_of.toordinal() - 1 + days for days in recency)


def _compared(column: str, cuts: tuple[int, ...]) -> str:
    # Whole numbers of our own making: as literals they cost less than parameters a row.
    whens = " ".join(f"WHEN {column} <= {cut:d} THEN {n}" for n, cut in enumerate(cuts, start=1))
    return f"CASE {whens} ELSE {rfm.SCORES} END"


def _ranked(column: str, cuts: tuple[int, ...] | None) -> str:
    if cuts is not None:
        return _compared(column, cuts)
    return f"(1 + {rfm.SCORES} * (rank() OVER (ORDER BY {column}) - 1) / count(*) OVER ())"


FEWEST = 25
"""Customers; with fewer a score has less than five others to stand for."""


def few_note(connection: Reader, as_of: str, cuts: Sequence[str] = ()) -> list[str]:
    """Say that so few customers are scored that one order moves somebody by several scores.

    Cut points given for all three scores compare nobody with anybody.
    """
    if len(cuts) == len(rfm.Cuts._fields):
        return []
    # By id, without an index: the oldest customers are the first ones, and few rows are read.
    (count,) = connection.execute(
        "SELECT count(*) FROM (SELECT 1 FROM customers NOT INDEXED"
        " WHERE orders > 0 AND first_on <= :as_of LIMIT :fewest)",
        {"as_of": as_of, "fewest": FEWEST},
    ).fetchone()
    if not 0 < count < FEWEST:
        return []
    few = scope.counted(count, "customer")
    return [f"Scores compare customers with each other: of only {few} they say little."]


def left_out(connection: Reader, chosen: scope.Scope, scored: Scored) -> list[str]:
    """Say who and what the figures leave out."""
    if not scored.is_current:
        return source.later_note(connection, chosen.sql["as_of"])
    (returners,) = connection.execute("SELECT count(*) FROM customers WHERE orders = 0").fetchone()
    if not returners:
        return []
    return [f"Left out: {scope.counted(returners, 'contact')} with returns and no order."]


def cuts_note(cuts: Sequence[str]) -> list[str]:
    """Say which cut points were given."""
    return [f"Cut points: {'; '.join(cuts)}."] if cuts else []
