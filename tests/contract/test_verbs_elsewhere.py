"""Verbs that are loaded only when they are named carry their help line with them."""

from __future__ import annotations

from importlib import import_module

from crm_cli.commands import ENTRIES, Group


def test_the_line_in_the_table_is_the_verbs_own() -> None:
    seen = 0
    for entry in ENTRIES.values():
        target = getattr(import_module(f"crm_cli.commands.{entry.module}"), entry.attribute)
        for verb in target.verbs_elsewhere.values() if isinstance(target, Group) else ():
            assert verb.help_line == verb.load().help_line
            seen += 1
    assert seen >= 6
