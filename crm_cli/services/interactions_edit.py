"""Changing and deleting interactions."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from crm_cli import errors
from crm_cli.domain.contact import choose
from crm_cli.domain.interaction import first_line, usual_direction
from crm_cli.queries import interactions as queries
from crm_cli.queries import picklists
from crm_cli.result import Message
from crm_cli.services.interactions import (
    InteractionFields,
    contact_meant,
    read_at,
    read_cells,
    refuse_empty,
    shown,
)
from crm_cli.services.outcome import ask, in_the_trash, written
from crm_cli.services.unit import Unit
from crm_cli.store import contacts
from crm_cli.store import interactions as store

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crm_cli.result import Body, Result
    from crm_cli.session import Session

UNSET = {
    "subject": "subject", "text": "body", "body": "body", "outcome": "outcome",
    "sentiment": "sentiment", "duration": "duration_minutes",
    "duration_minutes": "duration_minutes", "by": "by_name", "campaign": "campaign",
    "participants": "participants", "with": "participants", "lead": "lead_id",
}  # fmt: skip
"""What ``--unset`` names, and the column that it empties."""


def edit(session: Session, what: str, fields: InteractionFields) -> Result:
    """Change the fields named.

    Raises InvalidValue, NotFound and Ambiguous.
    """
    remarks: list[Message] = []
    with Unit(session) as unit:
        interaction_id = queries.find(unit.connection, what)
        row = store.row(unit.connection, interaction_id) or {}
        change(unit, row, fields.given, remarks)
        unit.count_records(1)
        body = unit.commit(f"edited interaction {interaction_id}", then=shown([interaction_id]))
    return written(body, unit, remarks)


def change(
    unit: Unit, row: Mapping[str, Any], given: Mapping[str, Any], remarks: list[Message]
) -> dict[str, Any] | None:
    """Change one interaction as told; return the cells that move, None where nothing does."""
    unset = read_unset(given)
    cells = cells_of(unit, row, given, unset, remarks)
    refuse_empty({**row, **cells})
    others = _participants(unit, row, given, unset, remarks)
    contact_id = cells.get("contact_id", row["contact_id"])
    if contact_id != row["contact_id"]:
        cells |= _moved(unit, row, contact_id, remarks)
    others.discard(contact_id)
    tied = _tie(unit, row["id"], others)
    moved = {name: value for name, value in cells.items() if row[name] != value}
    if moved or tied:
        unit.update("interactions", row["id"], row, {**cells, "updated_at": unit.at})
    return moved if moved or tied else None


def read_unset(given: Mapping[str, Any]) -> set[str]:
    """Return the columns that ``--unset`` empties. Raises InvalidValue."""
    words = [word for text in given.get("unset") or () for word in text.split(",")]
    return {UNSET[choose("--unset", word, UNSET)] for word in words}


def cells_of(
    unit: Unit, row: Mapping[str, Any], given: Mapping[str, Any], unset: set[str],
    remarks: list[Message],
) -> dict[str, Any]:  # fmt: skip
    """Return the columns that options fill or empty; ``row`` is as it was, empty where the change
    is of many. Raises InvalidValue, NotFound and Ambiguous."""
    cells: dict[str, Any] = read_cells(unit, given, row.get("outcome"))
    cells |= dict.fromkeys(unset - {"participants"})
    if given.get("at") is not None:
        cells["happened_at"] = read_at(unit.session, given["at"], remarks)
    if given.get("who") is not None:
        cells["contact_id"] = contact_meant(unit, given["who"], remarks)
    if given.get("channel") is not None:
        held = row.get("channel")
        channel = picklists.choose(unit.connection, "channel", given["channel"], held=held)
        cells["channel"] = channel
        was_usual = bool(row) and row["direction"] == usual_direction(row["channel"])
        if was_usual and usual_direction(channel) != row["direction"]:
            cells.setdefault("direction", usual_direction(channel))
    return cells


def _participants(
    unit: Unit, row: Mapping[str, Any], given: Mapping[str, Any], unset: set[str],
    remarks: list[Message],
) -> set[int]:  # fmt: skip
    """Return who else took part after the change. Raises InvalidValue for one who did not and is
    to be taken off."""
    others = set(store.participant_rows(unit.connection, row["id"]))
    for who in given.get("without") or ():
        contact_id = contact_meant(unit, who, remarks)
        if contact_id not in others:
            name = contacts.brief(unit.connection, [contact_id])[contact_id]
            raise errors.InvalidValue(
                f"{name} (#{contact_id}) is no further participant of interaction {row['id']}",
                hint=f"see crm log show {row['id']}",
            )
        others.discard(contact_id)
    if "participants" in unset:
        others.clear()
    return others | {contact_meant(unit, who, remarks) for who in given.get("with") or ()}


def _tie(unit: Unit, interaction_id: int, wanted: set[int]) -> bool:
    """Make the participants those that are wanted; return whether any came or went."""
    held = store.participant_rows(unit.connection, interaction_id)
    for contact_id in sorted(wanted - held.keys()):
        unit.insert(
            "interaction_participants", interaction_id=interaction_id, contact_id=contact_id
        )
    gone = [row_id for contact_id, row_id in held.items() if contact_id not in wanted]
    if gone:
        named = {"ids": json.dumps(sorted(gone))}
        unit.delete_where("interaction_participants", store.NAMED, named)
    return wanted != held.keys()


def _moved(
    unit: Unit, row: Mapping[str, Any], contact_id: int, remarks: list[Message]
) -> dict[str, Any]:
    """Hand what was made in a talk to the contact it is with now, and keep imports from bringing
    an imported one back to the first; return the cells that change along."""
    for follow_up in store.follow_up_rows(unit.connection, row["id"]):
        after = {
            "contact_id": contact_id,
            "purchase_id": None,  # what it was about was bought by the other
            "sequence": follow_up["sequence"] + 1,
            "updated_at": unit.at,
        }
        unit.update("follow_ups", follow_up["id"], follow_up, after)
        left = follow_up["purchase_id"]
        freed = "" if left is None else f", free from purchase {left}"
        remarks.append(Message(f"its follow-up {follow_up['id']} moved along{freed}"))
    if row["fingerprint"] is None:
        return {}
    bury(unit, [row])
    return {"fingerprint": None}


def bury(unit: Unit, rows: Sequence[Mapping[str, Any]]) -> None:
    """Note which imported interactions are gone, so that no import brings them back."""
    for row in rows:
        if row["fingerprint"] is not None or row["message_id"] is not None:
            unit.insert(
                "interaction_tombstones", message_id=row["message_id"],
                fingerprint=row["fingerprint"],
                contact_id=None if row["fingerprint"] is None else row["contact_id"],
            )  # fmt: skip


# -- deleting -----------------------------------------------------------------------------------


def delete(session: Session, whats: Sequence[str]) -> Result:
    """Move interactions to the trash; follow-ups that were made in them stay.

    Raises NotFound, UsageError without --yes where nobody can answer, Refused when the answer
    is no.
    """
    ids = list(dict.fromkeys(queries.find(session.reader, what) for what in whats))
    ask(session, _question(session, ids))
    with Unit(session) as unit:
        rows = [store.row(unit.connection, one) for one in ids]
        if None in rows:
            raise errors.Conflict(
                f"interaction {ids[rows.index(None)]} was deleted meanwhile; nothing was written",
                hint="run the command again without it",
            )
        body: Body = shown(ids)(unit.connection)
        names = {label["id"]: label for label in store.labels(unit.connection, ids)}
        remove(unit, ids)
        bury(unit, [row for row in rows if row is not None])
        for one in ids:
            unit.insert(
                "trash", entry_id=unit.entry_id, noun="interaction", record_id=one,
                name=called(names[one]), deleted_at=unit.at, deleted_by=session.actor,
            )  # fmt: skip
        unit.count_records(len(ids))
        what = f"interaction {ids[0]}" if len(ids) == 1 else f"{len(ids)} interactions"
        unit.commit(f"deleted {what}")
    return written(body, unit, [in_the_trash(unit, what, len(ids))])


def remove(unit: Unit, ids: Sequence[int]) -> None:
    """Delete interactions, and let go what was made in them."""
    named = {"ids": json.dumps(list(ids))}
    cells = {"interaction_id": None, "updated_at": unit.at}
    unit.update_where("follow_ups", cells, store.OF_NAMED, named)
    unit.delete_where("interaction_participants", store.OF_NAMED, named)
    unit.delete_where("interactions", store.NAMED, named)


def called(label: Mapping[str, Any]) -> str:
    """Return what the trash calls an interaction: what it was, with whom, when, about what."""
    what = f"{label['channel']} with {label['contact']}, {label['at'][:10]}"
    about = label["subject"] or first_line(label["text"], 60)
    return f"{what}: {about}" if about else what


def _question(session: Session, ids: Sequence[int]) -> str:
    if len(ids) > 1:
        return f"Delete {len(ids)} interactions?"
    (label,) = store.labels(session.reader, ids)
    return f"Delete interaction {ids[0]} ({called(label)})?"
