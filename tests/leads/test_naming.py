"""LEAD: what a person types, and the one lead that is meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from crm_cli import errors
from crm_cli.clock import Clock
from crm_cli.queries import resolve
from crm_cli.session import Session
from tests.conftest import NOW, Crm
from tests.leads.rows import lead

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def session(crm: Crm) -> Iterator[Session]:
    """Ada has one open lead of two, Bob two open ones, Cleo a lost one."""
    crm("config", "set", "country", "CH")
    crm("contact", "add", "Ada Müller", "--email", "ada@x.org", "--phone", "044 668 18 00",
        "--external-id", "shop:77")  # fmt: skip
    crm("contact", "add", "Bob Website", "--email", "bob@x.org")
    crm("contact", "add", "Cleo")
    lead(crm, 1, "Website", external_id="hubspot:900")
    lead(crm, 1, "Old website", "lost")
    lead(crm, 2, "Shop 77")
    lead(crm, 2, "Grosse Hütte", external_id="42x")
    lead(crm, 3, "2027", "lost")
    opened = Session(path=crm.db, clock=Clock(NOW), who=lambda: "tester", arguments=())
    yield opened
    opened.close()


MEANT = {
    "1": 1, "#3": 3, "hubspot:900": 1, "900": 1, "42x": 4, "ada@x.org": 1, "ADA@X.org": 1,
    "044 668 18 00": 1, "+41446681800": 1, "shop:77": 1, "website": 1, "old": 2, "muller": 1,
    "mueller": 1, "cleo": 5, "2027": 5, "hütte": 4, "huette": 4, "grosse": 4, "shop": 3,
}  # fmt: skip


def test_what_is_meant(session: Session) -> None:
    found = {
        text: resolve.lead_id(session.reader, text, country=resolve.country_for(session, text))
        for text in MEANT
    }
    assert found == MEANT


def test_several_are_listed_the_open_ones_first(session: Session) -> None:
    with pytest.raises(errors.Ambiguous) as caught:
        resolve.lead_id(session.reader, "bob@x.org")
    assert caught.value.message == "'bob@x.org' may be any of 2 leads"
    assert caught.value.candidates[0] == {
        "id": 3, "title": "Shop 77", "contact": "Bob Website", "stage": "new", "state": "open",
            "stage_name": "New",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("77", "see crm lead list --all"),
        ("#900", "see crm lead list --all"),
        ("Websit Ada", "did you mean"),
        ("", "see crm lead list --all; a new one comes in by crm lead add WHO TITLE"),
        ("ada@y.org", "see crm lead list"),
    ],
)
def test_nothing_is_hit_by_a_part_of_a_number(session: Session, text: str, hint: str) -> None:
    with pytest.raises(errors.NotFound) as caught:
        resolve.lead_id(session.reader, text)
    assert hint in (caught.value.hint or "")


def test_one_is_meant_where_many_could_be_read(session: Session) -> None:
    with pytest.raises(errors.UsageError):
        resolve.lead_id(session.reader, "-")
