"""The SQL of importing contacts: staged rows matched set-wise with the store and each other.

Everything here reads the store and writes temporary tables only; what changes the store is
selected from them by the unit's batch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator, Mapping, Sequence

ROW_COLUMNS = (
    "n", "line", "uid", "kind", "name", "folded", "has_name", "first_name", "last_name",
    "company", "company_key", "company_uid", "job_title", "role", "birthday", "language",
    "source", "campaign", "owner", "referred_uid", "notes", "created_at", "updated_at",
    "archived_at", "fingerprint",
)  # fmt: skip

LISTS: dict[str, tuple[str, ...]] = {
    "s_emails": ("value", "label"),
    "s_phones": ("value", "raw", "label"),
    "s_addresses": ("label", "street", "city", "region", "postcode", "country"),
    "s_links": ("value", "label"),
    "s_external": ("system", "value"),
}
"""Staged lists with their columns beside ``n`` and ``position``."""

TABLES = {
    "s_rows": "n INTEGER PRIMARY KEY, line INTEGER, uid TEXT, kind TEXT, name TEXT, folded TEXT,"
    " has_name INTEGER, first_name TEXT, last_name TEXT, company TEXT, company_key TEXT,"
    " company_uid TEXT, job_title TEXT, role TEXT, birthday TEXT, language TEXT, source TEXT,"
    " campaign TEXT, owner TEXT, referred_uid TEXT, notes TEXT, created_at TEXT, updated_at TEXT,"
    " archived_at TEXT, fingerprint INTEGER",
    **{
        name: f"n INTEGER, position INTEGER, {', '.join(f'{column} TEXT' for column in columns)}"
        for name, columns in LISTS.items()
    },
    "s_tags": "n INTEGER, key TEXT, label TEXT",
    "s_relations": "n INTEGER, other_uid TEXT, kind TEXT, title TEXT, started_on TEXT,"
    " ended_on TEXT",
    "s_ties": "n INTEGER, contact_id INTEGER, known INTEGER, other_id INTEGER, kind TEXT,"
    " title TEXT, started_on TEXT, ended_on TEXT, held INTEGER",
    "s_match": "n INTEGER PRIMARY KEY, contact_id INTEGER",
    "s_leader": "n INTEGER PRIMARY KEY, leader INTEGER",
    "s_target": "n INTEGER PRIMARY KEY, contact_id INTEGER, first_n INTEGER",
    "s_known": "n INTEGER PRIMARY KEY, contact_id INTEGER",
    "s_new": "id INTEGER PRIMARY KEY, n INTEGER",
    "s_companies": "key TEXT PRIMARY KEY, uid TEXT, label TEXT, folded TEXT, contact_id INTEGER,"
    " is_new INTEGER",
    "s_tagkeys": "key TEXT PRIMARY KEY, label TEXT, tag_id INTEGER, is_new INTEGER",
    # What matched contacts get: their changed cells, and entries for their lists.
    "x_contacts": "id INTEGER PRIMARY KEY, image TEXT, cells TEXT",
    "x_addresses": "id INTEGER PRIMARY KEY, image TEXT, cells TEXT",
    "x_emails": "contact_id INTEGER, value TEXT, label TEXT, is_primary INTEGER",
    "x_phones": "contact_id INTEGER, value TEXT, raw TEXT, label TEXT, is_primary INTEGER",
    "x_new_addresses": "contact_id INTEGER, label TEXT, street TEXT, city TEXT, region TEXT,"
    " postcode TEXT, country TEXT",
    "x_links": "contact_id INTEGER, value TEXT, label TEXT",
    "x_external": "contact_id INTEGER, system TEXT, value TEXT",
    "x_tags": "contact_id INTEGER, key TEXT",
    "x_gone": "list TEXT, id INTEGER",
}

UPDATED = (
    "kind", "name", "folded", "first_name", "last_name", "company_id", "job_title", "role",
    "birthday", "language", "source", "campaign", "owner", "referred_by_id", "notes", "updated_at",
)  # fmt: skip
"""Columns of a matched contact that an import may change."""

_PLACEHOLDER = "(c.name = p.value OR c.name = p.raw)"
_STORE = {
    "uid": "SELECT s.n, c.id FROM temp.s_rows s CROSS JOIN contacts c ON c.uid = s.uid",
    "external-id": "SELECT s.n, c.id FROM temp.s_external s CROSS JOIN external_ids x"
    " ON x.value = s.value AND x.system = s.system CROSS JOIN contacts c ON c.id = x.contact_id"
    " ORDER BY s.n, c.archived_at IS NOT NULL, c.id",
    "email": "SELECT s.n, c.id FROM temp.s_emails s CROSS JOIN emails e ON e.value = s.value"
    " CROSS JOIN contacts c ON c.id = e.contact_id"
    " ORDER BY s.n, c.archived_at IS NOT NULL, c.id",
    "phone": "SELECT s.n, c.id FROM temp.s_phones s CROSS JOIN phones p ON p.value = s.value"
    " CROSS JOIN contacts c ON c.id = p.contact_id CROSS JOIN temp.s_rows r ON r.n = s.n"
    f" WHERE (NOT r.has_name OR c.folded = r.folded OR {_PLACEHOLDER})"
    " ORDER BY s.n, c.archived_at IS NOT NULL, c.folded <> r.folded, c.id",
    "name": "SELECT s.n, min(c.id) FROM temp.s_rows s CROSS JOIN contacts c"
    " ON c.folded = s.folded WHERE s.has_name AND c.archived_at IS NULL"
    " GROUP BY s.n HAVING count(*) = 1",
}
_FILE = {
    "uid": ("temp.s_rows", "uid", "uid IS NOT NULL"),
    "external-id": ("temp.s_external", "system, value", "1"),
    "email": ("temp.s_emails", "value", "1"),
    "phone": (
        (
            "(SELECT p.n, p.value, r.folded, r.has_name FROM temp.s_phones p"
            " JOIN temp.s_rows r ON r.n = p.n WHERE p.value IS NOT NULL)"
        ),
        "value, folded",
        "has_name",
    ),
    "name": ("temp.s_rows", "folded", "has_name"),
}


def index_lists(connection: sqlite3.Connection) -> None:
    """Make the staged lists quick to find by row."""
    for name in (*LISTS, "s_tags"):
        connection.execute(f"CREATE INDEX temp.{name}_n ON {name} (n)")


def match(connection: sqlite3.Connection, ways: Sequence[str]) -> bool:
    """Find for every row the contact it means, or the first row of the file for the same one.

    Returns False where no row means a known contact, nor two of them the same.
    """
    for way in ways:
        connection.execute(f"INSERT OR IGNORE INTO temp.s_match {_STORE[way]}")
    if "name" in ways:
        connection.execute(
            "INSERT OR IGNORE INTO temp.s_rejects SELECT s.line, 'name',"
            " 'several contacts are called ' || s.name FROM temp.s_rows s"
            " WHERE s.has_name AND NOT EXISTS (SELECT 1 FROM temp.s_match m WHERE m.n = s.n)"
            "   AND EXISTS (SELECT 1 FROM contacts c WHERE c.folded = s.folded"
            "     AND c.archived_at IS NULL)"
        )
    for way in ways:
        source, keys, condition = _FILE[way]
        names = [key.strip() for key in keys.split(",")]
        same = " AND ".join(f"k.{name} = g.{name}" for name in names)
        connection.execute(
            f"INSERT OR IGNORE INTO temp.s_leader SELECT k.n, g.first FROM"
            f" (SELECT {keys}, min(n) AS first FROM {source} WHERE {condition} GROUP BY {keys}"
            f"   HAVING min(n) <> max(n)) g JOIN {source} k ON {same} WHERE k.n > g.first"
        )
    if "phone" in ways and _one(
        connection, "SELECT EXISTS (SELECT 1 FROM temp.s_rows WHERE NOT has_name)"
    ):
        connection.execute("CREATE INDEX temp.s_phones_value ON s_phones (value, n)")
        # A row without a name belongs to whoever the file first gives the number.
        connection.execute(
            "INSERT OR IGNORE INTO temp.s_leader SELECT p.n,"
            " (SELECT min(o.n) FROM temp.s_phones o WHERE o.value = p.value) AS first"
            "  FROM temp.s_phones p JOIN temp.s_rows r ON r.n = p.n"
            " WHERE NOT r.has_name AND p.value IS NOT NULL AND first < p.n"
        )
    _match_fingerprints(connection)
    if not any(
        _one(connection, f"SELECT EXISTS (SELECT 1 FROM temp.{name})")
        for name in ("s_match", "s_leader", "s_known")
    ):
        return False
    while connection.execute(
        "UPDATE temp.s_leader AS k SET leader = l.leader FROM temp.s_leader l WHERE l.n = k.leader"
    ).rowcount:
        pass
    return True


def set_targets(connection: sqlite3.Connection) -> None:
    """Note for every row that is not rejected its contact, or the row that makes it."""
    connection.execute(
        "INSERT INTO temp.s_target SELECT r.n, coalesce(m.contact_id, o.contact_id),"
        " CASE WHEN coalesce(m.contact_id, o.contact_id) IS NULL THEN coalesce(l.leader, r.n) END"
        "  FROM temp.s_rows r LEFT JOIN temp.s_match m ON m.n = r.n"
        "  LEFT JOIN temp.s_leader l ON l.n = r.n LEFT JOIN temp.s_match o ON o.n = l.leader"
        " WHERE r.line NOT IN (SELECT line FROM temp.s_rejects)"
        "   AND r.n NOT IN (SELECT n FROM temp.s_known) ORDER BY r.n"
    )


def _match_fingerprints(connection: sqlite3.Connection) -> None:
    """Take the n-th equal row without any key for the n-th contact that such a row made."""
    connection.execute(
        """
        INSERT INTO temp.s_known
        WITH staged AS (
            SELECT r.n, r.fingerprint,
                   row_number() OVER (PARTITION BY r.fingerprint ORDER BY r.n) AS nth
              FROM temp.s_rows r
             WHERE r.fingerprint IS NOT NULL AND EXISTS (
                   SELECT 1 FROM import_fingerprints f WHERE f.fingerprint = r.fingerprint)
        ),
        known AS (
            SELECT f.fingerprint, f.contact_id,
                   row_number() OVER (PARTITION BY f.fingerprint ORDER BY f.id) AS nth
              FROM import_fingerprints f
             WHERE f.fingerprint IN (SELECT fingerprint FROM staged)
        )
        SELECT s.n, k.contact_id FROM staged s JOIN known k
            ON k.fingerprint = s.fingerprint AND k.nth = s.nth
        """
    )


def reject_conflicts(connection: sqlite3.Connection) -> None:
    """Reject rows whose e-mail address is another living contact's, or another row's."""
    execute = connection.execute
    execute(
        """
        INSERT OR IGNORE INTO temp.s_rejects
        SELECT r.line, 'email',
               e.value || ' belongs to another contact (#' || c.id || ' ' || c.name || ')'
          FROM temp.s_emails e
          CROSS JOIN emails o ON o.value = e.value
          CROSS JOIN contacts c ON c.id = o.contact_id AND c.archived_at IS NULL
          CROSS JOIN temp.s_target t ON t.n = e.n
          CROSS JOIN temp.s_rows r ON r.n = e.n
         WHERE o.contact_id IS NOT t.contact_id
           AND NOT EXISTS (SELECT 1 FROM emails k
                            WHERE k.value = e.value AND k.contact_id = t.contact_id)
        """
    )
    execute(
        """
        INSERT OR IGNORE INTO temp.s_rejects
        SELECT r.line, 'email', k.value || ' belongs to another contact (line ' || f.line || ')'
          FROM (SELECT value, min(n) AS first FROM temp.s_emails GROUP BY value
                HAVING min(n) <> max(n)) g
          JOIN temp.s_target o ON o.n = g.first
          JOIN temp.s_rows f ON f.n = g.first
          JOIN temp.s_emails k ON k.value = g.value
          JOIN temp.s_target t ON t.n = k.n
          JOIN temp.s_rows r ON r.n = k.n
         WHERE t.contact_id IS NOT o.contact_id OR t.first_n IS NOT o.first_n
        """
    )
    drop_rejected(connection)


def reject_matched(connection: sqlite3.Connection) -> None:
    """``--on-match fail``: reject rows that mean a contact known already."""
    connection.execute(
        "INSERT OR IGNORE INTO temp.s_rejects SELECT r.line, NULL,"
        " CASE WHEN t.contact_id IS NULL THEN 'is the contact of line ' || f.line"
        "      ELSE 'is there already (#' || t.contact_id || ' ' || c.name || ')' END"
        "  FROM temp.s_target t JOIN temp.s_rows r ON r.n = t.n"
        "  LEFT JOIN contacts c ON c.id = t.contact_id"
        "  LEFT JOIN temp.s_rows f ON f.n = t.first_n"
        " WHERE t.contact_id IS NOT NULL OR t.first_n <> t.n"
    )
    drop_rejected(connection)


def drop_rejected(connection: sqlite3.Connection) -> None:
    """Take rejected rows out; who followed one of them follows the next."""
    gone = connection.execute(
        "DELETE FROM temp.s_target WHERE n IN (SELECT r.n FROM temp.s_rejects x"
        " JOIN temp.s_rows r ON r.line = x.line)"
    ).rowcount
    if gone:
        connection.execute(
            "UPDATE temp.s_target AS t SET first_n = g.first FROM"
            " (SELECT first_n, min(n) AS first FROM temp.s_target WHERE first_n IS NOT NULL"
            "   GROUP BY first_n HAVING min(n) <> first_n) g WHERE t.first_n = g.first_n"
        )


def number_new(connection: sqlite3.Connection, first_id: Callable[[int], int]) -> tuple[int, int]:
    """Give every new contact its id in the file's order. Returns (first id, count)."""
    count = _one(connection, "SELECT count(*) FROM temp.s_target WHERE first_n = n")
    first = first_id(count) if count else 0
    connection.execute(
        "INSERT INTO temp.s_new SELECT :first - 1 + row_number() OVER (ORDER BY n), n"
        " FROM temp.s_target WHERE first_n = n ORDER BY n",
        {"first": first},
    )
    return first, count


