"""Reading one row of a contact file into what is staged: cells checked and in their normal form."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from crm_cli import errors
from crm_cli.domain.contact import plain_number, read_birthday_without_year
from crm_cli.domain.values import fold, search_key
from crm_cli.exchange.cells import split_list
from crm_cli.services.import_contact_lists import LISTS, ListReader
from crm_cli.services.import_values import DateReader, hash63, instant, one_line, problem
from crm_cli.services.importing import RowProblem

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from crm_cli.services.importing import Job
    from crm_cli.store.staging import Staging

PLAIN = ("first_name", "last_name", "job_title", "language", "source", "campaign", "owner")
"""Fields of one line of text."""

BOOKKEEPING = ("created_at", "updated_at", "archived_at")
KEYS = ("uid", "external-id", "email", "phone", "name")


class RowReader:
    """Reads rows of one file and stages them; ``ways`` are the match keys in use."""

    def __init__(
        self, job: Job, staging: Staging, ways: Sequence[str], roles: Mapping[str, str],
        relation_kinds: Mapping[str, str], with_consents: bool = False,
    ) -> None:  # fmt: skip
        plan, request, session = job.plan, job.request, job.session
        self.staging = staging
        self.ways = frozenset(ways)
        self.all_ways = self.ways >= {"external-id", "email", "phone"}
        self.roles = roles
        self.retired_roles: frozenset[str] = frozenset()
        self.warnings = job.warnings
        self.dates = DateReader(session.zone, request.dates or session.date_order)
        self.today = session.today.isoformat()
        self.at = {
            name: plan.index(name)
            for name in ("uid", "kind", "name", "first_name", "middle_name", "last_name", "company")
        }
        preset = plan.preset
        self.people_only = preset is not None and preset.people_only
        self.kind = preset.kind if preset else None
        self.company_number = plan.index("company_external_id")
        self.company_system = (preset and preset.company_source) or request.source or "customer"
        self.has_parts = self.at["first_name"] >= 0 or self.at["last_name"] >= 0
        self.cells: list[tuple[str, int, Callable[[str], str | None]]] = [
            (column, plan.index(name), read)
            for name, column, read in (
                *((name, name, self._line(job, name)) for name in PLAIN),
                ("role", "role", self._role),
                ("birthday", "birthday", self._birthday),
                ("notes", "notes", _lines),
                ("company_uid", "company_uid", one_line),
                ("referred_by_uid", "referred_uid", one_line),
                *((name, name, self._instant(name)) for name in BOOKKEEPING),
            )
            if plan.index(name) >= 0
        ]
        # Columns that the file cannot fill are not even bound.
        self.has_identity = (
            max(self.at["uid"], self.at["kind"], self.at["company"]) >= 0 or self.kind is not None
        )
        staging.choose_columns(
            "s_rows",
            ["n", "line", "name", "folded", "has_name", "fingerprint",
             *(("uid", "kind", "company", "company_key") if self.has_identity else ()),
             *(column for column, _, _ in self.cells)],
        )  # fmt: skip
        self.has_fingerprints = False
        self.custom = job.custom.read if job.custom and job.custom.columns else None
        self.custom_values: list[tuple[Any, ...]] = []
        self.consents = None
        if with_consents:
            from crm_cli.services.import_consent_cells import ConsentReader

            self.consents = ConsentReader(job, self.dates)
        self.consent_events: list[tuple[Any, ...]] = []
        # A company stands in the rows of all its people.
        self.company_key = lru_cache(maxsize=16384)(search_key)
        self.n = 0
        self.lists = ListReader(job, staging, self.dates, relation_kinds)

    # -- one row ------------------------------------------------------------------------------

    def read(self, line: int, cells: list[str]) -> None:
        """Stage one row. Raises RowProblem; then nothing of the row is staged."""
        cells.append("")
        n = self.n + 1
        try:
            row = self._read(n, line, cells)
        except RowProblem:
            self.lists.forget(n)
            raise
        self.n = n
        self.staging.add("s_rows", row)
        if self.company_number >= 0 and (number := cells[self.company_number].strip()):
            self.staging.add("s_company_numbers", (n, *self._company_number(number)))
        for value in self.custom_values:
            self.staging.add("s_fields", (n, *value))
        for event in self.consent_events:
            self.staging.add("s_consents", (n, *event))

    def _read(self, n: int, line: int, cells: list[str]) -> Sequence[Any]:
        at, lists = self.at, self.lists
        self._read_more(cells)
        email = lists.read_emails(n, cells) if lists.emails else ""
        phone, raw_phone = lists.read_phones(n, line, cells) if lists.phones else ("", "")
        external = lists.read_external(n, cells) if lists.external else ""
        uid = kind = company = None
        name = " ".join(cells[at["name"]].split())
        if not name and self.has_parts:
            parts = (cells[at[part]] for part in ("first_name", "middle_name", "last_name"))
            name = " ".join(" ".join(parts).split())
        if self.has_identity:
            uid = cells[at["uid"]].strip() or None
            name, kind, company = self._identity(cells, name, is_reached=bool(email or raw_phone))
        has_name = bool(name)
        name = name or email or raw_phone or (f"Customer {external}" if external else "")
        if not name:
            raise RowProblem("name", "has no name, e-mail, phone or customer number")
        for index, (label_at, parts_at, label) in enumerate(lists.addresses, start=1):
            lists.read_address(n, index, cells, label_at, parts_at, label)
        if lists.links:
            lists.read_links(n, cells)
        if lists.tags or lists.extra_tags:
            lists.read_tags(n, cells)
        if lists.relations >= 0 and cells[lists.relations]:
            lists.read_relations(n, cells[lists.relations])
        if lists.properties >= 0 and cells[lists.properties]:
            lists.read_properties(n, cells[lists.properties])
        more = [read(cells[index]) if cells[index] else None for _, index, read in self.cells]
        fingerprint = None
        known = (email or phone or external) and self.all_ways
        if not (known or self._has_key(uid, external, email, phone, has_name)):
            fingerprint = self._fingerprint(n, name, kind, company or "", more)
            self.has_fingerprints = True
        folded = search_key(name)
        if self.has_identity:
            key = self.company_key(company) if company else None
            return (n, line, name, folded, has_name, fingerprint, uid, kind, company, key, *more)
        return (n, line, name, folded, has_name, fingerprint, *more)

    def _read_more(self, cells: list[str]) -> None:
        """Read what is staged beside the row and the lists of every file."""
        if self.custom is not None:
            self.custom_values = self.custom(cells)
        if self.consents is not None:
            self.consent_events = self.consents.read(cells)

    def _identity(
        self, cells: list[str], name: str, *, is_reached: bool
    ) -> tuple[str, str | None, str | None]:
        """Return name, kind and company; who has a company's name alone is that company (Google
        and Outlook write it as the name too), but not where a list of people tells an address:
        that is somebody there."""
        company = " ".join(cells[self.at["company"]].split()) or None
        text = cells[self.at["kind"]]
        kind = text.strip().lower() or self.kind
        if kind not in {None, "person", "company"}:
            raise RowProblem("kind", f"{text!r} is not a kind; write person or company")
        alone = company and kind != "person" and not self.kind
        if alone and name:
            parts = (self.at["first_name"], self.at["last_name"])
            alone = fold(name) == fold(company or "") and not any(cells[at].strip() for at in parts)
        if company and alone and not (is_reached and self.people_only):
            return company, "company", None
        return name, kind, None if kind == "company" and company == name else company

    def _company_number(self, text: str) -> tuple[str, str]:
        """Return system and value of a company's number, the first where there are several."""
        first = split_list(text)[0]
        system, colon, value = first.partition(":")
        if colon and system.strip() and value.strip():
            return system.strip(), plain_number(system.strip(), value.strip())
        return self.company_system, plain_number(self.company_system, first)

    def _has_key(
        self, uid: str | None, external: str, email: str, phone: str, has_name: bool
    ) -> bool:
        ways = self.ways
        return bool(
            (uid and "uid" in ways) or (external and "external-id" in ways)
            or (email and "email" in ways) or (phone and "phone" in ways)
            or (has_name and "name" in ways)
        )  # fmt: skip

    def _role(self, text: str) -> str | None:
        if not text.strip():
            return None
        role = self.roles.get(fold(text))
        if role is None:
            offered = dict.fromkeys(self.roles.values()).keys() - self.retired_roles
            known = ", ".join(key for key in dict.fromkeys(self.roles.values()) if key in offered)
            raise RowProblem("role", f"{text!r} is not a role; it is one of {known}")
        if role in self.retired_roles:
            self.warnings.add("retired-choice", "choices that are retired were kept")
        return role

    def _birthday(self, text: str) -> str | None:
        if not text.strip():
            return None
        try:
            day = read_birthday_without_year(text) or self.dates.birthday(text)
        except errors.InvalidValue as error:
            raise problem("birthday", error) from None
        except ValueError as error:
            raise RowProblem("birthday", str(error)) from None
        # Nobody is born in the future: of two digits, the century before is meant.
        short = day[:2] == "20" and day > self.today and day[:4] not in text
        return f"19{day[2:]}" if short else day

    @staticmethod
    def _line(job: Job, name: str) -> Callable[[str], str | None]:
        """Return the reader of a line of text, which the owner may check."""
        custom = job.custom
        if custom is None or name not in custom.checks:
            return one_line

        def read(text: str) -> str | None:
            found = one_line(text)
            custom.refuse_own(name, found)
            return found

        return read

    @staticmethod
    def _instant(name: str) -> Callable[[str], str | None]:
        def read(text: str) -> str | None:
            try:
                return instant(text) if text.strip() else None
            except (ValueError, OverflowError):
                reason = f"{text!r} is not a time; write 2026-05-31T07:30:00Z"
                raise RowProblem(name, reason) from None

        return read

    def _fingerprint(
        self, n: int, name: str, kind: str | None, company: str, more: Sequence[str | None]
    ) -> int:
        """Return the canonical cells of a row without any key, as one number."""
        parts = [fold(name), kind or "person", fold(company)]
        parts += [
            f"{column}={fold(value)}"
            for (column, _, _), value in zip(self.cells, more, strict=True)
            if value
        ]
        for table in LISTS[:-1]:
            entries = [entry[1:] for entry in self.lists.rows[table][-20:] if entry[0] == n]
            parts += [f"{table}\x1e" + "\x1e".join(fold(str(x)) for x in e if x) for e in entries]
        return hash63("\x1f".join(parts))


def _lines(text: str) -> str | None:
    return text.replace("\r\n", "\n").replace("\r", "\n").strip() or None
