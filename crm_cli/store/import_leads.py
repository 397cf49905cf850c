"""The SQL of importing leads: the staged tables, which leads are known, and the rows to write.

The store is only read and temporary tables are written; what changes the store is a statement
over these, run by the unit's batch. ``l_hits`` leads from a row to the lead it means (NULL: one
that was deleted, or one of the file that an earlier row makes).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from crm_cli.store import import_fields, import_lead_parties
from crm_cli.store.import_contacts import TABLES as OF_CONTACTS
from crm_cli.store.staging import number

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping, Sequence

STAGED = (
    "n", "line", "party", "uid", "external_id", "fingerprint", "title", "folded", "title_told",
    "stage", "stage_told", "state", "before_stage", "value", "currency", "probability",
    "odds_told", "forecast", "expected_on", "opened_at", "opened_told", "since", "since_told",
    "closed_at", "closed_told", "loss_reason", "competitor", "source_told", "source", "campaign",
    "owner", "notes", "next_step", "next_on", "referred_uid",
)  # fmt: skip
_NUMBERS = frozenset(
    {"line", "party", "fingerprint", "title_told", "stage", "stage_told", "before_stage",
     "value", "probability", "odds_told", "opened_told", "since_told", "closed_told"}
)  # fmt: skip

TABLES = {
    **OF_CONTACTS,
    **import_lead_parties.TABLES,
    "l_leads": "n INTEGER PRIMARY KEY, route_id INTEGER, "
    + ", ".join(f"{name} {'INTEGER' if name in _NUMBERS else 'TEXT'}" for name in STAGED[1:]),
    "l_said": "n INTEGER, line INTEGER, kind TEXT",
    "l_tags": "n INTEGER, key TEXT, label TEXT",
    "l_tag_ids": "key TEXT PRIMARY KEY, tag_id INTEGER",
    "l_fields": f"n INTEGER, {import_fields.STAGED}",
    "s_field_rows": import_fields.TABLES["s_field_rows"],
    "s_field_new": import_fields.TABLES["s_field_new"],
    "l_hits": "n INTEGER PRIMARY KEY, lead_id INTEGER, first_n INTEGER",
    "l_new": "id INTEGER PRIMARY KEY, n INTEGER",
    "l_updates": "n INTEGER PRIMARY KEY, lead_id INTEGER, image TEXT, cells TEXT",
    "l_stays": "lead_id INTEGER, stage_id INTEGER, entered_at TEXT, left_at TEXT,"
    " loss_reason TEXT, competitor TEXT",
    "l_stay_updates": "id INTEGER PRIMARY KEY, image TEXT, cells TEXT",
    "l_terms": "lead_id INTEGER PRIMARY KEY, until_at TEXT, value INTEGER, currency TEXT,"
    " probability INTEGER, expected_on TEXT, forecast TEXT, owner TEXT",
    "l_spelt": "told TEXT PRIMARY KEY, how TEXT",
    "l_won": "contact_id INTEGER PRIMARY KEY",
    "l_new_tags": "lead_id INTEGER, tag_id INTEGER, PRIMARY KEY (lead_id, tag_id)",
}  # fmt: skip


def drop_rejected(connection: sqlite3.Connection) -> None:
    """Take out rejected rows."""
    connection.execute("DELETE FROM temp.l_leads WHERE line IN (SELECT line FROM temp.s_rejects)")
    connection.execute("DELETE FROM temp.l_hits WHERE n NOT IN (SELECT n FROM temp.l_leads)")


def words(connection: sqlite3.Connection, column: str) -> dict[str, int]:
    """Return what rows tell as owner, source or campaign -> how many do, the most first."""
    found = connection.execute(
        f"SELECT {column}, count(*) FROM temp.l_leads WHERE {column} IS NOT NULL AND {column} <> ''"
        f" GROUP BY {column} ORDER BY count(*) DESC, min(n)"
    )
    return dict(found.fetchall())


def spell(connection: sqlite3.Connection, column: str, changes: Sequence[tuple[str, str]]) -> None:
    """Write words of a column in another way: (how, as told)."""
    if not changes:
        return
    connection.execute("DELETE FROM temp.l_spelt")
    connection.executemany("INSERT INTO temp.l_spelt (how, told) VALUES (?, ?)", changes)
    for name in (column, "source_told") if column == "source" else (column,):
        connection.execute(
            f"UPDATE temp.l_leads AS s SET {name} = t.how FROM temp.l_spelt t"
            f" WHERE t.told = s.{name}"
        )


# -- which leads are known -----------------------------------------------------------------------

_KNOWN = (
    """
    INSERT OR IGNORE INTO temp.l_hits (n, lead_id)
    SELECT s.n, l.id FROM leads l CROSS JOIN temp.l_leads s ON s.uid = l.uid
    """,
    """
    INSERT OR IGNORE INTO temp.l_hits (n, lead_id)
    SELECT s.n, min(l.id) FROM temp.l_leads s CROSS JOIN leads l ON l.external_id = s.external_id
     GROUP BY s.n
    """,
    """
    INSERT OR IGNORE INTO temp.l_hits (n, lead_id)
    SELECT s.n, NULL FROM temp.l_leads s
     CROSS JOIN lead_tombstones t ON t.external_id = s.external_id
    """,
    # The n-th equal row of the file is the n-th in the store; deleted ones come last.
    """
    INSERT OR IGNORE INTO temp.l_hits (n, lead_id)
    WITH told AS (
        SELECT n, fingerprint, row_number() OVER (PARTITION BY fingerprint ORDER BY n) AS nth
          FROM temp.l_leads
         WHERE fingerprint IS NOT NULL AND n NOT IN (SELECT n FROM temp.l_hits)),
    wanted AS (SELECT DISTINCT fingerprint FROM told),
    known AS (
        SELECT fingerprint, id,
               row_number() OVER (PARTITION BY fingerprint ORDER BY id IS NULL, id) AS nth
          FROM (SELECT w.fingerprint, l.id FROM wanted w
                  CROSS JOIN leads l ON l.fingerprint = w.fingerprint
                 WHERE l.id NOT IN (SELECT lead_id FROM temp.l_hits WHERE lead_id IS NOT NULL)
                UNION ALL
                SELECT w.fingerprint, NULL FROM wanted w
                  CROSS JOIN lead_tombstones t ON t.fingerprint = w.fingerprint))
    SELECT t.n, k.id FROM told t JOIN known k
        ON k.fingerprint = t.fingerprint AND k.nth = t.nth
    """,
)

_TWINS = (
    # A number stands for one lead: what a file tells of it again changes nothing.
    """
    UPDATE temp.l_hits AS h SET first_n = g.first FROM
        (SELECT lead_id, min(n) AS first FROM temp.l_hits WHERE lead_id IS NOT NULL
          GROUP BY lead_id HAVING min(n) <> max(n)) g
     WHERE h.lead_id = g.lead_id AND h.n > g.first
    """,
    """
    INSERT OR IGNORE INTO temp.l_hits (n, lead_id, first_n)
    SELECT s.n, NULL, g.first FROM
        (SELECT external_id, min(n) AS first FROM temp.l_leads WHERE external_id IS NOT NULL
            AND n NOT IN (SELECT n FROM temp.l_hits)
          GROUP BY external_id HAVING min(n) <> max(n)) g
      JOIN temp.l_leads s ON s.external_id = g.external_id AND s.n > g.first
    """,
    """
    INSERT OR IGNORE INTO temp.l_hits (n, lead_id, first_n)
    SELECT s.n, NULL, g.first FROM
        (SELECT uid, min(n) AS first FROM temp.l_leads WHERE uid IS NOT NULL
            AND n NOT IN (SELECT n FROM temp.l_hits)
          GROUP BY uid HAVING min(n) <> max(n)) g
      JOIN temp.l_leads s ON s.uid = g.uid AND s.n > g.first
    """,
)


def match(connection: sqlite3.Connection, *, refuse_known: bool) -> None:
    """Find the rows whose lead is in the store, was and is not to come back, or is an earlier
    row's; with ``refuse_known`` the first of these are rejected."""
    for column in ("uid", "external_id"):
        connection.execute(
            f"CREATE INDEX IF NOT EXISTS temp.l_leads_{column} ON l_leads ({column})"
            f" WHERE {column} IS NOT NULL"
        )
    for sql in (*_KNOWN, *_TWINS):
        connection.execute(sql)
    if refuse_known:
        connection.execute(
            "INSERT OR IGNORE INTO temp.s_rejects SELECT s.line, NULL,"
            " 'is there already (lead ' || h.lead_id || ')' FROM temp.l_hits h"
            " JOIN temp.l_leads s ON s.n = h.n WHERE h.lead_id IS NOT NULL"
        )
        drop_rejected(connection)


