"""Reading segments: the saved ones, the RFM segments that are built in, and their members."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crm_cli import errors
from crm_cli.domain.rfm import SEGMENTS
from crm_cli.domain.values import fold
from crm_cli.result import Column, Kind, Level, Message, Record, Result, Table
from crm_cli.store import filters
from crm_cli.store import segments as store

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from crm_cli.session import Session

COLUMNS = (
    Column("id", "ID", Kind.ID),
    Column("name", "Segment"),
    Column("kind", "Kind"),
    Column("where", "Filter"),
    Column("note", "Note"),
    Column("members", "Members", Kind.INTEGER),
    Column("created_at", "Created", Kind.INSTANT),
    Column("updated_at", "Updated", Kind.INSTANT),
)
SHOWN = ("name", "kind", "members", "where", "note")


def listing(session: Session, where: str | None = None) -> Result:
    """Return the saved segments by name, then the built-in ones; of them those that a filter
    chooses.

    A segment that cannot be read any more (its tag is gone) has no number of members, and a
    warning says why.
    """
    connection = session.reader
    remarks: list[Message] = []
    rows = [_saved_row(session, found, remarks) for found in store.listing(connection)]
    notes = _notes(connection)
    counts = _rfm_counts(session, remarks)
    rows += [
        (None, name, "rfm", f"segment = {name}", notes.get(name), counts.get(name), None, None)
        for name in SEGMENTS
    ]
    table = Table(noun="segment", columns=COLUMNS, rows=rows, id_key="name", default_columns=SHOWN)
    if where is None:
        return Result(body=table, messages=remarks)
    from crm_cli.queries.row_filtering import narrowed

    found = narrowed(session, table, where, {"kind": ("saved", "rfm")})
    return found._replace(messages=[*remarks, *found.messages])


def record(session: Session, name: str, remarks: list[Message]) -> Record:
    """Return one segment. Raises NotFound with the nearest name."""
    found = store.saved(session.reader, fold(name))
    if found is not None:
        values: Sequence[Any] = _saved_row(session, found, remarks)
    else:
        built_in = rfm_name(session.reader, name)
        if built_in is None:
            raise unknown(session.reader, name)
        note = _notes(session.reader).get(built_in)
        count = _rfm_counts(session, remarks).get(built_in)
        values = (None, built_in, "rfm", f"segment = {built_in}", note, count, None, None)
    keys = [column.key for column in COLUMNS]
    return Record(
        noun="segment", values=dict(zip(keys, values, strict=True)), title=values[1], id_key="name"
    )


def show(session: Session, name: str) -> Result:
    """Return one segment, and why its members cannot be counted where they cannot."""
    remarks: list[Message] = []
    return Result(body=record(session, name, remarks), messages=remarks)


def members(
    session: Session, name: str, *, limit: int | None, where: str | None = None,
    ids_only: bool = False,
) -> Result:  # fmt: skip
    """Return the living contacts of a segment as ``contact list`` shows them, or of these those
    that a filter chooses.

    Raises NotFound, and InvalidValue for a saved filter that cannot be read any more.
    """
    from crm_cli.queries import contacts

    check(session.reader, name)
    return contacts.listing(
        session, {}, archived=False, limit=limit, where=where, segment=name, ids_only=ids_only
    )


def check(connection: sqlite3.Connection, name: str) -> None:
    """Raise NotFound, with the nearest name, where no segment is called so."""
    if store.saved(connection, fold(name)) is None and rfm_name(connection, name) is None:
        raise unknown(connection, name)


def _saved_row(session: Session, found: store.Saved, remarks: list[Message]) -> tuple[Any, ...]:
    from crm_cli.queries import filtering

    count: int | None = None
    try:
        read = filtering.read(session, "contact", found.expression)
        with_archived = bool(read.fields & {"archived", "archived_at"})
        count = filters.count(session.reader, "contact", read.chosen, is_living=not with_archived)
    except errors.CrmError as error:
        remarks.append(Message(f"segment {found.name}: {error.message}", Level.WARNING))
    return (
        found.id, found.name, "saved", found.expression, found.note, count, found.created_at,
        found.updated_at,
    )  # fmt: skip


def rfm_name(connection: sqlite3.Connection, name: str) -> str | None:
    """Return the built-in segment that a key or label means, or None."""
    from crm_cli.reports.segment_lists import read_segment

    try:
        return read_segment(connection, name)
    except errors.InvalidValue:
        return None


def unknown(connection: sqlite3.Connection, name: str) -> errors.NotFound:
    """Return the error for a segment nobody knows, with the nearest name."""
    return errors.NotFound(f"no segment {name!r}", hint=near(connection, name))


def near(connection: sqlite3.Connection, name: str) -> str:
    """Return the hint that names the segment most like a name."""
    from difflib import get_close_matches

    known = {found.key: found.name for found in store.listing(connection)}
    known.update({key: key for key in SEGMENTS})
    found = get_close_matches(fold(name), known, 1)
    return f"did you mean {known[found[0]]}?" if found else "see crm segment list"


def rfm_ids(session: Session, name: str) -> list[int]:
    """Return who is in a built-in segment today. Raises RateMissing and Refused where amounts
    cannot be converted."""
    from crm_cli.reports import scope, scoring

    connection = session.reader
    bounds = scope.read(session, scope.Bounds())
    scored = scoring.score(connection, bounds, (), everybody=True)
    return store.scored_ids(connection, scored.sql, scored.parameters, SEGMENTS[name])


def _rfm_counts(session: Session, remarks: list[Message]) -> dict[str, int]:
    """Return how many contacts ``segment members`` lists for each built-in segment: those the
    report counts, archived ones left out; nothing where amounts cannot be converted."""
    from crm_cli.domain.rfm import SEGMENT_OF
    from crm_cli.reports import scope, scoring

    connection = session.reader
    try:
        scored = scoring.score(connection, scope.read(session, scope.Bounds()), (), everybody=True)
    except errors.Refused as error:
        remarks.append(Message(f"the RFM segments: {error.message}", Level.WARNING))
        return {}
    counts = dict.fromkeys(SEGMENTS, 0)
    for code, size in store.living_by_code(connection, scored.sql, scored.parameters):
        counts[SEGMENT_OF[code]] += size
    return counts


def _notes(connection: sqlite3.Connection) -> dict[str, str | None]:
    from crm_cli.store import picklists

    return {value.key: value.note for value in picklists.rows(connection, "segment")}
