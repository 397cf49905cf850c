"""Spreadsheets as tables: ``.xlsx``, ``.xlsm``, ``.xlsb``, ``.xls`` and ``.ods``.

Cells are read as the types they have and become the text that a CSV file would hold: days as
``2026-05-31``, numbers without an exponent; of a formula its last result. The library comes with
the extra ``excel`` and is loaded for spreadsheets only.
"""

from __future__ import annotations

import datetime as dt
import math
import re
import zipfile
from typing import TYPE_CHECKING, Any, cast

from crm_cli import errors
from crm_cli.exchange.refed import HOLDS_NUL, NUL_SIGN

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from python_calamine import CalamineSheet, CalamineWorkbook

    from crm_cli.exchange.source import Source
    from crm_cli.exchange.table import Block

MOST_CELLS = 25_000_000
"""The reader holds a sheet in memory, empty cells between filled ones too."""

LARGEST = 1 << 30
"""Bytes that the parts of a file may unpack to."""

_HEADER_WITHIN = 50
"""Rows in which the header is looked for: above it stand titles and dates of printing."""

_CELL = re.compile(rb'<(?:\w+:)?c\b[^>]*?\br="([A-Z]{1,3})([0-9]{1,7})"')
_BEYOND: tuple[str, str] = ("no-title", "cells of columns without a title were left out")


class SheetTable:
    """One sheet. Rows count as the spreadsheet counts them; the header is the first row that
    names most columns; a cell merged over several rows says the same in each of them."""

    delimiter = ","
    short_rows = 0
    rejects_ending = ".csv"

    def __init__(self, source: Source, sheet: str | None = None) -> None:
        self.source = source
        self.remarks: list[tuple[str, str, int]] = []
        self._sheet = _chosen(source, sheet)
        self._first = (self._sheet.start or (0, 0))[0] + 1
        self._fills = _merged_down(self._sheet)
        at, self.header = self._found_header()
        self._header_at = at
        while self.header and not self.header[-1]:
            self.header.pop()

    def rows(self) -> Generator[tuple[int, list[str], str | None]]:
        """Yield rows; see ``InputTable``."""
        self.remarks.clear()
        width = len(self.header)
        for at, values in enumerate(self._sheet.iter_rows()):
            if at <= self._header_at:
                continue
            cells = [cell_text(value) for value in values]
            if not any(cells):
                continue
            for column, top, bottom, text in self._fills:
                if top < at <= bottom:
                    cells[column] = cells[column] or text
            line = at + self._first
            kept = cells[:width] + [""] * (width - len(cells))
            if any(cells[width:]) or any(
                text and not title for text, title in zip(kept, self.header, strict=True)
            ):
                self.remarks.append((*_BEYOND, line))
            if not any(kept):
                continue
            if any("\0" in text for text in kept):
                yield line, [text.replace("\0", NUL_SIGN) for text in kept], HOLDS_NUL
            else:
                yield line, kept, None

    def blocks(self, size: int) -> Generator[Block]:
        """Yield rows in blocks; see ``InputTable``."""
        from crm_cli.exchange.table import gathered

        return gathered(self.rows(), size)

    def _found_header(self) -> tuple[int, list[str]]:
        """Return (index of its row, titles). Raises BadFile for an empty sheet."""
        first: list[tuple[int, Sequence[Any]]] = []
        for at, values in enumerate(self._sheet.iter_rows()):
            if any(cell_text(value).strip() for value in values):
                first.append((at, values))
            if len(first) == _HEADER_WITHIN:
                break
        if not first:
            raise errors.BadFile(
                f"{self.source.name}: the sheet {self._sheet.name!r} is empty",
                hint="name another one with --sheet",
            )
        filled = [sum(1 for value in values if cell_text(value).strip()) for _, values in first]
        enough = max(filled) / 2
        found = next(
            (
                row
                for row, count in zip(first, filled, strict=True)
                if count >= enough and all(isinstance(value, str) for value in row[1])
            ),
            first[0],
        )
        return found[0], [" ".join(cell_text(value).split()) for value in found[1]]


