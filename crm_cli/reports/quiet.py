"""Customers nobody spoke to for a while, the most valuable first.

The last talk of each contact is kept (``contact_activity``); where it came after a past day, the
one before is looked up in the interactions. Orders and revenue come from the same sources as in
the other reports.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from crm_cli import errors
from crm_cli.domain.rounding import finer, ratio
from crm_cli.domain.rounding import shown as shown_as
from crm_cli.domain.values import money_text
from crm_cli.reports import REPORTS, activity, local_days, scope, source
from crm_cli.result import Column, Kind, Report
from crm_cli.store.activity import IS_TALK

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crm_cli.result import Result
    from crm_cli.session import Session
    from crm_cli.store.population import Reader

DEFINITION = REPORTS["quiet"].definition

USUAL_IDLE = 90
LONGEST_IDLE = 36_500


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietRequest:
    """What ``report quiet`` was asked: the days of silence, and how many rows at most."""

    bounds: scope.Bounds = field(default_factory=scope.Bounds)
    idle: int = USUAL_IDLE
    limit: int | None = None


COLUMNS = (
    Column("contact_id", "ID", Kind.ID),
    Column("contact", "Contact"),
    Column("last_contacted_at", "Last contact", Kind.INSTANT),
    Column("silence_days", "Days", Kind.INTEGER),
    Column("never", "Never", Kind.FLAG),
    Column("orders", "Orders", Kind.INTEGER),
    Column("revenue", "Revenue", Kind.MONEY),
    Column("currency", "Currency"),
    Column("last_purchase_on", "Last purchase", Kind.DATE),
    Column("owner", "Owner"),
    Column("next_follow_up_on", "Next follow-up", Kind.DATE),
)


class Customers(NamedTuple):
    """A WITH clause that defines ``people (id, name, owner, created_at, orders, revenue,
    first_day, last_day, last_at)``, its parameters, the currency of revenue, and whether what is
    kept for today answered."""

    sql: str
    parameters: Mapping[str, Any]
    currency: str


def check(idle: int) -> None:
    """Raise InvalidValue for days of silence that cannot be meant."""
    if not 0 < idle <= LONGEST_IDLE:
        raise errors.InvalidValue(
            f"--idle cannot be {idle}", hint=f"write days, 1 to {LONGEST_IDLE}"
        )


def report(session: Session, request: QuietRequest) -> Result:
    """List the customers nobody spoke to (``DEFINITION``).

    Rows: contact_id, contact, last_contacted_at (null: never), silence_days, never, orders,
    revenue, currency, last_purchase_on, owner, next_follow_up_on; by revenue, then by silence.
    Totals: customers, quiet, never, share (quiet / customers), idle. Raises InvalidValue,
    RateMissing.
    """
    check(request.idle)
    chosen = scope.read(session, request.bounds)
    connection = chosen.reader(session)
    found = customers(chosen, connection)
    parameters = {**found.parameters, **bounds_of(session, chosen, request.idle)}
    everybody = connection.execute(people_sql(session, chosen, found), parameters).fetchall()
    quiet = [row[1:] for row in everybody if row[0]]
    shown = quiet if request.limit is None else quiet[: request.limit]
    days = local_days.Days(session.zone)
    rows = [_row(row, chosen.as_of, days, found.currency) for row in shown]
    totals = {
        "customers": len(everybody),
        "quiet": len(quiet),
        "never": sum(row[3] is None for row in quiet),
        "share": ratio(len(quiet), len(everybody)),
        "idle": request.idle,
    }
    body = Report(
        name="quiet",
        title=f"Customers nobody spoke to for {request.idle} days as of {chosen.as_of}",
        definition=DEFINITION,
        parameters={**chosen.parameters, "idle": request.idle},
        rows=rows,
        totals=totals,
        columns=COLUMNS,
        cells=[tuple(row.values()) for row in rows],
        notes=_notes(chosen, session, totals, len(rows)),
    )
    return scope.result(chosen, body, said=activity.said_of(chosen))


def _row(row: Sequence[Any], as_of: date, days: local_days.Days, currency: str) -> dict[str, Any]:
    contact_id, name, owner, last_at, created_at, orders, revenue, first_day, last_day, due = row
    began = days.ordinal(created_at if last_at is None else last_at)
    if last_at is None and first_day is not None:
        # Never spoken to: from the first record there is.
        began = min(began, date.fromisoformat(first_day).toordinal())
    return {
        "contact_id": contact_id,
        "contact": name,
        "last_contacted_at": last_at,
        "silence_days": as_of.toordinal() - began,
        "never": last_at is None,
        "orders": orders,
        "revenue": None if revenue is None else money_text(revenue, currency),
        "currency": None if revenue is None else currency,
        "last_purchase_on": last_day,
        "owner": owner,
        "next_follow_up_on": due,
    }


def _notes(
    chosen: scope.Scope, session: Session, totals: Mapping[str, Any], shown: int
) -> list[str]:
    base = scope.counted(totals["customers"], "customer")
    share = totals["share"]
    percent = "" if share is None else f" ({shown_as(100 * finer(share), 1)} %)"
    said = f"As of {chosen.as_of}: {totals['quiet']} of {base} quiet{percent}, {totals['never']}"
    notes = [f"{said} of them never spoken to (days from their first record)."]
    if shown < totals["quiet"]:
        notes.append(f"Shown: {shown} of {totals['quiet']}.")
    if chosen.as_of < session.today:
        notes.append(
            "Roles, owners and the due days of follow-ups are those of today; the store keeps no"
            " older ones."
        )
    return notes


# -- statements -----------------------------------------------------------------------------------


def bounds_of(session: Session, chosen: scope.Scope, idle: int) -> dict[str, Any]:
    """Return the instants and days that statements compare with: the end of the as-of day, and
    the last day from which silence is long enough."""
    try:
        last = chosen.as_of - timedelta(days=idle)
    except OverflowError:
        last = date.min
    return {
        "end": local_days.ends(chosen.as_of, session.zone),
        "cutoff": local_days.ends(last, session.zone),
        "cutoff_day": last.isoformat(),
    }


LAST_AT = f"""
CASE WHEN a.last_at >= :end THEN nullif(max(
    coalesce((SELECT i.happened_at FROM interactions i
               WHERE i.contact_id = c.id AND i.happened_at < :end AND {IS_TALK}
               ORDER BY i.happened_at DESC LIMIT 1), ''),
    coalesce((SELECT max(i.happened_at) FROM interaction_participants o
                CROSS JOIN interactions i ON i.id = o.interaction_id
               WHERE o.contact_id = c.id AND i.happened_at < :end AND {IS_TALK}), '')), '')
 ELSE a.last_at END
