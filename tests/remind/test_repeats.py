"""Repeats: the closed grammar, and rounds against a slow reckoning that walks day by day."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_cli import errors
from crm_cli.domain.follow_up import ACCEPTED_REPEATS, next_day, read_repeat

DAYS = st.dates(date(1990, 1, 1), date(2060, 12, 31))
if TYPE_CHECKING:
    from collections.abc import Callable

MONTHS_OF = {"month": 1, "quarter": 3, "year": 12}
DAYS_OF = {"day": 1, "week": 7}


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("daily", "daily"),
        ("Every Day", "daily"),
        ("every 1 week", "weekly"),
        ("every 2 weeks", "every 2 weeks"),
        ("every other week", "every 2 weeks"),
        ("fortnightly", "every 2 weeks"),
        ("Monthly", "monthly"),
        ("every 3 months", "every 3 months"),
        ("quarterly", "quarterly"),
        ("every 1 quarter", "quarterly"),
        ("annually", "yearly"),
        ("every 999 days", "every 999 days"),
        ("every friday", "every friday"),
        ("every fri and mon", "every monday, friday"),
        ("every Tuesday, Thursday", "every tuesday, thursday"),
        ("weekdays", "weekdays"),
        ("every working day", "weekdays"),
        ("last day of month", "last day of month"),
        ("monthly on the last day", "last day of month"),
        ("end of month", "last day of month"),
    ],
)
def test_a_repeat_has_one_spelling_which_reads_as_itself(typed: str, kept: str) -> None:
    assert read_repeat(typed).text == kept
    assert read_repeat(kept) == read_repeat(typed)


@pytest.mark.parametrize(
    "typed",
    [
        "", "banana", "every", "every 0 days", "every 1000 days", "every -1 weeks", "every 2",
        "every 2 fortnights", "every ² days", "hourly", "every 5 minutes", "every 1.5 weeks",
        "every monday 2", "first monday of month", "every " + "9" * 400 + " days", "RRULE:FREQ=DAILY",
        "every and",
    ],
)  # fmt: skip
def test_anything_else_is_refused_with_the_forms_that_are_taken(typed: str) -> None:
    with pytest.raises(errors.InvalidValue) as refused:
        read_repeat(typed)
    assert ACCEPTED_REPEATS in str(refused.value.hint)


def days_in(year: int, month: int) -> int:
    following = date(year + (month == 12), month % 12 + 1, 1)
    return (following - timedelta(days=1)).day


def month_rounds(anchor: date, step: int) -> list[date]:
    """The rounds after the anchor, month by month, each with the anchor's day or the last."""
    year, month = anchor.year, anchor.month
    found = []
    for count in range(1, 12 * 80):
        month += 1
        if month > 12:
            year, month = year + 1, 1
        if count % step == 0:
            found.append(date(year, month, min(anchor.day, days_in(year, month))))
    return found


@given(
    anchor=DAYS,
    apart=st.integers(0, 2500),
    every=st.integers(1, 60),
    unit=st.sampled_from([*MONTHS_OF, *DAYS_OF]),
)
def test_rounds_are_what_a_walk_from_the_anchor_finds(
    anchor: date, apart: int, every: int, unit: str
) -> None:
    after = anchor + timedelta(days=apart)
    found = next_day(read_repeat(f"every {every} {unit}s"), anchor, after)
    if unit in DAYS_OF:
        expected = anchor + timedelta(days=every * DAYS_OF[unit])
        while expected <= after:
            expected += timedelta(days=every * DAYS_OF[unit])
    else:
        step = every * MONTHS_OF[unit]
        later = [day for day in month_rounds(anchor, step) if day > after]
        if not later:
            return
        expected = later[0]
    assert found == expected


@given(anchor=DAYS, apart=st.integers(0, 800))
def test_weekdays_and_last_days_are_what_a_walk_finds(anchor: date, apart: int) -> None:
    after = anchor + timedelta(days=apart)
    tests: dict[str, Callable[[date], bool]] = {
        "weekdays": lambda day: day.weekday() < 5,
        "every friday": lambda day: day.weekday() == 4,
        "every sunday, tuesday": lambda day: day.weekday() in {1, 6},
        "last day of month": lambda day: (day + timedelta(days=1)).day == 1,
    }
    for text, holds in tests.items():
        day = after + timedelta(days=1)
        while not holds(day):
            day += timedelta(days=1)
        assert next_day(read_repeat(text), anchor, after) == day


@given(anchor=DAYS, text=st.sampled_from(["monthly", "quarterly", "yearly", "every 2 months"]))
def test_the_day_of_the_month_never_drifts(anchor: date, text: str) -> None:
    day: date | None = anchor
    for _ in range(30):
        assert day is not None
        day = next_day(read_repeat(text), anchor, day)
        assert day is not None
        assert day.day == min(anchor.day, days_in(day.year, day.month))


@pytest.mark.parametrize(
    "text", ["daily", "monthly", "yearly", "every friday", "last day of month"]
)
def test_at_the_end_of_the_calendar_there_is_no_next(text: str) -> None:
    last = date(9999, 12, 31)
    assert next_day(read_repeat(text), last, last) is None
