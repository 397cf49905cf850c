"""One page before a call: who they are, how it stands, what was said last, what is promised."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from crm_cli.result import Record, Result
from crm_cli.store import timeline as store

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping, Sequence
    from datetime import tzinfo

    from crm_cli.session import Session

TALKS = 3
"""So many of the last talks are told."""

NOTES = 2
"""So many of the last notes are told; they do not count as contact."""

MOST_SAID = 400
"""So many characters of a talk stand on the page; the record holds it all."""

MOST_DUE = 8
"""So many follow-ups stand on the page."""

MOST_PEOPLE = 8
"""So many of a company's people stand on its page."""

NEAR = 30
"""A birthday within so many days is near."""


def show(session: Session, whos: Sequence[str], *, for_people: bool) -> Result:
    """Return contacts' pages before a call; for programs one as an object, several as a list.

    Keys: id, uid, name, kind, role, job_title, company, company_id, phones, emails, owner, tags,
    birthday, birthday_in_days (null unless near), customer_since, orders, revenue, currency,
    last_purchase_on, days_since_purchase, usual_gap_days, segment, last_contacted_at,
    silence_days, talks (id, at, channel, direction, by, outcome, sentiment, subject, body, with),
    noted (the last notes, likewise), follow_ups (id, kind, due_on, due_time, text, owner,
    overdue), consents, notes, people (of a company who works there, at most ``MOST_PEOPLE``,
    whoever was spoken to last first: id, name, job_title, last_contacted_at, silence_days), leads
    (those that are open, of a company's people too, the last to have moved first: id, title,
    contact_id, contact, stage, value, currency, expected_on, owner, next_follow_up_on,
    stage_age_days), last_lost (id, title, contact, closed_at, reason, competitor; null for none).
    Raises NotFound and Ambiguous.
    """
    from crm_cli.queries import resolve

    connection = session.reader
    found = []
    for who in whos:
        contact_id = resolve.contact_id(connection, who, country=resolve.country_for(session, who))
        values = told(session, connection, contact_id)
        shown = _said(values, session.zone, session.today) if for_people else values
        found.append(Record(noun="brief", values=shown, title=values["name"]))
    if len(found) == 1:
        return Result(body=found[0])
    from crm_cli.queries.several import pages

    return Result(body=pages("brief", found, for_people=for_people))


def told(session: Session, connection: sqlite3.Connection, contact_id: int) -> dict[str, Any]:
    """Return a brief's JSON object."""
    from crm_cli.queries import contacts

    known = contacts.record(connection, contact_id, session).values
    today = session.today
    bought = store.order_days(connection, contact_id, today.isoformat())
    days = [date.fromisoformat(day) for day in bought]
    last_at = known["last_contacted_at"]
    copied = (
        "id", "uid", "name", "kind", "role", "job_title", "company", "company_id", "phones",
        "emails", "owner", "tags", "birthday",
    )  # fmt: skip
    return {
        **{key: known[key] for key in copied},
        "birthday_in_days": _birthday_in(known["birthday"], today),
        "customer_since": bought[0] if bought else None,
        "orders": known["orders"],
        "revenue": known["revenue"],
        "currency": known["currency"],
        "last_purchase_on": known["last_purchase_on"],
        "days_since_purchase": (today - days[-1]).days if days else None,
        "usual_gap_days": _usual_gap(days),
        "segment": known["segment"],
        "last_contacted_at": last_at,
        "silence_days": _silence(last_at, session.zone, today),
        "talks": _talks(connection, contact_id, TALKS),
        "noted": _talks(connection, contact_id, NOTES, notes=True),
        "follow_ups": _follow_ups(session, connection, contact_id),
        "consents": known["consents"],
        "notes": known["notes"],
        "people": _people(connection, contact_id, session.zone, today),
        "leads": _leads(connection, contact_id, session.zone, today),
        "last_lost": store.last_lost(connection, contact_id),
    }


def _people(
    connection: sqlite3.Connection, company_id: int, zone: tzinfo, today: date
) -> list[dict[str, Any]]:
    return [
        {
            "id": number, "name": name, "job_title": job, "last_contacted_at": last_at,
            "silence_days": _silence(last_at, zone, today),
        }
        for number, name, job, last_at in store.people(connection, company_id, MOST_PEOPLE)
    ]  # fmt: skip


def _leads(
    connection: sqlite3.Connection, contact_id: int, zone: tzinfo, today: date
) -> list[dict[str, Any]]:
    from crm_cli.domain.values import money_text
    from crm_cli.reports.local_days import day_of

    found = []
    for lead in store.open_leads(connection, contact_id):
        value, since = lead.pop("value"), lead.pop("stage_since")
        currency = lead["currency"]
        lead["value"] = None if value is None else money_text(value, currency)
        lead["stage_age_days"] = (today - day_of(since, zone)).days
        found.append(lead)
    return found


