"""``remind calendar``: the follow-ups as a file that a phone's calendar subscribes to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from crm_cli import errors
from crm_cli.clock import instant_text, read_date
from crm_cli.domain.contact import choose
from crm_cli.domain.follow_up import due_instant
from crm_cli.exchange import ics
from crm_cli.result import Message, Record, Result, Text
from crm_cli.store import calendar as store

if TYPE_CHECKING:
    from datetime import tzinfo

    from crm_cli.session import Session

CLOSED_DAYS = 30
"""Days for which what was done or cancelled stays in the file, so that calendars drop it."""

STDOUT = "-"


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarRequest:
    """What was asked; ``mode`` is the octal text of the file's permissions."""

    file: str = STDOUT
    kind: str = ics.EVENT
    owner: str | None = None
    since: str | None = None
    until: str | None = None
    mode: str | None = None


def write(session: Session, request: CalendarRequest) -> Result:
    """Write the calendar to the file (0600 unless a mode is given), whole or not at all; or
    return it for stdout.

    Raises InvalidValue for a kind, day or mode that is none, or a file that is the store;
    BadFile where it cannot be written.
    """
    kind = choose("kind of entry", request.kind, ics.KINDS)
    mode = _mode(request.mode)
    rows = store.rows(session.reader, _asked(session, request))
    name = "Follow-ups" if request.owner is None else f"Follow-ups of {request.owner}"
    content = ics.calendar(
        (_entry(row, session.zone) for row in rows),
        kind=kind, name=name, zone=session.setting("timezone"),
    )  # fmt: skip
    if request.file == STDOUT:
        return Result(body=Text(content=content.decode()))
    messages = _written(session, request.file, content, mode)
    states = [row.state for row in rows]
    body = Record(
        noun="calendar",
        id_key="file",
        title=name,
        values={
            "file": request.file,
            "kind": kind,
            "owner": request.owner,
            "entries": len(rows),
            "open": states.count("open"),
            "done": states.count("done"),
            "cancelled": states.count("cancelled"),
            "bytes": len(content),
        },
    )
    return Result(body=body, messages=messages)


def _written(session: Session, file: str, content: bytes, mode: int) -> list[Message]:
    from pathlib import Path

    from crm_cli.exchange.output import placed_bytes, refuse_same

    refuse_same(file, session.path)
    if session.dry_run:
        return [Message("dry run: nothing was written")]
    try:
        with placed_bytes(Path(file), mode) as stream:
            stream.write(content)
    except OSError as error:
        raise errors.BadFile(
            f"{file} cannot be written: {error.strerror}",
            hint="check the name and the folder, or write - for stdout",
        ) from None
    return []


def _mode(text: str | None) -> int:
    if text is None:
        return 0o600
    try:
        mode = int(text, 8)
    except ValueError:
        mode = 0
    if not 0o400 <= mode <= 0o777 or not mode & 0o400:
        raise errors.InvalidValue(
            f"{text!r} is no mode of a file", hint="write 600, 640 or 644 (a web server may read)"
        )
    return mode


def _asked(session: Session, request: CalendarRequest) -> dict[str, str | None]:
    zone = session.zone
    now = session.clock.now(zone)
    days = {
        name: None if text is None else read_date(text, session.today, session.date_order)
        for name, text in (("since", request.since), ("until", request.until))
    }
    return {
        "closed_since": instant_text(now - timedelta(days=CLOSED_DAYS)),
        "owner": request.owner,
        **{name: None if day is None else day.isoformat() for name, day in days.items()},
    }


def _entry(row: store.Row, zone: tzinfo) -> ics.Entry:
    return ics.Entry(
        uid=row.uid,
        sequence=row.sequence,
        on=date.fromisoformat(row.due_on),
        at=due_instant(row.due_on, row.due_time, zone),
        summary=f"{row.contact}: {row.text.strip().splitlines()[0] if row.text.strip() else ''}",
        description=_description(row),
        category=row.kind,
        state=row.state,
        created=datetime.fromisoformat(row.created_at),
        changed=datetime.fromisoformat(row.updated_at),
        done=None if row.done_at is None else datetime.fromisoformat(row.done_at),
    )


def _description(row: store.Row) -> str:
    """Return what is to be done, how to reach the contact, and how to say that it is done."""
    ways = [way for way in (row.phone, row.email) if way]
    lines = [row.text, " ".join([row.contact, *ways])]
    if row.repeat:
        lines.append(f"Again: {row.repeat}")
    if row.owner:
        lines.append(f"Whose: {row.owner}")
    if row.state == "open":
        lines.append(f"Done: crm remind done {row.id}")
    return "\n".join(lines)
