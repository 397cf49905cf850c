"""When each contact was last spoken to, recomputed from the interactions of the contacts a batch
touched.

``contact_activity`` saves lists and rules work and never decides anything: a talk is an
interaction in or out whose channel is no note, and everybody counts who took part.
``differences`` compares it with the interactions. Recomputing is set-wise, so its cost follows
the change, not the file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3

    from crm_cli.store.batch import Batch

IS_TALK = "i.direction <> 'none' AND i.channel <> 'note'"
"""The condition on an interaction (``i``) that counts as contact."""

LAST_TALK = (
    "max(coalesce((SELECT x.last_at FROM contact_activity x"
    " WHERE x.contact_id = l.contact_id), ''),"
    " coalesce((SELECT max(i.happened_at) FROM interactions i"
    f" WHERE i.lead_id = l.id AND {IS_TALK}), ''))"
)
"""The last talk with a lead's contact, or about the lead (``l``); empty where there was none."""

_ADD = "INSERT OR IGNORE INTO activity_queue (contact_id) "


def _rows(table: str, *ops: str) -> str:
    """Return the rows (``t``) of a table that an entry added or changed."""
    words = ", ".join(f"'{op}'" for op in ops)
    return (
        f"changes c CROSS JOIN {table} t ON t.id BETWEEN c.first_id AND c.last_id"
        f" WHERE c.entry_id = :entry AND c.table_name = '{table}' AND c.op IN ({words})"
    )


def _images(table: str, op: str) -> str:
    return f"changes c WHERE c.entry_id = :entry AND c.table_name = '{table}' AND c.op = '{op}'"


def _queue(table: str) -> tuple[str, ...]:
    """Queue whose rows of a table came, went, changed or moved to somebody else."""
    gone, left = (f"json_extract(c.image, '$.contact_id{part}')" for part in ("", "[0]"))
    return (
        f"{_ADD} SELECT DISTINCT t.contact_id FROM {_rows(table, 'insert', 'update')}",
        f"{_ADD} SELECT {gone} FROM {_images(table, 'delete')}",
        (
            f"{_ADD} SELECT {left} FROM {_images(table, 'update')}"
            " AND json_type(c.image, '$.contact_id') IS NOT NULL"
        ),
    )


_QUEUE = (
    *_queue("interactions"),
    *_queue("interaction_participants"),
    # Those who took part in a talk that changed.
    f"""{_ADD}
    SELECT p.contact_id FROM changes c
           CROSS JOIN interaction_participants p ON p.interaction_id = c.first_id
     WHERE c.entry_id = :entry AND c.table_name = 'interactions' AND c.op = 'update'
    """,
)

_COLUMNS = "contact_id, last_at, last_in_at, last_out_at, interactions"


def _figures(main: str, others: str) -> str:
    """Return the figures of contacts from their own talks and those they took part in; both
    sources name the contact ``contact_id``."""
    return f"""
    SELECT contact_id, max(at), max(CASE direction WHEN 'in' THEN at END),
           max(CASE direction WHEN 'out' THEN at END), count(*)
      FROM (SELECT i.contact_id AS contact_id, i.happened_at AS at, i.direction AS direction
              FROM {main} WHERE {IS_TALK}
             UNION ALL
            SELECT p.contact_id, i.happened_at, i.direction
              FROM {others} WHERE {IS_TALK} AND p.contact_id <> i.contact_id)
     GROUP BY contact_id
    """


_QUEUED = _figures(
    "activity_queue q CROSS JOIN interactions i ON i.contact_id = q.contact_id",
    "activity_queue q CROSS JOIN interaction_participants p ON p.contact_id = q.contact_id"
    " CROSS JOIN interactions i ON i.id = p.interaction_id",
)
_EVERYBODY = _figures(
    "interactions i",
    "interaction_participants p CROSS JOIN interactions i ON i.id = p.interaction_id",
)


def recompute(batch: Batch, entry_id: int) -> None:
    """Append the statements that bring the figures in line with an entry's interactions."""
    for sql in _QUEUE:
        batch.add(sql, {"entry": entry_id})
    batch.add(
        "DELETE FROM contact_activity WHERE contact_id IN (SELECT contact_id FROM activity_queue)"
    )
    batch.add(f"INSERT INTO contact_activity ({_COLUMNS}) {_QUEUED}")
    batch.add("DELETE FROM activity_queue")


def rebuild(batch: Batch) -> None:
    """Append the statements that make all figures anew, whatever they hold now."""
    batch.add("DELETE FROM contact_activity")
    batch.add(f"INSERT INTO contact_activity ({_COLUMNS}) {_EVERYBODY}")


def differences(connection: sqlite3.Connection, limit: int = 20) -> list[str]:
    """Return a sentence for each row that is not what the interactions give.

    Empty when all is well. Reads every interaction; at most ``limit`` sentences a way.
    """
    held = f"SELECT {_COLUMNS} FROM contact_activity"
    found: list[str] = []
    for word, left, right in (("misses", _EVERYBODY, held), ("has wrongly", held, _EVERYBODY)):
        rows = connection.execute(
            f"SELECT * FROM ({left}) EXCEPT SELECT * FROM ({right}) LIMIT ?", (limit,)
        )
        found += [f"contact_activity {word} {row}" for row in rows.fetchall()]
    return found
