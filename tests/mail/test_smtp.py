"""SMTP against a real server: what becomes of a mail, and what is known for certain."""

from __future__ import annotations

import time
from base64 import b64encode
from typing import TYPE_CHECKING

import pytest

from crm_cli.mail.message import build
from crm_cli.mail.outcome import About, Fate
from tests.mail.conftest import RECIPIENT, SENDER, Post, account, letter
from tests.smtp_server import Rule, SmtpServer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from crm_cli.mail.account import Account

    Poster = Callable[[Account], Post]

SHORT = 0.3
"""Seconds that a stalling server is waited for."""


def test_a_mail_arrives_byte_by_byte(post: Poster) -> None:
    message = build(letter(text=".\n..\n.hidden\nFrom here\n" + "x" * 200 + "\n"))
    with SmtpServer() as server:
        way = post(account(server))
        outcome = way.send(message)
    assert (outcome.fate, outcome.code) == (Fate.DELIVERED, 250)
    assert outcome.said == "2.0.0 kept as 1"
    (mail,) = server.mails
    assert mail.content == message
    assert (mail.sender, mail.recipients) == (SENDER, (RECIPIENT,))
    assert server.commands[-1] == "DATA"


def test_line_ends_of_every_kind_leave_as_crlf_and_no_lone_dot_ends_the_mail(post: Poster) -> None:
    """A server that takes LF.LF for the end would read the rest as commands."""
    smuggled = b"Subject: x\n\nhello\n.\nMAIL FROM:<evil@x.com>\r.\rQUIT\r\n.\r\nend"
    with SmtpServer() as server:
        assert post(account(server)).send(smuggled).fate is Fate.DELIVERED
    (mail,) = server.mails
    assert mail.content == (
        b"Subject: x\r\n\r\nhello\r\n.\r\nMAIL FROM:<evil@x.com>\r\n.\r\nQUIT\r\n.\r\nend\r\n"
    )


def test_several_mails_leave_over_one_connection(post: Poster) -> None:
    with SmtpServer(Rule("rcpt", "550 5.1.1 nobody", recipient="no@firm.ch")) as server:
        way = post(account(server))
        fates = [way.send(recipient=who).fate for who in ("a@firm.ch", "no@firm.ch", "b@firm.ch")]
        assert server.connections == 1
    assert fates == [Fate.DELIVERED, Fate.REFUSED, Fate.DELIVERED]
    assert [mail.recipients for mail in server.mails] == [("a@firm.ch",), ("b@firm.ch",)]


def test_a_connection_that_died_between_two_mails_is_opened_anew(post: Poster) -> None:
    with SmtpServer(Rule("mail", "drop", mail=2)) as server:
        way = post(account(server))
        assert [way.send().fate for _ in range(3)] == [Fate.DELIVERED] * 3
        assert (server.connections, len(server.mails)) == (2, 3)


@pytest.mark.parametrize("stage", ["mail", "rcpt", "data"])
def test_a_server_that_wants_a_new_connection_gets_one(post: Poster, stage: str) -> None:
    """Many take so many mails over one connection and no more."""
    with SmtpServer(Rule(stage, "421 4.7.0 enough for one session", mail=2)) as server:
        way = post(account(server))
        assert [way.send().fate for _ in range(3)] == [Fate.DELIVERED] * 3
        assert (server.connections, len(server.mails)) == (2, 3)


