"""Which contact every staged row means: matched set-wise with the store and with each other.

Reads the store and writes temporary tables only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crm_cli.store.import_contacts import number

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Sequence

_PLACEHOLDER = "(c.name = p.value OR c.name = p.raw)"
_STORE = {
    "uid": "SELECT s.n, c.id FROM temp.s_rows s CROSS JOIN contacts c ON c.uid = s.uid",
    "external-id": "SELECT s.n, c.id FROM temp.s_external s CROSS JOIN external_ids x"
    " ON x.value = s.value AND s.system = x.system CROSS JOIN contacts c ON c.id = x.contact_id"
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


_BOTH_OWN = (
    "EXISTS (SELECT 1 FROM temp.s_rows a, temp.s_rows b WHERE a.n = {} AND b.n = {}"
    " AND a.uid IS NOT NULL AND b.uid IS NOT NULL)"
)
"""Two rows with UUIDs of their own: by whatever else they agree, they are two contacts."""

_OWN_ROW = (
    "(r.uid IS NOT NULL AND r.uid <> c.uid"
    " AND EXISTS (SELECT 1 FROM temp.s_rows o WHERE o.uid = c.uid))"
)
"""A row with a UUID of its own beside the row of contact ``c``."""


def match(connection: sqlite3.Connection, ways: Sequence[str], *, with_uids: bool) -> bool:
    """Find for every row the contact it means, or the first row of the file for the same one.

    ``with_uids`` tells that the file has a column for UUIDs. Returns False where no row means a
    known contact, nor two of them the same.
    """
    for way in ways:
        connection.execute(f"INSERT OR IGNORE INTO temp.s_match {_STORE[way]}")
    if with_uids:
        connection.execute("CREATE INDEX temp.s_rows_uid ON s_rows (uid)")
        connection.execute(
            "DELETE FROM temp.s_match WHERE n IN (SELECT r.n FROM temp.s_match m"
            " JOIN contacts c ON c.id = m.contact_id JOIN temp.s_rows r ON r.n = m.n"
            f" WHERE {_OWN_ROW})"
        )
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
        apart = f" AND NOT {_BOTH_OWN.format('k.n', 'g.first')}"
        connection.execute(
            f"INSERT OR IGNORE INTO temp.s_leader SELECT k.n, g.first FROM"
            f" (SELECT {keys}, min(n) AS first FROM {source} WHERE {condition} GROUP BY {keys}"
            f"   HAVING min(n) <> max(n)) g JOIN {source} k ON {same} WHERE k.n > g.first"
            f"{apart if with_uids and way != 'uid' else ''}"
        )
    if "phone" in ways and number(
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
    if len(ways) > 1:
        _match_companies(connection)
    _match_fingerprints(connection)
    if not any(
        number(connection, f"SELECT EXISTS (SELECT 1 FROM temp.{name})")
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


def _match_companies(connection: sqlite3.Connection) -> None:
    """Take a company without any key, or one that the store knows by its name alone, for the one
    company of its name."""
    connection.execute(
        """
        INSERT OR IGNORE INTO temp.s_match
        SELECT r.n, c.id FROM temp.s_rows r CROSS JOIN contacts c ON c.id =
            (SELECT CASE WHEN count(*) = 1 THEN min(id) END FROM
              (SELECT o.id FROM contacts o WHERE o.folded = r.folded AND o.kind = 'company'
                  AND o.archived_at IS NULL LIMIT 2))
         WHERE r.kind = 'company' AND r.uid IS NULL
           AND (r.fingerprint IS NOT NULL
                OR NOT EXISTS (SELECT 1 FROM emails e WHERE e.contact_id = c.id
                    UNION ALL SELECT 1 FROM phones p WHERE p.contact_id = c.id
                    UNION ALL SELECT 1 FROM external_ids x WHERE x.contact_id = c.id))
        """
    )
    connection.execute(
        """
        INSERT OR IGNORE INTO temp.s_leader
        SELECT r.n, g.first FROM
            (SELECT folded, min(n) AS first FROM temp.s_rows
              WHERE kind = 'company' AND uid IS NULL
              GROUP BY folded HAVING min(n) <> max(n)) g
          JOIN temp.s_rows r ON r.folded = g.folded AND r.n > g.first
         WHERE r.kind = 'company' AND r.uid IS NULL AND r.fingerprint IS NOT NULL
        """
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


def reopen_known(connection: sqlite3.Connection, *, always: bool) -> None:
    """Merge rows known by their fingerprints into their contacts, where they tell tags or values
    of custom fields that those have not: neither is part of a fingerprint. ``always`` where what
    the contacts have may have to go as well."""
    connection.execute(
        "INSERT OR IGNORE INTO temp.s_match SELECT k.n, k.contact_id FROM temp.s_known k WHERE"
        " EXISTS (SELECT 1 FROM temp.s_fields e WHERE e.n = k.n AND (:always OR NOT EXISTS"
        "   (SELECT 1 FROM field_values x WHERE x.contact_id = k.contact_id"
        "      AND x.field_id = e.field_id AND x.text IS e.text AND x.number IS e.number"
        "      AND x.currency IS e.currency)))"
        " OR EXISTS (SELECT 1 FROM temp.s_tags e WHERE e.n = k.n AND (:always OR NOT EXISTS"
        "   (SELECT 1 FROM tags g CROSS JOIN contact_tags x ON x.tag_id = g.id"
        "     WHERE g.key = e.key AND x.contact_id = k.contact_id)))",
        {"always": always},
    )
    connection.execute("DELETE FROM temp.s_known WHERE n IN (SELECT n FROM temp.s_match)")


def reject_conflicts(connection: sqlite3.Connection) -> None:
    """Reject rows whose e-mail address or external id is another living contact's, or another
    row's. Rows with UUIDs of their own may share one, as they did where they come from.
    """
    for staged, table, field, columns, shown in (
        ("s_emails", "emails", "email", ("value",), "e.value"),
        (
            "s_external", "external_ids", "external_id", ("value", "system"),
            "e.system || ':' || e.value",
        ),
    ):  # fmt: skip
        in_store = " AND ".join(f"e.{name} = o.{name}" for name in columns)
        own = " AND ".join(f"e.{name} = k.{name}" for name in columns)
        connection.execute(
            f"""
            INSERT OR IGNORE INTO temp.s_rejects
            SELECT r.line, '{field}',
                   {shown} || ' belongs to another contact (#' || c.id || ' ' || c.name || ')'
              FROM temp.{staged} e
              CROSS JOIN {table} o ON {in_store}
              CROSS JOIN contacts c ON c.id = o.contact_id AND c.archived_at IS NULL
              CROSS JOIN temp.s_target t ON t.n = e.n
              CROSS JOIN temp.s_rows r ON r.n = e.n
             WHERE o.contact_id IS NOT t.contact_id AND NOT {_OWN_ROW}
               AND NOT EXISTS (SELECT 1 FROM {table} k
                                WHERE {own} AND k.contact_id = t.contact_id)
            """
        )
        connection.execute(
            f"INSERT OR IGNORE INTO temp.s_rejects SELECT r.line, '{field}',"
            f" {shown} || ' belongs to another contact (line ' || f.line || ')'"
            f"{_shared_in_file(staged, columns)}"
            f" AND NOT {_BOTH_OWN.format('e.n', 'g.first')}"
        )
    drop_rejected(connection)


def reject_taken_uids(connection: sqlite3.Connection) -> None:
    """Reject rows that would make a contact with the UUID of another one: where ``--match`` names
    another way, the UUID does not tell whom they mean."""
    new = "temp.s_target t JOIN temp.s_rows r ON r.n = t.n"
    connection.execute(
        "INSERT OR IGNORE INTO temp.s_rejects SELECT r.line, 'uid',"
        " 'belongs to another contact (#' || c.id || ' ' || c.name || ')'"
        f"  FROM {new} JOIN contacts c ON c.uid = r.uid WHERE t.first_n = t.n"
    )
    connection.execute(
        "INSERT OR IGNORE INTO temp.s_rejects"
        " SELECT line, 'uid', 'belongs to another contact (line ' || first || ')' FROM"
        " (SELECT r.line, min(r.line) OVER (PARTITION BY r.uid) AS first"
        f"   FROM {new} WHERE t.first_n = t.n AND r.uid IS NOT NULL) WHERE line > first"
    )
    drop_rejected(connection)


def _shared_in_file(staged: str, columns: Sequence[str]) -> str:
    """Return what follows SELECT for the entries (``e``, of rows ``r``) that another contact of
    the file has too, first in row ``f``."""
    same = " AND ".join(f"e.{name} = g.{name}" for name in columns)
    return (
        f" FROM (SELECT {', '.join(columns)}, min(n) AS first FROM temp.{staged}"
        f"   GROUP BY {', '.join(columns)} HAVING min(n) <> max(n)) g"
        " JOIN temp.s_target o ON o.n = g.first JOIN temp.s_rows f ON f.n = g.first"
        f" JOIN temp.{staged} e ON {same}"
        " JOIN temp.s_target t ON t.n = e.n JOIN temp.s_rows r ON r.n = e.n"
        " WHERE (t.contact_id IS NOT o.contact_id OR t.first_n IS NOT o.first_n)"
    )


def shared_emails(connection: sqlite3.Connection) -> tuple[list[int], int]:
    """Return (first lines, count) of rows that share an address with another contact's row."""
    found = connection.execute(
        f"SELECT r.line, count(*) OVER (){_shared_in_file('s_emails', ('value',))}"
        " GROUP BY r.n ORDER BY r.line LIMIT 5"
    ).fetchall()
    return [line for line, _ in found], found[0][1] if found else 0


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


