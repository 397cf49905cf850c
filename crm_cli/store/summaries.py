"""Per-customer figures, recomputed from the purchases of the contacts a batch touched.

``customer_days``, ``customers`` and ``cohort_months`` save the reports work and never decide
anything: their definitions (order, day of an order, revenue) are those of the reports, and
``differences`` compares them with the purchases. Recomputing is set-wise: the touched contacts
are queued, their rows taken away and made anew, so its cost follows the change, not the file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3

    from crm_cli.store.batch import Batch


def month_of(day: str) -> str:
    """Return the SQL expression for the month number of a date text: year * 12 + month - 1."""
    return f"(substr({day}, 1, 4) * 12 + substr({day}, 6, 2) - 1)"


# -- which contacts -------------------------------------------------------------------------

_EVERYBODY = "SELECT 1 FROM summary_queue WHERE contact_id = 0"

# Contact 0 in the queue stands for everybody. An entry that added most purchases there are
# says so at once: whose they are is then read from an index and not from every row. Ids are
# never used twice, so that the highest is at least the number of rows.
_QUEUE = (
    """
    INSERT INTO summary_queue (contact_id)
    SELECT 0 WHERE 2 * (SELECT sum(last_id - first_id + 1) FROM changes
                         WHERE entry_id = :entry AND table_name = 'purchases' AND op = 'insert')
                   > (SELECT max(id) FROM purchases)
    """,
    f"""
    INSERT OR IGNORE INTO summary_queue (contact_id)
    SELECT DISTINCT p.contact_id FROM ({_EVERYBODY}) CROSS JOIN purchases p
    """,
    f"""
    INSERT OR IGNORE INTO summary_queue (contact_id)
    SELECT p.contact_id
      FROM changes c CROSS JOIN purchases p ON p.id BETWEEN c.first_id AND c.last_id
     WHERE c.entry_id = :entry AND c.table_name = 'purchases' AND c.op IN ('insert', 'update')
       AND NOT EXISTS ({_EVERYBODY})
    """,
    """
    INSERT OR IGNORE INTO summary_queue (contact_id)
    SELECT json_extract(c.image, '$.contact_id') FROM changes c
     WHERE c.entry_id = :entry AND c.table_name = 'purchases' AND c.op = 'delete'
    """,
    """
    INSERT OR IGNORE INTO summary_queue (contact_id)
    SELECT json_extract(c.image, '$.contact_id[0]') FROM changes c
     WHERE c.entry_id = :entry AND c.table_name = 'purchases' AND c.op = 'update'
       AND json_type(c.image, '$.contact_id') IS NOT NULL
    """,
)

# Where half of all customers are touched, everybody is too: the purchases are then read in one
# pass instead of being looked up, which costs several times as much a row.
_QUEUE_EVERYBODY = (
    """
    INSERT OR IGNORE INTO summary_queue (contact_id)
    SELECT 0 WHERE 2 * (SELECT count(*) FROM summary_queue)
                   > (SELECT coalesce(max(contact_id), 0) FROM customers)
    """,
    """
    INSERT OR IGNORE INTO summary_queue (contact_id)
    SELECT c.contact_id FROM summary_queue q CROSS JOIN customers c WHERE q.contact_id = 0
    """,
)

# -- from purchases to days -----------------------------------------------------------------

_QUEUED_LINES = (
    (
        f"(SELECT 1 WHERE NOT EXISTS ({_EVERYBODY})) CROSS JOIN summary_queue q"
        " CROSS JOIN purchases p ON p.contact_id = q.contact_id"
    ),
    f"({_EVERYBODY}) CROSS JOIN purchases p NOT INDEXED",
)
"""The purchases of the queued contacts in two ways, of which one finds nothing to do."""


def _lines_by_day(lines: str) -> str:
    """Sales and returns on their own day; a sale without an order number is an order.

    Not grouped: sorted by contact and day, each line finds its row where the one before did,
    in half the time of grouping by three keys of which two are texts.
    """
    return f"""
    SELECT p.contact_id, p.purchased_on, p.currency, {month_of("p.purchased_on")},
           p.kind = 'sale' AND p.order_number IS NULL,
           CASE p.kind WHEN 'sale' THEN p.amount ELSE -p.amount END
      FROM {lines}
     WHERE 1
     ORDER BY p.contact_id, p.purchased_on
    """


def _orders_by_day(lines: str) -> str:
    """Orders of several lines, each on the earliest of its days."""
    return f"""
    SELECT contact_id, day, currency, {month_of("day")}, count(*), 0
      FROM (SELECT p.contact_id AS contact_id, min(p.purchased_on) AS day,
                   p.currency AS currency
              FROM {lines}
             WHERE p.order_number IS NOT NULL AND p.kind = 'sale'
             GROUP BY p.contact_id, p.order_number)
     WHERE 1
     GROUP BY contact_id, day, currency
    """


_DAYS = "INSERT INTO customer_days (contact_id, day, currency, month, orders, revenue)"
_ADD = (
    " ON CONFLICT DO UPDATE SET orders = orders + excluded.orders,"
    " revenue = revenue + excluded.revenue"
)
_FILL_DAYS = tuple(
    f"{_DAYS} {source(lines)} {_ADD}"
    for source in (_lines_by_day, _orders_by_day)
    for lines in _QUEUED_LINES
)

# -- from days to customers -----------------------------------------------------------------


def _customers(days: str, key: str) -> str:
    # Looking the first and last order up costs less than a minimum of texts over all days.
    edge = (
        "(SELECT e.day FROM customer_days e WHERE e.contact_id = s.contact_id AND e.orders > 0"
        " ORDER BY e.day {} LIMIT 1)"
    )
    return f"""
    WITH sums AS (
        SELECT {key} AS contact_id, sum(d.orders) AS orders, sum(d.orders > 0) AS order_days,
               sum(d.revenue) AS revenue, min(d.currency) AS low, max(d.currency) AS high
          FROM {days} GROUP BY {key}
    ),
    spans AS MATERIALIZED (
        SELECT s.*, {edge.format("ASC")} AS first_on, {edge.format("DESC")} AS last_on
          FROM sums s
    )
    SELECT contact_id, first_on, last_on, {month_of("first_on")}, {month_of("last_on")},
           CAST(julianday(last_on) - 1721425.5 AS INTEGER), orders,
           CASE WHEN low = high THEN order_days ELSE
               (SELECT count(DISTINCT e.day) FROM customer_days e
                 WHERE e.contact_id = spans.contact_id AND e.orders > 0) END,
           CASE WHEN low = high THEN revenue END, CASE WHEN low = high THEN low END
      FROM spans
    """


# Grouped by the queue's key, which is read in order, no sort is needed.
_QUEUED_DAYS = "summary_queue q CROSS JOIN customer_days d ON d.contact_id = q.contact_id"
_CUSTOMER_COLUMNS = (
    "contact_id, first_on, last_on, first_month, last_month, last_day, orders, order_days,"
    " revenue, currency"
)
_FILL_CUSTOMERS = f"INSERT INTO customers ({_CUSTOMER_COLUMNS})" + _customers(
    _QUEUED_DAYS, "q.contact_id"
)

# -- from customers to cohorts --------------------------------------------------------------


_MONTHS = 120_000
"""More than any month's number: years have four digits."""


