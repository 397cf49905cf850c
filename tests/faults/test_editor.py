"""Long text from the user's editor, and what is left when its terminal is closed."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.conftest import Crm

HUNG = 60


@pytest.fixture
def keyboard() -> Iterator[int]:
    """A terminal to be stdin."""
    ours, theirs = pty.openpty()
    yield theirs
    os.close(ours)
    os.close(theirs)


def editor(folder: Path, body: str) -> str:
    script = folder / "edit.sh"
    script.write_text(f"#!/bin/sh\n{body}\n")
    script.chmod(0o755)
    return str(script)


def start(keyboard: int, folder: Path, command: str) -> subprocess.Popen[str]:
    (folder / "tmp").mkdir()
    return subprocess.Popen(
        [sys.executable, "-m", "crm_cli", "contact", "note", "1"],
        stdin=keyboard,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "VISUAL": command, "TMPDIR": str(folder / "tmp")},
    )


def test_a_note_comes_from_the_editor(crm: Crm, keyboard: int, tmp_path: Path) -> None:
    crm("contact", "add", "Ada")
    process = start(keyboard, tmp_path, editor(tmp_path, 'echo "from the editor" > "$1"'))
    _, told = process.communicate(timeout=HUNG)
    assert process.returncode == 0
    assert "edit.sh (set EDITOR for another)" in told
    assert "from the editor" in crm.json("contact", "show", "1")["notes"]
    assert list((tmp_path / "tmp").iterdir()) == []


def test_a_closed_terminal_leaves_no_text_behind(crm: Crm, keyboard: int, tmp_path: Path) -> None:
    crm("contact", "add", "Ada")
    for name in ("begun", "never"):
        os.mkfifo(tmp_path / name)
    body = f'echo secret > "$1"; echo > "{tmp_path}/begun"; exec cat "{tmp_path}/never"'
    process = start(keyboard, tmp_path, editor(tmp_path, body))
    (tmp_path / "begun").read_text()
    process.send_signal(signal.SIGHUP)
    _, told = process.communicate(timeout=HUNG)
    assert process.returncode == 130
    assert "nothing was written" in told
    assert list((tmp_path / "tmp").iterdir()) == []
    assert crm.json("contact", "show", "1")["notes"] is None


def test_the_editor_is_named_where_people_look_for_it(crm: Crm) -> None:
    assert "EDITOR" in crm("contact", "note", "--help").out
    assert "VISUAL, EDITOR" in crm("help", "environment").out
