"""Lists of follow-ups: their order, what narrows them, and how few rows are read."""

from __future__ import annotations

import json
import os
import pty
import sqlite3
import subprocess
import sys
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from crm_cli.domain.follow_up import is_due
from crm_cli.store import follow_ups
from tests.contacts.test_plans import Watching

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Crm


@pytest.fixture
def book(crm: Crm) -> Crm:
    """Two contacts with follow-ups in no order of their days."""
    crm("contact", "add", "Ada")
    crm("contact", "add", "Bob", "--owner", "zoe")
    for who, when, text, *more in (
        ("1", "2026-07-01", "later"),
        ("2", "2026-06-15", "today"),
        ("1", "2026-06-15 9:30", "this morning", "--owner", "max"),
        ("2", "2026-06-15 18:00", "tonight", "--kind", "promise"),
        ("1", "2026-06-01", "late", "--repeat", "monthly"),
        ("1", "2026-05-01", "over"),
        ("1", "2026-05-02", "not needed"),
    ):
        crm("remind", "add", who, when, text, *more, "-q")
    crm("remind", "done", "6")
    crm("remind", "cancel", "7")
    return crm


NARROWED = [
    ((), [1, 2, 3, 4, 5]),
    (("--all",), [1, 2, 3, 4, 5, 6, 7]),
    (("--state", "all"), [1, 2, 3, 4, 5, 6, 7]),
    (("--state", "done"), [6]),
    (("--state", "Cancelled"), [7]),
    (("--who", "ada"), [1, 3, 5]),
    (("--owner", "zoe"), [2, 4]),
    (("--owner", "MAX"), [3]),
    (("--mine", "--as", "max"), [3]),
    (("--kind", "promise"), [4]),
    (("--overdue",), [3, 5]),
    (("--overdue", "--who", "bob"), []),
    (("--due-before", "2026-06-15"), [5]),
    (("--until", "today"), [2, 3, 4, 5]),
    (("--since", "today"), [1, 2, 3, 4]),
    (("--period", "2026-06"), [2, 3, 4, 5]),
    (("--period", "last-month", "--all"), [6, 7]),
    (("--limit", "2"), [1, 2]),
    (("--where", "overdue"), [3, 5]),
    (("--where", "overdue = yes and owner = max"), [3]),
    (("--where", "not overdue"), [1, 2, 4]),
    (("--where", "overdue = no"), [1, 2, 4]),
    (("--where", "not overdue", "--all"), [1, 2, 4, 6, 7]),
    (("--where", "due < today"), [5]),
    (("--where", "due_on = 2026-06"), [2, 3, 4, 5]),
    (("--where", "due = 2026-05"), []),
    (("--where", "due = 2026-05 and state in (done, cancelled)"), [6, 7]),
    (("--where", "state = done"), [6]),
    (("--where", "done is empty"), [1, 2, 3, 4, 5, 7]),
    (("--where", "done_at >= today"), [6]),
    (("--where", "text ~ night or contact = ada and time is empty"), [1, 4, 5]),
    (("--where", "time >= 12:00"), [4]),
    (("--where", "repeat = monthly"), [5]),
    (("--where", "repeat is not empty"), [5]),
    (("--where", "owner is empty"), [1, 5]),
    (("--where", "kind in (promise, task) and contact ~ bo"), [2, 4]),
    (("--where", "id in (2, 6)"), [2]),
    (("--where", "created = today and not owner = zoe"), [1, 3, 5]),
]


def test_a_list_is_narrowed(book: Crm) -> None:
    for options, ids in NARROWED:
        assert [row["id"] for row in book.json("remind", "list", *options)] == ids, options
        printed = book("remind", "list", *options, "-f", "ids").out.split()
        assert [int(word) for word in printed] == ids, options


def test_an_unknown_word_is_an_error_and_never_no_filter(book: Crm) -> None:
    for options in (
        ("--state", "opn"),
        ("--kind", "chore"),
        ("--period", "soon"),
        ("--due-before", "banana"),
        ("--where", "due < banana"),
        ("--where", "overdue = perhaps"),
        ("--where", "colour = red"),
        ("--where", "owner = nobody"),
        ("--where", "state = opn"),
        ("--where", "text < a"),
    ):
        error = book("remind", "list", *options, "--json", code=2).error
        assert error["code"] == "invalid", options


