"""Importing sales and returns: a million rows with little memory, and never twice."""

from __future__ import annotations

from itertools import repeat
from typing import TYPE_CHECKING

from crm_cli.services import import_new_customers
from crm_cli.services.import_columns import keys_to_match, without_column
from crm_cli.services.import_purchase_parties import CUSTOMER_FIELDS
from crm_cli.services.import_purchase_rows import RowReader
from crm_cli.services.importing import Outcome, RowProblem, insert_many
from crm_cli.store import field_checks as checks
from crm_cli.store import import_purchase_contacts as made
from crm_cli.store import import_purchase_customers as customers
from crm_cli.store import import_purchase_match as matching
from crm_cli.store import import_purchases as store
from crm_cli.store.staging import CHUNK

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from crm_cli.services.importing import Job
    from crm_cli.services.unit import Unit
    from crm_cli.store.staging import Staging

WAYS = ("external-id", "email", "phone")
"""How a row finds its customer unless ``--match`` says otherwise."""

KNOWN_AT_ONCE = 100_000
"""Entries a cache may hold: beyond, it starts over, so that memory stays flat."""


class PurchaseImport:
    """One import of purchases."""

    tables = store.TABLES
    proves_references = True
    reader: RowReader
    news: Sequence[int] = ()
    """Rows that tell a custom field anew."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self._check_columns()
        job.open_store()
        self.match = keys_to_match(job, (*WAYS, "name"), WAYS)

    def _check_columns(self) -> None:
        fields = self.job.plan.fields
        missing = []
        if not fields.intersection(CUSTOMER_FIELDS):
            missing.append("the customer (customer, email, phone or name)")
        if "on" not in fields:
            missing.append("the day (on or date)")
        if "amount" not in fields and "price" not in fields:
            missing.append("the amount (amount, or price and quantity)")
        if missing:
            raise without_column(self.job, ", ".join(missing))

    def stage(self, staging: Staging) -> int:
        """Read every row into the temporary tables; return how many were read."""
        read = 0
        reader = self.reader = RowReader(self.job, staging, self.match)
        for lines, block, problems in self.job.blocks(CHUNK):
            read += len(block)
            plain = reader.is_plain and problems is None
            if not (plain and reader.stage_block(lines, block)):
                for line, row, trouble in zip(lines, block, problems or repeat(None), strict=False):
                    try:
                        if trouble is not None:
                            raise RowProblem(None, trouble)
                        reader.stage_row(line, row)
                    except RowProblem as found:
                        staging.add("s_rejects", (line, found.field, found.reason))
            staging.flush()
            reader.trim(KNOWN_AT_ONCE)
            self.job.tell_reading()
        # SQLite's sorters use what the caches held.
        reader.trim(0)
        self.job.warn_short_rows()
        return read

    def write(self, unit: Unit, staging: Staging) -> Outcome:
        """Match what is staged and put the changes into the unit."""
        request, connection = self.job.request, unit.connection
        store.date_returns(connection)
        unique = self.job.custom.unique if self.job.custom else ()
        for field in unique:
            checks.reject_repeated_purchases(connection, field)
        if staging.reject_count():
            store.forget_unused(connection)
        contacts = customers.resolve_customers(
            connection, self.match, create=request.unknown == "create",
            first_id=lambda count: unit.draw("contacts", count),
        )  # fmt: skip
        if staging.reject_count():
            store.forget_unused(connection)
        products = store.resolve_products(connection, lambda count: unit.draw("products", count))
        rows = matching.match_rows(
            connection, with_uid="uid" in self.job.plan.fields, on_match=request.on_match,
            find_fingerprints=contacts.found > 0, unique=unique,
        )  # fmt: skip
        self._warn(connection)
        self._warn_kept(connection)
        count = rows.created + rows.created_extra
        first = unit.draw("purchases", count)
        with_returns = self.reader.at["returns_uid"] >= 0
        custom = self.job.custom
        with_ids = with_returns or not rows.is_dense or bool(custom) or self.job.plans
        store.number_rows(connection, first, rows, with_ids=with_ids)
        import_new_customers.write(unit, contacts, self.job.request.tags)
        if products:
            unit.insert_select(
                "products", store.PRODUCT_COLUMNS, store.NEW_PRODUCTS,
                {"prefix": unit.uid_prefix("products")}, *products,
            )  # fmt: skip
        select = store.new_purchases(
            connection,
            with_ids=with_ids,
            with_details=self.reader.has_details,
            with_returns=with_returns,
        )
        insert_many(
            unit, "purchases", store.PURCHASE_COLUMNS, select,
            {"prefix": unit.uid_prefix("purchases"), "first": first}, first, count,
        )  # fmt: skip
        if count:
            store.add_reference_guard(unit.batch, first, with_returns=with_returns)
        if rows.changed:
            unit.update_stream(
                "purchases", matching.UPDATE_COLUMNS, matching.update_images(connection),
                matching.update_rows(connection),
            )  # fmt: skip
        if count:
            unit.update_where(
                "contacts", {"role": "customer", "updated_at": unit.at}, store.LIFTED, {}
            )
        told = 0
        if custom:
            store.keep_records(connection)
            self.news = custom.write(unit)
            told = store.rows_unchanged(connection, self.news)
        return Outcome(
            created=rows.created,
            updated=rows.updated + told,
            unchanged=rows.unchanged - told + self.reader.skipped,
            extra={
                "contacts_created": contacts.created,
                "products_created": products[1] if products else 0,
            },
        )

    def note_fates(self, connection: sqlite3.Connection) -> None:
        """Note what became of each row, for the plan; after ``write``."""
        from crm_cli.store import import_fates as fates

        fates.of_purchases(connection, self.news)

    def _warn_kept(self, connection: sqlite3.Connection) -> None:
        """Say where the store keeps what the file says otherwise."""
        warnings = self.job.warnings
        for line in matching.kept_differences(connection, self.job.request.on_match):
            warnings.add(
                "purchase-differs",
                "the file says another amount, day or detail than the purchase known;"
                " --on-match update takes it",
                line,
            )
        voided = self.reader.voided
        sold = matching.sold_orders(connection, list(voided)) if voided else set()
        for order in sorted(sold, key=voided.__getitem__):
            warnings.add(
                "void-known",
                "an order that the file says is cancelled or voided stands in the store as a sale;"
                " crm purchase delete takes it out",
                voided[order],
            )

    def _warn(self, connection: sqlite3.Connection) -> None:
        warnings = self.job.warnings
        by_name = "name" in self.match
        for kind, lines, count, whom in made.customer_warnings(connection, by_name=by_name):
            warnings.add_lines(kind, _WARNINGS[kind], lines, count, whom)
        today = self.job.session.today.isoformat()
        if self.reader.cells.last_day > today:
            warnings.add_lines(
                "future", "sales are dated after today", *store.rows_after(connection, today)
            )


_WARNINGS = {
    "name-differs": "an e-mail address matched a contact of another name",
    "phone-differs": "a phone number belongs to a contact of another name; a new one was made",
    "matched-by-name": "customers were found by their name",
    "told-by-name": "customers have a name and no key; rows of one name are one customer",
    "namesake": "a contact of the customer's name was there and another was made;"
    " --match name takes the one there is",
    "archived": "an archived contact was found by its key; it stays archived",
}
