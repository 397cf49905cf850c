"""Boards of monday, written as a sheet: the board's name, then group after group, each with its
name, the titles again, and its rows.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Sequence

    from crm_cli.exchange.table import Block, InputTable

GROUP = "Group"
"""The title of the column that says to which group a row belongs."""

_FIRST = "Name"
"""How the first column of a board is called."""
SEARCHED = 5
"""How many rows may stand above the titles."""


def header_row(rows: Iterable[Sequence[str]]) -> int:
    """Return which of the first rows (of those with a filled cell) has the titles: 0, unless a
    board's name and a group's name stand above."""
    for at, cells in enumerate(islice(rows, SEARCHED + 1)):
        filled = sum(1 for cell in cells if cell.strip())
        if filled > 1:
            return at if at and cells[0].strip() == _FIRST and filled > 2 else 0
    return 0


class BoardTable:
    """A board as a plain table: see ``InputTable``."""

    rejects_ending = ".csv"

    def __init__(self, table: InputTable, first_group: str) -> None:
        self._table = table
        self._first_group = first_group
        self.source = table.source
        self.header = [*table.header, GROUP]
        self.delimiter = table.delimiter

    @property
    def short_rows(self) -> int:
        """Return how many rows lacked their last cell."""
        return self._table.short_rows

    @property
    def remarks(self) -> Sequence[tuple[str, str, int]]:
        """Return what was left out so far."""
        return self._table.remarks

    def rows(self) -> Generator[tuple[int, list[str], str | None]]:
        """Yield the rows, each with its group's name; titles and names of groups are no rows."""
        group, titles = self._first_group, self._table.header
        pending = None
        for row in self._table.rows():
            cells = row[1]
            if [cell.strip() for cell in cells] == titles:
                group = pending[1][0].strip() if pending else group
                pending = None
                continue
            if pending:
                yield pending[0], [*pending[1], group], pending[2]
            pending = None
            if any(cells[1:]):
                yield row[0], [*cells, group], row[2]
            else:
                pending = row  # A group's name, if titles follow.
        if pending:
            yield pending[0], [*pending[1], group], pending[2]

    def blocks(self, size: int) -> Generator[Block]:
        """Yield the same rows, up to ``size`` at a time."""
        from crm_cli.exchange.table import gathered

        yield from gathered(self.rows(), size)
