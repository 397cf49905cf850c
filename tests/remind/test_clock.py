"""When something is due: zones, the nights the clocks change, leap days, clocks that go back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.conftest import Crm


def days(crm: Crm, *options: str) -> list[str]:
    return [row["due_on"] for row in crm.json("remind", "list", *options)]


def only(crm: Crm, *options: str) -> dict[str, Any]:
    (row,) = crm.json("remind", "list", *options)
    return dict(row)


def business(crm: Crm, zone: str) -> None:
    crm("config", "set", "timezone", zone)
    crm("contact", "add", "Ada")


def test_in_denver_it_is_today_while_utc_is_already_tomorrow(crm: Crm) -> None:
    business(crm, "America/Denver")
    late = ("--now", "2026-06-16T03:30:00Z")  # 21:30 on the 15th
    run = crm("remind", "add", "1", "today", "call", *late)
    assert "2026-06-15 (Monday)" in run.err
    assert days(crm, *late) == ["2026-06-15"]
    assert [row["id"] for row in crm.json("remind", "today", *late)] == [1]
    assert crm.json("remind", "list", "--overdue", *late) == []
    after = ("--now", "2026-06-16T06:00:00Z")  # midnight in Denver
    assert [row["id"] for row in crm.json("remind", "list", "--overdue", *after)] == [1]


def test_what_is_due_today_is_due_and_not_overdue_until_the_day_is_over(crm: Crm) -> None:
    business(crm, "Europe/Zurich")
    crm("remind", "add", "1", "2026-06-15", "call")
    for now, overdue in (
        ("2026-06-15T00:00:00+02:00", False),
        ("2026-06-15T12:00:00+02:00", False),
        ("2026-06-15T23:59:59+02:00", False),
        ("2026-06-16T00:00:00+02:00", True),
    ):
        assert only(crm, "--now", now)["overdue"] is overdue
        assert len(crm.json("remind", "today", "--now", now)) == 1
        assert len(crm.json("remind", "list", "--overdue", "--now", now)) == overdue
        assert len(crm.json("remind", "list", "--where", "overdue", "--now", now)) == overdue


def test_with_a_time_it_is_overdue_after_that_instant(crm: Crm) -> None:
    business(crm, "Europe/Zurich")
    crm("remind", "add", "1", "2026-06-15 14:00", "call")
    assert only(crm)["due_at"] == "2026-06-15T12:00:00Z"
    for now, overdue in (("2026-06-15T12:00:00Z", False), ("2026-06-15T12:00:01Z", True)):
        assert only(crm, "--now", now)["overdue"] is overdue
        assert len(crm.json("remind", "list", "--overdue", "--now", now)) == overdue
        assert len(crm.json("remind", "list", "--where", "not overdue", "--now", now)) != overdue


def test_yearly_at_local_midnight_in_utc_plus_2_comes_one_year_on_and_once(crm: Crm) -> None:
    """Midnight in Helsinki is the day before in UTC: counted there, it comes the same day again."""
    business(crm, "Europe/Helsinki")
    crm("remind", "add", "1", "2026-03-01 00:00", "renew", "--repeat", "yearly")
    assert only(crm)["due_at"] == "2026-02-28T22:00:00Z"
    crm("remind", "done", "1", "--now", "2026-02-28T22:00:00Z")
    row = only(crm)
    assert (row["due_on"], row["due_time"]) == ("2027-03-01", "00:00")
    assert row["due_at"] == "2027-02-28T22:00:00Z"


@pytest.mark.parametrize(
    ("typed", "instant", "said"),
    [
        # The hour from two to three does not exist: moved forward by the gap.
        ("2026-03-29 02:30", "2026-03-29T01:30:00Z", "it is due at 03:30"),
        ("2026-03-29 03:00", "2026-03-29T01:00:00Z", ""),
        ("2026-03-29 01:59", "2026-03-29T00:59:00Z", ""),
        # It exists twice: the first is meant.
        ("2026-10-25 02:30", "2026-10-25T00:30:00Z", ""),
        ("2026-10-25 03:00", "2026-10-25T02:00:00Z", ""),
    ],
)
def test_in_the_nights_the_clocks_change(crm: Crm, typed: str, instant: str, said: str) -> None:
    business(crm, "Europe/Zurich")
    run = crm("remind", "add", "1", typed, "call", "--now", "2026-01-01")
    assert only(crm)["due_at"] == instant
    assert only(crm)["due_time"] == typed[-5:]
    assert (said in run.err) if said else ("clocks" not in run.err)


def test_what_is_due_at_nine_stays_due_at_nine_when_the_clocks_change(crm: Crm) -> None:
    business(crm, "Europe/Zurich")
    crm("remind", "add", "1", "2026-03-28 09:00", "open", "--repeat", "daily")
    assert only(crm)["due_at"] == "2026-03-28T08:00:00Z"
    crm("remind", "done", "1", "--now", "2026-03-28T08:00:00Z")
    assert only(crm)["due_at"] == "2026-03-29T07:00:00Z"


def test_in_the_hour_that_comes_twice_nothing_is_overdue_before_its_instant(crm: Crm) -> None:
    """02:10 comes a second time after 02:30: what was due at the first 02:30 is overdue."""
    business(crm, "Europe/Zurich")
    crm("remind", "add", "1", "2026-10-25 02:30", "call", "--now", "2026-10-01")
    for now, overdue in (("2026-10-25T00:10:00Z", False), ("2026-10-25T01:10:00Z", True)):
        assert len(crm.json("remind", "list", "--overdue", "--now", now)) == overdue


def test_29_february_is_28_in_common_years_and_29_in_leap_years(crm: Crm) -> None:
    business(crm, "UTC")
    crm("remind", "add", "1", "2024-02-29", "birthday", "--repeat", "yearly")
    found = []
    for number in range(1, 6):
        due = only(crm)["due_on"]
        found.append(due)
        crm("remind", "done", number, "--now", f"{due}T10:00:00Z")
    assert found == ["2024-02-29", "2025-02-28", "2026-02-28", "2027-02-28", "2028-02-29"]


@pytest.mark.parametrize(
    ("repeat", "expected"),
    [
        ("monthly", ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31"]),
        ("last day of month", ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30"]),
        ("quarterly", ["2026-01-31", "2026-04-30", "2026-07-31", "2026-10-31"]),
    ],
)
def test_the_31st_does_not_drift(crm: Crm, repeat: str, expected: list[str]) -> None:
    business(crm, "UTC")
    crm("remind", "add", "1", "2026-01-31", "report", "--repeat", repeat, "--now", "2026-01-01")
    found = []
    for number in range(1, len(expected) + 1):
        due = only(crm)["due_on"]
        found.append(due)
        crm("remind", "done", number, "--now", f"{due}T10:00:00Z")
    assert found == expected


def test_the_last_day_after_a_february_that_began_it(crm: Crm) -> None:
    business(crm, "UTC")
    crm("remind", "add", "1", "2026-02-28", "report", "--repeat", "last day of month")
    crm("remind", "done", "1", "--now", "2026-02-28")
    assert days(crm) == ["2026-03-31"]


def test_a_round_that_was_done_is_not_made_again_when_the_clock_is_set_back(crm: Crm) -> None:
    business(crm, "UTC")
    crm("remind", "add", "1", "2026-06-15", "report", "--repeat", "daily")
    found = []
    for number, now in enumerate(("2026-06-15", "2026-06-12", "2026-06-01"), 1):
        crm("remind", "done", number, "--now", now)
        found += days(crm, "--now", now)
    assert found == ["2026-06-16", "2026-06-17", "2026-06-18"]


def test_missed_rounds_are_not_stacked_up(crm: Crm) -> None:
    business(crm, "UTC")
    crm("remind", "add", "1", "2026-01-05", "report", "--repeat", "weekly")
    run = crm("remind", "done", "1")
    assert "next is follow-up 2 on 2026-06-22" in run.err
    assert "the rounds from 2026-01-12 till then are left out" in run.err
    assert days(crm) == ["2026-06-22"]


def test_done_early_the_round_is_not_made_again(crm: Crm) -> None:
    """Also where it was put forward: the round is the one it was."""
    business(crm, "UTC")
    crm("remind", "add", "1", "2026-06-19", "report", "--repeat", "weekly")
    crm("remind", "done", "1")
    assert days(crm) == ["2026-06-26"]
    crm("remind", "snooze", "2", "2026-06-17")
    crm("remind", "done", "2", "--now", "2026-06-17")
    assert days(crm) == ["2026-07-03"]


def test_a_round_put_off_leaves_the_rounds_to_come_where_they_are(crm: Crm) -> None:
    business(crm, "UTC")
    crm("remind", "add", "1", "2026-06-19", "report", "--repeat", "weekly")
    crm("remind", "snooze", "1", "2026-06-22")
    crm("remind", "done", "1", "--now", "2026-06-22")
    assert days(crm) == ["2026-06-26"]


def test_rounds_that_a_round_was_put_off_over_are_told(crm: Crm) -> None:
    crm("contact", "add", "Ada")
    crm("remind", "add", "1", "2026-06-15", "call", "--repeat", "weekly")
    crm("remind", "snooze", "1", "2026-07-01")
    told = crm("remind", "done", "1").err
    assert "on 2026-07-06; the rounds from 2026-06-22 till then are left out" in told


def test_another_day_by_edit_moves_the_rounds_to_come(crm: Crm) -> None:
    business(crm, "UTC")
    crm("remind", "add", "1", "2026-06-19", "report", "--repeat", "weekly")
    crm("remind", "edit", "1", "--when", "2026-06-22")
    crm("remind", "done", "1", "--now", "2026-06-22")
    assert days(crm) == ["2026-06-29"]
