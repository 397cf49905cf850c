"""Segments and fields that rules name: following them to other names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crm_cli.domain.filter_names import names_field, names_segment, with_field, with_segment
from crm_cli.domain.values import fold
from crm_cli.result import Level, Message
from crm_cli.store import rules as store

if TYPE_CHECKING:
    import sqlite3

    from crm_cli.domain.reminder_rule import Rule
    from crm_cli.services.unit import Unit


def naming_segment(connection: sqlite3.Connection, key: str) -> list[Rule]:
    """Return the rules that are for a segment, by its folded name."""
    return [
        rule
        for rule in store.listing(connection)
        if (rule.scope == "segment" and fold(rule.scope_value or "") == key)
        or (rule.scope == "where" and names_segment(rule.scope_value or "", key))
    ]


def rename_segment(unit: Unit, key: str, new: str) -> None:
    """Follow a segment to its new name."""
    for rule in naming_segment(unit.connection, key):
        value = new
        if rule.scope == "where":
            value = with_segment(rule.scope_value or "", key, new)
        _change(unit, rule, {"scope_value": value})


def rename_field(unit: Unit, noun: str, key: str, new: str) -> None:
    """Follow a custom field to its new name."""
    before, after = (key, new) if noun == "contact" else (f"{noun}.{key}", f"{noun}.{new}")
    for rule in store.listing(unit.connection):
        if rule.field == before:
            _change(unit, rule, {"field": after})
        if noun == "contact" and rule.scope == "where":
            expression = rule.scope_value or ""
            if names_field(expression, key):
                _change(unit, rule, {"scope_value": with_field(expression, key, new)})


def losing_field(connection: sqlite3.Connection, noun: str, key: str) -> list[Message]:
    """Return a warning for each rule that cannot work without a field."""
    named = key if noun == "contact" else f"{noun}.{key}"
    return [
        Message(f"rule {rule.id} ({rule.named}) does not work without {named}", Level.WARNING)
        for rule in store.listing(connection)
        if rule.field == named
        or (
            noun == "contact" and rule.scope == "where" and names_field(rule.scope_value or "", key)
        )
    ]


def _change(unit: Unit, rule: Rule, cells: dict[str, str]) -> None:
    unit.update("reminder_rules", rule.id, rule._asdict(), {**cells, "updated_at": unit.at})
