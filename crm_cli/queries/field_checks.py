"""The values that the entry checks of fields would not let in today."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crm_cli import errors
from crm_cli.domain.custom_field import NOUNS, typed
from crm_cli.domain.field_checks import check, has_checks
from crm_cli.queries import fields
from crm_cli.result import Column, Kind, Result, Table
from crm_cli.store import bulk
from crm_cli.store import field_checks as store
from crm_cli.store import fields as field_store

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from crm_cli.domain.custom_field import Field, Value
    from crm_cli.session import Session

COLUMNS = (
    Column("id", "ID", Kind.ID),
    Column("record", "Record"),
    Column("who", "Name"),
    Column("field", "Field"),
    Column("value", "Value"),
    Column("problem", "Problem"),
)


def broken(connection: sqlite3.Connection, field: Field) -> dict[int, tuple[Value, str]]:
    """Return record -> (value, what is wrong with it) of the values of a field that its checks
    would not let in today, by record; the first of several of a record."""
    found: dict[int, tuple[Value, str]] = {}
    others = store.shared(connection, field) if field.is_unique else {}
    if not others and not has_checks(field):
        return found
    for record_id, value in store.values_of(connection, field):
        try:
            check(field, value)
        except errors.InvalidValue as error:
            found.setdefault(record_id, (value, error.message.removeprefix(f"{field.key}: ")))
            continue
        if record_id in others:
            shown = typed(field.kind, value)
            found[record_id] = (value, f"{shown} is that of {field.noun} {others[record_id]} too")
    return found


def listing(session: Session, names: Sequence[str], *, where: str | None = None) -> Result:
    """Return the values that do not fit, of one field or of all in use; ``id`` is the record's.

    Raises NotFound, Ambiguous and InvalidValue.
    """
    connection = session.reader
    chosen = (
        [fields.find(connection, *names)]
        if names
        else [field for field in field_store.everything(connection) if not field.is_retired]
    )
    rows: list[tuple[Any, ...]] = []
    for field in chosen:
        wrong = broken(connection, field)
        called = bulk.names(connection, field.noun, bulk.array(wrong))
        rows += [
            (one, field.noun, called[one], field.key, typed(field.kind, value), problem)
            for one, (value, problem) in wrong.items()
        ]
    table = Table(noun="value", columns=COLUMNS, rows=rows)
    if where is None:
        return Result(body=table)
    from crm_cli.queries.row_filtering import narrowed

    return narrowed(session, table, where, {"record": NOUNS})
