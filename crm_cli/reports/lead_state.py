"""Leads as they stood at the end of a day: what every report on leads is made of.

The end of a day is the last instant of it in the business's time zone. A lead is there from the
instant it was opened. Its stage is the one it was in then (``stage_changes``), its value,
probability, expected date, forecast and owner are those it had then (``lead_terms``), the
probability of its stage is what that stage promised then (``stage_odds``). Title, contact, source
and campaign are as they are now; deleted leads never were.

``read`` reads the bounds, ``states`` gives SQL for the leads. Where nothing lies after the day the
leads alone are read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crm_cli.domain.lead import BEST, COMMIT
from crm_cli.domain.values import fold
from crm_cli.reports import lead_rates, local_days, scope
from crm_cli.store import lead_spellings

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping, Sequence
    from datetime import date

    from crm_cli.result import Message, Report
    from crm_cli.session import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadScope:
    """What a report on leads looks at: its days, ``end`` (the first instant after the as-of day),
    and what it is narrowed by. ``leads`` are the ids that a filter and a segment leave, as a JSON
    array, None for all; ``owners`` the spellings of the owner in use."""

    as_of: date
    end: str
    since: date | None
    until: date | None
    home: str
    messages: Sequence[Message] = ()
    where: str | None = None
    segment: str | None = None
    is_scored: bool = False
    leads: str | None = None
    pipeline: str | None = None
    pipeline_name: str | None = None
    pipeline_id: int | None = None
    owner: str | None = None
    owners: str | None = None

    @property
    def parameters(self) -> dict[str, Any]:
        """The bounds as JSON carries them."""
        return {
            "as_of": self.as_of.isoformat(),
            "since": None if self.since is None else self.since.isoformat(),
            "until": None if self.until is None else self.until.isoformat(),
            "pipeline": self.pipeline,
            "owner": self.owner,
            "where": self.where,
            "segment": self.segment,
        }

    @property
    def is_narrowed(self) -> bool:
        """Whether it looks at some leads only."""
        return self.leads is not None or self.pipeline is not None or self.owner is not None


def read(session: Session, bounds: scope.Bounds) -> LeadScope:
    """Read typed bounds of a report on leads.

    ``where`` is a filter of leads and ``segment`` one of their contacts, both as they are today (a
    built-in segment on the as-of day); ``pipeline`` and ``owner`` are those of the as-of day.
    Raises InvalidValue for what is no date, period or filter, NotFound for a segment or pipeline
    that does not exist.
    """
    plain = scope.Bounds(
        as_of=bounds.as_of, period=bounds.period, since=bounds.since, until=bounds.until
    )
    days = scope.read(session, plain)
    messages = list(days.messages)
    connection = session.reader
    leads, segment, is_scored = None, None, False
    if bounds.where is not None or bounds.segment is not None:
        leads, segment, is_scored = _chosen(session, days, bounds, messages)
    pipeline = None
    if bounds.pipeline is not None:
        from crm_cli.queries.stages import resolve_pipeline

        pipeline = resolve_pipeline(connection, bounds.pipeline, retired=True)
    owners = None
    if bounds.owner is not None:
        owners = _owners(connection, bounds.owner, messages)
    return LeadScope(
        as_of=days.as_of,
        end=local_days.ends(days.as_of, session.zone),
        since=days.since,
        until=days.until,
        home=days.home,
        messages=tuple(messages),
        where=bounds.where,
        segment=segment,
        is_scored=is_scored,
        leads=leads,
        pipeline=None if pipeline is None else pipeline.key,
        pipeline_name=None if pipeline is None else pipeline.name,
        pipeline_id=None if pipeline is None else pipeline.id,
        owner=bounds.owner,
        owners=owners,
    )


def _chosen(
    session: Session, days: scope.Scope, bounds: scope.Bounds, messages: list[Message]
) -> tuple[str, str | None, bool]:
    """Return the ids of the leads that a filter and a segment leave, the segment's name, and
    whether it is one of the built-in ones."""
    conditions, parameters = [], dict[str, Any]()
    name, is_scored = None, False
    if bounds.segment is not None:
        from crm_cli.reports import population

        name, is_scored, members, remarks = population.members(session, days, bounds.segment)
        messages += remarks
        conditions.append("l.contact_id IN (SELECT value FROM json_each(:members))")
        parameters["members"] = members.json
    if bounds.where is not None:
        from crm_cli.queries import filtering

        found = filtering.read(session, "lead", bounds.where)
        messages += found.remarks
        conditions.append(f"({found.chosen.sql})")
        parameters.update(found.chosen.parameters)
    (ids,) = session.reader.execute(
        f"SELECT json_group_array(l.id) FROM leads l WHERE {' AND '.join(conditions)}", parameters
    ).fetchone()
    return ids, name, is_scored


def _owners(connection: sqlite3.Connection, text: str, messages: list[Message]) -> str:
    """Return the spellings in which leads have an owner, as a JSON array."""
    import json

    rows = connection.execute(
        "SELECT DISTINCT owner FROM leads WHERE owner IS NOT NULL"
        " UNION SELECT DISTINCT owner FROM lead_terms WHERE owner IS NOT NULL"
    ).fetchall()
    found = [name for (name,) in rows if fold(name) == fold(text)]
    if not found:
        from difflib import get_close_matches

        from crm_cli.result import Level, Message

        words = {fold(name): name for (name,) in rows}
        near = get_close_matches(fold(text), words, 1)
        hint = f"; did you mean {words[near[0]]}?" if near else ""
        messages.append(Message(f"no lead has the owner {text!r}{hint}", Level.WARNING))
    return json.dumps(found)


# -- the leads ------------------------------------------------------------------------------------


CATEGORY = (
    f"coalesce({{forecast}}, CASE WHEN {{probability}} >= {COMMIT} THEN 'commit'"
    f" WHEN {{probability}} >= {BEST} THEN 'best' ELSE 'pipeline' END)"
)
"""SQL for the forecast category of an open lead; ``domain.lead.category``."""


def has_moved_since(connection: sqlite3.Connection, end: str) -> bool:
    """Say whether a lead has entered its present stage at ``end`` or after it."""
    (found,) = connection.execute(
        "SELECT EXISTS (SELECT 1 FROM leads INDEXED BY leads_stage WHERE stage_since >= :end)",
        {"end": end},
    ).fetchone()
    return bool(found)


def has_new_terms_since(connection: sqlite3.Connection, end: str) -> bool:
    """Say whether some terms of a lead were changed at ``end`` or after it."""
    (found,) = connection.execute(
        "SELECT EXISTS (SELECT 1 FROM lead_terms INDEXED BY lead_terms_lead"
        " WHERE until_at >= :end)",
        {"end": end},
    ).fetchone()
    return bool(found)


NOTHING: Mapping[str, str] = {}

_STAGES = """
stages_then AS MATERIALIZED (
    SELECT s.id, s.pipeline_id, s.kind, s.position, s.rotten_days,
           coalesce((SELECT o.probability FROM stage_odds o
                      WHERE o.stage_id = s.id AND o.until_at >= :end
                      ORDER BY o.until_at, o.id LIMIT 1), s.probability) AS probability
      FROM stages s
)"""

_STAY = """
LEFT JOIN stage_changes h ON l.stage_since >= :end AND h.lead_id = l.id
      AND h.entered_at < :end AND h.left_at >= :end"""

FORMER_TERMS = """
LEFT JOIN lead_terms t ON t.id = (SELECT x.id FROM lead_terms x
      WHERE x.lead_id = l.id AND x.until_at >= :end ORDER BY x.until_at, x.id LIMIT 1)"""
"""SQL that joins the former terms (``t``) which a lead (``l``) had at ``:end``; its present ones
where there are none."""


def states(
    session: Session, chosen: LeadScope, *, needed: str = "1", bounds: Mapping[str, str] = NOTHING,
    into: str | None = None, wanted: str = "1",
) -> lead_rates.States:  # fmt: skip
    """Return the leads of a scope as of its day.

    ``needed`` is a condition on ``states`` without amounts: the leads whose value a report adds
    up; ``wanted`` those whose amount is looked up at all; ``bounds`` are their parameters.
    Amounts are in the currency ``into`` where one is asked for; else, where leads of the scope
    are in several, in the business's. Raises RateMissing for the first needed lead without a
    rate, Refused for too large an amount.
    """
    connection = session.reader
    sql, parameters = base(connection, chosen)
    parameters.update(bounds)
    return lead_rates.in_one_currency(session, into, chosen.home, sql, parameters, needed, wanted)


def base(connection: sqlite3.Connection, chosen: LeadScope) -> tuple[str, dict[str, Any]]:
    """Return the WITH clause that defines ``base``, ``states`` without amounts and without a word
    on currencies, and its parameters. Owner, source and campaign are spelled as most leads spell
    them: a filter takes ``Web`` and ``web`` for one, and so does a row."""
    parameters: dict[str, Any] = {"end": chosen.end}
    joins = ""
    stay = {"stage_id": "l.stage_id", "loss_reason": "l.loss_reason",
            "competitor": "l.competitor", "stage_since": "l.stage_since"}  # fmt: skip
    if has_moved_since(connection, chosen.end):
        joins += _STAY
        of_stay = {"stage_since": "entered_at"}
        stay = {
            key: f"CASE WHEN l.stage_since < :end THEN {now} ELSE h.{of_stay.get(key, key)} END"
            for key, now in stay.items()
        }
    names = ("value", "currency", "probability", "expected_on", "forecast", "owner")
    terms = {name: f"l.{name}" for name in names}
    if has_new_terms_since(connection, chosen.end):
        joins += FORMER_TERMS
        terms = {name: f"iif(t.id IS NULL, l.{name}, t.{name})" for name in names}
    words = {"owner": terms["owner"], "source": "l.source", "campaign": "l.campaign"}
    for column, sql in words.items():
        found = lead_spellings.usual(lead_spellings.spellings(connection, column, past=True))
        cases = ""
        for place, (rare, usual) in enumerate(found.items()):
            cases += f" WHEN :{column}{place} THEN :{column}{place}_usual"
            parameters |= {f"{column}{place}": rare, f"{column}{place}_usual": usual}
        if cases:
            words[column] = f"CASE {sql}{cases} ELSE {sql} END"
    conditions = ["l.opened_at < :end"]
    if chosen.leads is not None:
        conditions.append("l.id IN (SELECT value FROM json_each(:leads))")
        parameters["leads"] = chosen.leads
    if chosen.pipeline_id is not None:
        conditions.append("s.pipeline_id = :pipeline")
        parameters["pipeline"] = chosen.pipeline_id
    if chosen.owners is not None:
        conditions.append(f"{terms['owner']} IN (SELECT value FROM json_each(:owners))")
        parameters["owners"] = chosen.owners
    probability = (
        f"CASE s.kind WHEN 'open' THEN coalesce({terms['probability']}, s.probability)"
        " WHEN 'won' THEN 10000 ELSE 0 END"
    )
    category = CATEGORY.format(forecast=terms["forecast"], probability=f"({probability})")
    # CROSS: through the stages SQLite would look each lead up by its stage.
    return (
        f"""{_STAGES},