def repeated(connection: sqlite3.Connection) -> tuple[list[int], int]:
    """Return (first lines, count) of the rows that tell a lead of the file again."""
    rows = connection.execute(
        "SELECT s.line, count(*) OVER () FROM temp.l_hits h JOIN temp.l_leads s ON s.n = h.n"
        " WHERE h.first_n IS NOT NULL ORDER BY s.line LIMIT 5"
    ).fetchall()
    return [line for line, _ in rows], rows[0][1] if rows else 0


def said(connection: sqlite3.Connection) -> list[tuple[str, list[int], int]]:
    """Return (kind, first lines, count) of what there is to say of rows that make a lead or change
    one, in the order of the file: of a row that is known and as it was all was said before."""
    rows = connection.execute(
        """
        WITH told AS (
            SELECT kind, line, row_number() OVER (PARTITION BY kind ORDER BY line) AS nth,
                   count(*) OVER (PARTITION BY kind) AS count,
                   min(line) OVER (PARTITION BY kind) AS first
              FROM temp.l_said
             WHERE n IN (SELECT n FROM temp.l_new UNION ALL SELECT n FROM temp.l_updates))
        SELECT kind, line, count FROM told WHERE nth <= 5 ORDER BY first, kind, line
        """
    )
    found: dict[str, tuple[str, list[int], int]] = {}
    for kind, line, count in rows.fetchall():
        found.setdefault(kind, (kind, [], count))[1].append(line)
    return list(found.values())


