"""Contacts as vCards 3.0 and 4.0.

What vCard has no property for leaves as ``X-CRM-...``, so that a card read back is the same
contact; labels beyond home, work and mobile are written as Apple's and Google's programs do.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from crm_cli.exchange.vcard import escape, quoted, split, unescape
from crm_cli.exchange.vcard_rows import OURS, PLAIN

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

VERSIONS = ("3.0", "4.0")
OCTETS = 75
"""Length of a line, its end not counted (RFC 6350, section 3.2)."""

_TYPES = {
    "EMAIL": {"home": "HOME", "work": "WORK"},
    "ADR": {"home": "HOME", "work": "WORK"},
    "URL": {"home": "HOME", "work": "WORK"},
    "TEL": {
        "home": "HOME", "work": "WORK", "mobile": "CELL", "home mobile": "HOME,CELL",
        "work mobile": "WORK,CELL",
    },
}  # fmt: skip
_SOCIAL = {"linkedin", "xing", "facebook", "twitter", "instagram", "mastodon", "youtube"}
_ROLES = {
    "family": "kin", "friend": "friend", "colleague": "colleague", "partner": "co-worker",
}  # fmt: skip
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_-]+")
_ADDRESS = ("street", "city", "region", "postcode", "country")
_HELD = {"BEGIN", "END", "VERSION", "PRODID", "N", "ORG"}


def cards(records: Iterable[Mapping[str, Any]], version: str) -> Iterator[str]:
    """Yield every contact's card. ``records`` are full ones, as JSON Lines have them."""
    for record in records:
        writer = _Writer(record, version)
        writer.write()
        yield "".join(f"{fold(line)}\r\n" for line in writer.lines)


def fold(line: str) -> str:
    """Return a line in pieces of 75 octets; no character is cut."""
    if len(line) <= OCTETS and line.isascii():
        return line
    pieces, piece, room = [], "", OCTETS
    for char in line:
        size = len(char.encode())
        if size > room:
            pieces.append(piece)
            # A piece begins with a blank, which takes one octet.
            piece, room = "", OCTETS - 1
        piece += char
        room -= size
    return "\r\n ".join([*pieces, piece])


