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
    "a quote ", "a cell is longer than", "holds half a char", "holds a NUL char",
)  # fmt: skip

NO_OBJECT = "is not a JSON object"

NUL_SIGN = "\u2400"
"""Stands in a reject file where the input has a NUL byte, which no editor shows."""

HOLDS_NUL = f"holds a NUL byte (shown here as {NUL_SIGN})"


def shown(line: str) -> str:
    """Return the beginning of a line that cannot be read, for its reason."""
    return repr(line if len(line) <= 40 else f"{line[:39]}\u2026")


def is_refed(header: Sequence[str]) -> bool:
    """Say whether a header is that of a reject file."""
    return tuple(header[-3:]) == BOOKKEEPING


def still_bad(rows: Generator[Row]) -> Generator[Row]:
    """Yield the rows of a reject file; those not mended have their old problem again."""
    before = ""
    for line, cells, problem in rows:
        reason = cells[-1]
        bad = problem is None and reason and is_unmended(cells[:-3], reason, before)
        before = reason if bad else ""
        yield line, cells, reason if bad else problem


def is_unmended(cells: Sequence[str], reason: str, before: str = "") -> bool:
    """Say whether a row that was rejected for its shape stands as it did; ``before`` is the
    reason of the row above, where that is still bad."""
    if f" {NO_OBJECT}" in reason and len(cells) == 1:
        return reason.startswith(f"{shown(cells[0])} {NO_OBJECT}")
    if reason.startswith(_WHOLE_LINE) or f" {NO_OBJECT}" in reason:
        if len(cells) == 1:
            # No other cell tells: a quote or a brace does, or one in the line that it goes on.
            return any(sign in cells[0] for sign in '"{[') or (
                reason == before and reason.startswith("a quote ")
            )
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
