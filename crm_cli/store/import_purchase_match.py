"""The SQL of matching an import's rows with the purchases there are: what is known, what has
changed, and what is said otherwise."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from crm_cli.store.field_checks import reject_shared_purchases
from crm_cli.store.staging import number

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Sequence

    from crm_cli.domain.custom_field import Field

UPDATE_COLUMNS = (
    "purchased_on", "kind", "order_number", "product_id", "description", "quantity", "amount",
    "currency", "channel", "campaign", "external_id",
)  # fmt: skip
FILLED = frozenset(
    {"order_number", "product_id", "description", "channel", "campaign", "external_id"}
)
"""Columns that may be empty, so that ``fill`` can fill them."""

CHANGED_ROWS = (
    "SELECT DISTINCT o.n FROM temp.s_purchases s JOIN temp.s_purchases o"
    " ON o.n = s.n - s.is_extra JOIN temp.s_hits h ON h.n = o.n"
    " WHERE s.n IN (SELECT n FROM temp.s_updates)"
    " OR (s.is_extra AND s.n NOT IN (SELECT n FROM temp.s_hits))"
)
"""A row changes what is there by itself, or by its order's refund, new or grown."""


class Rows(NamedTuple):
    """What becomes of the staged rows; extra ones (refunds) are counted apart."""

    created: int
    created_extra: int
    updated: int
    unchanged: int
    is_dense: bool
    changed: int
    """Purchases with staged changes, refunds included."""


def match_rows(
    connection: sqlite3.Connection, *, with_uid: bool, on_match: str, find_fingerprints: bool,
    unique: Sequence[Field] = (),
) -> Rows:  # fmt: skip
    """Find the rows that are in the store, or were and are not to come back; ``unique`` are the
    custom fields of which no two purchases share a value."""
    execute = connection.execute
    if with_uid:
        execute("CREATE INDEX temp.s_details_uid ON s_details (uid)")
        execute(
            "INSERT OR IGNORE INTO temp.s_hits SELECT s.n, p.id FROM purchases p"
            " CROSS JOIN temp.s_details s ON s.uid = p.uid"
        )
    if find_fingerprints:
        _match_fingerprints(connection)
    for field in unique:
        reject_shared_purchases(connection, field)
    rejected = number(connection, "SELECT count(*) FROM temp.s_rejects") > 0
    if rejected:
        execute("DELETE FROM temp.s_purchases WHERE line IN (SELECT line FROM temp.s_rejects)")
        execute("DELETE FROM temp.s_hits WHERE n NOT IN (SELECT n FROM temp.s_purchases)")
    if on_match == "fail":
        execute(
            "INSERT OR IGNORE INTO temp.s_rejects SELECT s.line, NULL,"
            " 'is there already (purchase ' || h.purchase_id || ')'"
            " FROM temp.s_hits h JOIN temp.s_purchases s ON s.n = h.n"
            " WHERE h.purchase_id IS NOT NULL AND NOT s.is_extra"
        )
        execute("DELETE FROM temp.s_purchases WHERE line IN (SELECT line FROM temp.s_rejects)")
        execute("DELETE FROM temp.s_hits WHERE n NOT IN (SELECT n FROM temp.s_purchases)")
    changed = 0
    if on_match in {"fill", "update"}:
        changed = _stage_updates(connection, overwrite=on_match == "update")
    updated = number(
        connection,
        f"SELECT count(*) FROM ({CHANGED_ROWS})"
        if changed or number(connection, "SELECT max(is_extra) FROM temp.s_purchases")
        else "SELECT 0",
    )
    total, extra = execute(
        "SELECT count(*), coalesce(sum(is_extra), 0) FROM temp.s_purchases"
    ).fetchone()
    hits, extra_hits = execute(
        "SELECT count(*), coalesce(sum(s.is_extra), 0) FROM temp.s_hits h"
        " JOIN temp.s_purchases s ON s.n = h.n"
    ).fetchone()
    (last,) = execute("SELECT coalesce(max(n), 0) FROM temp.s_purchases").fetchone()
    created = total - extra - (hits - extra_hits)
    return Rows(
        created, extra - extra_hits, updated, (hits - extra_hits) - updated,
        is_dense=hits == 0 and last == total, changed=changed,
    )  # fmt: skip


def _match_fingerprints(connection: sqlite3.Connection) -> None:
    """Take the n-th equal row of the file for the n-th in the store; deleted ones come last."""
    execute = connection.execute
    execute(
        """
        CREATE TEMP TABLE s_candidates AS
        SELECT s.n, c.contact_id, s.fingerprint,
               row_number() OVER (PARTITION BY c.contact_id, s.fingerprint ORDER BY s.n) AS nth
          FROM temp.s_purchases s JOIN temp.s_customers c ON c.no = s.customer
         WHERE c.contact_id > 0 AND NOT c.is_new
           AND NOT EXISTS (SELECT 1 FROM temp.s_hits h WHERE h.n = s.n)
           AND (EXISTS (SELECT 1 FROM purchases p
                         WHERE p.contact_id = c.contact_id AND p.fingerprint = s.fingerprint)
             OR EXISTS (SELECT 1 FROM import_tombstones t
                         WHERE t.contact_id = c.contact_id AND t.fingerprint = s.fingerprint))
        """
    )
    execute("CREATE TEMP TABLE s_taken (id INTEGER PRIMARY KEY)")
    execute("INSERT OR IGNORE INTO temp.s_taken SELECT purchase_id FROM temp.s_hits")
    execute(
        """
        INSERT OR IGNORE INTO temp.s_hits
        WITH wanted AS (SELECT DISTINCT contact_id, fingerprint FROM temp.s_candidates),
        known AS (
            SELECT contact_id, fingerprint, purchase_id,
                   row_number() OVER (
                       PARTITION BY contact_id, fingerprint ORDER BY purchase_id IS NULL,
                       purchase_id) AS nth
              FROM (SELECT w.contact_id, w.fingerprint, p.id AS purchase_id
                      FROM wanted w CROSS JOIN purchases p
                        ON p.contact_id = w.contact_id AND p.fingerprint = w.fingerprint
                     WHERE p.id NOT IN (SELECT id FROM temp.s_taken)
                    UNION ALL
                    SELECT w.contact_id, w.fingerprint, NULL
                      FROM wanted w CROSS JOIN import_tombstones t
                        ON t.contact_id = w.contact_id AND t.fingerprint = w.fingerprint)
        )
        SELECT s.n, k.purchase_id FROM temp.s_candidates s JOIN known k
            ON k.contact_id = s.contact_id AND k.fingerprint = s.fingerprint AND k.nth = s.nth
        """
    )
    execute("DROP TABLE temp.s_taken")
    execute("DROP TABLE temp.s_candidates")


