"""Contacts and what hangs on them: every SQL statement that reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping, Sequence

    from crm_cli.store.filters import Chosen

CHILDREN: dict[str, tuple[str, ...]] = {
    "emails": ("value", "label", "is_primary"),
    "phones": ("value", "raw", "label", "is_primary"),
    "addresses": ("label", "street", "city", "region", "postcode", "country"),
    "links": ("value", "label"),
    "external_ids": ("system", "value"),
    "contact_properties": ("card_group", "name", "parameters", "value"),
    "consent_events": ("channel", "purpose", "state", "at", "basis", "source", "proof"),
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
       c.owner, (SELECT a.last_at FROM contact_activity a WHERE a.contact_id = c.id),
       (SELECT min(f.due_on) FROM follow_ups f WHERE f.contact_id = c.id AND f.state = 'open')
  FROM contacts c LEFT JOIN contacts company ON company.id = c.company_id
"""


def row(connection: sqlite3.Connection, contact_id: int) -> dict[str, Any] | None:
    """Return the contact's own row by column name, or None."""
    found = connection.execute(
        f"SELECT {', '.join(COLUMNS)} FROM contacts WHERE id = ?", (contact_id,)
    ).fetchone()
    return dict(zip(COLUMNS, found, strict=True)) if found else None


def exists(connection: sqlite3.Connection, contact_id: int) -> bool:
    """Say whether there is a contact of this id, archived or not."""
    sql = "SELECT 1 FROM contacts WHERE id = ?"
    return connection.execute(sql, (contact_id,)).fetchone() is not None


def children(connection: sqlite3.Connection, table: str, contact_id: int) -> list[dict[str, Any]]:
    """Return the rows of one of ``CHILDREN`` in their order (primary first, then oldest)."""
    columns = ("id", *CHILDREN[table])
    order = "is_primary DESC, id" if "is_primary" in columns else "id"
    rows = connection.execute(
        f"SELECT {', '.join(columns)} FROM {table} WHERE contact_id = ? ORDER BY {order}",
        (contact_id,),
    )
    return [dict(zip(columns, values, strict=True)) for values in rows.fetchall()]


def role_words(connection: sqlite3.Connection) -> dict[str, str]:
    """Return key -> label of the roles that the owner calls otherwise."""
    rows = connection.execute(
        "SELECT key, label FROM picklist_values"
        " WHERE list = 'role' AND aliases <> '[]' AND lower(label) <> key"
    )
    return dict(rows.fetchall())


def has_fields(connection: sqlite3.Connection) -> bool:
    """Say whether the owner wants to know more of contacts than there are columns for."""
    row = connection.execute("SELECT 1 FROM fields WHERE noun = 'contact' LIMIT 1").fetchone()
    return row is not None


CONDITIONS = {
    "living": "c.archived_at IS NULL",
    "archived": "c.archived_at IS NOT NULL",
    "kind": "c.kind = :kind",
    "role": "c.role = :role",
    "owner": "c.owner = :owner COLLATE NOCASE",
    "source": "c.source = :source COLLATE NOCASE",
    "company": "c.company_id = :company",
    "tag": "c.id IN (SELECT ct.contact_id FROM contact_tags ct JOIN tags t ON t.id = ct.tag_id"
    " WHERE t.key = :tag)",
    "text": "(instr(c.folded, :text) > 0"
    " OR c.id IN (SELECT e.contact_id FROM emails e WHERE instr(e.value, :text) > 0))",
    "ids": "c.id IN (SELECT value FROM json_each(:ids))",
}
"""What ``contact list`` can ask for: name -> condition on ``c``."""


def flat_rows(
    connection: sqlite3.Connection,
    filters: Mapping[str, Any],
    limit: int | None = None,
    chosen: Chosen | None = None,
    *,
    ids_only: bool = False,
) -> list[tuple[Any, ...]]:
    """Return the rows of ``contact list``: id, name, company, role, email, phone, tags (one
    text, parted by U+001F), owner, last_contacted_at, next_follow_up_on; by id. ``filters`` maps
    names of ``CONDITIONS`` to the values they ask for; ``chosen`` is a filter's condition beside
    them; with ``ids_only`` a row is its id."""
    where = " AND ".join(CONDITIONS[name] for name in filters) or "1"
    if chosen is not None:
        where, filters = f"{where} AND {chosen.sql}", {**filters, **chosen.parameters}
    flat = "SELECT c.id FROM contacts c" if ids_only else _FLAT
    return connection.execute(
        f"{flat} WHERE {where} ORDER BY c.id LIMIT :row_limit",
        {**filters, "row_limit": -1 if limit is None else limit},
    ).fetchall()


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


