"""Filters as SQL: where each field stands, and how a test of it is written.

Every value is a bound parameter; what becomes part of a statement is written here. A condition
is put so that an index can lead to its rows: lists (e-mails, tags ...) and sums as
``id IN (SELECT ...)``, folded names as ranges. Beside one that leads to few rows the others only
look at those: ``EXISTS (SELECT ...)``. A test is true or false and never NULL under
``not``: a missing value is neither equal to nor less than anything, so its opposite holds.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

from crm_cli.domain.values import CURRENCIES, exponent

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Sequence

    from crm_cli.domain.filter_fields import Field


class Test(NamedTuple):
    """One test of a field, its values read.

    ``sign``: ``in`` (one of the values), ``span`` (within one of the (low, high) pairs), ``<
    <= > >=``, ``has begins ends`` (a part of the text), ``empty``, ``flag``. Days are ISO text,
    money minor units, or ten-thousandths where the row has the currency.
    """

    field: Field
    sign: str
    values: tuple[Any, ...] = ()
    is_negated: bool = False
    currency: str | None = None


class Group(NamedTuple):
    """Parts of which all (``and``) or one (``or``) must hold."""

    word: str
    parts: tuple[Bound, ...]


Bound = Test | Group


class World(NamedTuple):
    """What sums depend on: today, whether purchases lie after it, the currency they are in,
    and (id, minor units) of those whose revenue was converted, as JSON."""

    today: str = "9999-12-31"
    has_later: bool = False
    currency: str = ""
    converted: str | None = None


class Chosen(NamedTuple):
    """A condition on ``c`` (contacts) or ``p`` (products, purchases), and its parameters."""

    sql: str
    parameters: dict[str, Any]


class Source(NamedTuple):
    """Where a field stands.

    ``column`` is compared, inside ``within``, or inside ``beside`` where another condition
    leads to the rows. ``empty`` says that there is no value. Words in
    use are read from ``table``; where ``key`` is given, rows are found by it instead of by the
    text. ``is_folded``: the column holds what ``search_key`` makes.
    """

    column: str
    within: str = "{}"
    beside: str = ""
    empty: str = ""
    table: str = ""
    key: str = ""
    is_folded: bool = False


def _child(table: str, column: str, **more: Any) -> Source:
    return Source(
        f"x.{column}",
        f"c.id IN (SELECT x.contact_id FROM {table} x WHERE {{}})",
        f"EXISTS (SELECT 1 FROM {table} x WHERE x.contact_id = c.id AND {{}})",
        f"NOT EXISTS (SELECT 1 FROM {table} x WHERE x.contact_id = c.id"
        f" AND x.{column} IS NOT NULL)",
        f"{table} x",
        **more,
    )


def _product(column: str, **more: Any) -> Source:
    return Source(
        f"x.{column}",
        "p.product_id IN (SELECT x.id FROM products x WHERE {})",
        "EXISTS (SELECT 1 FROM products x WHERE x.id = p.product_id AND {})",
        f"NOT EXISTS (SELECT 1 FROM products x WHERE x.id = p.product_id"
        f" AND x.{column} IS NOT NULL)",
        "products x",
        **more,
    )


_CONTACT = {
    "name": Source("c.folded", is_folded=True),
    "company": Source(
        "x.folded", "c.company_id IN (SELECT x.id FROM contacts x WHERE {})",
        "EXISTS (SELECT 1 FROM contacts x WHERE x.id = c.company_id AND {})",
        "c.company_id IS NULL", "contacts x", is_folded=True,
    ),
    "street": _child("addresses", "street"),
    "city": _child("addresses", "city"),
    "region": _child("addresses", "region"),
    "postcode": _child("addresses", "postcode"),
    "country": _child("addresses", "country"),
    "email": _child("emails", "value"),
    "phone": _child("phones", "value")._replace(
        empty="NOT EXISTS (SELECT 1 FROM phones x WHERE x.contact_id = c.id)"
    ),
    "link": _child("links", "value"),
    "external_id": _child("external_ids", "value"),
    "tag": Source(
        "t.key",
        "c.id IN (SELECT ct.contact_id FROM tags t JOIN contact_tags ct ON ct.tag_id = t.id"
        " WHERE {})",
        "EXISTS (SELECT 1 FROM contact_tags ct JOIN tags t ON t.id = ct.tag_id"
        " WHERE ct.contact_id = c.id AND {})",
        "NOT EXISTS (SELECT 1 FROM contact_tags ct WHERE ct.contact_id = c.id)",
        "tags t",
    ),
    "referred_by": Source("c.referred_by_id"),
    "notes": Source("c.notes", key="c.id", table="contacts c"),
    "created": Source("c.created_at"),
    "updated": Source("c.updated_at"),
    "archived": Source("c.archived_at IS NOT NULL"),
    "segment": Source("c.id"),
    # Birthdays without a year begin with a dash and are no days that could be compared.
    "birthday": Source(
        "CASE WHEN c.birthday >= '0' THEN c.birthday END", empty="c.birthday IS NULL"
    ),
}  # fmt: skip

_SCALE = "".join(
    f" WHEN '{code}' THEN {10 ** (4 - exponent(code))}"
    for code in sorted(CURRENCIES)
    if exponent(code) != 2
)


def _money(column: str, currency: str) -> str:
    """Return an amount in ten-thousandths of a major unit, whatever its currency."""
    return f"({column} * CASE {currency}{_SCALE} ELSE 100 END)"


_PRODUCT = {
    "name": Source("p.folded", is_folded=True),
    "price": Source(_money("p.price", "p.currency"), empty="p.price IS NULL"),
    "active": Source("p.is_active"),
}

_PURCHASE = {
    "contact": Source(
        "x.folded", "p.contact_id IN (SELECT x.id FROM contacts x WHERE {})",
        "EXISTS (SELECT 1 FROM contacts x WHERE x.id = p.contact_id AND {})",
        "0", "contacts x", is_folded=True,
    ),
    "product": _product("folded", is_folded=True),
    "sku": _product("sku"),
    "category": _product("category"),
    "on": Source("p.purchased_on"),
    "description": Source("p.description", key="p.id", table="purchases p"),
    "amount": Source(_money("p.amount", "p.currency")),
}  # fmt: skip

ROWS = {"contact": ("contacts", "c"), "product": ("products", "p"), "purchase": ("purchases", "p")}
"""Record type -> its table, and the name it has in every statement."""

_SOURCES = {"contact": _CONTACT, "product": _PRODUCT, "purchase": _PURCHASE}

_CUSTOM = {
    "folded": "v.folded", "picklist": "v.text", "day": "v.text", "quantity": "v.number",
    "flag": "v.number", "money": _money("v.number", "v.currency"),
}  # fmt: skip


def source(noun: str, field: Field) -> Source:
    """Return where a field stands; the sums of customers stand in ``_sums``."""
    table, alias = ROWS[noun]
    if field.custom is not None:
        mine = f"v.field_id = {field.custom:d}"
        return Source(
            _CUSTOM[field.kind],
            f"{alias}.id IN (SELECT v.{noun}_id FROM field_values v WHERE {mine} AND {{}})",
            f"EXISTS (SELECT 1 FROM field_values v WHERE v.{noun}_id = {alias}.id AND {mine}"
            " AND {})",
            f"NOT EXISTS (SELECT 1 FROM field_values v WHERE v.{noun}_id = {alias}.id AND {mine})",
            is_folded=field.kind == "folded",
        )
    return _SOURCES[noun].get(field.name) or Source(
        f"{alias}.{field.name}", table=f"{table} {alias}"
    )


# -- words in use -----------------------------------------------------------------------------


def words(
    connection: sqlite3.Connection, noun: str, field: Field, needle: str | None = None
) -> list[tuple[Any, str]]:
    """Return (what rows are found by, text) of the values in use that may hold a folded needle;
    all without one.

    SQLite folds ASCII only: of other texts the caller decides.
    """
    found = source(noun, field)
    where = "1"
    if needle is not None:
        where = "(instr(lower(text), :needle) > 0 OR text GLOB '*[^ -~]*' OR instr(text, '  ') > 0)"
    # A long text is hardly ever there twice.
    read = f"DISTINCT {found.column}" if not found.key else f"{found.key}"
    # Materialized: else the conditions are tried on every row before it is seen to be known.
    return connection.execute(
        f"WITH words AS MATERIALIZED (SELECT {read} AS key, {found.column} AS text"
        f" FROM {found.table} WHERE {found.column} IS NOT NULL)"
        f" SELECT key, text FROM words WHERE {where}",
        {"needle": needle},
    ).fetchall()


def names(connection: sqlite3.Connection, noun: str, field: Field) -> list[str]:
    """Return some of the names a strict field knows, for suggestions."""
    where = "kind = 'company'" if noun == "contact" else "1"
    table = source(noun, field).table.split()[0]
    rows = connection.execute(f"SELECT name FROM {table} WHERE {where} LIMIT 5000")
    return [name for (name,) in rows.fetchall()]


def is_known(connection: sqlite3.Connection, noun: str, test: Test) -> bool:
    """Say whether the table that a field is looked up in has a row for the test."""
    found = source(noun, test.field)
    holder = _Parameters()
    condition = _comparison(test, found, holder)
    row = connection.execute(
        f"SELECT 1 FROM {found.table} WHERE {condition} LIMIT 1", holder.values
    ).fetchone()
    return row is not None


def custom_fields(connection: sqlite3.Connection, noun: str) -> list[tuple[int, str, str]]:
    """Return (id, key, kind) of a record type's custom fields."""
    return connection.execute(
        "SELECT id, key, kind FROM fields WHERE noun = ? AND kind <> 'built-in' ORDER BY position",
        (noun,),
    ).fetchall()


