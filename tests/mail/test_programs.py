"""sendmail and mail commands: real small programs, and what their exit says."""

from __future__ import annotations

import json
import os
import stat
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from crm_cli import errors
from crm_cli.mail.account import Account, open_transport
from crm_cli.mail.message import build
from crm_cli.mail.outcome import About, Fate
from tests.mail.conftest import RECIPIENT, SENDER, Post, letter

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Poster = Callable[[Account], Post]


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Writes a shell script called sendmail; it is first on PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")

    def write(script: str) -> Path:
        path = folder / "sendmail"
        path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        path.chmod(stat.S_IRWXU)
        return path

    return write


def sendmail(**changes: Any) -> Account:
    return Account(**{"via": "sendmail", "sender": SENDER, "timeout": 2.0, **changes})


def command(*words: str, **changes: Any) -> Account:
    return Account(**{"via": "command", "sender": SENDER, "command": words, **changes})


def test_sendmail_gets_the_envelope_as_arguments_and_the_mail_as_input(
    program: Callable[[str], Path], post: Poster, tmp_path: Path
) -> None:
    program(f'printf "%s\\n" "$@" >{tmp_path}/arguments\ncat >{tmp_path}/mail')
    message = build(letter(text=".\nGrüezi\n"))
    outcome = post(sendmail()).send(message)
    assert (outcome.fate, outcome.code, outcome.said) == (Fate.DELIVERED, 0, "")
    assert (tmp_path / "arguments").read_text().split() == ["-i", "-f", SENDER, RECIPIENT]
    assert (tmp_path / "mail").read_bytes() == message.replace(b"\r\n", b"\n")


@pytest.mark.parametrize(
    ("script", "fate", "about"),
    [
        ("exit 75", Fate.TRY_LATER, About.SERVER),
        ("exit 67", Fate.REFUSED, About.ADDRESS),
        ("exit 68", Fate.REFUSED, About.ADDRESS),
        ("exit 69", Fate.REFUSED, About.SERVER),
        ("exit 78", Fate.REFUSED, About.SERVER),
        ("exit 65", Fate.REFUSED, About.MESSAGE),
        ("exit 1", Fate.TRY_LATER, About.MESSAGE),
        ("exit 28", Fate.TRY_LATER, About.MESSAGE),
        ("exit 127", Fate.REFUSED, About.SERVER),
        ("kill -9 $$", Fate.UNKNOWN, About.SERVER),
        ("kill -15 $$", Fate.UNKNOWN, About.SERVER),
        ("exit 137", Fate.UNKNOWN, About.SERVER),
        ("exit 255", Fate.UNKNOWN, About.SERVER),
    ],
)
def test_what_an_exit_says(
    program: Callable[[str], Path], post: Poster, script: str, fate: Fate, about: About
) -> None:
    program(f"cat >/dev/null\necho 'its own words' >&2\n{script}")
    outcome = post(sendmail()).send()
    assert (outcome.fate, outcome.about, outcome.handed_over) == (fate, about, True)
    assert outcome.said.startswith("sendmail: ")
    assert ("by signal" in outcome.said) == ("kill" in script or script == "exit 137")
    if fate is not Fate.UNKNOWN:
        assert "its own words" in outcome.said


def test_what_a_program_prints_is_shown_safely_and_shortly(
    program: Callable[[str], Path], post: Poster
) -> None:
    program(r"printf '\033[31mred\n\377'; yes | head -c 100000; exit 1")
    said = post(sendmail()).send().said
    assert "\\x1b[31mred" in said
    assert len(said) < 400 and said.isprintable()


def test_a_program_that_reads_nothing_and_one_that_leaves_a_child_block_nobody(
    program: Callable[[str], Path], post: Poster, capfd: pytest.CaptureFixture[str]
) -> None:
    large = build(letter(text="x\n" * 1_000_000))
    program("exit 0")
    assert post(sendmail()).send(large).fate is Fate.DELIVERED
    program("echo out; (exec sleep 20) & exit 75")
    started = time.monotonic()
    assert post(sendmail()).send(large).fate is Fate.TRY_LATER
    assert time.monotonic() - started < 10
    assert capfd.readouterr().out == ""


