"""Custom fields of leads that score rules and routes name: following them to other names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crm_cli.domain.filter_names import names_field, with_field
from crm_cli.result import Level, Message
from crm_cli.store import lead_ties as store

if TYPE_CHECKING:
    import sqlite3

    from crm_cli.services.unit import Unit

_CALLED = {"score_rules": "score rule", "lead_routes": "route"}


def rename_field(unit: Unit, key: str, new: str) -> None:
    """Follow a custom field of leads to its new name."""
    for found in store.expressions(unit.connection):
        if names_field(found.expression, key):
            cells = {"expression": with_field(found.expression, key, new)}
            unit.update(found.table, found.id, found._asdict(), cells)


def losing_field(connection: sqlite3.Connection, key: str) -> list[Message]:
    """Return a warning for each score rule and route that cannot work without a field."""
    return [
        Message(f"{_CALLED[found.table]} {found.id} does not work without {key}", Level.WARNING)
        for found in store.expressions(connection)
        if names_field(found.expression, key)
    ]
