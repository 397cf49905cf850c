"""The journal's SQL: the entries, and the recording of what a batch changes.

Every change is kept as before-and-after cells (update), a whole image (delete) or an id range
(insert). ``reversal`` turns an entry round from these.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping, Sequence

    from crm_cli.store.batch import Batch
    from crm_cli.store.filters import Chosen

JOURNALLED = (
    "settings",
    "picklist_values",
    "currency_rates",
    "contacts",
    "emails",
    "phones",
    "addresses",
    "links",
    "external_ids",
    "contact_properties",
    "consent_events",
    "tags",
    "contact_tags",
    "relations",
    "import_fingerprints",
    "products",
    "purchases",
    "import_tombstones",
    "trash",
    "fields",
    "field_values",
    "saved_segments",
    "interactions",
    "interaction_participants",
    "interaction_tombstones",
    "reminder_rules",
    "follow_ups",
    "pipelines",
    "stages",
    "stage_odds",
    "lead_routes",
    "leads",
    "stage_changes",
    "lead_terms",
    "lead_tags",
    "lead_tombstones",
    "score_rules",
    "goals",
)
"""Tables whose every change is recorded. Each has an INTEGER PRIMARY KEY ``id``."""

BOOKKEEPING = frozenset({"updated_at", "sequence"})
"""Columns that every edit moves; a later value in them is no conflict."""


class Entry(NamedTuple):
    """One line of the history."""

    id: int
    at: str
    actor: str
    command: str
    summary: str
    kind: str
    target_id: int | None
    undone_by_id: int | None
    records: int
    is_undoable: int


_ENTRY_COLUMNS = (
    "id, at, actor, command, summary, kind, target_id, undone_by_id, records, is_undoable"
)


def columns_of(connection: sqlite3.Connection, table: str) -> tuple[str, ...]:
    """Return the column names of a table in their order."""
    rows = connection.execute("SELECT name FROM pragma_table_info(?)", (table,)).fetchall()
    return tuple(name for (name,) in rows)


def image_of(columns: Sequence[str], alias: str) -> str:
    """Return the SQL expression of a row's whole image."""
    return "json_object(" + ", ".join(f"'{name}', {alias}.{name}" for name in columns) + ")"


# -- reading ------------------------------------------------------------------------------


def last_entry_id(connection: sqlite3.Connection) -> int:
    """Return the newest entry's number, 0 in a new store."""
    (value,) = connection.execute("SELECT coalesce(max(id), 0) FROM entries").fetchone()
    return int(value)


def changes_made(connection: sqlite3.Connection) -> int:
    """Return the number of entries, the program's own steps apart."""
    (count,) = connection.execute("SELECT count(*) FROM entries WHERE kind <> 'system'").fetchone()
    return int(count)


def entry(connection: sqlite3.Connection, entry_id: int) -> Entry | None:
    """Return one entry or None."""
    row = connection.execute(
        f"SELECT {_ENTRY_COLUMNS} FROM entries WHERE id = ?", (entry_id,)
    ).fetchone()
    return Entry(*row) if row else None


def entries(
    connection: sqlite3.Connection, *, with_system: bool = False, limit: int | None = None,
    chosen: Chosen | None = None,
) -> list[Entry]:  # fmt: skip
    """Return the newest entries first; ``chosen`` is a filter's condition on them (``e``)."""
    where = "1" if with_system else "e.kind <> 'system'"
    parameters: dict[str, Any] = {"row_limit": -1 if limit is None else limit}
    if chosen is not None:
        where, parameters = f"{where} AND {chosen.sql}", {**parameters, **chosen.parameters}
    rows = connection.execute(
        f"SELECT {_ENTRY_COLUMNS} FROM entries e WHERE {where} ORDER BY id DESC LIMIT :row_limit",
        parameters,
    )
    return [Entry(*row) for row in rows.fetchall()]


def newest_undoable(connection: sqlite3.Connection) -> Entry | None:
    """Return the newest ordinary change that is not undone."""
    row = connection.execute(
        f"SELECT {_ENTRY_COLUMNS} FROM entries"
        " WHERE kind = 'change' AND undone_by_id IS NULL ORDER BY id DESC LIMIT 1"
    ).fetchone()
    return Entry(*row) if row else None


