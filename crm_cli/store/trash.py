"""The trash: which deleted records can be brought back, and the condition that finds what
hung on one of them among an entry's images."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import sqlite3

    from crm_cli.store.filters import Chosen


class Trashed(NamedTuple):
    """One deleted record."""

    id: int
    noun: str
    record_id: int
    name: str
    deleted_at: str
    deleted_by: str
    entry_id: int


_COLUMNS = "id, noun, record_id, name, deleted_at, deleted_by, entry_id"


def listing(connection: sqlite3.Connection, chosen: Chosen | None = None) -> list[Trashed]:
    """Return everything in the trash, by id; ``chosen`` is a filter's condition on it (``t``)."""
    where, parameters = chosen or ("1", {})
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM trash t WHERE {where} ORDER BY id", parameters
    )
    return [Trashed(*row) for row in rows.fetchall()]


def one(connection: sqlite3.Connection, trash_id: int) -> Trashed | None:
    """Return one line of the trash or None."""
    row = connection.execute(f"SELECT {_COLUMNS} FROM trash WHERE id = ?", (trash_id,)).fetchone()
    return Trashed(*row) if row else None


def belongs(trashed: Trashed) -> str:
    """Return the condition on ``changes c`` for a deleted record and what hung on it."""
    number = int(trashed.record_id)
    if trashed.noun == "contact":
        return (
            f"(c.table_name = 'contacts' AND c.op = 'delete' AND c.first_id = {number})"
            f" OR (c.op = 'delete' AND (json_extract(c.image, '$.contact_id') = {number}"
            f"     OR json_extract(c.image, '$.other_id') = {number}))"
            f" OR (c.table_name = 'field_values' AND {_of_purchases('contact_id', number)})"
            f" OR (c.table_name = 'interaction_participants' AND c.op = 'delete' AND {_OF_TALKS}"
            f" AND json_extract(i.image, '$.contact_id') = {number}))"
            " OR (c.table_name IN ('field_values', 'stage_changes', 'lead_terms', 'lead_tags')"
            f" AND c.op = 'delete' AND {_OF_LEADS} AND json_extract(l.image, '$.contact_id')"
            f" = {number}))"
            f" OR (c.op = 'update' AND (json_extract(c.image, '$.company_id[0]') = {number}"
            f"     OR json_extract(c.image, '$.referred_by_id[0]') = {number}"
            f"     OR {_untied(number)}))"
        )
    if trashed.noun == "purchase":
        return (
            f"(c.table_name = 'purchases' AND c.op = 'delete' AND (c.first_id = {number}"
            f" OR json_extract(c.image, '$.returns_id') = {number}))"
            " OR (c.table_name IN ('field_values', 'follow_ups') AND c.op = 'delete'"
            f" AND (json_extract(c.image, '$.purchase_id') = {number}"
            f"  OR {_of_purchases('returns_id', number)}))"
            " OR (c.table_name IN ('follow_ups', 'leads') AND c.op = 'update'"
            f" AND json_extract(c.image, '$.purchase_id[0]') = {number})"
        )
    if trashed.noun == "interaction":
        return (
            f"(c.table_name = 'interactions' AND c.op = 'delete' AND c.first_id = {number})"
            " OR (c.table_name = 'interaction_participants' AND c.op = 'delete'"
            f" AND json_extract(c.image, '$.interaction_id') = {number})"
            " OR (c.table_name = 'follow_ups' AND c.op = 'update'"
            f" AND json_extract(c.image, '$.interaction_id[0]') = {number})"
        )
    if trashed.noun == "lead":
        return (
            f"(c.table_name = 'leads' AND c.op = 'delete' AND c.first_id = {number})"
            f" OR (c.op = 'delete' AND json_extract(c.image, '$.lead_id') = {number})"
            " OR (c.table_name IN ('follow_ups', 'interactions') AND c.op = 'update'"
            f" AND json_extract(c.image, '$.lead_id[0]') = {number})"
        )
    table = table_of(trashed.noun)
    own = f"c.table_name = '{table}' AND c.op = 'delete' AND c.first_id = {number}"
    if trashed.noun == "follow-up":
        # What named it as the round before does so again.
        return (
            f"({own}) OR (c.table_name = '{table}' AND c.op = 'update'"
            f" AND json_extract(c.image, '$.previous_id[0]') = {number})"
        )
    return own


def table_of(noun: str) -> str:
    """Return the table that holds the records of a noun."""
    return f"{noun.replace('-', '_')}s"


_OF_TALKS = (
    "json_extract(c.image, '$.interaction_id') IN (SELECT i.first_id FROM changes i"
    " WHERE i.entry_id = c.entry_id AND i.table_name = 'interactions' AND i.op = 'delete'"
)
"""The beginning of the condition that an image is of a participant of a talk deleted along."""


_OF_LEADS = (
    "json_extract(c.image, '$.lead_id') IN (SELECT l.first_id FROM changes l"
    " WHERE l.entry_id = c.entry_id AND l.table_name = 'leads' AND l.op = 'delete'"
)
"""The beginning of the condition that an image is of what hung on a lead deleted along."""


def _of_purchases(column: str, number: int) -> str:
    """Return the condition that an image is of a value of a purchase that was deleted along."""
    return (
        "json_extract(c.image, '$.purchase_id') IN (SELECT p.first_id FROM changes p"
        " WHERE p.entry_id = c.entry_id AND p.table_name = 'purchases' AND p.op = 'delete'"
        f" AND json_extract(p.image, '$.{column}') = {number})"
    )


