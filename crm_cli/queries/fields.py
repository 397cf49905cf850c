"""Reading custom fields: which there are, one by its name, and their columns in a list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crm_cli import errors
from crm_cli.domain.custom_field import BUILT_IN, KINDS, NOUNS, Field, key_of
from crm_cli.domain.field_checks import limits
from crm_cli.domain.values import fold
from crm_cli.result import Column, Kind, Record, Result, Table
from crm_cli.store import fields as store

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping, Sequence

    from crm_cli.session import Session

COLUMNS = (
    Column("id", "ID", Kind.ID),
    Column("record", "Record"),
    Column("name", "Name"),
    Column("label", "Label"),
    Column("kind", "Kind"),
    Column("required", "Required", Kind.FLAG),
    Column("default", "Default"),
    Column("choices", "Choices", Kind.LIST),
    Column("note", "Note"),
    Column("active", "Active", Kind.FLAG),
    Column("used", "Used", Kind.INTEGER),
    Column("pattern", "Pattern"),
    Column("max_length", "Longest", Kind.INTEGER),
    Column("min", "Least"),
    Column("max", "Greatest"),
    Column("currency", "Currency"),
    Column("unique", "Unique", Kind.FLAG),
)
SHOWN = ("id", "record", "name", "label", "kind", "required", "default", "choices", "used")
CHECKS = ("pattern", "max_length", "min", "max", "currency", "unique")
"""Columns that people see where a field has such a check."""

_KINDS = {
    "number": Kind.NUMBER, "money": Kind.MONEY, "date": Kind.DATE, "flag": Kind.FLAG,
}  # fmt: skip


def values_of(
    connection: sqlite3.Connection, field: Field, used: Mapping[int, int]
) -> dict[str, Any]:
    """Return a field's JSON object."""
    choices: list[str] = []
    if field.kind == "choice":
        from crm_cli.store import picklists

        choices = [key for key, _, _ in picklists.values(connection, field.picklist)]
    low, high, currency = limits(field)
    return {
        "id": field.id,
        "record": field.noun,
        "name": field.key,
        "label": field.label,
        "kind": field.kind,
        "required": bool(field.is_required),
        "default": field.preset,
        "choices": choices,
        "note": field.note,
        "active": not field.is_retired,
        "used": None if field.kind == BUILT_IN else used.get(field.id, 0),
        "pattern": field.pattern,
        "max_length": field.max_length,
        "min": low,
        "max": high,
        "currency": currency,
        "unique": bool(field.is_unique),
    }


def listing(
    session: Session, noun: str | None, *, retired: bool | None, where: str | None = None
) -> Result:
    """Return the fields by record type and place, or those that a filter chooses; ``retired``
    None means both.

    Raises InvalidValue for a record type that cannot have fields, and for what is no filter.
    """
    connection = session.reader
    if noun is not None:
        noun = read_noun(noun)
    used = store.used(connection)
    rows = [
        tuple(values_of(connection, field, used).values())
        for field in store.everything(connection)
        if noun in {None, field.noun} and retired in {None, bool(field.is_retired)}
    ]
    places = {column.key: at for at, column in enumerate(COLUMNS)}
    checks = [
        name
        for name in CHECKS
        if any(row[places[name]] is not None and row[places[name]] is not False for row in rows)
    ]
    table = Table(noun="field", columns=COLUMNS, rows=rows, default_columns=(*SHOWN, *checks))
    if where is None:
        return Result(body=table)
    from crm_cli.queries.row_filtering import narrowed

    return narrowed(session, table, where, {"record": NOUNS, "kind": (*KINDS, BUILT_IN)})


def record(connection: sqlite3.Connection, field_id: int) -> Record:
    """Return one field as verbs print it."""
    field = store.row(connection, field_id)
    if field is None:
        raise errors.NotFound(f"no field {field_id}", hint="see crm field list")
    values = values_of(connection, field, store.used(connection))
    return Record(noun="field", values=values, title=f"{field.label} ({field.noun})")


def read_noun(text: str) -> str:
    """Return the record type that is meant. Raises InvalidValue."""
    from crm_cli.domain.contact import choose

    return choose("record type with fields", text.strip().removesuffix("s"), NOUNS)


def find(connection: sqlite3.Connection, first: str, second: str | None = None) -> Field:
    """Return the field that ``size``, ``contact.size``, ``contact size`` or an id names.

    Raises NotFound with the nearest name, Ambiguous, InvalidValue.
    """
    from crm_cli.queries.resolve import number, typed

    text = typed(first, "field's name")
    noun = None
    if second is not None:
        noun, text = read_noun(text), typed(second, "field's name")
    elif text.partition(".")[0] in NOUNS and "." in text:
        noun, _, text = text.partition(".")
    known = [field for field in store.everything(connection) if noun in {None, field.noun}]
    wanted = number(text)
    found = [field for field in known if field.id == wanted] or named(known, text)
    if len(found) == 1:
        return found[0]
    if found:
        raise errors.Ambiguous(
            f"{text!r} may be any of {len(found)} fields",
            hint=f"write {found[0].noun}.{found[0].key}",
            candidates=[{"id": f.id, "name": f"{f.noun}.{f.key}"} for f in found],
        )
    hint = nearest(text, known)
    raise errors.NotFound(
        f"no field {text!r}", hint=f"did you mean {hint}?" if hint else "see crm field list"
    )


def named(known: Sequence[Field], text: str) -> list[Field]:
    """Return the fields of this name or, without any, of this label."""
    key, word = key_of(text), fold(text)
    return [field for field in known if field.key == key] or [
        field for field in known if fold(field.label) == word
    ]


def nearest(text: str, known: Sequence[Field]) -> str | None:
    """Return the name most like ``text``."""
    from difflib import get_close_matches

    near = get_close_matches(key_of(text), [field.key for field in known], 1)
    return near[0] if near else None


def columns(connection: sqlite3.Connection, noun: str) -> list[Column]:
    """Return the columns that a record type's fields add to its lists."""
    found = []
    for field in store.fields(connection, noun):
        found.append(Column(field.key, field.label, _KINDS.get(field.kind, Kind.TEXT)))
        if field.kind == "money":
            found.append(Column(f"{field.key}_currency", f"{field.label} currency"))
    return found


def with_columns(connection: sqlite3.Connection, table: Table) -> Table:
    """Return a list of records with a column for each field; people see them when they ask."""
    added = columns(connection, table.noun)
    if not added:
        return table
    rows: list[tuple[Any, ...]] = []
    for start in range(0, len(table.rows), 500):
        chunk = table.rows[start : start + 500]
        ids = [row[0] for row in chunk]
        values = store.objects(connection, table.noun, ids)
        rows += [(*row, *(values[row[0]].get(column.key) for column in added)) for row in chunk]
    shown = table.default_columns or [column.key for column in table.columns]
    return table._replace(columns=[*table.columns, *added], rows=rows, default_columns=shown)
