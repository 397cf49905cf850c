"""Importing mails: matched with contacts by address, both ways, and once by their Message-ID."""

from __future__ import annotations

import gc
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from crm_cli.exchange import rejects
from crm_cli.exchange.mailbox import mails
from crm_cli.exchange.mailbox_open import rejects_path, write_rejects
from crm_cli.exchange.mailbox_reader import BULK, DELETED, REJECTED, Wanted
from crm_cli.exchange.mailbox_worker import blocks
from crm_cli.exchange.output import refuse_same
from crm_cli.services import import_mail_result, import_rejects
from crm_cli.services.import_mail_parties import may_add, us, way
from crm_cli.services.import_warnings import Warnings
from crm_cli.services.importing import insert_many
from crm_cli.services.unit import Unit
from crm_cli.store import import_mail as store
from crm_cli.store import imports
from crm_cli.store.connection import translating
from crm_cli.store.staging import Staging, watching

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Generator, Iterable, Sequence

    from crm_cli.exchange.mailbox import Mailbox
    from crm_cli.exchange.mailbox_addresses import Person
    from crm_cli.exchange.mailbox_reader import Mail
    from crm_cli.exchange.mailbox_worker import Row
    from crm_cli.result import Result
    from crm_cli.services.import_mail_parties import Way
    from crm_cli.services.import_mail_plan import MailPlanWriter
    from crm_cli.session import Session

