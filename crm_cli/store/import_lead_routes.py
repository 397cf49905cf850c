"""What routes are told of the leads of a file: open ones that nobody owns yet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator


class Unowned(NamedTuple):
    """A staged lead; ``pipeline`` is None where the import makes its stage along."""

    n: int
    contact_id: int
    is_known: int
    title: str
    source: str | None
    campaign: str | None
    value: int | None
    currency: str | None
    stage: int
    pipeline: str | None


def unowned(connection: sqlite3.Connection, after: int, limit: int) -> list[Unowned]:
    """Return the next new leads without an owner in the order of the file, after number ``n``."""
    found = connection.execute(
        "SELECT s.n, c.contact_id, EXISTS (SELECT 1 FROM contacts k WHERE k.id = c.contact_id),"
        " s.title, s.source, s.campaign, s.value, s.currency, s.stage,"
        " (SELECT p.key FROM stages g JOIN pipelines p ON p.id = g.pipeline_id"
        "   WHERE g.id = s.stage)"
        "  FROM temp.l_leads s CROSS JOIN temp.l_new x ON x.n = s.n"
        "  CROSS JOIN temp.l_contacts c ON c.party = s.party"
        " WHERE s.n > ? AND s.owner IS NULL AND s.state = 'open' ORDER BY s.n LIMIT ?",
        (after, limit),
    )
    return [Unowned._make(row) for row in found.fetchall()]


def tags(connection: sqlite3.Connection, first: int, last: int) -> Iterator[tuple[int, str]]:
    """Yield (number of the row, tag) of leads between two numbers."""
    found = connection.execute(
        "SELECT n, label FROM temp.l_tags WHERE n BETWEEN ? AND ?", (first, last)
    )
    yield from found.fetchall()


def made(connection: sqlite3.Connection, ids: str) -> dict[int, dict[str, Any]]:
    """Return what the file tells of contacts that it makes (``ids`` is a JSON array), as
    ``domain.route.Pending`` has it."""
    among = (
        "FROM temp.l_contacts c CROSS JOIN temp.{0} r ON r.n = c.party"
        " WHERE c.contact_id IN (SELECT value FROM json_each(?)) ORDER BY r.n"
    )
    found: dict[int, dict[str, Any]] = {}
    for contact_id, kind, name, company, role in connection.execute(
        f"SELECT c.contact_id, r.kind, r.name, r.company, r.role {among.format('s_rows')}", (ids,)
    ).fetchall():
        told = found.setdefault(contact_id, {"city": [], "country": [], "contact_tag": []})
        firm = name if kind == "company" else company
        for key, value in (("contact", name), ("company", firm), ("role", role)):
            if told.get(key) is None:
                told[key] = value
    for contact_id, city, country in connection.execute(
        f"SELECT c.contact_id, r.city, r.country {among.format('s_addresses')}", (ids,)
    ).fetchall():
        found[contact_id]["city"].append(city)
        found[contact_id]["country"].append(country)
    for contact_id, label in connection.execute(
        f"SELECT c.contact_id, r.label {among.format('s_tags')}", (ids,)
    ).fetchall():
        found[contact_id]["contact_tag"].append(label)
    return found


def take(connection: sqlite3.Connection, owners: Iterable[tuple[str, int, int]]) -> None:
    """Give staged leads their owner and the route it came by: (owner, route, n)."""
    connection.executemany("UPDATE temp.l_leads SET owner = ?, route_id = ? WHERE n = ?", owners)
