"""Custom fields of products and purchases."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import Crm


@pytest.fixture
def shop(crm: Crm) -> Crm:
    """A store with one field of products and two of purchases."""
    crm("contact", "add", "Ada")
    crm("field", "add", "product", "Shelf")
    crm("field", "add", "purchase", "Gift", "flag", "--default", "no")
    crm("field", "add", "purchase", "Tip", "money")
    return crm


def test_a_product_has_fields(shop: Crm) -> None:
    made = shop.json("product", "add", "Tea", "4.50", "--set", "shelf=A3", "--set", "sku=T1")
    assert (made["fields"], made["sku"]) == ({"shelf": "A3"}, "T1")
    changed = shop.json("product", "edit", "Tea", "--set", "shelf=B1", "--unset", "sku")
    assert (changed["fields"], changed["sku"]) == ({"shelf": "B1"}, None)
    assert shop.json("product", "list")[0]["shelf"] == "B1"
    shop("undo")
    assert shop.json("product", "show", "Tea")["fields"] == {"shelf": "A3"}


def test_every_line_of_a_purchase_has_its_fields(shop: Crm) -> None:
    shop("purchase", "add", "1", "Tea", "5", "--line", "Cup=7", "--set", "tip=1 CHF")
    given = {"gift": False, "tip": "1.00", "tip_currency": "CHF"}
    assert [shop.json("purchase", "show", n)["fields"] for n in (1, 2)] == [given, given]
    assert shop.json("purchase", "list", "--columns", "id,gift")[0] == {"id": 1, "gift": False}
    back = shop.json("purchase", "return", "1", "--set", "gift=yes")
    assert back["fields"] == {"gift": True, "tip": None, "tip_currency": None}
    assert shop.json("purchase", "edit", "1", "--unset", "tip")["fields"]["tip"] is None


@pytest.mark.parametrize("how", ["undo", "trash"])
@pytest.mark.parametrize("noun", ["contact", "purchase"])
def test_what_is_deleted_comes_back_with_the_fields_of_what_hung_on_it(
    shop: Crm, how: str, noun: str
) -> None:
    shop("purchase", "add", "1", "Tea", "5", "--set", "tip=1")
    shop("purchase", "return", "1", "2", "--set", "tip=2")
    before = [shop.json("purchase", "show", n) for n in (1, 2)]
    shop(noun, "delete", "1", "--yes")
    assert {row["used"] for row in shop.json("field", "list", "purchase")} == {0}
    shop(*(("undo",) if how == "undo" else ("trash", "restore", "1")))
    assert [shop.json("purchase", "show", n) for n in (1, 2)] == before


def test_a_required_field_is_asked_for(shop: Crm) -> None:
    shop("field", "edit", "purchase.channel", "--required")
    shop("field", "edit", "shelf", "--required")
    assert "needs channel" in shop("purchase", "add", "1", "Tea", "5", code=2).err
    shop("purchase", "add", "1", "Tea", "5", "--channel", "shop")
    assert "needs shelf" in shop("product", "add", "Cup", code=2).err
    shop("purchase", "return", "1")