KNOWN_AT_ONCE = 100_000
"""Addresses held in memory: beyond, they are met anew, so that memory stays flat."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MailOptions:
    """What ``log import`` was told of a mailbox. ``since`` and ``until`` are days as typed."""

    own: Sequence[str] = ()
    with_lists: bool = False
    add_unknown: bool = False
    recursive: bool = False
    since: str | None = None
    until: str | None = None
    rejects: str | None = None
    source: str | None = None
    tags: Sequence[str] = ()
    strict: bool = False
    plan: str | None = None
    for_people: bool = False
    """Whether people read the result: what stderr says is not said again in it."""


class MailImport:
    """One running import of a mailbox."""

    def __init__(self, session: Session, box: Mailbox, options: MailOptions) -> None:
        self.session = session
        self.box = box
        self.options = options
        self.warnings = Warnings()
        self.remarks: list[str] = []
        self.started = time.monotonic()
        self.read = 0
        self.left_out: Counter[str] = Counter()
        """Why mails were passed over -> how many."""
        self.unknown: Sequence[store.Stranger] = ()
        self.contacts_created = 0
        self.unmatched = 0
        self.known = 0
        self._told = self.started + 1
        self._ours = us(session, options.own)
        self.days: dict[str, str] = {}
        """``since`` and ``until`` as days, where they were told."""
        self._bounds = self._read_bounds()
        self._addresses: dict[str, tuple[int, str]] = {}
        self._count = 0
        if options.rejects is not None:
            rejects.check(options.rejects)
            refuse_same(options.rejects, session.path, box.name)
        if options.plan is not None:
            session.dry_run = True
            if options.plan != "-":
                refuse_same(options.plan, session.path, box.name)

    # -- reading ------------------------------------------------------------------------------

    def run(self) -> Result:
        """Import the mailbox. Raises BadFile, RowsRejected (strict), the StoreError family."""
        session = self.session
        with (
            translating(session.path),
            Staging(session.writer, session.path, store.TABLES) as staging,
        ):
            gc.disable()
            try:
                self._stage(staging)
            finally:
                gc.enable()
            staging.finish()
            try:
                with watching(session.writer, self._tell_writing):
                    return self._write(staging)
            finally:
                gc.enable()  # a plan is written without

    def wanted(self) -> Wanted:
        """Return what is asked of each mail."""
        return Wanted(self.session.now_text, self.options.with_lists)

    def blocks(self, wanted: Wanted) -> Generator[list[Row]]:
        """Yield the mails some at a time."""
        return blocks(self.box, wanted)

    def _stage(self, staging: Staging) -> None:
        with closing(self.blocks(self.wanted())) as found:
            for number, block in enumerate(found):
                for place, mail in block:
                    self.read += 1
                    self._stage_mail(staging, place, mail)
                if number % 10 == 9:
                    staging.flush()
                self._tell_reading()
                if len(self._addresses) > KNOWN_AT_ONCE:
                    self._addresses.clear()

    def _stage_mail(self, staging: Staging, place: str, mail: Mail) -> None:
        n = self.read
        if mail.kind == REJECTED:
            staging.add("s_rejects", (n, None, mail.reason))
            staging.add("s_places", (n, place))
            return
        found = self._way(mail)
        if isinstance(found, str):
            self.left_out[found] += 1
            return
        staging.add(
            "s_mails",
            (n, mail.at, found.direction, mail.message_id, mail.fingerprint, found.by_name),
        )
        staging.add("s_texts", (n, mail.subject, mail.body))
        key = n * store.PEOPLE_OF_ONE
        for rank, person in found.people:
            staging.add("s_people", (key + rank, self._address(staging, person)))

    def _way(self, mail: Mail) -> Way | str:
        """Return a mail's way, or why it is passed over."""
        if mail.kind in {BULK, DELETED}:
            return "skipped_lists" if mail.kind == BULK else "skipped_deleted"
        since, until = self._bounds
        if not since <= mail.at < until:
            return "skipped_days"
        return way(mail, self._ours) or "skipped_ours"

    def passed_over(self, mail: Mail) -> str | None:
        """Return why a mail is passed over, None where it is not."""
        found = self._way(mail)
        return found if isinstance(found, str) else None

    def _address(self, staging: Staging, person: Person) -> int:
        """Return the number of an address, staged when it is met first."""
        name, mail = person
        known = self._addresses.get(mail)
        if known is None:
            self._count += 1
            self._addresses[mail] = (self._count, name)
            staging.add("s_addresses", (self._count, mail, name, may_add(mail), None))
            return self._count
        if name and not known[1]:
            self._addresses[mail] = (known[0], name)
            staging.add("s_names", (known[0], name))
        return known[0]

    def _tell_reading(self) -> None:
        if self.session.progress is not None and time.monotonic() >= self._told:
            self._told = time.monotonic() + 0.1
            done, size = self.box.progress()
            self.session.progress(f"reading {self.box.name}", done * 600 // max(size, 1))

    def _tell_writing(self) -> None:
        if self.session.progress is not None and time.monotonic() >= self._told:
            self._told = time.monotonic() + 0.1
            self.session.progress("matching and writing", None)

    # -- writing ------------------------------------------------------------------------------

    def _write(self, staging: Staging) -> Result:
        session = self.session
        with Unit(session) as unit:
            plan = self.plan_applied(unit.connection)
            created = self._match(unit)
            bad = staging.reject_count()
            unchanged = self.unmatched + self.known + self.left_out.total()
            if self.read != created + unchanged + bad:
                message = f"{self.read} mails read, but {created + unchanged + bad} accounted for"
                raise AssertionError(message)
            sample = store.rejected(unit.connection, 20)
            refusal = None
            if bad and self.options.strict:
                refusal = import_mail_result.strict_error(self, sample, bad)
                if self.options.plan is None:
                    raise refusal
            path = Path(self.options.rejects) if self.options.rejects else self.rejects_path()
            digest = self._write_rejects(path, unit) if bad and not session.dry_run else None
            run = {
                "noun": "interaction", "source": self.box.name, "read_rows": self.read,
                "created": created, "updated": 0, "unchanged": unchanged, "rejected": bad,
                "rejects_file": str(path) if bad else None, "rejects_digest": digest, "plan": plan,
            }  # fmt: skip
            if not unit.is_empty:
                imports.record_run(
                    unit.batch, unit.draw("import_runs"), unit.entry_id, unit.at, run
                )
                unit.count_records(created + self.contacts_created)
            writer = self._plan_writer()
            extra = {"contacts_created": self.contacts_created}
            unit.commit(
                import_mail_result.summary(self, created),
                then=partial(writer.write, unit, run, extra) if writer else None,
            )
        if not unit.entry_id and not session.dry_run:
            with Unit(session, kind="system") as ledger:
                imports.record_run(
                    ledger.batch, ledger.draw("import_runs"), ledger.entry_id, ledger.at, run
                )
                ledger.commit(f"import of {self.box.name}: nothing new")
        if not bad and not session.dry_run:
            import_rejects.clear_rejects(path, session, self.remarks)
        result = import_mail_result.of(self, run, unit.entry_id or None, sample)
        return writer.told(result, refusal) if writer else result

    def plan_applied(self, _: sqlite3.Connection) -> str | None:
        """Return the id of the plan that is carried out, None without one."""
        return None

    def rejects_path(self) -> Path:
        """Return where rejected mails go unless said."""
        return rejects_path(self.box)

    def copy_rejects(self, path: Path, rejected: Iterable[tuple[str, str]]) -> None:
        """Write rejected mails, told by (place, reason), to a file of their own."""
        write_rejects(path, mails(self.box), rejected, is_mbox=self.box.is_mbox)

    def _plan_writer(self) -> MailPlanWriter | None:
        if self.options.plan is None:
            return None
        from crm_cli.services.import_mail_plan import MailPlanWriter

        return MailPlanWriter(self, self.options.plan)

    def _match(self, unit: Unit) -> int:
        """Put what is new into the unit; return how many mails are."""
        connection = unit.connection
        store.resolve(connection)
        if self.options.add_unknown:
            self._add_strangers(unit)
        store.choose_contacts(connection)
        self.unknown = store.strangers(connection)
        counts = store.number_rows(connection, unit.draw)
        self.unmatched, self.known = counts.unmatched, counts.known
        if not counts.created:
            return 0
        names, count = store.archived(connection)
        self.warnings.add_lines(
            "archived", "mails are with contacts in the archive; they stay there", (), count, names
        )
        names, count = store.shared(connection)
        self.warnings.add_lines(
            "shared-address",
            "addresses are those of several contacts; their mails went to the first of these",
            (), count, names,
        )  # fmt: skip
        first = store.first_new(connection)
        insert_many(
            unit, "interactions", store.COLUMNS, store.NEW_MAILS,
            {"prefix": unit.uid_prefix("interactions"), "at": unit.at,
             "actor": self.session.actor},
            first, counts.created,
        )  # fmt: skip
        first = unit.draw("interaction_participants", counts.others)
        unit.insert_select(
            "interaction_participants", store.OTHER_COLUMNS, store.NEW_OTHERS, {"first": first},
            first, counts.others,
        )  # fmt: skip
        return counts.created

    def _add_strangers(self, unit: Unit) -> None:
        """Make contacts of the addresses nobody has."""
        from crm_cli.services.import_mail_contacts import make

        made = make(
            unit, store.chosen_strangers(unit.connection), self.options.source, self.options.tags
        )
        store.adopt(unit.connection, made)
        self.contacts_created = len(made)

    def _write_rejects(self, path: Path, unit: Unit) -> str | None:
        rows = store.rejected(unit.connection)
        pairs = [(place, reason) for _, place, reason in rows]
        return import_rejects.put(
            path, lambda: self.copy_rejects(path, pairs), unit.connection, self.warnings
        )

    def _read_bounds(self) -> tuple[str, str]:
        """Return the instants from which and before which mails count. Raises InvalidValue."""
        from datetime import timedelta

        from crm_cli.clock import midnight_text, read_date

        session, options = self.session, self.options
        since, until = "", "~"
        if options.since is not None:
            day = read_date(options.since, session.today, session.date_order)
            since = midnight_text(day, session.zone)
            self.days["since"] = day.isoformat()
            self.remarks.append(f"mails from {day.isoformat()} on")
        if options.until is not None:
            day = read_date(options.until, session.today, session.date_order)
            until = midnight_text(day + timedelta(days=1), session.zone)
            self.days["until"] = day.isoformat()
            self.remarks.append(f"mails up to {day.isoformat()}")
        return since, until
