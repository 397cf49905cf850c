"""What has been reached of a goal: one function a metric, each from the figures of its report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crm_cli.domain import goal as domain
from crm_cli.queries import goals as queries
from crm_cli.reports import lead_state, local_days, scope

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

    from crm_cli.session import Session
    from crm_cli.store.goals import Goal

    Meter = Callable[[Session, Goal, scope.Bounds], int]


def actual(session: Session, goal: Goal, as_of: date) -> int:
    """Return what of a goal has been reached as of a day, in minor units of its currency, or as a
    count. Raises RateMissing, and NotFound for a segment that is gone."""
    span = domain.span(goal.period)
    if as_of < span.first and not domain.METRICS[goal.metric].is_state:
        return 0
    return METERS[goal.metric](session, goal, bounds(session, goal, as_of))


def bounds(session: Session, goal: Goal, as_of: date) -> scope.Bounds:
    """Return what the report behind a goal is asked: the days of its period and whose it is."""
    span = domain.span(goal.period)
    of = queries.pipeline(session.reader, goal)
    pipeline = of and of.key
    if domain.METRICS[goal.metric].is_state:
        as_of = min(as_of, span.last)
        return scope.Bounds(as_of=as_of.isoformat(), segment=goal.segment, owner=goal.owner,
                            pipeline=pipeline)  # fmt: skip
    return scope.Bounds(
        as_of=as_of.isoformat(), since=span.first.isoformat(), until=span.last.isoformat(),
        segment=goal.segment, owner=goal.owner, pipeline=pipeline,
    )  # fmt: skip


# -- leads ----------------------------------------------------------------------------------------

CONDITIONS = {
    "won-value": "state = 'won' AND value IS NOT NULL"
    " AND closed_at >= :first AND closed_at < :last",
    "won-leads": "state = 'won' AND closed_at >= :first AND closed_at < :last",
    "lost-leads": "state = 'lost' AND closed_at >= :first AND closed_at < :last",
    "new-leads": "opened_at >= :first AND opened_at < :last",
    "weighted-pipeline": "state = 'open' AND value IS NOT NULL",
}
"""Which leads a metric counts."""


def instants(session: Session, goal: Goal) -> Mapping[str, str]:
    """Return the parameters of ``CONDITIONS``."""
    span = domain.span(goal.period)
    return {
        "first": local_days.begins(span.first, session.zone),
        "last": local_days.ends(span.last, session.zone),
    }


def _lead_money(session: Session, goal: Goal, asked: scope.Bounds) -> int:
    chosen = lead_state.read(session, asked)
    found = lead_state.states(
        session, chosen, needed=CONDITIONS[goal.metric],
        wanted=CONDITIONS[goal.metric], bounds=instants(session, goal),
        into=goal.currency,
    )  # fmt: skip
    amount = "weighted" if goal.metric == "weighted-pipeline" else "amount"
    (total,) = session.reader.execute(
        f"WITH {found.sql} SELECT coalesce(sum({amount}), 0) FROM states"
        f" WHERE {CONDITIONS[goal.metric]}",
        found.parameters,
    ).fetchone()
    return int(total)


def _lead_count(session: Session, goal: Goal, asked: scope.Bounds) -> int:
    chosen = lead_state.read(session, asked)
    sql, parameters = lead_state.base(session.reader, chosen)
    (count,) = session.reader.execute(
        f"WITH {sql} SELECT count(*) FROM base WHERE {CONDITIONS[goal.metric]}",
        {**parameters, **instants(session, goal)},
    ).fetchone()
    return int(count)


# -- purchases and talks --------------------------------------------------------------------------


def of_contacts(asked: scope.Bounds) -> scope.Bounds:
    """Return bounds of a report on contacts: the owner is that of the contact."""
    from dataclasses import replace

    if asked.owner is None:
        return asked
    quoted = asked.owner.replace('"', '""')
    return replace(asked, owner=None, where=f'owner = "{quoted}"')


def _revenue(session: Session, goal: Goal, asked: scope.Bounds) -> int:
    """Sales less returns, each line at the rate of its own day."""
    from crm_cli.reports import sales_sums, source
    from crm_cli.store import rates

    chosen = scope.read(session, of_contacts(asked))
    reader = chosen.reader(session)
    lines = source.lines(reader, sales_sums.bounded(chosen), chosen.home, chosen.sql["as_of"])
    rows = reader.execute(
        f"WITH {lines.sql} SELECT day, kind, amount, count(*) FROM lines GROUP BY 1, 2, 3"
        if lines.currency != goal.currency
        else f"WITH {lines.sql} SELECT '', kind, sum(amount), 1 FROM lines GROUP BY kind",
        lines.parameters,
    ).fetchall()
    total = 0
    book = None
    for day, kind, amount, count in rows:
        counted = amount
        if lines.currency != goal.currency:
            book = book or rates.book(session.reader, chosen.home)
            counted = book.convert(amount, lines.currency, goal.currency or chosen.home, day)
        total += (counted if kind == "sale" else -counted) * count
    return total


def _orders(session: Session, goal: Goal, asked: scope.Bounds) -> int:
    from crm_cli.reports import source

    del goal
    chosen = scope.read(session, of_contacts(asked))
    days = source.days(chosen.reader(session), chosen.sql["as_of"], chosen.home, with_money=False)
    (orders,) = (
        chosen.reader(session)
        .execute(
            f"WITH {days.sql} SELECT coalesce(sum(orders), 0) FROM days"
            " WHERE day BETWEEN :since AND :until",
            {**chosen.sql, **days.parameters},
        )
        .fetchone()
    )
    return int(orders)


def _new_customers(session: Session, goal: Goal, asked: scope.Bounds) -> int:
    from crm_cli.reports import repeat

    del goal
    return _total(
        repeat.report(session, repeat.RepeatRequest(bounds=of_contacts(asked))), "customers"
    )


def _talks(session: Session, goal: Goal, asked: scope.Bounds) -> int:
    from dataclasses import replace

    from crm_cli.domain.values import fold
    from crm_cli.reports import activity

    plain = replace(asked, owner=None)
    found = activity.report(session, activity.ActivityRequest(bounds=plain))
    if goal.owner is None:
        return _total(found, "interactions")
    body: Any = found.body
    return sum(
        row["interactions"]
        for row in body.rows
        if row["by"] is not None and fold(row["by"]) == fold(goal.owner)
    )


def _total(result: Any, key: str) -> int:
    return int(result.body.totals[key])


METERS: dict[str, Meter] = {
    "won-value": _lead_money,
    "won-leads": _lead_count,
    "lost-leads": _lead_count,
    "new-leads": _lead_count,
    "weighted-pipeline": _lead_money,
    "revenue": _revenue,
    "orders": _orders,
    "new-customers": _new_customers,
    "talks": _talks,
}
"""Metric -> what measures it."""
