"""JSON Lines as a table: every object laid flat into the columns of our own CSV layout."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from crm_cli import errors
from crm_cli.exchange.cells import join_list
from crm_cli.exchange.refed import NO_OBJECT, shown

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence

    from crm_cli.exchange.source import Source
    from crm_cli.exchange.table import Block

_ADDRESS = ("street", "city", "region", "postcode", "country")
_LISTS = {"emails": "email", "phones": "phone", "links": "link"}


def looks_like_json(source: Source) -> bool:
    """Say whether the text starts as a JSON object on a line, or as a JSON array of objects."""
    with source.text() as text:
        first = next((line for line in text if line.strip()), "")
    if starts_array(source):
        return True
    if not first.lstrip().startswith("{"):
        return False
    try:
        return isinstance(json.loads(first), dict)
    except ValueError:
        return False


def starts_array(source: Source) -> bool:
    """Say whether the text starts as a JSON array of objects: ``[{`` or ``[]``."""
    with source.text() as text:
        head = text.read(4096).lstrip("\ufeff \t\r\n")
    return head[:1] == "[" and head[1:].lstrip()[:1] in {"{", "]", ""}


def _array_lines(source: Source) -> list[str]:
    """Return the objects of a JSON array, one a line; raise BadFile where it is none."""
    if source.size > LARGEST_ARRAY:
        raise errors.BadFile(
            f"{source.name} is one JSON array of more than {LARGEST_ARRAY >> 20} MB",
            hint="write one object a line (JSON Lines), as export -f jsonl does",
        )
    with source.text() as text:
        try:
            values = json.loads(text.read().lstrip("\ufeff"), parse_float=str)
        except (ValueError, RecursionError) as error:
            raise errors.BadFile(
                f"{source.name} is no JSON array that can be read ({error})",
                hint="one object a line is meant (JSON Lines), as written by export -f jsonl",
            ) from None
    return [json.dumps(value) for value in values]


LARGEST_ARRAY = 64 << 20
"""Bytes: an array is held in memory whole, JSON Lines are not."""


class JsonTable:
    """One JSON object a line, or a small array of them, whose rows are counted from 1.

    The header is the union of all columns in their first order.
    """

    delimiter = ","
    """Of the file of rejected rows, which is CSV and comes back with the options of this one."""
    short_rows = 0
    rejects_ending = ".csv"
    remarks: Sequence[tuple[str, str, int]] = ()

    def __init__(self, source: Source) -> None:
        self.source = source
        self._array = _array_lines(source) if starts_array(source) else None
        columns: dict[str, None] = {}
        for _, flat, problem in self._objects():
            if problem is None:
                columns.update(dict.fromkeys(flat))
        if not columns:
            raise errors.BadFile(
                f"{source.name} holds no JSON objects",
                hint="one object a line is meant (JSON Lines), as written by export -f jsonl",
            )
        self.header = list(columns)

    def rows(self) -> Generator[tuple[int, list[str], str | None]]:
        """Yield rows; see ``InputTable``."""
        for line, flat, problem in self._objects():
            if problem is None:
                yield line, [flat.get(name, "") for name in self.header], None
            else:
                bare = flat.get("", "")
                yield line, [bare] + [""] * (len(self.header) - 1), problem

    def blocks(self, size: int) -> Generator[Block]:
        """Yield rows in blocks; see ``InputTable``."""
        from crm_cli.exchange.table import gathered

        return gathered(self.rows(), size)

    def _objects(self) -> Generator[tuple[int, dict[str, str], str | None]]:
        with self.source.text() as text:
            for line, raw in enumerate(text if self._array is None else self._array, start=1):
                bare = raw.strip()
                if not bare:
                    continue
                try:
                    value = json.loads(bare, parse_float=str, parse_int=str, parse_constant=_refuse)
                    if not isinstance(value, dict):
                        raise ValueError("not an object")  # noqa: TRY004 - caught below
                    flat = flatten(value)
                    if any("\0" in cell for cell in flat.values()):
                        yield line, {"": bare}, "holds a NUL character"
                    else:
                        for cell in flat.values():
                            cell.encode()
                        yield line, flat, None
                except UnicodeEncodeError:
                    yield line, {"": bare}, "holds half a character (a lone surrogate)"
                except (ValueError, RecursionError) as error:
                    yield line, {"": bare}, f"{shown(bare)} {NO_OBJECT} ({error})"


def _refuse(word: str) -> str:
    raise ValueError(f"{word} is no JSON")


def flatten(record: Mapping[str, Any]) -> dict[str, str]:
    """Lay a record flat: ``{"emails": [{"value": "a@b.c"}]}`` -> ``{"email": "a@b.c"}``."""
    flat: dict[str, str] = {}
    for key, value in record.items():
        if key in _LISTS and isinstance(value, list):
            _flatten_entries(flat, _LISTS[key], value)
        elif key == "addresses" and isinstance(value, list):
            _flatten_addresses(flat, value)
        elif key == "fields" and isinstance(value, dict):
            flat.update({f"field:{name}": _text(inner) for name, inner in value.items()})
        elif isinstance(value, list) and not any(isinstance(x, (dict, list)) for x in value):
            flat[key] = join_list([_text(x) for x in value if x is not None])
        else:
            flat[key] = _text(value)
    return flat


def _flatten_entries(flat: dict[str, str], name: str, entries: list[Any]) -> None:
    shaped = [x if isinstance(x, dict) else {"value": x} for x in entries]
    for number, entry in enumerate(sorted(shaped, key=lambda x: not x.get("primary")), start=1):
        stem = name if number == 1 else f"{name}_{number}"
        raw = _text(entry.get("raw"))
        value = _text(entry.get("value"))
        flat[stem] = value or raw
        if raw and value and raw != value:
            flat[f"{stem}_raw"] = raw
        if entry.get("label") is not None:
            flat[f"{stem}_label"] = _text(entry["label"])


def _flatten_addresses(flat: dict[str, str], entries: list[Any]) -> None:
    for number, entry in enumerate((x for x in entries if isinstance(x, dict)), start=1):
        tail = "" if number == 1 else f"_{number}"
        for part in _ADDRESS:
            if entry.get(part) is not None:
                flat[f"{part}{tail}"] = _text(entry[part])
        if entry.get("label") is not None:
            flat[f"address{tail}_label"] = _text(entry["label"])


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, ensure_ascii=False)
