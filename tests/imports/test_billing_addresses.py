"""Who is made by an order has the address that the order is billed to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.imports import layouts, plans

if TYPE_CHECKING:
    from tests.imports.helpers import Files

SHOPIFY = (
    "Name,Email,Financial Status,Created at,Currency,Lineitem quantity,Lineitem name,"
    "Lineitem price,Billing Name,Billing Street,Billing Address1,Billing Address2,Billing City,"
    "Billing Zip,Billing Province,Billing Province Name,Billing Country\n"
    '#1,ada@x.org,paid,2026-05-01,CHF,1,Tea,4.00,Ada,"Gasse 1, 3rd floor",Gasse 1,3rd floor,Bern,'
    "'3011,BE,Bern (canton),CH\n"
    "#1,ada@x.org,,2026-05-01,,1,Cup,7.00,,,,,,,,,\n"
    "#2,ada@x.org,paid,2026-06-01,CHF,1,Tea,4.00,Ada,Weg 2,Weg 2,,Thun,3600,BE,,CH\n"
)
WOO = (
    "Order Number,Order Status,Order Date,Full Name (Billing),Address 1&2 (Billing),"
    "Address 1 (Billing),Address 2 (Billing),City (Billing),State Code (Billing),"
    "State Name (Billing),Postcode (Billing),Country Code (Billing),Email (Billing),Item Name,"
    "Quantity,Item Cost\n"
    '801,Completed,2026-05-01,Ada,"Gasse 1, 3rd floor",Gasse 1,3rd floor,Bern,BE,Bern (canton),'
    "3011,CH,ada@x.org,Tea,1,4.00\n"
)
ITEMS = (
    "order_id,order_number,date,status,billing_first_name,billing_email,billing_address_1,"
    "billing_address_2,billing_city,billing_state,billing_postcode,billing_country,item_name,"
    "item_quantity,item_total\n"
    "9,801,2026-05-01,completed,Ada,ada@x.org,Gasse 1,3rd floor,Bern,Bern (canton),3011,CH,Tea,1,4\n"
)
STRIPE = (
    "id,Created date (UTC),Amount,Currency,Status,Customer Email,Card Name,Card Address Line1,"
    "Card Address Line2,Card Address City,Card Address State,Card Address Country,"
    "Card Address Zip\n"
    "ch_1,2026-05-01 10:00:00,4.00,chf,Paid,ada@x.org,Ada,Gasse 1,3rd floor,Bern,Bern (canton),CH,"
    "3011\n"
)
BERN = {
    "label": None, "street": "Gasse 1, 3rd floor", "city": "Bern", "region": "Bern (canton)",
    "postcode": "3011", "country": "CH",
}  # fmt: skip


def addresses(files: Files) -> list[dict[str, Any]]:
    """The addresses of Ada."""
    found: list[dict[str, Any]] = files.crm.json("contact", "show", "ada@x.org")["addresses"]
    return found


@pytest.mark.parametrize(
    "text", [SHOPIFY, WOO, ITEMS, STRIPE], ids=["shopify", "woocommerce", "items", "stripe"]
)
def test_a_new_customer_has_the_billing_address(files: Files, text: str) -> None:
    result = files.load("purchase", text)
    assert (result["contacts_created"], result["unknown_columns"]) == (1, [])
    assert addresses(files) == [BERN]
    before = files.dump()
    again = files.load("purchase", text)
    assert (again["unchanged"], again["contacts_created"]) == (again["read"], 0)
    assert files.dump() == before
    files.crm("undo")
    assert files.rows("SELECT * FROM addresses") == []


def test_who_is_known_keeps_what_is_known(files: Files) -> None:
    files.crm("contact", "add", "Ada", "--email", "ada@x.org", "--city", "Chur")
    files.load("purchase", SHOPIFY)
    assert [entry["city"] for entry in addresses(files)] == ["Chur"]
    # Without any address either: an order tells who paid, and changes nobody.
    files.crm("contact", "add", "Bob", "--email", "bob@x.org")
    files.load("purchase", SHOPIFY.replace("ada@", "bob@").replace("#", "#9"))
    assert files.crm.json("contact", "show", "bob@x.org")["addresses"] == []


def test_each_part_may_stand_alone(files: Files) -> None:
    text = WOO.replace("Address 1&2 (Billing)", "Customer Note")
    assert files.load("purchase", text)["unknown_columns"] == ["Customer Note"]
    assert addresses(files) == [BERN]
    files.crm("undo")
    header = layouts.WOOCOMMERCE.text(
        ["Order Number", "Order Status", "Order Date", "Email (Billing)", "Item Name", "Quantity",
         "Item Cost"]
    )  # fmt: skip
    files.load("purchase", header)
    assert addresses(files) == []


def test_the_plan_tells_the_address(files: Files) -> None:
    path = files.folder / "plan.jsonl"
    files.crm("purchase", "import", files.write(SHOPIFY), "--plan", path)
    (also,) = [line for line in plans.lines(path) if line.get("also") == "contact"]
    assert (also["fate"], also["name"]) == ("created", "Ada")
    assert also["changes"]["addresses"] == {"added": [BERN]}
    files.crm("purchase", "import", "--apply", path)
    assert addresses(files) == [BERN]
