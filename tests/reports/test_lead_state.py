"""Leads as of any past day: stage, terms, odds and currency are those of its end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from crm_cli.clock import Clock
from crm_cli.errors import NotFound, RateMissing
from crm_cli.reports import lead_state
from crm_cli.reports.scope import Bounds
from crm_cli.session import Session
from tests.reports.lead_rows import Leads

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Crm

    Read = Callable[..., dict[int, dict[str, Any]]]


@pytest.fixture
def leads(crm: Crm) -> Leads:
    crm("contact", "add", "Ada")
    return Leads(crm.db)


@pytest.fixture
def read(crm: Crm) -> Read:
    """Return the states of a day by id: ``read("2026-05-31", owner="zoe")``."""

    def read(as_of: str, needed: str = "1", **bounds: str) -> dict[int, dict[str, Any]]:
        session = Session(
            path=crm.db, clock=Clock("2026-06-15T10:00:00Z"), who=lambda: "", arguments=()
        )
        try:
            chosen = lead_state.read(session, Bounds(as_of=as_of, **bounds))
            found = lead_state.states(session, chosen, needed=needed)
            cursor = session.reader.execute(
                f"WITH {found.sql} SELECT * FROM states ORDER BY id", found.parameters
            )
            names = [column[0] for column in cursor.description]
            rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        finally:
            session.close()
        return {row["id"]: {**row, "in": found.currency} for row in rows}

    return read


def test_a_lead_that_skips_goes_back_and_reopens_is_where_it_was(leads: Leads, read: Read) -> None:
    leads.add(
        ("2026-01-05", "new"), ("2026-01-10", "proposal"), ("2026-02-01", "qualified"),
        ("2026-02-20", "lost"), ("2026-03-03", "qualified"), ("2026-04-01", "won"),
        value=1000,
    )  # fmt: skip
    days = {
        "2026-01-09": (1, "open", 100, None), "2026-01-10": (4, "open", 600, None),
        "2026-02-19": (3, "open", 400, None), "2026-02-20": (7, "lost", 0, "2026-02-20"),
        "2026-03-02": (7, "lost", 0, "2026-02-20"), "2026-03-03": (3, "open", 400, None),
        "2026-04-01": (6, "won", 1000, "2026-04-01"),
        "2026-06-15": (6, "won", 1000, "2026-04-01"),
    }  # fmt: skip
    for day, (stage, state, weighted, closed) in days.items():
        lead = read(day)[1]
        shown = lead["closed_at"] and lead["closed_at"][:10]
        assert (lead["stage_id"], lead["state"], lead["weighted"], shown) == (
            stage, state, weighted, closed,
        ), day  # fmt: skip
    assert read("2026-01-04") == {}


def test_terms_are_those_of_the_day(leads: Leads, read: Read) -> None:
    leads.add(
        ("2026-01-05", "new"), value=300, currency="EUR", probability=None, owner="bo",
        former=(
            {"until": "2026-02-01", "value": None, "owner": "zoe", "probability": 9000},
            {"until": "2026-03-01", "value": 100, "owner": "bo", "expected_on": "2026-04-01"},
        ),
    )  # fmt: skip
    january, february, march = read("2026-01-31")[1], read("2026-02-28")[1], read("2026-03-01")[1]
    assert (january["value"], january["owner"], january["category"]) == (None, "zoe", "commit")
    assert (january["amount"], january["weighted"]) == (None, None)
    assert (february["value"], february["expected_on"], february["weighted"]) == (
        100, "2026-04-01", 10,
    )  # fmt: skip
    assert (march["value"], march["expected_on"], march["weighted"]) == (300, None, 30)
    assert list(read("2026-01-31", owner="ZOE")) == [1]
    assert not read("2026-02-28", owner="zoe")


def test_the_odds_of_a_stage_are_those_of_the_day(leads: Leads, read: Read) -> None:
    leads.add(("2026-01-05", "new"), value=1000)
    leads.connection.execute(
        "INSERT INTO stage_odds (stage_id, until_at, probability)"
        " VALUES (1, '2026-02-01T12:00:00Z', 5000)"
    )
    leads.connection.commit()
    assert read("2026-01-31")[1]["weighted"] == 500
    assert read("2026-02-01")[1]["weighted"] == 100


def test_the_end_of_a_day_is_that_of_the_business(crm: Crm, leads: Leads, read: Read) -> None:
    crm("config", "set", "timezone", "America/Denver")
    leads.add(("2026-02-01T02:00:00Z", "new"), ("2026-02-03T06:59:59Z", "won"), value=1)
    assert list(read("2026-01-31")) == [1]
    assert read("2026-02-01")[1]["state"] == "open"
    assert read("2026-02-02")[1]["state"] == "won"


def test_each_lead_at_the_rate_of_its_own_day(crm: Crm, leads: Leads, read: Read) -> None:
    crm("config", "set", "timezone", "America/Denver")
    crm("config", "rate", "add", "USD", "0.9", "--in", "EUR", "--on", "2026-01-31")
    crm("config", "rate", "add", "USD", "0.8", "--in", "EUR", "--on", "2026-02-01")
    leads.add(("2026-01-31", "new"), value=1000, currency="EUR")
    leads.add(("2026-02-01T02:00:00Z", "new"), value=1005, currency="USD")
    leads.add(("2026-02-01T08:00:00Z", "new"), value=1005, currency="USD")
    leads.add(("2026-01-31", "new"), ("2026-03-01", "won"), value=1000, currency="USD")
    now = read("2026-06-15")
    assert [row["amount"] for row in now.values()] == [1000, 905, 804, 800]
    assert [row["weighted"] for row in now.values()] == [100, 91, 80, 800]
    assert {row["in"] for row in now.values()} == {"EUR"}
    # On that day it was not yet closed: its day is still that of its opening.
    assert read("2026-02-28")[4]["amount"] == 900


def test_one_currency_stays_what_it_is(leads: Leads, read: Read) -> None:
    leads.add(("2026-01-31", "new"), value=1000, currency="USD")
    leads.add(("2026-03-31", "new"), value=1000, currency="CHF")
    assert read("2026-02-28")[1]["in"] == "USD"


def test_a_missing_rate_names_lead_pair_and_day(leads: Leads, read: Read) -> None:
    leads.add(("2026-01-31", "new"), value=1000, currency="EUR")
    leads.add(("2026-02-03", "new"), ("2026-02-05", "lost"), value=1000, currency="USD")
    with pytest.raises(RateMissing, match=r"lead #2 \(Lead 2\): no rate from USD to EUR .*02-05"):
        read("2026-06-15")
    assert read("2026-06-15", needed="state = 'open'")[2]["amount"] is None


def test_narrowed_by_pipeline_and_segment(crm: Crm, leads: Leads, read: Read) -> None:
    leads.add(("2026-01-31", "new"))
    crm("contact", "add", "Bo", "--tag", "vip")
    leads.add(("2026-01-31", "new"), contact_id=2)
    crm("segment", "save", "VIPs", "tag:vip")
    assert list(read("2026-06-15", segment="vips")) == [2]
    assert list(read("2026-06-15", pipeline="Sales")) == [1, 2]
    with pytest.raises(NotFound, match="no pipeline 'Partners'"):
        read("2026-06-15", pipeline="Partners")
