"""Leaving with orders: purchases written as a shop has them."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.imports.helpers import Files

ORDERS = (
    "date,order_number,name,email,phone,sku,product,quantity,amount,currency,kind\n"
    "2026-05-01,1001,Ada Lovelace,ada@x.org,+41446681800,TEA,Green tea,3,10.00,CHF,\n"
    "2026-05-02,1002,Bob,bob@x.org,,CUP,Cup,1,7.50,EUR,\n"
    "2026-05-01,1001,Ada Lovelace,ada@x.org,+41446681800,CUP,Cup,0.333,5.01,CHF,\n"
    "2026-05-01,1001,Ada Lovelace,ada@x.org,+41446681800,,,1,4.00,CHF,return\n"
    "2026-05-03,,Bob,bob@x.org,,TEA,Green tea,2,8.00,EUR,\n"
    "2026-05-04,9,Bob,bob@x.org,,TEA,Green tea,2,8.00,EUR,return\n"
)
EACH = pytest.mark.parametrize("name", ["shopify", "woocommerce"])


def sales(files: Files, *options: Any) -> list[tuple[Any, ...]]:
    """Return what the purchases say, whatever their numbers are."""
    keys = (
        "contact", "on", "order_number", "kind", "product", "sku", "quantity", "amount", "currency"
    )  # fmt: skip
    found = files.crm.json("purchase", "list", *options)
    return sorted(tuple(str(row[key]) for key in keys) for row in found)


@EACH
def test_orders_come_back_as_they_left(files: Files, name: str) -> None:
    files.load("purchase", ORDERS)
    path = files.folder / "out.csv"
    run = files.crm("purchase", "export", "--layout", name, path)
    assert "returns without their order (1)" in run.err
    assert "orders without a number (1)" in run.err
    assert "exported 5 purchases" in run.err
    other = ("--db", files.folder / "other.db")
    result = files.crm.json("purchase", "import", path, *other)
    assert (result["read"], result["created"], result["unknown_columns"]) == (4, 4, [])
    before = [row for row in sales(files) if row[2] != "9"]
    assert sales(files, *other) == before
    assert len(before) == 5
    ada = files.crm.json("contact", "show", "ada@x.org", *other)
    assert ada["phones"][0]["value"] == "+41446681800"
    again = files.crm.json("purchase", "import", path, *other)
    assert again["unchanged"] == again["read"]
    assert sales(files, *other) == before


@EACH
def test_an_order_of_sales_is_known_where_it_came_from(files: Files, name: str) -> None:
    files.load("purchase", ORDERS.replace(",return", ","))
    path = files.folder / "out.csv"
    files.crm("purchase", "export", "--layout", name, path)
    result = files.crm.json("purchase", "import", path)
    assert result["unchanged"] == result["read"] == 6


def test_the_lines_of_an_order_stand_together(files: Files) -> None:
    files.load("purchase", ORDERS)
    run = files.crm("purchase", "export", "--layout", "shopify")
    rows = list(csv.DictReader(io.StringIO(run.out)))
    assert [row["Name"] for row in rows] == ["1001", "1001", "1002", ""]
    first, second, *_ = rows
    assert (first["Refunded Amount"], second["Refunded Amount"]) == ("4.00", "")
    assert (first["Financial Status"], second["Financial Status"]) == ("partially_refunded", "")
    assert (first["Lineitem price"], first["Lineitem discount"]) == ("3.34", "0.02")
    assert rows[2]["Lineitem price"] == "7.50"


def test_orders_of_one_number_keep_their_customers(files: Files) -> None:
    files.load("purchase", (
        "date,order_number,name,email,product,amount\n2026-05-01,7,Ada,ada@x.org,Tea,1\n"
        "2026-05-01,7,Bob,bob@x.org,Tea,2\n2026-05-01,7,Bob,bob@x.org,Cup,3\n"
    ))  # fmt: skip
    path = files.folder / "out.csv"
    files.crm("purchase", "export", "--layout", "shopify", path)
    other = ("--db", files.folder / "other.db")
    files.crm("purchase", "import", path, *other)
    assert sales(files, *other) == sales(files)


@pytest.mark.parametrize("name", ["square", "stripe"])
def test_who_takes_no_orders_is_said(files: Files, name: str) -> None:
    files.load("purchase", ORDERS)
    run = files.crm("purchase", "export", "--layout", name, code=2)
    assert "takes no orders from files" in run.err
    assert "--layout shopify" in run.err
    assert (
        "did you mean shopify" in files.crm("purchase", "export", "--layout", "shopfy", code=2).err
    )


def test_only_what_a_filter_chooses_leaves(files: Files) -> None:
    files.load("purchase", ORDERS)
    run = files.crm("purchase", "export", "--layout", "woocommerce", "--where", "amount > 7")
    assert [row["Order Number"] for row in csv.DictReader(io.StringIO(run.out))] == [
        "1001", "1002", "",
    ]  # fmt: skip
