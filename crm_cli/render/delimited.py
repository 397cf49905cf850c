"""CSV and tab-separated text: exact data in flat rows."""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING, Any

from crm_cli.domain.values import safe
from crm_cli.render.shape import grid_of
from crm_cli.render.values import flat
from crm_cli.result import Record, Report, Table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from crm_cli.context import AppContext
    from crm_cli.result import Body

_BLOCK = 4096
_EXACT = {str, int, float, type(None)}
_FORMULA = re.compile(r"[=+\-@\t\r\n＝＋－＠]")
_HARMLESS = re.compile(r"[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|\+[\d ()./-]*\d")
_TSV = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def pieces(kind: str, body: Body, app: AppContext) -> Iterator[str]:
    r"""Yield the text in blocks. ``kind`` is ``csv`` (RFC 4180, CRLF) or ``tsv``.

    TSV writes tab, newline and backslash inside a value as ``\t``, ``\n``, ``\\``. On a
    terminal control characters are made visible; everywhere else the data is exact.
    """
    header, rows = _flat_rows(body, app)
    block = _csv if kind == "csv" else _tsv
    yield block([header], app)
    for start in range(0, len(rows), _BLOCK):
        yield block(rows[start : start + _BLOCK], app)


def _flat_rows(body: Body, app: AppContext) -> tuple[Sequence[str], Sequence[Sequence[Any]]]:
    if isinstance(body, Record):
        return list(body.values), [list(body.values.values())]
    if isinstance(body, Table | Report):
        grid = grid_of(body, app.options, people=False)
        return [column.key for column in grid.columns], grid.rows
    return [], []


def _columns(rows: Sequence[Sequence[Any]], app: AppContext) -> Iterator[Sequence[Any]]:
    """Yield the columns as values that a file can hold, defused and made safe where asked."""
    defuse = app.options.get("for_spreadsheet")
    for column in zip(*rows, strict=True):
        values: Sequence[Any] = column
        if not _EXACT.issuperset(map(type, column)):
            values = [value if type(value) in _EXACT else flat(value) for value in column]
        if defuse:
            values = [_defused(v) if isinstance(v, str) else v for v in values]
        if app.stdout_is_terminal:
            values = [safe(v, keep_newlines=True) if isinstance(v, str) else v for v in values]
        yield values


def _csv(rows: Sequence[Sequence[Any]], app: AppContext) -> str:
    text = io.StringIO(newline="")
    columns = _columns(rows, app)
    csv.writer(text, lineterminator="\r\n").writerows(zip(*columns, strict=True))
    return text.getvalue()


def _tsv(rows: Sequence[Sequence[Any]], app: AppContext) -> str:
    columns = [_tsv_cells(column) for column in _columns(rows, app)]
    return "".join("\t".join(row) + "\n" for row in zip(*columns, strict=True))


def _tsv_cells(column: Sequence[Any]) -> list[str]:
    cells = ["" if v is None else v if type(v) is str else str(v) for v in column]
    together = "".join(cells)
    if any(char in together for char in "\\\t\n\r"):
        return [cell.translate(_TSV) for cell in cells]
    return cells


def _defused(text: str) -> str:
    """Put an apostrophe before what a spreadsheet would run; numbers and phones stay."""
    if _FORMULA.match(text) and not _HARMLESS.fullmatch(text):
        return "'" + text
    return text
