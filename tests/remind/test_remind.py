"""Follow-ups: added, listed, done; what is due and what comes again."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.conftest import Crm


def test_a_follow_up_is_added_listed_and_done(crm: Crm) -> None:
    crm("contact", "add", "Ada", "--owner", "zoe")
    run = crm("remind", "add", "ada", "friday 9:30", "Call back")
    assert "due 'friday 9:30': 2026-06-19 09:30 (Friday)" in run.err
    assert "undo: crm undo 2" in run.err
    (row,) = crm.json("remind", "list")
    assert row["due_on"] == "2026-06-19"
    assert row["due_at"] == "2026-06-19T09:30:00Z"
    assert (row["owner"], row["state"], row["repeat"]) == ("zoe", "open", None)
    done = crm.json("remind", "done", "1")
    assert (done["state"], done["done_at"], done["done_by"]) == (
        "done", "2026-06-15T10:00:00Z", "tester"
    )  # fmt: skip
    assert crm.json("remind", "list") == []
    assert [row["id"] for row in crm.json("remind", "list", "--state", "all")] == [1]


def test_what_repeats_gets_its_next_round_and_undo_takes_both_back(crm: Crm) -> None:
    crm("contact", "add", "Ada")
    crm("remind", "add", "1", "2026-06-01", "Report", "--repeat", "weekly")
    run = crm("remind", "done", "1")
    assert "weekly: next is follow-up 2 on 2026-06-22" in run.err
    (row,) = crm.json("remind", "list")
    assert (row["id"], row["due_on"], row["previous_id"]) == (2, "2026-06-22", 1)
    crm("undo")
    assert [row["id"] for row in crm.json("remind", "list")] == [1]
    crm("redo")
    assert [row["id"] for row in crm.json("remind", "list")] == [2]


def test_a_closed_one_is_not_closed_again(crm: Crm) -> None:
    crm("contact", "add", "Ada")
    crm("remind", "add", "1", "tomorrow", "Report", "--repeat", "daily")
    crm("remind", "done", "1")
    assert crm("remind", "done", "1", "--json", code=5).error["code"] == "refused"
    assert len(crm.json("remind", "list")) == 1


def test_who_is_not_known_is_not_made(crm: Crm) -> None:
    assert crm("remind", "add", "ada@example.com", "tomorrow", "x", "--json", code=3).error
    assert crm.json("contact", "list") == []
