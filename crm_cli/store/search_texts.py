"""The text that the search index holds of a record, made by SQL from the record and what hangs on
it. A row stands under the record's key; its body is pieces with a mark before each."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

KEY_BITS = 36
"""A record's key is its type's code above so many bits, and its id below."""

CODES = {"contact": 0, "product": 1, "purchase": 2, "interaction": 3, "lead": 4}
"""Record type -> code; a type that comes later takes the next number."""

WITH_FIELDS = ("contact", "product", "purchase", "lead")
"""Record types that have custom fields."""

LONGEST_BODY = 2000
"""So many characters of what was said in a talk are in the index: long mails end in what was
quoted before."""

MARKS = {
    "name": "\x01", "company": "\x02", "job_title": "\x03", "emails": "\x04", "phones": "\x05",
    "addresses": "\x06", "links": "\x07", "tags": "\x08", "external_ids": "\x0e",
    "notes": "\x0f", "fields": "\x10", "sku": "\x11", "category": "\x12",
    "order_number": "\x13", "external_id": "\x14",
    "body": "\x15", "competitor": "\x16",
}  # fmt: skip
"""The character that stands before a piece of a row's ``body`` and says which field it is of; to
the index it is a blank."""


def record_key(kind: str, record_id: int | str) -> str:
    """Return the key of a record as a term of SQL."""
    code = CODES[kind]
    return f"({code << KEY_BITS} + {record_id})" if code else str(record_id)


# -- what a record is found by ----------------------------------------------------------------


class _Arm:
    """A table of pieces that hang on a record: where they are read, and one piece.

    They are joined in the order of the index that finds them; to sort them first would cost as
    much as finding them. ``only`` narrows the rows of a table of which few matter.
    """

    def __init__(self, source: str, mark: str, piece: str, only: str = "") -> None:
        self.source = source
        self.piece = f"'{MARKS[mark]}' || {piece}"
        self.only = only

    def of(self, owner: str) -> str:
        """Return the pieces of a record ``c``, as one text."""
        only = f" AND {self.only}" if self.only else ""
        joined = (
            f"coalesce((SELECT group_concat({self.piece}, '') FROM {self.source}"
            f" WHERE t.{owner} = c.id{only}), '')"
        )
        if not self.only:
            return joined
        few = f"SELECT t.{owner} FROM {self.source} WHERE {self.only}"
        return f"CASE WHEN c.id IN ({few}) THEN {joined} ELSE '' END"

    def of_new(self, owner: str, table: str) -> tuple[str, str]:
        """Return the join and the pieces of a new record ``c`` (from ``:first`` on, grouped by
        its id), as one text.

        Most have one piece in a table, and reading that by a join takes half the time of putting
        together what a subquery finds.
        """
        if self.only or self.source != f"{table} t":
            return "", self.of(owner)
        several = (
            f"SELECT t.{owner} FROM {table} t WHERE t.{owner} >= :first"
            f" GROUP BY t.{owner} HAVING count(*) > 1"
        )
        alone = self.piece.replace("t.", f"one_{table}.")
        return (
            f" LEFT JOIN {table} one_{table} ON one_{table}.{owner} = c.id",
            (
                f"CASE WHEN one_{table}.id IS NULL THEN '' WHEN c.id IN ({several})"
                f" THEN {self.of(owner)} ELSE coalesce({alone}, '') END"
            ),
        )


_SIGN = "CASE WHEN t.number < 0 THEN '-' ELSE '' END"


def _decimals(digits: int) -> str:
    """Return the text of ``t.number`` with so many decimals."""
    if not digits:
        return "t.number"
    unit = 10**digits
    figure = f"abs(t.number) / {unit}, abs(t.number) % {unit}"
    return f"printf('%s%d.%0{digits}d', {_SIGN}, {figure})"


@cache
def _values() -> _Arm:
    """Return the values of custom fields: a choice is found by its label, a figure as people
    write it; a flag says nothing."""
    from crm_cli.domain.values import CURRENCIES, exponent

    others: dict[int, list[str]] = {}
    for currency in sorted(CURRENCIES):
        if exponent(currency) != 2:
            others.setdefault(exponent(currency), []).append(f"'{currency}'")
    money = " ".join(
        f"WHEN t.currency IN ({', '.join(codes)}) THEN {_decimals(digits)}"
        for digits, codes in others.items()
    )
    value = f"""
        CASE f.kind
        WHEN 'choice' THEN coalesce((SELECT p.label FROM picklist_values p
             WHERE p.list = f.noun || '.' || f.key AND p.key = t.text), t.text)
        WHEN 'number' THEN rtrim(rtrim({_decimals(3)}, '0'), '.')
        WHEN 'money' THEN CASE {money} ELSE {_decimals(2)} END || ' ' || t.currency
        ELSE t.text END
        """
    source = "field_values t CROSS JOIN fields f ON f.id = t.field_id"
    return _Arm(source, "fields", f"({value})")


_ADDRESS = (
    "coalesce(t.street || ', ', '') || coalesce(t.postcode || ' ', '') || coalesce(t.city, '')"
    " || coalesce(', ' || t.region, '') || coalesce(', ' || t.country, '')"
)

# A phone number is looked for among the phones, however it is written; only what could not be
# read as one is text.
OF_CONTACTS = {
    "emails": _Arm("emails t", "emails", "t.value"),
    "phones": _Arm("phones t", "phones", "t.raw", "t.value IS NULL"),
    "addresses": _Arm("addresses t", "addresses", f"({_ADDRESS})"),
    "links": _Arm("links t", "links", "t.value"),
    "contact_tags": _Arm("contact_tags t CROSS JOIN tags g ON g.id = t.tag_id", "tags", "g.label"),
    "external_ids": _Arm("external_ids t", "external_ids", "t.system || ':' || t.value"),
}
EVERY_ARM = (*OF_CONTACTS, "field_values")
"""Tables that hold pieces of records."""


def _piece(mark: str, value: str) -> str:
    return f"coalesce('{MARKS[mark]}' || {value}, '')"


def _own_name(column: str) -> str:
    """Return a first or last name that the full name does not hold."""
    return (
        f"CASE WHEN instr(c.name, c.{column}) = 0 THEN '{MARKS['name']}' || c.{column} ELSE '' END"
    )


_COMPANY = (
    f"CASE WHEN c.company_id IS NULL THEN '' ELSE '{MARKS['company']}' ||"
    " (SELECT k.name FROM contacts k WHERE k.id = c.company_id) END"
)


def _texts(
    kind: str, arms: Collection[str], pieces: Mapping[str, str] | None = None
) -> tuple[str, str, str]:
    """Return (name, body, condition) of a record type's rows (``c``) in the index; ``arms`` are
    the tables that may hold pieces of them, ``pieces`` how some are read otherwise."""
    known = pieces or {}
    has_values = "field_values" in arms and kind in WITH_FIELDS
    values = _values().of(f"{kind}_id") if has_values else "''"
    if kind == "contact":
        body = (
            _own_name("first_name"), _own_name("last_name"), _COMPANY,
            _piece("job_title", "c.job_title"),
            *(known.get(table) or arm.of("contact_id")
              for table, arm in OF_CONTACTS.items() if table in arms),
            values, _piece("notes", "c.notes"),
        )  # fmt: skip
        return "c.name", " || ".join(body), "1"
    if kind == "product":
        body = (_piece("sku", "c.sku"), _piece("category", "c.category"), values)
        return "c.name", " || ".join(body), "1"
    if kind == "interaction":
        talk = _piece("body", f"substr(c.body, 1, {LONGEST_BODY})")
        return "c.subject", talk, "c.subject IS NOT NULL OR c.body IS NOT NULL"
    if kind == "lead":
        body = (
            _piece("competitor", "c.competitor"), _piece("external_id", "c.external_id"), values,
            _piece("notes", "c.notes"),
        )  # fmt: skip
        return "c.title", " || ".join(body), "1"
    # Most purchases say nothing that anybody would search for.
    columns = ("c.description", "c.order_number", "c.external_id")
    said = [f"{column} IS NOT NULL" for column in columns]
    if "field_values" in arms:
        said.append("EXISTS (SELECT 1 FROM field_values t WHERE t.purchase_id = c.id)")
    body = (_piece("order_number", columns[1]), _piece("external_id", columns[2]), values)
    return "c.description", " || ".join(body), " OR ".join(said)


def new_rows(kind: str, arms: Collection[str]) -> str:
    """Return the query of the rows of a type's records from ``:first`` on."""
    if kind != "contact":
        return _rows(kind, *_texts(kind, arms))
    joined = {
        table: arm.of_new("contact_id", table) for table, arm in OF_CONTACTS.items()
        if table in arms
    }  # fmt: skip
    name, body, _ = _texts(kind, arms, {table: text for table, (_, text) in joined.items()})
    joins = "".join(join for join, _ in joined.values())
    return (
        f"SELECT c.id, {name}, {body} FROM contacts c{joins} WHERE c.id >= :first"
        " GROUP BY c.id ORDER BY c.id"
    )


def every_row(kind: str) -> str:
    """Return the query of the rows of all records of a type, each put together by itself."""
    return _rows(kind, *_texts(kind, EVERY_ARM)).replace(":first", "0")


def _rows(kind: str, name: str, body: str, condition: str) -> str:
    return (
        f"SELECT {record_key(kind, 'c.id')}, {name}, {body} FROM {kind}s c"
        f" WHERE c.id >= :first AND ({condition}) ORDER BY c.id"
    )


def queued_rows(kind: str) -> str:
    """Return the query of the rows of a type's records in the queue."""
    name, body, condition = _texts(kind, EVERY_ARM)
    low = CODES[kind] << KEY_BITS
    return (
        f"SELECT q.record_key, {name}, {body}"
        f" FROM search_queue q CROSS JOIN {kind}s c ON c.id = q.record_key - {low}"
        f" WHERE q.record_key BETWEEN {low} AND {low + (1 << KEY_BITS) - 1} AND ({condition})"
        " ORDER BY q.record_key"
    )
