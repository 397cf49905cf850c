"""``crm purchase``: orders, returns, corrections and deletion."""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_cli import errors
from crm_cli.services.purchases import what_is_left

if TYPE_CHECKING:
    from tests.conftest import Crm

KEYS = (
    "id contact_id contact on order_number kind product sku description quantity amount currency"
    " channel campaign external_id"
).split()


@pytest.fixture
def shop(crm: Crm) -> Crm:
    """Two contacts and a product with a price."""
    crm("contact", "add", "Ada")
    crm("contact", "add", "Bob")
    crm("product", "add", "Green Tea", "12.50", "--sku", "T1")
    return crm


def test_a_record_has_the_promised_keys(shop: Crm) -> None:
    record = shop.json(
        "purchase", "add", "ada", "T1", "25", "--on", "2026-05-31", "--quantity", "2",
        "--order", "A-1", "--channel", "web", "--campaign", "spring", "--description", "gift",
        "--external-id", "shopify:77",
    )  # fmt: skip
    assert {key: record[key] for key in KEYS} == {
        "id": 1, "contact_id": 1, "contact": "Ada", "on": "2026-05-31", "order_number": "A-1",
        "kind": "sale", "product": "Green Tea", "sku": "T1", "description": "gift", "quantity": 2,
        "amount": "25.00", "currency": "EUR", "channel": "web", "campaign": "spring",
        "external_id": "shopify:77",
    }  # fmt: skip
    assert record["uid"]
    assert shop.json("purchase", "list") == [{key: record[key] for key in KEYS}]
    assert shop.json("purchase", "show", "A-1") == record
    assert shop.json("purchase", "show", "shopify:77") == record


def test_an_unknown_product_is_made_and_said_so(shop: Crm) -> None:
    run = shop("purchase", "add", "ada", "Black Tea", "5", "--json")
    assert "made the product Black Tea (#2)" in run.err
    assert "made" not in shop("purchase", "add", "ada", "black  tea", "5").err
    assert len(shop.json("product", "list")) == 2
    shop("purchase", "add", "ada", "99", "5", code=3)


def test_a_part_of_a_name_sells_no_other_product(shop: Crm) -> None:
    run = shop("purchase", "add", "ada", "green", "5", "--json")
    assert (run.json["product"], "made the product green (#2)" in run.err) == ("green", True)
    assert shop.json("purchase", "add", "ada", "GREEN  tea", "5")["product_id"] == 1
    assert shop.json("purchase", "add", "ada", "T1", "5")["product_id"] == 1
    assert shop.json("purchase", "add", "ada", "1", "5")["product_id"] == 1
    lines = shop.json("purchase", "add", "ada", "--line", "Tea=1", "--line", "Green Tea=2")
    assert [line["product"] for line in lines] == ["Tea", "Green Tea"]
    shop("product", "add", "4711", "20")
    assert shop.json("purchase", "add", "ada", "4711")["product"] == "4711"


def test_the_whole_name_of_a_retired_product_is_that_product_and_said_so(shop: Crm) -> None:
    shop("product", "retire", "1")
    run = shop("purchase", "add", "ada", "green tea", "5", "--json", "--quiet")
    assert run.json["product_id"] == 1
    assert "warning: Green Tea (#1) is retired" in run.err


@pytest.mark.parametrize("amount", ["0", "0.00", "-1"])
def test_a_return_needs_a_positive_amount(shop: Crm, amount: str) -> None:
    shop("purchase", "add", "ada", "T1", "12.50")
    error = shop("purchase", "return", "--json", "--", "1", amount, code=2).error
    assert "positive" in error["hint"]
    assert len(shop.json("purchase", "list")) == 1


