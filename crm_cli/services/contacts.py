"""Writing a contact's own fields and lists: adding and editing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crm_cli import errors
from crm_cli.domain.contact import (
    ADDRESS_FIELDS,
    KINDS,
    TEXT_FIELDS,
    choose,
    split_external_id,
    split_label,
)
from crm_cli.domain.values import (
    fold,
    one_line_street,
    read_email,
    read_phone,
    read_text,
    search_key,
)
from crm_cli.queries import contacts as queries
from crm_cli.result import Level, Message, Result
from crm_cli.services.outcome import written
from crm_cli.services.unit import Unit
from crm_cli.store import contacts as store

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from crm_cli.session import Session


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class ContactFields:
    """What ``contact add`` or ``contact edit`` was told, as typed.

    ``given`` maps the options that were used to their text, or to a list of texts where an
    option may be repeated: name, kind, first_name, email, phone, tag, external_id, unset ...
    """

    given: Mapping[str, Any]

    def text(self, name: str) -> str | None:
        """Return the text of an option, None where it was not used."""
        value: str | None = self.given.get(name)
        return value

    def texts(self, name: str) -> Sequence[str]:
        """Return the texts of an option that may be repeated."""
        return self.given.get(name) or ()


def add(session: Session, fields: ContactFields) -> Result:
    """Add a contact, or bring the one up to date that has its key (``--on-match update``).

    Raises InvalidValue, Duplicate, NotFound and Ambiguous.
    """
    remarks: list[Message] = []
    on_match = choose("--on-match", fields.text("on_match") or "fail", ("fail", "update"))
    with Unit(session) as unit:
        fields = sorted_out(unit, fields)
        contact_id = match(unit, fields) if on_match == "update" else None
        if contact_id is None:
            contact_id, name = create(unit, fields, remarks)
            summary = f"added {name}"
        else:
            from crm_cli.services import contacts_edit

            name = contacts_edit.change(unit, contact_id, fields, remarks)
            summary = f"updated {name}"
            remarks.append(Message(f"{name} (#{contact_id}) was there already"))
            if (store.row(unit.connection, contact_id) or {})["archived_at"]:
                remarks.append(Message(f"{name} is archived", Level.WARNING))
        unit.count_records(1)
        record = unit.commit(
            summary, then=lambda connection: queries.record(connection, contact_id, session)
        )
    return written(record, unit, remarks)


def create(unit: Unit, fields: ContactFields, remarks: list[Message]) -> tuple[int, str]:
    """Add a contact within a unit and return (id, name); for other services, too. Raises what
    ``add`` does."""
    contact_id = unit.draw("contacts")
    values = columns(unit, fields, remarks)
    refuse_first_name(fields, values.get("kind"))
    row = {
        "kind": "person", "role": "prospect", **values,
        "created_at": unit.at, "updated_at": unit.at,
    }  # fmt: skip
    unit.insert("contacts", id=contact_id, **row)
    add_lists(unit, contact_id, fields, remarks, {})
    if cells := address_cells(fields):
        refuse_bare_label(cells)
        unit.insert("addresses", contact_id=contact_id, **cells)
    if "custom" in fields.given:
        from crm_cli.services import fields as custom

        custom.write(unit, "contact", contact_id, fields.given, remarks, is_new=True)
    return contact_id, row["name"]


def sorted_out(unit: Unit, fields: ContactFields) -> ContactFields:
    """Return the options with ``--set`` and ``--unset`` understood (see ``services.fields``);
    as they are where nothing but a contact's own columns can be meant. Raises InvalidValue."""
    used = fields.given.keys() & {"set", "unset"}
    if not used and not store.has_fields(unit.connection):
        return fields
    from crm_cli.domain.contact import UNSETTABLE
    from crm_cli.services import fields as custom

    return ContactFields(given=custom.split(unit.connection, "contact", fields.given, UNSETTABLE))


# -- the contact's own row ----------------------------------------------------------------------


