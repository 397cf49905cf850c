"""When a talk was: back-dating in the business's zone, and never ahead."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import Crm


def at(crm: Crm, text: str, now: str) -> str:
    found: str = crm.json("--now", now, "log", "call", "ada", "x", "--at", text)["at"]
    return found


EVENING = "2026-06-16T02:30:00Z"
"""20:30 on the 15th in Denver: UTC is tomorrow already."""


@pytest.fixture
def denver(office: Crm) -> Crm:
    """The office, moved."""
    office("config", "set", "timezone", "America/Denver")
    return office


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("today", EVENING),
        ("now", EVENING),
        ("2026-06-15", EVENING),
        ("9:30", "2026-06-15T15:30:00Z"),
        ("today 20:30", EVENING),
        ("yesterday", "2026-06-14T18:00:00Z"),
        ("yesterday 23:59", "2026-06-15T05:59:00Z"),
        ("3 days ago", "2026-06-12T18:00:00Z"),
        ("last friday", "2026-06-12T18:00:00Z"),
        ("2026-01-31 08:15", "2026-01-31T15:15:00Z"),
        ("2026-01-31T08:15", "2026-01-31T15:15:00Z"),
        ("2026-01-31T08:15:30", "2026-01-31T15:15:30Z"),
        ("2026-06-15T20:00:00Z", "2026-06-15T20:00:00Z"),
        ("2026-06-15T20:00+02:00", "2026-06-15T18:00:00Z"),
    ],
)
def test_a_day_without_a_time_is_its_noon_and_today_is_now(
    denver: Crm, text: str, instant: str
) -> None:
    assert at(denver, text, EVENING) == instant


@pytest.mark.parametrize(
    "text",
    ["tomorrow", "20:31", "2026-06-16", "+1d", "friday", "2026-06-16T02:30:01Z", "9999-12-31"],
)
def test_what_lies_ahead_is_refused(denver: Crm, text: str) -> None:
    run = denver("--now", EVENING, "log", "call", "ada", "x", "--at", text, code=2)
    assert "crm remind add" in run.err
    assert denver.json("log", "list") == []


@pytest.mark.parametrize("text", ["", "banana", "03/04/2026", "25:00", "2026-02-30", "0000-01-01"])
def test_what_is_no_day_is_refused(denver: Crm, text: str) -> None:
    denver("--now", EVENING, "log", "call", "ada", "x", "--at", text, code=2)
    assert denver.json("log", "list") == []


def test_what_was_understood_is_said_where_it_was_not_typed_so(denver: Crm) -> None:
    run = denver("--now", EVENING, "log", "call", "ada", "x", "--at", "yesterday 9:30")
    assert "at 'yesterday 9:30': 2026-06-14 09:30 (Sunday)" in run.err
    run = denver("--now", EVENING, "log", "call", "ada", "x", "--at", "2026-06-14 09:30")
    assert "at '" not in run.err


def test_a_time_the_clocks_skip_is_moved_forward_by_as_much(denver: Crm) -> None:
    """8 March 2026, two in the morning: there is no 02:30."""
    assert at(denver, "2026-03-08 02:30", EVENING) == "2026-03-08T09:30:00Z"
    assert "2026-03-08 03:30" in denver("log", "list").out


def test_of_a_time_that_comes_twice_the_first_is_meant(denver: Crm) -> None:
    """1 November 2026, two in the morning: 01:30 comes in summer time and again in winter time."""
    later = "2026-11-02T12:00:00Z"
    assert at(denver, "2026-11-01 01:30", later) == "2026-11-01T07:30:00Z"
    assert at(denver, "2026-11-01T01:30-07:00", later) == "2026-11-01T08:30:00Z"


def test_a_list_of_days_has_the_days_of_the_business(denver: Crm) -> None:
    at(denver, "2026-05-31 23:00", EVENING)
    at(denver, "2026-06-01 00:00", EVENING)
    at(denver, "2026-06-15 20:00", EVENING)
    now = ("--now", EVENING)

    def listed(*more: str) -> list[int]:
        return [row["id"] for row in denver.json(*now, "log", "list", *more)]

    assert listed("--period", "2026-05") == [1]
    assert listed("--period", "this-month") == [2, 3]
    assert listed("--since", "today") == listed("--where", "at = today") == [3]
    assert listed("--until", "2026-05-31") == listed("--where", "at <= 2026-05-31") == [1]
    assert listed("--where", "at = 2026-06") == [2, 3]


def test_the_last_contact_is_the_last_that_happened_and_not_the_last_recorded(denver: Crm) -> None:
    at(denver, "2026-06-10 10:00", EVENING)
    at(denver, "2026-05-10 10:00", EVENING)
    denver("--now", EVENING, "log", "note", "ada", "hm", "--direction", "in")
    denver("--now", EVENING, "log", "chat", "ada", "hm", "--direction", "none")
    assert denver.json("contact", "show", "1")["last_contacted_at"] == "2026-06-10T16:00:00Z"
    (row,) = denver.json("contact", "list", "--where", "last_contacted = 2026-06-10")
    assert row["last_contacted_at"] == "2026-06-10T16:00:00Z"
    for where, ids in {
        "last_contacted_at < -30d": [], "last_contacted is empty": [2], "interactions = 2": [1],
        "interactions = 0": [2], "not last_contacted >= -1m": [2],
        "last_contacted > '2026-06-10 09:59'": [1], "last_contacted > '2026-06-10 10:00'": [],
    }.items():  # fmt: skip
        found = denver.json("--now", EVENING, "contact", "list", "--where", where)
        assert [row["id"] for row in found] == ids, where
    names = denver("contact", "list", "--sort", "-last_contacted_at", "-f", "ids").out.split()
    assert names == ["1", "2"]
