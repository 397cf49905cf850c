"""What the owner asks of a value is asked wherever one is entered, and says what it expects."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm_cli import errors
from crm_cli.domain.pattern import LONGEST, matches, read_pattern

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.conftest import Crm

TAX = r"CHE-[0-9]{3}\.[0-9]{3}\.[0-9]{3}"
GOOD, OTHER = "CHE-123.456.789", "CHE-987.654.321"


@pytest.fixture
def office(crm: Crm) -> Crm:
    """A store with a checked field of each kind, and Ada in it."""
    crm("field", "add", "contact", "Tax number", "--pattern", TAX, "--unique",
        "--note", "as CHE-123.456.789")  # fmt: skip
    crm("field", "add", "contact", "Discount", "number", "--min", "0", "--max", "12.5")
    crm("field", "add", "contact", "Budget", "money", "--min", "100 CHF")
    crm("field", "add", "contact", "Met on", "date", "--min", "2020-01-01", "--max", "2026-12-31")
    crm("field", "add", "contact", "Site", "link", "--pattern", r"https://.*\.ch/?",
        "--max-length", "25")  # fmt: skip
    crm("field", "edit", "contact.postcode", "--pattern", "[0-9]{4}", "--note", "four digits")
    crm("field", "edit", "contact.language", "--max-length", "2")
    crm("contact", "add", "Ada", "--email", "ada@example.com")
    return crm


def import_rows(crm: Crm, path: Path, rows: str, *options: str, noun: str = "contact") -> Any:
    path.write_text(rows)
    return crm.json(noun, "import", path, *options, code=None)


# -- where values are entered ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "message", "hint"),
    [
        (["--set", "tax_number=CHE-12"], f"'CHE-12' does not match {TAX}", "as CHE-123.456.789"),
        (["--set", f"tax_number=x{GOOD}"], f"'x{GOOD}' does not match {TAX}", "as CHE"),
        (["--set", "discount=-1"], "-1 is not between 0 and 12.5", "crm field edit"),
        (["--set", "discount=12.501"], "12.501 is not between 0 and 12.5", "crm field edit"),
        (["--set", "budget=99.99 CHF"], "99.99 CHF is not 100.00 CHF or more", "crm field edit"),
        (["--set", "budget=500 EUR"], "500.00 EUR cannot be held against a limit in CHF", "crm"),
        (["--set", "met_on=2019-12-31"], "is not between 2020-01-01 and 2026-12-31", "crm"),
        (["--set", "site=https://example.com"], "does not match", "crm field edit contact.site"),
        (["--set", "site=https://a-long-name-it-is.ch"], "28 characters; 25 are the most", "crm"),
        (["--postcode", "12345"], "'12345' does not match [0-9]{4}", "four digits"),
        (["--set", "postcode=CH-3000"], "'CH-3000' does not match [0-9]{4}", "four digits"),
        (["--language", "German"], "'German' has 6 characters; 2 are the most", "crm field edit"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_in_add_edit_and_bulk(
    office: Crm, words: Sequence[str], message: str, hint: str
) -> None:
    """The error says what is expected: in the words of the field's note, if it has one."""
    sets = [f"--set={words[1]}" if words[0] == "--set" else f"--set={words[0][2:]}={words[1]}"]
    for verb in (
        ("contact", "add", "Bob", *words),
        ("contact", "edit", "ada", *words),
        ("contact", "edit", "--where", "name = ada", *sets, "--yes"),
    ):
        error = office(*verb, "--json", code=2).error
        assert error["code"] == "invalid"
        assert message in error["message"]
        assert error["hint"].startswith(hint)
    assert len(office.json("contact", "list")) == 1


