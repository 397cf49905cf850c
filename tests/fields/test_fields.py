"""Custom fields: defined, filled, shown, required, taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import Crm


@pytest.fixture
def shop(crm: Crm) -> Crm:
    """A store with a field of each kind, and one contact without any value."""
    crm("field", "add", "contact", "Shirt size", "--choice", "S,M,L")
    for name, kind in (
        ("Hobby", "text"), ("Weight", "number"), ("Budget", "money"), ("Met on", "date"),
        ("Vegan", "flag"), ("Blog", "link"),
    ):  # fmt: skip
        crm("field", "add", "contact", name, kind)
    crm("contact", "add", "Ada")
    return crm


SETS = (
    "--set", "shirt_size=m", "--set", "hobby=Chess", "--set", "Weight=1.5",
    "--set", "budget=12.50 CHF", "--set", "met-on=2026-05-01", "--set", "vegan=no",
    "--set", "blog=example.com",
)  # fmt: skip
FIELDS = {
    "shirt_size": "M", "hobby": "Chess", "weight": 1.5, "budget": "12.50",
    "budget_currency": "CHF", "met_on": "2026-05-01", "vegan": False,
    "blog": "https://example.com",
}  # fmt: skip


def test_values_of_every_kind_come_back_as_they_were_meant(shop: Crm) -> None:
    assert set(shop.json("contact", "show", "1")["fields"].values()) == {None}
    assert shop.json("contact", "edit", "1", *SETS)["fields"] == FIELDS
    assert shop.json("contact", "add", "Bob", *SETS)["fields"] == FIELDS
    shown = shop("contact", "show", "1").out
    assert "budget: 12.50 CHF" in shown
    assert "vegan: no" in shown
    row = shop.json("contact", "list", "--columns", "id,shirt_size,budget", "--sort", "budget")[0]
    assert row == {"id": 1, "shirt_size": "M", "budget": "12.50"}


def test_people_see_a_field_in_a_list_when_they_ask(shop: Crm) -> None:
    shop("contact", "edit", "1", *SETS)
    assert "Chess" not in shop("contact", "list").out
    assert "Chess" in shop("contact", "list", "--columns", "name,hobby").out
    assert shop.json("contact", "list")[0]["hobby"] == "Chess"


def test_undo_takes_values_and_definitions_back(shop: Crm) -> None:
    shop("contact", "edit", "1", *SETS)
    shop("contact", "edit", "1", "--set", "hobby=Go", "--unset", "vegan,blog")
    changed = shop.json("contact", "show", "1")["fields"]
    assert (changed["hobby"], changed["vegan"], changed["blog"]) == ("Go", None, None)
    shop("undo")
    assert shop.json("contact", "show", "1")["fields"] == FIELDS
    shop("field", "delete", "contact.budget", "--yes")
    assert "budget" not in shop.json("contact", "show", "1")["fields"]
    shop("undo")
    assert shop.json("contact", "show", "1")["fields"] == FIELDS
    shop("undo")
    shop("redo")
    assert shop.json("contact", "show", "1")["fields"] == FIELDS


def test_a_deleted_contact_comes_back_with_its_fields(shop: Crm) -> None:
    shop("contact", "edit", "1", *SETS)
    shop("contact", "delete", "1", "--yes")
    assert shop.json("field", "list")[0]["used"] == 0
    shop("trash", "restore", "1")
    assert shop.json("contact", "show", "1")["fields"] == FIELDS


def test_a_field_that_is_used_is_not_undone(shop: Crm) -> None:
    shop("contact", "edit", "1", "--set", "hobby=Go")
    error = shop("undo", "2", "--json", code=4).error
    assert "field values" in error["candidates"][0]["reason"]


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("weight=heavy", "weight: 'heavy' is not a number"),
        ("budget=12 X", "budget: '12 X' is not an amount"),
        ("met_on=someday", "met_on: "),
        ("vegan=perhaps", "vegan: 'perhaps' is neither yes nor no"),
        ("shirt_size=XL", "shirt_size: 'XL' is not a choice"),
        ("blog=no address", "blog: 'no address' is not a web address"),
        ("hobbi=Chess", "--set: there is no field 'hobbi'"),
        ("hobby", "--set 'hobby' has no ="),
    ],
)
def test_a_wrong_value_is_refused_by_the_name_of_its_field(
    shop: Crm, word: str, message: str
) -> None:
    error = shop("contact", "edit", "1", "--set", word, "--json", code=2).error
    assert error["message"].startswith(message)
    assert error["hint"]
    assert set(shop.json("contact", "show", "1")["fields"].values()) == {None}


def test_an_unknown_name_hints_at_the_nearest(shop: Crm) -> None:
    for option in (("--set", "hoby=Chess"), ("--unset", "hoby")):
        assert "did you mean hobby?" in shop("contact", "edit", "1", *option, code=2).err
    assert "did you mean hobby?" in shop("field", "show", "hoby", code=3).err


def test_set_names_a_contacts_own_fields_too(shop: Crm) -> None:
    found = shop.json("contact", "edit", "1", "--set", "owner=zoe", "--set", "email=a@example.com")
    assert (found["owner"], found["emails"][0]["value"]) == ("zoe", "a@example.com")
    shop("contact", "edit", "1", "--set", "owner=bob", "--owner", "zoe", code=2)


def test_an_empty_value_empties(shop: Crm) -> None:
    shop("contact", "edit", "1", "--set", "hobby=Go")
    assert shop.json("contact", "edit", "1", "--set", "hobby=")["fields"]["hobby"] is None


def test_a_required_field_is_asked_for_and_a_default_given(shop: Crm) -> None:
    shop("field", "edit", "hobby", "--required")
    shop("field", "edit", "contact", "shirt_size", "--default", "l")
    shop("field", "edit", "contact.email", "--required")
    error = shop("contact", "add", "Bob", "--json", code=2).error
    assert "email, hobby" in error["message"]
    found = shop.json("contact", "add", "Bob", "--set", "hobby=Go", "--email", "b@example.com")
    assert (found["fields"]["hobby"], found["fields"]["shirt_size"]) == ("Go", "L")
    # Who was there before may be edited, but nothing required may be emptied.
    shop("contact", "edit", "1", "--city", "Bern")
    for name in ("hobby", "email"):
        assert "required" in shop("contact", "edit", "2", "--unset", name, code=2).err
    shop("field", "edit", "hobby", "--optional")
    shop("field", "edit", "contact.email", "--optional")
    shop("contact", "add", "Eve", "--unset", "shirt_size")
    assert shop.json("contact", "show", "3")["fields"]["shirt_size"] is None


def test_names_that_mean_something_else_are_refused(shop: Crm) -> None:
    for name in ("email", "E-Mail", "title", "and", "revenue", "last purchase on", "!!"):
        shop("field", "add", "contact", name, code=2)
    assert shop("field", "add", "contact", "hobby", "--json", code=4).error["code"] == "duplicate"
    shop("field", "add", "contact", "budget currency", code=2)


def test_a_retired_field_keeps_its_values_and_its_name(shop: Crm) -> None:
    shop("contact", "edit", "1", "--set", "hobby=Go")
    shop("field", "retire", "hobby")
    assert shop.json("contact", "show", "1")["fields"]["hobby"] == "Go"
    assert "hobby" not in shop.json("contact", "list")[0]
    shop("contact", "edit", "1", "--set", "hobby=Chess", code=2)
    shop("field", "add", "contact", "hobby", code=4)
    shop("field", "edit", "hobby", "--active")
    assert shop.json("contact", "list")[0]["hobby"] == "Go"


def test_a_kind_is_changed_only_if_every_value_fits(shop: Crm) -> None:
    shop("contact", "edit", "1", "--set", "hobby=7")
    shop("field", "edit", "hobby", "--kind", "number")
    assert shop.json("contact", "show", "1")["fields"]["hobby"] == 7
    shop("field", "edit", "hobby", "--kind", "text")
    shop("contact", "edit", "1", "--set", "hobby=Go")
    error = shop("field", "edit", "hobby", "--kind", "number", "--json", code=4).error
    assert error["message"].startswith("contact 1: hobby: 'Go' is not a number")


def test_a_field_is_renamed_with_its_choices(shop: Crm) -> None:
    shop("contact", "edit", "1", "--set", "shirt_size=M")
    shop("field", "edit", "shirt_size", "--name", "T-shirt")
    assert shop.json("contact", "show", "1")["fields"]["t_shirt"] == "M"
    shop("contact", "edit", "1", "--set", "t_shirt=S")
    assert shop.json("field", "show", "t_shirt")["choices"] == ["S", "M", "L"]


def test_a_field_is_named_in_every_way(shop: Crm) -> None:
    shop("field", "add", "product", "hobby")
    assert shop("field", "show", "hobby", "--json", code=4).error["code"] == "ambiguous"
    for words in (("contact.hobby",), ("contact", "Hobby"), ("contacts", "hobby"), ("2",)):
        assert shop.json("field", "show", *words)["id"] == 2
