"""Files of leads as large and as odd as they are in life, with the reckoning of what they hold.

A seed makes a file. What the file means is noted while it is written, by other means than the
import's: each lead once, with its company, stage, value and days, and every oddity counted.
"""

from __future__ import annotations

import csv
import io
import random
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

TODAY = date(2026, 7, 15)
NAMES = ("Müller", "Bäcker", "Schön", "Grün", "Meier", "Weber", "Keller", "Huber", "Frei", "Baum")
FORMS = ("AG", "GmbH", "Ltd", "SA", "& Co KG")
CURRENCIES = ("CHF", "EUR", "USD", "GBP")
PEOPLE = ("Anna", "Björn", "Chloé", "Dora", "Émile", "Franz", "Gül", "Hans", "Inès", "Jürg")


@dataclass
class Expected:
    """What a file holds."""

    read: int = 0
    created: int = 0
    repeated: int = 0
    rejected: int = 0
    warnings: Counter[str] = field(default_factory=Counter)
    companies: set[int] = field(default_factory=set)
    people: set[str] = field(default_factory=set)
    titles: set[str] = field(default_factory=set)
    stages: Counter[str] = field(default_factory=Counter)
    values: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))
    """(state, currency) -> sum in minor units."""
    weighted: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    """currency -> sum over open leads of value times probability, rounded once a lead."""
    closed_days: Counter[str] = field(default_factory=Counter)
    opened_days: Counter[str] = field(default_factory=Counter)
    owners: Counter[str | None] = field(default_factory=Counter)
    reasons: Counter[str | None] = field(default_factory=Counter)


@dataclass(frozen=True)
class Lead:
    """One lead as it is meant; spelling and faults come when it is written."""

    number: int
    title: str
    company: int | None
    person: str | None
    stage: str
    state: str
    odds: int
    """Basis points of an open lead."""
    value: int | None
    currency: str
    opened: date
    closed: date | None
    owner: str | None
    reason: str | None


STAGES: dict[str, tuple[str, int, tuple[str, ...], tuple[str, ...]]] = {
    # ours -> state, our odds, what the products call it
    "new": ("open", 1000, ("New", "new"), ("Prospecting", "New")),
    "contacted": ("open", 2000, ("appointmentscheduled", "Appointment Scheduled"),
                  ("Qualification",)),
    "qualified": ("open", 4000, ("qualifiedtobuy", "Qualified To Buy"),
                  ("Needs Analysis", "Value Proposition")),
    "proposal": ("open", 6000, ("presentationscheduled", "Presentation Scheduled"),
                 ("Proposal/Price Quote", "Perception Analysis")),
    "negotiation": ("open", 8000, ("contractsent", "Decision Maker Bought-In"),
                    ("Negotiation/Review",)),
    "won": ("won", 10_000, ("closedwon", "Closed Won", "Closed won"), ("Closed Won",)),
    "lost": ("lost", 0, ("closedlost", "Closed Lost (Sales Pipeline)"), ("Closed Lost",)),
}  # fmt: skip
REASONS = {
    "Price": "price", "Lost to Competitor": "competitor", "No Budget / Lost Funding": "no-budget",
    "Bought used": "bought-used",
}  # fmt: skip


