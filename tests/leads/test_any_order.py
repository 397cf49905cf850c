"""Leads, and the history taken back in any order: done and undone again, or refused as a conflict;
their history stays whole, and what was undone never was."""

from __future__ import annotations

import contextlib
import io
import itertools
import os
import sqlite3
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from crm_cli.__main__ import main
from tests.history.snapshot import snapshot

LEADS = st.integers(1, 2)
EXPECTED = {0, 2, 3, 4, 5}
"""Done, or refused with a reason; 1 is a bug."""


class AnyOrder(RuleBasedStateMachine):
    """Two leads of one contact; each edit gives a value that no other does."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "crm.db"
        os.environ["CRM_DB"] = str(self.path)
        self.minutes = 0
        self.value = 0
        self.given: dict[int, int] = {}
        self.run("contact", "add", "Ada")
        self.run("lead", "add", "1", "Site")
        self.run("lead", "add", "1", "Shop")

    def teardown(self) -> None:
        self.folder.cleanup()

    def run(self, *arguments: object) -> int:
        self.minutes += 1
        now = f"2026-06-{1 + self.minutes // 60:02}T10:{self.minutes % 60:02}:00Z"
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            status = main([*map(str, arguments), "--now", now])
        assert status in EXPECTED, (arguments, err.getvalue())
        return status

    def asked(self, sql: str) -> list[tuple[object, ...]]:
        with contextlib.closing(sqlite3.connect(self.path)) as connection:
            return connection.execute(sql).fetchall()

    def newest(self) -> int:
        ((entry,),) = self.asked("SELECT max(id) FROM entries")
        assert isinstance(entry, int)
        return entry

    def worth(self, *arguments: object) -> None:
        """Run what gives a lead the next value, and note by which entry it came."""
        self.value += 1
        before = self.newest()
        if self.run(*arguments, self.value) == 0 and self.newest() > before:
            self.given[self.newest()] = self.value * 100

    @rule(lead=LEADS)
    def edit(self, lead: int) -> None:
        self.worth("lead", "edit", lead, "--value")

    @rule(lead=LEADS, option=st.sampled_from(
        ["--owner=zoe", "--owner=tom", "--probability=70", "--unset=probability", "--tag=x",
         "--untag=x", "--reason=timing"]))  # fmt: skip
    def edit_other(self, lead: int, option: str) -> None:
        self.run("lead", "edit", lead, option)

    @rule(lead=LEADS, stage=st.sampled_from(["new", "proposal", "won"]))
    def move(self, lead: int, stage: str) -> None:
        self.run("lead", "move", lead, stage)

    @rule(lead=LEADS)
    def win(self, lead: int) -> None:
        self.worth("lead", "win", lead)

    @rule(lead=LEADS)
    def sell(self, lead: int) -> None:
        self.run("lead", "win", lead, "--purchase")

    @rule(lead=LEADS, late=st.booleans())
    def lose(self, lead: int, late: bool) -> None:
        self.run("lead", "lose", lead, "price", *(["--on", "2026-06-01T10:30:00Z"] if late else []))

    @rule(lead=LEADS)
    def reopen(self, lead: int) -> None:
        self.run("lead", "reopen", lead)

    @rule(number=LEADS, noun=st.sampled_from(["lead", "purchase"]))
    def delete(self, number: int, noun: str) -> None:
        self.run(noun, "delete", number, "--yes")

    @rule(number=st.integers(1, 3))
    def restore(self, number: int) -> None:
        self.run("trash", "restore", number)

    @rule(back=st.integers(0, 9))
    def undo_one(self, back: int) -> None:
        entry = self.newest() - back
        before = snapshot(self.path)
        if self.run("undo", entry, "--yes") != 0:
            assert snapshot(self.path) == before

    @rule()
    def there_and_back(self) -> None:
        before = snapshot(self.path)
        if self.run("lead", "edit", 1, "--owner", f"owner {self.minutes}") == 0:
            self.run("undo", "--yes")
        assert snapshot(self.path) == before

    @invariant()
    def the_history_of_each_lead_is_whole(self) -> None:
        leads = self.asked(
            "SELECT id, opened_at, stage_since, stage_id, state, closed_at, probability FROM leads"
        )
        for lead, opened_at, since, stage_id, state, closed_at, own in leads:
            rows = self.asked(
                "SELECT h.entered_at, h.left_at, s.id, s.kind FROM stage_changes h JOIN stages s"
                f" ON s.id = h.stage_id WHERE h.lead_id = {lead} ORDER BY h.entered_at, h.id"
            )
            assert rows[0][0] == opened_at
            assert all(one[1] == other[0] for one, other in itertools.pairwise(rows))
            assert [row[1] is None for row in rows] == [False] * (len(rows) - 1) + [True]
            assert (rows[-1][0], *rows[-1][2:]) == (since, stage_id, state)
            assert closed_at == (None if state == "open" else since)
            assert state == "open" or own is None

    @invariant()
    def nothing_is_left_of_what_is_gone(self) -> None:
        for table in ("stage_changes", "lead_terms", "lead_tags"):
            assert self.asked(
                f"SELECT id FROM {table} WHERE lead_id NOT IN (SELECT id FROM leads)"
            ) == []  # fmt: skip

    @invariant()
    def what_was_undone_never_was(self) -> None:
        undone = {entry for (entry,) in self.asked(
            "SELECT id FROM entries WHERE undone_by_id IS NOT NULL")}  # fmt: skip
        values = {value for (value,) in self.asked(
            "SELECT value FROM leads UNION SELECT value FROM lead_terms")}  # fmt: skip
        for entry, value in self.given.items():
            if entry in undone:
                assert value not in values, (entry, value)


@pytest.fixture(autouse=True)
def _keep_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRM_DB", "unused")


AnyOrder.TestCase.settings = settings(
    max_examples=8, stateful_step_count=20, deadline=None,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
TestAnyOrder = AnyOrder.TestCase
