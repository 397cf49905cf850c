"""The cells of a purchase's row: day, amount, quantity, kind; each text is read once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crm_cli import errors
from crm_cli.domain.values import exponent, read_amount, read_quantity
from crm_cli.services.import_values import DateReader, hash63, plain_amount, problem
from crm_cli.services.importing import RowProblem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crm_cli.services.importing import Job

_SKIPPED_STATES = frozenset({"voided", "expired"})
_UNPAID_STATES = frozenset({"pending", "authorized", ""})
_MARKS_OF = {
    "$": frozenset(
        "USD CAD AUD NZD SGD HKD TWD MXN ARS CLP COP BBD BMD BND BSD BZD CVE DOP FJD GYD JMD KYD"
        " LRD NAD SBD SRD TTD UYU XCD BRL NIO MOP TOP WST".split()
    ),
    "€": frozenset({"EUR"}),
    "£": frozenset("GBP FKP GIP SHP EGP LBP SDG SSP SYP".split()),
}  # fmt: skip
"""Mark -> the currencies that are written with it."""
_KINDS = {
    "": None, "sale": "sale", "order": "sale", "purchase": "sale", "return": "return",
    "refund": "return", "credit": "return",
}  # fmt: skip


class Cells:
    """Reads single cells. ``at`` says in which column a field stands, -1 where it has none.

    ``days`` (text -> day, its part of a fingerprint) and ``plain_quantities`` (text ->
    thousandths, None for an empty cell) hold what was read, for reading whole columns.
    """

    def __init__(self, job: Job, at: Mapping[str, int]) -> None:
        request, session = job.request, job.session
        self._at = at
        self._warnings = job.warnings
        self._decimal = request.decimal
        self._dates = DateReader(session.zone, request.dates or session.date_order)
        preset = job.plan.preset
        self._void_states = _SKIPPED_STATES.union(preset.void_states if preset else ())
        self.last_day = ""
        self.days: dict[str, tuple[str, int]] = {}
        self.plain_quantities: dict[str, int | None] = {}

    def day(self, text: str) -> tuple[str, int]:
        """Return the day and its hash. Raises RowProblem."""
        if not text.strip():
            raise RowProblem("on", "has no date")
        try:
            day = self._dates.day(text)
        except ValueError as error:
            raise RowProblem("on", str(error)) from None
        self.last_day = max(self.last_day, day)
        found = self.days[text] = (day, hash63(day))
        return found

    def amount(self, text: str, currency: str, known: dict[str, int], name: str = "amount") -> int:
        """Return minor units, and note them in ``known``. Raises RowProblem."""
        if not text.strip():
            raise RowProblem(name, f"has no {name}")
        decimal = self._decimal
        whole, dot, fraction = text.partition(".")
        if (
            dot and len(fraction) == 2 and decimal != "," and text.isascii() and whole.isdigit()
            and fraction.isdigit() and len(whole) < 13 and exponent(currency) == 2
        ):  # fmt: skip
            value = int(whole + fraction)
        else:
            self._doubt_mark(text, currency)
            try:
                value = read_amount(plain_amount(text, currency), currency, decimal)
            except errors.InvalidValue as error:
                raise problem(name, error) from None
        known[text] = value
        return value

    def _doubt_mark(self, text: str, currency: str) -> None:
        """Say that amounts bear the mark of another currency than they are taken for."""
        for mark, meant in _MARKS_OF.items():
            if mark in text and currency not in meant and "mark" not in self._warnings.counts:
                self._warnings.add(
                    "mark",
                    f"amounts marked {mark} were taken as {currency}; say --currency if they"
                    " are not",
                )

    def quantity(self, text: str) -> int | None:
        """Return thousandths, None for an empty cell. Raises RowProblem."""
        try:
            value = read_quantity(text, self._decimal) if text.strip() else None
        except errors.InvalidValue as error:
            raise problem("quantity", error) from None
        if value is None or value >= 0:
            self.plain_quantities[text] = value
        return value

    def line_total(
        self, cells: list[str], currency: str, quantity: int | None, known: dict[str, int]
    ) -> int:
        """Return the amount, else price x quantity less the line's discount, in minor units.

        Raises RowProblem.
        """
        text, price = cells[self._at["amount"]].strip(), cells[self._at["price"]].strip()
        if text or not price:
            return self.amount(text, currency, known)
        try:
            each = read_quantity(plain_amount(price, currency), self._decimal)
        except errors.InvalidValue:
            raise RowProblem("price", f"{price!r} is not a price; write it as 12.50") from None
        # Thousandths times thousandths, in minor units; half up once per line.
        product = abs(each * (1000 if quantity is None else quantity))
        total: int = (product * 10 ** exponent(currency) + 500_000) // 1_000_000
        if (each < 0) != (quantity is not None and quantity < 0):
            total = -total
        discount = cells[self._at["line_discount"]].strip()
        return total - (self.amount(discount, currency, known, "discount") if discount else 0)

    def kind(
        self, cells: list[str], amount: int, quantity: int | None
    ) -> tuple[str, int, int | None]:
        """Return kind, amount and quantity, both without sign. Raises RowProblem."""
        text = cells[self._at["kind"]].strip().lower()
        if text not in _KINDS:
            raise RowProblem("kind", f"{text!r} is not a kind; write sale or return")
        negative = amount < 0 or (quantity is not None and quantity < 0)
        kind = _KINDS[text] or ("return" if negative else "sale")
        if kind == "sale" and negative:
            raise RowProblem("amount", "is negative, but the row says it is a sale")
        return kind, abs(amount), None if quantity is None else abs(quantity)

    def is_void(self, cells: list[str]) -> bool:
        """Whether the row is of an order that was never paid, by its state in the shop."""
        state = cells[self._at["order_state"]].strip().lower()
        return state in self._void_states or (
            state in _UNPAID_STATES and bool(cells[self._at["cancelled_at"]].strip())
        )
