"""Changing contacts: fields, lists, notes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from crm_cli import errors
from crm_cli.domain.contact import (
    ADDRESS_FIELDS,
    LIST_FIELDS,
    UNSETTABLE,
    choose,
    split_external_id,
)
from crm_cli.domain.values import fold, read_email, read_phone, read_text
from crm_cli.services import contacts_tags
from crm_cli.services.contacts import (
    ContactFields,
    add_lists,
    address_cells,
    columns,
    refuse_bare_label,
    refuse_first_name,
    same_external_id,
    sorted_out,
)
from crm_cli.services.outcome import written
from crm_cli.services.unit import Unit
from crm_cli.store import contacts as store

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crm_cli.result import Message, Result
    from crm_cli.session import Session


def edit(
    session: Session, whos: Sequence[str], fields: ContactFields, *, as_list: bool = False
) -> Result:
    """Change the fields that were named, and no other; ``as_list`` prints one as several.

    Raises InvalidValue, Duplicate, NotFound and Ambiguous.
    """
    remarks: list[Message] = []
    with Unit(session) as unit:
        fields = sorted_out(unit, fields)
        ids = contacts_tags.named(unit, whos)
        if len(ids) > 1:
            _refuse_shared(fields)
        names = [change(unit, contact_id, fields, remarks) for contact_id in ids]
        unit.count_records(len(ids))
        whom = names[0] if len(names) == 1 else f"{len(names)} contacts"
        body = unit.commit(f"edited {whom}", then=contacts_tags.shown(unit, ids, as_list=as_list))
    return written(body, unit, remarks)


def _refuse_shared(fields: ContactFields) -> None:
    """Refuse to give several contacts what only one may have. Raises InvalidValue."""
    given, hint = fields.given, "edit them one by one"
    if "name" in given:
        raise errors.InvalidValue("several contacts cannot get one name", hint=hint)
    if given.get("external_id"):
        raise errors.InvalidValue("several contacts cannot get one external id", hint=hint)
    if given.get("email") and not given.get("allow_duplicate"):
        raise errors.InvalidValue(
            "several contacts cannot get one e-mail address", hint=f"{hint}, or --allow-duplicate"
        )


def change(unit: Unit, contact_id: int, fields: ContactFields, remarks: list[Message]) -> str:
    """Change one contact as told and return its name."""
    row = store.row(unit.connection, contact_id)
    if row is None:
        raise errors.NotFound(f"no contact {contact_id}", hint="see crm contact list")
    held = {name: store.children(unit.connection, name, contact_id) for name in store.CHILDREN}
    steps = len(unit.batch)
    unset = [
        choose("--unset", name, UNSETTABLE) for text in fields.texts("unset")
        for name in text.split(",")
    ]  # fmt: skip
    values = columns(
        unit, fields, remarks, [entry["value"] for entry in held["emails"]], row["role"]
    )
    refuse_first_name(fields, values.get("kind", row["kind"]))
    _refuse_circles(contact_id, row, values)
    for name in unset:
        if name not in ADDRESS_FIELDS and name not in LIST_FIELDS:
            values[{"company": "company_id", "referred_by": "referred_by_id"}.get(name, name)] = (
                None
            )
    changed = unit.update("contacts", contact_id, row, values)
    had = [name for name, rows in held.items() if rows]
    _take_off(unit, contact_id, fields, unset, held)
    add_lists(unit, contact_id, fields, remarks, held)
    changed |= _set_primary(unit, fields, held)
    changed |= _set_address(unit, contact_id, fields, unset, held)
    if "custom" in fields.given:
        from crm_cli.services import fields as custom

        lists = {table: option for option, table in LIST_FIELDS.items()}
        emptied = [lists[name] for name in had if not held[name]]
        custom.refuse_emptied(unit, emptied, fields.given)
        changed |= custom.write(unit, "contact", contact_id, fields.given, remarks)
    if changed or len(unit.batch) > steps:
        unit.update("contacts", contact_id, row, {"updated_at": unit.at})
    return str(values.get("name") or row["name"])


def _refuse_circles(contact_id: int, row: dict[str, Any], values: dict[str, Any]) -> None:
    if contact_id in {values.get("company_id"), values.get("referred_by_id")}:
        raise errors.InvalidValue(
            f"{row['name']} cannot be tied to itself", hint="name another contact, or leave it out"
        )


def _take_off(
    unit: Unit, contact_id: int, fields: ContactFields, unset: Sequence[str],
    held: dict[str, list[dict[str, Any]]],
) -> None:  # fmt: skip
    """Delete what ``--remove-...`` and ``--unset`` name, from the store and from ``held``."""
    for name in unset:
        if name == "tag":
            kept = json.dumps([fold(tag) for tag in fields.texts("tag")])
            unit.delete_where(
                "contact_tags", store.OTHER_TAGS, {"contact": contact_id, "kept": kept}
            )
        elif name in LIST_FIELDS:
            table = LIST_FIELDS[name]
            _drop(unit, held, table, [row["id"] for row in held[table]])
    for text in fields.texts("remove_email"):
        _drop_one(unit, held, "emails", "value", read_email(text), text)
    for text in fields.texts("remove_phone"):
        by_raw = any(row["raw"] == text.strip() for row in held["phones"])
        country = unit.session.setting("country") or None
        value = text.strip() if by_raw else read_phone(text, country)
        _drop_one(unit, held, "phones", "raw" if by_raw else "value", value, text)
    for text in fields.texts("remove_link"):
        _drop_one(unit, held, "links", "value", _as_held(held["links"], text), text)
    for text in fields.texts("remove_external_id"):
        system, value = split_external_id(text)
        ids = [row["id"] for row in held["external_ids"] if same_external_id(row, system, value)]
        if not ids:
            known = (f"{row['system']}:{row['value']}" for row in held["external_ids"])
            raise errors.NotFound(
                f"the contact has no {system}:{value}", hint=f"it has {', '.join(known) or 'none'}"
            )
        _drop(unit, held, "external_ids", ids)
    for text in fields.texts("remove_address"):
        label = fold(text)
        ids = [row["id"] for row in held["addresses"] if fold(row["label"] or "") == label]
        if not ids:
            known = (row["label"] or "one without a label" for row in held["addresses"])
            raise errors.NotFound(
                f"the contact has no address labelled {text!r}",
                hint=f"it has {', '.join(known) or 'none'}",
            )
        _drop(unit, held, "addresses", ids)


def _as_held(links: Sequence[dict[str, Any]], text: str) -> str:
    """Return a web address as the contact holds it: as typed, or with its scheme."""
    bare = text.strip()
    if any(row["value"] == bare for row in links):
        return bare
    from crm_cli.domain.contact import read_link

    try:
        return read_link(bare)
    except errors.InvalidValue:
        return bare


def _drop_one(
    unit: Unit,
    held: dict[str, list[dict[str, Any]]],
    table: str,
    column: str,
    value: str,
    text: str,
) -> None:
    ids = [row["id"] for row in held[table] if row[column] == value]
    if not ids:
        raise errors.NotFound(
            f"the contact has no {text!r} among its {table}",
            hint="it has "
            + (", ".join(row["value"] or row["raw"] for row in held[table]) or "none"),
        )
    _drop(unit, held, table, ids)


def _drop(
    unit: Unit, held: dict[str, list[dict[str, Any]]], table: str, ids: Sequence[int]
) -> None:
    for row_id in ids:
        unit.delete(table, row_id)
    held[table] = [row for row in held[table] if row["id"] not in ids]


def _set_primary(unit: Unit, fields: ContactFields, held: dict[str, list[dict[str, Any]]]) -> bool:
    """Make the named entry the first one; where the first one went, the oldest follows."""
    changed = False
    for table, option in (("emails", "primary_email"), ("phones", "primary_phone")):
        rows = held[table]
        text = fields.text(option)
        if text is not None:
            value = read_email(text) if table == "emails" else read_phone(
                text, unit.session.setting("country") or None
            )  # fmt: skip
            chosen = next((row for row in rows if row["value"] == value), None)
            if chosen is None:
                raise errors.NotFound(
                    f"the contact has no {value}", hint=f"add it with --{option[8:]} {value}"
                )
        elif rows and not any(row["is_primary"] for row in rows):
            chosen = rows[0]
        else:
            continue
        for row in rows:
            if "contact_id" not in row:  # a new row was made with the right mark
                wanted = int(row is chosen)
                changed |= unit.update(table, row["id"], row, {"is_primary": wanted})
    return changed


def _set_address(
    unit: Unit, contact_id: int, fields: ContactFields, unset: Sequence[str],
    held: dict[str, list[dict[str, Any]]],
) -> bool:  # fmt: skip
    """Change the address with the label that was named, else the first; or add it."""
    cells = {**address_cells(fields), **{name: None for name in unset if name in ADDRESS_FIELDS}}
    if not cells:
        return False
    refuse_bare_label(cells)
    label = cells.get("label")
    rows = held["addresses"]
    chosen = next((row for row in rows if fold(row["label"] or "") == fold(label or "")), None)
    if chosen is None and label is None:
        chosen = rows[0] if rows else None
    if chosen is not None:
        return unit.update("addresses", chosen["id"], chosen, cells)
    if any(value is not None for name, value in cells.items() if name != "label"):
        unit.insert("addresses", contact_id=contact_id, **cells)
    return False


def note(session: Session, whos: Sequence[str], text: str) -> Result:
    """Append a paragraph with today's date to contacts' notes. Raises InvalidValue."""
    body_text = read_text(text, "note", lines=True)
    if not body_text:
        raise errors.InvalidValue("the note is empty", hint="crm contact note WHO TEXT")
    with Unit(session) as unit:
        ids = contacts_tags.named(unit, whos)
        for contact_id in ids:
            row = store.row(unit.connection, contact_id) or {}
            dated = f"{session.today.isoformat()}: {body_text}"
            notes = f"{row['notes'].rstrip()}\n\n{dated}" if row["notes"] else dated
            unit.update("contacts", contact_id, row, {"notes": notes, "updated_at": unit.at})
        unit.count_records(len(ids))
        whom = row["name"] if len(ids) == 1 else f"{len(ids)} contacts"
        body = unit.commit(f"noted on {whom}", then=contacts_tags.shown(unit, ids))
    return written(body, unit)
