"""The lines of an order as typed: how many of which product for how much."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from crm_cli import errors
from crm_cli.domain.values import read_currency, read_money, read_quantity, read_text, search_key
from crm_cli.queries import resolve
from crm_cli.result import Level, Message
from crm_cli.store import products

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

    from crm_cli.services.unit import Unit


class Line(NamedTuple):
    """One line of an order, as typed."""

    product: str
    amount: str | None
    quantity: str | None


def read_lines(connection: sqlite3.Connection, given: Mapping[str, Any]) -> list[Line]:
    """Return the lines: PRODUCT [AMOUNT] first, then every ``--line``.

    Raises UsageError where there is none, InvalidValue, and Ambiguous for a product.
    """
    lines = []
    if given.get("product") is not None:
        lines.append(Line(given["product"], given.get("amount"), given.get("quantity")))
    elif given.get("quantity") is not None:
        raise errors.UsageError(
            "--quantity belongs to PRODUCT", hint="write --line '2 x SKU=AMOUNT'"
        )
    for text in given.get("line", ()):
        product, equals, amount = text.rpartition("=")
        if not equals or not product.strip() or not amount.strip():
            raise errors.InvalidValue(
                f"{text!r} is not a line", hint="write --line 'SKU=12.50' or '2 x SKU=25.00'"
            )
        quantity, name = _counted(connection, product.strip())
        lines.append(Line(name, amount, quantity))
    if not lines:
        raise errors.UsageError(
            "nothing was bought", hint="crm purchase add WHO PRODUCT AMOUNT, or --line SKU=AMOUNT"
        )
    return lines


def _counted(connection: sqlite3.Connection, text: str) -> tuple[str | None, str]:
    """Return quantity and product of ``2 x Cup``; of ``2xCup`` where there is a product Cup and
    none called that."""
    count, times, name = text.replace("\N{MULTIPLICATION SIGN}", "x").partition("x")
    if not times or not name.strip() or not count.strip().replace(".", "", 1).isdigit():
        return None, text
    if resolve.product_or_none(connection, text, whole=True) is not None:
        return None, text
    is_apart = count != count.rstrip() and name != name.lstrip()
    if is_apart or resolve.product_or_none(connection, name, whole=True) is not None:
        return count.strip(), name.strip()
    return None, text


def line_cells(
    unit: Unit, given: Mapping[str, Any], line: Line, made: dict[str, int], remarks: list[Message]
) -> dict[str, Any]:
    """Return a line's columns: product (made when new; ``made``: key -> id), quantity, amount,
    currency. Raises InvalidValue and UsageError."""
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
