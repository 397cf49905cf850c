"""Reading the lists of a contact row: e-mails, phones, addresses, links, tags, relations."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from crm_cli import errors
from crm_cli.domain.contact import ADDRESS_FIELDS, plain_number, read_link
from crm_cli.domain.values import fold, one_line_street, read_email, read_phone
from crm_cli.exchange.cells import split_list
from crm_cli.services.import_values import country_code, one_line, problem
from crm_cli.services.importing import RowProblem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from crm_cli.services.import_values import DateReader
    from crm_cli.services.importing import Job
    from crm_cli.store.staging import Staging

LISTS = ("s_emails", "s_phones", "s_addresses", "s_links", "s_external", "s_tags")
ADDRESS = ("street", "city", "region", "postcode", "country")
_MORE_STREET = (("street2", 0), ("street3", 0))


class ListReader:
    """Reads the lists of every row of one file and stages their entries.

    ``emails``, ``phones`` and so on are the columns of each list; without any its ``read_...``
    need not be called. What raises RowProblem leaves entries behind: call ``forget`` then.
    """

    def __init__(
        self, job: Job, staging: Staging, dates: DateReader, relation_kinds: Mapping[str, str]
    ) -> None:
        plan, request = job.plan, job.request
        self.job = job
        self.custom = job.custom if job.custom and job.custom.checks else None
        self.dates = dates
        self.country = request.country or job.session.setting("country") or None
        preset = plan.preset
        self.system = request.source or (preset and preset.source) or "customer"
        self.separator = preset.separator if preset else None
        self.address_separator = preset.address_separator if preset else None
        self.system_tag_prefix = preset.system_tag_prefix if preset else None
        self.system_tags = frozenset(fold(tag) for tag in preset.system_tags) if preset else ()
        self.is_foreign = preset is not None
        self.emails = self._entries("email")
        self.phones = self._entries("phone", "raw")
        self.links = self._entries("link")
        self.one_email = self._only(self.emails)
        self.one_phone = self._only(self.phones)
        self.addresses = self._addresses()
        self.tags = plan.indexes("tags")
        self.external = plan.indexes("external_id")
        self.relations = plan.index("relations")
        self.properties = plan.index("vcard_properties")
        self.relation_kinds = relation_kinds
        self.countries_at = [
            at for at, target in sorted(plan.targets.items(), key=lambda item: item[1])
            if target.field == "address" and target.part == "country"
        ]  # fmt: skip
        self.extra_tags = [(fold(tag), " ".join(tag.split())) for tag in request.tags]
        if any(not key for key, _ in self.extra_tags):
            raise errors.InvalidValue("--tag is empty", hint="a tag is a word or two")
        # Thousands of rows carry the same few tags.
        self._tags_of = lru_cache(maxsize=4096)(self._read_tags)
        self.rows: dict[str, list[Any]] = {
            name: staging.rows(name) for name in (*LISTS, "s_relations", "s_properties")
        }

    def forget(self, n: int) -> None:
        """Take back what is staged of row ``n``, the last one."""
        for rows in self.rows.values():
            while rows and rows[-1][0] == n:
                rows.pop()

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
        if len(entries) != 1 or max(entries[0][1]) >= 0:
            return None
        at, _, label = entries[0]
        return None if self.is_foreign and label and _is_fax(label) else (at, label)

    def _addresses(self) -> list[tuple[int, list[tuple[int, int]], str | None]]:
        """Return (column of the label, [(place among ``ADDRESS``, column)], fixed label) by
        position."""
        plan = self.job.plan
        positions = sorted({t.position for t in plan.targets.values() if t.field == "address"})
        return [
            (
                plan.index("address", position, "label"),
                [
                    (place, plan.index("address", position, part))
                    for part, place in (*((p, i) for i, p in enumerate(ADDRESS)), *_MORE_STREET)
                    if plan.index("address", position, part) >= 0
                ],
                plan.labels.get(("address", position)),
            )
            for position in positions
        ]

    def _split(self, text: str) -> list[str]:
        if self.separator and self.separator in text:
            return [part.strip() for part in text.split(self.separator) if part.strip()]
        return [text.strip()] if text.strip() else []

    def read_emails(self, n: int, cells: list[str]) -> str:
        """Stage the row's addresses; return the first."""
        rows = self.rows["s_emails"]
        if self.one_email:
            text = cells[self.one_email[0]]
            if not text:
                return ""
            if not (self._parts(text) or "," in text or "/" in text or text.isspace()):
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
                if self.is_foreign and one.lstrip().lower().startswith("/o="):
                    self.job.warnings.add(
                        "exchange", "addresses inside an Exchange server were left out: they are"
                        " no e-mail addresses",
                    )  # fmt: skip
                    continue
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

    def _parts(self, text: str) -> bool:
        """Say whether a cell may hold several e-mail addresses."""
        return ";" in text or (self.separator is not None and self.separator in text)

    def _label(self, text: str, fixed: str | None) -> str | None:
        label = text.strip()
        if self.system_tag_prefix:
            # Google marks the main entry with a star before its label.
            label = label.removeprefix(self.system_tag_prefix.strip()).strip()
        return label or fixed

    def read_phones(self, n: int, line: int, cells: list[str]) -> tuple[str, str]:
        """Stage the row's numbers; return the first that could be read, and the first as typed."""
        if self.one_phone:
            at, label = self.one_phone
            if not (text := cells[at].strip()):
                return "", ""
            # A number with a plus is nobody's local one.
            is_local = text[0] != "+" and self.countries_at
            if not (is_local or (self.separator and self.separator in text)):
                try:
                    value = read_phone(text, self.country)
                except errors.InvalidValue:
                    pass
                else:
                    self.rows["s_phones"].append((n, 1, value, text, label))
                    return value, text
        first = raw_first = ""
        seen = set()
        country = self._country(cells)
        rows = self.rows["s_phones"]
        for text, raw, mark in self._numbers(cells, line):
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
            rows.append((n, len(seen), number, raw, mark))
            first, raw_first = first or number or "", raw_first or raw
        return first, raw_first

    def _country(self, cells: list[str]) -> str | None:
        """Return the country of a row's local numbers: that of its first address that has one."""
        told = next((cells[at] for at in self.countries_at if cells[at]), "")
        return (country_code(told) if told else None) or self.country

    def _numbers(self, cells: list[str], line: int) -> Iterator[tuple[str, str, str | None]]:
        """Yield text, raw text and label of each number; one for faxes is no phone."""
        for at, (label_at, raw_at), label in self.phones:
            if not cells[at]:
                continue
            mark = self._label(cells[label_at], label) if label_at >= 0 else label
            is_fax = self.is_foreign and mark and _is_fax(mark)
            for text in self._split(cells[at]) if self.separator else (cells[at].strip(),):
                if is_fax:
                    self.job.warnings.add("fax", "fax numbers were left out", line)
                elif text:
                    yield text, (cells[raw_at].strip() if raw_at >= 0 else "") or text, mark

    def read_external(self, n: int, cells: list[str]) -> str:
        """Stage the row's external ids; return the first one's value."""
        if not self.external:
            return ""
        if len(self.external) == 1 and (text := cells[self.external[0]]).isalnum():
            value = plain_number(self.system, text)
            self.rows["s_external"].append((n, 1, self.system, value))
            return value
        found: dict[tuple[str, str], None] = {}
        for at in self.external:
            for text in split_list(cells[at]):
                system, colon, value = text.partition(":")
                if not colon or not system.strip() or not value.strip():
                    system, value = self.system, text
                system = system.strip()
                found.setdefault((system, plain_number(system, value.strip())))
        for position, (system, value) in enumerate(found, start=1):
            self.rows["s_external"].append((n, position, system, value))
        return next(iter(found))[1] if found else ""

    def read_address(
        self, n: int, position: int, cells: list[str], label_at: int,
        parts_at: Sequence[tuple[int, int]], fixed: str | None = None,
    ) -> None:  # fmt: skip
        """Stage one postal address, if any part of it is filled."""
        parts: list[str | None] = [None, None, None, None, None]
        some = False
        sign = self.address_separator
        if sign and cells[parts_at[0][1]].count(sign) == len(ADDRESS) - 1:
            told = [" ".join(text.split()) for text in cells[parts_at[0][1]].split(sign)]
            if any(told):
                label = self._label(cells[label_at], fixed)
                row = (n, position, label, *(text or None for text in told))
                self.rows["s_addresses"].append(row)
            return
        for place, at in parts_at:
            text = cells[at]
            if text := " ".join((one_line_street(text) if place == 0 else text).split()):
                # The second line of a street comes after the first.
                parts[place] = f"{parts[place]}, {text}" if parts[place] else text
                some = True
        if some:
            if self.custom is not None:
                for name, part in zip(ADDRESS_FIELDS, parts, strict=True):
                    self.custom.refuse_own(name, part)
            label = self._label(cells[label_at], fixed)
            self.rows["s_addresses"].append((n, position, label, *parts))

    def read_links(self, n: int, cells: list[str]) -> None:
        """Stage the row's web addresses."""
        for position, (value_at, (label_at,), label) in enumerate(self.links, start=1):
            if text := cells[value_at].strip():
                mark = cells[label_at].strip() or label
                self.rows["s_links"].append((n, position, _link(text), mark))

    def read_tags(self, n: int, cells: list[str]) -> None:
        """Stage the row's tags and those of ``--tag``."""
        if len(self.tags) == 1:
            found = self._tags_of(cells[self.tags[0]])
        else:
            found = self._read_tags(*(cells[at] for at in self.tags))
        self.rows["s_tags"] += [(n, key, label) for key, label in found.items()]

    def _read_tags(self, *texts: str) -> dict[str, str]:
        """Return key -> label of what the cells of a row and ``--tag`` say."""
        found = dict(self.extra_tags)
        # Where ; parts e-mails and phones, people still write commas between tags.
        split = self._split if self.separator not in {None, ";"} else split_list
        for cell in texts:
            # A tag with a comma of its own stands in quotation marks.
            for text in split_list(cell) if '"' in cell else split(cell):
                if self.system_tag_prefix and text.startswith(self.system_tag_prefix.strip()):
                    continue
                label = " ".join(text.split())
                if (key := fold(label)) and key not in self.system_tags:
                    found.setdefault(key, label)
        return found

    def read_relations(self, n: int, text: str) -> None:
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
            title = one_line(str(entry.get("title") or ""))
            days = [self._relation_day(entry.get(name)) for name in ("started_on", "ended_on")]
            self.rows["s_relations"].append((n, str(uid), kind, title, *days))

    def read_properties(self, n: int, text: str) -> None:
        """Stage the lines of a vCard that mean nothing here, as a JSON list."""
        try:
            entries = [
                (str(x.get("group") or ""), str(x["name"]), str(x.get("parameters") or ""),
                 str(x["value"]))
                for x in json.loads(text)
            ]  # fmt: skip
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            raise RowProblem(
                "vcard_properties", 'is not a JSON list such as [{"name": "X-A", "value": "b"}]'
            ) from None
        rows = self.rows["s_properties"]
        rows += [(n, at, *entry) for at, entry in enumerate(dict.fromkeys(entries), start=1)]

    def _relation_day(self, value: object) -> str | None:
        try:
            return self.dates.day(str(value)) if value else None
        except ValueError as error:
            raise RowProblem("relations", str(error)) from None


def _is_fax(label: str) -> bool:
    words = fold(label)
    return "fax" in words or "telecopie" in words


def _link(text: str) -> str:
    """Return a web address with its scheme; what is none is kept as it stands."""
    try:
        return read_link(text)
    except errors.InvalidValue:
        return text
