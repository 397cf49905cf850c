"""Tabular inputs as people and programs write them."""

from __future__ import annotations

import codecs
import io
from typing import TYPE_CHECKING

import pytest

from crm_cli import errors
from crm_cli.exchange.source import open_source
from crm_cli.exchange.table import best_delimiter, open_table

if TYPE_CHECKING:
    from pathlib import Path

Rows = list[tuple[int, list[str], str | None]]


def read(path: Path, content: bytes, **options: str) -> tuple[list[str], Rows]:
    """Return header and rows of a file with this content."""
    path.write_bytes(content)
    source = open_source(str(path), None, options.get("encoding"))
    try:
        table = open_table(source, options.get("delimiter"))
        return table.header, list(table.rows())
    finally:
        source.close()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "in.csv"


CLEAN = "name,city\nAda,Bern\nZoë,Genève\n"


@pytest.mark.parametrize(
    "content",
    [
        CLEAN.encode(),
        CLEAN.encode("utf-8-sig"),
        CLEAN.encode("utf-16"),
        CLEAN.encode("utf-16-le"),
        CLEAN.encode("utf-16-be"),
        codecs.BOM_UTF16_BE + CLEAN.encode("utf-16-be"),
        CLEAN.encode("utf-32"),
        CLEAN.encode("cp1252"),
        CLEAN.replace("\n", "\r\n").encode(),
        CLEAN.replace("\n", "\r").encode(),
        CLEAN.replace(",", ";").encode(),
        CLEAN.replace(",", "\t").encode(),
        CLEAN.replace(",", "|").encode(),
        ("sep=;\n" + CLEAN.replace(",", ";")).encode(),
        ("\n" + CLEAN + "\n\n,\n").encode(),
        CLEAN.rstrip().encode(),
        CLEAN.replace("\n", ",\n").encode(),
    ],
)
def test_the_same_people_whatever_the_bytes(file: Path, content: bytes) -> None:
    header, rows = read(file, content)
    assert header == ["name", "city"]
    assert [cells for _, cells, _ in rows] == [["Ada", "Bern"], ["Zoë", "Genève"]]
    assert {problem for _, _, problem in rows} == {None}


def test_lines_are_those_of_the_file(file: Path) -> None:
    content = b'sep=,\nname,notes\n\nAda,"two\nlines"\nBob,x\n'
    _, rows = read(file, content)
    assert [(line, cells) for line, cells, _ in rows] == [
        (4, ["Ada", "two\nlines"]),
        (6, ["Bob", "x"]),
    ]


def test_quoted_commas_and_quotes(file: Path) -> None:
    _, rows = read(file, b'name,notes\n"Lovelace, Ada","said ""hi"""\n')
    assert rows == [(2, ["Lovelace, Ada", 'said "hi"'], None)]


def test_rows_too_wide_or_too_narrow_are_refused_by_line(file: Path) -> None:
    _, rows = read(file, b"a,b,c\n1,2,3\n1,2,3,4\n1\n1,2\n1,2,3,,\n")
    assert [(line, problem) for line, _, problem in rows] == [
        (2, None),
        (3, "has 4 cells, the header 3"),
        (4, "has 1 cells, the header 3"),
        (5, None),
        (6, None),
    ]
    assert rows[1][1] == ["1", "2", "3,4"]
    assert rows[3][1] == ["1", "2", ""]


def test_an_open_quote_costs_its_own_line_only(file: Path) -> None:
    _, rows = read(file, b'name,city\nAda,Bern\nBob,"Basel\nCarl,Chur\nDora,"St. Gallen"\n')
    assert [(line, problem) for line, _, problem in rows if problem] == [
        (3, "a quote ends inside a cell (write a quote within quotes twice)")
    ]
    assert [cells for _, cells, problem in rows if not problem] == [
        ["Ada", "Bern"], ["Carl", "Chur"], ["Dora", "St. Gallen"],
    ]  # fmt: skip


def test_a_quote_never_closed(file: Path) -> None:
    _, rows = read(file, b'name,city\nAda,"Bern\nBob,Basel\n')
    assert rows[0][0] == 2
    assert rows[0][2] == "a quote is opened and never closed"
    assert rows[0][1][0] == 'Ada,"Bern'
    assert rows[1] == (3, ["Bob", "Basel"], None)


def test_text_after_an_open_quote_is_no_row_of_a_single_column(file: Path) -> None:
    _, rows = read(file, b'name\nAda\n"Bob\nsome note\n')
    assert [problem is None for _, _, problem in rows] == [True, False, False]


