"""The reject file: rejected rows under the input's own header, with line, field and reason."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING

from crm_cli import errors
from crm_cli.exchange.cells import guard
from crm_cli.exchange.columns import BOOKKEEPING
from crm_cli.exchange.output import placed

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable


CARD_MARK = "X-CRM-REJECTED"
"""The property by which a file of rejected cards says why; read back, it says nothing."""


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
    header: list[str],
    rows: Generator[tuple[int, list[str], str | None]],
    rejected: Iterable[tuple[int, str | None, str]],
) -> int:
    """Write the rejected ones of ``rows`` (sorted by line) and return how many.

    The file is UTF-8 with commas, mode 0600, and in place only when it is complete. Raises
    BadFile rather than write over a file that is none of ours, StoreFull and OSError.
    """
    refuse_foreign(path)
    kept = [at for at, title in enumerate(header) if title not in BOOKKEEPING]
    reasons = iter(rejected)
    wanted = next(reasons, None)
    count = 0
    with placed(path) as stream:
        writer = csv.writer(stream)
        writer.writerow([guard(header[at]) for at in kept] + list(BOOKKEEPING))
        for line, cells, _ in rows:
            if wanted is None:
                break
            if line == wanted[0]:
                writer.writerow(
                    [guard(cells[at]) for at in kept] + [line, wanted[1] or "", wanted[2]]
                )
                count += 1
                wanted = next(reasons, None)
    return count


def refuse_foreign(path: Path) -> None:
    """Raise BadFile rather than write over a file that is none of ours."""
    if path.exists() and path.stat().st_size and not is_ours(path):
        raise errors.BadFile(
            f"{path} is there already and is no file of rejected rows; nothing was imported",
            hint="name another file with --rejects, or move that one away",
        )


def is_ours(path: Path) -> bool:
    """Say whether a file looks like one written here: its header ends with our columns, or its
    first card says why it was rejected."""
    if not path.is_file():  # a pipe would wait for somebody to write
        return False
    try:
        with path.open(encoding="utf-8") as stream:
            first = stream.readline(1 << 16).rstrip("\r\n")
            if first.upper() == "BEGIN:VCARD":
                first = stream.readline(1 << 16)
            return first.startswith(CARD_MARK) or first.endswith(",".join(BOOKKEEPING))
    except (OSError, UnicodeDecodeError):
        return False
