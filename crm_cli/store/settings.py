"""The business's settings: kept in the store, so that cron under another HOME sees the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3

DEFAULTS: dict[str, str] = {
    "timezone": "UTC",
    "currency": "EUR",
    "country": "",
    "working_hours": "mon-fri 09:00-17:00",
    "holidays": "",
    "first_weekday": "monday",
    "remind_every": "",
    "lead_scoring": "auto",
    "sender": "",
    "reply_to": "",
    "remind_to": "",
    "people": "",
    "mail_via": "smtp",
    "mail_templates": "",
    "mail_timeout": "30",
    "smtp_host": "",
    "smtp_port": "",
    "smtp_security": "",
    "smtp_user": "",
    "smtp_ca_file": "",
}
"""Every setting of the business with its value in a new store."""


def read(connection: sqlite3.Connection) -> dict[str, str]:
    """Return all settings, defaults included."""
    rows = connection.execute("SELECT key, value FROM settings").fetchall()
    return {**DEFAULTS, **dict(rows)}


def find(connection: sqlite3.Connection, key: str) -> tuple[int, str] | None:
    """Return (row id, value) of a setting that was set."""
    row: tuple[int, str] | None = connection.execute(
        "SELECT id, value FROM settings WHERE key = ?", (key,)
    ).fetchone()
    return row


def stored(connection: sqlite3.Connection) -> dict[str, str]:
    """Return only the settings that were set."""
    return dict(connection.execute("SELECT key, value FROM settings ORDER BY key").fetchall())


def purchase_currencies(connection: sqlite3.Connection) -> list[str]:
    """Return the currencies of all purchases."""
    rows = connection.execute("SELECT DISTINCT currency FROM customer_days ORDER BY currency")
    return [currency for (currency,) in rows.fetchall()]
