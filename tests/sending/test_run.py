"""One run after another: what is due goes out once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.sending.conftest import OWNER
from tests.smtp_server import Rule, SmtpServer

if TYPE_CHECKING:
    from tests.conftest import Crm
    from tests.sending.conftest import Firm


def test_nothing_due_says_nothing(firm: Firm) -> None:
    firm.due("later", "2026-06-16")
    run = firm.run()
    assert (run.out, run.err) == ("", "")
    assert firm.send() == {}
    assert firm.mails == []


def test_a_store_without_settings_and_with_nothing_due(crm: Crm) -> None:
    crm("contact", "add", "Ada")
    run = crm("remind", "send")
    assert (run.out, run.err) == ("", "")


def test_a_missing_store_is_not_made(crm: Crm) -> None:
    run = crm("remind", "send")
    assert run.out == ""
    assert f"no store at {crm.db}" in run.err
    assert list(crm.db.parent.glob("crm.db*")) == []


def test_what_is_due_goes_out_once_in_one_digest(firm: Firm) -> None:
    firm.due("Call her")
    firm.due("Write to her", "2026-06-14")
    firm.due("Tomorrow's", "2026-06-16")
    assert firm.send() == {"due": 2, "sent": 2}
    assert firm.send() == {}
    (mail,) = firm.mails
    assert mail.recipients == (OWNER,)
    assert "Call her" in firm.text() and "Write to her" in firm.text()
    assert "Tomorrow's" not in firm.text()
    first, second = firm.ledger()
    assert first["message_id"] == second["message_id"] == mail.message["Message-ID"]
    assert [first["occurrence"], second["occurrence"]] == ["2026-06-14", "2026-06-15"]


def test_quiet_says_nothing_where_all_goes_well(firm: Firm) -> None:
    firm.due("Call her")
    run = firm.run("--quiet")
    assert (run.out, run.err) == ("", "")
    assert len(firm.mails) == 1
    firm.due("Write to her")
    assert "sent  1" in firm.run().out
    firm.due("Long ago", "2026-06-01")
    assert "skipped 1: due longer ago than 3d" in firm.run("--dry-run").err
    assert "skipped 1: due longer ago than 3d" in firm.run().err
    firm.due("Ring her")
    assert firm.crm.json("remind", "send", "-q")["sent"] == 1  # a program gets what it asks for


def test_quiet_still_says_what_went_wrong(firm: Firm) -> None:
    firm.due("Call her")
    firm.server.now_follows(Rule("rcpt", "550 5.1.1 nobody here"))
    run = firm.run("--quiet", code=7)
    assert run.out == ""
    assert "nobody here" in run.err


def test_one_mail_each(firm: Firm) -> None:
    firm.due("One")
    firm.due("Two")
    assert firm.send("--each") == {"due": 2, "sent": 2}
    assert len(firm.mails) == 2
    assert len({mail.message["Message-ID"] for mail in firm.mails}) == 2
    assert firm.send("--digest") == {}


def test_a_time_is_waited_for(firm: Firm) -> None:
    firm.due("At noon", "2026-06-15 12:00")
    assert firm.send("--now", "2026-06-15T11:59:59Z") == {}
    assert firm.send("--now", "2026-06-15T12:00:00Z") == {"due": 1, "sent": 1}
    assert firm.ledger()[0]["occurrence"] == "2026-06-15T12:00"


def test_denver_while_utc_is_already_tomorrow(firm: Firm) -> None:
    firm.crm("config", "set", "timezone", "America/Denver")
    firm.due("On the fifteenth", "2026-06-15")
    firm.due("On the sixteenth", "2026-06-16")
    assert firm.send("--now", "2026-06-15T05:59:00Z") == {}
    assert firm.send("--now", "2026-06-16T01:00:00Z") == {"due": 1, "sent": 1}
    assert "fifteenth" in firm.text()
    assert firm.send("--now", "2026-06-16T06:00:00Z") == {"due": 1, "sent": 1}
    assert "sixteenth" in firm.text()


def test_the_clock_set_back_sends_nothing_again(firm: Firm) -> None:
    firm.due()
    assert firm.send("--now", "2026-06-15T10:00:00Z") == {"due": 1, "sent": 1}
    for earlier in ("2026-06-15T09:00:00Z", "2026-06-14T10:00:00Z", "2025-01-01T00:00:00Z"):
        assert firm.send("--now", earlier) == {}
    assert firm.send("--now", "2026-06-15T10:00:00Z") == {}
    assert len(firm.mails) == 1


def test_done_and_cancelled_before_sending(firm: Firm) -> None:
    firm.crm("remind", "done", firm.due())
    assert firm.send() == {}
    assert firm.mails == []


# -- late -----------------------------------------------------------------------------------------


def test_cron_late_by_two_days(firm: Firm) -> None:
    firm.due("Meant for Saturday", "2026-06-13")
    assert firm.send() == {"due": 1, "sent": 1}


def test_what_is_too_old_is_left_out_once_and_named_in_the_digest(firm: Firm) -> None:
    firm.due("Long ago", "2026-06-11")
    firm.due("Long ago at nine", "2026-06-12 09:00")
    firm.due("Just in time", "2026-06-12 10:00")
    assert firm.send() == {"due": 3, "sent": 1, "skipped": 2}
    assert "Long ago" not in firm.text()
    assert "2 older" in firm.text() and "crm remind list --overdue" in firm.text()
    assert sorted(firm.states()) == ["sent", "skipped", "skipped"]
    assert firm.send() == {}
    texts = {row["text"] for row in firm.crm.json("remind", "list")}
    assert texts == {"Long ago", "Long ago at nine", "Just in time"}


def test_what_a_wrong_clock_called_too_old_goes_out_once_it_is_right(firm: Firm) -> None:
    firm.due("Today")
    firm.due("Tomorrow", "2026-06-16")
    firm.due("Long ago", "2026-06-01")
    ahead = "2031-01-01T10:00:00Z"
    assert firm.send("--now", ahead) == {"due": 3, "skipped": 3}
    assert firm.send() == {"due": 1, "sent": 1}
    assert "Today" in firm.text() and "Long ago" not in firm.text()
    assert firm.send("--now", "2026-06-16T10:00:00Z") == {"due": 1, "sent": 1}
    assert firm.send("--now", ahead) == {}
    assert len(firm.mails) == 2


def test_what_was_left_out_goes_out_with_a_longer_late(firm: Firm) -> None:
    firm.due("Eleven days ago", "2026-06-04")
    assert firm.send() == {"due": 1, "skipped": 1}
    assert firm.send("--dry-run", "--late", "2w") == {"due": 1, "sent": 1}
    assert firm.send("--late", "2w") == {"due": 1, "sent": 1}
    assert firm.send("--late", "2w") == {}


def test_how_late_is_said(firm: Firm) -> None:
    firm.due("Eleven days ago", "2026-06-04")
    assert firm.send("--late", "2w", "--to", "b@firm.ch") == {"due": 1, "sent": 1}
    assert firm.send("--late", "10 days") == {"due": 1, "skipped": 1}
    for wrong in ("soon", "-1d", "3", "3y", "1.5d"):
        error = firm.run(f"--late={wrong}", "--json", code=2).error
        assert error["code"] == "invalid"


# -- servers that do not take it ------------------------------------------------------------------


def test_a_server_that_is_down_for_three_runs(crm: Crm) -> None:
    from tests.sending.conftest import Firm

    with SmtpServer() as server:
        firm = Firm(crm, server)
    firm.due("First")
    assert firm.send("--now", "2026-06-15T10:00:00Z", code=75) == {"due": 1, "waiting": 1}
    assert firm.ledger()[0]["next_try_at"] == "2026-06-15T10:05:00Z"
    # Not time yet: nobody is asked, and it still waits.
    assert firm.send("--now", "2026-06-15T10:04:00Z", code=75) == {"due": 1, "waiting": 1}
    assert firm.ledger()[0]["attempts"] == 1
    assert firm.send("--now", "2026-06-15T10:05:00Z", code=75) == {"due": 1, "waiting": 1}
    assert firm.ledger()[0]["next_try_at"] == "2026-06-15T10:15:00Z"
    firm.due("Second")
    assert firm.send("--now", "2026-06-15T10:15:00Z", code=75) == {"due": 2, "waiting": 2}
    with SmtpServer() as server:
        crm("config", "set", "smtp_port", server.port)
        firm.server = server
        assert firm.send("--now", "2026-06-15T12:00:00Z") == {"due": 2, "sent": 2}
        assert firm.send("--now", "2026-06-15T13:00:00Z") == {}
        assert len(firm.mails) == 1
    assert firm.states() == ["sent", "sent"]


def test_the_wait_grows_to_four_hours(crm: Crm) -> None:
    from tests.sending.conftest import Firm

    with SmtpServer() as server:
        firm = Firm(crm, server)
    firm.due()
    waits = []
    now = "2026-06-15T10:00:00Z"
    for _ in range(8):
        firm.send("--now", now, code=75)
        again = firm.ledger()[0]["next_try_at"]
        waits.append(again)
        now = again
    assert waits[-2:] == ["2026-06-15T19:15:00Z", "2026-06-15T23:15:00Z"]


def test_a_clock_that_was_wrong_keeps_nobody_waiting(firm: Firm) -> None:
    firm.due("x", "2026-06-15")
    firm.server.now_follows(Rule("mail", "451 4.3.0 later", times=1))
    firm.send("--now", "2026-06-18T09:00:00Z", code=75)
    assert firm.send("--now", "2026-06-15T10:00:00Z") == {"due": 1, "sent": 1}


def test_come_back_later_is_for_one_recipient_alone(firm: Firm) -> None:
    firm.due()
    firm.server.now_follows(Rule("rcpt", "450 4.2.1 mailbox busy", recipient="b@firm.ch"))
    to = ("--to", "a@firm.ch", "--to", "b@firm.ch", "--to", "c@firm.ch")
    assert firm.send(*to, code=75) == {"due": 3, "sent": 2, "waiting": 1}
    run = firm.run(*to, code=75)
    assert "b@firm.ch: waiting (delivery 2): " in run.err
    assert "mailbox busy" in run.err and "tried again from 2026-06-15 10:05" in run.err
    firm.server.now_follows()
    assert firm.send(*to, "--now", "2026-06-15T10:05:00Z") == {"due": 1, "sent": 1}
    assert [mail.recipients[0][0] for mail in firm.mails] == ["a", "c", "b"]


def test_a_bad_recipient_stops_nobody_and_gets_nothing_more(firm: Firm) -> None:
    firm.due("First")
    firm.server.now_follows(Rule("rcpt", "550 5.1.1 no such user", recipient="b@firm.ch"))
    to = ("--to", "a@firm.ch", "--to", "b@firm.ch", "--to", "c@firm.ch")
    assert firm.send(*to, code=7) == {"due": 3, "sent": 2, "failed": 1}
    assert firm.send(*to) == {}
    firm.due("Second")
    said = len(firm.server.commands)
    assert firm.send(*to, code=7) == {"due": 3, "sent": 2, "failed": 1}
    assert not [line for line in firm.server.commands[said:] if "b@firm.ch" in line]
    firm.server.now_follows()
    assert firm.crm.json("remind", "resolve", "b@firm.ch", "ok")[0]["state"] == "claimed"
    assert firm.send(*to) == {"due": 2, "sent": 2}
    assert firm.mails[-1].recipients == ("b@firm.ch",)
    assert "First" in firm.text() and "Second" in firm.text()


def test_a_server_that_wants_no_mail_of_ours_keeps_it_due(firm: Firm) -> None:
    firm.due()
    firm.server.now_follows(Rule("mail", "550 5.7.1 sender not allowed"))
    to = ("--to", "a@firm.ch", "--to", "b@firm.ch")
    run = firm.run(*to, code=75)
    assert "sender not allowed" in run.err
    assert firm.states() == ["claimed", "claimed"]
    firm.server.now_follows()
    assert firm.send(*to, "--now", "2026-06-15T10:10:00Z") == {"due": 2, "sent": 2}


def test_a_mail_that_is_refused_after_its_text_failed(firm: Firm) -> None:
    firm.due()
    firm.server.now_follows(Rule("dot", "554 5.7.1 spam"))
    assert firm.send(code=7) == {"due": 1, "failed": 1}
    assert "spam" in firm.ledger()[0]["error"]
    assert firm.send() == {}
    firm.server.now_follows()
    firm.crm("remind", "resolve", 1, "resend")
    assert firm.send() == {"due": 1, "sent": 1}


@pytest.mark.parametrize(("stage", "kept"), [("dot", 0), ("kept", 1)])
def test_a_line_cut_after_the_last_dot_leaves_doubt(firm: Firm, stage: str, kept: int) -> None:
    firm.due()
    firm.server.now_follows(Rule(stage, "drop"))
    run = firm.run(code=7)
    assert "in doubt (delivery 1)" in run.err and "crm remind resolve 1 sent" in run.err
    firm.server.now_follows()
    assert firm.send() == {}
    assert len(firm.mails) == kept
    assert firm.states() == ["in_doubt"]


def test_a_line_cut_before_the_text_leaves_none(firm: Firm) -> None:
    firm.due()
    firm.server.now_follows(Rule("data", "drop"))
    assert firm.send(code=75) == {"due": 1, "waiting": 1}
    firm.server.now_follows()
    assert firm.send("--now", "2026-06-15T10:05:00Z") == {"due": 1, "sent": 1}
    assert len(firm.mails) == 1


def test_what_is_in_doubt_does_not_hold_the_next_digest_back(firm: Firm) -> None:
    firm.due("First")
    firm.server.now_follows(Rule("dot", "drop"))
    firm.send(code=7)
    firm.server.now_follows()
    firm.due("Second")
    assert firm.send() == {"due": 1, "sent": 1}
    assert "Second" in firm.text() and "First" not in firm.text()


def test_a_server_that_loses_two_in_a_row_is_left_alone(firm: Firm) -> None:
    firm.due()
    firm.server.now_follows(Rule("kept", "drop"))
    to = [word for name in "abcd" for word in ("--to", f"{name}@firm.ch")]
    assert firm.send(*to, code=75) == {"due": 4, "in_doubt": 2, "waiting": 2}


def test_a_recipient_the_server_does_not_like_holds_nobody_up(firm: Firm) -> None:
    firm.due()
    firm.server.now_follows(Rule("rcpt", "550 5.7.1 not from you", recipient="a@firm.ch"))
    to = [word for name in "abc" for word in ("--to", f"{name}@firm.ch")]
    assert firm.send(*to, code=75) == {"due": 3, "sent": 2, "waiting": 1}
    assert [mail.recipients[0][0] for mail in firm.mails] == ["b", "c"]


def test_a_mail_that_always_upsets_the_server_does_not_stand_in_the_way_for_ever(
    firm: Firm,
) -> None:
    firm.due()
    firm.server.now_follows(
        *(Rule("rcpt", "421 4.3.0 help", recipient=f"{name}@firm.ch") for name in "ab")
    )
    to = [word for name in "abcd" for word in ("--to", f"{name}@firm.ch")]
    for day in range(15, 23):  # a daily cron, for which nothing waits any more
        firm.run(*to, "--now", f"2026-06-{day}T10:00:00Z", code=75)
    assert sorted(mail.recipients[0][0] for mail in firm.mails) == ["c", "d"]


# -- between a claim and the next try -------------------------------------------------------------


def test_done_between_the_claim_and_the_next_try(firm: Firm) -> None:
    number = firm.due()
    firm.server.now_follows(Rule("rcpt", "450 later"))
    firm.send(code=75)
    firm.crm("remind", "done", number)
    firm.server.now_follows()
    assert firm.send("--now", "2026-06-15T11:00:00Z") == {}
    assert firm.ledger() == []
    # Taken back, it is due again and goes out after all.
    firm.crm("undo")
    assert firm.send("--now", "2026-06-15T11:00:00Z") == {"due": 1, "sent": 1}


def test_a_round_of_a_repeating_one_is_its_own(firm: Firm) -> None:
    number = firm.due("Every week", "2026-06-15", "--repeat", "weekly")
    assert firm.send() == {"due": 1, "sent": 1}
    firm.crm("remind", "done", number)
    assert firm.send("--now", "2026-06-21T10:00:00Z") == {}
    assert firm.send("--now", "2026-06-22T10:00:00Z") == {"due": 1, "sent": 1}
    assert len(firm.mails) == 2


def test_put_off_it_goes_out_again_once(firm: Firm) -> None:
    number = firm.due()
    assert firm.send() == {"due": 1, "sent": 1}
    firm.crm("remind", "snooze", number, "2026-06-17")
    assert firm.send("--now", "2026-06-16T10:00:00Z") == {}
    assert firm.send("--now", "2026-06-17T10:00:00Z") == {"due": 1, "sent": 1}
    assert firm.send("--now", "2026-06-17T11:00:00Z") == {}
    # Put back to a day on which it was sent, it is not sent a second time.
    firm.crm("remind", "edit", number, "--when", "2026-06-15")
    assert firm.send("--now", "2026-06-17T12:00:00Z") == {}
    assert len(firm.mails) == 2


def test_cancelled_or_put_off_between_the_claim_and_the_next_try(firm: Firm) -> None:
    cancelled, put_off = firm.due("Cancelled"), firm.due("Put off")
    firm.server.now_follows(Rule("rcpt", "450 later"))
    assert firm.send(code=75) == {"due": 2, "waiting": 2}
    firm.crm("remind", "cancel", cancelled)
    firm.crm("remind", "snooze", put_off, "2026-06-16")
    firm.server.now_follows()
    assert firm.send("--now", "2026-06-15T11:00:00Z") == {}
    assert firm.send("--now", "2026-06-16T11:00:00Z") == {"due": 1, "sent": 1}
    assert "Put off" in firm.text() and "Cancelled" not in firm.text()


def test_rules_make_their_follow_ups_first(firm: Firm) -> None:
    firm.crm("contact", "edit", firm.contact, "--birthday", "1906-07-01")
    firm.crm("remind", "rule", "add", "birthday", "--before", "3d")
    day = "2026-06-28T10:00:00Z"
    told = firm.crm.json("remind", "send", "--dry-run", "--now", day)
    assert (told["due"], told["sent"]) == (1, 1)
    assert firm.crm.json("remind", "send", "--now", day)["sent"] == 1
    assert "Grace Hopper" in firm.text()
    assert firm.send("--now", day) == {}


# -- wrong words ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "options",
    [
        ("--digest", "--each"), ("--via", "pigeon"), ("--via", "smtp", "--command", "cat"),
        ("--to", "nobody"), ("--test", "nobody"),
    ],
)  # fmt: skip
def test_options_that_do_not_do(firm: Firm, options: tuple[str, ...]) -> None:
    firm.due()
    run = firm.run(*options, "--json", code=2)
    assert run.error["hint"]
    assert firm.states() == []


def test_nobody_to_send_to(firm: Firm) -> None:
    firm.due()
    firm.crm("config", "unset", "remind_to")
    error = firm.run("--json", code=2).error
    assert "remind_to" in error["hint"]
