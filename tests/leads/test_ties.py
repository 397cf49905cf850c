"""Talks and follow-ups that are about a lead."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Crm


@pytest.fixture
def shop(crm: Crm) -> Crm:
    """Anna Meier's lead "New roof" (#1), Bob, and Zoe who works on the lead."""
    crm("contact", "add", "Anna Meier", "--email", "anna@example.com", "-q")
    crm("contact", "add", "Bob Berger", "--email", "bob@example.com", "-q")
    crm("lead", "add", "1", "New roof", "1200", "--owner", "zoe", "-q")
    return crm


# -- whom a talk was with -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "contact", "text"),
    [
        (("log", "call", "--lead", "1", "wants slate"), 1, "wants slate"),
        (("log", "call", "Bob Berger", "agrees", "--lead", "1"), 2, "agrees"),
        (("log", "call", "2", "agrees", "--lead", "roof"), 2, "agrees"),
        (("log", "call", "2", "--lead", "1", "--outcome", "reached"), 2, None),
        (("log", "call", "#2", "--lead", "1", "--outcome", "reached"), 2, None),
        (("log", "call", "bob@example.com", "--lead", "1", "--outcome", "reached"), 2, None),
        (("log", "note", "--lead", "anna@example.com", "mail x@example.com"), 1,
         "mail x@example.com"),
        (("log", "add", "--channel", "sms", "--lead", "1", "--outcome", "no-answer"), 1, None),
    ],
)  # fmt: skip
def test_a_talk_about_a_lead_is_with_its_contact_unless_somebody_is_named(
    shop: Crm, words: tuple[str, ...], contact: int, text: str | None
) -> None:
    found = shop.json(*words)
    assert (found["contact_id"], found["body"]) == (contact, text)
    assert (found["lead_id"], found["lead"]) == (1, "New roof")


def test_the_text_of_a_talk_about_a_lead_may_come_from_stdin(shop: Crm) -> None:
    run = shop.process("log", "call", "-", "--lead", "1", "--json", stdin="slate, not tiles\n")
    assert (run.json["contact_id"], run.json["body"]) == (1, "slate, not tiles")


def test_whoever_is_named_nowhere_is_asked_for(shop: Crm) -> None:
    assert "WHO" in shop("log", "call", code=2).err
    assert "WHO" in shop("remind", "add", code=2).err
    assert "WHEN" in shop("remind", "add", "1", code=2).err
    assert "WHEN" in shop("remind", "add", "--lead", "1", code=2).err
    assert shop("log", "call", "hello", "--lead", "9", "--json", code=3).error["code"] == (
        "not-found"
    )
    assert shop.json("log", "list") == []


def test_a_follow_up_of_a_lead_is_its_contacts_and_its_owners(shop: Crm) -> None:
    first = shop.json("remind", "add", "friday", "send the offer", "--lead", "1")
    second = shop.json("remind", "add", "Bob Berger", "friday", "measure", "--lead", "1")
    third = shop.json("remind", "add", "friday", "paint", "--lead", "1", "--owner", "max")
    assert [(one["contact_id"], one["owner"], one["lead_id"]) for one in (first, second, third)] == [
        (1, "zoe", 1), (2, "zoe", 1), (1, "max", 1),
    ]  # fmt: skip
    assert first["lead"] == "New roof"


def test_what_a_talk_about_a_lead_ends_with_is_about_the_lead_too(shop: Crm) -> None:
    shop("log", "call", "--lead", "1", "wants slate", "--follow-up", "2026-06-20",
         "--promise", "2026-06-25", "--about", "price of slate", "-q")  # fmt: skip
    found = shop.json("remind", "list")
    assert [(one["due_on"], one["kind"], one["lead_id"], one["owner"]) for one in found] == [
        ("2026-06-20", "task", 1, "zoe"), ("2026-06-25", "promise", 1, "zoe"),
    ]  # fmt: skip
    assert shop.json("lead", "show", "1")["next_follow_up_on"] == "2026-06-20"


# -- from round to round --------------------------------------------------------------------------


