"""``crm lead next``: the order, held against a plain sorting of every lead, and what it says."""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing
from datetime import date, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest

from crm_cli.domain import lead_next as domain
from crm_cli.queries import lead_next as queries
from tests.leads import scored

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Crm

TODAY = date(2026, 6, 15)


@pytest.fixture
def shop(crm: Crm) -> Crm:
    crm("contact", "add", "Ada", "--phone", "+41446681801", "--email", "ada@example.com", "-q")
    crm("contact", "add", "Bob", "-q")
    return crm


def add(crm: Crm, who: int, title: str, value: str = "", *more: str) -> int:
    return crm.id("lead", "add", who, title, *([value] if value else []), *more)


def order(crm: Crm, *more: str) -> list[int]:
    return [row["id"] for row in crm.json("lead", "next", "--limit", "99", *more)]


def reasons(crm: Crm, *more: str) -> dict[str, Any]:
    return {found["reason"]: found for found in crm.json("lead", "next", *more)["reasons"]}


# -- the order ------------------------------------------------------------------------------------


def test_worth_counts_and_age_up_to_twice(shop: Crm) -> None:
    old = add(shop, 1, "Old", "600", "--opened", "2026-05-01")
    young = add(shop, 2, "Young", "1000", "--opened", "2026-06-15")
    big = add(shop, 2, "Big", "1300", "--opened", "2026-06-15")
    # 10 % of each; the old one is over its limit of 14 days: 60 x 2 = 120, 100, 130.
    assert order(shop) == [big, old, young]
    assert shop.json("lead", "next")["id"] == big
    # Two days on: 60 x 2, 100 x (1 + 2/14) = 114, 130 x (1 + 2/14) = 149.
    rows = shop.json("lead", "next", "--limit", 3, "--now", "2026-06-17T10:00:00Z")
    assert [(row["id"], row["priority"]) for row in rows] == [
        (big, 14857), (old, 12000), (young, 11428),
    ]  # fmt: skip


def test_a_step_that_is_due_goes_first_and_one_ahead_is_left_alone(shop: Crm) -> None:
    small = add(shop, 1, "Small", "10")
    task = add(shop, 1, "Task", "20")
    ahead = add(shop, 1, "Ahead", "99999")
    big = add(shop, 2, "Big", "50000")
    shop("remind", "add", 1, "yesterday", "offer", "--lead", small, "--kind", "promise", "-q")
    shop("remind", "add", 1, "yesterday", "call", "--lead", task, "-q")
    shop("remind", "add", 1, "tomorrow", "call", "--lead", ahead, "-q")
    assert order(shop) == [small, task, big]
    found = reasons(shop)["promised"]
    assert (found["due_on"], found["overdue_days"]) == ("2026-06-14", 1)
    assert "offer" in found["text"]
    assert order(shop, "--now", "2026-06-16T10:00:00Z") == [small, task, ahead, big]


def test_a_time_of_today_that_is_to_come_is_ahead(shop: Crm) -> None:
    lead = add(shop, 1, "Roof", "10")
    shop("remind", "add", 1, "today 16:00", "call", "--lead", lead, "-q")
    assert order(shop) == []
    assert order(shop, "--now", "2026-06-15T16:00:00Z") == [lead]


def test_a_talk_today_takes_it_off_and_lets_it_wait_a_while(shop: Crm) -> None:
    roof = add(shop, 1, "Roof", "1000")
    door = add(shop, 2, "Door", "200")
    assert order(shop) == [roof, door]
    shop("log", "call", 1, "hello", "-q")
    assert order(shop) == [door]
    # The next day one of seven usual days (half the limit of 14) is over: a seventh of it.
    assert order(shop, "--now", "2026-06-16T10:00:00Z") == [door, roof]
    assert order(shop, "--now", "2026-06-20T10:00:00Z") == [roof, door]


def test_a_talk_of_somebody_else_about_it_counts_and_a_note_does_not(shop: Crm) -> None:
    roof = add(shop, 1, "Roof", "1000")
    shop("log", "note", 1, "thought of it", "-q")
    assert order(shop) == [roof]
    shop("log", "call", 2, "about the roof", "--lead", roof, "-q")
    assert order(shop) == []


def test_an_unknown_value_is_taken_at_the_median(shop: Crm) -> None:
    for number, value in enumerate(("100", "900", "5000")):
        add(shop, 1, f"L{number}", value, "--probability", "50")
    even = add(shop, 2, "Even odds", "", "--probability", "50")
    low = add(shop, 2, "Low odds", "", "--probability", "5")
    # The median worth is 450: at even odds as much, at 5 % a tenth, which is below 50.
    assert order(shop) == [3, 2, even, 1, low]
    assert shop.json("lead", "next", "--limit", 9)[2]["worth"] is None