def resolve_companies(
    connection: sqlite3.Connection, first_id: Callable[[int], int]
) -> tuple[int, int]:
    """Find or number the companies that rows name: in the file, in the store, or new.

    Returns (first id, count) of new ones.
    """
    execute = connection.execute
    execute(
        "INSERT OR IGNORE INTO temp.s_companies"
        " SELECT coalesce(r.company_uid, r.company_key), r.company_uid, r.company, r.company_key,"
        " NULL, 0 FROM temp.s_rows r WHERE r.company_key IS NOT NULL"
        " AND r.n IN (SELECT n FROM temp.s_target) ORDER BY r.n"
    )
    execute("CREATE INDEX temp.s_new_n ON s_new (n)")
    execute("CREATE INDEX temp.s_rows_folded ON s_rows (folded) WHERE kind = 'company'")
    row_target = "coalesce(t.contact_id, (SELECT w.id FROM temp.s_new w WHERE w.n = t.first_n))"
    for sql in (
        (
            f"SELECT {row_target} FROM temp.s_rows r JOIN temp.s_target t ON t.n = r.n"
            " WHERE r.kind = 'company' AND k.uid IS NOT NULL AND r.uid = k.uid"
            " AND r.folded = k.folded LIMIT 1"
        ),
        "SELECT c.id FROM contacts c WHERE c.uid = k.uid",
        (
            f"SELECT {row_target} FROM temp.s_rows r JOIN temp.s_target t ON t.n = r.n"
            " WHERE r.kind = 'company' AND r.folded = k.folded AND k.uid IS NULL"
            " ORDER BY r.n LIMIT 1"
        ),
        (
            "SELECT c.id FROM contacts c WHERE c.folded = k.folded AND c.kind = 'company'"
            " AND k.uid IS NULL ORDER BY c.archived_at IS NOT NULL, c.id LIMIT 1"
        ),
    ):
        execute(f"UPDATE temp.s_companies AS k SET contact_id = ({sql}) WHERE k.contact_id IS NULL")
    count = _one(connection, "SELECT count(*) FROM temp.s_companies WHERE contact_id IS NULL")
    if not count:
        return 0, 0
    first = first_id(count)
    execute(
        "UPDATE temp.s_companies AS k SET is_new = 1, contact_id = g.id FROM"
        " (SELECT key, :first - 1 + row_number() OVER (ORDER BY rowid) AS id"
        "    FROM temp.s_companies WHERE contact_id IS NULL) g WHERE k.key = g.key",
        {"first": first},
    )
    return first, count


