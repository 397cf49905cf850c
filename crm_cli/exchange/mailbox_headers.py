"""The head of a mail: its fields, encoded words, and the instant it was written.

Made for speed over plain mails; what is not plain goes to the standard library or is read the
way mail programs read it, which is more forgiving than the standards.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from crm_cli.exchange.mailbox_text import decoded, unquoted_printable, unwrapped_base64

if TYPE_CHECKING:
    from collections.abc import Mapping

FIELDS = {
    name.lower(): name.lower()
    for name in (
        "Message-ID", "Date", "From", "To", "Cc", "Bcc", "Reply-To", "Subject", "List-Id",
        "Auto-Submitted", "Precedence", "Received", "Content-Type", "Content-Transfer-Encoding",
        "Content-Disposition", "Content-ID", "X-Mozilla-Status", "X-Gmail-Labels", "Sender",
    )
}  # fmt: skip
"""The fields that are read, in lower case."""

LONGEST_FIELD = 30_000
"""Characters of a field that are read: a head may be long on purpose."""
LONGEST_HEAD = 1 << 20

SKEW = 15
"""Minutes by which somebody's clock may be fast."""
FIRST_YEAR = 1971
"""Older dates are those of a clock that was never set."""


def head_text(head: bytes) -> str:
    """Return a head as text: UTF-8 where it is that, else cp1252."""
    head = head[:LONGEST_HEAD]
    try:
        return head.decode()
    except UnicodeDecodeError:
        return head.decode("cp1252", errors="replace")


def fields_of(head: str) -> dict[str, str]:
    """Return the fields that are read, by name in lower case; of several the first.

    Folded lines are put together as RFC 5322 has it: the line break goes, the blanks stay.
    """
    found: dict[str, str] = {}
    name: str | None = None
    for line in head.split("\n"):
        if line[:1] in _BLANKS:
            if name is not None and line:
                found[name] += line[:LONGEST_FIELD]
                if len(found[name]) > LONGEST_FIELD:
                    name = None
            continue
        title, _, value = line.partition(":")
        name = FIELDS.get(title.rstrip(" \t").lower())
        if name is not None:
            if name in found:
                name = None
            else:
                found[name] = value[:LONGEST_FIELD]
    return found


_BLANKS = frozenset({" ", "\t", ""})


# -- encoded words --------------------------------------------------------------------------------

_WORD = re.compile(r"=\?([^?\s]{1,75})\?([bBqQ])\?([^?]*)\?=")


def words(text: str) -> str:
    """Return a field's text with its encoded words (RFC 2047) decoded, on one line.

    Neighbours of one charset are joined before they are decoded: many programs cut a character
    in two. A word that cannot be decoded stands as well as can be.
    """
    if "=?" not in text:
        return " ".join(text.split()) if not text.isprintable() else text.strip()
    pieces: list[str] = []
    waiting: list[bytes] = []
    charset = ""
    end = 0
    for found in _WORD.finditer(text):
        between = text[end : found.start()]
        name = found[1].partition("*")[0].lower()
        neighbour = bool(waiting) and not between.strip()
        if not neighbour or name != charset:
            pieces.append(decoded(b"".join(waiting), charset) if waiting else "")
            waiting = []
        if not neighbour:
            pieces.append(between)
        charset = name
        raw = found[3].encode("utf-8", "replace")
        if found[2] in "qQ":
            waiting.append(unquoted_printable(raw.replace(b"_", b"=20")))
        else:
            waiting.append(unwrapped_base64(raw))
        end = found.end()
    pieces += [decoded(b"".join(waiting), charset) if waiting else "", text[end:]]
    return " ".join("".join(pieces).split())


# -- dates ----------------------------------------------------------------------------------------

_MONTHS = {
    name: number
    for number, name in enumerate(
        "jan feb mar apr may jun jul aug sep oct nov dec".split(), 1
    )
}  # fmt: skip
_DATE = re.compile(
    r"(?:[A-Za-z]{3}, ?)?(\d{1,2}) ([A-Za-z]{3}) (\d{4}) (\d\d):(\d\d)(?::(\d\d))?"
    r" ([+-])(\d\d)(\d\d)(?: ?\([^()]*\))?",
    re.ASCII,
)
_DAYS_BEFORE = (0, 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334)


def instant(text: str) -> str | None:
    """Return the instant of a Date field as ``YYYY-MM-DDTHH:MM:SSZ``, None where it is none.

    Any form of RFC 5322 counts, obsolete zones too; without a zone it is UTC.
    """
    text = text[:200].strip()
    found = _DATE.fullmatch(text)
    if found is None:
        return _odd_instant(text)
    day, month, year, hour, minute, second, sign, hours, minutes = found.groups()
    number = _MONTHS.get(month.lower())
    if number is None:
        return None
    shift = int(hours) * 60 + int(minutes)
    return _written(
        int(year), number, int(day), int(hour), int(minute), int(second or 0),
        (-shift if sign == "-" else shift) * 60,
    )  # fmt: skip


def _written(
    year: int, month: int, day: int, hour: int, minute: int, second: int, shift: int
) -> str | None:
    if not (FIRST_YEAR <= year <= 9998 and abs(shift) < 100_000):
        return None
    try:
        local = datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC)
    except ValueError:
        return None
    if shift:
        local = datetime.fromtimestamp(local.timestamp() - shift, UTC)
    return f"{local.isoformat()[:19]}Z"


def _odd_instant(text: str) -> str | None:
    from email.utils import parsedate_tz

    try:
        found = parsedate_tz(" ".join(text.split()))
    except (ValueError, IndexError, TypeError, OverflowError):
        return None
    if found is None:
        return None
    return _written(*found[:6], found[9] or 0)


_ENVELOPE_DATE = re.compile(
    r"([A-Za-z]{3}) +(\d{1,2}) +(\d\d):(\d\d)(?::(\d\d))?((?: +[A-Za-z]+| +[+-]\d{4})*) +(\d{4})"
    r"((?: +[A-Za-z]+| +[+-]\d{4})?)"
)


def envelope_instant(line: str) -> str | None:
    """Return the instant of an mbox's ``From `` line, None where it names none."""
    found = _ENVELOPE_DATE.search(line[:300])
    if found is None:
        return None
    month, day, hour, minute, second, zone, year, later_zone = found.groups()
    told = f"{day} {month} {year} {hour}:{minute}:{second or '00'} {(zone + later_zone).strip()}"
    return _odd_instant(told)


def _later(at: str, minutes: int) -> str:
    moved = datetime.fromisoformat(at) + timedelta(minutes=minutes)
    return f"{moved.isoformat()[:19]}Z"


def best_instant(fields: Mapping[str, str], envelope: str, latest: str) -> tuple[str | None, str]:
    """Return when a mail was written, and why nobody knows where that is None.

    The Date field counts; where it is missing, broken or after ``latest``, the time at which our
    server took the mail in, then that of the mbox's ``From `` line. A clock that is fast by less
    than ``SKEW`` loses no mail: it was written ``latest``.
    """
    told = fields.get("date", "")
    at = instant(told) if told else None
    if at is not None and at <= latest:
        return at, ""
    received = fields.get("received", "").rpartition(";")[2]
    for other in (instant(received) if received else None, envelope_instant(envelope)):
        if other is not None and other <= latest:
            return other, ""
    if at is not None and at <= _later(latest, SKEW):
        return latest, ""
    if at is not None:
        return None, f"is dated {at}, which is still to come"
    shown = " ".join(told.split())[:60]
    return None, f"its date cannot be read: {shown!r}" if shown else "has no date"
