"""Done, snooze, cancel, reopen, edit, delete: of one, of several, of those a filter chooses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.history.snapshot import snapshot

if TYPE_CHECKING:
    from tests.conftest import Crm


@pytest.fixture
def work(crm: Crm) -> Crm:
    """Ada and Bob (whose contact zoe owns), with four follow-ups: 1 is late, 2 has a time, 3
    repeats, 4 is Bob's promise."""
    crm("contact", "add", "Ada")
    crm("contact", "add", "Bob", "--owner", "zoe")
    crm("remind", "add", "1", "2026-06-10", "send the offer", "-q")
    crm("remind", "add", "1", "2026-06-20 9:30", "call", "-q")
    crm("remind", "add", "1", "2026-06-19", "report", "--repeat", "weekly", "-q")
    crm("remind", "add", "2", "2026-06-18", "repair", "--kind", "promise", "-q")
    return crm


def due(crm: Crm, follow_up: int) -> tuple[str, str | None, str]:
    row = crm.json("remind", "show", follow_up)
    return row["due_on"], row["due_time"], row["state"]


def without_trash(crm: Crm) -> dict[str, list[tuple[Any, ...]]]:
    return {name: rows for name, rows in snapshot(crm.db).items() if name != "trash"}


def states(crm: Crm) -> dict[int, str]:
    return {row["id"]: row["state"] for row in crm.json("remind", "list", "--all")}


# -- done -----------------------------------------------------------------------------------------


def test_done_records_the_talk_and_the_next_step_in_one_entry(work: Crm) -> None:
    before = snapshot(work.db)
    run = work(
        "remind", "done", "1", "--log", "wants two more", "--channel", "email", "--next", "+1w",
        "--about", "send the new offer", "--json",
    )  # fmt: skip
    assert run.json["state"] == "done"
    (talk,) = work.json("log", "list")
    assert (talk["contact_id"], talk["channel"], talk["body"]) == (1, "email", "wants two more")
    step = work.json("remind", "show", "5")
    assert (step["due_on"], step["text"], step["interaction_id"]) == (
        "2026-06-22", "send the new offer", talk["id"]
    )  # fmt: skip
    assert work.json("contact", "show", "1")["last_contacted_at"] == "2026-06-15T10:00:00Z"
    work("undo")
    assert snapshot(work.db) == before
    work("redo")
    assert states(work) == {1: "done", 2: "open", 3: "open", 4: "open", 5: "open"}


def test_done_on_another_day_is_done_then(work: Crm) -> None:
    row = work.json("remind", "done", "1", "--on", "2026-06-12 17:00")
    assert row["done_at"] == "2026-06-12T17:00:00Z"
    error = work("remind", "done", "2", "--on", "tomorrow", "--json", code=2).error
    assert error["code"] == "invalid"


def test_the_talk_in_which_it_was_done_was_then(work: Crm) -> None:
    work("remind", "done", "1", "--on", "2026-06-12 17:00", "--log", "agreed")
    (talk,) = work.json("log", "list")
    assert talk["at"] == "2026-06-12T17:00:00Z"
    assert work.json("contact", "show", "1")["last_contacted_at"] == "2026-06-12T17:00:00Z"


def test_the_talk_may_come_from_stdin(work: Crm) -> None:
    run = work.process("remind", "done", "1", "--log", "-", stdin="one\ntwo\n")
    assert run.code == 0, run
    (talk,) = work.json("log", "list")
    assert talk["body"] == "one\ntwo"


def test_a_talk_that_stdin_does_not_hold_closes_nothing(work: Crm) -> None:
    before = snapshot(work.db)
    assert work.process("remind", "done", "1", "--log", "-", stdin="").code == 2
    assert work.process("remind", "done", "-", "--log", "-", stdin="1\n").code == 2
    assert snapshot(work.db) == before


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (("--about", "x"), 2),
        (("--next", "+1d", "--no-next"), 2),
        (("--channel", "call"), 2),
        (("--log", " "), 2),
        (("--log", "x", "--channel", "pigeon"), 2),
        (("--next", "banana"), 2),
    ],
)
def test_options_of_done_that_cannot_be_meant(
    work: Crm, options: tuple[str, ...], code: int
) -> None:
    before = snapshot(work.db)
    work("remind", "done", "1", *options, code=code)
    assert snapshot(work.db) == before


