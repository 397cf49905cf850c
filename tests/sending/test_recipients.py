"""To whom reminders go: named ones, owners, customers with consent; and the other ways out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.sending.conftest import OWNER, Firm
from tests.smtp_server import Rule, SmtpServer

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Crm


def received(firm: Firm) -> list[str]:
    """Return who got a mail, in order."""
    return [mail.recipients[0] for mail in firm.mails]


def test_remind_both_of_us(firm: Firm) -> None:
    firm.due()
    assert firm.send("--to", "b@firm.ch", "--to", "Carl <c@firm.ch>") == {"due": 2, "sent": 2}
    assert received(firm) == ["b@firm.ch", "c@firm.ch"]
    # Somebody more: the others have it already.
    assert firm.send("--to", "b@firm.ch", "--to", "d@firm.ch") == {"due": 1, "sent": 1}


@pytest.mark.parametrize("typed", ["ada@müller.ch", "ada@xn--mller-kva.ch"])
def test_a_domain_outside_ascii_needs_nothing_of_the_server(crm: Crm, typed: str) -> None:
    with SmtpServer(smtputf8=False) as server:
        firm = Firm(crm, server)
        firm.crm("config", "set", "sender", "Firm <shop@zürich.example.ch>")
        firm.due()
        assert firm.send("--to", typed) == {"due": 1, "sent": 1}
        (mail,) = firm.mails
    assert mail.recipients == ("ada@xn--mller-kva.ch",)
    assert mail.sender == "shop@xn--zrich-kva.example.ch"
    assert mail.content.isascii()
    assert mail.message["To"] == "ada@xn--mller-kva.ch"
    assert firm.ledger()[0]["recipient"] == "ada@müller.ch"


def test_the_same_address_in_other_letters(firm: Firm) -> None:
    firm.due()
    assert firm.send("--to", "b@firm.ch", "--to", "B@FIRM.CH") == {"due": 1, "sent": 1}


def test_each_owner_gets_his_own(firm: Firm) -> None:
    firm.crm("config", "set", "people", "Bob <bob@firm.ch>, Cleo <cleo@firm.ch>")
    firm.due("For Bob", "today", "--owner", "bob")
    firm.due("For Cleo", "today", "--owner", "Cleo")
    firm.due("For Dan", "today", "--owner", "Dan")
    firm.due("For nobody")
    assert firm.send("--to-owners") == {"due": 4, "sent": 4}
    assert received(firm) == ["bob@firm.ch", "cleo@firm.ch", OWNER]
    assert "For Bob" in firm.text(0) and "For Cleo" not in firm.text(0)
    assert "For Dan" in firm.text(2) and "For nobody" in firm.text(2)


def test_an_owner_who_has_no_address_and_nobody_else_either(firm: Firm) -> None:
    firm.crm("config", "unset", "remind_to")
    firm.crm("config", "set", "people", "Bob <bob@firm.ch>")
    firm.due("For Bob", "today", "--owner", "Bob")
    number = firm.due("For Dan", "today", "--owner", "Dan")
    run = firm.run("--to-owners", code=75)
    assert f"Dan: waiting: follow-up {number} has nobody to go to" in run.err
    assert received(firm) == ["bob@firm.ch"]
    firm.crm("config", "set", "people", "Bob <bob@firm.ch>, Dan <dan@firm.ch>")
    assert firm.send("--to-owners") == {"due": 1, "sent": 1}


# -- customers ------------------------------------------------------------------------------------


def service(firm: Firm, product: str = "Boiler") -> None:
    """Sell something whose service is due today."""
    firm.crm("product", "add", product, "900", "--service-interval", "1 year")
    firm.crm("purchase", "add", f"#{firm.contact}", product, "900", "--on", "2025-06-15")


def consent(firm: Firm, state: str, purpose: str = "service") -> None:
    """Note down what the customer said last."""
    import sqlite3

    connection = sqlite3.connect(firm.crm.db)
    connection.execute(
        "INSERT INTO consent_events (contact_id, channel, purpose, state, at, recorded_at)"
        " VALUES (?, 'email', ?, ?, '2026-01-01', '2026-01-01T00:00:00Z')",
        (firm.contact, purpose, state),
    )
    connection.commit()
    connection.close()


def test_customers_get_service_reminders_with_consent_only(firm: Firm) -> None:
    service(firm)
    firm.due("An own task")
    consent(firm, "granted", "marketing")
    assert firm.send("--to-contacts") == {"due": 1, "skipped": 1}
    assert firm.ledger()[0]["error"] == "no consent to service mails"
    assert firm.send("--to-contacts") == {}
    consent(firm, "granted")
    assert firm.send("--to-contacts") == {"due": 1, "sent": 1}
    assert received(firm) == ["grace@navy.example"]
    assert "An own task" not in firm.text()
    assert firm.send("--to-contacts") == {}


def test_a_consent_taken_back_counts_at_once(firm: Firm) -> None:
    service(firm)
    consent(firm, "granted")
    firm.server.now_follows(Rule("rcpt", "450 later"))
    firm.send("--to-contacts", code=75)
    consent(firm, "withdrawn")
    firm.server.now_follows()
    assert firm.send("--to-contacts", "--now", "2026-06-15T12:00:00Z") == {"due": 1, "skipped": 1}
    assert firm.mails == []


def test_customers_never_get_each_others_reminders(firm: Firm) -> None:
    service(firm, "Boiler")
    service(firm, "Stove")
    consent(firm, "granted")
    assert firm.send("--to-contacts", "--to", OWNER) == {"due": 4, "sent": 4}
    assert sorted(received(firm)) == [OWNER, "grace@navy.example", "grace@navy.example"]


def test_archived_customers_get_nothing(firm: Firm) -> None:
    service(firm)
    consent(firm, "granted")
    firm.crm("contact", "archive", firm.contact)
    assert firm.send("--to-contacts") == {}


def test_a_template_that_is_broken_holds_up_its_own_mails_alone(firm: Firm, tmp_path: Path) -> None:
    (tmp_path / "texts").mkdir()
    broken = tmp_path / "texts" / "service.txt"
    broken.write_text("Subject: Service\n\n{{ nobody_knows }}\n")
    firm.crm("config", "set", "mail_templates", tmp_path / "texts")
    service(firm)
    consent(firm, "granted")
    run = firm.run("--to", OWNER, "--to-contacts", code=75)
    assert f"grace@navy.example: waiting (delivery 2): {broken}, line 3" in run.err
    assert received(firm) == [OWNER]
    broken.unlink()
    (tmp_path / "texts" / "digest.txt").write_text("Subject: Mine\n\nMine\n")
    later = ("--now", "2026-06-15T10:05:00Z")
    assert firm.send("--to", OWNER, "--to-contacts", *later) == {"due": 1, "sent": 1}


# -- other ways out -------------------------------------------------------------------------------


def test_stdout_prints_the_digest_for_crons_own_mail(firm: Firm) -> None:
    firm.due("Call her")
    run = firm.run("--via", "stdout")
    assert "Call her" in run.out
    assert run.err == ""
    assert firm.run("--via", "stdout") == (0, "", "")
    (row,) = firm.ledger()
    assert (row["recipient"], row["channel"], row["state"]) == ("stdout", "stdout", "sent")
    # Printing is no mail: that is still to be sent.
    assert firm.send() == {"due": 1, "sent": 1}


def test_stdout_needs_no_settings_at_all(firm: Firm) -> None:
    for key in ("sender", "remind_to", "smtp_host"):
        firm.crm("config", "unset", key)
    firm.due("Call her")
    assert "Call her" in firm.run("--via", "stdout").out


def test_stdout_in_json_holds_the_mails(firm: Firm) -> None:
    firm.due("Call her")
    counts = firm.crm.json("remind", "send", "--via", "stdout")
    assert (counts["due"], counts["sent"]) == (1, 1)
    (mail,) = counts["mails"]
    assert mail["to"] == "stdout"
    assert "Call her" in mail["text"]
    assert firm.states() == ["sent"]
    assert firm.send("--via", "stdout", "--lock-timeout", "0") == {}


@pytest.mark.parametrize("how", ["json", "jsonl", "csv", "tsv", "html", "markdown", "table"])
def test_what_counts_as_printed_was_printed(firm: Firm, how: str) -> None:
    firm.due("Call her")
    assert "Call her" in firm.run("--via", "stdout", "-f", how).out
    assert firm.states() == ["sent"]


def test_ids_alone_are_no_mails(firm: Firm) -> None:
    firm.due("Call her")
    assert "--json" in firm.run("--via", "stdout", "-f", "ids", code=2).err
    assert firm.states() == []
    assert "Call her" in firm.run("--via", "stdout").out


def test_a_command_takes_the_mail(firm: Firm) -> None:
    firm.due("Call her")
    kept = firm.crm.db.with_name("kept.eml")
    counts = firm.send("--via", "command", "--command", f"tee {kept}")
    assert counts == {"due": 1, "sent": 1}
    assert b"Call her" in kept.read_bytes()


# -- rehearsal and test ---------------------------------------------------------------------------


def test_a_rehearsal_says_what_would_go_to_whom(firm: Firm) -> None:
    firm.due("Call her")
    firm.due("Long ago", "2026-01-01")
    for to in ((), ("--to", "b@firm.ch", "--to", "c@firm.ch")):
        before = firm.crm.db.read_bytes()
        counts = firm.crm.json("remind", "send", "--dry-run", *to)
        assert counts["dry_run"] is True
        assert (counts["sent"], counts["skipped"]) == ((2, 2) if to else (1, 1))
        assert counts["mails"][0]["to"] == ("b@firm.ch" if to else OWNER)
        assert counts["mails"][0]["items"][0]["text"] == "Call her"
        assert firm.crm.db.read_bytes() == before
    people = firm.run("--dry-run").out
    assert OWNER in people and "Call her" in people
    assert firm.server.connections == 0
    assert firm.states() == []
    assert not firm.crm.db.with_name("crm.db-sending").exists()


def test_a_rehearsal_ends_as_the_run_would(firm: Firm) -> None:
    firm.due()
    firm.server.now_follows(Rule("rcpt", "450 later"))
    firm.send(code=75)
    assert firm.send("--dry-run", code=75) == {"due": 1, "waiting": 1}
    firm.server.now_follows(Rule("rcpt", "550 5.1.1 nobody"))
    firm.send("--now", "2026-06-15T12:00:00Z", code=7)
    firm.due("Another")
    assert firm.send("--dry-run", code=7) == {"due": 1, "failed": 1}
    assert firm.run("--dry-run", "--now", "2026-06-01T00:00:00Z") == (0, "", "")


def test_a_rehearsal_on_no_store_makes_none(firm: Firm) -> None:
    elsewhere = firm.crm.db.with_name("none.db")
    firm.run("--dry-run", "--db", elsewhere)
    assert not elsewhere.exists()


def test_a_test_mail_on_paper_is_all_that_is_printed(firm: Firm) -> None:
    run = firm.run("--test", "me@firm.ch", "--via", "stdout")
    (mail,) = run.out.split("\nFrom ")
    assert mail.startswith("From shop@firm.ch ")
    assert mail.rstrip().endswith("to me@firm.ch.")
    assert "printed" in run.err


def test_a_test_mail_leaves_the_ledger_alone(firm: Firm) -> None:
    firm.due()
    told = firm.crm.json("remind", "send", "--test", "me@firm.ch")
    assert told["test"] == "me@firm.ch"
    assert received(firm) == ["me@firm.ch"]
    assert firm.states() == []
    assert firm.crm.json("remind", "send", "--test", "me@firm.ch", "--dry-run")["dry_run"] is True
    assert len(firm.mails) == 1


@pytest.mark.parametrize(
    ("stage", "act", "code"),
    [
        ("rcpt", "450 4.2.1 busy", 75), ("rcpt", "550 5.1.1 nobody here", 7),
        ("kept", "drop", 7), ("connect", "drop", 75),
    ],
)  # fmt: skip
def test_a_test_mail_that_does_not_arrive(firm: Firm, stage: str, act: str, code: int) -> None:
    firm.server.now_follows(Rule(stage, act))
    error = firm.run("--test", "me@firm.ch", "--json", code=code).error
    assert "me@firm.ch" in error["message"]
    if act != "drop":
        assert act.partition(" ")[2] in error["message"]


def test_a_test_mail_to_a_server_that_is_not_there(firm: Firm) -> None:
    with SmtpServer() as gone:
        firm.crm("config", "set", "smtp_port", gone.port)
    error = firm.run("--test", "me@firm.ch", "--json", code=75).error
    assert error["code"] == "try-later"


def test_a_rehearsal_asks_for_no_password(
    firm: Firm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    firm.due()
    firm.crm("config", "set", "smtp_user", "ada")
    for options in (("--dry-run",), ("--dry-run", "--test", OWNER)):
        error = firm.run(*options, "--json", code=2).error
        assert "no password" in error["message"]
    asked = tmp_path / "asked"
    monkeypatch.setenv("CRM_SMTP_PASSWORD_COMMAND", f"touch {asked}")
    for options in (("--dry-run",), ("--dry-run", "--test", OWNER)):
        firm.run(*options)
        assert not asked.exists()


def test_a_rehearsal_tries_the_templates(firm: Firm, tmp_path: Path) -> None:
    own = tmp_path / "digest.txt"
    own.write_text("Subject: Mine\n\n{{ nobody_knows }}\n")
    firm.due()
    run = firm.run("--dry-run", "--templates", tmp_path, code=75)
    assert f"{OWNER}: waiting: {own}, line 3: 'nobody_knows' is undefined" in run.err
    assert firm.send("--dry-run", "--templates", tmp_path, code=75) == {"due": 1, "waiting": 1}
    own.write_text("Subject: Mine\n\n{{ items[0].text }}\n")
    assert firm.send("--dry-run", "--templates", tmp_path) == {"due": 1, "sent": 1}
