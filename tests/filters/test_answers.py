"""What a filter chooses, field by field."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Crm

    Ask = Callable[..., list[int]]

EVERYBODY = [1, 2, 3, 4]

CONTACTS: dict[str, list[int]] = {
    # the promises of the page
    "role = customer and revenue > 500 and last_purchase < -90d": [1],
    "tag:vip": [1],
    "city in (Bern, Basel)": [3, 4],
    "name ~ smith": [3, 4],
    # text, folded, and parts of it
    "city = zurich": [1],
    "city = ZUERICH": [1],
    'name = "ada mueller"': [1],
    "name = ada": [],
    "name = ada*": [1],
    "name = *mueller": [1],
    "name = *smith*": [3, 4],
    "name ~ MÜLL": [1],
    "last_name = muller": [1],
    "last_name = mue*": [1],
    'notes ~ "order of grosse"': [3],
    'notes = "big*"': [],
    "notes = big*": [3],
    "name < b": [1, 2],
    "company = acme*": [1],
    'company = "acme ag"': [1],
    "company is empty": [2, 3, 4],
    # lists of words
    "tags = VIP": [1],
    'tag:"big fish"': [1],
    "tag:'big fish'": [1],
    "tag in (vip, 'BIG  fish')": [1],
    "tag ~ fish": [1],
    "tag is empty": [2, 3, 4],
    "tag != vip": [2, 3, 4],
    "owner = anna": [1],
    "owner is not empty": [1],
    "source != fair": [1, 2, 4],
    "kind = company": [2],
    "role = Customer": [1, 3],
    "role != customer": [2, 4],
    "country = CH": [1, 3],
    "country = Switzerland": [1, 3],
    "country = DE": [],
    # addresses of all kinds
    "email = ADA@acme.com": [1],
    "email = *@acme.com": [1],
    "email ~ X.ORG": [3],
    "email is empty": [2, 4],
    "phone = '+41 44 668 18 00'": [1],
    "phone = 0041446681800": [1],
    "phone ~ 044668": [1],
    "phone = +41*": [1],
    "external_id = shop:1": [1],
    "external_id = SHOP:1": [1],
    "external_id = 1": [1, 3],
    "external_id = shop:2": [],
    "postcode >= 4000 and postcode < 9000": [1, 4],
    "postcode = 40*": [4],
    # days
    "birthday = 1990-05-31": [1],
    "birthday = --05": [1, 4],
    "birthday = --05-10": [4],
    "birthday < 2000": [1],
    "birthday > 1900": [1],
    "birthday is empty": [2, 3],
    "created = today": EVERYBODY,
    "created < today": [],
    "updated >= yesterday": EVERYBODY,
    "last_purchase = 2026-06": [3],
    "last_purchase = 2026-Q1": [1],
    "last_purchase = 2026": [1, 3],
    "last_purchase >= 2026-06-01": [3],
    "last_purchase > 2026-06-01": [],
    "last_purchase < 2026-06-01": [1],
    "last_purchase <= 2026-06-01": [1, 3],
    "first_purchase = 2026-01-01": [1],
    "last_purchase is empty": [2, 4],
    # sums, of which nothing after today is a part
    "revenue = 40.5": [3],
    "revenue = 40.50 EUR": [3],
    "revenue in (40.50, 600)": [1, 3],
    "revenue > 140": [1],
    "revenue <= 40.505": [3],
    "revenue >= 40.505": [1],
    "revenue = 40.505": [],
    "revenue is empty": [2, 4],
    "orders = 0": [2, 4],
    "orders < 1": [2, 4],
    "orders >= 0": EVERYBODY,
    "orders > 0": [1, 3],
    "orders in (0, 1)": EVERYBODY,
    "orders != 1": [2, 4],
    # a missing value is neither less nor more, and not equal
    "revenue > 500 or revenue <= 500": [1, 3],
    "not (revenue > 500)": [2, 3, 4],
    "revenue != 600": [2, 3, 4],
    "city != Bern": [1, 2, 4],
    "city !~ b": [1, 2],
    "city not in (Bern, Basel)": [1, 2],
    # the language
    "tag:vip or city = Bern": [1, 3],
    "tag:vip or city = Bern and name ~ cleo": [1],
    "(tag:vip or city = Bern) and name ~ bob": [3],
    "not not tag:vip": [1],
    "not tag:vip and not city = Bern": [2, 4],
    "not (tag:vip or city = Bern)": [2, 4],
    "ROLE = customer AND Not tag:vip": [3],
    'city = ""': [2],
    'city != ""': [1, 3, 4],
    "last-name=muller": [1],
    "id in (1, #3, 99)": [1, 3],
    "archived": [5],
    "archived = yes": [5],
    "not archived": EVERYBODY,
    "archived or city = Bern": [3, 5],
    "archived_at >= today": [5],
}


def test_contacts_are_chosen(shop: Crm, ids: Ask) -> None:
    """In one test, because making the shop costs more than all of the questions."""
    answers = {where: ids(where) for where in CONTACTS}
    assert answers == CONTACTS


PURCHASES: dict[str, list[int]] = {
    "amount > 50": [1, 3],
    "amount > 50 EUR": [1, 3],
    "amount > 50 CHF": [],
    "amount = 40.50": [2],
    "on >= -30d": [2, 3],
    "on = 2026-01": [1],
    "kind = sale and contact ~ smith": [2, 3],
    "product = tea": [3],
    "product = b*": [1, 2],
    "channel = WEB": [2],
    "channel is empty": [3],
    "order = a-1": [3],
    "quantity = 1": [1, 2, 3],
    "quantity > 1": [],
    "contact_id = 1": [1],
    "currency = eur": [1, 2, 3],
    "category is empty": [1, 2, 3],
}


def test_purchases_are_chosen(shop: Crm, ids: Ask) -> None:
    assert {where: ids(where, "purchase") for where in PURCHASES} == PURCHASES


def test_products_are_chosen(crm: Crm) -> None:
    crm("product", "add", "Gift box", "48", "--sku", "BOX-1", "--category", "gifts")
    crm("product", "add", "Röstkaffee", "12.50 CHF", "--sku", "COF-1K")
    crm("product", "add", "Yen thing", "5000 JPY")
    crm("product", "add", "Old", "1")
    crm("product", "retire", "Old")
    expected = {
        "price > 20": [1, 3],
        "price > 12.49 and price < 100": [1, 2],
        "price > 12 CHF": [2],
        "price = 5000 JPY": [3],
        "price != 48": [2, 3],
        "sku = box-1": [1],
        "sku = cof*": [2],
        "name = rostkaffee": [2],
        "category = Gifts": [1],
        "category is empty": [2, 3],
        "not active": [4],
        "active": [1, 2, 3],
    }
    for where, chosen in expected.items():
        run = crm("product", "list", "--where", where, "-f", "ids")
        assert [int(line) for line in run.out.split()] == chosen, where


@pytest.mark.parametrize("noun", ["contact", "purchase", "product"])
def test_an_export_holds_what_the_filter_chooses(shop: Crm, noun: str) -> None:
    shop("contact", "add", "Eve")
    whole = shop(noun, "export", "-f", "jsonl").out.splitlines()
    part = shop(noun, "export", "-f", "jsonl", "--where", "id in (2, 3) or id = 1 and id != 1")
    assert part.out.splitlines() == [line for line in whole if '"id": 2,' in line or
                                     '"id": 3,' in line]  # fmt: skip
    assert f"exported {len(part.out.splitlines())} {noun}" in part.err
    assert len(part.out.splitlines()) < len(whole)


def test_an_export_filters_csv_too(shop: Crm) -> None:
    lines = shop("contact", "export", "--where", "tag:vip or archived").out.splitlines()
    assert [line.split(",")[0] for line in lines] == ["id", "1", "5"]


def test_the_filter_narrows_beside_other_options(shop: Crm) -> None:
    run = shop("contact", "list", "smith", "--where", "city = Bern", "-f", "ids")
    assert run.out.split() == ["3"]
    run = shop("contact", "list", "--where", "id > 0", "--limit", "2", "-f", "ids")
    assert run.out.split() == ["1", "2"]
    assert shop("contact", "list", "--where", "id = 99", "--fail-empty", code=3).out == ""
    run = shop("contact", "list", "--archived", "--where", "city = Bern", "-f", "ids")
    assert run.out.split() == ["5"]
    run = shop("contact", "list", "--all", "--where", "city = Bern", "-f", "ids")
    assert run.out.split() == ["3", "5"]


def test_days_are_those_of_the_business(crm: Crm) -> None:
    crm("config", "set", "timezone", "Pacific/Auckland")
    crm("contact", "add", "Ada", "--now", "2026-06-14T13:00:00Z")  # the 15th there
    run = crm("contact", "list", "--where", "created = 2026-06-15", "-f", "ids")
    assert run.out.split() == ["1"]
    assert crm("contact", "list", "--where", "created = 2026-06-14", "-f", "ids").out == ""


def test_how_a_day_was_understood_is_said(shop: Crm) -> None:
    run = shop("contact", "list", "--where", "last_purchase < -90d and created >= 2026-01-01")
    assert "last_purchase '-90d': 2026-03-17" in run.err
    assert "2026-01-01" not in run.err


def test_revenue_is_what_the_contact_shows_where_currencies_meet(crm: Crm) -> None:
    crm("config", "rate", "add", "CHF", "0.5", "--on", "2026-01-01")
    for name in ("home", "foreign", "mixed", "no rate", "returned", "nothing"):
        crm("contact", "add", name)
    crm("purchase", "add", "1", "Box", "100", "--on", "2026-02-01")
    crm("purchase", "add", "2", "Box", "100.01 CHF", "--on", "2026-02-01")
    crm("purchase", "add", "3", "Box", "100 CHF", "--on", "2026-02-01")
    crm("purchase", "add", "3", "Box", "7", "--on", "2026-02-02")
    crm("purchase", "add", "4", "Box", "100 USD", "--on", "2026-02-01")
    crm("purchase", "add", "5", "Box", "9", "--on", "2026-02-01")
    crm("purchase", "return", "6")
    shown = {n: crm.json("contact", "show", str(n))["revenue"] for n in range(1, 7)}
    assert set(shown.values()) >= {"100.00", "50.01", "57.00", "0.00", None}
    for bound in ("0", "50.00", "50.01", "57", "100"):
        for sign, holds in (
            (">", float.__gt__), ("<=", float.__le__), ("=", float.__eq__),
        ):  # fmt: skip
            run = crm("contact", "list", "--where", f"revenue {sign} {bound}", "-f", "ids")
            expected = [n for n, v in shown.items() if v and holds(float(v), float(bound))]
            assert [int(line) for line in run.out.split()] == expected, (sign, bound)
    run = crm("contact", "list", "--where", "revenue is empty", "-f", "ids")
    assert [int(line) for line in run.out.split()] == [n for n, v in shown.items() if v is None]


def test_a_reading_command_without_a_store_shows_nothing(crm: Crm) -> None:
    assert crm("contact", "list", "--where", "tag:vip and city = Bern", "--json").json == []
    assert not crm.db.exists()
