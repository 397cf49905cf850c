"""Rows as an ``.xlsx`` file: texts as texts, whatever they look like, days and numbers as such.

No cell is a formula. The library comes with the extra ``excel``.
"""

from __future__ import annotations

import datetime as dt
import re
import tempfile
from typing import TYPE_CHECKING, Any

from crm_cli import errors
from crm_cli.exchange.output import placed_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

NUMBERS = frozenset({"id", "price", "amount", "quantity"})
DAYS = frozenset({"on", "birthday"})
"""Columns whose cells can be reckoned with in the spreadsheet."""

LONGEST_CELL = 32_767
MOST_ROWS = 1_048_575
"""What a sheet can hold, the header apart."""

_EXACT = 15
"""Digits that a number of a spreadsheet keeps."""

_FIRST_YEAR = 1901
"""Earlier days are none in a spreadsheet: they stay text."""

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")


def check_installed() -> None:
    """Raise BadFile where the extra is missing."""
    try:
        import xlsxwriter  # noqa: F401
    except ImportError:
        raise errors.BadFile(
            "writing spreadsheets needs a library that is not installed",
            hint="install the extra: pip install 'crm-cli[excel]' - or export as CSV",
        ) from None


def write_sheet(
    path: Path, title: str, header: Sequence[str], rows: Iterable[Mapping[str, Any]]
) -> None:
    """Write a file with one sheet.

    Raises InvalidValue for what a sheet cannot hold (nothing is written), BadFile where the
    file cannot be written, StoreFull and OSError.
    """
    check_installed()
    import xlsxwriter
    from xlsxwriter.exceptions import FileCreateError

    try:
        with placed_bytes(path) as stream, tempfile.TemporaryDirectory() as folder:
            # One row at a time in memory; the parts are private and gone in any case.
            options = {"constant_memory": True, "tmpdir": folder}
            workbook = xlsxwriter.Workbook(stream, options)
            sheet = workbook.add_worksheet(title)
            try:
                _fill(workbook, sheet, header, rows)
            except BaseException:
                # Its rows wait in a file that only a finished workbook would close.
                waiting = getattr(sheet, "row_data_fh", None)
                if waiting is not None:
                    waiting.close()
                raise
            workbook.close()
    except FileCreateError as error:
        cause = error.args[0] if error.args else None
        raise cause if isinstance(cause, OSError) else OSError(str(error)) from None


def _fill(
    workbook: Workbook, sheet: Worksheet, header: Sequence[str], rows: Iterable[Mapping[str, Any]]
) -> None:
    bold = workbook.add_format({"bold": True})
    day = workbook.add_format({"num_format": "yyyy-mm-dd"})
    for column, name in enumerate(header):
        sheet.write_string(0, column, name, bold)
        sheet.set_column(column, column, 12, day if name in DAYS else None)
    sheet.freeze_panes(1, 0)
    for number, row in enumerate(rows, start=1):
        if number > MOST_ROWS:
            raise errors.InvalidValue(
                f"a sheet holds {MOST_ROWS} rows, and there are more",
                hint="export as CSV, or narrow it with --where",
            )
        for column, name in enumerate(header):
            _write_cell(sheet, number, column, name, row.get(name), day)


def _write_cell(sheet: Worksheet, row: int, column: int, name: str, value: Any, day: Any) -> None:
    if value is None or value == "":
        return
    if isinstance(value, bool):
        sheet.write_boolean(row, column, value)
        return
    text = str(value)
    if isinstance(value, int | float) or (name in NUMBERS and _NUMBER.fullmatch(text)):
        if sum(char.isdigit() for char in text) <= _EXACT:
            sheet.write_number(row, column, float(text))
            return
    elif name in DAYS and _DAY.fullmatch(text) and int(text[:4]) >= _FIRST_YEAR:
        sheet.write_datetime(row, column, dt.datetime.fromisoformat(text), day)
        return
    if len(text.encode("utf-16-le")) > LONGEST_CELL * 2:
        raise errors.InvalidValue(
            f"{name} in row {row + 1} is longer than the {LONGEST_CELL} signs of a cell",
            hint="export as CSV",
        )
    sheet.write_string(row, column, text)
