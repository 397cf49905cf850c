"""The SQL of entry checks: who shares a value, and every value of a field."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crm_cli.domain.custom_field import BUILT_IN, COLUMN_OF, Field, Value
from crm_cli.store.import_contact_match import drop_rejected
from crm_cli.store.import_fields import index

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

ADDRESS = frozenset({"street", "city", "region", "postcode"})
"""Fields of a contact that stand in its addresses."""

_COLUMN = {"order": "order_number"}


def holders(
    connection: sqlite3.Connection, field: Field, value: Value, *, but: int | None = None
) -> list[int]:
    """Return the records with a value of a field, without the one that may have it."""
    column = COLUMN_OF[field.noun]
    rows = connection.execute(
        f"SELECT {column} FROM field_values WHERE field_id = ? AND folded IS ? AND number IS ?"
        f" AND {column} IS NOT ? ORDER BY {column} LIMIT 20",
        (field.id, value.folded, value.number, but),
    )
    return [record_id for (record_id,) in rows.fetchall()]


def values_of(connection: sqlite3.Connection, field: Field) -> Iterator[tuple[int, Value]]:
    """Yield (record, value) of every value of a field, a record's own one included."""
    if field.kind != BUILT_IN:
        rows = connection.execute(
            f"SELECT {COLUMN_OF[field.noun]}, text, folded, number, currency FROM field_values"
            " WHERE field_id = ? ORDER BY 1",
            (field.id,),
        )
        for record_id, *cells in rows:
            yield record_id, Value(*cells)
        return
    column = _COLUMN.get(field.key, field.key)
    sql = f"SELECT id, {column} FROM {field.noun}s WHERE {column} IS NOT NULL ORDER BY id"
    if field.noun == "contact" and field.key in ADDRESS:
        sql = (
            f"SELECT contact_id, {column} FROM addresses WHERE {column} IS NOT NULL"
            " ORDER BY contact_id, id"
        )
    for record_id, text in connection.execute(sql):
        yield record_id, Value(text=text)


def shared(connection: sqlite3.Connection, field: Field) -> dict[int, int]:
    """Return record -> the first record with the same value of a field, for all that are not the
    first."""
    column = COLUMN_OF[field.noun]
    rows = connection.execute(
        f"SELECT {column}, first FROM (SELECT {column},"
        f" min({column}) OVER (PARTITION BY folded, number) AS first FROM field_values"
        f" WHERE field_id = ?) WHERE {column} <> first",
        (field.id,),
    )
    return dict(rows.fetchall())


# -- imports --------------------------------------------------------------------------------------


_SAME = "e.folded IS {0}.folded AND e.number IS {0}.number"


def reject_shared_contacts(connection: sqlite3.Connection, field: Field) -> None:
    """Reject the staged rows of contacts with a value that is another contact's already, or that
    an earlier row gives to another."""
    named: dict[str, Any] = {"field": field.id, "key": field.key}
    connection.execute(
        "INSERT OR IGNORE INTO temp.s_rejects SELECT r.line, :key,"
        " 'belongs to another contact (#' || c.id || ' ' || c.name || ')'"
        "  FROM temp.s_fields e CROSS JOIN field_values v ON v.field_id = e.field_id"
        f"   AND {_SAME.format('v')}"
        " CROSS JOIN contacts c ON c.id = v.contact_id CROSS JOIN temp.s_target t ON t.n = e.n"
        " CROSS JOIN temp.s_rows r ON r.n = e.n"
        " WHERE e.field_id = :field AND v.contact_id IS NOT t.contact_id ORDER BY c.id",
        named,
    )
    drop_rejected(connection)
    connection.execute(
        "INSERT OR IGNORE INTO temp.s_rejects SELECT r.line, :key,"
        " 'belongs to another contact (line ' || f.line || ')'"
        f"  FROM ({_repeated('temp.s_fields x JOIN temp.s_target y ON y.n = x.n')}) g"
        " JOIN temp.s_target o ON o.n = g.first JOIN temp.s_rows f ON f.n = g.first"
        f" JOIN temp.s_fields e ON e.field_id = :field AND {_SAME.format('g')}"
        " JOIN temp.s_target t ON t.n = e.n JOIN temp.s_rows r ON r.n = e.n"
        " WHERE t.contact_id IS NOT o.contact_id OR t.first_n IS NOT o.first_n",
        named,
    )
    drop_rejected(connection)


