"""Writing products."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crm_cli import errors
from crm_cli.domain.reminder_rule import interval
from crm_cli.domain.values import read_currency, read_money, read_text, search_key
from crm_cli.queries import products as queries
from crm_cli.queries import resolve
from crm_cli.result import Level, Message
from crm_cli.services import fields as custom
from crm_cli.services.outcome import written
from crm_cli.services.unit import Unit
from crm_cli.store import products as store

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crm_cli.result import Result
    from crm_cli.session import Session

UNSETTABLE = ("sku", "category", "price", "service_interval")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductFields:
    """What ``product add`` or ``product edit`` was told, as typed: name, price, sku, category,
    currency, service_interval, unset, active."""

    given: Mapping[str, Any]


def add(session: Session, fields: ProductFields) -> Result:
    """Add a product. Raises InvalidValue, and Duplicate for a SKU in use."""
    remarks: list[Message] = []
    with Unit(session) as unit:
        product_id = unit.draw("products")
        given = custom.split(unit.connection, "product", fields.given, UNSETTABLE)
        cells = read_cells(session, given, None)
        _refuse_taken_sku(unit, product_id, cells.get("sku"))
        _warn_of_namesakes(unit, cells, remarks)
        unit.insert("products", id=product_id, **cells)
        custom.write(unit, "product", product_id, given, remarks, is_new=True)
        unit.count_records(1)
        body = unit.commit(
            f"added product {cells['name']}",
            then=lambda connection: queries.record(connection, product_id),
        )
    return written(body, unit, remarks)


def _warn_of_namesakes(unit: Unit, cells: Mapping[str, Any], remarks: list[Message]) -> None:
    """Say where a name is another's already: from now on it names neither."""
    others = [
        row
        for row in store.rows(unit.connection, "p.folded = :folded", {"folded": cells["folded"]})
        if row["is_active"]
    ]
    if others:
        named = ", ".join(f"#{row['id']}" for row in others)
        remarks.append(
            Message(
                f"{cells['name']} is the name of {named} too; the name alone is ambiguous now:"
                " undo this, or name them by SKU or id",
                Level.WARNING,
            )
        )


def edit(session: Session, what: str, fields: ProductFields, *, as_list: bool = False) -> Result:
    """Change the fields named; ``as_list`` prints it as several.

    Raises InvalidValue, Duplicate, NotFound and Ambiguous.
    """
    remarks: list[Message] = []
    with Unit(session) as unit:
        product_id = resolve.product_id(unit.connection, what)
        row = store.row(unit.connection, product_id) or {}
        given = custom.split(unit.connection, "product", fields.given, UNSETTABLE)
        cells = read_cells(session, given, row)
        cells.update(dict.fromkeys(given.get("unset", ())))
        after = {**row, **cells}
        if after["price"] is None:
            cells["currency"] = None
        if after["is_active"] and ("sku" in cells or not row["is_active"]):
            _refuse_taken_sku(unit, product_id, after["sku"])
        unit.update("products", product_id, row, cells)
        custom.write(unit, "product", product_id, given, remarks)
        unit.count_records(1)
        body = unit.commit(
            f"edited product {after['name']}",
            then=lambda connection: (
                queries.rows_of(connection, [product_id])
                if as_list
                else queries.record(connection, product_id)
            ),
        )
    return written(body, unit, remarks)


def retire(session: Session, what: str) -> Result:
    """Sell a product no more; figures keep it. Raises NotFound and Ambiguous."""
    with Unit(session) as unit:
        product_id = resolve.product_id(unit.connection, what)
        row = store.row(unit.connection, product_id) or {}
        unit.update("products", product_id, row, {"is_active": 0})
        unit.count_records(1)
        body = unit.commit(
            f"retired product {row['name']}",
            then=lambda connection: queries.record(connection, product_id),
        )
    return written(body, unit)


def read_cells(
    session: Session, given: Mapping[str, Any], row: Mapping[str, Any] | None
) -> dict[str, Any]:
    """Return the columns that options fill; a price is in the currency of ``row``, else in the
    business's. Raises InvalidValue."""
    cells: dict[str, Any] = {}
    if "name" in given:
        cells["name"] = read_text(given["name"], "name")
        if not cells["name"]:
            raise errors.InvalidValue("a product needs a name", hint="crm product add Tea 4.90")
        cells["folded"] = search_key(cells["name"])
    for name in ("sku", "category"):
        if name in given:
            cells[name] = read_text(given[name], name) or None
    if "service_interval" in given:
        cells["service_interval"] = read_interval(given["service_interval"])
    if "price" in given:
        cells["price"], cells["currency"] = _price(session, given, row)
    elif "currency" in given:
        raise errors.InvalidValue(
            "a currency needs a price beside it", hint="write the price again in that currency"
        )
    if given.get("active"):
        cells["is_active"] = 1
    return cells


def _price(
    session: Session, given: Mapping[str, Any], row: Mapping[str, Any] | None
) -> tuple[int, str]:
    """Return the price in the currency named, else the one it had, else the business's."""
    named = read_currency(given["currency"]) if "currency" in given else None
    default = named or (row or {}).get("currency") or session.setting("currency")
    minor, currency = read_money(given["price"], default)
    if named and currency != named:
        raise errors.InvalidValue(
            f"the price {given['price']!r} is not in {named}", hint="name one currency"
        )
    if minor < 0:
        raise errors.InvalidValue(
            f"the price {given['price']!r} is negative", hint="a price is what one piece costs"
        )
    return minor, currency


def read_interval(text: str) -> str:
    """Return ``12 months`` for ``12 months``, ``12m`` or ``a year``. Raises InvalidValue."""
    found = interval(" ".join(text.lower().split()), 9999)
    if found is not None:
        return found
    raise errors.InvalidValue(
        f"{text!r} is not an interval", hint="write it as 12 months, 2 weeks or 1 year"
    )


def _refuse_taken_sku(unit: Unit, product_id: int, sku: str | None) -> None:
    if not sku:
        return
    others = [
        other
        for other in store.ids_by_sku(unit.connection, sku, active_only=True)
        if other != product_id
    ]
    if others:
        (label, *_) = labels = store.labels(unit.connection, others)
        raise errors.Duplicate(
            f"the SKU {sku} belongs to {label['name']} (#{label['id']})",
            hint="edit that one, or retire it first",
            candidates=labels,
        )
