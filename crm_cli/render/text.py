"""Plain text: aligned, greppable, nothing cut unless a width is given, no colour."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crm_cli.domain.values import safe
from crm_cli.render.layout import Cards, Fields, Heading, Note
from crm_cli.result import Stream, Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from crm_cli.context import AppContext
    from crm_cli.render.layout import Block


def joined(blocks: list[Block]) -> str:
    """Return the whole page."""
    return "".join(line + "\n" for line in lines(blocks))


def lines(blocks: list[Block]) -> Iterator[str]:
    """Yield the page's lines, a blank one between blocks."""
    for at, block in enumerate(blocks):
        if at and not (isinstance(block, Fields) and isinstance(blocks[at - 1], Heading)):
            yield ""
        if isinstance(block, Heading):
            yield block.text
        elif isinstance(block, Note):
            yield from block.lines
        elif isinstance(block, Fields):
            yield from (f"{name}  {line}".rstrip() for name, line in block.lines)
        elif isinstance(block, Cards):
            yield from ("".join(text for text, _ in line).rstrip() for line in block.lines)
        else:
            rows = map((" " * block.gap).join, zip(*block.cells, strict=True))
            if not block.below:
                yield from map(str.rstrip, rows)
                continue
            for number, row in enumerate(rows):
                yield row.rstrip()
                yield from block.under(number)


def as_it_stands(body: Text | Stream, app: AppContext) -> Iterable[str]:
    """Yield text that is data, exact; on a terminal with control characters made visible."""
    chunks = (body.content,) if isinstance(body, Text) else body.chunks
    if not app.stdout_is_terminal:
        return chunks
    return ("\t".join(safe(p, keep_newlines=True) for p in c.split("\t")) for c in chunks)
