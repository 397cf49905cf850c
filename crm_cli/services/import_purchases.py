"""Importing sales and returns: a million rows with little memory, and never twice.

A row's identity is its fingerprint within its contact. With an order number (and with a line
number or external id of its own) it is made of these and what was bought; without one of day,
amount, currency and what: then equal rows of one file are separate purchases, and the n-th of
them is the n-th in the store.
"""

from __future__ import annotations

from itertools import repeat
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
    hash63,
    plain_amount,
    problem,
)
from crm_cli.services.importing import Outcome, RowProblem, insert_many
from crm_cli.store import import_purchases as store
from crm_cli.store.staging import CHUNK, rows_of

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Sequence

    from crm_cli.services.importing import Job
    from crm_cli.services.unit import Unit
    from crm_cli.store.staging import Staging

CUSTOMER_FIELDS = ("contact_uid", "contact_id", "customer", "email", "phone", "name")
GOODS_FIELDS = ("sku", "product", "currency")
DETAIL_FIELDS = ("description", "channel", "campaign", "external_id", "uid", "returns_uid")
OTHER_FIELDS = (
    "on", "amount", "price", "quantity", "kind", "order_number", "line", "order_state",
    "cancelled_at", "line_discount", "order_refund",
)  # fmt: skip
NOTHING = frozenset({"", "0", "0.0", "0.00"})
Good = tuple[int, str, str, int, dict[str, int]]
"""A product in a currency: its number, what it is, currency, its part of a sale's fingerprint,
and the amounts read in that currency."""
KNOWN_AT_ONCE = 100_000
"""Entries a cache may hold: beyond, it starts over, so that memory stays flat."""

_NOTHING_ELSE = (None,) * 4
_SKIPPED_STATES = frozenset({"voided", "expired"})
_UNPAID_STATES = frozenset({"pending", "authorized", ""})


