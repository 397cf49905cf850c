"""Quantiles of whole numbers: linear interpolation between closest ranks.

Of n values in order the quantile q stands at the place (n - 1) q, counted from 0; between two
places in proportion. It is what spreadsheets call PERCENTILE.INC, and method 7 of Hyndman and Fan
(1996, Sample quantiles in statistical packages).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crm_cli.domain.rounding import ratio

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crm_cli.domain.rounding import Quotient

QUARTER, HALF, THREE_QUARTERS = 1, 2, 3
"""Quantiles in quarters."""


def quartile(counts: Mapping[int, int], quarters: int) -> Quotient | None:
    """Return a quartile of values (value -> how often) to two decimals; None without any."""
    size = sum(counts.values())
    if not size:
        return None
    place, rest = divmod((size - 1) * quarters, 4)
    seen, low = 0, None
    for value in sorted(value for value, count in counts.items() if count):
        seen += counts[value]
        if low is None and seen > place:
            low = value
        if low is not None and (not rest or seen > place + 1):
            # In quarters, so that it is exact.
            return ratio(low * (4 - rest) + value * rest, 4, 2)
    raise AssertionError("a place lies among the values")
