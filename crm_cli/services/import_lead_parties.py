"""Whom the leads of a file are with: people and companies, found and made as a file of contacts
finds and makes them.

What a row tells of its contact is staged as a row of contacts, each party once, so that all rules
of that import hold: keys, names, companies that are made once, near names. Beside them a person
who is told by name alone is the one contact of that name, a company the one of that whole name
however its umlauts are written, and a row that names nobody has a contact called after the lead.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from crm_cli.domain.values import fold, may_be_written_out
from crm_cli.exchange.columns import plan_columns
from crm_cli.exchange.preset import Preset
from crm_cli.services.import_contact_rows import RowReader
from crm_cli.services.import_contacts import DEFAULT_KEYS, ContactImport
from crm_cli.services.importing import Job, RowProblem
from crm_cli.store import import_lead_parties as store
from crm_cli.store import import_purchase_customers as keys

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Mapping

    from crm_cli.services.unit import Unit
    from crm_cli.store.staging import Staging

FIELDS = (
    "contact_uid", "contact_id", "customer", "name", "first_name", "last_name", "email", "phone",
    "company", "company_external_id", "job_title", "street", "city", "region", "postcode",
    "country",
)  # fmt: skip
"""What a lead's row may tell of its contact."""

_HEADER = (
    "uid", "kind", "external_id", "name", "first_name", "last_name", "email", "phone", "company",
    "company_external_id", "job_title", "street", "city", "region", "postcode", "country",
    "source",
)  # fmt: skip
_SAME = (
    "first_name", "last_name", "job_title", "street", "city", "region", "postcode", "country",
)  # fmt: skip
_NOT_IDENTITY = frozenset({"job_title", "street", "city", "region", "postcode", "country"})
KNOWN_AT_ONCE = 10_000

_WITH_ADDRESS = re.compile(r"\s*(.*?)\s*[(<]\s*([^\s()<>]+@[^\s()<>]+)\s*[)>]\s*")


class _Header:
    """A table without rows of its own: they come one by one."""

    def __init__(self, job: Job) -> None:
        self.header = list(_HEADER)
        self.source = job.table.source


class _PartyJob(Job):
    """The import of contacts within that of leads."""

    def open_store(self) -> None:
        """Leave custom fields of contacts alone: no column of the file is theirs."""