def test_points_raise_the_worth(shop: Crm) -> None:
    plain = add(shop, 1, "Plain", "1000", "--source", "web")
    friend = add(shop, 2, "Friend", "700", "--source", "referral")
    assert order(shop) == [plain, friend]
    shop("lead", "score", "--rule", "source = referral", "--points", "50", "-q")
    assert order(shop) == [friend, plain]
    assert shop.json("lead", "next")["worth"] == "105.00"
    assert reasons(shop)["worth"]["score"] == 50


def test_other_currencies_count_at_their_rate(shop: Crm) -> None:
    euros = add(shop, 1, "Euros", "100 EUR")
    yen = add(shop, 2, "Yen", "5000 JPY")
    # Without a rate it is as if nobody knew: the median, 10, at 10 % instead of even odds.
    assert order(shop) == [euros, yen]
    assert "without a rate" in shop.json("lead", "next", "--limit", 2)[1]["why"]
    shop("config", "rate", "add", "JPY", "0.03", "--in", "EUR", "--on", "2026-01-01", "-q")
    assert order(shop) == [yen, euros]
    assert shop.json("lead", "next")["worth"] == "15.00"
    shop("undo", "-q")
    assert order(shop) == [euros, yen]


def test_it_is_narrowed(shop: Crm) -> None:
    roof = add(shop, 1, "Roof", "1000", "--owner", "zoe")
    door = add(shop, 2, "Door", "2000", "--owner", "max")
    assert order(shop, "--owner", "ZOE") == [roof]
    assert order(shop, "--mine", "--as", "max") == [door]
    assert order(shop, "--where", "value < 1500") == [roof]
    assert order(shop, "--pipeline", "sales") == [door, roof]
    assert shop("lead", "next", "--pipeline", "nowhere", code=3).err
    assert "nobody" not in shop("lead", "next", "--owner", "eve").out


def test_archived_contacts_and_closed_leads_are_called_by_nobody(shop: Crm) -> None:
    add(shop, 1, "Roof", "1000")
    door = add(shop, 2, "Door", "20")
    shop("contact", "archive", 1, "-q")
    assert order(shop) == [door]


# -- what it says ---------------------------------------------------------------------------------


def test_nobody_to_call_is_said_and_no_error(shop: Crm) -> None:
    run = shop("lead", "next", "--json")
    assert run.json is None
    assert "none is open" in run.err
    assert shop("lead", "next").out == ""
    assert shop.json("lead", "next", "--limit", 3) == []
    shop("lead", "next", "--fail-empty", code=3)
    shop("lead", "next", "--limit", 3, "--fail-empty", code=3)
    lead = add(shop, 1, "Roof")
    shop("remind", "add", 1, "friday", "call", "--lead", lead, "-q")
    assert "1 open (1 with the next step ahead)" in shop("lead", "next").err


def test_the_page_says_whom_to_call_and_why(shop: Crm) -> None:
    add(shop, 1, "Roof", "1000", "--opened", "2026-05-20", "--expected", "2026-06-18")
    shop("log", "call", 1, "hello", "--at", "2026-06-09", "-q")
    with closing(sqlite3.connect(shop.db)) as direct, direct:
        for number in range(5):  # stays of 4, 6, 8, 10 and 12 days
            direct.execute(
                "INSERT INTO stage_changes (id, lead_id, stage_id, entered_at, left_at)"
                " VALUES (?, 1, 1, '2026-01-01T00:00:00Z', ?)",
                (900 + number, f"2026-01-{5 + 2 * number:02}T09:00:00Z"),
            )
    page = shop("lead", "next").out
    assert "Call Ada: Roof" in page
    for part in (
        "+41446681801", "ada@example.com", "last spoken to 6 days ago",
        "26 days in New, where 8 days are usual and 14 the limit",
        "1000.00 EUR at 10 %: worth 100.00 EUR", "expected to come in 2026-06-18, in 3 days",
    ):  # fmt: skip
        assert part in page
    found = shop.json("lead", "next")
    assert [line["reason"] for line in found["reasons"]] == ["quiet", "stale", "worth", "expected"]
    assert all(line["text"] for line in found["reasons"])
    assert (found["usual_days"], found["stage_age_days"]) == (8, 26)
    assert found["last_contacted_at"] == "2026-06-09T12:00:00Z"
    # 100.00 x 2 x 6 / 8
    assert found["priority"] == 15000


