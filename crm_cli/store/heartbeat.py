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


_NOTHING = {
    "claimed": 0, "waiting": 0, "stuck": 0, "handing_over": 0, "in_doubt": 0, "failed": 0,
}  # fmt: skip

STUCK = 3
"""What was tried so often in vain waits for half an hour and more: no hiccup of a server."""

# What failed for good is a matter of the occurrence that it was about: done, cancelled or put
# off, it is none any more.
_MATTERS = """
(d.state <> 'failed' OR EXISTS (
    SELECT 1 FROM follow_ups f
     WHERE f.id = d.follow_up AND f.state = 'open'
       AND d.occurrence = f.due_on || coalesce('T' || f.due_time, '')))
"""


def unsettled(connection: sqlite3.Connection) -> Mapping[str, int]:
    """Return how many deliveries are claimed, waiting (claimed, and tried before), stuck
    (waiting, and tried ``STUCK`` times), handing_over, in_doubt and failed."""
    rows = connection.execute(
        "SELECT CASE WHEN d.state = 'claimed' AND d.attempts > 0 THEN 'waiting' ELSE d.state END,"
        f"       count(*), sum(d.attempts >= {STUCK})"
        "  FROM deliveries d INDEXED BY deliveries_unsettled"
        f" WHERE d.state NOT IN ('sent', 'skipped') AND {_MATTERS} GROUP BY 1"
    )
    found = dict(_NOTHING)
    for state, count, often in rows.fetchall():
        found[state] = count
        if state == "waiting":
            found["stuck"] = often
    return found


SCHEDULED_AT = "remind_scheduled_at"
"""The key of the setting, not shown, that holds when the schedule was last made."""


def scheduled_at(connection: sqlite3.Connection) -> str | None:
    """Return the instant at which the schedule was made."""
    row = connection.execute("SELECT value FROM settings WHERE key = ?", (SCHEDULED_AT,)).fetchone()
    return str(row[0]) if row else None


_DELIVERY_COLUMNS = (
    "id", "state", "follow_up", "occurrence", "contact_id", "contact", "text", "recipient",
    "channel", "attempts", "next_try_at", "changed_at", "message_id", "error",
)  # fmt: skip


def unsettled_rows(connection: sqlite3.Connection) -> list[dict[str, Any]]:
    """Return the deliveries that are not settled, each with what it was about (None where that
    is gone), the oldest first."""
    rows = connection.execute(
        "SELECT d.id, d.state, d.follow_up, d.occurrence, f.contact_id, c.name, f.text,"
        "       d.recipient, d.channel, d.attempts, d.next_try_at, d.changed_at, d.message_id,"
        "       d.error"
        "  FROM deliveries d INDEXED BY deliveries_unsettled"
        "  LEFT JOIN follow_ups f ON f.id = d.follow_up LEFT JOIN contacts c ON c.id = f.contact_id"
        f" WHERE d.state NOT IN ('sent', 'skipped') AND {_MATTERS} ORDER BY d.id"
    )
    return [dict(zip(_DELIVERY_COLUMNS, row, strict=True)) for row in rows.fetchall()]


def bad_addresses(connection: sqlite3.Connection) -> list[dict[str, Any]]:
    """Return the addresses that a server refused for good, with its reason."""
    rows = connection.execute(
        "SELECT address, reason, marked_at FROM bad_addresses ORDER BY address"
    )
    keys = ("address", "reason", "marked_at")
    return [dict(zip(keys, row, strict=True)) for row in rows.fetchall()]


def due_until(
    connection: sqlite3.Connection, today: str
) -> tuple[int, list[tuple[str | None, int]]]:
    """Return how many follow-ups were due before a day, and (time, how many) of that day."""
    (before,) = connection.execute(
        "SELECT count(*) FROM follow_ups f WHERE f.state = 'open' AND f.due_on < ?", (today,)
    ).fetchone()
    timed = connection.execute(
        "SELECT f.due_time, count(*) FROM follow_ups f"
        " WHERE f.state = 'open' AND f.due_on = ? GROUP BY f.due_time",
        (today,),
    )
    return int(before), timed.fetchall()


def due_from(connection: sqlite3.Connection, today: str) -> list[dict[str, Any]]:
    """Return the first follow-up of each time of a day, and the first of all after that day."""
    keys = ("id", "contact_id", "contact", "due_on", "due_time", "text")
    select = (
        "SELECT f.id, f.contact_id, c.name, f.due_on, f.due_time, f.text"
        "  FROM follow_ups f CROSS JOIN contacts c ON c.id = f.contact_id WHERE f.state = 'open'"
    )
    rows = connection.execute(
        f"SELECT * FROM ({select} AND f.due_on = :today AND f.due_time IS NOT NULL"
        "  GROUP BY f.due_time HAVING f.id = min(f.id))"
        f" UNION ALL SELECT * FROM ({select} AND f.due_on > :today"
        "  ORDER BY f.due_on, f.due_time, f.id LIMIT 1) ORDER BY 4, 5, 1",
        {"today": today},
    )
    return [dict(zip(keys, row, strict=True)) for row in rows.fetchall()]
