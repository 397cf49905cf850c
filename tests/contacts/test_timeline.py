"""What happened with a contact, and the page before a call: whose talks and orders they hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import Crm


@pytest.fixture
def firm(crm: Crm) -> Crm:
    """Acme (1) with its people Pia (2) and Sam (3), and Otto (4), who is of no firm."""
    crm("contact", "add", "Acme", "--kind", "company", "-q")
    crm("contact", "add", "Pia Bern", "--company", "Acme", "--job-title", "Buyer", "-q")
    crm("contact", "add", "Sam Thun", "--company", "Acme", "-q")
    crm("contact", "add", "Otto Ohm", "-q")
    return crm


def test_of_one_kind_as_many_are_shown_as_were_asked_for(firm: Crm) -> None:
    firm("purchase", "add", "otto", "Tea", "9", "--on", "2026-05-01", "-q")
    firm("purchase", "return", "1", "3", "--on", "2026-05-02", "-q")
    firm("purchase", "add", "otto", "Tea", "9", "--on", "2026-05-03", "-q")
    found = firm.json("contact", "timeline", "otto", "--kind", "return", "--limit", "1")
    assert [(row["kind"], row["on"]) for row in found] == [("return", "2026-05-02")]


def test_a_company_s_people_talk_with_others_too(firm: Crm) -> None:
    firm("log", "call", "pia", "chairs", "--at", "2026-06-01", "-q")
    firm("log", "meeting", "otto", "tables", "--with", "sam", "--with", "pia", "-q")
    firm("log", "call", "otto", "of no concern", "-q")
    found = firm.json("contact", "timeline", "acme", "--people", "--kind", "interaction")
    assert [row["what"] for row in found] == [
        "with Otto Ohm, Pia Bern, Sam Thun: tables", "with Pia Bern: chairs",
    ]  # fmt: skip
    newest = firm.json(
        "contact", "timeline", "acme", "--people", "--kind", "interaction", "--limit", "1"
    )
    assert newest == found[:1]


def test_a_company_s_brief_names_its_people_by_when_they_were_spoken_to(firm: Crm) -> None:
    firm("contact", "add", "Old Ole", "--company", "Acme", "-q")
    firm("contact", "archive", "ole", "-q")
    firm("log", "call", "sam", "chairs", "--at", "2026-06-05", "-q")
    found = firm.json("contact", "brief", "acme")
    assert found["people"] == [
        {"id": 3, "name": "Sam Thun", "job_title": None,
         "last_contacted_at": "2026-06-05T12:00:00Z", "silence_days": 10},
        {"id": 2, "name": "Pia Bern", "job_title": "Buyer", "last_contacted_at": None,
         "silence_days": None},
    ]  # fmt: skip
    page = firm("contact", "brief", "acme").out
    assert "Sam Thun (#3), spoken to: 10 days ago\n" in page
    assert "Pia Bern (#2), Buyer, spoken to: never\n" in page
    assert firm.json("contact", "brief", "pia")["people"] == []


def test_a_follow_up_is_the_contact_s_owner_s_in_its_timeline_too(firm: Crm) -> None:
    firm("contact", "edit", "otto", "--owner", "eve", "-q")
    firm("remind", "add", "otto", "2026-07-01", "call", "-q")
    (found,) = firm.json("contact", "timeline", "otto", "--kind", "follow-up")
    assert found["by"] == "eve"
