"""Mails to stdout: an mbox that people and programs read, and a pipe that closes."""

from __future__ import annotations

import io
import mailbox
import os
import threading
from typing import TYPE_CHECKING

from crm_cli.mail.account import Account, open_transport
from crm_cli.mail.message import build
from crm_cli.mail.outcome import Fate
from tests.mail.conftest import RECIPIENT, SENDER, Post, letter

if TYPE_CHECKING:
    from pathlib import Path
    from typing import BinaryIO

    from crm_cli.mail.outcome import Outcome

STDOUT = Account(via="stdout", sender=SENDER)


def test_mails_are_an_mbox(tmp_path: Path) -> None:
    stream = io.BytesIO()
    way = Post(open_transport(STDOUT, stream))
    texts = ["Grüezi\n", "From the start\n>From x\n\nFrom: y\n", "last\n\n\n"]
    for number, text in enumerate(texts):
        told = letter(subject=f"Fällig {number}", text=text, message_id=f"<{number}@firm.ch>")
        outcome = way.send(build(told, for_people=way.transport.is_read_by_people))
        assert outcome.fate is Fate.DELIVERED
    written = stream.getvalue()
    assert written.startswith(b"From shop@firm.ch Mon Jun 15 10:00:00 2026\nDate: Mon, 15 Jun")
    assert b"\r" not in written
    assert "\nSubject: Fällig 0\n".encode() in written
    assert "\n\nGrüezi\n\nFrom shop@firm.ch ".encode() in written
    assert b"\n\n>From the start\n>>From x\n\nFrom: y\n\nFrom shop" in written
    path = tmp_path / "mbox"
    path.write_bytes(written)
    box = mailbox.mbox(path, create=False)
    assert [mail["Message-ID"] for mail in box] == ["<0@firm.ch>", "<1@firm.ch>", "<2@firm.ch>"]
    box.close()


def test_nobody_reads_and_nothing_was_delivered() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with open(writing, "wb") as stream:  # noqa: PTH123
        outcome, marks = delivered(stream, "x\n")
    assert (outcome.fate, outcome.handed_over, marks) == (Fate.TRY_LATER, True, 1)
    assert outcome.said == "stdout: Broken pipe"


def test_a_pipe_that_closes_in_the_middle_leaves_it_in_doubt() -> None:
    """Whoever read may have read all that counts: that is not for a program to decide."""
    reading, writing = os.pipe()

    def read_a_little() -> None:
        os.read(reading, 100)
        os.close(reading)

    reader = threading.Thread(target=read_a_little)
    reader.start()
    with open(writing, "wb") as stream:  # noqa: PTH123
        outcome, marks = delivered(stream, "more than a pipe holds\n" * 50_000)
    reader.join()
    assert (outcome.fate, outcome.handed_over, marks) == (Fate.UNKNOWN, True, 1)


def delivered(stream: BinaryIO, text: str) -> tuple[Outcome, int]:
    way = open_transport(STDOUT, stream)
    marks: list[int] = []
    outcome = way.deliver(build(letter(text=text)), SENDER, RECIPIENT, lambda: marks.append(1))
    return outcome, len(marks)
