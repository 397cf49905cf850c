"""The JSON keys that docs/scripting.md promises are the keys that come out, in that order."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.conftest import Crm

PAGE = Path(__file__).resolve().parents[2] / "docs" / "scripting.md"
BLOCK = re.compile(r"<!-- keys: (\S+) -->\n(.*?)(?:\n\n|\Z)", re.DOTALL)
KEY = re.compile(r"`([a-z_]+)`")

PROMISED = {
    name: KEY.findall(text.partition(":")[2])
    for name, text in BLOCK.findall(PAGE.read_text(encoding="utf-8"))
}
"""What -> its keys, as the page lists them after the first colon."""


@pytest.fixture
def shop(crm: Crm, tmp_path: Path) -> Crm:
    """A store with one of everything."""
    crm(
        "contact", "add", "Ada Lovelace",
        "--email", "ada@example.com",
        "--phone", "+41446681800",
        "--city", "Bern",
        "--quiet",
    )  # fmt: skip
    crm("product", "add", "Tea", "4.50", "--sku", "T1", "--quiet")
    crm("purchase", "add", "1", "Tea", "9.00", "--on", "2026-05-02", "--quiet")
    crm("purchase", "add", "1", "Tea", "9.00", "--on", "2026-06-02", "--quiet")
    crm("log", "call", "1", "About the tea", "--at", "2026-06-01", "--quiet")
    crm("remind", "add", "1", "2026-06-20", "ask for the order", "--quiet")
    crm("log", "call", "1", "Sends it", "--at", "2026-06-01", "--promise", "2026-06-30", "--quiet")
    return crm


@pytest.mark.parametrize(
    ("what", "arguments"),
    [
        ("contact", ("contact", "show", "1")),
        ("contact", ("contact", "edit", "1", "--job-title", "Countess")),
        ("contact-list", ("contact", "list")),
        ("product", ("product", "show", "1")),
        ("product-list", ("product", "list")),
        ("product", ("product", "edit", "1", "--price", "5")),
        ("purchase", ("purchase", "show", "1")),
        ("purchase-list", ("purchase", "list")),
        ("purchase", ("purchase", "add", "1", "Tea", "3")),
        ("purchase", ("purchase", "return", "1")),
        ("interaction", ("log", "call", "1", "About the tea", "--follow-up", "tomorrow")),
        ("interaction", ("log", "show", "1")),
        ("interaction", ("log", "edit", "1", "--outcome", "agreed")),
        ("interaction", ("log", "delete", "1", "--yes")),
        ("interaction-list", ("log", "list")),
        ("follow-up", ("remind", "add", "1", "tomorrow", "call")),
        ("follow-up", ("remind", "list")),
        ("follow-up", ("remind", "done", "1")),
        ("lead", ("lead", "add", "1", "More tea", "500")),
        ("lead", ("lead", "add", "new@example.com", "Tea for all")),
        ("event", ("contact", "timeline", "1")),
        ("brief", ("contact", "brief", "1")),
        ("send-run", ("remind", "send")),
        ("field", ("field", "add", "contact", "Hobby")),
        ("value", ("picklist", "rename", "role", "other", "Others")),
        ("value", ("picklist", "list")),
        ("report", ("report", "completeness")),
        ("segment", ("segment", "save", "regulars", "orders > 1")),
        ("segment", ("segment", "list")),
        ("search", ("search", "tea")),
        ("report", ("report", "segments")),
        ("report", ("report", "retention")),
        ("report", ("report", "repeat")),
        ("report", ("report", "sales")),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(value),
)
def test_the_keys_are_those_the_page_promises(
    shop: Crm, what: str, arguments: tuple[str, ...]
) -> None:
    found = shop.json(*arguments)
    record: dict[str, Any] = found[0] if isinstance(found, list) else found
    assert list(record) == PROMISED[what]


def test_the_ledger_has_the_keys_the_page_promises(shop: Crm) -> None:
    shop("remind", "send", "--via", "stdout", "--now", "2026-06-20T10:00:00Z")
    (row,) = shop.json("remind", "deliveries")
    assert list(row) == PROMISED["delivery"]


@pytest.mark.parametrize(
    ("what", "arguments", "part"),
    [
        ("completeness", ("completeness",), "rows"),
        ("completeness-ask", ("completeness", "--missing", "birthday"), "rows"),
        ("completeness-totals", ("completeness",), "totals"),
        ("segments", ("segments",), "rows"),
        ("segments-members", ("segments", "--members", "lost"), "rows"),
        ("retention", ("retention",), "rows"),
        ("retention-totals", ("retention",), "totals"),
        ("repeat-totals", ("repeat",), "totals"),
        ("sales-totals", ("sales",), "totals"),
        ("activity", ("activity",), "rows"),
        ("activity-month", ("activity", "--by", "month", "--of", "contact"), "rows"),
        ("channels", ("channels",), "rows"),
        ("quiet", ("quiet", "--idle", "1", "--as-of", "2026-07-15"), "rows"),
        ("quiet-totals", ("quiet",), "totals"),
        ("promises", ("promises",), "rows"),
        ("promises-owner", ("promises", "--by", "owner"), "rows"),
        ("promises-list", ("promises", "--list"), "rows"),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(value),
)
def test_the_parts_of_a_report_have_the_keys_the_page_promises(
    shop: Crm, what: str, arguments: tuple[str, ...], part: str
) -> None:
    found = shop.json("report", *arguments)[part]
    record: dict[str, Any] = found[0] if isinstance(found, list) else found
    assert list(record) == PROMISED[what]


@pytest.fixture
def selling(shop: Crm) -> Crm:
    """A store with an open, a lost and a won lead, and a goal."""
    for title in ("Tea for the office", "Tea for the fair", "Tea for the team"):
        shop("lead", "add", "1", title, "500", "--owner", "zoe", "--quiet")
    shop("lead", "lose", "2", "price", "--quiet")
    shop("lead", "win", "3", "--quiet")
    shop("goal", "add", "won-value", "900", "2026-06", "--quiet")
    return shop


@pytest.mark.parametrize(
    ("what", "arguments", "part"),
    [
        ("lead-list", ("lead", "list"), None),
        ("pipeline", ("report", "pipeline"), "rows"),
        ("pipeline-owner", ("report", "pipeline", "--by", "owner"), "rows"),
        ("pipeline-totals", ("report", "pipeline"), "totals"),
        ("forecast", ("report", "forecast"), "rows"),
        ("forecast-owner", ("report", "forecast", "--by", "owner"), "rows"),
        ("forecast-totals", ("report", "forecast"), "totals"),
        ("funnel", ("report", "funnel"), "rows"),
        ("funnel-totals", ("report", "funnel"), "totals"),
        ("velocity", ("report", "velocity"), "rows"),
        ("velocity-totals", ("report", "velocity"), "totals"),
        ("losses", ("report", "losses"), "rows"),
        ("losses-stage", ("report", "losses", "--by", "stage"), "rows"),
        ("losses-owner", ("report", "losses", "--by", "owner"), "rows"),
        ("losses-totals", ("report", "losses"), "totals"),
        ("sources", ("report", "sources"), "rows"),
        ("sources-referrer", ("report", "sources", "--by", "referrer"), "rows"),
        ("sources-totals", ("report", "sources"), "totals"),
        ("workload", ("report", "workload"), "rows"),
        ("workload-totals", ("report", "workload"), "totals"),
        ("stranded", ("report", "stranded"), "rows"),
        ("stranded-totals", ("report", "stranded"), "totals"),
        ("goals", ("report", "goals"), "rows"),
        ("goals", ("goal", "check"), None),
        ("goals-totals", ("report", "goals"), "totals"),
        ("goal", ("goal", "edit", "1", "--target", "800"), None),
        ("goal-tree", ("goal", "tree"), None),
        ("board", ("lead", "board"), "rows"),
        ("board-totals", ("lead", "board"), "totals"),
        ("lead-evidence", ("report", "explain", "pipeline", "new:value"), None),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(value or ()),
)
def test_what_is_said_of_leads_and_goals_has_the_keys_the_page_promises(
    selling: Crm, what: str, arguments: tuple[str, ...], part: str | None
) -> None:
    found = selling.json(*arguments)
    found = found if part is None else found[part]
    record: dict[str, Any] = found[0] if isinstance(found, list) else found
    promised = PROMISED.get(what) or [key for key in PROMISED["lead"] if key != "fields"]
    assert list(record) == promised
    for card in record.get("cards", []):
        assert list(card) == [key for key in PROMISED["lead"] if key != "fields"]


def test_a_value_that_does_not_fit_has_the_keys_the_page_promises(shop: Crm) -> None:
    shop("field", "edit", "contact.city", "--max-length", "3")
    assert list(shop.json("field", "check")[0]) == PROMISED["field-check"]


@pytest.mark.parametrize("what", ["emails", "phones", "addresses"])
def test_the_entries_of_a_contacts_lists_have_the_keys_the_page_promises(
    shop: Crm, what: str
) -> None:
    assert list(shop.json("contact", "show", "1")[what][0]) == PROMISED[f"contact.{what}"]


@pytest.mark.parametrize(
    ("noun", "text", "code"),
    [
        ("contact", "name,email\nGrace Hopper,grace@example.com\n", 0),
        ("contact", "name,email\nGrace Hopper,grace@example.com\nX,no address\n", 6),
        ("product", "name,price\nCoffee,3.20\n", 0),
    ],
)
def test_an_import_says_what_the_page_promises(
    crm: Crm, tmp_path: Path, noun: str, text: str, code: int
) -> None:
    source = tmp_path / "in.csv"
    source.write_text(text, encoding="utf-8")
    found = crm.json(noun, "import", source, code=code)
    named = PROMISED["import"]
    assert set(found) <= set(named)
    assert [key for key in found if key in named[: named.index("rejections")]] == [
        key for key in named[: named.index("rejections")] if key in found
    ]
    counted = (found["created"], found["updated"], found["unchanged"], found["rejected"])
    assert found["read"] == sum(counted) == text.count("\n") - 1


def test_a_purchase_import_also_counts_the_contacts_it_made(crm: Crm, tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_text("customer,date,amount\n7,2026-05-01,12.50\n", encoding="utf-8")
    found = crm.json("purchase", "import", source)
    assert (found["created"], found["contacts_created"]) == (1, 1)


def test_an_error_is_one_object_with_the_keys_the_page_promises(crm: Crm) -> None:
    error = crm("contact", "show", "nobody", "--json", code=3).error
    assert list(error) == [key for key in PROMISED["error"] if key != "candidates"]
    crm("contact", "add", "Ada Lovelace", "--quiet")
    crm("contact", "add", "Ada Byron", "--quiet")
    error = crm("contact", "show", "ada", "--json", code=4).error
    assert list(error) == PROMISED["error"]
    assert [candidate["id"] for candidate in error["candidates"]] == [1, 2]


@pytest.mark.parametrize("noun", ["contact", "product", "purchase", "remind"])
def test_an_empty_list_is_an_empty_array(crm: Crm, noun: str) -> None:
    assert crm.json(noun, "list") == []


def test_the_morning_says_what_the_page_promises(shop: Crm, tmp_path: Path) -> None:
    shop("contact", "edit", "1", "--birthday", "1980-06-16", "-q")
    shop("remind", "add", "1", "2026-06-15", "ring", "-q")
    found = shop.json("today")
    assert list(found) == PROMISED["today"]
    assert list(found["due"][0]) == PROMISED["today-follow-up"]
    assert list(found["birthdays"][0]) == PROMISED["today-birthday"]
    assert list(found["reminders"]) == PROMISED["today-reminders"]
    number = shop.id("contact", "add", "Old Customer", "-q")
    shop("purchase", "add", number, "Tea", "999.00", "--on", "2025-05-02", "-q")
    assert list(shop.json("today")["quiet"][0]) == PROMISED["today-quiet"]
    shop("lead", "add", "1", "More tea", "500", "-q")
    assert list(shop.json("today")["leads_without_step"][0]) == PROMISED["today-lead"]
    assert list(shop.json("today")["next_call"]) == PROMISED["today-next-call"]
    assert list(shop.json("remind", "status")) == PROMISED["remind-status"]
    assert list(shop.json("remind", "schedule")) == PROMISED["remind-schedule"]
    path = tmp_path / "follow-ups.ics"
    assert list(shop.json("remind", "calendar", path)) == PROMISED["remind-calendar"]
