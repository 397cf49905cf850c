"""Plans of every kind of file: applied, each is the import of the file it was made of."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.imports import plans
from tests.imports.layouts import LAYOUTS, Layout
from tests.imports.test_spreadsheets import sheet
from tests.imports.test_vcards import IOS

if TYPE_CHECKING:
    from pathlib import Path

    from tests.imports.helpers import Files

CASES: dict[str, tuple[str, str, str | bytes, tuple[str, ...]]] = {
    "cards": (
        "contact", "people.vcf",
        IOS + "BEGIN:VCARD\nVERSION:9.0\nFN:Late\nEND:VCARD\n"
        "BEGIN:VCARD\nVERSION:3.0\nFN:Bad\nEMAIL:nobody at all\nEND:VCARD\n", (),
    ),
    "a spreadsheet": (
        "contact", "people.xlsx",
        sheet([["Name", "E-mail", "Shoe"], ["Ann", "ann@x.org", "41"], ["Bob", "?", ""]]),
        ("--keep-unknown",),
    ),
    "an array": ("product", "goods.json", '[{"name": "Tea", "price": 4.90}, {"price": 1}]', ()),
    "cp1252 with semicolons": (
        "contact", "people.csv", "Vorname;Nachname;Ort\nJörg;Müller;Zürich\n;;\n".encode("cp1252"),
        ("--map", "Vorname=first_name", "--map", "Nachname=last_name", "--map", "Ort=city"),
    ),
    "an odd delimiter": ("contact", "people.csv", "name^email\nAnn^ann@x.org\nBob^?\n",
                         ("--delimiter", "^")),
    "utf-16": ("contact", "people.csv", "name\temail\nJörg\tjo@x.org\nEva\t?\n".encode("utf-16"),
               ("--encoding", "utf-16")),
    "titles twice and none": (
        "contact", "people.csv", "name,email,email,\nAnn,ann@x.org,ann@y.org,more\n", (),
    ),
    "an open quote": (
        "contact", "people.csv", 'name,email\nAnn,"ann@x.org\nBob,bob@x.org\n"C\n', (),
    ),
    "an open quote in the only column": (
        "contact", "people.csv", 'name\nAnn\n"Bob\nEve\n', (),
    ),
    "a reject file": (
        "contact", "people.csv.rejects.csv",
        ("name,email,_line,_field,_reason\nAnn,ann@x.org,3,email,'x' is no address\n"
        '"Bob,""b",,4,,a quote is opened and never closed\n'), (),
    ),
    "what has to be filled": (
        "contact", "people.csv", "name,email,size\nAnn,,XL\nBob,bob@x.org,\n",
        ("--require-complete",),
    ),
    "consents": (
        "contact", "people.csv",
        ("name,email,marketing_consent,consent_proof\nAda,ada@x.org,yes,form\nEve,eve@x.org,no,\n"
        "Bob,bob@x.org,yes,\nNew,new@x.org,yes,paper\nNew,new@x.org,no,\n"), (),
    ),
    "orders with refunds": (
        "purchase", "orders.csv",
        ("email,date,order_number,product,amount,kind\na@x.org,2026-01-05,A1,Tea,9.80,sale\n"
        "a@x.org,2026-02-05,A1,Tea,4.90,return\nb@x.org,,A9,Tea,4.90,return\n"), (),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_a_file_of_any_kind(files: Files, case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    crm = files.crm
    crm("contact", "add", "Ada", "--email", "ada@x.org")
    crm("field", "add", "contact", "size", "--required")
    noun, name, content, options = CASES[case]
    plans.check(crm, monkeypatch, noun, files.write(content, name), *options)


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.preset)
def test_the_export_of_any_product(
    files: Files, layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    files.crm("config", "set", "country", "CH")
    path = files.write(layout.text(), "their export.csv")
    plan = files.folder / "plan.jsonl"
    files.crm(layout.noun, "import", path, "--plan", plan, code=None)
    assert plans.lines(plan)[0]["preset"] == layout.preset
    plans.check(files.crm, monkeypatch, layout.noun, path)


def test_stdin_is_planned_and_its_rejects_go_where_they_would(
    files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(files.folder)
    text = "name,email\nAnn,ann@x.org\nBob,?\n"
    run = files.crm.process("contact", "import", "-", "--plan", "plan.jsonl", stdin=text)
    assert run.code == 6
    assert not (files.folder / "stdin.rejects.csv").exists()
    result = files.crm.json("contact", "import", "--apply", "plan.jsonl", code=6)
    assert (result["source"], result["rejects_file"]) == ("stdin", "stdin.rejects.csv")
    assert "Bob" in (files.folder / "stdin.rejects.csv").read_text(encoding="utf-8")


def test_rejects_of_a_plan_that_was_sent_on(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = files.folder / "plan.jsonl"
    files.crm("contact", "import", files.write("name,email\nBob,?\n"), "--plan", plan, code=6)
    elsewhere = str(files.folder / "in.csv")
    plan.write_text(plan.read_text().replace(elsewhere, "/nowhere/at/all/in.csv"), encoding="utf-8")
    monkeypatch.chdir(files.folder)
    result = files.crm.json("contact", "import", "--apply", plan, code=6)
    assert result["rejects_file"] == "in.csv.rejects.csv"
    assert (files.folder / "in.csv.rejects.csv").is_file()
    named = files.folder / "bad.csv"
    files.crm("contact", "import", files.write("name,email\nBob,?\n"), "--plan", plan, code=6)
    files.crm("contact", "import", "--apply", plan, "--rejects", named, code=6)
    assert named.is_file()


def test_cards_rejected_by_a_plan_come_back_whole(files: Files) -> None:
    bad = (
        "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Bad\r\nEMAIL:nobody at all\r\nX-ODD:kept\r\nEND:VCARD\r\n"
    )
    plan = files.folder / "plan.jsonl"
    path = files.write(IOS + bad, "people.vcf")
    files.crm("contact", "import", path, "--plan", plan, code=6)
    path.unlink()
    result = files.crm.json("contact", "import", "--apply", plan, code=6)
    assert result["rejects_file"] == f"{path}.rejects.vcf"
    text = (files.folder / "people.vcf.rejects.vcf").read_bytes().decode()
    assert "X-ODD:kept" in text
    assert "X-CRM-REJECTED" in text
    mended = files.write(text.replace("nobody at all", "bad@x.org"), "mended.vcf")
    assert files.crm.json("contact", "import", mended)["created"] == 1


def test_a_card_whose_cells_were_spoilt_in_the_plan_is_not_lost(files: Files) -> None:
    plan = files.folder / "plan.jsonl"
    path = files.write("BEGIN:VCARD\nVERSION:3.0\nFN:Ann\nEMAIL:ann@x.org\nEND:VCARD\n", "a.vcf")
    files.crm("contact", "import", path, "--plan", plan)
    plans.change(plan, 1, cells={"name": "Ann", "email": "ann at x"})
    result = files.crm.json("contact", "import", "--apply", plan, code=6)
    text = (files.folder / "a.vcf.rejects.vcf").read_text(encoding="utf-8")
    assert "FN:Ann" in text
    assert "ann at x" in text
    assert result["rejected"] == 1


def test_two_who_apply_one_plan_at_once(files: Files) -> None:
    plan = files.folder / "plan.jsonl"
    rows = "".join(f"Person {n},p{n}@x.org\n" for n in range(300))
    files.crm("contact", "import", files.write(f"name,email\n{rows}"), "--plan", plan)
    command = [sys.executable, "-m", "crm_cli", "contact", "import", "--apply", str(plan), "--json"]
    both = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    told = [process.communicate(timeout=60) for process in both]
    assert sorted(process.returncode for process in both) == [0, 4]
    (error,) = (err for process, (_, err) in zip(both, told, strict=True) if process.returncode)
    assert "applied already, as entry 1" in error
    assert files.rows("SELECT count(*) FROM contacts") == [(300,)]
    assert files.rows("SELECT count(*) FROM entries") == [(1,)]


def test_what_the_machine_adds_is_part_of_the_plan(files: Files, tmp_path: Path) -> None:
    """How 03/04/1999 is meant may stand in the settings of who makes the plan."""
    plan = tmp_path / "plan.jsonl"
    path = files.write("name,birthday\nAnn,03/04/1999\n")
    files.crm("config", "set", "dates", "dmy")
    files.crm("contact", "import", path, "--plan", plan)
    files.crm("config", "unset", "dates")
    assert files.crm.json("contact", "import", "--apply", plan)["created"] == 1
    assert files.crm.json("contact", "show", "Ann")["birthday"] == "1999-04-03"