OF_CONTACTS = {
    "lead_id": "leads", "purchase_id": "purchases", "interaction_id": "interactions",
    "previous_id": "follow_ups",
}  # fmt: skip
"""Columns by which the records of others name what goes with a contact, and its table."""


def _untied(number: int) -> str:
    """Return the condition that an image is of another's talk, follow-up or lead that was freed
    from a lead, purchase, talk or follow-up which was deleted along with a contact."""
    freed = " OR ".join(
        f"EXISTS (SELECT 1 FROM changes o WHERE o.entry_id = c.entry_id AND o.op = 'delete'"
        f" AND o.table_name = '{table}' AND o.first_id = json_extract(c.image, '$.{column}[0]')"
        f" AND json_extract(o.image, '$.contact_id') = {number})"
        for column, table in OF_CONTACTS.items()
    )
    return f"(c.table_name IN ('interactions', 'follow_ups', 'leads') AND ({freed}))"


def lines_back(trashed: Trashed) -> tuple[str, dict[str, Any]]:
    """Return the condition (on ``trash t``) and its parameters for the lines of what comes back
    with a deleted record: its own, and those of returns that were deleted with their sale."""
    table = table_of(trashed.noun)
    condition = (
        "t.id = :line OR (t.entry_id = :of_entry AND t.noun = :noun AND t.record_id IN"
        " (SELECT c.first_id FROM changes c WHERE c.entry_id = :of_entry"
        f" AND c.table_name = '{table}' AND c.op = 'delete' AND ({belongs(trashed)})))"
    )
    return condition, {"line": trashed.id, "of_entry": trashed.entry_id, "noun": trashed.noun}


_NAMED_IT = (
    "(t.{column} IS NULL AND t.id IN (SELECT c.first_id FROM changes c"
    " WHERE c.entry_id = :of_entry AND c.table_name = 'contacts' AND c.op = 'delete'"
    "   AND json_extract(c.image, '$.{column}') = :record))"
)


def waiting(trashed: Trashed) -> list[tuple[tuple[str, ...], str, dict[str, int]]]:
    """Return (columns, condition on ``contacts t``, parameters): which contacts were deleted
    along with this one, came back before it, and named it in which columns. The sets are
    disjoint: a row may be changed only once in an entry."""
    works_there = _NAMED_IT.format(column="company_id")
    was_sent = _NAMED_IT.format(column="referred_by_id")
    parameters = {"of_entry": trashed.entry_id, "record": trashed.record_id}
    return [
        (("company_id", "referred_by_id"), f"{works_there} AND {was_sent}", parameters),
        (("company_id",), f"{works_there} AND NOT {was_sent}", parameters),
        (("referred_by_id",), f"{was_sent} AND NOT {works_there}", parameters),
    ]


_TIES = (
    ("interactions", "lead_id"), ("follow_ups", "lead_id"), ("follow_ups", "purchase_id"),
    ("follow_ups", "interaction_id"), ("leads", "purchase_id"), ("leads", "referred_by_id"),
)  # fmt: skip


def waiting_ties(
    connection: sqlite3.Connection, trashed: Trashed
) -> list[tuple[str, int, dict[str, None], dict[str, int]]]:
    """Return (table, row, cell as it is, as it was) of talks, follow-ups and leads of contacts
    that were deleted along with this one and came back before it: what of this one they named."""
    found = []
    for table, column in _TIES:
        named = f"json_extract(c.image, '$.{column}')"
        of_it = f"{named} = :record"
        if column in OF_CONTACTS:
            of_it = (
                "EXISTS (SELECT 1 FROM changes o WHERE o.entry_id = :of_entry AND o.op = 'delete'"
                f" AND o.table_name = '{OF_CONTACTS[column]}' AND o.first_id = {named}"
                " AND json_extract(o.image, '$.contact_id') = :record)"
            )
        rows = connection.execute(
            f"SELECT t.id, {named} FROM changes c JOIN {table} t ON t.id = c.first_id"
            f" WHERE c.entry_id = :of_entry AND c.table_name = '{table}' AND c.op = 'delete'"
            f" AND t.{column} IS NULL AND {named} IS NOT NULL AND {of_it}",
            {"of_entry": trashed.entry_id, "record": trashed.record_id},
        )
        found += [(table, row, {column: None}, {column: was}) for row, was in rows.fetchall()]
    return found


BURIED = {
    "purchase": "import_tombstones", "interaction": "interaction_tombstones",
    "lead": "lead_tombstones",
}  # fmt: skip
"""Record type -> the table of marks that keep an import from bringing a deleted one back."""


def tombstones_of(trashed: Trashed) -> tuple[str, dict[str, int]]:
    """Return the condition (on the rows ``t`` of ``BURIED``) and its parameters for the marks of
    a deleted record."""
    same = (
        "json_extract(c.image, '$.contact_id') = t.contact_id"
        " AND json_extract(c.image, '$.fingerprint') = t.fingerprint"
    )
    if trashed.noun == "interaction":
        same = f"({same} OR json_extract(c.image, '$.message_id') = t.message_id)"
    if trashed.noun == "lead":
        same = f"({same} OR json_extract(c.image, '$.external_id') = t.external_id)"
    condition = (
        "EXISTS (SELECT 1 FROM changes c WHERE c.entry_id = :of_entry AND c.op = 'delete'"
        f" AND c.table_name = '{trashed.noun}s' AND ({belongs(trashed)}) AND {same})"
    )
    return condition, {"of_entry": trashed.entry_id}
