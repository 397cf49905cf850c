"""Writing an export to a file: whole or not at all, readable by its owner only."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from crm_cli import errors

if TYPE_CHECKING:
    from collections.abc import Iterable


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
