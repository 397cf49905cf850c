"""Explaining the reports on talks: which talks, follow-ups or customers a figure counts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from crm_cli import errors
from crm_cli.domain import periods
from crm_cli.reports import activity, channels, local_days, promises, quiet
from crm_cli.reports.activity_sums import DONE_WITHIN
from crm_cli.reports.evidence import ALL, Cell, Found, check_column
from crm_cli.reports.sales import NO_VALUE
from crm_cli.result import Column, Kind, Table
from crm_cli.store.activity import IS_TALK
from crm_cli.store.follow_ups import OWNER

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crm_cli.reports.evidence import ExplainRequest
    from crm_cli.reports.local_days import Span
    from crm_cli.reports.scope import Scope
    from crm_cli.session import Session
    from crm_cli.store.population import Reader

TALK_COLUMNS = (
    Column("id", "ID", Kind.ID),
    Column("at", "At", Kind.INSTANT),
    Column("contact_id", "Contact ID", Kind.ID),
    Column("contact", "Contact"),
    Column("channel", "Channel"),
    Column("direction", "Direction"),
    Column("outcome", "Outcome"),
    Column("sentiment", "Sentiment", Kind.INTEGER),
    Column("duration_minutes", "Minutes", Kind.INTEGER),
    Column("by", "By"),
    Column("what", "What"),
)
SHOWN = ("id", "at", "contact", "channel", "direction", "outcome", "duration_minutes", "by", "what")

FOLLOW_UP_COLUMNS = (
    Column("id", "ID", Kind.ID),
    Column("contact_id", "Contact ID", Kind.ID),
    Column("contact", "Contact"),
    Column("kind", "Kind"),
    Column("due_on", "Due", Kind.DATE),
    Column("text", "Text"),
    Column("owner", "Owner"),
    Column("done_at", "Done", Kind.INSTANT),
    Column("done_by", "By"),
)

SPOKEN_COLUMNS = (
    Column("contact_id", "ID", Kind.ID),
    Column("contact", "Contact"),
    Column("interactions", "Talks", Kind.INTEGER),
    Column("last_at", "Last", Kind.INSTANT),
)

_FIGURES = {
    "interactions": "1", "in": "i.direction = 'in'", "out": "i.direction = 'out'",
    "contacts": "1", "minutes": "i.duration_minutes > 0",
}  # fmt: skip

_TOOK_PART = (
    "i.id IN (SELECT m.id FROM interactions m WHERE m.contact_id = :who"
    " UNION SELECT o.interaction_id FROM interaction_participants o WHERE o.contact_id = :who)"
)
_GROUP = {"by": "i.by_name IS :value", "channel": "i.channel IS :value",
          "outcome": "i.outcome IS :value", "contact": _TOOK_PART}  # fmt: skip
_DONE_GROUP = {"by": "f.done_by IS :value", "contact": "f.contact_id = :who"}


# -- activity and channels ------------------------------------------------------------------------


def by_activity(session: Session, request: ExplainRequest, chosen: Scope, cell: Cell) -> Found:
    """Return the talks, contacts or follow-ups that a figure of ``activity`` counts. Raises
    InvalidValue, and NotFound for a row that the report does not have."""
    asked = activity.ActivityRequest(
        bounds=request.bounds, by=request.by, of=request.of or "person"
    )
    activity.check(asked)
    dimension = asked.groups
    columns = [*_FIGURES, "follow_ups_done"]
    if cell.row != ALL and dimension.key == "contact":
        columns.remove("contacts")
    if cell.row != ALL and dimension.done is None:
        columns.remove("follow_ups_done")
    check_column(cell.column, columns, "activity")
    reader = chosen.reader(session)
    span = local_days.span_of(chosen, session.zone)
    talks, done, parameters = "1", "1", dict[str, Any]()
    if cell.row != ALL:
        period, value = _split(asked, cell.row, chosen)
        if period is not None and asked.by is not None:
            span = _within(session, span, period, asked.by)
        if dimension.key is not None:
            talks = _GROUP[dimension.key]
            done = _DONE_GROUP.get(dimension.key, "1")
            parameters = _value(reader, dimension.key, value)
            _refuse_unknown(reader, chosen, session, cell.row, (talks, done), parameters)
    bounds = {**parameters, **span._asdict()}
    notes = [f"As of {chosen.as_of}; {chosen.span('talks')}."]
    if cell.column == "follow_ups_done":
        return Found(follow_ups(reader, f"{DONE_WITHIN} AND {done}", bounds), notes)
    if cell.column == "contacts":
        return Found(_spoken(reader, talks, bounds), notes)
    return Found(_talks(reader, f"{talks} AND {_FIGURES[cell.column]}", bounds), notes)


def by_channel(session: Session, request: ExplainRequest, chosen: Scope, cell: Cell) -> Found:
    """Return the talks or contacts that a figure of ``channels`` counts. Raises InvalidValue,
    and NotFound for a channel without a talk."""
    del request
    reader = chosen.reader(session)
    reached = f"i.direction = 'out' AND i.outcome = '{channels.REACHED}'"
    conditions = {
        **_FIGURES,
        "sentiment": "i.sentiment IS NOT NULL",
        "sentiments": "i.sentiment IS NOT NULL",
        "reached": reached,
        "reached_rate": reached,
        "with_outcome": "i.outcome IS NOT NULL",
    }
    parameters: dict[str, Any] = dict(local_days.span_of(chosen, session.zone)._asdict())
    where = "1" if cell.row == ALL else "i.channel = :value"
    parameters["value"] = cell.row
    if cell.row != ALL:
        _refuse_unknown(reader, chosen, session, cell.row, (where, "0"), parameters)
    if cell.column.startswith(channels.PREFIX):
        ended = reader.execute(
            "SELECT DISTINCT i.outcome FROM interactions i WHERE i.outcome IS NOT NULL"
            " AND i.happened_at >= :since AND i.happened_at < :until ORDER BY 1",
            parameters,
        ).fetchall()
        outcomes = [f"{channels.PREFIX}{outcome}" for (outcome,) in ended]
        check_column(cell.column, [*conditions, *outcomes], "channels")
        where += " AND i.outcome = :outcome"
        parameters["outcome"] = cell.column.removeprefix(channels.PREFIX)
    else:
        check_column(cell.column, conditions, "channels")
        where += f" AND {conditions[cell.column]}"
    notes = [f"As of {chosen.as_of}; {chosen.span('talks')}."]
    if cell.column == "contacts":
        return Found(_spoken(reader, where, parameters), notes)
    return Found(_talks(reader, where, parameters), notes)


def _split(
    asked: activity.ActivityRequest, row: str, chosen: Scope
) -> tuple[str | None, str | None]:
    """Split a row's name into its period and its value. Raises InvalidValue."""
    if asked.by is None:
        return None, None if row == NO_VALUE else row
    if asked.groups.key is None:
        return row, None
    period, slash, value = row.partition("/")
    if not slash:
        shown = periods.label(periods.number_of(chosen.as_of, asked.by), asked.by)
        raise errors.InvalidValue(
            f"{row!r} is not a row of the report by {asked.by} and {asked.of}",
            hint=f"write PERIOD/VALUE:COLUMN, such as {shown}/{row}:in",
        )
    return period, None if value == NO_VALUE else value


