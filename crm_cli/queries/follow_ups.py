"""Reading follow-ups: the list, one of them, and what is due."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from crm_cli import errors
from crm_cli.domain import follow_up as domain
from crm_cli.result import Column, Kind, Level, Message, Record, Result, Table
from crm_cli.store import follow_ups as store

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping, Sequence
    from datetime import datetime, tzinfo

    from crm_cli.session import Session
    from crm_cli.store.follow_ups import FollowUp

COLUMNS = (
    Column("id", "ID", Kind.ID),
    Column("contact_id", "Contact ID", Kind.ID),
    Column("contact", "Contact"),
    Column("due_on", "Due", Kind.DATE),
    Column("due_at", "Due at", Kind.INSTANT),
    Column("text", "Text"),
    Column("repeat", "Repeat"),
    Column("owner", "Owner"),
    Column("state", "State"),
    Column("done_at", "Done", Kind.INSTANT),
    Column("lead_id", "Lead", Kind.ID),
    Column("ticket_id", "Ticket", Kind.ID),
    Column("purchase_id", "Purchase", Kind.ID),
    Column("uid", "UID"),
    Column("kind", "Kind"),
    Column("due_time", "Time"),
    Column("overdue", "Overdue", Kind.FLAG),
    Column("interaction_id", "Interaction", Kind.ID),
    Column("previous_id", "Round before", Kind.ID),
    Column("done_by", "By"),
    Column("created_at", "Created", Kind.INSTANT),
    Column("updated_at", "Changed", Kind.INSTANT),
    Column("rule_id", "Rule", Kind.ID),
    Column("lead", "For"),
)
KEYS = tuple(column.key for column in COLUMNS)
SHOWN = ("id", "due_on", "due_time", "contact", "text", "owner", "repeat", "overdue")
SHOWN_CLOSED = (
    "id",
    "due_on",
    "due_time",
    "contact",
    "text",
    "owner",
    "repeat",
    "state",
    "done_at",
)


class World(NamedTuple):
    """What "due" and "overdue" depend on: the instant (UTC) and the business's zone."""

    now: datetime
    zone: tzinfo


def world(session: Session) -> World:
    """Return the business's now."""
    zone = session.zone
    return World(session.clock.now(zone), zone)


def values(row: FollowUp, at: World) -> dict[str, Any]:
    """Return a follow-up's JSON object (commands page, section "Records")."""
    from crm_cli.clock import instant_text

    moment = domain.due_instant(row.due_on, row.due_time, at.zone)
    return {
        "id": row.id,
        "contact_id": row.contact_id,
        "contact": row.contact,
        "due_on": row.due_on,
        "due_at": None if moment is None else instant_text(moment),
        "text": row.text,
        "repeat": row.repeat_text,
        "owner": row.owner,
        "state": row.state,
        "done_at": row.done_at,
        "lead_id": row.lead_id,
        "ticket_id": None,
        "purchase_id": row.purchase_id,
        "uid": row.uid,
        "kind": row.kind,
        "due_time": row.due_time,
        "overdue": row.state == "open"
        and domain.is_overdue(row.due_on, row.due_time, at.now, at.zone),
        "interaction_id": row.interaction_id,
        "previous_id": row.previous_id,
        "done_by": row.done_by,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
        "rule_id": row.rule_id,
        "lead": row.lead,
    }


def table(rows: Sequence[FollowUp], at: World, shown: Sequence[str] = SHOWN) -> Table:
    """Return follow-ups as the table of ``remind list``; those of leads say of which."""
    if any(row.lead_id is not None for row in rows):
        shown = [*shown, "lead"]
    return Table(
        noun="follow-up",
        columns=COLUMNS,
        rows=[tuple(values(row, at).values()) for row in rows],
        default_columns=shown,
    )


def record(connection: sqlite3.Connection, session: Session, follow_up_id: int) -> Record:
    """Return one follow-up as verbs print it."""
    (row,) = store.listed(connection, {"ids": f"[{follow_up_id}]"})
    title = f"{row.text} ({row.contact})"
    return Record(noun="follow-up", values=values(row, world(session)), title=title)


