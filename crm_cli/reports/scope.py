"""What a report looks at: the as-of day and the bounds, as typed and as understood."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from crm_cli import clock, errors
from crm_cli.result import Message, Result

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from crm_cli.reports.population import Population
    from crm_cli.result import Report
    from crm_cli.session import Session
    from crm_cli.store.population import Reader


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """Days and whom to look at, as people typed them; None where they did not. ``pipeline`` and
    ``owner`` are for reports on leads."""

    as_of: str | None = None
    period: str | None = None
    since: str | None = None
    until: str | None = None
    where: str | None = None
    segment: str | None = None
    pipeline: str | None = None
    owner: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Days as understood. ``messages`` echo what was not typed as a date; ``home`` is the
    business's currency; ``population`` whom a report is narrowed to."""

    as_of: date
    since: date | None
    until: date | None
    home: str
    messages: Sequence[Message] = field(default=())
    population: Population | None = None

    def reader(self, session: Session) -> Reader:
        """Return the store, or what the population leaves of it."""
        return session.reader if self.population is None else self.population.reader

    @property
    def narrowed_by(self) -> dict[str, str | None]:
        """What the report is narrowed by, as JSON carries it."""
        population = self.population
        return {
            "where": None if population is None else population.where,
            "segment": None if population is None else population.segment,
        }

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

    Raises InvalidValue for a date or period that is none, for bounds that leave no day, for a
    period given twice and for a filter that is none, NotFound for a segment.
    """
    messages: list[Message] = []
    as_of = session.today
    if bounds.as_of is not None:
        as_of = read_day(session, bounds.as_of, "--as-of", as_of, messages)
    if bounds.period is not None and (bounds.since is not None or bounds.until is not None):
        raise errors.InvalidValue("--period and --since/--until say the same thing twice")
    since, until = read_span(session, bounds, as_of, messages)
    chosen = Scope(
        as_of=as_of,
        since=since,
        until=until,
        home=session.setting("currency"),
        messages=tuple(messages),
    )
    if bounds.where is None and bounds.segment is None:
        return chosen
    from crm_cli.reports import population

    found, remarks = population.read(session, chosen, bounds.where, bounds.segment)
    return replace(chosen, population=found, messages=(*messages, *remarks))


def result(
    chosen: Scope,
    body: Report,
    *,
    messages: Sequence[Message] | None = None,
    said: Sequence[str] | None = None,
) -> Result:
    """Return a report's result with its population: in the parameters, in the notes (``said``:
    in other words than customers), and without rows where nobody is in it."""
    body = body._replace(parameters={**body.parameters, **chosen.narrowed_by})
    if chosen.population is not None:
        from crm_cli.reports import population

        lines = population.notes(chosen) if said is None else said
        body = population.without_rows(chosen, body._replace(notes=[*lines, *body.notes]))
    return Result(body=body, messages=chosen.messages if messages is None else messages)
