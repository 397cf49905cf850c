"""What becomes of the orders that other products export."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.imports import layouts

if TYPE_CHECKING:
    from tests.imports.helpers import Files


def sales(files: Files, *columns: str) -> list[tuple[Any, ...]]:
    """Return these columns of every purchase, as text and in the order of import."""
    return [tuple(row[name] for name in columns) for row in files.crm.json("purchase", "list")]


def test_stripe(files: Files) -> None:
    files.crm("config", "set", "timezone", "Europe/Zurich")
    result = files.load("purchase", layouts.STRIPE.text())
    assert (result["created"], result["unchanged"]) == (3, 1)
    assert [warning["kind"] for warning in result["warnings"]] == ["void"]
    assert result["unknown_columns"] == ["Decline Reason", "Fee"]
    # The evening in UTC is the next day in Zurich; the fee takes nothing off the amount.
    assert sales(files, "order_number", "kind", "on", "amount", "currency", "description") == [
        ("ch_1", "sale", "2026-02-24", "1250.00", "EUR", "Desk"),
        ("ch_2", "sale", "2026-02-25", "20.00", "USD", "Lamp"),
        ("ch_2", "return", "2026-03-03", "8.00", "USD", None),
        ("ch_4", "sale", "2026-02-25", "20.00", "USD", "Lamp"),
    ]
    assert files.crm.json("contact", "show", "ada@x.org")["external_ids"] == ["stripe:cus_1"]
    # What is written beside a payment later makes no other payment of it.
    renamed = layouts.STRIPE.text().replace("Lamp", "Big lamp")
    assert files.counts("purchase", renamed) == (4, 0, 0, 4, 0)


def test_stripe_before_2021(files: Files) -> None:
    text = layouts.STRIPE.text().replace("Created date (UTC)", "Created (UTC)")
    assert files.load("purchase", text)["created"] == 3


def test_square(files: Files) -> None:
    files.crm("config", "set", "currency", "USD")
    result = files.load("purchase", layouts.SQUARE.text())
    assert (result["created"], result["contacts_created"]) == (4, 2)
    assert result["unknown_columns"] == ["Category", "Discounts", "Tax"]
    assert sales(files, "order_number", "kind", "product", "description", "quantity", "amount") == [
        ("t1", "sale", "Latte", "Large", 2, "8.00"),
        ("t1", "sale", "Latte", "Small", 1, "3.00"),
        ("t1", "return", "Latte", None, 1, "3.00"),
        ("t2", "sale", "Grinder", None, 1, "1250.00"),
    ]
    ada = files.crm.json("contact", "show", "Ada Lovelace")
    assert (ada["external_ids"], ada["revenue"], ada["currency"]) == (["square:C1"], "8.00", "USD")


def test_square_sells_to_people_nobody_knows(files: Files) -> None:
    text = layouts.SQUARE.text().replace("C1", "").replace("Ada Lovelace", "")
    result = files.load("purchase", text, code=6)
    assert (result["created"], result["rejected"]) == (1, 3)
    assert result["rejections"][0]["reason"] == "names no customer"


def test_woocommerce_by_lines(files: Files) -> None:
    result = files.load("purchase", layouts.WOOCOMMERCE.text())
    assert (result["created"], result["unchanged"]) == (3, 1)
    assert result["unknown_columns"] == ["Order Subtotal Amount"]
    # The order's coupon is spread over its lines; what came back is booked once.
    assert sales(files, "contact", "order_number", "kind", "sku", "quantity", "amount") == [
        ("Ada Lovelace", "801", "sale", "TEA", 3, "27.00"),
        ("Ada Lovelace", "801", "return", None, 1, "9.00"),
        ("Ada Lovelace", "801", "sale", "CUP", 1, "9.00"),
        ("Bob", "803", "sale", None, 1, "10.00"),
    ]


def test_woocommerce_where_the_lines_are_less_what_came_back(files: Files) -> None:
    text = (
        "Order Number,Order Status,Order Date,Email (Billing),Order Refund Amount,SKU,Item Name,"
        "Quantity (- Refund),Item Cost\n"
        "801,Completed,2026-03-12 10:22,ada@x.org,10.00,TEA,Tea,1,10.00\n"
    )
    result = files.load("purchase", text)
    assert result["unknown_columns"] == ["Order Refund Amount"]
    assert sales(files, "kind", "quantity", "amount") == [("sale", 1, "10.00")]


def test_woocommerce_rejected_lines_keep_their_part_of_the_discount(files: Files) -> None:
    broken = layouts.WOOCOMMERCE.text().replace(",3,10.00", ",three,10.00")
    result = files.load("purchase", broken, code=6)
    assert [row["line"] for row in result["rejections"]] == [2, 3]
    assert "'three'" in result["rejections"][0]["reason"]
    path = files.folder / "in.csv.rejects.csv"
    mended = path.read_text(encoding="utf-8").replace(",three,10.00", ",3,10.00")
    files.load("purchase", mended, name="more.csv")
    assert ("Tea", "27.00") in sales(files, "product", "amount")
    assert ("Cup", "9.00") in sales(files, "product", "amount")
    # A line rejected for another reason has its part with it.
    files.crm("contact", "add", "Eve")
    bad_day = layouts.WOOCOMMERCE.text().replace("2026-03-12 10:22", "12/13/14", 1)
    bad_day = bad_day.replace("801", "810")
    assert files.load("purchase", bad_day, code=6)["rejected"] == 1
    mended = path.read_text(encoding="utf-8").replace("12/13/14", "2026-03-12")
    files.load("purchase", mended, name="more.csv")
    assert ("810", "Tea", "27.00") in sales(files, "order_number", "product", "amount")
    assert ("810", "Cup", "9.00") in sales(files, "order_number", "product", "amount")


def test_woocommerce_one_row_per_item(files: Files) -> None:
    result = files.load("purchase", layouts.WOOCOMMERCE_ITEMS.text())
    assert (result["created"], result["unchanged"]) == (2, 1)
    assert sales(files, "contact", "order_number", "kind", "sku", "amount", "currency") == [
        ("Ada Lovelace", "801", "sale", "TEA", "27.00", "CHF"),
        ("Ada Lovelace", "801", "return", None, "9.00", "CHF"),
        ("Ada Lovelace", "801", "sale", "CUP", "9.00", "CHF"),
    ]
    ada = files.crm.json("contact", "show", "ada@x.org")
    assert ada["external_ids"] == ["woocommerce:7"]
