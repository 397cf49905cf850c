"""How each kind of value looks to people, and as flat text in a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crm_cli.domain.values import safe
from crm_cli.result import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import tzinfo

RIGHT = frozenset({Kind.INTEGER, Kind.NUMBER, Kind.MONEY, Kind.RATE})
"""Kinds that line up at their last digit."""

_SILENT = frozenset({"id", "uid", "raw", "created_at", "updated_at"})


def flat(value: object, joiner: str = "; ") -> str:
    """Return any JSON-ready value as one flat text: lists joined, absent as empty text."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return entry(value, joiner)
    if isinstance(value, list | tuple):
        return joiner.join(flat(item, ", ") for item in value)
    return str(value)


def entry(value: Mapping[str, Any], joiner: str = "; ") -> str:
    """Return a nested object as text: its ``value`` alone where it has one; counts and lists
    with their names, without which they say nothing."""
    if "value" in value:
        return flat(value["value"])
    if value and all(isinstance(item, int | list) for item in value.values()):
        return "; ".join(f"{key}: {flat(item, ', ')}" for key, item in value.items())
    parts = (flat(item, joiner) for key, item in value.items() if key not in _SILENT)
    return ", ".join(part for part in parts if part)


def instant(text: str, zone: tzinfo | None) -> str:
    """Return ``YYYY-MM-DD HH:MM`` in the zone; without one in UTC."""
    if zone is None:
        return f"{text[:10]} {text[11:16]}"
    from datetime import datetime

    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}"


def _fixed(figure: float, decimals: int, times: int = 1) -> str:
    from crm_cli.domain.rounding import finer, shown

    return shown(finer(figure) * times, decimals)


def percent(rate: float, *, always_decimal: bool) -> str:
    """Return 0.1588 as ``15.9 %`` and 0.4 as ``40 %``, or ``40.0 %`` where rates line up."""
    figure = _fixed(rate, 1, times=100)
    return f"{figure if always_decimal else figure.removesuffix('.0')} %"


def share(rate: float, decimals: int) -> str:
    """Return a rate as a bare figure for a grid of percentages: 0.1588 -> ``15.9``."""
    figure = _fixed(rate, decimals, times=100)
    return "100" if figure == "100.0" else figure


def number(value: float) -> str:
    """Return a number with the decimals it has: 0.5, 0.0001; without the noise of binary ones."""
    return str(value) if isinstance(value, int) else f"{value:.15g}"


def for_people(
    values: Sequence[Any], kind: Kind, *, zone: Callable[[], tzinfo | None], computed: bool
) -> list[str]:
    """Return one column's values as people read them, not yet made safe.

    ``computed`` columns (of a report) show one decimal throughout, so that they line up.
    """
    if kind is Kind.RATE:
        return [
            "" if v is None else v if isinstance(v, str) else percent(v, always_decimal=computed)
            for v in values
        ]
    if kind is Kind.NUMBER:
        if computed and any(isinstance(v, float) for v in values):
            return ["" if v is None else v if isinstance(v, str) else _fixed(v, 1) for v in values]
        return ["" if v is None else v if isinstance(v, str) else number(v) for v in values]
    if kind is Kind.INSTANT and any(values):
        where = zone()
        return ["" if v is None else instant(v, where) for v in values]
    if kind is Kind.FLAG:
        return ["" if v is None else "yes" if v else "no" for v in values]
    if kind is Kind.LIST:
        return [_listed(v) if v else "" for v in values]
    types = set(map(type, values))
    if types == {str}:
        return list(values)
    if types == {int}:
        return list(map(str, values))
    return [v if type(v) is str else "" if v is None else flat(v) for v in values]


def _listed(value: Any) -> str:
    return ", ".join(map(flat, value)) if isinstance(value, list | tuple) else flat(value)


# -- widths -------------------------------------------------------------------------------------


def width(text: str) -> int:
    """Return how many terminal cells a safe text takes: wide characters 2, combining ones and
    joiners 0."""
    if text.isascii():
        return len(text)
    from unicodedata import category, east_asian_width

    def cells(char: str) -> int:
        if category(char) in {"Mn", "Me", "Cf"}:
            return 0
        return 2 if east_asian_width(char) in {"W", "F"} else 1

    return sum(map(cells, text))


def shorten(text: str, limit: int) -> str:
    """Return the text in at most ``limit`` cells, an ellipsis in place of what was cut."""
    if width(text) <= limit:
        return text
    if limit < 1:
        return ""
    kept, used = [], 1
    for char in text:
        used += width(char)
        if used > limit:
            break
        kept.append(char)
    return "".join(kept).rstrip() + "…"


def safe_cells(cells: list[str]) -> tuple[list[str], bool]:
    """Make a column safe; say whether each character takes exactly one terminal cell."""
    # One look at the whole column decides for nearly all of them, at the speed of C.
    joined = "".join(cells)
    if joined.isprintable() and (joined.isascii() or _is_latin(joined)):
        return cells, True
    return [safe(cell) for cell in cells], False


def _is_latin(text: str) -> bool:
    try:
        text.encode("latin-1")
    except UnicodeEncodeError:
        return False
    return True


def padded(cells: list[str], *, right: bool, limit: int | None, cap: int = 80) -> list[str]:
    """Pad safe cells to the width of the widest, shortening those wider than ``limit``.

    Without a limit nothing is cut; a cell wider than ``cap`` then sticks out instead of
    pushing the whole column apart.
    """
    cells, simple = safe_cells(cells)
    if limit is not None:
        cells = [shorten(cell, limit) for cell in cells]
    if simple and (limit is None or "".join(cells).isascii()):
        size = min(max(map(len, cells), default=0), cap)
        pad = str.rjust if right else str.ljust
        return [pad(cell, size) for cell in cells]
    widths = list(map(width, cells))
    size = min(max(widths, default=0), cap)
    blanks = [" " * (size - wide) for wide in widths]
    pairs = zip(blanks, cells, strict=True) if right else zip(cells, blanks, strict=True)
    return list(map("".join, pairs))


def wrapped(text: str, limit: int | None) -> list[str]:
    """Break a safe text at blanks into lines of at most ``limit`` cells (None: its own lines)."""
    lines: list[str] = []
    for paragraph in text.split("\n"):
        if limit is None or width(paragraph) <= limit:
            lines.append(paragraph)
            continue
        line, used = "", 0
        for word in paragraph.split(" "):
            size = width(word)
            if line and used + 1 + size > limit:
                lines.append(line)
                line, used = word, size
            else:
                line, used = (f"{line} {word}", used + 1 + size) if line else (word, size)
        lines.append(line)
    return lines


# -- words --------------------------------------------------------------------------------------


def plural(noun: str) -> str:
    """Return the plural of a record's noun: ``history entry`` -> ``history entries``."""
    if noun.endswith("y") and noun[-2:-1] not in "aeiou":
        return f"{noun[:-1]}ies"
    return f"{noun}es" if noun.endswith(("s", "x", "ch", "sh")) else f"{noun}s"
