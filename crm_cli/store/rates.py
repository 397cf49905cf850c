"""Currency rates: every SQL statement that reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crm_cli.domain.rates import RateBook

if TYPE_CHECKING:
    import sqlite3


def book(connection: sqlite3.Connection, home: str) -> RateBook:
    """Return all rates; ``home`` is the business's currency."""
    rows = connection.execute("SELECT base, quote, valid_on, rate FROM currency_rates")
    return RateBook(rows.fetchall(), home)


def find(
    connection: sqlite3.Connection, base: str, quote: str, valid_on: str
) -> tuple[int, str] | None:
    """Return (row id, rate) of the rate a pair got on exactly that day."""
    row: tuple[int, str] | None = connection.execute(
        "SELECT id, rate FROM currency_rates WHERE base = ? AND quote = ? AND valid_on = ?",
        (base, quote, valid_on),
    ).fetchone()
    return row


def rows(connection: sqlite3.Connection) -> list[tuple[int, str, str, str, str]]:
    """Return every rate as (id, base, quote, valid_on, rate), newest first within a pair."""
    return connection.execute(
        "SELECT id, base, quote, valid_on, rate FROM currency_rates"
        " ORDER BY base, quote, valid_on DESC"
    ).fetchall()
