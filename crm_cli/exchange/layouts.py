"""Contacts in the layout of another product, to leave to; and what that layout cannot carry."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from crm_cli.domain.values import fold
from crm_cli.exchange.cells import join_list

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crm_cli.exchange.columns import Target
    from crm_cli.exchange.preset import Preset

Record = "Mapping[str, Any]"

_PLAIN = ("job_title", "language", "source", "campaign", "owner", "notes")
_LISTS = {"email": "emails", "phone": "phones", "link": "links"}
_ADDRESS = ("street", "city", "region", "postcode", "country")
_LOST = {"referred_by": "referrals", "relations": "relations"}
_OPT_OUTS: dict[tuple[str | None, ...], str] = {
    ("email", "marketing", "withdrawn"): "email_opt_out",
    ("phone", "marketing", "withdrawn"): "phone_opt_out",
}
"""What products have a column for: that somebody wants no mail or no calls."""


@dataclass(slots=True)
class Slot:
    """Room for one entry of a list: the columns of its parts, and the label that it stands for."""

    columns: dict[str, str] = field(default_factory=dict)
    label: str | None = None
    holds_many: bool = False


class Layout:
    """The columns of a product and what goes into them.

    ``most`` says how many entries of a list a contact has at most, for columns with a number.
    ``lost`` counts what no column took, after each ``row``; ``left_out`` the contacts.
    """

    def __init__(self, preset: Preset, most: Mapping[str, int]) -> None:
        self.preset = preset
        self.header: list[str] = []
        self.lost: Counter[str] = Counter()
        self.left_out = 0
        self._single: dict[str, str] = {}
        self._slots: dict[str, list[Slot]] = {name: [] for name in (*_LISTS, "address")}
        numbered: dict[tuple[str, int], Slot] = {}
        for title in self._titles(most):
            self.header.append(title)
            found = preset.target(title)
            if found is None:
                raise ValueError(title)
            target, label = found
            if target.field not in self._slots:
                self._single[target.field] = title
            else:
                self._add_slot(numbered, title, target, label)

    def _titles(self, most: Mapping[str, int]) -> list[str]:
        """Return the columns, groups of numbered ones as often as is needed."""
        titles: list[str] = []
        groups: dict[str, list[str]] = {}
        for title in self.preset.layout:
            if "{n}" not in title:
                titles.append(title)
                continue
            group = title.partition("{n}")[0]
            if group not in groups:
                groups[group] = []
                titles.append(group)
            groups[group].append(title)
        found: list[str] = []
        for title in titles:
            if title not in groups:
                found.append(title)
                continue
            name = self.preset.known[self.preset.key(groups[title][0].replace("{n}", "1"))][0].field
            for number in range(1, max(most.get(name, 0), 1) + 1):
                found += [part.replace("{n}", str(number)) for part in groups[title]]
        return found

    def _add_slot(
        self, numbered: dict[tuple[str, int], Slot], title: str, target: Target, label: str | None
    ) -> None:
        # Columns of one position are one entry, unless each stands for itself.
        key = (target.field, target.position)
        slot = numbered.get(key)
        if slot is None or target.part in slot.columns:
            slot = Slot(label=label, holds_many=title in self.preset.many)
            self._slots[target.field].append(slot)
            numbered[key] = slot
        slot.columns[target.part] = title

    # -- one contact --------------------------------------------------------------------------

    def row(self, record: Mapping[str, Any]) -> dict[str, str] | None:
        """Return title -> cell; None for a contact that the product has no place for."""
        if record["kind"] == "company" and self.preset.people_only:
            self._leave_out("companies")
            return None
        if self.preset.needed == "email" and not record["emails"]:
            self._leave_out("contacts without an e-mail address")
            return None
        cells: dict[str, str] = {}
        self._put_names(cells, record)
        for name in _PLAIN:
            self._put(cells, name, record[name])
        birthday = record["birthday"]
        if birthday and birthday.startswith("--") and not self.preset.yearless:
            self.lost["birthdays without a year"] += 1
        else:
            self._put(cells, "birthday", birthday)
        for name, plural in _LISTS.items():
            entries = [(x["value"] or x.get("raw"), x["label"]) for x in record[plural]]
            self._put_entries(cells, name, [(text, label) for text, label in entries if text])
        self._put_addresses(cells, record["addresses"])
        self._put_tags(cells, record["tags"])
        self._put_ids(cells, record["external_ids"])
        if record["role"] != "prospect":
            self.lost["role"] += 1
        for name, plural in _LOST.items():
            if record.get(name):
                self.lost[plural] += 1
        self._put_consents(cells, record["consents"])
        for name, value in (record.get("fields") or {}).items():
            if value is not None:
                self.lost[name] += 1
        return cells

    def _leave_out(self, what: str) -> None:
        self.lost[what] += 1
        self.left_out += 1

    def _put(self, cells: dict[str, str], name: str, value: str | None) -> None:
        if not value:
            return
        if name in self._single:
            cells[self._single[name]] = value
        else:
            self.lost[name.replace("_", " ")] += 1

    def _put_names(self, cells: dict[str, str], record: Mapping[str, Any]) -> None:
        """Write the name in the parts that the layout has, so that they read the same together."""
        single = self._single
        if record["kind"] == "company":
            self._put(cells, "company", record["name"])
            return
        self._put(cells, "company", record["company"])
        name, first, last = (record[key] or "" for key in ("name", "first_name", "last_name"))
        if "name" in single:
            cells[single["name"]] = name
        elif not first and not last:
            last = name
        elif not (name.startswith(first) and name.endswith(last)):
            self.lost["name"] += 1
        else:
            middle = name[len(first) : len(name) - len(last)].strip()
            if "middle_name" in single:
                cells[single["middle_name"]] = middle
            else:
                first = f"{first} {middle}".strip()
        for key, value in (("first_name", first), ("last_name", last)):
            if value:
                self._put(cells, key, value)

    def _put_entries(
        self, cells: dict[str, str], name: str, entries: Sequence[tuple[str, str | None]]
    ) -> None:
        placed, left = _placed(self._slots[name], [label for _, label in entries])
        for (text, label), slot in zip(entries, placed, strict=True):
            if slot is None:
                continue
            cells[slot.columns["value"]] = text
            if "label" in slot.columns:
                cells[slot.columns["label"]] = label or ""
            elif label and fold(label) != fold(slot.label or ""):
                self.lost[f"labels of {_LISTS[name]}"] += 1
        many = next((slot for slot in self._slots[name] if slot.holds_many), None)
        if many is not None and left:
            separator = self.preset.separator or ";"
            cells[many.columns["value"]] = separator.join(entries[at][0] for at in left)
        elif left:
            self.lost[_LISTS[name]] += len(left)

    def _put_addresses(
        self, cells: dict[str, str], addresses: Sequence[Mapping[str, str | None]]
    ) -> None:
        placed, left = _placed(self._slots["address"], [entry["label"] for entry in addresses])
        told = [self._in_one_cell(entry) for entry in addresses]
        for entry, slot in zip(told, placed, strict=True):
            if slot is None:
                continue
            for part in _ADDRESS:
                value = entry[part]
                if value and part in slot.columns:
                    cells[slot.columns[part]] = value
                elif value:
                    self.lost[f"{part} of addresses"] += 1
            label = entry["label"] or ""
            if "label" in slot.columns:
                cells[slot.columns["label"]] = label
            elif label and fold(label) != fold(slot.label or ""):
                self.lost["labels of addresses"] += 1
        if left:
            self.lost["addresses"] += len(left)

    def _in_one_cell(self, address: Mapping[str, str | None]) -> Mapping[str, str | None]:
        """Return an address as the product has it, its parts in the street's cell if need be."""
        separator = self.preset.address_separator
        if not separator:
            return address
        # Two blanks within a part would be read as its end.
        parts = [" ".join((address[part] or "").split()) for part in _ADDRESS]
        return {**dict.fromkeys(_ADDRESS), "label": address["label"],
                "street": separator.join(parts)}  # fmt: skip

    def _put_consents(
        self, cells: dict[str, str], consents: Sequence[Mapping[str, str | None]]
    ) -> None:
        from crm_cli.exchange.layout_consents import marketing_cells

        words = self.preset.consent_words
        for event in consents:
            if words and (event["channel"], event["purpose"]) == ("email", "marketing"):
                told_all = marketing_cells(event, words, self._single, cells)
                self.lost["proofs of consents"] += not told_all
                continue
            told = _OPT_OUTS.get((event["channel"], event["purpose"], event["state"]))
            if told and told in self._single:
                cells[self._single[told]] = self.preset.opt_out_word
            else:
                self.lost["consents"] += 1

    def _put_tags(self, cells: dict[str, str], tags: Sequence[str]) -> None:
        if "tags" not in self._single:
            self.lost["tags"] += bool(tags)
            return
        separator = self.preset.tag_separator
        words = [join_list([tag]) if separator.strip() in tag else tag for tag in tags]
        before = [self.preset.tag_before] if self.preset.tag_before else []
        cells[self._single["tags"]] = separator.join([*before, *words])

    def _put_ids(self, cells: dict[str, str], ids: Sequence[str]) -> None:
        for text in ids:
            system, _, value = text.partition(":")
            title = self._single.get("external_id", "")
            if title and system.casefold() == self.preset.source and title not in cells:
                cells[title] = value
            else:
                self.lost["external ids"] += 1


def _placed(
    slots: Sequence[Slot], labels: Sequence[str | None]
) -> tuple[list[Slot | None], list[int]]:
    """Find a slot for each entry by its label: one of that label, else one that takes any, else
    any that is free. Returns the slot of each, and the entries that found none."""
    free = [slot for slot in slots if not slot.holds_many]
    placed: list[Slot | None] = [None] * len(labels)
    # Where no slot is for a label, the first entries are meant: the main one, then the others.
    rules = (_of_that_label, _of_any_label) if any(slot.label for slot in free) else ()
    for rule in (*rules, _any):
        for at, label in enumerate(labels):
            slot = next((slot for slot in free if rule(slot, label)), None)
            if placed[at] is None and slot is not None:
                placed[at] = slot
                free = [other for other in free if other is not slot]
    return placed, [at for at, slot in enumerate(placed) if slot is None]


def _of_that_label(slot: Slot, label: str | None) -> bool:
    return "label" not in slot.columns and fold(slot.label or "") == fold(label or "")


def _of_any_label(slot: Slot, label: str | None) -> bool:
    del label
    return "label" in slot.columns or slot.label is None


def _any(slot: Slot, label: str | None) -> bool:
    del slot, label
    return True
