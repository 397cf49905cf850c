"""Reading interactions: the list and one talk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crm_cli import errors
from crm_cli.result import Column, Kind, Record, Result, Table
from crm_cli.store import interactions as store
from crm_cli.store import picklists

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping, Sequence

    from crm_cli.result import Message
    from crm_cli.session import Session

COLUMNS = (
    Column("id", "ID", Kind.ID),
    Column("contact_id", "Contact ID", Kind.ID),
    Column("contact", "Contact"),
    Column("at", "At", Kind.INSTANT),
    Column("channel", "Channel"),
    Column("direction", "Direction"),
    Column("subject", "Subject"),
    Column("body", "Text"),
    Column("outcome", "Outcome"),
    Column("sentiment", "Sentiment", Kind.INTEGER),
    Column("duration_minutes", "Minutes", Kind.INTEGER),
    Column("by", "By"),
    Column("lead_id", "Lead", Kind.ID),
    Column("ticket_id", "Ticket", Kind.INTEGER),
    Column("campaign", "Campaign"),
    Column("message_id", "Message ID"),
    Column("summary", "What"),
)
SHOWN = ("id", "at", "contact", "channel", "direction", "summary", "outcome", "by")


def table(
    connection: sqlite3.Connection, rows: Sequence[Sequence[Any]], shown: Sequence[str] = SHOWN
) -> Table:
    """Turn the store's flat rows into the table of ``log list``."""
    from crm_cli.domain.interaction import first_line

    words = _words(connection)
    return Table(
        noun="interaction",
        columns=[
            column._replace(words=words[column.key]) if column.key in words else column
            for column in COLUMNS
        ],
        rows=[(*row[:13], None, *row[13:15], row[6] or first_line(row[7]) or None) for row in rows],
        default_columns=shown,
    )


def _words(connection: sqlite3.Connection) -> dict[str, dict[str, str]]:
    """Return what people read in place of the keys of channels and outcomes."""
    return {name: picklists.labels(connection, name) for name in ("channel", "outcome")}


def record(connection: sqlite3.Connection, interaction_id: int) -> Record:
    """Return one interaction as verbs print it."""
    rows = store.flat_rows(connection, {"ids": f"[{interaction_id}]"})
    (values,) = full(connection, rows)
    title = f"Interaction {interaction_id}"
    return Record(noun="interaction", values=values, title=title, words=_words(connection))


def full(connection: sqlite3.Connection, rows: Sequence[Sequence[Any]]) -> list[dict[str, Any]]:
    """Return full records of flat rows: with who else took part, and the follow-ups made."""
    ids = [row[0] for row in rows]
    others = store.participants(connection, ids)
    made = store.follow_ups(connection, ids)
    keys = [column.key for column in COLUMNS[:-1]]
    return [
        {
            **dict(zip(keys, (*row[:13], None, *row[13:15]), strict=True)),
            "uid": row[15],
            "participants": others[row[0]],
            "follow_ups": made[row[0]],
            "lead": row[16],
        }
        for row in rows
    ]


def rows_of(connection: sqlite3.Connection, ids: Sequence[int]) -> Table:
    """Return the flat rows of certain interactions."""
    found = store.flat_rows(connection, {"ids": f"[{', '.join(map(str, ids))}]"})
    return table(connection, found)


def newest(connection: sqlite3.Connection, contact_id: int, count: int) -> Table:
    """Return the last interactions that a contact took part in, the newest first."""
    rows = store.flat_rows(connection, {"who": contact_id}, count, newest_first=True)
    return table(connection, rows, [name for name in SHOWN if name != "contact"])


def find(connection: sqlite3.Connection, text: str) -> int:
    """Return the id of the interaction that is meant. Raises NotFound."""
    from crm_cli.queries import resolve

    what = resolve.typed(text, "interaction's number")
    wanted = resolve.number(what)
    if wanted is None or not store.exists(connection, wanted):
        raise errors.NotFound(f"no interaction {what!r}", hint="see crm log list")
    return wanted


def show(connection: sqlite3.Connection, whats: Sequence[str], *, for_people: bool) -> Result:
    """Return interactions as pages, for programs one as a record and several as a list.

    Raises NotFound.
    """
    found = [record(connection, find(connection, what)) for what in whats]
    if len(found) == 1:
        return Result(body=found[0])
    from crm_cli.queries.several import pages

    return Result(body=pages("interaction", found, for_people=for_people))


def listing(
    session: Session, asked: Mapping[str, str | None], *, limit: int | None,
    where: str | None = None, ids_only: bool = False,
) -> Result:  # fmt: skip
    """Return interactions by id, and how typed days were understood.

    ``asked`` maps who, channel, direction, outcome, by, campaign, lead, since, until and period to
    what was typed, ``where`` is a filter; with ``ids_only`` the table has no other column. Raises
    InvalidValue, NotFound and Ambiguous.
    """
    filters: dict[str, Any] = {name: text for name, text in asked.items() if text is not None}
    remarks = _read(session, filters) if filters else []
    chosen = None
    if where is not None:
        from crm_cli.queries import filtering

        narrowed = filtering.read(session, "interaction", where)
        chosen, remarks = narrowed.chosen, remarks + narrowed.remarks
    rows = store.flat_rows(session.reader, filters, limit, chosen=chosen, ids_only=ids_only)
    if ids_only:
        body = Table(noun="interaction", columns=COLUMNS[:1], rows=rows)
        return Result(body=body, messages=remarks)
    return Result(body=table(session.reader, rows), messages=remarks)


def _read(session: Session, filters: dict[str, Any]) -> list[Message]:
    """Turn what was typed into what the store asks for, in place."""
    from crm_cli.domain.contact import choose
    from crm_cli.domain.interaction import DIRECTIONS
    from crm_cli.queries import resolve
    from crm_cli.queries.picklists import choose as choose_value

    for name, text in filters.items():
        filters[name] = resolve.typed(text, name)
    connection = session.reader
    if "who" in filters:
        country = resolve.country_for(session, filters["who"])
        filters["who"] = resolve.contact_id(connection, filters["who"], country=country)
    if "lead" in filters:
        country = resolve.country_for(session, filters["lead"])
        filters["lead"] = resolve.lead_id(session.reader, filters["lead"], country=country)
    for name in ("channel", "outcome"):
        if name in filters:
            filters[name] = choose_value(connection, name, filters[name], with_retired=True)
    if "direction" in filters:
        filters["direction"] = choose("direction", filters["direction"], DIRECTIONS)
    return _read_bounds(session, filters)


def _read_bounds(session: Session, filters: dict[str, Any]) -> list[Message]:
    """Turn the days and the period as typed into instants of the business's zone, in place."""
    remarks: list[Message] = []
    typed = {name: filters.pop(name) for name in ("since", "until", "period") if name in filters}
    if typed:
        from crm_cli.reports import local_days
        from crm_cli.reports.scope import Bounds, read_span

        span = read_span(session, Bounds(**typed), session.today, remarks)
        if span.since is not None:
            filters["from_at"] = local_days.begins(span.since, session.zone)
        if span.until is not None:
            filters["before_at"] = local_days.ends(span.until, session.zone)
    return remarks
