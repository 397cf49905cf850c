"""Mails as bytes, and as the standard library reads them back."""

from __future__ import annotations

import re
import string
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, message_from_string
from email.policy import SMTP, default
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_cli import errors
from crm_cli.domain.values import safe
from crm_cli.mail.message import address_of, build, message_id
from tests.mail.conftest import letter

if TYPE_CHECKING:
    from email.message import EmailMessage

NAMES = {
    "Date", "From", "To", "Subject", "Message-ID", "Reply-To", "In-Reply-To", "References",
    "Auto-Submitted", "X-Auto-Response-Suppress", "List-Unsubscribe", "MIME-Version",
    "Content-Type", "Content-Transfer-Encoding",
}  # fmt: skip


def read(content: bytes) -> EmailMessage:
    """Read a mail, after checking what holds for the bytes of every one."""
    assert re.sub(rb"\r\n", b"", content).count(b"\n") == 0
    assert re.sub(rb"\r\n", b"", content).count(b"\r") == 0
    assert b"\0" not in content
    lines = content.split(b"\r\n")
    assert max(map(len, lines)) <= 998
    head = content.partition(b"\r\n\r\n")[0].decode()
    names = [line.partition(":")[0] for line in head.split("\r\n") if line[:1] not in {" ", "\t"}]
    assert set(names) <= NAMES
    assert len(names) == len(set(names)), names
    for line in head.split("\r\n"):
        assert line.strip(), "an empty line would end the headers"
    message = message_from_bytes(content, policy=default)
    assert all(not part.defects for part in message.walk())
    if not content.isascii():
        # The bytes' reader knows no UTF-8 in headers (RFC 6532); the text's does.
        headers = message_from_string(content.decode(), policy=default)
        for name in headers:
            del message[name]
            message[name] = headers[name]
    for name in ("From", "To", "Subject", "Date", "Message-ID"):
        assert not message[name].defects, (name, message[name].defects)
    return message


def part(message: EmailMessage, kind: str) -> str:
    """The text of the part of a kind, with LF line ends."""
    found = message.get_body(preferencelist=(kind,))
    assert found is not None
    return str(found.get_content()).replace("\r\n", "\n")


def test_a_plain_mail_is_these_bytes() -> None:
    assert build(letter()) == (
        b"Date: Mon, 15 Jun 2026 12:00:00 +0200\r\n"
        b"From: shop@firm.ch\r\n"
        b"To: ada@firm.ch\r\n"
        b"Subject: Due today\r\n"
        b"Message-ID: <crm.1@firm.ch>\r\n"
        b"Auto-Submitted: auto-generated\r\n"
        b"X-Auto-Response-Suppress: OOF, AutoReply\r\n"
        b'Content-Type: text/plain; charset="utf-8"\r\n'
        b"Content-Transfer-Encoding: 7bit\r\n"
        b"MIME-Version: 1.0\r\n"
        b"\r\n"
        b"Call Grace\r\n"
    )


def test_both_parts_and_every_header() -> None:
    content = build(
        letter(
            sender="Müller & Söhne <shop@firm.ch>",
            recipient="Ada Lovelace <ada@firm.ch>",
            subject="Fällig: Offerte für Zoë",
            text="Grüezi\n",
            html="<p>Grüezi</p>\n",
            reply_to="Büro <office@firm.ch>",
            in_reply_to="<1@x.com>",
            references=("<0@x.com>", "<1@x.com>"),
            unsubscribe="office+no@firm.ch",
        )
    )
    assert content.isascii()
    message = read(content)
    assert message["From"].addresses[0].display_name == "Müller & Söhne"
    assert message["From"].addresses[0].addr_spec == "shop@firm.ch"
    assert message["To"] == "Ada Lovelace <ada@firm.ch>"
    assert message["Subject"] == "Fällig: Offerte für Zoë"
    assert message["Reply-To"].addresses[0].addr_spec == "office@firm.ch"
    assert message["In-Reply-To"] == "<1@x.com>"
    assert message["References"].split() == ["<0@x.com>", "<1@x.com>"]
    assert message["List-Unsubscribe"] == "<mailto:office+no@firm.ch?subject=unsubscribe>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message.get_content_type() == "multipart/alternative"
    assert [one.get_content_type() for one in message.iter_parts()] == ["text/plain", "text/html"]
    assert part(message, "plain") == "Grüezi\n"
    assert part(message, "html") == "<p>Grüezi</p>\n"


