"""A tabular input: its header and its rows with their line numbers, whatever the bytes were.

``open_table`` gives a ``InputTable`` for CSV (any usual delimiter, line end and quoting), for
spreadsheets, and for JSON Lines and vCards, which are laid flat into the columns of our own CSV
layout.
"""

from __future__ import annotations

import csv
from itertools import islice
from typing import TYPE_CHECKING, Protocol

from crm_cli import errors
from crm_cli.exchange import boards
from crm_cli.exchange.cells import restore
from crm_cli.exchange.columns import CARD_MARK
from crm_cli.exchange.refed import HOLDS_NUL, NUL_SIGN, is_refed, still_bad

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence
    from typing import TextIO

    from crm_cli.exchange.source import Source

DELIMITERS = (",", ";", "\t", "|")
CARD_ENDINGS = frozenset({".vcf", ".vcard"})
LONGEST_CELL = 1 << 20
"""Characters; what is longer is an open quote and not a note."""

_SAMPLE_CHARS = 1 << 16


Block = tuple["Sequence[int]", list[list[str]], list[str | None] | None]
"""Some rows at once: their lines, their cells, and their problems where any has one."""


class InputTable(Protocol):
    """Rows under a header. ``rows`` may be called again and starts over."""

    source: Source
    header: list[str]
    delimiter: str

    @property
    def short_rows(self) -> int:
        """How many rows lacked their last cell so far."""

    @property
    def rejects_ending(self) -> str:
        """The ending of a file of rejected rows: ``.csv``, or ``.vcf`` for cards."""

    @property
    def remarks(self) -> Sequence[tuple[str, str, int]]:
        """What was left out so far: (kind, message, line)."""

    def rows(self) -> Generator[tuple[int, list[str], str | None]]:
        """Yield (physical line, one cell a column, None or why the row cannot be used)."""

    def blocks(self, size: int) -> Generator[Block]:
        """Yield the same rows, up to ``size`` at a time."""


def gathered(rows: Generator[tuple[int, list[str], str | None]], size: int) -> Generator[Block]:
    """Yield blocks of rows."""
    while chunk := list(islice(rows, size)):
        problems = [problem for _, _, problem in chunk]
        yield (
            [line for line, _, _ in chunk], [cells for _, cells, _ in chunk],
            problems if any(problems) else None,
        )  # fmt: skip


def open_table(
    source: Source, delimiter: str | None = None, sheet: str | None = None
) -> InputTable:
    """Return the table in a source; ``sheet`` names one of a spreadsheet's.

    Raises BadFile and InvalidValue (a delimiter, a sheet).
    """
    sign = _check_delimiter(delimiter)
    if source.is_workbook:
        from crm_cli.exchange.sheets import SheetTable

        book = SheetTable(source, sheet)
        book.delimiter = sign or ","
        return boards.BoardTable(book, book.group) if book.group else book
    if sheet is not None:
        # The rejected rows of a spreadsheet stand in a CSV file and come back with its options.
        rejected = CsvTable(source, sign)
        if is_refed(rejected.header):
            return rejected
        raise errors.InvalidValue(
            f"{source.name} is no spreadsheet and has no sheets", hint="leave --sheet out"
        )
    from crm_cli.exchange import json_lines

    if source.suffix in CARD_ENDINGS or (delimiter is None and looks_like_cards(source)):
        from crm_cli.exchange.vcard_table import VcardTable

        return VcardTable(source)
    if source.suffix in {".jsonl", ".ndjson", ".json"} or (
        delimiter is None and json_lines.looks_like_json(source)
    ):
        lines = json_lines.JsonTable(source)
        lines.delimiter = sign or ","
        return lines
    table = CsvTable(source, sign)
    return boards.BoardTable(table, table.group) if table.group else table


def looks_like_cards(source: Source) -> bool:
    """Say whether the text begins with a vCard."""
    with source.text() as text:
        head = text.read(4096).lstrip("\ufeff \t\r\n")
    return head[:11].upper() == "BEGIN:VCARD" or head.startswith(CARD_MARK)


def _check_delimiter(text: str | None) -> str | None:
    if text is None:
        return None
    named = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|"}
    sign = named.get(text.lower(), text)
    if len(sign) != 1 or sign in '"\r\n\0':
        raise errors.InvalidValue(
            f"{text!r} is not a delimiter", hint='write one character, or "tab"'
        )
    return sign


