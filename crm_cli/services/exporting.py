"""Exporting all records of a noun: CSV (or TSV) or a spreadsheet in our own layout, JSON Lines,
vCards. All of them import back.

Records are read some hundred at a time out of one state of the store, so that an export of any
size needs little memory.
"""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crm_cli import errors
from crm_cli.exchange.cells import defuse, guard, join_list
from crm_cli.exchange.output import refuse_same, write_file
from crm_cli.result import Level, Message, Result, Stream
from crm_cli.store import exports as store
from crm_cli.store import fields

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from crm_cli.exchange.layouts import Layout
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

Rows = tuple[list[str], "Iterable[Mapping[str, Any]]"]


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
    if request.layout is not None:
        layout = _layout(connection, request.layout)
        for record in _contact_records(connection, only=only):
            layout.row(record)
        remarks = [*remarks, *_losses(layout, request.layout)]
        number -= layout.lost["companies"]
        found = (layout.row(record) for record in _contact_records(connection, only=only))
        protect = defuse if request.for_spreadsheet else guard
        chunks = _csv(layout.header, (row for row in found if row is not None), protect, ",")
    elif chosen == "vcard":
        from crm_cli.exchange.vcard_writer import cards

        chunks = cards(_contact_records(connection, only=only), request.vcard or "3.0")
    elif chosen == "jsonl" and request.noun == "contact":
        chunks = _json_lines(_contact_records(connection, session.today.isoformat(), only))
    elif chosen == "jsonl":
        chunks = _json_lines(_RECORDS[request.noun](connection, only))
    else:
        header, rows = _LAYOUTS[request.noun](connection, only)
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


# -- contacts -------------------------------------------------------------------------------------


def _contact_records(
    connection: sqlite3.Connection, today: str = "9999-12-31", only: Chosen | None = None
) -> Iterator[Mapping[str, Any]]:
    """Yield full records; their figures count nothing after ``today``."""
    from crm_cli.queries.contacts import kept_lines, record_values
    from crm_cli.queries.customers import keep_to
    from crm_cli.store.contacts import parts

    for ids in store.ids(connection, "contacts", only):
        found = parts(connection, ids)
        others = {
            other
            for part in found
            for other in (
                part.row["company_id"],
                part.row["referred_by_id"],
                *(tie["other_id"] for tie in part.relations),
            )
            if other
        }
        uids = store.uids(connection, "contacts", sorted(others))
        for part in found:
            keep_to(connection, part, today)
            values = record_values(part)
            values["company_uid"] = uids.get(part.row["company_id"])
            values["referred_by_uid"] = uids.get(part.row["referred_by_id"])
            for tie in values["relations"]:
                tie["other_uid"] = uids.get(tie["other_id"])
            if kept := kept_lines(part):
                values["vcard_properties"] = kept
            yield values


def _contact_rows(connection: sqlite3.Connection, only: Chosen | None) -> Rows:
    emails, phones, addresses, links = (
        store.most_entries(connection, table)
        for table in ("emails", "phones", "addresses", "links")
    )
    raw = ("", "_raw", "_label") if store.has_other_raw(connection) else ("", "_label")
    twins = store.has_twin_companies(connection)
    header = ["id", "uid", "kind", "name", "first_name", "last_name", "company"]
    header += ["company_uid"] if twins else []
    header += ["job_title", "role"]
    header += _numbered("email", max(emails, 1), ("", "_label"))
    header += _numbered("phone", max(phones, 1), raw)
    for number in range(1, max(addresses, 1) + 1):
        tail = "" if number == 1 else f"_{number}"
        header += [f"{part}{tail}" for part in ("street", "city", "region", "postcode", "country")]
        header.append(f"address{tail}_label")
    header += _numbered("link", links, ("", "_label"))
    header += [
        "birthday", "language", "tags", "source", "campaign", "owner", "referred_by_uid",
        "external_ids", "notes", "created_at", "updated_at", "archived_at",
    ]  # fmt: skip
    for name, table in (
        ("consents", "consent_events"), ("relations", "relations"),
        ("vcard_properties", "contact_properties"),
    ):  # fmt: skip
        header += [name] if store.count(connection, table) else []
    header += fields.export_columns(connection, "contact")
    return header, (_contact_row(record) for record in _contact_records(connection, only=only))


def _numbered(name: str, count: int, tails: Sequence[str]) -> list[str]:
    return [
        f"{name}{tail}" if number == 1 else f"{name}_{number}{tail}"
        for number in range(1, count + 1)
        for tail in tails
    ]


