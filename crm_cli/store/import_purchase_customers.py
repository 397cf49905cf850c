"""The SQL of an import's customers: who the staged keys mean."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from crm_cli.store.staging import number

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable, Sequence


def remember(connection: sqlite3.Connection, known: Iterable[tuple[str, int]]) -> None:
    """Keep key -> number of customers that no longer find room in memory."""
    connection.executemany("INSERT OR IGNORE INTO temp.s_keys VALUES (?, ?)", known)


def recall(connection: sqlite3.Connection, keys: Sequence[str]) -> dict[str, int]:
    """Return key -> number of those customers that ``remember`` kept."""
    # One parameter: statements with thousands of them, each of another number, are kept by the
    # connection and took 50 MiB.
    rows = connection.execute(
        "SELECT key, no FROM temp.s_keys WHERE key IN (SELECT value FROM json_each(?))",
        (json.dumps(keys),),
    )
    return dict(rows.fetchall())


class Customers(NamedTuple):
    """How the staged customers were resolved."""

    found: int
    created: int
    first_id: int


_RESOLVE = {
    "uid": "SELECT contact.id FROM contacts contact WHERE contact.uid = s.uid",
    "local": "SELECT contact.id FROM contacts contact WHERE contact.id = s.local_id",
    "external-id": """
        SELECT x.contact_id FROM external_ids x JOIN contacts c ON c.id = x.contact_id
         WHERE x.value = s.value AND s.system = x.system
         ORDER BY c.archived_at IS NOT NULL, c.id LIMIT 1
    """,
    "email": """
        SELECT e.contact_id FROM emails e JOIN contacts c ON c.id = e.contact_id
         WHERE e.value = s.email ORDER BY c.archived_at IS NOT NULL, c.id LIMIT 1
    """,
    "phone": """
        SELECT p.contact_id FROM phones p JOIN contacts c ON c.id = p.contact_id
         WHERE p.value = s.phone AND (s.folded = '' OR c.folded = s.folded)
         ORDER BY c.archived_at IS NOT NULL, c.id LIMIT 1
    """,
    # Only with --match name, and where the name is one contact's alone.
    "name": """
        SELECT min(c.id) FROM contacts c WHERE c.folded = s.folded AND c.archived_at IS NULL
        HAVING count(*) = 1
    """,
}
_ASKED = {
    "uid": "s.uid IS NOT NULL",
    "local": "s.local_id IS NOT NULL",
    "external-id": "s.value IS NOT NULL",
    "email": "s.email IS NOT NULL",
    "phone": "s.phone IS NOT NULL",
    "name": "s.folded <> ''",
}
_GROUPS = (
    ("uid", "uid IS NOT NULL"),
    ("system, value", "value IS NOT NULL"),
    ("email", "email IS NOT NULL"),
    ("phone, folded", "phone IS NOT NULL"),
)


def resolve_customers(
    connection: sqlite3.Connection,
    ways: Sequence[str],
    *,
    create: bool,
    first_id: Callable[[int], int],
) -> Customers:
    """Give every staged customer its contact: found by its keys, or new.

    With ``create`` false, and for an id or an ambiguous name that no contact has, the rows of
    the customer are rejected. ``first_id`` draws the ids of new contacts.
    """
    order = ("uid", "local", *ways)
    for rank, way in enumerate(order):
        connection.execute(
            f"UPDATE temp.s_customers AS s SET rank = {rank}, contact_id = ({_RESOLVE[way]})"
            f" WHERE s.contact_id IS NULL AND {_ASKED[way]}"
        )
    _reject_unknown(connection, _NOT_TO_MAKE)
    if "name" in ways:
        _reject_unknown(connection, _NAMESAKES)
    found = number(connection, "SELECT count(*) FROM temp.s_customers WHERE contact_id > 0")
    if found:
        _follow_found(connection, order)
    _reject_conflicts(connection, numbers_first=ways[0] == "external-id")
    if not create:
        _reject_unknown(connection, _NOBODY)
    created, first = _number_new(connection, first_id, by_name="name" in ways)
    return Customers(found, created, first)


_BITS = 40
_EVIDENCE = f"(s.rank << {_BITS} | s.contact_id)"
"""What speaks for a customer's contact, as one number: the smaller, the more."""
_CONTACT = (1 << _BITS) - 1


