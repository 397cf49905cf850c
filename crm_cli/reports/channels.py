"""Talks by channel: how many, both ways, how they ended, and how people felt.

Figures are stretches of the index that the report on activity reads; outcomes have one of their
own, which only holds talks with an outcome.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from crm_cli.domain.rounding import ratio
from crm_cli.reports import REPORTS, activity, local_days, scope
from crm_cli.reports.activity_sums import (
    CONTACTS,
    DIMENSIONS,
    MOST_STRETCHES,
    channels_and_people,
    contacts_in,
    different,
    others,
)
from crm_cli.result import Column, Kind, Look, Report
from crm_cli.store.population import Narrowed

if TYPE_CHECKING:
    from crm_cli.reports.local_days import Span
    from crm_cli.result import Result
    from crm_cli.session import Session
    from crm_cli.store.population import Reader

DEFINITION = REPORTS["channels"].definition

REACHED = "reached"
"""The key of the outcome that says somebody was spoken to."""

PREFIX = "outcome_"
"""What stands before an outcome's key in a flat table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelsRequest:
    """What ``report channels`` was asked."""

    bounds: scope.Bounds = field(default_factory=scope.Bounds)


_SUMS = (
    "count(*), coalesce(sum(i.direction = 'in'), 0), coalesce(sum(i.direction = 'out'), 0),"
    " coalesce(sum(i.duration_minutes), 0), coalesce(sum(i.sentiment), 0), count(i.sentiment)"
)

STRETCHES = f"""
WITH pairs (channel, by_name) AS MATERIALIZED (
    SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(:pairs))
SELECT g.channel,
       (SELECT json_array({_SUMS}, group_concat(i.contact_id))
          FROM pairs w CROSS JOIN interactions i
         WHERE w.channel = g.channel AND i.channel = w.channel AND i.by_name IS w.by_name
           AND i.happened_at >= :since AND i.happened_at < :until)
  FROM (SELECT DISTINCT channel FROM pairs) g
"""
"""The figures of each channel, read as stretches of one index."""


def outcomes_sql(*, is_open: bool) -> str:
    """Return the statement that counts talks by channel and outcome, and those out."""
    sign = "+" if is_open else ""
    return (
        "SELECT i.channel, i.outcome, count(*), sum(i.direction = 'out') FROM interactions i"
        f" WHERE i.outcome IS NOT NULL AND {sign}i.happened_at >= :since"
        f" AND {sign}i.happened_at < :until GROUP BY 1, 2"
    )


def report(session: Session, request: ChannelsRequest) -> Result:
    """Count talks by channel (``DEFINITION``).

    Rows: channel, interactions, in, out, contacts, minutes, sentiment (average, two decimals),
    sentiments (how many have one), reached (outgoing), reached_rate (of out), with_outcome, and
    ``outcomes``: outcome -> share of these. Totals: the same. Raises InvalidValue.
    """
    chosen = scope.read(session, request.bounds)
    connection = chosen.reader(session)
    span = local_days.span_of(chosen, session.zone)
    found = _figures(connection, span)
    ended = _outcomes(connection, span)
    labels = dict(
        session.reader.execute(
            "SELECT key, label FROM picklist_values WHERE list = 'outcome' ORDER BY position"
        ).fetchall()
    )
    used = {outcome for one in ended.values() for outcome in one.talks}
    order = [*(key for key in labels if key in used), *sorted(used - labels.keys())]
    rows = [
        {"channel": channel, **_row(figures, ended.get(channel, Ended({}, 0)), order)}
        for channel, figures in sorted(found.items(), key=lambda one: (-one[1][0], one[0]))
    ]
    sums = [sum(column) for column in zip(*found.values(), strict=True)] or [0] * 7
    sums[6] = contacts_in(connection, span, sums[0])
    everything = Ended(
        {key: sum(one.talks.get(key, 0) for one in ended.values()) for key in order},
        sum(one.reached for one in ended.values()),
    )
    totals = _row(sums, everything, order)
    columns = [
        *COLUMNS,
        *(Column(f"{PREFIX}{key}", labels.get(key, key), Kind.RATE) for key in order),
    ]
    body = Report(
        name="channels",
        title="Talks by channel",
        definition=DEFINITION,
        parameters=chosen.parameters,
        rows=rows,
        totals=totals,
        columns=columns,
        cells=[_flat(row, columns) for row in rows],
        footer=_flat({"channel": "all", **totals}, columns),
        notes=[
            f"As of {chosen.as_of}; {chosen.span('talks')}.",
            *_bases(rows, totals),
            *activity.later_note(connection, chosen, session),
        ],
        look=Look.BARS,
        picture_key="interactions",
        default_columns=[
            key for key in (column.key for column in columns)
            if key not in {"sentiments", "reached", "with_outcome"}
        ],
    )  # fmt: skip
    return scope.result(chosen, body, said=activity.said_of(chosen))


