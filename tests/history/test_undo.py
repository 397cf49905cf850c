"""Undo, redo, history and the trash, command by command."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.history.snapshot import snapshot

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Crm


def test_undo_takes_back_the_newest_change_and_again_goes_further_back(crm: Crm) -> None:
    crm("contact", "add", "Ada", "--email", "ada@example.com")
    after_first = snapshot(crm.db)
    crm("contact", "add", "Bob")
    after_second = snapshot(crm.db)
    crm("undo")
    assert snapshot(crm.db) == after_first
    crm("undo")
    assert not snapshot(crm.db)["contacts"]
    crm("undo", code=3)
    crm("redo")
    assert snapshot(crm.db) == after_first
    crm("redo")
    assert snapshot(crm.db) == after_second
    crm("redo", code=3)


def test_redo_ends_with_the_next_ordinary_change(crm: Crm) -> None:
    crm("contact", "add", "Ada")
    crm("undo")
    crm("contact", "add", "Bob")
    crm("redo", code=3)


def test_undo_prints_its_own_entry(crm: Crm) -> None:
    crm("contact", "add", "Ada")
    undone = crm.json("undo")
    assert (undone["id"], undone["kind"], undone["undoes"]) == (2, "undo", 1)
    assert crm("redo", "-f", "ids").out == "3\n"


def test_undo_of_one_entry_leaves_later_ones_alone(crm: Crm) -> None:
    crm("contact", "add", "Ada")
    crm("contact", "edit", "1", "--job-title", "Countess")
    crm("contact", "edit", "1", "--owner", "carol")
    crm("undo", "2")
    shown = crm.json("contact", "show", "1")
    assert (shown["job_title"], shown["owner"]) == (None, "carol")


def test_a_cell_changed_later_is_a_conflict_and_nothing_is_written(crm: Crm) -> None:
    crm("contact", "add", "Ada")
    crm("contact", "edit", "1", "--owner", "bob")
    crm("contact", "edit", "1", "--owner", "carol")
    before = snapshot(crm.db)
    run = crm("undo", "2", "--json", code=4)
    assert run.error["code"] == "conflict"
    assert run.error["candidates"][0]["id"] == 1
    assert snapshot(crm.db) == before


def test_a_record_that_others_hang_on_is_a_conflict(crm: Crm) -> None:
    crm("contact", "add", "Ada")
    crm("purchase", "add", "1", "Tea", "10")
    run = crm("undo", "1", "--json", code=4)
    assert "purchases" in " ".join(c["reason"] for c in run.error["candidates"])
    crm("undo")
    crm("undo", "1")
    assert not snapshot(crm.db)["contacts"]


def test_undo_again_of_an_undone_entry_is_a_conflict_and_of_none_not_found(crm: Crm) -> None:
    crm("contact", "add", "Ada")
    crm("undo", "1")
    crm("undo", "1", code=4)
    crm("undo", "99", code=3)


def test_undoing_an_undo_entry_does_the_change_again(crm: Crm) -> None:
    crm("contact", "add", "Ada")
    before = snapshot(crm.db)
    crm("undo")
    crm("undo", "2")
    assert snapshot(crm.db) == before
    assert [entry["undone_by"] for entry in crm.json("history")] == [None, 3, None]


def test_a_rehearsed_undo_writes_nothing(crm: Crm) -> None:
    crm("contact", "add", "Ada")
    before = snapshot(crm.db)
    crm("undo", "--dry-run")
    assert snapshot(crm.db) == before
    assert len(crm.json("history")) == 1


def test_delete_moves_everything_to_the_trash_and_restore_brings_it_back(crm: Crm) -> None:
    crm("contact", "add", "Acme", "--kind", "company")
    crm("contact", "add", "Ada", "--email", "ada@example.com", "--tag", "vip", "--company", "Acme")
    crm("purchase", "add", "2", "Tea", "10")
    before = snapshot(crm.db)
    crm("contact", "delete", "2", code=2)
    assert snapshot(crm.db) == before
    crm("contact", "delete", "2", "--yes")
    assert not snapshot(crm.db)["purchases"]
    assert not snapshot(crm.db)["customers"]
    (line,) = crm.json("trash", "list")
    assert (line["noun"], line["record_id"], line["name"]) == ("contact", 2, "Ada")
    restored = crm.json("trash", "restore", "ada")
    assert restored["emails"][0]["value"] == "ada@example.com"
    assert restored["orders"] == 1
    assert snapshot(crm.db) == before
    crm("undo")
    assert crm.json("contact", "list")[0]["name"] == "Acme"
    crm("undo")
    assert snapshot(crm.db) == before


def test_restoring_onto_a_taken_address_is_a_conflict(crm: Crm) -> None:
    crm("contact", "add", "Ada", "--email", "ada@example.com")
    crm("contact", "delete", "1", "--yes")
    crm("contact", "add", "Other", "--email", "ada@example.com")
    crm("trash", "restore", "1", code=4)
    crm("undo", "2", code=4)


def test_deleting_a_company_keeps_its_people_and_restoring_joins_them_again(crm: Crm) -> None:
    crm("contact", "add", "Acme", "--kind", "company")
    crm("contact", "add", "Ada", "--company", "Acme")
    before = snapshot(crm.db)
    crm("contact", "delete", "1", "--yes")
    assert crm.json("contact", "show", "Ada")["company"] is None
    crm("trash", "restore", "1")
    assert snapshot(crm.db) == before


def test_emptying_the_trash_asks_and_can_be_undone(crm: Crm) -> None:
    crm("contact", "add", "Ada")
    crm("contact", "delete", "1", "--yes")
    crm("trash", "empty", code=2)
    crm("trash", "empty", "--yes")
    assert crm.json("trash", "list") == []
    crm("trash", "restore", "1", code=3)
    crm("undo")
    crm("trash", "restore", "1")
    assert crm.json("contact", "show", "Ada")["id"] == 1


def test_restoring_a_deleted_purchase_counts_it_again(crm: Crm) -> None:
    crm("contact", "add", "Ada")
    crm("purchase", "add", "1", "Tea", "10")
    before = snapshot(crm.db)
    crm("purchase", "delete", "1", "--yes")
    assert crm.json("contact", "show", "1")["orders"] == 0
    crm("trash", "restore", "1")
    assert snapshot(crm.db) == before


def test_history_tells_who_did_what_and_one_entry_field_by_field(crm: Crm) -> None:
    crm("contact", "add", "Ada", "--as", "carol")
    crm("contact", "edit", "1", "--owner", "bob")
    newest, first = crm.json("history")
    assert (first["by"], first["command"]) == (
        "carol",
        "crm contact add Ada --as carol",
    )
    assert newest["kind"] == "change"
    changes = crm.json("history", newest["id"])["changes"]
    (change,) = (c for c in changes if c["table"] == "contacts")
    assert change["fields"]["owner"] == [None, "bob"]
    crm("history", "77", code=3)


def test_ids_are_never_used_again(crm: Crm) -> None:
    assert crm.id("contact", "add", "Ada") == 1
    crm("undo")
    assert crm.id("contact", "add", "Bob") == 2


@pytest.mark.parametrize("words", [("undo",), ("redo",)])
def test_nothing_to_turn_round_in_a_new_store_is_not_found(
    crm: Crm, words: tuple[str, ...]
) -> None:
    crm(*words, code=3)


def test_leaving_the_archive_by_undo_respects_who_has_the_address_now(crm: Crm) -> None:
    crm("contact", "add", "Ada", "--email", "ada@example.com")
    crm("contact", "archive", "1")
    crm("contact", "add", "Other", "--email", "ada@example.com")
    before = snapshot(crm.db)
    crm("undo", "2", code=4)
    assert snapshot(crm.db) == before
    crm("undo", "3")
    crm("undo", "2")
    assert crm.json("contact", "show", "ada@example.com")["archived_at"] is None


def test_undo_gives_no_sku_to_two_products(crm: Crm) -> None:
    crm("product", "add", "Green tea", "5", "--sku", "K")
    crm("product", "edit", "1", "--sku", "L")
    crm("product", "add", "Black tea", "5", "--sku", "K")
    crm("undo", "2", code=4)
    crm("product", "retire", "2")
    crm("undo", "2")
    crm("undo", "4", code=4)
    assert [product["active"] for product in crm.json("product", "list", "--json")] == [True]


def test_a_restored_contact_is_shown_with_its_segment(crm: Crm) -> None:
    crm("contact", "add", "Ada")
    crm("purchase", "add", "1", "Tea", "10")
    crm("contact", "delete", "1", "--yes")
    restored = crm.json("trash", "restore", "1")
    assert restored["segment"] is not None
    assert restored == crm.json("contact", "show", "1")


@pytest.mark.parametrize(
    "words", [("undo", "99999999999999999999"), ("history", "99999999999999999999")]
)
def test_an_entry_number_beyond_all_bounds_is_no_bug(crm: Crm, words: tuple[str, ...]) -> None:
    assert crm(*words, "--json", code=2).error["code"] == "invalid"


def test_a_limit_beyond_all_bounds_is_no_limit(crm: Crm) -> None:
    crm("contact", "add", "Ada")
    assert len(crm.json("contact", "list", "--limit", "99999999999999999999")) == 1


def test_what_is_undone_already_says_what_does_it_again(crm: Crm) -> None:
    crm("contact", "add", "Ada")
    crm("undo", 1)
    hint = crm("undo", 1, "--json", code=4).error["hint"]
    assert hint == "crm redo does it again"
    crm("contact", "add", "Bob")
    hint = crm("undo", 1, "--json", code=4).error["hint"]
    assert hint == "crm undo 2 does it again"
    crm("undo", 2)
    assert [row["name"] for row in crm.json("contact", "list")] == ["Ada", "Bob"]


def test_more_obstacles_than_are_listed_are_counted(crm: Crm, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text("name,email\n" + "".join(f"P{n},p{n}@x.ch\n" for n in range(25)))
    crm("contact", "import", file)
    file.write_text("email,notes\n" + "".join(f"p{n}@x.ch,later\n" for n in range(25)))
    crm("contact", "import", file)
    error = crm("undo", 1, "--json", code=4).error
    assert "(25; the first 20 are listed)" in error["message"]
    assert len(error["candidates"]) == 20
