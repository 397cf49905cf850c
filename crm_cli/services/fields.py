"""Writing the values of custom fields: ``--set FIELD=VALUE`` and ``--unset FIELD``, defaults, and
what has to be filled on entry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from crm_cli import errors
from crm_cli.domain.contact import ADDRESS_FIELDS
from crm_cli.domain.custom_field import (
    BUILT_IN,
    COLUMN_OF,
    PEOPLE_ONLY,
    REQUIRABLE,
    Field,
    Value,
    read_value,
)
from crm_cli.domain.field_checks import check
from crm_cli.queries import fields as queries
from crm_cli.queries import picklists
from crm_cli.services import field_checks
from crm_cli.services.outcome import read_day
from crm_cli.store import fields as store

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping, Sequence

    from crm_cli.result import Message
    from crm_cli.services.unit import Unit
    from crm_cli.session import Session

MORE: dict[str, tuple[str, ...]] = {
    "contact": ("name", "kind", "role"),
    "product": ("name", "currency"),
    "purchase": ("on", "quantity", "amount", "currency"),
    "lead": ("title", "currency", "probability", "forecast", "competitor"),
}
"""Options that ``--set`` may stand for, beside those of ``REQUIRABLE``."""

REPEATED = frozenset({"email", "phone", "link", "tag", "external_id"})
"""Options of contacts that may be repeated."""


class Edits(NamedTuple):
    """What was asked of custom fields: values as typed, and fields to be emptied. ``owners``
    notes which record was given a value that no other may have."""

    sets: Mapping[Field, str]
    unsets: frozenset[Field]
    owners: dict[Field, int]


def split(
    connection: sqlite3.Connection, noun: str, given: Mapping[str, Any], unsettable: Iterable[str]
) -> dict[str, Any]:
    """Return the options with ``--set`` and ``--unset`` sorted out: what names a field of the
    record itself becomes the option it stands for, the rest is ``given["custom"]`` (``Edits``).

    Raises InvalidValue for a name that is no field, with the nearest, and UsageError for one
    that is given twice.
    """
    known = store.fields(connection, noun)
    own = {*REQUIRABLE[noun], *MORE[noun]}
    sorted_out = {name: value for name, value in given.items() if name not in {"set", "unset"}}
    sets: dict[Field, str] = {}
    for text in given.get("set", ()):
        name, equals, value = text.partition("=")
        if not equals:
            raise errors.InvalidValue(f"--set {text!r} has no =", hint="write --set FIELD=VALUE")
        option = name.strip().replace("-", "_")
        if noun == "contact" and option in REPEATED:
            # --set email= takes all of them off.
            place, told = (option, value) if value.strip() else ("unset", option)
            sorted_out[place] = [*sorted_out.get(place, ()), told]
        elif option in own:
            if option in sorted_out:
                raise errors.UsageError(f"{option} is given twice", hint="leave one of them out")
            sorted_out[option] = value
        else:
            field = _find(known, name, "--set", own)
            if field in sets:
                raise errors.UsageError(f"{field.key} is given twice", hint="leave one out")
            sets[field] = value
    unsets = set()
    emptied = [name for text in given.get("unset", ()) for name in text.split(",")]
    for name in emptied:
        option = name.strip().lower().replace("-", "_")
        if option in unsettable:
            sorted_out["unset"] = [*sorted_out.get("unset", ()), option]
        else:
            unsets.add(_find(known, name, "--unset", unsettable))
    _refuse_emptying(connection, noun, sorted_out, unsets)
    field_checks.refuse_own(connection, noun, sorted_out)
    both = unsets.intersection(sets)
    if both:
        raise errors.UsageError(f"{both.pop().key} is both set and unset")
    sorted_out["custom"] = Edits(sets, frozenset(unsets), {})
    return sorted_out


def _refuse_emptying(
    connection: sqlite3.Connection, noun: str, given: Mapping[str, Any], unsets: Iterable[Field]
) -> None:
    """Refuse ``--unset city`` and ``--city ""`` where a city is required. Raises InvalidValue."""
    emptied = {field.key for field in unsets}.union(given.get("unset", ()))
    for field in store.required(connection, noun):
        told = given.get(field.key, "-") if field.kind == BUILT_IN else "-"
        is_blank = not (told.strip() if isinstance(told, str) else told)
        if is_blank or field.key in emptied:
            raise kept(noun, field.key)


def _find(known: list[Field], name: str, option: str, own: Iterable[str]) -> Field:
    found = queries.named(known, name)
    if found:
        return found[0]
    from difflib import get_close_matches

    names = [*(field.key for field in known), *sorted(own)]
    near = get_close_matches(name.strip().lower(), names, 1)
    guess = f"did you mean {near[0]}? " if near else ""
    there = f"fields are {', '.join(names)}" if names else "there are no fields of your own"
    raise errors.InvalidValue(
        f"{option}: there is no field {name.strip()!r}",
        hint=f"{guess}{there}; crm field add makes a new one",
    )


def write(
    unit: Unit, noun: str, record_id: int, given: Mapping[str, Any], remarks: list[Message], *,
    is_new: bool = False,
) -> bool:  # fmt: skip
    """Write what ``split`` found for one record; return whether anything changes.

    A new record also gets the defaults, and is refused where something required is missing.
    Raises InvalidValue, and Duplicate for a value that another record has and none may share.
    """
    edits: Edits = given["custom"]
    held = {} if is_new else store.stored(unit.connection, noun, record_id)
    sets = dict(edits.sets)
    if is_new:
        for field in store.fields(unit.connection, noun):
            if field.preset is not None and field not in sets and field not in edits.unsets:
                sets[field] = field.preset
        _refuse_incomplete(unit, noun, given, {field.key for field, text in sets.items() if text})
    changed = False
    for field, text in sets.items():
        row = held.get(field.id)
        if not text.strip():  # --set FIELD= empties it
            if field.is_required:
                raise needed(noun, [field.key])
            changed |= _drop(unit, row)
            continue
        had = row["text"] if row else None
        value = read(unit.session, unit.connection, field, text, remarks, had)
        if field.is_unique:
            if edits.owners.setdefault(field, record_id) != record_id:
                raise field_checks.several(field)
            field_checks.refuse_shared(unit.connection, field, value, record_id)
        if row is None:
            insert(unit, noun, record_id, field, value)
            changed = True
        else:
            changed |= unit.update("field_values", row["id"], row, value._asdict())
    for field in edits.unsets:
        changed |= _drop(unit, held.get(field.id))
    return changed


def _drop(unit: Unit, row: Mapping[str, Any] | None) -> bool:
    if row is not None:
        unit.delete("field_values", row["id"])
    return row is not None


def insert(unit: Unit, noun: str, record_id: int, field: Field, value: Value) -> None:
    """Add one value."""
    owner = {COLUMN_OF[noun]: record_id}
    unit.insert("field_values", field_id=field.id, **owner, **value._asdict())


def read(
    session: Session, connection: sqlite3.Connection, field: Field, text: str,
    remarks: list[Message], held: str | None = None,
) -> Value:  # fmt: skip
    """Return a typed text as a value of the field that fits its checks; ``held`` is the text of
    the one there is, a choice that may be retired by now. Raises InvalidValue."""
    value = read_value(
        field, text, currency=session.setting("currency"),
        read_day=lambda typed: read_day(session, typed, field.key, remarks),
        choose=lambda typed: picklists.choose(connection, field.picklist, typed, held=held),
    )  # fmt: skip
    check(field, value)
    return value


def _refuse_incomplete(unit: Unit, noun: str, given: Mapping[str, Any], filled: set[str]) -> None:
    kind = str(given.get("kind") or "").strip().lower()
    spared = PEOPLE_ONLY if noun == "contact" and kind == "company" else frozenset()
    missing = [
        field.key
        for field in store.required(unit.connection, noun)
        if field.kind != BUILT_IN or field.key not in spared
        if not (given.get(field.key) if field.kind == BUILT_IN else field.key in filled)
    ]
    if missing:
        raise needed(noun, missing)


def refuse_emptied(unit: Unit, lists: Sequence[str], given: Mapping[str, Any]) -> None:
    """Refuse to take the last one off a list (``email``, ``phone``; ``address``: all that stands
    in one) that a contact may not lack, unless a new value is given. Raises InvalidValue."""
    emptied = {*lists, *(ADDRESS_FIELDS if "address" in lists else ())}
    emptied -= {name for name, value in given.items() if value}
    for field in store.required(unit.connection, "contact") if emptied else ():
        if field.kind == BUILT_IN and field.key in emptied:
            raise kept("contact", field.key)


def kept(noun: str, option: str) -> errors.InvalidValue:
    """Return the error for emptying a field that a record may not lack."""
    return errors.InvalidValue(
        f"{option} is required of a {noun}",
        hint=f"give it another value, or: crm field edit {noun}.{option} --optional",
    )


def needed(noun: str, keys: list[str]) -> errors.InvalidValue:
    """Return the error for fields that a record may not lack."""
    first = keys[0]
    is_own = first in REQUIRABLE[noun]
    option = f"--{first.replace('_', '-')} ..." if is_own else f"--set {first}=..."
    return errors.InvalidValue(
        f"a {noun} needs {', '.join(keys)}",
        hint=f"add {option}, or: crm field edit {noun}.{first} --optional",
    )
