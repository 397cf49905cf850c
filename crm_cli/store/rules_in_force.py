"""Whether anything in the store makes follow-ups by itself: asked after every change."""

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
