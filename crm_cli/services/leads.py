"""Writing leads: opening one, and what all verbs read alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crm_cli import errors
from crm_cli.domain import lead as domain
from crm_cli.domain.values import read_currency, read_money, read_text, search_key
from crm_cli.queries import leads as queries
from crm_cli.queries import resolve, stages
from crm_cli.result import Level, Message
from crm_cli.services import leads_party
from crm_cli.services.outcome import read_day, written
from crm_cli.services.unit import Unit
from crm_cli.store import leads as store

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Collection, Mapping, Sequence

    from crm_cli.domain.stage import Stage
    from crm_cli.result import Body, Result
    from crm_cli.services.leads_party import Party
    from crm_cli.session import Session

LINES = {
    "source": "source", "campaign": "campaign", "owner": "owner", "external_id": "external_id",
}  # fmt: skip
"""Options of one line of text, and the column each fills."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadFields:
    """What a verb of ``lead`` was told, as typed: title, value, currency, stage, pipeline,
    probability, expected, forecast, source, campaign, referrer, owner, opened, on, notes, tag,
    untag, reason, competitor, external_id, unset ..."""

    given: Mapping[str, Any]


def add(session: Session, whos: Sequence[str], fields: LeadFields) -> Result:
    """Open a lead with each contact named; one entry in all.

    An e-mail address nobody has makes the contact, unless ``no_create`` is given. Raises
    InvalidValue, NotFound, Ambiguous, and Duplicate for an external id in use.
    """
    remarks: list[Message] = []
    with Unit(session) as unit:
        given = _sorted_out(unit, fields.given)
        stage = first_stage(unit, given)
        at = _opened(session, given.get("opened"), remarks)
        given = spelled(unit, given, remarks)
        cells = read_cells(unit, {}, given, remarks)
        if not given.get("allow_duplicate"):
            refuse_taken(unit, cells.get("external_id"))
        turns = None
        if cells.get("owner") is None and store.has_routes(unit.connection):
            from crm_cli.services.leads_owner import Turns

            turns = Turns(unit, given, remarks)
        ids = []
        for who in whos:
            party = leads_party.meant_or_made(unit, who, given, remarks)
            _warn_of_same(unit, party, cells["folded"], remarks)
            routed = turns.cells(party, stage, cells) if turns is not None else {}
            ids.append(_insert(unit, party, stage, at, {**cells, **routed}))
            if "custom" in given:
                from crm_cli.services import fields as custom

                custom.write(unit, "lead", ids[-1], given, remarks, is_new=True)
            if given.keys() & {"follow_up", "about"}:
                from crm_cli.services import lead_steps

                lead = {**cells, "id": ids[-1], "contact_id": party.id}
                lead_steps.add(unit, lead, given, remarks)
        tag(unit, ids, given)
        unit.count_records(len(ids))
        whom = party.name if len(ids) == 1 else f"{len(ids)} contacts"
        body = unit.commit(f"opened lead {cells['title']} with {whom}", then=shown(session, ids))
    return written(body, unit, remarks)


def spelled(
    unit: Unit, given: Mapping[str, Any], remarks: list[Message], but: Collection[int] = ()
) -> Mapping[str, Any]:
    """Return the options with owner, source and campaign as other leads spell them. Raises
    InvalidValue."""
    if not given.keys() & {"owner", "source", "campaign"}:
        return given
    from crm_cli.services import lead_spellings

    return lead_spellings.settled(unit, given, remarks, but)


