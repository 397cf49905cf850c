"""The SQL of custom fields in an import: staged values, and what becomes of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crm_cli.domain.custom_field import BUILT_IN, PEOPLE_ONLY, Field, Value

if TYPE_CHECKING:
    import sqlite3

VALUE = ("field_id", *Value._fields)
"""What is staged of a value beside the row it stands in."""

STAGED = "field_id INTEGER, text TEXT, folded TEXT, number INTEGER, currency TEXT"


def index(connection: sqlite3.Connection) -> None:
    """Make staged values quick to find by row."""
    connection.execute("CREATE INDEX IF NOT EXISTS temp.s_fields_n ON s_fields (n, field_id)")


ALL_ROWS = "SELECT n FROM temp.s_rows"
MERGED_ROWS = "SELECT n FROM temp.s_target"
MAKING_ROWS = "SELECT n FROM temp.s_target WHERE first_n = n"
"""The rows of contacts: all, those that are not rejected, and those that make a contact."""

TAKEN = "SELECT n FROM temp.s_field_new UNION ALL SELECT n FROM temp.s_field_rows"
"""The rows (of products, of purchases) whose values their records get."""


def filled_fields(connection: sqlite3.Connection, taken: str) -> set[int]:
    """Return the ids of the fields that a staged row fills; ``taken`` selects the rows (``n``)
    that are neither rejected nor passed over."""
    rows = connection.execute(f"SELECT DISTINCT field_id FROM temp.s_fields WHERE n IN ({taken})")
    return {field_id for (field_id,) in rows.fetchall()}


def pass_over_known(connection: sqlite3.Connection) -> None:
    """``--on-match skip``: let the values stand that only a first row of a new record tells."""
    connection.execute("DELETE FROM temp.s_field_rows")
    connection.execute(
        "DELETE FROM temp.s_field_new WHERE n NOT IN"
        " (SELECT min(n) FROM temp.s_field_new GROUP BY record_id)"
    )


def fields_of(connection: sqlite3.Connection, n: int) -> list[tuple[int]]:
    """Return the (field id) of each value of a staged row."""
    index(connection)
    return connection.execute("SELECT field_id FROM temp.s_fields WHERE n = ?", (n,)).fetchall()


def rename_field(connection: sqlite3.Connection, before: int, after: int) -> None:
    """Give the values of a field that is only now made its id."""
    connection.execute("UPDATE temp.s_fields SET field_id = ? WHERE field_id = ?", (after, before))


def stage_preset(connection: sqlite3.Connection, rows: str, field_id: int, value: Value) -> None:
    """Give the rows that ``rows`` (a temporary table with ``n``) names a field's default, where
    they have no value of it."""
    index(connection)
    connection.execute(
        "INSERT INTO temp.s_fields (n, field_id, text, folded, number, currency)"
        f" SELECT w.n, :field, :text, :folded, :number, :currency FROM temp.{rows} w"
        "  WHERE NOT EXISTS (SELECT 1 FROM temp.s_fields e"
        "    WHERE e.n = w.n AND e.field_id = :field)",
        {"field": field_id, **value._asdict()},
    )


# -- products and purchases: ``s_field_rows`` tells which record each row became or meant --------

TABLES = {
    "s_fields": f"n INTEGER, {STAGED}",
    "s_field_rows": "n INTEGER PRIMARY KEY, record_id INTEGER",
    "s_field_new": "n INTEGER PRIMARY KEY, record_id INTEGER",
    "x_fields": f"record_id INTEGER, {STAGED}",
    "x_field_values": "id INTEGER PRIMARY KEY, image TEXT, cells TEXT",
}

_CELLS = "e.field_id, e.text, e.folded, e.number, e.currency"


def stage_values(connection: sqlite3.Connection, column: str, *, overwrite: bool) -> None:
    """Stage the values that records get: all of new ones, of known ones what is missing and, with
    ``overwrite``, what differs. ``column`` of ``field_values`` names the record."""
    index(connection)
    connection.execute(
        f"INSERT INTO temp.x_fields SELECT w.record_id, {_CELLS} FROM temp.s_field_new w"
        " JOIN temp.s_fields e ON e.n = w.n GROUP BY w.record_id, e.field_id HAVING min(e.n)"
    )
    same = f"v.{column} = w.record_id AND v.field_id = e.field_id"
    connection.execute(
        f"INSERT INTO temp.x_fields SELECT w.record_id, {_CELLS} FROM temp.s_field_rows w"
        " JOIN temp.s_fields e ON e.n = w.n"
        f" WHERE NOT EXISTS (SELECT 1 FROM field_values v WHERE {same})"
        " GROUP BY w.record_id, e.field_id HAVING min(e.n)"
    )
    if overwrite:
        pairs = ", ".join(f"'{name}', json_array(v.{name}, e.{name})" for name in Value._fields)
        connection.execute(
            f"INSERT OR REPLACE INTO temp.x_field_values SELECT v.id, json_object({pairs}),"
            " json_array(e.text, e.folded, e.number, e.currency)"
            "  FROM temp.s_field_rows w JOIN temp.s_fields e ON e.n = w.n"
            f" JOIN field_values v ON {same} WHERE {_DIFFERS} ORDER BY e.n"
        )


_DIFFERS = "(v.text IS NOT e.text OR v.number IS NOT e.number OR v.currency IS NOT e.currency)"


def rows_with_news(connection: sqlite3.Connection, column: str, *, overwrite: bool) -> list[int]:
    """Return the rows of known records that tell a value the record has not, or has otherwise."""
    differs = f" OR {_DIFFERS}" if overwrite else ""
    rows = connection.execute(
        "SELECT DISTINCT w.n FROM temp.s_field_rows w JOIN temp.s_fields e ON e.n = w.n"
        f" LEFT JOIN field_values v ON v.{column} = w.record_id AND v.field_id = e.field_id"
        f" WHERE v.id IS NULL{differs}"
    )
    return [n for (n,) in rows.fetchall()]


def kept_values(
    connection: sqlite3.Connection, column: str, rows: str
) -> list[tuple[int, int]]:  # fmt: skip
    """Return (line, field id) of what rows of known records say otherwise than the store; ``rows``
    is the temporary table that tells the lines."""
    return connection.execute(
        f"SELECT s.line, e.field_id FROM temp.s_field_rows w JOIN temp.{rows} s ON s.n = w.n"
        f" JOIN temp.s_fields e ON e.n = w.n JOIN field_values v"
        f" ON v.{column} = w.record_id AND v.field_id = e.field_id"
        f" WHERE {_DIFFERS} ORDER BY s.line, e.field_id"
    ).fetchall()


def values_to_add(connection: sqlite3.Connection) -> int:
    """Return how many values are staged for records that have none."""
    (count,) = connection.execute("SELECT count(*) FROM temp.x_fields").fetchone()
    return int(count)


NEW_VALUES = "SELECT :first - 1 + row_number() OVER (ORDER BY rowid), * FROM temp.x_fields"
"""The values to add, each with an id from ``:first`` on before it."""


_LISTED = {
    "email": "s_emails", "phone": "s_phones", "link": "s_links", "external_id": "s_external",
    "tag": "s_tags",
}  # fmt: skip
_ADDRESS = frozenset({"street", "city", "region", "postcode", "country"})
_COLUMN = {"company": "coalesce(r.company, r.company_uid)", "referred_by": "r.referred_uid"}


def reject_incomplete(connection: sqlite3.Connection, field: Field) -> None:
    """Reject the staged rows that would make a contact without a field."""
    key = field.key
    if field.kind != BUILT_IN:
        index(connection)
        lacks = "NOT EXISTS (SELECT 1 FROM temp.s_fields e WHERE e.n = r.n AND e.field_id = :field)"
    elif key in _LISTED:
        lacks = f"NOT EXISTS (SELECT 1 FROM temp.{_LISTED[key]} e WHERE e.n = r.n)"
    elif key in _ADDRESS:
        lacks = (
            f"NOT EXISTS (SELECT 1 FROM temp.s_addresses e WHERE e.n = r.n AND e.{key} IS NOT NULL)"
        )
    else:
        lacks = f"{_COLUMN.get(key, f'r.{key}')} IS NULL"
    if field.kind == BUILT_IN and key in PEOPLE_ONLY:
        lacks += " AND r.kind IS NOT 'company'"
    connection.execute(
        "INSERT OR IGNORE INTO temp.s_rejects SELECT r.line, :key, 'is empty; a contact needs it'"
        "  FROM temp.s_target t JOIN temp.s_rows r ON r.n = t.n"
        f" WHERE t.contact_id IS NULL AND {lacks}",
        {"key": key, "field": field.id},
    )
