"""Goals that a forecast is held against: those for the value of won leads."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from crm_cli.domain import goal as domain
from crm_cli.domain.values import fold
from crm_cli.store import goals as store
from crm_cli.store import lead_spellings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from crm_cli.domain.goal import Span
    from crm_cli.reports.lead_state import LeadScope
    from crm_cli.session import Session
    from crm_cli.store.goals import Goal


WHOLE = "*"
"""The row of the total, in a forecast by owner."""


class Goals(NamedTuple):
    """Goals of the rows (by the row's name), goals of longer periods, which stand in rows of their
    own, and what is said of those that stand nowhere."""

    of_rows: Mapping[str, Goal]
    longer: Sequence[Goal]
    notes: Sequence[str]

    @property
    def everything(self) -> list[Goal]:
        """All of them."""
        return [*self.of_rows.values(), *self.longer]

    @property
    def since(self) -> date | None:
        """The first day of the longest of them."""
        return min((domain.span(goal.period).first for goal in self.longer), default=None)

    def target(self, row: str, currency: str) -> int | None:
        """Return the target of a row in a currency, None where it has none in that."""
        goal = self.of_rows.get(row)
        return goal.target if goal is not None and goal.currency == currency else None


def _same(one: str | None, other: str | None) -> bool:
    return one is other or (one is not None and other is not None and fold(one) == fold(other))


def find(session: Session, chosen: LeadScope, by: str, days: Span) -> Goals:
    """Return the goals for what is won within some days, of the owner, the segment and the
    pipeline the report is narrowed to. A month's figures are never held against a part of a
    quarter's goal."""
    mine = [
        goal
        for goal in store.listing(session.reader, "won-value")
        if goal.comparison == "at-least"
        and _same(goal.segment, chosen.segment)
        and goal.pipeline_id == chosen.pipeline_id
        and (by == "owner" or _same(goal.owner, chosen.owner))
    ]
    if chosen.where is not None:
        said = (
            "Goals are not shown beside leads that --where chooses (crm report goals shows them)."
        )
        return Goals({}, [], [said] if mine else [])
    if by == "owner":
        period = domain.period_of_days(days.first, days.last)
        names = lead_spellings.spellings(session.reader, "owner", past=True)
        rows = {
            names.get(fold(goal.owner), [goal.owner])[0] if goal.owner else WHOLE: goal
            for goal in mine
            if goal.period == period
        }
        return Goals(rows, [], [])
    rows, longer, shorter = {}, [], 0
    for goal in mine:
        found = domain.span(goal.period)
        if found.last < days.first or found.first > days.last:
            continue
        size = domain.UNITS.index(found.unit) - domain.UNITS.index(by)
        if size < 0:
            shorter += 1
        elif size == 0 and days.first <= found.first and found.last <= days.last:
            rows[goal.period] = goal
        else:
            longer.append(goal)
    longer.sort(key=lambda goal: (domain.span(goal.period).first, domain.span(goal.period).last))
    notes = []
    if shorter:
        notes.append(
            f"Goals for shorter periods are not added up: {shorter} (crm report goals shows them)."
        )
    return Goals(rows, longer, notes)
