"""Importing products: found by UUID, SKU, then whole name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crm_cli import errors
from crm_cli.domain.values import read_amount, read_currency, search_key
from crm_cli.services.import_columns import keys_to_match, without_column
from crm_cli.services.import_values import plain_amount, problem
from crm_cli.services.importing import Outcome, RowProblem
from crm_cli.services.products import read_interval
from crm_cli.store import field_checks as checks
from crm_cli.store import import_products as store
from crm_cli.store.import_fields import fields_of
from crm_cli.store.staging import CHUNK

if TYPE_CHECKING:
    import sqlite3

    from crm_cli.services.importing import Job
    from crm_cli.services.unit import Unit
    from crm_cli.store.staging import Staging

KEYS = ("uid", "sku", "name")
_OWN_CELLS = {
    "sku": "sku", "name": "name", "category": "category", "price": "price",
    "service_interval": "service_interval", "is_active": "active",
}  # fmt: skip
"""Columns that a row fills or overwrites, and what people call them."""
_FLAGS = {"true": 1, "yes": 1, "1": 1, "active": 1, "false": 0, "no": 0, "0": 0, "retired": 0}


class ProductImport:
    """One import of products."""

    tables = store.TABLES
    proves_references = False

    def __init__(self, job: Job) -> None:
        self.job = job
        if not job.plan.fields & {"name", "sku"}:
            raise without_column(job, "the product's name or SKU")
        self.keys = keys_to_match(job, KEYS)
        job.open_store()
        self._fates: list[tuple[int, int, str, int]] = []
        self._told: set[int] = set()
        self._owners: dict[tuple[int, str | None, int | None], int] = {}
        """Values that none may share -> the product that a row gives it to."""
        setting = job.request.currency or job.session.setting("currency")
        self.currency = setting.upper()
        self.at = {
            name: job.plan.index(name)
            for name in (
                "uid", "sku", "name", "category", "price", "currency", "service_interval", "active",
            )
        }  # fmt: skip

    def stage(self, staging: Staging) -> int:
        """Read every row into the temporary tables; return how many were read."""
        read = n = 0
        for line, cells, trouble in self.job.rows():
            read += 1
            if not read % CHUNK:
                staging.flush()
                self.job.tell_reading()
            if trouble is not None:
                staging.add("s_rejects", (line, None, trouble))
                continue
            cells.append("")
            values = []
            try:
                row = self._read(cells)
                if self.job.custom:
                    values = self.job.custom.read(cells)
                    for name, place in (("sku", 1), ("category", 4)):
                        self.job.custom.refuse_own(name, row[place])
            except RowProblem as found:
                staging.add("s_rejects", (line, found.field, found.reason))
                continue
            n += 1
            staging.add("s_items", (n, line, *row))
            for value in values:
                staging.add("s_fields", (n, *value))
        staging.flush()
        self.job.warn_short_rows()
        return read

    def _read(self, cells: list[str]) -> tuple[Any, ...]:
        text = {name: " ".join(cells[index].split()) for name, index in self.at.items()}
        name = text["name"] or text["sku"]
        if not name:
            raise RowProblem("name", "has neither a name nor a SKU")
        price = currency = None
        if text["price"]:
            try:
                currency = read_currency(text["currency"]) if text["currency"] else self.currency
            except errors.InvalidValue as error:
                raise problem("currency", error) from None
            try:
                decimal = self.job.request.decimal
                price = read_amount(plain_amount(text["price"], currency), currency, decimal)
            except errors.InvalidValue as error:
                raise problem("price", error) from None
            if price < 0:
                raise RowProblem("price", f"{text['price']!r} is negative")
        interval = None
        if text["service_interval"]:
            try:
                interval = read_interval(text["service_interval"])
            except errors.InvalidValue as error:
                raise problem("service_interval", error) from None
        active = None
        if text["active"]:
            active = _FLAGS.get(text["active"].lower())
            if active is None:
                raise RowProblem("active", f"{text['active']!r} is not true or false")
        return (
            text["uid"] or None, text["sku"] or None, name, search_key(name),
            text["category"] or None, price, currency, interval, active,
        )  # fmt: skip

    def write(self, unit: Unit, staging: Staging) -> Outcome:
        """Match what is staged and put the changes into the unit."""
        del staging
        connection = unit.connection
        store.prepare(connection)
        outcome = Outcome()
        first = unit.draw("products", 0)
        unchanged = set()
        for n, line, cells in store.items(connection):
            fate, product_id = self._settle(connection, n, line, cells, first + outcome.created)
            if fate is not None:
                setattr(outcome, fate, getattr(outcome, fate) + 1)
                if self.job.plans:
                    self._fates.append((n, line, fate, product_id))
            if fate == "unchanged":
                unchanged.add(n)
        unit.draw("products", outcome.created)
        unit.insert_select(
            "products", ("id", *store.COLUMNS), store.NEW,
            {"prefix": unit.uid_prefix("products")}, first, outcome.created,
        )  # fmt: skip
        if store.changes(connection):
            unit.update_stream(
                "products", store.COLUMNS, store.images(connection), store.rows(connection)
            )
        if self.job.custom:
            self._told = unchanged.intersection(self.job.custom.write(unit))
            outcome.updated += len(self._told)
            outcome.unchanged -= len(self._told)
        return outcome

    def note_fates(self, connection: sqlite3.Connection) -> None:
        """Note what became of each row, for the plan; after ``write``."""
        from crm_cli.store import import_fates as fates

        fates.of_products(connection, self._fates, self._told)

    def _settle(
        self, connection: sqlite3.Connection, n: int, line: int, cells: dict[str, Any], next_id: int
    ) -> tuple[str | None, int]:
        """Stage what becomes of one row; return the name of its count, None when rejected, and
        the product's id."""
        for table in ("products", "temp.s_made"):
            for key in self.keys:
                found = store.find(connection, table, key, cells)
                if found is None:
                    continue
                if self.job.request.on_match == "fail":
                    store.reject(connection, line, f"is there already ({found[1]['name']})")
                    return None, 0
                if self.job.custom:
                    if self._is_taken(connection, n, line, found[0]):
                        return None, 0
                    store.keep_record(connection, n, found[0])
                return self._merge(connection, table, found, line, cells), found[0]
        if self.job.custom and (lacking := self._lacking(connection, n, cells)):
            store.reject(connection, line, lacking)
            return None, 0
        if self.job.custom and self._is_taken(connection, n, line, next_id):
            return None, 0
        store.keep_made(
            connection, next_id, {**cells, "is_active": 1 if cells["is_active"] is None else
                                  cells["is_active"]},
        )  # fmt: skip
        if self.job.custom:
            store.keep_record(connection, n, next_id)
        return "created", next_id

    def _lacking(self, connection: sqlite3.Connection, n: int, cells: dict[str, Any]) -> str | None:
        """Return what ``--require-complete`` says against a row, None where it is complete."""
        custom = self.job.custom
        if custom is None or not custom.required:
            return None
        try:
            filled = {name for name, value in cells.items() if value is not None}
            custom.refuse_incomplete(filled, fields_of(connection, n))
        except RowProblem as found:
            return f"{found.field} {found.reason}"
        return None

    def _is_taken(self, connection: sqlite3.Connection, n: int, line: int, product_id: int) -> bool:
        """Reject a row with a value that is another product's and that none may share; where it
        is free it is this product's from now on."""
        for field in self.job.custom.unique if self.job.custom else ():
            for value in checks.staged_values(connection, n, field.id):
                key = (field.id, value.folded, value.number)
                held = checks.holders(connection, field, value, but=product_id)
                owner = held[0] if held else self._owners.setdefault(key, product_id)
                if owner != product_id:
                    reason = f"belongs to another product (#{owner})"
                    store.reject(connection, line, reason, field.key)
                    return True
        return False

    def _merge(
        self, connection: sqlite3.Connection, table: str, found: tuple[int, dict[str, Any]],
        line: int, cells: dict[str, Any],
    ) -> str:  # fmt: skip
        on_match = self.job.request.on_match
        if on_match == "skip":
            return "unchanged"
        product_id, stored = found
        known = store.changed(connection, product_id) if table == "products" else None
        now = known or stored
        after = dict(now)
        kept = []
        for name, title in _OWN_CELLS.items():
            if cells[name] is None:
                continue
            if on_match == "update" or now[name] is None:
                after[name] = cells[name]
                if name == "price":
                    after["currency"] = cells["currency"]
            elif now[name] != cells[name] or (
                name == "price" and now["currency"] != cells["currency"]
            ):
                kept.append(title)
        if kept:
            self.job.warnings.add(
                "product-differs",
                "the file says otherwise than the product known, which was kept (--on-match update"
                " takes the file's)",
                line, fields=kept,
            )  # fmt: skip
        after["folded"] = search_key(after["name"])
        if after == now:
            return "unchanged"
        if table == "products":
            store.keep_changed(connection, product_id, stored, after)
        else:
            store.keep_made(connection, product_id, after)
        return "updated"