def _silence(last_at: str | None, zone: tzinfo, today: date) -> int | None:
    from crm_cli.reports.local_days import day_of

    return (today - day_of(last_at, zone)).days if last_at else None


def _usual_gap(days: Sequence[date]) -> int | float | None:
    """Return the median of the days between orders, from three days with an order on."""
    if len(days) < 3:
        return None
    from itertools import pairwise

    gaps = sorted((after - before).days for before, after in pairwise(days))
    middle = len(gaps) // 2
    if len(gaps) % 2:
        return gaps[middle]
    return (gaps[middle - 1] + gaps[middle]) / 2


def _birthday_in(birthday: str | None, today: date) -> int | None:
    """Return the days to the next birthday, None where it is far or not known. On 29 February
    born means 28 February in common years."""
    if birthday is None:
        return None
    for year in (today.year, today.year + 1):
        month, day = int(birthday[-5:-3]), int(birthday[-2:])
        try:
            on = date(year, month, day)
        except ValueError:
            if year > 9999:
                return None
            on = date(year, 2, 28)
        if on >= today:
            days = (on - today).days
            return days if days <= NEAR else None
    return None


def _talks(
    connection: sqlite3.Connection, contact_id: int, count: int, *, notes: bool = False
) -> list[dict[str, Any]]:
    from crm_cli.store import interactions
    from crm_cli.store.contacts import brief as names_of

    rows = store.last_talks(connection, contact_id, count, notes=notes)
    others = interactions.participants(connection, [row[0] for row in rows])
    names = names_of(connection, [row[9] for row in rows])
    return [
        {
            "id": row[0], "at": row[1], "channel": row[2], "direction": row[3], "by": row[8],
            "outcome": row[6], "sentiment": row[7], "subject": row[4], "body": row[5],
            "with": [
                name for number, name in (
                    (row[9], names[row[9]]), *((one["id"], one["name"]) for one in others[row[0]])
                )
                if number != contact_id
            ],
        }
        for row in rows
    ]  # fmt: skip


def _follow_ups(
    session: Session, connection: sqlite3.Connection, contact_id: int
) -> list[dict[str, Any]]:
    from crm_cli.domain.follow_up import is_overdue
    from crm_cli.store import follow_ups

    now, zone = session.clock.now(session.zone), session.zone
    rows = follow_ups.listed(
        connection, {"who": contact_id, "state": "open"}, order=follow_ups.BY_DUE
    )
    return [
        {
            "id": row.id, "kind": row.kind, "due_on": row.due_on, "due_time": row.due_time,
            "text": row.text, "owner": row.owner,
            "overdue": is_overdue(row.due_on, row.due_time, now, zone),
        }
        for row in rows
    ]  # fmt: skip


# -- for people -----------------------------------------------------------------------------------


def _said(values: Mapping[str, Any], zone: tzinfo, today: date) -> dict[str, Any]:
    """Return the lines of the page; what is empty is left out."""
    job = ", ".join(filter(None, (values["job_title"], values["company"])))
    lines: dict[str, Any] = {
        "who": f"{values['role']} (#{values['id']})" + (f", {job}" if job else ""),
        "call": _listed(values["phones"]),
        "write": _listed(values["emails"]),
        "owner": values["owner"],
        "spoken to": _spoken(values),
        "customer": _customer(values),
        "birthday": _birthday(values, today),
    }
    due = [_due(one) for one in values["follow_ups"][:MOST_DUE]]
    if left := len(values["follow_ups"]) - len(due):
        due.append(f"{left} more: crm remind list --who {values['id']}")
    lines["to do"] = "\n".join(due)
    lines["open leads"] = "\n".join(_lead(one, values["id"]) for one in values["leads"])
    lines["last lost"] = _lost(values["last_lost"], zone)
    for place, talk in enumerate(values["talks"]):
        lines["last talk" if not place else f"talk {place + 1}"] = _talk(talk, zone)
    lines["noted"] = "\n".join(_talk(note, zone) for note in values["noted"])
    lines["may we"] = "\n".join(_consent(one) for one in values["consents"]) or (
        "no consent recorded"
    )
    lines["people"] = "\n".join(_person(one) for one in values["people"])
    if lines["people"]:
        lines["people"] += f"\n(talks with them: crm contact timeline {values['id']} --people)"
    lines["tags"] = values["tags"]
    lines["notes"] = values["notes"]
    return lines


