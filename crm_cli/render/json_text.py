"""JSON and JSON Lines: exact data, one row a line, fast.

Big lists are encoded by column: one look at the types of a column decides how its values
are encoded, and a row is put together by one formatting operation.
"""

from __future__ import annotations

import re
from json.encoder import JSONEncoder, encode_basestring
from typing import TYPE_CHECKING, Any

from crm_cli.result import Record, Report, Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from crm_cli.result import Body

_encode = JSONEncoder(ensure_ascii=False).encode
_BLOCK = 4096

# Characters that a terminal would obey travel as \\uXXXX: the same data to every JSON reader.
# A pattern in text: re compiles it once one of them can be there.
_HAZARD = (
    "[\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)


def document(body: Body, options: Mapping[str, Any]) -> Iterator[str]:
    """Yield one JSON document: an array for a table, an object for a record or a report."""
    if isinstance(body, Table):
        yield from _array(_rows(body, options))
        yield "\n"
    elif isinstance(body, Report):
        head = {"report": body.name, "parameters": body.parameters}
        yield plain(_encode(head))[:-1] + ', "rows": '
        yield from _array(_rows(body, options))
        tail = {"totals": body.totals, "definition": body.definition, "notes": list(body.notes)}
        yield ", " + plain(_encode(tail))[1:] + "\n"
    elif isinstance(body, Record):
        yield plain(_object(body.values)) + "\n"


_LONG = 20
"""Objects in a list from which on each stands on one line."""


def _object(values: Mapping[str, Any]) -> str:
    """Return a record as a person would indent it; with long lists in it a row a line, which
    costs a tenth."""
    if not any(isinstance(value, list) and len(value) > _LONG for value in values.values()):
        return JSONEncoder(ensure_ascii=False, indent=2).encode(values)
    pairs = []
    for key, value in values.items():
        text = _encode(value)
        if isinstance(value, list) and value:
            text = "[\n    " + ",\n    ".join(map(_encode, value)) + "\n  ]"
        pairs.append(f"  {_encode(key)}: {text}")
    return "{\n" + ",\n".join(pairs) + "\n}"


def lines(body: Body, options: Mapping[str, Any]) -> Iterator[str]:
    """Yield one JSON object a line: per row, or the record itself."""
    if isinstance(body, Record):
        yield plain(_encode(body.values)) + "\n"
    elif isinstance(body, Table | Report):
        for block in _rows(body, options):
            yield "\n".join(block) + "\n"


def _array(blocks: Iterable[list[str]]) -> Iterator[str]:
    start = "["
    for block in blocks:
        yield start + ",\n ".join(block)
        start = ",\n "
    yield "[]" if start == "[" else "]"


def plain(text: str) -> str:
    """Return JSON text in which nothing is left that a terminal would obey: the same data."""
    if text.isascii() and "\x7f" not in text:
        return text
    return re.sub(_HAZARD, _escaped, text)


def _escaped(found: re.Match[str]) -> str:
    units = found[0].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))


# -- rows -----------------------------------------------------------------------------------------


def _rows(body: Table | Report, options: Mapping[str, Any]) -> Iterator[list[str]]:
    """Yield blocks of encoded rows."""
    from crm_cli.render.shape import grid_of

    grid = grid_of(body, options, people=False)
    if isinstance(body, Table):
        keys = [column.key for column in grid.columns]
        for start in range(0, len(grid.rows), _BLOCK):
            yield _block(keys, grid.rows[start : start + _BLOCK])
        return
    rows: Sequence[Mapping[str, Any]] = body.rows
    if len(rows) == len(body.cells):
        rows = [rows[i] for i in grid.order]
    if options.get("columns"):
        rows = _narrowed(rows, str(options["columns"]))
    for start in range(0, len(rows), _BLOCK):
        yield _objects(rows[start : start + _BLOCK])


def _objects(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return encoded rows of a report: by column, unless their keys differ."""
    keys = list(rows[0])
    if all(list(row) == keys for row in rows):
        return _block(keys, [tuple(row.values()) for row in rows])
    return [plain(_encode(row)) for row in rows]


def _narrowed(rows: Sequence[Mapping[str, Any]], text: str) -> Sequence[Mapping[str, Any]]:
    from crm_cli.render.shape import names_in

    names = names_in(text)
    if names == ["all"]:
        return rows
    return [{name: row[name] for name in names if name in row} for row in rows]


def _block(keys: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[str]:
    pairs = (encode_basestring(key).replace("%", "%%") + ": %s" for key in keys)
    template = "{" + ", ".join(pairs) + "}"
    columns = [_encoded(column) for column in zip(*rows, strict=True)]
    made = list(map(template.__mod__, zip(*columns, strict=True))) if keys else ["{}"] * len(rows)
    text = "".join(made)
    if text.isascii() and "\x7f" not in text:
        return made
    return list(map(plain, made))


def _encoded(column: Sequence[Any]) -> Sequence[str]:
    types = set(map(type, column))
    if types == {str}:
        return list(map(encode_basestring, column))
    if types == {int}:
        return list(map(str, column))
    if types == {type(None)}:
        return ("null",) * len(column)
    if types == {str, type(None)}:
        return ["null" if value is None else encode_basestring(value) for value in column]
    if all(issubclass(found, (float, type(None))) for found in types):
        return ["null" if value is None else float.__repr__(value) for value in column]
    if types == {bool}:
        return ["true" if value else "false" for value in column]
    if types == {list}:
        return ["[]" if not value else _encode(value) for value in column]
    return list(map(_encode, column))
