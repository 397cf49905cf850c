"""Explaining the reports on losses, sources, open work and stranded leads: which leads, purchases
or follow-ups a figure counts."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from crm_cli import errors
from crm_cli.domain.values import fold
from crm_cli.reports import (
    explain_flow,
    explain_talks,
    lead_bounds,
    lead_state,
    lead_steps,
    losses,
    sources,
    stranded,
    workload,
)
from crm_cli.reports.evidence import ALL, Cell, Found, check_column, purchases
from crm_cli.reports.lead_bounds import CLOSED, NO_VALUE
from crm_cli.store import lead_spellings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from crm_cli.reports.evidence import ExplainRequest
    from crm_cli.reports.lead_state import LeadScope
    from crm_cli.result import Table
    from crm_cli.session import Session


def _unknown(report: str, row: str) -> errors.NotFound:
    return errors.NotFound(
        f"{report} has no row {row!r}",
        hint="see it with -f csv; the row without a value is called (none)",
    )


# -- losses ---------------------------------------------------------------------------------------


def by_losses(session: Session, request: ExplainRequest, chosen: LeadScope, cell: Cell) -> Found:
    """Return the leads that a figure of ``losses`` counts. Raises InvalidValue, NotFound."""
    by = request.by or "reason"
    losses.check(by)
    lost, won = f"b.state = 'lost' AND {CLOSED}", f"b.state = 'won' AND {CLOSED}"
    conditions = {
        **dict.fromkeys(("lost", "share"), lost),
        **dict.fromkeys(
            ("with_value", "value", "share_of_value"), f"{lost} AND b.amount IS NOT NULL"
        ),
        "without_value": f"{lost} AND b.amount IS NULL",
    }
    if cell.row == ALL or by in losses.WITH_WON:
        conditions |= {
            **dict.fromkeys(("won", "win_rate"), won),
            "win_rate_by_value": f"{won} AND b.amount IS NOT NULL",
        }
    if cell.row == ALL:
        conditions |= {"open": "b.state = 'open'", "won_value": conditions["win_rate_by_value"]}
    check_column(cell.column, conditions, "losses")
    found = losses.states(session, chosen)
    where, parameters = conditions[cell.column], dict[str, Any]()
    if cell.row != ALL:
        where, parameters["value"] = f"{where} AND {losses.GROUPS[by]} IS :value", None
        if cell.row != NO_VALUE:
            parameters["value"] = (
                _stage(session, chosen, cell.row)
                if by == "stage"
                else _spelled(session, by, cell.row)
            )
        any_of = f"b.state <> 'open' AND {CLOSED} AND {losses.GROUPS[by]} IS :value"
        if by not in losses.WITH_WON:
            any_of += " AND b.state = 'lost'"
        _refuse_unknown(session, found.sql, {**found.parameters, **parameters}, any_of, cell)
    table = explain_flow.leads_where(session, chosen, found, where, parameters)
    return Found(table, [lead_bounds.said(chosen, "leads closed")])


def _spelled(session: Session, by: str, row: str) -> str:
    """Return an owner, source or campaign as its row has it, however it is typed."""
    if by not in lead_spellings.COLUMNS:
        return row
    return lead_spellings.spellings(session.reader, by, past=True).get(fold(row), [row])[0]


def _stage(session: Session, chosen: LeadScope, row: str) -> int:
    from crm_cli.store import stages

    everywhere = stages.stages(session.reader)
    return explain_flow.stage_named(everywhere, row, "losses", chosen.pipeline_id).id


def _refuse_unknown(
    session: Session, sql: str, parameters: dict[str, Any], where: str, cell: Cell
) -> None:
    (exists,) = session.reader.execute(
        f"WITH {sql} SELECT EXISTS (SELECT 1 FROM states b WHERE {where})", parameters
    ).fetchone()
    if not exists:
        raise _unknown("losses", cell.row)


# -- sources --------------------------------------------------------------------------------------


def by_sources(session: Session, request: ExplainRequest, chosen: LeadScope, cell: Cell) -> Found:
    """Return the leads or purchases that a figure of ``sources`` counts. Raises InvalidValue,
    NotFound, RateMissing."""
    by = request.by or "source"
    sources.check(by)
    group = sources.GROUPS[by]
    won = f"b.state = 'won' AND {CLOSED}"
    conditions = {
        "opened": "b.opened_at >= :since AND b.opened_at < :until",
        "open": "b.state = 'open'",
        "won": won,
        "lost": f"b.state = 'lost' AND {CLOSED}",
        "win_rate": won,
        "won_value": f"{won} AND b.amount IS NOT NULL",
        "average_days_to_win": won,
    }
    check_column(cell.column, [*conditions, "orders", "revenue"], "sources")
    value: Any = None if cell.row in {ALL, NO_VALUE} else cell.row
    if by == "referrer" and value is not None:
        value = _contact(session, str(value))
    elif value is not None:
        value = _spelled(session, by, value)
    notes = [lead_bounds.said(chosen, "leads opened, leads closed, and sales")]
    if cell.column in {"orders", "revenue"}:
        sold = sources.sales_lines(session, chosen)
        where, among = "1", dict[str, Any](value=value)
        if cell.row != ALL:
            where = f"{group.of_sale.group} IS :value"
        if isinstance(value, str) and cell.row != ALL:
            where = f"{group.of_sale.group} IN (SELECT value FROM json_each(:values))"
            among["values"] = _of_contacts(session, group, value)
        if cell.column == "orders":
            where += " AND l.kind = 'sale'"
            if chosen.since is not None:
                # An order that began before the period is none of it.
                where += (
                    " AND (l.order_number IS NULL OR NOT EXISTS (SELECT 1 FROM main.purchases e"
                    " WHERE e.contact_id = l.contact_id AND e.kind = 'sale'"
                    " AND e.order_number = l.order_number AND e.purchased_on < :since))"
                )
        return Found(purchases(sold.reader, sold.found, where, among), notes)
    found = lead_bounds.closed_states(session, chosen, "state = 'won'")
    where = conditions[cell.column]
    if cell.row != ALL:
        where += f" AND {group.of_lead} IS :value"
    days = None
    if cell.column == "average_days_to_win":
        days = lead_bounds.days_to_close(session, chosen)
    table = explain_flow.leads_where(session, chosen, found, where, {"value": value}, days=days)
    if not table.rows:
        _check_source(session, found.sql, found.parameters, group, cell, value)
    return Found(table, notes)


def _check_source(
    session: Session, sql: str, parameters: Any, group: sources.Group, cell: Cell, value: Any
) -> None:
    """Raise NotFound for a source that neither a lead nor a contact has."""
    if cell.row == ALL:
        return
    (exists,) = session.reader.execute(
        f"WITH {sql} SELECT EXISTS (SELECT 1 FROM states b WHERE {group.of_lead} IS :value)"
        f" OR EXISTS (SELECT 1 FROM contacts c WHERE {group.of_sale.group} IS :value"
        f" OR {group.of_sale.group} IN (SELECT value FROM json_each(:values)))",
        {
            **parameters,
            "value": value,
            "values": _of_contacts(session, group, value) if isinstance(value, str) else "[]",
        },
    ).fetchone()
    if not exists:
        raise _unknown("sources", cell.row)


def _of_contacts(session: Session, group: sources.Group, word: str) -> str:
    """Return the spellings in which contacts have a source or campaign, as a JSON array."""
    rows = session.reader.execute(f"SELECT DISTINCT {group.of_sale.group} FROM contacts c")
    return json.dumps([text for (text,) in rows.fetchall() if text and fold(text) == fold(word)])


def _contact(session: Session, text: str) -> int:
    """Return the contact a row names: ``#7``, ``7``, or its name. Raises NotFound."""
    if re.fullmatch(r"#?[0-9]{1,18}", text):
        return int(text.removeprefix("#"))
    found = session.reader.execute(
        "SELECT id FROM contacts WHERE name = :name LIMIT 2", {"name": text}
    ).fetchall()
    if len(found) != 1:
        raise errors.NotFound(
            f"{'several rows' if found else 'no row'} {text!r}", hint="name it by its id: #7"
        )
    return int(found[0][0])


