"""The search index, kept in step with every batch.

New records are added by one statement for each type; records that an entry touched are found in
its ``changes``, taken out and put in anew. What stands in a row: ``search_texts``.
``differences`` compares the index with the records.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from crm_cli.store.search_texts import (
    CODES,
    EVERY_ARM,
    KEY_BITS,
    OF_CONTACTS,
    WITH_FIELDS,
    every_row,
    new_rows,
    queued_rows,
    record_key,
)

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection, Mapping

    from crm_cli.store.batch import Batch

NEVER = 1 << 62
"""An id above any that a record has."""

# -- which records an entry touched -----------------------------------------------------------

_QUEUE = "INSERT OR IGNORE INTO search_queue (record_key) "


def _entry(table: str, *ops: str) -> str:
    words = ", ".join(f"'{op}'" for op in ops)
    return f"c.entry_id = :entry AND c.table_name = '{table}' AND c.op IN ({words})"


def _moved(*columns: str) -> str:
    """Return the condition that an update's image has one of these columns."""
    return "(" + " OR ".join(f"instr(c.image, '\"{column}\"')" for column in columns) + ")"


def _of_records(kind: str, *columns: str) -> str:
    """Queue the records of a type that came, went or changed in what is indexed of them; new
    ones, which are from ``:contact`` and so on, are added apart."""
    table, key = f"{kind}s", record_key(kind, "c.first_id")
    return f"""{_QUEUE}
    SELECT {key} FROM changes c WHERE {_entry(table, "delete")}
    UNION ALL SELECT {key} FROM changes c WHERE {_entry(table, "update")} AND {_moved(*columns)}
    UNION ALL SELECT {record_key(kind, "t.id")}
      FROM changes c CROSS JOIN {table} t ON t.id BETWEEN c.first_id AND c.last_id
     WHERE {_entry(table, "insert")} AND c.first_id < :{kind}"""


def _of_pieces(table: str, *kinds: str) -> str:
    """Queue the records whose pieces in a table came, went, changed or moved."""
    parts: list[str] = []
    for kind in kinds:
        owner = f"{kind}_id"
        gone = f"json_extract(c.image, '$.{owner}')"
        left = f"json_extract(c.image, '$.{owner}[0]')"
        rows = f"changes c CROSS JOIN {table} t ON t.id BETWEEN c.first_id AND c.last_id"
        here = f"{_entry(table, 'insert', 'update')} AND t.{owner} < :{kind}"
        went = f"{_entry(table, 'delete')} AND {gone} IS NOT NULL"
        from_there = f"{_entry(table, 'update')} AND {_moved(owner)} AND {left} IS NOT NULL"
        parts += (
            f"SELECT {record_key(kind, f't.{owner}')} FROM {rows} WHERE {here}",
            f"SELECT {record_key(kind, gone)} FROM changes c WHERE {went}",
            f"SELECT {record_key(kind, left)} FROM changes c WHERE {from_there}",
        )
    return _QUEUE + " UNION ALL ".join(parts)


def _of_field(condition: str, source: str) -> str:
    """Queue the records that have a value of a field which an entry changed."""
    key = " ".join(
        f"WHEN t.{kind}_id IS NOT NULL THEN {record_key(kind, f't.{kind}_id')}"
        for kind in WITH_FIELDS
    )
    return (
        f"{_QUEUE} SELECT CASE {key} END FROM changes c CROSS JOIN {source} WHERE {condition}"
        f" AND coalesce({', '.join(f't.{kind}_id' for kind in WITH_FIELDS)}) IS NOT NULL"
    )


def _of_choices(op: str, listed: str, key: str, *, moved: bool = False) -> str:
    """Queue the records that have a choice which an entry added, took or called otherwise."""
    row = "" if op == "delete" else "CROSS JOIN picklist_values p ON {}"
    row = row.format("p.id BETWEEN c.first_id AND c.last_id")
    source = (
        f"fields f CROSS JOIN field_values t"
        f" ON f.kind = 'choice' AND f.noun || '.' || f.key = {listed}"
        f" AND t.field_id = f.id AND t.text = {key}"
    )
    condition = _entry("picklist_values", op)
    if moved:
        condition += f" AND {_moved('label', 'key', 'list')}"
    return _of_field(condition, source).replace("FROM changes c", f"FROM changes c {row}", 1)


