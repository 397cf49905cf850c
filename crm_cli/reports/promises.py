"""Promises to customers: which were kept, which came late, which are open.

Each promise is judged on the business's days by when it was done, so that any past day can be
asked about.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

from crm_cli import errors
from crm_cli.domain.rounding import ratio
from crm_cli.reports import REPORTS, activity, local_days, scope
from crm_cli.result import Column, Kind, Look, Report

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from crm_cli.result import Result
    from crm_cli.session import Session
    from crm_cli.store.population import Reader

DEFINITION = REPORTS["promises"].definition

GROUPS = ("contact", "owner")
STATES = ("kept", "late", "open", "cancelled")


@dataclass(frozen=True, slots=True, kw_only=True)
class PromisesRequest:
    """What ``report promises`` was asked: whose they are summed by, or each one."""

    bounds: scope.Bounds = field(default_factory=scope.Bounds)
    by: str = "contact"
    one_by_one: bool = False


class Promise(NamedTuple):
    """A promise as it stood on a day. ``days`` is from its due day to the day it was done, else
    to the day asked about: negative before it."""

    id: int
    contact_id: int
    contact: str
    owner: str | None
    made_on: date
    due_on: date
    done_on: date | None
    state: str
    days: int


def check(by: str) -> None:
    """Raise InvalidValue for what promises are not summed by."""
    if by not in GROUPS:
        raise errors.InvalidValue(
            f"{by!r} is nothing promises are counted by", hint=f"write --by {' or '.join(GROUPS)}"
        )


def report(session: Session, request: PromisesRequest) -> Result:
    """Count promises by customer or by owner, or list them (``DEFINITION``).

    Rows: contact_id and contact, or owner; made, kept, late, open, cancelled, kept_rate,
    average_days_early (of kept), average_days_late (of late). Totals: the figures. Rows of a
    list: id, contact_id, contact, text, made_on, due_on, done_on, state, days, owner,
    interaction_id, talk_at, talk_channel, talk. Raises InvalidValue.
    """
    check(request.by)
    chosen = scope.read(session, request.bounds)
    connection = chosen.reader(session)
    found = judged(session, chosen, connection)
    totals = _figures(found)
    if request.one_by_one:
        rows = listed(connection, found)
        columns: Sequence[Column] = LIST_COLUMNS
        footer = None
    else:
        rows = _groups(found, request.by)
        heads = (
            (Column("contact_id", "ID", Kind.ID), Column("contact", "Contact"))
            if request.by == "contact"
            else (Column("owner", "Owner"),)
        )
        columns = (*heads, *FIGURES)
        footer = ("all", *[None] * (len(heads) - 1), *totals.values())
    body = Report(
        name="promises",
        title="Promises" if request.one_by_one else f"Promises by {request.by}",
        definition=DEFINITION,
        parameters={**chosen.parameters, "by": request.by, "list": request.one_by_one},
        rows=rows,
        totals=totals,
        columns=columns,
        cells=[tuple(row[column.key] for column in columns) for row in rows],
        footer=footer,
        notes=_notes(session, chosen, totals),
        look=Look.PLAIN if request.one_by_one else Look.BARS,
        picture_key=None if request.one_by_one else "made",
        default_columns=SHOWN if request.one_by_one else None,
    )
    return scope.result(chosen, body, said=activity.said_of(chosen))


FIGURES = (
    Column("made", "Made", Kind.INTEGER),
    Column("kept", "Kept", Kind.INTEGER),
    Column("late", "Late", Kind.INTEGER),
    Column("open", "Open", Kind.INTEGER),
    Column("cancelled", "Cancelled", Kind.INTEGER),
    Column("kept_rate", "Kept rate", Kind.RATE),
    Column("average_days_early", "Days early", Kind.NUMBER),
    Column("average_days_late", "Days late", Kind.NUMBER),
)

LIST_COLUMNS = (
    Column("id", "ID", Kind.ID),
    Column("contact_id", "Contact ID", Kind.ID),
    Column("contact", "Contact"),
    Column("text", "Promise"),
    Column("made_on", "Made", Kind.DATE),
    Column("due_on", "Due", Kind.DATE),
    Column("done_on", "Done", Kind.DATE),
    Column("state", "State"),
    Column("days", "Days", Kind.INTEGER),
    Column("owner", "Owner"),
    Column("interaction_id", "Talk", Kind.ID),
    Column("talk_at", "Talk at", Kind.INSTANT),
    Column("talk_channel", "Channel"),
    Column("talk", "What was said"),
)
SHOWN = ("id", "contact", "text", "made_on", "due_on", "done_on", "state", "days", "owner", "talk")


def _groups(found: Iterable[Promise], by: str) -> list[dict[str, Any]]:
    groups: dict[Any, list[Promise]] = {}
    for promise in found:
        key = promise.contact_id if by == "contact" else promise.owner
        groups.setdefault(key, []).append(promise)
    rows = []
    for key, promises in groups.items():
        first = promises[0]
        head: dict[str, Any] = {"owner": key}
        if by == "contact":
            head = {"contact_id": key, "contact": first.contact}
        rows.append({**head, **_figures(promises)})
    name = by

    def rank(row: dict[str, Any]) -> tuple[Any, ...]:
        return (
            -row["late"], -row["open"], -row["made"], row[name] is None, row[name] or "",
            row.get("contact_id", 0),
        )  # fmt: skip

    return sorted(rows, key=rank)


def _figures(found: Sequence[Promise]) -> dict[str, Any]:
    counts = dict.fromkeys(STATES, 0)
    early = late = 0
    for promise in found:
        counts[promise.state] += 1
        if promise.state == "kept":
            early -= promise.days
        elif promise.state == "late":
            late += promise.days
    return {
        "made": len(found),
        **counts,
        "kept_rate": ratio(counts["kept"], counts["kept"] + counts["late"]),
        "average_days_early": ratio(early, counts["kept"], 1),
        "average_days_late": ratio(late, counts["late"], 1),
    }


def _notes(session: Session, chosen: scope.Scope, totals: dict[str, Any]) -> list[str]:
    base = totals["kept"] + totals["late"]
    notes = [f"As of {chosen.as_of}; {chosen.span('promises made')}."]
    if base:
        notes.append(f"Kept: {totals['kept']} of {base} that were kept or late.")
    if chosen.as_of < session.today:
        notes.append(
            "A cancelled one counts as such from its last change on; a due day that was moved is"
            " as it is now."
        )
    return notes


# -- judging --------------------------------------------------------------------------------------

PROMISES = """
SELECT f.id, f.contact_id, c.name, coalesce(f.owner, c.owner), f.due_on, f.state,
       f.done_at, f.updated_at, coalesce(i.happened_at, f.created_at)
  FROM follow_ups f JOIN contacts c ON c.id = f.contact_id
       LEFT JOIN main.interactions i ON i.id = f.interaction_id
 WHERE f.kind = 'promise' ORDER BY f.due_on, f.id
