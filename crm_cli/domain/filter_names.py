"""What a filter names, and the filter with one of the names changed: the rest stays as typed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crm_cli.domain.filter import Condition, Joined, parse
from crm_cli.domain.values import fold

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crm_cli.domain.filter import Tree


def names_field(text: str, key: str) -> bool:
    """Say whether a filter has a condition on a field."""
    return any(_field(condition) == key for condition in _conditions(parse(text)))


def names_segment(text: str, key: str) -> bool:
    """Say whether a filter names a segment, by the folded name."""
    return any(
        fold(value.text) == key
        for condition in _conditions(parse(text))
        if condition.field.lower() == "segment"
        for value in condition.values
    )


def segments_named(text: str) -> list[str]:
    """Return the folded names of the segments that a filter names."""
    return [
        fold(value.text)
        for condition in _conditions(parse(text))
        if condition.field.lower() == "segment"
        for value in condition.values
    ]


def with_field(text: str, key: str, new: str) -> str:
    """Return a filter with a field under a new name."""
    places = [
        (condition.at - 1, condition.at - 1 + len(condition.field), new)
        for condition in _conditions(parse(text))
        if _field(condition) == key
    ]
    return _replaced(text, places)


def with_segment(text: str, key: str, new: str) -> str:
    """Return a filter with a segment under a new name, in quotation marks."""
    quoted = '"' + new.replace('"', '""') + '"'
    places = []
    for condition in _conditions(parse(text)):
        for value in condition.values if condition.field.lower() == "segment" else ():
            if fold(value.text) == key:
                start = value.at - 1
                places.append((start, _end(text, start, value.text), quoted))
    return _replaced(text, places)


def _conditions(tree: Tree) -> Iterator[Condition]:
    if isinstance(tree, Condition):
        yield tree
        return
    for part in tree.parts if isinstance(tree, Joined) else (tree.part,):
        yield from _conditions(part)


def _field(condition: Condition) -> str:
    return condition.field.lower().replace("-", "_")


def _end(text: str, start: int, value: str) -> int:
    """Return where a value ends that begins at ``start``: after its closing mark, where it stands
    in quotation marks."""
    mark = text[start]
    if mark not in "\"'":
        return start + len(value)
    end = start + 1
    while text[end] != mark or text[end + 1 : end + 2] == mark:
        end += 2 if text[end] == mark else 1
    return end + 1


def _replaced(text: str, places: list[tuple[int, int, str]]) -> str:
    for start, end, new in sorted(places, reverse=True):
        text = text[:start] + new + text[end:]
    return text
