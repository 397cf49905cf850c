"""Making contacts of the people that mails are from or to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crm_cli.domain.values import search_key
from crm_cli.store import import_mail as store

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crm_cli.services.unit import Unit

LONGEST_NAME = 200
_CONTROLS = dict.fromkeys(
    [
        *range(32),
        *range(0x7F, 0xA0),
        *range(0x202A, 0x202F),
        *range(0x2066, 0x206A),
        *range(0xD800, 0xE000),
    ]
)
"""What a stranger's name must not bring along: controls, and what turns the line around."""


def make(
    unit: Unit, people: Sequence[tuple[str, str]], source: str | None, tags: Sequence[str]
) -> dict[str, int]:
    """Make a contact of each (address, name); who has no name is called as the address.

    Returns address -> id. Raises InvalidValue for a tag that is none.
    """
    count = len(people)
    if not count:
        return {}
    first = unit.draw("contacts", count)
    ids = range(first, first + count)
    named = [
        " ".join(" ".join(name.split()).translate(_CONTROLS).split())[:LONGEST_NAME] or mail
        for mail, name in people
    ]
    prefix = unit.uid_prefix("contacts")
    unit.insert_stream(
        "contacts", store.CONTACT_COLUMNS,
        [
            (
                number, f"{prefix}{number:011x}", "person", name, search_key(name), "prospect",
                source, unit.at, unit.at,
            )
            for number, name in zip(ids, named, strict=True)
        ],
        first, count,
    )  # fmt: skip
    address = unit.draw("emails", count)
    unit.insert_stream(
        "emails", ("id", "contact_id", "value", "is_primary"),
        [
            (address + at, number, mail, 1)
            for at, (number, (mail, _)) in enumerate(zip(ids, people, strict=True))
        ],
        address, count,
    )  # fmt: skip
    if tags:
        from crm_cli.services.contacts_tags import settled

        for tag_id, _, _ in settled(unit, tags).values():
            tie = unit.draw("contact_tags", count)
            unit.insert_stream(
                "contact_tags", ("id", "contact_id", "tag_id"),
                [(tie + at, number, tag_id) for at, number in enumerate(ids)], tie, count,
            )  # fmt: skip
    return {mail: number for number, (mail, _) in zip(ids, people, strict=True)}