def test_a_program_that_hangs_is_stopped_with_its_children_and_left_in_doubt(
    program: Callable[[str], Path], post: Poster, tmp_path: Path
) -> None:
    program(f"sleep 60 & echo $! >{tmp_path}/child; wait")
    outcome = post(sendmail(timeout=0.1)).send()
    assert (outcome.fate, outcome.handed_over) == (Fate.UNKNOWN, True)
    assert "not done after 0.5 seconds" in outcome.said
    child = int((tmp_path / "child").read_text())
    deadline = time.monotonic() + 5
    while _is_running(child):
        assert time.monotonic() < deadline, "the child lives on"
        os.sched_yield()


def test_a_program_that_may_not_be_stopped_is_left_in_doubt_and_holds_nobody(
    program: Callable[[str], Path], post: Poster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that runs as root, as Exim's sendmail does."""
    program("exec sleep 1")

    def refuse(group: int, number: int) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "killpg", refuse)
    outcome = post(sendmail(timeout=0.1)).send()
    assert (outcome.fate, outcome.handed_over) == (Fate.UNKNOWN, True)


def test_no_room_for_the_mail_is_certain(
    program: Callable[[str], Path], post: Poster, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program(f"touch {tmp_path}/ran")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "gone"))
    outcome = post(sendmail()).send()
    assert (outcome.fate, outcome.about, outcome.handed_over) == (
        Fate.TRY_LATER, About.SERVER, False,
    )  # fmt: skip
    assert not (tmp_path / "ran").exists()


def _is_running(number: int) -> bool:
    try:
        with open(f"/proc/{number}/stat", encoding="ascii") as file:  # noqa: PTH123
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_no_sendmail(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("crm_cli.mail.programs.PLACES", (str(tmp_path),))
    with pytest.raises(errors.InvalidValue, match="no sendmail"):
        open_transport(sendmail(), sys.stdout.buffer)


def test_a_command_gets_its_words_without_a_shell(post: Poster, tmp_path: Path) -> None:
    script = (
        "import json, sys\n"
        "json.dump([sys.argv[1:], sys.stdin.buffer.read().decode()], open(sys.argv[1], 'w'))"
    )
    words = (str(tmp_path / "seen"), "$HOME; `id`", "{sender}", "{recipient}", "x{recipient}")
    way = command(sys.executable, "-c", script, *words)
    assert post(way).send().fate is Fate.DELIVERED
    arguments, mail = json.loads((tmp_path / "seen").read_text())
    assert arguments[1:] == ["$HOME; `id`", SENDER, RECIPIENT, "x{recipient}"]
    assert mail.endswith("\n\nCall Grace\n")


@pytest.mark.parametrize(
    ("words", "told"), [((), "no mail command"), (("/nowhere/mailer",), "no such program")]
)
def test_a_command_that_is_none(words: tuple[str, ...], told: str) -> None:
    with pytest.raises(errors.InvalidValue, match=told):
        open_transport(command(*words), sys.stdout.buffer)


def test_a_program_that_cannot_be_started_is_certain(
    program: Callable[[str], Path], post: Poster
) -> None:
    path = program("exit 0")
    path.write_bytes(b"\x00\x01 no program")
    outcome = post(sendmail()).send()
    assert (outcome.fate, outcome.about, outcome.handed_over) == (
        Fate.TRY_LATER, About.SERVER, True,
    )  # fmt: skip


@pytest.mark.parametrize("address", ["-oQ/tmp@x.com", "-t"])
def test_an_address_is_never_an_option(
    program: Callable[[str], Path], post: Poster, tmp_path: Path, address: str
) -> None:
    program(f"touch {tmp_path}/ran")
    outcome = post(sendmail()).send(recipient=address)
    assert (outcome.fate, outcome.about, outcome.handed_over) == (
        Fate.REFUSED, About.ADDRESS, False,
    )  # fmt: skip
    assert not (tmp_path / "ran").exists()
