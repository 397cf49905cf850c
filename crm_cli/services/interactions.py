"""Writing interactions: what was said, with whom, and what is to follow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from crm_cli import errors
from crm_cli.domain.interaction import (
    DIRECTIONS,
    first_line,
    read_duration,
    read_sentiment,
    usual_direction,
)
from crm_cli.domain.values import read_text
from crm_cli.queries import interactions as queries
from crm_cli.queries import picklists, resolve
from crm_cli.result import Level, Message
from crm_cli.services.outcome import written
from crm_cli.services.unit import Unit
from crm_cli.store import contacts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crm_cli.result import Body, Result
    from crm_cli.session import Session

LINES = {"subject": "subject", "by": "by_name", "campaign": "campaign", "message_id": "message_id"}
"""Options of one line of text, and the column each fills."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InteractionFields:
    """What a verb of ``log`` was told, as typed: text, channel, direction, subject, outcome,
    sentiment, duration, at, with, by, campaign, message_id, lead, follow_up, promise, about,
    unset."""

    given: Mapping[str, Any]


def add(session: Session, whos: Sequence[str], fields: InteractionFields) -> Result:
    """Record one talk with each contact named, with what is to follow; one entry in all. With
    nobody named it was with the contact whose lead it was about.

    An e-mail address nobody has makes a contact, unless ``no_create`` is given. Raises
    InvalidValue (also for what has yet to happen), NotFound and Ambiguous.
    """
    remarks: list[Message] = []
    given = fields.given
    with Unit(session) as unit:
        channel = picklists.choose(unit.connection, "channel", given["channel"])
        at = read_at(session, given.get("at"), remarks)
        cells = {
            "channel": channel, "happened_at": at, "direction": usual_direction(channel),
            "by_name": session.actor, **read_cells(unit, given),
        }  # fmt: skip
        refuse_empty(cells)
        refuse_idle_about(given)
        made: dict[str, Made] = {}
        if not whos:
            from crm_cli.store.lead_ties import contact_of

            whos = [f"#{contact_of(unit.connection, cells['lead_id'])}"]
        people = [_contact(unit, who, given, made, remarks) for who in whos]
        others = [_contact(unit, who, given, made, remarks) for who in given.get("with") or ()]
        names = {**_names(unit, [*people, *others]), **dict(made.values())}
        ids = []
        for contact_id in dict.fromkeys(people):
            interaction_id = unit.insert(
                "interactions", contact_id=contact_id, **cells,
                created_at=unit.at, updated_at=unit.at,
            )  # fmt: skip
            ids.append(interaction_id)
            for other in dict.fromkeys(others):
                if other != contact_id:
                    unit.insert(
                        "interaction_participants", interaction_id=interaction_id, contact_id=other
                    )
            _follow(unit, interaction_id, contact_id, cells, given, remarks)
        unit.count_records(len(ids))
        whom = names[people[0]] if len(ids) == 1 else f"{len(ids)} contacts"
        body = unit.commit(f"logged {channel} with {whom}", then=shown(ids))
    return written(body, unit, remarks)


def shown(ids: Sequence[int]) -> Any:
    """Return what reads interactions as written: the record of one, the list of several."""

    def read(connection: Any) -> Body:
        if len(ids) == 1:
            return queries.record(connection, ids[0])
        return queries.rows_of(connection, ids)

    return read


# -- its fields ---------------------------------------------------------------------------------


def read_cells(unit: Unit, given: Mapping[str, Any], outcome: str | None = None) -> dict[str, Any]:
    """Return the columns that options fill, but for contact, instant and channel; ``outcome`` is
    the one held, which may be given again. Raises InvalidValue."""
    cells: dict[str, Any] = {
        column: read_text(given[name], name.replace("_", " ")) or None
        for name, column in LINES.items()
        if given.get(name) is not None
    }
    if given.get("text") is not None:
        cells["body"] = read_text(given["text"], "text", lines=True) or None
    if given.get("direction") is not None:
        from crm_cli.domain.contact import choose

        cells["direction"] = choose("direction", given["direction"], DIRECTIONS)
    if given.get("outcome") is not None:
        cells["outcome"] = picklists.choose(
            unit.connection, "outcome", given["outcome"], held=outcome
        )
    if given.get("sentiment") is not None:
        cells["sentiment"] = read_sentiment(given["sentiment"])
    if given.get("duration") is not None:
        cells["duration_minutes"] = read_duration(given["duration"])
    if given.get("lead") is not None:
        country = resolve.country_for(unit.session, given["lead"])
        cells["lead_id"] = resolve.lead_id(unit.connection, given["lead"], country=country)
    return cells


