"""A page for people: headings, aligned tables and fields, the same with and without colour.

``page`` turns a body into blocks of safe, padded text that fit the width; ``text`` joins them
and ``terminal`` colours them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from crm_cli.domain.values import safe
from crm_cli.render.shape import Grid, grid_of
from crm_cli.render.values import RIGHT, for_people, padded, wrapped
from crm_cli.render.values import width as cells_wide
from crm_cli.result import Column, Kind, Record, Report, Table

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import tzinfo

    from crm_cli.result import Body

GAP = 2
_NARROWEST = 8
_SHRINKS = frozenset({Kind.TEXT, Kind.LIST})


class Paper(NamedTuple):
    """What a page is written on. ``width`` None: never cut or wrapped.

    ``bar`` is the character bars are made of; ``zone`` is asked only where there are instants.
    """

    width: int | None
    zone: Callable[[], tzinfo | None]
    options: Mapping[str, Any] = {}
    bar: str = "#"


class Heading(NamedTuple):
    """A line above what follows."""

    text: str


class Note(NamedTuple):
    """Lines below a table."""

    lines: list[str]


class Fields(NamedTuple):
    """Names and values of a record, one line each or continued below."""

    lines: list[tuple[str, str]]


class Cards(NamedTuple):
    """Lines of texts, each with what it is: ``head``, ``id``, ``aside``, ``alarm`` or nothing."""

    lines: list[list[tuple[str, str]]]


class Sheet:
    """A table as padded cells by column: ``heads`` lines of heading first, the footer last.

    ``shades`` holds for a heat map's columns the rate behind each cell below the heading;
    ``bars`` is the column of bars; ``below`` holds for each row below the heading the lines that
    stand under it.
    """

    __slots__ = (
        "bars", "below", "cells", "columns", "gap", "has_footer", "heads", "open_cells", "shades",
    )  # fmt: skip

    def __init__(
        self, columns: list[Column], cells: list[list[str]], heads: int, gap: int, grid: Grid
    ) -> None:
        self.columns = columns
        self.cells = cells
        self.heads = heads
        self.gap = gap
        self.has_footer = grid.footer is not None
        self.shades: dict[int, list[float | None]] = {}
        self.open_cells = grid.open_cells
        self.bars: int | None = None
        self.below: list[list[str]] = []

    def under(self, number: int) -> list[str]:
        """Return the lines under a line of the sheet."""
        row = number - self.heads
        return self.below[row] if 0 <= row < len(self.below) else []


Block = Heading | Note | Fields | Sheet | Cards


def page(body: Body, paper: Paper) -> list[Block]:
    """Return the blocks of a body; an empty table has none."""
    if isinstance(body, Table):
        grid = grid_of(body, paper.options, people=True)
        if not grid.rows:
            return []
        return table_blocks(grid, paper, computed=body.is_computed)
    if isinstance(body, Record):
        from crm_cli.render.record_page import blocks_of

        return blocks_of(body, paper)
    if isinstance(body, Report):
        from crm_cli.render.report_page import blocks_of as blocks_of_report

        return blocks_of_report(body, paper)
    return []


# -- tables ---------------------------------------------------------------------------------------


def table_blocks(grid: Grid, paper: Paper, *, computed: bool = False) -> list[Block]:
    """Return a table, and what was left out of it."""
    below = _taken_below(grid, paper)
    sheet, missing = fitted(grid, column_texts(grid, paper, computed=computed), paper)
    sheet.below = below
    return [sheet, *missing_note(missing, paper)]


INDENT = 4


def _taken_below(grid: Grid, paper: Paper) -> list[list[str]]:
    """Take the columns out of a grid that stand below its rows, and return their lines; nothing
    on paper without a width, where a column may be as wide as its text."""
    places = [at for at, column in enumerate(grid.columns) if column.is_below]
    if paper.width is None or not places:
        return []
    kept = [at for at in range(len(grid.columns)) if at not in places]
    lines = []
    for row in grid.rows:
        texts = [safe(str(row[at])) for at in places if row[at]]
        cut = [line for text in texts for line in wrapped(text, paper.width - INDENT)]
        lines.append([" " * INDENT + line for line in cut])
    grid.columns = [grid.columns[at] for at in kept]
    grid.rows = [[row[at] for at in kept] for row in grid.rows]
    return lines


def column_texts(grid: Grid, paper: Paper, *, computed: bool) -> list[list[str]]:
    """Return the columns as people read them, heading first, footer last."""
    rows = grid.rows if grid.footer is None else [*grid.rows, grid.footer]
    columns = zip(*rows, strict=True) if rows else [()] * len(grid.columns)
    return [
        [column.label, *for_people(values, column.kind, zone=paper.zone, computed=computed)]
        for column, values in zip(grid.columns, columns, strict=True)
    ]


def fitted(
    grid: Grid, texts: list[list[str]], paper: Paper, *, gap: int = GAP, reserve: int = 0
) -> tuple[Sheet, list[str]]:
    """Pad the columns; where the paper has a width, shorten text and leave out what is beyond.

    Columns that are empty go first, and without a word, but where columns were asked for by
    name. ``reserve`` cells stay free at the right. Returns the sheet and the labels of what was
    left out.
    """
    labels = [cells[:1] for cells in texts]
    kept = list(range(len(texts)))
    limits: list[int | None] = [None] * len(texts)
    if paper.width is not None:
        bodies = [max((cells_wide(safe(cell)) for cell in cells[1:]), default=0) for cells in texts]
        available = paper.width - reserve
        sizes = _sizes(labels, bodies)
        if sum(sizes) + gap * (len(sizes) - 1) > available:
            labels = [
                _on_two_lines(label[0], size) for label, size in zip(labels, bodies, strict=True)
            ]
            sizes = _sizes(labels, bodies)
            if any(bodies) and not paper.options.get("columns"):
                kept = [i for i, body in enumerate(bodies) if body]
        kept, widths = _fit(kept, sizes, grid.columns, available, gap)
        limits = list(widths)
    heads = max((len(labels[i]) for i in kept), default=1)
    place = {old: new for new, old in enumerate(kept)}
    sheet = Sheet(
        [grid.columns[i] for i in kept],
        [
            padded(
                [*[""] * (heads - len(labels[i])), *labels[i], *texts[i][1:]],
                right=grid.columns[i].kind in RIGHT,
                limit=limit,
            )
            for i, limit in zip(kept, limits, strict=True)
        ],
        heads,
        gap,
        grid,
    )
    sheet.open_cells = frozenset((r, place[c]) for r, c in grid.open_cells if c in place)
    named = bool(paper.options.get("columns"))
    left_out = [i for i in range(len(texts)) if i not in place and (named or any(texts[i][1:]))]
    return sheet, [grid.columns[i].label for i in left_out]


def _sizes(labels: list[list[str]], bodies: list[int]) -> list[int]:
    return [
        max(body, *(cells_wide(safe(line)) for line in label))
        for label, body in zip(labels, bodies, strict=True)
    ]


def _on_two_lines(label: str, size: int) -> list[str]:
    """Break a heading that is wider than its column, at the blank nearest to the middle."""
    words = label.split()
    if len(words) < 2 or len(label) <= size:
        return [label]
    halves = [(" ".join(words[:n]), " ".join(words[n:])) for n in range(1, len(words))]
    return list(min(halves, key=lambda pair: max(map(len, pair))))


def _fit(
    kept: list[int], sizes: list[int], columns: Sequence[Column], available: int, gap: int
) -> tuple[list[int], list[int]]:
    """Choose the columns that fit, of those kept so far, and their widths.

    The widest text columns give way first, down to eight cells, or as many as a column asks for;
    then columns are left out from the right, the first two never.
    """
    kept = list(kept)
    least = [min(size, column.least) if column.kind in _SHRINKS else size
             for size, column in zip(sizes, columns, strict=True)]  # fmt: skip
    needed = sum(least[i] + gap for i in kept) - gap
    while needed > available and len(kept) > 2:
        needed -= least[kept.pop()] + gap
    chosen = [sizes[i] for i in kept]
    soft = [n for n, i in enumerate(kept) if columns[i].kind in _SHRINKS]
    floors = [columns[i].least for i in kept]
    _shrink(chosen, floors, soft, sum(chosen) + gap * (len(kept) - 1) - available)
    floors = [_NARROWEST] * len(kept)
    _shrink(chosen, floors, soft, sum(chosen) + gap * (len(kept) - 1) - available)
    return kept, chosen


def _shrink(widths: list[int], floors: list[int], soft: Sequence[int], excess: int) -> None:
    """Take cells off the widest columns of ``soft``, in place, until ``excess`` is gone or each is
    down to its floor."""
    while excess > 0:
        giving = [n for n in soft if widths[n] > floors[n]]
        if not giving:
            return
        # All of the widest at once, down to the next: a cell may hold a megabyte.
        widest = max(widths[n] for n in giving)
        tied = [n for n in giving if widths[n] == widest]
        next_ones = (widths[n] for n in giving if widths[n] < widest)
        below = max(*(floors[n] for n in tied), *next_ones, 0)
        taken = min((widest - below) * len(tied), excess)
        each, rest = divmod(taken, len(tied))
        for at, n in enumerate(tied):
            widths[n] -= each + (at < rest)
        excess -= taken


def missing_note(labels: list[str], paper: Paper) -> list[Block]:
    """Say which columns were left out."""
    if not labels:
        return []
    named = ", ".join(label for label in labels if label)
    count = f"{len(labels)} more column{'s' if len(labels) > 1 else ''}"
    text = safe(f"{count} in a wider window or with --columns: {named}")
    return [Note(wrapped(text, paper.width or 80))]
