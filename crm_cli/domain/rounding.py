"""Rounding in figures, in one way everywhere: to the nearest, half away from zero.

That is how people round by hand: 1/32 is 0.0313, half a cent more or less is a whole one. Whole
numbers are divided, so that a half is seen as one; ``round(1 / 32, 4)`` gives 0.0312.
"""

from __future__ import annotations


def quotient(part: int, whole: int) -> int:
    """Return part / whole as a whole number. Raises ZeroDivisionError."""
    size = (2 * abs(part) + abs(whole)) // (2 * abs(whole))
    return size if (part < 0) == (whole < 0) else -size


class Quotient(float):
    """A figure to so many decimals that remembers eight: what is shown with fewer is rounded
    once. 6/11 is 0.5455, and 54.5 % and not 54.6 %."""

    finer: float


def ratio(part: int, whole: int, decimals: int = 4) -> Quotient | None:
    """Return part / whole to so many decimals, None on a base that is not positive."""
    if whole <= 0:
        return None
    figure = Quotient(quotient(part * 10**decimals, whole) / 10**decimals)
    figure.finer = quotient(part * 10**8, whole) / 10**8
    return figure


def finer(value: float) -> float:
    """Return the figure before it was rounded to the decimals that programs get."""
    return value.finer if isinstance(value, Quotient) else value


def shown(value: float, decimals: int) -> str:
    """Return a figure of at most eight decimals as text with fewer."""
    scaled = quotient(round(value * 10**8), 10 ** (8 - decimals))
    return f"{scaled / 10**decimals:.{decimals}f}"
