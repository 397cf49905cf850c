"""Plan and apply of mails: what becomes of each, as a file, and doing it later.

As with tables (``import_plan``) the import itself is run and rolled back; the mailbox is then read
once more, and each mail told with its fate. A plan is applied by importing the mails it holds.
"""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import replace
from itertools import islice
from typing import IO, TYPE_CHECKING, Any, cast

from crm_cli import __version__, errors
from crm_cli.exchange import mail_plan, plan_head
from crm_cli.exchange.mailbox import MBOX, Mailbox, mails
from crm_cli.exchange.mailbox_open import write_rejects
from crm_cli.exchange.mailbox_reader import REJECTED, Wanted
from crm_cli.exchange.mailbox_worker import BLOCK, blocks
from crm_cli.exchange.plan_file import line_of
from crm_cli.services import import_plan
from crm_cli.services.import_mail import MailImport
from crm_cli.store import import_mail
from crm_cli.store import import_mail_fates as store

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Generator, Iterable, Iterator, Mapping
    from pathlib import Path

    from crm_cli.exchange.mailbox_worker import Row
    from crm_cli.exchange.plan_file import PlanTable
    from crm_cli.queries.import_changes import Changes
    from crm_cli.result import Result
    from crm_cli.services.import_mail import MailOptions
    from crm_cli.session import Session
    from crm_cli.store.import_fates import State

_OPTIONS = ("own", "with_lists", "add_unknown", "source", "tags", "strict")


class MailPlanWriter(import_plan.PlanWriter):
    """Writes the plan of one import of mails."""

    def __init__(self, job: MailImport, file: str) -> None:
        # Of a job the plan of a table asks for more; of that nothing is used here.
        super().__init__(cast("Any", job), self, file, noun="interaction")
        self.mails = job

    @staticmethod
    def note_fates(connection: sqlite3.Connection) -> None:
        """Note which talk each new mail makes."""
        store.note(connection)

    def _head(self, state: State | None, made_at: str, counts: Mapping[str, int]) -> dict[str, Any]:
        job = self.mails
        options = {
            name: list(value) if isinstance(value, tuple | list) else value
            for name in _OPTIONS
            if (value := getattr(job.options, name)) not in (None, (), [], False)
        }
        head = plan_head.Head(
            plan_id=os.urandom(8).hex(),
            noun="interaction",
            source=job.box.name,
            header=mail_plan.HEADER,
            options=options | job.days,
            preset=job.box.kind,
            read=counts["read"],
            state=(state.entry_id, state.uid) if state else None,
            delimiter=",",
            encoding="utf-8",
            ending=mail_plan.ENDING,
        )
        columns = dict.fromkeys(mail_plan.HEADER)
        return plan_head.as_json(
            head, program=f"crm {__version__}", made_at=made_at, columns=columns, counts=counts
        )

    def _rows(self, connection: sqlite3.Connection, _: Changes) -> Iterator[dict[str, Any]]:
        job = self.mails
        n = 0
        with tempfile.TemporaryFile() as spool:
            self._keep_rejected(connection, spool)
            for block in blocks(job.box, job.wanted()):
                first, n = n + 1, n + len(block)
                fates = store.between(connection, first, n)
                for number, (place, mail) in enumerate(block, first):
                    told: dict[str, Any] = {"line": number, "place": place}
                    if mail.kind == REJECTED:
                        kept = spool.readline()
                        if not kept:
                            raise self._changed()
                        told |= {"fate": "rejected", "field": None, "reason": mail.reason}
                        told |= {"unreadable": True, "cells": {}, **json.loads(kept)}
                    else:
                        told |= fates.get(number) or {
                            "fate": "unchanged", "why": job.passed_over(mail) or "known",
                        }  # fmt: skip
                        told["cells"] = mail_plan.cells_of(mail)
                    yield told
        if n != job.read:
            raise self._changed()

    def _keep_rejected(self, connection: sqlite3.Connection, spool: IO[bytes]) -> None:
        """Put aside what the plan keeps of each rejected mail, in their order. It is done before
        the mailbox is read for the lines: two cannot read one file in turns."""
        places = {place for _, place, _ in import_mail.rejected(connection)}
        for raw in mails(self.mails.box) if places else ():
            if raw.place in places:
                spool.write(line_of(mail_plan.raw_text(raw)).encode())
        spool.seek(0)

    def _changed(self) -> errors.BadFile:
        return errors.BadFile(
            f"{self.mails.box.name} changed while it was read", hint="make the plan again"
        )


class PlannedMails(MailImport):
    """The import of the mails of a plan."""

    def __init__(self, session: Session, table: PlanTable, options: MailOptions) -> None:
        head = table.head
        super().__init__(session, Mailbox(head.preset or MBOX, head.source), options)
        self.table = table

    def blocks(self, wanted: Wanted) -> Generator[list[Row]]:
        """Yield the mails of the plan some at a time."""
        found = mail_plan.rows(self.table, wanted.latest)
        while block := list(islice(found, BLOCK)):
            yield block

    def plan_applied(self, connection: sqlite3.Connection) -> str:
        """Return the plan's own id. Raises Conflict where the data has moved."""
        return import_plan.check_state(connection, self.table)

    def rejects_path(self) -> Path:
        """Return where rejected mails would have gone."""
        return import_plan.rejects_beside(self.table.head)

    def copy_rejects(self, path: Path, rejected: Iterable[tuple[str, str]]) -> None:
        """Write rejected mails from the plan."""
        write_rejects(path, mail_plan.raw_mails(self.table), rejected)


def apply(session: Session, table: PlanTable, options: MailOptions) -> Result:
    """Import the mails of a plan. Raises BadFile and Conflict, and what an import raises."""
    head = table.head
    import_plan.check_state(session.reader if session.path.exists() else None, table)
    if head.header != mail_plan.HEADER or head.preset not in {None, *plan_head.MAILBOXES}:
        raise errors.BadFile(
            f"{table.file.name} is no plan of mails that this program can read",
            hint="make the plan again",
        )
    told = {name: value for name, value in head.options.items() if name in plan_head.OF_MAILS}
    told["strict"] = options.strict or told.get("strict", False)
    try:
        return PlannedMails(session, table, replace(options, **told)).run()
    except errors.InvalidValue as error:
        raise import_plan.of_plan(table.file.name, error) from None
