"""The SQL of importing purchases: the staged tables, their products, and the rows to write.

Here and in the modules of customers and of matching, the store is only read and temporary
tables are written; what changes the store is a statement over these, run by the unit's batch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crm_cli.store.import_fields import TABLES as FIELD_TABLES
from crm_cli.store.import_purchase_match import CHANGED_ROWS
from crm_cli.store.staging import number

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Sequence

    from crm_cli.store.batch import Batch
    from crm_cli.store.import_purchase_match import Rows

TABLES = {
    # ``n`` counts what is staged in the file's order; ``goods`` is a product in a currency.
    "s_purchases": "n INTEGER PRIMARY KEY, line INTEGER, customer INTEGER, goods INTEGER,"
    " purchased_on TEXT, quantity INTEGER, amount INTEGER, fingerprint INTEGER,"
    " kind TEXT NOT NULL DEFAULT 'sale', order_number TEXT, is_extra INTEGER NOT NULL DEFAULT 0",
    "s_goods": "no INTEGER PRIMARY KEY, product INTEGER, currency TEXT",
    "s_details": "n INTEGER PRIMARY KEY, description TEXT, channel TEXT, campaign TEXT,"
    " external_id TEXT, uid TEXT, returns_uid TEXT",
    "s_customers": "no INTEGER PRIMARY KEY, uid TEXT, local_id INTEGER, system TEXT COLLATE NOCASE,"
    " value TEXT, email TEXT, phone TEXT, phone_raw TEXT, name TEXT, folded TEXT, line INTEGER,"
    " by_name INTEGER, contact_id INTEGER, is_new INTEGER, leader INTEGER,"
    " rank INTEGER",
    "s_addresses": "no INTEGER PRIMARY KEY, street TEXT, city TEXT, region TEXT, postcode TEXT,"
    " country TEXT",
    "s_conflicts": "no INTEGER PRIMARY KEY, why TEXT",
    "s_products": "no INTEGER PRIMARY KEY, sku TEXT, name TEXT, folded TEXT, line INTEGER,"
    " product_id INTEGER, is_new INTEGER",
    "s_keys": "key TEXT PRIMARY KEY, no INTEGER",
    "s_hits": "n INTEGER PRIMARY KEY, purchase_id INTEGER",
    "s_new": "id INTEGER PRIMARY KEY, n INTEGER",
    "s_updates": "n INTEGER PRIMARY KEY, purchase_id INTEGER, image TEXT, cells TEXT",
    "s_who": "customer INTEGER PRIMARY KEY, contact_id INTEGER NOT NULL",
    "s_what": "goods INTEGER PRIMARY KEY, product_id INTEGER, currency TEXT NOT NULL",
    "s_buyers": "contact_id INTEGER PRIMARY KEY",
    "s_names": "contact_id INTEGER PRIMARY KEY, name TEXT, folded TEXT, uid TEXT",
    **FIELD_TABLES,
}

PLAIN_COLUMNS = (
    "n", "line", "customer", "goods", "purchased_on", "quantity", "amount", "fingerprint",
)  # fmt: skip
"""What a plain sale tells: staging a row costs what its columns cost."""

PRODUCT_COLUMNS = ("id", "uid", "sku", "name", "folded")
PURCHASE_COLUMNS = (
    "id", "uid", "contact_id", "purchased_on", "kind", "order_number", "product_id",
    "description", "quantity", "amount", "currency", "channel", "campaign", "external_id",
    "fingerprint", "returns_id",
)  # fmt: skip


def forget_unused(connection: sqlite3.Connection) -> None:
    """Take out rejected rows, and customers and products that only they named: nobody makes
    them."""
    connection.execute(
        "DELETE FROM temp.s_purchases WHERE line IN (SELECT line FROM temp.s_rejects)"
    )
    for table, column, used in (
        ("s_customers", "no", "SELECT customer FROM temp.s_purchases"),
        ("s_goods", "no", "SELECT goods FROM temp.s_purchases"),
        ("s_products", "no", "SELECT product FROM temp.s_goods WHERE product IS NOT NULL"),
    ):
        connection.execute(f"DELETE FROM temp.{table} WHERE {column} NOT IN ({used})")


def date_returns(connection: sqlite3.Connection) -> None:
    """Give returns without a day that of their order, in this file or in the store, and reject
    those whose order nobody knows or several contacts have."""
    execute = connection.execute
    if not number(
        connection, "SELECT EXISTS (SELECT 1 FROM temp.s_purchases WHERE purchased_on IS NULL)"
    ):
        return
    wanted = "SELECT order_number FROM temp.s_purchases WHERE purchased_on IS NULL"
    for table, known in (
        ("temp.s_purchases", "1"),
        ("purchases", "min(contact_id) = max(contact_id)"),
    ):
        orders = (
            f"SELECT order_number, min(purchased_on) AS day FROM {table}"
            f" WHERE kind = 'sale' AND order_number IN ({wanted})"
            f" GROUP BY order_number HAVING {known}"
        )
        execute(
            f"UPDATE temp.s_purchases AS s SET purchased_on = o.day FROM ({orders}) o"
            " WHERE s.purchased_on IS NULL AND s.order_number = o.order_number"
        )
    execute(
        "INSERT OR IGNORE INTO temp.s_rejects (line, field, reason)"
        " SELECT line, 'on', 'has no date, and no order ' || order_number || ' to take it from'"
        " FROM temp.s_purchases WHERE purchased_on IS NULL"
    )


def rows_after(connection: sqlite3.Connection, day: str) -> tuple[list[int], int]:
    """Return (first lines, count) of the rows dated after a day."""
    found = connection.execute(
        "SELECT line, count(*) OVER () FROM temp.s_purchases"
        " WHERE purchased_on > ? AND NOT is_extra ORDER BY n LIMIT 5",
        (day,),
    ).fetchall()
    return [line for line, _ in found], found[0][1] if found else 0


def resolve_products(
    connection: sqlite3.Connection, first_id: Callable[[int], int]
) -> tuple[int, int] | None:
    """Give every staged product its record: by SKU, then by whole name; the rest are new.

    Returns (first id, count) of new ones.
    """
    execute = connection.execute
    for sql in (
        "SELECT p.id FROM products p WHERE p.sku = s.sku ORDER BY p.is_active DESC, p.id LIMIT 1",
        (
            "SELECT p.id FROM products p WHERE p.folded = s.folded"
            " AND (s.sku IS NULL OR p.sku IS NULL) ORDER BY p.is_active DESC, p.id LIMIT 1"
        ),
        (
            "SELECT p.id FROM products p WHERE s.sku IS NULL AND p.sku = s.name"
            " ORDER BY p.is_active DESC, p.id LIMIT 1"
        ),
    ):
        execute(f"UPDATE temp.s_products AS s SET product_id = ({sql}) WHERE s.product_id IS NULL")
    execute("UPDATE temp.s_products SET is_new = 1 WHERE product_id IS NULL")
    group = "SELECT min(no) FROM temp.s_products WHERE is_new GROUP BY coalesce(sku, folded)"
    count = number(connection, f"SELECT count(*) FROM ({group})")
    if not count:
        return None
    first = first_id(count)
    execute(
        "UPDATE temp.s_products AS s SET product_id = g.id FROM"
        " (SELECT coalesce(sku, folded) AS key,"
        "         :first - 1 + row_number() OVER (ORDER BY min(no)) AS id"
        "    FROM temp.s_products WHERE is_new GROUP BY coalesce(sku, folded)) g"
        " WHERE s.is_new AND coalesce(s.sku, s.folded) = g.key",
        {"first": first},
    )
    return first, count


NEW_PRODUCTS = """
SELECT product_id, :prefix || printf('%011x', product_id), sku, name, folded
  FROM (SELECT *, min(no) FROM temp.s_products WHERE is_new GROUP BY product_id)
 ORDER BY product_id
