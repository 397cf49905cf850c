"""The trash: which deleted records can be brought back, and the condition that finds what
hung on one of them among an entry's images."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import sqlite3


class Trashed(NamedTuple):
    """One deleted record."""

    id: int
    noun: str
    record_id: int
    name: str
    deleted_at: str
    deleted_by: str
    entry_id: int


_COLUMNS = "id, noun, record_id, name, deleted_at, deleted_by, entry_id"


def listing(connection: sqlite3.Connection) -> list[Trashed]:
    """Return everything in the trash, by id."""
    rows = connection.execute(f"SELECT {_COLUMNS} FROM trash ORDER BY id")
    return [Trashed(*row) for row in rows.fetchall()]


def one(connection: sqlite3.Connection, trash_id: int) -> Trashed | None:
    """Return one line of the trash or None."""
    row = connection.execute(f"SELECT {_COLUMNS} FROM trash WHERE id = ?", (trash_id,)).fetchone()
    return Trashed(*row) if row else None


def belongs(trashed: Trashed) -> str:
    """Return the condition on ``changes c`` for a deleted record and what hung on it."""
    number = int(trashed.record_id)
    if trashed.noun == "contact":
        return (
            f"(c.table_name = 'contacts' AND c.op = 'delete' AND c.first_id = {number})"
            f" OR (c.op = 'delete' AND (json_extract(c.image, '$.contact_id') = {number}"
            f"     OR json_extract(c.image, '$.other_id') = {number}))"
            f" OR (c.op = 'update' AND (json_extract(c.image, '$.company_id[0]') = {number}"
            f"     OR json_extract(c.image, '$.referred_by_id[0]') = {number}))"
        )
    if trashed.noun == "purchase":
        return (
            f"c.table_name = 'purchases' AND c.op = 'delete' AND (c.first_id = {number}"
            f" OR json_extract(c.image, '$.returns_id') = {number})"
        )
    return f"c.op = 'delete' AND c.first_id = {number}"


def tombstones_of(trashed: Trashed) -> tuple[str, dict[str, int]]:
    """Return the condition (on ``import_tombstones t``) and its parameters for the marks that
    keep an import from bringing a deleted purchase back."""
    condition = (
        "EXISTS (SELECT 1 FROM changes c WHERE c.entry_id = :of_entry AND c.op = 'delete'"
        f" AND ({belongs(trashed)}) AND json_extract(c.image, '$.contact_id') = t.contact_id"
        " AND json_extract(c.image, '$.fingerprint') = t.fingerprint)"
    )
    return condition, {"of_entry": trashed.entry_id}
