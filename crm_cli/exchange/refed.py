"""Rows of a reject file that were rejected for their shape and come back as they went out.

A line with an open quote stands whole in its first cell there, the cells too many are joined in
the last one, and a NUL byte is a sign: taken as they stand they would import as nonsense.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from crm_cli.exchange.columns import BOOKKEEPING

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    Row = tuple[int, list[str], str | None]

_WIDTH = r"has (\d+) cells, the header (\d+)"
_WHOLE_LINE = (
    "a quote ", "a cell is longer than", "is not a JSON object", "holds half a char",
    "holds a NUL char",
)  # fmt: skip

NUL_SIGN = "\u2400"
"""Stands in a reject file where the input has a NUL byte, which no editor shows."""

HOLDS_NUL = f"holds a NUL byte (shown here as {NUL_SIGN})"


def is_refed(header: Sequence[str]) -> bool:
    """Say whether a header is that of a reject file."""
    return tuple(header[-3:]) == BOOKKEEPING


def still_bad(rows: Generator[Row]) -> Generator[Row]:
    """Yield the rows of a reject file; those not mended have their old problem again."""
    for line, cells, problem in rows:
        reason = cells[-1]
        bad = problem is None and reason and is_unmended(cells[:-3], reason)
        yield line, cells, reason if bad else problem


def is_unmended(cells: Sequence[str], reason: str) -> bool:
    """Say whether a row that was rejected for its shape stands as it did."""
    if reason.startswith(_WHOLE_LINE):
        if len(cells) == 1:  # no other cell tells: a quote or a brace does
            return any(sign in cells[0] for sign in '"{[')
        return not any(cells[1:])
    if reason == HOLDS_NUL:
        return any(NUL_SIGN in cell for cell in cells)
    matched = re.fullmatch(_WIDTH, reason)
    if matched is None or not cells:
        return False
    had, width = int(matched[1]), int(matched[2])
    if had < width:
        return not any(cells[had:])
    return any(cells[-1].count(sign) >= had - width for sign in ",;\t|")
