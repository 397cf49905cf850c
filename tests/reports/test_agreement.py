"""Summaries, days, purchases and plain Python give the same figures, whatever the purchases."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm_cli.domain import periods
from crm_cli.reports import (
    cohorts,
    repeat,
    sales_sums,
    scope,
    scoring,
    segment_lists,
    source,
)
from crm_cli.result import Report
from crm_cli.store import summaries
from tests.reports import ledger
from tests.reports.ledger import Ledger, Line

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path

CONTACTS = 7
KEYS = ("size", "active", "revenue")
START = date(2024, 11, 20)
RATE = ("CHF", "EUR", "2024-01-01", "0.9371")
FAR = Line(CONTACTS, date(2099, 1, 1), "sale", None, 1)
"""A purchase so late that summaries stand for no day asked about: the slower ways answer."""

days = st.integers(0, 140).map(lambda n: START + timedelta(days=n))
lines = st.builds(
    Line,
    contact=st.integers(1, CONTACTS),
    on=days,
    kind=st.sampled_from(["sale", "sale", "sale", "return"]),
    order_number=st.sampled_from([None, None, "A", "B"]),
    amount=st.sampled_from([0, 1, 50, 100, 101]),
    currency=st.just("EUR"),
)
foreign = st.tuples(lines, st.sampled_from(["EUR", "CHF"])).map(
    lambda pair: pair[0]._replace(currency=pair[1])
)
steady = settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def look(as_of: date) -> scope.Scope:
    return scope.Scope(as_of=as_of, since=None, until=None, home="EUR")


def in_home(line: Line) -> Line:
    """Convert by the definition: at the day's rate, half up, once per row."""
    if line.currency == "EUR":
        return line
    exact = Fraction(line.amount) * Fraction(RATE[3])
    return line._replace(amount=int(exact + Fraction(1, 2)), currency="EUR")


def check_segments(
    connection: sqlite3.Connection, known: list[Line], as_of: date, *, current: bool
) -> None:
    chosen = look(as_of)
    scored = scoring.score(connection, chosen, ())
    assert scored.is_current is current
    rows = segment_lists.member_rows(connection, chosen, scored, None)
    expected = ledger.scored(known, as_of)
    assert {row[0]: (row[2], row[3], row[6], row[7], row[8]) for row in rows} == {
        contact: (r, f, *scores) for contact, (r, f, _, *scores) in expected.items()
    }
    assert {row[0]: round(float(row[4]) * 100) for row in rows} == {
        contact: figures[2] for contact, figures in expected.items()
    }
    assert [row[9] for row in rows] == [ledger.segment_of(expected[row[0]][3:]) for row in rows]


def check_retention(connection: sqlite3.Connection, known: list[Line], as_of: date) -> None:
    for unit in cohorts.UNITS:
        for rolling in (False, True):
            expected = ledger.retention(known, as_of, unit, rolling=rolling)
            for measure in cohorts.MEASURES:
                grid = cohorts.read_grid(connection, look(as_of), unit, measure, rolling=rolling)
                found: dict[int, Any] = {}
                for row in cohorts.read_cohorts(grid, look(as_of), unit, rolling=rolling):
                    found[row.number] = {"size": row.size, "active": row.active}
                    if measure == "revenue":
                        found[row.number]["revenue"] = row.revenue
                keys = ("size", "active") if measure == "customers" else KEYS
                assert found == {
                    cohort: {key: row[key] for key in keys} for cohort, row in expected.items()
                }


@steady
@given(batches=st.lists(st.lists(lines, min_size=1, max_size=8), min_size=1, max_size=5), past=days)
def test_one_currency(tmp_path: Path, batches: list[list[Line]], past: date) -> None:
    """As of today the summaries answer, for a past day the days; both as defined."""
    with_ledger = Ledger(ledger.session(tmp_path).reader, CONTACTS)
    known: list[Line] = []
    for batch in batches:
        with_ledger.add(batch)
        known += batch
    assert summaries.differences(with_ledger.connection) == []
    newest = max(line.on for line in known)
    for as_of in (newest, newest + timedelta(days=40)):
        check_segments(with_ledger.connection, known, as_of, current=True)
        check_retention(with_ledger.connection, known, as_of)
    with_ledger.add([FAR])
    for as_of in (past, newest):
        check_segments(with_ledger.connection, known, as_of, current=False)
        with pytest.MonkeyPatch.context() as patch:
            # Where many purchases lie after the day, everybody's figures are those of the days.
            patch.setattr(scoring, "FEW", -1)
            check_segments(with_ledger.connection, known, as_of, current=False)
        check_retention(with_ledger.connection, known, as_of)


