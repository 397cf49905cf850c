"""The leads that the morning screen names: those that stand still, and those of which nothing is
planned."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from crm_cli.store.today import PHONE

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping, Sequence

WALKED = 1000
"""So many leads are looked at, however many have a next step: those that are worth most."""

COLUMNS = (
    "id", "title", "contact_id", "contact", "phone", "stage", "stage_name", "value", "currency",
    "owner", "next_follow_up_on", "stage_since", "rotten_days",
)  # fmt: skip

_NEXT = "(SELECT min(f.due_on) FROM follow_ups f WHERE f.lead_id = l.id AND f.state = 'open')"
_OF_OWNER = " AND l.owner = :owner COLLATE NOCASE"
_OPEN_FOLLOW_UP = "EXISTS (SELECT 1 FROM follow_ups f WHERE f.lead_id = x.id AND f.state = 'open')"


def _rows(
    connection: sqlite3.Connection, parts: Sequence[str], asked: Mapping[str, Any], order: str
) -> list[tuple[Any, ...]]:
    """Return ``COLUMNS`` of the leads that statements for each stage find."""
    if not parts:
        return []
    found = " UNION ALL ".join(f"SELECT * FROM ({part})" for part in parts)
    return connection.execute(
        f"SELECT l.id, l.title, l.contact_id, c.name, {PHONE}, s.key, s.name, l.value, l.currency,"
        f"       l.owner, {_NEXT}, l.stage_since, s.rotten_days"
        f"  FROM ({found}) x CROSS JOIN leads l ON l.id = x.id"
        "  CROSS JOIN contacts c ON c.id = l.contact_id CROSS JOIN stages s ON s.id = l.stage_id"
        f" ORDER BY {order} LIMIT :limit",
        asked,
    ).fetchall()


def standing_still(
    connection: sqlite3.Connection, limits: Mapping[int, str], asked: Mapping[str, Any]
) -> list[tuple[Any, ...]]:
    """Return leads that are longer in their stage than its limit, the longest there first.

    ``limits`` maps stages to the instant before which a stale lead came there; ``asked`` holds
    owner (None: everybody's) and limit.
    """
    of_owner = _OF_OWNER if asked["owner"] is not None else ""
    parts = [
        f"SELECT l.id FROM leads l WHERE l.stage_id = {stage:d} AND l.stage_since < '{before}'"
        f"{of_owner} ORDER BY l.stage_since LIMIT :limit"
        for stage, before in limits.items()
    ]
    return _rows(connection, parts, asked, "l.stage_since, l.id")


def without_step(
    connection: sqlite3.Connection, limits: Mapping[int, str | None], asked: Mapping[str, Any]
) -> tuple[list[tuple[Any, ...]], int, bool]:
    """Return open leads of which no follow-up is open, what is worth most first, without those
    that stand still (as above; None: nothing does there); how many there are, and whether these
    are only those among the ``WALKED`` that are worth most."""
    of_owner = ""
    if asked["owner"] is not None:
        of_owner = f" CROSS JOIN leads l ON l.id = k.lead_id{_OF_OWNER}"
    since = "".join(f" WHEN {stage:d} THEN '{at}'" for stage, at in limits.items() if at)
    moves = f"x.stage_since >= CASE x.stage_id{since} ELSE '' END" if since else "1"
    walked = connection.execute(
        f"SELECT x.id, {moves} AND NOT {_OPEN_FOLLOW_UP} FROM"
        f" (SELECT k.lead_id FROM lead_scores k{of_owner}"
        f"   ORDER BY k.worth DESC, k.since, k.lead_id LIMIT {WALKED}) w"
        "  CROSS JOIN leads x ON x.id = w.lead_id",
        asked,
    ).fetchall()
    found = [number for number, holds in walked if holds]
    shown = found[: asked["limit"]]
    rows = {
        row[0]: row
        for row in _rows(connection, ["SELECT value AS id FROM json_each(:ids)"],
                         {**asked, "ids": json.dumps(shown)}, "l.id")
    }  # fmt: skip
    return [rows[number] for number in shown], len(found), len(walked) >= WALKED
