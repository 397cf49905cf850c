"""Spreadsheets as tables: ``.xlsx``, ``.xlsm``, ``.xlsb``, ``.xls`` and ``.ods``.

Cells are read as the types they have and become the text that a CSV file would hold: days as
``2026-05-31``, numbers without an exponent; of a formula its last result. The library comes with
the extra ``excel`` and works in a process of its own (``sheet_reader``).
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import zipfile
from typing import TYPE_CHECKING, Any, BinaryIO

from crm_cli import errors
from crm_cli.exchange.refed import HOLDS_NUL, NUL_SIGN

if TYPE_CHECKING:
    from collections.abc import Generator

    from crm_cli.exchange.source import Source
    from crm_cli.exchange.table import Block

_BEYOND: tuple[str, str] = ("no-title", "cells of columns without a title were left out")


class SheetTable:
    """One sheet. Rows count as the spreadsheet counts them; the header is the first row that
    names most columns; a cell merged over several rows says the same in each of them."""

    delimiter = ","
    """Of the file of rejected rows, which is CSV and comes back with the options of this one."""
    short_rows = 0
    rejects_ending = ".csv"

    def __init__(self, source: Source, sheet: str | None = None) -> None:
        self.source = source
        self.remarks: list[tuple[str, str, int]] = []
        self._spool = _read(source, sheet)
        # The spool lives as long as the input that it stands for.
        source.spools.append(self._spool)
        told: dict[str, Any] = json.loads(self._spool.readline())
        if "problem" in told:
            kind = errors.InvalidValue if told["code"] == 2 else errors.BadFile
            raise kind(f"{source.name} {told['problem']}", hint=told["hint"])
        self.header: list[str] = told["header"]
        self.group: str = told["group"] or ""
        """The group that a board begins with; empty for any other sheet."""
        self._start = self._spool.tell()
        if told["others"]:
            source.notices.append(
                f"{source.name}: only the sheet {told['sheet']!r} was read"
                f" (--sheet for {', '.join(told['others'])})"
            )

    def rows(self) -> Generator[tuple[int, list[str], str | None]]:
        """Yield rows; see ``InputTable``."""
        self.remarks.clear()
        self._spool.seek(self._start)
        for raw in self._spool:
            line, cells, beyond = json.loads(raw)
            if beyond:
                self.remarks.append((*_BEYOND, line))
            if b"\\u0000" in raw and any("\0" in text for text in cells):
                yield line, [text.replace("\0", NUL_SIGN) for text in cells], HOLDS_NUL
            elif any(cells):
                yield line, cells, None

    def blocks(self, size: int) -> Generator[Block]:
        """Yield rows in blocks; see ``InputTable``."""
        from crm_cli.exchange.table import gathered

        return gathered(self.rows(), size)


def _read(source: Source, sheet: str | None) -> BinaryIO:
    """Return what ``sheet_reader`` says of a file, in an unnamed file of its own.

    Raises BadFile where the library is missing, or gives up.
    """
    from importlib.util import find_spec

    if find_spec("python_calamine") is None:
        raise errors.BadFile(
            f"{source.name} is a spreadsheet, and the reader for it is not installed",
            hint="install the extra: pip install 'crm-cli[excel]' - or save the sheet as CSV",
        )
    # -P: nothing is loaded from the working folder. The name of a sheet is one argument.
    command = [sys.executable, "-P", "-m", "crm_cli.exchange.sheet_reader"]
    spool = tempfile.TemporaryFile()  # noqa: SIM115 - the Source closes it
    try:
        source.handle.seek(0)
        done = subprocess.run(  # noqa: S603 - our own module, no shell
            [*command, *([] if sheet is None else [sheet])],
            stdin=source.handle, stdout=spool, stderr=subprocess.DEVNULL, check=False,
        )  # fmt: skip
        spool.seek(0)
        if done.returncode:
            raise errors.BadFile(
                f"{source.name} cannot be read as a spreadsheet: it is damaged or too large",
                hint="open it, save it anew, or save the sheet as CSV",
            )
    except BaseException:
        spool.close()
        raise
    return spool


def is_workbook(source: Source) -> bool:
    """Say whether a zip file is a spreadsheet and not another archive."""
    try:
        with zipfile.ZipFile(source.handle) as parts:
            names = parts.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, RuntimeError, NotImplementedError):
        return source.suffix in {".xlsx", ".xlsm", ".xlsb", ".ods"}
    finally:
        source.handle.seek(0)
    return any(name.startswith("xl/") or name == "content.xml" for name in names)
