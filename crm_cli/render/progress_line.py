"""The progress line of long work: one line on stderr, drawn over itself, gone at the end."""

from __future__ import annotations

import sys
import time

_PATIENCE = 1.0
_PAUSE = 0.1
_CELLS = 24


class _Line:
    """When the work began, when the line was drawn last and how long it was."""

    def __init__(self) -> None:
        self.began: float | None = None
        self.drawn = 0.0
        self.length = 0

    def draw(self, what: str, permille: int | None, now: float) -> str:
        """Return what to write now: nothing, the line, or blanks over it."""
        if permille is None or permille >= 1000:
            cleared = "\r" + " " * self.length + "\r" if self.length else ""
            self.began, self.length = None, 0
            return cleared
        if self.began is None:
            self.began = now
        if now - self.began < _PATIENCE or now - self.drawn < _PAUSE:
            return ""
        from crm_cli.domain.values import safe
        from crm_cli.render.values import shorten, width

        full = max(0, permille) * _CELLS // 1000
        bar = "#" * full + "-" * (_CELLS - full)
        text = f"{shorten(safe(what), 40)} [{bar}] {max(0, permille) // 10:3d} %"
        blanks = " " * max(0, self.length - width(text))
        self.drawn, self.length = now, width(text)
        return f"\r{text}{blanks}"


_line = _Line()


def draw(what: str, permille: int | None) -> None:
    """Redraw the line, from a second of work on and ten times a second at most."""
    text = _line.draw(what, permille, time.monotonic())
    if text:
        sys.stderr.write(text)
        sys.stderr.flush()
