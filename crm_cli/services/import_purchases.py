"""Importing sales and returns: a million rows with little memory, and never twice.

A row's identity is its fingerprint within its contact. With an order number (and with a line
number or external id of its own) it is made of these and what was bought; without one of day,
amount, currency and what: then equal rows of one file are separate purchases, and the n-th of
them is the n-th in the store.
"""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Any

from crm_cli import errors
from crm_cli.domain.values import (
    exponent,
    fold,
    read_amount,
    read_currency,
    read_email,
    read_phone,
    read_quantity,
    search_key,
)
from crm_cli.services.import_values import (
    AMOUNT_FACTOR,
    MASK63,
    DateReader,
    country_code,
    hash63,
    plain_amount,
    problem,
)
from crm_cli.services.importing import Outcome, RowProblem
from crm_cli.store import import_purchases as store
from crm_cli.store.staging import CHUNK

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from crm_cli.services.importing import Job
    from crm_cli.services.unit import Unit
    from crm_cli.store.staging import Staging

CUSTOMER_FIELDS = ("contact_uid", "contact_id", "customer", "email", "phone", "name")
PRODUCT_FIELDS = ("sku", "product")
KNOWN_AT_ONCE = 100_000
"""Entries a cache may hold: beyond, it starts over, so that memory stays flat."""

_SKIPPED_STATES = frozenset({"voided", "expired"})
_UNPAID_STATES = frozenset({"pending", "authorized", ""})


