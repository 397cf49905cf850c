"""An order of several lines, named by its number."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import Crm


@pytest.fixture
def shop(crm: Crm) -> Crm:
    """Ada's order R-1 of three lines, and R-2, a number that two customers have."""
    crm("contact", "add", "Ada")
    crm("contact", "add", "Bob")
    for product in ("Tea", "Pot", "Cup"):
        crm("purchase", "add", "Ada", product, "10", "--order", "R-1")
    crm("purchase", "add", "Ada", "Tea", "4", "--order", "R-2")
    crm("purchase", "add", "Bob", "Tea", "5", "--order", "R-2")
    return crm


def test_an_order_is_shown_with_its_lines(shop: Crm) -> None:
    run = shop("purchase", "show", "R-1")
    assert [line.split()[0] for line in run.out.splitlines()[1:]] == ["1", "2", "3"]
    assert "order R-1 of Ada (#1): 3 lines" in run.err
    assert shop("purchase", "show", "R-1", "-f", "ids").out.split() == ["1", "2", "3"]


def test_a_program_gets_the_full_record_of_every_line(shop: Crm) -> None:
    lines = shop.json("purchase", "show", "R-1")
    assert lines == [shop.json("purchase", "show", number) for number in (1, 2, 3)]


def test_one_number_of_two_customers_is_ambiguous(shop: Crm) -> None:
    error = shop("purchase", "show", "R-2", "--json", code=4).error
    assert [(one["id"], one["contact"]) for one in error["candidates"]] == [(4, "Ada"), (5, "Bob")]


@pytest.mark.parametrize("verb", [("edit", "--channel", "web"), ("return",), ("delete", "--yes")])
def test_a_change_asks_which_line_is_meant(shop: Crm, verb: tuple[str, ...]) -> None:
    error = shop("purchase", verb[0], "R-1", *verb[1:], "--json", code=4).error
    assert error["code"] == "ambiguous"
    assert [(one["id"], one["product"]) for one in error["candidates"]] == [
        (1, "Tea"),
        (2, "Pot"),
        (3, "Cup"),
    ]


def test_a_return_is_never_what_a_return_means(shop: Crm) -> None:
    """It has its order's number too."""
    shop("purchase", "add", "Bob", "Mug", "9", "--order", "R-3")
    shop("purchase", "return", "R-3", "4")
    assert shop.json("purchase", "return", "R-3")["amount"] == "5.00"
    shop("purchase", "return", "2", "1")
    error = shop("purchase", "return", "R-1", "--json", code=4).error
    assert [one["id"] for one in error["candidates"]] == [1, 2, 3]
