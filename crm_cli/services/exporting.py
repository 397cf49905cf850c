"""Exporting all records of a noun: CSV (or TSV) or a spreadsheet in our own layout, JSON Lines,
vCards. All of them import back.

Records are read some hundred at a time out of one state of the store, so that an export of any
size needs little memory.
"""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crm_cli import errors
from crm_cli.exchange.cells import defuse, guard
from crm_cli.exchange.output import refuse_same, write_file
from crm_cli.result import Message, Result, Stream
from crm_cli.services import export_layouts as layouts
from crm_cli.services import export_leads as leads
from crm_cli.services.export_rows import LAYOUTS, RECORDS, contact_records
from crm_cli.store import exports as store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from crm_cli.session import Session
    from crm_cli.store.filters import Chosen

FORMATS = ("csv", "tsv", "jsonl")
ENDINGS = {
    "csv": "csv", "tsv": "tsv", "tab": "tsv", "jsonl": "jsonl", "ndjson": "jsonl",
    "vcf": "vcard", "vcard": "vcard", "xlsx": "xlsx",
}  # fmt: skip
SHEETS = frozenset("xlsm xlsb xls ods numbers".split())
OTHERS = SHEETS | frozenset("json ldif xml html htm md pdf sql db sqlite gz zip".split())
"""Endings that promise something else: a spreadsheet told to open such a file fails at it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportRequest:
    """What an ``export`` verb was told; ``path`` None or ``-`` is stdout, ``vcard`` a version,
    ``where`` a filter, ``layout`` another product."""

    noun: str
    path: str | None = None
    format: str | None = None
    vcard: str | None = None
    for_spreadsheet: bool = False
    where: str | None = None
    layout: str | None = None


def run(session: Session, request: ExportRequest) -> Result:
    """Export every record of a noun, or those a filter chooses.

    The format is the one said, else that of the file's ending. Raises InvalidValue for one that
    is not written here or a filter that is none, BadFile where the file cannot be written.
    """
    chosen = _format(request)
    if request.path not in {None, "-"}:
        refuse_same(str(request.path), session.path)
    connection = session.reader
    store.begin(connection)
    table = f"{request.noun}s"
    only, remarks = _narrowed(session, request)
    number = store.count(connection, table, only)
    if request.layout is not None and chosen != "vcard":
        product = layouts.named(request.noun, request.layout)
        if request.noun == "lead":
            laid = layouts.leads(session, product, only)
        else:
            write = layouts.orders if request.noun == "purchase" else layouts.contacts
            laid = write(connection, product, only)
        header, rows, left_out, more = laid
        remarks = [*remarks, *more]
        number -= left_out
        chunks = _csv(header, rows, defuse if request.for_spreadsheet else guard, ",")
    elif chosen == "vcard":
        from crm_cli.exchange.vcard_writer import cards

        chunks = cards(contact_records(connection, only=only), request.vcard or "3.0")
    elif chosen == "jsonl" and request.noun == "contact":
        chunks = _json_lines(contact_records(connection, session.today.isoformat(), only))
    elif chosen == "jsonl" and request.noun == "lead":
        chunks = _json_lines(leads.records(session, only))
    elif chosen == "jsonl":
        chunks = _json_lines(RECORDS[request.noun](connection, only))
    else:
        is_lead = request.noun == "lead"
        laid_out = leads.rows(session, only) if is_lead else LAYOUTS[request.noun](connection, only)
        header, rows = laid_out
        if chosen == "xlsx":
            _write_sheet(str(request.path), table, header, rows)
        delimiter = "\t" if chosen == "tsv" else ","
        chunks = _csv(header, rows, defuse if request.for_spreadsheet else guard, delimiter)
    where = "" if request.path in {None, "-"} else f" to {request.path}"
    said = Message(text=f"exported {number} {request.noun if number == 1 else table}{where}")
    if not where:
        return Result(body=Stream(chunks=chunks), messages=[*remarks, said])
    if chosen != "xlsx":
        write_file(str(request.path), chunks)
    return Result(messages=[*remarks, said])


def _narrowed(session: Session, request: ExportRequest) -> tuple[Chosen | None, list[Message]]:
    """Return the condition of the filter and its remarks. Raises InvalidValue."""
    if request.where is None:
        return None, []
    from crm_cli.queries import filtering

    found = filtering.read(session, request.noun, request.where)
    return found.chosen, found.remarks


def _format(request: ExportRequest) -> str:
    ending = ""
    if request.path not in {None, "-"}:
        ending = Path(str(request.path)).suffix.removeprefix(".").lower()
    meant = ENDINGS.get(ending, "csv")
    if request.layout and layouts.named(request.noun, request.layout) == layouts.APPLE:
        return _apple(request, ending)
    if request.vcard is not None or (meant == "vcard" and not request.format):
        return _vcard(request)
    if request.format is None and ending in OTHERS:
        raise _promising_another(Path(str(request.path)), ending)
    chosen = request.format or meant
    if request.layout is not None and chosen != "csv":
        raise errors.InvalidValue("--layout writes CSV", hint="leave -f out, or write -f csv")
    if chosen not in {*FORMATS, "xlsx"}:
        raise errors.InvalidValue(
            f"an export cannot be {chosen!r}: it is csv, tsv or jsonl (full records)",
            hint="write -f csv, -f tsv or -f jsonl",
        )
    return chosen


def _promising_another(path: Path, ending: str) -> errors.InvalidValue:
    """Return the error about a file whose ending no export keeps."""
    better = path.with_suffix("")
    if better.suffix.removeprefix(".").lower() not in ENDINGS:
        kept = ".xlsx" if ending in SHEETS else ".jsonl" if ending == "json" else ".csv"
        better = better.with_suffix(kept)
    return errors.InvalidValue(
        f"an export is CSV, TSV, JSON Lines, a spreadsheet (.xlsx) or, of contacts, vCards;"
        f" {path} would be none of them",
        hint=f"write {better}, or say the format: -f csv",
    )


def _write_sheet(
    path: str, title: str, header: Sequence[str], rows: Iterable[Mapping[str, Any]]
) -> None:
    from crm_cli.exchange.sheet_writer import write_sheet

    try:
        write_sheet(Path(path), title, header, rows)
    except OSError as error:
        raise errors.BadFile(
            f"{path} cannot be written: {error.strerror or error}",
            hint="check the name and the folder",
        ) from None


def _apple(request: ExportRequest, ending: str) -> str:
    """Return the format that Apple's programs take. Raises InvalidValue for another one."""
    said = request.format or (ending if ENDINGS.get(ending, "vcard") != "vcard" else "")
    if said:
        raise errors.InvalidValue(
            f"Apple's programs take vCards, not {said}", hint="name a file ending in .vcf"
        )
    return _vcard(replace(request, layout=None))


