"""Choosing from a picklist: by key, label or alias, whatever the case."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from crm_cli import errors
from crm_cli.domain.values import fold
from crm_cli.result import Column, Kind, Record, Result, Table
from crm_cli.store import picklists as store

if TYPE_CHECKING:
    import sqlite3

    from crm_cli.session import Session

COLUMNS = (
    Column("id", "ID", Kind.ID),
    Column("list", "List"),
    Column("key", "Key"),
    Column("label", "Label"),
    Column("aliases", "Aliases", Kind.LIST),
    Column("position", "Place", Kind.INTEGER),
    Column("note", "Note"),
    Column("active", "Active", Kind.FLAG),
    Column("used", "Used", Kind.INTEGER),
)
SHOWN = ("list", "key", "label", "aliases", "active", "used")


def table(connection: sqlite3.Connection, name: str | None, *, retired: bool | None) -> Table:
    """Return the values of a list, or of all, in their order; ``retired`` None means both."""
    found = store.rows(connection, name)
    used = {listed: store.counts(connection, listed) for listed in {row.list for row in found}}
    rows: list[tuple[Any, ...]] = [
        (
            row.id, row.list, row.key, row.label, json.loads(row.aliases), row.position, row.note,
            not row.is_retired, used[row.list].get(row.key, 0),
        )
        for row in found
        if retired in {None, bool(row.is_retired)}
    ]  # fmt: skip
    return Table(noun="value", columns=COLUMNS, rows=rows, default_columns=SHOWN)


def listing(
    session: Session, name: str | None, *, retired: bool | None, where: str | None
) -> Result:
    """Return the values of the list that is meant, or of all, or of them those that a filter
    chooses. Raises NotFound and Ambiguous for a list, InvalidValue for what is no filter."""
    from crm_cli.queries import stage_lists

    reader = session.reader
    pipeline = None if name is None else stage_lists.pipeline_of(reader, name)
    if pipeline is not None:
        found = stage_table(reader, pipeline.id, retired=retired)
    else:
        found = table(reader, None if name is None else find_list(reader, name), retired=retired)
    if name is None:
        more = stage_table(reader, None, retired=retired)
        found = found._replace(rows=[*found.rows, *more.rows])
    if where is None:
        return Result(body=found)
    from crm_cli.queries.row_filtering import narrowed

    return narrowed(session, found, where, {"list": (), "key": ()})


def stage_table(
    connection: sqlite3.Connection, pipeline_id: int | None, *, retired: bool | None
) -> Table:
    """Return the stages of a pipeline or of all as values of the list ``stage`` (of the default
    pipeline) and ``stage.KEY``."""
    from crm_cli.queries import stage_lists

    at = [column.key for column in COLUMNS].index("active")
    found = stage_lists.as_values(connection, pipeline_id)
    rows = [row for row in found if retired in {None, not row[at]}]
    return Table(noun="value", columns=COLUMNS, rows=rows, default_columns=SHOWN)


def stage_record(connection: sqlite3.Connection, pipeline_id: int, stage_id: int) -> Record:
    """Return one stage as verbs print a value."""
    found = stage_table(connection, pipeline_id, retired=None)
    (cells,) = (row for row in found.rows if row[0] == stage_id)
    values = dict(zip([column.key for column in COLUMNS], cells, strict=True))
    return Record(noun="value", values=values, title=values["label"])


def record(connection: sqlite3.Connection, value_id: int) -> Record:
    """Return one value as verbs print it."""
    (row,) = (row for row in store.rows(connection) if row.id == value_id)
    found = table(connection, row.list, retired=None)
    (cells,) = (cells for cells in found.rows if cells[0] == value_id)
    keys = [column.key for column in COLUMNS]
    return Record(noun="value", values=dict(zip(keys, cells, strict=True)), title=row.label)


def find_list(connection: sqlite3.Connection, text: str) -> str:
    """Return the list that is meant; ``size`` is ``contact.size`` where no other is called so.

    Raises NotFound with the nearest.
    """
    names = list(dict.fromkeys(row.list for row in store.rows(connection)))
    wanted = fold(text).replace(" ", "_")
    found = [name for name in names if name == wanted]
    found = found or [name for name in names if name.partition(".")[2] == wanted]
    found = found or [name for name in names if f"{name}s" == wanted]
    if len(found) == 1:
        return found[0]
    if found:
        raise errors.Ambiguous(
            f"{text!r} may be any of {', '.join(found)}", hint="write the whole name"
        )
    from difflib import get_close_matches

    near = get_close_matches(wanted, [*names, "stage"], 1)
    guess = f"did you mean {near[0]}? " if near else ""
    raise errors.NotFound(
        f"there is no picklist {text!r}", hint=f"{guess}lists are {', '.join(names)}, stage"
    )


def find_value(connection: sqlite3.Connection, name: str, text: str) -> store.Value:
    """Return the value that a key, label or alias means, retired ones last. Raises NotFound."""
    rows = sorted(store.rows(connection, name), key=lambda row: row.is_retired)
    wanted = fold(text)
    for of_row in (lambda r: [r.key], lambda r: [r.label], lambda r: json.loads(r.aliases)):
        for row in rows:
            if any(fold(word) == wanted for word in of_row(row)):
                return row
    from difflib import get_close_matches

    words = {fold(word): row.key for row in rows for word in (row.label, row.key)}
    near = get_close_matches(wanted, words, 1)
    guess = f"did you mean {words[near[0]]}? " if near else ""
    raise errors.NotFound(
        f"the list {name} has no {text!r}",
        hint=f"{guess}it has {', '.join(row.key for row in rows)}",
    )


def labels(connection: sqlite3.Connection, name: str) -> dict[str, str]:
    """Return key -> label of the values of a list that are in use, in their order."""
    return {key: label for key, label, _ in store.values(connection, name, with_retired=False)}


def choose(
    connection: sqlite3.Connection, name: str, text: str, *, with_retired: bool = False,
    held: str | None = None,
) -> str:  # fmt: skip
    """Return the key of the value that ``text`` means: its key, label or an alias.

    Retired values can be filtered by, but not given, except to a record that has it already
    (``held``). Raises InvalidValue with the nearest.
    """
    if store.has_key(connection, name, text):
        return text
    wanted = fold(text)
    words: dict[str, str] = {}
    for key, label, aliases in store.values(connection, name, with_retired=with_retired):
        for word in (key, label, *aliases):
            words.setdefault(fold(word), key)
    if wanted in words:
        return words[wanted]
    if held is not None:
        for key, label, aliases in store.values(connection, name, with_retired=True):
            if key == held and wanted in map(fold, (key, label, *aliases)):
                return key
    from difflib import get_close_matches

    near = get_close_matches(wanted, words, 1)
    hint = f"did you mean {words[near[0]]}? " if near else ""
    noun = "choice" if "." in name else name
    raise errors.InvalidValue(
        f"{text!r} is not {'an' if noun[0] in 'aeiou' else 'a'} {noun}",
        hint=f"{hint}it is one of {', '.join(dict.fromkeys(words.values()))}",
    )
