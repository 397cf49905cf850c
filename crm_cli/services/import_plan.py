"""Plan and apply: what an import would do, as a file, and doing it later.

A plan is made by the import itself: its batch runs, what it did is read from the store as it
then stands and set beside the state before, and everything is rolled back. Applying one is the
ordinary import again, of the rows that the plan holds.
"""

from __future__ import annotations

import contextlib
import gc
import io
import os
import tempfile
from dataclasses import fields, replace
from itertools import chain
from shlex import quote
from typing import TYPE_CHECKING, Any

from crm_cli import __version__, errors
from crm_cli.exchange import plan_head
from crm_cli.exchange.output import placed
from crm_cli.exchange.plan_file import PlanTable, column_keys, line_of
from crm_cli.exchange.rejects import default_path
from crm_cli.exchange.table import gathered
from crm_cli.exchange.vcard_table import VcardTable
from crm_cli.queries.import_changes import Changes
from crm_cli.result import Level, Message, Record, Result, Stream
from crm_cli.services.importing import checked
from crm_cli.store import import_fates as store

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Generator, Iterator, Mapping
    from pathlib import Path
    from typing import TextIO

    from crm_cli.exchange.source import Source
    from crm_cli.exchange.table import InputTable
    from crm_cli.services.importing import ImportRequest, Job
    from crm_cli.services.unit import Unit
    from crm_cli.session import Session

BLOCK = 500
"""Rows of which the records are read at once."""


def _group(noun: str) -> str:
    """Return the group whose verb imports a noun."""
    return "log" if noun == "interaction" else noun


_SAID_AGAIN = frozenset({"noun", "path", "stdin", "apply", "rejects", "strict"})
"""What may be said of an import that carries out a plan; all else stands in the plan."""


# -- making ---------------------------------------------------------------------------------------