def resolve_tags(connection: sqlite3.Connection, first_id: Callable[[int], int]) -> tuple[int, int]:
    """Find or number the tags that rows carry. Returns (first id, count) of new ones."""
    execute = connection.execute
    execute(
        "INSERT OR IGNORE INTO temp.s_tagkeys SELECT s.key, s.label,"
        " (SELECT t.id FROM tags t WHERE t.key = s.key), 0 FROM temp.s_tags s"
        " WHERE s.n IN (SELECT n FROM temp.s_target) ORDER BY s.rowid"
    )
    count = _one(connection, "SELECT count(*) FROM temp.s_tagkeys WHERE tag_id IS NULL")
    first = first_id(count) if count else 0
    execute(
        "UPDATE temp.s_tagkeys AS k SET is_new = 1, tag_id = g.id FROM"
        " (SELECT key, :first - 1 + row_number() OVER (ORDER BY rowid) AS id"
        "    FROM temp.s_tagkeys WHERE tag_id IS NULL) g WHERE k.key = g.key",
        {"first": first},
    )
    return first, count


RELATION = ("contact_id", "other_id", "kind", "title", "started_on", "ended_on")
"""What a relation holds beside its id."""

NEW_RELATIONS = (
    "SELECT :first - 1 + row_number() OVER (ORDER BY min(t.rowid)), t.contact_id, t.other_id,"
    " t.kind, t.title, t.started_on, t.ended_on FROM temp.s_ties t"
    " WHERE t.held IS NULL AND t.other_id IS NOT NULL"
    " GROUP BY t.contact_id, t.other_id, t.kind, t.started_on"
)
"""New relations in the order of ("id", *RELATION)."""