# -- sums -------------------------------------------------------------------------------------

# The summary knows every purchase; whoever has one after today is summed up anew to today.
_LATER = "(SELECT contact_id FROM purchases WHERE purchased_on > :w_today)"
_SUMS_TO_TODAY = f"""(
    SELECT contact_id, orders, revenue, currency, first_on, last_day FROM customers
     WHERE contact_id NOT IN {_LATER}
    UNION ALL
    SELECT contact_id, sum(orders), CASE WHEN min(currency) = max(currency) THEN sum(revenue) END,
           CASE WHEN min(currency) = max(currency) THEN min(currency) END,
           min(CASE WHEN orders > 0 THEN day END),
           CAST(julianday(max(CASE WHEN orders > 0 THEN day END)) - 1721425.5 AS INTEGER)
      FROM customer_days WHERE contact_id IN {_LATER} AND day <= :w_today GROUP BY contact_id)"""


def has_later(connection: sqlite3.Connection, today: str) -> bool:
    """Say whether a purchase lies after today."""
    sql = "SELECT 1 FROM purchases WHERE purchased_on > ? LIMIT 1"
    return connection.execute(sql, (today,)).fetchone() is not None


def foreign_money(
    connection: sqlite3.Connection, home: str, today: str
) -> list[tuple[int, str, str, int]]:
    """Return (contact_id, day, currency, net minor units) of every purchase up to today by
    those who did not pay in the home currency alone."""
    return connection.execute(
        "SELECT p.contact_id, p.purchased_on, p.currency,"
        "       CASE p.kind WHEN 'sale' THEN p.amount ELSE -p.amount END"
        "  FROM customers s JOIN purchases p ON p.contact_id = s.contact_id"
        " WHERE s.currency IS NOT :home AND p.purchased_on <= :today",
        {"home": home, "today": today},
    ).fetchall()


_OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}


def _sum_condition(test: Test, world: World, holder: _Parameters, *, is_led: bool) -> str:
    """Return the condition on a sum: orders, revenue, first or last purchase."""
    table = "customers"
    if world.has_later:
        table = _SUMS_TO_TODAY
        holder.values["w_today"] = world.today
    chosen = f"c.id IN (SELECT s.contact_id FROM {table} s WHERE {{}})"
    if test.field.name == "revenue":
        return _revenue_condition(test, world, table, holder, is_led=is_led)
    if is_led and not world.has_later:
        chosen = f"EXISTS (SELECT 1 FROM {table} s WHERE s.contact_id = c.id AND {{}})"
    if test.field.name == "orders":
        if test.sign == "empty":
            return "0"
        # Who bought nothing has no row there: then the others are those to be left out.
        if not _holds_for_none(test):
            return chosen.format(_comparison(test, Source("s.orders"), holder))
        if test.sign in _OPPOSITE:
            opposite = test._replace(sign=_OPPOSITE[test.sign])
            rest = _comparison(opposite, Source("s.orders"), holder)
        else:
            rest = f"NOT {_comparison(test, Source('s.orders'), holder)}"
        return f"NOT {chosen.format(rest)}"
    column = "first_on"
    if test.field.name == "last_purchase":
        column = "last_day"
        test = test._replace(values=tuple(map(_day_number, test.values)))
    if test.sign == "empty":
        return f"NOT {chosen.format('s.orders > 0')}"
    compared = _comparison(test, Source(f"s.{column}"), holder)
    return chosen.format(f"s.orders > 0 AND {compared}")