def test_the_same_letter_makes_the_same_bytes() -> None:
    one = letter(text="ä\n", html="<p>ä</p>\n")
    assert build(one) == build(one)


def test_what_a_person_writes_is_not_marked_as_automatic() -> None:
    assert b"Auto-Submitted" not in build(letter(is_automatic=False))


@pytest.mark.parametrize(
    ("zone", "shown"),
    [
        ("Europe/Zurich", "Fri, 01 Jan 2027 00:30:00 +0100"),
        ("America/Denver", "Thu, 31 Dec 2026 16:30:00 -0700"),
        ("UTC", "Thu, 31 Dec 2026 23:30:00 +0000"),
    ],
)
def test_the_date_is_the_instant_in_the_zone_of_the_business(zone: str, shown: str) -> None:
    at = datetime(2026, 12, 31, 23, 30, 0, 999_999, tzinfo=UTC)
    content = build(letter(at=at.astimezone(ZoneInfo(zone))))
    assert f"Date: {shown}\r\n".encode() in content
    assert abs(read(content)["Date"].datetime - at) < timedelta(seconds=1)


# -- what a contact's name may try --------------------------------------------------------------

ATTEMPTS = [
    "Ada\r\nBcc: evil@example.com",
    "Ada\nBcc: evil@example.com\n\nbody",
    "Ada\rBcc: evil@example.com",
    "Ada\x00\x1b[31m\x7f",
    "Ada\u2028Bcc: evil@example.com\u2029\x85x",
    "Ada\u202egro.live\u2066 \u200f",
    'Evil, "x" <mallory@evil.com>, y',
    '"quoted" \\ (comment) ; : @ [x]',
    "=?utf-8?q?Bcc=3A_evil?=",
    "x" * 5000,
    "ä" * 5000,
    "word " * 500,
    "日本語の名前" * 30,
    "👩\u200d👩\u200d👧" * 40,
    "\ud800 lone",
    " ",
    "",
]


@pytest.mark.parametrize("attempt", ATTEMPTS, ids=range(len(ATTEMPTS)))
@pytest.mark.parametrize("for_people", [False, True])
def test_a_name_is_a_name_whatever_it_holds(attempt: str, for_people: bool) -> None:
    name = attempt.replace("<", "(").replace(">", ")")
    content = build(
        letter(
            recipient=f"{name} <ada@firm.ch>",
            sender=f"{name} <shop@firm.ch>",
            subject=attempt,
            text=f"{attempt}\n.\n{attempt}",
            html=f"<p>{attempt}</p>",
        ),
        for_people=for_people,
    )
    message = read(content)
    for header, address in (("To", "ada@firm.ch"), ("From", "shop@firm.ch")):
        found = message[header].addresses
        assert [one.addr_spec for one in found] == [address], message[header]
    assert "Bcc" not in message
    shown = " ".join(safe(attempt).split())
    subject = str(message["Subject"] or "")
    assert subject == shown if len(shown) <= 250 else subject.endswith("…")
    assert len(subject) <= 250
    assert message.get_body() is not None
    assert (
        safe(attempt, keep_newlines=True).split() == part(message, "plain").split(".\n")[0].split()
    )
    if not for_people:
        assert content.isascii()


WORDS = st.text(
    alphabet=string.printable + "äß€𝄞,;:<>\"'()@\\=?_ \u200f\u202e\r\n\x00", max_size=80
)


@given(name=WORDS, subject=WORDS, text=WORDS)
def test_any_text_is_carried_and_adds_no_header(name: str, subject: str, text: str) -> None:
    plain = name.replace("<", "").replace(">", "")
    content = build(letter(recipient=f"{plain} <ada@firm.ch>", subject=subject, text=text))
    assert content.isascii()
    message = read(content)
    (to,) = message["To"].addresses
    assert to.addr_spec == "ada@firm.ch"
    assert (message["Subject"] or "") == " ".join(safe(subject).split())
    assert part(message, "plain").rstrip("\n") == safe(text, keep_newlines=True).rstrip("\n")


