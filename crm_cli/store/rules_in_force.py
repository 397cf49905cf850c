"""Whether anything in the store makes follow-ups by itself, or scores leads: asked after every
change."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3


def any_there(connection: sqlite3.Connection) -> bool:
    """Say whether there is a rule, a product with a service interval, or a follow-up of one
    that is left."""
    (found,) = connection.execute(
        "SELECT EXISTS (SELECT 1 FROM reminder_rules)"
        " OR EXISTS (SELECT 1 FROM products WHERE service_interval IS NOT NULL)"
        " OR EXISTS (SELECT 1 FROM follow_ups WHERE state = 'open' AND kind = 'service')"
    ).fetchone()
    return bool(found)


# -- scores of leads ------------------------------------------------------------------------------

ENOUGH = 30
"""``domain.lead_score.ENOUGH``, which would be one more module for every change to load."""


def any_scoring(connection: sqlite3.Connection) -> bool:
    """Say whether there is a score rule, a model in force, or a score that is left of one."""
    (found,) = connection.execute(
        "SELECT EXISTS (SELECT 1 FROM score_rules) OR EXISTS (SELECT 1 FROM score_counts)"
        " OR EXISTS (SELECT 1 FROM lead_scores WHERE scored_on IS NOT NULL)"
    ).fetchone()
    return bool(found)


def has_cases(connection: sqlite3.Connection) -> bool:
    """Say whether enough leads were won, and as many lost, for the model to be believed."""
    return all(
        connection.execute(
            "SELECT count(*) FROM (SELECT 1 FROM leads"
            " WHERE state <> 'open' AND closed_at > '' AND state = ?1 LIMIT ?2)",
            (state, ENOUGH),
        ).fetchone()[0]
        >= ENOUGH
        for state in ("won", "lost")
    )


def may_score(connection: sqlite3.Connection) -> bool:
    """Say whether something scores leads, or would if closed leads were learnt from."""
    return any_scoring(connection) or has_cases(connection)
