"""Leads in one currency: each at the rate of its own day, then summed.

A lead's day is the one on which it was closed, of an open one the day it was opened: the rate of
a sale does not move any more, and the sum of a pipeline does not move with the market.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from crm_cli import errors
from crm_cli.domain.values import money_text
from crm_cli.reports import local_days
from crm_cli.reports.source import LARGEST
from crm_cli.store import rates
from crm_cli.store.leads import weighted_sql

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping, Sequence
    from datetime import tzinfo

    from crm_cli.session import Session


class States(NamedTuple):
    """A WITH clause that defines ``stages_then`` (id, pipeline_id, kind, position, probability,
    rotten_days) and ``states``, a row a lead: id, contact_id, title, stage_id, pipeline_id,
    state, stage_since, stage_position, rotten_days, opened_at, closed_at, owner, source, campaign,
    referred_by_id, expected_on, forecast (the owner's word), probability (in effect, in basis
    points), category, loss_reason, competitor, value and currency (its own), ``amount`` (value in
    minor units of ``currency``, at the rate of the lead's day: of its closing, else of its
    opening) and ``weighted``. Both are NULL without a value, and without a rate that nobody asked
    for."""

    sql: str
    parameters: Mapping[str, Any]
    currency: str


ONE_DAY = timedelta(days=1)

DAY_AT = "coalesce({row}.closed_at, {row}.opened_at)"
"""SQL for the instant of a lead's day."""


def in_one_currency(
    session: Session, into: str | None, home: str, base: str, parameters: Mapping[str, Any],
    needed: str, wanted: str,
) -> States:  # fmt: skip
    """Return ``states`` of ``base``: with amounts in ``into`` or, without it, in the one currency
    that its leads have, and in ``home`` where there are several. Raises RateMissing, Refused."""
    connection = session.reader
    ever = _codes(connection)
    codes = ever
    if len(ever) > 1:
        rows = connection.execute(
            f"WITH {base} SELECT DISTINCT currency FROM base WHERE currency IS NOT NULL LIMIT 2",
            parameters,
        )
        codes = [code for (code,) in rows.fetchall()]
    weighted = weighted_sql("b.amount", "b.probability")
    currency = into or (home if len(codes) != 1 else codes[0])
    if all(code == currency for code in codes):
        return States(
            f"{base}, states AS NOT MATERIALIZED (SELECT b.*, {weighted} AS weighted"
            " FROM (SELECT *, value AS amount FROM base) b)",
            parameters,
            currency,
        )
    import json

    parameters = {**parameters, "into": currency}
    others = [code for code in ever if code != currency]
    table = every_day(session, others, currency, parameters["end"]) or _rates(
        session, currency, base, parameters, needed, wanted
    )
    # amount * n / d in two parts, so that no product leaves 64 bits: n and d are below 2**30.
    sql = f"""{base},
rates AS MATERIALIZED (
    SELECT CAST(json_extract(value, '$[0]') AS TEXT) AS currency,
           CAST(json_extract(value, '$[1]') AS TEXT) AS date_of_utc,
           CAST(json_extract(value, '$[2]') AS TEXT) AS midnight,
           json_extract(value, '$[3]') AS n1, json_extract(value, '$[4]') AS d1,
           json_extract(value, '$[5]') AS n2, json_extract(value, '$[6]') AS d2
      FROM json_each(:rates)
),
rated AS NOT MATERIALIZED (
    SELECT b.*, iif({DAY_AT.format(row="b")} < r.midnight, r.n1, r.n2) AS n,
           iif({DAY_AT.format(row="b")} < r.midnight, r.d1, r.d2) AS d
      FROM base b LEFT JOIN rates r ON ({wanted}) AND r.currency = b.currency
       AND r.date_of_utc = substr({DAY_AT.format(row="b")}, 1, 10)
),
states AS NOT MATERIALIZED (
    SELECT b.*, {weighted} AS weighted
      FROM (SELECT x.*, iif(x.currency = :into, x.value, x.value / x.d * x.n
                   + (2 * (x.value % x.d) * x.n + x.d) / (2 * x.d)) AS amount FROM rated x) b
)"""
    return States(sql, {**parameters, "rates": json.dumps(table)}, currency)


def _codes(connection: sqlite3.Connection) -> list[str]:
    """Return every currency that a lead has, or had."""
    rows = connection.execute(
        "SELECT currency FROM (SELECT DISTINCT currency FROM leads"
        " UNION SELECT DISTINCT currency FROM lead_terms) WHERE currency IS NOT NULL"
    ).fetchall()
    return [code for (code,) in rows]


