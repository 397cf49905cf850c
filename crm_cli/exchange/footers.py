"""Reports with lines below their table: a title, who made it and when, a copyright. They are no
rows: they are left out, and counted in a remark."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crm_cli.exchange.part_of_table import PartOfTable

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from crm_cli.exchange.part_of_table import Row
    from crm_cli.exchange.table import InputTable

_TITLES = 5
"""How many lines may stand between the table and the first line known as a footer's."""


class FooterTable(PartOfTable):
    """A table without what stands below it. ``starts`` are how the lines of a footer begin; a
    line of one cell right above one of them is the report's title."""

    def __init__(self, table: InputTable, starts: Sequence[str]) -> None:
        super().__init__(table)
        self._starts = tuple(start.casefold() for start in starts)

    def rows(self) -> Generator[Row]:
        """Yield the rows above the footer, and below it those that are rows nevertheless."""
        self._left_out.clear()
        titles: list[Row] = []
        is_below = False
        for row in self._table.rows():
            if self._begins(row):
                for line, _, _ in (*titles, row):
                    self._leave_out(line)
                titles, is_below = [], True
            elif self._is_single(row):
                if is_below:
                    self._leave_out(row[0])
                    continue
                titles.append(row)
                if len(titles) > _TITLES:
                    yield titles.pop(0)
            else:
                yield from titles
                titles = []
                yield row
        yield from titles

    def _begins(self, row: Row) -> bool:
        cells = row[1]
        # A total has its sum beside it.
        return cells[0].strip().casefold().startswith(self._starts) and _filled(cells) <= 2

    def _is_single(self, row: Row) -> bool:
        """Say whether a row is a line of one cell; spreadsheets make every row as wide as others.

        A row of the table that fills one cell has separators for the others.
        """
        is_short = row[2] is not None or self.source.is_workbook
        return is_short and bool(row[1][0].strip()) and _filled(row[1]) == 1

    def _leave_out(self, line: int) -> None:
        text = "lines after the table (a report's title and footer) were left out"
        self._left_out.append(("footer", text, line))


def _filled(cells: Sequence[str]) -> int:
    return sum(1 for cell in cells if cell.strip())
