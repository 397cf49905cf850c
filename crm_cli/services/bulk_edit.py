"""``contact edit`` for many at once: what the single edit does to one, set-wise.

See ``contacts_edit`` for the rules; each step here notes which contacts it changes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crm_cli import errors
from crm_cli.domain.contact import (
    ADDRESS_FIELDS,
    LIST_FIELDS,
    UNSETTABLE,
    choose,
    read_link,
    split_label,
)
from crm_cli.domain.values import fold
from crm_cli.queries import contacts as queries
from crm_cli.services import bulk_contacts, bulk_fields, contacts_edit
from crm_cli.services import fields as custom
from crm_cli.services.bulk import Task, Work, carry_out, named
from crm_cli.services.contacts import (
    ContactFields,
    address_cells,
    columns,
    refuse_bare_label,
    sorted_out,
)
from crm_cli.store import bulk as store

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crm_cli.queries.selection import Selection
    from crm_cli.result import Result
    from crm_cli.session import Session

OWN = {
    "name": "name", "first_name": "first name", "birthday": "birthday",
    "email": "e-mail address", "primary_email": "e-mail address", "phone": "phone number",
    "primary_phone": "phone number", "external_id": "external id",
    "remove_email": "e-mail address", "remove_phone": "phone number",
    "remove_link": "web address", "remove_address": "address", "remove_external_id": "external id",
}  # fmt: skip
"""Options about what one contact alone has -> what that is called."""

_SAID = {"company_id": "company", "referred_by_id": "referred by"}


def is_of_one(fields: ContactFields) -> bool:
    """Say whether an edit is about something that one contact alone has."""
    return bool(OWN.keys() & named(fields.given))


def edit(session: Session, selection: Selection, fields: ContactFields) -> Result:
    """Change the named fields of many contacts. Raises what the single edit does, InvalidValue
    for a field that one contact alone has, and what ``bulk.carry_out`` raises."""
    if selection.ids is not None and is_of_one(fields):
        # Piped ids may be one, or share an address on purpose (--allow-duplicate).
        whos = [f"#{number}" for number in selection.ids]
        return contacts_edit.edit(session, whos, fields, as_list=True)
    task = Task(
        noun="contact", words=("edit", "edited"), prepare=lambda work: _edit(work, fields),
        body=queries.rows_of,
    )  # fmt: skip
    return carry_out(session, selection, task)


def _edit(work: Work, fields: ContactFields) -> None:
    fields = sorted_out(work.unit, fields)
    for name, called in OWN.items():
        if name in fields.given:
            raise errors.InvalidValue(
                f"several contacts cannot get one {called}"
                if not name.startswith("remove_")
                else f"--{name.replace('_', '-')} is for one contact",
                hint="edit them one by one",
            )
    unset = [
        choose("--unset", name, UNSETTABLE)
        for text in fields.texts("unset")
        for name in text.split(",")
    ]
    values = columns(work.unit, fields, work.remarks)
    if not work.ids:
        return
    _refuse_companies(work, fields, values)
    for name in unset:
        if name not in ADDRESS_FIELDS and name not in LIST_FIELDS:
            values[{"company": "company_id", "referred_by": "referred_by_id"}.get(name, name)] = (
                None
            )
    _refuse_circles(work, values)
    if values:
        work.note_cells("contacts", values, shown=_shown(work))
    _take_off(work, fields, unset)
    _add_links(work, fields, emptied="link" in unset)
    _set_address(work, fields, unset)
    if "custom" in fields.given:
        bulk_fields.write(work, fields.given)
    bulk_contacts.touch(work, **values)


def _shown(work: Work) -> Any:
    """Return how a column and its value are named in a preview."""

    def shown(name: str, value: Any) -> tuple[str, str]:
        if name in _SAID and value is not None:
            named = store.names(work.connection, "contact", store.array([value]))
            # A company that the same change makes is in no table yet.
            value = named.get(value, "a new company")
        return _SAID.get(name, name), str(value)

    return shown


def _refuse_companies(work: Work, fields: ContactFields, values: dict[str, Any]) -> None:
    if not fields.text("last_name") or values.get("kind") == "person":
        return
    found = store.first_company(work.connection, work.listed)
    if values.get("kind") == "company" or found is not None:
        who = "a company" if found is None else f"{found[1]} (#{found[0]}) is a company and"
        raise errors.InvalidValue(
            f"{who} has no last name", hint="leave --last-name out, or add: kind = person"
        )


def _refuse_circles(work: Work, values: dict[str, Any]) -> None:
    tied: set[Any] = {values.get("company_id"), values.get("referred_by_id")}
    for contact_id in sorted(tied.intersection(work.ids)):
        named = store.names(work.connection, "contact", store.array([contact_id]))
        raise errors.InvalidValue(
            f"{named[contact_id]} cannot be tied to itself",
            hint=f"leave it out: ... and id != {contact_id}",
        )


def _take_off(work: Work, fields: ContactFields, unset: Sequence[str]) -> None:
    tags = fields.texts("tag")
    if "tag" in unset:
        kept = bulk_contacts.tie(work, tags)
        bulk_contacts.drop(work, "contact_tags", store.OTHER_TAGS, "other tags: none", kept)
    elif tags:
        bulk_contacts.tie(work, tags)
    for name in dict.fromkeys(unset):
        if name != "tag" and name in LIST_FIELDS:
            text = f"{name}: none"
            if bulk_contacts.drop(work, LIST_FIELDS[name], store.OF_CONTACTS, text):
                custom.refuse_emptied(work.unit, [name], fields.given)


def _add_links(work: Work, fields: ContactFields, *, emptied: bool) -> None:
    known: set[str] = set()
    for text in fields.texts("link"):
        label, typed = split_label(text)
        value = read_link(typed)
        if value in known:
            continue
        known.add(value)
        missing = list(work.ids)
        if not emptied:
            named = {"ids": work.listed, "value": value}
            held = set(store.owners(work.connection, "links", store.WITH_VALUE, named))
            missing = [one for one in missing if one not in held]
        bulk_contacts.insert(work, "links", missing, value=value, label=label)
        work.note_all(missing, f"link: {value}")


def _set_address(work: Work, fields: ContactFields, unset: Sequence[str]) -> None:
    """Change each contact's address with the label that was named, else its first; or add it."""
    cells = {**address_cells(fields), **{name: None for name in unset if name in ADDRESS_FIELDS}}
    if not cells:
        return
    refuse_bare_label(cells)
    label = cells.get("label")
    wanted = fold(label or "")
    first: dict[int, int] = {}
    exact: dict[int, int] = {}
    if "address" not in unset:
        for contact_id, row_id, held in store.addresses(work.connection, work.listed):
            first.setdefault(contact_id, row_id)
            if fold(held or "") == wanted:
                exact.setdefault(contact_id, row_id)
    found = exact if label is not None else {**first, **exact}
    rows = {row_id: contact_id for contact_id, row_id in found.items()}
    moved = work.note_cells("addresses", cells, rows)
    if moved:
        work.unit.update_chosen("addresses", cells, store.array(moved))
    if any(value is not None for name, value in cells.items() if name != "label"):
        missing = [one for one in work.ids if one not in found]
        bulk_contacts.insert(work, "addresses", missing, **cells)
        said = (f"{name}: {value}" for name, value in cells.items() if value is not None)
        work.note_all(missing, ", ".join(said))
