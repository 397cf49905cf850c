"""Editing leads: any of their fields, of one or of many; of closed ones what moves no figure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crm_cli import errors
from crm_cli.domain.lead import FROZEN
from crm_cli.queries import resolve
from crm_cli.result import Level, Message
from crm_cli.services import leads, leads_fields, leads_moves, leads_tags
from crm_cli.services.leads_change import (
    carry_out_on,
    change_terms,
    closed_already,
    in_words,
    telling,
)
from crm_cli.services.leads_when import local, read_when
from crm_cli.store import contacts, lead_history
from crm_cli.store import leads as store

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import tzinfo

    from crm_cli.queries.selection import Selection
    from crm_cli.result import Result
    from crm_cli.services.bulk import Work
    from crm_cli.services.leads import LeadFields
    from crm_cli.services.leads_change import Row
    from crm_cli.session import Session

UNSETTABLE = (
    "value", "probability", "expected", "forecast", "source", "campaign", "owner", "referrer",
    "notes", "tag", "competitor", "external_id",
)  # fmt: skip
_COLUMN = {"expected": "expected_on", "referrer": "referred_by_id"}
"""What ``--unset`` calls a column otherwise."""

_OF_OPEN = {
    "value": "value", "currency": "value", "probability": "odds", "expected": "expected day",
    "forecast": "forecast", "stage": "stage", "opened": "opening day",
}  # fmt: skip
"""Options that no closed lead takes, and what is said of them."""


def edit(session: Session, selection: Selection, fields: LeadFields) -> Result:
    """Change the fields named. A closed lead keeps value, odds, expected day, forecast, stage and
    the day it was opened.

    Raises Refused for these on a closed lead, UsageError for a reason or competitor of one that
    is not lost, Duplicate for an external id in use, InvalidValue, NotFound and Ambiguous.
    """

    def prepare(work: Work) -> None:
        given: Mapping[str, Any] = leads_fields.split(work.connection, fields.given, UNSETTABLE)
        if given.keys() <= {"unset", "custom"} and not leads_fields.names_any(given):
            raise errors.UsageError(
                "nothing to change was named", hint="crm lead edit --help lists the options"
            )
        if given.get("external_id") is not None and len(work.ids) > 1:
            raise errors.InvalidValue(
                "several leads cannot get one external id", hint="edit them one by one"
            )
        given = leads.spelled(work.unit, given, work.remarks, work.ids)
        for row in store.rows(work.connection, work.listed):
            _edit(work, row, given)
        leads_tags.change(work, given)
        leads_fields.write_many(work, given)
        _touch(work)
        work.remarks[:] = dict.fromkeys(work.remarks)

    return carry_out_on(session, selection, ("edit", "edited"), prepare, given=fields.given)


def _edit(work: Work, row: Row, given: Mapping[str, Any]) -> None:
    """Change one lead's own row."""
    _refuse_closed(work.unit.session.zone, row, given)
    cells = leads.read_cells(work.unit, row, given, work.remarks)
    for name in given.get("unset", ()):
        if name != "tag":
            cells[_COLUMN.get(name, name)] = None
        if name == "value":
            cells["currency"] = None
    cells |= _lost_cells(work, row, given)
    if given.get("opened") is not None:
        cells |= _opened_cells(work, row, given["opened"])
    if given.get("who") is not None:
        cells |= _hand_over(work, row, given["who"])
    referrer = cells.get("referred_by_id")
    if referrer is not None and referrer == cells.get("contact_id", row["contact_id"]):
        raise errors.InvalidValue(
            f"lead {row['id']} cannot be referred by its own contact", hint="name another WHO"
        )
    if not given.get("allow_duplicate"):
        leads.refuse_taken(work.unit, cells.get("external_id"), row["id"])
    if given.get("stage") is not None:
        if given.get("opened") is not None:
            raise errors.UsageError(
                "--opened and --stage change the same stay", hint="edit them one after the other"
            )
        leads_moves.shift(work, row, given["stage"])
    moved = {name: value for name, value in cells.items() if row[name] != value}
    if moved:
        change_terms(work.unit, row, moved, work.unit.at)
        work.unit.update("leads", row["id"], row, moved)
        work.note([row["id"]], telling(row["id"], in_words(row, moved)))


def _refuse_closed(zone: tzinfo, row: Row, given: Mapping[str, Any]) -> None:
    """Refuse what would change a figure of a closed lead. Raises Refused."""
    if row["state"] == "open":
        return
    named = [name for name in _OF_OPEN if given.get(name) is not None]
    named += [name for name in given.get("unset", ()) if _COLUMN.get(name, name) in FROZEN]
    if named:
        raise closed_already(zone, row, f": its {_OF_OPEN[named[0]]} stays")


def _lost_cells(work: Work, row: Row, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return why a lost lead was lost, as it is told now; its stay says so, too."""
    cells: dict[str, Any] = {}
    if row["state"] != "lost":
        leads_moves.refuse_reason(given)
        return cells
    if given.get("reason") is not None:
        told = {"reason": given["reason"]}
        cells["loss_reason"] = leads_moves.lost_cells(work, told, row["loss_reason"])["loss_reason"]
    if given.get("competitor") is not None:
        cells["competitor"] = leads_moves.read_competitor(given)
    if "competitor" in given.get("unset", ()):
        cells["competitor"] = None
    if cells:
        stay = lead_history.present_stays(work.connection, f"[{row['id']}]")[row["id"]]
        work.unit.update("stage_changes", stay["id"], stay, cells)
    return cells


def _opened_cells(work: Work, row: Row, text: str) -> dict[str, Any]:
    """Correct when a lead began, and with it the beginning of its first stay. Raises InvalidValue
    for what lies ahead or behind the end of that stay."""
    stay = lead_history.first_stay(work.connection, row["id"])
    at = read_when(work.unit.session, text, "opened", work.remarks)
    if stay["left_at"] is not None and at > stay["left_at"]:
        raise errors.InvalidValue(
            f"{text.strip()!r} is after {local(work.unit.session, stay['left_at'])}, when lead"
            f" {row['id']} left its first stage",
            hint="name an earlier day",
        )
    work.unit.update("stage_changes", stay["id"], stay, {"entered_at": at})
    return (
        {"opened_at": at} if stay["left_at"] is not None else {"opened_at": at, "stage_since": at}
    )


def _hand_over(work: Work, row: Row, who: str) -> dict[str, Any]:
    """Return the cells that another contact changes, and keep imports from bringing an imported
    lead back to the first."""
    country = resolve.country_for(work.unit.session, who)
    contact_id = resolve.contact_id(work.connection, who, country=country)
    if contact_id == row["contact_id"]:
        return {}
    if row["purchase_id"] is not None:
        first = contacts.brief(work.connection, [row["contact_id"]])[row["contact_id"]]
        work.remarks.append(
            Message(
                f"the sale of lead {row['id']} stays with {first}: purchase {row['purchase_id']}",
                Level.WARNING,
            )
        )
    if row["fingerprint"] is not None:
        work.unit.insert(
            "lead_tombstones", contact_id=row["contact_id"], fingerprint=row["fingerprint"]
        )
    return {"contact_id": contact_id, "fingerprint": None}


def _touch(work: Work) -> None:
    """Note when the leads that change did; tags and custom fields are a part of them."""
    for row in store.rows(work.connection, store.array(sorted(work.changed))):
        work.unit.update("leads", row["id"], row, {"updated_at": work.unit.at})
