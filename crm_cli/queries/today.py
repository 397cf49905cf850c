"""The owner's morning: what is due, what was promised, whom to greet and whom to call.

All of it comes by index and in bounded numbers, whatever the store holds. As one JSON object:
date, overdue, due, promises, stay_in_touch, birthdays, quiet, stale_leads, leads_without_step,
next_call, coming, counts, reminders, warnings.

``overdue`` and ``due`` hold every open follow-up up to today, each in one of them; ``promises``
and ``stay_in_touch`` are those of both that were promised, or made by a cadence. Lists are cut at
the limit, ``counts`` says how many there are. Of ``quiet`` there are at most five, of
``stale_leads`` and ``leads_without_step`` too, unless a limit is given. ``next_call`` is the lead
that ``lead next`` names: id, title, contact_id, contact, phone, stage, value, currency, score, why;
null where nobody is to be called.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from crm_cli import errors
from crm_cli.clock import WEEKDAYS, instant_text
from crm_cli.domain.follow_up import due_instant, is_overdue
from crm_cli.queries import heartbeat
from crm_cli.result import Column, Kind, Level, Message, Record, Result, Table
from crm_cli.store import today as store

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import date, tzinfo

    from crm_cli.session import Session

KINDS = ("task", "promise", "touch", "date", "service")
TASKS = ("task", "date", "service")
"""What is neither a promise nor a cadence's: on the page those have lists of their own."""

FOR_PEOPLE, FOR_PROGRAMS = 20, 100
"""Rows a list has at most, unless a limit is given."""

QUIET_DAYS = 90
MOST_QUIET = 5
MOST_LEADS = 5
LEADS = ("stale_leads", "leads_without_step")
MOST_DAYS = 366


class Asked(NamedTuple):
    """Whose day (None: everybody's), days ahead for birthdays, rows a list (None: as usual)."""

    owner: str | None = None
    days: int = 7
    limit: int | None = None


class Day(NamedTuple):
    """A day as this moment of it sees it: ``past`` are the times of day that are over, of those
    at which something is due."""

    today: date
    zone: tzinfo
    past: Collection[str]

    def instant(self, due_on: str, due_time: str | None) -> str | None:
        """Return a wall-clock time as an instant, None without a time."""
        moment = due_instant(due_on, due_time, self.zone)
        return None if moment is None else instant_text(moment)


def _day(session: Session) -> Day:
    zone = session.zone
    now = session.clock.now(zone)
    today = session.today
    day = today.isoformat()
    # By the instant and not by the clock on the wall: in the nights the clocks change, a time may
    # not exist, and is then later than one that reads later; or twice, and means the first.
    times = store.times(session.reader, day)
    return Day(today=today, zone=zone, past={at for at in times if is_overdue(day, at, now, zone)})


# -- what is found ---------------------------------------------------------------------------------


class Found(NamedTuple):
    """Everything the screen says, as plain values."""

    lists: Mapping[str, Sequence[dict[str, Any]]]
    counts: Mapping[str, int]
    coming: int
    next_call: dict[str, Any] | None
    is_more: bool = False
    """Whether more leads may be without a step than were counted."""


def _find(session: Session, asked: Asked, day: Day, limit: int, *, for_people: bool) -> Found:
    connection = session.reader
    about = {
        "today": day.today.isoformat(),
        "past": "[" + ",".join(f'"{at}"' for at in day.past) + "]",
        "owner": asked.owner,
    }
    tally = {"overdue": 0, "due": 0, "promises": 0, "stay_in_touch": 0}
    numbers = {(kind, late): count for kind, late, count in store.counts(connection, about)}
    for (kind, late), count in numbers.items():
        tally["overdue" if late else "due"] += count
        if kind in {"promise", "touch"}:
            tally["promises" if kind == "promise" else "stay_in_touch"] += count
    kinds = TASKS if for_people else KINDS
    if for_people:
        for late in (0, 1):
            name = "overdue" if late else "due"
            tally[name] = sum(numbers.get((kind, late), 0) for kind in TASKS)

    def rows(
        chosen: Sequence[str], count: int, *, late: bool | None = None
    ) -> list[dict[str, Any]]:
        if not count or not limit:
            return []
        found = store.due(connection, about, late=late, kinds=chosen, limit=limit)
        return [_follow_up(row, day) for row in found]

    stages = store.open_stages(connection)
    born = _birthdays(session, asked, day)
    tally["birthdays"] = len(born)
    leads, tally["leads_without_step"], is_more = _leads(session, asked, day, stages)
    lists = {
        "overdue": rows(kinds, tally["overdue"], late=True),
        "due": rows(kinds, tally["due"], late=False),
        "promises": rows(("promise",), tally["promises"]),
        "stay_in_touch": rows(("touch",), tally["stay_in_touch"]),
        "birthdays": born[:limit],
        "quiet": _quiet(session, asked, day),
        **leads,
    }
    return Found(
        lists=lists,
        counts=tally,
        coming=_coming(session, asked, day, about),
        next_call=_next_call(session, asked) if stages else None,
        is_more=is_more,
    )


