"""vCard 2.1, 3.0 and 4.0 as text: files to cards, cards to properties.

A file is read as bytes: writers of old phones fold a line in the middle of a character, and one
property may have another CHARSET than the next. A character set is asked of a whole line only.
"""

from __future__ import annotations

import binascii
import io
import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from crm_cli.exchange.columns import CARD_MARK as MARK

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence

    from crm_cli.exchange.source import Source

LONGEST_CARD = 1 << 25
"""Characters; what is longer has lost its END:VCARD."""

_BEGIN, _END = "BEGIN:VCARD", "END:VCARD"
_LOOKED_AT = {"BEGI", "END:", "VERS", MARK[:4]}
"""How lines begin that say more than a property, in capitals."""

_LETTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
_BARE_ENCODINGS = {"QUOTED-PRINTABLE", "BASE64", "8BIT", "7BIT"}
_NAME = re.compile(r"(?:([A-Za-z0-9_-]+)\.)?([A-Za-z0-9_-]+)")
_BASE64 = re.compile(r"[A-Za-z0-9+/]{16,}={0,2}|[A-Za-z0-9+/]*={1,2}")
_QUOTED = re.compile(r"ENCODING=QUOTED-PRINTABLE|;\s*QUOTED-PRINTABLE", re.IGNORECASE)
_ENCODED = re.compile(r"ENCODING=(?:BASE64|B)\b|;\s*BASE64", re.IGNORECASE)


@dataclass(slots=True)
class Property:
    """One line of a card. ``value`` keeps the backslashes of 3.0 and 4.0, whatever the version;
    ``parameters`` have upper-case names."""

    name: str
    value: str
    parameters: dict[str, list[str]] = field(default_factory=dict)
    group: str = ""

    @property
    def types(self) -> set[str]:
        """Return the TYPE parameters in lower case."""
        return {word.lower() for word in self.parameters.get("TYPE", ())}

    @property
    def preference(self) -> int:
        """Return 1 for the most preferred, 101 where nothing is said."""
        told = self.parameters.get("PREF", [""])[0]
        if told.isascii() and told.isdigit():
            return min(max(int(told), 1), 100)
        return 1 if "pref" in self.types or "PREF" in self.parameters else 101

    @property
    def is_binary(self) -> bool:
        """Whether the value is no text: a picture, a sound or a key in base64."""
        encoding = self.parameters.get("ENCODING", [""])[0].upper()
        return encoding in {"B", "BASE64"} or self.value[:5].lower() == "data:"

    @property
    def text(self) -> str:
        """Return the whole value without its escapes."""
        return unescape(self.value)

    @property
    def parts(self) -> list[str]:
        """Return the components that ``;`` parts, without their escapes."""
        return [unescape(part) for part in split(self.value, ";")]

    @property
    def words(self) -> list[str]:
        """Return the values of a list that ``,`` parts, without their escapes."""
        return [unescape(part) for part in split(self.value, ",")]


@dataclass(slots=True)
class Card:
    """One card, or lines between cards: the line it begins on, its lines as they stand, its
    properties, and why it cannot be used."""

    line: int
    raw: list[str] = field(default_factory=list)
    properties: list[Property] = field(default_factory=list)
    problem: str | None = None


def split(value: str, sign: str) -> list[str]:
    """Part a value at a sign that no backslash escapes."""
    if "\\" not in value:
        return value.split(sign)
    found, start, at = [], 0, 0
    while at < len(value):
        if value[at] == "\\":
            at += 1
        elif value[at] == sign:
            found.append(value[start:at])
            start = at + 1
        at += 1
    return [*found, value[start:]]


def bare_line(text: str) -> str:
    """Return a line without its blanks and a byte-order mark (read as text or byte by byte), as
    files put together have them between cards."""
    return text.strip(" \t").removeprefix("\xef\xbb\xbf").removeprefix("\ufeff")


def unescape(value: str) -> str:
    """Return a value as it is meant, its backslashes read."""
    return _ESCAPE.sub(_meant, value) if "\\" in value else value


_ESCAPE = re.compile(r"\\(.)", re.DOTALL)


