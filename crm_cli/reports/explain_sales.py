"""Explaining the sales report: which purchases a cell adds up."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from crm_cli import errors
from crm_cli.domain import periods
from crm_cli.reports import sales, sales_sums, source
from crm_cli.reports.evidence import ALL, Cell, Found, check_column, purchases

if TYPE_CHECKING:
    from datetime import date

    from crm_cli.reports.evidence import ExplainRequest
    from crm_cli.reports.scope import Scope
    from crm_cli.session import Session


def by_row(session: Session, request: ExplainRequest, chosen: Scope, cell: Cell) -> Found:
    """Return the purchases that a row's figure adds up. Raises InvalidValue, RateMissing."""
    asked = sales.SalesRequest(bounds=request.bounds, by=request.by, dimension=request.dimension)
    sales.check(asked)
    check_column(cell.column, ("orders", "revenue", "returns", "average_order"), "sales")
    lines = source.lines(
        session.reader, sales_sums.bounded(chosen), chosen.home, chosen.sql["as_of"]
    )
    conditions = {
        "orders": "x.order_on IS NOT NULL",
        "revenue": "1",
        "returns": "x.kind = 'return'",
        "average_order": "x.kind = 'sale'",
    }
    parameters: dict[str, Any] = {}
    where = conditions[cell.column]
    if cell.row != ALL:
        period_text, name = _sales_row(asked, cell.row, chosen.as_of)
        if asked.unit:
            day = "x.order_on" if cell.column == "orders" else "x.day"
            where += f" AND {source.PERIOD_NUMBER[asked.unit].format(day=day)} = :period"
            parameters["period"] = periods.number_of_label(period_text, asked.unit)
        if asked.groups.record_key and name and re.fullmatch(r"#[0-9]{1,18}", name):
            where += " AND x.grouped = :id"
            parameters["id"] = int(name[1:])
        elif asked.dimension:
            where += " AND x.name IS :name"
            parameters["name"] = name
    table = purchases(
        session,
        lines._replace(sql=sales_sums.parts_sql(lines, chosen, asked.groups)),
        f"l.id IN (SELECT x.id FROM parts x WHERE {where})",
        parameters,
    )
    notes = [f"As of {chosen.as_of}; {chosen.span('purchases')}."]
    if cell.row != ALL and not table.rows:
        notes.append(f"No purchase lies behind {cell.row}.")
    return Found(table, notes)


def _sales_row(asked: sales.SalesRequest, row: str, as_of: date) -> tuple[str, str | None]:
    """Split a row's name: ``2026-05``, ``Widget`` (``#7``: the one with that id) or
    ``2026-05/Widget``. Raises InvalidValue; ``as_of`` gives its example a period."""
    if not asked.dimension:
        return row, None
    if not asked.unit:
        return "", None if row == sales.NO_VALUE else row
    period, slash, value = row.partition("/")
    if not slash:
        shown = periods.label(periods.number_of(as_of, asked.unit), asked.unit)
        raise errors.InvalidValue(
            f"{row!r} is not a row of the report by {asked.unit} and {asked.dimension}",
            hint=f"write PERIOD/VALUE:COLUMN, such as {shown}/{row}:revenue",
        )
    return period, None if value == sales.NO_VALUE else value
