"""Bringing a file to the newest schema: all pending steps in one transaction.

``user_version`` decides what is pending; sqlite-utils' ``Migrations`` runs the steps and
keeps its own record. A newer file never gets here (see ``connection``).
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from crm_cli.store.identity import APPLICATION_ID
from crm_cli.store.migrations import SCHEMA_VERSION, STEPS

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable

    from sqlite_utils import Database


def statements(step: str) -> tuple[str, ...]:
    """Return the SQL of one step."""
    module = importlib.import_module(f"crm_cli.store.migrations.{step}")
    result: tuple[str, ...] = module.STATEMENTS
    return result


def create_in_memory(connection: sqlite3.Connection) -> None:
    """Build the newest schema in an empty in-memory database (reads of a missing file)."""
    for step in STEPS:
        for statement in statements(step):
            connection.execute(statement)


def migrate(
    connection: sqlite3.Connection, *, before: Callable[[int], None] = lambda _: None
) -> int:
    """Apply every pending step inside one transaction and return the version there was.

    The connection must be in autocommit mode (``isolation_level=None``) with no transaction
    open. ``before`` is called with the old version once the write lock is held and there is
    something to do. On any error the file is as it was.
    """
    from sqlite_utils import Database
    from sqlite_utils.migrations import Migrations

    connection.execute("BEGIN IMMEDIATE")
    try:
        # Read under the lock: another process may have migrated while this one waited for it.
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version < SCHEMA_VERSION:
            before(version)
            database = Database(connection, execute_plugins=False)
            migrations = Migrations("crm")
            for number, step in enumerate(STEPS, start=1):
                if number > version:
                    migrations(name=step)(_runner(statements(step)))
            migrations.apply(database)
            violations = connection.execute("PRAGMA foreign_key_check").fetchall()
            if violations:
                message = f"foreign keys broken after migrating: {violations[:3]}"
                raise AssertionError(message)
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return int(version)


def _runner(sql: Iterable[str]) -> Step:
    def run(database: Database, /) -> None:
        for statement in sql:
            database.execute(statement)

    return run


if TYPE_CHECKING:
    from typing import Protocol

    class Step(Protocol):
        """One schema step as sqlite-utils wants it."""

        __name__: str

        def __call__(self, db: Database, /) -> None:
            """Change the schema."""
