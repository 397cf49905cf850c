"""Contacts and what hangs on them: every SQL statement that reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator, Sequence

CHILDREN: dict[str, tuple[str, ...]] = {
    "emails": ("value", "label", "is_primary"),
    "phones": ("value", "raw", "label", "is_primary"),
    "addresses": ("label", "street", "city", "region", "postcode", "country"),
    "links": ("value", "label"),
    "external_ids": ("system", "value"),
}
"""Tables that hold a contact's lists, with their columns beside ``id`` and ``contact_id``."""

COLUMNS = (
    "id", "uid", "kind", "name", "folded", "first_name", "last_name", "company_id", "job_title",
    "role", "birthday", "language", "source", "campaign", "owner", "referred_by_id", "notes",
    "created_at", "updated_at", "archived_at",
)  # fmt: skip

_FLAT = """
SELECT c.id, c.name, company.name, c.role,
       (SELECT e.value FROM emails e WHERE e.contact_id = c.id
         ORDER BY e.is_primary DESC, e.id LIMIT 1),
       (SELECT coalesce(p.value, p.raw) FROM phones p WHERE p.contact_id = c.id
         ORDER BY p.is_primary DESC, p.id LIMIT 1),
       (SELECT group_concat(label, char(31)) FROM (
           SELECT t.label FROM contact_tags ct JOIN tags t ON t.id = ct.tag_id
            WHERE ct.contact_id = c.id ORDER BY t.key)),
       c.owner, NULL
  FROM contacts c LEFT JOIN contacts company ON company.id = c.company_id
"""


def row(connection: sqlite3.Connection, contact_id: int) -> dict[str, Any] | None:
    """Return the contact's own row by column name, or None."""
    found = connection.execute(
        f"SELECT {', '.join(COLUMNS)} FROM contacts WHERE id = ?", (contact_id,)
    ).fetchone()
    return dict(zip(COLUMNS, found, strict=True)) if found else None


def children(
    connection: sqlite3.Connection, table: str, contact_id: int
) -> list[dict[str, Any]]:
    """Return the rows of one of ``CHILDREN`` in their order (primary first, then oldest)."""
    columns = ("id", *CHILDREN[table])
    order = "is_primary DESC, id" if "is_primary" in columns else "id"
    rows = connection.execute(
        f"SELECT {', '.join(columns)} FROM {table} WHERE contact_id = ? ORDER BY {order}",
        (contact_id,),
    )
    return [dict(zip(columns, values, strict=True)) for values in rows.fetchall()]


def flat_rows(
    connection: sqlite3.Connection,
    where: str = "c.archived_at IS NULL",
    parameters: dict[str, Any] | None = None,
    limit: int | None = None,
) -> list[tuple[Any, ...]]:
    """Return the rows of ``contact list``: id, name, company, role, email, phone, tags (one
    text, parted by U+001F), owner, last_contacted_at; by id."""
    return connection.execute(
        f"{_FLAT} WHERE {where} ORDER BY c.id LIMIT :row_limit",
        {**(parameters or {}), "row_limit": -1 if limit is None else limit},
    ).fetchall()


def ids_where(
    connection: sqlite3.Connection, where: str, parameters: dict[str, Any]
) -> list[int]:
    """Return the ids of contacts (``c``) that ``where`` selects, in order."""
    rows = connection.execute(
        f"SELECT c.id FROM contacts c WHERE {where} ORDER BY c.id", parameters
    )
    return [contact_id for (contact_id,) in rows.fetchall()]


# -- finding one by what people type ----------------------------------------------------------


def labels(connection: sqlite3.Connection, ids: Iterable[int]) -> list[dict[str, Any]]:
    """Return id, name, e-mail and company of contacts: enough to tell them apart."""
    wanted = list(ids)
    marks = ", ".join("?" * len(wanted))
    rows = connection.execute(
        f"""
        SELECT c.id, c.name,
               (SELECT e.value FROM emails e WHERE e.contact_id = c.id
                 ORDER BY e.is_primary DESC, e.id LIMIT 1) AS email,
               company.name AS company
          FROM contacts c LEFT JOIN contacts company ON company.id = c.company_id
         WHERE c.id IN ({marks}) ORDER BY c.id
        """,
        wanted,
    )
    return [
        dict(zip(("id", "name", "email", "company"), values, strict=True))
        for values in rows.fetchall()
    ]


def ids_by_email(connection: sqlite3.Connection, value: str) -> list[int]:
    """Return the contacts with an address, living ones first."""
    return _ids(
        connection,
        "SELECT DISTINCT c.id, c.archived_at IS NOT NULL FROM emails e"
        " JOIN contacts c ON c.id = e.contact_id WHERE e.value = ? ORDER BY 2, 1",
        (value,),
    )


def ids_by_phone(connection: sqlite3.Connection, value: str) -> list[int]:
    """Return the contacts with an E.164 number, living ones first."""
    return _ids(
        connection,
        "SELECT DISTINCT c.id, c.archived_at IS NOT NULL FROM phones p"
        " JOIN contacts c ON c.id = p.contact_id WHERE p.value = ? ORDER BY 2, 1",
        (value,),
    )


