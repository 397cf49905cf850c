"""The sales of the demo from first interest to won or lost: drawn from the same seed.

``draw`` is pure, as ``demo_business`` is. ``write`` takes every lead through the verbs that people
use, each on its day, so that their history is what it would be.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import TYPE_CHECKING, Any, NamedTuple

from crm_cli.store.lead_ties import newest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crm_cli.services.demo_business import Business, Person
    from crm_cli.session import Session

DAYS = 365
"""How long leads have been written down."""

STAGES = ("new", "contacted", "qualified", "proposal", "negotiation")
OWNERS = ("mara", "declan", "niamh")
SOURCES = (("web", 38), ("referral", 24), ("fair", 20), ("shop", 12), ("market", 6))
ASKED = (
    ("House blend, weekly delivery", 180_000, 720_000),
    ("Espresso machine on lease", 240_000, 960_000),
    ("Cold brew for the terrace", 60_000, 260_000),
    ("Coffee for the new shop", 150_000, 600_000),
    ("Gift boxes for the staff", 40_000, 180_000),
    ("Barista training, two days", 45_000, 90_000),
    ("Coffee bar at a conference", 70_000, 320_000),
    ("Own label bags", 120_000, 480_000),
)
AT_HOME = (
    ("Coffee bar at a wedding", 45_000, 160_000),
    ("Espresso machine for home", 60_000, 190_000),
    ("Barista course for two", 20_000, 40_000),
    ("Gift boxes for the family", 15_000, 60_000),
)
"""What companies and people ask for, and what it is worth (cents, from and to)."""
LOST = (
    ("price", 5), ("competitor", 4), ("no-answer", 4), ("timing", 3), ("no-budget", 2),
    ("not-a-fit", 1),
)  # fmt: skip
RIVALS = ("Harbour Coffee", "Northside Roastery", "Bean Street")
NEXT = (
    "call about the offer", "send samples", "ask who decides", "agree on the first delivery",
    "show the machine", "send the price list",
)  # fmt: skip
SAID = (
    "Asked for a price for the year; decides with her partner.",
    "Tasted three blends, liked the second. Wants an offer.",
    "Has an offer from elsewhere; delivery twice a week matters most.",
    "Out of office until next week.",
)


class Step(NamedTuple):
    """What became of a lead on a day: a verb of ``lead`` (or ``log``) and what it is told."""

    on: date
    verb: str
    told: dict[str, Any]


@dataclass(slots=True, kw_only=True)
class Case:
    """A lead to be: whose, what about, and what became of it, in order."""

    contact: int
    title: str
    value: int | None
    source: str
    owner: str
    opened: date
    expected: date
    steps: list[Step] = field(default_factory=list)
    next: tuple[date, str] | None = None


def draw(business: Business, today: date, seed: int) -> list[Case]:
    """Return the leads of the past year in the order in which they came in."""
    random = Random(f"leads {seed}")  # noqa: S311 - a play, not a secret
    # Whoever won is a customer: those who never bought are still asked, or were lost.
    people = [
        person for person in business.people
        if person.since < today and person.role in {"prospect", "customer"}
    ]  # fmt: skip
    trade = [person for person in people if person.kind == "company"] or people
    count = min(60, max(12, len(people) // 9))
    cases = []
    for number in range(count):
        person = random.choice(trade if random.random() < 0.7 else people)
        opened = today - timedelta(days=1 + (DAYS * (count - number)) // (count + 1))
        cases.append(_case(random, person, max(opened, person.since), today))
    cases.sort(key=lambda case: case.opened)
    return cases


def _pick(random: Random, weighted: tuple[tuple[str, int], ...]) -> str:
    words = [word for word, _ in weighted]
    return random.choices(words, [weight for _, weight in weighted])[0]


def _case(random: Random, person: Person, opened: date, today: date) -> Case:
    title, low, high = random.choice(ASKED if person.kind == "company" else AT_HOME)
    case = Case(
        contact=person.number, title=title,
        value=None if random.random() < 0.08 else random.randrange(low, high, 5_000),
        source=_pick(random, SOURCES), opened=opened,
        owner=person.owner if person.owner and random.random() < 0.7 else random.choice(OWNERS),
        expected=opened + timedelta(days=random.randint(30, 90)),
    )  # fmt: skip
    day, at = opened, 0
    is_buyer = person.role == "customer"
    while True:
        stay = random.gammavariate(2.0, 4.5) * (7 if random.random() < 0.07 else 1)
        day += timedelta(days=max(1, round(stay)))
        if day >= today:
            break
        if random.random() < 0.35:
            case.steps.append(Step(day, "log", {"text": random.choice(SAID)}))
        if random.random() < 0.15 or (at == len(STAGES) - 1 and not is_buyer):
            case.steps.append(_lost(random, day))
            day += timedelta(days=random.randint(20, 60))
            if random.random() > 0.2 or day >= today:
                return case
            case.steps.append(Step(day, "reopen", {"stage": "proposal"}))
            at = 3
        elif at == len(STAGES) - 1:
            asked = case.value or random.randrange(low, high, 5_000)
            case.steps.append(Step(day, "win", {"amount": round(asked * 0.95)}))
            return case
        else:
            at = min(at + (2 if random.random() < 0.12 else 1), len(STAGES) - 1)
            case.steps.append(Step(day, "move", {"stage": STAGES[at]}))
    if case.expected < today:
        case.expected = today + timedelta(days=random.randint(5, 50))
    if random.random() < 0.7:
        due = today + timedelta(days=random.choice((-3, -1, 0, 0, 1, 2, 5, 9, 14)))
        case.next = (due, random.choice(NEXT))
    return case


def _lost(random: Random, day: date) -> Step:
    reason = _pick(random, LOST)
    told = {"reason": reason}
    if reason == "competitor":
        told["competitor"] = random.choice(RIVALS)
    return Step(day, "lose", told)


# -- writing ----------------------------------------------------------------------------------


def write(session: Session, cases: Sequence[Case]) -> None:
    """Take every lead through its verbs, day by day."""
    ids: dict[int, int] = {}
    days = sorted(
        (on, number, place)
        for number, case in enumerate(cases)
        for place, on in enumerate([case.opened, *(step.on for step in case.steps)])
    )
    for _, number, place in days:
        case = cases[number]
        acting = session.acting_as(case.owner)
        if place:
            _take(acting, ids[number], case.steps[place - 1])
        else:
            ids[number] = _open(acting, case)
    for number, case in enumerate(cases):
        if case.next is not None:
            _plan(session.acting_as(case.owner), ids[number], *case.next)


def _open(session: Session, case: Case) -> int:
    from crm_cli.services import leads

    given = {
        "title": case.title, "source": case.source, "owner": case.owner,
        "opened": f"{case.opened} 09:30", "expected": case.expected.isoformat(),
    }  # fmt: skip
    if case.value is not None:
        given["value"] = _amount(case.value)
    leads.add(session, [f"#{case.contact}"], leads.LeadFields(given=given))
    return newest(session.reader)


def _take(session: Session, lead_id: int, step: Step) -> None:
    from crm_cli.queries.selection import Selection
    from crm_cli.services import interactions, leads_moves, leads_win
    from crm_cli.services.leads import LeadFields

    chosen = Selection(ids=[lead_id], is_named=True)
    told = {**step.told, "on": f"{step.on} 15:00"}
    if step.verb == "log":
        told = {**step.told, "at": f"{step.on} 11:00", "channel": "call", "lead": f"#{lead_id}"}
        interactions.add(session, [], interactions.InteractionFields(given=told))
    elif step.verb == "move":
        leads_moves.move(session, chosen, told.pop("stage"), LeadFields(given=told))
    elif step.verb == "lose":
        leads_moves.lose(session, chosen, told.pop("reason"), LeadFields(given=told))
    elif step.verb == "reopen":
        leads_moves.reopen(session, chosen, LeadFields(given=told))
    else:
        told["amount"] = _amount(told["amount"])
        leads_win.win(session, chosen, LeadFields(given=told))


def _plan(session: Session, lead_id: int, due: date, text: str) -> None:
    from crm_cli.services import follow_ups

    given = {"when": due.isoformat(), "text": text, "lead": f"#{lead_id}"}
    follow_ups.add(session, [], follow_ups.FollowUpFields(given=given))


def _amount(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}"