@pytest.mark.parametrize(
    ("rule", "fate", "about", "handed_over"),
    [
        (Rule("connect", "421 4.3.2 closing"), Fate.TRY_LATER, About.SERVER, False),
        (Rule("connect", "554 5.3.2 not here"), Fate.REFUSED, About.SERVER, False),
        (Rule("connect", "drop"), Fate.TRY_LATER, About.SERVER, False),
        (Rule("connect", "no number"), Fate.TRY_LATER, About.SERVER, False),
        (Rule("mail", "451 4.3.0 busy"), Fate.TRY_LATER, About.SERVER, False),
        (Rule("mail", "553 5.1.8 bad sender"), Fate.REFUSED, About.SERVER, False),
        (Rule("mail", "552 5.3.4 too large"), Fate.REFUSED, About.MESSAGE, False),
        (Rule("mail", "552 too large"), Fate.REFUSED, About.MESSAGE, False),
        (Rule("mail", "drop"), Fate.TRY_LATER, About.SERVER, False),
        (Rule("rcpt", "450 4.2.0 greylisted"), Fate.TRY_LATER, About.MESSAGE, False),
        (Rule("rcpt", "550 5.1.1 no such user"), Fate.REFUSED, About.ADDRESS, False),
        (Rule("rcpt", "550 no such user"), Fate.REFUSED, About.ADDRESS, False),
        (Rule("rcpt", "550 5.7.1 relaying denied"), Fate.REFUSED, About.SERVER, False),
        (Rule("rcpt", "554 relay access denied"), Fate.REFUSED, About.SERVER, False),
        (Rule("rcpt", "530 5.7.0 log in first"), Fate.REFUSED, About.SERVER, False),
        (Rule("rcpt", "421 4.7.0 too many"), Fate.TRY_LATER, About.SERVER, False),
        (Rule("rcpt", "drop"), Fate.TRY_LATER, About.SERVER, False),
        (Rule("data", "451 4.3.1 no room"), Fate.TRY_LATER, About.MESSAGE, False),
        (Rule("data", "554 5.5.1 no"), Fate.REFUSED, About.MESSAGE, False),
        (Rule("data", "drop"), Fate.TRY_LATER, About.SERVER, False),
        (Rule("dot", "452 4.2.2 mailbox full"), Fate.TRY_LATER, About.MESSAGE, True),
        (Rule("dot", "421 4.3.2 closing"), Fate.TRY_LATER, About.SERVER, True),
        (Rule("dot", "550 5.7.1 spam"), Fate.REFUSED, About.MESSAGE, True),
        (Rule("dot", "drop"), Fate.UNKNOWN, About.SERVER, True),
        (Rule("kept", "drop"), Fate.UNKNOWN, About.SERVER, True),
        (Rule("kept", "what?"), Fate.UNKNOWN, About.SERVER, True),
    ],
    ids=lambda value: f"{value.stage}-{value.act}" if isinstance(value, Rule) else "",
)
def test_what_becomes_of_a_mail(
    post: Poster, rule: Rule, fate: Fate, about: About, handed_over: bool
) -> None:
    with SmtpServer(rule) as server:
        way = post(account(server))
        outcome = way.send()
        assert (outcome.fate, outcome.about) == (fate, about), outcome
        assert outcome.handed_over == handed_over
        assert outcome.said
        kept = len(server.mails)
        assert kept == (rule.stage == "kept")
        # Whatever it was, the next mail is not spoilt by it.
        server.now_follows()
        assert way.send(recipient="next@firm.ch").fate is Fate.DELIVERED
    assert [mail.recipients for mail in server.mails[kept:]] == [("next@firm.ch",)]


def test_the_servers_own_words_and_code_are_handed_on(post: Poster) -> None:
    with SmtpServer(Rule("rcpt", "550-5.1.1 no\x1b[31msuch\r\n550 5.1.1 user")) as server:
        outcome = post(account(server)).send()
    assert (outcome.code, outcome.said) == (550, "550 5.1.1 no\\x1b[31msuch 5.1.1 user")


@pytest.mark.parametrize("stage", ["connect", "ehlo", "mail", "rcpt", "data"])
@pytest.mark.parametrize("act", ["stall", "dribble"])
def test_a_server_that_stalls_before_the_data_holds_nobody(
    post: Poster, stage: str, act: str
) -> None:
    started = time.monotonic()
    with SmtpServer(Rule(stage, act)) as server:
        outcome = post(account(server, timeout=SHORT)).send()
    assert (outcome.fate, outcome.handed_over) == (Fate.TRY_LATER, False)
    assert "no answer in time" in outcome.said
    assert time.monotonic() - started < 10 * SHORT
    assert server.mails == []


@pytest.mark.parametrize("stage", ["dot", "kept"])
@pytest.mark.parametrize("act", ["stall", "dribble"])
def test_silence_after_the_last_dot_leaves_it_in_doubt(post: Poster, stage: str, act: str) -> None:
    with SmtpServer(Rule(stage, act)) as server:
        outcome = post(account(server, timeout=0.1)).send()
    assert (outcome.fate, outcome.handed_over) == (Fate.UNKNOWN, True)
    assert "no answer in time" in outcome.said
    assert len(server.mails) == (stage == "kept")


LARGE = build(letter(text="a line of a mail too large for any buffer\n" * 400_000))


