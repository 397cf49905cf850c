"""Columns kept as custom fields: made for what is taken, told where it is not."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.imports.helpers import Files


@pytest.mark.parametrize(
    ("noun", "header", "row"),
    [("contact", "name,email", "Ann,ann@x.org"), ("product", "sku,name", "T1,Tea"),
     ("purchase", "email,date,amount", "ann@x.org,2026-01-05,9.80")],
)  # fmt: skip
def test_skip_keeps_what_is_told_of_new_records_and_makes_no_field_for_others(
    files: Files, noun: str, header: str, row: str
) -> None:
    options = ("--keep-unknown", "--on-match", "skip")
    files.load(noun, f"{header},shoe\n{row},41\n", *options)
    (record,) = (
        json.loads(line) for line in files.crm(noun, "export", "-f", "jsonl").out.splitlines()
    )
    assert record["fields"] == {"shoe": "41"}
    known = files.load(noun, f"{header},colour\n{row},red\n", *options)
    assert (known["unchanged"], known["import"], known["fields_created"]) == (1, None, [])


@pytest.mark.parametrize(
    ("noun", "header", "row"),
    [("contact", "name,email", "Ann,ann@x.org"), ("product", "sku,name", "T1,Tea"),
     ("purchase", "email,date,amount", "ann@x.org,2026-01-05,9.80")],
)  # fmt: skip
def test_no_field_is_made_for_a_row_that_is_rejected_while_it_is_written(
    files: Files, noun: str, header: str, row: str
) -> None:
    files.load(noun, f"{header}\n{row}\n")
    result = files.load(
        noun, f"{header},shoe\n{row},41\n", "--keep-unknown", "--on-match", "fail", code=6
    )
    assert (result["rejected"], result["import"], result["fields_created"]) == (1, None, [])
    assert files.crm.json("field", "list") == []


def test_a_custom_field_that_the_file_tells_otherwise_is_warned_of(files: Files) -> None:
    files.load("contact", "name,email,shoe\nAnn,ann@x.org,41\n", "--keep-unknown")
    (warning,) = files.load("contact", "name,email,shoe\nAnn,ann@x.org,42\n")["warnings"]
    assert (warning["kind"], warning["lines"]) == ("contact-differs", [2])
    assert warning["message"].endswith(": shoe")
    assert files.load("contact", "name,email,shoe\nAnn,ann@x.org,41\n")["warnings"] == []


def test_amounts_of_contacts_are_read_with_the_sign_and_the_currency_said(files: Files) -> None:
    files.crm("field", "add", "contact", "Budget", "money")
    text = 'name,email,Budget\nAnn,ann@x.org,"1,500"\n'
    (rejection,) = files.load("contact", text, code=6)["rejections"]
    assert rejection["field"] == "budget"
    files.load("contact", text, "--decimal", ".", "--currency", "CHF")
    record = json.loads(files.crm("contact", "export", "-f", "jsonl").out)
    assert record["fields"] == {"budget": "1500.00", "budget_currency": "CHF"}
    files.load("contact", text, "--decimal", ",", "--on-match", "update")
    record = json.loads(files.crm("contact", "export", "-f", "jsonl").out)
    assert record["fields"]["budget"] == "1.50"


@pytest.mark.parametrize(
    ("noun", "header", "row"),
    [("product", "sku,name", "T1,Tea"), ("purchase", "email,date,amount", "ann@x.org,2026-01-05,9.80")],
)  # fmt: skip
def test_a_products_and_a_purchases_too(files: Files, noun: str, header: str, row: str) -> None:
    text = f"{header},shoe,colour\n{row},{{}},red\n"
    files.load(noun, text.format(41), "--keep-unknown")
    (warning,) = files.load(noun, text.format(42))["warnings"]
    assert (warning["kind"], warning["lines"]) == (f"{noun}-fields-differ", [2])
    assert warning["message"].endswith(": shoe")
    for same, options in ((41, ()), (42, ("--on-match", "skip")), (42, ("--on-match", "update"))):
        assert files.load(noun, text.format(same), *options)["warnings"] == []


def test_a_product_that_the_file_tells_otherwise_is_warned_of(files: Files) -> None:
    text = "sku,name,price,active\nT1,Tea,{}\n"
    files.load("product", text.format("4.50,true"))
    (warning,) = files.load("product", text.format("5.00,false"))["warnings"]
    assert (warning["kind"], warning["lines"]) == ("product-differs", [2])
    assert warning["message"].endswith(": price, active")
    assert files.load("product", text.format("4.50,true"))["warnings"] == []
    assert files.load("product", text.format("5.00,"), "--on-match", "update")["updated"] == 1


@pytest.mark.parametrize("on_match", ["fill", "update"])
def test_a_column_kept_later_reaches_rows_known_by_their_cells(files: Files, on_match: str) -> None:
    text = "name,job title,shoe\nAnn,Chief,41\nBob,,\n"
    options = ("--keep-unknown", "--on-match", on_match)
    files.load("contact", text)
    again = files.load("contact", text, *options)
    assert (again["created"], again["updated"], again["unchanged"]) == (0, 1, 1)
    assert files.crm.json("contact", "show", "Ann")["fields"] == {"shoe": "41"}
    assert files.counts("contact", text, *options) == (2, 0, 0, 2, 0)
    files.crm("undo", again["import"])
    assert files.crm.json("contact", "show", "Ann")["fields"] == {}


def test_a_tag_told_later_reaches_a_row_known_by_its_cells(files: Files) -> None:
    files.load("contact", "name,tags\nAnn,a\nAnn,b\n")
    text = "name,tags\nAnn,a;c\nAnn,b\n"
    assert files.counts("contact", text, "--on-match", "skip") == (2, 0, 0, 2, 0)
    assert files.counts("contact", text) == (2, 0, 1, 1, 0)
    assert files.counts("contact", text) == (2, 0, 0, 2, 0)
    only_b = "name,tags\nAnn,b\nAnn,b\n"
    assert files.counts("contact", only_b, "--replace-lists") == (2, 0, 1, 1, 0)
    assert [files.crm.json("contact", "show", who)["tags"] for who in (1, 2)] == [["b"], ["b"]]