def _revenue_condition(
    test: Test, world: World, table: str, holder: _Parameters, *, is_led: bool
) -> str:
    holder.values["w_currency"] = world.currency
    if is_led and not world.has_later and world.converted is None:
        chosen = (
            "EXISTS (SELECT 1 FROM customers s WHERE s.contact_id = c.id"
            f" AND s.currency = :w_currency AND {_revenue_comparison(test, 's.revenue', holder)})"
        )
        return f"NOT {chosen}" if test.sign == "empty" else chosen
    parts = []
    # In two parts, because the index holds those who ordered.
    for ordered in ("s.orders > 0", "s.orders = 0"):
        compared = _revenue_comparison(test, "s.revenue", holder)
        parts.append(
            f"SELECT s.contact_id FROM {table} s"
            f" WHERE {ordered} AND s.currency = :w_currency AND {compared}"
        )
    if world.converted is not None:
        holder.values["w_converted"] = world.converted
        compared = _revenue_comparison(test, "json_extract(value, '$[1]')", holder)
        parts.append(
            f"SELECT json_extract(value, '$[0]') FROM json_each(:w_converted) WHERE {compared}"
        )
    chosen = f"c.id IN ({' UNION ALL '.join(parts)})"
    return f"NOT {chosen}" if test.sign == "empty" else chosen


def _revenue_comparison(test: Test, column: str, holder: _Parameters) -> str:
    if test.sign == "empty":
        return f"{column} IS NOT NULL"
    return _comparison(test, Source(column), holder)


def _holds_for_none(test: Test) -> bool:
    """Say whether a test of a number holds for zero."""
    if test.sign == "span":
        return any(low <= 0 <= high for low, high in test.values)
    (bound,) = map(int, test.values)
    return {"<": bound > 0, "<=": bound >= 0, ">": bound < 0, ">=": bound <= 0}[test.sign]


def _day_number(day: Any) -> Any:
    """Return an ISO day, or a pair of them, as days since 0001-01-01."""
    if isinstance(day, tuple):
        return tuple(map(_day_number, day))
    return date.fromisoformat(day).toordinal() - 1


# -- statements -------------------------------------------------------------------------------