def _follow_found(connection: sqlite3.Connection, order: Sequence[str]) -> None:
    """Who shares a number or an address with a found customer of the file is the same.

    So the file means the same the second time, when number and address are in the store: then
    they decide before what found the customer this time, a phone for example. Of several
    contacts the one with the best evidence counts; a customer's evidence never gets worse, which
    is why this ends.
    """
    changed = True
    while changed:
        changed = False
        for way, keys in (("external-id", "s.system, s.value"), ("email", "s.email")):
            rank = order.index(way) if way in order else len(order)
            # Joined by number, as in ``_number_new``.
            done = connection.execute(
                f"UPDATE temp.s_customers AS s SET contact_id = g.best & {_CONTACT},"
                f" rank = max(g.best >> {_BITS}, {rank}) FROM"
                f" (SELECT s.no, min({_EVIDENCE}) OVER (PARTITION BY {keys}) AS best"
                f"    FROM temp.s_customers s"
                f"   WHERE s.contact_id IS NOT 0 AND {keys.split(', ')[-1]} IS NOT NULL) g"
                " WHERE s.no = g.no AND g.best IS NOT NULL AND (s.contact_id IS NULL"
                f"  OR s.rank > {rank} AND g.best & {_CONTACT} <> s.contact_id"
                f"     AND g.best < {_EVIDENCE})"
            ).rowcount
            changed |= done > 0


_HAS = {
    "external-id": (
        "EXISTS (SELECT 1 FROM external_ids o WHERE o.value = s.value AND s.system = o.system"
        " AND o.contact_id = s.contact_id)"
    ),
    "email": (
        "EXISTS (SELECT 1 FROM emails o WHERE o.value = s.email AND o.contact_id = s.contact_id)"
    ),
}
"""Whether the contact of customer ``s`` has the key already."""


def _reject_conflicts(connection: sqlite3.Connection, *, numbers_first: bool) -> None:
    """Reject the rows of customers whose address or number is another living contact's, in the
    store or, where nobody there has it, in this file: of several the first contact has it.

    ``numbers_first``: a number decided before anything but our own ids did, so that only beside
    these it can be another's in the store.
    """
    by_own_id = "(s.uid IS NOT NULL OR s.local_id IS NOT NULL)"
    for field, shown, keys, table, same, asked in (
        ("email", "s.email", "s.email", "emails", "o.value = s.email", "s.email IS NOT NULL"),
        (
            "customer", "s.system || ':' || s.value", "s.system, s.value", "external_ids",
            "o.value = s.value AND s.system = o.system", "s.value IS NOT NULL",
        ),
    ):  # fmt: skip
        looked_up = by_own_id if numbers_first and field == "customer" else "1"
        has_it = _HAS["email" if field == "email" else "external-id"]
        _reject(
            connection, field, shown,
            f"SELECT s.*, c.id AS owner_id, c.name AS owner FROM temp.s_customers s"
            f" CROSS JOIN {table} o ON {same}"
            " CROSS JOIN contacts c ON c.id = o.contact_id AND c.archived_at IS NULL"
            f" WHERE {asked} AND {looked_up} AND s.contact_id IS NOT 0"
            f"  AND o.contact_id IS NOT s.contact_id AND NOT {has_it}"
            " ORDER BY s.no, c.id",
        )  # fmt: skip
        _reject(
            connection, field, shown,
            f"SELECT s.*, c.id AS owner_id, c.name AS owner FROM (SELECT s.*,"
            f"   min({_EVIDENCE}) OVER (PARTITION BY {keys}) & {_CONTACT} AS first"
            "   FROM temp.s_customers s"
            f"   WHERE {asked} AND s.contact_id > 0) s JOIN contacts c ON c.id = s.first"
            f" WHERE s.first <> s.contact_id AND NOT {has_it}",
        )  # fmt: skip