def leads(seed: int, count: int) -> list[Lead]:
    """Make leads."""
    lot = random.Random(seed)
    made = []
    for number in range(1, count + 1):
        stage = lot.choices(list(STAGES), (12, 12, 10, 10, 6, 25, 25))[0]
        state, usual, _, _ = STAGES[stage]
        odds = usual if state != "open" or lot.random() < 0.7 else lot.choice((500, 3300, 9900))
        opened = TODAY - timedelta(days=lot.randint(30, 900))
        closed = None
        if state != "open":
            closed = min(opened + timedelta(days=lot.randint(0, 200)), TODAY - timedelta(days=1))
            if lot.random() < 0.03:
                closed = opened - timedelta(days=lot.randint(1, 60))
        blank = lot.random()
        company = None if blank < 0.06 else lot.randint(1, 900)
        person = f"{lot.choice(PEOPLE)} {number % 700}" if blank < 0.03 or blank > 0.7 else None
        no_value = lot.random() < (0.4 if state == "lost" else 0.08)
        made.append(
            Lead(
                number=number,
                title=f"Deal {number}",
                company=company,
                person=person,
                stage=stage,
                state=state,
                odds=odds,
                value=None if no_value else lot.randint(0, 5_000_000),
                currency=lot.choices(CURRENCIES, (5, 3, 1, 1))[0],
                opened=opened,
                closed=closed,
                owner=lot.choice(("Zoe", "Max", None)),
                reason=lot.choice((*REASONS, None)) if state == "lost" else None,
            )
        )
    return made


def company_name(lot: random.Random, number: int, met: set[int]) -> str:
    """Return a spelling of a company's name: with its umlaut, which alone tells that the others
    are the same and stands in the file at least once; written out in capitals; or without it."""
    name = f"{NAMES[number % len(NAMES)]} {number} {FORMS[number % len(FORMS)]}"
    spelling = lot.random() if number in met else 1.0
    met.add(number)
    if spelling < 0.08:
        return name.upper().replace("Ü", "UE").replace("Ä", "AE").replace("Ö", "OE")
    if spelling < 0.16:
        return name.replace("ü", "u").replace("ä", "a").replace("ö", "o").title()
    return name


def address(person: str) -> str:
    """Return the one e-mail address of a person."""
    plain = person.lower()
    for theirs, ours in (("ö", "o"), ("é", "e"), ("ü", "u"), ("è", "e"), (" ", ".")):
        plain = plain.replace(theirs, ours)
    return f"{plain}@people.example"


def note(found: Expected, lead: Lead, *, currency: str, today: str, default: str) -> None:
    """Count a lead as the import should: once."""
    del today
    found.created += 1
    found.stages[lead.stage] += 1
    found.owners[lead.owner] += 1
    paid_in = currency or default
    if lead.value is not None:
        found.values[lead.state, paid_in] += lead.value
        if lead.state == "open":
            exact = Decimal(lead.value) * lead.odds / 10_000
            found.weighted[paid_in] += int(exact + Decimal("0.5"))
        if not currency:
            found.warnings["no-currency"] += 1
    elif lead.state != "open":
        found.warnings[f"{lead.state}-without-value"] += 1
    if lead.person:
        found.people.add(address(lead.person))
    if lead.company is not None:
        found.companies.add(lead.company)
    if lead.person is None and lead.company is None:
        found.titles.add(lead.title)
        found.warnings["no-account"] += 1
    if lead.state == "lost":
        found.reasons[REASONS.get(lead.reason or "")] += 1


