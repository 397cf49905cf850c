"""What a board shows of open leads, read at once: each stage's sums, and its first cards.

The rest of the leads never leaves the store: a board of ten thousand shows a hundred.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crm_cli.reports import lead_bounds, lead_steps, pipeline

if TYPE_CHECKING:
    from crm_cli.reports.lead_rates import States
    from crm_cli.reports.lead_state import LeadScope
    from crm_cli.session import Session

ALL = 2**31
"""More cards than any stage has."""


def by_stage(
    session: Session, chosen: LeadScope, found: States, limit: int | None
) -> tuple[dict[int, pipeline.Tally], dict[int, list[int]]]:
    """Return what the open leads of each stage sum up to, and the ids of those that are shown:
    those worth most by their odds first, those nobody knows the value of last."""
    is_stale, more = lead_steps.stale(session, chosen)
    opened_on = lead_bounds.day_of(
        session, "b.opened_at", lead_bounds.first_opened(session), chosen.end
    )
    rows = session.reader.execute(
        f"""
        WITH {found.sql},
        shown AS MATERIALIZED (
            SELECT b.id, b.stage_id, b.amount, b.weighted, :today - {opened_on} AS age,
                   {is_stale} AS stale
              FROM states b WHERE b.state = 'open'
        )
        SELECT stage_id, 0 AS place, count(*) AS one, count(amount), sum(amount), sum(weighted),
               sum(age), sum(stale)
          FROM shown GROUP BY stage_id
         UNION ALL
        SELECT stage_id, place, id, NULL, NULL, NULL, NULL, NULL
          FROM (SELECT stage_id, id, row_number() OVER (
                           PARTITION BY stage_id ORDER BY coalesce(weighted, 0) DESC,
                           coalesce(amount, 0) DESC, amount IS NULL, id) AS place FROM shown)
         WHERE place <= :most
         ORDER BY stage_id, place
        """,
        {
            **found.parameters, **more, "today": chosen.as_of.toordinal(),
            "most": ALL if limit is None else limit,
        },
    ).fetchall()  # fmt: skip
    tallies: dict[int, pipeline.Tally] = {}
    placed: dict[int, list[int]] = {}
    for stage_id, place, one, *figures in rows:
        if place:
            placed.setdefault(stage_id, []).append(one)
            continue
        tally = tallies[stage_id] = pipeline.Tally()
        tally.leads = one
        with_value, value, weighted, tally.age, tally.stale = figures
        tally.with_value, tally.value, tally.weighted = with_value, value or 0, weighted or 0
    return tallies, placed
