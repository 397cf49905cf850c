"""What ``report activity`` adds up: talks by group and period, and the follow-ups done.

The store keeps all that is asked of a talk in one index, in the order of its channel, of who of
us it was, and of its instant. Where the groups are those, each figure is read as a stretch of it;
any other group, and a part of all contacts, takes a pass over the talks.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from crm_cli.reports.local_days import number_sql
from crm_cli.store.population import Narrowed, whole

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator, Sequence

    from crm_cli.reports.local_days import Part, Span
    from crm_cli.store.population import Reader

    Group = int | str | None


class Dimension(NamedTuple):
    """What talks (``i``) are grouped by: SQL of the group; the same of the follow-ups done
    (``f``), None where they have none such; and the JSON key of the group."""

    group: str
    done: str | None
    key: str | None


DIMENSIONS: dict[str, Dimension] = {
    "person": Dimension("i.by_name", "f.done_by", "by"),
    "channel": Dimension("i.channel", None, "channel"),
    "contact": Dimension("i.member_id", "f.contact_id", "contact"),
    "outcome": Dimension("i.outcome", None, "outcome"),
    "total": Dimension("NULL", "NULL", None),
}
"""What people ask for with --of -> how it is read."""

MOST_STRETCHES = 50_000
"""So many stretches of the index at most are read one by one."""

MOST_PARTS = 2_000
"""So many periods one statement tells apart."""

_SUMS = (
    "count(*), coalesce(sum(i.direction = 'in'), 0), coalesce(sum(i.direction = 'out'), 0),"
    " coalesce(sum(i.duration_minutes), 0)"
)
_WITHIN = "i.happened_at >= :since AND i.happened_at < :until"


class Figures:
    """The figures of one cell; ``contacts`` None where they are not asked for."""

    __slots__ = ("contacts", "done", "incoming", "interactions", "minutes", "outgoing")

    def __init__(self) -> None:
        self.interactions = self.incoming = self.outgoing = self.minutes = 0
        self.contacts = self.done = 0


class Sums(NamedTuple):
    """(period, group) -> figures, all of them together, and names of groups that have one."""

    by_cell: dict[tuple[int, Group], Figures]
    total: Figures
    names: dict[Group, str]


def add_up(connection: Reader, dimension: Dimension, span: Span, among: Sequence[Part]) -> Sums:
    """Return the figures of the talks and done follow-ups within a span, by period and group."""
    cells: dict[tuple[int, Group], Figures] = {}

    def cell(number: int, group: Group) -> Figures:
        found = cells.get((number, group))
        if found is None:
            found = cells[number, group] = Figures()
        return found

    beside = others(connection, dimension, among)
    for number, group, count, incoming, outgoing, minutes, ids in _talks(
        connection, dimension, among
    ):
        found = cell(number, group)
        found.interactions, found.incoming, found.outgoing = count, incoming, outgoing
        found.minutes = minutes
        found.contacts = different(ids, beside.get((number, group), ()))
    for number, group, done in _done(connection, dimension, among):
        cell(number, group).done = done
    total = _total(connection, span, cells, is_shared=dimension.key == "contact")
    names: dict[Group, str] = {}
    if dimension.key == "contact":
        ids = json.dumps(sorted({group for _, group in cells}, key=str))
        named = "SELECT id, name FROM contacts WHERE id IN (SELECT value FROM json_each(:ids))"
        names = dict(connection.execute(named, {"ids": ids}).fetchall())
    return Sums(cells, total, names)


# -- talks ----------------------------------------------------------------------------------------


def _talks(
    connection: Reader, dimension: Dimension, among: Sequence[Part]
) -> Iterator[tuple[Any, ...]]:
    """Yield period, group, interactions, in, out, minutes and the contacts they were with, as one
    text for ``different``."""
    if not among:
        return
    if dimension.key in {"by", "channel", None} and not isinstance(connection, Narrowed):
        pairs = channels_and_people(connection)
        if len(pairs) * len(among) <= MOST_STRETCHES:
            yield from _stretches(connection, dimension, among, pairs)
            return
    for few in _sliced(among):
        yield from _pass(connection, dimension, few)


NEXT_CHANNEL = "SELECT min(channel) FROM interactions WHERE channel > :channel"
NEXT_PERSON = (
    "SELECT min(by_name) FROM interactions WHERE channel = :channel AND by_name {0} :by_name"
)
NOBODY = "SELECT EXISTS (SELECT 1 FROM interactions WHERE channel = :channel AND by_name IS NULL)"


def channels_and_people(connection: sqlite3.Connection) -> list[tuple[str, str | None]]:
    """Return the channels of talks with who of us they were by, each pair found by one step
    through the index; more than ``MOST_STRETCHES`` are not looked for."""

    def first(sql: str, channel: str, by_name: str = "") -> Any:
        values = {"channel": channel, "by_name": by_name}
        (found,) = connection.execute(sql, values).fetchone()
        return found

    pairs: list[tuple[str, str | None]] = []
    channel = first(NEXT_CHANNEL, "")
    while channel is not None and len(pairs) <= MOST_STRETCHES:
        if first(NOBODY, channel):
            pairs.append((channel, None))
        person = first(NEXT_PERSON.format(">="), channel)
        while person is not None and len(pairs) <= MOST_STRETCHES:
            pairs.append((channel, person))
            person = first(NEXT_PERSON.format(">"), channel, person)
        channel = first(NEXT_CHANNEL, channel)
    return pairs


STRETCHES = f"""
WITH pairs (channel, by_name, grp) AS MATERIALIZED (
    SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]'), json_extract(value, '$[2]')
      FROM json_each(:pairs)),
