"""One rule of rounding for every figure: half away from zero."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_cli.domain.rounding import quotient, ratio, shown
from crm_cli.render.values import percent, share


@pytest.mark.parametrize(
    ("part", "whole", "rounded"),
    [(1, 2, 1), (-1, 2, -1), (3, 2, 2), (-3, 2, -2), (1, 3, 0), (-5, 3, -2), (0, 7, 0)],
)
def test_a_half_goes_away_from_zero(part: int, whole: int, rounded: int) -> None:
    assert quotient(part, whole) == rounded


@given(st.integers(-(10**15), 10**15), st.integers(1, 10**9), st.integers(0, 4))
def test_a_ratio_is_what_decimal_arithmetic_gives(part: int, whole: int, decimals: int) -> None:
    # Far more digits than decide: a quotient that is no half differs from one by 1 / whole.
    exact = Decimal(part).scaleb(decimals) / Decimal(whole)
    rounded = exact.quantize(Decimal(1), ROUND_HALF_UP).scaleb(-decimals)
    assert ratio(part, whole, decimals) == float(rounded)


def test_nothing_is_no_base() -> None:
    assert ratio(1, 0) is None
    assert ratio(1, -3) is None


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [(6.25, 1, "6.3"), (3.15, 1, "3.2"), (-6.25, 1, "-6.3"), (-0.04, 1, "0.0"), (62.5, 0, "63")],
)
def test_a_shown_figure_rounds_what_is_written(value: float, decimals: int, text: str) -> None:
    assert shown(value, decimals) == text


@given(st.integers(0, 50_000), st.integers(1, 50_000))
def test_a_percentage_is_rounded_once(part: int, whole: int) -> None:
    rate = ratio(part, whole)
    assert rate is not None
    exact = Decimal(100 * part) / Decimal(whole)
    # On a base w a quotient is a half or at least 1 / (2000 w) from one: more than 8 decimals hide.
    once = str(exact.quantize(Decimal("0.1"), ROUND_HALF_UP))
    assert percent(rate, always_decimal=True) == f"{once} %"
    assert share(rate, 1) == ("100" if once == "100.0" else once)


def test_six_of_eleven() -> None:
    rate = ratio(6, 11)
    assert rate == 0.5455
    assert percent(rate, always_decimal=True) == "54.5 %"
    assert percent(0.5455, always_decimal=True) == "54.6 %"
