"""Whom a report is narrowed to: ``--where`` and ``--segment``, and what is said of it.

A narrowed report says what it would say in a store that held these contacts alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from crm_cli import errors
from crm_cli.domain.values import fold
from crm_cli.store import population as store

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crm_cli.reports.scope import Scope
    from crm_cli.result import Message, Report
    from crm_cli.session import Session


class Population(NamedTuple):
    """The filter as typed, the segment's name, whether that one is scored (RFM) and not saved,
    and the store as these contacts make it."""

    where: str | None
    segment: str | None
    is_scored: bool
    reader: store.Narrowed


def read(
    session: Session, chosen: Scope, where: str | None, segment: str | None
) -> tuple[Population, Sequence[Message]]:
    """Return the contacts for which a filter holds and who are in a segment, as far as these
    are given, and remarks on how they were understood.

    A filter looks at contacts as they are today, a built-in segment at the scope's as-of day.
    Raises InvalidValue for a filter that is none, NotFound for a segment, RateMissing.
    """
    from crm_cli.queries import filtering

    connection = session.reader
    remarks: list[Message] = []
    found = store.Ids("[]", 0)
    name = None
    is_scored = False
    if segment is not None:
        name, is_scored, found, said = members(session, chosen, segment)
        remarks += said
    if where is not None:
        read = filtering.read(session, "contact", where)
        found = store.ids(connection, read.chosen, None if name is None else found.json)
        remarks += read.remarks
    return Population(where, name, is_scored, store.Narrowed(connection, found)), remarks


def members(
    session: Session, chosen: Scope, segment: str
) -> tuple[str, bool, store.Ids, Sequence[Message]]:
    """Return a segment's name, whether it is one of the built-in ones (scored on the scope's day),
    who is in it, and remarks. Raises InvalidValue, NotFound, RateMissing."""
    from crm_cli.queries import filtering
    from crm_cli.store.segments import saved

    kept = saved(session.reader, fold(segment))
    if kept is None:
        name, found = _scored(session, chosen, segment)
        return name, True, found, []
    try:
        read = filtering.read(session, "contact", kept.expression, naming=kept.key)
    except errors.InvalidValue as error:
        message = f"segment {kept.name}: {error.message}"
        raise errors.InvalidValue(message, hint=error.hint) from None
    return kept.name, False, store.ids(session.reader, read.chosen), read.remarks


def _scored(session: Session, chosen: Scope, text: str) -> tuple[str, store.Ids]:
    """Return a built-in segment's key and who is in it on the scope's day."""
    from crm_cli.domain.rfm import SEGMENTS
    from crm_cli.queries import segments
    from crm_cli.reports import scoring
    from crm_cli.store.segments import scored_ids

    name = segments.rfm_name(session.reader, text)
    if name is None:
        raise segments.unknown(session.reader, text)
    scored = scoring.score(session.reader, chosen, (), everybody=True)
    found = scored_ids(session.reader, scored.sql, scored.parameters, SEGMENTS[name])
    return name, store.Ids(f"[{','.join(map(str, found))}]", len(found))


# -- what is said of it -----------------------------------------------------------------------


_CUSTOMERS = "SELECT count(*) FROM customers WHERE orders > 0 AND first_on <= :as_of"


def notes(chosen: Scope) -> list[str]:
    """Return, for a narrowed report, the line that names the population, and how many customers
    it has and leaves out; nothing for others."""
    population = chosen.population
    if population is None:
        return []
    reader = population.reader
    (mine,) = reader.execute(_CUSTOMERS, chosen.sql).fetchone()
    (all_,) = reader.connection.execute(_CUSTOMERS, chosen.sql).fetchone()
    return [line(chosen, population, mine, all_ - mine, "customer")]


def line(chosen: Scope, population: Population, size: int, outside: int, noun: str) -> str:
    """Return the sentence that names a population."""
    from crm_cli.reports.scope import counted

    parts = []
    if population.segment is not None:
        day = f"as of {chosen.as_of}" if population.is_scored else "as it is today"
        parts.append(f"in the segment {population.segment} ({day})")
    if population.where is not None:
        parts.append(f"where {' '.join(population.where.split())} (as they are today)")
    who = f"Only contacts {', '.join(parts)}: {counted(size, noun)}; left out: {outside}."
    return who if population.reader.size else f"Nobody is chosen. {who}"


def without_rows(chosen: Scope, body: Report) -> Report:
    """Return a report without rows where nobody is chosen: nothing is counted, not zero."""
    if chosen.population is None or chosen.population.reader.size:
        return body
    return body._replace(rows=[], cells=[], open_cells=frozenset())
