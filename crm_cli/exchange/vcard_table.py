"""A file of vCards as a table: one row a card, under the columns of our own CSV layout."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple, Protocol, runtime_checkable

from crm_cli import errors
from crm_cli.exchange.columns import CARD_MARK as MARK
from crm_cli.exchange.output import placed
from crm_cli.exchange.table import gathered, looks_like_cards
from crm_cli.exchange.vcard import Card, Reader, bare_line, escape
from crm_cli.exchange.vcard_rows import flatten, group_of

if TYPE_CHECKING:
    from collections.abc import Container, Generator, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from crm_cli.exchange.source import Source
    from crm_cli.exchange.table import Block
    from crm_cli.exchange.vcard_rows import Remark

HELD_BYTES = 8 << 20
"""The rows of a file up to this size are held in memory; those of a larger one are put aside in
a temporary file, so that memory stays flat. Cards are taken apart once, but where groups add tags
to them that are known only at the end."""

_PLAIN = {"utf-8", "utf-8-sig", "ascii"}
_KNOWN_VERSIONS = {"", "2.1", "3.0", "4.0"}
_GROUP: Remark = ("card-group", "groups of contacts became tags of their members")


@runtime_checkable
class CardTable(Protocol):
    """A table whose rows may be cards: of vCards, or of a plan that was made of them."""

    def write_rejects(self, path: Path, rejected: Iterable[tuple[int, str | None, str]]) -> None:
        """Write rejected cards, each with its reason. Raises StoreFull and OSError."""


class _Row(NamedTuple):
    """What a card says: cells by column, or a problem."""

    line: int
    cells: Mapping[str, str]
    problem: str | None
    remarks: Sequence[Remark] = ()
    is_group: bool = False


class _Spool:
    """Rows in an unnamed temporary file that goes with the source."""

    def __init__(self, source: Source) -> None:
        import tempfile

        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - the source closes it
        source.spools.append(self._file)

    def append(self, row: _Row) -> None:
        self._file.write(json.dumps(row).encode() + b"\n")

    def __iter__(self) -> Iterator[_Row]:
        self._file.seek(0)
        for line in self._file:
            number, cells, problem, remarks, is_group = json.loads(line)
            yield _Row(number, cells, problem, [(kind, text) for kind, text in remarks], is_group)


class VcardTable:
    """The people and companies of one file. Lines between cards are rows that cannot be used;
    a card that is a group is none, its members get its name as a tag."""

    delimiter = ","
    short_rows = 0
    rejects_ending = ".vcf"

    def __init__(self, source: Source) -> None:
        self.source = source
        self.remarks: list[tuple[str, str, int]] = []
        self._groups: dict[str, list[str]] = {}
        columns = {"name": None}
        found = False
        rows: list[_Row] | _Spool = [] if source.size <= HELD_BYTES else _Spool(source)
        reader = Reader(source)
        for card in reader.cards():
            found = found or bool(card.properties)
            group = group_of(card) if card.problem is None else None
            for uid in group[1] if group else ():
                self._groups.setdefault(uid, []).append(group[0] if group else "")
            row = self._row(card, group)
            columns.update(dict.fromkeys(row.cells))
            if not self._groups:
                rows.append(row)
        if not found and not looks_like_cards(source):
            raise errors.BadFile(
                f"{source.name} holds no vCard", hint="a card stands between BEGIN:VCARD and END"
            )
        if self._groups:
            columns["tags"] = None
        self._rows = rows if not self._groups else None
        if not reader.is_guessed and len(source.notices) == 1:
            # The file is no whole UTF-8, its lines are: characters were cut by folding.
            source.notices.clear()
            source.encoding = "utf-8"
        self.header = list(columns)

    def rows(self) -> Generator[tuple[int, list[str], str | None]]:
        """Yield rows; see ``InputTable``."""
        self.remarks.clear()
        held = self._rows
        for row in held if held is not None else self._read_again():
            self.remarks += [(*remark, row.line) for remark in row.remarks]
            if not row.is_group:
                cells = row.cells
                yield row.line, [cells.get(name, "") for name in self.header], row.problem

    def _read_again(self) -> Generator[_Row]:
        for card in Reader(self.source).cards():
            yield self._row(card, group_of(card) if card.problem is None else None)

    def _row(self, card: Card, group: object) -> _Row:
        """Return a card as a row: cells, or the reason why there are none."""
        if card.problem is not None:
            return _Row(card.line, {}, card.problem)
        if group is not None:
            return _Row(card.line, {}, None, [_GROUP], is_group=True)
        problem = _wrong_version(card)
        if problem is not None:
            return _Row(card.line, {}, problem)
        try:
            cells, remarks = flatten(card, self._groups)
        except ValueError as error:
            return _Row(card.line, {}, str(error))
        return _Row(card.line, cells, None, remarks)

    def blocks(self, size: int) -> Generator[Block]:
        """Yield rows in blocks; see ``InputTable``."""
        return gathered(self.rows(), size)

    def write_rejects(self, path: Path, rejected: Iterable[tuple[int, str | None, str]]) -> None:
        """Write the rejected cards as they stand, each with the reason in a property of its own.

        The file is UTF-8, marked as such where the input was read as something else: the mark
        counts more than an ``--encoding`` said again. Raises StoreFull and OSError.
        """
        reasons = {line: (field, reason) for line, field, reason in rejected}
        with placed(path, encoding_of(self.source)) as stream:
            for line, text in self.texts(reasons):
                stream.write(marked(text, line, *reasons[line]))

    def texts(self, wanted: Container[int]) -> Generator[tuple[int, str]]:
        """Yield (line, text as it stands) of some cards, by their lines."""
        reader = Reader(self.source)
        for card in reader.cards():
            if card.line in wanted:
                yield card.line, reader.as_text(card)


def encoding_of(source: Source) -> str:
    """Return the encoding of a file of cards rejected from an input."""
    return "utf-8" if source.encoding in _PLAIN else "utf-8-sig"


def marked(text: str, line: int, field: str | None, reason: str) -> str:
    """Return a card with the reason for which it was rejected."""
    where = f"line {line}" + (f", {field}" if field else "")
    mark = f"{MARK}:{escape(f'{where}: {reason}')}\r\n"
    head, end, rest = text.partition("\n")
    tail = "" if text.endswith(("\n", "\r")) else "\r\n"
    if bare_line(head.rstrip("\r")).upper() == "BEGIN:VCARD":
        return f"{head}{end}{mark}{rest}{tail}" if end else f"{head}{tail}{mark}"
    return f"{mark}{text}{tail}"


def _wrong_version(card: Card) -> str | None:
    version = next((p.text.strip() for p in card.properties if p.name == "VERSION"), "")
    if version in _KNOWN_VERSIONS:
        return None
    return f"is of version {version!r}; 2.1, 3.0 and 4.0 can be read"
