"""``crm product``: keys, prices, stock keeping units, retiring."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import Crm

KEYS = {
    "id", "uid", "sku", "name", "category", "price", "currency", "service_interval", "active",
}  # fmt: skip


def test_a_record_has_the_promised_keys(crm: Crm) -> None:
    record = crm.json(
        "product", "add", "Green Tea", "12.5 CHF", "--sku", "T-1", "--category", "tea",
        "--service-interval", "12 Months",
    )  # fmt: skip
    assert record.keys() >= KEYS
    assert {key: record[key] for key in KEYS - {"uid"}} == {
        "id": 1, "sku": "T-1", "name": "Green Tea", "category": "tea", "price": "12.50",
        "currency": "CHF", "service_interval": "12 months", "active": True,
    }  # fmt: skip
    listed = crm.json("product", "list")
    assert listed == [{key: record[key] for key in listed[0]}]
    bare = crm.json("product", "add", "Cup")
    assert (bare["price"], bare["currency"], bare["sku"]) == (None, None, None)


def test_the_currency_is_named_or_the_business_s(crm: Crm) -> None:
    assert crm.json("product", "add", "A", "5")["currency"] == "EUR"
    assert crm.json("product", "add", "B", "500", "--currency", "jpy")["price"] == "500"
    assert crm.json("product", "edit", "B", "--price", "600")["currency"] == "JPY"
    crm("product", "edit", "B", "--currency", "EUR", code=2)
    crm("product", "add", "C", "5 CHF", "--currency", "EUR", code=2)


@pytest.mark.parametrize(
    "arguments",
    [["", "5"], ["A", "x"], ["A", "--", "-5"], ["A", "--service-interval", "often"],
     ["A", "5", "--currency", "XXX"], ["A\udcff"], ["A", "1,234"]],
)  # fmt: skip
def test_a_wrong_value_writes_nothing(crm: Crm, arguments: list[str]) -> None:
    crm("product", "add", *arguments, code=2)
    assert crm.json("product", "list", "--all") == []


def test_a_sku_is_unique_among_what_is_sold(crm: Crm) -> None:
    crm("product", "add", "A", "--sku", "X")
    error = crm("product", "add", "B", "--sku", "X", "--json", code=4).error
    assert (error["code"], error["candidates"][0]["id"]) == ("duplicate", 1)
    crm("product", "retire", "X")
    crm("product", "add", "B", "--sku", "X")
    assert crm.json("product", "show", "X")["name"] == "B"
    crm("product", "edit", 1, "--active", code=4)


def test_every_way_to_name_a_product(crm: Crm) -> None:
    crm("product", "add", "Green Tea", "--sku", "0815")
    crm("product", "add", "Black Tea", "--sku", "4711")
    for what in ("1", "#1", "0815", "green tea", "green"):
        assert crm.json("product", "show", what)["id"] == 1
    assert crm.json("product", "show", "4711")["id"] == 2
    error = crm("product", "show", "tea", "--json", code=4).error
    assert [found["id"] for found in error["candidates"]] == [1, 2]
    assert "Green Tea" in crm("product", "show", "green thea", "--json", code=3).error["hint"]


def test_retire_hides_and_edit_brings_back(crm: Crm) -> None:
    crm("product", "add", "A", "5")
    assert crm.json("product", "retire", "A")["active"] is False
    assert crm.json("product", "list") == []
    assert len(crm.json("product", "list", "--retired")) == 1
    assert len(crm.json("product", "list", "--all")) == 1
    assert "nothing changed" in crm("product", "retire", "A").err
    assert crm.json("product", "edit", "A", "--active")["active"] is True


def test_edit_changes_only_what_is_named(crm: Crm) -> None:
    before = crm.json("product", "add", "A", "5", "--sku", "X", "--service-interval", "2w")
    after = crm.json("product", "edit", "X", "--name", "B", "--unset", "sku")
    assert {key for key in before if before[key] != after[key]} == {"name", "sku"}
    cleared = crm.json("product", "edit", "B", "--unset", "price,service-interval")
    assert (cleared["price"], cleared["currency"], cleared["service_interval"]) == (None,) * 3
    crm("undo")
    crm("undo")
    assert crm.json("product", "show", "A") == before
    crm("product", "edit", "A", "--name", " ", code=2)


@pytest.mark.parametrize(
    "verb", [["add", "B"], ["edit", "A", "--price", "7"], ["retire", "A"]], ids=" ".join
)
def test_a_rehearsal_writes_nothing(crm: Crm, verb: list[str]) -> None:
    crm("product", "add", "A", "5")
    before = crm.json("product", "list", "--all")
    assert "nothing was written" in crm("product", *verb, "--dry-run").err
    assert crm.json("product", "list", "--all") == before


def test_filters(crm: Crm) -> None:
    crm("product", "add", "Green Tea", "--category", "Tea", "--sku", "GT")
    crm("product", "add", "Cup", "--category", "ware")
    assert [row["id"] for row in crm.json("product", "list", "--category", "tea")] == [1]
    assert [row["id"] for row in crm.json("product", "list", "gt")] == [1]
    assert [row["id"] for row in crm.json("product", "list", "CUP")] == [2]


def test_a_name_that_becomes_ambiguous_is_told(crm: Crm) -> None:
    crm("product", "add", "Zopf")
    assert "zopf is the name of #1 too" in crm("product", "add", "zopf").err
    crm("product", "retire", 2)
    crm("product", "retire", 1)
    assert "warning" not in crm("product", "add", "Zopf").err
