"""Shared fixtures: a private store, and the program run in this process or as a real one."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

# Who runs the tests in the background or under nohup has these ignored, and children inherit it:
# then nobody could interrupt the programs under test.
signal.signal(signal.SIGINT, signal.default_int_handler)
if hasattr(signal, "SIGHUP"):
    signal.signal(signal.SIGHUP, signal.SIG_DFL)

NOW = "2026-06-15T10:00:00Z"
"""What the clock says in tests unless they set it themselves."""


class Run(NamedTuple):
    """What one run of the program left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The data on stdout."""
        return json.loads(self.out)

    @property
    def error(self) -> dict[str, Any]:
        """The JSON error object: the last line of stderr."""
        error: dict[str, Any] = json.loads(self.err.strip().splitlines()[-1])["error"]
        return error


class Crm:
    """The program over one store: ``crm("contact", "add", "Ada")`` runs it in this process."""

    def __init__(self, db: Path, capture: Callable[[], Any]) -> None:
        self.db = db
        self._capture = capture

    def __call__(self, *arguments: object, code: int | None = 0) -> Run:
        from crm_cli.__main__ import main

        self._capture()
        status = main([str(argument) for argument in arguments])
        captured = self._capture()
        run = Run(status, captured.out, captured.err)
        if code is not None:
            assert status == code, run
        return run

    def json(self, *arguments: object, code: int | None = 0) -> Any:
        """Run with ``--json`` and return what was printed."""
        return self(*arguments, "--json", code=code).json

    def id(self, *arguments: object) -> int:
        """Run with ``-f ids`` and return the one id."""
        return int(self(*arguments, "-f", "ids").out)

    def process(
        self, *arguments: object, stdin: str | bytes | None = None, **environment: str
    ) -> Run:
        """Run as a process of its own; bytes that are no UTF-8 come back escaped."""
        done = subprocess.run(
            [sys.executable, "-m", "crm_cli", *map(str, arguments)],
            input=stdin.encode() if isinstance(stdin, str) else stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            capture_output=True,
            env={**os.environ, **environment},
            check=False,
        )
        return Run(
            done.returncode,
            done.stdout.decode(errors="backslashreplace"),
            done.stderr.decode(errors="backslashreplace"),
        )

    def on_terminal(self, *arguments: object, width: int) -> str:
        """Run as a process whose stdout is a terminal so wide; return the page, without colour."""
        ours, theirs = pty.openpty()
        environment = {"COLUMNS": str(width), "NO_COLOR": "1", "CRM_PAGER": ""}
        with subprocess.Popen(
            [sys.executable, "-m", "crm_cli", *map(str, arguments)],
            stdin=subprocess.DEVNULL,
            stdout=theirs,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **environment},
        ):
            os.close(theirs)
            page = bytearray()
            # Reading a terminal that nobody writes to any more fails on Linux.
            with contextlib.suppress(OSError):
                while chunk := os.read(ours, 65536):
                    page += chunk
        os.close(ours)
        return page.decode().replace("\r\n", "\n")


@pytest.fixture(autouse=True)
def _private(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No test sees the developer's store, settings, clock, name, terminal or colours."""
    for name in list(os.environ):
        if name.startswith(("CRM_", "XDG_")) or name in {"NO_COLOR", "FORCE_COLOR", "COLUMNS"}:
            monkeypatch.delenv(name)
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("CRM_DB", str(tmp_path / "crm.db"))
    monkeypatch.setenv("CRM_NOW", NOW)
    monkeypatch.setenv("CRM_USER", "tester")
    monkeypatch.setenv("TERM", "xterm-256color")
    with open(os.devnull, encoding="utf-8") as nothing:  # noqa: PTH123
        monkeypatch.setattr("sys.stdin", nothing)
        yield


@pytest.fixture(autouse=True)
def _colours_of_its_own() -> None:
    """rich keeps the escape codes of the first terminal that a style was drawn on; a process of
    the program has only one, the tests have several."""
    style = sys.modules.get("rich.style")
    if style is not None:
        style.Style.parse.cache_clear()
        style.Style._add.cache_clear()


@pytest.fixture
def crm(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Crm:
    """The program over an empty store."""
    return Crm(tmp_path / "crm.db", capsys.readouterr)
