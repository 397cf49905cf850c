"""Editing, tagging, noting, linking, archiving and deleting contacts."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.conftest import Crm


def values(record: dict[str, Any], key: str) -> list[str]:
    return [entry["value"] for entry in record[key]]


def test_only_the_fields_named_change(crm: Crm, ada: dict[str, Any]) -> None:
    after = crm.json(
        "contact", "edit", "ada lovelace", "--job-title", "Countess", "--now", "2026-06-16"
    )
    changed = {key for key in ada if after[key] != ada[key]}
    assert changed == {"job_title", "updated_at"}


def test_nothing_to_change_makes_no_entry(crm: Crm, ada: dict[str, Any]) -> None:
    run = crm(
        "contact", "edit", 1, "--owner", "Charles", "--email", "ada@example.com", "--tag", "vip",
        "--city", "London", "--unset", "campaign", "--json", "--now", "2026-06-17",
    )  # fmt: skip
    assert "nothing changed" in run.err
    assert "undo:" not in run.err
    assert run.json == ada


def test_e_mails_are_added_taken_off_and_put_first(crm: Crm, ada: dict[str, Any]) -> None:
    del ada
    record = crm.json("contact", "edit", 1, "--email", "x@x.com", "--primary-email", "x@x.com")
    assert values(record, "emails")[0] == "x@x.com"
    assert [email["primary"] for email in record["emails"]] == [True, False, False]
    record = crm.json("contact", "edit", 1, "--remove-email", "X@x.com")
    assert [email["primary"] for email in record["emails"]] == [True, False]
    record = crm.json("contact", "edit", 1, "--unset", "email", "--email", "new@x.com")
    assert record["emails"] == [{"value": "new@x.com", "label": None, "primary": True}]
    error = crm("contact", "edit", 1, "--remove-email", "other@x.com", "--json", code=3).error
    assert "new@x.com" in error["hint"]


def test_phones_links_addresses_and_ids_can_be_taken_off(crm: Crm, ada: dict[str, Any]) -> None:
    del ada
    crm("contact", "edit", 1, "--address-label", "home", "--city", "Ockham")
    record = crm.json("contact", "edit", 1, "--city", "Marylebone", "--unset", "street")
    assert [(a["label"], a["city"], a["street"]) for a in record["addresses"]] == [
        (None, "Marylebone", None), ("home", "Ockham", None),
    ]  # fmt: skip
    record = crm.json(
        "contact", "edit", 1, "--remove-phone", "+41446681800", "--remove-address", "home",
        "--remove-link", "https://ada.example/notes", "--remove-external-id", "shop:1",
    )  # fmt: skip
    assert (record["phones"], record["links"], record["external_ids"]) == ([], [], [])
    assert len(record["addresses"]) == 1


def test_unset_empties_any_field(crm: Crm, ada: dict[str, Any]) -> None:
    del ada
    record = crm.json(
        "contact", "edit", 1, "--unset", "company,Job-Title", "--unset", "birthday",
        "--unset", "tag", "--unset", "address", "--unset", "notes",
    )  # fmt: skip
    for key in ("company", "company_id", "job_title", "birthday", "notes"):
        assert record[key] is None
    assert (record["tags"], record["addresses"]) == ([], [])
    assert crm("contact", "edit", 1, "--unset", "name", "--json", code=2).error["code"] == "invalid"


def test_tags_given_with_unset_replace_the_others(crm: Crm, ada: dict[str, Any]) -> None:
    del ada
    record = crm.json("contact", "edit", 1, "--unset", "tag", "--tag", "vip", "--tag", "new")
    assert record["tags"] == ["new", "VIP"]


def test_an_edit_may_not_take_another_s_address(crm: Crm, ada: dict[str, Any]) -> None:
    del ada
    crm("contact", "add", "B")
    error = crm("contact", "edit", "B", "--email", "ada@example.com", "--json", code=4).error
    assert error["code"] == "duplicate"
    assert crm.json("contact", "show", "B")["emails"] == []


def test_nobody_works_for_or_refers_themselves(crm: Crm, ada: dict[str, Any]) -> None:
    del ada
    crm("contact", "edit", 1, "--referred-by", 1, code=2)
    crm("contact", "edit", 2, "--company", 2, code=2)
    crm("contact", "link", 1, 1, "--kind", "friend", code=2)


def test_several_are_tagged_in_one_entry(
    crm: Crm, ada: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    del ada
    crm("contact", "add", "B")
    monkeypatch.setattr("sys.stdin", io.StringIO("1\n3\n\n1\n"))
    run = crm("contact", "tag", "-", "hot", "VIP", "--json")
    assert [(row["id"], row["tags"]) for row in run.json] == [
        (1, ["hot", "math", "VIP"]), (3, ["hot", "VIP"]),
    ]  # fmt: skip
    crm("undo")
    assert [row["tags"] for row in crm.json("contact", "list")] == [["math", "VIP"], [], []]


@pytest.mark.parametrize("stdin", ["", "\n", " \r\n\n"])
def test_an_empty_stdin_is_nothing_to_do(crm: Crm, stdin: str) -> None:
    run = crm.process("contact", "tag", "-", "x", "--json", stdin=stdin)
    assert (run.code, run.json) == (0, [])
    assert "nothing to do" in run.err
    assert crm.process("contact", "show", "-", "--json", stdin=stdin).json == []


def test_untag(crm: Crm, ada: dict[str, Any]) -> None:
    del ada
    assert crm.json("contact", "untag", 1, "vip")["tags"] == ["math"]
    assert "nothing changed" in crm("contact", "untag", 1, "vip").err
    assert "vip" in crm("contact", "untag", 1, "vipp", "--json", code=3).error["hint"]


def test_a_note_is_a_dated_paragraph(
    crm: Crm, ada: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    del ada
    crm("contact", "note", 1, "likes engines")
    monkeypatch.setattr("sys.stdin", io.StringIO("two\nlines\n"))
    record = crm.json("contact", "note", 1, "-", "--now", "2026-06-16")
    assert record["notes"] == (
        "met at the fair\n\n2026-06-15: likes engines\n\n2026-06-16: two\nlines"
    )
    crm("contact", "note", 1, "  ", code=2)
    crm("contact", "note", 1, code=2)


def test_employment_has_dates_and_sets_the_company(crm: Crm) -> None:
    crm("contact", "add", "Ada")
    crm("contact", "add", "Acme", "--kind", "company")
    record = crm.json(
        "contact", "link", "ada", "acme", "--kind", "Works at", "--title", "CTO",
        "--since", "2020-01-01",
    )  # fmt: skip
    assert (record["company"], record["job_title"]) == ("Acme", "CTO")
    assert record["relations"] == [
        {
            "other_id": 2, "other": "Acme", "kind": "employment", "title": "CTO",
            "started_on": "2020-01-01", "ended_on": None,
        }
    ]  # fmt: skip
    ended = crm.json("contact", "link", "ada", "acme", "--kind", "employment", "--until", "today")
    assert ended["company"] is None
    assert ended["relations"][0]["ended_on"] == "2026-06-15"
    crm("contact", "link", "acme", "ada", "--kind", "employment", code=2)
    crm("contact", "link", "ada", "acme", "--kind", "boss", code=2)
    crm("contact", "link", "ada", "acme", "--kind", "employment", "--until", "2019-01-01", code=2)


def test_a_referral_says_who_recommended(crm: Crm, ada: dict[str, Any]) -> None:
    crm("contact", "add", "B")
    assert crm.json("contact", "link", "B", 1, "--kind", "referral")["referred_by"] == ada["id"]
    removed = crm.json("contact", "link", "B", 1, "--kind", "referral", "--remove")
    assert (removed["referred_by"], removed["relations"]) == (None, [])
    crm("contact", "link", "B", 1, "--kind", "referral", "--remove", code=3)


def test_archive_hides_and_restore_brings_back(crm: Crm, ada: dict[str, Any]) -> None:
    del ada
    assert crm.json("contact", "archive", 1)["archived_at"] == "2026-06-15T10:00:00Z"
    assert [row["id"] for row in crm.json("contact", "list")] == [2]
    assert [row["id"] for row in crm.json("contact", "list", "--archived")] == [1]
    assert [row["id"] for row in crm.json("contact", "list", "--all")] == [1, 2]
    assert "nothing changed" in crm("contact", "archive", 1).err
    assert crm.json("contact", "restore", "ada")["archived_at"] is None


def test_restore_means_the_archived_one_of_two_namesakes(crm: Crm) -> None:
    for _ in range(2):
        crm("contact", "add", "Ada", "--phone", "+41446681800")
    crm("contact", "archive", 1)
    assert crm.json("contact", "show", "Ada")["id"] == 2
    assert crm.json("contact", "show", "+41446681800")["id"] == 2
    assert crm.json("contact", "restore", "Ada")["id"] == 1


def test_delete_takes_everything_along_and_undo_brings_it_back(
    crm: Crm, ada: dict[str, Any]
) -> None:
    del ada
    crm("contact", "add", "B", "--referred-by", 1, "--company", "Analytical Engines")
    crm("contact", "link", "B", 1, "--kind", "friend")
    crm("purchase", "add", 1, "Engine", "100")
    before = [crm.json("contact", "show", number) for number in (1, 2, 3)]
    run = crm("contact", "delete", "ada", "--yes", "--json")
    assert run.json["name"] == "Ada Lovelace"
    assert crm.json("contact", "show", 3)["referred_by"] is None
    assert crm.json("contact", "show", 3)["relations"] == []
    assert crm.json("purchase", "list") == []
    error = crm("contact", "show", "Ada Lovelace", "--json", code=3).error
    assert "crm trash restore" in error["hint"]
    crm("undo")
    assert [crm.json("contact", "show", number) for number in (1, 2, 3)] == before


def test_a_deleted_company_leaves_its_people(crm: Crm, ada: dict[str, Any]) -> None:
    # Ada is both employed and referred by the company: her row changes once.
    crm("contact", "edit", 1, "--referred-by", 2)
    crm("contact", "delete", 2, "--yes")
    left = crm.json("contact", "show", 1)
    assert (left["company"], left["company_id"], left["referred_by"]) == (None, None, None)
    crm("undo")
    back = crm.json("contact", "show", 1)
    assert (back["company"], back["referred_by"]) == (ada["company"], 2)
    crm("contact", "delete", 2, "--yes")
    assert crm.json("trash", "restore", "analytical")["id"] == 2
    assert crm.json("contact", "show", 1)["referred_by"] == 2


def test_delete_needs_a_yes(crm: Crm, ada: dict[str, Any]) -> None:
    error = crm("contact", "delete", ada["id"], "--json", code=2).error
    assert "--yes" in error["hint"]
    assert crm.json("contact", "show", ada["id"]) == ada
    assert "nothing was written" in crm("contact", "delete", ada["id"], "--dry-run").err
    assert crm.json("contact", "show", ada["id"]) == ada


VERBS = [
    ["edit", "1", "--owner", "x"],
    ["edit", "1", "--unset", "email"],
    ["archive", "1"],
    ["tag", "1", "new"],
    ["untag", "1", "vip"],
    ["note", "1", "text"],
    ["link", "1", "2", "--kind", "partner"],
    ["delete", "1", "--yes"],
    ["delete", "2", "--yes"],
]


@pytest.mark.parametrize("verb", VERBS, ids=" ".join)
def test_a_rehearsal_of_any_verb_writes_nothing(
    crm: Crm, ada: dict[str, Any], verb: list[str]
) -> None:
    run = crm("contact", *verb, "--dry-run")
    assert "nothing was written" in run.err
    assert crm.json("contact", "show", 1) == ada
    assert crm("undo", "--dry-run").code == 0


@pytest.mark.parametrize("verb", VERBS, ids=" ".join)
def test_any_verb_is_undone_and_done_again(crm: Crm, ada: dict[str, Any], verb: list[str]) -> None:
    crm("contact", *verb)
    after = crm("contact", "list", "--all", "--json").out, crm("contact", "show", 1, code=None).out
    crm("undo")
    assert crm.json("contact", "show", 1) == ada
    crm("redo")
    again = crm("contact", "list", "--all", "--json").out, crm("contact", "show", 1, code=None).out
    assert again == after


@pytest.mark.parametrize("verb", [("add", "Kim"), ("edit", "2")])
def test_only_a_company_is_somebodys_company(crm: Crm, verb: tuple[str, ...]) -> None:
    crm("contact", "add", "Ada")
    crm("contact", "add", "Bob", "--company", "Ada")
    assert crm.json("contact", "show", 2)["company_id"] == 3
    error = crm("contact", *verb, "--company", "1", "--json", code=2).error
    assert "crm contact edit 1 --kind company" in error["hint"]
    crm("contact", *verb, "--company", "99", code=3)
    assert crm.json("contact", *verb, "--company", "3")["company_id"] == 3


def test_a_company_has_no_first_name(crm: Crm) -> None:
    crm("contact", "add", "Acme", "--kind", "company", "--first-name", "A", code=2)
    crm("contact", "add", "Acme", "--kind", "company")
    error = crm("contact", "edit", 1, "--last-name", "B", "--json", code=2).error
    assert error["message"] == "a company has no last name"
    assert (
        crm.json("contact", "edit", 1, "--kind", "person", "--last-name", "B")["last_name"] == "B"
    )


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("ch", "CH"), ("uk", "GB"), ("Switzerland", "Switzerland"), ("schweiz", "schweiz"),
     ("Cote d'Ivoire", "Cote d'Ivoire"), ("U.S.A.", "U.S.A.")],
)  # fmt: skip
def test_a_country_is_a_code_or_a_known_name(crm: Crm, typed: str, kept: str) -> None:
    assert crm.json("contact", "add", "A", "--country", typed)["addresses"][0]["country"] == kept


@pytest.mark.parametrize(
    ("typed", "hint"), [("Narnia", "ISO 3166"), ("XX", "CH"), ("Swizerland", "Switzerland (CH)")]
)
def test_an_unknown_country_is_refused(crm: Crm, typed: str, hint: str) -> None:
    assert hint in crm("contact", "add", "A", "--country", typed, "--json", code=2).error["hint"]


def test_a_local_phone_belongs_to_the_country_named_in_words(crm: Crm) -> None:
    record = crm.json("contact", "add", "A", "--phone", "044 668 18 00", "--country", "Switzerland")
    assert values(record, "phones") == ["+41446681800"]


def test_tags_move_the_time_of_the_last_change(crm: Crm, ada: dict[str, Any]) -> None:
    after = crm.json("contact", "tag", 1, "new", "--now", "2026-06-16T00:00:00Z")
    assert after["updated_at"] == "2026-06-16T00:00:00Z" != ada["updated_at"]
    crm("contact", "tag", 1, "new", "--now", "2026-06-17")
    assert crm.json("contact", "show", 1)["updated_at"] == after["updated_at"]
    after = crm.json("contact", "untag", 1, "new", "--now", "2026-06-18T00:00:00Z")
    assert after["updated_at"] == "2026-06-18T00:00:00Z"
    crm("undo")
    assert "new" in crm.json("contact", "show", 1)["tags"]


def test_systems_of_external_ids_have_no_case(crm: Crm, ada: dict[str, Any]) -> None:
    del ada
    crm("contact", "add", "B", "--external-id", "SHOP:1", code=4)
    assert crm.json("contact", "show", "Shop:1")["id"] == 1
    run = crm("contact", "edit", 1, "--external-id", "SHOP:1")
    assert "nothing changed" in run.err
    assert crm.json("contact", "edit", 1, "--remove-external-id", "Shop:1")["external_ids"] == []


def test_deleted_records_lie_in_the_trash_in_their_number(crm: Crm) -> None:
    for name in "ABC":
        crm("contact", "add", name)
    assert "deleted A: it lies in the trash" in crm("contact", "delete", 1, "--yes").err
    run = crm.process("contact", "delete", "-", "--yes", stdin="2\n3\n")
    assert "deleted 2 contacts: they lie in the trash" in run.err


def test_a_deletion_says_what_goes_along_and_a_rehearsal_that_it_is_one(crm: Crm) -> None:
    crm("contact", "add", "Ada")
    for _ in range(2):
        crm("purchase", "add", "Ada", "Tea", "5")
    run = crm("contact", "delete", 1, "--dry-run")
    assert "would delete Ada with 2 purchases" in run.err
    assert "deleted" not in run.err
    assert "would delete purchase 2" in crm("purchase", "delete", 2, "--dry-run").err
    run = crm("contact", "delete", 1, "--yes")
    assert "deleted Ada with 2 purchases: they lie in the trash" in run.err


def test_a_deletion_says_that_follow_ups_go_along(crm: Crm) -> None:
    crm("contact", "add", "Ada")
    crm("log", "call", 1, "x", "--follow-up", "+1d", "--promise", "+2d")
    assert "Delete Ada (#1) with 1 talk, 2 follow-ups?" in crm("contact", "delete", 1, code=2).err
    run = crm("contact", "delete", "--where", "name = Ada", "--yes", "--dry-run")
    assert "with 1 talk, 2 follow-ups" in run.err


@pytest.mark.parametrize(
    "typed", [b"\xef\xbb\xbf1\r\n2\r\n", b"1\n\xef\xbb\xbf2", b"\xff\xfe1\0\n\x002\0", b"1\x002\0"]
)
def test_ids_come_from_any_usual_file(crm: Crm, typed: bytes) -> None:
    crm("contact", "add", "A")
    crm("contact", "add", "B")
    run = crm.process("contact", "tag", "-", "new", "-f", "ids", stdin=typed)
    assert (run.code, run.out) == (0, "1\n2\n")


def test_show_reads_several_from_stdin(crm: Crm) -> None:
    for name in ("Ada", "Bob"):
        crm("contact", "add", name)
    one = crm.json("contact", "show", 2)
    found = crm.process("contact", "show", "-", "--json", stdin="2\n1\n").json
    assert (found[0], [record["name"] for record in found]) == (one, ["Bob", "Ada"])
    lines = crm.process("contact", "show", "-", "-f", "jsonl", stdin="1\n2\n").out.splitlines()
    assert [json.loads(line)["id"] for line in lines] == [1, 2]
    assert isinstance(crm.process("contact", "show", "-", "--json", stdin="1").json, list)
    page = crm.process("contact", "show", "-", stdin="1\n2\n").out
    assert page == crm("contact", "show", 1).out + "\n" + crm("contact", "show", 2).out
    assert crm.process("contact", "show", "-", stdin="1\n9\n").code == 3


@pytest.mark.parametrize("stdin", [b"", b"\r\n", b"\xff\n"])
@pytest.mark.parametrize("verb", [("note", "1", "-"), ("edit", "1", "--notes", "-")])
def test_stdin_that_holds_nothing_usable_changes_nothing(
    crm: Crm, verb: tuple[str, ...], stdin: bytes
) -> None:
    before = crm.json("contact", "add", "A", "--notes", "kept")
    assert crm.process("contact", *verb, stdin=stdin).code == 2
    assert crm.json("contact", "show", 1) == before


@pytest.mark.parametrize("verb", ["show -", "note 1 -", "note 1", "edit 1 --notes -", "tag - x"])
def test_a_closed_stdin_is_an_error_of_usage(crm: Crm, verb: str) -> None:
    crm("contact", "add", "A")
    line = f"exec '{sys.executable}' -m crm_cli contact {verb} <&-"
    done = subprocess.run(["sh", "-c", line], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert "bug" not in done.stderr


def test_long_text_comes_from_stdin(crm: Crm) -> None:
    text = "first line\n\nsecond \u00e9\n"
    record = crm.process("contact", "add", "A", "--notes", "-", "--json", stdin=text).json
    assert record["notes"] == "first line\n\nsecond \u00e9"
    record = crm.process("contact", "edit", "1", "--notes", "-", "--json", stdin="new").json
    assert record["notes"] == "new"
    record = crm.process("contact", "note", "1", "-", "--json", stdin="a\r\nb\r\n").json
    assert record["notes"] == "new\n\n2026-06-15: a\nb"
    assert crm.process("contact", "note", "-", "-", stdin="1").code == 2


def test_relations_read_as_words(crm: Crm) -> None:
    for name in ("Ada", "Bob"):
        crm("contact", "add", name)
    run = crm("contact", "link", 1, 2, "--kind", "partner", "--since", "2026-01-02")
    assert "relations   partner: Bob (#2), since 2026-01-02\n" in run.out
    page = crm("contact", "show", 1).out
    assert "Relations (1)" in page
    assert "\nrelations" not in page
    assert "\nchanges" not in crm("history", 3).out


def test_a_label_alone_is_no_address(crm: Crm, ada: dict[str, Any]) -> None:
    del ada
    crm("contact", "add", "B", "--address-label", "home", code=2)
    crm("contact", "edit", 1, "--address-label", "home", code=2)
    record = crm.json("contact", "edit", 1, "--address-label", "home", "--city", "Bern")
    assert [address["label"] for address in record["addresses"]] == [None, "home"]


@pytest.mark.parametrize(
    "options", [("--name", "X"), ("--email", "x@x.ch"), ("--external-id", "shop:1")]
)
def test_several_contacts_do_not_get_what_one_has(crm: Crm, options: tuple[str, str]) -> None:
    crm("contact", "add", "Ada")
    crm("contact", "add", "Bob")
    run = crm.process("contact", "edit", "-", *options, "--json", stdin="1\n2\n")
    assert (run.code, run.error["code"]) == (2, "invalid")
    assert [row["name"] for row in crm.json("contact", "list")] == ["Ada", "Bob"]
    assert not any(row["email"] for row in crm.json("contact", "list"))


def test_an_address_may_be_given_to_several_on_purpose(crm: Crm) -> None:
    crm("contact", "add", "Ada")
    crm("contact", "add", "Bob")
    edit = ("contact", "edit", "-", "--email", "x@x.ch", "--allow-duplicate")
    assert crm.process(*edit, stdin="1\n2\n").code == 0
    assert [row["email"] for row in crm.json("contact", "list")] == ["x@x.ch", "x@x.ch"]


def test_two_archived_of_one_address_do_not_both_come_back(crm: Crm) -> None:
    for name in ("Ada", "Bob"):
        crm("contact", "add", name, "--email", "a@x.ch")
        crm("contact", "archive", name)
    run = crm.process("contact", "restore", "-", "--json", stdin="1\n2\n")
    assert (run.code, run.error["code"]) == (4, "duplicate")
    assert crm.json("contact", "list") == []
    crm("contact", "restore", "2")


@pytest.mark.parametrize("typed", ["example.com/a", "https://example.com/a"])
def test_a_link_is_taken_off_as_it_was_typed(crm: Crm, typed: str) -> None:
    crm("contact", "add", "Ada", "--link", typed)
    assert crm.json("contact", "edit", "1", "--remove-link", typed)["links"] == []
    assert crm("contact", "edit", "1", "--remove-link", "no link", "--json", code=3).error["hint"]
