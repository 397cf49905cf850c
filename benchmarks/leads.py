"""A store of many leads: stays, former terms, follow-ups and talks, written straight into its
tables, because the verbs would take an hour for them.

``python -m benchmarks.leads 100000 500000 several store.db`` adds leads and stays to a store that
has contacts; ``one`` puts every value in one currency, ``several`` in four. Seeded: the same
contacts get the same leads.
"""

from __future__ import annotations

import random
import sqlite3
import sys
from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from benchmarks.generate import FIRST, FIRST_DAY, TODAY, WORDS
from crm_cli.store import activity, lead_worth
from crm_cli.store.batch import Batch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CURRENCIES = ("EUR", "EUR", "EUR", "CHF", "USD", "JPY")
RATES = {"CHF": ("0.95", "1.02"), "USD": ("0.86", "0.93"), "JPY": ("0.0061", "0.0066")}
SOURCES = ("web", "fair", "referral", "mailing", "phone", "partner", None)
CAMPAIGNS = ("spring", "autumn", "catalogue", None, None, None)
REASONS = ("price", "competitor", "no-budget", "timing", "no-need", "no-answer", None)
COMPETITORS = ("Acme", "Globex", "Initech", None, None)
PIPELINES = {
    "partners": ("Partners", ("Found", "Talking", "Trial", "Contract")),
    "service": ("Service", ("Asked", "Visited", "Offered", "Agreed", "Planned")),
}
"""Pipelines beside the one every store has: key -> name, open stages."""


class Stages(NamedTuple):
    """The stages of a pipeline: ids of the open ones in order, of the won and the lost one."""

    open: tuple[int, ...]
    won: int
    lost: int


def instant(second: int) -> str:
    """Return an instant so many seconds after the first day as stored."""
    day, rest = divmod(second, 86_400)
    hours, rest = divmod(rest, 3600)
    return f"{_DAYS[day]}T{hours:02d}:{rest // 60:02d}:{rest % 60:02d}Z"


_SPAN = (date.fromisoformat(TODAY) - FIRST_DAY).days
_DAYS = [(FIRST_DAY + timedelta(days=number)).isoformat() for number in range(_SPAN + 400)]


def main(arguments: list[str]) -> int:
    """Fill the store the arguments name."""
    leads, stays, currencies, path = arguments
    # In Python's own mode, so that the whole is one transaction.
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("PRAGMA cache_size = -200000")
    with connection:
        fill(connection, int(leads), int(stays), several=currencies == "several")
    connection.close()
    return 0


