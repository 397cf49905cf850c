"""How long leads stay in each stage, how long they take to be won, and what a day brings."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from crm_cli.domain.quantiles import HALF, QUARTER, THREE_QUARTERS, quartile
from crm_cli.domain.rounding import finer, quotient, ratio, shown
from crm_cli.domain.values import money_text
from crm_cli.reports import REPORTS, lead_bounds, lead_evidence, lead_paths, lead_state, scope
from crm_cli.result import Column, Kind, Report
from crm_cli.store.leads import stage_names

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crm_cli.domain.stage import Stage
    from crm_cli.reports.lead_paths import Asked
    from crm_cli.reports.lead_state import LeadScope
    from crm_cli.result import Result
    from crm_cli.session import Session

DEFINITION = REPORTS["velocity"].definition


@dataclass(frozen=True, slots=True, kw_only=True)
class VelocityRequest:
    """What ``report velocity`` was asked."""

    bounds: scope.Bounds = field(default_factory=scope.Bounds)


COLUMNS = (
    Column("leads", "Leads", Kind.INTEGER),
    Column("still_there", "Still there", Kind.INTEGER),
    Column("first_quartile", "Lower quartile", Kind.NUMBER),
    Column("median", "Median", Kind.NUMBER),
    Column("third_quartile", "Upper quartile", Kind.NUMBER),
    Column("average_days", "Average", Kind.NUMBER),
)
DAYS = ("first_quartile", "median", "third_quartile", "average_days")


def report(session: Session, request: VelocityRequest) -> Result:
    """Tell how fast leads go (``DEFINITION``).

    Rows: pipeline, stage (keys), leads, still_there, first_quartile, median, third_quartile,
    average_days. Totals: open, won, lost, win_rate, average_won_value, average_days_to_win,
    first_quartile, median, third_quartile (of the days to win), per_day, currency. Raises
    InvalidValue, NotFound, RateMissing.
    """
    chosen = lead_state.read(session, request.bounds)
    stages = stages_of(session, chosen)
    leads = lead_paths.asked(session, chosen, opened=False)
    days_in = stay_days(session, chosen)
    rows = [
        row
        for stage in stages
        if (row := _row(session, chosen, stage, leads, days_in)) is not None
    ]  # fmt: skip
    totals = _totals(session, chosen)
    several = len({row["pipeline"] for row in rows}) > 1
    names = stage_names(session.reader)
    columns = (
        Column("pipeline", "Pipeline", words=lead_evidence.words(session.reader, "pipelines")),
        Column("stage", "Stage", texts=[names[row["pipeline"], row["stage"]] for row in rows]),
        *COLUMNS,
    )
    keys = [column.key for column in columns]
    body = Report(
        name="velocity",
        title="Days in each stage, and what a day brings",
        definition=DEFINITION,
        parameters={},
        rows=rows,
        totals=totals,
        columns=columns,
        cells=[tuple(row.values()) for row in rows],
        notes=_notes(chosen, totals),
        open_cells=frozenset(
            (at, keys.index(key))
            for at, row in enumerate(rows)
            if row["still_there"]
            for key in DAYS
        ),
        open_means="of leads that are still there too",
        default_columns=None if several else keys[1:],
    )
    return lead_bounds.result(chosen, body)


# -- days in a stage ------------------------------------------------------------------------------


def stages_of(session: Session, chosen: LeadScope) -> list[Stage]:
    """Return the open stages of the scope's pipelines in their order."""
    from crm_cli.store import stages as store

    everywhere = store.stages(session.reader, chosen.pipeline_id)
    return [stage for stage in everywhere if stage.kind == "open"]


class StayDays(NamedTuple):
    """SQL for the days of a stay (``h``) up to the as-of day, for whether it still goes on then,
    and for whether it began in the period; and their parameters."""

    days: str
    goes_on: str
    began: str
    parameters: Mapping[str, Any]


def stay_days(session: Session, chosen: LeadScope) -> StayDays:
    """Return how stays are counted: in days of the calendar, so that those of a lead add up to its
    age."""
    first = lead_bounds.first_opened(session)
    goes_on = "h.left_at IS NULL OR h.left_at >= :end"
    entered, left = (
        lead_bounds.day_of(session, f"h.{column}", first, chosen.end)
        for column in ("entered_at", "left_at")
    )
    began = "1"
    if chosen.since is not None or chosen.until is not None:
        began = "h.entered_at >= :since AND h.entered_at < :until"
    return StayDays(
        f"iif({goes_on}, {chosen.as_of.toordinal()}, {left}) - {entered}",
        goes_on,
        began,
        lead_bounds.span(session, chosen),
    )