def _cohorts(customers: str) -> str:
    """Return what customers give to ``cohort_months``; ``previous``: the order before's month.

    The LIMIT keeps SQLite from merging the levels, which would look ``previous`` up again for
    every column that uses it. One number as the key sorts faster than two.
    """
    return f"""
    SELECT pair / {_MONTHS} AS cohort, pair % {_MONTHS} AS month,
           sum(orders > 0 AND previous IS NOT month) AS active,
           sum(orders > 0 AND previous / 3 IS NOT month / 3) AS opens_quarter,
           sum(orders > 0 AND previous / 12 IS NOT month / 12) AS opens_year,
           0 AS last, sum(revenue) AS revenue
      FROM (SELECT c.first_month * {_MONTHS} + d.month AS pair, d.month AS month,
                   d.orders AS orders, d.revenue AS revenue,
                   (SELECT b.month FROM customer_days b
                     WHERE b.contact_id = d.contact_id AND b.orders > 0
                       AND (b.day, b.currency) < (d.day, d.currency)
                     ORDER BY b.day DESC, b.currency DESC LIMIT 1) AS previous
              FROM {customers}
                   CROSS JOIN customer_days d ON d.contact_id = c.contact_id
             WHERE c.orders > 0
             LIMIT -1)
     GROUP BY pair
    """


def _lasts(customers: str) -> str:
    """Where customers' last orders lie, in the columns of ``_cohorts``."""
    return f"""
    SELECT c.first_month AS cohort, c.last_month AS month, 0 AS active, 0 AS opens_quarter,
           0 AS opens_year, count(*) AS last, 0 AS revenue
      FROM {customers} WHERE c.orders > 0 GROUP BY c.first_month, c.last_month
    """


