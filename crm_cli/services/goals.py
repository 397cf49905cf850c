"""Writing goals: what is aimed at, by when, by whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crm_cli import clock, errors
from crm_cli.domain import goal as domain
from crm_cli.domain.values import fold, read_money, read_text
from crm_cli.queries import goals as queries
from crm_cli.queries import people
from crm_cli.result import Message
from crm_cli.services.outcome import ask, written
from crm_cli.services.unit import Unit
from crm_cli.store import goals as store

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

    from crm_cli.result import Result
    from crm_cli.session import Session
    from crm_cli.store.goals import Goal

EMPTIABLE = ("segment", "owner", "pipeline", "parent", "note")
"""What ``--unset`` may empty."""

_COLUMNS = {"pipeline": "pipeline_id", "parent": "parent_id"}


@dataclass(frozen=True, slots=True, kw_only=True)
class GoalFields:
    """What a verb was told, as typed; None where nothing was. ``comparison`` is one of
    ``domain.goal.COMPARISONS``."""

    metric: str | None = None
    target: str | None = None
    period: str | None = None
    comparison: str | None = None
    segment: str | None = None
    owner: str | None = None
    pipeline: str | None = None
    parent: str | None = None
    note: str | None = None


def comparison(at_least: bool, at_most: bool) -> str | None:
    """Return what two flags say. Raises UsageError for both."""
    if at_least and at_most:
        raise errors.UsageError("--at-least and --at-most at once", hint="leave one of them out")
    return "at-most" if at_most else "at-least" if at_least else None


def one_period(word: str | None, option: str | None) -> str | None:
    """Return the period typed as a word or with ``--period``. Raises UsageError for both."""
    if word is not None and option is not None:
        raise errors.UsageError("the period is said twice", hint="leave one of them out")
    return option if word is None else word


def add(session: Session, fields: GoalFields) -> Result:
    """Set a goal.

    Raises InvalidValue for a metric, target or period that is none, or that does not fit its
    parent, NotFound for a segment, pipeline or parent, Duplicate for a goal that is there.
    """
    remarks: list[Message] = []
    if fields.period is None:
        raise errors.UsageError(
            "a goal needs a period", hint="crm goal add won-value 50000 2026-Q4"
        )
    with Unit(session) as unit:
        cells = _cells(session, unit.connection, fields, None, remarks)
        _check(unit.connection, cells, None)
        goal_id = unit.insert("goals", **cells, created_at=unit.at, updated_at=unit.at)
        unit.count_records(1)
        label = f"{cells['metric']} {cells['period']}"
        body = unit.commit(
            f"set goal {goal_id}: {label}", then=lambda reader: queries.record(reader, goal_id)
        )
    return written(body, unit, remarks)


def edit(session: Session, who: str, fields: GoalFields, unset: list[str]) -> Result:
    """Change a goal. Raises as ``add`` does, and NotFound for one that is not there."""
    for name in unset:
        if name not in EMPTIABLE:
            raise errors.InvalidValue(
                f"{name!r} cannot be emptied", hint=f"one of {', '.join(EMPTIABLE)} can"
            )
    remarks: list[Message] = []
    with Unit(session) as unit:
        found = queries.resolve(unit.connection, who)
        cells = _cells(session, unit.connection, fields, found, remarks)
        cells.update({_COLUMNS.get(name, name): None for name in unset})
        after = {**found._asdict(), **cells}
        _check(unit.connection, after, found.id)
        if unit.update("goals", found.id, found._asdict(), cells):
            unit.update("goals", found.id, found._asdict(), {"updated_at": unit.at})
        unit.count_records(1)
        body = unit.commit(
            f"changed goal {found.id}: {after['metric']} {after['period']}",
            then=lambda reader: queries.record(reader, found.id),
        )
    return written(body, unit, remarks)


def delete(session: Session, who: str) -> Result:
    """Delete a goal, after asking; its parts become parts of the goal it was a part of. Raises
    NotFound."""
    found = queries.resolve(session.reader, who)
    ask(session, f"Delete goal {found.id} ({queries.name(session.reader, found)})?")
    remarks = []
    with Unit(session) as unit:
        found = queries.get(unit.connection, found.id)
        body = queries.record(unit.connection, found.id)
        parts = [goal for goal in store.listing(unit.connection) if goal.parent_id == found.id]
        for part in parts:
            cells = {"parent_id": found.parent_id, "updated_at": unit.at}
            unit.update("goals", part.id, part._asdict(), cells)
        if parts:
            numbers = ", ".join(str(part.id) for part in parts)
            above = f"part of goal {found.parent_id}" if found.parent_id else "part of none"
            remarks.append(Message(f"its parts stay: {numbers}, now {above}"))
        unit.delete("goals", found.id)
        unit.count_records(1)
        unit.commit(f"deleted goal {found.id}: {found.metric} {found.period}")
    return written(body, unit, remarks)


# -- reading what was typed -----------------------------------------------------------------------


def _cells(
    session: Session, connection: sqlite3.Connection, fields: GoalFields, known: Goal | None,
    remarks: list[Message],
) -> dict[str, Any]:  # fmt: skip
    """Return the columns that were given, on top of what is known of the goal."""
    cells: dict[str, Any] = {}
    if fields.metric is not None:
        cells["metric"] = domain.read_metric(fields.metric)
    metric = cells.get("metric") or (known and known.metric)
    if fields.comparison is not None or known is None:
        usual = "at-most" if metric == "lost-leads" else "at-least"
        cells["comparison"] = fields.comparison or usual
    if fields.target is not None:
        is_money = domain.METRICS[metric or ""].is_money
        cells["target"], cells["currency"] = _target(session, fields.target, is_money, known)
    if fields.period is not None:
        cells["period"] = read_period(session, fields.period)
    if fields.segment is not None:
        cells["segment"] = segment_name(connection, fields.segment)
    if fields.pipeline is not None:
        from crm_cli.queries.stages import resolve_pipeline

        cells["pipeline_id"] = resolve_pipeline(connection, fields.pipeline, retired=True).id
    if fields.owner is not None:
        cells["owner"] = people.owner(session, fields.owner, remarks)
    if fields.note is not None:
        cells["note"] = read_text(fields.note, "note") or None
    if fields.parent is not None:
        cells["parent_id"] = queries.resolve(connection, fields.parent).id
    return cells


def _target(
    session: Session, text: str, is_money: bool, known: Goal | None
) -> tuple[int, str | None]:
    """Read a target: money, or a count."""
    if is_money:
        home = (known and known.currency) or session.setting("currency")
        target, currency = read_money(text, home)
        if target < 0:
            raise errors.InvalidValue(f"{text!r} is below 0", hint="write 50000 or '50000 CHF'")
        return target, currency
    bare = text.strip().replace("_", "").replace("'", "")
    if not (bare.isascii() and bare.isdigit() and len(bare) <= 15):
        raise errors.InvalidValue(f"{text!r} is not a number", hint="write a whole number: 25")
    return int(bare), None


def read_period(session: Session, text: str) -> str:
    """Return ``2026``, ``2026-Q4`` or ``2026-11`` for a period as typed (``this-quarter``).
    Raises InvalidValue."""
    found = domain.period_of_days(*clock.read_period(text, session.today))
    if found is None:
        raise errors.InvalidValue(
            f"{text!r} is not a month, quarter or year", hint="write 2026-11, 2026-Q4 or 2026"
        )
    return found


def segment_name(connection: sqlite3.Connection, text: str) -> str:
    """Return a segment's name as it is written. Raises NotFound."""
    from crm_cli.queries import segments
    from crm_cli.store.segments import saved

    kept = saved(connection, fold(text))
    if kept is not None:
        return kept.name
    found = segments.rfm_name(connection, text)
    if found is None:
        raise segments.unknown(connection, text)
    return found


