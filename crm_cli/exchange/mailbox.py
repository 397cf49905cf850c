"""Mailboxes: one mail after the other out of an mbox, a Maildir, a folder of ``.eml``, or one file.

Nothing is held but the mail at hand; what is longer than ``LONGEST`` is cut off there, for its
text stands before its attachments.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from crm_cli import errors

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

LONGEST = 32 << 20
"""Bytes of one mail that are read."""

_CHUNK = 1 << 20
_LONGEST_LINE = 4096
_MARK = b"\xef\xbb\xbf"
MBOX, MAILDIR, FOLDER, SINGLE = "mbox", "Maildir", "folder", "mail"
"""The kinds of mailboxes."""

_ENVELOPE = (
    # All of it bounded: a long line is looked at once and not from each of its places.
    rb"From [^\r\n]{0,400}?(?:[A-Z][a-z]{2}) {1,9}\d{1,2} {1,9}\d\d:\d\d(?::\d\d)?"
    rb"[^\r\n]{0,40}? \d{4}[^\r\n]{0,100}\r?\n"
)
_SEPARATOR = re.compile(_ENVELOPE + rb"(?=[!-9;-~]+[ \t]*:|>?From |\r?\n|\Z)")
_MAIL_HEAD = re.compile(
    rb"(?:>?From [^\r\n]*\r?\n)?(?:return-path|received|from|to|date|subject|message-id"
    rb"|delivered-to|mime-version|x-[a-z-]+|dkim-signature|reply-to|content-type|arc-[a-z-]+|cc"
    rb"|sender|authentication-results|envelope-to|status|user-agent|list-[a-z-]+|in-reply-to|references)"
    rb"[ \t]*:",
    re.IGNORECASE,
)
ENDINGS = frozenset({".eml", ".emlx"})
_MBOX_ENDINGS = frozenset({".mbox", ".mbx"})


class RawMail(NamedTuple):
    """A mail as it stands: where it begins (a byte of the file, or a file's name), its bytes, the
    ``From `` line of an mbox, whether it is in the bin or a draft, and why it cannot be read."""

    place: str
    content: bytes
    envelope: str = ""
    is_deleted: bool = False
    problem: str = ""


class Mailbox(NamedTuple):
    """What holds mails: its kind, its name as typed, and its opened file, or its folder."""

    kind: str
    name: str
    handle: BinaryIO | None = None
    folder: Path | None = None
    recursive: bool = False

    @property
    def is_mbox(self) -> bool:
        """Whether ``From `` at the start of a line is quoted."""
        return self.kind == MBOX

    def progress(self) -> tuple[int, int]:
        """Return how many bytes of how many were read; a folder's are not known."""
        if self.handle is None:
            return 0, 1
        descriptor = self.handle.fileno()
        return os.lseek(descriptor, 0, os.SEEK_CUR), os.fstat(descriptor).st_size


# -- what it is -----------------------------------------------------------------------------------


def kind_of(head: bytes, name: str) -> str | None:
    """Return the kind of a file by its first bytes and its name, None for no mails at all."""
    ending = Path(name).suffix.lower()
    head = head.removeprefix(_MARK).lstrip(b"\r\n")
    if _SEPARATOR.match(head) or (ending in _MBOX_ENDINGS and head.startswith(b"From ")):
        return MBOX
    if ending in ENDINGS:
        return SINGLE
    if _MAIL_HEAD.match(head) and _is_head(head):
        return SINGLE
    return None


def _is_head(head: bytes) -> bool:
    """Say whether some lines are the head of a mail and not the first column of a table: before
    the first empty line each names a field or goes on."""
    lines = head.replace(b"\r\n", b"\n").partition(b"\n\n")[0].split(b"\n")[:20]
    named = [line for line in lines[:-1] or lines if line[:1] not in {b" ", b"\t", b""}]
    return all(re.match(rb">?From |[!-9;-~]+[ \t]*:", line) for line in named)


def folder_of(path: Path, *, recursive: bool) -> Mailbox:
    """Return the mailbox in a folder: a Maildir, the mbox in Apple Mail's export, or files.

    Raises BadFile where there are no mails.
    """
    name = str(path)
    if (path / "cur").is_dir() or (path / "new").is_dir():
        return Mailbox(MAILDIR, name, folder=path, recursive=recursive)
    inner = path / "mbox"
    if path.suffix.lower() == ".mbox" and inner.is_file():
        return Mailbox(MBOX, name, handle=inner.open("rb"))
    box = Mailbox(FOLDER, name, folder=path, recursive=recursive)
    try:
        if next(iter(paths(box)), None) is not None:
            return box
    except OSError as error:
        raise errors.BadFile(f"{name} cannot be read: {error.strerror}") from None
    deeper = Mailbox(FOLDER, name, folder=path, recursive=True)
    below = not recursive and next(iter(paths(deeper)), None) is not None
    raise errors.BadFile(
        f"{name} holds no mails: it is no Maildir (cur, new) and has no .eml files",
        hint="its folders do: add --recursive" if below else "name an mbox, a Maildir or a file",
    )


def paths(box: Mailbox) -> Iterator[Path]:
    """Yield the files of a folder's mails in the order of their names, folder by folder."""
    top = box.folder or Path()
    refuse = None if box.recursive else _refuse
    for folder, below, names in os.walk(top, onerror=refuse):
        here = Path(folder)
        if box.kind == MAILDIR:
            wanted = sorted(names) if here.name in {"cur", "new"} else []
            deeper = [name for name in below if name != "tmp"] if box.recursive else []
            deeper += ["cur", "new"] if here == top and not box.recursive else []
        else:
            wanted = sorted(name for name in names if Path(name).suffix.lower() in ENDINGS)
            deeper = below if box.recursive else []
        below[:] = sorted(set(deeper).intersection(below))
        yield from (here / name for name in wanted if not name.startswith("."))


def _refuse(error: OSError) -> None:
    raise error


# -- one mail after the other ---------------------------------------------------------------------


def mails(box: Mailbox) -> Generator[RawMail]:
    """Yield the mails of a mailbox; a file that cannot be read is one with a problem."""
    if box.handle is not None:
        box.handle.seek(0)
        if box.kind == SINGLE:
            yield _single(box.handle, box.name)
        else:
            yield from _of_mbox(box.handle)
        return
    top = box.folder or Path()
    for path in paths(box):
        place = str(path.relative_to(top))
        if box.kind == MAILDIR and _is_thrown_away(path.name):
            yield RawMail(place, b"", is_deleted=True)
            continue
        try:
            with path.open("rb") as handle:
                yield _single(handle, place)
        except FileNotFoundError:
            continue  # moved by the mail program meanwhile
        except OSError as error:
            yield RawMail(place, b"", problem=f"cannot be read: {error.strerror}")


def _is_thrown_away(name: str) -> bool:
    """Say whether a Maildir's flags say so: a draft, or in the bin."""
    _, mark, flags = name.rpartition("2,")
    return bool(mark) and bool({"D", "T"} & {*flags})


def _single(handle: BinaryIO, place: str) -> RawMail:
    content = handle.read(LONGEST)
    if place.lower().endswith(".emlx"):
        # Apple's own: the number of bytes, the mail, and what the program notes about it.
        count, _, rest = content.partition(b"\n")
        if count.strip().isdigit():
            content = rest[: int(count)]
    content = content.removeprefix(_MARK)
    envelope = ""
    if content.startswith((b"From ", b">From ")):
        line, _, content = content.partition(b"\n")
        envelope = line.decode("ascii", "replace").strip()
    return RawMail(place, content, envelope)


def _of_mbox(handle: BinaryIO) -> Generator[RawMail]:
    """Yield the mails between the lines that look like ``From ada@x Mon Jan  5 10:00:00 2026``
    and have a field of a head behind them: other text that begins with From is text."""
    buffer, base = b"\n", -1  # where the buffer begins in the file: a line end before it
    start: int | None = None  # where the mail at hand begins in the buffer
    searched = 0
    while True:
        chunk = handle.read(_CHUNK)
        if base < 0 and chunk.startswith(_MARK):
            chunk, base = chunk[len(_MARK) :], base + len(_MARK)
        buffer += chunk
        # A line may be cut in two by the chunk's end: it is looked at with the next one.
        limit = len(buffer) - (_LONGEST_LINE if chunk else 0)
        for at in _separators(buffer, searched, limit):
            if start is not None:
                yield _cut(buffer[start:at], base + start)
            start = at
        if not chunk:
            if start is not None:
                yield _cut(buffer[start:], base + start)
            return
        searched = max(searched, limit)
        if start is not None and len(buffer) - start > LONGEST:
            yield _cut(buffer[start : start + LONGEST], base + start)
            start = None
        keep = searched if start is None else start
        buffer, base, searched = buffer[keep:], base + keep, searched - keep
        start = None if start is None else 0


def _separators(buffer: bytes, searched: int, limit: int) -> Iterator[int]:
    """Yield where mails begin whose line end before stands from ``searched`` on and before
    ``limit``."""
    at = buffer.find(b"\nFrom ", searched)
    while 0 <= at < limit:
        if _SEPARATOR.match(buffer, at + 1):
            yield at + 1
        at = buffer.find(b"\nFrom ", at + 1)


def _cut(content: bytes, offset: int) -> RawMail:
    line, _, rest = content.partition(b"\n")
    return RawMail(f"byte {offset}", rest, line.decode("ascii", "replace").strip())
