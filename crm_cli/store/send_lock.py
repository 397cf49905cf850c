"""One sender at a time: a lock of the operating system, which goes with its process.

The lock lies in a file of its own beside the store (0600). It is never removed: whoever waited
for a file that is gone would hold a lock that nobody else can see.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from typing import TYPE_CHECKING

from crm_cli import errors

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PAUSE = 0.1
"""Seconds between two looks at a lock that somebody else has."""


def path_of(store: Path) -> Path:
    """Return the lock's file: beside the file that the store's name leads to."""
    real = store.resolve()
    return real.with_name(f"{real.name}-sending")


@contextlib.contextmanager
def held(store: Path, timeout: float) -> Iterator[None]:
    """Hold the lock inside the block, waiting up to ``timeout`` seconds for it.

    Raises TryLater where somebody else keeps it, StoreReadOnly or StoreFull where the file
    cannot be made.
    """
    path = path_of(store)
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        kind = errors.StoreFull if error.errno == 28 else errors.StoreReadOnly
        raise kind(
            f"{path} cannot be made: {error.strerror}",
            hint="the lock of the sender lies beside the store; check the folder's permissions",
        ) from error
    try:
        _wait(descriptor, timeout)
        try:
            yield
        finally:
            _let_go(descriptor)
    finally:
        os.close(descriptor)


def _wait(descriptor: int, timeout: float) -> None:
    deadline = time.monotonic() + timeout
    while not _taken(descriptor):
        left = deadline - time.monotonic()
        if left <= 0:
            raise errors.TryLater(
                f"another crm remind send is at work (waited {timeout:g} s); nothing was sent",
                hint="what is due stays due; wait longer with --lock-timeout SECONDS",
            )
        time.sleep(min(PAUSE, left))


if sys.platform == "win32":

    def _taken(descriptor: int) -> bool:
        import msvcrt

        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _let_go(descriptor: int) -> None:
        import msvcrt

        # Windows lets go of what is closed in its own time.
        with contextlib.suppress(OSError):
            msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)

else:

    def _taken(descriptor: int) -> bool:
        import fcntl

        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _let_go(descriptor: int) -> None:
        """Do nothing: closing the file is enough."""


def is_held(store: Path) -> bool:
    """Say whether a sender is at work. Never makes the lock's file."""
    try:
        descriptor = os.open(path_of(store), os.O_RDWR)
    except OSError:
        return False
    try:
        if not _taken(descriptor):
            return True
        _let_go(descriptor)
        return False
    finally:
        os.close(descriptor)
