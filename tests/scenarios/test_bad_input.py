"""Bad input that other programs were seen to fail at, one test a case.

| case | test |
| --- | --- |
| a bad date is stored, or means no filter | `test_a_bad_date_is_refused_with_the_forms_that_work` |
| an unknown format, column, field or number is passed over | `test_what_does_not_exist_is_refused` |
| an open quote swallows what follows | `test_an_open_quote_costs_its_own_line` |
| a quoted line break makes two people of one | `test_the_same_people_as_the_clean_file` |
| CRLF loses the last column | `test_the_same_people_as_the_clean_file` |
| mark and semicolons: no name, no hint | `test_the_same_people_as_the_clean_file` |
| a bad e-mail in a row is dropped in silence | `test_a_bad_row_is_named_by_line_and_nothing_of_it_stays` |
| more cells than columns are dropped in silence | `test_a_row_too_wide_is_rejected` |
| a leading + or 0 is lost to a number | `test_texts_stay_texts` |
| a missing file, a broken JSON: a stack trace | `test_a_file_that_cannot_be_used_is_said` |
| a duplicate is stored twice | `test_a_duplicate_is_refused_and_names_its_owner` |
| a row with only a phone is left out | `test_any_one_key_is_enough` |
| the same file thrice is three people | `test_any_one_key_is_enough` |
| only ambiguous dates are guessed | `test_ambiguous_dates_wait_for_their_order` |
| deleting what is not there says deleted | `test_what_is_not_there_is_not_deleted` |
| deleting without a terminal asks for ever | `test_nothing_is_asked_when_stdin_is_closed` |
| an ambiguous name with stdin closed asks for ever | `test_nothing_is_asked_when_stdin_is_closed` |
| a name like markup or an escape code harms the list | `test_a_name_is_never_markup_or_a_command` |
| a piped table is cut at 80 columns | `test_a_piped_list_is_whole` |
| a long list piped into head: a stack trace | `test_a_long_list_into_head` |
| delete, add the same e-mail, restore the first | `test_a_deleted_address_is_free_until_it_comes_back` |
| eight adds at once are all kept, of one e-mail one | `tests/faults/test_processes.py` |
| the own export does not come back | `tests/imports/test_any_records.py` |
| an import says yes where the person said no | `tests/imports/test_consents.py` |
"""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Crm

CLEAN = (
    "name,email,city,notes\n"
    'Ada Lovelace,ada@x.org,Bern,"two\nlines"\n'
    '"Müller, Zoë",zoe@x.org,Genève,"said ""hi"""\n'
)


def people(crm: Crm) -> list[tuple[object, ...]]:
    found = [crm.json("contact", "show", row["id"]) for row in crm.json("contact", "list")]
    return [
        (one["name"], one["emails"][0]["value"], one["addresses"][0]["city"], one["notes"])
        for one in found
    ]


