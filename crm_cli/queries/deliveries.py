"""Reading the delivery ledger: what went to whom, when, and what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crm_cli.domain.delivery import State
from crm_cli.result import Column, Kind, Result, Table
from crm_cli.store import deliveries as store

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from crm_cli.session import Session

COLUMNS = (
    Column("id", "ID", Kind.ID),
    Column("follow_up", "Follow-up", Kind.INTEGER),
    Column("occurrence", "Due", Kind.DATE),
    Column("contact_id", "Contact ID", Kind.ID),
    Column("contact", "Contact"),
    Column("text", "Text"),
    Column("recipient", "Recipient"),
    Column("channel", "Channel"),
    Column("state", "State", words={str(state): state.replace("_", " ") for state in State}),
    Column("attempts", "Attempts", Kind.INTEGER),
    Column("next_try_at", "Next try", Kind.INSTANT),
    Column("message_id", "Message-ID"),
    Column("claimed_at", "Claimed", Kind.INSTANT),
    Column("changed_at", "Changed", Kind.INSTANT),
    Column("error", "Reason"),
)
SHOWN = ("id", "occurrence", "contact", "text", "recipient", "state", "changed_at", "error")


def listing(
    session: Session, state: str | None, *, limit: int | None, where: str | None = None
) -> Result:
    """Return the ledger by number; contact and text are those of now, None where the follow-up
    is gone. Raises InvalidValue for a state or a filter that does not exist."""
    if state is not None:
        from crm_cli.domain.contact import choose

        state = choose("state", state.replace(" ", "_").replace("-", "_"), tuple(map(str, State)))
    chosen, remarks = None, []
    if where is not None:
        from crm_cli.queries import filtering

        narrowed = filtering.read(session, "delivery", where)
        chosen, remarks = narrowed.chosen, narrowed.remarks
    found = store.listed(session.reader, state, limit, chosen)
    return Result(body=_table(found), messages=remarks)


def rows(connection: sqlite3.Connection, ids: Sequence[int]) -> Table:
    """Return some lines of the ledger."""
    return _table(store.listed(connection, None, ids=ids))


def _table(found: Sequence[Sequence[object]]) -> Table:
    return Table(noun="delivery", columns=COLUMNS, rows=found, default_columns=SHOWN)
