"""What rules made, as the store has it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Crm

Rows = list[dict[str, Any]]


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Set the clock."""
    return lambda now: monkeypatch.setenv("CRM_NOW", now)


@pytest.fixture
def rows(crm: Crm) -> Callable[..., Rows]:
    """Read follow-ups: open ones of a contact, unless told otherwise."""

    def read(contact: int | None = None, state: str | None = "open") -> Rows:
        with closing(sqlite3.connect(crm.db)) as connection:
            connection.row_factory = sqlite3.Row
            found = connection.execute(
                "SELECT * FROM follow_ups WHERE (:contact IS NULL OR contact_id = :contact)"
                " AND (:state IS NULL OR state = :state) ORDER BY id",
                {"contact": contact, "state": state},
            ).fetchall()
        return [dict(row) for row in found]

    return read


@pytest.fixture
def due(rows: Callable[..., Rows]) -> Callable[..., list[str]]:
    """Read on which days the open follow-ups of a contact are due."""
    return lambda contact=None: [row["due_on"] for row in rows(contact)]
