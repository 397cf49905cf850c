"""Time: the one clock, and the closed grammar of dates and periods that people type.

Nothing else in the program asks the operating system what time it is. An instant is an aware
``datetime`` in UTC; a day is a ``date`` of the business's time zone.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, NamedTuple

from crm_cli import errors

if TYPE_CHECKING:
    from datetime import tzinfo

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

ACCEPTED_DAYS = (
    "2026-05-31, today, tomorrow, yesterday, friday, next friday, in 2 weeks, 3 days ago, +3d, -1m,"
    " end of month"
)
ACCEPTED_DATES = f"{ACCEPTED_DAYS} (each may be followed by a time such as 9:30)"
ACCEPTED_PERIODS = (
    "2026, 2026-Q2, 2026-05, 2026-W07, 2026-05-31, today, yesterday, this-week, last-week,"
    " this-month, last-month, this-quarter, last-quarter, this-year, last-year, ytd, all"
)


class Clock:
    """What "now" is for one run: the real time, or the instant given with ``--now``."""

    def __init__(self, fixed: str | None = None) -> None:
        self._fixed = fixed
        self._instant: datetime | None = None

    def now(self, zone: tzinfo | None = None) -> datetime:
        """Return the current instant in UTC, whole seconds, the same all through one run.

        ``zone`` is the business's; it is only needed to read a ``--now`` without an offset.
        Raises InvalidValue when ``--now`` is not ISO 8601.
        """
        if self._instant is None:
            if self._fixed is None:
                self._instant = datetime.now(UTC).replace(microsecond=0)
            else:
                self._instant = read_instant(self._fixed, zone or UTC)
        return self._instant

    @property
    def needs_zone(self) -> bool:
        """Whether "now" was given as business time, without an offset of its own."""
        if self._fixed is None:
            return False
        try:
            return datetime.fromisoformat(self._fixed).tzinfo is None
        except ValueError:
            return False

    def look_again(self) -> None:
        """Forget the instant: a long run notes down when each of its steps was taken. What was
        given with ``--now`` stays."""
        if self._fixed is None:
            self._instant = None

    def today(self, zone: tzinfo) -> date:
        """Return the business's date. Raises InvalidValue at the ends of the calendar."""
        try:
            return self.now(zone).astimezone(zone).date()
        except OverflowError:
            raise _outside(self._fixed or "now") from None


def read_instant(text: str, zone: tzinfo) -> datetime:
    """Read ISO 8601; without an offset it is ``zone``'s time, a bare date its midnight.

    Raises InvalidValue, also for what lies outside the calendar in UTC.
    """
    try:
        value = datetime.fromisoformat(text.strip())
    except ValueError:
        raise errors.InvalidValue(
            f"{text!r} is not an instant", hint="write 2026-05-31T09:30 or 2026-05-31T07:30:00Z"
        ) from None
    if value.tzinfo is None:
        value = value.replace(tzinfo=zone)
    try:
        return value.astimezone(UTC).replace(microsecond=0)
    except OverflowError:
        raise _outside(text) from None


def _outside(text: str) -> errors.InvalidValue:
    return errors.InvalidValue(
        f"{text!r} is outside the calendar", hint="write an instant from year 1 to year 9999"
    )


def instant_text(value: datetime) -> str:
    """Return ``YYYY-MM-DDTHH:MM:SSZ``."""
    # Not strftime: its %Y has no leading zeros on Linux.
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


NOON = time(12)


def exact_instant(text: str, zone: tzinfo) -> datetime | None:
    """Read ISO 8601 that says more than a day and minutes: an offset, ``Z`` or seconds. None for
    anything else. Raises InvalidValue outside the calendar."""
    word = text.strip()
    if len(word) < len("2026-05-31T09:30Z") or not word[:4].isdigit():
        return None
    try:
        datetime.fromisoformat(word)
    except ValueError:
        return None
    return read_instant(word, zone)


def wall_instant(day: date, at: time, zone: tzinfo) -> datetime:
    """Return the UTC instant of a day and wall-clock time in a zone. A time that the clocks skip
    is moved forward by as much; of one that comes twice the first is meant.

    Raises InvalidValue outside the calendar.
    """
    try:
        return datetime.combine(day, at, zone).astimezone(UTC).replace(microsecond=0)
    except OverflowError:
        raise _outside(day.isoformat()) from None


def read_past(
    text: str, zone: tzinfo, now: datetime, today: date, order: str | None = None
) -> tuple[datetime, Moment | None]:
    """Return the instant that is meant by something that was: of a day without a time its noon,
    of today ``now``; and how it was understood, None where it was typed as an instant.

    Whether it lies ahead is the caller's to see. Raises InvalidValue.
    """
    exact = exact_instant(text, zone)
    if exact is not None:
        return exact, None
    moment = read_moment(text, today, order)
    if moment.at is None and moment.on == today:
        return now, moment
    return wall_instant(moment.on, moment.at or NOON, zone), moment


def midnight_text(day: date, zone: tzinfo) -> str:
    """Return the instant in which a day begins in a zone, as stored. Raises InvalidValue."""
    return instant_text(wall_instant(day, time(), zone))


