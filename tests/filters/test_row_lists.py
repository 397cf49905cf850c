"""``--where`` on the lists that are no records: history, trash, fields, choices, settings ..."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from crm_cli.clock import Clock
from crm_cli.queries import history
from crm_cli.queries.row_filtering import narrowed
from crm_cli.result import Table
from crm_cli.session import Session

if TYPE_CHECKING:
    from tests.conftest import Crm


@pytest.fixture
def full(shop: Crm) -> Crm:
    """The shop with something in every list."""
    shop("contact", "edit", "4", "--owner", "Zoë", "--as", "Zoë", "--now", "2026-06-20T10:00:00Z")
    shop("undo")
    shop("contact", "delete", "4", "--yes", "--as", "Zoë", "--now", "2026-05-01T10:00:00Z")
    shop("purchase", "delete", "3", "--yes")
    shop("field", "add", "contact", "Shirt size", "--kind", "choice", "--choice", "S,M")
    shop("field", "add", "product", "Colour", "--kind", "text", "--required")
    shop("field", "add", "product", "Old", "--kind", "date")
    shop("field", "retire", "Old")
    shop("config", "rate", "add", "USD", "0.9231", "--on", "2026-01-01")
    shop("config", "rate", "add", "USD", "0.95", "--on", "2026-02-01")
    shop("config", "rate", "add", "CHF", "1.02", "--on", "2026-02-01")
    shop("config", "set", "country", "CH")
    shop("segment", "save", "regulars", "orders > 1", "--note", "invite")
    shop("segment", "save", "bern", "city = bern")
    return shop


@pytest.mark.parametrize(
    ("words", "where", "key", "found"),
    [
        ("history", "by = zoe", "id", [11, 9]),
        ("history", "by = zoe and not (summary ~ DELETED)", "id", [9]),
        ("history", "kind = undo", "summary", ["undo of entry 9: edited Cleo Smithers"]),
        ("history", "undoes = 9", "id", [10]),
        ("history", "undone_by is not empty", "id", [9]),
        ("history", "at < 2026-06", "id", [11]),
        ("history", "at = 2026-06-20", "id", [9]),
        ("history", "at = 2026-06-20T10:00:00Z", "id", [9]),
        ("history", "at = '2026-06-20T12:00:00+02:00'", "id", [9]),
        ("history", "at > '2026-06-20 10:00'", "id", []),
        ("history", "at < 2026-05-01T10:00:01Z", "id", [11]),
        ("trash list", "deleted_at = 2026-05-01T10:00:00Z", "id", [1]),
        ("trash list", "deleted_at > '2026-05-01 10:00'", "noun", ["purchase"]),
        ("history", "records > 1 or summary = sold*", "id", [8, 7, 6, 1]),
        ("history", "id in (1, 2)", "id", [2, 1]),
        ("history", 'command ~ "--tag VIP"', "id", [1]),
        ("trash list", "noun = contact", "name", ["Cleo Smithers"]),
        ("trash list", "deleted_by = zoe", "id", [1]),
        ("trash list", "deleted_at >= 2026-06-01", "noun", ["purchase"]),
        ("trash list", "name ~ TEA and record_id = 3 and entry > 1", "id", [2]),
        ("field list", "record = product", "name", ["colour"]),
        ("field list", "required", "name", ["colour"]),
        ("field list", "kind = date", "name", []),
        ("field list --all", "not active", "name", ["old"]),
        ("field list", "choices = m", "name", ["shirt_size"]),
        ("field list", "choices:S and used = 0", "name", ["shirt_size"]),
        ("field list", "note is empty and label = Shirt*", "name", ["shirt_size"]),
        ("picklist list", "list = role and used > 0", "key", ["prospect", "customer"]),
        ("picklist list contact.shirt_size", "position >= 2", "key", ["M"]),
        ("segment list", "kind = saved and members > 0", "name", ["bern"]),
        ("segment list", "note ~ INVITE", "name", ["regulars"]),
        ("segment list", "created_at > 'today 23:59'", "name", []),
        ("segment list", "created_at = today and not name = bern", "name", ["regulars"]),
        ("segment members bern", "name ~ bob", "id", [3]),
        ("config list", "scope = business and source = store", "key", ["country"]),
        ("config rate list", "currency = usd and on > 2026-01", "rate", ["0.95"]),
        ("config rate list", "rate > 0.93", "id", [3, 2]),
        ("config rate list", "rate = 0.9231", "id", [1]),
    ],
)
def test_rows_are_chosen_by_their_keys(
    full: Crm, words: str, where: str, key: str, found: list[object]
) -> None:
    assert [row[key] for row in full.json(*words.split(), "--where", where)] == found


@pytest.mark.parametrize(
    ("words", "where", "said", "near"),
    [
        ("history", "sumary ~ x", "an entry has no field 'sumary'", "summary"),
        ("history", "by = tster", "tster", "tester"),
        ("history", "kind = undoo", "undoo", "undo"),
        ("history", "at = someday", "someday", ""),
        ("history", "records > many", "many", ""),
        ("trash list", "nam ~ x", "a deleted record has no field 'nam'", "name"),
        ("trash list", "noun = contct", "contct", "contact"),
        ("field list", "requird", "a field has no field 'requird'", "required"),
        ("field list", "kind = chioce", "chioce", "choice"),
        ("field list", "kind > text", "compared with >", "="),
        ("field list", "active = perhaps", "perhaps", "yes or no"),
        ("field list", "used = x", "'x' is not a number", ""),
        ("field list", "name", "stands alone", "VALUE"),
        ("picklist list", "list = rolle", "rolle", "role"),
        ("segment list", "kind = save", "save", "saved"),
        ("segment members bern", "nme ~ bob", "a contact has no field 'nme'", "name"),
        ("segment moves 2026-01-01", "nme ~ bob", "a contact has no field 'nme'", "name"),
        ("config list", "scope = busines", "busines", "business"),
        ("config rate list", "currency = USDD", "USDD", "USD"),
        ("config rate list", "currency = USD and", "a field is expected", ""),
        ("config rate list", "", "empty", ""),
    ],
)
def test_what_is_unknown_is_an_error_with_the_nearest(
    full: Crm, words: str, where: str, said: str, near: str
) -> None:
    error = full(*words.split(), "--where", where, "--json", code=2).error
    assert error["code"] == "invalid"
    assert said in error["message"]
    assert near in f"{error['hint']} {error['message']}"


def test_text_that_nobody_has_is_an_empty_answer_and_a_remark(full: Crm) -> None:
    run = full("field", "list", "--where", "name = shirt_siz", "--json")
    assert run.json == []
    assert "shirt_size" in run.err
    full("field", "list", "--where", "name = nothing", "--fail-empty", code=3)
    full("history", "--where", "id > 999", "--fail-empty", code=3)


@pytest.mark.parametrize(
    "words",
    ["history", "trash list", "field list", "picklist list", "segment list", "config list",
     "segment members bern", "config rate list", "segment moves 2026-01-01"],
)  # fmt: skip
def test_every_list_takes_the_options_of_rows(full: Crm, words: str) -> None:
    rows = full.json(*words.split())
    rows = rows["rows"] if isinstance(rows, dict) else rows
    key = next(iter(rows[0]))
    line = full(*words.split(), "--columns", key, "--sort", f"-{key}", "--limit", "1", "-f", "csv")
    assert line.out.splitlines()[0] == key
    assert len(line.out.splitlines()) == 2
    full(*words.split(), "--fail-empty")


@pytest.mark.parametrize(
    "where",
    [
        "by = zoe", "by != zoe", "kind in (undo, change) and records = 1", "at >= -20d",
        "not (at = 2026-06-20 or summary ~ edited)", "undoes is empty", "summary = added*",
        "summary = *dora", 'summary = "archived dora"', "undoes > 3", "not undoes > 3",
        "records <= 1", "records < 0.5", "id in (1, #2, 99)", "by ~ Z", "at > 2026-05",
    ],
)  # fmt: skip
def test_both_ways_of_reading_rows_agree(full: Crm, where: str) -> None:
    """History is asked in SQL, small lists in Python: one language."""
    session = Session(
        path=full.db, clock=Clock("2026-06-15T10:00:00Z"), who=lambda: "me", arguments=[]
    )
    asked, everything = history.listing(session, where=where).body, history.listing(session).body
    assert isinstance(asked, Table)
    assert isinstance(everything, Table)
    chosen = narrowed(session, everything, where, {"by": (), "kind": ()}).body
    session.close()
    assert isinstance(chosen, Table)
    assert asked.rows == chosen.rows
    assert 0 < len(asked.rows) < len(everything.rows) or "0.5" in where


def test_one_entry_of_the_history_takes_no_filter(crm: Crm) -> None:
    """It would be passed over in silence."""
    crm("contact", "add", "Ada")
    error = crm("history", "1", "--where", "by = nobody", "--json", code=2).error
    assert error["code"] == "usage"
