"""Showing a long text through the user's pager."""

from __future__ import annotations

import shlex
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def show(text: str, environment: Mapping[str, str]) -> bool:
    """Hand the text to ``CRM_PAGER``, ``PAGER`` or ``less``; say whether it was shown."""
    named = environment.get("CRM_PAGER", environment.get("PAGER", "less"))
    try:
        words = shlex.split(named)
    except ValueError:
        return False
    if not words or words == ["cat"]:
        return False
    # F leaves at once when the text fits, R passes colours through, X keeps the text on screen.
    settings = {"LESS": "FRX", "LV": "-c", **environment}
    try:
        process = subprocess.Popen(  # noqa: S603 - the user's own choice of program
            words, stdin=subprocess.PIPE, env=settings, encoding="utf-8", errors="backslashreplace"
        )
    except OSError:
        return False
    try:
        process.communicate(text)
    except BrokenPipeError:
        process.wait()
    except KeyboardInterrupt:
        # Ctrl-C belongs to the pager while it runs.
        process.wait()
    return True
