"""Tagging every contact of an import."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crm_cli.services.contacts_tags import settled
from crm_cli.store import import_tags as store

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crm_cli.services.unit import Unit


def tag_all(unit: Unit, labels: Sequence[str], contacts: str) -> int:
    """Give every contact that the statement ``contacts`` yields each tag it has not; return
    how many ties were made."""
    made = 0
    for tag_id, _, _ in settled(unit, labels).values():
        count = store.count_untagged(unit.connection, contacts, tag_id)
        first = unit.draw("contact_tags", count)
        unit.insert_stream(
            "contact_tags", ("id", "contact_id", "tag_id"),
            store.untagged(unit.connection, contacts, tag_id, first), first, count,
        )  # fmt: skip
        made += count
    return made
