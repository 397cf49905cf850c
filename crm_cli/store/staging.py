"""Temporary tables in which an import lays out its rows before it takes the write lock.

They live in SQLite's private temporary file (unnamed, gone with the connection), so that an
import of any size needs little memory, and the store is locked only to match and to write.
"""

from __future__ import annotations

import contextlib
import sqlite3
from itertools import chain
from typing import TYPE_CHECKING, Any, Self

from crm_cli.store.connection import translating

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping, Sequence
    from pathlib import Path
    from types import TracebackType

CHUNK = 2000
"""Rows collected before they are handed to SQLite."""

GROUP = 100
"""Rows of one statement: handed over singly, each costs nearly twice as much."""

_REJECTS = "line INTEGER PRIMARY KEY, field TEXT, reason TEXT NOT NULL"


class Staging:
    """A set of temporary tables: ``with Staging(connection, path, {"s_rows": "n INTEGER ..."})``.

    There is always a table ``s_rejects`` (line, field, reason).
    """

    def __init__(
        self, connection: sqlite3.Connection, path: Path, tables: Mapping[str, str]
    ) -> None:
        self.connection = connection
        self.path = path
        self.tables = {"s_rejects": _REJECTS, **tables}
        self._waiting: dict[str, list[Sequence[Any]]] = {name: [] for name in self.tables}
        self._inserts: dict[str, tuple[str, str]] = {}

    def __enter__(self) -> Self:
        execute = self.connection.execute
        with translating(self.path):
            # Random inserts into an index that does not fit the cache cost ten times as much.
            execute("PRAGMA cache_size = -28672")
            execute("PRAGMA temp.cache_size = -8192")
            for name, columns in self.tables.items():
                execute(f"CREATE TEMP TABLE {name} ({columns})")
                found = execute("SELECT name FROM pragma_table_info(?)", (name,)).fetchall()
                self.choose_columns(name, [column for (column,) in found])
            # Deferred, and only temporary tables are touched: the store stays unlocked.
            execute("BEGIN")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.connection.in_transaction:
            self.connection.execute("ROLLBACK")
        for name in self.tables:
            self.connection.execute(f"DROP TABLE IF EXISTS temp.{name}")

    def choose_columns(self, table: str, columns: Sequence[str], *, way: str | None = None) -> None:
        """Say which columns the rows of a table bring; the others cost nothing.

        ``way`` names another list of rows for the same table, with columns of its own.
        """
        marks = f"({', '.join('?' * len(columns))})"
        self._waiting.setdefault(way or table, [])
        insert = f"INSERT OR IGNORE INTO temp.{table} ({', '.join(columns)}) VALUES "
        self._inserts[way or table] = (insert + marks, insert + ", ".join([marks] * GROUP))

    def rows(self, table: str) -> list[Sequence[Any]]:
        """Return the list that collects rows for a table; call ``flush`` now and then."""
        return self._waiting[table]

    def add(self, table: str, row: Sequence[Any]) -> None:
        """Stage one row."""
        self._waiting[table].append(row)

    def flush(self) -> None:
        """Hand what was collected to SQLite."""
        with translating(self.path):
            for table, rows in self._waiting.items():
                if rows:
                    single, grouped = self._inserts[table]
                    whole = len(rows) - len(rows) % GROUP
                    for at in range(0, whole, GROUP):
                        cells = tuple(chain.from_iterable(rows[at : at + GROUP]))
                        self.connection.execute(grouped, cells)
                    self.connection.executemany(single, rows[whole:])
                    rows.clear()

    def finish(self) -> None:
        """Flush and end the staging transaction: the unit may begin its own."""
        self.flush()
        with translating(self.path):
            self.connection.execute("COMMIT")

    # -- rejected rows ------------------------------------------------------------------------

    def rejected(self) -> Generator[tuple[int, str | None, str]]:
        """Yield (line, field, reason) in the order of lines."""
        yield from self.connection.execute(
            "SELECT line, field, reason FROM temp.s_rejects ORDER BY line"
        )

    def first_rejected(self, limit: int) -> list[tuple[int, str | None, str]]:
        """Return the first few of ``rejected``."""
        return self.connection.execute(
            "SELECT line, field, reason FROM temp.s_rejects ORDER BY line LIMIT ?", (limit,)
        ).fetchall()

    def reject_count(self) -> int:
        """Return how many rows are rejected."""
        (count,) = self.connection.execute("SELECT count(*) FROM temp.s_rejects").fetchone()
        return int(count)


@contextlib.contextmanager
def watching(connection: sqlite3.Connection, tell: Callable[[], None]) -> Generator[None]:
    """Call ``tell`` now and then while SQLite works, so that Ctrl-C gets through to it.

    A statement over a million rows runs for seconds without coming back to Python, which acts
    on signals only there. What ``tell`` or a signal raises stops the statement and is raised.
    """
    stopped: list[BaseException] = []

    def look() -> int:
        if stopped:
            return 0
        try:
            tell()
        except BaseException as error:  # noqa: BLE001 - KeyboardInterrupt too; raised again below
            stopped.append(error)
            return 1
        return 0

    connection.set_progress_handler(look, 200_000)
    try:
        yield
    except sqlite3.OperationalError:
        if stopped:
            raise stopped[0] from None
        raise
    finally:
        connection.set_progress_handler(None, 0)


@contextlib.contextmanager
def references_proven(connection: sqlite3.Connection) -> Generator[None]:
    """Let a batch that proves its references itself be written without a look-up for each.

    A million purchases of a hundred thousand customers need a hundred thousand look-ups, made
    by a guard at the end of the batch, where the foreign keys would make two million. Must be
    entered outside a transaction: within one SQLite keeps the switch as it is.
    """
    connection.execute("PRAGMA foreign_keys = OFF")
    try:
        yield
    finally:
        connection.execute("PRAGMA foreign_keys = ON")


def number(connection: sqlite3.Connection, sql: str) -> int:
    """Return the one number a statement yields, 0 for NULL."""
    (value,) = connection.execute(sql).fetchone()
    return int(value or 0)


def rows_of(connection: sqlite3.Connection, sql: str) -> int:
    """Return how many rows a statement yields."""
    return number(connection, f"SELECT count(*) FROM ({sql})")