@pytest.mark.parametrize(
    "address", ["", "ada", "a b@x.ch", "a@b@c", "a@x.ch\r\nBcc: b@c.ch", "a,b@x"]
)
@pytest.mark.parametrize("field", ["sender", "recipient", "reply_to", "unsubscribe"])
def test_an_address_that_is_none_is_refused(address: str, field: str) -> None:
    if not address and field in {"reply_to", "unsubscribe"}:
        return
    with pytest.raises(errors.InvalidValue):
        build(letter(**{field: address}))


@pytest.mark.parametrize("text", ["x", "<x>", "<a@b>\r\nBcc: c@d", "<a b@c>", f"<{'x' * 990}@y>"])
@pytest.mark.parametrize("field", ["message_id", "in_reply_to", "references"])
def test_an_id_that_is_none_is_refused(text: str, field: str) -> None:
    with pytest.raises(errors.InvalidValue):
        build(letter(**{field: (text,) if field == "references" else text}))


# -- bodies -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("plain\n", "7bit"),
        ("x" * 901 + "\n", "quoted-printable"),
        ("Grüezi mitenand, wie geht es?\n", "quoted-printable"),
        ("日本語\n" * 20, "base64"),
        ("From here\n.\n..\n.x\n", "7bit"),
        ("trailing blanks  \n\tand a tab\n", "7bit"),
        ("=3D = soft=\n", "7bit"),
        ("ä" + "x" * 3000 + " \n", "quoted-printable"),
    ],
)
def test_a_body_arrives_unchanged_in_seven_bits_and_short_lines(text: str, encoding: str) -> None:
    content = build(letter(text=text))
    assert content.isascii()
    message = read(content)
    assert message["Content-Transfer-Encoding"] == encoding
    assert part(message, "plain") == text.replace("\t", " ")
    if encoding != "7bit":
        body = content.partition(b"\r\n\r\n")[2]
        assert max(map(len, body.split(b"\r\n"))) <= 76


def test_for_people_it_is_text_that_can_be_read() -> None:
    told = letter(
        sender="Müller <shop@firm.ch>", subject="Fällig", text="Grüezi\n", html="<p>x</p>"
    )
    content = build(told, for_people=True)
    assert 'From: "Müller" <shop@firm.ch>\r\n'.encode() in content
    assert "Subject: Fällig\r\n".encode() in content
    assert content.endswith("\r\n\r\nGrüezi\r\n".encode())
    assert message_from_bytes(content, policy=SMTP.clone(utf8=True))["Subject"] == "Fällig"


# -- ids ----------------------------------------------------------------------------------------


def test_the_message_id_is_made_of_what_is_sent_to_whom() -> None:
    told: dict[str, Any] = {
        "occurrences": [("u1", "2026-06-15"), ("u2", "2026-06-15T09:30")],
        "recipient": "ada@firm.ch", "channel": "smtp", "sender": "Shop <shop@firm.ch>",
    }  # fmt: skip
    made = message_id(**told)
    assert re.fullmatch(r"<crm\.[0-9a-f]{40}@firm\.ch>", made)
    assert message_id(**told) == made
    assert message_id(**{**told, "occurrences": told["occurrences"][::-1]}) == made
    assert message_id(**{**told, "recipient": "Ada <ADA@firm.ch>"}) == made
    others = [
        {"occurrences": told["occurrences"][:1]},
        {"occurrences": [("u1", "2026-06-16"), ("u2", "2026-06-15T09:30")]},
        {"recipient": "bob@firm.ch"},
        {"channel": "sendmail"},
    ]
    assert len({made, *(message_id(**{**told, **other}) for other in others)}) == 5


@pytest.mark.parametrize(
    ("sender", "domain"),
    [("a@zürich.ch", "xn--zrich-kva.ch"), ("a@b.ch", "b.ch"), (f"a@{'x' * 300}.ch", "crm.invalid")],
)
def test_the_message_id_is_ascii(sender: str, domain: str) -> None:
    made = message_id([("u", "o")], recipient="r@x.ch", channel="smtp", sender=sender)
    assert made.endswith(f"@{domain}>")
    assert build(letter(message_id=made))


def test_address_of() -> None:
    assert address_of("Ada <ada@firm.ch>") == "ada@firm.ch"
    assert address_of('"Ada, B" <ada@firm.ch>') == "ada@firm.ch"
    assert address_of("ada@firm.ch") == "ada@firm.ch"