def _meant(found: re.Match[str]) -> str:
    sign = found[1]
    if sign in "nN":
        return "\n"
    return sign if sign in "\\,;:" else found[0]


def escape(text: str) -> str:
    """Return a text as a value of 3.0 and 4.0."""
    for sign in "\\,;":
        text = text.replace(sign, "\\" + sign)
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\\n")


# -- cards --------------------------------------------------------------------------------------


@lru_cache(maxsize=256)
def _way(head: str) -> str:
    """Return how a property with this head may go on in the next line; see ``_Open.way``."""
    return "q" if _QUOTED.search(head) else "b" if _ENCODED.search(head) else ""


class _Open:
    """A card while its lines are read: unfolded lines, each in pieces."""

    def __init__(self, line: int, *, outside: bool = False) -> None:
        self.line = line
        self.outside = outside
        self.raw: list[str] = []
        self.lines: list[tuple[int, list[str]]] = []
        self.depth = 0
        self.is_marked = False
        self.size = 0
        self.version = ""
        # How the line being read goes on: "q" by a soft break, "b" by more base64.
        self.way = ""

    def take(self, number: int, raw: str, text: str, word: str) -> bool:
        """Take one physical line: as it stands, without its end, and in capitals. Returns
        whether it ends the card."""
        self.raw.append(raw)
        self.size += len(text)
        if self.outside:
            return False
        if word == _BEGIN:
            self.depth += len(self.raw) > 1
        elif word == _END:
            self.depth -= 1
        elif not self.depth:
            self._add(number, text)
        return self.depth < 0

    @property
    def takes_plainly(self) -> bool:
        """Whether a line that begins with a letter is a new property, unless it is one of those
        that begin or end something."""
        return not (self.outside or self.depth or self.way or self.size > LONGEST_CARD)

    def take_plainly(self, number: int, raw: str) -> None:
        """Take a line that is a new property; most are."""
        self.raw.append(raw)
        text = raw.rstrip("\r\n")
        self.size += len(text)
        self.lines.append((number, [text]))
        head = text.partition(":")[0]
        if ";" in head or "=" in head:
            self.way = _way(head)

    def _add(self, number: int, text: str) -> None:
        if self.way == "q" and self.lines and self.lines[-1][1][-1].endswith("="):
            pieces = self.lines[-1][1]
            pieces[-1] = pieces[-1][:-1]
            pieces.append(text)
        elif text[:1] in {" ", "\t"} and self.lines:
            # In 2.1 a line is folded at a blank, which stays.
            keeps = self.version == "2.1" and self.way != "b"
            self.lines[-1][1].append(text if keeps else text[1:])
        elif text.strip():
            if self.way == "b" and self.lines and _BASE64.fullmatch(text.strip()):
                self.lines[-1][1].append(text.strip())
                return
            self.lines.append((number, [text]))
            head = text.partition(":")[0]
            self.way = _way(head)
            if head.strip().upper() == "VERSION":
                self.version = text.partition(":")[2].strip()
        else:
            self.way = ""

    @property
    def is_begun(self) -> bool:
        """Whether more than the card's first line was read, the reason of a rejected one too."""
        return self.outside or self.is_marked or bool(self.lines)

    @property
    def may_hold_a_card(self) -> bool:
        """Whether the next card is within this one: an agent's."""
        if self.depth:
            return True
        last = "".join(self.lines[-1][1]).strip().upper() if self.lines else ""
        return last.startswith("AGENT") and last.endswith(":")


class _Head(NamedTuple):
    """What stands before a property's value, taken apart."""

    name: str
    group: str
    parameters: dict[str, list[str]]
    charset: str
    is_quoted: bool


_MOST_HEADS = 1000