"""
"""Rows of new products in the order of ``PRODUCT_COLUMNS``; ``:prefix``."""


LIFTED = "t.role = 'prospect' AND t.id IN (SELECT contact_id FROM temp.s_buyers)"
"""Prospects among the buyers of this file (``t`` is the contact)."""


_NOT_THERE = "NOT EXISTS (SELECT 1 FROM temp.s_hits h WHERE h.n = s.n)"


def number_rows(connection: sqlite3.Connection, first: int, rows: Rows, *, with_ids: bool) -> None:
    """Find who buys and what new contacts are called, and ``with_ids`` give new rows their ids
    in the file's order."""
    execute = connection.execute
    # Narrow copies: every row looks its customer up, in no order.
    execute(
        "INSERT INTO temp.s_who SELECT no, contact_id FROM temp.s_customers WHERE contact_id > 0"
    )
    execute(
        "INSERT INTO temp.s_what SELECT g.no, r.product_id, g.currency FROM temp.s_goods g"
        " LEFT JOIN temp.s_products r ON r.no = g.product"
    )
    new = "1" if rows.is_dense else _NOT_THERE
    if with_ids:
        execute(
            "INSERT INTO temp.s_new (id, n) SELECT :first - 1 + row_number() OVER (ORDER BY s.n),"
            f" s.n FROM temp.s_purchases s WHERE {new} ORDER BY s.n",
            {"first": first},
        )
    only_sales = rows.is_dense and not number(
        connection, "SELECT EXISTS (SELECT 1 FROM temp.s_purchases WHERE kind <> 'sale')"
    )
    execute(
        "INSERT OR IGNORE INTO temp.s_buyers SELECT contact_id FROM temp.s_customers"
        if only_sales
        else "INSERT OR IGNORE INTO temp.s_buyers SELECT c.contact_id FROM"
        f" (SELECT DISTINCT s.customer FROM temp.s_purchases s WHERE s.kind = 'sale' AND {new}) b"
        " JOIN temp.s_customers c ON c.no = b.customer WHERE c.contact_id > 0"
    )
    name_contacts(connection)


