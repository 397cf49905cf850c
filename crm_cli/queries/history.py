"""Reading the journal: the list of entries, and what one entry changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crm_cli import errors
from crm_cli.result import Column, Kind, Message, Record, Result, Section, Table
from crm_cli.store import history_rows, journal

if TYPE_CHECKING:
    import sqlite3

    from crm_cli.session import Session
    from crm_cli.store.obstacles import Obstacle

COLUMNS = (
    Column("id", "Entry", Kind.ID),
    Column("at", "When", Kind.INSTANT),
    Column("by", "Who"),
    Column("summary", "What"),
    Column("records", "Records", Kind.INTEGER),
    Column("kind", "Kind"),
    Column("undoes", "Of entry", Kind.INTEGER),
    Column("undone_by", "Undone by", Kind.INTEGER),
    Column("command", "Command"),
)


def _values(entry: journal.Entry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "at": entry.at,
        "by": entry.actor,
        "summary": entry.summary,
        "records": entry.records,
        "kind": entry.kind,
        "undoes": entry.target_id,
        "undone_by": entry.undone_by_id,
        "command": entry.command,
    }


def listing(
    session: Session, *, with_system: bool = False, limit: int | None = None,
    where: str | None = None,
) -> Result:  # fmt: skip
    """Return the entries, newest first; the program's own steps only ``with_system``, or where a
    filter names their kind. Raises InvalidValue for what is no filter."""
    chosen, remarks = None, []
    if where is not None:
        from crm_cli.queries import filtering

        read = filtering.read(session, "entry", where)
        chosen, remarks = read.chosen, read.remarks
        with_system |= "kind" in read.fields
    entries = journal.entries(session.reader, with_system=with_system, limit=limit, chosen=chosen)
    table = Table(
        noun="entry",
        columns=COLUMNS,
        rows=[tuple(_values(entry).values()) for entry in entries],
        default_columns=("id", "at", "by", "summary", "records", "undone_by"),
    )
    return Result(body=table, messages=remarks)


def record(connection: sqlite3.Connection, entry_id: int) -> Record:
    """Return one entry as a record. Raises NotFound."""
    entry = journal.entry(connection, entry_id)
    if entry is None:
        raise errors.NotFound(f"the history has no entry {entry_id}", hint="see crm history")
    return Record(noun="entry", values=_values(entry), title=f"Entry {entry_id}")


MOST_SHOWN = 200
"""So many changes of an entry are shown to people who name no limit."""

CHANGE_COLUMNS = (
    Column("table", "Table"),
    Column("op", "Change"),
    Column("id", "Row"),
    Column("fields", "Fields"),
)


def page(
    session: Session, entry_id: int, *, limit: int | None, for_people: bool,
    where: str | None = None,
) -> Result:  # fmt: skip
    """Return one entry with the rows it changed: before and after, field by field; for people
    in words, below the entry.

    ``changes`` in JSON: table, op, id, last_id, and the fields as {name: [before, after]} for
    an update or {name: value} for a deletion; at most ``limit``, and a remark where there are
    more. Raises NotFound, and UsageError for a filter beside the entry.
    """
    import json

    if where is not None:
        raise errors.UsageError(
            f"entry {entry_id} and a filter name entries at once", hint="leave one of them out"
        )

    entry = record(session.reader, entry_id)
    lines = journal.change_lines(session.reader, entry_id, None if limit is None else limit + 1)
    remarks = []
    if limit is not None and len(lines) > limit:
        del lines[limit:]
        remarks.append(Message(f"only the first {limit} changes; --limit N shows more"))
    changes: list[dict[str, Any]] = [
        {
            "table": line.table,
            "op": line.op,
            "id": line.first_id,
            "last_id": line.last_id,
            "fields": json.loads(line.image) if line.image else None,
        }
        for line in lines
    ]
    sections = []
    if for_people:
        from crm_cli.queries.history_changes import described

        rows = described(session.reader, lines)
        table = Table(noun="change", columns=CHANGE_COLUMNS, rows=rows, id_key="table")
        sections = [Section(title="Changes", table=table)]
    body = Record(
        noun="entry",
        values={**entry.values, "changes": changes},
        sections=sections,
        title=entry.title,
    )
    return Result(body=body, messages=remarks)


def describe(connection: sqlite3.Connection, obstacle: Obstacle) -> dict[str, Any]:
    """Return an obstacle as a candidate: id, table, the record it is or hangs on, and why it
    stands in the way."""
    return {
        "id": obstacle.row_id,
        "table": obstacle.table,
        "name": history_rows.name_of(connection, obstacle.table, obstacle.row_id),
        "reason": obstacle.reason,
    }