def newest_redoable(connection: sqlite3.Connection) -> Entry | None:
    """Return the undo entry that redo would turn round: none after an ordinary change."""
    row = connection.execute(
        f"SELECT {_ENTRY_COLUMNS} FROM entries"
        " WHERE kind = 'undo' AND undone_by_id IS NULL"
        "   AND id > (SELECT coalesce(max(id), 0) FROM entries WHERE kind = 'change')"
        " ORDER BY id DESC LIMIT 1"
    ).fetchone()
    return Entry(*row) if row else None


class ChangeLine(NamedTuple):
    """One recorded change, as the history shows it."""

    table: str
    op: str
    first_id: int
    last_id: int
    image: str | None


def change_lines(
    connection: sqlite3.Connection, entry_id: int, limit: int | None = None
) -> list[ChangeLine]:
    """Return what an entry changed, in order."""
    rows = connection.execute(
        "SELECT table_name, op, first_id, last_id, image FROM changes WHERE entry_id = ?"
        " ORDER BY id LIMIT ?",
        (entry_id, -1 if limit is None else limit),
    )
    return [ChangeLine(*row) for row in rows.fetchall()]


# -- writing ------------------------------------------------------------------------------


def add_entry(batch: Batch, **values: Any) -> None:
    """Append the entry's own row."""
    names = ", ".join(values)
    marks = ", ".join(f":{name}" for name in values)
    batch.add(f"INSERT INTO entries ({names}) VALUES ({marks})", values)


def add_guard(batch: Batch, seen_entry_id: int) -> None:
    """Append the check that nobody wrote since ``seen_entry_id`` was the newest entry."""
    batch.add(
        "INSERT INTO guards (holds) SELECT (SELECT coalesce(max(id), 0) FROM entries) = :seen",
        {"seen": seen_entry_id},
    )
    batch.add("DELETE FROM guards")


def record_insert(batch: Batch, entry_id: int, table: str, first_id: int, last_id: int) -> None:
    """Record that rows ``first_id`` to ``last_id`` were added."""
    batch.add(
        "INSERT INTO changes (entry_id, table_name, op, first_id, last_id)"
        " VALUES (?, ?, 'insert', ?, ?)",
        (entry_id, table, first_id, last_id),
    )


def next_id(connection: sqlite3.Connection, table: str) -> int:
    """Return the next id of a table; ids are never used twice."""
    row = connection.execute("SELECT next_id FROM counters WHERE name = ?", (table,)).fetchone()
    return int(row[0]) if row else 1


def set_next_id(batch: Batch, table: str, following: int) -> None:
    """Append that a table's ids below ``following`` are taken."""
    batch.add(
        "INSERT INTO counters (name, next_id) VALUES (:name, :next)"
        " ON CONFLICT (name) DO UPDATE SET next_id = excluded.next_id",
        {"name": table, "next": following},
    )


def update_row(
    batch: Batch, entry_id: int, table: str, row_id: int, cells: Mapping[str, Sequence[Any]]
) -> None:
    """Append the recording and the setting of one row's cells: column -> [before, after]."""
    batch.add(
        "INSERT INTO changes (entry_id, table_name, op, first_id, last_id, image)"
        " VALUES (?, ?, 'update', ?, ?, ?)",
        (entry_id, table, row_id, row_id, json.dumps(dict(cells), ensure_ascii=False)),
    )
    sets = ", ".join(f"{name} = :{name}" for name in cells)
    values = {name: pair[1] for name, pair in cells.items()}
    batch.add(f"UPDATE {table} SET {sets} WHERE id = :row_id", {"row_id": row_id, **values})


def update_each(
    batch: Batch,
    entry_id: int,
    table: str,
    columns: Sequence[str],
    images: Iterable[tuple[int, str]],
    rows: Iterable[Sequence[Any]],
) -> None:
    """Append the recording and the setting of many rows, each to its own values.

    ``images`` yields (id, JSON of column -> [before, after]), ``rows`` the values of
    ``columns`` followed by the id.
    """
    batch.stream(
        "INSERT INTO changes (entry_id, table_name, op, first_id, last_id, image)"
        f" VALUES ({entry_id}, '{table}', 'update', ?1, ?1, ?2)",
        images,
    )
    sets = ", ".join(f"{name} = ?" for name in columns)
    batch.stream(f"UPDATE {table} SET {sets} WHERE id = ?", rows)