# -- workload -------------------------------------------------------------------------------------


def by_workload(session: Session, request: ExplainRequest, chosen: LeadScope, cell: Cell) -> Found:
    """Return the open leads or follow-ups that a figure of ``workload`` counts. Raises
    InvalidValue, NotFound, RateMissing."""
    del request
    check_column(cell.column, workload.FIGURES, "workload")
    owner = None if cell.row in {ALL, NO_VALUE} else cell.row
    notes = [f"As of {chosen.as_of}."]
    if owner is not None:
        every = {one.owner for one in lead_steps.follow_ups(session, chosen)}
        owner = _spelled(session, "owner", owner)
        owner = next((one for one in every if one and fold(one) == fold(owner)), owner)
    due = [
        one
        for one in lead_steps.follow_ups(session, chosen)
        if cell.row == ALL or one.owner == owner
    ]
    if cell.column in lead_steps.COUNTS:
        holds = lead_steps.COUNTS[cell.column]
        ids = [one.id for one in due if holds(one, chosen.as_of)]
        if not ids and not due and cell.row != ALL:
            _check_owner(session, chosen, owner, cell)
        return Found(_follow_ups(session, ids), notes)
    found = lead_state.states(session, chosen, needed="state = 'open'")
    tests, more = workload.conditions(session, chosen)
    where = f"b.state = 'open' AND {tests[cell.column]}"
    if cell.row != ALL:
        where += " AND b.owner IS :owner"
    counted = "b.weighted" if cell.column == "weighted" else "b.amount"
    table = explain_flow.leads_where(
        session, chosen, found, where, {**more, "owner": owner}, counted=counted
    )
    if not table.rows and not due and cell.row != ALL:
        _check_owner(session, chosen, owner, cell)
    return Found(table, notes)


