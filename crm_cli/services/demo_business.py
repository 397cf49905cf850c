"""A believable small coffee roastery, drawn from a seed: the same seed and day, the same people.

Pure: it draws and computes, and knows nothing of the store. Ids are positions from 1.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from crm_cli.domain.values import fold
from crm_cli.services import demo_names as names

DAYS = 822
"""How long the business has been trading: a little over two years and a quarter."""
OWNERS = ("mara", "declan")
SOURCES = (("shop", 38), ("web", 30), ("market", 18), ("referral", 9), ("fair", 5))
CHANNELS = {"shop": "shop", "market": "market", "fair": "market"}
HABITS: tuple[tuple[str, int, float, float], ...] = (
    ("once", 40, 0.0, 1.0),
    ("now-and-then", 27, 95.0, 0.22),
    ("regular", 23, 42.0, 0.08),
    ("devoted", 10, 19.0, 0.03),
)
"""Kind of buyer, share, days between orders, and chance to be gone after each."""


@dataclass(slots=True, kw_only=True)
class Person:
    """A contact to be; ``company`` is the number of another one."""

    number: int
    kind: str
    name: str
    role: str = "prospect"
    first_name: str | None = None
    last_name: str | None = None
    company: int | None = None
    job_title: str | None = None
    email: str | None = None
    phone: str | None = None
    town: tuple[str, str] | None = None
    street: str | None = None
    source: str = "shop"
    owner: str | None = None
    referred_by: int | None = None
    since: date = date.min
    tags: list[str] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Line:
    """A purchase to be; ``product`` and ``returns`` count from 1, ``amount`` is in cents."""

    contact: int
    on: date
    kind: str
    order_number: str
    product: int
    quantity: int
    amount: int
    channel: str
    returns: int | None = None


@dataclass(slots=True, kw_only=True)
class Business:
    """Everything the demo writes."""

    people: list[Person]
    lines: list[Line]


def draw(today: date, customers: int, seed: int) -> Business:
    """Return a business whose last sale was at most a few days before ``today``."""
    return _Drawing(today, Random(seed)).business(customers)  # noqa: S311 - a play, not a secret


class _Drawing:
    def __init__(self, today: date, random: Random) -> None:
        self.today = today
        self.random = random
        self.people: list[Person] = []
        self.orders: list[tuple[date, int, str, list[tuple[int, int]]]] = []
        self.emails: set[str] = set()
        self.names: set[str] = set()
        self.products = {product[0]: i for i, product in enumerate(names.PRODUCTS, start=1)}

    def business(self, customers: int) -> Business:
        for number in range(max(2, customers * 60 // 400)):
            self._company(number)
        for name in names.SUPPLIERS:
            self._add(kind="company", name=name, role="supplier", since=self._opening())
        private = [self._private() for _ in range(customers)]
        for person in private:
            if self.random.random() < 0.93:
                self._buy(person, *self._habit())
        return Business(people=self.people, lines=self._lines())

    # -- people -----------------------------------------------------------------------------

    def _add(self, **values: object) -> Person:
        person = Person(number=len(self.people) + 1, **values)  # type: ignore[arg-type]
        self.people.append(person)
        return person

    def _opening(self) -> date:
        return self.today - timedelta(days=DAYS)

    def _arrival(self) -> date:
        """Draw a day since the opening; the business grows, and December brings more strangers."""
        while True:
            day = self._opening() + timedelta(days=int(DAYS * self.random.random() ** 0.8))
            if self.random.random() * max(names.SEASON) < names.SEASON[day.month - 1]:
                return day

    def _pick(self, weighted: tuple[tuple[str, int], ...]) -> str:
        words, weights = zip(*weighted, strict=True)
        return str(self.random.choices(words, weights)[0])

    def _town(self) -> tuple[str, str]:
        town, county, _ = self.random.choices(names.TOWNS, [town[2] for town in names.TOWNS])[0]
        return town, county

    def _street(self) -> str:
        return f"{self.random.randint(1, 120)} {self.random.choice(names.STREETS)}"

    def _phone(self) -> str:
        # 020 91x is kept free for made-up numbers in Ireland.
        return f"+35320910{self.random.randint(0, 9999):04d}"

    def _email(self, left: str, domain: str = "example.com") -> str:
        stem, number = left, 1
        while f"{left}@{domain}" in self.emails:
            number += 1
            left = f"{stem}{number}"
        self.emails.add(f"{left}@{domain}")
        return f"{left}@{domain}"

    def _human(self, **values: object) -> Person:
        first = self.random.choice(names.FIRST_NAMES)
        last = self.random.choice(names.LAST_NAMES)
        return self._add(
            kind="person", name=f"{first} {last}", first_name=first, last_name=last, **values
        )

    def _company(self, number: int) -> None:
        word = names.COMPANY_WORDS[number % len(names.COMPANY_WORDS)]
        kind = self._pick(names.COMPANY_KINDS)
        name = f"{word} {kind}"
        if name in self.names:  # of as many companies, some are in the next town
            name = f"{name} {number}"
        self.names.add(name)
        domain = f"{_slug(name)}.example.com"
        since = self._arrival()
        company = self._add(
            kind="company", name=name, since=since, town=self._town(),
            street=self._street(), email=self._email("hello", domain), phone=self._phone(),
            source=self._pick(SOURCES), owner=self.random.choice(OWNERS),
        )  # fmt: skip
        for position in range(self.random.choices((1, 2, 3), (5, 3, 2))[0]):
            person = self._human(
                company=company.number, since=since, town=company.town,
                job_title=names.JOBS[0] if not position else self.random.choice(names.JOBS[1:]),
                source=company.source, owner=company.owner,
            )  # fmt: skip
            person.email = self._email(_slug(person.first_name or ""), domain)
        if kind in names.CAFES:
            company.tags.append("wholesale")
            self._buy(company, 17.0, 0.012, wholesale=True)
        elif self.random.random() < 0.75:
            self._buy(company, 34.0, 0.04)

    def _private(self) -> Person:
        person = self._human(
            since=self._arrival(), town=self._town(), source=self._pick(SOURCES),
            street=self._street() if self.random.random() < 0.6 else None,
        )  # fmt: skip
        if self.random.random() < 0.85:
            stem = f"{_slug(person.first_name or '')}.{_slug(person.last_name or '')}"
            person.email = self._email(stem)
            if self.random.random() < 0.35:
                person.tags.append("newsletter")
        if self.random.random() < 0.45 or not person.email:
            person.phone = self._phone()
        if person.source == "referral":
            friend = self.random.choice(self.people)
            person.referred_by = friend.number if friend.since < person.since else None
        return person

    def _habit(self) -> tuple[float, float]:
        kind = self.random.choices(HABITS, [habit[1] for habit in HABITS])[0]
        return kind[2], kind[3]

    # -- purchases --------------------------------------------------------------------------

    def _buy(self, person: Person, gap: float, leaving: float, *, wholesale: bool = False) -> None:
        """Let somebody buy from their first day on until they stay away or today is reached."""
        person.role = "customer"
        person.owner = person.owner or (self.random.choice(OWNERS) if gap and gap < 50 else None)
        day, orders = person.since, 0
        while day < self.today:
            basket = self._basket(day, wholesale)
            self.orders.append((day, person.number, self._channel(person), basket))
            orders += 1
            if self.random.random() < leaving:
                break
            wait = self.random.gammavariate(3.0, gap / 3.0) / names.SEASON[day.month - 1] ** 0.5
            day += timedelta(days=max(1, round(wait)))
        if orders >= 15 and not wholesale:
            person.tags.append("vip")

    def _channel(self, person: Person) -> str:
        usual = CHANNELS.get(person.source, "web")
        return usual if self.random.random() < 0.8 else self.random.choice(("web", "shop", "phone"))

    def _basket(self, day: date, wholesale: bool) -> list[tuple[int, int]]:
        """Return (product, pieces) of one order."""
        if wholesale:
            skus = names.WHOLESALE if self.random.random() < 0.4 else names.WHOLESALE[:1]
            return [(self.products[sku], self.random.randint(3, 14)) for sku in skus]
        weights = [product[4] for product in names.PRODUCTS]
        if day.month in {11, 12}:
            weights[self.products["GFT-BOX"] - 1] = 22
            weights[self.products["GFT-30"] - 1] = 10
        wanted = self.random.choices((1, 2, 3, 4), (52, 30, 13, 5))[0]
        picked = dict.fromkeys(self.random.choices(range(1, len(weights) + 1), weights, k=wanted))
        return [(number, self._pieces(number)) for number in picked]

    def _pieces(self, product: int) -> int:
        if names.PRODUCTS[product - 1][2] != "Coffee":
            return 1
        return self.random.choices((1, 2, 3), (70, 24, 6))[0]

    def _lines(self) -> list[Line]:
        lines: list[Line] = []
        self.orders.sort(key=lambda order: (order[0], order[1]))
        for number, (day, contact, channel, basket) in enumerate(self.orders, start=1):
            for product, pieces in basket:
                price = names.PRODUCTS[product - 1][3]
                amount = price * pieces * (85 if pieces > 2 else 100) // 100
                lines.append(
                    Line(
                        contact=contact, on=day, kind="sale", product=product,
                        order_number=f"{day.year}-{number:05d}", quantity=pieces, amount=amount,
                        channel=channel,
                    )
                )  # fmt: skip
        return self._with_returns(lines)

    def _with_returns(self, sales: list[Line]) -> list[Line]:
        lines = list(sales)
        for position, sale in enumerate(sales, start=1):
            category = names.PRODUCTS[sale.product - 1][2]
            back_on = sale.on + timedelta(days=self.random.randint(2, 20))
            if category in names.RETURNED and self.random.random() < 0.07 and back_on < self.today:
                lines.append(
                    Line(
                        contact=sale.contact, on=back_on, kind="return", product=sale.product,
                        order_number=sale.order_number, quantity=sale.quantity,
                        amount=sale.amount, channel=sale.channel, returns=position,
                    )
                )  # fmt: skip
        return lines


def _slug(text: str) -> str:
    words = "".join(char if char.isalnum() else " " for char in fold(text)).split()
    return "-".join(words)
