"""Standard streams that are closed, full, or not UTF-8; signals and options that nobody meant."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.history.snapshot import snapshot

if TYPE_CHECKING:
    from tests.conftest import Crm

CRM = f'"{sys.executable}" -m crm_cli'


def shell(command: str) -> subprocess.CompletedProcess[str]:
    """Run a command line of the shell, which can close streams as Python cannot."""
    return subprocess.run(
        ["sh", "-c", command], capture_output=True, text=True, check=False, errors="replace"
    )


@pytest.mark.parametrize(
    "words",
    ["--version", "contact list --limit 1 -f ids", "contact add Bob -f ids", "--help"],
)
def test_a_closed_stdout_is_silent(crm: Crm, words: str) -> None:
    crm("contact", "add", "Ada")
    done = shell(f"{CRM} {words} >&-")
    assert done.returncode == 0
    assert "Traceback" not in done.stderr
    assert "crm:" not in done.stderr


@pytest.mark.parametrize(
    "words",
    ["--help", "", "contact --help", "contact", "contact list --help", "-q --version", "--version"],
)
def test_a_reader_who_left_is_no_error(crm: Crm, words: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "crm_cli", *words.split()],
        stdout=writing,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, b"")
    assert not crm.db.exists()


@pytest.mark.parametrize("words", ["--version", "contact list", "contact list --json"])
def test_a_full_stdout_is_a_full_disk(crm: Crm, words: str) -> None:
    crm("contact", "add", "Ada")
    done = shell(f"{CRM} {words} >/dev/full")
    assert done.returncode == 10
    assert "Traceback" not in done.stderr
    assert "the disk is full, so that the output may be cut off" in done.stderr


def test_a_change_written_before_its_output_failed_says_so(crm: Crm) -> None:
    crm("contact", "add", "Ada")
    done = shell(f"{CRM} contact add Bob >/dev/full")
    assert done.returncode == 10
    assert "the change was written" in done.stderr
    assert "crm undo 2" in done.stderr
    assert len(snapshot(crm.db)["contacts"]) == 2


def test_a_closed_stdin_gives_no_ids(crm: Crm) -> None:
    crm("contact", "add", "Ada")
    done = shell(f"{CRM} contact tag - vip <&-")
    assert done.returncode in {0, 2}
    assert "bug" not in done.stderr
    assert not snapshot(crm.db)["contact_tags"]


@pytest.mark.parametrize(
    "words",
    [
        ("--as", "\udcff", "contact", "add", "Bob"),
        ("contact", "untag", "1", "\udcff"),
        ("contact", "add", "\udcff"),
        ("contact", "import", "\udcff.csv"),
    ],
)
def test_bytes_that_are_no_text_are_no_bug(crm: Crm, words: tuple[str, ...]) -> None:
    crm("contact", "add", "Ada")
    run = crm.process(*words)
    assert run.code in {0, 2, 3, 6}
    assert "bug" not in run.err


def test_under_json_an_error_is_all_that_stands_on_stderr(crm: Crm) -> None:
    run = crm("contact", "show", "1", "--json", code=3)
    assert len(run.err.strip().splitlines()) == 1
    assert run.error["code"] == "not-found"


@pytest.mark.parametrize(
    "words",
    [
        ("contact", "list", "--now", "rubbish"),
        ("--dates", "ydm", "contact", "list"),
        ("contact", "list", "-f", "xyz", "--json"),
        ("-f", "[bold]x", "contact", "list"),
    ],
)
def test_a_global_option_that_cannot_be_meant_is_refused(crm: Crm, words: tuple[str, ...]) -> None:
    run = crm(*words, code=2)
    assert run.out == ""


def test_a_wrong_now_in_the_environment_is_refused(
    crm: Crm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CRM_NOW", "foo")
    crm("contact", "list", code=2)


def test_the_order_of_dates_can_be_said_for_one_run(crm: Crm) -> None:
    crm("contact", "add", "Ada")
    crm("purchase", "add", "1", "Tea", "5", "--on", "03/04/2026", code=2)
    crm("purchase", "add", "1", "Tea", "5", "--on", "03/04/2026", "--dates", "dmy")
    crm("--dates", "mdy", "purchase", "add", "1", "Tea", "5", "--on", "03/04/2026")
    assert [row["on"] for row in crm.json("purchase", "list")] == ["2026-04-03", "2026-03-04"]


def test_the_lock_time_out_stands_anywhere(crm: Crm) -> None:
    crm("--lock-timeout", "1", "contact", "add", "Ada")
    crm("contact", "list", "--lock-timeout", "1")


@pytest.mark.parametrize("stderr", ["/dev/full", "&-"])
@pytest.mark.parametrize("style", ["", "--json"])
def test_an_error_that_nobody_can_read_keeps_its_exit_code(
    crm: Crm, stderr: str, style: str
) -> None:
    crm("contact", "add", "Ada")
    done = shell(f"{CRM} contact show 99 {style} 2>{stderr}")
    assert done.returncode == 3
