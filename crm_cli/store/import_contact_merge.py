"""Staged rows of contacts that exist or have several rows: read for merging, and its outcome."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crm_cli.store.import_contacts import LISTS, ROW_COLUMNS, number
from crm_cli.store.import_fields import VALUE

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Mapping, Sequence


def groups(
    connection: sqlite3.Connection,
) -> Iterator[list[tuple[int | None, int | None, tuple[Any, ...]]]]:
    """Yield, some hundred rows at a time, the rows that say something new of contacts that exist
    (``s_news``), and those of new ones that have several:
    (contact id, first row, the row in the order of ``ROW_COLUMNS``); a contact's rows together.
    """
    columns = ", ".join(f"r.{name}" for name in ROW_COLUMNS)
    cursor = connection.execute(
        f"SELECT t.contact_id, t.first_n, {columns} FROM temp.s_target t"
        "  JOIN temp.s_rows r ON r.n = t.n"
        " WHERE t.contact_id IN (SELECT contact_id FROM temp.s_news)"
        " OR t.first_n IN (SELECT first_n FROM temp.s_target"
        "   WHERE first_n IS NOT NULL AND first_n <> n)"
        " ORDER BY t.contact_id IS NULL, t.contact_id, t.first_n, t.n"
    )
    batch: list[tuple[int | None, int | None, tuple[Any, ...]]] = []
    key: tuple[int | None, int | None] | None = None
    for contact_id, first_n, *row in cursor:
        if (contact_id, first_n) != key and len(batch) >= 500:
            yield batch
            batch = []
        key = (contact_id, first_n)
        batch.append((contact_id, first_n, tuple(row)))
    if batch:
        yield batch


def lists_of(
    connection: sqlite3.Connection, rows: Sequence[int]
) -> dict[int, dict[str, list[tuple[Any, ...]]]]:
    """Return n -> staged list -> entries, for some rows."""
    marks = ", ".join("?" * len(rows))
    found: dict[int, dict[str, list[tuple[Any, ...]]]] = {}
    for name, columns in LISTS.items():
        for n, *entry in connection.execute(
            f"SELECT n, {', '.join(columns)} FROM temp.{name} WHERE n IN ({marks})"
            " ORDER BY n, position",
            list(rows),
        ):
            found.setdefault(n, {}).setdefault(name, []).append(tuple(entry))
    for n, key, label in connection.execute(
        f"SELECT n, key, label FROM temp.s_tags WHERE n IN ({marks}) ORDER BY n", list(rows)
    ):
        found.setdefault(n, {}).setdefault("s_tags", []).append((key, label))
    for n, *entry in connection.execute(
        f"SELECT n, {', '.join(VALUE)} FROM temp.s_fields WHERE n IN ({marks})"
        " ORDER BY n, field_id",
        list(rows),
    ):
        found.setdefault(n, {}).setdefault("s_fields", []).append(tuple(entry))
    return found


def restage(
    connection: sqlite3.Connection,
    first_n: int,
    rows: Sequence[int],
    values: Mapping[str, Any],
    lists: Mapping[str, Sequence[tuple[Any, ...]]],
) -> None:
    """Put what several rows say of one new contact into the first of them."""
    sets = ", ".join(f"{name} = :{name}" for name in values)
    connection.execute(f"UPDATE temp.s_rows SET {sets} WHERE n = :n", {**values, "n": first_n})
    marks = ", ".join("?" * len(rows))
    for name, columns in LISTS.items():
        connection.execute(f"DELETE FROM temp.{name} WHERE n IN ({marks})", list(rows))
        connection.executemany(
            f"INSERT INTO temp.{name} VALUES ({', '.join('?' * (len(columns) + 2))})",
            [
                (first_n, position, *entry)
                for position, entry in enumerate(lists.get(name, ()), start=1)
            ],
        )
    connection.execute(f"DELETE FROM temp.s_tags WHERE n IN ({marks})", list(rows))
    connection.executemany(
        "INSERT INTO temp.s_tags VALUES (?, ?, ?)",
        [(first_n, key, label) for key, label in lists.get("s_tags", ())],
    )
    connection.execute(f"DELETE FROM temp.s_fields WHERE n IN ({marks})", list(rows))
    connection.executemany(
        "INSERT INTO temp.s_fields VALUES (?, ?, ?, ?, ?, ?)",
        [(first_n, *entry) for entry in lists.get("s_fields", ())],
    )


def stage_changes(connection: sqlite3.Connection, changes: Mapping[str, list[Any]]) -> None:
    """Keep what matched contacts get: table ``x_...`` -> rows; the lists are emptied."""
    for name, rows in changes.items():
        if rows:
            marks = ", ".join("?" * len(rows[0]))
            connection.executemany(f"INSERT INTO temp.{name} VALUES ({marks})", rows)
            rows.clear()


def company_ids(connection: sqlite3.Connection, keys: Sequence[str]) -> dict[str, int]:
    """Return company key -> contact id."""
    marks = ", ".join("?" * len(keys))
    return dict(
        connection.execute(
            f"SELECT key, contact_id FROM temp.s_companies WHERE key IN ({marks})", list(keys)
        ).fetchall()
    )


def referrer_id(connection: sqlite3.Connection, uid: str) -> int | None:
    """Return the contact of a UUID, in the store or among the file's new ones."""
    row = connection.execute(
        "SELECT c.id FROM contacts c WHERE c.uid = :uid UNION ALL"
        " SELECT w.id FROM temp.s_rows r JOIN temp.s_target t ON t.n = r.n"
        "   JOIN temp.s_new w ON w.n = t.first_n WHERE r.uid = :uid LIMIT 1",
        {"uid": uid},
    ).fetchone()
    return int(row[0]) if row else None


GONE = "t.id IN (SELECT id FROM temp.x_gone WHERE list = :list)"


def gone_lists(connection: sqlite3.Connection) -> list[str]:
    """Return the tables from which ``--replace-lists`` takes entries."""
    rows = connection.execute("SELECT DISTINCT list FROM temp.x_gone ORDER BY list")
    return [name for (name,) in rows.fetchall()]


def images(connection: sqlite3.Connection, table: str) -> Iterator[tuple[int, str]]:
    """Yield (id, image) of staged changes."""
    yield from connection.execute(f"SELECT id, image FROM temp.{table} ORDER BY id")


def changed_rows(connection: sqlite3.Connection, table: str) -> Iterator[list[Any]]:
    """Yield the new values of staged changes, followed by the id."""
    import json

    for row_id, cells in connection.execute(f"SELECT id, cells FROM temp.{table} ORDER BY id"):
        yield [*json.loads(cells), row_id]


def change_count(connection: sqlite3.Connection, table: str) -> int:
    """Return how many rows have staged changes."""
    return number(connection, f"SELECT count(*) FROM temp.{table}")