def resolve_relations(connection: sqlite3.Connection, *, with_matched: bool) -> tuple[int, int]:
    """Find both ends of every staged relation, and the one the store holds already (same
    contacts, kind and start). Returns (new relations, rows of known contacts that change by
    them alone).
    """
    matched = "" if with_matched else " AND t.contact_id IS NULL"
    connection.execute(
        "INSERT INTO temp.s_ties SELECT *, (SELECT r.id FROM relations r"
        "   WHERE r.contact_id = e.contact_id AND r.other_id = e.other_id AND r.kind = e.kind"
        "     AND r.started_on IS e.started_on LIMIT 1)"
        " FROM (SELECT s.n, coalesce(t.contact_id, w.id) AS contact_id,"
        "   t.contact_id IS NOT NULL,"
        "   coalesce((SELECT c.id FROM contacts c WHERE c.uid = s.other_uid),"
        "     (SELECT coalesce(u.contact_id, v.id) FROM temp.s_rows o"
        "        JOIN temp.s_target u ON u.n = o.n LEFT JOIN temp.s_new v ON v.n = u.first_n"
        "      WHERE o.uid = s.other_uid)) AS other_id,"
        "   s.kind, s.title, s.started_on, s.ended_on"
        "   FROM temp.s_relations s JOIN temp.s_target t ON t.n = s.n"
        "   LEFT JOIN temp.s_new w ON w.n = t.first_n"
        f"  WHERE coalesce(t.contact_id, w.id) IS NOT NULL{matched} ORDER BY s.rowid) e"
        " WHERE e.other_id IS NOT e.contact_id"
    )
    return (
        _one(connection, f"SELECT count(*) FROM ({NEW_RELATIONS.replace(':first', '1')})"),
        _one(
            connection,
            "SELECT count(DISTINCT t.n) FROM temp.s_ties t WHERE t.known AND t.held IS NULL"
            " AND t.other_id IS NOT NULL"
            " AND NOT EXISTS (SELECT 1 FROM temp.x_contacts x WHERE x.id = t.contact_id)",
        ),
    )


