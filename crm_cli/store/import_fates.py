"""What became of each row of an import, noted before the batch that wrote it is rolled back.

``p_fates`` holds (line, fate, id) of every row that means a record; rejected ones stand in
``s_rejects``, and what stands in neither (an order that was never paid) changes nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from crm_cli.store.import_purchase_match import CHANGED_ROWS

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator, Sequence

_INSERT = "INSERT INTO temp.p_fates (line, fate, id) "


class Fate(NamedTuple):
    """What became of one row: of which record, whether the import makes that, and the line that
    tells what the import changes in it."""

    fate: str
    record_id: int | None
    is_new: int
    told_at: int | None


def prepare(connection: sqlite3.Connection) -> None:
    """Make the temporary table of the fates; it goes with the transaction that is rolled back."""
    connection.execute(
        "CREATE TEMP TABLE p_fates (line INTEGER PRIMARY KEY, fate TEXT NOT NULL, id INTEGER)"
    )


def of_contacts(
    connection: sqlite3.Connection, all_new_from: int, consenting: Iterable[int]
) -> None:
    """Note the fates of contacts; ``all_new_from`` is the first one's id where every staged row
    made one, else 0; ``consenting`` are the n that tell a consent anew."""
    if all_new_from:
        connection.execute(
            f"{_INSERT} SELECT line, 'created', :first - 1 + n FROM temp.s_rows",
            {"first": all_new_from},
        )
        return
    connection.executemany(
        "INSERT OR IGNORE INTO temp.x_told VALUES (?)", ((n,) for n in consenting)
    )
    connection.execute("CREATE INDEX IF NOT EXISTS temp.s_new_n ON s_new (n)")
    connection.execute(
        f"{_INSERT} SELECT r.line, CASE WHEN t.first_n = t.n THEN 'created'"
        "  WHEN t.n IN (SELECT n FROM temp.x_told) THEN 'updated'"
        # Relations alone count where nothing else of a known contact changes.
        "  WHEN t.n IN (SELECT e.n FROM temp.s_ties e WHERE e.known AND e.held IS NULL"
        "    AND e.other_id IS NOT NULL"
        "    AND NOT EXISTS (SELECT 1 FROM temp.x_contacts x WHERE x.id = e.contact_id))"
        "  THEN 'updated' ELSE 'unchanged' END, coalesce(t.contact_id, w.id)"
        " FROM temp.s_target t JOIN temp.s_rows r ON r.n = t.n"
        " LEFT JOIN temp.s_new w ON w.n = t.first_n"
    )
    connection.execute(
        f"{_INSERT} SELECT r.line, CASE WHEN k.n IN (SELECT n FROM temp.x_told) THEN 'updated'"
        "  ELSE 'unchanged' END, k.contact_id FROM temp.s_known k"
        " JOIN temp.s_rows r ON r.n = k.n WHERE r.line NOT IN (SELECT line FROM temp.s_rejects)"
    )


def of_products(
    connection: sqlite3.Connection, fates: Iterable[tuple[int, int, str, int]], told: set[int]
) -> None:
    """Note the fates of products: (n, line, fate, id); ``told`` are the n that tell something
    new by a custom field alone."""
    connection.executemany(
        f"{_INSERT} VALUES (?, ?, ?)",
        ((line, "updated" if n in told else fate, found) for n, line, fate, found in fates),
    )


def of_purchases(connection: sqlite3.Connection, news: Sequence[int]) -> None:
    """Note the fates of purchases; ``news`` are the n that tell a custom field anew."""
    connection.execute("CREATE TEMP TABLE p_told (n INTEGER PRIMARY KEY)")
    connection.executemany("INSERT OR IGNORE INTO temp.p_told VALUES (?)", ((n,) for n in news))
    connection.execute(f"INSERT OR IGNORE INTO temp.p_told {CHANGED_ROWS}")
    connection.execute("CREATE INDEX IF NOT EXISTS temp.s_new_n ON s_new (n)")
    connection.execute(
        f"{_INSERT} SELECT s.line, CASE WHEN h.n IS NULL THEN 'created'"
        "  WHEN s.n IN (SELECT n FROM temp.p_told) THEN 'updated' ELSE 'unchanged' END,"
        "  coalesce(h.purchase_id, w.id) FROM temp.s_purchases s"
        " LEFT JOIN temp.s_hits h ON h.n = s.n LEFT JOIN temp.s_new w ON w.n = s.n"
        " WHERE NOT s.is_extra ORDER BY s.line"
    )
    connection.execute("DROP TABLE temp.p_told")


def of_interactions(connection: sqlite3.Connection) -> None:
    """Note the fates of talks."""
    connection.execute("CREATE INDEX IF NOT EXISTS temp.s_new_n ON s_new (n)")
    connection.execute(
        f"{_INSERT} SELECT t.line, CASE WHEN h.n IS NULL THEN 'created'"
        "  WHEN t.n IN (SELECT n FROM temp.s_updates) THEN 'updated' ELSE 'unchanged' END,"
        "  coalesce(h.interaction_id, w.id) FROM temp.s_talks t"
        " LEFT JOIN temp.s_hits h ON h.n = t.n LEFT JOIN temp.s_new w ON w.n = t.n"
        " ORDER BY t.line"
    )


def of_leads(connection: sqlite3.Connection, changed: Iterable[int]) -> None:
    """Note the fates of leads; ``changed`` are the n that say something new of a known one. A row
    that tells a lead again means that of the first."""
    execute = connection.execute
    execute("CREATE TEMP TABLE p_told (n INTEGER PRIMARY KEY)")
    connection.executemany("INSERT OR IGNORE INTO temp.p_told VALUES (?)", ((n,) for n in changed))
    execute(
        f"{_INSERT} SELECT s.line, CASE WHEN h.n IS NULL THEN 'created'"
        "  WHEN s.n IN (SELECT n FROM temp.p_told) THEN 'updated' ELSE 'unchanged' END,"
        "  coalesce(h.lead_id, w.id, f.id) FROM temp.l_leads s"
        " LEFT JOIN temp.l_hits h ON h.n = s.n LEFT JOIN temp.l_new w ON w.n = s.n"
        " LEFT JOIN temp.l_new f ON f.n = h.first_n ORDER BY s.line"
    )
    execute("DROP TABLE temp.p_told")


def counts(connection: sqlite3.Connection) -> dict[str, int]:
    """Return how many rows have each fate; makes the fates quick to find by record."""
    connection.execute("CREATE INDEX temp.p_fates_id ON p_fates (id, fate, line)")
    return dict(connection.execute("SELECT fate, count(*) FROM temp.p_fates GROUP BY fate"))


def between(connection: sqlite3.Connection, first: int, last: int) -> dict[int, Fate]:
    """Return line -> fate of the rows from one line to another."""
    rows = connection.execute(
        "SELECT f.line, f.fate, f.id,"
        " EXISTS (SELECT 1 FROM temp.p_fates o WHERE o.id = f.id AND o.fate = 'created'),"
        " (SELECT min(o.line) FROM temp.p_fates o"
        "   WHERE o.id = f.id AND o.fate IN ('created', 'updated'))"
        "  FROM temp.p_fates f WHERE f.line BETWEEN ? AND ?",
        (first, last),
    )
    return {line: Fate(*more) for line, *more in rows.fetchall()}


def rejections(
    connection: sqlite3.Connection, first: int, last: int
) -> dict[int, tuple[str | None, str]]:
    """Return line -> (field, reason) of the rejected rows from one line to another."""
    rows = connection.execute(
        "SELECT line, field, reason FROM temp.s_rejects WHERE line BETWEEN ? AND ?", (first, last)
    )
    return {line: (field, reason) for line, field, reason in rows.fetchall()}


_TABLES = {
    "contact": "contacts", "product": "products", "purchase": "purchases",
    "interaction": "interactions", "lead": "leads",
}  # fmt: skip
_OF_CONTACTS = ("emails", "phones", "external_ids", "contact_tags", "field_values")
"""Tables by whose rows an import of something else adds to contacts that are known."""


def others(
    connection: sqlite3.Connection, own: str, entry_id: int
) -> Iterator[tuple[str, list[tuple[int, int]]]]:
    """Yield (noun, some hundred of (id, is new)) of the records that an entry made or changed and
    that no row is about; ``own`` is the noun of the rows."""
    execute = connection.execute
    execute("CREATE TEMP TABLE p_others (noun TEXT, id INTEGER, is_new INTEGER,"
            " PRIMARY KEY (noun, id)) WITHOUT ROWID")  # fmt: skip
    entry = {"entry": entry_id}
    found = "FROM changes h {} WHERE h.entry_id = :entry AND h.table_name = '{}' AND h.op = '{}'"
    for noun, table in _TABLES.items():
        rows = f"JOIN {table} c ON c.id BETWEEN h.first_id AND h.last_id"
        execute(
            f"INSERT INTO temp.p_others SELECT '{noun}', c.id, 1 "
            + found.format(rows, table, "insert"), entry,
        )  # fmt: skip
        execute(
            f"INSERT OR IGNORE INTO temp.p_others SELECT '{noun}', h.first_id, 0 "
            + found.format("", table, "update"), entry,
        )  # fmt: skip
    for table in _OF_CONTACTS:
        rows = f"JOIN {table} c ON c.id BETWEEN h.first_id AND h.last_id"
        execute(
            "INSERT OR IGNORE INTO temp.p_others SELECT 'contact', c.contact_id, 0 "
            + found.format(rows, table, "insert") + " AND c.contact_id IS NOT NULL", entry,
        )  # fmt: skip
    execute(
        "DELETE FROM temp.p_others WHERE noun = ? AND id IN (SELECT id FROM temp.p_fates)", (own,)
    )
    for noun in _TABLES:
        last = 0
        while chunk := execute(
            "SELECT id, is_new FROM temp.p_others WHERE noun = ? AND id > ? ORDER BY id LIMIT 500",
            (noun, last),
        ).fetchall():
            yield noun, chunk
            last = chunk[-1][0]


def rejected_lines(connection: sqlite3.Connection) -> set[int]:
    """Return the lines of the rejected rows."""
    return {line for (line,) in connection.execute("SELECT line FROM temp.s_rejects")}


_NAMES = {
    "contact": "SELECT id, name FROM contacts WHERE id",
    "product": "SELECT id, name FROM products WHERE id",
    "purchase": "SELECT p.id, c.name FROM purchases p JOIN contacts c ON c.id = p.contact_id"
    " WHERE p.id",
    "interaction": "SELECT i.id, c.name FROM interactions i JOIN contacts c ON c.id = i.contact_id"
    " WHERE i.id",
    "lead": "SELECT id, title FROM leads WHERE id",
}


def names(connection: sqlite3.Connection, noun: str, ids: Iterable[int]) -> dict[int, str]:
    """Return what records are called by id; a purchase and a talk by whose they are."""
    listed = f"[{', '.join(map(str, ids))}]"
    return dict(
        connection.execute(f"{_NAMES[noun]} IN (SELECT value FROM json_each(?))", (listed,))
    )


# -- the state a plan was made in ----------------------------------------------------------------


class State(NamedTuple):
    """The newest entry of the history that is no step of the program's own."""

    entry_id: int
    uid: str
    at: str
    actor: str
    summary: str


def state(connection: sqlite3.Connection) -> State | None:
    """Return what tells one state of one store from all others, None where nothing was ever
    written."""
    row = connection.execute(
        "SELECT id, uid, at, actor, summary FROM entries WHERE kind <> 'system'"
        " ORDER BY id DESC LIMIT 1"
    ).fetchone()
    return State(*row) if row else None


def has_entry(connection: sqlite3.Connection, entry_id: int, uid: str) -> bool:
    """Say whether an entry is one of this store's."""
    row = connection.execute(
        "SELECT 1 FROM entries WHERE id = ? AND uid = ?", (entry_id, uid)
    ).fetchone()
    return row is not None


def applied_as(connection: sqlite3.Connection, plan: str) -> tuple[int, str] | None:
    """Return the (number, kind) of the entry that carried a plan out, None where none did."""
    row: tuple[int, str] | None = connection.execute(
        "SELECT e.id, e.kind FROM import_runs r JOIN entries e ON e.id = r.entry_id"
        " WHERE r.plan = ? ORDER BY r.id LIMIT 1",
        (plan,),
    ).fetchone()
    return row