def cell_text(value: Any) -> str:
    """Return a cell's value as text: ``3011.0`` -> ``3011``, midnight -> the day alone."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, dt.datetime):
        if value.time() == dt.time():
            return value.date().isoformat()
        return value.replace(microsecond=0, tzinfo=None).isoformat(" ")
    if isinstance(value, dt.time):
        return value.replace(microsecond=0).isoformat()
    return "" if value is None else str(value)


def _number(value: float) -> str:
    """Return a number as a spreadsheet shows it: 15 digits, no exponent."""
    if not math.isfinite(value):
        return ""
    if value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    from decimal import Decimal

    return f"{Decimal(f'{value:.15g}'):f}"


# -- opening ------------------------------------------------------------------------------------


def _chosen(source: Source, wanted: str | None) -> CalamineSheet:
    workbook = _opened(source)
    from python_calamine import SheetTypeEnum, SheetVisibleEnum

    names = list(workbook.sheet_names)
    if wanted is not None:
        return _named(source, workbook, names, wanted)
    visible = [
        told.name
        for told in workbook.sheets_metadata
        if told.visible == SheetVisibleEnum.Visible and told.typ == SheetTypeEnum.WorkSheet
    ]
    filled = [name for name in visible or names if (_sheet(source, workbook, name).height)]
    if not filled:
        raise errors.BadFile(f"{source.name} has no sheet with anything in it")
    if len(filled) > 1:
        others = ", ".join(filled[1:])
        source.notices.append(
            f"{source.name}: only the sheet {filled[0]!r} was read (--sheet for {others})"
        )
    return _sheet(source, workbook, filled[0])


def _named(
    source: Source, workbook: CalamineWorkbook, names: Sequence[str], wanted: str
) -> CalamineSheet:
    folded = wanted.strip().casefold()
    for name in names:
        if name.strip().casefold() == folded:
            return _sheet(source, workbook, name)
    if wanted.isascii() and wanted.isdigit() and 1 <= int(wanted[:9]) <= len(names):
        return _sheet(source, workbook, names[int(wanted) - 1])
    raise errors.InvalidValue(
        f"{source.name} has no sheet {wanted!r}", hint=f"its sheets are {', '.join(names)}"
    )


def _opened(source: Source) -> CalamineWorkbook:
    try:
        from python_calamine import CalamineError, CalamineWorkbook
    except ImportError:
        raise errors.BadFile(
            f"{source.name} is a spreadsheet, and the reader for it is not installed",
            hint="install the extra: pip install 'crm-cli[excel]' - or save the sheet as CSV",
        ) from None
    _check_size(source)
    source.handle.seek(0)
    try:
        return CalamineWorkbook.from_filelike(source.handle)
    except (CalamineError, OSError, ValueError) as error:
        raise _unreadable(source, error) from None
    except BaseException as error:
        if _is_panic(error):
            raise _unreadable(source, "it is damaged") from None
        raise


def _sheet(source: Source, workbook: CalamineWorkbook, name: str) -> CalamineSheet:
    from python_calamine import CalamineError

    try:
        return workbook.get_sheet_by_name(name)
    except (CalamineError, OSError, ValueError) as error:
        raise _unreadable(source, error) from None
    except BaseException as error:
        if _is_panic(error):
            raise _unreadable(source, "it is damaged") from None
        raise


def _is_panic(error: BaseException) -> bool:
    """Say whether the reader gave up in a way of its own, which is no Exception."""
    return type(error).__name__ == "PanicException"


def _unreadable(source: Source, error: object) -> errors.BadFile:
    if "password" in str(error).lower():
        return errors.BadFile(
            f"{source.name} is protected by a password", hint="save it without one, or as CSV"
        )
    return errors.BadFile(
        f"{source.name} cannot be read as a spreadsheet: {error}", hint="save the sheet as CSV"
    )


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


def _check_size(source: Source) -> None:
    """Raise BadFile for a file that would not fit into memory."""
    source.handle.seek(0)
    if source.handle.read(2) != b"PK":
        return
    too_large = errors.BadFile(
        f"{source.name} is too large to be read as a spreadsheet", hint="save the sheet as CSV"
    )
    try:
        with zipfile.ZipFile(source.handle) as parts:
            if sum(part.file_size for part in parts.infolist()) > LARGEST:
                raise too_large
            for part in parts.infolist():
                if re.fullmatch(r"/?xl/worksheets/[^/]+\.xml", part.filename, re.IGNORECASE):
                    with parts.open(part) as stream:
                        if _cell_count(cast("Any", stream)) > MOST_CELLS:
                            raise too_large
    except (zipfile.BadZipFile, OSError, ValueError, RuntimeError, NotImplementedError, EOFError):
        return  # The reader says what is wrong.
    except Exception as error:
        if type(error).__module__ == "zlib":
            return
        raise


def _cell_count(stream: Any) -> int:
    """Return how many cells the smallest rectangle has that holds all cells of a sheet."""
    columns: set[bytes] = set()
    last, tail = 0, b""
    while chunk := stream.read(1 << 20):
        found = _CELL.findall(tail + chunk)
        columns.update(letters for letters, _ in found)
        last = max([last, *(int(row) for _, row in found)])
        tail = chunk[-200:]
    width = 0
    for letters in columns:
        number = 0
        for letter in letters:
            number = number * 26 + letter - 64
        width = max(width, number)
    return width * last


def _merged_down(sheet: CalamineSheet) -> list[tuple[int, int, int, str]]:
    """Return (column, first row, last row, text) of cells merged over several rows."""
    ranges = sheet.merged_cell_ranges or []
    row, column = sheet.start or (0, 0)
    wanted = {
        (top - row, left - column): bottom - row
        for (top, left), (bottom, _) in ranges
        if bottom > top >= row and left >= column
    }
    if not wanted:
        return []
    return [
        (at, top, wanted[top, at], cell_text(value))
        for top, values in enumerate(sheet.iter_rows())
        for at, value in enumerate(values)
        if (top, at) in wanted
    ]