def ids_by_external_id(
    connection: sqlite3.Connection, value: str, system: str | None = None
) -> list[int]:
    """Return the contacts with an external id, of one system or of any."""
    return _ids(
        connection,
        "SELECT DISTINCT contact_id, 0 FROM external_ids"
        " WHERE value = ?1 AND (?2 IS NULL OR system = ?2) ORDER BY contact_id",
        (value, system),
    )


def ids_by_name(connection: sqlite3.Connection, key: str, limit: int = 20) -> list[int]:
    """Return the contacts whose folded name holds ``key``: exact matches only, if there are
    any; living ones only, if there are any."""
    escaped = key.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    rows = connection.execute(
        "SELECT id, folded = :key, archived_at IS NULL FROM contacts"
        " WHERE folded LIKE :pattern ESCAPE '\\' ORDER BY id LIMIT 1000",
        {"key": key, "pattern": f"%{escaped}%"},
    ).fetchall()
    for wanted in ((1, 1), (0, 1), (1, 0), (0, 0)):
        exact, living = wanted
        ids = [found[0] for found in rows if found[1] >= exact and found[2] >= living]
        if ids:
            return ids[:limit]
    return []


def names(connection: sqlite3.Connection) -> Iterator[tuple[str, int]]:
    """Yield (folded name, id) of every living contact, for suggestions."""
    yield from connection.execute(
        "SELECT folded, id FROM contacts WHERE archived_at IS NULL"
    ).fetchall()


def _ids(connection: sqlite3.Connection, sql: str, parameters: Sequence[Any]) -> list[int]:
    return [found[0] for found in connection.execute(sql, parameters).fetchall()]


# -- full records -----------------------------------------------------------------------------


class ContactParts:
    """A contact's row with everything that hangs on it, as stored."""

    __slots__ = ("children", "company", "customer", "referrer", "relations", "row", "tags")

    def __init__(self, row: dict[str, Any]) -> None:
        self.row = row
        self.company: str | None = None
        self.referrer: str | None = None
        self.children: dict[str, list[dict[str, Any]]] = {name: [] for name in CHILDREN}
        self.tags: list[str] = []
        self.customer: dict[str, Any] | None = None
        self.relations: list[dict[str, Any]] = []


_CUSTOMER = ("first_on", "last_on", "latest_on", "orders", "order_days", "revenue", "currency")


def parts(connection: sqlite3.Connection, ids: Sequence[int]) -> list[ContactParts]:
    """Return contacts with all their lists, in the order of ``ids``; a handful of statements
    for every 500 of them."""
    found: dict[int, ContactParts] = {}
    for start in range(0, len(ids), 500):
        chunk = list(ids[start : start + 500])
        marks = ", ".join("?" * len(chunk))
        names_of = ", ".join(f"c.{name}" for name in COLUMNS)
        for values in connection.execute(
            f"SELECT {names_of}, company.name, referrer.name FROM contacts c"
            " LEFT JOIN contacts company ON company.id = c.company_id"
            " LEFT JOIN contacts referrer ON referrer.id = c.referred_by_id"
            f" WHERE c.id IN ({marks})",
            chunk,
        ).fetchall():
            part = ContactParts(dict(zip(COLUMNS, values, strict=False)))
            part.company, part.referrer = values[-2], values[-1]
            found[values[0]] = part
        for table, columns in CHILDREN.items():
            order = "is_primary DESC, id" if "is_primary" in columns else "id"
            for contact_id, *values in connection.execute(
                f"SELECT contact_id, {', '.join(columns)} FROM {table}"
                f" WHERE contact_id IN ({marks}) ORDER BY contact_id, {order}",
                chunk,
            ).fetchall():
                found[contact_id].children[table].append(dict(zip(columns, values, strict=True)))
        for contact_id, label in connection.execute(
            "SELECT ct.contact_id, t.label FROM contact_tags ct JOIN tags t ON t.id = ct.tag_id"
            f" WHERE ct.contact_id IN ({marks}) ORDER BY ct.contact_id, t.key",
            chunk,
        ).fetchall():
            found[contact_id].tags.append(label)
        for contact_id, *values in connection.execute(
            f"SELECT contact_id, {', '.join(_CUSTOMER)} FROM customers"
            f" WHERE contact_id IN ({marks})",
            chunk,
        ).fetchall():
            found[contact_id].customer = dict(zip(_CUSTOMER, values, strict=True))
        for contact_id, other_id, other, kind, title, started_on, ended_on in connection.execute(
            "SELECT r.contact_id, r.other_id, o.name, r.kind, r.title, r.started_on, r.ended_on"
            "  FROM relations r JOIN contacts o ON o.id = r.other_id"
            f" WHERE r.contact_id IN ({marks}) ORDER BY r.id",
            chunk,
        ).fetchall():
            found[contact_id].relations.append(
                {
                    "other_id": other_id, "other": other, "kind": kind, "title": title,
                    "started_on": started_on, "ended_on": ended_on,
                }
            )  # fmt: skip
    return [found[contact_id] for contact_id in ids if contact_id in found]