def relation_strangers(connection: sqlite3.Connection) -> Iterator[int]:
    """Yield the lines of relations whose other contact is nowhere."""
    for (line,) in connection.execute(
        "SELECT r.line FROM temp.s_ties t JOIN temp.s_rows r ON r.n = t.n"
        " WHERE t.other_id IS NULL ORDER BY t.rowid"
    ):
        yield int(line)


def relation_differences(connection: sqlite3.Connection) -> Iterator[int]:
    """Yield the lines of relations that the store holds with another title or end."""
    for (line,) in connection.execute(
        "SELECT r.line FROM temp.s_ties t JOIN temp.s_rows r ON r.n = t.n"
        " WHERE t.held IS NOT NULL AND NOT EXISTS (SELECT 1 FROM relations k"
        "   WHERE k.contact_id = t.contact_id AND k.other_id = t.other_id AND k.kind = t.kind"
        "     AND k.started_on IS t.started_on AND k.title IS t.title"
        "     AND k.ended_on IS t.ended_on) ORDER BY t.rowid"
    ):
        yield int(line)


# -- rows that need merging -----------------------------------------------------------------------


def groups(
    connection: sqlite3.Connection, *, with_matched: bool
) -> Iterator[list[tuple[int | None, int | None, tuple[Any, ...]]]]:
    """Yield, some hundred rows at a time, the rows of contacts that exist or have several rows:
    (contact id, first row, the row in the order of ``ROW_COLUMNS``); a contact's rows together.
    """
    columns = ", ".join(f"r.{name}" for name in ROW_COLUMNS)
    matched = "t.contact_id IS NOT NULL OR " if with_matched else ""
    cursor = connection.execute(
        f"SELECT t.contact_id, t.first_n, {columns} FROM temp.s_target t"
        "  JOIN temp.s_rows r ON r.n = t.n"
        f" WHERE {matched}t.first_n IN (SELECT first_n FROM temp.s_target"
        "   WHERE first_n IS NOT NULL AND first_n <> n)"
        " ORDER BY t.contact_id IS NULL, t.contact_id, t.first_n, t.n"
    )
    batch: list[tuple[int | None, int | None, tuple[Any, ...]]] = []
    key: tuple[int | None, int | None] | None = None
    for contact_id, first_n, *row in cursor:
        if (contact_id, first_n) != key and len(batch) >= 500:
            yield batch
            batch = []
        key = (contact_id, first_n)
        batch.append((contact_id, first_n, tuple(row)))
    if batch:
        yield batch


