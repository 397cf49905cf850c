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


BAD = "name,email\nAda,ada@example.com\nBob,not an address\nCid,nor this\n"
MENDED = b"name,email,_line,_field,_reason\r\nBob,bob@example.com,3,,\r\n"


@pytest.fixture
def mended(crm: Crm, rows: Path) -> Path:
    """Return a reject file that was written and edited since, but not fed back."""
    crm("contact", "import", rows, code=6)
    rejects = rows.with_name("people.csv.rejects.csv")
    rejects.write_bytes(MENDED)
    return rejects


@pytest.mark.parametrize("options", [(), ("--rejects",)])
def test_an_edited_reject_file_is_kept_by_the_next_run(
    crm: Crm, rows: Path, mended: Path, options: tuple[str, ...]
) -> None:
    named = [*options, mended] if options else []
    result = crm.json("contact", "import", rows, *named, code=6)
    kept = mended.with_name("people.csv.rejects.edited.csv")
    assert kept.read_bytes() == MENDED
    assert b"not an address" in mended.read_bytes()
    assert result["rejects_file"] == str(mended)
    assert [
        (warning["kind"], str(kept) in warning["message"]) for warning in result["warnings"]
    ] == [("rejects-kept", True)]
    # A night later nothing was edited, and nothing more is kept.
    assert crm.json("contact", "import", rows, code=6)["warnings"] == []
    mended.write_bytes(b"edited again")
    crm("contact", "import", rows, code=6)
    assert kept.with_name("people.csv.rejects.edited-2.csv").read_bytes() == b"edited again"
    mended.write_bytes(MENDED)
    crm("contact", "import", rows, code=6)
    assert len(list(rows.parent.glob("*.edited*"))) == 2
    assert crm.json("contact", "import", kept)["created"] == 1


def test_an_edited_reject_file_outlives_a_clean_run(crm: Crm, rows: Path, mended: Path) -> None:
    rows.write_text("name,email\nAda,ada@example.com\n", encoding="utf-8")
    assert "was edited" in crm("contact", "import", rows).err
    assert mended.read_bytes() == MENDED


def test_an_untouched_reject_file_is_written_anew_and_removed(crm: Crm, rows: Path) -> None:
    crm("contact", "import", rows, code=6)
    rows.write_text(BAD, encoding="utf-8")
    assert crm.json("contact", "import", rows, code=6)["warnings"] == []
    rejects = rows.with_name("people.csv.rejects.csv")
    assert "nor this" in rejects.read_text(encoding="utf-8")
    rows.write_text("name,email\nAda,ada@example.com\n", encoding="utf-8")
    crm("contact", "import", rows)
    assert sorted(path.name for path in rows.parent.glob("people*")) == ["people.csv"]


def test_the_same_rejects_of_another_store_are_not_kept_twice(
    crm: Crm, rows: Path, tmp_path: Path
) -> None:
    crm("contact", "import", rows, code=6)
    crm("contact", "import", rows, "--db", tmp_path / "other.db", code=6)
    assert [path.name for path in rows.parent.glob("*.rejects*")] == ["people.csv.rejects.csv"]


def test_a_dry_run_says_where_rejects_would_go(crm: Crm, rows: Path) -> None:
    run = crm("contact", "import", rows, "--dry-run", code=6)
    assert "without --dry-run they go to" in run.err
    assert not rows.with_name("people.csv.rejects.csv").exists()


GERMAN = "Firma;Name;E-Mail\nMüller & Söhne;Jörg;jörg@\nZoë AG;Zoë;z@x.ch\n"


