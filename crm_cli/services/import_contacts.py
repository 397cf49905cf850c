"""Importing people and companies: rows find the contact they mean, or make one.

New contacts that one row describes go from the staging tables to the store inside SQLite.
Only rows that mean a contact known already, or several rows of one contact, pass through
``import_contact_merge``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crm_cli.domain.values import fold
from crm_cli.services import import_consents as consents
from crm_cli.services.import_columns import keys_to_match, without_column
from crm_cli.services.import_contact_merge import Merger
from crm_cli.services.import_contact_rows import KEYS, RowReader
from crm_cli.services.importing import Outcome, RowProblem, insert_many
from crm_cli.store import field_checks as checks
from crm_cli.store import import_companies as company_store
from crm_cli.store import import_contact_insert as inserts
from crm_cli.store import import_contact_match as matching
from crm_cli.store import import_contact_merge as merged
from crm_cli.store import import_contact_ties as ties
from crm_cli.store import import_contacts as staged
from crm_cli.store import import_fields as values
from crm_cli.store import picklists
from crm_cli.store.staging import CHUNK

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

    from crm_cli.services.import_companies import Namesakes
    from crm_cli.services.importing import Job
    from crm_cli.services.unit import Unit
    from crm_cli.store.staging import Staging

_NO_ID = 1 << 40
"""Stands for the id of a contact while it is only asked after."""

DEFAULT_KEYS = ("uid", "external-id", "email", "phone")


class ContactImport:
    """One import of contacts."""

    tables = staged.TABLES
    proves_references = False

    def __init__(self, job: Job) -> None:
        self.job = job
        plan, request = job.plan, job.request
        self.with_consents = consents.told_by(plan, job.table.header)
        fields = plan.fields
        if not fields.intersection(
            {"name", "first_name", "last_name", "company", "email", "phone", "external_id", "uid"}
        ):
            raise without_column(job, "a name, e-mail, phone or customer number")
        self.ways = keys_to_match(job, KEYS, DEFAULT_KEYS)
        self.merges = request.on_match in {"fill", "update"}
        job.open_store()
        self.with_companies = bool(fields & {"company", "company_uid", "company_external_id"})
        self.has_strays = "referred_by_uid" in fields
        self.with_uids = "uid" in fields
        # Without the way of finding by them, equal numbers have to be looked for.
        self.has_loose_numbers = "external_id" in fields and "external-id" not in self.ways
        self.with_relations = "relations" in fields
        self.with_tags = bool(request.tags) or "tags" in fields
        self.consents = consents.Consents()
        self.updated = 0
        self.namesakes: Namesakes | None = None
        if self.with_companies or "kind" in fields or (plan.preset and plan.preset.kind):
            from crm_cli.services.import_companies import Namesakes

            self.namesakes = Namesakes(job)
            if job.session.is_interactive and request.path not in {None, "-"}:
                job.before_writing = self._ask
        self.all_new_from = 0
        """The first contact's number where every row makes one, else 0."""

    def stage(self, staging: Staging) -> int:
        """Read every row into the temporary tables; return how many were read."""
        reader = RowReader(
            self.job, staging, self.ways, self._words("role"), self._words("relation"),
            with_consents=self.with_consents,
        )  # fmt: skip
        reader.retired_roles = self._retired("role", reader.roles)
        rejects = staging.rows("s_rejects")
        read = 0
        for line, cells, trouble in self.job.rows():
            read += 1
            if not read % CHUNK:
                staging.flush()
                self.job.tell_reading()
            if trouble is not None:
                rejects.append((line, None, trouble))
                continue
            try:
                reader.read(line, cells)
            except RowProblem as found:
                rejects.append((line, found.field, found.reason))
        staging.flush()
        self.has_strays |= reader.has_fingerprints
        self.job.warn_short_rows()
        return read

    def _words(self, picklist: str) -> dict[str, str]:
        """Return folded word -> key of a list of choices."""
        words: dict[str, str] = {}
        # What is retired is not offered, but records have it, and an export of them comes back.
        for with_retired in (False, True):
            for key, label, aliases in picklists.values(
                self.job.session.writer, picklist, with_retired=with_retired
            ):
                for word in (key, label, *aliases):
                    words.setdefault(fold(word), key)
        return words

    def _retired(self, picklist: str, words: Mapping[str, str]) -> frozenset[str]:
        """Return the keys that a list offers no more."""
        offered = picklists.values(self.job.session.writer, picklist)
        return frozenset(words.values()) - {key for key, _, _ in offered}

    @property
    def same_companies(self) -> set[tuple[str, str]]:
        """Pairs of folded names that somebody said are one company."""
        return self.namesakes.same if self.namesakes else set()

    def _ask(self) -> None:
        """Ask which companies of near names are one, before the store is locked: see by a match
        that is taken back."""
        namesakes, connection = self.namesakes, self.job.session.writer
        if namesakes is None or self.job.session.confirm is None:
            return
        connection.execute("BEGIN")
        try:
            self._match(connection)
            self._set_targets(connection)
            matching.number_new(connection, lambda _: _NO_ID)
            if self.with_companies:
                self._find_companies(connection)
        finally:
            connection.execute("ROLLBACK")
        namesakes.ask()

    def _match(self, connection: sqlite3.Connection) -> bool:
        found = matching.match(connection, self.ways, with_uids=self.with_uids)
        if self.namesakes:
            found |= self.namesakes.match_rows(connection) or bool(self.namesakes.questions)
        return found

    def _set_targets(self, connection: sqlite3.Connection) -> None:
        if self.merges and self.has_strays and (self.with_tags or self.job.custom):
            staged.index_lists(connection)
            matching.reopen_known(connection, always=self.job.request.replace_lists)
        matching.set_targets(connection)
        matching.reject_conflicts(connection)
        if self.with_uids and "uid" not in self.ways:
            matching.reject_taken_uids(connection)

    def _find_companies(self, connection: sqlite3.Connection) -> None:
        if "company_external_id" in self.job.plan.fields:
            company_store.find_numbers(connection)
            company_store.part_numbers(connection)
        ties.find_companies(connection)
        staged.index_lists(connection)
        if self.namesakes:
            self.namesakes.settle_names(connection)

    # -- writing ------------------------------------------------------------------------------

    def write(self, unit: Unit, staging: Staging) -> Outcome:
        """Match what is staged and put the changes into the unit."""
        del staging
        connection = unit.connection
        custom = self.job.custom
        asked = custom and (custom.required or custom.unique)
        plain = not (
            self.with_companies or self.with_tags or self.with_relations or self.has_strays
            or self.with_uids or self.has_loose_numbers or asked
            or self.job.request.unknown == "reject"
        )  # fmt: skip
        known_rows = self._match(connection)
        if plain and not known_rows and "email" in self.ways:
            if custom:
                custom.settle(unit, values.ALL_ROWS)
            return self._insert_all(unit)
        self._set_targets(connection)
        self._reject(connection)
        if custom:
            custom.settle(unit, values.MERGED_ROWS if self.merges else values.MAKING_ROWS)
        first, created = matching.number_new(connection, lambda count: unit.draw("contacts", count))
        companies = self._make_companies(unit) if self.with_companies else (0, 0)
        if self.namesakes:
            self.namesakes.warn(connection)
        if self.with_tags:
            tags = ties.resolve_tags(
                connection, lambda count: unit.draw("tags", count), with_matched=self.merges
            )
            unit.insert_select("tags", ("id", "key", "label"), inserts.NEW_TAGS, {}, *tags)
        known, matched, followers = matching.counts(connection)
        staged.index_lists(connection)
        self._warn_phones(connection)
        if self.with_uids:
            self.job.warnings.add_lines(
                "email-shared", "an e-mail address belongs to several contacts; all were kept",
                *matching.shared_emails(connection),
            )  # fmt: skip
        self._merge(unit, has_more_rows=bool(matched or followers))
        for field, value in custom.presets if custom else ():
            values.stage_preset(connection, "s_new", field.id, value)
        self._insert(unit, first, created, companies)
        self._change(unit)
        self.consents.write(unit)
        if self.with_relations:
            self._relate(unit)
        return Outcome(
            created=created,
            updated=self.updated,
            unchanged=known + matched + followers - self.updated,
            extra={"contacts_created": companies[1]} if self.with_companies else {},
        )

    def _reject(self, connection: sqlite3.Connection) -> None:
        """Reject rows for what the owner or the options ask of them, once it is known whom they
        mean."""
        custom, request = self.job.custom, self.job.request
        for field in custom.required if custom else ():
            values.reject_incomplete(connection, field)
            matching.drop_rejected(connection)
        for field in custom.unique if custom else ():
            checks.reject_shared_contacts(connection, field)
        if request.on_match == "fail":
            matching.reject_matched(connection)
        if request.unknown == "reject":
            matching.reject_strangers(connection)

    def _merge(self, unit: Unit, *, has_more_rows: bool) -> None:
        """Bring contacts up to what further rows say of them; a no is heard in any row."""
        if self.with_consents:
            self.consents.settle(unit.connection, self.job)
        if self.merges and has_more_rows:
            self.updated += Merger(self.job, unit, self.consents).run()
        self.updated += len(self.consents.rows) - self.consents.merged

    def note_fates(self, connection: sqlite3.Connection) -> None:
        """Note what became of each row, for the plan; after ``write``."""
        from crm_cli.store import import_fates as fates

        fates.of_contacts(connection, self.all_new_from, self.consents.rows)

    def _make_companies(self, unit: Unit) -> tuple[int, int]:
        """Find or number the companies that rows name. Returns (first id, count) of new ones."""
        connection = unit.connection
        self._find_companies(connection)
        made = ties.number_companies(
            connection, lambda count: unit.draw("contacts", count), self.job.request.on_match
        )
        if "company_external_id" in self.job.plan.fields:
            company_store.number_names(connection, with_known=self.merges)
            for line in company_store.nameless_numbers(connection):
                self.job.warnings.add(
                    "company-unknown", "the company of a row is told by a number that nobody"
                    " knows; import the companies, then this file again", line,
                )  # fmt: skip
        return made

    def _insert_all(self, unit: Unit) -> Outcome:
        """Insert everything: in the plainest case every staged row makes a contact of its own."""
        connection = unit.connection
        self._warn_phones(connection, all_new=True)
        count = staged.row_count(connection)
        first = self.all_new_from = unit.draw("contacts", count)
        insert_many(
            unit, "contacts", inserts.CONTACT_COLUMNS, inserts.ALL_NEW_CONTACTS,
            {"prefix": unit.uid_prefix("contacts"), "at": unit.at, "first": first}, first, count,
        )  # fmt: skip
        columns = {table: names for _, table, names, _, _ in inserts.NEW_ENTRIES}
        if self.job.custom:
            for field, value in self.job.custom.presets:
                values.stage_preset(connection, "s_rows", field.id, value)
        for table in inserts.ALL_NEW_ENTRIES:
            if table == "field_values" and not self.job.custom:
                continue
            how_many, which = inserts.all_new_entries(table)
            entries = staged.number(connection, how_many)
            first_entry = unit.draw(table, entries) if entries else 0
            insert_many(
                unit, table, ("id", *columns[table]), which,
                {"first": first_entry, "first_contact": first}, first_entry, entries,
            )  # fmt: skip
        if self.with_consents:
            self.consents.settle(connection, self.job, all_new_from=first)
            self.consents.write(unit)
        return Outcome(created=count)

    def _warn_phones(self, connection: sqlite3.Connection, *, all_new: bool = False) -> None:
        if "phone" in self.ways:
            self.job.warnings.add_lines(
                "phone-differs",
                "a phone number belongs to a contact of another name; a new one was made",
                *matching.phone_strangers(connection, all_new=all_new),
            )

    def _insert(self, unit: Unit, first: int, created: int, companies: tuple[int, int]) -> None:
        parameters = {"prefix": unit.uid_prefix("contacts"), "at": unit.at}
        insert_many(
            unit, "contacts", inserts.CONTACT_COLUMNS,
            inserts.new_contacts(
                with_companies=self.with_companies,
                with_referrers="referred_by_uid" in self.job.plan.fields,
            ),
            parameters, first, created,
        )  # fmt: skip
        unit.insert_select(
            "contacts", inserts.CONTACT_COLUMNS, inserts.NEW_COMPANIES, parameters, *companies
        )
        for _, table, columns, new, more in inserts.NEW_ENTRIES:
            if table == "field_values" and not self.job.custom:
                continue
            count = inserts.entry_count(unit.connection, new, more)
            if count:
                first_entry = unit.draw(table, count)
                insert_many(
                    unit, table, ("id", *columns), inserts.numbered(new, more),
                    {"first": first_entry}, first_entry, count,
                )  # fmt: skip

    def _relate(self, unit: Unit) -> None:
        """Tie contacts of the file to each other and to those of the store."""
        connection, warnings = unit.connection, self.job.warnings
        count, rows = ties.resolve_relations(connection, with_matched=self.merges)
        self.updated += rows
        for line in ties.relation_strangers(connection):
            warnings.add(
                "relation-unknown",
                "the other contact of a relation is not known; import it, then this file again",
                line,
            )
        for line in ties.relation_differences(connection):
            warnings.add(
                "relation-differs", "a relation is known with another title or end; it was kept",
                line,
            )  # fmt: skip
        if count:
            first = unit.draw("relations", count)
            unit.insert_select(
                "relations", ("id", *ties.RELATION), ties.NEW_RELATIONS, {"first": first},
                first, count,
            )  # fmt: skip

    def _change(self, unit: Unit) -> None:
        connection = unit.connection
        for table in merged.gone_lists(connection):
            unit.delete_where(table, merged.GONE, {"list": table})
        for changes, table, columns in (
            ("x_contacts", "contacts", staged.UPDATED),
            ("x_addresses", "addresses", staged.LISTS["s_addresses"]),
            ("x_first_emails", "emails", ("is_primary",)),
            ("x_first_phones", "phones", ("is_primary",)),
            ("x_field_values", "field_values", values.VALUE[1:]),
        ):
            if merged.change_count(connection, changes):
                unit.update_stream(
                    table, columns, merged.images(connection, changes),
                    merged.changed_rows(connection, changes),
                )  # fmt: skip
