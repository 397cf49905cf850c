"""Searching: every statement that reads the index."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

from crm_cli.store.search_texts import CODES, KEY_BITS, MARKS

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection, Sequence

_FIELDS = {mark: field for field, mark in MARKS.items()}

_ID = f"(search_index.rowid & {(1 << KEY_BITS) - 1})"
_CONTACT = (
    "EXISTS (SELECT 1 FROM contacts c WHERE c.id = search_index.rowid AND c.archived_at IS {})"
)
_PRODUCT = f"EXISTS (SELECT 1 FROM products p WHERE p.id = {_ID} AND p.is_active = {{}})"
_SHOWN = {
    archived: f"CASE rowid >> {KEY_BITS} WHEN 0 THEN {_CONTACT.format(is_null)}"
    f" WHEN 1 THEN {_PRODUCT.format(active)} ELSE {active} END"
    for archived, is_null, active in ((False, "NULL", 1), (True, "NOT NULL", 0))
}
"""Whether archived contacts and retired products are meant -> the condition."""

_PLAIN_DIGITS = "t.raw"
for _sign in " -./()+":
    _PLAIN_DIGITS = f"replace({_PLAIN_DIGITS}, '{_sign}', '')"

_PHONES = f"""
rowid IN (SELECT t.contact_id FROM phones t WHERE instr(t.value, :digits)
          UNION SELECT t.contact_id FROM phones t
           WHERE t.value IS NULL AND instr({_PLAIN_DIGITS}, :digits))
"""


def keys(
    connection: sqlite3.Connection,
    kinds: Collection[str],
    *,
    archived: bool | None,
    match: str | None = None,
    digits: str | None = None,
    within: Sequence[tuple[str, str]] = (),
    limit: int | None = None,
) -> list[int]:
    """Return the keys of the records that have it all, in their order.

    ``archived``: False for records in use, True for the others, None for both. ``match`` is an
    expression of FTS5, ``digits`` part of a phone number, ``within`` texts that stand anywhere,
    each in small letters and folded.
    """
    conditions, parameters = [], {"limit": -1 if limit is None else limit}
    given: dict[str, Any] = parameters
    if match is not None:
        conditions.append("search_index MATCH :match")
        given["match"] = match
    if digits is not None:
        conditions.append(_PHONES)
        given["digits"] = digits
    for number, (text, folded) in enumerate(within):
        given |= {f"text{number}": text, f"folded{number}": folded}
        conditions.append(
            f"(instr(lower(name), :text{number}) OR instr(lower(body), :text{number})"
            f" OR rowid IN (SELECT id FROM contacts WHERE instr(folded, :folded{number})))"
        )
    if len(kinds) < len(CODES):
        numbers = ", ".join(str(CODES[kind]) for kind in kinds)
        conditions.append(f"rowid >> {KEY_BITS} IN ({numbers})")
    if archived is not None:
        conditions.append(_SHOWN[archived])
    rows = connection.execute(
        f"SELECT rowid FROM search_index WHERE {' AND '.join(conditions)}"
        " ORDER BY rowid LIMIT :limit",
        given,
    )
    return [key for (key,) in rows.fetchall()]


def texts(connection: sqlite3.Connection, wanted: Sequence[int]) -> dict[int, tuple[str, str]]:
    """Return key -> (name, body) of records."""
    rows = connection.execute(
        "SELECT rowid, name, body FROM search_index"
        " WHERE rowid IN (SELECT value FROM json_each(?))",
        (f"[{','.join(map(str, wanted))}]",),
    )
    return {key: (name or "", body) for key, name, body in rows.fetchall()}


def phones(connection: sqlite3.Connection, ids: Sequence[int]) -> list[tuple[int, str]]:
    """Return (contact, phone) of contacts."""
    return connection.execute(
        "SELECT contact_id, coalesce(value, raw) FROM phones"
        " WHERE contact_id IN (SELECT value FROM json_each(?)) ORDER BY contact_id, id",
        (f"[{','.join(map(str, ids))}]",),
    ).fetchall()


def words(connection: sqlite3.Connection) -> list[tuple[str, int]]:
    """Return every word of the index with the number of records that have it."""
    return connection.execute("SELECT term, doc FROM search_words").fetchall()


def pieces(kind: str, name: str, body: str) -> list[tuple[str, str]]:
    """Return a row of the index as (field, text)."""
    first = {"purchase": "description", "interaction": "subject", "lead": "title"}.get(kind, "name")
    found = [(first, name)] if name else []
    # What stands before the first mark is of no field.
    _, *parts = _marks().split(body)
    found += [(_FIELDS[mark], text) for mark, text in zip(*[iter(parts)] * 2, strict=True) if text]
    return found


@cache
def _marks() -> re.Pattern[str]:
    return re.compile(f"([{''.join(_FIELDS)}])")


def split(key: int) -> tuple[str, int]:
    """Return (record type, id) of a key."""
    return list(CODES)[key >> KEY_BITS], key & ((1 << KEY_BITS) - 1)