def reject_lost_stages(connection: sqlite3.Connection) -> None:
    """Reject rows whose stage somebody took away since they were read."""
    connection.execute(
        "INSERT OR IGNORE INTO temp.s_rejects SELECT line, 'stage',"
        " 'the stage was removed while the file was read; import it again' FROM temp.l_leads"
        " WHERE stage > 0 AND stage NOT IN (SELECT id FROM stages)"
    )


def stages_used(connection: sqlite3.Connection) -> set[int]:
    """Return the provisional numbers of the stages to make that rows stand in."""
    rows = connection.execute("SELECT DISTINCT stage FROM temp.l_leads WHERE stage < 0")
    return {found for (found,) in rows.fetchall()}


def name_stages(connection: sqlite3.Connection, ids: Mapping[int, int]) -> None:
    """Give rows the stages that were made for them."""
    connection.executemany(
        "UPDATE temp.l_leads SET stage = ? WHERE stage = ?",
        [(stage_id, provisional) for provisional, stage_id in ids.items()],
    )


def name_reasons(connection: sqlite3.Connection, keys: Mapping[str, str | None]) -> None:
    """Let staged words of loss be keys; of a word without one the text joins the notes."""
    for text, key in keys.items():
        if key is None:
            connection.execute(
                "UPDATE temp.l_leads SET loss_reason = 'other',"
                " notes = coalesce(notes || char(10), '') || 'Lost: ' || :text"
                " WHERE loss_reason = :text",
                {"text": text},
            )
        else:
            connection.execute(
                "UPDATE temp.l_leads SET loss_reason = ? WHERE loss_reason = ?", (key, text)
            )


def reasons_used(connection: sqlite3.Connection) -> set[str]:
    """Return the words of loss that rows tell which are not passed over."""
    rows = connection.execute(
        "SELECT DISTINCT loss_reason FROM temp.l_leads WHERE loss_reason IS NOT NULL"
        " AND n NOT IN (SELECT n FROM temp.l_hits WHERE lead_id IS NULL)"
    )
    return {word for (word,) in rows.fetchall()}


# -- new leads ----------------------------------------------------------------------------------


class Rows(NamedTuple):
    """How many rows make a lead and how many mean one that is or was there."""

    created: int
    known: int


def count(connection: sqlite3.Connection) -> Rows:
    """Return what becomes of the rows that are not rejected."""
    total = number(connection, "SELECT count(*) FROM temp.l_leads")
    known = number(connection, "SELECT count(*) FROM temp.l_hits")
    return Rows(total - known, known)


def number_rows(connection: sqlite3.Connection, first: int) -> None:
    """Give new leads their ids in the file's order."""
    connection.execute(
        "INSERT INTO temp.l_new (id, n) SELECT :first - 1 + row_number() OVER (ORDER BY s.n), s.n"
        " FROM temp.l_leads s WHERE s.n NOT IN (SELECT n FROM temp.l_hits) ORDER BY s.n",
        {"first": first},
    )
    connection.execute("CREATE UNIQUE INDEX IF NOT EXISTS temp.l_new_n ON l_new (n)")


