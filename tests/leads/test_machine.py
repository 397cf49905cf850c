"""Everything that writes leads and stages, in any order, with the history taken back and brought
back in between: the history of each lead stays whole, and what is kept beside it in line."""

from __future__ import annotations

import contextlib
import io
import itertools
import os
import sqlite3
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from crm_cli.__main__ import main
from crm_cli.store import search_index
from tests.history.snapshot import snapshot
from tests.leads import scored

LEADS = st.integers(1, 4)
PEOPLE = st.integers(1, 3)
STAGES = st.sampled_from(
    ["new", "proposal", "negotiation", "extra", "extra 2", "won", "lost", "partners/new",
     "partners/won"]
)  # fmt: skip
EXPECTED = {0, 2, 3, 4, 5}
"""Done, or refused with a reason; 1 is a bug."""


class Everything(RuleBasedStateMachine):
    """Two contacts and two leads to begin with."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "crm.db"
        os.environ["CRM_DB"] = str(self.path)
        self.minutes = 0
        self.given: dict[int, str] = {}
        self.run("contact", "add", "Ada")
        self.run("contact", "add", "Bob")
        self.run("lead", "pipeline", "add", "Partners")
        self.run("lead", "stage", "add", "Extra")
        self.run("field", "add", "lead", "hobby")
        self.run("lead", "add", "1", "Site", "100", "--set", "hobby=chess", "--tag", "x")
        self.run("lead", "add", "2", "Shop", "200", "--referrer", "1")

    def teardown(self) -> None:
        self.folder.cleanup()

    def run(self, *arguments: object) -> int:
        self.minutes += 1
        now = f"2026-06-{1 + self.minutes // 20:02}T10:{self.minutes % 20:02}:00Z"
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            status = main([*map(str, arguments), "--now", now])
        assert status in EXPECTED, (arguments, err.getvalue())
        return status

    def asked(self, sql: str) -> list[tuple[Any, ...]]:
        with contextlib.closing(sqlite3.connect(self.path)) as connection:
            return connection.execute(sql).fetchall()

    def newest(self) -> int:
        ((entry,),) = self.asked("SELECT max(id) FROM entries")
        return int(entry)

    # -- leads ----------------------------------------------------------------------------------

    @rule(who=PEOPLE, stage=st.sampled_from(["new", "extra", "partners/new"]))
    def add(self, who: int, stage: str) -> None:
        self.run("lead", "add", who, f"Lead {self.minutes}", self.minutes, "--stage", stage)

    @rule(lead=LEADS, option=st.sampled_from(
        ["--owner=zoe", "--value=70", "--value=80 CHF", "--unset=value", "--probability=70",
         "--unset=probability", "--tag=x", "--untag=x", "--reason=timing", "--competitor=Evil",
         "--stage=proposal", "--stage=extra", "--who=1", "--who=2", "--referrer=2",
         "--expected=2026-09-01", "--forecast=commit", "--title=Other", "--set=hobby=go",
         "--unset=hobby", "--follow-up=tomorrow"]))  # fmt: skip
    def edit(self, lead: int, option: str) -> None:
        self.run("lead", "edit", lead, option)

    @rule(lead=LEADS, option=st.sampled_from(["--value", "--owner"]), twice=st.booleans())
    def give(self, lead: int, option: str, twice: bool) -> None:
        """Give a lead what no other ever had, and note by which entry it came."""
        for _ in range(1 + twice):
            before, word = self.newest(), f"7{self.minutes:03}"
            if self.run("lead", "edit", lead, option, word) == 0 and self.newest() > before:
                self.given[before + 1] = f"{word}00" if option == "--value" else word

    @rule(lead=LEADS, stage=STAGES, late=st.booleans())
    def move(self, lead: int, stage: str, late: bool) -> None:
        reason = ["--reason", "price"] if stage == "lost" else []
        way = ["--pipeline", stage.partition("/")[0]] if "/" in stage else []
        on = ["--on", "2026-06-01T10:15:00Z"] if late else []
        self.run("lead", "move", lead, stage.partition("/")[2] or stage, *way, *reason, *on)

    @rule(lead=LEADS, options=st.sampled_from(
        [(), ("300",), ("--purchase",), ("300", "--product", "Thing"), ("--cancel-follow-ups",)]
    ))  # fmt: skip
    def win(self, lead: int, options: tuple[str, ...]) -> None:
        self.run("lead", "win", lead, *options)

    @rule(lead=LEADS, reason=st.sampled_from(["price", "timing", "silly"]))
    def lose(self, lead: int, reason: str) -> None:
        self.run("lead", "lose", lead, reason, "--competitor", "Evil")

    @rule(lead=LEADS, stage=st.sampled_from(["", "extra", "new"]))
    def reopen(self, lead: int, stage: str) -> None:
        self.run("lead", "reopen", lead, *(["--stage", stage] if stage else []))

    @rule(lead=LEADS)
    def assign(self, lead: int) -> None:
        self.run("lead", "assign", lead, "tom", "--with-follow-ups")

    @rule(words=st.sampled_from(
        [("move", "proposal"), ("lose", "price"), ("reopen",), ("edit", "--owner=tom")]
    ), state=st.sampled_from(["open", "won", "lost"]))  # fmt: skip
    def many(self, words: tuple[str, ...], state: str) -> None:
        self.run("lead", *words, "--where", f"state = {state}", "--yes")

    @rule(what=st.sampled_from(
        [("log", "call", 2, "hello", "--lead"), ("remind", "add", 2, "tomorrow", "ring", "--lead"),
         ("log", "call", 1, "hello", "--follow-up=tomorrow", "--lead")]
    ), lead=LEADS)  # fmt: skip
    def tie(self, what: tuple[Any, ...], lead: int) -> None:
        self.run(*what, lead)

    # -- what they hang on ----------------------------------------------------------------------

    @rule(words=st.sampled_from(
        [("add", "Extra"), ("add", "Extra 2", "--after", "extra"), ("remove", "extra"),
         ("remove", "extra", "--move-to", "new"), ("remove", "extra 2", "--move-to", "extra"),
         ("remove", "negotiation", "--move-to", "proposal"), ("restore", "extra"),
         ("restore", "negotiation"), ("merge", "new", "extra", "--yes"),
         ("merge", "extra", "extra 2", "--yes"), ("edit", "extra", "--probability", "33"),
         ("edit", "extra", "--probability", "10"), ("edit", "extra", "--probability", "55"),
         ("rename", "extra", "Extra 2"), ("order", "extra"), ("add", "Done", "--kind", "won"),
         ("remove", "won", "--move-to", "done"), ("merge", "done", "won", "--yes"),
         ("restore", "won")]
    ))  # fmt: skip
    def change_stages(self, words: tuple[str, ...]) -> None:
        self.run("lead", "stage", *words)

    @rule(words=st.sampled_from(
        [("add", "Partners"), ("add", "Fresh"), ("retire", "partners"), ("restore", "partners"),
         ("delete", "partners", "--yes"), ("delete", "fresh", "--yes"), ("order", "partners")]
    ))  # fmt: skip
    def change_pipelines(self, words: tuple[str, ...]) -> None:
        self.run("lead", "pipeline", *words)

    @rule(words=st.sampled_from(
        [("add", "loss-reason", "Silly"), ("merge", "loss-reason", "timing", "silly", "--yes"),
         ("merge", "loss-reason", "other", "timing", "--yes"), ("delete", "loss-reason", "silly"),
         ("rename", "loss-reason", "price", "Too dear"), ("retire", "loss-reason", "timing")]
    ))  # fmt: skip
    def change_reasons(self, words: tuple[str, ...]) -> None:
        self.run("picklist", *words)

    @rule(words=st.sampled_from(
        [("route", "add", "zoe", "tom"), ("route", "remove", "1"), ("route", "pause", "1")]
    ))  # fmt: skip
    def change_routes(self, words: tuple[str, ...]) -> None:
        self.run("lead", *words)

    @rule(words=st.sampled_from(
        [("contact", "delete", 1), ("contact", "delete", 2), ("contact", "delete", "--where", "id > 0"),
         ("lead", "delete", 1), ("lead", "delete", 2), ("lead", "delete", 3),
         ("purchase", "delete", 1), ("log", "delete", 1), ("remind", "delete", 1)]
    ))  # fmt: skip
    def delete(self, words: tuple[Any, ...]) -> None:
        self.run(*words, "--yes")

    @rule(who=PEOPLE)
    def hand_the_sale_over(self, who: int) -> None:
        self.run("purchase", "edit", 1, "--who", who)

    @rule(who=PEOPLE)
    def archive(self, who: int) -> None:
        self.run("contact", "archive", who)

    # -- the history ----------------------------------------------------------------------------

    @rule(number=st.integers(1, 4))
    def restore(self, number: int) -> None:
        self.run("trash", "restore", number)

    @rule(back=st.integers(0, 9))
    def undo_one(self, back: int) -> None:
        entry = self.newest() - back
        before = snapshot(self.path)
        if self.run("undo", entry, "--yes") != 0:
            assert snapshot(self.path) == before

    @rule(back=st.integers(0, 9))
    def there_and_back(self, back: int) -> None:
        """What is taken back, and brought back at once, is as it was."""
        entry = self.newest() - back
        before = snapshot(self.path)
        if self.run("undo", entry, "--yes") == 0:
            ((back_again,),) = self.asked("SELECT max(id) FROM entries WHERE kind <> 'system'")
            assert self.run("undo", back_again, "--yes") == 0
            assert snapshot(self.path) == before

    @rule(words=st.sampled_from(
        [("lead", "delete", 1, "--yes"), ("contact", "delete", 1, "--yes"),
         ("contact", "delete", 2, "--yes"), ("purchase", "delete", 1, "--yes")]
    ))  # fmt: skip
    def to_the_trash_and_back(self, words: tuple[Any, ...]) -> None:
        before, newest = snapshot(self.path), self.newest()
        if self.run(*words) != 0:
            return
        # What rules made of it is theirs to make again.
        if self.newest() > newest + 1:
            return
        ((line,),) = self.asked("SELECT max(id) FROM trash WHERE noun = '" + words[0] + "'")
        assert self.run("trash", "restore", line) == 0
        after = snapshot(self.path)
        for table in ("leads", "stage_changes", "lead_terms", "lead_tags", "field_values",
                      "interactions", "follow_ups", "purchases", "contacts"):  # fmt: skip
            assert _timeless(after[table]) == _timeless(before[table]), table

    # -- what always holds ----------------------------------------------------------------------

    @invariant()
    def the_history_of_each_lead_is_whole(self) -> None:
        leads = self.asked(
            "SELECT l.id, opened_at, stage_since, stage_id, state, closed_at, l.probability,"
            " loss_reason, competitor, s.kind FROM leads l JOIN stages s ON s.id = stage_id"
        )
        for lead, opened_at, since, stage_id, state, closed_at, own, reason, rival, kind in leads:
            rows = self.asked(
                "SELECT h.entered_at, h.left_at, s.id, s.kind, h.loss_reason, h.competitor"
                " FROM stage_changes h JOIN stages s"
                f" ON s.id = h.stage_id WHERE h.lead_id = {lead} ORDER BY h.entered_at, h.id"
            )
            assert rows, lead
            assert rows[0][0] == opened_at
            assert all(one[1] == other[0] for one, other in itertools.pairwise(rows)), rows
            assert [row[1] is None for row in rows] == [False] * (len(rows) - 1) + [True]
            assert (rows[-1][0], *rows[-1][2:]) == (since, stage_id, state, reason, rival)
            assert kind == state
            assert closed_at == (None if state == "open" else since)
            assert state == "open" or own is None

    @invariant()
    def nothing_hangs_on_what_is_gone(self) -> None:
        assert self.asked("PRAGMA foreign_key_check") == []
        assert self.asked("PRAGMA integrity_check") == [("ok",)]
        assert self.asked(
            "SELECT loss_reason FROM leads WHERE loss_reason NOT IN"
            " (SELECT key FROM picklist_values WHERE list = 'loss-reason')"
        ) == []  # fmt: skip

    @invariant()
    def each_pipeline_in_use_works(self) -> None:
        rows = self.asked(
            "SELECT p.name, count(DISTINCT s.kind) FROM pipelines p LEFT JOIN stages s"
            " ON s.pipeline_id = p.id AND s.is_retired = 0 GROUP BY p.id"
        )
        assert all(kinds == 3 for _, kinds in rows), rows

    @invariant()
    def what_is_kept_beside_is_in_line(self) -> None:
        with contextlib.closing(sqlite3.connect(self.path)) as connection:
            assert search_index.differences(connection) == []
        assert scored.differences(self.path) == []

    @invariant()
    def what_was_undone_never_was(self) -> None:
        undone = {entry for (entry,) in self.asked(
            "SELECT id FROM entries WHERE undone_by_id IS NOT NULL")}  # fmt: skip
        held = {str(cell) for row in self.asked(
            "SELECT value, owner FROM leads UNION SELECT value, owner FROM lead_terms")
            for cell in row}  # fmt: skip
        for entry, word in self.given.items():
            assert entry not in undone or word not in held, (entry, word)

    @invariant()
    def odds_that_ended_were_other_than_those_that_followed(self) -> None:
        for stage, present in self.asked("SELECT id, probability FROM stages"):
            held = self.asked(
                f"SELECT probability FROM stage_odds WHERE stage_id = {stage} ORDER BY until_at, id"
            )
            told = [*(odds for (odds,) in held), present]
            assert all(one != other for one, other in itertools.pairwise(told)), told


def _timeless(rows: list[tuple[Any, ...]]) -> list[str]:
    """Rows without the instant of their last change, which a restore may note."""
    return sorted(repr([cell for cell in row if not _is_instant(cell)]) for row in rows)


def _is_instant(cell: object) -> bool:
    return isinstance(cell, str) and len(cell) == 20 and cell.endswith("Z")


@pytest.fixture(autouse=True)
def _keep_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRM_DB", "unused")


Everything.TestCase.settings = settings(
    max_examples=4, stateful_step_count=15, deadline=None,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
TestEverything = Everything.TestCase