def hubspot(seed: int, count: int) -> tuple[str, Expected]:
    """Return a file of HubSpot's deals and what it holds."""
    lot = random.Random(seed + 1)
    found, met = Expected(), set[int]()
    stream = io.StringIO()
    out = csv.writer(stream)
    out.writerow(
        "Record ID,Deal Name,Pipeline,Deal Stage,Amount,Currency,Deal probability,Close Date,"
        "Create Date,Deal owner,Associated Contact,Associated Company,Closed Lost Reason,"
        "Deal Description".split(",")
    )
    for lead in leads(seed, count):
        currency = "" if lot.random() < 0.05 else lead.currency
        row = [
            str(9_000_000 + lead.number), lead.title, "Sales Pipeline",
            lot.choice(STAGES[lead.stage][2]),
            "" if lead.value is None else f"{Decimal(lead.value) / 100}", currency,
            "" if lead.state != "open" else f"{Decimal(lead.odds) / 10_000}",
            "", f"{lead.opened} 09:30", lead.owner or "",
            f"{lead.person} ({address(lead.person)})" if lead.person else "",
            company_name(lot, lead.company, met) if lead.company else "", lead.reason or "",
            "Two\nlines, with a comma" if lot.random() < 0.05 else "",
        ]  # fmt: skip
        opened, closed = lead.opened, lead.closed
        if closed is not None:
            if lot.random() < 0.02:
                found.warnings["closed-without-day"] += 1
                closed = opened
            else:
                row[7] = f"{closed} 17:00"
                if closed < opened:
                    found.warnings["closed-before-opened"] += 1
                    opened = closed
        found.read += 1
        if lot.random() < 0.01:
            row[4] = "a lot"
            found.rejected += 1
            found.warnings.subtract(_said_of_closing(row, lead))
            out.writerow(row)
            continue
        note(found, lead, currency=currency, today="", default="EUR")
        found.opened_days[opened.isoformat()] += 1
        if closed:
            found.closed_days[closed.isoformat()] += 1
        out.writerow(row)
        if lot.random() < 0.02:
            out.writerow(row)  # the same deal again: an export by two associations
            found.read += 1
            found.repeated += 1
    found.warnings["duplicate-id"] = found.repeated
    return stream.getvalue(), found


def _said_of_closing(row: list[str], lead: Lead) -> Counter[str]:
    """What was counted of a row's days before it was found to be bad."""
    if lead.closed is None:
        return Counter()
    if not row[7]:
        return Counter({"closed-without-day": 1})
    return Counter({"closed-before-opened": 1}) if lead.closed < lead.opened else Counter()


def salesforce(seed: int, count: int) -> tuple[bytes, Expected]:
    """Return a file of Salesforce's opportunities as a German spreadsheet saves it (semicolons,
    cp1252, decimal commas, days first), with its footer, and what it holds."""
    lot = random.Random(seed + 2)
    found, met = Expected(), set[int]()
    stream = io.StringIO(newline="")
    out = csv.writer(stream, delimiter=";", lineterminator="\r\n")
    out.writerow(
        "Opportunity ID;Opportunity Name;Account Name;Primary Contact;Contact Email;Stage;Amount;"
        "Amount Currency;Probability (%);Close Date;Created Date;Opportunity Owner;Loss Reason;"
        "Description".split(";")
    )
    for lead in leads(seed, count):
        currency = lead.currency
        expected = lead.opened + timedelta(days=400)
        row = [
            f"006{lead.number:012d}", lead.title,
            company_name(lot, lead.company, met) if lead.company else "",
            lead.person or "", address(lead.person) if lead.person else "",
            lot.choice(STAGES[lead.stage][3]),
            "" if lead.value is None else _german(lot, lead.value), currency,
            f"{lead.odds // 100}" + (" %" if lot.random() < 0.5 else ""),
            f"{lead.closed or expected:%d.%m.%Y}", f"{lead.opened:%d.%m.%Y}", lead.owner or "",
            lead.reason or "", "Zwei\nZeilen; mit Strichpunkt" if lot.random() < 0.05 else "",
        ]  # fmt: skip
        found.read += 1
        if lot.random() < 0.01:
            row[5] = "Limbo"
            found.rejected += 1
            out.writerow(row)
            continue
        opened, closed = lead.opened, lead.closed
        if closed is not None and closed < opened:
            found.warnings["closed-before-opened"] += 1
            opened = closed
        note(found, lead, currency=currency, today="", default="EUR")
        found.opened_days[opened.isoformat()] += 1
        if closed:
            found.closed_days[closed.isoformat()] += 1
        out.writerow(row)
    found.warnings["footer"] = 2
    stream.write("\r\nCopyright (c) 2000-2026 salesforce.com\r\nConfidential Information\r\n")
    return stream.getvalue().encode("cp1252"), found


def _german(lot: random.Random, value: int) -> str:
    whole, cents = divmod(value, 100)
    grouped = f"{whole:,}".replace(",", lot.choice((".", "'")))
    return f"{grouped},{cents:02d}"
