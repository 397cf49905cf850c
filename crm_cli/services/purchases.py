"""Writing purchases: orders of one or several lines, and returns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from crm_cli import errors
from crm_cli.domain.values import (
    money_text,
    read_currency,
    read_money,
    read_quantity,
    read_text,
    search_key,
)
from crm_cli.queries import purchases as queries
from crm_cli.queries import resolve
from crm_cli.result import Level, Message
from crm_cli.services import fields as custom
from crm_cli.services.outcome import read_day, written
from crm_cli.services.unit import Unit
from crm_cli.store import contacts, products
from crm_cli.store import purchases as store

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crm_cli.result import Result
    from crm_cli.session import Session

TEXT_FIELDS = {
    "order": "order_number",
    "channel": "channel",
    "campaign": "campaign",
    "description": "description",
    "external_id": "external_id",
}
"""Options of one line of text, and the column each fills."""

UNSETTABLE = ("product", *TEXT_FIELDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseFields:
    """What ``purchase add``, ``return`` or ``edit`` was told, as typed: who, product, amount,
    on, quantity, currency, line, unset and the keys of ``TEXT_FIELDS``."""

    given: Mapping[str, Any]


class Line(NamedTuple):
    """One line of an order, as typed."""

    product: str
    amount: str | None
    quantity: str | None


def add(session: Session, fields: PurchaseFields) -> Result:
    """Record a purchase: one line, or several of one order.

    A product nobody knows is made; a first sale lifts a prospect to customer. Raises
    InvalidValue, UsageError, NotFound, Ambiguous, and Duplicate for an external id in use.
    """
    remarks: list[Message] = []
    with Unit(session) as unit:
        given = custom.split(unit.connection, "purchase", fields.given, UNSETTABLE)
        lines = _lines(given)
        contact_id = resolve.contact_id(
            unit.connection, given["who"], country=resolve.country_for(session, given["who"])
        )
        shared = {
            "contact_id": contact_id,
            "kind": "sale",
            "purchased_on": read_day(session, given.get("on"), "on", remarks),
            **text_cells(given),
        }
        if not given.get("allow_duplicate"):
            refuse_taken(unit, text_cells(given).get("external_id"))
        made: dict[str, int] = {}
        ids = [unit.insert("purchases", **shared, **_line(unit, given, line, made, remarks))
               for line in lines]  # fmt: skip
        for purchase_id in ids:
            custom.write(unit, "purchase", purchase_id, given, remarks, is_new=True)
        name = lift(unit, contact_id, remarks)
        unit.count_records(len(ids))
        what = lines[0].product if len(lines) == 1 else f"{len(lines)} lines"
        body = unit.commit(
            f"sold {what} to {name}",
            then=lambda connection: (
                queries.record(connection, ids[0])
                if len(ids) == 1
                else queries.rows_of(connection, ids)
            ),
        )
    return written(body, unit, remarks)


def _lines(given: Mapping[str, Any]) -> list[Line]:
    """Return the lines: PRODUCT [AMOUNT] first, then every ``--line``."""
    lines = []
    if given.get("product") is not None:
        lines.append(Line(given["product"], given.get("amount"), given.get("quantity")))
    elif given.get("quantity") is not None:
        raise errors.UsageError(
            "--quantity belongs to PRODUCT", hint="write --line '2 x SKU=AMOUNT'"
        )
    for text in given.get("line", ()):
        product, equals, amount = text.rpartition("=")
        count, times, rest = product.partition(" x ")
        has_count = bool(times) and count.strip().replace(".", "", 1).isdigit()
        if not equals or not product.strip() or not amount.strip():
            raise errors.InvalidValue(
                f"{text!r} is not a line", hint="write --line 'SKU=12.50' or '2 x SKU=25.00'"
            )
        if has_count:
            lines.append(Line(rest.strip(), amount, count.strip()))
        else:
            lines.append(Line(product.strip(), amount, None))
    if not lines:
        raise errors.UsageError(
            "nothing was bought", hint="crm purchase add WHO PRODUCT AMOUNT, or --line SKU=AMOUNT"
        )
    return lines


def _line(
    unit: Unit, given: Mapping[str, Any], line: Line, made: dict[str, int], remarks: list[Message]
) -> dict[str, Any]:
    product_id, price = _product(unit, line.product, made, remarks)
    quantity = 1000 if line.quantity is None else read_quantity(line.quantity)
    if quantity <= 0:
        raise errors.InvalidValue(
            f"the quantity {line.quantity!r} is not above zero",
            hint="write how many were meant, such as 2 or 0.5",
        )
    named = read_currency(given["currency"]) if given.get("currency") else None
    if line.amount is None:
        if price is None:
            raise errors.UsageError(
                f"how much was {line.product}? It has no price",
                hint="crm purchase add WHO PRODUCT AMOUNT",
            )
        minor, currency = (price[0] * quantity + 500) // 1000, price[1]
    else:
        minor, currency = read_money(line.amount, named or unit.session.setting("currency"))
    if named and currency != named:
        raise errors.InvalidValue(
            f"the amount is in {currency}, not in {named}", hint="name one currency"
        )
    if minor < 0:
        raise errors.InvalidValue(
            f"the amount {line.amount!r} is negative",
            hint="something given back is a return: crm purchase return PURCHASE [AMOUNT]",
        )
    return {
        "product_id": product_id, "quantity": quantity, "amount": minor, "currency": currency,
    }  # fmt: skip


def _product(
    unit: Unit, text: str, made: dict[str, int], remarks: list[Message]
) -> tuple[int, tuple[int, str] | None]:
    """Return the product's id and price; made when nobody knows it."""
    name = read_text(text, "product")
    key = search_key(name)
    if key in made:
        return made[key], None
    # A part of a name is not enough: "Green Tea" is a new product beside "Green Tea Deluxe".
    product_id = resolve.product_or_none(unit.connection, name, whole=True)
    if product_id is None:
        if not name:
            raise errors.InvalidValue(
                "a product needs a name", hint="crm purchase add WHO PRODUCT AMOUNT"
            )
        if resolve.number(name) is not None:
            resolve.product_id(unit.connection, name)  # raises: a number is an id, not a name
        made[key] = unit.insert("products", name=name, folded=key)
        unit.count_records(1)
        remarks.append(Message(f"made the product {name} (#{made[key]})"))
        return made[key], None
    row = products.row(unit.connection, product_id) or {}
    if not row["is_active"]:
        remarks.append(Message(f"{row['name']} (#{product_id}) is retired", Level.WARNING))
    return product_id, None if row["price"] is None else (row["price"], row["currency"])


