"""Moving leads through their stages: forward and back, won, lost, and open again."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.conftest import Crm


@pytest.fixture
def site(crm: Crm) -> Crm:
    """Ada's lead 1, opened on 1 May with 1000 EUR at a stage's odds."""
    crm("contact", "add", "Ada Lovelace", "-q")
    crm(
        "lead", "add", "ada", "Site", "1000", "--opened", "2026-05-01", "--campaign", "spring", "-q"
    )
    return crm


def stays(crm: Crm, lead: int = 1) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(crm.db)) as connection:
        return connection.execute(
            "SELECT s.key, h.entered_at, h.left_at, h.loss_reason, h.competitor, h.by_name"
            " FROM stage_changes h JOIN stages s ON s.id = h.stage_id WHERE h.lead_id = ?"
            " ORDER BY h.entered_at, h.id",
            (lead,),
        ).fetchall()


def terms(crm: Crm, lead: int = 1) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(crm.db)) as connection:
        return connection.execute(
            "SELECT until_at, value, currency, probability, owner FROM lead_terms"
            " WHERE lead_id = ? ORDER BY until_at, id",
            (lead,),
        ).fetchall()


def test_a_move_ends_one_stay_and_begins_another(site: Crm) -> None:
    lead = site.json("lead", "move", 1, "proposal")
    assert (lead["stage"], lead["probability"], lead["weighted_value"]) == (
        "proposal", 0.6, "600.00",
    )  # fmt: skip
    assert lead["stage_since"] == "2026-06-15T10:00:00Z"
    assert stays(site) == [
        ("new", "2026-05-01T12:00:00Z", "2026-06-15T10:00:00Z", None, None, "tester"),
        ("proposal", "2026-06-15T10:00:00Z", None, None, None, "tester"),
    ]
    assert terms(site) == []
    site("undo")
    assert stays(site) == [("new", "2026-05-01T12:00:00Z", None, None, None, "tester")]


def test_a_stage_goes_back_too_and_is_named_by_a_part_of_its_name(site: Crm) -> None:
    assert site.json("lead", "move", "site", "negot")["stage"] == "negotiation"
    assert site.json("lead", "move", "ada", "Contacted")["stage"] == "contacted"
    assert "so already" in site("lead", "move", 1, "contacted").err


@pytest.mark.parametrize(
    ("on", "instant"),
    [("2026-05-10", "2026-05-10T12:00:00Z"), ("2026-05-10 9:30", "2026-05-10T09:30:00Z"),
     ("yesterday", "2026-06-14T12:00:00Z"), ("today", "2026-06-15T10:00:00Z"),
     ("2026-05-10T11:00:00+02:00", "2026-05-10T09:00:00Z"),
     ("2026-05-01", "2026-05-01T12:00:00Z")],
)  # fmt: skip
def test_a_move_can_be_entered_late(site: Crm, on: str, instant: str) -> None:
    assert site.json("lead", "move", 1, "contacted", "--on", on)["stage_since"] == instant


def test_a_day_on_which_the_stay_began_is_not_before_it(crm: Crm) -> None:
    crm("contact", "add", "Ada", "-q")
    crm("lead", "add", "ada", "Site", "--opened", "2026-06-14 17:00", "-q")
    moved = crm.json("lead", "move", 1, "contacted", "--on", "2026-06-14")
    assert moved["stage_since"] == "2026-06-14T17:00:00Z"


def test_nothing_moves_before_its_stay_began_or_after_now(site: Crm) -> None:
    site("lead", "move", 1, "contacted", "--on", "2026-05-10", "-q")
    error = site("lead", "win", 1, "--on", "2026-05-09", "--json", code=2).error
    assert "is before 2026-05-10 12:00, when" in error["message"]
    for verb in (("move", 1, "proposal"), ("win", 1), ("lose", 1, "price")):
        site("lead", *verb, "--on", "2026-05-09", code=2)
        site("lead", *verb, "--on", "tomorrow", code=2)
    assert len(stays(site)) == 2


def test_a_won_lead_is_certain_and_its_contact_a_customer(site: Crm) -> None:
    site("lead", "edit", 1, "--probability", "70", "--owner", "zoe", "-q")
    run = site("lead", "win", 1, "1'200 CHF", "--json")
    lead = run.json
    assert "Ada Lovelace is a customer now" in run.err
    assert (lead["stage"], lead["state"], lead["probability"]) == ("won", "won", 1.0)
    assert (lead["value"], lead["currency"], lead["weighted_value"]) == (
        "1200.00", "CHF", "1200.00",
    )  # fmt: skip
    assert lead["closed_at"] == lead["stage_since"] == "2026-06-15T10:00:00Z"
    assert lead["purchase_id"] is None
    assert lead["forecast"] is None
    assert terms(site)[-1] == ("2026-06-15T10:00:00Z", 100000, "EUR", 7000, "zoe")
    assert site.json("purchase", "list") == []
    assert site.json("contact", "show", 1)["role"] == "customer"
    site("undo")
    assert site.json("contact", "show", 1)["role"] == "prospect"
    assert site.json("lead", "show", 1)["probability"] == 0.7


def test_winning_writes_the_sale_and_one_undo_takes_all_back(site: Crm) -> None:
    run = site("lead", "win", 1, "1200", "--purchase", "--on", "2026-05-31", "--json")
    assert "made the product Site (#1)" in run.err
    assert run.json["purchase_id"] == 1
    (sale,) = site.json("purchase", "list")
    assert (sale["contact_id"], sale["on"], sale["product"], sale["campaign"]) == (
        1, "2026-05-31", "Site", "spring",
    )  # fmt: skip
    assert (sale["amount"], sale["currency"], sale["kind"]) == ("1200.00", "EUR", "sale")
    assert site.json("contact", "show", 1)["revenue"] == "1200.00"
    site("undo")
    assert site.json("purchase", "list") == site.json("product", "list") == []
    assert site.json("contact", "show", 1)["role"] == "prospect"
    lead = site.json("lead", "show", 1)
    assert (lead["state"], lead["value"], lead["purchase_id"]) == ("open", "1000.00", None)
    site("redo")
    assert site.json("purchase", "show", 1)["amount"] == "1200.00"
    assert site.json("lead", "show", 1)["purchase_id"] == 1


def test_a_sale_is_of_the_product_that_is_named(site: Crm) -> None:
    site("product", "add", "Website", "-q")
    site("lead", "win", 1, "--product", "website", "-q")
    assert site.json("purchase", "show", 1)["product"] == "Website"
    assert len(site.json("product", "list")) == 1


def test_a_sale_needs_an_amount_and_is_written_once(site: Crm) -> None:
    site("lead", "add", "ada", "Shop", "-q")
    assert "AMOUNT" in site("lead", "win", 2, "--purchase", "--json", code=2).error["hint"]
    site("lead", "win", 1, "--purchase", "-q")
    assert "purchase 1" in site("lead", "reopen", 1).err
    assert site("lead", "win", 1, "--purchase", "--json", code=5).error["code"] == "refused"
    assert site.json("lead", "win", 1)["purchase_id"] == 1


def test_a_sale_that_lacks_something_is_not_written(site: Crm) -> None:
    site("field", "add", "purchase", "Branch", "--required", "-q")
    error = site("lead", "win", 1, "--purchase", "--json", code=2).error
    assert "without --purchase" in error["hint"]
    assert site.json("lead", "show", 1)["state"] == "open"


def test_a_purchase_deleted_later_leaves_the_won_lead(site: Crm) -> None:
    site("lead", "win", 1, "--purchase", "--on", "2026-05-31", "-q")
    site("purchase", "delete", 1, "--yes", "-q")
    lead = site.json("lead", "show", 1)
    assert (lead["state"], lead["value"], lead["purchase_id"]) == ("won", "1000.00", None)
    assert lead["closed_at"] == "2026-05-31T12:00:00Z"
    site("trash", "restore", 1, "-q")
    assert site.json("lead", "show", 1)["purchase_id"] == 1


def test_a_lost_lead_says_why(site: Crm) -> None:
    lead = site.json("lead", "lose", 1, "went to a competitor", "--competitor", "Acme")
    assert (lead["state"], lead["stage"], lead["probability"]) == ("lost", "lost", 0.0)
    assert (lead["loss_reason"], lead["competitor"]) == ("competitor", "Acme")
    assert lead["weighted_value"] == "0.00"
    assert stays(site)[-1][3:5] == ("competitor", "Acme")
    error = site("lead", "lose", 1, "nonsense", "--json", code=5).error
    assert "reopen" in error["hint"]


@pytest.mark.parametrize(
    ("words", "code"),
    [(("lose", 1, "because"), 2), (("lose", 1), 2), (("lose",), 2), (("lose", 1, "price", "x"), 2),
     (("lose", 7, "price"), 3), (("move", 1, "nowhere"), 3), (("move", 1), 2),
     (("move", 1, "lost"), 2), (("move", 1, "proposal", "--reason", "price"), 2),
     (("move", 1, "won", "--competitor", "x"), 2), (("win", 1, "-5"), 2), (("win",), 2)],
)  # fmt: skip
def test_what_cannot_be_done_writes_nothing(site: Crm, words: tuple[Any, ...], code: int) -> None:
    if "-5" in words:
        words = ("win", "--", *words[1:])
    site("lead", *words, code=code)
    assert len(stays(site)) == 1


def test_a_move_to_a_closing_stage_closes(site: Crm) -> None:
    site("lead", "add", "ada", "Shop", "-q")
    assert site.json("lead", "move", 1, "won")["state"] == "won"
    assert site.json("contact", "show", 1)["role"] == "customer"
    lost = site.json("lead", "move", 2, "lost", "--reason", "price", "--competitor", "Acme")
    assert (lost["state"], lost["loss_reason"], lost["competitor"]) == ("lost", "price", "Acme")


def test_a_reopened_lead_is_back_where_it_was(site: Crm) -> None:
    site("lead", "move", 1, "proposal", "--on", "2026-05-10", "-q")
    site("lead", "lose", 1, "timing", "--competitor", "Acme", "--on", "2026-05-20", "-q")
    lead = site.json("lead", "reopen", 1, "--on", "2026-06-01")
    assert (lead["stage"], lead["state"], lead["closed_at"]) == ("proposal", "open", None)
    assert (lead["loss_reason"], lead["competitor"]) == (None, None)
    assert [(key, why) for key, _, _, why, _, _ in stays(site)] == [
        ("new", None), ("proposal", None), ("lost", "timing"), ("proposal", None),
    ]  # fmt: skip
    site("lead", "win", 1, "-q")
    assert site.json("lead", "reopen", 1, "--stage", "contacted")["stage"] == "contacted"
    assert "so already" in site("lead", "reopen", 1).err
    site("lead", "lose", 1, "price", "-q")
    site("lead", "reopen", 1, "--stage", "won", code=2)


@pytest.mark.parametrize("verb", [("move", 1, "proposal"), ("win", 1), ("lose", 1, "price")])
@pytest.mark.parametrize("closing", [("win", 1), ("lose", 1, "price")])
def test_a_closed_lead_is_refused(
    site: Crm, verb: tuple[Any, ...], closing: tuple[Any, ...]
) -> None:
    site("lead", *closing, "-q")
    before = stays(site)
    error = site("lead", *verb, "--json", code=5).error
    assert error["code"] == "refused"
    assert "crm lead reopen 1" in error["hint"]
    assert stays(site) == before


def test_a_sale_of_may_that_is_noted_in_july_is_mays(site: Crm) -> None:
    """What was so from then on is so in the terms as well: June's edit came after the sale."""
    site("lead", "edit", 1, "--value", "900", "--owner", "zoe", "--now", "2026-05-10T10:00:00Z")
    site("lead", "edit", 1, "--value", "800", "--owner", "tom", "--now", "2026-06-10T10:00:00Z")
    july = ("--now", "2026-07-15T10:00:00Z")
    lead = site.json("lead", "win", 1, "700", "--on", "2026-05-20", *july)
    assert lead["closed_at"] == "2026-05-20T12:00:00Z"
    assert lead["age_days"] == 19
    assert terms(site) == [
        ("2026-05-10T10:00:00Z", 100000, "EUR", None, None),
        ("2026-05-20T12:00:00Z", 90000, "EUR", None, "zoe"),
        ("2026-06-10T10:00:00Z", 70000, "EUR", None, "zoe"),
    ]
    site("lead", "edit", 1, "--notes", "paid", "--tag", "x", *july)
    lead = site.json("lead", "show", 1, *july)
    assert (lead["closed_at"], lead["age_days"]) == ("2026-05-20T12:00:00Z", 19)
    site("undo", *july)
    site("undo", *july)
    assert terms(site)[-1] == ("2026-06-10T10:00:00Z", 90000, "EUR", None, "zoe")


