"""What hangs on a lead, for people: where it has been, what comes next, what was said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crm_cli.result import Column, Kind, Record, Section, Table
from crm_cli.store import leads as store

if TYPE_CHECKING:
    import sqlite3

    from crm_cli.session import Session

LAST_TALKS = 5
NEXT_STEPS = 10
"""So many talks and follow-ups stand on a lead's page."""


def with_sections(session: Session, page: Record) -> Record:
    """Return a lead's record with what hangs on it."""
    lead_id = page.values["id"]
    parts = (
        ("Stages", _stages(session, lead_id)),
        ("Next steps", _steps(session, lead_id)),
        ("Last talks", _talks(session, lead_id)),
        ("Former terms", _terms(session.reader, lead_id)),
    )
    sections = [Section(title=title, table=table) for title, table in parts if table.rows]
    return page._replace(sections=sections)


def _stages(session: Session, lead_id: int) -> Table:
    """Return the stays of a lead in stages, with the days of each."""
    from crm_cli.reports.local_days import day_of
    from crm_cli.store import picklists

    zone, today = session.zone, session.today
    reasons = picklists.labels(session.reader, "loss-reason")
    rows = []
    for stay in store.stays(session.reader, lead_id):
        last = today if stay.left_at is None else day_of(stay.left_at, zone)
        is_over = stay.left_at is None and stay.kind != "open"
        days = None if is_over else (last - day_of(stay.entered_at, zone)).days
        reason = reasons.get(stay.loss_reason or "", stay.loss_reason)
        rows.append((stay.id, stay.stage, stay.entered_at, stay.left_at, days, reason,
                     stay.competitor, stay.by_name))  # fmt: skip
    return Table(
        noun="stay",
        columns=(
            Column("id", "ID", Kind.ID), Column("stage", "Stage"),
            Column("entered_at", "Since", Kind.INSTANT), Column("left_at", "Until", Kind.INSTANT),
            Column("days", "Days", Kind.INTEGER), Column("loss_reason", "Lost for"),
            Column("competitor", "Competitor"), Column("by", "By"),
        ),
        rows=rows,
        default_columns=_filled(
            ("stage", "entered_at", "left_at", "days", "loss_reason", "competitor", "by"),
            {"loss_reason": 5, "competitor": 6}, rows,
        ),
    )  # fmt: skip


def _filled(
    keys: tuple[str, ...], places: dict[str, int], rows: list[tuple[Any, ...]]
) -> tuple[str, ...]:
    """Return the columns without those of ``places`` that are empty throughout."""
    empty = {key for key, at in places.items() if all(row[at] is None for row in rows)}
    return tuple(key for key in keys if key not in empty)


def _steps(session: Session, lead_id: int) -> Table:
    from crm_cli.queries import follow_ups
    from crm_cli.store import follow_ups as steps

    asked = {"lead": lead_id, "state": "open"}
    rows = steps.listed(session.reader, asked, NEXT_STEPS, order=steps.BY_DUE)
    shown = ("id", "due_on", "due_time", "text", "owner", "repeat", "overdue")
    table = follow_ups.table(rows, follow_ups.world(session), shown)
    return table._replace(default_columns=shown)


def _talks(session: Session, lead_id: int) -> Table:
    from crm_cli.queries import interactions
    from crm_cli.store import interactions as talks

    rows = talks.flat_rows(session.reader, {"lead": lead_id}, LAST_TALKS, newest_first=True)
    return interactions.table(session.reader, rows)


def _terms(connection: sqlite3.Connection, lead_id: int) -> Table:
    """Return what the lead's terms were until they were changed, the last change first."""
    from crm_cli.domain.values import money_text

    rows = [
        (
            number, until, None if value is None else money_text(value, currency), currency,
            None if odds is None else odds / 10_000, *rest,
        )
        for number, until, value, currency, odds, *rest in store.former_terms(connection, lead_id)
    ]  # fmt: skip
    return Table(
        noun="terms",
        columns=(
            Column("id", "ID", Kind.ID), Column("until_at", "Until", Kind.INSTANT),
            Column("value", "Value", Kind.MONEY), Column("currency", "Currency"),
            Column("probability", "Own odds", Kind.RATE),
            Column("expected_on", "Expected", Kind.DATE), Column("forecast", "Forecast"),
            Column("owner", "Owner"),
        ),
        rows=rows,
        default_columns=("until_at", "value", "currency", "probability", "expected_on", "forecast",
                         "owner"),
    )  # fmt: skip