def test_several_are_done_at_once_and_all_or_none_that_were_named(work: Crm) -> None:
    assert [row["state"] for row in work.json("remind", "done", "1", "3")] == ["done", "done"]
    assert states(work) == {1: "done", 2: "open", 3: "done", 4: "open", 5: "open"}
    assert "is done already" in work("remind", "done", "2", "1", code=5).err
    assert states(work)[2] == "open"
    assert work("remind", "done", "2", "77", "--json", code=3).error["code"] == "not-found"
    assert work("remind", "done", "2", "call", code=3)
    assert states(work)[2] == "open"


def test_of_piped_ids_the_closed_ones_stay_as_they_are(work: Crm) -> None:
    """So a script may run twice."""
    work("remind", "done", "1")
    for expected in ("1 of 2 stay as they are", "nothing to do"):
        run = work.process("remind", "done", "-", stdin="1\n2\n")
        assert run.code == 0
        assert expected in run.err
    assert states(work) == {1: "done", 2: "done", 3: "open", 4: "open"}


def test_a_filter_asks_and_means_open_ones(work: Crm) -> None:
    work("remind", "done", "1")
    error = work("remind", "done", "--where", "contact = ada", "--json", code=2).error
    assert "2 follow-ups" in error["message"]
    assert states(work)[2] == "open"
    work("remind", "done", "--where", "contact = ada", "--yes")
    assert states(work) == {1: "done", 2: "done", 3: "done", 4: "open", 5: "open"}
    work("undo")
    assert states(work) == {1: "done", 2: "open", 3: "open", 4: "open"}


def test_a_rehearsal_writes_nothing(work: Crm) -> None:
    before = snapshot(work.db)
    for words in (
        ("done", "3"),
        ("snooze", "1", "+2d"),
        ("cancel", "3"),
        ("edit", "1", "--owner", "max"),
        ("delete", "1"),
        ("done", "--where", "due < today"),
    ):
        run = work("remind", *words, "--dry-run")
        assert "dry run: nothing was written" in run.err
    assert snapshot(work.db) == before


# -- snooze ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("follow_up", "words", "expected"),
    [
        # What is late counts from today, what is to come from its day.
        (1, ["+3d"], ("2026-06-18", None)),
        (4, ["+3d"], ("2026-06-21", None)),
        (1, ["tomorrow"], ("2026-06-16", None)),
        (1, ["next", "friday"], ("2026-06-26", None)),
        (1, ["in", "2", "weeks"], ("2026-06-29", None)),
        (1, ["2026-07-01", "14:00"], ("2026-07-01", "14:00")),
        (2, ["monday"], ("2026-06-15", "09:30")),
        (2, ["monday 8:00"], ("2026-06-15", "08:00")),
        (2, ["11:00"], ("2026-06-15", "11:00")),
    ],
)
def test_a_follow_up_is_put_off(
    work: Crm, follow_up: int, words: list[str], expected: tuple[str, str | None]
) -> None:
    work("remind", "snooze", follow_up, *words)
    assert due(work, follow_up) == (*expected, "open")


def test_several_are_put_off_by_as_much_each(work: Crm) -> None:
    work("remind", "snooze", "1", "2", "3", "+1w")
    assert [due(work, one)[0] for one in (1, 2, 3)] == ["2026-06-22", "2026-06-27", "2026-06-26"]
    run = work("remind", "snooze", "--where", "overdue", "+1w", "--yes")
    assert "nothing to do" in run.err


def test_putting_off_a_promise_is_said_aloud(work: Crm) -> None:
    assert "it was to be kept by 2026-06-18" in work("remind", "snooze", "4", "+1w").err
    assert "promise" not in work("remind", "snooze", "1", "+1w").err


@pytest.mark.parametrize("words", [["1"], ["soon"], ["1", "soon"], ["1", "2"], []])
def test_a_snooze_without_a_day_is_refused(work: Crm, words: list[str]) -> None:
    work("remind", "snooze", *words, code=2)
    assert due(work, 1)[0] == "2026-06-10"


# -- cancel, reopen -------------------------------------------------------------------------------


def test_cancelling_ends_what_repeats_unless_one_round_is_meant(work: Crm) -> None:
    run = work("remind", "cancel", "3", "--this-round")
    assert "next is follow-up 5 on 2026-06-26" in run.err
    assert "it comes no more" in work("remind", "cancel", "5").err
    assert states(work) == {1: "open", 2: "open", 3: "cancelled", 4: "open", 5: "cancelled"}
    assert work.json("remind", "show", "5")["done_at"] is None
    assert work("remind", "done", "5", code=5)


