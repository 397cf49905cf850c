"""How SQLite answers a search, and how it finds what an entry touched: by index, never by a scan
of a large table."""

from __future__ import annotations

import re
import sqlite3
from typing import TYPE_CHECKING

import pytest

from crm_cli.store import search, search_index
from crm_cli.store.batch import Batch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.conftest import Crm

LARGE = "contacts emails addresses links external_ids contact_tags purchases field_values changes"


@pytest.fixture
def connection(crm: Crm) -> Iterator[sqlite3.Connection]:
    """A store with a contact in it."""
    crm("contact", "add", "Ada", "--phone", "+41791234567")
    opened = sqlite3.connect(crm.db)
    yield opened
    opened.close()


def plans(connection: sqlite3.Connection, sql: str, parameters: object) -> list[str]:
    rows = connection.execute(f"EXPLAIN QUERY PLAN {sql}", parameters)  # type: ignore[arg-type]
    return [detail for _, _, _, detail in rows.fetchall()]


def scans(connection: sqlite3.Connection, run: Callable[[], None]) -> list[str]:
    """The steps of all statements of ``run`` that read a large table from end to end."""
    seen: list[str] = []
    connection.set_trace_callback(seen.append)
    run()
    connection.set_trace_callback(None)
    assert seen
    found = []
    for sql in seen:
        if sql.startswith(("SELECT", "INSERT", "DELETE")) and "FTS" not in sql:
            tables = {
                alias: table
                for table, alias in re.findall(r"(?:FROM|JOIN) (\w+) (\w)\b", sql)
                if table in LARGE.split()
            }
            for step in plans(connection, sql, ()):
                matched = re.match(r"SCAN (\w+)(?! VIRTUAL)", step)
                if matched and (tables.get(matched[1]) or matched[1] in LARGE.split()):
                    found.append(f"{step}: {sql}")
    return found


@pytest.mark.parametrize("archived", [True, False, None])
@pytest.mark.parametrize("kinds", [("contact",), ("contact", "product", "purchase")])
def test_words_are_looked_up(
    connection: sqlite3.Connection, archived: bool | None, kinds: tuple[str, ...]
) -> None:
    def run() -> None:
        for match in ('("ada" *)', '{name} : (("ada"))'):
            search.keys(connection, kinds, archived=archived, match=match, limit=20)

    assert scans(connection, run) == []


def test_a_scan_would_be_seen(connection: sqlite3.Connection) -> None:
    """The second try reads all names, and nothing else does."""

    def run() -> None:
        search.keys(connection, ("contact",), archived=None, within=[("a", "a")])

    assert len(scans(connection, run)) == 1


def test_touched_records_are_looked_up(connection: sqlite3.Connection) -> None:
    """What an entry costs follows what it changed, whatever the store holds."""

    def run() -> None:
        batch = Batch()
        search_index.keep(batch, 1, search_index.INDEXED, {}, ())
        batch.run(connection)

    assert scans(connection, run) == []


def test_new_records_are_read_from_the_first_of_them(connection: sqlite3.Connection) -> None:
    def run() -> None:
        batch = Batch()
        new = {"contacts": 5, "products": 5, "purchases": 5}
        added = {*new, "emails", "addresses", "links", "contact_tags", "external_ids"}
        search_index.keep(batch, 1, (), new, added)
        batch.run(connection)

    assert scans(connection, run) == []
