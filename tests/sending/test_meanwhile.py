"""What people change while a mail is on its way out: until the text goes, their word counts."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from tests.sending.conftest import OWNER
from tests.sending.test_recipients import consent, received, service

if TYPE_CHECKING:
    from tests.sending.conftest import Firm

LATER = ("--now", "2026-06-15T12:00:00Z")


def test_done_while_the_server_is_waited_for(firm: Firm) -> None:
    number = firm.due()
    firm.server.meanwhile("rcpt", lambda: firm.crm.process("remind", "done", number))
    assert firm.send() == {}
    assert firm.mails == []
    assert firm.ledger() == []


def test_a_digest_goes_without_what_was_put_off_and_with_what_was_changed(firm: Firm) -> None:
    put_off, changed = firm.due("Put off"), firm.due("Before")
    firm.due("Stays")

    def meanwhile() -> None:
        firm.crm.process("remind", "snooze", put_off, "tomorrow")
        firm.crm.process("remind", "edit", changed, "--text", "After")

    firm.server.meanwhile("data", meanwhile)
    assert firm.send() == {"due": 2, "sent": 2}
    (mail,) = firm.mails
    assert mail.recipients == (OWNER,)
    text = firm.text()
    assert "After" in text and "Stays" in text
    assert "Before" not in text and "Put off" not in text
    assert firm.send("--now", "2026-06-16T10:00:00Z") == {"due": 1, "sent": 1}


def test_a_contact_that_is_deleted_while_the_server_is_waited_for(firm: Firm) -> None:
    firm.due()
    firm.server.meanwhile(
        "mail", lambda: firm.crm.process("contact", "delete", firm.contact, "--yes")
    )
    assert firm.send() == {}
    assert firm.mails == []


def test_a_consent_taken_back_while_the_server_is_waited_for(firm: Firm) -> None:
    service(firm)
    consent(firm, "granted")
    firm.server.meanwhile("rcpt", lambda: consent(firm, "withdrawn"))
    assert firm.send("--to-contacts") == {"due": 1, "skipped": 1}
    assert firm.mails == []
    # Given again, it goes out after all.
    consent(firm, "granted")
    assert firm.send("--to-contacts", *LATER) == {"due": 1, "sent": 1}


def test_a_consent_taken_back_while_others_get_their_mail(firm: Firm) -> None:
    service(firm, "Boiler")
    service(firm, "Stove")
    consent(firm, "granted")
    at_the_second = partial(firm.server.meanwhile, "mail", lambda: consent(firm, "withdrawn"))
    firm.server.meanwhile("data", at_the_second)
    assert firm.send("--to-contacts") == {"due": 2, "sent": 1, "skipped": 1}
    assert len(firm.mails) == 1


def test_a_customer_whose_address_changes_while_the_server_is_waited_for(firm: Firm) -> None:
    service(firm)
    consent(firm, "granted")
    words = ("contact", "edit", firm.contact, "--email", "new@navy.example",
             "--remove-email", "grace@navy.example")  # fmt: skip
    firm.server.meanwhile("rcpt", lambda: firm.crm.process(*words))
    assert firm.send("--to-contacts") == {}
    assert firm.send("--to-contacts", *LATER) == {"due": 1, "sent": 1}
    assert received(firm) == ["new@navy.example"]