def test_what_was_closed_is_opened_again_unless_its_next_round_is_open(work: Crm) -> None:
    work("remind", "done", "1", "3")
    row = work.json("remind", "reopen", "1")
    assert (row["state"], row["done_at"], row["done_by"]) == ("open", None, None)
    assert "follow-up 5" in work("remind", "reopen", "3", code=5).err
    work("remind", "delete", "5", "--yes")
    work("remind", "reopen", "3")
    assert states(work) == dict.fromkeys((1, 2, 3, 4), "open")
    assert "nothing to do" in work("remind", "reopen", "3").err


def test_a_series_that_went_on_is_not_opened_at_an_old_round(work: Crm) -> None:
    work("remind", "done", "3")
    work("remind", "done", "5")
    assert "follow-up 6" in work("remind", "reopen", "3", code=5).err
    # Two rounds opened at once are still one series.
    work("remind", "cancel", "6")
    work("remind", "reopen", "3", "5")
    assert "its next round is open, follow-up 5" in work("remind", "done", "3").err
    assert "next is follow-up 7" in work("remind", "done", "5").err
    assert [row["id"] for row in work.json("remind", "list") if row["repeat"]] == [7]


# -- edit -----------------------------------------------------------------------------------------


def test_every_field_can_be_changed_and_emptied(work: Crm) -> None:
    work("purchase", "add", "2", "Tea", "5")
    row = work.json(
        "remind", "edit", "1", "--when", "2026-07-01 8:15", "--text", "new\nlines", "--owner", "max",
        "--repeat", "Every 2 Weeks", "--who", "bob", "--purchase", "1", "--kind", "promise",
    )  # fmt: skip
    expected: dict[str, Any] = {
        "due_on": "2026-07-01", "due_time": "08:15", "text": "new\nlines", "owner": "max",
        "repeat": "every 2 weeks", "contact_id": 2, "purchase_id": 1, "kind": "promise",
    }  # fmt: skip
    assert {key: row[key] for key in expected} == expected
    row = work.json("remind", "edit", "1", "--unset", "time,owner", "--unset", "repeat,purchase")
    assert (row["due_time"], row["repeat"], row["purchase_id"]) == (None, None, None)
    assert row["owner"] == "zoe"  # Bob's
    work("remind", "done", "1")
    assert "is done already" in work("remind", "edit", "1", "--text", "x", code=5).err


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("--when", "banana"),
        ("--text", " "),
        ("--repeat", "hourly"),
        ("--kind", "touch"),
        ("--unset", "due"),
        ("--unset", "text"),
    ],
)
def test_what_cannot_be_meant_changes_nothing(work: Crm, options: tuple[str, ...]) -> None:
    before = snapshot(work.db)
    work("remind", "edit", "1", *options, code=2)
    assert snapshot(work.db) == before


def test_many_are_handed_to_somebody_at_once(work: Crm) -> None:
    work("remind", "edit", "--where", "contact = ada", "--owner", "max", "--yes")
    assert [row["owner"] for row in work.json("remind", "list")] == ["max", "max", "max", "zoe"]
    assert [row["id"] for row in work.json("remind", "list", "--owner", "MAX")] == [1, 2, 3]


def test_whose_it_is_follows_the_contact_unless_it_was_said(work: Crm) -> None:
    work("contact", "edit", "2", "--owner", "yves")
    assert work.json("remind", "show", "4")["owner"] == "yves"
    assert [r["id"] for r in work.json("remind", "list", "--where", "owner = yves")] == [4]


def test_a_purchase_of_somebody_else_is_refused(work: Crm) -> None:
    work("purchase", "add", "2", "Tea", "5")
    assert "of another contact" in work("remind", "edit", "1", "--purchase", "1", code=2).err
    work("remind", "add", "1", "today", "x", "--purchase", "1", code=2)


# -- what it hangs on -----------------------------------------------------------------------------


def test_what_is_deleted_comes_back_from_the_trash(work: Crm) -> None:
    work("remind", "done", "3")
    before = without_trash(work)
    assert work("remind", "delete", "3", code=2)
    work("remind", "delete", "3", "--yes")
    assert work.json("remind", "show", "5")["previous_id"] is None
    (line,) = work.json("trash", "list")
    assert (line["noun"], line["name"]) == ("follow-up", "2026-06-19 Ada: report")
    work("trash", "restore", line["id"])
    assert work.json("remind", "show", "5")["previous_id"] == 3
    assert without_trash(work) == before
    assert work.json("trash", "list") == []


