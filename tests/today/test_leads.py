"""The leads of a morning: what is worth most first, counted, and none left out without a word."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import Crm


@pytest.fixture
def nine(crm: Crm) -> Crm:
    """Leads worth 100 to 900; the one of 500 has a next step, that of 900 stands still."""
    crm("contact", "add", "Ada Lovelace", "-q")
    for number in range(1, 10):
        opened = "2026-01-01" if number == 9 else "2026-06-14"
        crm("lead", "add", "ada", f"Lead {number}", f"{number}00", "--opened", opened, "-q",
            *(("--follow-up", "2026-07-01") if number == 5 else ()))  # fmt: skip
    return crm


def test_the_largest_without_a_step_come_first_and_are_counted(nine: Crm) -> None:
    day = nine.json("today")
    assert [lead["title"] for lead in day["leads_without_step"]] == [
        "Lead 8", "Lead 7", "Lead 6", "Lead 4", "Lead 3",
    ]  # fmt: skip
    assert day["counts"]["leads_without_step"] == 7
    assert [lead["title"] for lead in day["stale_leads"]] == ["Lead 9"]


def test_a_limit_is_that_of_leads_too(nine: Crm) -> None:
    assert len(nine.json("today", "--limit", 2)["leads_without_step"]) == 2
    assert len(nine.json("today", "--limit", 50)["leads_without_step"]) == 7


def test_the_page_says_of_how_many_and_which_command_lists_just_these(nine: Crm) -> None:
    shown = " ".join(nine("today", "-f", "table").out.split())
    assert "Leads without a next step, of those that do not stand still: 5 of 7" in shown
    assert "crm lead list --where 'next_follow_up is empty and not stale'" in shown
    where = ("--where", "next_follow_up is empty and not stale")
    assert len(nine.json("lead", "list", *where)) == 7
