"""How the statements on rules find their rows: for one contact by indexes alone."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from crm_cli.domain.reminder_rule import Rule
from crm_cli.store import rules, rules_in_force, rules_touched
from tests.contacts.test_plans import Watching

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Crm

NO_TABLES = ("SCAN j VIRTUAL TABLE", "SCAN CONSTANT ROW", "SCAN (subquery")
FIRST_ROW_ALONE = {
    "SCAN reminder_rules USING COVERING INDEX reminder_rules_contact",
    "SCAN follow_ups USING INDEX follow_ups_service",
}
"""Whether there is any: of rules, and of open services, whose index holds nothing else."""

BIRTHDAY = Rule(
    1, "date", "1 year", "birthday", 0, "all", None, None, None, None, None, 0, "", ""
)  # fmt: skip
WARRANTY = BIRTHDAY._replace(every_text=None, field="purchase.warranty")
ALL = rules.scope_of(BIRTHDAY, None)
TAG = rules.scope_of(BIRTHDAY._replace(scope="tag", scope_value="vip"), None)

OF_ONE: dict[str, Callable[[Any], Any]] = {
    "anything at all": rules_in_force.any_there,
    "what an entry touched": lambda c: rules_touched.contacts_of(c, 1, 9),
    "who moved": lambda c: rules_touched.moved(c, 1),
    "what hangs on an entry": lambda c: rules_touched.hanging(c, 1),
    "only ours": lambda c: rules_touched.only_ours(c, 1),
    "refreshes of an entry": lambda c: rules_touched.refreshes_of(c, 1),
    "made": lambda c: rules.made(c, "[1]"),
    "with a tag": lambda c: rules.contacts_in(c, TAG, "[1]"),
    "everybody": lambda c: rules.contacts_in(c, ALL, "[1]"),
    "people": lambda c: rules.people(c, "[1]"),
    "closed touches": lambda c: rules.closed_touches(c, "[1]"),
    "closed dates": lambda c: rules.closed_dates(c, 1, "[1]"),
    "birthdays": lambda c: rules.dates(c, BIRTHDAY, None, ALL, "[1]"),
    "dates of contacts": lambda c: rules.dates(
        c, BIRTHDAY._replace(field="contract_end"), 1, ALL, "[1]"
    ),
    "dates of purchases": lambda c: rules.dates(c, WARRANTY, 1, ALL, "[1]"),
    "intervals": rules.service_intervals,
    "sold": lambda c: rules.sold(c, 1, "2026-01-01", "[1]"),
    "sold, by id": lambda c: rules.sold_by_id(c, [1]),
    "closed services": lambda c: rules.closed_services(c, [1]),
    "load": lambda c: rules.load(c, "2026-01-01", "2026-02-01"),
}
OF_ALL: dict[str, Callable[[Any], Any]] = {
    "closed dates": lambda c: rules.closed_dates(c, 1, None),
    "dates of contacts": lambda c: rules.dates(
        c, BIRTHDAY._replace(field="contract_end"), 1, TAG, None
    ),
    "dates of purchases": lambda c: rules.dates(c, WARRANTY, 1, ALL, None),
    "sold": lambda c: rules.sold(c, 1, "2026-01-01", None),
    "how many are open": lambda c: rules.counts(c, "2026-06-15"),
}


def scanned(crm: Crm, question: Callable[[Any], Any]) -> list[str]:
    """Return the steps that read a table or an index from end to end."""
    with closing(sqlite3.connect(crm.db)) as connection:
        watching = Watching(connection)
        question(watching)
    assert any(step.startswith("SEARCH") for step in watching.plans)
    return [
        step for step in watching.plans
        if step.startswith("SCAN") and not step.startswith(NO_TABLES)
        and step not in FIRST_ROW_ALONE
    ]  # fmt: skip


@pytest.mark.parametrize("question", OF_ONE)
def test_for_one_contact_no_table_is_read_from_end_to_end(crm: Crm, question: str) -> None:
    crm("contact", "add", "Ada", "-q")
    assert scanned(crm, OF_ONE[question]) == []


@pytest.mark.parametrize("question", OF_ALL)
def test_for_all_only_what_a_rule_is_about_is_read(crm: Crm, question: str) -> None:
    crm("contact", "add", "Ada", "-q")
    assert scanned(crm, OF_ALL[question]) == []
