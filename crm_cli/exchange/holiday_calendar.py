"""Holidays from a calendar file (.ics): its all-day events, in the spelling of the setting."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from crm_cli import errors

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST = 100
"""Days an event may last; what is longer is no holiday but a mistake."""

YEARS_AHEAD = 10
"""So many years are written out of what comes on another day every year."""


class Holidays(NamedTuple):
    """What a calendar holds: days as ``2027-03-29`` or ``12-25``, how many all-day events there
    were, how many with a time were left out, and what could not be taken as it stands."""

    days: list[str]
    events: int
    timed: int
    remarks: list[str]


def read(name: str, content: bytes, this_year: int) -> Holidays:
    """Read the all-day events of a calendar. Those that come every year on the same day become
    ``12-25``; the fourth Thursday of a month is written out for ``YEARS_AHEAD`` years.

    Raises BadFile for what is no calendar.
    """
    import icalendar

    days: dict[str, None] = {}
    counts = {"events": 0, "timed": 0}
    remarks: list[str] = []
    try:
        calendars = icalendar.Calendar.from_ical(content, multiple=True)
        events = [event for calendar in calendars for event in calendar.walk("VEVENT")]
        for event in events:
            if str(event.get("STATUS", "")).upper() == "CANCELLED" or "DTSTART" not in event:
                continue
            first = event.decoded("DTSTART")
            if isinstance(first, datetime) or not isinstance(first, date):
                counts["timed"] += 1
                continue
            counts["events"] += 1
            days.update(dict.fromkeys(_days_of(event, first, this_year, remarks)))
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, OverflowError) as error:
        raise errors.BadFile(
            f"{name} is no calendar (.ics): {error}", hint="export the holidays as an .ics file"
        ) from error
    if not events:
        raise errors.BadFile(
            f"{name} is no calendar (.ics) or has no events",
            hint="export the holidays as an .ics file",
        )
    return Holidays(list(days), counts["events"], counts["timed"], remarks)


def _days_of(event: Any, first: date, this_year: int, remarks: list[str]) -> Iterator[str]:
    title = " ".join(str(event.get("SUMMARY", "")).split()) or first.isoformat()
    length = _length(event, first)
    if length > LONGEST:
        remarks.append(f"{title} lasts {length} days: left out")
        return
    steps = [timedelta(days=step) for step in range(length)]
    rule = event.get("RRULE")
    if rule is None:
        yield from ((first + step).isoformat() for step in steps)
        return
    part = {str(key).upper(): list(value) for key, value in rule.items()}
    is_plain = part.get("FREQ") == ["YEARLY"] and part.get("INTERVAL", [1]) == [1]
    is_endless = not {"UNTIL", "COUNT"} & set(part)
    bound = set(part) - {"FREQ", "INTERVAL", "WKST", "UNTIL", "COUNT"}
    on_same_day = (
        bound <= {"BYMONTH", "BYMONTHDAY"}
        and part.get("BYMONTH", [first.month]) == [first.month]
        and part.get("BYMONTHDAY", [first.day]) == [first.day]
    )
    if is_plain and is_endless and on_same_day:
        yield from ((first + step).strftime("%m-%d") for step in steps)
        return
    if is_plain and is_endless and bound == {"BYMONTH", "BYDAY"} and len(part["BYDAY"]) == 1:
        found = _moving(part, max(this_year, first.year))
        if found:
            yield from ((day + step).isoformat() for day in found for step in steps)
            return
    remarks.append(f"{title} comes again in a way that is not read: only {first} was taken")
    yield from ((first + step).isoformat() for step in steps)


def _length(event: Any, first: date) -> int:
    """Return how many days an event lasts; its end is the day after the last."""
    if "DTEND" in event:
        end = event.decoded("DTEND")
        last = end.date() if isinstance(end, datetime) else end
        return max((last - first).days, 1)
    if "DURATION" in event:
        return max(int(event.decoded("DURATION").days), 1)
    return 1


def _moving(part: dict[str, list[Any]], year: int) -> list[date]:
    """Return the fourth Thursday of November, the last Monday of May, of the years ahead."""
    word = str(part["BYDAY"][0]).upper()
    if len(word) < 3 or word[-2:] not in _WEEKDAYS:
        return []
    weekday, nth = _WEEKDAYS.index(word[-2:]), int(word[:-2])
    month = int(part["BYMONTH"][0])
    days = []
    for one in range(year, year + YEARS_AHEAD):
        edge = date(one, month, 1) if nth > 0 else date(one + month // 12, month % 12 + 1, 1)
        if nth > 0:
            found = edge + timedelta(days=(weekday - edge.weekday()) % 7 + 7 * (nth - 1))
        else:
            back = (edge.weekday() - weekday - 1) % 7 + 1
            found = edge - timedelta(days=back + 7 * (-nth - 1))
        if found.month == month:
            days.append(found)
    return days


_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
