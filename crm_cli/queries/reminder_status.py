"""``remind status``: whether the reminders are at work, and what of them somebody must look at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crm_cli.clock import instant_text
from crm_cli.domain.follow_up import due_instant, is_due
from crm_cli.queries import heartbeat
from crm_cli.result import Column, Kind, Level, Message, Record, Result, Section, Table
from crm_cli.store import heartbeat as store

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime, tzinfo

    from crm_cli.queries.heartbeat import Health
    from crm_cli.session import Session

WARNED = 7
"""The exit status when something is to be looked at."""


def status(session: Session, *, for_people: bool) -> Result:
    """Return the state of the reminders; exit status 7 where there is a warning.

    JSON: ``ok, every, overdue, overdue_from, running, cut_off, last_run`` (``id, started_at,
    finished_at, due, sent, failed, in_doubt, skipped, waiting, exit_code, error``)``, due,
    next_due, waiting, failed, in_doubt`` (lists of deliveries)``, bad_addresses, sender,
    recipients, people, warnings``.
    """
    zone = session.zone
    now = session.clock.now(zone)
    beat = heartbeat.health(session)
    warnings = heartbeat.warnings(beat, zone)
    values = {
        "ok": not warnings,
        "every": beat.every,
        "overdue": beat.is_overdue,
        "overdue_from": None if beat.late_at is None else instant_text(beat.late_at),
        "running": beat.is_running,
        "cut_off": beat.cut_off,
        "last_run": None if beat.run is None else dict(beat.run),
        "due": _due_now(session, now, zone),
        "next_due": _next_due(session, now, zone),
        **_deliveries(session, beat),
        "bad_addresses": store.bad_addresses(session.reader),
        "sender": session.setting("sender") or None,
        "recipients": _settings(session, "remind_to"),
        "people": _settings(session, "people"),
        "warnings": warnings,
    }
    record = Record(noun="status", values=values, id_key="ok", title="Reminders")
    if for_people:
        record = record._replace(shown=_said(values, beat, zone, now), sections=_sections(values))
    return Result(
        body=record,
        messages=[Message(text, Level.WARNING) for text in warnings],
        exit_code=WARNED if warnings else 0,
    )


def _settings(session: Session, key: str) -> list[str]:
    """Return what a setting that holds a list says."""
    from crm_cli.store.settings import DEFAULTS

    if key not in DEFAULTS:
        return []
    return [part.strip() for part in session.setting(key).split(",") if part.strip()]


# -- what is due -----------------------------------------------------------------------------------


def _due_now(session: Session, now: datetime, zone: tzinfo) -> int:
    today = session.today.isoformat()
    before, timed = store.due_until(session.reader, today)
    return before + sum(count for due_time, count in timed if is_due(today, due_time, now, zone))


def _next_due(session: Session, now: datetime, zone: tzinfo) -> dict[str, Any] | None:
    """Return the first follow-up whose time is still to come."""
    today = session.today.isoformat()
    for row in store.due_from(session.reader, today):
        if is_due(row["due_on"], row["due_time"], now, zone):
            continue
        moment = due_instant(row["due_on"], row["due_time"], zone)
        return {**row, "due_at": None if moment is None else instant_text(moment)}
    return None


def _deliveries(session: Session, beat: Health) -> dict[str, list[dict[str, Any]]]:
    """Return the deliveries that are not settled, by what is the matter with them."""
    found: dict[str, list[dict[str, Any]]] = {"waiting": [], "failed": [], "in_doubt": []}
    for row in store.unsettled_rows(session.reader):
        state = row.pop("state")
        if state == "claimed" and row["attempts"]:
            found["waiting"].append(row)
        elif state == "failed":
            found["failed"].append(row)
        elif state == "in_doubt" or (state == "handing_over" and not beat.is_running):
            found["in_doubt"].append(row)
    return found


# -- for people ------------------------------------------------------------------------------------


def _said(values: Mapping[str, Any], beat: Health, zone: tzinfo, now: datetime) -> dict[str, str]:
    said = {
        "schedule": f"every {beat.every}" if beat.every else "none: crm remind schedule makes one",
        "last run": _run_line(beat, zone),
        "due now": str(values["due"]),
    }
    if beat.every and beat.every.startswith("daily"):
        said["schedule"] = beat.every
    if beat.late_at is not None:
        said["overdue"] = (
            f"{'since' if beat.is_overdue else 'from'} {_shown(beat.late_at, zone)}"
            f"{'' if beat.is_overdue else ' on, without another run'}"
        )
    following = values["next_due"]
    if following:
        at = " ".join(filter(None, (following["due_on"], following["due_time"])))
        said["next due"] = f"{at}: {following['text']} ({following['contact']})"
    for key, name in (("sender", "sender"), ("recipients", "mails go to"), ("people", "people")):
        value = values[key]
        if value:
            said[name] = value if isinstance(value, str) else ", ".join(value)
    del now
    return said


def _run_line(beat: Health, zone: tzinfo) -> str:
    from datetime import datetime

    run = beat.run
    if run is None:
        return "none yet"
    when = _shown(datetime.fromisoformat(run["started_at"]), zone)
    if beat.is_running:
        return f"{when}, going on"
    if beat.cut_off:
        return f"{when}, CUT OFF before its end"
    parts = [
        f"{run[key]} {word}"
        for key, word in (
            ("sent", "sent"), ("waiting", "waiting"), ("failed", "failed"),
            ("in_doubt", "in doubt"), ("skipped", "skipped"),
        )
        if run[key] or key == "sent"
    ]  # fmt: skip
    error = f": {run['error']}" if run["error"] else ""
    return f"{when}, {', '.join(parts)} (exit {run['exit_code']}){error}"


def _shown(at: datetime, zone: tzinfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}"


_DELIVERY = (
    Column("id", "ID", Kind.ID), Column("contact", "Contact"), Column("text", "What"),
    Column("occurrence", "Due", Kind.DATE), Column("recipient", "To"), Column("channel", "Via"),
)  # fmt: skip
_WHY = Column("error", "Why")
_PLANS = (
    ("in_doubt", "In doubt: look in the mailbox, then crm remind resolve ID sent (or resend)",
     (*_DELIVERY, Column("changed_at", "Handed over", Kind.INSTANT))),
    ("failed", "Failed for good", (*_DELIVERY, _WHY)),
    ("waiting", "Waiting for another try",
     (*_DELIVERY, Column("next_try_at", "Next try", Kind.INSTANT), _WHY)),
    ("bad_addresses", "Addresses that were refused",
     (Column("address", "Address"), Column("marked_at", "Since", Kind.INSTANT),
      Column("reason", "Why"))),
)  # fmt: skip


def _sections(values: Mapping[str, Any]) -> list[Section]:
    return [
        Section(title=title, table=_table(values[name], columns))
        for name, title, columns in _PLANS
        if values[name]
    ]


def _table(rows: Sequence[Mapping[str, Any]], columns: Sequence[Column]) -> Table:
    return Table(
        noun="delivery",
        columns=columns,
        rows=[[row[column.key] for column in columns] for row in rows],
        id_key=columns[0].key,
    )
