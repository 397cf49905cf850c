"""``report completeness``: counted by hand on a small store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.conftest import Crm


@pytest.fixture
def shop(crm: Crm) -> Crm:
    """Three customers, a prospect, a company, and one in the archive."""
    crm("field", "add", "contact", "Hobby")
    crm("contact", "add", "Ada", "--role", "customer", "--email", "a@example.com", "--set",
        "hobby=Chess", "--birthday", "1990-01-01")  # fmt: skip
    crm("contact", "add", "Bob", "--role", "customer", "--phone", "+41446681800", "--city", "Bern")
    crm("contact", "add", "Eve", "--role", "customer", "--email", "e@example.com", "--phone",
        "+41446681801", "--city", "Basel")  # fmt: skip
    crm("contact", "add", "Zoe")
    crm("contact", "add", "Acme", "--kind", "company", "--city", "Bern")
    crm("contact", "add", "Old")
    crm("contact", "archive", "6")
    crm("purchase", "add", "1", "Tea", "5", "--on", "2026-01-01")
    crm("purchase", "add", "2", "Tea", "5", "--on", "2026-02-01")
    crm("purchase", "add", "2", "Tea", "5", "--on", "2026-03-01")
    return crm


def row(found: dict[str, Any], name: str) -> dict[str, Any]:
    return next(row for row in found["rows"] if row["field"] == name)


def test_it_counts_who_has_what_by_role(shop: Crm) -> None:
    found = shop.json("report", "completeness")
    assert row(found, "email") == {
        "field": "email", "required": False, "custom": False, "records": 5, "filled": 2,
        "missing": 3, "rate": 0.4, "roles": {"customer": 0.6667, "prospect": 0.0},
    }  # fmt: skip
    assert row(found, "city")["roles"] == {"customer": 0.6667, "prospect": 0.5}
    assert row(found, "hobby")["filled"] == 1
    # Companies have no birthday.
    assert (row(found, "birthday")["records"], row(found, "birthday")["rate"]) == (4, 0.25)
    assert found["totals"] == {
        "records": 5, "complete": 1, "rate": 0.2, "asked_for": ["email", "phone", "city"],
    }  # fmt: skip
    assert shop.json("report", "completeness", "--role", "customer")["totals"]["records"] == 3
    assert "40" in shop("report", "completeness").out


def test_what_the_owner_requires_comes_first(shop: Crm) -> None:
    for name in ("hobby", "contact.birthday"):
        shop("field", "edit", name, "--required")
    found = shop.json("report", "completeness")
    assert {line["field"] for line in found["rows"][:2]} == {"hobby", "birthday"}
    assert (found["totals"]["asked_for"], found["totals"]["complete"]) == (["birthday", "hobby"], 1)


def test_best_customers_are_asked_first(shop: Crm) -> None:
    found = shop.json("report", "completeness", "--ask")
    assert [(line["contact"], line["missing"]) for line in found["rows"]] == [
        ("Bob", ["email"]), ("Ada", ["phone", "city"]), ("Zoe", ["email", "phone", "city"]),
        ("Acme", ["email", "phone"]),
    ]  # fmt: skip
    assert (found["rows"][0]["revenue"], found["rows"][0]["last_purchase_on"]) == (
        "10.00", "2026-03-01",
    )  # fmt: skip
    found = shop.json("report", "completeness", "--missing", "birthday")
    assert [line["contact"] for line in found["rows"]] == ["Bob", "Eve", "Zoe"]
    assert "did you mean hobby?" in shop("report", "completeness", "--missing", "hoby", code=2).err


def test_as_of_a_day_before_there_is_nobody(shop: Crm) -> None:
    found = shop.json("report", "completeness", "--as-of", "2026-06-14")
    assert (found["totals"]["records"], found["totals"]["rate"]) == (0, None)
    assert shop.json("report", "completeness", "--as-of", "2026-06-15")["totals"]["records"] == 5


def test_every_figure_is_explained(shop: Crm) -> None:
    found = shop.json("report", "completeness")
    for line in found["rows"]:
        for column in ("records", "filled", "missing"):
            behind = shop.json("report", "explain", "completeness", f"{line['field']}:{column}")
            assert len(behind) == line[column]
    assert [row["contact"] for row in shop.json(
        "report", "explain", "completeness", "city:prospect"
    )] == ["Acme"]  # fmt: skip
    for column in ("records", "complete"):
        behind = shop.json("report", "explain", "completeness", f"all:{column}")
        assert len(behind) == found["totals"][column]
    assert (
        "did you mean email?"
        in shop("report", "explain", "completeness", "emial:filled", code=2).err
    )


# -- products and purchases -----------------------------------------------------------------


@pytest.fixture
def goods(crm: Crm) -> Crm:
    """Two products on sale, one retired; two sales and a return."""
    crm("contact", "add", "Ada")
    crm("product", "add", "Tea", "5", "--category", "drinks")
    crm("product", "add", "Cup")
    crm("product", "add", "Old")
    crm("product", "retire", "Old")
    crm("purchase", "add", "Ada", "Tea", "5", "--on", "2026-01-05", "--channel", "shop")
    crm("purchase", "add", "Ada", "Cup", "9", "--on", "2026-02-05")
    crm("purchase", "return", "2", "1", "--on", "2026-03-05")
    return crm


def test_products_and_purchases_are_counted_likewise(goods: Crm) -> None:
    """What may be empty, what is asked for, and how much of it is there."""
    body = goods.json("report", "completeness", "--of", "product")
    assert body["parameters"]["of"] == "product"
    rows = {row["field"]: (row["filled"], row["missing"]) for row in body["rows"]}
    assert rows["category"] == rows["price"] == (1, 1)
    assert list(rows)[:2] == ["category", "price"]
    assert body["totals"] == {
        "records": 2, "complete": 1, "rate": 0.5, "asked_for": ["category", "price"]
    }  # fmt: skip
    goods("field", "edit", "purchase.channel", "--required")
    body = goods.json("report", "completeness", "--of", "purchase")
    assert body["rows"][0]["field"] == "channel"
    assert (body["totals"]["records"], body["totals"]["complete"]) == (2, 1)
    earlier = goods.json("report", "completeness", "--of", "purchase", "--as-of", "2026-01-31")
    assert earlier["totals"]["records"] == 1


def test_which_products_and_purchases_lack_something(goods: Crm) -> None:
    """Lists to work through, and the records behind each figure."""
    (cup,) = goods.json("report", "completeness", "--of", "product", "--ask")["rows"]
    assert (cup["product"], cup["missing"]) == ("Cup", ["category", "price"])
    (line,) = goods.json("report", "completeness", "--of", "purchase", "--missing", "channel")[
        "rows"
    ]
    assert (line["id"], line["on"], line["amount"]) == (2, "2026-02-05", "9.00")
    explain = ("report", "explain", "completeness")
    assert goods(*explain, "channel:filled", "--of", "purchase", "-f", "ids").out == "1\n"
    assert goods(*explain, "all:complete", "--of", "product", "-f", "ids").out == "1\n"
    run = goods(*explain, "sku:missing", "--of", "product")
    assert run.out.count("sku") == 2
    assert "Rate = products that have a value" in run.err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--of", "prodct"), "did you mean product?"),
        (("--of", "product", "--where", "city = Bern"), "crm product list --where"),
        (("--of", "product", "--segment", "champions"), "crm product list --where"),
        (("--of", "purchase", "--role", "customer"), "--where 'role = customer'"),
        (("--of", "purchase", "--missing", "chanel"), "did you mean channel?"),
    ],
)
def test_what_products_and_purchases_cannot_be_asked(
    goods: Crm, options: tuple[str, ...], said: str
) -> None:
    """Refused with what to do, never passed over."""
    assert said in goods("report", "completeness", *options, "--json", code=2).error["hint"]