def test_an_external_id_is_taken_once(shop: Crm) -> None:
    add = ("purchase", "add", "ada", "T1", "--external-id", "shop:9")
    shop(*add)
    error = shop(*add, "--json", code=4).error
    assert (error["code"], [found["id"] for found in error["candidates"]]) == ("duplicate", [1])
    shop("purchase", "return", "1", "--external-id", "shop:9", code=4)
    assert len(shop.json("purchase", "list")) == 1
    shop(*add, "--allow-duplicate")
    shop("purchase", "add", "ada", "--line", "T1=1", "--line", "T1=2", "--external-id", "shop:10")
    assert len(shop.json("purchase", "list")) == 4
    shop("purchase", "edit", "3", "--external-id", "shop:9", code=4)
    shop("purchase", "edit", "3", "--external-id", "shop:10", "--quantity", "2")
    shop("purchase", "edit", "3", "--external-id", "shop:9", "--allow-duplicate")


def test_a_correction_takes_the_records_own_words(shop: Crm) -> None:
    shop("purchase", "add", "ada", "T1", "--order-number", "A-1")
    after = shop.json("purchase", "edit", "1", "--contact", "bob", "--order-number", "A-2")
    assert (after["contact"], after["order_number"]) == ("Bob", "A-2")
    assert len(shop.json("purchase", "list", "--contact", "bob", "--order-number", "A-2")) == 1


def test_nobody_buys_from_stdin(shop: Crm) -> None:
    error = shop("purchase", "add", "-", "T1", "--json", code=2).error
    assert (error["code"], "stdin" in error["message"]) == ("usage", True)


def test_a_first_sale_makes_a_customer_in_the_same_entry(shop: Crm) -> None:
    shop("contact", "edit", "Bob", "--role", "partner")
    assert "Ada is a customer now" in shop("purchase", "add", "ada", "T1", "5").err
    shop("purchase", "add", "Bob", "T1", "5")
    assert [row["role"] for row in shop.json("contact", "list")] == ["customer", "partner"]
    shop("undo")
    shop("undo")
    assert shop.json("contact", "show", "ada")["role"] == "prospect"


def test_the_price_stands_in_for_the_amount(shop: Crm) -> None:
    assert shop.json("purchase", "add", "ada", "T1")["amount"] == "12.50"
    assert shop.json("purchase", "add", "ada", "T1", "--quantity", "0.5")["amount"] == "6.25"
    shop("purchase", "add", "ada", "Unpriced", code=2)


def test_several_lines_are_one_order(shop: Crm) -> None:
    rows = shop.json(
        "purchase", "add", "ada", "T1", "12.50", "--line", "2 x Cup=8.00 CHF", "--line", "Cup=4 CHF",
        "--order", "7",
    )  # fmt: skip
    assert [(r["product"], r["quantity"], r["amount"], r["currency"]) for r in rows] == [
        ("Green Tea", 1, "12.50", "EUR"), ("Cup", 2, "8.00", "CHF"), ("Cup", 1, "4.00", "CHF"),
    ]  # fmt: skip
    assert {row["order_number"] for row in rows} == {"7"}
    assert shop.json("contact", "show", "ada")["orders"] == 1
    error = shop("purchase", "edit", "7", "--channel", "web", "--json", code=4).error
    assert [found["id"] for found in error["candidates"]] == [1, 2, 3]
    shop("undo")
    assert shop.json("purchase", "list") == []
    assert len(shop.json("product", "list")) == 1


def test_lines_bought_together_are_one_order_without_a_number_too(shop: Crm) -> None:
    shop("purchase", "add", "ada", "T1", "--order", "crm-2")
    rows = shop.json("purchase", "add", "ada", "--line", "T1=1", "--line", "Cup=2")
    assert [row["order_number"] for row in rows] == ["crm-2-2", "crm-2-2"]
    rows = shop.json("purchase", "add", "bob", "T1", "3", "--line", "Cup=2")
    assert [row["order_number"] for row in rows] == ["crm-4", "crm-4"]
    assert shop.json("contact", "show", "bob")["orders"] == 1
    assert shop.json("report", "repeat")["totals"]["repeaters"] == 1
    assert len(shop.json("purchase", "show", "crm-4")) == 2
    assert shop.json("purchase", "add", "bob", "T1", "3")["order_number"] is None


