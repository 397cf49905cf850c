"""The filter language over rows at hand: the small lists, which are no table of the store.

A field's kind follows from its column; what a value means is read by ``queries.row_filtering``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from crm_cli.domain.values import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from crm_cli.domain.filter_fields import Field


class Test(NamedTuple):
    """One test of a field, its value read.

    ``sign`` is ``in`` (the text, folded), ``has begins ends`` (a part of it), ``span`` (within a
    (low, high) pair), ``< <= > >=``, ``empty`` or ``flag``.
    """

    field: Field
    sign: str
    value: Any = None


class Group(NamedTuple):
    """Parts of which all (``and``), one (``or``) or not one (``not``) must hold."""

    word: str
    parts: tuple[Part, ...]


Part = Test | Group


def holds(part: Part, row: Mapping[str, Any]) -> bool:
    """Say whether a row is chosen. What is absent is neither equal to nor less than anything."""
    if isinstance(part, Group):
        found = (holds(inner, row) for inner in part.parts)
        return all(found) if part.word == "and" else any(found) is (part.word == "or")
    cell = row[part.field.name]
    if part.sign == "empty":
        return cell is None or cell in ("", [])
    if cell is None:
        return False
    if part.sign == "flag":
        return bool(cell)
    if part.field.kind == "number":
        cell = as_number(cell)
    if part.sign == "span":
        low, high = part.value
        return bool(low <= cell <= high)
    if part.sign in _ORDERED:
        return _ORDERED[part.sign](cell, part.value)
    texts = cell if isinstance(cell, list | tuple) else [cell]
    return any(_PARTS[part.sign](fold(str(text)), part.value) for text in texts)


_ORDERED: dict[str, Callable[[Any, Any], bool]] = {
    "<": lambda cell, value: bool(cell < value),
    "<=": lambda cell, value: bool(cell <= value),
    ">": lambda cell, value: bool(cell > value),
    ">=": lambda cell, value: bool(cell >= value),
}

_PARTS: dict[str, Callable[[str, str], bool]] = {
    "in": lambda text, value: text == value,
    "has": lambda text, value: value in text,
    "begins": str.startswith,
    "ends": str.endswith,
}


def as_number(cell: Any) -> Any:
    """Return a cell as a number that compares exactly; it may be a decimal text."""
    from decimal import Decimal

    return Decimal(str(cell))
