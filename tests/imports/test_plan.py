"""A plan says what an import would do; applied, it does just that, once."""

from __future__ import annotations

import json
import stat
from typing import TYPE_CHECKING, Any

import pytest

from tests.imports import plans
from tests.imports.helpers import COUNTS

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Crm
    from tests.imports.helpers import Files

PEOPLE = (
    "Name,E-mail,Phone,Tags,Company,Junk\n"
    "Ann,ann@x.org,+41446681800,new; vip,Acme,j1\n"
    "Bob,bob@x.org,,,Acme,j2\n"
    "Bob,bob@x.org,+41446681801,t,,j3\n"
    "Carl,carl at x,,,,\n"
)


@pytest.fixture
def plan(files: Files) -> Path:
    """The plan of a file of people, made over a store that knows one of them."""
    files.crm("contact", "add", "Ann", "--email", "ann@x.org", "--tag", "vip")
    path = files.folder / "plan.jsonl"
    files.crm("contact", "import", files.write(PEOPLE), "--plan", path, code=6)
    return path


def test_the_plan_tells_the_fate_of_each_row(files: Files, plan: Path) -> None:
    head, *told, also, last = plans.lines(plan)
    assert (head["plan"], head["noun"], head["source"]) == (
        1, "contact", str(files.folder / "in.csv"),
    )  # fmt: skip
    assert head["counts"] == {
        "read": 4, "created": 1, "updated": 2, "unchanged": 0, "rejected": 1,
        "contacts_created": 1,
    }  # fmt: skip
    assert head["columns"]["E-mail"] == "email"
    assert head["columns"]["Junk"] is None
    assert [(row["line"], row["fate"], row.get("id")) for row in told] == [
        (2, "updated", 1), (3, "created", None), (4, "updated", None), (5, "rejected", None),
    ]  # fmt: skip
    assert told[0]["changes"] == {
        "company": [None, "Acme"],
        "phones": {"added": [{"value": "+41446681800", "label": None, "primary": True,
                              "raw": "+41446681800"}]},
        "tags": {"added": ["new"]},
    }  # fmt: skip
    assert told[1]["name"] == "Bob"
    assert told[2]["see_line"] == 3
    assert told[3]["field"] == "email"
    assert "carl at x" in told[3]["reason"]
    assert told[3]["cells"] == {"Name": "Carl", "E-mail": "carl at x"}
    assert (also["also"], also["fate"], also["name"]) == ("contact", "created", "Acme")
    assert last["end"] is True
    assert stat.S_IMODE(plan.stat().st_mode) == 0o600


def test_nothing_is_written_and_the_result_is_that_of_a_rehearsal(files: Files, plan: Path) -> None:
    assert len(files.rows("SELECT * FROM entries")) == 1
    assert not (files.folder / "in.csv.rejects.csv").exists()
    path = files.folder / "in.csv"
    result = files.crm.json("contact", "import", path, "--plan", plan, code=6)
    assert (result["dry_run"], result["import"], result["plan_file"]) == (True, None, str(plan))
    assert [result[name] for name in COUNTS] == [4, 1, 2, 0, 1]


def test_applied_it_is_one_import_of_the_file_it_was_made_of(files: Files, plan: Path) -> None:
    source = files.folder / "in.csv"
    source.unlink()
    result = files.crm.json("contact", "import", "--apply", plan, code=6)
    assert [result[name] for name in COUNTS] == [4, 1, 2, 0, 1]
    assert (result["import"], result["source"]) == (2, str(source))
    rejects = files.folder / "in.csv.rejects.csv"
    assert rejects.read_text(encoding="utf-8").startswith(
        "Name,E-mail,Phone,Tags,Company,Junk,_line"
    )
    (run,) = files.crm.json("db", "status")["imports"]
    assert run["source"] == str(source)
    files.write(PEOPLE.replace("carl at x", "carl@x.org"))
    again = files.crm.json("contact", "import", source)
    assert [again[name] for name in COUNTS] == [4, 1, 0, 3, 0]
    assert not rejects.exists()


def test_applied_twice_is_refused_and_named(files: Files, plan: Path) -> None:
    files.crm("contact", "import", "--apply", plan, code=6)
    before = files.dump()
    error = files.crm("contact", "import", "--apply", plan, "--json", code=4).error
    assert error["code"] == "conflict"
    assert "applied already, as entry 2" in error["message"]
    files.crm("undo")
    error = files.crm("contact", "import", "--apply", plan, "--json", code=4).error
    assert "applied already, as entry 2" in error["message"]
    files.crm("redo")
    assert files.dump() == before


@pytest.mark.parametrize(
    "command",
    [("contact", "add", "Eve"), ("undo",), ("config", "set", "country", "CH"),
     ("product", "add", "Tea")],
)  # fmt: skip
def test_data_that_moved_is_a_conflict(files: Files, plan: Path, command: tuple[str, ...]) -> None:
    files.crm(*command)
    before = files.dump()
    run = files.crm("contact", "import", "--apply", plan, "--json", code=4)
    assert run.error["code"] == "conflict"
    assert "has changed since" in run.error["message"]
    assert f"--plan {plan}" in run.error["hint"]
    assert files.dump() == before


