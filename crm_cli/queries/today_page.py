"""How the morning reads on a page: a line of counts, one on the reminders, then the lists."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from crm_cli.clock import WEEKDAYS
from crm_cli.queries.today import MOST_LEADS
from crm_cli.result import Column, Kind, Section, Table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crm_cli.queries.heartbeat import Health
    from crm_cli.queries.today import Asked, Day, Found


def said(found: Found, beat: Health, asked: Asked, day: Day) -> dict[str, str]:
    """Return the lines above the lists."""
    counts = found.counts
    parts = [
        f"{counts[name]} {word}"
        for name, word in (
            ("overdue", "overdue"), ("due", "due today"), ("promises", "promised"),
            ("stay_in_touch", "to stay in touch with"),
        )
        if counts[name]
    ]  # fmt: skip
    if not parts:
        parts = ["nothing is due"]
    if found.coming:
        parts.append(f"{found.coming} more within {asked.days} days")
    lines = {"to do": ", ".join(parts)}
    if asked.owner is not None:
        lines = {"of": asked.owner, **lines}
    if (call := found.next_call) is not None:
        who = " ".join(filter(None, (call["contact"], call["phone"])))
        reason = call["why"].partition("; ")[0]
        lines["call next"] = f"{who} about {call['title']} (#{call['id']}): {reason}"
    if line := _heartbeat_line(beat, day):
        lines["reminders"] = line
    return lines


def _heartbeat_line(beat: Health, day: Day) -> str:
    run = beat.run
    if run is None:
        return "OVERDUE: never run" if beat.is_overdue else "no run yet" if beat.every else ""
    at = datetime.fromisoformat(run["started_at"]).astimezone(day.zone)
    when = f"{at:%H:%M} today" if at.date() == day.today else f"{at:%Y-%m-%d %H:%M}"
    words = f"last run {when}, {run['sent']} sent"
    if beat.is_running:
        words = f"being sent since {when}"
    elif beat.cut_off:
        words = f"last run {when}, CUT OFF"
    marks = [
        f"{count} {what}"
        for count, what in (
            (beat.unsettled["waiting"], "waiting"), (beat.unsettled["failed"], "FAILED"),
            (beat.in_doubt, "IN DOUBT"),
        )
        if count
    ]  # fmt: skip
    return ", ".join([*(["OVERDUE"] if beat.is_overdue else []), words, *marks])


_ID, _WHO = Column("id", "ID", Kind.ID), Column("contact_id", "Who", Kind.ID)
_DUE, _CONTACT, _PHONE = (
    Column("when", "Due", Kind.DATE), Column("contact", "Contact"), Column("phone", "Phone"),
)  # fmt: skip
_LEAD, _STAGE = Column("title", "Lead"), Column("stage_name", "Stage")
_WORTH = (Column("value", "Value", Kind.MONEY), Column("currency", "Currency"))
_TEXT, _FOR = Column("text", "What"), Column("lead", "For")
_OPTIONAL = frozenset(
    {"phone", "age", "when", "last_contacted_at", "lead", "value", "currency", "next_follow_up_on"}
)
"""Columns that are left out where no row fills them."""


class Plan(NamedTuple):
    """One list of the page; ``more`` is the command that shows all of it."""

    name: str
    title: str
    more: str
    columns: tuple[Column, ...]


PLANS = (
    Plan(
        "overdue", "Overdue", "crm remind list --overdue",
        (_ID, _DUE, _CONTACT, _PHONE, _TEXT, _FOR),
    ),
    Plan(
        "due", "Today", "crm remind today",
        (_ID, Column("when", "Time", Kind.DATE), _CONTACT, _PHONE, _TEXT, _FOR),
    ),
    Plan(
        "promises", "Promised", "crm remind list --kind promise",
        (_ID, _DUE, _CONTACT, _PHONE, _TEXT, _FOR),
    ),
    Plan(
        "stay_in_touch", "Stay in touch", "crm remind list --kind touch",
        (_ID, _DUE, _CONTACT, _PHONE, _TEXT, _FOR),
    ),
    Plan(
        "stale_leads", "Leads that stand still", "crm lead list --where stale",
        (
            _ID, _LEAD, _CONTACT, _PHONE, _STAGE,
            Column("stage_age_days", "Days", Kind.INTEGER),
            Column("rotten_days", "Limit", Kind.INTEGER), *_WORTH,
            Column("next_follow_up_on", "Next step", Kind.DATE),
        ),
    ),
    Plan(
        "leads_without_step", "Leads without a next step",
        "crm lead list --where 'next_follow_up is empty and not stale'",
        (_ID, _LEAD, _CONTACT, _PHONE, _STAGE, *_WORTH),
    ),
    Plan(
        "birthdays", "Birthdays", "crm today --limit 1000",
        (
            _WHO, Column("when", "On", Kind.DATE), _CONTACT, _PHONE,
            Column("age", "Turns", Kind.INTEGER),
        ),
    ),
    Plan(
        "quiet", "Worth a call: 90 days without a talk or an order, nothing planned",
        "crm report quiet",
        (
            _WHO, _CONTACT, _PHONE, Column("last_contacted_at", "Last contact", Kind.INSTANT),
            Column("last_purchase_on", "Last purchase", Kind.DATE),
            Column("revenue", "Revenue", Kind.MONEY), Column("currency", "Currency"),
        ),
    ),
)  # fmt: skip


def sections(found: Found, day: Day) -> list[Section]:
    """Return the lists that hold something, in the order in which a day is begun."""
    return [_section(plan, found, day) for plan in PLANS if found.lists[plan.name]]


def _section(plan: Plan, found: Found, day: Day) -> Section:
    rows = [{**row, "when": _when(row, plan.name, day)} for row in found.lists[plan.name]]
    total = found.counts.get(plan.name, len(rows))
    title = plan.title
    if plan.name == "leads_without_step" and found.lists["stale_leads"]:
        title += ", of those that do not stand still"
    if plan.name == "leads_without_step" and total > len(rows):
        more = " or more" if found.is_more else ""
        title = f"{title}: {len(rows)} of {total}{more}, worth most first; all: {plan.more}"
    elif total > len(rows):
        title = f"{title}: the first of {total}; all: {plan.more}"
    elif plan.name == "stale_leads" and total >= MOST_LEADS:
        title = f"{title}; all: {plan.more}"
    shown = [
        column for column in plan.columns if column.key not in _OPTIONAL or _any(rows, column.key)
    ]
    table = Table(
        noun="row",
        columns=shown,
        rows=[[row[column.key] for column in shown] for row in rows],
        id_key=shown[0].key,
    )
    return Section(title=title, table=table)


def _any(rows: Sequence[Mapping[str, Any]], key: str) -> bool:
    return any(row.get(key) not in {None, ""} for row in rows)


def _when(row: Mapping[str, Any], name: str, day: Day) -> str | None:
    today = day.today.isoformat()
    if name == "birthdays":
        on = row["on"]
        weekday = WEEKDAYS[date.fromisoformat(on).weekday()][:3].capitalize()
        return "today" if on == today else f"{weekday} {on}"
    if "due_on" not in row:
        return None
    time = row["due_time"]
    if name == "due":
        return str(time) if time else None
    if row["due_on"] == today:
        return f"today {time}" if time else "today"
    return f"{row['due_on']} {time}" if time else str(row["due_on"])
