"""Exit codes and error codes: the promised ones, each met by a command that earns it."""

from __future__ import annotations

import os
import re
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from crm_cli import errors

if TYPE_CHECKING:
    from tests.conftest import Crm

DOCS = Path(__file__).resolve().parents[2] / "docs"

PROMISED_CODES = set(
    "usage invalid not-found ambiguous duplicate conflict refused rate-missing bad-file"
    " rows-rejected check-failed store-locked store-damaged store-readonly store-full"
    " store-newer store-foreign try-later interrupted bug".split()
)
PROMISED_STATUSES = {0, 1, 2, 3, 4, 5, 6, 7, 10, 75, 130, 143}


def all_errors() -> list[type[errors.CrmError]]:
    found = [errors.CrmError]
    for kind in found:
        found += kind.__subclasses__()
    return found


def test_the_error_tree_has_the_promised_code_words() -> None:
    assert {kind.code for kind in all_errors()} == PROMISED_CODES


def test_every_exit_status_of_the_tree_is_in_the_table() -> None:
    assert {code for code, _, _ in errors.EXIT_CODES} == PROMISED_STATUSES
    assert {kind.exit_code for kind in all_errors()} <= PROMISED_STATUSES


def test_the_page_for_scripts_lists_the_same_statuses() -> None:
    page = (DOCS / "scripting.md").read_text(encoding="utf-8")
    section = page.partition("## Exit codes")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| ([\d, ]+) \|", section, re.MULTILINE)
    assert {int(code) for row in rows for code in row.split(",")} == PROMISED_STATUSES


def test_help_lists_the_same_statuses(crm: Crm) -> None:
    rows = crm.json("help", "exit-codes")
    assert {row["code"] for row in rows} == PROMISED_STATUSES


@pytest.mark.parametrize(
    ("arguments", "status", "code"),
    [
        (("contact", "frobnicate"), 2, "usage"),
        (("contact", "add"), 2, "usage"),
        (("contact", "list", "--no-such-option"), 2, "usage"),
        (("contact", "delete", "1"), 2, "usage"),
        (("contact", "list", "-f", "jsno"), 2, "invalid"),
        (("--now", "yesterday-ish", "contact", "add", "X"), 2, "invalid"),
        (("purchase", "add", "1", "Tea", "twelve"), 2, "invalid"),
        (("contact", "show", "99"), 3, "not-found"),
        (("undo", "99"), 3, "not-found"),
        (("contact", "show", "ada"), 4, "ambiguous"),
        (("contact", "add", "Other", "--email", "ada@example.com"), 4, "duplicate"),
        (("purchase", "return", "1", "1000"), 5, "refused"),
        (("contact", "import", "missing.csv"), 6, "bad-file"),
        (("--read-only", "contact", "add", "X"), 10, "store-readonly"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_a_command_earns_its_status_and_code(
    crm: Crm, arguments: tuple[str, ...], status: int, code: str
) -> None:
    crm("contact", "add", "Ada Lovelace", "--email", "ada@example.com", "--quiet")
    crm("contact", "add", "Ada Byron", "--quiet")
    crm("purchase", "add", "1", "Tea", "9.00", "--quiet")
    # The format that argv names last decides how an error is told: here always JSON.
    words = arguments if "-f" in arguments else (*arguments, "--json")
    run = crm(*words, code=status)
    assert run.out == ""
    if "-f" in arguments:
        assert run.err.startswith("crm: ")
    else:
        assert run.error["code"] == code


def test_rejected_rows_are_6_and_strict_writes_nothing(crm: Crm, tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_text("name,email\nAda,ada@example.com\nX,no address\n", encoding="utf-8")
    run = crm("contact", "import", source, "--strict", "--json", code=6)
    assert run.error["code"] == "rows-rejected"
    assert crm.json("contact", "list") == []
    crm("contact", "import", source, code=6)
    assert [row["name"] for row in crm.json("contact", "list")] == ["Ada"]


def test_a_later_change_in_the_way_of_an_undo_is_a_conflict(crm: Crm) -> None:
    crm("contact", "add", "Ada", "--quiet")
    crm("contact", "edit", "1", "--job-title", "Countess", "--quiet")
    crm("contact", "edit", "1", "--job-title", "Analyst", "--quiet")
    assert crm("undo", "2", "--json", code=4).error["code"] == "conflict"


def test_a_file_of_another_program_is_refused_and_left_alone(crm: Crm) -> None:
    other = sqlite3.connect(crm.db)
    other.execute("CREATE TABLE theirs (x)")
    other.commit()
    other.close()
    before = crm.db.read_bytes()
    assert crm("contact", "add", "Ada", "--json", code=10).error["code"] == "store-foreign"
    assert crm.db.read_bytes() == before


def test_a_file_of_a_newer_version_is_refused(crm: Crm) -> None:
    crm("contact", "add", "Ada", "--quiet")
    newer = sqlite3.connect(crm.db)
    newer.execute("PRAGMA user_version = 9999")
    newer.close()
    assert crm("contact", "list", "--json", code=10).error["code"] == "store-newer"


def test_a_locked_file_is_10_after_the_time_that_was_given(crm: Crm) -> None:
    crm("contact", "add", "Ada", "--quiet")
    other = sqlite3.connect(crm.db, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        run = crm("contact", "add", "Bob", "--lock-timeout", "0", "--json", code=10)
    finally:
        other.close()
    assert run.error["code"] == "store-locked"


def test_nothing_found_is_0_and_3_only_when_asked_for(crm: Crm) -> None:
    assert crm("contact", "list").code == 0
    assert crm("contact", "list", "--fail-empty", code=3).out == ""


def test_an_amount_in_a_currency_without_a_rate_is_named(crm: Crm) -> None:
    crm("contact", "add", "Ada", "--quiet")
    crm("purchase", "add", "1", "Tea", "9.00 EUR", "--quiet")
    crm("purchase", "add", "1", "Tea", "9.00 USD", "--quiet")
    error = crm("report", "segments", "--json", code=5).error
    assert error["code"] == "rate-missing"
    assert "USD" in error["message"]


def test_a_closed_pipe_ends_in_silence(crm: Crm) -> None:
    crm("contact", "add", "Ada", "--quiet")
    read, write = os.pipe()
    os.close(read)
    import subprocess
    import sys

    done = subprocess.run(
        [sys.executable, "-m", "crm_cli", "contact", "list"],
        stdout=write,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    os.close(write)
    assert (done.returncode, done.stderr) == (0, b"")
