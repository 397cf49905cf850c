"""The same page in colour. The only module, with ``picture``, that imports rich."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.text import Text

from crm_cli.render.layout import Cards, Fields, Heading, Note, Sheet
from crm_cli.render.scale import step, top
from crm_cli.render.values import share
from crm_cli.result import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from crm_cli.render.layout import Block

HEADING, NAME, ASIDE, TOTAL, BAR, HEAD = "bold", "bold", "dim", "bold", "cyan", "bold underline"
CARD = {"": "", "head": HEAD, "id": "cyan", "aside": ASIDE, "alarm": "bold red"}
_BY_KIND = {Kind.ID: "cyan", Kind.LIST: "magenta", Kind.RATE: "", Kind.MONEY: ""}

# Steps of the viridis scale: readable by the colour-blind, on dark and on light ground.
SHADES = (
    ("#482878", "#ffffff"), ("#3e4a89", "#ffffff"), ("#31688e", "#ffffff"),
    ("#26828e", "#ffffff"), ("#1f9e89", "#000000"), ("#35b779", "#000000"),
    ("#6dcd59", "#000000"), ("#b4de2c", "#000000"), ("#fde725", "#000000"),
)  # fmt: skip


def joined(blocks: list[Block], environment: Mapping[str, str]) -> str:
    """Return the whole page with the escape sequences that this terminal knows."""
    stream = io.StringIO()
    console = _console(stream, environment)
    write(blocks, console)
    return stream.getvalue()


def _console(stream: io.StringIO, environment: Mapping[str, str]) -> Console:
    kind: Any = "auto" if environment.get("TERM") not in {None, "", "dumb"} else "standard"
    return Console(
        file=stream,
        force_terminal=True,
        color_system=kind,
        no_color=False,
        markup=False,
        emoji=False,
        highlight=False,
        legacy_windows=False,
        _environ=environment,
    )


def write(blocks: list[Block], console: Console) -> None:
    """Print the blocks; the lines are as long as they are."""
    for at, block in enumerate(blocks):
        if at and not (isinstance(block, Fields) and isinstance(blocks[at - 1], Heading)):
            console.print()
        for line in _lines(block):
            console.print(line, soft_wrap=True)


def _lines(block: Block) -> Iterator[Text]:
    if isinstance(block, Heading):
        yield Text(block.text, HEADING)
    elif isinstance(block, Note):
        yield from (Text(line, ASIDE) for line in block.lines)
    elif isinstance(block, Fields):
        for name, line in block.lines:
            yield Text.assemble((name, NAME), "  ", line)
    elif isinstance(block, Cards):
        for parts in block.lines:
            shown = Text.assemble(*((text, CARD[kind]) for text, kind in parts))
            shown.rstrip()
            yield shown
    else:
        yield from _sheet(block)


def _sheet(sheet: Sheet) -> Iterator[Text]:
    highest = top(rate for rates in sheet.shades.values() for rate in rates if rate is not None)
    rows = list(zip(*sheet.cells, strict=True))
    for number, row in enumerate(rows):
        footer = sheet.has_footer and number == len(rows) - 1
        line = Text()
        for at, cell in enumerate(row):
            style = HEAD if number < sheet.heads else TOTAL if footer else _style(sheet, at, cell)
            if number >= sheet.heads and at in sheet.shades:
                shade = _shade(sheet, number - sheet.heads, at, highest)
                _tile(line, cell, shade or style, sheet.gap, follows=at - 1 in sheet.shades)
            else:
                _cell(line, cell, style, sheet.gap if at else 0)
        line.rstrip()
        yield line
        yield from (Text(below, ASIDE) for below in sheet.under(number))
    if highest:
        yield _legend(highest)


def _cell(line: Text, cell: str, style: str, gap: int) -> None:
    # A style such as underline belongs under the words and not under the padding.
    words = cell.strip()
    before = len(cell) - len(cell.lstrip())
    line.append(" " * gap + cell[:before])
    line.append(words, style)
    line.append(cell[before + len(words) :])


def _tile(line: Text, cell: str, style: str, gap: int, *, follows: bool) -> None:
    """Append a cell of a heat map; its shade fills the gap, so that the tiles touch."""
    if not follows:
        line.append(" " * (gap - 1))
    line.append(f" {cell} " if gap > 1 else f" {cell}", style)


def _style(sheet: Sheet, at: int, cell: str) -> str:
    if at == sheet.bars:
        return BAR
    kind = sheet.columns[at].kind
    if kind is Kind.MONEY and cell.lstrip().startswith("-"):
        return "red"
    return _BY_KIND.get(kind, "")


def _shade(sheet: Sheet, row: int, at: int, highest: float) -> str:
    """Return the rich style of a heat map's cell, empty where there is no rate."""
    rate = sheet.shades[at][row]
    if rate is None:
        return ""
    ground, ink = SHADES[step(rate, highest, len(SHADES))]
    slant = "italic " if (row, at) in sheet.open_cells else ""
    return f"{slant}{ink} on {ground}"


def _legend(highest: float) -> Text:
    line = Text("\n0 % ", ASIDE)
    for ground, _ in SHADES:
        line.append("  ", f"on {ground}")
    return line.append(f" {share(highest, 1)} %", ASIDE)
