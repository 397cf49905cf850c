"""What the ledger shows, what settles it, and that no undo touches it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.smtp_server import Rule

if TYPE_CHECKING:
    from tests.sending.conftest import Firm

KEYS = [
    "id", "follow_up", "occurrence", "contact_id", "contact", "text", "recipient", "channel",
    "state", "attempts", "next_try_at", "message_id", "claimed_at", "changed_at", "error",
]  # fmt: skip


def in_doubt(firm: Firm) -> int:
    """Leave one delivery in doubt and return its number."""
    firm.due()
    firm.server.now_follows(Rule("dot", "drop"))
    firm.send(code=7)
    firm.server.now_follows()
    (row,) = firm.ledger("--state", "in_doubt")
    number: int = row["id"]
    return number


def test_who_got_what_and_when(firm: Firm) -> None:
    number = firm.due("Call her")
    firm.send("--now", "2026-06-15T10:00:00Z")
    (row,) = firm.ledger()
    assert list(row) == KEYS
    assert row["follow_up"] == number
    assert (row["contact"], row["text"]) == ("Grace Hopper", "Call her")
    assert (row["recipient"], row["channel"], row["state"]) == ("ada@firm.ch", "email", "sent")
    assert row["changed_at"] == "2026-06-15T10:00:00Z"
    assert row["message_id"] == firm.mails[0].message["Message-ID"]
    people = firm.crm("remind", "deliveries").out
    assert "Grace Hopper" in people and "sent" in people


def test_lists_can_be_narrowed(firm: Firm) -> None:
    firm.due("One")
    firm.due("Two")
    firm.send("--to", "b@firm.ch", "--to", "c@else.example")
    assert len(firm.ledger("--where", "recipient ~ firm.ch and state = sent")) == 2
    assert firm.ledger("--where", "changed_at < 2026-06-01") == []
    assert len(firm.ledger("--state", "sent", "--limit", "3")) == 3
    assert firm.ledger("--state", "in-doubt") == []
    firm.crm("remind", "deliveries", "--state", "failed", "--fail-empty", code=3)
    for wrong in (("--state", "lost"), ("--where", "colour = red"), ("--where", "state = lost")):
        assert firm.crm("remind", "deliveries", *wrong, "--json", code=2).error["hint"]


def test_it_came(firm: Firm) -> None:
    number = in_doubt(firm)
    (row,) = firm.crm.json("remind", "resolve", number, "sent")
    assert (row["id"], row["state"], row["error"]) == (number, "sent", None)
    assert firm.send() == {}


def test_it_did_not_come(firm: Firm) -> None:
    number = in_doubt(firm)
    firm.crm("remind", "resolve", number, "resend")
    assert firm.send() == {"due": 1, "sent": 1}
    assert firm.send() == {}
    assert len(firm.mails) == 1


def test_many_at_once_by_stdin(firm: Firm) -> None:
    firm.due()
    firm.server.now_follows(Rule("dot", "554 no"))
    firm.send("--to", "b@firm.ch", "--to", "c@firm.ch", code=7)
    ids = firm.crm("remind", "deliveries", "--state", "failed", "-f", "ids").out
    run = firm.crm.process("remind", "resolve", "-", "resend", "--json", stdin=ids)
    assert [row["state"] for row in run.json] == ["claimed", "claimed"]


def test_what_is_settled_already(firm: Firm) -> None:
    firm.due()
    firm.send()
    for word in ("sent", "resend"):
        error = firm.crm("remind", "resolve", 1, word, "--json", code=5).error
        assert error["code"] == "refused"
        assert "is sent" in error["message"]
    assert firm.states() == ["sent"]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ((7, "sent"), 3), (("nobody@firm.ch", "ok"), 3), ((1, "maybe"), 2), (("one", "sent"), 2),
        (("a@firm.ch", "sent"), 2),
    ],
)  # fmt: skip
def test_words_that_settle_nothing(firm: Firm, words: tuple[object, ...], code: int) -> None:
    in_doubt(firm)
    assert firm.crm("remind", "resolve", *words, "--json", code=code).error["hint"]
    assert firm.states() == ["in_doubt"]


def test_a_failed_one_cannot_be_called_sent(firm: Firm) -> None:
    firm.due()
    firm.server.now_follows(Rule("dot", "554 no"))
    firm.send(code=7)
    error = firm.crm("remind", "resolve", 1, "sent", "--json", code=5).error
    assert "only what is in doubt" in error["message"]


def test_resolving_is_rehearsed(firm: Firm) -> None:
    number = in_doubt(firm)
    rows = firm.crm.json("remind", "resolve", number, "sent", "--dry-run")
    assert rows[0]["state"] == "sent"
    assert firm.states() == ["in_doubt"]


# -- undo -----------------------------------------------------------------------------------------


def test_undo_takes_the_follow_up_and_leaves_the_mail(firm: Firm) -> None:
    firm.due()
    firm.send()
    undone = firm.crm.json("undo")
    assert "follow-up" in undone["summary"]
    (row,) = firm.ledger()
    assert (row["state"], row["contact"], row["text"]) == ("sent", None, None)
    firm.crm("redo")
    assert firm.send() == {}
    assert len(firm.mails) == 1


def test_a_sent_mail_is_not_undone(firm: Firm) -> None:
    firm.due()
    firm.send()
    entries = firm.crm.json("history", "--all")
    steps = [entry for entry in entries if entry["kind"] == "system"]
    assert [step["summary"] for step in steps] == [
        "remind send: 1 sent", "remind send: confirm 1", "remind send: hands over to ada@firm.ch",
        "remind send: claims 1", "remind send: begins",
    ]  # fmt: skip
    for step in steps:
        error = firm.crm("undo", step["id"], "--json", code=5).error
        assert step["summary"] in error["message"]
    assert all(entry["kind"] != "system" for entry in firm.crm.json("history"))


def test_runs_with_nothing_to_do_leave_one_line(firm: Firm) -> None:
    before = len(firm.crm.json("history", "--all"))
    for _ in range(5):
        firm.run()
    assert len(firm.crm.json("history", "--all")) == before + 1


def test_runs_are_counted_for_the_heartbeat(firm: Firm) -> None:
    firm.due()
    firm.run("--now", "2026-06-15T10:00:00Z")
    firm.server.now_follows(Rule("rcpt", "450 later"))
    firm.due("Another")
    firm.run("--now", "2026-06-15T11:00:00Z", code=75)
    runs = firm.crm.json("db", "sql", "SELECT * FROM send_runs ORDER BY id")
    assert [(run["due"], run["sent"], run["waiting"], run["exit_code"]) for run in runs] == [
        (1, 1, 0, 0), (1, 0, 1, 75),
    ]  # fmt: skip
    assert [run["finished_at"] for run in runs] == ["2026-06-15T10:00:00Z", "2026-06-15T11:00:00Z"]
    assert "450 later" in runs[1]["error"]


def test_a_run_that_ends_with_an_error_says_so(firm: Firm) -> None:
    firm.due()
    firm.crm("config", "unset", "smtp_host")
    firm.run(code=2)
    (run,) = firm.crm.json("db", "sql", "SELECT exit_code, error FROM send_runs")
    assert run["exit_code"] == 2
    assert "mail server" in run["error"]
    assert firm.states() == []
