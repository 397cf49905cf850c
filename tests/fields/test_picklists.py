"""Picklists: words for the same thing, and records that stay readable."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Crm


@pytest.fixture
def shop(crm: Crm) -> Crm:
    """A role of the owner's own and a choice field, both used by contact 1."""
    crm("picklist", "add", "role", "Reseller", "--alias", "VAR")
    crm("field", "add", "contact", "Size", "--choice", "S,M,L")
    crm("contact", "add", "Ada", "--role", "var", "--set", "size=m")
    return crm


def value(crm: Crm, name: str, key: str) -> Any:
    return next(row for row in crm.json("picklist", "list", name, "--all") if row["key"] == key)


def ada(crm: Crm) -> tuple[str, str]:
    found = crm.json("contact", "show", "1")
    return found["role"], found["fields"]["size"]


def test_the_lists_say_what_there_is_and_who_has_it(shop: Crm) -> None:
    assert value(shop, "role", "reseller")["used"] == 1
    assert value(shop, "contact.size", "M")["used"] == 1
    assert {row["list"] for row in shop.json("picklist", "list")} == {
        "role", "relation", "segment", "channel", "outcome", "contact.size", "loss-reason",
        "stage",
    }  # fmt: skip
    assert shop.json("picklist", "list", "size") == shop.json("picklist", "list", "contact.size")
    assert "did you mean role?" in shop("picklist", "list", "rol", code=3).err


def test_what_is_renamed_is_found_by_both_words(shop: Crm, tmp_path: Path) -> None:
    shop("picklist", "rename", "role", "reseller", "Sales partner")
    shop("picklist", "rename", "size", "M", "Medium")
    assert ada(shop) == ("sales-partner", "Medium")
    shop("contact", "add", "Bob", "--role", "Reseller", "--set", "size=m")
    source = tmp_path / "people.csv"
    source.write_text("name,role,size\nEve,var,m\n")
    shop("contact", "import", source)
    assert {row["role"] for row in shop.json("contact", "list")} == {"sales-partner"}
    assert value(shop, "size", "Medium")["used"] == 3
    for _ in range(4):
        shop("undo")
    assert ada(shop) == ("reseller", "M")


def test_the_programs_own_values_keep_their_keys(shop: Crm) -> None:
    shop("contact", "edit", "1", "--role", "partner")
    found = shop.json("picklist", "rename", "role", "partner", "Business friend")
    assert (found["key"], found["label"], found["aliases"]) == (
        "partner", "Business friend", ["Partner"],
    )  # fmt: skip
    assert ada(shop)[0] == "partner"
    for words in (("contact", "show", "1"), ("contact", "list")):
        assert "Business friend" in shop(*words).out
        assert "partner" in shop(*words, "-f", "csv").out
        assert "Business friend" in shop(*words, "-f", "markdown").out
    assert shop.json("contact", "edit", "1", "--role", "business friend")["role"] == "partner"


def test_merging_moves_every_record_and_undo_moves_them_back(shop: Crm) -> None:
    shop("contact", "add", "Bob", "--role", "partner", "--set", "size=S")
    shop("picklist", "merge", "role", "partner", "reseller", code=2)
    shop("picklist", "merge", "role", "partner", "reseller", "--yes")
    shop("picklist", "merge", "size", "S", "M", "L", "--yes")
    assert ada(shop) == ("partner", "S")
    assert [row["key"] for row in shop.json("picklist", "list", "size")] == ["S"]
    assert shop.json("contact", "edit", "1", "--set", "size=l")["fields"]["size"] == "S"
    for _ in range(2):
        shop("undo")
    assert ada(shop) == ("reseller", "M")
    assert shop.json("contact", "show", "2")["role"] == "partner"
    assert "VAR" in value(shop, "role", "reseller")["aliases"]


def test_history_tells_the_words_of_its_time(shop: Crm) -> None:
    shop("contact", "edit", "1", "--role", "partner")
    shop("picklist", "merge", "role", "other", "reseller", "--yes")
    images = [change["fields"] for change in shop.json("history", "4")["changes"]]
    assert images[0]["role"] == ["reseller", "partner"]


def test_a_retired_value_stays_with_its_records(shop: Crm) -> None:
    shop("picklist", "retire", "role", "Reseller")
    assert ada(shop)[0] == "reseller"
    assert shop.json("contact", "list", "--role", "reseller")[0]["id"] == 1
    shop("contact", "add", "Bob", "--role", "reseller", code=2)
    assert "reseller" not in {row["key"] for row in shop.json("picklist", "list", "role")}
    shop("picklist", "restore", "role", "reseller")
    shop("contact", "add", "Bob", "--role", "reseller")
    shop("picklist", "retire", "size", "S", "M")
    shop("picklist", "retire", "size", "L", code=5)


def test_what_is_in_use_is_not_deleted(shop: Crm) -> None:
    for name, word in (("role", "reseller"), ("size", "M"), ("role", "other")):
        assert shop("picklist", "delete", name, word, "--json", code=5).error["hint"]
    shop("picklist", "delete", "size", "L")
    assert [row["key"] for row in shop.json("picklist", "list", "size")] == ["S", "M"]
    error = shop("undo", "1", "--json", code=4).error
    assert "is used by records" in error["candidates"][0]["reason"]


@pytest.mark.parametrize(
    "words",
    [
        ("retire", "role", "customer"), ("merge", "role", "other", "prospect", "--yes"),
        ("retire", "segment", "lost"), ("add", "segment", "Mine"),
        ("retire", "relation", "referral"),
    ],
)  # fmt: skip
def test_what_the_program_needs_stays(shop: Crm, words: tuple[str, ...]) -> None:
    assert shop("picklist", *words, "--json", code=5).error["code"] == "refused"


def test_one_word_means_one_value(shop: Crm) -> None:
    for words in (
        ("add", "role", "var"), ("add", "role", "X", "--alias", "Partner"),
        ("rename", "role", "partner", "RESELLER"),
    ):  # fmt: skip
        assert shop("picklist", *words, "--json", code=4).error["code"] == "duplicate"
    shop("picklist", "rename", "role", "reseller", "VAR")
    assert value(shop, "role", "var")["aliases"] == ["Reseller"]


def test_the_order_is_the_owners(shop: Crm) -> None:
    shop("picklist", "order", "size", "L", "s")
    assert [row["key"] for row in shop.json("picklist", "list", "size")] == ["L", "S", "M"]
    assert shop.json("field", "show", "size")["choices"] == ["L", "S", "M"]
    shop("undo")
    assert shop.json("field", "show", "size")["choices"] == ["S", "M", "L"]