def _sorted_out(unit: Unit, given: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the options with ``--set`` and ``--unset`` understood, where a custom field may be
    meant. Raises InvalidValue."""
    if not given.keys() & {"set", "unset"} and not store.has_fields(unit.connection):
        return given
    from crm_cli.services import leads_fields

    return leads_fields.split(unit.connection, given)


def _opened(session: Session, text: str | None, remarks: list[Message]) -> str:
    if text is None:
        return session.now_text
    from crm_cli.services.leads_when import read_when

    return read_when(session, text, "opened", remarks)


def shown(session: Session, ids: Sequence[int]) -> Callable[[sqlite3.Connection], Body]:
    """Return what reads leads as written: the record of one, the list of several."""

    def read(connection: sqlite3.Connection) -> Body:
        if len(ids) == 1:
            return queries.record(connection, session, ids[0])
        return queries.rows_of(connection, session, ids)

    return read


def _insert(unit: Unit, party: Party, stage: Stage, at: str, cells: Mapping[str, Any]) -> int:
    owner = cells.get("owner") or (party.row or {}).get("owner")
    lead_id = unit.insert(
        "leads", **{**cells, "owner": owner}, contact_id=party.id, stage_id=stage.id,
        state="open", opened_at=at, stage_since=at, created_at=unit.at, updated_at=unit.at,
    )  # fmt: skip
    unit.insert(
        "stage_changes", lead_id=lead_id, stage_id=stage.id, entered_at=at,
        by_name=unit.session.actor,
    )  # fmt: skip
    return lead_id


def first_stage(unit: Unit, given: Mapping[str, Any]) -> Stage:
    """Return the stage in which a new lead begins. Raises NotFound, Ambiguous, Refused, and
    InvalidValue for a closing one."""
    pipeline = given.get("pipeline")
    if given.get("stage") is None:
        return stages.first_stage(
            unit.connection, stages.resolve_pipeline(unit.connection, pipeline).id
        )
    stage = stages.resolve_stage(unit.connection, given["stage"], pipeline)
    if stage.kind != "open":
        verb = "win" if stage.kind == "won" else "lose"
        raise errors.InvalidValue(
            f"a lead is opened before it is {stage.kind}",
            hint=f"open it with --opened DAY, then: crm lead {verb} LEAD --on DAY",
        )
    return stage


def refuse_taken(unit: Unit, external_id: str | None, but: int | None = None) -> None:
    """Refuse an external id that another lead has already. Raises Duplicate."""
    if external_id is None:
        return
    held = [one for one in store.ids_by_external_id(unit.connection, external_id) if one != but]
    if held:
        raise errors.Duplicate(
            f"lead {held[0]} has the external id {external_id} already",
            hint=f"crm lead edit {held[0]}, or add --allow-duplicate",
            candidates=store.labels(unit.connection, held),
        )


def _warn_of_same(unit: Unit, party: Party, folded: str, remarks: list[Message]) -> None:
    if party.row is None:
        return
    same = store.open_ones_called(unit.connection, party.id, folded)
    if same:
        remarks.append(
            Message(f"{party.name} has an open lead of this title already (#{same[0]})",
                    Level.WARNING)
        )  # fmt: skip


# -- its fields ---------------------------------------------------------------------------------


def read_cells(
    unit: Unit, row: Mapping[str, Any], given: Mapping[str, Any], remarks: list[Message]
) -> dict[str, Any]:
    """Return the columns that options fill, but for contact, stage and instants; a value is in
    the currency of ``row`` unless it names one. Raises InvalidValue, NotFound and Ambiguous."""
    cells: dict[str, Any] = {
        column: read_text(given[name], name.replace("_", " ")) or None
        for name, column in LINES.items()
        if given.get(name) is not None
    }
    if cells.get("owner") is not None:
        from crm_cli.queries import people

        cells["owner"] = people.owner(unit.session, cells["owner"], remarks)
    if given.get("title") is not None:
        cells |= title_cells(given["title"])
    cells |= money_cells(unit.session, row, given)
    if given.get("probability") is not None:
        cells["probability"] = domain.read_probability(given["probability"])
    if given.get("forecast") is not None:
        cells["forecast"] = domain.read_forecast(given["forecast"])
    if given.get("expected") is not None:
        cells["expected_on"] = read_day(unit.session, given["expected"], "expected", remarks)
    if given.get("notes") is not None:
        cells["notes"] = read_text(given["notes"], "notes", lines=True) or None
    if given.get("referrer") is not None:
        country = resolve.country_for(unit.session, given["referrer"])
        cells["referred_by_id"] = resolve.contact_id(
            unit.connection, given["referrer"], country=country
        )
    return cells


def title_cells(text: str) -> dict[str, str]:
    """Return the columns of a title. Raises InvalidValue for an empty one."""
    title = read_text(text, "title")
    if not title:
        raise errors.InvalidValue(
            "a lead needs a title", hint='say what it is about: crm lead add WHO "new website"'
        )
    return {"title": title, "folded": search_key(title)}


def money_cells(
    session: Session, row: Mapping[str, Any], given: Mapping[str, Any], what: str = "value"
) -> dict[str, Any]:
    """Return value and currency as typed: ``12.50``, ``12.50 CHF``. Raises InvalidValue."""
    text = given.get(what)
    if text is None:
        if given.get("currency") is not None:
            raise errors.InvalidValue(
                "a currency needs the value beside it", hint=f"write the {what} as '12.50 CHF'"
            )
        return {}
    named = read_currency(given["currency"]) if given.get("currency") else None
    usual = named or row.get("currency") or session.setting("currency")
    value, currency = read_money(text, usual)
    if named and currency != named:
        raise errors.InvalidValue(
            f"the {what} {text!r} is not in {named}", hint="name one currency"
        )
    if value < 0:
        raise errors.InvalidValue(
            f"the {what} {text!r} is negative", hint="a lead is worth nothing or more"
        )
    return {"value": value, "currency": currency}


def tag(unit: Unit, lead_ids: Sequence[int], given: Mapping[str, Any]) -> None:
    """Give new leads their tags. Raises InvalidValue."""
    if given.get("tag"):
        from crm_cli.services.contacts_tags import settled

        for tag_id, _, _ in settled(unit, given["tag"]).values():
            for lead_id in lead_ids:
                unit.insert("lead_tags", lead_id=lead_id, tag_id=tag_id)
