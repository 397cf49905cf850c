"""A page for people: headings, aligned tables and fields, the same with and without colour.

``page`` turns a body into blocks of safe, padded text that fit the width; ``text`` joins them
and ``terminal`` colours them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from crm_cli.domain.values import safe
from crm_cli.render.shape import Grid, grid_of
from crm_cli.render.values import RIGHT, for_people, padded, shorten, wrapped
from crm_cli.render.values import width as cells_wide
from crm_cli.result import Column, Kind, Look, Record, Report, Table

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


class Sheet:
    """A table as padded cells by column: ``heads`` lines of heading first, the footer last.

    ``shades`` holds for a heat map's columns the rate behind each cell below the heading;
    ``bars`` is the column of bars.
    """

    __slots__ = (
        "bars", "cells", "columns", "gap", "has_footer", "heads", "open_cells", "shades",
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


Block = Heading | Note | Fields | Sheet


def page(body: Body, paper: Paper) -> list[Block]:
    """Return the blocks of a body; an empty table has none."""
    if isinstance(body, Table):
        grid = grid_of(body, paper.options, people=True)
        return _table(grid, paper) if grid.rows else []
    if isinstance(body, Record):
        return _record(body, paper)
    return _report(body, paper) if isinstance(body, Report) else []


# -- tables ---------------------------------------------------------------------------------------


def _table(grid: Grid, paper: Paper) -> list[Block]:
    texts = _texts(grid, paper, computed=False)
    sheet, missing = _fitted(grid, texts, paper)
    return [sheet, *_missing(missing, paper)]


def _texts(grid: Grid, paper: Paper, *, computed: bool) -> list[list[str]]:
    """Return the columns as people read them, heading first, footer last."""
    rows = grid.rows if grid.footer is None else [*grid.rows, grid.footer]
    columns = zip(*rows, strict=True) if rows else [()] * len(grid.columns)
    return [
        [column.label, *for_people(values, column.kind, zone=paper.zone, computed=computed)]
        for column, values in zip(grid.columns, columns, strict=True)
    ]


def _fitted(
    grid: Grid, texts: list[list[str]], paper: Paper, *, gap: int = GAP, reserve: int = 0
) -> tuple[Sheet, list[str]]:
    """Pad the columns; where the paper has a width, shorten text and leave out what is beyond.

    ``reserve`` cells stay free at the right. Returns the sheet and the labels left out.
    """
    labels = [cells[:1] for cells in texts]
    kept = list(range(len(texts)))
    limits: list[int | None] = [None] * len(texts)
    if paper.width is not None:
        bodies = [max((cells_wide(safe(cell)) for cell in cells[1:]), default=0) for cells in texts]
        available = paper.width - reserve
        sizes = _sizes(labels, bodies)
        if sum(sizes) + gap * (len(sizes) - 1) > available:
            labels = [_on_two_lines(label[0], size) for label, size in zip(labels, bodies)]
            sizes = _sizes(labels, bodies)
        kinds = [column.kind for column in grid.columns]
        kept, fitted = _fit(sizes, kinds, available, gap)
        limits = list(fitted)
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
    return sheet, [grid.columns[i].label for i in range(len(texts)) if i not in place]


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
    sizes: list[int], kinds: Sequence[Kind], available: int, gap: int
) -> tuple[list[int], list[int]]:
    """Choose the columns that fit and their widths.

    The widest text columns give way first, down to eight cells; then columns are left out
    from the right, the first two never.
    """
    kept = list(range(len(sizes)))
    while True:
        chosen = [sizes[i] for i in kept]
        excess = sum(chosen) + gap * (len(kept) - 1) - available
        soft = [n for n, i in enumerate(kept) if kinds[i] in _SHRINKS]
        while excess > 0 and any(chosen[n] > _NARROWEST for n in soft):
            chosen[max(soft, key=chosen.__getitem__)] -= 1
            excess -= 1
        if excess <= 0 or len(kept) <= 2:
            return kept, chosen
        kept.pop()


def _missing(labels: list[str], paper: Paper) -> list[Block]:
    if not labels:
        return []
    named = ", ".join(label for label in labels if label)
    count = f"{len(labels)} more column{'s' if len(labels) > 1 else ''}"
    text = safe(f"{count} in a wider window or with --columns: {named}")
    return [Note([shorten(text, paper.width or 80)])]


# -- reports --------------------------------------------------------------------------------------


def _report(body: Report, paper: Paper) -> list[Block]:
    grid = grid_of(body, paper.options, people=True)
    blocks: list[Block] = [Heading(safe(body.title))]
    legend: list[str] = []
    if not grid.rows:
        blocks.append(Note(["nothing to show"]))
    elif body.look is Look.HEAT:
        sheet, missing = _heat_map(grid, paper)
        legend = ["cells in %" + (", * period still open" if sheet.open_cells else "")]
        blocks += [sheet, *_missing(missing, paper)]
    else:
        texts = _texts(grid, paper, computed=True)
        _mark_open(texts, grid.open_cells)
        with_bars = body.look is Look.BARS and body.picture_key
        reserve = GAP + _BAR_LEAST if with_bars else 0
        sheet, missing = _fitted(grid, texts, paper, reserve=reserve)
        if with_bars:
            _add_bars(sheet, body, grid, paper)
        blocks += [sheet, *_missing(missing, paper)]
    notes = [safe(line) for line in (body.definition, *body.notes) if line]
    lines = [line for text in [*legend, *notes] for line in wrapped(text, paper.width)]
    if lines:
        blocks.append(Note(lines))
    return blocks


def _heat_map(grid: Grid, paper: Paper) -> tuple[Sheet, list[str]]:
    """Rates as bare percentages: with a decimal and wide gaps where that fits, else closer."""
    from crm_cli.render.values import share

    rows = grid.rows if grid.footer is None else [*grid.rows, grid.footer]
    rates = {
        i: [_rate(row[i]) for row in rows]
        for i, column in enumerate(grid.columns)
        if column.kind is Kind.RATE
    }
    for decimals, gap in ((1, 2), (1, 1), (0, 2), (0, 1)):
        texts = _texts(grid, paper, computed=True)
        for i, values in rates.items():
            texts[i][1:] = ["" if value is None else share(value, decimals) for value in values]
        _mark_open(texts, grid.open_cells)
        sheet, missing = _fitted(grid, texts, paper, gap=gap)
        if not missing and _is_whole(sheet, texts):
            break
    at = {column.key: i for i, column in enumerate(grid.columns)}
    sheet.shades = {
        n: rates[at[column.key]]
        for n, column in enumerate(sheet.columns)
        if column.kind is Kind.RATE
    }
    return sheet, missing


def _is_whole(sheet: Sheet, texts: list[list[str]]) -> bool:
    """Say whether no text was shortened to make the sheet fit."""
    return all(cells_wide(cells[0]) >= max(cells_wide(safe(cell)) for cell in text) for cells, text in zip(sheet.cells, texts))


def _rate(value: Any) -> float | None:
    return value if isinstance(value, int | float) else None


def _mark_open(texts: list[list[str]], open_cells: frozenset[tuple[int, int]]) -> None:
    """Put a star behind open cells, and a blank behind the others of their column."""
    for column in {column for _, column in open_cells}:
        cells = texts[column]
        starred = {row + 1 for row, at in open_cells if at == column and cells[row + 1]}
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


# -- records --------------------------------------------------------------------------------------

_MONEY = frozenset({"price", "amount", "revenue", "value", "weighted_value", "budget", "cost"})
_RATES = frozenset({"probability", "share", "rate"})
_UNSHOWN = frozenset({"uid"})


def _record(body: Record, paper: Paper) -> list[Block]:
    blocks: list[Block] = []
    if body.title:
        blocks.append(Heading(safe(body.title)))
    pairs = record_fields(body, paper)
    left = max((len(name) for name, _ in pairs), default=0)
    room = None if paper.width is None else max(20, paper.width - left - GAP)
    blocks.append(
        Fields(
            [
                (safe(name).ljust(left) if first else " " * left, line)
                for name, lines in pairs
                for first, line in _first_and_rest(lines, room)
            ]
        )
    )
    for section in body.sections:
        grid = grid_of(section.table, {}, people=True)
        if grid.rows:
            blocks.append(Heading(f"{safe(section.title)} ({len(grid.rows)})"))
            blocks += _table(grid, paper)
    return blocks


def record_fields(body: Record, paper: Paper) -> list[tuple[str, list[str]]]:
    """Return a record's fields that hold something, each with its lines, not yet made safe."""
    return [
        (key.replace("_", " "), lines)
        for key, value in body.values.items()
        if key not in _UNSHOWN and (lines := _field_lines(key, value, body.values, paper))
    ]


