"""Filling a file with a made-up business, and reporting on it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crm_cli import errors
from crm_cli.domain.values import search_key
from crm_cli.result import Level, Message, Record, Result, Several
from crm_cli.services import demo_follow_ups, demo_leads
from crm_cli.services import demo_names as names
from crm_cli.services.outcome import ask
from crm_cli.services.unit import Unit
from crm_cli.store import connection as opening
from crm_cli.store import journal
from crm_cli.store import settings as store

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from crm_cli.services.demo_business import Business, Person
    from crm_cli.services.demo_follow_ups import Step
    from crm_cli.services.demo_leads import Case
    from crm_cli.services.demo_talks import Talk
    from crm_cli.session import Session

CURRENCY, TIMEZONE = "EUR", "Europe/Dublin"
MARK = "demo"
"""The setting that marks a file as a demo, which a second run may replace."""
MOST = 100_000
ENTRIES = "demo-entries"
"""The setting that says how many entries of the history are the demo's own; what follows is
somebody's work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FillDemo:
    """Which file, how many private customers, and the seed they are drawn from."""

    file: str = "demo.db"
    customers: int = 400
    seed: int = 1


def fill(session: Session, request: FillDemo) -> Result:
    """Make the demo file and return its main reports.

    The file is made under another name and moved into place when complete. Raises Refused
    for the configured store and for a file that is no demo, InvalidValue for silly numbers. A demo
    that somebody has worked in is replaced when that is agreed: UsageError where nobody can.
    """
    if not 10 <= request.customers <= MOST:
        raise errors.InvalidValue(
            f"--customers {request.customers} is out of range", hint=f"write from 10 to {MOST}"
        )
    path = Path(request.file).expanduser()
    _refuse_real(session, path)
    from zoneinfo import ZoneInfo

    from crm_cli.services import demo_talks
    from crm_cli.services.demo_business import OWNERS, draw

    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    inner = session.on(fresh)
    try:
        today = session.clock.today(ZoneInfo(TIMEZONE))
        business = draw(today, request.customers, request.seed)
        talks = demo_talks.draw(today, business, request.seed, OWNERS)
        cases = demo_leads.draw(business, today, request.seed)
        _write(inner, business, talks, request.seed)
        if not session.dry_run:
            _write_leads(inner, cases)
        inner.close()
        if not session.dry_run:
            _put_in_place(fresh, path)
    finally:
        inner.close()
        for suffix in ("", "-wal", "-shm", "-journal"):
            fresh.with_name(fresh.name + suffix).unlink(missing_ok=True)
    if session.dry_run:
        return Result(
            body=_summary(path, business, talks, cases),
            messages=[Message("dry run: nothing was written")],
        )
    final = session.on(path)
    try:
        body = Several((_summary(path, business, talks, cases), *_reports(final)))
    finally:
        final.close()
    told = f"a made-up business is in {path}; look around: crm --db {path} contact list"
    return Result(body=body, messages=[Message(told, Level.HINT)])


def _refuse_real(session: Session, path: Path) -> None:
    if path.resolve() == session.path.resolve():
        raise errors.Refused(
            f"{path} is your own store; a demo never goes there",
            hint="name another file: crm demo demo.db",
        )
    reader = opening.open_reader(path, timeout=session.lock_timeout)
    if reader is None:
        return
    try:
        marked = store.find(reader, MARK) is not None
        counted = store.find(reader, ENTRIES)
        own = journal.changes_made(reader) - int(counted[1]) if counted else 0
    finally:
        reader.close()
    if not marked:
        raise errors.Refused(
            f"{path} exists and is no demo; it was left as it was",
            hint="name a file that does not exist yet",
        )
    if own > 0:
        what = "one change" if own == 1 else f"{own} changes"
        ask(session, f"{path} holds {what} made since the demo filled it. Replace it all?")


def _put_in_place(fresh: Path, path: Path) -> None:
    for suffix in ("-wal", "-shm"):  # of the demo that is replaced
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    fresh.replace(path)


