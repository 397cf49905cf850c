"""Products: every SQL statement that reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from crm_cli.store.filters import Chosen

COLUMNS = (
    "id", "uid", "sku", "name", "folded", "category", "price", "currency", "service_interval",
    "is_active",
)  # fmt: skip


def row(connection: sqlite3.Connection, product_id: int) -> dict[str, Any] | None:
    """Return a product's row by column name, or None."""
    found = rows(connection, "p.id = :id", {"id": product_id})
    return found[0] if found else None


def rows(
    connection: sqlite3.Connection,
    where: str = "1",
    parameters: dict[str, Any] | None = None,
    limit: int | None = None,
) -> list[dict[str, Any]]:
    """Return the products (``p``) that ``where`` selects, by id."""
    names = ", ".join(f"p.{name}" for name in COLUMNS)
    found = connection.execute(
        f"SELECT {names} FROM products p WHERE {where} ORDER BY p.id LIMIT :row_limit",
        {**(parameters or {}), "row_limit": -1 if limit is None else limit},
    ).fetchall()
    return [dict(zip(COLUMNS, values, strict=True)) for values in found]


CONDITIONS = {
    "active": "p.is_active = :active",
    "category": "p.category = :category COLLATE NOCASE",
    "ids": "p.id IN (SELECT value FROM json_each(:ids))",
    "text": "(instr(p.folded, :text) > 0 OR instr(lower(p.sku), :text) > 0)",
}
"""What ``product list`` can ask for: name -> condition on ``p``."""


def listed(
    connection: sqlite3.Connection,
    filters: dict[str, Any],
    limit: int | None = None,
    chosen: Chosen | None = None,
) -> list[dict[str, Any]]:
    """Return the products that ``filters`` (names of ``CONDITIONS`` with values) select, and a
    filter's condition beside them."""
    where = " AND ".join(CONDITIONS[name] for name in filters) or "1"
    if chosen is not None:
        where, filters = f"{where} AND {chosen.sql}", {**filters, **chosen.parameters}
    return rows(connection, where, filters, limit)


def exists(connection: sqlite3.Connection, product_id: int) -> bool:
    """Say whether there is a product of this id, retired or not."""
    sql = "SELECT 1 FROM products WHERE id = ?"
    return connection.execute(sql, (product_id,)).fetchone() is not None


def ids_by_sku(connection: sqlite3.Connection, sku: str, *, active_only: bool = False) -> list[int]:
    """Return the active products with a stock keeping unit; without any, the retired ones, and
    without these those whose unit differs in case alone (``active_only``: neither)."""
    for case in ("",) if active_only else ("", " COLLATE NOCASE"):
        found = connection.execute(
            f"SELECT id, is_active FROM products WHERE sku = ?{case} ORDER BY id", (sku,)
        ).fetchall()
        if found:
            return _active_first(found, active_only=active_only)
    return []


def ids_by_name(connection: sqlite3.Connection, key: str, *, whole: bool = False) -> list[int]:
    """Return the products whose folded name holds ``key``: whole names only, if there are
    any, or if ``whole``; active ones only, if there are any."""
    found = connection.execute(
        "SELECT id, is_active,"
        " instr(char(10) || folded || char(10), char(10) || :key || char(10)) > 0"
        " FROM products WHERE instr(folded, :key) > 0 ORDER BY 3 DESC, id LIMIT 1000",
        {"key": key},
    ).fetchall()
    exact = [entry[:2] for entry in found if entry[2]]
    return _active_first(exact if exact or whole else [entry[:2] for entry in found])


def _active_first(found: Sequence[Any], *, active_only: bool = False) -> list[int]:
    active = [product_id for product_id, is_active in found if is_active]
    return active if active or active_only else [product_id for product_id, _ in found]


def names(connection: sqlite3.Connection) -> list[tuple[str, int]]:
    """Return (folded name, id) of every product, for suggestions."""
    return connection.execute("SELECT folded, id FROM products").fetchall()


def labels(connection: sqlite3.Connection, ids: Sequence[int]) -> list[dict[str, Any]]:
    """Return id, name and SKU of products: enough to tell them apart."""
    marks = ", ".join("?" * len(ids))
    found = connection.execute(
        f"SELECT id, name, sku FROM products WHERE id IN ({marks}) ORDER BY id", list(ids)
    ).fetchall()
    return [dict(zip(("id", "name", "sku"), values, strict=True)) for values in found]
