"""What bulk changes ask before they write: which records are meant, and which would change.

Ids travel as a JSON array, bound as ``:ids``: one parameter, however many there are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crm_cli.store.filter_sources import ROWS

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping, Sequence

    from crm_cli.store.filters import Chosen

AMONG = "IN (SELECT value FROM json_each(:ids))"
"""Follows the column that names one of the records ``:ids``."""

_HIDDEN = {
    "contact": "c.archived_at IS NOT NULL", "product": "p.is_active = 0",
    "follow-up": "f.state <> 'open'", "lead": "l.state <> 'open'",
}  # fmt: skip


def array(ids: Iterable[int]) -> str:
    """Return ids as a JSON array."""
    return f"[{','.join(map(str, ids))}]"


def _column(connection: sqlite3.Connection, sql: str, parameters: Mapping[str, Any]) -> list[Any]:
    return [value for (value,) in connection.execute(sql, parameters).fetchall()]


def chosen_ids(
    connection: sqlite3.Connection, noun: str, chosen: Chosen, *, hidden: bool | None
) -> list[int]:
    """Return the records that a filter chooses, in order: of contacts the archived and of
    products the retired ones, of follow-ups and leads the closed ones (``hidden``), the
    others, or all (None)."""
    table, alias = ROWS[noun]
    where = "1"
    if hidden is not None and noun in _HIDDEN:
        where = f"{'' if hidden else 'NOT '}({_HIDDEN[noun]})"
    return _column(
        connection,
        f"SELECT {alias}.id FROM {table} {alias} WHERE {where} AND {chosen.sql}"
        f" ORDER BY {alias}.id",
        chosen.parameters,
    )


def known_ids(connection: sqlite3.Connection, noun: str, ids: str) -> set[int]:
    """Return those of the ids that there are."""
    sql = f"SELECT t.id FROM {ROWS[noun][0]} t WHERE t.id {AMONG}"
    return set(_column(connection, sql, {"ids": ids}))


def differing(
    connection: sqlite3.Connection, table: str, cells: Mapping[str, Any], ids: str
) -> list[int]:
    """Return the rows of ``ids`` of which a cell is not what it is to be."""
    differs = " OR ".join(f"t.{name} IS NOT :{name}" for name in cells)
    return _column(
        connection,
        f"SELECT t.id FROM {table} t WHERE t.id {AMONG} AND ({differs}) ORDER BY t.id",
        {**cells, "ids": ids},
    )


def cells(
    connection: sqlite3.Connection, table: str, columns: Sequence[str], ids: str
) -> dict[int, dict[str, Any]]:
    """Return id -> column -> value of the rows of ``ids``."""
    rows = connection.execute(
        f"SELECT t.id, {', '.join(f't.{name}' for name in columns)} FROM {table} t"
        f" WHERE t.id {AMONG}",
        {"ids": ids},
    )
    return {row[0]: dict(zip(columns, row[1:], strict=True)) for row in rows.fetchall()}


def groups(
    connection: sqlite3.Connection, table: str, column: str, ids: str
) -> dict[Any, list[int]]:
    """Return value of a column -> those of the rows ``ids`` that have it."""
    found: dict[Any, list[int]] = {}
    for row_id, value in connection.execute(
        f"SELECT t.id, t.{column} FROM {table} t WHERE t.id {AMONG} ORDER BY t.id", {"ids": ids}
    ).fetchall():
        found.setdefault(value, []).append(row_id)
    return found


def names(connection: sqlite3.Connection, noun: str, ids: str) -> dict[int, str]:
    """Return what people call each of some records."""
    if noun == "interaction":
        sql = (
            "SELECT t.id, t.channel || ' ' || substr(t.happened_at, 1, 10) || ' ' || c.name"
            " FROM interactions t JOIN contacts c ON c.id = t.contact_id"
            f" WHERE t.id {AMONG}"
        )
    elif noun == "follow-up":
        sql = (
            "SELECT t.id, t.due_on || ' ' || c.name || ': ' || t.text FROM follow_ups t"
            f" JOIN contacts c ON c.id = t.contact_id WHERE t.id {AMONG}"
        )
    elif noun == "lead":
        sql = (
            "SELECT t.id, t.title || ' (' || c.name || ')' FROM leads t"
            f" JOIN contacts c ON c.id = t.contact_id WHERE t.id {AMONG}"
        )
    elif noun != "purchase":
        sql = f"SELECT t.id, t.name FROM {ROWS[noun][0]} t WHERE t.id {AMONG}"
    else:
        sql = (
            "SELECT t.id, t.purchased_on || ' ' || c.name"
            " || coalesce(' ' || coalesce(r.name, t.description), '')"
            " FROM purchases t JOIN contacts c ON c.id = t.contact_id"
            f" LEFT JOIN products r ON r.id = t.product_id WHERE t.id {AMONG}"
        )
    return dict(connection.execute(sql, {"ids": ids}).fetchall())


# -- what hangs on the records --------------------------------------------------------------------


def owners(
    connection: sqlite3.Connection, table: str, where: str, parameters: Mapping[str, Any]
) -> list[int]:
    """Return the contacts with a row (``t``) in one of their lists that ``where`` selects."""
    sql = f"SELECT DISTINCT t.contact_id FROM {table} t WHERE {where}"
    return _column(connection, sql, parameters)


OF_CONTACTS = f"t.contact_id {AMONG}"
WITH_VALUE = f"{OF_CONTACTS} AND t.value = :value"
TIED = f"{OF_CONTACTS} AND t.tag_id IN (SELECT value FROM json_each(:tags))"
OTHER_TAGS = f"{OF_CONTACTS} AND t.tag_id NOT IN (SELECT value FROM json_each(:tags))"
"""Conditions on the rows (``t``) of a list."""


def addresses(connection: sqlite3.Connection, ids: str) -> list[tuple[int, int, str | None]]:
    """Return (contact, id, label) of contacts' addresses, each contact's oldest first."""
    return connection.execute(
        f"SELECT t.contact_id, t.id, t.label FROM addresses t WHERE {OF_CONTACTS}"
        " ORDER BY t.contact_id, t.id",
        {"ids": ids},
    ).fetchall()


def values_held(
    connection: sqlite3.Connection, noun: str, field_id: int, ids: str
) -> dict[int, int]:
    """Return row of ``field_values`` -> the record of ``ids`` that it is of."""
    rows = connection.execute(
        f"SELECT t.id, t.{noun}_id FROM field_values t"
        f" WHERE t.field_id = :field AND t.{noun}_id {AMONG}",
        {"field": field_id, "ids": ids},
    )
    return dict(rows.fetchall())


def left_untagged(connection: sqlite3.Connection, ids: str, tags: str) -> int | None:
    """Return a contact that has some of these tags and no other."""
    row = connection.execute(
        f"SELECT t.contact_id FROM contact_tags t WHERE {OF_CONTACTS}"
        " GROUP BY t.contact_id HAVING min(t.tag_id IN (SELECT value FROM json_each(:tags)))"
        " ORDER BY t.contact_id LIMIT 1",
        {"ids": ids, "tags": tags},
    ).fetchone()
    return row[0] if row else None


def taken_email(connection: sqlite3.Connection, ids: str) -> tuple[int, str, int] | None:
    """Return (contact, address, who has it) of an address that archived contacts cannot come back
    with: a living contact has it, or another of them."""
    row: tuple[int, str, int] | None = connection.execute(
        "SELECT e.contact_id, e.value, o.contact_id FROM emails e"
        " JOIN emails o ON o.value = e.value AND o.contact_id <> e.contact_id"
        " JOIN contacts k ON k.id = o.contact_id"
        f" WHERE e.contact_id {AMONG} AND (k.archived_at IS NULL OR o.contact_id {AMONG})"
        " ORDER BY e.contact_id LIMIT 1",
        {"ids": ids},
    ).fetchone()
    return row


def taken_sku(connection: sqlite3.Connection, ids: str) -> tuple[int, str, int] | None:
    """Return (product, SKU, who has it) of a unit that retired products cannot come back with."""
    row: tuple[int, str, int] | None = connection.execute(
        "SELECT p.id, p.sku, o.id FROM products p"
        " JOIN products o ON o.sku = p.sku AND o.id <> p.id"
        f" WHERE p.id {AMONG} AND p.is_active = 0 AND (o.is_active = 1 OR o.id {AMONG})"
        " ORDER BY p.id LIMIT 1",
        {"ids": ids},
    ).fetchone()
    return row


def first_company(connection: sqlite3.Connection, ids: str) -> tuple[int, str] | None:
    """Return (id, name) of the first of some contacts that is a company."""
    row: tuple[int, str] | None = connection.execute(
        f"SELECT t.id, t.name FROM contacts t WHERE t.id {AMONG} AND t.kind = 'company'"
        " ORDER BY t.id LIMIT 1",
        {"ids": ids},
    ).fetchone()
    return row


# -- deletions ------------------------------------------------------------------------------------


def count_of(connection: sqlite3.Connection, table: str, ids: str) -> int:
    """Return how many rows of a table contacts have: purchases and returns, interactions."""
    (count,) = connection.execute(
        f"SELECT count(*) FROM {table} t WHERE {OF_CONTACTS}", {"ids": ids}
    ).fetchone()
    return int(count)


def returns_of(connection: sqlite3.Connection, ids: str) -> list[int]:
    """Return the returns of some purchases that are not among them."""
    return _column(
        connection,
        f"SELECT t.id FROM purchases t WHERE t.returns_id {AMONG} AND t.id NOT {AMONG}"
        " ORDER BY t.id",
        {"ids": ids},
    )


def fingerprints(connection: sqlite3.Connection, ids: str) -> list[tuple[int, int]]:
    """Return (contact, fingerprint) of those of some purchases that an import brought."""
    return connection.execute(
        f"SELECT t.contact_id, t.fingerprint FROM purchases t WHERE t.id {AMONG}"
        " AND t.fingerprint IS NOT NULL ORDER BY t.id",
        {"ids": ids},
    ).fetchall()


def purchase_labels(connection: sqlite3.Connection, ids: str) -> list[tuple[Any, ...]]:
    """Return (id, product or kind, minor units, currency, contact, day) of some purchases."""
    return connection.execute(
        "SELECT t.id, coalesce(r.name, t.description, t.kind), t.amount, t.currency, c.name,"
        " t.purchased_on FROM purchases t JOIN contacts c ON c.id = t.contact_id"
        f" LEFT JOIN products r ON r.id = t.product_id WHERE t.id {AMONG} ORDER BY t.id",
        {"ids": ids},
    ).fetchall()
