"""The reports on how leads go against a slow reading of their definitions, over any history and
any day; and each cell against the records that explain it."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm_cli.reports import (
    evidence,
    explain,
    funnel,
    losses,
    sources,
    stranded,
    velocity,
    workload,
)
from crm_cli.reports.scope import Bounds
from crm_cli.result import Report, Table
from tests.reports import ledger
from tests.reports.lead_rows import STAGES
from tests.reports.ledger import Ledger, Line

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from crm_cli.result import Result
    from crm_cli.session import Session

TODAY = date(2026, 6, 15)
ZONES = ("America/Denver", "America/Havana", "Asia/Kathmandu", "UTC")
OPEN = ("new", "contacted", "qualified", "proposal", "negotiation")
ODDS = dict(zip(OPEN, (1000, 2000, 4000, 6000, 8000), strict=True))
ROTTEN = dict(zip(OPEN, (14, 14, 21, 21, 14), strict=True))
OWNERS = ("zoe", "max", None)
RATES = {date(2026, 1, 1): Fraction("0.95"), date(2026, 4, 1): Fraction("1.05")}
"""What a franc cost in euros from these days on."""


class Terms(NamedTuple):
    """What a lead promised: value in cents, its own odds."""

    value: int | None
    currency: str
    probability: int | None
    owner: str | None


class Stay(NamedTuple):
    """A stage and the instant (naive UTC) it was entered."""

    stage: str
    at: datetime
    reason: str | None


class Lead(NamedTuple):
    """A lead: its stays in order, former terms until an instant, the present ones."""

    contact: int
    stays: tuple[Stay, ...]
    former: tuple[tuple[datetime, Terms], ...]
    present: Terms
    source: str | None


class Step(NamedTuple):
    """A follow-up, tied to the lead of this number or to none."""

    contact: int
    lead: int | None
    kind: str
    due_on: date
    owner: str | None
    state: str
    created_at: datetime
    closed_at: datetime


instants = st.builds(
    lambda day, minutes: datetime(2026, 2, 25) + timedelta(days=day, minutes=minutes),  # noqa: DTZ001
    st.integers(0, 105),
    st.sampled_from([0, 239, 240, 299, 300, 359, 360, 419, 420, 1094, 1095, 1439, 720]),
)
terms = st.builds(
    Terms,
    value=st.sampled_from([None, 1, 333, 100_00, 250_00]),
    currency=st.sampled_from(["EUR", "EUR", "CHF"]),
    probability=st.sampled_from([None, None, 0, 9900]),
    owner=st.sampled_from(OWNERS),
)


@st.composite
def histories(draw: st.DrawFn) -> Lead:
    """Draw a lead: any way through the stages, closed and reopened now and then."""
    times = sorted(draw(st.lists(instants, min_size=1, max_size=6)))
    stays: list[Stay] = []
    for at in times:
        choices = OPEN if stays and stays[-1].stage not in OPEN else (*OPEN, "won", "lost", "lost")
        stage = draw(st.sampled_from(choices))
        reason = draw(st.sampled_from([None, "price", "timing"])) if stage == "lost" else None
        stays.append(Stay(stage, at, reason))
    changed = sorted(draw(st.lists(instants, max_size=2)))
    return Lead(
        draw(st.integers(1, 3)), tuple(stays), tuple((at, draw(terms)) for at in changed),
        draw(terms), draw(st.sampled_from(["web", "fair", None])),
    )  # fmt: skip


steps = st.builds(
    Step,
    contact=st.integers(1, 3),
    lead=st.sampled_from([None, 1, 1, 2, 3]),
    kind=st.sampled_from(["task", "promise"]),
    due_on=st.integers(0, 120).map(lambda day: date(2026, 2, 25) + timedelta(days=day)),
    owner=st.sampled_from(OWNERS),
    state=st.sampled_from(["open", "open", "done", "cancelled"]),
    created_at=instants,
    closed_at=instants,
)
days = st.integers(0, 110).map(lambda day: date(2026, 2, 26) + timedelta(days=day))
steady = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


class World(NamedTuple):
    """Leads and follow-ups by number, and the day they are asked about."""

    leads: dict[int, Lead]
    steps: dict[int, Step]
    zone: str
    as_of: date
    since: date | None

    @property
    def bounds(self) -> Bounds:
        """The bounds as they are typed."""
        return Bounds(
            as_of=self.as_of.isoformat(),
            since=None if self.since is None else self.since.isoformat(),
        )

    def on(self, at: datetime) -> date:
        """The local day of an instant."""
        return at.replace(tzinfo=UTC).astimezone(ZoneInfo(self.zone)).date()

    def within(self, at: datetime) -> bool:
        """Whether an instant lies in the period, cut at the as-of day."""
        return (self.since is None or self.since <= self.on(at)) and self.on(at) <= self.as_of


worlds = st.builds(
    lambda leads, due, zone, as_of, since: World(
        dict(enumerate(leads, 1)), dict(enumerate(due, 1)), zone, as_of,
        None if since is None or since > as_of else since,
    ),
    st.lists(histories(), max_size=6),
    st.lists(steps, max_size=6),
    st.sampled_from(ZONES),
    st.one_of(days, st.just(TODAY)),
    st.one_of(st.none(), days),
)  # fmt: skip


def text(at: datetime) -> str:
    return f"{at.isoformat(timespec='seconds')}Z"


_OPEN: list[Session] = []


def store(folder: Path, world: World) -> Session:
    while _OPEN:
        _OPEN.pop().close()  # hundreds of stores in memory would be gigabytes
    session = ledger.session(folder)
    _OPEN.append(session)
    connection = session.reader
    connection.execute("INSERT INTO settings (key, value) VALUES ('timezone', ?)", (world.zone,))
    session.forget_settings()
    Ledger(connection, 3).add([Line(2, date(2026, 3, 3), "sale", None, 500)])
    connection.execute("UPDATE contacts SET owner = 'zoe', source = 'web' WHERE id = 2")
    connection.executemany(
        "INSERT INTO currency_rates (base, quote, valid_on, rate) VALUES ('CHF', 'EUR', ?, ?)",
        [("2026-01-01", "0.95"), ("2026-04-01", "1.05")],
    )
    for number, lead in world.leads.items():
        put(connection, number, lead)
    for number, step in world.steps.items():
        tied = step.lead if step.lead in world.leads else None
        connection.execute(
            "INSERT INTO follow_ups (id, uid, contact_id, lead_id, kind, due_on, text, owner,"
            " state, done_at, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, '', ?, ?, ?, ?, ?)",
            (number, f"s{number}", step.contact, tied, step.kind, step.due_on.isoformat(),
             step.owner, step.state, text(step.closed_at) if step.state == "done" else None,
             text(step.created_at), text(step.closed_at)),
        )  # fmt: skip
    return session


def put(connection: Any, number: int, lead: Lead) -> None:
    last = lead.stays[-1]
    state = last.stage if last.stage in {"won", "lost"} else "open"
    now = lead.present
    connection.execute(
        "INSERT INTO leads (id, uid, contact_id, title, folded, stage_id, state, probability,"
        " value, currency, source, owner, opened_at, stage_since, closed_at, loss_reason,"
        " created_at, updated_at) VALUES (?, '', ?, '', '', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '',"
        " '')",
        (number, lead.contact, STAGES[last.stage], state, now.probability, now.value,
         None if now.value is None else now.currency, lead.source, now.owner,
         text(lead.stays[0].at), text(last.at), None if state == "open" else text(last.at),
         last.reason),
    )  # fmt: skip
    for stay, following in zip(lead.stays, [*lead.stays[1:], None], strict=True):
        connection.execute(
            "INSERT INTO stage_changes (lead_id, stage_id, entered_at, left_at, loss_reason)"
            " VALUES (?, ?, ?, ?, ?)",
            (number, STAGES[stay.stage], text(stay.at),
             None if following is None else text(following.at), stay.reason),
        )  # fmt: skip
    for until, was in lead.former:
        connection.execute(
            "INSERT INTO lead_terms (lead_id, until_at, value, currency, probability, owner)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (number, text(until), was.value, None if was.value is None else was.currency,
             was.probability, was.owner),
        )  # fmt: skip


# -- the definitions ------------------------------------------------------------------------------


class Then(NamedTuple):
    """A lead as it stood at the end of the day."""

    number: int
    lead: Lead
    stays: tuple[Stay, ...]
    terms: Terms
    amount: int | None

    @property
    def state(self) -> str:
        """open, won or lost."""
        return self.last.stage if self.last.stage in {"won", "lost"} else "open"

    @property
    def last(self) -> Stay:
        """The stay it was in."""
        return self.stays[-1]

    @property
    def entered(self) -> set[str]:
        """The stages it ever entered."""
        return {stay.stage for stay in self.stays}


def then(world: World) -> tuple[list[Then], str]:
    found = []
    for number, lead in world.leads.items():
        stays = tuple(stay for stay in lead.stays if world.on(stay.at) <= world.as_of)
        if not stays:
            continue
        now = next(
            (was for until, was in lead.former if world.on(until) > world.as_of), lead.present
        )
        found.append(Then(number, lead, stays, now, now.value))
    several = len({one.terms.currency for one in found if one.amount is not None}) > 1
    if not several:
        (code,) = {one.terms.currency for one in found if one.amount is not None} or {"EUR"}
        return found, code
    return [one._replace(amount=in_euros(world, one)) for one in found], "EUR"


def in_euros(world: World, one: Then) -> int | None:
    if one.amount is None or one.terms.currency == "EUR":
        return one.amount
    day = world.on(one.stays[0].at if one.state == "open" else one.last.at)
    rate = RATES[max(start for start in RATES if start <= day)]
    return int(one.amount * rate + Fraction(1, 2))


def cents(amount: str) -> int:
    return int(Fraction(amount) * 100)


def body(result: Result) -> Report:
    assert isinstance(result.body, Report)
    return result.body


def explained(session: Session, name: str, cell: str, bounds: Bounds, **more: Any) -> Table:
    request = evidence.ExplainRequest(name=name, cell=cell, bounds=bounds, **more)
    found = explain.report(session, request).body
    assert isinstance(found, Table)
    return found


def ids(table: Table) -> list[int]:
    return [row[0] for row in table.rows]


def counted(table: Table) -> int:
    at = [column.key for column in table.columns].index("counted")
    return sum(cents(row[at]) for row in table.rows if row[at] is not None)


def rate(part: int, whole: int) -> Any:
    return pytest.approx(part / whole, abs=5.1e-5) if whole else None


# -- funnel ---------------------------------------------------------------------------------------


@steady
@given(world=worlds)
def test_the_funnel_is_what_its_definition_says(tmp_path: Path, world: World) -> None:
    session = store(tmp_path, world)
    report = body(funnel.report(session, funnel.FunnelRequest(bounds=world.bounds)))
    chosen = [one for one in then(world)[0] if world.within(one.stays[0].at)]
    order = [*OPEN, "won"]
    assert [row["stage"] for row in report.rows] == [*order, "lost"]
    for row in report.rows:
        stage = row["stage"]
        mine = [one for one in chosen if stage in one.entered]
        assert row["entered"] == len(mine)
        assert row["share"] == rate(len(mine), len(chosen))
        if stage not in OPEN:
            assert row["conversion"] is None
            continue
        later = order[order.index(stage) + 1 :]
        gone_on = [one for one in mine if one.entered & set(later)]
        stopped = [one for one in mine if one not in gone_on]
        assert row["conversion"] == rate(len(gone_on), len(mine))
        dropped = [one for one in stopped if one.state == "lost"]
        assert row["drop_off"] == rate(len(dropped), len(mine))
        assert row["lost"] == row["dropped"] == len(dropped)
        assert row["entered"] == row["advanced"] + row["still_open"] + row["dropped"]
        assert row["still_open"] == sum(one.state == "open" for one in stopped)
        assert row["to_next"] == rate(sum(later[0] in one.entered for one in mine), len(mine))
        assert row["to"] == {
            step: rate(sum(step in one.entered for one in mine), len(mine)) for step in later
        }
        for column, those in (("advanced", gone_on), ("dropped", dropped), ("entered", mine)):
            table = explained(session, "funnel", f"{stage}:{column}", world.bounds)
            assert ids(table) == [one.number for one in those]


# -- velocity -------------------------------------------------------------------------------------


def days_in(world: World, one: Then, stage: str) -> int:
    ends = [*(world.on(stay.at) for stay in one.stays[1:]), world.as_of]
    return sum(
        (end - world.on(stay.at)).days
        for stay, end in zip(one.stays, ends, strict=True)
        if stay.stage == stage
    )


def quantile(values: Iterable[int], share: float) -> float | None:
    ordered = sorted(values)
    if not ordered:
        return None
    place = (len(ordered) - 1) * share
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


@steady
@given(world=worlds)
def test_velocity_is_what_its_definition_says(tmp_path: Path, world: World) -> None:
    session = store(tmp_path, world)
    report = body(velocity.report(session, velocity.VelocityRequest(bounds=world.bounds)))
    everybody, _ = then(world)
    for row in report.rows:
        stage = row["stage"]
        mine = {
            one.number: days_in(world, one, stage)
            for one in everybody
            if any(stay.stage == stage and world.within(stay.at) for stay in one.stays)
        }
        assert row["leads"] == len(mine)
        assert row["still_there"] == sum(
            one.last.stage == stage for one in everybody if one.number in mine
        )
        for key, share in (("first_quartile", 0.25), ("median", 0.5), ("third_quartile", 0.75)):
            wanted = quantile(mine.values(), share)
            assert row[key] == (None if wanted is None else pytest.approx(wanted, abs=5.1e-3))
        table = explained(session, "velocity", f"{stage}:median", world.bounds)
        assert {line[0]: line[-1] for line in table.rows} == mine
    # The days of a lead in all its stages are its age.
    if world.since is None:
        ages = sum(
            ((world.as_of if one.state == "open" else world.on(one.last.at))
             - world.on(one.stays[0].at)).days
            for one in everybody
        )  # fmt: skip
        closed_again = sum(
            (world.on(after.at) - world.on(stay.at)).days
            for one in everybody
            for stay, after in zip(one.stays, one.stays[1:], strict=False)
            if stay.stage not in OPEN
        )
        found = sum(
            line[-1]
            for row in report.rows
            for line in explained(session, "velocity", f"{row['stage']}:leads", world.bounds).rows
        )
        assert found == ages - closed_again
    velocity_totals(session, world, report.totals, everybody)


def velocity_totals(session: Session, world: World, totals: Any, everybody: Sequence[Then]) -> None:
    won = [one for one in everybody if one.state == "won" and world.within(one.last.at)]
    lost = [one for one in everybody if one.state == "lost" and world.within(one.last.at)]
    is_open = [one for one in everybody if one.state == "open"]
    took = [(world.on(one.last.at) - world.on(one.stays[0].at)).days for one in won]
    values = [one.amount for one in won if one.amount is not None]
    assert (totals["open"], totals["won"], totals["lost"]) == (len(is_open), len(won), len(lost))
    assert totals["win_rate"] == rate(len(won), len(won) + len(lost))
    wanted = None
    if values and sum(took):
        exact = (
            len(is_open) * Fraction(sum(values), len(values))
            * Fraction(len(won), len(won) + len(lost)) / Fraction(sum(took), len(won))
        )  # fmt: skip
        wanted = int(exact + Fraction(1, 2))
    assert (None if totals["per_day"] is None else cents(totals["per_day"])) == wanted
    table = explained(session, "velocity", "all:average_days_to_win", world.bounds)
    assert [row[-1] for row in table.rows] == took
    assert counted(explained(session, "velocity", "all:won", world.bounds)) == sum(values)


# -- losses ---------------------------------------------------------------------------------------


def lost_for(one: Then, by: str) -> Any:
    if by == "reason":
        return one.last.reason
    if by == "stage":
        return one.stays[-2].stage if len(one.stays) > 1 else None
    return one.terms.owner if by == "owner" else one.lead.source


@steady
@given(world=worlds, by=st.sampled_from(["reason", "stage", "owner", "source"]))
def test_losses_are_what_their_definition_says(tmp_path: Path, world: World, by: str) -> None:
    session = store(tmp_path, world)
    report = body(losses.report(session, losses.LossesRequest(bounds=world.bounds, by=by)))
    everybody, code = then(world)
    closed = [one for one in everybody if one.state != "open" and world.within(one.last.at)]
    lost = [one for one in closed if one.state == "lost"]
    won = [one for one in closed if one.state == "won"]
    with_won = by in {"owner", "source"}
    expected: dict[Any, list[Then]] = defaultdict(list)
    for one in closed if with_won else lost:
        expected[lost_for(one, by)].append(one)
    assert {row[by] for row in report.rows} == expected.keys()
    for row in report.rows:
        mine = [one for one in expected[row[by]] if one.state == "lost"]
        values = [one.amount for one in mine if one.amount is not None]
        assert (row["lost"], row["without_value"]) == (len(mine), len(mine) - len(values))
        assert (cents(row["value"]), row["currency"]) == (sum(values), code)
        assert row["share"] == rate(len(mine), len(lost))
        name = "(none)" if row[by] is None else row[by]
        table = explained(session, "losses", f"{name}:lost", world.bounds, by=by)
        assert ids(table) == [one.number for one in mine]
        assert counted(table) == sum(values)
        if with_won:
            mine_won = [one for one in expected[row[by]] if one.state == "won"]
            assert row["win_rate"] == rate(len(mine_won), len(expected[row[by]]))
    totals = report.totals
    assert (totals["lost"], totals["won"]) == (len(lost), len(won))
    assert totals["open"] == sum(one.state == "open" for one in everybody)
    assert totals["win_rate"] == rate(len(won), len(closed))
    won_value, lost_value = (sum(one.amount or 0 for one in some) for some in (won, lost))
    assert totals["win_rate_by_value"] == rate(won_value, won_value + lost_value)


# -- sources --------------------------------------------------------------------------------------


@steady
@given(world=worlds)
def test_sources_are_what_their_definition_says(tmp_path: Path, world: World) -> None:
    session = store(tmp_path, world)
    report = body(sources.report(session, sources.SourcesRequest(bounds=world.bounds)))
    everybody, _ = then(world)
    for row in (*report.rows, {"source": "all", **report.totals}):
        is_all = row["source"] == "all"
        mine = [one for one in everybody if is_all or one.lead.source == row["source"]]
        closed = [one for one in mine if one.state != "open" and world.within(one.last.at)]
        won = [one for one in closed if one.state == "won"]
        assert row["opened"] == sum(world.within(one.stays[0].at) for one in mine)
        assert row["open"] == sum(one.state == "open" for one in mine)
        assert (row["won"], row["lost"]) == (len(won), len(closed) - len(won))
        assert row["win_rate"] == rate(len(won), len(closed))
        assert cents(row["won_value"]) == sum(one.amount or 0 for one in won)
        took = [(world.on(one.last.at) - world.on(one.stays[0].at)).days for one in won]
        assert row["average_days_to_win"] == (
            pytest.approx(sum(took) / len(took), abs=5.1e-3) if took else None
        )
        sold = date(2026, 3, 3)
        is_sold = sold <= world.as_of and (world.since is None or world.since <= sold)
        assert row["orders"] == (is_sold and row["source"] in {"web", "all"})
        name = "(none)" if row["source"] is None else row["source"]
        for column in ("opened", "open", "won", "lost", "orders"):
            table = explained(session, "sources", f"{name}:{column}", world.bounds)
            assert len(table.rows) == row[column]


# -- workload and stranded ------------------------------------------------------------------------


def is_open_then(world: World, step: Step) -> bool:
    if world.as_of == TODAY:
        return step.state == "open"
    # One that was called off was so at its last change.
    closed_later = step.state != "open" and world.on(step.closed_at) > world.as_of
    return world.on(step.created_at) <= world.as_of and (step.state == "open" or closed_later)


def owner_then(world: World, lead: Lead) -> str | None:
    terms = (was for until, was in lead.former if world.on(until) > world.as_of)
    return next(terms, lead.present).owner


def is_stale(world: World, one: Then) -> bool:
    return (world.as_of - world.on(one.last.at)).days > ROTTEN[one.last.stage]


def weighted(one: Then) -> int:
    own = one.terms.probability
    odds = ODDS[one.last.stage] if own is None else own
    return int(Fraction((one.amount or 0) * odds, 10_000) + Fraction(1, 2))


def is_stranded(world: World, one: Then) -> bool:
    return not any(
        step.lead == one.number and is_open_then(world, step) for step in world.steps.values()
    )


@steady
@given(world=worlds)
def test_workload_is_what_its_definition_says(tmp_path: Path, world: World) -> None:
    session = store(tmp_path, world)
    bounds = Bounds(as_of=world.as_of.isoformat())
    report = body(workload.report(session, workload.WorkloadRequest(bounds=bounds)))
    is_open = [one for one in then(world)[0] if one.state == "open"]
    due: dict[str | None, list[int]] = defaultdict(list)
    for number, step in world.steps.items():
        if is_open_then(world, step):
            tied = world.leads.get(step.lead) if step.lead else None
            theirs = owner_then(world, tied) if tied else None
            due[step.owner or theirs or ("zoe" if step.contact == 2 else None)].append(number)
    assert {row["owner"] for row in report.rows} == due.keys() | {
        one.terms.owner for one in is_open
    }
    for row in (*report.rows, {"owner": "all", **report.totals}):
        owner = row["owner"]
        mine = [one for one in is_open if owner in {"all", one.terms.owner}]
        steps_of = [
            world.steps[number]
            for who, numbers in due.items()
            if owner in {"all", who}
            for number in numbers
        ]
        late = [step for step in steps_of if step.due_on < world.as_of]
        assert row["leads"] == len(mine)
        assert cents(row["value"]) == sum(one.amount or 0 for one in mine)
        assert cents(row["weighted"]) == sum(map(weighted, mine))
        assert row["without_value"] == sum(one.amount is None for one in mine)
        assert row["stale"] == sum(is_stale(world, one) for one in mine)
        assert row["no_next_step"] == sum(is_stranded(world, one) for one in mine)
        assert row["follow_ups"] == len(steps_of)
        assert row["due"] == sum(step.due_on == world.as_of for step in steps_of)
        assert row["overdue"] == len(late)
        assert row["promises_late"] == sum(step.kind == "promise" for step in late)
        name = "(none)" if owner is None else owner
        for column in workload.FIGURES:
            table = explained(session, "workload", f"{name}:{column}", bounds)
            if column in {"value", "weighted"}:
                assert counted(table) == cents(row[column])
            else:
                assert len(table.rows) == row[column]


@steady
@given(world=worlds)
def test_stranded_is_what_its_definition_says(tmp_path: Path, world: World) -> None:
    session = store(tmp_path, world)
    bounds = Bounds(as_of=world.as_of.isoformat())
    report = body(stranded.report(session, stranded.StrandedRequest(bounds=bounds)))
    is_open = [one for one in then(world)[0] if one.state == "open"]
    alone = [one for one in is_open if is_stranded(world, one)]
    expected = {}
    for one in alone:
        following = [
            step.due_on.isoformat()
            for step in world.steps.values()
            if step.contact == one.lead.contact and is_open_then(world, step)
        ]
        expected[one.number] = (
            one.last.stage,
            one.terms.owner,
            (world.as_of - world.on(one.stays[0].at)).days,
            (world.as_of - world.on(one.last.at)).days,
            is_stale(world, one),
            min(following, default=None),
        )
    keys = ("stage", "owner", "age_days", "stage_age_days", "stale", "contact_follow_up_on")
    assert {row["id"]: tuple(row[key] for key in keys) for row in report.rows} == expected
    assert report.totals["open"] == len(is_open)
    assert report.totals["share"] == rate(len(alone), len(is_open))
    assert cents(report.totals["value"]) == sum(one.amount or 0 for one in alone)
    amounts = {one.number: -1 if one.amount is None else one.amount for one in alone}
    shown = [amounts[row["id"]] for row in report.rows]
    assert shown == sorted(shown, reverse=True)
    for column in ("open", "stranded", "stale", "without_value"):
        table = explained(session, "stranded", f"all:{column}", bounds)
        assert len(table.rows) == report.totals[column]
