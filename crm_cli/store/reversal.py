"""Turning an entry of the journal round, set-wise; see ``obstacles`` for what stands in the way.

An entry of any size takes a handful of statements for each table it touched. The reversal is
recorded as any change is, which makes redo the reversal of a reversal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from crm_cli.store.journal import JOURNALLED, columns_of, image_of

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

    from crm_cli.store.batch import Batch


class Run(NamedTuple):
    """All changes of one entry to one table by one operation."""

    table: str
    op: str
    changes: int
    rows: int


def runs(connection: sqlite3.Connection, entry_id: int) -> list[Run]:
    """Return what an entry changed, by table and operation, last change first."""
    rows = connection.execute(
        "SELECT table_name, op, count(*), sum(last_id - first_id + 1) FROM changes"
        " WHERE entry_id = ? GROUP BY table_name, op ORDER BY max(id) DESC",
        (entry_id,),
    )
    return [Run(*row) for row in rows.fetchall()]


def changed_columns(connection: sqlite3.Connection, entry_id: int, table: str) -> tuple[str, ...]:
    """Return the columns an entry's updates of a table touched."""
    rows = connection.execute(
        "SELECT DISTINCT j.key FROM changes c, json_each(c.image) j"
        " WHERE c.entry_id = ? AND c.table_name = ? AND c.op = 'update' ORDER BY 1",
        (entry_id, table),
    )
    return tuple(key for (key,) in rows.fetchall())


def parents_of(connection: sqlite3.Connection, table: str) -> list[tuple[str, str]]:
    """Return (column, parent table) of every foreign key of ``table`` to a journalled table."""
    rows = connection.execute(
        'SELECT "from", "table" FROM pragma_foreign_key_list(?) ORDER BY seq, id', (table,)
    )
    return [(column, parent) for column, parent in rows.fetchall() if parent in JOURNALLED]


def reverse(
    batch: Batch,
    connection: sqlite3.Connection,
    entry_id: int,
    new_entry_id: int,
    *,
    only: str | None = None,
) -> None:
    """Append the statements that turn an entry round; look for its ``obstacles`` first.

    ``only``, a condition on ``changes c``, narrows the deletions and updates to be reversed;
    rows that were added stay then. A cell that would name a record still gone is left empty,
    and a row that cannot be without it is left out.
    """
    parameters = {"entry": entry_id, "new": new_entry_id}
    for run in runs(connection, entry_id):
        if run.op == "delete":
            _bring_back(batch, connection, parameters, run.table, only)
        elif run.op == "update":
            _swap_cells(batch, connection, parameters, run.table, only)
        elif only is None:
            _take_away(batch, connection, parameters, run.table)


def _take_away(
    batch: Batch, connection: sqlite3.Connection, parameters: Mapping[str, Any], table: str
) -> None:
    """Append the deletion of what an entry added."""
    of_entry = (
        f"changes c JOIN {table} t ON t.id BETWEEN c.first_id AND c.last_id"
        f" WHERE c.entry_id = :entry AND c.table_name = '{table}' AND c.op = 'insert'"
    )
    batch.add(
        "INSERT INTO changes (entry_id, table_name, op, first_id, last_id, image)"
        f" SELECT :new, '{table}', 'delete', t.id, t.id,"
        f" {image_of(columns_of(connection, table), 't')} FROM {of_entry} ORDER BY c.id, t.id",
        parameters,
    )
    batch.add(
        f"DELETE FROM {table} WHERE id IN (SELECT t.id FROM {of_entry})",
        {"entry": parameters["entry"]},
    )


def _is_there(parent: str, value: str, only: str) -> str:
    """Return the condition that a record is there, or comes back along."""
    return (
        f"(EXISTS (SELECT 1 FROM {parent} k WHERE k.id = {value}) OR {value} IN"
        " (SELECT c.first_id FROM changes c WHERE c.entry_id = :entry"
        f" AND c.table_name = '{parent}' AND c.op = 'delete' AND ({only})))"
    )