class PurchaseImport:
    """One import of purchases."""

    tables = store.TABLES
    proves_references = True

    def __init__(self, job: Job) -> None:
        self.job = job
        self.plan = job.plan
        request, session = job.request, job.session
        self._check_columns()
        job.open_store()
        self.dates = DateReader(session.zone, request.dates or session.date_order)
        self.currency = (request.currency or session.setting("currency")).upper()
        self.country = request.country or session.setting("country") or None
        self.system = request.source or (self.plan.preset and self.plan.preset.source) or "customer"
        self.match = self._read_match(request.match)
        self.today, self.last_day = session.today.isoformat(), ""
        self.skipped = 0
        self._voided: dict[str, int] = {}
        self.at = {
            name: self.plan.index(name)
            for name in (*CUSTOMER_FIELDS, *GOODS_FIELDS, *DETAIL_FIELDS, *OTHER_FIELDS)
        }
        self.has_details = any(self.at[name] >= 0 for name in DETAIL_FIELDS)
        self.is_plain = (
            self.at["amount"] >= 0
            and not self.has_details
            and not any(
                self.at[name] >= 0 for name in ("kind", "order_number", "price", "order_state")
            )
        )
        self.customer_at = [self.at[name] for name in CUSTOMER_FIELDS if self.at[name] >= 0]
        self.goods_at = [self.at[name] for name in GOODS_FIELDS if self.at[name] >= 0]
        self.customer_key = itemgetter(*self.customer_at)
        self.goods_key = itemgetter(*(self.goods_at or [-1]))
        self.n = 0
        self._customers: dict[Any, int] = {}
        self._has_kept = False
        self._customer_no = 0
        self._goods: dict[Any, Good] = {}
        self._refunded: dict[Any, Good] = {}
        self._product_no = self._goods_no = 0
        self._days: dict[str, tuple[str, int]] = {}
        self._plain_quantities: dict[str, int | None] = {}
        self._amounts: dict[str, dict[str, int]] = {}

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
                hint="its columns are "
                + ", ".join(self.job.table.header)
                + '; say which is which with --map "Their column=field"',
            )

    @staticmethod
    def _read_match(text: str | None) -> tuple[str, ...]:
        ways = ("external-id", "email", "phone")
        if text is None:
            return ways
        if text not in (*ways, "name"):
            raise errors.InvalidValue(
                f"--match cannot be {text!r}", hint=f"write one of {', '.join(ways)}, name"
            )
        return (text,)

    # -- staging ----------------------------------------------------------------------------

    def stage(self, staging: Staging) -> int:
        """Read every row into the temporary tables; return how many were read."""
        read = 0
        staging.choose_columns("s_purchases", store.PLAIN_COLUMNS, way="plain")
        for lines, block, problems in self.job.blocks(CHUNK):
            read += len(block)
            plain = self.is_plain and problems is None
            if not (plain and self._stage_plain(lines, block, staging)):
                for line, cells, trouble in zip(
                    lines, block, problems or repeat(None), strict=False
                ):
                    try:
                        if trouble is not None:
                            raise RowProblem(None, trouble)
                        self._stage_row(line, cells, staging)
                    except RowProblem as found:
                        staging.add("s_rejects", (line, found.field, found.reason))
            staging.flush()
            self._trim()
            self.job.tell_reading()
        # SQLite's sorters use what the caches held.
        self._trim(to=0)
        self.job.warn_short_rows()
        return read

    def _stage_plain(self, lines: Sequence[int], block: list[list[str]], staging: Staging) -> bool:
        """Stage a block of plain sales column by column: a third of the cost of row by row.

        Returns False, with no row staged, where a row has a problem or is a return.
        """
        columns = list(zip(*block, strict=True))
        empty = ("",) * len(block)

        def keys(indexes: Sequence[int]) -> Sequence[Any]:
            return columns[indexes[0]] if len(indexes) == 1 else list(
                zip(*(columns[at] for at in indexes), strict=True)
            )  # fmt: skip

        at = self.at
        customers, goods = keys(self.customer_at), keys(self.goods_at) if self.goods_at else empty
        days, amounts = columns[at["on"]], columns[at["amount"]]
        quantities = columns[at["quantity"]] if at["quantity"] >= 0 else empty
        if at["currency"] >= 0 and len(set(columns[at["currency"]])) > 1:
            return False

        def meet_customers() -> None:
            self._meet(customers, self._customers, CUSTOMER_FIELDS, lines, block,
                       lambda cells, line: self._customer(cells, line, staging))  # fmt: skip

        def meet_goods() -> None:
            self._meet(goods, self._goods, GOODS_FIELDS, lines, block,
                       lambda cells, line: self._good(cells, line, staging))  # fmt: skip

        def read_each(texts: Sequence[str], known: dict[str, Any], read: Callable[[str], Any]
                      ) -> Callable[[], None]:  # fmt: skip
            def learn() -> None:
                for text in set(texts).difference(known):
                    read(text)

            return learn

        try:
            numbers = _looked_up(customers, self._customers, meet_customers)
            found = _looked_up(goods, self._goods, meet_goods)
            _, _, currency, _, known = found[0]
            dated = _looked_up(days, self._days, read_each(days, self._days, self._day))
            told = _looked_up(
                quantities, self._plain_quantities,
                read_each(quantities, self._plain_quantities, self._quantity),
            )  # fmt: skip
            minor = _looked_up(
                amounts, known,
                read_each(amounts, known, lambda text: self._amount(text, currency, known)),
            )  # fmt: skip
        except (RowProblem, KeyError):
            return False
        if min(minor) < 0:
            return False
        first = self.n + 1
        self.n += len(block)
        staging.rows("plain").extend(
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

    def _meet(
        self, keys: Sequence[Any], known: dict[Any, Any], fields: Sequence[str],
        lines: Sequence[int], block: list[list[str]],
        make: Callable[[Sequence[str], int], Any],
    ) -> None:  # fmt: skip
        """Make what the keys name and is not known yet, in the order of the file."""
        if known is self._customers and self._has_kept:
            self._recall(set(keys).difference(known))
        places = [self.at[name] for name in fields]
        for key, line, cells in zip(keys, lines, block, strict=True):
            if key not in known:
                known[key] = make([cells[at] if at >= 0 else "" for at in places], line)

    def _stage_row(self, line: int, cells: list[str], staging: Staging) -> None:
        """Stage one row of any shape. Raises RowProblem."""
        at = self.at
        # A column the file has not is read from an empty cell added to the row.
        cells.append("")
        if at["order_state"] >= 0 and self._is_void(cells):
            self.skipped += 1
            self.job.warnings.add("void", "cancelled or voided orders were left out", line)
            self._voided.setdefault(cells[at["order_number"]].strip(), line)
            return
        if cells[at["cancelled_at"]].strip() and "refunded" not in cells[at["order_state"]].lower():
            self.job.warnings.add(
                "cancelled", "orders were cancelled but paid for, not refunded; imported as sales",
                line,
            )  # fmt: skip
        key = self.customer_key(cells)
        customer = self._customers.get(key)
        if customer is None and self._has_kept:
            self._recall({key})
            customer = self._customers.get(key)
        if customer is None:
            told = [cells[at[name]] for name in CUSTOMER_FIELDS]
            customer = self._customers[key] = self._customer(told, line, staging)
        day, day_hash = self._days.get(cells[at["on"]]) or self._day(cells[at["on"]])
        key = self.goods_key(cells)
        good = self._goods.get(key)
        if good is None:
            told = [cells[at[name]] for name in GOODS_FIELDS]
            good = self._goods[key] = self._good(told, line, staging)
        number, what, currency, _, amounts = good
        quantity = self._quantity(cells[at["quantity"]])
        amount = self._line_total(cells, currency, quantity, amounts)
        kind, amount, quantity = self._kind(cells, amount, quantity)
        order = cells[at["order_number"]].strip() or None
        detail = [cells[at[name]].strip() or None for name in DETAIL_FIELDS]
        fingerprint = self._fingerprint(
            what, currency, kind, order, cells[at["line"]].strip(), detail,
            day_hash + amount * AMOUNT_FACTOR,
        )  # fmt: skip
        self.n += 1
        rows = staging.rows("s_purchases")
        rows.append(
            (self.n, line, customer, number, day, quantity, amount, fingerprint, kind, order, 0)
        )
        if self.has_details:
            staging.add("s_details", (self.n, *detail))
        if cells[at["order_refund"]].strip() not in NOTHING:
            self._stage_refund(cells, rows, staging)

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

    def _recall(self, keys: set[Any]) -> None:
        """Take customers back into memory that found no room in it since they were met."""
        texts = {key if isinstance(key, str) else "\x1f".join(key): key for key in keys}
        found = store.recall(self.job.session.writer, list(texts))
        self._customers.update((texts[text], number) for text, number in found.items())

    def _trim(self, to: int | None = None) -> None:
        limit = KNOWN_AT_ONCE if to is None else to
        if to is None and len(self._customers) > limit:
            # Unlike the others these are many, and meeting one twice costs at every later step.
            texts = (
                (key if isinstance(key, str) else "\x1f".join(key), number)
                for key, number in self._customers.items()
            )
            store.remember(self.job.session.writer, texts)
            self._has_kept = True
        caches: tuple[dict[Any, Any], ...] = (
            self._customers, self._goods, self._days, self._plain_quantities,
            *self._amounts.values(),
        )  # fmt: skip
        for cache in caches:
            if len(cache) > limit:
                cache.clear()

    # -- single cells -------------------------------------------------------------------------

    def _day(self, text: str) -> tuple[str, int]:
        if not text.strip():
            raise RowProblem("on", "has no date")
        try:
            day = self.dates.day(text)
        except ValueError as error:
            raise RowProblem("on", str(error)) from None
        self.last_day = max(self.last_day, day)
        found = self._days[text] = (day, hash63(day))
        return found

    @staticmethod
    def _currency(text: str) -> str:
        try:
            return read_currency(text)
        except errors.InvalidValue as error:
            raise problem("currency", error) from None

    def _amount(self, text: str, currency: str, known: dict[str, int], name: str = "amount") -> int:
        if not text.strip():
            raise RowProblem(name, f"has no {name}")
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
        known[text] = value
        return value

    def _quantity(self, text: str) -> int | None:
        """Return thousandths, None for an empty cell."""
        try:
            value = read_quantity(text, self.job.request.decimal) if text.strip() else None
        except errors.InvalidValue as error:
            raise problem("quantity", error) from None
        if value is None or value >= 0:
            self._plain_quantities[text] = value
        return value

    def _line_total(
        self, cells: list[str], currency: str, quantity: int | None, known: dict[str, int]
    ) -> int:
        """Return the amount, else price x quantity less the line's discount."""
        text, price = cells[self.at["amount"]].strip(), cells[self.at["price"]].strip()
        if text or not price:
            return self._amount(text, currency, known)
        try:
            each = read_quantity(plain_amount(price, currency), self.job.request.decimal)
        except errors.InvalidValue:
            raise RowProblem("price", f"{price!r} is not a price; write it as 12.50") from None
        # Thousandths times thousandths, in minor units; half up once per line.
        product = abs(each * (1000 if quantity is None else quantity))
        total: int = (product * 10 ** exponent(currency) + 500_000) // 1_000_000
        if (each < 0) != (quantity is not None and quantity < 0):
            total = -total
        discount = cells[self.at["line_discount"]].strip()
        return total - (self._amount(discount, currency, known, "discount") if discount else 0)

    def _kind(
        self, cells: list[str], amount: int, quantity: int | None
    ) -> tuple[str, int, int | None]:
        text = cells[self.at["kind"]].strip().lower()
        words = {"": None, "sale": "sale", "order": "sale", "purchase": "sale", "return": "return",
                 "refund": "return", "credit": "return"}  # fmt: skip
        if text not in words:
            raise RowProblem("kind", f"{text!r} is not a kind; write sale or return")
        negative = amount < 0 or (quantity is not None and quantity < 0)
        kind = words[text] or ("return" if negative else "sale")
        if kind == "sale" and negative:
            raise RowProblem("amount", "is negative, but the row says it is a sale")
        return kind, abs(amount), None if quantity is None else abs(quantity)

    def _is_void(self, cells: list[str]) -> bool:
        state = cells[self.at["order_state"]].strip().lower()
        return state in _SKIPPED_STATES or (
            state in _UNPAID_STATES and bool(cells[self.at["cancelled_at"]].strip())
        )

    def _stage_refund(self, cells: list[str], rows: list[Sequence[Any]], staging: Staging) -> None:
        """Stage an order's refund as a return of the order's day, without a product."""
        n, line, customer, _, day, _, _, _, _, order, _ = rows[-1]
        key = ("", "", cells[self.at["currency"]])
        if key not in self._refunded:
            self._refunded[key] = self._good(key, line, staging)
        number, _, currency, _, _ = self._refunded[key]
        text = cells[self.at["order_refund"]].strip()
        try:
            amount = abs(self._amount(text, currency, self._amounts[currency]))
        except RowProblem:
            self.job.warnings.add("refund", "a refund's amount could not be read", line)
            return
        if not amount:
            return
        self.n += 1
        fingerprint = hash63(f"o\x1f{order}\x1f\x1freturn")
        rows.append(
            (n + 1, line, customer, number, day, None, amount, fingerprint, "return", order, 1)
        )

    # -- customers and products ---------------------------------------------------------------

    def _customer(self, key: Sequence[str], line: int, staging: Staging) -> int:
        """Stage a customer not met before and return its number."""
        number = key[CUSTOMER_FIELDS.index("customer")]
        row: tuple[Any, ...]
        bare = number.isascii() and number.isalnum() and not number.isalpha()
        if bare and number == "".join(key):
            # Told by a number alone, as in most files: nothing needs a closer look.
            row = (None, None, self.system, number, *_NOTHING_ELSE, "", line, False)
        else:
            row = self._customer_row(key, line)
        self._customer_no += 1
        staging.add("s_customers", (self._customer_no, *row, None, 0, None))
        return self._customer_no

    def _customer_row(self, key: Sequence[str], line: int) -> tuple[Any, ...]:
        uid, local, number, email, phone, name = [text.strip() for text in key]
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
        # Who is told by name alone gets it as a number, and is known by it the next time.
        by_name = bool(name) and not (uid or local or value or email or phone)
        if by_name and "name" not in self.match:
            system, value = self.system, fold(name)
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
            by_name,
        )  # fmt: skip

    def _good(self, key: Sequence[str], line: int, staging: Staging) -> Good:
        """Stage a product not met before and return what its rows share."""
        sku, name = (" ".join(text.split()) for text in key[:2])
        currency = self._currency(key[2]) if key[2].strip() else self.currency
        product, what = None, ""
        if sku or name:
            self._product_no += 1
            product, what = self._product_no, sku or fold(name)
            row = (product, sku or None, name or sku, search_key(name or sku), line)
            staging.add("s_products", (*row, None, 0))
        self._goods_no += 1
        staging.add("s_goods", (self._goods_no, product, currency))
        base = hash63(f"{what}\x1f{currency}\x1fsale")
        amounts = self._amounts.setdefault(currency, {})
        return self._goods_no, what, currency, base, amounts

    # -- writing ------------------------------------------------------------------------------

    def write(self, unit: Unit, staging: Staging) -> Outcome:
        """Match what is staged and put the changes into the unit."""
        request, connection = self.job.request, unit.connection
        if staging.reject_count():
            store.forget_unused(connection)
        contacts = store.resolve_customers(
            connection, self.match, create=request.unknown == "create",
            first_id=lambda count: unit.draw("contacts", count),
        )  # fmt: skip
        if staging.reject_count():
            store.forget_unused(connection)
        products = store.resolve_products(connection, lambda count: unit.draw("products", count))
        rows = store.match_rows(
            connection, with_uid="uid" in self.plan.fields, on_match=request.on_match,
            find_fingerprints=contacts.found > 0,
        )  # fmt: skip
        self._warn(connection)
        self._warn_kept(connection)
        count = rows.created + rows.created_extra
        first = unit.draw("purchases", count)
        with_returns = self.at["returns_uid"] >= 0
        with_ids = with_returns or not rows.is_dense
        store.number_rows(connection, first, rows, with_ids=with_ids)
        self._write_contacts(unit, contacts)
        if products:
            unit.insert_select(
                "products", store.PRODUCT_COLUMNS, store.NEW_PRODUCTS,
                {"prefix": unit.uid_prefix("products")}, *products,
            )  # fmt: skip
        select = store.new_purchases(
            connection, with_ids=with_ids, with_details=self.has_details, with_returns=with_returns
        )
        insert_many(
            unit, "purchases", store.PURCHASE_COLUMNS, select,
            {"prefix": unit.uid_prefix("purchases"), "first": first}, first, count,
        )  # fmt: skip
        if count:
            store.add_reference_guard(unit.batch, first, with_returns=with_returns)
        if rows.changed:
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

    def _warn_kept(self, connection: sqlite3.Connection) -> None:
        """Say where the store keeps what the file says otherwise."""
        warnings = self.job.warnings
        for line in store.kept_differences(connection, self.job.request.on_match):
            warnings.add(
                "purchase-differs",
                "the file says another amount, day or detail than the purchase known;"
                " --on-match update takes it",
                line,
            )
        sold = store.sold_orders(connection, list(self._voided)) if self._voided else set()
        for order in sorted(sold, key=self._voided.__getitem__):
            warnings.add(
                "void-known",
                "an order that the file says is cancelled or voided stands in the store as a sale;"
                " crm purchase delete takes it out",
                self._voided[order],
            )

    def _warn(self, connection: sqlite3.Connection) -> None:
        warnings = self.job.warnings
        by_name = "name" in self.match
        for kind, lines, count in store.customer_warnings(connection, by_name=by_name):
            warnings.add_lines(kind, _WARNINGS[kind], lines, count)
        if self.last_day > self.today:
            warnings.add_lines(
                "future", "sales are dated after today", *store.rows_after(connection, self.today)
            )

    def _write_contacts(self, unit: Unit, contacts: store.Customers) -> None:
        connection = unit.connection
        if contacts.created:
            unit.insert_select(
                "contacts", store.CONTACT_COLUMNS, store.NEW_CONTACTS,
                {"prefix": unit.uid_prefix("contacts"), "at": unit.at},
                contacts.first_id, contacts.created,
            )  # fmt: skip
        for table, columns, sql in store.CONTACT_KEYS:
            count = rows_of(connection, sql)
            first = unit.draw(table, count)
            unit.insert_select(table, columns, store.numbered(sql), {"first": first}, first, count)
        if self.job.request.tags:
            self._tag(unit)

    def _tag(self, unit: Unit) -> None:
        from crm_cli.services.import_tags import tag_all

        tag_all(unit, self.job.request.tags, store.TOUCHED_CONTACTS)


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


_WARNINGS = {
    "name-differs": "an e-mail address matched a contact of another name",
    "phone-differs": "a phone number belongs to a contact of another name; a new one was made",
    "matched-by-name": "customers were found by their name",
    "told-by-name": "customers have a name and no key; rows of one name are one customer",
    "archived": "an archived contact was found by its key; it stays archived",
}
