"""Rules that make follow-ups: how often to stay in touch, and dates that come round.

A round is known by the day it was counted from and how: ``2026-05-31+6 weeks`` for a cadence
(the last talk), ``2027-05-31-7`` for a date with seven days before it. As long as that stays
the same, a follow-up stays where it was put.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from crm_cli import errors

if TYPE_CHECKING:
    from collections.abc import Mapping

KINDS = ("cadence", "date")
SCOPES = ("all", "tag", "segment", "where", "contact")

MOST = 999
"""So many days, weeks, months, quarters or years may lie between two talks."""

LONGEST_LEAD = 366
"""Days before a date."""

DEFAULT_WINDOW = 10
"""Working days over which follow-ups that would fall due at once are spread."""

HORIZON = 30
"""Days: what was due longer ago when a rule first saw it makes no follow-up."""

GRACE = 14
"""Days a date that comes every year stays due once it is past; then the next year's is meant."""

COMFORTABLE = 3
"""So many follow-ups a day are no crowd: a talk's next one is not put off for them."""

UNITS = {"d": "day", "w": "week", "m": "month", "q": "quarter", "y": "year"}
_DAYS_IN = {"day": 1, "week": 7, "month": 30, "quarter": 91, "year": 365}
_NAMED = {
    "daily": "1 day",
    "weekly": "1 week",
    "fortnightly": "2 weeks",
    "monthly": "1 month",
    "quarterly": "1 quarter",
    "yearly": "1 year",
    "annually": "1 year",
}

ACCEPTED = "'every 6 weeks' (days, weeks, months, quarters, years; 1 to 999), monthly, never"


class Rule(NamedTuple):
    """One rule as stored; the columns of ``reminder_rules``."""

    id: int
    kind: str
    every_text: str | None
    field: str | None
    lead_days: int
    scope: str
    scope_value: str | None
    contact_id: int | None
    text: str | None
    owner: str | None
    window_days: int | None
    is_paused: int
    created_at: str
    updated_at: str

    @property
    def is_yearly(self) -> bool:
        """Whether its date comes round every year."""
        return self.kind == "date" and self.every_text is not None

    @property
    def strength(self) -> tuple[int, int, int]:
        """Return what orders cadences: the narrowest first, of equals the exemptions, then the
        shortest, then the older one."""
        width = {"contact": 0, "all": 2}.get(self.scope, 1)
        return width, days_in(self.every_text) if self.every_text else 0, self.id

    @property
    def named(self) -> str:
        """Return what it does in words: ``every 6 weeks``, ``birthday, 7 days before``."""
        if self.kind == "cadence":
            return f"every {self.every_text}" if self.every_text else "never"
        words = [str(self.field)]
        if self.lead_days:
            words.append(f"{self.lead_days} day{'s' if self.lead_days > 1 else ''} before")
        if self.is_yearly and self.field != "birthday":
            words.append("every year")
        return ", ".join(words)


# -- reading ----------------------------------------------------------------------------------


def read_every(text: str) -> str | None:
    """Return ``6 weeks`` for ``every 6 weeks``, ``6w`` or ``6 weeks``; None for ``never``.

    Raises InvalidValue naming the accepted forms.
    """
    phrase = " ".join(text.lower().split())
    if phrase == "never":
        return None
    found = _NAMED.get(phrase) or interval(phrase, MOST)
    if found is None:
        raise errors.InvalidValue(f"{text!r} is not a cadence", hint=f"write {ACCEPTED}")
    return found


def interval(phrase: str, most: int) -> str | None:
    """Return ``2 weeks`` for ``every 2 weeks``, ``2w``, ``every other week``; None for what is
    no interval of at most ``most`` units."""
    words = phrase.removeprefix("every ").split()
    if len(words) == 1 and words[0][:-1].isdecimal():
        words = [words[0][:-1], words[0][-1]]
    if len(words) == 1:
        words = ["1", *words]
    if len(words) != 2:
        return None
    counts = {"a": 1, "an": 1, "other": 2}
    digits = words[0] if words[0].isascii() and words[0].isdigit() and len(words[0]) < 6 else "0"
    count = counts.get(words[0], int(digits))
    unit = UNITS.get(words[1][:1], "")
    if not 0 < count <= most or words[1] not in {unit, f"{unit}s", unit[:1]}:
        return None
    return f"{count} {unit}{'s' if count > 1 else ''}"


def is_cadence(text: str) -> bool:
    """Say whether a text begins as a cadence does, and is no name of a field."""
    words = text.lower().split()
    return bool(words) and (words[0] in {"every", "never", *_NAMED} or words[0][0].isdigit())


@cache
def parts(every: str) -> tuple[int, str]:
    """Return how many of which unit (``d w m q y``) an interval is. Raises ValueError for what
    is none."""
    count, unit = (interval(every, 9999) or every).split()
    return int(count), unit[0]


def days_in(every: str) -> int:
    """Return about how many days an interval has."""
    count, letter = parts(every)
    return count * _DAYS_IN[UNITS[letter]]


