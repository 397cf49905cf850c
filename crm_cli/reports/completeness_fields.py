"""Which fields a contact can have, who should have them, and the SQL that says who does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from crm_cli import errors
from crm_cli.clock import instant_text
from crm_cli.domain.custom_field import BUILT_IN, COLUMN_OF, PEOPLE_ONLY, REQUIRABLE, key_of
from crm_cli.store import fields as store

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping, Sequence

    from crm_cli.reports.scope import Scope
    from crm_cli.session import Session

CORE = ("email", "phone", "city")
"""What a record should have where the owner requires nothing."""

_LISTS = {
    "email": "emails", "phone": "phones", "link": "links", "external_id": "external_ids",
    "tag": "contact_tags",
}  # fmt: skip
_ADDRESS = frozenset({"street", "city", "region", "postcode", "country"})
_COLUMNS = {"company": "company_id", "referred_by": "referred_by_id"}


class Wanted(NamedTuple):
    """A field: its name, the condition that contact ``c`` has it, and whether it is required."""

    key: str
    filled: str
    is_required: bool = False
    is_custom: bool = False

    @property
    def applies(self) -> str:
        """The condition that contact ``c`` should have it."""
        return "c.kind = 'person'" if self.key in PEOPLE_ONLY else "1"


def wanted_fields(connection: sqlite3.Connection) -> list[Wanted]:
    """Return every field of a contact that may be empty, the owner's own ones last."""
    built_in = {key: _filled(key) for key in REQUIRABLE["contact"]}
    return own_fields(connection, "contact", "c", built_in)


def own_fields(
    connection: sqlite3.Connection, noun: str, alias: str, built_in: Mapping[str, str]
) -> list[Wanted]:
    """Return the fields whose conditions are given, and the owner's own ones of ``alias``."""
    required = {row.key for row in store.required(connection, noun) if row.kind == BUILT_IN}
    found = [Wanted(key, sql, is_required=key in required) for key, sql in built_in.items()]
    for own in store.fields(connection, noun):
        filled = (
            "EXISTS (SELECT 1 FROM field_values x"
            f" WHERE x.{COLUMN_OF[noun]} = {alias}.id AND x.field_id = {own.id})"
        )
        found.append(Wanted(own.key, filled, is_required=bool(own.is_required), is_custom=True))
    return found


def _filled(key: str) -> str:
    if key in _LISTS:
        return f"EXISTS (SELECT 1 FROM {_LISTS[key]} x WHERE x.contact_id = c.id)"
    if key in _ADDRESS:
        return (
            f"EXISTS (SELECT 1 FROM addresses x WHERE x.contact_id = c.id AND x.{key} IS NOT NULL)"
        )
    return f"c.{_COLUMNS.get(key, key)} IS NOT NULL"


def population_of(session: Session, chosen: Scope, role: str | None) -> tuple[str, dict[str, Any]]:
    """Return the condition on contacts ``c`` and its parameters."""
    from datetime import datetime, time, timedelta

    try:
        following = chosen.as_of + timedelta(days=1)
    except OverflowError:
        following = chosen.as_of
    midnight = datetime.combine(following, time(), session.zone)
    condition = "c.archived_at IS NULL AND c.created_at < :end"
    parameters: dict[str, Any] = {"end": instant_text(midnight)}
    if role is not None:
        from crm_cli.queries import picklists

        parameters["role"] = picklists.choose(session.reader, "role", role, with_retired=True)
        condition += " AND c.role = :role"
    return condition, parameters


def outside(
    session: Session, chosen: Scope, condition: str, parameters: dict[str, Any]
) -> list[str]:
    """Return, for a narrowed report, the line that says of how many of the contacts ``c`` it
    speaks; nothing for others."""
    if chosen.population is None:
        return []
    from crm_cli.reports.population import line

    sql = f"SELECT count(*) FROM contacts c WHERE {condition}"
    (mine,) = chosen.population.reader.execute(sql, parameters).fetchone()
    (everybody,) = session.reader.execute(sql, parameters).fetchone()
    return [line(chosen, chosen.population, mine, everybody - mine, "contact")]


def named(fields: Sequence[Wanted], text: str, noun: str = "contact") -> Wanted:
    """Return the field of this name. Raises InvalidValue with the nearest."""
    key = key_of(text)
    for one in fields:
        if one.key == key:
            return one
    from difflib import get_close_matches

    names = [one.key for one in fields]
    near = get_close_matches(key, names, 1)
    guess = f"did you mean {near[0]}? " if near else ""
    raise errors.InvalidValue(
        f"a {noun} has no field {text!r}", hint=f"{guess}fields are {', '.join(names)}"
    )


def asked_for(fields: Sequence[Wanted]) -> list[Wanted]:
    """Return the fields that make a record complete: those required, else ``CORE``."""
    return [one for one in fields if one.is_required] or [one for one in fields if one.key in CORE]


def complete(asked: Sequence[Wanted]) -> str:
    """Return the condition that contact ``c`` has all it should have of some fields."""
    return " AND ".join(f"(NOT ({one.applies}) OR {one.filled})" for one in asked)
