"""Writing follow-ups: what is to be done, for whom, and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

from crm_cli import errors
from crm_cli.clock import Moment, exact_instant, read_moment
from crm_cli.domain import follow_up as domain
from crm_cli.domain.values import read_text
from crm_cli.queries import follow_ups as queries
from crm_cli.queries import resolve
from crm_cli.result import Level, Message
from crm_cli.services.outcome import written
from crm_cli.services.unit import Unit
from crm_cli.store import contacts
from crm_cli.store import follow_ups as store

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crm_cli.result import Result
    from crm_cli.session import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUpFields:
    """What ``remind add`` or ``remind edit`` was told, as typed: when, text, owner, repeat,
    purchase, lead, kind, unset."""

    given: Mapping[str, Any]


class Due(NamedTuple):
    """A day (``YYYY-MM-DD``) and a time (``HH:MM``, or None) of the business's wall clock."""

    on: str
    time: str | None

    def __str__(self) -> str:
        return self.on if self.time is None else f"{self.on} {self.time}"


def read_due(
    session: Session, text: str, remarks: list[Message], what: str = "due", *,
    today: str | None = None,
) -> Due:  # fmt: skip
    """Read when something is due in the grammar of dates, with an optional time; what was
    understood is said, and that it is past or a time which the clocks leave out.

    Words count from ``today`` (a day), the business's unless told. Raises InvalidValue.
    """
    base = session.today if today is None else date.fromisoformat(today)
    exact = exact_instant(text, session.zone)
    if exact is not None:
        local = exact.astimezone(session.zone)
        moment = Moment(local.date(), local.time())
    else:
        moment = read_moment(text, base, session.date_order)
    clock_time = None if moment.at is None else moment.at.isoformat("minutes")
    due = Due(moment.on.isoformat(), clock_time)
    if " ".join(text.split()).replace("T", " ") != str(due):
        remarks.append(Message(f"{what} {text.strip()!r}: {due} ({moment.on:%A})"))
    _warn(session, due, remarks)
    return due


def _warn(session: Session, due: Due, remarks: list[Message]) -> None:
    at = queries.world(session)
    if domain.is_overdue(due.on, due.time, at.now, at.zone):
        remarks.append(Message(f"{due} is past: it is overdue at once", Level.WARNING))
    moment = domain.due_instant(due.on, due.time, at.zone)
    if moment is not None and (there := f"{moment.astimezone(at.zone):%H:%M}") != due.time:
        remarks.append(
            Message(f"there is no {due.time} on {due.on}, the clocks change: it is due at {there}")
        )


def add_row(
    unit: Unit, *, contact_id: int, due_on: str, text: str, due_time: str | None = None,
    kind: str = "task", owner: str | None = None, repeat: str | None = None,
    repeat_from: str | None = None, interaction_id: int | None = None,
    purchase_id: int | None = None, lead_id: int | None = None, rule_id: int | None = None,
    occurrence: str | None = None, previous_id: int | None = None,
) -> int:  # fmt: skip
    """Add one open follow-up within a unit and return its id.

    For other services, too: ``due_on`` and ``due_time`` come from ``read_due``, ``text`` is read,
    ``repeat`` is the one spelling of ``domain.follow_up.read_repeat``, counted from
    ``repeat_from``, which is ``due_on`` unless told. ``interaction_id`` may be an id that the
    unit has drawn.
    """
    return unit.insert(
        "follow_ups", contact_id=contact_id, kind=kind, due_on=due_on, due_time=due_time,
        text=text, repeat_text=repeat,
        repeat_from=None if repeat is None else repeat_from or due_on, owner=owner,
        previous_id=previous_id, interaction_id=interaction_id, purchase_id=purchase_id,
        lead_id=lead_id, rule_id=rule_id,
        occurrence=occurrence if occurrence or repeat is None else due_on,
        created_at=unit.at, updated_at=unit.at,
    )  # fmt: skip


def read_what(text: str) -> str:
    """Read what is to be done. Raises InvalidValue."""
    found = read_text(text, "text", lines=True)
    if not found:
        raise errors.InvalidValue(
            "the text is empty", hint='say what is to be done: crm remind add WHO WHEN "call back"'
        )
    return found


BY_HAND = ("task", "promise")
"""Kinds of follow-ups that people make; the others are made by rules."""


def read_kind(text: str) -> str:
    """Read the kind of a follow-up that people make. Raises InvalidValue."""
    from crm_cli.domain.contact import choose

    return choose("kind of follow-up that is made by hand", text, BY_HAND)


def refuse_foreign(unit: Unit, purchase_id: int, contact_id: int) -> None:
    """Refuse a purchase of somebody else. Raises InvalidValue."""
    from crm_cli.store import purchases

    row = purchases.row(unit.connection, purchase_id) or {}
    if row["contact_id"] != contact_id:
        raise errors.InvalidValue(
            f"purchase {purchase_id} is of another contact (#{row['contact_id']})",
            hint=f"crm purchase list --who {contact_id}",
        )


