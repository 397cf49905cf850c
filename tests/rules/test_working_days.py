"""Working days and hours, and the spreading of work over them."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_cli import errors
from crm_cli.domain.working_days import WorkingDays, level, spread

BERLIN = ZoneInfo("Europe/Berlin")
OFFICE = WorkingDays("mon-fri 09:00-17:00")
ALWAYS = WorkingDays("always")


def berlin(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


def day(text: str) -> date:
    return date.fromisoformat(text)


def test_weekends_and_holidays_are_not_worked() -> None:
    days = WorkingDays("mon-fri 9-17", "12-25, 2027-03-29")
    assert days.is_working_day(day("2027-03-26"))
    assert not days.is_working_day(day("2027-03-27"))  # Saturday
    assert not days.is_working_day(day("2027-03-29"))  # once
    assert days.is_working_day(day("2028-03-29"))
    assert not days.is_working_day(day("2028-12-25"))  # every year
    assert days.on_or_after(day("2027-03-27")) == day("2027-03-30")
    assert days.on_or_after(day("2027-03-26")) == day("2027-03-26")
    assert days.next_working_day(day("2027-03-26")) == day("2027-03-30")
    assert days.add(day("2027-03-26"), 0) == day("2027-03-26")
    assert days.add(day("2027-03-25"), 3) == day("2027-03-31")


def test_a_business_that_never_works_and_the_end_of_the_calendar() -> None:
    never = WorkingDays("mon 9-10", ", ".join(f"{m:02}-{d:02}" for m in range(1, 13)
                                              for d in range(1, 29)))  # fmt: skip
    assert never.on_or_after(day("2027-03-27")).weekday() in {0, 5}
    assert OFFICE.on_or_after(date.max) == date.max
    assert OFFICE.window(date.max, 5) == (date.max,)
    with pytest.raises(errors.InvalidValue):
        OFFICE.next_working_day(date.max)


@pytest.mark.parametrize(
    ("days", "since", "until", "minutes"),
    [
        (OFFICE, "2024-04-26T16:30", "2024-04-29T09:45", 75),
        (OFFICE, "2024-04-27T12:00", "2024-04-29T09:00", 0),
        (WorkingDays("mon-fri 9-17", "05-01"), "2024-04-30T16:00", "2024-05-02T10:00", 120),
        (OFFICE, "2024-03-29T15:00", "2024-04-02T11:00", 720),
        (ALWAYS, "2024-03-29T15:00", "2024-04-02T11:00", 5460),  # the clocks go forward
        (ALWAYS, "2024-10-26T12:00", "2024-10-27T12:00", 1500),  # and back
        (OFFICE, "2024-06-03T10:00", "2024-06-03T11:00", 60),
        (OFFICE, "2024-06-04T15:00", "2024-06-05T09:30", 150),
        (OFFICE, "2024-06-03T10:00", "2024-06-03T10:00", 0),
        (OFFICE, "2024-06-03T12:00", "2024-06-03T10:00", 0),
        # Hours in two parts, and to midnight.
        (WorkingDays("mon 8-12,13-24"), "2024-06-03T11:00", "2024-06-04T08:00", 60 + 11 * 60),
    ],
)
def test_working_minutes(days: WorkingDays, since: str, until: str, minutes: int) -> None:
    assert days.minutes(berlin(since), berlin(until), BERLIN) == minutes


def test_the_intervals_that_were_counted_can_be_listed() -> None:
    found = list(OFFICE.intervals(berlin("2024-04-26T16:30"), berlin("2024-04-29T09:45"), BERLIN))
    assert [interval.minutes for interval in found] == [30, 45]
    assert found[0].since == datetime(2024, 4, 26, 14, 30, tzinfo=UTC)


def test_48_hours_from_late_in_the_evening() -> None:
    """Hours 09-21 daily, opened 9 November 23:00: 48 working hours later is the 13th, 21:00."""
    daily = WorkingDays("mon-sun 9-21")
    assert daily.minutes(berlin("2027-11-09T23:00"), berlin("2027-11-13T21:00"), BERLIN) == 2880
    shut = WorkingDays("mon-sun 9-21", "11-11, 11-13")
    assert shut.minutes(berlin("2027-11-09T23:00"), berlin("2027-11-15T21:00"), BERLIN) == 2880


WINDOW = OFFICE.window(day("2027-03-01"), 10)
LOADS = st.lists(st.integers(0, 9), min_size=10, max_size=10)


@settings(deadline=None)
@given(st.integers(0, 80), LOADS, st.integers(1, 5))
def test_levelling_gives_no_day_more_than_needed(
    count: int, held: list[int], comfortable: int
) -> None:
    load = dict(zip(WINDOW, held, strict=True))
    days = level(count, WINDOW, load, comfortable)
    assert len(days) == count
    assert days == sorted(days)
    assert set(days) <= set(WINDOW)
    after = Counter(load) + Counter(days)
    # One less a day would leave somebody without a place.
    needed = next(
        most for most in range(1, 200)
        if sum(max(most - number, 0) for number in held) >= count
    )  # fmt: skip
    assert all(after[one] <= max(needed, comfortable) for one in days)
    if needed > comfortable:
        assert all(after[one] >= needed - 1 for one in WINDOW)
    assert days == level(count, WINDOW, load, comfortable)


@settings(deadline=None)
@given(st.lists(st.integers(0, 40), max_size=40), st.integers(1, 12))
def test_spreading_keeps_to_windows_and_priorities(starts: list[int], length: int) -> None:
    load: dict[date, int] = {}
    first = day("2027-03-01")
    placed = spread(
        list(enumerate(starts)),
        lambda item: OFFICE.window(first + timedelta(days=item[1]), length),
        load,
    )
    assert sorted(item for item, _ in placed) == sorted(enumerate(starts))
    assert sum(load.values()) == len(starts)
    for (number, start), on in placed:
        assert on in OFFICE.window(first + timedelta(days=start), length)
        assert OFFICE.is_working_day(on)
        same = [other for (at, begins), other in placed if begins == start and at > number]
        assert all(on <= other for other in same)


def test_twenty_items_are_spread_over_two_weeks() -> None:
    load = {WINDOW[0]: 2}
    placed = spread(list(range(20)), lambda _: WINDOW, load)
    assert load[WINDOW[0]] == 3
    assert max(load.values()) == 3
    assert all(earlier <= later for (_, earlier), (_, later) in pairwise(placed))


def test_items_need_a_day() -> None:
    with pytest.raises(errors.InvalidValue):
        level(1, (), {})
    assert level(0, (), {}) == []