@pytest.mark.parametrize(
    "content",
    [
        CLEAN.encode(),
        CLEAN.encode("utf-8-sig"),
        CLEAN.encode("cp1252"),
        CLEAN.encode("utf-16"),
        CLEAN.replace(",ada@", ";ada@").replace(",zoe@", ";zoe@").replace(",Bern,", ";Bern;")
        .replace(",Genève,", ";Genève;").replace("name,email,city,", "name;email;city;")
        .encode("utf-8-sig"),
        CLEAN.replace("\n", "\r\n").encode(),
        f"{CLEAN}\n\n,,,\n".encode(),
        CLEAN.rstrip("\n").encode(),
        f"sep=,\r\n{CLEAN}".encode(),
    ],
    ids=["clean", "mark", "cp1252", "utf-16", "mark and semicolons", "crlf", "empty lines",
         "no last line end", "sep="],
)  # fmt: skip
def test_the_same_people_as_the_clean_file(crm: Crm, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(content)
    assert crm.json("contact", "import", path)["unknown_columns"] == []
    assert people(crm) == [
        ("Ada Lovelace", "ada@x.org", "Bern", "two\nlines"),
        ("Müller, Zoë", "zoe@x.org", "Genève", 'said "hi"'),
    ]


def test_a_row_whose_last_cell_is_missing(crm: Crm, tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text("name,email,city\nAda,ada@x.org,Bern\nBob,bob@x.org\n")
    result = crm.json("contact", "import", path)
    assert (result["created"], result["warnings"][0]["kind"]) == (2, "short-row")


@pytest.mark.parametrize(
    "words",
    [
        "report sales --period banana", "report sales --since banana", "report sales --period 2026-13",
        "report segments --as-of 2026-99-99", "report retention --until 2026-02-30",
        "contact add Ada --birthday banana", "contact add Ada --birthday 2026-99-99",
        "purchase add Ada Tea 5 --on banana", "contact list --where 'last_purchase < banana'",
        "purchase add Ada Tea 5 --on 03/04/2027", "contact list --now banana",
    ],
)  # fmt: skip
def test_a_bad_date_is_refused_with_the_forms_that_work(crm: Crm, words: str) -> None:
    import shlex

    crm("contact", "add", "Ada")
    run = crm(*shlex.split(words), "--json", code=2)
    assert run.out == ""
    assert "2026" in run.error["hint"] or "2027" in run.error["hint"] or "-05-" in run.error["hint"]
    assert crm.json("purchase", "list") == []
    assert len(crm.json("contact", "list")) == 1


@pytest.mark.parametrize(
    ("words", "nearest"),
    [
        (("--format", "jsn"), "json"), (("--sort", "nosuch"), "name"), (("--columns", "nam"), "name"),
        (("--where", "nam = Ada"), "name"), (("--where", "nosuch = 1"), ""), (("--limit", "abc"), ""),
        (("--where", "revenue > lots"), ""), (("--where", "name ="), ""),
    ],
)  # fmt: skip
def test_what_does_not_exist_is_refused(crm: Crm, words: tuple[str, ...], nearest: str) -> None:
    crm("contact", "add", "Ada")
    run = crm("contact", "list", *words, code=2)
    assert run.out == ""
    assert nearest in run.err


def test_an_open_quote_costs_its_own_line(crm: Crm, tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text('name,email\nAda,ada@x.org\nBob,"bob@x.org\nCy,cy@x.org\n')
    result = crm.json("contact", "import", path, code=6)
    assert [row["line"] for row in result["rejections"]] == [3]
    assert [row["name"] for row in crm.json("contact", "list")] == ["Ada", "Cy"]


def test_a_bad_row_is_named_by_line_and_nothing_of_it_stays(crm: Crm, tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text('name,email,notes\nAda,ada@x.org,"a\nb"\nBob,bob@,\nCy,cy@x.org,\n')
    result = crm.json("contact", "import", path, code=6)
    assert [(row["line"], row["field"]) for row in result["rejections"]] == [(4, "email")]
    assert [row["name"] for row in crm.json("contact", "list")] == ["Ada", "Cy"]
    assert crm("contact", "import", path, "--strict", code=6).out == ""


def test_a_row_too_wide_is_rejected(crm: Crm, tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text("name,email\nAda,ada@x.org,Bern\nBob,bob@x.org\n")
    result = crm.json("contact", "import", path, code=6)
    assert "has 3 cells, the header 2" in result["rejections"][0]["reason"]


def test_texts_stay_texts(crm: Crm, tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text("name,phone,postcode,VAT no\n007,+12125550000,01067,0612345678\n")
    crm("contact", "import", path, "--keep-unknown")
    one = crm.json("contact", "show", 1)
    assert (one["name"], one["phones"][0]["value"]) == ("007", "+12125550000")
    assert (one["addresses"][0]["postcode"], one["fields"]) == ("01067", {"vat_no": "0612345678"})


@pytest.mark.parametrize("content", [None, "", '{"name": ', "PK\x03\x04", "\n\n"])
def test_a_file_that_cannot_be_used_is_said(crm: Crm, tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "in.jsonl"
    if content is not None:
        path.write_text(content)
    for noun in ("contact", "product", "purchase"):
        run = crm(noun, "import", path, "--json", code=6)
        assert (run.out, run.error["code"]) == ("", "bad-file")
        assert run.error["hint"]


def test_a_duplicate_is_refused_and_names_its_owner(crm: Crm, tmp_path: Path) -> None:
    crm("contact", "add", "Ada", "--email", "ada@x.org")
    run = crm("contact", "add", "Somebody", "--email", "ADA@X.org", code=4)
    assert "Ada (#1)" in run.err
    path = tmp_path / "in.csv"
    path.write_text("name,email\nAda,Ada@x.org\n")
    assert crm.json("contact", "import", path)["unchanged"] == 1
    assert len(crm.json("contact", "list")) == 1


def test_any_one_key_is_enough(crm: Crm, tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text(
        "name,email,phone,customer_id\nAda,,,\n,bob@x.org,,\n,,+41446681800,\n,,,C7\nEve,e@x.org,,\n"
    )
    assert crm.json("contact", "import", path)["created"] == 5
    for _ in range(2):
        result = crm.json("contact", "import", path)
        assert (result["unchanged"], result["import"]) == (5, None)


def test_ambiguous_dates_wait_for_their_order(crm: Crm, tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text("customer,date,amount\nC1,12/3/2021,5\nC2,04/03/2021,6\n")
    result = crm.json("purchase", "import", path, code=6)
    assert (result["created"], result["rejected"]) == (0, 2)
    assert "--dates" in result["rejections"][0]["reason"]
    crm("purchase", "import", path, "--dates", "dmy")
    assert [row["on"] for row in crm.json("purchase", "list")] == ["2021-03-12", "2021-03-04"]


def test_what_is_not_there_is_not_deleted(crm: Crm) -> None:
    crm("contact", "add", "Ada")
    run = crm("contact", "delete", 99, "--yes", "--json", code=3)
    assert (run.out, run.error["code"]) == ("", "not-found")
    assert crm("contact", "show", 99, code=3).out == ""


def test_nothing_is_asked_when_stdin_is_closed(crm: Crm) -> None:
    crm("contact", "add", "Ada Lovelace")
    crm("contact", "add", "Ada Byron")
    run = crm("contact", "show", "Ada", "--json", code=4)
    assert run.error["code"] == "ambiguous"
    assert [one["name"] for one in run.error["candidates"]] == ["Ada Lovelace", "Ada Byron"]
    assert "--yes" in crm("contact", "delete", 1, code=2).err
    done = subprocess.run(
        [sys.executable, "-m", "crm_cli", "contact", "delete", "1"], capture_output=True,
        check=False, env={**os.environ, "CRM_DB": str(crm.db)}, preexec_fn=lambda: os.close(0),
        timeout=60,
    )  # fmt: skip
    assert done.returncode == 2
    assert len(crm.json("contact", "list")) == 2


@pytest.mark.parametrize("name", ["[/VIP] Bob", "[red]Bob", "\x1b[31mBob\x1b]0;x\x07", "\u202eBob"])
def test_a_name_is_never_markup_or_a_command(crm: Crm, tmp_path: Path, name: str) -> None:
    path = tmp_path / "in.csv"
    path.write_text(f"name,tags\n{name},{name}\n", encoding="utf-8")
    crm("contact", "import", path)
    for words in (("contact", "list"), ("contact", "show", "1"), ("history",)):
        for more in ((), ("--color", "always")):
            out = crm(*words, *more).out
            assert "Bob" in out or words == ("history",)
            assert not any(sign in out for sign in ("\x1b]", "\x07", "\u202e", "\x1b[31mBob"))
    assert crm.json("contact", "list")[0]["name"] == name
    if name.isprintable():
        assert name in crm("contact", "list").out


def test_a_piped_list_is_whole(crm: Crm) -> None:
    long = "A name of more than eighty characters, which a table of that width would cut off " * 2
    crm("contact", "add", long, "--email", f"{'a' * 60}@{'b' * 60}.example.com")
    out = crm.process("contact", "list", CRM_DB=str(crm.db), COLUMNS="80").out
    assert " ".join(long.split()) in out
    assert "\u2026" not in out


def test_a_long_list_into_head(crm: Crm, tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text("name\n" + "".join(f"Person number {n}\n" for n in range(5000)))
    crm("contact", "import", path)
    for form in ("table", "csv", "json", "jsonl", "ids", "html"):
        done = subprocess.run(
            ["sh", "-c", '"$0" -m crm_cli contact list -f "$1" | head -1', sys.executable, form],
            capture_output=True, check=False, env={**os.environ, "CRM_DB": str(crm.db)}, text=True,
        )  # fmt: skip
        assert (done.stderr, done.stdout.count("\n")) == ("", 1)


def test_a_deleted_address_is_free_until_it_comes_back(crm: Crm) -> None:
    crm("contact", "add", "Ada", "--email", "ada@x.org")
    crm("contact", "delete", "Ada", "--yes")
    crm("contact", "add", "Ada again", "--email", "ada@x.org")
    run = crm("trash", "restore", 1, "--json", code=4)
    assert run.error["code"] in {"duplicate", "conflict"}
    assert [row["name"] for row in crm.json("contact", "list")] == ["Ada again"]
