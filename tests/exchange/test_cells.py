"""Conventions inside one cell."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_cli.exchange.cells import defuse, guard, join_list, restore, split_list


@given(st.text())
def test_what_is_guarded_or_defused_comes_back(text: str) -> None:
    assert restore(guard(text)) == text
    assert restore(defuse(text)) == text


@given(st.lists(st.text(min_size=1).filter(lambda text: text.strip() == text)))
def test_a_list_in_a_cell_comes_back(values: list[str]) -> None:
    assert split_list(join_list(values)) == values


@pytest.mark.parametrize("text", ["=1+1", "@SUM(A1)", "-cmd", "+evil()", "\t=1", "＝1"])
def test_formulas_are_defused(text: str) -> None:
    assert defuse(text) == "'" + text
    assert guard(text) == text


@pytest.mark.parametrize("text", ["-12.50", "+41446681800", "+41 44 668 18 00", "plain", ""])
def test_numbers_and_phones_are_left_alone(text: str) -> None:
    assert defuse(text) == text


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("vip, new", ["vip", "new"]),
        ("a;b|c", ["a", "b", "c"]),
        ("a ::: b", ["a", "b"]),
        ('"a, b"; c', ["a, b", "c"]),
        (" ; ,", []),
    ],
)
def test_lists_are_read_as_people_write_them(text: str, values: list[str]) -> None:
    assert split_list(text) == values