def test_one_is_a_record_and_a_limit_makes_a_list(shop: Crm) -> None:
    add(shop, 1, "Roof", "1000")
    assert shop("lead", "next", "-f", "ids").out == "1\n"
    one = shop.json("lead", "next")
    (row,) = shop.json("lead", "next", "--limit", 1)
    assert row == one
    assert set(shop.json("lead", "show", 1)) <= set(one)


def test_columns_and_an_order_are_those_of_a_list(shop: Crm) -> None:
    add(shop, 1, "Roof", "1000")
    add(shop, 2, "Cellar", "10")
    assert shop.json("lead", "next", "--columns", "id,title") == [{"id": 1, "title": "Roof"}]
    assert shop("lead", "next", "--columns", "nope", code=2).out == ""
    assert shop("lead", "next", "--sort", "nope", code=2).out == ""
    assert shop("lead", "next", "--sort", "title", "-f", "ids").out == "1\n"


# -- against a plain sorting ----------------------------------------------------------------------


def fill(path: Path, seed: int) -> None:
    """Make a store of leads at random, many of them as much worth as others."""
    dice = random.Random(seed)
    spread = dice.choice([1, 3, 40])
    with closing(sqlite3.connect(path)) as direct, direct:
        for number in range(1, 301):
            stage = dice.randint(1, 5)
            opened = TODAY - timedelta(days=dice.choice([0, 1, 5, 30, 90]) * dice.randint(0, 1) + 1)
            since = min(TODAY, opened + timedelta(days=dice.randint(0, 20)))
            value = None if dice.random() < 0.2 else 1000 * dice.randint(1, spread)
            direct.execute(
                "INSERT INTO leads (id, uid, contact_id, title, folded, stage_id, state, value,"
                " currency, opened_at, stage_since, created_at, updated_at) VALUES"
                " (?1, ?1, ?2, 'x', 'x', ?3, 'open', ?4, ?5, ?6, ?7, '', '')",
                (
                    number, dice.randint(1, 30), stage, value, value and "EUR",
                    f"{opened}T08:00:00Z", f"{since}T08:00:00Z",
                ),
            )  # fmt: skip
            if dice.random() < 0.3:
                day = TODAY + timedelta(days=dice.randint(-3, 3))
                direct.execute(
                    "INSERT INTO follow_ups (id, uid, contact_id, due_on, text, lead_id,"
                    " created_at, updated_at) VALUES (?1, ?1, 1, ?2, 'x', ?3, '', '')",
                    (number, day.isoformat(), number),
                )
            if dice.random() < 0.5:
                begun = TODAY - timedelta(days=dice.randint(100, 120))
                ended = begun + timedelta(days=dice.randint(0, 15))
                direct.execute(
                    "INSERT INTO stage_changes (id, lead_id, stage_id, entered_at, left_at)"
                    " VALUES (?, ?, ?, ?, ?)",
                    (number, number, stage, f"{begun}T08:00:00Z", f"{ended}T08:00:00Z"),
                )
        for contact in range(1, 31):
            if dice.random() < 0.6:
                day = TODAY - timedelta(days=dice.choice([0, 1, 3, 9, 40]))
                direct.execute(
                    "INSERT INTO contact_activity (contact_id, last_at, interactions)"
                    " VALUES (?, ?, 1)",
                    (contact, f"{day}T09:00:00Z"),
                )


