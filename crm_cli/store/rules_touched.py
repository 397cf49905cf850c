"""Which contacts an entry touched in what rules depend on, and which follow-ups of rules do not
stand in the way of taking an entry back."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3

_EVERYBODY = """
SELECT 1 FROM changes c
 WHERE c.entry_id = :entry
   AND (c.table_name IN ('reminder_rules', 'saved_segments', 'fields', 'settings')
        OR (c.table_name = 'tags' AND c.op <> 'insert')
        OR (c.table_name = 'products' AND c.op <> 'insert'
            AND instr(c.image, '"service_interval"')))
 LIMIT 1
"""


def _of(table: str, contact: str, joined: str = "", condition: str = "1") -> list[str]:
    """Return what finds the contacts of rows that came, changed, went or moved."""
    here = (
        f"SELECT {contact} FROM changes c CROSS JOIN {table} t"
        f" ON t.id BETWEEN c.first_id AND c.last_id{joined}"
        f" WHERE c.entry_id = :entry AND c.table_name = '{table}' AND c.op <> 'delete'"
        f" AND {condition}"
    )
    if joined or table == "contacts":
        return [here]
    gone = (
        "SELECT json_extract(c.image, '$.contact_id') FROM changes c"
        f" WHERE c.entry_id = :entry AND c.table_name = '{table}' AND c.op = 'delete'"
    )
    left = (
        "SELECT json_extract(c.image, '$.contact_id[0]') FROM changes c"
        f" WHERE c.entry_id = :entry AND c.table_name = '{table}' AND c.op = 'update'"
        " AND instr(c.image, '\"contact_id\"')"
    )
    return [here, gone, left]


_OF_FIELD = (
    "SELECT coalesce(json_extract(c.image, '$.contact_id'), p.contact_id) FROM changes c"
    " LEFT JOIN purchases p ON p.id = json_extract(c.image, '$.purchase_id')"
    " WHERE c.entry_id = :entry AND c.table_name = 'field_values' AND c.op = 'delete'"
)

_CONTACTS = " UNION ".join(
    [
        *_of("contacts", "t.id"),
        *_of("contact_tags", "t.contact_id"),
        *_of("interactions", "t.contact_id"),
        # Those who took part in a talk that changed.
        *_of(
            "interactions", "b.contact_id",
            " CROSS JOIN interaction_participants b ON b.interaction_id = t.id",
        ),
        *_of("interaction_participants", "t.contact_id"),
        *_of("purchases", "t.contact_id"),
        *_of("field_values", "coalesce(t.contact_id, p.contact_id)",
             " LEFT JOIN purchases p ON p.id = t.purchase_id"),
        _OF_FIELD,
        *_of("follow_ups", "t.contact_id", condition="t.kind IN ('touch', 'date', 'service')"),
    ]
)  # fmt: skip


def contacts_of(connection: sqlite3.Connection, entry_id: int, most: int) -> list[int] | None:
    """Return the contacts an entry touched; None where it changed what everybody's follow-ups
    depend on, or touched more than ``most``."""
    given = {"entry": entry_id}
    if connection.execute(_EVERYBODY, given).fetchone():
        return None
    rows = connection.execute(
        f"SELECT contact_id FROM (SELECT contact_id FROM (SELECT NULL AS contact_id UNION"
        f" {_CONTACTS}) WHERE contact_id IS NOT NULL LIMIT :most)",
        {**given, "most": most + 1},
    ).fetchall()
    return None if len(rows) > most else [contact_id for (contact_id,) in rows]


def moved(
    connection: sqlite3.Connection, entry_id: int
) -> list[tuple[int, str | None, str | None, str | None, str | None]]:
    """Return (contact, owner before, owner now, name before, name now) of the contacts that
    changed hands or are called otherwise; both None where that stayed."""
    cells = ", ".join(f"json_extract(c.image, '$.{name}[{at}]')"
                      for name in ("owner", "name") for at in (0, 1))  # fmt: skip
    return connection.execute(
        f"SELECT c.first_id, {cells} FROM changes c WHERE c.entry_id = :entry"
        " AND c.table_name = 'contacts' AND c.op = 'update'"
        " AND (instr(c.image, '\"owner\"') OR instr(c.image, '\"name\"'))",
        {"entry": entry_id},
    ).fetchall()


# -- taking entries back ----------------------------------------------------------------------

_MADE = "f.kind IN ('touch', 'date', 'service')"


def _hanging(table: str, column: str) -> str:
    return (
        f"SELECT f.id FROM changes c CROSS JOIN follow_ups f"
        f" ON f.{column} BETWEEN c.first_id AND c.last_id WHERE c.entry_id = :entry"
        f" AND c.table_name = '{table}' AND c.op = 'insert' AND {_MADE} AND f.state <> 'done'"
        " AND NOT EXISTS (SELECT 1 FROM follow_ups n WHERE n.previous_id = f.id)"
    )


_HANGING = " UNION ".join(
    _hanging(table, column)
    for table, column in (
        ("contacts", "contact_id"), ("purchases", "purchase_id"), ("reminder_rules", "rule_id")
    )
)  # fmt: skip

_UNTOUCHED = (
    "SELECT f.id FROM changes c CROSS JOIN follow_ups f"
    " ON f.id BETWEEN c.first_id AND c.last_id WHERE c.entry_id = :entry"
    f" AND c.table_name = 'follow_ups' AND c.op <> 'delete' AND {_MADE}"
    " AND NOT EXISTS (SELECT 1 FROM changes u JOIN entries e ON e.id = u.entry_id"
    "  WHERE u.entry_id > :entry AND u.table_name = 'follow_ups' AND u.op = 'update'"
    "   AND u.first_id = f.id AND e.kind = 'change' AND e.undone_by_id IS NULL)"
)


GOING = "t.id IN (SELECT value FROM json_each(:going))"
"""Certain follow-ups (``t``), by a JSON array of ids."""


def hanging(connection: sqlite3.Connection, entry_id: int) -> list[int]:
    """Return the follow-ups of rules that hang on contacts, purchases and rules which an entry
    added: they go when those go, unless somebody has done them."""
    rows = connection.execute(_HANGING, {"entry": entry_id})
    return [follow_up_id for (follow_up_id,) in rows.fetchall()]


def only_ours(connection: sqlite3.Connection, entry_id: int) -> list[int]:
    """Return the follow-ups of rules among those an entry made or changed which since then only
    the program changed: that keeps nobody from taking the entry back."""
    rows = connection.execute(_UNTOUCHED, {"entry": entry_id})
    return [follow_up_id for (follow_up_id,) in rows.fetchall()]


def refreshes_of(connection: sqlite3.Connection, entry_id: int) -> list[int]:
    """Return the entries in which the program brought follow-ups in line with an entry, newest
    first."""
    rows = connection.execute(
        "SELECT id FROM entries WHERE id > :entry AND kind = 'system' AND target_id = :entry"
        " ORDER BY id DESC",
        {"entry": entry_id},
    )
    return [number for (number,) in rows.fetchall()]
