"""How the reports on talks and the timeline find their rows: by an index, wherever one serves."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from crm_cli.reports import activity_sums, channels, local_days, promises, quiet, scope
from crm_cli.store import timeline
from tests.reports import ledger

if TYPE_CHECKING:
    from pathlib import Path

    from crm_cli.session import Session


@pytest.fixture
def session(tmp_path: Path) -> Session:
    """A session over an empty store."""
    return ledger.session(tmp_path)


def plan(session: Session, sql: str, parameters: dict[str, Any]) -> list[str]:
    rows = session.reader.execute(f"EXPLAIN QUERY PLAN {sql}", parameters).fetchall()
    return [row[3] for row in rows]


SPAN = {"since": "2026-01-01T00:00:00Z", "until": "2026-02-01T00:00:00Z"}
PERSON = activity_sums.DIMENSIONS["person"]
TREE, BOUNDS = local_days.number_sql(
    "i.happened_at", [local_days.Part(n, f"2026-0{n}", f"2026-0{n + 1}") for n in range(1, 4)]
)
FIGURES = "COVERING INDEX interactions_figures (channel=? AND by_name=? AND happened_at>?"


def test_figures_by_person_and_channel_are_stretches_of_one_index(session: Session) -> None:
    steps = plan(session, activity_sums.STRETCHES, {"pairs": "[]", "parts": "[]"})
    assert any(FIGURES in step for step in steps)
    steps = plan(session, channels.STRETCHES, {"pairs": "[]", **SPAN})
    assert any(FIGURES in step for step in steps)
    assert not any(step.startswith("SCAN i") for step in steps)


def test_channels_and_people_are_found_by_steps_through_the_index(session: Session) -> None:
    values = {"channel": "call", "by_name": "zoe"}
    for sql in (
        activity_sums.NEXT_CHANNEL, activity_sums.NEXT_PERSON.format(">"), activity_sums.NOBODY,
    ):  # fmt: skip
        steps = plan(session, sql, values)
        assert any("SEARCH interactions USING COVERING INDEX" in step for step in steps), steps


@pytest.mark.parametrize(
    ("sql", "index"),
    [
        (activity_sums.pass_sql(PERSON, TREE, is_open=False, is_narrowed=False), "interactions_at"),
        (channels.pass_sql(is_open=False, is_narrowed=False), "interactions_at"),
        (channels.outcomes_sql(is_open=False), "interactions_at"),
        (channels.outcomes_sql(is_open=True), "interactions_outcomes"),
        (activity_sums.CONTACTS_BY_TALK, "interactions_at"),
        (activity_sums.CONTACTS_BY_CONTACT, "interactions_contact"),
        (
            f"SELECT count(*) FROM follow_ups f WHERE {activity_sums.DONE_WITHIN}",
            "follow_ups_done",
        ),
        (
            "SELECT min(happened_at) FROM interactions WHERE happened_at >= :since",
            "interactions_at",
        ),
        (promises.PROMISES, "follow_ups_promises"),
    ],
)
def test_what_a_span_or_a_kind_selects_is_found_by_index(
    session: Session, sql: str, index: str
) -> None:
    steps = plan(session, sql, {**SPAN, **BOUNDS})
    assert any(f"INDEX {index}" in step for step in steps), steps
    scanned = ("SCAN i", "SCAN f", "SCAN interactions", "SCAN follow_ups")
    assert not [step for step in steps if step.startswith(scanned) and f"INDEX {index}" not in step]


@pytest.mark.parametrize("as_of", ["2026-06-15", "2026-03-01"])
def test_silence_is_looked_up_by_contact(session: Session, as_of: str) -> None:
    session.reader.execute(
        "INSERT INTO contacts (id, uid, kind, name, folded, role, created_at, updated_at)"
        " VALUES (1, '', 'person', 'A', 'a', 'customer', '', '')"
    )
    session.reader.execute(
        "INSERT INTO interactions (id, uid, contact_id, happened_at, channel, direction,"
        " created_at, updated_at) VALUES (1, '', 1, '2026-05-01T00:00:00Z', 'call', 'in', '', '')"
    )
    chosen = scope.Scope(as_of=date.fromisoformat(as_of), since=None, until=None, home="EUR")
    found = quiet.customers(chosen, session.reader)
    steps = plan(
        session,
        quiet.people_sql(session, chosen, found),
        {**found.parameters, **quiet.bounds_of(session, chosen, 90)},
    )
    assert not [step for step in steps if step.startswith(("SCAN i", "SCAN a", "SCAN f", "SCAN o"))]
    assert any("SEARCH a USING INTEGER" in step for step in steps), steps
    assert any("interactions_contact" in step for step in steps), steps
    assert any("COVERING INDEX follow_ups_contact" in step for step in steps), steps


@pytest.mark.parametrize(
    "sql",
    [timeline.TALKS, timeline.PEOPLES_TALKS, timeline.ORDERS, timeline.FOLLOW_UPS,
     timeline.CONSENTS, timeline.RECORD],
)  # fmt: skip
def test_the_timeline_finds_its_rows_by_the_contact(session: Session, sql: str) -> None:
    window = timeline.Window("", "~", "", "~", 15)
    steps = plan(session, sql, {"who": 1, **window._asdict()})
    # What is left to scan is the short list that a subquery made.
    scanned = [step for step in steps if step.startswith("SCAN") and "subquery" not in step.lower()]
    assert scanned == []


def test_ten_years_of_days_are_told_apart_in_a_dozen_comparisons() -> None:
    parts = [local_days.Part(number, f"{number:05}", "") for number in range(3650)]
    sql, parameters = local_days.number_sql("x", parts)
    assert len(parameters) == 3649
    depth = most = 0
    for word in sql.split():
        depth += (word == "CASE") - (word == "END")
        most = max(most, depth)
    assert most == 12
