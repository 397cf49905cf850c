"""Which leads have a next step, and whose follow-ups are open: as of the end of any day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from crm_cli.domain.values import fold
from crm_cli.reports import lead_state, local_days
from crm_cli.store import lead_spellings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    from crm_cli.reports.lead_state import LeadScope
    from crm_cli.session import Session


OPEN_THEN = (
    "f.created_at < :end AND (f.state = 'open' OR (f.state = 'done' AND f.done_at >= :end)"
    " OR (f.state = 'cancelled' AND f.updated_at >= :end))"
)
"""The condition on a follow-up (``f``) that was open at the end of a past day. One that was called
off was open until its last change, as in the report on promises."""


def is_open(session: Session, chosen: LeadScope) -> str:
    """Return the condition on a follow-up (``f``) that is open at the end of the day."""
    return OPEN_THEN if chosen.as_of < session.today else "f.state = 'open'"


def has_next(session: Session, chosen: LeadScope) -> str:
    """Return the condition on a lead (``b``) that has a next step: an open follow-up of its own."""
    return (
        "EXISTS (SELECT 1 FROM follow_ups f INDEXED BY follow_ups_lead"
        f" WHERE f.lead_id = b.id AND {is_open(session, chosen)})"
    )


def stale(session: Session, chosen: LeadScope) -> tuple[str, dict[str, Any]]:
    """Return the condition on a lead (``b``) that is in its stage for longer than its limit, as
    limits are now, and its parameters."""
    from datetime import timedelta

    limits = [
        days
        for (days,) in session.reader.execute(
            "SELECT DISTINCT rotten_days FROM stages WHERE rotten_days IS NOT NULL"
        ).fetchall()
    ]
    if not limits:
        return "0", {}
    parameters, cases = {}, ""
    for days in limits:
        # Longer than the limit: entered before the day that many days ago.
        parameters[f"stale{days}"] = local_days.begins(
            chosen.as_of - timedelta(days=days), session.zone
        )
        cases += f" WHEN {days} THEN :stale{days}"
    return f"coalesce(b.stage_since < CASE b.rotten_days{cases} END, 0)", parameters


class FollowUp(NamedTuple):
    """An open follow-up: whose it is, the day it is due, and its kind."""

    id: int
    owner: str | None
    due_on: str
    kind: str


def follow_ups(session: Session, chosen: LeadScope) -> list[FollowUp]:
    """Return the follow-ups that are open on the day, by owner: their own, else that of their lead
    on the day, else that of their contact.

    Where leads are narrowed by a filter, a segment or a pipeline, those tied to one of them.
    """
    head, condition, parameters = "", "1", dict[str, Any](end=chosen.end)
    if chosen.leads is not None or chosen.pipeline_id is not None:
        from dataclasses import replace

        base, more = lead_state.base(session.reader, replace(chosen, owner=None, owners=None))
        head, parameters = f"WITH {base}", {**more, "end": chosen.end}
        condition = "f.lead_id IN (SELECT b.id FROM base b)"
    lead_owner, former = "l.owner", ""
    if lead_state.has_new_terms_since(session.reader, chosen.end):
        lead_owner, former = "iif(t.id IS NULL, l.owner, t.owner)", lead_state.FORMER_TERMS
    rows = session.reader.execute(
        f"{head} SELECT f.id, coalesce(f.owner, {lead_owner}, c.owner), f.due_on, f.kind"
        " FROM follow_ups f JOIN contacts c ON c.id = f.contact_id"
        f" LEFT JOIN leads l ON l.id = f.lead_id {former}"
        f" WHERE {is_open(session, chosen)} AND {condition}",
        parameters,
    ).fetchall()
    found = list(map(FollowUp._make, rows))
    names = lead_spellings.spellings(session.reader, "owner", past=True)
    for one in found:
        if one.owner is not None:
            names.setdefault(fold(one.owner), [one.owner])
    found = [
        one if one.owner is None else one._replace(owner=names[fold(one.owner)][0]) for one in found
    ]
    if chosen.owner is not None:
        found = [one for one in found if one.owner is not None and _is(one.owner, chosen.owner)]
    return found


def _is(owner: str, asked: str) -> bool:
    return fold(owner) == fold(asked)


def is_overdue(one: FollowUp, as_of: date) -> bool:
    """Say whether a follow-up's day is over."""
    return one.due_on < as_of.isoformat()


def is_due(one: FollowUp, as_of: date) -> bool:
    """Say whether a follow-up is due on the day itself."""
    return one.due_on == as_of.isoformat()


def is_late_promise(one: FollowUp, as_of: date) -> bool:
    """Say whether a promise to a customer is open though its day is over."""
    return one.kind == "promise" and is_overdue(one, as_of)


def is_any(one: FollowUp, as_of: date) -> bool:
    """Count every open follow-up."""
    del one, as_of
    return True


COUNTS: dict[str, Callable[[FollowUp, date], bool]] = {
    "follow_ups": is_any,
    "due": is_due,
    "overdue": is_overdue,
    "promises_late": is_late_promise,
}
"""Figure -> which open follow-ups it counts on a day."""


def counts(found: Sequence[FollowUp], as_of: date) -> dict[str | None, dict[str, int]]:
    """Return owner -> figure -> how many."""
    sums: dict[str | None, dict[str, int]] = {}
    for one in found:
        mine = sums.setdefault(one.owner, dict.fromkeys(COUNTS, 0))
        for name, holds in COUNTS.items():
            mine[name] += holds(one, as_of)
    return sums
