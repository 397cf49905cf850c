"""Whether anything in the store scores leads: asked after every change."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3

ENOUGH = 30
"""``domain.lead_score.ENOUGH``, which would be one more module for every change to load."""

_ANY = (
    "SELECT EXISTS (SELECT 1 FROM score_rules) OR EXISTS (SELECT 1 FROM score_counts)"
    " OR EXISTS (SELECT 1 FROM lead_scores WHERE scored_on IS NOT NULL)"
)
_CASES = "SELECT count(*) FROM (SELECT 1 FROM leads WHERE closed_at > '' AND state = ?1 LIMIT ?2)"


def any_there(connection: sqlite3.Connection) -> bool:
    """Say whether there is a rule, a model in force, or a score that is left of one."""
    (found,) = connection.execute(_ANY).fetchone()
    return bool(found)


def has_cases(connection: sqlite3.Connection) -> bool:
    """Say whether enough leads were won, and as many lost, for the model to be believed."""
    return all(
        connection.execute(_CASES, (state, ENOUGH)).fetchone()[0] >= ENOUGH
        for state in ("won", "lost")
    )