@pytest.mark.parametrize("after", [1, 100_000, 3_000_000])
def test_a_connection_lost_in_the_middle_of_the_data_is_certain(post: Poster, after: int) -> None:
    with SmtpServer(Rule("body", "drop", after=after)) as server:
        outcome = post(account(server)).send(LARGE)
    assert (outcome.fate, outcome.about) == (Fate.TRY_LATER, About.SERVER)
    assert outcome.handed_over
    assert server.mails == []


def test_a_server_that_stops_reading_is_left_and_got_no_mail(post: Poster) -> None:
    with SmtpServer(Rule("body", "stall", after=200_000)) as server:
        outcome = post(account(server, timeout=SHORT)).send(LARGE)
    assert (outcome.fate, outcome.handed_over) == (Fate.TRY_LATER, True)
    assert server.mails == []


def test_a_refusal_in_the_middle_of_the_data_is_heard_and_the_mail_not_ended(post: Poster) -> None:
    with SmtpServer(Rule("body", "552 5.3.4 too large", after=1)) as server:
        outcome = post(account(server)).send(LARGE)
    assert (outcome.fate, outcome.code) == (Fate.REFUSED, 552)
    assert (outcome.about, outcome.handed_over) == (About.MESSAGE, True)
    assert server.mails == []


def test_what_the_mark_raises_passes_and_nothing_is_sent(post: Poster) -> None:
    class StoreFull(Exception):
        pass

    def fails() -> None:
        raise StoreFull

    with SmtpServer() as server:
        way = post(account(server))
        with pytest.raises(StoreFull):
            way.transport.deliver(build(letter()), SENDER, RECIPIENT, fails)
        assert way.send(recipient="next@firm.ch").fate is Fate.DELIVERED
    assert [mail.recipients for mail in server.mails] == [("next@firm.ch",)]


def test_no_server_at_all(post: Poster) -> None:
    with SmtpServer() as server:
        gone = account(server)
    outcome = post(gone).send()
    assert (outcome.fate, outcome.about, outcome.handed_over) == (
        Fate.TRY_LATER, About.SERVER, False,
    )  # fmt: skip
    assert outcome.said == f"127.0.0.1:{gone.port}: Connection refused"


def test_a_host_that_does_not_exist(post: Poster) -> None:
    with SmtpServer() as server:
        outcome = post(account(server, host="nowhere.invalid")).send()
    assert (outcome.fate, outcome.about) == (Fate.TRY_LATER, About.SERVER)
    assert "nowhere.invalid" in outcome.said


@pytest.mark.parametrize("host", ["smtp..example", "x" * 64 + ".example"])
def test_a_host_that_cannot_be(post: Poster, host: str) -> None:
    with SmtpServer() as server:
        outcome = post(account(server, host=host)).send()
    assert (outcome.fate, outcome.about) == (Fate.TRY_LATER, About.SERVER)


# -- encryption and login -----------------------------------------------------------------------


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_mail_leaves_encrypted(post: Poster, tls: Path, security: str) -> None:
    with SmtpServer(tls=tls, implicit=security == "tls") as server:
        way = post(account(server, security=security, ca_file=str(tls / "cert.pem")))
        assert [way.send().fate, way.send().fate] == [Fate.DELIVERED, Fate.DELIVERED]
    assert len(server.mails) == 2
    assert server.connections == 1


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_certificate_nobody_vouches_for_is_not_trusted(
    post: Poster, tls: Path, security: str
) -> None:
    with SmtpServer(tls=tls, implicit=security == "tls") as server:
        outcome = post(account(server, security=security)).send()
    assert (outcome.fate, outcome.about, outcome.handed_over) == (
        Fate.TRY_LATER, About.SERVER, False,
    )  # fmt: skip
    assert "certificate does not hold" in outcome.said
    assert server.mails == []


def test_a_certificate_of_another_name_is_not_trusted(post: Poster, tls: Path) -> None:
    with SmtpServer(tls=tls) as server:
        way = account(server, security="starttls", host="127.0.0.2", ca_file=str(tls / "cert.pem"))
        assert post(way).send().fate is Fate.TRY_LATER
    assert server.mails == []


def test_without_starttls_nothing_is_sent_in_the_clear(post: Poster) -> None:
    with SmtpServer() as server:
        outcome = post(account(server, security="starttls")).send()
    assert (outcome.fate, outcome.handed_over) == (Fate.TRY_LATER, False)
    assert "offers no STARTTLS" in outcome.said
    assert not any(command.startswith("MAIL") for command in server.commands)


