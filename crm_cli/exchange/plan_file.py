"""The plan of an import as a file: JSON Lines that a person can read, edit and send on.

The first line says what was read, how, and in what state of which store; a line for each row
says what becomes of it, with the row's own cells; the last line says that nothing is cut off.
``PlanTable`` reads the rows back as the input that they came from.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NoReturn

from crm_cli import errors
from crm_cli.exchange.output import placed
from crm_cli.exchange.plan_head import Head, read_head
from crm_cli.exchange.refed import HOLDS_NUL, NUL_SIGN, is_refed, is_unmended

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Mapping, Sequence
    from pathlib import Path

    from crm_cli.exchange.source import Source
    from crm_cli.exchange.table import Block

LAST_LINE = 1 << 62
_ENCODER = json.JSONEncoder(ensure_ascii=False)


def column_keys(header: Sequence[str]) -> list[str]:
    """Return what the cells of each column are called in a plan: its title, with a number where
    several are alike."""
    keys: dict[str, None] = {}
    for title in header:
        key, number = title, 1
        while key in keys:
            number += 1
            key = f"{title} ({number})"
        keys[key] = None
    return list(keys)


def line_of(values: Mapping[str, Any]) -> str:
    """Return a line of the file."""
    return _ENCODER.encode(values) + "\n"


class PlanTable:
    """The rows of a plan as an input table. A plan that is broken shows while it is read: then
    ``rows`` raises BadFile, before anything is written."""

    short_rows = 0
    remarks: Sequence[tuple[str, str, int]] = ()

    def __init__(self, file: Source) -> None:
        self.file = file
        first = next(_objects(file), None)
        if first is None:
            raise errors.BadFile(f"{file.name} is empty", hint="a plan is made by import --plan")
        self.head: Head = read_head(file.name, *first)
        self.header = self.head.header
        self.delimiter = self.head.delimiter
        self.rejects_ending = self.head.ending
        self.source = replace(file, name=self.head.source, encoding=self.head.encoding)
        self._keys = column_keys(self.header)

    def rows(self) -> Generator[tuple[int, list[str], str | None]]:
        """Yield rows; see ``InputTable``."""
        refed = is_refed(self.header)
        before = ""
        for number, value in self._lines():
            cells, has_nul = self._cells(number, value), False
            for at, cell in enumerate(cells):
                if "\0" in cell:
                    cells[at], has_nul = cell.replace("\0", NUL_SIGN), True
            problem = HOLDS_NUL if has_nul else None
            reason, still_bad = value.get("reason"), ""
            if value.get("unreadable") is True and isinstance(reason, str):
                told = cells[:-3] if refed else cells
                if not any(told) or is_unmended(told, reason, before):
                    problem = still_bad = reason
            before = still_bad
            yield value["line"], cells, problem

    def blocks(self, size: int) -> Generator[Block]:
        """Yield rows in blocks; see ``InputTable``."""
        from crm_cli.exchange.table import gathered

        return gathered(self.rows(), size)

    def values(self) -> Generator[dict[str, Any]]:
        """Yield the objects of the rows. Raises BadFile."""
        for _, value in self._lines():
            yield value

    def _lines(self) -> Generator[tuple[int, dict[str, Any]]]:
        """Yield (number in the file, object) of the rows. Raises BadFile."""
        count = last = 0
        ended = False
        objects = _objects(self.file)
        next(objects)
        for number, value in objects:
            if ended:
                self._refuse(number, "stands after the plan's last line")
            if "end" in value:
                ended = True
                continue
            if "also" in value:
                continue
            line = value.get("line")
            if not isinstance(line, int) or isinstance(line, bool) or not 0 < line < LAST_LINE:
                self._refuse(number, 'has no "line", the number of its row')
            if line <= last:
                self._refuse(number, f"tells row {line}, but row {last} stands above it")
            count, last = count + 1, line
            if count > self.head.read:
                self._refuse(number, f"is one row more than the {self.head.read} planned")
            yield number, value
        if not ended:
            raise errors.BadFile(
                f'{self.file.name} is cut off: its last line, with "end", is missing',
                hint="make the plan again, or get the whole file",
            )

    def _cells(self, number: int, value: Mapping[str, Any]) -> list[str]:
        told = value.get("cells")
        if not isinstance(told, dict):
            self._refuse(number, 'has no "cells"')
        strange = told.keys() - set(self._keys)
        if strange:
            self._refuse(number, f"has a cell {min(strange)!r}, but the file has no such column")
        cells = []
        for key in self._keys:
            cell = told.get(key, "")
            if isinstance(cell, int) and not isinstance(cell, bool):
                cell = str(cell)
            if not isinstance(cell, str | None):
                self._refuse(number, f"has a cell {key!r} that is no text")
            cells.append(cell or "")
        return cells

    def _refuse(self, number: int, problem: str) -> NoReturn:
        raise broken(self.file.name, number, problem)

    # -- rejected cards ---------------------------------------------------------------------

    def write_rejects(self, path: Path, rejected: Iterable[tuple[int, str | None, str]]) -> None:
        """Write rejected cards as they stood, or from their cells, each with its reason. Raises
        StoreFull and OSError."""
        from crm_cli.exchange.vcard_table import encoding_of, marked

        reasons = {line: (field, reason) for line, field, reason in rejected}
        with placed(path, encoding_of(self.source)) as stream:
            for number, value in self._lines():
                if value["line"] in reasons:
                    field, reason = reasons[value["line"]]
                    card = value.get("card")
                    if not isinstance(card, str):
                        card = self._card(self._cells(number, value))
                    stream.write(marked(card, value["line"], field, reason))

    def _card(self, cells: Sequence[str]) -> str:
        from crm_cli.exchange.vcard import escape

        told = [f"{key}: {cell}" for key, cell in zip(self._keys, cells, strict=True) if cell]
        name = next(
            (cell for key, cell in zip(self._keys, cells, strict=True) if key == "name"), ""
        )
        lines = ["BEGIN:VCARD", "VERSION:3.0", f"FN:{escape(name)}", f"N:{escape(name)};;;;"]
        return "\r\n".join([*lines, f"NOTE:{escape(chr(10).join(told))}", "END:VCARD", ""])


def broken(name: str, number: int, problem: str) -> errors.BadFile:
    """Return the error about a line of a plan."""
    return errors.BadFile(
        f"{name}: line {number} {problem}; nothing was written",
        hint="mend the line, or make the plan again",
    )


def _objects(file: Source) -> Generator[tuple[int, dict[str, Any]]]:
    """Yield (number of the line, object). Raises BadFile."""
    with file.text() as text:
        for number, raw in enumerate(text, start=1):
            bare = raw.strip("\ufeff \t\r\n")
            if not bare:
                continue
            try:
                value = json.loads(bare, parse_float=str, parse_constant=_refuse_constant)
                bare.encode()
                if "\\ud" in bare or "\\uD" in bare:
                    json.dumps(value, ensure_ascii=False).encode()
            except UnicodeEncodeError:
                raise broken(file.name, number, "holds half a character") from None
            except (ValueError, RecursionError) as error:
                problem = f"is no JSON ({error})" if str(error) else "is no JSON"
                raise broken(file.name, number, problem) from None
            if not isinstance(value, dict):
                raise broken(file.name, number, "is no JSON object")
            yield number, value


def _refuse_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is no JSON")