@pytest.mark.parametrize(
    ("column", "wrong", "right"),
    [
        ("tax_number", "CHE-1x", GOOD),
        ("discount", "13", "12.5"),
        ("budget", "99 CHF", "100 CHF"),
        ("met_on", "2027-01-01", "2026-12-31"),
        ("site", "https://example.com", "https://example.ch"),
        ("postcode", "123", "3000"),
        ("language", "German", "de"),
    ],
)
def test_a_row_that_does_not_fit_is_rejected(
    office: Crm, tmp_path: Path, column: str, wrong: str, right: str
) -> None:
    """With field and reason; what is there stays, and the other rows come in."""
    rows = f"name,email,{column}\nAda,ada@example.com,{wrong}\nEve,eve@example.com,{right}\n"
    found = import_rows(office, tmp_path / "in.csv", rows, "--on-match", "update")
    assert (found["created"], found["updated"], found["rejected"]) == (1, 0, 1)
    (rejection,) = found["rejections"]
    assert (rejection["line"], rejection["field"]) == (2, column)
    assert wrong.split(maxsplit=1)[0] in rejection["reason"]
    again = import_rows(office, tmp_path / "in.csv", rows.replace(wrong, right))
    assert (again["created"], again["rejected"]) == (0, 1 if column == "tax_number" else 0)


def test_a_limit_of_nothing_holds_in_every_currency(crm: Crm) -> None:
    crm("field", "add", "contact", "Budget", "money", "--min", "0")
    crm("contact", "add", "Ada", "--set", "budget=5 USD")
    assert "is not" in crm("contact", "add", "Bob", "--set", "budget=-5 USD", code=2).err


def test_products_and_purchases_are_checked_too(crm: Crm, tmp_path: Path) -> None:
    crm("field", "edit", "product.sku", "--pattern", "[A-Z]-[0-9]+")
    crm("field", "edit", "purchase.order_number", "--pattern", "[0-9]{4}")
    crm("field", "add", "product", "Shelf", "--pattern", "[A-F][0-9]")
    crm("field", "add", "purchase", "Serial", "--max-length", "6")
    crm("contact", "add", "Ada", "--email", "ada@example.com")
    assert "does not match" in crm("product", "add", "Tea", "5", "--sku", "T1", code=2).err
    assert "does not match" in crm("product", "add", "Tea", "--set", "shelf=G1", code=2).err
    crm("product", "add", "Tea", "5", "--sku", "T-1", "--set", "shelf=A1")
    assert "does not match" in crm("product", "edit", "Tea", "--sku", "1", code=2).err
    assert "does not match" in crm("product", "edit", "Tea", "--set", "sku=1", code=2).err
    buy = ("purchase", "add", "ada", "Tea", "5")
    assert "order: '12' does not match" in crm(*buy, "--order", "12", code=2).err
    assert "6 are the most" in crm(*buy, "--set", "serial=1234567", code=2).err
    crm(*buy, "--order", "1234", "--set", "serial=123456")
    assert "does not match" in crm("purchase", "edit", "1", "--order", "x", code=2).err
    products = "name,sku,shelf\nJam,J1,A1\nHam,H-1,X\nRum,R-1,B2\n"
    found = import_rows(crm, tmp_path / "p.csv", products, noun="product")
    assert found["created"] == 1
    assert [(one["line"], one["field"]) for one in found["rejections"]] == [
        (2, "sku"),
        (3, "shelf"),
    ]
    sales = (
        "email,date,amount,order,serial\nada@example.com,2026-01-01,5,12,1\n"
        "ada@example.com,2026-01-01,5,2000,1234567\nada@example.com,2026-01-01,5,2001,2\n"
    )
    found = import_rows(crm, tmp_path / "s.csv", sales, noun="purchase")
    assert found["created"] == 1
    fields = [(one["line"], one["field"]) for one in found["rejections"]]
    assert fields == [(2, "order"), (3, "serial")]


TEXTS = st.text(st.sampled_from("ABab01.- \u00e4\u00df"), min_size=1, max_size=9)


