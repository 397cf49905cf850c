"""What was said with the customers of the demo: drawn from the same seed, and nothing else.

Pure, as ``demo_business`` is. Everything lies before today; a talk's follow-up may lie ahead.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from datetime import date

    from crm_cli.services.demo_business import Business, Person


class Scene(NamedTuple):
    """A kind of talk: over which channel, who began, what it was about and how it may end."""

    weight: int
    channel: str
    direction: str
    subject: str | None
    text: str
    outcomes: tuple[str | None, ...] = (None,)
    mood: int | None = None
    minutes: tuple[int, int] | None = None
    next: str | None = None
    """What is to be done after it, or was promised (with a ``!`` before it)."""


TRADE = (
    Scene(9, "call", "out", None, "Went through the weekly order; usual blend, no changes.",
          ("reached", "agreed"), 1, (3, 12)),
    Scene(5, "call", "out", None, "Rang about the weekly order.", ("no-answer", "voicemail")),
    Scene(5, "email", "in", "Order for next week", "Two kilos more than usual, please; we have a"
          " wedding on Saturday.", (None,), 1),
    Scene(4, "email", "out", "Price list", "Sent the price list for the season, with the new"
          " washed Ethiopian.", (None,)),
    Scene(4, "call", "in", None, "The last bags were roasted darker than agreed. Will send fresh"
          " ones.", ("agreed",), -1, (5, 15), "!Send fresh bags for the dark batch"),
    Scene(3, "meeting", "out", "Tasting", "Cupped the three new lots together; the natural was"
          " liked best.", ("interested", "agreed"), 2, (40, 90), "Ask which lot they take"),
    Scene(3, "visit", "out", "Machine", "Adjusted the grinder and showed the new barista how to"
          " dial in.", (None,), 1, (30, 60)),
    Scene(2, "call", "out", None, "Asked about the terrace season; they will need more cold brew.",
          ("interested", "call-back"), 1, (5, 15), "Offer cold brew in kegs"),
    Scene(2, "email", "in", "Invoice", "Asks for one invoice a month in place of one each order.",
          (None,), 0, None, "!Put them on monthly invoices"),
    Scene(2, "note", "none", None, "Closed on Mondays; deliver before ten.", (None,)),
)  # fmt: skip
PRIVATE = (
    Scene(6, "email", "in", "Grind", "Which grind for a moka pot?", (None,), 0),
    Scene(5, "email", "out", "Re: Grind", "Medium-fine; water just off the boil.", (None,)),
    Scene(4, "chat", "in", None, "Is the shop open on the bank holiday?", ("reached",), 0),
    Scene(3, "call", "in", None, "Parcel has not arrived; will look into it.", ("agreed",), -1,
          (2, 8), "!Find out where the parcel is"),
    Scene(3, "call", "out", None, "Asked how the grinder works out.", ("reached", "no-answer"), 1,
          (2, 10)),
    Scene(2, "visit", "in", None, "Came by with friends; wants a tasting for six.",
          ("interested",), 2, (10, 30), "Suggest a day for the tasting"),
    Scene(2, "email", "in", "Thank you", "The gift box went down very well.", (None,), 2),
    Scene(1, "note", "none", None, "Drinks decaf after noon.", (None,)),
)  # fmt: skip


@dataclass(slots=True, kw_only=True)
class Talk:
    """An interaction to be; ``others`` are numbers of people, ``due_on`` a day for ``task``."""

    contact: int
    at: datetime
    scene: Scene
    outcome: str | None
    minutes: int | None
    by: str
    others: list[int]
    task: str | None = None
    kind: str = "task"
    due_on: date | None = None
    done_at: datetime | None = None


def draw(today: date, business: Business, seed: int, owners: tuple[str, ...]) -> list[Talk]:
    """Return the talks with a business's customers in the order in which they were."""
    random = Random(f"talks {seed}")  # noqa: S311 - a play, not a secret
    staff: dict[int, list[int]] = {}
    for person in business.people:
        if person.company:
            staff.setdefault(person.company, []).append(person.number)
    talks: list[Talk] = []
    for person in business.people:
        if person.role != "customer":
            continue
        gap, scenes = (16.0, TRADE) if "wholesale" in person.tags else (150.0, PRIVATE)
        if person.kind == "company" and scenes is PRIVATE:
            gap, scenes = 45.0, TRADE
        elif "vip" in person.tags:
            gap = 60.0
        _talk(random, today, person, (gap, scenes, owners, staff), talks)
    talks.sort(key=lambda talk: (talk.at, talk.contact))
    return talks


def _talk(
    random: Random, today: date, person: Person,
    world: tuple[float, tuple[Scene, ...], tuple[str, ...], dict[int, list[int]]],
    talks: list[Talk],
) -> None:  # fmt: skip
    """Draw the talks with one customer from their first day until yesterday, or until nobody
    thinks of them any more."""
    gap, scenes, owners, staff = world
    by = person.owner or random.choice(owners)
    weights = [scene.weight for scene in scenes]
    day = person.since
    while True:
        day += timedelta(days=max(1, round(random.gammavariate(2.0, gap / 2.0))))
        if day.weekday() == 6:  # nobody talks on Sundays
            day += timedelta(days=1)
        if day >= today or random.random() < 0.03:
            return
        scene = random.choices(scenes, weights)[0]
        at = datetime(day.year, day.month, day.day, random.randint(8, 16), random.randint(0, 59))  # noqa: DTZ001 - UTC, as stored
        mates = staff.get(person.number, [])
        talk = Talk(
            contact=person.number, at=at, scene=scene, outcome=random.choice(scene.outcomes),
            minutes=random.randint(*scene.minutes) if scene.minutes else None, by=by,
            others=mates[:1] if mates and scene.channel in {"meeting", "visit"} else [],
        )  # fmt: skip
        if scene.next:
            _follow(random, today, talk, scene.next)
        talks.append(talk)


def _follow(random: Random, today: date, talk: Talk, task: str) -> None:
    """Let something be promised, or set down to be done; most of it is done in time."""
    talk.kind, talk.task = ("promise" if task[0] == "!" else "task"), task.lstrip("!")
    talk.due_on = talk.at.date() + timedelta(days=random.randint(2, 10))
    done_on = talk.due_on + timedelta(days=random.choices((-1, 0, 3), (5, 4, 2))[0])
    if done_on < today:
        talk.done_at = datetime(done_on.year, done_on.month, done_on.day, 15, 0)  # noqa: DTZ001