def _summary(
    path: Path, business: Business, talks: Sequence[Talk], cases: Sequence[Case]
) -> Record:
    people = [person for person in business.people if person.kind == "person"]
    values = {
        "path": str(path),
        "people": len(people),
        "companies": len(business.people) - len(people),
        "products": len(names.PRODUCTS),
        "purchases": len(business.lines),
        "interactions": len(talks)
        + sum(step.verb == "log" for case in cases for step in case.steps),
        "leads": len(cases),
        "since": min(line.on for line in business.lines).isoformat(),
        "until": max(line.on for line in business.lines).isoformat(),
    }
    return Record(noun="demo", values=values, title="Beanfield Roasters (made up)", id_key="path")


def _reports(session: Session) -> Iterable[Any]:
    """Return the segments and the retention of the demo."""
    from crm_cli.reports import repeat, retention, segments

    results = (
        segments.report(session, segments.SegmentsRequest()),
        retention.report(session, retention.RetentionRequest(by="quarter")),
        repeat.report(session, repeat.RepeatRequest()),
    )
    return [result.body for result in results]


# -- writing ----------------------------------------------------------------------------------


def _write(session: Session, business: Business, talks: Sequence[Talk], seed: int) -> None:
    """Write everything: a few entries, as if it had been imported."""
    settings = {
        MARK: str(seed),
        "timezone": TIMEZONE,
        "currency": CURRENCY,
        "country": "IE",
        "sender": "Beanfield Roasters <hello@example.com>",
    }
    with Unit(session) as unit:
        for key, value in settings.items():
            unit.insert("settings", key=key, value=value)
        for sku, name, category, price, _ in names.PRODUCTS:
            unit.insert(
                "products", sku=sku, name=name, folded=search_key(name), category=category,
                price=price, currency=CURRENCY, is_active=1,
                service_interval="12 months" if category == "Machines" else None,
            )  # fmt: skip
        unit.count_records(len(settings) + len(names.PRODUCTS))
        unit.commit("set up the demo's settings and products")
    session.forget_settings()
    _write_people(session, business.people)
    _write_purchases(session, business)
    _write_follow_ups(session, demo_follow_ups.draw(business, session.today, seed))
    _write_talks(session, talks)


def _write_leads(session: Session, cases: Sequence[Case]) -> None:
    """Write the leads, and how many entries the demo is made of."""
    demo_leads.write(session, cases)
    with Unit(session, kind="system") as unit:
        made = journal.changes_made(unit.connection)
        unit.insert("settings", key=ENTRIES, value=str(made))
        unit.commit("counted the demo's entries")


