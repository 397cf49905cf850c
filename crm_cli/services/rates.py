"""Writing dated currency rates: one by hand, or a file of them."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from crm_cli import errors
from crm_cli.domain.values import read_currency, safe
from crm_cli.result import Level, Message, Record, Result
from crm_cli.services.outcome import read_day
from crm_cli.services.unit import Unit
from crm_cli.store import rates as store

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator
    from typing import TextIO

    from crm_cli.session import Session

LARGEST_FILE = 50_000_000
"""Bytes; a century of daily rates for every currency is a fifth of that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddRate:
    """1 ``currency`` is worth ``rate`` units of ``quote`` (default: the business's)."""

    currency: str
    rate: str
    on: str | None = None
    quote: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRates:
    """A CSV file with the columns date, currency, rate and perhaps quote; ``-`` is stdin."""

    file: str
    quote: str | None = None


class Rate(NamedTuple):
    """One checked rate: canonical codes, ISO day, decimal text."""

    currency: str
    quote: str
    on: str
    rate: str

    @property
    def key(self) -> tuple[str, str, str]:
        """What may be there only once."""
        return self.currency, self.quote, self.on


def read_rate(text: str) -> str:
    """Return a rate as plain decimal text without trailing zeros: ``0,8800`` -> ``0.88``.

    Raises InvalidValue; for a comma before three digits too, which may part thousands.
    """
    from decimal import Decimal, InvalidOperation

    number = text.strip()
    whole, comma, fraction = number.partition(",")
    if comma and "." not in number and (len(fraction) != 3 or not whole.strip("+0")):
        number = f"{whole}.{fraction}"
    try:
        value = Decimal(number)
    except InvalidOperation:
        raise errors.InvalidValue(f"{text!r} is not a rate", hint="write it as 1.0823") from None
    if not value.is_finite() or not Decimal("1e-12") <= value <= Decimal("1e12"):
        raise errors.InvalidValue(f"{text!r} is not a rate", hint="a rate is a positive number")
    plain = format(value, "f")
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def _checked(currency: str, quote: str, on: str, rate: str) -> Rate:
    base, other = read_currency(currency), read_currency(quote)
    if base == other:
        raise errors.InvalidValue(
            f"{base} in {other} is always 1", hint="name another currency with --in"
        )
    return Rate(base, other, on, read_rate(rate))


def _record(row: store.RateRow) -> Record:
    return Record(noun="rate", values=row._asdict(), title=f"{row.currency} in {row.quote}")


def add(session: Session, request: AddRate) -> Result:
    """Add the rate of a day, or change it. Raises InvalidValue."""
    remarks: list[Message] = []
    on = read_day(session, request.on, "--on", remarks)
    rate = _checked(
        request.currency, request.quote or session.setting("currency"), on, request.rate
    )
    with Unit(session) as unit:
        _put(unit, store.find(unit.connection, rate.currency, rate.quote, rate.on), rate)
        unit.count_records(1)
        body = unit.commit(
            f"1 {rate.currency} = {rate.rate} {rate.quote} on {rate.on}",
            then=lambda connection: _find(connection, rate),
        )
    result = _written(session, unit, body)
    return result._replace(messages=[*remarks, *result.messages])


def _find(connection: sqlite3.Connection, rate: Rate) -> Record | None:
    row = store.find(connection, rate.currency, rate.quote, rate.on)
    return _record(row) if row else None


def _put(unit: Unit, found: store.RateRow | None, rate: Rate) -> str:
    """Collect one rate and return what becomes of it."""
    if found is None:
        unit.insert(
            "currency_rates", base=rate.currency, quote=rate.quote, valid_on=rate.on,
            rate=rate.rate,
        )  # fmt: skip
        return "created"
    changed = unit.update("currency_rates", found.id, {"rate": found.rate}, {"rate": rate.rate})
    return "updated" if changed else "unchanged"


def remove(session: Session, rate_id: int) -> Result:
    """Delete one rate. Raises NotFound."""
    with Unit(session) as unit:
        row = store.get(unit.connection, rate_id)
        if row is None:
            raise errors.NotFound(f"no rate {rate_id}", hint="see crm config rate list")
        unit.delete("currency_rates", rate_id)
        unit.count_records(1)
        unit.commit(f"removed 1 {row.currency} = {row.rate} {row.quote} on {row.on}")
    return _written(session, unit, _record(row))