@pytest.fixture
def twins(crm: Crm) -> Crm:
    """A store with fields to which both ways of entry lead."""
    crm("field", "add", "contact", "Code", "--pattern", "[AB][0-9.]*(-[ab]{1,2})?",
        "--max-length", "6")  # fmt: skip
    crm("field", "add", "contact", "Level", "number", "--min", "-1.5", "--max", "10")
    crm("field", "edit", "contact.city", "--pattern", "[AB].*", "--max-length", "5")
    return crm


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(code=TEXTS, city=TEXTS, level=st.decimals(-3, 12, places=1))
def test_what_add_takes_an_import_takes(
    twins: Crm, tmp_path: Path, code: str, city: str, level: object
) -> None:
    """A value is accepted by one exactly when the other accepts it, and they keep the same."""
    for name, value in (("code", code), ("city", city), ("level", str(level))):
        if value.strip():
            added = twins("contact", "add", "Ada", "--set", f"{name}={value}", code=None)
            assert added.code in {0, 2}
            found = import_rows(twins, tmp_path / "in.csv", f'name,{name}\nEve,"{value}"\n')
            assert (added.code == 0) == (found["rejected"] == 0), (name, value, added, found)


# -- values that none may share -------------------------------------------------------------------


def test_no_two_records_share_a_value(office: Crm) -> None:
    """Exit 4, and the other is named; case and accents make no other value."""
    office("contact", "edit", "ada", "--set", f"tax_number={GOOD}")
    error = office("contact", "add", "Bob", "--set", f"tax_number={GOOD}", "--json", code=4).error
    assert error["code"] == "duplicate"
    assert "belongs to Ada (#1)" in error["message"]
    assert error["candidates"] == [{"id": 1, "name": "Ada"}]
    office("contact", "edit", "ada", "--set", f"tax_number={GOOD}")  # it is its own
    office("contact", "add", "Bob", "--set", f"tax_number={OTHER}")
    bulk = ("contact", "edit", "--where", "id > 0", "--set", f"tax_number={GOOD[:-1]}0", "--yes")
    assert "several contacts" in office(*bulk, code=2).err
    one = ("contact", "edit", "--where", "name = bob", "--set", f"tax_number={GOOD}", "--yes")
    assert "belongs to Ada" in office(*one, code=4).err
    office("contact", "delete", "ada", "--yes")
    office("contact", "edit", "bob", "--set", f"tax_number={GOOD}")


def test_numbers_and_links_can_be_unique(crm: Crm) -> None:
    crm("field", "add", "product", "Bin", "number", "--unique")
    crm("field", "add", "product", "Page", "link", "--unique")
    crm("product", "add", "Tea", "--set", "bin=1.5", "--set", "page=example.ch/tea")
    assert "Tea (#1)" in crm("product", "add", "Jam", "--set", "bin=1.500", code=4).err
    assert "Tea (#1)" in crm("product", "add", "Jam", "--set", "page=example.ch/Tea", code=4).err
    for kind in ("money", "date", "flag"):
        assert (
            "--unique is for" in crm("field", "add", "contact", "X", kind, "--unique", code=2).err
        )


def test_lines_of_one_order_cannot_share_it(crm: Crm) -> None:
    crm("field", "add", "purchase", "Serial", "--unique")
    crm("contact", "add", "Ada")
    lines = ("purchase", "add", "ada", "--line", "Tea=5", "--line", "Jam=3")
    run = crm(*lines, "--set", "serial=1", code=None)
    assert run.code == 2
    assert "several purchases" in run.err, run
    crm("purchase", "add", "ada", "Tea", "5", "--set", "serial=1")
    assert (
        "belongs to" in crm("purchase", "add", "ada", "Jam", "5", "--set", "serial=1", code=4).err
    )