def columns(
    unit: Unit, fields: ContactFields, remarks: list[Message], emails: Iterable[str] = (),
    role_held: str | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Return the columns that the options set, values read and references resolved.

    A company nobody knows is made, unless one of nearly its name has the domain of the contact's
    e-mail: those told, and ``emails``; ``role_held`` may be given again. Raises InvalidValue,
    NotFound and Ambiguous.
    """
    values: dict[str, Any] = {}
    if (name := fields.text("name")) is not None:
        values["name"] = read_text(name, "name")
        values["folded"] = search_key(values["name"])
        if not values["name"]:
            raise errors.InvalidValue("a contact needs a name", hint='crm contact add "Ada"')
    for field in TEXT_FIELDS:
        if (text := fields.text(field)) is not None:
            values[field] = read_text(text, field.replace("_", " ")) or None
    if (kind := fields.text("kind")) is not None:
        values["kind"] = choose("kind", kind, KINDS)
    if (notes := fields.text("notes")) is not None:
        values["notes"] = read_text(notes, "notes", lines=True) or None
    if (role := fields.text("role")) is not None:
        from crm_cli.queries import picklists

        values["role"] = picklists.choose(unit.connection, "role", role, held=role_held)
    if (birthday := fields.text("birthday")) is not None:
        values["birthday"] = _birthday(unit.session, birthday, remarks)
    if (company := fields.text("company")) is not None:
        values["company_id"] = _company(unit, company, remarks, [*fields.texts("email"), *emails])
    if (referrer := fields.text("referred_by")) is not None:
        from crm_cli.queries import resolve

        values["referred_by_id"] = resolve.contact_id(unit.connection, referrer)
    return values


def refuse_first_name(fields: ContactFields, kind: str | None) -> None:
    """Refuse a person's names on a company. Raises InvalidValue."""
    for name in ("first_name", "last_name"):
        if kind == "company" and fields.text(name):
            raise errors.InvalidValue(
                f"a company has no {name.replace('_', ' ')}",
                hint=f"leave --{name.replace('_', '-')} out, or say --kind person",
            )


def _birthday(session: Session, text: str, remarks: list[Message]) -> str:
    from crm_cli.domain.contact import read_birthday_without_year
    from crm_cli.services.outcome import read_day

    yearless = read_birthday_without_year(text)
    if yearless is not None:
        return yearless
    try:
        day = read_day(session, text, "birthday", remarks)
    except errors.InvalidValue as error:
        hint = "write it as 1990-05-31, or --05-31 where the year is not known"
        raise errors.InvalidValue(error.message, hint=hint) from None
    if day > session.today.isoformat():
        raise errors.InvalidValue(
            f"the birthday {day} is still to come", hint="write it as 1990-05-31 or --05-31"
        )
    return day


def _company(unit: Unit, text: str, remarks: list[Message], emails: Iterable[str]) -> int:
    """Return the company's id; found by id, whole name, or near name and domain, else made."""
    from crm_cli.queries import resolve

    name = read_text(text, "company")
    number = resolve.number(name)
    if number is not None and (row := store.row(unit.connection, number)) is not None:
        if row["kind"] != "company":
            raise errors.InvalidValue(
                f"{row['name']} (#{number}) is a person, not a company",
                hint=f"name a company, or: crm contact edit {number} --kind company",
            )
        return number
    found = store.companies_named(unit.connection, fold(name))
    if len(found) > 1:
        raise errors.Ambiguous(
            f"{name!r} may be any of {len(found)} companies",
            hint="name one by its id",
            candidates=store.labels(unit.connection, found),
        )
    if found:
        return found[0]
    if number is not None:  # a number is an id, never a new company's name
        raise errors.NotFound(f"no contact {name!r}", hint="see crm contact list --kind company")
    if not name:
        raise errors.InvalidValue("a company needs a name", hint="or write --unset company")
    from crm_cli.services import near_companies

    near = near_companies.near(unit.connection, name)
    if (company := near_companies.with_domain(unit.connection, near, emails)) is not None:
        remarks.append(
            Message(f"{name} is {company[1]} (#{company[0]}): they have the e-mail's domain")
        )
        return company[0]
    company_id = unit.insert(
        "contacts", kind="company", name=name, folded=search_key(name), role="prospect",
        created_at=unit.at, updated_at=unit.at,
    )  # fmt: skip
    unit.count_records(1)
    similar = near[:3] or store.companies_like(unit.connection, fold(name))
    shown = ", ".join(f"#{other} {label}" for other, label in similar)
    also = f"; similar: {shown} (crm undo, then --company {similar[0][0]})" if similar else ""
    remarks.append(Message(f"made the company {name} (#{company_id}){also}"))
    return company_id


def address_cells(fields: ContactFields) -> dict[str, str | None]:
    """Return the cells of an address that the options set. Raises InvalidValue."""
    cells = {
        name: read_text(one_line_street(text) if name == "street" else text, name) or None
        for name in ADDRESS_FIELDS
        if (text := fields.text(name)) is not None
    }
    if country := cells.get("country"):
        from crm_cli.domain.countries import read_country_name

        cells["country"] = read_country_name(country)
    if (label := fields.text("address_label")) is not None:
        cells["label"] = read_text(label, "label") or None
    return cells


def refuse_bare_label(cells: Mapping[str, str | None]) -> None:
    """Refuse a label without an address beside it. Raises InvalidValue."""
    if cells.keys() == {"label"}:
        raise errors.InvalidValue(
            "--address-label needs the address beside it", hint="add --street, --city ..."
        )


# -- its lists ----------------------------------------------------------------------------------


def same_external_id(row: Mapping[str, Any], system: str, value: str) -> bool:
    """Say whether a row of ``external_ids`` is this one; systems have no case."""
    return (row["value"], str(row["system"]).casefold()) == (value, system.casefold())


Held = dict[str, list[dict[str, Any]]]
"""A contact's rows by table, as ``store.children`` returns them; grows as rows are added."""


def add_lists(
    unit: Unit, contact_id: int, fields: ContactFields, remarks: list[Message], held: Held
) -> None:
    """Add the e-mails, phones, links, external ids and tags that the contact does not hold.

    Raises InvalidValue and Duplicate.
    """
    is_new = not held
    for text in fields.texts("email"):
        _add_email(unit, contact_id, text, fields, remarks, held)
    for text in fields.texts("phone"):
        _add_phone(unit, contact_id, text, fields, remarks, held)
    for text in fields.texts("link"):
        from crm_cli.domain.contact import read_link

        label, value = split_label(text)
        value = read_link(value)
        if all(row["value"] != value for row in held.get("links", ())):
            _hold(unit, held, "links", contact_id=contact_id, value=value, label=label)
    for text in fields.texts("external_id"):
        system, value = split_external_id(text, fields.text("source"))
        mine = any(same_external_id(row, system, value) for row in held.get("external_ids", ()))
        if not mine:
            others = store.ids_by_external_id(unit.connection, value, system)
            if others:
                key = f"{system}:{value}"
                hint = f"crm contact edit {others[0]} --remove-external-id {key} takes it off there"
                if is_new:
                    hint = f"edit that one, or add --on-match update: crm contact show {others[0]}"
                raise taken(unit, key, others, hint)
            _hold(unit, held, "external_ids", contact_id=contact_id, system=system, value=value)
    if fields.texts("tag"):
        from crm_cli.services import contacts_tags

        contacts_tags.tie(unit, [contact_id], fields.texts("tag"))


def _hold(unit: Unit, held: Held, table: str, **values: Any) -> None:
    row_id = unit.insert(table, **values)
    held.setdefault(table, []).append({**values, "id": row_id})


def _add_email(
    unit: Unit, contact_id: int, text: str, fields: ContactFields, remarks: list[Message],
    held: Held,
) -> None:  # fmt: skip
    label, typed = split_label(text)
    value = read_email(typed)
    mine = held.get("emails", ())
    if any(row["value"] == value for row in mine):
        return
    others = [
        other
        for other in store.ids_by_email(unit.connection, value, living_only=True)
        if other != contact_id
    ]
    if others and not fields.given.get("allow_duplicate"):
        raise taken(unit, value, others, "edit that one, or add --allow-duplicate")
    if others:
        remarks.append(_shared(unit, value, others))
    primary = fields.text("primary_email")
    _hold(
        unit, held, "emails", contact_id=contact_id, value=value, label=label,
        is_primary=int(not mine or (primary is not None and read_email(primary) == value)),
    )  # fmt: skip


def _add_phone(
    unit: Unit, contact_id: int, text: str, fields: ContactFields, remarks: list[Message],
    held: Held,
) -> None:  # fmt: skip
    label, typed = split_label(text)
    country = None
    if not typed.startswith(("+", "00")):
        country = _country_code(fields) or unit.session.setting("country") or None
    value = read_phone(typed, country)
    mine = held.get("phones", ())
    if any(row["value"] == value for row in mine):
        return
    others = [
        other
        for other in store.ids_by_phone(unit.connection, value, living_only=True)
        if other != contact_id
    ]
    if others:
        remarks.append(_shared(unit, value, others))
    primary = fields.text("primary_phone")
    _hold(
        unit, held, "phones", contact_id=contact_id, value=value, raw=typed, label=label,
        is_primary=int(not mine or (primary is not None and read_phone(primary, country) == value)),
    )  # fmt: skip


def _country_code(fields: ContactFields) -> str | None:
    """Return the ISO 3166 code of the ``--country`` given. Raises InvalidValue."""
    named = read_text(fields.text("country") or "", "country")
    if not named:
        return None
    from crm_cli.domain.countries import read_code

    return read_code(named)


def taken(unit: Unit, value: str, others: Sequence[int], hint: str) -> errors.Duplicate:
    """Return the error that names who has a unique value already."""
    (owner, *_) = owners = store.labels(unit.connection, others)
    return errors.Duplicate(
        f"{value} belongs to {owner['name']} (#{owner['id']})", hint=hint, candidates=owners
    )


def _shared(unit: Unit, value: str, others: Sequence[int]) -> Message:
    names = ", ".join(
        f"{owner['name']} (#{owner['id']})" for owner in store.labels(unit.connection, others)
    )
    return Message(f"{value} is shared with {names}", Level.WARNING)


def match(unit: Unit, fields: ContactFields) -> int | None:
    """Return the contact that has one of the given external ids or, else, e-mails.

    Raises Ambiguous when they belong to several.
    """
    found: list[int] = []
    for text in fields.texts("external_id"):
        system, value = split_external_id(text, fields.text("source"))
        found += store.ids_by_external_id(unit.connection, value, system)
    if not found:
        for text in fields.texts("email"):
            value = read_email(split_label(text)[1])
            found += store.ids_by_email(unit.connection, value, living_only=True)
    owners = sorted(set(found))
    if len(owners) > 1:
        raise errors.Ambiguous(
            "the keys belong to several contacts",
            hint="edit the one that is meant",
            candidates=store.labels(unit.connection, owners),
        )
    return owners[0] if owners else None
