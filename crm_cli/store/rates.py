"""Currency rates as a book to convert by; the rows themselves are ``rates_rows``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crm_cli.domain.rates import RateBook

if TYPE_CHECKING:
    import sqlite3


def book(connection: sqlite3.Connection, home: str) -> RateBook:
    """Return all rates; ``home`` is the business's currency."""
    rows = connection.execute("SELECT base, quote, valid_on, rate FROM currency_rates")
    return RateBook(rows.fetchall(), home)
