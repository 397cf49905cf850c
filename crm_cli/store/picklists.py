"""Picklists: closed lists of words that the owner may rename and add to."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping


def values(
    connection: sqlite3.Connection, name: str, *, with_retired: bool = False
) -> list[tuple[str, str, list[str]]]:
    """Return (key, label, aliases) of a list's values in their order."""
    import json

    rows = connection.execute(
        "SELECT key, label, aliases FROM picklist_values"
        " WHERE list = ? AND (is_retired = 0 OR ?) ORDER BY position, id",
        (name, with_retired),
    )
    return [(key, label, json.loads(aliases)) for key, label, aliases in rows.fetchall()]


def has_key(connection: sqlite3.Connection, name: str, key: str) -> bool:
    """Say whether a list holds a key that may still be chosen."""
    row = connection.execute(
        "SELECT 1 FROM picklist_values WHERE list = ? AND key = ? AND is_retired = 0", (name, key)
    ).fetchone()
    return row is not None


# -- the lists as such, for their owner ------------------------------------------------------------


class Value(NamedTuple):
    """One value of a list. ``aliases`` is JSON: other words for it, old ones among them."""

    id: int
    list: str
    key: str
    label: str
    aliases: str
    note: str | None
    position: int
    is_retired: int


def rows(connection: sqlite3.Connection, name: str | None = None) -> list[Value]:
    """Return the values of one list or of all, retired ones too, in their order."""
    found = connection.execute(
        f"SELECT {', '.join(Value._fields)} FROM picklist_values WHERE ?1 IS NULL OR list = ?1"
        " ORDER BY list, position, id",
        (name,),
    )
    return [Value(*row) for row in found.fetchall()]


class Use(NamedTuple):
    """Where the keys of a list stand: the column, and the condition on its table (``t``)."""

    table: str
    column: str
    where: str = "1"
    parameters: Mapping[str, int] = {}


COLUMNS = {
    "role": ("contacts", "role"),
    "relation": ("relations", "kind"),
    "channel": ("interactions", "channel"),
    "outcome": ("interactions", "outcome"),
    "loss-reason": ("leads", "loss_reason"),
}
"""List -> where its keys are kept; a list of a custom field's choices stands in its values."""

PAST = {"loss-reason": Use("stage_changes", "loss_reason")}
"""List -> where keys of it are kept that records had before: of leads opened again."""


def use_of(connection: sqlite3.Connection, name: str) -> Use | None:
    """Return where a list's keys are kept, None for one that is only computed."""
    if name in COLUMNS:
        return Use(*COLUMNS[name])
    noun, _, key = name.partition(".")
    row = connection.execute(
        "SELECT id FROM fields WHERE noun = ? AND key = ?", (noun, key)
    ).fetchone()
    return Use("field_values", "text", "t.field_id = :field", {"field": row[0]}) if row else None


def counts(connection: sqlite3.Connection, name: str) -> dict[str, int]:
    """Return key -> number of records that have it."""
    use = use_of(connection, name)
    if use is None:
        return {}
    if name in PAST:
        found = connection.execute(
            "SELECT x.key, count(*) FROM (SELECT loss_reason AS key, id FROM leads"
            " WHERE loss_reason IS NOT NULL UNION SELECT loss_reason, lead_id FROM stage_changes"
            " WHERE loss_reason IS NOT NULL) x GROUP BY 1"
        )
        return dict(found.fetchall())
    found = connection.execute(
        f"SELECT t.{use.column}, count(*) FROM {use.table} t WHERE {use.where} GROUP BY 1",
        use.parameters,
    )
    return dict(found.fetchall())


def labels(connection: sqlite3.Connection, name: str) -> dict[str, str]:
    """Return key -> label of the values whose label says more than their key."""
    found = connection.execute(
        "SELECT key, label FROM picklist_values WHERE list = ? AND lower(label) <> key", (name,)
    )
    return dict(found.fetchall())


_NOT_BY_ENTRY = (
    "NOT EXISTS (SELECT 1 FROM changes o WHERE o.entry_id = :entry AND o.table_name = '{0}'"
    " AND o.op <> 'delete' AND (o.first_id = {1}.id OR {1}.id BETWEEN o.first_id AND o.last_id))"
)
"""What an entry itself gave to a record goes back with it."""
ADDED_IN_USE = f"""
SELECT t.id, t.label FROM changes c
  JOIN picklist_values t ON t.id BETWEEN c.first_id AND c.last_id
 WHERE c.entry_id = :entry AND c.table_name = 'picklist_values' AND c.op = 'insert'
   AND (t.list = 'role' AND EXISTS (SELECT 1 FROM contacts k WHERE k.role = t.key
                            AND {_NOT_BY_ENTRY.format("contacts", "k")})
     OR t.list = 'relation' AND EXISTS (SELECT 1 FROM relations r WHERE r.kind = t.key
                                  AND {_NOT_BY_ENTRY.format("relations", "r")})
     OR t.list = 'channel' AND EXISTS (SELECT 1 FROM interactions i WHERE i.channel = t.key
                                AND {_NOT_BY_ENTRY.format("interactions", "i")})
     OR t.list = 'outcome' AND EXISTS (SELECT 1 FROM interactions i WHERE i.outcome = t.key
                                AND {_NOT_BY_ENTRY.format("interactions", "i")})
     OR t.list = 'loss-reason' AND (
        EXISTS (SELECT 1 FROM leads l WHERE l.loss_reason = t.key
                   AND {_NOT_BY_ENTRY.format("leads", "l")})
        OR EXISTS (SELECT 1 FROM stage_changes h WHERE h.loss_reason = t.key
                      AND {_NOT_BY_ENTRY.format("stage_changes", "h")}))
     OR EXISTS (SELECT 1 FROM fields f JOIN field_values v ON v.field_id = f.id
                 WHERE f.noun || '.' || f.key = t.list AND v.text = t.key
                   AND {_NOT_BY_ENTRY.format("field_values", "v")}))
 LIMIT :limit
"""
"""(id, label) of the values that an entry added and that records have by now."""
