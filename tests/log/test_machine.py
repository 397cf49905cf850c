"""When contacts were last spoken to, held against a fresh look at the talks, whatever is done."""

from __future__ import annotations

import contextlib
import io
import os
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from crm_cli.__main__ import main
from crm_cli.store import activity

if TYPE_CHECKING:
    import pytest

PEOPLE = st.integers(1, 3)
DAYS = st.sampled_from(["2026-01-31", "2026-02-01 09:30", "2026-06-14 23:00", "now"])
CHANNELS = st.sampled_from(["call", "email", "note", "sms"])
DIRECTIONS = st.sampled_from(["in", "out", "none"])
TALKS = st.integers(1, 3)
OPTIONS = st.one_of(
    st.tuples(st.just("--at"), DAYS),
    st.tuples(st.just("--channel"), CHANNELS),
    st.tuples(st.just("--direction"), DIRECTIONS),
    st.tuples(st.just("--who"), PEOPLE),
    st.tuples(st.just("--with"), PEOPLE),
    st.tuples(st.just("--without"), PEOPLE),
    st.just(("--unset", "participants")),
)


def run(*arguments: object) -> int:
    """Run the program in this process and return its status."""
    with (
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()) as said,
    ):
        status = main([str(argument) for argument in arguments])
    assert status in {0, 2, 3, 4}, said.getvalue()
    return status


class Talks(RuleBasedStateMachine):
    """Anything that touches talks, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "crm.db"
        os.environ["CRM_DB"] = str(self.path)
        for name in ("Ada", "Bob", "Carol"):
            run("contact", "add", name)
        run("log", "call", 1, "x", "--with", 2, "--at", "2026-03-03")
        run("log", "email", 3, "x", "--with", 1, "--direction", "in", "--at", "2026-04-04")

    def teardown(self) -> None:
        self.folder.cleanup()

    @rule(who=PEOPLE, other=PEOPLE, day=DAYS, channel=CHANNELS, direction=DIRECTIONS)
    def record(self, who: int, other: int, day: str, channel: str, direction: str) -> None:
        """Log a talk of two."""
        run(
            "log", "add", who, "x", "--channel", channel, "--at", day, "--direction", direction,
            "--with", other,
        )  # fmt: skip

    @rule(talk=TALKS, options=OPTIONS)
    def edit(self, talk: int, options: tuple[Any, ...]) -> None:
        """Change one."""
        run("log", "edit", talk, *options)

    @rule(options=OPTIONS)
    def edit_all(self, options: tuple[Any, ...]) -> None:
        """Change all."""
        run("log", "edit", "--where", "id > 0", *options, "--yes")

    @rule(talk=TALKS)
    def delete(self, talk: int) -> None:
        """Move one to the trash."""
        run("log", "delete", talk, "--yes")

    @rule(who=PEOPLE)
    def delete_contact(self, who: int) -> None:
        """Move a person to the trash."""
        run("contact", "delete", who, "--yes")

    @rule(line=st.integers(1, 4))
    def restore(self, line: int) -> None:
        """Bring something back."""
        run("trash", "restore", line)

    @rule()
    def undo(self) -> None:
        """Take back the last change."""
        run("undo")

    @rule(entry=st.integers(4, 12))
    def undo_one(self, entry: int) -> None:
        """Take back some change."""
        run("undo", entry)

    @rule()
    def redo(self) -> None:
        """Do it again."""
        run("redo")

    @invariant()
    def the_summary_is_what_the_talks_give(self) -> None:
        """Compare with a fresh look, and with a plain one."""
        with closing(sqlite3.connect(self.path)) as connection:
            assert activity.differences(connection) == []
            assert connection.execute("SELECT count(*) FROM activity_queue").fetchone() == (0,)
            plain: dict[int, list[str]] = {}
            for contact_id, at in connection.execute(
                "SELECT i.contact_id, i.happened_at FROM interactions i"
                " WHERE i.direction IN ('in', 'out') AND i.channel <> 'note' UNION ALL"
                " SELECT p.contact_id, i.happened_at FROM interaction_participants p"
                " JOIN interactions i ON i.id = p.interaction_id"
                " WHERE i.direction IN ('in', 'out') AND i.channel <> 'note'"
            ):
                plain.setdefault(contact_id, []).append(at)
            kept = connection.execute(
                "SELECT contact_id, last_at, interactions FROM contact_activity"
            ).fetchall()
            assert {(one, max(days), len(days)) for one, days in plain.items()} == set(kept)


def test_the_summary_holds_whatever_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRM_DB", "")
    Talks.TestCase.settings = settings(
        max_examples=20, stateful_step_count=10, deadline=None, derandomize=True,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    Talks.TestCase().runTest()


def test_a_difference_is_found(crm: Any) -> None:
    crm("contact", "add", "Ada", "-q")
    crm("log", "call", "Ada", "x", "-q")
    with closing(sqlite3.connect(crm.db)) as connection:
        connection.execute("UPDATE contact_activity SET last_at = '2020-01-01T00:00:00Z'")
        assert len(activity.differences(connection)) == 2
        connection.execute("DELETE FROM contact_activity")
        assert len(activity.differences(connection)) == 1
