"""Reading an import's cells: dates, amounts, countries and fingerprints. No words such as
``tomorrow`` are taken from a file: a date in a file is a date.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from functools import lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING

from crm_cli import errors
from crm_cli.services.importing import RowProblem

if TYPE_CHECKING:
    from datetime import tzinfo

_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII)
_YEAR_FIRST = re.compile(r"(\d{4})(?:[/.](\d{1,2})[/.](\d{1,2})|(\d{2})(\d{2}))", re.ASCII)
_NUMERIC = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4}|\d{2})", re.ASCII)
_NO_YEAR = re.compile(r"(\d{1,2})[/.](\d{1,2})\.?", re.ASCII)
_TIME = re.compile(
    r"[ T]\s*(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?\s*([AaPp][Mm])?\s*"
    r"(Z|UTC|GMT|[+-]\d{2}:?\d{2})?",
    re.ASCII,
)
_PLAIN_TIME = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?: UTC|Z)?", re.ASCII)
_WRONG_DATE = "write 2027-04-03, or say the order of the file's dates with --dates dmy or mdy"


class DateReader:
    """Reads a file's dates into ``YYYY-MM-DD`` of the business's time zone.

    A time with an offset becomes the business's date; without one it is the date as written.
    ``order`` is ``ymd``, ``dmy``, ``mdy`` or None: then ``03/04/2027`` is refused. Of years with
    two digits, 00 to 68 are 2000 to 2068 and 69 to 99 are 1969 to 1999 (as POSIX has it).
    """

    def __init__(self, zone: tzinfo, order: str | None) -> None:
        self._zone = zone
        self._order = order

    def day(self, text: str) -> str:
        """Return the day. Raises ValueError with the reason."""
        bare = text.strip()
        for size in (len(bare), 10, 9, 8, 7, 6):
            if size > len(bare) or (size < len(bare) and bare[size] not in " T"):
                continue
            day = self._date(bare[:size])
            if day is None:
                continue
            rest = bare[size:]
            return (self._moved(day, rest, text) if rest else day).isoformat()
        raise ValueError(f"{text!r} is not a date; {_WRONG_DATE}")

    def instant(self, text: str) -> str:
        """Return a time as ``YYYY-MM-DDTHH:MM:SSZ``; without an offset it is the business's, a
        bare day its midnight. Raises ValueError with the reason."""
        bare = text.strip()
        if _PLAIN_TIME.fullmatch(bare):  # by far the most
            zone = UTC if bare[19:] else self._zone
            try:
                plain = datetime.fromisoformat(bare[:19]).replace(tzinfo=zone).astimezone(UTC)
            except (ValueError, OverflowError):
                raise ValueError(f"{text!r} is not in the calendar") from None
            return plain.replace(tzinfo=None).isoformat() + "Z"
        for size in (len(bare), 10, 9, 8, 7, 6):
            if size > len(bare) or (size < len(bare) and bare[size] not in " T"):
                continue
            day = self._date(bare[:size])
            if day is not None:
                moment = self._moment(day, bare[size:] or " 00:00", text)
                try:
                    moment = moment.astimezone(UTC)
                except OverflowError:
                    raise ValueError(f"{text!r} is not a time") from None
                return moment.replace(tzinfo=None).isoformat() + "Z"
        raise ValueError(f"{text!r} is not a date; {_WRONG_DATE}")

    def birthday(self, text: str) -> str:
        """Return the day, or ``--MM-DD`` where the year is missing: ``31.05.``, ``5/31``, or
        1604, which stands for no year in the address books of Apple. Raises ValueError."""
        if matched := _NO_YEAR.fullmatch(text.strip()):
            # Of the order alone: a leap year has every day there is.
            day = self._ordered(text, matched[1], matched[2], "2000", yearless=True).isoformat()
        else:
            day = self.day(text)
            if not day.startswith("1604-"):
                return day
        return f"-{day[4:]}"

    def _date(self, text: str) -> date | None:
        if matched := _ISO.fullmatch(text):
            return _made(text, matched[1], matched[2], matched[3])
        if matched := _YEAR_FIRST.fullmatch(text):
            return _made(text, matched[1], matched[2] or matched[4], matched[3] or matched[5])
        if matched := _NUMERIC.fullmatch(text):
            return self._ordered(text, matched[1], matched[2], matched[3])
        return None

    def _ordered(
        self, text: str, first: str, second: str, third: str, *, yearless: bool = False
    ) -> date:
        if self._order == "dmy":
            return _made(text, _full(third), second, first)
        if self._order == "mdy":
            return _made(text, _full(third), first, second)
        if self._order == "ymd" and len(third) == 2 and len(first) == 2:
            return _made(text, _full(first), second, third)
        meant: dict[str, str] = {}
        for order, month, day in (("dmy", second, first), ("mdy", first, second)):
            try:
                meant[order] = _made(text, _full(third), month, day).isoformat()
            except ValueError:
                continue
        if not meant:
            raise ValueError(f"{text!r} is not in the calendar")
        days = dict.fromkeys(meant.values())
        orders = " or ".join(meant)
        if yearless:
            spelt = " or ".join(f"-{day[4:]}" for day in days)
            which = "day and month stand in an order nobody said"
            raise ValueError(f"{text!r}: {which}; write {spelt}, or say --dates {orders}")
        raise ValueError(
            f"{text!r} is not written year first; write {' or '.join(days)},"
            f" or say --dates {orders}"
        )

    def _moved(self, day: date, rest: str, original: str) -> date:
        return self._moment(day, rest, original).astimezone(self._zone).date()

    def _moment(self, day: date, rest: str, original: str) -> datetime:
        """Return the time of what stands behind a day. Raises ValueError."""
        matched = _TIME.fullmatch(rest)
        if not matched:
            raise ValueError(f"{original!r} is not a date with a time; {_WRONG_DATE}")
        hour, minute, second = int(matched[1]), int(matched[2]), int(matched[3] or 0)
        if matched[4]:
            if not 1 <= hour <= 12:
                raise ValueError(f"{original!r} has no such hour")
            hour = hour % 12 + (12 if matched[4].lower() == "pm" else 0)
        try:
            clock = time(hour, minute, min(second, 59))
            offset = matched[5]
            if not offset:
                return datetime.combine(day, clock, self._zone)
            zone = UTC if offset in {"Z", "UTC", "GMT"} else datetime.strptime(offset, "%z").tzinfo
            moment = datetime.combine(day, clock, zone)
            moment.astimezone(self._zone)
        except (ValueError, OverflowError):
            raise ValueError(f"{original!r} is not a time") from None
        return moment


def _full(year: str) -> str:
    if len(year) == 4:
        return year
    return ("20" if int(year) < 69 else "19") + year


def _made(text: str, year: str, month: str, day: str) -> date:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        raise ValueError(f"{text!r} is not in the calendar") from None


def instant(text: str) -> str:
    """Return ``YYYY-MM-DDTHH:MM:SSZ`` of a bookkeeping column. Raises ValueError."""
    value = datetime.fromisoformat(text.strip())
    if value.tzinfo is None:
        value = value.replace(tzinfo=UTC)
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


_MARKS = re.compile(r"[$\u20ac\u00a3\u00a5\u20b9]")


def plain_amount(text: str, currency: str) -> str:
    """Return an amount's text without currency marks: ``($ 12.50)`` -> ``-12.50``."""
    bare = _MARKS.sub("", text).strip()
    if bare.upper().endswith(currency):
        bare = bare[: -len(currency)].strip()
    elif bare.upper().startswith(currency):
        bare = bare[len(currency) :].strip()
    if bare.startswith("(") and bare.endswith(")"):
        bare = "-" + bare[1:-1].strip()
    if bare.endswith("-") and len(bare) > 1:
        bare = "-" + bare[:-1].strip()
    return bare


@lru_cache(maxsize=65536)
def hash63(text: str) -> int:
    """Return 63 bits that tell texts apart, the same on every machine and for ever: they are
    kept in the store."""
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big") >> 1


MASK63 = (1 << 63) - 1
AMOUNT_FACTOR = 0x5851F42D4C957F2D
"""An odd number with many bits set: spreads amounts over the 63 bits of a fingerprint."""


@lru_cache(maxsize=1024)
def country_code(text: str) -> str | None:
    """Return the ISO 3166 code of a country as people write it, None where it is not known."""
    from crm_cli.domain.countries import read_code

    word = text.strip().upper()
    if len(word) == 2 and word.isascii() and word.isalpha():
        return "GB" if word == "UK" else word
    try:
        return read_code(word)
    except errors.InvalidValue:
        return None


def problem(field: str, error: Exception) -> RowProblem:
    """Return the row's problem for an error that a reader raised."""
    message = getattr(error, "message", None) or str(error)
    hint = getattr(error, "hint", None)
    return RowProblem(field, f"{message}; {hint}" if hint else message)


def one_line(text: str) -> str | None:
    """Return a text as one line without blanks to spare, None where nothing is left."""
    return " ".join(text.split()) or None
