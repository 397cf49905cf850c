"""Editing leads; closed means closed: no edit moves a figure or a date of a closed one."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.conftest import Crm

FIGURES = (
    "stage", "state", "probability", "value", "currency", "weighted_value", "expected_on",
    "forecast", "opened_at", "closed_at", "stage_since", "age_days", "stage_age_days",
)  # fmt: skip
CLOSINGS = {"won": ("win", 1, "900"), "lost": ("lose", 1, "price", "--competitor", "Acme")}


@pytest.fixture
def site(crm: Crm) -> Crm:
    """Ada's lead 1 (tagged hot), and Bob."""
    crm("contact", "add", "Ada Lovelace", "-q")
    crm("contact", "add", "Bob", "-q")
    crm("lead", "add", "ada", "Site", "1000", "--opened", "2026-05-01", "--tag", "hot",
        "--expected", "2026-07-01", "-q")  # fmt: skip
    return crm


@pytest.fixture(params=CLOSINGS)
def closed(site: Crm, request: pytest.FixtureRequest) -> Crm:
    """The same, won or lost on 1 June."""
    site("lead", *CLOSINGS[request.param], "--on", "2026-06-01", "-q")
    return site


def history(crm: Crm) -> list[Any]:
    with closing(sqlite3.connect(crm.db)) as connection:
        return [
            connection.execute(f"SELECT {columns} FROM {table} ORDER BY id").fetchall()
            for table, columns in (
                ("stage_changes", "lead_id, stage_id, entered_at, left_at"),
                ("lead_terms", "*"),
            )
        ]


def figures(crm: Crm) -> dict[str, Any]:
    lead = crm.json("lead", "show", 1)
    return {name: lead[name] for name in FIGURES}


EDITABLE = [
    (("--title", "Shop"), "title", "Shop"),
    (("--notes", "paid late"), "notes", "paid late"),
    (("--tag", "vip"), "tags", ["hot", "vip"]),
    (("--untag", "hot"), "tags", []),
    (("--unset", "tag"), "tags", []),
    (("--source", "fair"), "source", "fair"),
    (("--campaign", "spring"), "campaign", "spring"),
    (("--referrer", "bob"), "referred_by_name", "Bob"),
    (("--external-id", "site:7"), "external_id", "site:7"),
    (("--set", "hobby=chess"), "fields", {"hobby": "chess"}),
]


@pytest.mark.parametrize(("options", "key", "value"), EDITABLE)
def test_what_a_closed_lead_takes_moves_no_figure(
    closed: Crm, options: tuple[str, ...], key: str, value: Any
) -> None:
    closed("field", "add", "lead", "Hobby", "-q")
    before, past = figures(closed), history(closed)
    assert closed.json("lead", "edit", 1, *options)[key] == value
    assert (figures(closed), history(closed)) == (before, past)


def test_a_closed_lead_may_change_hands_and_the_past_keeps_whose_it_was(closed: Crm) -> None:
    before, past = figures(closed), history(closed)
    assert closed.json("lead", "edit", 1, "--owner", "zoe")["owner"] == "zoe"
    assert (figures(closed), history(closed)[0]) == (before, past[0])
    assert len(history(closed)[1]) == len(past[1]) + 1


@pytest.mark.parametrize(
    "options",
    [
        ("--value", "5"), ("--value", "5", "--currency", "CHF"), ("--probability", "50"),
        ("--expected", "tomorrow"), ("--forecast", "commit"), ("--stage", "proposal"),
        ("--unset", "value"), ("--unset", "probability"), ("--unset", "expected"),
        ("--unset", "forecast"), ("--tag", "vip", "--value", "5"), ("--set", "value=5"),
    ],
)  # fmt: skip
def test_what_would_move_a_figure_of_a_closed_lead_is_refused(
    closed: Crm, options: tuple[str, ...]
) -> None:
    before, past = closed.json("lead", "show", 1), history(closed)
    error = closed("lead", "edit", 1, *options, "--json", code=5).error
    assert error["code"] == "refused"
    assert error["hint"] == "crm lead reopen 1 opens it again"
    assert (closed.json("lead", "show", 1), history(closed)) == (before, past)


def test_why_a_lead_was_lost_can_be_told_better(site: Crm) -> None:
    site("lead", *CLOSINGS["lost"], "-q")
    before = figures(site)
    lead = site.json("lead", "edit", 1, "--reason", "timing", "--competitor", "Bolt")
    assert (lead["loss_reason"], lead["competitor"]) == ("timing", "Bolt")
    assert figures(site) == before
    with closing(sqlite3.connect(site.db)) as connection:
        found = connection.execute("SELECT loss_reason, competitor FROM stage_changes").fetchall()
    assert found[-1] == ("timing", "Bolt")
    assert site.json("lead", "edit", 1, "--unset", "competitor")["competitor"] is None


@pytest.mark.parametrize("options", [("--reason", "price"), ("--competitor", "Acme")])
def test_what_is_not_lost_has_no_reason(site: Crm, options: tuple[str, ...]) -> None:
    site("lead", "edit", 1, *options, code=2)
    site("lead", "win", 1, "-q")
    site("lead", "edit", 1, *options, code=2)


