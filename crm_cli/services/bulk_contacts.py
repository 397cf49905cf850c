"""Bulk verbs on contacts: tags, the archive, and the trash. See ``bulk`` for what they share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crm_cli.queries import contacts as queries
from crm_cli.services import follow_ups_ties, leads_ties
from crm_cli.services.bulk import Task, Work, carry_out
from crm_cli.services.contacts import taken
from crm_cli.services.contacts_tags import is_required, known_tags, last_tag, settled
from crm_cli.store import bulk as store
from crm_cli.store import contact_removal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crm_cli.queries.selection import Selection
    from crm_cli.result import Result
    from crm_cli.session import Session


# -- tags -----------------------------------------------------------------------------------------


def tag(session: Session, selection: Selection, labels: Sequence[str]) -> Result:
    """Give tags to contacts. Raises InvalidValue and what ``bulk.carry_out`` does."""

    def prepare(work: Work) -> None:
        tie(work, labels)
        touch(work)

    words = ("tag", "tagged")
    return carry_out(session, selection, Task(
        noun="contact", words=words, prepare=prepare, body=queries.rows_of, detail=_listed(labels)
    ))  # fmt: skip


def untag(session: Session, selection: Selection, labels: Sequence[str]) -> Result:
    """Take tags off contacts. Raises NotFound also for an unknown tag, and InvalidValue where a
    contact may not lack a tag and has no other."""

    def prepare(work: Work) -> None:
        known = known_tags(work.connection, labels)
        if is_required(work.connection):
            bare = store.left_untagged(work.connection, work.listed, store.array(known))
            if bare is not None:
                raise last_tag(work.unit, bare)
        drop(work, "contact_tags", store.TIED, f"without {', '.join(known.values())}", list(known))
        touch(work)

    words = ("untag", "untagged")
    return carry_out(session, selection, Task(
        noun="contact", words=words, prepare=prepare, body=queries.rows_of, detail=_listed(labels)
    ))  # fmt: skip


def _listed(labels: Sequence[str]) -> str:
    return f": {', '.join(labels)}"


def tie(work: Work, labels: Sequence[str], *, to_all: bool = False) -> list[int]:
    """Give the contacts of a bulk change the tags that they have not; ``to_all``: they have none.

    Returns the ids of the tags. Raises InvalidValue.
    """
    tags = settled(work.unit, labels)
    for tag_id, label, is_new in tags.values():
        missing = list(work.ids)
        if not is_new and not to_all:
            named = {"ids": work.listed, "tags": store.array([tag_id])}
            held = set(store.owners(work.connection, "contact_tags", store.TIED, named))
            missing = [one for one in missing if one not in held]
        insert(work, "contact_tags", missing, tag_id=tag_id)
        work.note_all(missing, f"tag: {label}")
    return [tag_id for tag_id, _, _ in tags.values()]


# -- lists that hang on contacts ------------------------------------------------------------------


def insert(work: Work, table: str, contact_ids: Sequence[int], **values: object) -> None:
    """Add a row with the same values to each of some contacts."""
    first = work.unit.draw(table, len(contact_ids))
    rows = (
        (first + number, contact_id, *values.values())
        for number, contact_id in enumerate(contact_ids)
    )
    columns = ("id", "contact_id", *values)
    work.unit.insert_stream(table, columns, rows, first, len(contact_ids))


def drop(work: Work, table: str, where: str, text: str, tags: Sequence[int] = ()) -> bool:
    """Take the rows of a list that ``where`` selects off the contacts of a bulk change; say
    whether there are any."""
    named = {"ids": work.listed, "tags": store.array(tags)}
    if "tags" not in where:
        del named["tags"]
    held = store.owners(work.connection, table, where, named)
    if held:
        work.unit.delete_where(table, where, named)
        work.note_all(held, text)
    return bool(held)


def touch(work: Work, **cells: object) -> None:
    """Set cells in the contacts that a bulk change moves, and when it was."""
    if work.changed:
        listed = store.array(sorted(work.changed))
        work.unit.update_chosen("contacts", {**cells, "updated_at": work.unit.at}, listed)


# -- the archive ----------------------------------------------------------------------------------


def archive(session: Session, selection: Selection) -> Result:
    """Hide contacts from lists. Raises what ``bulk.carry_out`` does."""
    return _set_archived(session, selection, archived=True)


def restore(session: Session, selection: Selection) -> Result:
    """Bring archived contacts back; a filter means these unless it names ``archived``.

    Raises Duplicate where an e-mail is taken meanwhile.
    """
    return _set_archived(session, selection, archived=False)


def _set_archived(session: Session, selection: Selection, *, archived: bool) -> Result:
    def prepare(work: Work) -> None:
        groups = store.cells(work.connection, "contacts", ["archived_at"], work.listed)
        moved = [one for one in work.ids if bool(groups[one]["archived_at"]) is not archived]
        if not archived:
            _refuse_taken(work, moved)
        work.note_all(moved, "")
        touch(work, archived_at=work.unit.at if archived else None)

    words = ("archive", "archived") if archived else ("restore", "restored")
    return carry_out(session, selection, Task(
        noun="contact", words=words, prepare=prepare, body=queries.rows_of, hidden=not archived
    ))  # fmt: skip


def _refuse_taken(work: Work, moved: Sequence[int]) -> None:
    found = store.taken_email(work.connection, store.array(moved))
    if found is not None:
        contact_id, email, owner = found
        raise taken(
            work.unit, email, [owner],
            f"crm contact edit {contact_id} --remove-email {email}, then restore it",
        )  # fmt: skip


# -- the trash ------------------------------------------------------------------------------------


def delete(session: Session, selection: Selection) -> Result:
    """Move contacts and what hangs on them to the trash. Raises what ``bulk.carry_out`` does."""
    said = Task(
        noun="contact", words=("delete", "deleted"), prepare=_delete, body=queries.rows_of,
        risky=True, gone=True,
    )  # fmt: skip
    return carry_out(session, selection, said)


def _delete(work: Work) -> None:
    unit, named = work.unit, {"ids": work.listed}
    if not work.ids:
        return
    work.note_all(work.ids, "")
    work.along = contact_removal.in_words(
        store.count_of(work.connection, "purchases", work.listed),
        store.count_of(work.connection, "interactions", work.listed),
        store.count_of(work.connection, "follow_ups", work.listed),
        store.count_of(work.connection, "leads", work.listed),
    )
    for columns, where in contact_removal.POINTING:
        cells = {**dict.fromkeys(columns), "updated_at": unit.at}
        unit.update_where("contacts", cells, where, named)
    follow_ups_ties.untie(unit, work.listed)
    leads_ties.untie(unit, work.listed)
    for table, where in contact_removal.HANGING.items():
        unit.delete_where(table, where, named)
    to_trash(work, "contact", store.names(work.connection, "contact", work.listed))


def to_trash(work: Work, noun: str, names: dict[int, str]) -> None:
    """Add a line of the trash for each record that is deleted, by its name."""
    unit, actor = work.unit, work.unit.session.actor
    first = unit.draw("trash", len(names))
    rows = (
        (first + number, unit.entry_id, noun, one, names[one], unit.at, actor)
        for number, one in enumerate(sorted(names))
    )
    columns = ("id", "entry_id", "noun", "record_id", "name", "deleted_at", "deleted_by")
    unit.insert_stream("trash", columns, rows, first, len(names))