parts (number, since, until) AS MATERIALIZED (
    SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]'), json_extract(value, '$[2]')
      FROM json_each(:parts))
SELECT p.number, g.grp,
       (SELECT json_array({_SUMS}, group_concat(i.contact_id))
          FROM pairs w CROSS JOIN interactions i
         WHERE w.grp IS g.grp AND i.channel = w.channel AND i.by_name IS w.by_name
           AND i.happened_at >= p.since AND i.happened_at < p.until)
  FROM (SELECT DISTINCT grp FROM pairs) g CROSS JOIN parts p
"""
"""The figures of each group and period, read as stretches of one index."""


def _stretches(
    connection: Reader, dimension: Dimension, among: Sequence[Part],
    pairs: Sequence[tuple[str, str | None]],
) -> Iterator[tuple[Any, ...]]:  # fmt: skip
    groups = {"channel": 0, "by": 1}
    at = groups.get(dimension.key or "")
    named = [(*pair, None if at is None else pair[at]) for pair in pairs]
    found = connection.execute(STRETCHES, {"pairs": json.dumps(named), "parts": json.dumps(among)})
    for number, grp, sums in found.fetchall():
        figures = json.loads(sums)
        if figures[0]:
            yield number, grp, *figures


def pass_sql(dimension: Dimension, number: str, *, is_open: bool, is_narrowed: bool) -> str:
    """Return the statement that reads all talks within ``:since`` and ``:until`` once.

    ``is_open``: without a beginning nearly all are meant, and none is looked up by its instant.
    """
    sign = "+" if is_open else ""
    within = f"{sign}{{0}}.happened_at >= :since AND {sign}{{0}}.happened_at < :until"
    if dimension.key == "contact":
        mine = " AND {0}.contact_id IN (SELECT contact_id FROM population)" if is_narrowed else ""
        columns = "m.happened_at, m.direction, m.duration_minutes"
        return (
            f"SELECT {number}, i.member_id, {_SUMS}, NULL FROM ("
            f"SELECT m.contact_id AS member_id, {columns} FROM interactions m"
            f" WHERE {within.format('m')}{mine.format('m')} UNION ALL"
            f" SELECT o.contact_id, {columns} FROM interaction_participants o CROSS JOIN"
            f" interactions m ON m.id = o.interaction_id WHERE {within.format('m')}"
            " AND o.contact_id <> m.contact_id) i GROUP BY 1, 2"
        )
    return (
        f"SELECT {number}, {dimension.group}, {_SUMS}, {CONTACTS[is_narrowed]}"
        f" FROM interactions i WHERE {within.format('i')} GROUP BY 1, 2"
    )


def _pass(
    connection: Reader, dimension: Dimension, among: Sequence[Part]
) -> Iterator[tuple[Any, ...]]:
    number, parameters = number_sql("i.happened_at", among)
    sql = pass_sql(
        dimension, number, is_open=not among[0].since, is_narrowed=isinstance(connection, Narrowed)
    )
    yield from connection.execute(sql, {**parameters, **_bounds(among)}).fetchall()


def _bounds(among: Sequence[Part]) -> dict[str, str]:
    return {"since": among[0].since, "until": among[-1].until}


def _sliced(among: Sequence[Part]) -> Iterator[Sequence[Part]]:
    for start in range(0, len(among), MOST_PARTS):
        yield among[start : start + MOST_PARTS]


# -- who took part, what was done -----------------------------------------------------------------

CONTACTS = {
    False: "group_concat(i.contact_id)",
    True: "group_concat(CASE WHEN i.contact_id IN (SELECT contact_id FROM population)"
    " THEN i.contact_id END)",
}
"""SQL of the contacts that talks were with, as one text; of a narrowed store those in it."""


def different(ids: str | None, beside: Iterable[str]) -> int:
    """Return how many different contacts there are among the ids of a text and some others.

    Counting them in SQL (DISTINCT) takes twice as long.
    """
    found = set(ids.split(",")) if ids else set()
    found.update(beside)
    return len(found)


def others_sql(dimension: Dimension, number: str) -> str:
    """Return the statement that finds who took part in talks beside the one they were with, by
    period and group."""
    return (
        f"SELECT DISTINCT {number}, {dimension.group}, CAST(o.contact_id AS TEXT)"
        "  FROM interaction_participants o CROSS JOIN interactions i ON i.id = o.interaction_id"
        f" WHERE {_WITHIN}"
    )


def others(
    connection: Reader, dimension: Dimension, among: Sequence[Part]
) -> dict[tuple[int, Group], list[str]]:
    """Return (period, group) -> ids of those who took part beside the one a talk was with."""
    found: dict[tuple[int, Group], list[str]] = {}
    if dimension.key == "contact":
        return found
    for few in _sliced(among):
        number, parameters = number_sql("i.happened_at", few)
        sql = others_sql(dimension, number)
        for period, group, contact in connection.execute(sql, {**parameters, **_bounds(few)}):
            found.setdefault((period, group), []).append(contact)
    return found


DONE_WITHIN = "f.state = 'done' AND f.done_at >= :since AND f.done_at < :until"


def _done(
    connection: Reader, dimension: Dimension, among: Sequence[Part]
) -> Iterator[tuple[int, Group, int]]:
    """Yield period, group and follow-ups done."""
    if dimension.done is None:
        return
    for few in _sliced(among):
        number, parameters = number_sql("f.done_at", few)
        yield from connection.execute(
            f"SELECT {number}, {dimension.done}, count(*) FROM follow_ups f"
            f" WHERE {DONE_WITHIN} GROUP BY 1, 2",
            {**parameters, **_bounds(few)},
        ).fetchall()


# -- all of them ----------------------------------------------------------------------------------


def _total(
    connection: Reader, span: Span, cells: dict[tuple[int, Group], Figures], *, is_shared: bool
) -> Figures:
    """Return what the cells come to. With ``is_shared`` a talk lies in several of them."""
    total = Figures()
    bounds = span._asdict()
    if is_shared:
        row = connection.execute(
            f"SELECT {_SUMS} FROM interactions i WHERE {_WITHIN}", bounds
        ).fetchone()
        total.interactions, total.incoming, total.outgoing, total.minutes = row
    else:
        for one in cells.values():
            total.interactions += one.interactions
            total.incoming += one.incoming
            total.outgoing += one.outgoing
            total.minutes += one.minutes
    (total.done,) = connection.execute(
        f"SELECT count(*) FROM follow_ups f WHERE {DONE_WITHIN}", bounds
    ).fetchone()
    total.contacts = contacts_in(connection, span, total.interactions)
    return total


def contacts_in(connection: Reader, span: Span, interactions: int) -> int:
    """Return how many contacts took part in talks within a span, which holds ``interactions``."""
    (highest,) = whole(connection).execute("SELECT coalesce(max(id), 0) FROM contacts").fetchone()
    sql = CONTACTS_BY_TALK if interactions < highest else CONTACTS_BY_CONTACT
    (count,) = connection.execute(sql, span._asdict()).fetchone()
    return int(count)


CONTACTS_BY_TALK = f"""
WITH spoken (contact_id) AS (
    SELECT i.contact_id FROM interactions i WHERE {_WITHIN}
     UNION
    SELECT o.contact_id FROM interactions i
           CROSS JOIN interaction_participants o ON o.interaction_id = i.id WHERE {_WITHIN})
SELECT count(*) FROM spoken s CROSS JOIN contacts c ON c.id = s.contact_id
"""
"""Who took part in talks within a span, from the talks: quick for few of them."""

CONTACTS_BY_CONTACT = f"""
SELECT count(*) FROM contacts c
 WHERE EXISTS (SELECT 1 FROM interactions i WHERE i.contact_id = c.id AND {_WITHIN})
    OR EXISTS (SELECT 1 FROM interaction_participants o
                 CROSS JOIN interactions i ON i.id = o.interaction_id
                WHERE o.contact_id = c.id AND {_WITHIN})
"""
"""The same from the contacts: quick for many talks."""
