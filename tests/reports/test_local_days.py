"""Days of the wall clock, one by one and for many instants at once."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from crm_cli.reports import local_days

# Havana changes its clocks at midnight, St. John's did a minute later, and Apia left out a day.
ZONES = ("UTC", "Europe/Zurich", "America/Denver", "Asia/Kathmandu", "America/Havana",
         "America/St_Johns", "Pacific/Apia")  # fmt: skip


@given(
    zone=st.sampled_from(ZONES),
    days=st.lists(st.integers(0, 800), min_size=1, max_size=5),
    seconds=st.lists(st.integers(0, 86_399), min_size=1, max_size=5),
)
def test_many_instants_have_the_days_they_have_one_by_one(
    zone: str, days: list[int], seconds: list[int]
) -> None:
    counted = local_days.Days(ZoneInfo(zone))
    for day in days:
        for second in seconds:
            at = datetime(2010, 6, 1) + timedelta(days=day, seconds=second)  # noqa: DTZ001
            instant = f"{at.isoformat()}Z"
            expected = local_days.day_of(instant, ZoneInfo(zone))
            assert counted.ordinal(instant) == expected.toordinal(), instant


def test_the_ends_of_the_calendar_have_days() -> None:
    counted = local_days.Days(ZoneInfo("America/Denver"))
    for instant in ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"):
        expected = local_days.day_of(instant, ZoneInfo("America/Denver"))
        assert counted.ordinal(instant) == expected.toordinal()
