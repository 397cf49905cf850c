"""Importing: read and stage without the lock, then match and write in one unit.

One file is one transaction and one history entry. The law ``read = created + updated +
unchanged + rejected`` is checked before the commit.
"""

from __future__ import annotations

import gc
import time
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol

from crm_cli import errors
from crm_cli.exchange import rejects
from crm_cli.exchange.columns import Plan, name_filled, plan_columns
from crm_cli.exchange.orders import completed
from crm_cli.exchange.output import refuse_same
from crm_cli.exchange.preset_cells import tidied
from crm_cli.exchange.presets import choose
from crm_cli.exchange.source import open_source
from crm_cli.exchange.table import InputTable, gathered, open_table
from crm_cli.services import import_result
from crm_cli.services.import_rejects import clear_rejects, write_rejects
from crm_cli.services.import_warnings import Warnings
from crm_cli.services.unit import Unit
from crm_cli.store import imports as store
from crm_cli.store.connection import translating
from crm_cli.store.staging import Staging, references_proven, watching

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Generator, Mapping, Sequence

    from crm_cli.exchange.source import Source
    from crm_cli.exchange.table import Block
    from crm_cli.result import Result
    from crm_cli.services.import_custom_fields import CustomColumns
    from crm_cli.services.import_plan import PlanWriter
    from crm_cli.session import Session

ON_MATCH = ("fill", "update", "skip", "fail")


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRequest:
    """What an ``import`` verb was told; ``path`` ``-`` reads ``stdin``. ``plan`` is the file to
    write a plan to, ``apply`` the plan to carry out, which then stands for the path."""

    noun: str
    path: str | None = None
    stdin: BinaryIO | None = None
    preset: str | None = None
    maps: Sequence[str] = ()
    match: str | None = None
    on_match: str = "fill"
    strict: bool = False
    unknown: str = "create"
    replace_lists: bool = False
    rejects: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    encoding: str | None = None
    decimal: str | None = None
    dates: str | None = None
    country: str | None = None
    currency: str | None = None
    source: str | None = None
    tags: Sequence[str] = ()
    keep_unknown: bool = False
    require_complete: bool = False
    plan: str | None = None
    apply: str | None = None
    same_companies: Sequence[Sequence[str]] = ()
    """Pairs of folded names that somebody said are one company, when the plan was made."""
    map_stages: Sequence[str] = ()
    make_stages: bool = False


class RowProblem(Exception):
    """A row that cannot be taken: the field at fault and the reason, for the reject file."""

    def __init__(self, field_name: str | None, reason: str) -> None:
        super().__init__(reason)
        self.field = field_name
        self.reason = reason


@dataclass(slots=True)
class Outcome:
    """What became of the rows."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    extra: dict[str, Any] = field(default_factory=dict)
    """Further keys of the result, such as ``contacts_created``."""


class Importer(Protocol):
    """One noun's import."""

    @property
    def tables(self) -> Mapping[str, str]:
        """The temporary tables: name -> columns."""

    @property
    def proves_references(self) -> bool:
        """Whether what it writes ends with a guard that every reference leads somewhere, so that
        SQLite need not look each up."""

    def stage(self, staging: Staging) -> int:
        """Read and stage every row; return how many were read."""

    def write(self, unit: Unit, staging: Staging) -> Outcome:
        """Match what is staged and put the changes into the unit."""

    def note_fates(self, connection: sqlite3.Connection) -> None:
        """Note what became of each row, for the plan; after ``write``."""


