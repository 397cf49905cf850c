"""A talk's fields: what a person types for them, and what is kept."""

from __future__ import annotations

import re

from crm_cli import errors

DIRECTIONS = ("in", "out", "none")

NOTE = "note"
"""The channel that is no contact: what one writes down for oneself."""

SENTIMENTS = {
    "very bad": -2, "awful": -2, "--": -2, "bad": -1, "poor": -1, "-": -1, "neutral": 0, "ok": 0,
    "good": 1, "+": 1, "very good": 2, "great": 2, "++": 2,
}  # fmt: skip
"""Words for how somebody felt, beside the numbers from -2 to 2."""

LONGEST = 100_000
"""Minutes of the longest talk: more is a slip of the finger."""


def usual_direction(channel: str) -> str:
    """Return the direction of a talk of which nothing was said: from us to them, but for notes."""
    return "none" if channel == NOTE else "out"


def read_sentiment(text: str) -> int:
    """Return how somebody felt, from -2 (very bad) to 2 (very good). Raises InvalidValue."""
    word = " ".join(text.lower().split())
    if re.fullmatch(r"[+-]?[0-2]", word):
        return int(word)
    found = SENTIMENTS.get(word, SENTIMENTS.get(word.replace("-", " ")))
    if found is None:
        raise errors.InvalidValue(
            f"{text!r} is not a sentiment",
            hint="write a number from -2 to 2, or: very bad, bad, neutral, good, very good",
        )
    return found


_DURATIONS = (
    r"(?P<minutes>\d{1,6})\s*(?:m|min|mins|minutes?)?",
    r"(?P<hours>\d{1,4})\s*(?:h|hours?)(?:\s*(?P<minutes>\d{1,2})\s*(?:m|min)?)?",
    r"(?P<hours>\d{1,4}):(?P<minutes>\d{2})",
    r"(?P<hours>\d{1,4})[.,](?P<tenths>\d)\s*(?:h|hours?)",
)


def read_duration(text: str) -> int:
    """Return the minutes of ``45``, ``45m``, ``1h30``, ``1:30`` or ``1.5h``. Raises
    InvalidValue."""
    word = " ".join(text.lower().split())
    for pattern in _DURATIONS:
        if matched := re.fullmatch(pattern, word, re.ASCII):
            parts = {name: int(digits or 0) for name, digits in matched.groupdict().items()}
            minutes = parts.get("minutes", 0)
            if "hours" in parts and minutes > 59:
                break
            found = parts.get("hours", 0) * 60 + minutes + parts.get("tenths", 0) * 6
            if found <= LONGEST:
                return found
            break
    raise errors.InvalidValue(
        f"{text!r} is not a duration", hint="write 45, 45m, 1h30, 1:30 or 1.5h"
    )


def first_line(text: str | None, length: int = 80) -> str:
    """Return the first line of a text that says something, cut at a blank near ``length``."""
    for line in (text or "").splitlines():
        words = " ".join(line.split())
        if words:
            if len(words) <= length:
                return words
            cut = words[: length - 1]
            return (cut[: cut.rfind(" ")] if " " in cut[length // 2 :] else cut) + "…"
    return ""
