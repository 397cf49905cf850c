"""Changing many records at once: a preview, a question, one batch, one history entry.

A bulk verb is prepared twice where it asks: once to say what would happen, then, when that is
agreed, under the lock that it is written under. What moved in between is a conflict.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from crm_cli import errors
from crm_cli.queries import selection as queries
from crm_cli.result import Message, Result
from crm_cli.services.outcome import ask, in_the_trash, written
from crm_cli.services.unit import Unit
from crm_cli.store import bulk as store

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from crm_cli.queries.selection import Selection
    from crm_cli.result import Body
    from crm_cli.session import Session

SHOWN = 5
"""So many records of a preview are shown with what will change."""


class Task(NamedTuple):
    """A bulk verb: what it is called, whom it reaches, and how it is prepared.

    ``words`` are the verb and what was done (``edit``, ``edited``); ``hidden`` as in
    ``selection.choose``; ``detail`` ends the summary; ``risky`` asks also for piped ids;
    ``gone``: the records cannot be shown after it. ``body`` returns the rows that are printed.
    """

    noun: str
    words: tuple[str, str]
    prepare: Callable[[Work], None]
    body: Callable[[sqlite3.Connection, Sequence[int]], Body]
    detail: str = ""
    hidden: bool | None = False
    risky: bool = False
    gone: bool = False


class Work:
    """A bulk change in the making: the records it is about, those that change, and how."""

    def __init__(self, unit: Unit, noun: str, ids: Sequence[int], remarks: list[Message]) -> None:
        self.unit = unit
        self.connection = unit.connection
        self.noun = noun
        self.ids = ids
        self.listed = store.array(ids)
        self.remarks = remarks
        self.changed: set[int] = set()
        self.along = ""
        """What else goes, for the question: `` with 9 purchases``."""
        self._told: list[Callable[[list[int]], Mapping[int, str]]] = []

    def note(self, ids: Iterable[int], tell: Callable[[list[int]], Mapping[int, str]]) -> None:
        """Take down that records change, and how to say so of some of them."""
        self.changed.update(ids)
        self._told.append(tell)

    def note_all(self, ids: Sequence[int], text: str) -> None:
        """Take down one change of several records, the same words for each."""
        if ids:
            held = set(ids)
            self.note(held, lambda first: {one: text for one in first if one in held})

    def note_cells(
        self, table: str, cells: Mapping[str, Any], rows: Mapping[int, int] | None = None,
        shown: Callable[[str, Any], tuple[str, str]] = lambda name, value: (name, str(value)),
    ) -> list[int]:  # fmt: skip
        """Take down that cells are set in the records' own rows, or in ``rows`` (row -> record);
        return the rows of which one differs. ``shown`` names a column and puts a value in words.
        """
        wanted = self.listed if rows is None else store.array(rows)
        moved = store.differing(self.connection, table, cells, wanted)
        of_row = {row: row if rows is None else rows[row] for row in moved}

        def tell(first: list[int]) -> dict[int, str]:
            near = [row for row, record in of_row.items() if record in first]
            before = store.cells(self.connection, table, list(cells), store.array(near))
            told: dict[int, str] = {}
            for row in near:
                words = [
                    f"{shown(name, new)[0]}: {_said(shown, name, before[row][name])}"
                    f" -> {_said(shown, name, new)}"
                    for name, new in cells.items()
                    if before[row][name] != new and name != "folded"
                ]
                told[of_row[row]] = ", ".join(words)
            return told

        if moved:
            self.note(of_row.values(), tell)
        return moved

    def preview(self) -> list[dict[str, Any]]:
        """Return id, name and what will change of the first records; read it before the batch
        runs."""
        first = sorted(self.changed)[:SHOWN]
        names = store.names(self.connection, self.noun, store.array(first))
        texts: dict[int, list[str]] = {one: [] for one in first}
        for tell in self._told:
            for one, text in tell(first).items():
                texts[one].append(text)
        return [
            {"id": one, "name": names[one], "change": ", ".join(filter(None, texts[one])) or None}
            for one in first
        ]


def _said(shown: Callable[[str, Any], tuple[str, str]], name: str, value: Any) -> str:
    return "(empty)" if value is None else shown(name, value)[1]


def carry_out(session: Session, selection: Selection, task: Task) -> Result:
    """Do a bulk verb: ask where it has to be asked, write once, print the records.

    Nothing to change is no error: it is said. Raises what ``selection.choose`` and the verb's
    own rules raise, UsageError without ``--yes`` where nobody can answer, Refused when the answer
    is no, and Conflict where what was shown is not what would be written any more.
    """
    asks = task.risky or not selection.is_piped
    agreed = None
    if asks and session.confirm is not None and not session.dry_run:
        with Unit(session) as unit:
            work = _prepared(unit, selection, task, [])
            if work.changed:
                agreed = work.changed, work.preview(), work.along
        if agreed is not None:
            count = counted(len(agreed[0]), task.noun)
            ask(
                session, f"{task.words[0].capitalize()} {count}{agreed[2]}{task.detail}?", agreed[1]
            )
    remarks: list[Message] = []
    with Unit(session) as unit:
        work = _prepared(unit, selection, task, remarks)
        if agreed is not None and agreed[0] != work.changed:
            raise errors.Conflict(
                f"the {task.noun}s that this is about changed meanwhile; nothing was written",
                hint="run the command again, and look at what it shows",
            )
        shown = list(work.ids) if selection.is_piped else sorted(work.changed)
        if not work.changed:
            body = task.body(unit.connection, shown)
            said = [*remarks, _nothing(work, selection)]
            return Result(body=body, messages=said, has_matches=bool(work.ids))
        # What is deleted cannot be read any more once the batch has run.
        gone = task.body(unit.connection, shown) if task.gone else None
        told = _told(session, work, task)
        unit.count_records(len(work.changed))
        body = unit.commit(
            f"{task.words[1]} {counted(len(work.changed), task.noun)}{task.detail}",
            then=lambda connection: gone or task.body(connection, shown),
        )
    return written(body, unit, [*remarks, *told])


def _prepared(unit: Unit, selection: Selection, task: Task, remarks: list[Message]) -> Work:
    ids = queries.choose(unit.session, task.noun, selection, remarks, hidden=task.hidden)
    work = Work(unit, task.noun, ids, remarks)
    task.prepare(work)
    return work


def _nothing(work: Work, selection: Selection) -> Message:
    named = "stdin names nothing" if selection.is_piped else f"no {work.noun} matches"
    if work.ids:
        count = counted(len(work.ids), work.noun)
        named = f"{count} {'is' if len(work.ids) == 1 else 'are'} so already"
    return Message(f"{named}: nothing to do")


def _told(session: Session, work: Work, task: Task) -> list[Message]:
    """Return what is said of a change: how many, and in a rehearsal what of the first ones."""
    count = counted(len(work.changed), task.noun)
    left = len(work.ids) - len(work.changed)
    beside = f"; {left} of {len(work.ids)} stay as they are" if left else ""
    if task.gone:
        said = [in_the_trash(work.unit, count, len(work.changed), work.along)]
    elif session.dry_run:
        said = [Message(f"would {task.words[0]} {count}{task.detail}{beside}")]
    else:
        said = [Message(f"{task.words[1]} {count}{task.detail}{beside}")]
    if not session.dry_run:
        return said
    rows = work.preview()
    said += [Message("  " + "  ".join(str(cell) for cell in row.values() if cell)) for row in rows]
    if len(work.changed) > len(rows):
        said.append(Message(f"  and {len(work.changed) - len(rows)} more"))
    return said


def named(given: Mapping[str, Any]) -> set[str]:
    """Return the options that were used, and those that ``--set`` stands for."""
    sets = (text.partition("=")[0].strip().replace("-", "_") for text in given.get("set", ()))
    return {*given, *sets}


def counted(count: int, noun: str) -> str:
    """Return ``1 contact`` or ``12 contacts``."""
    return f"{count} {noun}{'' if count == 1 else 's'}"
