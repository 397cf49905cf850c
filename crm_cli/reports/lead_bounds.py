"""What reports on leads share beside ``lead_state``: their period as instants, and their notes."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

from crm_cli.reports import lead_state, local_days
from crm_cli.result import Result

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crm_cli.reports.lead_rates import States
    from crm_cli.reports.lead_state import LeadScope
    from crm_cli.result import Report
    from crm_cli.session import Session

NO_VALUE = "(none)"
"""How the row without a value is named in a cell."""


def span(session: Session, chosen: LeadScope) -> dict[str, str]:
    """Return the instants of a scope's period (``since``, ``until``), cut at the end of its as-of
    day, and that one (``end``)."""
    until = chosen.end
    if chosen.until is not None:
        until = min(until, local_days.ends(chosen.until, session.zone))
    since = "" if chosen.since is None else local_days.begins(chosen.since, session.zone)
    return {"since": since, "until": until, "end": chosen.end}


def said(chosen: LeadScope, what: str) -> str:
    """Return the bounds in words, such as "As of 2026-06-15; leads closed from 2026-05-01."."""
    if chosen.since is None and chosen.until is None:
        return f"As of {chosen.as_of}; {what} of all time."
    start = f" from {chosen.since}" if chosen.since else ""
    end = f" to {chosen.until}" if chosen.until else ""
    return f"As of {chosen.as_of}; {what}{start}{end}."


def day_of(session: Session, column: str, first: str | None, end: str) -> str:
    """Return SQL for the number of the day on which an instant lies that is not before ``first``
    (None: no instant will be asked about) and before ``end``."""
    return local_days.day_sql(column, first or end, end, session.zone)


def first_opened(session: Session) -> str | None:
    """Return the first instant that a report on leads asks the day of; None where there is no
    lead, and where the business's days are those of UTC and nothing hangs on it."""
    if session.zone is UTC:
        return None
    row = session.reader.execute("SELECT min(opened_at) FROM leads").fetchone()
    first: str | None = row[0]
    return first


CLOSED = "closed_at >= :since AND closed_at < :until"
"""SQL for the leads that were closed in the period; those open on the day are not."""


def closed_states(
    session: Session, chosen: LeadScope, needed: str, *, alone: bool = False
) -> States:
    """Return the leads of a scope, with the bounds of its period as parameters.

    Amounts are needed of those closed in it for which the condition ``needed`` holds; ``alone``:
    no other amount is looked up. Raises RateMissing, Refused.
    """
    period = span(session, chosen)
    condition = (
        f"({needed}) AND closed_at >= '{period['since']}' AND closed_at < '{period['until']}'"
    )
    found = lead_state.states(session, chosen, needed=condition, wanted=condition if alone else "1")
    return found._replace(parameters={**found.parameters, **period})


def days_to_close(session: Session, chosen: LeadScope) -> str:
    """Return SQL for the days from a lead's (``b``) opening to its closing."""
    first = first_opened(session)
    opened, closed = (
        day_of(session, f"b.{column}", first, chosen.end) for column in ("opened_at", "closed_at")
    )
    return f"({closed} - {opened})"


def result(chosen: LeadScope, body: Report, notes: Sequence[str] = ()) -> Result:
    """Return a report with its bounds and what it is narrowed to."""
    body = body._replace(notes=[*body.notes, *notes])
    return Result(body=lead_state.noted(chosen, body), messages=chosen.messages)
