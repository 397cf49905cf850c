"""What the owner requires is asked for on entry, and cannot be emptied afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Crm


@pytest.fixture
def strict(crm: Crm) -> Crm:
    """A store that requires something of every record, with Bob in it."""
    for name in ("first_name", "email", "city"):
        crm("field", "edit", f"contact.{name}", "--required")
    crm("field", "edit", "product.sku", "--required")
    crm("field", "edit", "purchase.channel", "--required")
    crm("contact", "add", "Bob", "--first-name", "Bob", "--email", "bob@example.com",
        "--city", "Bern")  # fmt: skip
    crm("product", "add", "Tea", "5", "--sku", "T-1")
    crm("purchase", "add", "bob", "Tea", "5", "--channel", "shop")
    return crm


@pytest.mark.parametrize(
    ("words", "field"),
    [
        (("contact", "edit", "bob", "--first-name", ""), "first_name"),
        (("contact", "edit", "bob", "--set", "first_name="), "first_name"),
        (("contact", "edit", "bob", "--unset", "city"), "city"),
        (("contact", "edit", "bob", "--city", " "), "city"),
        (("contact", "edit", "bob", "--unset", "address"), "city"),
        (("contact", "edit", "bob", "--remove-email", "bob@example.com"), "email"),
        (("contact", "edit", "bob", "--set", "email="), "email"),
        (("product", "edit", "Tea", "--sku", ""), "sku"),
        (("purchase", "edit", "1", "--channel", ""), "channel"),
    ],
)
def test_what_is_required_cannot_be_emptied(
    strict: Crm, words: tuple[str, ...], field: str
) -> None:
    """Whichever way it is emptied, the error names the field and how to stop requiring it."""
    error = strict(*words, "--json", code=2).error
    noun = words[0]
    assert error["message"] == f"{field} is required of a {noun}"
    assert f"crm field edit {noun}.{field} --optional" in error["hint"]


def test_it_can_be_replaced(strict: Crm) -> None:
    """One value for another is no emptying; and what is optional again can go."""
    strict(
        "contact", "edit", "bob", "--remove-email", "bob@example.com", "--email", "b@example.com"
    )
    strict("contact", "edit", "bob", "--city", "Basel")
    for whom in (["bob"], ["--where", "name = Bob", "--yes"]):
        strict("contact", "edit", *whom, "--unset", "address", "--city", "Chur")
    strict("field", "edit", "contact.city", "--optional")
    shown = strict.json("contact", "edit", "bob", "--city", "")
    assert [entry["city"] for entry in shown["addresses"]] in ([], [None])
    assert [entry["value"] for entry in shown["emails"]] == ["b@example.com"]


def test_a_company_needs_no_first_name(strict: Crm, tmp_path: Path) -> None:
    """On entry and in a file, as the report counts it."""
    strict("contact", "add", "Acme", "--kind", "company", "--email", "i@acme.ch", "--city", "Chur")
    assert "first_name" in strict("contact", "add", "Cy", "--email", "c@acme.ch", code=2).err
    file = tmp_path / "in.csv"
    file.write_text("name,email,city,kind\nEcma,i@ecma.ch,Chur,company\nDi,d@ecma.ch,Chur,person\n")
    body = strict.json("contact", "import", file, "--require-complete", code=6)
    assert (body["created"], body["rejected"]) == (1, 1)
    assert body["rejections"][0]["field"] == "first_name"
    totals = strict.json("report", "completeness")["totals"]
    assert (totals["records"], totals["complete"]) == (3, 3)


def test_an_empty_set_takes_a_list_off(crm: Crm) -> None:
    """--set email= does to e-mails what it does to every other field."""
    crm("contact", "add", "Ada", "--email", "ada@example.com", "--tag", "vip")
    assert crm.json("contact", "edit", "ada", "--set", "email=")["emails"] == []
    assert crm.json("contact", "edit", "ada", "--set", "tag=")["tags"] == []


def test_who_lacks_it_already_loses_nothing(crm: Crm) -> None:
    """Taking all addresses off some who have none is no emptying, one by one or at once."""
    crm("contact", "add", "Old")
    crm("field", "edit", "contact.city", "--required")
    for whom in (["old"], ["--where", "name = Old", "--yes"]):
        crm("contact", "edit", *whom, "--owner", whom[0], "--unset", "address")
    crm("contact", "add", "New", "--city", "Bern")
    words = ("--where", "id > 0", "--yes", "--owner", "Zoe", "--unset", "address")
    error = crm("contact", "edit", *words, "--json", code=2).error
    assert error["message"] == "city is required of a contact"
