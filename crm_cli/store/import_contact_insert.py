"""The statements by which new contacts and their lists go from the staging tables to the store."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crm_cli.store.import_contacts import number

if TYPE_CHECKING:
    import sqlite3

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
SELECT k.contact_id, CASE WHEN k.uid IS NULL OR k.uid LIKE '#%' THEN
           :prefix || printf('%011x', k.contact_id) ELSE k.uid END, 'company',
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
    "field_values": ("s_fields", "e.field_id, e.text, e.folded, e.number, e.currency"),
    "contact_properties": ("s_properties", "e.card_group, e.name, e.parameters, e.value"),
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
        "s_properties", "contact_properties",
        ("contact_id", "card_group", "name", "parameters", "value"),
        ("SELECT w.id, e.card_group, e.name, e.parameters, e.value"
        f" FROM {_TARGETS} temp.s_properties e ON e.n = w.n"),
        "SELECT * FROM temp.x_properties",
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
        "SELECT * FROM temp.x_fingerprints",
    ),
    (
        "s_fields", "field_values",
        ("contact_id", "field_id", "text", "folded", "number", "currency"),
        ("SELECT w.id, e.field_id, e.text, e.folded, e.number, e.currency"
         f" FROM {_TARGETS} temp.s_fields e ON e.n = w.n"),
        "SELECT * FROM temp.x_fields",
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
    return number(
        connection, f"SELECT (SELECT count(*) FROM ({new})) + (SELECT count(*) FROM ({more}))"
    )
