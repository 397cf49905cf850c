"""A lead for people: its page, its contact's page, the history and the trash."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import Crm


@pytest.fixture
def sales(crm: Crm) -> Crm:
    """Ada of Acme AG wants a website since May, moved on twice, worth more since 10 June."""
    crm("contact", "add", "Ada Müller", "--company", "Acme AG")
    crm("lead", "add", "1", "Website", "1000", "--opened", "2026-05-01", "--owner", "zoe")
    crm("lead", "move", "1", "contacted", "--on", "2026-05-11")
    crm("lead", "move", "1", "proposal", "--on", "2026-05-21")
    crm("lead", "edit", "1", "--value", "1500", "--now", "2026-06-10T09:00:00Z")
    return crm


def section(page: str, title: str) -> list[str]:
    """Return the lines under a heading."""
    lines = page.splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith(f"{title} ("))
    end = lines.index("", at + 2) if "" in lines[at + 2 :] else len(lines)
    return lines[at + 2 : end]


def test_the_page_tells_how_long_it_was_in_each_stage(sales: Crm) -> None:
    page = sales("lead", "show", "1").out
    assert "stage           Proposal, 25 days: stale after 21\n" in page
    assert "value           1500.00 EUR\n" in page
    assert "pipeline" not in page
    assert section(page, "Stages") == [
        "Stage      Since             Until             Days  By",
        "New        2026-05-01 12:00  2026-05-11 12:00    10  tester",
        "Contacted  2026-05-11 12:00  2026-05-21 12:00    10  tester",
        "Proposal   2026-05-21 12:00                      25  tester",
    ]
    assert section(page, "Former terms") == [
        "Until             Value EUR  Own odds  Expected  Forecast  Owner",
        "2026-06-10 09:00    1000.00                                zoe",
    ]


def test_the_page_has_what_comes_next_and_what_was_said(sales: Crm) -> None:
    sales("log", "call", "1", "wants an offer", "--lead", "1")
    sales("remind", "add", "1", "2026-06-18", "send the offer", "--lead", "1")
    sales("remind", "add", "1", "2026-06-17", "of something else")
    page = sales("lead", "show", "website").out
    assert "next follow up  " not in page
    assert "next follow up on  2026-06-18" in page
    steps = section(page, "Next steps")
    assert len(steps) == 2
    assert "send the offer" in steps[1]
    assert "wants an offer" in section(page, "Last talks")[1]


def test_a_closed_one_says_why_and_promises_nothing(sales: Crm) -> None:
    sales("lead", "lose", "1", "price", "--competitor", "Rival", "--on", "2026-06-12")
    page = sales("lead", "show", "1").out
    assert "stage        Lost\n" in page
    assert "loss reason  Too expensive\n" in page
    for word in ("weighted", "probability", "forecast"):
        assert word not in page
    assert section(page, "Stages")[-1].split() == [
        "Lost", "2026-06-12", "12:00", "Too", "expensive", "Rival", "tester",
    ]  # fmt: skip
    shown = sales.json("lead", "show", "1")
    assert (shown["stage"], shown["loss_reason"], shown["probability"]) == ("lost", "price", 0)


def test_several_are_shown_one_below_the_other(sales: Crm) -> None:
    sales("lead", "add", "2", "Hosting")
    page = sales("lead", "show", "1", "2").out
    assert page.index("Website (Ada Müller)") < page.index("Hosting (Acme AG)")
    assert [row["id"] for row in sales.json("lead", "show", "1", "2")] == [1, 2]
    run = sales.process("lead", "show", "-", "-f", "ids", stdin="2\n1\n")
    assert run.out == "2\n1\n"


def test_the_contact_has_its_open_leads_and_a_company_those_of_its_people(sales: Crm) -> None:
    sales("lead", "add", "1", "Lost one")
    sales("lead", "lose", "2", "price")
    (line,) = section(sales("contact", "show", "1").out, "Open leads")[1:]
    assert line.split()[:4] == ["1", "Website", "Proposal", "1500.00"]
    (line,) = section(sales("contact", "show", "2").out, "Open leads")[1:]
    assert "Ada Müller" in line
    for _ in range(10):
        sales("lead", "add", "1", "One more")
    assert "The first open leads (10)" in sales("contact", "show", "1").out


def test_the_history_tells_stages_and_amounts_in_words(sales: Crm) -> None:
    def told(entry: str) -> str:
        return sales("history", entry).out

    assert "stage: Contacted (#2) -> Proposal (#4)" in told("4")
    assert "value: 1000.00 EUR -> 1500.00 EUR" in told("5")
    assert "lead: Website (#1)" in told("5")
    sales("lead", "edit", "1", "--probability", "12.5")
    assert "probability: (empty) -> 12.5 %" in told("6")


def test_a_deleted_lead_lies_in_the_trash_by_its_title(sales: Crm) -> None:
    before = sales.json("lead", "show", "1")
    sales("lead", "delete", "1", "--yes")
    (line,) = sales.json("trash", "list", "--where", "noun = lead")
    assert (line["record_id"], line["name"]) == (1, "Website (Ada Müller)")
    assert "it lies in the trash: crm trash restore 1" in sales("lead", "show", "1", code=3).err
    assert sales.json("lead", "list", "--all") == []
    assert sales.json("trash", "restore", "1") == before
    assert len(section(sales("lead", "show", "1").out, "Stages")) == 4
