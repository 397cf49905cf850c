"""Interactions: every SQL statement that reads them one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from crm_cli.store.filters import Chosen

COLUMNS = (
    "id", "uid", "contact_id", "happened_at", "channel", "direction", "subject", "body", "outcome",
    "sentiment", "duration_minutes", "by_name", "campaign", "message_id", "lead_id",
    "fingerprint", "created_at", "updated_at",
)  # fmt: skip

_FLAT = """
SELECT i.id, i.contact_id, c.name, i.happened_at, i.channel, i.direction, i.subject, i.body,
       i.outcome, i.sentiment, i.duration_minutes, i.by_name, i.lead_id, i.campaign, i.message_id,
       i.uid, (SELECT l.title FROM leads l WHERE l.id = i.lead_id)
  FROM interactions i
  JOIN contacts c ON c.id = i.contact_id
"""


def row(connection: sqlite3.Connection, interaction_id: int) -> dict[str, Any] | None:
    """Return the interaction's own row by column name, or None."""
    found = connection.execute(
        f"SELECT {', '.join(COLUMNS)} FROM interactions WHERE id = ?", (interaction_id,)
    ).fetchone()
    return dict(zip(COLUMNS, found, strict=True)) if found else None


NAMED = "t.id IN (SELECT value FROM json_each(:ids))"
"""The rows (``t``) of certain ids (a JSON array)."""

OF_NAMED = "t.interaction_id IN (SELECT value FROM json_each(:ids))"
"""The rows (``t``) that hang on certain interactions (a JSON array)."""

_TOOK_PART = (
    "i.id IN (SELECT n.id FROM interactions n WHERE n.contact_id = :who UNION ALL"
    " SELECT p.interaction_id FROM interaction_participants p WHERE p.contact_id = :who)"
)

CONDITIONS = {
    "who": _TOOK_PART,
    "channel": "i.channel = :channel",
    "direction": "i.direction = :direction",
    "outcome": "i.outcome = :outcome",
    "by": "i.by_name = :by COLLATE NOCASE",
    "campaign": "i.campaign = :campaign COLLATE NOCASE",
    "lead": "i.lead_id = :lead",
    "from_at": "i.happened_at >= :from_at",
    "before_at": "i.happened_at < :before_at",
    "ids": "i.id IN (SELECT value FROM json_each(:ids))",
}
"""What ``log list`` can ask for: name -> condition on ``i``. ``who``: anybody who took part."""


def flat_rows(
    connection: sqlite3.Connection,
    filters: dict[str, Any],
    limit: int | None = None,
    *,
    newest_first: bool = False,
    chosen: Chosen | None = None,
    ids_only: bool = False,
) -> list[tuple[Any, ...]]:
    """Return the interactions that ``filters`` (names of ``CONDITIONS`` with values) and a
    filter's condition select, by id or the newest first: id, contact_id, contact, happened_at,
    channel, direction, subject, body, outcome, sentiment, duration_minutes, by_name, lead_id,
    campaign, message_id, uid, lead; with ``ids_only`` a row is its id."""
    where = " AND ".join(CONDITIONS[name] for name in filters) or "1"
    if {"from_at", "before_at"} & filters.keys() and "who" not in filters and not newest_first:
        # Else every row would be read in the order of ids.
        where = f"i.id IN (SELECT i.id FROM interactions i WHERE {where})"
    if chosen is not None:
        where, filters = f"{where} AND {chosen.sql}", {**filters, **chosen.parameters}
    order = "i.happened_at DESC, i.id DESC" if newest_first else "i.id"
    select = "SELECT i.id FROM interactions i" if ids_only else _FLAT
    return connection.execute(
        f"{select} WHERE {where} ORDER BY {order} LIMIT :row_limit",
        {**filters, "row_limit": -1 if limit is None else limit},
    ).fetchall()