def _reject(connection: sqlite3.Connection, field: str, shown: str, conflicts: str) -> None:
    """Reject the rows of the customers (``s.*, owner_id, owner``) that a statement yields."""
    connection.execute("DELETE FROM temp.s_conflicts")
    connection.execute(
        "INSERT OR IGNORE INTO temp.s_conflicts SELECT s.no,"
        f" {shown} || ' belongs to another contact (#' || s.owner_id || ' ' || s.owner || ')'"
        f" FROM ({conflicts}) s"
    )
    if not number(connection, "SELECT count(*) FROM temp.s_conflicts"):
        return
    connection.execute(
        "INSERT OR IGNORE INTO temp.s_rejects (line, field, reason)"
        f" SELECT p.line, '{field}', x.why FROM temp.s_purchases p JOIN temp.s_conflicts x"
        " ON x.no = p.customer"
    )
    connection.execute(
        "UPDATE temp.s_customers SET contact_id = 0 WHERE no IN (SELECT no FROM temp.s_conflicts)"
    )


_NOT_TO_MAKE = ("s.local_id IS NOT NULL", "contact_id", "'no contact ' || s.local_id")
_NAMESAKES = (
    (
        "s.folded <> '' AND (SELECT count(*) FROM contacts c WHERE c.folded = s.folded"
        " AND c.archived_at IS NULL) > 1"
    ),
    "customer",
    "'several contacts are called ' || s.name || '; name one by e-mail or number'",
)
_NOBODY = (
    "1",
    "customer",
    (
        "'no customer ' || iif(s.by_name = 1, s.name,"
        " coalesce(s.system || ':' || s.value, s.email, s.phone_raw, s.name, s.uid))"
    ),
)
"""Why a customer nobody knows is not made: condition, field, reason."""


def _reject_unknown(connection: sqlite3.Connection, cause: tuple[str, str, str]) -> None:
    """Reject the rows of customers that must not be made, and mark these with contact 0."""
    condition, field, reason = cause
    connection.execute(
        "INSERT OR IGNORE INTO temp.s_rejects (line, field, reason)"
        f" SELECT p.line, '{field}', {reason}"
        "  FROM temp.s_customers s CROSS JOIN temp.s_purchases p ON p.customer = s.no"
        f" WHERE s.contact_id IS NULL AND {condition}"
    )
    connection.execute(
        "UPDATE temp.s_customers AS s SET contact_id = 0"
        f" WHERE s.contact_id IS NULL AND {condition}"
    )


def _number_new(
    connection: sqlite3.Connection, first_id: Callable[[int], int], *, by_name: bool
) -> tuple[int, int]:
    """Bring together new customers that share a key (``by_name``: a name is one), and number
    them in the file's order."""
    execute = connection.execute
    execute("UPDATE temp.s_customers SET leader = no, is_new = 1 WHERE contact_id IS NULL")
    groups = [
        (keys, told)
        for keys, told in (*_GROUPS, *((("folded", "folded <> ''"),) if by_name else ()))
        if number(connection, f"SELECT max({told}) FROM temp.s_customers WHERE is_new")
    ]
    moved = True
    while moved:
        moved = False
        for keys, told in groups:
            # Joined by number: a join by the keys would compare every customer with every other.
            moved |= (
                execute(
                    "UPDATE temp.s_customers AS s SET leader = g.first FROM"
                    f" (SELECT no, min(leader) OVER (PARTITION BY {keys}) AS first"
                    f"    FROM temp.s_customers WHERE is_new AND {told}) g"
                    " WHERE s.no = g.no AND g.first < s.leader"
                ).rowcount
                > 0
            )
        # Who shares a number with one and an address with another makes these two the same; by
        # a single key nobody does.
        moved &= len(groups) > 1
    execute("CREATE INDEX temp.s_customers_leader ON s_customers (leader)")
    count = number(connection, "SELECT count(*) FROM temp.s_customers WHERE is_new AND leader = no")
    first = first_id(count) if count else 0
    if count:
        execute(
            "UPDATE temp.s_customers AS s SET contact_id = g.id FROM"
            " (SELECT no, :first - 1 + row_number() OVER (ORDER BY no) AS id"
            "    FROM temp.s_customers WHERE is_new AND leader = no) g"
            " WHERE s.is_new AND s.leader = g.no",
            {"first": first},
        )
    return count, first
