"""What is typed of money and odds is never taken for something else without a word."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import Crm


@pytest.fixture
def site(crm: Crm) -> Crm:
    crm("contact", "add", "Ada Lovelace", "-q")
    crm("lead", "add", "ada", "Site", "3200", "-q")
    return crm


@pytest.mark.parametrize(
    "verb",
    [("lead", "add", "ada", "Roof", "10"), ("lead", "edit", 1), ("lead", "stage", "edit", "new"),
     ("lead", "stage", "add", "Pilot")],
)  # fmt: skip
def test_a_bare_part_of_one_is_no_probability(site: Crm, verb: tuple[object, ...]) -> None:
    refused = site(*verb, "--probability", "0.4", "-f", "json", code=2)
    assert refused.error["message"] == "0.4 may mean 0.4 % or 40 %"
    assert refused.error["hint"] == "write 40, or 0.4%"


@pytest.mark.parametrize(
    ("typed", "rate"), [("0.4%", 0.004), ("0", 0), ("1", 0.01), ("40", 0.4), ("12,5", 0.125)]
)
def test_what_cannot_be_taken_for_a_part_of_one_is_read(site: Crm, typed: str, rate: float) -> None:
    assert site.json("lead", "edit", 1, "--probability", typed)["probability"] == rate


def test_winning_again_for_another_amount_names_the_sale_that_says_otherwise(site: Crm) -> None:
    site("lead", "win", 1, "--purchase", "-q")
    site("lead", "reopen", 1, "-q")
    won = site("lead", "win", 1, "2900")
    assert "purchase 1, the sale of lead 1, says 3200.00 EUR and the lead 2900.00 EUR" in won.err
    assert "crm purchase edit 1 --amount '2900.00 EUR'" in won.err
    site("purchase", "edit", 1, "--amount", "2900.00 EUR", "-q")
    site("lead", "reopen", 1, "-q")
    assert "says" not in site("lead", "win", 1).err


def test_winning_without_a_value_says_how_to_add_it(site: Crm) -> None:
    site("lead", "add", "ada", "Roof", "-q")
    assert "crm lead reopen 2, then crm lead win 2 AMOUNT" in site("lead", "win", 2).err
    site("lead", "reopen", 2, "-q")
    assert "without a value" not in site("lead", "win", 2, "10").err
