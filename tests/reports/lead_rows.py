"""Leads written straight into the store: states of the past that take a day each to type."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

STAGES = {"new": 1, "contacted": 2, "qualified": 3, "proposal": 4, "negotiation": 5,
          "won": 6, "lost": 7}  # fmt: skip


def instant(text: str) -> str:
    """Return a day's noon, or an instant as it is."""
    return text if "T" in text else f"{text}T12:00:00Z"


class Leads:
    """Writes leads with their stays and former terms."""

    def __init__(self, path: Path) -> None:
        self.connection = sqlite3.connect(path)
        self.number = 0

    def add(
        self, *stays: tuple[str, str], former: tuple[dict[str, Any], ...] = (), **present: Any
    ) -> int:
        """Write a lead: (day, stage) of each stay, its present columns, and what they were
        ``until`` a day. Return its id."""
        self.number += 1
        lead = self.number
        stage = stays[-1][1]
        state = stage if stage in {"won", "lost"} else "open"
        since = instant(stays[-1][0])
        row = {
            "id": lead, "uid": f"u{lead}", "contact_id": 1, "title": f"Lead {lead}",
            "folded": f"lead {lead}", "stage_id": STAGES[stage], "state": state,
            "opened_at": instant(stays[0][0]), "stage_since": since,
            "closed_at": None if state == "open" else since, "created_at": since,
            "updated_at": since, **present,
        }  # fmt: skip
        if row.get("value") is not None:
            row.setdefault("currency", "EUR")
        self._insert("leads", row)
        for (entered, name), (left, _) in zip(stays, [*stays[1:], (None, "")], strict=True):
            self._insert(
                "stage_changes",
                {
                    "lead_id": lead, "stage_id": STAGES[name], "entered_at": instant(entered),
                    "left_at": None if left is None else instant(left),
                },
            )  # fmt: skip
        for terms in former:
            row = {**terms, "lead_id": lead, "until_at": instant(terms["until"])}
            del row["until"]
            if row.get("value") is not None:
                row.setdefault("currency", "EUR")
            self._insert("lead_terms", row)
        self.connection.commit()
        return lead

    def _insert(self, table: str, row: dict[str, Any]) -> None:
        names, marks = ", ".join(row), ", ".join("?" * len(row))
        self.connection.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", [*row.values()])
