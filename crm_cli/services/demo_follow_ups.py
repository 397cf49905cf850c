"""What the demo's owner has to do: drawn from the same seed as its customers.

Pure, as ``demo_business`` is: it knows nothing of the store.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crm_cli.services.demo_business import Business, Person

AT_CAFES = (
    "ask how the new espresso sells",
    "send the price list for the summer",
    "bring samples of the single origins",
    "offer a training for the baristas",
    "talk about the order for the holidays",
)
AT_HOME = (
    "call back about the grinder",
    "write when the gift boxes are in again",
    "ask how the machine works out",
    "send the recipe for cold brew",
)
PROMISED = (
    "replace the broken carafe",
    "send the invoice again",
    "deliver by the end of the week",
    "credit the missing bag",
)
SERIES = (
    ("take the standing order", "every 2 weeks"),
    ("send the statement", "last day of month"),
    ("go through the year", "quarterly"),
)
"""What is done again and again at those who buy to sell on, and how often."""


@dataclass(slots=True, kw_only=True)
class Step:
    """A follow-up to be; ``done_on`` is the day it was done. ``previous`` counts from 1."""

    contact: int
    due_on: date
    text: str
    made_on: date
    kind: str = "task"
    time: str | None = None
    repeat: str | None = None
    repeat_from: date | None = None
    done_on: date | None = None
    previous: int | None = None


def draw(business: Business, today: date, seed: int) -> list[Step]:
    """Return follow-ups of the last weeks and the next: open, late, repeating and done ones."""
    # Of its own: what is drawn here moves nobody's purchases.
    random = Random(f"follow-ups {seed}")  # noqa: S311 - a play, not a secret
    customers = [person for person in business.people if person.role == "customer"]
    cafes = [person for person in customers if person.kind == "company"]
    steps: list[Step] = []
    for person in cafes[: len(SERIES) * 2]:
        _series(steps, person, today, *SERIES[len(steps) % len(SERIES)])
    for person in random.sample(customers, min(len(customers), max(6, len(customers) // 8))):
        _step(steps, person, today, random, is_late=len(steps) % 9 == 0)
    return steps


def _series(steps: list[Step], person: Person, today: date, text: str, repeat: str) -> None:
    """Add a follow-up that repeats: the round before, done in time, and the one that is open."""
    from crm_cli.domain.follow_up import next_day, read_repeat

    rule = read_repeat(repeat)
    anchor = next_day(rule, person.since, person.since) or person.since
    before, day = anchor, anchor
    while day <= today and (following := next_day(rule, anchor, day)):
        before, day = day, following
    made = min(person.since, before)
    same = {"contact": person.number, "text": text, "repeat": repeat, "repeat_from": anchor}
    previous = None
    if before < today:
        steps.append(Step(due_on=before, made_on=made, done_on=before, **same))  # type: ignore[arg-type]
        previous = len(steps)
    made = before if previous else made
    steps.append(Step(due_on=day, made_on=made, previous=previous, **same))  # type: ignore[arg-type]


def _step(steps: list[Step], person: Person, today: date, random: Random, *, is_late: bool) -> None:
    """Add one step: of ten some three are done, one or two are late, two were promised."""
    kind = "promise" if random.random() < 0.2 else "task"
    texts = PROMISED if kind == "promise" else AT_CAFES if person.kind == "company" else AT_HOME
    due_on = today + timedelta(days=random.randint(-25, 35))
    if is_late:
        due_on = today - timedelta(days=random.randint(1, 6))
    done_on = None
    if due_on < today and not is_late and random.random() < 0.75:
        done_on = min(today - timedelta(days=1), due_on + timedelta(days=random.randint(-2, 3)))
    made_on = min(due_on, today) - timedelta(days=random.randint(3, 14))
    time = random.choice(("09:00", "10:30", "14:00")) if random.random() < 0.2 else None
    steps.append(
        Step(
            contact=person.number, due_on=due_on, text=random.choice(texts), kind=kind, time=time,
            made_on=max(person.since, made_on), done_on=done_on,
        )
    )  # fmt: skip
