"""Whose purchase a row is: by its keys, never by a guess."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.imports.helpers import Files

PEOPLE = "customer_id,name,email,phone\n1,Ada,ada@x.ch,+41446681800\n2,Ben,ben@x.ch,\n,Eva,,\n"


def reasons(result: dict[str, object]) -> list[tuple[int, str]]:
    """Return (line, reason) of the rejected rows."""
    rejections: list[dict[str, object]] = result["rejections"]  # type: ignore[assignment]
    return [(int(str(row["line"])), str(row["reason"])) for row in rejections]


def warnings(result: dict[str, object]) -> dict[str, tuple[int, list[int]]]:
    """Return kind -> (count, lines)."""
    found: list[dict[str, object]] = result["warnings"]  # type: ignore[assignment]
    return {str(w["kind"]): (int(str(w["count"])), list(w["lines"])) for w in found}  # type: ignore[call-overload]


@pytest.mark.parametrize("match", ["external-id", "name"])
def test_an_address_stays_one_contacts(files: Files, match: str) -> None:
    files.load("contact", PEOPLE)
    text = "email,customer,date,amount\nADA@x.ch,9,2026-01-05,1\nnew@x.ch,10,2026-01-05,1\n"
    result = files.load("purchase", text, "--match", match, code=6)
    assert reasons(result) == [(2, "ada@x.ch belongs to another contact (#1 Ada)")]
    assert files.rows("SELECT count(*), count(DISTINCT value) FROM emails") == [(3, 3)]
    assert files.counts("purchase", text) == (2, 1, 0, 1, 0)


@pytest.mark.parametrize(
    ("row", "options", "reason"),
    [
        ("1,,ben@x.ch,,", (), "ben@x.ch belongs to another contact (#2 Ben)"),
        ("9,1,ben@x.ch,,", (), "ben@x.ch belongs to another contact (#2 Ben)"),
        ("2,1,,,", (), "customer:2 belongs to another contact (#2 Ben)"),
        ("1,,ben@x.ch,,", ("--match", "email"), "customer:1 belongs to another contact (#1 Ada)"),
        ("1,,new@x.ch,,", ("--match", "email"), "customer:1 belongs to another contact (#1 Ada)"),
        (",,ben@x.ch,,Ada", ("--match", "name"), "ben@x.ch belongs to another contact (#2 Ben)"),
    ],
)
def test_keys_of_two_contacts_in_one_row(
    files: Files, row: str, options: tuple[str, ...], reason: str
) -> None:
    files.load("contact", PEOPLE)
    text = f"customer,contact_id,email,phone,name,date,amount\n{row},2026-01-05,1\n"
    result = files.load("purchase", text, *options, code=6)
    assert reasons(result) == [(2, reason)]
    assert (result["contacts_created"], result["created"]) == (0, 0)


def test_a_name_alone_finds_nobody_unless_asked(files: Files) -> None:
    files.load("contact", PEOPLE)
    text = "name,date,amount\nEva,2026-01-05,1\nEva,2026-01-06,1\nJohn Smith,2026-01-05,1\n"
    named = files.load("purchase", text, "--match", "name", "--dry-run")
    assert (named["contacts_created"], warnings(named)) == (1, {"matched-by-name": (1, [2])})
    result = files.load("purchase", text)
    told = {"told-by-name": (2, [2, 4]), "namesake": (1, [2])}
    assert (result["contacts_created"], warnings(result)) == (2, told)
    before = files.dump()
    assert files.counts("purchase", text) == (3, 0, 0, 3, 0)
    assert files.dump() == before
    assert files.crm.json("contact", "show", "customer:john smith")["orders"] == 1


def test_names_nobody_knows_can_be_refused(files: Files) -> None:
    files.load("contact", PEOPLE)
    text = "name,product,date,amount\nEva,Cup,2026-01-05,1\n"
    result = files.load("purchase", text, "--unknown", "reject", code=6)
    assert reasons(result) == [(2, "no customer Eva")]
    assert result["products_created"] == 0


def test_contacts_nobody_knows_can_be_refused(files: Files) -> None:
    text = "name,email,city\nAnn,ann@x.org,Bern\nBob,bob@x.org,Thun\nBob,bob@x.org,\nKeyless,,\n"
    files.load("contact", "name,email\nAnn,ann@x.org\n")
    result = files.load("contact", text, "--unknown", "reject", code=6)
    assert [result[key] for key in ("created", "updated", "unchanged", "rejected")] == [0, 1, 0, 3]
    assert [row["line"] for row in result["rejections"]] == [3, 4, 5]
    assert {row["reason"] for row in result["rejections"]} == {"nobody knows this contact"}
    assert files.crm.json("contact", "show", "ann")["addresses"][0]["city"] == "Bern"
    # In an empty store it is every row, by the quick way in too.
    files.crm("undo")
    files.crm("undo")
    assert files.counts("contact", text, "--unknown", "reject", code=6) == (4, 0, 0, 0, 4)
    assert files.crm.json("contact", "list") == []
    # A plan keeps the word; mended, or let in, the rejected rows come in.
    plan = files.folder / "plan.jsonl"
    path = files.write(text)
    for words in ((path, "--unknown", "reject", "--plan", plan), ("--apply", plan)):
        assert files.crm.json("contact", "import", *words, code=6)["rejected"] == 4
    rejects = (files.folder / "in.csv.rejects.csv").read_text(encoding="utf-8")
    assert files.counts("contact", rejects, name="again.csv")[1] == 3


def test_namesakes_by_name_are_one_the_second_time_too(files: Files) -> None:
    text = "name,email,date,amount\nKim,a@x.ch,2026-01-05,1\nKim,b@x.ch,2026-01-06,1\n"
    assert files.counts("purchase", text, "--match", "name") == (2, 2, 0, 0, 0)
    assert files.counts("purchase", text, "--match", "name") == (2, 0, 0, 2, 0)


def test_rows_that_share_a_key_with_a_found_one_are_its(files: Files) -> None:
    files.load("contact", PEOPLE)
    text = (
        "customer,email,date,amount\n8,ada@x.ch,2026-01-01,1\n8,,2026-01-02,2\n"
        "2,ben2@x.ch,2026-01-03,3\n,ben2@x.ch,2026-01-04,4\n"
    )
    result = files.load("purchase", text)
    assert result["contacts_created"] == 0
    assert [row["contact"] for row in files.crm.json("purchase", "list")] == [
        "Ada", "Ada", "Ben", "Ben",
    ]  # fmt: skip
    before = files.dump()
    assert files.counts("purchase", text) == (4, 0, 0, 4, 0)
    assert files.dump() == before


def test_a_phone_of_another_name_is_told_where_somebody_is_made(files: Files) -> None:
    files.load("contact", PEOPLE)
    text = (
        "customer,name,phone,date,amount\n1,Otto,+41446681800,2026-01-01,1\n"
        ",Otto,+41446681800,2026-01-02,1\n,Rea,+41446681800,soon,1\n"
    )
    result = files.load("purchase", text, code=6)
    assert (result["contacts_created"], warnings(result)) == (1, {"phone-differs": (1, [3])})
    again = files.load("purchase", text, "--on-match", "fail", code=6)
    assert (again["contacts_created"], warnings(again)) == (0, {})


def test_contacts_that_are_not_made_are_not_told_of(files: Files) -> None:
    files.load("contact", PEOPLE)
    text = "name,email,phone\nOtto,ada@x.ch,+41446681800\nRea,,+41446681800\nRea,,+41446681800\n"
    made = files.load("contact", text, "--on-match", "fail", code=6)
    assert (made["created"], warnings(made)["phone-differs"]) == (1, (1, [3]))
    again = files.load("contact", text, "--on-match", "fail", "--dry-run", code=6)
    assert (again["created"], warnings(again)) == (0, {})


def test_products_have_no_dates_but_take_the_option(files: Files) -> None:
    assert files.counts("product", "sku,name\nT,Tea\n", "--dates", "dmy") == (1, 1, 0, 0, 0)


def test_sales_of_tomorrow_are_told(files: Files) -> None:
    text = "customer,date,amount\n1,2026-01-01,1\n1,2999-01-01,1\n2,2999-01-02,1\n2,2999-01-03,x\n"
    assert warnings(files.load("purchase", text, code=6)) == {"future": (2, [3, 4])}


@pytest.mark.parametrize(
    ("options", "word"),
    [
        (("--country", "ZZ"), "ZZ"), (("--country", "Narnia"), "Narnia"),
        (("--source", ""), "--source"), (("--source", "a b:c"), "--source"),
        (("--map", "A=email", "--map", "B=email"), "email"),
        (("--map", "A=email", "--map", "A=name"), "twice"),
    ],
)  # fmt: skip
def test_options_that_cannot_be_meant(files: Files, options: tuple[str, ...], word: str) -> None:
    path = files.write("A,B,date,amount\na@x.ch,b@x.ch,2026-01-01,1\n")
    run = files.crm("purchase", "import", path, *options, "--json", code=2)
    assert word in run.error["message"]


def test_a_country_by_its_name_and_lists_from_two_columns(files: Files) -> None:
    text = "A,B,tel\na@x.ch,b@x.ch,044 668 18 00\n"
    files.load("contact", text, "--country", "Schweiz", "--map", "A=email", "--map", "B=email")
    shown = files.crm.json("contact", "show", 1)
    assert len(shown["emails"]) == 2
    assert files.rows("SELECT value FROM phones") == [("+41446681800",)]


def test_a_company_is_made_once(files: Files) -> None:
    people = "name,email,company\nAda,ada@x.org,Acme Ltd\nBob,bob@x.org,ACME  ltd\n"
    assert files.load("contact", people)["contacts_created"] == 1
    # A list of companies finds what a list of people made.
    companies = "kind,name,phone,city\ncompany,Acme Ltd,+41446681800,Bern\ncompany,Other,,\n"
    assert files.counts("contact", companies) == (2, 1, 1, 0, 0)
    assert files.counts("contact", companies) == (2, 0, 0, 2, 0)
    named = "kind,name\ncompany,acme ltd\ncompany,Acme Ltd\ncompany,New\ncompany,NEW\n"
    assert files.counts("contact", named) == (4, 1, 0, 3, 0)
    assert files.counts("contact", named) == (4, 0, 0, 4, 0)
    # With keys of their own, companies of one name are several.
    twins = "kind,name,email\ncompany,Acme Ltd,info@acme.org\ncompany,Acme Ltd,info@acme.ch\n"
    assert files.counts("contact", twins) == (2, 2, 0, 0, 0)
    # People are not found by their names.
    assert files.counts("contact", "name\nAda\n") == (1, 1, 0, 0, 0)


def test_companies_of_nearly_one_name_are_asked_after(files: Files) -> None:
    files.crm("contact", "add", "Acme Limited", "--kind", "company")
    people = (
        "name,email,company\nAda,ada@x.org,Edge Inc\nBob,bob@x.org,Edge Inc.\n"
        "Eve,eve@x.org,ACME\nDan,dan@x.org,Other\n"
    )
    result = files.load("contact", people)
    (warning,) = result["warnings"]
    assert (warning["kind"], warning["count"], warning["lines"]) == ("company-near", 2, [3, 4])
    assert "'Edge Inc.', 'Edge Inc'" in warning["message"]
    assert files.load("contact", people)["warnings"] == []


def test_a_uuid_of_another_contact_is_rejected_where_it_does_not_tell_whom_a_row_means(
    files: Files,
) -> None:
    one, two = (f"00000000-0000-7000-8000-00000000000{n}" for n in (1, 2))
    files.load("contact", f"uid,name,email\n{one},Ann,ann@x.org\n")
    result = files.load(
        "contact",
        f"uid,name,email\n{one},Bob,bob@x.org\n{two},Cy,cy@x.org\n{two},Di,di@x.org\n",
        "--match", "email", code=6,
    )  # fmt: skip
    assert (result["created"], result["rejected"]) == (1, 2)
    assert [row["reason"] for row in result["rejections"]] == [
        "belongs to another contact (#1 Ann)", "belongs to another contact (line 3)",
    ]  # fmt: skip
