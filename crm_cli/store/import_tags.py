"""The SQL of tagging in bulk."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator


def _untagged(contacts: str) -> str:
    return (
        f"SELECT k.contact_id FROM ({contacts}) k WHERE NOT EXISTS (SELECT 1 FROM contact_tags t"
        " WHERE t.contact_id = k.contact_id AND t.tag_id = :tag)"
    )


def count_untagged(connection: sqlite3.Connection, contacts: str, tag: int) -> int:
    """Return how many of the contacts lack the tag."""
    (count,) = connection.execute(
        f"SELECT count(*) FROM ({_untagged(contacts)})", {"tag": tag}
    ).fetchone()
    return int(count)


def untagged(
    connection: sqlite3.Connection, contacts: str, tag: int, first: int
) -> Iterator[tuple[int, int, int]]:
    """Yield (id, contact, tag) of the ties to make."""
    yield from connection.execute(
        "SELECT :first + row_number() OVER (ORDER BY contact_id) - 1, contact_id, :tag"
        f" FROM ({_untagged(contacts)}) ORDER BY contact_id",
        {"tag": tag, "first": first},
    )
