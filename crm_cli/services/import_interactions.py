"""Importing a table of talks: each with the contact it names, and never twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crm_cli.services import import_new_customers
from crm_cli.services.import_columns import keys_to_match, without_column
from crm_cli.services.import_interaction_rows import TalkReader
from crm_cli.services.import_purchase_parties import CUSTOMER_FIELDS
from crm_cli.services.importing import Outcome, RowProblem, insert_many
from crm_cli.store import import_interaction_updates as updates
from crm_cli.store import import_interactions as store
from crm_cli.store import import_purchase_contacts as made
from crm_cli.store import import_purchase_customers as customers
from crm_cli.store.staging import CHUNK

if TYPE_CHECKING:
    import sqlite3

    from crm_cli.services.importing import Job
    from crm_cli.services.unit import Unit
    from crm_cli.store.staging import Staging

WAYS = ("external-id", "email", "phone", "name")
"""How a contact is found: by name where nothing else tells and one contact alone is called so."""


class InteractionImport:
    """One import of a table of talks."""

    tables = store.TABLES
    proves_references = False
    reader: TalkReader

    def __init__(self, job: Job) -> None:
        self.job = job
        self._check_columns()
        self.ways = keys_to_match(job, WAYS)
        job.open_store()

    def _check_columns(self) -> None:
        fields = self.job.plan.fields
        missing = []
        if not fields.intersection(CUSTOMER_FIELDS):
            missing.append("the contact (contact, email, phone or customer)")
        if "at" not in fields:
            missing.append("the day (at or date)")
        if missing:
            raise without_column(self.job, ", ".join(missing))

    def stage(self, staging: Staging) -> int:
        """Read every row into the temporary tables; return how many were read."""
        read = 0
        reader = self.reader = TalkReader(self.job, staging, self.ways)
        for line, row, trouble in self.job.rows():
            read += 1
            try:
                if trouble is not None:
                    raise RowProblem(None, trouble)
                reader.stage_row(line, row)
            except RowProblem as found:
                staging.add("s_rejects", (line, found.field, found.reason))
            if read % CHUNK == 0:
                staging.flush()
                reader.trim()
                self.job.tell_reading()
        reader.say_words()
        self.job.warn_short_rows()
        return read

    def write(self, unit: Unit, staging: Staging) -> Outcome:
        """Match what is staged and put the new talks into the unit."""
        connection, request = unit.connection, self.job.request
        if staging.reject_count():
            store.drop_rejected(connection)
        store.match_mails(connection)
        contacts = customers.resolve_customers(
            connection, self.ways, create=request.unknown == "create",
            first_id=lambda count: unit.draw("contacts", count),
        )  # fmt: skip
        if staging.reject_count():
            store.drop_rejected(connection)
        rows = store.match_rows(connection, request.on_match)
        for kind, lines, count, whom in made.customer_warnings(connection, by_name=True):
            if kind in _WARNINGS:
                self.job.warnings.add_lines(kind, _WARNINGS[kind], lines, count, whom)
        if request.on_match in {"fill", "skip"}:
            self.job.warnings.add_lines(
                "talk-differs",
                "the file says otherwise than the talk known; --on-match update takes it",
                *updates.kept(connection),
            )
        first = unit.draw("interactions", rows.created)
        store.number_rows(connection, first)
        import_new_customers.write(unit, contacts, self.job.request.tags)
        insert_many(
            unit, "interactions", store.COLUMNS, store.NEW_ROWS,
            {"prefix": unit.uid_prefix("interactions"), "at": unit.at,
             "actor": self.job.session.actor},
            first, rows.created,
        )  # fmt: skip
        if rows.updated:
            unit.update_stream(
                "interactions", updates.UPDATE_COLUMNS, updates.images(connection, unit.at),
                updates.rows(connection, unit.at),
            )  # fmt: skip
        return Outcome(
            created=rows.created,
            updated=rows.updated,
            unchanged=rows.unchanged + self.reader.skipped,
            extra={"contacts_created": contacts.created},
        )

    def note_fates(self, connection: sqlite3.Connection) -> None:
        """Note what became of each row, for the plan; after ``write``."""
        from crm_cli.store import import_fates as fates

        fates.of_interactions(connection)


_WARNINGS = {
    "name-differs": "an e-mail address matched a contact of another name",
    "phone-differs": "a phone number belongs to a contact of another name; a new one was made",
    "matched-by-name": "contacts were found by their name",
    "archived": "an archived contact was found by its key; it stays archived",
}
