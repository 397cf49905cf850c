"""Saving filters of contacts under a name, and forgetting them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crm_cli import errors
from crm_cli.domain.filter import Condition, Joined, parse
from crm_cli.domain.values import fold, read_text
from crm_cli.queries import filtering
from crm_cli.queries import segments as queries
from crm_cli.services.outcome import ask, written
from crm_cli.services.unit import Unit
from crm_cli.store import segments as store

if TYPE_CHECKING:
    from crm_cli.domain.filter import Tree
    from crm_cli.result import Message, Result
    from crm_cli.session import Session


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
            if other.id != found.id and _names(parse(other.expression), found.key)
        ]
        if others:
            raise errors.Refused(
                f"the segment {found.name} is a part of {', '.join(others)}",
                hint="change or delete those first",
            )
        body = queries.record(session, found.name, [])
        unit.delete("saved_segments", found.id)
        unit.count_records(1)
        unit.commit(f"deleted the segment {found.name}")
    return written(body, unit)


def _names(tree: Tree, key: str) -> bool:
    """Say whether a filter names a segment."""
    if isinstance(tree, Condition):
        named = tree.field.lower() == "segment"
        return named and any(fold(value.text) == key for value in tree.values)
    parts = tree.parts if isinstance(tree, Joined) else (tree.part,)
    return any(_names(part, key) for part in parts)
