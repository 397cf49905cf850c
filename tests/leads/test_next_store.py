"""``crm lead next`` over whole random stores, held against the order as docs/lead-scores.md tells
it: steps at times of day, talks about a lead and with its contact, currencies, values nobody
knows, archived contacts, owners, pipelines and filters."""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing
from datetime import date, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Crm

TODAY = date(2026, 6, 15)
NOON = "2026-06-15T12:00:00Z"
PEOPLE = 25
LEADS = 160
RATES = {"EUR": Fraction(1), "CHF": Fraction(11, 10)}
"""Euros for one; of a dollar nobody knows."""


def day(ago: int) -> str:
    """Return a day so many days ago."""
    return (TODAY - timedelta(days=ago)).isoformat()


def fill(path: Path, seed: int) -> None:
    """Insert contacts, talks, leads, finished stays and steps."""
    dice = random.Random(seed)
    with closing(sqlite3.connect(path)) as direct, direct:
        columns = [row[1] for row in direct.execute("PRAGMA table_info(contacts)")]
        rest = ", ".join(name for name in columns if name not in {"id", "uid", "archived_at"})
        for number in range(2, PEOPLE + 1):
            direct.execute(
                f"INSERT INTO contacts (id, uid, archived_at, {rest})"
                f" SELECT ?1, ?1, ?2, {rest} FROM contacts WHERE id = 1",
                (number, "2026-01-01T08:00:00Z" if dice.random() < 0.1 else None),
            )
        direct.execute(
            "INSERT INTO pipelines (id, key, name, position) VALUES (50, 'partners', 'Partners', 9)"
        )
        direct.execute(
            "INSERT INTO stages (id, pipeline_id, key, name, kind, position, probability,"
            " rotten_days) VALUES (51, 50, 'a', 'A', 'open', 1, 3300, NULL)"
        )
        for number in range(1, LEADS + 1):
            opened = dice.choice([0, 1, 5, 30, 90])
            is_open = dice.random() < 0.9
            value = None if dice.random() < 0.2 else 777 * dice.randint(1, 20)
            direct.execute(
                "INSERT INTO leads (id, uid, contact_id, title, folded, stage_id, state, value,"
                " currency, probability, source, owner, opened_at, stage_since, closed_at,"
                " created_at, updated_at) VALUES"
                " (?1, ?1, ?2, 'x', 'x', ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, '', '')",
                (
                    number, dice.randint(1, PEOPLE),
                    dice.choice([1, 2, 3, 4, 5, 51]) if is_open else 7,
                    "open" if is_open else "lost", value,
                    value and dice.choice(["EUR", "EUR", "CHF", "USD"]),
                    dice.choice([None, None, 0, 9000]) if is_open else None,
                    dice.choice(["web", "fair"]), dice.choice([None, "zoe", "max"]),
                    f"{day(opened)}T07:00:00Z",
                    f"{day(dice.randint(0, opened))}T07:00:00Z",
                    None if is_open else NOON,
                ),
            )  # fmt: skip
            for _ in range(dice.choice([0, 0, 0, 1, 2])):
                direct.execute(
                    "INSERT INTO follow_ups (uid, contact_id, kind, due_on, due_time, text,"
                    " lead_id, state, done_at, created_at, updated_at)"
                    " VALUES (hex(randomblob(8)), 1, ?1, ?2, ?3, 'x', ?4, ?5, ?6, '', '')",
                    (
                        dice.choice(["task", "promise"]), day(dice.choice([-2, 0, 0, 1, 3])),
                        dice.choice([None, "08:30", "12:00", "17:00"]), number,
                        *dice.choice([("open", None), ("open", None), ("done", NOON)]),
                    ),
                )  # fmt: skip
            for _ in range(dice.choice([0, 0, 1])):
                begun = dice.randint(100, 120)
                direct.execute(
                    "INSERT INTO stage_changes (lead_id, stage_id, entered_at, left_at)"
                    " VALUES (?, ?, ?, ?)",
                    (
                        number, dice.choice([1, 2, 51]), f"{day(begun)}T08:00:00Z",
                        f"{day(begun - dice.randint(0, 30))}T08:00:00Z",
                    ),
                )  # fmt: skip


def talk(crm: Crm, seed: int) -> None:
    """Log talks by the program itself, so that what is kept of them is its own."""
    dice = random.Random(seed)
    for number in range(1, PEOPLE + 1, 2):
        about = dice.choice([(), ("--lead", dice.randint(1, LEADS))])
        channel = dice.choice(["call", "call", "note"])
        at = dice.choice(
            [f"{TODAY} 09:00", f"{day(1)} 09:00", f"{day(4)} 23:30", f"{day(60)} 9:00"]
        )
        crm("log", channel, number, "hello", *about, "--at", at, "-q")


class Call(NamedTuple):
    """A lead in the order: what it is sorted by."""

    key: tuple[Any, ...]
    id: int


