"""Rows that no verb makes at will: follow-ups of every kind, runs of the past, deliveries."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Crm

AT = "2026-01-01T00:00:00Z"


def _insert(db: Path, table: str, **values: Any) -> int:
    connection = sqlite3.connect(db)
    with connection:
        names = ", ".join(values)
        marks = ", ".join("?" * len(values))
        made = connection.execute(
            f"INSERT INTO {table} ({names}) VALUES ({marks})", tuple(values.values())
        )
    connection.close()
    assert made.lastrowid is not None
    return made.lastrowid


BY_VERB = frozenset({"kind", "owner"})
"""What ``remind add`` can say; kinds of rules and closed states are put there by hand."""


def follow_up(crm: Crm, who: int, day: str, text: str = "Ring", **more: Any) -> int:
    """Make a follow-up; ``day`` may have a time: ``2026-06-15 09:30``."""
    if more.keys() <= BY_VERB and more.get("kind", "task") in {"task", "promise"}:
        options = [word for key, value in more.items() for word in (f"--{key}", value)]
        return crm.id("remind", "add", who, day, text, "-q", *options)
    db = crm.db
    on, _, time = day.partition(" ")
    values = {
        "contact_id": who, "due_on": on, "due_time": time or None, "text": text,
        "created_at": AT, "updated_at": AT, **more,
    }  # fmt: skip
    made = _insert(db, "follow_ups", uid=f"uid {who} {day} {text}", **values)
    connection = sqlite3.connect(db)
    with connection:
        connection.execute(
            "INSERT INTO counters (name, next_id) VALUES ('follow_ups', ?)"
            " ON CONFLICT (name) DO UPDATE SET next_id = excluded.next_id",
            (made + 1,),
        )
    connection.close()
    return made


def run(db: Path, started: str, **more: Any) -> int:
    """Note a run of ``remind send``, which ended well a second later unless said otherwise."""
    ended = {"finished_at": started, "exit_code": 0}
    return _insert(db, "send_runs", started_at=started, **{**ended, **more})


def delivery(db: Path, follow_up_id: int, state: str, occurrence: str, **more: Any) -> int:
    """Note a delivery of the ledger."""
    values = {
        "recipient": "ada@example.com", "channel": "smtp", "claimed_at": AT, "changed_at": AT,
        "attempts": 1, **more,
    }  # fmt: skip
    return _insert(
        db, "deliveries", follow_up=follow_up_id, state=state, occurrence=occurrence, **values
    )


def setting(db: Path, key: str, value: str) -> None:
    """Set what ``remind schedule`` keeps."""
    _insert(db, "settings", key=key, value=value)