def by_lead(leads: Asked, days_in: StayDays) -> str:
    """Return the statement of the leads that entered ``:stage`` in the period: lead_id, days (all
    its stays there) and whether it is still there."""
    having = "" if days_in.began == "1" else f"HAVING max({days_in.began})"
    return f"""
    SELECT h.lead_id, sum({days_in.days}) AS days, max({days_in.goes_on}) AS goes_on
      FROM stage_changes h INDEXED BY stage_changes_stage
     WHERE h.stage_id = :stage AND h.entered_at < :end AND {leads.condition}
     GROUP BY h.lead_id {having}
    """


def _row(
    session: Session, chosen: LeadScope, stage: Stage, leads: Asked, days_in: StayDays
) -> dict[str, Any] | None:
    del chosen
    found = session.reader.execute(
        f"{leads.sql} SELECT days, count(*), sum(goes_on) FROM ({by_lead(leads, days_in)})"
        " GROUP BY days",
        {**leads.parameters, **days_in.parameters, "stage": stage.id},
    ).fetchall()
    counts = {days: count for days, count, _ in found}
    size = sum(counts.values())
    if not size and stage.is_retired:
        return None
    return {
        "pipeline": stage.pipeline,
        "stage": stage.key,
        "leads": size,
        "still_there": sum(open_ones for _, _, open_ones in found),
        "first_quartile": quartile(counts, QUARTER),
        "median": quartile(counts, HALF),
        "third_quartile": quartile(counts, THREE_QUARTERS),
        "average_days": ratio(sum(days * count for days, count in counts.items()), size, 2),
    }


# -- what a day brings ----------------------------------------------------------------------------


def _totals(session: Session, chosen: LeadScope) -> dict[str, Any]:
    found = lead_bounds.closed_states(session, chosen, "state = 'won'", alone=True)
    days = lead_bounds.days_to_close(session, chosen)
    rows = session.reader.execute(
        f"WITH {found.sql} SELECT b.state, iif(b.state = 'won', {days}, NULL), count(*),"
        " sum(iif(b.state = 'won', b.amount, NULL)), count(iif(b.state = 'won', b.amount, NULL))"
        f" FROM states b WHERE b.state = 'open' OR ({lead_bounds.CLOSED}) GROUP BY 1, 2",
        found.parameters,
    ).fetchall()
    counts = {state: sum(r[2] for r in rows if r[0] == state) for state in ("open", "won", "lost")}
    days_to_win = {row[1]: row[2] for row in rows if row[0] == "won"}
    value = sum(row[3] or 0 for row in rows)
    valued = sum(row[4] for row in rows)
    all_days = sum(number * count for number, count in days_to_win.items())
    won, closed = counts["won"], counts["won"] + counts["lost"]
    per_day = None
    if valued and all_days > 0:
        # Rounded once: open leads x (value / valued) x (won / closed) / (days / won).
        per_day = quotient(counts["open"] * value * won * won, valued * closed * all_days)
    average = quotient(value, valued) if valued else None
    return {
        **counts,
        "win_rate": ratio(won, closed),
        "average_won_value": None if average is None else money_text(average, found.currency),
        "average_days_to_win": ratio(all_days, won, 2),
        "first_quartile": quartile(days_to_win, QUARTER),
        "median": quartile(days_to_win, HALF),
        "third_quartile": quartile(days_to_win, THREE_QUARTERS),
        "per_day": None if per_day is None else money_text(per_day, found.currency),
        "currency": found.currency,
    }


def _notes(chosen: LeadScope, totals: Mapping[str, Any]) -> Sequence[str]:
    notes = [
        lead_bounds.said(chosen, "stages entered and leads closed")
        if chosen.since or chosen.until
        else f"As of {chosen.as_of}."
    ]
    if totals["average_days_to_win"] is not None:
        quarters = [totals[key] for key in ("first_quartile", "median", "third_quartile")]
        low, middle, high = (shown(finer(value), 1) for value in quarters)
        notes.append(f"Days to win: median {middle}, quartiles {low} and {high}.")
    if totals["per_day"] is not None:
        rate, days = finer(totals["win_rate"]), finer(totals["average_days_to_win"])
        code = totals["currency"]
        notes.append(
            f"Sales velocity: {totals['open']} open x {totals['average_won_value']} {code} a won"
            f" lead x {shown(100 * rate, 1)} % won / {shown(days, 1)} days to win ="
            f" {totals['per_day']} {code} a day."
        )
    else:
        notes.append("Sales velocity: none without a won lead that has a value and took a day.")
    return notes
