"""Global options that cannot be meant are refused before anything is read or written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from crm_cli import errors
from crm_cli.commands import inputs
from crm_cli.context import AppContext

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Crm


@pytest.mark.parametrize(
    "option", ["--db", "--now", "--as", "--color", "--dates", "--columns", "--sort"]
)
def test_an_empty_value_is_never_no_value(crm: Crm, option: str) -> None:
    """``--db "$STORE"`` with STORE unset would write into another store."""
    error = crm("contact", "list", option, "", "--json", code=2).error
    assert error["code"] == "invalid"
    assert option in error["message"]


@pytest.mark.parametrize("seconds", ["-1", "nan", "inf", "1e300"])
def test_a_lock_timeout_is_a_number_of_seconds(crm: Crm, seconds: str) -> None:
    error = crm("contact", "add", "Ada", "--lock-timeout", seconds, "--json", code=2).error
    assert error["code"] == "invalid"
    assert not crm.db.exists()


@pytest.mark.parametrize("word", ["", " ", "²", "#"])
def test_the_trash_is_never_restored_by_a_name_of_nothing(crm: Crm, word: str) -> None:
    crm("contact", "add", "Ada")
    crm("contact", "delete", "1", "--yes")
    assert crm("trash", "restore", word, "--json", code=3).error["code"] == "not-found"


def test_json_errors_hold_nothing_that_a_terminal_obeys(crm: Crm) -> None:
    crm("contact", "add", "Ada \x9b31m\u202e")
    crm("contact", "add", "Ada \x9b32m")
    run = crm("contact", "show", "ada", "--json", code=4)
    assert not set(run.err) & {"\x9b", "\u202e"}
    assert run.error["candidates"][0]["name"] == "Ada \x9b31m\u202e"


def test_an_editor_with_an_open_quotation_mark_is_refused() -> None:
    with pytest.raises(errors.UsageError):
        inputs.long_text(_AtTerminal([], {"EDITOR": "vi 'x"}), None, "note")


class _AtTerminal(AppContext):
    stdin_is_terminal = True


def test_bounds_mean_the_same_in_lists_and_reports(crm: Crm) -> None:
    """What is understood is echoed, and bounds that leave no day are an error."""
    crm("contact", "add", "Ada")
    crm("purchase", "add", "1", "Tea", "5", "--on", "2026-05-03")
    for words in (("purchase", "list"), ("report", "sales")):
        run = crm(*words, "--period", "last-month")
        assert "--period last-month: 2026-05-01 to 2026-05-31" in run.err
        assert "2026-05" in run.out
        assert "--since '-7d': 2026-06-08 (Monday)" in crm(*words, "--since", "-7d").err
        crm(*words, "--since", "2026-06-02", "--until", "2026-06-01", code=2)


def test_a_long_entry_of_the_history_is_cut_for_people_alone(crm: Crm, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text("name\n" + "".join(f"P{n}\n" for n in range(201)))
    crm("contact", "import", file)
    ids = "".join(f"{n}\n" for n in range(1, 202))
    assert crm.process("contact", "edit", "-", "--owner", "zoe", stdin=ids).code == 0
    run = crm("history", "2")
    assert "Changes (200)" in run.out
    assert "only the first 200" in run.err
    assert len(crm.json("history", "2")["changes"]) == 201
    assert "Changes (201)" in crm("history", "2", "--limit", "999").out


def test_amounts_that_leave_the_integers_are_refused(crm: Crm, tmp_path: Path) -> None:
    """Of one customer or of many: nothing is written, and it is no bug."""
    for name, customers in (("one", [1] * 1000), ("many", range(1000))):
        file = tmp_path / f"{name}.csv"
        lines = [f"{customer},2026-01-01,9999999999999.999,KWD" for customer in customers]
        file.write_text("\n".join(["customer,date,amount,currency", *lines]))
        error = crm("purchase", "import", file, "--json", code=2).error
        assert "more than can be counted" in error["message"]
    assert crm.json("purchase", "list") == []


@pytest.mark.parametrize(
    ("words", "message", "hint"),
    [
        (("contac",), "crm: no such command 'crm contac'", "did you mean contact"),
        (("contact", "lst"), "crm: no such command 'crm contact lst'", "did you mean list?"),
        (("report", "segments", "--members"), "requires an argument", "crm report segments --help"),
        (("history", "9" * 30), "crm: a number or a date is too large", "smaller"),
    ],
)
def test_an_error_names_its_place_once(
    crm: Crm, words: tuple[str, ...], message: str, hint: str
) -> None:
    told = crm(*words, code=2).err
    assert message in told
    assert hint in told


def test_several_records_are_one_html_page(crm: Crm) -> None:
    crm("contact", "add", "Ada")
    crm("contact", "add", "Bob")
    page = crm.process("contact", "show", "-", "-f", "html", stdin="1\n2\n").out
    assert page.count("<!doctype html>") == 1
    assert [page.count(f"<h1>{name}</h1>") for name in ("Ada", "Bob")] == [1, 1]


def test_a_page_says_when_it_shows_a_part(crm: Crm) -> None:
    """Ten purchases are all of ten, and not of eleven."""
    crm("contact", "add", "Ada")
    for count in range(1, 12):
        crm("purchase", "add", "1", "Tea", "5")
        shown = crm("contact", "show", "1").out
        assert ("The last purchases; all: crm purchase list --who 1 (10)" in shown) == (count > 10)
    assert "Purchases (10)" not in shown


def test_quiet_leaves_warnings_and_errors_as_its_help_says(crm: Crm) -> None:
    assert "only warnings and errors" in crm("--help").out
    assert crm("contact", "add", "Ada", "--quiet").err == ""
    assert crm("contact", "list", "--tag", "vip", "--quiet").err == (
        "warning: no contact has the tag 'vip'\n"
    )
    assert crm("contact", "show", "7", "--quiet", code=3).err.startswith("crm: no contact")


@pytest.mark.parametrize(
    "words",
    [
        "--version --json",
        "--db a.db --version --json",
        "--db a.db --json --version",
        "-q --version -f json",
        "--now 2025-01-01 --version --format=json",
        "--read-only --version -fjson",
        "contact --version --json",
        "contact list --version --json",
    ],
)
def test_the_versions_come_as_json_wherever_it_stands(crm: Crm, words: str) -> None:
    versions = crm("--version", "--json").json
    assert set(versions) == {"version", "schema", "json"}
    assert crm(*words.split()).json == versions
    plain = [word for word in words.split() if "json" not in word and word != "-f"]
    assert crm(*plain).out == f"crm {versions['version']}\n"


def test_nul_needs_ids(crm: Crm) -> None:
    assert "add -f ids" in crm("contact", "add", "Ada", "-0", code=2).err
    assert crm("contact", "list", "-0", "--json", code=2).error["code"] == "usage"
    assert not crm.db.exists()
    crm("contact", "add", "Ada")
    assert crm("contact", "list", "-0", "-f", "ids").out == "1\0"


def test_one_record_in_the_trash_is_one(crm: Crm) -> None:
    for name in ("Ada", "Bob"):
        crm("contact", "add", name)
    crm("contact", "delete", "1", "--yes")
    error = crm("trash", "empty", "--json", code=2).error
    assert "Empty the trash: 1 record?" in error["message"]
    crm("contact", "delete", "2", "--yes")
    crm("trash", "empty", "--yes")
    assert crm.json("history")[0]["summary"] == "emptied the trash (2 records)"
