"""Archiving, restoring and deleting contacts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from crm_cli import errors
from crm_cli.queries import contacts as queries
from crm_cli.queries import resolve
from crm_cli.services import contacts_tags, follow_ups_ties, leads_ties
from crm_cli.services.contacts import taken
from crm_cli.services.outcome import ask, in_the_trash, written
from crm_cli.services.unit import Unit
from crm_cli.store import bulk, contact_removal, interactions, purchases
from crm_cli.store import contacts as store

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from crm_cli.result import Body, Result
    from crm_cli.session import Session


def archive(session: Session, whos: Sequence[str]) -> Result:
    """Hide contacts from lists; figures keep them. Raises NotFound and Ambiguous."""
    return _set_archived(session, whos, archived=True)


def restore(session: Session, whos: Sequence[str]) -> Result:
    """Bring archived contacts back. Raises Duplicate where an e-mail is taken meanwhile."""
    return _set_archived(session, whos, archived=False)


def _set_archived(session: Session, whos: Sequence[str], *, archived: bool) -> Result:
    with Unit(session) as unit:
        ids = contacts_tags.named(unit, whos, archived=not archived)
        names = []
        back: dict[str, int] = {}
        for contact_id in ids:
            row = store.row(unit.connection, contact_id) or {}
            names.append(row["name"])
            if bool(row["archived_at"]) == archived:
                continue
            if not archived:
                _refuse_taken(unit, contact_id, back)
            cells = {"archived_at": unit.at if archived else None, "updated_at": unit.at}
            unit.update("contacts", contact_id, row, cells)
            unit.count_records(1)
        whom = names[0] if len(names) == 1 else f"{len(names)} contacts"
        body = unit.commit(
            f"{'archived' if archived else 'restored'} {whom}",
            then=contacts_tags.shown(unit, ids),
        )
    return written(body, unit)


def _refuse_taken(unit: Unit, contact_id: int, back: dict[str, int]) -> None:
    """Refuse an address of a living contact, or of one that comes back in the same run (``back``:
    address -> contact, added to here)."""
    for email in store.children(unit.connection, "emails", contact_id):
        others = store.ids_by_email(unit.connection, email["value"], living_only=True)
        others.append(back.setdefault(email["value"], contact_id))
        others = [other for other in others if other != contact_id]
        if others:
            raise taken(
                unit, email["value"], others,
                f"crm contact edit {contact_id} --remove-email {email['value']}, then restore it",
            )  # fmt: skip


def delete(session: Session, whos: Sequence[str]) -> Result:
    """Move contacts and what hangs on them to the trash, and out of all figures.

    Raises UsageError without --yes where nobody can answer, Refused when the answer is no.
    """
    reader = session.reader
    ids = list(
        dict.fromkeys(
            resolve.contact_id(reader, who, country=resolve.country_for(session, who))
            for who in whos
        )
    )
    if not ids:
        raise errors.UsageError("no contact was named", hint="crm contact delete WHO")
    ask(session, _question(session, ids))
    with Unit(session) as unit:
        names = store.brief(unit.connection, ids)
        if missing := [contact_id for contact_id in ids if contact_id not in names]:
            raise errors.Conflict(
                f"#{missing[0]} was deleted meanwhile; nothing was written",
                hint="run the command again without it",
            )
        body: Body = (
            queries.record(unit.connection, ids[0], session)
            if len(ids) == 1
            else queries.rows_of(unit.connection, ids)
        )
        named = {"ids": json.dumps(ids)}
        for columns, where in contact_removal.POINTING:
            cells = {**dict.fromkeys(columns), "updated_at": unit.at}
            unit.update_where("contacts", cells, where, named)
        follow_ups_ties.untie(unit, named["ids"])
        leads_ties.untie(unit, named["ids"])
        for table, where in contact_removal.HANGING.items():
            unit.delete_where(table, where, named)
        for contact_id, name in names.items():
            unit.insert(
                "trash", entry_id=unit.entry_id, noun="contact", record_id=contact_id, name=name,
                deleted_at=unit.at, deleted_by=session.actor,
            )  # fmt: skip
        unit.count_records(len(ids))
        whom = next(iter(names.values())) if len(ids) == 1 else f"{len(ids)} contacts"
        hanging = _hanging(unit.connection, ids)
        unit.commit(f"deleted {whom}")
    return written(body, unit, [in_the_trash(unit, whom, len(ids), hanging)])


def _question(session: Session, ids: Sequence[int]) -> str:
    whom = f"{len(ids)} contacts"
    if len(ids) == 1:
        whom = f"{store.brief(session.reader, ids)[ids[0]]} (#{ids[0]})"
    return f"Delete {whom}{_hanging(session.reader, ids)}?"


def _hanging(connection: sqlite3.Connection, ids: Sequence[int]) -> str:
    """Return what goes with contacts, such as `` with 9 purchases, 4 talks``; nothing where
    nothing does."""
    return contact_removal.in_words(
        purchases.count_of(connection, ids),
        interactions.count_of(connection, ids),
        bulk.count_of(connection, "follow_ups", json.dumps(list(ids))),
        bulk.count_of(connection, "leads", json.dumps(list(ids))),
    )
