"""What an import or export writes beside the store never destroys anything."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Crm

ROWS = "name,email\nAda,ada@example.com\nBob,not an address\n"


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    """Return a file with one good and one bad row."""
    file = tmp_path / "people.csv"
    file.write_text(ROWS, encoding="utf-8")
    return file


@pytest.mark.parametrize("ending", ["", "-wal", "-shm", "-journal"])
def test_nothing_is_written_over_the_store(crm: Crm, rows: Path, ending: str) -> None:
    crm("contact", "add", "Ada", "--email", "ada@example.com")
    target = f"{crm.db}{ending}"
    before = crm.db.read_bytes()
    assert crm("contact", "export", target, "-q", "--json", code=2).error["code"] == "invalid"
    crm("contact", "import", rows, "--rejects", target, code=2)
    assert crm.db.read_bytes() == before
    assert len(crm.json("contact", "list")) == 1


def test_a_link_to_the_store_is_the_store(crm: Crm, tmp_path: Path) -> None:
    crm("contact", "add", "Ada")
    link = tmp_path / "out.csv"
    link.symlink_to(crm.db)
    crm("contact", "export", link, code=2)
    assert crm.json("contact", "list")[0]["name"] == "Ada"


def test_rejects_are_not_written_over_the_input(crm: Crm, rows: Path) -> None:
    crm("contact", "import", rows, "--rejects", rows, code=2)
    assert rows.read_text(encoding="utf-8") == ROWS


def test_rejects_are_not_written_over_somebodys_file(crm: Crm, rows: Path) -> None:
    notes = rows.with_name("people.csv.rejects.csv")
    notes.write_text("my own notes\n", encoding="utf-8")
    crm("contact", "import", rows, code=6)
    assert notes.read_text(encoding="utf-8") == "my own notes\n"
    assert crm.json("contact", "list") == []
    crm("contact", "import", rows, "--rejects", rows.with_name("bad.csv"), code=6)
    assert len(crm.json("contact", "list")) == 1


def test_rejects_to_stdout_are_refused(crm: Crm, rows: Path) -> None:
    crm("contact", "import", rows, "--rejects", "-", code=2)


@pytest.mark.parametrize("is_there", [True, False])
def test_a_link_is_followed_and_stays_a_link(crm: Crm, rows: Path, *, is_there: bool) -> None:
    folder = rows.parent / "elsewhere"
    folder.mkdir()
    crm("contact", "add", "Ada")
    for name in ("out.csv", "bad.csv"):
        if is_there:
            (folder / name).touch()
        rows.with_name(name).symlink_to(folder / name)
    crm("contact", "export", rows.with_name("out.csv"))
    crm("contact", "import", rows, "--rejects", rows.with_name("bad.csv"), code=6)
    assert "Ada" in (folder / "out.csv").read_text(encoding="utf-8")
    assert "Bob" in (folder / "bad.csv").read_text(encoding="utf-8")
    assert all(rows.with_name(name).is_symlink() for name in ("out.csv", "bad.csv"))


@pytest.mark.parametrize(
    ("verb", "words"),
    [
        (["contact", "export"], "uid,kind,name"),
        (["contact", "import", "people.csv", "--rejects"], "_line,_field,_reason"),
    ],
)
def test_what_is_no_file_is_written_into(
    crm: Crm, rows: Path, monkeypatch: pytest.MonkeyPatch, verb: list[str], words: str
) -> None:
    monkeypatch.chdir(rows.parent)
    pipe = rows.with_name("pipe")
    os.mkfifo(pipe)
    crm("contact", "add", "Ada")
    # Open at both ends before the program starts: nobody waits for anybody.
    reading = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        crm(*verb, pipe, code=None)
        assert words in os.read(reading, 100_000).decode()
    finally:
        os.close(reading)
    assert pipe.is_fifo()


def test_a_clean_run_does_not_wait_at_a_pipe_for_old_rejects(crm: Crm, rows: Path) -> None:
    pipe = rows.with_name("pipe")
    os.mkfifo(pipe)
    rows.write_text("name\nAda\n", encoding="utf-8")
    crm("contact", "import", rows, "--rejects", pipe)
    assert pipe.is_fifo()
