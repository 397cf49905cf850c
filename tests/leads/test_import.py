"""``crm lead import``: rows become leads with a contact, a stage, a value and a history."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.imports.helpers import Files

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Crm

NOW = "2026-07-15T12:00:00Z"


@pytest.fixture
def files(crm: Crm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Files:
    """Input files, imported into an empty store at noon of a day in July."""
    monkeypatch.setenv("CRM_NOW", NOW)
    return Files(crm, tmp_path)


def leads(files: Files, *columns: str) -> list[tuple[Any, ...]]:
    """These columns of every lead, in the order of import."""
    shown = ", ".join(columns)
    return files.rows(
        f"SELECT {shown} FROM leads l JOIN stages s ON s.id = l.stage_id"
        " JOIN contacts c ON c.id = l.contact_id ORDER BY l.id"
    )


def kinds(result: dict[str, Any]) -> dict[str, int]:
    """How many rows each warning concerns."""
    return {warning["kind"]: warning["count"] for warning in result["warnings"]}


WEB = (
    "Timestamp,Name,Email,Message\n"
    '2026-07-01 09:12,Anna Meier,anna@x.org,"Two windows, please.\nAnd a door."\n'
    "2026-07-02 10:00,Bob,bob@y.org,Repair of the roof in spring, and the gutter\n"
)


def test_a_web_form_needs_no_options(files: Files) -> None:
    text = WEB.replace("spring, and", "spring and")
    result = files.load("lead", text, "--source", "web")
    assert (result["created"], result["contacts_created"], result["warnings"]) == (2, 2, [])
    assert leads(files, "c.name", "l.title", "s.key", "l.source", "l.opened_at") == [
        ("Anna Meier", "Two windows, please.", "new", "web", "2026-07-01T09:12:00Z"),
        ("Bob", "Repair of the roof in spring and the gutter", "new", "web",
         "2026-07-02T10:00:00Z"),
    ]  # fmt: skip
    assert files.rows("SELECT notes FROM leads WHERE id = 1") == [
        ("Two windows, please.\nAnd a door.",)
    ]
    assert files.rows("SELECT source FROM contacts ORDER BY id") == [("web",), ("web",)]


def test_a_form_that_grows_brings_each_row_once(files: Files) -> None:
    text = WEB.replace("spring, and", "spring and")
    files.load("lead", text, "--source", "web")
    files.crm("contact", "edit", "1", "--name", "Anna Müller")
    grown = text + "2026-07-03 08:00,Anna Meier,anna@x.org,One more thing\n"
    assert files.counts("lead", grown, "--source", "web") == (3, 1, 0, 2, 0)
    assert files.counts("lead", grown, "--source", "web") == (3, 0, 0, 3, 0)
    assert leads(files, "l.contact_id") == [(1,), (2,), (1,)]


def test_equal_rows_are_separate_leads(files: Files) -> None:
    text = "name,email,message\nAnn,ann@x.org,Call me\nAnn,ann@x.org,Call me\n"
    assert files.counts("lead", text) == (2, 2, 0, 0, 0)
    assert files.counts("lead", text + "Ann,ann@x.org,Call me\n") == (3, 1, 0, 2, 0)


def test_where_a_lead_stands_and_since_when(files: Files) -> None:
    files.load(
        "lead",
        "id,title,account,stage,amount,currency,close date,created,lost reason\n"
        "1,Won one,Acme,Closed Won,1200.50,CHF,2026-05-01,2026-04-01,\n"
        "2,Open one,Acme,proposal,500,CHF,2026-09-01,2026-04-01,\n"
        "3,Lost one,Acme,closedlost,,,2026-05-02,2026-04-01,Too expensive\n",
    )
    assert leads(
        files, "s.key", "l.state", "l.value", "l.expected_on", "l.stage_since", "l.closed_at",
        "l.loss_reason",
    ) == [
        ("won", "won", 120050, None, "2026-05-01T12:00:00Z", "2026-05-01T12:00:00Z", None),
        ("proposal", "open", 50000, "2026-09-01", "2026-04-01T12:00:00Z", None, None),
        ("lost", "lost", None, None, "2026-05-02T12:00:00Z", "2026-05-02T12:00:00Z", "price"),
    ]  # fmt: skip
    stays = "SELECT s.key, h.entered_at, h.left_at FROM stage_changes h JOIN stages s"
    assert files.rows(f"{stays} ON s.id = h.stage_id WHERE h.lead_id = 1 ORDER BY h.id") == [
        ("new", "2026-04-01T12:00:00Z", "2026-05-01T12:00:00Z"),
        ("won", "2026-05-01T12:00:00Z", None),
    ]
    assert files.rows("SELECT role FROM contacts") == [("customer",)]


def test_a_lead_is_never_closed_before_it_was_opened(files: Files) -> None:
    result = files.load(
        "lead", "title,account,stage,close date,created\nX,Acme,lost,2026-03-01,2026-04-01\n"
    )
    assert kinds(result) == {"closed-before-opened": 1, "lost-without-value": 1}
    assert leads(files, "l.opened_at", "l.closed_at") == [
        ("2026-03-01T12:00:00Z", "2026-03-01T12:00:00Z")
    ]


def test_names_that_differ_in_their_umlauts_alone(files: Files) -> None:
    result = files.load(
        "lead",
        "id,title,account\n1,A,MUELLER AG\n2,B,Müller AG\n3,C,Muller Ag\n4,D,Mueller & Co\n",
    )
    assert result["contacts_created"] == 2
    assert leads(files, "c.name") == [
        ("Müller AG",), ("Müller AG",), ("Müller AG",), ("Mueller & Co",)
    ]  # fmt: skip
    # Accents alone are no other spelling; "Mueller & Co" may be another company.
    assert kinds(result) == {"company-spelt": 1, "company-near": 1}


def test_a_lead_that_names_nobody(files: Files) -> None:
    result = files.load("lead", "id,title,amount,currency\n1,Blank one,900,EUR\n")
    assert kinds(result) == {"no-account": 1}
    assert leads(files, "c.name", "c.kind", "l.value") == [("Blank one", "person", 90000)]


def test_everything_is_one_undo(files: Files) -> None:
    files.crm("contact", "add", "Acme", "--kind", "company")
    before = files.rows("SELECT name, role FROM contacts")
    files.load("lead", "title,account,stage,tags,next step,next step date\n"
               "A,Acme,won,big,,\nB,Beta,new,,Call them,2026-08-01\n")  # fmt: skip
    assert files.rows("SELECT text, due_on, lead_id FROM follow_ups") == [
        ("Call them", "2026-08-01", 2)
    ]
    files.crm("undo")
    for table in ("leads", "stage_changes", "lead_tags", "follow_ups", "tags"):
        assert files.rows(f"SELECT * FROM {table}") == []
    assert files.rows("SELECT name, role FROM contacts") == before


def test_routes_give_owners_to_rows_without_one(files: Files) -> None:
    files.crm("lead", "route", "add", "zoe", "max", "--source", "web")
    files.crm("contact", "add", "Cy", "--email", "cy@x.org", "--owner", "ida")
    result = files.load(
        "lead",
        "name,email,message,source,owner\nAnn,ann@x.org,A,web,\nBob,bob@x.org,B,web,\n"
        "Cy,cy@x.org,C,fair,\nDi,di@x.org,D,web,eva\nEd,ed@x.org,E,web,\n",
    )
    assert result["created"] == 5
    assert leads(files, "l.owner", "l.route_id") == [
        ("zoe", 1), ("max", 1), ("ida", None), ("eva", None), ("zoe", 1)
    ]  # fmt: skip


def test_plain_headers_are_no_product_s(files: Files) -> None:
    text = "title,name,account,stage,amount,currency,probability,owner,close date\n"
    path = files.write(text + "Roof,ann@x.org,Acme,new,5,EUR,40,zoe,2026-09-01\n")
    assert "read as" not in files.crm("lead", "import", path).err
    assert leads(files, "l.title", "c.name", "l.probability") == [("Roof", "ann@x.org", 4000)]


def test_a_day_in_the_columns_won_lost_and_closed_is_that_of_closing(files: Files) -> None:
    result = files.load(
        "lead",
        "title,email,stage,opened,won,lost,closed\n"
        "Roof,ann@x.org,,2026-01-05,2026-02-01,,\n"
        "Cellar,ann@x.org,,2026-01-05,,2026-03-01 10:00,\n"
        "Shed,ann@x.org,Won,2026-01-05,,,2026-04-01\n"
        "Barn,ann@x.org,,2026-01-05,yes,,2026-05-01\n"
        "Hut,ann@x.org,,2026-01-05,1,,\n"
        "Tent,ann@x.org,,2026-01-05,0,0,0\n",
    )
    assert leads(files, "l.title", "s.key", "l.closed_at") == [
        ("Roof", "won", "2026-02-01T12:00:00Z"),
        ("Cellar", "lost", "2026-03-01T10:00:00Z"),
        ("Shed", "won", "2026-04-01T12:00:00Z"),
        ("Barn", "won", "2026-05-01T12:00:00Z"),
        ("Hut", "won", "2026-01-05T12:00:00Z"),
        ("Tent", "new", None),
    ]
    assert kinds(result)["closed-without-day"] == 1
