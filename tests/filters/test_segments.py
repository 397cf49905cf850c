"""Filters under a name: saved, asked, made of each other, taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Crm


def test_a_saved_segment_is_listed_shown_and_asked(
    shop: Crm, ids: Callable[..., list[int]]
) -> None:
    saved = shop.json(
        "segment", "save", "Good Ones", "role = customer and revenue > 40", "--note", "call them"
    )
    assert saved["where"] == "role = customer and revenue > 40"
    assert (saved["id"], saved["kind"], saved["members"]) == (1, "saved", 2)
    assert shop.json("segment", "show", "good ones") == saved
    listed = shop.json("segment", "list")
    assert listed[0] == saved
    assert [row["name"] for row in listed[1:3]] == ["champions", "loyal"]
    members = shop("segment", "members", "GOOD ones", "-f", "ids")
    assert members.out.split() == ["1", "3"]
    assert ids("segment = 'good ones'") == [1, 3]
    assert ids("segment != 'good ones'") == [2, 4]
    assert ids("segment = 'good ones' and city = bern") == [3]
    assert shop("contact", "export", "--where", "segment:'good ones'").out.count("\r\n") == 3


def test_the_filter_of_a_segment_is_taken_with_where_too(shop: Crm) -> None:
    saved = shop.json("segment", "save", "mine", "--where", "tag:vip")
    assert saved["where"] == "tag:vip"
    for words in ((), ("tag:vip", "--where", "city = bern")):
        error = shop("segment", "save", "other", *words, "--json", code=2).error
        assert "filter" in error["message"], words
    assert [row["name"] for row in shop.json("segment", "list") if row["kind"] == "saved"] == [
        "mine"
    ]


def test_saving_again_puts_the_new_filter_in_place(shop: Crm) -> None:
    shop("segment", "save", "mine", "city = bern", "--note", "n")
    again = shop.json("segment", "save", "Mine", "tag:vip")
    assert (again["id"], again["name"], again["where"], again["note"]) == (
        1,
        "Mine",
        "tag:vip",
        "n",
    )
    shop("undo")
    assert shop.json("segment", "show", "mine")["where"] == "city = bern"
    shop("undo")
    assert shop("segment", "show", "mine", "--json", code=3).error["code"] == "not-found"


def test_relative_days_stay_relative(shop: Crm) -> None:
    shop("segment", "save", "sleepy", "last_purchase < -90d")
    assert shop("segment", "members", "sleepy", "-f", "ids").out.split() == ["1"]
    later = ("--now", "2026-10-01")
    assert shop("segment", "members", "sleepy", "-f", "ids", *later).out.split() == ["1", "3"]


def test_segments_are_made_of_segments_but_never_of_themselves(
    shop: Crm, ids: Callable[..., list[int]]
) -> None:
    shop("segment", "save", "town", "city in (bern, basel)")
    shop("segment", "save", "both", "segment = town and not city = bern")
    assert ids("segment = both") == [4]
    assert ids("segment in (both, champions)") == [4]
    for where in ("segment = both", "tag:vip or segment = town"):
        error = shop("segment", "save", "town", where, "--json", code=2).error
        assert "made of itself" in error["message"]
    assert shop("segment", "delete", "town", "--yes", "--json", code=5).error["code"] == "refused"
    shop("segment", "delete", "both", "--yes")
    shop("segment", "delete", "town", "--yes")
    assert shop("contact", "list", "--where", "segment = town", code=2).err
    shop("undo")
    shop("undo")
    assert ids("segment = both") == [4]


def test_the_built_in_segments_are_those_of_the_report(
    shop: Crm, ids: Callable[..., list[int]]
) -> None:
    by_name = {row["segment"]: row["customers"] for row in shop.json("report", "segments")["rows"]}
    assert sum(by_name.values()) == 2
    for name, customers in by_name.items():
        members = shop.json("report", "segments", "--members", name)["rows"]
        expected = sorted(row["contact_id"] for row in members)
        assert ids(f"segment = {name}") == expected
        assert len(expected) == customers == shop.json("segment", "show", name)["members"]
    assert ids("segment = 'Cannot lose them'") == ids("segment = cannot-lose")
    assert shop.json("segment", "moves", "2026-02-01")["rows"]


@pytest.mark.parametrize("name", ["champions", "At risk"])
def test_a_built_in_segment_cannot_be_overwritten_or_deleted(shop: Crm, name: str) -> None:
    assert shop("segment", "save", name, "tag:vip", "--json", code=4).error["code"] == "duplicate"
    assert shop("segment", "delete", name, "--yes", "--json", code=5).error["code"] == "refused"


def test_what_cannot_be_meant_is_refused_and_nothing_is_kept(shop: Crm) -> None:
    before = shop("history", "-f", "ids").out
    for words in (("x", "rolle = customer"), ("x", ""), ("", "tag:vip"), ("x", "tag:vpi")):
        assert shop("segment", "save", *words, "--json", code=2).error["code"] == "invalid"
    assert shop("segment", "show", "champoins", "--json", code=3).error["hint"] == (
        "did you mean champions?"
    )
    shop("segment", "members", "nosuch", code=3)
    shop("segment", "delete", "nosuch", "--yes", code=3)
    shop("segment", "save", "x", "tag:vip", "--dry-run")
    assert shop("history", "-f", "ids").out == before


def test_deleting_asks(shop: Crm) -> None:
    shop("segment", "save", "mine", "city = bern")
    assert "--yes" in shop("segment", "delete", "mine", code=2).err
    assert shop("segment", "delete", "mine", "--yes", "-f", "ids").out == "mine\n"


def test_a_segment_that_lost_its_field_says_so_and_the_others_stay(shop: Crm) -> None:
    shop("field", "add", "contact", "Size", "--kind", "number")
    shop("segment", "save", "big", "size > 5")
    shop("segment", "save", "mine", "city = bern")
    shop("field", "delete", "contact.size", "--yes")
    run = shop("segment", "list", "--json")
    assert [(row["name"], row["members"]) for row in run.json[:2]] == [("big", None), ("mine", 1)]
    assert "segment big: filter, character 1: a contact has no field 'size'" in run.err
    error = shop("segment", "members", "big", "--json", code=2).error
    assert "segment big" in error["message"]


def test_moves_is_a_list_like_others(shop: Crm) -> None:
    """Row options, the later day, and some contacts alone."""
    every = shop.json("segment", "moves", "2026-02-01")["rows"]
    (first,) = shop.json("segment", "moves", "2026-02-01", "--sort", "-contact_id", "--limit", "1")[
        "rows"
    ]
    assert first == max(every, key=lambda row: row["contact_id"])
    body = shop.json("segment", "moves", "2026-02-01", "--as-of", "2026-02-01", "--where", "id = 1")
    assert (body["rows"], body["parameters"]["where"]) == ([], "id = 1")
    shop("segment", "moves", "2026-02-01", "--as-of", "2026-02-01", "--fail-empty", code=3)


def test_the_list_counts_whom_members_lists(shop: Crm) -> None:
    """Archived contacts are in neither; the report's figures keep them."""
    segment = shop.json("contact", "show", "1")["segment"]
    before = shop.json("segment", "show", segment)["members"]
    shop("contact", "archive", "1")
    shown = {row["name"]: row["members"] for row in shop.json("segment", "list")}
    assert shown[segment] == before - 1
    assert shown[segment] == len(shop.json("segment", "members", segment))


