"""Routes of new leads, and what they are told by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crm_cli.domain.route import Route

if TYPE_CHECKING:
    import sqlite3

_COLUMNS = ", ".join(Route._fields)


def routes(connection: sqlite3.Connection) -> list[Route]:
    """Return every route in the order in which they are asked."""
    found = connection.execute(f"SELECT {_COLUMNS} FROM lead_routes ORDER BY position, id")
    return [Route(*row) for row in found.fetchall()]


def held(connection: sqlite3.Connection, route_id: int) -> list[tuple[str | None, int]]:
    """Return (owner, number of leads that came to them by a route)."""
    found = connection.execute(
        "SELECT owner, count(*) FROM leads WHERE route_id = ? GROUP BY owner", (route_id,)
    )
    return [(owner, count) for owner, count in found.fetchall()]


def contacts(connection: sqlite3.Connection, ids: str) -> dict[int, dict[str, Any]]:
    """Return what routes may ask of contacts (``ids`` is a JSON array), as ``Pending`` has it:
    contact, company and role, and lists of city, country and contact_tag."""
    among = "(SELECT value FROM json_each(?))"
    found: dict[int, dict[str, Any]] = {}
    for contact_id, kind, name, company, role in connection.execute(
        "SELECT c.id, c.kind, c.name, k.name, c.role FROM contacts c"
        f" LEFT JOIN contacts k ON k.id = c.company_id WHERE c.id IN {among}",
        (ids,),
    ).fetchall():
        firm = name if kind == "company" else company
        found[contact_id] = {
            "contact": name, "company": firm, "role": role, "city": [], "country": [],
            "contact_tag": [],
        }  # fmt: skip
    for contact_id, city, country in connection.execute(
        f"SELECT contact_id, city, country FROM addresses WHERE contact_id IN {among}", (ids,)
    ).fetchall():
        found[contact_id]["city"].append(city)
        found[contact_id]["country"].append(country)
    for contact_id, label in connection.execute(
        "SELECT x.contact_id, t.label FROM contact_tags x JOIN tags t ON t.id = x.tag_id"
        f" WHERE x.contact_id IN {among}",
        (ids,),
    ).fetchall():
        found[contact_id]["contact_tag"].append(label)
    return found


CAME_BY = "t.route_id = :route_id"
"""Condition on the leads (``t``) that a route gave an owner."""
