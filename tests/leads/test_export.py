"""``crm lead export``: everything comes back as it stands, into the same store or a new one."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Crm


@pytest.fixture
def sales(crm: Crm) -> Crm:
    """An open lead with everything, one of a company, a won and a lost one."""
    crm("config", "set", "timezone", "Europe/Zurich")
    crm("field", "add", "lead", "Model", "--kind", "text")
    crm("contact", "add", "Ada Müller", "--email", "ada@x.org", "--company", "Acme AG")
    crm("contact", "add", "Bob")
    crm("lead", "add", "1", 'Website; "big"\nand more', "1200.50 CHF", "--stage", "proposal",
        "--probability", "12.5", "--expected", "2026-07-31", "--forecast", "commit",
        "--source", "fair", "--campaign", "spring", "--referrer", "Bob", "--owner", "zoe",
        "--notes", "first\nsecond", "--tag", "hot", "--tag", "big fish",
        "--external-id", "hubspot:7", "--set", "model=X1", "--opened", "2026-05-01 09:30")  # fmt: skip
    crm("lead", "add", "2", "Hosting", "0", "--opened", "2026-06-01")
    crm("lead", "add", "3", "Old", "300", "--opened", "2026-01-01")
    crm("lead", "win", "3", "350", "--on", "2026-02-01")
    crm("lead", "add", "3", "Gone", "50", "--opened", "2026-01-01")
    crm("lead", "lose", "4", "price", "--competitor", "Rival", "--on", "2026-03-01")
    return crm


def test_every_format_has_every_lead(sales: Crm) -> None:
    rows = list(csv.DictReader(io.StringIO(sales("lead", "export").out)))
    assert [row["id"] for row in rows] == ["1", "2", "3", "4"]
    first = rows[0]
    assert first["title"] == 'Website; "big" and more'
    assert (first["probability"], first["forecast"]) == ("0.125", "commit")
    assert (first["tags"], first["model"]) == ("big fish; hot", "X1")
    assert first["opened_at"] == "2026-05-01T07:30:00Z"
    assert sales("lead", "export", "-f", "tsv").out.count("\t") > 100
    run = sales("lead", "export", "-f", "jsonl")
    assert run.out.count("\n") == 4
    assert "exported 4 leads" in run.err
    shown = sales.json("lead", "show", "1")
    import json

    full = json.loads(run.out.splitlines()[0])
    assert {key: full[key] for key in shown} == shown
    assert full["fields"] == {"model": "X1"}


def test_a_filter_narrows_it_and_closed_ones_are_in_it(sales: Crm) -> None:
    out = sales("lead", "export", "--where", "state = lost").out
    assert [row["title"] for row in csv.DictReader(io.StringIO(out))] == ["Gone"]
    assert "no field" in sales("lead", "export", "--where", "nothing = 1", code=2).err


@pytest.mark.parametrize("ending", ["csv", "tsv", "jsonl", "xlsx"])
def test_the_same_store_takes_it_back_without_a_change(
    sales: Crm, tmp_path: Path, ending: str
) -> None:
    file = tmp_path / f"leads.{ending}"
    sales("lead", "export", file)
    result = sales.json("lead", "import", file)
    assert (result["read"], result["unchanged"], result["warnings"]) == (4, 4, [])


@pytest.mark.parametrize("ending", ["csv", "jsonl"])
def test_a_new_store_has_the_same_leads(
    sales: Crm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    people, leads, again = (tmp_path / f"{name}.{ending}" for name in ("people", "leads", "again"))
    sales("contact", "export", people)
    sales("lead", "export", leads)
    monkeypatch.setenv("CRM_DB", str(tmp_path / "new.db"))
    sales("config", "set", "timezone", "Europe/Zurich")
    sales("field", "add", "lead", "Model", "--kind", "text")
    sales("contact", "import", people)
    assert sales.json("lead", "import", leads)["created"] == 4
    sales("lead", "export", again)
    assert again.read_text(encoding="utf-8") == leads.read_text(encoding="utf-8")
    assert sales.json("lead", "import", again)["unchanged"] == 4
