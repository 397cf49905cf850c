"""``product edit`` and ``product retire`` for many at once. See ``bulk`` for what they share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crm_cli import errors
from crm_cli.domain.values import money_text
from crm_cli.queries import products as queries
from crm_cli.services import bulk_fields, products
from crm_cli.services import fields as custom
from crm_cli.services.bulk import Task, Work, carry_out, named
from crm_cli.services.products import UNSETTABLE, ProductFields, read_cells
from crm_cli.store import bulk as store

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from crm_cli.queries.selection import Selection
    from crm_cli.result import Result
    from crm_cli.session import Session

OWN = {"name": "name", "sku": "SKU"}
"""Options about what one product alone has -> what that is called."""


def edit(session: Session, selection: Selection, fields: ProductFields) -> Result:
    """Change the named fields of many products.

    Raises what the single edit does, InvalidValue for a field that one product alone has, and
    what ``bulk.carry_out`` raises.
    """
    if selection.ids is not None and len(selection.ids) == 1 and OWN.keys() & named(fields.given):
        return products.edit(session, f"#{selection.ids[0]}", fields, as_list=True)
    hidden = None if fields.given.get("active") else False
    return carry_out(session, selection, Task(
        noun="product", words=("edit", "edited"), prepare=lambda work: _edit(work, fields.given),
        body=queries.rows_of, hidden=hidden,
    ))  # fmt: skip


def _edit(work: Work, typed: Mapping[str, Any]) -> None:
    given = custom.split(work.connection, "product", typed, UNSETTABLE)
    for name, called in OWN.items():
        if name in given:
            raise errors.InvalidValue(
                f"several products cannot get one {called}", hint="edit them one by one"
            )
    if given.get("active"):
        _refuse_taken(work)
    emptied = dict.fromkeys(given.get("unset", ()))
    if "price" in emptied:
        emptied["currency"] = None
    # A price without a currency is in the one that each product's price was in.
    groups = store.groups(work.connection, "products", "currency", work.listed)
    read_cells(work.unit.session, given, None)  # said of a wrong value also where none matches
    for currency, ids in groups.items():
        cells = {**read_cells(work.unit.session, given, {"currency": currency}), **emptied}
        if cells:
            set_cells(work, "products", cells, ids, _in_words(currency))
    bulk_fields.write(work, given)


def set_cells(
    work: Work, table: str, cells: Mapping[str, Any], ids: Sequence[int],
    shown: Callable[[str, Any], tuple[str, str]],
) -> None:  # fmt: skip
    """Set the same cells in some of the records of a bulk change."""
    moved = work.note_cells(table, cells, {one: one for one in ids}, shown)
    if moved:
        work.unit.update_chosen(table, cells, store.array(moved))


def _in_words(currency: str | None) -> Callable[[str, Any], tuple[str, str]]:
    def shown(name: str, value: Any) -> tuple[str, str]:
        if name == "price" and currency and value is not None:
            return name, money_text(value, currency)
        return {"is_active": "active"}.get(name, name), str(value)

    return shown


def _refuse_taken(work: Work) -> None:
    found = store.taken_sku(work.connection, work.listed)
    if found is not None:
        product_id, sku, owner = found
        raise errors.Duplicate(
            f"the SKU {sku} of product {product_id} belongs to product {owner}",
            hint="leave one of them out, or edit its SKU first",
        )


def retire(session: Session, selection: Selection) -> Result:
    """Sell many products no more. Raises what ``bulk.carry_out`` does."""

    def prepare(work: Work) -> None:
        set_cells(work, "products", {"is_active": 0}, work.ids, _in_words(None))

    return carry_out(session, selection, Task(
        noun="product", words=("retire", "retired"), prepare=prepare, body=queries.rows_of
    ))  # fmt: skip