class PlanWriter:
    """Writes the plan of one import: ``write`` is called where the batch has run and is not yet
    rolled back. ``warnings`` and so on must be complete by then."""

    def __init__(self, job: Job, importer: Any, file: str, *, noun: str | None = None) -> None:
        self.job = job
        self.noun = noun or job.request.noun
        self.importer = importer
        self.file = file
        self.spool: TextIO | None = None
        """What was written, where it goes to stdout: nobody waits for a pipe under the lock."""

    def write(
        self, unit: Unit, run: Mapping[str, Any], extra: Mapping[str, int],
        connection: sqlite3.Connection,
    ) -> None:  # fmt: skip
        """Write the plan; ``run`` and ``extra`` hold the counts. Raises BadFile and StoreFull."""
        counts = {"read": run["read_rows"]}
        counts |= {name: run[name] for name in ("created", "updated", "unchanged", "rejected")}
        counts |= extra
        store.prepare(connection)
        self.importer.note_fates(connection)
        self._check(store.counts(connection), counts)
        with self._before() as before, self._opened() as stream:
            changes = Changes(self.noun, before, connection)
            # As while rows are staged: there is nothing to find. The import enables it again.
            gc.disable()
            stream.write(line_of(self._head(store.state(before), unit.at, counts)))
            for line in chain(self._rows(connection, changes), changes.others(unit.entry_id)):
                stream.write(line_of(line))
            stream.write(line_of({"end": True, "warnings": self.job.warnings.as_json()}))

    @staticmethod
    def _check(noted: Mapping[str, int], counts: Mapping[str, int]) -> None:
        for fate in ("created", "updated"):
            if noted.get(fate, 0) != counts[fate]:
                raise AssertionError(
                    f"{counts[fate]} rows {fate}, but the plan tells {noted.get(fate, 0)}"
                )

    @contextlib.contextmanager
    def _before(self) -> Generator[sqlite3.Connection]:
        """Lend a connection that sees the store as it was: nobody else writes meanwhile."""
        from crm_cli.store.connection import open_memory, open_reader

        path = self.job.session.path
        connection = open_reader(path, timeout=self.job.session.lock_timeout) or open_memory()
        with contextlib.closing(connection):
            yield connection

    @contextlib.contextmanager
    def _opened(self) -> Generator[TextIO]:
        if self.file == "-":
            binary = tempfile.TemporaryFile()  # noqa: SIM115 - closed once it is printed
            self.spool = io.TextIOWrapper(binary, encoding="utf-8", newline="")
            yield self.spool
            return
        from pathlib import Path

        try:
            with placed(Path(self.file)) as stream:
                yield stream
        except OSError as error:
            raise errors.BadFile(
                f"the plan cannot be written to {self.file}: {error.strerror}",
                hint="name another file with --plan",
            ) from None

    def told(self, result: Result, refusal: errors.RowsRejected | None) -> Result:
        """Return what the command shows: the result with the plan's name in it, or the plan
        itself where it goes to stdout. Raises ``refusal``, of ``--strict``, where there is one."""
        if self.spool is not None:
            messages = list(result.messages)
            messages += [Message(refusal.message, Level.WARNING)] if refusal else []
            return Result(
                body=Stream(chunks=self._printed(self.spool)), messages=messages,
                exit_code=result.exit_code,
            )  # fmt: skip
        if refusal is not None:
            refusal.hint = f"{self.file} tells the fate of each row; mend or delete the bad ones"
            raise refusal
        if not isinstance(result.body, Record):
            raise TypeError("an import tells a record")
        values = {**result.body.values, "plan_file": self.file}
        carry = f"crm {_group(self.noun)} import --apply {quote(self.file)}"
        return result._replace(
            body=result.body._replace(values=values),
            messages=[*result.messages, Message(f"to carry the plan out: {carry}", Level.HINT)],
        )

    @staticmethod
    def _printed(spool: TextIO) -> Iterator[str]:
        with spool as stream:
            stream.seek(0)
            while text := stream.read(1 << 16):
                yield text

    def _head(
        self, state: store.State | None, made_at: str, counts: Mapping[str, int]
    ) -> dict[str, Any]:
        job, table, request = self.job, self.job.table, self.job.request
        options = {
            name: list(value) if isinstance(value, tuple | list) else value
            for name in plan_head.OPTIONS
            if (value := getattr(request, name)) not in (None, (), [], False)
        }
        if same := getattr(self.importer, "same_companies", None):
            options["same_companies"] = [list(pair) for pair in sorted(same)]
        # What the owner's settings and the machine's add is part of how the file was read.
        if job.session.date_order and "dates" not in options:
            options["dates"] = job.session.date_order
        keys = column_keys(table.header)
        head = plan_head.Head(
            plan_id=os.urandom(8).hex(),
            noun=request.noun,
            source=table.source.name,
            header=table.header,
            options=options,
            preset=job.plan.preset.name if job.plan.preset else None,
            read=counts["read"],
            state=(state.entry_id, state.uid) if state else None,
            delimiter=table.delimiter,
            encoding=table.source.encoding,
            ending=table.rejects_ending,
        )
        return plan_head.as_json(
            head,
            program=f"crm {__version__}",
            made_at=made_at,
            columns=dict(zip(keys, self._meanings(), strict=True)),
            counts=counts,
        )

    def _meanings(self) -> list[str | None]:
        """Return what each column was taken for, None where it was left out."""
        meant: list[str | None] = []
        custom = {}
        for column in self.job.custom.columns if self.job.custom else ():
            custom[column.at] = f"field:{column.field.key}"
        for at in range(len(self.job.table.header)):
            target = self.job.plan.targets.get(at)
            if target is None:
                meant.append(custom.get(at))
                continue
            number = f"_{target.position}" if target.position > 1 else ""
            part = f"_{target.part}" if target.part != "value" else ""
            meant.append(f"{target.field}{number}{part}")
        return meant

    def _rows(self, connection: sqlite3.Connection, changes: Changes) -> Iterator[dict[str, Any]]:
        table = self.job.table
        keys = column_keys(table.header)
        cards: dict[int, str] = {}
        if isinstance(table, VcardTable):
            cards.update(table.texts(store.rejected_lines(connection)))
        for lines, block, problems in gathered(table.rows(), BLOCK):
            fates = store.between(connection, lines[0], lines[-1])
            rejected = store.rejections(connection, lines[0], lines[-1])
            found = changes.of(fates)
            for at, (line, cells) in enumerate(zip(lines, block, strict=True)):
                told: dict[str, Any] = {"line": line}
                if line in rejected:
                    field, reason = rejected[line]
                    told |= {"fate": "rejected", "field": field, "reason": reason}
                    if problems and problems[at]:
                        told["unreadable"] = True
                else:
                    told |= found.get(line) or {"fate": "unchanged", "id": None}
                told["cells"] = {key: cell for key, cell in zip(keys, cells, strict=True) if cell}
                if line in cards:
                    told["card"] = cards[line]
                yield told


