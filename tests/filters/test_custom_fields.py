"""Custom fields are asked like all others, from the moment they exist."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.conftest import Crm


def test_custom_fields_of_every_kind_are_asked_by_name(crm: Crm) -> None:
    for name, kind in (
        ("Nickname", "text"), ("Weight", "number"), ("Budget", "money"), ("Renewal", "date"),
        ("Loyal", "flag"), ("Shop", "link"),
    ):  # fmt: skip
        crm("field", "add", "contact", name, "--kind", kind)
    crm("field", "add", "contact", "Size", "--choice", "small,large")
    settings = (
        "nickname=Größi", "weight=2.5", "budget=1200 CHF", "renewal=2026-07-01", "loyal=yes",
        "shop=https://x.org/a", "size=large",
    )  # fmt: skip
    crm("contact", "add", "Ada", *(word for text in settings for word in ("--set", text)))
    crm("contact", "add", "Bob", "--set", "loyal=no", "--set", "weight=10", "--set", "size=small")
    crm("contact", "add", "Cleo")
    expected = {
        "nickname = grossi": [1],
        "nickname ~ SSI": [1],
        "nickname is empty": [2, 3],
        "weight > 2": [1, 2],
        "weight = 2.5": [1],
        "weight < 2.5": [],
        "weight != 10": [1, 3],
        "budget > 1000": [1],
        "budget > 1000 CHF": [1],
        "budget > 1000 EUR": [],
        "renewal <= +1m": [1],
        "renewal = 2026": [1],
        "loyal": [1],
        "not loyal": [2, 3],
        "loyal = no": [2, 3],
        "shop ~ x.org": [1],
        "size = Large": [1],
        "size in (small, large)": [1, 2],
        "size != large": [2, 3],
        "size is not empty and weight > 5 or nickname = gr*": [1, 2],
    }
    for where, chosen in expected.items():
        run = crm("contact", "list", "--where", where, "-f", "ids")
        assert [int(line) for line in run.out.split()] == chosen, where
    error = crm("contact", "list", "--where", "size = larg", "--json", code=2).error
    assert "did you mean large" in error["hint"]
    error = crm("contact", "list", "--where", "wieght = 1", "--json", code=2).error
    assert error["hint"] == "did you mean weight?"


def test_products_and_purchases_have_theirs(crm: Crm) -> None:
    crm("field", "add", "product", "Colour", "--kind", "text")
    crm("field", "add", "purchase", "Gift", "--kind", "flag")
    crm("product", "add", "Box", "5", "--set", "colour=Röt")
    crm("contact", "add", "Ada")
    crm("purchase", "add", "1", "Box", "5", "--set", "gift=yes")
    crm("purchase", "add", "1", "Box", "6")
    assert crm("product", "list", "--where", "colour = rot", "-f", "ids").out.split() == ["1"]
    assert crm("purchase", "list", "--where", "gift", "-f", "ids").out.split() == ["1"]
    assert crm("purchase", "list", "--where", "not gift", "-f", "ids").out.split() == ["2"]
    run = crm("contact", "list", "--where", "colour = rot", code=2)
    assert "a contact has no field 'colour'" in run.err
