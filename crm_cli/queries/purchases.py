"""Reading purchases and returns: the list and one line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crm_cli.domain.values import money_text, quantity_number
from crm_cli.queries import fields as queries
from crm_cli.result import Column, Kind, Message, Record, Result, Table
from crm_cli.store import fields as custom
from crm_cli.store import purchases as store

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping, Sequence

    from crm_cli.session import Session

COLUMNS = (
    Column("id", "ID", Kind.ID),
    Column("contact_id", "Contact ID", Kind.ID),
    Column("contact", "Contact"),
    Column("on", "Day", Kind.DATE),
    Column("order_number", "Order"),
    Column("kind", "Kind"),
    Column("product", "Product"),
    Column("sku", "SKU"),
    Column("description", "Description"),
    Column("quantity", "Quantity", Kind.NUMBER),
    Column("amount", "Amount", Kind.MONEY),
    Column("currency", "Currency"),
    Column("channel", "Channel"),
    Column("campaign", "Campaign"),
    Column("external_id", "External ID"),
)
SHOWN = ("id", "on", "contact", "order_number", "kind", "product", "quantity", "amount", "currency")


def table(rows: Sequence[Sequence[Any]], shown: Sequence[str] = SHOWN) -> Table:
    """Turn the store's flat rows into the table of ``purchase list``."""
    return Table(
        noun="purchase",
        columns=COLUMNS,
        rows=[
            (*row[:9], quantity_number(row[9]), money_text(row[10], row[11]), *row[11:15])
            for row in rows
        ],
        default_columns=shown,
    )


def record_values(row: Sequence[Any]) -> dict[str, Any]:
    """Return a purchase's JSON object (commands page, section "Records")."""
    (values,) = table([row]).rows
    keys = [column.key for column in COLUMNS]
    return {
        **dict(zip(keys, values, strict=True)),
        "uid": row[15],
        "product_id": row[16],
        "returns_id": row[17],
    }


def record(connection: sqlite3.Connection, purchase_id: int) -> Record:
    """Return one purchase or return as verbs print it."""
    (row,) = store.flat_rows(connection, "p.id = :id", {"id": purchase_id})
    (values,) = _full(connection, [row])
    return Record(noun="purchase", values=values, title=f"Purchase {purchase_id}")


def _full(connection: sqlite3.Connection, rows: Sequence[Sequence[Any]]) -> list[dict[str, Any]]:
    """Return full records of flat rows, custom fields included."""
    fields = custom.objects(connection, "purchase", [row[0] for row in rows])
    return [{**record_values(row), "fields": fields[row[0]]} for row in rows]


def show(connection: sqlite3.Connection, what: str, *, for_people: bool) -> Result:
    """Return one purchase or return, or by its number an order of one contact: its lines as
    flat rows, for programs as full records.

    Raises NotFound, and Ambiguous for what may be lines of several orders.
    """
    from crm_cli.queries import resolve

    ids = resolve.purchase_ids(connection, what)
    rows = store.listed(connection, {"ids": f"[{', '.join(map(str, ids))}]"})
    is_order = len({row[1] for row in rows}) == 1 and all(row[4] == what.strip() for row in rows)
    if len(rows) == 1 or not is_order:
        return Result(body=record(connection, resolve.purchase_id(connection, what)))
    _, contact_id, contact, *_ = rows[0]
    said = Message(f"order {what.strip()} of {contact} (#{contact_id}): {len(rows)} lines")
    body = queries.with_columns(connection, table(rows))
    if not for_people:
        records = _full(connection, rows)
        body = Table(
            noun="purchase",
            columns=[Column(key, key) for key in records[0]],
            rows=[tuple(values.values()) for values in records],
        )
    return Result(body=body, messages=[said])


def rows_of(connection: sqlite3.Connection, ids: Sequence[int]) -> Table:
    """Return the flat rows of certain purchases."""
    found = table(store.listed(connection, {"ids": f"[{', '.join(map(str, ids))}]"}))
    return queries.with_columns(connection, found)


def newest(connection: sqlite3.Connection, contact_id: int, count: int) -> Table:
    """Return a contact's last purchases and returns, newest day first."""
    rows = store.listed(connection, {"who": contact_id}, count, newest_first=True)
    return table(rows, [name for name in SHOWN if name != "contact"])


def listing(
    session: Session, asked: Mapping[str, str | None], *, limit: int | None,
    where: str | None = None, ids_only: bool = False,
) -> Result:  # fmt: skip
    """Return purchases and returns by id, and how typed days were understood.

    ``asked`` maps who, product, since, until, period, kind, order and channel to what was
    typed, ``where`` is a filter; with ``ids_only`` the table has no other column. Raises
    InvalidValue, NotFound and Ambiguous.
    """
    from crm_cli.queries import resolve

    filters: dict[str, Any] = {name: text for name, text in asked.items() if text is not None}
    for name, text in filters.items():
        resolve.typed(text, name)
    connection = session.reader
    if "who" in filters:
        country = resolve.country_for(session, filters["who"])
        filters["who"] = resolve.contact_id(connection, filters["who"], country=country)
    if "product" in filters:
        filters["product"] = resolve.product_id(connection, filters["product"])
    if "kind" in filters:
        from crm_cli.domain.contact import choose

        filters["kind"] = choose("kind", filters["kind"], ("sale", "return"))
    remarks = _read_bounds(session, filters)
    chosen = None
    if where is not None:
        from crm_cli.queries import filtering

        narrowed = filtering.read(session, "purchase", where)
        chosen, remarks = narrowed.chosen, remarks + narrowed.remarks
    if ids_only:
        ids = store.listed(connection, filters, limit, chosen=chosen, ids_only=True)
        body = Table(noun="purchase", columns=COLUMNS[:1], rows=ids)
        return Result(body=body, messages=remarks)
    found = table(store.listed(connection, filters, limit, chosen=chosen))
    return Result(body=queries.with_columns(connection, found), messages=remarks)


def _read_bounds(session: Session, filters: dict[str, Any]) -> list[Message]:
    """Turn the days and the period as typed into ``since`` and ``until``, in place."""
    remarks: list[Message] = []
    typed = {name: filters.pop(name) for name in ("since", "until", "period") if name in filters}
    if typed:
        from crm_cli.reports.scope import Bounds, read_span

        span = read_span(session, Bounds(**typed), session.today, remarks)
        days = {"since": span.since, "until": span.until}
        filters.update({name: day.isoformat() for name, day in days.items() if day is not None})
    return remarks
