"""Senders that are killed, two at a time, against a mail server that misbehaves; then the count.

As a program: ``python -m tests.sending.chaos [RUNS [SEED]]`` (or ``make chaos``) prints the figures
as JSON and exits with 1 where anything came twice or was lost.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from threading import Event
from typing import Any

from tests.smtp_server import Mail, Rule, SmtpProcess

START = datetime(2026, 6, 15, 8, 0, tzinfo=UTC)
STEP = timedelta(minutes=10)
"""Between two rounds by the clock of the senders, which is longer than the first wait."""
RECIPIENTS = ("ada@firm.ch", "bob@firm.ch", "gone@firm.ch")
LISTED = [word for address in RECIPIENTS for word in ("--to", address)]
ROUND = 2
"""Senders that start at once."""

TROUBLE = (
    Rule("rcpt", "550 5.1.1 no such user", recipient="gone@firm.ch", chance=0.5),
    Rule("connect", "drop", chance=0.04),
    Rule("connect", "421 4.3.2 too busy", chance=0.04),
    Rule("mail", "451 4.3.0 later", chance=0.04),
    Rule("rcpt", "450 4.2.1 busy", chance=0.06),
    Rule("rcpt", "stall", chance=0.03),
    Rule("data", "451 4.3.0 later", chance=0.03),
    Rule("body", "drop", chance=0.04),
    Rule("dot", "drop", chance=0.04),
    Rule("dot", "stall", chance=0.03),
    Rule("dot", "452 4.3.1 no space", chance=0.04),
    Rule("dot", "554 5.7.1 refused", chance=0.03),
    Rule("kept", "drop", chance=0.04),
    Rule("kept", "stall", chance=0.06),
)
"""What the server does wrong, each by chance."""


@dataclass(slots=True)
class Figures:
    """What happened, and how it ended. An item is one follow-up for one recipient."""

    runs: int = 0
    killed: int = 0
    terminated: int = 0
    crashed: int = 0
    """Ended in a way that is none of the promised exit codes."""
    items: int = 0
    mails: int = 0
    sent: int = 0
    in_doubt: int = 0
    in_doubt_and_delivered: int = 0
    failed: int = 0
    twice: int = 0
    lost: int = 0


class Chaos:
    """One store, one server, many senders."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder = folder
        self.random = Random(seed)
        self.figures = Figures()
        self.database = folder / "crm.db"
        self.now = START
        self.texts: dict[int, str] = {}
        """Follow-up -> the word by which its mails are known."""

    @property
    def environment(self) -> dict[str, str]:
        """The environment of every process."""
        told = {
            "CRM_DB": str(self.database), "CRM_NOW": self.now.isoformat(), "HOME": str(self.folder),
            "CRM_USER": "tester", "PYTHONDONTWRITEBYTECODE": "",
        }  # fmt: skip
        kept = {name: value for name, value in os.environ.items() if not name.startswith("CRM_")}
        return {**kept, **told}

    def crm(self, *arguments: str) -> Any:
        """Run a command in this process and return its JSON."""
        from crm_cli.__main__ import main

        out = io.StringIO()
        before = {name: os.environ.get(name) for name in ("CRM_DB", "CRM_NOW", "CRM_USER")}
        os.environ.update({name: self.environment[name] for name in before})
        try:
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
                code = main([*arguments, "--json"])
        finally:
            for name, value in before.items():
                os.environ.pop(name) if value is None else os.environ.update({name: value})
        assert code == 0, (arguments, code)
        return json.loads(out.getvalue())

    def set_up(self, port: int) -> None:
        """Let the store send over a port."""
        for key, value in (
            ("sender", "shop@firm.ch"), ("smtp_host", "127.0.0.1"), ("smtp_port", str(port)),
            ("smtp_security", "none"), ("mail_timeout", "1"),
        ):  # fmt: skip
            self.crm("config", "set", key, value)

    def send(self, *options: str) -> subprocess.Popen[str]:
        """Start a sender."""
        self.figures.runs += 1
        return subprocess.Popen(
            [sys.executable, "-m", "crm_cli", "remind", "send", *LISTED, *options],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            text=True, env=self.environment,
        )  # fmt: skip

    def round(self) -> None:
        """Something new is due; two senders start at once, and most are killed at some point."""
        self.now += STEP
        word = f"item-{len(self.texts) + 1:05}-"
        made = self.crm("remind", "add", "#1", self.now.strftime("%Y-%m-%d %H:%M"), word)
        self.texts[made["id"]] = word
        options = ["--each"] if self.random.random() < 0.3 else []
        running = [self.send(*options) for _ in range(ROUND)]
        for process in running:
            self._end(process)

    def _end(self, process: subprocess.Popen[str]) -> None:
        """Let a sender end by itself, or stop it after a while."""
        chance = self.random.random()
        if chance < 0.75:
            Event().wait(self.random.uniform(0.0, 0.6))
            if process.poll() is None and chance < 0.65:
                process.kill()
                self.figures.killed += 1
            elif process.poll() is None:
                process.send_signal(signal.SIGTERM)
                self.figures.terminated += 1
        _, said = process.communicate(timeout=120)
        if process.returncode not in {0, 7, 75, 143, -signal.SIGKILL, -signal.SIGTERM}:
            self.figures.crashed += 1
            sys.stderr.write(f"{process.returncode}: {said}\n")

    def settle(self) -> None:
        """Let senders run undisturbed until nothing waits any more."""
        for _ in range(40):
            self.now += timedelta(hours=5)
            process = self.send("--late", "52w")
            process.communicate(timeout=120)
            if process.returncode == 0:
                return
        raise AssertionError("it does not come to an end")

    def count(self, mails: list[Mail]) -> Figures:
        """Hold the ledger against what the server has kept."""
        figures = self.figures
        figures.mails = len(mails)
        came: Counter[tuple[int, str]] = Counter()
        for mail in mails:
            part = mail.message.get_body(("plain",))
            assert part is not None
            text = part.get_content()
            for number, word in self.texts.items():
                if word in text:
                    came[number, mail.recipients[0]] += 1
        ledger = {
            (row["follow_up"], row["recipient"]): row["state"]
            for row in self.crm("remind", "deliveries")
        }
        for item in [(number, address) for number in self.texts for address in RECIPIENTS]:
            figures.items += 1
            state, times = ledger.get(item), came[item]
            figures.twice += times > 1
            figures.sent += state == "sent"
            figures.failed += state == "failed"
            figures.in_doubt += state == "in_doubt"
            figures.in_doubt_and_delivered += state == "in_doubt" and times == 1
            figures.lost += (state == "sent" and times == 0) or state not in {
                "sent", "failed", "in_doubt",
            } or (state == "failed" and times > 0)  # fmt: skip
        return figures


def run(folder: Path, rounds: int, seed: int) -> Figures:
    """Send through so many rounds of trouble, settle, and count."""
    chaos = Chaos(folder, seed)
    kept = folder / "mails"
    chaos.crm("contact", "add", "Grace")
    with SmtpProcess(kept, *TROUBLE) as server:
        chaos.set_up(server.port)
        for _ in range(rounds):
            chaos.round()
    with SmtpProcess(kept) as server:
        chaos.set_up(server.port)
        chaos.settle()
        return chaos.count(server.mails)


def main(arguments: list[str]) -> int:
    """Print the figures of RUNS senders."""
    runs = int(arguments[0]) if arguments else 200
    seed = int(arguments[1]) if arguments[1:] else 1
    with tempfile.TemporaryDirectory() as folder:
        figures = run(Path(folder), -(-runs // ROUND), seed)
    sys.stdout.write(json.dumps(asdict(figures), indent=2) + "\n")
    return 1 if figures.twice or figures.lost or figures.crashed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
