"""Purchases and returns: every SQL statement that reads them one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from crm_cli.store.filters import Chosen

COLUMNS = (
    "id", "uid", "contact_id", "purchased_on", "kind", "order_number", "product_id",
    "description", "quantity", "amount", "currency", "channel", "campaign", "returns_id",
    "external_id", "fingerprint",
)  # fmt: skip

_FLAT = """
SELECT p.id, p.contact_id, c.name, p.purchased_on, p.order_number, p.kind, r.name, r.sku,
       p.description, p.quantity, p.amount, p.currency, p.channel, p.campaign, p.external_id,
       p.uid, p.product_id, p.returns_id
  FROM purchases p
  JOIN contacts c ON c.id = p.contact_id
  LEFT JOIN products r ON r.id = p.product_id
"""


def row(connection: sqlite3.Connection, purchase_id: int) -> dict[str, Any] | None:
    """Return the purchase's own row by column name, or None."""
    found = connection.execute(
        f"SELECT {', '.join(COLUMNS)} FROM purchases WHERE id = ?", (purchase_id,)
    ).fetchone()
    return dict(zip(COLUMNS, found, strict=True)) if found else None


def flat_rows(
    connection: sqlite3.Connection,
    where: str = "1",
    parameters: dict[str, Any] | None = None,
    limit: int | None = None,
    *,
    newest_first: bool = False,
) -> list[tuple[Any, ...]]:
    """Return purchases (``p``, with contact ``c`` and product ``r``) that ``where`` selects,
    by id or newest day first: id, contact_id, contact, day, order_number, kind, product, sku,
    description, quantity (thousandths), amount (minor units), currency, channel, campaign,
    external_id, uid, product_id, returns_id."""
    order = "p.purchased_on DESC, p.id DESC" if newest_first else "p.id"
    return connection.execute(
        f"{_FLAT} WHERE {where} ORDER BY {order} LIMIT :row_limit",
        {**(parameters or {}), "row_limit": -1 if limit is None else limit},
    ).fetchall()


NAMED = "t.id IN (SELECT value FROM json_each(:ids))"
"""The rows (``t``) of certain ids (a JSON array)."""

VALUES_OF = "t.purchase_id IN (SELECT value FROM json_each(:ids))"
"""The values (``t``) of custom fields of certain purchases (a JSON array)."""

CONDITIONS = {
    "who": "p.contact_id = :who",
    "product": "p.product_id = :product",
    "since": "p.purchased_on >= :since",
    "until": "p.purchased_on <= :until",
    "kind": "p.kind = :kind",
    "order": "p.order_number = :order",
    "channel": "p.channel = :channel COLLATE NOCASE",
    "ids": "p.id IN (SELECT value FROM json_each(:ids))",
}
"""What ``purchase list`` can ask for: name -> condition on ``p``."""


def listed(
    connection: sqlite3.Connection,
    filters: dict[str, Any],
    limit: int | None = None,
    *,
    newest_first: bool = False,
    chosen: Chosen | None = None,
    ids_only: bool = False,
) -> list[tuple[Any, ...]]:
    """Return the flat rows that ``filters`` (names of ``CONDITIONS`` with values) select, and
    a filter's condition beside them; with ``ids_only`` a row is its id."""
    where = " AND ".join(CONDITIONS[name] for name in filters) or "1"
    if chosen is not None:
        where, filters = f"{where} AND {chosen.sql}", {**filters, **chosen.parameters}
    if ids_only:
        return connection.execute(
            f"SELECT p.id FROM purchases p WHERE {where} ORDER BY p.id LIMIT :row_limit",
            {**filters, "row_limit": -1 if limit is None else limit},
        ).fetchall()
    return flat_rows(connection, where, filters, limit, newest_first=newest_first)


def returned(connection: sqlite3.Connection, purchase_id: int) -> tuple[int, int]:
    """Return what was returned of a sale so far: (minor units, thousandths)."""
    amount, quantity = connection.execute(
        "SELECT coalesce(sum(amount), 0), coalesce(sum(quantity), 0) FROM purchases"
        " WHERE returns_id = ? AND kind = 'return'",
        (purchase_id,),
    ).fetchone()
    return int(amount), int(quantity)


def returns_of(connection: sqlite3.Connection, purchase_id: int) -> list[int]:
    """Return the ids of the returns of a sale."""
    found = connection.execute(
        "SELECT id FROM purchases WHERE returns_id = ? ORDER BY id", (purchase_id,)
    )
    return [row_id for (row_id,) in found.fetchall()]


def ids_by_reference(connection: sqlite3.Connection, text: str) -> list[int]:
    """Return the purchases with this external id or order number."""
    found = connection.execute(
        "SELECT id FROM purchases WHERE external_id = :text OR order_number = :text"
        " ORDER BY id LIMIT 1000",
        {"text": text},
    )
    return [row_id for (row_id,) in found.fetchall()]


def sales_among(connection: sqlite3.Connection, ids: Sequence[int]) -> list[int]:
    """Return those of the ids that are sales."""
    marks = ", ".join("?" * len(ids))
    found = connection.execute(
        f"SELECT id FROM purchases WHERE id IN ({marks}) AND kind = 'sale' ORDER BY id", list(ids)
    )
    return [row_id for (row_id,) in found.fetchall()]


def ids_by_external_id(connection: sqlite3.Connection, external_id: str) -> list[int]:
    """Return the purchases with this external id, at most twenty."""
    found = connection.execute(
        "SELECT id FROM purchases WHERE external_id = ? ORDER BY id LIMIT 20", (external_id,)
    )
    return [row_id for (row_id,) in found.fetchall()]


def labels(connection: sqlite3.Connection, ids: Sequence[int]) -> list[dict[str, Any]]:
    """Return id, contact, day and product of purchases: enough to tell them apart."""
    marks = ", ".join("?" * len(ids))
    found = connection.execute(
        f"SELECT p.id, c.name, p.purchased_on, coalesce(r.name, p.description) FROM purchases p"
        " JOIN contacts c ON c.id = p.contact_id LEFT JOIN products r ON r.id = p.product_id"
        f" WHERE p.id IN ({marks}) ORDER BY p.id",
        list(ids),
    ).fetchall()
    return [dict(zip(("id", "contact", "on", "product"), values, strict=True)) for values in found]


def count_of(connection: sqlite3.Connection, contact_ids: Sequence[int]) -> int:
    """Return how many purchases and returns contacts have."""
    marks = ", ".join("?" * len(contact_ids))
    (count,) = connection.execute(
        f"SELECT count(*) FROM purchases WHERE contact_id IN ({marks})", list(contact_ids)
    ).fetchone()
    return int(count)
