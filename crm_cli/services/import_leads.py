"""Importing leads: each with its contact, its stage and what it is worth, and never twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crm_cli.services.import_columns import without_column
from crm_cli.services.import_lead_parties import FIELDS as PARTY_FIELDS
from crm_cli.services.import_lead_parties import Parties
from crm_cli.services.import_lead_rows import LeadReader
from crm_cli.services.import_lead_spellings import spell_words
from crm_cli.services.import_lead_updates import Updates
from crm_cli.services.importing import Outcome, RowProblem, insert_many
from crm_cli.store import field_checks as checks
from crm_cli.store import import_leads as store
from crm_cli.store import picklists
from crm_cli.store.leads import has_routes
from crm_cli.store.staging import CHUNK

if TYPE_CHECKING:
    import sqlite3

    from crm_cli.services.importing import Job
    from crm_cli.services.unit import Unit
    from crm_cli.store.staging import Staging

MOST_REASONS = 25
"""New words of loss that one file may bring; what else it says joins the notes."""


class LeadImport:
    """One import of leads."""

    tables = store.TABLES
    proves_references = False
    reader: LeadReader

    def __init__(self, job: Job) -> None:
        self.job = job
        fields = job.plan.fields
        if not fields.intersection({*PARTY_FIELDS, "title", "message"}):
            raise without_column(job, "the lead (title, name, company, email or phone)")
        job.open_store()
        self.parties = Parties(job, self._match)

    @property
    def same_companies(self) -> set[tuple[str, str]]:
        """Pairs of folded names that somebody said are one company."""
        return self.parties.same_companies

    def stage(self, staging: Staging) -> int:
        """Read every row into the temporary tables; return how many were read."""
        read = 0
        self.parties.begin(staging)
        reader = self.reader = LeadReader(self.job, staging, self.parties)
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
                self.parties.trim()
                self.job.tell_reading()
        reader.say_words()
        self.job.warn_short_rows()
        return read

    # -- writing ------------------------------------------------------------------------------

    def _match(self, connection: sqlite3.Connection) -> None:
        """Find the leads that rows mean, before whom they are with is asked."""
        store.reject_lost_stages(connection)
        store.drop_rejected(connection)
        store.match(connection, refuse_known=self.job.request.on_match == "fail")
        for field in self.job.custom.unique if self.job.custom else ():
            checks.reject_shared_leads(connection, field)
        store.drop_rejected(connection)

    def write(self, unit: Unit, staging: Staging) -> Outcome:
        """Match what is staged and put the changes into the unit."""
        connection, request = unit.connection, self.job.request
        self.parties.settle(unit, staging)
        store.drop_rejected(connection)
        self._make_stages(unit)
        self._make_reasons(unit)
        spell_words(self.job, unit)
        counted = store.count(connection)
        first = unit.draw("leads", counted.created)
        store.number_rows(connection, first)
        if has_routes(connection):
            from crm_cli.services.import_lead_routes import route

            route(self.job, unit, self.reader.stages.pipelines_made, request.tags)
        self.job.warnings.add_lines(
            "duplicate-id", "rows tell a lead of the file again; the first of them is taken",
            *store.repeated(connection),
        )  # fmt: skip
        updates = Updates(self.job, unit)
        changed = updates.stage() if request.on_match in {"fill", "update"} else set[int]()
        insert_many(
            unit, "leads", store.COLUMNS, store.NEW_LEADS,
            {"prefix": unit.uid_prefix("leads"), "at": unit.at}, first, counted.created,
        )  # fmt: skip
        updates.write()
        for kind, lines, count in store.said(connection):
            self.job.warnings.add_lines(kind, self.reader.said[kind], lines, count)
        self._write_stays(unit)
        self._write_steps(unit)
        changed |= self._write_tags(unit)
        store.note_won(connection)
        unit_has_won = store.won_count(connection)
        if unit_has_won:
            unit.update_where(
                "contacts", {"role": "customer", "updated_at": unit.at}, store.LIFTED, {}
            )
        if self.job.custom:
            store.keep_records(connection)
            changed |= set(self.job.custom.write(unit))
        self.changed = changed
        return Outcome(
            created=counted.created,
            updated=len(changed),
            unchanged=counted.known - len(changed) + self.reader.skipped,
            extra={
                "contacts_created": self.parties.contacts_created,
                "follow_ups_created": self.follow_ups,
            },
        )

    def _make_stages(self, unit: Unit) -> None:
        used = store.stages_used(unit.connection)
        if used:
            store.name_stages(unit.connection, self.reader.stages.make(unit, used))
        self.reader.stages.say()

    def _make_reasons(self, unit: Unit) -> None:
        """Make values of the words of loss that nobody knows, the most frequent first."""
        words = self.reader.new_reasons
        used = store.reasons_used(unit.connection)
        asked = [word for word, _ in words.most_common() if word in used]
        if not asked:
            return
        rows = picklists.rows(unit.connection, "loss-reason")
        position = max((row.position for row in rows), default=0)
        taken = {row.key for row in rows}
        keys: dict[str, str | None] = {}
        made: dict[str, str] = {}
        for word in asked:
            key = picklist_key(word)
            if key not in made and key not in taken and len(made) < MOST_REASONS:
                position += 1
                unit.insert(
                    "picklist_values", list="loss-reason", key=key, label=word, position=position
                )
                made[key] = word
            keys[word] = key if key in made or key in taken else None
        store.name_reasons(unit.connection, keys)
        if made:
            self.job.warnings.add(
                "loss-reason", "reasons nobody knew were added to the list loss-reason",
                count=len(made), whom=", ".join(made.values()),
            )  # fmt: skip
        if None in keys.values():
            self.job.warnings.add(
                "loss-reason-other",
                f"a file brings at most {MOST_REASONS} new reasons; the others are other, and stand"
                " in the notes",
                count=sum(words[word] for word, key in keys.items() if key is None),
            )

    def _write_stays(self, unit: Unit) -> None:
        count = store.stay_count(unit.connection)
        first = unit.draw("stage_changes", count)
        insert_many(
            unit, "stage_changes", store.STAY_COLUMNS, store.NEW_STAYS,
            {"first": first, "actor": self.job.session.actor}, first, count,
        )  # fmt: skip

    def _write_steps(self, unit: Unit) -> None:
        count = self.follow_ups = store.step_count(unit.connection)
        first = unit.draw("follow_ups", count)
        unit.insert_select(
            "follow_ups", store.STEP_COLUMNS, store.NEW_STEPS,
            {"first": first, "prefix": unit.uid_prefix("follow_ups"), "at": unit.at,
             "actor": self.job.session.actor},
            first, count,
        )  # fmt: skip

    def _write_tags(self, unit: Unit) -> set[int]:
        """Tie tags; return the rows of known leads that get or lose one."""
        connection, request = unit.connection, self.job.request
        told = store.labels(connection)
        if not (told or request.tags):
            return set()
        from crm_cli.services.contacts_tags import read_labels, settled

        known = {key: tag[0] for key, tag in settled(unit, [*told, *request.tags]).items()}
        every = {key: known[key] for key in read_labels(request.tags)}
        merges = request.on_match in {"fill", "update"}
        count = store.tie_tags(
            connection, {key: tag for key, tag in known.items() if key not in every}, every,
            with_known=merges,
        )  # fmt: skip
        changed = store.rows_tagged(connection)
        if request.replace_lists and merges:
            untagged = store.rows_untagged(connection)
            if untagged:
                unit.delete_where("lead_tags", store.OTHER_TAGS, {})
            changed |= untagged
        first = unit.draw("lead_tags", count)
        unit.insert_select(
            "lead_tags", ("id", "lead_id", "tag_id"), store.NEW_TAGS, {"first": first}, first, count
        )
        return changed

    def note_fates(self, connection: sqlite3.Connection) -> None:
        """Note what became of each row, for the plan; after ``write``."""
        from crm_cli.store import import_fates as fates

        fates.of_leads(connection, self.changed)


def picklist_key(word: str) -> str:
    """Return the key of a value as ``crm picklist add`` makes it."""
    from crm_cli.domain.values import fold

    return fold(word).replace(" ", "-")
