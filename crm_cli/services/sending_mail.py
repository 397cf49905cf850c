"""The mails of a run: what is in them, and the way out they take."""

from __future__ import annotations

from datetime import date
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from crm_cli.clock import read_instant
from crm_cli.domain.follow_up import is_overdue
from crm_cli.domain.mail_settings import mailboxes
from crm_cli.mail import message as mailing
from crm_cli.mail import reminder
from crm_cli.mail.account import Account, open_transport
from crm_cli.mail.outcome import Fate
from crm_cli.mail.templates import Templates
from crm_cli.store import deliveries as store
from crm_cli.store import reminder_details as details

if TYPE_CHECKING:
    from collections.abc import Callable

    from crm_cli.mail.outcome import Outcome
    from crm_cli.mail.templates import Written
    from crm_cli.mail.transport import Transport
    from crm_cli.services.sending_plan import Item, Mail
    from crm_cli.services.sending_request import SendOptions
    from crm_cli.session import Session

CHANNELS = {"smtp": "email", "sendmail": "email", "command": "command", "stdout": "stdout"}
"""Way out -> channel of the ledger. Whoever goes from a mail server to sendmail does not get his
mails again."""

PLACEHOLDER = "crm@localhost"
"""From and To of what is printed, where no address is set: a mail needs one."""


class Letter(NamedTuple):
    """A mail as bytes, and what it is in words."""

    message: bytes
    message_id: str
    to: str
    subject: str
    text: str


class Post:
    """Writes mails and hands them over, by one way for the whole run."""

    def __init__(self, session: Session, via: str, options: SendOptions) -> None:
        self.session = session
        self.via = via
        self.channel = CHANNELS[via]
        self._options = options
        self._kept = BytesIO() if via == "stdout" and options.stdout is None else None
        self._mails: list[dict[str, str]] = []
        self._open: Transport | None = None

    def open(self) -> None:
        """Make everything ready; nothing is connected yet. Raises InvalidValue and UsageError for
        settings and templates that do not do."""
        self._account = self._read_account()
        folder = self.session.setting("mail_templates")
        self._templates = Templates(Path(folder) if folder else None)
        self._open = open_transport(self._account, self._kept or self._options.stdout or BytesIO())

    def _read_account(self) -> Account:
        if self.via == "stdout":  # needs nothing but the paper
            return Account(via=self.via, sender=self.session.setting("sender") or PLACEHOLDER)
        from crm_cli.services import mail_account

        return mail_account.account(
            self.session, self._options.secrets, via=self.via, command=self._options.command
        )

    # -- what is in them --------------------------------------------------------------------

    def write(self, mail: Mail) -> Letter:
        """Return a mail; a digest says how many things were too late to be sent. Raises
        InvalidValue for a template that does not do."""
        sending = self._sending(mail.recipient)
        found = details.of(self.session.reader, (item.follow_up.id for item in mail.items))
        items = [self._item(item, found[item.follow_up.id]) for item in mail.items]
        if mail.is_customer:
            written = self._templates.write("service", reminder.service(items[0], sending))
        elif self._options.each:
            written = self._templates.write("each", reminder.each(items[0], sending))
        else:
            today = self.session.today.isoformat()
            older = store.left_out(self.session.reader, mail.recipient, self.channel, today)
            written = self._templates.write("digest", reminder.digest(items, sending, older))
        occurrences = [(item.follow_up.uid, item.occurrence) for item in mail.items]
        return self._letter(mail.recipient, written, occurrences, to_customer=mail.is_customer)

    def write_test(self, recipient: str) -> Letter:
        """Return a test mail."""
        written = self._templates.write("test", reminder.test(self._sending(recipient)))
        return self._letter(recipient, written, [("test", self.session.now_text)])

    def _letter(
        self, recipient: str, written: Written, occurrences: list[tuple[str, str]], *,
        to_customer: bool = False,
    ) -> Letter:  # fmt: skip
        sender = self._account.sender
        message_id = mailing.message_id(
            occurrences, recipient=recipient, channel=self.channel, sender=sender
        )
        zone = self.session.zone
        letter = mailing.Letter(
            sender=sender,
            recipient=recipient if "@" in recipient else self._owner(),
            reply_to=self._account.reply_to,
            subject=written.subject,
            text=written.text,
            html=written.html,
            at=self.session.clock.now(zone).astimezone(zone),
            message_id=message_id,
            unsubscribe=mailing.address_of(sender) if to_customer else "",
        )
        message = mailing.build(letter, for_people=self._transport.is_read_by_people)
        return Letter(message, message_id, recipient, written.subject, written.text)

    def _owner(self) -> str:
        """Return whose address stands above what is printed."""
        usual = mailboxes(self.session.setting("remind_to"))
        return usual[0] if usual else self._account.sender

    def _sending(self, recipient: str) -> reminder.Sending:
        now = self.session.clock.now(self.session.zone).astimezone(self.session.zone)
        sender = self._account.sender
        return reminder.Sending(
            business=sender.partition("<")[0].strip().strip('"') if "<" in sender else "",
            recipient=recipient,
            today=now.date().isoformat(),
            time=now.strftime("%H:%M"),
        )

    def _item(self, item: Item, found: details.Details) -> reminder.Item:
        one, zone = item.follow_up, self.session.zone
        now = self.session.clock.now(zone)
        return reminder.Item(
            id=one.id,
            text=one.text,
            due_on=one.due_on,
            due_time=one.due_time or "",
            days_overdue=(self.session.today - date.fromisoformat(one.due_on)).days,
            is_overdue=is_overdue(one.due_on, one.due_time, now, zone),
            contact=one.contact,
            contact_id=one.contact_id,
            kind=one.kind,
            company=found.company or "",
            phone=found.phone or "",
            email=found.email or "",
            last_talk=self._talk(found),
            owner=one.owner or "",
            repeat=one.repeat_text or "",
            product=found.product or "",
            bought_on=found.bought_on or "",
        )

    def _talk(self, found: details.Details) -> str:
        if found.talk_at is None:
            return ""
        day = read_instant(found.talk_at, self.session.zone).astimezone(self.session.zone).date()
        about = " ".join((found.talk_about or "").split())[:200]
        return f"{day.isoformat()} {found.talk_channel}" + (f": {about}" if about else "")

    # -- the way out ------------------------------------------------------------------------

    def deliver(self, letter: Letter, before_handing_over: Callable[[], None]) -> Outcome:
        """Hand one mail over. See Transport.deliver."""
        sender = mailing.address_of(self._account.sender)
        outcome = self._transport.deliver(letter.message, sender, letter.to, before_handing_over)
        if outcome.fate is Fate.DELIVERED:
            self._mails.append({
                "to": letter.to, "subject": letter.subject, "text": letter.text,
                "message_id": letter.message_id,
            })  # fmt: skip
        return outcome

    def close(self) -> None:
        """Say good-bye to the server, where one was asked."""
        if self._open is not None:
            self._open.close()

    @property
    def _transport(self) -> Transport:
        if self._open is None:
            self.open()
        return cast("Transport", self._open)

    @property
    def is_printed(self) -> bool:
        """Whether the mails go to stdout as they are, so that nothing else may stand there."""
        return self.via == "stdout" and self._kept is None

    def printed(self) -> list[dict[str, Any]] | None:
        """Return the mails that were kept for the result; None where they went elsewhere."""
        return None if self._kept is None else list(self._mails)
