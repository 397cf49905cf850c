"""The SQL of what an import's customers leave: the contacts and keys they make, and what is to be
said of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crm_cli.store.staging import number

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

CONTACT_COLUMNS = ("id", "uid", "kind", "name", "folded", "role", "created_at", "updated_at")


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
            " (SELECT 1 FROM external_ids x WHERE x.value = s.value AND s.system = x.system))"
        ),
    ),
    (
        "emails",
        ("id", "contact_id", "value", "is_primary"),
        (
            "SELECT k.contact_id, k.email, k.place = 1"
            " AND NOT EXISTS (SELECT 1 FROM emails e WHERE e.contact_id = k.contact_id)"
            " FROM (SELECT s.contact_id, s.email,"
            "    row_number() OVER (PARTITION BY s.contact_id ORDER BY min(s.no)) AS place"
            "   FROM temp.s_customers s WHERE s.contact_id > 0 AND s.email IS NOT NULL"
            "    AND (s.is_new OR NOT EXISTS (SELECT 1 FROM emails e WHERE e.value = s.email))"
            "   GROUP BY s.contact_id, s.email) k"
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
    (
        "addresses",
        ("id", "contact_id", "street", "city", "region", "postcode", "country"),
        # The first one that the file tells of a new contact.
        (
            "SELECT a.contact_id, a.street, a.city, a.region, a.postcode, a.country FROM"
            " (SELECT s.contact_id, t.*,"
            "    row_number() OVER (PARTITION BY s.contact_id ORDER BY t.no) AS place"
            "   FROM temp.s_addresses t CROSS JOIN temp.s_customers s ON s.no = t.no"
            "  WHERE s.is_new AND s.contact_id > 0) a WHERE a.place = 1"
        ),
    ),
)
"""table, its columns, and the statement that yields what is to be added (without the id)."""

TOUCHED_CONTACTS = "SELECT DISTINCT contact_id FROM temp.s_customers WHERE contact_id > 0"


def numbered(sql: str) -> str:
    """Return a statement whose rows have an id from ``:first`` on before them."""
    return f"SELECT :first - 1 + row_number() OVER (), k.* FROM ({sql}) k"


_WARNINGS = {
    "name-differs": (
        "SELECT s.line AS line, c.id AS id FROM temp.s_customers s JOIN contacts c"
        " ON c.id = s.contact_id"
        " WHERE <taken> AND NOT s.is_new AND s.folded <> '' AND s.email IS NOT NULL"
        "   AND c.folded <> s.folded"
        "   AND c.name <> s.email AND EXISTS (SELECT 1 FROM emails e"
        "        WHERE e.contact_id = c.id AND e.value = s.email)"
    ),
    "archived": (
        "SELECT min(s.line) AS line, c.id AS id FROM temp.s_customers s JOIN contacts c"
        " ON c.id = s.contact_id WHERE <taken> AND NOT s.is_new AND c.archived_at IS NOT NULL"
        " GROUP BY c.id"
    ),
    "phone-differs": (
        "SELECT s.line AS line, (SELECT min(p.contact_id) FROM phones p WHERE p.value = s.phone)"
        " AS id FROM temp.s_customers s WHERE <taken> AND s.is_new AND s.phone IS NOT NULL"
        " AND s.folded <> '' AND EXISTS (SELECT 1 FROM phones p WHERE p.value = s.phone)"
        " AND NOT EXISTS (SELECT 1 FROM phones p JOIN contacts c ON c.id = p.contact_id"
        "                  WHERE p.value = s.phone AND c.folded = s.folded)"
    ),
    "matched-by-name": (
        "SELECT s.line AS line, s.contact_id AS id FROM temp.s_customers s"
        " WHERE <taken> AND s.contact_id > 0 AND NOT s.is_new"
        " AND s.folded <> '' AND s.uid IS NULL AND s.local_id IS NULL AND :by_name"
    ),
    "told-by-name": (
        "SELECT s.line AS line, NULL AS id FROM temp.s_customers s"
        " WHERE <taken> AND s.contact_id > 0 AND s.by_name = 1"
        " AND NOT :by_name"
    ),
    "namesake": (
        "SELECT s.line AS line, (SELECT min(c.id) FROM contacts c WHERE c.folded = s.folded"
        " AND c.archived_at IS NULL) AS id FROM temp.s_customers s"
        " WHERE <taken> AND s.is_new AND s.by_name"
        " AND EXISTS (SELECT 1 FROM contacts c WHERE c.folded = s.folded"
        "              AND c.archived_at IS NULL)"
    ),
}
"""kind -> the lines it concerns and the contact there; a customer told in several ways counts
for each."""


def customer_warnings(
    connection: sqlite3.Connection, *, by_name: bool
) -> Iterator[tuple[str, list[int], int, list[str]]]:
    """Yield (kind, first lines, count, contacts they concern) of what is to be said of customers
    whose rows are taken.

    ``by_name`` tells that names decided. Call it once the rows are matched.
    """
    taken = "1"
    if number(connection, "SELECT EXISTS (SELECT 1 FROM temp.s_rejects)"):
        taken = "s.no IN (SELECT customer FROM temp.s_purchases)"
    for kind, sql in _WARNINGS.items():
        found = connection.execute(
            "SELECT line, total, '#' || c.id || ' ' || c.name FROM"
            " (SELECT line, id, count(*) OVER () AS total"
            f"   FROM ({sql.replace('<taken>', taken)}) ORDER BY line LIMIT 5) f"
            " LEFT JOIN contacts c ON c.id = f.id ORDER BY line",
            {"by_name": by_name},
        ).fetchall()
        if found:
            named = [whom for _, _, whom in found if whom]
            yield kind, [line for line, _, _ in found], found[0][1], named
