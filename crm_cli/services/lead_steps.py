"""The next step of a lead: the follow-up that a verb of ``lead`` makes along, and what becomes of
those that are open when it is closed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from crm_cli import errors
from crm_cli.queries import resolve
from crm_cli.result import Message
from crm_cli.services import follow_ups
from crm_cli.services.leads_change import telling
from crm_cli.store import follow_ups as store
from crm_cli.store import lead_history, leads

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crm_cli.services.bulk import Work
    from crm_cli.services.unit import Unit

TOLD = 5
"""So many open follow-ups are named one by one."""


def refuse_idle_about(given: Mapping[str, Any]) -> None:
    """Refuse words on the next step where no day is named. Raises UsageError."""
    if given.get("about") is not None and given.get("follow_up") is None:
        raise errors.UsageError(
            "--about is what the next step is, and no day is named; nothing was written",
            hint="add --follow-up WHEN",
        )


def add(
    unit: Unit, lead: Mapping[str, Any], given: Mapping[str, Any], remarks: list[Message]
) -> int | None:
    """Make the follow-up that ``follow_up`` (when) and ``about`` (what; the lead's title without
    it) ask for; return its id, None where none was asked for.

    ``lead`` holds id, contact_id and title as they will be; the id may be one that the
    unit has drawn. Raises InvalidValue, and UsageError for ``about`` alone.
    """
    refuse_idle_about(given)
    if given.get("follow_up") is None:
        return None
    said: list[Message] = []
    due = follow_ups.read_due(unit.session, given["follow_up"], said, "follow-up")
    remarks += [message for message in said if message not in remarks]
    text = follow_ups.read_what(given["about"]) if given.get("about") else lead["title"]
    made = follow_ups.add_row(
        unit, contact_id=lead["contact_id"], due_on=due.on, due_time=due.time, text=text,
        lead_id=lead["id"],
    )  # fmt: skip
    remarks.append(Message(f"next step: follow-up {made} on {due}: {follow_ups.brief(text)}"))
    return made


def plan(work: Work, verb: str, given: Mapping[str, Any]) -> None:
    """Make the next step of each lead that a verb is about. Raises what ``add`` does."""
    refuse_idle_about(given)
    told: dict[str, Any] = {"title": given["title"]} if given.get("title") else {}
    if given.get("who") is not None:
        country = resolve.country_for(work.unit.session, given["who"])
        told["contact_id"] = resolve.contact_id(work.connection, given["who"], country=country)
    said: list[Message] = []
    for row in leads.rows(work.connection, work.listed):
        is_meant = row["id"] in work.changed if verb == "reopen" else row["state"] == "open"
        if is_meant or verb == "edit":
            made = add(work.unit, {**row, **told}, given, said)
            work.note([row["id"]], telling(row["id"], f"follow-up {made}"))
    work.remarks += said[: TOLD + 1]
    if len(said) > TOLD + 1:
        work.remarks.append(Message(f"and {len(said) - TOLD - 1} more"))


def close(
    unit: Unit, lead_ids: Sequence[int], given: Mapping[str, Any], remarks: list[Message]
) -> None:
    """Say which follow-ups of leads that are closed are open; with ``cancel_follow_ups`` cancel
    them (of what repeats no more rounds come). Those that the unit itself makes stay."""
    ids = lead_history.open_follow_ups(unit.connection, json.dumps(list(lead_ids)))
    if not ids:
        return
    rows = store.rows(unit.connection, json.dumps(ids))
    rows.sort(key=lambda row: ids.index(row["id"]))
    if given.get("cancel_follow_ups"):
        for row in rows:
            follow_ups.close(unit, row, "cancelled", remarks, stops=True)
    done = "cancelled" if given.get("cancel_follow_ups") else "still open"
    remarks += [
        Message(
            f"{done}: follow-up {row['id']} on {row['due_on']}: {follow_ups.brief(row['text'])}"
        )
        for row in rows[:TOLD]
    ]
    if len(rows) > TOLD:
        remarks.append(Message(f"and {len(rows) - TOLD} more"))
    if not given.get("cancel_follow_ups"):
        named = " ".join(str(one) for one in ids[:TOLD])
        remarks.append(Message(f"crm remind cancel {named} closes them; so does"
                               " --cancel-follow-ups when a lead is closed"))  # fmt: skip
