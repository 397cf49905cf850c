"""The unit: what every change goes through.

A service reads under the write lock, collects rows to add, change and delete, and commits
once: one batch, one history entry, whatever the size. It never reads its own writes.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Self

from crm_cli.store import journal, rules_in_force, search_index, summaries
from crm_cli.store.batch import Batch
from crm_cli.store.connection import begin, translating

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from types import TracebackType

    from crm_cli.session import Session

TALKS = frozenset({"interactions", "interaction_participants"})
"""Tables from which ``contact_activity`` is computed."""

LEADS = frozenset({"leads", "stages"})
"""Tables from which the worth of leads is computed (``store.lead_worth``)."""

TABLES_WITH_UID = frozenset(
    {"contacts", "products", "purchases", "interactions", "follow_ups", "leads", "goals"}
)


class Unit:
    """One writing use case: ``with Unit(session) as unit: ...; unit.commit("summary")``.

    Leaving the block without ``commit`` writes nothing. Under ``--dry-run`` the batch runs, so
    that every rule is put to the test, and is rolled back.

    ``kind``: ``change``, ``undo`` or ``redo`` of a user; ``system`` for what the program notes by
    itself; ``summary`` for what is computed from other rows and could be computed again. That
    makes no entry at all: nothing of it could be undone, and its numbers would only be missing
    between those of the user.
    """

    def __init__(
        self, session: Session, *, kind: str = "change", target_id: int | None = None
    ) -> None:
        self.session = session
        self.kind = kind
        self.target_id = target_id
        self.batch = Batch()
        self.entry_id = 0
        self.at = ""
        self._updates: dict[tuple[str, int], dict[str, list[Any]]] = {}
        self._counters: dict[str, list[int]] = {}
        self._ranges: dict[str, list[list[int]]] = {}
        self._records = 0
        self._touches_purchases = False
        self._touched: set[str] = set()

    def __enter__(self) -> Self:
        self.connection: sqlite3.Connection = self.session.writer
        self.at = self.session.now_text
        with translating(self.session.path):
            begin(self.connection, self.session.lock_timeout)
            self._seen = journal.last_entry_id(self.connection)
        self.entry_id = self._seen + 1
        # RFC 9562 version 8: 74 random bits of the entry, 48 bits of the row's number.
        noise = os.urandom(10).hex()
        self._uid_stem = (
            f"{noise[:8]}-{noise[8:12]}-8{noise[12:15]}-{'89ab'[int(noise[15], 16) % 4]}"
            f"{noise[16:19]}-"
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.connection.in_transaction:
            with translating(self.session.path):
                self.connection.execute("ROLLBACK")

    # -- ids --------------------------------------------------------------------------------

    def draw(self, table: str, count: int = 1) -> int:
        """Take ``count`` consecutive ids of a table and return the first."""
        if table not in self._counters:
            start = journal.next_id(self.connection, table)
            self._counters[table] = [start, start]
        counter = self._counters[table]
        first = counter[1]
        counter[1] += count
        return first

    def uid(self, table: str, row_id: int) -> str:
        """Return the UUID of a row this unit makes: the entry's random part and the row's id."""
        return f"{self.uid_prefix(table)}{row_id:011x}"

    def uid_prefix(self, table: str) -> str:
        """Return what stands before the eleven hexadecimal digits of the id in ``uid``."""
        return f"{self._uid_stem}{_TABLE_CODES[table]}"

    # -- rows -------------------------------------------------------------------------------

    def insert(self, table: str, **values: Any) -> int:
        """Add one row and return its id (drawn from the counter unless given)."""
        row_id = values.pop("id", None)
        if row_id is None:
            row_id = self.draw(table)
        if table in TABLES_WITH_UID and not values.get("uid"):
            values["uid"] = self.uid(table, row_id)
        columns = ("id", *values)
        self.batch.add(journal.insert_statement(table, columns), (row_id, *values.values()))
        self._note_insert(table, row_id, row_id)
        if not self._is_of_a_new_record(table, row_id, values):
            self._touched.add(table)
        return int(row_id)

    def insert_stream(
        self,
        table: str,
        columns: Sequence[str],
        rows: Iterable[Sequence[Any]],
        first_id: int,
        count: int,
    ) -> None:
        """Add ``count`` rows with the ids from ``first_id`` on (drawn before).

        ``rows`` yields tuples in the order of ``columns``, which starts with ``id``; it is
        read while the batch runs, so it may be a cursor over staged rows.
        """
        if count:
            self.batch.stream(journal.insert_statement(table, columns), rows)
            self._note_insert(table, first_id, first_id + count - 1)
            self._touched.add(table)

    def insert_select(
        self,
        table: str,
        columns: Sequence[str],
        select: str,
        parameters: Mapping[str, Any],
        first_id: int,
        count: int,
    ) -> None:
        """Add the ``count`` rows that a statement over staged rows yields (local stores only).

        As ``insert_stream``, but the rows never leave SQLite: half the cost of a stream.
        """
        if count:
            self.batch.add(journal.insert_select(table, columns, select), parameters)
            self._note_insert(table, first_id, first_id + count - 1)
            self._touched.add(table)

    def update(
        self, table: str, row_id: int, before: Mapping[str, Any], after: Mapping[str, Any]
    ) -> bool:
        """Change the cells of one row that differ; return whether any does.

        Several calls for one row are merged; ``before`` is the row as the unit read it.
        """
        cells = self._updates.setdefault((table, row_id), {})
        changed = False
        for name, value in after.items():
            if name in cells:
                cells[name][1] = value
                changed = True
            elif before[name] != value:
                cells[name] = [before[name], value]
                changed = True
        return changed

    def update_stream(
        self,
        table: str,
        columns: Sequence[str],
        images: Iterable[tuple[int, str]],
        rows: Iterable[Sequence[Any]],
    ) -> None:
        """Change many rows, each to its own values.

        ``images`` yields (id, JSON of column -> [before, after]); ``rows`` yields the values of
        ``columns`` followed by the id. Both are read while the batch runs.
        """
        journal.update_each(self.batch, self.entry_id, table, columns, images, rows)
        self._touches_purchases |= table == "purchases"
        self._touched.add(table)

    def update_where(
        self, table: str, assignments: Mapping[str, Any], where: str, parameters: Mapping[str, Any]
    ) -> None:
        """Set the same values in every row (``t``) that ``where`` selects (see journal)."""
        journal.update_rows(self.batch, self.entry_id, table, assignments, where, parameters)
        self._touched.add(table)

    def update_chosen(self, table: str, assignments: Mapping[str, Any], ids: str) -> None:
        """Set the same values in the rows of ``ids`` (a JSON array), recording of each row only
        the cells that differ."""
        journal.update_differing(self.batch, self.entry_id, table, assignments, ids)
        self._touches_purchases |= table == "purchases"
        self._touched.add(table)

    def delete_where(self, table: str, where: str, parameters: Mapping[str, Any]) -> None:
        """Delete every row (``t``) that ``where`` selects, keeping its image."""
        journal.delete_rows(self.batch, self.connection, self.entry_id, table, where, parameters)
        self._touches_purchases |= table == "purchases"
        self._touched.add(table)

    def delete(self, table: str, row_id: int) -> None:
        """Delete one row, keeping its image."""
        self.delete_where(table, "t.id = :row_id", {"row_id": row_id})

    def count_records(self, count: int) -> None:
        """Add to the number of records the history shows for this entry."""
        self._records += count

    def touch_purchases(self) -> None:
        """Say that purchases, and whatever else, changed by a statement the unit did not see."""
        self._touches_purchases = True
        self._touched |= search_index.INDEXED | TALKS | LEADS

    def _note_insert(self, table: str, first_id: int, last_id: int) -> None:
        ranges = self._ranges.setdefault(table, [])
        if ranges and ranges[-1][1] + 1 == first_id:
            ranges[-1][1] = last_id
        else:
            ranges.append([first_id, last_id])
        self._touches_purchases |= table == "purchases"

    def _is_of_a_new_record(self, table: str, row_id: int, values: Mapping[str, Any]) -> bool:
        """Whether a row is a record that this unit makes, or hangs on one: the search index then
        learns of it along with the record."""
        for record, (first_id, _) in self._counters.items():
            if record in TABLES_WITH_UID:
                hangs_on = row_id if record == table else values.get(f"{record[:-1]}_id")
                if hangs_on is not None and hangs_on >= first_id:
                    return True
        return False

    # -- commit -----------------------------------------------------------------------------

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to write."""
        return not len(self.batch) and not any(self._updates.values())

    def commit(
        self, summary: str, *, then: Callable[[sqlite3.Connection], Any] | None = None
    ) -> Any:
        """Write everything and the entry, or roll back under ``--dry-run``.

        ``then`` reads what the command shows, from the state as written, and its value is
        returned. With nothing to write no entry is made and ``entry_id`` becomes 0.
        """
        with translating(self.session.path):
            if self.is_empty:
                self.entry_id = 0
                shown = then(self.connection) if then else None
                self.connection.execute("ROLLBACK")
                return shown
            self._finish(summary)
            self.batch.run(self.connection)
            if self.session.dry_run:
                shown = then(self.connection) if then else None
                self.connection.execute("ROLLBACK")
                self.entry_id = 0
                return shown
            if not self._is_own_work:  # whose own word is ``left_behind``
                # Said before it is true: a signal in between is not told "nothing written".
                self.session.written_entry = self.entry_id
            try:
                self.connection.execute("COMMIT")
            except BaseException:
                if self.connection.in_transaction:
                    self.session.written_entry = 0
                raise
            if self._is_own_work:
                return then(self.connection) if then else None
            if rules_in_force.any_there(self.connection):
                from crm_cli.services import rules_refresh

                rules_refresh.after(self.session, self.entry_id)
            if self._may_move_scores():
                from crm_cli.services import scores_refresh

                scores_refresh.after(self.session, self.entry_id, self._tables())
            return then(self.connection) if then else None

    @property
    def _is_own_work(self) -> bool:
        """Whether the program writes this by itself."""
        return self.kind in {"system", "summary"}

    def _tables(self) -> set[str]:
        return {*self._touched, *self._ranges}

    def _may_move_scores(self) -> bool:
        """Say whether scores or worth of leads may be other than they were, besides what the
        batch itself brought in line: something scores leads, closed leads may have become enough
        for the model, or other currencies may be worth something else."""
        tables = self._tables()
        return (
            self.kind != "change"
            or not tables.isdisjoint({"settings", "currency_rates"})
            or rules_in_force.any_scoring(self.connection)
            or ("leads" in tables and rules_in_force.has_cases(self.connection))
        )

    def _finish(self, summary: str) -> None:
        body, self.batch = self.batch, Batch()
        journal.add_guard(self.batch, self._seen)
        if self.kind == "summary":
            self.batch.extend(body)
            self.entry_id = 0
            return
        journal.add_entry(
            self.batch,
            id=self.entry_id,
            uid=f"{self._uid_stem}{_TABLE_CODES['entries']}{self.entry_id:011x}",
            at=self.at,
            actor=self.session.actor,
            command=self.session.command,
            summary=summary,
            kind=self.kind,
            target_id=self.target_id,
            records=self._records,
        )
        for table, ranges in self._ranges.items():
            for first_id, last_id in ranges:
                journal.record_insert(self.batch, self.entry_id, table, first_id, last_id)
        for (table, row_id), cells in self._updates.items():
            moved = {name: pair for name, pair in cells.items() if pair[0] != pair[1]}
            if not moved:
                continue
            journal.update_row(self.batch, self.entry_id, table, row_id, moved)
            self._touches_purchases |= table == "purchases"
            self._touched.add(table)
        self.batch.extend(body)
        for name, (start, following) in self._counters.items():
            if following > start:
                journal.set_next_id(self.batch, name, following)
        if self._touches_purchases:
            summaries.recompute(self.batch, self.entry_id)
        if not TALKS.isdisjoint(self._touched) or not TALKS.isdisjoint(self._ranges):
            from crm_cli.store import activity

            activity.recompute(self.batch, self.entry_id)
        new = {
            name: first for name, (first, following) in self._counters.items() if following > first
        }
        if not LEADS.isdisjoint(self._touched) or not LEADS.isdisjoint(self._ranges):
            from crm_cli.store import lead_worth

            home = self.session.setting("currency")
            rates = lead_worth.rates(self.connection, home, self.at[:10])
            lead_worth.recompute(self.batch, self.entry_id, rates)
        search_index.keep(self.batch, self.entry_id, self._touched, new, self._ranges)


_TABLE_CODES = {
    "entries": "0", "contacts": "1", "products": "2", "purchases": "3", "interactions": "4",
    "follow_ups": "5", "leads": "6", "goals": "7",
}  # fmt: skip
"""One hexadecimal digit a table, so that two rows of one entry never share a UUID."""