def _stage_updates(connection: sqlite3.Connection, *, overwrite: bool) -> int:
    """Stage the changes of matched purchases that differ; return how many rows change one."""
    staged = {name: f"s.{name}" for name in UPDATE_COLUMNS} | {"product_id": "r.product_id"}
    staged["currency"] = "g.currency"
    staged |= {name: f"d.{name}" for name in ("description", "channel", "campaign", "external_id")}
    names = [name for name in UPDATE_COLUMNS if overwrite or name in FILLED]
    differs = " OR ".join(
        f"({staged[name]} IS NOT NULL AND {staged[name]} IS NOT p.{name}"
        + ("" if overwrite else f" AND p.{name} IS NULL")
        + ")"
        for name in names
    )
    cells = ", ".join(f"{staged[name]}, p.{name}" for name in UPDATE_COLUMNS)
    found = connection.execute(
        f"SELECT s.n, h.purchase_id, {cells} FROM temp.s_hits h JOIN temp.s_purchases s"
        " ON s.n = h.n JOIN purchases p ON p.id = h.purchase_id"
        " JOIN temp.s_goods g ON g.no = s.goods LEFT JOIN temp.s_products r ON r.no = g.product"
        " LEFT JOIN temp.s_details d ON d.n = s.n"
        f" WHERE {differs}"
    )

    def changes() -> Iterator[tuple[int, int, str, str]]:
        for n, purchase_id, *pairs in found:
            image, after = {}, []
            for name, new, old in zip(UPDATE_COLUMNS, pairs[::2], pairs[1::2], strict=True):
                moves = (
                    new is not None
                    and new != old
                    and (overwrite or (old is None and name in FILLED))
                )
                after.append(new if moves else old)
                if moves:
                    image[name] = [old, new]
            yield n, purchase_id, json.dumps(image, ensure_ascii=False), json.dumps(after)

    connection.executemany("INSERT INTO temp.s_updates VALUES (?, ?, ?, ?)", changes())
    return number(connection, "SELECT count(*) FROM temp.s_updates")


def kept_differences(connection: sqlite3.Connection, on_match: str) -> list[int]:
    """Return the lines that say something else than the purchases they mean, which were kept."""
    if on_match == "update":
        return []
    names = "purchased_on kind quantity amount order_number".split()
    staged = {name: f"s.{name}" for name in names} | {
        "product_id": "r.product_id", "currency": "g.currency",
        **{name: f"d.{name}" for name in ("description", "channel", "campaign", "external_id")},
    }  # fmt: skip
    differs = " OR ".join(f"({new} IS NOT NULL AND {new} <> p.{n})" for n, new in staged.items())
    rows = connection.execute(
        "SELECT DISTINCT s.line FROM temp.s_hits h CROSS JOIN temp.s_purchases s ON s.n = h.n"
        " CROSS JOIN purchases p ON p.id = h.purchase_id"
        " CROSS JOIN temp.s_goods g ON g.no = s.goods"
        " LEFT JOIN temp.s_products r ON r.no = g.product LEFT JOIN temp.s_details d ON d.n = s.n"
        f" WHERE {differs} ORDER BY s.line"
    )
    return [line for (line,) in rows.fetchall()]


def sold_orders(connection: sqlite3.Connection, orders: Sequence[str]) -> set[str]:
    """Return those of some order numbers that the store holds as sales without any return."""
    rows = connection.execute(
        "SELECT p.order_number FROM purchases p"
        " WHERE p.order_number IN (SELECT value FROM json_each(?))"
        " GROUP BY p.order_number HAVING max(p.kind = 'return') = 0",
        (json.dumps(orders),),
    )
    return {number for (number,) in rows.fetchall()}


def update_images(connection: sqlite3.Connection) -> Iterator[tuple[int, str]]:
    """Yield (purchase id, image) of the changes staged."""
    yield from connection.execute("SELECT purchase_id, image FROM temp.s_updates ORDER BY n")


def update_rows(connection: sqlite3.Connection) -> Iterator[list[Any]]:
    """Yield the values of ``UPDATE_COLUMNS`` followed by the purchase id."""
    for cells, purchase_id in connection.execute(
        "SELECT cells, purchase_id FROM temp.s_updates ORDER BY n"
    ):
        yield [*json.loads(cells), purchase_id]
