"""What people complain of in other programs, each by its number in the list of complaints."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Crm
    from tests.rules.conftest import Rows

    Due = Callable[..., list[str]]
    At = Callable[[str], None]
    Read = Callable[..., Rows]

RULE = ("remind", "rule", "add")


def test_23_every_save_of_a_profile_adds_another(crm: Crm, rows: Read) -> None:
    crm("contact", "add", "Ada", "--birthday", "1990-07-31")
    crm(*RULE, "birthday")
    crm(*RULE, "every 6 weeks")
    before = rows(state=None)
    for number in range(5):
        crm("contact", "edit", "ada", "--notes", f"note {number}")
        crm("contact", "edit", "ada", "--birthday", "1990-07-31", "--city", f"City {number}")
        crm("remind", "refresh")
    assert rows(state=None) == before


@pytest.mark.parametrize(
    ("zone", "now", "due"),
    [
        ("America/Denver", "2026-07-31T02:00:00Z", "2026-07-31"),  # there it is still the 30th
        ("Pacific/Auckland", "2026-07-30T13:00:00Z", "2026-07-31"),  # there it is the 31st
    ],
)
def test_25_a_birthday_a_day_late_or_early(
    crm: Crm, rows: Read, at: At, zone: str, now: str, due: str
) -> None:
    crm("config", "set", "timezone", zone)
    crm("contact", "add", "Ada", "--birthday", "1990-07-31")
    crm(*RULE, "birthday")
    at(now)
    crm("remind", "refresh")
    assert [row["due_on"] for row in rows()] == [due]
    assert len(crm.json("remind", "today")) == (zone != "America/Denver")


def test_25_the_day_of_a_talk_is_the_businesss(crm: Crm, due: Due, at: At) -> None:
    crm("config", "set", "timezone", "America/Denver")
    crm("contact", "add", "Ada")
    crm(*RULE, "every 1 week")
    at("2026-06-17T02:00:00Z")  # Tuesday evening in Denver
    crm("log", "call", "ada", "hello")
    assert due() == ["2026-06-23"]


def test_26_yearly_at_local_midnight_does_not_fall_on_the_same_date_again(
    crm: Crm, rows: Read, at: At
) -> None:
    crm("config", "set", "timezone", "Europe/Helsinki")
    crm("contact", "add", "Ada", "--birthday", "1990-07-31")
    crm(*RULE, "birthday")
    at("2026-07-30T21:30:00Z")  # 00:30 on the 31st
    crm("remind", "done", "1")
    assert [row["due_on"] for row in rows()] == ["2027-07-31"]
    at("2026-07-31T12:00:00Z")
    crm("remind", "refresh")
    assert [row["due_on"] for row in rows()] == ["2027-07-31"]


@pytest.mark.parametrize("birthday", ["1988-02-29", "--02-29"])
def test_26_born_on_29_february(crm: Crm, rows: Read, at: At, birthday: str) -> None:
    """On 28 February in common years, on the 29th in leap years, never both."""
    at("2027-01-10T10:00:00Z")
    crm("contact", "add", "Ada", "--birthday", birthday)
    crm(*RULE, "birthday")
    found = []
    for day in ("2027-02-28", "2028-02-29", "2029-02-28"):
        at(f"{day}T10:00:00Z")
        crm("remind", "refresh")
        (row,) = rows()
        found.append(row["due_on"])
        crm("remind", "done", row["id"])
        crm("remind", "refresh")
    assert found == ["2027-02-28", "2028-02-29", "2029-02-28"]
    assert [row["due_on"] for row in rows()] == ["2030-02-28"]
    at("2028-02-28T10:00:00Z")


def test_28_a_rule_fires_at_every_run_all_day(crm: Crm, rows: Read, at: At) -> None:
    crm("contact", "add", "Ada", "--birthday", "1990-06-15", "--tag", "vip")
    crm(*RULE, "birthday")
    crm(*RULE, "every 1 day", "--tag", "vip")
    crm("remind", "done", "1")
    crm("remind", "done", "2")
    before = rows(state=None)
    for hour in range(11, 24):
        at(f"2026-06-15T{hour}:00:00Z")
        assert crm.json("remind", "refresh") == {
            "made": 0,
            "changed": 0,
            "taken_back": 0,
            "scored": 0,
        }
    assert rows(state=None) == before


def test_29_twenty_contacts_added_at_a_party_fall_due_on_one_day(crm: Crm, due: Due) -> None:
    crm(*RULE, "every 6 weeks", "--tag", "party")
    for number in range(20):
        crm("contact", "add", f"Guest {number}", "--tag", "party")
    load = Counter(due())
    assert sum(load.values()) == 20
    assert max(load.values()) <= 4
    assert min(load) == "2026-07-27"
    assert max(load) <= "2026-08-03"
