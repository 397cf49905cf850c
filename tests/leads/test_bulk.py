"""Verbs on many leads: by a filter, by ids on stdin; asked before, one undo after."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.history.snapshot import snapshot

if TYPE_CHECKING:
    from tests.conftest import Crm


@pytest.fixture
def shop(crm: Crm) -> Crm:
    """Leads 1 to 3 of Ada and Bob, of which 3 is lost."""
    for name in ("Ada", "Bob"):
        crm("contact", "add", name, "-q")
    crm("lead", "add", "ada", "Site", "100", "--source", "web", "--tag", "hot", "-q")
    crm("lead", "add", "bob", "Shop", "200 CHF", "--source", "web", "-q")
    crm("lead", "add", "bob", "Old", "300", "--source", "web", "-q")
    crm("lead", "lose", 3, "price", "--on", "today", "-q")
    return crm


@pytest.mark.parametrize(
    ("words", "changed"),
    [
        (("edit", "--owner", "zoe", "--tag", "vip"), [1, 2]),
        (("edit", "--untag", "hot"), [1]),
        (("edit", "--value", "50"), [1, 2]),
        (("move", "proposal"), [1, 2]),
        (("move", "lost", "--reason", "timing"), [1, 2]),
        (("move", "won"), [1, 2]),
        (("lose", "timing"), [1, 2]),
        (("delete",), [1, 2, 3]),
    ],
)
def test_what_a_filter_chooses_changes_at_once(
    shop: Crm, words: tuple[str, ...], changed: list[int]
) -> None:
    before = snapshot(shop.db)
    verb = (words[0], "--where", "source = web", *words[1:])
    assert shop("lead", *verb, "--json", code=2).error["code"] == "usage"
    run = shop("lead", *verb, "--dry-run")
    count = "1 lead" if len(changed) == 1 else f"{len(changed)} leads"
    assert f"would {words[0]} {count}" in run.err
    assert snapshot(shop.db) == before
    assert [lead["id"] for lead in shop.json("lead", *verb, "--yes")] == changed
    shop("undo")
    assert snapshot(shop.db) == before


def test_a_value_keeps_each_leads_currency(shop: Crm) -> None:
    rows = shop.json("lead", "edit", "--where", "source = web", "--value", "50", "--yes")
    assert [(row["value"], row["currency"]) for row in rows] == [
        ("50.00", "EUR"), ("50.00", "CHF"),
    ]  # fmt: skip


def test_closed_ones_are_left_out_unless_the_filter_asks(shop: Crm) -> None:
    rows = shop.json("lead", "edit", "--where", "state = lost", "--tag", "cold", "--yes")
    assert [(row["id"], row["tags"]) for row in rows] == [(3, ["cold"])]
    error = shop("lead", "edit", "--where", "source = web and state != won", "--value", "5",
                 "--yes", "--json", code=5).error  # fmt: skip
    assert "lead 3 was lost" in error["message"]
    run = shop("lead", "move", "--where", "state != won", "proposal", "--yes")
    assert "1 lead is closed: left out" in run.err
    rows = shop.json("lead", "reopen", "--where", "source = web", "--yes")
    assert [row["id"] for row in rows] == [3]


def test_ids_come_from_stdin(shop: Crm) -> None:
    run = shop.process("lead", "move", "-", "contacted", "--json", stdin="1\n2\n")
    assert [row["stage"] for row in run.json] == ["contacted", "contacted"]
    assert shop.process("lead", "win", "-", "5", stdin="1\n2\n").code == 2
    run = shop.process("lead", "win", "-", "--purchase", "--product", "Tea", "--json",
                       stdin="1\n2\n")  # fmt: skip
    assert [row["purchase_id"] for row in run.json] == [1, 2]
    assert len(shop.json("product", "list")) == 1
    assert shop.process("lead", "edit", "-", "--tag", "x", stdin="1\n9\n").code == 3


def test_one_external_id_is_for_one_lead(shop: Crm) -> None:
    shop("lead", "edit", "--where", "source = web", "--external-id", "a:1", "--yes", code=2)


def test_a_name_beside_a_filter_is_one_too_many(shop: Crm) -> None:
    shop("lead", "edit", 1, "--where", "source = web", "--tag", "x", "--yes", code=2)
    shop("lead", "move", "--where", "source = web", "--yes", code=2)
    shop("lead", "move", 1, "proposal", "--where", "source = web", "--yes", code=2)
    shop("lead", "edit", "--where", "source = nosuch", "--tag", "x", "--yes", code=2)
    run = shop("lead", "edit", "--where", "value > 9000", "--tag", "x", "--yes")
    assert "nothing to do" in run.err


def test_several_tags_at_once_of_which_some_leads_have_one(crm: Crm) -> None:
    crm("contact", "add", "Ada", "-q")
    for title, tags in (("A", ["hot"]), ("B", ["old"]), ("C", [])):
        crm("lead", "add", "ada", title, *(word for tag in tags for word in ("--tag", tag)), "-q")
    more = ("--tag", "hot", "--tag", "old", "--tag", "new", "--tag", "newer")
    crm("lead", "edit", 3, *more, "-q")
    crm("lead", "edit", "--where", "id < 3", *more, "--yes", "-q")
    held = {row["id"]: row["tags"] for row in crm.json("lead", "list")}
    assert list(held.values()) == [["hot", "new", "newer", "old"]] * 3
    crm("undo", "-q")
    held = {row["id"]: row["tags"] for row in crm.json("lead", "list")}
    assert held == {1: ["hot"], 2: ["old"], 3: ["hot", "new", "newer", "old"]}
