"""What the filters of rules are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crm_cli.domain.filter_names import segments_named
from crm_cli.domain.values import fold
from crm_cli.store import segments as store

if TYPE_CHECKING:
    import sqlite3

    from crm_cli.domain.reminder_rule import Rule


def needs_everybody(connection: sqlite3.Connection, rule: Rule) -> bool:
    """Say whether a rule's segment or filter is made of a built-in segment: who is in one
    depends on all customers, so that it is drawn anew for all at once."""
    asked = [fold(rule.scope_value or "")] if rule.scope == "segment" else []
    if rule.scope == "where":
        asked = segments_named(rule.scope_value or "")
    seen: set[str] = set()
    while asked:
        key = asked.pop()
        found = store.saved(connection, key)
        if found is None:
            return True
        if key not in seen:
            seen.add(key)
            asked += segments_named(found.expression)
    return False