def ids_holding(
    connection: sqlite3.Connection, key: str, *, digits: str | None, number: int | None
) -> list[int]:
    """Return the contacts with ``key`` in their folded name or an e-mail, with ``digits`` in a
    phone number, or with the id ``number``; None asks for nothing."""
    # A number that could not be read is kept as it was typed.
    bare = "raw"
    for filling in " ()./-":
        bare = f"replace({bare}, '{filling}', '')"
    rows = connection.execute(
        "SELECT id FROM contacts WHERE instr(folded, :key) > 0 OR id = :number"
        " UNION SELECT contact_id FROM emails WHERE instr(value, :key) > 0"
        f" UNION SELECT contact_id FROM phones WHERE instr(coalesce(value, {bare}), :digits) > 0",
        {"key": key, "digits": digits, "number": number},
    )
    return [contact_id for (contact_id,) in rows.fetchall()]


def ids_by_email(
    connection: sqlite3.Connection, value: str, *, living_only: bool = False,
    archived: bool = False,
) -> list[int]:  # fmt: skip
    """Return the living contacts with an address; without any, the archived ones (with
    ``archived`` the other way round)."""
    return _living_first(
        connection,
        "SELECT DISTINCT c.id, c.archived_at IS NULL FROM emails e"
        " JOIN contacts c ON c.id = e.contact_id WHERE e.value = ? ORDER BY c.id",
        (value,),
        living_only=living_only,
        archived=archived,
    )


def ids_by_phone(
    connection: sqlite3.Connection, value: str, *, living_only: bool = False,
    archived: bool = False,
) -> list[int]:  # fmt: skip
    """Return the living contacts with an E.164 number; without any, the archived ones (with
    ``archived`` the other way round)."""
    return _living_first(
        connection,
        "SELECT DISTINCT c.id, c.archived_at IS NULL FROM phones p"
        " JOIN contacts c ON c.id = p.contact_id WHERE p.value = ? ORDER BY c.id",
        (value,),
        living_only=living_only,
        archived=archived,
    )


def ids_by_external_id(
    connection: sqlite3.Connection, value: str, system: str | None = None, *,
    archived: bool = False,
) -> list[int]:  # fmt: skip
    """Return the contacts with an external id, of one system or of any; living ones, if any
    (with ``archived`` the other way round)."""
    of_system = "" if system is None else " AND x.system = :system COLLATE NOCASE"
    return _living_first(
        connection,
        "SELECT DISTINCT c.id, c.archived_at IS NULL FROM external_ids x"
        f" JOIN contacts c ON c.id = x.contact_id WHERE x.value = :value{of_system} ORDER BY c.id",
        {"value": value, "system": system},
        archived=archived,
    )


def _living_first(
    connection: sqlite3.Connection, sql: str, parameters: Any, *, living_only: bool = False,
    archived: bool = False,
) -> list[int]:  # fmt: skip
    rows = connection.execute(sql, parameters).fetchall()
    if living_only:
        return [contact_id for contact_id, is_living in rows if is_living]
    return _of_one_kind(rows, archived=archived)


def _of_one_kind(rows: Sequence[tuple[int, int]], *, archived: bool) -> list[int]:
    """Return the ids of (id, is living) that live, or are archived; all, where none is so."""
    found = [contact_id for contact_id, is_living in rows if bool(is_living) is not archived]
    return found or [contact_id for contact_id, _ in rows]


def ids_by_name(
    connection: sqlite3.Connection, key: str, *, archived: bool = False, whole: bool = False
) -> list[int]:
    """Return the contacts whose folded name holds ``key``: whole names only, if there are
    any, or if ``whole``; living ones only, if there are any (with ``archived`` the other way
    round)."""
    exact = connection.execute(
        "SELECT id, archived_at IS NULL FROM contacts"
        " WHERE folded = :key OR (folded > :key || char(10) AND folded < :key || char(11))"
        " ORDER BY id LIMIT 1000",
        {"key": key},
    ).fetchall()
    if exact or whole:
        return _of_one_kind(exact, archived=archived)
    # The scan reads the index on folded alone; the rows it finds tell whether they live.
    found = connection.execute(
        "SELECT id, archived_at IS NULL,"
        " instr(char(10) || folded || char(10), char(10) || :key || char(10)) > 0"
        " FROM contacts WHERE id IN"
        " (SELECT id FROM contacts WHERE instr(folded, :key) > 0 LIMIT 1000) ORDER BY id",
        {"key": key},
    ).fetchall()
    worded = [row[:2] for row in found if row[2]]
    return _of_one_kind(worded or [row[:2] for row in found], archived=archived)


def companies_named(connection: sqlite3.Connection, key: str) -> list[int]:
    """Return the living companies whose whole folded name is ``key``."""
    rows = connection.execute(
        "SELECT id FROM contacts WHERE kind = 'company' AND archived_at IS NULL"
        "   AND (folded = :key OR (folded > :key || char(10) AND folded < :key || char(11)))"
        " ORDER BY id",
        {"key": key},
    )
    return [contact_id for (contact_id,) in rows.fetchall()]


def companies_like(
    connection: sqlite3.Connection, key: str, limit: int = 3
) -> list[tuple[int, str]]:
    """Return (id, name) of living companies whose folded name holds ``key`` or stands in it."""
    first_line = "substr(folded, 1, instr(folded || char(10), char(10)) - 1)"
    return connection.execute(
        "SELECT id, name FROM contacts WHERE kind = 'company' AND archived_at IS NULL"
        f" AND (instr(folded, :key) > 0 OR instr(:key, {first_line}) > 0) ORDER BY id LIMIT :limit",
        {"key": key, "limit": limit},
    ).fetchall()


