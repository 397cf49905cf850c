"""Reading large mailboxes in a process of its own, so that two processors share the work.

The process gets the opened file as its stdin (or a folder's name) and writes blocks of rows to
its stdout, which the pipe holds back when nobody takes them: memory stays flat. It ends with its
reader, whatever becomes of that.
"""

from __future__ import annotations

import marshal
import os
import subprocess
import sys
from itertools import islice
from typing import IO, TYPE_CHECKING, BinaryIO, NamedTuple

from crm_cli import errors
from crm_cli.exchange import mailbox
from crm_cli.exchange.mailbox_reader import DELETED, REJECTED, Mail, Wanted, read

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from pathlib import Path

BLOCK = 200
"""Mails of one block."""
_LARGE = 2 << 20
_MANY = 400

Row = tuple[str, Mail]
"""Where a mail stands in its mailbox, and the mail."""


def rows(box: mailbox.Mailbox, wanted: Wanted) -> Iterator[Row]:
    """Yield every mail of a mailbox as a row, in this process."""
    for raw in mailbox.mails(box):
        if raw.problem:
            yield raw.place, Mail(REJECTED, raw.problem)
        elif raw.is_deleted:
            yield raw.place, Mail(DELETED)
        else:
            yield raw.place, read(raw.content, raw.envelope, wanted, mbox=box.is_mbox)


def blocks(box: mailbox.Mailbox, wanted: Wanted) -> Generator[list[Row]]:
    """Yield the mails of a mailbox some at a time, a large one's from a process of its own.

    Raises BadFile where that process ends too early. Close the generator to end it.
    """
    if not _is_large(box):
        found = rows(box, wanted)
        while block := list(islice(found, BLOCK)):
            yield block
        return
    yield from _from_process(box, wanted)


def _is_large(box: mailbox.Mailbox) -> bool:
    if box.handle is not None:
        size = box.handle.seek(0, os.SEEK_END)
        return box.kind == mailbox.MBOX and size > _LARGE
    return sum(1 for _ in islice(mailbox.paths(box), _MANY + 1)) > _MANY


class _Asked(NamedTuple):
    """What the process is told, as one argument."""

    kind: str
    name: str
    is_recursive: bool
    latest: str
    bulk: bool


def _from_process(box: mailbox.Mailbox, wanted: Wanted) -> Generator[list[Row]]:
    asked = _Asked(box.kind, str(box.folder or box.name), box.recursive, wanted.latest, wanted.bulk)
    if box.handle is not None:
        box.handle.seek(0)
    # -P: nothing is loaded from the working folder.
    process = subprocess.Popen(  # noqa: S603 - our own module, no shell
        [
            sys.executable,
            "-P",
            "-m",
            "crm_cli.exchange.mailbox_worker",
            marshal.dumps(tuple(asked)).hex(),
        ],
        stdin=box.handle if box.handle is not None else subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    try:
        if process.stdout is None:
            raise TypeError("a pipe was asked for")
        yield from _received(process.stdout, box.name)
    finally:
        process.kill()
        if process.stdout is not None:
            process.stdout.close()
        process.wait()


def _received(stream: IO[bytes], name: str) -> Generator[list[Row]]:
    while True:
        size = int.from_bytes(stream.read(4), "big")
        text = stream.read(size)
        if not size or len(text) < size:
            raise errors.BadFile(
                f"{name} could not be read to its end", hint="try again; nothing was written"
            )
        block = marshal.loads(text)  # noqa: S302 - written by our own process
        if not block:
            return
        yield [(place, Mail(*told)) for place, told in block]


def main(argument: str) -> None:
    """Write the rows of the mailbox told to stdout; an empty block is the end."""
    asked = _Asked(*marshal.loads(bytes.fromhex(argument)))  # noqa: S302 - of our own process
    handle: BinaryIO | None = None
    folder: Path | None = None
    if asked.kind in {mailbox.MBOX, mailbox.SINGLE}:
        handle = os.fdopen(0, "rb")
    else:
        from pathlib import Path

        folder = Path(asked.name)
    box = mailbox.Mailbox(asked.kind, asked.name, handle, folder, asked.is_recursive)
    found = rows(box, Wanted(asked.latest, asked.bulk))
    out = os.fdopen(1, "wb")
    while True:
        block = [(place, tuple(mail)) for place, mail in islice(found, BLOCK)]
        text = marshal.dumps(block)
        out.write(len(text).to_bytes(4, "big") + text)
        if not block:
            break
    out.flush()


if __name__ == "__main__":
    import contextlib
    import gc

    gc.disable()
    # Nobody reads any more, or somebody pressed Ctrl-C: the reader tells what there is to tell.
    with contextlib.suppress(BrokenPipeError, KeyboardInterrupt):
        main(sys.argv[1])
    os._exit(0)
