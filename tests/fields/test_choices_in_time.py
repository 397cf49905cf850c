"""Choices that go: what records, files, defaults and the history make of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Crm


def _sizes(crm: Crm) -> list[str | None]:
    return [row["size"] for row in crm.json("contact", "list")]


@pytest.fixture
def sized(crm: Crm) -> Crm:
    """Ada in S, Bob in M, Cleo in L."""
    crm("field", "add", "contact", "Size", "--choice", "S,M,L")
    for name, size in (("Ada", "S"), ("Bob", "M"), ("Cleo", "L")):
        crm("contact", "add", name, "--email", f"{name}@x.org", "--set", f"size={size}")
    return crm


def test_a_merge_of_values_in_use_is_undone_and_redone(sized: Crm) -> None:
    sized("picklist", "merge", "size", "M", "S", "L", "--yes")
    assert _sizes(sized) == ["M", "M", "M"]
    for _ in range(2):
        sized("undo")
        assert _sizes(sized) == ["S", "M", "L"]
        sized("redo")
        assert _sizes(sized) == ["M", "M", "M"]
    assert [row["key"] for row in sized.json("picklist", "list", "size")] == ["M"]


def test_a_merge_of_roles_is_undone_and_redone(crm: Crm) -> None:
    crm("picklist", "add", "role", "Reseller")
    crm("contact", "add", "Ada", "--role", "reseller")
    crm("picklist", "merge", "role", "partner", "reseller", "--yes")
    crm("undo")
    assert crm.json("contact", "show", "Ada")["role"] == "reseller"
    crm("redo")
    assert crm.json("contact", "show", "Ada")["role"] == "partner"


def test_a_value_that_records_took_meanwhile_stays(sized: Crm) -> None:
    sized("picklist", "add", "size", "XL")
    sized("contact", "edit", "Ada", "--set", "size=XL")
    added = next(e["id"] for e in sized.json("history") if "added XL" in e["summary"])
    assert "used by records" in sized("undo", added, code=4).err


@pytest.mark.parametrize("ending", ["csv", "jsonl", "vcf"])
def test_an_export_with_a_retired_choice_comes_back(
    sized: Crm, tmp_path: Path, ending: str
) -> None:
    sized("picklist", "retire", "size", "M")
    path = tmp_path / f"out.{ending}"
    if ending == "jsonl":
        path.write_text(sized("contact", "export", "-f", "jsonl").out, encoding="utf-8")
    else:
        sized("contact", "export", path)
    result = sized.json("contact", "import", path)
    assert (result["unchanged"], result["rejected"]) == (3, 0)
    assert [warning["kind"] for warning in result["warnings"]] == ["retired-choice"]
    assert _sizes(sized) == ["S", "M", "L"]
    assert "it is one of S, L" in sized("contact", "add", "Dan", "--set", "size=M", code=2).err


def test_who_has_a_retired_choice_may_be_given_it_again(sized: Crm) -> None:
    sized("picklist", "retire", "size", "M")
    sized("contact", "edit", "Bob", "--set", "size=m", "--notes", "tall")
    assert sized.json("contact", "show", "Bob")["fields"] == {"size": "M"}
    assert "it is one of S, L" in sized("contact", "edit", "Ada", "--set", "size=M", code=2).err
    sized("contact", "edit", "Bob", "--set", "size=L")
    sized("contact", "edit", "Bob", "--set", "size=M", code=2)
    sized("picklist", "add", "role", "Reseller")
    sized("contact", "edit", "Ada", "--role", "reseller")
    sized("picklist", "retire", "role", "reseller")
    sized("contact", "edit", "Ada", "--role", "Reseller", "--notes", "n")
    sized("contact", "edit", "Bob", "--role", "reseller", code=2)


def test_a_retired_role_in_a_file_is_kept_and_warned_of(crm: Crm, tmp_path: Path) -> None:
    crm("picklist", "add", "role", "Reseller")
    crm("picklist", "retire", "role", "reseller")
    path = tmp_path / "in.csv"
    path.write_text("name,email,role\nAda,a@x.org,Reseller\nBob,b@x.org,customer\n")
    result = crm.json("contact", "import", path)
    told = [(warning["kind"], warning["count"]) for warning in result["warnings"]]
    assert told == [("retired-choice", 1)]
    assert crm.json("contact", "show", "Ada")["role"] == "reseller"
    path.write_text("name,role\nCleo,nobody\n")
    run = crm("contact", "import", path, code=6)
    assert "reseller" not in run.err


@pytest.mark.parametrize("verb", ["retire", "delete"])
def test_a_default_that_is_offered_no_more_is_none(sized: Crm, verb: str) -> None:
    sized("picklist", "add", "size", "XL")
    sized("field", "edit", "contact.size", "--default", "xl")
    sized("picklist", verb, "size", "XL")
    sized("contact", "add", "Dan")
    assert _sizes(sized)[-1] is None
    sized("undo", "--yes")
    sized("undo", "--yes")
    sized("contact", "add", "Eve")
    assert _sizes(sized)[-1] == "XL"


def test_several_aliases_are_given_at_once(sized: Crm) -> None:
    sized("picklist", "add", "size", "XL", "--alias", "extra large,huge", "--alias", "very big")
    for word in ("Extra Large", "HUGE", "very big"):
        sized("contact", "edit", "Ada", "--set", f"size={word}")
        assert _sizes(sized)[0] == "XL"
        sized("contact", "edit", "Ada", "--set", "size=S")


def test_lists_take_a_field_by_its_title(crm: Crm) -> None:
    crm("field", "add", "contact", "Größe", "number")
    crm("field", "add", "contact", "Shirt size")
    for name, size in (("Ada", "2"), ("Bob", "3")):
        crm("contact", "add", name, "--set", f"Größe={size}", "--set", "Shirt size=M")
    shown = crm("contact", "list", "--columns", "Name,Größe,Shirt size", "--sort", "-größe").out
    assert [line.split()[0] for line in shown.splitlines()] == ["Name", "Bob", "Ada"]
    assert (
        "did you mean shirt_size?" in crm("contact", "list", "--columns", "shirtsize", code=2).err
    )
