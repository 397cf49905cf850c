"""The delivery of a reminder: the states a row of the ledger goes through, and when it is due.

A row stands for one follow-up, occurrence, recipient and channel. See docs/delivery.md and
docs/decisions/0027-delivery-ledger.md.
"""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from crm_cli import errors

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime


class State(StrEnum):
    """Where a delivery stands; ``CLAIMED`` is safe to try again after a crash."""

    CLAIMED = "claimed"
    HANDING_OVER = "handing_over"
    SENT = "sent"
    FAILED = "failed"
    IN_DOUBT = "in_doubt"
    SKIPPED = "skipped"


class Step(StrEnum):
    """What happens to a delivery."""

    HAND_OVER = "hand over"
    """The message's text goes out after this is written down."""
    CONFIRM = "confirm"
    """The other side has taken it."""
    REFUSE = "refuse"
    """The other side does not take it, now or ever."""
    POSTPONE = "postpone"
    """It was certainly not delivered, and is tried again."""
    LOSE = "lose"
    """Cut off between the hand-over and the answer."""
    LEAVE_OUT = "leave out"
    """It may not be sent any more: a customer took consent back."""
    ADMIT = "admit"
    """What kept it out is gone: a customer gave consent, the clock was set right."""
    SETTLE_SENT = "settle as sent"
    SETTLE_RESEND = "settle as to be sent again"


FOLLOWS: dict[tuple[State, Step], State] = {
    (State.CLAIMED, Step.HAND_OVER): State.HANDING_OVER,
    (State.CLAIMED, Step.REFUSE): State.FAILED,
    (State.CLAIMED, Step.POSTPONE): State.CLAIMED,
    (State.CLAIMED, Step.LEAVE_OUT): State.SKIPPED,
    (State.SKIPPED, Step.ADMIT): State.CLAIMED,
    (State.HANDING_OVER, Step.CONFIRM): State.SENT,
    (State.HANDING_OVER, Step.REFUSE): State.FAILED,
    (State.HANDING_OVER, Step.POSTPONE): State.CLAIMED,
    (State.HANDING_OVER, Step.LOSE): State.IN_DOUBT,
    (State.IN_DOUBT, Step.SETTLE_SENT): State.SENT,
    (State.IN_DOUBT, Step.SETTLE_RESEND): State.CLAIMED,
    (State.FAILED, Step.SETTLE_RESEND): State.CLAIMED,
    (State.SKIPPED, Step.SETTLE_RESEND): State.CLAIMED,
}
"""What may follow what. Nothing leads out of ``sent``, and only a person's word out of
``in_doubt`` and ``failed``."""

BEGINNINGS = (State.CLAIMED, State.SKIPPED, State.FAILED)
"""How a row begins: failed at once where nothing is sent to the address any more."""


def before(step: Step) -> tuple[State, ...]:
    """Return the states in which a step may be taken."""
    return tuple(state for state, taken in FOLLOWS if taken is step)


def after(state: State, step: Step) -> State:
    """Return the state after a step. Raises Refused for a step that may not be taken."""
    if (state, step) not in FOLLOWS:
        raise errors.Refused(f"a delivery that is {state} cannot be: {step}")
    return FOLLOWS[state, step]


def results(step: Step) -> State:
    """Return the one state that a step leads to."""
    return next(state for (_, taken), state in FOLLOWS.items() if taken is step)


# -- when it is tried again ---------------------------------------------------------------------

FIRST_WAIT = timedelta(minutes=5)
LONGEST_WAIT = timedelta(hours=4)


def wait(attempts: int) -> timedelta:
    """Return how long to wait after so many attempts: 5 minutes, each time twice as long, at
    most 4 hours."""
    wait = FIRST_WAIT
    for _ in range(attempts - 1):
        if wait >= LONGEST_WAIT:
            break
        wait *= 2
    return min(wait, LONGEST_WAIT)


def may_be_tried(next_try: datetime | None, now: datetime) -> bool:
    """Say whether a claimed delivery's time has come. A time further off than the longest wait
    was noted by a clock that was wrong, and binds nobody."""
    return next_try is None or next_try <= now or next_try > now + LONGEST_WAIT


# -- what is too old ----------------------------------------------------------------------------

LATE = "3d"
"""What was due longer ago than this and never sent is not sent any more, unless asked."""

_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


def read_late(text: str) -> timedelta:
    """Read how long after its time a reminder still goes out: ``12h``, ``3d``, ``2w``.

    Raises InvalidValue.
    """
    word = "".join(text.lower().split())
    for name, unit in _UNITS.items():
        for ending in ({"h": "hours", "d": "days", "w": "weeks"}[name], name):
            number = word.removesuffix(ending)
            if number == word:
                number = word.removesuffix(ending.removesuffix("s"))
            if number != word and number.isascii() and number.isdigit() and len(number) <= 5:
                return unit * int(number)
    raise errors.InvalidValue(
        f"{text!r} is no length of time", hint="write hours, days or weeks: 12h, 3d, 2w"
    )


def is_too_old(
    due_on: date, due_at: datetime | None, *, today: date, now: datetime, late: timedelta
) -> bool:
    """Say whether something was due longer ago than ``late``. Days are counted by the calendar
    for what is due on a day, to the second for what is due at a time (``due_at``)."""
    if due_at is not None:
        return now - due_at > late
    return timedelta(days=(today - due_on).days) > late


# -- one run ------------------------------------------------------------------------------------


class Tally(NamedTuple):
    """How many items of a run came to which end."""

    sent: int = 0
    failed: int = 0
    in_doubt: int = 0
    skipped: int = 0
    waiting: int = 0

    @property
    def due(self) -> int:
        """Everything that was due."""
        return sum(self)

    @property
    def exit_code(self) -> int:
        """75 where anything waits to be tried again, else 7 where something failed for good or is
        newly in doubt, else 0."""
        if self.waiting:
            return 75
        return 7 if self.failed or self.in_doubt else 0


def add_up(due: int, tally: Tally) -> None:
    """Hold the count law: everything due came to exactly one end. Raises CheckFailed."""
    if due != tally.due:
        ends = ", ".join(f"{count} {name}" for name, count in tally._asdict().items())
        raise errors.CheckFailed(
            f"the run does not add up: {due} due, but {ends}",
            hint="look at crm remind deliveries, and report this",
        )


def short(words: Sequence[str], most: int = 3) -> str:
    """Return names parted by commas, the rest as a number."""
    named = ", ".join(words[:most])
    return named if len(words) <= most else f"{named} and {len(words) - most} more"
