"""Leaving: contacts written in the layout of another product."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

import pytest

from crm_cli.exchange.presets import LAYOUTS, choose, load

if TYPE_CHECKING:
    from tests.imports.helpers import Files

each = pytest.mark.parametrize("name", LAYOUTS)

PEOPLE = (
    "name,first_name,last_name,company,job_title,role,email,email_label,email_2,email_2_label,"
    "phone,phone_label,phone_2,phone_2_label,street,city,postcode,country,address_label,"
    "birthday,tags,source,owner,notes,external_id,link\n"
    "Ada King Lovelace,Ada,Lovelace,Analytical Ltd,Countess,customer,ada@x.org,work,ada@home.org,"
    "home,+41446681800,work,+41792222222,mobile,Gasse 1,Bern,3011,CH,work,1815-12-10,"
    '"Clients; Friends",web,ann,"two\nlines",hubspot:901,https://x.org\n'
    "Bob Babbage,Bob,Babbage,Analytical Ltd,,prospect,bob@x.org,,,,,,,,,,,,,--05-31,,,,,,\n"
    '"Eve ""the"" Doe, Dr",Eve,"Doe, Dr",,,prospect,eve@x.org,,,,+41446681809,fax,,,,,,,,,'
    '"a, b",,,,,\n'
    ",,,Engines plc,,prospect,info@engines.org,,,,,,,,,,,,,,,,,,,\n"
)


def written(files: Files, name: str, *options: str) -> tuple[str, list[dict[str, str]]]:
    """Export in a layout; return what was said and the rows."""
    run = files.crm("contact", "export", "--layout", name, *options)
    return run.err, list(csv.DictReader(io.StringIO(run.out)))


@each
def test_what_is_written_comes_back_unchanged(files: Files, name: str) -> None:
    files.load("contact", PEOPLE, "--preset", "own")
    run = files.crm("contact", "export", "--layout", name)
    header = next(csv.reader(io.StringIO(run.out)))
    preset = choose("contact", None, header)
    assert preset is not None
    assert preset.name == name
    before = files.dump()
    result = files.load("contact", run.out)
    assert (result["unchanged"], result["unknown_columns"]) == (result["read"], [])
    assert result["read"] == (3 if preset.people_only else 5)
    assert files.dump() == before


@each
def test_what_is_written_can_be_read_into_an_empty_file(files: Files, name: str) -> None:
    files.load("contact", PEOPLE, "--preset", "own")
    out = files.crm("contact", "export", "--layout", name).out
    path = files.write(out, "out.csv")
    other = ("--db", files.folder / "other.db")
    files.crm("contact", "import", path, *other)
    ada = files.crm.json("contact", "show", "ada@x.org", *other)
    more = (ada["job_title"], ada["notes"])
    assert more == ({"mailchimp": (None, "two\nlines"), "freshsales": ("Countess", None)}).get(
        name, ("Countess", "two\nlines")
    )
    assert (ada["name"], ada["company"]) == ("Ada King Lovelace", "Analytical Ltd")
    assert ada["birthday"] == ("1815-12-10")
    phones = {"+41446681800"} if name == "mailchimp" else {"+41446681800", "+41792222222"}
    assert {phone["value"] for phone in ada["phones"]} == phones
    # Some have room for one address.
    is_one = name in {"salesforce", "mailchimp"}
    emails = {"ada@x.org"} if is_one else {"ada@x.org", "ada@home.org"}
    assert {email["value"] for email in ada["emails"]} == emails
    parts = ("street", "city", "postcode", "country")
    assert [ada["addresses"][0][part] for part in parts] == ["Gasse 1", "Bern", "3011", "CH"]
    assert files.crm.json("contact", "show", "eve@x.org", *other)["name"] == 'Eve "the" Doe, Dr'
    again = files.crm.json("contact", "import", path, *other)
    assert again["unchanged"] == again["read"] > 0


@each
def test_every_column_of_a_layout_is_one_of_its_preset(name: str) -> None:
    preset = load(name)
    for title in preset.layout:
        assert title in preset.columns
    assert {*preset.many} <= {*preset.layout}


def test_what_a_layout_cannot_carry_is_said(files: Files) -> None:
    files.load("contact", PEOPLE, "--preset", "own")
    said, rows = written(files, "hubspot")
    assert "the layout of hubspot has no place for: birthdays without a year (1)" in said
    assert "companies (2)" in said
    assert "role (1)" in said
    assert "tags (2)" in said
    assert [row["Email"] for row in rows] == ["ada@x.org", "bob@x.org", "eve@x.org"]
    assert rows[0]["Record ID"] == "901"
    assert rows[0]["Additional email addresses"] == "ada@home.org"
    assert rows[0]["Mobile Phone Number"] == "+41792222222"
    assert "exported 3 contacts" in said
    said, _ = written(files, "google")
    assert "birthday" not in said
    assert "companies" not in said
    assert "external ids (1)" in said


def test_numbered_columns_are_as_many_as_there_are(files: Files) -> None:
    files.load("contact", PEOPLE, "--preset", "own")
    _, rows = written(files, "google")
    assert "E-mail 2 - Value" in rows[0]
    assert "E-mail 3 - Value" not in rows[0]
    assert (rows[0]["Labels"], rows[1]["Labels"]) == (
        "* myContacts ::: Clients ::: Friends", "* myContacts",
    )  # fmt: skip
    assert (rows[0]["E-mail 1 - Label"], rows[0]["Middle Name"]) == ("work", "King")


def test_an_entry_goes_where_its_label_says(files: Files) -> None:
    files.load("contact", PEOPLE, "--preset", "own")
    said, rows = written(files, "outlook")
    assert (rows[0]["Business Phone"], rows[0]["Mobile Phone"]) == (
        "+41446681800", "+41792222222",
    )  # fmt: skip
    assert (rows[0]["Business City"], rows[0]["Home City"]) == ("Bern", "")
    # Better a number under another name than none.
    assert "+41446681809" in rows[2].values()
    assert "labels of phones (1)" in said


def test_more_entries_than_columns_are_counted(files: Files) -> None:
    phones = [option for last in range(5) for option in ("--phone", f"+4144668180{last}")]
    files.crm("contact", "add", "Ada", "--email", "ada@x.org", *phones)
    said, rows = written(files, "hubspot")
    assert "phones (3)" in said
    assert rows[0]["Phone Number"] == "+41446681800"


def test_only_csv_and_only_known_products(files: Files) -> None:
    files.crm("contact", "add", "Ada")
    run = files.crm("contact", "export", "--layout", "hubspott", code=2)
    assert "did you mean hubspot" in run.err
    files.crm("contact", "export", "--layout", "google", "-f", "jsonl", code=2)
    path = files.folder / "out.csv"
    files.crm("contact", "export", path, "--layout", "zoho")
    assert path.read_text(encoding="utf-8").startswith("Record Id,First Name,")


CONSENTS = [
    {"channel": "email", "purpose": "marketing", "state": "granted", "at": "2020-02-03T04:05:06Z",
     "basis": "consent", "source": "mailchimp",
     "proof": "opted in 2020-02-03T04:05:06Z from 1.2.3.4; confirmed 2020-02-03T04:06:00Z"},
    {"channel": "email", "purpose": "marketing", "state": "withdrawn",
     "at": "2021-01-02T03:04:05Z", "basis": "unsubscribed", "source": "mailchimp", "proof": None},
    {"channel": "email", "purpose": "marketing", "state": "withdrawn",
     "at": "2021-05-06T07:08:09Z", "basis": "bounced", "source": "mailchimp",
     "proof": "p2@x.org takes no mail"},
]  # fmt: skip


def test_consents_leave_to_mailchimp_with_their_proof(files: Files) -> None:
    people = [
        json.dumps({"name": f"P {at}", "emails": [{"value": f"p{at}@x.org"}], "consents": [told]})
        for at, told in enumerate(CONSENTS)
    ]
    none = [json.dumps({"name": "N", "phones": [{"value": "+41446681800"}]})]
    files.load("contact", "\n".join(people + none), name="in.jsonl")
    said, rows = written(files, "mailchimp")
    assert "contacts without an e-mail address (1)" in said
    assert "consents" not in said
    assert "exported 3 contacts" in said
    assert [row["Status"] for row in rows] == ["Subscribed", "Unsubscribed", "Cleaned"]
    path = files.folder / "out.csv"
    files.crm("contact", "export", "--layout", "mailchimp", path)
    other = ("--db", files.folder / "other.db")
    files.crm("contact", "import", path, *other)
    for at, told in enumerate(CONSENTS):
        assert files.crm.json("contact", "show", f"p{at}@x.org", *other)["consents"] == [told]


def test_an_opt_out_is_said_in_the_words_of_dynamics(files: Files) -> None:
    told = json.dumps({"name": "Ada", "emails": [{"value": "a@x.org"}], "consents": CONSENTS[1:2]})
    files.load("contact", told, name="in.jsonl")
    _, (row,) = written(files, "dynamics")
    assert row["Do not allow Bulk Emails"] == "Do Not Allow"
    _, (row,) = written(files, "freshsales")
    assert row["Subscription status"] == "Unsubscribed"


def test_apple_takes_cards(files: Files) -> None:
    files.load("contact", PEOPLE, "--preset", "own")
    path = files.folder / "out.vcf"
    files.crm("contact", "export", "--layout", "apple", path)
    cards = path.read_text(encoding="utf-8")
    assert cards.startswith("BEGIN:VCARD\nVERSION:3.0\n")
    assert "BDAY;X-APPLE-OMIT-YEAR=1604:1604-05-31" in cards
    assert "X-ABShowAs:COMPANY" in cards
    before = files.dump()
    result = files.crm.json("contact", "import", path)
    assert result["unchanged"] == result["read"] == 5
    assert files.dump() == before
    out = files.crm("contact", "export", "--layout", "apple").out
    assert out.replace("\r\n", "\n") == cards
    run = files.crm("contact", "export", "--layout", "apple", files.folder / "out.csv", code=2)
    assert "vCards" in run.err
