"""One vCard laid flat into the columns of our own CSV layout.

What a contact has a field for becomes a cell. All other properties are kept as they stand, in
the cell ``vcard_properties`` (a JSON list), so that they leave again with the next vCard.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from crm_cli.exchange.cells import join_list
from crm_cli.exchange.vcard import Card, Property, quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

OURS = "-//crm-cli//"
"""How the PRODID of a card written by this program begins."""

PLAIN = {
    "X-CRM-ROLE": "role",
    "X-CRM-SOURCE": "source",
    "X-CRM-CAMPAIGN": "campaign",
    "X-CRM-OWNER": "owner",
    "X-CRM-COMPANY": "company",
    "X-CRM-COMPANY-UID": "company_uid",
    "X-CRM-REFERRED-BY": "referred_by_uid",
    "X-CRM-CREATED": "created_at",
    "X-CRM-UPDATED": "updated_at",
    "X-CRM-ARCHIVED": "archived_at",
}
"""Properties of our own for fields that vCard has none for -> the field."""

MOST = 99
"""Entries of one list: columns are numbered with two digits."""

LONGEST_KEPT = 1 << 14
"""Characters of a property that is kept without being understood."""

_NOTHING = {"VERSION", "PRODID", "REV", "X-ABADR", "X-CRM-UID", "X-CRM-PARTS", "MEMBER",
            "X-ADDRESSBOOKSERVER-KIND", "X-ADDRESSBOOKSERVER-MEMBER"}  # fmt: skip
_KINDS = {"KIND", "X-ADDRESSBOOKSERVER-KIND"}
_SYSTEM_GROUPS = {"mycontacts", "starred"}
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_OUR_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_DAY = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})", re.ASCII)
_DAY_OF_YEAR = re.compile(r"--(\d{2})-?(\d{2})", re.ASCII)
_PART_OF_DAY = re.compile(r"\d{4}(-\d{2})?|--\d{2}|---\d{2}", re.ASCII)
_APPLE_LABEL = re.compile(r"_\$!<(.*)>!\$_")
_NO_YEAR = "1604"
"""The year Apple writes where there is none."""

_TIES = {
    "friend": "friend", "colleague": "colleague", "co-worker": "colleague", "kin": "family",
    "parent": "family", "child": "family", "sibling": "family", "spouse": "family",
}  # fmt: skip

Remark = tuple[str, str]
BINARY: Remark = ("binary", "pictures, sounds and keys of vCards are not kept")
TOO_LONG: Remark = ("property-long", f"properties of more than {LONGEST_KEPT} signs are not kept")


def bare_uid(text: str) -> str:
    """Return a UID without the ``urn:uuid:`` before it, in lower case."""
    return text.strip().lower().removeprefix("urn:uuid:")


def group_of(card: Card) -> tuple[str, set[str]] | None:
    """Return (name, UIDs of its members) of a card that is a group and not a contact."""
    told = [p for p in card.properties if p.name in _KINDS]
    if not any(p.text.strip().lower() == "group" for p in told):
        return None
    names = [p.text for p in card.properties if p.name == "FN"]
    names += [p.parts[0] for p in card.properties if p.name == "N"]
    members = {"MEMBER", "X-ADDRESSBOOKSERVER-MEMBER"}
    return (
        next((" ".join(name.split()) for name in names if name.strip()), ""),
        {bare_uid(p.text) for p in card.properties if p.name in members},
    )


def flatten(
    card: Card, groups: Mapping[str, Sequence[str]] | None = None
) -> tuple[dict[str, str], list[Remark]]:
    """Return (cells by column, remarks) of a card; ``groups`` are further tags by UID.

    Raises ValueError with the reason why the card is no contact.
    """
    flat = _Flat(card, groups or {})
    flat.run()
    return flat.cells, flat.remarks


class _Flat:
    """A card while it is taken apart: properties not taken so far stand in ``left``."""

    def __init__(self, card: Card, groups: Mapping[str, Sequence[str]]) -> None:
        self.named: dict[str, list[Property]] = {}
        for entry in card.properties:
            self.named.setdefault(entry.name, []).append(entry)
        self.left = {name: found for name, found in self.named.items() if name not in _NOTHING}
        labels = self.left.pop("X-ABLABEL", ())
        self.all = card.properties
        self.groups = groups
        self.labels = {p.group.lower(): p for p in labels if p.group}
        self.cells: dict[str, str] = {}
        self.remarks: list[Remark] = []
        self.kept: list[Property] = []

    def run(self) -> None:
        """Fill ``cells``."""
        self._identify()
        self._name()
        self._emails()
        self._phones()
        self._addresses()
        self._links()
        self._birthday()
        self._tags()
        self._ties()
        self._ours()
        self._set("notes", "\n\n".join(p.text for p in self._take("NOTE") if p.text.strip()))
        self._keep()

    # -- taking -----------------------------------------------------------------------------------

    def _take(self, *names: str) -> list[Property]:
        """Take all properties of some names, the preferred ones first."""
        if len(names) == 1:
            found = self.left.pop(names[0], [])
        else:
            found = [p for p in self.all if p.name in names and p.name in self.left]
            for name in names:
                self.left.pop(name, None)
        return sorted(found, key=lambda p: p.preference) if len(found) > 1 else found

    def _one(self, name: str) -> Property | None:
        """Take the preferred property of a name that is filled; others are kept as they stand."""
        if name not in self.left:
            return None
        found = [p for p in self._take(name) if p.value.strip(" ;")]
        for other in found[1:]:
            other.parameters.pop("PREF", None)
            types = [word for word in other.parameters.get("TYPE", ()) if word.lower() != "pref"]
            if types != other.parameters.get("TYPE", []):
                other.parameters["TYPE"] = types
            self.kept.append(other)
        return found[0] if found else None

    def _ours_of(self, name: str) -> str:
        return next((p.text.strip() for p in self.named.get(name, ()) if p.text.strip()), "")

    def _set(self, column: str, text: str) -> None:
        if text.strip():
            self.cells[column] = text

    def _label(self, entry: Property, words: Iterable[str]) -> str:
        """Return the label of an entry: Apple's own one, else the first of its types."""
        apple = self.labels.get(entry.group.lower()) if entry.group else None
        if apple is not None and apple.text.strip():
            matched = _APPLE_LABEL.fullmatch(apple.text.strip())
            return matched[1].lower() if matched else apple.text.strip()
        known = entry.types
        for word in words:
            if word in known:
                return word
        silent = {"pref", "internet", "voice", "x400", "text", "msg", "video", "dom", "intl",
                  "postal", "parcel", "uri", "individual"}  # fmt: skip
        others = (word.lower() for word in entry.parameters.get("TYPE", ()))
        return next((word for word in others if word not in silent), "")

    def _list(self, name: str, entries: Sequence[Mapping[str, str]]) -> None:
        """Set the columns of a list: part "" is the value, others stand behind the name."""
        if len(entries) > MOST:
            raise ValueError(f"has more than {MOST} entries of one kind ({name})")
        for number, entry in enumerate(entries, start=1):
            stem = name if number == 1 else f"{name}_{number}"
            for part, text in entry.items():
                self._set(f"{stem}_{part}" if part else stem, text)

    # -- fields -----------------------------------------------------------------------------------

    def _identify(self) -> None:
        kind = self._one("KIND")
        word = kind.text.strip().lower() if kind else ""
        if word in {"org", "organization"} or self._ours_of("X-ABSHOWAS").upper() == "COMPANY":
            self.cells["kind"] = "company"
        elif word not in {"", "individual", "person"}:
            raise ValueError(f"is of the kind {word!r}, no person and no company")
        elif word and self._ours_of("PRODID").startswith(OURS):
            self.cells["kind"] = "person"
        self._take("X-ABSHOWAS")
        ids = [p.text for p in self._take("X-CRM-EXTERNAL-ID") if p.text.strip()]
        uid = self._one("UID")
        ours = bare_uid(self._ours_of("X-CRM-UID"))
        if uid is not None:
            told = bare_uid(uid.text)
            own = self._ours_of("PRODID").startswith(OURS) and _UUID.fullmatch(told)
            if not ours and (own or _OUR_UUID.fullmatch(told)):
                ours = told
            elif " ".join(uid.text.split()):
                ids.append(f"vcard:{' '.join(uid.text.split())}")
            self.tags = list(self.groups.get(told, ()))
        else:
            self.tags = []
        self._set("uid", ours)
        self._set("external_id", join_list(ids))

    def _name(self) -> None:
        full, parted, unit = self._one("FN"), self._one("N"), self._one("ORG")
        parts = [" ".join(part.split()) for part in parted.parts] if parted else []
        family, given, *more = [*parts, "", ""] if len(parts) < 2 else parts
        middle, prefix, suffix = [*more, "", "", ""][:3]
        name = " ".join(full.text.split()) if full else ""
        name = name or " ".join(f"{prefix} {given} {middle} {family} {suffix}".split())
        if not name:
            nick = next((p.words for p in self.left.get("NICKNAME", ())), [""])
            name = nick[0]
        self._set("name", name)
        if not self._ours_of("X-CRM-PARTS"):
            self._set("first_name", given)
            self._set("last_name", family)
        if parted is not None and any(more):
            self.kept.append(Property("N", parted.value))
        if unit is not None:
            company, *units = (" ".join(part.split()) for part in unit.parts)
            if company and company == name and not (given or family):
                self.cells["kind"] = "company"
            elif company != name or self.cells.get("kind") != "company":
                self._set("company", company)
            if any(units):
                self.kept.append(Property("ORG", unit.value))
        title = self._one("TITLE") or self._one("ROLE")
        self._set("job_title", title.text if title else "")

    def _emails(self) -> None:
        entries = []
        for entry in self._take("EMAIL"):
            text = entry.text.strip()
            if text[:7].lower() == "mailto:":
                text = unquote(text[7:].partition("?")[0])
            if text:
                entries.append({"": text, "label": self._label(entry, ("home", "work"))})
        self._list("email", entries)

    def _phones(self) -> None:
        entries = []
        for entry in self._take("TEL"):
            types = entry.types
            # A fax takes no calls, and a pager's number would be called in vain.
            if types & {"fax", "pager"} and not types & {"voice", "cell"}:
                self.kept.append(entry)
                continue
            text = entry.text.strip()
            if text[:4].lower() == "tel:":
                text = unquote(text[4:]).replace(";ext=", " ext. ").partition(";")[0]
            if not text:
                continue
            place = self._label(entry, ("home", "work"))
            if types & {"cell", "iphone"} and entry.group.lower() not in self.labels:
                place = f"{place} mobile" if place in {"home", "work"} else "mobile"
            raw = entry.parameters.get("X-CRM-RAW", [""])[0]
            entries.append({"": text, "raw": raw, "label": place})
        self._list("phone", entries)

    def _addresses(self) -> None:
        number = 0
        for entry in self._take("ADR"):
            box, more, street, city, region, postcode, country, *_ = [
                " ".join(part.replace("\n", ", ").split()) if part else ""
                for part in [*entry.parts, *[""] * 7]
            ]
            where = {
                "street": ", ".join(part for part in (street, more, box) if part), "city": city,
                "region": region, "postcode": postcode, "country": country,
            }  # fmt: skip
            if not any(where.values()):
                continue
            number += 1
            if number > MOST:
                raise ValueError(f"has more than {MOST} addresses")
            tail = "" if number == 1 else f"_{number}"
            for part, text in where.items():
                self._set(f"{part}{tail}", text)
            self._set(f"address{tail}_label", self._label(entry, ("home", "work")))

    def _links(self) -> None:
        entries = []
        for entry in self._take("URL", "X-SOCIALPROFILE"):
            text = entry.text.strip()
            if entry.name != "URL" and text[:4].lower() != "http":
                self.kept.append(entry)
            elif text:
                entries.append({"": text, "label": self._label(entry, ("home", "work"))})
        self._list("link", entries)

    def _birthday(self) -> None:
        entry = self._one("BDAY")
        if entry is None:
            return
        day = entry.text.strip()
        if entry.parameters.get("VALUE", [""])[0].lower() == "text" or _PART_OF_DAY.fullmatch(day):
            self.kept.append(entry)
            return
        day = re.sub(r"(?<=\d)[T ].*", "", day)
        if matched := _DAY.fullmatch(day):
            year = matched[1]
            omitted = entry.parameters.get("X-APPLE-OMIT-YEAR", [_NO_YEAR])[0]
            day = f"{year}-{matched[2]}-{matched[3]}"
            if year in {omitted, _NO_YEAR, "0000"}:
                day = f"--{matched[2]}-{matched[3]}"
        elif matched := _DAY_OF_YEAR.fullmatch(day):
            day = f"--{matched[1]}-{matched[2]}"
        self._set("birthday", day)

    def _tags(self) -> None:
        words = [word.strip() for p in self._take("CATEGORIES") for word in p.words]
        system = set() if self._ours_of("PRODID").startswith(OURS) else _SYSTEM_GROUPS
        named = [word for word in words if word and word.lower() not in system]
        self._set("tags", join_list([*named, *self.tags]))

    def _told(self, name: str) -> list[Any]:
        """Take the properties of our own that hold JSON; what is none stays text."""
        told: list[Any] = []
        for entry in self._take(name):
            try:
                told.append(json.loads(entry.text))
            except (ValueError, RecursionError):
                told.append(entry.text)
        return told

    def _ties(self) -> None:
        if consents := self._told("X-CRM-CONSENT"):
            self.cells["consents"] = json.dumps(consents, ensure_ascii=False)
        told = self._told("X-CRM-RELATION")
        known = bool(told)
        for entry in self._take("RELATED"):
            other = bare_uid(entry.text)
            if not _OUR_UUID.fullmatch(other) or other == entry.text.strip():
                self.kept.append(entry)
            elif not known:
                kinds = [_TIES[word] for word in sorted(entry.types) if word in _TIES]
                told.append({"other_uid": other, "kind": kinds[0] if kinds else "other"})
        if told:
            self.cells["relations"] = json.dumps(told, ensure_ascii=False)

    def _ours(self) -> None:
        language = self._one("LANG")
        self._set("language", language.text if language else "")
        for entry in self._take("X-CRM-FIELD"):
            name = " ".join(entry.parameters.get("NAME", [""])[0].split())
            if name:
                self._set(f"field:{name}", entry.text)
        if self.left.keys().isdisjoint(PLAIN):
            return
        for name, column in PLAIN.items():
            text = next((p.text for p in self._take(name)), "")
            if column == "company" and text:
                self.cells.pop("company", None)
            self._set(column, text)

    def _keep(self) -> None:
        """Set the cell of what is kept as it stands, Apple's labels along with it."""
        found = []
        left = [p for p in self.all if p.name in self.left]
        for entry in [*left, *self.kept]:
            if not entry.value.strip(" ;"):
                continue
            if entry.is_binary:
                self.remarks.append(BINARY)
            elif len(entry.value) > LONGEST_KEPT:
                self.remarks.append(TOO_LONG)
            else:
                found.append(entry)
        groups = dict.fromkeys(entry.group.lower() for entry in found if entry.group)
        found += [self.labels[group] for group in groups if group in self.labels]
        if found:
            self.cells["vcard_properties"] = json.dumps(
                [_plain(entry) for entry in found], ensure_ascii=False
            )


def _plain(entry: Property) -> dict[str, str]:
    parameters = ";".join(
        f"{name}={','.join(quoted(word) for word in words)}"
        for name, words in entry.parameters.items()
        if words
    )
    told = {"group": entry.group, "name": entry.name, "parameters": parameters}
    return {**{key: text for key, text in told.items() if text}, "value": entry.value}
