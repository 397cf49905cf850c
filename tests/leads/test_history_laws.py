"""The history of a lead after any sequence of moves and edits: no gap, no contradiction, and every
past day as it was shown on it."""

from __future__ import annotations

import contextlib
import io
import itertools
import json
import os
import sqlite3
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm_cli.__main__ import main

START = datetime(2026, 3, 1, 9, tzinfo=UTC)
OPEN = ("new", "contacted", "qualified", "proposal", "negotiation")
SHOWN = ("stage", "state", "value", "currency", "probability", "expected_on", "owner")

STEP = st.one_of(
    st.tuples(st.just("move"), st.sampled_from(OPEN)),
    st.tuples(st.just("win"), st.sampled_from(["", "700", "80 CHF"])),
    st.tuples(st.just("lose"), st.sampled_from(["price", "timing"])),
    st.tuples(st.just("reopen"), st.sampled_from(["", *OPEN[:2]])),
    st.tuples(st.just("--value"), st.sampled_from(["100", "250.50", "300 CHF"])),
    st.tuples(st.just("--probability"), st.sampled_from(["5", "66"])),
    st.tuples(st.just("--unset"), st.sampled_from(["value", "probability", "expected"])),
    st.tuples(st.just("--expected"), st.sampled_from(["2026-09-01", "2026-10-01"])),
    st.tuples(st.just("--owner"), st.sampled_from(["zoe", "tom"])),
    st.tuples(st.just("--tag"), st.sampled_from(["a", "b"])),
)
AFTER = st.integers(0, 3)
BACK = st.integers(0, 4)


@pytest.fixture(autouse=True)
def _keep_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRM_DB", "unused")


def run(now: datetime, *arguments: str) -> tuple[int, str]:
    """Run the program at an instant and return (status, stdout)."""
    out, err = io.StringIO(), io.StringIO()
    words = [*arguments, "--now", now.isoformat(), "--json"]
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = main(words)
    assert status in {0, 2, 5}, (words, err.getvalue())
    return status, out.getvalue()


def command(step: tuple[str, str], back: timedelta, now: datetime) -> list[str]:
    """Return the command line of a step; moves are entered ``back`` late."""
    verb, word = step
    if verb.startswith("--"):
        return ["lead", "edit", "1", verb, word]
    late = ["--on", (now - back).isoformat()] if back else []
    if verb == "reopen":
        return ["lead", "reopen", "1", *(["--stage", word] if word else []), *late]
    return ["lead", verb, "1", *([word] if word else []), *late]


def shown(now: datetime) -> dict[str, Any]:
    lead = json.loads(run(now, "lead", "show", "1")[1])
    return {name: lead[name] for name in SHOWN}


def stands(connection: sqlite3.Connection, at: datetime) -> dict[str, Any]:
    """Return what the history says of an instant, by the rule of the schema: the stay that it is
    in, and the earliest terms that ended after it, else the lead's own."""
    instant = at.isoformat().replace("+00:00", "Z")
    stage, kind, odds = connection.execute(
        "SELECT s.key, s.kind, s.probability FROM stage_changes h JOIN stages s"
        " ON s.id = h.stage_id WHERE h.lead_id = 1 AND h.entered_at <= ?1"
        " AND (h.left_at IS NULL OR h.left_at > ?1)",
        (instant,),
    ).fetchone()
    columns = "value, currency, probability, expected_on, owner"
    found = (
        connection.execute(
            f"SELECT {columns} FROM lead_terms WHERE lead_id = 1 AND until_at > ?"
            " ORDER BY until_at, id LIMIT 1",
            (instant,),
        ).fetchone()
        or connection.execute(f"SELECT {columns} FROM leads").fetchone()
    )
    value, currency, own, expected_on, owner = found
    likely = {"won": 10_000, "lost": 0}.get(kind, odds if own is None else own)
    return {
        "stage": stage, "state": kind, "value": None if value is None else f"{value / 100:.2f}",
        "currency": currency, "probability": likely / 10_000, "expected_on": expected_on,
        "owner": owner,
    }  # fmt: skip


def contiguous(connection: sqlite3.Connection) -> None:
    """Hold the stays of lead 1 against each other and against the lead."""
    rows = connection.execute(
        "SELECT h.entered_at, h.left_at, s.id, s.kind FROM stage_changes h JOIN stages s"
        " ON s.id = h.stage_id ORDER BY h.entered_at, h.id"
    ).fetchall()
    (lead,) = connection.execute(
        "SELECT opened_at, stage_since, stage_id, state, closed_at, probability FROM leads"
    ).fetchall()
    opened_at, since, stage_id, state, closed_at, own = lead
    assert rows[0][0] == opened_at
    assert all(one[1] == other[0] for one, other in itertools.pairwise(rows))
    assert [row[1] is None for row in rows] == [False] * (len(rows) - 1) + [True]
    assert (rows[-1][0], rows[-1][2], rows[-1][3]) == (since, stage_id, state)
    assert closed_at == (None if state == "open" else since)
    assert state == "open" or own is None


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(STEP, AFTER), min_size=1, max_size=12))
def test_every_past_day_is_told_as_it_was_shown(steps: list[tuple[Any, int]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ["CRM_DB"] = str(path := Path(folder) / "crm.db")
        now = START
        run(now, "contact", "add", "Ada")
        run(now, "lead", "add", "1", "Site", "100")
        days = {now: shown(now)}
        for step, after in steps:
            now += timedelta(days=after, hours=1)
            run(now, *command(step, timedelta(), now))
            days[now] = shown(now)
        with contextlib.closing(sqlite3.connect(path)) as connection:
            contiguous(connection)
            assert {at: stands(connection, at) for at in days} == days


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(STEP, AFTER, BACK), min_size=1, max_size=12))
def test_what_is_entered_late_was_so_from_then_on(steps: list[tuple[Any, int, int]]) -> None:
    """A model of what was so when: each change holds from its own instant on, also over what was
    entered before it of later days; of a lead that is closed only the owner changes afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["CRM_DB"] = str(path := Path(folder) / "crm.db")
        now = START
        run(now, "contact", "add", "Ada")
        run(now, "lead", "add", "1", "Site", "100")
        model = {now: shown(now)}
        for step, after, back in steps:
            now += timedelta(days=after, hours=1)
            late = timedelta(days=back) if not step[0].startswith("--") else timedelta()
            before = shown(now)
            status, _ = run(now, *command(step, late, now))
            after_it = shown(now)
            if status or after_it == before:
                continue
            at = now - late
            model[at] = dict(model[max(instant for instant in model if instant <= at)])
            for instant, held in model.items():
                if instant >= at:
                    owner = held["owner"] if late else after_it["owner"]
                    terms = held if after_it["state"] == "open" and late else after_it
                    model[instant] = {
                        **after_it, **{name: terms[name] for name in
                                       ("value", "currency", "expected_on")}, "owner": owner,
                    }  # fmt: skip
            model[now] = after_it
        with contextlib.closing(sqlite3.connect(path)) as connection:
            contiguous(connection)
            found = {at: stands(connection, at) for at in model}
            for told in (found, model):
                for cells in told.values():
                    del cells["probability"]  # of a late move its odds are those of the stage
            assert found == model
