"""Names with umlauts have two forms to be found by; filters see one value all the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import Crm


def _names(crm: Crm, where: str, noun: str = "contact") -> list[str]:
    return [row["name"] for row in crm.json(noun, "list", "--where", where)]


def test_a_name_is_no_greater_than_itself(crm: Crm) -> None:
    for name in ("Käse", "Käse 1", "Kase", "Zebra", "Apfel"):
        crm("contact", "add", name)
        crm("product", "add", name)
    for noun in ("contact", "product"):
        assert _names(crm, "name <= Käse", noun) == ["Käse", "Kase", "Apfel"]
        assert _names(crm, "name > käse", noun) == ["Käse 1", "Zebra"]
        assert _names(crm, "name < Käse", noun) == ["Apfel"]
        assert _names(crm, "name >= kase", noun) == ["Käse", "Käse 1", "Kase", "Zebra"]
        assert _names(crm, "not name > 'Käse 1'", noun) == ["Käse", "Käse 1", "Kase", "Apfel"]


@pytest.mark.parametrize("way", ["option", "file"])
def test_a_text_of_ones_own_is_found_with_its_umlauts_written_out(
    crm: Crm, way: str, tmp_path: object
) -> None:
    crm("field", "add", "contact", "Home town")
    if way == "option":
        crm("contact", "add", "Ada", "--set", "home_town=Zürich")
    else:
        path = f"{tmp_path}/people.csv"
        with open(path, "w", encoding="utf-8") as file:  # noqa: PTH123
            file.write("name,Home town\nAda,Zürich\n")
        crm("contact", "import", path)
    for asked in ("zurich", "ZÜRICH", "zuerich", "zue*", "*uerich", "zu*"):
        assert _names(crm, f"home_town = {asked}") == ["Ada"], asked
    assert _names(crm, "home_town ~ uer") == ["Ada"]
    assert _names(crm, "home_town != zuerich") == []


def test_a_field_answers_to_its_title_whatever_its_letters(crm: Crm) -> None:
    crm("field", "add", "contact", "Überraschung", "--choice", "ja,nein")
    crm("contact", "add", "Ada", "--set", "Überraschung=ja")
    crm("contact", "add", "Bob")
    for name in ("Überraschung", "überraschung", "uberraschung", "ÜBERRASCHUNG"):
        assert _names(crm, f"{name} = ja") == ["Ada"]
    crm("contact", "edit", "Ada", "--unset", "Überraschung")
    assert _names(crm, "Überraschung is empty") == ["Ada", "Bob"]


def test_a_flag_of_ones_own_may_be_empty(crm: Crm) -> None:
    crm("field", "add", "contact", "Gold", "flag")
    for name, told in (("Ada", "yes"), ("Bob", "no"), ("Cleo", "")):
        crm("contact", "add", name, *(["--set", f"gold={told}"] if told else []))
    assert _names(crm, "gold is empty") == ["Cleo"]
    assert _names(crm, "not gold and gold is not empty") == ["Bob"]
    assert _names(crm, "gold = no") == ["Bob", "Cleo"]
    assert "did" not in crm("contact", "list", "--where", "archived is empty", code=2).out


def test_a_letter_alone_is_no_part_of_an_umlaut(crm: Crm) -> None:
    crm("field", "add", "contact", "Home town")
    for name, town in (("Jürg", "Zürich"), ("Bella", "Bern"), ("Malmö", "Köln")):
        crm("contact", "add", name, "--last-name", name, "--set", f"home_town={town}")
    for field in ("name", "last_name"):
        assert _names(crm, f"{field} ~ e") == ["Bella"]
        assert _names(crm, f"{field} = *e") == []
        assert _names(crm, f"{field} ~ uer") == _names(crm, f"{field} ~ jü") == ["Jürg"]
        assert _names(crm, f"{field} = *oe") == _names(crm, f"{field} = *o") == ["Malmö"]
    assert _names(crm, "home_town ~ e") == ["Bella"]
    assert _names(crm, "home_town ~ ue") == ["Jürg"]
