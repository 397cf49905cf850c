"""What becomes of the deals and leads that other products export."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.imports import lead_layouts as layouts
from tests.leads.test_import import files, kinds, leads

if TYPE_CHECKING:
    from tests.imports.helpers import Files
    from tests.imports.layouts import Layout

__all__ = ["files"]

STANDING = ("l.title", "c.name", "s.key", "l.value", "l.currency", "l.expected_on", "l.closed_at")


def test_hubspot_deals(files: Files) -> None:
    result = files.load("lead", layouts.HUBSPOT_DEALS.text())
    assert kinds(result) == {"several-contacts": 1, "lost-without-value": 1}
    assert leads(files, *STANDING) == [
        ("Windows", "Ada Lovelace", "won", 1200000, "CHF", None, "2026-05-04T10:15:00Z"),
        ("Doors", "Analytical Ltd", "proposal", 80050, "EUR", "2026-08-31", None),
        ("Roof", "Beta GmbH", "lost", None, None, None, "2026-06-01T12:00:00Z"),
    ]
    ada = files.crm.json("contact", "show", "ada@x.org")
    assert (ada["external_ids"], ada["company"], ada["role"]) == (
        ["hubspot:11"], "Analytical Ltd", "customer",
    )  # fmt: skip
    assert files.crm.json("lead", "show", "hubspot:9003")["loss_reason"] == "price"
    # 60 % is what our stage says as well; the next step has no date.
    assert files.rows("SELECT probability, notes FROM leads WHERE id = 2") == [
        (None, "Oak\nNext step: Send the plan")
    ]
    assert files.rows("SELECT count(*) FROM follow_ups") == [(0,)]


def test_companies_imported_before_are_those_of_the_deals(files: Files) -> None:
    files.load(
        "contact",
        "Record ID,Company name,Company Domain Name,City\n501,Analytical Limited,x.org,Bern\n"
        "502,Beta GmbH,beta.org,Thun\n",
        "--preset", "hubspot-companies", name="companies.csv",
    )  # fmt: skip
    result = files.load("lead", layouts.HUBSPOT_DEALS.text())
    assert result["contacts_created"] == 1
    assert leads(files, "c.name") == [("Ada Lovelace",), ("Analytical Limited",), ("Beta GmbH",)]


def test_salesforce_opportunities(files: Files) -> None:
    result = files.load("lead", layouts.SALESFORCE_OPPORTUNITIES.text())
    assert kinds(result) == {"lost-without-value": 1, "no-account": 1}
    assert leads(files, *STANDING, "l.probability", "l.competitor") == [
        ("Windows", "Ada Lovelace", "won", 1200000, "CHF", None, "2026-05-04T12:00:00Z", None, None),
        ("Doors", "Analytical Ltd", "qualified", 80050, "EUR", "2026-08-31", None, 5000, None),
        ("Roof", "Roof", "lost", None, None, None, "2026-06-01T12:00:00Z", None, "Gamma"),
    ]  # fmt: skip


def test_salesforce_leads(files: Files) -> None:
    text = layouts.SALESFORCE_LEADS.text()
    text += "00Q4,Di,Done,,Done Ltd,di@x.org,,,,,,,,Closed - Converted,,Max,2026-03-04,\r\n"
    result = files.load("lead", text)
    assert (result["created"], result["unchanged"]) == (3, 1)
    assert kinds(result) == {
        "lost-without-value": 1, "closed-without-day": 1, "converted": 1
    }  # fmt: skip
    assert leads(files, "l.title", "c.name", "s.key", "l.source", "l.notes") == [
        ("Analytical Ltd", "Ada Lovelace", "new", "Web", "Asks for windows"),
        ("Engines Inc", "Bob Babbage", "contacted", "Web", None),
        ("Gone Ltd", "Cy Closed", "lost", None, None),
    ]
    bob = files.crm.json("contact", "show", "bob@x.org")
    assert [phone["value"] for phone in bob["phones"]] == ["+41446681801"]


def test_pipedrive_tells_in_which_stage_a_deal_was_closed(files: Files) -> None:
    files.load("lead", layouts.PIPEDRIVE_DEALS.text())
    assert leads(files, *STANDING) == [
        ("Windows", "Ada Lovelace", "won", 1200000, "CHF", "2026-05-31", "2026-05-04T10:15:00Z"),
        ("Doors", "Beta GmbH", "proposal", 80050, "EUR", "2026-08-31", None),
        ("Roof", "Beta GmbH", "lost", 0, "EUR", None, "2026-06-01T12:00:00Z"),
    ]
    stays = files.rows(
        "SELECT h.lead_id, s.key, h.left_at FROM stage_changes h JOIN stages s"
        " ON s.id = h.stage_id ORDER BY h.id"
    )
    assert stays == [
        (1, "negotiation", "2026-05-04T10:15:00Z"), (1, "won", None), (2, "proposal", None),
        (3, "contacted", "2026-06-01T12:00:00Z"), (3, "lost", None),
    ]  # fmt: skip
    assert files.rows("SELECT lead_id, due_on, text FROM follow_ups") == [
        (2, "2026-07-20", "Follow up")
    ]
    assert files.crm.json("contact", "show", "ada@x.org")["company"] == "Analytical, Ltd"


@pytest.mark.parametrize(
    ("layout", "expected"),
    [
        (layouts.ZOHO_DEALS, [("won", "Ada Lovelace"), ("proposal", "Beta GmbH"), ("lost", "Roof")]),
        (layouts.ZOHO_LEADS, [("new", "Ada Lovelace"), ("lost", "Bob Babbage")]),
        (layouts.FRAPPE_DEALS,
         [("won", "Ada Lovelace"), ("proposal", "Beta GmbH"), ("lost", "Beta GmbH")]),
        (layouts.FRAPPE_LEADS, [("contacted", "Ada Lovelace"), ("lost", "Bob")]),
        (layouts.ESPOCRM_OPPORTUNITIES,
         [("won", "Ada Lovelace"), ("proposal", "Beta GmbH"), ("lost", "Roof")]),
        (layouts.ESPOCRM_LEADS, [("contacted", "Ada Lovelace"), ("lost", "Bob")]),
    ],
    ids=lambda value: getattr(value, "preset", ""),
)  # fmt: skip
def test_where_leads_of_other_products_stand(
    files: Files, layout: Layout, expected: list[tuple[Any, ...]]
) -> None:
    result = files.load("lead", layout.text())
    assert result["created"] == len(expected)
    assert leads(files, "s.key", "c.name") == expected
    # The product's short name is enough.
    name = layout.preset.partition("-")[0]
    assert files.counts("lead", layout.text(), "--preset", name)[3] == len(expected)


def test_the_titles_of_newer_pipedrive_files(files: Files) -> None:
    text = (
        "Deal - Title*,Organization,Contact person,Deal - Value,Deal - Currency of value,"
        "Deal - Stage (pipeline),Deal - Status,Deal - Expected close date,Deal - Creation date,"
        "Deal - Won time,Deal - Lost time,Deal - Pipedrive System ID\n"
        "Roof,Acme,Ann Bell,1200,EUR,Proposal Made (Pipeline),Open,2026-09-01,2026-03-01,,,17\n"
        "Door,Acme,,300,EUR,Qualified,Lost,,2026-03-01 10:00:00,,2026-05-01 10:00:00,18\n"
        "Wall,Acme,,300,EUR,Qualified,Won,,2026-03-01 10:00:00,2026-04-01 09:00:00,,19\n"
    )
    result = files.load("lead", text)
    assert (result["warnings"], result["unknown_columns"]) == ([], [])
    assert leads(files, *STANDING, "l.external_id") == [
        ("Roof", "Ann Bell", "proposal", 120000, "EUR", "2026-09-01", None, "pipedrive:17"),
        ("Door", "Acme", "lost", 30000, "EUR", None, "2026-05-01T10:00:00Z", "pipedrive:18"),
        ("Wall", "Acme", "won", 30000, "EUR", None, "2026-04-01T09:00:00Z", "pipedrive:19"),
    ]


def test_hubspot_by_internal_names(files: Files) -> None:
    text = (
        "hs_object_id,dealname,dealstage,pipeline,amount,deal_currency_code,closedate,createdate,"
        "hs_deal_stage_probability\n"
        "5,Roof,presentationscheduled,default,1200,EUR,2026-09-01T10:00:00Z,2026-03-01,0.2\n"
    )
    assert kinds(files.load("lead", text)) == {"no-account": 1}
    assert leads(files, *STANDING, "l.probability", "l.external_id") == [
        ("Roof", "Roof", "proposal", 120000, "EUR", "2026-09-01", None, 2000, "hubspot:5")
    ]


def test_a_pipeline_of_zoho_has_its_layout_behind(files: Files) -> None:
    text = "Record Id,Deal Name,Stage,Pipeline,Closing Date,Account Name\n"
    text += "zcrm_1,Roof,Qualification,Standard (Standard),2026-09-01,Acme\n"
    assert kinds(files.load("lead", text)) == {}