class CsvTable:
    """CSV as people and programs write it. Quoting is read strictly: an open quote is an error
    of its line, never a row that swallows the next ones."""

    rejects_ending = ".csv"
    remarks: Sequence[tuple[str, str, int]] = ()

    def __init__(self, source: Source, delimiter: str | None) -> None:
        self.source = source
        self.short_rows = 0
        self.group = ""
        csv.field_size_limit(LONGEST_CELL)
        with source.text() as text:
            sample = text.read(_SAMPLE_CHARS)
        self._skip = 0
        declared = _declared_delimiter(sample)
        if declared is not None:
            self._skip = 1
            sample = sample.split("\n", 1)[1] if "\n" in sample else sample.partition("\r")[2]
        self.delimiter = delimiter or declared or best_delimiter(sample)
        self.header, self._header_lines = self._read_header()

    def _read_header(self) -> tuple[list[str], int]:
        with self.source.text() as text:
            self._drop_declaration(text)
            reader = csv.reader(text, delimiter=self.delimiter, strict=True)
            filled = (
                (cells, reader.line_num) for cells in reader if any(cell.strip() for cell in cells)
            )
            try:
                first = next(filled, None)
                if first is not None and sum(1 for cell in first[0] if cell.strip()) == 1:
                    first = self._below_titles(first, filled)
                if first is not None:
                    cells, line = first
                    while not cells[-1].strip() and len(cells) > 1:
                        cells.pop()
                    return [restore(cell.strip()) for cell in cells], line
            except csv.Error as error:
                raise errors.BadFile(
                    f"{self.source.name}: the header row cannot be read ({error})",
                    hint="a quote may be open in it",
                ) from None
        raise errors.BadFile(
            f"{self.source.name} has no header row", hint="its first row must name the columns"
        )

    def _below_titles(
        self, first: tuple[list[str], int], rest: Iterator[tuple[list[str], int]]
    ) -> tuple[list[str], int]:
        """Return the row of titles where a board's name stands above it, else the first row."""
        top = [first]
        try:
            top.extend(islice(rest, boards.SEARCHED))
        except csv.Error:
            return first
        at = boards.header_row([cells for cells, _ in top])
        self.group = top[at - 1][0][0].strip() if at else ""
        return top[at]

    def _drop_declaration(self, text: TextIO) -> None:
        for _ in range(self._skip):
            text.readline()

    def rows(self) -> Generator[tuple[int, list[str], str | None]]:
        """Yield rows; see ``InputTable``. Rows without any cell filled are passed over."""
        checked = self._parsed()
        if self.source.has_nul:
            checked = _without_nul(checked)
        if self.source.has_guarded:
            checked = _restored(checked)
        return still_bad(checked) if is_refed(self.header) else checked

    def blocks(self, size: int) -> Generator[Block]:
        """Yield rows in blocks; see ``InputTable``. Where every row is one line and as wide as
        the header, little more is done than parsing."""
        if self.source.has_nul or self.source.has_guarded or is_refed(self.header):
            yield from gathered(self.rows(), size)
            return
        width = len(self.header)
        self.short_rows = 0
        with self.source.text() as text:
            self._drop_declaration(text)
            reader = csv.reader(text, delimiter=self.delimiter, strict=True)
            while reader.line_num < self._header_lines:
                next(reader)
            while True:
                done = reader.line_num
                chunk: list[list[str]] = []
                try:
                    chunk.extend(islice(reader, size))
                except csv.Error:
                    break
                if not chunk:
                    return
                if reader.line_num - done != len(chunk):
                    break
                if set(map(len, chunk)) != {width} or not all(map(any, chunk)):
                    break
                yield range(done + self._skip + 1, done + self._skip + 1 + len(chunk)), chunk, None
        yield from gathered(self._careful(done, width), size)

    def _parsed(self) -> Generator[tuple[int, list[str], str | None]]:
        width = len(self.header)
        self.short_rows = 0
        with self.source.text() as text:
            self._drop_declaration(text)
            reader = csv.reader(text, delimiter=self.delimiter, strict=True)
            for _ in reader:
                if reader.line_num >= self._header_lines:
                    break
            done = reader.line_num
            try:
                for cells in reader:
                    line = done + 1
                    done = reader.line_num
                    if len(cells) == width:
                        if any(cells):
                            yield line + self._skip, cells, None
                    elif any(cells):
                        yield line + self._skip, *self._fitted(cells, width)
            except csv.Error:
                pass
            else:
                return
        # Something is wrong with the quotes: from here on with the lines of each row at hand.
        yield from self._careful(done, width)

    def _careful(self, done: int, width: int) -> Generator[tuple[int, list[str], str | None]]:
        with self.source.text() as text:
            self._drop_declaration(text)
            lines = _Lines(islice(text, done, None), done + self._skip)
            while True:
                reader = csv.reader(lines, delimiter=self.delimiter, strict=True)
                try:
                    for cells in reader:
                        line = lines.take()
                        if any(cells):
                            if len(cells) == width:
                                yield line, cells, None
                            else:
                                yield line, *self._fitted(cells, width)
                except csv.Error as error:
                    line, first = lines.reject_first(keep_rest=width > 1)
                    reason = _quote_problem(error)
                    for offset, raw in enumerate(first):
                        bare = raw.rstrip("\r\n")
                        if bare:
                            yield line + offset, _padded([bare], width), reason
                else:
                    return

    def _fitted(self, cells: list[str], width: int) -> tuple[list[str], str | None]:
        """One cell short at the end is an empty last cell; other widths are somebody's error."""
        if len(cells) > width:
            if not any(cell.strip() for cell in cells[width:]):
                return cells[:width], None
            reason = f"has {len(cells)} cells, the header {width}"
            rest = self.delimiter.join(cells[width - 1 :])
            return [*cells[: width - 1], rest], reason
        if len(cells) == width - 1:
            self.short_rows += 1
            return [*cells, ""], None
        reason = f"has {len(cells)} cells, the header {width}"
        return _padded(cells, width), reason


