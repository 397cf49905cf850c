"""What an entry changed, in words: records by their names, amounts in major units."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from crm_cli.domain.values import money_text, quantity_number
from crm_cli.store import history_rows as store

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from crm_cli.store.journal import ChangeLine

MOST_ADDED = 3
"""Of rows that were added together so many are told one by one."""

_WORDS = {"insert": "added", "update": "changed", "delete": "deleted"}
_UNSAID = frozenset(
    {"id", "uid", "folded", "created_at", "updated_at", "fingerprint", "entry_id", "deleted_at",
     "deleted_by", "returns_id", "key"}
)  # fmt: skip
"""Columns that say nothing to people, or say again what the entry says."""

_MONEY = frozenset({"amount", "price", "target", "value"})
_REFERS = {
    "contact_id": "contacts", "other_id": "contacts", "company_id": "contacts",
    "referred_by_id": "contacts", "product_id": "products", "tag_id": "tags", "lead_id": "leads",
    "stage_id": "stages", "pipeline_id": "pipelines",
}  # fmt: skip
"""Columns that name a row of another table."""


class _Change(NamedTuple):
    """A line of the journal: ``cells`` maps columns to [before, after] for an update, ``rows``
    are whole rows that it added, deleted or changed, as far as they are known."""

    line: ChangeLine
    cells: Mapping[str, Sequence[Any]]
    rows: Sequence[Mapping[str, Any]]


def described(
    connection: sqlite3.Connection, lines: Sequence[ChangeLine]
) -> list[tuple[str, str, str, str]]:
    """Return (table, what was done, which rows, what they hold) of each change.

    Rows that were added are told as they are now; a statement for each table reads them.
    """
    changes = list(_with_rows(connection, lines))
    names = _names(connection, changes)
    return [
        (
            change.line.table,
            _WORDS.get(change.line.op, change.line.op),
            _which(change.line, names),
            _fields(change, names),
        )
        for change in changes
    ]


def _with_rows(connection: sqlite3.Connection, lines: Sequence[ChangeLine]) -> Iterator[_Change]:
    wanted: dict[str, set[int]] = {}
    for line in lines:
        if line.op != "delete":
            wanted.setdefault(line.table, set()).update(_told(line))
    now = {table: store.rows_now(connection, table, ids) for table, ids in wanted.items()}
    for line in lines:
        image = json.loads(line.image) if line.image else {}
        if line.op == "delete":
            yield _Change(line, {}, [image])
        else:
            found = now[line.table]
            rows = [found[row_id] for row_id in _told(line) if row_id in found]
            yield _Change(line, image, rows)


def _told(line: ChangeLine) -> range:
    return range(line.first_id, min(line.last_id, line.first_id + MOST_ADDED - 1) + 1)


_Names = dict[tuple[str, int], str]


def _names(connection: sqlite3.Connection, changes: Sequence[_Change]) -> _Names:
    """Return (table, id) -> name of every record named in the changes, of deleted ones too."""
    wanted: dict[str, set[int]] = {}
    found: _Names = {}
    for change in changes:
        table = change.line.table
        for row in change.rows:
            if table in store.NAME_COLUMNS and "id" in row:
                found[table, row["id"]] = row[store.NAME_COLUMNS[table]]
            for column, value in row.items():
                if column in _REFERS and value is not None:
                    wanted.setdefault(_REFERS[column], set()).add(value)
        for column, values in change.cells.items():
            if column in _REFERS:
                numbers = {value for value in values if value is not None}
                wanted.setdefault(_REFERS[column], set()).update(numbers)
    for table, ids in wanted.items():
        named = store.names(connection, table, ids)
        found.update({(table, row_id): name for row_id, name in named.items()})
    return found


def _which(line: ChangeLine, names: _Names) -> str:
    if line.first_id != line.last_id:
        return f"{line.first_id} to {line.last_id}"
    name = names.get((line.table, line.first_id))
    return f"{line.first_id} {name}" if name else str(line.first_id)


def _fields(change: _Change, names: _Names) -> str:
    if change.line.op == "update":
        row = change.rows[0] if change.rows else {}
        return "; ".join(
            f"{_label(column)}: {_value(column, before, row, names)}"
            f" -> {_value(column, after, row, names)}"
            for column, (before, after) in change.cells.items()
            if column not in _UNSAID
        )
    if not change.rows:
        return "(not there any more)"
    if change.line.first_id == change.line.last_id:
        return "; ".join(_pairs(change.line.table, change.rows[0], names))
    told = [
        ", ".join(pair.partition(": ")[2] for pair in _pairs(change.line.table, row, names))
        for row in change.rows
    ]
    more = change.line.last_id - change.line.first_id + 1 - len(told)
    return "; ".join([*told, *([f"and {more} more"] if more > 0 else [])])


def _pairs(table: str, row: Mapping[str, Any], names: _Names) -> Iterable[str]:
    """Yield ``name: value`` of what a row holds; the settings' key is what they are known by."""
    for column, value in row.items():
        is_said = column not in _UNSAID or (column == "key" and table == "settings")
        if is_said and value is not None and value != "":
            if column == "currency" and any(row.get(name) is not None for name in _MONEY):
                continue
            if (column == "raw" and row.get("value")) or (column.startswith("is_") and value):
                continue  # what goes without saying
            yield f"{_label(column)}: {_value(column, value, row, names)}"


def _label(column: str) -> str:
    bare = column.removesuffix("_id") if column in _REFERS else column
    return bare.replace("_", " ")


def _value(column: str, value: Any, row: Mapping[str, Any], names: _Names) -> str:
    if value is None:
        return "(empty)"
    if column in _REFERS:
        name = names.get((_REFERS[column], value))
        return f"{name} (#{value})" if name else f"#{value}"
    if column in _MONEY and row.get("currency") and isinstance(value, int):
        return f"{money_text(value, row['currency'])} {row['currency']}"
    if column == "quantity":
        return str(quantity_number(value))
    if column == "probability" and isinstance(value, int):
        from crm_cli.domain.lead import percent_text

        return percent_text(value)
    if column.startswith("is_"):
        return "yes" if value else "no"
    return str(value)
