"""Importing products."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.imports.helpers import Files

HEAD = "sku,name,category,price,currency,service_interval,active\n"
TWO = HEAD + "TEA,Green tea,Drinks,4.90,CHF,,\n,Pump,Machines,990,,12 months,no\n"


def test_the_records(files: Files) -> None:
    assert files.counts("product", TWO) == (2, 2, 0, 0, 0)
    tea, pump = files.crm.json("product", "list", "--all")
    assert (tea["sku"], tea["price"], tea["currency"], tea["active"]) == (
        "TEA",
        "4.90",
        "CHF",
        True,
    )
    assert (pump["price"], pump["currency"], pump["active"]) == ("990.00", "EUR", False)
    assert pump["service_interval"] == "12 months"
    assert files.counts("product", TWO) == (2, 0, 0, 2, 0)


def test_fill_and_update(files: Files) -> None:
    files.load("product", "sku,name\nTEA,Green tea\n")
    text = HEAD + "TEA,Sencha,Drinks,4.90,CHF,,\n"
    assert files.counts("product", text) == (1, 0, 1, 0, 0)
    assert files.crm.json("product", "show", 1)["name"] == "Green tea"
    assert files.crm.json("product", "show", 1)["price"] == "4.90"
    assert files.counts("product", text, "--on-match", "update") == (1, 0, 1, 0, 0)
    assert files.crm.json("product", "show", 1)["name"] == "Sencha"
    files.crm("undo")
    files.crm("undo")
    assert files.crm.json("product", "show", 1)["price"] is None


def test_rows_of_one_product(files: Files) -> None:
    text = "sku,name,category\nTEA,Tea,\nTEA,Tea,Drinks\n,tea,Other\n"
    assert files.counts("product", text) == (3, 1, 1, 1, 0)
    assert files.crm.json("product", "show", 1)["category"] == "Drinks"


def test_bad_rows(files: Files) -> None:
    text = HEAD + ",,x,,,,\nA,a,,1.2.3,,,\nB,b,,1,XXX,,\nC,c,,,,often,\nD,d,,,,,maybe\nE,e,,-1,,,\n"
    result = files.load("product", text, code=6)
    assert [row["field"] for row in result["rejections"]] == [
        "name", "price", "currency", "service_interval", "active", "price",
    ]  # fmt: skip


def test_undo_and_redo(files: Files) -> None:
    files.load("product", TWO)
    after = files.dump()
    files.crm("undo")
    assert files.rows("SELECT count(*) FROM products") == [(0,)]
    files.crm("redo")
    assert files.dump() == after


def test_rows_that_take_each_other_back_change_nothing(files: Files) -> None:
    files.load("product", "sku,name\nA,Tea\n")
    text = "sku,name\nA,Tee\nA,Tea\n"
    assert files.load("product", text, "--on-match", "update")["import"] is None
    assert files.rows("SELECT name FROM products") == [("Tea",)]
