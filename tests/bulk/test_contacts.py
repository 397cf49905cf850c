"""Bulk verbs on contacts: one preview, one answer, one batch, one undo."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from crm_cli import errors
from crm_cli.clock import Clock
from crm_cli.queries.selection import Selection
from crm_cli.services import bulk_contacts
from crm_cli.session import Session
from tests.filters.conftest import shop
from tests.history.snapshot import snapshot

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.conftest import Crm

__all__ = ["shop"]

LIVING = ("--where", "id > 0")
VERBS: list[tuple[str, ...]] = [
    ("tag", *LIVING, "newsletter", "VIP"),
    ("untag", *LIVING, "vip"),
    ("archive", *LIVING),
    ("restore", *LIVING),
    ("delete", *LIVING),
    ("edit", *LIVING, "--owner", "Zoe"),
    ("edit", *LIVING, "--city", "Basel", "--role", "partner", "--language", "de"),
    ("edit", *LIVING, "--city", "Chur", "--address-label", "work"),
    ("edit", *LIVING, "--unset", "owner,city,address,tag,phone", "--tag", "new"),
    ("edit", "--where", "kind = person", "--company", "Brand New", "--link", "x.example/a"),
    ("edit", *LIVING, "--set", "size=M", "--set", "budget=5 EUR", "--unset", "shoe"),
    ("edit", *LIVING, "--set", "shoe=44", "--set", "size="),
    ("edit", "--segment", "zurich", "--source", "fair"),
]


@pytest.fixture
def full(shop: Crm) -> Crm:
    """The shop, with custom fields of which some contacts have a value."""
    shop("field", "add", "contact", "size", "--kind", "choice", "--choice", "S,M")
    shop("field", "add", "contact", "budget", "--kind", "money")
    shop("field", "add", "contact", "shoe", "--kind", "number")
    shop("contact", "edit", "1", "--set", "size=M", "--set", "shoe=44")
    shop("contact", "edit", "3", "--set", "size=S", "--set", "budget=5 CHF")
    shop("segment", "save", "zurich", "city = zurich")
    return shop


@pytest.mark.parametrize("words", VERBS, ids=" ".join)
def test_it_needs_an_answer_and_is_one_change(full: Crm, words: tuple[str, ...]) -> None:
    """Without --yes nothing is written; a rehearsal says what the real run says; one undo takes
    all of it back, and redo does it again."""
    before, entries = snapshot(full.db), len(full.json("history"))
    error = full("contact", *words, "--json", code=2).error
    assert error["code"] == "usage"
    assert "--yes" in error["hint"]
    first = error["candidates"][0]
    assert first["name"] in error["message"]
    rehearsed = full("contact", *words, "--dry-run", "--json")
    assert snapshot(full.db) == before
    run = full("contact", *words, "--yes", "--json")
    after = snapshot(full.db)
    assert after != before
    assert rehearsed.json == run.json
    assert f" {len(run.json)} contact" in rehearsed.err
    assert f" {len(run.json)} contact" in run.err
    assert f" {len(run.json)} contact" in error["message"]
    assert first["id"] == run.json[0]["id"]
    assert len(full.json("history")) == entries + 1
    full("undo")
    assert snapshot(full.db) == before
    full("redo")
    assert snapshot(full.db) == after


@pytest.mark.parametrize("words", [words for words in VERBS if words[0] != "delete"], ids=" ".join)
def test_what_is_so_already_is_not_changed_again(full: Crm, words: tuple[str, ...]) -> None:
    full("contact", *words, "--yes")
    if words[0] == "edit" and "address,tag" in " ".join(words):
        words = (*words[:-2], "--tag", "new")
    before = snapshot(full.db)
    run = full("contact", *words, "--json")  # nothing to ask
    assert run.json == []
    assert "nothing to do" in run.err
    assert "undo" not in run.err
    assert snapshot(full.db) == before


def test_only_those_that_differ_are_changed_printed_and_counted(shop: Crm) -> None:
    run = shop("contact", "edit", "--where", "id > 0", "--owner", "Anna", "--yes", "-f", "ids")
    assert run.out == "2\n3\n4\n"
    assert "edited 3 contacts; 1 of 4 stay as they are" in run.err
    entry = shop.json("history")[0]
    assert (entry["records"], entry["summary"]) == (3, "edited 3 contacts")
    changes = shop.json("history", entry["id"])["changes"]
    assert [(change["id"], change["fields"]["owner"]) for change in changes] == [
        (2, [None, "Anna"]), (3, [None, "Anna"]), (4, [None, "Anna"]),
    ]  # fmt: skip


def test_of_a_record_only_the_cells_that_differ_are_recorded(shop: Crm) -> None:
    """Else an undo would undo, or trip over, what somebody else did."""
    words = ("--owner", "Anna", "--language", "de")
    shop("contact", "edit", "--where", "id > 0", *words, "--yes")
    number = shop.json("history")[0]["id"]
    shop("contact", "edit", "1", "--owner", "Ben")
    shop("undo", number)
    assert shop.json("contact", "show", "1")["owner"] == "Ben"


def test_nothing_that_matches_is_no_error(shop: Crm) -> None:
    run = shop("contact", "archive", "--where", "name = Nobody", "--json")
    assert run.json == []
    assert "no contact matches: nothing to do" in run.err
    assert shop("contact", "delete", "--where", "orders > 9", "--dry-run").code == 0


def test_a_preview_says_what_changes(shop: Crm) -> None:
    run = shop("contact", "edit", "--where", "orders > 0", "--owner", "Zoe", "--city", "Bern",
               "--company", "Acme AG", "--dry-run")  # fmt: skip
    assert "would edit 2 contacts" in run.err
    assert "  1  Ada Müller  owner: Anna -> Zoe, city: Zürich -> Bern" in run.err
    assert "company: (empty) -> Acme AG" in run.err


def test_archived_contacts_are_left_alone_unless_they_are_meant(shop: Crm) -> None:
    ids = shop("contact", "tag", "--where", "city = bern", "x", "--yes", "-f", "ids").out
    assert ids == "3\n"
    where = ("--where", "city = bern and archived")
    assert shop("contact", "tag", *where, "x", "--yes", "-f", "ids").out == "5\n"
    assert shop("contact", "restore", "--where", "city = bern", "--yes", "-f", "ids").out == "5\n"


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("edit", "1", *LIVING, "--owner", "x"), "usage", "'1'"),
        (("edit", "--owner", "x"), "usage", "WHO"),
        (("archive",), "usage", "WHO"),
        (("tag", *LIVING), "usage", "TAG"),
        (("tag", "1"), "usage", "TAG"),
        (("tag", "1", "vip", *LIVING), "usage", "'1'"),
        (("tag", "-", *LIVING), "usage", "'-'"),
        (("edit", "--where", "rol = x", "--owner", "x"), "invalid", "'rol'"),
        (("edit", "--where", "", "--owner", "x"), "invalid", "empty"),
        (("edit", "--segment", "zuric", "--owner", "x"), "not-found", "'zuric'"),
        (("edit", *LIVING, "--role", "custmer"), "invalid", "custmer"),
        (("edit", *LIVING, "--set", "siz=M"), "invalid", "'siz'"),
        (("edit", *LIVING, "--set", "size=XXL"), "invalid", "XXL"),
        (("edit", *LIVING, "--set", "shoe="), "invalid", "needs shoe"),
        (("edit", *LIVING, "--unset", "shoe"), "invalid", "required"),
        (("edit", *LIVING, "--unset", "address"), "invalid", "city is required"),
        (("edit", *LIVING, "--name", "x"), "invalid", "one name"),
        (("edit", *LIVING, "--set", "name=x"), "invalid", "one name"),
        (("edit", *LIVING, "--email", "x@y.ch", "--allow-duplicate"), "invalid", "e-mail"),
        (("edit", *LIVING, "--set", "phone=+41446681801"), "invalid", "phone"),
        (("edit", *LIVING, "--external-id", "a:1"), "invalid", "external id"),
        (("edit", *LIVING, "--remove-link", "a.ch"), "invalid", "--remove-link"),
        (("edit", *LIVING, "--last-name", "x"), "invalid", "Acme AG"),
        (("edit", *LIVING, "--company", "2"), "invalid", "itself"),
        (("untag", *LIVING, "vipp"), "not-found", "vipp"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_what_cannot_be_meant_is_refused_and_nothing_written(
    full: Crm, words: tuple[str, ...], code: str, said: str
) -> None:
    full("contact", "edit", "--where", "shoe is empty", "--set", "shoe=40", "--yes")
    full("field", "edit", "contact.shoe", "--required")
    full("field", "edit", "contact.city", "--required")
    before = snapshot(full.db)
    error = full("contact", *words, "--yes", "--json", code=3 if code == "not-found" else 2).error
    assert error["code"] == code
    assert said in error["message"]
    assert snapshot(full.db) == before


def test_addresses_that_are_taken_do_not_come_back(crm: Crm) -> None:
    for name in ("Ada", "Bob"):
        crm("contact", "add", name, "--email", "a@x.ch")
        crm("contact", "archive", name)
    assert crm("contact", "restore", "--where", "archived", "--yes", code=4).out == ""
    crm("contact", "restore", "1")
    error = crm("contact", "restore", "--where", "id = 2 and archived", "--yes", "--json", code=4)
    assert "Ada (#1)" in error.error["message"]


# -- between the preview and the write ------------------------------------------------------------


def _session(crm: Crm, meanwhile: Sequence[tuple[object, ...]]) -> Session:
    def confirm(question: str, rows: Sequence[dict[str, Any]]) -> None:
        assert question
        assert rows
        for words in meanwhile:
            crm(*words)

    return Session(
        path=crm.db, clock=Clock("2026-06-15T10:00:00Z"), who=lambda: "me", arguments=["x"],
        confirm=confirm, is_interactive=True,
    )  # fmt: skip


def test_what_was_agreed_to_is_what_is_written_or_nothing(shop: Crm) -> None:
    where = Selection(where="city is not empty")
    session = _session(shop, [("contact", "edit", "2", "--city", "Chur")])
    with pytest.raises(errors.Conflict, match="changed meanwhile"):
        bulk_contacts.archive(session, where)
    session.close()
    assert shop.json("contact", "list", "--archived", "--columns", "id") == [{"id": 5}]
    session = _session(shop, [("contact", "edit", "2", "--owner", "somebody")])
    bulk_contacts.archive(session, where)
    session.close()
    assert len(shop.json("contact", "list", "--archived")) == 5


def test_two_at_once_both_come_through(crm: Crm) -> None:
    for name in "ABCDEFGH":
        crm("contact", "add", name)
    command = [sys.executable, "-m", "crm_cli", "contact", "tag", "--where", "id > 0", "--yes"]
    both = [subprocess.Popen([*command, tag], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            for tag in ("one", "two")]  # fmt: skip
    assert [process.communicate()[1].count(b"tagged 8") for process in both] == [1, 1]
    assert all(row["tags"] == ["one", "two"] for row in crm.json("contact", "list"))


# -- ids from stdin -------------------------------------------------------------------------------


def _pipe(*commands: Sequence[str]) -> tuple[bytes, bytes, list[int]]:
    """Run commands of the program as processes of which each reads the one before."""
    running: list[subprocess.Popen[bytes]] = []
    for words in commands:
        running.append(
            subprocess.Popen(
                [sys.executable, "-m", "crm_cli", *words],
                stdin=running[-1].stdout if running else subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE if words is commands[-1] else subprocess.DEVNULL,
            )
        )
        if len(running) > 1 and running[-2].stdout is not None:
            running[-2].stdout.close()
    out, err = running[-1].communicate()
    return out, err, [process.wait() for process in running]


@pytest.mark.parametrize("ending", [(), ("-0",)])
def test_a_list_is_piped_into_a_verb(shop: Crm, ending: tuple[str, ...]) -> None:
    before, entries = snapshot(shop.db), len(shop.json("history"))
    out, err, codes = _pipe(
        ("contact", "list", "-f", "ids", *ending, "--where", "orders > 0"),
        ("contact", "tag", "-", "newsletter", "--json"),
    )
    assert codes == [0, 0]
    assert [row["id"] for row in json.loads(out)] == [1, 3]
    assert b"undo: crm undo" in err
    assert len(shop.json("history")) == entries + 1
    shop("undo")
    assert snapshot(shop.db) == before


def test_verbs_are_chained_by_their_ids(shop: Crm) -> None:
    out, _, codes = _pipe(
        ("contact", "list", "-f", "ids", "--where", "orders > 0"),
        ("contact", "edit", "-", "--owner", "Zoe", "-f", "ids"),
        ("contact", "untag", "-", "vip", "-f", "ids"),
        ("contact", "archive", "-", "-f", "ids"),
        ("contact", "restore", "-", "-f", "ids"),
        ("contact", "delete", "-", "--yes", "-f", "ids"),
    )
    assert (out, codes) == (b"1\n3\n", [0] * 6)
    assert [row["id"] for row in shop.json("contact", "list")] == [2, 4]


@pytest.mark.parametrize(
    ("stdin", "status", "said"),
    [
        ("1\n99\n3\n98\n", 3, "99, 98"),
        ("1\n\nAda\n", 2, "line 3: 'Ada'"),
        ("1\n042\n", 2, "line 2: '042'"),
        ("1,3\n", 2, "line 1: '1,3'"),
    ],
)
@pytest.mark.parametrize(
    "verb", [("tag", "-", "x"), ("edit", "-", "--owner", "x"), ("archive", "-"), ("show", "-")]
)
def test_stdin_holds_ids_and_nothing_else(
    shop: Crm, verb: tuple[str, ...], stdin: str, status: int, said: str
) -> None:
    before = snapshot(shop.db)
    run = shop.process("contact", *verb, "--json", stdin=stdin)
    assert run.code == status
    assert said.split(",", maxsplit=1)[0] in run.error["message"]
    assert run.out == ""
    assert snapshot(shop.db) == before


def test_piped_deletions_need_an_answer_too(shop: Crm) -> None:
    before = snapshot(shop.db)
    run = shop.process("contact", "delete", "-", "--json", stdin="1\n3\n")
    assert (run.code, run.error["code"]) == (2, "usage")
    assert "Delete 2 contacts with 3 purchases" in run.error["message"]
    assert snapshot(shop.db) == before


def test_an_id_that_is_gone_is_never_taken_for_another_number(crm: Crm) -> None:
    crm("contact", "add", "Ada", "--external-id", "shop:42")
    assert crm.process("contact", "edit", "-", "--name", "X", stdin="42\n").code == 3
    run = crm.process("contact", "edit", "-", "--name", "X", "--json", stdin="1\n")
    assert [row["name"] for row in run.json] == ["X"]


def test_fail_empty_is_about_what_matches(full: Crm) -> None:
    """A second run that finds all as they should be is no failure."""
    words = ("contact", "tag", "--where", "city = Bern", "swiss", "--yes", "--fail-empty")
    assert full(*words, "-f", "ids").out == "3\n"
    again = full(*words, "-f", "ids")
    assert again.out == ""
    assert "1 contact is so already" in again.err
    full("contact", "tag", "--where", "id = 999", "swiss", "--yes", "--fail-empty", code=3)