@pytest.mark.parametrize("text", ["2xT1", "2 x T1", "2x t1", "2 \N{MULTIPLICATION SIGN} T1"])
def test_a_line_counts_with_and_without_blanks(shop: Crm, text: str) -> None:
    row = shop.json("purchase", "add", "ada", "--line", f"{text}=25")
    assert (row["product"], row["quantity"]) == ("Green Tea", 2)


def test_a_product_whose_name_looks_like_a_count(shop: Crm) -> None:
    assert shop.json("purchase", "add", "ada", "--line", "4x4 kit=25")["product"] == "4x4 kit"
    shop("product", "add", "2 x Cup")
    assert shop.json("purchase", "add", "ada", "--line", "2 x Cup=25")["quantity"] == 1


def test_a_sku_wins_over_a_name_in_any_case(shop: Crm) -> None:
    shop("product", "add", "Gips", "--sku", "GIP")
    shop("product", "add", "Gips fein", "--sku", "GIPF")
    for text in ("GIP", "gip"):
        assert shop.json("product", "show", text)["name"] == "Gips"
    shop("product", "add", "Small gips", "--sku", "gip")
    assert shop.json("product", "show", "gip")["name"] == "Small gips"
    assert shop("product", "show", "Gip", "--json", code=4).error["code"] == "ambiguous"


def test_a_sale_after_today_is_told(shop: Crm) -> None:
    run = shop("purchase", "add", "ada", "T1", "--on", "tomorrow")
    assert "warning: 2026-06-16 is after today" in run.err
    assert "after today" not in shop("purchase", "add", "ada", "T1", "--on", "today").err


@pytest.mark.parametrize(
    "arguments",
    [
        ["ada", "T1", "x"],
        ["ada", "T1", "1,234"],
        ["ada", "T1", "5", "--quantity", "0"],
        ["ada", "T1", "5", "--quantity", "two"],
        ["ada", "T1", "5", "--on", "03/04/2027"],
        ["ada", "T1", "5 CHF", "--currency", "EUR"],
        ["ada", "T1", "5", "--currency", "ZZZ"],
        ["ada", "", "5"],
        ["ada"],
        ["ada", "--line", "T1"],
        ["ada", "--line", "=5"],
        ["ada", "T1", "5", "--channel", "\udcff"],
    ],
)
def test_a_wrong_value_writes_nothing(shop: Crm, arguments: list[str]) -> None:
    shop("purchase", "add", *arguments, code=2)
    assert shop.json("purchase", "list") == []
    assert len(shop.json("product", "list")) == 1


def test_a_negative_amount_is_a_return(shop: Crm) -> None:
    error = shop("purchase", "add", "--json", "--", "ada", "T1", "-5", code=2).error
    assert "purchase return" in error["hint"]


def test_a_typed_day_is_echoed(shop: Crm) -> None:
    run = shop("purchase", "add", "ada", "T1", "5", "--on", "last friday", "--json")
    assert "2026-06-12 (Friday)" in run.err
    assert run.json["on"] == "2026-06-12"
    assert shop("purchase", "add", "ada", "T1", "5", "--on", "2026-06-01").err.count("2026") == 0


def test_a_return_takes_what_is_left(shop: Crm) -> None:
    shop("purchase", "add", "ada", "T1", "40", "--quantity", "4", "--order", "A", "--on", "-10d")
    part = shop.json("purchase", "return", 1, "10", "--on", "2026-06-10")
    assert (part["kind"], part["amount"], part["quantity"], part["on"], part["order_number"]) == (
        "return", "10.00", 1, "2026-06-10", "A",
    )  # fmt: skip
    run = shop("purchase", "return", 1, "5", "--json")
    assert run.json["quantity"] == 0
    assert "no piece was counted as given back" in run.err
    error = shop("purchase", "return", 1, "25.01", "--json", code=5).error
    assert (error["code"], "25.00" in error["message"]) == ("refused", True)
    rest = shop.json("purchase", "return", 1)
    assert (rest["amount"], rest["quantity"]) == ("25.00", 3)
    shop("purchase", "return", 1, code=5)
    shop("purchase", "return", 2, code=5)
    customer = shop.json("contact", "show", "ada")
    assert (customer["orders"], customer["revenue"]) == (1, "0.00")


