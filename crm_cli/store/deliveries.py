"""The delivery ledger: every SQL statement that reads or writes what is mailed to whom.

None of it is journalled: no undo takes back a mail. Writing functions append to a batch; ids
travel as one JSON array.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from crm_cli.domain.delivery import Step, before, results

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Sequence

    from crm_cli.store.batch import Batch
    from crm_cli.store.filters import Chosen

NO_CONSENT = "no consent to service mails"
"""Why a customer's reminder was skipped; it goes out after all once there is one."""
TOO_OLD = "it was due too long ago"
LEFT_OUT = frozenset({NO_CONSENT, TOO_OLD})
"""Why lines are skipped; whatever is not so any more goes out after all."""


class Row(NamedTuple):
    """One line of the ledger."""

    id: int
    follow_up: int
    occurrence: str
    recipient: str
    channel: str
    state: str
    message_id: str | None
    attempts: int
    next_try_at: str | None
    error: str | None


_OCCURRENCE = "f.due_on || coalesce('T' || f.due_time, '')"
_ROW = ", ".join(f"d.{name}" for name in Row._fields)


# -- reading ------------------------------------------------------------------------------------


def rows_of(connection: sqlite3.Connection, follow_ups: Iterable[int], channel: str) -> list[Row]:
    """Return what the ledger holds of some follow-ups on a channel, all occurrences."""
    rows = connection.execute(
        f"SELECT {_ROW} FROM deliveries d"
        " WHERE d.follow_up IN (SELECT value FROM json_each(?)) AND d.channel = ?",
        (json.dumps(list(follow_ups)), channel),
    )
    return [Row(*row) for row in rows.fetchall()]


def by_ids(connection: sqlite3.Connection, ids: Iterable[int]) -> list[Row]:
    """Return lines of the ledger by number."""
    rows = connection.execute(
        f"SELECT {_ROW} FROM deliveries d WHERE d.id IN (SELECT value FROM json_each(?))"
        " ORDER BY d.id",
        (json.dumps(list(ids)),),
    )
    return [Row(*row) for row in rows.fetchall()]


def in_state(connection: sqlite3.Connection, state: str) -> list[Row]:
    """Return the lines in one of the unsettled states."""
    rows = connection.execute(
        f"SELECT {_ROW} FROM deliveries d"
        " WHERE d.state NOT IN ('sent', 'skipped') AND d.state = ? ORDER BY d.id",
        (state,),
    )
    return [Row(*row) for row in rows.fetchall()]


def stale(connection: sqlite3.Connection) -> set[int]:
    """Return the claimed lines whose follow-up is done, gone or put off."""
    rows = connection.execute(
        "SELECT d.id FROM deliveries d"
        " WHERE d.state NOT IN ('sent', 'skipped') AND d.state = 'claimed'"
        "   AND NOT EXISTS (SELECT 1 FROM follow_ups f WHERE f.id = d.follow_up"
        f"                     AND f.state = 'open' AND {_OCCURRENCE} = d.occurrence)"
    )
    return {row_id for (row_id,) in rows.fetchall()}


def left_out(connection: sqlite3.Connection, recipient: str, channel: str, today: str) -> int:
    """Return how many open follow-ups that are due were too old to be sent to somebody."""
    (count,) = connection.execute(
        "SELECT count(*) FROM follow_ups f JOIN deliveries d ON d.follow_up = f.id"
        f"   AND d.occurrence = {_OCCURRENCE}"
        " WHERE f.state = 'open' AND f.due_on <= :today AND d.state = 'skipped'"
        "   AND d.recipient = :recipient AND d.channel = :channel",
        {"today": today, "recipient": recipient, "channel": channel},
    ).fetchone()
    return int(count)


class Customer(NamedTuple):
    """Where a contact's service mails go: the first e-mail, and whether it may be used."""

    address: str | None
    may_be_mailed: bool


def customers(connection: sqlite3.Connection, contact_ids: Iterable[int]) -> dict[int, Customer]:
    """Return of contacts that are not archived where service mails go to."""
    rows = connection.execute(
        "SELECT c.id, (SELECT e.value FROM emails e WHERE e.contact_id = c.id"
        "               ORDER BY e.is_primary DESC, e.id LIMIT 1),"
        "       coalesce((SELECT v.state = 'granted' FROM consent_events v"
        "                  WHERE v.contact_id = c.id AND v.channel = 'email'"
        "                    AND v.purpose = 'service' ORDER BY v.id DESC LIMIT 1), 0)"
        "  FROM contacts c"
        " WHERE c.id IN (SELECT value FROM json_each(?)) AND c.archived_at IS NULL",
        (json.dumps(sorted(set(contact_ids))),),
    )
    return {row_id: Customer(address, bool(allowed)) for row_id, address, allowed in rows}


def bad_addresses(connection: sqlite3.Connection) -> dict[str, str]:
    """Return the addresses to which nothing is sent, each with the reason."""
    rows = connection.execute("SELECT address, reason FROM bad_addresses ORDER BY address")
    return dict(rows.fetchall())


LIST_COLUMNS = (
    "id", "follow_up", "occurrence", "contact_id", "contact", "text", "recipient", "channel",
    "state", "attempts", "next_try_at", "message_id", "claimed_at", "changed_at", "error",
)  # fmt: skip