def _leads(
    session: Session, asked: Asked, day: Day, stages: Sequence[tuple[int, int | None]]
) -> tuple[dict[str, list[dict[str, Any]]], int, bool]:
    """Return the lists of leads: those that stand still, and those without a next step; how many
    the latter are, and whether there may be more."""
    if not stages:
        return {name: [] for name in LEADS}, 0, False
    from crm_cli.queries import today_leads

    return today_leads.lists(session.reader, stages, day, asked.owner, _most_leads(asked))


def _most_leads(asked: Asked) -> int:
    return MOST_LEADS if asked.limit is None else asked.limit


_OF_CALL = (
    "id", "title", "contact_id", "contact", "phone", "stage", "value", "currency", "score", "why",
)  # fmt: skip


def _next_call(session: Session, asked: Asked) -> dict[str, Any] | None:
    """Return the lead to call now, and why, as ``lead next`` says; None for nobody."""
    from crm_cli.queries import lead_next

    body = lead_next.page(session, lead_next.Asked(owner=asked.owner)).body
    return {key: body.values[key] for key in _OF_CALL} if isinstance(body, Record) else None


def _follow_up(row: Sequence[Any], day: Day) -> dict[str, Any]:
    values = dict(zip(store.FOLLOW_UP_COLUMNS, row, strict=True))
    due_at = day.instant(values["due_on"], values["due_time"])
    late = values["due_on"] < day.today.isoformat() or (
        values["due_on"] == day.today.isoformat() and values["due_time"] in day.past
    )
    return {
        "id": values["id"],
        "contact_id": values["contact_id"],
        "contact": values["contact"],
        "phone": values["phone"],
        "kind": values["kind"],
        "due_on": values["due_on"],
        "due_time": values["due_time"],
        "due_at": due_at,
        "overdue": late,
        "text": values["text"],
        "repeat": values["repeat"],
        "owner": values["owner"],
        "state": "open",
        "done_at": None,
        "lead_id": values["lead_id"],
        "ticket_id": None,
        "purchase_id": values["purchase_id"],
        "interaction_id": values["interaction_id"],
        "uid": values["uid"],
        "lead": values["lead"],
    }


def _coming(session: Session, asked: Asked, day: Day, about: Mapping[str, Any]) -> int:
    from datetime import timedelta

    try:
        until = (day.today + timedelta(days=asked.days)).isoformat()
    except OverflowError:
        until = "9999-12-31"
    return store.coming(session.reader, about, until)


def _birthdays(session: Session, asked: Asked, day: Day) -> list[dict[str, Any]]:
    """Return the birthdays from today on, the next first. Who was born on a 29 February has a
    birthday in every year: on the 28th where there is no 29th."""
    from datetime import timedelta

    falls_on: dict[str, date] = {}
    for ahead in range(asked.days + 1):
        try:
            at = day.today + timedelta(days=ahead)
        except OverflowError:
            break
        falls_on.setdefault(at.isoformat()[5:], at)
        if (at.month, at.day) == (2, 28) and (at + timedelta(days=1)).month == 3:
            falls_on.setdefault("02-29", at)
    found = []
    for contact_id, name, phone, birthday in store.birthdays(
        session.reader, list(falls_on), asked.owner
    ):
        on = falls_on[birthday[-5:]]
        age = None if birthday.startswith("--") else on.year - int(birthday[:4])
        found.append(
            {
                "contact_id": contact_id, "contact": name, "phone": phone,
                "on": on.isoformat(), "birthday": birthday,
                "age": age if age is None or age >= 0 else None,
            }
        )  # fmt: skip
    found.sort(key=lambda one: (one["on"], one["contact_id"]))
    return found


def _quiet(session: Session, asked: Asked, day: Day) -> list[dict[str, Any]]:
    """Return a few of the best customers whom nobody spoke to; the business's own currency
    first, for amounts in several cannot be set against each other."""
    from datetime import timedelta

    from crm_cli.domain.values import money_text

    try:
        # As in report quiet: silent for so many days, that is since so many days or longer.
        since = (day.today - timedelta(days=QUIET_DAYS - 1)).isoformat()
    except OverflowError:
        return []
    home = session.setting("currency")
    currencies = store.currencies(session.reader)
    currencies.sort(key=lambda currency: currency != home)
    found: list[dict[str, Any]] = []
    for currency in currencies:
        if len(found) >= MOST_QUIET:
            break
        rows = store.quiet(
            session.reader,
            {
                "currency": currency, "since": since,
                "since_at": day.instant(since, "00:00"), "owner": asked.owner,
                "limit": MOST_QUIET - len(found),
            },
        )  # fmt: skip
        found += [
            {
                "contact_id": contact_id, "contact": name, "phone": phone,
                "last_contacted_at": last_at, "last_purchase_on": last_on,
                "revenue": money_text(revenue, currency), "currency": currency,
            }
            for contact_id, name, phone, last_at, last_on, revenue in rows
        ]  # fmt: skip
    return found


