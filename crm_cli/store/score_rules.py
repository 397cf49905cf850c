"""The rules that give leads points, and which open leads each is about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from crm_cli.store.activity import LAST_TALK

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

    from crm_cli.store.filters import Chosen


class Rule(NamedTuple):
    """``points`` for leads that pass ``expression``, which fade by ``half_life_days`` from the
    day that ``since`` names (opened, contact, stage)."""

    id: int
    expression: str
    points: int
    half_life_days: int | None
    since: str | None
    label: str | None
    position: int
    is_paused: int
    created_at: str
    updated_at: str

    @property
    def named(self) -> str:
        """What people call it: its label, else its filter."""
        return self.label or self.expression


_COLUMNS = ", ".join(Rule._fields)


def listing(connection: sqlite3.Connection) -> list[Rule]:
    """Return every rule in its order."""
    rows = connection.execute(f"SELECT {_COLUMNS} FROM score_rules ORDER BY position, id")
    return [Rule._make(row) for row in rows.fetchall()]


def one(connection: sqlite3.Connection, rule_id: int) -> Rule | None:
    """Return a rule or None."""
    row = connection.execute(
        f"SELECT {_COLUMNS} FROM score_rules WHERE id = ?", (rule_id,)
    ).fetchone()
    return Rule._make(row) if row else None


_SINCE = {
    "opened": "l.opened_at",
    "stage": "l.stage_since",
    "contact": f"coalesce(nullif({LAST_TALK}, ''), l.opened_at)",
}


def passing(
    connection: sqlite3.Connection, rule: Rule, chosen: Chosen, which: str,
    parameters: Mapping[str, Any],
) -> list[tuple[int, str]]:  # fmt: skip
    """Return (lead, instant its points fade from) of the open leads that pass a rule, among
    those that ``which`` (a condition on ``l``) names; the instant is empty where nothing fades."""
    since = _SINCE[rule.since or "opened"] if rule.half_life_days else "''"
    rows = connection.execute(
        f"SELECT l.id, {since} FROM leads l WHERE l.state = 'open' AND {which} AND ({chosen.sql})",
        {**parameters, **chosen.parameters},
    )
    return rows.fetchall()
