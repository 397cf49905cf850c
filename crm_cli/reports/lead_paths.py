"""Which stages leads ever entered: what a funnel is made of.

The stays of a lead are read in order from one index; leads that went the same way are one row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from crm_cli.reports import lead_bounds, lead_state

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Sequence

    from crm_cli.domain.stage import Stage
    from crm_cli.reports.lead_state import LeadScope
    from crm_cli.session import Session


class Asked(NamedTuple):
    """The leads that a report on stays looks at: a WITH clause that defines ``asked (id)``, and a
    condition on a stay (``h``) that keeps to them; both empty for all leads."""

    sql: str
    condition: str
    parameters: dict[str, Any]


def asked(session: Session, chosen: LeadScope, *, opened: bool) -> Asked:
    """Return the leads of a scope; with ``opened`` only those opened in its period."""
    parameters: dict[str, Any] = {"end": chosen.end}
    is_of_period = opened and (chosen.since is not None or chosen.until is not None)
    if not chosen.is_narrowed and not is_of_period:
        return Asked("", "1", parameters)
    base, more = lead_state.base(session.reader, chosen)
    parameters.update(more)
    where = "1"
    if is_of_period:
        where = "b.opened_at >= :since AND b.opened_at < :until"
        parameters.update(lead_bounds.span(session, chosen))
    return Asked(
        f"WITH {base}, asked AS MATERIALIZED (SELECT b.id FROM base b WHERE {where})",
        "h.lead_id IN (SELECT id FROM asked)",
        parameters,
    )


class Path(NamedTuple):
    """The stages that some leads entered, where they were at the end of the day, and how many
    (or which) leads they are."""

    entered: frozenset[int]
    last: int
    leads: int


class Gone(NamedTuple):
    """The stages of one pipeline that some leads entered, whether these are lost on the day, how
    many (or which) leads they are, and whether they are won on the day."""

    steps: frozenset[int]
    is_lost: bool
    leads: int
    ends_won: bool


_WAYS = """
SELECT {head} group_concat(h.stage_id) AS way,
       max(CASE WHEN h.left_at IS NULL OR h.left_at >= :end THEN h.stage_id END) AS last
  FROM stage_changes h INDEXED BY stage_changes_lead
 WHERE h.entered_at < :end AND {condition}
 GROUP BY h.lead_id
"""
# The order of a way is of no account: two orders of the same stages are added up in Python.


def counted(connection: sqlite3.Connection, leads: Asked) -> list[Path]:
    """Return how many leads went each way."""
    ways = _WAYS.format(head="", condition=leads.condition)
    found = connection.execute(
        f"{leads.sql} SELECT way, last, count(*) FROM ({ways}) GROUP BY 1, 2", leads.parameters
    ).fetchall()
    return [Path(_stages(way), last, count) for way, last, count in found]


def one_by_one(connection: sqlite3.Connection, leads: Asked) -> list[Path]:
    """Return the way of each lead; ``leads`` is its id."""
    ways = _WAYS.format(head="h.lead_id,", condition=leads.condition)
    found = connection.execute(f"{leads.sql} {ways}", leads.parameters).fetchall()
    return [Path(_stages(way), last, number) for number, way, last in found]


def _stages(way: str | int) -> frozenset[int]:
    return frozenset(map(int, str(way).split(",")))


class Funnel:
    """The stages of a pipeline as steps: open ones by position, then those won.

    Entering a won stage of another pipeline, to which a lead was moved, is winning too: it counts
    as this one's.
    """

    def __init__(self, stages: Sequence[Stage], pipeline_id: int) -> None:
        mine = [stage for stage in stages if stage.pipeline_id == pipeline_id]
        self.won = [stage for stage in mine if stage.kind == "won"]
        self.lost = [stage for stage in mine if stage.kind == "lost"]
        self.steps = [stage for stage in mine if stage.kind == "open"] + self.won
        self._won_ids = frozenset(stage.id for stage in stages if stage.kind == "won")
        self._ours = frozenset(stage.id for stage in mine)
        self._first_won = self.won[0].id if self.won else 0
        self._kinds = {stage.id: stage.kind for stage in stages}

    def gone(self, paths: Iterable[Path]) -> list[Gone]:
        """Return what the ways that touch this pipeline are in it."""
        found = []
        for path in paths:
            ours = path.entered & self._ours
            if not ours:
                continue
            if path.entered & self._won_ids and not ours & self._won_ids:
                ours |= {self._first_won}
            last = self._kinds.get(path.last)
            found.append(Gone(ours, last == "lost", path.leads, last == "won"))
        return found

    def is_won(self, one: Gone) -> bool:
        """Say whether leads ever entered a won stage."""
        return not self._won_ids.isdisjoint(one.steps)

    def later(self, stage: Stage) -> frozenset[int]:
        """Return the stages that are later than one: won ones than all, lost ones than none."""
        if stage.kind != "open":
            return frozenset()
        at = self.steps.index(stage)
        return frozenset(step.id for step in self.steps[at + 1 :])

    def following(self, stage: Stage) -> Stage | None:
        """Return the next step after an open stage."""
        if stage.kind != "open":
            return None
        return next((step for step in self.steps[self.steps.index(stage) + 1 :]), None)


def used(paths: Iterable[Path]) -> frozenset[int]:
    """Return every stage that some lead entered."""
    return frozenset().union(*(path.entered for path in paths))
