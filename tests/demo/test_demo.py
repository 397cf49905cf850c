"""``crm demo``: never over anything real, the same from the same seed, and believable."""

from __future__ import annotations

import sqlite3
from collections import Counter
from datetime import date
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_cli.domain.values import read_email, read_phone
from crm_cli.services.demo_business import DAYS, Business, draw

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Crm

TODAY = date(2026, 6, 15)


@pytest.fixture(scope="module")
def business() -> Business:
    return draw(TODAY, 400, 1)


def test_the_reports_are_shown_and_the_next_step_told(crm: Crm, tmp_path: Path) -> None:
    path = tmp_path / "demo.db"
    run = crm("demo", path, "--customers", 40)
    assert f"crm --db {path} contact list" in run.err
    assert "Retention" in run.out
    assert "champions" in run.out.lower()
    assert not crm.db.exists()
    assert {file.name for file in tmp_path.glob("*demo*")} <= {
        "demo.db", "demo.db-wal", "demo.db-shm"
    }  # fmt: skip
    assert path.stat().st_mode & 0o777 == 0o600
    body = crm("demo", path, "--customers", 40, "--json").json
    assert [part.get("report") for part in body] == [None, "segments", "retention", "repeat"]


def test_there_is_something_to_do(crm: Crm, tmp_path: Path) -> None:
    path = tmp_path / "demo.db"
    crm("demo", path, "--customers", 60)
    rows = crm.json("remind", "list", "--all", "--db", path)
    assert {"open", "done"} == {row["state"] for row in rows}
    assert {"task", "promise"} == {row["kind"] for row in rows}
    assert any(row["overdue"] for row in rows)
    assert any(row["due_time"] for row in rows)
    repeating = [row for row in rows if row["repeat"] and row["state"] == "open"]
    assert repeating
    assert all(row["due_on"] > "2026-06-15" for row in repeating)
    assert any(row["previous_id"] for row in repeating)
    for row in repeating:  # a round of a demo is followed by the next, as any
        crm("remind", "done", row["id"], "--db", path)
    assert all(row["done_at"][:10] <= "2026-06-15" for row in rows if row["state"] == "done")
    assert all(row["created_at"] <= "2026-06-15T10:00:00Z" for row in rows)