def read_at(session: Session, text: str | None, remarks: list[Message]) -> str:
    """Return when something happened, as stored: now without a text; a day without a time is
    noon of the business's zone, today's is now.

    What was understood is said where it was not typed so. Raises InvalidValue, also for what lies
    ahead.
    """
    if text is None:
        return session.now_text
    from crm_cli import clock

    zone = session.zone
    now = session.clock.now(zone)
    exact, moment = clock.read_past(text, zone, now, session.today, session.date_order)
    if moment is not None:
        local = exact.astimezone(zone)
        shown = local.replace(tzinfo=None).isoformat(" ", "minutes")
        if " ".join(text.split()).replace("T", " ") not in {shown, shown[:10]}:
            remarks.append(Message(f"at {text.strip()!r}: {shown} ({local:%A})"))
    if exact > now:
        raise errors.InvalidValue(
            f"{text.strip()!r} lies ahead: what has happened is logged",
            hint="write such as 'yesterday 17:00' or 'last friday'; what is to come:"
            " crm remind add WHO WHEN TEXT",
        )
    return clock.instant_text(exact)


def refuse_empty(cells: Mapping[str, Any]) -> None:
    """Refuse a talk of which nothing is said. Raises InvalidValue."""
    if not any(cells.get(name) for name in ("body", "subject", "outcome")):
        raise errors.InvalidValue(
            "the text is empty; nothing was written",
            hint="say what it was about, or name an --outcome",
        )


# -- with whom ----------------------------------------------------------------------------------


class Made(NamedTuple):
    """A contact that was made on the way."""

    id: int
    name: str


def _contact(
    unit: Unit, who: str, given: Mapping[str, Any], made: dict[str, Made], remarks: list[Message]
) -> int:
    """Return the contact that is meant; made where it is an e-mail address nobody has. ``made``
    holds those made before: address -> contact."""
    try:
        return contact_meant(unit, who, remarks)
    except errors.NotFound:
        if "@" not in who:
            raise
        named, _, address = who.strip().removesuffix(">").rpartition("<")
        if address != who:  # the address may be somebody's whose name is another
            try:
                return contact_meant(unit, address, remarks)
            except errors.NotFound:
                pass
        if given.get("no_create"):
            raise
        return _made(unit, named, address, made, remarks)


def contact_meant(unit: Unit, who: str, remarks: list[Message]) -> int:
    """Return the contact that is named; says so of an archived one. Raises NotFound and
    Ambiguous."""
    country = resolve.country_for(unit.session, who)
    contact_id = resolve.contact_id(unit.connection, who, country=country)
    row = contacts.row(unit.connection, contact_id) or {}
    if row["archived_at"]:
        said = Message(f"{row['name']} (#{contact_id}) is archived", Level.WARNING)
        remarks += [said] if said not in remarks else []
    return contact_id


def _made(
    unit: Unit, named: str, address: str, made: dict[str, Made], remarks: list[Message]
) -> int:
    """Make the contact of an address, with the name that stood before it. Raises InvalidValue for
    an address that is none."""
    from crm_cli.domain.values import read_email, search_key

    email = read_email(address)
    if email in made:
        return made[email].id
    name = read_text(named.strip().strip('"'), "name") or email
    contact_id = unit.insert(
        "contacts", kind="person", name=name, folded=search_key(name), role="prospect",
        created_at=unit.at, updated_at=unit.at,
    )  # fmt: skip
    unit.insert("emails", contact_id=contact_id, value=email, label=None, is_primary=1)
    unit.count_records(1)
    made[email] = Made(contact_id, name)
    remarks.append(Message(f"made the contact {name} (#{contact_id}): nobody had {email}"))
    return contact_id


def _names(unit: Unit, ids: Sequence[int]) -> dict[int, str]:
    return contacts.brief(unit.connection, list(dict.fromkeys(ids))) if ids else {}


# -- what is to follow --------------------------------------------------------------------------


def refuse_idle_about(given: Mapping[str, Any]) -> None:
    """Refuse words on what is to be done where nothing is to follow. Raises UsageError."""
    if given.get("about") is not None and not given.keys() & {"follow_up", "promise"}:
        raise errors.UsageError(
            "--about is what is to be done, and no day is named; nothing was written",
            hint="add --follow-up WHEN or --promise WHEN; what it was about: --subject",
        )


def _follow(
    unit: Unit, interaction_id: int, contact_id: int, cells: Mapping[str, Any],
    given: Mapping[str, Any], remarks: list[Message],
) -> None:  # fmt: skip
    """Make the follow-up and the promise that a talk ended with."""
    for option, kind in (("follow_up", "task"), ("promise", "promise")):
        if given.get(option) is None:
            continue
        from crm_cli.services import follow_ups

        said: list[Message] = []
        word = "follow-up" if kind == "task" else "promise"
        due = follow_ups.read_due(unit.session, given[option], said, word)
        remarks += [message for message in said if message not in remarks]
        text = read_text(given["about"], "about") if given.get("about") else ""
        text = text or cells.get("subject") or first_line(cells.get("body")) or cells["channel"]
        made = follow_ups.add_row(
            unit, contact_id=contact_id, due_on=due.on, due_time=due.time, text=text, kind=kind,
            interaction_id=interaction_id, lead_id=cells.get("lead_id"),
        )  # fmt: skip
        when = due.on if due.time is None else f"{due.on} {due.time}"
        remarks.append(Message(f"{word} {made} on {when}: {text}"))