def test_a_return_is_in_the_sale_s_currency_and_after_it(shop: Crm) -> None:
    shop("purchase", "add", "ada", "T1", "40 CHF")
    shop("purchase", "return", 1, "5 EUR", code=2)
    shop("purchase", "return", 1, "5", "--on", "yesterday", code=2)
    shop("purchase", "return", "--", 1, "-5", code=2)
    assert shop.json("purchase", "return", 1, "5")["currency"] == "CHF"


@settings(max_examples=60)
@given(st.integers(1, 10_000), st.lists(st.integers(1, 6000), max_size=5))
def test_returns_never_exceed_their_sale(sold: int, wanted: list[int]) -> None:
    sale = {"id": 1, "amount": sold, "quantity": 4000, "currency": "EUR", "order_number": None}
    left, pieces = sold, 4000
    for amount in wanted:
        back = (sold - left, 4000 - pieces)
        typed = f"{amount // 100}.{amount % 100:02}"
        if amount > left:
            with pytest.raises(errors.Refused):
                what_is_left(sale, back, {"amount": typed})
            continue
        got, count = what_is_left(sale, back, {"amount": typed})
        assert got == amount
        assert 0 <= count <= pieces
        left, pieces = left - got, pieces - count
    if left:
        assert what_is_left(sale, (sold - left, 4000 - pieces), {}) == (left, pieces)


@pytest.mark.parametrize(
    ("options", "ids"),
    [
        ([], [1, 2, 3, 4]),
        (["--who", "bob"], [3]),
        (["--product", "cup"], [2, 3]),
        (["--since", "2026-05-01"], [3, 4]),
        (["--until", "2026-04-30"], [1, 2]),
        (["--period", "2026-Q2", "--since", "2026-04-15"], [2, 3, 4]),
        (["--period", "last-month"], [3]),
        (["--kind", "return"], [4]),
        (["--order", "A"], [1, 4]),
        (["--channel", "WEB"], [2]),
        (["--limit", "1", "--who", "ada"], [1]),
    ],
)
def test_filters(shop: Crm, options: list[str], ids: list[int]) -> None:
    shop("purchase", "add", "ada", "T1", "10", "--on", "2026-04-10", "--order", "A")
    shop("purchase", "add", "ada", "Cup", "5", "--on", "2026-04-20", "--channel", "web")
    shop("purchase", "add", "bob", "Cup", "5", "--on", "2026-05-20")
    shop("purchase", "return", 1)
    assert [row["id"] for row in shop.json("purchase", "list", *options)] == ids


@pytest.mark.parametrize(
    ("options", "code"),
    [(["--who", "nobody"], 3), (["--product", "nothing"], 3), (["--period", "2026-Q5"], 2),
     (["--kind", "gift"], 2), (["--since", "someday"], 2)],
)  # fmt: skip
def test_an_unknown_filter_word_is_never_no_filter(
    shop: Crm, options: list[str], code: int
) -> None:
    shop("purchase", "list", *options, code=code)


def test_edit_changes_only_what_is_named(shop: Crm) -> None:
    before = shop.json("purchase", "add", "ada", "T1", "10", "--channel", "web")
    after = shop.json(
        "purchase", "edit", 1, "--amount", "12", "--on", "2026-06-01", "--unset", "channel"
    )
    assert {key for key in before if before[key] != after[key]} == {"amount", "on", "channel"}
    assert shop.json("contact", "show", "ada")["last_purchase_on"] == "2026-06-01"
    assert "nothing changed" in shop("purchase", "edit", 1, "--amount", "12.00").err
    shop("purchase", "edit", "--json", "1", "--amount=-5", code=2)
    shop("purchase", "edit", 1, "--product", "nothing", code=3)
    shop("undo")
    assert shop.json("purchase", "show", 1) == before
    assert shop.json("contact", "show", "ada")["revenue"] == "10.00"


