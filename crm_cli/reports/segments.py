"""Segments: customers by recency, frequency and value (RFM), counted by segment.

Twelve cut points score everybody: as of today they are read from three indexes on the summary
of each customer, for a past day ``rank()`` finds the same scores.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from crm_cli import errors
from crm_cli.domain import rfm
from crm_cli.domain.rounding import quotient, ratio
from crm_cli.domain.values import money_text
from crm_cli.reports import scope, segment_lists
from crm_cli.reports.scoring import cuts_note, definition, few_note, left_out, score
from crm_cli.result import Column, Kind, Look, Report, Result

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crm_cli.reports.scoring import Scored
    from crm_cli.session import Session
    from crm_cli.store.population import Reader

COLUMNS = (
    Column("segment", "Segment"),
    Column("customers", "Customers", Kind.INTEGER),
    Column("share", "Share", Kind.RATE),
    Column("revenue", "Revenue", Kind.MONEY),
    Column("currency", "Currency"),
    Column("average_recency_days", "Avg days since", Kind.NUMBER),
    Column("average_frequency", "Avg orders", Kind.NUMBER),
    Column("average_value", "Avg value", Kind.MONEY),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentsRequest:
    """What ``report segments`` was asked: at most one of ``members`` (a segment) and ``moves``
    (a day); ``cuts`` are fixed cut points as typed."""

    bounds: scope.Bounds = field(default_factory=scope.Bounds)
    members: str | None = None
    moves: str | None = None
    cuts: Sequence[str] = ()


def report(session: Session, request: SegmentsRequest) -> Result:
    """Score the customers as of a day and count them by segment (``DEFINITION``).

    Rows: segment, customers, share (0-1), revenue and average_value (text, ``currency``),
    average_recency_days, average_frequency; with ``members`` one row a customer; with ``moves``
    one row a customer whose segment changed since that day. Raises InvalidValue, RateMissing,
    UsageError for both at once and for moves since a day after the as-of day.
    """
    if request.members is not None and request.moves is not None:
        raise errors.UsageError(
            "--members and --moves ask for two different lists",
            hint="leave one out; --moves shows the segment before and after of everybody",
        )
    chosen = scope.read(session, request.bounds)
    if request.moves is not None:
        return segment_lists.moves(session, chosen, request.moves, request.cuts)
    if request.members is not None:
        return segment_lists.members(session, chosen, request.members, request.cuts)
    reader = chosen.reader(session)
    scored = score(reader, chosen, request.cuts, everybody=True)
    return scope.result(chosen, _summary(reader, chosen, scored, request.cuts))


def _summary(
    connection: Reader,
    chosen: scope.Scope,
    scored: Scored,
    cuts: Sequence[str],
) -> Report:
    totals = {name: [0, 0, 0, 0] for name in rfm.SEGMENTS}
    scores = [[0] * rfm.SCORES for _ in range(3)]
    for code, customers, last_days, orders, revenue in connection.execute(
        f"WITH {scored.sql} SELECT code, count(*), sum(last_day), sum(orders), sum(revenue)"
        " FROM scored GROUP BY code",
        scored.parameters,
    ).fetchall():
        sums = totals[rfm.SEGMENT_OF[code]]
        for position, value in enumerate((customers, last_days, orders, revenue)):
            sums[position] += value
        for position, digit in enumerate((*divmod(code // 10, 10), code % 10)):
            scores[position][digit - 1] += customers
    everyone = [sum(column) for column in zip(*totals.values(), strict=True)]
    today = chosen.as_of.toordinal() - 1
    rows = [
        {"segment": name, **_figures(sums, everyone[0], today, scored.currency)}
        for name, sums in totals.items()
    ]
    total = _figures(everyone, everyone[0], today, scored.currency)
    notes = [f"As of {chosen.as_of}."]
    for letter, counts in zip("RFM", scores, strict=True):
        notes.append(f"{letter} scores 1 to 5: {', '.join(map(str, counts))} customers.")
    notes += cuts_note(cuts)
    notes += few_note(connection, chosen.sql["as_of"], cuts)
    notes += left_out(connection, chosen, scored)
    return Report(
        name="segments",
        title=f"Segments as of {chosen.as_of}",
        definition=definition(chosen, cuts),
        parameters={"as_of": chosen.parameters["as_of"], "cuts": list(cuts)},
        rows=rows,
        totals=total,
        columns=COLUMNS,
        cells=[tuple(row.values()) for row in rows],
        footer=("all", *total.values()),
        notes=notes,
        look=Look.BARS,
        picture_key="customers",
    )


def _figures(sums: Sequence[int], everyone: int, today: int, currency: str) -> dict[str, Any]:
    customers, last_days, orders, revenue = sums
    return {
        "customers": customers,
        "share": ratio(customers, everyone),
        "revenue": money_text(revenue, currency),
        "currency": currency,
        "average_recency_days": ratio(today * customers - last_days, customers, 1),
        "average_frequency": ratio(orders, customers, 2),
        "average_value": (
            money_text(quotient(revenue, customers), currency) if customers else None
        ),
    }
