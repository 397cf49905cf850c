"""The search index: what it holds of each record, and how every batch keeps it so.

One row of ``search_index`` a record, under ``record_key``. Its text is made by SQL from the
record and what hangs on it; new records are added by one statement for each kind, records that
an entry touched are found in its ``changes``, taken out and put in anew. ``differences``
compares the index with the records.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection, Mapping

    from crm_cli.store.batch import Batch

KEY_BITS = 36
"""A record's key is its type's code above so many bits, and its id below."""

CODES = {"contact": 0, "product": 1, "purchase": 2}
"""Record type -> code; a type that comes later takes the next number."""

MARKS = {
    "name": "\x01", "company": "\x02", "job_title": "\x03", "emails": "\x04", "phones": "\x05",
    "addresses": "\x06", "links": "\x07", "tags": "\x08", "external_ids": "\x0e",
    "notes": "\x0f", "fields": "\x10", "sku": "\x11", "category": "\x12",
    "order_number": "\x13", "external_id": "\x14",
}  # fmt: skip
"""The character that stands before a piece of a row's ``body`` and says which field it is of; to
the index it is a blank."""

NEVER = 1 << 62
"""An id above any that a record has."""


def record_key(kind: str, record_id: int | str) -> str:
    """Return the key of a record as a term of SQL."""
    code = CODES[kind]
    return f"({code << KEY_BITS} + {record_id})" if code else str(record_id)


# -- what a record is found by ----------------------------------------------------------------


class _Arm:
    """A table of pieces that hang on a record: where they are read, and one piece.

    They are joined in the order of the index that finds them; to sort them first would cost as
    much as finding them. ``only`` narrows the rows of a table of which few matter.
    """

    def __init__(self, source: str, mark: str, piece: str, only: str = "") -> None:
        self.source = source
        self.piece = f"'{MARKS[mark]}' || {piece}"
        self.only = only

    def of(self, owner: str) -> str:
        """Return the pieces of a record ``c``, as one text."""
        only = f" AND {self.only}" if self.only else ""
        joined = (
            f"coalesce((SELECT group_concat({self.piece}, '') FROM {self.source}"
            f" WHERE t.{owner} = c.id{only}), '')"
        )
        if not self.only:
            return joined
        few = f"SELECT t.{owner} FROM {self.source} WHERE {self.only}"
        return f"CASE WHEN c.id IN ({few}) THEN {joined} ELSE '' END"


# A choice is found by its label, a figure as people write it; a flag says nothing.
_FIELD_VALUE = """
CASE f.kind
WHEN 'choice' THEN coalesce((SELECT p.label FROM picklist_values p
     WHERE p.list = f.noun || '.' || f.key AND p.key = t.text), t.text)
WHEN 'number' THEN rtrim(rtrim(printf('%s%d.%03d', CASE WHEN t.number < 0 THEN '-' ELSE '' END,
     abs(t.number) / 1000, abs(t.number) % 1000), '0'), '.')
WHEN 'money' THEN printf('%s%d.%02d', CASE WHEN t.number < 0 THEN '-' ELSE '' END,
     abs(t.number) / 100, abs(t.number) % 100) || ' ' || t.currency
ELSE t.text END
"""

_ADDRESS = (
    "coalesce(t.street || ', ', '') || coalesce(t.postcode || ' ', '') || coalesce(t.city, '')"
    " || coalesce(', ' || t.region, '') || coalesce(', ' || t.country, '')"
)

# A phone number is looked for among the phones, however it is written; only what could not be
# read as one is text.
_OF_CONTACTS = {
    "emails": _Arm("emails t", "emails", "t.value"),
    "phones": _Arm("phones t", "phones", "t.raw", "t.value IS NULL"),
    "addresses": _Arm("addresses t", "addresses", f"({_ADDRESS})"),
    "links": _Arm("links t", "links", "t.value"),
    "contact_tags": _Arm("contact_tags t CROSS JOIN tags g ON g.id = t.tag_id", "tags", "g.label"),
    "external_ids": _Arm("external_ids t", "external_ids", "t.system || ':' || t.value"),
}
_VALUES = _Arm(
    "field_values t CROSS JOIN fields f ON f.id = t.field_id", "fields", f"({_FIELD_VALUE})"
)

_EVERY_ARM = (*_OF_CONTACTS, "field_values")


def _piece(mark: str, value: str) -> str:
    return f"coalesce('{MARKS[mark]}' || {value}, '')"


def _own_name(column: str) -> str:
    """Return a first or last name that the full name does not hold."""
    return (
        f"CASE WHEN instr(c.name, c.{column}) = 0 THEN '{MARKS['name']}' || c.{column} ELSE '' END"
    )


_COMPANY = (
    f"CASE WHEN c.company_id IS NULL THEN '' ELSE '{MARKS['company']}' ||"
    " (SELECT k.name FROM contacts k WHERE k.id = c.company_id) END"
)


def _texts(kind: str, arms: Collection[str]) -> tuple[str, str, str]:
    """Return (name, body, condition) of a record type's rows (``c``) in the index; ``arms`` are
    the tables that may hold pieces of them."""
    values = _VALUES.of(f"{kind}_id") if "field_values" in arms else "''"
    if kind == "contact":
        body = (
            _own_name("first_name"), _own_name("last_name"), _COMPANY,
            _piece("job_title", "c.job_title"),
            *(arm.of("contact_id") for table, arm in _OF_CONTACTS.items() if table in arms),
            values, _piece("notes", "c.notes"),
        )  # fmt: skip
        return "c.name", " || ".join(body), "1"
    if kind == "product":
        body = (_piece("sku", "c.sku"), _piece("category", "c.category"), values)
        return "c.name", " || ".join(body), "1"
    # Most purchases say nothing that anybody would search for.
    columns = ("c.description", "c.order_number", "c.external_id")
    said = [f"{column} IS NOT NULL" for column in columns]
    if "field_values" in arms:
        said.append("EXISTS (SELECT 1 FROM field_values t WHERE t.purchase_id = c.id)")
    body = (_piece("order_number", columns[1]), _piece("external_id", columns[2]), values)
    return "c.description", " || ".join(body), " OR ".join(said)


def _new_rows(kind: str, arms: Collection[str]) -> str:
    """Return the query of the rows of a type's records from ``:first`` on."""
    name, body, condition = _texts(kind, arms)
    return (
        f"SELECT {record_key(kind, 'c.id')}, {name}, {body} FROM {kind}s c"
        f" WHERE c.id >= :first AND ({condition}) ORDER BY c.id"
    )