def _within(session: Session, span: Span, period: str, unit: str) -> Span:
    number = periods.number_of_label(period, unit)
    first = local_days.begins(periods.first_day(number, unit), session.zone)
    last = local_days.ends(periods.last_day(number, unit), session.zone)
    return local_days.Span(max(span.since, first), min(span.until, last))


def _value(reader: Reader, key: str, value: str | None) -> dict[str, Any]:
    if key != "contact":
        return {"value": value}
    return {"who": _contact(reader, value or "")}


def _contact(reader: Reader, text: str) -> int:
    """Return the contact a row names: ``#7``, ``7``, or its name. Raises NotFound."""
    if re.fullmatch(r"#?[0-9]{1,18}", text):
        return int(text.removeprefix("#"))
    found = reader.execute(
        "SELECT id FROM contacts WHERE name = :name LIMIT 2", {"name": text}
    ).fetchall()
    if len(found) != 1:
        said = "no row" if not found else "several rows"
        raise errors.NotFound(f"{said} {text!r}", hint="name the contact by its id: #7")
    return int(found[0][0])


def _refuse_unknown(
    reader: Reader, chosen: Scope, session: Session, row: str, groups: tuple[str, str],
    parameters: Mapping[str, Any],
) -> None:  # fmt: skip
    """Raise NotFound where a report over these bounds has no such value."""
    talks, done = groups
    bounds = {**parameters, **local_days.span_of(chosen, session.zone)._asdict()}
    (found,) = reader.execute(
        "SELECT EXISTS (SELECT 1 FROM interactions i WHERE i.happened_at >= :since"
        f" AND i.happened_at < :until AND {talks})"
        f" OR EXISTS (SELECT 1 FROM follow_ups f WHERE {DONE_WITHIN} AND {done})",
        bounds,
    ).fetchone()
    if not found:
        raise errors.NotFound(f"the report has no row {row!r}", hint="see it with -f csv")


