"""Opening an input: file or stdin, kept readable twice, its encoding found.

An import reads its input three times: once here, for encoding and hazards, once for the rows,
and, only where rows were rejected, once more to copy these. A pipe is spooled to an unnamed
temporary file for that.
"""

from __future__ import annotations

import codecs
import io
import re
import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from crm_cli import errors
from crm_cli.exchange.cells import GUARDED_BYTES

if TYPE_CHECKING:
    from typing import TextIO

_CHUNK = 1 << 20
_NOTHING = b"\x00\xef\xbb\xbf\xff\xfe\r\n\t "
"""Bytes of blanks, line ends and byte-order marks in any encoding."""

ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
"""How spreadsheets begin: those of today, and the old ``.xls``."""

_CARD = b"BEGIN:VCARD"
_BINARY = (
    (ZIP, "an archive (zip)", "unpack it first: unzip -p FILE | crm ... import -"),
    (b"\x1f\x8b", "compressed (gzip)", "unpack it first: gunzip -c FILE | crm ... import -"),
    (b"SQLite format 3\x00", "an SQLite database", "export the table as CSV first"),
    (b"%PDF", "a PDF", "export the table as CSV first"),
    (b"\x89PNG", "a picture (PNG)", "name a CSV or JSON Lines file"),
    (b"\xff\xd8\xff", "a picture (JPEG)", "name a CSV or JSON Lines file"),
    (b"GIF8", "a picture (GIF)", "name a CSV or JSON Lines file"),
    (b"\x7fELF", "a program", "name a CSV or JSON Lines file"),
)
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_WHOLE = frozenset({"utf-8", "utf-8-sig", "cp1252", "iso8859-1", "ascii"})
"""Encodings that read every text as whole characters."""


@dataclass(slots=True)
class Source:
    """An opened input. ``name`` is the path as typed, or ``stdin``; ``size`` in bytes."""

    name: str
    handle: BinaryIO
    size: int
    encoding: str = "utf-8"
    has_nul: bool = False
    has_guarded: bool = False
    is_workbook: bool = False
    notices: list[str] = field(default_factory=list)
    spools: list[BinaryIO] = field(default_factory=list)
    """Files that stand for this one, closed along with it."""

    def text(self) -> TextIO:
        """Return the decoded text from its start, line ends as they are."""
        self.handle.seek(0)
        return io.TextIOWrapper(
            _Unclosed(self.handle),
            encoding=self.encoding,
            newline="",  # type: ignore[type-var]
        )

    @property
    def position(self) -> int:
        """Return how many bytes have been read since ``text`` was called, about."""
        return self.handle.tell()

    @property
    def suffix(self) -> str:
        """Return the file's ending in lower case, with its dot."""
        return Path(self.name).suffix.lower()

    def close(self) -> None:
        """Close the file."""
        for handle in (self.handle, *self.spools):
            handle.close()


class _Unclosed(io.BufferedIOBase):
    """Lends a binary file to a text wrapper without letting it close it."""

    def __init__(self, handle: BinaryIO) -> None:
        self._handle = handle

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1, /) -> bytes:
        return self._handle.read(-1 if size is None else size)

    def read1(self, size: int = -1, /) -> bytes:
        return self._handle.read(size if size > 0 else _CHUNK)


def open_source(path: str, stdin: BinaryIO | None, encoding: str | None = None) -> Source:
    """Open ``path`` (``-``: stdin) and find its encoding.

    Raises BadFile for a missing, empty or binary file and for bytes that cannot be read.
    """
    handle, name = open_binary(path, stdin)
    try:
        size = handle.seek(0, io.SEEK_END)
        handle.seek(0)
        source = Source(name=name, handle=handle, size=size)
        _inspect(source, encoding)
    except BaseException:
        handle.close()
        raise
    return source


def open_binary(path: str, stdin: BinaryIO | None) -> tuple[BinaryIO, str]:
    """Return a file opened for reading at any place in it, and its name; ``-`` is stdin, which is
    copied. Raises BadFile."""
    if path == "-":
        if stdin is None:
            raise errors.BadFile("nothing can be read from stdin", hint="name a file")
        return _spooled(stdin), "stdin"
    try:
        handle = Path(path).open("rb")  # noqa: SIM115 - the Source closes it
    except FileNotFoundError:
        raise errors.BadFile(
            f"{path}: no such file", hint="check the name and the folder"
        ) from None
    except IsADirectoryError:
        raise errors.BadFile(f"{path} is a folder", hint="name a file, or - for stdin") from None
    except OSError as error:
        raise errors.BadFile(
            f"{path} cannot be read: {error.strerror}", hint="check the permissions of the file"
        ) from None
    except ValueError as error:
        raise errors.BadFile(
            f"{path!r} is not a file's name: {error}", hint="name a file, or - for stdin"
        ) from None
    if handle.seekable():
        return handle, path
    with handle:
        return _spooled(handle), path