@pytest.mark.parametrize("encoding", ["cp1252", "utf-8", "utf-8-sig", "utf-16", "mac-roman"])
@pytest.mark.parametrize("is_said", [True, False])
def test_rejects_are_read_by_the_options_of_the_input_and_by_none(
    crm: Crm, rows: Path, encoding: str, *, is_said: bool
) -> None:
    options = ["--encoding", encoding, "--delimiter", ";", "--map", "Firma=company"]
    rows.write_bytes(GERMAN.encode(encoding))
    assert crm.json("contact", "import", rows, *options, code=6)["rejected"] == 1
    rejects = rows.with_name("people.csv.rejects.csv")
    known = "utf-8-sig" if encoding == "mac-roman" else encoding
    text = rejects.read_bytes().decode(known)
    assert text.startswith("Firma;Name;E-Mail;_line;_field;_reason\r\nMüller & Söhne;Jörg;jörg@;2;")
    rejects.write_bytes(text.replace("jörg@;", "joerg@x.ch;").encode(known))
    said = options if is_said else options[4:]
    assert crm.json("contact", "import", rejects, *said)["created"] == 1
    assert crm.json("contact", "show", "joerg@x.ch")["company"] == "Müller & Söhne"


def test_what_an_encoding_cannot_say_is_rejected_again(crm: Crm, rows: Path) -> None:
    rows.write_bytes("name;email\nJ\0örg;j@x.ch\n".encode("cp1252"))
    options = ["--encoding", "cp1252", "--delimiter", ";"]
    crm("contact", "import", rows, *options, code=6)
    rejects = rows.with_name("people.csv.rejects.csv")
    assert "J\N{SYMBOL FOR NULL}örg" in rejects.read_text(encoding="utf-8-sig")
    assert crm.json("contact", "import", rejects, *options, code=6)["rejected"] == 1


def test_a_delimiter_nobody_guesses_is_named_in_the_file(crm: Crm, rows: Path) -> None:
    rows.write_text("name^email\nBob^not an address\n", encoding="utf-8")
    crm("contact", "import", rows, "--delimiter", "^", code=6)
    rejects = rows.with_name("people.csv.rejects.csv")
    assert rejects.read_text(encoding="utf-8").startswith("sep=^\nname^email^_line")
    for options in ((), ("--delimiter", "^")):
        found = crm.json("contact", "import", rejects, *options, code=6)
        assert found["rejections"][0]["field"] == "email"


@pytest.mark.parametrize(
    ("name", "start"),
    [("a.csv", "id,uid,"), ("a.TSV", "id\tuid\t"), ("a.tab", "id\tuid\t"), ("a.ndjson", '{"id": 1'),
     ("a.txt", "id,uid,"), ("a", "id,uid,")],
)  # fmt: skip
def test_an_export_is_what_its_name_says(crm: Crm, tmp_path: Path, name: str, start: str) -> None:
    crm("contact", "add", "Ada")
    crm("contact", "export", tmp_path / name)
    assert (tmp_path / name).read_text(encoding="utf-8").startswith(start)


@pytest.mark.parametrize(
    ("name", "better"),
    [("people.ODS", "people.xlsx"), ("people.json", "people.jsonl"), ("people.html", "people.csv"),
     ("people.jsonl.gz", "people.jsonl")],
)  # fmt: skip
def test_an_export_is_not_named_as_what_it_is_not(
    crm: Crm, tmp_path: Path, name: str, better: str
) -> None:
    crm("contact", "add", "Ada")
    run = crm("contact", "export", tmp_path / name, code=2)
    assert f"write {tmp_path / better}, or say the format" in run.err
    assert not (tmp_path / name).exists()


def test_a_format_that_was_said_counts_more_than_a_name(crm: Crm, tmp_path: Path) -> None:
    crm("contact", "add", "Ada")
    crm("contact", "export", tmp_path / "a.json", "-f", "jsonl")
    assert (tmp_path / "a.json").read_text(encoding="utf-8").startswith('{"id": 1')
    crm("contact", "export", tmp_path / "a.tsv", "-f", "csv")
    assert (tmp_path / "a.tsv").read_text(encoding="utf-8").startswith("id,uid,")


@pytest.mark.parametrize("noun", ["contact", "product", "purchase"])
def test_an_export_names_the_formats_it_writes(crm: Crm, noun: str) -> None:
    shown = crm(noun, "export", "--help").out
    assert "csv, tsv or jsonl (full records)." in shown
    assert "--json" not in shown
    message = crm(noun, "export", "--json", code=2).error["message"]
    assert "it is csv, tsv or jsonl" in message
