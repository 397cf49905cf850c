"""Entry checks: set by the owner, and held against what is entered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crm_cli import errors
from crm_cli.domain.custom_field import BUILT_IN, Value, read_value, typed
from crm_cli.domain.field_checks import (
    COLUMN,
    KINDS_WITH,
    TEXT_COLUMNS,
    check,
    day_number,
)
from crm_cli.domain.values import read_text
from crm_cli.services.outcome import read_day
from crm_cli.store import bulk
from crm_cli.store import field_checks as store
from crm_cli.store import fields as field_store

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

    from crm_cli.domain.custom_field import Field
    from crm_cli.result import Message
    from crm_cli.session import Session

OPTIONS = ("pattern", "max_length", "min", "max", "unique", "not_unique")
"""Options of ``field add`` and ``field edit`` that set a check; an empty text takes it off."""

_LONGEST = 1_000_000


# -- setting them ---------------------------------------------------------------------------------


def cells(
    session: Session, field: Field, given: Mapping[str, Any], remarks: list[Message],
    before: Field | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Return the columns that the options set for a field (as it will be; ``before``: as it was).

    Raises InvalidValue for a check that is wrong, or that the field's kind cannot have.
    """
    if given.get("unique") and given.get("not_unique"):
        raise errors.UsageError("--unique and --not-unique say the opposite")
    found: dict[str, Any] = {}
    if "pattern" in given:
        found["pattern"] = None
        if given["pattern"].strip():
            from crm_cli.domain.pattern import read_pattern

            found["pattern"] = read_pattern(given["pattern"])
    if "max_length" in given:
        found["max_length"] = _length(given["max_length"])
    if given.get("unique") or given.get("not_unique"):
        found["is_unique"] = int(bool(given.get("unique")))
    _refuse_kind(field, found, {name for name in ("min", "max") if given.get(name, "").strip()})
    _set_limits(session, field, given, remarks, found)
    after = field._replace(**found)
    moved = before is not None and before.kind != field.kind
    for name, column in COLUMN.items():
        is_set = getattr(after, column) not in ({None, 0} if name == "unique" else {None})
        stale = moved and name in {"min", "max"} and name not in given
        if is_set and (field.kind not in KINDS_WITH[name] or stale):
            option = "--not-unique" if name == "unique" else f"--{name.replace('_', '-')} ''"
            raise errors.InvalidValue(
                f"the check {name.replace('_', '-')} is not for a {field.kind}"
                if not stale
                else f"the {name} of {field.key} is that of a {before.kind if before else ''}",
                hint=f"add {option}, which takes it off",
            )
    return found


def _refuse_kind(field: Field, found: Mapping[str, Any], limits: set[str]) -> None:
    named = {name for name, column in COLUMN.items() if found.get(column)} | limits
    for name in sorted(named):
        if field.kind not in KINDS_WITH[name]:
            kinds = [kind for kind in KINDS_WITH[name] if kind != BUILT_IN]
            kind = f"the {field.noun}'s own field" if field.kind == BUILT_IN else field.kind
            raise errors.InvalidValue(
                f"--{name.replace('_', '-')} is for the kinds {', '.join(kinds)}, not for"
                f" {kind} {field.key if field.kind == BUILT_IN else ''}".rstrip()
            )
    if field.kind == BUILT_IN and named and field.key not in TEXT_COLUMNS[field.noun]:
        raise errors.InvalidValue(
            f"{field.key} is read by rules of its own and has no other check",
            hint=f"these can have one: {', '.join(TEXT_COLUMNS[field.noun])}",
        )


def _length(text: str) -> int | None:
    if not text.strip():
        return None
    number = int(text) if text.strip().isdecimal() and len(text) < 9 else 0
    if not 0 < number <= _LONGEST:
        raise errors.InvalidValue(
            f"--max-length {text!r} is not a number of characters",
            hint="write it as 20; '' takes it off",
        )
    return number


def _set_limits(
    session: Session, field: Field, given: Mapping[str, Any], remarks: list[Message],
    found: dict[str, Any],
) -> None:  # fmt: skip
    currencies = set()
    for name, column in (("min", "minimum"), ("max", "maximum")):
        if name not in given:
            if getattr(field, column) and field.limit_currency is not None:
                currencies.add(field.limit_currency)
            continue
        found[column] = None
        if not given[name].strip():
            continue
        value = read_value(
            field, given[name], currency=session.setting("currency"), choose=str,
            read_day=lambda text: read_day(session, text, "limit", remarks),
        )  # fmt: skip
        found[column] = value.number if value.text is None else day_number(value.text)
        if value.currency is not None and value.number:  # nothing is so in every currency
            currencies.add(value.currency)
    if "min" in given or "max" in given:
        if len(currencies) > 1:
            raise errors.InvalidValue(
                f"the limits are in {' and '.join(sorted(currencies))}",
                hint="give --min and --max in one currency",
            )
        is_money = field.kind == "money" and (
            {found.get("minimum", field.minimum), found.get("maximum", field.maximum)} != {None}
        )
        own = session.setting("currency") if is_money else None
        found["limit_currency"] = currencies.pop() if currencies else own
    low = found.get("minimum", field.minimum)
    high = found.get("maximum", field.maximum)
    if low is not None and high is not None and low > high:
        raise errors.InvalidValue(
            f"no {field.kind} is between --min and --max: the least is above the greatest",
            hint="--min '' takes one off",
        )


# -- holding values against them ------------------------------------------------------------------


def refuse_own(connection: sqlite3.Connection, noun: str, given: Mapping[str, Any]) -> None:
    """Refuse options that fill a field of the record itself with what its checks do not let in.

    Raises InvalidValue.
    """
    for field in field_store.checked(connection, noun):
        told = given.get(field.key)
        if isinstance(told, str) and (text := read_text(told, field.key)):
            check_text(field, text)


def check_text(field: Field, text: str) -> None:
    """Hold the text of a record's own field against its checks. Raises InvalidValue."""
    check(field, Value(text=text))


def refuse_shared(
    connection: sqlite3.Connection, field: Field, value: Value, record_id: int | None
) -> None:
    """Refuse a value that must be unique and that another record has. Raises Duplicate."""
    held = store.holders(connection, field, value, but=record_id)
    if held:
        names = bulk.names(connection, field.noun, bulk.array(held))
        raise errors.Duplicate(
            f"{field.key}: {typed(field.kind, value)} belongs to {names[held[0]]} (#{held[0]})",
            hint=f"no two {field.noun}s share it: crm {field.noun} show {held[0]}",
            candidates=[{"id": one, "name": names[one]} for one in held],
        )


def several(field: Field) -> errors.InvalidValue:
    """Return the error for a value that several records cannot share."""
    return errors.InvalidValue(
        f"several {field.noun}s cannot get one {field.key}", hint="edit them one by one"
    )