def _listed(entries: Sequence[Mapping[str, Any]]) -> str:
    return ", ".join(
        f"{one['value'] or one['raw']}" + (f" ({one['label']})" if one["label"] else "")
        for one in entries
    )


def _days(count: int) -> str:
    return {0: "today", 1: "yesterday"}.get(count, f"{count} days ago")


def _spoken(values: Mapping[str, Any]) -> str:
    if values["silence_days"] is None:
        return "never"
    return _days(values["silence_days"])


def _customer(values: Mapping[str, Any]) -> str | None:
    if not values["orders"]:
        return None
    plural = "s" if values["orders"] != 1 else ""
    parts = [f"since {values['customer_since']}", f"{values['orders']} order{plural}"]
    if values["revenue"] is not None:
        parts.append(f"{values['revenue']} {values['currency']}")
    parts.append(f"last {values['last_purchase_on']} ({_days(values['days_since_purchase'])})")
    if values["usual_gap_days"] is not None:
        parts.append(f"usually every {values['usual_gap_days']:g} days")
    if values["segment"]:
        parts.append(f"segment {values['segment']}")
    return ", ".join(parts)


def _birthday(values: Mapping[str, Any], today: date) -> str | None:
    days = values["birthday_in_days"]
    if days is None:
        return None
    when = {0: "today", 1: "tomorrow"}.get(days, f"in {days} days")
    born = values["birthday"]
    if born.startswith("--"):
        return when
    month, day = int(born[5:7]), int(born[8:])
    year = today.year + ((month, day) < (today.month, today.day))
    return f"{when}, {year - int(born[:4])} years"


def _due(one: Mapping[str, Any]) -> str:
    when = " ".join(filter(None, (one["due_on"], one["due_time"])))
    kind = "" if one["kind"] == "task" else f"{one['kind']}: "
    owner = f", {one['owner']}" if one["owner"] else ""
    late = "OVERDUE " if one["overdue"] else ""
    return f"{late}{when} {kind}{' '.join(one['text'].split())} (#{one['id']}{owner})"


def _lead(lead: Mapping[str, Any], contact_id: int) -> str:
    worth = f", {lead['value']} {lead['currency']}" if lead["value"] is not None else ""
    days = lead["stage_age_days"]
    since = "" if days < 1 else f" for {days} day{'s' if days > 1 else ''}"
    parts = [
        f"{lead['title']} (#{lead['id']}): {lead['stage']}{since}{worth}",
        f"with {lead['contact']}" if lead["contact_id"] != contact_id else None,
        f"expected {lead['expected_on']}" if lead["expected_on"] else None,
        f"next step {lead['next_follow_up_on']}" if lead["next_follow_up_on"] else "no next step",
    ]
    return ", ".join(filter(None, parts))


def _lost(lead: Mapping[str, Any] | None, zone: tzinfo) -> str | None:
    if lead is None:
        return None
    on = datetime.fromisoformat(lead["closed_at"]).astimezone(zone).date().isoformat()
    to = f" to {lead['competitor']}" if lead["competitor"] else ""
    why = f": {lead['reason']}" if lead["reason"] else ""
    return f"{lead['title']} (#{lead['id']}), {on}{to}{why}"


def _person(one: Mapping[str, Any]) -> str:
    job = f", {one['job_title']}" if one["job_title"] else ""
    return f"{one['name']} (#{one['id']}){job}, spoken to: {_spoken(one)}"


_FELT = {-2: "very bad", -1: "bad", 1: "good", 2: "very good"}


def _talk(talk: Mapping[str, Any], zone: tzinfo) -> str:
    local = datetime.fromisoformat(talk["at"]).astimezone(zone)
    direction = "" if talk["direction"] == "none" else f" {talk['direction']}"
    head = [
        f"{local.date().isoformat()} {local:%H:%M} {talk['channel']}{direction}"
        + (f" by {talk['by']}" if talk["by"] else "")
    ]
    if talk["with"]:
        head.append(f"with {', '.join(talk['with'])}")
    head += filter(None, (talk["outcome"], _FELT.get(talk["sentiment"] or 0)))
    body = (talk["body"] or "").strip()
    if len(body) > MOST_SAID:
        body = f"{body[:MOST_SAID].rstrip()}… (crm log show {talk['id']})"
    return "\n".join(filter(None, (", ".join(head), talk["subject"], body)))


def _consent(one: Mapping[str, Any]) -> str:
    day = f" {one['at'][:10]}" if one["at"] else ""
    return f"{one['channel']} {one['purpose']}: {one['state']}{day}"
