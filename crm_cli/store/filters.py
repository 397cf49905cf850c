"""Filters as SQL: where each field stands, and how a test of it is written.

Every value is a bound parameter; what becomes part of a statement is written here. A condition
is put so that an index can lead to its rows: lists (e-mails, tags ...) and sums as
``id IN (SELECT ...)``, folded names as ranges. Beside one that leads to few rows the others only
look at those: ``EXISTS (SELECT ...)``. A test is true or false and never NULL under
``not``: a missing value is neither equal to nor less than anything, so its opposite holds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from crm_cli.store.filter_sources import ROWS, source
from crm_cli.store.filter_sums import SUMS, World, sum_condition
from crm_cli.store.filter_tests import Parameters, Test, comparison, plain_condition

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Sequence

    from crm_cli.domain.filter_fields import Field


class Group(NamedTuple):
    """Parts of which all (``and``) or one (``or``) must hold."""

    word: str
    parts: tuple[Bound, ...]


Bound = Test | Group


class Chosen(NamedTuple):
    """A condition on a noun's rows, by the alias of ``ROWS``, and its parameters."""

    sql: str
    parameters: dict[str, Any]


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
    where = "kind = 'company'" if field.name == "company" else "1"
    table = source(noun, field).table.split()[0]
    rows = connection.execute(f"SELECT name FROM {table} WHERE {where} LIMIT 5000")
    return [name for (name,) in rows.fetchall()]


def is_known(connection: sqlite3.Connection, noun: str, test: Test) -> bool:
    """Say whether the table that a field is looked up in has a row for the test."""
    found = source(noun, test.field)
    holder = Parameters()
    condition = comparison(test, found, holder)
    row = connection.execute(
        f"SELECT 1 FROM {found.table} WHERE {condition} LIMIT 1", holder.values
    ).fetchone()
    return row is not None


# -- statements -------------------------------------------------------------------------------


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
        self.holder = Parameters()

    def condition(self, tree: Bound, *, is_led: bool) -> str:
        """``is_led``: another condition, which must hold as well, leads to the rows."""
        if isinstance(tree, Group):
            leaders = self.leaders(tree) if tree.word == "and" and not is_led else set()
            parts = [
                self.condition(part, is_led=is_led or (bool(leaders) and number not in leaders))
                for number, part in enumerate(tree.parts)
            ]
            return _balanced(parts, tree.word.upper())
        if tree.field.name in SUMS and self.noun == "contact" and tree.field.custom is None:
            sql = sum_condition(tree, self.world, self.holder, is_led=is_led)
        else:
            sql = plain_condition(self.noun, tree, self.holder, is_led=is_led)
        if not is_led and (self.noun, tree.field.name) in _BY_DAY:
            sql = self.by_day(tree, sql)
        return f"({sql}) IS NOT TRUE" if tree.is_negated else f"({sql})"

    def by_day(self, test: Test, sql: str) -> str:
        """Look few days up by their index: in the order of ids SQLite would read every row."""
        if self.connection is None or test.is_negated:
            return sql
        table, alias = ROWS[self.noun]
        (count,) = self.connection.execute(
            f"SELECT count(*) FROM (SELECT 1 FROM {table} {alias} WHERE {sql} LIMIT {PROBE:d})",
            self.holder.values,
        ).fetchone()
        if count >= PROBE:
            return sql
        return f"{alias}.id IN (SELECT {alias}.id FROM {table} {alias} WHERE {sql})"

    def leaders(self, group: Group) -> set[int]:
        """Return which part is to lead to the rows, if one does: the strongest, and of several
        lists the shortest."""
        strengths = [_strength(part) for part in group.parts]
        best = max(strengths)
        strong = [number for number, strength in enumerate(strengths) if strength == best]
        if not best:
            return set()
        if best > 1 or len(strong) == 1:
            return {strong[0]}
        sizes = {number: self.size(group.parts[number]) for number in strong}
        shortest = min(sizes, key=sizes.__getitem__)
        return {shortest}

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


PROBE = 20_000
"""Rows; so many are looked up one by one in less time than a longer list takes to make."""

_BY_DAY = frozenset({("purchase", "on"), ("interaction", "at")})
"""Fields of days with an index of their own."""

_UNIQUE = frozenset({"id", "uid", "email", "phone", "external_id"})
_NAMES = frozenset({"name", "company", "contact", "product", "sku", "title"})
_SHORT = SUMS | {
    "tag",
    "segment",
    "city",
    "on",
    "at",
    "last_contacted",
    "participant",
    "next_follow_up",
    "company_id",
    "contact_id",
    "returns_id",
    "referred_by",
    "contact_tag",
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
