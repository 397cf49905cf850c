"""The SQL of consents in an import: what the rows tell, what is known, and what is recorded."""

from __future__ import annotations

import json
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator, Sequence

COLUMNS = ("channel", "purpose", "state", "at", "basis", "source", "proof")
_TEXTS = ", ".join(f"{name} TEXT" for name in COLUMNS)

TABLES = {
    "s_consents": f"n INTEGER, {_TEXTS}",
    "x_consents": f"contact_id INTEGER, {_TEXTS}",
}

Event = tuple["str | None", ...]
"""The values of ``COLUMNS``."""


class Told(NamedTuple):
    """What one row tells of one consent of a contact. ``is_new``: the contact is made by the
    file; ``creates``: by this row."""

    contact_id: int
    is_new: bool
    creates: bool
    n: int
    line: int
    name: str
    event: Event


_TOLD = f"""
SELECT coalesce(t.contact_id, w.id) AS contact_id, t.contact_id IS NULL,
       t.contact_id IS NULL AND t.first_n = t.n, e.n AS n, r.line, r.name,
       {", ".join(f"e.{name}" for name in COLUMNS)}
  FROM temp.s_consents e CROSS JOIN temp.s_rows r ON r.n = e.n
 CROSS JOIN temp.s_target t ON t.n = e.n LEFT JOIN temp.s_new w ON w.n = t.first_n
 UNION ALL
SELECT k.contact_id, 0, 0, e.n, r.line, r.name, {", ".join(f"e.{name}" for name in COLUMNS)}
  FROM temp.s_consents e CROSS JOIN temp.s_rows r ON r.n = e.n
 CROSS JOIN temp.s_known k ON k.n = e.n
 ORDER BY contact_id, n
"""


_ALL_NEW = f"""
SELECT :first - 1 + e.n, 1, 1, e.n, r.line, r.name, {", ".join(f"e.{name}" for name in COLUMNS)}
  FROM temp.s_consents e CROSS JOIN temp.s_rows r ON r.n = e.n ORDER BY e.n
"""


def told(connection: sqlite3.Connection, all_new_from: int = 0) -> Iterator[list[list[Told]]]:
    """Yield, some hundred contacts at a time, what the rows tell of each; ``all_new_from`` is
    the first one's id where every row makes a contact."""
    sql = _ALL_NEW if all_new_from else _TOLD
    told_rows = connection.execute(sql, {"first": all_new_from})
    rows = (
        Told(contact_id, is_new, creates, n, line, name, tuple(event))
        for contact_id, is_new, creates, n, line, name, *event in told_rows
    )
    chunk: list[list[Told]] = []
    for _, group in groupby(rows, key=lambda row: row.contact_id):
        chunk.append(list(group))
        if len(chunk) == 500:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def recorded(
    connection: sqlite3.Connection, contacts: Sequence[int]
) -> dict[tuple[int, str, str], list[tuple[str, str | None]]]:
    """Return (contact, channel, purpose) -> (state, at) of every event, in their order."""
    found: dict[tuple[int, str, str], list[tuple[str, str | None]]] = {}
    for contact_id, channel, purpose, state, at in connection.execute(
        "SELECT contact_id, channel, purpose, state, at FROM consent_events"
        " WHERE contact_id IN (SELECT value FROM json_each(?)) ORDER BY id",
        (json.dumps(contacts),),
    ):
        found.setdefault((contact_id, channel, purpose), []).append((state, at))
    return found


_TRASHED = """
SELECT t.entry_id, t.record_id, c.table_name, c.image
  FROM (SELECT DISTINCT entry_id FROM trash WHERE noun = 'contact') o
 CROSS JOIN changes c ON c.entry_id = o.entry_id AND c.table_name IN ('consent_events', 'emails')
 CROSS JOIN trash t ON t.entry_id = o.entry_id AND t.noun = 'contact'
       AND t.record_id = json_extract(c.image, '$.contact_id')
 WHERE c.op = 'delete' ORDER BY c.first_id
"""


def trashed_noes(connection: sqlite3.Connection) -> dict[str, list[Event]]:
    """Return e-mail address -> the noes in force of a deleted contact, as long as it lies in the
    trash."""
    addresses: dict[tuple[int, int], list[str]] = {}
    last: dict[tuple[int, int], dict[tuple[str, str], Event]] = {}
    is_used = "SELECT EXISTS (SELECT 1 FROM trash WHERE noun = 'contact')"
    if not connection.execute(is_used).fetchone()[0]:
        return {}
    for entry_id, record_id, table, text in connection.execute(_TRASHED):
        image, whose = json.loads(text), (entry_id, record_id)
        if table == "emails":
            addresses.setdefault(whose, []).append(image["value"])
        else:
            event = tuple(image[name] for name in COLUMNS)
            last.setdefault(whose, {})[image["channel"], image["purpose"]] = event
    found: dict[str, list[Event]] = {}
    for whose, events in last.items():
        noes = [event for event in events.values() if event[2] == "withdrawn"]
        for address in addresses.get(whose, ()) if noes else ():
            found.setdefault(address, []).extend(noes)
    return found


def noes_of(
    connection: sqlite3.Connection,
    chunk: Sequence[Sequence[Told]],
    trashed: dict[str, list[Event]],
) -> dict[tuple[int, str, str], Event]:
    """Return (contact, channel, purpose) -> what ``trashed_noes`` knows by their addresses, those
    of their rows and those of the store."""
    connection.execute("CREATE INDEX IF NOT EXISTS temp.s_emails_n ON s_emails (n)")
    rows = [[row.n, group[0].contact_id] for group in chunk for row in group]
    told = {"rows": json.dumps(rows)}
    found: dict[tuple[int, str, str], Event] = {}
    for contact_id, address in connection.execute(
        "SELECT json_extract(j.value, '$[1]'), e.value FROM json_each(:rows) j"
        " CROSS JOIN temp.s_emails e ON e.n = json_extract(j.value, '$[0]')"
        " UNION SELECT e.contact_id, e.value FROM json_each(:rows) j"
        " CROSS JOIN emails e ON e.contact_id = json_extract(j.value, '$[1]')",
        told,
    ):
        for event in trashed.get(address, ()):
            found[contact_id, str(event[0]), str(event[1])] = event
    return found


def stage(connection: sqlite3.Connection, events: Iterable[tuple[int, Event]]) -> None:
    """Keep what is to be recorded: (contact, event)."""
    marks = ", ".join("?" * (len(COLUMNS) + 1))
    connection.executemany(
        f"INSERT INTO temp.x_consents VALUES ({marks})",
        [(contact_id, *event) for contact_id, event in events],
    )


def count(connection: sqlite3.Connection) -> int:
    """Return how many events are to be recorded."""
    (found,) = connection.execute("SELECT count(*) FROM temp.x_consents").fetchone()
    return int(found)


NEW_COLUMNS = ("id", "contact_id", *COLUMNS, "recorded_at")
NEW = "SELECT :first - 1 + x.rowid, x.*, :at FROM temp.x_consents x ORDER BY x.rowid"
"""The events to record, in the order of ``NEW_COLUMNS``, with ids from ``:first`` on."""

OF = "t.id IN (SELECT value FROM json_each(:ids))"
"""The contacts (``t``) of certain ids (a JSON array)."""
