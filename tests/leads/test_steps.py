"""The next step of a lead, and what becomes of the open ones when it is closed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.conftest import Crm


@pytest.fixture
def shop(crm: Crm) -> Crm:
    """Anna Meier and her lead "New roof" (#1), with a step on 2026-06-20."""
    crm("contact", "add", "Anna Meier", "--email", "anna@example.com", "-q")
    crm("lead", "add", "1", "New roof", "1200", "--follow-up", "2026-06-20", "--about",
        "send the offer", "-q")  # fmt: skip
    return crm


def steps(crm: Crm, *more: str) -> list[tuple[Any, ...]]:
    rows = crm.json("remind", "list", "--lead", "1", *more)
    return [(one["due_on"], one["text"], one["state"]) for one in rows]


def test_a_lead_is_opened_with_its_next_step_in_one_entry(shop: Crm) -> None:
    assert steps(shop) == [("2026-06-20", "send the offer", "open")]
    assert shop.json("lead", "show", "1")["next_follow_up_on"] == "2026-06-20"
    shop("undo", "--yes")
    assert (shop.json("lead", "list", "--all"), shop.json("remind", "list")) == ([], [])


@pytest.mark.parametrize(
    "words",
    [
        ("move", "1", "proposal"),
        ("move", "1", "new"),
        ("edit", "1", "--owner", "zoe"),
        ("edit", "1"),
        ("win", "1", "1300"),
    ],
)
def test_every_verb_may_name_the_next_step(shop: Crm, words: tuple[str, ...]) -> None:
    run = shop("lead", *words, "--follow-up", "2026-07-01", "--about", "ring", "--yes")
    assert ("2026-07-01", "ring", "open") in steps(shop)
    assert "next step: follow-up 2 on 2026-07-01: ring" in run.err
    shop("undo", "--yes")
    assert steps(shop, "--all") == [("2026-06-20", "send the offer", "open")]


def test_a_lead_that_is_opened_again_gets_a_step(shop: Crm) -> None:
    shop("lead", "lose", "1", "price", "-q", "--cancel-follow-ups")
    shop("lead", "reopen", "1", "--follow-up", "2026-07-01", "-q")
    assert steps(shop) == [("2026-07-01", "New roof", "open")]


def test_the_title_stands_in_for_what_is_to_be_done(shop: Crm) -> None:
    shop("lead", "edit", "1", "--title", "New barn roof", "--follow-up", "2026-07-01", "-q")
    assert ("2026-07-01", "New barn roof", "open") in steps(shop)


def test_about_without_a_day_is_refused_and_nothing_is_written(shop: Crm) -> None:
    for words in (("add", "1", "Barn"), ("move", "1", "proposal"), ("edit", "1")):
        error = shop("lead", *words, "--about", "ring", "--json", code=2).error
        assert "--follow-up" in error["hint"]
    assert shop("lead", "edit", "1", "--follow-up", "someday", "--json", code=2).error
    assert [one["stage"] for one in shop.json("lead", "list")] == ["new"]


@pytest.mark.parametrize("words", [("win", "1"), ("lose", "1", "price"), ("move", "1", "won")])
def test_closing_says_what_is_still_open(shop: Crm, words: tuple[str, ...]) -> None:
    run = shop("lead", *words)
    assert "still open: follow-up 1 on 2026-06-20: send the offer" in run.err
    assert steps(shop) == [("2026-06-20", "send the offer", "open")]


@pytest.mark.parametrize("words", [("win", "1"), ("lose", "1", "price"), ("move", "1", "won")])
def test_closing_cancels_what_is_open_where_asked_in_the_same_entry(
    shop: Crm, words: tuple[str, ...]
) -> None:
    shop("remind", "add", "2026-06-12", "ask", "--lead", "1", "--repeat", "weekly", "-q")
    run = shop("lead", *words, "--cancel-follow-ups")
    assert "cancelled: follow-up 1 on 2026-06-20: send the offer" in run.err
    assert [state for _, _, state in steps(shop, "--all")] == ["cancelled", "cancelled"]
    shop("undo", "--yes")
    assert [state for _, _, state in steps(shop, "--all")] == ["open", "open"]
    assert shop.json("lead", "show", "1")["state"] == "open"


def test_what_is_planned_with_the_closing_stays(shop: Crm) -> None:
    shop("lead", "win", "1", "--cancel-follow-ups", "--follow-up", "2026-07-01", "--about",
         "deliver", "-q")  # fmt: skip
    assert steps(shop) == [("2026-07-01", "deliver", "open")]


def test_many_leads_get_a_step_at_once(shop: Crm) -> None:
    shop("lead", "add", "1", "New door", "-q")
    shop("lead", "add", "1", "Lost one", "-q")
    shop("lead", "lose", "3", "price", "-q")
    shop("lead", "move", "--where", "contact = 'Anna Meier'", "qualified", "--follow-up",
         "2026-07-01", "--yes", "-q")  # fmt: skip
    rows = shop.json("remind", "list", "--where", "due = 2026-07-01")
    assert [(one["lead_id"], one["text"]) for one in rows] == [(1, "New roof"), (2, "New door")]


def test_a_rehearsal_says_so_and_writes_nothing(shop: Crm) -> None:
    run = shop("lead", "edit", "1", "--follow-up", "2026-07-01", "--dry-run")
    assert "follow-up" in run.err
    assert len(steps(shop, "--all")) == 1
