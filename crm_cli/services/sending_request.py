"""What ``remind send`` was told, read: to whom, by which way, and whether it is a test."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from crm_cli import errors
from crm_cli.domain import delivery
from crm_cli.domain.mail_settings import (
    bare_address,
    mailboxes,
    people,
    read_mailbox,
    read_way,
)
from crm_cli.services.sending_mail import Post
from crm_cli.services.sending_plan import STDOUT, Recipients

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crm_cli.result import Result
    from crm_cli.session import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class SendOptions:
    """The options as typed. ``secrets`` say where the password is; ``stdout`` is where ``--via
    stdout`` writes, None: into the result. ``shows_nothing``: print the counts even where nothing
    was due; ``is_quiet``: leave them out of what people read. ``shows_ids``: ids alone are
    printed."""

    to: Sequence[str] = ()
    to_owners: bool = False
    to_contacts: bool = False
    via: str | None = None
    command: str | None = None
    digest: bool = False
    each: bool = False
    late: str = delivery.LATE
    test: str | None = None
    templates: str | None = None
    secrets: Mapping[str, str]
    stdout: BinaryIO | None = None
    shows_nothing: bool = False
    is_quiet: bool = False
    shows_ids: bool = False


def run(session: Session, options: SendOptions) -> Result:
    """Send what is due, or the test mail. Raises UsageError and InvalidValue for options that do
    not do, and what ``sending.send`` raises."""
    from crm_cli.services import sending

    if options.digest and options.each:
        raise errors.UsageError("--digest and --each exclude one another", hint="leave one out")
    via = options.via or ("command" if options.command else session.setting("mail_via"))
    via = read_way(via)
    if options.command and via != "command":
        raise errors.UsageError(f"--command does not go with --via {via}", hint="leave one out")
    if via == STDOUT and options.shows_ids:
        # The mails would count as sent, and nobody would have seen them.
        raise errors.UsageError(
            "--via stdout prints mails, and -f ids prints none of them",
            hint="leave -f out, or use --json",
        )
    delivery.read_late(options.late)
    recipients = read_recipients(session, options, via)
    post = Post(session, via, options)
    if options.test is not None:
        return sending.test(session, bare_address(read_mailbox(options.test)), post)
    request = sending.SendRequest(
        each=options.each, late=options.late, shows_nothing=options.shows_nothing,
        is_quiet=options.is_quiet,
    )  # fmt: skip
    return sending.send(session, request, recipients, post)


def read_recipients(session: Session, options: SendOptions, via: str) -> Recipients:
    """Return to whom things go: what is named, each adding to the other; where nothing is named,
    the setting remind_to, or stdout itself. Raises InvalidValue for what is no address."""
    named = tuple(dict.fromkeys(bare_address(read_mailbox(text)) for text in options.to))
    usual = tuple(bare_address(one) for one in mailboxes(session.setting("remind_to")))
    everything = named
    if not (named or options.to_owners or options.to_contacts):
        everything = (STDOUT,) if via == STDOUT else usual
    owners = None
    if options.to_owners:
        known = people(session.setting("people"))
        owners = {name: bare_address(mailbox) for name, mailbox in known.items()}
    return Recipients(
        everything=everything, owners=owners, fallback=() if named else usual,
        customers=options.to_contacts,
    )  # fmt: skip
