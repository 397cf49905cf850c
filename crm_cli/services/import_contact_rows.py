"""Reading one row of a contact file into what is staged: cells checked and in their normal form."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from crm_cli import errors
from crm_cli.domain.contact import read_birthday_without_year, read_link
from crm_cli.domain.values import fold, read_email, read_phone, search_key
from crm_cli.exchange.cells import split_list
from crm_cli.services.import_values import DateReader, country_code, hash63, instant, problem
from crm_cli.services.importing import RowProblem

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from crm_cli.services.importing import Job
    from crm_cli.store.staging import Staging

LISTS = ("s_emails", "s_phones", "s_addresses", "s_links", "s_external", "s_tags")
PLAIN = ("first_name", "last_name", "job_title", "language", "source", "campaign", "owner")
"""Fields of one line of text."""

ADDRESS = ("street", "city", "region", "postcode", "country")
BOOKKEEPING = ("created_at", "updated_at", "archived_at")
KEYS = ("uid", "external-id", "email", "phone", "name")


class RowReader:
    """Reads rows of one file and stages them; ``ways`` are the match keys in use."""

    def __init__(
        self, job: Job, staging: Staging, ways: Sequence[str], roles: Mapping[str, str],
        relation_kinds: Mapping[str, str],
    ) -> None:  # fmt: skip
        plan, request, session = job.plan, job.request, job.session
        self.job = job
        self.staging = staging
        self.ways = frozenset(ways)
        self.all_ways = self.ways >= {"external-id", "email", "phone"}
        self.roles = roles
        self.dates = DateReader(session.zone, request.dates or session.date_order)
        self.today = session.today.isoformat()
        self.country = request.country or session.setting("country") or None
        preset = plan.preset
        self.system = request.source or (preset and preset.source) or "customer"
        self.separator = preset.separator if preset else None
        self.system_tag_prefix = preset.system_tag_prefix if preset else None
        self.at = {
            name: plan.index(name)
            for name in ("uid", "kind", "name", "first_name", "middle_name", "last_name", "company")
        }
        self.has_parts = self.at["first_name"] >= 0 or self.at["last_name"] >= 0
        self.cells: list[tuple[str, int, Callable[[str], str | None]]] = [
            (column, plan.index(name), read)
            for name, column, read in (
                *((name, name, _line) for name in PLAIN),
                ("role", "role", self._role),
                ("birthday", "birthday", self._birthday),
                ("notes", "notes", _lines),
                ("company_uid", "company_uid", _line),
                ("referred_by_uid", "referred_uid", _line),
                *((name, name, self._instant(name)) for name in BOOKKEEPING),
            )
            if plan.index(name) >= 0
        ]
        # Columns that the file cannot fill are not even bound.
        self.has_identity = max(self.at["uid"], self.at["kind"], self.at["company"]) >= 0
        staging.choose_columns(
            "s_rows",
            ["n", "line", "name", "folded", "has_name", "fingerprint",
             *(("uid", "kind", "company", "company_key") if self.has_identity else ()),
             *(column for column, _, _ in self.cells)],
        )  # fmt: skip
        self.has_fingerprints = False
        self.emails = self._entries("email")
        self.phones = self._entries("phone", "raw")
        self.links = self._entries("link")
        self.one_email = self._only(self.emails)
        self.one_phone = self._only(self.phones)
        self.addresses = self._addresses()
        self.tags = plan.indexes("tags")
        self.external = plan.indexes("external_id")
        self.relations = plan.index("relations")
        self.relation_kinds = relation_kinds
        self.country_at = plan.index("address", 1, "country")
        self.extra_tags = [(fold(tag), " ".join(tag.split())) for tag in request.tags]
        if any(not key for key, _ in self.extra_tags):
            raise errors.InvalidValue("--tag is empty", hint="a tag is a word or two")
        self.n = 0
        self._rows: dict[str, list[Any]] = {
            name: staging.rows(name) for name in (*LISTS, "s_relations")
        }

    def _entries(self, name: str, *parts: str) -> list[tuple[int, list[int], str | None]]:
        """Return (value column, columns of label and further parts, fixed label) by position."""
        plan = self.job.plan
        found = []
        for at in plan.indexes(name):
            position = plan.targets[at].position
            others = [plan.index(name, position, part) for part in ("label", *parts)]
            found.append((at, others, plan.labels.get((name, position))))
        return found

    def _only(
        self, entries: list[tuple[int, list[int], str | None]]
    ) -> tuple[int, str | None] | None:
        """Return (column, label) where a list has one plain column, as most files do."""
        if len(entries) != 1 or self.separator or max(entries[0][1]) >= 0:
            return None
        return entries[0][0], entries[0][2]

    def _addresses(self) -> list[tuple[int, list[tuple[int, int]]]]:
        """Return (column of the label, [(place among ``ADDRESS``, column)]) by position."""
        plan = self.job.plan
        positions = sorted({t.position for t in plan.targets.values() if t.field == "address"})
        return [
            (
                plan.index("address", position, "label"),
                [
                    (place, plan.index("address", position, part))
                    for part, place in (*((p, i) for i, p in enumerate(ADDRESS)), ("street2", 0))
                    if plan.index("address", position, part) >= 0
                ],
            )
            for position in positions
        ]

    # -- one row ------------------------------------------------------------------------------

    def read(self, line: int, cells: list[str]) -> None:
        """Stage one row. Raises RowProblem; then nothing of the row is staged."""
        cells.append("")
        n = self.n + 1
        try:
            row = self._read(n, line, cells)
        except RowProblem:
            for rows in self._rows.values():
                while rows and rows[-1][0] == n:
                    rows.pop()
            raise
        self.n = n
        self.staging.add("s_rows", row)

    def _read(self, n: int, line: int, cells: list[str]) -> Sequence[Any]:
        at = self.at
        email = self._read_emails(n, cells) if self.emails else ""
        phone, raw_phone = self._read_phones(n, line, cells) if self.phones else ("", "")
        external = self._read_external(n, cells) if self.external else ""
        uid = kind = company = None
        name = " ".join(cells[at["name"]].split())
        if not name and self.has_parts:
            parts = (cells[at[part]] for part in ("first_name", "middle_name", "last_name"))
            name = " ".join(" ".join(parts).split())
        if self.has_identity:
            uid = cells[at["uid"]].strip() or None
            name, kind, company = self._identity(cells, name)
        has_name = bool(name)
        name = name or email or raw_phone or (f"Customer {external}" if external else "")
        if not name:
            raise RowProblem("name", "has no name, e-mail, phone or customer number")
        for index, (label_at, parts_at) in enumerate(self.addresses, start=1):
            self._read_address(n, index, cells, label_at, parts_at)
        if self.links:
            self._read_links(n, cells)
        if self.tags or self.extra_tags:
            self._read_tags(n, cells)
        if self.relations >= 0 and cells[self.relations]:
            self._read_relations(n, cells[self.relations])
        more = [read(cells[index]) if cells[index] else None for _, index, read in self.cells]
        fingerprint = None
        known = (email or phone or external) and self.all_ways
        if not (known or self._has_key(uid, external, email, phone, has_name)):
            fingerprint = self._fingerprint(n, name, kind, company or "", more)
            self.has_fingerprints = True
        folded = search_key(name)
        if self.has_identity:
            key = search_key(company) if company else None
            return (n, line, name, folded, has_name, fingerprint, uid, kind, company, key, *more)
        return (n, line, name, folded, has_name, fingerprint, *more)

    def _identity(self, cells: list[str], name: str) -> tuple[str, str | None, str | None]:
        """Return name, kind and company; who has a company's name alone is that company."""
        company = " ".join(cells[self.at["company"]].split()) or None
        text = cells[self.at["kind"]]
        kind = text.strip().lower() or None
        if kind not in {None, "person", "company"}:
            raise RowProblem("kind", f"{text!r} is not a kind; write person or company")
        if not name and company and kind != "person":
            return company, "company", None
        return name, kind, None if kind == "company" and company == name else company

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
        rows = self._rows["s_emails"]
        if self.one_email:
            text = cells[self.one_email[0]]
            if not text:
                return ""
            if ";" not in text and "," not in text and not text.isspace():
                try:
                    value = read_email(text)
                except errors.InvalidValue as error:
                    raise problem("email", error) from None
                rows.append((n, 1, value, self.one_email[1]))
                return value
        first, seen = "", set()
        for at, (label_at,), label in self.emails:
            text = cells[at]
            if not text:
                continue
            texts = self._split(text) if self.separator else [text]
            if len(texts) == 1 and (";" in text or "," in text):
                texts = text.replace(",", ";").split(";")
            texts = [part for part in texts if part and not part.isspace()]
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
        if self.one_phone and self.country_at < 0:
            at, label = self.one_phone
            if not (text := cells[at].strip()):
                return "", ""
            try:
                value = read_phone(text, self.country)
            except errors.InvalidValue:
                pass
            else:
                self._rows["s_phones"].append((n, 1, value, text, label))
                return value, text
        first = raw_first = ""
        seen = set()
        country = self.country
        if self.country_at >= 0 and cells[self.country_at]:
            country = country_code(cells[self.country_at]) or country
        rows = self._rows["s_phones"]
        for at, (label_at, raw_at), label in self.phones:
            if not cells[at]:
                continue
            for text in self._split(cells[at]) if self.separator else (cells[at].strip(),):
                if not text:
                    continue
                number: str | None
                try:
                    number = read_phone(text, country)
                except errors.InvalidValue:
                    number = None
                    self.job.warnings.add(
                        "phone", "phone numbers could not be read; kept as typed"
                        " (say --country if they are local ones)", line,
                    )  # fmt: skip
                key = number or text
                if key in seen:
                    continue
                seen.add(key)
                raw = (cells[raw_at].strip() if raw_at >= 0 else "") or text
                mark = self._label(cells[label_at], label) if label_at >= 0 else label
                rows.append((n, len(seen), number, raw, mark))
                first, raw_first = first or number or "", raw_first or raw
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
        self, n: int, position: int, cells: list[str], label_at: int,
        parts_at: Sequence[tuple[int, int]],
    ) -> None:  # fmt: skip
        parts: list[str | None] = [None, None, None, None, None]
        some = False
        for place, at in parts_at:
            if text := " ".join(cells[at].split()):
                # The second line of a street comes after the first.
                parts[place] = f"{parts[place]}, {text}" if parts[place] else text
                some = True
        if some:
            label = self._label(cells[label_at], None)
            self._rows["s_addresses"].append((n, position, label, *parts))

    def _read_links(self, n: int, cells: list[str]) -> None:
        for position, (value_at, (label_at,), label) in enumerate(self.links, start=1):
            if text := cells[value_at].strip():
                mark = cells[label_at].strip() or label
                self._rows["s_links"].append((n, position, _link(text), mark))

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

    def _read_relations(self, n: int, text: str) -> None:
        """Stage the row's ties to other contacts, a JSON list as our own export writes it."""
        try:
            entries = json.loads(text)
            told = [(x["other_uid"], x["kind"], x) for x in entries]
        except (ValueError, TypeError, KeyError, RecursionError):
            raise RowProblem(
                "relations", 'is not a JSON list such as [{"other_uid": "...", "kind": "family"}]'
            ) from None
        for uid, word, entry in told:
            kind = self.relation_kinds.get(fold(str(word)))
            if kind is None:
                known = ", ".join(dict.fromkeys(self.relation_kinds.values()))
                raise RowProblem(
                    "relations", f"{word!r} is not a kind of relation; it is one of {known}"
                )
            title = _line(str(entry.get("title") or ""))
            days = [self._relation_day(entry.get(name)) for name in ("started_on", "ended_on")]
            self._rows["s_relations"].append((n, str(uid), kind, title, *days))

    def _relation_day(self, value: object) -> str | None:
        try:
            return self.dates.day(str(value)) if value else None
        except ValueError as error:
            raise RowProblem("relations", str(error)) from None

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
            day = read_birthday_without_year(text) or self.dates.day(text)
        except errors.InvalidValue as error:
            raise problem("birthday", error) from None
        except ValueError as error:
            raise RowProblem("birthday", str(error)) from None
        # Nobody is born in the future: of two digits, the century before is meant.
        short = day[:2] == "20" and day > self.today and day[:4] not in text
        return f"19{day[2:]}" if short else day

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
            entries = [entry[1:] for entry in self._rows[table][-20:] if entry[0] == n]
            parts += [f"{table}\x1e" + "\x1e".join(fold(str(x)) for x in e if x) for e in entries]
        return hash63("\x1f".join(parts))


def _link(text: str) -> str:
    """Return a web address with its scheme; what is none is kept as it stands."""
    try:
        return read_link(text)
    except errors.InvalidValue:
        return text


def _line(text: str) -> str | None:
    return " ".join(text.split()) or None


def _lines(text: str) -> str | None:
    return text.replace("\r\n", "\n").replace("\r", "\n").strip() or None