def lists_of(
    connection: sqlite3.Connection, rows: Sequence[int]
) -> dict[int, dict[str, list[tuple[Any, ...]]]]:
    """Return n -> staged list -> entries, for some rows."""
    marks = ", ".join("?" * len(rows))
    found: dict[int, dict[str, list[tuple[Any, ...]]]] = {}
    for name, columns in LISTS.items():
        for n, *entry in connection.execute(
            f"SELECT n, {', '.join(columns)} FROM temp.{name} WHERE n IN ({marks})"
            " ORDER BY n, position",
            list(rows),
        ):
            found.setdefault(n, {}).setdefault(name, []).append(tuple(entry))
    for n, key, label in connection.execute(
        f"SELECT n, key, label FROM temp.s_tags WHERE n IN ({marks}) ORDER BY n", list(rows)
    ):
        found.setdefault(n, {}).setdefault("s_tags", []).append((key, label))
    return found


def restage(
    connection: sqlite3.Connection,
    first_n: int,
    rows: Sequence[int],
    values: Mapping[str, Any],
    lists: Mapping[str, Sequence[tuple[Any, ...]]],
) -> None:
    """Put what several rows say of one new contact into the first of them."""
    sets = ", ".join(f"{name} = :{name}" for name in values)
    connection.execute(f"UPDATE temp.s_rows SET {sets} WHERE n = :n", {**values, "n": first_n})
    marks = ", ".join("?" * len(rows))
    for name, columns in LISTS.items():
        connection.execute(f"DELETE FROM temp.{name} WHERE n IN ({marks})", list(rows))
        connection.executemany(
            f"INSERT INTO temp.{name} VALUES ({', '.join('?' * (len(columns) + 2))})",
            [
                (first_n, position, *entry)
                for position, entry in enumerate(lists.get(name, ()), start=1)
            ],
        )
    connection.execute(f"DELETE FROM temp.s_tags WHERE n IN ({marks})", list(rows))
    connection.executemany(
        "INSERT INTO temp.s_tags VALUES (?, ?, ?)",
        [(first_n, key, label) for key, label in lists.get("s_tags", ())],
    )


def stage_changes(connection: sqlite3.Connection, changes: Mapping[str, list[Any]]) -> None:
    """Keep what matched contacts get: table ``x_...`` -> rows; the lists are emptied."""
    for name, rows in changes.items():
        if rows:
            marks = ", ".join("?" * len(rows[0]))
            connection.executemany(f"INSERT INTO temp.{name} VALUES ({marks})", rows)
            rows.clear()


def company_ids(connection: sqlite3.Connection, keys: Sequence[str]) -> dict[str, int]:
    """Return company key -> contact id."""
    marks = ", ".join("?" * len(keys))
    return dict(
        connection.execute(
            f"SELECT key, contact_id FROM temp.s_companies WHERE key IN ({marks})", list(keys)
        ).fetchall()
    )


def referrer_id(connection: sqlite3.Connection, uid: str) -> int | None:
    """Return the contact of a UUID, in the store or among the file's new ones."""
    row = connection.execute(
        "SELECT c.id FROM contacts c WHERE c.uid = :uid UNION ALL"
        " SELECT w.id FROM temp.s_rows r JOIN temp.s_target t ON t.n = r.n"
        "   JOIN temp.s_new w ON w.n = t.first_n WHERE r.uid = :uid LIMIT 1",
        {"uid": uid},
    ).fetchone()
    return int(row[0]) if row else None


# -- what the batch selects -----------------------------------------------------------------------

CONTACT_COLUMNS = (
    "id", "uid", "kind", "name", "folded", "first_name", "last_name", "company_id", "job_title",
    "role", "birthday", "language", "source", "campaign", "owner", "referred_by_id", "notes",
    "created_at", "updated_at", "archived_at",
)  # fmt: skip