def read_lead(text: str) -> int:
    """Return days for ``7d``, ``7 days``, ``2 weeks`` or ``7``. Raises InvalidValue."""
    phrase = " ".join(text.lower().split())
    if phrase.isascii() and phrase.isdigit() and len(phrase) < 6:
        days = int(phrase)
    elif phrase in {"0d", "0 days"}:
        days = 0
    else:
        found = interval(phrase, LONGEST_LEAD)
        count, letter = parts(found) if found else (-1, "d")
        days = count * {"d": 1, "w": 7}.get(letter, -1)
    if not 0 <= days <= LONGEST_LEAD:
        raise errors.InvalidValue(
            f"{text!r} is not a time before a date",
            hint=f"write 7d, '7 days' or '2 weeks', at most {LONGEST_LEAD} days",
        )
    return days


def read_window(text: str) -> int:
    """Return working days. Raises InvalidValue."""
    phrase = text.strip().lower().removesuffix("days").removesuffix("d").strip()
    days = int(phrase) if phrase.isascii() and phrase.isdigit() and len(phrase) < 4 else 0
    if not 1 <= days <= 260:
        raise errors.InvalidValue(
            f"{text!r} is not a window", hint="write the working days to spread over: 1 to 260"
        )
    return days


# -- texts ------------------------------------------------------------------------------------

PLACEHOLDERS = {"cadence": ("name", "date"), "date": ("name", "date", "age")}
"""What a rule's text may name: the contact, the date (of a cadence: of the last talk), and the
years since a date's year."""


def check_text(text: str, kind: str) -> None:
    """Raise InvalidValue for a text with an unknown placeholder."""
    import string

    known = PLACEHOLDERS[kind]
    accepted = " and ".join(f"{{{name}}}" for name in known)
    try:
        found = [
            (name, spec, conversion)
            for _, name, spec, conversion in string.Formatter().parse(text)
            if name is not None
        ]
    except ValueError as error:
        raise errors.InvalidValue(
            f"the text has a brace that is not closed: {error}",
            hint=f"it may name {accepted}; write {{{{ for a brace",
        ) from None
    for name, spec, conversion in found:
        if name not in known or spec or conversion:
            raise errors.InvalidValue(
                f"{{{name}}} is nothing this rule knows", hint=f"it may name {accepted}"
            )


def render(text: str, values: Mapping[str, str]) -> str:
    """Return a checked text with its placeholders filled in; ``?`` for what is not known."""
    if "{" not in text and "}" not in text:
        return text
    return "".join(
        piece if name is None else values.get(name, "?") for piece, name in _pieces(text)
    )


@cache
def _pieces(text: str) -> tuple[tuple[str, str | None], ...]:
    """Return literals and names in a text, as ``string.Formatter`` reads it, whose import costs
    a tenth of what a change may take."""
    found: list[tuple[str, str | None]] = []
    at = 0
    while at < len(text):
        end = text.find("}", at)
        if text[at] in "{}" and text[at + 1 : at + 2] == text[at]:
            found.append((text[at], None))
            at += 2
        elif text[at] == "{" and end > at:
            found.append(("", text[at + 1 : end]))
            at = end + 1
        else:
            found.append((text[at], None))
            at += 1
    return tuple(found)


def default_text(rule: Rule, age: int | None) -> str:
    """Return the text of a rule that was given none."""
    if rule.kind == "cadence":
        return f"Stay in touch (every {rule.every_text})"
    name = str(rule.field).split(".")[-1].replace("_", " ")
    title = f"{name[:1].upper()}{name[1:]} on {{date}}"
    if rule.field == "birthday" and age is not None:
        return f"{title}, turns {age}"
    return f"{title} ({age} years)" if rule.is_yearly and age else title


# -- dates that come round --------------------------------------------------------------------


def in_year(month: int, day: int, year: int) -> date:
    """Return a day of the year in a certain one; 29 February is the 28th in common years."""
    try:
        return date(year, month, day)
    except ValueError:
        return date(year, month, day - 1)


def next_round(text: str, since: date) -> date | None:
    """Return the first day from ``since`` on that a date (``1990-05-31`` or ``--05-31``) comes
    round; None where the calendar ends."""
    return _next_round(text[-5:], since)


@cache
def _next_round(text: str, since: date) -> date | None:
    month, day = int(text[:2]), int(text[3:])
    for year in (since.year, since.year + 1):
        if year > date.max.year:
            return None
        found = in_year(month, day, year)
        if found >= since:
            return found
    return None


def is_round(text: str, on: date) -> bool:
    """Say whether a date comes round on a day."""
    return in_year(int(text[-5:-3]), int(text[-2:]), on.year) == on


def age(text: str, on: date) -> int | None:
    """Return the years from a date with a year to a day; None without one."""
    return on.year - int(text[:4]) if text[:1].isdigit() else None


def dated(on: date, lead_days: int) -> str:
    """Return how the round of a date is known."""
    return f"{on.isoformat()}-{lead_days}" if lead_days else on.isoformat()


def counted(since: date, every: str) -> str:
    """Return how the round of a cadence or of a service is known."""
    return f"{since.isoformat()}+{every}"


def lead_day(on: date, lead_days: int, earliest: date) -> date:
    """Return the day on which to be reminded of a date, but not before ``earliest``."""
    try:
        return max(on - timedelta(days=lead_days), earliest)
    except OverflowError:
        return earliest


def window_of(rule: Rule, *, at_once: bool) -> int:
    """Return the working days among which a day is chosen: the rule's own; else those for what
    would fall due at once, or as many as put a talk off by no more than a seventh."""
    if rule.window_days:
        return rule.window_days
    if at_once:
        return DEFAULT_WINDOW
    return min(DEFAULT_WINDOW, max(1, days_in(rule.every_text or "1 day") // 7))
