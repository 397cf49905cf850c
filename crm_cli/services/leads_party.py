"""Whose lead it is: the contact that is named, or one made of an e-mail address nobody has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from crm_cli import errors
from crm_cli.queries import resolve
from crm_cli.result import Level, Message
from crm_cli.store import contacts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crm_cli.services.unit import Unit

OF_NEW = ("name", "phone", "company")
"""Options about a contact that is made on the way."""


class Party(NamedTuple):
    """A lead's contact; ``row`` is None where this unit makes it."""

    id: int
    name: str
    row: Mapping[str, Any] | None


def meant_or_made(unit: Unit, who: str, given: Mapping[str, Any], remarks: list[Message]) -> Party:
    """Return the contact of a new lead; made where ``who`` is an e-mail address nobody has, or
    ``Ada Lovelace <ada@x.ch>``, or a name nobody has with e-mail, phone, company or name beside
    it, or a phone nobody has with a name.

    Options about a new contact (``OF_NEW``) change none that is there: they are said to be left
    out. Raises NotFound (with ``no_create`` also for an address nobody has), Ambiguous and
    InvalidValue.
    """
    named, address = _split(who, given)
    try:
        if address is None:
            return _told(meant(unit, who, remarks), given, remarks)
        return _told(_by_address(unit, who, address, remarks), given, remarks)
    except errors.NotFound as error:
        if given.get("no_create") or (address is None and not _may_be_made(who)):
            raise
        if address is None and not any(given.get(name) is not None for name in OF_NEW):
            hint = (
                f"{error.hint}; or make the contact on the way with --email, --phone, --company"
                " or --name beside it"
            )
            raise errors.NotFound(error.message, hint=hint) from None
    if address is None:
        named, given = _named_or_rung(who, given)
    return _made(unit, named, address, given, remarks)


def _may_be_made(who: str) -> bool:
    return resolve.number(who.strip().removeprefix("#")) is None and ":" not in who


def _named_or_rung(who: str, given: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    """Return the name of a contact that is made without an e-mail, and what is told of it: ``who``
    is its name, or its phone. Raises UsageError for a phone without a name."""
    if any(char.isalpha() for char in who):
        return who, given
    if given.get("name") is None:
        raise errors.UsageError(
            f"nobody has the phone {who!r}", hint="add --name to make the contact"
        )
    return given["name"], {"phone": who, **given}


def meant(unit: Unit, who: str, remarks: list[Message]) -> Party:
    """Return the contact that is named; says so of an archived one. Raises NotFound and
    Ambiguous."""
    country = resolve.country_for(unit.session, who)
    contact_id = resolve.contact_id(unit.connection, who, country=country)
    row = contacts.row(unit.connection, contact_id) or {}
    if row["archived_at"]:
        remarks.append(Message(f"{row['name']} (#{contact_id}) is archived", Level.WARNING))
    return Party(contact_id, row["name"], row)


def _split(who: str, given: Mapping[str, Any]) -> tuple[str, str | None]:
    """Return the name and the address that a contact is made of, where it has to be."""
    if given.get("email") is not None:
        if "@" in who or resolve.number(who.strip()) is not None:
            raise errors.UsageError(
                f"--email is that of a new contact, and {who!r} is one already",
                hint="write its name in place of it, or leave --email out",
            )
        return who, given["email"]
    if "@" not in who:
        return "", None
    named, _, address = who.strip().removesuffix(">").rpartition("<")
    return named.strip().strip('"'), address.strip()


def _by_address(unit: Unit, who: str, address: str, remarks: list[Message]) -> Party:
    if "<" in who or "@" not in who:
        return meant(unit, address, remarks)
    return meant(unit, who, remarks)


def _told(party: Party, given: Mapping[str, Any], remarks: list[Message]) -> Party:
    left = [f"--{name}" for name in OF_NEW if given.get(name) is not None]
    if left:
        remarks.append(
            Message(
                f"{party.name} (#{party.id}) was there already: {', '.join(left)} left out"
                f" (crm contact edit {party.id} ...)",
                Level.WARNING,
            )
        )
    return party


def _made(
    unit: Unit, named: str, address: str | None, given: Mapping[str, Any],
    remarks: list[Message],
) -> Party:  # fmt: skip
    from crm_cli.domain.values import read_email, read_text, search_key
    from crm_cli.services.contacts import ContactFields, create

    email = None if address is None else read_email(address)
    name = read_text(given.get("name") or named, "name") or email or ""
    told: dict[str, Any] = {"name": name}
    if email is not None:
        told["email"] = [email]
    told |= {key: given[key] for key in ("company", "source") if given.get(key) is not None}
    if given.get("phone") is not None:
        told["phone"] = [given["phone"]]
    contact_id, _ = create(unit, ContactFields(given=told), remarks)
    unit.count_records(1)
    nobody = f"had {email}" if email is not None else "was it yet"
    remarks.append(Message(f"made the contact {name} (#{contact_id}): nobody {nobody}"))
    like = contacts.ids_by_name(unit.connection, search_key(name).split("\n")[0], whole=True)
    if like:
        remarks.append(Message(f"there is another {name} (#{like[0]})", Level.WARNING))
    return Party(contact_id, name, None)
