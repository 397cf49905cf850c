"""What the ledger of the reminders says of their health: runs, deliveries, addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

RUN_COLUMNS = (
    "id", "started_at", "finished_at", "due", "sent", "failed", "in_doubt", "skipped", "waiting",
    "exit_code", "error",
)  # fmt: skip


def last_run(connection: sqlite3.Connection) -> dict[str, Any] | None:
    """Return the newest run of ``remind send``, None where there was none."""
    row = connection.execute(
        f"SELECT {', '.join(RUN_COLUMNS)} FROM send_runs ORDER BY id DESC LIMIT 1"
    ).fetchone()
    return dict(zip(RUN_COLUMNS, row, strict=True)) if row else None


_NOTHING = {"claimed": 0, "waiting": 0, "handing_over": 0, "in_doubt": 0, "failed": 0}

# What failed for good is a matter of the occurrence that it was about: done, cancelled or put
# off, it is none any more.
_MATTERS = """
(d.state <> 'failed' OR EXISTS (
    SELECT 1 FROM follow_ups f
     WHERE f.id = d.follow_up AND f.state = 'open'
       AND d.occurrence = f.due_on || coalesce('T' || f.due_time, '')))
"""


def unsettled(connection: sqlite3.Connection) -> Mapping[str, int]:
    """Return how many deliveries are claimed, waiting (claimed, and tried before),
    handing_over, in_doubt and failed."""
    rows = connection.execute(
        "SELECT CASE WHEN d.state = 'claimed' AND d.attempts > 0 THEN 'waiting' ELSE d.state END,"
        "       count(*)"
        "  FROM deliveries d INDEXED BY deliveries_unsettled"
        f" WHERE d.state NOT IN ('sent', 'skipped') AND {_MATTERS} GROUP BY 1"
    )
    return {**_NOTHING, **dict(rows.fetchall())}


SCHEDULED_AT = "remind_scheduled_at"
"""The key of the setting, not shown, that holds when the schedule was last made."""


def scheduled_at(connection: sqlite3.Connection) -> str | None:
    """Return the instant at which the schedule was made."""
    row = connection.execute("SELECT value FROM settings WHERE key = ?", (SCHEDULED_AT,)).fetchone()
    return str(row[0]) if row else None