def _spooled(stream: BinaryIO) -> BinaryIO:
    spool = tempfile.TemporaryFile()  # noqa: SIM115 - the Source closes it
    shutil.copyfileobj(stream, spool, _CHUNK)
    return spool


def _inspect(source: Source, encoding: str | None) -> None:
    head = source.handle.read(4096)
    if not head.strip(_NOTHING):
        source.handle.seek(0)
        chunks = iter(lambda: source.handle.read(_CHUNK), b"")
        if not any(chunk.strip(_NOTHING) for chunk in chunks):
            raise errors.BadFile(f"{source.name} is empty", hint="a header row is needed at least")
    if head.startswith((ZIP, OLE)):
        from crm_cli.exchange.sheets import is_workbook

        source.is_workbook = head.startswith(OLE) or is_workbook(source)
        if source.is_workbook:
            # Its rejected rows are text: their mark counts more than an encoding said again.
            source.encoding = "utf-8-sig" if encoding else "utf-8"
            return
    for mark, what, hint in _BINARY:
        if head.startswith(mark):
            raise errors.BadFile(f"{source.name} is {what}, not a text file", hint=hint)
    if not encoding and _marked(head) is None and _is_binary(head):
        raise errors.BadFile(
            f"{source.name} is not a text file", hint="name a CSV or JSON Lines file"
        )
    source.encoding = _named(source, encoding) if encoding else _marked(head) or "utf-8"
    if _scan(source) is None:
        return
    if encoding or source.encoding != "utf-8":
        raise errors.BadFile(
            f"{source.name} cannot be read as {source.encoding}",
            hint="name its encoding with --encoding, for example cp1252 or utf-16",
        )
    source.encoding = "cp1252"
    problem = _scan(source)
    if problem is not None:
        at = f" (byte {problem.start})" if isinstance(problem, UnicodeDecodeError) else ""
        raise errors.BadFile(
            f"{source.name} is neither UTF-8 nor cp1252{at}",
            hint="name its encoding with --encoding, for example mac-roman or cp1250",
        )
    source.notices.append(
        f"{source.name} is not UTF-8; read as cp1252 (Western European) - say --encoding if wrong"
    )


def _is_binary(head: bytes) -> bool:
    """Say whether many bytes are control signs that no text has (a few NULs are met). A card is
    short, and one odd name weighs much in it: that it begins as one is enough."""
    if head.lstrip()[: len(_CARD)].upper() == _CARD:
        return False
    strange = sum(byte < 32 and byte not in b"\t\n\x0b\x0c\r\x1a\x1b" for byte in head)
    return strange * 10 > len(head)


def _named(source: Source, encoding: str) -> str:
    try:
        name = codecs.lookup(encoding).name
        "".encode(name)
    except (LookupError, TypeError, ValueError):
        raise errors.InvalidValue(
            f"{encoding!r} is not an encoding", hint="write utf-8, cp1252, latin-1, utf-16 ..."
        ) from None
    source.handle.seek(0)
    head = source.handle.read(4)
    if not head.startswith(codecs.BOM_UTF8):
        marks = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)
        if name in {"utf-16", "utf-32"} and not head.startswith(marks):
            return name + ("-be" if head.startswith(b"\0") else "-le")
        return name
    if name not in {"utf-8", "utf-8-sig"}:
        source.notices.append(f"{source.name} bears the mark of UTF-8; read as that, not as {name}")
    return "utf-8-sig"


def _marked(head: bytes) -> str | None:
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name
    if len(head) < 8:
        return None
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if max(even, odd) <= len(head) // 3:
        return None
    return "utf-16-le" if odd > even else "utf-16-be"


def _scan(source: Source) -> UnicodeError | None:
    """Decode everything once; note NULs and guarded cells on the way. None: all readable."""
    decoder = codecs.getincrementaldecoder(source.encoding)(errors="strict")
    wide = source.encoding.startswith(("utf-16", "utf-32"))
    # UTF-7 and its like can say half a character, which no store takes.
    halves = not wide and source.encoding not in _WHOLE
    guarded = re.compile(GUARDED_BYTES)
    source.has_nul = source.has_guarded = False
    source.handle.seek(0)
    try:
        while chunk := source.handle.read(_CHUNK):
            text = decoder.decode(chunk)
            if halves:
                text.encode()
            source.has_nul |= "\0" in text if wide else b"\0" in chunk
            # A sign cut off at a chunk's end is rare and costs only the check of every cell.
            source.has_guarded |= wide or chunk[-1:] == b"'" or guarded.search(chunk) is not None
        decoder.decode(b"", final=True)
    except UnicodeError as error:
        return error
    return None