class Reader:
    """Reads the cards of one source. ``is_guessed`` is set where the encoding had to be."""

    def __init__(self, source: Source) -> None:
        self._source = source
        encoding = source.encoding
        plain = _BEGIN.encode(encoding, "replace").removeprefix(b"\xef\xbb\xbf") == _BEGIN.encode()
        self._bytes = plain
        # With a notice the encoding was a guess about the whole file: a line may be UTF-8.
        guess = bool(source.notices)
        self._encodings: Sequence[str] = ("utf-8", encoding) if guess else (encoding,)
        self.is_guessed = False
        # Files repeat few heads: TEL;TYPE=CELL is read once.
        self._heads: dict[str, _Head] = {}

    def cards(self) -> Generator[Card]:
        """Yield the cards in their order, and what stands between them."""
        for found in self._open_cards():
            yield self._finished(*found)

    def _lines(self) -> Iterator[str]:
        if not self._bytes:
            yield from self._source.text()
            return
        self._source.handle.seek(0)
        head = self._source.handle.read(3)
        self._source.handle.seek(3 if head == b"\xef\xbb\xbf" else 0)
        wrapper = io.TextIOWrapper(self._source.handle, encoding="latin-1", newline="")
        try:
            yield from wrapper
        finally:
            wrapper.detach()

    def _open_cards(self) -> Generator[tuple[_Open, str | None]]:
        current: _Open | None = None
        for number, raw in enumerate(self._lines(), start=1):
            if (
                current is not None
                and raw[0] in _LETTERS
                and raw[:4].upper() not in _LOOKED_AT
                and current.takes_plainly
            ):
                current.take_plainly(number, raw)
                continue
            text = raw.rstrip("\r\n")
            word = bare_line(text).upper()
            if current is not None and current.size > LONGEST_CARD and not current.outside:
                yield current, f"is longer than {LONGEST_CARD >> 20} MB: its {_END} is missing"
                current = _Open(number, outside=True)
            begins = word == _BEGIN and not (current is not None and current.may_hold_a_card)
            is_mark = word.startswith(MARK)
            if current is not None and (begins or (is_mark and current.is_begun)):
                yield current, self._unfinished(current, number)
                current = None
            if is_mark:
                if current is not None:
                    current.is_marked = True
                continue
            if current is None:
                if not word.strip("\x1a\0"):
                    continue
                current = _Open(number, outside=not begins)
            if current.take(number, raw, text, word):
                yield current, None
                current = None
        if current is not None:
            yield current, self._unfinished(current, 0)

    @staticmethod
    def _unfinished(current: _Open, number: int) -> str:
        if current.outside:
            return f"stands outside of a card (no {_BEGIN} before it)"
        where = f" (the next card begins in line {number})" if number else ""
        return f"has no {_END}{where}"

    def _finished(self, found: _Open, problem: str | None) -> Card:
        card = Card(found.line, found.raw, problem=problem)
        if problem is None:
            for number, pieces in found.lines:
                try:
                    line = pieces[0] if len(pieces) == 1 else "".join(pieces)
                    card.properties.append(self._property(line))
                except ValueError as error:
                    card.problem = f"line {number} {error}"
                    break
        return card

    def as_text(self, card: Card) -> str:
        """Return the lines of a card as text, to be written."""
        return self._decoded("".join(card.raw))

    def _decoded(self, text: str) -> str:
        """Return the text of a line that was read as bytes."""
        if text.isascii() or not self._bytes:
            return text
        raw = text.encode("latin-1")
        for encoding in self._encodings:
            try:
                found = raw.decode(encoding)
            except UnicodeDecodeError:
                continue
            self.is_guessed |= encoding != self._encodings[0]
            return found
        self.is_guessed = True
        return raw.decode("cp1252", "replace")

    # -- properties -------------------------------------------------------------------------------

    def _property(self, line: str) -> Property:
        """Read one unfolded line. Raises ValueError with what is wrong."""
        if "\0" in line:
            raise ValueError("holds a NUL byte")
        head, value = _parted(line)
        if value is None:
            raise ValueError(f"has no colon: {self._decoded(line)[:60]!r}")
        if head.isascii() and head.isalpha():  # most lines are: no group, no parameter
            return Property(head.upper(), self._decoded(value))
        known = self._heads.get(head)
        if known is None:
            known = self._head(head)
            if len(self._heads) < _MOST_HEADS:
                self._heads[head] = known
        told = {key: [*words] for key, words in known.parameters.items()}
        if known.is_quoted:
            plain = self._quoted_printable(value, known.charset)
        else:
            plain = self._of_charset(value, known.charset)
        return Property(known.name, plain, told, known.group)

    def _head(self, head: str) -> _Head:
        """Read what stands before a property's value. Raises ValueError with what is wrong."""
        first, *rest = _outside_quotes(head, ";")
        matched = _NAME.fullmatch(first.strip())
        if matched is None:
            raise ValueError(f"{self._decoded(first)[:60]!r} is not the name of a property")
        parameters: dict[str, list[str]] = {}
        for text in rest:
            name, equals, told = self._decoded(text).strip().partition("=")
            if not equals:
                name, told = ("ENCODING" if name.upper() in _BARE_ENCODINGS else "TYPE"), name
            if told:
                key = name.strip().upper()
                words = [_unquoted(word) for word in _outside_quotes(told, ",")]
                if key == "TYPE":  # version 4.0 writes "work,voice" in quotes
                    words = [part for word in words for part in word.split(",")]
                parameters.setdefault(key, []).extend(words)
        charset = parameters.pop("CHARSET", [""])[0]
        is_quoted = parameters.get("ENCODING", [""])[0].upper() == "QUOTED-PRINTABLE"
        if is_quoted:
            del parameters["ENCODING"]
        return _Head(matched[2].upper(), matched[1] or "", parameters, charset, is_quoted)

    def _of_charset(self, value: str, charset: str) -> str:
        if charset and self._bytes and not value.isascii():
            try:
                return value.encode("latin-1").decode(charset)
            except (LookupError, ValueError):
                pass
        return self._decoded(value)

    def _quoted_printable(self, value: str, charset: str) -> str:
        """Return a value of 2.1 with the escapes of 3.0: an encoded ``;`` parts nothing."""
        found = []
        for part in split(value, ";"):
            raw = part if self._bytes else part.encode("utf-8").decode("latin-1")
            octets = binascii.a2b_qp(raw.encode("latin-1"))
            text = self._of_charset(octets.decode("latin-1"), charset)
            if not self._bytes:
                text = _first_readable(octets, (charset or "utf-8", "utf-8", "cp1252"))
            if "\0" in text:
                raise ValueError("holds a NUL byte")
            text = text.replace("\\;", ";").replace("\\", "\\\\").replace(";", "\\;")
            found.append(text.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\\n"))
        return ";".join(found)


def _first_readable(octets: bytes, encodings: Sequence[str]) -> str:
    for encoding in encodings:
        try:
            return octets.decode(encoding)
        except (LookupError, ValueError):
            continue
    return octets.decode("latin-1")


def _parted(line: str) -> tuple[str, str | None]:
    """Part a line at its first colon outside of quotes; a lone quote is none."""
    if '"' not in line.partition(":")[0]:
        head, colon, value = line.partition(":")
        return head, value if colon else None
    quoted = False
    for at, sign in enumerate(line):
        if sign == '"':
            quoted = not quoted
        elif sign == ":" and not quoted:
            return line[:at], line[at + 1 :]
    head, colon, value = line.partition(":")
    return head, value if colon else None


def _outside_quotes(text: str, sign: str) -> list[str]:
    if '"' not in text:
        return text.split(sign)
    found, start, quoted = [], 0, False
    for at, char in enumerate(text):
        if char == '"':
            quoted = not quoted
        elif char == sign and not quoted:
            found.append(text[start:at])
            start = at + 1
    return [*found, text[start:]]


_CARET = re.compile(r"\^([n^'])")
_CARETS: Callable[[re.Match[str]], str] = lambda found: {"n": "\n", "^": "^", "'": '"'}[found[1]]  # noqa: E731


def _unquoted(word: str) -> str:
    """Return a parameter's value as it is meant (RFC 6868 for quotes and line ends)."""
    bare = word.strip().replace('"', "")
    return _CARET.sub(_CARETS, bare) if "^" in bare else bare


def quoted(word: str) -> str:
    """Return a parameter's value as it is written."""
    bare = word.replace("^", "^^").replace("\r\n", "\n").replace("\r", "\n")
    bare = bare.replace("\n", "^n").replace('"', "^'")
    return f'"{bare}"' if any(sign in bare for sign in ":;, ") or not bare else bare
