"""Reading the store as a whole: what is in the file, and a query of one's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crm_cli import errors
from crm_cli.result import Column, Kind, Level, Message, Record, Result, Section, Table
from crm_cli.store import connection as opening
from crm_cli.store import status as store
from crm_cli.store.migrations import SCHEMA_VERSION

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crm_cli.session import Session

LONGEST_QUERY = 1_000_000
"""Characters; SQLite's own limit for a statement."""


def status(session: Session) -> Result:
    """Return the state of the file; nothing is made, migrated or changed.

    JSON: ``path, exists, bytes, wal_bytes, schema, newest_schema, sqlite, records`` (noun ->
    count), ``last_entry, imports, views``.
    """
    with opening.translating(session.path):
        reader = opening.open_reader(session.path, timeout=session.lock_timeout)
        exists = reader is not None
        connection = reader or opening.open_memory()
        try:
            values = {
                "path": str(session.path),
                "exists": exists,
                "bytes": _size(session, "") if exists else None,
                "wal_bytes": _size(session, "-wal") if exists else None,
                "schema": opening.schema_version(connection) if exists else None,
                "newest_schema": SCHEMA_VERSION,
                "sqlite": opening.sqlite_version(),
                "records": store.counts(connection) if exists else {},
                "last_entry": store.last_entry(connection),
                "imports": store.last_imports(connection),
                "views": store.promised_views(connection),
            }
        finally:
            connection.close()
    return Result(
        body=Record(
            noun="store", values=values, sections=_sections(values), id_key="path",
        ),
        messages=_advice(session, values),
    )  # fmt: skip


def _advice(session: Session, values: dict[str, Any]) -> list[Message]:
    if not values["exists"]:
        return [Message(f"there is no store at {session.path} yet; the first change makes it")]
    if values["schema"] < SCHEMA_VERSION:
        return [
            Message(
                f"the file has schema {values['schema']}, the newest is {SCHEMA_VERSION};"
                " the next command migrates it, or: crm db migrate",
                Level.HINT,
            )
        ]
    return []


def _size(session: Session, suffix: str) -> int:
    try:
        return session.path.with_name(session.path.name + suffix).stat().st_size
    except FileNotFoundError:
        return 0


def _sections(values: dict[str, Any]) -> list[Section]:
    """Return what people see of ``imports`` (the last run of each source) and ``views``."""
    sections = []
    if values["imports"]:
        columns = (
            Column("at", "At", Kind.INSTANT), Column("noun", "What"), Column("source", "Source"),
            Column("read", "Read", Kind.INTEGER), Column("created", "New", Kind.INTEGER),
            Column("updated", "Updated", Kind.INTEGER),
            Column("unchanged", "Unchanged", Kind.INTEGER),
            Column("rejected", "Rejected", Kind.INTEGER), Column("import", "Entry", Kind.ID),
        )  # fmt: skip
        rows = [[run[column.key] for column in columns] for run in values["imports"]]
        table = Table(noun="import", columns=columns, rows=rows, id_key="import")
        sections.append(Section(title="Imports", table=table))
    shown = (Column("view", "View"), Column("columns", "Columns (crm db sql)", Kind.INTEGER))
    rows = [[view, len(columns)] for view, columns in values["views"].items()]
    table = Table(noun="view", columns=shown, rows=rows, id_key="view")
    sections.append(Section(title="Views", table=table))
    return sections


def views() -> Table:
    """Return the promised views, a row a column: the program's promise, whatever file it is."""
    connection = opening.open_memory()
    try:
        rows = [
            (f"{view}.{column}", view, column)
            for view, columns in store.promised_views(connection).items()
            for column in columns
        ]
    finally:
        connection.close()
    return Table(
        noun="column",
        columns=(Column("id", "Name", Kind.ID), Column("view", "View"), Column("column", "Column")),
        rows=rows,
        default_columns=("view", "column"),
    )


def sql(session: Session, statement: str) -> Result:
    """Run a query that only reads, and return its rows as a table.

    Columns of one name are told apart by a number. Raises Refused, InvalidValue, and the
    StoreError family.
    """
    from crm_cli.store.sql import ask

    if len(statement) > LONGEST_QUERY:
        raise errors.InvalidValue("the query is too long")
    if not statement.strip():
        raise errors.InvalidValue("the query is empty", hint='crm db sql "SELECT ..."')
    with opening.translating(session.path):
        answer = ask(session.reader, statement)
    names = unique(answer.names)
    columns = [
        Column(name, name, _kind([row[index] for row in answer.rows]))
        for index, name in enumerate(names)
    ]
    table = Table(
        noun="row", columns=columns, rows=answer.rows,
        id_key="id" if "id" in names else names[0],
    )  # fmt: skip
    messages = []
    if answer.unpromised:
        messages.append(
            Message(
                f"{', '.join(answer.unpromised)}: the layout of tables may change with any"
                f" version; only the views {', '.join(store.PROMISED)} are promised",
                Level.HINT,
            )
        )
    return Result(body=table, messages=messages)


def unique(names: Sequence[str]) -> list[str]:
    """Return the names with ``_2``, ``_3`` ... behind those that were there before."""
    taken: set[str] = set()
    found = []
    for position, name in enumerate(names, start=1):
        wanted = name or f"column_{position}"
        candidate, number = wanted, 1
        while candidate in taken:
            number += 1
            candidate = f"{wanted}_{number}"
        taken.add(candidate)
        found.append(candidate)
    return found


def _kind(cells: Sequence[Any]) -> Kind:
    """How a column's values look; text wherever they are not all numbers."""
    seen = {type(cell) for cell in cells if cell is not None}
    if seen == {int}:
        return Kind.INTEGER
    return Kind.NUMBER if seen and seen <= {int, float} else Kind.TEXT
