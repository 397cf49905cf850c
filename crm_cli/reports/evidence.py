"""What stands behind a figure: contacts or purchases, in the same columns for every report."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from crm_cli import errors
from crm_cli.domain.values import money_text
from crm_cli.reports import scope
from crm_cli.result import Column, Kind, Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from crm_cli.reports.source import Lines
    from crm_cli.store.population import Reader

ALL = "all"
"""The row of a report's totals."""

CONTACT_COLUMNS = (
    Column("contact_id", "ID", Kind.ID),
    Column("contact", "Contact"),
    Column("first_on", "First order", Kind.DATE),
    Column("last_on", "Last order", Kind.DATE),
    Column("orders", "Orders", Kind.INTEGER),
    Column("order_days", "Days", Kind.INTEGER),
)

PURCHASE_COLUMNS = (
    Column("id", "ID", Kind.ID),
    Column("contact_id", "Contact ID", Kind.ID),
    Column("contact", "Contact"),
    Column("on", "On", Kind.DATE),
    Column("order_number", "Order"),
    Column("kind", "Kind"),
    Column("product", "Product"),
    Column("amount", "Amount", Kind.MONEY),
    Column("currency", "Currency"),
    Column("counted", "Counted as", Kind.MONEY),
    Column("counted_currency", "In"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainRequest:
    """A report's name, a cell ``ROW:COLUMN`` of it, and the options the report was given."""

    name: str
    cell: str
    bounds: scope.Bounds = field(default_factory=scope.Bounds)
    by: str | None = None
    dimension: str | None = None
    rolling: bool = False
    measure: str = "customers"
    period_rate: bool = False
    cuts: Sequence[str] = ()
    of: str | None = None
    idle: int | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """A figure's place: the names of its row and its column."""

    row: str
    column: str


@dataclass(frozen=True, slots=True)
class Found:
    """The records behind a figure, and what is to be said of them."""

    table: Table
    notes: Sequence[str]


def contacts(rows: Iterable[Sequence[Any]]) -> Table:
    """Return rows in the order of ``CONTACT_COLUMNS`` as a table."""
    return Table(noun="contact", columns=CONTACT_COLUMNS, rows=list(rows), id_key="contact_id")


def check_column(column: str, allowed: Iterable[str], report_name: str) -> None:
    """Raise InvalidValue, with the nearest one, for a column the report does not have."""
    known = list(allowed)
    if column in known:
        return
    from difflib import get_close_matches

    near = get_close_matches(column, known, 1)
    hint = f"did you mean {near[0]}? " if near else ""
    raise errors.InvalidValue(
        f"{report_name} has no column {column!r}", hint=f"{hint}columns are {', '.join(known)}"
    )


def purchases(reader: Reader, lines: Lines, where: str, parameters: Mapping[str, Any]) -> Table:
    """Return the lines ``l`` for which the SQL condition ``where`` holds as a table."""
    found = reader.execute(
        f"""
        WITH {lines.sql}
        SELECT l.id, l.contact_id, c.name, l.day, l.order_number, l.kind, r.name,
               l.original_amount, l.original_currency, l.amount
          FROM lines l JOIN contacts c ON c.id = l.contact_id
               LEFT JOIN products r ON r.id = l.product_id
         WHERE {where} ORDER BY l.id
        """,
        {**lines.parameters, **parameters},
    )
    rows = [
        (
            *row[:7], money_text(row[7], row[8]), row[8],
            money_text(row[9] if row[5] == "sale" else -row[9], lines.currency), lines.currency,
        )
        for row in found.fetchall()
    ]  # fmt: skip
    return Table(noun="purchase", columns=PURCHASE_COLUMNS, rows=rows)