def refuse_taken(unit: Unit, external_id: str | None) -> None:
    """Refuse an external id that a purchase or return has already. Raises Duplicate."""
    if external_id is None:
        return
    held = store.ids_by_external_id(unit.connection, external_id)
    if held:
        raise errors.Duplicate(
            f"purchase {held[0]} has the external id {external_id} already",
            hint=f"crm purchase edit {held[0]}, or add --allow-duplicate",
            candidates=store.labels(unit.connection, held),
        )


def text_cells(given: Mapping[str, Any]) -> dict[str, str | None]:
    """Return the columns that options of one line of text fill."""
    return {
        column: read_text(given[name], name.replace("_", " ")) or None
        for name, column in TEXT_FIELDS.items()
        if given.get(name) is not None
    }


def lift(unit: Unit, contact_id: int, remarks: list[Message]) -> str:
    """Make a prospect a customer (nothing lowers a role by itself); return the name."""
    row = contacts.row(unit.connection, contact_id) or {}
    if row["role"] == "prospect":
        unit.update("contacts", contact_id, row, {"role": "customer", "updated_at": unit.at})
        remarks.append(Message(f"{row['name']} is a customer now"))
    return str(row["name"])


def give_back(session: Session, what: str, fields: PurchaseFields) -> Result:
    """Record a return of a sale: all that is left of it, or the amount given.

    Raises Refused for more than is left, or for a return of a return; InvalidValue; Duplicate.
    """
    remarks: list[Message] = []
    with Unit(session) as unit:
        given = custom.split(unit.connection, "purchase", fields.given, UNSETTABLE)
        sale_id = resolve.purchase_id(unit.connection, what)
        sale = store.row(unit.connection, sale_id) or {}
        if sale["kind"] != "sale":
            raise errors.Refused(
                f"purchase {sale_id} is a return itself", hint=f"crm purchase delete {sale_id}"
            )
        day = read_day(session, given.get("on"), "on", remarks)
        if day < sale["purchased_on"]:
            raise errors.InvalidValue(
                f"{day} is before the sale on {sale['purchased_on']}", hint="name its day with --on"
            )
        if not given.get("allow_duplicate"):
            refuse_taken(unit, text_cells(given).get("external_id"))
        back = store.returned(unit.connection, sale_id)
        amount, quantity = what_is_left(sale, back, given)
        cells = {
            name: sale[name]
            for name in (
                "contact_id",
                "order_number",
                "product_id",
                "currency",
                "channel",
                "campaign",
            )
        }
        return_id = unit.insert(
            "purchases", **{**cells, **text_cells(given)}, kind="return", purchased_on=day,
            quantity=quantity, amount=amount, returns_id=sale_id,
        )  # fmt: skip
        custom.write(unit, "purchase", return_id, given, remarks)  # a return lacks nothing
        unit.count_records(1)
        body = unit.commit(
            f"returned {money_text(amount, sale['currency'])} {sale['currency']}"
            f" of purchase {sale_id}",
            then=lambda connection: queries.record(connection, return_id),
        )
    return written(body, unit, remarks)


