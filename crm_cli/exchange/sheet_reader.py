"""Reads one sheet of a spreadsheet from stdin and writes its rows as JSON Lines to stdout.

Run as a process of its own (``python -m crm_cli.exchange.sheet_reader [SHEET]``): the library
aborts its process over some damaged files, and takes memory for a whole sheet.

The first line is an object: ``header``, ``sheet``, ``others`` (further sheets with something in
them) and ``group`` (the first group of a board, see ``boards``), or ``problem`` and ``hint`` where
there is nothing to read, ``code`` 2 for a sheet that does not exist. The others are rows: ``[number
of the row, cells, whether there are cells beyond]``.
"""

from __future__ import annotations

import datetime as dt
import io
import json
import math
import re
import sys
import zipfile
from typing import TYPE_CHECKING, Any

from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from crm_cli.exchange.boards import is_board

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import BinaryIO

    from python_calamine import CalamineSheet

MOST_CELLS = 25_000_000
"""The library holds a sheet in memory, empty cells between filled ones too."""

LARGEST = 1 << 30
"""Bytes that the parts of a file may unpack to."""

MEMORY = 6 << 30
"""Bytes of address space of this process; a damaged file asks for any number of them."""

HEADER_WITHIN = 50
"""Rows in which the header is looked for: above it stand titles and dates of printing."""

AS_CSV = "save the sheet as CSV"
_CELL = re.compile(rb'<(?:\w+:)?c\b[^>]*?\br="([A-Z]{1,3})([0-9]{1,7})"')


class Unreadable(Exception):
    """Why there is nothing to read: the end of a sentence that begins with the file's name."""

    def __init__(self, problem: str, hint: str = AS_CSV, code: int = 6) -> None:
        super().__init__(problem)
        self.told = {"problem": problem, "hint": hint, "code": code}


def main() -> None:
    """Read stdin, write stdout."""
    _limit_memory()
    wanted = sys.argv[1] if len(sys.argv) > 1 else None
    content = io.BytesIO(sys.stdin.buffer.read())
    out = io.TextIOWrapper(sys.stdout.buffer, encoding="utf-8", newline="\n")
    try:
        _check_size(content)
        workbook = CalamineWorkbook.from_filelike(content)
        sheet, others = _chosen(workbook, wanted)
        _write(sheet, others, out)
    except Unreadable as error:
        out.write(json.dumps(error.told) + "\n")
    except (CalamineError, OSError, ValueError) as error:
        problem = f"cannot be read as a spreadsheet: {error}"
        told = {"problem": problem, "hint": AS_CSV, "code": 6}
        if "password" in str(error).lower():
            told["problem"] = "is protected by a password"
            told["hint"] = "save it without one, or as CSV"
        out.write(json.dumps(told) + "\n")
    out.flush()


def _limit_memory() -> None:
    try:
        import resource
    except ImportError:  # not on Windows
        return
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _write(sheet: CalamineSheet, others: Sequence[str], out: io.TextIOWrapper) -> None:
    first_row = (sheet.start or (0, 0))[0] + 1
    fills = _merged_down(sheet)
    header_at, header = _found_header(sheet)
    told = {
        "header": header, "sheet": sheet.name, "others": list(others),
        "group": _board_group(sheet, header_at, header),
    }  # fmt: skip
    out.write(json.dumps(told) + "\n")
    width = len(header)
    for at, values in enumerate(sheet.iter_rows()):
        if at <= header_at:
            continue
        cells = [cell_text(value) for value in values]
        if not any(cells):
            continue
        for column, top, bottom, text in fills:
            if top < at <= bottom:
                cells[column] = cells[column] or text
        kept = cells[:width] + [""] * (width - len(cells))
        beyond = any(cells[width:]) or any(
            text and not title for text, title in zip(kept, header, strict=True)
        )
        out.write(json.dumps([at + first_row, kept, beyond]) + "\n")


def _found_header(sheet: CalamineSheet) -> tuple[int, list[str]]:
    """Return (index of its row, titles)."""
    first: list[tuple[int, Sequence[Any]]] = []
    for at, values in enumerate(sheet.iter_rows()):
        if any(cell_text(value).strip() for value in values):
            first.append((at, values))
        if len(first) == HEADER_WITHIN:
            break
    if not first:
        raise Unreadable(f"has nothing in the sheet {sheet.name!r}", "name another with --sheet")
    filled = [sum(1 for value in values if cell_text(value).strip()) for _, values in first]
    found = next(
        (
            row
            for row, count in zip(first, filled, strict=True)
            if count >= max(filled) / 2 and all(isinstance(value, str) for value in row[1])
        ),
        first[0],
    )
    titles = [" ".join(cell_text(value).split()) for value in found[1]]
    while titles and not titles[-1]:
        titles.pop()
    return found[0], titles


def _board_group(sheet: CalamineSheet, header_at: int, header: Sequence[str]) -> str | None:
    """Return the name of a board's first group, which stands below the board's own and above the
    titles; None where the sheet is no board."""
    above: list[str] = []
    repeated = False
    for at, values in enumerate(sheet.iter_rows()):
        texts = [" ".join(cell_text(value).split()) for value in values]
        if at < header_at and any(texts):
            if any(texts[1:]):
                return None
            above.append(texts[0])
        repeated = repeated or (at > header_at and texts[: len(header)] == list(header))
        if at > header_at and (repeated or len(above) < 2):
            break
    if len(above) < 2 or not is_board(header, repeated=repeated):
        return None
    return above[-1]


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


# -- sheets -------------------------------------------------------------------------------------


def _chosen(workbook: CalamineWorkbook, wanted: str | None) -> tuple[CalamineSheet, list[str]]:
    """Return the sheet and the names of others that have something in them."""
    names = list(workbook.sheet_names)
    if wanted is not None:
        return workbook.get_sheet_by_name(_named(names, wanted)), []
    visible = [
        told.name
        for told in workbook.sheets_metadata
        if told.visible == SheetVisibleEnum.Visible and told.typ == SheetTypeEnum.WorkSheet
    ]
    filled = [name for name in visible or names if workbook.get_sheet_by_name(name).height]
    if not filled:
        raise Unreadable("has no sheet with anything in it", "check that it is the right file")
    return workbook.get_sheet_by_name(filled[0]), filled[1:]


def _named(names: Sequence[str], wanted: str) -> str:
    folded = wanted.strip().casefold()
    for name in names:
        if name.strip().casefold() == folded:
            return name
    if wanted.isascii() and wanted.isdigit() and 1 <= int(wanted[:9]) <= len(names):
        return names[int(wanted) - 1]
    raise Unreadable(f"has no sheet {wanted!r}", f"its sheets are {', '.join(names)}", 2)


def _check_size(content: BinaryIO) -> None:
    """Raise Unreadable for a file that would not fit into memory."""
    try:
        with zipfile.ZipFile(content) as parts:
            large = sum(part.file_size for part in parts.infolist()) > LARGEST
            for part in parts.infolist():
                if re.fullmatch(r"/?xl/worksheets/[^/]+\.xml", part.filename, re.IGNORECASE):
                    with parts.open(part) as stream:
                        large = large or _cell_count(stream) > MOST_CELLS
    except Exception:  # noqa: BLE001 - the library says what is wrong with the file
        large = False
    content.seek(0)
    if large:
        raise Unreadable("is too large to be read as a spreadsheet")


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


if __name__ == "__main__":
    main()