base AS NOT MATERIALIZED (
    SELECT l.id, l.contact_id, l.title, s.id AS stage_id, s.pipeline_id, s.kind AS state,
           {stay["stage_since"]} AS stage_since, s.position AS stage_position, s.rotten_days,
           l.opened_at, iif(s.kind = 'open', NULL, {stay["stage_since"]}) AS closed_at,
           {words["owner"]} AS owner, {words["source"]} AS source,
           {words["campaign"]} AS campaign, l.referred_by_id,
           {terms["expected_on"]} AS expected_on, {terms["forecast"]} AS forecast,
           {probability} AS probability,
           iif(s.kind = 'open', {category}, NULL) AS category,
           {stay["loss_reason"]} AS loss_reason, {stay["competitor"]} AS competitor,
           {terms["value"]} AS value, {terms["currency"]} AS currency
      FROM leads l {joins}
     CROSS JOIN stages_then s ON s.id = {stay["stage_id"]}
     WHERE {" AND ".join(conditions)}
)""",
        parameters,
    )


# -- what is said of it ---------------------------------------------------------------------------


def said(chosen: LeadScope) -> list[str]:
    """Return the line that names what a report is narrowed to; nothing for others."""
    if not chosen.is_narrowed:
        return []
    parts = []
    if chosen.pipeline is not None:
        parts.append(f"in the pipeline {chosen.pipeline_name}")
    if chosen.owner is not None:
        parts.append(f"of {chosen.owner}")
    if chosen.segment is not None:
        day = f"as of {chosen.as_of}" if chosen.is_scored else "as it is today"
        parts.append(f"of contacts in the segment {chosen.segment} ({day})")
    if chosen.where is not None:
        parts.append(f"where {' '.join(chosen.where.split())} (as they are today)")
    return [f"Only leads {', '.join(parts)}."]


def noted(chosen: LeadScope, body: Report) -> Report:
    """Return a report with the bounds in its parameters, and what it is narrowed to said first."""
    return body._replace(
        parameters={**chosen.parameters, **body.parameters}, notes=[*said(chosen), *body.notes]
    )
