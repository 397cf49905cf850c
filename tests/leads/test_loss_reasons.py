"""The picklist of reasons: the owner's words for why leads are lost, in leads and in their past."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.conftest import Crm


@pytest.fixture
def lost(crm: Crm) -> Crm:
    """Lead 1 lost for a reason of the owner's own; lead 2 the same, and open again."""
    crm("contact", "add", "Ada", "-q")
    crm("picklist", "add", "loss-reason", "Bad luck", "--alias", "luck", "-q")
    for title in ("Site", "Shop"):
        number = crm.id("lead", "add", "ada", title, "-q")
        crm("lead", "lose", number, "luck", "-q")
    crm("lead", "reopen", 2, "-q")
    return crm


def stored(crm: Crm) -> tuple[list[Any], list[Any]]:
    with closing(sqlite3.connect(crm.db)) as connection:
        leads = connection.execute("SELECT loss_reason FROM leads ORDER BY id").fetchall()
        stays = connection.execute(
            "SELECT loss_reason FROM stage_changes WHERE loss_reason IS NOT NULL ORDER BY id"
        ).fetchall()
    return [row[0] for row in leads], [row[0] for row in stays]


def test_a_reason_is_chosen_by_key_label_or_alias_and_counted(lost: Crm) -> None:
    assert stored(lost) == (["bad-luck", None], ["bad-luck", "bad-luck"])
    rows = {row["key"]: row["used"] for row in lost.json("picklist", "list", "loss-reason")}
    assert rows["bad-luck"] == 2
    assert rows["price"] == 0


def test_a_renamed_reason_goes_along_with_the_leads_and_their_past(lost: Crm) -> None:
    lost("picklist", "rename", "loss-reason", "luck", "No luck")
    assert stored(lost) == (["no-luck", None], ["no-luck", "no-luck"])
    lost("undo")
    assert stored(lost) == (["bad-luck", None], ["bad-luck", "bad-luck"])


def test_merged_reasons_are_one_everywhere(lost: Crm) -> None:
    lost("picklist", "merge", "loss-reason", "other", "luck", "--yes")
    assert stored(lost) == (["other", None], ["other", "other"])
    assert lost.json("lead", "lose", 2, "bad luck")["loss_reason"] == "other"


def test_a_retired_reason_stays_readable_and_is_offered_no_more(lost: Crm) -> None:
    lost("picklist", "retire", "loss-reason", "luck")
    assert lost.json("lead", "show", 1)["loss_reason"] == "bad-luck"
    lost("lead", "lose", 2, "luck", code=2)
    assert lost.json("lead", "edit", 1, "--reason", "luck", "--competitor", "Acme")["id"] == 1


def test_a_reason_in_use_stays(lost: Crm) -> None:
    lost("picklist", "delete", "loss-reason", "luck", code=5)
    lost("lead", "reopen", 1, "-q")
    lost("picklist", "delete", "loss-reason", "luck", code=5)
    error = lost("undo", 2, "--json", code=4).error
    assert "is used by records" in error["candidates"][0]["reason"]
    lost("picklist", "delete", "loss-reason", "price", code=5)
