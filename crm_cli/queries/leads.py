"""Reading leads: one of them, and several."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crm_cli.domain import lead as domain
from crm_cli.domain.values import money_text
from crm_cli.result import Column, Kind, Record, Result, Table
from crm_cli.store import leads as store

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Sequence
    from datetime import date, tzinfo

    from crm_cli.session import Session
    from crm_cli.store.leads import Lead

COLUMNS = (
    Column("id", "ID", Kind.ID),
    Column("contact_id", "Contact ID", Kind.ID),
    Column("contact", "Contact", least=16),
    Column("title", "Title", least=22),
    Column("stage", "Stage", least=12),
    Column("state", "State"),
    Column("probability", "Odds", Kind.RATE),
    Column("value", "Value", Kind.MONEY),
    Column("currency", "Currency"),
    Column("weighted_value", "Weighted", Kind.MONEY),
    Column("score", "Score", Kind.INTEGER),
    Column("expected_on", "Expected", Kind.DATE),
    Column("source", "Source"),
    Column("campaign", "Campaign"),
    Column("owner", "Owner"),
    Column("next_follow_up_on", "Next step", Kind.DATE),
    Column("age_days", "Age", Kind.INTEGER),
    Column("stage_age_days", "In stage", Kind.INTEGER),
    Column("opened_at", "Opened", Kind.INSTANT),
    Column("closed_at", "Closed", Kind.INSTANT),
    Column("loss_reason", "Lost for"),
    Column("competitor", "Competitor"),
    Column("uid", "UID"),
    Column("pipeline", "Pipeline"),
    Column("forecast", "Forecast"),
    Column("referred_by", "Referrer ID", Kind.ID),
    Column("referred_by_name", "Referrer"),
    Column("tags", "Tags", Kind.LIST),
    Column("fields", "Fields"),
    Column("notes", "Notes"),
    Column("stage_since", "In stage since", Kind.INSTANT),
    Column("stale", "Stale", Kind.FLAG),
    Column("rotten_days", "Stale after", Kind.INTEGER),
    Column("purchase_id", "Purchase", Kind.ID),
    Column("external_id", "External ID"),
    Column("created_at", "Created", Kind.INSTANT),
    Column("updated_at", "Changed", Kind.INSTANT),
)
KEYS = tuple(column.key for column in COLUMNS)
SHOWN = ("id", "title", "contact", "stage", "value", "currency", "probability", "owner")


def values(row: Lead, today: date, zone: tzinfo) -> dict[str, Any]:
    """Return a lead's JSON object (commands page, section "Records") as of the day ``today``."""
    return _values(row, today.toordinal(), lambda at: _local_day(at, zone))


def _values(row: Lead, today: int, day_of: Callable[[str], int]) -> dict[str, Any]:
    """Return the same; days are numbers in the calendar."""
    until = today if row.closed_at is None else day_of(row.closed_at)
    in_stage = today - day_of(row.stage_since)
    money = row.currency or ""
    return {
        "id": row.id,
        "contact_id": row.contact_id,
        "contact": row.contact,
        "title": row.title,
        "stage": row.stage,
        "state": row.state,
        "probability": row.probability / domain.CERTAIN,
        "value": None if row.value is None else money_text(row.value, money),
        "currency": row.currency,
        "weighted_value": None if row.weighted is None else money_text(row.weighted, money),
        "score": row.score,
        "expected_on": row.expected_on,
        "source": row.source,
        "campaign": row.campaign,
        "owner": row.owner,
        "next_follow_up_on": row.next_follow_up_on,
        "age_days": until - day_of(row.opened_at),
        "stage_age_days": in_stage,
        "opened_at": row.opened_at,
        "closed_at": row.closed_at,
        "loss_reason": row.loss_reason,
        "competitor": row.competitor,
        "uid": row.uid,
        "pipeline": row.pipeline,
        "forecast": domain.category(row.state, row.forecast, row.probability),
        "referred_by": row.referred_by_id,
        "referred_by_name": row.referred_by_name,
        "tags": row.tags.split("\x1f") if row.tags else [],
        "fields": {},
        "notes": row.notes,
        "stage_since": row.stage_since,
        "stale": row.state == "open" and row.rotten_days is not None
        and in_stage > row.rotten_days,
        "rotten_days": row.rotten_days,
        "purchase_id": row.purchase_id,
        "external_id": row.external_id,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
    }  # fmt: skip


def _local_day(instant: str, zone: tzinfo) -> int:
    from datetime import datetime

    return datetime.fromisoformat(instant).astimezone(zone).date().toordinal()


def record(connection: sqlite3.Connection, session: Session, lead_id: int) -> Record:
    """Return one lead as verbs print it."""
    (row,) = store.listed(connection, {"ids": store.array([lead_id])})
    found = values(row, session.today, session.zone)
    if store.has_fields(connection):
        from crm_cli.store import fields

        found["fields"] = fields.objects(connection, "lead", [lead_id])[lead_id]
    title = f"{row.title} ({row.contact})"
    shown = _shown(connection, row, found)
    return Record(noun="lead", values=found, title=title, shown=shown)


