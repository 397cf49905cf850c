"""The settings of the business: what each may be, and its one canonical spelling."""

from __future__ import annotations

import re
from datetime import date, time
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from crm_cli import errors
from crm_cli.domain import mail_settings
from crm_cli.domain.countries import read_code
from crm_cli.domain.values import has_lone_surrogate, read_currency, safe

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def read_setting(key: str, text: str) -> str:
    """Return the canonical value of a business setting.

    Raises InvalidValue for a value that cannot be read, or a key that does not exist.
    """
    reader = READERS.get(key)
    if reader is None:
        raise unknown_setting(key, tuple(READERS))
    value = " ".join(text.split())
    if has_lone_surrogate(value):
        raise errors.InvalidValue(f"{key}: the value is not valid UTF-8 text")
    if not value:
        raise errors.InvalidValue(f"{key} needs a value", hint=f"or: crm config unset {key}")
    return reader(value)


def unknown_setting(key: str, known: Sequence[str]) -> errors.InvalidValue:
    """Return the error for a setting nobody knows, with the nearest that exists."""
    from difflib import get_close_matches

    if "password" in key.lower() or "passwd" in key.lower():
        return errors.InvalidValue(
            f"{safe(key)} is no setting: a password is never kept in the store",
            hint="set CRM_SMTP_PASSWORD, or smtp_password_command or smtp_password_file",
        )
    near = get_close_matches(key.lower().replace("-", "_"), known, 1, 0.5)
    hint = f"did you mean {near[0]}? " if near else ""
    return errors.InvalidValue(
        f"unknown setting {safe(key)!r}", hint=f"{hint}settings are {', '.join(known)}"
    )


# -- one reader a setting ---------------------------------------------------------------------


def read_timezone(text: str) -> str:
    """Return an IANA time zone's name: ``Europe/Zurich``. Raises InvalidValue."""
    from zoneinfo import ZoneInfo, available_timezones

    try:
        return ZoneInfo(text).key
    except (KeyError, ValueError, OSError):
        pass
    from difflib import get_close_matches

    names = {name.lower(): name for name in available_timezones()}
    typed = text.lower().replace(" ", "_")
    if typed in names:
        return names[typed]
    cities: dict[str, list[str]] = {}
    for lower, name in sorted(names.items()):
        cities.setdefault(lower.rsplit("/", 1)[-1], []).append(name)
    near = cities.get(typed) or [names[n] for n in get_close_matches(typed, names, 2, 0.6)]
    hint = f"did you mean {' or '.join(near[:2])}?" if near else "write it as Europe/Zurich"
    raise errors.InvalidValue(f"{text!r} is not a time zone", hint=hint)


def read_weekday(text: str) -> str:
    """Return a weekday's English name; three letters are enough. Raises InvalidValue."""
    return WEEKDAYS[_weekday(text)]


def _weekday(text: str) -> int:
    word = text.lower().rstrip(".")
    for number, day in enumerate(WEEKDAYS):
        if len(word) >= 2 and day.startswith(word):
            return number
    raise errors.InvalidValue(f"{text!r} is not a weekday", hint=f"write {', '.join(WEEKDAYS)}")


class Opening(NamedTuple):
    """Hours on one weekday (0 is Monday): ``opens`` included, ``closes`` not; 24:00 is None."""

    weekday: int
    opens: time
    closes: time | None


_DAYS = re.compile(r"[a-z]+\.?(?:\s*-\s*[a-z]+\.?)?(?:\s*,\s*[a-z]+\.?(?:\s*-\s*[a-z]+\.?)?)*")
_HOURS = re.compile(r"(\d{1,2})(?::(\d{2}))?\s*[-\u2013]\s*(\d{1,2})(?::(\d{2}))?")
_HOURS_HINT = "write mon-fri 09:00-17:00; sat 10:00-12:00,13:00-16:00, or always"


def parse_working_hours(text: str) -> tuple[Opening, ...]:
    """Read ``mon-fri 09:00-17:00; sat 10-14``, or ``always``; in the order of the week.

    Raises InvalidValue for anything else and for hours that overlap.
    """
    if text.strip().lower() == "always":
        return tuple(Opening(day, time(0), None) for day in range(7))
    openings: list[Opening] = []
    for part in text.lower().split(";"):
        days = _DAYS.match(part.strip())
        if days is None:
            raise errors.InvalidValue(f"{text!r} are no working hours", hint=_HOURS_HINT)
        hours = part.strip()[days.end() :]
        spans = [_span(span.strip(), text) for span in hours.split(",")]
        openings += [Opening(day, *span) for day in _day_list(days[0]) for span in spans]
    openings.sort(key=lambda opening: (opening.weekday, opening.opens))
    for earlier, later in pairwise(openings):
        if earlier.weekday == later.weekday and (
            earlier.closes is None or later.opens < earlier.closes
        ):
            raise errors.InvalidValue(
                f"{text!r}: hours overlap on {WEEKDAYS[later.weekday]}", hint=_HOURS_HINT
            )
    return tuple(openings)


