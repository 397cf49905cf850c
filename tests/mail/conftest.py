"""A letter, and what it takes to send it."""

from __future__ import annotations

import sys
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from crm_cli.mail.account import Account, open_transport
from crm_cli.mail.message import Letter, build
from tests.smtp_server import certificate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from crm_cli.mail.outcome import Outcome
    from crm_cli.mail.transport import Transport
    from tests.smtp_server import SmtpServer

SENDER = "shop@firm.ch"
RECIPIENT = "ada@firm.ch"
TIMEOUT = 2.0
"""Long enough for a busy machine; the tests of stalling set a short one of their own."""


def letter(**changes: Any) -> Letter:
    """A letter, with what a test wants otherwise."""
    told: dict[str, Any] = {
        "sender": SENDER,
        "recipient": RECIPIENT,
        "subject": "Due today",
        "text": "Call Grace\n",
        "at": datetime(2026, 6, 15, 12, 0, tzinfo=ZoneInfo("Europe/Zurich")),
        "message_id": "<crm.1@firm.ch>",
    }
    return Letter(**{**told, **changes})


def account(server: SmtpServer, **changes: Any) -> Account:
    """The account of a server in the clear."""
    told: dict[str, Any] = {
        "host": "127.0.0.1",
        "port": server.port,
        "security": "none",
        "sender": SENDER,
        "timeout": TIMEOUT,
    }
    return Account(**{**told, **changes})


class Post:
    """A transport that is closed at the end, and what it was asked to do."""

    def __init__(self, transport: Transport) -> None:
        self.transport = transport
        self.marks = 0

    def mark(self) -> None:
        """Stand for the commit before the hand-over."""
        self.marks += 1

    def send(
        self, message: bytes | None = None, recipient: str = RECIPIENT, sender: str = SENDER
    ) -> Outcome:
        """Deliver a mail; the mark was made exactly when the outcome says so."""
        before = self.marks
        content = build(letter()) if message is None else message
        outcome = self.transport.deliver(content, sender, recipient, self.mark)
        assert outcome.handed_over == (self.marks > before), outcome
        assert self.marks - before <= 1
        return outcome


@pytest.fixture
def post() -> Iterator[Callable[[Account], Post]]:
    """Makes the transport of an account; all are closed at the end."""
    opened: list[Post] = []

    def make(way: Account) -> Post:
        opened.append(Post(open_transport(way, sys.stdout.buffer)))
        return opened[-1]

    yield make
    for one in opened:
        one.transport.close()


@pytest.fixture(scope="session")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a certificate for localhost."""
    return certificate(tmp_path_factory.mktemp("tls"))
