"""Open leads without a next step: nobody has said what is done about them, and when."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

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

    from crm_cli.reports.lead_rates import States
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
    open_leads, alone = _alone(session, chosen, found)
    made = _rows(session, chosen, alone[: request.limit])
    values = [one.amount for one in alone if one.amount is not None]
    totals: dict[str, Any] = {
        "open": open_leads,
        "stranded": len(alone),
        "share": ratio(len(alone), open_leads),
        "stale": sum(one.stale for one in alone),
        "value": money_text(sum(values), found.currency),
        "without_value": len(alone) - len(values),
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


class Alone(NamedTuple):
    """A stranded lead; ``amount`` in minor units of the report's currency."""

    id: int
    title: str
    contact_id: int
    stage_id: int
    owner: str | None
    value: int | None
    currency: str | None
    amount: int | None
    opened_at: str
    stage_since: str
    stale: int


def _alone(session: Session, chosen: LeadScope, found: States) -> tuple[int, list[Alone]]:
    """Return how many leads are open, and the stranded ones, the most valuable first."""
    is_stale, more = lead_steps.stale(session, chosen)
    names = ", ".join(f"b.{name}" for name in Alone._fields[:-1])
    # Of the columns: as a condition it would be asked of closed leads, too.
    rows = session.reader.execute(
        f"WITH {found.sql} SELECT {lead_steps.has_next(session, chosen)}, {names}, {is_stale}"
        " FROM states b WHERE b.state = 'open'",
        {**found.parameters, **more},
    ).fetchall()
    alone = [Alone._make(row[1:]) for row in rows if not row[0]]
    alone.sort(
        key=lambda one: (
            one.amount is None, -1 if one.amount is None else -one.amount, one.stage_since, one.id
        )
    )  # fmt: skip
    return len(rows), alone


def _contacts(
    session: Session, chosen: LeadScope, found: Sequence[Alone]
) -> dict[int, tuple[str, str | None, str | None]]:
    """Return contact -> name, last talk, and the day of the next follow-up."""
    ids = sorted({one.contact_id for one in found})
    rows = session.reader.execute(
        f"""
        SELECT c.id, c.name, {LAST_AT},
               (SELECT min(f.due_on) FROM follow_ups f
                 WHERE f.contact_id = c.id AND {lead_steps.is_open(session, chosen)})
          FROM json_each(:ids) q CROSS JOIN contacts c ON c.id = q.value
               LEFT JOIN contact_activity a ON a.contact_id = c.id
        """,
        {"ids": f"[{','.join(map(str, ids))}]", "end": chosen.end},
    ).fetchall()
    return {number: (name, last_at, due_on) for number, name, last_at, due_on in rows}


def _rows(session: Session, chosen: LeadScope, found: Sequence[Alone]) -> list[dict[str, Any]]:
    from crm_cli.store import stages as store

    days, today = local_days.Days(session.zone), chosen.as_of.toordinal()
    stages = {stage.id: stage for stage in store.stages(session.reader)}
    contacts = _contacts(session, chosen, found)
    made = []
    for one in found:
        name, last_at, due_on = contacts[one.contact_id]
        stage = stages[one.stage_id]
        made.append(
            {
                "id": one.id, "title": one.title, "contact_id": one.contact_id, "contact": name,
                "pipeline": stage.pipeline, "stage": stage.key, "owner": one.owner,
                "value": (
                    None if one.value is None else money_text(one.value, one.currency or "")
                ),
                "currency": one.currency,
                "age_days": today - days.ordinal(one.opened_at),
                "stage_age_days": today - days.ordinal(one.stage_since),
                "stale": bool(one.stale), "last_contacted_at": last_at,
                "contact_follow_up_on": due_on,
            }
        )  # fmt: skip
    return made


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
