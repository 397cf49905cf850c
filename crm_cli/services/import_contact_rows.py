"""Reading one row of a contact file into what is staged: cells checked and in their normal form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crm_cli import errors
from crm_cli.domain.contact import read_birthday_without_year
from crm_cli.domain.values import fold, read_email, read_phone, search_key
from crm_cli.exchange.cells import split_list
from crm_cli.services.import_values import DateReader, country_code, hash63, instant, problem
from crm_cli.services.importing import RowProblem

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crm_cli.services.importing import Job
    from crm_cli.store.staging import Staging

PLAIN = ("first_name", "last_name", "job_title", "language", "source", "campaign", "owner")
"""Fields of one line of text."""

ADDRESS = ("street", "city", "region", "postcode", "country")
KEYS = ("uid", "external-id", "email", "phone", "name")


class RowReader:
    """Reads rows of one file and stages them; ``ways`` are the match keys in use."""

    def __init__(
        self, job: Job, staging: Staging, ways: Sequence[str], roles: Mapping[str, str]
    ) -> None:
        plan, request, session = job.plan, job.request, job.session
        self.job = job
        self.staging = staging
        self.ways = frozenset(ways)
        self.roles = roles
        self.dates = DateReader(session.zone, request.dates or session.date_order)
        self.country = request.country or session.setting("country") or None
        preset = plan.preset
        self.system = request.source or (preset and preset.source) or "customer"
        self.separator = preset.separator if preset else None
        self.system_tag_prefix = preset.system_tag_prefix if preset else None
        self.at = {
            name: plan.index(name)
            for name in (
                "uid", "kind", "name", "middle_name", "company", "company_uid", "role",
                "birthday", "referred_by_uid", "notes", "created_at", "updated_at",
                "archived_at", *PLAIN,
            )
        }  # fmt: skip
        self.plain = [(name, self.at[name]) for name in PLAIN if self.at[name] >= 0]
        self.emails = self._entries("email")
        self.phones = self._entries("phone", "raw")
        self.links = self._entries("link")
        self.addresses = self._addresses()
        self.tags = plan.indexes("tags")
        self.external = plan.indexes("external_id")
        self.country_at = plan.index("address", 1, "country")
        self.extra_tags = [(fold(tag), " ".join(tag.split())) for tag in request.tags]
        if any(not key for key, _ in self.extra_tags):
            raise errors.InvalidValue("--tag is empty", hint="a tag is a word or two")
        self.n = 0
        self._positions: list[tuple[str, list[Any]]] = [
            (name, staging.rows(name))  # type: ignore[misc]
            for name in ("s_emails", "s_phones", "s_addresses", "s_links", "s_external", "s_tags")
        ]
        self._rows = dict(self._positions)

    def _entries(self, name: str, *parts: str) -> list[tuple[int, list[int], str | None]]:
        """Return (value column, columns of label and further parts, fixed label) by position."""
        plan = self.job.plan
        found = []
        for at in plan.indexes(name):
            position = plan.targets[at].position
            others = [plan.index(name, position, part) for part in ("label", *parts)]
            found.append((at, others, plan.labels.get((name, position))))
        return found

    def _addresses(self) -> list[dict[str, int]]:
        targets = self.job.plan.targets.values()
        positions = sorted({t.position for t in targets if t.field == "address"})
        return [
            {
                part: self.job.plan.index("address", position, part)
                for part in (*ADDRESS, "street2", "label")
            }
            for position in positions
        ]

    # -- one row ------------------------------------------------------------------------------

    def read(self, line: int, cells: list[str]) -> None:
        """Stage one row. Raises RowProblem; then nothing of the row is staged."""
        cells.append("")
        n = self.n + 1
        marks = [len(rows) for _, rows in self._positions]
        try:
            row = self._read(n, line, cells)
        except RowProblem:
            for (_, rows), mark in zip(self._positions, marks, strict=True):
                del rows[mark:]
            raise
        self.n = n
        self.staging.add("s_rows", row)

    def _read(self, n: int, line: int, cells: list[str]) -> tuple[Any, ...]:
        at = self.at
        plain = {name: " ".join(cells[index].split()) for name, index in self.plain}
        emails = self._read_emails(n, cells)
        phones, raw_phone = self._read_phones(n, line, cells)
        external = self._read_external(n, cells)
        company = " ".join(cells[at["company"]].split())
        name, kind = self._name(cells, plain, company)
        has_name = bool(name)
        if kind == "company" and company == name:
            company = ""
        if not name:
            name = emails or raw_phone or (f"Customer {external}" if external else "")
        if not name:
            raise RowProblem("name", "has no name, e-mail, phone or customer number")
        for index, address in enumerate(self.addresses, start=1):
            self._read_address(n, index, cells, address)
        for position, (value_at, (label_at,), label) in enumerate(self.links, start=1):
            if text := cells[value_at].strip():
                label = cells[label_at].strip() or label
                self._rows["s_links"].append((n, position, text, label or None))
        if self.tags or self.extra_tags:
            self._read_tags(n, cells)
        uid = cells[at["uid"]].strip() or None
        role = self._role(cells[at["role"]]) if at["role"] >= 0 else None
        birthday = self._birthday(cells[at["birthday"]]) if at["birthday"] >= 0 else None
        notes = cells[at["notes"]].replace("\r\n", "\n").replace("\r", "\n").strip() or None
        created, updated, archived = (
            self._instant(name, cells[at[name]])
            for name in ("created_at", "updated_at", "archived_at")
        )
        fingerprint = None
        if not self._has_key(uid, external, emails, phones, has_name):
            fingerprint = self._fingerprint(n, name, kind, company, plain, birthday, notes)
        return (
            n, line, uid, kind, name, search_key(name), int(has_name),
            plain.get("first_name") or None, plain.get("last_name") or None, company or None,
            search_key(company) if company else None, cells[at["company_uid"]].strip() or None,
            plain.get("job_title") or None, role, birthday, plain.get("language") or None,
            plain.get("source") or None, plain.get("campaign") or None,
            plain.get("owner") or None, cells[at["referred_by_uid"]].strip() or None, notes,
            created, updated, archived, fingerprint,
        )  # fmt: skip

    def _name(
        self, cells: list[str], plain: Mapping[str, str], company: str
    ) -> tuple[str, str | None]:
        name = " ".join(cells[self.at["name"]].split())
        if not name and ("first_name" in plain or "last_name" in plain):
            middle = " ".join(cells[self.at["middle_name"]].split())
            parts = (plain.get("first_name"), middle, plain.get("last_name"))
            name = " ".join(part for part in parts if part)
        kind = cells[self.at["kind"]].strip().lower() or None
        if kind not in {None, "person", "company"}:
            raise RowProblem("kind", f"{kind!r} is not a kind; write person or company")
        if not name and company and kind != "person":
            return company, "company"
        return name, kind

    def _has_key(
        self, uid: str | None, external: str, email: str, phone: str, has_name: bool
    ) -> bool:
        ways = self.ways
        return bool(
            (uid and "uid" in ways) or (external and "external-id" in ways)
            or (email and "email" in ways) or (phone and "phone" in ways)
            or (has_name and "name" in ways)
        )  # fmt: skip

    def _split(self, text: str) -> list[str]:
        if self.separator and self.separator in text:
            return [part.strip() for part in text.split(self.separator) if part.strip()]
        return [text.strip()] if text.strip() else []

    def _read_emails(self, n: int, cells: list[str]) -> str:
        """Stage the row's addresses; return the first."""
        first, seen = "", set()
        rows = self._rows["s_emails"]
        for at, (label_at,), label in self.emails:
            text = cells[at]
            if not text:
                continue
            texts = self._split(text)
            if len(texts) == 1 and (";" in text or "," in text or " " in texts[0]):
                texts = [part for part in text.replace(",", ";").split(";") if part.strip()]
            for one in texts:
                try:
                    value = read_email(one)
                except errors.InvalidValue as error:
                    raise problem("email", error) from None
                if value not in seen:
                    seen.add(value)
                    mark = self._label(cells[label_at], label) if label_at >= 0 else label
                    rows.append((n, len(seen), value, mark))
                    first = first or value
        return first

    def _label(self, text: str, fixed: str | None) -> str | None:
        label = text.strip()
        if self.system_tag_prefix:
            # Google marks the main entry with a star before its label.
            label = label.removeprefix(self.system_tag_prefix.strip()).strip()
        return label or fixed

    def _read_phones(self, n: int, line: int, cells: list[str]) -> tuple[str, str]:
        """Stage the row's numbers; return the first that could be read, and the first as typed."""
        first = raw_first = ""
        seen = set()
        country = self.country
        if self.country_at >= 0 and cells[self.country_at]:
            country = country_code(cells[self.country_at]) or country
        rows = self._rows["s_phones"]
        for at, (label_at, raw_at), label in self.phones:
            if not cells[at]:
                continue
            for text in self._split(cells[at]):
                value: str | None
                try:
                    value = read_phone(text, country)
                except errors.InvalidValue:
                    value = None
                    self.job.warnings.add(
                        "phone", "phone numbers could not be read; kept as typed"
                        " (say --country if they are local ones)", line,
                    )  # fmt: skip
                key = value or text
                if key in seen:
                    continue
                seen.add(key)
                raw = (cells[raw_at].strip() if raw_at >= 0 else "") or text
                mark = self._label(cells[label_at], label) if label_at >= 0 else label
                rows.append((n, len(seen), value, raw, mark))
                first, raw_first = first or value or "", raw_first or raw
        return first, raw_first

    def _read_external(self, n: int, cells: list[str]) -> str:
        """Stage the row's external ids; return the first one's value."""
        if not self.external:
            return ""
        found: dict[tuple[str, str], None] = {}
        for at in self.external:
            for text in split_list(cells[at]):
                system, colon, value = text.partition(":")
                if not colon or not system.strip() or not value.strip():
                    system, value = self.system, text
                found.setdefault((system.strip(), value.strip()))
        for position, (system, value) in enumerate(found, start=1):
            self._rows["s_external"].append((n, position, system, value))
        return next(iter(found))[1] if found else ""

    def _read_address(
        self, n: int, position: int, cells: list[str], address: Mapping[str, int]
    ) -> None:
        parts = [" ".join(cells[address[part]].split()) or None for part in ADDRESS]
        second = " ".join(cells[address["street2"]].split())
        if second:
            parts[0] = f"{parts[0]}, {second}" if parts[0] else second
        if any(parts):
            label = self._label(cells[address["label"]], None)
            self._rows["s_addresses"].append((n, position, label, *parts))

    def _read_tags(self, n: int, cells: list[str]) -> None:
        found = dict(self.extra_tags)
        for at in self.tags:
            for text in self._split(cells[at]) if self.separator else split_list(cells[at]):
                if self.system_tag_prefix and text.startswith(self.system_tag_prefix.strip()):
                    continue
                label = " ".join(text.split())
                if key := fold(label):
                    found.setdefault(key, label)
        self._rows["s_tags"] += [(n, key, label) for key, label in found.items()]

    def _role(self, text: str) -> str | None:
        if not text.strip():
            return None
        role = self.roles.get(fold(text))
        if role is None:
            known = ", ".join(dict.fromkeys(self.roles.values()))
            raise RowProblem("role", f"{text!r} is not a role; it is one of {known}")
        return role

    def _birthday(self, text: str) -> str | None:
        if not text.strip():
            return None
        try:
            return read_birthday_without_year(text) or self.dates.day(text)
        except errors.InvalidValue as error:
            raise problem("birthday", error) from None
        except ValueError as error:
            raise RowProblem("birthday", str(error)) from None

    @staticmethod
    def _instant(name: str, text: str) -> str | None:
        if not text:
            return None
        try:
            return instant(text) if text.strip() else None
        except (ValueError, OverflowError):
            raise RowProblem(name, f"{text!r} is not a time; write 2026-05-31T07:30:00Z") from None

    def _fingerprint(
        self, n: int, name: str, kind: str | None, company: str, plain: Mapping[str, str],
        birthday: str | None, notes: str | None,
    ) -> int:  # fmt: skip
        """Return the canonical cells of a row without any key, as one number."""
        parts = [fold(name), kind or "person", fold(company), birthday or "", notes or ""]
        parts += [f"{field}={fold(value)}" for field, value in sorted(plain.items()) if value]
        for table in ("s_emails", "s_phones", "s_addresses", "s_links", "s_external"):
            rows = self._rows[table]
            at = len(rows) - 1
            while at >= 0 and rows[at][0] == n:
                parts.append(table + "\x1e".join(fold(str(x)) for x in rows[at][1:] if x))
                at -= 1
        return hash63("\x1f".join(parts))

