"""The states of a delivery, the wait between tries, and what is too old."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from crm_cli import errors
from crm_cli.domain import delivery
from crm_cli.domain.delivery import FOLLOWS, State, Step, Tally

NOW = datetime(2026, 6, 15, 10, 0, tzinfo=UTC)


def test_nothing_leads_out_of_sent() -> None:
    assert [step for state, step in FOLLOWS if state is State.SENT] == []


def test_only_a_persons_word_leads_out_of_doubt_and_failure() -> None:
    for state in (State.IN_DOUBT, State.FAILED):
        steps = {step for found, step in FOLLOWS if found is state}
        assert steps <= {Step.SETTLE_SENT, Step.SETTLE_RESEND}


def test_what_is_sent_was_handed_over_first() -> None:
    before = {state for (state, step), after in FOLLOWS.items() if after is State.SENT}
    assert before == {State.HANDING_OVER, State.IN_DOUBT}


def test_every_step_leads_to_one_state() -> None:
    for step in Step:
        ends = {after for (_, taken), after in FOLLOWS.items() if taken is step}
        assert ends == {delivery.results(step)}
        assert set(delivery.before(step)) == {state for state, taken in FOLLOWS if taken is step}


def test_a_step_that_may_not_be_taken() -> None:
    assert delivery.after(State.CLAIMED, Step.HAND_OVER) is State.HANDING_OVER
    with pytest.raises(errors.Refused, match="sent cannot be"):
        delivery.after(State.SENT, Step.HAND_OVER)


def test_the_wait_doubles_up_to_four_hours() -> None:
    minutes = [delivery.wait(attempts) // timedelta(minutes=1) for attempts in range(1, 9)]
    assert minutes == [5, 10, 20, 40, 80, 160, 240, 240]
    assert delivery.wait(10_000) == timedelta(hours=4)


@pytest.mark.parametrize(
    ("minutes", "may"), [(None, True), (-1, True), (0, True), (1, False), (240, False), (241, True)]
)
def test_when_it_is_tried_again(minutes: int | None, *, may: bool) -> None:
    again = None if minutes is None else NOW + timedelta(minutes=minutes)
    assert delivery.may_be_tried(again, NOW) is may


@pytest.mark.parametrize(
    ("text", "hours"),
    [("12h", 12), ("3d", 72), ("1 day", 24), ("2 Weeks", 336), ("0d", 0), ("36 hours", 36)],
)
def test_a_length_of_time(text: str, hours: int) -> None:
    assert delivery.read_late(text) == timedelta(hours=hours)


@pytest.mark.parametrize("text", ["", "d", "3", "3m", "-3d", "1.5d", "days", "3dd", "٣d", "9" * 9])
def test_no_length_of_time(text: str) -> None:
    with pytest.raises(errors.InvalidValue, match="no length of time"):
        delivery.read_late(text)


@pytest.mark.parametrize(("day", "is_old"), [(12, False), (11, True)])
def test_days_are_counted_by_the_calendar(day: int, *, is_old: bool) -> None:
    late = timedelta(days=3)
    for hour in (0, 23):
        now = datetime(2026, 6, 15, hour, 59, tzinfo=UTC)
        told = delivery.is_too_old(
            date(2026, 6, day), None, today=date(2026, 6, 15), now=now, late=late
        )
        assert told is is_old


def test_times_are_counted_to_the_second() -> None:
    late = timedelta(hours=12)
    for seconds, is_old in ((0, False), (1, True)):
        due = NOW - late - timedelta(seconds=seconds)
        told = delivery.is_too_old(due.date(), due, today=NOW.date(), now=NOW, late=late)
        assert told is is_old


@pytest.mark.parametrize(
    ("tally", "code"),
    [
        (Tally(), 0), (Tally(sent=3, skipped=2), 0), (Tally(failed=1), 7), (Tally(in_doubt=1), 7),
        (Tally(sent=1, waiting=1), 75), (Tally(failed=1, in_doubt=1, waiting=1), 75),
    ],
)  # fmt: skip
def test_exit_codes(tally: Tally, code: int) -> None:
    assert tally.exit_code == code


def test_the_count_law() -> None:
    tally = Tally(sent=1, failed=2, in_doubt=3, skipped=4, waiting=5)
    delivery.add_up(15, tally)
    with pytest.raises(errors.CheckFailed, match="16 due"):
        delivery.add_up(16, tally)
