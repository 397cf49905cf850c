"""What is in the mails of a run: texts by template, headers, and who they come from."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from crm_cli.clock import read_instant
from crm_cli.domain.follow_up import is_overdue
from crm_cli.domain.mail_settings import mailboxes
from crm_cli.mail import message as mailing
from crm_cli.mail import reminder
from crm_cli.services.mail_templates import in_force
from crm_cli.store import deliveries as store
from crm_cli.store import reminder_details as details

if TYPE_CHECKING:
    from crm_cli.mail.account import Account
    from crm_cli.mail.templates import Written
    from crm_cli.services.sending_plan import Item, Mail
    from crm_cli.session import Session


class Letter(NamedTuple):
    """A mail as bytes, and what it is in words."""

    message: bytes
    message_id: str
    to: str
    subject: str
    text: str


class Writer:
    """Writes the mails of one account: ``channel`` is the ledger's, ``each``: no digests;
    ``for_people``: what is printed, see ``message.build``."""

    def __init__(
        self,
        session: Session,
        account: Account,
        channel: str,
        *,
        each: bool,
        for_people: bool,
        templates: str | None = None,
    ) -> None:
        """Look for the templates, in the folder named or that of the settings. Raises
        InvalidValue for a folder of them that does not do."""
        self.session = session
        self._account = account
        self._channel = channel
        self._each = each
        self._for_people = for_people
        self._templates = in_force(session, templates)

    def write(self, mail: Mail) -> Letter:
        """Return a mail; a digest says how many things were too late to be sent. Raises
        InvalidValue for a template that does not do."""
        sending = self._sending(mail.recipient)
        found = details.of(self.session.reader, (item.follow_up.id for item in mail.items))
        items = [
            self._item(item, found.get(item.follow_up.id, details.NOTHING)) for item in mail.items
        ]
        if mail.is_customer:
            written = self._templates.write("service", reminder.service(items[0], sending))
        elif self._each:
            written = self._templates.write("each", reminder.each(items[0], sending))
        else:
            today = self.session.today.isoformat()
            older = store.left_out(self.session.reader, mail.recipient, self._channel, today)
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
            occurrences, recipient=recipient, channel=self._channel, sender=sender
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
        message = mailing.build(letter, for_people=self._for_people)
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
