"""Saving filters of contacts under a name, and forgetting them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crm_cli import errors
from crm_cli.domain.filter_names import names_field, names_segment, with_field, with_segment
from crm_cli.domain.values import fold, read_text
from crm_cli.queries import filtering
from crm_cli.queries import segments as queries
from crm_cli.result import Level, Message
from crm_cli.services import rules_names
from crm_cli.services.outcome import ask, written
from crm_cli.services.unit import Unit
from crm_cli.store import goals
from crm_cli.store import segments as store

if TYPE_CHECKING:
    import sqlite3

    from crm_cli.result import Result
    from crm_cli.session import Session


def one_filter(word: str | None, option: str | None) -> str:
    """Return the filter typed as a word or with ``--where``. Raises UsageError for none or both."""
    if word is not None and option is not None:
        raise errors.UsageError("the filter is said twice", hint="leave one of them out")
    where = option if word is None else word
    if where is None:
        raise errors.UsageError(
            "a segment needs a filter", hint="crm segment save regulars 'orders >= 3'"
        )
    return where


def save(session: Session, name: str, where: str, note: str | None) -> Result:
    """Keep a filter under a name, in place of the one it had. Relative days stay relative.

    Raises InvalidValue for a filter that cannot be read or names itself, Duplicate for the name
    of a built-in segment.
    """
    label = read_text(name, "name")
    expression = read_text(where, "filter", lines=True)
    key = fold(label)
    if not key:
        raise errors.InvalidValue(f"{name!r} is not a name", hint="crm segment save regulars ...")
    remarks: list[Message] = []
    with Unit(session) as unit:
        if queries.rfm_name(unit.connection, label) is not None:
            raise errors.Duplicate(
                f"{label!r} is a built-in segment", hint=f"crm segment show {label}"
            )
        read = filtering.read(session, "contact", expression, naming=key)
        known = store.saved(unit.connection, key)
        cells = {"name": label, "expression": expression}
        if note is not None:
            cells["note"] = read_text(note, "note") or None  # type: ignore[assignment]
        if known is None:
            unit.insert("saved_segments", key=key, **cells, created_at=unit.at, updated_at=unit.at)
        elif unit.update("saved_segments", known.id, known._asdict(), cells):
            unit.update("saved_segments", known.id, known._asdict(), {"updated_at": unit.at})
        unit.count_records(1)
        body = unit.commit(
            f"saved the segment {label}", then=lambda _: queries.record(session, label, remarks)
        )
    return written(body, unit, [*read.remarks, *remarks])


def delete(session: Session, name: str) -> Result:
    """Forget a saved segment, after asking.

    Raises NotFound, and Refused for a built-in one and for one that others are made of.
    """
    found = store.saved(session.reader, fold(name))
    if found is None:
        if queries.rfm_name(session.reader, name) is not None:
            raise errors.Refused(f"{name!r} is built in", hint="only saved segments can be deleted")
        raise queries.unknown(session.reader, name)
    ask(session, f"Delete the segment {found.name}? Its contacts stay.")
    with Unit(session) as unit:
        others = [
            other.name
            for other in store.listing(unit.connection)
            if other.id != found.id and names_segment(other.expression, found.key)
        ]
        if others:
            raise errors.Refused(
                f"the segment {found.name} is a part of {', '.join(others)}",
                hint="change or delete those first",
            )
        if rules := rules_names.naming_segment(unit.connection, found.key):
            raise errors.Refused(
                f"rule {rules[0].id} ({rules[0].named}) is for the segment {found.name}",
                hint=f"crm remind rule edit {rules[0].id}, or delete it first",
            )
        if aims := goals.of_segment(unit.connection, found.name):
            raise errors.Refused(
                f"goal {aims[0].id} is for the segment {found.name}",
                hint=f"crm goal delete {aims[0].id} first",
            )
        body = queries.record(session, found.name, [])
        unit.delete("saved_segments", found.id)
        unit.count_records(1)
        unit.commit(f"deleted the segment {found.name}")
    return written(body, unit)


def rename(session: Session, name: str, new: str) -> Result:
    """Give a saved segment another name, also in the filters of others.

    Raises NotFound, Refused for a built-in one, Duplicate for a name in use.
    """
    label = read_text(new, "name")
    key = fold(label)
    if not key:
        raise errors.InvalidValue(f"{new!r} is not a name", hint="crm segment rename OLD NEW")
    with Unit(session) as unit:
        connection = unit.connection
        found = store.saved(connection, fold(name))
        if found is None:
            if queries.rfm_name(connection, name) is not None:
                raise errors.Refused(f"{name!r} is built in", hint="crm picklist rename segment")
            raise queries.unknown(connection, name)
        taken = store.saved(connection, key)
        if queries.rfm_name(connection, label) or (taken is not None and taken.id != found.id):
            raise errors.Duplicate(
                f"there is a segment {label!r}", hint=f"crm segment show {label}"
            )
        cells = {"key": key, "name": label, "updated_at": unit.at}
        unit.update("saved_segments", found.id, found._asdict(), cells)
        for other in store.listing(connection):
            if other.id != found.id and names_segment(other.expression, found.key):
                _refilter(unit, other, with_segment(other.expression, found.key, label))
        rules_names.rename_segment(unit, found.key, label)
        for goal in goals.of_segment(connection, found.name):
            cells = {"segment": label, "updated_at": unit.at}
            unit.update("goals", goal.id, goal._asdict(), cells)
        unit.count_records(1)
        body = unit.commit(
            f"renamed the segment {found.name} to {label}",
            then=lambda _: queries.record(session, label, []),
        )
    return written(body, unit)


def rename_field(unit: Unit, key: str, new: str) -> None:
    """Follow a contact's custom field to its new name, in every saved filter."""
    for found in store.listing(unit.connection):
        if names_field(found.expression, key):
            _refilter(unit, found, with_field(found.expression, key, new))


def losing_field(connection: sqlite3.Connection, key: str) -> list[Message]:
    """Return a warning for each saved segment that cannot be read without a field."""
    return [
        Message(f"the segment {found.name} cannot be read without {key}", Level.WARNING)
        for found in store.listing(connection)
        if names_field(found.expression, key)
    ]


def _refilter(unit: Unit, found: store.Saved, expression: str) -> None:
    cells = {"expression": expression, "updated_at": unit.at}
    unit.update("saved_segments", found.id, found._asdict(), cells)
