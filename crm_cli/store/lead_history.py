"""Where leads were and what they promised before: what the verbs that change them ask."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crm_cli.domain.lead import TERMS

if TYPE_CHECKING:
    import sqlite3

STAY = ("id", "lead_id", "stage_id", "entered_at", "left_at", "loss_reason", "competitor")

OF_LEADS = "t.lead_id IN (SELECT value FROM json_each(:ids))"
"""Rows (``t``) that hang on certain leads (a JSON array)."""

NAMED = "t.id IN (SELECT value FROM json_each(:ids))"

HANGING = ("field_values", "stage_changes", "lead_terms", "lead_tags")
"""Tables whose rows go with their lead."""

TIED = ("follow_ups", "interactions")
"""Tables whose rows stay when their lead goes."""

TAGGED = f"{OF_LEADS} AND t.tag_id IN (SELECT value FROM json_each(:tags))"
UNTAGGED = f"{OF_LEADS} AND t.tag_id NOT IN (SELECT value FROM json_each(:tags))"
"""Conditions on the tags (``t``) of leads."""


def present_stays(connection: sqlite3.Connection, ids: str) -> dict[int, dict[str, Any]]:
    """Return lead -> the stay in the stage where it is."""
    found = connection.execute(
        f"SELECT {', '.join(f't.{name}' for name in STAY)} FROM stage_changes t"
        f" WHERE {OF_LEADS} AND t.left_at IS NULL ORDER BY t.lead_id, t.entered_at, t.id",
        {"ids": ids},
    )
    rows = (dict(zip(STAY, values, strict=True)) for values in found.fetchall())
    return {row["lead_id"]: row for row in rows}


def first_stay(connection: sqlite3.Connection, lead_id: int) -> dict[str, Any]:
    """Return the stay with which a lead began."""
    row = connection.execute(
        f"SELECT {', '.join(STAY)} FROM stage_changes WHERE lead_id = ?"
        " ORDER BY entered_at, id LIMIT 1",
        (lead_id,),
    ).fetchone()
    return dict(zip(STAY, row, strict=True))


def terms_after(connection: sqlite3.Connection, lead_id: int, instant: str) -> list[dict[str, Any]]:
    """Return the former terms of a lead that ended after an instant, the earliest first."""
    columns = ("id", "until_at", *TERMS)
    found = connection.execute(
        f"SELECT {', '.join(columns)} FROM lead_terms WHERE lead_id = ? AND until_at > ?"
        " ORDER BY until_at, id",
        (lead_id, instant),
    )
    return [dict(zip(columns, values, strict=True)) for values in found.fetchall()]


def last_open_stage(connection: sqlite3.Connection, lead_id: int) -> int | None:
    """Return the stage in which a lead was open last, None where it was imported closed."""
    found = connection.execute(
        "SELECT h.stage_id FROM stage_changes h JOIN stages s ON s.id = h.stage_id"
        " WHERE h.lead_id = ? AND s.kind = 'open' ORDER BY h.entered_at DESC, h.id DESC LIMIT 1",
        (lead_id,),
    ).fetchone()
    return None if found is None else int(found[0])


def open_follow_ups(connection: sqlite3.Connection, ids: str) -> list[int]:
    """Return the open follow-ups that are tied to certain leads (a JSON array), the earliest
    first."""
    rows = connection.execute(
        f"SELECT t.id FROM follow_ups t WHERE t.state = 'open' AND {OF_LEADS}"
        " ORDER BY t.due_on, t.due_time, t.id",
        {"ids": ids},
    )
    return [one for (one,) in rows.fetchall()]


def tags_held(connection: sqlite3.Connection, tag_id: int, ids: str) -> set[int]:
    """Return those of certain leads that have a tag."""
    found = connection.execute(
        f"SELECT t.lead_id FROM lead_tags t WHERE {OF_LEADS} AND t.tag_id = :tag",
        {"ids": ids, "tag": tag_id},
    )
    return {lead_id for (lead_id,) in found.fetchall()}


def tagged(connection: sqlite3.Connection, where: str, ids: str, tags: str) -> list[int]:
    """Return those of certain leads whose tags (``t``) a condition selects."""
    found = connection.execute(
        f"SELECT DISTINCT t.lead_id FROM lead_tags t WHERE {where}", {"ids": ids, "tags": tags}
    )
    return [lead_id for (lead_id,) in found.fetchall()]


def imported(connection: sqlite3.Connection, ids: str) -> list[tuple[int, str | None, int | None]]:
    """Return (contact, external id, fingerprint) of those of certain leads that have either."""
    return connection.execute(
        f"SELECT t.contact_id, t.external_id, t.fingerprint FROM leads t WHERE {NAMED}"
        " AND (t.external_id IS NOT NULL OR t.fingerprint IS NOT NULL) ORDER BY t.id",
        {"ids": ids},
    ).fetchall()
