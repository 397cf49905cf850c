"""Filters of leads: every field finds what its record says."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest

from crm_cli import errors
from crm_cli.clock import Clock
from crm_cli.queries import filtering
from crm_cli.session import Session
from crm_cli.store import filters
from tests.conftest import NOW, Crm
from tests.leads.rows import lead

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def session(crm: Crm) -> Iterator[Session]:
    """Leads 1 to 6 of Ada of Acme AG (Zürich), Bob (Bern) and of Acme itself; today is 15 June."""
    crm("config", "set", "timezone", "Europe/Zurich")
    crm("contact", "add", "Ada Müller", "--company", "Acme AG", "--city", "Zürich",
        "--country", "CH", "--tag", "vip", "--role", "prospect")  # fmt: skip
    crm("contact", "add", "Bob Smith", "--city", "Bern", "--role", "customer")
    lead(crm, 1, "Website Größe", "new", value=100_00, currency="EUR", source="fair",
         owner="zoe", expected_on="2026-07-01", external_id="hubspot:7")  # fmt: skip
    lead(crm, 1, "Shop", "proposal", on="2026-05-01", since="2026-05-25", value=200_50,
         currency="CHF", owner="Anna", notes="asks for Größe")  # fmt: skip
    lead(crm, 2, "Hosting", "negotiation", on="2026-05-15", since="2026-06-01", probability=9900,
         value=100_00, currency="EUR")  # fmt: skip
    lead(crm, 3, "Old site", "won", on="2026-03-01", closed="2026-03-31", value=500_00,
         currency="EUR")  # fmt: skip
    lead(crm, 2, "Old shop", "lost", on="2026-01-01", closed="2026-01-11", competitor="Rival",
         loss_reason="price")  # fmt: skip
    lead(crm, 3, "Nothing said", "qualified", forecast="omitted", referred_by_id=1)
    with sqlite3.connect(crm.db) as direct:
        direct.execute("INSERT INTO tags (id, key, label) VALUES (9, 'hot', 'Hot')")
        direct.execute("INSERT INTO lead_tags (id, lead_id, tag_id) VALUES (1, 2, 9)")
        direct.execute(
            "INSERT INTO follow_ups (id, uid, contact_id, kind, due_on, text, state, sequence,"
            " created_at, updated_at, lead_id) VALUES (1, 'f', 1, 'task', '2026-06-20', 'Call',"
            " 'open', 0, '', '', 2)"
        )
        direct.execute("INSERT INTO lead_scores (lead_id, score, worth, scored_on)"
                       " VALUES (3, 80, 0, '2026-06-15')")  # fmt: skip
    direct.close()
    opened = Session(path=crm.db, clock=Clock(NOW), who=lambda: "tester", arguments=())
    yield opened
    opened.close()


def ids(session: Session, where: str) -> list[int]:
    chosen = filtering.read(session, "lead", where).chosen
    return [number for part in filters.ids(session.reader, "lead", chosen) for number in part]


ANSWERS: dict[str, list[int]] = {
    "id in (1, 4)": [1, 4],
    "contact = 'ada mueller'": [1, 2],
    "contact_id = 3": [4, 6],
    "who ~ smith": [4, 6],
    "company = 'acme ag'": [1, 2, 3, 5],
    "company is empty": [4, 6],
    "company = acme* and contact ~ muller": [1, 2],
    "city = zuerich": [1, 2],
    "country = Switzerland": [1, 2],
    "country is empty": [3, 4, 5, 6],
    "role = customer": [4, 6],
    "contact_tag:vip": [1, 2],
    "not contact_tag:vip and state = open": [3, 6],
    "tag:hot": [2],
    "tag is empty and state = open": [1, 3, 6],
    "title ~ groesse": [1],
    "title = old*": [4, 5],
    "pipeline = sales and state = lost": [5],
    "stage = proposal": [2],
    "stage in (New, neg)": [1, 3],
    "stage != won and stage != lost": [1, 2, 3, 6],
    "state = won": [4],
    "probability >= 60": [2, 3, 4],
    "probability = 99%": [3],
    "probability < 10.5%": [1, 5],
    "value = 100": [1, 3],
    "value > 100 CHF": [2],
    "value is empty": [5, 6],
    "currency = EUR and state = open": [1, 3],
    "weighted = 99": [3],
    "weighted_value < 50": [1],
    "score >= 80": [3],
    "score is empty and state = open": [1, 2, 6],
    "expected = 2026-07": [1],
    "forecast = commit": [3],
    "forecast = best": [2],
    "forecast = pipeline": [1],
    "forecast = omitted": [6],
    "forecast is empty": [4, 5],
    "source = Fair": [1],
    "owner in (ANNA, zoe)": [1, 2],
    "next_follow_up <= +7d": [2],
    "next_follow_up is empty and state = open": [1, 3, 6],
    "age > 30": [2, 3],
    "age >= 31": [2, 3],
    "age = 30": [4],
    "age <= 10": [5],
    "age < 15": [1, 5, 6],
    "age in (10, 45)": [2, 5],
    "not age < 30": [2, 3, 4],
    "age != 2.5": [1, 2, 3, 4, 5, 6],
    "stage_age = 14 and state = open": [1, 3, 6],
    "stage_age > 14 and state = open": [2],
    "stage_age >= 14.5 and state = open": [2],
    "opened < 2026-05": [4, 5],
    "closed = 2026-03": [4],
    "closed is empty": [1, 2, 3, 6],
    "stage_since >= 2026-06-01": [1, 3, 6],
    "loss_reason = 'too expensive'": [5],
    "competitor = rival": [5],
    "referred_by = 1": [6],
    "external_id = HubSpot:7": [1],
    "notes ~ groesse": [2],
    "created >= 2026-06-01": [1, 6],
    "purchase_id is not empty": [],
    "stale": [],
    "not stale": [1, 2, 3, 4, 5, 6],
    "stale = no and state = open": [1, 2, 3, 6],
}


def test_conditions_of_leads(session: Session) -> None:
    assert {where: ids(session, where) for where in ANSWERS} == ANSWERS


def test_stale_is_longer_than_the_limit_of_the_stage(crm: Crm, session: Session) -> None:
    """New has 14 days, proposal 21: on the 16th lead 1 has been there 15, lead 2 22 days."""
    session.close()
    for today, found in (("2026-06-15", []), ("2026-06-16", [1, 2, 3])):
        later = Session(
            path=crm.db, clock=Clock(f"{today}T01:00:00Z"), who=lambda: "t", arguments=()
        )
        assert ids(later, "stale") == found
        assert ids(later, "not stale") == [n for n in range(1, 7) if n not in found]
        later.close()


def test_days_are_those_of_the_business(crm: Crm, session: Session) -> None:
    """Half past eleven at night in Zurich is still the day, half an hour later the next."""
    with sqlite3.connect(crm.db) as direct:
        direct.execute("UPDATE leads SET opened_at = '2026-06-10T21:30:00Z' WHERE id = 1")
        direct.execute("UPDATE leads SET opened_at = '2026-06-10T22:30:00Z' WHERE id = 2")
        direct.execute("UPDATE leads SET closed_at = '2026-04-01T22:30:00Z' WHERE id = 4")
    direct.close()
    assert ids(session, "age = 5") == [1]
    assert ids(session, "age = 4") == [2]
    assert ids(session, "age = 32") == [4]


WRONG = {
    "stage = prposal": "filter, character 9: there is no stage 'prposal'",
    "pipeline = other": "there is no pipeline 'other'",
    "owner = zoo": "no lead has the owner 'zoo'",
    "tag:cold": "no lead has the tag 'cold'",
    "company = acne": "no lead has the company 'acne'",
    "probability = much": "'much' is not a number",
    "age = old": "'old' is not a number",
    "age > 99999999": "out of the calendar",
    "stage > new": "stage cannot be compared with >",
    "stale = maybe": "neither yes nor no",
    "email = x": "a lead has no field 'email'",
}


def test_what_cannot_be_meant(session: Session) -> None:
    for where, message in WRONG.items():
        with pytest.raises(errors.InvalidValue) as caught:
            ids(session, where)
        assert message in caught.value.message


INDEXED = {
    "contact = 'bob smith'": "leads_contact",
    "company = 'acme ag'": "leads_contact",
    "contact_id = 2": "leads_contact",
    "city = bern": "leads_contact",
    "contact_tag:vip": "leads_contact",
    "tag:hot": "lead_tags_tag",
    "title = shop": "leads_folded",
    "title = sh*": "leads_folded",
    "stage = proposal": "leads_stage",
    "pipeline = sales": "leads_stage",
    "stale": "leads_stage",
    "closed >= 2026-03": "leads_closed",
    "referred_by = 1": "leads_referred",
    "external_id = hubspot:7": "leads_external",
    "id in (1, 2)": "PRIMARY KEY",
}


def test_an_index_leads_to_the_rows(session: Session) -> None:
    for where, index in INDEXED.items():
        chosen = filtering.read(session, "lead", where).chosen
        rows = session.reader.execute(
            f"EXPLAIN QUERY PLAN SELECT l.id FROM leads l WHERE {chosen.sql}", chosen.parameters
        ).fetchall()
        assert any(index in row[-1] for row in rows), (where, rows)
