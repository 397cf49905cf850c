"""One mail as bytes: headers, dates and parts by the rules of RFC 5322, 2047 and 3834."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crm_cli import errors
from crm_cli.domain.values import safe, wire_address

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from email.message import EmailMessage

LONGEST_SUBJECT = 250
LONGEST_NAME = 100
"""Characters of a header's text; what is longer ends in an ellipsis."""

_NAMED = re.compile(r"\s*(.*?)\s*<([^<>]+)>\s*", re.DOTALL)
_QUOTED = re.compile(r'"([^"\\]*)"')
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/^_`{|}~-]+(?: [A-Za-z0-9!#$%&'*+/^_`{|}~-]+)*")
_ADDRESS = re.compile(
    r"[^\s\x00-\x20\x7f-\x9f<>()\[\]\\,;:\"@]+@[^\s\x00-\x20\x7f-\x9f<>()\\,;:\"@]+"
)
_MESSAGE_ID = re.compile(r"<[!-;=?-~]+@[!-;=?-~]+>")


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A mail to one recipient.

    ``sender``, ``recipient`` and ``reply_to`` are ``name@example.com`` or ``Name
    <name@example.com>``. ``text`` and ``html`` say the same; without ``html`` the mail is plain.
    ``at`` is aware: its zone is the one shown. ``message_id``, ``in_reply_to`` and
    ``references`` are ids in angle brackets. ``unsubscribe`` is the bare address that takes
    "no more of this", for mail to customers. ``is_automatic`` says that a program wrote it.
    """

    sender: str
    recipient: str
    subject: str
    text: str
    at: datetime
    message_id: str
    html: str | None = None
    reply_to: str = ""
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    unsubscribe: str = ""
    is_automatic: bool = True


def message_id(
    occurrences: Iterable[tuple[str, str]], *, recipient: str, channel: str, sender: str
) -> str:
    """Return the Message-ID of what is sent about these occurrences: ``<crm.…@firm.ch>``.

    ``occurrences`` are pairs of a follow-up's uid and its occurrence, in any order. The same
    ones, recipient and channel always give the same id, so that a repeat is recognisable.
    """
    parts = [f"{uid}\x1f{occurrence}" for uid, occurrence in sorted(set(occurrences))]
    parts += [address_of(recipient).lower(), channel]
    digest = hashlib.sha256("\x1e".join(parts).encode(errors="replace")).hexdigest()
    return f"<crm.{digest[:40]}@{_id_domain(sender)}>"


def _id_domain(sender: str) -> str:
    domain = address_of(sender).rpartition("@")[2]
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError:
        return "crm.invalid"


def address_of(mailbox: str) -> str:
    """Return the bare address of ``Name <name@example.com>``."""
    matched = _NAMED.fullmatch(mailbox)
    return (matched[2] if matched else mailbox).strip()


def build(letter: Letter, *, for_people: bool = False) -> bytes:
    """Return the mail as it goes over the wire: CRLF line ends, seven bits, no line too long.

    ``for_people`` is the form for a reader without a mail program: the text alone, and text
    outside ASCII as UTF-8 in the headers and the body (RFC 6532).

    A control character in a text of the letter becomes a blank or a visible escape, never a
    header. A domain outside ASCII is written as ``xn--...``; a name outside ASCII before the @
    makes headers of UTF-8, which need a server that takes them. Raises InvalidValue for an address
    or an id that cannot stand in a header.
    """
    head = b"".join(
        f"{name}: {value}\r\n".encode() for name, value in _headers(letter, raw=for_people)
    )
    return head + _body(letter, for_people=for_people)


# -- headers ----------------------------------------------------------------------------------
# The standard library's own folding of addresses loses the quotes of a long name, so that a
# comma in it begins another address. Here every name that is more than plain words becomes an
# encoded word, in which nothing can be a sign; and no text reaches a header but through _text.


def _headers(letter: Letter, *, raw: bool) -> list[tuple[str, str]]:
    from email.utils import format_datetime

    headers = [
        ("Date", format_datetime(letter.at.replace(microsecond=0))),
        ("From", _mailbox("From", letter.sender, raw=raw)),
        ("To", _mailbox("To", letter.recipient, raw=raw)),
        ("Subject", _text("Subject", letter.subject, LONGEST_SUBJECT, raw=raw)),
        ("Message-ID", _id(letter.message_id)),
    ]
    if letter.reply_to:
        headers.append(("Reply-To", _mailbox("Reply-To", letter.reply_to, raw=raw)))
    if letter.in_reply_to:
        headers.append(("In-Reply-To", _id(letter.in_reply_to)))
    if letter.references:
        # One to a line: no reader cuts an id, however many there are.
        headers.append(("References", "\r\n ".join(map(_id, letter.references))))
    if letter.is_automatic:
        headers.append(("Auto-Submitted", "auto-generated"))
        headers.append(("X-Auto-Response-Suppress", "OOF, AutoReply"))
    if letter.unsubscribe:
        address = wire_address(_checked_address(letter.unsubscribe))
        headers.append(("List-Unsubscribe", f"<mailto:{_quoted(address)}?subject=unsubscribe>"))
    return headers


def _quoted(address: str) -> str:
    from urllib.parse import quote

    return quote(address, safe="@!$'*+-./_~")


def _mailbox(header: str, mailbox: str, *, raw: bool) -> str:
    matched = _NAMED.fullmatch(mailbox)
    name = " ".join(safe(matched[1]).split()) if matched else ""
    quoted = _QUOTED.fullmatch(name)
    name = quoted[1] if quoted else name
    address = _checked_address(address_of(mailbox))
    address = address if raw else wire_address(address)
    if not name:
        return address
    if _ATOMS.fullmatch(name) and "=?" not in name and len(name) <= 60:
        shown = name
    elif raw and "=?" not in name:
        plain = _shortened(name, LONGEST_NAME).replace("\\", "").replace('"', "'")
        shown = f'"{plain}"'
    else:
        shown = _encoded_words(header, _shortened(name, LONGEST_NAME))
    return f"{shown}\r\n <{address}>" if len(shown) + len(address) > 60 else f"{shown} <{address}>"


def _checked_address(address: str) -> str:
    if not _ADDRESS.fullmatch(address) or len(address.encode(errors="replace")) > 254:
        raise errors.InvalidValue(f"{safe(address)!r} is not an e-mail address")
    return address


def _id(text: str) -> str:
    if not _MESSAGE_ID.fullmatch(text) or len(text) > 900:
        raise errors.InvalidValue(f"{safe(text)[:80]!r} is not a Message-ID")
    return text


def _text(header: str, text: str, longest: int, *, raw: bool) -> str:
    shown = _shortened(" ".join(safe(text).split()), longest)
    if "=?" in shown:  # it would be read as an encoded word
        return _encoded_words(header, shown)
    if raw or (shown.isascii() and len(header) + 2 + len(shown) <= 78):
        return shown
    return _encoded_words(header, shown)


def _shortened(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1].rstrip()}…"


def _encoded_words(header: str, text: str) -> str:
    from email.header import Header

    return Header(text, "utf-8", header_name=header, maxlinelen=75).encode(linesep="\r\n")


# -- parts ------------------------------------------------------------------------------------


def _body(letter: Letter, *, for_people: bool) -> bytes:
    from email.message import EmailMessage
    from email.policy import SMTP

    message = EmailMessage(
        policy=SMTP.clone(max_line_length=76, cte_type="8bit" if for_people else "7bit")
    )
    _set(message, letter.text, "plain", for_people=for_people)
    if letter.html is not None and not for_people:
        message.make_alternative()
        part = EmailMessage(policy=message.policy)
        _set(part, letter.html, "html", for_people=False)
        del part["MIME-Version"]
        message.attach(part)
        content = f"{letter.message_id}\n{letter.text}\n{letter.html}"
        digest = hashlib.sha256(content.encode(errors="replace")).hexdigest()
        message.set_boundary(f"=_{digest[:40]}")
    return message.as_bytes()


def _set(message: EmailMessage, text: str, subtype: str, *, for_people: bool) -> None:
    """Give the message its text in an encoding that every server passes on unchanged."""
    shown = safe(text, keep_newlines=True).rstrip("\n") + "\n"
    longest = max((len(line) for line in shown.encode().splitlines()), default=0)
    if for_people and longest <= 998:
        cte = "8bit"
    elif shown.isascii() and longest <= 900:
        cte = "7bit"
    else:
        outside = sum(not char.isascii() for char in shown)
        cte = "quoted-printable" if outside * 6 < len(shown) else "base64"
    message.set_content(shown, subtype=subtype, charset="utf-8", cte=cte)
