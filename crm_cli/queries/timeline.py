"""A contact's timeline: talks, purchases, leads, follow-ups, consents, in one list, the newest
first.

Days and times are those of the business's clock. What is open stands on the day it is due, so
that what is to come stands above what was.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Any, NamedTuple

from crm_cli.result import Column, Kind, Message, Result, Section, Table
from crm_cli.store import timeline as store

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Sequence
    from datetime import tzinfo

    from crm_cli.session import Session

ON_A_PAGE = 15
"""So many lines of the timeline stand on a contact's page."""

AFTER_ALL = "~"
"""A text behind every instant and every day."""

KINDS = ("interaction", "purchase", "return", "lead", "follow-up", "consent", "record")

COLUMNS = (
    Column("when", "When"),
    Column("event", "Event"),
    Column("what", "What"),
    Column("by", "By"),
    Column("kind", "Kind"),
    Column("id", "ID", Kind.ID),
    Column("at", "At", Kind.INSTANT),
    Column("on", "Day", Kind.DATE),
    Column("channel", "Channel"),
    Column("direction", "Direction"),
    Column("outcome", "Outcome"),
    Column("state", "State"),
    Column("amount", "Amount", Kind.MONEY),
    Column("currency", "Currency"),
)
SHOWN = ("when", "event", "what", "by")


class Event(NamedTuple):
    """One thing that happened. ``at`` is its instant, None where only the day is known; ``key``
    puts events in order."""

    key: tuple[str, int, int]
    kind: str
    id: int
    at: str | None
    on: str
    when: str
    event: str
    what: str | None
    by: str | None = None
    channel: str | None = None
    direction: str | None = None
    outcome: str | None = None
    state: str | None = None
    amount: str | None = None
    currency: str | None = None


def _row(event: Event) -> tuple[Any, ...]:
    return tuple(getattr(event, column.key) for column in COLUMNS)


class _Clock:
    """Instants as days and times of the business's clock."""

    def __init__(self, zone: tzinfo) -> None:
        self.zone = zone

    def local(self, instant: str) -> datetime:
        value = datetime.fromisoformat(instant)
        value = value if value.tzinfo else value.replace(tzinfo=UTC)
        try:
            return value.astimezone(self.zone)
        except OverflowError:
            return value

    def times(self, instant: str) -> dict[str, str]:
        """Return the fields of an event that has an instant."""
        local = self.local(instant)
        # Not strftime: its %Y has no leading zeros on Linux.
        day = local.date().isoformat()
        return {"at": instant, "on": day, "when": f"{day} {local:%H:%M}"}

    def morning(self, day: str) -> str:
        """Return the instant in which a day begins, to put events in order."""
        from crm_cli.clock import instant_text

        try:
            return instant_text(datetime.combine(date.fromisoformat(day), time(), self.zone))
        except OverflowError:
            return day


# -- one contact ----------------------------------------------------------------------------------


def section(session: Session, contact_id: int) -> Section | None:
    """Return the newest of the timeline for a contact's page, without the open follow-ups, which
    have a list of their own there; None where it would only say again what stands there."""
    connection = session.reader
    if not store.has_more(connection, contact_id):
        return None
    window = store.Window("", AFTER_ALL, "", AFTER_ALL, ON_A_PAGE + 1)
    events = _events(connection, contact_id, window, session.zone, KINDS, with_people=False)
    events = [event for event in events if event.state != "open"]
    title = "Timeline"
    if len(events) > ON_A_PAGE:
        title = f"The newest of the timeline; all: crm contact timeline {contact_id}"
        del events[ON_A_PAGE:]
    table = Table(noun="event", columns=COLUMNS, rows=[_row(event) for event in events])
    return Section(title=title, table=table._replace(default_columns=SHOWN))