class _Writer:
    """The lines of one card."""

    def __init__(self, record: Mapping[str, Any], version: str) -> None:
        self.record = record
        self.is_new = version == "4.0"
        self.lines = ["BEGIN:VCARD", f"VERSION:{version}", f"PRODID:{OURS}crm//EN"]
        self.kept: Sequence[Mapping[str, str]] = record.get("vcard_properties") or ()
        groups = [re.fullmatch(r"item(\d{1,6})", p.get("group", "")) for p in self.kept]
        self.items = max((int(group[1]) for group in groups if group), default=0)

    def write(self) -> None:
        """Write everything."""
        record = self.record
        self._identify()
        self._name()
        for entry in record["emails"]:
            types = ["INTERNET"] if not self.is_new else []
            self._entry("EMAIL", escape(entry["value"]), entry["label"], types, record["emails"])
        for entry in record["phones"]:
            self._phone(entry)
        for entry in record["addresses"]:
            parts = [escape(entry[part] or "") for part in _ADDRESS]
            self._entry("ADR", ";".join(["", "", *parts]), entry["label"])
        for entry in record["links"]:
            self._link(entry["value"], entry["label"])
        if record["birthday"]:
            self._birthday(record["birthday"])
        if record["tags"]:
            self.lines.append("CATEGORIES:" + ",".join(escape(tag) for tag in record["tags"]))
        self._text("NOTE", record["notes"])
        self._ties()
        self._ours()
        self._keep()
        self.lines.append("END:VCARD")

    # -- lines ------------------------------------------------------------------------------------

    def _text(self, name: str, text: str | None) -> None:
        if text:
            self.lines.append(f"{name}:{escape(text)}")

    def _entry(
        self, name: str, value: str, label: str | None, types: Sequence[str] = (),
        among: Sequence[Any] = (), parameters: str = "",
    ) -> None:  # fmt: skip
        """Write an entry of a list; the first of several is the preferred one."""
        known = _TYPES[name].get(label or "")
        types = [*types, *([known] if known else [])]
        seen = any(line.partition(";")[0].partition(":")[0] == name for line in self.lines)
        if len(among) > 1 and not seen and not any(f".{name}" in line for line in self.lines):
            if self.is_new:
                parameters += ";PREF=1"
            else:
                types.append("PREF")
        told = f";TYPE={','.join(types)}" if types else ""
        self._grouped(f"{name}{told}{parameters}:{value}", None if known else label)

    def _grouped(self, line: str, label: str | None) -> None:
        if label:
            self.items += 1
            self.lines.append(f"item{self.items}.{line}")
            self.lines.append(f"item{self.items}.X-ABLabel:{escape(label)}")
        else:
            self.lines.append(line)

    # -- fields -----------------------------------------------------------------------------------

    def _identify(self) -> None:
        record = self.record
        foreign = [x[6:] for x in record["external_ids"] if x[:6].lower() == "vcard:"]
        if foreign:
            is_text = self.is_new and ":" not in foreign[0]
            self.lines.append(f"UID{';VALUE=text' if is_text else ''}:{escape(foreign[0])}")
            self.lines.append(f"X-CRM-UID:{record['uid']}")
        else:
            self.lines.append(f"UID:urn:uuid:{record['uid']}")
        for text in record["external_ids"]:
            self._text("X-CRM-EXTERNAL-ID", text)
        moment = record["updated_at"]
        self.lines.append(f"REV:{re.sub('[-:]', '', moment) if self.is_new else moment}")
        if self.is_new:
            self.lines.append(f"KIND:{'org' if record['kind'] == 'company' else 'individual'}")
        elif record["kind"] == "company":
            self.lines.append("X-ABShowAs:COMPANY")

    def _name(self) -> None:
        record = self.record
        first, last = record["first_name"] or "", record["last_name"] or ""
        is_company = record["kind"] == "company"
        self._text("FN", record["name"])
        whole = self._held("N", 2, (last, first))
        if not (whole or first or last or is_company):
            # Phones show what N says; nobody can tell a name's parts for sure.
            self.lines.append(f"N:;{escape(record['name'])};;;")
            self.lines.append("X-CRM-PARTS:none")
        else:
            self.lines.append(f"N:{whole or f'{escape(last)};{escape(first)};;;'}")
        company = record["company"] or ""
        unit = record["name"] if is_company else company
        whole = self._held("ORG", 1, (unit,))
        if unit or whole:
            self.lines.append(f"ORG:{whole or escape(unit)}")
        if is_company:
            self._text("X-CRM-COMPANY", company)
        self._text("TITLE", record["job_title"])

    def _held(self, name: str, count: int, parts: Sequence[str]) -> str:
        """Return the value kept from a card that says more than our fields, if it still fits."""
        for entry in self.kept:
            if entry["name"] == name:
                told = [" ".join(unescape(part).split()) for part in split(entry["value"], ";")]
                if tuple(told[:count]) == tuple(parts) and not re.search("[\r\n]", entry["value"]):
                    return entry["value"]
        return ""

    def _phone(self, entry: Mapping[str, Any]) -> None:
        value, raw = entry["value"], entry["raw"]
        told = f";X-CRM-RAW={quoted(raw)}" if value and raw != value else ""
        phones = self.record["phones"]
        self._entry("TEL", escape(value or raw), entry["label"], (), phones, told)

    def _link(self, value: str, label: str | None) -> None:
        plain = value if not re.search(r"[\\\r\n]", value) else escape(value)
        if label in _SOCIAL and value[:4].lower() == "http":
            self.lines.append(f"X-SOCIALPROFILE;TYPE={label}:{plain}")
        else:
            self._entry("URL", plain, label)

    def _birthday(self, day: str) -> None:
        has_year = day[0] != "-"
        if self.is_new:
            self.lines.append(f"BDAY:{'' if has_year else '--'}{day.replace('-', '')}")
        elif has_year:
            self.lines.append(f"BDAY:{day}")
        else:
            self.lines.append(f"BDAY;X-APPLE-OMIT-YEAR=1604:1604{day[1:]}")

    def _ties(self) -> None:
        for tie in self.record["relations"]:
            other = tie.get("other_uid")
            if self.is_new and other:
                role = _ROLES.get(tie["kind"], "contact")
                self.lines.append(f"RELATED;TYPE={role}:urn:uuid:{other}")
            names = ("other_uid", "other", "kind", "title", "started_on", "ended_on")
            told = {name: tie[name] for name in names if tie.get(name)}
            self._text("X-CRM-RELATION", json.dumps(told, ensure_ascii=False))
        for event in self.record["consents"]:
            told = {name: text for name, text in event.items() if text}
            self._text("X-CRM-CONSENT", json.dumps(told, ensure_ascii=False))

    def _ours(self) -> None:
        record = self.record
        # Version 3.0 has no LANG; programs pass over what they do not know.
        self._text("LANG", record["language"])
        for name, field in PLAIN.items():
            if field != "company":
                self._text(name, record.get(field))

        for name, value in record["fields"].items():
            if value is not None:
                text = str(value).lower() if isinstance(value, bool) else str(value)
                self.lines.append(f"X-CRM-FIELD;NAME={quoted(name)}:{escape(text)}")

    def _keep(self) -> None:
        """Write what was kept from cards; of a birthday only where the contact has none."""
        for entry in self.kept:
            group, name = entry.get("group", ""), entry["name"]
            if name in _HELD or (name == "BDAY" and self.record["birthday"]):
                continue
            if not _PLAIN_NAME.fullmatch(name) or (group and not _PLAIN_NAME.fullmatch(group)):
                continue
            head = ".".join(part for part in (group, name) if part)
            told = " ".join(entry.get("parameters", "").split())
            value = entry["value"].replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\\n")
            self.lines.append(f"{head}{';' + told if told else ''}:{value}")
