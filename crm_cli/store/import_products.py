"""The SQL of importing products, row by row: price lists are short."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from crm_cli.store.import_fields import TABLES as FIELD_TABLES

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Mapping

COLUMNS = (
    "uid", "sku", "name", "folded", "category", "price", "currency", "service_interval",
    "is_active",
)  # fmt: skip
_TYPED = ", ".join(
    f"{name} {'INTEGER' if name in {'price', 'is_active'} else 'TEXT'}" for name in COLUMNS
)
TABLES = {
    "s_items": f"n INTEGER PRIMARY KEY, line INTEGER, {_TYPED}",
    "s_made": f"id INTEGER PRIMARY KEY, {_TYPED}",
    "x_products": "id INTEGER PRIMARY KEY, image TEXT, cells TEXT",
    **FIELD_TABLES,
}


def prepare(connection: sqlite3.Connection) -> None:
    """Make what this import makes quick to find by its keys."""
    for name in ("uid", "sku", "folded"):
        connection.execute(f"CREATE INDEX temp.s_made_{name} ON s_made ({name})")
    connection.execute("CREATE INDEX temp.s_items_uid ON s_items (uid)")


def items(connection: sqlite3.Connection) -> Iterator[tuple[int, int, dict[str, Any]]]:
    """Yield (n, line, cells) of the staged rows in the file's order."""
    last = 0
    while True:
        rows = connection.execute(
            f"SELECT n, line, {', '.join(COLUMNS)} FROM temp.s_items WHERE n > ?"
            " ORDER BY n LIMIT 1000",
            (last,),
        ).fetchall()
        if not rows:
            return
        for n, line, *cells in rows:
            yield n, line, dict(zip(COLUMNS, cells, strict=True))
            last = n


_KEYS = {"uid": "uid", "sku": "sku", "name": "folded"}


def find(
    connection: sqlite3.Connection, table: str, key: str, cells: Mapping[str, Any]
) -> tuple[int, dict[str, Any]] | None:
    """Return (id, cells) of the product that has the row's value of a key, or None.

    ``table`` is ``products`` or ``temp.s_made``; a name decides only where one of the two has
    no SKU, and nothing but the UUID where the file has a row for each of the two.
    """
    column = _KEYS[key]
    if cells[column] is None:
        return None
    more = " AND (sku IS NULL OR :sku IS NULL)" if key == "name" else ""
    if key != "uid" and cells["uid"] is not None:
        more += (
            " AND (uid IS NULL OR NOT EXISTS (SELECT 1 FROM temp.s_items i WHERE i.uid = p.uid))"
        )
    row = connection.execute(
        f"SELECT id, {', '.join(COLUMNS)} FROM {table} p WHERE {column} = :value{more}"
        " ORDER BY is_active DESC, id LIMIT 1",
        {"value": cells[column], "sku": cells["sku"]},
    ).fetchone()
    return (int(row[0]), dict(zip(COLUMNS, row[1:], strict=True))) if row else None


def keep_made(connection: sqlite3.Connection, product_id: int, cells: Mapping[str, Any]) -> None:
    """Stage a new product, or what a later row adds to it."""
    connection.execute(
        f"INSERT OR REPLACE INTO temp.s_made VALUES (?{', ?' * len(COLUMNS)})",
        (product_id, *(cells[name] for name in COLUMNS)),
    )


def changed(connection: sqlite3.Connection, product_id: int) -> dict[str, Any] | None:
    """Return the cells that this import already gave to a product."""
    row = connection.execute(
        "SELECT cells FROM temp.x_products WHERE id = ?", (product_id,)
    ).fetchone()
    return dict(zip(COLUMNS, json.loads(row[0]), strict=True)) if row else None


def keep_changed(
    connection: sqlite3.Connection, product_id: int, before: Mapping[str, Any],
    after: Mapping[str, Any],
) -> None:  # fmt: skip
    """Stage the change of a product of the store."""
    image = {name: [before[name], after[name]] for name in COLUMNS if before[name] != after[name]}
    if not image:  # a later row took back what an earlier one changed
        connection.execute("DELETE FROM temp.x_products WHERE id = ?", (product_id,))
        return
    connection.execute(
        "INSERT OR REPLACE INTO temp.x_products VALUES (?, ?, ?)",
        (
            product_id,
            json.dumps(image, ensure_ascii=False),
            json.dumps([after[name] for name in COLUMNS]),
        ),
    )


NEW = (
    f"SELECT id, coalesce(uid, :prefix || printf('%011x', id)), {', '.join(COLUMNS[1:])}"
    " FROM temp.s_made ORDER BY id"
)


def changes(connection: sqlite3.Connection) -> int:
    """Return how many products of the store change."""
    (number,) = connection.execute("SELECT count(*) FROM temp.x_products").fetchone()
    return int(number)


def images(connection: sqlite3.Connection) -> Iterator[tuple[int, str]]:
    """Yield (id, image)."""
    yield from connection.execute("SELECT id, image FROM temp.x_products ORDER BY id")


def rows(connection: sqlite3.Connection) -> Iterator[list[Any]]:
    """Yield the new values of ``COLUMNS`` followed by the id."""
    for row_id, cells in connection.execute("SELECT id, cells FROM temp.x_products ORDER BY id"):
        yield [*json.loads(cells), row_id]


def keep_record(connection: sqlite3.Connection, n: int, product_id: int) -> None:
    """Note which product a row became or meant, for its custom fields."""
    made = connection.execute("SELECT 1 FROM temp.s_made WHERE id = ?", (product_id,)).fetchone()
    table = "s_field_new" if made else "s_field_rows"
    connection.execute(f"INSERT INTO temp.{table} VALUES (?, ?)", (n, product_id))


def reject(
    connection: sqlite3.Connection, line: int, reason: str, field: str | None = None
) -> None:
    """Reject a row that was staged."""
    connection.execute(
        "INSERT OR IGNORE INTO temp.s_rejects VALUES (?, ?, ?)", (line, field, reason)
    )
