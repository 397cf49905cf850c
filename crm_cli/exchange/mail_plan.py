"""The mails of a plan: each as the cells of a row, and read back from them.

A mail is planned as it was read, its people as text; one that was rejected as it stood, so that
it can go to the file of rejected mails without its mailbox.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from crm_cli.exchange.mailbox import RawMail
from crm_cli.exchange.mailbox_addresses import people
from crm_cli.exchange.mailbox_reader import (
    BULK,
    DELETED,
    LONGEST_BODY,
    MAIL,
    REJECTED,
    Mail,
    without_controls,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crm_cli.exchange.mailbox_addresses import Person
    from crm_cli.exchange.plan_file import PlanTable

ENDING = ".mbox"
"""What tells a plan of mails from one of a table: how its file of rejected mails ends."""

_PEOPLE = ("from", "reply_to", "to", "cc", "bcc")
HEADER = ["kind", "at", "message_id", "fingerprint", *_PEOPLE, "subject", "body"]
_KINDS = {MAIL: "", BULK: "list", DELETED: "deleted"}
_AT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)
_UNQUOTED = str.maketrans({'"': "'", "\\": "/", "\n": " ", "\r": " "})
_ROOM = 20_000
"""Characters of a text beyond ``LONGEST_BODY``: what was attached, and that it was cut off."""


def cells_of(mail: Mail) -> dict[str, str]:
    """Return the cells of a mail that is none of the rejected ones; empty ones are left out."""
    told = {
        "kind": _KINDS[mail.kind],
        "at": mail.at,
        "message_id": mail.message_id or "",
        "fingerprint": "" if mail.fingerprint is None else str(mail.fingerprint),
        "subject": mail.subject or "",
        "body": mail.body or "",
    }
    found = (mail.sender, mail.reply_to, mail.to, mail.cc, mail.bcc)
    told |= {name: _written(persons) for name, persons in zip(_PEOPLE, found, strict=True)}
    return {name: told[name] for name in HEADER if told[name]}


def _written(persons: tuple[Person, ...]) -> str:
    return ", ".join(
        f'"{name.translate(_UNQUOTED)}" <{mail}>' if name else mail for name, mail in persons
    )


def rows(table: PlanTable, latest: str) -> Iterator[tuple[str, Mail]]:
    """Yield (place, mail) of a plan's rows. What somebody wrote there that is no mail, or one
    after ``latest``, is a rejected one. Raises BadFile for a plan that is broken."""
    for line, cells, problem in table.rows():
        told = dict(zip(table.header, cells, strict=True))
        yield f"mail {line}", Mail(REJECTED, problem) if problem else _mail(told, latest)


def _mail(cells: dict[str, str], latest: str) -> Mail:
    kinds = {word: kind for kind, word in _KINDS.items()}
    kind = kinds.get(cells.get("kind", ""))
    if kind is None:
        return Mail(REJECTED, f"is of no kind that mails are of: {cells['kind']!r}")
    if kind != MAIL:
        return Mail(kind)
    at, fingerprint = cells.get("at", ""), cells.get("fingerprint", "")
    if not _AT.fullmatch(at) or at > latest:
        return Mail(REJECTED, f"its moment is none, or still to come: {at!r}")
    message_id = without_controls(cells.get("message_id", ""))[:1000] or None
    is_number = fingerprint.isascii() and fingerprint.isdigit() and len(fingerprint) < 20
    if message_id is None and not is_number:
        return Mail(REJECTED, "has neither message_id nor fingerprint")
    sender, reply_to, to, cc, bcc = (people(cells.get(name, "")) for name in _PEOPLE)
    if not sender:
        return Mail(REJECTED, "has no sender")
    body = cells.get("body", "")
    if len(body) > LONGEST_BODY + _ROOM:
        return Mail(REJECTED, f"its text is longer than {LONGEST_BODY} characters")
    return Mail(
        MAIL, "", at, message_id, None if message_id else int(fingerprint) & (1 << 63) - 1,
        sender, reply_to, to, cc, bcc, without_controls(cells.get("subject", ""))[:1000] or None,
        body or None,
    )  # fmt: skip


def raw_text(raw: RawMail) -> dict[str, Any]:
    """Return what a plan's line keeps of a rejected mail as it stood: each byte a character."""
    return {"envelope": raw.envelope, "mail": raw.content.decode("latin-1")}


def raw_mails(table: PlanTable) -> Iterator[RawMail]:
    """Yield the mails of a plan that are there as they stood, the rejected ones, and of others
    what their cells tell."""
    for value in table.values():
        text, envelope = value.get("mail"), value.get("envelope")
        if not isinstance(text, str):
            told = value.get("cells") or {}
            text = "".join(f"{name}: {' '.join(str(x).split())}\n" for name, x in told.items())
        line = envelope if isinstance(envelope, str) else ""
        yield RawMail(
            f"mail {value['line']}", text.encode("latin-1", "replace"), " ".join(line.split())
        )