def name_contacts(connection: sqlite3.Connection) -> None:
    """Find what new contacts are called: the first name the file gives, else the address, the
    number or the phone."""
    connection.execute(
        """
        INSERT OR IGNORE INTO temp.s_names
        SELECT contact_id,
               coalesce(name, email, 'Customer ' || value, phone_raw, 'Customer ' || uid),
               CASE WHEN name IS NOT NULL THEN folded
                    ELSE lower(coalesce(email, 'Customer ' || value, phone_raw,
                                        'Customer ' || uid)) END,
               (SELECT max(u.uid) FROM temp.s_customers u WHERE u.leader = s.leader)
          FROM temp.s_customers s WHERE is_new
         ORDER BY contact_id, name IS NULL, no
        """
    )


def keep_records(connection: sqlite3.Connection) -> None:
    """Note which purchase each row became or meant, for its custom fields; ``number_rows`` gave
    the ids."""
    connection.execute("INSERT INTO temp.s_field_new SELECT n, id FROM temp.s_new")
    connection.execute("INSERT INTO temp.s_field_rows SELECT n, purchase_id FROM temp.s_hits")


def rows_unchanged(connection: sqlite3.Connection, rows: Sequence[int]) -> int:
    """Return how many of some rows change no cell of their purchase, nor bring a refund."""
    return len(set(rows) - {n for (n,) in connection.execute(CHANGED_ROWS)})


def new_purchases(
    connection: sqlite3.Connection, *, with_ids: bool, with_details: bool, with_returns: bool
) -> str:
    """Return the statement that yields the rows of new purchases (``:first``, ``:prefix``) in
    the order of ``PURCHASE_COLUMNS``.

    ``with_ids`` tells that ``number_rows`` gave the ids; else every staged row is new, and its
    number in the file is its place after ``:first``.
    """
    uid = ":prefix || printf('%011x', w.id)"
    details, returns = "NULL, NULL, NULL", "NULL"
    columns = (
        "s.n, c.contact_id, s.purchased_on, s.kind, s.order_number, g.product_id, s.quantity,"
        " s.amount, g.currency, s.fingerprint"
    )
    joins = (
        "CROSS JOIN temp.s_who c ON c.customer = s.customer"
        " CROSS JOIN temp.s_what g ON g.goods = s.goods"
    )
    description = "NULL"
    if with_details:
        uid = f"coalesce(w.uid, {uid})"
        description, details = "w.description", "w.channel, w.campaign, w.external_id"
        columns += ", d.description, d.channel, d.campaign, d.external_id, d.uid, d.returns_uid"
        joins += " LEFT JOIN temp.s_details d ON d.n = s.n"
    if with_returns:
        connection.execute("CREATE INDEX IF NOT EXISTS temp.s_details_uid ON s_details (uid)")
        connection.execute("CREATE INDEX temp.s_new_n ON s_new (n)")
        returns = (
            "coalesce((SELECT x.id FROM temp.s_details o JOIN temp.s_new x ON x.n = o.n"
            "           WHERE o.uid = w.returns_uid),"
            " (SELECT p.id FROM purchases p WHERE w.returns_uid IS NOT NULL"
            "   AND p.contact_id = w.contact_id AND p.uid = w.returns_uid))"
        )
    if with_ids:
        source = (
            f"SELECT x.id, {columns} FROM temp.s_new x"
            f" CROSS JOIN temp.s_purchases s ON s.n = x.n {joins} ORDER BY x.id"
        )
    else:
        source = f"SELECT :first - 1 + s.n AS id, {columns} FROM temp.s_purchases s {joins}"
    return f"""
        SELECT w.id, {uid}, w.contact_id, w.purchased_on, w.kind, w.order_number, w.product_id,
               {description}, coalesce(w.quantity, 1000), w.amount, w.currency, {details},
               w.fingerprint, {returns}
          FROM ({source}) w
    """


def add_reference_guard(batch: Batch, first: int, *, with_returns: bool) -> None:
    """Append the guard that whoever bought, and what, is there.

    Purchases from number ``first`` on take their references from these staged tables alone, so
    that they need not be looked up one by one (see ``staging.references_proven``).
    """
    broken = [
        "SELECT 1 FROM temp.s_who WHERE contact_id NOT IN (SELECT id FROM contacts)",
        (
            "SELECT 1 FROM temp.s_what WHERE product_id IS NOT NULL"
            " AND product_id NOT IN (SELECT id FROM products)"
        ),
    ]
    if with_returns:
        broken.append(
            "SELECT 1 FROM purchases WHERE id >= :first AND returns_id IS NOT NULL"
            " AND returns_id NOT IN (SELECT id FROM purchases)"
        )
    holds = " AND ".join(f"NOT EXISTS ({rows})" for rows in broken)
    batch.add(f"INSERT INTO guards (holds) SELECT {holds}", {"first": first})
    batch.add("DELETE FROM guards")