class Job:
    """One running import: the input, its columns, and what all nouns need on the way."""

    def __init__(
        self, session: Session, request: ImportRequest, table: InputTable, plan: Plan
    ) -> None:
        self.session = session
        self.request = request
        self.table = table
        self.plan = plan
        self.warnings = Warnings()
        self.custom: CustomColumns | None = None
        """What the file and the owner know of custom fields; None where that is nothing."""
        self.custom_maps: dict[str, str] = {}
        self.remarks: list[str] = []
        self.before_writing: Callable[[], None] | None = None
        """What has to be asked once everything is read and before the store is locked."""
        self.plans = request.plan is not None
        """Whether somebody wants to know what becomes of each row."""
        self.started = time.monotonic()
        self._told = self.started + 1

    def open_store(self) -> None:
        """Open the store for writing; call it once the columns are found to be right."""
        connection = self.session.writer
        request = self.request
        keeps = request.keep_unknown and request.noun != "interaction"
        if not (self.custom_maps or keeps) and not store.has_fields(connection, request.noun):
            return
        from crm_cli.services.import_custom_fields import CustomColumns

        self.custom = CustomColumns(self, self.custom_maps) or None

    def rows(self) -> Generator[tuple[int, list[str], str | None]]:
        """Yield the input's rows, orders completed."""
        rows = self.table.rows()
        if self.plan.preset is None:
            return rows
        rows = tidied(rows, self.plan)
        return completed(rows, self.table.header, self.plan) if self.plan.preset.order else rows

    def blocks(self, size: int) -> Generator[Block]:
        """Yield the input's rows, orders completed, some at a time."""
        if self.plan.preset is not None:
            return gathered(self.rows(), size)
        return self.table.blocks(size)

    def warn_short_rows(self) -> None:
        """Count the rows whose last cell was missing, and what the format cannot hand over."""
        for kind, message, line in self.table.remarks:
            self.warnings.add(kind, message, line)
        if self.table.short_rows:
            self.warnings.add(
                "short-row", "rows lack their last cell; it was read as empty",
                count=self.table.short_rows,
            )  # fmt: skip

    def tell_reading(self) -> None:
        """Move the progress line; call it every few thousand rows."""
        if self.session.progress is not None and time.monotonic() >= self._told:
            source = self.table.source
            self._told = time.monotonic() + 0.1
            self.session.progress(
                f"reading {source.name}", source.position * 600 // max(source.size, 1)
            )

    def tell_writing(self) -> None:
        """Move the progress line while SQLite is at work; how far it is nobody knows."""
        if self.session.progress is not None and time.monotonic() >= self._told:
            self._told = time.monotonic() + 0.1
            self.session.progress("matching and writing", None)


def insert_many(
    unit: Unit, table: str, columns: Sequence[str], select: str, parameters: Mapping[str, Any],
    first_id: int, count: int,
) -> None:  # fmt: skip
    """As ``Unit.insert_select``; where the new rows outweigh the table, indexes are built anew."""
    rebuilt = store.indexes_to_rebuild(unit.connection, table, count)
    for name, _ in rebuilt:
        unit.batch.add(store.drop_index(name))
    unit.insert_select(table, columns, select, parameters, first_id, count)
    for _, definition in rebuilt:
        unit.batch.add(definition)


def run(session: Session, request: ImportRequest) -> Result:
    """Import one file.

    Raises BadFile, RowsRejected (``strict``), InvalidValue (options, ``--map``), UsageError and
    Conflict (a plan whose data has moved) and the StoreError family. Rejected rows make the exit
    status 6.
    """
    path = _path_to_read(request)
    request = checked(request)
    if request.rejects is not None:
        rejects.check(request.rejects)
        refuse_same(request.rejects, session.path, path)
    if request.plan is not None:
        session.dry_run = True
        if request.plan != "-":
            refuse_same(request.plan, session.path, path)
    source = open_source(path, request.stdin, request.encoding)
    try:
        if request.apply is not None:
            return _apply(session, source, request)
        return _import(session, request, open_table(source, request.delimiter, request.sheet))
    finally:
        gc.enable()
        source.close()


def _apply(session: Session, source: Source, request: ImportRequest) -> Result:
    """Import the rows of a plan. Raises BadFile for whatever it says and nobody can mean."""
    from crm_cli.services import import_plan

    try:
        table, request = import_plan.opened(session, source, request)
        return _import(session, request, table)
    except errors.InvalidValue as error:
        raise import_plan.of_plan(source.name, error) from None


def _import(session: Session, request: ImportRequest, table: InputTable) -> Result:
    cards = table.rejects_ending == ".vcf"
    if cards and request.noun != "contact":
        raise errors.BadFile(
            f"{table.source.name} holds vCards, which are no {request.noun}s",
            hint="people and companies come in by crm contact import",
        )
    preset = None if cards else choose(request.noun, request.preset, table.header)
    if preset and preset.footer and request.apply is None:
        from crm_cli.exchange.footers import FooterTable

        table = FooterTable(table, preset.footer)
    maps, custom_maps = request.maps, dict[str, str]()
    if maps:
        from crm_cli.services.import_custom_fields import split_maps

        maps, custom_maps = split_maps(request.noun, maps)
    plan = plan_columns(request.noun, table.header, preset=preset, maps=maps)
    if plan.spare or plan.unknown:
        name_filled(plan, table.header, (cells for _, cells, _ in table.rows()))
    job = Job(session, request, table, plan)
    job.custom_maps = custom_maps
    importer = _importer(job)
    with (
        translating(session.path),
        Staging(session.writer, session.path, importer.tables) as staging,
    ):
        # Millions of short-lived tuples and no cycles: collecting costs and finds nothing.
        gc.disable()
        read = importer.stage(staging)
        gc.enable()
        staging.finish()
        if job.before_writing is not None:
            job.before_writing()
        with (
            watching(session.writer, job.tell_writing),
            references_proven(session.writer) if importer.proves_references else nullcontext(),
        ):
            return _write(job, importer, staging, read)