"""
"""SQL for the last talk of a contact (``c``, with its activity ``a``) before an instant: the one
that is kept, unless it came later."""


def customers(chosen: scope.Scope, connection: Reader) -> Customers:
    """Return the living customers of the scope's day with what they bought and when they were
    last spoken to. Raises RateMissing."""
    as_of = chosen.sql["as_of"]
    currency = source.one_currency(connection, as_of)
    parameters: dict[str, Any] = {}
    # Looked up by contact, where what is kept of customers is as of today.
    bought = "customers b"
    first, last, before = "b.first_on", "b.last_on", ""
    if currency is None or not source.is_current(connection, as_of):
        found = source.days(connection, as_of, chosen.home)
        currency, parameters = found.currency, dict(found.parameters)
        before = (
            f"{found.sql},"
            " bought (contact_id, orders, revenue, first_day, last_day) AS MATERIALIZED ("
            "SELECT contact_id, sum(orders), sum(revenue), min(CASE WHEN orders THEN day END),"
            " max(CASE WHEN orders THEN day END) FROM days GROUP BY contact_id"
            " HAVING sum(orders) > 0),"
        )
        bought, first, last = "bought b", "b.first_day", "b.last_day"
    # Materialized: the last talk is looked up once, and not anew for each test of it.
    sql = f"""
    {before}
    people AS MATERIALIZED (
        SELECT c.id, c.name, c.owner, c.created_at, coalesce(b.orders, 0) AS orders, b.revenue,
               {first} AS first_day, {last} AS last_day, {LAST_AT} AS last_at
          FROM contacts c LEFT JOIN {bought} ON b.contact_id = c.id AND b.orders > 0
               LEFT JOIN contact_activity a ON a.contact_id = c.id
         WHERE (c.archived_at IS NULL OR c.archived_at >= :end)
           AND (b.orders > 0 OR (c.role = 'customer' AND c.created_at < :end))
    )"""
    return Customers(sql, parameters, currency or chosen.home)


QUIET = (
    "CASE WHEN p.last_at IS NULL THEN p.created_at < :cutoff OR p.first_day <= :cutoff_day"
    " ELSE p.last_at < :cutoff END"
)
"""The condition on one of ``people`` (``p``): silent for as many days as were asked for."""

OPEN_THEN = "f.created_at < :end AND (f.state = 'open' OR (f.state = 'done' AND f.done_at >= :end))"
"""The condition on a follow-up (``f``) that was open at the end of a past day."""


def people_sql(session: Session, chosen: scope.Scope, found: Customers) -> str:
    """Return the statement that lists customers: whether quiet, id, name, owner, last talk,
    entered, orders, revenue, first and last day of an order, next follow-up of quiet ones."""
    is_open = OPEN_THEN if chosen.as_of < session.today else "f.state = 'open'"
    return f"""
    WITH {found.sql}
    SELECT {QUIET}, p.id, p.name, p.owner, p.last_at, p.created_at, p.orders, p.revenue,
           p.first_day, p.last_day,
           CASE WHEN {QUIET} THEN
               (SELECT min(f.due_on) FROM follow_ups f WHERE f.contact_id = p.id AND {is_open}) END
      FROM people p
     ORDER BY coalesce(p.revenue, 0) DESC, coalesce(p.last_at, p.created_at), p.id
    """