def reject_strangers(connection: sqlite3.Connection) -> None:
    """``--unknown reject``: reject rows that mean no contact known already."""
    connection.execute(
        "INSERT OR IGNORE INTO temp.s_rejects SELECT r.line, NULL, 'nobody knows this contact'"
        "  FROM temp.s_target t JOIN temp.s_rows r ON r.n = t.n WHERE t.contact_id IS NULL"
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
    count = number(connection, "SELECT count(*) FROM temp.s_target WHERE first_n = n")
    first = first_id(count) if count else 0
    connection.execute(
        "INSERT INTO temp.s_new SELECT :first - 1 + row_number() OVER (ORDER BY n), n"
        " FROM temp.s_target WHERE first_n = n ORDER BY n",
        {"first": first},
    )
    return first, count


def counts(connection: sqlite3.Connection) -> tuple[int, int, int]:
    """Return (rows known by fingerprint, rows that mean an existing contact, followers)."""
    known = number(connection, "SELECT count(*) FROM temp.s_known")
    matched = number(connection, "SELECT count(*) FROM temp.s_target WHERE contact_id IS NOT NULL")
    followers = number(connection, "SELECT count(*) FROM temp.s_target WHERE first_n <> n")
    return known, matched, followers


def phone_strangers(
    connection: sqlite3.Connection, *, all_new: bool
) -> tuple[list[int], int, list[str]]:
    """Return (first lines, count, who has the number) of new contacts whose number another
    contact has; ``all_new`` tells that every staged row makes one."""
    found = connection.execute(
        "SELECT line, total, '#' || c.id || ' ' || c.name FROM"
        " (SELECT r.line, count(*) OVER () AS total, min(p.contact_id) AS contact_id"
        "   FROM temp.s_phones s"
        "   CROSS JOIN phones p ON p.value = s.value CROSS JOIN temp.s_rows r ON r.n = s.n"
        "  WHERE :all_new OR EXISTS (SELECT 1 FROM temp.s_target t WHERE t.n = s.n"
        "    AND t.contact_id IS NULL AND t.first_n = t.n)"
        "  GROUP BY r.n ORDER BY r.line LIMIT 5)"
        " JOIN contacts c ON c.id = contact_id ORDER BY line",
        {"all_new": all_new},
    ).fetchall()
    return [row[0] for row in found], found[0][1] if found else 0, [row[2] for row in found]