def _check(connection: sqlite3.Connection, cells: Mapping[str, Any], own_id: int | None) -> None:
    """Raise for a goal that is there already, or that cannot be a part of its parent."""
    is_money = domain.METRICS[cells["metric"]].is_money
    if cells.get("target") is None or is_money is (cells.get("currency") is None):
        raise errors.InvalidValue(
            f"a goal for {cells['metric']} needs a target in {'money' if is_money else 'numbers'}",
            hint="say it with --target",
        )
    if cells.get("pipeline_id") is not None and not domain.METRICS[cells["metric"]].is_of_leads:
        of = ", ".join(name for name, metric in domain.METRICS.items() if metric.is_of_leads)
        raise errors.InvalidValue(
            f"{cells['metric']} is not counted by pipeline", hint=f"--pipeline goes with {of}"
        )
    goals = store.listing(connection)
    mine = _what(cells)
    for other in goals:
        if other.id != own_id and _what(other._asdict()) == mine:
            raise errors.Duplicate(
                f"goal {other.id} aims at the same ({queries.name(connection, other)})",
                hint=f"change it: crm goal edit {other.id} --target ...",
            )
    parent = cells.get("parent_id")
    if parent is not None:
        _check_parent(goals, cells, own_id, parent)
    for part in goals:
        if own_id is not None and part.parent_id == own_id:
            _check_parent(goals, part._asdict(), part.id, own_id, cells)


def _what(cells: Mapping[str, Any]) -> tuple[Any, ...]:
    return (
        cells["metric"], cells["comparison"], cells["period"], fold(cells.get("segment") or ""),
        fold(cells.get("owner") or ""), cells.get("pipeline_id"),
    )  # fmt: skip


def _check_parent(
    goals: list[Goal], cells: Mapping[str, Any], own_id: int | None, parent_id: int,
    changed: Mapping[str, Any] | None = None,
) -> None:  # fmt: skip
    by_id = {goal.id: goal for goal in goals}
    parent = changed or by_id[parent_id]._asdict()
    above: int | None = parent_id
    while above is not None:
        if above == own_id:
            raise errors.InvalidValue(f"goal {own_id} would be a part of itself")
        above = by_id[above].parent_id if above in by_id else None
    for what in ("metric", "comparison"):
        if parent[what] != cells[what]:
            raise errors.InvalidValue(
                f"a part of goal {parent_id} has its {what}: {parent[what]}, not {cells[what]}"
            )
    if not domain.contains(parent["period"], cells["period"]):
        raise errors.InvalidValue(
            f"{cells['period']} does not lie in {parent['period']}, the period of goal {parent_id}"
        )