COLUMNS = (
    Column("channel", "Channel"),
    Column("interactions", "Talks", Kind.INTEGER),
    Column("in", "In", Kind.INTEGER),
    Column("out", "Out", Kind.INTEGER),
    Column("contacts", "Contacts", Kind.INTEGER),
    Column("minutes", "Minutes", Kind.INTEGER),
    Column("sentiment", "Sentiment", Kind.NUMBER),
    Column("sentiments", "Of talks", Kind.INTEGER),
    Column("reached", "Reached", Kind.INTEGER),
    Column("reached_rate", "Reached rate", Kind.RATE),
    Column("with_outcome", "With outcome", Kind.INTEGER),
)


def _bases(rows: list[dict[str, Any]], totals: dict[str, Any]) -> list[str]:
    """Say what the rates and the average are out of."""
    said = []
    reached = [row for row in rows if row["reached"]]
    if totals["out"]:
        each = ", ".join(f"{row['channel']} {row['reached']} of {row['out']}" for row in reached)
        said.append(f"Reached: {totals['reached']} of {totals['out']} outgoing" + (
            f" ({each})." if each else "."
        ))  # fmt: skip
    if totals["with_outcome"]:
        each = ", ".join(
            f"{row['channel']} {row['with_outcome']}" for row in rows if row["with_outcome"]
        )
        said.append(
            f"With an outcome: {totals['with_outcome']} of {totals['interactions']} ({each})."
        )
    if totals["sentiments"]:
        said.append(f"Sentiment: of {scope.counted(totals['sentiments'], 'talk')} that have one.")
    return said


def _flat(row: dict[str, Any], columns: list[Column]) -> tuple[Any, ...]:
    return tuple(
        row["outcomes"][column.key.removeprefix(PREFIX)]
        if column.key.startswith(PREFIX)
        else row[column.key]
        for column in columns
    )


def _row(figures: list[int], ended: Ended, order: list[str]) -> dict[str, Any]:
    count, incoming, outgoing, minutes, felt, sentiments, contacts = figures
    with_outcome = sum(ended.talks.values())
    return {
        "interactions": count,
        "in": incoming,
        "out": outgoing,
        "contacts": contacts,
        "minutes": minutes,
        "sentiment": ratio(felt, sentiments, 2),
        "sentiments": sentiments,
        "reached": ended.reached,
        "reached_rate": ratio(ended.reached, outgoing),
        "with_outcome": with_outcome,
        "outcomes": {key: ratio(ended.talks.get(key, 0), with_outcome) for key in order},
    }


def pass_sql(*, is_open: bool, is_narrowed: bool) -> str:
    """Return the statement that reads all talks within ``:since`` and ``:until`` once."""
    sign = "+" if is_open else ""
    return (
        f"SELECT i.channel, json_array({_SUMS}, {CONTACTS[is_narrowed]}) FROM interactions i"
        f" WHERE {sign}i.happened_at >= :since AND {sign}i.happened_at < :until GROUP BY 1"
    )


def _figures(connection: Reader, span: Span) -> dict[str, list[int]]:
    """Return channel -> talks, in, out, minutes, sum and number of sentiments, and the contacts
    who took part; only channels with a talk."""
    bounds: dict[str, Any] = span._asdict()
    pairs = [] if isinstance(connection, Narrowed) else channels_and_people(connection)
    if pairs and len(pairs) < MOST_STRETCHES:
        rows = connection.execute(STRETCHES, {**bounds, "pairs": json.dumps(pairs)}).fetchall()
    else:
        sql = pass_sql(is_open=not span.since, is_narrowed=isinstance(connection, Narrowed))
        rows = connection.execute(sql, bounds).fetchall()
    beside = others(connection, DIMENSIONS["channel"], local_days.whole(span))
    found = {}
    for channel, figures in rows:
        *sums, ids = json.loads(figures)
        if sums[0]:
            found[channel] = [*sums, different(ids, beside.get((0, channel), ()))]
    return found


class Ended(NamedTuple):
    """How talks of a channel ended: outcome -> talks, and how many out were reached."""

    talks: dict[str, int]
    reached: int


def _outcomes(connection: Reader, span: Span) -> dict[str, Ended]:
    """Return channel -> how its talks ended."""
    found: dict[str, Ended] = {}
    sql = outcomes_sql(is_open=not span.since)
    for channel, outcome, count, outgoing in connection.execute(sql, span._asdict()).fetchall():
        ended = found.get(channel, Ended({}, 0))
        ended.talks[outcome] = count
        found[channel] = ended._replace(
            reached=ended.reached + (outgoing if outcome == REACHED else 0)
        )
    return found
