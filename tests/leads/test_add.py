"""Opening leads: whose they are, what they are worth, and the contact made on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import Crm

PROMISED = (
    "id contact_id contact title stage state probability value currency weighted_value score"
    " expected_on source campaign owner next_follow_up_on age_days stage_age_days opened_at"
    " closed_at loss_reason competitor"
).split()
MORE = (
    "uid pipeline forecast referred_by referred_by_name tags fields notes stage_since stale"
    " rotten_days purchase_id external_id created_at updated_at"
).split()


def test_a_lead_has_the_promised_keys_in_their_order(crm: Crm) -> None:
    crm("contact", "add", "Ada Lovelace", "--owner", "zoe", "-q")
    lead = crm.json("lead", "add", "ada", "New website", "1200")
    assert list(lead)[: len(PROMISED)] == PROMISED
    assert set(MORE) <= set(lead)
    assert lead == crm.json("lead", "show", lead["id"])
    assert {key: lead[key] for key in PROMISED} == {
        "id": 1, "contact_id": 1, "contact": "Ada Lovelace", "title": "New website",
        "stage": "new", "state": "open", "probability": 0.1, "value": "1200.00",
        "currency": "EUR", "weighted_value": "120.00", "score": None, "expected_on": None,
        "source": None, "campaign": None, "owner": "zoe", "next_follow_up_on": None,
        "age_days": 0, "stage_age_days": 0, "opened_at": "2026-06-15T10:00:00Z",
        "closed_at": None, "loss_reason": None, "competitor": None,
    }  # fmt: skip


def test_every_field_is_an_option(crm: Crm) -> None:
    crm("contact", "add", "Ada Lovelace", "-q")
    crm("contact", "add", "Bob", "-q")
    run = crm(
        "lead", "add", "ada", "New website", "1'200.50 CHF", "--stage", "Proposal",
        "--probability", "75%", "--expected", "end of month", "--forecast", "commit",
        "--source", "web", "--campaign", "spring", "--referrer", "bob", "--owner", "tom",
        "--notes", "wants it soon", "--tag", "vip", "--tag", "new", "--opened", "2026-06-01",
        "--external-id", "site:7", "--json",
    )  # fmt: skip
    lead = run.json
    assert lead["stage"] == "proposal"
    assert (lead["value"], lead["currency"], lead["weighted_value"]) == (
        "1200.50", "CHF", "900.38",
    )  # fmt: skip
    assert (lead["probability"], lead["forecast"]) == (0.75, "commit")
    assert (lead["expected_on"], lead["opened_at"]) == ("2026-06-30", "2026-06-01T12:00:00Z")
    assert (lead["age_days"], lead["stage_age_days"]) == (14, 14)
    assert (lead["source"], lead["campaign"], lead["owner"]) == ("web", "spring", "tom")
    assert (lead["referred_by"], lead["referred_by_name"]) == (2, "Bob")
    assert (lead["tags"], lead["notes"]) == (["new", "vip"], "wants it soon")
    assert lead["external_id"] == "site:7"
    assert "expected 'end of month': 2026-06-30 (Tuesday)" in run.err


@pytest.mark.parametrize("who", ["ada@x.ch", "Ada Lovelace <ada@x.ch>"])
def test_an_address_nobody_has_makes_the_contact(crm: Crm, who: str) -> None:
    run = crm(
        "lead", "add", who, "New website", "--name", "Ada Lovelace", "--phone", "+41446681800",
        "--company", "Engines", "--source", "web",
    )  # fmt: skip
    assert "made the contact Ada Lovelace (#1): nobody had ada@x.ch" in run.err
    ada = crm.json("contact", "show", "1")
    assert (ada["name"], ada["company"], ada["source"]) == ("Ada Lovelace", "Engines", "web")
    assert (ada["emails"][0]["value"], ada["phones"][0]["value"]) == ("ada@x.ch", "+41446681800")
    again = crm("lead", "add", who, "Second", "--phone", "+41446681801")
    assert "was there already: --phone left out" in again.err
    assert len(crm.json("contact", "list", "--where", "kind = person")) == 1
    crm("undo", "2")
    crm("undo", "1")
    assert crm.json("contact", "list") == []


def test_no_create_refuses(crm: Crm) -> None:
    assert (
        crm("lead", "add", "ada@x.ch", "Site", "--no-create", "--json", code=3).error["code"]
        == "not-found"
    )
    assert crm.json("contact", "list") == []


def test_a_name_nobody_has_needs_an_address(crm: Crm) -> None:
    error = crm("lead", "add", "Ada Lovelace", "Site", "--json", code=3).error
    assert "--email, --phone, --company or --name" in error["hint"]
    lead = crm.json("lead", "add", "Ada Lovelace", "Site", "--email", "ada@x.ch")
    assert lead["contact"] == "Ada Lovelace"
    crm("lead", "add", "1", "Site", "--email", "ada@x.ch", code=2)


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (("--probability", "101"), 2),
        (("--probability", "-1"), 2),
        (("--probability", "half"), 2),
        (("--expected", "03/04/2027"), 2),
        (("--forecast", "sure"), 2),
        (("--stage", "nowhere"), 3),
        (("--stage", "won"), 2),
        (("--pipeline", "nowhere"), 3),
        (("--opened", "tomorrow"), 2),
        (("--referrer", "nobody"), 3),
        (("--currency", "CHF"), 2),
    ],
)
def test_what_cannot_be_read_writes_nothing(crm: Crm, options: tuple[str, ...], code: int) -> None:
    crm("contact", "add", "Ada Lovelace", "-q")
    crm("lead", "add", "ada", "Site", *options, code=code)
    assert len(crm.json("history")) == 1


@pytest.mark.parametrize("value", ["-5", "much", "5 XXX"])
def test_a_value_is_an_amount(crm: Crm, value: str) -> None:
    crm("contact", "add", "Ada Lovelace", "-q")
    crm("lead", "add", "ada", "Site", "--", value, code=2)
    assert len(crm.json("history")) == 1


@pytest.mark.parametrize(
    ("typed", "found"),
    [("40", 0.4), ("40%", 0.4), ("40 %", 0.4), ("12.5%", 0.125), ("12,5", 0.125), ("0", 0.0),
     ("100", 1.0)],
)  # fmt: skip
def test_percentages_are_typed_as_people_do(crm: Crm, typed: str, found: float) -> None:
    crm("contact", "add", "Ada Lovelace", "-q")
    assert crm.json("lead", "add", "ada", "Site", "--probability", typed)["probability"] == found


def test_an_external_id_is_taken_once(crm: Crm) -> None:
    crm("contact", "add", "Ada Lovelace", "-q")
    crm("lead", "add", "ada", "Site", "--external-id", "site:7", "-q")
    error = crm("lead", "add", "ada", "B", "--external-id", "site:7", "--json", code=4).error
    assert [found["id"] for found in error["candidates"]] == [1]
    crm("lead", "add", "ada", "B", "--external-id", "site:7", "--allow-duplicate")


def test_a_second_lead_of_the_same_title_is_warned_of(crm: Crm) -> None:
    crm("contact", "add", "Ada Lovelace", "-q")
    crm("lead", "add", "ada", "Site", "-q")
    assert "has an open lead of this title already (#1)" in crm("lead", "add", "ada", "site").err


def test_a_rehearsal_writes_nothing(crm: Crm) -> None:
    run = crm("lead", "add", "ada@x.ch", "Site", "5", "--dry-run", "--json")
    assert run.json["title"] == "Site"
    assert "dry run" in run.err
    assert crm.json("contact", "list") == []


def test_ids_on_stdin_get_a_lead_each(crm: Crm) -> None:
    for name in ("Ada", "Bob"):
        crm("contact", "add", name, "-q")
    run = crm.process("lead", "add", "-", "Site", "100", "--json", stdin="1\n2\n")
    assert [(lead["id"], lead["contact"]) for lead in run.json] == [(1, "Ada"), (2, "Bob")]
    assert len(crm.json("history")) == 3


def test_every_field_of_the_record_is_an_option_by_its_key(crm: Crm) -> None:
    crm("contact", "add", "Ada", "-q")
    row = crm.json("lead", "add", "ada", "Roof", "--value", "12.50 CHF", "--expected-on", "+7d",
                   "--opened-at", "2026-05-01")  # fmt: skip
    assert (row["value"], row["currency"]) == ("12.50", "CHF")
    assert row["expected_on"] is not None
    assert row["opened_at"].startswith("2026-05-01")
    assert crm("lead", "add", "ada", "Two", "5", "--value", "6", code=2).out == ""
    row = crm.json("lead", "lose", "roof", "--reason", "price")
    assert (row["state"], row["loss_reason"]) == ("lost", "price")
    assert crm.json("lead", "edit", "roof", "--loss-reason", "timing")["loss_reason"] == "timing"
    assert crm("lead", "lose", "roof", "price", "--reason", "timing", code=2).out == ""