def test_nul_bytes_are_refused_by_line(file: Path) -> None:
    _, rows = read(file, b"name,city\nAda,Be\0rn\nBob,Basel\n")
    assert [(line, problem) for line, _, problem in rows] == [
        (2, "holds a NUL byte (shown here as \u2400)"), (3, None),
    ]  # fmt: skip


def test_defused_cells_are_restored(file: Path) -> None:
    _, rows = read(file, b"name,city\n'=1+1,''@x\n'plain,\n")
    assert [cells for _, cells, _ in rows] == [["=1+1", "'@x"], ["'plain", ""]]


def test_a_file_of_one_column(file: Path) -> None:
    assert read(file, b"name\nAda\nBob\n") == (["name"], [(2, ["Ada"], None), (3, ["Bob"], None)])


def test_a_header_alone(file: Path) -> None:
    assert read(file, b"name,city\n") == (["name", "city"], [])


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"\n \r\n", "is empty"),
        (b"\xef\xbb\xbf", "is empty"),
        (b"PK\x03\x04rest", "archive"),
        (b"SQLite format 3\x00...", "SQLite"),
        (b"%PDF-1.7", "PDF"),
        (b"name,city\n\x81\x8d\xff,x\n", "neither UTF-8 nor cp1252"),
    ],
)
def test_what_is_no_table_is_refused(file: Path, content: bytes, words: str) -> None:
    with pytest.raises(errors.BadFile, match=words):
        read(file, content)


def test_missing_files_and_folders(tmp_path: Path) -> None:
    with pytest.raises(errors.BadFile, match="no such file"):
        open_source(str(tmp_path / "none.csv"), None)
    with pytest.raises(errors.BadFile, match="is a folder"):
        open_source(str(tmp_path), None)


def test_cp1252_is_said(file: Path) -> None:
    file.write_bytes(CLEAN.encode("cp1252"))
    source = open_source(str(file), None)
    assert "cp1252" in source.notices[0]
    source.close()


def test_encoding_and_delimiter_can_be_named(file: Path) -> None:
    _, rows = read(file, "name#city\nŽofie#Praha\n".encode("cp1250"), encoding="cp1250",
                   delimiter="#")  # fmt: skip
    assert rows == [(2, ["Žofie", "Praha"], None)]
    with pytest.raises(errors.InvalidValue):
        read(file, b"a,b\n", encoding="klingon")
    with pytest.raises(errors.InvalidValue):
        read(file, b"a,b\n", delimiter="ab")
    with pytest.raises(errors.BadFile, match="cannot be read as ascii"):
        read(file, CLEAN.encode(), encoding="ascii")


def test_a_pipe_is_read_twice() -> None:
    source = open_source("-", io.BytesIO(b"a,b\n1,2\n"))
    table = open_table(source)
    assert list(table.rows()) == list(table.rows()) == [(2, ["1", "2"], None)]
    source.close()


@pytest.mark.parametrize(
    ("sample", "delimiter"),
    [
        ("name;note\nAda;a, b, c\nBob;d, e\n", ";"),
        ("name\nAda, Countess\nBob\n", ","),
        ("a\tb\n1,5\t2,5\n", "\t"),
        ('"a;b","c"\n"1;2","3"\n', ","),
    ],
)
def test_the_delimiter_is_the_one_that_fits(sample: str, delimiter: str) -> None:
    assert best_delimiter(sample) == delimiter


def test_json_lines_are_laid_flat(tmp_path: Path) -> None:
    content = (
        b'{"name": "Ada", "emails": [{"value": "b@x.org", "label": "work", "primary": false},'
        b' {"value": "a@x.org", "label": null, "primary": true}], "tags": ["x", "y, z"]}\n'
        b'\n{"name": "Bob", "age": 12.50, "ok": true, "phones": ["+41446681800"]}\n'
        b"nonsense\n[1]\n"
    )
    header, rows = read(tmp_path / "in.txt", content)
    assert header == ["name", "email", "email_2", "email_2_label", "tags", "age", "ok", "phone"]
    assert rows[0] == (1, ["Ada", "a@x.org", "b@x.org", "work", 'x; "y, z"', "", "", ""], None)
    assert rows[1] == (3, ["Bob", "", "", "", "", "12.50", "true", "+41446681800"], None)
    assert [line for line, _, problem in rows if problem] == [4, 5]
