"""The owner's names of stages and pipelines for people, their keys in JSON; room on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import Crm


@pytest.fixture
def shop(crm: Crm) -> Crm:
    """A lead in a stage that was renamed, one in a stage of the same key of another pipeline."""
    crm("lead", "pipeline", "add", "Service")
    crm("lead", "pipeline", "rename", "sales", "Machine sales")
    crm("lead", "stage", "rename", "qualified", "Site visit")
    crm("contact", "add", "Ada Lovelace Coffee Roasters of Dublin", "--phone", "+353 1 234 5678")
    crm("lead", "add", "1", "Press for the new roastery", "5000", "--stage", "qualified")
    crm("lead", "add", "1", "Press to look after", "50", "--stage", "qualified",
        "--pipeline", "service")  # fmt: skip
    return crm


@pytest.mark.parametrize(
    "asked",
    [("lead", "score"), ("lead", "next", "--limit", "2"), ("lead", "list"),
     ("report", "velocity"), ("report", "explain", "pipeline", "all:leads"),
     ("lead", "stage", "list")],
)  # fmt: skip
def test_people_read_the_names_of_stages(shop: Crm, asked: tuple[str, ...]) -> None:
    page = shop(*asked).out
    assert "Site visit" in page
    assert "Qualified" in page


def test_candidates_are_told_with_the_names_of_their_stages(shop: Crm) -> None:
    run = shop("lead", "show", "press", code=4)
    assert "Ada Lovelace Coffee Roasters of Dublin  open  Site visit" in run.err
    found = shop("lead", "show", "press", "--json", code=4).error["candidates"]
    assert [(one["stage"], one["stage_name"]) for one in found] == [
        ("qualified", "Site visit"), ("qualified", "Qualified"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "asked", [("report", "velocity"), ("lead", "stage", "list"), ("lead", "list")]
)
def test_people_read_the_names_of_pipelines(shop: Crm, asked: tuple[str, ...]) -> None:
    assert "Machine sales" in shop(*asked).out
    assert shop.json("lead", "list")[0]["pipeline"] == "sales"
    assert "Only leads in the pipeline Machine sales" in shop(
        "report", "pipeline", "--pipeline", "sales"
    ).out  # fmt: skip
    assert shop.json("report", "velocity")["rows"][0]["pipeline"] == "sales"


def test_who_leaves_takes_the_name_of_the_pipeline_along(shop: Crm) -> None:
    rows = shop("lead", "export", "-", "--layout", "hubspot").out
    assert "Machine sales" in rows
    assert ",sales," not in rows


@pytest.mark.parametrize("width", [80, 120, 160])
def test_reasons_for_the_next_call_are_not_cut(shop: Crm, width: int) -> None:
    page = shop.on_terminal("lead", "next", "--limit", "1", width=width)
    assert max(map(len, page.splitlines())) <= width
    said = " ".join(page.split())
    assert shop.json("lead", "next", "--limit", "1")[0]["why"] in said


@pytest.mark.parametrize("width", [80, 120, 160])
def test_the_list_keeps_what_tells_leads_apart(shop: Crm, width: int) -> None:
    lines = shop.on_terminal("lead", "list", width=width).splitlines()
    assert max(map(len, lines)) <= width
    (line,) = (line for line in lines if line.startswith("1 "))
    assert "Ada Lovelace Co" in line
    assert "Press for the new ro" in line
    assert "Site visit" in line
