"""A street of several lines is one line with commas, wherever it comes from, and stays so."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.imports.helpers import Files

CARD = (
    "BEGIN:VCARD\nVERSION:3.0\nFN:Ada\nEMAIL:ada@x.org\n"
    "ADR:;;Gasse 1\\n3rd floor\\nRear;Bern;;3011;CH\nEND:VCARD\n"
)
PLACE = {"street": "Gasse 1\n3rd floor,\r\n Rear", "city": "Bern", "postcode": "3011"}
RECORD = {"name": "Ada", "emails": [{"value": "ada@x.org"}], "addresses": [PLACE]}
TABLE = 'name,email,street,city\nAda,ada@x.org,"Gasse 1\n3rd floor\n\n Rear",Bern\n'


def street(files: Files, *options: object) -> str:
    """The street of Ada."""
    (address,) = files.crm.json("contact", "show", "ada@x.org", *options)["addresses"]
    return str(address["street"])


@pytest.mark.parametrize(
    ("name", "text"), [("in.csv", TABLE), ("in.jsonl", json.dumps(RECORD)), ("in.vcf", CARD)]
)
@pytest.mark.parametrize("ending", ["csv", "jsonl", "vcf"])
def test_lines_survive_as_parts(files: Files, name: str, text: str, ending: str) -> None:
    files.load("contact", text, name=name)
    assert street(files) == "Gasse 1, 3rd floor, Rear"
    assert files.load("contact", text, name=name)["unchanged"] == 1
    path = files.folder / f"out.{ending}"
    files.crm("contact", "export", path)
    other = ("--db", files.folder / "other.db")
    files.crm("contact", "import", path, *other)
    assert street(files, *other) == "Gasse 1, 3rd floor, Rear"


def test_a_typed_street_is_read_the_same(files: Files) -> None:
    typed = "Gasse 1\n3rd floor\nRear"
    files.crm("contact", "add", "Ada", "--email", "ada@x.org", "--street", typed)
    assert street(files) == "Gasse 1, 3rd floor, Rear"