def test_rows_cannot_share_a_value(office: Crm, tmp_path: Path) -> None:
    """Neither with a record nor with an earlier row; the same file again changes nothing."""
    office("contact", "edit", "ada", "--set", f"tax_number={GOOD}")
    rows = (
        f"name,email,tax_number\nAda,ada@example.com,{GOOD}\nBob,bob@example.com,{GOOD}\n"
        f"Cy,cy@example.com,{OTHER}\nDi,di@example.com,{OTHER}\nCy,cy@example.com,{OTHER}\n"
    )
    found = import_rows(office, tmp_path / "in.csv", rows)
    assert (found["created"], found["unchanged"], found["rejected"]) == (1, 2, 2)
    reasons = [(one["line"], one["field"], one["reason"]) for one in found["rejections"]]
    assert reasons == [
        (3, "tax_number", "belongs to another contact (#1 Ada)"),
        (5, "tax_number", "belongs to another contact (line 4)"),
    ]
    again = import_rows(office, tmp_path / "in.csv", rows)
    assert (again["created"], again["unchanged"], again["rejected"]) == (0, 3, 2)


def test_rows_of_products_cannot_share_a_value(crm: Crm, tmp_path: Path) -> None:
    crm("field", "add", "product", "Bin", "number", "--unique")
    crm("product", "add", "Tea", "--set", "bin=1")
    rows = "name,bin\nTea,1\nJam,1\nHam,2\nRum,2\nHam,2\n"
    for created, unchanged in ((1, 2), (0, 3)):
        found = import_rows(crm, tmp_path / "in.csv", rows, noun="product")
        assert (found["created"], found["unchanged"], found["rejected"]) == (created, unchanged, 2)
        assert [one["field"] for one in found["rejections"]] == ["bin", "bin"]
        assert "another product (#1)" in found["rejections"][0]["reason"]


def test_rows_of_purchases_cannot_share_a_value(crm: Crm, tmp_path: Path) -> None:
    """And nobody is made by a row that is rejected."""
    crm("field", "add", "purchase", "Serial", "--unique")
    crm("contact", "add", "Ada", "--email", "ada@example.com")
    crm("purchase", "add", "ada", "Tea", "5", "--set", "serial=S1")
    rows = (
        "email,date,amount,product,serial\nnew@example.com,2026-01-01,5,Tea,S1\n"
        "ada@example.com,2026-01-02,6,Tea,S2\ntwo@example.com,2026-01-02,6,Tea,S2\n"
    )
    for created, unchanged in ((1, 0), (0, 1)):
        found = import_rows(crm, tmp_path / "in.csv", rows, noun="purchase")
        assert (found["created"], found["unchanged"], found["rejected"]) == (created, unchanged, 2)
        assert found["contacts_created"] == 0
        assert [one["field"] for one in found["rejections"]] == ["serial", "serial"]
    other = rows.splitlines()[0] + "\nsix@example.com,2026-01-02,6,Tea,S2\n"
    found = import_rows(crm, tmp_path / "in.csv", other, noun="purchase")
    assert (found["rejected"], found["rejections"][0]["field"]) == (1, "serial")


def test_what_was_given_to_another_does_not_come_back(office: Crm) -> None:
    """Neither from the trash nor by undo."""
    office("contact", "edit", "ada", "--set", f"tax_number={GOOD}")
    office("contact", "delete", "ada", "--yes")
    office("contact", "add", "Bob", "--set", f"tax_number={GOOD}")
    error = office("trash", "restore", "1", "--json", code=4).error
    assert "tax_number now belongs to contact 2" in str(error["candidates"])
    office("contact", "edit", "bob", "--set", f"tax_number={OTHER}")
    changed = int(office("contact", "edit", "bob", "--unset", "tax_number").err.split()[-1])
    office("trash", "restore", "1")
    office("contact", "edit", "ada", "--set", f"tax_number={OTHER}")
    error = office("undo", changed, "--json", code=4).error
    assert "tax_number now belongs to contact 1" in str(error["candidates"])


# -- setting checks -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("[0-9", "character 1 ([0-9): unterminated character set"),
        ("CHE-(", "character 5 ((): missing ), unterminated subpattern"),
        ("a**", "character 3 (*): multiple repeat"),
        ("([0-9]+ ?)+", "too many ways, from character 1 on"),
        ("x(a|a)*y", "too many ways, from character 2 on"),
        ("(a?){40}b", "too many ways"),
        (".*.*.*.*", "too many ways"),
        ("((){9999}){9999}", "too many ways"),
        ("(?x) a b", "(?x) is not for it"),
        ("a" * 501, "501 characters"),
    ],
)
def test_a_bad_pattern_is_refused_when_it_is_set(crm: Crm, pattern: str, said: str) -> None:
    error = crm("field", "add", "contact", "X", "--pattern", pattern, "--json", code=2).error
    assert said in error["message"]
    assert error["hint"]
    assert crm.json("field", "list") == []


