"""Rounding in figures, in one way everywhere: to the nearest, half away from zero.

That is how people round by hand: 1/32 is 0.0313, half a cent more or less is a whole one. Whole
numbers are divided, so that a half is seen as one; ``round(1 / 32, 4)`` gives 0.0312.
"""

from __future__ import annotations


def quotient(part: int, whole: int) -> int:
    """Return part / whole as a whole number. Raises ZeroDivisionError."""
    size = (2 * abs(part) + abs(whole)) // (2 * abs(whole))
    return size if (part < 0) == (whole < 0) else -size


def ratio(part: int, whole: int, decimals: int = 4) -> float | None:
    """Return part / whole to so many decimals, None on a base that is not positive."""
    return quotient(part * 10**decimals, whole) / 10**decimals if whole > 0 else None


def shown(value: float, decimals: int) -> str:
    """Return a figure of at most eight decimals as text with fewer."""
    scaled = quotient(round(value * 10**8), 10 ** (8 - decimals))
    return f"{scaled / 10**decimals:.{decimals}f}"
