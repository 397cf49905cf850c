"""Customers by name: those of a segment, and those who went from one to another."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from crm_cli import errors
from crm_cli.domain import rfm
from crm_cli.domain.values import fold, money_text
from crm_cli.reports import scope
from crm_cli.reports.scoring import cuts_note, definition, few_note, left_out, score
from crm_cli.result import Column, Kind, Report, Result

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crm_cli.reports.scoring import Scored
    from crm_cli.session import Session
    from crm_cli.store.population import Reader

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


def read_segment(connection: Reader, text: str) -> str:
    """Return the segment of a key or a label, however it is written. Raises InvalidValue."""
    labels = connection.execute("SELECT label, key FROM picklist_values WHERE list = 'segment'")
    keys = {fold(label): key for label, key in labels.fetchall()}
    return rfm.check_segment(keys.get(fold(text.strip()), text))


def member_rows(
    connection: Reader, chosen: scope.Scope, scored: Scored, segment: str | None
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


def members(session: Session, chosen: scope.Scope, name: str, cuts: Sequence[str]) -> Result:
    """List the customers of a segment, named by key or label. Raises InvalidValue, RateMissing."""
    connection = chosen.reader(session)
    segment = read_segment(connection, name)
    scored = score(connection, chosen, cuts, everybody=True)
    cells = member_rows(connection, chosen, scored, segment)
    label, note = connection.execute(
        "SELECT label, note FROM picklist_values WHERE list = 'segment' AND key = :key",
        {"key": segment},
    ).fetchone() or (segment, None)
    keys = [column.key for column in MEMBER_COLUMNS]
    report = Report(
        name="segments",
        title=f"{label} as of {chosen.as_of}",
        definition=definition(chosen, cuts),
        parameters={"as_of": chosen.parameters["as_of"], "members": segment, "cuts": list(cuts)},
        rows=[dict(zip(keys, row, strict=True)) for row in cells],
        totals={"customers": len(cells)},
        columns=MEMBER_COLUMNS,
        cells=cells,
        notes=[
            f"As of {chosen.as_of}.",
            *([f"{label}: {note}"] if note else []),
            *cuts_note(cuts),
            *few_note(connection, chosen.sql["as_of"], cuts),
            *left_out(connection, chosen, scored),
        ],
    )
    return scope.result(chosen, report)


def moves(session: Session, chosen: scope.Scope, day: str, cuts: Sequence[str]) -> Result:
    """List the customers whose segment is another than on ``day``, as typed.

    Raises InvalidValue, RateMissing, and UsageError for a day after the as-of day.
    """
    messages = [*chosen.messages]
    since = scope.read_day(session, day, "--moves", chosen.as_of, messages)
    if since > chosen.as_of:
        raise errors.UsageError(
            f"--moves {since} lies after the as-of day, {chosen.as_of}",
            hint="--moves names the earlier day, --as-of the later one (today, if left out)",
        )
    earlier = replace(chosen, as_of=since)
    connection = chosen.reader(session)
    before = {
        row[0]: row[-1]
        for row in member_rows(
            connection, earlier, score(connection, earlier, cuts, everybody=True), None
        )
    }
    scored = score(connection, chosen, cuts, everybody=True)
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
        definition=definition(chosen, cuts),
        parameters={
            "as_of": chosen.parameters["as_of"],
            "moves": earlier.parameters["as_of"],
            "cuts": list(cuts),
        },
        rows=[dict(zip(keys, row, strict=True)) for row in cells],
        totals={"moved": len(cells), "unchanged": unchanged},
        columns=MOVE_COLUMNS,
        cells=cells,
        notes=[
            f"Segments as of {earlier.as_of} and as of {chosen.as_of}.",
            *cuts_note(cuts),
            *few_note(connection, chosen.sql["as_of"], cuts),
            "Before is empty for those who were no customers then.",
            f"Left out: {scope.counted(unchanged, 'customer')} whose segment is the same.",
        ],
    )
    return scope.result(chosen, report, messages=messages)
