"""Reading goals: one, and all of them as a tree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crm_cli import errors
from crm_cli.domain import goal as domain
from crm_cli.domain.values import money_text
from crm_cli.queries.resolve import number
from crm_cli.result import Column, Kind, Record, Result, Table
from crm_cli.store import goals as store

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator, Sequence

    from crm_cli.session import Session
    from crm_cli.store.goals import Goal

METRIC_WORDS = {key: metric.label for key, metric in domain.METRICS.items()}


def values(goal: Goal) -> dict[str, Any]:
    """Return a goal as its JSON object."""
    return {**goal._asdict(), "target": shown(goal.target, goal.currency)}


def shown(figure: int | None, currency: str | None) -> str | int | None:
    """Return a figure of a goal: money as decimal text, a count as it is."""
    return figure if figure is None or currency is None else money_text(figure, currency)


def record(connection: sqlite3.Connection, goal_id: int) -> Record:
    """Return one goal. Raises NotFound."""
    found = get(connection, goal_id)
    return Record(
        noun="goal",
        values=values(found),
        title=name(found),
        words={"metric": METRIC_WORDS},
    )


def name(goal: Goal) -> str:
    """Return what a goal is called: ``Won leads 2026-Q4, zoe``."""
    whose = [text for text in (goal.owner, goal.segment) if text]
    return ", ".join([f"{domain.METRICS[goal.metric].label} {goal.period}", *whose])


def get(connection: sqlite3.Connection, goal_id: int | None) -> Goal:
    """Return a goal by its id. Raises NotFound."""
    found = None if goal_id is None else store.goal(connection, goal_id)
    if found is None:
        raise errors.NotFound(f"no goal {goal_id}", hint="see crm goal tree")
    return found


def resolve(connection: sqlite3.Connection, text: str) -> Goal:
    """Return the goal that a number names. Raises NotFound."""
    found = number(text.strip())
    if found is None:
        raise errors.NotFound(f"no goal {text!r}", hint="name it by its id: crm goal tree")
    return get(connection, found)


COLUMNS = (
    Column("id", "ID", Kind.ID),
    Column("goal", "Goal"),
    Column("comparison", "Comparison"),
    Column("target", "Target"),
    Column("currency", "Currency"),
    Column("metric", "Metric", words=METRIC_WORDS),
    Column("period", "Period"),
    Column("owner", "Owner"),
    Column("segment", "Segment"),
    Column("parent_id", "Part of", Kind.ID),
    Column("depth", "Depth", Kind.INTEGER),
    Column("note", "Note"),
)
SHOWN = ("id", "goal", "comparison", "target", "currency", "parent_id", "note")


def tree(session: Session, where: str | None = None) -> Result:
    """Return all goals, each below the one it is a part of, by period and metric."""
    rows = []
    walked = list(walk(store.listing(session.reader)))
    for goal, depth in walked:
        found = {**values(goal), "goal": name(goal), "depth": depth}
        rows.append(tuple(found[column.key] for column in COLUMNS))
    columns = indented(COLUMNS, walked)
    table = Table(noun="goal", columns=columns, rows=rows, default_columns=SHOWN)
    if where is None:
        return Result(body=table)
    from crm_cli.queries.row_filtering import narrowed

    words = {"metric": tuple(domain.METRICS), "comparison": domain.COMPARISONS}
    return narrowed(session, table, where, words, numbers=("target",))


def indented(columns: Sequence[Column], walked: Iterable[tuple[Goal, int]]) -> list[Column]:
    """Return columns in which people read the names of goals as a tree."""
    words = {name(goal): f"{'  ' * depth}{name(goal)}" for goal, depth in walked}
    return [column._replace(words=words) if column.key == "goal" else column for column in columns]


def walk(goals: list[Goal]) -> Iterator[tuple[Goal, int]]:
    """Yield goals with their depth, each before its parts."""
    parts: dict[int | None, list[Goal]] = {}
    known = {goal.id for goal in goals}
    for goal in sorted(goals, key=_rank):
        parts.setdefault(goal.parent_id if goal.parent_id in known else None, []).append(goal)

    def below(parent: int | None, depth: int) -> Iterator[tuple[Goal, int]]:
        for goal in parts.get(parent, []):
            yield goal, depth
            yield from below(goal.id, depth + 1)

    yield from below(None, 0)


def _rank(goal: Goal) -> tuple[Any, ...]:
    span = domain.span(goal.period)
    return span.first, -span.last.toordinal(), list(domain.METRICS).index(goal.metric), goal.id
