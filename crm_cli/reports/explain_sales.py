"""Explaining the sales report: which purchases a cell adds up."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from crm_cli import errors
from crm_cli.domain import periods
from crm_cli.reports import sales, sales_sums, source
from crm_cli.reports.evidence import ALL, Cell, Found, check_column, purchases

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from crm_cli.reports.evidence import ExplainRequest
    from crm_cli.reports.scope import Scope
    from crm_cli.session import Session
    from crm_cli.store.population import Reader


def by_row(session: Session, request: ExplainRequest, chosen: Scope, cell: Cell) -> Found:
    """Return the purchases that a row's figure adds up. Raises InvalidValue, RateMissing, and
    NotFound for a row that the report does not have."""
    asked = sales.SalesRequest(bounds=request.bounds, by=request.by, dimension=request.dimension)
    sales.check(asked)
    check_column(cell.column, ("orders", "revenue", "returns", "average_order"), "sales")
    reader = chosen.reader(session)
    lines = source.lines(reader, sales_sums.bounded(chosen), chosen.home, chosen.sql["as_of"])
    conditions = {
        "orders": "x.order_on IS NOT NULL",
        "revenue": "1",
        "returns": "x.kind = 'return'",
        "average_order": "x.kind = 'sale'",
    }
    parameters: dict[str, Any] = {}
    where, group = conditions[cell.column], ""
    if cell.row != ALL:
        period_text, name = _sales_row(asked, cell.row, chosen.as_of)
        if asked.unit:
            day = "x.order_on" if cell.column == "orders" else "x.day"
            where += f" AND {source.PERIOD_NUMBER[asked.unit].format(day=day)} = :period"
            parameters["period"] = periods.number_of_label(period_text, asked.unit)
        if asked.groups.record_key and name and re.fullmatch(r"#[0-9]{1,18}", name):
            group = " AND x.grouped = :id"
            parameters["id"] = int(name[1:])
        elif asked.dimension:
            group = " AND x.name IS :name"
            parameters["name"] = name
    lines = lines._replace(sql=sales_sums.parts_sql(lines, chosen, asked.groups))
    table = purchases(
        reader, lines, f"l.id IN (SELECT x.id FROM parts x WHERE {where}{group})", parameters
    )
    if group and not table.rows:
        _refuse_unknown(reader, asked, cell.row, lines, group, parameters)
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


def _refuse_unknown(
    reader: Reader,
    asked: sales.SalesRequest,
    row: str,
    lines: source.Lines,
    group: str,
    parameters: Mapping[str, Any],
) -> None:
    """Raise NotFound unless the report has the row: lines or orders of the group in its period.

    ``lines`` define ``parts x``; ``group`` is the condition on them.
    """
    period = ""
    if asked.unit:
        number = source.PERIOD_NUMBER[asked.unit]
        days = (f"{number.format(day=day)} = :period" for day in ("x.day", "x.order_on"))
        period = f" AND ({' OR '.join(days)})"
    found = reader.execute(
        f"WITH {lines.sql} SELECT 1 FROM parts x WHERE 1{group}{period} LIMIT 1",
        {**lines.parameters, **parameters},
    ).fetchone()
    if found is None:
        by = f" --by {asked.by}" if asked.by else ""
        raise errors.NotFound(
            f"sales by {asked.dimension} has no row {row!r}",
            hint=f"see crm report sales{by} --dimension {asked.dimension}",
        )
