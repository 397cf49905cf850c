"""Naming a contact, and the list with its filters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Crm


@pytest.mark.parametrize(
    "who",
    ["1", "#1", "ada@example.com", "ADA@HOME.example", "+41 44 668 18 00", "0041446681800",
     "shop:1", "Ada Lovelace", "love", " l\u00f6VELACE "],
)  # fmt: skip
def test_every_way_to_name_a_contact(crm: Crm, ada: dict[str, Any], who: str) -> None:
    assert crm.json("contact", "show", who) == ada


def test_a_number_with_leading_zeros_is_no_id(crm: Crm) -> None:
    crm("contact", "add", "First")
    crm("contact", "add", "Second", "--external-id", "00001")
    assert crm.json("contact", "show", "00001")["name"] == "Second"
    assert crm.json("contact", "show", "1")["name"] == "First"
    crm("contact", "show", "01", code=3)


def test_a_stale_id_is_no_part_of_a_name(crm: Crm) -> None:
    crm("contact", "add", "Studio 54")
    crm("contact", "show", "54", code=3)
    crm("contact", "show", "#54", code=3)
    assert crm.json("contact", "show", "studio 54")["id"] == 1


def test_seven_digits_are_a_phone_if_no_id(crm: Crm) -> None:
    crm("config", "set", "country", "CH")
    crm("contact", "add", "Ada", "--phone", "044 668 18 00")
    assert crm.json("contact", "show", "044 668 18 00")["id"] == 1
    assert crm.json("contact", "show", "446681800")["id"] == 1


def test_a_number_may_be_an_external_id(crm: Crm) -> None:
    crm("contact", "add", "Ada", "--external-id", "shop:90210")
    assert crm.json("contact", "show", "90210")["id"] == 1


def test_several_matches_are_listed(crm: Crm) -> None:
    crm("contact", "add", "Ada Lovelace")
    crm("contact", "add", "Ada Byron", "--company", "Byron & Co")
    error = crm("contact", "show", "ada", "--json", code=4).error
    assert error["code"] == "ambiguous"
    assert [(found["id"], found["name"]) for found in error["candidates"]] == [
        (1, "Ada Lovelace"), (2, "Ada Byron"),
    ]  # fmt: skip
    crm("contact", "add", "Ada")
    assert crm.json("contact", "show", "ada")["name"] == "Ada"


def test_nobody_comes_with_the_nearest_names(crm: Crm) -> None:
    crm("contact", "add", "Ada Lovelace")
    error = crm("contact", "show", "Ada Lovelase", "--json", code=3).error
    assert error["code"] == "not-found"
    assert "Ada Lovelace (#1)" in error["hint"]


def test_umlauts_are_found_however_they_are_typed(crm: Crm) -> None:
    crm("contact", "add", "J\u00f6rg M\u00fcller")
    for who in ("j\u00f6rg", "jorg", "joerg", "M\u00dcLLER", "mueller"):
        assert crm.json("contact", "show", who)["id"] == 1


@pytest.mark.parametrize("who", ["%", "_", "\\", "''", "#", ":", "@", "+", "\u202e", "x" * 100_000])
def test_no_name_makes_the_search_fall_over(crm: Crm, ada: dict[str, Any], who: str) -> None:
    del ada
    assert crm("contact", "show", "--", who, code=None).code in {2, 3}


def test_a_list_carries_the_flat_row(crm: Crm, ada: dict[str, Any]) -> None:
    del ada
    assert crm.json("contact", "list", "love") == [
        {
            "id": 1, "name": "Ada Lovelace", "company": "Analytical Engines", "role": "prospect",
            "email": "ada@example.com", "phone": "+41446681800", "tags": ["math", "VIP"],
            "owner": "Charles", "last_contacted_at": None, "next_follow_up_on": None,
        }
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("options", "ids"),
    [
        ([], [1, 2, 3]),
        (["--role", "Prospect"], [1, 2]),
        (["--kind", "company"], [2]),
        (["--tag", "vip"], [1]),
        (["--owner", "charles"], [1]),
        (["--company", "analytical engines"], [1]),
        (["--source", "fair"], [1]),
        (["ADA"], [1]),
        (["home.example"], [1]),
        (["--role", "partner", "--tag", "vip"], []),
        (["--limit", "2"], [1, 2]),
        (["--sort", "-id", "--limit", "1"], [3]),
    ],
)
def test_filters(crm: Crm, ada: dict[str, Any], options: list[str], ids: list[int]) -> None:
    del ada
    crm("contact", "add", "Zed", "--role", "partner")
    assert [row["id"] for row in crm.json("contact", "list", *options)] == ids


def test_an_unknown_filter_word_is_never_no_filter(crm: Crm, ada: dict[str, Any]) -> None:
    del ada
    crm("contact", "list", "--role", "custmer", code=2)
    crm("contact", "list", "--kind", "robot", code=2)
    crm("contact", "list", "--company", "nobody", code=3)
    run = crm("contact", "list", "--tag", "vipp", "--json")
    assert run.json == []
    assert "did you mean 'vip'" in run.err


def test_a_page_for_people_has_sections(crm: Crm, ada: dict[str, Any]) -> None:
    del ada
    crm("contact", "link", 1, 2, "--kind", "employment", "--since", "2020-01-01")
    crm("purchase", "add", 1, "Engine", "100")
    page = crm("contact", "show", 1).out
    assert "Purchases" in page
    assert "Relations" in page
    assert "People" in crm("contact", "show", 2).out


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("2", [2, 3]),
        ("#2", [2]),
        ("0795551234", [1]),
        ("079 555 12 34", [1]),
        ("+41 79 555 12 34", [1]),
        ("555-1234", [1]),
        ("0041795551234", [1]),
        ("12 34", [1]),
        ("34", []),
        ("044 1", [2]),
        ("ada@example.com", [1]),
        ("Studio 24", [3]),
        ("24", [3]),
        ("#9", []),
    ],
)
def test_the_list_finds_by_id_and_by_phone(
    crm: Crm, tmp_path: Path, text: str, ids: list[int]
) -> None:
    """A number as people write it, with or without the country; an id beside names with it."""
    unread = tmp_path / "bob.csv"
    unread.write_text("name,phone\nBob,(044) 100\n")
    crm("contact", "add", "Ada", "--email", "ada@example.com", "--phone", "+41795551234")
    crm("contact", "import", unread)
    crm("contact", "add", "Studio 24")
    assert [row["id"] for row in crm.json("contact", "list", text)] == ids


def test_a_customer_s_page_knows_revenue_and_segment(crm: Crm) -> None:
    crm("contact", "add", "Ada")
    crm("contact", "add", "Bob")
    assert crm.json("contact", "show", "Ada")["segment"] is None
    crm("purchase", "add", "Ada", "Tea", "10", "--on", "2026-06-01")
    crm("purchase", "add", "Bob", "Tea", "20", "--on", "2026-06-14")
    crm("purchase", "add", "Bob", "Tea", "30", "--on", "2026-06-14")
    ada, bob = (crm.json("contact", "show", who) for who in ("Ada", "Bob"))
    assert (bob["orders"], bob["revenue"], bob["currency"], bob["last_purchase_on"]) == (
        2, "50.00", "EUR", "2026-06-14",
    )  # fmt: skip
    # Of two customers the worse scores 1 and the better 3 in everything: codes 111 and 333.
    assert (ada["segment"], bob["segment"]) == ("lost", "potential-loyalist")


def test_several_currencies_meet_in_the_business_s(crm: Crm) -> None:
    crm("contact", "add", "Ada")
    crm("purchase", "add", "Ada", "Tea", "10 CHF", "--on", "2026-06-01")
    alone = crm.json("contact", "show", "Ada")
    assert (alone["revenue"], alone["currency"]) == ("10.00", "CHF")
    crm("purchase", "add", "Ada", "Tea", "5 EUR", "--on", "2026-06-02")
    mixed = crm.json("contact", "show", "Ada")
    assert (mixed["revenue"], mixed["currency"], mixed["orders"]) == (None, None, 2)
    crm("config", "rate", "add", "CHF", "0.5", "--on", "2026-01-01")
    crm("config", "rate", "add", "CHF", "0.9", "--on", "2026-06-03")
    known = crm.json("contact", "show", "Ada")
    assert (known["revenue"], known["currency"]) == ("10.00", "EUR")


def test_bytes_that_are_no_text_name_nobody(crm: Crm, ada: dict[str, Any]) -> None:
    del ada
    for arguments in (
        ["contact", "show", "\udcff"],
        ["contact", "list", "\udcff"],
        ["contact", "list", "--tag", "\udcff"],
        ["contact", "tag", "\udcff", "x"],
        ["product", "show", "\udcff"],
        ["product", "list", "\udcff"],
        ["purchase", "show", "\udcff"],
        ["purchase", "list", "--order", "\udcff"],
    ):
        assert crm(*arguments, "--json", code=2).error["code"] == "invalid"


def test_a_big_company_s_page_stays_short(crm: Crm) -> None:
    for number in range(22):
        crm("contact", "add", f"Person {number}", "--company", "Acme", "-q")
    page = crm("contact", "show", "Acme").out
    assert "Person 18" in page
    assert "Person 21" not in page
    assert "--company" in page


def test_an_archived_match_is_brought_up_to_date_and_said_so(crm: Crm) -> None:
    crm("contact", "add", "Ada", "--external-id", "shop:1")
    crm("contact", "archive", 1)
    run = crm("contact", "add", "Ada L", "--external-id", "shop:1", "--on-match", "update")
    assert "is archived" in run.err
    assert crm.json("contact", "show", 1)["name"] == "Ada L"


def test_a_name_of_digits_is_found_where_nothing_else_is(crm: Crm) -> None:
    crm("contact", "add", "12345678")
    crm("contact", "add", "12345678 Ltd")
    assert crm.json("contact", "show", "12345678")["id"] == 1
    assert crm.json("contact", "show", "2")["id"] == 2
    crm("contact", "show", "1234", code=3)
    crm("contact", "show", "#12345678", code=3)


def test_umlauts_find_what_is_written_without_them_and_the_other_way_round(crm: Crm) -> None:
    for name in ("Mueller Hans", "Müller Eva", "Muller Ida", "Meier"):
        crm("contact", "add", name)
    for text, ids in (("müller", [1, 2, 3]), ("mueller", [1, 2]), ("muller", [2, 3])):
        assert [row["id"] for row in crm.json("contact", "list", text)] == ids
    assert crm.json("contact", "show", "Müller Hans")["id"] == 1
    assert crm.json("contact", "show", "Mueller Eva")["id"] == 2
    error = crm("contact", "show", "Müller", "--json", code=4).error
    assert [found["id"] for found in error["candidates"]] == [1, 2, 3]
    crm("contact", "add", "Müller")
    assert crm.json("contact", "show", "Müller")["id"] == 5
