"""Currency rates by day, and converting an amount at the rate of its own day."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from crm_cli import errors
from crm_cli.domain.values import exponent

if TYPE_CHECKING:
    from collections.abc import Iterable


class RateBook:
    """All known rates. ``rates`` are (base, quote, valid_on, rate): one unit of ``base`` costs
    ``rate`` units of ``quote`` (decimal text) from that day on until the next.

    ``home`` is the business's currency, through which two others are converted.
    """

    def __init__(self, rates: Iterable[tuple[str, str, str, str]], home: str) -> None:
        self.home = home
        self._pairs: dict[tuple[str, str], list[tuple[str, int, int]]] = {}
        for base, quote, valid_on, rate in rates:
            numerator, denominator = read_rate(rate)
            self._pairs.setdefault((base, quote), []).append((valid_on, numerator, denominator))
        for steps in self._pairs.values():
            steps.sort()

    def ratio(self, source: str, target: str, day: str) -> tuple[int, int]:
        """Return the exact rate (numerator, denominator): units of ``target`` for one unit of
        ``source``, as newest known on ``day`` (``YYYY-MM-DD``).

        The direct or the inverse rate, whichever is newer; without either, the way through the
        business's currency. Raises RateMissing naming the pair and the day.
        """
        found = self._known(source, target, day)
        if found is None and self.home not in {source, target}:
            first = self._known(source, self.home, day)
            second = self._known(self.home, target, day)
            if first and second:
                found = (first[0] * second[0], first[1] * second[1])
        if found is None:
            raise errors.RateMissing(
                f"no rate from {source} to {target} is known on {day}",
                hint=f"add one: crm config rate add {source} RATE --in {target} --on {day}",
            )
        return found

    def _known(self, source: str, target: str, day: str) -> tuple[int, int] | None:
        if source == target:
            return (1, 1)
        direct = self._step(source, target, day)
        inverse = self._step(target, source, day)
        if direct and (not inverse or direct[0] >= inverse[0]):
            return (direct[1], direct[2])
        return (inverse[2], inverse[1]) if inverse else None

    def _step(self, base: str, quote: str, day: str) -> tuple[str, int, int] | None:
        steps = self._pairs.get((base, quote), [])
        position = bisect_right(steps, day, key=lambda step: step[0])
        return steps[position - 1] if position else None

    def minor_ratio(self, source: str, target: str, day: str) -> tuple[int, int]:
        """Return ``ratio`` between the currencies' minor units, both below 2**30.

        Raises RateMissing.
        """
        numerator, denominator = self.ratio(source, target, day)
        shift = exponent(target) - exponent(source)
        if shift >= 0:
            numerator *= 10**shift
        else:
            denominator *= 10**-shift
        if max(numerator, denominator) >= 2**30:
            from fractions import Fraction

            limit = 10**9 * denominator // max(numerator, denominator) or 1
            near = Fraction(numerator, denominator).limit_denominator(limit)
            numerator, denominator = near.numerator, near.denominator
        return numerator, denominator

    def convert(self, minor: int, source: str, target: str, day: str) -> int:
        """Convert minor units at the rate of a day, rounded half up once. Raises RateMissing."""
        numerator, denominator = self.minor_ratio(source, target, day)
        size = (2 * abs(minor) * numerator + denominator) // (2 * denominator)
        return size if minor >= 0 else -size


def read_rate(text: str) -> tuple[int, int]:
    """Return a positive decimal text as an exact (numerator, denominator).

    Raises InvalidValue.
    """
    whole, _, decimals = text.strip().partition(".")
    digits = whole + decimals
    if not digits.isascii() or not digits.isdigit() or int(digits) == 0:
        raise errors.InvalidValue(f"{text!r} is not a rate", hint="write a number such as 0.9412")
    return int(digits), 10 ** len(decimals)
