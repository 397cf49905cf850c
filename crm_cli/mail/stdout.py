"""Mails to stdout, as an mbox: for cron's own mail, or for a program behind a pipe."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from crm_cli.mail.outcome import About, Fate, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import BinaryIO


class Stdout:
    """Writes each mail after a ``From `` line, with LF line ends and a blank line behind it.

    Lines that begin with ``From `` (or with ``>`` before it) get one more ``>``, so that every
    mail can be had back (mboxrd).
    """

    channel = "stdout"
    is_read_by_people = True

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def deliver(
        self,
        message: bytes,
        sender: str,
        recipient: str,
        before_handing_over: Callable[[], None],
    ) -> Outcome:
        """Write one mail and flush it. See Transport.deliver."""
        del recipient  # stands in the message
        text = message.replace(b"\r\n", b"\n")
        body = re.sub(rb"(?m)^(>*From )", rb">\1", text.rstrip(b"\n") + b"\n")
        content = b"From " + sender.encode() + b" " + _when(text) + b"\n" + body + b"\n"
        before_handing_over()
        written = 0
        try:
            self._stream.flush()
            # Past the buffer, so that it is known how much was taken.
            raw = getattr(self._stream, "raw", self._stream)
            while written < len(content):
                written += raw.write(content[written:]) or 0
            self._stream.flush()
        except (OSError, ValueError) as error:
            told = f"stdout: {getattr(error, 'strerror', None) or error}"
            # Whoever reads may have read what was taken, and only that.
            fate = Fate.UNKNOWN if written else Fate.TRY_LATER
            return Outcome(fate, told, About.SERVER, None, handed_over=True)
        return Outcome(Fate.DELIVERED, handed_over=True)

    def close(self) -> None:
        """Nothing is open."""


def _when(text: bytes) -> bytes:
    """Return the mail's own date as the ``From `` line has it: UTC, as C's asctime."""
    from email.utils import parsedate_to_datetime

    found = re.search(rb"(?m)^Date: (.+)$", text)
    if found is None:
        return b"Thu Jan  1 00:00:00 1970"
    at = parsedate_to_datetime(found[1].decode("ascii", "replace"))
    at = (at - (at.utcoffset() or at - at)).replace(tzinfo=None)
    return at.ctime().encode()
