"""A store as if only some contacts were in it: what narrowed reports read.

A statement is given the tables it names once more, in front of it and without everybody else.
So a report needs no second wording for a population, and cannot forget one of its tables.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

    from crm_cli.store.filters import Chosen


_CONTACT_OF = {
    "contacts": "id", "purchases": "contact_id", "customer_days": "contact_id",
    "customers": "contact_id", "follow_ups": "contact_id", "contact_activity": "contact_id",
    "interaction_participants": "contact_id",
}  # fmt: skip
"""Table -> its column with the contact."""

FEW = 10
"""A population of less than this part of all contacts is looked up, a larger one found in a
pass over everybody."""


class Ids(NamedTuple):
    """Ids of contacts as a JSON array, and how many there are."""

    json: str
    size: int


def _tables(sign: str) -> str:
    # Never materialized: the conditions of the statement behind must reach the indexes.
    shown = [
        f"{table} AS NOT MATERIALIZED (SELECT * FROM main.{table}"
        f" WHERE {sign}{column} IN (SELECT contact_id FROM population))"
        for table, column in _CONTACT_OF.items()
    ]
    # A talk is everybody's who took part.
    shown.append(
        "interactions AS NOT MATERIALIZED (SELECT * FROM main.interactions"
        f" WHERE {sign}contact_id IN (SELECT contact_id FROM population) OR {sign}id IN"
        " (SELECT o.interaction_id FROM main.interaction_participants o"
        "   WHERE o.contact_id IN (SELECT contact_id FROM population)))"
    )
    # It adds everybody up, and so has no answer here.
    shown.append("cohort_months AS (SELECT 1 AS of_everybody)")
    ids = "SELECT CAST(value AS INTEGER) FROM json_each(:population)"
    return ", ".join([f"population (contact_id) AS MATERIALIZED ({ids})", *shown])


class Narrowed:
    """Reads as a connection does, and sees certain contacts alone, with what they bought."""

    def __init__(self, connection: sqlite3.Connection, ids: Ids) -> None:
        self.connection = connection
        self.size = ids.size
        self._ids = ids.json
        (highest,) = connection.execute("SELECT coalesce(max(id), 0) FROM contacts").fetchone()
        self._tables = _tables("" if ids.size * FEW < highest else "+")

    def execute(self, sql: str, parameters: Mapping[str, Any] | None = None) -> sqlite3.Cursor:
        """Run a statement that begins with SELECT or WITH on these contacts alone.

        The summary of all cohorts has no columns here: a statement that reads it fails.
        """
        return self.connection.execute(
            self.narrowed(sql), {**(parameters or {}), "population": self._ids}
        )

    def narrowed(self, sql: str) -> str:
        """Return a statement that reads these contacts alone, those of ``:population``."""
        body = sql.lstrip()
        return f"WITH {self._tables}{',' + body[4:] if body.startswith('WITH') else ' ' + body}"


def whole(reader: Reader) -> sqlite3.Connection:
    """Return the whole store behind what a population leaves of it."""
    return reader.connection if isinstance(reader, Narrowed) else reader


def ids(connection: sqlite3.Connection, chosen: Chosen, among: str | None = None) -> Ids:
    """Return the contacts for which a filter holds, archived ones too; with ``among`` (a JSON
    array) only those of them."""
    condition, parameters = chosen.sql, chosen.parameters
    if among is not None:
        condition = (
            f"({condition}) AND c.id IN (SELECT CAST(value AS INTEGER) FROM json_each(:ids))"
        )
        parameters = {**parameters, "ids": among}
    row = connection.execute(
        f"SELECT json_group_array(c.id), count(*) FROM contacts c WHERE {condition}", parameters
    ).fetchone()
    return Ids(*row)


if TYPE_CHECKING:
    Reader = sqlite3.Connection | Narrowed
    """The whole store, or what a population leaves of it."""
