"""Which known contacts a file has something to say of: found set-wise, before any row is merged.

A list that comes in every night says nothing new of nearly everybody. What these statements let
pass is certain to change nothing and to be worth no warning; the rest is merged row by row, and
only that decides. They may send a row there in vain, never the other way round.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crm_cli.domain.custom_field import Value

if TYPE_CHECKING:
    import sqlite3

_CELLS = (
    "first_name", "last_name", "job_title", "birthday", "language", "source", "campaign", "owner",
    "notes", "kind", "role",
)  # fmt: skip

_COMPANY = (
    "(r.company_key IS NULL AND r.company_uid IS NULL OR c.company_id ="
    " (SELECT k.contact_id FROM temp.s_companies k"
    "   WHERE k.key = coalesce(r.company_uid, r.company_key)))"
)
_REFERRER = (
    "(r.referred_uid IS NULL OR r.referred_uid ="
    " (SELECT o.uid FROM contacts o WHERE o.id = c.referred_by_id))"
)

_SAME_CELLS = " AND ".join(
    (
        "c.archived_at IS NULL",
        "(NOT r.has_name OR r.name = c.name AND r.folded = c.folded)",
        *(f"(r.{name} IS NULL OR r.{name} = c.{name})" for name in _CELLS),
        _COMPANY,
        _REFERRER,
    )
)
"""What a row (``r``) says of the cells of its contact (``c``) is there already."""

_PARTS = ("street", "city", "region", "postcode", "country")
_HELD = {
    "s_emails": "emails x WHERE x.contact_id = t.contact_id AND x.value = e.value",
    "s_phones": "phones x WHERE x.contact_id = t.contact_id"
    " AND coalesce(nullif(x.value, ''), x.raw) = coalesce(nullif(e.value, ''), e.raw)",
    "s_addresses": "addresses x WHERE x.contact_id = t.contact_id AND "
    + " AND ".join(f"(e.{part} IS NULL OR e.{part} = x.{part})" for part in _PARTS),
    "s_links": "links x WHERE x.contact_id = t.contact_id AND x.value = e.value",
    "s_external": "external_ids x WHERE x.contact_id = t.contact_id AND e.system = x.system"
    " AND x.value = e.value",
    "s_properties": "contact_properties x WHERE x.contact_id = t.contact_id AND "
    + " AND ".join(
        f"x.{name} = e.{name}" for name in ("card_group", "name", "parameters", "value")
    ),
    "s_tags": "tags k CROSS JOIN contact_tags x ON x.tag_id = k.id"
    " WHERE k.key = e.key AND x.contact_id = t.contact_id",
}
"""Staged list -> where the store holds an entry (``e``) for a contact (``t.contact_id``)."""

_VALUE_HELD = "field_values x WHERE x.contact_id = t.contact_id AND x.field_id = e.field_id"


def find(connection: sqlite3.Connection, *, replace_lists: bool) -> None:
    """Note in ``s_news`` the known contacts whose rows have to be merged."""
    execute = connection.execute
    if replace_lists:
        execute(
            "INSERT OR IGNORE INTO temp.s_news SELECT contact_id FROM temp.s_target"
            " WHERE contact_id IS NOT NULL"
        )
        return
    execute(
        "INSERT OR IGNORE INTO temp.s_news SELECT t.contact_id FROM temp.s_target t"
        " CROSS JOIN temp.s_rows r ON r.n = t.n CROSS JOIN contacts c ON c.id = t.contact_id"
        f" WHERE ({_SAME_CELLS}) IS NOT 1"
    )
    same = "".join(f" AND x.{name} IS e.{name}" for name in Value._fields)
    for staged, held in {**_HELD, "s_fields": _VALUE_HELD + same}.items():
        execute(
            f"INSERT OR IGNORE INTO temp.s_news SELECT t.contact_id FROM temp.{staged} e"
            " CROSS JOIN temp.s_target t ON t.n = e.n"
            f" WHERE t.contact_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM {held})"
        )
