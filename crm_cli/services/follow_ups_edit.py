"""Editing follow-ups: any of their fields, of one or of many."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crm_cli import errors
from crm_cli.domain import follow_up as domain
from crm_cli.domain.values import read_text
from crm_cli.queries import resolve
from crm_cli.services import follow_ups
from crm_cli.services.follow_ups_change import carry_out_on, change, in_state, maker, telling

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crm_cli.queries.selection import Selection
    from crm_cli.result import Result
    from crm_cli.services.bulk import Work
    from crm_cli.services.follow_ups import FollowUpFields
    from crm_cli.session import Session

UNSETTABLE = ("time", "owner", "repeat", "purchase", "lead")
_COLUMNS = {
    "time": "due_time", "repeat": "repeat_text", "purchase": "purchase_id", "lead": "lead_id",
}  # fmt: skip
"""What ``--unset`` names where the column is called otherwise."""

Row = dict[str, Any]


def edit(session: Session, selection: Selection, fields: FollowUpFields) -> Result:
    """Change the fields named; another day moves all rounds to come, another contact leaves talk
    and purchase behind.

    Raises NotFound, Ambiguous, Refused for a closed one, and InvalidValue.
    """

    def prepare(work: Work) -> None:
        cells = _read_cells(work, fields.given)
        for row in in_state(work, selection, is_open=True):
            moved = {**cells, **_series(row, cells)}
            if moved.get("contact_id", row["contact_id"]) != row["contact_id"]:
                moved = {"purchase_id": None, **moved}
                moved |= {"previous_id": None, "interaction_id": None}
            _refuse_misfit(work, row, moved)
            if change(work, row, moved):
                work.note([row["id"]], telling(row["id"], _in_words(row, moved)))

    return carry_out_on(session, selection, ("edit", "edited"), prepare)


def _read_cells(work: Work, given: Mapping[str, Any]) -> Row:
    """Return the columns that options fill."""
    session, connection = work.unit.session, work.connection
    cells: Row = {}
    if given.get("when") is not None:
        due = follow_ups.read_due(session, given["when"], work.remarks)
        cells["due_on"] = due.on
        if due.time is not None:
            cells["due_time"] = due.time
    if given.get("text") is not None:
        cells["text"] = follow_ups.read_what(given["text"])
    if given.get("who") is not None:
        country = resolve.country_for(session, given["who"])
        cells["contact_id"] = resolve.contact_id(connection, given["who"], country=country)
    if given.get("repeat") is not None:
        cells["repeat_text"] = domain.read_repeat(given["repeat"]).text
    if given.get("owner") is not None:
        cells["owner"] = read_text(given["owner"], "owner") or None
    if given.get("kind") is not None:
        cells["kind"] = follow_ups.read_kind(given["kind"])
    if given.get("purchase") is not None:
        cells["purchase_id"] = resolve.purchase_id(connection, given["purchase"])
    if given.get("lead") is not None:
        cells["lead_id"] = follow_ups.lead_meant(work.unit, given["lead"])
    for name in _unset(given):
        cells[_COLUMNS.get(name, name)] = None
    if not cells:
        raise errors.UsageError(
            "nothing to change was named", hint="crm remind edit --help lists the options"
        )
    return cells


def _unset(given: Mapping[str, Any]) -> list[str]:
    names = [name.strip() for text in given.get("unset", ()) for name in text.split(",")]
    from crm_cli.domain.contact import choose

    return [choose("field that can be emptied", name, UNSETTABLE) for name in names]


def _series(row: Row, cells: Row) -> Row:
    """Return what another day or another repeat changes of how the rounds are counted."""
    repeat = cells.get("repeat_text", row["repeat_text"])
    if repeat is None:
        return {"repeat_from": None, "occurrence": None} if row["repeat_text"] else {}
    day = cells.get("due_on", row["due_on"])
    if repeat == row["repeat_text"] and day == row["due_on"]:
        return {}
    return {"repeat_from": day, "occurrence": day}


def _refuse_misfit(work: Work, row: Row, moved: Row) -> None:
    after = {**row, **moved}
    if moved.get("purchase_id") is not None:
        follow_ups.refuse_foreign(work.unit, after["purchase_id"], after["contact_id"])
    if row["kind"] in follow_ups.BY_HAND:
        return
    if moved.get("kind") or moved.get("repeat_text"):
        raise errors.Refused(
            f"follow-up {row['id']} was made by {maker(row)}, which makes the next, too",
            hint="when, text and owner can be changed here; see crm remind rule",
        )
    if any(name in moved and moved[name] != row[name] for name in ("contact_id", "purchase_id")):
        raise errors.Refused(
            f"follow-up {row['id']} was made by {maker(row)} for this contact",
            hint="add one for the other contact: crm remind add WHO WHEN TEXT",
        )


_SAID = {
    "due_on": "due", "due_time": "time", "text": "text", "contact_id": "contact",
    "repeat_text": "repeat", "owner": "owner", "kind": "kind", "purchase_id": "purchase",
    "lead_id": "lead",
}  # fmt: skip


def _in_words(row: Row, moved: Row) -> str:
    return ", ".join(
        f"{_SAID[name]}: {_shown(row[name])} -> {_shown(value)}"
        for name, value in moved.items()
        if name in _SAID and row[name] != value
    )


def _shown(value: object) -> str:
    return "(empty)" if value is None else follow_ups.brief(str(value))
