"""Changing follow-ups: done, snooze, cancel, reopen, delete, of one or of many.

All of them go through ``bulk``; ``follow_ups_edit`` changes their fields. Follow-ups that were
named on the command line must be open; of those that were piped in or chosen by a filter the closed
ones stay as they are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crm_cli import errors
from crm_cli.domain.values import read_text
from crm_cli.queries import follow_ups as queries
from crm_cli.result import Level, Message
from crm_cli.services import follow_ups
from crm_cli.services.bulk import Task, Work, carry_out, counted
from crm_cli.services.follow_ups import Due, FollowUpFields
from crm_cli.store import follow_ups as store

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Mapping, Sequence

    from crm_cli.queries.selection import Selection
    from crm_cli.result import Body, Result
    from crm_cli.session import Session

TOLD = 5
"""So many next rounds are told one by one."""

Row = dict[str, Any]


def carry_out_on(
    session: Session, selection: Selection, words: tuple[str, str],
    prepare: Callable[[Work], None], *, hidden: bool | None = False, **more: Any,
) -> Result:  # fmt: skip
    """Run a verb on the follow-ups that were chosen; one that was named is printed as a record."""
    named = selection.ids if selection.is_named else None
    detail = more.pop("detail", "")
    if named is not None and len(named) == 1:
        row = store.row(session.reader, named[0])
        detail += f": {follow_ups.brief(row['text'])}" if row else ""

    def body(connection: sqlite3.Connection, ids: Sequence[int]) -> Body:
        if named is not None and len(named) == 1:
            return queries.record(connection, session, ids[0])
        return queries.rows_of(connection, session, ids)

    task = Task(
        noun="follow-up", words=words, prepare=prepare, body=body, detail=detail, hidden=hidden,
        **more,
    )  # fmt: skip
    return carry_out(session, selection, task)


def in_state(work: Work, selection: Selection, *, is_open: bool) -> list[Row]:
    """Return the rows of a change that are open, or closed. Raises Refused where a closed one was
    named that is to be open."""
    rows = store.rows(work.connection, work.listed)
    wanted = [row for row in rows if (row["state"] == "open") is is_open]
    if is_open and selection.is_named and len(wanted) < len(rows):
        closed = next(row for row in rows if row["state"] != "open")
        raise queries.closed_already(closed)
    return wanted


def change(work: Work, row: Row, cells: Mapping[str, Any]) -> bool:
    """Set cells of one follow-up; return whether any differs. Its calendars see the change."""
    if all(row[name] == value for name, value in cells.items()):
        return False
    more = {"sequence": row["sequence"] + 1, "updated_at": work.unit.at}
    return work.unit.update("follow_ups", row["id"], row, {**cells, **more})


# -- done ---------------------------------------------------------------------------------------


def done(session: Session, selection: Selection, fields: FollowUpFields) -> Result:
    """Close follow-ups as done; what repeats gets its next round, and ``next`` makes the next step.

    ``fields`` may hold on (when it was done), next and about (a follow-up that is made for the
    same contact), log and channel (a talk that is recorded along). Raises NotFound, Refused for
    one that is closed already, and InvalidValue.
    """
    given = fields.given

    def prepare(work: Work) -> None:
        done_at = _done_at(work, given.get("on"))
        due = None
        if given.get("next") is not None:
            due = follow_ups.read_due(session, given["next"], work.remarks, "next")
        rounds: list[Message] = []
        for row in in_state(work, selection, is_open=True):
            work.note([row["id"]], telling(row["id"], "done"))
            follow_ups.close(work.unit, row, "done", rounds, at=done_at)
            talk = _log(work, row, given, done_at)
            if due is not None:
                _next_step(work, row, due, given.get("about"), talk, rounds)
        _tell(work, rounds)

    return carry_out_on(session, selection, ("finish", "finished"), prepare)


def _done_at(work: Work, text: str | None) -> str:
    if text is None:
        return work.unit.at
    from crm_cli.services.interactions import read_at

    return read_at(work.unit.session, text, work.remarks)


def _log(work: Work, row: Row, given: Mapping[str, Any], at: str) -> int | None:
    """Record the talk in which it was done, ``at`` that instant; return its id, None where none
    is told."""
    if given.get("log") is None:
        if given.get("channel") is not None:
            raise errors.UsageError("--channel is that of a talk", hint="add --log TEXT")
        return None
    from crm_cli.domain.interaction import usual_direction
    from crm_cli.queries import picklists

    unit = work.unit
    channel = picklists.choose(unit.connection, "channel", given.get("channel") or "call")
    said = read_text(given["log"], "log", lines=True)
    if not said:
        raise errors.InvalidValue("the log is empty", hint="say what was said, or leave --log out")
    talk = unit.insert(
        "interactions", contact_id=row["contact_id"], happened_at=at, channel=channel,
        direction=usual_direction(channel), body=said, by_name=unit.session.actor,
        lead_id=row["lead_id"], created_at=unit.at, updated_at=unit.at,
    )  # fmt: skip
    work.remarks.append(Message(f"logged {channel} {talk}"))
    return talk


def _next_step(
    work: Work, row: Row, due: Due, about: str | None, talk: int | None, rounds: list[Message]
) -> None:
    text = row["text"] if about is None else follow_ups.read_what(about)
    made = follow_ups.add_row(
        work.unit, contact_id=row["contact_id"], due_on=due.on, due_time=due.time, text=text,
        owner=row["owner"], interaction_id=talk, purchase_id=row["purchase_id"],
        lead_id=row["lead_id"],
    )  # fmt: skip
    rounds.append(Message(f"next step: follow-up {made} on {due}: {follow_ups.brief(text)}"))


def _tell(work: Work, rounds: Sequence[Message]) -> None:
    work.remarks += rounds[:TOLD]
    if len(rounds) > TOLD:
        work.remarks.append(Message(f"and {len(rounds) - TOLD} more"))


def telling(one: int, text: str) -> Callable[[list[int]], dict[int, str]]:
    """Return what a rehearsal says of one follow-up, as ``Work.note`` asks for it."""
    return lambda first: {one: text} if one in first else {}


# -- snooze, cancel, reopen ---------------------------------------------------------------------


def snooze(session: Session, selection: Selection, when: str) -> Result:
    """Put follow-ups off: this round only, where they repeat. Their time stays unless ``when``
    names one.

    ``+3d`` counts from its day, or from today where that is past. Raises NotFound, Refused,
    InvalidValue.
    """
    typed = when.strip()

    def prepare(work: Work) -> None:
        due = None
        if typed[:1] not in {"+", "-"}:
            due = follow_ups.read_due(session, typed, work.remarks)
        for row in in_state(work, selection, is_open=True):
            moved = due or follow_ups.read_due(
                session, typed, work.remarks if len(work.ids) == 1 else [],
                today=max(row["due_on"], session.today.isoformat()),
            )  # fmt: skip
            after = Due(moved.on, moved.time or row["due_time"])
            if change(work, row, {"due_on": after.on, "due_time": after.time}):
                before = Due(row["due_on"], row["due_time"])
                work.note([row["id"]], telling(row["id"], f"due: {before} -> {after}"))
                _warn_of_promise(work, row, after)

    return carry_out_on(session, selection, ("snooze", "snoozed"), prepare)


def _warn_of_promise(work: Work, row: Row, after: Due) -> None:
    if row["kind"] == "promise" and after.on > row["due_on"]:
        work.remarks.append(
            Message(
                f"follow-up {row['id']} is a promise: it was to be kept by {row['due_on']}, and"
                f" counts as kept until {after.on} now",
                Level.WARNING,
            )
        )


def cancel(session: Session, selection: Selection, *, this_round: bool = False) -> Result:
    """Close follow-ups as cancelled; what repeats comes no more, unless ``this_round`` alone is
    meant. Raises NotFound and Refused."""

    def prepare(work: Work) -> None:
        rounds: list[Message] = []
        for row in in_state(work, selection, is_open=True):
            work.note([row["id"]], telling(row["id"], "cancelled"))
            follow_ups.close(work.unit, row, "cancelled", rounds, stops=not this_round)
            if row["repeat_text"] is not None and not this_round:
                rounds.append(
                    Message(f"follow-up {row['id']} was {row['repeat_text']}: it comes no more")
                )
        _tell(work, rounds)

    return carry_out_on(session, selection, ("cancel", "cancelled"), prepare)


def reopen(session: Session, selection: Selection) -> Result:
    """Open closed follow-ups again. Raises NotFound, and Refused where the next round is open."""

    def prepare(work: Work) -> None:
        for row in in_state(work, selection, is_open=False):
            if _is_taken_back(row):
                if selection.is_named:
                    raise _not_asked_for(row)
                continue
            following = store.open_round_after(work.connection, row["id"])
            if following is not None:
                raise errors.Refused(
                    f"a later round of follow-up {row['id']} is open: follow-up {following};"
                    " nothing was written",
                    hint=f"crm remind delete {following} first, or crm undo what closed it",
                )
            change(work, row, {"state": "open", "done_at": None, "done_by": None})
            work.note([row["id"]], telling(row["id"], f"{row['state']} -> open"))

    return carry_out_on(session, selection, ("reopen", "reopened"), prepare, hidden=True)


def _is_taken_back(row: Row) -> bool:
    """Say whether nobody but its rule closed a follow-up."""
    is_closed = row["state"] == "cancelled" and row["occurrence"] is None
    return is_closed and row["kind"] not in follow_ups.BY_HAND


def _not_asked_for(row: Row) -> errors.Refused:
    return errors.Refused(
        f"follow-up {row['id']} was taken back: nothing asks for it any more; nothing was written",
        hint="it comes back with what made it: crm remind rule list; or crm remind add",
    )


# -- the trash ----------------------------------------------------------------------------------


def delete(session: Session, selection: Selection) -> Result:
    """Move follow-ups to the trash, closed ones too; asks first. Open ones of rules stay: they
    would be made again. Raises NotFound, UsageError without --yes where nobody can answer, Refused
    when the answer is no, and where one of a rule was named."""

    def prepare(work: Work) -> None:
        going = _deletable(work, selection)
        if not going:
            return
        from crm_cli.services.bulk_contacts import to_trash
        from crm_cli.store import bulk

        work.ids, work.listed = going, bulk.array(going)
        work.note_all(work.ids, "")
        named = {"ids": work.listed}
        unit = work.unit
        unit.update_where("follow_ups", {"previous_id": None}, f"{store.FOLLOW} AND {store.STAY}",
                          named)  # fmt: skip
        unit.delete_where("follow_ups", store.NAMED, named)
        to_trash(work, "follow-up", bulk.names(work.connection, "follow-up", work.listed))

    return carry_out_on(
        session, selection, ("delete", "deleted"), prepare, hidden=None, risky=True, gone=True
    )


def _deletable(work: Work, selection: Selection) -> list[int]:
    """Return which follow-ups can go, and say which cannot. Raises Refused where one was named
    that its rule would make again at once."""
    rows = store.rows(work.connection, work.listed)
    of_rules = [row for row in rows if row["kind"] not in follow_ups.BY_HAND]
    asked_for = [row for row in of_rules if row["state"] == "open"]
    skip = "crm remind cancel {} leaves this round out"
    if asked_for and selection.is_named:
        row = asked_for[0]
        raise errors.Refused(
            f"follow-up {row['id']} was made by {maker(row)}, which would make it again;"
            " nothing was written",
            hint=f"{skip.format(row['id'])}; crm remind rule pause or delete ends them",
        )
    if asked_for:
        work.remarks.append(
            Message(
                f"{counted(len(asked_for), 'follow-up')} of rules and services stay: they would be"
                f" made again; {skip.format('ID')}"
            )
        )
    if any(row["state"] != "open" and row["occurrence"] for row in of_rules):
        work.remarks.append(
            Message(
                "what was done or cancelled and is deleted counts no more: its rule may ask again",
                Level.WARNING,
            )
        )
    held = {row["id"] for row in asked_for}
    return [one for one in work.ids if one not in held]


def maker(row: Row) -> str:
    """Return in words what made a follow-up of a rule."""
    if row["kind"] == "service":
        return "its product's service interval"
    return "a rule" if row["rule_id"] is None else f"rule {row['rule_id']}"