def test_the_next_round_the_next_step_and_the_talk_stay_with_the_lead(shop: Crm) -> None:
    shop("remind", "add", "2026-06-10", "ask again", "--lead", "1", "--repeat", "weekly", "-q")
    shop("remind", "done", "1", "--log", "no news", "--next", "2026-06-18", "-q")
    assert shop.json("log", "show", "1")["lead_id"] == 1
    following = shop.json("remind", "list")
    assert sorted((one["due_on"], one["lead_id"]) for one in following) == [
        ("2026-06-17", 1), ("2026-06-18", 1),
    ]  # fmt: skip


# -- changing the tie -----------------------------------------------------------------------------


def test_the_tie_is_edited_and_unset_and_taken_back(shop: Crm) -> None:
    shop("lead", "add", "2", "New door", "-q")
    shop("log", "call", "1", "about both", "-q")
    shop("remind", "add", "1", "friday", "ask", "-q")
    assert shop.json("log", "edit", "1", "--lead", "2")["lead_id"] == 2
    assert shop.json("remind", "edit", "1", "--lead", "door")["lead_id"] == 2
    assert shop.json("log", "edit", "1", "--unset", "lead")["lead_id"] is None
    assert shop.json("remind", "edit", "1", "--unset", "lead")["lead_id"] is None
    shop("undo")
    assert shop.json("remind", "show", "1")["lead_id"] == 2
    told = shop("remind", "edit", "1", "--lead", "1", "--dry-run").err
    assert "lead: 2 -> 1" in told


def test_many_are_tied_at_once(shop: Crm) -> None:
    shop("log", "call", "1", "one", "-q")
    shop("log", "email", "2", "two", "-q")
    shop("remind", "add", "2", "friday", "ask", "-q")
    shop("log", "edit", "--where", "channel in (call, email)", "--lead", "1", "--yes", "-q")
    shop("remind", "edit", "--where", "contact = 'Bob Berger'", "--lead", "1", "--yes", "-q")
    assert {one["lead_id"] for one in shop.json("log", "list")} == {1}
    assert shop.json("remind", "show", "1")["lead_id"] == 1


# -- finding them ---------------------------------------------------------------------------------


def test_lists_and_filters_ask_for_the_lead(shop: Crm) -> None:
    shop("lead", "add", "2", "New door", "-q")
    for lead in ("1", "2"):
        shop("log", "call", "--lead", lead, f"about {lead}", "-q")
        shop("remind", "add", "friday", f"for {lead}", "--lead", lead, "-q")
    shop("log", "call", "1", "about nothing", "-q")
    for group in ("log", "remind"):
        assert shop(group, "list", "--lead", "door", "-f", "ids").out.split() == ["2"]
        assert shop(group, "list", "--where", "lead = 2", "-f", "ids").out.split() == ["2"]
        assert shop(group, "list", "--where", "lead_title ~ ROOF", "-f", "ids").out.split() == ["1"]
        assert shop(group, "list", "--lead", "9", code=3).out == ""
    assert shop("log", "list", "--where", "lead is empty", "-f", "ids").out.split() == ["3"]
    assert "New door" in shop("remind", "list").out


# -- when the lead goes ---------------------------------------------------------------------------


def test_a_deleted_lead_frees_talks_and_follow_ups_and_takes_them_back(shop: Crm) -> None:
    shop("log", "call", "--lead", "1", "wants slate", "--follow-up", "friday", "-q")
    shop("lead", "delete", "1", "--yes", "-q")
    assert shop.json("log", "show", "1")["lead_id"] is None
    assert shop.json("remind", "show", "1")["lead_id"] is None
    shop("trash", "restore", "1", "-q")
    assert shop.json("log", "show", "1")["lead_id"] == 1
    assert shop.json("remind", "show", "1")["lead_id"] == 1
    assert shop.json("lead", "show", "1")["next_follow_up_on"] == "2026-06-19"


def test_a_contact_that_goes_takes_its_lead_and_frees_the_talks_of_others(shop: Crm) -> None:
    shop("log", "call", "2", "about the roof", "--lead", "1", "--follow-up", "friday", "-q")
    shop("contact", "delete", "1", "--yes", "-q")
    assert shop.json("log", "show", "1")["lead_id"] is None
    assert shop.json("remind", "show", "1")["lead_id"] is None
    shop("undo")
    assert shop.json("log", "show", "1")["lead_id"] == 1


