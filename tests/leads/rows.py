"""Leads put into the store as rows, with days and stages of the test's choice."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.conftest import Crm

STAGES = ("new", "contacted", "qualified", "proposal", "negotiation", "won", "lost")


def lead(
    crm: Crm, contact_id: int, title: str, stage: str = "new", *, on: str = "2026-06-01",
    **cells: Any,
) -> int:  # fmt: skip
    """Insert a lead that was opened, and came to its stage, on a day at 8:00 UTC; return its id.

    ``since`` is the day it came to its stage, ``closed`` the day it was closed.
    """
    from crm_cli.domain.values import search_key

    state = stage if stage in {"won", "lost"} else "open"
    at = f"{on}T08:00:00Z"
    since = f"{cells.pop('since', on)}T08:00:00Z"
    closed = cells.pop("closed", on)
    row = {
        "uid": title, "contact_id": contact_id, "title": title, "folded": search_key(title),
        "stage_id": STAGES.index(stage) + 1, "state": state, "opened_at": at,
        "stage_since": since if state == "open" else f"{closed}T08:00:00Z",
        "closed_at": None if state == "open" else f"{closed}T08:00:00Z",
        "created_at": at, "updated_at": at, **cells,
    }  # fmt: skip
    with sqlite3.connect(crm.db) as direct:
        number = direct.execute("SELECT coalesce(max(id), 0) + 1 FROM leads").fetchone()[0]
        names = ["id", *row]
        direct.execute(
            f"INSERT INTO leads ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})",
            [number, *row.values()],
        )
    direct.close()
    return int(number)