def test_its_own_odds_outlast_a_move_and_are_said(site: Crm) -> None:
    site("lead", "edit", 1, "--probability", "75", "-q")
    assert "keeps its own odds of 75 %" in site("lead", "move", 1, "proposal").err
    assert site.json("lead", "edit", 1, "--unset", "probability")["probability"] == 0.6


def test_days_are_those_of_the_business(site: Crm) -> None:
    site("config", "set", "timezone", "Pacific/Auckland")
    lead = site.json("lead", "win", 1, "--purchase", "--on", "2026-06-01T23:30:00Z")
    assert site.json("purchase", "show", 1)["on"] == "2026-06-02"
    assert lead["age_days"] == 31


def test_a_rehearsal_of_every_verb_writes_nothing(site: Crm) -> None:
    site("lead", "add", "ada", "Lost", "-q")
    site("lead", "lose", 2, "price", "-q")
    count = len(site.json("history"))
    for words in (
        ("move", 1, "proposal"), ("win", 1, "5", "--purchase"), ("lose", 1, "price"),
        ("reopen", 2), ("edit", 1, "--value", "3"), ("delete", 1),
    ):  # fmt: skip
        run = site("lead", *words, "--dry-run")
        assert "dry run: nothing was written" in run.err
    assert len(site.json("history")) == count
    assert site.json("purchase", "list") == []


