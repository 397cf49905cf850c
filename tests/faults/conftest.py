"""Helpers for the fault tests: real processes, real files, real signals."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

Snapshot = dict[str, bytes]


def folder_bytes(folder: Path) -> Snapshot:
    """Return every file of a folder by name: what "left as it was" is held against."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


@pytest.fixture
def start() -> Any:
    """Start the program, or any Python, without waiting for it; it is ended after the test."""
    running: list[subprocess.Popen[str]] = []

    def go(*arguments: object, script: str | None = None, **options: Any) -> subprocess.Popen[str]:
        head = ["-m", "crm_cli"] if script is None else ["-c", script]
        process = subprocess.Popen(
            [sys.executable, *head, *map(str, arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **options,
        )
        running.append(process)
        return process

    yield go
    for process in running:
        if process.poll() is None:
            process.kill()
        process.communicate()


@pytest.fixture
def powerless() -> dict[str, Any]:
    """Options of ``start`` that make permission bits count for the child.

    They do for everybody but root, whose powers are therefore taken away before the program
    starts (dropped from the bounding set, they do not survive ``exec``).
    """
    if os.geteuid() != 0:
        return {}
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    drop_from_bounding_set = 24

    def drop() -> None:
        for capability in range(64):
            libc.prctl(drop_from_bounding_set, capability, 0, 0, 0)

    return {"preexec_fn": drop}


@pytest.fixture
def folder(tmp_path: Path) -> Any:
    """A folder whose bits may be changed; they are put back for the cleaning up."""
    made = tmp_path / "shut"
    made.mkdir()
    yield made
    made.chmod(0o755)
