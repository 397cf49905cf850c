"""Per-customer and per-customer-month figures, recomputed from the purchases a batch touched.

The definitions (order, day of an order, revenue) are those of the reports; ``customers`` and
``customer_months`` only save them the work. Recomputing is set-wise: the contacts an entry
touched are queued, their rows dropped and made anew.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crm_cli.store.batch import Batch

QUEUE_TOUCHED = """
INSERT OR IGNORE INTO summary_queue (contact_id)
SELECT p.contact_id
  FROM changes c JOIN purchases p ON p.id BETWEEN c.first_id AND c.last_id
 WHERE c.entry_id = :entry AND c.table_name = 'purchases' AND c.op IN ('insert', 'update')
UNION
SELECT json_extract(c.image, '$.contact_id')
  FROM changes c
 WHERE c.entry_id = :entry AND c.table_name = 'purchases' AND c.op = 'delete'
UNION
SELECT json_extract(c.image, '$.contact_id[0]')
  FROM changes c
 WHERE c.entry_id = :entry AND c.table_name = 'purchases' AND c.op = 'update'
   AND json_type(c.image, '$.contact_id') IS NOT NULL
"""

LINES = """
SELECT p.contact_id, p.kind, p.purchased_on, p.order_number, p.amount, p.currency
  FROM summary_queue q CROSS JOIN purchases p ON p.contact_id = q.contact_id
"""

FILL_MONTHS = f"""
INSERT INTO customer_months
       (contact_id, month, cohort, orders, revenue, opens_quarter, opens_year)
WITH lines AS ({LINES}),
events AS (
    SELECT contact_id, purchased_on AS day, kind = 'sale' AND order_number IS NULL AS orders,
           CASE kind WHEN 'sale' THEN amount ELSE -amount END AS revenue
      FROM lines
    UNION ALL
    SELECT contact_id, min(purchased_on), 1, 0
      FROM lines WHERE kind = 'sale' AND order_number IS NOT NULL
     GROUP BY contact_id, order_number
),
months AS (
    SELECT contact_id,
           CAST(substr(day, 1, 4) AS INTEGER) * 12 + CAST(substr(day, 6, 2) AS INTEGER) - 1
               AS month,
           sum(orders) AS orders, sum(revenue) AS revenue
      FROM events GROUP BY 1, 2
)
SELECT contact_id, month,
       min(month) FILTER (WHERE orders > 0) OVER (PARTITION BY contact_id),
       orders, revenue,
       orders > 0 AND sum(orders) OVER (
           PARTITION BY contact_id, month / 3 ORDER BY month) = orders,
       orders > 0 AND sum(orders) OVER (
           PARTITION BY contact_id, month / 12 ORDER BY month) = orders
  FROM months
"""

FILL_CUSTOMERS = f"""
INSERT INTO customers
       (contact_id, first_on, last_on, latest_on, orders, order_days, revenue, currency)
WITH lines AS ({LINES}),
orders AS (
    SELECT contact_id, min(purchased_on) AS day
      FROM lines WHERE kind = 'sale' AND order_number IS NOT NULL
     GROUP BY contact_id, order_number
    UNION ALL
    SELECT contact_id, purchased_on FROM lines WHERE kind = 'sale' AND order_number IS NULL
),
per_customer AS (
    SELECT contact_id, min(day) AS first_on, max(day) AS last_on, count(*) AS orders,
           count(DISTINCT day) AS order_days
      FROM orders GROUP BY contact_id
),
money AS (
    SELECT contact_id, max(purchased_on) AS latest_on,
           sum(CASE kind WHEN 'sale' THEN amount ELSE -amount END) AS revenue,
           min(currency) AS currency, min(currency) = max(currency) AS is_single
      FROM lines GROUP BY contact_id
)
SELECT m.contact_id, o.first_on, o.last_on, m.latest_on, coalesce(o.orders, 0),
       coalesce(o.order_days, 0), CASE WHEN is_single THEN revenue END,
       CASE WHEN is_single THEN currency END
  FROM money m LEFT JOIN per_customer o ON o.contact_id = m.contact_id
"""


def recompute(batch: Batch, entry_id: int) -> None:
    """Append the statements that bring the summaries in line with an entry's purchases."""
    batch.add(QUEUE_TOUCHED, {"entry": entry_id})
    for table in ("customers", "customer_months"):
        batch.add(
            f"DELETE FROM {table} WHERE contact_id IN (SELECT contact_id FROM summary_queue)"
        )
    batch.add(FILL_MONTHS)
    batch.add(FILL_CUSTOMERS)
    batch.add("DELETE FROM summary_queue")
