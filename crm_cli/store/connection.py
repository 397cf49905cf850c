"""Opening the file: identity first, then pragmas; sqlite3's errors become ours here alone.

Three ways in: ``open_reader`` never changes the file, ``open_writer`` creates or migrates it
when needed, and both refuse a foreign or newer file and leave it byte for byte as it was.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from crm_cli import errors
from crm_cli.store.migrations import SCHEMA_VERSION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MINIMUM_SQLITE = (3, 37, 0)
"""STRICT tables came with this version."""

NETWORK_FILE_SYSTEMS = frozenset(
    {"nfs", "nfs4", "cifs", "smb", "smb2", "smb3", "smbfs", "afs", "ncpfs", "davfs", "fuse.sshfs"}
)
"""File systems on which a write-ahead log's shared memory does not work."""


def _application_id() -> int:
    return 0x43524D31


@contextlib.contextmanager
def translating(path: Path | None) -> Iterator[None]:
    """Turn an operational sqlite3 error into ours; programming errors pass as the bugs they are."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        translated = translate(error, path)
        if translated is None:
            raise
        raise translated from error


def translate(error: sqlite3.DatabaseError, path: Path | None) -> errors.CrmError | None:
    """Return our error for an operational one, or None for a fault of the program."""
    name = getattr(error, "sqlite_errorname", "") or ""
    where = str(path) if path is not None else "the store"
    table: tuple[tuple[str, type[errors.CrmError], str, str | None], ...] = (
        (
            "SQLITE_BUSY",
            errors.StoreLocked,
            f"{where} is locked by another process",
            "try again, or wait longer with --lock-timeout SECONDS",
        ),
        (
            "SQLITE_LOCKED",
            errors.StoreLocked,
            f"{where} is locked",
            "try again, or wait longer with --lock-timeout SECONDS",
        ),
        (
            "SQLITE_READONLY",
            errors.StoreReadOnly,
            f"{where} cannot be written",
            "check the permissions of the file and its folder, or name another with --db",
        ),
        (
            "SQLITE_PERM",
            errors.StoreReadOnly,
            f"{where} may not be opened",
            "check the permissions of the file and its folder",
        ),
        (
            "SQLITE_CANTOPEN",
            errors.StoreReadOnly,
            f"{where} cannot be opened",
            "check that its folder exists and may be written, or name another with --db",
        ),
        (
            "SQLITE_FULL",
            errors.StoreFull,
            f"the disk is full; nothing was written to {where}",
            "free some space and run the command again",
        ),
        (
            "SQLITE_IOERR",
            errors.StoreDamaged,
            f"reading or writing {where} failed ({name})",
            "check the disk, then run the command again",
        ),
        (
            "SQLITE_CORRUPT",
            errors.StoreDamaged,
            f"{where} is damaged: {error}",
            "restore a copy; keep the damaged file for recovery",
        ),
        (
            "SQLITE_NOTADB",
            errors.StoreForeign,
            f"{where} is not a database of this program",
            "name another file with --db",
        ),
        (
            "SQLITE_INTERRUPT",
            errors.Interrupted,
            "interrupted; nothing was written",
            None,
        ),
    )
    for prefix, kind, message, hint in table:
        if name.startswith(prefix):
            return kind(message, hint=hint)
    if "guard_holds" in str(error):
        return errors.Conflict(
            "the data changed while this command was at work; nothing was written",
            hint="run the command again",
        )
    return None


def open_reader(path: Path, *, timeout: float = 30.0) -> sqlite3.Connection | None:
    """Open an existing file for reading, or return None when there is none.

    Raises StoreForeign, StoreNewer, StoreDamaged, StoreLocked or StoreReadOnly. An older file
    is returned as it is; the caller migrates it (``needs_migration``).
    """
    with translating(path):
        if not _exists(path):
            return None
        connection = _connect(path, "ro", timeout)
        try:
            version = _identify(connection, path)
        except sqlite3.OperationalError as error:
            connection.close()
            if not _can_be_immutable(error, path):
                raise
            connection = _connect(path, "ro", timeout, immutable=True)
            version = _identify(connection, path)
        except BaseException:
            connection.close()
            raise
        if version == 0:
            connection.close()
            return None
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA query_only = ON")
        return connection


def schema_version(connection: sqlite3.Connection) -> int:
    """Return the schema version of an open file."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return int(version)


def open_writer(
    path: Path, *, timeout: float = 30.0, notify: Callable[[str], None] = lambda _: None
) -> sqlite3.Connection:
    """Open the file for writing, making or migrating it first.

    ``notify`` receives a sentence when a file was created or migrated. Raises what
    ``open_reader`` raises, and StoreReadOnly for a file system that cannot hold a WAL.
    """
    with translating(path):
        exists = _exists(path)
        version = 0
        if exists:
            probe = _connect(path, "ro", timeout)
            try:
                version = _identify(probe, path)
            except sqlite3.OperationalError as error:
                # Without write access to the folder SQLite cannot even read a WAL file here.
                if _can_be_immutable(error, path):
                    raise errors.StoreReadOnly(
                        f"{path} cannot be written",
                        hint="check the permissions of the file and its folder",
                    ) from error
                raise
            finally:
                probe.close()
        _refuse_network(path)
        if not exists:
            _make_folder(path.parent)
            _create_private(path)
        connection = _connect(path, "rw", timeout)
        try:
            if version < SCHEMA_VERSION:
                _upgrade(connection, path, version, notify)
            _set_up(connection)
        except BaseException:
            connection.close()
            raise
        return connection


