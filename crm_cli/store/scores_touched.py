"""Which leads an entry touched in what their scores depend on."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3

_EVERYBODY = (
    "SELECT 1 FROM changes c WHERE c.entry_id = :entry AND (c.table_name IN ('score_rules',"
    " 'saved_segments', 'fields', 'stages', 'pipelines')"
    " OR (c.table_name IN ('tags', 'picklist_values') AND c.op <> 'insert')) LIMIT 1"
)
_KEY = "coalesce(t.key, json_extract(c.image, '$.key'))"
_WORLD = (
    "SELECT 1 FROM changes c LEFT JOIN settings t ON c.table_name = 'settings'"
    " AND t.id = c.first_id WHERE c.entry_id = :entry AND (c.table_name = 'currency_rates'"
    f" OR (c.table_name = 'settings' AND {_KEY} IN ('currency', 'lead_scoring', 'timezone')))"
    " LIMIT 1"
)

_TIES = {
    "contacts": ("id", None),
    "addresses": ("contact_id", None),
    "emails": ("contact_id", None),
    "phones": ("contact_id", None),
    "links": ("contact_id", None),
    "external_ids": ("contact_id", None),
    "contact_tags": ("contact_id", None),
    "consent_events": ("contact_id", None),
    "interactions": ("contact_id", "lead_id"),
    "interaction_participants": ("contact_id", None),
    "purchases": ("contact_id", None),
    "follow_ups": ("contact_id", "lead_id"),
    "field_values": ("contact_id", "lead_id"),
    "leads": ("contact_id", "id"),
    "lead_tags": (None, "lead_id"),
    "lead_terms": (None, "lead_id"),
}
"""Table -> its columns with the contact and with the lead."""


def _of(table: str, column: str) -> list[str]:
    """Return what finds the values of a column in rows that came, changed, moved or went."""
    of_table = f"FROM changes c {{}} WHERE c.entry_id = :entry AND c.table_name = '{table}'"
    here = of_table.format(f"CROSS JOIN {table} t ON t.id BETWEEN c.first_id AND c.last_id")
    image = of_table.format("")
    gone = f"SELECT json_extract(c.image, '$.{column}') {image} AND c.op = 'delete'"
    left = (
        f"SELECT json_extract(c.image, '$.{column}[0]') {image} AND c.op = 'update'"
        f" AND instr(c.image, '\"{column}\"')"
    )
    found = [f"SELECT t.{column} AS id {here} AND c.op <> 'delete'"]
    return found if column == "id" else [*found, gone, left]


_CONTACTS = " UNION ".join(
    part for table, (column, _) in _TIES.items() if column for part in _of(table, column)
)
_LEADS = " UNION ".join(
    part for table, (_, column) in _TIES.items() if column for part in _of(table, column)
)
_TOUCHED = f"""
WITH ids (id) AS MATERIALIZED (
    SELECT t.id FROM ({_LEADS}) found CROSS JOIN leads t ON t.id = found.id
     UNION
    SELECT l.id FROM ({_CONTACTS}) touched CROSS JOIN leads l ON l.contact_id = touched.id
)
SELECT ids.id, l.state FROM ids CROSS JOIN leads l ON l.id = ids.id LIMIT :most
"""


def leads_of(
    connection: sqlite3.Connection, entry_id: int, most: int
) -> list[tuple[int, str]] | None:
    """Return (lead, state) of those an entry touched, which are there still; None where it changed
    what everybody's scores depend on, or touched more than ``most``."""
    given = {"entry": entry_id}
    if connection.execute(_EVERYBODY, given).fetchone():
        return None
    rows = connection.execute(_TOUCHED, {**given, "most": most + 1}).fetchall()
    return None if len(rows) > most else rows


def took_closed(connection: sqlite3.Connection, entry_id: int) -> bool:
    """Say whether an entry deleted closed leads, or opened some again."""
    row = connection.execute(
        "SELECT 1 FROM changes c WHERE c.entry_id = ? AND c.table_name = 'leads'"
        " AND ((c.op = 'delete' AND json_extract(c.image, '$.state') <> 'open')"
        "  OR (c.op = 'update' AND json_extract(c.image, '$.state[0]') <> 'open')) LIMIT 1",
        (entry_id,),
    ).fetchone()
    return row is not None


def changed_closed(connection: sqlite3.Connection, entry_id: int) -> bool:
    """Say whether an entry wrote leads that are closed now."""
    row = connection.execute(
        "SELECT 1 FROM changes c CROSS JOIN leads t ON t.id BETWEEN c.first_id AND c.last_id"
        " WHERE c.entry_id = ? AND c.table_name = 'leads' AND c.op <> 'delete'"
        " AND t.state <> 'open' LIMIT 1",
        (entry_id,),
    ).fetchone()
    return row is not None


def moved_the_world(connection: sqlite3.Connection, entry_id: int) -> bool:
    """Say whether an entry changed what all scores and worth hang on: rates, the business's
    currency or time zone, what scores."""
    return connection.execute(_WORLD, {"entry": entry_id}).fetchone() is not None
