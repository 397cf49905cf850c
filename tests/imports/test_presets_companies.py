"""Companies that other products export, and the people who are tied to them by their numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.imports import layouts

if TYPE_CHECKING:
    from tests.imports.helpers import Files


def tied(files: Files) -> list[tuple[str, str | None]]:
    """Return (name, company) of everybody."""
    return files.rows(
        "SELECT p.name, k.name FROM contacts p LEFT JOIN contacts k ON k.id = p.company_id"
        " ORDER BY p.name"
    )


PAIRS = {
    "hubspot": (
        layouts.HUBSPOT_COMPANIES.text(),
        ("Record ID,First Name,Email,Lifecycle Stage,Company Name,Associated Company IDs\n"
        "901,Gaëlle,gaelle@other.org,Lead,Fromagerie Perrin,501\n"
        "501,Bob,bob@gmail.com,Lead,,502;501\n"),
        [("Bob", "Édge"), ("Fromagerie Perrin SA", None), ("Gaëlle", "Fromagerie Perrin SA"),
         ("Édge", None)],
    ),
    "salesforce": (
        layouts.SALESFORCE_ACCOUNTS.text(),
        ("Contact ID,First Name,Last Name,Account Name,Account ID,Email,Mailing City\n"
        "003A,Ada,Lovelace,Edge AG,0015g00000AAAAB,ada@x.org,Bern\n"
        "003B,Bob,Roe,Edge,0015g00000AAAAB,bob@x.org,\n"),
        [("Ada Lovelace", "Edge AG"), ("Bob Roe", "Edge AG"), ("Edge AG", "Edge Holding"),
         ("Edge Holding", None)],
    ),
    "zoho": (
        layouts.ZOHO_ACCOUNTS.text(),
        ("Record Id,Contact Owner.id,Contact Owner,First Name,Last Name,Account Name.id,"
        "Account Name,Email\nzcrm_41,zcrm_1,Ann,Ada,Lovelace,zcrm_31,King,ada@x.org\n"),
        [("Ada Lovelace", "King Ltd"), ("King Ltd", None), ("Morlong", "King Ltd")],
    ),
    "pipedrive": (
        layouts.PIPEDRIVE_ORGANIZATIONS.text(),
        ("Person - ID,Person - Name,Person - Organization,Person - Organization ID\n"
        "17,Ada,Analytical Ltd,17\n18,Bob,Engines,18\n"),
        [("Ada", "Analytical Ltd"), ("Analytical Ltd", None), ("Bob", "Engines plc"),
         ("Engines plc", None)],
    ),
}  # fmt: skip
each = pytest.mark.parametrize("product", PAIRS)


@each
def test_people_are_tied_to_companies_that_are_there(files: Files, product: str) -> None:
    companies, people, expected = PAIRS[product]
    made = files.load("contact", companies, name="companies.csv")
    assert made["rejected"] == 0
    result = files.load("contact", people, name="people.csv")
    assert (result["contacts_created"], result["warnings"]) == (0, [])
    assert tied(files) == expected
    for option in ("fill", "update"):
        for text in (companies, people):
            again = files.load("contact", text, "--on-match", option)
            assert (again["unchanged"], again["warnings"]) == (again["read"], [])


@each
def test_companies_find_those_that_people_brought(files: Files, product: str) -> None:
    companies, people, expected = PAIRS[product]
    first = files.load("contact", people, name="people.csv")
    assert first["contacts_created"] > 0
    # Who is told by a number alone is tied once the companies are there.
    unknown = [warning["kind"] for warning in first["warnings"]]
    assert unknown == (["company-unknown"] if product == "hubspot" else [])
    files.load("contact", companies, "--on-match", "update", name="companies.csv")
    files.load("contact", people, name="people.csv")
    assert tied(files) == expected
    for option in ("fill", "update"):
        for text in (companies, people):
            again = files.load("contact", text, "--on-match", option)
            assert (again["unchanged"], again["warnings"]) == (again["read"], [])


def test_hubspot_companies(files: Files) -> None:
    result = files.load("contact", layouts.HUBSPOT_COMPANIES.text())
    assert (result["created"], result["unknown_columns"]) == (2, ["Create Date", "Industry"])
    found = files.crm.json("contact", "show", "hubspot-company:501")
    assert (found["kind"], found["owner"]) == ("company", "Inès Moreau")
    assert found["links"] == [
        {"value": "https://perrin.fr", "label": "domain"},
        {"value": "https://www.perrin.fr/shop", "label": None},
    ]
    assert found["addresses"][0]["city"] == "Annecy"
    # The domain is the company's key: somebody's address says which company is meant.
    files.load("contact", "name,email,company\nEve,eve@perrin.fr,Fromagerie Perrin\n")
    assert ("Eve", "Fromagerie Perrin SA") in tied(files)


def test_salesforce_accounts_by_the_names_of_the_api(files: Files) -> None:
    text = (
        "Id,IsDeleted,Name,Type,ParentId,BillingStreet,BillingCity,BillingPostalCode,Phone,"
        "Website,AccountSource\n"
        "0015g00000AAAAB,0,Edge AG,,000000000000000AAA,Gasse 1,Bern,3011,,edge.ch,Web\n"
    )
    assert files.counts("contact", text) == (1, 1, 0, 0, 0)
    assert files.counts("contact", text) == (1, 0, 0, 1, 0)
    found = files.crm.json("contact", "show", "salesforce-account:0015g00000AAAAB")
    assert (found["kind"], found["source"]) == ("company", "Web")
    assert found["addresses"][0]["postcode"] == "3011"


def test_a_companys_number_in_a_list_of_ones_own(files: Files) -> None:
    files.crm("contact", "add", "Edge AG", "--kind", "company", "--external-id", "erp:7")
    text = "name,email,company_external_id\nAda,ada@x.org,erp:7\nBob,bob@x.org,7\n"
    files.load("contact", text, "--source", "erp")
    assert tied(files) == [("Ada", "Edge AG"), ("Bob", "Edge AG"), ("Edge AG", None)]


NUMBERED = (
    "First Name,Last Name,Email,Account Name,Account ID,Mailing City\n"
    "Ada,King,ada@x.org,{0},0015g00000AAAAB,\nBob,May,bob@y.org,{1},0015g00000AAAAC,\n"
    "Eve,Low,eve@z.org,{2},0015g00000AAAAC,\nJoe,Bay,joe@w.org,Edge AG,,\n"
)


@pytest.mark.parametrize(
    "names", [("Edge AG", "Edge AG", "Edge AG"), ("Edge AG", "Edge", "Edge Ltd")]
)
@pytest.mark.parametrize("known", [False, True])
def test_two_numbers_are_two_companies_whatever_they_are_called(
    files: Files, names: tuple[str, str, str], *, known: bool
) -> None:
    if known:
        number = "salesforce-account:0015g00000AAAAB"
        files.crm("contact", "add", "Edge AG", "--kind", "company", "--external-id", number)
    text = NUMBERED.format(*names)
    result = files.load("contact", text)
    assert (result["created"], result["contacts_created"]) == (4, 1 if known else 2)
    at = dict(
        files.rows(
            "SELECT p.first_name, x.value FROM contacts p JOIN contacts k ON k.id = p.company_id"
            " JOIN external_ids x ON x.contact_id = k.id"
        )
    )
    one, other = "0015g00000AAAAB", "0015g00000AAAAC"
    assert at == {"Ada": one, "Bob": other, "Eve": other, "Joe": one}
    for option in ("fill", "update"):
        assert files.load("contact", text, "--on-match", option)["unchanged"] == 4
    files.crm("undo", result["import"])
    assert len(files.rows("SELECT id FROM contacts")) == int(known)


def test_an_id_of_salesforce_is_one_in_both_its_forms(files: Files) -> None:
    text = "Contact ID,Last Name,Email,Account Name,Account ID\n{},King,,Edge AG,{}\n"
    short, account = "003D000000IRt53", "001D000000IRt53"
    assert files.counts("contact", text.format(short, account)) == (1, 1, 0, 0, 0)
    long = text.format(f"{short}IAD", f"{account}IAD")
    assert files.counts("contact", long) == (1, 0, 0, 1, 0)
    for who in (f"salesforce:{short}", f"salesforce:{short}IAD", short):
        assert files.crm.json("contact", "show", who)["name"] == "King"
    order = f"customer,date,amount\nsalesforce:{short}IAD,2026-01-05,9.80\n"
    assert files.load("purchase", order)["contacts_created"] == 0
    # Eighteen characters whose last three do not fit are some other number.
    assert files.counts("contact", text.format(f"{short}IAB", account)) == (1, 1, 0, 0, 0)
