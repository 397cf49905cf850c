"""Talks, tags, undo and the daily run in any order, at a clock that moves on."""

from __future__ import annotations

import contextlib
import io
import json
import os
import sqlite3
import tempfile
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from crm_cli.__main__ import main

PEOPLE = st.integers(1, 3)
TAGS = st.sampled_from(["vip", "press"])


def run(*arguments: object) -> tuple[int, str]:
    """Run the program in this process and return (status, stdout)."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = main([str(argument) for argument in arguments])
    assert status in {0, 2, 3, 4, 5}, (arguments, err.getvalue())
    return status, out.getvalue()


class Business(RuleBasedStateMachine):
    """Three contacts, two of whose tags have a cadence, with birthdays and a boiler."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "crm.db"
        os.environ["CRM_DB"] = str(self.path)
        self.now = datetime(2027, 1, 20, 10, tzinfo=UTC)
        self.tick(0)

    def teardown(self) -> None:
        self.folder.cleanup()

    @initialize()
    def begin(self) -> None:
        run("contact", "add", "Ada", "--birthday", "1988-02-29", "--tag", "vip")
        run("contact", "add", "Bob", "--birthday", "--02-01")
        run("contact", "add", "Carl")
        run("product", "add", "Boiler", "900", "--service-interval", "1 month")
        run("remind", "rule", "add", "every 2 weeks", "--tag", "vip")
        run("remind", "rule", "add", "every month", "--where", "tag:press")
        run("remind", "rule", "add", "birthday", "--before", "5d")

    # -- what people do -----------------------------------------------------------------------

    @rule(days=st.integers(0, 40))
    def tick(self, days: int) -> None:
        self.now += timedelta(days=days)
        os.environ["CRM_NOW"] = self.now.isoformat()

    @rule(who=PEOPLE, days=st.integers(0, 30))
    def log(self, who: int, days: int) -> None:
        run("log", "call", who, "hello", "--at", (self.now - timedelta(days=days)).isoformat())

    @rule(who=PEOPLE, tag=TAGS)
    def tag(self, who: int, tag: str) -> None:
        run("contact", "tag", who, tag)

    @rule(who=PEOPLE, tag=TAGS)
    def untag(self, who: int, tag: str) -> None:
        run("contact", "untag", who, tag)

    @rule(who=PEOPLE, back=st.booleans())
    def archive(self, who: int, back: bool) -> None:
        run("contact", "restore" if back else "archive", who)

    @rule(which=st.integers(0, 5), how=st.sampled_from(["done", "cancel", "snooze", "reopen"]))
    def deal_with(self, which: int, how: str) -> None:
        found = [row["id"] for row in self.rows() if (row["state"] == "open") == (how != "reopen")]
        if found:
            extra = ("+9d",) if how == "snooze" else ()
            run("remind", how, found[which % len(found)], *extra)

    @rule(who=PEOPLE, day=st.sampled_from(["1990-02-10", "1990-12-31", None]))
    def be_born(self, who: int, day: str | None) -> None:
        run("contact", "edit", who, *(["--birthday", day] if day else ["--unset", "birthday"]))

    @rule(who=PEOPLE)
    def buy(self, who: int) -> None:
        run("purchase", "add", who, "Boiler", "900")

    @rule(number=st.integers(1, 3), how=st.sampled_from(["pause", "resume"]))
    def rest(self, number: int, how: str) -> None:
        run("remind", "rule", how, number)

    @rule(every=st.sampled_from(["3 weeks", "10 days", "never"]))
    def change(self, every: str) -> None:
        run("remind", "rule", "edit", 1, "--every", every)

    @rule()
    def undo(self) -> None:
        run("undo")

    @rule()
    def redo(self) -> None:
        run("redo")

    @rule()
    def refresh(self) -> None:
        run("remind", "refresh")

    # -- what holds ---------------------------------------------------------------------------

    def rows(self) -> list[dict[str, Any]]:
        if not self.path.exists():
            return []
        with closing(sqlite3.connect(self.path)) as connection:
            connection.row_factory = sqlite3.Row
            return [dict(row) for row in connection.execute("SELECT * FROM follow_ups ORDER BY id")]

    @invariant()
    def twice_is_once(self) -> None:
        if not self.path.exists():
            return
        run("remind", "refresh")
        before = self.rows()
        _, told = run("remind", "refresh", "--json")
        assert json.loads(told) == {"made": 0, "changed": 0, "taken_back": 0, "scored": 0}
        assert self.rows() == before

    @invariant()
    def one_touch_a_contact_and_one_follow_up_a_round(self) -> None:
        touches, rounds, services = [], [], []
        for row in self.rows():
            if row["kind"] == "touch" and row["state"] == "open":
                touches.append(row["contact_id"])
            if row["kind"] == "date" and row["occurrence"]:
                rounds.append((row["rule_id"], row["contact_id"], row["occurrence"][:10]))
            if row["kind"] == "service":
                services.append(row["purchase_id"])
        for found in (touches, rounds, services):
            assert len(found) == len(set(found)), found


@pytest.fixture(autouse=True)
def _keep_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRM_DB", "unused")
    monkeypatch.setenv("CRM_NOW", "2027-01-20T10:00:00Z")


Business.TestCase.settings = settings(
    max_examples=12,
    stateful_step_count=20,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
TestBusiness = Business.TestCase