def every_day(
    session: Session, codes: Sequence[str], into: str, end: str
) -> list[list[Any]] | None:
    """Return what ``_rates`` does for every date from the first lead's opening to ``end``: where
    leads are more than days this is less work than asking them which days they need. None where it
    is more, and where a rate is missing or an amount may be too large: then it has to be known of
    which lead."""
    connection = session.reader
    leads, first, most = connection.execute(
        "SELECT count(*), min(opened_at), max(coalesce(max(value), 0), coalesce((SELECT max(value)"
        " FROM lead_terms), 0)) FROM leads"
    ).fetchone()
    if not first or end == local_days.AFTER_ALL:
        return None
    opened, ended = (date.fromisoformat(instant[:10]).toordinal() for instant in (first, end))
    if leads < (ended + 1 - opened) * len(codes):
        return None
    book = rates.book(connection, session.setting("currency"))
    known: dict[tuple[str, date], tuple[int, int]] = {}

    def ratio(code: str, day: date) -> tuple[int, int]:
        if (code, day) not in known:
            known[code, day] = book.minor_ratio(code, into, day.isoformat())
        return known[code, day]

    table: list[list[Any]] = []
    try:
        for number in range(opened, ended + 1):
            date_of_utc = date.fromordinal(number).isoformat()
            before, midnight = _midnight(date_of_utc, session.zone)
            for code in codes:
                # The day before the first lead's own may have no rate, and needs none.
                pair = (None, None) if number == opened and midnight <= first else None
                pairs = pair or ratio(code, before), ratio(code, before + ONE_DAY)
                table.append([code, date_of_utc, midnight, *pairs[0], *pairs[1]])
    except errors.RateMissing:
        return None
    if any(most * above // below > LARGEST for above, below in known.values()):
        return None
    return table


def _rates(
    session: Session, into: str, base: str, parameters: Mapping[str, Any], needed: str, wanted: str
) -> list[list[Any]]:
    """Return [currency, date of UTC, the midnight of the business within it, ratio before it and
    from it on] for every date on which a wanted lead in another currency has its day."""
    book = rates.book(session.reader, session.setting("currency"))
    at = DAY_AT.format(row="b")
    rows = session.reader.execute(
        f"WITH {base} SELECT currency, substr({at}, 1, 10), min({at}), max({at}), max(value),"
        f" min(iif({needed}, {at}, NULL)), max(iif({needed}, {at}, NULL))"
        f" FROM base b WHERE currency <> :into AND ({wanted}) GROUP BY 1, 2 ORDER BY 2, 1",
        parameters,
    ).fetchall()
    table = []
    for code, date_of_utc, first, last, most, first_needed, last_needed in rows:
        before, midnight = _midnight(date_of_utc, session.zone)
        pairs: list[int | None] = []
        for day, has_rows, is_needed in (
            (before, first < midnight, first_needed is not None and first_needed < midnight),
            (
                local_days.day_of(last, session.zone), last >= midnight,
                last_needed is not None and last_needed >= midnight,
            ),
        ):  # fmt: skip
            if not has_rows:
                pairs += [None, None]
                continue
            try:
                numerator, denominator = book.minor_ratio(code, into, day.isoformat())
            except errors.RateMissing as error:
                if is_needed:
                    raise _named(session, base, parameters, needed, code, day, error) from None
                pairs += [None, None]
                continue
            if most * numerator // denominator > LARGEST:
                raise errors.Refused(
                    f"a lead's {money_text(most, code)} {code} on {day} is too large an amount in"
                    f" {into}",
                    hint="mend its value, or the rate",
                )
            pairs += [numerator, denominator]
        table.append([code, date_of_utc, midnight, *pairs])
    return table


def _midnight(date_of_utc: str, zone: tzinfo) -> tuple[date, str]:
    """Return the day of the business in which a date of UTC begins, and the instant within that
    date from which on it is another one."""
    day = local_days.day_of(f"{date_of_utc}T00:00:00Z", zone)
    return day, local_days.ends(day, zone)


def _named(
    session: Session, base: str, parameters: Mapping[str, Any], needed: str, code: str, day: date,
    error: errors.RateMissing,
) -> errors.RateMissing:  # fmt: skip
    """Return the error with the first lead that misses the rate."""
    at = DAY_AT.format(row="b")
    bounds = {
        "code": code,
        "first": local_days.begins(day, session.zone),
        "last": local_days.ends(day, session.zone),
    }
    number, title = session.reader.execute(
        f"WITH {base} SELECT id, title FROM base b WHERE currency = :code AND {at} >= :first"
        f" AND {at} < :last AND value IS NOT NULL AND ({needed}) ORDER BY id LIMIT 1",
        {**parameters, **bounds},
    ).fetchone()
    return errors.RateMissing(f"lead #{number} ({title}): {error.message}", hint=error.hint)
