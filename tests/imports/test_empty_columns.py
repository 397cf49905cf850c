"""A column that no row fills says nothing: nobody is told of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.imports.helpers import Files

GOOGLE = (
    "First Name,Last Name,Organization Name,Labels,E-mail 1 - Label,E-mail 1 - Value,"
    "E-mail 2 - Label,E-mail 2 - Value,E-mail 3 - Label,E-mail 3 - Value,Event 1 - Label,"
    "Event 1 - Value,Custom Field 1 - Label,Custom Field 1 - Value,Custom Field 2 - Label,"
    "Custom Field 2 - Value\n"
    "Ada,Lovelace,,* myContacts,* Work,ada@x.org,,,,,,,,,,\n"
    "Bob,Babbage,,* myContacts,,bob@x.org,,,, ,,,Club,Chess,,\n"
)


def test_only_filled_columns_are_named(files: Files) -> None:
    result = files.load("contact", GOOGLE)
    assert result["unknown_columns"] == ["Custom Field 1 - Label", "Custom Field 1 - Value"]
    run = files.crm("contact", "import", files.write(GOOGLE))
    assert "Custom Field 1 - Value" in run.err
    assert "Custom Field 2" not in run.err
    assert "E-mail 3" not in run.err


def test_no_field_is_made_of_an_empty_column(files: Files) -> None:
    files.load("contact", "Name,Shoe,Hat\nAda,,3\nBob, ,\n", "--keep-unknown")
    assert [field["name"] for field in files.crm.json("field", "list")] == ["hat"]


def test_of_twins_the_filled_one_is_named_however_late(files: Files) -> None:
    rows = "".join(f"A{at},a{at}@x.org,,\n" for at in range(3000))
    result = files.load("contact", f"Name,E-mail,Hat,Shoe\n{rows}Eve,eve@x.org,,41\n")
    assert result["unknown_columns"] == ["Shoe"]
    result = files.load("purchase", "date,customer,amount,Hat,Shoe\n2026-05-01,1,2.00,,41\n")
    assert result["unknown_columns"] == ["Shoe"]