def _upgrade(
    connection: sqlite3.Connection, path: Path, version: int, notify: Callable[[str], None]
) -> None:
    from crm_cli.store import migrate

    copy = None
    if version:
        copy = path.with_name(f"{path.name}.v{version}.bak")
        _copy_beside(connection, copy)
    migrate.migrate(connection, version)
    if copy is not None:
        notify(
            f"{path} was migrated from schema {version} to {SCHEMA_VERSION};"
            f" the old file is kept as {copy}"
        )


def _copy_beside(connection: sqlite3.Connection, copy: Path) -> None:
    _create_private(copy, replace=True)
    target = sqlite3.connect(copy)
    try:
        connection.backup(target)
    finally:
        target.close()


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
    connection = sqlite3.connect(uri, uri=True, timeout=timeout, isolation_level=None)
    connection.execute("PRAGMA mmap_size = 0")
    return connection


def open_memory() -> sqlite3.Connection:
    """Return an empty store in memory: what a reading command sees when there is no file."""
    from crm_cli.store import migrate

    connection = sqlite3.connect(":memory:", isolation_level=None)
    migrate.create_in_memory(connection)
    connection.execute("PRAGMA foreign_keys = ON")
    return connection


def _identify(connection: sqlite3.Connection, path: Path) -> int:
    """Return the schema version (0: an empty file) or raise StoreForeign or StoreNewer."""
    (application_id,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if application_id != _application_id():
        (objects,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        if application_id == 0 and version == 0 and objects == 0 and path.stat().st_size == 0:
            return 0
        raise errors.StoreForeign(
            f"{path} is a database of another program; it was left as it was",
            hint="name another file with --db",
        )
    if version > SCHEMA_VERSION:
        raise errors.StoreNewer(
            f"{path} has schema {version}, this program knows up to {SCHEMA_VERSION};"
            " it was left as it was",
            hint="upgrade the program (pipx upgrade crm-cli)",
        )
    return int(version)


def _exists(path: Path) -> bool:
    try:
        if path.is_dir():
            raise errors.StoreForeign(f"{path} is a folder", hint="name a file with --db")
        return path.exists()
    except PermissionError as error:
        raise errors.StoreReadOnly(
            f"{path} may not be looked at", hint="check the permissions of its folder"
        ) from error


def _can_be_immutable(error: sqlite3.OperationalError, path: Path) -> bool:
    name = getattr(error, "sqlite_errorname", "") or ""
    wal = path.with_name(path.name + "-wal")
    return (
        name.startswith(("SQLITE_CANTOPEN", "SQLITE_READONLY"))
        and not os.access(path.parent, os.W_OK)
        and not wal.exists()
    )


def _make_folder(folder: Path) -> None:
    try:
        if not folder.exists():
            folder.mkdir(mode=0o700, parents=True)
    except OSError as error:
        raise errors.StoreReadOnly(
            f"the folder {folder} cannot be made: {error.strerror}",
            hint="name another file with --db",
        ) from error


def _create_private(path: Path, *, replace: bool = False) -> None:
    flags = os.O_RDWR | os.O_CREAT | (os.O_TRUNC if replace else 0)
    try:
        os.close(os.open(path, flags, 0o600))
    except OSError as error:
        kind = errors.StoreFull if error.errno == 28 else errors.StoreReadOnly
        raise kind(
            f"{path} cannot be made: {error.strerror}", hint="name another file with --db"
        ) from error


def _refuse_network(path: Path) -> None:
    if not sys.platform.startswith("linux"):
        return
    target = str(path.absolute().parent.resolve())
    best, kind = "", ""
    try:
        mounts = Path("/proc/self/mounts").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return
    for line in mounts.splitlines():
        fields = line.split(" ")
        if len(fields) < 3:
            continue
        point = fields[1].replace("\\040", " ")
        inside = target == point or target.startswith(point.rstrip("/") + "/")
        if inside and len(point) >= len(best):
            best, kind = point, fields[2]
    if kind in NETWORK_FILE_SYSTEMS:
        raise errors.StoreReadOnly(
            f"{path} lies on a network file system ({kind}), where SQLite's write-ahead log"
            " does not work",
            hint="keep the store on a local disk (--db) and copy backups to the network",
        )


def needs_migration(connection: sqlite3.Connection) -> bool:
    """Say whether an open file has an older schema than this program's."""
    return schema_version(connection) < SCHEMA_VERSION
