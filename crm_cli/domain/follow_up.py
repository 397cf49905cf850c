"""Follow-ups: when one is due, when it is overdue, and how it comes again.

A due day and time are those of the business's wall clock, without a zone. Rounds are counted in
local dates from the first (the anchor), so that the 31st does not drift to the 28th.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, NamedTuple

from crm_cli import errors

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import tzinfo

KINDS = ("task", "promise", "touch", "date", "service")
STATES = ("open", "done", "cancelled")

# -- when it is due ---------------------------------------------------------------------------


def due_instant(due_on: str, due_time: str | None, zone: tzinfo) -> datetime | None:
    """Return the instant (UTC) of a day and a wall-clock time; None without a time.

    A time that does not exist, because the clocks were put forward, is moved forward by the gap;
    one that exists twice means the first. Also None at the ends of the calendar.
    """
    if due_time is None:
        return None
    wall = datetime.combine(date.fromisoformat(due_on), time.fromisoformat(due_time), zone)
    try:
        # fold=0: before the change, both in the gap and where the hour comes twice.
        return wall.astimezone(UTC)
    except OverflowError:
        return None


def is_due(due_on: str, due_time: str | None, now: datetime, zone: tzinfo) -> bool:
    """Say whether its day has come, or with a time its instant."""
    moment = due_instant(due_on, due_time, zone)
    if moment is not None:
        return moment <= now
    return due_on <= now.astimezone(zone).date().isoformat()


def is_overdue(due_on: str, due_time: str | None, now: datetime, zone: tzinfo) -> bool:
    """Say whether its day is over, or with a time its instant past. What is due today without
    a time is due all day, and overdue on the next."""
    moment = due_instant(due_on, due_time, zone)
    if moment is not None:
        return moment < now
    return due_on < now.astimezone(zone).date().isoformat()


def occurrence(due_on: str, due_time: str | None) -> str:
    """Return what tells one round from another: ``2026-05-31`` or ``2026-05-31T09:30``."""
    return due_on if due_time is None else f"{due_on}T{due_time}"


# -- how it comes again -----------------------------------------------------------------------

MOST = 999
"""So many days, weeks, months or years may lie between two rounds."""

_NAMED = {
    "daily": (1, "day"),
    "weekly": (1, "week"),
    "monthly": (1, "month"),
    "quarterly": (1, "quarter"),
    "yearly": (1, "year"),
}
_SAME = {
    "every day": "daily",
    "every week": "weekly",
    "every month": "monthly",
    "every quarter": "quarterly",
    "every year": "yearly",
    "annually": "yearly",
    "every other day": "every 2 days",
    "every other week": "every 2 weeks",
    "every other month": "every 2 months",
    "every other year": "every 2 years",
    "fortnightly": "every 2 weeks",
    "every weekday": "weekdays",
    "every working day": "weekdays",
    "monthly on the last day": "last day of month",
    "last day of the month": "last day of month",
    "last day of every month": "last day of month",
    "every last day of month": "last day of month",
    "end of month": "last day of month",
}
_UNITS = ("day", "week", "month", "quarter", "year")
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

ACCEPTED_REPEATS = (
    "daily, weekly, monthly, quarterly, yearly, 'every 2 weeks' (days, weeks, months, quarters,"
    " years; 1 to 999), 'every friday', 'every monday, thursday', weekdays, 'last day of month'"
)


class Repeat(NamedTuple):
    """How a follow-up comes again: after ``every`` units (day, week ...), or on certain
    ``weekdays`` (0 is Monday), or on the last day of every month."""

    text: str
    every: int = 1
    unit: str = ""
    weekdays: tuple[int, ...] = ()
    on_last_day: bool = False


def read_repeat(text: str) -> Repeat:
    """Read a repeat in the closed grammar; ``text`` of the answer is its one spelling.

    Raises InvalidValue naming the accepted forms.
    """
    phrase = " ".join(text.lower().replace(",", " ").split())
    if not any(char.isdigit() for char in phrase):
        phrase = phrase.replace("-", " ")
    phrase = _SAME.get(phrase, phrase)
    if phrase in _NAMED:
        count, unit = _NAMED[phrase]
        return Repeat(phrase, count, unit)
    if phrase == "weekdays":
        return Repeat(phrase, weekdays=(0, 1, 2, 3, 4))
    if phrase == "last day of month":
        return Repeat(phrase, on_last_day=True)
    words = phrase.split()
    if words[:1] == ["every"] and len(words) > 1:
        found = _counted(words[1:]) or _on_weekdays([word for word in words[1:] if word != "and"])
        if found is not None:
            return found
    raise errors.InvalidValue(f"{text!r} is not a repeat", hint=f"write {ACCEPTED_REPEATS}")


def _counted(words: Sequence[str]) -> Repeat | None:
    if len(words) != 2 or not (words[0].isascii() and words[0].isdigit()):
        return None
    unit = words[1].removesuffix("s")
    if unit not in _UNITS:
        return None
    count = int(words[0]) if len(words[0]) <= len(str(MOST)) else 0
    if not 1 <= count <= MOST:
        raise errors.InvalidValue(
            f"every {words[0]} {words[1]}: {words[0]} is not from 1 to {MOST}",
            hint=f"write {ACCEPTED_REPEATS}",
        )
    if count == 1:
        (name,) = (name for name, held in _NAMED.items() if held == (1, unit))
        return Repeat(name, 1, unit)
    return Repeat(f"every {count} {unit}s", count, unit)


def _on_weekdays(words: Sequence[str]) -> Repeat | None:
    found = set()
    for word in words:
        matches = [
            at for at, name in enumerate(_DAYS) if word in {name, name[:3], f"{name}s"}
        ]  # fmt: skip
        if not matches:
            return None
        found.add(matches[0])
    if not found:
        return None
    days = tuple(sorted(found))
    return Repeat(f"every {', '.join(_DAYS[day] for day in days)}", weekdays=days)


def next_day(repeat: Repeat, anchor: date, after: date) -> date | None:
    """Return the first round later than ``after``, counted from ``anchor``; None where that
    lies outside the calendar.

    Months and years keep the anchor's day of the month, or fall back to the month's last: 31
    January, 28 February, 31 March; 29 February is 28 February in common years.
    """
    from dateutil.relativedelta import relativedelta

    try:
        if repeat.weekdays:
            return _next_weekday(repeat.weekdays, max(anchor, after))
        if repeat.on_last_day:
            return _next_last_day(max(anchor, after))
        months = {"month": 1, "quarter": 3, "year": 12}.get(repeat.unit)
        if months is None:
            step = repeat.every * (7 if repeat.unit == "week" else 1)
            rounds = max((after - anchor).days // step + 1, 1)
            return date.fromordinal(anchor.toordinal() + rounds * step)
        step = repeat.every * months
        apart = (after.year - anchor.year) * 12 + after.month - anchor.month
        rounds = max(apart // step, 1)
        while (found := anchor + relativedelta(months=rounds * step)) <= after:
            rounds += 1
    except (ValueError, OverflowError):
        return None
    return date(found.year, found.month, found.day)


def _next_last_day(after: date) -> date:
    from dateutil.relativedelta import relativedelta

    first = date.fromordinal(after.toordinal() + 1)
    found = first + relativedelta(day=31)
    return date(found.year, found.month, found.day)


def _next_weekday(weekdays: Sequence[int], after: date) -> date | None:
    from dateutil.rrule import DAILY, rrule

    first = datetime.combine(date.fromordinal(after.toordinal() + 1), time())
    (found,) = rrule(DAILY, dtstart=first, byweekday=list(weekdays), count=1)
    return date(found.year, found.month, found.day)