def fill(connection: sqlite3.Connection, leads: int, stays: int, *, several: bool) -> None:
    """Write leads with so many stays among them, and what hangs on them."""
    draw = random.Random(f"leads {leads} {stays}")
    contacts = connection.execute("SELECT max(id) FROM contacts").fetchone()[0]
    rows = Rows(draw, _pipelines(connection), contacts, several=several)
    rows.draw(_counts(draw, leads, stays))
    for table, found in rows.tables.items():
        if found:
            columns = ", ".join(found[0])
            marks = ", ".join(f":{name}" for name in found[0])
            connection.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", found)
    if several:
        connection.executemany(
            "INSERT INTO currency_rates (base, quote, valid_on, rate) VALUES (?, 'EUR', ?, ?)",
            [(code, _DAYS[number], pair[number // 30 % 2])
             for code, pair in RATES.items() for number in range(0, _SPAN, 30)],
        )  # fmt: skip
    for table in (*rows.tables, "pipelines", "stages", "currency_rates"):
        connection.execute(
            f"INSERT INTO counters (name, next_id) SELECT '{table}',"
            f" coalesce(max(id), 0) + 1 FROM {table} WHERE true"
            " ON CONFLICT (name) DO UPDATE SET next_id = excluded.next_id"
        )
    batch = Batch()
    activity.rebuild(batch)
    lead_worth.keep(batch, lead_worth.rates(connection, "EUR", TODAY), None)
    batch.run(connection)


def _pipelines(connection: sqlite3.Connection) -> list[Stages]:
    for position, (key, (name, stages)) in enumerate(PIPELINES.items(), 2):
        (number,) = connection.execute("SELECT max(id) + 1 FROM stages").fetchone()
        connection.execute(
            "INSERT INTO pipelines (id, key, name, position) VALUES (?, ?, ?, ?)",
            (position, key, name, position),
        )
        kinds = [*(("open", stage) for stage in stages), ("won", "Won"), ("lost", "Lost")]
        for at, (kind, stage) in enumerate(kinds):
            odds = {"won": 10_000, "lost": 0}.get(kind, 10_000 * (at + 1) // (len(stages) + 2))
            connection.execute(
                "INSERT INTO stages (id, pipeline_id, key, name, kind, position, probability,"
                " rotten_days) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (number + at, position, stage.lower(), stage, kind, at + 1, odds,
                 30 if kind == "open" else None),
            )  # fmt: skip
    found = connection.execute(
        "SELECT pipeline_id, kind, id FROM stages ORDER BY pipeline_id, position"
    ).fetchall()
    return [
        Stages(
            tuple(row[2] for row in found if row[0] == pipeline and row[1] == "open"),
            next(row[2] for row in found if row[0] == pipeline and row[1] == "won"),
            next(row[2] for row in found if row[0] == pipeline and row[1] == "lost"),
        )
        for pipeline in sorted({row[0] for row in found})
    ]


def _counts(draw: random.Random, leads: int, stays: int) -> list[int]:
    """Return how many stays each lead has: one at least, ``stays`` in all."""
    counts = [stays // leads] * leads
    counts[0] += stays % leads
    for number in range(1, leads - 1, 2):
        some = draw.randrange(counts[number])
        counts[number] -= some
        counts[number + 1] += some
    return counts


class Rows:
    """The rows of each table, drawn lead by lead."""

    def __init__(
        self, draw: random.Random, pipelines: list[Stages], contacts: int, *, several: bool
    ) -> None:
        self._draw = draw
        self._pipelines = pipelines
        self._contacts = contacts
        self._several = several
        self.tables: dict[str, list[dict[str, Any]]] = {
            "leads": [], "stage_changes": [], "lead_terms": [], "interactions": [],
            "follow_ups": [],
        }  # fmt: skip

    def draw(self, counts: list[int]) -> None:
        """Draw the leads with so many stays each."""
        for number, count in enumerate(counts, 1):
            self._lead(number, count)

    def _path(self, stages: Stages, count: int, *, closes: bool) -> Iterator[int]:
        """Yield the stages of so many stays: mostly on, now and then past one, back, reopened."""
        at = 0
        for step in range(count):
            is_last = step == count - 1
            if closes and is_last:
                yield stages.won if self._draw.random() < 0.4 else stages.lost
            elif count > 3 and step == count - 3 and self._draw.random() < 0.05:
                yield stages.lost  # and reopened
            else:
                yield stages.open[at]
                at += self._draw.choice((1, 1, 1, 1, 1, 2, 2, -1))
                if not 0 <= at < len(stages.open):
                    at = len(stages.open) - 2

    def _lead(self, number: int, count: int) -> None:
        draw, choice = self._draw, self._draw.choice
        stages = draw.choices(self._pipelines, (6, 2, 2)[: len(self._pipelines)])[0]
        closes = count > 1 and draw.random() < 0.65
        path = list(self._path(stages, count, closes=closes))
        opened = draw.randrange((_SPAN - 1) * 86_400)
        latest = _SPAN * 86_400 - 3600
        if closes:
            latest = min(latest, opened + draw.randrange(5, 300) * 86_400)
        times = [opened, *sorted(draw.randrange(opened, latest) for _ in path[1:])]
        at = [instant(time) for time in times]
        state = {stages.won: "won", stages.lost: "lost"}.get(path[-1], "open")
        value = None if draw.random() < 0.1 else draw.randrange(100, 50_000) * 100
        currency = choice(CURRENCIES) if self._several else "EUR"
        reason = choice(REASONS) if state == "lost" else None
        competitor = choice(COMPETITORS) if reason else None
        owner = choice((*FIRST[:11], None))
        contact = draw.randrange(self._contacts) + 1
        expected = _DAYS[min(times[-1] // 86_400 + draw.randrange(10, 200), len(_DAYS) - 1)]
        title = f"{choice(WORDS)} {choice(WORDS)} {number}"
        self.tables["leads"].append(
            {
                "id": number, "uid": f"lead-{number}", "contact_id": contact, "title": title,
                "folded": title, "stage_id": path[-1], "state": state,
                "probability": choice((None, None, None, 3000, 9000)) if state == "open" else None,
                "value": value, "currency": None if value is None else currency,
                "expected_on": expected, "forecast": None, "source": choice(SOURCES),
                "campaign": choice(CAMPAIGNS),
                "referred_by_id": contact % self._contacts + 1 if number % 20 == 0 else None,
                "owner": owner, "opened_at": at[0], "stage_since": at[-1],
                "closed_at": None if state == "open" else at[-1], "loss_reason": reason,
                "competitor": competitor, "created_at": at[0], "updated_at": at[-1],
            }
        )  # fmt: skip
        for place, (stage, (entered, left)) in enumerate(
            zip(path, pairwise([*at, None]), strict=True)
        ):
            was_lost = stage == stages.lost
            is_last = place == count - 1
            self.tables["stage_changes"].append(
                {
                    "lead_id": number, "stage_id": stage, "entered_at": entered, "left_at": left,
                    "loss_reason": reason if is_last else "timing" if was_lost else None,
                    "competitor": competitor if is_last else None, "by_name": owner,
                }
            )  # fmt: skip
        self._terms(number, value, currency, owner, times)
        self._talk(number, contact, choice, times[-1])
        if state == "open" and draw.random() < 0.6:
            self._follow_up(number, contact, owner, times[-1])

    def _terms(
        self, number: int, value: int | None, currency: str, owner: str | None, times: list[int]
    ) -> None:
        for time in sorted(self._draw.sample(range(len(times)), min(len(times) // 3, 2))):
            self.tables["lead_terms"].append(
                {
                    "lead_id": number, "until_at": instant(times[time] + 60),
                    "value": None if value is None else value // 2,
                    "currency": None if value is None else currency,
                    "probability": self._draw.choice((None, 2000)), "expected_on": None,
                    "forecast": None, "owner": owner,
                }
            )  # fmt: skip

    def _talk(
        self, number: int, contact: int, choice: Callable[[tuple[str, ...]], str], time: int
    ) -> None:
        at = instant(time)
        self.tables["interactions"].append(
            {
                "uid": f"talk-{number}", "contact_id": contact, "happened_at": at,
                "channel": choice(("call", "meeting", "email")),
                "direction": choice(("in", "out")), "subject": "About it", "body": "We talked.",
                "lead_id": number if number % 2 else None, "created_at": at, "updated_at": at,
            }
        )  # fmt: skip

    def _follow_up(self, number: int, contact: int, owner: str | None, time: int) -> None:
        day = _SPAN + self._draw.randrange(-20, 60)
        self.tables["follow_ups"].append(
            {
                "uid": f"step-{number}", "contact_id": contact,
                "kind": self._draw.choice(("task", "task", "promise")), "due_on": _DAYS[day],
                "text": "Call about it", "owner": owner, "created_at": instant(time),
                "updated_at": instant(time),
                "lead_id": number if self._draw.random() < 0.8 else None,
            }
        )  # fmt: skip


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
