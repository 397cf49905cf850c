"""Stores with closed leads enough for the model, and kept scores held against fresh ones."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

from crm_cli.clock import Clock
from crm_cli.queries.lead_scoring import Scoring
from crm_cli.session import Session
from crm_cli.store import lead_scores, lead_worth
from tests.conftest import NOW

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

FIRST = 1001
"""The id of the first closed lead; what the program makes from then on comes behind the last."""


def session_of(path: Path, now: str = NOW) -> Session:
    return Session(path=path, clock=Clock(now), who=lambda: "tester", arguments=["test"])


def add_closed(path: Path, leads: Iterable[dict[str, Any]]) -> None:
    """Insert closed leads of contact 1 as rows: ``won``, and any columns."""
    with closing(sqlite3.connect(path)) as direct, direct:
        for number, given in enumerate(leads, start=FIRST):
            cells = dict(given)
            won = cells.pop("won")
            on = cells.pop("on", "2026-03-01")
            row = {
                "id": number, "uid": f"closed-{number}", "contact_id": 1, "title": f"L{number}",
                "folded": f"l{number}", "stage_id": 6 if won else 7,
                "state": "won" if won else "lost", "opened_at": "2026-01-05T08:00:00Z",
                "stage_since": f"{on}T08:00:00Z", "closed_at": f"{on}T08:00:00Z",
                "created_at": f"{on}T08:00:00Z", "updated_at": f"{on}T08:00:00Z", **cells,
            }  # fmt: skip
            direct.executemany(
                "INSERT INTO stage_changes (id, lead_id, stage_id, entered_at, left_at)"
                " VALUES (?, ?, ?, ?, ?)",
                [
                    (2 * number, number, 1, row["opened_at"], row["closed_at"]),
                    (2 * number + 1, number, row["stage_id"], row["closed_at"], None),
                ],
            )
            names = ", ".join(row)
            direct.execute(
                f"INSERT INTO leads ({names}) VALUES ({', '.join('?' * len(row))})",
                list(row.values()),
            )
        direct.executemany(
            "INSERT INTO counters (name, next_id) VALUES (?, ?)"
            " ON CONFLICT (name) DO UPDATE SET next_id = excluded.next_id",
            [("leads", number + 1), ("stage_changes", 2 * number + 2)],
        )


def a_hundred() -> list[dict[str, Any]]:
    """45 won and 55 lost leads in which source, owner and value tell, and some are missing."""
    found = []
    for number in range(100):
        won = number % 20 < 9
        source = ("referral", "web", None, "fair")[(number * 7 + won) % 4]
        value = None if number % 11 == 0 else 10_000 * (1 + number % 13 + 4 * won)
        found.append(
            {
                "won": won, "source": source, "owner": ("zoe", "max")[(number + won) % 3 > 0],
                "value": value, "currency": None if value is None else "EUR",
            }
        )  # fmt: skip
    return found


def differences(path: Path, now: str = NOW) -> list[str]:
    """Return what is kept of open leads and is not what is computed anew."""
    session = session_of(path, now)
    try:
        kept = lead_scores.kept(session.reader, None)
        fresh = {
            lead_id: score.kept for lead_id, score in Scoring(session, learning=True).scores(None)
        }
        # Where nothing scores, a lead may have no row as well as an empty one.
        found = [
            f"lead {lead_id}: kept {kept.get(lead_id)}, anew {fresh.get(lead_id)}"
            for lead_id in sorted({*kept, *fresh})
            if kept.get(lead_id, lead_scores.NOTHING) != fresh.get(lead_id, lead_scores.NOTHING)
        ]
        rates = lead_worth.rates(session.reader, session.setting("currency"), now[:10])
        return found + lead_worth.differences(session.reader, rates)
    finally:
        session.close()
