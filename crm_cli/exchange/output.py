"""Writing to a file: whole or not at all, readable by its owner only, and never over the store."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from crm_cli import errors

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable
    from typing import Any, BinaryIO, TextIO

DISK_FULL = 28
"""ENOSPC, without loading errno."""


def refuse_same(target: str | Path, store: Path, *inputs: str | Path) -> None:
    """Raise InvalidValue where writing ``target`` would destroy the store or an input."""
    beside = [
        store,
        *(store.with_name(store.name + ending) for ending in ("-wal", "-shm", "-journal")),
    ]
    for path, what in [(path, "the store itself") for path in beside] + [
        (Path(path), "the input itself") for path in inputs
    ]:
        if _same(Path(target), path):
            raise errors.InvalidValue(
                f"{target} is {what}; nothing was written", hint="name another file"
            )


def _same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:  # one of them does not exist (yet)
        return one.absolute() == other.absolute()


def write_file(path: str, chunks: Iterable[str]) -> None:
    """Write text in UTF-8 to ``path``.

    Raises BadFile where the folder is missing or may not be written, StoreFull on a full disk.
    """
    try:
        with placed(Path(path)) as stream:
            stream.writelines(chunks)
    except OSError as error:
        raise errors.BadFile(
            f"{path} cannot be written: {error.strerror}",
            hint="check the name and the folder, or leave the name out to write to stdout",
        ) from None


@contextlib.contextmanager
def placed(path: Path, encoding: str = "utf-8") -> Generator[TextIO]:
    """Open a file for text: written beside its place, moved there when complete.

    A link is followed and stays a link; into a device or a pipe is written straight. Raises
    StoreFull on a full disk, and OSError.
    """
    with _placed(path, {"mode": "w", "encoding": encoding, "newline": ""}) as stream:
        yield stream


@contextlib.contextmanager
def placed_bytes(path: Path, permissions: int = 0o600) -> Generator[BinaryIO]:
    """As ``placed``, for bytes, and with permissions of its own."""
    with _placed(path, {"mode": "wb"}, permissions) as stream:
        yield stream


@contextlib.contextmanager
def _placed(path: Path, way: dict[str, Any], permissions: int = 0o600) -> Generator[Any]:
    try:
        if path.exists() and not path.is_file() and not path.is_dir():
            with path.open(**way) as stream:
                yield stream
            return
        target = path.resolve() if path.is_symlink() else path
        temporary = target.with_name(f".{target.name}.{os.getpid()}.part")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            with os.fdopen(descriptor, **way) as stream:
                yield stream
                stream.flush()
                os.fsync(stream.fileno())
            if permissions != 0o600:
                temporary.chmod(permissions)
            temporary.replace(target)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    except OSError as error:
        if error.errno == DISK_FULL:
            raise errors.StoreFull(
                f"the disk is full; {path} was not written",
                hint="free some space, or name a file on another disk",
            ) from None
        raise
