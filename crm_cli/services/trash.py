"""The trash: bringing deleted records back, and emptying it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crm_cli import errors
from crm_cli.queries import history as history_queries
from crm_cli.queries import trash as queries
from crm_cli.result import Level, Message
from crm_cli.services import outcome
from crm_cli.services.unit import Unit
from crm_cli.store import obstacles, reversal
from crm_cli.store import trash as store

if TYPE_CHECKING:
    import sqlite3

    from crm_cli.result import Result
    from crm_cli.session import Session


def restore(session: Session, which: str) -> Result:
    """Bring back one deleted record with everything that hung on it.

    Ties to records that are still deleted are left out, and come back with those. Raises
    NotFound, Ambiguous, and Conflict where an address was given to somebody else or the record
    cannot be without one that is gone.
    """
    with Unit(session) as unit:
        trashed = queries.find(unit.connection, which)
        only = store.belongs(trashed)
        in_the_way, ties = _obstacles(unit.connection, trashed, only)
        if in_the_way:
            raise errors.Conflict(
                f"{trashed.noun} {trashed.name!r} cannot be restored; nothing was written",
                hint="change or restore the other record first, then this one",
                candidates=[
                    history_queries.describe(unit.connection, obstacle) for obstacle in in_the_way
                ],
            )
        reversal.reverse(unit.batch, unit.connection, trashed.entry_id, unit.entry_id, only=only)
        if trashed.noun == "contact":
            for columns, where, parameters in store.waiting(trashed):
                cells = {**dict.fromkeys(columns, trashed.record_id), "updated_at": unit.at}
                unit.update_where("contacts", cells, where, parameters)
            for table, row_id, untied, tied in store.waiting_ties(unit.connection, trashed):
                unit.update(table, row_id, untied, tied)
        if trashed.noun in store.BURIED:
            # The import may bring the row back again: it is here.
            unit.delete_where(store.BURIED[trashed.noun], *store.tombstones_of(trashed))
        unit.delete_where("trash", *store.lines_back(trashed))
        unit.touch_purchases()
        unit.count_records(1)
        record = unit.commit(
            f"restored {trashed.noun} {trashed.name}",
            then=lambda connection: queries.restored(connection, session, trashed),
        )
    return outcome.written(record, unit, ties)


NEEDED = {
    "purchase": ("contact_id", "returns_id"),
    "interaction": ("contact_id",),
    "follow-up": ("contact_id",),
    "lead": ("contact_id", "stage_id"),
}
"""Columns that name what a record cannot be without."""

WHOLE = {("leads", "stage_id"), ("stage_changes", "stage_id")}
"""(table, column) of rows of which none may be left out: the history of a lead has no gap."""


def _obstacles(
    connection: sqlite3.Connection, trashed: store.Trashed, only: str
) -> tuple[list[obstacles.Obstacle], list[Message]]:
    """Return what keeps a record from coming back, and what is said of ties left out."""
    found: list[obstacles.Obstacle] = []
    left_out: dict[str, None] = {}
    for run in reversal.runs(connection, trashed.entry_id):
        if run.op != "delete":
            continue
        found += obstacles.delete_obstacles(connection, trashed.entry_id, run.table, only=only)
        for gone in obstacles.missing_parents(
            connection, trashed.entry_id, run.table, "delete", only=only
        ):
            table = store.table_of(trashed.noun)
            itself = (gone.table, gone.row_id) == (table, trashed.record_id)
            is_needed = itself and gone.column in NEEDED.get(trashed.noun, ())
            if is_needed or (gone.table, gone.column) in WHOLE:
                found.append(gone)
            else:
                left_out.setdefault(gone.needs)
    return found, [
        Message(f"left out its tie to {what}, which is gone", Level.WARNING) for what in left_out
    ]


def empty(session: Session) -> Result:
    """Drop every line of the trash (after asking); the history still knows them."""
    count = len(store.listing(session.reader))
    if count:
        outcome.ask(session, f"Empty the trash: {_records(count)}?")
    with Unit(session) as unit:
        trashed = store.listing(unit.connection)
        if trashed:
            unit.delete_where("trash", "t.id <= :last", {"last": trashed[-1].id})
        unit.count_records(len(trashed))
        unit.commit(f"emptied the trash ({_records(len(trashed))})")
    return outcome.written(queries.table(trashed), unit)


def _records(count: int) -> str:
    return f"{count} record{'' if count == 1 else 's'}"
