"""Custom fields of leads: set, checked, asked for, and followed to other names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import Crm


@pytest.fixture
def shop(crm: Crm) -> Crm:
    """Leads with a required area and a plan number of their own."""
    crm("contact", "add", "Anna Meier", "-q")
    crm("field", "add", "lead", "Roof area", "number", "--required", "-q")
    crm("field", "add", "lead", "Plan no", "--unique", "-q")
    crm("lead", "add", "1", "Roof", "--set", "roof_area=80", "--set", "plan_no=A1", "-q")
    return crm


def test_what_is_required_and_unique_is_held_to(shop: Crm) -> None:
    assert "roof_area" in shop("lead", "add", "1", "Barn", code=2).err
    same = ("--set", "roof_area=20", "--set", "plan_no=a1")
    assert shop("lead", "add", "1", "Barn", *same, "--json", code=4).error["code"] == "duplicate"
    assert shop("lead", "edit", "1", "--unset", "roof_area", code=2)
    assert shop("lead", "edit", "1", "--set", "roof_area=wide", code=2)
    found = shop.json("lead", "edit", "1", "--set", "roof_area=90.5")
    assert found["fields"] == {"roof_area": 90.5, "plan_no": "A1"}


def test_a_closed_lead_still_takes_its_own_fields(shop: Crm) -> None:
    before = shop.json("lead", "lose", "1", "price")
    after = shop.json("lead", "edit", "1", "--set", "plan_no=B2")
    assert after["fields"]["plan_no"] == "B2"
    assert [after[key] for key in ("closed_at", "stage", "value")] == [
        before[key] for key in ("closed_at", "stage", "value")
    ]


def test_lists_and_filters_know_them(shop: Crm) -> None:
    shop("lead", "add", "1", "Barn", "--set", "roof_area=20", "-q")
    rows = shop.json("lead", "list", "--where", "roof_area > 50")
    assert [(row["id"], row["roof_area"], row["plan_no"]) for row in rows] == [(1, 80, "A1")]
    assert shop("lead", "list", "--where", "plan_no is empty", "-f", "ids").out.split() == ["2"]
    filled = shop.json("report", "completeness", "--of", "lead")
    assert filled["totals"]["asked_for"] == ["roof_area"]
    assert filled["totals"]["complete"] == 2


def test_names_that_leads_have_are_free_for_others(shop: Crm) -> None:
    assert shop("field", "add", "lead", "Stage", code=2)
    assert shop("field", "add", "lead", "Score", "number", code=2)
    shop("field", "add", "contact", "Score", "number", "-q")
    assert shop.json("contact", "edit", "1", "--set", "score=3")["fields"] == {"score": 3}


def test_score_rules_follow_a_field_to_its_new_name(shop: Crm) -> None:
    shop("lead", "score", "--rule", "roof_area > 50", "--points", "20", "-q")
    shop("field", "edit", "lead.roof_area", "--name", "Area", "-q")
    (rule,) = shop.json("lead", "score", "--rules")
    assert "area > 50" in str(rule)
    assert "roof_area" not in str(rule)
    run = shop("field", "delete", "lead.area", "--yes")
    assert "score rule 1 does not work without area" in run.err


def test_a_lead_comes_back_from_the_trash_with_them(shop: Crm) -> None:
    shop("lead", "delete", "1", "--yes", "-q")
    shop("trash", "restore", "1", "-q")
    assert shop.json("lead", "show", "1")["fields"] == {"roof_area": 80, "plan_no": "A1"}
