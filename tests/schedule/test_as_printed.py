"""The printed line works as printed: run as cron runs it, what is due goes out once."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tests.conftest import NOW

if TYPE_CHECKING:
    import pytest

    from tests.conftest import Crm

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "morning-reminders.sh"
DELIVER = '#!/bin/sh\ncat >"$(mktemp "$(dirname "$0")/mail.XXXXXX")"\n'


def as_cron(line: str, home: Path) -> subprocess.CompletedProcess[str]:
    """Run a line of a crontab as cron does: bare environment, home folder, /bin/sh, ``\\%``."""
    command = line.split(" ", 5)[5].strip()
    assert not re.search(r"(?<!\\)%", command)
    return subprocess.run(
        ["/bin/sh", "-c", command.replace("\\%", "%")],
        env={
            "HOME": str(home), "LOGNAME": "tester", "SHELL": "/bin/sh", "PATH": "/usr/bin:/bin",
            "CRM_NOW": NOW,
        },
        cwd=home,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip


def test_the_line_runs_under_cron_and_sends_once(
    crm: Crm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / 'the owner\'s 100% "folder"'
    folder.mkdir()
    monkeypatch.setenv("CRM_DB", str(folder / "my $HOME shop.db"))
    deliver = folder / "deliver it"
    deliver.write_text(DELIVER)
    deliver.chmod(0o755)
    crm("config", "set", "sender", "shop@example.com", "-q")
    crm("contact", "add", "Ada Lovelace", "-q")
    crm("remind", "add", "ada", "2026-06-14", "send the price list", "-q")
    crm("remind", "add", "ada", "2026-06-16", "ring again", "-q")
    line = crm(
        "remind", "schedule", "--for", "cron", "--to", "owner@example.com",
        "--via", "command", "--command", shlex.quote(str(deliver)),
    ).out  # fmt: skip
    home = tmp_path / "home"
    first, second = as_cron(line, home), as_cron(line, home)
    assert (first.returncode, first.stdout, first.stderr) == (0, "", "")
    assert (second.returncode, second.stdout, second.stderr) == (0, "", "")
    (mail,) = folder.glob("mail.*")
    text = mail.read_text()
    assert "price list" in text
    assert "ring again" not in text
    found = crm.json("remind", "status")
    assert (found["last_run"]["exit_code"], found["overdue"]) == (0, False)


def test_the_example_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # A program of its own: the shell parts what CRM says at its blanks, and a path may have some.
    program = tmp_path / "crm"
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m crm_cli "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("CRM", str(program))
    done = subprocess.run(["sh", EXAMPLE], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done
    assert done.stderr == ""
    assert re.search(
        r"^\*/15 \* \* \* \* .* remind send --quiet --to owner@example.com",
        done.stdout,
        re.MULTILINE,
    )
    assert len(re.findall(r"^Subject: ", done.stdout, re.MULTILINE)) == 1
    assert "last run" in done.stdout