def test_an_owner_that_nobody_has_is_said(book: Crm) -> None:
    assert "did you mean 'zoe'?" in book("remind", "list", "--owner", "zo").err
    assert "did you mean 'zoe'?" in book("remind", "today", "--owner", "zo").err


def test_people_read_it_by_day_and_programs_by_id(book: Crm) -> None:
    """Both before a limit, so that ten are the next ten."""
    texts = [line.split("  ")[0] for line in book("remind", "list").out.splitlines()[1:]]
    assert texts == ["5", "2", "3", "4", "1"]
    assert book("remind", "list", "--limit", "2").out.splitlines()[1][0] == "5"
    assert book.json("remind", "list", "--sort", "due_on")[0]["id"] == 5


def test_today_is_what_is_due_by_tonight(book: Crm) -> None:
    assert [row["id"] for row in book.json("remind", "today")] == [5, 2, 3, 4]
    assert [row["id"] for row in book.json("remind", "today", "--owner", "zoe")] == [2, 4]
    assert [row["id"] for row in book.json("remind", "today", "--where", "kind = promise")] == [4]
    assert [row["id"] for row in book.json("remind", "today", "--limit", "1")] == [5]
    book("remind", "today", "--owner", "nobody", "--fail-empty", code=3)


def test_ids_are_piped_from_one_verb_to_the_next(book: Crm) -> None:
    ids = book("remind", "list", "--overdue", "-f", "ids").out
    run = book.process("remind", "snooze", "-", "tomorrow", "--json", stdin=ids)
    assert [row["due_on"] for row in json.loads(run.out)] == ["2026-06-16"] * 2
    run = book.process("remind", "add", "-", "+1w", "greet", "--json", stdin="1\n2\n")
    assert run.code == 0
    assert len(book.json("remind", "list", "--where", "text = greet")) == 2
    book("undo")
    assert book.json("remind", "list", "--where", "text = greet") == []
    shown = book.process("remind", "show", "-", "--json", stdin="1\n3\n").out
    assert [row["id"] for row in json.loads(shown)] == [1, 3]


def test_long_text_comes_from_stdin(book: Crm) -> None:
    run = book.process("remind", "add", "1", "tomorrow", "-", "--json", stdin="one\ntwo\n")
    assert json.loads(run.out)["text"] == "one\ntwo"
    assert book.process("remind", "add", "1", "tomorrow", stdin="").code == 2
    assert book.process("remind", "add", "-", "tomorrow", "-", stdin="1\n").code == 2


def test_no_ids_from_stdin_are_nothing_to_do(book: Crm) -> None:
    before = len(book.json("remind", "list"))
    run = book.process("remind", "add", "-", "tomorrow", "x", "--json", stdin="")
    assert (run.code, json.loads(run.out)) == (0, [])
    assert "nothing changed" in run.err
    assert len(book.json("remind", "list")) == before


def test_what_cannot_be_meant_is_not_added(book: Crm) -> None:
    for words, code in (
        (("1", "banana", "x"), 2),
        (("1", "", "x"), 2),
        (("1", "tomorrow", " "), 2),
        (("1", "tomorrow", "x", "--repeat", "hourly"), 2),
        (("1", "tomorrow", "x", "--kind", "touch"), 2),
        (("1", "tomorrow", "x", "--purchase", "9"), 3),
        (("nobody", "tomorrow", "x"), 3),
        (("new@example.com", "tomorrow", "x"), 3),
        (("1", "03/04/2027", "x"), 2),
    ):
        book("remind", "add", *words, code=code)
    assert len(book.json("remind", "list", "--all")) == 7


def test_a_past_day_is_taken_with_a_warning(book: Crm) -> None:
    run = book("remind", "add", "1", "2026-06-01", "x", "--quiet")
    assert run.err == "warning: 2026-06-01 is past: it is overdue at once\n"
    assert "past" not in book("remind", "add", "1", "today", "x").err


def test_an_instant_becomes_a_time_of_the_business(book: Crm) -> None:
    book("config", "set", "timezone", "Europe/Zurich")
    row = book.json("remind", "add", "1", "2026-06-20T07:30:00Z", "x")
    assert (row["due_on"], row["due_time"]) == ("2026-06-20", "09:30")
    assert row["due_at"] == "2026-06-20T07:30:00Z"


