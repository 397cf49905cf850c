"""A firm with a mail server of its own, and what is due there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.smtp_server import SmtpServer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.conftest import Crm, Run
    from tests.smtp_server import Mail

OWNER = "ada@firm.ch"
TODAY = "2026-06-15"
"""What ``tests.conftest.NOW`` is in UTC."""


def settings(crm: Crm, port: int) -> None:
    """Let a store send over a server in the clear."""
    for key, value in (
        ("sender", "Firm <shop@firm.ch>"), ("smtp_host", "127.0.0.1"), ("smtp_port", port),
        ("smtp_security", "none"), ("remind_to", OWNER),
    ):  # fmt: skip
        crm("config", "set", key, value, "--quiet")


class Firm:
    """The program over a store that sends to ``server``."""

    def __init__(self, crm: Crm, server: SmtpServer) -> None:
        self.crm = crm
        self.server = server
        settings(crm, server.port)
        self.contact = crm.id("contact", "add", "Grace Hopper", "--email", "grace@navy.example")

    def due(self, text: str = "Call her", when: str = TODAY, *more: object) -> int:
        """Add a follow-up and return its id."""
        return self.crm.id("remind", "add", f"#{self.contact}", when, text, *more)

    def send(self, *options: object, code: int | None = 0) -> dict[str, Any]:
        """Run ``remind send`` and return its counts, zeros left out."""
        counts: dict[str, Any] = self.crm.json("remind", "send", *options, code=code)
        names = ("due", "sent", "failed", "in_doubt", "skipped", "waiting")
        assert counts["due"] == sum(counts[name] for name in names[1:])
        return {name: counts[name] for name in names if counts[name]}

    def run(self, *options: object, code: int | None = 0) -> Run:
        """Run ``remind send`` as people see it."""
        return self.crm("remind", "send", *options, code=code)

    def ledger(self, *options: object) -> list[dict[str, Any]]:
        """Return the ledger."""
        rows: list[dict[str, Any]] = self.crm.json("remind", "deliveries", *options)
        return rows

    def states(self) -> list[str]:
        """Return the state of every line of the ledger."""
        return [row["state"] for row in self.ledger()]

    @property
    def mails(self) -> Sequence[Mail]:
        """What the server has accepted."""
        return self.server.mails

    def text(self, number: int = -1) -> str:
        """Return the text of a mail the server has accepted."""
        part = self.mails[number].message.get_body(("plain",))
        assert part is not None
        text: str = part.get_content()
        return text


@pytest.fixture
def server() -> Iterator[SmtpServer]:
    """A mail server on loopback that behaves until it is told otherwise."""
    with SmtpServer() as running:
        yield running


@pytest.fixture
def firm(crm: Crm, server: SmtpServer) -> Firm:
    """A store with settings and one contact; nothing is due yet."""
    return Firm(crm, server)
