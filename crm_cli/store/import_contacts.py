"""The tables in which an import of contacts lays out its rows, and what they hold.

Staged rows are matched (``import_contact_match``), tied to companies, tags and each other
(``import_contact_ties``) and merged (``import_contact_merge``), all in temporary tables; what
changes the store is selected from them by the unit's batch (``import_contact_insert``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crm_cli.store.import_consents import TABLES as CONSENTS
from crm_cli.store.import_fields import STAGED
from crm_cli.store.import_fields import index as index_values

if TYPE_CHECKING:
    import sqlite3

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
    "s_properties": ("card_group", "name", "parameters", "value"),
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
    # Systems have no case: compared with this column on the left, they are equal.
    "s_external": "n INTEGER, position INTEGER, system TEXT COLLATE NOCASE, value TEXT",
    "s_tags": "n INTEGER, key TEXT, label TEXT",
    "s_fields": f"n INTEGER, {STAGED}",
    "s_relations": "n INTEGER, other_uid TEXT, kind TEXT, title TEXT, started_on TEXT,"
    " ended_on TEXT",
    "s_ties": "n INTEGER, contact_id INTEGER, known INTEGER, other_id INTEGER, kind TEXT,"
    " title TEXT, started_on TEXT, ended_on TEXT, held INTEGER",
    "s_match": "n INTEGER PRIMARY KEY, contact_id INTEGER",
    "s_leader": "n INTEGER PRIMARY KEY, leader INTEGER",
    "s_target": "n INTEGER PRIMARY KEY, contact_id INTEGER, first_n INTEGER",
    "s_company_numbers": "n INTEGER PRIMARY KEY, system TEXT COLLATE NOCASE, value TEXT",
    "s_news": "contact_id INTEGER PRIMARY KEY",
    "s_known": "n INTEGER PRIMARY KEY, contact_id INTEGER",
    "s_new": "id INTEGER PRIMARY KEY, n INTEGER",
    "s_companies": "key TEXT PRIMARY KEY, uid TEXT, label TEXT, folded TEXT, contact_id INTEGER,"
    " is_new INTEGER",
    "s_tagkeys": "key TEXT PRIMARY KEY, label TEXT, tag_id INTEGER, is_new INTEGER",
    # What matched contacts get: their changed cells, and entries for their lists.
    "x_contacts": "id INTEGER PRIMARY KEY, image TEXT, cells TEXT",
    "x_addresses": "id INTEGER PRIMARY KEY, image TEXT, cells TEXT",
    "x_first_emails": "id INTEGER PRIMARY KEY, image TEXT, cells TEXT",
    "x_first_phones": "id INTEGER PRIMARY KEY, image TEXT, cells TEXT",
    "x_emails": "contact_id INTEGER, value TEXT, label TEXT, is_primary INTEGER",
    "x_phones": "contact_id INTEGER, value TEXT, raw TEXT, label TEXT, is_primary INTEGER",
    "x_new_addresses": "contact_id INTEGER, label TEXT, street TEXT, city TEXT, region TEXT,"
    " postcode TEXT, country TEXT",
    "x_links": "contact_id INTEGER, value TEXT, label TEXT",
    "x_external": "contact_id INTEGER, system TEXT, value TEXT",
    "x_properties": "contact_id INTEGER, card_group TEXT, name TEXT, parameters TEXT, value TEXT",
    "x_tags": "contact_id INTEGER, key TEXT",
    "x_fingerprints": "contact_id INTEGER, fingerprint INTEGER",
    "x_fields": f"contact_id INTEGER, {STAGED}",
    "x_field_values": "id INTEGER PRIMARY KEY, image TEXT, cells TEXT",
    "x_gone": "list TEXT, id INTEGER",
    **CONSENTS,
    "x_told": "n INTEGER PRIMARY KEY",
}

UPDATED = (
    "kind", "name", "folded", "first_name", "last_name", "company_id", "job_title", "role",
    "birthday", "language", "source", "campaign", "owner", "referred_by_id", "notes", "updated_at",
)  # fmt: skip
"""Columns of a matched contact that an import may change."""


def index_lists(connection: sqlite3.Connection) -> None:
    """Make the staged lists quick to find by row."""
    for name in (*LISTS, "s_tags"):
        connection.execute(f"CREATE INDEX IF NOT EXISTS temp.{name}_n ON {name} (n)")
    index_values(connection)


def row_count(connection: sqlite3.Connection) -> int:
    """Return how many rows are staged."""
    return number(connection, "SELECT count(*) FROM temp.s_rows")


def number(connection: sqlite3.Connection, sql: str) -> int:
    """Return the one number that a statement yields, 0 for NULL."""
    (value,) = connection.execute(sql).fetchone()
    return int(value or 0)