def test_terms_that_later_ones_stand_on_are_not_taken_back_alone(crm: Crm) -> None:
    """Else the history would tell that the lead was worth 900 until its owner changed."""
    crm("contact", "add", "Ada", "-q")
    crm("lead", "add", "1", "Site", "1000", "-q")
    crm("lead", "edit", 1, "--value", "900", "--now", "2026-06-16T10:00:00Z", "-q")
    crm("lead", "edit", 1, "--title", "Shop", "--now", "2026-06-17T10:00:00Z", "-q")
    crm("lead", "edit", 1, "--owner", "zoe", "--now", "2026-06-18T10:00:00Z", "-q")
    error = crm("undo", 3, "--json", code=4).error
    assert error["candidates"][0]["reason"] == "its terms were changed later"
    crm("undo", 5)
    crm("undo", 3)
    assert crm.json("lead", "show", 1)["value"] == "1000.00"
    assert crm.json("lead", "show", 1)["title"] == "Shop"


def test_terms_are_brought_back_only_beside_those_they_were_with(crm: Crm) -> None:
    """Done again out of order, a change would tell of a value that was taken back."""
    crm("contact", "add", "Ada", "-q")
    crm("lead", "add", 1, "Site", "100", "-q")
    crm("lead", "edit", 1, "--value", "200", "-q")
    value = crm.json("history")[0]["id"]
    crm("lead", "edit", 1, "--owner", "zoe", "-q")
    owner = value + 1
    crm("undo", owner, "--yes", "-q")
    crm("undo", value, "--yes", "-q")
    error = crm("undo", owner + 1, "--yes", "--json", code=4).error
    assert error["candidates"][0]["reason"] == "its terms were changed later"
    crm("undo", owner + 2, "--yes", "-q")
    crm("undo", owner + 1, "--yes", "-q")
    lead = crm.json("lead", "show", 1)
    assert (lead["value"], lead["owner"]) == ("200.00", "zoe")


def test_refusals_tell_days_and_times_as_the_business_s_clock_does(crm: Crm) -> None:
    crm("config", "set", "timezone", "Europe/Zurich", "-q")
    crm("contact", "add", "Ada", "-q")
    crm("lead", "add", 1, "Site", "--opened", "2026-06-02 09:15", "-q")
    error = crm("lead", "move", 1, "proposal", "--on", "2026-06-02 09:00", "--json", code=2).error
    assert "is before 2026-06-02 09:15, when" in error["message"]
    crm("lead", "win", 1, "--on", "2026-06-10 00:30", "-q")
    for words in (("win", 1), ("edit", 1, "--value", "3")):
        error = crm("lead", *words, "--json", code=5).error
        assert error["message"].startswith("lead 1 was won on 2026-06-10")
