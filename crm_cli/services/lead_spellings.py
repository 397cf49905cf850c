"""One owner, source or campaign, one spelling: what is typed is written as leads have it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from crm_cli.domain.values import fold, read_text
from crm_cli.queries import people
from crm_cli.result import Message
from crm_cli.store import lead_spellings as store

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from crm_cli.services.unit import Unit


def settled(
    unit: Unit, given: Mapping[str, Any], remarks: list[Message], but: Collection[int] = ()
) -> Mapping[str, Any]:
    """Return the options with owner, source and campaign spelled as other leads spell them, where
    they differ in case and accents alone; says so. ``but`` are the leads that are edited: who
    corrects a spelling is not corrected by it. Raises InvalidValue for what is no text."""
    changed: dict[str, Any] = {}
    for column in store.COLUMNS:
        if given.get(column):
            typed = read_text(given[column], column)
            found = as_used(unit, column, typed, but)
            if found != typed:
                changed[column] = found
                remarks.append(Message(f"{column} {typed!r} is written {found!r} already"))
    return {**given, **changed} if changed else given


def as_used(unit: Unit, column: str, text: str, but: Collection[int] = ()) -> str:
    """Return a word as leads spell it; a person of the setting ``people`` as that does."""
    if not text or (column == "owner" and fold(text) in people.known(unit.session)):
        return text
    left_out = json.dumps(sorted(but))
    if store.is_used(unit.connection, column, text, left_out):
        return text
    return store.spellings(unit.connection, column, but=left_out).get(fold(text), [text])[0]
