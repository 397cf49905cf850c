"""Importing sales and returns."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.imports.helpers import Files

CDNOW = Path(__file__).parents[1] / "fixtures" / "cdnow_sample.csv"
HEAD = "customer,date,product,quantity,amount,currency\n"
THREE = HEAD + "C1,2026-01-05,Tea,2,9.80,EUR\nC1,2026-01-05,Tea,2,9.80,EUR\nC2,2026-02-01,,,5,EUR\n"


def test_cdnow_goes_in_whole_and_once(files: Files) -> None:
    first = files.crm.json("purchase", "import", CDNOW)
    assert (first["read"], first["created"], first["contacts_created"]) == (6919, 6919, 2357)
    totals = "SELECT count(*), count(DISTINCT contact_id), sum(amount) FROM purchases"
    assert files.rows(totals) == [(6919, 2357, 24409194)]
    before = files.dump()
    second = files.crm.json("purchase", "import", CDNOW)
    assert (second["unchanged"], second["created"], second["contacts_created"]) == (6919, 0, 0)
    assert files.dump() == before
    shown = files.crm.json("contact", "show", "customer:0001")
    assert (shown["name"], shown["role"], shown["orders"]) == ("Customer 0001", "customer", 4)
    files.crm("undo")
    assert files.rows(totals) == [(0, 0, None)]
    assert files.rows("SELECT count(*) FROM contacts") == [(0,)]
    files.crm("redo")
    assert files.dump() == before


def test_the_result_and_the_records(files: Files) -> None:
    result = files.load("purchase", THREE)
    assert (result["created"], result["contacts_created"], result["products_created"]) == (3, 2, 1)
    rows = files.crm.json("purchase", "list")
    assert [row["amount"] for row in rows] == ["9.80", "9.80", "5.00"]
    assert [row["product"] for row in rows] == ["Tea", "Tea", None]
    assert [row["quantity"] for row in rows] == [2, 2, 1]
    assert files.crm.json("contact", "show", "customer:C1")["name"] == "Customer C1"


def test_equal_rows_are_separate_and_the_same_file_adds_none(files: Files) -> None:
    files.load("purchase", THREE)
    assert files.counts("purchase", THREE) == (3, 0, 0, 3, 0)
    one_more = THREE + "C1,2026-01-05,Tea,2,9.80,EUR\n"
    assert files.counts("purchase", one_more) == (4, 1, 0, 3, 0)


def test_what_was_edited_or_deleted_since_does_not_come_back(files: Files) -> None:
    files.load("purchase", THREE)
    files.crm("purchase", "edit", 1, "--amount", "7.77")
    files.crm("purchase", "delete", 2, "--yes")
    assert files.counts("purchase", THREE) == (3, 0, 0, 3, 0)
    amounts = [row["amount"] for row in files.crm.json("purchase", "list")]
    assert amounts == ["7.77", "5.00"]


def test_orders_are_known_by_number_and_line(files: Files) -> None:
    text = (
        "customer,order_number,date,sku,amount\n"
        "1,A1,2026-01-05,TEA,5\n1,A1,2026-01-05,CUP,8\n1,A2,2026-01-05,TEA,5\n"
    )
    files.load("purchase", text)
    assert files.counts("purchase", text) == (3, 0, 0, 3, 0)
    assert files.crm.json("contact", "show", 1)["orders"] == 2
    changed = text.replace("CUP,8", "CUP,9")
    assert files.counts("purchase", changed) == (3, 0, 0, 3, 0)
    assert files.counts("purchase", changed, "--on-match", "update") == (3, 0, 1, 2, 0)
    assert files.crm.json("purchase", "show", 2)["amount"] == "9.00"
    assert files.crm.json("contact", "show", 1)["revenue"] == "19.00"
    files.crm("undo")
    assert files.crm.json("purchase", "show", 2)["amount"] == "8.00"
    assert files.crm.json("contact", "show", 1)["revenue"] == "18.00"


def test_a_line_of_an_order_fed_back_alone(files: Files) -> None:
    text = (
        "customer,order_number,date,sku,amount\n"
        "1,A1,2026-01-05,TEA,5\n1,A1,2026-01-05,CUP,x\n1,A1,2026-01-05,POT,9\n"
    )
    assert files.counts("purchase", text, code=6) == (3, 2, 0, 0, 1)
    rejects = (files.folder / "in.csv.rejects.csv").read_text(encoding="utf-8")
    assert files.counts("purchase", rejects.replace(",x,", ",8,"), name="more.csv") == (
        1,
        1,
        0,
        0,
        0,
    )
    assert files.counts("purchase", text.replace(",x\n", ",8\n")) == (3, 0, 0, 3, 0)


def test_returns(files: Files) -> None:
    text = (
        HEAD + "1,2026-01-05,Tea,2,10,EUR\n1,2026-01-09,Tea,1,-4,EUR\n1,2026-01-10,Tea,-1,2,EUR\n"
    )
    files.load("purchase", text)
    shown = [(row["kind"], row["amount"], row["quantity"])
             for row in files.crm.json("purchase", "list")]  # fmt: skip
    assert shown == [("sale", "10.00", 2), ("return", "4.00", 1), ("return", "2.00", 1)]
    assert files.crm.json("contact", "show", 1)["revenue"] == "4.00"
    assert files.counts("purchase", text) == (3, 0, 0, 3, 0)
    worded = "customer,date,amount,kind\n2,2026-01-05,10,refund\n2,2026-01-05,-1,sale\n"
    result = files.load("purchase", worded, code=6)
    assert (result["created"], result["rejections"][0]["field"]) == (1, "amount")
    assert files.crm.json("contact", "show", 2)["role"] == "prospect"


def test_price_times_quantity_where_there_is_no_amount(files: Files) -> None:
    text = (
        "customer,date,price,qty,amount\n1,2026-01-05,2.50,3,\n1,2026-01-05,2.50,3,7\n"
        "1,2026-01-06,0.333,1.5,\n1,2026-01-06,x,1,\n1,2026-01-06,,1,\n"
    )
    result = files.load("purchase", text, code=6)
    assert [row["field"] for row in result["rejections"]] == ["price", "amount"]
    amounts = [row["amount"] for row in files.crm.json("purchase", "list")]
    assert amounts == ["7.50", "7.00", "0.50"]


def test_customers_are_found_by_their_keys(files: Files) -> None:
    files.load("contact", "customer_id,name,email,phone\n7,Ada,a@x.org,+41446681800\n,Ben Ott,,\n")
    text = (
        "customer_id,email,phone,name,date,amount\n"
        "7,,,,2026-01-01,1\n,A@X.ORG,,Someone,2026-01-02,2\n,,+41 44 668 18 00,Ada,2026-01-03,3\n"
        ",,,ben ott,2026-01-04,4\n,new@x.org,,Neu,2026-01-05,5\n8,a@x.org,,,2026-01-06,6\n"
    )
    result = files.load("purchase", text)
    assert (result["created"], result["contacts_created"]) == (6, 2)
    warnings = {warning["kind"]: warning["lines"] for warning in result["warnings"]}
    assert warnings == {"name-differs": [3], "told-by-name": [5], "namesake": [5]}
    found = [row["contact"] for row in files.crm.json("purchase", "list")]
    assert found == ["Ada", "Ada", "Ada", "ben ott", "Neu", "Ada"]
    assert files.crm.json("contact", "show", "customer:8")["name"] == "Ada"
    assert files.crm.json("contact", "show", "new@x.org")["role"] == "customer"
    assert files.crm.json("contact", "show", 1)["role"] == "customer"


def test_unknown_customers_can_be_refused(files: Files) -> None:
    files.load("contact", "customer_id,name\n7,Ada\n")
    text = "customer,date,amount\n7,2026-01-01,1\n8,2026-01-01,1\n8,2026-01-02,1\n"
    result = files.load("purchase", text, "--unknown", "reject", code=6)
    assert (result["created"], result["rejected"], result["contacts_created"]) == (1, 2, 0)
    assert result["rejections"][0]["reason"] == "no customer customer:8"


def test_bare_numbers_belong_to_the_source(files: Files) -> None:
    files.load("purchase", "customer,date,amount\n7,2026-01-01,1\n", "--source", "shop")
    files.load("purchase", "customer,date,amount\n7,2026-01-01,1\nshop:7,2026-01-02,1\n")
    assert files.crm.json("contact", "show", "shop:7")["orders"] == 2
    assert files.crm.json("contact", "show", "customer:7")["orders"] == 1


def test_new_customers_that_share_a_key_are_one(files: Files) -> None:
    text = ("customer_id,email,date,amount\n7,a@x.org,2026-01-01,1\n,a@x.org,2026-01-02,2\n"
            "7,,2026-01-03,3\n8,b@x.org,2026-01-03,3\n")  # fmt: skip
    result = files.load("purchase", text)
    assert result["contacts_created"] == 2
    shown = files.crm.json("contact", "show", "a@x.org")
    assert (shown["orders"], shown["external_ids"], len(shown["emails"])) == (3, ["customer:7"], 1)


def test_products_are_found_or_made(files: Files) -> None:
    files.load("product", "sku,name\nTEA,Green tea\n,Cup\n")
    text = ("customer,date,product,sku,amount\n1,2026-01-01,,TEA,1\n1,2026-01-01,green TEA,,1\n"
            "1,2026-01-01,TEA,,1\n1,2026-01-01,cup,,1\n1,2026-01-01,Pot,P9,1\n"
            "1,2026-01-02,,P9,1\n")  # fmt: skip
    result = files.load("purchase", text)
    assert result["products_created"] == 1
    rows = files.crm.json("purchase", "list")
    assert [row["product"] for row in rows] == [
        "Green tea", "Green tea", "Green tea", "Cup", "Pot", "Pot",
    ]  # fmt: skip
    assert rows[4]["sku"] == "P9"


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-05-31", "2026-05-31"),
        ("19970101", "1997-01-01"),
        ("2026/5/1", "2026-05-01"),
        ("2026-05-31T23:30:00", "2026-05-31"),
        ("2026-05-31 23:30:00 -0500", "2026-06-01"),
        ("2026-05-31T23:30:00Z", "2026-06-01"),
        ("2026-05-31 00:30:00 +09:00", "2026-05-30"),
    ],
)
def test_dates_of_the_business(files: Files, text: str, day: str) -> None:
    files.crm("config", "set", "timezone", "Europe/Zurich")
    files.load("purchase", f"customer,date,amount\n1,{text},1\n")
    assert files.crm.json("purchase", "list")[0]["on"] == day


def test_ambiguous_dates_need_their_order(files: Files) -> None:
    text = "customer,date,amount\n1,03/04/2027,1\n1,31.12.2026,1\n1,soon,1\n1,2026-02-30,1\n1,,1\n"
    result = files.load("purchase", text, code=6)
    assert result["rejected"] == 5
    assert "--dates" in result["rejections"][0]["reason"]
    assert files.counts("purchase", text, "--dates", "dmy", code=6) == (5, 2, 0, 0, 3)
    assert [row["on"] for row in files.crm.json("purchase", "list")] == ["2027-04-03", "2026-12-31"]
    assert files.counts("purchase", text, "--dates", "mdy", code=6)[1] == 1


@pytest.mark.parametrize(
    ("amount", "options", "minor"),
    [
        ("12.50", (), "12.50"), ("12,50", (), "12.50"), ("1234", (), "1234.00"),
        ("1'234.50", (), "1234.50"), ("1.234,50", ("--decimal", ","), "1234.50"),
        ("1,234", ("--decimal", "."), "1234.00"), ("€ 12.50", (), "12.50"),
        ("12.50 EUR", (), "12.50"), ("0", (), "0.00"), ("(3.00)", (), "3.00"),
    ],
)  # fmt: skip
def test_amounts_as_people_write_them(
    files: Files, amount: str, options: tuple[str, ...], minor: str
) -> None:
    files.load("purchase", f'customer,date,amount\n1,2026-01-01,"{amount}"\n', *options)
    assert files.crm.json("purchase", "list")[0]["amount"] == minor


@pytest.mark.parametrize("amount", ["1,234", "abc", "", "1.2.3,4,5", "12.345", "1e5", "²"])
def test_amounts_nobody_can_read(files: Files, amount: str) -> None:
    result = files.load("purchase", f'customer,date,amount\n1,2026-01-01,"{amount}"\n', code=6)
    assert result["rejections"][0]["field"] == "amount"


def test_currencies(files: Files) -> None:
    text = (
        "customer,date,amount,currency\n1,2026-01-01,1,chf\n1,2026-01-01,1,\n1,2026-01-01,1,XXX\n"
    )
    result = files.load("purchase", text, "--currency", "usd", code=6)
    assert result["rejections"][0]["field"] == "currency"
    assert [row["currency"] for row in files.crm.json("purchase", "list")] == ["CHF", "USD"]
    files.crm("config", "set", "currency", "JPY")
    files.load("purchase", "customer,date,amount\n2,2026-01-01,500\n")
    assert files.crm.json("purchase", "list")[2]["amount"] == "500"


def test_columns_that_are_missing(files: Files) -> None:
    run = files.crm("purchase", "import", files.write("a,b\n1,2\n"), "--json", code=6)
    assert run.error["code"] == "bad-file"
    for word in ("customer", "day", "amount"):
        assert word in run.error["message"]


def test_rows_that_name_nobody(files: Files) -> None:
    text = "customer,email,date,amount\n,,2026-01-01,1\n,bob@,2026-01-01,1\n5,,2026-01-01,1\n"
    result = files.load("purchase", text, code=6)
    assert [(row["line"], row["field"]) for row in result["rejections"]] == [
        (2, "customer"), (3, "email"),
    ]  # fmt: skip


def test_contacts_by_our_own_id(files: Files) -> None:
    files.crm("contact", "add", "Ada")
    text = "contact_id,date,amount\n1,2026-01-01,1\n99,2026-01-01,1\nx,2026-01-01,1\n"
    result = files.load("purchase", text, code=6)
    assert [row["reason"] for row in result["rejections"]] == [
        "no contact 99", "'x' is not the id of a contact",
    ]  # fmt: skip
    assert files.crm.json("contact", "show", 1)["orders"] == 1


def test_two_contacts_of_one_name(files: Files) -> None:
    files.crm("contact", "add", "Ada")
    files.crm("contact", "add", "Ada")
    text = "name,date,amount\nAda,2026-01-01,1\n"
    result = files.load("purchase", text, "--match", "name", code=6)
    assert "several contacts are called Ada" in result["rejections"][0]["reason"]


def test_on_match_fail_and_skip(files: Files) -> None:
    files.load("purchase", THREE)
    more = THREE + "C9,2026-03-03,Tea,1,1,EUR\n"
    assert files.counts("purchase", more, "--on-match", "fail", code=6) == (4, 1, 0, 0, 3)
    assert files.counts("purchase", more, "--on-match", "skip") == (4, 0, 0, 4, 0)


def test_fill_completes_an_imported_purchase(files: Files) -> None:
    files.load("purchase", "customer,order,date,sku,amount,channel\n1,A1,2026-01-01,T,5,\n")
    text = "customer,order,date,sku,amount,channel\n1,A1,2026-01-01,T,6,web\n"
    assert files.counts("purchase", text) == (1, 0, 1, 0, 0)
    shown: Any = files.crm.json("purchase", "show", 1)
    assert (shown["channel"], shown["amount"]) == ("web", "5.00")


def test_prospects_become_customers_and_undo_takes_it_back(files: Files) -> None:
    files.load("contact", "customer_id,name,role\n1,Ada,prospect\n2,Ben,supplier\n")
    files.load("purchase", "customer,date,amount\n1,2026-01-01,1\n2,2026-01-01,1\n")
    roles = [row["role"] for row in files.crm.json("contact", "list")]
    assert roles == ["customer", "supplier"]
    files.crm("undo")
    assert files.crm.json("contact", "show", 1)["role"] == "prospect"


def test_tags_for_the_buyers(files: Files) -> None:
    files.load("purchase", THREE, "--tag", "fair")
    assert files.crm.json("contact", "show", "customer:C1")["tags"] == ["fair"]


def test_a_rejected_row_makes_neither_customer_nor_product(files: Files) -> None:
    text = HEAD + "1,soon,Cup,1,5,EUR\n2,2026-01-05,Tea,1,x,EUR\n3,2026-01-05,Tea,1,5,EUR\n"
    result = files.load("purchase", text, code=6)
    assert (result["contacts_created"], result["products_created"]) == (1, 1)
    assert [row["name"] for row in files.crm.json("contact", "list")] == ["Customer 3"]
    assert [row["name"] for row in files.crm.json("product", "list")] == ["Tea"]


def test_many_rows_and_few_are_read_alike(files: Files) -> None:
    """The short way through the loop and the long one end in the same purchases."""
    rows = [
        f"C{n % 7},2026-01-{n % 28 + 1:02},T{n % 3},{n % 4},{n % 11 - 2}.50,EUR" for n in range(300)
    ]
    files.load("purchase", HEAD + "\n".join(rows) + "\n")
    shown = files.crm.json("purchase", "list")
    told = [row.split(",") for row in rows]
    assert [(r["contact"], r["on"], r["product"], r["quantity"]) for r in shown] == [
        (f"Customer {c}", day, product, float(quantity)) for c, day, product, quantity, _, _ in told
    ]
    assert [("-" if r["kind"] == "return" else "") + r["amount"] for r in shown] == [
        amount for *_, amount, _ in told
    ]
    assert files.counts("purchase", HEAD + "\n".join(rows) + "\n") == (300, 0, 0, 300, 0)
    assert files.counts("purchase", HEAD + "\n".join(reversed(rows)) + "\n") == (300, 0, 0, 300, 0)


def test_caches_that_start_over_change_nothing(
    files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file of more customers than are remembered at once makes each of them once."""
    from crm_cli.services import import_purchases

    monkeypatch.setattr(import_purchases, "KNOWN_AT_ONCE", 10)
    monkeypatch.setattr(import_purchases, "CHUNK", 25)
    rows = [f"C{n % 50},2026-01-{n % 28 + 1:02},T{n % 20},1,{n}.50,EUR" for n in range(200)]
    result = files.load("purchase", HEAD + "\n".join(rows) + "\n")
    assert (result["contacts_created"], result["products_created"]) == (50, 20)
    assert files.rows(
        "SELECT max(n) FROM (SELECT count(*) n FROM purchases GROUP BY contact_id)"
    ) == [(4,)]
    assert files.counts("purchase", HEAD + "\n".join(rows) + "\n") == (200, 0, 0, 200, 0)


