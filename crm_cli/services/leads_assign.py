"""Giving leads to another owner, and with them the follow-ups that go along."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crm_cli import errors
from crm_cli.domain.values import fold
from crm_cli.queries import people
from crm_cli.queries.selection import Selection
from crm_cli.result import Message
from crm_cli.services import leads
from crm_cli.services.bulk import counted
from crm_cli.services.leads_change import carry_out_on, change_terms, telling
from crm_cli.store import follow_ups, lead_history, lead_owners
from crm_cli.store import leads as store

if TYPE_CHECKING:
    from crm_cli.result import Result
    from crm_cli.services.bulk import Work
    from crm_cli.session import Session


def assign(
    session: Session, selection: Selection, owner: str, *, with_follow_ups: bool = False,
    closed: bool | None = False,
) -> Result:  # fmt: skip
    """Give leads to an owner; what their former owner has open about them too, if asked.

    ``closed`` None: closed leads that a filter chooses too. Raises InvalidValue for no name,
    NotFound.
    """
    remarks: list[Message] = []
    asked = people.owner(session, owner, remarks)
    if asked is None:
        raise errors.InvalidValue(
            "an owner needs a name", hint="or: crm lead edit LEAD --unset owner"
        )

    def prepare(work: Work) -> None:
        work.remarks += remarks
        told = leads.spelled(work.unit, {"owner": asked}, work.remarks, work.ids)
        name: str = told["owner"]
        moved = 0
        for row in store.rows(work.connection, work.listed):
            along = _follow_ups(work, row, name) if with_follow_ups else 0
            moved += along
            if row["owner"] == name:
                if along:
                    work.note([row["id"]], telling(row["id"], f"{counted(along, 'follow-up')}"))
                continue
            change_terms(work.unit, row, {"owner": name}, work.unit.at)
            work.unit.update("leads", row["id"], row, {"owner": name, "updated_at": work.unit.at})
            said = f"owner: {row['owner'] or '(nobody)'} -> {name}"
            work.note([row["id"]], telling(row["id"], said))
        if moved:
            work.along = f" with {counted(moved, 'follow-up')}"
            work.remarks.append(Message(f"{counted(moved, 'follow-up')} went along"))

    return carry_out_on(
        session, selection, ("assign", "assigned"), prepare, detail=f" to {asked}", hidden=closed
    )


def hand_over(
    session: Session, giver: str, to: str, *, where: str | None = None,
    closed: bool = False, with_follow_ups: bool = False,
) -> Result:  # fmt: skip
    """Give the leads of one owner to another: the open ones, with ``closed`` all.

    Raises NotFound where nobody of that name has a lead, InvalidValue where both are the same.
    """
    held = {fold(name): name for name in reversed(lead_owners.owners(session.reader))}
    if fold(giver) not in held:
        from difflib import get_close_matches

        near = get_close_matches(fold(giver), held, 1)
        guess = f"did you mean {held[near[0]]}? " if near else ""
        raise errors.NotFound(
            f"nobody called {giver!r} has a lead",
            hint=f"{guess}owners are {', '.join(held.values())}"
            if held
            else "no lead has an owner",
        )
    if fold(giver) == fold(to):
        raise errors.InvalidValue(
            f"{giver} and {to} are the same", hint="name two people: --from ADA --to BOB"
        )
    from crm_cli.domain.route import quoted

    mine = f"owner = {quoted(giver.strip())}"
    asked = mine if where is None else f"{mine} and ({where})"
    if not closed:
        asked += " and state = open"
    selection = Selection(where=asked)
    return assign(
        session, selection, to, with_follow_ups=with_follow_ups, closed=None if closed else False
    )


def _follow_ups(work: Work, row: dict[str, Any], name: str) -> int:
    """Give the open follow-ups of a lead that its owner has to the new one; return how many."""
    giver = row["owner"]
    count = 0
    for number in lead_history.open_follow_ups(work.connection, f"[{row['id']}]"):
        held = follow_ups.row(work.connection, number)
        if held is None or held["owner"] == name or fold(held["owner"] or "") != fold(giver or ""):
            continue
        cells = {
            "owner": name, "sequence": held["sequence"] + 1, "updated_at": work.unit.at
        }  # fmt: skip
        count += work.unit.update("follow_ups", number, held, cells)
    return count
