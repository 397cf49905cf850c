"""Tying tags to contacts and taking them off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crm_cli import errors
from crm_cli.domain.values import fold, read_text
from crm_cli.queries import contacts as queries
from crm_cli.queries import resolve
from crm_cli.result import Message
from crm_cli.services.outcome import written
from crm_cli.services.unit import Unit
from crm_cli.store import contacts as store

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Sequence

    from crm_cli.result import Body, Result
    from crm_cli.session import Session


def tie(unit: Unit, contact_ids: Sequence[int], labels: Sequence[str]) -> list[int]:
    """Give every contact every tag it has not; tags nobody has yet are made.

    Returns which contacts got one. Raises InvalidValue.
    """
    tags = settled(unit, labels)
    changed = []
    for contact_id in contact_ids:
        held = store.tag_ids(unit.connection, contact_id)
        missing = [tag_id for key, (tag_id, _, _) in tags.items() if key not in held]
        for tag_id in missing:
            unit.insert("contact_tags", contact_id=contact_id, tag_id=tag_id)
        if missing:
            changed.append(contact_id)
    return changed


def settled(unit: Unit, labels: Sequence[str]) -> dict[str, tuple[int, str, bool]]:
    """Return key -> (id, label, whether it is new) of tags as typed; those nobody has yet are
    made. Raises InvalidValue."""
    tags = {}
    for key, typed in read_labels(labels).items():
        if found := store.tag(unit.connection, key):
            tags[key] = (*found, False)
        else:
            tags[key] = (unit.insert("tags", key=key, label=typed), typed, True)
    return tags


def read_labels(labels: Sequence[str]) -> dict[str, str]:
    """Return key -> label of tags as typed, each once, as first written. Raises InvalidValue."""
    found: dict[str, str] = {}
    for text in labels:
        label = read_text(text, "tag")
        key = fold(label)
        if not key:
            raise errors.InvalidValue(f"{text!r} is not a tag", hint="a tag is a word or two")
        found.setdefault(key, label)
    return found


def _touch(unit: Unit, contact_ids: Sequence[int]) -> None:
    """Note that contacts changed; a tag is a part of them."""
    for contact_id in contact_ids:
        row = store.row(unit.connection, contact_id)
        if row is not None:
            unit.update("contacts", contact_id, row, {"updated_at": unit.at})
    unit.count_records(len(contact_ids))


def tag(session: Session, whos: Sequence[str], labels: Sequence[str]) -> Result:
    """Tag contacts. Raises InvalidValue, NotFound and Ambiguous."""
    with Unit(session) as unit:
        ids = named(unit, whos)
        _touch(unit, tie(unit, ids, labels))
        body = unit.commit(f"tagged {_whom(unit, ids)}: {', '.join(labels)}", then=shown(unit, ids))
    return written(body, unit)


def untag(session: Session, whos: Sequence[str], labels: Sequence[str]) -> Result:
    """Take tags off contacts. Raises InvalidValue, also where a contact may not lack a tag and
    has no other, and NotFound also for an unknown tag."""
    remarks: list[Message] = []
    with Unit(session) as unit:
        ids = named(unit, whos)
        keys = {fold(read_text(label, "tag")): label for label in labels}
        for key, label in keys.items():
            if store.tag(unit.connection, key) is None:
                raise errors.NotFound(f"no tag {label!r}", hint=near_tag(unit.connection, key))
        is_needed = is_required(unit.connection)
        for contact_id in ids:
            held = store.tag_ids(unit.connection, contact_id)
            ties = [held[key] for key in keys if key in held]
            if is_needed and ties and len(ties) == len(held):
                raise last_tag(unit, contact_id)
            for row_id in ties:
                unit.delete("contact_tags", row_id)
            if ties:
                _touch(unit, [contact_id])
            elif len(ids) == 1:
                remarks.append(Message("the contact does not have it"))
        body = unit.commit(
            f"untagged {_whom(unit, ids)}: {', '.join(labels)}", then=shown(unit, ids)
        )
    return written(body, unit, remarks)


def is_required(connection: sqlite3.Connection) -> bool:
    """Say whether no contact may lack a tag."""
    if not store.has_fields(connection):
        return False
    from crm_cli.store import fields

    return any(
        (field.key, field.kind) == ("tag", "built-in")
        for field in fields.required(connection, "contact")
    )


def last_tag(unit: Unit, contact_id: int) -> errors.InvalidValue:
    """Return the error for taking the last tag off a contact that may not lack one."""
    from crm_cli.services.fields import kept

    name = store.brief(unit.connection, [contact_id])[contact_id]
    error = kept("contact", "tag")
    hint = f"tag it otherwise first: crm contact tag {contact_id} TAG; or: crm field edit"
    return errors.InvalidValue(
        f"{error.message}, and {name} (#{contact_id}) has no other",
        hint=f"{hint} contact.tag --optional",
    )


def known_tags(connection: sqlite3.Connection, labels: Sequence[str]) -> dict[int, str]:
    """Return id -> label of tags that are there. Raises NotFound and InvalidValue."""
    known = {}
    for label in labels:
        key = fold(read_text(label, "tag"))
        found = store.tag(connection, key)
        if found is None:
            raise errors.NotFound(f"no tag {label!r}", hint=near_tag(connection, key))
        known[found[0]] = found[1]
    return known


def near_tag(connection: sqlite3.Connection, key: str) -> str:
    """Return the hint that names the tag most like a key."""
    from difflib import get_close_matches

    near = get_close_matches(key, store.used_words(connection, "tag"), 1)
    return f"did you mean {near[0]}?" if near else "crm contact show WHO lists a contact's tags"


def named(unit: Unit, whos: Sequence[str], *, archived: bool = False) -> list[int]:
    """Return the ids of the contacts named, each once. Raises NotFound and Ambiguous."""
    return list(
        dict.fromkeys(
            resolve.contact_id(
                unit.connection,
                who,
                country=resolve.country_for(unit.session, who),
                archived=archived,
            )
            for who in whos
        )
    )


def _whom(unit: Unit, ids: Sequence[int]) -> str:
    if len(ids) != 1:
        return f"{len(ids)} contacts"
    return store.brief(unit.connection, ids)[ids[0]]


def shown(
    unit: Unit, ids: Sequence[int], *, as_list: bool = False
) -> Callable[[sqlite3.Connection], Body]:
    """Return the reader of what a verb prints: the record, or the flat rows of several."""

    def read(connection: sqlite3.Connection) -> Body:
        if len(ids) == 1 and not as_list:
            return queries.record(connection, ids[0], unit.session)
        return queries.rows_of(connection, ids)

    return read