def _path_to_read(request: ImportRequest) -> str:
    """Return the file to read. Raises UsageError for none, and for options of two kinds."""
    if request.path is not None and request.apply is None:
        return request.path
    from crm_cli.services.import_plan import path_of_plan

    return path_of_plan(request)


def checked(request: ImportRequest) -> ImportRequest:
    """Return the request, its country as a code. Raises InvalidValue."""
    from crm_cli.domain.values import read_currency

    choices: tuple[tuple[str, str | None, tuple[str, ...]], ...] = (
        ("--on-match", request.on_match, ON_MATCH),
        ("--unknown", request.unknown, ("create", "reject")),
        ("--decimal", request.decimal, (".", ",")),
        ("--dates", request.dates, ("ymd", "dmy", "mdy")),
    )
    for option, value, allowed in choices:
        if value is not None and value not in allowed:
            raise errors.InvalidValue(
                f"{option} cannot be {value!r}", hint=f"write one of {' '.join(allowed)}"
            )
    if request.currency is not None:
        read_currency(request.currency)
    source = request.source
    if source is not None and (not source or ":" in source or source.split() != [source]):
        raise errors.InvalidValue(
            f"--source cannot be {source!r}", hint="write one word without a colon, such as shop"
        )
    if request.country is None:
        return request
    from crm_cli.domain.countries import read_code

    return replace(request, country=read_code(request.country))


def _importer(job: Job) -> Importer:
    if job.request.noun == "contact":
        from crm_cli.services.import_contacts import ContactImport

        return ContactImport(job)
    if job.request.noun == "product":
        from crm_cli.services.import_products import ProductImport

        return ProductImport(job)
    if job.request.noun == "interaction":
        from crm_cli.services.import_interactions import InteractionImport

        return InteractionImport(job)
    if job.request.noun == "lead":
        from crm_cli.services.import_leads import LeadImport

        return LeadImport(job)
    from crm_cli.services.import_purchases import PurchaseImport

    return PurchaseImport(job)


def _write(job: Job, importer: Importer, staging: Staging, read: int) -> Result:
    session, request = job.session, job.request
    name = job.table.source.name
    with Unit(session) as unit:
        plan = _plan_applied(job, unit)
        outcome = importer.write(unit, staging)
        rejected = staging.reject_count()
        total = outcome.created + outcome.updated + outcome.unchanged + rejected
        if read != total:
            message = f"{name}: {read} rows read, but {total} accounted for; nothing was written"
            raise AssertionError(message)
        refusal = None
        if rejected and request.strict:
            refusal = import_result.strict_error(staging, read, rejected)
            if not job.plans:
                raise refusal
        path = Path(request.rejects or rejects.default_path(name, job.table.rejects_ending))
        digest = None
        if rejected and not session.dry_run:
            digest = write_rejects(path, job, staging, unit.connection)
        sample = [
            {"line": line, "field": column, "reason": reason}
            for line, column, reason in staging.first_rejected(20)
        ]
        run_values = {
            "noun": request.noun,
            "source": name,
            "read_rows": read,
            "created": outcome.created,
            "updated": outcome.updated,
            "unchanged": outcome.unchanged,
            "rejected": rejected,
            "rejects_file": str(path) if rejected else None,
            "rejects_digest": digest,
            "plan": plan,
        }
        if not unit.is_empty:
            store.record_run(
                unit.batch, unit.draw("import_runs"), unit.entry_id, unit.at, run_values
            )
            unit.count_records(outcome.created + outcome.updated)
        writer = _plan_writer(job, importer)
        unit.commit(
            import_result.summary(request.noun, name, outcome),
            then=partial(writer.write, unit, run_values, outcome.extra) if writer else None,
        )
    if not unit.entry_id and not session.dry_run:
        with Unit(session, kind="system") as ledger:
            store.record_run(
                ledger.batch, ledger.draw("import_runs"), ledger.entry_id, ledger.at, run_values
            )
            ledger.commit(f"import of {name}: nothing new")
    if not rejected and not session.dry_run:
        clear_rejects(path, session, job.remarks)
    result = import_result.of(job, run_values, outcome, unit.entry_id or None, sample)
    return writer.told(result, refusal) if writer else result


def _plan_applied(job: Job, unit: Unit) -> str | None:
    """Return the name of the plan that is carried out, None without one. Raises Conflict where
    the data has moved: under the lock, so that of two who apply one plan the second is told."""
    if job.request.apply is None:
        return None
    from crm_cli.services import import_plan

    return import_plan.check_state(unit.connection, job.table)


def _plan_writer(job: Job, importer: Importer) -> PlanWriter | None:
    if job.request.plan is None:
        return None
    from crm_cli.services.import_plan import PlanWriter

    return PlanWriter(job, importer, job.request.plan)