def _talks(reader: Reader, where: str, parameters: Mapping[str, Any]) -> Table:
    from crm_cli.domain.interaction import first_line

    rows = reader.execute(
        "SELECT i.id, i.happened_at, i.contact_id, c.name, i.channel, i.direction, i.outcome,"
        "       i.sentiment, i.duration_minutes, i.by_name, i.subject, substr(i.body, 1, 2000)"
        "  FROM interactions i JOIN main.contacts c ON c.id = i.contact_id"
        " WHERE i.happened_at >= :since AND i.happened_at < :until"
        f"   AND {where} ORDER BY i.happened_at, i.id",
        parameters,
    ).fetchall()
    return Table(
        noun="talk",
        columns=TALK_COLUMNS,
        rows=[(*row[:10], row[10] or first_line(row[11]) or None) for row in rows],
        default_columns=SHOWN,
    )


def _spoken(reader: Reader, where: str, parameters: Mapping[str, Any]) -> Table:
    within = "i.happened_at >= :since AND i.happened_at < :until"
    rows = reader.execute(
        "SELECT c.id, c.name, count(*), max(s.at) FROM ("
        "   SELECT i.contact_id, i.happened_at AS at FROM interactions i"
        f"   WHERE {within} AND {where} UNION ALL"
        "   SELECT o.contact_id, i.happened_at FROM interaction_participants o"
        "     CROSS JOIN interactions i ON i.id = o.interaction_id"
        f"   WHERE o.contact_id <> i.contact_id AND {within} AND {where}) s"
        " JOIN contacts c ON c.id = s.contact_id GROUP BY c.id ORDER BY c.id",
        parameters,
    ).fetchall()
    return Table(noun="contact", columns=SPOKEN_COLUMNS, rows=rows, id_key="contact_id")


def follow_ups(reader: Reader, where: str, parameters: Mapping[str, Any]) -> Table:
    """Return the follow-ups ``f`` for which an SQL condition holds as a table."""
    rows = reader.execute(
        "SELECT f.id, f.contact_id, c.name, f.kind, f.due_on, f.text,"
        f"       {OWNER}, f.done_at, f.done_by"
        "  FROM follow_ups f JOIN main.contacts c ON c.id = f.contact_id"
        f" WHERE {where} ORDER BY f.due_on, f.id",
        parameters,
    ).fetchall()
    return Table(noun="follow-up", columns=FOLLOW_UP_COLUMNS, rows=rows)


def talks_with(reader: Reader, parameters: Mapping[str, Any]) -> Table:
    """Return the talks in or out, notes apart, in which the contact ``:who`` took part."""
    return _talks(reader, f"{IS_TALK} AND {_TOOK_PART}", parameters)


# -- quiet ----------------------------------------------------------------------------------------


