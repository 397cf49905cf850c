"""Reading products: the list and one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crm_cli.domain.values import fold, money_text
from crm_cli.queries import fields as queries
from crm_cli.queries import resolve
from crm_cli.result import Column, Kind, Record, Result, Table
from crm_cli.store import fields as custom
from crm_cli.store import products as store

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping, Sequence

    from crm_cli.session import Session

COLUMNS = (
    Column("id", "ID", Kind.ID),
    Column("sku", "SKU"),
    Column("name", "Name"),
    Column("category", "Category"),
    Column("price", "Price", Kind.MONEY),
    Column("currency", "Currency"),
    Column("service_interval", "Service every"),
    Column("active", "Active", Kind.FLAG),
)


def record_values(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a product's JSON object (commands page, section "Records")."""
    price, currency = row["price"], row["currency"]
    return {
        "id": row["id"],
        "uid": row["uid"],
        "sku": row["sku"],
        "name": row["name"],
        "category": row["category"],
        "price": None if price is None else money_text(price, currency),
        "currency": currency,
        "service_interval": row["service_interval"],
        "active": bool(row["is_active"]),
    }


def table(rows: Sequence[Mapping[str, Any]]) -> Table:
    """Turn products' rows into the table of ``product list``."""
    values = [record_values(row) for row in rows]
    keys = [column.key for column in COLUMNS]
    return Table(
        noun="product",
        columns=COLUMNS,
        rows=[tuple(found[key] for key in keys) for found in values],
    )


def record(connection: sqlite3.Connection, product_id: int) -> Record:
    """Return one product as verbs print it."""
    (row,) = store.rows(connection, "p.id = :id", {"id": product_id})
    fields = custom.objects(connection, "product", [product_id])[product_id]
    values = {**record_values(row), "fields": fields}
    return Record(noun="product", values=values, title=row["name"])


def rows_of(connection: sqlite3.Connection, ids: Sequence[int]) -> Table:
    """Return the flat rows of certain products, retired ones too."""
    found = table(store.listed(connection, {"ids": f"[{', '.join(map(str, ids))}]"}))
    return queries.with_columns(connection, found)


def listing(
    session: Session, asked: Mapping[str, str | None], *, retired: bool | None, limit: int | None,
    where: str | None = None,
) -> Result:  # fmt: skip
    """Return products by id.

    ``asked`` maps category and text (a part of name or SKU) to what was typed; ``retired`` is
    False for what is sold, True for what no longer is, None for both; ``where`` is a filter,
    which itself decides about retired products if it names ``active``. Raises InvalidValue.
    """
    filters: dict[str, Any] = {name: text for name, text in asked.items() if text is not None}
    for name, text in filters.items():
        resolve.typed(text, name)
    if "text" in filters:
        filters["text"] = fold(filters["text"])
    chosen, remarks = None, []
    if where is not None:
        from crm_cli.queries import filtering

        narrowed = filtering.read(session, "product", where)
        chosen, remarks = narrowed.chosen, narrowed.remarks
        if not retired and "active" in narrowed.fields:
            retired = None
    if retired is not None:
        filters["active"] = int(not retired)
    found = table(store.listed(session.reader, filters, limit, chosen))
    return Result(body=queries.with_columns(session.reader, found), messages=remarks)
