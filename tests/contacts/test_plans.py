"""How SQLite goes about what every command asks: by index, not by reading a large table."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

import pytest

from crm_cli.store import contacts, purchases, relations

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Crm


class Watching:
    """A connection that notes the plan of every statement it runs."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self.plans: list[str] = []

    def execute(self, sql: str, parameters: Any = ()) -> sqlite3.Cursor:
        rows = self.connection.execute(f"EXPLAIN QUERY PLAN {sql}", parameters).fetchall()
        self.plans += [row[-1] for row in rows]
        return self.connection.execute(sql, parameters)


QUESTIONS: dict[str, Callable[[Any], Any]] = {
    "by e-mail": lambda c: contacts.ids_by_email(c, "a@x.com"),
    "by phone": lambda c: contacts.ids_by_phone(c, "+41446681800"),
    "by external id": lambda c: contacts.ids_by_external_id(c, "1"),
    "by whole name": lambda c: contacts.ids_by_name(c, "ada"),
    "a company by name": lambda c: contacts.companies_named(c, "acme"),
    "a record": lambda c: contacts.parts(c, [1]),
    "people of a company": lambda c: contacts.flat_rows(c, {"company": 1, "living": 1}),
    "relations": lambda c: relations.relation_rows(c, 1),
    "certain rows": lambda c: contacts.flat_rows(c, {"ids": "[1, 2]"}),
    "a contact's purchases": lambda c: purchases.listed(c, {"who": 1}),
    "a product's purchases": lambda c: purchases.listed(c, {"product": 1}),
    "returns of a sale": lambda c: purchases.returned(c, 1),
    "one purchase": lambda c: purchases.row(c, 1),
}


@pytest.mark.parametrize("question", QUESTIONS)
def test_no_large_table_is_read_from_end_to_end(crm: Crm, question: str) -> None:
    crm("contact", "add", "Ada", "--email", "a@x.com", "--company", "Acme")
    connection = sqlite3.connect(crm.db)
    try:
        watching = Watching(connection)
        QUESTIONS[question](watching)
    finally:
        connection.close()
    assert watching.plans
    # The rows of a subquery and of a JSON list are few: those that an index found.
    scans = [
        plan
        for plan in watching.plans
        if plan.startswith("SCAN") and "json_each" not in plan and "subquery" not in plan
    ]
    assert scans == []


def test_the_list_follows_the_primary_key_and_stops_at_its_limit(crm: Crm) -> None:
    crm("contact", "add", "Ada")
    connection = sqlite3.connect(crm.db)
    try:
        watching = Watching(connection)
        contacts.flat_rows(watching, {"living": 1}, 20)  # type: ignore[arg-type]
    finally:
        connection.close()
    assert watching.plans[0] == "SCAN c"
    assert not any("TEMP B-TREE FOR ORDER BY" in plan and "c.id" in plan for plan in watching.plans)
