"""Keeping the output in the pages true: every ``console`` block is run, in order, page by page.

In a block a line that starts with ``$ `` is a command for ``sh``; what follows it is replaced
by what the command prints (stdout, then stderr). A command that is meant to fail says so with
a comment: ``$ crm contact show nobody  # exit 3``. ``<!-- run: COMMAND -->`` on a line of its
own outside blocks runs unseen. A page starts with an empty store in an empty folder that holds
``examples/`` alone; its clock stands still.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NOW = "2026-06-30T16:00:00Z"
FENCE = "```"

_EXPECTED = re.compile(r"\s#\s*exit (\d+)\s*$")
_HIDDEN = re.compile(r"<!-- run: (.+) -->")
_ELAPSED = re.compile(r'(\bseconds"?:?\s+)\d+(?:\.\d+)?')


class TranscriptError(Exception):
    """A command of a page did not end as the page says."""


class Shell:
    """One throw-away folder in which the commands of a page run one after the other."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "bin").mkdir()
        (folder / "home").mkdir()
        program = folder / "bin" / "crm"
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m crm_cli "$@"\n')
        program.chmod(0o755)
        self.work = folder / "work"
        self.work.mkdir()
        shutil.copytree(ROOT / "examples", self.work / "examples")
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("CRM_", "XDG_")) and name not in {"FORCE_COLOR", "COLUMNS"}
        }
        self.environment = {
            **kept,
            "PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "HOME": str(folder / "home"),
            "CRM_DB": "crm.db",
            "CRM_NOW": NOW,
            "CRM_USER": "ana",
            "NO_COLOR": "1",
            "LC_ALL": "C.UTF-8",
        }

    def run(self, line: str) -> str:
        """Run one line and return what it printed.

        Raises TranscriptError when the exit status is not the one the line states.
        """
        stated = _EXPECTED.search(line)
        done = subprocess.run(
            ["sh", "-c", line],
            cwd=self.work,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != (int(stated[1]) if stated else 0):
            raise TranscriptError(f"$ {line}\nexit {done.returncode}\n{done.stdout}{done.stderr}")
        return _ELAPSED.sub(r"\g<1>0.1", done.stdout + done.stderr)


def refreshed(page: str) -> str:
    """Return a page with the output of its ``console`` blocks as the program prints it now.

    Raises TranscriptError when a command does not end as stated.
    """
    with tempfile.TemporaryDirectory() as folder:
        shell = Shell(Path(folder))
        out: list[str] = []
        block = ""
        for line in page.splitlines():
            if line.startswith(FENCE):
                block = "" if block else line.removeprefix(FENCE).strip() or "text"
                out.append(line)
            elif block == "console":
                if line.startswith("$ "):
                    out.append(line)
                    out += [text.rstrip() for text in shell.run(line[2:]).splitlines()]
            else:
                hidden = _HIDDEN.fullmatch(line) if not block else None
                if hidden:
                    shell.run(hidden[1])
                out.append(line)
        return "\n".join(out) + "\n"


def commands(page: str) -> list[str]:
    """Return the command lines of a page's ``console`` blocks."""
    found: list[str] = []
    inside = False
    for line in page.splitlines():
        if line.startswith(FENCE):
            inside = not inside and line.removeprefix(FENCE).strip() == "console"
        elif inside and line.startswith("$ "):
            found.append(line[2:])
    return found
