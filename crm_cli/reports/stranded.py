"""Open leads without a next step: nobody has said what is done about them, and when."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from crm_cli.domain.rounding import finer, ratio, shown
from crm_cli.domain.values import money_text
from crm_cli.reports import (
    REPORTS,
    lead_bounds,
    lead_evidence,
    lead_state,
    lead_steps,
    local_days,
    scope,
)
from crm_cli.reports.quiet import LAST_AT
from crm_cli.result import Column, Kind, Report

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crm_cli.reports.lead_state import LeadScope
    from crm_cli.result import Result
    from crm_cli.session import Session

DEFINITION = REPORTS["stranded"].definition


@dataclass(frozen=True, slots=True, kw_only=True)
class StrandedRequest:
    """What ``report stranded`` was asked, and how many rows at most."""

    bounds: scope.Bounds = field(default_factory=scope.Bounds)
    limit: int | None = None


def columns(session: Session) -> list[Column]:
    """Return the columns of the list."""
    return [
        Column("id", "ID", Kind.ID),
        Column("title", "Lead"),
        Column("contact_id", "Contact ID", Kind.ID),
        Column("contact", "Contact"),
        Column("pipeline", "Pipeline", words=lead_evidence.words(session.reader, "pipelines")),
        Column("stage", "Stage", words=lead_evidence.words(session.reader, "stages")),
        Column("owner", "Owner"),
        Column("value", "Value", Kind.MONEY),
        Column("currency", "Currency"),
        Column("age_days", "Age", Kind.INTEGER),
        Column("stage_age_days", "In stage", Kind.INTEGER),
        Column("stale", "Stale", Kind.FLAG),
        Column("last_contacted_at", "Last contact", Kind.INSTANT),
        Column("contact_follow_up_on", "Contact's next", Kind.DATE),
    ]


SHOWN = ("id", "title", "contact", "stage", "owner", "value", "currency", "age_days",
         "stage_age_days", "stale", "last_contacted_at", "contact_follow_up_on")  # fmt: skip


def report(session: Session, request: StrandedRequest) -> Result:
    """List open leads without a next step (``DEFINITION``).

    Rows: id, title, contact_id, contact, pipeline, stage, owner, value and currency (its own),
    age_days, stage_age_days, stale, last_contacted_at, contact_follow_up_on. Totals: open,
    stranded, share, stale, value, without_value, currency. Raises InvalidValue, NotFound,
    RateMissing.
    """
    chosen = lead_state.read(session, request.bounds)
    found = lead_state.states(session, chosen, needed="state = 'open'")
    is_stale, more = lead_steps.stale(session, chosen)
    parameters = {**found.parameters, **more, "row_limit": -1}
    open_leads, stranded, stale, value, valued = session.reader.execute(
        f"WITH {found.sql} SELECT count(*), sum(alone), sum(alone AND stale),"
        " sum(iif(alone, amount, NULL)), count(iif(alone, amount, NULL)) FROM ("
        f"SELECT NOT {lead_steps.has_next(session, chosen)} AS alone, {is_stale} AS stale,"
        " b.amount FROM states b WHERE b.state = 'open')",
        parameters,
    ).fetchone()
    if request.limit is not None:
        parameters["row_limit"] = request.limit
    rows = session.reader.execute(_listed(session, chosen, found.sql, is_stale), parameters)
    made = _rows(session, chosen, rows.fetchall())
    totals = {
        "open": open_leads,
        "stranded": stranded or 0,
        "share": ratio(stranded or 0, open_leads),
        "stale": stale or 0,
        "value": money_text(value or 0, found.currency),
        "without_value": (stranded or 0) - valued,
        "currency": found.currency,
    }
    heads = columns(session)
    body = Report(
        name="stranded",
        title=f"Open leads without a next step as of {chosen.as_of}",
        definition=DEFINITION,
        parameters={},
        rows=made,
        totals=totals,
        columns=heads,
        cells=[tuple(row.values()) for row in made],
        notes=_notes(session, chosen, totals, len(made)),
        default_columns=SHOWN,
    )
    return lead_bounds.result(chosen, body)


def _listed(session: Session, chosen: LeadScope, sql: str, is_stale: str) -> str:
    is_open = lead_steps.is_open(session, chosen)
    return f"""
    WITH {sql},
    alone AS MATERIALIZED (
        SELECT b.id, b.title, b.contact_id, b.stage_id, b.owner, b.value, b.currency, b.opened_at,
               b.stage_since, {is_stale} AS stale, b.amount
          FROM states b
         WHERE b.state = 'open' AND NOT {lead_steps.has_next(session, chosen)}
         ORDER BY b.amount IS NULL, b.amount DESC, b.stage_since, b.id LIMIT :row_limit
    )
    SELECT b.id, b.title, b.contact_id, c.name, p.key, s.key, b.owner, b.value, b.currency,
           b.opened_at, b.stage_since, b.stale, {LAST_AT},
           (SELECT min(f.due_on) FROM follow_ups f WHERE f.contact_id = b.contact_id AND {is_open})
      FROM alone b
      JOIN contacts c ON c.id = b.contact_id
      LEFT JOIN contact_activity a ON a.contact_id = c.id
      JOIN stages s ON s.id = b.stage_id
      JOIN pipelines p ON p.id = s.pipeline_id
     ORDER BY b.amount IS NULL, b.amount DESC, b.stage_since, b.id
    """


def _rows(
    session: Session, chosen: LeadScope, found: Sequence[Sequence[Any]]
) -> list[dict[str, Any]]:
    days, today = local_days.Days(session.zone), chosen.as_of.toordinal()
    keys = [column.key for column in columns(session)]
    return [
        dict(
            zip(
                keys,
                (
                    *row[:7],
                    None if row[7] is None else money_text(row[7], row[8]),
                    row[8],
                    today - days.ordinal(row[9]),
                    today - days.ordinal(row[10]),
                    bool(row[11]),
                    row[12],
                    row[13],
                ),
                strict=True,
            )
        )
        for row in found
    ]


def _notes(
    session: Session, chosen: LeadScope, totals: Mapping[str, Any], listed: int
) -> Sequence[str]:
    base = scope.counted(totals["open"], "open lead")
    share = totals["share"]
    percent = "" if share is None else f" ({shown(100 * finer(share), 1)} %)"
    notes = [f"As of {chosen.as_of}: {totals['stranded']} of {base} without a next step{percent}."]
    if listed < totals["stranded"]:
        notes.append(f"Shown: {listed} of {totals['stranded']}.")
    if chosen.as_of < session.today:
        notes.append(
            "Limits of stages and due days of follow-ups are those of today; the store keeps no"
            " older ones."
        )
    return notes