def listing(
    session: Session, who: str, *, kinds: Sequence[str] = (), since: str | None = None,
    until: str | None = None, period: str | None = None, with_people: bool = False,
    where: str | None = None, limit: int | None = None,
) -> Result:  # fmt: skip
    """Return a contact's timeline, the newest first.

    ``kinds`` narrows it to some of ``KINDS``, days to what lies from one to another;
    ``with_people`` adds the talks of the people who work at a company. Raises InvalidValue,
    NotFound and Ambiguous.
    """
    from crm_cli.domain.contact import choose
    from crm_cli.queries import resolve
    from crm_cli.reports import local_days
    from crm_cli.reports.scope import Bounds, read_span

    connection = session.reader
    wanted = [choose("kind", kind, KINDS) for kind in kinds] or list(KINDS)
    contact_id = resolve.contact_id(connection, who, country=resolve.country_for(session, who))
    remarks: list[Message] = []
    bounds = Bounds(since=since, until=until, period=period)
    first, last = read_span(session, bounds, session.today, remarks)
    zone = session.zone
    window = store.Window(
        "" if first is None else local_days.begins(first, zone),
        AFTER_ALL if last is None else local_days.ends(last, zone),
        "" if first is None else first.isoformat(),
        AFTER_ALL if last is None else last.isoformat(),
        -1 if limit is None or where is not None else limit,
    )
    events = _events(connection, contact_id, window, zone, wanted, with_people=with_people)
    if window.limit >= 0:
        del events[window.limit :]
    table = Table(noun="event", columns=COLUMNS, rows=[_row(event) for event in events])
    table = table._replace(default_columns=SHOWN)
    if where is None:
        return Result(body=table, messages=remarks)
    from crm_cli.queries.row_filtering import narrowed

    found = narrowed(session, table, where, {"kind": KINDS}, numbers=("amount",))
    return found._replace(messages=[*remarks, *found.messages])


def _events(
    connection: sqlite3.Connection, contact_id: int, window: store.Window, zone: tzinfo,
    kinds: Sequence[str], *, with_people: bool,
) -> list[Event]:  # fmt: skip
    clock = _Clock(zone)
    found: list[Event] = []
    if "interaction" in kinds:
        found += _talks(connection, contact_id, window, clock, with_people=with_people)
    if "purchase" in kinds or "return" in kinds:
        # Both lie in one table: of one kind alone, the newest of it may lie behind any number.
        both = {"purchase", "return"} <= set(kinds)
        wide = window if both else window._replace(limit=-1)
        found += _orders(store.rows(connection, store.ORDERS, contact_id, wide), clock)
    if "lead" in kinds:
        found += _leads(store.rows(connection, store.LEADS, contact_id, window), clock)
    if "follow-up" in kinds:
        found += _follow_ups(store.rows(connection, store.FOLLOW_UPS, contact_id, window), clock)
    if "consent" in kinds:
        found += _consents(store.rows(connection, store.CONSENTS, contact_id, window), clock)
    if "record" in kinds:
        found += _record(store.rows(connection, store.RECORD, contact_id, window), clock)
    shown = [
        event for event in found if event.kind in kinds and window.first <= event.on <= window.last
    ]
    shown.sort(key=lambda event: event.key, reverse=True)
    return shown


# -- what each source says ------------------------------------------------------------------------


def _talks(
    connection: sqlite3.Connection, contact_id: int, window: store.Window, clock: _Clock, *,
    with_people: bool,
) -> Iterator[Event]:  # fmt: skip
    from crm_cli.domain.interaction import first_line
    from crm_cli.store import interactions

    rows = store.rows(connection, store.TALKS, contact_id, window)
    if with_people:
        known = {row[0] for row in rows}
        more = store.rows(connection, store.PEOPLES_TALKS, contact_id, window)
        rows += [row for row in more if row[0] not in known]
    ids = [row[0] for row in rows]
    others: dict[int, list[dict[str, Any]]] = {}
    for start in range(0, len(ids), 500):
        others.update(interactions.participants(connection, ids[start : start + 500]))
    for number, at, channel, direction, subject, body, outcome, _, by, main in rows:
        beside = [other["name"] for other in others[number] if other["id"] != contact_id]
        names = [main, *beside] if main else beside
        said = subject or first_line(body)
        words = [outcome or "", f"with {', '.join(names)}" if names else ""]
        head = ", ".join(filter(None, words))
        yield Event(
            (at, 3, number), "interaction", number,
            **clock.times(at),
            event=channel if direction == "none" else f"{channel} {direction}",
            what=": ".join(filter(None, (head, said))) or None,
            by=by, channel=channel, direction=direction, outcome=outcome,
        )  # fmt: skip


