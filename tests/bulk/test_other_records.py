"""Bulk verbs on products and purchases."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.filters.conftest import shop
from tests.history.snapshot import snapshot

if TYPE_CHECKING:
    from tests.conftest import Crm

__all__ = ["shop"]

VERBS: list[tuple[str, ...]] = [
    ("product", "edit", "--where", "id > 0", "--category", "gifts", "--set", "colour=red"),
    ("product", "edit", "--where", "id > 0", "--price", "12.50"),
    ("product", "edit", "--where", "id > 0", "--unset", "price,sku"),
    ("product", "edit", "--where", "not active", "--active"),
    ("product", "retire", "--where", "name = box"),
    ("purchase", "edit", "--where", "id > 0", "--channel", "market", "--product", "Tea"),
    ("purchase", "edit", "--where", "contact = bob*", "--order", "B-7", "--set", "gift=yes"),
    ("purchase", "edit", "--where", "channel = web", "--unset", "channel", "--campaign", "may"),
    ("purchase", "edit", "--where", "contact = bob*", "--who", "1"),
    ("purchase", "edit", "--where", "kind = sale", "--on", "2026-01-02", "--amount", "700"),
    ("purchase", "delete", "--where", "product = box"),
    ("purchase", "delete", "--where", "kind = return"),
]


@pytest.fixture
def full(shop: Crm) -> Crm:
    """The shop, with custom fields, a return and a product that is no longer sold."""
    shop("field", "add", "product", "colour", "--kind", "text")
    shop("field", "add", "purchase", "gift", "--kind", "flag")
    shop("purchase", "return", "1", "100", "--on", "2026-01-05")
    shop("product", "edit", "Tea", "--price", "4 CHF", "--sku", "T1", "--set", "colour=green")
    shop("product", "add", "Old", "3")
    shop("product", "retire", "Old")
    return shop


@pytest.mark.parametrize("words", VERBS, ids=" ".join)
def test_it_needs_an_answer_and_is_one_change(full: Crm, words: tuple[str, ...]) -> None:
    before, entries = snapshot(full.db), len(full.json("history"))
    error = full(*words, "--json", code=2).error
    assert error["candidates"][0]["name"] in error["message"]
    rehearsed = full(*words, "--dry-run", "--json")
    assert snapshot(full.db) == before
    run = full(*words, "--yes", "--json")
    after = snapshot(full.db)
    assert (after != before, rehearsed.json) == (True, run.json)
    count = f" {len(run.json)} {words[0]}"
    assert all(count in said for said in (error["message"], rehearsed.err, run.err))
    assert len(full.json("history")) == entries + 1
    full("undo")
    assert snapshot(full.db) == before
    full("redo")
    assert snapshot(full.db) == after


def test_a_price_stays_in_the_currency_it_was_in(full: Crm) -> None:
    full("config", "set", "currency", "JPY")
    full("product", "edit", "--where", "name in (tea, box)", "--price", "12", "--yes")
    found = full.json("product", "list", "--sort", "name")
    assert [(row["price"], row["currency"]) for row in found] == [("12", "JPY"), ("12.00", "CHF")]


def test_figures_follow(full: Crm) -> None:
    full("purchase", "edit", "--where", "contact = bob* and on < 2026-07", "--who", "1", "--yes")
    shown = full.json("contact", "list", "--where", "revenue > 0")
    assert [row["id"] for row in shown] == [1]
    full("purchase", "delete", "--where", "contact_id = 1", "--yes")
    assert full.json("contact", "list", "--where", "orders > 0") == []
    assert full.json("db", "sql", "SELECT * FROM customers") == full.json(
        "db", "sql", "SELECT * FROM customers WHERE contact_id = 3"
    )


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("product", "edit", "--where", "id > 0", "--name", "x"), 2, "one name"),
        (("product", "edit", "--where", "id > 0", "--set", "sku=x"), 2, "one SKU"),
        (("product", "edit", "--where", "id > 99", "--price", "dear"), 2, "dear"),
        (("product", "edit", "1", "--where", "id > 0"), 2, "'1'"),
        (("product", "retire"), 2, "PRODUCT"),
        (("product", "retire", "--where", "skuu = 1"), 2, "skuu"),
        (("purchase", "edit", "--where", "id > 0", "--external-id", "x"), 2, "external id"),
        (("purchase", "edit", "--where", "id > 0", "--product", "nothing"), 3, "nothing"),
        (("purchase", "edit", "--where", "id > 0", "--amount", "1"), 5, "returned already"),
        (("purchase", "delete", "--where", "chanel = web"), 2, "chanel"),
        (("purchase", "delete"), 2, "PURCHASE"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_what_cannot_be_meant_is_refused(
    full: Crm, words: tuple[str, ...], status: int, said: str
) -> None:
    before = snapshot(full.db)
    assert said in full(*words, "--yes", "--json", code=status).error["message"]
    assert snapshot(full.db) == before


def test_two_products_of_one_number_are_not_both_sold_again(crm: Crm) -> None:
    for name in ("Tea", "Cup"):
        crm("product", "add", name, "--sku", "T")
        crm("product", "retire", name)
    words = ("product", "edit", "--where", "not active", "--active", "--yes")
    assert crm(*words, "--json", code=4).error["code"] == "duplicate"
    assert crm.json("product", "list") == []


def test_ids_come_from_stdin(full: Crm) -> None:
    run = full.process("product", "edit", "-", "--category", "x", "--json", stdin="1\n2\n")
    assert [row["category"] for row in run.json] == ["x", "x"]
    run = full.process("product", "edit", "-", "--name", "Tin", "--json", stdin="1\n")
    assert [row["name"] for row in run.json] == ["Tin"]
    run = full.process("product", "edit", "-", "--category", "y", "--json", stdin="1\n")
    assert [row["category"] for row in run.json] == ["y"]
    run = full.process("purchase", "edit", "-", "--external-id", "e", "--json", stdin="1\n")
    assert [row["external_id"] for row in run.json] == ["e"]
    assert full.process("product", "retire", "-", "-f", "ids", stdin="2\0").out == "2\n"
    pages = full.process("product", "show", "-", "--json", stdin="2\n1\n").json
    assert [page["name"] for page in pages] == ["Tea", "Tin"]
    run = full.process("purchase", "edit", "-", "--channel", "x", "-f", "ids", stdin="1\n3\n")
    assert run.out == "1\n3\n"
    assert full.process("purchase", "edit", "-", "--on", "2026-01-01", stdin="2").code == 0
    assert full.process("purchase", "show", "-", "--json", stdin="3\n").json[0]["channel"] == "x"
    assert full.process("purchase", "edit", "-", "--channel", "y", stdin="1\n99\n").code == 3
    assert full.process("purchase", "delete", "-", stdin="1\n3\n").code == 2
    run = full.process("purchase", "delete", "-", "--yes", stdin="1\n3\n")
    assert "deleted 2 purchases with 1 return: they lie in the trash" in run.err
    assert full.process("purchase", "delete", "-", "--yes", stdin="").code == 0


def test_a_return_that_moves_along_changes_in_all_else(crm: Crm) -> None:
    crm("field", "add", "purchase", "seller")
    for name in ("Ada", "Bob"):
        crm("contact", "add", name)
    crm("purchase", "add", "ada", "Tea", "5", "--on", "2026-01-01")
    crm("purchase", "return", "1", "2", "--on", "2026-01-02")
    words = ("--who", "bob", "--channel", "web", "--set", "seller=Zoe")
    run = crm("purchase", "edit", "--where", "id > 0", *words, "--yes", "--json")
    rows = [(row["id"], row["contact"], row["channel"], row["seller"]) for row in run.json]
    assert rows == [(1, "Bob", "web", "Zoe"), (2, "Bob", "web", "Zoe")]
    assert "edited 2 purchases" in run.err
    assert "stay as they are" not in run.err
    crm("undo")
    crm("purchase", "edit", "--where", "kind = sale", *words, "--yes")
    listed = crm.json("purchase", "list")
    assert [(row["contact"], row["channel"]) for row in listed] == [("Bob", "web"), ("Bob", None)]


def test_returns_together_are_no_more_than_their_sale(crm: Crm) -> None:
    crm("contact", "add", "Ada")
    crm("purchase", "add", "ada", "Tea", "10", "--quantity", "3", "--on", "2026-01-01")
    for _ in range(2):
        crm("purchase", "return", "1", "2", "--quantity", "1", "--on", "2026-01-02")
    before = snapshot(crm.db)
    for where in ("kind = return", "id > 0"):
        words = ("purchase", "edit", "--where", where, "--amount", "6", "--yes", "--json")
        error = crm(*words, code=5).error
        assert error["message"].startswith("12.00 EUR would be returned of purchase 1")
    words = ("purchase", "edit", "--where", "kind = return", "--quantity", "2", "--yes", "--json")
    assert crm(*words, code=5).error["message"].startswith("4 pieces would be returned")
    error = crm("purchase", "edit", "2", "--quantity", "3", "--json", code=5).error
    assert error["message"] == "only 2 of purchase 1 is left"
    assert snapshot(crm.db) == before
    crm("purchase", "edit", "--where", "kind = return", "--amount", "5", "--yes")
    crm("purchase", "edit", "2", "--quantity", "2")
