"""Writing purchases: orders of one or several lines, and returns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crm_cli import errors
from crm_cli.domain.values import (
    money_text,
    read_money,
    read_quantity,
    read_text,
)
from crm_cli.queries import purchases as queries
from crm_cli.queries import resolve
from crm_cli.result import Level, Message
from crm_cli.services import fields as custom
from crm_cli.services.outcome import read_day, written
from crm_cli.services.purchase_lines import line_cells, read_lines
from crm_cli.services.unit import Unit
from crm_cli.store import contacts
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


def add(session: Session, fields: PurchaseFields) -> Result:
    """Record a purchase: one line, or several of one order, which gets a number where none is
    named: two lines bought together are one order in every report.

    A product nobody knows is made; a first sale lifts a prospect to customer. Raises
    InvalidValue, UsageError, NotFound, Ambiguous, and Duplicate for an external id in use.
    """
    remarks: list[Message] = []
    with Unit(session) as unit:
        given = custom.split(unit.connection, "purchase", fields.given, UNSETTABLE)
        lines = read_lines(unit.connection, given)
        contact_id = resolve.contact_id(
            unit.connection, given["who"], country=resolve.country_for(session, given["who"])
        )
        day = read_day(session, given.get("on"), "on", remarks)
        _warn_of_future(session, day, remarks)
        shared = {
            "contact_id": contact_id,
            "kind": "sale",
            "purchased_on": day,
            **text_cells(given),
        }
        if not given.get("allow_duplicate"):
            refuse_taken(unit, text_cells(given).get("external_id"))
        made: dict[str, int] = {}
        ids = [unit.draw("purchases") for _ in lines]
        if len(lines) > 1 and not shared.get("order_number"):
            shared["order_number"] = _free_number(unit, ids[0])
        for purchase_id, line in zip(ids, lines, strict=True):
            cells = {**shared, **line_cells(unit, given, line, made, remarks)}
            unit.insert("purchases", id=purchase_id, **cells)
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


def _free_number(unit: Unit, first_id: int) -> str:
    """Return an order number that no order has, after the order's first line: ``crm-12``."""
    wanted = number = f"crm-{first_id}"
    again = 1
    while store.ids_by_reference(unit.connection, number):
        again += 1
        number = f"{wanted}-{again}"
    return number


def _warn_of_future(session: Session, day: str, remarks: list[Message]) -> None:
    if day > session.today.isoformat():
        remarks.append(
            Message(f"{day} is after today: no figure counts it until then", Level.WARNING)
        )


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
        sale_id = resolve.purchase_id(unit.connection, what, sale=True)
        sale = store.row(unit.connection, sale_id) or {}
        if sale["kind"] != "sale":
            raise errors.Refused(
                f"purchase {sale_id} is a return itself", hint=f"crm purchase delete {sale_id}"
            )
        day = read_day(session, given.get("on"), "on", remarks)
        _warn_of_future(session, day, remarks)
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
        if not quantity:
            remarks.append(
                Message("money back alone: no piece was counted as given back; --quantity N does")
            )
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
