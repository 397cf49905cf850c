"""Purchases put straight into a store, and the reports' definitions in plain Python."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from crm_cli.clock import Clock
from crm_cli.session import Session
from crm_cli.store import summaries
from crm_cli.store.batch import Batch

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Sequence
    from pathlib import Path

SHARES = {
    "champions": "555 554 544 545 454 455 445",
    "loyal": "543 444 435 355 354 345 344 335",
    "potential-loyalist": "553 551 552 541 542 533 532 531 452 451 442 441 431 453 433 432 423"
    " 353 352 351 342 341 333 323",
    "new": "512 511 422 421 412 411 311",
    "promising": "525 524 523 522 521 515 514 513 425 424 413 414 415 315 314 313",
    "need-attention": "535 534 443 434 343 334 325 324",
    "about-to-sleep": "331 321 312 221 213 231 241 251",
    "at-risk": "255 254 245 244 253 252 243 242 235 234 225 224 153 152 145 143 142 135 134 133"
    " 125 124",
    "cannot-lose": "155 154 144 214 215 115 114 113",
    "hibernating": "332 322 233 232 223 222 132 123 122 212 211",
    "lost": "111 112 121 131 141 151",
}
"""The table of the definitions page, written out a second time on purpose."""


class Line(NamedTuple):
    """One purchase."""

    contact: int
    on: date
    kind: str
    order_number: str | None
    amount: int
    currency: str = "EUR"


def session(folder: Path) -> Session:
    """Return a session over a store in memory (there is no file at its path)."""
    return Session(
        path=folder / "missing.db",
        clock=Clock("2026-06-15T10:00:00Z"),
        who=lambda: "tester",
        arguments=[],
    )


class Ledger:
    """A store in memory whose purchases change entry by entry, as units change them."""

    def __init__(self, connection: sqlite3.Connection, contacts: int) -> None:
        self.connection = connection
        self._entry = 0
        self._next = 1
        connection.executemany(
            "INSERT INTO contacts (id, uid, kind, name, folded, role, created_at, updated_at)"
            " VALUES (?1, 'u' || ?1, 'person', 'C' || ?1, 'c' || ?1, 'customer', '', '')",
            ((number,) for number in range(1, contacts + 1)),
        )

    def _commit(self, op: str, first: int, last: int, image: str | None = None) -> None:
        self.connection.execute(
            "INSERT INTO changes (entry_id, table_name, op, first_id, last_id, image)"
            " VALUES (?, 'purchases', ?, ?, ?, ?)",
            (self._entry, op, first, last, image),
        )
        batch = Batch()
        summaries.recompute(batch, self._entry)
        batch.run(self.connection)

    def _open(self) -> None:
        self._entry += 1
        self.connection.execute(
            "INSERT INTO entries (id, uid, at, actor, command, summary, kind)"
            " VALUES (?, '', '', '', '', '', 'change')",
            (self._entry,),
        )

    def add(self, lines: Sequence[Line]) -> list[int]:
        """Add purchases in one entry and return their ids."""
        self._open()
        first = self._next
        self._next += len(lines)
        self.connection.executemany(
            "INSERT INTO purchases (id, uid, contact_id, purchased_on, kind, order_number,"
            " amount, currency) VALUES (?, '', ?, ?, ?, ?, ?, ?)",
            (
                (
                    first + i,
                    x.contact,
                    x.on.isoformat(),
                    x.kind,
                    x.order_number,
                    x.amount,
                    x.currency,
                )
                for i, x in enumerate(lines)
            ),
        )
        self._commit("insert", first, self._next - 1)
        return list(range(first, self._next))

    def delete(self, row_id: int, contact: int) -> None:
        """Delete one purchase."""
        self._open()
        self.connection.execute("DELETE FROM purchases WHERE id = ?", (row_id,))
        self._commit("delete", row_id, row_id, f'{{"contact_id": {contact}}}')

    def give(self, row_id: int, before: int, after: int) -> None:
        """Give one purchase to another contact, as a merge does."""
        self._open()
        self.connection.execute("UPDATE purchases SET contact_id = ? WHERE id = ?", (after, row_id))
        self._commit("update", row_id, row_id, f'{{"contact_id": [{before}, {after}]}}')


# -- the definitions ------------------------------------------------------------------------


def orders(lines: Iterable[Line]) -> dict[int, list[date]]:
    """Contact -> the days of their orders, in order."""
    numbered: dict[tuple[int, str], date] = {}
    found: dict[int, list[date]] = defaultdict(list)
    for line in lines:
        if line.kind != "sale":
            continue
        if line.order_number is None:
            found[line.contact].append(line.on)
        else:
            key = (line.contact, line.order_number)
            numbered[key] = min(numbered.get(key, line.on), line.on)
    for (contact, _), on in numbered.items():
        found[contact].append(on)
    return {contact: sorted(days) for contact, days in found.items()}


def money(line: Line) -> int:
    """What a line adds to revenue."""
    return line.amount if line.kind == "sale" else -line.amount


def scored(lines: Sequence[Line], as_of: date) -> dict[int, tuple[int, ...]]:
    """Contact -> (recency, frequency, value, R, F, M)."""
    kept = [line for line in lines if line.on <= as_of]
    figures = {
        contact: (
            (as_of - days[-1]).days,
            len(days),
            sum(money(line) for line in kept if line.contact == contact),
        )
        for contact, days in orders(kept).items()
    }
    n = len(figures)

    def score(position: int, value: int, sign: int) -> int:
        worse = sum(sign * other[position] < sign * value for other in figures.values())
        return 1 + 5 * worse // n

    return {
        contact: (r, f, m, score(0, r, -1), score(1, f, 1), score(2, m, 1))
        for contact, (r, f, m) in figures.items()
    }


def segment_of(scores: Sequence[int]) -> str:
    """Segment of three scores."""
    code = "".join(map(str, scores))
    (name,) = [name for name, codes in SHARES.items() if code in codes.split()]
    return name


def period(on: date, unit: str) -> int:
    """A number that is equal in the same period and one more in the next."""
    if unit == "week":
        return (on - timedelta(days=on.weekday())).toordinal() // 7
    if unit == "month":
        return on.year * 12 + on.month - 1
    if unit == "quarter":
        return on.year * 4 + (on.month - 1) // 3
    return on.year


def retention(
    lines: Sequence[Line], as_of: date, unit: str, *, rolling: bool = False
) -> dict[int, dict[str, Any]]:
    """Cohort -> size, active by column, revenue by column."""
    kept = [line for line in lines if line.on <= as_of]
    bought = orders(kept)
    final = period(as_of, unit)
    table: dict[int, dict[str, Any]] = {}
    for contact, days in bought.items():
        cohort = period(days[0], unit)
        row = table.setdefault(
            cohort,
            {
                "size": 0,
                "active": [0] * (final - cohort + 1),
                "revenue": [0] * (final - cohort + 1),
            },
        )
        row["size"] += 1
        visits = {period(day, unit) - cohort for day in days}
        for column in range(final - cohort + 1):
            active = any(visit >= column for visit in visits) if rolling else column in visits
            row["active"][column] += active
        for line in kept:
            column = period(line.on, unit) - cohort
            if line.contact == contact and column >= 0:
                row["revenue"][column] += money(line)
    return table
