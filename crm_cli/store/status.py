"""What a file holds: counts, sizes and versions, whatever its schema version."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import sqlite3

PROMISED = (
    "crm_contacts", "crm_products", "crm_purchases", "crm_interactions", "crm_follow_ups",
    "crm_leads", "crm_stage_changes",
)  # fmt: skip
"""Views whose columns are only ever added to."""

_COUNTS: dict[str, tuple[str, str]] = {
    "people": ("contacts", "kind = 'person' AND archived_at IS NULL"),
    "companies": ("contacts", "kind = 'company' AND archived_at IS NULL"),
    "archived": ("contacts", "archived_at IS NOT NULL"),
    "products": ("products", "1"),
    "purchases": ("purchases", "1"),
    "interactions": ("interactions", "1"),
    "leads": ("leads", "1"),
    "tags": ("tags", "1"),
    "rates": ("currency_rates", "1"),
    "trash": ("trash", "1"),
    "entries": ("entries", "kind <> 'system'"),
}


def tables(connection: sqlite3.Connection) -> frozenset[str]:
    """Return the names of the tables and views there are."""
    rows = connection.execute("SELECT name FROM sqlite_schema WHERE type IN ('table', 'view')")
    return frozenset(name for (name,) in rows.fetchall())


def counts(connection: sqlite3.Connection) -> dict[str, int]:
    """Return how many records of each kind there are; a kind the schema lacks is left out."""
    there = tables(connection)
    found = {}
    for noun, (table, where) in _COUNTS.items():
        if table in there:
            row = connection.execute(f"SELECT count(*) FROM {table} WHERE {where}").fetchone()
            found[noun] = int(row[0])
    return found


def last_entry(connection: sqlite3.Connection) -> dict[str, Any] | None:
    """Return the newest entry of the history, or None."""
    if "entries" not in tables(connection):
        return None
    row = connection.execute(
        "SELECT id, at, actor, summary FROM entries ORDER BY id DESC LIMIT 1"
    ).fetchone()
    return dict(zip(("id", "at", "actor", "summary"), row, strict=True)) if row else None


_RUN = ("noun", "source", "at", "read", "created", "updated", "unchanged", "rejected", "import")


def last_imports(connection: sqlite3.Connection) -> list[dict[str, Any]]:
    """Return the last run of every import source, newest first."""
    if "import_runs" not in tables(connection):
        return []
    rows = connection.execute(
        "SELECT noun, source, at, read_rows, created, updated, unchanged, rejected, entry_id"
        "  FROM import_runs"
        " WHERE id IN (SELECT max(id) FROM import_runs GROUP BY noun, source) ORDER BY id DESC"
    )
    return [dict(zip(_RUN, row, strict=True)) for row in rows.fetchall()]


def promised_views(connection: sqlite3.Connection) -> dict[str, list[str]]:
    """Return the promised views with their columns."""
    there = tables(connection)
    return {
        view: [
            name
            for (name,) in connection.execute(
                "SELECT name FROM pragma_table_info(?) ORDER BY cid", (view,)
            ).fetchall()
        ]
        for view in PROMISED
        if view in there
    }
