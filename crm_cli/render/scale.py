"""The scale of a heat map, the same in a terminal, a picture and a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def top(rates: Iterable[float]) -> float:
    """Return the rate that gets the last shade: the highest below 100 %.

    A cohort's own first period is 100 % by definition and would flatten all the others.
    """
    found = list(rates)
    return max((rate for rate in found if 0 < rate < 1), default=max(found, default=0.0))


def step(rate: float, highest: float, shades: int) -> int:
    """Return which of so many shades a rate has."""
    if highest <= 0:
        return 0
    return min(shades - 1, max(0, int(rate / highest * (shades - 1) + 0.5)))