COLUMNS = (
    "id", "uid", "contact_id", "title", "folded", "stage_id", "state", "probability", "value",
    "currency", "expected_on", "forecast", "source", "campaign", "referred_by_id", "owner",
    "opened_at", "stage_since", "closed_at", "loss_reason", "competitor", "notes", "route_id",
    "external_id", "fingerprint", "created_at", "updated_at",
)  # fmt: skip

NEW_LEADS = """
SELECT x.id, coalesce(s.uid, :prefix || printf('%011x', x.id)), c.contact_id, s.title, s.folded,
       s.stage, s.state, s.probability, s.value, s.currency, s.expected_on, s.forecast, s.source,
       s.campaign, (SELECT r.id FROM contacts r WHERE r.uid = s.referred_uid),
       coalesce(s.owner, (SELECT o.owner FROM contacts o WHERE o.id = c.contact_id)),
       s.opened_at, s.since, s.closed_at, s.loss_reason, s.competitor, s.notes, s.route_id,
       s.external_id, s.fingerprint, :at, :at
  FROM temp.l_new x CROSS JOIN temp.l_leads s ON s.n = x.n
  CROSS JOIN temp.l_contacts c ON c.party = s.party
 ORDER BY x.id
"""
"""Rows of new leads in the order of ``COLUMNS``; ``:prefix``, ``:at``. The owner of a row without
one is its contact's."""

STAY_COLUMNS = (
    "id", "lead_id", "stage_id", "entered_at", "left_at", "loss_reason", "competitor", "by_name",
)  # fmt: skip

_STAYS = """
SELECT x.id AS lead_id, 1 AS place, s.before_stage AS stage_id, s.opened_at AS entered_at,
       s.since AS left_at, NULL AS loss_reason, NULL AS competitor
  FROM temp.l_new x CROSS JOIN temp.l_leads s ON s.n = x.n WHERE s.before_stage IS NOT NULL
UNION ALL
SELECT x.id, 2, s.stage, s.since, NULL, s.loss_reason, s.competitor
  FROM temp.l_new x CROSS JOIN temp.l_leads s ON s.n = x.n
UNION ALL
SELECT lead_id, 3, stage_id, entered_at, left_at, loss_reason, competitor FROM temp.l_stays
"""

NEW_STAYS = f"""
SELECT :first - 1 + row_number() OVER (ORDER BY lead_id, place), lead_id, stage_id, entered_at,
       left_at, loss_reason, competitor, :actor
  FROM ({_STAYS})
"""
"""The stays of new leads, and those that known ones come to; ``:first``, ``:actor``."""


def stay_count(connection: sqlite3.Connection) -> int:
    """Return how many stays ``NEW_STAYS`` yields."""
    return number(connection, f"SELECT count(*) FROM ({_STAYS})")


STEP_COLUMNS = (
    "id", "uid", "contact_id", "due_on", "text", "owner", "lead_id", "created_at", "updated_at",
)  # fmt: skip

_STEPS = (
    "temp.l_new x CROSS JOIN temp.l_leads s ON s.n = x.n"
    " CROSS JOIN temp.l_contacts c ON c.party = s.party WHERE s.next_on IS NOT NULL"
)

NEW_STEPS = f"""
SELECT :first - 1 + row_number() OVER (ORDER BY x.id),
       :prefix || printf('%011x', :first - 1 + row_number() OVER (ORDER BY x.id)),
       c.contact_id, s.next_on, s.next_step,
       coalesce(s.owner, (SELECT o.owner FROM contacts o WHERE o.id = c.contact_id), :actor),
       x.id, :at, :at FROM {_STEPS}
"""
"""Next steps of new leads as follow-ups; ``:first``, ``:prefix``, ``:actor``, ``:at``."""


def step_count(connection: sqlite3.Connection) -> int:
    """Return how many follow-ups ``NEW_STEPS`` yields."""
    return number(connection, f"SELECT count(*) FROM {_STEPS}")


# -- tags ---------------------------------------------------------------------------------------


def labels(connection: sqlite3.Connection) -> list[str]:
    """Return every tag that rows tell, once each, as first written."""
    rows = connection.execute(
        "SELECT label FROM (SELECT key, label, min(rowid) AS first FROM temp.l_tags"
        " WHERE n IN (SELECT n FROM temp.l_leads) GROUP BY key) ORDER BY first"
    )
    return [label for (label,) in rows.fetchall()]


