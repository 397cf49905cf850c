"""``purchase edit`` and ``purchase delete`` for many at once. See ``bulk`` for what they share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crm_cli import errors
from crm_cli.domain.values import money_text
from crm_cli.queries import purchases as queries
from crm_cli.services import bulk_fields, follow_ups_ties, leads_ties, purchases_edit
from crm_cli.services import fields as custom
from crm_cli.services.bulk import Task, Work, carry_out, counted, named
from crm_cli.services.bulk_contacts import to_trash
from crm_cli.services.bulk_products import set_cells
from crm_cli.services.purchases import UNSETTABLE, PurchaseFields
from crm_cli.store import bulk as store
from crm_cli.store import purchases as purchase_store

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from crm_cli.queries.selection import Selection
    from crm_cli.result import Result
    from crm_cli.session import Session

ONE_BY_ONE = frozenset({"who", "on", "quantity", "amount", "currency"})
"""Options that have to fit each sale's returns, or each return's sale."""


def edit(session: Session, selection: Selection, fields: PurchaseFields) -> Result:
    """Change the named fields of many purchases.

    Raises what the single edit does, InvalidValue for an external id, and what ``bulk.carry_out``
    raises.
    """
    if (
        selection.ids is not None
        and len(selection.ids) == 1
        and "external_id" in named(fields.given)
    ):
        return purchases_edit.edit(session, f"#{selection.ids[0]}", fields, as_list=True)
    return carry_out(session, selection, Task(
        noun="purchase", words=("edit", "edited"), prepare=lambda work: _edit(work, fields.given),
        body=queries.rows_of,
    ))  # fmt: skip


def _edit(work: Work, typed: Mapping[str, Any]) -> None:
    given = custom.split(work.connection, "purchase", typed, UNSETTABLE)
    if "external_id" in given:
        raise errors.InvalidValue(
            "several purchases cannot get one external id", hint="edit them one by one"
        )
    if ONE_BY_ONE & given.keys():
        _one_by_one(work, given)
        return
    cells = purchases_edit.read_cells(work.unit, {}, given, work.remarks)
    if cells:
        set_cells(work, "purchases", cells, list(work.ids), _product_in_words(work))
    bulk_fields.write(work, given)


def _product_in_words(work: Work) -> Callable[[str, Any], tuple[str, str]]:
    def shown(name: str, value: Any) -> tuple[str, str]:
        if name != "product_id":
            return name, str(value)
        named = store.names(work.connection, "product", store.array([value]))
        return "product", named.get(value, str(value))

    return shown


def _one_by_one(work: Work, given: Mapping[str, Any]) -> None:
    """Change each as the single edit does; a return moves along with its sale."""
    meant = set(work.ids)
    texts: dict[int, str] = {}
    after: dict[int, Mapping[str, Any]] = {}
    owners: dict[int, int] = {}
    beside = {name: value for name, value in given.items() if name != "who"}
    rows = [purchase_store.row(work.connection, one) or {} for one in work.ids]
    for row in sorted(rows, key=lambda row: (row["returns_id"] is not None, row["id"])):
        sale = row["returns_id"]
        moves_along = "who" in given and sale in meant
        options = beside if moves_along else given
        moved = purchases_edit.change(work.unit, row, options, work.remarks)
        if moves_along and sale in owners:
            moved = {"contact_id": owners[sale], **(moved or {})}
        if moved is None:
            continue
        texts[row["id"]] = _in_words(row, moved)
        if "contact_id" in moved:
            owners[row["id"]] = moved["contact_id"]
        if {"amount", "quantity"} & moved.keys():
            after[row["id"]] = {**row, **moved}
    _refuse_too_much_back(work, after)
    work.remarks[:] = dict.fromkeys(work.remarks)
    work.note(texts, lambda first: {one: texts[one] for one in first if one in texts})


def _refuse_too_much_back(work: Work, after: Mapping[int, Mapping[str, Any]]) -> None:
    """Refuse returns that fit their sale one by one, and together do not."""

    def row_of(purchase_id: int) -> Mapping[str, Any]:
        return after.get(purchase_id) or purchase_store.row(work.connection, purchase_id) or {}

    for sale_id in sorted({row["returns_id"] for row in after.values()} - {None}):
        sale = row_of(sale_id)
        returns = [row_of(one) for one in purchase_store.returns_of(work.connection, sale_id)]
        back = sum(row["amount"] for row in returns)
        count = sum(row["quantity"] for row in returns)
        _, count_before = purchase_store.returned(work.connection, sale_id)
        if back > sale["amount"] or count > max(sale["quantity"], count_before):
            too_much = f"{money_text(back, sale['currency'])} {sale['currency']}"
            if back <= sale["amount"]:
                too_much = f"{count / 1000:g} pieces"
            raise errors.Refused(
                f"{too_much} would be returned of purchase {sale_id}, more than it was",
                hint="edit them one by one",
            )


def _in_words(row: Mapping[str, Any], moved: Mapping[str, Any]) -> str:
    """Return what changes as people read it; a fingerprint is nobody's business."""
    words = []
    for name, value in moved.items():
        shown = [row[name], value]
        if name == "amount":
            shown = [
                money_text(amount, of.get("currency", row["currency"]))
                for amount, of in ((row[name], row), (value, moved))
            ]
        elif name == "quantity":
            shown = [f"{count / 1000:g}" for count in shown]
        if name != "fingerprint":
            said = " -> ".join("(empty)" if cell is None else str(cell) for cell in shown)
            words.append(f"{_CALLED.get(name, name)}: {said}")
    return ", ".join(words)


_CALLED = {"contact_id": "contact", "purchased_on": "on"}


def delete(session: Session, selection: Selection) -> Result:
    """Move purchases to the trash, each with its returns. Raises what ``bulk.carry_out`` does."""
    return carry_out(session, selection, Task(
        noun="purchase", words=("delete", "deleted"), prepare=_delete, body=queries.rows_of,
        risky=True, gone=True,
    ))  # fmt: skip


def _delete(work: Work) -> None:
    if not work.ids:
        return
    unit = work.unit
    work.note_all(work.ids, "")
    returns = store.returns_of(work.connection, work.listed)
    work.along = f" with {counted(len(returns), 'return')}" if returns else ""
    named = {"ids": store.array([*work.ids, *returns])}
    unit.delete_where("field_values", purchase_store.VALUES_OF, named)
    follow_ups_ties.forget_purchases(unit, named["ids"])
    leads_ties.forget_purchases(unit, named["ids"])
    unit.delete_where("purchases", purchase_store.NAMED, named)
    buried = store.fingerprints(work.connection, named["ids"])
    first = unit.draw("import_tombstones", len(buried))
    rows = ((first + number, *pair) for number, pair in enumerate(buried))
    columns = ("id", "contact_id", "fingerprint")
    unit.insert_stream("import_tombstones", columns, rows, first, len(buried))
    to_trash(work, "purchase", {
        one: f"{what}, {money_text(amount, currency)} {currency}, {contact}, {day}"
        for one, what, amount, currency, contact, day in store.purchase_labels(
            work.connection, work.listed
        )
    })  # fmt: skip
    unit.count_records(len(returns))
