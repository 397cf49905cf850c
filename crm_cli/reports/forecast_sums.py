"""The leads of a forecast, and the row in which each one counts."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

from crm_cli import errors
from crm_cli.domain import periods
from crm_cli.domain.goal import Span
from crm_cli.reports import lead_state, local_days

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from crm_cli.reports.lead_rates import States
    from crm_cli.reports.lead_state import LeadScope
    from crm_cli.reports.scope import Bounds
    from crm_cli.session import Session

GROUPS = ("month", "quarter", "year", "owner")

OVERDUE, UNDATED = "overdue", "undated"
"""Rows of open leads whose expected day is past, and of those without one."""

NO_OWNER = "(none)"
"""How the row without an owner is named in a cell."""


def check(by: str) -> None:
    """Raise InvalidValue for what a forecast is not summed by."""
    if by not in GROUPS:
        from difflib import get_close_matches

        near = get_close_matches(by, GROUPS, 1)
        hint = f"did you mean {near[0]}? " if near else ""
        raise errors.InvalidValue(
            f"{by!r} is nothing a forecast is summed by",
            hint=f"{hint}write --by {', '.join(GROUPS)}",
        )


class Lead(NamedTuple):
    """An open lead that is not omitted, or one won in time. ``amount`` and ``weighted`` in minor
    units of the report's currency, None without a value."""

    id: int
    state: str
    category: str | None
    owner: str | None
    expected_on: str | None
    closed_at: str | None
    amount: int | None
    weighted: int | None


class Tally:
    """Sums over some leads, in minor units."""

    __slots__ = ("best", "commit", "leads", "value", "weighted", "with_value", "won", "won_leads")

    def __init__(self) -> None:
        self.leads = self.with_value = self.value = self.weighted = 0
        self.best = self.commit = self.won_leads = self.won = 0

    def add(self, lead: Lead) -> None:
        """Add a lead."""
        if lead.state == "won":
            self.won_leads += 1
            self.won += lead.amount or 0
            return
        self.leads += 1
        if lead.amount is None:
            return
        self.with_value += 1
        self.value += lead.amount
        self.weighted += lead.weighted or 0
        if lead.category in {"commit", "best"}:
            self.best += lead.amount
            if lead.category == "commit":
                self.commit += lead.amount

    @classmethod
    def of(cls, tallies: Iterable[Tally]) -> Tally:
        """Return the sum of several."""
        total = cls()
        for tally in tallies:
            for name in cls.__slots__:
                setattr(total, name, getattr(total, name) + getattr(tally, name))
        return total


class Forecast(NamedTuple):
    """The leads of a forecast: ``days`` are its period, ``placed`` the row of each lead that is in
    it, ``outside`` those expected before or after the period."""

    days: Span
    found: States
    leads: Sequence[Lead]
    placed: Sequence[tuple[Any, Lead]]
    outside: Sequence[Lead]
    omitted: int


def days_of(chosen: LeadScope, is_all: bool) -> Span:
    """Return the period of a forecast: as asked, else this quarter and the next three."""
    if is_all:
        return Span(date.min, date.max, "")
    this = periods.number_of(chosen.as_of, "quarter")
    first, last = periods.first_day(this, "quarter"), periods.last_day(this + 3, "quarter")
    if chosen.since is not None:
        first = chosen.since
        last = max(last, periods.last_day(periods.number_of(first, "quarter"), "quarter"))
    if chosen.until is not None:
        last = chosen.until
        if chosen.since is None:
            first = min(first, periods.first_day(periods.number_of(last, "quarter"), "quarter"))
    return Span(first, last, "")


def said(chosen: LeadScope, days: Span) -> str:
    """Return the bounds of a forecast in words."""
    if (days.first, days.last) == (date.min, date.max):
        return f"As of {chosen.as_of}; expected and won on any day."
    return f"As of {chosen.as_of}; expected and won from {days.first} to {days.last}."


def read(
    session: Session, chosen: LeadScope, by: str, days: Span, since: date | None = None
) -> Forecast:
    """Return the leads of a forecast. ``since`` is the day from which on won leads are read where
    that is earlier than the period. Raises RateMissing."""
    bounds = {"won_since": local_days.begins(min(since or days.first, days.first), session.zone)}
    needed = (
        "(state = 'open' AND category <> 'omitted') OR (state = 'won' AND closed_at >= :won_since)"
    )
    found = lead_state.states(session, chosen, needed=needed, wanted=needed, bounds=bounds)
    rows = session.reader.execute(
        f"WITH {found.sql} SELECT {', '.join(Lead._fields)} FROM states"
        " WHERE state = 'open' OR (state = 'won' AND closed_at >= :won_since)",
        found.parameters,
    ).fetchall()
    leads = [lead for lead in map(Lead._make, rows) if lead.category != "omitted"]
    placed, outside = [], []
    place = placing(session, chosen, by, days)
    for lead in leads:
        key = place(lead)
        if key is None:
            outside.append(lead)
        else:
            placed.append((key, lead))
    return Forecast(days, found, leads, placed, outside, len(rows) - len(leads))


def placing(
    session: Session, chosen: LeadScope, by: str, days: Span
) -> Callable[[Lead], tuple[str, Any] | None]:
    """Return what tells the row of a lead: ``("period", number)``, ``("overdue", 0)``,
    ``("undated", 0)`` or ``("owner", name)``; None for one outside the period."""
    calendar = local_days.Days(session.zone)
    first, last, today = days.first.isoformat(), days.last.isoformat(), chosen.as_of.isoformat()

    def day(lead: Lead) -> str | None:
        if lead.closed_at is not None:
            return date.fromordinal(calendar.ordinal(lead.closed_at)).isoformat()
        return lead.expected_on

    numbers: dict[str, int] = {}

    def number(on: str) -> int:
        found = numbers.get(on)
        if found is None:
            found = numbers[on] = periods.number_of(date.fromisoformat(on), by)
        return found

    def place(lead: Lead) -> tuple[str, Any] | None:
        on = day(lead)
        is_open = lead.closed_at is None
        is_apart = is_open and (on is None or on < today)
        if not is_apart and (on is None or not first <= on <= last):
            return None
        if by == "owner":
            return "owner", lead.owner
        if is_apart:
            return (UNDATED, 0) if on is None else (OVERDUE, 0)
        return "period", number(on or "")

    return place


def is_all(bounds: Bounds, chosen: LeadScope) -> bool:
    """Say whether all days were asked for, and not the default ones."""
    return bounds.period is not None and chosen.since is None and chosen.until is None


def row_name(key: tuple[str, Any], by: str) -> str | None:
    """Return what a row is called: a period's label, ``overdue``, ``undated``, or the owner."""
    kind, value = key
    if kind == "period":
        return periods.label(value, by)
    return value if kind == "owner" else kind


CELLS: dict[str, Callable[[Lead], bool]] = {
    "leads": lambda lead: lead.state == "open",
    "without_value": lambda lead: lead.state == "open" and lead.amount is None,
    "value": lambda lead: lead.state == "open" and lead.amount is not None,
    "weighted": lambda lead: lead.state == "open" and lead.amount is not None,
    "best": lambda lead: lead.category in {"commit", "best"} and lead.amount is not None,
    "commit": lambda lead: lead.category == "commit" and lead.amount is not None,
    "won_leads": lambda lead: lead.state == "won",
    "won": lambda lead: lead.state == "won" and lead.amount is not None,
    "expected": lambda lead: lead.amount is not None,
}
"""Column -> which leads of a row it counts."""