def rows_of(connection: sqlite3.Connection, session: Session, ids: Sequence[int]) -> Table:
    """Return the table of certain follow-ups, open or not."""
    rows = store.listed(connection, {"ids": f"[{','.join(map(str, ids))}]"})
    return table(rows, world(session), SHOWN_CLOSED)


def show(session: Session, whats: Sequence[str], *, for_people: bool) -> Result:
    """Return one follow-up, or several one below the other. Raises NotFound."""
    found = [record(session.reader, session, find(session.reader, what)) for what in whats]
    if len(found) == 1:
        return Result(body=found[0])
    from crm_cli.queries.several import pages

    return Result(body=pages("follow-up", found, for_people=for_people))


def find(connection: sqlite3.Connection, what: str) -> int:
    """Return the id of the follow-up that a number means. Raises NotFound."""
    from crm_cli.queries import resolve

    wanted = resolve.number(resolve.typed(what, "follow-up's number"))
    if wanted is None or store.row(connection, wanted) is None:
        raise errors.NotFound(f"no follow-up {what.strip()!r}", hint="see crm remind list")
    return wanted


def to_close(session: Session, follow_up_id: int) -> dict[str, Any]:
    """Return the row of an open follow-up and its contact's name. Raises NotFound and Refused."""
    row = store.row(session.reader, find(session.reader, str(follow_up_id))) or {}
    if row["state"] != "open":
        raise closed_already(row)
    (found,) = store.listed(session.reader, {"ids": f"[{follow_up_id}]"})
    return {**row, "contact": found.contact}


def closed_already(row: Mapping[str, Any]) -> errors.Refused:
    """Return the refusal of a follow-up that is done or cancelled."""
    return errors.Refused(
        f"follow-up {row['id']} is {row['state']} already; nothing was written",
        hint=f"crm remind reopen {row['id']}, or crm remind add for something new",
    )


def due(session: Session, owner: str | None = None) -> list[FollowUp]:
    """Return the open follow-ups that are due by now, overdue ones among them, earliest first."""
    at = world(session)
    rows = store.due(session.reader, session.today.isoformat(), owner)
    return [row for row in rows if domain.is_due(row.due_on, row.due_time, at.now, at.zone)]


def passed_today(session: Session) -> list[int]:
    """Return the open follow-ups whose time was earlier today."""
    at, today = world(session), session.today.isoformat()
    timed = store.timed_on(session.reader, today)
    return [one for one, time in timed if domain.is_overdue(today, time, at.now, at.zone)]


def next_of(session: Session, contact_id: int, most: int) -> Table:
    """Return a contact's open follow-ups, the earliest first, at most so many."""
    asked = {"who": contact_id, "state": "open"}
    rows = store.listed(session.reader, asked, most, order=store.BY_DUE)
    return table(rows, world(session), [name for name in SHOWN if name != "contact"])


def listing(
    session: Session, asked: Mapping[str, str | None], *, limit: int | None,
    where: str | None = None, by_due: bool = False, ids_only: bool = False, overdue: bool = False,
) -> Result:  # fmt: skip
    """Return follow-ups, open ones unless another state is asked for, by id or by due day.

    ``asked`` maps who, state, owner, kind, purchase, lead, before, since, until and period to what
    was typed; the state ``all`` means every one. ``where`` is a filter, which decides about the
    closed ones if it names ``state``; with ``ids_only`` the table has no other column. Raises
    InvalidValue, NotFound and Ambiguous.
    """
    filters, remarks = _filters(session, asked)
    chosen = None
    if where is not None:
        from crm_cli.queries import filtering
        from crm_cli.queries.selection import DECIDE

        narrowed = filtering.read(session, "follow-up", where)
        chosen, remarks = narrowed.chosen, [*remarks, *narrowed.remarks]
        if asked.get("state") is None and narrowed.fields & DECIDE:
            filters.pop("state")
    if overdue:
        import json

        filters |= {
            "overdue": json.dumps(passed_today(session)), "today": session.today.isoformat(),
        }  # fmt: skip
    if ids_only:
        ids = store.listed_ids(session.reader, filters, limit, chosen=chosen)
        return Result(body=Table(noun="follow-up", columns=COLUMNS[:1], rows=ids), messages=remarks)
    order = store.BY_DUE if by_due else store.BY_ID
    rows = store.listed(session.reader, filters, limit, order=order, chosen=chosen)
    shown = SHOWN if filters.get("state") == "open" else SHOWN_CLOSED
    return Result(body=table(rows, world(session), shown), messages=remarks)


