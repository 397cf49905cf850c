"""What the tables that leave lines of another one out have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from crm_cli.exchange.table import Block, InputTable

Row = tuple[int, list[str], str | None]
"""A line's number, its cells, and what is wrong with it."""


class PartOfTable:
    """A table without some lines of another, each remarked: see ``InputTable``. Who makes one
    says in ``rows`` which."""

    def __init__(self, table: InputTable) -> None:
        self._table = table
        self.source = table.source
        self.header: list[str] = table.header
        self.delimiter = table.delimiter
        self._left_out: list[tuple[str, str, int]] = []

    @property
    def rejects_ending(self) -> str:
        """Return the ending of a file of rejected rows."""
        return self._table.rejects_ending

    @property
    def short_rows(self) -> int:
        """Return how many rows lacked their last cell."""
        return self._table.short_rows

    @property
    def remarks(self) -> Sequence[tuple[str, str, int]]:
        """Return what was left out so far."""
        return [*self._table.remarks, *self._left_out]

    def rows(self) -> Generator[Row]:
        """Yield the rows that are left."""
        raise NotImplementedError

    def blocks(self, size: int) -> Generator[Block]:
        """Yield the same rows, up to ``size`` at a time."""
        from crm_cli.exchange.table import gathered

        yield from gathered(self.rows(), size)
