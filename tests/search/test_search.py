"""What ``crm search`` finds, in which order, and what it says when it finds nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import Crm


@pytest.fixture
def shop(crm: Crm) -> Crm:
    """Contacts 1 to 4 (2 is a company), a product, a purchase."""
    crm(
        "contact", "add", "Zoë Müller", "--company", "Acme Großhandel AG",
        "--email", "zoe.mueller@example.com", "--phone", "+41 79 123 45 67",
        "--street", "Bahnhofstraße 5", "--postcode", "3011", "--city", "Genève",
        "--job-title", "Head of Växtskydd", "--link", "https://zoe.example.org/kontakt",
        "--tag", "VIP Kunde", "--external-id", "shop:K-2041",
        "--notes", "Met at the fair in Łódź.\nLikes green tea; asked for a quote on 30 chairs.",
    )  # fmt: skip
    crm("contact", "add", "Muller Anna")
    crm("contact", "add", "Søren Mueller")
    crm("product", "add", "Espresso machine", "890", "--sku", "ESP-12", "--category", "Kitchen")
    crm(
        "purchase", "add", "4", "Espresso machine", "890", "--order", "2026-0815",
        "--description", "the red one", "--external-id", "pay_77x",
    )  # fmt: skip
    return crm


def found(crm: Crm, *words: str) -> list[tuple[str, int]]:
    """What a search finds, as (type, id)."""
    return [(row["type"], row["id"]) for row in crm.json("search", *words)]


ZOE, COMPANY, ANNA, SOREN = ("contact", 1), ("contact", 2), ("contact", 3), ("contact", 4)
MACHINE, SALE = ("product", 1), ("purchase", 1)


@pytest.mark.parametrize(
    ("words", "expected", "field"),
    [
        ("zoe", ZOE, "name"),
        ("ZOË", ZOE, "name"),
        ("grosshandel zoe", ZOE, "company"),
        ("Großh zoë", ZOE, "company"),
        ("vaxt", ZOE, "job_title"),
        ("zoe.mueller@example.com", ZOE, "emails"),
        ("zoe.mueller@exa", ZOE, "emails"),
        ("bahnhofstrasse", ZOE, "addresses"),
        ("bahnhofstras", ZOE, "addresses"),
        ("3011 geneve", ZOE, "addresses"),
        ("kontakt", ZOE, "links"),
        ("kunde vip", ZOE, "tags"),
        ("shop:K-2041", ZOE, "external_ids"),
        ("k-2041", ZOE, "external_ids"),
        ("lodz", ZOE, "notes"),
        ("chairs quote", ZOE, "notes"),
        ("sorensen", None, ""),
        ("soren", SOREN, "name"),
        ("SØREN", SOREN, "name"),
        ("soeren", SOREN, "name"),
        ("esp-12", MACHINE, "sku"),
        ("kitch", MACHINE, "category"),
        ("espresso", MACHINE, "name"),
        ("red one", SALE, "description"),
        ("2026-0815", SALE, "order_number"),
        ("pay_77x", SALE, "external_id"),
    ],
)
def test_every_field_is_searched(
    shop: Crm, words: str, expected: tuple[str, int] | None, field: str
) -> None:
    rows = shop.json("search", *words.split())
    assert [(row["type"], row["id"]) for row in rows] == ([expected] if expected else [])
    if expected:
        assert field in rows[0]["found_in"]


@pytest.mark.parametrize("word", ["Müller", "Mueller", "muller", "MULLER", "müll", "muell"])
def test_an_umlaut_is_found_in_any_spelling(shop: Crm, word: str) -> None:
    assert set(found(shop, word)) == {ZOE, ANNA, SOREN}


@pytest.mark.parametrize(
    "number",
    [
        "+41791234567", "+41 79 123 45 67", "0041 79 123 45 67", "079 123 45 67", "0791234567",
        "(079) 123-45-67", "+41 (0)79 123 45 67", "079/1234567", "791234567", "+4179",
    ],
)  # fmt: skip
def test_a_phone_number_is_found_however_it_is_written(shop: Crm, number: str) -> None:
    rows = shop.json("search", number)
    assert [(row["id"], row["snippet"]) for row in rows] == [(1, "[+41791234567]")]
    assert found(shop, "zoe", number) == [ZOE]
    assert found(shop, "anna", number) == []


def test_a_bit_of_a_phone_number_is_found_where_nothing_else_is(shop: Crm) -> None:
    """Four digits are a year, a postcode, a number first of all."""
    run = shop("search", "234 5", "--json")
    assert [(row["id"], row["snippet"]) for row in run.json] == [(1, "[+41791234567]")]
    assert "these phone numbers contain it" in run.err
    assert found(shop, "345") == []
    shop("contact", "archive", "1")
    assert "add --all" in shop("search", "2345").err
    shop("contact", "add", "House 2345")
    assert found(shop, "2345", "--all") == [("contact", 5)]


def test_all_words_are_needed_in_any_order_and_field(shop: Crm) -> None:
    assert found(shop, "tea", "zoe", "acme") == [ZOE]
    assert found(shop, "tea zoe acme") == [ZOE]
    assert found(shop, "tea", "anna") == []


def test_the_best_come_first(crm: Crm) -> None:
    """The name is worth more than the rest, and a whole word more than a beginning."""
    crm("contact", "add", "Carla Rossi", "--notes", "asked by Li")
    crm("contact", "add", "Lisa Meier")
    crm("contact", "add", "Bo", "--notes", "moved to Lisbon")
    crm("contact", "add", "Li Wei")
    assert found(crm, "li") == [("contact", n) for n in (4, 2, 1, 3)]
    assert found(crm, "li", "--limit", "2") == [("contact", 4), ("contact", 2)]
    assert found(crm, "li", "--sort", "-name", "--limit", "1") == [("contact", 2)]


def test_the_snippet_shows_the_place_and_marks_the_words(shop: Crm) -> None:
    (row,) = shop.json("search", "tea", "müller")
    assert row["name"] == "Zoë Müller"
    assert row["snippet"].startswith("Zoë [Müller] · ")
    assert "Likes green [tea]; asked" in row["snippet"]
    shop("contact", "edit", "3", "--notes", "x " * 400 + "needle " + "y " * 400)
    (row,) = shop.json("search", "needle")
    assert "[needle]" in row["snippet"]
    assert row["snippet"].startswith("…x") and row["snippet"].endswith("y…")
    assert len(row["snippet"]) < 100


def test_words_between_quotation_marks_stand_side_by_side(shop: Crm) -> None:
    assert found(shop, '"green tea"') == [ZOE]
    assert found(shop, '"tea green"') == []
    assert found(shop, "tea green") == [ZOE]


@pytest.mark.parametrize(
    "text",
    [
        '"', "*", "**", "AND", "OR NOT", "NEAR(", "a AND", "(", ")", "-", "--", "^a", "{name}:",
        "name:zoe", "zoe*", '"zoe', 'zo"e', "'", "\\", "%", "_", "+", "#", "zoe OR", "a b c d e f",
        "🎉", "\u0301", "http://", "@", "a@", ";DROP TABLE contacts", "zoe\tm", "½", "\u200b",
        "x" * 5000, " ".join(["aou"] * 200), "ss" * 200, "İ", "ß", "e\u0301", "０７９",
    ],
)  # fmt: skip
def test_no_text_is_an_error(shop: Crm, text: str) -> None:
    run = shop("search", "--json", "--", text)
    assert isinstance(run.json, list)
    assert "syntax" not in run.err


def test_signs_around_words_do_not_matter(shop: Crm) -> None:
    for text in ("zoe*", '"zoe', "(zoe)", "zoe -", "^zoe", "zoe, müller!"):
        assert ZOE in found(shop, text), text


def test_scripts_without_blanks_are_found_within_words(crm: Crm) -> None:
    crm("contact", "add", "李雷", "--notes", "住在北京朝阳区")
    crm("contact", "add", "Kim", "--notes", "北京 office")
    assert set(found(crm, "北京")) == {("contact", 1), ("contact", 2)}
    assert found(crm, "雷") == [("contact", 1)]
    assert crm.json("search", "朝阳")[0]["snippet"] == "住在北京[朝阳]区"


def test_what_stands_within_words_is_the_second_try(shop: Crm) -> None:
    run = shop("search", "handel", "--json")
    assert {row["id"] for row in run.json} == {1, 2}
    assert "no word begins with 'handel'" in run.err
    assert found(shop, "üller") == [ZOE, ANNA]
    assert found(shop, "@example") == [ZOE]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("mulller", "nothing found for 'mulller'; did you mean 'muller'?"),
        ("zoe grosshandl acmee", "did you mean 'zoe "),
        ("xqzvw", "nothing found for 'xqzvw'\n"),
        ("red green", "nothing found for 'red green': no record has these words together"),
        ("***", "nothing found for '***': it holds no letter and no digit"),
    ],
)
def test_nothing_found_says_what_may_help(shop: Crm, words: str, message: str) -> None:
    run = shop("search", words)
    assert run.out == ""
    assert message in run.err
    assert shop("search", words, "--fail-empty", code=3).out == ""
    assert shop.json("search", words) == []


def test_a_suggestion_finds_something(shop: Crm) -> None:
    err = shop("search", "expresso machnie").err
    assert "did you mean 'espresso machine'?" in err
    assert found(shop, "espresso machine") == [MACHINE]


def test_archived_and_retired_records_are_asked_for(shop: Crm) -> None:
    shop("contact", "archive", "1")
    shop("product", "retire", "1")
    for word, record in (("zoe", ZOE), ("kitchen", MACHINE)):
        assert found(shop, word) == []
        assert "add --all" in shop("search", word).err
        assert found(shop, word, "--all") == [record]
        assert found(shop, word, "--archived") == [record]
    assert found(shop, "soren", "--archived") == []


def test_deleted_records_are_not_found(shop: Crm) -> None:
    shop("contact", "delete", "1", "--yes")
    assert found(shop, "zoe") == []
    shop("trash", "restore", "1")
    assert found(shop, "zoe") == [ZOE]


def test_the_search_is_narrowed_to_record_types(shop: Crm) -> None:
    shop("contact", "add", "Red Espresso")
    assert found(shop, "espresso") == [("contact", 5), MACHINE]
    assert found(shop, "espresso", "--in", "product") == [MACHINE]
    assert found(shop, "red", "--in", "purchase,product") == [SALE]
    error = shop("search", "x", "--in", "contcat", "--json", code=2).error
    assert "did you mean contact?" in error["hint"]
    assert shop("search", "x", "--in", ",", "--json", code=2).error["code"] == "invalid"


def test_ids_are_of_one_type(shop: Crm) -> None:
    assert shop("search", "müller", "--in", "contact", "-f", "ids").out == "1\n3\n4\n"
    assert (
        shop("search", "müller", "--in", "contact", "-f", "ids", "--sort", "-name").out
        == "1\n4\n3\n"
    )
    assert shop("search", "müller", "-f", "ids", code=2).err.count("--in contact") == 1


def test_a_blank_text_is_refused(crm: Crm) -> None:
    """An empty variable in a script is not the search for everything."""
    assert crm("search", " ", "--json", code=2).error["code"] == "usage"


def test_custom_fields_are_searched_as_they_are_shown(shop: Crm) -> None:
    shop("field", "add", "contact", "Size", "--kind", "number")
    shop("field", "add", "contact", "Budget", "--kind", "money")
    shop("field", "add", "contact", "Colour", "--kind", "choice", "--choices", "blue,dark red")
    shop("field", "add", "product", "Maker", "--kind", "text")
    shop("field", "add", "purchase", "Salesperson", "--kind", "text")
    shop(
        "contact", "edit", "3", "--set", "size=42.5", "--set", "budget=1200.50",
        "--set", "colour=dark red",
    )  # fmt: skip
    shop("product", "edit", "1", "--set", "maker=Ristorante")
    shop("purchase", "edit", "1", "--set", "salesperson=Béla")
    assert found(shop, "42.5") == found(shop, "1200.50") == [ANNA]
    assert found(shop, "dark") == [ANNA]
    assert found(shop, "ristorante") == [MACHINE]
    assert found(shop, "bela") == [SALE]
    shop("picklist", "rename", "contact.colour", "dark red", "burgundy")
    assert found(shop, "burgundy") == [ANNA]
    assert found(shop, "dark") == []


def test_a_new_name_of_a_company_finds_those_who_work_there(shop: Crm) -> None:
    shop("contact", "edit", "2", "--name", "Zenith")
    assert found(shop, "zenith") == [COMPANY, ZOE]
    assert found(shop, "acme") == []


def test_hostile_text_is_shown_and_not_obeyed(crm: Crm) -> None:
    crm("contact", "add", "Eve \x1b[31m", "--notes", "bell \x07 [/] ring")
    out = crm("search", "bell").out
    assert "\x1b" not in out and "\x07" not in out
    assert "[bell]" in out


def test_a_missing_store_holds_nothing(crm: Crm) -> None:
    run = crm("search", "ada", "--json")
    assert run.json == []
    assert not crm.db.exists()


def test_columns_and_formats(shop: Crm) -> None:
    assert shop("search", "espresso", "-f", "csv").out.splitlines()[0] == (
        "type,id,name,snippet,found_in,contact"
    )
    assert shop("search", "espresso", "--columns", "name,type", "-f", "tsv").out == (
        "name\ttype\nEspresso machine\tproduct\n"
    )
    assert shop.json("search", "red", "--in", "purchase") == [
        {
            "type": "purchase", "id": 1, "name": "Espresso machine", "snippet": "the [red] one",
            "found_in": ["description"], "contact": "Søren Mueller",
        }
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("words", "where", "options", "found"),
    [
        ("mul", "city = geneve", (), [("contact", 1)]),
        ("mul", "city is empty", (), [("contact", 3), ("contact", 4)]),
        ("muel", "company is not empty", (), [("contact", 1)]),
        ("red", "amount > 800", (), [("purchase", 1)]),
        ("espresso", "category = kitchen", ("--in", "product"), [("product", 1)]),
        ("red", "kind = sale", (), [("purchase", 1)]),
        ("mul", "id > 1", ("--limit", "1"), [("contact", 3)]),
        ("mul", "city = Nowhere", (), []),
    ],
)
def test_a_filter_narrows_what_is_found(
    shop: Crm, words: str, where: str, options: tuple[str, ...], found: list[tuple[str, int]]
) -> None:
    rows = shop.json("search", words, "--where", where, *options)
    assert sorted((row["type"], row["id"]) for row in rows) == sorted(found)


def test_a_filter_that_no_record_type_knows_is_an_error(shop: Crm) -> None:
    error = shop("search", "mul", "--where", "ctiy = bern", "--json", code=2).error
    assert "ctiy" in error["message"]
    assert "city" in error["hint"]
    assert "category" in shop("search", "mul", "--where", "category = x", "--in", "contact",
                              code=2).err  # fmt: skip
    shop("search", "mul", "--where", "city = Thun", "--fail-empty", code=3)
    # Of one type its ids can be piped on, archived ones where the filter says so.
    shop("contact", "archive", "1")
    piped = shop("search", "mul", "--where", "city = geneve and archived", "-f", "ids")
    assert piped.out == "1\n"
    assert shop("search", "mul", "--where", "city = geneve", "-f", "ids").out == ""


def test_a_word_of_another_type_is_not_suggested_to_itself(shop: Crm) -> None:
    said = shop("search", "Espresso", "--in", "purchase").err
    assert "in purchase; records of another type have it" in said
    assert "did you mean" not in said