@pytest.mark.parametrize("act", ["stall", "drop", "454 4.7.0 not now"])
def test_starttls_that_comes_to_nothing(post: Poster, tls: Path, act: str) -> None:
    with SmtpServer(Rule("starttls", act), tls=tls) as server:
        way = account(server, security="starttls", ca_file=str(tls / "cert.pem"), timeout=SHORT)
        assert post(way).send().fate is Fate.TRY_LATER
    assert server.mails == []


def test_a_server_that_wants_tls_at_once_does_not_hold_a_client_that_does_not(
    post: Poster, tls: Path
) -> None:
    with SmtpServer(tls=tls, implicit=True) as server:
        assert post(account(server, timeout=SHORT)).send().fate is Fate.TRY_LATER
    with SmtpServer() as server:
        way = account(server, security="tls", ca_file=str(tls / "cert.pem"), timeout=SHORT)
        assert post(way).send().fate is Fate.TRY_LATER


@pytest.mark.parametrize("password", ["hunter2-secret", "Äpfel-secret"])
def test_login(post: Poster, tls: Path, password: str) -> None:
    with SmtpServer(tls=tls, logins={"ada": password}) as server:
        told = {"security": "starttls", "ca_file": str(tls / "cert.pem"), "user": "ada"}
        way = account(server, **told, password=password)
        assert post(way).send().fate is Fate.DELIVERED
        wrong = post(account(server, **told, password="wrong-secret")).send()
        none = post(account(server, security="starttls", ca_file=told["ca_file"])).send()
    assert (wrong.fate, wrong.about, wrong.code) == (Fate.REFUSED, About.SERVER, 535)
    assert "secret" not in wrong.said
    assert (none.fate, none.about) == (Fate.REFUSED, About.SERVER)
    assert len(server.mails) == 1
    assert "secret" not in repr(way)


@pytest.mark.parametrize("password", ["hunter2-secret", "Äpfel-secret"])
def test_a_server_that_repeats_the_password_is_not_quoted(post: Poster, password: str) -> None:
    encoded = b64encode(f"\0ada\0{password}".encode()).decode()
    rule = Rule("auth", f"535 5.7.8 {password} is wrong, and so is {encoded}")
    with SmtpServer(rule, logins={"ada": "another"}) as server:
        outcome = post(account(server, user="ada", password=password)).send()
    assert outcome.code == 535
    assert "secret" not in outcome.said and encoded not in outcome.said


def test_a_challenge_that_cannot_be_read_is_no_bug(post: Poster) -> None:
    with SmtpServer(Rule("auth", "334 a"), logins={"ada": "x"}) as server:
        outcome = post(account(server, user="ada", password="hunter2-secret")).send()
    assert (outcome.about, outcome.handed_over) == (About.SERVER, False)
    assert outcome.fate in {Fate.REFUSED, Fate.TRY_LATER}


def test_a_server_without_login_for_an_account_with_one(post: Poster) -> None:
    with SmtpServer() as server:
        outcome = post(account(server, user="ada", password="hunter2-secret")).send()
    assert (outcome.fate, outcome.about) == (Fate.REFUSED, About.SERVER)
    assert "offers no login" in outcome.said


# -- addresses outside ASCII --------------------------------------------------------------------


def test_an_address_outside_ascii_needs_a_server_that_takes_it(post: Poster) -> None:
    message = build(letter(recipient="jörg@firm.ch"))
    with SmtpServer() as server:
        assert post(account(server)).send(message, recipient="jörg@firm.ch").fate is Fate.DELIVERED
    (mail,) = server.mails
    assert mail.recipients == ("jörg@firm.ch",)
    assert "SMTPUTF8" in mail.options
    assert "To: jörg@firm.ch\r\n".encode() in mail.content
    with SmtpServer(smtputf8=False) as server:
        way = post(account(server))
        outcome = way.send(message, recipient="jörg@firm.ch")
        assert (outcome.fate, outcome.about) == (Fate.REFUSED, About.ADDRESS)
        assert "no SMTPUTF8" in outcome.said
        assert way.send().fate is Fate.DELIVERED
    assert [mail.recipients for mail in server.mails] == [(RECIPIENT,)]