# -- applying -------------------------------------------------------------------------------------


def path_of_plan(request: ImportRequest) -> str:
    """Return the plan to carry out. Raises UsageError where none is named, nor any file, and for
    what cannot be said again."""
    if request.apply is None:
        raise errors.UsageError(
            "no file is named", hint="name a file to import, - for stdin, or a plan with --apply"
        )
    if request.path is not None:
        raise errors.UsageError(
            f"--apply carries out a plan, which holds its rows: {request.path} is one too many",
            hint="leave the file out",
        )
    given = [
        f"--{_OPTION.get(field.name, field.name.replace('_', '-'))}"
        for field in fields(request)
        if field.name not in _SAID_AGAIN and getattr(request, field.name) not in (field.default, [])
    ]
    if given:
        raise errors.UsageError(
            f"{', '.join(given)}: the plan says how its rows were read",
            hint="leave that out, or make the plan again with it",
        )
    return request.apply


_OPTION = {"maps": "map", "tags": "tag", "map_stages": "map-stage"}


def opened(
    session: Session, source: Source, request: ImportRequest
) -> tuple[PlanTable, ImportRequest]:
    """Return the rows of a plan, and the request as the plan has it. Raises BadFile, and Conflict
    where it is plain already that the data has moved."""
    table = PlanTable(source)
    head = table.head
    if head.noun != request.noun:
        raise errors.BadFile(
            f"{source.name} is a plan of {head.noun}s, not of {request.noun}s",
            hint=f"crm {_group(head.noun)} import --apply {source.name}",
        )
    check_state(session.reader if session.path.exists() else None, table)
    options = {**head.options, "strict": request.strict or head.options.get("strict", False)}
    preset = head.preset or "own"
    rejects = request.rejects or str(rejects_beside(head))
    return table, checked(replace(request, **options, preset=preset, rejects=rejects))


def of_plan(name: str, error: errors.InvalidValue) -> errors.BadFile:
    """Return the error about an option that a plan says and nobody can mean."""
    return errors.BadFile(
        f"{name}: line 1 is broken: {error.message}; nothing was written", hint=error.hint
    )


def rejects_beside(head: plan_head.Head) -> Path:
    """Return where rejected rows would have gone, or the working folder where that is nowhere."""
    from pathlib import Path

    path = Path(f"{head.source}.rejects{head.ending}")
    if head.source == "stdin" or path.parent == Path("/dev/fd"):
        return default_path("stdin", head.ending)
    return path if path.parent.is_dir() else Path(path.name)


def check_state(connection: sqlite3.Connection | None, table: InputTable) -> str:
    """Refuse to carry out a plan whose data has moved, or that was carried out already: raises
    Conflict. Returns the plan's own id; None for a connection is a store that is not there."""
    if not isinstance(table, PlanTable):
        raise TypeError("not the rows of a plan")
    head = table.head
    verb = f"crm {_group(head.noun)} import"
    again = f"make the plan again: {verb} {head.source} --plan {table.file.name}"
    applied = store.applied_as(connection, head.plan_id) if connection else None
    if applied is not None:
        number, kind = applied
        what = f"as entry {number}" if kind == "change" else "and there was nothing new in it"
        raise errors.Conflict(
            f"{table.file.name} was applied already, {what}; nothing was written", hint=again
        )
    state = store.state(connection) if connection else None
    if (state and (state.entry_id, state.uid)) == head.state:
        return head.plan_id
    if head.state is not None and not (connection and store.has_entry(connection, *head.state)):
        raise errors.Conflict(
            f"{table.file.name} is the plan for another store; nothing was written",
            hint=f"name that store with --db, or {again}",
        )
    since = (
        f"entry {state.entry_id} ({state.summary}, by {state.actor}, {state.at}) came after"
        if state
        else "there are other entries now"
    )
    raise errors.Conflict(
        f"the data has changed since {table.file.name} was made: {since}; nothing was written",
        hint=again,
    )
