"""Finding talks: lists, filters, search, and the way they are read."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from crm_cli.store import interactions as store

if TYPE_CHECKING:
    from tests.conftest import Crm


@pytest.fixture
def talks(office: Crm) -> Crm:
    """Four talks."""
    office("log", "call", "ada", "Mörtel and tea", "--at", "2026-06-10 09:00", "--outcome",
           "no-answer", "--sentiment", "-1", "--duration", "5", "-q")  # fmt: skip
    office("log", "email", "bob", "Long\nmail", "--subject", "Prices", "--direction", "in", "--at",
           "2026-05-31 23:30", "--campaign", "spring", "-q")  # fmt: skip
    office("log", "meeting", "bob", "Met", "--with", "ada", "--by", "Eve", "--at", "2026-06-01",
           "--duration", "1h", "-q")  # fmt: skip
    office("log", "note", "ada", "Two vans", "-q")
    return office


@pytest.mark.parametrize(
    ("options", "ids"),
    [
        ((), [1, 2, 3, 4]),
        (("--who", "ada"), [1, 3, 4]),
        (("--who", "bob@example.com"), [2, 3]),
        (("--channel", "E-mail"), [2]),
        (("--direction", "in"), [2]),
        (("--outcome", "No answer"), [1]),
        (("--by", "eve"), [3]),
        (("--where", "direction = in"), [2]),
        (("--where", "direction != in and channel = call"), [1]),
        (("--campaign", "Spring"), [2]),
        (("--since", "2026-06-01"), [1, 3, 4]),
        (("--until", "2026-05-31"), [2]),
        (("--period", "2026-06"), [1, 3, 4]),
        (("--who", "ada", "--since", "2026-06-02", "--channel", "call"), [1]),
        (("--sort", "-at"), [4, 1, 3, 2]),
        (("--limit", "2"), [1, 2]),
        (("--where", "contact ~ ada"), [1, 4]),
        (("--where", "participant ~ ada"), [3]),
        (("--where", "participant is empty and channel != note"), [1, 2]),
        (("--where", "body ~ mortel or subject = prices"), [1, 2]),
        (("--where", "sentiment < 0"), [1]),
        (("--where", "duration >= 60"), [3]),
        (("--where", "outcome = no-answer"), [1]),
        (("--where", "by = Eve"), [3]),
        (("--where", "at < 2026-06"), [2]),
        (("--where", "direction in (in, none)"), [2, 4]),
        (("--where", "contact_id = 2 and campaign = spring"), [2]),
    ],
)
def test_a_list_holds_what_was_asked_for(
    talks: Crm, options: tuple[str, ...], ids: list[int]
) -> None:
    assert [row["id"] for row in talks.json("log", "list", *options)] == ids
    if "--sort" not in options:
        assert talks("log", "list", *options, "-f", "ids").out.split() == list(map(str, ids))


@pytest.mark.parametrize(
    "options",
    [("--channel", "pigeon"), ("--direction", "up"), ("--since", "banana"), ("--period", "1y"),
     ("--where", "color = red"), ("--where", "channel = pigeon"), ("--where", "by = nobody"),
     ("--columns", "nosuch")],
)  # fmt: skip
def test_a_word_that_means_nothing_is_an_error_and_no_empty_list(
    talks: Crm, options: tuple[str, ...]
) -> None:
    talks("log", "list", *options, code=2)


def test_people_see_the_subject_or_the_first_line(talks: Crm) -> None:
    out = talks("log", "list").out
    assert "Prices" in out
    assert "Long" not in out
    assert "2026-05-31 23:30" in out
    assert "No answer" in out
    talks("log", "list", "--channel", "sms", "--fail-empty", code=3)


def test_search_finds_words_of_subject_and_text(talks: Crm) -> None:
    (found,) = talks.json("search", "mortel")
    assert (found["type"], found["id"], found["found_in"]) == ("interaction", 1, ["body"])
    assert found["snippet"] == "[Mörtel] and tea"
    assert found["contact"] == "Ada Lovelace"
    (found,) = talks.json("search", "pric")
    assert (found["name"], found["found_in"]) == ("Prices", ["subject"])
    assert talks("search", "vans", "--in", "interaction", "-f", "ids").out == "4\n"
    assert [row["id"] for row in talks.json("search", "tea", "--where", "channel = call")] == [1]
    talks("log", "edit", "1", "--text", "Coffee", "-q")
    assert talks.json("search", "mortel") == []
    talks("undo")
    assert len(talks.json("search", "mortel")) == 1
    talks("log", "delete", "1", "--yes")
    assert talks.json("search", "mortel") == []


def test_of_a_long_text_the_beginning_is_searched_and_all_of_it_filtered(office: Crm) -> None:
    text = f"begun {'word ' * 400} ended"
    office("log", "email", "ada", text, "-q")
    assert len(office.json("search", "begun")) == 1
    assert office.json("search", "ended") == []
    assert len(office.json("log", "list", "--where", "body ~ ended")) == 1


def test_several_are_shown_by_stdin(talks: Crm) -> None:
    run = talks.process("log", "show", "-", "--json", stdin="1\n3\n")
    assert [row["id"] for row in run.json] == [1, 3]
    talks("log", "show", "9", code=3)
    talks("log", "show", "ada", code=3)


PLANS: dict[str, dict[str, object]] = {
    "who": {"who": 1},
    "who since": {"who": 1, "from_at": "2026-06-01T00:00:00Z"},
    "since": {"from_at": "2026-06-01T00:00:00Z"},
    "days": {"from_at": "2026-06-01T00:00:00Z", "before_at": "2026-06-02T00:00:00Z"},
    "ids": {"ids": "[1, 2]"},
}


@pytest.mark.parametrize("newest_first", [False, True])
@pytest.mark.parametrize("asked", PLANS)
def test_a_list_reads_no_more_talks_than_it_shows(
    talks: Crm, asked: str, *, newest_first: bool
) -> None:
    with closing(sqlite3.connect(talks.db)) as connection:
        seen: list[str] = []
        connection.set_trace_callback(seen.append)
        store.flat_rows(connection, PLANS[asked], 10, newest_first=newest_first)
        connection.set_trace_callback(None)
        (sql,) = seen
        plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}")]
    assert not [line for line in plan if line.startswith("SCAN") and "json_each" not in line], plan


def test_last_contacts_are_read_by_key(talks: Crm) -> None:
    from crm_cli.store import contacts

    with closing(sqlite3.connect(talks.db)) as connection:
        seen: list[str] = []
        connection.set_trace_callback(seen.append)
        contacts.flat_rows(connection, {})
        connection.set_trace_callback(None)
        plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {seen[0]}")]
    assert [
        line for line in plan if "contact_activity" in line or line.startswith("SEARCH a ")
    ] == ["SEARCH a USING INTEGER PRIMARY KEY (rowid=?)"]


@pytest.mark.parametrize(
    "bounds",
    [("--until", "9999-12-31"), ("--since", "0001-01-01"), ("--period", "9999")],
)
def test_the_ends_of_the_calendar_are_days_as_any(talks: Crm, bounds: tuple[str, ...]) -> None:
    talks("config", "set", "timezone", "Asia/Tokyo", "-q")
    everything = talks.json("log", "list")
    assert talks.json("log", "list", *bounds) == ([] if "9999" in bounds else everything)
