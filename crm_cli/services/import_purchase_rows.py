"""The rows of a purchase file, laid out in the staging tables.

A row's identity is its fingerprint within its contact. With an order number (and with a line
number or external id of its own) it is made of these and what was bought; without one of day,
amount, currency and what: then equal rows of one file are separate purchases, and the n-th of
them is the n-th in the store.
"""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Any

from crm_cli.domain.values import fold
from crm_cli.services.import_purchase_cells import Cells
from crm_cli.services.import_purchase_parties import (
    GOODS_FIELDS,
    TOLD_FIELDS,
    Customers,
    Goods,
)
from crm_cli.services.import_values import AMOUNT_FACTOR, MASK63, hash63
from crm_cli.services.importing import RowProblem
from crm_cli.store.import_purchases import PLAIN_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from crm_cli.services.importing import Job
    from crm_cli.store.staging import Staging

DETAIL_FIELDS = ("description", "channel", "campaign", "external_id", "uid", "returns_uid")
OTHER_FIELDS = (
    "on", "amount", "price", "quantity", "kind", "order_number", "line", "order_state",
    "cancelled_at", "line_discount", "order_refund", "refunded_on",
)  # fmt: skip
NOTHING = frozenset({"", "0", "0.0", "0.00"})


class RowReader:
    """Stages rows; ``n`` have been, ``skipped`` (void orders) have not."""

    def __init__(self, job: Job, staging: Staging, match: Sequence[str]) -> None:
        self.job = job
        self.staging = staging
        staging.choose_columns("s_purchases", PLAIN_COLUMNS, way="plain")
        self.at = {
            name: job.plan.index(name)
            for name in (*TOLD_FIELDS, *GOODS_FIELDS, *DETAIL_FIELDS, *OTHER_FIELDS)
        }
        self.cells = Cells(job, self.at)
        preset = job.plan.preset
        # A row that is an order is known by its number, whatever is written beside it later.
        self.only_line = "1" if preset and preset.whole_orders else ""
        self.customers = Customers(job, match)
        currency = job.request.currency or job.session.setting("currency")
        self.goods = Goods(currency.upper())
        self.n = self.skipped = 0
        self.voided: dict[str, int] = {}
        """Order number -> line of the orders skipped."""
        self.has_details = any(self.at[name] >= 0 for name in DETAIL_FIELDS)
        self.is_plain = (
            self.at["amount"] >= 0
            and not self.has_details
            and not job.custom
            and not any(
                self.at[name] >= 0 for name in ("kind", "order_number", "price", "order_state")
            )
        )
        self.customer_at = [self.at[name] for name in TOLD_FIELDS if self.at[name] >= 0]
        self.goods_at = [self.at[name] for name in GOODS_FIELDS if self.at[name] >= 0]
        self.customer_key = itemgetter(*self.customer_at)
        self.goods_key = itemgetter(*(self.goods_at or [-1]))

    # -- many rows at once --------------------------------------------------------------------

    def stage_block(self, lines: Sequence[int], block: list[list[str]]) -> bool:
        """Stage a block of plain sales column by column: a third of the cost of row by row.

        Returns False, with no row staged, where a row has a problem or is a return.
        """
        columns = list(zip(*block, strict=True))
        empty = ("",) * len(block)

        at, cells = self.at, self.cells
        buyers = _keys(columns, self.customer_at)
        goods = _keys(columns, self.goods_at) if self.goods_at else empty
        days, amounts = columns[at["on"]], columns[at["amount"]]
        quantities = columns[at["quantity"]] if at["quantity"] >= 0 else empty
        if at["currency"] >= 0 and len(set(columns[at["currency"]])) > 1:
            return False

        try:
            numbers = _looked_up(
                buyers, self.customers.known, lambda: self._meet_buyers(buyers, lines, block)
            )
            found = _looked_up(
                goods, self.goods.known, lambda: self._meet_goods(goods, lines, block)
            )
            currency, known = found[0].currency, found[0].amounts
            dated = _looked_up(days, cells.days, lambda: _each(days, cells.days, cells.day))
            told = _looked_up(
                quantities, cells.plain_quantities,
                lambda: _each(quantities, cells.plain_quantities, cells.quantity),
            )  # fmt: skip
            minor = _looked_up(
                amounts, known,
                lambda: _each(amounts, known, lambda text: cells.amount(text, currency, known)),
            )  # fmt: skip
        except (RowProblem, KeyError):
            return False
        if min(minor) < 0:
            return False
        first = self.n + 1
        self.n += len(block)
        self.staging.rows("plain").extend(
            zip(
                range(first, self.n + 1), lines, numbers, map(itemgetter(0), found),
                map(itemgetter(0), dated), told, minor,
                [
                    (good[3] + day_hash + amount * AMOUNT_FACTOR) & MASK63
                    for good, (_, day_hash), amount in zip(found, dated, minor, strict=True)
                ],
                strict=True,
            )
        )  # fmt: skip
        return True

    def _meet_buyers(
        self, keys: Sequence[Any], lines: Sequence[int], block: list[list[str]]
    ) -> None:
        """Stage the customers of a block that are not known, in the order of the file."""
        known = self.customers.known
        self.customers.recall(set(keys).difference(known))
        for key, line, row in zip(keys, lines, block, strict=True):
            if key not in known:
                told = self._told(row, TOLD_FIELDS)
                known[key] = self.customers.stage(told, line, self.staging)

    def _meet_goods(
        self, keys: Sequence[Any], lines: Sequence[int], block: list[list[str]]
    ) -> None:
        for key, line, row in zip(keys, lines, block, strict=True):
            self.goods.good(key, self._told(row, GOODS_FIELDS), line, self.staging)

    def _told(self, row: Sequence[str], fields: Sequence[str]) -> list[str]:
        return [row[at] if (at := self.at[name]) >= 0 else "" for name in fields]

    # -- row by row ---------------------------------------------------------------------------

    def stage_row(self, line: int, row: list[str]) -> None:
        """Stage one row of any shape. Raises RowProblem."""
        at, cells = self.at, self.cells
        # A column the file has not is read from an empty cell added to the row.
        row.append("")
        if at["order_state"] >= 0 and cells.is_void(row):
            self.skipped += 1
            self.job.warnings.add("void", "cancelled or voided orders were left out", line)
            self.voided.setdefault(row[at["order_number"]].strip(), line)
            return
        if row[at["cancelled_at"]].strip() and "refunded" not in row[at["order_state"]].lower():
            self.job.warnings.add(
                "cancelled", "orders were cancelled but paid for, not refunded; imported as sales",
                line,
            )  # fmt: skip
        custom = self.job.custom
        values = custom.read(row) if custom else ()
        if custom:
            for name in custom.checks:
                place = at["order_number" if name == "order" else name]
                custom.refuse_own(name, row[place].strip())
        if custom and custom.required:
            told = {name for name, index in at.items() if row[index].strip()}
            told |= {"order"} if "order_number" in told else set()
            told |= {"product"} if "sku" in told else set()
            custom.refuse_incomplete(told, values)
        customer = self.customers.number(
            self.customer_key(row), self._told(row, TOLD_FIELDS), line, self.staging
        )
        on, order = row[at["on"]], row[at["order_number"]].strip() or None
        day: str | None = None
        day_hash = 0
        if on.strip() or order is None:
            day, day_hash = cells.days.get(on) or cells.day(on)
        good = self.goods.good(
            self.goods_key(row), self._told(row, GOODS_FIELDS), line, self.staging
        )
        quantity = cells.quantity(row[at["quantity"]])
        amount = cells.line_total(row, good.currency, quantity, good.amounts)
        kind, amount, quantity = cells.kind(row, amount, quantity)
        if kind == "sale" and day is None:
            cells.day(on)
        detail = [row[at[name]].strip() or None for name in DETAIL_FIELDS]
        fingerprint = self._fingerprint(
            good.what, good.currency, kind, order, row[at["line"]].strip() or self.only_line,
            detail,
            day_hash + amount * AMOUNT_FACTOR,
        )  # fmt: skip
        self.n += 1
        staged = (
            self.n, line, customer, good.number, day, quantity, amount, fingerprint, kind, order, 0
        )  # fmt: skip
        self.staging.add("s_purchases", staged)
        for value in values:
            self.staging.add("s_fields", (self.n, *value))
        if self.has_details:
            self.staging.add("s_details", (self.n, *detail))
        if row[at["order_refund"]].strip() not in NOTHING:
            self._stage_refund(row, staged)

    def _stage_refund(self, row: list[str], sale: Sequence[Any]) -> None:
        """Stage an order's refund as a return without a product, of its own day if that is told,
        else of the order's."""
        _, line, customer, _, day, _, _, _, _, order, _ = sale
        good = self.goods.without_product(row[self.at["currency"]], line, self.staging)
        text = row[self.at["order_refund"]].strip()
        try:
            amount = abs(self.cells.amount(text, good.currency, good.amounts))
        except RowProblem:
            self.job.warnings.add("refund", "a refund's amount could not be read", line)
            return
        if not amount:
            return
        told = row[self.at["refunded_on"]]
        if told.strip():
            day, _ = self.cells.days.get(told) or self.cells.day(told)
        self.n += 1
        fingerprint = hash63(f"o\x1f{order}\x1f\x1freturn")
        self.staging.add(
            "s_purchases",
            (
                self.n, line, customer, good.number, day, None, amount, fingerprint, "return",
                order, 1,
            ),
        )  # fmt: skip

    @staticmethod
    def _fingerprint(
        what: str, currency: str, kind: str, order: str | None, label: str,
        detail: Sequence[str | None], rest: int,
    ) -> int:  # fmt: skip
        """Return what tells a row from others of its contact; kept in the store for ever.

        ``rest`` stands for day and amount, which are part of it where there is no order number.
        """
        description, _, _, external = detail[:4]
        what = what or fold(description or "")
        if external:
            return hash63(f"x\x1f{external}\x1f{kind}")
        if order:
            return hash63(f"o\x1f{order}\x1f{label or what}\x1f{kind}")
        base = hash63(f"{what}\x1f{currency}\x1f{kind}")
        return (base + rest) & MASK63

    def trim(self, limit: int) -> None:
        """Start over with the caches that hold more than ``limit`` entries."""
        if limit and len(self.customers.known) > limit:
            self.customers.keep()
        caches: tuple[dict[Any, Any], ...] = (
            self.customers.known, self.goods.known, self.cells.days, self.cells.plain_quantities,
            *self.goods.amounts.values(),
        )  # fmt: skip
        for cache in caches:
            if len(cache) > limit:
                cache.clear()


def _keys(columns: Sequence[Sequence[str]], indexes: Sequence[int]) -> Sequence[Any]:
    if len(indexes) == 1:
        return columns[indexes[0]]
    return list(zip(*(columns[at] for at in indexes), strict=True))


def _looked_up(keys: Sequence[Any], known: dict[Any, Any], learn: Callable[[], None]) -> list[Any]:
    """Return what each key stands for; ``learn`` is called where one is not known yet.

    Most blocks hold nothing new, and then asking for all at once is all there is to do. Raises
    KeyError for a key that ``learn`` did not bring.
    """
    try:
        return list(map(known.__getitem__, keys))
    except KeyError:
        learn()
        return list(map(known.__getitem__, keys))


def _each(texts: Sequence[str], known: dict[str, Any], read: Callable[[str], Any]) -> None:
    """Read every text that is not known yet."""
    for text in set(texts).difference(known):
        read(text)
