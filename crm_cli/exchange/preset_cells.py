"""Cells of another program's export brought into the form that every file has.

What is done can be done again without harm: a rejected row goes out as it was understood, and
comes back under the same header.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from crm_cli.exchange.columns import normal

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping, Sequence

    from crm_cli.exchange.columns import Plan

    Row = tuple[int, list[str], str | None]
    Rule = Callable[[list[str]], None]

_BARE_TIME = re.compile(r".*\d{1,2}:\d{2}(?::\d{2})?", re.DOTALL)


def tidied(rows: Generator[Row], plan: Plan) -> Generator[Row]:
    """Yield the rows with the preset's rules for cells applied."""
    rules = _rules(plan)
    if not rules:
        yield from rows
        return
    for row in rows:
        if row[2] is None:
            for rule in rules:
                rule(row[1])
        yield row


def _rules(plan: Plan) -> list[Rule]:
    preset = plan.preset
    if preset is None:
        return []
    titles: dict[str, int] = {}
    for at, title in enumerate(plan.names):
        titles.setdefault(normal(title), at)

    def places(names: Sequence[str]) -> list[int]:
        return [titles[normal(name)] for name in names if normal(name) in titles]

    rules: list[Rule] = []
    if preset.empty:
        rules.append(_emptied(sorted(plan.targets), frozenset(preset.empty)))
    for name, words in preset.values.items():
        rules += [_translated(at, words) for at in places([name])]
    rules += [_in_utc(at) for at in places(preset.utc)]
    for rule, table in ((_filled, preset.instead), (_joined, preset.joined)):
        for name, others in table.items():
            if there := places([name]):
                rules.append(rule(there[0], places(others)))
    return rules


def _emptied(columns: Sequence[int], words: frozenset[str]) -> Rule:
    def rule(cells: list[str]) -> None:
        for at in columns:
            if cells[at] and cells[at].strip() in words:
                cells[at] = ""

    return rule


def _translated(at: int, words: Mapping[str, str]) -> Rule:
    known = {theirs.casefold(): ours for theirs, ours in words.items()}

    def rule(cells: list[str]) -> None:
        cells[at] = known.get(cells[at].strip().casefold(), cells[at])

    return rule


def _in_utc(at: int) -> Rule:
    def rule(cells: list[str]) -> None:
        if _BARE_TIME.fullmatch(cells[at].strip()):
            cells[at] = cells[at].strip() + " UTC"

    return rule


def _filled(at: int, others: Sequence[int]) -> Rule:
    def rule(cells: list[str]) -> None:
        cells[at] = cells[at] or next((cells[other] for other in others if cells[other]), "")

    return rule


def _joined(at: int, others: Sequence[int]) -> Rule:
    def rule(cells: list[str]) -> None:
        cells[at] = " ".join(" ".join(cells[place] for place in (at, *others)).split())
        for other in others:
            cells[other] = ""

    return rule