# -- dates typed by people ------------------------------------------------------------------

# Patterns are texts: re compiles and keeps each one when it is first needed, so that commands
# that read no date do not pay for them at start-up.

_ISO = r"(\d{4})-(\d{1,2})-(\d{1,2})"
_COMPACT = r"(\d{4})(\d{2})(\d{2})"
_NUMERIC = r"(\d{1,2})[/.](\d{1,2})[/.](\d{4})"
_TIME = r"(?:^|\s+|T)(?:at\s+)?(\d{1,2}):(\d{2})$"
_OFFSET = r"([+-])\s*(\d{1,4})\s*([dwmqy])"
_IN = r"in\s+(a|an|\d{1,4})\s+(day|week|month|quarter|year)s?"
_AGO = r"(a|an|\d{1,4})\s+(day|week|month|quarter|year)s?\s+ago"


class Moment(NamedTuple):
    """A day, and the wall-clock time where one was typed."""

    on: date
    at: time | None


def read_moment(text: str, today: date, order: str | None = None) -> Moment:
    """Read a date with an optional time in the closed grammar.

    ``order`` is ``dmy``, ``mdy`` or None; without it ``03/04/2027`` is refused. Raises
    InvalidValue naming the accepted forms.
    """
    return _moment(text, today, order, ACCEPTED_DATES)


def read_date(text: str, today: date, order: str | None = None) -> date:
    """Read a day without a time. Raises InvalidValue."""
    moment = _moment(text, today, order, ACCEPTED_DAYS)
    if moment.at is not None:
        raise errors.InvalidValue(
            f"{text!r} has a time, but a date is meant",
            hint=f"leave the time out; write {ACCEPTED_DAYS}",
        )
    return moment.on


def _moment(text: str, today: date, order: str | None, accepted: str) -> Moment:
    phrase = " ".join(text.strip().split())
    clock_time: time | None = None
    matched = re.search(_TIME, phrase)
    if matched:
        try:
            clock_time = time(int(matched[1]), int(matched[2]))
        except ValueError:
            raise _not_a_date(text, accepted) from None
        phrase = phrase[: matched.start()].strip() or "today"
    day = _read_day(phrase, today, order)
    if day is None:
        raise _not_a_date(text, accepted)
    return Moment(day, clock_time)


_NEAR = {"today": 0, "now": 0, "tomorrow": 1, "yesterday": -1, "day after tomorrow": 2}


def _read_day(phrase: str, today: date, order: str | None) -> date | None:
    """Return the day that is meant, None for what is no day or outside the calendar."""
    word = phrase.lower()
    try:
        if word in _NEAR:
            return today + timedelta(days=_NEAR[word])
        if matched := re.fullmatch(_ISO, word) or re.fullmatch(_COMPACT, word):
            return date(int(matched[1]), int(matched[2]), int(matched[3]))
        if matched := re.fullmatch(_NUMERIC, word):
            return _numeric(matched, order)
        if matched := re.fullmatch(_OFFSET, word):
            sign = -1 if matched[1] == "-" else 1
            return shift(today, sign * int(matched[2]), matched[3])
        if matched := re.fullmatch(_IN, word):
            return shift(today, _count(matched[1]), matched[2][0])
        if matched := re.fullmatch(_AGO, word):
            return shift(today, -_count(matched[1]), matched[2][0])
        if (day := _weekday(word, today)) is not None:
            return day
        return _edge(word, today)
    except (ValueError, OverflowError):
        return None


def _count(word: str) -> int:
    return 1 if word in {"a", "an"} else int(word)


def _not_a_date(text: str, accepted: str) -> errors.InvalidValue:
    return errors.InvalidValue(f"{text!r} is not a date", hint=f"write {accepted}")


def _numeric(matched: re.Match[str], order: str | None) -> date | None:
    """Read ``03/04/2027`` in the order that was said. Raises InvalidValue without one, with
    the ISO spelling of what may be meant."""
    first, second, year = int(matched[1]), int(matched[2]), int(matched[3])
    by_day, by_month = _day_or_none(year, second, first), _day_or_none(year, first, second)
    if order is not None:
        return by_day if order == "dmy" else by_month
    meant = [day.isoformat() for day in (by_day, by_month) if day is not None]
    if len(set(meant)) == 2:
        raise errors.InvalidValue(
            f"{matched[0]!r} can be read in two ways",
            hint=f"write {meant[0]} or {meant[1]}, or say the order: --dates dmy or --dates mdy",
        )
    if not meant:
        return None
    raise errors.InvalidValue(
        f"{matched[0]!r}: the order of day and month was not said",
        hint=f"write {meant[0]}, or say the order: --dates {'mdy' if by_day is None else 'dmy'}",
    )