def participants(
    connection: sqlite3.Connection, ids: Sequence[int]
) -> dict[int, list[dict[str, Any]]]:
    """Return who else took part in interactions: id -> [{"id", "name"}], by name."""
    marks = ", ".join("?" * len(ids))
    found = connection.execute(
        "SELECT p.interaction_id, c.id, c.name FROM interaction_participants p"
        f" JOIN contacts c ON c.id = p.contact_id WHERE p.interaction_id IN ({marks})"
        " ORDER BY c.name, c.id",
        list(ids),
    )
    by_id: dict[int, list[dict[str, Any]]] = {one: [] for one in ids}
    for interaction_id, contact_id, name in found.fetchall():
        by_id[interaction_id].append({"id": contact_id, "name": name})
    return by_id


def participant_rows(connection: sqlite3.Connection, interaction_id: int) -> dict[int, int]:
    """Return who else took part: contact -> id of the row that says so."""
    found = connection.execute(
        "SELECT contact_id, id FROM interaction_participants WHERE interaction_id = ?",
        (interaction_id,),
    )
    return dict(found.fetchall())


def follow_ups(connection: sqlite3.Connection, ids: Sequence[int]) -> dict[int, list[int]]:
    """Return the follow-ups that were made in interactions: id -> their ids."""
    marks = ", ".join("?" * len(ids))
    found = connection.execute(
        f"SELECT interaction_id, id FROM follow_ups WHERE interaction_id IN ({marks}) ORDER BY id",
        list(ids),
    )
    by_id: dict[int, list[int]] = {one: [] for one in ids}
    for interaction_id, follow_up_id in found.fetchall():
        by_id[interaction_id].append(follow_up_id)
    return by_id


def follow_up_rows(connection: sqlite3.Connection, interaction_id: int) -> list[dict[str, Any]]:
    """Return id, contact_id, purchase_id, sequence and updated_at of the follow-ups made in an
    interaction."""
    columns = ("id", "contact_id", "purchase_id", "sequence", "updated_at")
    found = connection.execute(
        f"SELECT {', '.join(columns)} FROM follow_ups WHERE interaction_id = ? ORDER BY id",
        (interaction_id,),
    )
    return [dict(zip(columns, values, strict=True)) for values in found.fetchall()]


def exists(connection: sqlite3.Connection, interaction_id: int) -> bool:
    """Say whether there is an interaction of this number."""
    found = connection.execute("SELECT 1 FROM interactions WHERE id = ?", (interaction_id,))
    return found.fetchone() is not None


def labels(connection: sqlite3.Connection, ids: Sequence[int]) -> list[dict[str, Any]]:
    """Return id, contact, instant, channel, subject and the beginning of the text of
    interactions: enough to tell them apart."""
    found = connection.execute(
        "SELECT i.id, c.name, i.happened_at, i.channel, i.subject, substr(i.body, 1, 200)"
        " FROM interactions i JOIN contacts c ON c.id = i.contact_id"
        f" WHERE {CONDITIONS['ids']} ORDER BY i.id",
        {"ids": f"[{', '.join(map(str, ids))}]"},
    ).fetchall()
    names = ("id", "contact", "at", "channel", "subject", "text")
    return [dict(zip(names, values, strict=True)) for values in found]


def imported(
    connection: sqlite3.Connection, ids: str
) -> list[tuple[str | None, int | None, int | None]]:
    """Return (message_id, fingerprint, contact) of those of some interactions (a JSON array)
    that an import brought; the contact of those with a fingerprint."""
    return connection.execute(
        "SELECT t.message_id, t.fingerprint,"
        " CASE WHEN t.fingerprint IS NOT NULL THEN t.contact_id END FROM interactions t"
        f" WHERE {NAMED} AND (t.message_id IS NOT NULL OR t.fingerprint IS NOT NULL)"
        " ORDER BY t.id",
        {"ids": ids},
    ).fetchall()


def count_of(connection: sqlite3.Connection, contact_ids: Sequence[int]) -> int:
    """Return how many interactions are with contacts."""
    marks = ", ".join("?" * len(contact_ids))
    (count,) = connection.execute(
        f"SELECT count(*) FROM interactions WHERE contact_id IN ({marks})", list(contact_ids)
    ).fetchone()
    return int(count)
