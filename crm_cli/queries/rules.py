"""Reading rules: what makes follow-ups, for whom, and how many are due."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crm_cli import errors
from crm_cli.queries import rules_plan
from crm_cli.result import Column, Kind, Level, Message, Record, Result, Table
from crm_cli.store import rules as store

if TYPE_CHECKING:
    import sqlite3

    from crm_cli.domain.reminder_rule import Rule
    from crm_cli.session import Session

COLUMNS = (
    Column("id", "ID", Kind.ID),
    Column("rule", "Rule"),
    Column("whom", "For"),
    Column("kind", "Kind"),
    Column("every", "Every"),
    Column("field", "Field"),
    Column("before_days", "Days before", Kind.INTEGER),
    Column("scope", "Scope"),
    Column("scope_value", "Scope value"),
    Column("contact_id", "Contact ID", Kind.ID),
    Column("text", "Text"),
    Column("owner", "Owner"),
    Column("window_days", "Window", Kind.INTEGER),
    Column("state", "State"),
    Column("covers", "Contacts", Kind.INTEGER),
    Column("open", "Open", Kind.INTEGER),
    Column("due", "Due", Kind.INTEGER),
    Column("problem", "Problem"),
    Column("created_at", "Created", Kind.INSTANT),
    Column("updated_at", "Changed", Kind.INSTANT),
)
SHOWN = ("id", "rule", "whom", "text", "owner", "state", "covers", "open", "due")
STATES = ("active", "paused")


def find(connection: sqlite3.Connection, text: str) -> Rule:
    """Return the rule of a number. Raises NotFound."""
    from crm_cli.queries.resolve import number, typed

    wanted = number(typed(text, "rule's number"))
    found = store.one(connection, wanted) if wanted is not None else None
    if found is None:
        raise errors.NotFound(f"no rule {text.strip()!r}", hint="see crm remind rule list")
    return found


def listing(session: Session, where: str | None = None) -> Result:
    """Return every rule by id, or those that a filter chooses; a warning for each that cannot be
    read (its segment is gone). Raises InvalidValue."""
    from crm_cli.queries.row_filtering import narrowed

    rules = store.listing(session.reader)
    rows = [tuple(values.values()) for values in _values(session, rules)]
    table = Table(noun="rule", columns=COLUMNS, rows=rows, default_columns=SHOWN)
    words = {
        "kind": ("cadence", "date"), "state": STATES,
        "scope": ("all", "tag", "segment", "where", "contact"),
    }  # fmt: skip
    found = narrowed(session, table, where, words)
    at = [column.key for column in COLUMNS].index("problem")
    problems = [
        Message(f"rule {row[0]}: {row[at]}", Level.WARNING)
        for row in (found.body.rows if isinstance(found.body, Table) else ())
        if row[at]
    ]
    return found._replace(messages=[*found.messages, *problems])


def record(session: Session, rule: Rule) -> Record:
    """Return one rule as verbs print it."""
    (values,) = _values(session, [rule])
    title = f"{values['rule']}: {values['whom']}"
    return Record(noun="rule", values=values, title=title)


def show(session: Session, text: str) -> Result:
    """Return one rule, and why it cannot be read where it cannot. Raises NotFound."""
    found = record(session, find(session.reader, text))
    problem = found.values["problem"]
    return Result(body=found, messages=[Message(problem, Level.WARNING)] if problem else [])


def _values(session: Session, rules: list[Rule]) -> list[dict[str, Any]]:
    plan = rules_plan.make(session, None) if rules else rules_plan.Plan()
    counts = store.counts(session.reader, session.today.isoformat())
    contacts = [rule.contact_id for rule in rules if rule.contact_id is not None]
    names = store.contact_names(session.reader, contacts)
    found = []
    for rule in rules:
        number, due = counts.get(rule.id, (0, 0))
        values = {
            "id": rule.id,
            "rule": rule.named,
            "whom": whom(rule, names),
            "kind": rule.kind,
            "every": rule.every_text,
            "field": rule.field,
            "before_days": rule.lead_days if rule.kind == "date" else None,
            "scope": rule.scope,
            "scope_value": rule.scope_value,
            "contact_id": rule.contact_id,
            "text": rule.text,
            "owner": rule.owner,
            "window_days": rule.window_days,
            "state": STATES[rule.is_paused],
            "covers": plan.covered.get(rule.id, 0),
            "open": number,
            "due": due,
            "problem": plan.problems.get(rule.id),
            "created_at": rule.created_at,
            "updated_at": rule.updated_at,
        }
        found.append(values)
    return found


def whom(rule: Rule, names: dict[int, str]) -> str:
    """Return whom a rule is about in words."""
    if rule.contact_id is not None:
        return f"{names.get(rule.contact_id, '')} (#{rule.contact_id})"
    if rule.scope == "all":
        return "everybody"
    return f"{'' if rule.scope == 'where' else rule.scope + ' '}{rule.scope_value}"
