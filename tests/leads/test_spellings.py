"""One owner, source or campaign, one spelling; where a store has two, one row in every report."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Crm


@pytest.fixture
def site(crm: Crm) -> Crm:
    crm("contact", "add", "Ada Lovelace", "-q")
    for owner in ("Ana", "Ana", "Zoë"):
        crm("lead", "add", "ada", f"Site {owner}", "100", "--owner", owner, "--source", "web",
            "--campaign", "Spring", "-q", "--allow-duplicate")  # fmt: skip
    return crm


def test_what_differs_in_case_or_accents_is_written_as_it_is_in_use(site: Crm) -> None:
    made = site("lead", "add", "ada", "Roof", "--owner", "ZOE", "--source", "WEB", "-f", "json")
    assert (made.json["owner"], made.json["source"]) == ("Zoë", "web")
    assert "source 'WEB' is written 'web' already" in made.err
    assert site.json("lead", "edit", 1, "--campaign", "spring")["campaign"] == "Spring"
    assert site.json("lead", "assign", 4, "ANA")["owner"] == "Ana"


def test_who_corrects_a_spelling_is_not_corrected(site: Crm) -> None:
    assert site.json("lead", "edit", 3, "--owner", "Zoe")["owner"] == "Zoe"
    site("lead", "edit", "--where", "source = web", "--source", "Web", "--yes", "-q")
    assert {lead["source"] for lead in site.json("lead", "list")} == {"Web"}


def test_the_people_of_the_setting_are_spelled_as_it_has_them(site: Crm) -> None:
    site("config", "set", "people", "ANA <ana@firm.example>", "-q")
    assert site.json("lead", "edit", 3, "--owner", "ana")["owner"] == "ANA"


def test_imports_spell_as_the_business_does(site: Crm, tmp_path: Path) -> None:
    site("config", "set", "people", "Ana <ana@firm.example>, Ben <ben@firm.example>", "-q")
    file = tmp_path / "leads.csv"
    file.write_text(
        "name,title,owner,source,campaign\nBo,Tea,ANA,Web,fair\nCy,Mud,ben,WEB,Fair\n"
        "Di,Ink,Bem,web,Fair\n"
    )
    done = site("lead", "import", file, "-f", "json")
    leads = [lead for lead in site.json("lead", "list") if lead["title"] in {"Tea", "Mud", "Ink"}]
    assert {lead["owner"] for lead in leads} == {"Ana", "Ben", "Bem"}
    assert {(lead["source"], lead["campaign"]) for lead in leads} == {("web", "Fair")}
    (warning,) = [one for one in done.json["warnings"] if one["kind"] == "owner"]
    assert (warning["count"], "Bem (Ben?)" in warning["message"]) == (1, True)
    assert site.json("lead", "import", file)["unchanged"] == 3


@pytest.fixture
def split(site: Crm) -> Crm:
    """A store of former days: two of three leads say Ana and web, the third ANÁ and WEB."""
    with closing(sqlite3.connect(site.db)) as connection, connection:
        connection.execute("UPDATE leads SET owner = 'Ana'")
        connection.execute("UPDATE leads SET owner = 'ANÁ', source = 'WEB' WHERE id = 3")
    return site


@pytest.mark.parametrize(
    ("report", "row", "figure"),
    [("workload", "Ana", "leads"), ("sources", "web", "opened"),
     ("pipeline --by owner", "Ana", "leads"), ("pipeline --by source", "web", "leads"),
     ("forecast --by owner --period 2026", "Ana", "leads")],
)  # fmt: skip
def test_two_spellings_are_one_row(split: Crm, report: str, row: str, figure: str | None) -> None:
    if "forecast" in report:
        split("lead", "edit", "--where", "state = open", "--expected", "2026-09-01", "--yes", "-q")
    rows = split.json("report", *report.split())["rows"]
    assert len(rows) == 1
    assert row in rows[0].values()
    if figure is not None:
        assert rows[0][figure] == 3
        name, *rest = report.split()
        for typed in (row, "ANÁ" if row == "Ana" else "WEB"):
            found = split.json("report", "explain", name, f"{typed}:{figure}", *rest)
            assert len(found) == 3, typed