def _vcard(request: ExportRequest) -> str:
    from crm_cli.exchange.vcard_writer import VERSIONS

    if request.noun != "contact":
        raise errors.InvalidValue(
            f"{request.noun}s cannot be vCards", hint="name a file ending in .csv or .jsonl"
        )
    other = request.format or (request.layout and f"--layout {request.layout}")
    if other:
        raise errors.InvalidValue(
            f"an export cannot be vCards and {other!r} at once", hint="leave one out"
        )
    if request.vcard not in {None, *VERSIONS}:
        raise errors.InvalidValue(
            f"{request.vcard!r} is no version of vCard to write", hint="write --vcard 3.0 or 4.0"
        )
    return "vcard"


# -- text ---------------------------------------------------------------------------------------


def _json_lines(records: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    for record in records:
        yield json.dumps(record, ensure_ascii=False) + "\n"


def _csv(
    header: Sequence[str],
    rows: Iterable[Mapping[str, Any]],
    protect: Callable[[str], str],
    delimiter: str,
) -> Iterator[str]:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n", delimiter=delimiter)
    writer.writerow(header)
    for count, row in enumerate(rows, start=1):
        writer.writerow([protect(_cell(row.get(name))) for name in header])
        if not count % store.CHUNK:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if value is True or value is False:
        return "true" if value else "false"
    return str(value)