def new_contacts(*, with_companies: bool, with_referrers: bool) -> str:
    """Return the statement of new contacts in the order of ``CONTACT_COLUMNS``."""
    company = "NULL"
    if with_companies:
        company = (
            "(SELECT nullif(k.contact_id, w.id) FROM temp.s_companies k"
            " WHERE k.key = coalesce(r.company_uid, r.company_key))"
        )
    referrer = "NULL"
    if with_referrers:
        referrer = (
            "coalesce((SELECT c.id FROM contacts c WHERE c.uid = r.referred_uid),"
            " (SELECT v.id FROM temp.s_rows o JOIN temp.s_target t ON t.n = o.n"
            "    JOIN temp.s_new v ON v.n = t.first_n WHERE o.uid = r.referred_uid))"
        )
    return f"""
        SELECT w.id, coalesce(r.uid, :prefix || printf('%011x', w.id)),
               coalesce(r.kind, 'person'), r.name, r.folded, r.first_name, r.last_name, {company},
               r.job_title, coalesce(r.role, 'prospect'), r.birthday, r.language, r.source,
               r.campaign, r.owner, {referrer}, r.notes, coalesce(r.created_at, :at),
               coalesce(r.updated_at, :at), r.archived_at
          FROM temp.s_new w CROSS JOIN temp.s_rows r ON r.n = w.n
         ORDER BY w.id
    """


NEW_COMPANIES = """
SELECT k.contact_id, coalesce(k.uid, :prefix || printf('%011x', k.contact_id)), 'company',
       k.label, k.folded, NULL, NULL, NULL, NULL, 'prospect', NULL, NULL, NULL, NULL, NULL, NULL,
       NULL, :at, :at, NULL
  FROM temp.s_companies k WHERE k.is_new ORDER BY k.contact_id
"""
"""Companies made on the way, in the order of ``CONTACT_COLUMNS``."""

NEW_TAGS = "SELECT tag_id, key, label FROM temp.s_tagkeys WHERE is_new ORDER BY tag_id"

ALL_NEW_CONTACTS = """
SELECT :first - 1 + r.n, coalesce(r.uid, :prefix || printf('%011x', :first - 1 + r.n)),
       coalesce(r.kind, 'person'), r.name, r.folded, r.first_name, r.last_name, NULL,
       r.job_title, coalesce(r.role, 'prospect'), r.birthday, r.language, r.source, r.campaign,
       r.owner, NULL, r.notes, coalesce(r.created_at, :at), coalesce(r.updated_at, :at),
       r.archived_at
  FROM temp.s_rows r ORDER BY r.n
"""
"""New contacts where every staged row makes one: row n has the id ``:first`` - 1 + n."""

ALL_NEW_ENTRIES = {
    "emails": ("s_emails", "e.value, e.label, e.position = 1"),
    "phones": ("s_phones", "e.value, e.raw, e.label, e.position = 1"),
    "addresses": (
        "s_addresses", "e.label, e.street, e.city, e.region, e.postcode, e.country"
    ),
    "links": ("s_links", "e.value, e.label"),
    "external_ids": ("s_external", "e.system, e.value"),
}  # fmt: skip


def all_new_entries(table: str) -> tuple[str, str]:
    """Return (how many, which): the statements of a list where every row makes a contact."""
    staged, columns = ALL_NEW_ENTRIES[table]
    return (
        f"SELECT count(*) FROM temp.{staged}",
        (
            f"SELECT :first - 1 + e.rowid, :first_contact - 1 + e.n, {columns}"
            f" FROM temp.{staged} e ORDER BY e.rowid"
        ),
    )


def staged_count(
    connection: sqlite3.Connection, sql: str = "SELECT count(*) FROM temp.s_rows"
) -> int:
    """Return how many rows are staged."""
    return _one(connection, sql)


