"""How contacts stand to each other: employment, referral and other relations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crm_cli import errors
from crm_cli.domain.values import read_text
from crm_cli.queries import contacts as queries
from crm_cli.queries import picklists, resolve
from crm_cli.services.outcome import read_day, written
from crm_cli.services.unit import Unit
from crm_cli.store import contacts as store
from crm_cli.store import relations

if TYPE_CHECKING:
    from crm_cli.result import Message, Result
    from crm_cli.session import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """What ``contact link`` was told, as typed."""

    who: str
    other: str
    kind: str
    title: str | None = None
    since: str | None = None
    until: str | None = None
    remove: bool = False


def link(session: Session, request: Link) -> Result:
    """Tie one contact to another, change the tie that is there, or remove it.

    A current employment also sets the contact's company and job title, a referral who
    referred it; ending or removing one clears them. Raises InvalidValue, NotFound, Ambiguous.
    """
    remarks: list[Message] = []
    with Unit(session) as unit:
        contact_id, other_id = (
            resolve.contact_id(unit.connection, text, country=resolve.country_for(session, text))
            for text in (request.who, request.other)
        )
        kind = picklists.choose(unit.connection, "relation", request.kind)
        row = store.row(unit.connection, contact_id) or {}
        other = store.row(unit.connection, other_id) or {}
        _check(kind, row, other)
        held = relations.open_relation(unit.connection, contact_id, other_id, kind)
        cells = _cells(session, request, held, remarks)
        if request.remove:
            if held is None:
                raise errors.NotFound(
                    f"{row['name']} has no such relation to {other['name']}",
                    hint=f"see crm contact show {contact_id}",
                )
            unit.delete("relations", held["id"])
        elif held is None or (held["ended_on"] and "started_on" in cells):
            unit.insert(
                "relations", contact_id=contact_id, other_id=other_id, kind=kind,
                **{"title": None, "started_on": None, "ended_on": None, **cells},
            )  # fmt: skip
        else:
            unit.update("relations", held["id"], held, cells)
        ended = request.remove or not _is_current(session, {**(held or {}), **cells})
        own = _own_columns(kind, row, other_id, cells, ended=ended)
        if unit.update("contacts", contact_id, row, own) or not unit.is_empty:
            unit.update("contacts", contact_id, row, {"updated_at": unit.at})
        unit.count_records(1)
        body = unit.commit(
            f"{'unlinked' if request.remove else 'linked'} {row['name']} and {other['name']}",
            then=lambda connection: queries.record(connection, contact_id, session),
        )
    return written(body, unit, remarks)


def _check(kind: str, row: dict[str, Any], other: dict[str, Any]) -> None:
    if row["id"] == other["id"]:
        raise errors.InvalidValue(
            f"{row['name']} cannot be tied to itself", hint="name two contacts"
        )
    if kind == "employment" and other["kind"] != "company":
        raise errors.InvalidValue(
            f"{other['name']} is a person; an employment needs a company",
            hint=f"crm contact edit {other['id']} --kind company",
        )


def _cells(
    session: Session, request: Link, held: dict[str, Any] | None, remarks: list[Message]
) -> dict[str, Any]:
    cells: dict[str, Any] = {}
    if request.title is not None:
        cells["title"] = read_text(request.title, "title") or None
    if request.since is not None:
        cells["started_on"] = read_day(session, request.since, "since", remarks)
    if request.until is not None:
        cells["ended_on"] = read_day(session, request.until, "until", remarks)
    after = {**(held or {}), **cells}
    if (
        after.get("started_on")
        and after.get("ended_on")
        and after["ended_on"] < after["started_on"]
    ):
        raise errors.InvalidValue(
            f"it cannot end on {after['ended_on']} before it starts on {after['started_on']}",
            hint="name both days with --since and --until",
        )
    return cells


def _is_current(session: Session, relation: dict[str, Any]) -> bool:
    """Say whether a relation holds today: an end today is an end, a start to come is none."""
    today = session.today.isoformat()
    return (relation.get("ended_on") or "9999") > today >= (relation.get("started_on") or "")


def _own_columns(
    kind: str, row: dict[str, Any], other_id: int, cells: dict[str, Any], *, ended: bool
) -> dict[str, Any]:
    """Return what the relation means for the contact's own columns."""
    if kind not in {"employment", "referral"}:
        return {}
    column = "company_id" if kind == "employment" else "referred_by_id"
    if not ended:
        own = {column: other_id}
        if kind == "employment" and cells.get("title"):
            own["job_title"] = cells["title"]
        return own
    return {column: None} if row[column] == other_id else {}
