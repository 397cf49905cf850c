"""Files of other programs, as they come."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.imports.helpers import Files

GOOGLE = (
    "First Name,Middle Name,Last Name,Phonetic First Name,Phonetic Middle Name,"
    "Phonetic Last Name,Name Prefix,Name Suffix,Nickname,File As,Organization Name,"
    "Organization Title,Organization Department,Birthday,Notes,Photo,Labels,E-mail 1 - Label,"
    "E-mail 1 - Value,E-mail 2 - Label,E-mail 2 - Value,Phone 1 - Label,Phone 1 - Value,"
    "Address 1 - Label,Address 1 - Formatted,Address 1 - Street,Address 1 - City,"
    "Address 1 - PO Box,Address 1 - Region,Address 1 - Postal Code,Address 1 - Country,"
    "Address 1 - Extended Address,Website 1 - Label,Website 1 - Value\n"
    'Ada,King,Lovelace,,,,,,,,Analytical Ltd,Countess,,1815-12-10,"two\nlines",,'
    "* myContacts ::: Friends,* Work,ada@x.org,Home,ada@home.org,Mobile,"
    '+41446681800 ::: +41446681801,Home,"Gasse 1\nBern",Gasse 1,Bern,,BE,3011,CH,3rd floor,'
    "Blog,www.example.org\n"
    ",,,,,,,,,,Acme,,,,,,* myContacts,,,,,,,,,,,,,,,,,\n"
    ",,,,,,,,,,,,, --05-31,,,* myContacts,*,bob@x.org,,,,,,,,,,,,,,,\n"
)
OLD = (
    "Name,Given Name,Additional Name,Family Name,Yomi Name,Birthday,Notes,Group Membership,"
    "E-mail 1 - Type,E-mail 1 - Value,Phone 1 - Type,Phone 1 - Value,Address 1 - Type,"
    "Address 1 - Formatted,Address 1 - Street,Address 1 - City,Organization 1 - Type,"
    "Organization 1 - Name,Organization 1 - Title\n"
    "Ada Lovelace,Ada,,Lovelace,,,,* My Contacts ::: Clients,* Home,ada@x.org ::: ada@y.org,"
    "Mobile,+41446681800,Home,x,Gasse 1,Bern,,Analytical Ltd,Countess\n"
)


def test_google_contacts(files: Files) -> None:
    result = files.load("contact", GOOGLE)
    assert (result["created"], result["contacts_created"]) == (3, 1)
    ada = files.crm.json("contact", "show", "ada@x.org")
    assert ada["name"] == "Ada King Lovelace"
    assert (ada["first_name"], ada["last_name"]) == ("Ada", "Lovelace")
    assert (ada["company"], ada["job_title"]) == ("Analytical Ltd", "Countess")
    assert ada["birthday"] == "1815-12-10"
    assert ada["notes"] == "two\nlines"
    assert ada["tags"] == ["Friends"]
    assert [(e["value"], e["label"]) for e in ada["emails"]] == [
        ("ada@x.org", "Work"), ("ada@home.org", "Home"),
    ]  # fmt: skip
    assert [p["value"] for p in ada["phones"]] == ["+41446681800", "+41446681801"]
    assert ada["addresses"] == [
        {"label": "Home", "street": "Gasse 1, 3rd floor", "city": "Bern", "region": "BE",
         "postcode": "3011", "country": "CH"}
    ]  # fmt: skip
    assert ada["links"] == [{"value": "https://www.example.org", "label": "Blog"}]
    assert files.crm.json("contact", "show", "Acme")["kind"] == "company"
    assert files.crm.json("contact", "show", "bob@x.org")["birthday"] == "--05-31"
    assert result["unknown_columns"] == ["Address 1 - Formatted"]
    assert files.counts("contact", GOOGLE) == (3, 0, 0, 3, 0)


def test_google_contacts_of_the_old_layout(files: Files) -> None:
    assert files.load("contact", OLD, "--preset", "google")["created"] == 1
    ada = files.crm.json("contact", "show", "ada@y.org")
    assert (ada["name"], ada["company"], ada["tags"]) == (
        "Ada Lovelace", "Analytical Ltd", ["Clients"],
    )  # fmt: skip
    assert [e["label"] for e in ada["emails"]] == ["Home", "Home"]
    assert files.counts("contact", OLD) == (1, 0, 0, 1, 0)


SHOPIFY = (
    "Name,Email,Financial Status,Paid at,Currency,Subtotal,Shipping,Taxes,Total,Discount Amount,"
    "Created at,Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,Billing Name,"
    "Cancelled at,Refunded Amount,Phone,Lineitem discount,Source\n"
    "#1001,ada@x.org,paid,x,EUR,27.00,5.00,0,32.00,3.00,2026-02-23 23:13:48 -0500,"
    "2,Tea,10.00,TEA,Ada Lovelace,,0.00,,0.00,web\n"
    "#1001,ada@x.org,,,,,,,,,,1,Cup,10.00,CUP,,,,,0.00,\n"
    "#1002,bob@x.org,partially_refunded,x,EUR,20.00,0,0,20.00,0,2026-02-25 10:00:00 +0100,"
    "2,Tea,10.00,TEA,Bob,,8.00,,0.00,web\n"
    "#1003,bob@x.org,voided,,EUR,10.00,0,0,10.00,0,2026-02-26 10:00:00 +0100,"
    "1,Tea,10.00,TEA,Bob,2026-02-26,0.00,,0.00,web\n"
    "#1004,bob@x.org,refunded,x,EUR,10.00,5,0,15.00,0,2026-02-27 10:00:00 +0100,"
    "1,Tea,10.00,TEA,Bob,2026-02-27,15.00,,0.00,web\n"
)


def test_shopify_orders(files: Files) -> None:
    files.crm("config", "set", "timezone", "Europe/Zurich")
    result = files.load("purchase", SHOPIFY)
    assert (result["read"], result["created"], result["unchanged"]) == (5, 4, 1)
    assert result["unknown_columns"] == ["Paid at", "Shipping", "Taxes", "Total"]
    assert [warning["kind"] for warning in result["warnings"]] == ["void"]
    rows = files.crm.json("purchase", "list")
    assert [(r["order_number"], r["kind"], r["sku"], r["amount"], r["on"]) for r in rows] == [
        ("#1001", "sale", "TEA", "18.00", "2026-02-24"),
        ("#1001", "sale", "CUP", "9.00", "2026-02-24"),
        ("#1002", "sale", "TEA", "20.00", "2026-02-25"),
        ("#1002", "return", None, "8.00", "2026-02-25"),
        ("#1004", "sale", "TEA", "10.00", "2026-02-27"),
        ("#1004", "return", None, "10.00", "2026-02-27"),
    ]
    assert {row["channel"] for row in rows if row["kind"] == "sale"} == {"web"}
    ada, bob = (files.crm.json("contact", "show", f"{who}@x.org") for who in ("ada", "bob"))
    assert (ada["name"], ada["orders"], ada["revenue"]) == ("Ada Lovelace", 1, "27.00")
    assert (bob["orders"], bob["revenue"]) == (2, "12.00")
    before = files.dump()
    assert files.counts("purchase", SHOPIFY) == (5, 0, 0, 5, 0)
    assert files.dump() == before


def test_a_line_of_an_order_that_is_bad_comes_back_alone(files: Files) -> None:
    broken = SHOPIFY.replace("1,Cup,10.00", "one,Cup,10.00")
    result = files.load("purchase", broken, code=6)
    assert result["rejected"] == 1
    path = files.folder / "in.csv.rejects.csv"
    mended = path.read_text(encoding="utf-8").replace("one,Cup", "1,Cup")
    files.load("purchase", mended, name="more.csv")
    rows = [r for r in files.crm.json("purchase", "list") if r["order_number"] == "#1001"]
    assert [(r["sku"], r["contact"], r["on"]) for r in rows][1] == (
        "CUP", "Ada Lovelace", "2026-02-24",
    )  # fmt: skip


def test_what_a_preset_does_not_use_is_named_where_a_row_fills_it(files: Files) -> None:
    full = OLD.replace("Yomi Name", "Nickname").replace(",Lovelace,,", ",Lovelace,Countess,")
    assert "Nickname" in files.load("contact", full)["unknown_columns"]
    assert "Yomi Name" not in files.load("contact", OLD)["unknown_columns"]
    assert "Nickname" in files.crm("contact", "import", files.write(full), "--dry-run").err


ADDRESSED = (
    "Name,Email,Financial Status,Created at,Currency,Lineitem quantity,Lineitem name,"
    "Lineitem price,Billing Name,Billing City,Billing Phone,Phone,Shipping Phone,Tags\n"
    "#1,ada@x.org,paid,2026-02-23,EUR,1,Tea,10.00,Ada,Bern,+41446681800,,+41446681800,\n"
    "#2,bob@x.org,paid,2026-02-23,EUR,1,Tea,10.00,Bob,,+41446681801,+41446681801,,\n"
)


def test_a_shopify_customer_gets_the_phone_of_the_bill(files: Files) -> None:
    result = files.load("purchase", ADDRESSED)
    for name, number in (("Ada", "+41446681800"), ("Bob", "+41446681801")):
        (phone,) = files.crm.json("contact", "show", name)["phones"]
        assert phone["value"] == number
    assert result["unknown_columns"] == []
    other = ADDRESSED.replace("+41446681801,,", "+41446681802,,")
    assert "Billing Phone" in files.load("purchase", other)["unknown_columns"]
    other = ADDRESSED.replace("+41446681800,,+41446681800,", "+41446681800,,+41446681809,")
    assert "Shipping Phone" in files.load("purchase", other)["unknown_columns"]


REFUNDED = (
    "Name,Email,Financial Status,Created at,Currency,Lineitem quantity,Lineitem name,"
    "Lineitem price,Billing Name,Cancelled at,Refunded Amount\n"
    "#1,ada@x.org,{state},2026-02-23,EUR,2,Tea,10.00,Ada,{cancelled},{refund}\n"
)


def test_an_order_that_changes_later_is_never_plainly_unchanged(files: Files) -> None:
    def again(
        *options: str, state: str = "paid", refund: str = "0.00", cancelled: str = ""
    ) -> tuple[int, int, int, list[str]]:
        text = REFUNDED.format(state=state, refund=refund, cancelled=cancelled)
        result = files.load("purchase", text, *options)
        kinds = [warning["kind"] for warning in result["warnings"]]
        return result["created"], result["updated"], result["unchanged"], kinds

    amounts = "SELECT kind, amount FROM purchases ORDER BY id"
    assert again(state="paid", cancelled="2026-02-24") == (1, 0, 0, ["cancelled"])
    assert again() == (0, 0, 1, [])
    assert again(state="voided") == (0, 0, 1, ["void", "void-known"])
    assert again(state="partially_refunded", refund="5.00") == (0, 1, 0, [])
    assert files.rows(amounts) == [("sale", 2000), ("return", 500)]
    assert again(state="partially_refunded", refund="12.00") == (0, 0, 1, ["purchase-differs"])
    assert again("--on-match", "update", refund="12.00") == (0, 1, 0, [])
    assert files.rows(amounts) == [("sale", 2000), ("return", 1200)]
    assert files.crm.json("contact", "show", "Ada")["revenue"] == "8.00"
    assert again("--on-match", "update", refund="12.00") == (0, 0, 1, [])
    assert again(state="voided") == (0, 0, 1, ["void"])
