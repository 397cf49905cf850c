"""A row whose name and company are one text is that company, unless it tells a person's name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.imports.helpers import Files


def made(files: Files) -> list[tuple[object, ...]]:
    """Every contact: kind, name, and the name of the company it is at."""
    return files.rows(
        "SELECT c.kind, c.name, o.name FROM contacts c LEFT JOIN contacts o ON o.id = c.company_id"
        " ORDER BY c.id"
    )


@pytest.mark.parametrize(
    "text",
    [
        "Name,Company,E-mail\nEngines  plc,ENGINES plc,info@engines.org\n",
        (
            "Name,Given Name,Family Name,Organization 1 - Name,E-mail 1 - Value\n"
            "Engines plc,,,Engines plc,info@engines.org\n"
        ),
        (
            "First Name,Last Name,Company,Business Phone,E-mail Address,File As\n"
            ",,Engines plc,,info@engines.org,Engines plc\n"
        ),
    ],
    ids=["own", "google-old", "outlook"],
)
def test_it_is_one_company(files: Files, text: str) -> None:
    result = files.load("contact", text)
    assert (result["created"], result.get("contacts_created", 0)) == (1, 0)
    ((kind, name, company),) = made(files)
    assert (kind, str(name).casefold(), company) == ("company", "engines plc", None)
    assert files.load("contact", text)["unchanged"] == 1


def test_a_card_may_say_it_so_too(files: Files) -> None:
    card = "BEGIN:VCARD\nVERSION:3.0\nFN:Engines plc\nN:;;;;\nORG:Engines plc\nEND:VCARD\n"
    files.load("contact", card, name="in.vcf")
    assert made(files) == [("company", "Engines plc", None)]


def test_with_a_persons_name_it_stays_a_person(files: Files) -> None:
    text = (
        "Name,First name,Last name,Company,E-mail\n"
        "Ada Lovelace,Ada,Lovelace,Ada Lovelace,ada@x.org\n"
        "Madonna,Madonna,,Madonna,m@x.org\n"
    )
    files.load("contact", text)
    assert made(files)[:2] == [
        ("person", "Ada Lovelace", "Ada Lovelace"), ("person", "Madonna", "Madonna"),
    ]  # fmt: skip


def test_who_is_said_to_be_a_person_stays_one(files: Files) -> None:
    files.load("contact", "Name,Kind,Company,E-mail\nBob,person,Bob,bob@x.org\n")
    assert made(files)[0] == ("person", "Bob", "Bob")


def test_people_of_the_company_are_at_it(files: Files) -> None:
    files.load(
        "contact",
        "Name,Company,E-mail\nAda,Engines plc,ada@engines.org\n"
        "Engines plc,Engines plc,info@engines.org\n",
    )
    assert sorted(made(files)) == [
        ("company", "Engines plc", None), ("person", "Ada", "Engines plc"),
    ]  # fmt: skip