def read(path: Path, *, owner: str = "", pipeline: int = 0, source: str = "") -> list[int]:
    """Order all leads by the page, with nothing but the rows and fractions."""
    with closing(sqlite3.connect(path)) as direct:
        direct.row_factory = sqlite3.Row
        leads = direct.execute(
            "SELECT l.*, s.probability AS odds, s.rotten_days, s.pipeline_id, c.archived_at,"
            " k.score FROM leads l JOIN stages s ON s.id = l.stage_id"
            " JOIN contacts c ON c.id = l.contact_id LEFT JOIN lead_scores k ON k.lead_id = l.id"
            " WHERE l.state = 'open'"
        ).fetchall()
        talks = direct.execute("SELECT * FROM interactions WHERE channel <> 'note'").fetchall()
        steps = direct.execute("SELECT * FROM follow_ups WHERE state = 'open'").fetchall()
        stays = direct.execute(
            "SELECT * FROM stage_changes WHERE left_at IS NOT NULL ORDER BY left_at DESC"
        ).fetchall()
    worths = {lead["id"]: worth(lead) for lead in leads}
    known = sorted((found for found, is_known in worths.values() if is_known), reverse=True)
    middle = known[len(known) // 2]
    calls = []
    for lead in leads:
        if (
            lead["archived_at"]
            or (owner and lead["owner"] != owner)
            or (pipeline and lead["pipeline_id"] != pipeline)
            or (source and lead["source"] != source)
        ):
            continue
        last = max(
            (
                found["happened_at"]
                for found in talks
                if lead["id"] == found["lead_id"] or lead["contact_id"] == found["contact_id"]
            ),
            default="",
        )
        if last[:10] == str(TODAY):
            continue
        amount, is_known = worths[lead["id"]]
        if not is_known:
            amount = middle * amount // 5000
        mine = [step for step in steps if step["lead_id"] == lead["id"]]
        due = [
            (step["due_on"], step["kind"] != "promise")
            for step in mine
            if (step["due_on"], step["due_time"] or "00:00") <= (str(TODAY), "12:00")
        ]
        if due:
            calls.append(Call((0, *min(due), -amount, not is_known, lead["id"]), lead["id"]))
        elif not mine:
            urgency = int(amount * age(lead, stays) * silence(lead, stays, last))
            since = lead["stage_since"]
            calls.append(Call((1, -urgency, not is_known, -amount, since, lead["id"]), lead["id"]))
    return [call.id for call in sorted(calls)]


def worth(lead: sqlite3.Row) -> tuple[int, bool]:
    """Return the worth in cents, or the odds in basis points where that is not to be known."""
    odds = lead["odds"] if lead["probability"] is None else lead["probability"]
    chance = odds * (100 + (lead["score"] or 0)) // 100
    if lead["value"] is None or lead["currency"] not in RATES:
        return chance, False
    home = int(lead["value"] * RATES[lead["currency"]])
    return home * chance // 10_000, True


def middle_stay(lead: sqlite3.Row, stays: list[sqlite3.Row]) -> int | None:
    """Return the median days of the finished stays in a lead's stage; None of fewer than five."""
    found = sorted(
        (
            date.fromisoformat(stay["left_at"][:10]) - date.fromisoformat(stay["entered_at"][:10])
        ).days
        for stay in [stay for stay in stays if stay["stage_id"] == lead["stage_id"]][:101]
    )
    half = len(found) // 2
    if len(found) < 5:
        return None
    return found[half] if len(found) % 2 else (found[half - 1] + found[half]) // 2


def age(lead: sqlite3.Row, stays: list[sqlite3.Row]) -> Fraction:
    """Return one and the share of the limit that is over, at most two."""
    usual = middle_stay(lead, stays)
    limit = lead["rotten_days"] or (2 * usual if usual else 30)
    days = (TODAY - date.fromisoformat(lead["stage_since"][:10])).days
    return 1 + min(Fraction(1), Fraction(days, limit))


def silence(lead: sqlite3.Row, stays: list[sqlite3.Row], last: str) -> Fraction:
    """Return the days since the last talk by those of a usual stay, at most one."""
    if last < lead["opened_at"]:
        return Fraction(1)
    usual = middle_stay(lead, stays)
    if usual is None:
        usual = lead["rotten_days"] // 2 if lead["rotten_days"] else 15
    days = (TODAY - date.fromisoformat(last[:10])).days
    return min(Fraction(1), Fraction(days, max(usual, 1)))


@pytest.mark.parametrize("seed", range(6))
def test_the_order_is_that_of_the_page(crm: Crm, seed: int) -> None:
    crm("contact", "add", "Ada", "-q")
    crm("config", "rate", "add", "CHF", "1.1", "--in", "EUR", "--on", "2026-01-01", "-q")
    fill(crm.db, seed)
    talk(crm, seed)
    crm("lead", "score", "--rule", "source = fair", "--points", "35", "-q")
    crm("lead", "score", "--refresh", "-q")

    def order(*more: object) -> list[int]:
        return [row["id"] for row in crm.json("lead", "next", *more, "--now", NOON)]

    wanted = read(crm.db)
    assert len(wanted) > 30
    assert order("--limit", 999) == wanted
    for limit in (1, 2, 9, 40):
        assert order("--limit", limit) == wanted[:limit]
    assert order("--limit", 999, "--owner", "zoe") == read(crm.db, owner="zoe")
    assert order("--limit", 3, "--pipeline", "partners") == read(crm.db, pipeline=50)[:3]
    assert order("--limit", 999, "--where", "source = web") == read(crm.db, source="web")
    narrowed = read(crm.db, source="fair", owner="max")
    assert order("--limit", 5, "--where", "source = fair", "--owner", "max") == narrowed[:5]
