"""The SQL of importing purchases: staged customers, products and rows matched set-wise.

Everything here reads the store and writes temporary tables only; what changes the store is
streamed from them by the unit's batch.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from crm_cli.store.batch import Batch

TABLES = {
    # ``n`` counts what is staged in the file's order; ``goods`` is a product in a currency.
    "s_purchases": "n INTEGER PRIMARY KEY, line INTEGER, customer INTEGER, goods INTEGER,"
    " purchased_on TEXT, quantity INTEGER, amount INTEGER, fingerprint INTEGER,"
    " kind TEXT NOT NULL DEFAULT 'sale', order_number TEXT, is_extra INTEGER NOT NULL DEFAULT 0",
    "s_goods": "no INTEGER PRIMARY KEY, product INTEGER, currency TEXT",
    "s_details": "n INTEGER PRIMARY KEY, description TEXT, channel TEXT, campaign TEXT,"
    " external_id TEXT, uid TEXT, returns_uid TEXT",
    "s_customers": "no INTEGER PRIMARY KEY, uid TEXT, local_id INTEGER, system TEXT, value TEXT,"
    " email TEXT, phone TEXT, phone_raw TEXT, name TEXT, folded TEXT, line INTEGER,"
    " by_name INTEGER, contact_id INTEGER, is_new INTEGER, leader INTEGER",
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
}

PLAIN_COLUMNS = (
    "n", "line", "customer", "goods", "purchased_on", "quantity", "amount", "fingerprint",
)  # fmt: skip
"""What a plain sale tells: staging a row costs what its columns cost."""

UPDATE_COLUMNS = (
    "purchased_on", "kind", "order_number", "product_id", "description", "quantity", "amount",
    "currency", "channel", "campaign", "external_id",
)  # fmt: skip
FILLED = frozenset(
    {"order_number", "product_id", "description", "channel", "campaign", "external_id"}
)
"""Columns that may be empty, so that ``fill`` can fill them."""

CONTACT_COLUMNS = ("id", "uid", "kind", "name", "folded", "role", "created_at", "updated_at")
PRODUCT_COLUMNS = ("id", "uid", "sku", "name", "folded")
PURCHASE_COLUMNS = (
    "id", "uid", "contact_id", "purchased_on", "kind", "order_number", "product_id",
    "description", "quantity", "amount", "currency", "channel", "campaign", "external_id",
    "fingerprint", "returns_id",
)  # fmt: skip


def remember(connection: sqlite3.Connection, known: Iterable[tuple[str, int]]) -> None:
    """Keep key -> number of customers that no longer find room in memory."""
    connection.executemany("INSERT OR IGNORE INTO temp.s_keys VALUES (?, ?)", known)


def recall(connection: sqlite3.Connection, keys: Sequence[str]) -> dict[str, int]:
    """Return key -> number of those customers that ``remember`` kept."""
    marks = ", ".join("?" * len(keys))
    return dict(
        connection.execute(
            f"SELECT key, no FROM temp.s_keys WHERE key IN ({marks})", list(keys)
        ).fetchall()
    )


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


# -- customers ----------------------------------------------------------------------------------


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
         WHERE x.value = s.value AND x.system = s.system
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
    for way in ("uid", "local", *ways):
        connection.execute(
            f"UPDATE temp.s_customers AS s SET contact_id = ({_RESOLVE[way]})"
            f" WHERE s.contact_id IS NULL AND {_ASKED[way]}"
        )
    _reject_unknown(connection, _NOT_TO_MAKE)
    if "name" in ways:
        _reject_unknown(connection, _NAMESAKES)
    found = _count(connection, "SELECT count(*) FROM temp.s_customers WHERE contact_id > 0")
    if found:
        _follow_found(connection)
    _reject_conflicts(connection, numbers_first=ways[0] == "external-id")
    if not create:
        _reject_unknown(connection, _NOBODY)
    created, first = _number_new(connection, first_id, by_name="name" in ways)
    return Customers(found, created, first)


def _follow_found(connection: sqlite3.Connection) -> None:
    """Who shares a number or an address with a found customer of the file is the same.

    So the file means the same the second time, when the number is in the store.
    """
    changed = True
    while changed:
        changed = False
        for keys in ("system, value", "email"):
            # Joined by number, as in ``_number_new``.
            done = connection.execute(
                "UPDATE temp.s_customers AS s SET contact_id = g.id FROM"
                " (SELECT no, min(contact_id) OVER (PARTITION BY "
                f"{keys}) AS id FROM temp.s_customers"
                f"   WHERE contact_id IS NOT 0 AND {keys.split(', ')[-1]} IS NOT NULL) g"
                " WHERE s.no = g.no AND s.contact_id IS NULL AND g.id IS NOT NULL"
            ).rowcount
            changed |= done > 0


def _reject_conflicts(connection: sqlite3.Connection, *, numbers_first: bool) -> None:
    """Reject the rows of customers whose address or number is another living contact's.

    ``numbers_first``: a number decided before anything but our own ids did, so that only beside
    these it can be another's.
    """
    by_own_id = "(s.uid IS NOT NULL OR s.local_id IS NOT NULL)"
    for field, shown, table, same, asked in (
        ("email", "s.email", "emails", "o.value = s.email", "s.email IS NOT NULL"),
        (
            "customer", "s.system || ':' || s.value", "external_ids",
            "o.value = s.value AND o.system = s.system",
            f"s.value IS NOT NULL AND {by_own_id if numbers_first else 1}",
        ),
    ):  # fmt: skip
        connection.execute("DELETE FROM temp.s_conflicts")
        connection.execute(
            "INSERT OR IGNORE INTO temp.s_conflicts SELECT s.no,"
            f" {shown} || ' belongs to another contact (#' || c.id || ' ' || c.name || ')' AS why"
            f"  FROM temp.s_customers s CROSS JOIN {table} o ON {same}"
            "  CROSS JOIN contacts c ON c.id = o.contact_id AND c.archived_at IS NULL"
            f" WHERE {asked} AND s.contact_id IS NOT 0 AND o.contact_id IS NOT s.contact_id"
            f"   AND NOT EXISTS (SELECT 1 FROM {table} o WHERE {same}"
            "                    AND o.contact_id = s.contact_id)"
            " ORDER BY s.no, c.id"
        )
        if not _count(connection, "SELECT count(*) FROM temp.s_conflicts"):
            continue
        connection.execute(
            "INSERT OR IGNORE INTO temp.s_rejects (line, field, reason)"
            f" SELECT p.line, '{field}', x.why FROM temp.s_purchases p JOIN temp.s_conflicts x"
            " ON x.no = p.customer"
        )
        connection.execute(
            "UPDATE temp.s_customers SET contact_id = 0"
            " WHERE no IN (SELECT no FROM temp.s_conflicts)"
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
        "'no customer ' || iif(s.by_name, s.name,"
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
    for keys, condition in (*_GROUPS, *((("folded", "folded <> ''"),) if by_name else ())):
        execute(
            # Joined by number: a join by the keys would compare every customer with every other.
            "UPDATE temp.s_customers AS s SET leader = g.first FROM"
            f" (SELECT no, min(no) OVER (PARTITION BY {keys}) AS first FROM temp.s_customers"
            f"   WHERE is_new AND {condition}) g"
            " WHERE s.no = g.no AND s.leader = s.no AND g.first < g.no"
        )
    while execute(
        "UPDATE temp.s_customers AS s SET leader = l.leader FROM temp.s_customers l"
        " WHERE s.is_new AND l.no = s.leader AND l.leader <> l.no"
    ).rowcount:
        pass
    execute("CREATE INDEX temp.s_customers_leader ON s_customers (leader)")
    count = _count(connection, "SELECT count(*) FROM temp.s_customers WHERE is_new AND leader = no")
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


_WARNINGS = {
    "name-differs": (
        "SELECT s.line AS line FROM temp.s_customers s JOIN contacts c ON c.id = s.contact_id"
        " WHERE NOT s.is_new AND s.folded <> '' AND s.email IS NOT NULL AND c.folded <> s.folded"
        "   AND c.name <> s.email AND EXISTS (SELECT 1 FROM emails e"
        "        WHERE e.contact_id = c.id AND e.value = s.email)"
    ),
    "archived": (
        "SELECT min(s.line) AS line FROM temp.s_customers s JOIN contacts c"
        " ON c.id = s.contact_id WHERE NOT s.is_new AND c.archived_at IS NOT NULL GROUP BY c.id"
    ),
    "phone-differs": (
        "SELECT s.line AS line FROM temp.s_customers s WHERE s.is_new AND s.phone IS NOT NULL"
        " AND s.folded <> '' AND EXISTS (SELECT 1 FROM phones p WHERE p.value = s.phone)"
        " AND NOT EXISTS (SELECT 1 FROM phones p JOIN contacts c ON c.id = p.contact_id"
        "                  WHERE p.value = s.phone AND c.folded = s.folded)"
    ),
    "matched-by-name": (
        "SELECT s.line AS line FROM temp.s_customers s WHERE s.contact_id > 0 AND NOT s.is_new"
        " AND s.folded <> '' AND s.uid IS NULL AND s.local_id IS NULL AND :by_name"
    ),
    "told-by-name": (
        "SELECT s.line AS line FROM temp.s_customers s WHERE s.contact_id > 0 AND s.by_name"
        " AND NOT :by_name"
    ),
}
"""kind -> the lines it concerns; a customer told in several ways counts for each."""


def customer_warnings(
    connection: sqlite3.Connection, *, by_name: bool
) -> Iterator[tuple[str, list[int], int]]:
    """Yield (kind, first lines, count) of what is to be said of customers whose rows are taken.

    ``by_name`` tells that names decided. Call it once the rows are matched.
    """
    taken = ""
    if _count(connection, "SELECT EXISTS (SELECT 1 FROM temp.s_rejects)"):
        taken = " AND s.no IN (SELECT customer FROM temp.s_purchases)"
    for kind, sql in _WARNINGS.items():
        told = sql.replace(" WHERE ", f" WHERE 1{taken} AND ", 1)
        found = connection.execute(
            f"SELECT line, count(*) OVER () FROM ({told}) ORDER BY line LIMIT 5",
            {"by_name": by_name},
        ).fetchall()
        if found:
            yield kind, [line for line, _ in found], found[0][1]


def rows_after(connection: sqlite3.Connection, day: str) -> tuple[list[int], int]:
    """Return (first lines, count) of the rows dated after a day."""
    found = connection.execute(
        "SELECT line, count(*) OVER () FROM temp.s_purchases"
        " WHERE purchased_on > ? AND NOT is_extra ORDER BY n LIMIT 5",
        (day,),
    ).fetchall()
    return [line for line, _ in found], found[0][1] if found else 0


NEW_CONTACTS = """
SELECT g.contact_id, coalesce(g.uid, :prefix || printf('%011x', g.contact_id)),
       'person', g.name, g.folded,
       CASE WHEN b.contact_id IS NULL THEN 'prospect' ELSE 'customer' END, :at, :at
  FROM temp.s_names g LEFT JOIN temp.s_buyers b ON b.contact_id = g.contact_id
 ORDER BY g.contact_id