"""


def judged(session: Session, chosen: scope.Scope, connection: Reader) -> list[Promise]:
    """Return the promises made within the scope, by due day, as they stood on its day."""
    zone = session.zone
    as_of, end = chosen.as_of, local_days.ends(chosen.as_of, zone)
    first = chosen.since or date.min
    last = as_of if chosen.until is None else min(as_of, chosen.until)
    found = []
    for (
        number,
        contact_id,
        contact,
        owner,
        due,
        state,
        done_at,
        changed_at,
        made_at,
    ) in connection.execute(PROMISES).fetchall():
        made_on = local_days.day_of(made_at, zone)
        if not first <= made_on <= last:
            continue
        due_on = date.fromisoformat(due)
        done_on = None
        if state == "done" and done_at < end:
            done_on = local_days.day_of(done_at, zone)
        days = ((done_on or as_of) - due_on).days
        if state == "cancelled" and changed_at < end:
            judgement = "cancelled"
        elif days > 0:
            judgement = "late"
        else:
            judgement = "kept" if done_on else "open"
        found.append(
            Promise(number, contact_id, contact, owner, made_on, due_on, done_on, judgement, days)
        )
    return found


def listed(connection: Reader, found: Sequence[Promise]) -> list[dict[str, Any]]:
    """Return promises with their text and the talk in which each was made, as rows."""
    import json

    from crm_cli.domain.interaction import first_line

    talks = {
        number: rest
        for number, *rest in connection.execute(
            "SELECT f.id, f.text, i.id, i.happened_at, i.channel, i.subject, i.body"
            "  FROM follow_ups f LEFT JOIN main.interactions i ON i.id = f.interaction_id"
            " WHERE f.id IN (SELECT value FROM json_each(:ids))",
            {"ids": json.dumps([promise.id for promise in found])},
        ).fetchall()
    }
    rows = []
    for promise in found:
        text, talk_id, at, channel, subject, body = talks[promise.id]
        rows.append(
            {
                "id": promise.id, "contact_id": promise.contact_id, "contact": promise.contact,
                "text": text, "made_on": promise.made_on.isoformat(),
                "due_on": promise.due_on.isoformat(),
                "done_on": promise.done_on.isoformat() if promise.done_on else None,
                "state": promise.state, "days": promise.days, "owner": promise.owner,
                "interaction_id": talk_id, "talk_at": at, "talk_channel": channel,
                "talk": subject or first_line(body) or None,
            }
        )  # fmt: skip
    return rows