_FOR_PEOPLE = (
    "id", "contact", "contact_id", "stage", "pipeline", "state", "value", "currency",
    "probability", "weighted_value", "forecast", "score", "expected_on", "next_follow_up_on",
    "owner", "source", "campaign", "referred_by", "tags", "fields", "opened_at", "age_days",
    "closed_at", "loss_reason", "competitor", "purchase_id", "external_id", "notes", "created_at",
    "updated_at",
)  # fmt: skip
_OF_OPEN = frozenset({"weighted_value", "forecast", "score", "probability", "expected_on"})


def _shown(connection: sqlite3.Connection, row: Lead, values: dict[str, Any]) -> dict[str, Any]:
    """Return the fields that people read in place of a lead's JSON object; of a closed one not
    what only an open one promises."""
    found = {key: values[key] for key in _FOR_PEOPLE if row.state == "open" or key not in _OF_OPEN}
    found["stage"] = row.stage_name
    if row.state == "open":
        days = values["stage_age_days"]
        found["stage"] += f", {days} day{'' if days == 1 else 's'}"
        if values["stale"]:
            found["stage"] += f": stale after {row.rotten_days}"
    if store.is_default_pipeline(connection, row.pipeline):
        del found["pipeline"]
    if row.referred_by_id is not None:
        found["referred_by"] = f"{row.referred_by_name} (#{row.referred_by_id})"
    if row.loss_reason is not None:
        from crm_cli.store import picklists

        words = picklists.labels(connection, "loss-reason")
        found["loss_reason"] = words.get(row.loss_reason, row.loss_reason)
    return found


def table(
    rows: Sequence[Lead], session: Session, shown: Sequence[str] = SHOWN, *, flat: bool = False
) -> Table:
    """Return leads as a table; ``flat``: as that of ``lead list``, which leaves out ``fields``,
    for custom fields get columns of their own."""
    found = objects(rows, session)
    pipelines = store.pipeline_names(session.reader)
    words = {"pipeline": pipelines}
    if any(row.loss_reason is not None for row in rows):
        from crm_cli.store import picklists

        words["loss_reason"] = picklists.labels(session.reader, "loss-reason")
    columns = [
        column._replace(texts=[row.stage_name for row in rows])
        if column.key == "stage"
        else column._replace(words=words[column.key])
        if column.key in words
        else column
        for column in COLUMNS
        if not flat or column.key != "fields"
    ]
    cells = [
        tuple(item for key, item in one.items() if not flat or key != "fields") for one in found
    ]
    if len(pipelines) > 1 and "stage" in shown and "pipeline" not in shown:
        at = list(shown).index("stage")
        shown = (*shown[:at], "pipeline", *shown[at:])
    return Table(noun="lead", columns=columns, rows=cells, default_columns=shown)


def objects(rows: Sequence[Lead], session: Session) -> list[dict[str, Any]]:
    """Return the JSON objects of leads."""
    today, zone = session.today, session.zone
    if len(rows) < _MANY:
        return [values(row, today, zone) for row in rows]
    from crm_cli.reports.local_days import Days

    day_of, number = Days(zone).ordinal, today.toordinal()
    return [_values(row, number, day_of) for row in rows]


_MANY = 100
"""Leads from which on it pays to look at each date of UTC only once."""


def rows_of(connection: sqlite3.Connection, session: Session, ids: Sequence[int]) -> Table:
    """Return the table of certain leads, open or not."""
    return table(store.listed(connection, {"ids": store.array(ids)}), session)


def _scored_today(session: Session, body: Record) -> Record:
    """Return the record with its score as of today, where the kept one may be old."""
    if body.values["score"] is None:
        return body
    from crm_cli.store import lead_scores

    if not lead_scores.is_old(session.reader, body.values["id"], session.today.isoformat()):
        return body
    from crm_cli.queries.lead_scoring import Scoring

    score = Scoring(session).one(body.values["id"])
    now = score.kept.score if score else None
    return body._replace(values={**body.values, "score": now})


def show(session: Session, whats: Sequence[str], *, for_people: bool) -> Result:
    """Return one lead, or several one below the other; where people will see it with the stages
    it was in, what comes next and what was said. Raises NotFound and Ambiguous."""
    from crm_cli.queries import lead_page, resolve

    reader = session.reader
    ids = [
        resolve.lead_id(reader, what, country=resolve.country_for(session, what)) for what in whats
    ]
    found = [_scored_today(session, record(reader, session, number)) for number in ids]
    if for_people:
        found = [lead_page.with_sections(session, page) for page in found]
    if len(found) == 1:
        return Result(body=found[0])
    from crm_cli.queries.several import pages

    return Result(body=pages("lead", found, for_people=for_people))
