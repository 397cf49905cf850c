"""A report's page: the table with its picture, then definition, bounds and notes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crm_cli.domain.values import safe
from crm_cli.render.layout import (
    GAP,
    Block,
    Heading,
    Note,
    Paper,
    Sheet,
    column_texts,
    fitted,
    missing_note,
)
from crm_cli.render.shape import Grid, grid_of
from crm_cli.render.values import share, wrapped
from crm_cli.render.values import width as cells_wide
from crm_cli.result import Column, Kind, Look

if TYPE_CHECKING:
    from crm_cli.result import Report


_PROSE = 100
"""Where sentences are broken when there is no width to keep to."""


def blocks_of(body: Report, paper: Paper) -> list[Block]:
    """Return title, table, then what the figures mean."""
    if body.look is Look.BOARD:
        from crm_cli.render import board_page

        return [
            *board_page.blocks_of(body, paper),
            _prose(body.definition, *body.notes, paper=paper),
        ]
    grid = grid_of(body, paper.options, people=True)
    blocks: list[Block] = [Heading(safe(body.title))]
    if not grid.rows:
        blocks.append(Note(["nothing to show"]))
    elif body.look is Look.HEAT:
        sheet, missing = _heat_map(grid, paper)
        blocks += [sheet, *missing_note(missing, paper)]
    else:
        texts = column_texts(grid, paper, computed=True)
        _mark_open(texts, grid.open_cells)
        with_bars = body.look is Look.BARS and body.picture_key
        reserve = GAP + _BAR_LEAST if with_bars else 0
        sheet, missing = fitted(grid, texts, paper, reserve=reserve)
        if with_bars:
            _add_bars(sheet, body, grid, paper)
        blocks += [sheet, *missing_note(missing, paper)]
    blocks.append(_prose(*_legend(body, grid), body.definition, *body.notes, paper=paper))
    return blocks


def _prose(*sentences: str, paper: Paper) -> Note:
    limit = paper.width or _PROSE
    notes = [safe(line) for line in sentences if line]
    return Note([line for text in notes for line in wrapped(text, limit)])


def _legend(body: Report, grid: Grid) -> list[str]:
    """Return the line that says how cells are to be read."""
    rates = body.look is Look.HEAT and any(c.kind is Kind.RATE for c in grid.columns)
    words = ["cells in %"] if grid.rows and rates else []
    return [", ".join([*words, *([f"* {body.open_means}"] if grid.open_cells else [])])]


def _heat_map(grid: Grid, paper: Paper) -> tuple[Sheet, list[str]]:
    """Rates as bare percentages: with a decimal and wide gaps where that fits, else closer."""
    shades = heat_of(grid)
    texts: list[list[str]] = []
    for decimals, gap in ((1, 2), (1, 1), (0, 2), (0, 1)):
        texts = column_texts(grid, paper, computed=True)
        for i, rates in shades.items():
            if grid.columns[i].kind is Kind.RATE:
                figures = ["" if rate is None else share(rate, decimals) for rate in rates]
                # Tiles of one width, "16.0" or "16", whatever stands in a column.
                texts[i] = [text.rjust(4 if decimals else 2) for text in (texts[i][0], *figures)]
        _mark_open(texts, grid.open_cells)
        sheet, missing = fitted(grid, texts, paper, gap=gap)
        if not missing and _is_whole(sheet, texts):
            break
    at = {column.key: i for i, column in enumerate(grid.columns)}
    sheet.shades = {
        n: shades[at[column.key]]
        for n, column in enumerate(sheet.columns)
        if at[column.key] in shades
    }
    return sheet, missing


def heat_of(grid: Grid) -> dict[int, list[float | None]]:
    """Return column -> the rate that shades each row, footer included.

    Columns of rates have their own. Counts and amounts of numbered periods are shaded by what
    they are of the row's first period.
    """
    rows = grid.rows if grid.footer is None else [*grid.rows, grid.footer]
    rated = [i for i, column in enumerate(grid.columns) if column.kind is Kind.RATE]
    if rated:
        return {i: [_number(row[i]) for row in rows] for i in rated}
    periods = [i for i, column in enumerate(grid.columns) if column.key.isdecimal()]
    shades: dict[int, list[float | None]] = {i: [] for i in periods}
    for row in rows:
        first = _number(row[periods[0]]) if periods else None
        for i in periods:
            value = _number(row[i])
            shades[i].append(value / first if first and value is not None else None)
    return shades


def _number(value: Any) -> float | None:
    try:
        # A figure of ours knows more decimals than a plain float of it would.
        return value if value is None or isinstance(value, float) else float(value)
    except ValueError:
        return None


def _is_whole(sheet: Sheet, texts: list[list[str]]) -> bool:
    """Say whether nothing was shortened or left out to make the sheet fit."""
    return len(sheet.cells) == len(texts) and all(
        cells_wide(cells[0]) >= max(cells_wide(safe(cell)) for cell in text)
        for cells, text in zip(sheet.cells, texts, strict=True)
    )


def _mark_open(texts: list[list[str]], open_cells: frozenset[tuple[int, int]]) -> None:
    """Put a star behind open cells, and a blank behind the others of their column."""
    for column in {column for _, column in open_cells}:
        cells = texts[column]
        starred = {row + 1 for row, at in open_cells if at == column and cells[row + 1].strip()}
        if starred:
            texts[column] = [
                cell + ("*" if row in starred else " ") for row, cell in enumerate(cells)
            ]


_BAR_MOST, _BAR_LEAST = 30, 6


def _add_bars(sheet: Sheet, body: Report, grid: Grid, paper: Paper) -> None:
    """Append a column of bars for ``picture_key``, as long as the room allows."""
    keys = [column.key for column in body.columns]
    if body.picture_key not in keys:
        return
    at = keys.index(body.picture_key)
    amounts = [_amount(body.cells[i][at]) for i in grid.order]
    room = _BAR_MOST
    if paper.width is not None:
        used = sum(cells_wide(cells[0]) + GAP for cells in sheet.cells)
        room = min(room, paper.width - used)
    most = max(amounts, default=0)
    if room < _BAR_LEAST or most <= 0:
        return
    bars = [_bar(amount / most * room, paper.bar) for amount in amounts]
    sheet.bars = len(sheet.cells)
    sheet.columns.append(Column("bar", ""))
    sheet.cells.append([*[""] * sheet.heads, *bars, *([""] if sheet.has_footer else [])])


def _amount(value: Any) -> float:
    try:
        return max(0.0, float(value))
    except (TypeError, ValueError):
        return 0.0


def _bar(length: float, character: str) -> str:
    if character != "█":
        return character * max(round(length), 1 if length > 0 else 0)
    eighths = max(round(length * 8), 1 if length > 0 else 0)
    return "█" * (eighths // 8) + " ▏▎▍▌▋▊▉"[eighths % 8].strip()
