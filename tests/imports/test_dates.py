"""Dates as files write them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.imports.helpers import Files

SALE = "customer,on,amount\nA1,{},5\n"


@pytest.mark.parametrize(
    ("text", "order", "day"),
    [
        ("13/04/26", "dmy", "2026-04-13"),
        ("4/13/26 10:00", "mdy", "2026-04-13"),
        ("26-04-13", "ymd", "2026-04-13"),
        ("13.04.1999", "dmy", "1999-04-13"),
        ("13/04/69", "dmy", "1969-04-13"),
    ],
)
def test_the_order_that_was_said(files: Files, text: str, order: str, day: str) -> None:
    assert files.load("purchase", SALE.format(text), "--dates", order)["created"] == 1
    assert files.rows("SELECT purchased_on FROM purchases") == [(day,)]


@pytest.mark.parametrize(
    ("text", "meant", "order"),
    [
        ("13/04/2026", "write 2026-04-13, or", "--dates dmy"),
        ("04/13/26", "write 2026-04-13, or", "--dates mdy"),
        ("03/04/2026", "write 2026-04-03 or 2026-03-04, or", "--dates dmy or mdy"),
        ("31/31/2026", "is not in the calendar", ""),
    ],
)
def test_no_order_said(files: Files, text: str, meant: str, order: str) -> None:
    (told,) = files.load("purchase", SALE.format(text), code=6)["rejections"]
    assert meant in told["reason"]
    assert told["reason"].endswith(order)
    assert "two ways" not in told["reason"]


def test_a_birthday_of_two_digits_lies_in_the_past(files: Files) -> None:
    files.load("contact", "name,birthday\nAda,13/04/60\n", "--dates", "dmy")
    assert files.crm.json("contact", "show", "Ada")["birthday"] == "1960-04-13"


@pytest.mark.parametrize(
    ("text", "said"),
    [("05/01", "write --01-05 or --05-01, or say --dates dmy or mdy"),
     ("05/13", "write --05-13, or say --dates mdy"), ("29.02.", "write --02-29, or say --dates dmy")],
)  # fmt: skip
def test_no_year_is_made_up_where_the_order_is_asked(files: Files, text: str, said: str) -> None:
    result = files.load("contact", f"name,birthday\nAnn,{text}\n", code=6)
    assert result["rejections"][0]["reason"].endswith(said)
    files.load("contact", f"name,birthday\nAnn,{said.split()[1].rstrip(',')}\n")
