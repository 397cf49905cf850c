"""A contact while rows are merged into it, and when two entries of its lists are the same."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from crm_cli.domain.values import fold

if TYPE_CHECKING:
    from crm_cli.store.contacts import ContactParts

Lists = dict[str, list[tuple[Any, ...]]]


@dataclass(slots=True)
class Card:
    """A contact while rows are merged into it: its cells, and its lists as staged entries."""

    cells: dict[str, Any]
    lists: Lists
    placeholder: bool
    added: Lists = field(default_factory=dict)
    lost: bool = False
    completed: bool = False
    moved: dict[int, tuple[Any, ...]] = field(default_factory=dict)
    """Values of custom fields that get another one: field id -> entry."""


def is_placeholder(part: ContactParts) -> bool:
    """Say whether a contact is called by its address, number or phone for want of a name."""
    name = part.row["name"]
    children = part.children
    return (
        any(name == entry["value"] for entry in children["emails"])
        or any(name in {entry["value"], entry["raw"]} for entry in children["phones"])
        or any(name == f"Customer {entry['value']}" for entry in children["external_ids"])
    )


def identity(staged: str, entry: tuple[Any, ...]) -> Any:
    """Return what makes two entries of a list the same."""
    if staged == "s_phones":
        return entry[0] or entry[1]
    if staged in {"s_emails", "s_links", "s_tags"}:
        return entry[0]
    if staged == "s_addresses":
        return tuple(fold(part or "") for part in entry[1:])
    if staged == "s_external":
        return entry[0].casefold(), entry[1]
    return entry


def is_part(smaller: tuple[Any, ...], larger: tuple[Any, ...]) -> bool:
    """Say whether every filled part of one address (without label) is in the other."""
    return any(smaller[1:]) and all(
        one is None or (other is not None and fold(one) == fold(other))
        for one, other in zip(smaller[1:], larger[1:], strict=True)
    )


def add_entry(card: Card, name: str, entry: tuple[Any, ...]) -> bool:
    """Add an entry to a list unless it is there; an address may complete one that is."""
    entries = card.lists.setdefault(name, [])
    if name == "s_addresses":
        if any(is_part(entry, known) for known in entries):
            return False
        for at, known in enumerate(entries):
            if is_part(known, entry):
                entries[at] = (known[0] or entry[0], *entry[1:])
                card.completed = True
                return True
    else:
        own = identity(name, entry)
        if any(identity(name, known) == own for known in entries):
            return False
    entries.append(entry)
    card.added.setdefault(name, []).append(entry)
    return True