_QUEUED_CUSTOMERS = "summary_queue q CROSS JOIN customers c ON c.contact_id = q.contact_id"
_COHORT_COLUMNS = ("active", "opens_quarter", "opens_year", "last", "revenue")


def _move_cohorts(sign: str) -> tuple[str, ...]:
    columns = ", ".join(_COHORT_COLUMNS)
    values = ", ".join(f"{sign}{name}" for name in _COHORT_COLUMNS)
    sets = ", ".join(f"{name} = {name} + excluded.{name}" for name in _COHORT_COLUMNS)
    return tuple(
        f"INSERT INTO cohort_months (cohort, month, {columns})"
        f" SELECT cohort, month, {values} FROM ({source}) WHERE 1"
        f" ON CONFLICT DO UPDATE SET {sets}"
        for source in (_cohorts(_QUEUED_CUSTOMERS), _lasts(_QUEUED_CUSTOMERS))
    )


_IS_FILLED = f"({' OR '.join(_COHORT_COLUMNS)})"
_DROP_EMPTY_COHORTS = f"DELETE FROM cohort_months WHERE NOT {_IS_FILLED}"


def recompute(batch: Batch, entry_id: int) -> None:
    """Append the statements that bring the summaries in line with an entry's purchases."""
    for sql in _QUEUE:
        batch.add(sql, {"entry": entry_id})
    _refill(batch)


def rebuild(batch: Batch) -> None:
    """Append the statements that make all summaries anew, whatever they hold now."""
    for table in ("cohort_months", "customers", "customer_days"):
        batch.add(f"DELETE FROM {table}")
    batch.add("INSERT OR IGNORE INTO summary_queue (contact_id) SELECT contact_id FROM purchases")
    _refill(batch)


def _refill(batch: Batch) -> None:
    for sql in _QUEUE_EVERYBODY:
        batch.add(sql)
    for sql in _move_cohorts("-"):
        batch.add(sql)
    for table in ("customers", "customer_days"):
        batch.add(f"DELETE FROM {table} WHERE contact_id IN (SELECT contact_id FROM summary_queue)")
    for sql in _FILL_DAYS:
        batch.add(sql)
    batch.add(_FILL_CUSTOMERS)
    for sql in _move_cohorts("+"):
        batch.add(sql)
    batch.add(_DROP_EMPTY_COHORTS)
    batch.add("DELETE FROM summary_queue")


# -- checking -------------------------------------------------------------------------------

_ALL_DAYS = f"""
SELECT contact_id, day, currency, {month_of("day")}, sum(orders), sum(revenue) FROM (
    SELECT contact_id, purchased_on AS day, currency, orders, revenue FROM (
        SELECT contact_id, purchased_on, currency,
               kind = 'sale' AND order_number IS NULL AS orders,
               CASE kind WHEN 'sale' THEN amount ELSE -amount END AS revenue FROM purchases)
    UNION ALL
    SELECT contact_id, min(purchased_on), currency, 1, 0 FROM purchases
     WHERE kind = 'sale' AND order_number IS NOT NULL GROUP BY contact_id, order_number
) GROUP BY 1, 2, 3
"""

_ALL_COHORTS = f"""
SELECT * FROM (
    SELECT cohort, month, {", ".join(f"sum({name}) AS {name}" for name in _COHORT_COLUMNS)}
      FROM ({_cohorts("customers c")} UNION ALL {_lasts("customers c")})
     GROUP BY cohort, month)
 WHERE {_IS_FILLED}
"""


def differences(connection: sqlite3.Connection, limit: int = 20) -> list[str]:
    """Return a sentence for each summary row that is not what the purchases give.

    Empty when all is well. Reads every purchase; at most ``limit`` sentences a table.
    """
    checks = (
        ("customer_days", "contact_id, day, currency, month, orders, revenue", _ALL_DAYS),
        ("customers", _CUSTOMER_COLUMNS, _customers("customer_days d", "d.contact_id")),
        (
            "cohort_months",
            f"cohort, month, {', '.join(_COHORT_COLUMNS)}",
            _ALL_COHORTS,
        ),
    )
    found: list[str] = []
    for table, columns, source in checks:
        for missing, left, right in (
            (True, source, f"SELECT {columns} FROM {table}"),
            (False, f"SELECT {columns} FROM {table}", source),
        ):
            rows = connection.execute(
                f"SELECT * FROM ({left}) EXCEPT SELECT * FROM ({right}) LIMIT ?", (limit,)
            )
            word = "misses" if missing else "has wrongly"
            found += [f"{table} {word} {row}" for row in rows.fetchall()]
    return found