def _day_or_none(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _weekday(word: str, today: date) -> date | None:
    """``friday`` is the next one, today included; ``next friday`` is never within this week."""
    parts = word.split()
    if len(parts) == 2 and parts[0] in {"next", "last", "this"}:
        prefix, name = parts
    elif len(parts) == 1:
        prefix, name = "", parts[0]
    else:
        return None
    matches = [i for i, day in enumerate(WEEKDAYS) if name in {day, day[:3]}]
    if not matches:
        return None
    monday = today - timedelta(days=today.weekday())
    if prefix == "next":
        return monday + timedelta(days=7 + matches[0])
    if prefix == "last":
        ahead = (today.weekday() - matches[0] - 1) % 7 + 1
        return today - timedelta(days=ahead)
    return today + timedelta(days=(matches[0] - today.weekday()) % 7)


def _edge(word: str, today: date) -> date | None:
    parts = word.replace("the ", "").split()
    units = {"week": "w", "month": "m", "quarter": "q", "year": "y"}
    if len(parts) == 2 and parts[0] in {"next", "last"} and parts[1] in units:
        return shift(today, 1 if parts[0] == "next" else -1, units[parts[1]])
    if len(parts) < 3 or parts[0] not in {"end", "start"} or parts[1] != "of":
        if word == "eom":
            return _period_of(today, "m")[1]
        return None
    rest = parts[2:]
    anchor = today
    if rest[0] in {"next", "last", "this"} and len(rest) == 2:
        step = {"next": 1, "last": -1, "this": 0}[rest[0]]
        if rest[1] in units:
            anchor = shift(_period_of(today, units[rest[1]])[0], step, units[rest[1]])
        rest = rest[1:]
    if len(rest) != 1 or rest[0] not in units:
        return None
    first, last = _period_of(anchor, units[rest[0]])
    return last if parts[0] == "end" else first


def shift(day: date, count: int, unit: str) -> date:
    """Move a day by ``count`` days, weeks, months, quarters or years (``d w m q y``).

    Month steps keep the day of the month or fall back to the month's last day. Raises
    ValueError outside the calendar.
    """
    if unit == "d":
        return day + timedelta(days=count)
    if unit == "w":
        return day + timedelta(weeks=count)
    months = count * {"m": 1, "q": 3, "y": 12}[unit]
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, days_in_month(year, month + 1)))


def days_in_month(year: int, month: int) -> int:
    """Return the number of days in a month."""
    if month == 2:
        leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
        return 29 if leap else 28
    return 30 if month in {4, 6, 9, 11} else 31


def _period_of(day: date, unit: str) -> tuple[date, date]:
    """Return the first and last day of the week, month, quarter or year around a day."""
    if unit == "w":
        first = day - timedelta(days=day.weekday())
        return first, first + timedelta(days=6)
    if unit == "m":
        return day.replace(day=1), day.replace(day=days_in_month(day.year, day.month))
    if unit == "q":
        month = (day.month - 1) // 3 * 3 + 1
        return (
            date(day.year, month, 1),
            date(day.year, month + 2, days_in_month(day.year, month + 2)),
        )
    return date(day.year, 1, 1), date(day.year, 12, 31)


# -- periods --------------------------------------------------------------------------------

_YEAR = r"(\d{4})"
_QUARTER = r"(\d{4})-?q([1-4])"
_MONTH = r"(\d{4})-(\d{2})"
_WEEK = r"(\d{4})-?w(\d{2})"
_NAMED = r"(this|last)[- ](week|month|quarter|year)"


class Period(NamedTuple):
    """Both bounds are days and belong to the period; None is open."""

    since: date | None
    until: date | None


def read_period(text: str, today: date) -> Period:
    """Read a period's name. Raises InvalidValue naming the accepted forms; a word that is
    not known is never taken as "everything"."""
    word = text.strip().lower()
    try:
        if word == "all":
            return Period(None, None)
        if word in {"today", "yesterday"}:
            day = today - timedelta(days=word == "yesterday")
            return Period(day, day)
        if word == "ytd":
            return Period(date(today.year, 1, 1), today)
        if matched := re.fullmatch(_YEAR, word):
            return Period(*_period_of(date(int(matched[1]), 1, 1), "y"))
        if matched := re.fullmatch(_QUARTER, word):
            return Period(*_period_of(date(int(matched[1]), int(matched[2]) * 3, 1), "q"))
        if matched := re.fullmatch(_MONTH, word):
            return Period(*_period_of(date(int(matched[1]), int(matched[2]), 1), "m"))
        if matched := re.fullmatch(_WEEK, word):
            monday = date.fromisocalendar(int(matched[1]), int(matched[2]), 1)
            return Period(*_period_of(monday, "w"))
        if matched := re.fullmatch(_ISO, word):
            day = date(int(matched[1]), int(matched[2]), int(matched[3]))
            return Period(day, day)
        if matched := re.fullmatch(_NAMED, word):
            unit = matched[2][0]
            first = _period_of(today, unit)[0]
            anchor = first if matched[1] == "this" else shift(first, -1, unit)
            return Period(*_period_of(anchor, unit))
    except (ValueError, OverflowError):
        pass
    raise errors.InvalidValue(f"{text!r} is not a period", hint=f"write {ACCEPTED_PERIODS}")
