"""What a run costs: most have nothing to do, and the ledger grows for years."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

from crm_cli.store import deliveries
from tests.contract.test_start_up import NEVER, loaded

if TYPE_CHECKING:
    from pathlib import Path

    from tests.sending.conftest import Firm


def test_a_run_with_nothing_to_do_loads_nothing_of_mail(firm: Firm, tmp_path: Path) -> None:
    modules = loaded(tmp_path, ("remind", "send"), {})
    assert modules & (NEVER | {"jinja2", "smtplib", "email"}) == set()
    assert {name for name in modules if name.startswith("crm_cli.mail.")} <= {
        "crm_cli.mail.outcome"
    }


class Recorder:
    """A connection that keeps the plans of what is asked."""

    def __init__(self, path: Path) -> None:
        self.connection = sqlite3.connect(path)
        self.plans: list[str] = []

    def execute(self, sql: str, parameters: Any = ()) -> sqlite3.Cursor:
        plan = self.connection.execute(f"EXPLAIN QUERY PLAN {sql}", parameters)
        self.plans += [line for *_, line in plan.fetchall()]
        return self.connection.execute(sql, parameters)


def test_a_run_never_reads_the_whole_ledger(firm: Firm) -> None:
    recorder = Recorder(firm.crm.db)
    asked: Any = recorder
    deliveries.in_state(asked, "handing_over")
    deliveries.stale(asked)
    deliveries.rows_of(asked, [1, 2], "email")
    deliveries.left_out(asked, "ada@firm.ch", "email", "2026-06-15")
    recorder.connection.close()
    assert recorder.plans
    scans = [line for line in recorder.plans if line.startswith("SCAN") and "json_each" not in line]
    assert [line for line in scans if "deliveries_unsettled" not in line] == []
