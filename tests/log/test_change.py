"""Changing, deleting, restoring and undoing talks, one by one and many at once."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from crm_cli.store import activity
from tests.history.snapshot import snapshot

if TYPE_CHECKING:
    from tests.conftest import Crm


@pytest.fixture
def talks(office: Crm) -> Crm:
    """A call with Ada in which Bob took part (1), a mail from Bob (2), a note on Ada (3)."""
    office(
        "log", "call", "ada", "About the tea", "--at", "yesterday 17:00", "--with", "bob",
        "--outcome", "no-answer", "--follow-up", "+3d", "-q",
    )  # fmt: skip
    office("log", "email", "bob", "Prices?", "--direction", "in", "--at", "2026-06-01", "-q")
    office("log", "note", "ada", "Two vans", "-q")
    return office


def spoken(crm: Crm) -> dict[int, Any]:
    """Return contact -> when last spoken to, after a look at the summary itself."""
    with closing(sqlite3.connect(crm.db)) as connection:
        assert activity.differences(connection) == []
    return {row["id"]: row["last_contacted_at"] for row in crm.json("contact", "list")}


CALL, MAIL = "2026-06-14T17:00:00Z", "2026-06-01T12:00:00Z"


def imported(crm: Crm, interaction_id: int, **cells: Any) -> None:
    """Make a talk one that an import brought."""
    with closing(sqlite3.connect(crm.db)) as connection:
        for name, value in cells.items():
            connection.execute(
                f"UPDATE interactions SET {name} = ? WHERE id = ?", (value, interaction_id)
            )
        connection.commit()


def tombstones(crm: Crm) -> list[tuple[Any, ...]]:
    """Return (Message-ID, fingerprint, contact) of imported talks that are gone."""
    with closing(sqlite3.connect(crm.db)) as connection:
        return connection.execute(
            "SELECT message_id, fingerprint, contact_id FROM interaction_tombstones ORDER BY id"
        ).fetchall()


@pytest.mark.parametrize(
    ("options", "cells"),
    [
        (("--text", "About coffee"), {"body": "About coffee"}),
        (("--channel", "Visit"), {"channel": "visit", "direction": "out"}),
        (("--channel", "note"), {"channel": "note", "direction": "none"}),
        (("--direction", "in"), {"direction": "in"}),
        (("--subject", "Tea"), {"subject": "Tea"}),
        (("--outcome", "agreed"), {"outcome": "agreed"}),
        (("--sentiment", "good"), {"sentiment": 1}),
        (("--duration", "1:05"), {"duration_minutes": 65}),
        (("--at", "2026-06-02 08:00"), {"at": "2026-06-02T08:00:00Z"}),
        (("--by", "Eve"), {"by": "Eve"}),
        (("--campaign", "spring"), {"campaign": "spring"}),
        (("--who", "bob"), {"contact_id": 2, "contact": "Bob Bern", "participants": []}),
        (("--without", "bob"), {"participants": []}),
        (("--with", "new"), {"participants": [
            {"id": 2, "name": "Bob Bern"}, {"id": 3, "name": "New One"}]}),
        (("--unset", "by,participants"), {"by": None, "participants": []}),
        (("--unset", "text"), {"body": None}),
    ],
)  # fmt: skip
def test_an_edit_changes_what_is_named_and_can_be_undone(
    talks: Crm, options: tuple[str, ...], cells: dict[str, Any]
) -> None:
    talks("contact", "add", "New One", "-q")
    before, stored = talks.json("log", "show", "1"), snapshot(talks.db)
    after = talks.json("log", "edit", "1", *options)
    assert {name for name in after if after[name] != before[name]} <= set(cells)
    assert {name: after[name] for name in cells} == cells
    spoken(talks)
    talks("undo")
    assert talks.json("log", "show", "1") == before
    assert snapshot(talks.db) == stored
    spoken(talks)
    talks("redo")
    assert talks.json("log", "show", "1") == after
    spoken(talks)


def test_an_edit_that_changes_nothing_says_so(talks: Crm) -> None:
    assert "nothing changed" in talks("log", "edit", "1", "--outcome", "no-answer").err


@pytest.mark.parametrize(
    "options",
    [("--at", "tomorrow"), ("--outcome", "x"), ("--unset", "contact"), ("--without", "ada"),
     ("--unset", "text", "--unset", "outcome"), ("--sentiment", "9"), ("--who", "nobody"),
     ("--with", "zoe@example.com")],
)  # fmt: skip
def test_what_cannot_be_is_refused(talks: Crm, options: tuple[str, ...]) -> None:
    stored = snapshot(talks.db)
    assert talks("log", "edit", "1", *options, code=None).code in {2, 3}
    assert snapshot(talks.db) == stored


def test_a_talk_handed_to_another_takes_its_follow_up_along(talks: Crm) -> None:
    run = talks("log", "edit", "1", "--who", "bob", "--with", "ada")
    assert "its follow-up 1 moved along" in run.err
    (row,) = talks.json("remind", "list")
    assert row["contact_id"] == 2
    assert talks.json("log", "show", "1")["participants"] == [{"id": 1, "name": "Ada Lovelace"}]
    assert spoken(talks) == {1: CALL, 2: CALL}


def test_a_follow_up_that_moves_along_is_no_longer_about_the_other_s_purchase(talks: Crm) -> None:
    talks("log", "call", "ada", "the tea", "--follow-up", "+2d", "-q")
    number = talks.json("log", "list")[-1]["id"]
    (made,) = talks.json("log", "show", number)["follow_ups"]
    talks("purchase", "add", "ada", "Tea", "9", "-q")
    talks("remind", "edit", made, "--purchase", "1", "-q")
    assert "moved along, free from purchase 1" in talks("log", "edit", number, "--who", "bob").err
    held = talks.json("remind", "show", made)
    assert (held["contact_id"], held["purchase_id"]) == (2, None)
    talks("undo", "--yes")
    held = talks.json("remind", "show", made)
    assert (held["contact_id"], held["purchase_id"]) == (1, 1)


def test_many_are_edited_at_once(talks: Crm) -> None:
    run = talks("log", "edit", "--where", "id < 3", "--by", "Eve", "--json", code=2)
    assert run.error["candidates"][0]["change"] == "by: tester -> Eve"
    rows = talks.json("log", "edit", "--where", "id < 3", "--by", "Eve", "--yes")
    assert [(row["id"], row["by"]) for row in rows] == [(1, "Eve"), (2, "Eve")]
    rows = talks.json(
        "log", "edit", "--where", "contact ~ ada and channel = call", "--channel", "note", "--yes"
    )
    assert [row["direction"] for row in rows] == ["none"]
    assert spoken(talks) == {1: None, 2: MAIL}
    run = talks.process("log", "edit", "-", "--at", "2026-06-03", "--json", stdin="1\n2\n")
    assert {row["at"] for row in run.json} == {"2026-06-03T12:00:00Z"}
    assert spoken(talks) == {1: None, 2: "2026-06-03T12:00:00Z"}
    for _ in range(3):
        talks("undo")
    assert spoken(talks) == {1: CALL, 2: CALL}


def test_deleting_asks_and_leaves_the_follow_up(talks: Crm) -> None:
    assert (
        "call with Ada Lovelace, 2026-06-14: About the tea"
        in talks("log", "delete", "1", code=2).err
    )
    stored = snapshot(talks.db)
    talks("log", "delete", "1", "--yes")
    assert spoken(talks) == {1: None, 2: MAIL}
    assert len(talks.json("remind", "list")) == 1
    assert [row["id"] for row in talks.json("log", "list", "--who", "bob")] == [2]
    (line,) = talks.json("trash", "list", "--where", "noun = interaction")
    assert line["record_id"] == 1
    restored = talks.json("trash", "restore", "1")
    assert restored["follow_ups"] == [1]
    assert restored["participants"] == [{"id": 2, "name": "Bob Bern"}]
    assert spoken(talks) == {1: CALL, 2: CALL}
    talks("undo")
    talks("undo")
    assert snapshot(talks.db) == stored


def test_several_are_deleted_by_id_by_a_filter_or_by_stdin(talks: Crm) -> None:
    talks("log", "delete", "1", "3", "--yes")
    assert [row["id"] for row in talks.json("log", "list")] == [2]
    talks("undo")
    talks("log", "delete", "--where", "channel = email", "--yes")
    assert [row["id"] for row in talks.json("log", "list")] == [1, 3]
    talks("undo")
    assert talks.process("log", "delete", "-", "--yes", stdin="1\n2\n3\n").code == 0
    assert talks.json("log", "list") == []
    assert spoken(talks) == {1: None, 2: None}
    assert len(talks.json("trash", "list")) == 3
    talks("log", "delete", "1", code=3)
    talks("log", "delete", "1", "--where", "id = 1", code=2)
    talks("log", "delete", code=2)


@pytest.mark.parametrize("way", [("1",), ("--where", "id = 1")])
def test_an_imported_talk_that_is_deleted_is_not_brought_again(
    talks: Crm, way: tuple[str, ...]
) -> None:
    imported(talks, 1, message_id="<a@b>", fingerprint=7)
    talks("log", "delete", *way, "--yes")
    assert tombstones(talks) == [("<a@b>", 7, 1)]
    talks("trash", "restore", "1")
    assert tombstones(talks) == []


def test_a_talk_typed_in_leaves_no_mark(talks: Crm) -> None:
    talks("log", "delete", "1", "--yes")
    assert tombstones(talks) == []


def test_an_imported_talk_handed_to_another_is_not_brought_to_the_first_again(talks: Crm) -> None:
    imported(talks, 1, fingerprint=7)
    talks("log", "edit", "1", "--who", "bob")
    assert tombstones(talks) == [(None, 7, 1)]


def test_a_contact_that_goes_takes_its_talks_and_its_part_in_others(talks: Crm) -> None:
    talks("log", "meeting", "bob", "Met", "--with", "ada", "--at", "2026-06-10", "-q")
    assert "with 2 talks" in talks("contact", "delete", "ada", code=2).err
    stored = snapshot(talks.db)
    talks("contact", "delete", "ada", "--yes")
    assert [row["id"] for row in talks.json("log", "list")] == [2, 4]
    assert talks.json("log", "show", "4")["participants"] == []
    assert spoken(talks) == {2: "2026-06-10T12:00:00Z"}
    talks("trash", "restore", "1")
    assert talks.json("log", "show", "4")["participants"] == [{"id": 1, "name": "Ada Lovelace"}]
    assert talks.json("log", "show", "1")["participants"] == [{"id": 2, "name": "Bob Bern"}]
    assert spoken(talks) == {1: CALL, 2: CALL}
    talks("undo")
    talks("undo")
    assert snapshot(talks.db) == stored


@pytest.mark.parametrize("order", [("1", "2"), ("2", "1")])
def test_two_who_talked_come_back_in_any_order(talks: Crm, order: tuple[str, ...]) -> None:
    talks("contact", "delete", "--where", "id > 0", "--yes")
    assert talks.json("log", "list") == []
    for line in order:
        talks("trash", "restore", line)
    assert spoken(talks) == {1: CALL, 2: CALL}
    assert talks.json("log", "show", "1")["participants"] == [{"id": 2, "name": "Bob Bern"}]


def test_a_follow_up_of_another_lets_a_deleted_talk_go(talks: Crm) -> None:
    """Made in a talk with Ada, it is Bob's by now."""
    with closing(sqlite3.connect(talks.db)) as connection:
        connection.execute("UPDATE follow_ups SET contact_id = 2 WHERE id = 1")
        connection.commit()
    for who in (("ada",), ("--where", "id = 1")):
        talks("contact", "delete", *who, "--yes")
        assert [row["contact_id"] for row in talks.json("remind", "list")] == [2]
        talks("undo")
    assert talks.json("log", "show", "1")["follow_ups"] == [1]