def names(connection: sqlite3.Connection) -> list[tuple[str, int]]:
    """Return (folded name, id) of every contact, for suggestions."""
    return connection.execute("SELECT folded, id FROM contacts").fetchall()


def brief(connection: sqlite3.Connection, ids: Sequence[int]) -> dict[int, str]:
    """Return the names of contacts by id."""
    return {found["id"]: found["name"] for found in labels(connection, ids)}


OTHER_TAGS = (
    "t.contact_id = :contact AND t.tag_id NOT IN"
    " (SELECT id FROM tags WHERE key IN (SELECT value FROM json_each(:kept)))"
)
"""The tags (``t`` in contact_tags) of a contact but for some keys (a JSON array)."""


def tag_ids(connection: sqlite3.Connection, contact_id: int) -> dict[str, int]:
    """Return a contact's tags: key -> id of the row that ties it to the contact."""
    rows = connection.execute(
        "SELECT t.key, ct.id FROM contact_tags ct JOIN tags t ON t.id = ct.tag_id"
        " WHERE ct.contact_id = ?",
        (contact_id,),
    )
    return dict(rows.fetchall())


def tag(connection: sqlite3.Connection, key: str) -> tuple[int, str] | None:
    """Return the (id, label) of a tag by its folded key."""
    row: tuple[int, str] | None = connection.execute(
        "SELECT id, label FROM tags WHERE key = ?", (key,)
    ).fetchone()
    return row


def used_words(connection: sqlite3.Connection, column: str) -> list[str]:
    """Return the values in use of ``owner``, ``source`` or ``tag``, for suggestions."""
    sql = (
        "SELECT key FROM tags"
        if column == "tag"
        else f"SELECT DISTINCT {column} FROM contacts WHERE {column} IS NOT NULL"
    )
    return [word for (word,) in connection.execute(sql).fetchall()]


def trashed_like(connection: sqlite3.Connection, who: str) -> int | None:
    """Return the id under which a deleted contact of this number or name lies in the trash."""
    row = connection.execute(
        "SELECT id FROM trash WHERE noun = 'contact' AND (name = :who OR record_id = :who)"
        " ORDER BY id DESC LIMIT 1",
        {"who": who},
    ).fetchone()
    return int(row[0]) if row else None


# -- full records -----------------------------------------------------------------------------


class ContactParts:
    """A contact's row with everything that hangs on it, as stored."""

    __slots__ = (
        "children", "company", "customer", "fields", "last_at", "next_follow_up_on", "referrer",
        "relations", "row", "tags",
    )  # fmt: skip

    def __init__(self, row: dict[str, Any]) -> None:
        self.row = row
        self.company: str | None = None
        self.referrer: str | None = None
        self.children: dict[str, list[dict[str, Any]]] = {name: [] for name in CHILDREN}
        self.tags: list[str] = []
        self.customer: dict[str, Any] | None = None
        self.relations: list[dict[str, Any]] = []
        self.fields: dict[str, Any] = {}
        self.last_at: str | None = None
        """When the contact was last spoken to."""
        self.next_follow_up_on: str | None = None


_CUSTOMER = ("first_on", "last_on", "orders", "order_days", "revenue", "currency")


def parts(connection: sqlite3.Connection, ids: Sequence[int]) -> list[ContactParts]:
    """Return contacts with all their lists, in the order of ``ids``; a handful of statements
    for every 500 of them."""
    found: dict[int, ContactParts] = {}
    with_fields = has_fields(connection)
    for start in range(0, len(ids), 500):
        chunk = list(ids[start : start + 500])
        marks = ", ".join("?" * len(chunk))
        names_of = ", ".join(f"c.{name}" for name in COLUMNS)
        for values in connection.execute(
            f"SELECT {names_of}, a.last_at, company.name, referrer.name FROM contacts c"
            " LEFT JOIN contact_activity a ON a.contact_id = c.id"
            " LEFT JOIN contacts company ON company.id = c.company_id"
            " LEFT JOIN contacts referrer ON referrer.id = c.referred_by_id"
            f" WHERE c.id IN ({marks})",
            chunk,
        ).fetchall():
            part = ContactParts(dict(zip(COLUMNS, values, strict=False)))
            part.last_at, part.company, part.referrer = values[-3:]
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
        for contact_id, day in connection.execute(
            "SELECT contact_id, min(due_on) FROM follow_ups"
            f" WHERE state = 'open' AND contact_id IN ({marks}) GROUP BY contact_id",
            chunk,
        ).fetchall():
            found[contact_id].next_follow_up_on = day
        if with_fields:
            from crm_cli.store import fields

            for contact_id, values in fields.objects(connection, "contact", chunk).items():
                if contact_id in found:
                    found[contact_id].fields = values
    return [found[contact_id] for contact_id in ids if contact_id in found]
