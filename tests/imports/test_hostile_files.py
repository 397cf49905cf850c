"""Whatever a file holds: no traceback, the counts add up, and undo leaves nothing of it."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import Crm
from tests.imports import hostile
from tests.imports.hostile import NOUNS, Hostile

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def times(count: int) -> settings:
    """The same examples in every run."""
    return settings(
        max_examples=count, deadline=None, derandomize=True, print_blob=True,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip


@pytest.fixture
def check(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[[Hostile], str]:
    """Import a hostile file and say what it came to; every law is checked on the way."""
    template = tmp_path / "template.db"
    monkeypatch.setenv("CRM_DB", str(template))
    hostile.seed(Crm(template, capfd.readouterr))
    connection = sqlite3.connect(template)
    connection.execute("PRAGMA journal_mode = DELETE")
    connection.close()
    folder = tmp_path / "files"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("CRM_DB", str(folder / "crm.db"))
    crm = Crm(folder / "crm.db", capfd.readouterr)
    return lambda file: hostile.check(crm, folder, template, file)


@times(50)
@given(hostile.files("csv", {noun: hostile.delimited_files(noun) for noun in NOUNS}))
def test_csv(check: Any, file: Hostile) -> None:
    check(file)


@times(25)
@given(hostile.files("jsonl", {noun: hostile.json_files(noun) for noun in NOUNS}))
def test_json_lines(check: Any, file: Hostile) -> None:
    check(file)


@times(25)
@given(hostile.files("vcf", {"contact": hostile.card_files(), "purchase": hostile.card_files()}))
def test_vcards(check: Any, file: Hostile) -> None:
    check(file)


@times(25)
@given(hostile.files("xlsx", {noun: hostile.sheet_files(noun) for noun in NOUNS}))
def test_spreadsheets(check: Any, file: Hostile) -> None:
    check(file)


@times(25)
@given(
    hostile.files("txt", {noun: st.binary(max_size=400) for noun in NOUNS}),
)
def test_bytes(check: Any, file: Hostile) -> None:
    check(file)


# What was found once, each in its smallest form.
FOUND = (
    Hostile("contact", "csv", b"name\n", ("--encoding", "utf-16")),
    Hostile("contact", "csv", b"name\n", ("--encoding", "utf-32")),
    Hostile("contact", "txt", b"name\n+2AA-\n", ("--encoding", "utf-7")),
    Hostile("contact", "csv", b'name\n"two\nl', ()),
    Hostile("purchase", "csv", b"\xffcustomer,date,amount,email_99\n", ()),
    Hostile("purchase", "csv", b"date,amount,email_2\n2026-01-05,3,a@x.org\n", ()),
    Hostile("contact", "jsonl", b'nonsense\n{"name": ""}', ()),
    Hostile("contact", "jsonl", b'{"name": ""}', ("--delimiter", ";")),
    Hostile("contact", "vcf", b"BEGIN:VCARD\nBEGIN:VCARD", ()),
    Hostile("contact", "vcf", b"\xc2\xa0BEGIN:VCARD\r\nFN:A\r\nEND:VCARD\r\n\r\n", ()),
    Hostile("contact", "xlsx", hostile.sheet_bytes([["name", "email"], ["Zo\xeb", "x"]]),
            ("--delimiter", ";")),
    Hostile("contact", "xlsx", hostile.sheet_bytes([["name", "email"], ["Zo\xeb", "x"]]),
            ("--encoding", "utf-16")),
    Hostile("contact", "xlsx", hostile.sheet_bytes([["name", "email"], ["Zo\xeb", "x"]]),
            ("--sheet", "1")),
)  # fmt: skip


@pytest.mark.parametrize("file", FOUND, ids=range(len(FOUND)))
def test_what_was_found(check: Any, file: Hostile) -> None:
    check(file)


def test_files_put_together_keep_the_mark_of_each(crm: Crm, tmp_path: Path) -> None:
    card = "\ufeffBEGIN:VCARD\r\nVERSION:3.0\r\nFN:{}\r\nEND:VCARD\r\n"
    path = tmp_path / "all.vcf"
    path.write_bytes((card.format("Ada") + card.format("Zoë")).encode())
    assert crm.json("contact", "import", path)["created"] == 2
