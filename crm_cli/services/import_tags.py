"""Tagging every contact of an import."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crm_cli import errors
from crm_cli.domain.values import fold, read_text
from crm_cli.store import import_tags as store

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crm_cli.services.unit import Unit


def tag_ids(unit: Unit, labels: Sequence[str]) -> dict[str, int]:
    """Return key -> id of tags; those nobody has yet are made. Raises InvalidValue."""
    found: dict[str, int] = {}
    for text in labels:
        label = read_text(text, "tag")
        key = fold(label)
        if not key:
            raise errors.InvalidValue(f"{text!r} is not a tag", hint="a tag is a word or two")
        if key not in found:
            known = store.tag_id(unit.connection, key)
            found[key] = unit.insert("tags", key=key, label=label) if known is None else known
    return found


def tag_all(unit: Unit, labels: Sequence[str], contacts: str) -> int:
    """Give every contact that the statement ``contacts`` yields each tag it has not; return
    how many ties were made."""
    made = 0
    for tag_id in tag_ids(unit, labels).values():
        count = store.count_untagged(unit.connection, contacts, tag_id)
        first = unit.draw("contact_tags", count)
        unit.insert_stream(
            "contact_tags", ("id", "contact_id", "tag_id"),
            store.untagged(unit.connection, contacts, tag_id, first), first, count,
        )  # fmt: skip
        made += count
    return made
