"""Calendar periods as numbers: so that "the third month after" is an addition.

A period's number counts weeks (from Monday), months, quarters or years; two dates are in the
same period when their numbers are equal, in neighbouring ones when they differ by one.
"""

from __future__ import annotations

from datetime import date, timedelta

from crm_cli import errors

UNITS = ("day", "week", "month", "quarter", "year")
"""Units of a period, shortest first."""

_MONTHS = {"month": 1, "quarter": 3, "year": 12}


def check_unit(unit: str, allowed: tuple[str, ...] = UNITS) -> str:
    """Return the unit. Raises InvalidValue for one that is not allowed."""
    if unit not in allowed:
        raise errors.InvalidValue(
            f"{unit!r} is not a unit of time", hint=f"write --by {', '.join(allowed)}"
        )
    return unit


def number_of(day: date, unit: str) -> int:
    """Return the number of the period a day lies in."""
    if unit == "day":
        return day.toordinal() - 1
    if unit == "week":
        return (day.toordinal() - 1) // 7
    return (day.year * 12 + day.month - 1) // _MONTHS[unit]


def first_day(number: int, unit: str) -> date:
    """Return the first day of a period."""
    if unit == "day":
        return date.fromordinal(number + 1)
    if unit == "week":
        return date.fromordinal(number * 7 + 1)
    year, month = divmod(number * _MONTHS[unit], 12)
    return date(year, month + 1, 1)


def last_day(number: int, unit: str) -> date:
    """Return the last day of a period, the calendar's own last day where the period goes on."""
    try:
        return first_day(number + 1, unit) - timedelta(days=1)
    except ValueError:
        return date.max


def label(number: int, unit: str) -> str:
    """Return a period's name: ``1997-01-31``, ``1997-W01`` (ISO 8601), ``1997-01``,
    ``1997-Q1`` or ``1997``."""
    first = first_day(number, unit)
    if unit == "day":
        return first.isoformat()
    if unit == "week":
        year, week, _ = first.isocalendar()
        return f"{year:04d}-W{week:02d}"
    if unit == "month":
        return f"{first.year:04d}-{first.month:02d}"
    if unit == "quarter":
        return f"{first.year:04d}-Q{(first.month + 2) // 3}"
    return f"{first.year:04d}"


def number_of_label(text: str, unit: str) -> int:
    """Return the number of the period that ``label`` names so. Raises InvalidValue."""
    wanted = text.strip().upper()
    try:
        year, _, rest = wanted.partition("-")
        if unit == "day":
            number = date.fromisoformat(wanted).toordinal() - 1
        elif unit == "week":
            number = (date.fromisocalendar(int(year), int(rest[1:]), 1).toordinal() - 1) // 7
        elif unit == "month":
            number = int(year) * 12 + int(rest) - 1
        elif unit == "quarter":
            number = int(year) * 4 + int(rest[1:]) - 1
        else:
            number = int(wanted)
        if label(number, unit) == wanted:
            return number
    except ValueError:
        pass
    example = label(number_of(date(2026, 5, 31), unit), unit)
    raise errors.InvalidValue(f"{text!r} is not a {unit}", hint=f"write it as {example}")


def is_closed(number: int, unit: str, as_of: date) -> bool:
    """Say whether a period's last day is not after ``as_of``."""
    return last_day(number, unit) <= as_of
