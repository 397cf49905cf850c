"""What a contact has bought: its figures up to a day, and its RFM code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping


def bought_after(connection: sqlite3.Connection, contact_id: int, day: str) -> bool:
    """Say whether a contact has a purchase or return after a day."""
    sql = "SELECT 1 FROM customer_days WHERE contact_id = ? AND day > ? LIMIT 1"
    return connection.execute(sql, (contact_id, day)).fetchone() is not None


def customer_until(
    connection: sqlite3.Connection, contact_id: int, day: str
) -> dict[str, Any] | None:
    """Return what a contact's summary would say had nothing come after a day: orders, revenue
    and currency (None where currencies mix) and last_on; None where there was nothing."""
    orders, last_on, revenue, low, high = connection.execute(
        "SELECT sum(orders), max(CASE WHEN orders > 0 THEN day END), sum(revenue),"
        "       min(currency), max(currency)"
        "  FROM customer_days WHERE contact_id = ? AND day <= ?",
        (contact_id, day),
    ).fetchone()
    if orders is None:
        return None
    mixed = low != high
    return {
        "orders": orders, "last_on": last_on, "revenue": None if mixed else revenue,
        "currency": None if mixed else low,
    }  # fmt: skip


def mixed_money(
    connection: sqlite3.Connection, contact_id: int, until: str
) -> list[tuple[str, str, int]]:
    """Return a contact's net amounts up to a day: (day, currency, minor units), row by row."""
    return connection.execute(
        "SELECT purchased_on, currency, CASE kind WHEN 'sale' THEN amount ELSE -amount END"
        "  FROM purchases WHERE contact_id = ? AND purchased_on <= ? ORDER BY id",
        (contact_id, until),
    ).fetchall()


def rfm_code(
    connection: sqlite3.Connection, scored: str, parameters: Mapping[str, Any], contact_id: int
) -> int | None:
    """Return a customer's RFM code out of ``scored``, a WITH clause that the segments report
    made; None for who had no order yet."""
    row = connection.execute(
        f"WITH {scored} SELECT code FROM scored WHERE contact_id = :only_contact",
        {**parameters, "only_contact": contact_id},
    ).fetchone()
    return int(row[0]) if row else None


def has_open_leads(connection: sqlite3.Connection, contact_id: int) -> bool:
    """Say whether a contact, or one of a company's people, has an open lead."""
    row = connection.execute(
        "SELECT 1 FROM leads WHERE state = 'open' AND contact_id IN (SELECT :who UNION ALL"
        " SELECT k.id FROM contacts k WHERE k.company_id = :who) LIMIT 1",
        {"who": contact_id},
    ).fetchone()
    return row is not None
