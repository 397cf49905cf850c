"""The morning is read by index, however large the store is."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

import pytest

from crm_cli.store import heartbeat, today

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Crm

ABOUT = {"today": "2026-06-15", "past": '["09:00"]', "owner": None}
QUIET = {
    "currency": "EUR", "since": "2026-03-15", "since_at": "2026-03-15T00:00:00Z", "owner": "eva",
    "limit": 5,
}  # fmt: skip

QUESTIONS: dict[str, Callable[[Any], Any]] = {
    "times of today": lambda c: today.times(c, "2026-06-15"),
    "how many": lambda c: today.counts(c, ABOUT),
    "how many of one owner": lambda c: today.counts(c, {**ABOUT, "owner": "eva"}),
    "to come": lambda c: today.coming(c, ABOUT, "2026-06-22"),
    "late": lambda c: today.due(c, ABOUT, late=True, kinds=("task",), limit=20),
    "due": lambda c: today.due(c, ABOUT, late=False, kinds=("task",), limit=20),
    "both": lambda c: today.due(c, ABOUT, late=None, kinds=("promise",), limit=20),
    "birthdays": lambda c: today.birthdays(c, ["06-15", "06-16"], None),
    "quiet": lambda c: today.quiet(c, QUIET),
    "currencies": today.currencies,
    "last run": heartbeat.last_run,
    "unsettled": heartbeat.unsettled,
    "scheduled": heartbeat.scheduled_at,
}
SMALL = ("SCAN used", "SCAN s", "SCAN (subquery", "SCAN json_each", "SCAN value", "SCAN CONSTANT")


class Watching:
    """A connection that notes the plan of every statement it runs."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self.plans: list[str] = []

    def execute(self, sql: str, parameters: Any = ()) -> sqlite3.Cursor:
        rows = self.connection.execute(f"EXPLAIN QUERY PLAN {sql}", parameters).fetchall()
        self.plans += [row[-1] for row in rows]
        return self.connection.execute(sql, parameters)


@pytest.mark.parametrize("question", QUESTIONS)
def test_no_large_table_is_read_from_end_to_end(crm: Crm, question: str) -> None:
    crm("contact", "add", "Ada", "-q")
    connection = sqlite3.connect(crm.db)
    try:
        watching = Watching(connection)
        QUESTIONS[question](watching)
    finally:
        connection.close()
    assert watching.plans
    scans = [
        plan
        for plan in watching.plans
        if plan.startswith("SCAN")
        and not plan.startswith(SMALL)
        # The newest run: one step from the end of its table.
        and plan != "SCAN send_runs"
        # An index that holds nothing but what is unsettled.
        and "deliveries_unsettled" not in plan
    ]
    assert scans == []
    if question in {"late", "due", "both", "to come", "how many"}:
        assert any("follow_ups_due" in plan for plan in watching.plans)
        assert not any("TEMP B-TREE FOR ORDER BY" in plan for plan in watching.plans)
    if question == "birthdays":
        assert any("contacts_birthday" in plan for plan in watching.plans)
    if question == "quiet":
        assert any("customers_revenue" in plan for plan in watching.plans)
