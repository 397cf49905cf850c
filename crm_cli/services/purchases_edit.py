"""Changing and deleting purchases and returns."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from crm_cli import errors
from crm_cli.domain.values import money_text, read_currency, read_money, read_quantity, read_text
from crm_cli.queries import purchases as queries
from crm_cli.queries import resolve
from crm_cli.result import Message
from crm_cli.services import fields as custom
from crm_cli.services import follow_ups_ties, leads_ties
from crm_cli.services.outcome import ask, in_the_trash, read_day, written
from crm_cli.services.purchases import (
    TEXT_FIELDS,
    UNSETTABLE,
    PurchaseFields,
    lift,
    refuse_taken,
    text_cells,
)
from crm_cli.services.unit import Unit
from crm_cli.store import purchases as store

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crm_cli.result import Body, Result
    from crm_cli.session import Session


def edit(session: Session, what: str, fields: PurchaseFields, *, as_list: bool = False) -> Result:
    """Change the fields named; ``as_list`` prints it as several. Returns move along with their
    sale.

    Raises InvalidValue, Duplicate, NotFound, Ambiguous, and Refused where sale and returns would
    no longer fit together.
    """
    remarks: list[Message] = []
    with Unit(session) as unit:
        purchase_id = resolve.purchase_id(unit.connection, what)
        row = store.row(unit.connection, purchase_id) or {}
        given = custom.split(unit.connection, "purchase", fields.given, UNSETTABLE)
        change(unit, row, given, remarks)
        unit.count_records(1)
        body = unit.commit(
            f"edited purchase {purchase_id}",
            then=lambda connection: (
                queries.rows_of(connection, [purchase_id])
                if as_list
                else queries.record(connection, purchase_id)
            ),
        )
    return written(body, unit, remarks)


def change(
    unit: Unit, row: Mapping[str, Any], given: Mapping[str, Any], remarks: list[Message]
) -> dict[str, Any] | None:
    """Change one purchase as told; return the cells that move, None where nothing does."""
    cells = read_cells(unit, row, given, remarks)
    _refuse_misfit(unit, row, {**row, **cells})
    external_id = cells.get("external_id")
    if external_id != row["external_id"] and not given.get("allow_duplicate"):
        refuse_taken(unit, external_id)
    if cells.get("contact_id", row["contact_id"]) != row["contact_id"]:
        _move(unit, row, cells, remarks)
    changed = unit.update("purchases", row["id"], row, cells)
    changed |= custom.write(unit, "purchase", row["id"], given, remarks)
    moved = {name: value for name, value in cells.items() if row[name] != value}
    return moved if changed else None


def read_cells(
    unit: Unit, row: Mapping[str, Any], given: Mapping[str, Any], remarks: list[Message]
) -> dict[str, Any]:
    """Return the columns that options fill; an amount is in the currency of ``row`` unless it
    names one. Raises InvalidValue, NotFound and Ambiguous."""
    session = unit.session
    cells: dict[str, Any] = text_cells(given)
    if given.get("who") is not None:
        country = resolve.country_for(session, given["who"])
        cells["contact_id"] = resolve.contact_id(unit.connection, given["who"], country=country)
    if given.get("product") is not None:
        name = read_text(given["product"], "product")
        cells["product_id"] = resolve.product_id(unit.connection, name)
    if given.get("on") is not None:
        cells["purchased_on"] = read_day(session, given["on"], "on", remarks)
    if given.get("quantity") is not None:
        cells["quantity"] = read_quantity(given["quantity"])
        if cells["quantity"] <= 0:
            raise errors.InvalidValue(
                f"the quantity {given['quantity']!r} is not above zero",
                hint="write how many were meant, such as 2 or 0.5",
            )
    if given.get("amount") is not None:
        named = read_currency(given["currency"]) if given.get("currency") else None
        cells["amount"], cells["currency"] = read_money(given["amount"], named or row["currency"])
        if named and cells["currency"] != named:
            raise errors.InvalidValue(
                f"the amount {given['amount']!r} is not in {named}", hint="name one currency"
            )
        if cells["amount"] < 0:
            raise errors.InvalidValue(
                f"the amount {given['amount']!r} is negative",
                hint=f"crm purchase return {row['id']} {given['amount'].strip().lstrip('-')}",
            )
    elif given.get("currency") is not None:
        raise errors.InvalidValue(
            "a currency needs the amount beside it", hint="write --amount '12.50 CHF'"
        )
    for name in given.get("unset", ()):
        cells["product_id" if name == "product" else TEXT_FIELDS[name]] = None
    return cells


def _refuse_misfit(unit: Unit, row: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    """Refuse a sale that no longer covers its returns, and a return before or above its sale."""
    if row["returns_id"] is not None:
        sale = store.row(unit.connection, row["returns_id"]) or {}
        back, count_back = store.returned(unit.connection, sale["id"])
        left = sale["amount"] - back + row["amount"]
        if after["contact_id"] != row["contact_id"]:
            raise errors.Refused(
                f"this return belongs to purchase {sale['id']}",
                hint=f"crm purchase edit {sale['id']} --who {after['contact_id']} moves both",
            )
        if after["currency"] != sale["currency"]:
            raise errors.Refused(
                f"purchase {sale['id']} was in {sale['currency']}",
                hint=f"write the amount in {sale['currency']}",
            )
        if after["amount"] > left:
            shown = money_text(left, sale["currency"])
            raise errors.Refused(
                f"only {shown} {sale['currency']} is left of purchase {sale['id']}",
                hint=f"change the sale first: crm purchase edit {sale['id']} --amount AMOUNT",
            )
        count_left = sale["quantity"] - count_back + row["quantity"]
        if after["quantity"] > max(row["quantity"], count_left):
            raise errors.Refused(
                f"only {count_left / 1000:g} of purchase {sale['id']} is left",
                hint=f"change the sale first: crm purchase edit {sale['id']} --quantity N",
            )
        if after["purchased_on"] < sale["purchased_on"]:
            raise errors.InvalidValue(
                f"the sale was on {sale['purchased_on']}", hint="a return is on that day or later"
            )
        return
    back, count_back = store.returned(unit.connection, row["id"])
    if not back and not count_back:
        return
    if after["currency"] != row["currency"]:
        raise errors.Refused(
            f"purchase {row['id']} has returns in {row['currency']}", hint="delete them first"
        )
    if after["amount"] < back or after["quantity"] < count_back:
        shown = f"{money_text(back, row['currency'])} {row['currency']}"
        raise errors.Refused(
            f"{shown} of purchase {row['id']} was returned already",
            hint=f"delete the return first: crm purchase list --who {row['contact_id']}"
            " --kind return",
        )
    first = min(
        (store.row(unit.connection, found) or {})["purchased_on"]
        for found in store.returns_of(unit.connection, row["id"])
    )
    if after["purchased_on"] > first:
        raise errors.InvalidValue(
            f"it was returned on {first} already", hint="a sale is on that day or before"
        )


def _move(
    unit: Unit, row: Mapping[str, Any], cells: dict[str, Any], remarks: list[Message]
) -> None:
    """Hand a purchase and its returns to another contact, and keep imports from bringing an
    imported one back to the first."""
    moved = [row]
    for return_id in store.returns_of(unit.connection, row["id"]):
        found = store.row(unit.connection, return_id) or {}
        moved.append(found)
        unit.update(
            "purchases", return_id, found,
            {"contact_id": cells["contact_id"], "fingerprint": None},
        )  # fmt: skip
        remarks.append(Message(f"its return {return_id} moved along"))
    follow_ups_ties.hand_over(unit, [one["id"] for one in moved], cells["contact_id"], remarks)
    cells["fingerprint"] = None
    _bury(unit, moved)
    if row["kind"] == "sale":
        lift(unit, cells["contact_id"], remarks)


def _bury(unit: Unit, rows: Sequence[Mapping[str, Any]]) -> None:
    """Note which imported rows are gone, so that no import brings them back."""
    for row in rows:
        if row["fingerprint"] is not None:
            unit.insert(
                "import_tombstones", contact_id=row["contact_id"], fingerprint=row["fingerprint"]
            )


def delete(session: Session, whats: Sequence[str]) -> Result:
    """Move purchases to the trash, each with its returns.

    Raises UsageError without --yes where nobody can answer, Refused when the answer is no.
    """
    reader = session.reader
    ids = list(dict.fromkeys(resolve.purchase_id(reader, what) for what in whats))
    returns = [found for one in ids for found in store.returns_of(reader, one) if found not in ids]
    ask(session, _question(session, ids, returns))
    with Unit(session) as unit:
        labels = {label["id"]: label for label in store.labels(unit.connection, ids)}
        if missing := [one for one in ids if one not in labels]:
            raise errors.Conflict(
                f"purchase {missing[0]} was deleted meanwhile; nothing was written",
                hint="run the command again without it",
            )
        hanging = [
            found for one in ids for found in store.returns_of(unit.connection, one)
            if found not in labels
        ]  # fmt: skip
        body: Body = (
            queries.record(unit.connection, ids[0])
            if len(ids) == 1
            else queries.rows_of(unit.connection, ids)
        )
        rows = [store.row(unit.connection, one) or {} for one in (*ids, *hanging)]
        named = {"ids": json.dumps([*ids, *hanging])}
        unit.delete_where("field_values", store.VALUES_OF, named)
        follow_ups_ties.forget_purchases(unit, named["ids"])
        leads_ties.forget_purchases(unit, named["ids"])
        unit.delete_where("purchases", store.NAMED, named)
        _bury(unit, rows)
        for row in rows[: len(ids)]:
            label = labels[row["id"]]
            money = f"{money_text(row['amount'], row['currency'])} {row['currency']}"
            what = f"{label['product'] or row['kind']}, {money}, {label['contact']}, {label['on']}"
            unit.insert(
                "trash", entry_id=unit.entry_id, noun="purchase", record_id=row["id"], name=what,
                deleted_at=unit.at, deleted_by=session.actor,
            )  # fmt: skip
        unit.count_records(len(rows))
        what = f"purchase {ids[0]}" if len(ids) == 1 else f"{len(ids)} purchases"
        unit.commit(f"deleted {what}")
    remarks = [in_the_trash(unit, what, len(ids))]
    if hanging:
        remarks.append(Message(f"with its returns {', '.join(map(str, hanging))}"))
    return written(body, unit, remarks)


def _question(session: Session, ids: Sequence[int], returns: Sequence[int]) -> str:
    what = f"{len(ids)} purchases"
    if len(ids) == 1:
        (label,) = store.labels(session.reader, ids)
        what = f"purchase {label['id']} ({label['product']}, {label['contact']}, {label['on']})"
    return f"Delete {what}" + (f" with {len(returns)} returns?" if returns else "?")