@pytest.mark.parametrize(
    "pattern",
    [
        TAX, ".*", "[^@ ]+@[^@ ]+\\.[a-z]+", "(AB|CD){2}[0-9]{1,8}", r"([0-9]{3}\.?){3}",
        "(?i)[a-z]{2}", "(?:ab)+", "[]a]+", r"[\]x]*", "(a*|b*|c*)d", "(?P<x>a)(?P=x)", r"\(\d+\)",
        "a{,3}", "{x}", "(?=a).*", "",
    ],
)  # fmt: skip
def test_a_pattern_of_one_shape_is_taken(pattern: str) -> None:
    assert read_pattern(pattern) == pattern


PARTS = st.recursive(
    st.sampled_from(["a", "b", ".", "[ab]", "\\w", "[^a]"]),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map("".join),
        st.tuples(inner, inner).map(lambda two: f"({two[0]}|{two[1]})"),
        st.tuples(inner, st.sampled_from(["*", "+", "?", "{2,5}", "{3}", "+?", "{2,}"])).map(
            lambda two: f"({two[0]}){two[1]}"
        ),
    ),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None)
@given(PARTS)
def test_a_pattern_that_is_taken_never_runs_for_long(pattern: str) -> None:
    """On the values that make regular expressions try everything."""
    try:
        read_pattern(pattern)
    except errors.InvalidValue:
        return
    started = time.process_time()
    for text in ("a" * (LONGEST - 1) + "!", "ab" * (LONGEST // 2 - 1) + "\n", "a" * 9999):
        matches(pattern, text)
    assert time.process_time() - started < 3


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("X", "number", "--pattern", "1"), "--pattern is for the kinds text, link"),
        (("X", "flag", "--max-length", "3"), "--max-length is for the kinds text, link"),
        (("X", "text", "--min", "3"), "--min is for the kinds number, money, date"),
        (("X", "--max-length", "0"), "--max-length '0' is not a number of characters"),
        (("X", "--max-length", "ten"), "--max-length 'ten' is not a number of characters"),
        (("X", "number", "--min", "x"), "not a number"),
        (("X", "number", "--min", "3", "--max", "2"), "the least is above the greatest"),
        (("X", "money", "--min", "3 CHF", "--max", "9 EUR"), "the limits are in CHF and EUR"),
        (("X", "--pattern", "a+", "--default", "b"), "the default does not fit"),
        (("X", "--unique", "--default", "b"), "so it has no default"),
    ],
)
def test_a_check_that_cannot_be_meant_is_refused(
    crm: Crm, words: tuple[str, ...], said: str
) -> None:
    assert said in crm("field", "add", "contact", *words, code=2).err


def test_a_records_own_field_takes_the_checks_of_text(crm: Crm) -> None:
    for name in ("email", "country", "notes", "birthday"):
        run = crm("field", "edit", f"contact.{name}", "--max-length", "3", code=2)
        assert "has no other check" in run.err
    assert "--min is for" in crm("field", "edit", "contact.city", "--min", "3", code=2).err
    crm("field", "edit", "contact.city", "--max-length", "3", "--required")
    crm("field", "edit", "contact.city", "--optional")
    shown = crm.json("field", "show", "contact.city")
    assert (shown["max_length"], shown["required"], shown["kind"]) == (3, False, "built-in")
    crm("field", "edit", "contact.city", "--max-length", "")
    crm("contact", "add", "Ada", "--city", "Basel")