def _check_owner(session: Session, chosen: LeadScope, owner: str | None, cell: Cell) -> None:
    base, parameters = lead_state.base(session.reader, chosen)
    (exists,) = session.reader.execute(
        f"WITH {base} SELECT EXISTS (SELECT 1 FROM base b WHERE b.state = 'open'"
        " AND b.owner IS :who)",
        {**parameters, "who": owner},
    ).fetchone()
    if not exists:
        raise _unknown("workload", cell.row)


def _follow_ups(session: Session, ids: Iterable[int]) -> Table:
    array = f"[{','.join(map(str, ids))}]"
    return explain_talks.follow_ups(
        session.reader, "f.id IN (SELECT value FROM json_each(:ids))", {"ids": array}
    )


# -- stranded -------------------------------------------------------------------------------------


def by_stranded(session: Session, request: ExplainRequest, chosen: LeadScope, cell: Cell) -> Found:
    """Return the open leads of a total, or what stands behind a figure of one stranded lead: it,
    the talks with its contact, or the contact's follow-ups. Raises InvalidValue, NotFound."""
    del request
    notes = [f"As of {chosen.as_of}."]
    found = lead_state.states(session, chosen, needed="state = 'open'")
    is_stale, parameters = lead_steps.stale(session, chosen)
    alone = f"b.state = 'open' AND NOT {lead_steps.has_next(session, chosen)}"
    if cell.row == ALL:
        conditions = {
            "open": "b.state = 'open'",
            "stranded": alone,
            "share": alone,
            "stale": f"{alone} AND {is_stale}",
            "value": f"{alone} AND b.amount IS NOT NULL",
            "without_value": f"{alone} AND b.amount IS NULL",
        }
        check_column(cell.column, conditions, "stranded")
        where = conditions[cell.column]
        return Found(
            explain_flow.leads_where(session, chosen, found, where, parameters), notes
        )  # fmt: skip
    check_column(
        cell.column, [column.key for column in stranded.columns(session)[2:]], "stranded"
    )  # fmt: skip
    number = cell.row.removeprefix("#")
    parameters["lead"] = int(number) if re.fullmatch(r"[0-9]{1,18}", number) else 0
    table = explain_flow.leads_where(
        session, chosen, found, f"{alone} AND b.id = :lead", parameters
    )
    if not table.rows:
        raise errors.NotFound(f"stranded has no row {cell.row!r}", hint="name a lead by its id: #7")
    who = {"who": table.rows[0][1]}
    if cell.column == "last_contacted_at":
        table = explain_talks.talks_with(session.reader, {**who, "since": "", "until": chosen.end})
    elif cell.column == "contact_follow_up_on":
        table = explain_talks.follow_ups(
            session.reader,
            f"f.contact_id = :who AND {lead_steps.is_open(session, chosen)}",
            {**who, "end": chosen.end},
        )
    return Found(table, notes)


EXPLAINERS: dict[str, Callable[[Session, ExplainRequest, LeadScope, Cell], Found]] = {
    "funnel": explain_flow.by_funnel,
    "velocity": explain_flow.by_velocity,
    "losses": by_losses,
    "sources": by_sources,
    "workload": by_workload,
    "stranded": by_stranded,
}
"""Report on how leads go -> what lists the records behind its cells."""
