"""Finding the leads that a word may mean."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crm_cli.domain.values import may_be_written_out

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping

MOST = 1000
"""So many leads are looked at where a word stands in many."""

Found = list[tuple[int, str]]
"""(id, state) of leads."""


def by_id(connection: sqlite3.Connection, lead_id: int) -> bool:
    """Say whether there is a lead of this number."""
    sql = "SELECT 1 FROM leads WHERE id = ?"
    return connection.execute(sql, (lead_id,)).fetchone() is not None


def by_external_id(connection: sqlite3.Connection, text: str) -> Found:
    """Return the leads with this external id; without its system, those of any."""
    found = _found(connection, "l.external_id = :text", {"text": text})
    if found or ":" in text:
        return found
    where = "l.external_id IS NOT NULL AND instr(l.external_id, ':') > 0"
    same = "substr(l.external_id, instr(l.external_id, ':') + 1) = :text"
    return _found(connection, f"{where} AND {same}", {"text": text})


def of_contacts(connection: sqlite3.Connection, ids: Iterable[int]) -> Found:
    """Return the leads of some contacts."""
    where = "l.contact_id IN (SELECT value FROM json_each(:ids))"
    return _found(connection, where, {"ids": f"[{','.join(map(str, ids))}]"})


def named(connection: sqlite3.Connection, key: str, *, whole: bool) -> Found:
    """Return the leads whose folded title, or whose contact's folded name, is ``key``, or holds
    it where ``whole`` is false."""
    same = "({0} = :key OR ({0} > :key || char(10) AND {0} < :key || char(11)))"
    if may_be_written_out(key):
        same = f"({same} OR instr({{0}} || char(10), char(10) || :key || char(10)) > 0)"
    holds = same if whole else "instr({0}, :key) > 0"
    found: Found = []
    for where in (
        # Within: the scan reads the index of titles alone.
        f"l.id IN (SELECT l.id FROM leads l WHERE {holds.format('l.folded')})",
        f"l.contact_id IN (SELECT c.id FROM contacts c WHERE {holds.format('c.folded')})",
    ):
        found += _found(connection, where, {"key": key})
    return sorted(set(found))


def _found(connection: sqlite3.Connection, where: str, parameters: Mapping[str, Any]) -> Found:
    return connection.execute(
        f"SELECT l.id, l.state FROM leads l WHERE {where} ORDER BY l.id LIMIT {MOST:d}", parameters
    ).fetchall()


def labels(connection: sqlite3.Connection, ids: Iterable[int]) -> list[dict[str, Any]]:
    """Return id, title, contact, stage, state and stage_name of leads: what tells them apart."""
    rows = connection.execute(
        "SELECT l.id, l.title, c.name, s.key, l.state, s.name FROM leads l"
        " JOIN contacts c ON c.id = l.contact_id JOIN stages s ON s.id = l.stage_id"
        " WHERE l.id IN (SELECT value FROM json_each(?)) ORDER BY l.id",
        (f"[{','.join(map(str, ids))}]",),
    )
    keys = ("id", "title", "contact", "stage", "state", "stage_name")
    return [dict(zip(keys, values, strict=True)) for values in rows.fetchall()]


def titles(connection: sqlite3.Connection) -> list[tuple[str, int]]:
    """Return (folded title, id) of the newest leads, for suggestions."""
    return connection.execute(
        "SELECT folded, id FROM leads ORDER BY id DESC LIMIT 20000"
    ).fetchall()


def trashed(connection: sqlite3.Connection, text: str) -> int | None:
    """Return the id under which a deleted lead of this number or title lies in the trash."""
    row = connection.execute(
        "SELECT id FROM trash WHERE noun = 'lead' AND (name = :text OR record_id = :text)"
        " ORDER BY id DESC LIMIT 1",
        {"text": text},
    ).fetchone()
    return int(row[0]) if row else None