def _stream(unit: Unit, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    first = unit.draw(table, len(rows))
    numbered = ((first + number, *row) for number, row in enumerate(rows))
    unit.insert_stream(table, ("id", *columns), numbered, first, len(rows))


def _write_people(session: Session, people: Sequence[Person]) -> None:
    with Unit(session) as unit:
        _stream(
            unit, "contacts",
            ("uid", "kind", "name", "folded", "first_name", "last_name", "company_id",
             "job_title", "role", "source", "owner", "referred_by_id", "created_at", "updated_at"),
            [
                (unit.uid("contacts", p.number), p.kind, p.name, search_key(p.name), p.first_name,
                 p.last_name, p.company, p.job_title, p.role, p.source, p.owner, p.referred_by,
                 f"{p.since}T09:00:00Z", f"{p.since}T09:00:00Z")
                for p in people
            ],
        )  # fmt: skip
        _stream(
            unit, "emails", ("contact_id", "value", "is_primary"),
            [(p.number, p.email, 1) for p in people if p.email],
        )  # fmt: skip
        _stream(
            unit, "phones", ("contact_id", "value", "raw", "is_primary"),
            [(p.number, p.phone, p.phone, 1) for p in people if p.phone],
        )  # fmt: skip
        _stream(
            unit, "addresses", ("contact_id", "street", "city", "region", "country"),
            [(p.number, p.street, *p.town, "IE") for p in people if p.town],
        )  # fmt: skip
        labels = sorted({tag for p in people for tag in p.tags})
        _stream(unit, "tags", ("key", "label"), [(label, label) for label in labels])
        _stream(
            unit, "contact_tags", ("contact_id", "tag_id"),
            [(p.number, labels.index(tag) + 1) for p in people for tag in p.tags],
        )  # fmt: skip
        _stream(
            unit, "relations", ("contact_id", "other_id", "kind", "title", "started_on"),
            [
                (p.number, p.company, "employment", p.job_title, p.since.isoformat())
                for p in people
                if p.company
            ],
        )  # fmt: skip
        unit.count_records(len(people))
        unit.commit(f"added the demo's {len(people)} contacts")


def _write_talks(session: Session, talks: Sequence[Talk]) -> None:
    at = [f"{talk.at.isoformat()}Z" for talk in talks]
    with Unit(session) as unit:
        _stream(
            unit, "interactions",
            ("uid", "contact_id", "happened_at", "channel", "direction", "subject", "body",
             "outcome", "sentiment", "duration_minutes", "by_name", "created_at", "updated_at"),
            [
                (unit.uid("interactions", number), talk.contact, when, talk.scene.channel,
                 talk.scene.direction, talk.scene.subject, talk.scene.text, talk.outcome,
                 talk.scene.mood, talk.minutes, talk.by, when, when)
                for number, (talk, when) in enumerate(zip(talks, at, strict=True), start=1)
            ],
        )  # fmt: skip
        _stream(
            unit, "interaction_participants", ("interaction_id", "contact_id"),
            [(n, other) for n, talk in enumerate(talks, start=1) for other in talk.others],
        )  # fmt: skip
        tasks = [(n, talk) for n, talk in enumerate(talks, start=1) if talk.due_on and talk.task]
        _stream(
            unit, "follow_ups",
            ("uid", "contact_id", "kind", "due_on", "text", "owner", "state", "done_at", "done_by",
             "interaction_id", "created_at", "updated_at"),
            [
                (unit.uid("follow_ups", row), talk.contact, talk.kind, str(talk.due_on), talk.task,
                 talk.by, "done" if talk.done_at else "open",
                 f"{talk.done_at.isoformat()}Z" if talk.done_at else None,
                 talk.by if talk.done_at else None, n, at[n - 1], at[n - 1])
                for row, (n, talk) in enumerate(tasks, start=1)
            ],
        )  # fmt: skip
        unit.count_records(len(talks))
        unit.commit(f"added the demo's {len(talks)} talks")


def _write_purchases(session: Session, business: Business) -> None:
    lines = business.lines
    with Unit(session) as unit:
        _stream(
            unit, "purchases",
            ("uid", "contact_id", "purchased_on", "kind", "order_number", "product_id",
             "description", "quantity", "amount", "currency", "channel", "returns_id"),
            [
                (unit.uid("purchases", number), line.contact, line.on.isoformat(), line.kind,
                 line.order_number, line.product, names.PRODUCTS[line.product - 1][1],
                 line.quantity * 1000, line.amount, CURRENCY, line.channel, line.returns)
                for number, line in enumerate(lines, start=1)
            ],
        )  # fmt: skip
        unit.count_records(len(lines))
        unit.commit(f"added the demo's {len(lines)} purchases")


def _write_follow_ups(session: Session, steps: Sequence[Step]) -> None:
    with Unit(session) as unit:
        _stream(
            unit, "follow_ups",
            ("uid", "contact_id", "kind", "due_on", "due_time", "text", "repeat_text",
             "repeat_from", "occurrence", "state", "done_at", "done_by", "previous_id",
             "created_at", "updated_at"),
            [
                (unit.uid("follow_ups", number), step.contact, step.kind, step.due_on.isoformat(),
                 step.time, step.text, step.repeat,
                 step.repeat_from.isoformat() if step.repeat_from else None,
                 step.due_on.isoformat() if step.repeat else None,
                 "done" if step.done_on else "open",
                 f"{step.done_on}T15:00:00Z" if step.done_on else None,
                 "mara" if step.done_on else None, step.previous,
                 f"{step.made_on}T09:00:00Z", f"{step.done_on or step.made_on}T15:00:00Z")
                for number, step in enumerate(steps, start=1)
            ],
        )  # fmt: skip
        unit.count_records(len(steps))
        unit.commit(f"added the demo's {len(steps)} follow-ups")
