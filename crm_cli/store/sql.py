"""One SQL query of the user's own, on a connection that can do nothing but read."""

from __future__ import annotations

import re
import sqlite3
from typing import TYPE_CHECKING, Any, NamedTuple

from crm_cli import errors
from crm_cli.store.status import PROMISED, tables

if TYPE_CHECKING:
    from collections.abc import Sequence

_READING = frozenset(
    {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE}
)
_PRAGMAS = frozenset(
    "application_id collation_list compile_options database_list foreign_key_list function_list"
    " index_info index_list index_xinfo page_count page_size table_info table_list table_xinfo"
    " user_version".split()
)
"""Pragmas that only tell; with a value, ``user_version`` and its like would write."""

_TELLING_WITH_ARGUMENT = frozenset(
    "foreign_key_list index_info index_list index_xinfo table_info table_list table_xinfo".split()
)


class Answer(NamedTuple):
    """The rows of a query, the columns' names as the query gave them, and the tables it read."""

    names: list[str]
    rows: list[tuple[Any, ...]]
    unpromised: list[str]


class _Guard:
    """The authorizer: lets reading through and remembers what was refused and what was read."""

    def __init__(self) -> None:
        self.refused: str | None = None
        self.tables: set[str] = set()

    def __call__(
        self,
        action: int,
        first: str | None,
        second: str | None,
        base: str | None,
        inner: str | None,
    ) -> int:
        del base, inner
        if action == sqlite3.SQLITE_READ and first:
            self.tables.add(first)
        if action in _READING and second != "load_extension":
            return sqlite3.SQLITE_OK
        if action == sqlite3.SQLITE_UPDATE and first == "sqlite_master":
            # A table-valued function such as json_each asks for this when first used; the
            # statement itself SQLite refuses, whoever asks.
            return sqlite3.SQLITE_OK
        tells = first in _PRAGMAS and (second is None or first in _TELLING_WITH_ARGUMENT)
        if action == sqlite3.SQLITE_PRAGMA and tells:
            return sqlite3.SQLITE_OK
        self.refused = self.refused or _NAMES.get(action, "that")
        return sqlite3.SQLITE_DENY


_NAMES = {
    sqlite3.SQLITE_INSERT: "INSERT",
    sqlite3.SQLITE_UPDATE: "UPDATE",
    sqlite3.SQLITE_DELETE: "DELETE",
    sqlite3.SQLITE_ATTACH: "ATTACH",
    sqlite3.SQLITE_DETACH: "DETACH",
    sqlite3.SQLITE_PRAGMA: "this PRAGMA",
    sqlite3.SQLITE_TRANSACTION: "a transaction",
    sqlite3.SQLITE_SAVEPOINT: "a savepoint",
    sqlite3.SQLITE_FUNCTION: "this function",
}


def ask(connection: sqlite3.Connection, statement: str) -> Answer:
    """Run one statement that only reads.

    Raises Refused for anything that could write or reach another file, InvalidValue (with
    SQLite's words) for a statement that is wrong, and the errors of a store that fails.
    """
    guard = _Guard()
    connection.set_authorizer(guard)
    # Damaged text is shown rather than refused: this command is also there to look at it.
    connection.text_factory = lambda raw: raw.decode("utf-8", "backslashreplace")
    try:
        cursor = connection.execute(statement)
        rows = cursor.fetchall()
    except (sqlite3.Error, sqlite3.Warning, ValueError) as error:
        if guard.refused:
            raise errors.Refused(
                f"crm db sql only reads; {guard.refused} is refused",
                hint="change records with the other commands, so that undo knows of it",
            ) from error
        if _is_of_the_query(error):
            raise errors.InvalidValue(
                f"SQL: {error}", hint="crm db sql without a query lists the views and columns"
            ) from error
        raise
    finally:
        connection.set_authorizer(None)
        connection.text_factory = str
    if cursor.description is None:
        raise errors.InvalidValue("that is no query", hint='write one: "SELECT ..."')
    names = [column[0] for column in cursor.description]
    # What a promised view reads is its own affair: only tables the query names count.
    words = set(re.findall(r"\w+", statement.lower()))
    unpromised = sorted((guard.tables & tables(connection) & words) - set(PROMISED))
    return Answer(names, [_plain(row) for row in rows], unpromised)


def _is_of_the_query(error: Exception) -> bool:
    """Whether the words are at fault; a locked or damaged file is not the query's doing."""
    name = getattr(error, "sqlite_errorname", None)
    return name is None or name in {
        "SQLITE_ERROR", "SQLITE_RANGE", "SQLITE_MISMATCH", "SQLITE_TOOBIG", "SQLITE_MISUSE",
        "SQLITE_AUTH", "SQLITE_CONSTRAINT",
    }  # fmt: skip


def _plain(row: Sequence[Any]) -> tuple[Any, ...]:
    """JSON knows neither bytes nor infinity: both become text."""
    return tuple(
        "x'" + cell.hex() + "'"
        if isinstance(cell, bytes)
        else str(cell)
        if isinstance(cell, float) and cell in (float("inf"), float("-inf"))
        else cell
        for cell in row
    )
