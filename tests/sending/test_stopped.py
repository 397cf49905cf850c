"""Real processes: stopped by signals, killed, two at once, and a store that cannot be written."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from threading import Event
from typing import TYPE_CHECKING, Any

import pytest

from tests.sending.conftest import OWNER
from tests.smtp_server import Rule

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tests.sending.conftest import Firm

FIFTY = [f"p{number:02}@firm.ch" for number in range(1, 51)]
TO_FIFTY = [word for address in FIFTY for word in ("--to", address)]
HUNG = 60


@pytest.fixture
def start() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start ``remind send`` as a process of its own; it is ended after the test."""
    running: list[subprocess.Popen[str]] = []

    def go(*options: str, **environment: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "crm_cli", "remind", "send", *options],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **environment},
        )
        running.append(process)
        return process

    yield go
    for process in running:
        if process.poll() is None:
            process.kill()
        process.communicate()


def until(holds: Callable[[], bool]) -> None:
    """Wait for something that another process or thread is about to do."""
    never = Event()
    for _ in range(HUNG * 100):
        if holds():
            return
        never.wait(0.01)
    raise AssertionError("it never came to that")


def said(firm: Firm, command: str) -> int:
    """How many commands of a kind the server has heard."""
    return sum(line.startswith(command) for line in firm.server.commands)


def both(running: Sequence[subprocess.Popen[str]]) -> list[tuple[int, dict[str, Any]]]:
    """Wait for processes; return the code and the counts of each."""
    ends = []
    for process in running:
        out, err = process.communicate(timeout=HUNG)
        assert "Traceback" not in err
        ends.append((process.returncode, json.loads(out)))
    return ends


def received(firm: Firm) -> list[str]:
    """Return who got a mail, in order."""
    return sorted(mail.recipients[0] for mail in firm.mails)


@pytest.mark.slow
def test_stop_signal_after_25_of_50_the_7th_invalid_then_two_senders_at_once(
    firm: Firm, start: Callable[..., subprocess.Popen[str]]
) -> None:
    firm.due()
    invalid = Rule("rcpt", "550 5.1.1 no such user", recipient=FIFTY[6])
    firm.server.now_follows(invalid, Rule("mail", "stall", mail=26))
    first = start(*TO_FIFTY)
    until(lambda: said(firm, "MAIL") == 26)
    first.send_signal(signal.SIGTERM)
    _, err = first.communicate(timeout=HUNG)
    assert first.returncode == 143
    assert "24 sent" in err
    assert received(firm) == [one for one in FIFTY[:25] if one != FIFTY[6]]
    assert firm.states().count("failed") == 1

    firm.server.now_follows(invalid)
    ends = both([start(*TO_FIFTY, "--json"), start(*TO_FIFTY, "--json")])
    assert sorted((code, counts["due"], counts["sent"]) for code, counts in ends) == [
        (0, 0, 0), (0, 25, 25),
    ]  # fmt: skip
    assert received(firm) == [one for one in FIFTY if one != FIFTY[6]]
    assert firm.send(*TO_FIFTY) == {}


@pytest.mark.slow
def test_cut_off_between_hand_over_and_confirmation_it_is_listed_and_not_resent(
    firm: Firm, start: Callable[..., subprocess.Popen[str]]
) -> None:
    firm.due()
    firm.server.now_follows(Rule("kept", "stall", mail=26))
    first = start(*TO_FIFTY)
    until(lambda: len(firm.mails) == 26)
    first.kill()
    first.communicate(timeout=HUNG)
    firm.server.now_follows()
    ends = both([start(*TO_FIFTY, "--json"), start(*TO_FIFTY, "--json")])
    assert sorted((code, counts["sent"], counts["in_doubt"]) for code, counts in ends) == [
        (0, 0, 0), (7, 24, 1),
    ]  # fmt: skip
    assert received(firm) == FIFTY
    (doubtful,) = firm.ledger("--state", "in_doubt")
    assert doubtful["recipient"] == FIFTY[25]
    assert firm.send(*TO_FIFTY) == {}
    # It did come, says its reader; then nothing is left to be done.
    firm.crm("remind", "resolve", doubtful["id"], "sent")
    assert set(firm.states()) == {"sent"}


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)], ids=["term", "int"]
)
def test_a_signal_in_the_act_leaves_doubt_and_says_so(
    firm: Firm, start: Callable[..., subprocess.Popen[str]], number: signal.Signals, code: int
) -> None:
    firm.due()
    firm.server.now_follows(Rule("kept", "stall"))
    process = start("--json")
    until(lambda: len(firm.mails) == 1)
    process.send_signal(number)
    out, err = process.communicate(timeout=HUNG)
    assert process.returncode == code
    assert out == ""
    error = json.loads(err)["error"]
    assert error["code"] == "interrupted"
    assert "1 in doubt" in error["message"]
    assert firm.states() == ["in_doubt"]
    assert firm.send() == {}


def test_a_signal_before_the_act_leaves_it_due(
    firm: Firm, start: Callable[..., subprocess.Popen[str]]
) -> None:
    firm.due()
    firm.server.now_follows(Rule("rcpt", "stall"))
    process = start()
    until(lambda: said(firm, "RCPT") == 1)
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=HUNG)
    assert process.returncode == 143
    assert err == "crm: terminated; nothing was sent; what else is due stays due\n"
    firm.server.now_follows()
    assert firm.send() == {"due": 1, "sent": 1}


@pytest.mark.slow
def test_two_crons_at_once_twenty_times(
    firm: Firm, start: Callable[..., subprocess.Popen[str]]
) -> None:
    for round_ in range(20):
        firm.due(f"Round {round_}")
        ends = both([start("--json"), start("--json")])
        assert sorted((code, counts["sent"]) for code, counts in ends) == [(0, 0), (0, 1)]
    assert len(firm.mails) == 20
    assert firm.states() == ["sent"] * 20


