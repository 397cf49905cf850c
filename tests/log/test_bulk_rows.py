"""Talks that come by the hundred thousand keep the summary right, at small cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from crm_cli.clock import Clock
from crm_cli.services.unit import Unit
from crm_cli.session import Session
from crm_cli.store import activity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import Crm

COLUMNS = (
    "id", "uid", "contact_id", "happened_at", "channel", "direction", "created_at", "updated_at",
)  # fmt: skip
MANY = 2000


@pytest.fixture
def session(crm: Crm) -> Iterator[Session]:
    """A run over a store of ten contacts."""
    for number in range(10):
        crm("contact", "add", f"Person {number}", "-q")
    found = Session(path=crm.db, clock=Clock(), who=lambda: "tester", arguments=["test"])
    yield found
    found.close()


@pytest.mark.parametrize("way", ["stream", "select"])
def test_rows_of_a_stream_and_of_a_select_count(session: Session, way: str) -> None:
    with Unit(session) as unit:
        first = unit.draw("interactions", MANY)
        if way == "stream":
            rows = (
                (first + n, unit.uid("interactions", first + n), n % 10 + 1,
                 f"2026-01-{n % 28 + 1:02}T00:00:00Z", "email", "in", unit.at, unit.at)
                for n in range(MANY)
            )  # fmt: skip
            unit.insert_stream("interactions", COLUMNS, rows, first, MANY)
        else:
            select = """
            WITH RECURSIVE counted (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM counted
                                            WHERE n + 1 < :many)
            SELECT :first + n, :stem || n, n % 10 + 1, '2026-01-28T00:00:00Z', 'email', 'in',
                   '2026-01-28T00:00:00Z', '2026-01-28T00:00:00Z' FROM counted
            """
            named = {"first": first, "many": MANY, "stem": "x"}
            unit.insert_select("interactions", COLUMNS, select, named, first, MANY)
        others = unit.draw("interaction_participants", 1)
        row = [(others, first, 7)]
        columns = ("id", "interaction_id", "contact_id")
        unit.insert_stream("interaction_participants", columns, row, others, 1)
        unit.commit("brought talks in")
    kept = session.reader.execute(
        "SELECT contact_id, interactions FROM contact_activity ORDER BY 1"
    ).fetchall()
    assert kept == [(number, 201 if number == 7 else 200) for number in range(1, 11)]
    assert activity.differences(session.reader) == []
