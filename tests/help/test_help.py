"""crm help and crm completion."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from crm_cli.commands.help import TOPICS
from crm_cli.errors import EXIT_CODES

if TYPE_CHECKING:
    from tests.conftest import Crm


def test_exit_codes_are_those_of_the_error_tree(crm: Crm) -> None:
    rows = crm.json("help", "exit-codes")
    assert [(row["code"], row["name"], row["meaning"]) for row in rows] == list(EXIT_CODES)


def test_every_topic_is_a_table_in_every_format(crm: Crm) -> None:
    listed = crm.json("help")
    assert [row["topic"] for row in listed] == list(TOPICS)
    for topic in TOPICS:
        assert crm.json("help", topic)
        assert crm("help", topic, "-f", "csv").out.count("\r\n") > 3


def test_an_unknown_topic_names_the_nearest(crm: Crm) -> None:
    error = crm("help", "exit-cods", "--json", code=2).error
    assert error["code"] == "usage"
    assert "did you mean exit-codes?" in error["hint"]


def test_help_of_a_command_is_its_own(crm: Crm) -> None:
    assert crm("help", "contact", "add").out == crm("contact", "add", "--help").out
    assert crm("help", "contact").out == crm("contact", "--help").out
    assert "no such command" in crm("help", "contact", "ad", code=2).err


def test_help_names_values_as_the_reference_does(crm: Crm) -> None:
    """One word for one thing: NAME and TEXT, and not {name} and <str>."""
    page = crm("contact", "add", "--help").out
    assert page.startswith("Usage: crm contact add [OPTIONS] NAME\n")
    assert "--kind TEXT" in page
    assert "[OPTIONS] [WHO] TAG...\n" in crm("contact", "tag", "--help").out
    assert "[OPTIONS] [ENTRY]\n" in crm("history", "--help").out
    for words in (("contact", "add"), ("contact", "list"), ("config", "rate", "remove")):
        text = crm(*words, "--help").out
        assert not any(sign in text for sign in "{}<>"), words


def test_the_first_page_of_help_names_every_option_of_the_whole_program(crm: Crm) -> None:
    page = crm("--help").out
    for option in ("-0", "--for-spreadsheet", "--lock-timeout", "--quiet"):
        assert f" {option} " in page.replace("\n", " \n"), option


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("contact find ada", "did you mean list?"),
        ("product rm 1", "did you mean retire?"),
        ("purchase remove 1", "did you mean delete?"),
        ("find ada", "did you mean search?"),
        ("import people.csv", "did you mean contact import?"),
        ("contact lits", "did you mean list"),
        ("contact show", "WHO is missing: crm contact show WHO\n"),
        ("field add contact.size", "NAME is missing: crm field add RECORD NAME [KIND]\n"),
        ("search", "TEXT is missing: crm search TEXT...\n"),
        ("report explain", "NAME is missing: crm report explain NAME CELL\n"),
        ("help import", "see crm help contact import; topics are"),
        ("contact add Hans Muster", 'stand in quotes ("Ada Lovelace"); see crm contact add --help'),
    ],
)
def test_a_wrong_word_leads_to_the_right_one(crm: Crm, typed: str, meant: str) -> None:
    assert meant in crm(*typed.split(), code=2).err


def test_an_unknown_customer_leads_to_contact_add(crm: Crm) -> None:
    told = crm("purchase", "add", "New Person", "Tea", "5", code=3).err
    assert "crm contact add NAME" in told
    assert "contact add" not in crm("contact", "show", "7", code=3).err


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "powershell"])
def test_completion_scripts_call_the_program_back(crm: Crm, shell: str) -> None:
    script = crm("completion", shell).out
    assert "_CRM_COMPLETE" in script
    assert "crm" in script
    if shell == "bash":
        subprocess.run(["bash", "-n"], input=script, text=True, check=True)


def test_an_unknown_shell_is_an_error(crm: Crm) -> None:
    assert "bash, zsh, fish" in crm("completion", "tcsh", code=2).err


def test_help_that_a_message_names_is_there(crm: Crm) -> None:
    texts = "".join(page.read_text() for page in Path("crm_cli").rglob("*.py"))
    named = set(re.findall(r"(?:see|under|in) crm help ([a-z-]+)", texts)) - {"lists"}
    assert {"mail", "dates"} <= named
    for topic in named:
        assert crm("help", topic).out