def test_renaming_follows_into_other_segments(shop: Crm, ids: Callable[..., list[int]]) -> None:
    """In quotation marks or without, in lists and after a colon; one undo takes all back."""
    shop("segment", "save", "town", "city = bern")
    shop("segment", "save", "both", "(segment:town or segment in ('Town', champions)) and id > 0")
    before = ids("segment = both")
    shown = shop.json("segment", "rename", "TOWN", 'The "old" town')
    assert shown["name"] == 'The "old" town'
    assert shop.json("segment", "show", "both")["where"] == (
        '(segment:"The ""old"" town" or segment in ("The ""old"" town", champions)) and id > 0'
    )
    assert ids("segment = both") == before
    shop("segment", "show", "town", code=3)
    shop("undo")
    assert shop.json("segment", "show", "both")["where"].startswith("(segment:town or")
    assert ids("segment = both") == before


def test_a_new_name_is_free_and_of_a_saved_segment(shop: Crm) -> None:
    shop("segment", "save", "town", "city = bern")
    shop("segment", "save", "other", "id > 0")
    for words, code in (
        (("town", "Other"), 4), (("town", "at risk"), 4), (("town", " "), 2), (("twn", "x"), 3),
        (("champions", "x"), 5),
    ):  # fmt: skip
        shop("segment", "rename", *words, code=code)
    # Another case of the same name is no other segment.
    assert shop("segment", "rename", "town", "Town", "-f", "ids").out == "Town\n"


def test_a_field_s_new_name_follows_into_segments(shop: Crm) -> None:
    """Nothing saved stops working; and who deletes the field is told what will."""
    shop("field", "add", "contact", "Size", "--kind", "number")
    shop("contact", "edit", "1", "--set", "size=7")
    shop("segment", "save", "big", "city is not empty or not (Size > 5) and id > 0")
    shop("segment", "save", "other", "name = size")
    shop("field", "edit", "contact.size", "--name", "Shoe size")
    assert shop.json("segment", "show", "big")["where"] == (
        "city is not empty or not (shoe_size > 5) and id > 0"
    )
    assert shop.json("segment", "show", "other")["where"] == "name = size"
    assert shop.json("segment", "members", "big")
    run = shop("field", "delete", "contact.shoe_size", "--yes")
    assert "the segment big cannot be read without shoe_size" in run.err
    shop("undo")
    assert shop.json("segment", "members", "big")