class _Parameters:
    """The bound values of a statement, named as they come."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}

    def add(self, value: Any) -> str:
        name = f"w{len(self.values)}"
        self.values[name] = value
        return f":{name}"

    def several(self, values: Sequence[Any]) -> str:
        """Return what stands after IN; many values go as one list."""
        if len(values) <= 50:
            return f"({', '.join(map(self.add, values))})"
        import json

        return f"(SELECT value FROM json_each({self.add(json.dumps(values))}))"


def compiled(
    noun: str, tree: Bound, world: World, connection: sqlite3.Connection | None = None
) -> Chosen:
    """Return the condition that a filter is in SQL; with a connection, of several lists that
    could lead to the rows the shortest does."""
    statement = _Statement(noun, world, connection)
    return Chosen(statement.condition(tree, is_led=False), statement.holder.values)


class _Statement:
    """A filter being written."""

    def __init__(self, noun: str, world: World, connection: sqlite3.Connection | None) -> None:
        self.noun = noun
        self.world = world
        self.connection = connection
        self.holder = _Parameters()

    def condition(self, tree: Bound, *, is_led: bool) -> str:
        """``is_led``: another condition, which must hold as well, leads to the rows."""
        if isinstance(tree, Group):
            leaders = self.leaders(tree) if tree.word == "and" and not is_led else set()
            parts = [
                self.condition(part, is_led=is_led or (bool(leaders) and number not in leaders))
                for number, part in enumerate(tree.parts)
            ]
            return _balanced(parts, tree.word.upper())
        if tree.field.name in _SUMS and self.noun == "contact" and tree.field.custom is None:
            sql = _sum_condition(tree, self.world, self.holder, is_led=is_led)
        else:
            sql = _plain_condition(self.noun, tree, self.holder, is_led=is_led)
        if (self.noun, tree.field.name) == ("purchase", "on") and not is_led:
            sql = self.by_day(tree, sql)
        return f"({sql}) IS NOT TRUE" if tree.is_negated else f"({sql})"

    def by_day(self, test: Test, sql: str) -> str:
        """Look few days up by their index: in the order of ids SQLite would read every row."""
        if self.connection is None or test.is_negated:
            return sql
        (count,) = self.connection.execute(
            f"SELECT count(*) FROM (SELECT 1 FROM purchases p WHERE {sql} LIMIT {PROBE:d})",
            self.holder.values,
        ).fetchone()
        return sql if count >= PROBE else f"p.id IN (SELECT p.id FROM purchases p WHERE {sql})"

    def leaders(self, group: Group) -> set[int]:
        """Return which parts are to lead to the rows: the strongest, and of several lists the
        shortest, or all where none is short."""
        strengths = [_strength(part) for part in group.parts]
        best = max(strengths)
        strong = [number for number, strength in enumerate(strengths) if strength == best]
        if not best:
            return set()
        if best > 1 or len(strong) == 1:
            return {strong[0]}
        sizes = {number: self.size(group.parts[number]) for number in strong}
        shortest = min(sizes, key=sizes.__getitem__)
        return {shortest} if sizes[shortest] < PROBE else set(strong)

    def size(self, part: Bound) -> int:
        """Return how many rows a list has, counted no further than ``PROBE``."""
        if self.connection is None:
            return PROBE
        inner = _Statement(self.noun, self.world, None)
        before, opening, subquery = inner.condition(part, is_led=False).partition(" IN (SELECT ")
        if not opening or before.count("(") > 1 or isinstance(part, Group):
            return PROBE
        (count,) = self.connection.execute(
            f"SELECT count(*) FROM (SELECT 1 FROM (SELECT {subquery[:-2]}) LIMIT {PROBE:d})",
            inner.holder.values,
        ).fetchone()
        return int(count)


_SUMS = frozenset({"orders", "revenue", "first_purchase", "last_purchase"})
PROBE = 20_000
"""Rows; so many are looked up one by one in less time than a longer list takes to make."""

_UNIQUE = frozenset({"id", "uid", "email", "phone", "external_id"})
_NAMES = frozenset({"name", "company", "contact", "product", "sku"})
_SHORT = _SUMS | {
    "tag",
    "segment",
    "city",
    "on",
    "company_id",
    "contact_id",
    "returns_id",
    "referred_by",
}


def _strength(part: Bound) -> int:
    """Return how short the way is on which an index leads to the rows: 3 to one, 2 to some of a
    name, 1 to a list, 0 for none."""
    if isinstance(part, Group):
        strengths = [_strength(inner) for inner in part.parts]
        return max(strengths) if part.word == "and" else min(strengths)
    if part.is_negated or part.sign in {"empty", "flag", "has", "ends"}:
        return 0
    if part.field.custom is not None:
        return 1
    name = part.field.name
    if part.sign in {"in", "span"} and name in _UNIQUE:
        return 3
    if part.sign in {"in", "begins"} and (name in _NAMES or name == "email"):
        return 2
    return 1 if name in _SHORT else 0


def _balanced(parts: Sequence[str], word: str) -> str:
    """Join by halves: SQLite refuses a chain of a thousand as too deep."""
    if len(parts) == 1:
        return parts[0]
    middle = len(parts) // 2
    return f"({_balanced(parts[:middle], word)} {word} {_balanced(parts[middle:], word)})"


def _plain_condition(noun: str, test: Test, holder: _Parameters, *, is_led: bool) -> str:
    found = source(noun, test.field)
    if test.sign == "empty":
        return found.empty or f"{found.column} IS NULL"
    if test.field.kind == "birthday" and test.sign in {"begins", "ends"}:
        # A month (-05-) or a day of the year (-05-31), whatever the year.
        tail = "substr(c.birthday, -6)"
        return _comparison(test, Source(tail), holder)
    if found.key and test.sign == "in":
        return f"{found.key} IN {holder.several(test.values)}"
    condition = _comparison(test, found, holder)
    if test.currency is not None:
        column = "v.currency" if test.field.custom is not None else "p.currency"
        condition = f"{condition} AND {column} = {holder.add(test.currency)}"
    if is_led and found.beside:
        return found.beside.format(f"({condition})")
    return found.within.format(condition)


HIGHEST = "\U0010ffff"
"""Sorts after everything that may follow a prefix."""


def _comparison(test: Test, found: Source, holder: _Parameters) -> str:
    """Return the comparison of a column with the values."""
    column = found.column
    if test.sign == "flag":
        return column
    if test.field.kind == "external" and test.sign == "in":
        return " OR ".join(_external(pair, holder) for pair in test.values)
    if found.is_folded and test.sign in {"in", "begins", "ends"}:
        return f"({' OR '.join(_folded(test.sign, column, v, holder) for v in test.values)})"
    if test.field.kind == "code":
        return _code(test, column, holder)
    if test.sign == "in":
        if len(test.values) == 1:
            return f"{column} = {holder.add(test.values[0])}"
        return f"{column} IN {holder.several(test.values)}"
    if test.sign == "span":
        spans = [_span(column, low, high, holder) for low, high in test.values]
        return spans[0] if len(spans) == 1 else f"({' OR '.join(spans)})"
    (value,) = test.values
    if test.sign == "has":
        return f"instr({column}, {holder.add(value)}) > 0"
    if test.sign == "begins":
        return f"{column} >= {holder.add(value)} AND {column} < {holder.add(value + HIGHEST)}"
    if test.sign == "ends":
        name = holder.add(value)
        return f"substr({column}, -length({name})) = {name}"
    return f"{column} {test.sign} {holder.add(value)}"


def _span(column: str, low: Any, high: Any, holder: _Parameters) -> str:
    if low == high:
        return f"{column} = {holder.add(low)}"
    return f"{column} BETWEEN {holder.add(low)} AND {holder.add(high)}"


def _code(test: Test, column: str, holder: _Parameters) -> str:
    """Codes are compared without the case of ASCII letters."""
    if test.sign == "in":
        return f"{column} COLLATE NOCASE IN {holder.several(test.values)}"
    (value,) = test.values
    if test.sign == "has":
        return f"instr(lower({column}), lower({holder.add(value)})) > 0"
    name = holder.add(value)
    if test.sign == "begins":
        return f"substr({column}, 1, length({name})) = {name} COLLATE NOCASE"
    if test.sign == "ends":
        return f"substr({column}, -length({name})) = {name} COLLATE NOCASE"
    return f"{column} {test.sign} {name} COLLATE NOCASE"


def _folded(sign: str, column: str, value: str, holder: _Parameters) -> str:
    """Compare with the lines of a folded column: the first by index, the second (umlauts
    written out) only for text that could be one."""
    name = holder.add(value)
    if sign == "ends":
        return f"instr({column} || char(10), {name} || char(10)) > 0"
    if sign == "begins":
        condition = f"({column} >= {name} AND {column} < {holder.add(value + HIGHEST)})"
        second = f"instr({column}, char(10) || {name}) > 0"
    else:
        condition = (
            f"{column} = {name}"
            f" OR ({column} > {name} || char(10) AND {column} < {name} || char(11))"
        )
        second = f"instr({column} || char(10), char(10) || {name} || char(10)) > 0"
    is_written_out = any(pair in value for pair in ("ae", "oe", "ue", "aa"))
    return f"{condition} OR {second}" if is_written_out else condition


def _external(pair: tuple[str, str, str], holder: _Parameters) -> str:
    """``shop:1`` is a value of a system, or a value with a colon in it."""
    whole, system, value = pair
    condition = f"x.value = {holder.add(whole)}"
    if not system:
        return condition
    return (
        f"{condition} OR (x.value = {holder.add(value)}"
        f" AND x.system = {holder.add(system)} COLLATE NOCASE)"
    )


def ids(
    connection: sqlite3.Connection, noun: str, chosen: Chosen, size: int = 500
) -> Iterator[list[int]]:
    """Yield the ids of the records a filter chooses, in order, some hundred at a time."""
    table, alias = ROWS[noun]
    cursor = connection.execute(
        f"SELECT {alias}.id FROM {table} {alias} WHERE {chosen.sql} ORDER BY {alias}.id",
        chosen.parameters,
    )
    while rows := cursor.fetchmany(size):
        yield [row_id for (row_id,) in rows]


def count(
    connection: sqlite3.Connection, noun: str, chosen: Chosen, *, is_living: bool = False
) -> int:
    """Return how many records a filter chooses; of contacts, only those not archived."""
    table, alias = ROWS[noun]
    living = "c.archived_at IS NULL AND " if is_living else ""
    (number,) = connection.execute(
        f"SELECT count(*) FROM {table} {alias} WHERE {living}{chosen.sql}", chosen.parameters
    ).fetchone()
    return int(number)
