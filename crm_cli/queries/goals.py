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

    from crm_cli.domain.stage import Pipeline
    from crm_cli.session import Session
    from crm_cli.store.goals import Goal

METRIC_WORDS = {key: metric.label for key, metric in domain.METRICS.items()}


COMPARISON_WORDS = {"at-least": ">=", "at-most": "<="}


def values(connection: sqlite3.Connection, goal: Goal) -> dict[str, Any]:
    """Return a goal as its JSON object; ``pipeline`` is a pipeline's key."""
    found = {**goal._asdict(), "target": shown(goal.target, goal.currency)}
    del found["pipeline_id"]
    of = pipeline(connection, goal)
    return {**found, "pipeline": of and of.key}


def pipeline(connection: sqlite3.Connection, goal: Goal) -> Pipeline | None:
    """Return the pipeline whose leads a goal is about, None for one about all."""
    if goal.pipeline_id is None:
        return None
    from crm_cli.store.stages import pipelines

    return next(row for row in pipelines(connection) if row.id == goal.pipeline_id)


def shown(figure: int | None, currency: str | None) -> str | int | None:
    """Return a figure of a goal: money as decimal text, a count as it is."""
    return figure if figure is None or currency is None else money_text(figure, currency)


def record(connection: sqlite3.Connection, goal_id: int) -> Record:
    """Return one goal. Raises NotFound."""
    found = get(connection, goal_id)
    return Record(
        noun="goal",
        values=values(connection, found),
        title=name(connection, found),
        words=_words(connection, found),
    )


def _words(connection: sqlite3.Connection, goal: Goal) -> dict[str, dict[str, str]]:
    of = pipeline(connection, goal)
    words = {"metric": METRIC_WORDS, "comparison": COMPARISON_WORDS}
    return words if of is None else {**words, "pipeline": {of.key: of.name}}


def name(connection: sqlite3.Connection, goal: Goal) -> str:
    """Return what a goal is called: ``Won leads 2026-Q4, zoe``."""
    of = pipeline(connection, goal)
    whose = [text for text in (goal.owner, goal.segment, of and of.name) if text]
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
    Column("goal", "Goal", least=26),
    Column("comparison", "Aim", words=COMPARISON_WORDS),
    Column("target", "Target", least=14),
    Column("currency", "Currency"),
    Column("metric", "Metric", words=METRIC_WORDS),
    Column("period", "Period"),
    Column("owner", "Owner"),
    Column("segment", "Segment"),
    Column("pipeline", "Pipeline"),
    Column("parent_id", "Part of", Kind.ID),
    Column("depth", "Depth", Kind.INTEGER),
    Column("note", "Note"),
)
SHOWN = ("id", "goal", "comparison", "target", "currency", "parent_id", "note")


def tree(session: Session, where: str | None = None) -> Result:
    """Return all goals, each below the one it is a part of, by period and metric."""
    rows = []
    reader = session.reader
    walked = list(walk(store.listing(reader)))
    for goal, depth in walked:
        found = {**values(reader, goal), "goal": name(reader, goal), "depth": depth}
        rows.append(tuple(found[column.key] for column in COLUMNS))
    columns = indented(reader, COLUMNS, walked)
    table = Table(noun="goal", columns=columns, rows=rows, default_columns=SHOWN)
    if where is None:
        return Result(body=table)
    from crm_cli.queries.row_filtering import narrowed

    words = {"metric": tuple(domain.METRICS), "comparison": domain.COMPARISONS}
    return narrowed(session, table, where, words, numbers=("target",))


def indented(
    connection: sqlite3.Connection, columns: Sequence[Column], walked: Iterable[tuple[Goal, int]]
) -> list[Column]:
    """Return columns in which people read the names of goals as a tree, and those of pipelines."""
    names, pipelines = [], []
    for goal, depth in walked:
        names.append(f"{'  ' * depth}{name(connection, goal)}")
        of = pipeline(connection, goal)
        pipelines.append(of and of.name)
    texts: dict[str, list[Any]] = {"goal": names, "pipeline": pipelines}
    return [column._replace(texts=texts.get(column.key)) for column in columns]


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
