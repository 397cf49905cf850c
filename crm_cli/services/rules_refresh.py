"""Bringing the follow-ups of rules in line with the records they are made from.

What is there is compared with what the rules ask for, and the difference written in one entry of
the program's own; doing it twice changes nothing. A change of records brings the contacts it
touched in line (``after``), ``remind refresh`` and the daily ``remind send`` all of them.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from crm_cli import errors
from crm_cli.queries import rules_plan
from crm_cli.services.unit import Unit
from crm_cli.store import journal
from crm_cli.store import rules_touched as touched
from crm_cli.store.failures import translating

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable

    from crm_cli.queries.rules_plan import Plan
    from crm_cli.session import Session

MOST = 2000
"""Contacts an entry may touch for them to be looked at one by one."""


class Refreshed(NamedTuple):
    """How many follow-ups of rules were made, changed and taken back."""

    made: int
    changed: int
    taken_back: int
    problems: dict[int, str]
    """Rule -> why it cannot be read; its follow-ups stay as they are."""

    @property
    def is_nothing(self) -> bool:
        """Whether everything was in line."""
        return not (self.made or self.changed or self.taken_back)

    def __str__(self) -> str:
        return (
            f"follow-ups of rules: {self.made} made, {self.changed} changed,"
            f" {self.taken_back} taken back"
        )


def refresh(
    session: Session,
    contact_ids: Iterable[int] | None = None,
    *,
    cause: int | None = None,
    then: Callable[[sqlite3.Connection], Any] | None = None,
) -> Refreshed:
    """Bring the follow-ups of some contacts, or of all, in line with the rules.

    ``cause`` is the entry that made it necessary: taking that back takes this back too. ``then``
    reads the state that comes of it, in a rehearsal before it is rolled back. Raises the
    StoreError family.
    """
    ids = None if contact_ids is None else json.dumps(sorted(set(contact_ids)))
    moved = {} if cause is None else _moved(session, cause)
    with translating(session.path):
        seen = journal.last_entry_id(session.reader)
        plan = rules_plan.make(session, ids, moved)
    if plan.is_empty:
        if then is not None:
            then(session.reader)
        return _told(plan)
    with Unit(session, kind="system", target_id=cause) as unit:
        if journal.last_entry_id(unit.connection) != seen:
            plan = rules_plan.make(session, ids, moved)
        _carry_out(unit, plan)
        told = _told(plan)
        newest = session.written_entry
        unit.commit(str(told), then=then)
        # What a command says of itself is said of its own entry.
        session.written_entry = newest
    return told


def after(session: Session, entry_id: int) -> None:
    """Bring in line what an entry touched. What goes wrong here is left to the next refresh: the
    entry itself is written."""
    try:
        with translating(session.path):
            ids = touched.contacts_of(session.writer, entry_id, MOST)
        if ids is None or ids:
            refresh(session, ids, cause=entry_id)
    except errors.CrmError:
        return


def _moved(session: Session, entry_id: int) -> rules_plan.Moves:
    with translating(session.path):
        rows = touched.moved(session.reader, entry_id)
    return {contact_id: rules_plan.Moved(*pairs) for contact_id, *pairs in rows}


def _told(plan: Plan) -> Refreshed:
    taken_back = sum(change.cells.get("state") == "cancelled" for change in plan.changes)
    return Refreshed(len(plan.new), len(plan.changes) - taken_back, taken_back, dict(plan.problems))


_NEW = (
    "contact_id", "kind", "due_on", "text", "owner", "rule_id", "purchase_id", "occurrence",
)  # fmt: skip


def _carry_out(unit: Unit, plan: Plan) -> None:
    if plan.new:
        first = unit.draw("follow_ups", len(plan.new))
        prefix = unit.uid_prefix("follow_ups")
        rows = [
            (first + at, f"{prefix}{first + at:011x}", *values, unit.at, unit.at)
            for at, values in enumerate(plan.new)
        ]
        columns = ("id", "uid", *_NEW, "created_at", "updated_at")
        unit.insert_stream("follow_ups", columns, rows, first, len(rows))
    for change in plan.changes:
        cells = {**change.cells, "sequence": change.row.sequence + 1, "updated_at": unit.at}
        unit.update("follow_ups", change.row.id, change.row._asdict(), cells)
    unit.count_records(len(plan.new) + len(plan.changes))
