"""Writing to a file: whole or not at all, readable by its owner only, and never over the store."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from crm_cli import errors

if TYPE_CHECKING:
    from collections.abc import Iterable


def refuse_same(target: str | Path, store: Path, *inputs: str | Path) -> None:
    """Raise InvalidValue where writing ``target`` would destroy the store or an input."""
    beside = [store, *(store.with_name(store.name + ending) for ending in ("-wal", "-shm"))]
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
    """Write text in UTF-8 to a temporary file beside ``path`` and move it into place.

    Raises BadFile where the folder is missing or may not be written, StoreFull on a full disk.
    """
    target = Path(path)
    temporary = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as stream:
                stream.writelines(chunks)
                stream.flush()
                os.fsync(stream.fileno())
            temporary.replace(target)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    except OSError as error:
        if error.errno == 28:
            raise errors.StoreFull(f"the disk is full; {path} was not written") from None
        raise errors.BadFile(f"{path} cannot be written: {error.strerror}") from None