"""
"""Rows of new contacts in the order of ``CONTACT_COLUMNS``; ``:prefix`` and ``:at``."""


CONTACT_KEYS: tuple[tuple[str, tuple[str, ...], str], ...] = (
    (
        "external_ids",
        ("id", "contact_id", "system", "value"),
        (
            "SELECT DISTINCT s.contact_id, s.system, s.value FROM temp.s_customers s"
            " WHERE s.contact_id > 0 AND s.value IS NOT NULL AND (s.is_new OR NOT EXISTS"
            " (SELECT 1 FROM external_ids x WHERE x.value = s.value AND x.system = s.system))"
        ),
    ),
    (
        "emails",
        ("id", "contact_id", "value", "is_primary"),
        (
            "SELECT s.contact_id, s.email, s.no = (SELECT min(f.no) FROM temp.s_customers f"
            " WHERE f.leader = s.leader AND f.email IS NOT NULL)"
            " FROM temp.s_customers s WHERE s.is_new AND s.email IS NOT NULL"
            " GROUP BY s.contact_id, s.email"
        ),
    ),
    (
        "phones",
        ("id", "contact_id", "value", "raw", "is_primary"),
        (
            "SELECT s.contact_id, s.phone, s.phone_raw, s.no = (SELECT min(f.no)"
            " FROM temp.s_customers f WHERE f.leader = s.leader AND f.phone_raw IS NOT NULL)"
            " FROM temp.s_customers s WHERE s.is_new AND s.phone_raw IS NOT NULL"
            " GROUP BY s.contact_id, coalesce(s.phone, s.phone_raw)"
        ),
    ),
)
"""table, its columns, and the statement that yields what is to be added (without the id)."""

TOUCHED_CONTACTS = "SELECT DISTINCT contact_id FROM temp.s_customers WHERE contact_id > 0"


def numbered(sql: str) -> str:
    """Return a statement whose rows have an id from ``:first`` on before them."""
    return f"SELECT :first - 1 + row_number() OVER (), k.* FROM ({sql}) k"


# -- products -------------------------------------------------------------------------------------


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
    count = _count(connection, f"SELECT count(*) FROM ({group})")
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


# -- rows -----------------------------------------------------------------------------------------


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
    connection: sqlite3.Connection, *, with_uid: bool, on_match: str, find_fingerprints: bool
) -> Rows:
    """Find the rows that are in the store, or were and are not to come back."""
    execute = connection.execute
    if with_uid:
        execute("CREATE INDEX temp.s_details_uid ON s_details (uid)")
        execute(
            "INSERT OR IGNORE INTO temp.s_hits SELECT s.n, p.id FROM purchases p"
            " CROSS JOIN temp.s_details s ON s.uid = p.uid"
        )
    if find_fingerprints:
        _match_fingerprints(connection)
    rejected = _count(connection, "SELECT count(*) FROM temp.s_rejects") > 0
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
    # A row changes what is there by itself, or by its order's refund, new or grown.
    updated = _count(
        connection,
        "SELECT count(DISTINCT o.n) FROM temp.s_purchases s JOIN temp.s_purchases o"
        " ON o.n = s.n - s.is_extra JOIN temp.s_hits h ON h.n = o.n"
        " WHERE s.n IN (SELECT n FROM temp.s_updates)"
        " OR (s.is_extra AND s.n NOT IN (SELECT n FROM temp.s_hits))"
        if changed or _count(connection, "SELECT max(is_extra) FROM temp.s_purchases")
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
    return _count(connection, "SELECT count(*) FROM temp.s_updates")


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
    only_sales = rows.is_dense and not _count(
        connection, "SELECT EXISTS (SELECT 1 FROM temp.s_purchases WHERE kind <> 'sale')"
    )
    execute(
        "INSERT OR IGNORE INTO temp.s_buyers SELECT contact_id FROM temp.s_customers"
        if only_sales
        else "INSERT OR IGNORE INTO temp.s_buyers SELECT c.contact_id FROM"
        f" (SELECT DISTINCT s.customer FROM temp.s_purchases s WHERE s.kind = 'sale' AND {new}) b"
        " JOIN temp.s_customers c ON c.no = b.customer WHERE c.contact_id > 0"
    )
    # The first name the file gives, else the address, the number or the phone.
    execute(
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


def _count(connection: sqlite3.Connection, sql: str) -> int:
    (value,) = connection.execute(sql).fetchone()
    return int(value or 0)