def today(session: Session, owner: str | None, where: str | None, limit: int | None) -> Result:
    """Return what is due today, whatever the hour, and what is overdue, the earliest first.

    Raises InvalidValue.
    """
    remarks: list[Message] = []
    rows = store.due(session.reader, session.today.isoformat(), owner)
    if where is not None:
        from crm_cli.queries import filtering
        from crm_cli.store import bulk

        narrowed = filtering.read(session, "follow-up", where)
        remarks = narrowed.remarks
        ids = bulk.chosen_ids(session.reader, "follow-up", narrowed.chosen, hidden=None)
        held = set(ids)
        rows = [row for row in rows if row.id in held]
    if owner is not None:
        remarks += _unused(session.reader, owner)
    return Result(body=table(rows[:limit], world(session)), messages=remarks)


def _filters(
    session: Session, asked: Mapping[str, str | None]
) -> tuple[dict[str, Any], list[Message]]:
    """Return what the store compares with, and remarks."""
    filters: dict[str, Any] = {name: text for name, text in asked.items() if text is not None}
    state = filters.setdefault("state", "open")
    remarks: list[Message] = []
    if len(filters) == 1 and state == "open":
        return filters, remarks
    from crm_cli.domain.contact import choose
    from crm_cli.queries import resolve

    for name, text in filters.items():
        resolve.typed(text, name)
    if "who" in filters:
        country = resolve.country_for(session, filters["who"])
        filters["who"] = resolve.contact_id(session.reader, filters["who"], country=country)
    if "purchase" in filters:
        filters["purchase"] = resolve.purchase_id(session.reader, filters["purchase"])
    if "lead" in filters:
        country = resolve.country_for(session, filters["lead"])
        filters["lead"] = resolve.lead_id(session.reader, filters["lead"], country=country)
    if "kind" in filters:
        filters["kind"] = choose("kind", filters["kind"], domain.KINDS)
    if "owner" in filters:
        remarks += _unused(session.reader, filters["owner"])
    filters["state"] = choose("state", state, (*domain.STATES, "all"))
    if filters["state"] == "all":
        del filters["state"]
    _read_bounds(session, filters, remarks)
    return filters, remarks


def _read_bounds(session: Session, filters: dict[str, Any], remarks: list[Message]) -> None:
    """Turn the days and the period as typed into ``since``, ``until`` and ``before``, in place."""
    names = ("since", "until", "period", "before")
    typed = {name: filters.pop(name) for name in names if name in filters}
    if not typed:
        return
    from crm_cli.reports import scope

    before = typed.pop("before", None)
    if before is not None:
        day = scope.read_day(session, before, "--due-before", session.today, remarks)
        filters["before"] = day.isoformat()
    span = scope.read_span(session, scope.Bounds(**typed), session.today, remarks)
    days = {"since": span.since, "until": span.until}
    filters.update({name: day.isoformat() for name, day in days.items() if day is not None})


def _unused(connection: sqlite3.Connection, owner: str) -> list[Message]:
    """Return a remark where nobody's follow-ups are called so, with the nearest owner."""
    from crm_cli.domain.values import fold

    words = {fold(word): word for word in store.owners(connection)}
    if fold(owner) in words:
        return []
    from difflib import get_close_matches

    near = get_close_matches(fold(owner), words, 1)
    hint = f"; did you mean {words[near[0]]!r}?" if near else ""
    return [Message(f"no follow-up has the owner {owner!r}{hint}", Level.WARNING)]
