"""Exporting all records of a noun: CSV (or TSV) in our own layout, or JSON Lines; all import back.

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
from crm_cli.result import Message, Result, Stream
from crm_cli.store import exports as store

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from crm_cli.session import Session

FORMATS = ("csv", "tsv", "jsonl")
ENDINGS = {"csv": "csv", "tsv": "tsv", "tab": "tsv", "jsonl": "jsonl", "ndjson": "jsonl"}
OTHERS = frozenset(
    "xlsx xlsm xls ods numbers json vcf ldif xml html htm md pdf sql db sqlite gz zip".split()
)
"""Endings that promise something else: a spreadsheet told to open such a file fails at it."""

Rows = tuple[list[str], "Iterable[Mapping[str, Any]]"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportRequest:
    """What an ``export`` verb was told; ``path`` None or ``-`` is stdout."""

    noun: str
    path: str | None = None
    format: str | None = None
    for_spreadsheet: bool = False


def run(session: Session, request: ExportRequest) -> Result:
    """Export every record of a noun.

    The format is the one said, else that of the file's ending. Raises InvalidValue for one that
    is not written here, BadFile where the file cannot
    be written.
    """
    chosen = _format(request)
    if request.path not in {None, "-"}:
        refuse_same(str(request.path), session.path)
    connection = session.reader
    store.begin(connection)
    table = f"{request.noun}s"
    number = store.count(connection, table)
    if chosen == "jsonl" and request.noun == "contact":
        chunks = _json_lines(_contact_records(connection, session.today.isoformat()))
    elif chosen == "jsonl":
        chunks = _json_lines(_RECORDS[request.noun](connection))
    else:
        header, rows = _LAYOUTS[request.noun](connection)
        delimiter = "\t" if chosen == "tsv" else ","
        chunks = _csv(header, rows, defuse if request.for_spreadsheet else guard, delimiter)
    where = "" if request.path in {None, "-"} else f" to {request.path}"
    said = Message(text=f"exported {number} {request.noun if number == 1 else table}{where}")
    if not where:
        return Result(body=Stream(chunks=chunks), messages=[said])
    write_file(str(request.path), chunks)
    return Result(messages=[said])


def _format(request: ExportRequest) -> str:
    ending = ""
    if request.path not in {None, "-"}:
        ending = Path(str(request.path)).suffix.removeprefix(".").lower()
    if request.format is None and ending in OTHERS:
        better = Path(str(request.path)).with_suffix("")
        if better.suffix.removeprefix(".").lower() not in ENDINGS:
            better = better.with_suffix(".jsonl" if ending == "json" else ".csv")
        raise errors.InvalidValue(
            f"an export is CSV, TSV or JSON Lines, and {request.path} would be none of them",
            hint=f"write {better}, or say the format: -f csv",
        )
    chosen = request.format or ENDINGS.get(ending, "csv")
    if chosen not in FORMATS:
        raise errors.InvalidValue(
            f"an export cannot be {chosen!r}: it is csv, tsv or jsonl (full records)",
            hint="write -f csv, -f tsv or -f jsonl",
        )
    return chosen


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
    connection: sqlite3.Connection, today: str = "9999-12-31"
) -> Iterator[Mapping[str, Any]]:
    """Yield full records; their figures count nothing after ``today``."""
    from crm_cli.queries.contacts import record_values
    from crm_cli.queries.customers import keep_to
    from crm_cli.store.contacts import parts

    for ids in store.ids(connection, "contacts"):
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
            yield values


def _contact_rows(connection: sqlite3.Connection) -> Rows:
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
    header += ["relations"] if store.count(connection, "relations") else []
    return header, (_contact_row(record) for record in _contact_records(connection))


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
    return row


# -- products and purchases -----------------------------------------------------------------------


def _product_records(connection: sqlite3.Connection) -> Iterator[Mapping[str, Any]]:
    from crm_cli.queries.products import record_values
    from crm_cli.store.products import rows

    for ids in store.ids(connection, "products"):
        bounds = {"first": ids[0], "last": ids[-1]}
        for row in rows(connection, "p.id BETWEEN :first AND :last", bounds):
            yield record_values(row)


def _product_rows(connection: sqlite3.Connection) -> Rows:
    header = [
        "id", "uid", "sku", "name", "category", "price", "currency", "service_interval", "active",
    ]  # fmt: skip
    return header, _product_records(connection)


def _purchase_records(connection: sqlite3.Connection) -> Iterator[Mapping[str, Any]]:
    from crm_cli.queries.purchases import record_values
    from crm_cli.store.purchases import flat_rows

    for ids in store.ids(connection, "purchases"):
        links = store.purchase_links(connection, ids[0], ids[-1])
        bounds = {"first": ids[0], "last": ids[-1]}
        for row in flat_rows(connection, "p.id BETWEEN :first AND :last", bounds):
            values = record_values(row)
            contact, returned, product = links[values["id"]]
            yield {
                **values,
                "contact_uid": contact,
                "returns_uid": returned,
                "product_uid": product,
            }


def _purchase_rows(connection: sqlite3.Connection) -> Rows:
    header = [
        "id", "uid", "on", "contact", "contact_uid", "order_number", "kind", "product", "sku",
        "description", "quantity", "amount", "currency", "channel", "campaign", "external_id",
        "returns_uid",
    ]  # fmt: skip
    return header, _purchase_records(connection)


_RECORDS: dict[str, Callable[[sqlite3.Connection], Iterator[Mapping[str, Any]]]] = {
    "product": _product_records,
    "purchase": _purchase_records,
}
_LAYOUTS: dict[str, Callable[[sqlite3.Connection], Rows]] = {
    "contact": _contact_rows,
    "product": _product_rows,
    "purchase": _purchase_rows,
}