def test_a_talk_whose_follow_up_is_done_is_not_simply_undone(talks: Crm) -> None:
    talks("remind", "done", "1", "-q")
    error = talks("undo", "3", "--json", code=4).error
    assert "later changes" in error["message"]


def test_the_history_says_what_was_recorded(talks: Crm) -> None:
    assert talks.json("history")[2]["summary"] == "logged call with Ada Lovelace"
    shown = talks("history", "3").out
    assert "About the tea" in shown
    assert "Bob Bern (#2)" in shown


def test_a_channel_of_one_s_own_can_be_renamed_and_merged_and_note_stays(talks: Crm) -> None:
    talks("picklist", "add", "channel", "Fax", "-q")
    talks("log", "add", "ada", "beep", "--channel", "fax", "--at", "now", "-q")
    talks("picklist", "rename", "channel", "fax", "Telefax", "-q")
    assert talks.json("log", "show", "4")["channel"] == "telefax"
    talks("picklist", "delete", "channel", "telefax", "--yes", code=5)
    talks("picklist", "merge", "channel", "other", "telefax", "--yes")
    assert talks.json("log", "show", "4")["channel"] == "other"
    talks("picklist", "merge", "channel", "call", "note", "--yes", code=5)
    talks("picklist", "retire", "channel", "note", code=5)
    talks("picklist", "rename", "channel", "note", "Memo", "-q")
    assert talks.json("log", "note", "ada", "x")["channel"] == "note"
    assert "Memo" in talks("log", "list").out
    used = {row["key"]: row["used"] for row in talks.json("picklist", "list", "channel")}
    assert (used["note"], used["other"], used["call"]) == (2, 1, 1)
