"""Recording: every channel, every option, whom it is with, and what is to follow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.faults.test_editor import editor, keyboard

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Crm

__all__ = ["keyboard"]

USUAL = {
    "call": "out", "email": "out", "meeting": "out", "chat": "out", "visit": "out", "note": "none",
}  # fmt: skip


@pytest.mark.parametrize("channel", USUAL)
def test_a_shortcut_records_a_talk_in_its_channel_and_usual_direction(
    office: Crm, channel: str
) -> None:
    found = office.json("log", channel, "ada", "Talked about tea")
    assert (found["channel"], found["direction"]) == (channel, USUAL[channel])
    assert (found["contact_id"], found["contact"]) == (1, "Ada Lovelace")
    assert (found["body"], found["subject"], found["by"]) == ("Talked about tea", None, "tester")
    assert found["at"] == "2026-06-15T10:00:00Z"
    assert office.json("log", "show", found["id"]) == found


@pytest.mark.parametrize("word", ["sms", "SMS", "Left by pigeon", "pigeon"])
def test_any_choice_of_the_list_is_a_channel_by_key_label_or_alias(office: Crm, word: str) -> None:
    office("picklist", "add", "channel", "Left by pigeon", "--alias", "pigeon")
    found = office.json("log", "add", "ada", "coo", "--channel", word)
    assert found["channel"] == ("sms" if word.lower() == "sms" else "left-by-pigeon")
    assert found["direction"] == "out"


def test_an_unknown_channel_names_the_nearest(office: Crm) -> None:
    error = office("log", "add", "ada", "x", "--channel", "meting", "--json", code=2).error
    assert "did you mean meeting" in error["hint"]


def test_every_field_is_an_option(office: Crm) -> None:
    found = office.json(
        "log", "call", "ada", "She liked it",
        "--direction", "in", "--subject", "The tea", "--outcome", "No answer",
        "--sentiment", "-2", "--duration", "1h30", "--by", "Eve", "--campaign", "spring",
    )  # fmt: skip
    assert (found["direction"], found["subject"], found["outcome"]) == (
        "in",
        "The tea",
        "no-answer",
    )
    assert (found["sentiment"], found["duration_minutes"]) == (-2, 90)
    assert (found["by"], found["campaign"]) == ("Eve", "spring")


@pytest.mark.parametrize(
    ("text", "minutes"),
    [("45", 45), ("45m", 45), ("45 min", 45), ("1h30", 90), ("1h 30m", 90), ("1:30", 90),
     ("2h", 120), ("1.5h", 90), ("0", 0)],
)  # fmt: skip
def test_a_duration_is_minutes_or_hours(office: Crm, text: str, minutes: int) -> None:
    found = office.json("log", "call", "ada", "x", "--duration", text)
    assert found["duration_minutes"] == minutes


@pytest.mark.parametrize("text", ["-5", "1:75", "1h75", "soon", "", "9999999", "٤٥"])
def test_what_is_no_duration_is_refused(office: Crm, text: str) -> None:
    assert "1h30" in office("log", "call", "ada", "x", "--duration", text, code=2).err
    assert office.json("log", "list") == []


@pytest.mark.parametrize(
    ("text", "value"),
    [("-2", -2), ("2", 2), ("+1", 1), ("0", 0), ("very bad", -2), ("Bad", -1), ("neutral", 0),
     ("good", 1), ("very good", 2), ("++", 2), ("very-good", 2)],
)  # fmt: skip
def test_a_sentiment_is_a_number_or_a_word(office: Crm, text: str, value: int) -> None:
    assert office.json("log", "call", "ada", "x", "--sentiment", text)["sentiment"] == value


@pytest.mark.parametrize("text", ["3", "-3", "meh", "1.5", ""])
def test_what_is_no_sentiment_is_refused(office: Crm, text: str) -> None:
    assert "-2 to 2" in office("log", "call", "ada", "x", "--sentiment", text, code=2).err


# -- whom it is with ------------------------------------------------------------------------------


def test_an_address_nobody_has_makes_the_contact_and_says_so(office: Crm) -> None:
    run = office("log", "email", "Zoë Ende <Zoe@Example.com>", "hello", "--json")
    assert "made the contact Zoë Ende (#3)" in run.err
    assert run.json["contact_id"] == 3
    made = office.json("contact", "show", "3")
    assert (made["name"], made["emails"][0]["value"]) == ("Zoë Ende", "zoe@example.com")
    assert made["last_contacted_at"] == "2026-06-15T10:00:00Z"
    office("undo", "--yes")
    office("contact", "show", "3", code=3)
    office("log", "show", "1", code=3)


def test_a_bare_address_is_the_name_too(office: Crm) -> None:
    assert office.json("log", "email", "zoe@example.com", "hi")["contact"] == "zoe@example.com"


def test_no_create_refuses_an_unknown_address(office: Crm) -> None:
    office("log", "email", "zoe@example.com", "hi", "--no-create", code=3)
    office("log", "email", "ada@example.com", "hi", "--no-create")
    assert len(office.json("contact", "list")) == 2


@pytest.mark.parametrize("who", ["nobody", "zoe@", "@", "99", "zoe@example"])
def test_a_name_that_is_nobody_s_makes_nobody(office: Crm, who: str) -> None:
    office("log", "call", who, "hi", code=None)
    assert len(office.json("contact", "list")) == 2
    assert office.json("log", "list") == []


def test_further_participants_count_as_spoken_to(office: Crm) -> None:
    found = office.json(
        "log", "meeting", "ada", "All of us", "--with", "bob", "--with", "carol@example.com",
        "--with", "bob", "--with", "ada",
    )  # fmt: skip
    assert found["participants"] == [
        {"id": 2, "name": "Bob Bern"}, {"id": 3, "name": "carol@example.com"},
    ]  # fmt: skip
    rows = office.json("contact", "list")
    assert {row["last_contacted_at"] for row in rows} == {"2026-06-15T10:00:00Z"}
    assert [row["id"] for row in office.json("log", "list", "--who", "bob")] == [1]
    page = office("log", "show", "1").out
    assert "participants  Bob Bern (#2)\n              carol@example.com (#3)" in page


def test_one_new_address_named_twice_is_one_contact(office: Crm) -> None:
    office("log", "call", "zoe@example.com", "hi", "--with", "Zoe@example.com", "-q")
    assert len(office.json("contact", "list")) == 3
    office("contact", "delete", "3", "--yes")
    assert office.json("log", "list") == []


def test_an_address_is_whose_it_is_whatever_name_stands_before_it(office: Crm) -> None:
    found = office.json("log", "call", "Augusta King <ADA@example.com>", "hi", "--no-create")
    assert found["contact_id"] == 1
    new = office.json(
        "log", "meeting", "Max <max@example.com>", "hi", "--with", "max@example.com",
        "--with", "Bob <bob@example.com>", "--with", "Max <other@example.com>",
    )  # fmt: skip
    assert (new["contact_id"], [one["id"] for one in new["participants"]]) == (3, [2, 4])
    listed = office.json("contact", "list", "--where", "id > 2")
    assert [(row["name"], row["email"]) for row in listed] == [
        ("Max", "max@example.com"), ("Max", "other@example.com"),
    ]  # fmt: skip


def test_ids_from_stdin_get_a_talk_each_in_one_entry(office: Crm) -> None:
    run = office.process("log", "call", "-", "Merry Christmas", "--json", stdin="1\n2\n1\n")
    assert [row["contact_id"] for row in run.json] == [1, 2]
    assert "undo: crm undo 3" in run.err
    assert "2 contacts" in office.json("history")[0]["summary"]
    office("undo")
    assert office.json("log", "list") == []


def test_an_archived_contact_is_named(office: Crm) -> None:
    office("contact", "archive", "ada")
    assert "Ada Lovelace (#1) is archived" in office("log", "call", "1", "hi").err


# -- where the text comes from --------------------------------------------------------------------


def test_the_text_may_come_from_stdin(office: Crm) -> None:
    run = office.process("log", "note", "ada", "-", "--json", stdin="first\r\nsecond\n")
    assert run.json["body"] == "first\nsecond"


def test_without_a_text_and_a_terminal_nothing_is_written(office: Crm) -> None:
    assert "text is missing" in office("log", "call", "ada", code=2).err
    assert "text is empty" in office("log", "call", "ada", "  ", code=2).err
    run = office.process("log", "call", "-", "-", stdin="1\n")
    assert run.code == 2
    assert office.json("log", "list") == []


def test_an_outcome_or_a_subject_says_enough(office: Crm) -> None:
    assert office.json("log", "call", "ada", "--outcome", "no-answer")["body"] is None
    assert office.json("log", "email", "ada", "--subject", "Prices")["subject"] == "Prices"


def test_the_text_comes_from_the_editor(office: Crm, keyboard: int, tmp_path: Path) -> None:
    import os
    import subprocess
    import sys

    environment = {**os.environ, "VISUAL": editor(tmp_path, 'echo "two lines\nof it" > "$1"')}
    process = subprocess.run(
        [sys.executable, "-m", "crm_cli", "log", "visit", "1"],
        stdin=keyboard, capture_output=True, text=True, env=environment, check=False, timeout=60,
    )  # fmt: skip
    assert process.returncode == 0, process.stderr
    assert office.json("log", "show", "1")["body"] == "two lines\nof it"


@pytest.mark.parametrize(
    "text", ["=1+1", "[/bold] \x1b[31m", "'; DROP TABLE x; --", "\u202eabc", "a\x15b"]
)
def test_a_hostile_text_is_kept_and_not_obeyed(office: Crm, text: str) -> None:
    office("log", "call", "ada", text, "--subject", text, "-q")
    assert office.json("log", "show", "1")["body"] == text.strip()
    for arguments in (("log", "list"), ("log", "show", "1"), ("search", "abc"), ("trash", "list")):
        assert "\x1b" not in office(*arguments).out
    office("log", "delete", "1", "--yes")
    office("trash", "restore", "1")


# -- what is to follow ----------------------------------------------------------------------------


def test_a_follow_up_and_a_promise_are_made_in_the_same_breath(office: Crm) -> None:
    run = office(
        "log", "call", "ada", "Wants tea\nand more", "--follow-up", "friday", "--promise",
        "tomorrow 9:30", "--json",
    )  # fmt: skip
    assert run.json["follow_ups"] == [1, 2]
    assert "follow-up 'friday': 2026-06-19 (Friday)" in run.err
    assert "promise 2 on 2026-06-16 09:30: Wants tea" in run.err
    first, second = office.json("remind", "list", "--sort", "id")
    assert (first["kind"], first["due_on"], first["text"]) == ("task", "2026-06-19", "Wants tea")
    assert (second["kind"], second["due_on"]) == ("promise", "2026-06-16")
    assert second["due_at"] == "2026-06-16T09:30:00Z"
    assert {first["owner"], second["owner"]} == {"eve"}
    assert len(office.json("history")) == 3
    office("undo")
    assert office.json("remind", "list") == office.json("log", "list") == []


def test_about_says_what_is_to_be_done_else_the_subject(office: Crm) -> None:
    office("log", "call", "ada", "x", "--follow-up", "+2d", "--about", "Send it", "-q")
    office("log", "call", "ada", "x", "--subject", "The tea", "--follow-up", "+2d", "-q")
    office("log", "call", "ada", "--outcome", "no-answer", "--follow-up", "+2d", "-q")
    texts = [row["text"] for row in office.json("remind", "list", "--sort", "id")]
    assert texts == ["Send it", "The tea", "call"]


def test_what_is_to_be_done_without_a_day_is_not_lost_in_silence(office: Crm) -> None:
    run = office("log", "call", "ada", "x", "--about", "Send it", code=2)
    assert "--follow-up" in run.err
    assert office.json("log", "list") == []


def test_the_page_of_a_talk_names_its_follow_ups_by_number(office: Crm) -> None:
    office("remind", "add", "1", "friday", "something else", "-q")
    page = office("log", "call", "1", "hello", "--follow-up", "friday", "--promise", "monday").out
    assert "follow ups  #2, #3" in page.replace("   ", "  ")


def test_a_follow_up_that_cannot_be_read_writes_nothing(office: Crm) -> None:
    office("log", "call", "ada", "x", "--follow-up", "someday", code=2)
    assert office.json("log", "list") == []


def test_a_rehearsal_writes_nothing(office: Crm) -> None:
    run = office("log", "call", "zoe@example.com", "x", "--follow-up", "+2d", "--dry-run", "--json")
    assert run.json["follow_ups"] == [1]
    assert "nothing was written" in run.err
    assert office.json("log", "list") == []
    assert len(office.json("contact", "list")) == 2
