"""Merging rows into contacts: what the store holds already, or several rows of one new contact.

Cells are filled or overwritten, lists are added to; the outcome is staged for the batch.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from crm_cli.domain.values import fold
from crm_cli.services.import_contact_card import (
    Card,
    Lists,
    add_entry,
    identity,
    is_part,
    is_placeholder,
)  # fmt: skip
from crm_cli.store import contacts as contact_store
from crm_cli.store import fields
from crm_cli.store import import_contact_merge as store
from crm_cli.store import import_contact_news as news
from crm_cli.store.import_contacts import LISTS, ROW_COLUMNS, TABLES, UPDATED
from crm_cli.store.import_fields import VALUE

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

    from crm_cli.services.import_consents import Consents
    from crm_cli.services.importing import Job
    from crm_cli.services.unit import Unit

FILLED = (
    "first_name", "last_name", "job_title", "birthday", "language", "source", "campaign",
    "owner", "notes",
)  # fmt: skip
"""Cells that may be empty in a contact, so that ``fill`` can fill them."""

_MERGED = (*FILLED, "kind", "role", "company_id", "referred_by_id")
_OF_ANY_NAME = tuple(name for name in _MERGED if name not in {"first_name", "last_name", "kind"})
"""What a row of another name may still say of the contact."""

_LIST_TABLES = {
    "s_emails": "emails", "s_phones": "phones", "s_addresses": "addresses", "s_links": "links",
    "s_external": "external_ids", "s_properties": "contact_properties",
}  # fmt: skip


class Merger:
    """Merges the rows of one import that need it."""

    def __init__(self, job: Job, unit: Unit, consents: Consents) -> None:
        self.job = job
        self.unit = unit
        self.consents = consents
        self.overwrite = job.request.on_match == "update"
        self.updated = 0
        self._changes: dict[str, list[Any]] = {name: [] for name in TABLES if name.startswith("x_")}

    def run(self) -> int:
        """Merge everything; return how many rows said something new."""
        connection = self.unit.connection
        news.find(connection, replace_lists=self.job.request.replace_lists)
        for batch in store.groups(connection):
            rows = [dict(zip(ROW_COLUMNS, row, strict=True)) for _, _, row in batch]
            lists = store.lists_of(connection, [row["n"] for row in rows])
            keys = {row["company_uid"] or row["company_key"] for row in rows} - {None}
            companies = store.company_ids(connection, sorted(keys)) if keys else {}
            ids = list(dict.fromkeys(contact_id for contact_id, _, _ in batch if contact_id))
            parts = {part.row["id"]: part for part in contact_store.parts(connection, ids)}
            at = 0
            while at < len(batch):
                contact_id, first_n, _ = batch[at]
                end = at
                while end < len(batch) and batch[end][:2] == (contact_id, first_n):
                    end += 1
                group = rows[at:end]
                for row in group:
                    row["company_id"] = companies.get(row["company_uid"] or row["company_key"])
                    uid = row["referred_uid"]
                    row["referred_by_id"] = store.referrer_id(connection, uid) if uid else None
                if contact_id is None:
                    self._merge_new(connection, group, lists)
                else:
                    self._merge_known(parts[contact_id], group, lists)
                at = end
            store.stage_changes(connection, self._changes)
        return self.updated

    def _merge_new(
        self, connection: sqlite3.Connection, group: list[dict[str, Any]],
        lists: Mapping[int, Lists],
    ) -> None:  # fmt: skip
        """Several rows of the file describe one new contact: all go into the first."""
        first = group[0]
        n = first["n"]
        card = Card(dict(first), {k: list(v) for k, v in lists.get(n, {}).items()},
                    not first["has_name"])  # fmt: skip
        for row in group[1:]:
            warned = self._warn_names(card.cells, row, lists, f"line {first['line']}")
            self._count(row, told=self._merge(card, row, lists.get(row["n"], {}), warned=warned))
        values = {name: card.cells[name] for name in ROW_COLUMNS if name != "n"}
        store.restage(connection, n, [row["n"] for row in group], values, card.lists)

    def _warn_names(
        self, cells: Mapping[str, Any], row: Mapping[str, Any], lists: Mapping[int, Lists],
        whom: str,
    ) -> bool:  # fmt: skip
        """Warn where an e-mail address is what a row of another name was found by."""
        named = row["has_name"] and cells["folded"] != row["folded"]
        if named and cells.get("has_name", 1) and lists.get(row["n"], {}).get("s_emails"):
            self.job.warnings.add(
                "name-differs", "an e-mail address matched a contact of another name", row["line"],
                whom=f"{whom} {cells['name']}",
            )  # fmt: skip
            return True
        return False

    def _merge_known(
        self, part: contact_store.ContactParts, group: list[dict[str, Any]],
        lists: Mapping[int, Lists],
    ) -> None:  # fmt: skip
        """Bring a contact of the store up to what the file says of it."""
        known = {
            staged: [tuple(entry[name] for name in LISTS[staged])
                     for entry in part.children[table]]
            for staged, table in _LIST_TABLES.items()
        }  # fmt: skip
        known["s_tags"] = [(fold(label), label) for label in part.tags]
        if self.job.custom:
            values = fields.stored(self.unit.connection, "contact", part.row["id"])
            known["s_fields"] = [tuple(row[name] for name in VALUE) for row in values.values()]
        card = Card(dict(part.row), known, is_placeholder(part))
        before = dict(part.row)
        if part.row["archived_at"] and group:
            self.job.warnings.add(
                "archived", "an archived contact was found by its key; it stays archived",
                group[0]["line"], whom=f"#{part.row['id']} {part.row['name']}",
            )  # fmt: skip
        for row in group:
            warned = not card.placeholder and self._warn_names(
                card.cells, row, lists, f"#{part.row['id']}"
            )
            told = lists.get(row["n"], {})
            if self.job.request.replace_lists:
                changed = self._replace(card, part, told)
                changed |= self._merge(card, row, told, warned=warned)
            else:
                changed = self._merge(card, row, told, warned=warned)
            self._count(row, told=changed)
        self._keep(part, before, card)

    def _count(self, row: Mapping[str, Any], *, told: bool) -> None:
        """Count a row that says something new; a plan asks which ones did."""
        self.updated += told
        if told and self.job.plans:
            self._changes["x_told"].append((row["n"],))

    def _merge(
        self, card: Card, row: Mapping[str, Any], lists: Lists, *, warned: bool = False
    ) -> bool:
        """Put one row into a card; return whether it says anything new; ``warned`` tells that
        another name was warned of."""
        cells, changed = card.cells, row["n"] in self.consents.rows
        self.consents.merged += changed
        if (
            row["has_name"]
            and (self.overwrite or card.placeholder)
            and (cells["name"] != row["name"])
        ):
            cells["name"], cells["folded"] = row["name"], row["folded"]
            changed = True
            if "has_name" in cells:
                cells["has_name"] = 1
        card.placeholder = card.placeholder and not row["has_name"]
        kept = self._kept_values(card, lists)
        changed |= self._take(cells, row, kept, warned=warned)
        if (
            "company_key" in cells
            and row["company_key"]
            and (self.overwrite or not cells["company_key"])
        ):
            for name in ("company", "company_key", "company_uid"):
                cells[name] = row[name]
        if "referred_uid" in cells and row["referred_uid"] and not cells["referred_uid"]:
            cells["referred_uid"] = row["referred_uid"]
        for name, entries in lists.items():
            for entry in entries:
                if name == "s_fields":
                    changed |= self._set_field(card, entry)
                else:
                    changed |= add_entry(card, name, entry)
        return changed

    def _kept_values(self, card: Card, told: Lists) -> list[str]:
        """Return the custom fields of which a row says otherwise and that are kept."""
        if self.overwrite or self.job.custom is None or not told.get("s_fields"):
            return []
        held = {value[0]: value for value in card.lists.get("s_fields", ())}
        return [
            self.job.custom.keys[entry[0]]
            for entry in told["s_fields"]
            if held.get(entry[0], entry) != entry
        ]

    def _take(
        self, cells: dict[str, Any], row: Mapping[str, Any], values: list[str], *, warned: bool
    ) -> bool:
        """Take a row's cells as ``--on-match`` says; return whether any was, and warn of those
        that say otherwise and were not, and of such ``values`` of custom fields."""
        changed = False
        # The parts of another name are another's: Anna Meier is not Nick with first name.
        is_other = row["has_name"] and cells["folded"] != row["folded"]
        kept = ["name"] if is_other and not warned else []
        for name in _OF_ANY_NAME if is_other else _MERGED:
            new, old = row[name], cells.get(name)
            if new is not None and new != old:
                if self.overwrite or old is None:
                    cells[name] = new
                    changed = True
                else:
                    kept.append(name.removesuffix("_id"))
        if row["company_key"] and row["company_id"] is None and cells.get("company_id"):
            kept.append("company")
        kept += values
        if kept:
            self.job.warnings.add(
                "contact-differs",
                "the file says otherwise than the contact known, which was kept (--on-match update"
                " takes the file's)",
                row["line"], fields=kept,
            )  # fmt: skip
        return changed

    def _set_field(self, card: Card, entry: tuple[Any, ...]) -> bool:
        """Fill or overwrite the value of a custom field."""
        held = card.lists.setdefault("s_fields", [])
        known = next((value for value in held if value[0] == entry[0]), None)
        if known is None:
            held.append(entry)
            card.added.setdefault("s_fields", []).append(entry)
            return True
        if not self.overwrite or known == entry:
            return False
        held[held.index(known)] = entry
        added = card.added.get("s_fields", [])
        if known in added:
            added[added.index(known)] = entry
        else:
            card.moved[entry[0]] = entry
        return True

    def _replace(self, card: Card, part: contact_store.ContactParts, told: Lists) -> bool:
        """``--replace-lists``: drop the entries of the lists the row fills that it has not."""
        changed = False
        for staged, entries in told.items():
            table = _LIST_TABLES.get(staged)
            if table is None:
                continue
            wanted = {identity(staged, entry) for entry in entries}
            for stored in self._stored(table, part):
                entry = tuple(stored[name] for name in LISTS[staged])
                if entry in card.lists[staged] and identity(staged, entry) not in wanted:
                    card.lists[staged].remove(entry)
                    self._changes["x_gone"].append((table, stored["id"]))
                    card.lost = changed = True
        if told.get("s_tags"):
            wanted = {key for key, _ in told["s_tags"]}
            for key, label in list(card.lists["s_tags"]):
                if key not in wanted:
                    card.lists["s_tags"].remove((key, label))
                    tie = contact_store.tag_ids(self.unit.connection, part.row["id"])[key]
                    self._changes["x_gone"].append(("contact_tags", tie))
                    card.lost = changed = True
        return changed

    def _stored(self, table: str, part: contact_store.ContactParts) -> list[dict[str, Any]]:
        """Return a list's rows with their ids."""
        connection = self.unit.connection
        return contact_store.children(connection, table, part.row["id"])

    def _keep(
        self, part: contact_store.ContactParts, before: Mapping[str, Any], card: Card
    ) -> None:
        """Stage what a known contact got."""
        contact_id, changes = part.row["id"], self._changes
        for staged, entries in card.added.items():
            has = len(card.lists[staged]) > len(entries)
            for entry in entries:
                if entry not in card.lists[staged]:
                    continue
                if staged in {"s_emails", "s_phones"}:
                    target = "x_emails" if staged == "s_emails" else "x_phones"
                    changes[target].append((contact_id, *entry, int(not has)))
                    has = True
                elif staged == "s_fields":
                    changes["x_fields"].append((contact_id, *entry))
                elif staged == "s_tags":
                    changes["x_tags"].append((contact_id, entry[0]))
                else:
                    target = {"s_addresses": "x_new_addresses", "s_links": "x_links",
                              "s_external": "x_external",
                              "s_properties": "x_properties"}[staged]  # fmt: skip
                    changes[target].append((contact_id, *entry))
        if card.lost:
            self._name_first(part, card)
        filled = card.completed and self._fill_addresses(part, card)
        if card.moved:
            filled |= self._move_values(contact_id, card)
        moved = {
            name: [before[name], card.cells[name]]
            for name in UPDATED
            if name != "updated_at" and before[name] != card.cells[name]
        }
        is_heard = contact_id in self.consents.contacts
        self.consents.contacts.discard(contact_id)
        if moved or card.added or filled or card.lost or is_heard:
            moved["updated_at"] = [before["updated_at"], self.unit.at]
            card.cells["updated_at"] = self.unit.at
            changes["x_contacts"].append(
                (
                    contact_id,
                    json.dumps(moved, ensure_ascii=False),
                    json.dumps([card.cells[name] for name in UPDATED]),
                )
            )

    def _move_values(self, contact_id: int, card: Card) -> bool:
        """Stage the values of custom fields that the file told anew."""
        values = fields.stored(self.unit.connection, "contact", contact_id)
        for field_id, entry in card.moved.items():
            row = values[field_id]
            image = {
                name: [row[name], new]
                for name, new in zip(VALUE, entry, strict=True)
                if row[name] != new
            }
            self._changes["x_field_values"].append(
                (row["id"], json.dumps(image, ensure_ascii=False), json.dumps(entry[1:]))
            )
        return True

    def _name_first(self, part: contact_store.ContactParts, card: Card) -> None:
        """Make the oldest e-mail and phone that stay the first one, where the first one went."""
        for staged in ("s_emails", "s_phones"):
            table = _LIST_TABLES[staged]
            kept = [
                row
                for row in self._stored(table, part)
                if tuple(row[name] for name in LISTS[staged]) in card.lists[staged]
            ]
            if kept and not any(row["is_primary"] for row in kept):
                image = json.dumps({"is_primary": [0, 1]})
                self._changes[f"x_first_{table}"].append((kept[0]["id"], image, json.dumps([1])))

    def _fill_addresses(self, part: contact_store.ContactParts, card: Card) -> bool:
        """Stage addresses of the store whose missing parts the file told."""
        names = LISTS["s_addresses"]
        filled = False
        if not part.children["addresses"] or card.lost:
            return False
        stored_rows = self._stored("addresses", part)
        for stored, entry in zip(stored_rows, card.lists["s_addresses"], strict=False):
            old = tuple(stored[name] for name in names)
            if old != entry and is_part(old, entry):
                image = {
                    name: [a, b] for name, a, b in zip(names, old, entry, strict=True) if a != b
                }
                self._changes["x_addresses"].append(
                    (stored["id"], json.dumps(image, ensure_ascii=False), json.dumps(entry))
                )
                filled = True
        return filled
