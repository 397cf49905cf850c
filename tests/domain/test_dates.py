"""The closed grammar of dates and periods."""

from __future__ import annotations

from datetime import UTC, date, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_cli import clock, errors

MONDAY = date(2026, 6, 15)
DAYS = st.dates(date(1900, 1, 1), date(2200, 12, 31))


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-05-31", date(2026, 5, 31)),
        ("20260531", date(2026, 5, 31)),
        ("today", MONDAY),
        ("tomorrow", date(2026, 6, 16)),
        ("Yesterday", date(2026, 6, 14)),
        ("friday", date(2026, 6, 19)),
        ("monday", MONDAY),
        ("in 2 weeks", date(2026, 6, 29)),
        ("in a month", date(2026, 7, 15)),
        ("3 days ago", date(2026, 6, 12)),
        ("+3d", date(2026, 6, 18)),
        ("-1m", date(2026, 5, 15)),
        ("end of month", date(2026, 6, 30)),
        ("end of next month", date(2026, 7, 31)),
        ("start of year", date(2026, 1, 1)),
        ("end of quarter", date(2026, 6, 30)),
        ("last friday", date(2026, 6, 12)),
    ],
)
def test_what_people_type(text: str, day: date) -> None:
    assert clock.read_date(text, MONDAY) == day


@pytest.mark.parametrize(
    "text",
    ["", "someday", "2026-02-30", "2026-13-01", "32 days", "03/04/2027", "in weeks", "+3",
     "0000-01-01", "end of time", "+9999y", "friday 25:00", "\u0663 days ago x"],
)  # fmt: skip
def test_anything_else_is_an_error_that_names_the_forms(text: str) -> None:
    with pytest.raises(errors.InvalidValue) as caught:
        clock.read_date(text, MONDAY)
    assert caught.value.hint or "time" in caught.value.message


def test_a_numeric_date_needs_an_order() -> None:
    assert clock.read_date("03/04/2027", MONDAY, "dmy") == date(2027, 4, 3)
    assert clock.read_date("03/04/2027", MONDAY, "mdy") == date(2027, 3, 4)


def test_a_time_may_follow() -> None:
    assert clock.read_moment("tomorrow 9:30", MONDAY) == (date(2026, 6, 16), time(9, 30))
    with pytest.raises(errors.InvalidValue):
        clock.read_date("tomorrow 9:30", MONDAY)


@given(DAYS, DAYS)
def test_every_iso_day_reads_as_itself(day: date, today: date) -> None:
    assert clock.read_date(day.isoformat(), today) == day


@given(DAYS, st.integers(0, 500), st.sampled_from("dwmqy"))
def test_steps_forth_never_go_back(today: date, count: int, unit: str) -> None:
    later = clock.read_date(f"+{count}{unit}", today)
    assert later >= today
    assert clock.read_date(f"-{count}{unit}", later) <= today + timedelta(days=3)


@given(DAYS, st.sampled_from(clock.WEEKDAYS))
def test_a_weekday_is_within_the_next_seven_days(today: date, name: str) -> None:
    day = clock.read_date(name, today)
    assert day.weekday() == clock.WEEKDAYS.index(name)
    assert 0 <= (day - today).days < 7


@given(st.text(max_size=20))
def test_no_text_makes_the_grammar_fall_over(text: str) -> None:
    try:
        clock.read_date(text, MONDAY)
    except errors.InvalidValue:
        pass
    try:
        clock.read_period(text, MONDAY)
    except errors.InvalidValue:
        pass


@pytest.mark.parametrize(
    ("text", "since", "until"),
    [
        ("2026", "2026-01-01", "2026-12-31"),
        ("2026-Q2", "2026-04-01", "2026-06-30"),
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("2026-W01", "2025-12-29", "2026-01-04"),
        ("last-month", "2026-05-01", "2026-05-31"),
        ("last month", "2026-05-01", "2026-05-31"),
        ("this-quarter", "2026-04-01", "2026-06-30"),
        ("ytd", "2026-01-01", "2026-06-15"),
        ("yesterday", "2026-06-14", "2026-06-14"),
    ],
)
def test_periods(text: str, since: str, until: str) -> None:
    assert clock.read_period(text, MONDAY) == (
        date.fromisoformat(since), date.fromisoformat(until),
    )  # fmt: skip


@pytest.mark.parametrize("text", ["", "2026-Q5", "2026-13", "sometime", "2026-W60", "last"])
def test_an_unknown_period_is_never_no_filter(text: str) -> None:
    with pytest.raises(errors.InvalidValue):
        clock.read_period(text, MONDAY)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("03/04/2027", "write 2027-04-03 or 2027-03-04, "),
        ("31.12.2026", "write 2026-12-31, "),
        ("12/31/2026", "write 2026-12-31, "),
        ("3.3.2026", "write 2026-03-03, "),
    ],
)
def test_a_numeric_date_without_an_order_is_refused_with_its_iso_spelling(
    text: str, told: str
) -> None:
    with pytest.raises(errors.InvalidValue) as caught:
        clock.read_date(text, MONDAY)
    assert (caught.value.hint or "").startswith(told)
    assert ("two ways" in caught.value.message) == (" or 2027-03-04" in told)
    for order in ("dmy", "mdy"):
        try:
            day = clock.read_date(text, MONDAY, order)
        except errors.InvalidValue:
            continue
        assert day.isoformat() in told


def test_a_time_where_a_day_is_meant_names_the_forms_without_time() -> None:
    for text in ("tomorrow 9:30", "someday"):
        with pytest.raises(errors.InvalidValue) as caught:
            clock.read_date(text, MONDAY)
        assert clock.ACCEPTED_DAYS in (caught.value.hint or "")
        assert "9:30" not in (caught.value.hint or "")


@pytest.mark.parametrize("today", [date.min, date.max])
@pytest.mark.parametrize(
    "text",
    [
        *"today tomorrow yesterday friday last-month this-week last-week last-quarter".split(),
        *"last-year +9999y -9999y ytd 9999-W53 0001-W01 eom".split(),
        "next friday",
        "last friday",
        "end of next month",
        "start of last week",
        "9999 weeks ago",
    ],
)
def test_the_ends_of_the_calendar_are_errors_of_the_value(text: str, today: date) -> None:
    for read in (clock.read_date, clock.read_moment, clock.read_period):
        try:
            read(text, today)
        except errors.InvalidValue:
            continue


@pytest.mark.parametrize("text", ["0001-01-01", "9999-12-31T23:59:59"])
@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "America/Los_Angeles", "UTC"])
def test_an_instant_outside_the_calendar_is_an_invalid_value(text: str, zone: str) -> None:
    place = ZoneInfo(zone)
    made = clock.Clock(text)
    try:
        day = made.today(place).isoformat()
    except errors.InvalidValue as error:
        day = error.message
    assert day == text[:10] or "calendar" in day
    assert clock.instant_text(clock.read_instant("0900-01-01", UTC)) == "0900-01-01T00:00:00Z"