def test_a_sale_and_its_returns_stay_fitting(shop: Crm) -> None:
    shop("purchase", "add", "ada", "T1", "10", "--on", "2026-06-01")
    shop("purchase", "return", 1, "6", "--on", "2026-06-05")
    shop("purchase", "edit", 1, "--amount", "5", code=5)
    shop("purchase", "edit", 1, "--amount", "10 CHF", code=5)
    shop("purchase", "edit", 1, "--on", "2026-06-06", code=2)
    shop("purchase", "edit", 2, "--amount", "10.01", code=5)
    shop("purchase", "edit", 2, "--on", "2026-05-31", code=2)
    shop("purchase", "edit", 2, "--who", "bob", code=5)
    assert shop.json("purchase", "edit", 2, "--amount", "10")["amount"] == "10.00"


def test_a_purchase_moves_with_its_returns(shop: Crm) -> None:
    shop("purchase", "add", "ada", "T1", "10")
    shop("purchase", "return", 1, "4")
    assert "its return 2 moved along" in shop("purchase", "edit", 1, "--who", "bob").err
    assert [row["contact"] for row in shop.json("purchase", "list")] == ["Bob", "Bob"]
    ada, bob = (shop.json("contact", "show", who) for who in ("ada", "bob"))
    assert (ada["orders"], ada["revenue"], bob["orders"], bob["revenue"]) == (0, None, 1, "6.00")
    assert bob["role"] == "customer"
    shop("undo")
    assert shop.json("contact", "show", "ada")["revenue"] == "6.00"


def test_delete_takes_the_returns_along_and_can_be_taken_back(shop: Crm) -> None:
    shop("purchase", "add", "ada", "T1", "10")
    shop("purchase", "return", 1, "4")
    before = shop.json("purchase", "list")
    error = shop("purchase", "delete", 1, "--json", code=2).error
    assert "with 1 returns" in error["message"]
    run = shop("purchase", "delete", 1, "--yes", "--json")
    assert run.json["id"] == 1
    assert "with its returns 2" in run.err
    assert shop.json("purchase", "list") == []
    assert shop.json("contact", "show", "ada")["orders"] == 0
    assert shop.json("trash", "restore", 1)["id"] == 1
    assert shop.json("purchase", "list") == before
    assert shop.json("contact", "show", "ada")["revenue"] == "6.00"
    shop("purchase", "delete", 2, "--yes")
    assert shop.json("contact", "show", "ada")["revenue"] == "10.00"


def tombstones(crm: Crm) -> list[Any]:
    with sqlite3.connect(crm.db) as connection:
        found = connection.execute(
            "SELECT contact_id, fingerprint FROM import_tombstones ORDER BY id"
        ).fetchall()
    connection.close()
    return found


def imported(crm: Crm) -> None:
    """Mark every purchase as one that an import made."""
    with sqlite3.connect(crm.db) as connection:
        connection.execute("UPDATE purchases SET fingerprint = 1000 + id")
    connection.close()


def test_an_imported_purchase_that_goes_leaves_a_tombstone(shop: Crm) -> None:
    shop("purchase", "add", "ada", "T1", "10")
    shop("purchase", "add", "ada", "T1", "20")
    imported(shop)
    shop("purchase", "edit", 1, "--amount", "11")
    assert tombstones(shop) == []
    shop("purchase", "edit", 1, "--who", "bob")
    shop("purchase", "delete", 2, "--yes")
    assert tombstones(shop) == [(1, 1001), (1, 1002)]
    shop("purchase", "delete", 1, "--yes")
    assert tombstones(shop) == [(1, 1001), (1, 1002)]
    for _ in range(3):
        shop("undo")
    assert tombstones(shop) == []