def _day_list(text: str) -> list[int]:
    days: list[int] = []
    for part in text.split(","):
        first, dash, last = (word.strip() for word in part.partition("-"))
        start = _weekday(first)
        end = _weekday(last) if dash else start
        days += [(start + step) % 7 for step in range((end - start) % 7 + 1)]
    return days


def _span(text: str, original: str) -> tuple[time, time | None]:
    matched = _HOURS.fullmatch(text)
    if matched:
        try:
            opens = time(int(matched[1]), int(matched[2] or 0))
            if (int(matched[3]), int(matched[4] or 0)) == (24, 0):
                return opens, None
            closes = time(int(matched[3]), int(matched[4] or 0))
        except ValueError:
            pass
        else:
            if opens < closes:
                return opens, closes
    raise errors.InvalidValue(
        f"{original!r} are no working hours: {text!r} is no span", hint=_HOURS_HINT
    )


def read_working_hours(text: str) -> str:
    """Return working hours with equal days drawn together. Raises InvalidValue."""
    if text.lower() == "always":
        return "always"
    by_day: dict[int, str] = {}
    for opening in parse_working_hours(text):
        closes = opening.closes.strftime("%H:%M") if opening.closes else "24:00"
        span = f"{opening.opens:%H:%M}-{closes}"
        before = by_day.get(opening.weekday)
        by_day[opening.weekday] = f"{before},{span}" if before else span
    runs: list[tuple[int, int, str]] = []
    for day, spans in sorted(by_day.items()):
        if runs and runs[-1][1] == day - 1 and runs[-1][2] == spans:
            runs[-1] = (runs[-1][0], day, spans)
        else:
            runs.append((day, day, spans))
    return "; ".join(
        f"{WEEKDAYS[first][:3]}{'' if first == last else '-' + WEEKDAYS[last][:3]} {spans}"
        for first, last, spans in runs
    )


_YEARLY = re.compile(r"(\d{2})-(\d{2})")


def parse_holidays(text: str, year: int) -> frozenset[date]:
    """Return the holidays of one year: dates as listed, and ``12-25`` in every year."""
    days = set()
    for part in text.replace(",", " ").split():
        matched = _YEARLY.fullmatch(part)
        day = _date(year, part) if matched else date.fromisoformat(part)
        if day is not None and day.year == year:
            days.add(day)
    return frozenset(days)


def _date(year: int, month_day: str) -> date | None:
    try:
        return date(year, int(month_day[:2]), int(month_day[3:]))
    except ValueError:  # 29 February in a common year
        return None


def read_holidays(text: str) -> str:
    """Return sorted days, parted by commas: ``2027-03-29`` once or ``12-25`` every year.

    Raises InvalidValue.
    """
    days = set()
    for part in text.replace(",", " ").replace(";", " ").split():
        if _YEARLY.fullmatch(part) and _date(2024, part):
            days.add(part)
            continue
        try:
            days.add(date.fromisoformat(part).isoformat())
        except ValueError:
            raise errors.InvalidValue(
                f"{part!r} is not a holiday", hint="write 2027-03-29, or 12-25 for every year"
            ) from None
    return ", ".join(sorted(days, key=lambda day: (len(day), day)))


def read_remind_every(text: str) -> str:
    """Return how often reminders are sent, in its one spelling. Raises InvalidValue."""
    from crm_cli.domain.schedule import read_every

    return read_every(text).text


SCORINGS = ("auto", "rules", "model")


def read_lead_scoring(text: str) -> str:
    """Return where the score of leads comes from. Raises InvalidValue."""
    from crm_cli.domain.contact import choose

    return choose("lead_scoring", text, SCORINGS)


READERS: dict[str, Callable[[str], str]] = {
    "timezone": read_timezone,
    "currency": read_currency,
    "country": read_code,
    "working_hours": read_working_hours,
    "holidays": read_holidays,
    "first_weekday": read_weekday,
    "remind_every": read_remind_every,
    "lead_scoring": read_lead_scoring,
    **mail_settings.READERS,
}
"""Every setting of the business and what reads it."""
