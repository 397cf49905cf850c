"""Importing people and companies."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.conftest import Crm
    from tests.imports.helpers import Files

TWO = (
    "name,email,phone,city,company,tags\n"
    'Ada Lovelace,Ada@X.org,+41 44 668 18 00,Bern,Analytical Ltd,"vip, math"\n'
    "Carl Gauss,,,Göttingen,,\n"
)


def test_the_result_and_the_records(files: Files) -> None:
    result = files.load("contact", TWO)
    assert result["import"] == 1
    assert result["source"].endswith("in.csv")
    assert (result["created"], result["contacts_created"]) == (2, 1)
    assert result["rejects_file"] is None
    assert result["warnings"] == []
    assert "dry_run" not in result
    ada = files.crm.json("contact", "show", "ada@x.org")
    assert ada["name"] == "Ada Lovelace"
    assert ada["company"] == "Analytical Ltd"
    assert ada["tags"] == ["math", "vip"]
    assert ada["emails"] == [{"value": "ada@x.org", "label": None, "primary": True}]
    assert ada["phones"][0]["value"] == "+41446681800"
    assert ada["phones"][0]["raw"] == "+41 44 668 18 00"
    assert ada["addresses"][0]["city"] == "Bern"
    assert ada["role"] == "prospect"
    assert files.crm.json("contact", "show", "Analytical Ltd")["kind"] == "company"


def test_the_same_file_twice_changes_nothing(files: Files) -> None:
    files.load("contact", TWO)
    before = files.dump()
    assert files.counts("contact", TWO) == (2, 0, 0, 2, 0)
    assert files.dump() == before
    assert files.load("contact", TWO)["import"] is None
    assert len(files.crm.json("history")) == 1


def test_rows_without_a_key_are_counted(files: Files) -> None:
    three = "name,city\nJohn Smith,Bern\nJohn Smith,Bern\nJohn Smith,Basel\n"
    assert files.counts("contact", three) == (3, 3, 0, 0, 0)
    assert files.counts("contact", three) == (3, 0, 0, 3, 0)
    more = "name,city\n" + "John Smith,Bern\n" * 3
    assert files.counts("contact", more) == (3, 1, 0, 2, 0)


def test_an_edited_contact_is_still_known_by_its_row(files: Files) -> None:
    files.load("contact", "name,city\nJohn Smith,Bern\n")
    files.crm("contact", "edit", 1, "--name", "Johnny")
    assert files.counts("contact", "name,city\nJohn Smith,Bern\n") == (1, 0, 0, 1, 0)
    assert files.crm.json("contact", "show", 1)["name"] == "Johnny"


def test_a_deleted_contact_is_added_anew(files: Files) -> None:
    for text in ("name,city\nJohn,Bern\n", "name,email\nAda,ada@x.org\n"):
        files.load("contact", text)
        newest = max(row["id"] for row in files.crm.json("contact", "list"))
        files.crm("contact", "delete", newest, "--yes")
        assert files.counts("contact", text) == (1, 1, 0, 0, 0)


def test_fill_writes_empty_fields_only(files: Files) -> None:
    files.load("contact", "name,email,job_title\nAda,a@x.org,\n")
    again = "name,email,job_title,owner,phone\nAda L.,a@x.org,Countess,Bob,+41446681800\n"
    result = files.load("contact", again)
    assert (result["updated"], result["created"]) == (1, 0)
    assert [warning["kind"] for warning in result["warnings"]] == ["name-differs"]
    ada = files.crm.json("contact", "show", 1)
    assert (ada["name"], ada["job_title"], ada["owner"]) == ("Ada", "Countess", "Bob")
    assert len(ada["phones"]) == 1
    other = "name,email,job_title\nAda,a@x.org,Queen\n"
    assert files.counts("contact", other) == (1, 0, 0, 1, 0)


def test_update_overwrites_with_cells_that_are_filled(files: Files) -> None:
    files.load("contact", "name,email,job_title,owner\nAda,a@x.org,Countess,Bob\n")
    text = "name,email,job_title,owner\nAda King,a@x.org,Queen,\n"
    assert files.counts("contact", text, "--on-match", "update") == (1, 0, 1, 0, 0)
    ada = files.crm.json("contact", "show", 1)
    assert (ada["name"], ada["job_title"], ada["owner"]) == ("Ada King", "Queen", "Bob")
    assert files.counts("contact", text, "--on-match", "update") == (1, 0, 0, 1, 0)


def test_skip_and_fail(files: Files) -> None:
    files.load("contact", "name,email\nAda,a@x.org\n")
    text = "name,email,owner\nAda,a@x.org,Bob\nEve,e@x.org,Bob\n"
    assert files.counts("contact", text, "--on-match", "fail", code=6) == (2, 1, 0, 0, 1)
    assert files.counts("contact", text, "--on-match", "skip") == (2, 0, 0, 2, 0)
    assert files.crm.json("contact", "show", 1)["owner"] is None


def test_lists_are_added_to_unless_replaced(files: Files) -> None:
    files.load("contact", "external_id,name,email,tags\n1,Ada,a@x.org,old\n")
    text = "external_id,name,email,tags\n1,Ada,b@x.org,new\n"
    assert files.counts("contact", text) == (1, 0, 1, 0, 0)
    ada = files.crm.json("contact", "show", 1)
    assert [entry["value"] for entry in ada["emails"]] == ["a@x.org", "b@x.org"]
    assert ada["tags"] == ["new", "old"]
    assert files.counts("contact", text, "--replace-lists") == (1, 0, 1, 0, 0)
    ada = files.crm.json("contact", "show", 1)
    assert [entry["value"] for entry in ada["emails"]] == ["b@x.org"]
    assert ada["tags"] == ["new"]
    assert files.counts("contact", text, "--replace-lists") == (1, 0, 0, 1, 0)


def test_two_rows_of_one_person_in_one_file(files: Files) -> None:
    text = "name,email,phone,city\nAda,a@x.org,,\nAda,a@x.org,+41446681800,Bern\nAda,a@x.org,,\n"
    assert files.counts("contact", text) == (3, 1, 1, 1, 0)
    ada = files.crm.json("contact", "show", 1)
    assert ada["phones"][0]["value"] == "+41446681800"
    assert ada["addresses"][0]["city"] == "Bern"
    assert files.counts("contact", text) == (3, 0, 0, 3, 0)


def test_a_phone_matches_only_where_names_agree(files: Files) -> None:
    files.load("contact", "name,phone\nAda,+41446681800\n")
    result = files.load(
        "contact", "name,phone\nBen,+41446681800\nADA,+41446681800\n,+41446681800\n"
    )
    assert (result["created"], result["unchanged"]) == (1, 2)
    assert result["warnings"][0]["kind"] == "phone-differs"
    assert result["warnings"][0]["lines"] == [2]


def test_external_ids(files: Files) -> None:
    files.load("contact", "customer_id,name\n0001,Ada\nshop:7,Ben\n")
    assert files.crm.json("contact", "show", "customer:0001")["name"] == "Ada"
    assert files.crm.json("contact", "show", "shop:7")["external_ids"] == ["shop:7"]
    files.load("contact", "customer_id,name\n0001,Other\n", "--source", "web")
    assert files.crm.json("contact", "show", "web:0001")["name"] == "Other"


def test_any_one_identifier_is_enough(files: Files) -> None:
    text = "name,email,phone,customer_id\n,a@x.org,,\n,,+41446681800,\n,,,77\n,,,\nBob,,,\n"
    assert files.counts("contact", text) == (4, 4, 0, 0, 0)
    names = [row["name"] for row in files.crm.json("contact", "list")]
    assert names == ["a@x.org", "+41446681800", "Customer 77", "Bob"]
    named = "name,email,customer_id\nAda,a@x.org,\nEve,,77\n"
    assert files.counts("contact", named) == (2, 0, 2, 0, 0)
    assert files.crm.json("contact", "show", 1)["name"] == "Ada"
    assert files.crm.json("contact", "show", 3)["name"] == "Eve"


def test_an_archived_contact_is_found_and_stays_archived(files: Files) -> None:
    files.load("contact", "name,email\nAda,a@x.org\n")
    files.crm("contact", "archive", 1)
    result = files.load("contact", "name,email,owner\nAda,a@x.org,Bob\n")
    assert result["updated"] == 1
    assert [warning["kind"] for warning in result["warnings"]] == ["archived"]
    assert files.crm.json("contact", "show", 1)["archived_at"] is not None


def test_an_address_is_completed_not_doubled(files: Files) -> None:
    files.load("contact", "name,email,city\nAda,a@x.org,Bern\n")
    text = "name,email,street,city\nAda,a@x.org,Gasse 1,BERN\n"
    assert files.counts("contact", text) == (1, 0, 1, 0, 0)
    (address,) = files.crm.json("contact", "show", 1)["addresses"]
    assert address["street"] == "Gasse 1"
    files.crm("undo")
    (address,) = files.crm.json("contact", "show", 1)["addresses"]
    assert address["street"] is None


def test_phones_that_cannot_be_read_are_kept(files: Files) -> None:
    result = files.load("contact", "name,phone\nAda,ext. 12\nBen,044 668 18 00\n")
    assert result["created"] == 2
    assert result["warnings"][0]["count"] == 2
    ada = files.crm.json("contact", "show", 1)
    assert ada["phones"][0]["value"] is None
    assert ada["phones"][0]["raw"] == "ext. 12"


@pytest.mark.parametrize("how", ["option", "setting", "column"])
def test_local_phones_belong_to_a_country(files: Files, how: str) -> None:
    text = "name,phone\nAda,044 668 18 00\n"
    options: tuple[str, ...] = ()
    if how == "option":
        options = ("--country", "CH")
    elif how == "setting":
        files.crm("config", "set", "country", "CH")
    else:
        text = "name,phone,country\nAda,044 668 18 00,Switzerland\n"
    files.load("contact", text, *options)
    assert files.crm.json("contact", "show", 1)["phones"][0]["value"] == "+41446681800"


BAD = "name,email,role,birthday\nAda,a@x.org,,\nBob,bob@,,\nEve,,chief,\nDan,,,31/12/1999\n"


def test_bad_rows_are_written_beside_the_input(files: Files) -> None:
    result = files.load("contact", BAD, code=6)
    assert (result["created"], result["rejected"]) == (1, 3)
    path = files.folder / "in.csv.rejects.csv"
    assert result["rejects_file"] == str(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines[0] == "name,email,role,birthday,_line,_field,_reason"
    assert lines[1].startswith("Bob,bob@,,,3,email,")
    assert lines[2].startswith("Eve,,chief,,4,role,")
    assert "--dates" in lines[3]
    assert [(row["line"], row["field"]) for row in result["rejections"]] == [
        (3, "email"), (4, "role"), (5, "birthday"),
    ]  # fmt: skip


def test_rejects_mended_and_fed_back(files: Files) -> None:
    files.load("contact", BAD, code=6)
    path = files.folder / "in.csv.rejects.csv"
    mended = path.read_text(encoding="utf-8").replace("bob@,", "bob@x.org,")
    mended = mended.replace("chief", "customer").replace("31/12/1999", "1999-12-31")
    result = files.load("contact", mended, name="in.csv.rejects.csv")
    assert (result["created"], result["rejected"]) == (3, 0)
    assert result["unknown_columns"] == []


def test_a_clean_run_removes_the_rejects_it_wrote(files: Files) -> None:
    files.load("contact", BAD, code=6)
    path = files.folder / "in.csv.rejects.csv"
    files.load("contact", "name\nAda\n")
    assert not path.exists()
    path.write_text("mine\n", encoding="utf-8")
    files.load("contact", "name\nAda\n")
    assert path.exists()


def test_strict_writes_nothing(files: Files) -> None:
    run = files.crm("contact", "import", files.write(BAD), "--strict", "--json", code=6)
    assert run.out == ""
    assert run.error["code"] == "rows-rejected"
    assert "line 3 (email)" in run.error["message"]
    assert files.crm.json("contact", "list") == []
    assert not (files.folder / "in.csv.rejects.csv").exists()


def test_a_rehearsal_writes_nothing_and_ends_as_the_real_run(files: Files) -> None:
    result = files.load("contact", BAD, "--dry-run", code=6)
    assert result["dry_run"] is True
    assert result["import"] is None
    assert (result["created"], result["rejected"]) == (1, 3)
    assert not (files.folder / "in.csv.rejects.csv").exists()
    assert not files.crm.db.exists()
    files.crm("contact", "add", "Somebody")
    files.load("contact", BAD, "--dry-run", code=6)
    assert len(files.crm.json("contact", "list")) == 1


def test_unknown_columns_are_named(files: Files) -> None:
    run = files.crm("contact", "import", files.write("name,Shoe size\nAda,38\n"), "--json")
    assert "Shoe size" in run.err
    assert run.json["unknown_columns"] == ["Shoe size"]
    run = files.crm("contact", "import", files.write("Kunde,Ort\nAda,Bern\n"),
                    "--map", "Kunde=name", "--map", "Ort=city", "--json")  # fmt: skip
    assert run.json["unknown_columns"] == []


def test_a_file_that_says_nothing(files: Files) -> None:
    run = files.crm("contact", "import", files.write("Schuh,Hut\n1,2\n"), "--json", code=6)
    assert run.error["code"] == "bad-file"
    assert "--map" in run.error["hint"]
    assert not files.crm.db.exists()


def test_tags_for_all(files: Files) -> None:
    text = "name,email\nAda,a@x.org\nBen,b@x.org\n"
    files.load("contact", text, "--tag", "Fair 2026", "--tag", "new")
    assert files.crm.json("contact", "show", 2)["tags"] == ["Fair 2026", "new"]
    assert files.counts("contact", text, "--tag", "Fair 2026") == (2, 0, 0, 2, 0)
    assert files.counts("contact", text, "--tag", "third") == (2, 0, 2, 0, 0)


def test_an_address_of_another_contact_is_refused(files: Files) -> None:
    files.load("contact", "customer_id,name,email\n1,Ada,a@x.org\n2,Ben,b@x.org\n")
    text = "customer_id,name,email\n2,Ben,a@x.org\n"
    result = files.load("contact", text, code=6)
    assert "belongs to another contact (#1 Ada)" in result["rejections"][0]["reason"]


def test_match_by_one_key_alone(files: Files) -> None:
    files.load("contact", "name,email\nAda,a@x.org\n")
    text = "name,owner\nada,Bob\n"
    assert files.counts("contact", text, "--match", "name") == (1, 0, 1, 0, 0)
    files.load("contact", "name,email\nAda,other@x.org\n")
    result = files.load("contact", text, "--match", "name", code=6)
    assert "several contacts are called" in result["rejections"][0]["reason"]
    run = files.crm("contact", "import", files.write(text), "--match", "shoe", "--json", code=2)
    assert "external-id" in run.error["hint"]


def test_stdin(crm: Crm, files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(files.folder)
    run = crm.process("contact", "import", "-", "--json", stdin="name,email\nAda,a@x.org\nB,b@\n")
    assert run.code == 6, run
    assert run.json["source"] == "stdin"
    assert run.json["rejects_file"] == "stdin.rejects.csv"
    assert "B,b@,3,email," in (files.folder / "stdin.rejects.csv").read_text(encoding="utf-8")


def test_names_in_several_columns(files: Files) -> None:
    files.load("contact", "first name,last name,company\nAda,King,\n,,Acme\nBob,,Acme\n")
    shown = [(row["name"], row["company"]) for row in files.crm.json("contact", "list")]
    assert shown == [("Ada King", None), ("Acme", None), ("Bob", "Acme")]
    assert files.crm.json("contact", "show", 1)["first_name"] == "Ada"
    assert files.crm.json("contact", "show", 2)["kind"] == "company"


def test_undo_and_redo(files: Files) -> None:
    files.load("contact", "name,email,tags\nAda,a@x.org,old\n")
    before = files.dump()
    text = TWO.replace("Ada@X.org", "a@x.org")
    files.load("contact", text, "--on-match", "update")
    after = files.dump()
    assert after != before
    files.crm("undo")
    assert files.dump() == before
    files.crm("redo")
    assert files.dump() == after
    files.crm("undo")
    assert files.counts("contact", text)[1:3] == (1, 1)


def test_a_customer_number_has_one_system_however_it_is_written(files: Files) -> None:
    files.crm("contact", "add", "Ada", "--external-id", "Shop:1")
    text = "name,external_id\nAda,shop:1\nBob,SHOP:2\nBob,shop:2\n"
    assert files.counts("contact", text) == (3, 1, 0, 2, 0)
    assert files.rows("SELECT system, value FROM external_ids ORDER BY id") == [
        ("Shop", "1"), ("SHOP", "2"),
    ]  # fmt: skip


def test_a_customer_number_of_another_contact_rejects_the_row(files: Files) -> None:
    files.crm("contact", "add", "Ada", "--external-id", "shop:1", "--email", "ada@x.ch")
    files.crm("contact", "add", "Bob", "--external-id", "shop:2", "--email", "bob@x.ch")
    result = files.load(
        "contact",
        "name,external_id,email\nAda,shop:1;shop:2,ada@x.ch\nNew,shop:1,new@x.ch\n"
        "A,shop:9,a@x.ch\nB,shop:9,b@x.ch\n",
        "--match", "email", code=6,
    )  # fmt: skip
    assert [(row["line"], row["field"], row["reason"]) for row in result["rejections"]] == [
        (2, "external_id", "shop:2 belongs to another contact (#2 Bob)"),
        (3, "external_id", "shop:1 belongs to another contact (#1 Ada)"),
        (5, "external_id", "shop:9 belongs to another contact (line 4)"),
    ]


def test_the_second_row_of_a_new_contact_may_tell_its_role(files: Files) -> None:
    files.load("contact", "name,email,kind,role\nX,x@x.ch,,\nX,x@x.ch,company,supplier\n")
    assert files.rows("SELECT kind, role FROM contacts") == [("company", "supplier")]


def test_replaced_lists_have_a_first_entry_again(files: Files) -> None:
    crm = files.crm
    crm("contact", "add", "Ada", "--external-id", "shop:1", "--email", "a@x.ch", "--email",
        "b@x.ch", "--phone", "+41446681801", "--phone", "+41446681802")  # fmt: skip
    before = files.dump()
    text = (
        "external_id,email,email_2,phone,phone_2\nshop:1,c@x.ch,b@x.ch,+41446681803,+41446681802\n"
    )
    files.load("contact", text, "--replace-lists")
    shown = crm.json("contact", "show", "1")
    assert [(row["value"], row["primary"]) for row in shown["emails"]] == [
        ("b@x.ch", True), ("c@x.ch", False),
    ]  # fmt: skip
    assert [(row["value"], row["primary"]) for row in shown["phones"]] == [
        ("+41446681802", True), ("+41446681803", False),
    ]  # fmt: skip
    crm("undo")
    assert files.dump() == before


@pytest.mark.parametrize(
    ("bad", "mended"),
    [("X\0Y", "XY"), ('"Ada', "Ada")],
)
def test_a_row_with_a_bad_byte_or_quote_is_not_mended_by_feeding_it_back(
    files: Files, bad: str, mended: str
) -> None:
    assert files.load("contact", f"name\nSomebody else\n{bad}\n", code=6)["rejected"] == 1
    path = files.folder / "in.csv.rejects.csv"
    held = path.read_text(encoding="utf-8")
    again = files.load("contact", held, name="again.csv", code=6)
    assert (again["created"], again["rejected"]) == (0, 1)
    cell = held.splitlines()[1].split(",")[0]
    good = files.load("contact", held.replace(cell, mended, 1), name="good.csv")
    assert (good["created"], good["rejected"]) == (1, 0)
    assert files.rows("SELECT name FROM contacts WHERE id > 1") == [(mended,)]


def told(result: dict[str, Any]) -> list[tuple[str, str, int, list[int]]]:
    """Return (kind, message, count, lines) of the warnings."""
    return [tuple(warning.values()) for warning in result["warnings"]]


@pytest.mark.parametrize("on_match", ["fill", "update"])
def test_a_row_of_another_name_leaves_first_and_last_name_alone(
    files: Files, on_match: str
) -> None:
    files.crm("contact", "add", "Anna Meier", "--email", "anna@meier.ch")
    files.crm("contact", "add", "Beat Frei", "--email", "beat@frei.ch")
    text = (
        "first_name,last_name,tags,email\n"
        "Nick,Nolte,friends,anna@meier.ch\nFrei,Beat,,beat@frei.ch\n"
    )
    result = files.load("contact", text, "--on-match", on_match)
    anna = files.crm.json("contact", "show", 1)
    names = [anna[key] for key in ("name", "first_name", "last_name")]
    if on_match == "fill":
        assert names == ["Anna Meier", None, None]
    else:
        assert names == ["Nick Nolte", "Nick", "Nolte"]
    assert anna["tags"] == ["friends"]
    message = "an e-mail address matched a contact of another name: #1 Anna Meier, #2 Beat Frei"
    assert told(result) == [("name-differs", message, 2, [2, 3])]


def test_what_fill_does_not_take_is_counted_by_field(files: Files) -> None:
    files.crm("contact", "add", "Ada", "--email", "a@x.ch", "--notes", "alt", "--company", "Acme")
    files.crm("contact", "add", "Bob", "--email", "b@x.ch", "--notes", "alt")
    text = "name,email,notes,company,role\nAda,a@x.ch,neu,Other,\nBob,b@x.ch,neu,Acme,supplier\n"
    result = files.load("contact", text)
    message = (
        "the file says otherwise than the contact known, which was kept (--on-match update takes"
        " the file's): 2x notes, 1x company, 1x role"
    )
    assert told(result) == [("contact-differs", message, 2, [2, 3])]
    assert [c["name"] for c in files.crm.json("contact", "list")] == ["Ada", "Acme", "Bob"]
    assert files.load("contact", text, "--on-match", "update")["warnings"] == []
    assert files.load("contact", text)["warnings"] == []
    again = files.load("contact", "external_id,email,name\ns:1,a@x.ch,Ada\n,a@x.ch,ADA\n")
    assert again["warnings"] == []
    other = files.load("contact", "external_id,name\ns:1,Eve\n")
    assert told(other)[0][1].endswith(": name")
    assert files.crm.json("contact", "show", 1)["name"] == "Ada"


def test_two_rows_of_one_new_contact_that_differ_are_told(files: Files) -> None:
    result = files.load("contact", "name,email,notes\nAda,a@x.ch,one\nAda,a@x.ch,two\n")
    assert [warning[0] for warning in told(result)] == ["contact-differs"]
    assert files.crm.json("contact", "show", 1)["notes"] == "one"


@pytest.mark.parametrize("on_match", ["skip", "fail"])
def test_rows_that_are_not_taken_leave_nothing_behind(files: Files, on_match: str) -> None:
    files.crm("contact", "add", "Ada", "--email", "a@x.ch")
    text = "name,email,company,tags\nAda,a@x.ch,New Ltd,one\n"
    result = files.load("contact", text, "--on-match", on_match, "--tag", "fair", code=None)
    assert (result["import"], result["contacts_created"]) == (None, 0)
    assert files.rows("SELECT * FROM tags") == []
    assert len(files.crm.json("history")) == 1
    assert files.load("contact", text, "--tag", "fair")["contacts_created"] == 1
    assert files.crm.json("contact", "show", 1)["tags"] == ["fair", "one"]