def test_it_goes_with_its_contact_and_comes_back_with_it(work: Crm) -> None:
    work("contact", "delete", "1", "--yes")
    assert [row["id"] for row in work.json("remind", "list")] == [4]
    work("trash", "restore", "1")
    assert states(work) == dict.fromkeys((1, 2, 3, 4), "open")
    work("remind", "delete", "2", "--yes")
    work("contact", "delete", "1", "--yes")
    error = work("trash", "restore", "2", "--json", code=4).error
    assert "contact 1, which is gone" in error["candidates"][0]["reason"]


def test_it_stays_when_its_purchase_goes_and_moves_with_it(work: Crm) -> None:
    work("purchase", "add", "1", "Tea", "5")
    work("remind", "edit", "1", "--purchase", "1")
    work("purchase", "delete", "1", "--yes")
    assert work.json("remind", "show", "1")["purchase_id"] is None
    work("trash", "restore", "1")
    assert work.json("remind", "show", "1")["purchase_id"] == 1
    assert "its follow-up 1 moved along" in work("purchase", "edit", "1", "--who", "2").err
    assert work.json("remind", "show", "1")["contact_id"] == 2


@pytest.mark.parametrize(
    "way", [("contact", "delete", "1"), ("contact", "delete", "--where", "id=1")]
)
def test_no_tie_to_what_is_deleted_is_left(work: Crm, way: tuple[str, ...]) -> None:
    """Bob's follow-up names Ada's purchase after hers was handed over and back."""
    work("purchase", "add", "2", "Tea", "5")
    work("remind", "edit", "4", "--purchase", "1")
    work("remind", "done", "4")  # closed ones do not move along
    work("purchase", "edit", "1", "--who", "1")
    work(*way, "--yes")
    row = work.json("remind", "show", "4")
    assert (row["contact_id"], row["purchase_id"]) == (2, None)
    work("undo")
    assert work.json("remind", "show", "4")["purchase_id"] == 1


# -- the contact ----------------------------------------------------------------------------------


def test_a_contact_shows_its_next_step(work: Crm) -> None:
    assert work.json("contact", "show", "1")["next_follow_up_on"] == "2026-06-10"
    page = work("contact", "show", "1").out
    assert "Follow-ups (3)" in page
    assert page.index("send the offer") < page.index("report") < page.index("09:30")
    work("remind", "done", "1")
    assert work.json("contact", "show", "1")["next_follow_up_on"] == "2026-06-19"
    work("contact", "add", "Cora")
    rows = work.json("contact", "list", "--sort", "next_follow_up_on")
    assert [row["next_follow_up_on"] for row in rows] == ["2026-06-18", "2026-06-19", None]
    for where, ids in (
        ("next_follow_up is empty", [3]),
        ("next_follow_up is not empty", [1, 2]),
        ("next_follow_up <= 2026-06-18", [2]),
        ("next_follow_up > 2026-06-18", [1]),
        ("not next_follow_up > 2026-06-18", [2, 3]),
        ("next_follow_up_on = 2026-06-19", [1]),
        ("name ~ a and next_follow_up < +7d", [1]),
    ):
        assert [row["id"] for row in work.json("contact", "list", "--where", where)] == ids, where


def test_what_a_rule_made_stays_the_rules(crm: Crm) -> None:
    crm("contact", "add", "Ada", "--tag", "vip")
    crm("remind", "rule", "add", "every 6 weeks", "--tag", "vip")
    (row,) = crm.json("remind", "list")
    assert row["kind"] == "touch"
    crm("contact", "add", "Bob")
    for options in (("--kind", "task"), ("--repeat", "weekly"), ("--who", "2")):
        assert "made by rule 1" in crm("remind", "edit", row["id"], *options, code=5).err
    crm("remind", "edit", row["id"], "--owner", "zoe", "--when", "2026-08-03")
    (row,) = crm.json("remind", "list")
    assert (row["owner"], row["due_on"]) == ("zoe", "2026-08-03")
    assert "would make it again" in crm("remind", "delete", row["id"], "--yes", code=5).err


def test_service_goes_with_its_purchase_and_comes_back_with_it(crm: Crm) -> None:
    crm("contact", "add", "Ada")
    crm("product", "add", "Boiler", "900", "--service-interval", "12 months")
    crm("purchase", "add", "1", "Boiler", "900")
    (row,) = crm.json("remind", "list")
    assert (row["kind"], row["purchase_id"]) == ("service", 1)
    crm("purchase", "delete", "1", "--yes")
    assert crm.json("remind", "list", "--all") == []
    crm("trash", "restore", "1")
    (again,) = crm.json("remind", "list")
    assert again["id"] == row["id"]
