"""Giving leads to another owner."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import Crm


@pytest.fixture
def team(crm: Crm) -> Crm:
    """Four leads: three of Ana's, one of them won, and one of Ben's; follow-ups on two."""
    crm("contact", "add", "Ada", "--email", "ada@x.ch", "-q")
    for title, owner in (("One", "Ana"), ("Two", "Ben"), ("Three", "ana"), ("Four", "Ana")):
        crm("lead", "add", "ada", title, "100", "--owner", owner, "-q")
    crm("lead", "win", "4", "-q")
    crm("remind", "add", "ada", "+3d", "Ana's", "--lead", "1", "--owner", "Ana", "-q")
    crm("remind", "add", "ada", "+3d", "Ben's", "--lead", "1", "--owner", "Ben", "-q")
    crm("remind", "add", "ada", "+3d", "not about it", "--owner", "Ana", "-q")
    return crm


def owners(crm: Crm) -> dict[str, str | None]:
    """Return title -> owner of every lead."""
    return {row["title"]: row["owner"] for row in crm.json("lead", "list", "--all")}


def test_named_leads_get_an_owner(team: Crm) -> None:
    lead = team.json("lead", "assign", "one", "Cleo")
    assert (lead["id"], lead["owner"]) == (1, "Cleo")
    rows = team.json("lead", "assign", "2", "4", "Dan")
    assert [(row["id"], row["owner"], row["state"]) for row in rows] == [
        (2, "Dan", "open"), (4, "Dan", "won"),
    ]  # fmt: skip
    team("undo")
    assert owners(team) == {"One": "Cleo", "Two": "Ben", "Three": "Ana", "Four": "Ana"}
    assert "already: nothing to do" in team("lead", "assign", "1", "Cleo").err
    done = team.process("lead", "assign", "-", "Eve", "-f", "ids", stdin="1\n3\n")
    assert done.out.split() == ["1", "3"]


def test_a_filter_is_asked_about(team: Crm) -> None:
    team("lead", "assign", "--where", "value = 100", "Cleo", code=2)
    run = team("lead", "assign", "--where", "value = 100", "Cleo", "--dry-run")
    assert "would assign 3 leads to Cleo" in run.err
    team("lead", "assign", "--where", "value = 100", "Cleo", "--yes")
    # The closed one was not asked for.
    assert owners(team) == {"One": "Cleo", "Two": "Cleo", "Three": "Cleo", "Four": "Ana"}


def test_a_hand_over_takes_what_is_open(team: Crm) -> None:
    team("lead", "assign", "--from", "Ana", "--to", "Cleo", code=2)
    team("lead", "assign", "--from", "Ana", "--to", "Cleo", "--yes")
    assert owners(team) == {"One": "Cleo", "Two": "Ben", "Three": "Cleo", "Four": "Ana"}
    assert [row["owner"] for row in team.json("remind", "list")] == ["Ana", "Ben", "Ana"]
    team("undo")
    run = team("lead", "assign", "--from", "ana", "--to", "Cleo", "--all", "--with-follow-ups",
               "--yes")  # fmt: skip
    assert "1 follow-up went along" in run.err
    assert owners(team) == {"One": "Cleo", "Two": "Ben", "Three": "Cleo", "Four": "Cleo"}
    assert [row["owner"] for row in team.json("remind", "list")] == ["Cleo", "Ben", "Ana"]
    team("undo")
    assert [row["owner"] for row in team.json("remind", "list")] == ["Ana", "Ben", "Ana"]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--from", "Ana", "--to", "ANA"], 2, "are the same"),
        (["--from", "Ana"], 2, "--to is missing"),
        (["--from", "Ana", "--to", "Ben", "3"], 2, "leave the other words out"),
        (["--from", "Annna", "--to", "Ben"], 3, "did you mean Ana?"),
        (["1"], 2, "LEAD is missing"),
        ([], 2, "OWNER is missing"),
        (["1", "  "], 2, "an owner needs a name"),
        (["99", "Ben"], 3, "99"),
        (["1", "99", "Ben"], 3, "99"),
    ],
)
def test_what_is_not_clear_is_refused(
    team: Crm, arguments: list[str], code: int, said: str
) -> None:
    before = owners(team)
    run = team("lead", "assign", *arguments, "--yes", code=code)
    assert said in run.err
    assert owners(team) == before


def test_a_past_day_still_names_the_former_owner(team: Crm) -> None:
    team(
        "lead", "assign", "--from", "Ana", "--to", "Cleo", "--yes", "--now", "2026-06-20T09:00:00Z"
    )
    now = ("--now", "2026-06-21T09:00:00Z", "--by", "owner")
    then = team.json("report", "pipeline", "--as-of", "2026-06-19", *now)["rows"]
    today = team.json("report", "pipeline", *now)["rows"]
    assert {row["owner"]: row["leads"] for row in then} == {"Ana": 2, "Ben": 1}
    assert {row["owner"]: row["leads"] for row in today} == {"Cleo": 2, "Ben": 1}


def test_an_unknown_owner_is_warned_of(team: Crm) -> None:
    team("config", "set", "people", "Ana <a@x.ch>, Ben <b@x.ch>, Cleo <c@x.ch>")
    run = team("lead", "assign", "1", "cleo", "--json")
    assert run.json["owner"] == "Cleo"
    assert "nobody is called" not in run.err
    run = team("lead", "assign", "1", "Benn", "--json")
    assert "nobody is called Benn: did you mean Ben?" in run.err
    assert run.json["owner"] == "Benn"
    lead = team("lead", "add", "ada", "Five", "--owner", "ana", "--json")
    assert lead.json["owner"] == "Ana"
    run = team("lead", "edit", "5", "--owner", "Cloe", "--json")
    assert "nobody is called Cloe: did you mean Cleo?" in run.err
