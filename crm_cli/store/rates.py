"""Dated currency rates: as rows, and as a book to convert by."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from crm_cli.domain.rates import RateBook

if TYPE_CHECKING:
    import sqlite3

    from crm_cli.store.population import Reader


class RateRow(NamedTuple):
    """1 ``currency`` = ``rate`` ``quote`` on a day; ``rate`` is decimal text."""

    id: int
    on: str
    currency: str
    rate: str
    quote: str


_COLUMNS = "SELECT id, valid_on, base, rate, quote FROM currency_rates"


def listing(connection: sqlite3.Connection) -> list[RateRow]:
    """Return every rate, by currency and day."""
    rows = connection.execute(f"{_COLUMNS} ORDER BY base, quote, valid_on").fetchall()
    return [RateRow(*row) for row in rows]


def by_key(connection: sqlite3.Connection) -> dict[tuple[str, str, str], RateRow]:
    """Return every rate under (currency, quote, day)."""
    return {(row.currency, row.quote, row.on): row for row in listing(connection)}


def find(connection: sqlite3.Connection, currency: str, quote: str, on: str) -> RateRow | None:
    """Return the rate of exactly one day, or None."""
    row = connection.execute(
        f"{_COLUMNS} WHERE base = ? AND quote = ? AND valid_on = ?", (currency, quote, on)
    ).fetchone()
    return RateRow(*row) if row else None


def get(connection: sqlite3.Connection, rate_id: int) -> RateRow | None:
    """Return one rate by its id, or None."""
    row = connection.execute(f"{_COLUMNS} WHERE id = ?", (rate_id,)).fetchone()
    return RateRow(*row) if row else None


def book(connection: Reader, home: str) -> RateBook:
    """Return all rates to convert by; ``home`` is the business's currency."""
    rows = connection.execute("SELECT base, quote, valid_on, rate FROM currency_rates")
    return RateBook(rows.fetchall(), home)