def test_steps_of_the_programs_own_move_nothing(files: Files, plan: Path) -> None:
    nothing_new = files.write("name,email\nAnn,ann@x.org\n", "other.csv")
    assert files.crm.json("contact", "import", nothing_new)["import"] is None
    files.crm("contact", "import", "--apply", plan, code=6)


def test_a_plan_is_for_one_store(files: Files, plan: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(2):
        monkeypatch.setenv("CRM_DB", str(files.folder / "other.db"))
        error = files.crm("contact", "import", "--apply", plan, "--json", code=4).error
        assert "another store" in error["message"]
        files.crm("contact", "add", "Ann")


def test_a_plan_over_no_store_makes_none(files: Files) -> None:
    path = files.folder / "plan.jsonl"
    files.crm("contact", "import", files.write("name\nAda\n"), "--plan", path)
    assert not files.crm.db.exists()
    assert files.crm.json("contact", "import", "--apply", path)["import"] == 1


def test_rows_deleted_and_cells_changed_in_the_plan(files: Files, plan: Path) -> None:
    plans.drop(plan, 2)
    plans.change(plan, 5, cells={"Name": "Carla", "E-mail": "carl@x.org"})
    result = files.crm.json("contact", "import", "--apply", plan)
    assert [result[name] for name in COUNTS] == [3, 2, 1, 0, 0]
    assert [row["name"] for row in files.crm.json("contact", "list")] == [
        "Ann", "Bob", "Carla", "Acme",
    ]  # fmt: skip
    assert files.crm.json("contact", "show", "Ann")["company"] is None


def test_a_row_that_could_not_be_read_stays_out_until_it_is_mended(files: Files) -> None:
    path = files.folder / "plan.jsonl"
    source = files.write("name,email\nAda,ada@x.org,too,much\nEve,eve@x.org\n")
    files.crm("contact", "import", source, "--plan", path, code=6)
    text = path.read_text(encoding="utf-8")
    assert files.crm.json("contact", "import", "--apply", path, "--dry-run", code=6)["created"] == 1
    path.write_text(text.replace("ada@x.org,too,much", "ada@x.org"), encoding="utf-8")
    result = files.crm.json("contact", "import", "--apply", path)
    assert (result["created"], result["rejected"]) == (2, 0)


def test_stdout_carries_the_plan_and_nothing_else(crm: Crm, files: Files) -> None:
    path = files.write(PEOPLE)
    run = crm("contact", "import", path, "--plan", "-", "--json", code=6)
    told = [json.loads(line) for line in run.out.splitlines()]
    assert told[0]["plan"] == 1
    assert told[-1]["end"] is True
    assert "1 of 4 rows rejected" in run.err
    applied = crm.process("contact", "import", "--apply", "-", "--json", stdin=run.out)
    assert applied.code == 6
    assert applied.json["created"] == 2


def test_a_rehearsal_of_a_plan_leaves_it_to_be_applied(files: Files, plan: Path) -> None:
    rehearsed = files.crm.json("contact", "import", "--apply", plan, "--dry-run", code=6)
    assert (rehearsed["dry_run"], rehearsed["created"]) == (True, 1)
    assert files.crm.json("contact", "import", "--apply", plan, code=6)["created"] == 1


@pytest.mark.parametrize(
    "more",
    [("in.csv",), ("--map", "Junk=notes"), ("--tag", "x"), ("--on-match", "update"),
     ("--keep-unknown",), ("--dates", "dmy"), ("--plan", "other.jsonl"), ("--preset", "google")],
)  # fmt: skip
def test_what_the_plan_says_is_not_said_again(
    files: Files, plan: Path, more: tuple[str, ...]
) -> None:
    error = files.crm("contact", "import", "--apply", plan, *more, "--json", code=2).error
    assert error["code"] == "usage"
    assert len(files.rows("SELECT * FROM entries")) == 1


def test_neither_file_nor_plan(crm: Crm) -> None:
    assert crm("contact", "import", "--json", code=2).error["code"] == "usage"


def test_a_plan_is_never_written_over_what_matters(files: Files) -> None:
    path = files.write(PEOPLE)
    files.crm("contact", "add", "Ann")
    for target in (path, files.crm.db):
        files.crm("contact", "import", path, "--plan", target, code=2)
    assert path.read_text(encoding="utf-8") == PEOPLE
    error = files.crm(
        "contact", "import", path, "--plan", files.folder / "no" / "p", "--json", code=6
    ).error
    assert error["code"] == "bad-file"


def test_strict_plans_tell_what_is_wrong_and_apply_once_it_is_mended(files: Files) -> None:
    path = files.folder / "plan.jsonl"
    run = files.crm("contact", "import", files.write(PEOPLE), "--strict", "--plan", path, "--json",
                    code=6)  # fmt: skip
    assert run.error["code"] == "rows-rejected"
    assert [row["fate"] for row in plans.rows(path)][-1] == "rejected"
    run = files.crm("contact", "import", "--apply", path, "--json", code=6)
    assert run.error["code"] == "rows-rejected"
    assert files.rows("SELECT * FROM contacts") == []
    plans.drop(path, 5)
    assert files.crm.json("contact", "import", "--apply", path)["created"] == 2


BREAKS: dict[str, Any] = {
    "nothing": lambda text: text[:0],
    "no JSON": lambda text: "Dear Bob, here is the plan:\n" + text,
    "half": lambda text: text[: len(text) // 2],
    "no end": lambda text: text[: text.rindex('{"end"')],
    "cut in the end": lambda text: text[:-10],
    "no head": lambda text: text.split("\n", 1)[1],
    "a list": lambda text: "[1]\n" + text,
    "a row after the end": lambda text: text + '{"line": 99, "cells": {}}\n',
    "a row twice": lambda text: text.replace('"line": 3', '"line": 2'),
    "rows turned": lambda text: text.replace('"line": 3', '"line": 30'),
    "a row too many": lambda text: text.replace('{"end"', '{"line": 9, "cells": {}}\n{"end"'),
    "no line": lambda text: text.replace('"line": 3', '"lime": 3'),
    "a line of words": lambda text: text.replace('"line": 3', '"line": "3"'),
    "a true line": lambda text: text.replace('"line": 3', '"line": true'),
    "no cells": lambda text: text.replace('"cells"', '"sells"'),
    "cells in a list": lambda text: text.replace('"cells": {', '"cells": [], "c": {'),
    "an unknown column": lambda text: text.replace('"Junk": "j1"', '"Jnuk": "j1"'),
    "a cell of cells": lambda text: text.replace('"Junk": "j1"', '"Junk": {}'),
    "a flag for a cell": lambda text: text.replace('"Junk": "j1"', '"Junk": true'),
    "half a character": lambda text: text.replace('"j1"', '"\\ud800"'),
    "no number": lambda text: text.replace('"j1"', "NaN"),
    "another version": lambda text: text.replace('"plan": 1', '"plan": 2'),
    "a version of words": lambda text: text.replace('"plan": 1', '"plan": "1"'),
    "another noun": lambda text: text.replace('"noun": "contact"', '"noun": "product"'),
    "a strange noun": lambda text: text.replace('"noun": "contact"', '"noun": "ticket"'),
    "no source": lambda text: text.replace('"source": ', '"sauce": ', 1),
    "no header": lambda text: text.replace('"header": [', '"header": [], "h": ['),
    "a header of numbers": lambda text: text.replace('"header": [', '"header": [1, '),
    "no counts": lambda text: text.replace('"counts"', '"count"', 1),
    "counts of words": lambda text: text.replace('"read": 4', '"read": "4"'),
    "no state": lambda text: text.replace('"state"', '"stage"', 1),
    "a strange state": lambda text: text.replace('"entry": 1', '"entry": "1"'),
    "a huge state": lambda text: text.replace('"entry": 1', '"entry": ' + "9" * 30),
    "options in a list": lambda text: text.replace('"options": {', '"options": [], "o": {'),
    "an unknown option": lambda text: text.replace('"on_match"', '"on_mash"'),
    "an option of a kind": lambda text: text.replace('"on_match": "fill"', '"on_match": 1'),
    "an option of a value": lambda text: text.replace('"on_match": "fill"', '"on_match": "x"'),
    "a strange preset": lambda text: text.replace('"preset": null', '"preset": "x"'),
    "a strange encoding": lambda text: text.replace('"utf-8"', '"x-y"'),
    "no text's encoding": lambda text: text.replace('"utf-8"', '"base64"'),
    "a long delimiter": lambda text: text.replace('"delimiter": ","', '"delimiter": ",,"'),
    "a strange ending": lambda text: text.replace('".csv"}', '".exe"}'),
    "zipped": lambda text: "PK\x03\x04" + text,
    "very deep": lambda text: text.replace('"j1"', "[" * 5000 + "]" * 5000),
}


def test_a_broken_plan_is_named_and_writes_nothing(files: Files, plan: Path) -> None:
    text = plan.read_text(encoding="utf-8")
    before = files.dump()
    for how, spoil in BREAKS.items():
        broken = spoil(text)
        assert broken != text, how
        plan.write_text(broken, encoding="utf-8")
        run = files.crm("contact", "import", "--apply", plan, "--json", code=None)
        assert (run.code, run.error["code"]) == (6, "bad-file"), (how, run)
        assert str(plan) in run.error["message"], how
    assert files.dump() == before


def test_a_plan_as_windows_saves_it(files: Files, plan: Path) -> None:
    text = plan.read_text(encoding="utf-8")
    plan.write_bytes(text.replace("\n", "\r\n\r\n").encode("utf-8-sig"))
    assert files.crm.json("contact", "import", "--apply", plan, code=6)["created"] == 1