class Parties(ContactImport):
    """The parties of one file of leads. ``prepare`` is called before they are matched."""

    def __init__(self, job: Job, prepare: Callable[[sqlite3.Connection], None]) -> None:
        request, preset = job.request, job.plan.preset
        plan = plan_columns("contact", _HEADER)
        plan.preset = Preset(
            name="leads", noun="contact", recognised_by=(), columns={}, people_only=True,
            source=preset.source if preset else None,
            company_source=preset.company_source if preset else None,
            separator=preset.separator if preset else None,
        )  # fmt: skip
        inner = _PartyJob(
            job.session,
            replace(
                request,
                noun="contact",
                maps=(),
                on_match="fill",
                tags=(),
                keep_unknown=False,
                replace_lists=False,
                require_complete=False,
                strict=False,
            ),
            _Header(job),  # type: ignore[arg-type]
            plan,
        )
        inner.warnings = job.warnings
        self._by_name = request.match in {None, "name"}
        super().__init__(inner)
        job.before_writing = inner.before_writing
        self.ways = (request.match,) if request.match else DEFAULT_KEYS
        # Parties may go before they are matched, so that their numbers have gaps.
        self.has_strays = True
        self.with_uids = "contact_uid" in job.plan.fields
        self._prepare = prepare
        self._outer = job
        self._system = request.source or (preset and preset.source) or "customer"
        self._company_system = (preset and preset.company_source) or request.source or "customer"
        self._may_be_name = not (preset and preset.source)
        # What parts people and companies; a comma may be part of a name.
        self._separator = preset.separator if preset and preset.separator == ";" else None
        self._known: dict[str, int] = {}
        self._has_kept = False
        self._respelt: list[tuple[str, list[int], int]] = []
        self.contacts_created = 0

    # -- staging ------------------------------------------------------------------------------

    def begin(self, staging: Staging) -> None:
        """Make ready for ``number``."""
        self._staging = staging
        self._reader = RowReader(
            self.job, staging, self.ways, self._words("role"), self._words("relation")
        )

    def number(
        self, told: Mapping[str, str], title: str, source: str | None, line: int
    ) -> tuple[int, str]:
        """Return the number of the party that a row tells of, and what it is known by in a file
        without numbers. Raises RowProblem."""
        cells, how, identity = self._cells(told, title)
        key = "\x1f".join(cells.values())
        if how:
            # Who is known by a name alone is one, whatever else the rows tell.
            key = f"{how}\x1f{identity}"
        number = self._known.get(key)
        if number is None and self._has_kept:
            number = keys.recall(self.job.session.writer, [key]).get(key)
        if number is None:
            cells["source"] = source or ""
            self._reader.read(line, [cells.get(name, "") for name in _HEADER])
            number = self._reader.n
            local = told.get("contact_id", "")
            if how:
                self._staging.add(
                    "l_told", (number, int(local) if how == store.BY_ID else None, how)
                )
            self._known[key] = number
        return number, identity

    def tells_several(self, told: Mapping[str, str]) -> bool:
        """Say whether a row names more than one contact or company."""
        mark = self._separator
        return mark is not None and any(
            mark in told[name].strip().strip(mark)
            for name in ("name", "customer", "company", "company_external_id")
        )

    def trim(self) -> None:
        """Move the parties met out of memory where they are many."""
        if len(self._known) > KNOWN_AT_ONCE:
            keys.remember(self.job.session.writer, self._known.items())
            self._has_kept = True
            self._known.clear()

    def _cells(self, told: Mapping[str, str], title: str) -> tuple[dict[str, str], str, str]:
        """Return the cells of a contact's row, how it is told if by no key, and what tells it
        apart in the fingerprint of a lead. Raises RowProblem."""
        cells = self._told(told)
        local, company = told["contact_id"], cells["company"]
        name = cells["name"] or f"{cells['first_name']} {cells['last_name']}".strip()
        keys_told = cells["external_id"], cells["email"].lower(), _digits(cells["phone"])
        identity = next((key for key in keys_told if key), "")
        if not identity:
            identity = f"{fold(name)}|{fold(company) or cells['company_external_id']}"
        if cells["uid"]:
            return cells, "", identity if identity != "|" else cells["uid"]
        if local:
            if not (local.isascii() and local.isdigit() and len(local) < 18):
                raise RowProblem("contact_id", f"{local!r} is not the id of a contact")
            # A list of this store: whatever else it tells of the contact is the store's.
            kept = dict.fromkeys(cells, "") | {"name": name or f"#{local}"}
            return kept, store.BY_ID, local
        if any(keys_told):
            return cells, "", identity
        if name or company or cells["company_external_id"]:
            parts = cells["first_name"] or cells["last_name"]
            if not name or (fold(name) == fold(company) and not parts):
                self._be_company(cells)
            elif not company:
                cells["kind"] = "person"
            return cells, store.BY_NAME, identity
        if not title:
            raise RowProblem("name", "names nobody: no person, company, e-mail or number")
        cells |= {"name": title, "kind": "person"}
        return cells, store.BY_TITLE, f"|{fold(title)}"

    def _told(self, told: Mapping[str, str]) -> dict[str, str]:
        """Return the cells as the row has them, in the order of a contact's keys: a name with an
        address behind it, and a number that is an address or a name, as what they are."""
        cells = {
            name: " ".join(told[name].split()) if told[name] else ""
            for name in ("name", "email", "phone", "company", *_SAME)
        }
        number, company_number = told["customer"], told["company_external_id"]
        if self._separator:
            # A deal with several people or companies is with the first of each.
            for name in ("name", "email", "phone", "company"):
                cells[name] = self._first(cells[name])
            number, company_number = self._first(number), self._first(company_number)
        if matched := _WITH_ADDRESS.fullmatch(cells["name"]):
            cells["name"] = matched[1]
            cells["email"] = cells["email"] or matched[2]
        elif "@" in cells["name"] and " " not in cells["name"]:
            cells["name"], cells["email"] = "", cells["email"] or cells["name"]
        if "@" in number and ":" not in number:
            cells["email"], number = cells["email"] or number, ""
        if number and not cells["name"] and self._may_be_name:
            bare = number.rpartition(":")[2]
            if not any(char.isdigit() for char in bare):
                cells["name"], number = " ".join(bare.split()), ""
        return cells | {
            "uid": told["contact_uid"], "kind": "", "external_id": number,
            "company_external_id": company_number,
        }  # fmt: skip

    def _first(self, text: str) -> str:
        return text.partition(self._separator or ";")[0].strip()

    def _be_company(self, cells: dict[str, str]) -> None:
        first = cells["company_external_id"]
        if first and ":" not in first:
            first = f"{self._company_system}:{first}"
        cells |= {
            "name": cells["company"], "kind": "company", "company": "", "external_id": first,
            "company_external_id": "",
        }  # fmt: skip

    # -- matching, by the rules of contacts -------------------------------------------------------

    def _match(self, connection: sqlite3.Connection) -> bool:
        self._prepare(connection)
        store.keep_only_asked(connection)
        self._spell_alike(connection)
        store.seed(connection, by_name=self._by_name)
        if self._by_name:
            store.lead_namesakes(connection)
        super()._match(connection)
        return True

    def _set_targets(self, connection: sqlite3.Connection) -> None:
        super()._set_targets(connection)
        store.keep_sources(connection)
        store.make_customers(connection)

    def _spell_alike(self, connection: sqlite3.Connection) -> None:
        """Call a company one name, whose umlauts are written in several ways: ``Müller AG``,
        ``MUELLER AG`` and, where one of them has the umlaut, ``Muller AG``."""
        self._respelt.clear()
        names = store.company_names(connection)
        by_line: dict[str, list[tuple[int, str, str]]] = defaultdict(list)
        for entry in names:
            for spelt in entry[2].split("\n"):
                by_line[spelt].append(entry)
        store.index_names(connection)
        done = set[str]()
        for _, name, folded in names:
            if folded in done:
                continue
            group = {folded: name}
            lines = folded.split("\n")
            while lines:
                spelt = lines.pop()
                for _, other, key in by_line[spelt]:
                    if key not in group:
                        group[key] = other
                        lines += key.split("\n")
            done |= group.keys()
            kept = self._kept_name(connection, group)
            for key, spelt_so in group.items():
                if key != kept[1]:
                    rows, count = store.spelt_alike(connection, key)
                    self._respelt.append((f"{spelt_so!r}: {kept[0]!r}", rows, count))
                    store.respell(connection, key, *kept)

    @staticmethod
    def _kept_name(connection: sqlite3.Connection, group: Mapping[str, str]) -> tuple[str, str]:
        """Return (name, folded name) of a company that is spelt in several ways: as the store has
        it, else with its umlaut, else as the first row has it."""
        lines = {line for key in group for line in key.split("\n")}
        asked = {*group, *lines}
        for line in lines:
            if may_be_written_out(line):
                asked |= {f"{bare}\n{line}" for bare in _bare_spellings(line)}
        if known := store.known_company(connection, sorted(asked)):
            return known
        for line in sorted(lines):
            for known in store.known_written_out(connection, line):
                return known
        folded = next((key for key in group if "\n" in key), next(iter(group)))
        return group[folded], folded

    # -- writing ------------------------------------------------------------------------------

    def settle(self, unit: Unit, staging: Staging) -> None:
        """Find or make the contact of every party that a row needs; rows whose party is taken for
        nobody are rejected."""
        connection = unit.connection
        outcome = self.write(unit, staging)
        self.contacts_created = outcome.created + outcome.extra.get("contacts_created", 0)
        store.note_contacts(connection)
        store.reject_with_parties(connection)
        warnings = self.job.warnings
        warnings.add_lines(
            "no-account",
            "leads name no person or company; a contact was made that is called as the lead is",
            *store.titled(connection),
        )
        for spelling, lines, count in self._respelt:
            warnings.add_lines(
                "company-spelt", "names that differ in their umlauts alone are one company",
                lines, count, [spelling],
            )  # fmt: skip


def _digits(phone: str) -> str:
    return "".join(char for char in phone if char.isdigit())


def _bare_spellings(line: str) -> list[str]:
    """Return what a name with its umlauts written out may be without: ``mueller`` -> ``muller``.
    Where there are more than four places, all of them at once."""
    places = [found.start() for found in re.finditer(r"(?<=[aou])e|(?<=a)a", line)]
    if len(places) > 4:
        chosen = [set(places)]
    else:
        chosen = [
            {at for bit, at in enumerate(places) if number >> bit & 1}
            for number in range(1, 1 << len(places))
        ]
    return ["".join(c for at, c in enumerate(line) if at not in drop) for drop in chosen]