@cache
def _touched() -> dict[str, tuple[str, ...]]:
    """Return table -> the statements that queue the records an entry touched through it."""
    # Those who work there are found by the company's name.
    employees = (
        f"{_QUEUE} SELECT t.id FROM changes c CROSS JOIN contacts t ON t.company_id = c.first_id"
        f" WHERE {_entry('contacts', 'update')} AND {_moved('name')}"
    )
    tagged = (
        f"{_QUEUE} SELECT t.contact_id FROM changes c"
        f" CROSS JOIN contact_tags t ON t.tag_id = c.first_id WHERE {_entry('tags', 'update')}"
    )
    return {
        "contacts": (
            _of_records(
                "contact", "name", "first_name", "last_name", "company_id", "job_title", "notes"
            ),
            employees,
        ),
        **{table: (_of_pieces(table, "contact"),) for table in OF_CONTACTS},
        "tags": (tagged,),
        "products": (_of_records("product", "name", "sku", "category"),),
        "purchases": (_of_records("purchase", "description", "order_number", "external_id"),),
        "interactions": (_of_records("interaction", "subject", "body"),),
        "leads": (_of_records("lead", "title", "competitor", "external_id", "notes"),),
        "field_values": (_of_pieces("field_values", *WITH_FIELDS),),
        "fields": (
            _of_field(
                f"{_entry('fields', 'update')} AND {_moved('noun', 'key', 'kind')}",
                "field_values t ON t.field_id = c.first_id",
            ),
        ),
        "picklist_values": (
            _of_choices("insert", "p.list", "p.key"),
            _of_choices("update", "p.list", "p.key", moved=True),
            _of_choices(
                "delete", "json_extract(c.image, '$.list')", "json_extract(c.image, '$.key')"
            ),
        ),
    }


INDEXED = frozenset(
    ("contacts", *OF_CONTACTS, "tags", "products", "purchases", "interactions", "leads",
     "field_values", "fields", "picklist_values")
)  # fmt: skip
"""Tables whose changes may matter to the index."""


# -- keeping it -------------------------------------------------------------------------------


def keep(
    batch: Batch, entry_id: int, touched: Collection[str], new: Mapping[str, int],
    added: Collection[str],
) -> None:  # fmt: skip
    """Append the statements that bring the index in line with what an entry changed.

    ``touched`` names the tables in which rows of records that were there before may have
    changed, ``new`` the first id of the records that the entry makes (table -> id), ``added``
    the tables that got rows.
    """
    queued: list[str] = []
    if not INDEXED.isdisjoint(touched):
        queued += [sql for table, found in _touched().items() if table in touched for sql in found]
    parameters = {"entry": entry_id, **{kind: new.get(f"{kind}s", NEVER) for kind in CODES}}
    for sql in queued:
        names = [name for name in parameters if f":{name}" in sql]
        batch.add(sql, {name: parameters[name] for name in names})
    fresh = [kind for kind in CODES if f"{kind}s" in new and f"{kind}s" in added]
    for kind in fresh if queued else ():
        # A company or choice that is called otherwise queues all who have it, new ones too.
        low = CODES[kind] << KEY_BITS
        batch.add(
            "DELETE FROM search_queue WHERE record_key BETWEEN :first AND :last",
            {"first": low + new[f"{kind}s"], "last": low + (1 << KEY_BITS) - 1},
        )
    if queued:
        batch.add("DELETE FROM search_index WHERE rowid IN (SELECT record_key FROM search_queue)")
    # In the order of keys: another order makes FTS5 write out what it holds at every step.
    for kind in CODES:
        if queued:
            batch.add(_INSERT + queued_rows(kind))
        if kind in fresh:
            batch.add(_INSERT + new_rows(kind, added), {"first": new[f"{kind}s"]})
    if queued:
        batch.add("DELETE FROM search_queue")


_INSERT = "INSERT INTO search_index (rowid, name, body) "


def rebuild(batch: Batch) -> None:
    """Append the statements that make the whole index anew, whatever it holds now."""
    batch.add("DELETE FROM search_index")
    for kind in CODES:
        batch.add(_INSERT + new_rows(kind, EVERY_ARM), {"first": 0})


def differences(connection: sqlite3.Connection, limit: int = 20) -> list[str]:
    """Return a sentence for each row of the index that is not what its record gives.

    Empty when all is well. Reads every record; at most ``limit`` sentences a type and way.
    """
    found: list[str] = []
    for kind, code in CODES.items():
        low = code << KEY_BITS
        held = (
            "SELECT rowid, name, body FROM search_index"
            f" WHERE rowid BETWEEN {low} AND {low + (1 << KEY_BITS) - 1}"
        )
        right = every_row(kind)
        for word, left, other in (("misses", right, held), ("has wrongly", held, right)):
            rows = connection.execute(
                f"SELECT * FROM ({left}) EXCEPT SELECT * FROM ({other}) LIMIT :limit",
                {"limit": limit},
            )
            found += [
                f"search_index {word} {kind} {key - low}: {name!r} {body!r}"
                for key, name, body in rows.fetchall()
            ]
    return found
