"""How the values of filters are read: amounts, days, countries, parts of phone numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crm_cli import clock, errors
from crm_cli.domain import values

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from crm_cli.session import Session


def yes_or_no(text: str) -> bool:
    """Read a flag. Raises InvalidValue."""
    word = text.strip().lower()
    if word in {"yes", "true", "1"}:
        return True
    if word in {"no", "false", "0"}:
        return False
    raise errors.InvalidValue(f"{text!r} is neither yes nor no", hint="write yes or no")


def thousandths(text: str, typed: str) -> int:
    """Read a number with at most three decimals, in thousandths. Raises InvalidValue."""
    try:
        return values.read_quantity(text)
    except errors.InvalidValue as error:
        hint = error.hint if "two ways" in error.message else "write it as 2 or 0.5"
        raise errors.InvalidValue(f"{typed!r} is not a number", hint=hint) from None


_SYMBOLS = {"€": "EUR", "£": "GBP"}


def money(text: str) -> tuple[int, str | None]:
    """Read an amount in ten-thousandths of a major unit, and its currency where one stands
    beside it. Raises InvalidValue."""
    bare, currency = text.strip(), None
    for part in (bare[:3], bare[-3:], bare[:1], bare[-1:]):
        if len(bare) > 3 and ((len(part) == 3 and part.isalpha()) or part in _SYMBOLS):
            currency = values.read_currency(_SYMBOLS.get(part, part))
            bare = bare.removeprefix(part).removesuffix(part).strip()
            break
    try:
        # Four decimals are the most that any currency has.
        return values.read_amount(bare, "CLF"), currency
    except errors.InvalidValue as error:
        hint = error.hint if "two ways" in error.message else "write 12.50 or 12.50 CHF"
        raise errors.InvalidValue(f"{text!r} is not an amount", hint=hint) from None


def minor_units(ten_thousandths: int, currency: str) -> tuple[int, int]:
    """Return an amount in minor units, rounded up and down: both the same, where it is one."""
    scale: int = 10 ** (4 - values.exponent(currency))
    return -(-ten_thousandths // scale), ten_thousandths // scale


def days(session: Session, text: str) -> tuple[date, date]:
    """Read a day or a period: its first and last day. Raises InvalidValue."""
    try:
        since, until = clock.read_period(text, session.today)
    except errors.InvalidValue:
        try:
            day = clock.read_date(text, session.today, session.date_order)
        except errors.InvalidValue as error:
            hint = f"{error.hint}; or a period: 2026, 2026-Q2, 2026-05, last-month, ytd"
            raise errors.InvalidValue(error.message, hint=hint) from None
        return day, day
    if since is None or until is None:
        raise errors.InvalidValue(f"{text!r} has no first and last day", hint="name a day or month")
    return since, until


def instants(session: Session, low: date, high: date) -> tuple[str, str]:
    """Return the first and last second of days of the business, as stored."""
    from datetime import datetime, time, timedelta

    zone = session.zone
    try:
        first = datetime.combine(low, time(), zone)
        last = datetime.combine(high + timedelta(days=1), time(), zone)
        ends = clock.instant_text(last), clock.instant_text(first)
    except OverflowError:
        raise errors.InvalidValue(f"{low} is outside the calendar") from None
    before = datetime.fromisoformat(ends[0]) - timedelta(seconds=1)
    return ends[1], clock.instant_text(before)


def moments(session: Session, text: str) -> tuple[str, str] | None:
    """Read a day with a time, of the business unless it tells another offset: its first and last
    second, as stored; None for text without a time. Raises InvalidValue."""
    from datetime import datetime, timedelta

    if ":" not in text:
        return None
    try:
        typed = clock.read_moment(text, session.today, session.date_order)
    except errors.InvalidValue as error:
        try:
            second = clock.instant_text(clock.read_instant(text, session.zone))
        except errors.InvalidValue:
            raise error from None
        return second, second
    if typed.at is None:
        return None
    start = datetime.combine(typed.on, typed.at, session.zone)
    try:
        return clock.instant_text(start), clock.instant_text(start + timedelta(seconds=59))
    except OverflowError:
        raise errors.InvalidValue(f"{text!r} is outside the calendar") from None


def birthday_without_year(text: str) -> str | None:
    """Return ``-05-31`` for ``--05-31`` and ``-05-`` for ``--05``, None for other text.

    Raises InvalidValue for a day or month that no year has.
    """
    from crm_cli.domain.contact import read_birthday_without_year

    bare = text.strip()
    month = bare.removeprefix("--")
    if bare.startswith("--") and month.isascii() and month.isdigit() and len(month) <= 2:
        if not 1 <= int(month) <= 12:
            raise errors.InvalidValue(f"{text!r} is not a month", hint="write --05 for May")
        return f"-{int(month):02}-"
    found = read_birthday_without_year(bare)
    return None if found is None else found[1:]


def phone_part(text: str, how: str) -> str:
    """Return what of a number is looked for in its E.164 form. Raises InvalidValue."""
    digits = "".join(char for char in text if char in "0123456789")
    if not digits:
        raise errors.InvalidValue(f"{text!r} is no part of a phone number", hint="write digits")
    if text.startswith(("+", "00")):
        return "+" + digits.lstrip("0")
    if how == "begins":
        raise errors.InvalidValue(
            f"{text + '*'!r}: numbers begin with + and the country's", hint="write +41*"
        )
    # The zero before an area code is not part of the number as it is kept.
    return digits.lstrip("0") or digits


def countries(text: str, known: Iterable[str]) -> list[str]:
    """Return the spellings in use of the country that is meant by a code or a name.

    Raises InvalidValue for what is no country and stands nowhere.
    """
    from crm_cli.domain.countries import read_code

    found = [word for word in known if values.fold(word) == values.fold(text)]
    try:
        code = read_code(text)
    except errors.InvalidValue:
        if found:
            return found
        raise
    for word in known:
        try:
            if read_code(word) == code and word not in found:
                found.append(word)
        except errors.InvalidValue:
            continue
    return found


# -- revenue ----------------------------------------------------------------------------------


def revenue_currency(session: Session) -> str:
    """Return the currency revenue is in: the one of all data, the business's where several
    meet."""
    from crm_cli.reports.source import one_currency

    found = one_currency(session.reader, session.today.isoformat())
    return found or session.setting("currency")


def converted(session: Session) -> str | None:
    """Return, where several currencies meet, [id, minor units] of those who did not pay in the
    business's alone, as JSON: each row at the rate of its day, without a rate left out."""
    from crm_cli.reports.source import one_currency

    if one_currency(session.reader, session.today.isoformat()) is not None:
        return None
    import json

    from crm_cli.store import filter_sums, rates

    home = session.setting("currency")
    book = rates.book(session.reader, home)
    sums: dict[int, int] = {}
    missing: set[int] = set()
    rows = filter_sums.foreign_money(session.reader, home, session.today.isoformat())
    for contact_id, day, currency, minor in rows:
        try:
            amount = book.convert(minor, currency, home, day)
        except errors.RateMissing:
            missing.add(contact_id)
        else:
            sums[contact_id] = sums.get(contact_id, 0) + amount
    return json.dumps([[key, sums[key]] for key in sums if key not in missing])
