"""Days of the business's time zone as bounds of the instants in the store.

SQL knows no time zones. A day, week or month begins at a midnight of the business's wall clock;
here it becomes the UTC instant of that midnight, and statements compare texts of instants with
it. So a talk at 23:30 in Denver belongs to Denver's day, also where the clocks change. A midnight
that the clocks skip is the instant of the change; of one that comes twice the first is meant.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from crm_cli import clock, errors
from crm_cli.domain import periods

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Sequence
    from datetime import date, tzinfo

    from crm_cli.reports.scope import Scope

AFTER_ALL = "~"
"""A text behind every instant."""


def begins(day: date, zone: tzinfo) -> str:
    """Return the first instant of a day; of the calendar's first days its own."""
    try:
        return clock.midnight_text(day, zone)
    except errors.InvalidValue:
        return "" if day.year == 1 else AFTER_ALL


def ends(day: date, zone: tzinfo) -> str:
    """Return the first instant after a day."""
    try:
        return begins(day + timedelta(days=1), zone)
    except OverflowError:
        return AFTER_ALL


def day_of(instant: str, zone: tzinfo) -> date:
    """Return the day of the wall clock in which an instant of the store lies."""
    value = datetime.fromisoformat(instant)
    try:
        return value.astimezone(zone).date()
    except OverflowError:
        return value.astimezone(UTC).date()


class Days:
    """Days of the wall clock for many instants: each date of UTC is looked at once."""

    def __init__(self, zone: tzinfo) -> None:
        self._zone = zone
        self._known: dict[str, tuple[str, int | None]] = {}

    def ordinal(self, instant: str) -> int:
        """Return the day of ``day_of`` as its number in the calendar."""
        known = self._known.get(instant[:10])
        if known is None:
            known = self._known[instant[:10]] = self._midnight(instant[:10])
        midnight, before = known
        if before is None:
            return day_of(instant, self._zone).toordinal()
        return before + (instant >= midnight)

    def _midnight(self, date_of_utc: str) -> tuple[str, int | None]:
        """Return the instant of the midnight within a date of UTC, and the day before it; no day
        where the clocks change, or the calendar ends."""
        start = datetime.fromisoformat(date_of_utc).replace(tzinfo=UTC)
        try:
            local = start.astimezone(self._zone)
            if (start + timedelta(days=1)).astimezone(self._zone).utcoffset() != local.utcoffset():
                return "", None
            passed = timedelta(hours=local.hour, minutes=local.minute, seconds=local.second)
            midnight = start + timedelta(days=1) - passed
        except OverflowError:
            return "", None
        return f"{midnight.isoformat()[:19]}Z", local.toordinal()


class Span(NamedTuple):
    """Instants from ``since`` on and before ``until``."""

    since: str
    until: str


def span_of(chosen: Scope, zone: tzinfo) -> Span:
    """Return the instants of a scope: its period, cut at the end of the as-of day."""
    last = chosen.as_of if chosen.until is None else min(chosen.as_of, chosen.until)
    return Span("" if chosen.since is None else begins(chosen.since, zone), ends(last, zone))


class Part(NamedTuple):
    """A period's number (``domain.periods``) and the instants of it that count."""

    number: int
    since: str
    until: str


def whole(span: Span) -> list[Part]:
    """Return everything as one period, number 0."""
    return [Part(0, span.since, span.until)]


def parts(
    connection: sqlite3.Connection, sources: Iterable[tuple[str, str]], span: Span, unit: str,
    zone: tzinfo,
) -> list[Part]:  # fmt: skip
    """Return the periods in which something happened, in order.

    ``sources`` are (table and condition, column of the instant), each with an index that begins
    with the column: one step through it a period, so that one wrong year costs nothing.
    """
    steps = [
        f"SELECT min({column}) FROM {table} {column} >= :since AND {column} < :until"
        for table, column in sources
    ]
    found: list[Part] = []
    at = span.since
    while True:
        bounds = {"since": at, "until": span.until}
        firsts = [connection.execute(step, bounds).fetchone()[0] for step in steps]
        first = min((instant for instant in firsts if instant is not None), default=None)
        if first is None:
            return found
        number = periods.number_of(day_of(first, zone), unit)
        # Where the clocks are set back over midnight, the hour that comes again is the new day's.
        while (until := ends(periods.last_day(number, unit), zone)) <= first:
            number += 1
        since = begins(periods.first_day(number, unit), zone)
        found.append(Part(number, max(since, span.since), min(until, span.until)))
        at = until


def number_sql(column: str, among: Sequence[Part]) -> tuple[str, dict[str, Any]]:
    """Return SQL for the number of the period in which an instant lies, and its parameters; the
    instant is known to lie in one of ``among``. A tree of comparisons: a dozen for ten years
    of days."""
    parameters: dict[str, Any] = {}

    def tree(low: int, high: int) -> str:
        if high - low == 1:
            return str(among[low].number)
        middle = (low + high) // 2
        parameters[f"b{middle}"] = among[middle].since
        return (
            f"CASE WHEN {column} < :b{middle} THEN {tree(low, middle)}"
            f" ELSE {tree(middle, high)} END"
        )

    return tree(0, len(among)), parameters


_STEP = timedelta(days=7)
_NUMBER = "CAST(julianday({column}) + {shift} AS INTEGER)"


def day_sql(column: str, first: str, last: str, zone: tzinfo) -> str:
    """Return SQL for the number of the local day (``date.toordinal()``) in which an instant lies
    that is known to be between ``first`` and ``last``.

    Where the clocks change in between, a tree of comparisons says by how much they differ from
    UTC: four for ten years.
    """
    spans = offsets(first, last, zone)

    def tree(low: int, high: int) -> str:
        if high - low == 1:
            # Half a second on: 02:00 + 22/24 of a day may come out a hair before midnight.
            return repr((spans[low][1] + 0.5) / 86_400 - 1_721_424.5)
        middle = (low + high) // 2
        return (
            f"CASE WHEN {column} < '{spans[middle][0]}' THEN {tree(low, middle)}"
            f" ELSE {tree(middle, high)} END"
        )

    return _NUMBER.format(column=column, shift=tree(0, len(spans)))


def offsets(first: str, last: str, zone: tzinfo) -> list[tuple[str, int]]:
    """Return the instants from ``first`` to ``last`` from which the clocks differ from UTC by
    another number of seconds; the first one stands for everything before it."""

    def at(instant: datetime) -> int:
        try:
            offset = instant.astimezone(zone).utcoffset()
        except OverflowError:
            offset = None
        return 0 if offset is None else int(offset.total_seconds())

    low, end = (
        datetime.fromisoformat(text if text[:1].isdigit() else "9999-12-31T23:59:59Z")
        for text in (first, last)
    )
    found = [(first, at(low))]
    if zone is UTC:
        return found
    while low < end:
        high = min(low + _STEP, end) if end - low > _STEP else end
        if at(high) != found[-1][1]:
            before, after = low, high
            while after - before > timedelta(seconds=1):
                middle = before + timedelta(seconds=(after - before).total_seconds() // 2)
                before, after = (before, middle) if at(middle) != found[-1][1] else (middle, after)
            found.append((f"{after.isoformat()[:19]}Z", at(after)))
            high = after
        low = high
    return found
