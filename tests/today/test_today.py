"""``crm today``: what the morning asks for, each thing once, at the right hour."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.today import plant

if TYPE_CHECKING:
    from tests.conftest import Crm


def ids(rows: list[dict[str, Any]]) -> list[int]:
    return [row["id"] for row in rows]


@pytest.fixture
def ada(crm: Crm) -> int:
    """One contact to be reminded of."""
    return crm.id("contact", "add", "Ada Lovelace", "--phone", "+41446681800", "-q")


def test_an_empty_store_has_nothing_to_do(crm: Crm) -> None:
    run = crm("today")
    assert "nothing is due" in run.out
    assert "Monday 2026-06-15" in run.out
    found = crm.json("today")
    assert found["overdue"] == found["due"] == found["birthdays"] == found["quiet"] == []
    assert found["counts"] == dict.fromkeys(
        ("overdue", "due", "promises", "stay_in_touch", "birthdays", "leads_without_step"), 0
    )
    assert crm("today", "-f", "ids").out == ""


def test_today_is_due_and_not_overdue_until_the_day_is_over(crm: Crm, ada: int) -> None:
    number = plant.follow_up(crm, ada, "2026-06-15")
    for hour in ("00:00", "12:00", "23:59"):
        found = crm.json("today", "--now", f"2026-06-15T{hour}:00Z")
        assert (ids(found["overdue"]), ids(found["due"])) == ([], [number]), hour
    found = crm.json("today", "--now", "2026-06-16T00:00:00Z")
    assert (ids(found["overdue"]), ids(found["due"])) == ([number], [])
    found = crm.json("today", "--now", "2026-06-14T23:59:59Z")
    assert (ids(found["overdue"]), ids(found["due"]), found["coming"]) == ([], [], 1)


def test_with_a_time_it_is_overdue_after_that_instant(crm: Crm, ada: int) -> None:
    number = plant.follow_up(crm, ada, "2026-06-15 11:00")
    for now, late in (("10:59:59", False), ("11:00:00", False), ("11:00:01", True)):
        found = crm.json("today", "--now", f"2026-06-15T{now}Z")
        assert ids(found["overdue" if late else "due"]) == [number], now
        assert ids(found["due" if late else "overdue"]) == [], now
    assert found["overdue"][0]["due_at"] == "2026-06-15T11:00:00Z"


def test_the_day_is_the_business_s_own(crm: Crm, ada: int) -> None:
    """Denver in the evening, while it is tomorrow in UTC."""
    crm("config", "set", "timezone", "America/Denver", "-q")
    today = plant.follow_up(crm, ada, "2026-06-15", "today's")
    plant.follow_up(crm, ada, "2026-06-16", "tomorrow's")
    found = crm.json("today", "--now", "2026-06-16T03:00:00Z")
    assert found["date"] == "2026-06-15"
    assert (ids(found["due"]), found["overdue"], found["coming"]) == ([today], [], 1)
    timed = plant.follow_up(crm, ada, "2026-06-15 20:30")
    found = crm.json("today", "--now", "2026-06-16T02:30:00Z")
    assert ids(found["due"]) == [today, timed]
    assert found["due"][1]["due_at"] == "2026-06-16T02:30:00Z"


@pytest.mark.parametrize(
    ("day", "time", "now", "late"),
    [
        # 02:30 does not exist: it means 03:30, in summer time.
        ("2026-03-29", "02:30", "2026-03-29T01:29:59Z", False),
        ("2026-03-29", "02:30", "2026-03-29T01:30:00Z", False),
        ("2026-03-29", "02:30", "2026-03-29T01:30:01Z", True),
        # 02:30 comes twice: it means the first.
        ("2026-10-25", "02:30", "2026-10-25T00:30:00Z", False),
        ("2026-10-25", "02:30", "2026-10-25T00:30:01Z", True),
        ("2026-10-25", "02:50", "2026-10-25T01:10:00Z", True),
    ],
)
def test_the_nights_the_clocks_change(
    crm: Crm, ada: int, day: str, time: str, now: str, late: bool
) -> None:
    crm("config", "set", "timezone", "Europe/Zurich", "-q")
    number = plant.follow_up(crm, ada, f"{day} {time}")
    found = crm.json("today", "--now", now)
    assert ids(found["overdue" if late else "due"]) == [number]
    assert found["counts"]["overdue"] == int(late)


def test_what_is_done_or_cancelled_is_gone(crm: Crm, ada: int) -> None:
    plant.follow_up(crm, ada, "2026-06-15", "a", state="done", done_at=plant.AT)
    plant.follow_up(crm, ada, "2026-06-14", "b", state="cancelled")
    found = crm.json("today")
    assert (found["due"], found["overdue"]) == ([], [])


def test_promises_and_cadences_stand_on_the_page_once(crm: Crm, ada: int) -> None:
    late = plant.follow_up(crm, ada, "2026-06-12", "Send the price list", kind="promise")
    due = plant.follow_up(crm, ada, "2026-06-15", "Bring the sample", kind="promise")
    touch = plant.follow_up(crm, ada, "2026-06-10", "Stay in touch", kind="touch")
    found = crm.json("today")
    assert ids(found["promises"]) == [late, due]
    assert ids(found["stay_in_touch"]) == [touch]
    assert ids(found["overdue"]) == [touch, late]
    assert ids(found["due"]) == [due]
    page = crm("today").out
    for text in ("Send the price list", "Bring the sample"):
        assert page.count(text) == 1
    assert "Promised (2)" in page
    assert "Stay in touch (1)" in page
    assert "Overdue (" not in page


# -- birthdays ------------------------------------------------------------------------------------


def born(crm: Crm, birthday: str, name: str = "Grace") -> int:
    return crm.id("contact", "add", name, f"--birthday={birthday}", "-q")


def test_birthdays_of_the_week(crm: Crm) -> None:
    whole = born(crm, "1980-06-15")
    bare = born(crm, "--06-22")
    born(crm, "1980-06-23")
    born(crm, "1980-06-14")
    found = crm.json("today")["birthdays"]
    assert [(row["contact_id"], row["on"], row["age"]) for row in found] == [
        (whole, "2026-06-15", 46), (bare, "2026-06-22", None),
    ]  # fmt: skip
    assert [row["contact_id"] for row in crm.json("today", "--days", "0")["birthdays"]] == [whole]
    assert len(crm.json("today", "--days", "366")["birthdays"]) == 4


def test_birthdays_across_the_year_s_end(crm: Crm) -> None:
    number = born(crm, "2000-01-02")
    found = crm.json("today", "--now", "2026-12-30")["birthdays"]
    assert [(row["contact_id"], row["on"], row["age"]) for row in found] == [
        (number, "2027-01-02", 27)
    ]


@pytest.mark.parametrize(
    ("now", "on"),
    [
        ("2027-02-25", ["2027-02-28"]),
        ("2027-02-28", ["2027-02-28"]),
        ("2027-03-01", []),
        ("2028-02-25", ["2028-02-29"]),
        ("2028-02-28", ["2028-02-29"]),
        ("2028-03-01", []),
    ],
)
@pytest.mark.parametrize("birthday", ["2000-02-29", "--02-29"])
def test_born_on_the_29th_of_february(crm: Crm, birthday: str, now: str, on: list[str]) -> None:
    born(crm, birthday)
    assert [row["on"] for row in crm.json("today", "--now", now)["birthdays"]] == on


def test_an_archived_contact_has_no_birthday(crm: Crm) -> None:
    crm("contact", "archive", born(crm, "1980-06-15"), "-q")
    assert crm.json("today")["birthdays"] == []


# -- quiet customers ------------------------------------------------------------------------------


def customer(crm: Crm, name: str, amount: str, on: str = "2025-01-10") -> int:
    number = crm.id("contact", "add", name, "-q")
    crm("purchase", "add", number, "Tea", amount, "--on", on, "-q")
    return number


def test_quiet_customers_by_what_they_paid(crm: Crm) -> None:
    numbers = [customer(crm, f"Customer {n}", f"{100 * n}.00") for n in range(1, 8)]
    recent = customer(crm, "Recent", "9999.00", "2026-06-01")
    planned = customer(crm, "Planned", "9998.00")
    plant.follow_up(crm, planned, "2026-09-01")
    found = crm.json("today")["quiet"]
    assert [row["contact_id"] for row in found] == numbers[:1:-1]
    assert found[0]["revenue"] == "700.00"
    assert recent not in [row["contact_id"] for row in found]
    assert "Worth a call" in crm("today").out


@pytest.mark.parametrize(("on", "is_quiet"), [("2026-03-17", True), ("2026-03-18", False)])
def test_ninety_days_are_those_of_the_report_on_quiet_customers(
    crm: Crm, on: str, is_quiet: bool
) -> None:
    crm("config", "set", "timezone", "Asia/Tokyo", "-q")
    number = customer(crm, "Ada", "10.00")
    crm("log", "call", number, "hi", "--at", f"{on} 23:59", "-q")
    reported = [row["contact_id"] for row in crm.json("report", "quiet")["rows"]]
    assert reported == ([number] if is_quiet else [])
    assert [row["contact_id"] for row in crm.json("today")["quiet"]] == reported


def test_the_business_s_own_currency_comes_first(crm: Crm) -> None:
    foreign = crm.id("contact", "add", "Foreign", "-q")
    crm("purchase", "add", foreign, "Tea", "90000 JPY", "--on", "2025-01-10", "-q")
    home = customer(crm, "Home", "10.00")
    found = crm.json("today")["quiet"]
    assert [(row["contact_id"], row["revenue"], row["currency"]) for row in found] == [
        (home, "10.00", "EUR"), (foreign, "90000", "JPY"),
    ]  # fmt: skip


# -- whose, how many ------------------------------------------------------------------------------


def test_one_owner_s_day(crm: Crm) -> None:
    eva = crm.id("contact", "add", "Of Eva", "--owner", "eva", "--birthday", "1980-06-16", "-q")
    sam = crm.id("contact", "add", "Of Sam", "--owner", "sam", "--birthday", "1980-06-16", "-q")
    hers = plant.follow_up(crm, eva, "2026-06-15", "hers")
    his = plant.follow_up(crm, eva, "2026-06-14", "his", owner="sam")
    nobody = plant.follow_up(crm, sam, "2026-06-15", "sam's too")
    found = crm.json("today", "--owner", "Eva")
    assert (ids(found["overdue"]), ids(found["due"])) == ([], [hers])
    assert [row["contact_id"] for row in found["birthdays"]] == [eva]
    found = crm.json("today", "--owner", "sam")
    assert (ids(found["overdue"]), ids(found["due"])) == ([his], [nobody])


def test_a_list_is_cut_and_says_so(crm: Crm, ada: int) -> None:
    for number in range(25):
        plant.follow_up(crm, ada, "2026-06-14", f"thing {number}")
    page = crm("today").out
    assert "the first of 25" in page
    assert len(re.findall(r"thing \d+", page)) == 20
    found = crm.json("today", "--limit", "3")
    assert len(found["overdue"]) == 3
    assert found["counts"]["overdue"] == 25
    assert len(crm("today", "-f", "ids").out.split()) == 25


@pytest.mark.parametrize("arguments", [("--days", "-1"), ("--days", "367"), ("--limit", "-1")])
def test_numbers_out_of_range(crm: Crm, arguments: tuple[str, ...]) -> None:
    assert crm("today", *arguments, "--json", code=2).error["code"] == "invalid"


# -- how it looks ---------------------------------------------------------------------------------

HOSTILE = "[/VIP] Bob\x1b[31m\u202e<script>alert(1)</script>|*x*"


def test_hostile_names_are_text(crm: Crm) -> None:
    number = crm.id("contact", "add", HOSTILE, "--birthday", "1980-06-15", "-q")
    plant.follow_up(crm, number, "2026-06-15", f"{HOSTILE}\nsecond line")
    for form in ("table", "markdown", "html"):
        out = crm("today", "-f", form).out
        assert "\x1b" not in out
        assert "\u202e" not in out
        assert form == "table" or "<script>" not in out
    assert crm.json("today")["due"][0]["contact"] == HOSTILE
    assert "[/VIP] Bob" in crm("today", "--color", "always").out


def test_html_is_one_page_of_its_own(crm: Crm, ada: int) -> None:
    plant.follow_up(crm, ada, "2026-06-15", "Ring her")
    out = crm("today", "-f", "html").out
    assert out.startswith("<!doctype html>")
    assert "Ring her" in out
    assert not re.search(r"(?:src|href)=", out)


def test_rows_for_a_spreadsheet(crm: Crm, ada: int) -> None:
    number = plant.follow_up(crm, ada, "2026-06-15 11:00", "Ring her")
    lines = crm("today", "-f", "csv").out.splitlines()
    assert lines[0].startswith("list,id,contact_id,contact,phone,kind,due_on,due_time,due_at,text")
    assert lines[1].startswith(f"due,{number},{ada},Ada Lovelace,+41446681800,task,2026-06-15")
    line = crm("today", "-f", "jsonl").out
    assert json.loads(line)["due"][0]["id"] == number


def test_it_names_the_lead_to_call_next(crm: Crm) -> None:
    crm("contact", "add", "Ada", "--phone", "+41446681801", "-q")
    crm("contact", "add", "Bob", "-q")
    assert crm.json("today")["next_call"] is None
    crm("lead", "add", 1, "Roof", "900", "--owner", "zoe", "-q")
    crm("lead", "add", 2, "Door", "200", "--owner", "max", "-q")
    found = crm.json("today")["next_call"]
    wanted = crm.json("lead", "next")
    assert found == {key: wanted[key] for key in found}
    assert (found["id"], found["value"], found["why"]) == (1, "900.00", wanted["why"])
    line = (
        "call next  Ada +41446681801 about Roof (#1): nobody has spoken to Ada since it was opened"
    )
    assert line in crm("today").out
    assert crm.json("today", "--owner", "max")["next_call"]["id"] == 2
    # Spoken to today: there is nobody left.
    crm("log", "call", 1, "hello", "-q")
    crm("log", "call", 2, "hello", "-q")
    assert crm.json("today")["next_call"] is None
    assert "call next" not in crm("today").out