def listed(
    connection: sqlite3.Connection, state: str | None, limit: int | None = None,
    chosen: Chosen | None = None, ids: Iterable[int] | None = None,
) -> list[tuple[Any, ...]]:  # fmt: skip
    """Return the ledger by number (``LIST_COLUMNS``), or ``ids`` of it; contact and text as they
    are now, None for a follow-up that is gone."""
    where = "1"
    values: dict[str, Any] = {"row_limit": -1 if limit is None else limit}
    if ids is not None:
        where, values["ids"] = "d.id IN (SELECT value FROM json_each(:ids))", json.dumps(list(ids))
    if state is not None:
        where, values["state"] = f"{where} AND d.state = :state", state
    if chosen is not None:
        where, values = f"{where} AND {chosen.sql}", {**values, **chosen.parameters}
    return connection.execute(
        "SELECT d.id, d.follow_up, d.occurrence, f.contact_id, c.name, f.text, d.recipient,"
        "       d.channel, d.state, d.attempts, d.next_try_at, d.message_id, d.claimed_at,"
        "       d.changed_at, d.error"
        "  FROM deliveries d LEFT JOIN follow_ups f ON f.id = d.follow_up"
        "  LEFT JOIN contacts c ON c.id = f.contact_id"
        f" WHERE {where} ORDER BY d.id LIMIT :row_limit",
        values,
    ).fetchall()


# -- writing ------------------------------------------------------------------------------------

NEW = (
    "id", "follow_up", "occurrence", "recipient", "channel", "state", "message_id", "claimed_at",
    "changed_at", "error",
)  # fmt: skip


def add(batch: Batch, rows: Iterable[Sequence[Any]]) -> None:
    """Append new lines (``NEW``); another of the same delivery fails the batch."""
    marks = ", ".join("?" * len(NEW))
    batch.stream(f"INSERT INTO deliveries ({', '.join(NEW)}) VALUES ({marks})", rows)


def take(
    batch: Batch,
    ids: Sequence[int],
    step: Step,
    *,
    at: str,
    error: str | None = None,
    next_try_at: str | None = None,
) -> None:
    """Append a step of some lines. The batch fails where one of them is not in a state that the
    step may follow; a hand-over counts as an attempt, settling starts to count anew."""
    named = json.dumps(list(ids))
    froms = json.dumps([str(state) for state in before(step)])
    batch.add(
        "INSERT INTO guards (holds) SELECT (SELECT count(*) FROM deliveries d"
        "  WHERE d.id IN (SELECT value FROM json_each(:ids))"
        "    AND d.state IN (SELECT value FROM json_each(:froms))) = :count",
        {"ids": named, "froms": froms, "count": len(set(ids))},
    )
    batch.add("DELETE FROM guards")
    counted = {Step.POSTPONE: "attempts + 1", Step.SETTLE_RESEND: "0"}.get(step, "attempts")
    batch.add(
        f"UPDATE deliveries SET state = :state, attempts = {counted}, changed_at = :at,"
        "       error = :error, next_try_at = :next_try_at"
        " WHERE id IN (SELECT value FROM json_each(:ids))",
        {
            "state": str(results(step)), "at": at, "error": error, "next_try_at": next_try_at,
            "ids": named,
        },
    )  # fmt: skip


def name_message(batch: Batch, ids: Sequence[int], message_id: str) -> None:
    """Append which mail some lines are in."""
    batch.add(
        "UPDATE deliveries SET message_id = ? WHERE id IN (SELECT value FROM json_each(?))",
        (message_id, json.dumps(list(ids))),
    )


def release(batch: Batch, ids: Iterable[int]) -> None:
    """Append that claimed lines are given up: nothing went out, and nothing need."""
    batch.add(
        "DELETE FROM deliveries WHERE state = 'claimed' AND id IN (SELECT value FROM json_each(?))",
        (json.dumps(sorted(ids)),),
    )


def mark_bad(batch: Batch, row_id: int, address: str, reason: str, at: str) -> None:
    """Append that nothing is sent to an address any more."""
    batch.add(
        "INSERT INTO bad_addresses (id, address, reason, marked_at) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (address) DO UPDATE SET reason = excluded.reason,"
        " marked_at = excluded.marked_at",
        (row_id, address, reason, at),
    )


def mark_good(batch: Batch, address: str) -> None:
    """Append that an address works again."""
    batch.add("DELETE FROM bad_addresses WHERE address = ?", (address,))


# -- the heartbeat ------------------------------------------------------------------------------

KEPT_QUIET_DAYS = 31
"""Runs that had nothing to do are kept so long."""

QUIET = "remind send: nothing due"
"""The history's line of a run that had nothing to do; only the newest is kept."""


def begin_run(batch: Batch, run_id: int, at: str) -> None:
    """Append the row of a run that begins."""
    batch.add("INSERT INTO send_runs (id, started_at) VALUES (?, ?)", (run_id, at))


def finish_run(batch: Batch, run_id: int, **values: Any) -> None:
    """Append how a run ended: its counts, exit code and error."""
    sets = ", ".join(f"{name} = :{name}" for name in values)
    batch.add(f"UPDATE send_runs SET {sets} WHERE id = :run", {"run": run_id, **values})


def forget_quiet(batch: Batch, entry_id: int, begun_by: int, before_day: str) -> None:
    """Append the clearing away of what runs with nothing to do leave behind: the history's lines
    of the beginning of this one, which ends with ``entry_id``, and of earlier ones, and runs of
    before a day."""
    batch.add(
        "DELETE FROM entries WHERE kind = 'system' AND id < :entry"
        " AND (id = :begun OR summary = :quiet)",
        {"entry": entry_id, "begun": begun_by, "quiet": QUIET},
    )
    batch.add(
        "DELETE FROM send_runs WHERE started_at < :day AND due = 0 AND exit_code = 0",
        {"day": before_day},
    )
