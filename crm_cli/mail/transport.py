"""The one way in which a mail leaves: a transport takes bytes and says what became of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from crm_cli.mail.outcome import Outcome


class Transport(Protocol):
    """Delivers mails one after the other, over one connection where it has one.

    ``channel`` is its name in the ledger. ``is_read_by_people`` says whether what it writes is
    read as it is (see ``message.build``). What is wrong with the settings raises CrmError when
    the transport is made; ``deliver`` itself raises only what ``before_handing_over`` raises,
    and interruptions.
    """

    channel: str
    is_read_by_people: bool

    def deliver(
        self,
        message: bytes,
        sender: str,
        recipient: str,
        before_handing_over: Callable[[], None],
    ) -> Outcome:
        """Hand one mail over and return what became of it.

        ``message`` is a whole mail with CRLF line ends; ``sender`` and ``recipient`` are bare
        addresses. ``before_handing_over`` is called once, when everything that can be asked
        beforehand has been agreed and none of the message's bytes has left; what it raises
        passes through, and then nothing was delivered.
        """

    def close(self) -> None:
        """End the connection politely; the transport may be used again and opens a new one."""