def test_whoever_waits_too_long_for_the_other_tries_later(
    firm: Firm, start: Callable[..., subprocess.Popen[str]]
) -> None:
    firm.due()
    firm.server.now_follows(Rule("rcpt", "stall"))
    first = start()
    until(lambda: said(firm, "RCPT") == 1)
    run = firm.run("--lock-timeout", "0", "--json", code=75)
    assert run.error["code"] == "try-later"
    # The lock goes with its process, however that ends.
    first.kill()
    first.communicate(timeout=HUNG)
    firm.server.now_follows()
    assert firm.send("--lock-timeout", "0") == {"due": 1, "sent": 1}


def test_the_lock_is_a_private_file_beside_the_store(firm: Firm) -> None:
    firm.run()
    lock = firm.crm.db.with_name("crm.db-sending")
    assert lock.stat().st_mode & 0o777 == 0o600


def test_the_lock_is_that_of_the_store_and_not_of_its_name(
    firm: Firm, start: Callable[..., subprocess.Popen[str]]
) -> None:
    other = firm.crm.db.with_name("other.db")
    other.symlink_to(firm.crm.db)
    firm.due()
    firm.server.now_follows(Rule("rcpt", "stall"))
    start("--db", str(other))
    until(lambda: said(firm, "RCPT") == 1)
    firm.run("--lock-timeout", "0", code=75)


# -- a store that cannot be written ---------------------------------------------------------------


def test_a_store_that_may_not_be_written(firm: Firm) -> None:
    firm.due()
    error = firm.run("--read-only", "--json", code=10).error
    assert error["code"] == "store-readonly"
    assert firm.mails == []


def test_a_store_that_somebody_else_writes(firm: Firm) -> None:
    import sqlite3

    firm.due()
    other = sqlite3.connect(firm.crm.db, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    error = firm.run("--lock-timeout", "0.1", "--json", code=10).error
    assert error["code"] == "store-locked"
    other.execute("ROLLBACK")
    other.close()
    assert firm.mails == []
    assert firm.send() == {"due": 1, "sent": 1}


@pytest.mark.parametrize("how", [(), ("--json",)], ids=["text", "json"])
def test_what_could_not_be_printed_is_not_sent(firm: Firm, how: tuple[str, ...]) -> None:
    firm.due()
    with open("/dev/full", "w", encoding="utf-8") as full:  # noqa: PTH123
        subprocess.run(
            [sys.executable, "-m", "crm_cli", "remind", "send", "--via", "stdout", *how],
            stdin=subprocess.DEVNULL, stdout=full, stderr=subprocess.DEVNULL, check=False,
        )  # fmt: skip
    firm.send("--to", "b@firm.ch", code=None)
    assert firm.states()[0] != "sent"
    # In doubt at worst: whoever waits for the printed mail finds it on the list.
    firm.send("--via", "stdout", "--now", "2026-06-15T11:00:00Z", code=None)
    assert firm.states()[0] in {"sent", "in_doubt"}


LIMITED_ON_USR1 = (
    "import resource, signal, sys\n"
    "from crm_cli.__main__ import main\n"
    "unlimited = resource.getrlimit(resource.RLIMIT_FSIZE)[1]\n"
    "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
    "limit = lambda *_: resource.setrlimit(resource.RLIMIT_FSIZE, (4096, unlimited))\n"
    "signal.signal(signal.SIGUSR1, limit)\n"
    "sys.exit(main(['remind', 'send', '--lock-timeout', '0.05', '--json']))\n"
)


@pytest.mark.parametrize("fails", ["locked", "full"])
def test_a_store_that_takes_nothing_after_the_servers_yes_leaves_doubt_and_says_so(
    firm: Firm, fails: str
) -> None:
    """The server has the mail; whoever cannot write that down must never send it again."""
    import sqlite3

    firm.due()
    firm.due("Another", "today", "--owner", "Bob")
    other = sqlite3.connect(firm.crm.db, isolation_level=None, check_same_thread=False)
    running: list[subprocess.Popen[str]] = []
    act: dict[str, Callable[[], object]] = {
        "locked": lambda: other.execute("BEGIN IMMEDIATE"),
        "full": lambda: running[0].send_signal(signal.SIGUSR1),
    }
    firm.server.meanwhile("body", act[fails])
    process = subprocess.Popen(
        [sys.executable, "-c", LIMITED_ON_USR1],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    running.append(process)
    _, err = process.communicate(timeout=HUNG)
    if other.in_transaction:
        other.execute("ROLLBACK")
    other.close()
    assert process.returncode == 10, err
    error = json.loads(err)["error"]
    assert error["code"] == f"store-{fails}"
    assert "2 in doubt" in error["message"]
    assert len(firm.mails) == 1
    assert firm.states() == ["handing_over"] * 2
    assert firm.send(code=7) == {"due": 2, "in_doubt": 2}
    assert firm.send() == {}
    assert len(firm.mails) == 1


def test_a_disk_that_is_full(
    firm: Firm, start: Callable[..., subprocess.Popen[str]], tmp_path: Any
) -> None:
    """The size of files is limited for the process, as a quota does."""
    for number in range(3):
        firm.due(f"Number {number}")
    script = (
        "import resource, signal, sys\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192))\n"
        "from crm_cli.__main__ import main\n"
        "sys.exit(main(['remind', 'send', '--json']))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert done.returncode == 10, done
    assert json.loads(done.stderr)["error"]["code"] == "store-full"
    assert firm.mails == []
    assert firm.send() == {"due": 3, "sent": 3}
    assert firm.mails[0].recipients == (OWNER,)
