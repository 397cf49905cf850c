"""Boards of monday, written as a sheet: the board's name, perhaps what it is for, then group after
group, each with its name, the titles again, and its rows. Below an item stand its subitems, with
titles of their own from the second column on; below a group may stand its sums.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from crm_cli.exchange.part_of_table import PartOfTable

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Sequence

    from crm_cli.exchange.part_of_table import Row
    from crm_cli.exchange.table import InputTable

GROUP = "Group"
"""The title of the column that says to which group a row belongs."""

_FIRST = "Name"
"""How the first column of a board is called."""
_SUBITEMS = "Subitems"
_ALWAYS = frozenset({_SUBITEMS, "Item ID", "Item ID (auto generated)"})
"""Titles that hardly anything but a board has."""

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


def is_board(titles: Sequence[str], *, repeated: bool) -> bool:
    """Say whether titles that others stand above are a board's; ``repeated`` tells that they come
    again further down."""
    return len(titles) > 2 and titles[0] == _FIRST and (repeated or not _ALWAYS.isdisjoint(titles))


class BoardTable(PartOfTable):
    """A board as a plain table."""

    def __init__(self, table: InputTable, first_group: str) -> None:
        super().__init__(table)
        self._first_group = first_group
        self.header = [*table.header, GROUP]

    @property
    def rejects_ending(self) -> str:
        """Return the ending of a file of rejected rows: they are no board."""
        return ".csv"

    def rows(self) -> Generator[Row]:
        """Yield the rows, each with its group's name; titles and names of groups are no rows."""
        self._left_out.clear()
        group, titles = self._first_group, self._table.header
        pending = None
        for row in self._table.rows():
            cells = [" ".join(cell.split()) for cell in row[1]]
            if cells == titles:
                group = pending[1][0].strip() if pending else group
                pending = None
                continue
            if pending:
                yield pending[0], [*pending[1], group], pending[2]
            pending = None
            if self._is_no_item(row[0], cells):
                continue
            if any(cells[1:]):
                yield row[0], [*row[1], group], row[2]
            else:
                pending = row  # A group's name, if titles follow.
        if pending:
            yield pending[0], [*pending[1], group], pending[2]

    def _is_no_item(self, line: int, cells: Sequence[str]) -> bool:
        """Say whether a row is a subitem, the titles of subitems, or the sums of a group: an item
        has a name. What is left out is remarked, titles apart."""
        if cells[0] == _SUBITEMS and len(cells) > 1 and cells[1] == _FIRST:
            return True
        if cells[0]:
            return False
        if len(cells) > 1 and cells[1]:
            text = "rows without a name in the first column (subitems) were left out"
            self._left_out.append(("subitem", text, line))
        else:
            text = "rows without a name (sums of a group) were left out"
            self._left_out.append(("sums", text, line))
        return True
