"""Opening the file: identity first, then pragmas.

``open_reader`` never changes the file, ``open_writer`` creates or migrates it when needed;
both refuse a foreign or newer file and leave it byte for byte as it was.
"""

from __future__ import annotations

import os
import sqlite3
import time
from typing import TYPE_CHECKING
from urllib.parse import quote

from crm_cli import errors
from crm_cli.store import identity
from crm_cli.store.failures import translate, translating, watch_signals
from crm_cli.store.migrations import SCHEMA_VERSION

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = [
    "begin", "needs_migration", "open_memory", "open_reader", "open_writer", "schema_version",
    "sqlite_version", "translate", "translating",
]  # fmt: skip

MINIMUM_SQLITE = (3, 37, 0)
"""STRICT tables came with this version."""

SLICE = 0.25
"""Seconds SQLite waits for a lock at a time; between two of them Ctrl-C is heard."""


def open_reader(path: Path, *, timeout: float = 30.0) -> sqlite3.Connection | None:
    """Open an existing file for reading, or return None when there is none.

    Raises StoreForeign, StoreNewer, StoreDamaged, StoreLocked or StoreReadOnly. An older file
    is returned as it is; the caller migrates it (``needs_migration``).
    """
    with translating(path):
        if not identity.exists(path) or not identity.check(path):
            return None
        connection = _connect(path, "ro", timeout)
        try:
            version = schema_version(connection)
        except sqlite3.OperationalError as error:
            connection.close()
            connection = _second_try(path, timeout, error)
            version = schema_version(connection)
        if version == 0:  # the first schema was never committed
            connection.close()
            return None
        identity.refuse_newer(path, version)
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA query_only = ON")
        return connection


def _second_try(path: Path, timeout: float, error: sqlite3.OperationalError) -> sqlite3.Connection:
    """Open a file that plain reading cannot: in a closed folder, or one to be recovered."""
    name = getattr(error, "sqlite_errorname", "") or ""
    if name.startswith(("SQLITE_CANTOPEN", "SQLITE_READONLY")):
        if identity.folder_is_closed(path):
            if not _has_log(path):
                return _connect(path, "ro", timeout, immutable=True)
        elif _beside(path, "-journal").exists():
            # A process died while it made the file; only a writer may roll that back.
            writer = _connect(path, "rw", timeout)
            try:
                writer.execute("SELECT count(*) FROM sqlite_schema").fetchall()
            finally:
                writer.close()
            return _connect(path, "ro", timeout)
    raise error


def schema_version(connection: sqlite3.Connection) -> int:
    """Return the schema version of an open file."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return int(version)


def needs_migration(connection: sqlite3.Connection) -> bool:
    """Say whether an open file has an older schema than this program's."""
    return schema_version(connection) < SCHEMA_VERSION


def sqlite_version() -> str:
    """Return the version of the SQLite library at work."""
    return sqlite3.sqlite_version


def open_writer(
    path: Path, *, timeout: float = 30.0, notify: Callable[[str], None] = lambda _: None
) -> sqlite3.Connection:
    """Open the file for writing, making or migrating it first.

    ``notify`` receives a sentence when a file was migrated. Raises what ``open_reader``
    raises, and StoreReadOnly for a file system that cannot hold a WAL.
    """
    if sqlite3.sqlite_version_info < MINIMUM_SQLITE:
        needed = ".".join(map(str, MINIMUM_SQLITE))
        raise errors.StoreReadOnly(
            f"this Python has SQLite {sqlite3.sqlite_version}; writing needs {needed}",
            hint="use a newer Python",
        )
    with translating(path):
        there = identity.exists(path)
        if there and identity.check(path) and _has_log(path):
            _refuse_newer_log(path, timeout)
        identity.refuse_network(path)
        if not there:
            _make_folder(path.parent)
            _make(path)
        connection = _connect(path, "rw", timeout)
        try:
            if needs_migration(connection):
                _upgrade(connection, path, timeout, notify)
            _set_up(connection)
        except BaseException:
            connection.close()
            raise
        return connection


def begin(connection: sqlite3.Connection, timeout: float) -> None:
    """Take the write lock, waiting up to ``timeout`` seconds for others to let go of it.

    SQLite's own waiting cannot be interrupted, so it gets a slice at a time.
    """
    timeout = _sane(timeout)
    deadline = time.monotonic() + timeout
    while True:
        left = deadline - time.monotonic()
        connection.execute(f"PRAGMA busy_timeout = {int(max(0.0, min(SLICE, left)) * 1000)}")
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            name = getattr(error, "sqlite_errorname", "") or ""
            if not name.startswith("SQLITE_BUSY") or time.monotonic() >= deadline:
                raise
        else:
            connection.execute(f"PRAGMA busy_timeout = {int(timeout * 1000)}")
            return