def test_a_name_where_the_number_is_expected(files: Files) -> None:
    files.crm("contact", "add", "Jürg Müller")
    sale = "date,customer,amount\n2026-01-10,Jürg Müller,3.00\n2026-01-10,4711,3.00\n"
    result = files.load("purchase", sale)
    kinds = {warning["kind"]: warning["lines"] for warning in result["warnings"]}
    assert (result["contacts_created"], kinds) == (2, {"namesake": [2]})
    files.crm("undo")
    result = files.load("purchase", sale, "--match", "name")
    assert result["contacts_created"] == 1
    rows = files.rows("SELECT contact_id, system, value FROM external_ids")
    assert [(system, value) for _, system, value in rows] == [("customer", "4711")]
    assert files.crm.json("contact", "show", "Jürg Müller")["orders"] == 1


def test_the_system_of_a_customer_number_has_no_case(files: Files) -> None:
    files.crm("contact", "add", "Ada", "--external-id", "Shop:7")
    text = (
        "customer,date,amount\nshop:7,2026-01-10,3.00\nSHOP:8,2026-01-10,3\nshop:8,2026-01-11,3\n"
    )
    assert files.load("purchase", text)["contacts_created"] == 1
    assert files.crm.json("contact", "show", "Ada")["orders"] == 1
    assert files.rows("SELECT system, value FROM external_ids") == [("Shop", "7"), ("SHOP", "8")]


def test_a_refund_without_a_date_takes_the_order_s(files: Files) -> None:
    head = "customer,order_number,date,sku,amount,kind\n"
    files.load("purchase", head + "7,R0,2024-04-01,S,50,sale\n")
    text = head + (
        "7,R1,2024-05-01,S,50,sale\n7,R1,,S,20,return\n7,R1,,T,-5,\n7,R0,,S,10,return\n"
        "7,R9,,S,1,return\n7,R1,,S,1,sale\n7,,,S,1,return\n"
    )
    result = files.load("purchase", text, code=6)
    assert [(bad["line"], bad["reason"]) for bad in result["rejections"]] == [
        (6, "has no date, and no order R9 to take it from"),
        (7, "has no date"),
        (8, "has no date"),
    ]
    returns = "SELECT order_number, purchased_on, amount FROM purchases WHERE kind = 'return'"
    expected = [("R1", "2024-05-01", 2000), ("R1", "2024-05-01", 500), ("R0", "2024-04-01", 1000)]
    assert files.rows(returns) == expected
    assert files.counts("purchase", text, code=6) == (7, 0, 0, 4, 3)