def what_is_left(
    sale: Mapping[str, Any], back: tuple[int, int], given: Mapping[str, Any]
) -> tuple[int, int]:
    """Return (minor units, thousandths) of a return, where ``back`` of the sale was returned
    before.

    Without a quantity all that is left of the money is all that is left of the goods, and a part
    of it is as many whole pieces as it pays for, or none. Raises InvalidValue and Refused.
    """
    left = sale["amount"] - back[0]
    count_left = max(sale["quantity"] - back[1], 0)
    currency = sale["currency"]
    shown = f"{money_text(left, currency)} {currency}"
    if given.get("amount") is None:
        amount = left
    else:
        amount, named = read_money(given["amount"], currency)
        if named != currency:
            raise errors.InvalidValue(
                f"the sale was in {currency}, not in {named}",
                hint=f"write the amount in {currency}",
            )
    if given.get("amount") is not None and amount <= 0:
        raise errors.InvalidValue(
            f"{given['amount']!r} is not above zero",
            hint="a return is typed as a positive amount; without one it is all that is left",
        )
    if amount > left:
        raise errors.Refused(
            f"only {shown} is left of purchase {sale['id']} to return",
            hint=f"crm purchase return {sale['id']} returns all that is left",
        )
    if given.get("amount") is None and not left and (sale["amount"] or not count_left):
        raise errors.Refused(
            f"nothing is left of purchase {sale['id']} to return",
            hint=f"its returns: crm purchase list --who {sale['contact_id']} --kind return",
        )
    if given.get("quantity") is not None:
        quantity = read_quantity(given["quantity"])
        if quantity <= 0:
            raise errors.InvalidValue(
                f"the quantity {given['quantity']!r} is not above zero",
                hint="write how many were meant, such as 2 or 0.5",
            )
        if quantity > count_left:
            raise errors.Refused(
                f"only {count_left / 1000:g} of purchase {sale['id']} is left",
                hint="without --quantity it follows from the amount",
            )
        return amount, quantity
    if amount == left or not sale["amount"]:
        return amount, count_left
    # Half the money for two of four is two given back; a tenth of the price for one is a
    # price taken off, and nothing given back.
    units, rest = divmod(sale["quantity"] * amount, sale["amount"])
    return amount, min(units, count_left) if not rest and not units % 1000 else 0
