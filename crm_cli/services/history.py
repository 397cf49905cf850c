"""Undo and redo: turning an entry of the journal round, as an entry of its own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from crm_cli import errors
from crm_cli.queries import history as queries
from crm_cli.result import Level, Message, Result
from crm_cli.services.unit import Unit
from crm_cli.store import (
    history_rows,
    journal,
    obstacles,
    reversal,
    rules_in_force,
    rules_touched,
)  # fmt: skip

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from crm_cli.session import Session

ASK_ABOVE = 100
"""On a terminal, reversing more records than this is asked for first."""


LISTED = 20
COUNTED = 1000
"""So many of the records in the way are listed, and counted."""


def _how_many(count: int) -> str:
    if count <= LISTED:
        return ""
    return f" ({count}{' or more' if count == COUNTED else ''}; the first {LISTED} are listed)"


def undo(session: Session, number: int | None = None) -> Result:
    """Take back the newest change that is not undone, or entry ``number`` alone.

    Raises NotFound when nothing is left or there is no such entry, Conflict when later work
    stands in the way (listed, nothing written), Refused for what cannot be undone.
    """
    target = _to_undo(session.reader, number)
    if target.kind == "undo":
        return _reverse(session, target, kind="redo", original=target.target_id)
    return _reverse(session, target, kind="undo", original=target.id)


def redo(session: Session) -> Result:
    """Do again what was undone last; nothing to redo after an ordinary change.

    Raises NotFound and Conflict as ``undo`` does.
    """
    target = journal.newest_redoable(session.reader)
    if target is None:
        raise errors.NotFound("nothing to redo", hint="see crm history")
    return _reverse(session, target, kind="redo", original=target.target_id)


def _to_undo(connection: sqlite3.Connection, number: int | None) -> journal.Entry:
    if number is None:
        target = journal.newest_undoable(connection)
        if target is None:
            raise errors.NotFound("nothing left to undo", hint="see crm history")
        return target
    target = journal.entry(connection, number)
    if target is not None and target.kind == "redo" and target.target_id is not None:
        # Doing an entry again is taken back by undoing that entry.
        target = journal.entry(connection, target.target_id)
    if target is None:
        raise errors.NotFound(f"the history has no entry {number}", hint="see crm history")
    if target.kind == "system" or not target.is_undoable:
        raise errors.Refused(
            f"entry {number} cannot be undone: {target.summary}", hint="see crm history"
        )
    if target.undone_by_id is not None:
        newest = journal.newest_redoable(connection)
        is_next = newest is not None and newest.id == target.undone_by_id
        again = "crm redo" if is_next else f"crm undo {target.undone_by_id}"
        raise errors.Conflict(
            f"entry {number} is undone already, by entry {target.undone_by_id}",
            hint=f"{again} does it again",
        )
    return target


class _OfRules(NamedTuple):
    """What of the follow-ups of rules goes along when an entry is taken back."""

    aside: str = "[]"
    """A JSON array of those that do not stand in the way."""
    going: str = ""
    """A JSON array of those that hang on what goes; empty where none does."""
    refreshes: Sequence[int] = ()
    """The entries in which the program brought them in line with it."""


def _of_rules(connection: sqlite3.Connection, entry_id: int) -> _OfRules:
    if not rules_in_force.any_there(connection):
        return _OfRules()
    going = rules_touched.hanging(connection, entry_id)
    aside = {*going, *rules_touched.only_ours(connection, entry_id)}
    refreshes = [
        refresh
        for refresh in rules_touched.refreshes_of(connection, entry_id)
        if not obstacles.of_entry(connection, refresh, 1)
    ]
    return _OfRules(json.dumps(sorted(aside)), json.dumps(going) if going else "", refreshes)


def _first(connection: sqlite3.Connection, entry_id: int, listed: list[obstacles.Obstacle]) -> str:
    """Return the hint that names the later entries to undo first, as far as they are known."""
    rows = [(one.table, one.row_id) for one in listed]
    later = history_rows.entries_behind(connection, entry_id, rows)
    which = ", ".join(f"crm undo {number}" for number in later[:5])
    return f"undo the later changes first: {which or 'crm history'}" + (
        " ..." if len(later) > 5 else ""
    )


def _reverse(session: Session, target: journal.Entry, *, kind: str, original: int | None) -> Result:
    if (
        target.records > ASK_ABOVE
        and session.confirm is not None
        and session.is_interactive
        and not session.dry_run
    ):
        session.confirm(f"{kind} {target.summary!r}: {target.records} records?")
    with Unit(session, kind=kind, target_id=original) as unit:
        current = journal.entry(unit.connection, target.id)
        if current is None or current.undone_by_id is not None:
            raise errors.Conflict("the history moved meanwhile", hint="run the command again")
        beside = _of_rules(unit.connection, target.id)
        in_the_way = obstacles.of_entry(unit.connection, target.id, COUNTED, beside.aside)
        if in_the_way:
            listed = in_the_way[:LISTED]
            raise errors.Conflict(
                f"entry {target.id} cannot be taken back: later changes stand in the way"
                f"{_how_many(len(in_the_way))}; nothing was written",
                hint=_first(unit.connection, target.id, listed),
                candidates=[queries.describe(unit.connection, obstacle) for obstacle in listed],
            )
        for refresh in beside.refreshes:
            reversal.reverse(unit.batch, unit.connection, refresh, unit.entry_id)
        if beside.going:
            named = {"going": beside.going}
            unit.delete_where("follow_ups", rules_touched.GOING, named)
        reversal.reverse(unit.batch, unit.connection, target.id, unit.entry_id)
        journal.mark_undone(unit.batch, target.id, unit.entry_id)
        if kind == "redo" and original is not None:
            journal.mark_undone(unit.batch, original, None)
        unit.touch_purchases()
        unit.count_records(target.records)
        new_entry_id = unit.entry_id
        first = journal.entry(unit.connection, original) if original else target
        what = (first or target).summary
        record = unit.commit(
            f"{kind} of entry {original}: {what}",
            then=lambda connection: queries.record(connection, new_entry_id),
        )
    back = "crm redo" if kind == "undo" else f"crm undo {original}"
    hint = "dry run: nothing was written" if session.dry_run else f"{kind} done; back: {back}"
    return Result(body=record, messages=[Message(hint, Level.HINT)])
