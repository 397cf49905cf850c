"""Mails to stdout: an mbox that people and programs read, and a pipe that closes."""

from __future__ import annotations

import io
import mailbox
import os
from typing import TYPE_CHECKING

from crm_cli.mail.account import Account, open_transport
from crm_cli.mail.message import build
from crm_cli.mail.outcome import Fate
from tests.mail.conftest import RECIPIENT, SENDER, Post, letter

if TYPE_CHECKING:
    from pathlib import Path

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


def test_a_closed_pipe_is_no_delivery_that_is_certain() -> None:
    """Whoever reads may have had a part of it: that is not for a program to decide."""
    reading, writing = os.pipe()
    os.close(reading)
    with open(writing, "wb", buffering=0) as stream:  # noqa: PTH123
        way = open_transport(STDOUT, stream)
        marks: list[int] = []
        outcome = way.deliver(build(letter()), SENDER, RECIPIENT, lambda: marks.append(1))
    assert (outcome.fate, outcome.handed_over, marks) == (Fate.UNKNOWN, True, [1])
    assert outcome.said == "stdout: Broken pipe"
