"""Whether what leads and stages promised on past days would still be told right once an entry is
turned round.

Former terms end where others began: those of a row are right only beside the rows that stood
there when it was written. With one more or one less of them, undoing or redoing a change would
tell of days that never were.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3

    from crm_cli.store.reversal import Run

KEPT = {
    "lead_terms": ("lead_id", "leads", "its terms were changed later"),
    "stage_odds": ("stage_id", "stages", "its odds were changed later"),
}
"""Table of former terms -> its column that names whose they are, that record's table, and what is
said of it."""

_LATER = """
later AS MATERIALIZED (
    SELECT id, op, first_id, last_id, image FROM changes
     WHERE entry_id > :entry AND table_name = '{table}' AND op <> 'update')
"""

_MOVED = """
WITH {later}, mine (whose) AS MATERIALIZED (
    SELECT t.{column} FROM changes c
      JOIN {table} t ON t.id BETWEEN c.first_id AND c.last_id
     WHERE c.entry_id = :entry AND c.table_name = '{table}' AND c.op = 'insert'
     UNION
    SELECT json_extract(c.image, '$.{column}') FROM changes c
     WHERE c.entry_id = :entry AND c.table_name = '{table}' AND c.op = 'delete')
SELECT t.{column} FROM mine JOIN {table} t ON t.{column} = mine.whose
 WHERE {first_of_t} = 'insert'
 UNION
SELECT json_extract(n.image, '$.{column}') FROM later n
 WHERE n.op = 'delete' AND json_extract(n.image, '$.{column}') IN (SELECT whose FROM mine)
   AND NOT EXISTS (SELECT 1 FROM {table} t WHERE t.id = n.first_id)
   AND {first_of_n} = 'delete'
 LIMIT :limit
"""


def moved(
    connection: sqlite3.Connection, entry_id: int, run: Run, limit: int
) -> list[tuple[str, int, str]]:
    """Return (table, row, what is wrong) of each record of which an entry added or took away
    former terms, and of which others came or went since."""
    column, table, said = KEPT[run.table]
    later = _LATER.format(table=run.table)
    # Copied more than once, a row may have come and gone: what it first did tells whether it
    # stood there when the entry was written.
    first = (
        "(SELECT f.op FROM later f WHERE {row} BETWEEN f.first_id AND f.last_id"
        " ORDER BY f.id LIMIT 1)"
    )
    sql = _MOVED.format(
        later=later, table=run.table, column=column,
        first_of_t=first.format(row="t.id"), first_of_n=first.format(row="n.first_id"),
    )  # fmt: skip
    rows = connection.execute(sql, {"entry": entry_id, "limit": limit}).fetchall()
    return [(table, whose, said) for (whose,) in rows]
