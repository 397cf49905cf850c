"""What stands in the way of turning an entry round: later work, values that others have by now,
records that are gone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from crm_cli.store import past_terms
from crm_cli.store.journal import BOOKKEEPING, JOURNALLED
from crm_cli.store.reversal import changed_columns, parents_of, runs

if TYPE_CHECKING:
    import sqlite3


def _is_later(table: str) -> str:
    """Return the condition that a row ``o`` of a list came after the entry (``changes c``); older
    ones stood beside it then, with --allow-duplicate."""
    return (
        "EXISTS (SELECT 1 FROM changes n WHERE n.entry_id > c.entry_id"
        f" AND n.table_name = '{table}' AND n.op = 'insert'"
        " AND o.id BETWEEN n.first_id AND n.last_id)"
    )


class Obstacle(NamedTuple):
    """A row that stands in the way of reversing an entry, and why."""

    table: str
    row_id: int
    reason: str
    column: str | None = None
    needs: str = ""
    """The column that names a record that is gone, and which (``contact 7``)."""


def of_entry(
    connection: sqlite3.Connection, entry_id: int, limit: int = 20, aside: str = "[]"
) -> list[Obstacle]:
    """Return what keeps an entry from being reversed without touching later work; the follow-ups
    ``aside`` (a JSON array of ids) do not.

    A cell that no longer has the value the entry gave it, a row that is gone, a row that was
    changed after the entry made it, a row that others now hang on, a value that must be unique
    and is somebody else's by now, a record that would hang on one that is gone, and a pipeline
    that could do no work are obstacles.
    """
    found: list[Obstacle] = []
    changed = runs(connection, entry_id)
    if any(run.table in {"stages", "pipelines"} for run in changed):
        from crm_cli.store import stage_shape

        found += [Obstacle(*wrong) for wrong in stage_shape.missing(connection, entry_id)]
    for run in changed:
        if run.table in past_terms.KEPT and run.op != "update":
            found += [
                Obstacle(*wrong) for wrong in past_terms.moved(connection, entry_id, run, limit)
            ]
        if run.op == "update":
            found += _update_obstacles(connection, entry_id, run.table, limit, aside)
            found += _revived_obstacles(connection, entry_id, run.table, limit)
            found += missing_parents(connection, entry_id, run.table, "update", limit)
        elif run.op == "insert":
            found += _insert_obstacles(connection, entry_id, run.table, limit, aside)
        else:
            found += delete_obstacles(connection, entry_id, run.table, limit)
            found += missing_parents(connection, entry_id, run.table, "delete", limit)
        if len(found) >= limit:
            break
    return found[:limit]


def _beside(table: str, row: str) -> str:
    """Return the condition that a row is none of the follow-ups that are set aside."""
    if table != "follow_ups":
        return "1"
    return f"{row} NOT IN (SELECT value FROM json_each(:aside))"


def _update_obstacles(
    connection: sqlite3.Connection, entry_id: int, table: str, limit: int, aside: str
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
        " WHERE c.entry_id = :entry AND c.table_name = :table AND c.op = 'update'"
        f"   AND (t.id IS NULL OR {moved or '0'}) AND {_beside(table, 'c.first_id')} LIMIT :limit",
        {"entry": entry_id, "table": table, "aside": aside, "limit": limit},
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
            f"  AND {_is_later('emails')} LIMIT :limit",
            {"entry": entry_id, "limit": limit},
        )
        return [
            Obstacle(table, row_id, f"{value} now belongs to contact {owner}")
            for row_id, value, owner in rows.fetchall()
        ]
    if table == "field_values":
        return _shared_values(connection, entry_id, "update", limit)
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


def _shared_values(
    connection: sqlite3.Connection, entry_id: int, op: str, limit: int, only: str = "1"
) -> list[Obstacle]:
    """Return the values of custom fields that would come back, of which no two records share one
    and another has it by now."""
    if op == "delete":
        before = {name: f"json_extract(c.image, '$.{name}')" for name in _SHARED}
        source = "changes c"
    else:
        before = {
            name: f"CASE WHEN json_type(c.image, '$.{name}') IS NULL THEN t.{name}"
            f" ELSE json_extract(c.image, '$.{name}[0]') END"
            for name in _SHARED
        }
        source = "changes c JOIN field_values t ON t.id = c.first_id"
    rows = connection.execute(
        "SELECT c.first_id, f.key, coalesce(o.contact_id, o.product_id, o.purchase_id), f.noun"
        f" FROM {source} JOIN fields f ON f.id = {before['field_id']} AND f.is_unique"
        " JOIN field_values o ON o.field_id = f.id AND o.id <> c.first_id"
        f" AND o.folded IS {before['folded']} AND o.number IS {before['number']}"
        " WHERE c.entry_id = ? AND c.table_name = 'field_values' AND c.op = ?"
        f" AND ({only}) LIMIT ?",
        (entry_id, op, limit),
    )
    return [
        Obstacle("field_values", row_id, f"its {key} now belongs to {noun} {owner}")
        for row_id, key, owner, noun in rows.fetchall()
    ]


_SHARED = ("field_id", "folded", "number")


def _insert_obstacles(
    connection: sqlite3.Connection, entry_id: int, table: str, limit: int, aside: str
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
        f"  AND {_beside(table, 'u.first_id')} GROUP BY u.first_id LIMIT :limit",
        {"entry": entry_id, "table": table, "aside": aside, "limit": limit},
    )
    found += [Obstacle(table, row_id, "was changed later") for (row_id,) in touched.fetchall()]
    if table == "picklist_values":
        from crm_cli.store.picklists import ADDED_IN_USE

        rows = connection.execute(ADDED_IN_USE, {"entry": entry_id, "limit": limit}).fetchall()
        found += [Obstacle(table, row_id, f"{label} is used by records") for row_id, label in rows]
    if table == "stages":
        from crm_cli.store import stage_edits

        found += [
            Obstacle(table, row_id, "a lead in the trash was in it")
            for row_id in stage_edits.needed_of(connection, entry_id, limit)
        ]
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
            f"  AND {_beside(child, 'k.id')} LIMIT :limit",
            {"entry": entry_id, "table": table, "child": child, "aside": aside, "limit": limit},
        )
        noun = child.removeprefix("contact_").replace("_", " ")
        reason = f"{noun} added since hang on it"
        if table == "tags":
            reason = "contacts were given it since"
        found += [Obstacle(table, row_id, reason) for (row_id,) in hanging.fetchall()]
    return found


def delete_obstacles(
    connection: sqlite3.Connection, entry_id: int, table: str, limit: int = 20, only: str = "1"
) -> list[Obstacle]:
    """Return rows an entry deleted that cannot come back: they are here again already, or a
    value of theirs that must be unique was given to another since.

    ``only`` is a condition on ``changes c`` that narrows them.
    """
    found: list[Obstacle] = []
    if table == "field_values":
        found = _shared_values(connection, entry_id, "delete", limit, only)
    if not _was_later(connection, entry_id, table, "insert"):
        return found
    rows = connection.execute(
        f"SELECT c.first_id FROM changes c JOIN {table} t ON t.id = c.first_id"
        " WHERE c.entry_id = ? AND c.table_name = ? AND c.op = 'delete'"
        f"   AND ({only}) LIMIT ?",
        (entry_id, table, limit),
    )
    found += [Obstacle(table, row_id, "is here again") for (row_id,) in rows.fetchall()]
    if table in _OWNED:
        shown, same = _OWNED[table]
        taken = connection.execute(
            f"SELECT c.first_id, {shown}, o.contact_id FROM changes c JOIN {table} o"
            f" JOIN contacts k ON k.id = o.contact_id AND {same}"
            " WHERE c.entry_id = ? AND c.table_name = ? AND c.op = 'delete'"
            f"  AND ({only}) AND {_is_later(table)} LIMIT ?",
            (entry_id, table, limit),
        )
        found += [
            Obstacle(table, row_id, f"{value} now belongs to contact {owner}")
            for row_id, value, owner in taken.fetchall()
        ]
    for columns in _unique_keys(connection, table):
        same = " AND ".join(f"t.{name} = json_extract(c.image, '$.{name}')" for name in columns)
        values = ", ".join(f"t.{name}" for name in columns)
        taken = connection.execute(
            f"SELECT c.first_id, t.id, {values} FROM changes c JOIN {table} t ON {same}"
            " WHERE c.entry_id = ? AND c.table_name = ? AND c.op = 'delete'"
            f"   AND t.id <> c.first_id AND ({only}) LIMIT ?",
            (entry_id, table, limit),
        )
        for row_id, other_id, *key in taken.fetchall():
            what = f"came back as #{other_id}"
            if columns != ("uid",):
                words = [value for value in key if isinstance(value, str)]
                what = f"{' '.join(words)} was added again".lstrip()
            found.append(Obstacle(table, row_id, what))
    return found


_OWNED = {
    "emails": (
        "o.value", "o.value = json_extract(c.image, '$.value') AND k.archived_at IS NULL"
    ),
    "external_ids": (
        "o.system || ':' || o.value",
        ("o.value = json_extract(c.image, '$.value')"
         " AND o.system = json_extract(c.image, '$.system') COLLATE NOCASE"),
    ),
}  # fmt: skip
"""Lists whose values one contact has: how a value is shown, and when ``o`` holds it."""


_CALLED = {"follow_ups": "follow-up", "reminder_rules": "rule", "lead_routes": "route"}
"""Table -> what people call a row of it, where that is not its name."""


def missing_parents(
    connection: sqlite3.Connection, entry_id: int, table: str, op: str, limit: int = 20,
    only: str = "1",
) -> list[Obstacle]:  # fmt: skip
    """Return the records that rows of an entry would hang on again and that are gone, unless
    the same entry deleted them (then they come back along). ``op`` is ``delete`` or ``update``,
    ``only`` a condition on ``changes c``.
    """
    found = []
    for column, parent in parents_of(connection, table):
        # What the entry itself deleted comes back along, unless only a part of it does.
        since = entry_id if only == "1" else entry_id - 1
        if not _was_later(connection, since, parent, "delete"):
            continue
        value = f"json_extract(c.image, '$.{column}{'[0]' if op == 'update' else ''}')"
        rows = connection.execute(
            f"SELECT c.first_id, {value} FROM changes c"
            " WHERE c.entry_id = :entry AND c.table_name = :table AND c.op = :op"
            f"  AND {value} IS NOT NULL AND ({only})"
            f"  AND NOT EXISTS (SELECT 1 FROM {parent} k WHERE k.id = {value})"
            f"  AND {value} NOT IN (SELECT c.first_id FROM changes c WHERE c.entry_id = :entry"
            f"    AND c.table_name = :parent AND c.op = 'delete' AND ({only})) LIMIT :limit",
            {"entry": entry_id, "table": table, "op": op, "parent": parent, "limit": limit},
        )
        noun = _CALLED.get(parent) or parent.removesuffix("s").replace("_", " ")
        found += [
            Obstacle(
                table, row_id, f"needs {noun} {needed}, which is gone", column, f"{noun} {needed}"
            )
            for row_id, needed in rows.fetchall()
        ]
    return found


def _was_later(connection: sqlite3.Connection, entry_id: int, table: str, op: str) -> bool:
    """Say whether an entry after this one added to or deleted from a table: where none did, what
    the rows of this one held is free, and what they hung on is there."""
    row = connection.execute(
        "SELECT 1 FROM changes WHERE entry_id > ? AND table_name = ? AND op = ? LIMIT 1",
        (entry_id, table, op),
    ).fetchone()
    return row is not None


def _unique_keys(connection: sqlite3.Connection, table: str) -> list[tuple[str, ...]]:
    """Return the columns of each key that must be unique in a table, beside ``id``."""
    keys: dict[str, list[str]] = {}
    for index, column in connection.execute(
        "SELECT l.name, i.name FROM pragma_index_list(?) l, pragma_index_info(l.name) i"
        ' WHERE l."unique" AND NOT l.partial ORDER BY l.seq, i.seqno',
        (table,),
    ):
        keys.setdefault(index, []).append(column)
    return [tuple(columns) for columns in keys.values()]


def children_of(connection: sqlite3.Connection, table: str) -> list[tuple[str, str]]:
    """Return (child table, column) of every journalled foreign key to ``table``."""
    pairs = []
    for child in JOURNALLED:
        rows = connection.execute(
            'SELECT "from" FROM pragma_foreign_key_list(?) WHERE "table" = ?', (child, table)
        )
        pairs += [(child, column) for (column,) in rows.fetchall()]
    return pairs