@steady
@given(known=st.lists(foreign, min_size=1, max_size=25), past=days)
def test_several_currencies(tmp_path: Path, known: list[Line], past: date) -> None:
    """Amounts are converted row by row, whichever way the figures are read."""
    with_ledger = Ledger(ledger.session(tmp_path).reader, CONTACTS)
    with_ledger.connection.execute(
        "INSERT INTO currency_rates (base, quote, valid_on, rate) VALUES (?, ?, ?, ?)", RATE
    )
    # One more customer in each currency, so that several meet however the rest was drawn.
    known = [
        *known,
        Line(1, START, "sale", None, 7, "EUR"),
        Line(2, START, "sale", None, 9, "CHF"),
    ]
    with_ledger.add(known)
    converted = [in_home(line) for line in known]
    assert summaries.differences(with_ledger.connection) == []
    for as_of in (past, START + timedelta(days=150)):
        check_segments(with_ledger.connection, converted, as_of, current=False)
        check_retention(with_ledger.connection, converted, as_of)


@steady
@given(known=st.lists(lines, min_size=1, max_size=25), chosen=st.data())
def test_summaries_follow_every_change(
    tmp_path: Path, known: list[Line], chosen: st.DataObject
) -> None:
    """After deletions and moves between contacts the summaries are those of what is left."""
    with_ledger = Ledger(ledger.session(tmp_path).reader, CONTACTS)
    living = dict(zip(with_ledger.add(known), known, strict=True))
    for _ in range(4):
        if not living:
            break
        row_id = chosen.draw(st.sampled_from(sorted(living)))
        if chosen.draw(st.booleans()):
            with_ledger.delete(row_id, living.pop(row_id).contact)
        else:
            receiver = chosen.draw(st.integers(1, CONTACTS))
            with_ledger.give(row_id, living[row_id].contact, receiver)
            living[row_id] = living[row_id]._replace(contact=receiver)
        assert summaries.differences(with_ledger.connection) == []
    if living:
        left = list(living.values())
        newest = max(line.on for line in left)
        check_segments(with_ledger.connection, left, newest, current=True)
        check_retention(with_ledger.connection, left, newest)


@steady
@given(known=st.lists(lines, min_size=1, max_size=25), as_of=days)
def test_repeat(tmp_path: Path, known: list[Line], as_of: date) -> None:
    """Repeaters, gaps and the way to the second order, as defined."""
    session = ledger.session(tmp_path)
    Ledger(session.reader, CONTACTS).add(known)
    request = repeat.RepeatRequest(bounds=scope.Bounds(as_of=as_of.isoformat()))
    report = repeat.report(session, request).body
    assert isinstance(report, Report)
    bought = ledger.orders([line for line in known if line.on <= as_of])
    gaps = sorted(
        (later - earlier).days
        for found in bought.values()
        for earlier, later in zip(sorted(set(found)), sorted(set(found))[1:], strict=False)
    )
    seconds = sorted((found[1] - found[0]).days for found in bought.values() if len(found) > 1)
    totals = report.totals
    assert totals["customers"] == len(bought)
    assert totals["repeaters"] == sum(len(found) > 1 for found in bought.values())
    assert totals["repeaters_by_day"] == sum(len(set(found)) > 1 for found in bought.values())
    assert totals["gaps"] == len(gaps)
    assert totals["median_gap_days"] == middle(gaps)
    assert totals["median_days_to_second"] == middle(seconds)
    assert [row["at_least"] for row in report.rows] == [
        sum(len(found) >= number for found in bought.values()) for number in range(1, 11)
    ]


@steady
@given(known=st.lists(lines, min_size=1, max_size=25), as_of=days, since=st.none() | days)
def test_sales(tmp_path: Path, known: list[Line], as_of: date, since: date | None) -> None:
    """By period, the days and the purchases give the same sums, those of the definition."""
    connection = ledger.session(tmp_path).reader
    Ledger(connection, CONTACTS).add(known)
    first = since or date.min
    kept = [line for line in known if first <= line.on <= as_of]
    begun = [day for found in ledger.orders(known).values() for day in found]
    chosen = scope.Scope(as_of=as_of, since=since, until=None, home="EUR")
    for unit in periods.UNITS:
        expected: dict[int, list[int]] = {}
        for line in kept:
            sums = expected.setdefault(periods.number_of(line.on, unit), [0, 0, 0])
            sums[1] += ledger.money(line)
            sums[2] += line.amount if line.kind == "return" else 0
        for day in begun:
            if first <= day <= as_of:
                expected[periods.number_of(day, unit)][0] += 1
        wanted = {(number, None): sums for number, sums in expected.items()}
        orders = sum(sums[0] for sums in expected.values())
        by_days = sales_sums.from_days(connection, chosen, unit)
        bounds = sales_sums.bounded(chosen)
        found = source.lines(connection, bounds, chosen.home, bounds["as_of"])
        by_lines = sales_sums.from_lines(connection, chosen, found, unit)
        assert (by_days.by_cell, by_days.orders) == (wanted, orders)
        assert (by_lines.by_cell, by_lines.orders) == (wanted, orders)


def middle(values: list[int]) -> float | None:
    if not values:
        return None
    half = len(values) // 2
    return values[half] if len(values) % 2 else (values[half - 1] + values[half]) / 2
