"""What stands in the way of an undo, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.conftest import Crm


def test_what_hangs_on_a_record_is_named(crm: Crm) -> None:
    crm("contact", "add", "Ada", "--tag", "vip")
    crm("contact", "add", "Bob")
    crm("contact", "tag", "Bob", "vip")
    crm("purchase", "add", "Ada", "Tea", "5")
    error = crm("undo", "1", "--json", code=4).error
    reasons = {one["reason"] for one in error["candidates"]}
    assert "contacts were given it since" in reasons
    assert "purchases added since hang on it" in reasons


def test_what_stands_in_the_way_is_named_with_the_entries_to_undo_first(crm: Crm) -> None:
    crm("contact", "add", "Ada")
    crm("lead", "add", "Ada", "Kitchen", "5000")
    crm("lead", "move", "Kitchen", "proposal")
    crm("lead", "edit", "Kitchen", "--value", "6000")
    error = crm("undo", "2", "--json", code=4).error
    assert {one["name"] for one in error["candidates"]} == {"Kitchen"}
    assert error["hint"] == "undo the later changes first: crm undo 4, crm undo 3"