# -- the terminal ---------------------------------------------------------------------------------


def typed(crm: Crm, keys: str, *arguments: str) -> tuple[int, str]:
    """Run with a terminal for stdin, on which ``keys`` are typed; return status and stderr."""
    ours, theirs = pty.openpty()
    try:
        os.write(ours, keys.encode())
        done = subprocess.run(
            [sys.executable, "-m", "crm_cli", *arguments],
            stdin=theirs, capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
    finally:
        os.close(ours)
        os.close(theirs)
    del crm
    return done.returncode, done.stderr


def test_done_asks_for_the_next_step_on_a_terminal(book: Crm) -> None:
    code, told = typed(book, "banana\n+1w\nsend the bill\n", "remind", "done", "2")
    assert code == 0
    assert "Next step with Bob: when?" in told
    assert "'banana' is not a date" in told
    row = book.json("remind", "show", "8")
    assert (row["contact_id"], row["due_on"], row["text"]) == (2, "2026-06-22", "send the bill")


@pytest.mark.parametrize(
    ("keys", "words", "made"),
    [
        ("\n", ("2",), 0),
        ("tomorrow\n\n", ("2",), 1),
        ("tomorrow\n\n", ("2", "--no-next"), 0),
        ("tomorrow\n\n", ("2", "--yes"), 0),
        ("tomorrow\n\n", ("2", "--json"), 0),
        ("tomorrow\n\n", ("1", "2"), 0),
        ("tomorrow\n\n", ("5",), 1),  # the round that follows
    ],
)
def test_no_answer_is_no_next_step_and_nothing_is_asked_that_was_said(
    book: Crm, keys: str, words: tuple[str, ...], made: int
) -> None:
    code, _ = typed(book, keys, "remind", "done", *words)
    assert code == 0
    rows = book.json("remind", "list", "--where", "id > 7")
    assert len(rows) == made
    assert all(row["text"] in {"today", "late"} for row in rows)


# -- how it is read -------------------------------------------------------------------------------

PLANS: dict[str, Callable[[Any], Any]] = {
    "due": lambda c: follow_ups.due(c, "2026-06-15"),
    "of a contact": lambda c: follow_ups.listed(c, {"who": 1, "state": "open"}),
    "of a purchase": lambda c: follow_ups.listed(c, {"purchase": 1}),
    "days of contacts": lambda c: follow_ups.next_days(c, [1, 2]),
    "timed today": lambda c: follow_ups.timed_on(c, "2026-06-15"),
    "one": lambda c: follow_ups.row(c, 1),
    "the next round": lambda c: follow_ups.open_round_after(c, 1),
    "tied to contacts": lambda c: follow_ups.tied_to(c, "[1]"),
}


@pytest.mark.parametrize("question", PLANS)
def test_no_large_table_is_read_from_end_to_end(book: Crm, question: str) -> None:
    connection = sqlite3.connect(book.db)
    watching = Watching(connection)
    PLANS[question](watching)
    connection.close()
    scanned = [
        step
        for step in watching.plans
        if step.startswith("SCAN") and "INDEX" not in step and "json_each" not in step
        and "VIRTUAL" not in step and "CONSTANT" not in step and step != "SCAN later"
    ]  # fmt: skip
    assert scanned == []


def test_due_days_come_in_order_from_the_index(book: Crm) -> None:
    connection = sqlite3.connect(book.db)
    watching = Watching(connection)
    follow_ups.due(watching, "2026-06-15")  # type: ignore[arg-type]
    connection.close()
    assert any("follow_ups_due" in step for step in watching.plans), watching.plans
    assert "USE TEMP B-TREE FOR ORDER BY" not in watching.plans


def test_what_is_due_at_an_hour_is_due_from_then_on(book: Crm) -> None:
    """For those who send: due by now, and not by tonight."""
    from datetime import UTC, datetime

    now = datetime(2026, 6, 15, 10, tzinfo=UTC)
    connection = sqlite3.connect(book.db)
    rows = follow_ups.due(connection, date(2026, 6, 15).isoformat())
    connection.close()
    assert [row.id for row in rows if is_due(row.due_on, row.due_time, now, UTC)] == [5, 2, 3]