@pytest.mark.parametrize(
    ("options", "key", "value"),
    [
        (("--value", "50"), "value", "50.00"), (("--value", "50 CHF"), "currency", "CHF"),
        (("--probability", "33.5%"), "probability", 0.335),
        (("--expected", "2026-08-01"), "expected_on", "2026-08-01"),
        (("--forecast", "omitted"), "forecast", "omitted"), (("--owner", "zoe"), "owner", "zoe"),
        (("--stage", "qualified"), "stage", "qualified"), (("--unset", "value"), "value", None),
        (("--unset", "expected"), "expected_on", None), (("--who", "bob"), "contact", "Bob"),
        (("--set", "value=70"), "value", "70.00"),
        *EDITABLE[:-1],
    ],
)  # fmt: skip
def test_an_open_lead_takes_every_field(
    site: Crm, options: tuple[str, ...], key: str, value: Any
) -> None:
    before = site.json("lead", "show", 1)
    assert site.json("lead", "edit", 1, *options)[key] == value
    after = site.json("lead", "show", 1)
    assert (after["opened_at"], after["closed_at"]) == (before["opened_at"], None)
    site("undo")
    assert site.json("lead", "show", 1) == before


def test_former_terms_are_kept_until_they_changed(site: Crm) -> None:
    site("lead", "edit", 1, "--value", "900 CHF", "--now", "2026-06-01T08:00:00Z", "-q")
    site("lead", "edit", 1, "--title", "Shop", "--now", "2026-06-02T08:00:00Z", "-q")
    site("lead", "edit", 1, "--owner", "zoe", "--probability", "80", "--expected", "2026-08-01",
         "--forecast", "best", "--now", "2026-06-03T08:00:00Z", "-q")  # fmt: skip
    with closing(sqlite3.connect(site.db)) as connection:
        found = connection.execute(
            "SELECT until_at, value, currency, probability, expected_on, forecast, owner"
            " FROM lead_terms"
        ).fetchall()
    assert found == [
        ("2026-06-01T08:00:00Z", 100000, "EUR", None, "2026-07-01", None, None),
        ("2026-06-03T08:00:00Z", 90000, "CHF", None, "2026-07-01", None, None),
    ]


def test_a_tag_on_a_lost_deal_recomputes_nothing(site: Crm) -> None:
    """The case of the field: a tag edited on a lost deal changed its odds and its state."""
    site("lead", "edit", 1, "--probability", "55", "-q")
    site("lead", "lose", 1, "price", "--on", "2026-06-10", "-q")
    before = figures(site)
    for options in (("--tag", "x"), ("--untag", "hot"), ("--tag", "y", "--untag", "x")):
        site("lead", "edit", 1, *options, "--now", "2026-06-15T10:00:00Z", "-q")
    assert figures(site) == before


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ((), 2), (("--value", "-5"), 2), (("--currency", "CHF"), 2), (("--title", " "), 2),
        (("--probability", "200"), 2), (("--untag", "nosuch"), 3), (("--unset", "title"), 2),
        (("--referrer", "ada"), 2), (("--stage", "won"), 2), (("--stage", "nosuch"), 3),
        (("--who", "nobody"), 3), (("--tag", "a", "--untag", "hot", "--tag", "hot"), 2),
        (("--set", "nosuch=1"), 2), (("--value", "5", "--set", "value=6"), 2),
    ],
)  # fmt: skip
def test_what_cannot_be_read_changes_nothing(
    site: Crm, options: tuple[str, ...], code: int
) -> None:
    before = site.json("lead", "show", 1)
    site("lead", "edit", 1, *options, code=code)
    assert site.json("lead", "show", 1) == before


def test_notes_come_from_stdin(site: Crm) -> None:
    run = site.process("lead", "edit", "1", "--notes", "-", "--json", stdin="two\nlines\n")
    assert run.json["notes"] == "two\nlines"
    assert site.process("lead", "edit", "-", "--notes", "-", stdin="1\n").code == 2


def test_the_same_again_changes_nothing(site: Crm) -> None:
    count = len(site.json("history"))
    run = site("lead", "edit", 1, "--value", "1000", "--tag", "hot", "--title", "Site")
    assert "so already" in run.err
    assert len(site.json("history")) == count


def test_an_imported_lead_that_moves_to_another_contact_does_not_come_back(site: Crm) -> None:
    with closing(sqlite3.connect(site.db)) as connection, connection:
        connection.execute("UPDATE leads SET fingerprint = 77")
    site("lead", "edit", 1, "--who", "bob", "-q")
    with closing(sqlite3.connect(site.db)) as connection:
        (mark,) = connection.execute("SELECT contact_id, fingerprint FROM lead_tombstones")
        (lead,) = connection.execute("SELECT contact_id, fingerprint FROM leads")
    assert (mark, lead) == ((1, 77), (2, None))
