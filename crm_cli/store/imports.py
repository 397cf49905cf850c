"""What all imports share: the record of their runs, and indexes built anew after many rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

    from crm_cli.store.batch import Batch


def has_fields(connection: sqlite3.Connection, noun: str) -> bool:
    """Say whether the owner wants to know more of a record type than it has columns for."""
    row = connection.execute("SELECT 1 FROM fields WHERE noun = ? LIMIT 1", (noun,)).fetchone()
    return row is not None


def record_run(
    batch: Batch, run_id: int, entry_id: int, at: str, values: Mapping[str, Any]
) -> None:
    """Append the note of one import: noun, source, the counts, its rejects' file and digest, and
    the plan it carried out."""
    batch.add(
        "INSERT INTO import_runs (id, entry_id, noun, source, at, read_rows, created, updated,"
        " unchanged, rejected, rejects_file, rejects_digest, plan) VALUES (:id, :entry_id, :noun,"
        " :source, :at, :read_rows, :created, :updated, :unchanged, :rejected, :rejects_file,"
        " :rejects_digest, :plan)",
        {"id": run_id, "entry_id": entry_id, "at": at, **values},
    )


def has_written(connection: sqlite3.Connection, digest: str | None) -> bool:
    """Say whether an import wrote a reject file of this content."""
    (found,) = connection.execute(
        "SELECT EXISTS (SELECT 1 FROM import_runs WHERE rejects_digest = ?)", (digest,)
    ).fetchone()
    return bool(found)


def has_written_to(connection: sqlite3.Connection, path: str) -> bool:
    """Say whether an import wrote its rejects to a file of this name."""
    (found,) = connection.execute(
        "SELECT EXISTS (SELECT 1 FROM import_runs WHERE rejects_file = ?)", (path,)
    ).fetchone()
    return bool(found)


REBUILT_FROM = 50_000
"""So many rows are worth building indexes anew instead of adding to them row by row."""

_SCATTERED = {
    "contacts": ("contacts_folded",),
    "emails": ("emails_value",),
    "phones": ("phones_value",),
    "addresses": ("addresses_city",),
    "field_values": ("field_values_value",),
    "purchases": ("purchases_contact", "purchases_product", "purchases_on"),
    "interactions": (
        "interactions_contact",
        "interactions_message",
        "interactions_at",
        "interactions_figures",
        "interactions_fingerprint",
    ),
}
"""Indexes whose order is not that of the rows."""


def indexes_to_rebuild(
    connection: sqlite3.Connection, table: str, count: int
) -> list[tuple[str, str]]:
    """Return (name, definition) of the indexes that are built anew after ``count`` rows came.

    None unless the rows outweigh the table: sorting once costs half of a million random inserts.
    """
    names = _SCATTERED.get(table, ())
    if not names or count < REBUILT_FROM:
        return []
    (held,) = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
    if count < held:
        return []
    marks = ", ".join("?" * len(names))
    return connection.execute(
        f"SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND name IN ({marks})", names
    ).fetchall()


def drop_index(name: str) -> str:
    """Return the statement that drops an index."""
    return f"DROP INDEX {name}"
