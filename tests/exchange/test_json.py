"""JSON as other verbs print it, and what is no text at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Crm

JPEG = b"\xff\xd8\xff\xe0"
NOISE = bytes(range(1, 32)) * 20


def test_what_a_list_prints_as_json_can_be_imported(crm: Crm, tmp_path: Path) -> None:
    crm("contact", "add", "Ada", "--email", "ada@x.org")
    crm("contact", "add", "Bob", "--email", "bob@x.org")
    path = tmp_path / "list.json"
    path.write_text(crm("contact", "list", "--json").out, encoding="utf-8")
    again = crm.json("contact", "import", path)
    assert (again["read"], again["unchanged"], again["rejected"]) == (2, 2, 0)
    path.write_text('\n[\n{"name": "Eve"},\n7]', encoding="utf-8")
    odd = crm.json("contact", "import", path, code=6)
    assert (odd["created"], odd["rejected"]) == (1, 1)


def test_a_broken_array_is_one_line(crm: Crm, tmp_path: Path) -> None:
    path = tmp_path / "list.txt"
    path.write_text('[{"name": "Eve"},', encoding="utf-8")
    run = crm("contact", "import", path, code=6)
    assert "no JSON array" in run.err
    assert "jsonl" in run.err


def test_binary_files_are_named_in_one_clean_line(crm: Crm, tmp_path: Path) -> None:
    for content in (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", JPEG, NOISE):
        path = tmp_path / "picture.csv"
        path.write_bytes(content)
        first, *_ = crm("contact", "import", path, code=6).err.splitlines()
        assert "picture.csv is " in first
        assert first.isprintable()
