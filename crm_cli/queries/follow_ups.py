"""Reading follow-ups: the list, one of them, and what is due."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from crm_cli.domain import follow_up as domain
from crm_cli.result import Column, Kind, Message, Record, Result, Table
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
        "lead_id": None,
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
    }


def table(rows: Sequence[FollowUp], at: World, shown: Sequence[str] = SHOWN) -> Table:
    """Return follow-ups as the table of ``remind list``."""
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


def due(session: Session, owner: str | None = None) -> list[FollowUp]:
    """Return the open follow-ups that are due by now, overdue ones among them, earliest first."""
    at = world(session)
    rows = store.due(session.reader, session.today.isoformat(), owner)
    return [row for row in rows if domain.is_due(row.due_on, row.due_time, at.now, at.zone)]


def listing(
    session: Session, asked: Mapping[str, str | None], *, limit: int | None, by_due: bool = False,
) -> Result:  # fmt: skip
    """Return follow-ups, open ones unless another state is asked for, by id or by due day.

    ``asked`` maps who, state, owner and kind to what was typed; the state ``all`` means every
    one. Raises InvalidValue, NotFound and Ambiguous.
    """
    filters, remarks = _filters(session, asked)
    order = store.BY_DUE if by_due else store.BY_ID
    rows = store.listed(session.reader, filters, limit, order=order)
    shown = SHOWN if filters.get("state") == "open" else SHOWN_CLOSED
    return Result(body=table(rows, world(session), shown), messages=remarks)


def _filters(
    session: Session, asked: Mapping[str, str | None]
) -> tuple[dict[str, Any], list[Message]]:
    from crm_cli.queries import resolve

    filters: dict[str, Any] = {name: text for name, text in asked.items() if text is not None}
    for name, text in filters.items():
        resolve.typed(text, name)
    if "who" in filters:
        country = resolve.country_for(session, filters["who"])
        filters["who"] = resolve.contact_id(session.reader, filters["who"], country=country)
    if "kind" in filters:
        from crm_cli.domain.contact import choose

        filters["kind"] = choose("kind", filters["kind"], domain.KINDS)
    state = filters.setdefault("state", "open")
    if state != "open":
        from crm_cli.domain.contact import choose

        filters["state"] = choose("state", state, (*domain.STATES, "all"))
    if filters["state"] == "all":
        del filters["state"]
    return filters, []
