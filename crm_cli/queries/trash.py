"""Reading the trash."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crm_cli import errors
from crm_cli.domain.values import fold
from crm_cli.queries import resolve
from crm_cli.result import Column, Kind, Record, Result, Table
from crm_cli.store import trash as store

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from crm_cli.session import Session

COLUMNS = (
    Column("id", "Trash", Kind.ID),
    Column("noun", "Record"),
    Column("record_id", "Its ID", Kind.INTEGER),
    Column("name", "Name"),
    Column("deleted_at", "Deleted", Kind.INSTANT),
    Column("deleted_by", "By"),
    Column("entry", "Entry", Kind.INTEGER),
)


def table(lines: Sequence[store.Trashed]) -> Table:
    """Return lines of the trash as a table."""
    return Table(noun="deleted record", columns=COLUMNS, rows=[tuple(line) for line in lines])


def listing(session: Session, where: str | None = None) -> Result:
    """Return everything in the trash, or what a filter chooses. Raises InvalidValue."""
    if where is None:
        return Result(body=table(store.listing(session.reader)))
    from crm_cli.queries import filtering

    found = filtering.read(session, "deleted record", where)
    lines = store.listing(session.reader, found.chosen)
    return Result(body=table(lines), messages=found.remarks)


def find(connection: sqlite3.Connection, which: str) -> store.Trashed:
    """Return the line that a number of ``trash list`` or a part of a name means.

    Raises NotFound and Ambiguous.
    """
    wanted, part = resolve.number(which.strip()), fold(which)
    lines = store.listing(connection)
    if wanted is not None:
        found = [line for line in lines if line.id == wanted]
    else:
        found = [line for line in lines if part and part in fold(line.name)]
    if not found:
        raise errors.NotFound(f"nothing in the trash is {which!r}", hint="see crm trash list")
    if len(found) > 1:
        raise errors.Ambiguous(
            f"{which!r} may be any of {len(found)} deleted records",
            hint="name one by its number in crm trash list",
            candidates=[_candidate(line) for line in found[:20]],
        )
    return found[0]


def _candidate(line: store.Trashed) -> dict[str, Any]:
    return {"id": line.id, "noun": line.noun, "name": line.name, "deleted_at": line.deleted_at}


def restored(connection: sqlite3.Connection, session: Session, line: store.Trashed) -> Record:
    """Return the record that came back, as its own noun shows it."""
    if line.noun == "contact":
        from crm_cli.queries import contacts

        return contacts.record(connection, line.record_id, session)
    if line.noun == "purchase":
        from crm_cli.queries import purchases

        return purchases.record(connection, line.record_id)
    if line.noun == "interaction":
        from crm_cli.queries import interactions

        return interactions.record(connection, line.record_id)
    if line.noun == "follow-up":
        from crm_cli.queries import follow_ups

        return follow_ups.record(connection, session, line.record_id)
    if line.noun == "lead":
        from crm_cli.queries import leads

        return leads.record(connection, session, line.record_id)
    return Record(noun=line.noun, values={"id": line.record_id, "name": line.name})
