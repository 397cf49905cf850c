"""Local phone numbers belong to their row's country, however a file writes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.imports.helpers import Files


def _phone(files: Files, number: int = 1) -> str | None:
    phones = files.crm.json("contact", "show", number)["phones"]
    return phones[0]["value"] if phones else None


@pytest.mark.parametrize(
    ("country", "local", "expected"),
    [
        ("Vereinigte Staaten von Amerika", "(212) 555-0123", "+12125550123"),
        ("États-Unis", "212 555 0123", "+12125550123"),
        ("U.S.", "212-555-0123", "+12125550123"),
        ("Vereinigtes Königreich", "020 7946 0018", "+442079460018"),
        ("GROSSBRITANNIEN", "020 7946 0018", "+442079460018"),
        ("Autriche", "01 5131234", "+4315131234"),
        ("Pays-Bas", "020 123 4567", "+31201234567"),
        ("Schweden", "08-123 456 78", "+46812345678"),
        ("Singapore", "6123 4567", "+6561234567"),
        ("Nirgendwo", "020 7946 0018", None),
    ],
)
def test_a_row_names_its_country(
    files: Files, country: str, local: str, expected: str | None
) -> None:
    files.load("contact", f"name,phone,country\nAda,{local},{country}\n")
    assert _phone(files) == expected


SHOPIFY = (
    "Name,Email,Financial Status,Created at,Lineitem quantity,Lineitem name,Lineitem price,"
    "Billing Name,Billing Country,Billing Phone,Currency\n"
    "#1,a@x.org,paid,2026-01-10 10:00:00 +0100,1,Soap,5.00,Ann,CH,031 381 12 34,CHF\n"
    "#1,a@x.org,,,1,Brush,7.00,,,,\n"
)
WOO = (
    "Order Number,Order Status,Order Date,Email (Billing),Phone (Billing),Country Code (Billing),"
    "Item Name,Quantity,Item Cost\n"
    "7,Completed,2026-01-10,a@x.org,01 5131234,AT,Cup,1,5.00\n"
)
ITEMS = (
    "order_id,order_date,billing_email,billing_phone,billing_country,item_name,item_total\n"
    "7,2026-01-10,a@x.org,01 5131234,AT,Cup,5.00\n"
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [(SHOPIFY, "+41313811234"), (WOO, "+4315131234"), (ITEMS, "+4315131234")],
    ids=["shopify", "woocommerce", "woocommerce-items"],
)
def test_an_order_names_the_country_of_its_customer(files: Files, text: str, expected: str) -> None:
    first = files.load("purchase", text)
    assert (first["warnings"], first["contacts_created"]) == ([], 1)
    assert not {"Billing Country", "billing_country"} & {*first["unknown_columns"]}
    assert _phone(files) == expected
    again = files.load("purchase", text)
    assert again["unchanged"] == again["read"]


def test_a_products_number_is_no_name(files: Files) -> None:
    stripe = (
        "id,Created date (UTC),Amount,Currency,Status,Customer ID,Customer Email\n"
        "ch_1,2026-01-10 10:00:00,5.00,eur,Paid,cus_Abc,ada@x.org\n"
    )
    files.load("purchase", stripe)
    contact = files.crm.json("contact", "show", 1)
    assert (contact["name"], contact["external_ids"]) == ("ada@x.org", ["stripe:cus_Abc"])


def test_tags_of_freshsales_are_parted_by_commas_too(files: Files) -> None:
    text = 'Last name,Sales owner,Emails,Tags\nAda,Sam,a@x.org;b@x.org,"hot, vip;new"\n'
    files.load("contact", text)
    contact = files.crm.json("contact", "show", 1)
    assert [email["value"] for email in contact["emails"]] == ["a@x.org", "b@x.org"]
    assert sorted(contact["tags"]) == ["hot", "new", "vip"]


@pytest.mark.parametrize(
    ("amount", "options", "told"),
    [("$9.00", (), ["mark"]), ("$9.00", ("--currency", "CAD"), []), ("9.00 €", (), [])],
)
def test_a_mark_of_another_currency_is_told(
    files: Files, amount: str, options: tuple[str, ...], told: list[str]
) -> None:
    text = f"customer,date,amount\nK1,2026-01-10,{amount}\nK2,2026-01-11,{amount}\n"
    result = files.load("purchase", text, *options)
    assert [warning["kind"] for warning in result["warnings"]] == told
    assert result["created"] == 2