_TARGETS = "temp.s_new w CROSS JOIN"
NEW_ENTRIES: tuple[tuple[str, str, tuple[str, ...], str, str], ...] = (
    (
        "s_emails", "emails", ("contact_id", "value", "label", "is_primary"),
        (f"SELECT w.id, e.value, e.label, e.position = 1 FROM {_TARGETS} temp.s_emails e"
        " ON e.n = w.n"),
        "SELECT contact_id, value, label, is_primary FROM temp.x_emails",
    ),
    (
        "s_phones", "phones", ("contact_id", "value", "raw", "label", "is_primary"),
        (f"SELECT w.id, e.value, e.raw, e.label, e.position = 1 FROM {_TARGETS} temp.s_phones e"
        " ON e.n = w.n"),
        "SELECT contact_id, value, raw, label, is_primary FROM temp.x_phones",
    ),
    (
        "s_addresses", "addresses",
        ("contact_id", "label", "street", "city", "region", "postcode", "country"),
        ("SELECT w.id, e.label, e.street, e.city, e.region, e.postcode, e.country"
        f" FROM {_TARGETS} temp.s_addresses e ON e.n = w.n"),
        "SELECT * FROM temp.x_new_addresses",
    ),
    (
        "s_links", "links", ("contact_id", "value", "label"),
        f"SELECT w.id, e.value, e.label FROM {_TARGETS} temp.s_links e ON e.n = w.n",
        "SELECT * FROM temp.x_links",
    ),
    (
        "s_external", "external_ids", ("contact_id", "system", "value"),
        f"SELECT w.id, e.system, e.value FROM {_TARGETS} temp.s_external e ON e.n = w.n",
        "SELECT * FROM temp.x_external",
    ),
    (
        "s_tags", "contact_tags", ("contact_id", "tag_id"),
        (f"SELECT w.id, k.tag_id FROM {_TARGETS} temp.s_tags e ON e.n = w.n"
        " CROSS JOIN temp.s_tagkeys k ON k.key = e.key"),
        ("SELECT x.contact_id, k.tag_id FROM temp.x_tags x CROSS JOIN temp.s_tagkeys k"
        " ON k.key = x.key"),
    ),
    (
        "s_rows", "import_fingerprints", ("contact_id", "fingerprint"),
        (f"SELECT w.id, e.fingerprint FROM {_TARGETS} temp.s_rows e ON e.n = w.n"
        " WHERE e.fingerprint IS NOT NULL"),
        "SELECT 0, 0 WHERE 0",
    ),
)  # fmt: skip
"""(staged table, table, its columns, entries of new contacts, entries of matched ones)."""


def numbered(new: str, more: str) -> str:
    """Return the entries of both statements, each with an id from ``:first`` on before it."""
    return (
        "SELECT :first - 1 + row_number() OVER (), k.* FROM"
        f" (SELECT * FROM ({new}) UNION ALL SELECT * FROM ({more})) k"
    )


def entry_count(connection: sqlite3.Connection, new: str, more: str) -> int:
    """Return how many entries both statements yield."""
    return _one(
        connection, f"SELECT (SELECT count(*) FROM ({new})) + (SELECT count(*) FROM ({more}))"
    )


GONE = "t.id IN (SELECT id FROM temp.x_gone WHERE list = :list)"


def gone_lists(connection: sqlite3.Connection) -> list[str]:
    """Return the tables from which ``--replace-lists`` takes entries."""
    rows = connection.execute("SELECT DISTINCT list FROM temp.x_gone ORDER BY list")
    return [name for (name,) in rows.fetchall()]


def images(connection: sqlite3.Connection, table: str) -> Iterator[tuple[int, str]]:
    """Yield (id, image) of staged changes."""
    yield from connection.execute(f"SELECT id, image FROM temp.{table} ORDER BY id")


def changed_rows(connection: sqlite3.Connection, table: str) -> Iterator[list[Any]]:
    """Yield the new values of staged changes, followed by the id."""
    import json

    for row_id, cells in connection.execute(f"SELECT id, cells FROM temp.{table} ORDER BY id"):
        yield [*json.loads(cells), row_id]


def change_count(connection: sqlite3.Connection, table: str) -> int:
    """Return how many rows have staged changes."""
    return _one(connection, f"SELECT count(*) FROM temp.{table}")


def counts(connection: sqlite3.Connection) -> tuple[int, int, int]:
    """Return (rows known by fingerprint, rows that mean an existing contact, followers)."""
    known = _one(connection, "SELECT count(*) FROM temp.s_known")
    matched = _one(connection, "SELECT count(*) FROM temp.s_target WHERE contact_id IS NOT NULL")
    followers = _one(connection, "SELECT count(*) FROM temp.s_target WHERE first_n <> n")
    return known, matched, followers


def phone_strangers(connection: sqlite3.Connection, *, all_new: bool) -> tuple[list[int], int]:
    """Return (first lines, count) of new contacts whose number another contact has; ``all_new``
    tells that every staged row makes one."""
    found = connection.execute(
        "SELECT r.line, count(*) OVER () FROM temp.s_phones s"
        " CROSS JOIN phones p ON p.value = s.value CROSS JOIN temp.s_rows r ON r.n = s.n"
        " WHERE :all_new OR EXISTS (SELECT 1 FROM temp.s_target t WHERE t.n = s.n"
        "   AND t.contact_id IS NULL AND t.first_n = t.n)"
        " GROUP BY r.n ORDER BY r.line LIMIT 5",
        {"all_new": all_new},
    ).fetchall()
    return [line for line, _ in found], found[0][1] if found else 0


def _one(connection: sqlite3.Connection, sql: str) -> int:
    (value,) = connection.execute(sql).fetchone()
    return int(value or 0)
