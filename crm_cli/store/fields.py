"""Custom fields and their values: every SQL statement that reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crm_cli.domain.custom_field import BUILT_IN, COLUMN_OF, Field, Value, spread

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

_COLUMNS = ", ".join(Field._fields)


def fields(connection: sqlite3.Connection, noun: str, *, with_retired: bool = False) -> list[Field]:
    """Return a record type's custom fields in their order."""
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM fields WHERE noun = ? AND kind <> '{BUILT_IN}'"
        " AND (is_retired = 0 OR ?) ORDER BY position, id",
        (noun, with_retired),
    )
    return [Field(*row) for row in rows.fetchall()]


def everything(connection: sqlite3.Connection) -> list[Field]:
    """Return every row: custom fields, and the record's own ones that are required."""
    rows = connection.execute(f"SELECT {_COLUMNS} FROM fields ORDER BY noun, position, id")
    return [Field(*row) for row in rows.fetchall()]


def required(connection: sqlite3.Connection, noun: str) -> list[Field]:
    """Return what has to be filled on entry, the record's own fields included."""
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM fields WHERE noun = ? AND is_required AND NOT is_retired"
        " ORDER BY position, id",
        (noun,),
    )
    return [Field(*row) for row in rows.fetchall()]


def checked(connection: sqlite3.Connection, noun: str) -> list[Field]:
    """Return the record's own fields that have an entry check."""
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM fields WHERE noun = ? AND kind = '{BUILT_IN}'"
        " AND (pattern IS NOT NULL OR max_length IS NOT NULL) ORDER BY id",
        (noun,),
    )
    return [Field(*row) for row in rows.fetchall()]


def row(connection: sqlite3.Connection, field_id: int) -> Field | None:
    """Return one field or None."""
    found = connection.execute(
        f"SELECT {_COLUMNS} FROM fields WHERE id = ?", (field_id,)
    ).fetchone()
    return Field(*found) if found else None


def used(connection: sqlite3.Connection) -> dict[int, int]:
    """Return field id -> number of records that have a value."""
    rows = connection.execute("SELECT field_id, count(*) FROM field_values GROUP BY field_id")
    return dict(rows.fetchall())


def next_position(connection: sqlite3.Connection, noun: str) -> int:
    """Return the position behind a record type's last field."""
    (last,) = connection.execute(
        "SELECT coalesce(max(position), 0) FROM fields WHERE noun = ?", (noun,)
    ).fetchone()
    return int(last) + 1


def values(
    connection: sqlite3.Connection, noun: str, ids: Sequence[int]
) -> dict[int, dict[str, tuple[str, Value]]]:
    """Return record id -> field key -> (kind, value) of some hundred records; of retired fields
    too."""
    column = COLUMN_OF[noun]
    marks = ", ".join("?" * len(ids))
    found: dict[int, dict[str, tuple[str, Value]]] = {}
    for record_id, key, kind, *cells in connection.execute(
        f"SELECT v.{column}, f.key, f.kind, v.text, v.folded, v.number, v.currency"
        "  FROM field_values v JOIN fields f ON f.id = v.field_id"
        f" WHERE v.{column} IN ({marks}) ORDER BY v.{column}, f.position, f.id",
        list(ids),
    ).fetchall():
        found.setdefault(record_id, {})[key] = (kind, Value(*cells))
    return found


def stored(connection: sqlite3.Connection, noun: str, record_id: int) -> dict[int, dict[str, Any]]:
    """Return field id -> row of one record's values."""
    names = ("id", "field_id", *Value._fields)
    rows = connection.execute(
        f"SELECT {', '.join(names)} FROM field_values WHERE {COLUMN_OF[noun]} = ?", (record_id,)
    )
    return {row[1]: dict(zip(names, row, strict=True)) for row in rows.fetchall()}


def objects(
    connection: sqlite3.Connection, noun: str, ids: Sequence[int]
) -> dict[int, dict[str, Any]]:
    """Return record id -> the JSON object ``fields`` of some hundred records: every field in use,
    and the retired ones that the record has a value of."""
    living = {field.key: field.kind for field in fields(connection, noun)}
    held = values(connection, noun, ids)
    found = {}
    for record_id in ids:
        mine = held.get(record_id, {})
        kinds = {**living, **{key: kind for key, (kind, _) in mine.items()}}
        found[record_id] = spread(kinds, {key: value for key, (_, value) in mine.items()})
    return found


def export_columns(connection: sqlite3.Connection, noun: str) -> list[str]:
    """Return the columns of a file that hold all values of a record type's fields: also those of
    retired fields that have values."""
    in_use = used(connection)
    return [
        name
        for field in fields(connection, noun, with_retired=True)
        if not field.is_retired or field.id in in_use
        for name in (field.key, f"{field.key}_currency")
        if name == field.key or field.kind == "money"
    ]


def filled(connection: sqlite3.Connection, field_id: int, limit: int = 20) -> list[tuple[Any, ...]]:
    """Return (row id, the records of ``COLUMN_OF``, text, folded, number, currency) of a field's
    first values."""
    return connection.execute(
        "SELECT id, contact_id, product_id, purchase_id, lead_id, text, folded, number, currency"
        " FROM field_values WHERE field_id = ? ORDER BY id LIMIT ?",
        (field_id, limit),
    ).fetchall()
