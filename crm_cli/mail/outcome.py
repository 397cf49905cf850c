"""What became of one mail that was given to a transport."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Fate(StrEnum):
    """What is known for certain about a mail; ``UNKNOWN`` is the only one that is not."""

    DELIVERED = "delivered"
    """Somebody else has taken charge of it."""
    REFUSED = "refused"
    """Certainly not delivered, and the same mail would be refused again."""
    TRY_LATER = "try-later"
    """Certainly not delivered; the same mail may pass later."""
    UNKNOWN = "unknown"
    """Cut off between the hand-over and its answer: it may have been delivered, or not."""


class About(StrEnum):
    """What the failure is about."""

    ADDRESS = "address"
    """The recipient's address: nothing sent there will pass. Only ever with ``REFUSED``."""
    MESSAGE = "message"
    """This mail: another one to another address may pass."""
    SERVER = "server"
    """The way out itself: connection, certificate, login, sender, a program that is missing.
    The next mail would meet the same, so a run does well to stop."""


class Outcome(NamedTuple):
    """The fate of one mail and what was said about it.

    ``said`` are the server's or the program's own words (safe to show, one line, '' when it was
    delivered without any), ``code`` its SMTP reply or exit status where there was one.
    ``handed_over`` is whether ``before_handing_over`` was called and returned: with any fate but
    ``DELIVERED`` and ``UNKNOWN`` the caller then takes its mark back.
    """

    fate: Fate
    said: str = ""
    about: About | None = None
    code: int | None = None
    handed_over: bool = False