def _orders(rows: Sequence[tuple[Any, ...]], clock: _Clock) -> Iterator[Event]:
    from crm_cli.domain.values import money_text

    for number, day, kind, order, lines, names, minor, low, high in rows:
        currency = low if low == high else None
        amount = None if currency is None else money_text(minor, currency)
        parts = [names or "", f"{amount} {currency}" if amount else f"{lines} lines"]
        if order:
            parts.insert(0, f"order {order}")
        yield Event(
            (clock.morning(day), 1, number), "purchase" if kind == "sale" else "return", number,
            None, day, day, "purchase" if kind == "sale" else "return",
            ", ".join(filter(None, parts)), amount=amount, currency=currency,
        )  # fmt: skip


def _leads(rows: Sequence[tuple[Any, ...]], clock: _Clock) -> Iterator[Event]:
    """Yield what became of leads, when it was so: each stay in a stage is one event."""
    from crm_cli.domain.values import money_text

    for stay, lead_id, title, at, kind, stage, before, left_at, value, currency, *lost in rows:
        reason, competitor, by = lost
        verb, said = kind, []
        amount = None
        if kind == "open":
            verb = "opened" if before is None else "moved" if before == "open" else "reopened"
            said = [stage]
        elif kind == "lost":
            said = [f"{reason} ({competitor})" if competitor and reason else reason or competitor]
        elif left_at is None and value is not None:
            amount = money_text(value, currency)
            said = [f"{amount} {currency}"]
        yield Event(
            (at, 1, stay), "lead", lead_id, **clock.times(at), event=f"lead {verb}",
            what=": ".join(filter(None, (title, *said))), by=by, state=None,
            amount=amount, currency=None if amount is None else currency,
        )  # fmt: skip


def _follow_ups(rows: Sequence[tuple[Any, ...]], clock: _Clock) -> Iterator[Event]:
    for number, kind, text, state, due_on, due_time, done_at, done_by, owner, changed_at in rows:
        if state == "open":
            yield Event(
                (clock.morning(due_on), 2, number), "follow-up", number, None, due_on,
                f"{due_on} {due_time}" if due_time else due_on, f"{kind} due", text, owner,
                state=state,
            )  # fmt: skip
            continue
        at = done_at if state == "done" else changed_at
        yield Event(
            (at, 2, number), "follow-up", number,
            **clock.times(at),
            event=f"{kind} {state}", what=f"{text} (due {due_on})", by=done_by, state=state,
        )  # fmt: skip


def _consents(rows: Sequence[tuple[Any, ...]], clock: _Clock) -> Iterator[Event]:
    for number, channel, purpose, state, at, basis, source in rows:
        named = ", ".join(filter(None, (basis, source)))
        named = f" ({named})" if named else ""
        times = {"at": None, "on": at, "when": at} if len(at) == 10 else clock.times(at)
        yield Event(
            (clock.morning(at) if len(at) == 10 else at, 1, number), "consent", number,
            **times,
            event=f"consent {state}", what=f"{channel} {purpose}{named}",
            channel=channel, state=state,
        )  # fmt: skip


def _record(rows: Sequence[tuple[Any, ...]], clock: _Clock) -> Iterator[Event]:
    for number, created_at, archived_at, source in rows:
        yield Event(
            (created_at, 0, number), "record", number, **clock.times(created_at),
            event="entered", what=f"from {source}" if source else None,
        )  # fmt: skip
        if archived_at:
            yield Event(
                (archived_at, 0, number), "record", number, **clock.times(archived_at),
                event="archived", what=None,
            )  # fmt: skip