class PurchaseImport:
    """One import of purchases."""

    tables = store.TABLES

    def __init__(self, job: Job) -> None:
        self.job = job
        self.plan = job.plan
        request, session = job.request, job.session
        self._check_columns()
        job.open_store()
        self.dates = DateReader(session.zone, request.dates or session.date_order)
        self.currency = request.currency.upper() if request.currency else session.setting("currency")
        self.country = request.country or session.setting("country") or None
        self.system = request.source or (self.plan.preset and self.plan.preset.source) or "customer"
        self.match = self._read_match(request.match)
        self.skipped = 0
        self._customers: dict[Any, int | RowProblem] = {}
        self._customer_no = 0
        self._products: dict[Any, tuple[int | None, str]] = {}
        self._product_no = 0
        self._days: dict[str, str] = {}
        self._amounts: dict[tuple[str, str], int] = {}

    def _check_columns(self) -> None:
        fields = self.plan.fields
        missing = []
        if not fields.intersection(CUSTOMER_FIELDS):
            missing.append("the customer (customer, email, phone or name)")
        if "on" not in fields:
            missing.append("the day (on or date)")
        if "amount" not in fields and "price" not in fields:
            missing.append("the amount (amount, or price and quantity)")
        if missing:
            raise errors.BadFile(
                f"{self.job.table.source.name}: no column for {', '.join(missing)}",
                hint="its columns are " + ", ".join(self.job.table.header)
                + '; say which is which with --map "Their column=field"',
            )

    @staticmethod
    def _read_match(text: str | None) -> tuple[str, ...]:
        ways = ("external-id", "email", "phone", "name")
        if text is None:
            return ways
        if text not in ways:
            raise errors.InvalidValue(
                f"--match cannot be {text!r}", hint=f"write one of {', '.join(ways)}"
            )
        return (text,)

    # -- staging ----------------------------------------------------------------------------

    def stage(self, staging: Staging) -> int:
        """Read every row into the temporary tables; return how many were read."""
        plan, warnings = self.plan, self.job.warnings
        at = {name: plan.index(name) for name in (
            "on", "amount", "price", "quantity", "currency", "kind", "order_number", "line",
            "description", "channel", "campaign", "external_id", "uid", "returns_uid",
            "order_state", "cancelled_at", "line_discount", "order_refund",
        )}  # fmt: skip
        on_at, amount_at, quantity_at = at["on"], at["amount"], at["quantity"]
        currency_at, order_at = at["currency"], at["order_number"]
        # A column the file has not is read from an empty cell added to every row.
        rarely = [at[name] for name in ("line", "description", "channel", "campaign",
                                        "external_id", "uid", "returns_uid")]  # fmt: skip
        has_rare = any(index >= 0 for index in rarely)
        customer_key = _getter([plan.index(name) for name in CUSTOMER_FIELDS])
        product_key = _getter([plan.index(name) for name in PRODUCT_FIELDS])
        has_states = at["order_state"] >= 0
        simple = amount_at >= 0 and not has_states and at["kind"] < 0
        rows, rejects = staging.rows("s_purchases"), staging.rows("s_rejects")
        days, customers, products = self._days, self._customers, self._products
        default_currency = self.currency
        read = n = 0
        quantities: dict[str, int | None] = {"": None}
        for line, cells, trouble in self.job.rows():
            read += 1
            if not read % CHUNK:
                staging.flush()
                self._trim()
                self.job.tell_reading()
            if trouble is not None:
                rejects.append((line, None, trouble))
                continue
            cells.append("")
            try:
                if has_states and self._is_void(cells, at):
                    self.skipped += 1
                    warnings.add("void", "cancelled or voided orders were left out", line)
                    continue
                customer = customers.get(customer_key(cells))
                if customer.__class__ is not int:
                    customer = self._customer(customer_key(cells), customer, line, staging)
                day = days.get(cells[on_at])
                if day is None:
                    day = self._day(cells[on_at])
                currency = cells[currency_at] or default_currency
                text = cells[quantity_at]
                if text in quantities:
                    quantity = quantities[text]
                else:
                    quantity = self._quantity(text, quantities)
                if simple and cells[amount_at]:
                    amount = self._amounts.get((cells[amount_at], currency))
                    if amount is None:
                        currency = self._currency(currency)
                        amount = self._amount(cells[amount_at], currency)
                else:
                    currency = self._currency(currency)
                    amount = self._line_total(cells, at, currency, quantity)
                key = product_key(cells)
                found = products.get(key)
                if found is None:
                    found = self._product(key, line, staging)
                product, what = found
                order = cells[order_at].strip() or None
                kind = "sale"
                if amount < 0 or (quantity is not None and quantity < 0) or not simple:
                    kind, amount, quantity = self._kind(cells, at, amount, quantity)
                if has_rare:
                    label, description, channel, campaign, external, uid, returns = (
                        cells[index].strip() or None for index in rarely
                    )
                    what = what or fold(description or "")
                else:
                    label = description = channel = campaign = external = uid = returns = None
                if external:
                    fingerprint = hash63(f"x\x1f{external}\x1f{kind}")
                elif order:
                    fingerprint = hash63(f"o\x1f{order}\x1f{label or what}\x1f{kind}")
                else:
                    fingerprint = (
                        hash63(f"{what}\x1f{currency}\x1f{kind}")
                        + hash63(day)
                        + amount * AMOUNT_FACTOR
                    ) & MASK63
            except RowProblem as found_problem:
                rejects.append((line, found_problem.field, found_problem.reason))
                continue
            n += 1
            rows.append(
                (n, line, customer, product, day, kind, order, description, quantity, amount,
                 currency, channel, campaign, external, uid, returns, fingerprint, 0)
            )  # fmt: skip
            if at["order_refund"] >= 0 and cells[at["order_refund"]].strip() not in {"", "0", "0.00"}:
                n = self._stage_refund(cells, at, rows, n)
        staging.flush()
        self._warn_short()
        return read

    def _warn_short(self) -> None:
        if self.job.table.short_rows:
            self.job.warnings.add(
                "short-row", "rows lack their last cell; it was read as empty",
                count=self.job.table.short_rows,
            )  # fmt: skip

    def _trim(self) -> None:
        for cache in (self._customers, self._products, self._days, self._amounts):
            if len(cache) > KNOWN_AT_ONCE:
                cache.clear()  # type: ignore[attr-defined]

    # -- single cells -------------------------------------------------------------------------

    def _day(self, text: str) -> str:
        if not text.strip():
            raise RowProblem("on", "has no date")
        try:
            day = self._days[text] = self.dates.day(text)
        except ValueError as error:
            raise RowProblem("on", str(error)) from None
        return day

    @staticmethod
    def _currency(text: str) -> str:
        try:
            return read_currency(text)
        except errors.InvalidValue as error:
            raise problem("currency", error) from None

    def _amount(self, text: str, currency: str, name: str = "amount") -> int:
        decimal = self.job.request.decimal
        whole, dot, fraction = text.partition(".")
        if (
            dot and len(fraction) == 2 and decimal != "," and text.isascii() and whole.isdigit()
            and fraction.isdigit() and len(whole) < 13 and exponent(currency) == 2
        ):  # fmt: skip
            value = int(whole + fraction)
        else:
            try:
                value = read_amount(plain_amount(text, currency), currency, decimal)
            except errors.InvalidValue as error:
                raise problem(name, error) from None
        self._amounts[text, currency] = value
        return value

    def _quantity(self, text: str, known: dict[str, int | None]) -> int | None:
        try:
            value = read_quantity(text, self.job.request.decimal) if text.strip() else None
        except errors.InvalidValue as error:
            raise problem("quantity", error) from None
        if len(known) < KNOWN_AT_ONCE:
            known[text] = value
        return value

    def _line_total(
        self, cells: list[str], at: dict[str, int], currency: str, quantity: int | None
    ) -> int:
        """The amount, else price x quantity less the line's discount."""
        text = cells[at["amount"]].strip()
        if text:
            return self._amount(text, currency)
        price = cells[at["price"]].strip()
        if not price:
            raise RowProblem("amount", "has no amount")
        unit_price = self._amount(price, currency, "price")
        product = unit_price * (1000 if quantity is None else quantity)
        # Half up away from zero, once per line.
        total = (abs(product) + 500) // 1000 * (1 if product >= 0 else -1)
        discount = cells[at["line_discount"]].strip()
        return total - (self._amount(discount, currency, "discount") if discount else 0)

    @staticmethod
    def _kind(
        cells: list[str], at: dict[str, int], amount: int, quantity: int | None
    ) -> tuple[str, int, int | None]:
        text = cells[at["kind"]].strip().lower()
        words = {"": None, "sale": "sale", "order": "sale", "purchase": "sale", "return": "return",
                 "refund": "return", "credit": "return"}  # fmt: skip
        if text not in words:
            raise RowProblem("kind", f"{cells[at['kind']]!r} is not a kind; write sale or return")
        negative = amount < 0 or (quantity is not None and quantity < 0)
        kind = words[text] or ("return" if negative else "sale")
        if kind == "sale" and negative:
            raise RowProblem("amount", "is negative, but the row says it is a sale")
        return kind, abs(amount), None if quantity is None else abs(quantity)

    @staticmethod
    def _is_void(cells: list[str], at: dict[str, int]) -> bool:
        state = cells[at["order_state"]].strip().lower()
        return state in _SKIPPED_STATES or (
            state in _UNPAID_STATES and bool(cells[at["cancelled_at"]].strip())
        )

    def _stage_refund(
        self, cells: list[str], at: dict[str, int], rows: list[Sequence[Any]], n: int
    ) -> int:
        """An order's refund becomes a return of the order's day, without a product."""
        sale = rows[-1]
        try:
            amount = abs(self._amount(cells[at["order_refund"]].strip(), sale[10]))
        except RowProblem:
            self.job.warnings.add("refund", "a refund's amount could not be read", sale[1])
            return n
        if not amount:
            return n
        fingerprint = hash63(f"o\x1f{sale[6]}\x1f\x1freturn")
        rows.append(
            (n + 1, sale[1], sale[2], None, sale[4], "return", sale[6], "refund", None, amount,
             sale[10], sale[11], None, None, None, None, fingerprint, 1)
        )  # fmt: skip
        return n + 1

    # -- customers and products ---------------------------------------------------------------

    def _customer(
        self, key: Sequence[str], known: int | RowProblem | None, line: int, staging: Staging
    ) -> int:
        """Stage a customer not met before and return its number."""
        if isinstance(known, RowProblem):
            raise known
        if known is None:
            try:
                row = self._customer_row(key, line)
            except RowProblem as found:
                self._customers[key] = found
                raise
            self._customer_no += 1
            staging.add("s_customers", (self._customer_no, *row, None, 0, None))
            self._customers[key] = known = self._customer_no
        return known

    def _customer_row(self, key: Sequence[str], line: int) -> tuple[Any, ...]:
        uid, local, number, email, phone, name = (text.strip() for text in key)
        name = " ".join(name.split())
        system = value = None
        if "@" in number and not email:
            email, number = number, ""
        if number:
            system, colon, value = number.partition(":")
            if not colon or not system.strip() or not value.strip():
                system, value = self.system, number
            system, value = system.strip(), value.strip()
            if not name and not any(char.isdigit() for char in value):
                name = value
        if email:
            try:
                email = read_email(email)
            except errors.InvalidValue as error:
                raise problem("email", error) from None
        e164 = None
        if phone:
            try:
                e164 = read_phone(phone, self.country)
            except errors.InvalidValue:
                self.job.warnings.add("phone", "phone numbers could not be read", line)
        if local and not (local.isascii() and local.isdigit() and len(local) < 18):
            raise RowProblem("contact_id", f"{local!r} is not the id of a contact")
        if not (uid or local or value or email or phone or name):
            raise RowProblem("customer", "names no customer")
        return (
            uid or None, int(local) if local else None, system, value, email or None, e164,
            phone or None, name or None, search_key(name) if name else "", line,
        )  # fmt: skip

    def _product(self, key: Sequence[str], line: int, staging: Staging) -> tuple[int | None, str]:
        """Stage a product not met before; return its number and what tells it from others."""
        sku, name = (" ".join(text.split()) for text in key)
        if not sku and not name:
            found: tuple[int | None, str] = (None, "")
        else:
            self._product_no += 1
            row = (self._product_no, sku or None, name or sku, search_key(name or sku), line)
            staging.add("s_products", (*row, None, 0))
            found = (self._product_no, sku or fold(name))
        self._products[key] = found
        return found

    # -- writing ------------------------------------------------------------------------------

    def write(self, unit: Unit, staging: Staging) -> Outcome:
        """Match what is staged and put the changes into the unit."""
        request, connection = self.job.request, unit.connection
        contacts = store.resolve_customers(
            connection, self.match, create=request.unknown == "create",
            first_id=lambda count: unit.draw("contacts", count),
        )  # fmt: skip
        for warning, line, count in contacts.warnings:
            self.job.warnings.add(warning, _WARNINGS[warning], line, count)
        products = store.resolve_products(
            connection, lambda count: unit.draw("products", count)
        )
        rows = store.match_rows(
            connection, with_uid="uid" in self.plan.fields, on_match=request.on_match,
            find_fingerprints=contacts.found > 0,
        )  # fmt: skip
        first = unit.draw("purchases", rows.created + rows.created_extra)
        store.number_rows(connection, first)
        self._write_contacts(unit, contacts)
        if products:
            unit.insert_stream(
                "products", store.PRODUCT_COLUMNS,
                store.new_products(connection, unit.uid_prefix("products")),
                products[0], products[1],
            )  # fmt: skip
        count = rows.created + rows.created_extra
        total = count + contacts.created
        unit.insert_stream(
            "purchases", store.PURCHASE_COLUMNS,
            self.job.tell_writing(
                store.new_purchases(
                    connection, unit.uid_prefix("purchases"), first, dense=rows.is_dense,
                    with_returns="returns_uid" in self.plan.fields,
                ),
                contacts.created, total,
            ),
            first, count,
        )  # fmt: skip
        if rows.updated:
            unit.update_stream(
                "purchases", store.UPDATE_COLUMNS, store.update_images(connection),
                store.update_rows(connection),
            )  # fmt: skip
        if count:
            unit.update_where(
                "contacts", {"role": "customer", "updated_at": unit.at}, store.LIFTED, {}
            )
        return Outcome(
            created=rows.created,
            updated=rows.updated,
            unchanged=rows.unchanged + self.skipped,
            extra={
                "contacts_created": contacts.created,
                "products_created": products[1] if products else 0,
            },
        )

    def _write_contacts(self, unit: Unit, contacts: store.Customers) -> None:
        connection = unit.connection
        if contacts.created:
            unit.insert_stream(
                "contacts", store.CONTACT_COLUMNS,
                store.new_contacts(connection, unit.uid_prefix("contacts"), unit.at),
                contacts.first_id, contacts.created,
            )  # fmt: skip
        for table, columns, sql in store.CONTACT_KEYS:
            count = staging_count(connection, sql)
            first = unit.draw(table, count)
            unit.insert_stream(
                table, columns, store.numbered(connection, sql, first), first, count
            )
        if self.job.request.tags:
            self._tag(unit)

    def _tag(self, unit: Unit) -> None:
        from crm_cli.services.import_tags import tag_all

        tag_all(unit, self.job.request.tags, store.TOUCHED_CONTACTS)


def staging_count(connection: Any, sql: str) -> int:
    """Return how many rows a statement yields."""
    (count,) = connection.execute(f"SELECT count(*) FROM ({sql})").fetchone()
    return int(count)


def _getter(indexes: Sequence[int]) -> Callable[[list[str]], Sequence[str]]:
    """Return the cells of several columns; -1 is the empty cell at a row's end."""
    getter: Callable[[list[str]], Sequence[str]] = itemgetter(*indexes)
    return getter


_WARNINGS = {
    "name-differs": "an e-mail address matched a contact of another name",
    "phone-differs": "a phone number belongs to a contact of another name; a new one was made",
    "matched-by-name": "customers were found by their name alone",
    "archived": "an archived contact was found by its key; it stays archived",
}
