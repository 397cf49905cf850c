"""What leaves first in a layout with little room: the main address, and tags as they are."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.imports.helpers import Files

ADA = {
    "name": "Ada King", "first_name": "Ada", "last_name": "King",
    "emails": [
        {"value": "main@x.org", "label": "work"}, {"value": "home@x.org", "label": "home"},
        {"value": "third@x.org"},
    ],
    "addresses": [
        {"label": "work", "street": "Gasse 1", "city": "Bern"}, {"street": "Weg 2", "city": "Thun"},
    ],
    "tags": ["VIP", "tea, green"],
}  # fmt: skip


@pytest.mark.parametrize(
    ("layout", "email", "city"),
    [
        ("salesforce", "Email", ""), ("hubspot", "Email", "City"),
        ("zoho", "Email", ""), ("outlook", "E-mail Address", "Business City"),
        ("pipedrive", "Person - Email - Work",
         "Person - City/town/village/locality of Postal address"),
    ],
)  # fmt: skip
def test_the_main_address_has_the_first_place(
    files: Files, layout: str, email: str, city: str
) -> None:
    files.load("contact", json.dumps(ADA), name="in.jsonl")
    path = files.folder / "out.csv"
    files.crm("contact", "export", "--layout", layout, path)
    with path.open(encoding="utf-8-sig", newline="") as file:
        (row,) = csv.DictReader(file)
    assert row[email] == "main@x.org"
    assert not city or row[city] == "Bern"


@pytest.mark.parametrize("layout", ["pipedrive", "zoho", "google"])
def test_a_tag_with_a_comma_comes_back_whole(files: Files, layout: str) -> None:
    files.load("contact", json.dumps(ADA), name="in.jsonl")
    path = files.folder / "out.csv"
    files.crm("contact", "export", "--layout", layout, path)
    files.crm("contact", "import", path)
    assert sorted(files.crm.json("contact", "show", 1)["tags"]) == ["VIP", "tea, green"]
