"""What an import or export writes beside the store never destroys anything."""

from __future__ import annotations

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


@pytest.mark.parametrize("ending", ["", "-wal", "-shm"])
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