def test_the_working_folder_is_where_it_goes(
    crm: Crm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    crm("demo", "--customers", 10)
    assert (tmp_path / "work" / "demo.db").exists()


def test_a_demo_replaces_a_demo_and_nothing_else(crm: Crm, tmp_path: Path) -> None:
    path = tmp_path / "demo.db"
    crm("demo", path, "--customers", 20)
    crm("demo", path, "--customers", 20)
    crm("--db", path, "contact", "add", "Zaphod")
    error = crm("demo", path, "--customers", 20, "--json", code=2).error
    assert "holds one change made since" in error["message"]
    assert crm.json("--db", path, "contact", "show", "Zaphod")["name"] == "Zaphod"
    crm("demo", path, "--customers", 20, "--dry-run")
    crm("demo", path, "--customers", 20, "--yes")
    assert not [c for c in crm.json("--db", path, "contact", "list") if c["name"] == "Zaphod"]
    mine = tmp_path / "mine.db"
    crm("--db", mine, "contact", "add", "Ada")
    before = mine.read_bytes()
    assert crm("demo", mine, "--json", code=5).error["code"] == "refused"
    foreign = tmp_path / "foreign.db"
    with sqlite3.connect(foreign) as connection:
        connection.execute("CREATE TABLE t (x)")
    connection.close()
    assert crm("demo", foreign, "--json", code=10).error["code"] == "store-foreign"
    assert mine.read_bytes() == before


@pytest.mark.parametrize("how", ["environment", "option", "link", "missing"])
def test_never_the_real_store(crm: Crm, tmp_path: Path, how: str) -> None:
    if how != "missing":
        crm("contact", "add", "Ada")
    target = crm.db
    options: tuple[object, ...] = ()
    if how == "link":
        target = tmp_path / "link.db"
        target.symlink_to(crm.db)
    if how == "option":
        options = ("--db", crm.db)
    assert crm("demo", target, *options, "--json", code=5).error["code"] == "refused"
    assert crm.db.exists() == (how != "missing")


def test_a_rehearsal_makes_no_file(crm: Crm, tmp_path: Path) -> None:
    before = set(tmp_path.iterdir())
    assert crm.json("demo", tmp_path / "demo.db", "--dry-run")["people"] > 400
    assert set(tmp_path.iterdir()) == before
    crm("demo", tmp_path / "demo.db", "--read-only", code=10)
    assert set(tmp_path.iterdir()) == before


def test_it_has_a_history_that_can_be_undone(crm: Crm, tmp_path: Path) -> None:
    path = tmp_path / "demo.db"
    crm("demo", path, "--customers", 30)
    at = ("--db", path)
    before = [crm.json(*at, group, "list", "--all") for group in ("lead", "remind")]
    for _ in range(5):
        crm(*at, "undo", "--yes")
    assert [crm.json(*at, group, "list", "--all") for group in ("lead", "remind")] != before
    for _ in range(5):
        crm(*at, "redo", "--yes")
    assert [crm.json(*at, group, "list", "--all") for group in ("lead", "remind")] == before


def test_its_owners_sell(crm: Crm, tmp_path: Path) -> None:
    path = tmp_path / "demo.db"
    crm("demo", path)
    at = ("--db", path)
    leads = crm.json(*at, "lead", "list", "--all")
    assert len(leads) == 60
    assert {lead["state"] for lead in leads} == {"open", "won", "lost"}
    assert len({lead["owner"] for lead in leads}) > 2
    assert len({lead["source"] for lead in leads}) > 3
    assert min(lead["opened_at"] for lead in leads) < "2025-08"
    assert max(lead["opened_at"] for lead in leads) < "2026-06-15"
    assert any(lead["stale"] for lead in leads)
    assert any(lead["value"] is None for lead in leads)
    assert any(lead["next_follow_up_on"] for lead in leads)
    assert {lead["state"] for lead in leads if lead["closed_at"]} == {"won", "lost"}
    morning = crm.json(*at, "today")
    assert morning["stale_leads"]
    assert morning["leads_without_step"]
    talks = [talk for talk in crm.json(*at, "log", "list") if talk["lead_id"]]
    opened = {lead["id"]: lead["opened_at"] for lead in leads}
    assert talks
    assert all(talk["at"] > opened[talk["lead_id"]] for talk in talks)
    contacts = {lead["contact_id"] for lead in leads}
    events = [
        event["event"] for one in contacts
        for event in crm.json(*at, "contact", "timeline", one, "--kind", "lead")
    ]  # fmt: skip
    assert events.count("lead opened") == 60
    assert {"lead moved", "lead won", "lead lost", "lead reopened"} <= set(events)
    again = tmp_path / "again.db"
    crm("demo", again)
    keys = ("title", "contact_id", "stage", "value", "owner", "opened_at", "closed_at")
    assert [[lead[key] for key in keys] for lead in leads] == [
        [lead[key] for key in keys] for lead in crm.json("--db", again, "lead", "list", "--all")
    ]


def test_the_same_seed_and_day_the_same_business(business: Business) -> None:
    assert draw(TODAY, 400, 1) == business
    assert draw(TODAY, 400, 2) != business
    assert draw(date(2026, 6, 16), 400, 1) != business


def test_people_come_back_stay_away_and_send_things_back(business: Business) -> None:
    orders = Counter(
        contact for contact, _ in {(line.contact, line.order_number) for line in business.lines}
    )
    once = sum(1 for count in orders.values() if count == 1)
    assert 0.3 < once / len(orders) < 0.6
    assert max(orders.values()) > 20
    returns = [line for line in business.lines if line.kind == "return"]
    assert 0.005 < len(returns) / len(business.lines) < 0.05
    for line in returns:
        sale = business.lines[(line.returns or 0) - 1]
        assert (sale.kind, sale.contact, sale.product) == ("sale", line.contact, line.product)
        assert line.on > sale.on
        assert line.amount <= sale.amount


def test_december_is_busier_than_july(business: Business) -> None:
    months = Counter((line.on.year, line.on.month) for line in business.lines)
    assert months[2025, 12] > 1.5 * months[2025, 7]


def test_employees_belong_to_companies_and_everybody_can_be_reached(business: Business) -> None:
    by_number = {person.number: person for person in business.people}
    employed = [person for person in business.people if person.company]
    assert len(employed) > 60
    assert all(by_number[person.company or 0].kind == "company" for person in employed)
    assert all(p.email or p.phone for p in business.people if p.role != "supplier")
    emails = [person.email for person in business.people if person.email]
    assert len(set(emails)) == len(emails)
    assert all(read_email(email) == email for email in emails)
    assert all(read_phone(p.phone, None) == p.phone for p in business.people if p.phone)


@settings(max_examples=15, deadline=None)
@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(10, 60), st.integers(0, 2**32))
def test_any_day_and_seed_gives_a_sound_business(today: date, customers: int, seed: int) -> None:
    drawn = draw(today, customers, seed)
    known = {person.number for person in drawn.people}
    assert known == set(range(1, len(drawn.people) + 1))
    for line in drawn.lines:
        assert line.contact in known
        assert line.amount >= 0
        assert 0 < (today - line.on).days <= DAYS
    for person in drawn.people:
        assert person.referred_by is None or person.referred_by in known - {person.number}


def test_there_are_talks_with_customers_and_most_promises_were_kept(
    crm: Crm, tmp_path: Path
) -> None:
    path = tmp_path / "demo.db"
    crm("demo", path, "--customers", 60)
    at = ("--db", path)
    talks = crm.json(*at, "log", "list")
    assert len(talks) > 100
    assert {talk["channel"] for talk in talks} >= {"call", "email", "meeting", "visit", "note"}
    assert len({talk["at"][:7] for talk in talks}) > 12
    assert max(talk["at"] for talk in talks) < "2026-06-15"
    tasks = crm.json(*at, "remind", "list", "--all", "--where", "kind = promise")
    kept = [task for task in tasks if task["done_at"] and task["done_at"][:10] <= task["due_on"]]
    assert len(tasks) / 2 < len(kept) < len(tasks)
    crm("demo", tmp_path / "again.db", "--customers", 60)
    again = crm.json("--db", tmp_path / "again.db", "log", "list")
    assert [talk["body"] for talk in again] == [talk["body"] for talk in talks]
