"""One mail's bytes made into a plain row, or the reason why it is none."""

from __future__ import annotations

import re
from hashlib import blake2b
from typing import NamedTuple

from crm_cli.exchange.mailbox_addresses import Person, people
from crm_cli.exchange.mailbox_headers import (
    best_instant,
    fields_of,
    head_text,
    instant,
    words,
)
from crm_cli.exchange.mailbox_parts import said, split_head

LONGEST_BODY = 100_000
"""Characters of a mail's text that are kept."""
_LONGEST_SUBJECT = 1_000

REJECTED, BULK, DELETED, MAIL = range(4)
"""What a row is: a mail that cannot be read, one of a list or a machine, one in the bin or not
sent yet, one that counts."""


class Mail(NamedTuple):
    """A mail as a plain row; all of it can be marshalled.

    ``kind`` is one of the four above: of others than MAIL nothing else counts but ``reason``.
    ``at`` is an instant in UTC; ``message_id`` stands without its angle brackets, ``fingerprint``
    in its place where there is none.
    """

    kind: int
    reason: str = ""
    at: str = ""
    message_id: str | None = None
    fingerprint: int | None = None
    sender: tuple[Person, ...] = ()
    reply_to: tuple[Person, ...] = ()
    to: tuple[Person, ...] = ()
    cc: tuple[Person, ...] = ()
    bcc: tuple[Person, ...] = ()
    subject: str | None = None
    body: str | None = None


class Wanted(NamedTuple):
    """What is asked of a mail: none after ``latest`` (an instant), ``bulk`` ones too or not."""

    latest: str
    bulk: bool = False


_CONTROL = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ud800-\udfff]")
_MESSAGE_ID = re.compile(r"<([^<>]+)>")
_QUOTED_FROM = re.compile(rb"^>(?=>*From )", re.MULTILINE)
_BULK = frozenset({"bulk", "list", "junk", "auto_reply"})
_BINS = frozenset({"spam", "trash", "bin", "draft", "drafts", "papierkorb", "entwürfe", "entwurf"})


def read(raw: bytes, envelope: str, wanted: Wanted, *, mbox: bool = False) -> Mail:
    """Return a mail as a row. Raises nothing, whatever the bytes are.

    ``envelope`` is the ``From `` line of an mbox, in which ``From `` at the start of a line is
    quoted with ``>``.
    """
    try:
        return _read(raw, envelope, wanted, mbox=mbox)
    except Exception as error:  # noqa: BLE001 - a stranger's bytes must not stop the other mails
        return Mail(REJECTED, f"cannot be read ({type(error).__name__})")


def _read(raw: bytes, envelope: str, wanted: Wanted, *, mbox: bool) -> Mail:
    if b"\r" in raw:
        raw = raw.replace(b"\r\n", b"\n")
    head, body = split_head(raw)
    fields = fields_of(head_text(head))
    if "from" not in fields and "date" not in fields and "message-id" not in fields:
        what = "is empty" if not raw.strip() else "is no mail: it has no head"
        return Mail(REJECTED, what)
    if (why := _left_out(fields)) is not None:
        return Mail(DELETED, why)
    if not wanted.bulk and is_bulk(fields):
        return Mail(BULK)
    at, problem = best_instant(fields, envelope, wanted.latest)
    if at is None:
        return Mail(REJECTED, problem)
    sender = people(fields.get("from", "")) or people(fields.get("sender", ""))
    if not sender:
        told = words(fields.get("from", ""))[:60]
        return Mail(REJECTED, f"its sender cannot be read: {told!r}" if told else "has no sender")
    if mbox and b">From " in body:
        body = _QUOTED_FROM.sub(b"", body)
    subject = without_controls(words(fields.get("subject", "")))[:_LONGEST_SUBJECT] or None
    text = _text(fields, body)
    message_id = _message_id(fields.get("message-id", ""))
    to = people(fields.get("to", ""))
    fingerprint = None
    if message_id is None:
        # What its own Date says, where that can be read: which other time stands in for one that
        # is still to come depends on when it is imported.
        told = instant(fields.get("date", "")) or at
        fingerprint = _fingerprint(told, sender, to, subject, text)
    return Mail(
        MAIL, "", at, message_id, fingerprint, sender,
        people(fields.get("reply-to", "")), to, people(fields.get("cc", "")),
        people(fields.get("bcc", "")), subject, text,
    )  # fmt: skip


def is_bulk(fields: dict[str, str]) -> bool:
    """Say whether a list or a machine sent it."""
    if "list-id" in fields and fields["list-id"].strip():
        return True
    automatic = fields.get("auto-submitted", "no").partition(";")[0].partition("(")[0]
    if automatic.strip().lower() not in {"no", ""}:
        return True
    return fields.get("precedence", "").strip().lower() in _BULK


def _left_out(fields: dict[str, str]) -> str | None:
    """Say why a mail is none that anybody keeps: deleted in Thunderbird and not yet cleared away,
    or in Gmail's bin, spam or drafts."""
    status = fields.get("x-mozilla-status")
    if status is not None:
        try:
            if int(status.strip(), 16) & 0x0008:
                return "deleted"
        except ValueError:
            pass
    labels = fields.get("x-gmail-labels")
    if labels is not None:
        named = {label.strip().strip('"').lower() for label in words(labels).split(",")}
        if found := sorted(named & _BINS):
            return found[0]
    return None


def _message_id(text: str) -> str | None:
    text = text[:2000]
    found = _MESSAGE_ID.search(text)
    bare = "".join((found[1] if found else text).split()).strip("<>")
    # "<>" and the like are no name of a mail: all mails of such a program would be one.
    return without_controls(bare)[:1000] if any(map(str.isalnum, bare)) else None


def without_controls(text: str) -> str:
    """Return text without control characters and halves of characters; joiners, of which some
    writings and emoji are made, stay."""
    return text if text.isprintable() else _CONTROL.sub("\ufffd", text)


def _text(fields: dict[str, str], body: bytes) -> str | None:
    text, _, attached = said(fields, body)
    if len(text) > LONGEST_BODY:
        text = f"{text[:LONGEST_BODY].rstrip()}\n\n[cut off: the text has {len(text)} characters]"
    if attached:
        named = ", ".join(dict.fromkeys(without_controls(name) for name in attached[:50]))
        text = f"{text}\n\n[attached: {named}]".lstrip()
    return text or None


def _fingerprint(
    at: str, sender: tuple[Person, ...], to: tuple[Person, ...], subject: str | None,
    text: str | None,
) -> int:  # fmt: skip
    """Return 63 bits that tell a mail without a Message-ID from any other; kept for ever."""
    parts = (at, *(mail for _, mail in (*sender, *to)), subject or "", text or "")
    told = "\x1f".join(parts).encode("utf-8", "replace")
    return int.from_bytes(blake2b(told, digest_size=8).digest(), "big") >> 1
