"""Staying in touch: counted from the last talk, for tags, segments, filters and contacts."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Crm
    from tests.rules.conftest import Rows

    Due = Callable[..., list[str]]
    At = Callable[[str], None]
    Read = Callable[..., Rows]

RULE = ("remind", "rule", "add")

NOTHING = {"made": 0, "changed": 0, "taken_back": 0, "scored": 0}


def test_it_is_counted_from_the_last_talk_and_not_from_a_fixed_clock(
    crm: Crm, due: Due, at: At, rows: Read
) -> None:
    crm("contact", "add", "Ada", "--tag", "vip")
    crm(*RULE, "every 6 weeks", "--tag", "vip")
    assert due() == ["2026-07-27"]  # from the day she was added, Monday 15 June
    at("2026-06-24T10:00:00Z")
    crm("log", "call", "ada", "about the price list")
    assert due() == ["2026-08-05"]
    (row,) = rows()
    assert (row["sequence"], row["kind"], row["occurrence"]) == (1, "touch", "2026-06-24+6 weeks")
    crm("log", "call", "ada", "an older talk", "--at", "2026-06-20")
    assert due() == ["2026-08-05"]
    at("2026-06-26T10:00:00Z")
    crm("log", "note", "ada", "thought of her")  # no talk
    assert due() == ["2026-08-05"]
    crm("log", "delete", "1", "--yes")
    assert due() == ["2026-08-03"]  # 1 August is a Saturday


def test_it_falls_on_working_days(crm: Crm, due: Due) -> None:
    crm("config", "set", "holidays", "2026-06-25")
    crm("contact", "add", "Ada")
    crm(*RULE, "every 10 days", "--contact", "ada")
    assert due() == ["2026-06-26"]


def test_talks_of_one_day_keep_their_day_until_it_is_crowded(crm: Crm, due: Due, at: At) -> None:
    crm(*RULE, "every 6 weeks")
    for number in range(8):
        crm("contact", "add", f"Person {number}")
    at("2026-06-24T10:00:00Z")
    for number in range(8):
        crm("log", "call", number + 1, "hello")
    assert Counter(due()) == {"2026-08-05": 3, "2026-08-06": 3, "2026-08-07": 2}


def test_the_narrowest_cadence_holds(crm: Crm, due: Due) -> None:
    for name in ("Ada", "Bob", "Carl", "Dora", "Eve"):
        crm("contact", "add", name)
    crm("contact", "tag", "ada", "vip")
    crm("contact", "tag", "bob", "vip", "press")
    crm("contact", "tag", "carl", "vip")
    crm("contact", "tag", "dora", "vip")
    crm(*RULE, "every year")
    crm(*RULE, "every 3 months", "--tag", "vip")
    crm(*RULE, "every 10 weeks", "--where", "tag:press")  # of equals the shortest
    crm(*RULE, "every 2 years", "--contact", "carl")
    crm(*RULE, "never", "--contact", "dora")
    assert due(1) == ["2026-09-15"]
    assert due(2) == ["2026-08-24"]
    assert due(3) == ["2028-06-15"]
    assert due(4) == []
    assert due(5) == ["2027-06-21"]  # put there while all five were counted from one day
    covers = {
        row["rule"]: (row["whom"], row["covers"]) for row in crm.json("remind", "rule", "list")
    }
    assert covers == {
        "every 1 year": ("everybody", 1),
        "every 3 months": ("tag vip", 1),
        "every 10 weeks": ("tag:press", 1),
        "every 2 years": ("Carl (#3)", 1),
        "never": ("Dora (#4)", 1),
    }


def test_an_exemption_holds_against_rules_as_narrow_and_not_against_narrower(
    crm: Crm, due: Due
) -> None:
    for name in ("Ada", "Bob"):
        crm("contact", "add", name, "--tag", "vip", "--tag", "leave alone")
    crm(*RULE, "every 2 weeks", "--tag", "vip")
    assert len(due()) == 2
    crm(*RULE, "never", "--tag", "leave alone")
    assert due() == []
    crm(*RULE, "every month", "--contact", "bob")
    assert (due(1), due(2)) == ([], ["2026-07-15"])


def test_a_contact_comes_back_without_what_a_deleted_rule_made(crm: Crm, due: Due) -> None:
    crm("contact", "add", "Ada")
    crm(*RULE, "every 2 weeks")
    crm("contact", "delete", "1", "--yes")
    crm("remind", "rule", "delete", "1", "--yes")
    crm(*RULE, "birthday")
    assert "left out its tie to rule 1, which is gone" in crm("trash", "restore", "1").err
    assert due() == []


def test_a_tag_that_nobody_has_is_said_once(crm: Crm) -> None:
    crm("contact", "add", "Ada")
    assert crm(*RULE, "every 2 weeks", "--tag", "vip").err.count("no contact has the tag") == 1


def test_who_leaves_the_scope_is_left_alone_and_who_comes_back_is_not_counted_twice(
    crm: Crm, due: Due, rows: Read
) -> None:
    crm("contact", "add", "Ada", "--tag", "vip", "--tag", "other")
    crm(*RULE, "every 6 weeks", "--tag", "vip")
    crm("contact", "untag", "ada", "vip")
    assert due() == []
    crm("contact", "tag", "ada", "vip")
    assert due() == ["2026-07-27"]
    crm("contact", "archive", "ada")
    assert due() == []
    crm("contact", "restore", "ada")
    assert due() == ["2026-07-27"]
    assert len(rows(state=None)) == 1  # the same one, so that nothing is mailed twice


def test_a_former_customer_is_left_alone_unless_named_or_chosen(crm: Crm, due: Due) -> None:
    crm("contact", "add", "Ada", "--role", "former", "--tag", "vip")
    crm(*RULE, "every 6 weeks")
    crm(*RULE, "every 5 weeks", "--tag", "vip")
    assert due() == []
    crm(*RULE, "every year", "--where", "role = former")
    assert due() == ["2027-06-15"]
    crm(*RULE, "every month", "--contact", "ada")
    assert due() == ["2026-07-15"]


def test_done_or_cancelled_by_hand_counts_for_the_next_round(
    crm: Crm, due: Due, at: At, rows: Read
) -> None:
    crm("contact", "add", "Ada")
    crm(*RULE, "every 6 weeks")
    at("2026-07-27T10:00:00Z")
    crm("remind", "done", "1")
    assert due() == ["2026-09-07"]
    at("2026-09-09T10:00:00Z")
    crm("remind", "cancel", "2")
    assert due() == ["2026-10-21"]
    assert [row["state"] for row in rows(state=None)] == ["done", "cancelled", "open"]
    crm("remind", "refresh")
    assert due() == ["2026-10-21"]


def test_what_is_put_off_stays_there_until_the_next_talk(crm: Crm, due: Due, at: At) -> None:
    crm("contact", "add", "Ada")
    crm(*RULE, "every 6 weeks")
    crm("remind", "snooze", "1", "2026-08-20")
    crm("remind", "refresh")
    crm("contact", "edit", "ada", "--notes", "prefers mail")
    assert due() == ["2026-08-20"]
    at("2026-06-24T10:00:00Z")
    entry = crm("log", "call", "ada", "hello").err
    assert due() == ["2026-08-05"]
    crm("undo")
    assert due() == ["2026-08-20"], entry
    crm("redo")
    assert due() == ["2026-08-05"]


def test_a_rule_for_many_long_not_spoken_to_is_spread_and_the_longest_wait_first(
    crm: Crm, rows: Read, at: At
) -> None:
    crm("config", "set", "holidays", "2026-06-18")
    for number in range(30):
        crm("contact", "add", f"Person {number}", "--tag", "vip", "-q")
    crm("remind", "add", "1", "2026-06-16", "something else")
    for number in range(30):
        crm("log", "call", number + 1, "long ago", "--at", f"2025-01-{number + 1:02}T10:00", "-q")
    crm(*RULE, "every 4 weeks", "--tag", "vip")
    made = [row for row in rows() if row["kind"] == "touch"]
    load = Counter(row["due_on"] for row in made)
    assert len(made) == 30
    assert max(load.values()) <= 4
    assert len(load) == 10
    assert "2026-06-18" not in load
    assert all(date.fromisoformat(day).weekday() < 5 for day in load)
    assert [
        row["contact_id"]
        for row in sorted(made, key=lambda row: (row["due_on"], row["contact_id"]))
    ] == list(range(1, 31))
    wide = crm.json("remind", "rule", "edit", "1", "--window", "30")
    assert wide["window_days"] == 30


def test_the_rule_can_be_changed_paused_and_deleted(crm: Crm, due: Due, rows: Read) -> None:
    crm("contact", "add", "Ada", "--owner", "zoe")
    crm(*RULE, "every 6 weeks", "--text", "Say hello to {name} (last: {date})")
    (row,) = rows()
    assert (row["text"], row["owner"]) == ("Say hello to Ada (last: 2026-06-15)", "zoe")
    crm("remind", "snooze", "1", "2026-08-20")
    crm("remind", "rule", "edit", "1", "--text", "Ring {name}", "--owner", "bob")
    (row,) = rows()
    assert (row["text"], row["owner"], row["due_on"]) == ("Ring Ada", "bob", "2026-08-20")
    crm("remind", "rule", "edit", "1", "--every", "2 weeks", "--unset", "text")
    (row,) = rows()
    assert (row["text"], row["due_on"]) == ("Stay in touch (every 2 weeks)", "2026-06-29")
    crm("remind", "rule", "pause", "1")
    assert due() == []
    assert crm.json("remind", "rule", "show", "1")["state"] == "paused"
    crm("remind", "rule", "resume", "1")
    assert due() == ["2026-06-29"]
    assert crm("remind", "rule", "delete", "1", code=2).out == ""
    crm("remind", "rule", "delete", "1", "--yes")
    assert due() == []
    assert crm.json("remind", "rule", "list") == []
    crm("undo")
    assert due() == ["2026-06-29"]
    assert len(rows(state=None)) == 1


def test_follow_ups_go_along_when_a_contact_changes_hands(crm: Crm, rows: Read) -> None:
    crm("contact", "add", "Ada", "--owner", "zoe")
    crm(*RULE, "every 6 weeks")
    crm("contact", "edit", "ada", "--owner", "bob")
    assert [row["owner"] for row in rows()] == ["bob"]
    crm("remind", "edit", "1", "--owner", "eve")
    crm("contact", "edit", "ada", "--owner", "zoe")
    assert [row["owner"] for row in rows()] == ["eve"]


def test_the_texts_follow_a_contact_to_its_new_name(crm: Crm, rows: Read) -> None:
    crm("contact", "add", "Ada", "--birthday", "1990-07-01", "--owner", "zoe")
    crm(*RULE, "every 6 weeks", "--text", "Ring {name}")
    crm(*RULE, "birthday", "--text", "Card for {name}, {age}", "--owner", "eve")
    crm("contact", "edit", "ada", "--name", "Ada Byron", "--owner", "bob")
    assert [(row["text"], row["owner"]) for row in rows()] == [
        ("Ring Ada Byron", "bob"), ("Card for Ada Byron, 36", "eve"),
    ]  # fmt: skip
    assert crm.json("remind", "refresh") == {"made": 0, "changed": 0, "taken_back": 0, "scored": 0}
    crm("undo")
    assert [row["text"] for row in rows()] == ["Ring Ada", "Card for Ada, 36"]
    crm("remind", "edit", "1", "--text", "Ring Ada about the tea")
    crm("contact", "edit", "ada", "--name", "Ada Byron")
    assert [row["text"] for row in rows()] == ["Ring Ada about the tea", "Card for Ada Byron, 36"]


def test_programs_read_which_rule_made_a_follow_up(crm: Crm) -> None:
    crm("contact", "add", "Ada")
    crm("remind", "add", "1", "today", "call")
    crm(*RULE, "every 6 weeks")
    assert [row["rule_id"] for row in crm.json("remind", "list")] == [None, 1]
    assert crm("remind", "list", "--columns", "id,rule_id", "-f", "csv").out.split() == [
        "id,rule_id", "1,", "2,1",
    ]  # fmt: skip


def test_a_segment_moves_with_time_and_the_daily_run_follows(crm: Crm, due: Due, at: At) -> None:
    crm("contact", "add", "Ada")
    crm("purchase", "add", "ada", "Tea", "10", "--on", "2026-06-01")
    crm("segment", "save", "recent", "last_purchase >= -30d")
    crm(*RULE, "every 6 weeks", "--segment", "Recent")
    assert due() == ["2026-07-27"]
    at("2026-07-10T10:00:00Z")
    assert due() == ["2026-07-27"]
    told = crm.json("remind", "refresh")
    assert told == {"made": 0, "changed": 0, "taken_back": 1, "scored": 0}
    assert due() == []
    assert crm.json("remind", "refresh") == NOTHING


def test_a_segment_that_is_gone_takes_nothing_back(crm: Crm, due: Due) -> None:
    crm("contact", "add", "Ada", "--tag", "vip")
    crm("segment", "save", "friends", "tag:vip")
    crm(*RULE, "every 6 weeks", "--segment", "friends")
    run = crm("segment", "rename", "friends", "best friends")
    assert due() == ["2026-07-27"], run.err
    (rule,) = crm.json("remind", "rule", "list")
    assert (rule["whom"], rule["problem"]) == ("segment best friends", None)
    assert "rule 1" in crm("segment", "delete", "best friends", "--yes", code=5).err
    assert due() == ["2026-07-27"]


def test_built_in_segments_are_drawn_anew_by_the_daily_run(crm: Crm, due: Due) -> None:
    crm("contact", "add", "Ada")
    crm(*RULE, "every 6 weeks", "--where", "segment = champions or role = prospect")
    assert due() == ["2026-07-27"]
    crm("contact", "add", "Bob")
    assert due(2) == []
    assert crm.json("remind", "refresh")["made"] == 1
    crm("contact", "edit", "bob", "--notes", "x")
    assert len(due(2)) == 1


def test_an_import_makes_them_and_undo_takes_them_along(
    crm: Crm, rows: Read, tmp_path: Path
) -> None:
    crm(*RULE, "every 3 months", "--tag", "fair")
    crm(*RULE, "birthday", "--before", "7d")
    path = tmp_path / "people.csv"
    lines = [f"Person {n},p{n}@example.com,1990-05-{n % 28 + 1:02}" for n in range(1000)]
    path.write_text("name,email,birthday\n" + "\n".join(lines))
    before = crm.json("history")[0]["id"]
    crm("contact", "import", path, "--tag", "fair")
    assert Counter(row["kind"] for row in rows()) == {"touch": 1000, "date": 1000}
    touches = Counter(row["due_on"] for row in rows() if row["kind"] == "touch")
    assert max(touches.values()) <= 110
    uids = {row["uid"] for row in rows()}
    crm("undo")
    assert rows(state=None) == []
    crm("redo")
    assert {row["uid"] for row in rows()} == uids
    assert crm.json("remind", "refresh", "--dry-run") == NOTHING
    crm("undo", before + 1)
    assert rows(state=None) == []


def test_undo_of_an_old_import_is_not_stopped_by_what_the_daily_run_made(
    crm: Crm, rows: Read, at: At
) -> None:
    crm("contact", "add", "Ada", "--birthday", "1990-06-01")
    entry = crm.json("history")[0]["id"]
    crm(*RULE, "birthday")
    at("2027-07-15T10:00:00Z")
    crm("remind", "refresh")
    assert [row["occurrence"] for row in rows()] == ["2028-06-01"]
    crm("undo", entry)
    assert rows(state=None) == []
    assert crm.json("contact", "list") == []


def test_tag_refresh_undo_and_redo(crm: Crm, due: Due, rows: Read) -> None:
    crm("contact", "add", "Ada")
    crm(*RULE, "every 6 weeks", "--tag", "vip")
    crm("contact", "tag", "ada", "vip")
    crm("remind", "refresh")
    assert due() == ["2026-07-27"]
    crm("undo")
    assert rows(state=None) == []
    crm("redo")
    assert due() == ["2026-07-27"]
    crm("remind", "snooze", "1", "2026-08-20")
    crm("undo")
    crm("undo")
    assert due() == []
    crm("undo")
    assert crm.json("remind", "rule", "list") == []


def test_what_somebody_did_stands_in_the_way_of_taking_its_contact_away(crm: Crm, at: At) -> None:
    crm("contact", "add", "Ada")
    crm(*RULE, "every 6 weeks")
    crm("remind", "done", "1")
    assert crm("undo", "1", "--json", code=4).error["code"] == "conflict"


def test_plain_undo_passes_the_programs_own_steps(crm: Crm, due: Due) -> None:
    crm("contact", "add", "Ada")
    crm(*RULE, "every 6 weeks")
    crm("contact", "add", "Bob")
    run = crm("contact", "edit", "bob", "--notes", "x")
    assert "undo: crm undo" in run.err
    crm("undo")
    crm("undo")
    assert [row["name"] for row in crm.json("contact", "list")] == ["Ada"]
    assert due() == ["2026-07-27"]


@pytest.mark.parametrize(
    ("spec", "options", "code", "told"),
    [
        ("every 0 weeks", (), 2, "not a cadence"),
        ("every 6 moons", (), 2, "not a cadence"),
        ("every 1000 days", (), 2, "not a cadence"),
        ("birthdy", (), 2, "did you mean birthday?"),
        ("every 6 weeks", ("--before", "7d"), 2, "--before"),
        ("every 6 weeks", ("--tag", "a", "--contact", "ada"), 2, "leave one out"),
        ("every 6 weeks", ("--segment", "nobody"), 3, "no segment"),
        ("every 6 weeks", ("--contact", "nobody"), 3, "nobody"),
        ("every 6 weeks", ("--where", "color = red"), 2, "filter"),
        ("every 6 weeks", ("--text", "Dear {nam}"), 2, "{name} and {date}"),
        ("every 6 weeks", ("--text", "{age} years"), 2, "{name} and {date}"),
        ("every 6 weeks", ("--text", "{name.__class__}"), 2, "nothing this rule knows"),
        ("every 6 weeks", ("--text", "{name"), 2, "brace"),
        ("every 6 weeks", ("--window", "0"), 2, "window"),
        ("birthday", ("--before", "soon"), 2, "7d"),
        ("birthday", ("--before", "400"), 2, "366"),
        ("birthday", ("--window", "5"), 2, "spread"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused(
    crm: Crm, spec: str, options: tuple[str, ...], code: int, told: str
) -> None:
    crm("contact", "add", "Ada")
    run = crm(*RULE, spec, *options, code=code)
    assert told in run.err
    assert crm.json("remind", "rule", "list") == []


def test_the_same_rule_twice_is_refused(crm: Crm) -> None:
    crm(*RULE, "every 6 weeks", "--tag", "vip")
    assert "rule 1 says that already" in crm(*RULE, "6w", "--tag", "VIP", code=4).err
    crm("remind", "rule", "show", "7", code=3)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("every 6 weeks", "6 weeks"), ("6w", "6 weeks"), ("every week", "1 week"),
        ("every other month", "2 months"), ("quarterly", "1 quarter"), ("Every  2  Quarters",
        "2 quarters"), ("yearly", "1 year"), ("every 10 days", "10 days"),
    ],
)  # fmt: skip
def test_cadences_have_one_spelling(crm: Crm, typed: str, kept: str) -> None:
    assert crm.json(*RULE, typed)["every"] == kept