def _written(session: Session, unit: Unit, body: Record | None, code: int = 0) -> Result:
    if session.dry_run:
        message = Message("dry run: nothing was written")
    elif not unit.entry_id:
        message = Message("nothing changed")
    else:
        message = Message(f"undo: crm undo {unit.entry_id}", Level.HINT)
    return Result(body=body, messages=[message], exit_code=code)


# -- a file of rates --------------------------------------------------------------------------

REQUIRED = ("date", "currency", "rate")


def import_file(session: Session, request: ImportRates, stdin: TextIO) -> Result:
    """Add or change the rates of a CSV file in one entry; bad lines are named, exit 6. There is
    no reject file: a rate is known by day and currency, so that the mended file says it all again.

    Raises BadFile for a file without the columns, InvalidValue for an unknown ``--in``.
    """
    started = time.monotonic()
    quote = read_currency(request.quote) if request.quote else session.setting("currency")
    counts = dict.fromkeys(("read", "created", "updated", "unchanged", "rejected"), 0)
    rejections: list[dict[str, Any]] = []
    rates: dict[tuple[str, str, str], Rate] = {}
    for line, cells in _rows(request.file, stdin):
        counts["read"] += 1
        try:
            rate = _read_row(session, cells, quote)
            earlier = rates.setdefault(rate.key, rate)
            if earlier is rate:
                continue
            if earlier != rate:
                raise errors.InvalidValue(f"a second rate for {rate.currency} on {rate.on}")
            counts["unchanged"] += 1
        except errors.InvalidValue as error:
            rejections.append({"line": line, "field": None, "reason": error.message})
    counts["rejected"] = len(rejections)
    with Unit(session) as unit:
        known = store.by_key(unit.connection)
        for rate in rates.values():
            counts[_put(unit, known.get(rate.key), rate)] += 1
        unit.count_records(counts["created"] + counts["updated"])
        unit.commit(f"imported {counts['read']} currency rates")
    source = "stdin" if request.file == "-" else request.file
    values = {
        "import": unit.entry_id or None, "source": source, **counts, "rejects_file": None,
        "rejections": rejections, "warnings": [],
        "seconds": round(time.monotonic() - started, 3),
    }  # fmt: skip
    if session.dry_run:
        values["dry_run"] = True
    body = Record(noun="import", values=values, title=f"rates from {source}", id_key="import")
    result = _written(session, unit, body, 6 if rejections else 0)
    lines = [
        Message(f"{source}:{rejection['line']}: {rejection['reason']}", Level.WARNING)
        for rejection in rejections[:20]
    ]
    if len(rejections) > 20:
        lines.append(Message(f"... and {len(rejections) - 20} more lines", Level.WARNING))
    return Result(body=body, messages=[*lines, *result.messages], exit_code=result.exit_code)


def _read_row(session: Session, cells: dict[str, str], quote: str) -> Rate:
    from crm_cli.clock import read_date

    for name in REQUIRED:
        if not cells.get(name):
            raise errors.InvalidValue(f"no {name}")
    on = read_date(cells["date"], session.today, session.date_order).isoformat()
    return _checked(cells["currency"], cells.get("quote") or quote, on, cells["rate"])


def _rows(name: str, stdin: TextIO) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield (line number, cells by lower-case header) of every row that is not empty."""
    import csv
    import io

    text = _text(name, stdin)
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        header = [cell.strip().lower() for cell in next(reader, [])]
        missing = [column for column in REQUIRED if column not in header]
        if missing:
            raise errors.BadFile(
                f"{name}: no column {' and no '.join(missing)}",
                hint="the first line names the columns: date,currency,rate[,quote]",
            )
        for row in reader:
            if any(cell.strip() for cell in row):
                cells = (cell.strip() for cell in row)
                yield reader.line_num, dict(zip(header, cells, strict=False))
    except csv.Error as error:
        raise errors.BadFile(
            f"{name}:{reader.line_num}: {error}", hint="a quote may be open in that line"
        ) from error


def _text(name: str, stdin: TextIO) -> str:
    from pathlib import Path

    try:
        if name == "-":
            content = stdin.buffer.read(LARGEST_FILE + 1)
        else:
            with Path(name).open("rb") as file:
                content = file.read(LARGEST_FILE + 1)
        if len(content) > LARGEST_FILE:
            raise errors.BadFile(
                f"{name} is too large for a file of rates",
                hint=f"split it: {LARGEST_FILE // 1_000_000} MB are the most",
            )
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise errors.BadFile(
            f"{name} is not UTF-8 text: {error.reason}", hint="save it as CSV in UTF-8"
        ) from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise errors.BadFile(
            f"{safe(name)} cannot be read: {reason}", hint="check the name and the folder"
        ) from error
