"""What every verb that changes leads shares: which are meant, what is said of them, and how the
history is kept.

Leads that were named must be open where the verb is about open ones; of those that were piped in
or chosen by a filter the closed ones stay as they are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crm_cli import errors
from crm_cli.domain.lead import FROZEN, TERMS, percent_text
from crm_cli.domain.values import money_text
from crm_cli.queries import leads as queries
from crm_cli.result import Message
from crm_cli.services.bulk import Task, carry_out, counted
from crm_cli.store import lead_history, stages
from crm_cli.store import leads as store

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Mapping, Sequence
    from datetime import tzinfo

    from crm_cli.domain.stage import Stage
    from crm_cli.queries.selection import Selection
    from crm_cli.result import Body, Result
    from crm_cli.services.bulk import Work
    from crm_cli.services.unit import Unit
    from crm_cli.session import Session

Row = dict[str, Any]


def carry_out_on(
    session: Session, selection: Selection, words: tuple[str, str],
    prepare: Callable[[Work], None], *, hidden: bool | None = False,
    given: Mapping[str, Any] | None = None, **more: Any,
) -> Result:  # fmt: skip
    """Run a verb on the leads that were chosen; one that was named is printed as a record. Where
    ``given`` names a ``follow_up``, each gets its next step along."""
    is_one = selection.is_named and selection.ids is not None and len(selection.ids) == 1
    detail = more.pop("detail", "")
    if is_one and selection.ids is not None:
        row = store.row(session.reader, selection.ids[0])
        detail = f": {row['title']}{detail}" if row else detail

    def body(connection: sqlite3.Connection, ids: Sequence[int]) -> Body:
        if is_one:
            return queries.record(connection, session, ids[0])
        return queries.rows_of(connection, session, ids)

    def and_plan(work: Work) -> None:
        prepare(work)
        if given and given.keys() & {"follow_up", "about"}:
            from crm_cli.services import lead_steps

            lead_steps.plan(work, words[0], given)

    task = Task(
        noun="lead", words=words, prepare=and_plan, body=body, detail=detail, hidden=hidden, **more
    )
    return carry_out(session, selection, task)


def open_ones(work: Work, selection: Selection) -> list[Row]:
    """Return the open leads of a change, and say how many closed ones are left out. Raises
    Refused where a closed one was named."""
    rows = store.rows(work.connection, work.listed)
    found = [row for row in rows if row["state"] == "open"]
    if selection.is_named and len(found) < len(rows):
        closed = next(row for row in rows if row["state"] != "open")
        raise closed_already(work.unit.session.zone, closed)
    if len(found) < len(rows):
        count = len(rows) - len(found)
        work.remarks.append(
            Message(f"{counted(count, 'lead')} {'is' if count == 1 else 'are'} closed: left out")
        )
    return found


def closed_already(zone: tzinfo, row: Mapping[str, Any], what: str = "") -> errors.Refused:
    """Return the refusal of a lead that is won or lost already."""
    from crm_cli.reports.local_days import day_of

    return errors.Refused(
        f"lead {row['id']} was {row['state']} on {day_of(row['closed_at'], zone)}{what};"
        " nothing was written",
        hint=f"crm lead reopen {row['id']} opens it again",
    )


def telling(one: int, text: str) -> Callable[[list[int]], dict[int, str]]:
    """Return what a rehearsal says of one lead, as ``Work.note`` asks for it."""
    return lambda first: {one: text} if one in first else {}


# -- the history --------------------------------------------------------------------------------


def change_terms(unit: Unit, row: Mapping[str, Any], cells: Mapping[str, Any], at: str) -> None:
    """Keep what a lead promised until the instant ``at``, from which on ``cells`` are its terms.

    Where terms were changed after that instant already, these get the cells too: what is entered
    late was so from then on. The lead's own row is the caller's to change.
    """
    later = lead_history.terms_after(unit.connection, row["id"], at)
    before = later[0] if later else row
    after = {name: cells.get(name, before[name]) for name in TERMS}
    if any(before[name] != after[name] for name in TERMS):
        unit.insert(
            "lead_terms", lead_id=row["id"], until_at=at, **{name: before[name] for name in TERMS}
        )
    moved = {name: value for name, value in cells.items() if name in TERMS}
    for former in later:
        unit.update("lead_terms", former["id"], former, moved)


def enter(
    unit: Unit, row: Mapping[str, Any], stay: Mapping[str, Any], stage: Stage, at: str,
    told: Mapping[str, Any],
) -> None:  # fmt: skip
    """Let a lead enter a stage at an instant: its stay ends, another begins, and its state is
    what the stage says.

    ``told`` are further cells: value and currency when it is won, loss_reason and competitor when
    it is lost, purchase_id. Closing takes its own odds off: what they were stands in its history.
    """
    unit.update("stage_changes", stay["id"], stay, {"left_at": at})
    lost = {name: told.get(name) for name in ("loss_reason", "competitor")}
    unit.insert(
        "stage_changes", lead_id=row["id"], stage_id=stage.id, entered_at=at, **lost,
        by_name=unit.session.actor,
    )  # fmt: skip
    cells = {
        **told, **lost, "stage_id": stage.id, "state": stage.kind, "stage_since": at,
        "closed_at": None if stage.kind == "open" else at, "updated_at": unit.at,
    }  # fmt: skip
    if stage.kind != "open":
        cells["probability"] = None
        change_terms(unit, row, {name: cells.get(name, row[name]) for name in FROZEN}, at)
    unit.update("leads", row["id"], row, cells)


# -- in words -----------------------------------------------------------------------------------

_SAID = {
    "expected_on": "expected", "referred_by_id": "referrer", "contact_id": "contact",
    "loss_reason": "reason", "external_id": "external id", "purchase_id": "purchase",
    "opened_at": "opened",
}  # fmt: skip
_UNSAID = frozenset(
    {"stage_since", "folded", "currency", "updated_at", "fingerprint", "probability"}
)


def in_words(row: Mapping[str, Any], moved: Mapping[str, Any]) -> str:
    """Return what changes of a lead, as previews say it."""
    after = {**row, **moved}
    words = []
    if (row["value"], row["currency"]) != (after["value"], after["currency"]):
        words.append(f"value: {_money(row)} -> {_money(after)}")
    if row["probability"] != after["probability"]:
        words.append(f"odds: {_odds(row)} -> {_odds(after)}")
    words += [
        f"{_SAID.get(name, name)}: {_cell(row[name])} -> {_cell(value)}"
        for name, value in moved.items()
        if name not in _UNSAID and name != "value" and row[name] != value
    ]
    return ", ".join(words)


def _money(row: Mapping[str, Any]) -> str:
    if row["value"] is None:
        return "(empty)"
    return f"{money_text(row['value'], row['currency'])} {row['currency']}"


def _odds(row: Mapping[str, Any]) -> str:
    return "its stage's" if row["probability"] is None else percent_text(row["probability"])


def _cell(value: object) -> str:
    if value is None:
        return "(empty)"
    line = str(value).split("\n")[0]
    return line if len(line) <= 60 else f"{line[:59]}…"


def stage_names(unit: Unit) -> dict[int, str]:
    """Return stage -> its name."""
    return {stage.id: stage.name for stage in stages.stages(unit.connection)}
