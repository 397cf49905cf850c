"""JSON, JSON Lines, CSV, TSV and ids: exact data for programs."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm_cli import errors
from crm_cli.result import Column, Kind, Record, Stream, Table, Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crm_cli.result import Report
    from tests.render.conftest import Show

FIXTURES = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
VALUES = st.one_of(st.none(), TEXTS, st.integers(), st.booleans(), st.lists(TEXTS, max_size=2))
ROWS = st.lists(st.tuples(VALUES, TEXTS, st.one_of(st.none(), TEXTS)), max_size=5)
TEXT_ROWS = st.lists(st.tuples(TEXTS, TEXTS), max_size=5)


def table_of(rows: Sequence[Sequence[Any]], *keys: str) -> Table:
    return Table(noun="row", columns=[Column(key, key) for key in keys], rows=rows)


@FIXTURES
@given(ROWS)
def test_json_is_exact_whatever_the_values(shown: Show, rows: list[tuple[Any, ...]]) -> None:
    body = table_of(rows, "a", 'b"%s', "c")
    expected = [{"a": a, 'b"%s': b, "c": c} for a, b, c in rows]
    assert json.loads(shown(body, format="json").out) == expected
    lines = shown(body, format="jsonl").out.splitlines()
    assert [json.loads(line) for line in lines] == expected


@FIXTURES
@given(ROWS)
def test_json_holds_nothing_that_a_terminal_obeys(shown: Show, rows: list[tuple[Any, ...]]) -> None:
    out = shown(table_of(rows, "a", "b", "c"), format="json").out
    assert not set(out) & {
        chr(c) for c in [*range(0xA), *range(0xB, 0x20), *range(0x7F, 0xA0), 0x202E]
    }


@FIXTURES
@given(TEXT_ROWS)
def test_csv_is_exact(shown: Show, rows: list[tuple[Any, ...]]) -> None:
    out = shown(table_of(rows, "a", "b"), format="csv").out
    assert list(csv.reader(io.StringIO(out, newline=""), strict=True)) == [
        ["a", "b"], *map(list, rows),
    ]  # fmt: skip
    assert out.startswith("a,b\r\n")


@FIXTURES
@given(TEXT_ROWS)
def test_tsv_has_one_line_a_row_and_can_be_read_back(
    shown: Show, rows: list[tuple[Any, ...]]
) -> None:
    out = shown(table_of(rows, "a", "b"), format="tsv").out
    lines = out.split("\n")[1:-1]
    marks = {"\\\\": "\\", "\\t": "\t", "\\n": "\n", "\\r": "\r"}

    def read(cell: str) -> str:
        done: list[str] = []
        at = 0
        while at < len(cell):
            pair = cell[at : at + 2]
            done.append(marks.get(pair, cell[at]))
            at += 2 if pair in marks else 1
        return "".join(done)

    assert [tuple(map(read, line.split("\t"))) for line in lines] == rows


def test_csv_cells_of_every_kind(shown: Show, people: Table) -> None:
    assert shown(people, format="csv").out.split("\r\n") == [
        "id,name,revenue,currency,tags,active",
        "1,Zoë,9.50,EUR,vip; new,true",
        "2,adam,100.00,EUR,,false",
        "10,Bob,,,,",
        "3,Äda,-20.00,EUR,vip,true",
        "",
    ]


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"),
        ("-2+3", "'-2+3"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("＝1", "'＝1"),
        ("-12.50", "-12.50"),
        ("+41 44 668 18 00", "+41 44 668 18 00"),
        ("+41446681800", "+41446681800"),
        ("plain", "plain"),
        ("a=b", "a=b"),
    ],
)
def test_for_spreadsheet_defuses_formulas_and_nothing_else(
    shown: Show, text: str, cell: str
) -> None:
    body = table_of([(text,)], "a")
    defused = shown(body, format="csv", for_spreadsheet=True).out
    assert list(csv.reader(io.StringIO(defused, newline="")))[1] == [cell]
    exact = shown(body, format="csv").out
    assert list(csv.reader(io.StringIO(exact, newline="")))[1] == [text]


def test_ten_thousand_rows_keep_their_order_across_blocks(shown: Show) -> None:
    body = table_of([(n, str(n)) for n in range(10_000)], "id", "b")
    assert [row["id"] for row in json.loads(shown(body, format="json").out)] == list(range(10_000))
    assert shown(body, format="csv").out.split("\r\n")[9_999] == "9998,9998"


def test_a_record_is_one_json_object(shown: Show) -> None:
    values = {"id": 7, "emails": [{"value": "a@b.org", "primary": True}], "notes": None}
    record = Record(noun="contact", values=values)
    assert json.loads(shown(record, format="json").out) == values
    assert shown(record, format="jsonl").out.count("\n") == 1
    assert shown(record, format="csv").out == "id,emails,notes\r\n7,a@b.org,\r\n"
    assert shown(record, format="ids").out == "7\n"


def test_a_report_in_json_has_the_promised_keys(shown: Show, segments: Report) -> None:
    found = json.loads(shown(segments, format="json").out)
    assert list(found) == ["report", "parameters", "rows", "totals", "definition", "notes"]
    assert found["rows"] == list(segments.rows)
    assert found["totals"] == {"customers": 80}
    lines = shown(segments, format="jsonl").out.splitlines()
    assert [json.loads(line) for line in lines] == list(segments.rows)
    empty = json.loads(shown(segments._replace(rows=[], cells=[]), format="json").out)
    assert empty["rows"] == []


def test_a_report_in_csv_has_no_title_footer_or_notes(shown: Show, segments: Report) -> None:
    assert shown(segments, format="csv").out.splitlines() == [
        "segment,customers,share,revenue,currency",
        "champions,40,0.5,900.00,USD",
        "new,30,0.375,80.50,USD",
        "lost,10,0.125,7.00,USD",
    ]


def test_ids_one_a_line_or_nul_terminated(shown: Show, people: Table) -> None:
    assert shown(people, format="ids").out == "1\n2\n10\n3\n"
    assert shown(people, format="ids", nul=True).out == "1\x002\x0010\x003\x00"
    assert shown(people, format="ids", columns="name", limit=1).out == "1\n"
    assert shown(people._replace(rows=[]), format="ids").out == ""


def test_ids_of_what_has_none_is_a_usage_error(
    shown: Show, segments: Report, people: Table
) -> None:
    with pytest.raises(errors.UsageError):
        shown(segments, format="ids")
    with pytest.raises(errors.UsageError):
        shown(people._replace(id_key="uid"), format="ids")
    members = segments._replace(
        columns=[Column("contact_id", "Contact", Kind.ID)], cells=[[5], [6]]
    )
    assert shown(members, format="ids").out == "5\n6\n"


@pytest.mark.parametrize("kind", ["table", "json", "csv", "ids", "html"])
def test_text_and_streams_come_out_as_they_are(shown: Show, kind: str) -> None:
    text = "a,b\r\n\x1b[31m,\u202e\r\n"
    assert shown(Text(text), format=kind).out == text
    assert shown(Stream(iter(["x", "y\n"])), format=kind).out == "xy\n"
    assert shown(None, format=kind).out == ""
