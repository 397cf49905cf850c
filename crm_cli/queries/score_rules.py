"""Reading the rules that give leads points: what each says, and how many leads it holds for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crm_cli import errors
from crm_cli.result import Column, Kind, Level, Message, Record, Result, Table
from crm_cli.store import score_rules as store

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from crm_cli.session import Session
    from crm_cli.store.score_rules import Rule

COLUMNS = (
    Column("id", "ID", Kind.ID),
    Column("rule", "Rule"),
    Column("points", "Points", Kind.INTEGER),
    Column("half_life_days", "Half-life", Kind.INTEGER),
    Column("since", "Since"),
    Column("label", "Label"),
    Column("state", "State"),
    Column("leads", "Leads", Kind.INTEGER),
    Column("problem", "Problem"),
    Column("created_at", "Created", Kind.INSTANT),
    Column("updated_at", "Changed", Kind.INSTANT),
)
SHOWN = ("id", "rule", "points", "half_life_days", "since", "label", "state", "leads")
STATES = ("active", "paused")


def find(connection: sqlite3.Connection, text: str) -> Rule:
    """Return the rule of a number. Raises NotFound."""
    from crm_cli.queries.resolve import number, typed

    wanted = number(typed(text, "rule's number"))
    found = store.one(connection, wanted) if wanted is not None else None
    if found is None:
        raise errors.NotFound(f"no score rule {text.strip()!r}", hint="see crm lead score --rules")
    return found


def listing(session: Session, where: str | None = None) -> Result:
    """Return every rule in its order; a warning for each that cannot be read. Raises
    InvalidValue for a filter (``where``) of rules."""
    from crm_cli.queries.row_filtering import narrowed

    rows = [tuple(row.values()) for row in _values(session, store.listing(session.reader))]
    table = Table(noun="score rule", columns=COLUMNS, rows=rows, default_columns=SHOWN)
    found = narrowed(session, table, where, {"state": STATES})
    at = [column.key for column in COLUMNS].index("problem")
    problems = [
        Message(f"score rule {row[0]}: {row[at]}", Level.WARNING)
        for row in (found.body.rows if isinstance(found.body, Table) else ())
        if row[at]
    ]
    return found._replace(messages=[*found.messages, *problems])


def record(session: Session, rule_id: int) -> Record:
    """Return one rule as verbs print it."""
    found = store.one(session.reader, rule_id)
    rules = [found] if found else []
    (values,) = _values(session, rules)
    return Record(noun="score rule", values=values, title=f"Score rule {rule_id}")


def _values(session: Session, rules: Sequence[Rule]) -> list[dict[str, Any]]:
    from crm_cli.queries import filtering

    found = []
    for rule in rules:
        leads = problem = None
        try:
            chosen = filtering.read(session, "lead", rule.expression, lenient=True).chosen
            leads = len(store.passing(session.reader, rule, chosen, "1", {}))
        except errors.InvalidValue as error:
            problem = error.message
        found.append(
            {
                "id": rule.id, "rule": rule.expression, "points": rule.points,
                "half_life_days": rule.half_life_days, "since": rule.since, "label": rule.label,
                "state": STATES[rule.is_paused], "leads": leads, "problem": problem,
                "created_at": rule.created_at, "updated_at": rule.updated_at,
            }
        )  # fmt: skip
    return found
