"""One entry as people read it: names and amounts, and not the columns of the file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Crm


@pytest.fixture
def shop(crm: Crm) -> Crm:
    """Entries 1 to 4: a contact with a company, a sale, its correction, the contact deleted."""
    crm("contact", "add", "Ada", "--email", "ada@example.com", "--company", "Acme", "--tag", "vip")
    crm("purchase", "add", "Ada", "Tea", "9", "--quantity", "2", "--on", "2026-06-01")
    crm("purchase", "edit", "1", "--quantity", "3", "--amount", "11.50")
    crm("contact", "edit", "Ada", "--company", "Other")
    return crm


def changes(crm: Crm, entry: int) -> str:
    return crm("history", entry).out.partition("Changes (")[2]


def test_what_was_added_is_told(shop: Crm) -> None:
    added = changes(shop, 1)
    assert "name: Ada; company: Acme (#2); role: customer" not in added  # as they are now
    assert "name: Ada; company: Other (#3); role: customer" in added
    assert "contact: Ada (#1); value: ada@example.com" in added
    assert "contact: Ada (#1); tag: vip (#1)" in added
    sold = changes(shop, 2)
    assert "contact: Ada (#1); purchased on: 2026-06-01; kind: sale; product: Tea (#1)" in sold
    assert "quantity: 3; amount: 11.50 EUR" in sold


def test_amounts_and_names_stand_for_minor_units_and_numbers(shop: Crm) -> None:
    assert "quantity: 2 -> 3; amount: 9.00 EUR -> 11.50 EUR" in changes(shop, 3)
    line = next(line for line in changes(shop, 4).splitlines() if "->" in line)
    assert line.split() == [
        "contacts", "changed", "1", "Ada", "company:", "Acme", "(#2)", "->", "Other", "(#3)",
    ]  # fmt: skip


def test_a_deletion_names_what_went_along(shop: Crm) -> None:
    shop("contact", "delete", "Ada", "--yes")
    gone = changes(shop, 5)
    assert "contact: Ada (#1); value: ada@example.com" in gone
    assert "quantity: 3; amount: 11.50 EUR" in gone
    assert "updated" not in gone
    assert "(not there any more)" in changes(shop, 1)


def test_of_many_rows_the_first_are_told(crm: Crm, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text("name,email\n" + "".join(f"P{n},p{n}@example.com\n" for n in range(1, 8)))
    crm("contact", "import", file)
    page = changes(crm, 1)
    assert "person, P1, prospect; person, P2, prospect; person, P3, prospect; and 4 more" in page
    assert "P4" not in page


def test_a_program_gets_the_cells_as_they_are_kept(shop: Crm) -> None:
    (change,) = shop.json("history", "3")["changes"]
    assert change["fields"] == {"quantity": [2000, 3000], "amount": [900, 1150]}