def _repeated(source: str) -> str:
    """Return the SELECT of values that stand in several rows, with the first of these."""
    return (
        f"SELECT x.folded, x.number, min(x.n) AS first FROM {source}"
        " WHERE x.field_id = :field GROUP BY x.folded, x.number HAVING min(x.n) <> max(x.n)"
    )


def reject_repeated_purchases(connection: sqlite3.Connection, field: Field) -> None:
    """Reject the staged rows of purchases with a value that an earlier row has, each row being a
    purchase of its own, or that a purchase of the store has which is plainly another."""
    named: dict[str, Any] = {"field": field.id, "key": field.key}
    connection.execute(
        f"{_OF_PURCHASE} CROSS JOIN purchases p ON p.id = v.purchase_id"
        " LEFT JOIN temp.s_details d ON d.n = e.n"
        " WHERE e.field_id = :field AND p.fingerprint IS NOT s.fingerprint AND p.uid IS NOT d.uid",
        named,
    )
    left = (
        "temp.s_fields x JOIN temp.s_purchases y ON y.n = x.n"
        " AND y.line NOT IN (SELECT line FROM temp.s_rejects)"
    )
    connection.execute(
        "INSERT OR IGNORE INTO temp.s_rejects SELECT s.line, :key,"
        " 'belongs to another purchase (line ' || f.line || ')'"
        f"  FROM ({_repeated(left)}) g JOIN temp.s_purchases f ON f.n = g.first"
        f" JOIN temp.s_fields e ON e.field_id = :field AND {_SAME.format('g')} AND e.n > g.first"
        " JOIN temp.s_purchases s ON s.n = e.n",
        named,
    )


def reject_shared_purchases(connection: sqlite3.Connection, field: Field) -> None:
    """Reject the staged rows, matched by now, whose value another purchase of the store has."""
    connection.execute(
        f"{_OF_PURCHASE} LEFT JOIN temp.s_hits h ON h.n = e.n"
        " WHERE e.field_id = :field AND v.purchase_id IS NOT h.purchase_id",
        {"field": field.id, "key": field.key},
    )


_OF_PURCHASE = (
    "INSERT OR IGNORE INTO temp.s_rejects SELECT s.line, :key,"
    " 'belongs to another purchase (#' || v.purchase_id || ')'"
    "  FROM temp.s_fields e CROSS JOIN temp.s_purchases s ON s.n = e.n"
    f" CROSS JOIN field_values v ON v.field_id = e.field_id AND {_SAME.format('v')}"
)


def reject_shared_leads(connection: sqlite3.Connection, field: Field) -> None:
    """Reject the staged rows of leads, matched by now, with a value that another lead has or an
    earlier row gives to another."""
    named: dict[str, Any] = {"field": field.id, "key": field.key}
    connection.execute(
        "INSERT OR IGNORE INTO temp.s_rejects SELECT s.line, :key,"
        " 'belongs to another lead (#' || v.lead_id || ')'"
        "  FROM temp.l_fields e CROSS JOIN temp.l_leads s ON s.n = e.n"
        f" CROSS JOIN field_values v ON v.field_id = e.field_id AND {_SAME.format('v')}"
        " LEFT JOIN temp.l_hits h ON h.n = e.n WHERE e.field_id = :field"
        "  AND v.lead_id IS NOT NULL AND v.lead_id IS NOT h.lead_id AND h.first_n IS NULL",
        named,
    )
    left = (
        "temp.l_fields x JOIN temp.l_leads y ON y.n = x.n"
        " AND y.line NOT IN (SELECT line FROM temp.s_rejects)"
        " AND x.n NOT IN (SELECT n FROM temp.l_hits WHERE first_n IS NOT NULL)"
    )
    connection.execute(
        "INSERT OR IGNORE INTO temp.s_rejects SELECT s.line, :key,"
        " 'belongs to another lead (line ' || f.line || ')'"
        f"  FROM ({_repeated(left)}) g JOIN temp.l_leads f ON f.n = g.first"
        f" JOIN temp.l_fields e ON e.field_id = :field AND {_SAME.format('g')} AND e.n > g.first"
        " JOIN temp.l_leads s ON s.n = e.n LEFT JOIN temp.l_hits h ON h.n = e.n"
        " WHERE h.first_n IS NULL",
        named,
    )


def staged_values(connection: sqlite3.Connection, n: int, field_id: int) -> list[Value]:
    """Return the values of a field that a staged row has: one, or none."""
    index(connection)
    rows = connection.execute(
        "SELECT text, folded, number, currency FROM temp.s_fields WHERE n = ? AND field_id = ?",
        (n, field_id),
    )
    return [Value(*cells) for cells in rows.fetchall()]