_TIE = ("other_uid", "other", "kind", "title", "started_on", "ended_on")


def _contact_row(record: Mapping[str, Any]) -> dict[str, Any]:
    from crm_cli.exchange.json_lines import flatten

    row: dict[str, Any] = flatten(
        {name: record[name] for name in ("emails", "phones", "addresses", "links")}
    )
    row.update({name: value for name, value in record.items() if not isinstance(value, list)})
    row["tags"] = join_list(record["tags"])
    row["external_ids"] = join_list(record["external_ids"])
    ties = [{name: tie[name] for name in _TIE if tie[name]} for tie in record["relations"]]
    row["relations"] = json.dumps(ties, ensure_ascii=False) if ties else ""
    consents = [{name: text for name, text in x.items() if text} for x in record["consents"]]
    row["consents"] = json.dumps(consents, ensure_ascii=False) if consents else ""
    kept = record.get("vcard_properties")
    row["vcard_properties"] = json.dumps(kept, ensure_ascii=False) if kept else ""
    return {**row, **record["fields"]}


def _layout(connection: sqlite3.Connection, name: str) -> Layout:
    """Return another product's layout. Raises InvalidValue for one there is not."""
    from crm_cli.domain.contact import choose
    from crm_cli.exchange.layouts import Layout
    from crm_cli.exchange.presets import LAYOUTS, load

    most = {
        field: store.most_entries(connection, table)
        for field, table in (
            ("email", "emails"), ("phone", "phones"), ("address", "addresses"), ("link", "links"),
        )
    }  # fmt: skip
    return Layout(load(choose("layout", name, LAYOUTS)), most)


def _losses(layout: Layout, name: str) -> list[Message]:
    """Say what the layout has no place for, and how often there was some."""
    if not layout.lost:
        return []
    told = ", ".join(f"{what} ({count})" for what, count in sorted(layout.lost.items()))
    return [Message(f"the layout of {name} has no place for: {told}", Level.WARNING)]


# -- products and purchases -----------------------------------------------------------------------


def _product_records(
    connection: sqlite3.Connection, only: Chosen | None
) -> Iterator[Mapping[str, Any]]:
    from crm_cli.queries.products import record_values
    from crm_cli.store.products import rows

    for ids in store.ids(connection, "products", only):
        values = fields.objects(connection, "product", ids)
        for row in rows(connection, store.AMONG, {"ids": json.dumps(ids)}):
            yield {**record_values(row), "fields": values[row["id"]]}


def _flat(records: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """Yield records with a key for each custom field."""
    return ({**record, **record["fields"]} for record in records)


def _product_rows(connection: sqlite3.Connection, only: Chosen | None) -> Rows:
    header = [
        "id", "uid", "sku", "name", "category", "price", "currency", "service_interval", "active",
        *fields.export_columns(connection, "product"),
    ]  # fmt: skip
    return header, _flat(_product_records(connection, only))


def _purchase_records(
    connection: sqlite3.Connection, only: Chosen | None
) -> Iterator[Mapping[str, Any]]:
    from crm_cli.queries.purchases import record_values
    from crm_cli.store.purchases import flat_rows

    for ids in store.ids(connection, "purchases", only):
        among = {"ids": json.dumps(ids)}
        links = store.purchase_links(connection, among)
        custom = fields.objects(connection, "purchase", ids)
        for row in flat_rows(connection, store.AMONG, among):
            values = record_values(row)
            contact, returned, product = links[values["id"]]
            yield {
                **values,
                "contact_uid": contact,
                "returns_uid": returned,
                "product_uid": product,
                "fields": custom[values["id"]],
            }


def _purchase_rows(connection: sqlite3.Connection, only: Chosen | None) -> Rows:
    header = [
        "id", "uid", "on", "contact", "contact_uid", "order_number", "kind", "product", "sku",
        "description", "quantity", "amount", "currency", "channel", "campaign", "external_id",
        "returns_uid", *fields.export_columns(connection, "purchase"),
    ]  # fmt: skip
    return header, _flat(_purchase_records(connection, only))


_RECORDS: dict[str, Callable[[sqlite3.Connection, Chosen | None], Iterator[Mapping[str, Any]]]] = {
    "product": _product_records,
    "purchase": _purchase_records,
}
_LAYOUTS: dict[str, Callable[[sqlite3.Connection, Chosen | None], Rows]] = {
    "contact": _contact_rows,
    "product": _product_rows,
    "purchase": _purchase_rows,
}