def _queued_rows(kind: str) -> str:
    """Return the query of the rows of a type's records in the queue."""
    name, body, condition = _texts(kind, _EVERY_ARM)
    low = CODES[kind] << KEY_BITS
    return (
        f"SELECT q.record_key, {name}, {body}"
        f" FROM search_queue q CROSS JOIN {kind}s c ON c.id = q.record_key - {low}"
        f" WHERE q.record_key BETWEEN {low} AND {low + (1 << KEY_BITS) - 1} AND ({condition})"
        " ORDER BY q.record_key"
    )


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
        f"WHEN t.{kind}_id IS NOT NULL THEN {record_key(kind, f't.{kind}_id')}" for kind in CODES
    )
    return (
        f"{_QUEUE} SELECT CASE {key} END FROM changes c CROSS JOIN {source} WHERE {condition}"
        f" AND coalesce({', '.join(f't.{kind}_id' for kind in CODES)}) IS NOT NULL"
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


# Those who work there are found by the company's name.
_EMPLOYEES = (
    f"{_QUEUE} SELECT t.id FROM changes c CROSS JOIN contacts t ON t.company_id = c.first_id"
    f" WHERE {_entry('contacts', 'update')} AND {_moved('name')}"
)
_TAGGED = (
    f"{_QUEUE} SELECT t.contact_id FROM changes c"
    f" CROSS JOIN contact_tags t ON t.tag_id = c.first_id WHERE {_entry('tags', 'update')}"
)

_TOUCHED: dict[str, tuple[str, ...]] = {
    "contacts": (
        _of_records(
            "contact", "name", "first_name", "last_name", "company_id", "job_title", "notes"
        ),
        _EMPLOYEES,
    ),
    **{table: (_of_pieces(table, "contact"),) for table in _OF_CONTACTS},
    "tags": (_TAGGED,),
    "products": (_of_records("product", "name", "sku", "category"),),
    "purchases": (_of_records("purchase", "description", "order_number", "external_id"),),
    "field_values": (_of_pieces("field_values", *CODES),),
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
}  # fmt: skip
"""Table -> the statements that queue the records an entry touched through it."""

INDEXED = frozenset(_TOUCHED)
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
    queued = [sql for table, several in _TOUCHED.items() if table in touched for sql in several]
    parameters = {"entry": entry_id, **{kind: new.get(f"{kind}s", NEVER) for kind in CODES}}
    for sql in queued:
        names = [name for name in parameters if f":{name}" in sql]
        batch.add(sql, {name: parameters[name] for name in names})
    if queued:
        batch.add("DELETE FROM search_index WHERE rowid IN (SELECT record_key FROM search_queue)")
    # In the order of keys: another order makes FTS5 write out what it holds at every step.
    for kind in CODES:
        if queued:
            batch.add(_INSERT + _queued_rows(kind))
        if f"{kind}s" in new and f"{kind}s" in added:
            batch.add(_INSERT + _new_rows(kind, added), {"first": new[f"{kind}s"]})
    if queued:
        batch.add("DELETE FROM search_queue")


_INSERT = "INSERT INTO search_index (rowid, name, body) "


def rebuild(batch: Batch) -> None:
    """Append the statements that make the whole index anew, whatever it holds now."""
    batch.add("DELETE FROM search_index")
    for kind in CODES:
        batch.add(_INSERT + _new_rows(kind, _EVERY_ARM), {"first": 0})


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
        right = _new_rows(kind, _EVERY_ARM)
        for word, left, other in (("misses", right, held), ("has wrongly", held, right)):
            rows = connection.execute(
                f"SELECT * FROM ({left}) EXCEPT SELECT * FROM ({other}) LIMIT :limit",
                {"first": 0, "limit": limit},
            )
            found += [
                f"search_index {word} {kind} {key - low}: {name!r} {body!r}"
                for key, name, body in rows.fetchall()
            ]
    return found
