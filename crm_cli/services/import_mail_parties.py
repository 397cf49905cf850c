"""Who of a mail is one of us, which way it went, and who may be its contact."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from crm_cli import errors
from crm_cli.domain.values import read_email, safe
from crm_cli.exchange.mailbox_addresses import people
from crm_cli.store import import_mail as store

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from crm_cli.exchange.mailbox_addresses import Person
    from crm_cli.exchange.mailbox_reader import Mail
    from crm_cli.session import Session

_MACHINES = re.compile(
    r"(?:no|not|do-?not|dont|never)[._-]?(?:reply|respond|answer)|noreply|mailer-?daemon|postmaster"
    r"|bounces?|undeliver(?:ed|able)|notifications?|notify|alerts?|automat(?:ed|ic)|auto-?reply"
    r"|newsletter|news|abuse|daemon|unsubscribe|listserv|majordomo|mailman|root|nobody"
    r"|(?:.*[+._-])?(?:no-?reply|donotreply|bounces?)(?:[+._=-].*)?"
    r"|.*-(?:request|owner|subscribe|unsubscribe)|owner-.*"
    r"|nicht-?antworten|ne-?pas-?repondre|keine-?antwort",
)


class Us(NamedTuple):
    """Our own addresses, each with who of us has it, and our own domains."""

    people: dict[str, str | None]
    domains: frozenset[str]

    def has(self, mail: str) -> bool:
        """Say whether an address is one of ours."""
        return mail in self.people or mail.rpartition("@")[2] in self.domains


def us(session: Session, own: Sequence[str]) -> Us:
    """Return who we are: the business's ``sender`` and ``people``, and ``--own``.

    Raises InvalidValue for what is no address, UsageError where nothing is known.
    """
    named: dict[str, str | None] = {}
    domains: set[str] = set()
    for text in own:
        bare = text.strip().lower()
        if bare.startswith("@") and "." in bare[1:]:
            domains.add(bare[1:])
            continue
        named[read_email(text)] = None
    named |= dict.fromkeys(mail for _, mail in people(session.setting("sender")))
    named |= {mail: name or None for name, mail in people(_people(session))}
    if not named and not domains:
        raise errors.UsageError(
            "which addresses are your own is not known: nobody could say which mails came in",
            hint='crm config set sender "You <you@example.com>", or add --own you@example.com',
        )
    return Us(named, frozenset(domains))


def _people(session: Session) -> str:
    from crm_cli.store.settings import DEFAULTS

    return session.setting("people") if "people" in DEFAULTS else ""


def is_machine(mail: str) -> bool:
    """Say whether an address is one that nobody reads, or a list's: it is never made a contact."""
    return _MACHINES.fullmatch(mail.rpartition("@")[0]) is not None


def may_add(mail: str) -> bool:
    """Say whether a contact may be made of an address."""
    if is_machine(mail) or mail.count("@") != 1 or safe(mail) != mail:
        return False
    try:
        return read_email(mail) == mail
    except errors.InvalidValue:
        return False


class Way(NamedTuple):
    """Which way a mail went, who of us it was (None: nobody knows), and its people by rank."""

    direction: str
    by_name: str | None
    people: list[tuple[int, Person]]


def way(mail: Mail, ours: Us) -> Way | None:
    """Return a mail's way, None for one between us alone."""
    sender = mail.sender[0]
    others = [*mail.to, *mail.cc, *mail.bcc]
    if ours.has(sender[1]):
        ranked = _ranked(mail.to, store.FIRST_TO, store.FIRST_CC, ours)
        copies = (*mail.cc, *mail.bcc)
        ranked += _ranked(copies, store.FIRST_CC, store.FIRST_OTHER, ours)
        if ranked:
            return Way("out", ours.people.get(sender[1]), ranked)
        # A form on our own site writes to us in the name of whoever filled it in.
        answer = [person for person in mail.reply_to if not ours.has(person[1])]
        if not answer:
            return None
        return Way("in", _receiver(others, ours), [(store.SENDER, answer[0])])
    ranked = [(store.SENDER, sender)]
    answer = [p for p in mail.reply_to if not ours.has(p[1]) and p[1] != sender[1]]
    ranked += [(store.REPLY_TO, person) for person in answer[:1]]
    ranked += _ranked(
        (*mail.sender[1:], *others), store.FIRST_OTHER, store.PEOPLE_OF_ONE, ours
    )  # fmt: skip
    return Way("in", _receiver(others, ours), ranked)


def _ranked(people: Iterable[Person], first: int, end: int, ours: Us) -> list[tuple[int, Person]]:
    others = [person for person in people if not ours.has(person[1])]
    return list(zip(range(first, end), others, strict=False))


def _receiver(others: Iterable[Person], ours: Us) -> str | None:
    """Return who of us got a mail: the first who has a name of their own."""
    return next((name for _, mail in others if (name := ours.people.get(mail))), None)