def delete_rows(
    batch: Batch,
    connection: sqlite3.Connection,
    entry_id: int,
    table: str,
    where: str,
    parameters: Mapping[str, Any],
) -> None:
    """Append the recording of images and the deletion of all rows of ``table`` (as ``t``)
    that ``where`` selects. ``where`` must select the same rows when it runs the second time.
    """
    image = image_of(columns_of(connection, table), "t")
    batch.add(
        "INSERT INTO changes (entry_id, table_name, op, first_id, last_id, image)"
        f" SELECT :entry_id, '{table}', 'delete', t.id, t.id, {image} FROM {table} t"
        f" WHERE {where} ORDER BY t.id",
        {"entry_id": entry_id, **parameters},
    )
    batch.add(f"DELETE FROM {table} AS t WHERE {where}", parameters)


def update_rows(
    batch: Batch,
    entry_id: int,
    table: str,
    assignments: Mapping[str, Any],
    where: str,
    parameters: Mapping[str, Any],
) -> None:
    """Append the recording and the setting of ``assignments`` for the rows (as ``t``) that
    ``where`` selects; ``where`` runs twice, so it may not depend on the assigned columns
    in a way that the update itself changes between the two.
    """
    cells = ", ".join(f"'{name}', json_array(t.{name}, :set_{name})" for name in assignments)
    values = {f"set_{name}": value for name, value in assignments.items()}
    batch.add(
        "INSERT INTO changes (entry_id, table_name, op, first_id, last_id, image)"
        f" SELECT :entry_id, '{table}', 'update', t.id, t.id, json_object({cells})"
        f" FROM {table} t WHERE {where} ORDER BY t.id",
        {"entry_id": entry_id, **values, **parameters},
    )
    sets = ", ".join(f"{name} = :set_{name}" for name in assignments)
    batch.add(f"UPDATE {table} AS t SET {sets} WHERE {where}", {**values, **parameters})


def update_differing(
    batch: Batch, entry_id: int, table: str, assignments: Mapping[str, Any], ids: str
) -> None:
    """Append the recording and the setting of ``assignments`` for the rows of ``ids`` (a JSON
    array): of each row only the cells that differ, and no row where none does.
    """
    values = {f"set_{name}": value for name, value in assignments.items()}
    cells = ", ".join(
        f"'{name}', json(CASE WHEN t.{name} IS NOT :set_{name}"
        f" THEN json_array(t.{name}, :set_{name}) END)"
        for name in assignments
    )
    differs = " OR ".join(f"t.{name} IS NOT :set_{name}" for name in assignments)
    where = f"t.id IN (SELECT value FROM json_each(:ids)) AND ({differs})"
    # json_patch drops the members that are null: cells that stay as they are.
    batch.add(
        "INSERT INTO changes (entry_id, table_name, op, first_id, last_id, image)"
        f" SELECT :entry_id, '{table}', 'update', t.id, t.id, json_patch('{{}}',"
        f" json_object({cells})) FROM {table} t WHERE {where} ORDER BY t.id",
        {"entry_id": entry_id, "ids": ids, **values},
    )
    sets = ", ".join(f"{name} = :set_{name}" for name in assignments)
    batch.add(f"UPDATE {table} AS t SET {sets} WHERE {where}", {"ids": ids, **values})


def mark_undone(batch: Batch, entry_id: int, by_entry_id: int | None) -> None:
    """Append the note that an entry is undone by another, or no longer."""
    batch.add("UPDATE entries SET undone_by_id = ? WHERE id = ?", (by_entry_id, entry_id))


def insert_statement(table: str, columns: Iterable[str]) -> str:
    """Return an INSERT with one positional mark a column."""
    names = tuple(columns)
    return f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"


def insert_select(table: str, columns: Iterable[str], select: str) -> str:
    """Return an INSERT of the rows that a SELECT yields."""
    return f"INSERT INTO {table} ({', '.join(columns)}) {select}"
