"""The reject file: rejected rows under the input's own header, with line, field and reason."""

from __future__ import annotations

import csv
import re
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from crm_cli import errors
from crm_cli.exchange.cells import guard
from crm_cli.exchange.columns import BOOKKEEPING, CARD_MARK
from crm_cli.exchange.output import placed
from crm_cli.exchange.table import DELIMITERS

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from crm_cli.exchange.table import InputTable

UNSAID = ("utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1252", "iso8859-1", "ascii")
"""Encodings that an import finds without being told."""

_HEADER_END = re.compile(rb"_line([^\w\r\n]{1,5})_field\1_reason\b")
"""The end of a header of ours, whatever stands between its cells."""
_CARD_MARKED = re.compile(rb"^%b:" % CARD_MARK.encode(), re.MULTILINE)


def default_path(source_name: str, ending: str = ".csv") -> Path:
    """Return where rejects go unless said: beside the input, those of a pipe in the working
    folder as ``stdin.rejects.csv``; those of cards end with ``.vcf``."""
    if source_name == "stdin" or not Path(source_name).is_file():
        return Path(f"stdin.rejects{ending}")
    return Path(f"{source_name}.rejects{ending}")


def check(named: str | None) -> None:
    """Raise InvalidValue for a name that is no file's."""
    if named == "-":
        raise errors.InvalidValue(
            "--rejects cannot be -: stdout carries the result", hint="name a file"
        )


def write(
    path: Path,
    table: InputTable,
    rows: Callable[[], Generator[tuple[int, list[str], str | None]]],
    rejected: Callable[[], Generator[tuple[int, str | None, str]]],
) -> None:
    """Write the rejected ones of the rows (sorted by line) that come from ``table``.

    Delimiter and encoding are the input's, so that the options which read that read this too.
    Where the encoding cannot be found without options, or cannot say a cell (such as the sign
    for a NUL byte), the file is UTF-8 and marked as such, which counts more than any option.
    Mode 0600, and in place only when complete. Raises StoreFull and OSError.
    """
    encoding = table.source.encoding
    if encoding in UNSAID:
        try:
            _write(path, table, rows, rejected, encoding)
        except UnicodeEncodeError:
            pass
        else:
            return
    _write(path, table, rows, rejected, "utf-8-sig")


def _write(
    path: Path,
    table: InputTable,
    rows: Callable[[], Generator[tuple[int, list[str], str | None]]],
    rejected: Callable[[], Generator[tuple[int, str | None, str]]],
    encoding: str,
) -> None:
    header = table.header
    kept = [at for at, title in enumerate(header) if title not in BOOKKEEPING]
    with (
        closing(rejected()) as reasons,
        closing(rows()) as all_rows,
        placed(path, encoding) as stream,
    ):
        wanted = next(reasons, None)
        if table.delimiter not in DELIMITERS:
            stream.write(f"sep={table.delimiter}\r\n")
        writer = csv.writer(stream, delimiter=table.delimiter)
        writer.writerow([guard(header[at]) for at in kept] + list(BOOKKEEPING))
        for line, cells, _ in all_rows:
            if wanted is None:
                break
            if line == wanted[0]:
                # A reason is for reading: what the encoding cannot say of it is a question mark.
                reason = wanted[2].encode(encoding, "replace").decode(encoding)
                writer.writerow([guard(cells[at]) for at in kept] + [line, wanted[1] or "", reason])
                wanted = next(reasons, None)


def is_ours(path: Path) -> bool:
    """Say whether a file looks like one written here, edited or not: its header ends with our
    columns, or one of its cards says why it was rejected."""
    if not path.is_file():  # a pipe would wait for somebody to write
        return False
    try:
        with path.open("rb") as stream:
            head = stream.read(1 << 16)
    except OSError:
        return False
    # Without its zero bytes UTF-16 reads as ASCII does; a program may have put quotes round.
    plain = head.replace(b"\0", b"")
    return bool(_HEADER_END.search(plain) or _CARD_MARKED.search(plain))


def digest(path: Path) -> str | None:
    """Return what tells a file's content from any other, None where there is no file."""
    from hashlib import file_digest

    if not path.is_file():
        return None
    with path.open("rb") as stream:
        return file_digest(stream, "sha256").hexdigest()


def set_aside(path: Path) -> Path:
    """Give a file (a link's own) a free name beside its old one, and return that: the name of an
    earlier one where that says the same, so that nightly runs do not pile them up."""
    target = path.resolve() if path.is_symlink() else path
    held = digest(target)
    number = 1
    while True:
        ending = ".edited" if number == 1 else f".edited-{number}"
        free = target.with_name(f"{target.stem}{ending}{target.suffix}")
        if not free.exists() or digest(free) == held:
            return target.replace(free)
        number += 1
