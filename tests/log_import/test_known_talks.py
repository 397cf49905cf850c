"""``log import`` of tables: what becomes of talks that are known, by ``--on-match``, and plans."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.imports import plans

if TYPE_CHECKING:
    from pathlib import Path

    from tests.log_import.mails import Box

HEAD = "date,type,contact email,direction,subject,notes,outcome,duration,owner\n"
CALL = "2026-06-01,Call,ada@example.org,in,Prices,Wants the list,Connected,,\n"
TABLE = (
    HEAD
    + CALL
    + "2026-06-02 15:30,Email,bob@example.org,out,,Sent it,,,\n"
    + "2026-06-02 15:30,Email,bob@example.org,out,,Sent it,,,\n"
    + "2026-06-03,Lunch,carl@example.org,,Lunch,,Went well,1h30,\n"
    + "soon,Lunch,carl@example.org,,Lunch,,,,\n"
    + "2026-06-03,Call,no address,,Lunch,,,,\n"
)


@pytest.fixture
def table(box: Box) -> Path:
    """A table of which one talk is known."""
    box.load(box.write((HEAD + CALL).encode(), "before.csv"))
    return box.write(TABLE.encode(), "in.csv")


def everything(box: Box) -> list[dict[str, Any]]:
    contacts = box.crm.json("contact", "list")
    return [*contacts, *({k: v for k, v in talk.items() if k != "uid"} for talk in box.talks())]


def test_a_plan_tells_the_fate_of_each_talk(box: Box, table: Path) -> None:
    before = everything(box)
    plan = table.with_name("plan.jsonl")
    ran = box.crm("log", "import", table, "--plan", plan, code=6)
    assert f"crm log import --apply {plan}" in ran.err
    assert everything(box) == before
    assert not table.with_name("in.csv.rejects.csv").exists()
    head, *_ = plans.lines(plan)
    assert (head["noun"], head["counts"]["created"], head["counts"]["contacts_created"]) == (
        "interaction", 3, 1,
    )  # fmt: skip
    told = plans.rows(plan)
    assert [(row["line"], row["fate"], row.get("id"), row.get("name")) for row in told] == [
        (2, "unchanged", 1, "Ada Lovelace"),
        (3, "created", None, "Bob Byron"),
        (4, "created", None, "Bob Byron"),
        (5, "created", None, "carl@example.org"),
        (6, "rejected", None, None),
        (7, "rejected", None, None),
    ]
    assert told[1]["changes"]["body"] == [None, "Sent it"]
    also = [line for line in plans.lines(plan) if "also" in line]
    assert [(line["also"], line["fate"], line["name"]) for line in also] == [
        ("contact", "created", "carl@example.org")
    ]


def test_a_plan_applied_is_the_import(box: Box, table: Path) -> None:
    before = everything(box)
    plan = table.with_name("plan.jsonl")
    planned = box.load(table, "--plan", plan, code=6)
    box.load(table, code=6)
    direct = everything(box)
    box.crm("undo")
    assert everything(box) == before
    moved = box.crm("log", "import", "--apply", plan, "--json", code=4)
    assert "has changed since" in moved.error["message"]
    assert f"crm log import {table} --plan" in moved.error["hint"]
    box.load(table, "--plan", plan, code=6)
    table.unlink()
    applied = box.crm.json("log", "import", "--apply", plan, code=6)
    assert applied["created"] == planned["created"] == 3
    # Numbers that were given are not given again.
    own = {"id": 0, "contact_id": 0}
    assert [{**row, **own} for row in everything(box)] == [{**row, **own} for row in direct]
    assert table.with_name("in.csv.rejects.csv").exists()
    again = box.crm("log", "import", "--apply", plan, "--json", code=4)
    assert "applied already" in again.error["message"]
    box.crm("undo")
    assert everything(box) == before


def test_a_plan_is_of_one_kind_of_record(box: Box, table: Path) -> None:
    plan = table.with_name("plan.jsonl")
    box.load(table, "--plan", plan, code=6)
    refused = box.crm("purchase", "import", "--apply", plan, code=6)
    assert "crm log import --apply" in refused.err
    refused = box.crm("log", "import", "--apply", plan, "--own", "x@example.org", code=2)
    assert "--own: not for a plan" in refused.err


def _told_more(box: Box) -> list[str]:
    """Make a talk, and a table that tells more of it and tells it otherwise."""
    box.crm("log", "call", box.ada, "Wants the list", "--at", "2026-06-01 10:00")
    row = box.crm.json("log", "list")[0]
    row |= {"body": "Wants two lists", "outcome": "reached", "by": None}
    return [str(box.write((json.dumps(row) + "\n").encode(), "talks.jsonl"))]


@pytest.mark.parametrize(
    ("how", "counts", "body", "outcome"),
    [
        ("fill", (0, 1, 0), "Wants the list", "reached"),
        ("update", (0, 1, 0), "Wants two lists", "reached"),
        ("skip", (0, 0, 1), "Wants the list", None),
        ("fail", (0, 0, 0), "Wants the list", None),
    ],
)
def test_what_becomes_of_a_talk_that_is_known(
    box: Box, how: str, counts: tuple[int, int, int], body: str, outcome: str | None
) -> None:
    (path,) = _told_more(box)
    before = box.talks()
    code = 6 if how == "fail" else 0
    plan = box.folder / "plan.jsonl"
    box.crm("log", "import", path, "--on-match", how, "--plan", plan, code=code)
    (told,) = plans.rows(plan)
    result = box.crm.json("log", "import", path, "--on-match", how, code=code)
    assert (result["created"], result["updated"], result["unchanged"]) == counts
    (talk,) = box.talks()
    assert (talk["body"], talk["outcome"], talk["by"]) == (body, outcome, "tester")
    kinds = [warning["kind"] for warning in result["warnings"]]
    assert kinds == (["talk-differs"] if how in {"fill", "skip"} else [])
    if how == "fail":
        assert result["rejections"][0]["reason"] == "is there already (talk 1)"
    if result["updated"]:
        changed = {"outcome": [None, "reached"]}
        changed |= {"body": [before[0]["body"], body]} if how == "update" else {}
        assert (told["fate"], told["changes"]) == ("updated", changed)
        assert len(box.crm.json("search", "two lists")) == (1 if how == "update" else 0)
        box.crm("undo")
        assert box.talks() == before


def test_a_table_without_a_channel_changes_none(box: Box) -> None:
    text = HEAD + "2026-06-01 10:00,Email,ada@example.org,in,,Yes,,,\n"
    text = text.replace("owner", "message id").replace(",,,\n", ",,,m1@x\n")
    box.load(box.write(text.encode(), "in.csv"))
    short = "date,email,subject,message id\n2026-06-01 10:00,ada@example.org,Boxes,m1@x\n"
    result = box.load(box.write(short.encode(), "in.csv"), "--on-match", "update")
    assert result["updated"] == 1
    (talk,) = box.talks()
    assert (talk["channel"], talk["direction"], talk["subject"]) == ("email", "in", "Boxes")


def test_the_own_list_tells_nothing_new(box: Box, table: Path) -> None:
    box.load(table, code=6)
    box.crm("log", "note", box.ada, "  one\n\n   two  \n")
    for form in ("jsonl", "csv"):
        listed = box.write(box.crm("log", "list", "-f", form).out.encode(), f"talks.{form}")
        for how in ("fill", "update"):
            result = box.load(listed, "--on-match", how)
            assert (result["unchanged"], result["read"]) == (5, 5)
            assert result["warnings"] == []


def test_match_by_one_way_alone(box: Box) -> None:
    text = "date,contact,email,text\n2026-06-01,Ada Lovelace,other@example.org,Hello\n"
    path = box.write(text.encode(), "in.csv")
    assert box.load(path, "--match", "name", "--dry-run")["contacts_created"] == 0
    assert box.load(path, "--match", "email", "--dry-run")["contacts_created"] == 1
    refused = box.crm("log", "import", path, "--match", "uid", code=2)
    assert "external-id, email, phone, name" in refused.err


def test_columns_nobody_knows_go_into_the_text(box: Box) -> None:
    text = "date,email,text,Room,Mood board\n2026-06-01,ada@example.org,Hello,12,\n"
    path = box.write(text.encode(), "in.csv")
    assert box.load(path)["unknown_columns"] == ["Room"]
    again = box.load(path, "--keep-unknown")
    assert (again["created"], again["unknown_columns"]) == (0, [])
    box.crm("undo")
    assert box.load(path, "--keep-unknown")["created"] == 1
    assert box.talks()[0]["body"] == "Hello\nRoom: 12"


@pytest.mark.parametrize("option", [("--match", "email"), ("--on-match", "update"),
                                    ("--keep-unknown",)])  # fmt: skip
def test_options_of_tables_are_refused_for_mails(box: Box, option: tuple[str, ...]) -> None:
    path = box.write(b"From: a@example.org\nTo: us@firm.example.org\n\nHi\n", "in.eml")
    refused = box.crm("log", "import", path, *option, code=2)
    assert f"{option[0]}: not for mails" in refused.err
