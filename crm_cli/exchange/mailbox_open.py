"""Opening what may be a mailbox: a file, stdin, or a folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from crm_cli import errors
from crm_cli.exchange.mailbox import Mailbox, folder_of, kind_of
from crm_cli.exchange.source import open_binary

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crm_cli.exchange.mailbox import RawMail

_HEAD = 1 << 16


class Opened(NamedTuple):
    """A mailbox, or None for a file of another kind, whose bytes ``handle`` has in any case."""

    box: Mailbox | None
    handle: BinaryIO | None

    def close(self) -> None:
        """Close the file."""
        for handle in {self.handle, self.box.handle if self.box else None}:
            if handle is not None:
                handle.close()


def opened(path: str, stdin: BinaryIO | None, *, recursive: bool) -> Opened:
    """Open a path, ``-`` for stdin, and see whether it holds mails.

    Raises BadFile where it cannot be opened, and for a folder without mails.
    """
    if path != "-" and _is_folder(path):
        box = folder_of(Path(path), recursive=recursive)
        return Opened(box, box.handle)
    handle, name = open_binary(path, stdin)
    try:
        handle.seek(0)
        head = handle.read(_HEAD)
        handle.seek(0)
    except OSError as error:
        handle.close()
        raise errors.BadFile(f"{name} cannot be read: {error.strerror}") from None
    kind = kind_of(head, name)
    return Opened(Mailbox(kind, name, handle) if kind else None, handle)


def _is_folder(path: str) -> bool:
    try:
        return Path(path).is_dir()
    except (OSError, ValueError):
        return False


def rejects_path(box: Mailbox) -> Path:
    """Return where rejected mails go unless said: beside the mailbox, those of a pipe in the
    working folder."""
    path = Path(box.name)
    if box.folder is not None or path.is_dir():
        whole = path.resolve()
        return whole.with_name(f"{whole.name}.rejects.mbox")
    if box.name == "stdin" or not path.is_file():
        return Path("stdin.rejects.mbox")
    return Path(f"{box.name}.rejects.mbox")


def write_rejects(
    path: Path, raws: Iterable[RawMail], rejected: Iterable[tuple[str, str]], *,
    is_mbox: bool = False,
) -> None:  # fmt: skip
    """Write rejected mails, told by (place in the mailbox, reason), to an mbox of their own with
    the reason in the head of each; in one of ``is_mbox`` lines From are quoted already.

    Raises StoreFull and OSError.
    """
    import re

    from crm_cli.exchange.columns import CARD_MARK
    from crm_cli.exchange.output import placed_bytes

    reasons = dict(rejected)
    mark = f"{CARD_MARK}: ".encode()
    with placed_bytes(path) as stream:
        for raw in raws:
            reason = reasons.get(raw.place)
            if reason is None:
                continue
            content = raw.content.replace(b"\r\n", b"\n")
            if not is_mbox:
                content = re.sub(rb"(?m)^(>*From )", rb">\1", content)
            lines = content.split(b"\n")
            while lines and lines[0].startswith(mark):
                lines.pop(0)
            told = " ".join(reason.split()).encode()
            envelope = raw.envelope.encode("ascii", "replace") or b"From MAILER-DAEMON"
            if not re.search(rb"\d\d:\d\d.* \d{4}", envelope):
                # A time that no mail is taken to be of: it is not to stand in for a date.
                envelope += b" Thu Jan  1 00:00:00 1970"
            stream.write(envelope + b"\n" + mark + told + b"\n")
            stream.write(b"\n".join(lines).rstrip(b"\n") + b"\n\n")
