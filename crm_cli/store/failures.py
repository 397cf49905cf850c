"""sqlite3's errors become ours here and nowhere else; so do Ctrl-C and SIGTERM inside SQLite."""

from __future__ import annotations

import contextlib
import sqlite3
from typing import TYPE_CHECKING, NamedTuple

from crm_cli import errors

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class _Meaning(NamedTuple):
    prefix: str
    kind: type[errors.CrmError]
    message: str
    hint: str | None


_WAIT = "try again, or wait longer with --lock-timeout SECONDS"
_MEANINGS = (
    _Meaning("SQLITE_BUSY", errors.StoreLocked, "{where} is locked by another process", _WAIT),
    _Meaning("SQLITE_LOCKED", errors.StoreLocked, "{where} is locked", _WAIT),
    _Meaning("SQLITE_PROTOCOL", errors.StoreLocked, "{where} is locked by another process", _WAIT),
    _Meaning(
        "SQLITE_READONLY",
        errors.StoreReadOnly,
        "{where} cannot be written",
        "check the permissions of the file and its folder, or name another with --db",
    ),
    _Meaning(
        "SQLITE_PERM",
        errors.StoreReadOnly,
        "{where} may not be opened",
        "check the permissions of the file and its folder",
    ),
    _Meaning(
        "SQLITE_CANTOPEN",
        errors.StoreReadOnly,
        "{where} cannot be opened",
        "check that its folder exists and may be written, or name another with --db",
    ),
    _Meaning(
        "SQLITE_FULL",
        errors.StoreFull,
        "the disk is full; nothing was written to {where}",
        "free some space and run the command again",
    ),
    # A file-size limit and a full shared-memory file come as failed writes, not as "full".
    *(
        _Meaning(
            f"SQLITE_IOERR_{step}",
            errors.StoreFull,
            "the disk takes no more ({name}); nothing was written to {where}",
            "free some space, look at the disk and its quota, and run the command again",
        )
        for step in ("WRITE", "TRUNCATE", "FSYNC", "DIR_FSYNC", "SHMSIZE", "SHMOPEN", "SHMMAP")
    ),
    _Meaning(
        "SQLITE_IOERR",
        errors.StoreDamaged,
        "reading {where} failed ({name})",
        "check the disk, then run the command again",
    ),
    _Meaning(
        "SQLITE_CORRUPT",
        errors.StoreDamaged,
        "{where} is damaged: {error}",
        "put a copy in its place, and keep the damaged file: much of it may be recovered",
    ),
    _Meaning(
        "SQLITE_NOTADB",
        errors.StoreForeign,
        "{where} is not a database of this program; it was left as it was",
        "name another file with --db",
    ),
)
"""By SQLite's (extended) error name; the first prefix that fits counts."""


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


def translate(error: sqlite3.Error, path: Path | None) -> errors.CrmError | None:
    """Return our error for an operational one, or None for a fault of the program."""
    name = getattr(error, "sqlite_errorname", "") or ""
    if name == "SQLITE_INTERRUPT":
        return _stop()
    where = str(path) if path is not None else "the store"
    for meaning in _MEANINGS:
        if name.startswith(meaning.prefix):
            text = meaning.message.format(where=where, name=name, error=error)
            return meaning.kind(text, hint=meaning.hint)
    if "guard_holds" in str(error):
        return errors.Conflict(
            "the data changed while this command was at work; nothing was written",
            hint="run the command again",
        )
    if "integer overflow" in str(error) or "REAL value in INTEGER" in str(error):
        return errors.InvalidValue(
            "amounts add up to more than can be counted; nothing was written",
            hint="look for one that is far too large: crm purchase list --sort -amount --limit 5",
        )
    return None


# -- stopping inside a statement --------------------------------------------------------------

_stopped_by: list[BaseException] = []
TICK = 100_000
"""Steps of SQLite's machine (some milliseconds) after which signals are looked at."""


def watch_signals(connection: sqlite3.Connection) -> None:
    """Let Ctrl-C and SIGTERM end a statement that runs long.

    Python handles signals between its own instructions, and a statement is none. The progress
    handler gives it some; a generator, because the signal strikes on entering the callback,
    where only a generator is already inside its ``try``.
    """
    ticks = _ticks()
    next(ticks)
    connection.set_progress_handler(ticks.__next__, TICK)


def _ticks() -> Iterator[int]:
    while True:
        try:
            yield 0
        except GeneratorExit:
            return
        except BaseException as stop:  # noqa: BLE001 - SQLite would swallow it; ``_stop`` tells it
            _stopped_by.append(stop)
            yield 1


def _stop() -> errors.Interrupted:
    stop = _stopped_by.pop() if _stopped_by else None
    if stop is None or isinstance(stop, KeyboardInterrupt):
        return errors.Interrupted("interrupted; nothing was written")
    return errors.Ended("terminated; nothing was written")
