"""The reports on talks against a slow reading of their definitions, over any store; and each cell
against the records that explain it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm_cli.domain import periods
from crm_cli.reports import activity, activity_sums, channels, evidence, explain, promises, quiet
from crm_cli.reports.scope import Bounds
from crm_cli.result import Report, Table
from crm_cli.store import activity as summary
from crm_cli.store.batch import Batch
from tests.reports import ledger
from tests.reports.ledger import Ledger, Line

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from crm_cli.session import Session

CONTACTS = 5
PEOPLE = ("zoe", "max", None)
TODAY = date(2026, 6, 15)
ZONES = ("America/Denver", "Asia/Kathmandu", "America/Havana", "UTC")
"""Havana sets its clocks forward at midnight: that midnight does not exist."""


class Talk(NamedTuple):
    """One interaction; ``at`` is naive UTC."""

    contact: int
    at: datetime
    channel: str
    direction: str
    outcome: str | None
    sentiment: int | None
    minutes: int | None
    by: str | None
    others: frozenset[int]


class FollowUp(NamedTuple):
    """One follow-up; ``talk`` is the place of the talk in which it was made."""

    contact: int
    kind: str
    due_on: date
    state: str
    created_at: datetime
    closed_at: datetime
    by: str | None
    talk: int | None


# Instants near midnights of the zones, and near the nights their clocks change.
instants = st.builds(
    lambda day, minutes: datetime(2026, 2, 25) + timedelta(days=day, minutes=minutes),  # noqa: DTZ001
    st.integers(0, 105),
    st.sampled_from([0, 1, 239, 240, 299, 300, 359, 360, 419, 420, 1094, 1095, 1439, 720]),
)
talks = st.builds(
    Talk,
    contact=st.integers(1, CONTACTS),
    at=instants,
    channel=st.sampled_from(["call", "call", "email", "note"]),
    direction=st.sampled_from(["in", "out", "out", "none"]),
    outcome=st.sampled_from([None, "reached", "no-answer"]),
    sentiment=st.sampled_from([None, -2, 1]),
    minutes=st.sampled_from([None, 0, 7]),
    by=st.sampled_from(PEOPLE),
    others=st.frozensets(st.integers(1, CONTACTS), max_size=2),
)
follow_ups = st.builds(
    FollowUp,
    contact=st.integers(1, CONTACTS),
    kind=st.sampled_from(["task", "promise", "promise"]),
    due_on=st.integers(0, 120).map(lambda day: date(2026, 2, 25) + timedelta(days=day)),
    state=st.sampled_from(["open", "done", "done", "cancelled"]),
    created_at=instants,
    closed_at=instants,
    by=st.sampled_from(PEOPLE),
    talk=st.sampled_from([None, 0, 1]),
)
steady = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
days = st.integers(0, 110).map(lambda day: date(2026, 2, 26) + timedelta(days=day))


def text(at: datetime) -> str:
    return f"{at.isoformat(timespec='seconds')}Z"


def store(
    folder: Path, zone: str, said: Sequence[Talk], due: Sequence[FollowUp]
) -> tuple[Session, list[FollowUp]]:
    """Return a session over a store that holds these, and the follow-ups with talks that exist."""
    session = ledger.session(folder)
    connection = session.reader
    connection.execute("INSERT INTO settings (key, value) VALUES ('timezone', ?)", (zone,))
    session.forget_settings()
    Ledger(connection, CONTACTS).add([Line(2, date(2026, 3, 3), "sale", None, 500)])
    connection.executescript(
        """
        UPDATE contacts SET created_at = '2026-02-25T12:00:00Z', updated_at = created_at;
        UPDATE contacts SET role = 'prospect' WHERE id IN (2, 3);
        UPDATE contacts SET archived_at = '2026-04-10T12:00:00Z' WHERE id = 4;
        """
    )
    for number, talk in enumerate(said, 1):
        connection.execute(
            "INSERT INTO interactions (id, uid, contact_id, happened_at, channel, direction,"
            " outcome, sentiment, duration_minutes, by_name, created_at, updated_at)"
            " VALUES (?, '', ?, ?, ?, ?, ?, ?, ?, ?, '', '')",
            (number, talk.contact, text(talk.at), talk.channel, talk.direction, talk.outcome,
             talk.sentiment, talk.minutes, talk.by),
        )  # fmt: skip
        connection.executemany(
            "INSERT INTO interaction_participants (interaction_id, contact_id) VALUES (?, ?)",
            [(number, other) for other in talk.others - {talk.contact}],
        )
    kept = []
    for number, one in enumerate(due, 1):
        talk_number = one.talk if one.talk is not None and one.talk < len(said) else None
        kept.append(one._replace(talk=talk_number))
        connection.execute(
            "INSERT INTO follow_ups (id, uid, contact_id, kind, due_on, text, state, done_at,"
            " done_by, owner, interaction_id, created_at, updated_at)"
            " VALUES (?1, 'f' || ?1, ?, ?, ?, 'x', ?, ?, ?, ?, ?, ?, ?)",
            (number, one.contact, one.kind, one.due_on.isoformat(), one.state,
             text(one.closed_at) if one.state == "done" else None,
             one.by if one.state == "done" else None, one.by,
             None if talk_number is None else talk_number + 1, text(one.created_at),
             text(one.closed_at)),
        )  # fmt: skip
    batch = Batch()
    summary.rebuild(batch)
    batch.run(connection)
    return session, kept


def local(at: datetime, zone: str) -> date:
    return at.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).date()


def body(result: Any) -> Report:
    assert isinstance(result.body, Report)
    return result.body


def explained(session: Session, name: str, cell: str, bounds: Bounds, **asked: Any) -> Table:
    request = evidence.ExplainRequest(name=name, cell=cell, bounds=bounds, **asked)
    table = explain.report(session, request).body
    assert isinstance(table, Table)
    return table


# -- activity -------------------------------------------------------------------------------------


def group(talk: Talk, of: str) -> Iterable[Any]:
    if of == "contact":
        return {talk.contact, *talk.others}
    return [
        {"person": talk.by, "channel": talk.channel, "outcome": talk.outcome, "total": None}[of]
    ]


def figures(said: Iterable[Talk]) -> tuple[int, ...]:
    known = list(said)
    return (
        len(known),
        sum(talk.direction == "in" for talk in known),
        sum(talk.direction == "out" for talk in known),
        len({who for talk in known for who in (talk.contact, *talk.others)}),
        sum(talk.minutes or 0 for talk in known),
    )


class Asked(NamedTuple):
    """What a report was asked, and by whose clock."""

    zone: str
    as_of: date
    since: date | None
    unit: str | None = None
    of: str = "person"
    among: frozenset[int] | None = None
    by: str = "contact"

    @property
    def bounds(self) -> Bounds:
        return Bounds(
            as_of=self.as_of.isoformat(),
            since=None if self.since is None else self.since.isoformat(),
            where=None if self.among is None else "id in (1, 3)",
        )

    def counts(self, day: date) -> bool:
        return day <= self.as_of and (self.since is None or day >= self.since)

    def period(self, day: date) -> int | None:
        return None if self.unit is None else periods.number_of(day, self.unit)


asked_of_all = st.builds(
    Asked,
    zone=st.sampled_from(ZONES),
    as_of=days,
    since=st.one_of(st.none(), days),
    unit=st.sampled_from([None, "day", "week", "month", "quarter", "year"]),
    of=st.sampled_from(sorted(activity_sums.DIMENSIONS)),
    among=st.sampled_from([None, frozenset({1, 3})]),
    by=st.sampled_from(promises.GROUPS),
).map(lambda one: one._replace(since=None if one.since is None else min(one.since, one.as_of)))

WITH_DONE = {"person", "contact", "total"}
NAMES = ("interactions", "in", "out", "contacts", "minutes")


def in_cells(said: Iterable[Talk], asked: Asked) -> dict[Any, list[Talk]]:
    """Return (period, group) -> talks, and (None, everything) under ``"all"``."""
    cells: dict[Any, list[Talk]] = defaultdict(list)
    for talk in said:
        who = {talk.contact, *talk.others} & (asked.among or frozenset(range(CONTACTS + 1)))
        day = local(talk.at, asked.zone)
        if not who or not asked.counts(day):
            continue
        mine = talk._replace(contact=min(who), others=frozenset(who))
        cells["all"].append(mine)
        for value in group(mine, asked.of):
            cells[asked.period(day), value].append(mine)
    return cells


def done_in_cells(due: Iterable[FollowUp], asked: Asked) -> dict[Any, int]:
    done: dict[Any, int] = defaultdict(int)
    for one in due:
        day = local(one.closed_at, asked.zone)
        left_out = asked.among is not None and one.contact not in asked.among
        if one.state != "done" or not asked.counts(day) or left_out or asked.of not in WITH_DONE:
            continue
        value = {"person": one.by, "contact": one.contact}.get(asked.of)
        done[asked.period(day), value] += 1
    return done


def key_of(asked: Asked) -> str:
    return {"person": "by", "contact": "contact_id"}.get(asked.of, asked.of)


@steady
@given(said=st.lists(talks, max_size=14), due=st.lists(follow_ups, max_size=5), asked=asked_of_all)
def test_activity_is_what_its_definition_says(
    tmp_path: Path, said: list[Talk], due: list[FollowUp], asked: Asked
) -> None:
    session, kept = store(tmp_path, asked.zone, said, due)
    request = activity.ActivityRequest(bounds=asked.bounds, by=asked.unit, of=asked.of)
    report = body(activity.report(session, request))
    found = {}
    for row in report.rows:
        number = periods.number_of_label(row["period"], asked.unit) if asked.unit else None
        numbers = tuple(row.get(name) for name in (*NAMES, "follow_ups_done"))
        if any(numbers):
            found[number, row.get(key_of(asked))] = numbers
    cells, done = in_cells(said, asked), done_in_cells(kept, asked)
    everything = cells.pop("all", [])
    expected = {}
    for cell in cells.keys() | done.keys():
        count, incoming, outgoing, contacts, minutes = figures(cells[cell])
        expected[cell] = (
            count, incoming, outgoing, None if asked.of == "contact" else contacts, minutes,
            done[cell] if asked.of in WITH_DONE else None,
        )  # fmt: skip
    assert found == expected
    assert tuple(report.totals[name] for name in NAMES) == figures(everything)
    explain_each(session, report, asked)


def explain_each(session: Session, report: Report, asked: Asked) -> None:
    """Every cell is explained by as many records as it says."""
    for row in report.rows:
        value = row.get(key_of(asked))
        name = "(none)" if value is None else f"#{value}" if asked.of == "contact" else str(value)
        parts = (row.get("period"), None if asked.of == "total" else name)
        label = "/".join(filter(None, parts)) or "all"
        if not row["interactions"] and not row.get("follow_ups_done"):
            continue
        for column in {"interactions", "in", "out", "contacts", "follow_ups_done"} & row.keys():
            table = explained(
                session, "activity", f"{label}:{column}", asked.bounds, by=asked.unit, of=asked.of
            )
            assert len(table.rows) == row[column]


# -- channels -------------------------------------------------------------------------------------


@steady
@given(
    said=st.lists(talks, max_size=14), asked=asked_of_all, where=st.sampled_from([None, "id > 0"])
)
def test_channels_are_what_their_definition_says(
    tmp_path: Path, said: list[Talk], asked: Asked, where: str | None
) -> None:
    session, _ = store(tmp_path, asked.zone, said, [])
    bounds = replace(asked.bounds, where=where)
    report = body(channels.report(session, channels.ChannelsRequest(bounds=bounds)))
    chosen = [talk for talk in said if asked.counts(local(talk.at, asked.zone))]
    for row in (*report.rows, {"channel": None, **report.totals}):
        mine = [talk for talk in chosen if row["channel"] in {None, talk.channel}]
        assert tuple(row[name] for name in NAMES) == figures(mine)
        felt = [talk.sentiment for talk in mine if talk.sentiment is not None]
        out = [talk for talk in mine if talk.direction == "out"]
        reached = sum(talk.outcome == "reached" for talk in out)
        assert row["reached"] == reached
        assert row["reached_rate"] == (pytest.approx(reached / len(out), abs=5e-5) if out else None)
        assert row["sentiments"] == len(felt)
        assert row["sentiment"] == (
            pytest.approx(sum(felt) / len(felt), abs=0.00501) if felt else None
        )
        ended = [talk.outcome for talk in mine if talk.outcome]
        assert row["with_outcome"] == len(ended)
        for outcome, share in row["outcomes"].items():
            assert share == (
                pytest.approx(ended.count(outcome) / len(ended), abs=5e-5) if ended else None
            )
            table = explained(
                session, "channels", f"{row['channel'] or 'all'}:outcome_{outcome}", bounds
            )
            assert len(table.rows) == ended.count(outcome)
        for column in (*NAMES[:4], "reached", "sentiments", "with_outcome"):
            table = explained(session, "channels", f"{row['channel'] or 'all'}:{column}", bounds)
            assert len(table.rows) == row[column]
    assert {row["channel"] for row in report.rows} == {talk.channel for talk in chosen}


# -- quiet ----------------------------------------------------------------------------------------


@steady
@given(
    zone=st.sampled_from(ZONES), said=st.lists(talks, max_size=14),
    due=st.lists(follow_ups, max_size=5), as_of=st.one_of(days, st.just(TODAY)),
    idle=st.integers(1, 60),
)  # fmt: skip
def test_quiet_is_what_its_definition_says(
    tmp_path: Path, zone: str, said: list[Talk], due: list[FollowUp], as_of: date, idle: int
) -> None:
    session, kept = store(tmp_path, zone, said, due)
    bounds = Bounds(as_of=as_of.isoformat())
    report = body(quiet.report(session, quiet.QuietRequest(bounds=bounds, idle=idle)))
    expected = {}
    customers = 0
    for who in range(1, CONTACTS + 1):
        ordered = who == 2 and as_of >= date(2026, 3, 3)
        archived = who == 4 and local(datetime(2026, 4, 10, 12), zone) <= as_of  # noqa: DTZ001
        if archived or not (ordered or who not in {2, 3}):
            continue
        customers += 1
        spoken = [
            local(talk.at, zone) for talk in said
            if who in {talk.contact, *talk.others} and talk.direction != "none"
            and talk.channel != "note" and local(talk.at, zone) <= as_of
        ]  # fmt: skip
        began = max(spoken) if spoken else local(datetime(2026, 2, 25, 12), zone)  # noqa: DTZ001
        if (as_of - began).days < idle:
            continue
        open_then = [
            one.due_on.isoformat() for one in kept
            if one.contact == who
            and (one.state == "open" or (
                one.state == "done" and as_of < TODAY and local(one.closed_at, zone) > as_of))
            and (as_of == TODAY or local(one.created_at, zone) <= as_of)
        ]  # fmt: skip
        expected[who] = ((as_of - began).days, not spoken, min(open_then, default=None))
    assert {
        row["contact_id"]: (row["silence_days"], row["never"], row["next_follow_up_on"])
        for row in report.rows
    } == expected
    assert report.totals["customers"] == customers
    assert report.totals["quiet"] == len(expected)
    for column in ("customers", "quiet", "never"):
        table = explained(session, "quiet", f"all:{column}", bounds, idle=idle)
        assert len(table.rows) == report.totals[column]
    for row in report.rows:
        cell = f"#{row['contact_id']}"
        table = explained(session, "quiet", f"{cell}:silence_days", bounds, idle=idle)
        assert bool(table.rows) is not row["never"]
        if table.rows:
            assert table.rows[-1][1] == row["last_contacted_at"]
        table = explained(session, "quiet", f"{cell}:next_follow_up_on", bounds, idle=idle)
        assert min((one[4] for one in table.rows), default=None) == row["next_follow_up_on"]
        table = explained(session, "quiet", f"{cell}:orders", bounds, idle=idle)
        assert len(table.rows) == row["orders"]


# -- promises -------------------------------------------------------------------------------------


@steady
@given(
    said=st.lists(talks, min_size=2, max_size=2), due=st.lists(follow_ups, max_size=9),
    asked=asked_of_all,
)  # fmt: skip
def test_promises_are_what_their_definition_says(
    tmp_path: Path, said: list[Talk], due: list[FollowUp], asked: Asked
) -> None:
    session, kept = store(tmp_path, asked.zone, said, due)
    as_of, by, zone = asked.as_of, asked.by, asked.zone
    bounds = replace(asked.bounds, where=None)
    report = body(promises.report(session, promises.PromisesRequest(bounds=bounds, by=by)))
    expected: dict[Any, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for one in kept:
        made = one.created_at if one.talk is None else said[one.talk].at
        made_on = local(made, zone)
        if one.kind != "promise" or not asked.counts(made_on):
            continue
        closed_on = local(one.closed_at, zone)
        if one.state == "cancelled" and closed_on <= as_of:
            state = "cancelled"
        elif one.state == "done" and closed_on <= as_of:
            state = "kept" if closed_on <= one.due_on else "late"
        else:
            state = "open" if one.due_on >= as_of else "late"
        expected[one.contact if by == "contact" else one.by][state] += 1
    key = "contact_id" if by == "contact" else "owner"
    assert {row[key]: {state: row[state] for state in promises.STATES if row[state]}
            for row in report.rows} == expected  # fmt: skip
    for row in report.rows:
        assert row["made"] == sum(row[state] for state in promises.STATES)
        base = row["kept"] + row["late"]
        assert row["kept_rate"] == (pytest.approx(row["kept"] / base, abs=5e-5) if base else None)
        name = row[key]
        cell = "(none)" if name is None else f"#{name}" if by == "contact" else name
        for column in ("made", *promises.STATES):
            table = explained(session, "promises", f"{cell}:{column}", bounds, by=by)
            assert len(table.rows) == row[column]
