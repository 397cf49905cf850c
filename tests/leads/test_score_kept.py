"""Kept scores are those computed anew, whatever is done, undone and done again."""

from __future__ import annotations

import contextlib
import io
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from crm_cli.__main__ import main
from crm_cli.domain import lead_score as domain
from crm_cli.store import rules_in_force
from tests.leads import scored

if TYPE_CHECKING:
    import pytest

    from tests.conftest import Crm

CLOSED = 2 * domain.ENOUGH + 2
FIRST_OPEN = scored.FIRST + CLOSED
LEADS = st.one_of(
    st.integers(FIRST_OPEN, FIRST_OPEN + 3), st.sampled_from([1001, 1002, FIRST_OPEN - 1])
)
PEOPLE = st.integers(1, 3)
CELLS = st.one_of(
    st.tuples(st.just("--source"), st.sampled_from(["referral", "web", "poster"])),
    st.tuples(st.just("--owner"), st.sampled_from(["zoe", "max"])),
    st.tuples(st.just("--tag"), st.sampled_from(["hot", "cold"])),
    st.tuples(st.just("--probability"), st.sampled_from(["5", "90"])),
    st.tuples(st.just("--currency"), st.sampled_from(["USD", "EUR"])),
)
RULES = st.sampled_from(
    ["source = referral", "owner = zoe", "value > 500", "tag:hot", "city = Bern", "stale"]
)


def run(*arguments: object) -> int:
    """Run the program in this process and return its status."""
    with (
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()) as said,
    ):
        status = main([str(argument) for argument in arguments])
    assert status in {0, 2, 3, 4, 5}, said.getvalue()
    return status


class Scores(RuleBasedStateMachine):
    """Anything that touches what scores are made of, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "crm.db"
        os.environ["CRM_DB"] = str(self.path)
        for name in ("Ada", "Bob", "Carol"):
            run("contact", "add", name, "--city", "Bern")
        closed = scored.a_hundred()
        # Just enough: one taken away, and the model is believed no more.
        won = [lead for lead in closed if lead["won"]][: domain.ENOUGH]
        lost = [lead for lead in closed if not lead["won"]][: domain.ENOUGH + 2]
        scored.add_closed(self.path, [*won, *lost])
        run("lead", "add", 1, "First", "900 EUR", "--source", "referral", "--owner", "zoe")
        run("lead", "score", "--rule", "source = referral", "--points", "30", "--half-life", "9d")

    def teardown(self) -> None:
        self.folder.cleanup()

    @rule(who=PEOPLE, cells=CELLS, value=st.sampled_from(["", "40", "2000"]))
    def add(self, who: int, cells: tuple[str, str], value: str) -> None:
        """Open a lead."""
        run("lead", "add", who, "Another", *([value] if value else []), *cells)

    @rule(lead=LEADS, cells=CELLS)
    def edit(self, lead: int, cells: tuple[str, str]) -> None:
        """Change one, open or closed."""
        run("lead", "edit", lead, *cells)

    @rule(lead=LEADS, stage=st.sampled_from(["proposal", "new"]))
    def move(self, lead: int, stage: str) -> None:
        """Move one on, or back."""
        run("lead", "move", lead, stage)

    @rule(lead=LEADS, verb=st.sampled_from(["win", "reopen", "delete", "lose"]))
    def close(self, lead: int, verb: str) -> None:
        """Close one, open it again, or throw it away."""
        run("lead", verb, lead, *(["price"] if verb == "lose" else []), "--yes")

    @rule(who=PEOPLE, city=st.sampled_from(["Bern", "Basel"]))
    def move_house(self, who: int, city: str) -> None:
        """Change where a contact lives."""
        run("contact", "edit", who, "--city", city)

    @rule(who=PEOPLE)
    def talk(self, who: int) -> None:
        """Speak to somebody."""
        run("log", "call", who, "hello", "--at", "2026-06-10")

    @rule(who=PEOPLE)
    def sell(self, who: int) -> None:
        """Sell something, before any lead was opened."""
        run("purchase", "add", who, "Tea", "12", "--on", "2026-01-01")

    @rule(expression=RULES, points=st.sampled_from(["15", "-20"]), fading=st.booleans())
    def add_rule(self, expression: str, points: str, fading: bool) -> None:
        """Write a rule."""
        fades = ["--half-life", "10d", "--since", "contact"] if fading else []
        run("lead", "score", "--rule", expression, "--points", points, *fades)

    @rule(number=st.integers(1, 3), way=st.sampled_from(["remove", "pause", "resume"]))
    def change_rule(self, number: int, way: str) -> None:
        """Take a rule away, or let it rest."""
        run("lead", "score", f"--{way}-rule", number, "--yes")

    @rule(value=st.sampled_from(["auto", "rules", "model"]))
    def choose(self, value: str) -> None:
        """Say what scores."""
        run("config", "set", "lead_scoring", value)

    @rule()
    def learn_a_rate(self) -> None:
        """Say what a dollar costs."""
        run("config", "rate", "add", "USD", "0.8", "--in", "EUR", "--on", "2026-01-01")

    @rule(who=PEOPLE)
    def delete_contact(self, who: int) -> None:
        """Move a person to the trash, leads and all."""
        run("contact", "delete", who, "--yes")

    @rule(line=st.integers(1, 4))
    def restore(self, line: int) -> None:
        """Bring something back."""
        run("trash", "restore", line)

    @rule()
    def undo(self) -> None:
        """Take back the last change."""
        run("undo")

    @rule(entry=st.integers(4, 20))
    def undo_one(self, entry: int) -> None:
        """Take back some change."""
        run("undo", entry)

    @rule()
    def redo(self) -> None:
        """Do it again."""
        run("redo")

    @invariant()
    def kept_is_computed(self) -> None:
        """Compare with everything learnt and scored anew."""
        assert scored.differences(self.path) == []


def test_kept_scores_hold_whatever_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRM_DB", "")
    Scores.TestCase.settings = settings(
        max_examples=15, stateful_step_count=12, deadline=None, derandomize=True,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    Scores.TestCase().runTest()


def test_the_two_thirties_are_one() -> None:
    assert rules_in_force.ENOUGH == domain.ENOUGH


def test_a_difference_is_found(crm: Crm) -> None:
    import sqlite3

    crm("contact", "add", "Ada", "-q")
    crm("lead", "add", 1, "Roof", "900", "-q")
    crm("lead", "score", "--rule", "value > 100", "--points", "10", "-q")
    assert scored.differences(crm.db) == []
    with sqlite3.connect(crm.db) as direct:
        direct.execute("UPDATE lead_scores SET score = 11")
    direct.close()
    assert len(scored.differences(crm.db)) == 3  # the score, and twice its worth