def _first_and_rest(lines: list[str], room: int | None) -> list[tuple[bool, str]]:
    shown = [
        part for line in lines for part in wrapped(safe(line, keep_newlines=True), room)
    ]
    return [(at == 0, line) for at, line in enumerate(shown)]


def _field_lines(key: str, value: Any, record: Mapping[str, Any], paper: Paper) -> list[str]:
    """Return a record's value as lines, none where it is empty."""
    if value is None or value == "" or value == [] or value == {}:
        return []
    if key == "currency" and any(record.get(name) is not None for name in _MONEY):
        return []
    if isinstance(value, dict):
        return [f"{name}: {_plain(name, inner, paper)}" for name, inner in value.items()]
    if isinstance(value, list | tuple):
        if any(isinstance(item, dict) for item in value):
            several = len(value) > 1
            return [
                _entry_line(item, several=several) if isinstance(item, dict) else str(item)
                for item in value
            ]
        return [", ".join(str(item) for item in value)]
    if key in _MONEY and isinstance(value, str) and record.get("currency"):
        return [f"{value} {record['currency']}"]
    return [_plain(key, value, paper)]


def _plain(key: str, value: Any, paper: Paper) -> str:
    from crm_cli.render.values import flat, instant, percent

    if isinstance(value, bool):
        return "yes" if value else "no"
    if key in _RATES and isinstance(value, int | float):
        return percent(value, always_decimal=False)
    if isinstance(value, str) and (key == "at" or key.endswith("_at")) and value.endswith("Z"):
        return instant(value, paper.zone())
    return flat(value, ", ")


def _entry_line(item: Mapping[str, Any], *, several: bool) -> str:
    """Return ``ada@example.com (work, primary)`` for an entry with a value, label and flags.

    Of a single entry it goes without saying that it is the primary one.
    """
    from crm_cli.render.values import entry

    marks = [str(item["label"])] if item.get("label") else []
    marks += [
        name for name, inner in item.items() if inner is True and (several or name != "primary")
    ]
    shown = {
        name: inner
        for name, inner in item.items()
        if name != "label" and not isinstance(inner, bool)
    }
    text = entry(shown, ", ")
    return f"{text} ({', '.join(marks)})" if marks else text