def add(session: Session, whos: Sequence[str], fields: FollowUpFields) -> Result:
    """Add a follow-up to each of some contacts; with none to the one whose lead it is about. It is
    the owner's of that lead, else the contact's, unless told.

    Raises InvalidValue, NotFound and Ambiguous.
    """
    remarks: list[Message] = []
    given = fields.given
    with Unit(session) as unit:
        due = read_due(session, given["when"], remarks)
        what = read_what(given["text"])
        cells: dict[str, Any] = {"text": what, "due_on": due.on, "due_time": due.time}
        if given.get("repeat") is not None:
            cells["repeat"] = domain.read_repeat(given["repeat"]).text
        if given.get("kind") is not None:
            cells["kind"] = read_kind(given["kind"])
        if given.get("purchase") is not None:
            cells["purchase_id"] = resolve.purchase_id(unit.connection, given["purchase"])
        if given.get("lead") is not None:
            from crm_cli.store.lead_ties import contact_of

            cells["lead_id"] = lead_meant(unit, given["lead"])
            whos = whos or [f"#{contact_of(unit.connection, cells['lead_id'])}"]
        if given.get("owner") is not None:
            cells["owner"] = read_text(given["owner"], "owner") or None
        ids = []
        for who in whos:
            country = resolve.country_for(session, who)
            contact_id = resolve.contact_id(unit.connection, who, country=country)
            row = contacts.row(unit.connection, contact_id) or {}
            if "purchase_id" in cells:
                refuse_foreign(unit, cells["purchase_id"], contact_id)
            if row["archived_at"]:
                remarks.append(Message(f"{row['name']} is archived", Level.WARNING))
            ids.append(add_row(unit, contact_id=contact_id, **cells))
        unit.count_records(len(ids))
        whom = row["name"] if len(ids) == 1 else f"{len(ids)} contacts"
        body = unit.commit(
            f"follow-up for {whom} on {due.on}: {brief(what)}",
            then=lambda connection: (
                queries.record(connection, session, ids[0])
                if len(ids) == 1
                else queries.rows_of(connection, session, ids)
            ),
        )
    return written(body, unit, remarks)


def lead_meant(unit: Unit, text: str) -> int:
    """Return the id of the lead that is named. Raises NotFound and Ambiguous."""
    country = resolve.country_for(unit.session, text)
    return resolve.lead_id(unit.connection, text, country=country)


def brief(text: str | None) -> str:
    """Return a text's first line, at most 60 characters of it."""
    line = (text or "").split("\n")[0]
    return line if len(line) <= 60 else f"{line[:59]}…"


def close(
    unit: Unit, row: Mapping[str, Any], state: str, remarks: list[Message], *, stops: bool = False,
    at: str | None = None,
) -> int | None:  # fmt: skip
    """Close an open follow-up as ``done`` (``at`` an instant, now without it) or ``cancelled``
    within a unit; return the id of its next round, None where it does not repeat or ``stops``."""
    session = unit.session
    cells: dict[str, Any] = {
        "state": state,
        "sequence": row["sequence"] + 1,
        "updated_at": unit.at,
    }
    if state == "done":
        cells |= {"done_at": at or unit.at, "done_by": session.actor}
    unit.update("follow_ups", row["id"], row, cells)
    if row["repeat_text"] is None or stops:
        return None
    return _next_round(unit, row, remarks)


def _next_round(unit: Unit, row: Mapping[str, Any], remarks: list[Message]) -> int | None:
    """Add the first round after this one's day and after today: missed rounds do not pile up."""
    session = unit.session
    repeat = domain.read_repeat(row["repeat_text"])
    anchor = date.fromisoformat(row["repeat_from"])
    meant = date.fromisoformat((row["occurrence"] or row["due_on"])[:10])
    held = max(meant, date.fromisoformat(row["due_on"]))
    following = domain.next_day(repeat, anchor, max(held, session.today))
    there = store.open_round_after(unit.connection, row["id"])
    if there is not None:
        remarks.append(Message(f"{row['repeat_text']}: its next round is open, follow-up {there}"))
        return None
    if following is None:
        remarks.append(Message("its next round lies outside the calendar: none was made"))
        return None
    made = add_row(
        unit, contact_id=row["contact_id"], due_on=following.isoformat(),
        due_time=row["due_time"], text=row["text"], kind=row["kind"], owner=row["owner"],
        repeat=row["repeat_text"], repeat_from=row["repeat_from"],
        interaction_id=row["interaction_id"], purchase_id=row["purchase_id"],
        lead_id=row["lead_id"], previous_id=row["id"],
    )  # fmt: skip
    passed = domain.next_day(repeat, anchor, meant)
    left_out = ""
    if passed is not None and passed < following:
        left_out = f"; the rounds from {passed} till then are left out"
    remarks.append(
        Message(f"{row['repeat_text']}: next is follow-up {made} on {following}{left_out}")
    )
    return made