def plainly(path: Path) -> list[int]:
    """Order every lead by the definition, without stopping early."""
    with closing(sqlite3.connect(path)) as direct:
        stages = {
            row[0]: row
            for row in direct.execute("SELECT id, rotten_days FROM stages WHERE kind = 'open'")
        }
        stays: dict[int, list[tuple[str, int]]] = {}
        for stage, begun, ended in direct.execute(
            "SELECT stage_id, entered_at, left_at FROM stage_changes WHERE left_at IS NOT NULL"
        ):
            days = date.fromisoformat(ended[:10]) - date.fromisoformat(begun[:10])
            stays.setdefault(stage, []).append((ended, days.days))
        worths = dict(direct.execute("SELECT lead_id, worth FROM lead_scores").fetchall())
        known = sorted((worth for worth in worths.values() if worth >= 0), reverse=True)
        talks = dict(direct.execute("SELECT contact_id, last_at FROM contact_activity").fetchall())
        steps: dict[int, list[str]] = {}
        for lead, day in direct.execute(
            "SELECT lead_id, due_on FROM follow_ups WHERE state = 'open' ORDER BY due_on"
        ):
            steps.setdefault(lead, []).append(day)
        found: list[tuple[tuple[Any, ...], int]] = []
        for lead, contact, stage, since, opened in direct.execute(
            "SELECT id, contact_id, stage_id, stage_since, opened_at FROM leads"
        ):
            talk = talks.get(contact, "")
            if talk[:10] == TODAY.isoformat():
                continue
            kept = worths[lead]
            due = steps.get(lead, [])
            if due:
                if due[0] <= TODAY.isoformat():
                    at = kept if kept >= 0 else known[len(known) // 2] * (kept + 20_001) // 5000
                    found.append(((0, due[0], -at, kept < 0, 0, "", lead), lead))
                continue
            ended = sorted(stays.get(stage, []), reverse=True)[:101]
            middle = None
            if len(ended) >= 5:
                days_of = sorted(days for _, days in ended)
                half = len(days_of) // 2
                middle = (
                    days_of[half] if len(days_of) % 2 else sum(days_of[half - 1 : half + 1]) // 2
                )
            rotten = stages[stage][1]
            limit = rotten or 2 * (middle or 15)
            usual = max(rotten // 2 if middle is None else middle, 1)
            worth = kept if kept >= 0 else known[len(known) // 2] * (kept + 20_001) // 5000
            age = (TODAY - date.fromisoformat(since[:10])).days
            share = Fraction(1)
            if talk >= opened:
                share = min(
                    Fraction(1), Fraction((TODAY - date.fromisoformat(talk[:10])).days, usual)
                )
            urgency = int(worth * (1 + min(Fraction(1), Fraction(age, limit))) * share)
            found.append(((1, "", -urgency, kept < 0, -kept, since, lead), lead))
    return [lead for _, lead in sorted(found, key=lambda one: one[0])]


@pytest.mark.parametrize("seed", range(12))
def test_the_order_is_that_of_a_plain_sorting(
    crm: Crm, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    crm("contact", "add", "Ada", "-q")
    with closing(sqlite3.connect(crm.db)) as direct, direct:
        columns = [row[1] for row in direct.execute("PRAGMA table_info(contacts)")]
        rest = ", ".join(name for name in columns if name not in {"id", "uid"})
        for number in range(2, 31):
            direct.execute(
                f"INSERT INTO contacts (id, uid, {rest}) SELECT ?1, ?1, {rest} FROM contacts"
                " WHERE id = 1",
                (number,),
            )
    fill(crm.db, seed)
    crm("lead", "score", "--refresh", "-q")
    wanted = plainly(crm.db)
    monkeypatch.setattr(queries, "FIRST_LOOK", 3)
    session = scored.session_of(crm.db)
    try:
        for limit in (1, 2, 7, 20, 400):
            finder = queries._Finder(session, queries.Asked())
            assert [call.row.id for call in finder.first(limit)] == wanted[:limit]
    finally:
        session.close()


def test_priorities_never_exceed_their_bound() -> None:
    for rotten, stays in ((14, []), (None, [3] * 9), (None, []), (1, [0] * 5)):
        pace = domain.pace(rotten, list(stays))
        for age in (0, 1, 9, 400):
            for silent in (None, 0, 1, 90):
                urgent = domain.priority(977, pace, age, silent)
                assert 0 <= urgent <= domain.bound(977, pace, age) <= 2 * 977


# -- how it is found ------------------------------------------------------------------------------


def test_the_plan_reads_by_worth_and_by_the_day_a_step_is_due(shop: Crm) -> None:
    add(shop, 1, "Roof", "1000")
    session = scored.session_of(shop.db)
    plans: list[str] = []
    try:
        connection = session.reader
        said: list[str] = []
        connection.set_trace_callback(said.append)
        queries.page(session, queries.Asked())
        connection.set_trace_callback(None)
        for statement in said:
            if statement.startswith("--"):
                continue
            rows = connection.execute(f"EXPLAIN QUERY PLAN {statement}").fetchall()
            plans += [row[3] for row in rows]
    finally:
        session.close()
    assert any("lead_scores_worth" in line for line in plans)
    assert any("follow_ups_lead_due" in line for line in plans)
    large = ("leads", "lead_scores", "follow_ups", "stage_changes", "contacts", "interactions")
    names = {"l", "k", "f", "c", "i", "x", *large}
    scans = [line for line in plans if line.startswith("SCAN ") and line.split()[1] in names]
    assert scans == []