def open_memory() -> sqlite3.Connection:
    """Return an empty store in memory: what a reading command sees when there is no file."""
    from crm_cli.store import migrate

    connection = sqlite3.connect(":memory:", isolation_level=None)
    migrate.create_in_memory(connection)
    connection.execute("PRAGMA foreign_keys = ON")
    watch_signals(connection)
    return connection


# -- making and migrating -----------------------------------------------------------------------


def _make(path: Path) -> None:
    """Make the store under another name and link it into place: whoever is killed, or loses
    the race against another process, leaves no half of a store behind."""
    from crm_cli.store import migrate

    fresh = _beside(path, f".new-{os.getpid()}")
    _create_private(fresh)
    try:
        connection = _connect(fresh, "rw", 0.0)
        try:
            migrate.migrate(connection)
            connection.execute("PRAGMA journal_mode = WAL")
        finally:
            connection.close()
        try:
            path.hardlink_to(fresh)
        except FileExistsError:
            return  # another process was first; its store is as good
        except OSError:
            # A file system without hard links: made in place, where dying leaves a journal.
            _create_private(path)
    finally:
        for suffix in ("", "-journal", "-wal", "-shm"):
            _beside(fresh, suffix).unlink(missing_ok=True)


def _upgrade(
    connection: sqlite3.Connection, path: Path, timeout: float, notify: Callable[[str], None]
) -> None:
    from crm_cli.store import migrate

    copies: list[Path] = []

    def keep(version: int) -> None:
        if version:
            copies.append(_copy_beside(path, version, timeout))

    try:
        came_from = migrate.migrate(connection, before=keep)
    except BaseException:
        for copy in copies:  # of a file that is still as it was
            copy.unlink(missing_ok=True)
        raise
    for copy in copies:
        notify(
            f"{path} was migrated from schema {came_from} to {SCHEMA_VERSION};"
            f" the old file is kept as {copy}"
        )


def _copy_beside(path: Path, version: int, timeout: float) -> Path:
    """Copy the file as committed; the caller holds the write lock. An older copy is kept."""
    copy, number = _beside(path, f".v{version}.bak"), 1
    while copy.exists():
        number += 1
        copy = _beside(path, f".v{version}-{number}.bak")
    _create_private(copy)
    source, target = _connect(path, "ro", timeout), sqlite3.connect(copy)
    try:
        source.backup(target)
    except BaseException:
        target.close()
        copy.unlink(missing_ok=True)
        raise
    finally:
        source.close()
        target.close()
    return copy


def _set_up(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA foreign_keys = ON")
    (mode,) = connection.execute("PRAGMA journal_mode").fetchone()
    if mode != "wal":
        connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA secure_delete = ON")
    connection.execute("PRAGMA recursive_triggers = ON")


def _connect(
    path: Path, mode: str, timeout: float, *, immutable: bool = False
) -> sqlite3.Connection:
    uri = f"file:{quote(str(path.absolute()))}?mode={mode}{'&immutable=1' if immutable else ''}"
    connection = sqlite3.connect(uri, uri=True, timeout=_sane(timeout), isolation_level=None)
    connection.execute("PRAGMA mmap_size = 0")
    watch_signals(connection)
    return connection


def _sane(timeout: float) -> float:
    """Return seconds that SQLite can count in milliseconds: 0 for "nan", a week for "inf"."""
    return min(max(0.0, timeout), 604_800.0)


def _refuse_newer_log(path: Path, timeout: float) -> None:
    """Refuse a newer version that only the log knows: opening to write would fold it in."""
    probe = _connect(path, "ro", timeout)
    try:
        identity.refuse_newer(path, schema_version(probe))
    except sqlite3.OperationalError as error:
        if (getattr(error, "sqlite_errorname", "") or "").startswith("SQLITE_BUSY"):
            raise
        # Anything else shows again, with its reason, when the file is opened for writing.
    finally:
        probe.close()


def _has_log(path: Path) -> bool:
    try:
        return _beside(path, "-wal").stat().st_size > 0
    except OSError:
        return False


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)


def _make_folder(folder: Path) -> None:
    try:
        if not folder.exists():
            folder.mkdir(mode=0o700, parents=True)
    except OSError as error:
        raise errors.StoreReadOnly(
            f"the folder {folder} cannot be made: {error.strerror}",
            hint="name another file with --db",
        ) from error


def _create_private(path: Path) -> None:
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        kind = errors.StoreFull if error.errno == 28 else errors.StoreReadOnly
        raise kind(
            f"{path} cannot be made: {error.strerror}", hint="name another file with --db"
        ) from error
