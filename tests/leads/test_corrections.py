"""What a person who knows the program by its help alone types when something has to be put right."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.conftest import Crm


@pytest.fixture
def site(crm: Crm) -> Crm:
    crm("contact", "add", "Ada Lovelace", "-q")
    crm("lead", "add", "ada", "Site", "1000", "--notes", "Met at the fair.", "-q")
    return crm


# -- with whom ------------------------------------------------------------------------------------


def test_a_name_nobody_has_is_made_with_what_is_told_of_it(site: Crm) -> None:
    made = site("lead", "add", "Rita Graf", "Vending corner", "6000", "--phone", "079 555 12 12",
                "--company", "Graf Fitness", "--country", "CH", "-f", "json", code=None)  # fmt: skip
    if made.code:  # the option --country belongs to the setting
        made = site("lead", "add", "Rita Graf", "Vending corner", "6000", "--phone",
                    "+41 79 555 12 12", "--company", "Graf Fitness", "-f", "json")  # fmt: skip
    assert "made the contact Rita Graf (#" in made.err
    rita = site.json("contact", "show", made.json["contact_id"])
    assert (rita["phones"][0]["value"], rita["company"]) == ("+41795551212", "Graf Fitness")
    again = site.json("lead", "add", "rita", "Second corner", "--company", "Graf Fitness")
    assert again["contact_id"] == made.json["contact_id"]
    site("undo")
    site("undo")
    assert [one["name"] for one in site.json("contact", "list")] == ["Ada Lovelace"]


def test_a_phone_nobody_has_is_made_with_a_name(site: Crm) -> None:
    made = site.json("lead", "add", "+41 79 555 12 13", "Shop", "--name", "Kim Roth")
    assert made["contact"] == "Kim Roth"
    assert "add --name" in site("lead", "add", "+41 79 555 12 14", "Shop", "--company", "X",
                                code=2).err  # fmt: skip


def test_who_is_not_found_hears_how_to_make_it(site: Crm) -> None:
    refused = site("lead", "add", "Rita Graf", "Vending", "-f", "json", code=3)
    assert "--email, --phone, --company or --name" in refused.error["hint"]
    site("lead", "add", "Rita", "Vending", "--company", "Graf", "--no-create", code=3)
    site("lead", "add", "77", "Vending", "--company", "Graf", code=3)


# -- when it began --------------------------------------------------------------------------------


def stays(crm: Crm) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(crm.db)) as connection:
        return connection.execute(
            "SELECT entered_at, left_at FROM stage_changes WHERE lead_id = 1 ORDER BY entered_at"
        ).fetchall()


def test_the_opening_is_corrected_with_the_first_stay(site: Crm) -> None:
    refused = site("lead", "move", 1, "proposal", "--on", "2026-06-10", "-f", "json", code=2)
    assert "is before 2026-06-15 10:00" in refused.error["message"]
    assert "crm lead edit 1 --opened DATE" in refused.error["hint"]
    lead = site.json("lead", "edit", 1, "--opened", "2026-06-01")
    assert lead["opened_at"] == lead["stage_since"] == "2026-06-01T12:00:00Z"
    site("lead", "move", 1, "proposal", "--on", "2026-06-10", "-q")
    lead = site.json("lead", "edit", 1, "--opened", "2026-05-01")
    assert (lead["opened_at"][:10], lead["stage_since"][:10]) == ("2026-05-01", "2026-06-10")
    assert stays(site) == [("2026-05-01T12:00:00Z", "2026-06-10T12:00:00Z"),
                           ("2026-06-10T12:00:00Z", None)]  # fmt: skip
    site("undo")
    assert stays(site)[0][0] == "2026-06-01T12:00:00Z"


@pytest.mark.parametrize("day", ["2026-06-12", "tomorrow"])
def test_an_opening_behind_its_first_stay_or_ahead_is_refused(site: Crm, day: str) -> None:
    site("lead", "edit", 1, "--opened", "2026-06-01", "-q")
    site("lead", "move", 1, "proposal", "--on", "2026-06-10", "-q")
    site("lead", "edit", 1, "--opened", day, code=2)
    site("lead", "win", 1, "-q")
    site("lead", "edit", 1, "--opened", "2026-05-01", code=5)


# -- why it was lost ------------------------------------------------------------------------------


def test_a_reason_is_named_by_the_beginning_of_a_word_of_it(site: Crm) -> None:
    site("picklist", "add", "loss-reason", "Went to a cousin", "-q")
    refused = site("lead", "lose", 1, "aunt", "-f", "json", code=2)
    assert "Went to a cousin" in refused.error["hint"]
    assert "crm picklist add loss-reason aunt" in refused.error["hint"]
    lost = site.json("lead", "lose", 1, "cousin", "--notes", "Ask again in spring.")
    assert lost["loss_reason"] == "went-to-a-cousin"
    assert lost["notes"] == "Met at the fair.\n\nAsk again in spring."
    site("lead", "reopen", 1, "-q")
    assert site.json("lead", "win", 1, "--notes", "At last.")["notes"].endswith("\n\nAt last.")
