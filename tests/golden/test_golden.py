"""Golden cases: commands and what they print, as text files beside this one.

A file is one story over one empty store: a line ``$ crm ...`` is run, below it stand its stdout
(``| ``), its stderr (``! ``) and its exit status where it is not 0 (``= 3``). Other lines are
comments. A control character is shown by its Unicode picture (CR is ␍), a bidirectional one as
``<U+202E>``; in a command ``\\x1b`` and ``\\u202e`` stand for the characters.

``GOLDEN=update pytest tests/golden`` writes the files anew: read the difference before you
keep it.
"""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import Crm

STORIES = sorted(Path(__file__).parent.glob("*.txt"))
_UID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_ESCAPE = re.compile(r"\\x([0-9a-f]{2})|\\u([0-9a-f]{4})")


def visible(text: str) -> str:
    """Return text in which every character can be seen and compared."""
    shown = []
    for char in _UID.sub("<uid>", text):
        code = ord(char)
        if char == "\n" or (char.isprintable() and code >= 0x20):
            shown.append(char)
        else:
            shown.append(chr(0x2400 + code) if code < 0x20 else f"<U+{code:04X}>")
    return "".join(shown)


def prefixed(mark: str, text: str) -> list[str]:
    """Return the lines with their mark; a missing last newline is shown."""
    if not text:
        return []
    lines = text.removesuffix("\n").split("\n")
    if not text.endswith("\n"):
        lines[-1] += "␄"
    return [f"{mark} {line}".rstrip() if not line else f"{mark} {line}" for line in lines]


def played(story: str, crm: Crm) -> str:
    """Run a story's commands and return it with what they print now."""
    lines: list[str] = []
    for line in story.splitlines():
        if line.startswith(("| ", "! ", "= ")) or line in {"|", "!"}:
            continue
        lines.append(line)
        if line.startswith("$ crm "):
            text = _ESCAPE.sub(lambda found: chr(int(found[1] or found[2], 16)), line[6:])
            run = crm(*shlex.split(text), code=None)
            talk = run.err.replace(str(crm.db), "<db>")
            lines += prefixed("|", visible(run.out)) + prefixed("!", visible(talk))
            if run.code:
                lines.append(f"= {run.code}")
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("story", STORIES, ids=lambda path: path.stem)
def test_story(story: Path, crm: Crm, monkeypatch: pytest.MonkeyPatch) -> None:
    # The colours of a story are those of a terminal with 256 of them.
    monkeypatch.delenv("COLORTERM", raising=False)
    expected = story.read_text(encoding="utf-8")
    found = played(expected, crm)
    if os.environ.get("GOLDEN") == "update":
        story.write_text(found, encoding="utf-8")
    else:
        assert found.splitlines() == expected.splitlines()