def tie_tags(
    connection: sqlite3.Connection, ids: Mapping[str, int], extra: Mapping[str, int],
    *, with_known: bool,
) -> int:  # fmt: skip
    """Stage the tags that leads get: ``ids`` (key -> id) of those that rows tell, ``extra`` of
    those of all; known leads get them ``with_known``. Returns how many are new."""
    execute = connection.execute
    connection.executemany("INSERT OR IGNORE INTO temp.l_tag_ids VALUES (?, ?)", ids.items())
    leads = "SELECT id, n FROM temp.l_new"
    if with_known:
        leads += (
            " UNION ALL SELECT lead_id, n FROM temp.l_hits"
            " WHERE lead_id IS NOT NULL AND first_n IS NULL"
        )
    execute(
        f"INSERT OR IGNORE INTO temp.l_new_tags SELECT w.id, k.tag_id FROM ({leads}) w"
        " JOIN temp.l_tags t ON t.n = w.n JOIN temp.l_tag_ids k ON k.key = t.key"
    )
    for tag_id in extra.values():
        execute(f"INSERT OR IGNORE INTO temp.l_new_tags SELECT w.id, ? FROM ({leads}) w", (tag_id,))
    execute(
        "DELETE FROM temp.l_new_tags WHERE EXISTS (SELECT 1 FROM lead_tags h"
        " WHERE h.lead_id = l_new_tags.lead_id AND h.tag_id = l_new_tags.tag_id)"
    )
    return number(connection, "SELECT count(*) FROM temp.l_new_tags")


NEW_TAGS = (
    "SELECT :first - 1 + row_number() OVER (ORDER BY lead_id, tag_id), lead_id, tag_id"
    " FROM temp.l_new_tags"
)

OTHER_TAGS = (
    "t.lead_id IN (SELECT h.lead_id FROM temp.l_hits h WHERE h.first_n IS NULL"
    "   AND h.n IN (SELECT n FROM temp.l_tags))"
    " AND NOT EXISTS (SELECT 1 FROM temp.l_hits h JOIN temp.l_tags o ON o.n = h.n"
    "   JOIN temp.l_tag_ids k ON k.key = o.key"
    "   WHERE h.lead_id = t.lead_id AND h.first_n IS NULL AND k.tag_id = t.tag_id)"
)
"""Ties of known leads (``t``) that the file does not tell, for ``--replace-lists``."""


def rows_tagged(connection: sqlite3.Connection) -> set[int]:
    """Return the rows of known leads that get a tag."""
    rows = connection.execute(
        "SELECT h.n FROM temp.l_hits h WHERE h.first_n IS NULL"
        " AND h.lead_id IN (SELECT lead_id FROM temp.l_new_tags)"
    )
    return {n for (n,) in rows.fetchall()}


def rows_untagged(connection: sqlite3.Connection) -> set[int]:
    """Return the rows of known leads that lose a tag under ``--replace-lists``."""
    rows = connection.execute(
        "SELECT h.n FROM temp.l_hits h WHERE h.first_n IS NULL AND h.lead_id IN"
        f" (SELECT t.lead_id FROM lead_tags t WHERE {OTHER_TAGS})"
    )
    return {n for (n,) in rows.fetchall()}


# -- custom fields, and contacts -------------------------------------------------------------------


def keep_records(connection: sqlite3.Connection) -> None:
    """Note which lead each row became or meant, for its custom fields."""
    execute = connection.execute
    execute("DELETE FROM temp.s_fields")
    execute(
        "INSERT INTO temp.s_fields SELECT * FROM temp.l_fields"
        " WHERE n IN (SELECT n FROM temp.l_leads)"
    )
    execute("INSERT INTO temp.s_field_new SELECT n, id FROM temp.l_new")
    execute(
        "INSERT INTO temp.s_field_rows SELECT n, lead_id FROM temp.l_hits"
        " WHERE lead_id IS NOT NULL AND first_n IS NULL"
    )


def note_won(connection: sqlite3.Connection) -> None:
    """Note the contacts whose leads are won by this file."""
    connection.execute(
        "INSERT OR IGNORE INTO temp.l_won SELECT c.contact_id FROM temp.l_new x"
        " JOIN temp.l_leads s ON s.n = x.n JOIN temp.l_contacts c ON c.party = s.party"
        " WHERE s.state = 'won'"
    )


LIFTED = "t.role = 'prospect' AND t.id IN (SELECT contact_id FROM temp.l_won)"
"""Prospects (``t``) of whom a lead is won."""


def won_count(connection: sqlite3.Connection) -> int:
    """Return of how many contacts a lead is won."""
    return number(connection, "SELECT count(*) FROM temp.l_won")