@pytest.mark.parametrize(
    "verb",
    [["add", "bob", "New", "5"], ["return", "1"], ["edit", "1", "--amount", "7"],
     ["edit", "1", "--who", "bob"], ["delete", "1", "--yes"]],
    ids=" ".join,
)  # fmt: skip
def test_a_rehearsal_writes_nothing_and_undo_takes_back(shop: Crm, verb: list[str]) -> None:
    shop("purchase", "add", "ada", "T1", "10")

    def world() -> list[Any]:
        return [
            shop.json("purchase", "list"), shop.json("product", "list"),
            shop.json("contact", "show", 1), shop.json("contact", "show", 2),
        ]  # fmt: skip

    before = world()
    assert "nothing was written" in shop("purchase", *verb, "--dry-run").err
    assert world() == before
    shop("purchase", *verb)
    after = world()
    assert after != before
    shop("undo")
    assert world() == before
    shop("redo")
    assert world() == after


def figures(crm: Crm, *options: str) -> tuple[object, ...]:
    record = crm.json("contact", "show", "1", *options)
    return tuple(record[key] for key in ("orders", "revenue", "currency", "last_purchase_on"))


def test_figures_count_nothing_after_today(shop: Crm) -> None:
    shop("purchase", "add", "ada", "T1", "10", "--on", "2026-06-01", "--order", "A")
    shop("purchase", "add", "ada", "T1", "5", "--on", "2026-06-20", "--order", "A")
    shop("purchase", "add", "ada", "T1", "3", "--on", "2026-07-01")
    shop("purchase", "return", "1", "4", "--on", "2026-06-30")
    assert figures(shop) == (1, "10.00", "EUR", "2026-06-01")
    assert figures(shop, "--now", "2026-06-20") == (1, "15.00", "EUR", "2026-06-01")
    assert figures(shop, "--now", "2026-06-30") == (1, "11.00", "EUR", "2026-06-01")
    assert figures(shop, "--now", "2026-07-01") == (2, "14.00", "EUR", "2026-07-01")
    assert figures(shop, "--now", "2026-05-31") == (0, None, None, None)
    exported = shop("contact", "export", "-f", "jsonl").out.splitlines()
    assert json.loads(exported[0])["revenue"] == "10.00"


def test_a_currency_to_come_is_not_mixed_in(shop: Crm) -> None:
    shop("purchase", "add", "ada", "T1", "10", "--on", "2026-06-01")
    shop("purchase", "add", "ada", "T1", "5 USD", "--on", "2026-07-01")
    assert figures(shop) == (1, "10.00", "EUR", "2026-06-01")
    assert figures(shop, "--now", "2026-07-01") == (2, None, None, "2026-07-01")


def test_another_currency_of_the_business_names_the_rates_it_needs(crm: Crm) -> None:
    crm("contact", "add", "Ada")
    crm("purchase", "add", "Ada", "Tea", "5 EUR")
    crm("purchase", "add", "Ada", "Tea", "5 USD")
    said = crm("config", "set", "currency", "CHF").err
    assert "purchases in EUR, USD keep their currency" in said


def test_a_currency_to_come_does_not_convert_what_was_sold(crm: Crm) -> None:
    """The reports know one currency up to today, and so does the contact's page."""
    crm("contact", "add", "Ada")
    crm("config", "rate", "add", "USD", "0.5", "--on", "2020-01-01")
    crm("purchase", "add", "Ada", "Tea", "10 USD", "--on", "2026-06-01")
    crm("purchase", "add", "Ada", "Tea", "5 EUR", "--on", "2026-07-01")
    totals = crm.json("report", "sales")["totals"]
    assert (totals["revenue"], totals["currency"]) == ("10.00", "USD")
    assert figures(crm) == (1, "10.00", "USD", "2026-06-01")
