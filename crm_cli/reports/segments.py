"""Segments: customers scored by recency, frequency and value.

Twelve cut points score everybody (see ``domain.rfm``): as of today they are read from three
indexes on the summary, for a past day ``rank()`` finds the same scores from the days.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from crm_cli import errors
from crm_cli.domain import rfm
from crm_cli.domain.values import fold, money_text
from crm_cli.reports import REPORTS, scope, source
from crm_cli.result import Column, Kind, Look, Report, Result

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping, Sequence

    from crm_cli.session import Session

DEFINITION = REPORTS["segments"].definition

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

MEMBER_COLUMNS = (
    Column("contact_id", "ID", Kind.ID),
    Column("contact", "Contact"),
    Column("recency_days", "Days since", Kind.INTEGER),
    Column("frequency", "Orders", Kind.INTEGER),
    Column("value", "Value", Kind.MONEY),
    Column("currency", "Currency"),
    Column("r", "R", Kind.INTEGER),
    Column("f", "F", Kind.INTEGER),
    Column("m", "M", Kind.INTEGER),
    Column("segment", "Segment"),
)

MOVE_COLUMNS = (
    Column("contact_id", "ID", Kind.ID),
    Column("contact", "Contact"),
    Column("before", "Before"),
    Column("after", "After"),
    Column("recency_days", "Days since", Kind.INTEGER),
    Column("frequency", "Orders", Kind.INTEGER),
    Column("value", "Value", Kind.MONEY),
    Column("currency", "Currency"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentsRequest:
    """What ``report segments`` was asked: at most one of ``members`` (a segment) and ``moves``
    (a day); ``cuts`` are fixed cut points as typed."""

    bounds: scope.Bounds = field(default_factory=scope.Bounds)
    members: str | None = None
    moves: str | None = None
    cuts: Sequence[str] = ()


class Scored(NamedTuple):
    """A WITH clause that defines ``scored (contact_id, last_day, orders, revenue, code)``."""

    sql: str
    parameters: Mapping[str, Any]
    currency: str
    is_current: bool


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
    connection = session.reader
    if request.moves is not None:
        return _moves(session, request, chosen)
    segment = read_segment(connection, request.members) if request.members is not None else ""
    scored = score(connection, chosen, request.cuts, everybody=True)
    if request.members is not None:
        return _members(connection, chosen, scored, segment)
    return Result(body=_summary(connection, chosen, scored, request), messages=chosen.messages)


def read_segment(connection: sqlite3.Connection, text: str) -> str:
    """Return the segment of a key or a label, however it is written. Raises InvalidValue."""
    labels = connection.execute("SELECT label, key FROM picklist_values WHERE list = 'segment'")
    keys = {fold(label): key for label, key in labels.fetchall()}
    return rfm.check_segment(keys.get(fold(text.strip()), text))


# -- scoring --------------------------------------------------------------------------------


def score(
    connection: sqlite3.Connection,
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
    currency = source.single_currency(connection)
    if currency is not None and source.is_current(connection, as_of):
        return _from_summary(connection, chosen, currency or chosen.home, cuts, everybody=everybody)
    found = source.days(connection, as_of, chosen.home)
    fixed = rfm.read_cuts(list(cuts), found.currency)
    sql = f"""
    {found.sql},
    people AS MATERIALIZED (
        SELECT contact_id, {source.DAY_NUMBER.format(day="max(CASE WHEN orders THEN day END)")}
                   AS last_day,
               sum(orders) AS orders, sum(revenue) AS revenue
          FROM days GROUP BY contact_id HAVING sum(orders) > 0
    ),
    scored AS (
        SELECT contact_id, last_day, orders, revenue,
               100 * {_ranked("last_day", _shifted(fixed.recency, chosen))}
               + 10 * {_ranked("orders", fixed.frequency)}
               + {_ranked("revenue", fixed.monetary)} AS code
          FROM people
    )"""
    return Scored(sql, found.parameters, found.currency, is_current=False)


def _from_summary(
    connection: sqlite3.Connection,
    chosen: scope.Scope,
    currency: str,
    cuts: Sequence[str],
    *,
    everybody: bool,
) -> Scored:
    fixed = rfm.read_cuts(list(cuts), currency)
    (count,) = connection.execute("SELECT count(*) FROM customers WHERE orders > 0").fetchone()
    recency = _shifted(fixed.recency, chosen) or _cuts(connection, "last_day", count)
    frequency = fixed.frequency or _cuts(connection, "orders", count)
    monetary = fixed.monetary or _cuts(connection, "revenue", count, currency)
    index = "INDEXED BY customers_scores" if everybody else ""
    sql = f"""
    scored AS (
        SELECT contact_id, last_day, orders, revenue,
               100 * {_compared("last_day", recency)} + 10 * {_compared("orders", frequency)}
               + {_compared("revenue", monetary)} AS code
          FROM customers {index} WHERE orders > 0
    )"""
    return Scored(sql, {}, currency, is_current=True)


def _cuts(
    connection: sqlite3.Connection, column: str, count: int, currency: str | None = None
) -> tuple[int, ...]:
    """Return the four cut points of a column, each found by counting along its index."""
    if not count:
        return (0, 0, 0, 0)
    where = " AND currency = :currency" if currency else ""
    values = []
    for position in rfm.cut_positions(count):
        (value,) = connection.execute(
            f"SELECT {column} FROM customers WHERE orders > 0{where}"
            f" ORDER BY {column} LIMIT 1 OFFSET :position",
            {"position": position, "currency": currency},
        ).fetchone()
        values.append(int(value))
    return tuple(values)


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


# -- the table of segments ------------------------------------------------------------------


def _summary(
    connection: sqlite3.Connection,
    chosen: scope.Scope,
    scored: Scored,
    request: SegmentsRequest,
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
    notes += left_out(connection, chosen, scored)
    return Report(
        name="segments",
        title=f"Segments as of {chosen.as_of}",
        definition=DEFINITION,
        parameters={"as_of": chosen.parameters["as_of"], "cuts": list(request.cuts)},
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
        "share": round(customers / everyone, 4) if everyone else None,
        "revenue": money_text(revenue, currency),
        "currency": currency,
        "average_recency_days": (
            round((today * customers - last_days) / customers, 1) if customers else None
        ),
        "average_frequency": round(orders / customers, 2) if customers else None,
        "average_value": (
            money_text((2 * revenue + customers) // (2 * customers), currency)
            if customers
            else None
        ),
    }


def left_out(connection: sqlite3.Connection, chosen: scope.Scope, scored: Scored) -> list[str]:
    """Say who and what the figures leave out."""
    notes = []
    if scored.is_current:
        (returners,) = connection.execute(
            "SELECT count(*) FROM customers WHERE orders = 0"
        ).fetchone()
        if returners:
            notes.append(f"Left out: {returners} contacts with returns and no order.")
    else:
        notes += later_purchases(connection, chosen)
    return notes


def later_purchases(connection: sqlite3.Connection, chosen: scope.Scope) -> list[str]:
    """Say how many purchases lie after the as-of day."""
    (later,) = connection.execute(
        "SELECT count(*) FROM purchases WHERE purchased_on > :as_of",
        {"as_of": chosen.sql["as_of"]},
    ).fetchone()
    return [f"Left out: {later} purchases after {chosen.as_of}."] if later else []


# -- members and moves ----------------------------------------------------------------------


def member_rows(
    connection: sqlite3.Connection, chosen: scope.Scope, scored: Scored, segment: str | None
) -> list[tuple[Any, ...]]:
    """Return the customers of a segment (of all: None) in the order of ``MEMBER_COLUMNS``."""
    codes = rfm.SEGMENTS[segment] if segment else tuple(rfm.SEGMENT_OF)
    today = chosen.as_of.toordinal() - 1
    rows = connection.execute(
        f"WITH {scored.sql} SELECT s.contact_id, c.name, s.last_day, s.orders, s.revenue, s.code"
        " FROM scored s JOIN contacts c ON c.id = s.contact_id"
        f" WHERE s.code IN ({', '.join(map(str, codes))}) ORDER BY s.contact_id",
        scored.parameters,
    )
    return [
        (
            contact_id, name, today - last_day, orders, money_text(revenue, scored.currency),
            scored.currency, code // 100, code // 10 % 10, code % 10, rfm.SEGMENT_OF[code],
        )
        for contact_id, name, last_day, orders, revenue, code in rows.fetchall()
    ]  # fmt: skip


def _members(
    connection: sqlite3.Connection, chosen: scope.Scope, scored: Scored, segment: str
) -> Result:
    cells = member_rows(connection, chosen, scored, segment)
    label, note = connection.execute(
        "SELECT label, note FROM picklist_values WHERE list = 'segment' AND key = ?", (segment,)
    ).fetchone() or (segment, None)
    keys = [column.key for column in MEMBER_COLUMNS]
    report = Report(
        name="segments",
        title=f"{label} as of {chosen.as_of}",
        definition=DEFINITION,
        parameters={"as_of": chosen.parameters["as_of"], "members": segment},
        rows=[dict(zip(keys, row, strict=True)) for row in cells],
        totals={"customers": len(cells)},
        columns=MEMBER_COLUMNS,
        cells=cells,
        notes=[
            f"As of {chosen.as_of}.",
            *([f"{label}: {note}"] if note else []),
            *left_out(connection, chosen, scored),
        ],
    )
    return Result(body=report, messages=chosen.messages)


def _moves(session: Session, request: SegmentsRequest, chosen: scope.Scope) -> Result:
    messages = [*chosen.messages]
    since = scope.read_day(session, request.moves or "", "--moves", chosen.as_of, messages)
    if since > chosen.as_of:
        raise errors.UsageError(
            f"--moves {since} lies after the as-of day, {chosen.as_of}",
            hint="--moves names the earlier day, --as-of the later one (today, if left out)",
        )
    earlier = replace(chosen, as_of=since)
    connection = session.reader
    before = {
        row[0]: row[-1]
        for row in member_rows(
            connection, earlier, score(connection, earlier, request.cuts, everybody=True), None
        )
    }
    scored = score(connection, chosen, request.cuts, everybody=True)
    cells = []
    unchanged = 0
    for row in member_rows(connection, chosen, scored, None):
        was = before.get(row[0])
        if was == row[-1]:
            unchanged += 1
        else:
            cells.append((row[0], row[1], was, row[-1], *row[2:6]))
    keys = [column.key for column in MOVE_COLUMNS]
    report = Report(
        name="segments",
        title=f"Segment moves from {earlier.as_of} to {chosen.as_of}",
        definition=DEFINITION,
        parameters={
            "as_of": chosen.parameters["as_of"],
            "moves": earlier.parameters["as_of"],
        },
        rows=[dict(zip(keys, row, strict=True)) for row in cells],
        totals={"moved": len(cells), "unchanged": unchanged},
        columns=MOVE_COLUMNS,
        cells=cells,
        notes=[
            f"Segments as of {earlier.as_of} and as of {chosen.as_of}.",
            "Before is empty for those who were no customers then.",
            f"Left out: {unchanged} customers whose segment is the same.",
        ],
    )
    return Result(body=report, messages=messages)
