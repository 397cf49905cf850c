"""Promises to customers: which were kept, which came late, which are open.

Each promise is judged on the business's days by when it was done, so that any past day can be
asked about.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from crm_cli import errors
from crm_cli.domain.rounding import ratio
from crm_cli.reports import REPORTS, activity, local_days, scope
from crm_cli.result import Column, Kind, Look, Report
from crm_cli.store.follow_ups import OWNER

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from crm_cli.result import Result
    from crm_cli.session import Session
    from crm_cli.store.population import Reader

DEFINITION = REPORTS["promises"].definition

GROUPS = ("contact", "owner")
STATES = ("kept", "late", "open", "cancelled")


@dataclass(frozen=True, slots=True, kw_only=True)
class PromisesRequest:
    """What ``report promises`` was asked: whose they are summed by, or each one, and how many
    rows at most."""

    bounds: scope.Bounds = field(default_factory=scope.Bounds)
    by: str = "contact"
    one_by_one: bool = False
    limit: int | None = None


class Promise(NamedTuple):
    """A promise as it stood on a day: made at an instant, due on a day, done at an instant (None:
    not then). ``days`` is from its due day to the day it was done, else to the day asked about:
    negative before it."""

    id: int
    contact_id: int
    contact: str
    owner: str | None
    made_at: str
    due_on: str
    done_at: str | None
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
    tallies = _tallies(found, request.by)
    totals = _figures([sum(column) for column in zip(*tallies.values(), strict=True)] or [0] * 6)
    if request.one_by_one:
        some = len(found)
        rows = listed(session, connection, found[: request.limit])
        columns: Sequence[Column] = LIST_COLUMNS
        footer = None
    else:
        some = len(tallies)
        rows = _groups(tallies, request.by, request.limit)
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
        cells=list(map(itemgetter(*(column.key for column in columns)), rows)),
        footer=footer,
        notes=[
            *_notes(session, chosen, totals),
            *([f"Shown: {len(rows)} of {some}."] if len(rows) < some else []),
        ],
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


_PLACES = {state: place for place, state in enumerate(STATES)}
_EARLY, _LATE = len(STATES), len(STATES) + 1


_GROUP_OF = {
    by: itemgetter(*map(Promise._fields.index, fields))
    for by, fields in {"contact": ("contact_id", "contact"), "owner": ("owner",)}.items()
}
"""What promises are summed by -> their group: id and name of the contact, or the owner."""


def _tallies(found: Iterable[Promise], by: str) -> dict[Any, list[int]]:
    """Return group -> how many promises in each of ``STATES``, days that kept ones were early, and
    days that late ones were late."""
    tallies: dict[Any, list[int]] = {}
    group_of = _GROUP_OF[by]
    for promise in found:
        group, state = group_of(promise), promise.state
        tally = tallies.get(group)
        if tally is None:
            tally = tallies[group] = [0] * (len(STATES) + 2)
        tally[_PLACES[state]] += 1
        if state == "kept":
            tally[_EARLY] -= promise.days
        elif state == "late":
            tally[_LATE] += promise.days
    return tallies


def _groups(
    tallies: Mapping[Any, Sequence[int]], by: str, limit: int | None
) -> list[dict[str, Any]]:
    """Return the rows of groups: most late ones first, then most open ones."""

    def rank(group: Any) -> tuple[Any, ...]:
        kept, late, is_open, cancelled, _, _ = tallies[group]
        number, name = group if by == "contact" else (0, group)
        made = kept + late + is_open + cancelled
        return -late, -is_open, -made, name is None, name or "", number

    rows = []
    for group in sorted(tallies, key=rank)[:limit]:
        head = (
            {"contact_id": group[0], "contact": group[1]} if by == "contact" else {"owner": group}
        )
        rows.append({**head, **_figures(tallies[group])})
    return rows


# Of a hundred thousand customers most have the same few figures.
_ratio = lru_cache(maxsize=4096)(ratio)


def _figures(tally: Sequence[int]) -> dict[str, Any]:
    kept, late, is_open, cancelled, days_early, days_late = tally
    return {
        "made": kept + late + is_open + cancelled,
        "kept": kept,
        "late": late,
        "open": is_open,
        "cancelled": cancelled,
        "kept_rate": _ratio(kept, kept + late),
        "average_days_early": _ratio(days_early, kept, 1),
        "average_days_late": _ratio(days_late, late, 1),
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

PROMISES = f"""
SELECT f.id, f.contact_id, c.name, {OWNER},
       coalesce(i.happened_at, f.created_at), f.due_on, f.state, f.done_at, f.updated_at
  FROM follow_ups f JOIN contacts c ON c.id = f.contact_id
       LEFT JOIN main.interactions i ON i.id = f.interaction_id
 WHERE f.kind = 'promise' AND coalesce(i.happened_at, f.created_at) >= :since
   AND coalesce(i.happened_at, f.created_at) < :until
 ORDER BY f.due_on, f.id
"""


def judged(session: Session, chosen: scope.Scope, connection: Reader) -> list[Promise]:
    """Return the promises made within the scope, by due day, as they stood on its day."""
    days = local_days.Days(session.zone)
    today, end = chosen.as_of.toordinal(), local_days.ends(chosen.as_of, session.zone)
    due_days: dict[str, int] = {}
    found = []
    rows = connection.execute(PROMISES, local_days.span_of(chosen, session.zone)._asdict())
    for row in rows.fetchall():
        number, contact_id, contact, owner, made_at, due_on, state, done_at, changed_at = row
        due = due_days.get(due_on)
        if due is None:
            due = due_days[due_on] = date.fromisoformat(due_on).toordinal()
        done = done_at if state == "done" and done_at < end else None
        late = (today if done is None else days.ordinal(done)) - due
        if state == "cancelled" and changed_at < end:
            judgement = "cancelled"
        elif late > 0:
            judgement = "late"
        else:
            judgement = "kept" if done else "open"
        found.append(
            Promise(number, contact_id, contact, owner, made_at, due_on, done, judgement, late)
        )
    return found


def listed(session: Session, connection: Reader, found: Sequence[Promise]) -> list[dict[str, Any]]:
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
    days = local_days.Days(session.zone)

    def day(instant: str | None) -> str | None:
        return None if instant is None else date.fromordinal(days.ordinal(instant)).isoformat()

    rows = []
    for promise in found:
        text, talk_id, at, channel, subject, body = talks[promise.id]
        rows.append(
            {
                "id": promise.id, "contact_id": promise.contact_id, "contact": promise.contact,
                "text": text, "made_on": day(promise.made_at), "due_on": promise.due_on,
                "done_on": day(promise.done_at), "state": promise.state, "days": promise.days,
                "owner": promise.owner, "interaction_id": talk_id, "talk_at": at,
                "talk_channel": channel, "talk": subject or first_line(body) or None,
            }
        )  # fmt: skip
    return rows
