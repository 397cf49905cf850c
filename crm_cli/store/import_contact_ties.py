"""What staged contacts hang on: companies, tags, and relations to other contacts.

Reads the store and writes temporary tables only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crm_cli.store.import_contacts import number

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator


_TAKEN = {
    "fill": "t.first_n IS NOT NULL OR c.company_id IS NULL",
    "update": "1",
    "skip": "t.first_n = t.n",
    "fail": "t.first_n = t.n",
}
"""--on-match -> which rows (target ``t``, contact known ``c``) give their contact a company."""


def find_companies(connection: sqlite3.Connection) -> None:
    """Find the companies that rows name, by UUID or whole name: in the file, in the store."""
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


def number_companies(
    connection: sqlite3.Connection, first_id: Callable[[int], int], on_match: str
) -> tuple[int, int]:
    """Give an id to every company that rows name and that was not found, but for one that only
    rows name which are not taken: it is not made. Returns (first id, count) of new ones.
    """
    new = (
        "contact_id IS NULL AND key IN (SELECT coalesce(r.company_uid, r.company_key)"
        " FROM temp.s_target t JOIN temp.s_rows r ON r.n = t.n"
        f" LEFT JOIN contacts c ON c.id = t.contact_id WHERE {_TAKEN[on_match]})"
    )
    count = number(connection, f"SELECT count(*) FROM temp.s_companies WHERE {new}")
    if not count:
        return 0, 0
    first = first_id(count)
    connection.execute(
        "UPDATE temp.s_companies AS k SET is_new = 1, contact_id = g.id FROM"
        " (SELECT key, :first - 1 + row_number() OVER (ORDER BY rowid) AS id"
        f"    FROM temp.s_companies WHERE {new}) g WHERE k.key = g.key",
        {"first": first},
    )
    return first, count


def resolve_tags(
    connection: sqlite3.Connection, first_id: Callable[[int], int], *, with_matched: bool
) -> tuple[int, int]:
    """Find or number the tags that rows carry, those of contacts known already only
    ``with_matched``. Returns (first id, count) of new ones."""
    execute = connection.execute
    execute(
        "INSERT OR IGNORE INTO temp.s_tagkeys SELECT s.key, s.label,"
        " (SELECT t.id FROM tags t WHERE t.key = s.key), 0 FROM temp.s_tags s"
        " WHERE s.n IN (SELECT n FROM temp.s_target WHERE :with_matched OR first_n = n)"
        " ORDER BY s.rowid",
        {"with_matched": with_matched},
    )
    count = number(connection, "SELECT count(*) FROM temp.s_tagkeys WHERE tag_id IS NULL")
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
        number(connection, f"SELECT count(*) FROM ({NEW_RELATIONS.replace(':first', '1')})"),
        number(
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
