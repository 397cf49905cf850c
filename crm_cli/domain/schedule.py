"""How often the reminders are sent: the words, and from when on a run is overdue."""

from __future__ import annotations

import re
from typing import NamedTuple

from crm_cli import errors

MINUTES = (1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30)
HOURS = (1, 2, 3, 4, 6, 8, 12)
"""The steps that a crontab can say: they divide the hour, and the day."""

DEFAULT_TIME = (7, 0)
"""Once a day without a time is at seven."""

_STEP = r"(\d{1,3})\s*(m|min|minutes?|h|hours?|d|days?)"
_DAILY = r"(?:daily|every day)(?:\s+(?:at\s+)?(\d{1,2}):(\d{2}))?"
_HINT = "write 5m, 10m, 15m, 20m, 30m, 1h, 2h, 3h, 4h, 6h, 8h, 12h, 1d, or 'daily 7:00'"


class Every(NamedTuple):
    """An interval: ``minutes``, or once a day ``at`` (hour, minute) of the machine's clock."""

    minutes: int
    at: tuple[int, int] | None = None

    @property
    def text(self) -> str:
        """The one way it is written: ``15m``, ``2h``, ``daily 07:00``."""
        if self.at is not None:
            return f"daily {self.at[0]:02}:{self.at[1]:02}"
        return f"{self.minutes // 60}h" if self.minutes % 60 == 0 else f"{self.minutes}m"

    @property
    def words(self) -> str:
        """How it reads in a sentence: ``every 15m``, ``daily 07:00``."""
        return self.text if self.at is not None else f"every {self.text}"

    @property
    def grace(self) -> int:
        """Minutes that a run may be late: a quarter of the interval, five at least; and of a
        daily one two hours, for the night in which the clocks change."""
        return 120 if self.at is not None else max(5, min(60, self.minutes // 4))


def read_every(text: str) -> Every:
    """Read ``15m``, ``1h``, ``1d``, ``daily 7:00``, ``hourly``. Raises InvalidValue."""
    word = " ".join(text.lower().split())
    if matched := re.fullmatch(_DAILY, word):
        at = (int(matched[1]), int(matched[2])) if matched[1] else DEFAULT_TIME
        if at[0] > 23 or at[1] > 59:
            raise errors.InvalidValue(f"{text!r}: there is no such time", hint=_HINT)
        return Every(24 * 60, at)
    word = {"hourly": "1h", "every hour": "1h"}.get(word, word)
    matched = re.fullmatch(_STEP, word.removeprefix("every "))
    if matched is None:
        raise errors.InvalidValue(f"{text!r} is no interval", hint=_HINT)
    count, unit = int(matched[1]), matched[2][0]
    if (unit == "d" and count == 1) or (unit == "h" and count == 24):
        return Every(24 * 60, DEFAULT_TIME)
    if unit == "m" and count == 60:
        return Every(60)
    if count not in {"m": MINUTES, "h": HOURS, "d": ()}[unit]:
        raise errors.InvalidValue(
            f"{text!r} cannot be kept: it does not divide the"
            f" {'hour' if unit == 'm' else 'day'} evenly",
            hint=_HINT,
        )
    return Every(count * (60 if unit == "h" else 1))