def _padded(cells: list[str], width: int) -> list[str]:
    return cells + [""] * (width - len(cells))


class _Lines:
    """Hands out lines, remembers those of the row being read, and takes some back."""

    def __init__(self, lines: Iterator[str], done: int) -> None:
        self._lines = lines
        self._back: list[str] = []
        self._pending: list[str] = []
        self._done = done

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._back.pop() if self._back else next(self._lines)
        self._pending.append(line)
        return line

    def take(self) -> int:
        """Return the first line number of the row just read."""
        first = self._done + 1
        self._done += len(self._pending)
        self._pending.clear()
        return first

    def reject_first(self, *, keep_rest: bool) -> tuple[int, list[str]]:
        """Return (line number, lines) of the row that failed: its first line, or with
        ``keep_rest`` false all of it; what is left is read again."""
        count = 1 if keep_rest else len(self._pending)
        rejected, rest = self._pending[:count], self._pending[count:]
        first = self._done + 1
        self._done += count
        self._pending = []
        self._back += reversed(rest)
        return first, rejected


def _quote_problem(error: csv.Error) -> str:
    text = str(error)
    if "expected after" in text:
        return "a quote ends inside a cell (write a quote within quotes twice)"
    if "field limit" in text:
        return f"a cell is longer than {LONGEST_CELL} characters: a quote may be open"
    return "a quote is opened and never closed"


def _without_nul(
    rows: Generator[tuple[int, list[str], str | None]],
) -> Generator[tuple[int, list[str], str | None]]:
    for line, cells, problem in rows:
        if any("\0" in cell for cell in cells):
            yield line, [cell.replace("\0", NUL_SIGN) for cell in cells], HOLDS_NUL
        else:
            yield line, cells, problem


def _restored(
    rows: Generator[tuple[int, list[str], str | None]],
) -> Generator[tuple[int, list[str], str | None]]:
    for line, cells, problem in rows:
        yield line, [restore(cell) if cell[:1] == "'" else cell for cell in cells], problem


def _declared_delimiter(sample: str) -> str | None:
    """Excel's first line ``sep=;`` names the delimiter."""
    first = sample.split("\n", 1)[0].split("\r", 1)[0].strip().strip('"')
    if first.lower().startswith("sep=") and len(first) in {4, 5}:
        return first[4:] or "\t"
    return None


def best_delimiter(sample: str) -> str:
    """Return the delimiter under which most rows are as wide as the header.

    The widest wins where several fit equally well; a file of one column has a comma.
    """
    complete = len(sample) < _SAMPLE_CHARS
    best, choice = (0.0, 1), ","
    for delimiter in DELIMITERS:
        widths: list[int] = []
        try:
            # Not strict: one bad quote must not hide the delimiter.
            reader = csv.reader(sample.splitlines(keepends=True), delimiter=delimiter)
            widths.extend(len(cells) for cells in reader if any(cells))
        except csv.Error:
            pass
        if not complete and len(widths) > 1:
            widths.pop()
        if not widths or widths[0] < 2:
            continue
        fitting = sum(width == widths[0] for width in widths) / len(widths)
        score = (round(fitting, 2), widths[0])
        if score > best:
            best, choice = score, delimiter
    return choice
