"""What a report looks at: the as-of day and the bounds, as typed and as understood."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from crm_cli import clock, errors
from crm_cli.result import Message

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from crm_cli.session import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """Days as people typed them; None where they did not."""

    as_of: str | None = None
    period: str | None = None
    since: str | None = None
    until: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Days as understood. ``messages`` echo what was not typed as a date; ``home`` is the
    business's currency."""

    as_of: date
    since: date | None
    until: date | None
    home: str
    messages: Sequence[Message] = field(default=())

    @property
    def parameters(self) -> dict[str, str | None]:
        """The bounds as JSON carries them."""
        return {
            "as_of": self.as_of.isoformat(),
            "since": None if self.since is None else self.since.isoformat(),
            "until": None if self.until is None else self.until.isoformat(),
        }

    @property
    def sql(self) -> dict[str, str]:
        """The bounds as statements take them; open ones as the ends of the calendar."""
        return {
            "as_of": self.as_of.isoformat(),
            "since": "0001-01-01" if self.since is None else self.since.isoformat(),
            "until": "9999-12-31" if self.until is None else self.until.isoformat(),
        }

    def span(self, what: str) -> str:
        """Return the bounds in words: ``orders from 1997-01-01 to 1997-03-31``."""
        if self.since is None and self.until is None:
            return f"{what} of all time"
        start = f" from {self.since}" if self.since else ""
        end = f" to {self.until}" if self.until else ""
        return f"{what}{start}{end}"


def counted(count: int, noun: str) -> str:
    """Return ``1 purchase`` or ``2 purchases``."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def read_day(
    session: Session, text: str, option: str, today: date, messages: list[Message]
) -> date:
    """Read one typed day, counted from ``today``, and echo what was not typed as a date.

    Raises InvalidValue.
    """
    value = clock.read_date(text, today, session.date_order)
    if text.strip() != value.isoformat():
        messages.append(Message(f"{option} {text.strip()!r}: {value} ({value:%A})"))
    return value


def read_span(
    session: Session, bounds: Bounds, today: date, messages: list[Message]
) -> clock.Period:
    """Read the period and the first and last day, as far as they are given: the days that are in
    all of them. Words count from ``today``; what was not typed as a date is echoed in ``messages``.

    Raises InvalidValue for a date or period that is none, and for bounds that leave no day.
    """

    def day(text: str | None, option: str) -> date | None:
        return None if text is None else read_day(session, text, option, today, messages)

    since, until = day(bounds.since, "--since"), day(bounds.until, "--until")
    if bounds.period is not None:
        first, last = clock.read_period(bounds.period, today)
        messages.append(
            Message(f"--period {bounds.period}: {first or 'the beginning'} to {last or 'the end'}")
        )
        since = max(filter(None, (since, first)), default=None)
        until = min(filter(None, (until, last)), default=None)
    if since is not None and until is not None and since > until:
        raise errors.InvalidValue(f"no day lies from {since} to {until}")
    return clock.Period(since, until)


def read(session: Session, bounds: Bounds) -> Scope:
    """Read typed bounds; words such as ``ytd`` or ``-3m`` count from the as-of day.

    Raises InvalidValue for a date or period that is none, for bounds that leave no day, and
    for a period given twice.
    """
    messages: list[Message] = []
    as_of = session.today
    if bounds.as_of is not None:
        as_of = read_day(session, bounds.as_of, "--as-of", as_of, messages)
    if bounds.period is not None and (bounds.since is not None or bounds.until is not None):
        raise errors.InvalidValue("--period and --since/--until say the same thing twice")
    since, until = read_span(session, bounds, as_of, messages)
    return Scope(
        as_of=as_of,
        since=since,
        until=until,
        home=session.setting("currency"),
        messages=tuple(messages),
    )