def by_quiet(session: Session, request: ExplainRequest, chosen: Scope, cell: Cell) -> Found:
    """Return the customers of a total, or what stands behind the figures of one of them: its
    talks, purchases or follow-ups. Raises InvalidValue and NotFound."""
    idle = quiet.USUAL_IDLE if request.idle is None else request.idle
    quiet.check(idle)
    reader = chosen.reader(session)
    notes = [f"As of {chosen.as_of}; quiet for {idle} days."]
    found = quiet.customers(chosen, reader)
    parameters = {**found.parameters, **quiet.bounds_of(session, chosen, idle)}
    if cell.row == ALL:
        conditions = {
            "customers": "1", "quiet": quiet.QUIET, "share": quiet.QUIET,
            "never": f"{quiet.QUIET} AND p.last_at IS NULL",
        }  # fmt: skip
        check_column(cell.column, conditions, "quiet")
        rows = reader.execute(
            f"WITH {found.sql} SELECT p.id, p.name, p.first_day, p.last_day, p.last_at, p.orders"
            f" FROM people p WHERE {conditions[cell.column]} ORDER BY p.id",
            parameters,
        ).fetchall()
        table = Table(
            noun="contact", columns=CUSTOMER_COLUMNS, rows=rows, id_key="contact_id",
        )  # fmt: skip
        return Found(table, notes)
    check_column(cell.column, [column.key for column in quiet.COLUMNS[2:]], "quiet")
    who = _contact(reader, cell.row)
    row = reader.execute(
        f"WITH {found.sql} SELECT p.last_at FROM people p WHERE p.id = :who AND {quiet.QUIET}",
        {**parameters, "who": who},
    ).fetchone()
    if row is None:
        raise errors.NotFound(f"quiet has no row {cell.row!r}", hint="see crm report quiet")
    return Found(_behind_quiet(session, chosen, cell.column, who, parameters), notes)


CUSTOMER_COLUMNS = (
    Column("contact_id", "ID", Kind.ID),
    Column("contact", "Contact"),
    Column("first_on", "First order", Kind.DATE),
    Column("last_on", "Last order", Kind.DATE),
    Column("last_contacted_at", "Last contact", Kind.INSTANT),
    Column("orders", "Orders", Kind.INTEGER),
)


def _behind_quiet(
    session: Session, chosen: Scope, column: str, who: int, parameters: Mapping[str, Any]
) -> Table:
    reader = session.reader
    bounds = {**parameters, "who": who}
    if column == "next_follow_up_on":
        is_open = quiet.OPEN_THEN if chosen.as_of < session.today else "f.state = 'open'"
        return follow_ups(reader, f"f.contact_id = :who AND {is_open}", bounds)
    if column in {"orders", "revenue", "currency", "last_purchase_on"}:
        from crm_cli.reports import source
        from crm_cli.reports.evidence import purchases

        as_of = chosen.sql["as_of"]
        lines = source.lines(
            reader, {"since": source.BEGINNING, "as_of": as_of}, chosen.home, as_of
        )
        which = "" if column in {"revenue", "currency"} else " AND l.kind = 'sale'"
        return purchases(reader, lines, f"l.contact_id = :who{which}", {"who": who})
    return talks_with(reader, {**bounds, "since": "", "until": parameters["end"]})


# -- promises -------------------------------------------------------------------------------------


def by_promise(session: Session, request: ExplainRequest, chosen: Scope, cell: Cell) -> Found:
    """Return the promises that a figure counts. Raises InvalidValue and NotFound."""
    by = request.by or "contact"
    promises.check(by)
    states = {
        "made": promises.STATES, "kept": ("kept",), "late": ("late",), "open": ("open",),
        "cancelled": ("cancelled",), "kept_rate": ("kept",), "average_days_early": ("kept",),
        "average_days_late": ("late",),
    }  # fmt: skip
    check_column(cell.column, states, "promises")
    reader = chosen.reader(session)
    found = promises.judged(session, chosen, reader)
    if cell.row != ALL:
        if by == "contact":
            who = _contact(reader, cell.row)
            found = [one for one in found if one.contact_id == who]
        else:
            owner = None if cell.row == NO_VALUE else cell.row
            found = [one for one in found if one.owner == owner]
        if not found:
            raise errors.NotFound(
                f"promises by {by} has no row {cell.row!r}",
                hint=f"see crm report promises --by {by}",
            )
    found = [one for one in found if one.state in states[cell.column]]
    rows = promises.listed(session, reader, found)
    columns = promises.LIST_COLUMNS
    table = Table(
        noun="promise",
        columns=columns,
        rows=[tuple(row[column.key] for column in columns) for row in rows],
        default_columns=promises.SHOWN,
    )
    return Found(table, [f"As of {chosen.as_of}; {chosen.span('promises made')}."])
