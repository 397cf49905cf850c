"""Working days and hours: which days are worked, how long from one instant to another, and how
work is spread so that no day gets more than it needs to.

A day is worked if its weekday has working hours and it is no holiday. Hours are those of the
wall clock of a zone, so that a day on which the clocks change is as long as it really is.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from crm_cli import errors
from crm_cli.domain.business import parse_holidays, parse_working_hours

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import tzinfo

    from crm_cli.domain.business import Opening

Item = TypeVar("Item")

LONGEST_BREAK = 400
"""Days without a working one between; more holidays than that in a row count as worked."""


class Interval(NamedTuple):
    """Working time without a break, from one instant (UTC) to another."""

    since: datetime
    until: datetime

    @property
    def minutes(self) -> int:
        """Return its length in whole minutes."""
        return int((self.until - self.since).total_seconds()) // 60


class WorkingDays:
    """The working days of a business, from its settings ``working_hours`` and ``holidays``."""

    def __init__(self, working_hours: str, holidays: str = "") -> None:
        self._hours: dict[int, list[Opening]] = {}
        for opening in parse_working_hours(working_hours):
            self._hours.setdefault(opening.weekday, []).append(opening)
        self._holidays = holidays
        self._by_year: dict[int, frozenset[date]] = {}

    def is_working_day(self, day: date) -> bool:
        """Say whether a day is worked."""
        if day.weekday() not in self._hours:
            return False
        days = self._by_year.get(day.year)
        if days is None:
            days = self._by_year[day.year] = parse_holidays(self._holidays, day.year)
        return day not in days

    def on_or_after(self, day: date) -> date:
        """Return the day itself if it is worked, else the next that is; the day itself too where
        there is none within ``LONGEST_BREAK`` days or before the calendar ends."""
        found = day
        for _ in range(LONGEST_BREAK):
            if self.is_working_day(found):
                return found
            if found == date.max:
                break
            found += timedelta(days=1)
        return day

    def next_working_day(self, day: date) -> date:
        """Return the first working day after a day. Raises InvalidValue where the calendar
        ends."""
        if day == date.max:
            raise errors.InvalidValue(f"there is no day after {day}")
        return self.on_or_after(day + timedelta(days=1))

    def add(self, day: date, count: int) -> date:
        """Return the ``count``-th working day after a day (0: itself, or the next that is
        worked). Raises InvalidValue where the calendar ends."""
        found = self.on_or_after(day) if not count else day
        for _ in range(count):
            found = self.next_working_day(found)
        return found

    def window(self, day: date, count: int) -> tuple[date, ...]:
        """Return ``count`` working days in a row, from a day on; fewer where the calendar ends."""
        days = [self.on_or_after(day)]
        while len(days) < count and days[-1] < date.max:
            days.append(self.next_working_day(days[-1]))
        return tuple(days)

    def intervals(self, since: datetime, until: datetime, zone: tzinfo) -> Iterator[Interval]:
        """Yield the working time between two instants, in order; none where ``until`` is not
        later. An hour that the clocks skip is not there, one that comes twice counts twice."""
        if until <= since:
            return
        day, last = since.astimezone(zone).date(), until.astimezone(zone).date()
        while day <= last:
            if self.is_working_day(day):
                for opening in self._hours[day.weekday()]:
                    begins = max(_instant(day, opening.opens, zone), since)
                    ends = min(_closing(day, opening.closes, zone), until)
                    if begins < ends:
                        yield Interval(begins.astimezone(UTC), ends.astimezone(UTC))
            if day == date.max:
                return
            day += timedelta(days=1)

    def minutes(self, since: datetime, until: datetime, zone: tzinfo) -> int:
        """Return the working minutes between two instants, whole ones."""
        seconds = sum(
            (interval.until - interval.since).total_seconds()
            for interval in self.intervals(since, until, zone)
        )
        return int(seconds) // 60


def _instant(day: date, at: time, zone: tzinfo) -> datetime:
    # fold=0: a time that the clocks skip is moved forward by as much, one that comes twice is
    # the first.
    return datetime.combine(day, at, zone).astimezone(UTC)


def _closing(day: date, at: time | None, zone: tzinfo) -> datetime:
    if at is not None:
        # Of a time that comes twice the second.
        wall = datetime.combine(day, at, zone)
        return max(wall.astimezone(UTC), wall.replace(fold=1).astimezone(UTC))
    if day == date.max:
        return datetime.combine(day, time(23, 59, 59), zone).astimezone(UTC)
    return _instant(day + timedelta(days=1), time(), zone)


# -- spreading --------------------------------------------------------------------------------


def level(
    count: int, window: Sequence[date], load: Mapping[date, int], comfortable: int = 1
) -> list[date]:
    """Return the days for ``count`` items, earliest first, so that none of the days in
    ``window`` has to take more than needed beside its ``load``.

    Days are filled evenly, but up to ``comfortable`` one after the other: so many on a day are no
    crowd. Raises InvalidValue for items without a window.
    """
    if not count:
        return []
    if not window:
        raise errors.InvalidValue("there is no day to choose from")
    taken = [load.get(day, 0) for day in window]
    most = _least(taken, count)
    if most <= comfortable:
        places = [max(comfortable - held, 0) for held in taken]
    else:
        places = [max(most - 1 - held, 0) for held in taken]
        left = count - sum(places)
        for at, held in enumerate(taken):
            if left and held < most:
                places[at] += 1
                left -= 1
    days = [day for day, free in zip(window, places, strict=True) for _ in range(free)]
    return days[:count]


def _least(taken: Sequence[int], count: int) -> int:
    """Return the smallest number a day that leaves ``count`` places over all days."""
    low, high = min(taken) + 1, min(taken) + count
    while low < high:
        middle = (low + high) // 2
        if sum(max(middle - held, 0) for held in taken) >= count:
            high = middle
        else:
            low = middle + 1
    return low


def spread(
    items: Sequence[Item], window: Callable[[Item], tuple[date, ...]], load: dict[date, int],
    comfortable: int = 1,
) -> list[tuple[Item, date]]:  # fmt: skip
    """Return each item with its day, and add them to ``load``.

    ``items`` stand in the order of their priority, and of those with the same ``window`` the
    first gets the earliest day. Windows are filled from the one that begins first: what is
    decided for one stands for the next.
    """
    groups: dict[tuple[date, ...], list[Item]] = {}
    for item in items:
        groups.setdefault(window(item), []).append(item)
    placed: list[tuple[Item, date]] = []
    for days, members in sorted(groups.items(), key=lambda group: group[0]):
        for item, day in zip(members, level(len(members), days, load, comfortable), strict=True):
            load[day] = load.get(day, 0) + 1
            placed.append((item, day))
    return placed
