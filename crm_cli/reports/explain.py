"""Explaining a figure: the contacts or purchases that were counted in one cell of a report."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from crm_cli import errors
from crm_cli.reports import (
    REPORTS,
    activity,
    completeness_lists,
    completeness_others,
    explain_goals,
    explain_leads,
    explain_retention,
    explain_sales,
    explain_talks,
    repeat,
    retention,
    scope,
    scoring,
    segment_lists,
    segments,
    source,
)  # fmt: skip
from crm_cli.reports.evidence import ALL, Cell, ExplainRequest, Found, check_column, contacts
from crm_cli.result import Message, Result, Table

if TYPE_CHECKING:
    from collections.abc import Callable

    from crm_cli.session import Session


TALKS = ("activity", "channels", "quiet", "promises")
"""Reports whose population is contacts and not customers."""


def report(session: Session, request: ExplainRequest) -> Result:
    """List the records behind a figure; stderr says what it means and what was left out.

    Raises InvalidValue for a report or a column that does not exist, NotFound for a row,
    UsageError for options that the report refuses together.
    """
    explainers: dict[str, Callable[[Session, ExplainRequest, scope.Scope, Cell], Found]] = {
        "segments": _segments,
        "retention": (
            explain_retention.by_period if request.period_rate else explain_retention.by_cohort
        ),
        "repeat": _repeat,
        "sales": explain_sales.by_row,
        "completeness": completeness_lists.explained,
        "activity": explain_talks.by_activity,
        "channels": explain_talks.by_channel,
        "quiet": explain_talks.by_quiet,
        "promises": explain_talks.by_promise,
        "goals": explain_goals.by_goal,
    }
    on_leads = explain_leads.EXPLAINERS
    if request.name not in explainers and request.name not in on_leads:
        raise errors.InvalidValue(
            f"{request.name!r} is not a report",
            hint=f"reports are {', '.join([*explainers, *on_leads])}",
        )
    row, colon, column = request.cell.rpartition(":")
    if not colon or not row or not column:
        raise errors.InvalidValue(
            f"{request.cell!r} is not a cell", hint="write ROW:COLUMN, such as 1997-01:3"
        )
    cohorts = retention.RetentionRequest(
        rolling=request.rolling, measure=request.measure, period_rate=request.period_rate
    )
    if request.name in on_leads:
        return explain_leads.report(session, request, Cell(row, column))
    if request.name == "retention":
        retention.check(cohorts)
    bounds = request.bounds
    if request.name == "completeness" and request.of == "lead":
        bounds = replace(bounds, where=None, segment=None)  # they are of leads, and read as such
    chosen = scope.read(session, bounds)
    found = explainers[request.name](session, request, chosen, Cell(row, column))
    definition = REPORTS[request.name].definition
    if request.name == "segments":
        definition = scoring.definition(chosen, request.cuts)
    elif request.name == "completeness":
        definition = completeness_others.definition(request.of or "contact")
    elif request.name == "retention":
        definition = retention.definition(cohorts)
    count = scope.counted(len(found.table.rows), found.table.noun)
    lines = [f"{request.name} {request.cell}: {count}", definition]
    if chosen.population is not None and request.name != "completeness":
        from crm_cli.reports import population

        of_talks = request.name in TALKS
        lines += activity.said_of(chosen) if of_talks else population.notes(chosen)
    lines += found.notes
    return Result(body=found.table, messages=[*chosen.messages, *(Message(line) for line in lines)])


# -- segments -------------------------------------------------------------------------------


def _segments(session: Session, request: ExplainRequest, chosen: scope.Scope, cell: Cell) -> Found:
    check_column(
        cell.column, [column.key for column in segments.COLUMNS if column.key != "segment"],
        "segments",
    )  # fmt: skip
    segment = None if cell.row == ALL else segment_lists.read_segment(session.reader, cell.row)
    reader = chosen.reader(session)
    scored = scoring.score(reader, chosen, request.cuts, everybody=True)
    rows = segment_lists.member_rows(reader, chosen, scored, segment)
    table = Table(
        noun="contact", columns=segment_lists.MEMBER_COLUMNS, rows=rows, id_key="contact_id"
    )
    notes = [
        f"As of {chosen.as_of}.",
        *scoring.few_note(reader, chosen.sql["as_of"], request.cuts),
        *scoring.left_out(reader, chosen, scored),
    ]
    return Found(table, notes)


# -- repeat ---------------------------------------------------------------------------------


def _repeat(session: Session, request: ExplainRequest, chosen: scope.Scope, cell: Cell) -> Found:
    del request
    reader = chosen.reader(session)
    found = source.days(reader, chosen.sql["as_of"], chosen.home, with_money=False)
    totals = {
        "customers": "1",
        "repeaters": "b.orders > 1",
        "rate": "b.orders > 1",
        "repeaters_by_day": "b.order_days > 1",
        "rate_by_day": "b.order_days > 1",
        "median_gap_days": "b.order_days > 1",
        "gaps": "b.order_days > 1",
        "median_days_to_second": "b.orders > 1",
    }
    if cell.row == ALL:
        check_column(cell.column, totals, "repeat")
        condition, number = totals[cell.column], 0
    else:
        check_column(cell.column, [c.key for c in repeat.COLUMNS if c.key != "orders"], "repeat")
        known = [str(count) for count in range(1, repeat.MOST)] + [f"{repeat.MOST}+"]
        if cell.row not in known:
            raise errors.NotFound(
                f"repeat has no row {cell.row!r}", hint=f"rows are {', '.join(known)}, {ALL}"
            )
        number = int(cell.row.rstrip("+"))
        exactly = cell.column in {"customers", "share"} and number < repeat.MOST
        condition = "b.orders = :number" if exactly else "b.orders >= :number"
    sql = f"""
    WITH {repeat.customers_sql(found.sql)}
    SELECT b.contact_id, c.name, b.first_on,
           (SELECT max(d.day) FROM days d WHERE d.contact_id = b.contact_id AND d.orders > 0),
           b.orders, b.order_days
      FROM buyers b JOIN contacts c ON c.id = b.contact_id
     WHERE {condition} ORDER BY b.contact_id
    """
    parameters = {**chosen.sql, **found.parameters, "number": number}
    notes = [f"As of {chosen.as_of}; {chosen.span('first orders')}."]
    return Found(contacts(reader.execute(sql, parameters).fetchall()), notes)