def _bring_back(
    batch: Batch, connection: sqlite3.Connection, parameters: Mapping[str, Any], table: str,
    only: str | None,
) -> None:  # fmt: skip
    """Append the insertion of what an entry deleted."""
    columns = columns_of(connection, table)
    values = {name: f"json_extract(c.image, '$.{name}')" for name in columns}
    which = f"c.entry_id = :entry AND c.table_name = '{table}' AND c.op = 'delete'"
    if only is not None:
        which += f" AND ({only})"
        needed = needed_columns(connection, table)
        for column, parent in parents_of(connection, table):
            there = _is_there(parent, values[column], only)
            if column in needed:
                which += f" AND {there}"
            else:
                values[column] = f"CASE WHEN {there} THEN {values[column]} END"
    batch.add(
        f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(values.values())}"
        f" FROM changes c WHERE {which} ORDER BY c.first_id",
        {"entry": parameters["entry"]},
    )
    # Consecutive ids become one range: the difference to the row number is constant.
    batch.add(
        "INSERT INTO changes (entry_id, table_name, op, first_id, last_id)"
        f" SELECT :new, '{table}', 'insert', min(first_id), max(first_id) FROM"
        " (SELECT c.first_id, c.first_id - row_number() OVER (ORDER BY c.first_id) AS island"
        f"    FROM changes c WHERE {which}) GROUP BY island ORDER BY 3",
        parameters,
    )


def needed_columns(connection: sqlite3.Connection, table: str) -> frozenset[str]:
    """Return the columns that may not be empty."""
    rows = connection.execute('SELECT name FROM pragma_table_info(?) WHERE "notnull"', (table,))
    return frozenset(name for (name,) in rows.fetchall())


def _swap_cells(
    batch: Batch, connection: sqlite3.Connection, parameters: Mapping[str, Any], table: str,
    only: str | None,
) -> None:  # fmt: skip
    """Append the swap of cells. A cell that somebody moved since stays: among what ``obstacles``
    lets through only bookkeeping is so, and what a narrowed reversal did before."""
    names = changed_columns(connection, parameters["entry"], table)
    parents = dict(parents_of(connection, table))

    def moves(name: str, alias: str) -> str:
        old = f"json_extract(c.image, '$.{name}[0]')"
        condition = (
            f"json_type(c.image, '$.{name}') IS NOT NULL"
            f" AND {alias}.{name} IS json_extract(c.image, '$.{name}[1]')"
        )
        if only is not None and name in parents:
            condition += f" AND ({old} IS NULL OR {_is_there(parents[name], old, only)})"
        return condition

    swapped = ", ".join(
        f"'{name}', json(CASE WHEN {moves(name, 't')}"
        f" THEN json_array(json_extract(c.image, '$.{name}[1]'),"
        f" json_extract(c.image, '$.{name}[0]')) END)"
        for name in names
    )
    which = f"c.entry_id = :entry AND c.table_name = '{table}' AND c.op = 'update'"
    if only is not None:
        which += f" AND ({only})"
    # json_patch drops the members that are null: columns this row's change did not touch.
    batch.add(
        "INSERT INTO changes (entry_id, table_name, op, first_id, last_id, image)"
        f" SELECT :new, '{table}', 'update', c.first_id, c.last_id,"
        f" json_patch('{{}}', json_object({swapped}))"
        f" FROM changes c JOIN {table} t ON t.id = c.first_id WHERE {which} ORDER BY c.id DESC",
        parameters,
    )
    sets = ", ".join(
        f"{name} = CASE WHEN {moves(name, table)}"
        f" THEN json_extract(c.image, '$.{name}[0]') ELSE {table}.{name} END"
        for name in names
    )
    batch.add(
        f"UPDATE {table} SET {sets} FROM changes c WHERE {which} AND {table}.id = c.first_id",
        {"entry": parameters["entry"]},
    )
