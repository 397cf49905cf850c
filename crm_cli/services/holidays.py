"""Holidays of the business from a calendar file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from crm_cli import errors
from crm_cli.domain.business import read_holidays
from crm_cli.domain.values import safe
from crm_cli.queries import settings as queries
from crm_cli.result import Level, Message, Result
from crm_cli.services.outcome import written
from crm_cli.services.unit import Unit
from crm_cli.store import settings as store

if TYPE_CHECKING:
    from typing import TextIO

    from crm_cli.session import Session

LARGEST_FILE = 20_000_000
"""Bytes; the public holidays of a country for a century are a hundredth of that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportHolidays:
    """A calendar file, ``-`` for stdin; ``replace``: in place of the holidays there are."""

    file: str
    replace: bool = False


def import_file(session: Session, request: ImportHolidays, stdin: TextIO) -> Result:
    """Add the all-day events of a calendar to the holidays, or put them in their place.

    Raises BadFile for a file that is no calendar or cannot be read.
    """
    from crm_cli.exchange import holiday_calendar

    name = "stdin" if request.file == "-" else safe(request.file)
    found = holiday_calendar.read(name, _content(request.file, name, stdin), session.today.year)
    if not found.days:
        raise errors.BadFile(
            f"{name} has no all-day events ({found.timed} with a time)",
            hint="holidays are all-day events",
        )
    with Unit(session) as unit:
        stored = store.find(unit.connection, "holidays")
        before = set(stored[1].replace(",", " ").split()) if stored else set()
        after = set(found.days) | (set() if request.replace else before)
        value = read_holidays(" ".join(after))
        if stored is None:
            unit.insert("settings", key="holidays", value=value)
        else:
            unit.update("settings", stored[0], {"value": stored[1]}, {"value": value})
        unit.count_records(1)
        body = unit.commit(
            f"imported {len(found.days)} holidays",
            then=lambda _: queries.record(session, queries.Personal(), "holidays"),
        )
    session.forget_settings()
    new = len(set(found.days) - before)
    yearly = sum(len(day) == len("12-25") for day in found.days)
    told = f"{name}: {len(found.days)} holidays ({yearly} every year), {new} of them new"
    gone = len(before - after)
    if gone:
        told += f"; {gone} that were there are gone"
    remarks = [Message(told)]
    if found.timed:
        remarks.append(Message(f"{found.timed} events with a time were left out"))
    remarks += [Message(remark, Level.WARNING) for remark in found.remarks]
    return written(body, unit, remarks)


def _content(file: str, name: str, stdin: TextIO) -> bytes:
    from pathlib import Path

    try:
        if file == "-":
            content = stdin.buffer.read(LARGEST_FILE + 1)
        else:
            with Path(file).open("rb") as opened:
                content = opened.read(LARGEST_FILE + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise errors.BadFile(
            f"{name} cannot be read: {reason}", hint="check the name and the folder"
        ) from error
    if len(content) > LARGEST_FILE:
        raise errors.BadFile(
            f"{name} is too large for a calendar of holidays",
            hint=f"{LARGEST_FILE // 1_000_000} MB are the most",
        )
    return content
