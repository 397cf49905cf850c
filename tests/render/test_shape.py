"""--columns, --sort, --limit and --fail-empty on any table."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from crm_cli import errors
from crm_cli.result import Kind

if TYPE_CHECKING:
    from crm_cli.result import Body, Report, Table
    from tests.render.conftest import MakeTable, Show


def ids(shown: Show, body: Body, **options: Any) -> list[int]:
    return [int(line) for line in shown(body, format="ids", **options).out.split()]


@pytest.mark.parametrize(
    ("keys", "order"),
    [
        ("id", [1, 2, 3, 10]),
        ("-id", [10, 3, 2, 1]),
        ("revenue", [3, 1, 2, 10]),
        ("-revenue", [2, 1, 3, 10]),
        ("name", [3, 2, 10, 1]),
        ("-active,name", [3, 1, 2, 10]),
        ("active,-name", [2, 1, 3, 10]),
        ("currency,-id", [3, 2, 1, 10]),
        ("tags", [3, 1, 2, 10]),
    ],
)
def test_sorting_goes_by_meaning_and_puts_nothing_last(
    shown: Show, people: Table, keys: str, order: list[int]
) -> None:
    assert ids(shown, people, sort=keys) == order


def test_an_sql_answer_of_mixed_values_sorts_numbers_before_text(
    shown: Show, table: MakeTable
) -> None:
    mixed = table([("value", Kind.TEXT)], (10,), ("b",), (9,), (None,), ("a",))
    assert shown(mixed, format="csv", sort="value").out.split() == [
        "value",
        "9",
        "10",
        "a",
        "b",
        '""',
    ]


def test_columns_choose_and_order(shown: Show, people: Table) -> None:
    rows = json.loads(shown(people, format="json", columns="name,id", limit=1).out)
    assert [list(row.items()) for row in rows] == [[("name", "Zoë"), ("id", 1)]]


def test_sorting_by_a_column_that_is_not_shown(shown: Show, people: Table) -> None:
    assert shown(people, format="csv", columns="name", sort="-id", limit=2).out.split() == [
        "name", "Bob", "Äda",
    ]  # fmt: skip


@pytest.mark.parametrize("option", ["columns", "sort"])
def test_an_unknown_column_is_an_error_with_the_nearest(
    shown: Show, people: Table, option: str
) -> None:
    with pytest.raises(errors.InvalidValue) as caught:
        shown(people, **{option: "revenu"})
    assert "revenu" in caught.value.message
    assert "did you mean revenue?" in (caught.value.hint or "")
    assert "currency" in (caught.value.hint or "")


def test_a_negative_limit_is_an_error(shown: Show, people: Table) -> None:
    with pytest.raises(errors.InvalidValue):
        shown(people, limit=-1)


def test_default_columns_are_for_people_only(shown: Show, people: Table) -> None:
    narrow = people._replace(default_columns=["id", "name"])
    assert shown(narrow).out.splitlines()[0].split() == ["Id", "Name"]
    assert shown(narrow, columns="all").out.splitlines()[0].split()[-1] == "Active"
    assert shown(narrow, format="csv").out.splitlines()[0] == "id,name,revenue,currency,tags,active"


def test_fail_empty_says_3_only_where_nothing_is_found(
    shown: Show, people: Table, segments: Report
) -> None:
    empty = people._replace(rows=[])
    assert shown(empty, format="json", fail_empty=True) == (3, "[]\n", "")
    assert shown(empty, format="json").code == 0
    assert shown(people, format="json", fail_empty=True).code == 0
    assert shown(segments._replace(rows=[], cells=[]), fail_empty=True).code == 3


def test_nothing_found_is_said_on_stderr(shown: Show, people: Table, table: MakeTable) -> None:
    assert shown(people._replace(rows=[])) == (0, "", "no contacts\n")
    assert shown(people._replace(rows=[], noun="history entry")).err == "no history entries\n"
    assert shown(people._replace(rows=[]), quiet=True).err == ""
    assert shown(people, limit=0) == (0, "", "")
    assert shown(people._replace(rows=[]), format="csv").out.count("\r\n") == 1


def test_a_sorted_report_keeps_its_json_rows_and_open_cells_in_step(
    shown: Show, retention: Report
) -> None:
    options = {"sort": "size", "limit": 2}
    found = json.loads(shown(retention, format="json", **options).out)
    assert [row["cohort"] for row in found["rows"]] == ["1997-03", "1997-01"]
    lines = shown(retention, **options).out.splitlines()
    assert lines[3].split() == ["1997-03", "719", "100", "12.1*"]
    assert lines[4].split() == ["1997-01", "781", "100", "15.9", "12.2", "9.0*"]


def test_columns_of_a_report_may_name_what_only_its_json_rows_have(
    shown: Show, retention: Report
) -> None:
    found = json.loads(shown(retention, format="json", columns="cohort,rate").out)
    assert list(found["rows"][0]) == ["cohort", "rate"]
    narrowed = shown(retention, format="csv", columns="cohort,p1").out.splitlines()
    assert narrowed[:2] == ["cohort,p1", "1997-01,0.1588"]