# -- as a page, and as rows ------------------------------------------------------------------------


def page(session: Session, asked: Asked, *, for_people: bool) -> Result:
    """Return the morning as one record. Raises InvalidValue for days or a limit out of range."""
    limit = _check(asked, FOR_PEOPLE if for_people else FOR_PROGRAMS)
    day = _day(session)
    found = _find(session, asked, day, limit, for_people=for_people)
    beat = heartbeat.health(session)
    warnings = heartbeat.warnings(beat, day.zone)
    values = {
        "date": day.today.isoformat(),
        **found.lists,
        "next_call": found.next_call,
        "coming": found.coming,
        "counts": found.counts,
        "reminders": _reminders(beat),
        "warnings": warnings,
    }
    record = Record(
        noun="day",
        values=values,
        id_key="date",
        title=f"{WEEKDAYS[day.today.weekday()].capitalize()} {day.today.isoformat()}",
    )
    if for_people:
        from crm_cli.queries import today_page

        record = record._replace(
            shown=today_page.said(found, beat, asked, day), sections=today_page.sections(found, day)
        )
    return Result(body=record, messages=[Message(text, Level.WARNING) for text in warnings])


def _check(asked: Asked, usual: int) -> int:
    """Return how many rows a list may have."""
    if not 0 <= asked.days <= MOST_DAYS:
        raise errors.InvalidValue(f"--days cannot be {asked.days}", hint=f"write 0 to {MOST_DAYS}")
    if asked.limit is not None and asked.limit < 0:
        raise errors.InvalidValue("--limit cannot be negative")
    return usual if asked.limit is None else min(asked.limit, 1_000_000)


def _reminders(beat: heartbeat.Health) -> dict[str, Any]:
    run = beat.run or {}
    return {
        "every": beat.every,
        "last_run_at": run.get("started_at"),
        "last_run_exit": run.get("exit_code"),
        "sent": run.get("sent"),
        "overdue": beat.is_overdue,
        "running": beat.is_running,
        "cut_off": beat.cut_off,
        "waiting": beat.unsettled["waiting"],
        "failed": beat.unsettled["failed"],
        "in_doubt": beat.in_doubt,
    }


ROW_COLUMNS = (
    Column("list", "List"), Column("id", "ID", Kind.ID),
    Column("contact_id", "Contact ID", Kind.ID), Column("contact", "Contact"),
    Column("phone", "Phone"),
    Column("kind", "Kind"), Column("due_on", "Due", Kind.DATE), Column("due_time", "Time"),
    Column("due_at", "Due at", Kind.INSTANT), Column("text", "Text"), Column("owner", "Owner"),
    Column("on", "On", Kind.DATE), Column("last_contacted_at", "Last contact", Kind.INSTANT),
    Column("last_purchase_on", "Last purchase", Kind.DATE),
    Column("revenue", "Revenue", Kind.MONEY), Column("currency", "Currency"),
    Column("lead_id", "Lead ID", Kind.ID), Column("lead", "Lead"), Column("stage", "Stage"),
    Column("stage_age_days", "In stage", Kind.INTEGER), Column("value", "Value", Kind.MONEY),
)  # fmt: skip


def _as_row(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row of any list with a lead where rows of leads have it."""
    return {**row, "lead_id": row["id"], "lead": row["title"]} if "title" in row else row


def rows(session: Session, asked: Asked) -> Result:
    """Return the morning as flat rows, each with its list: overdue, due, birthdays, quiet,
    stale_leads, leads_without_step."""
    limit = _check(asked, FOR_PROGRAMS)
    day = _day(session)
    found = _find(session, asked, day, limit, for_people=False)
    keys = [column.key for column in ROW_COLUMNS]
    table = Table(
        noun="row",
        columns=ROW_COLUMNS,
        rows=[
            [name if key == "list" else row.get(key) for key in keys]
            for name in ("overdue", "due", "birthdays", "quiet", *LEADS)
            for row in map(_as_row, found.lists[name])
        ],
    )
    warnings = heartbeat.warnings(heartbeat.health(session), day.zone)
    return Result(body=table, messages=[Message(text, Level.WARNING) for text in warnings])
