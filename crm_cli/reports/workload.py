"""Open work by person: leads, what is stale or without a next step among them, follow-ups."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from crm_cli.domain.values import money_text
from crm_cli.reports import REPORTS, lead_bounds, lead_state, lead_steps, scope
from crm_cli.result import Column, Kind, Look, Report

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crm_cli.reports.lead_state import LeadScope
    from crm_cli.result import Result
    from crm_cli.session import Session

DEFINITION = REPORTS["workload"].definition

LEAD_FIGURES = ("leads", "value", "weighted", "without_value", "stale", "no_next_step")
FIGURES = (*LEAD_FIGURES, *lead_steps.COUNTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkloadRequest:
    """What ``report workload`` was asked."""

    bounds: scope.Bounds = field(default_factory=scope.Bounds)


COLUMNS = (
    Column("owner", "Owner"),
    Column("leads", "Leads", Kind.INTEGER),
    Column("value", "Value", Kind.MONEY),
    Column("weighted", "Weighted", Kind.MONEY),
    Column("without_value", "Without", Kind.INTEGER),
    Column("stale", "Stale", Kind.INTEGER),
    Column("no_next_step", "No next step", Kind.INTEGER),
    Column("follow_ups", "Follow-ups", Kind.INTEGER),
    Column("due", "Due", Kind.INTEGER),
    Column("overdue", "Overdue", Kind.INTEGER),
    Column("promises_late", "Promises late", Kind.INTEGER),
    Column("currency", "Currency"),
)

SHOWN = ("owner", "leads", "value", "weighted", "stale", "no_next_step", "overdue", "promises_late",
         "due", "follow_ups", "without_value", "currency")  # fmt: skip
"""What is late comes first: a narrow window leaves out the last ones."""


def conditions(session: Session, chosen: LeadScope) -> tuple[dict[str, str], dict[str, Any]]:
    """Return figure -> which open leads (``b``) it counts, as SQL, and their parameters."""
    is_stale, parameters = lead_steps.stale(session, chosen)
    return {
        "leads": "1",
        "value": "b.amount IS NOT NULL",
        "weighted": "b.amount IS NOT NULL",
        "without_value": "b.amount IS NULL",
        "stale": is_stale,
        "no_next_step": f"NOT {lead_steps.has_next(session, chosen)}",
    }, parameters


def report(session: Session, request: WorkloadRequest) -> Result:
    """Sum open work by person (``DEFINITION``).

    Rows: owner (null: nobody's), leads, value, weighted, without_value, stale, no_next_step,
    follow_ups, due, overdue, promises_late, currency. Totals: the figures. Raises InvalidValue,
    NotFound, RateMissing.
    """
    chosen = lead_state.read(session, request.bounds)
    found = lead_state.states(session, chosen, needed="state = 'open'")
    tests, more = conditions(session, chosen)
    figures = [
        f"coalesce(sum(b.{'amount' if name == 'value' else name}), 0)"
        if name in {"value", "weighted"}
        else f"sum({tests[name]})"
        for name in LEAD_FIGURES
    ]
    sums: dict[str | None, dict[str, int]] = {
        owner: dict(zip(FIGURES, (*counts, *[0] * len(lead_steps.COUNTS)), strict=True))
        for owner, *counts in session.reader.execute(
            f"WITH {found.sql} SELECT b.owner, {', '.join(figures)} FROM states b"
            " WHERE b.state = 'open' GROUP BY 1",
            {**found.parameters, **more},
        ).fetchall()
    }
    for owner, counts in lead_steps.counts(
        lead_steps.follow_ups(session, chosen), chosen.as_of
    ).items():
        sums.setdefault(owner, dict.fromkeys(FIGURES, 0)).update(counts)
    everything = {name: sum(mine[name] for mine in sums.values()) for name in FIGURES}
    order = sorted(
        sums, key=lambda owner: (owner is None, -sums[owner]["leads"],
                                 -sums[owner]["follow_ups"], owner or "")
    )  # fmt: skip
    rows = [{"owner": owner, **_shown(sums[owner], found.currency)} for owner in order]
    totals = _shown(everything, found.currency)
    body = Report(
        name="workload",
        title="Open work by person",
        definition=DEFINITION,
        parameters={},
        rows=rows,
        totals=totals,
        columns=COLUMNS,
        cells=[tuple(row.values()) for row in rows],
        footer=("all", *totals.values()),
        notes=_notes(session, chosen),
        look=Look.BARS,
        picture_key="leads",
        default_columns=SHOWN,
    )
    return lead_bounds.result(chosen, body)


def _shown(sums: dict[str, int], currency: str) -> dict[str, Any]:
    row: dict[str, Any] = dict(sums)
    for name in ("value", "weighted"):
        row[name] = money_text(sums[name], currency)
    return {**row, "currency": currency}


def _notes(session: Session, chosen: LeadScope) -> Sequence[str]:
    notes = [f"As of {chosen.as_of}."]
    if chosen.leads is not None or chosen.pipeline_id is not None:
        notes.append("Follow-ups are those tied to these leads.")
    if chosen.as_of < session.today:
        notes.append(
            "Limits of stages, owners and due days of follow-ups are those of today; the store"
            " keeps no older ones."
        )
    return notes
