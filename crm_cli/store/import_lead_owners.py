"""The SQL of whose new leads of a file are: what routes ask of those without an owner."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator

CHUNK = 500


class Unowned(NamedTuple):
    """A new lead without an owner; ``contact_id`` is None where its contact is made along, of
    whom the rest tells."""

    n: int
    title: str
    source: str | None
    campaign: str | None
    value: int | None
    currency: str | None
    pipeline: str | None
    contact_id: int | None
    kind: str | None
    name: str | None
    company: str | None
    city: str | None
    country: str | None


def unowned(connection: sqlite3.Connection) -> Iterator[list[Unowned]]:
    """Yield the new leads without an owner in the file's order, some hundred at a time."""
    last = 0
    while True:
        rows = connection.execute(
            "SELECT s.n, s.title, s.source, s.campaign, s.value, s.currency, p.key, k.id,"
            "   coalesce(r.kind, 'person'), r.name, r.company, a.city, a.country"
            "  FROM temp.l_new x CROSS JOIN temp.l_leads s ON s.n = x.n"
            "  JOIN temp.l_contacts c ON c.party = s.party"
            "  LEFT JOIN stages g ON g.id = s.stage LEFT JOIN pipelines p ON p.id = g.pipeline_id"
            "  LEFT JOIN contacts k ON k.id = c.contact_id"
            "  LEFT JOIN temp.s_rows r ON r.n = s.party"
            "  LEFT JOIN temp.s_addresses a ON a.n = s.party AND a.position = 1"
            " WHERE s.owner IS NULL AND x.id > ? ORDER BY x.id LIMIT ?",
            (last, CHUNK),
        ).fetchall()
        if not rows:
            return
        (last,) = connection.execute(
            "SELECT id FROM temp.l_new WHERE n = ?", (rows[-1][0],)
        ).fetchone()
        yield [Unowned(*row) for row in rows]


def tags(connection: sqlite3.Connection, first: int, last: int) -> dict[int, list[str]]:
    """Return row -> its tags, of the rows from one to another."""
    found: dict[int, list[str]] = {}
    for n, label in connection.execute(
        "SELECT n, label FROM temp.l_tags WHERE n BETWEEN ? AND ?", (first, last)
    ).fetchall():
        found.setdefault(n, []).append(label)
    return found


def assign(connection: sqlite3.Connection, found: Iterable[tuple[str, int, int]]) -> None:
    """Give rows (owner, route, n) their owners."""
    connection.executemany("UPDATE temp.l_leads SET owner = ?, route_id = ? WHERE n = ?", found)
