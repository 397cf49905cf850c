"""The way out that the mails of a run take."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from crm_cli.mail.account import Account
    from crm_cli.mail.outcome import Outcome
    from crm_cli.mail.transport import Transport
    from crm_cli.services.sending_letters import Letter, Writer
    from crm_cli.services.sending_request import SendOptions
    from crm_cli.session import Session

CHANNELS = {"smtp": "email", "sendmail": "email", "command": "command", "stdout": "stdout"}
"""Way out -> channel of the ledger. Whoever goes from a mail server to sendmail does not get his
mails again."""

PLACEHOLDER = "crm@localhost"
"""From and To of what is printed, where no address is set: a mail needs one."""


class Post:
    """Writes mails and hands them over, by one way for the whole run. What mail needs is loaded
    when there is some: most runs have none."""

    def __init__(self, session: Session, via: str, options: SendOptions) -> None:
        self.session = session
        self.via = via
        self.channel = CHANNELS[via]
        self._options = options
        self._kept = BytesIO() if via == "stdout" and options.stdout is None else None
        self._mails: list[dict[str, str]] = []
        self._transport: Transport | None = None

    def open(self, *, rehearses: bool = False) -> Writer:
        """Make everything ready and return the writer of the mails; nothing is connected yet, and
        whoever only ``rehearses`` is asked for no password.

        Raises InvalidValue and UsageError for settings and templates that do not do."""
        from crm_cli.mail.account import open_transport
        from crm_cli.services.sending_letters import Writer

        account = self._account(rehearses=rehearses)
        self._sender = account.sender
        self._transport = open_transport(account, self._kept or self._options.stdout or BytesIO())
        return Writer(
            self.session, account, self.channel, each=self._options.each,
            for_people=self._transport.is_read_by_people, templates=self._options.templates,
        )  # fmt: skip

    def _account(self, *, rehearses: bool) -> Account:
        if self.via == "stdout":  # needs nothing but the paper
            from crm_cli.mail.account import Account

            return Account(via=self.via, sender=self.session.setting("sender") or PLACEHOLDER)
        from crm_cli.services import mail_account

        return mail_account.account(
            self.session, self._options.secrets, via=self.via, command=self._options.command,
            rehearses=rehearses,
        )  # fmt: skip

    def deliver(self, letter: Letter, before_handing_over: Callable[[], None]) -> Outcome:
        """Hand one mail over. See Transport.deliver."""
        from crm_cli.domain.values import wire_address
        from crm_cli.mail.message import address_of
        from crm_cli.mail.outcome import Fate

        if self._transport is None:
            raise TypeError("deliver before open")
        outcome = self._transport.deliver(
            letter.message,
            wire_address(address_of(self._sender)),
            wire_address(letter.to),
            before_handing_over,
        )
        if outcome.fate is Fate.DELIVERED:
            self._mails.append({
                "to": letter.to, "subject": letter.subject, "text": letter.text,
                "message_id": letter.message_id,
            })  # fmt: skip
        return outcome

    def close(self) -> None:
        """Say good-bye to the server, where one was asked."""
        if self._transport is not None:
            self._transport.close()

    @property
    def is_printed(self) -> bool:
        """Whether the mails go to stdout as they are, so that nothing else may stand there."""
        return self.via == "stdout" and self._kept is None

    @property
    def is_unconfirmed(self) -> bool:
        """Whether there are mails that have only arrived once the result is printed."""
        return bool(self._kept is not None and self._mails)

    def printed(self) -> list[dict[str, Any]] | None:
        """Return the mails that were kept for the result; None where they went elsewhere."""
        return None if self._kept is None else list(self._mails)
