"""Goals: what can be aimed at, by when, and how much is left to do in the time that is left."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from crm_cli import errors
from crm_cli.domain import periods
from crm_cli.domain.rounding import quotient

if TYPE_CHECKING:
    from datetime import date

COMPARISONS = ("at-least", "at-most")

UNITS = ("month", "quarter", "year")
"""Periods that a goal may have."""


class Metric(NamedTuple):
    """What is aimed at: its name for people, whether it is money, whether it is what there is at
    the end of the period and not what came in it, and whether it is of leads."""

    label: str
    is_money: bool
    is_state: bool = False
    is_of_leads: bool = False


METRICS: dict[str, Metric] = {
    "won-value": Metric("Won value", is_money=True, is_of_leads=True),
    "won-leads": Metric("Won leads", is_money=False, is_of_leads=True),
    "lost-leads": Metric("Lost leads", is_money=False, is_of_leads=True),
    "new-leads": Metric("New leads", is_money=False, is_of_leads=True),
    "weighted-pipeline": Metric(
        "Weighted pipeline", is_money=True, is_state=True, is_of_leads=True
    ),
    "revenue": Metric("Revenue", is_money=True),
    "orders": Metric("Orders", is_money=False),
    "new-customers": Metric("New customers", is_money=False),
    "talks": Metric("Talks", is_money=False),
}


def read_metric(text: str) -> str:
    """Return a metric's key. Raises InvalidValue with the nearest."""
    key = "-".join(text.strip().lower().replace("_", " ").replace("-", " ").split())
    if key in METRICS:
        return key
    from difflib import get_close_matches

    near = get_close_matches(key, METRICS, 1)
    hint = f"did you mean {near[0]}? " if near else ""
    raise errors.InvalidValue(
        f"{text!r} is nothing a goal is measured by",
        hint=f"{hint}metrics are {', '.join(METRICS)}",
    )


def period_of_days(first: date | None, last: date | None) -> str | None:
    """Return the month, quarter or year that some days are: ``2026-11``, ``2026-Q4`` or ``2026``;
    None for others."""
    if first is not None and last is not None:
        for unit in UNITS:
            number = periods.number_of(first, unit)
            if (periods.first_day(number, unit), periods.last_day(number, unit)) == (first, last):
                return periods.label(number, unit)
    return None


class Span(NamedTuple):
    """The first and last day of a goal's period, and which unit that is."""

    first: date
    last: date
    unit: str


def span(period: str) -> Span:
    """Return the days of a period as goals keep it."""
    unit = "quarter" if "Q" in period else "month" if "-" in period else "year"
    number = periods.number_of_label(period, unit)
    return Span(periods.first_day(number, unit), periods.last_day(number, unit), unit)


def days_left(bounds: Span, as_of: date) -> int:
    """Return the days of a period that come after the as-of day."""
    if as_of < bounds.first:
        return (bounds.last - bounds.first).days + 1
    return max((bounds.last - as_of).days, 0)


def pace(left: int, days: int) -> int | None:
    """Return what is left over the days left, rounded half up; None with nothing or no time
    left."""
    return quotient(left, days) if left > 0 and days > 0 else None


def is_met(comparison: str, actual: int, target: int) -> bool:
    """Say whether a figure holds its target."""
    return actual >= target if comparison == "at-least" else actual <= target


def due_by_now(target: int, bounds: Span, as_of: date) -> int:
    """Return which part of a target the days gone by would have brought at an even pace."""
    days = (bounds.last - bounds.first).days + 1
    gone = days - days_left(bounds, as_of)
    return quotient(target * gone, days)


def contains(outer: str, inner: str) -> bool:
    """Say whether a period lies within another."""
    whole, part = span(outer), span(inner)
    return whole.first <= part.first and part.last <= whole.last