# -- out and in -----------------------------------------------------------------------------------


def test_the_list_of_talks_comes_back_with_its_leads(shop: Crm, tmp_path: Path) -> None:
    shop("log", "call", "--lead", "1", "wants slate", "-q")
    shop("log", "call", "1", "about nothing", "-q")
    path = tmp_path / "talks.csv"
    path.write_text(shop("log", "list", "-f", "csv").out, encoding="utf-8")
    assert shop.json("log", "import", path)["unchanged"] == 2
    shop("log", "edit", "1", "--unset", "lead", "-q")
    assert shop.json("log", "import", path)["updated"] == 1
    rows = list(csv.DictReader(io.StringIO(shop("log", "list", "-f", "csv").out)))
    assert [row["lead_id"] for row in rows] == ["1", ""]


def test_a_table_of_talks_names_leads_by_their_numbers_elsewhere(shop: Crm, tmp_path: Path) -> None:
    shop("lead", "add", "2", "New door", "--external-id", "pd:77", "-q")
    path = tmp_path / "talks.csv"
    path.write_text(
        "Date,Email,Type,Note,Deal ID\n"
        "2026-06-01,bob@example.com,call,first,77\n"
        "2026-06-02,bob@example.com,call,second,pd:77\n"
        "2026-06-03,bob@example.com,call,third,12\n",
        encoding="utf-8",
    )
    told = shop.json("log", "import", path, "--source", "pd")
    assert [one["lead_id"] for one in shop.json("log", "list")] == [2, 2, None]
    assert [one["message"] for one in told["warnings"]] == ["rows name a lead that is not here"]
    assert shop.json("log", "import", path, "--source", "pd")["unchanged"] == 3


# -- whose it is ----------------------------------------------------------------------------------


def test_who_takes_over_a_lead_takes_over_what_is_to_be_done(shop: Crm) -> None:
    shop("contact", "edit", "1", "--owner", "max", "-q")
    shop("remind", "add", "2026-06-15", "measure", "--lead", "1", "-q")
    shop("remind", "add", "1", "2026-06-15", "greet", "-q")
    assert [one["owner"] for one in shop.json("remind", "list")] == ["zoe", "max"]
    for owner, texts in (("zoe", ["measure"]), ("max", ["greet"])):
        assert [one["text"] for one in shop.json("remind", "list", "--owner", owner)] == texts
        assert [one["text"] for one in shop.json("today", "--owner", owner)["due"]] == texts
        where = f"owner = {owner}"
        assert [one["text"] for one in shop.json("remind", "list", "--where", where)] == texts
    calendar = shop("remind", "calendar", "-", "--owner", "zoe").out
    assert ("measure" in calendar, "greet" in calendar) == (True, False)
    shop("lead", "edit", "1", "--owner", "kim", "-q")
    assert [one["text"] for one in shop.json("remind", "list", "--owner", "kim")] == ["measure"]


# -- how filled leads are -------------------------------------------------------------------------


def test_completeness_counts_open_leads_and_names_what_they_lack(shop: Crm) -> None:
    shop("lead", "add", "2", "New door", "--expected", "2026-08-01", "-q")
    found = shop.json("report", "completeness", "--of", "lead")
    rates = {row["field"]: (row["filled"], row["records"]) for row in found["rows"]}
    assert (rates["value"], rates["expected"], rates["owner"]) == ((1, 2), (1, 2), (1, 2))
    assert found["totals"]["records"] == 2
    assert found["totals"]["complete"] == 0
    lacking = shop.json("report", "completeness", "--of", "lead", "--missing", "value")
    assert [(row["lead"], row["missing"]) for row in lacking["rows"]] == [("New door", ["value"])]
    for cell, ids in (("value:missing", [2]), ("value:filled", [1]), ("all:records", [2, 1])):
        rows = shop.json("report", "explain", "completeness", cell, "--of", "lead")
        assert [row["lead_id"] for row in rows] == ids
    narrowed = shop.json("report", "completeness", "--of", "lead", "--where", "owner = zoe")
    assert narrowed["totals"]["records"] == 1
    earlier = shop.json("report", "completeness", "--of", "lead", "--as-of", "2026-06-14")
    assert earlier["rows"] == []
