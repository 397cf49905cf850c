"""Writing follow-ups as an iCalendar file (RFC 5545), for calendars that subscribe to it.

Every open round of a follow-up is an entry of its own under its own UID: the next round of one
that repeats is known only when this one is done, so that no RRULE could say it. The same entries
give the same bytes: nothing in the file is the time of writing.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from crm_cli.domain.values import safe

if TYPE_CHECKING:
    from collections.abc import Iterable

EVENT, TODO = "event", "todo"
KINDS = (EVENT, TODO)

MORNING = timedelta(hours=9)
"""When the alarm of a day without a time goes off, after the day's beginning."""

LENGTH = timedelta(minutes=30)
"""How long an entry with a time is shown; a follow-up has no length of its own."""

REFRESH = timedelta(hours=1)
"""How often a calendar is asked to look again."""


class Entry(NamedTuple):
    """One entry. ``at`` is the instant (UTC) of one with a time, None for a whole day ``on``;
    ``state`` is open, done or cancelled; instants are aware."""

    uid: str
    sequence: int
    on: date
    at: datetime | None
    summary: str
    description: str
    category: str
    state: str
    created: datetime
    changed: datetime
    done: datetime | None


def calendar(entries: Iterable[Entry], *, kind: str, name: str, zone: str) -> bytes:
    """Return the file: entries of one ``kind`` (event or todo) under a name that people see.

    Lines end with CRLF and are folded at 75 bytes. An event that is done or cancelled says
    CANCELLED, so that calendars drop it; a to-do says which.
    """
    import icalendar

    made = icalendar.Calendar()
    made.add("prodid", "-//crm-cli//follow-ups//EN")
    made.add("version", "2.0")
    made.add("calscale", "GREGORIAN")
    made.add("method", "PUBLISH")
    made.add("name", _text(name))
    made.add("x-wr-calname", _text(name))
    made.add("x-wr-timezone", zone)
    made.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    made.add("x-published-ttl", icalendar.vDuration(REFRESH))
    for entry in entries:
        made.add_component(_event(entry) if kind == EVENT else _todo(entry))
    content: bytes = made.to_ical()
    return content


def _text(text: str) -> str:
    """Return text that a calendar may hold: what a reader would obey or hide is made visible."""
    return safe(text.replace("\r\n", "\n").replace("\r", "\n"), keep_newlines=True)


def _filled(component: Any, entry: Entry) -> Any:
    component.add("uid", _text(entry.uid))
    component.add("dtstamp", entry.changed)
    component.add("created", entry.created)
    component.add("last-modified", entry.changed)
    component.add("sequence", entry.sequence)
    component.add("summary", " ".join(_text(entry.summary).split()))
    component.add("description", _text(entry.description))
    component.add("categories", [_text(entry.category)])
    return component


def _event(entry: Entry) -> Any:
    import icalendar

    event = _filled(icalendar.Event(), entry)
    if entry.at is None:
        event.add("dtstart", entry.on)
        # To the end of the calendar there is no day after.
        if entry.on < date.max:
            event.add("dtend", entry.on + timedelta(days=1))
    else:
        event.add("dtstart", entry.at)
        event.add("duration", LENGTH)
    event.add("transp", "TRANSPARENT")
    event.add("status", "CONFIRMED" if entry.state == "open" else "CANCELLED")
    if entry.state == "open":
        event.add_component(_alarm(entry, related="START"))
    return event


def _todo(entry: Entry) -> Any:
    import icalendar

    todo = _filled(icalendar.Todo(), entry)
    todo.add("due", entry.on if entry.at is None else entry.at)
    states = {"open": "NEEDS-ACTION", "done": "COMPLETED", "cancelled": "CANCELLED"}
    todo.add("status", states[entry.state])
    if entry.state == "done":
        todo.add("completed", entry.done)
        todo.add("percent-complete", 100)
    if entry.state == "open":
        todo.add_component(_alarm(entry, related="END"))
    return todo


def _alarm(entry: Entry, *, related: str) -> Any:
    import icalendar

    alarm = icalendar.Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", " ".join(_text(entry.summary).split()))
    after = MORNING if entry.at is None else timedelta()
    alarm.add("trigger", after, parameters={"RELATED": related})
    return alarm
