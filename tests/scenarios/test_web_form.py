"""``examples/web-form-leads.sh`` as a site's cron runs it, on a file that grows."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import Crm

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "examples" / "web-form-leads.sh"
HEADER = "Name,E-mail,Phone,Message,Page,Submitted at\n"
EVA = 'Eva Brunner,eva@brunner.example,,"Tea for 40,\nevery month.",/offices,2026-06-14 09:12\n'
MAX = "Max Frey,max@frey.example,,Gift boxes?,/gifts,2026-06-14 14:40\n"


@pytest.fixture
def form(tmp_path: Path) -> Path:
    """The file that the form writes to."""
    path = tmp_path / "the site's" / "form.csv"
    path.parent.mkdir()
    path.write_text(HEADER + EVA, encoding="utf-8")
    return path


def program(folder: Path) -> str:
    """Return the path of the program, which has a blank in it."""
    path = folder / "my programs" / "crm"
    path.parent.mkdir(exist_ok=True)
    path.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m crm_cli "$@"\n', encoding="utf-8")
    path.chmod(0o755)
    return str(path)


def hour(crm: Crm, form: Path, code: int = 0, **settings: str) -> str:
    """Run the script once and return what it printed."""
    done = subprocess.run(
        ["sh", str(SCRIPT), str(form), str(crm.db)],
        env={**os.environ, "CRM": program(crm.db.parent), **settings},
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == code, done
    return done.stdout + done.stderr


def titles(crm: Crm) -> list[str]:
    return [lead["title"] for lead in crm.json("lead", "list", "--all")]


def test_the_demonstration_runs(crm: Crm) -> None:
    done = subprocess.run(
        ["sh", str(SCRIPT)], env={**os.environ, "CRM": program(crm.db.parent)},
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, "13:05, 5 leads" in done.stdout) == (0, True), done
    assert not crm.db.exists()


def test_the_same_rows_come_in_once_however_often_the_file_is_read(crm: Crm, form: Path) -> None:
    assert "Eva Brunner" in hour(crm, form)
    before = crm.json("history")
    assert hour(crm, form) == ""
    assert crm.json("history") == before
    with form.open("a", encoding="utf-8") as file:
        file.write(MAX)
    assert "Max Frey" in hour(crm, form)
    found = crm.json("lead", "list")
    assert {lead["source"] for lead in found} == {"web"}
    assert [(lead["contact"], lead["campaign"], lead["tags"]) for lead in found] == [
        ("Eva Brunner", "/offices", ["web-form"]), ("Max Frey", "/gifts", ["web-form"]),
    ]  # fmt: skip
    steps = crm.json("remind", "list")
    assert [(one["lead_id"], one["text"], one["due_on"]) for one in steps] == [
        (1, "call back", "2026-06-16"), (2, "call back", "2026-06-16"),
    ]  # fmt: skip


def test_what_became_of_a_lead_stays(crm: Crm, form: Path) -> None:
    hour(crm, form)
    crm("lead", "edit", "1", "--title", "Office tea", "-q")
    crm("lead", "win", "1", "500", "-q")
    crm("lead", "add", "1", "Another", "-q")
    crm("lead", "delete", "2", "--yes", "-q")
    assert hour(crm, form) == ""
    assert titles(crm) == ["Office tea"]
    crm("lead", "delete", "1", "--yes", "-q")
    assert hour(crm, form) == ""
    assert titles(crm) == []


@pytest.mark.parametrize("cut", [10, 60, len(MAX) - 1])
def test_a_row_that_is_being_written_waits(crm: Crm, form: Path, cut: int) -> None:
    form.write_text(HEADER + EVA + MAX[:cut], encoding="utf-8")
    hour(crm, form)
    assert len(titles(crm)) == 1
    form.write_text(HEADER + EVA + MAX, encoding="utf-8")
    hour(crm, form)
    assert len(titles(crm)) == 2


def test_a_quotation_that_is_open_waits_too(crm: Crm, form: Path) -> None:
    whole = form.read_text(encoding="utf-8")
    form.write_text(HEADER + MAX + EVA.split("\n", maxsplit=1)[0] + "\n", encoding="utf-8")
    hour(crm, form)
    assert len(titles(crm)) == 1
    form.write_text(HEADER + MAX + whole.removeprefix(HEADER), encoding="utf-8")
    hour(crm, form)
    assert len(titles(crm)) == 2


def test_a_last_line_without_an_end_counts_once_the_file_rests(crm: Crm, form: Path) -> None:
    form.write_text((HEADER + MAX).rstrip("\n"), encoding="utf-8")
    os.utime(form, (1_000_000_000, 1_000_000_000))
    hour(crm, form)
    assert len(titles(crm)) == 1


def test_rejected_rows_are_named_once(crm: Crm, form: Path) -> None:
    with form.open("a", encoding="utf-8") as file:
        file.write("Somebody,no address,,Hello?,/,2026-06-14 15:00\n")
    assert "1 rows cannot be read" in hour(crm, form, code=6)
    rejects = Path.home() / ".local/state/crm-web-form/form.csv.rejects.csv"
    assert [path.name for path in form.parent.iterdir()] == ["form.csv"]
    assert rejects.parent.stat().st_mode & 0o077 == 0
    assert "no address" in rejects.read_text(encoding="utf-8")
    assert hour(crm, form) == ""
    form.write_text(HEADER + EVA, encoding="utf-8")
    assert hour(crm, form) == ""
    assert not rejects.exists()


def test_a_file_that_cannot_be_read_says_so(crm: Crm, form: Path) -> None:
    form.write_text("nothing,of,use\n1,2,3\n", encoding="utf-8")
    assert "crm:" in hour(crm, form, code=6)
    assert hour(crm, form.with_name("not there.csv")) == ""
    assert titles(crm) == []


def test_without_a_page_the_form_is_the_source(crm: Crm, form: Path) -> None:
    form.write_text("name;email;message\nIda;ida@x.example;Tea?\n", encoding="utf-8")
    hour(crm, form, FORM="contact-form", SOURCE="contact-form")
    (lead,) = crm.json("lead", "list")
    assert (lead["source"], lead["tags"], lead["title"]) == (
        "contact-form", ["contact-form"], "Tea?",
    )  # fmt: skip


def test_routes_by_the_source_web_take_what_the_form_brings(crm: Crm, form: Path) -> None:
    crm("lead", "route", "add", "ana", "--source", "web")
    hour(crm, form)
    assert crm.json("lead", "show", "1")["owner"] == "ana"


def test_the_order_of_days_may_be_said(crm: Crm, form: Path) -> None:
    row = EVA.replace("2026-06-14 09:12", "03/06/2026")
    form.write_text(HEADER + row, encoding="utf-8")
    hour(crm, form, DATES="dmy")
    assert crm.json("lead", "show", "1")["opened_at"][:7] == "2026-06"
