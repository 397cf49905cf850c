"""Turning an entry of the journal round, set-wise, and what may stand in the way.

An entry of any size takes a handful of statements for each table it touched. The reversal is
recorded as any change is, which makes redo the reversal of a reversal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from crm_cli.store.journal import BOOKKEEPING, JOURNALLED, UNIQUE_KEYS, columns_of, image_of

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


# An address (``emails o``) that came after the entry (``changes c``); older ones stood beside
# it then, with --allow-duplicate.
_IS_LATER_EMAIL = (
    "EXISTS (SELECT 1 FROM changes n WHERE n.entry_id > c.entry_id AND n.table_name = 'emails'"
    " AND n.op = 'insert' AND o.id BETWEEN n.first_id AND n.last_id)"
)


class Obstacle(NamedTuple):
    """A row that stands in the way of reversing an entry, and why."""

    table: str
    row_id: int
    reason: str


def obstacles(connection: sqlite3.Connection, entry_id: int, limit: int = 20) -> list[Obstacle]:
    """Return what keeps an entry from being reversed without touching later work.

    A cell that no longer has the value the entry gave it, a row that is gone, a row that was
    changed after the entry made it, and a row that others now hang on are obstacles.
    """
    found: list[Obstacle] = []
    for run in runs(connection, entry_id):
        if run.op == "update":
            found += _update_obstacles(connection, entry_id, run.table, limit)
            found += _revived_obstacles(connection, entry_id, run.table, limit)
        elif run.op == "insert":
            found += _insert_obstacles(connection, entry_id, run.table, limit)
        else:
            found += delete_obstacles(connection, entry_id, run.table, limit)
        if len(found) >= limit:
            break
    return found[:limit]


def _update_obstacles(
    connection: sqlite3.Connection, entry_id: int, table: str, limit: int
) -> list[Obstacle]:
    columns = [
        name for name in changed_columns(connection, entry_id, table) if name not in BOOKKEEPING
    ]
    moved = " OR ".join(
        f"(json_type(c.image, '$.{name}') IS NOT NULL"
        f" AND t.{name} IS NOT json_extract(c.image, '$.{name}[1]'))"
        for name in columns
    )
    rows = connection.execute(
        f"SELECT c.first_id, t.id IS NULL FROM changes c LEFT JOIN {table} t ON t.id = c.first_id"
        " WHERE c.entry_id = ? AND c.table_name = ? AND c.op = 'update'"
        f"   AND (t.id IS NULL OR {moved or '0'}) LIMIT ?",
        (entry_id, table, limit),
    )
    return [
        Obstacle(table, row_id, "is gone" if gone else "was changed later")
        for row_id, gone in rows.fetchall()
    ]


def _revived_obstacles(
    connection: sqlite3.Connection, entry_id: int, table: str, limit: int
) -> list[Obstacle]:
    """Return the rows that would hold a value again which is another living record's by now:
    a contact taken out of the archive, a product with its old SKU or on sale again."""
    if table == "contacts":
        rows = connection.execute(
            "SELECT DISTINCT c.first_id, e.value, o.contact_id FROM changes c"
            " JOIN emails e ON e.contact_id = c.first_id"
            " JOIN emails o ON o.value = e.value AND o.contact_id <> c.first_id"
            " JOIN contacts k ON k.id = o.contact_id AND k.archived_at IS NULL"
            " WHERE c.entry_id = :entry AND c.table_name = 'contacts' AND c.op = 'update'"
            "   AND json_type(c.image, '$.archived_at[0]') = 'null'"
            f"  AND {_IS_LATER_EMAIL} LIMIT :limit",
            {"entry": entry_id, "limit": limit},
        )
        return [
            Obstacle(table, row_id, f"{value} now belongs to contact {owner}")
            for row_id, value, owner in rows.fetchall()
        ]
    if table == "products":
        rows = connection.execute(
            "SELECT c.first_id, o.sku, o.id FROM changes c JOIN products t ON t.id = c.first_id"
            " JOIN products o ON o.is_active = 1 AND o.id <> t.id AND o.sku = CASE"
            "   WHEN json_type(c.image, '$.sku') IS NULL THEN t.sku"
            "   ELSE json_extract(c.image, '$.sku[0]') END"
            " WHERE c.entry_id = :entry AND c.table_name = 'products' AND c.op = 'update'"
            "   AND CASE WHEN json_type(c.image, '$.is_active') IS NULL THEN t.is_active"
            "       ELSE json_extract(c.image, '$.is_active[0]') END = 1 LIMIT :limit",
            {"entry": entry_id, "limit": limit},
        )
        return [
            Obstacle(table, row_id, f"SKU {sku} now belongs to product {owner}")
            for row_id, sku, owner in rows.fetchall()
        ]
    return []


def _insert_obstacles(
    connection: sqlite3.Connection, entry_id: int, table: str, limit: int
) -> list[Obstacle]:
    found: list[Obstacle] = []
    (made, alive) = connection.execute(
        f"SELECT (SELECT sum(last_id - first_id + 1) FROM changes WHERE entry_id = :entry"
        "   AND table_name = :table AND op = 'insert'),"
        f" (SELECT count(*) FROM changes c JOIN {table} t ON t.id BETWEEN c.first_id AND c.last_id"
        "   WHERE c.entry_id = :entry AND c.table_name = :table AND c.op = 'insert')",
        {"entry": entry_id, "table": table},
    ).fetchone()
    if alive < made:
        gone = connection.execute(
            "SELECT d.first_id FROM changes d JOIN changes c"
            "   ON d.first_id BETWEEN c.first_id AND c.last_id"
            " WHERE d.entry_id > :entry AND d.table_name = :table AND d.op = 'delete'"
            "   AND c.entry_id = :entry AND c.table_name = :table AND c.op = 'insert'"
            f"  AND NOT EXISTS (SELECT 1 FROM {table} t WHERE t.id = d.first_id)"
            " GROUP BY d.first_id LIMIT :limit",
            {"entry": entry_id, "table": table, "limit": limit},
        )
        found += [Obstacle(table, row_id, "is gone") for (row_id,) in gone.fetchall()]
    touched = connection.execute(
        "SELECT u.first_id FROM entries e JOIN changes u ON u.entry_id = e.id"
        " JOIN changes c ON u.first_id BETWEEN c.first_id AND c.last_id"
        " WHERE e.id > :entry AND e.kind = 'change' AND e.undone_by_id IS NULL"
        "   AND u.table_name = :table AND u.op = 'update'"
        "   AND c.entry_id = :entry AND c.table_name = :table AND c.op = 'insert'"
        " GROUP BY u.first_id LIMIT :limit",
        {"entry": entry_id, "table": table, "limit": limit},
    )
    found += [Obstacle(table, row_id, "was changed later") for (row_id,) in touched.fetchall()]
    for child, column in children_of(connection, table):
        hanging = connection.execute(
            f"SELECT DISTINCT k.{column} FROM changes c"
            f" JOIN {child} k ON k.{column} BETWEEN c.first_id AND c.last_id"
            " WHERE c.entry_id = :entry AND c.table_name = :table AND c.op = 'insert'"
            "   AND NOT EXISTS (SELECT 1 FROM changes o WHERE o.entry_id = :entry"
            "     AND o.table_name = :child AND o.op = 'insert'"
            "     AND k.id BETWEEN o.first_id AND o.last_id)"
            "   AND NOT EXISTS (SELECT 1 FROM changes o WHERE o.entry_id = :entry"
            "     AND o.table_name = :child AND o.op = 'update' AND o.first_id = k.id"
            f"    AND json_type(o.image, '$.{column}') IS NOT NULL)"
            " LIMIT :limit",
            {"entry": entry_id, "table": table, "child": child, "limit": limit},
        )
        noun = child.replace("_", " ")
        found += [
            Obstacle(table, row_id, f"is used by later {noun}") for (row_id,) in hanging.fetchall()
        ]
    return found


def delete_obstacles(
    connection: sqlite3.Connection, entry_id: int, table: str, limit: int = 20, only: str = "1"
) -> list[Obstacle]:
    """Return rows an entry deleted that cannot come back: they are here again already, or an
    address they hold was given to another living contact since."""
    rows = connection.execute(
        f"SELECT c.first_id FROM changes c JOIN {table} t ON t.id = c.first_id"
        " WHERE c.entry_id = ? AND c.table_name = ? AND c.op = 'delete'"
        f"   AND ({only}) LIMIT ?",
        (entry_id, table, limit),
    )
    found = [Obstacle(table, row_id, "is here again") for (row_id,) in rows.fetchall()]
    if table == "emails":
        taken = connection.execute(
            "SELECT c.first_id, o.value, o.contact_id FROM changes c"
            " JOIN emails o ON o.value = json_extract(c.image, '$.value')"
            " JOIN contacts k ON k.id = o.contact_id AND k.archived_at IS NULL"
            " WHERE c.entry_id = ? AND c.table_name = 'emails' AND c.op = 'delete'"
            f"  AND ({only}) AND {_IS_LATER_EMAIL} LIMIT ?",
            (entry_id, limit),
        )
        found += [
            Obstacle(table, row_id, f"{value} now belongs to contact {owner}")
            for row_id, value, owner in taken.fetchall()
        ]
    for column in UNIQUE_KEYS.get(table, ()):
        taken = connection.execute(
            f"SELECT c.first_id, t.{column} FROM changes c"
            f" JOIN {table} t ON t.{column} = json_extract(c.image, '$.{column}')"
            " WHERE c.entry_id = ? AND c.table_name = ? AND c.op = 'delete'"
            f"   AND t.id <> c.first_id AND ({only}) LIMIT ?",
            (entry_id, table, limit),
        )
        found += [
            Obstacle(table, row_id, f"{value} was added again")
            for row_id, value in taken.fetchall()
        ]
    return found


def children_of(connection: sqlite3.Connection, table: str) -> list[tuple[str, str]]:
    """Return (child table, column) of every journalled foreign key to ``table``."""
    pairs = []
    for child in JOURNALLED:
        rows = connection.execute(
            'SELECT "from" FROM pragma_foreign_key_list(?) WHERE "table" = ?', (child, table)
        )
        pairs += [(child, column) for (column,) in rows.fetchall()]
    return pairs


def reverse(
    batch: Batch,
    connection: sqlite3.Connection,
    entry_id: int,
    new_entry_id: int,
    *,
    only: str = "1",
    with_inserts: bool = True,
) -> None:
    """Append the statements that turn an entry round; look for ``obstacles`` first.

    ``only`` is a condition on ``changes c`` that narrows the deletions and updates to be
    reversed; ``with_inserts`` leaves the added rows alone when False (a partial reversal).
    """
    parameters = {"entry": entry_id, "new": new_entry_id}
    for run in runs(connection, entry_id):
        if run.op == "insert" and not with_inserts:
            continue
        columns = columns_of(connection, run.table)
        table = run.table
        if run.op == "insert":
            of_entry = (
                f"SELECT x.id FROM changes c JOIN {table} x ON x.id BETWEEN c.first_id"
                f" AND c.last_id WHERE c.entry_id = :entry AND c.table_name = '{table}'"
                " AND c.op = 'insert'"
            )
            batch.add(
                "INSERT INTO changes (entry_id, table_name, op, first_id, last_id, image)"
                f" SELECT :new, '{table}', 'delete', t.id, t.id, {image_of(columns, 't')}"
                f" FROM changes c JOIN {table} t ON t.id BETWEEN c.first_id AND c.last_id"
                f" WHERE c.entry_id = :entry AND c.table_name = '{table}' AND c.op = 'insert'"
                " ORDER BY c.id, t.id",
                parameters,
            )
            batch.add(f"DELETE FROM {table} WHERE id IN ({of_entry})", {"entry": entry_id})
        elif run.op == "delete":
            values = ", ".join(f"json_extract(c.image, '$.{name}')" for name in columns)
            batch.add(
                f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values} FROM changes c"
                f" WHERE c.entry_id = :entry AND c.table_name = '{table}' AND c.op = 'delete'"
                f" AND ({only}) ORDER BY c.first_id",
                {"entry": entry_id},
            )
            # Consecutive ids become one range: the difference to the row number is constant.
            batch.add(
                "INSERT INTO changes (entry_id, table_name, op, first_id, last_id)"
                f" SELECT :new, '{table}', 'insert', min(first_id), max(first_id) FROM"
                " (SELECT c.first_id, c.first_id - row_number() OVER (ORDER BY c.first_id)"
                f"   AS island FROM changes c WHERE c.entry_id = :entry"
                f"   AND c.table_name = '{table}' AND c.op = 'delete' AND ({only}))"
                " GROUP BY island ORDER BY 3",
                parameters,
            )
        else:
            _reverse_updates(batch, connection, parameters, table, only)


def _reverse_updates(
    batch: Batch,
    connection: sqlite3.Connection,
    parameters: Mapping[str, Any],
    table: str,
    only: str,
) -> None:
    """Append the swap of cells; a bookkeeping column goes back only if nobody moved it since."""
    names = changed_columns(connection, parameters["entry"], table)

    def still_ours(name: str, alias: str) -> str:
        return f"{alias}.{name} IS json_extract(c.image, '$.{name}[1]')"

    swapped = ", ".join(
        f"'{name}', json(CASE WHEN json_type(c.image, '$.{name}') IS NOT NULL"
        + (f" AND {still_ours(name, 't')}" if name in BOOKKEEPING else "")
        + f" THEN json_array(json_extract(c.image, '$.{name}[1]'),"
        f" json_extract(c.image, '$.{name}[0]')) END)"
        for name in names
    )
    # json_patch drops the members that are null: columns this row's change did not touch.
    batch.add(
        "INSERT INTO changes (entry_id, table_name, op, first_id, last_id, image)"
        f" SELECT :new, '{table}', 'update', c.first_id, c.last_id,"
        f" json_patch('{{}}', json_object({swapped}))"
        f" FROM changes c JOIN {table} t ON t.id = c.first_id"
        f" WHERE c.entry_id = :entry AND c.table_name = '{table}' AND c.op = 'update'"
        f" AND ({only}) ORDER BY c.id DESC",
        parameters,
    )
    sets = ", ".join(
        f"{name} = CASE WHEN json_type(c.image, '$.{name}') IS NOT NULL"
        f" AND {still_ours(name, table)}"
        f" THEN json_extract(c.image, '$.{name}[0]') ELSE {table}.{name} END"
        for name in names
    )
    batch.add(
        f"UPDATE {table} SET {sets} FROM changes c WHERE c.entry_id = :entry"
        f" AND c.table_name = '{table}' AND c.op = 'update' AND {table}.id = c.first_id"
        f" AND ({only})",
        {"entry": parameters["entry"]},
    )
