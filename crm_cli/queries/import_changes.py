"""What an import changes in each record: its JSON object after, set beside the one before."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from crm_cli.store import exports, fields
from crm_cli.store import import_fates as store

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator, Mapping

    from crm_cli.store.import_fates import Fate

_UNSAID = frozenset(
    {"id", "uid", "company_id", "contact_id", "product_id", "returns_id", "created_at",
     "updated_at"}
)  # fmt: skip
"""Keys that are each store's own, or say again what another key says."""

_FIGURES = frozenset(
    {"segment", "last_contacted_at", "next_follow_up_on", "orders", "revenue", "currency",
     "last_purchase_on"}
)  # fmt: skip
"""Keys of a contact that are worked out of other records."""

_OF_CONTACT = _UNSAID | _FIGURES
_OF_LEAD = _UNSAID | {
    "weighted_value", "score", "next_follow_up_on", "age_days", "stage_age_days", "stale",
    "rotten_days", "referred_by", "purchase_id",
}  # fmt: skip


def records(
    connection: sqlite3.Connection, noun: str, ids: Iterable[int]
) -> dict[int, dict[str, Any]]:
    """Return id -> JSON object of some hundred records of a noun."""
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    if noun == "contact":
        from crm_cli.queries.contacts import kept_lines, record_values
        from crm_cli.store.contacts import parts

        return {
            part.row["id"]: {**record_values(part), "vcard_properties": kept_lines(part)}
            for part in parts(connection, wanted)
        }
    among = {"ids": json.dumps(wanted)}
    if noun == "interaction":
        from crm_cli.queries import interactions
        from crm_cli.store.interactions import flat_rows as talks

        return {row["id"]: row for row in interactions.full(connection, talks(connection, among))}
    custom = fields.objects(connection, noun, wanted)
    if noun == "lead":
        from datetime import UTC, date

        from crm_cli.queries import leads
        from crm_cli.store.leads import listed

        # Its ages are left out, so that any day will do.
        return {
            row.id: {**leads.values(row, date.max, UTC), "fields": custom[row.id]}
            for row in listed(connection, among)
        }
    if noun == "product":
        from crm_cli.queries import products
        from crm_cli.store.products import rows

        return {
            row["id"]: {**products.record_values(row), "fields": custom[row["id"]]}
            for row in rows(connection, exports.AMONG, among)
        }
    from crm_cli.queries import purchases
    from crm_cli.store.purchases import flat_rows

    return {
        row[0]: {**purchases.record_values(row), "fields": custom[row[0]]}
        for row in flat_rows(connection, exports.AMONG, among)
    }


def differences(
    noun: str, before: Mapping[str, Any] | None, after: Mapping[str, Any]
) -> dict[str, Any]:
    """Return key -> [before, after] of what differs; of a list what was added and removed, of
    custom fields each by its key. Of a new record all that is filled."""
    unsaid = {"contact": _OF_CONTACT, "lead": _OF_LEAD}.get(noun, _UNSAID)
    if before is None:
        return _of_new(after, unsaid)
    found: dict[str, Any] = {}
    for key, new in after.items():
        old = before[key]
        if new == old or key in unsaid:
            continue
        if isinstance(new, list):
            if listed := _listed(old, new):
                found[key] = listed
        elif isinstance(new, dict):
            inner = {
                name: [was, value] for name, value in new.items() if value != (was := old.get(name))
            }
            if inner:
                found[key] = inner
        else:
            found[key] = [old, new]
    return found


def _of_new(after: Mapping[str, Any], unsaid: frozenset[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in after.items():
        if not (value or value == 0) or key in unsaid:
            continue
        if isinstance(value, list):
            found[key] = {"added": value}
        elif isinstance(value, dict):
            inner = {name: [None, told] for name, told in value.items() if told is not None}
            if inner:
                found[key] = inner
        else:
            found[key] = [None, value]
    return found


def _listed(old: list[Any], new: list[Any]) -> dict[str, list[Any]]:
    added = [entry for entry in new if entry not in old]
    removed = [entry for entry in old if entry not in new]
    return {name: told for name, told in (("added", added), ("removed", removed)) if told}


class Changes:
    """Tells what becomes of records: ``before`` and ``after`` are connections that see the store
    as it was, and as it is with the import in it."""

    def __init__(self, noun: str, before: sqlite3.Connection, after: sqlite3.Connection) -> None:
        self.noun = noun
        self.before = before
        self.after = after

    def of(self, fates: Mapping[int, Fate]) -> dict[int, dict[str, Any]]:
        """Return line -> fate, id of a known record, its name, and its changes. These stand at
        the first line that changes the record; others of it say which line that is."""
        told = {fate.record_id: fate for line, fate in fates.items() if fate.told_at == line}
        after = records(self.after, self.noun, [i for i in told if i is not None])
        before = records(
            self.before, self.noun,
            [i for i, fate in told.items() if i is not None and not fate.is_new],
        )  # fmt: skip
        others = {fate.record_id for fate in fates.values()} - after.keys() - {None}
        names = store.names(self.after, self.noun, [i for i in others if i is not None])
        names |= {number: record[_CALLED[self.noun]] for number, record in after.items()}
        found: dict[int, dict[str, Any]] = {}
        for line, (fate, number, is_new, told_at) in fates.items():
            row: dict[str, Any] = {"fate": fate, "id": None if is_new else number}
            row["name"] = names.get(number) if number is not None else None
            if told_at == line and number in after:
                row["changes"] = differences(self.noun, before.get(number), after[number])
            elif told_at is not None:
                row["see_line"] = told_at
            found[line] = row
        return found

    def others(self, entry_id: int) -> Iterator[dict[str, Any]]:
        """Yield what else the entry changes: records that no row is about, made or changed on the
        way; each as ``also`` (its noun), fate, id, name and changes."""
        for noun, chunk in store.others(self.after, self.noun, entry_id):
            after = records(self.after, noun, [number for number, _ in chunk])
            before = records(self.before, noun, [number for number, is_new in chunk if not is_new])
            for number, is_new in chunk:
                told = differences(noun, before.get(number), after[number])
                if told:
                    yield {
                        "also": noun,
                        "fate": "created" if is_new else "updated",
                        "id": None if is_new else number,
                        "name": after[number][_CALLED[noun]],
                        "changes": told,
                    }


_CALLED = {
    "contact": "name", "product": "name", "purchase": "contact", "interaction": "contact",
    "lead": "title",
}  # fmt: skip
"""The key under which each record has what people call it."""
