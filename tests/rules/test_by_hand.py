"""What people do by hand with follow-ups that rules and services made."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Crm
    from tests.rules.conftest import Rows

    Read = Callable[..., Rows]


@pytest.fixture
def made(crm: Crm) -> Crm:
    """Ada with a touch (1), a birthday (2) and a service (3), and a task (4); and Bob."""
    crm("contact", "add", "Ada", "--birthday", "1990-07-31", "--tag", "vip")
    crm("contact", "add", "Bob")
    crm("product", "add", "Boiler", "900", "--service-interval", "12 months")
    crm("remind", "rule", "add", "every 2 weeks", "--tag", "vip")
    crm("remind", "rule", "add", "birthday")
    crm("purchase", "add", "1", "Boiler", "900")
    crm("remind", "add", "1", "today", "send the offer")
    return crm


@pytest.mark.parametrize("follow_up", [1, 2, 3])
@pytest.mark.parametrize(
    "options", [("--repeat", "weekly"), ("--kind", "task"), ("--who", "bob")], ids=lambda o: o[0]
)
def test_what_its_rule_says_is_not_changed_by_hand(
    made: Crm, rows: Read, follow_up: int, options: tuple[str, str]
) -> None:
    before = rows()
    assert "was made by" in made("remind", "edit", follow_up, *options, code=5).err
    assert rows() == before


def test_a_service_keeps_its_purchase(made: Crm, rows: Read) -> None:
    before = rows()
    assert made("remind", "edit", "3", "--unset", "purchase", code=5)
    made("remind", "edit", "3", "--when", "2027-06-20", "--text", "Boiler: descale")
    made("remind", "refresh")
    assert len(rows()) == len(before)
    assert rows()[2]["due_on"] == "2027-06-20"


@pytest.mark.parametrize(
    ("follow_up", "maker"),
    [(1, "rule 1"), (2, "rule 2"), (3, "its product's service interval")],
)
def test_an_open_one_is_not_deleted_for_it_would_come_back(
    made: Crm, rows: Read, follow_up: int, maker: str
) -> None:
    before = rows()
    told = made("remind", "delete", follow_up, "--yes", code=5).err
    assert f"made by {maker}, which would make it again" in told
    assert f"crm remind cancel {follow_up}" in told
    assert rows() == before
    made("remind", "cancel", follow_up)
    made("remind", "refresh")
    assert follow_up not in [row["id"] for row in rows()]


def test_of_many_that_are_deleted_those_of_rules_stay(made: Crm, rows: Read) -> None:
    told = made("remind", "delete", "--where", "state = open", "--yes").err
    assert "3 follow-ups of rules and services stay" in told
    assert [row["kind"] for row in rows()] == ["touch", "date", "service"]
    made("undo")
    assert len(rows()) == 4


def test_deleting_what_was_done_says_that_it_counts_no_more(made: Crm, rows: Read) -> None:
    made("remind", "done", "2")
    assert [row["due_on"] for row in rows() if row["kind"] == "date"] == ["2027-07-31"]
    assert "its rule may ask again" in made("remind", "delete", "2", "--yes").err
    assert [row["due_on"] for row in rows() if row["kind"] == "date"] == ["2026-07-31"]


def test_what_its_rule_took_back_is_not_opened_by_hand(made: Crm, rows: Read) -> None:
    made("remind", "rule", "pause", "1")
    assert "nothing asks for it any more" in made("remind", "reopen", "1", code=5).err
    made("remind", "reopen", "--where", "state = cancelled", "--yes")
    made("remind", "rule", "resume", "1")
    assert [row["id"] for row in rows() if row["kind"] == "touch"] == [1]