def test_checks_are_shown_and_can_be_taken_off_and_undone(office: Crm) -> None:
    shown = office.json("field", "show", "budget")
    assert (shown["min"], shown["max"], shown["currency"]) == ("100.00", None, "CHF")
    shown = office.json("field", "show", "discount")
    assert (shown["min"], shown["max"], shown["unique"]) == (0, 12.5, False)
    shown = office.json("field", "show", "met_on")
    assert (shown["min"], shown["max"]) == ("2020-01-01", "2026-12-31")
    listed = office("field", "list", "contact").out
    assert TAX in listed.replace("\\\\", "\\")
    assert "2026-12-31" in listed
    office("field", "edit", "tax_number", "--pattern", "", "--not-unique")
    office("contact", "edit", "ada", "--set", "tax_number=x")
    office("contact", "add", "Bob", "--set", "tax_number=x")
    office("undo")
    office("undo")
    office("undo")
    assert office.json("field", "show", "tax_number")["pattern"] == TAX
    assert "does not match" in office("contact", "add", "C", "--set", "tax_number=x", code=2).err


def test_another_kind_takes_no_check_along_that_it_cannot_have(office: Crm) -> None:
    run = office("field", "edit", "discount", "--kind", "text", code=2)
    assert "--min ''" in run.err
    run = office("field", "edit", "discount", "--kind", "money", code=2)
    assert "that of a number" in run.err
    office("field", "edit", "discount", "--kind", "money", "--min", "0", "--max", "5 CHF")
    office("field", "edit", "discount", "--kind", "text", "--min", "", "--max", "")
    assert office.json("field", "show", "discount")["max"] is None


def test_values_that_were_there_stay_and_are_counted(crm: Crm) -> None:
    """A check that they break is set all the same, and they can be listed."""
    crm("field", "add", "contact", "Code")
    for name, code, city in (("Ada", "1", "Bern"), ("Bob", "x", "Biel"), ("Cy", "1", "Chur")):
        crm("contact", "add", name, "--set", f"code={code}", "--city", city)
    run = crm("field", "edit", "code", "--pattern", "[0-9]", "--unique")
    assert "2 values do not fit: crm field check contact.code lists them" in run.err
    assert "1 value does not fit" in crm("field", "edit", "contact.city", "--pattern", "B.*").err
    found = crm.json("field", "check", "contact.code")
    assert [(one["id"], one["record"], one["value"]) for one in found] == [
        (2, "contact", "x"), (3, "contact", "1"),
    ]  # fmt: skip
    assert crm("field", "check", "contact", "city", "-f", "ids").out == "3\n"
    assert len(crm.json("field", "check")) == 3
    assert crm.json("contact", "show", "2")["fields"] == {"code": "x"}
    crm("contact", "edit", "2", "--job-title", "Baker")  # the rest can be changed
    crm("contact", "edit", "2", "--set", "code=2")
    crm("contact", "edit", "3", "--set", "code=3", "--city", "Basel")
    assert crm.json("field", "check") == []
    assert "fit" not in crm("field", "edit", "code", "--pattern", "[0-9]{1,2}").err


# -- the last tag ---------------------------------------------------------------------------------


def test_the_last_tag_stays_where_one_is_required(crm: Crm) -> None:
    crm("contact", "add", "Ada", "--tag", "vip", "--tag", "new")
    crm("contact", "add", "Bob", "--tag", "vip")
    crm("field", "edit", "contact.tag", "--required")
    for words in (("bob", "vip"), ("--where", "id > 0", "vip", "--yes"), ("ada", "vip", "new")):
        error = crm("contact", "untag", *words, "--json", code=2).error
        assert error["message"].startswith("tag is required of a contact, and")
        assert "contact.tag --optional" in error["hint"]
    crm("contact", "untag", "ada", "vip")
    assert crm.json("contact", "show", "ada")["tags"] == ["new"]
    crm("contact", "untag", "ada", "vip")  # has it not
    crm("field", "edit", "contact.tag", "--optional")
    crm("contact", "untag", "bob", "vip")
    assert crm.json("contact", "show", "bob")["tags"] == []
