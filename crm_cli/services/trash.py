"""The trash: bringing deleted records back, and emptying it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crm_cli import errors
from crm_cli.queries import history as history_queries
from crm_cli.queries import trash as queries
from crm_cli.services import outcome
from crm_cli.services.unit import Unit
from crm_cli.store import reversal
from crm_cli.store import trash as store

if TYPE_CHECKING:
    from crm_cli.result import Result
    from crm_cli.session import Session


def restore(session: Session, which: str) -> Result:
    """Bring back one deleted record with everything that hung on it.

    Raises NotFound, Ambiguous, and Conflict when an address was given to somebody else.
    """
    with Unit(session) as unit:
        trashed = queries.find(unit.connection, which)
        only = store.belongs(trashed)
        in_the_way = [
            obstacle
            for run in reversal.runs(unit.connection, trashed.entry_id)
            if run.op == "delete"
            for obstacle in reversal.delete_obstacles(
                unit.connection, trashed.entry_id, run.table, only=only
            )
        ]
        if in_the_way:
            raise errors.Conflict(
                f"{trashed.noun} {trashed.name!r} cannot be restored; nothing was written",
                hint="change the other record first, then restore",
                candidates=[
                    history_queries.describe(unit.connection, obstacle) for obstacle in in_the_way
                ],
            )
        reversal.reverse(
            unit.batch, unit.connection, trashed.entry_id, unit.entry_id,
            only=only, with_inserts=False,
        )  # fmt: skip
        if trashed.noun == "purchase":
            # The import may bring the row back again: it is here.
            unit.delete_where("import_tombstones", *store.tombstones_of(trashed))
        unit.delete("trash", trashed.id)
        unit.touch_purchases()
        unit.count_records(1)
        record = unit.commit(
            f"restored {trashed.noun} {trashed.name}",
            then=lambda connection: queries.restored(connection, session, trashed),
        )
    return outcome.written(record, unit)


def empty(session: Session) -> Result:
    """Drop every line of the trash (after asking); the history still knows them."""
    count = len(store.listing(session.reader))
    if count:
        outcome.ask(session, f"Empty the trash: {count} records?")
    with Unit(session) as unit:
        trashed = store.listing(unit.connection)
        if trashed:
            unit.delete_where("trash", "t.id <= :last", {"last": trashed[-1].id})
        unit.count_records(len(trashed))
        unit.commit(f"emptied the trash ({len(trashed)} records)")
    return outcome.written(queries.table(trashed), unit)
