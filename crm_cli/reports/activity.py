"""Who of us talked how much, and with how many: interactions by person, channel, contact or
outcome, and by period.

One index holds, in the order of channel and person, what is asked of talks; each figure is a
stretch of it. By contact and outcome, and of some contacts, the talks are read once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from crm_cli import errors
from crm_cli.domain import periods
from crm_cli.reports import REPORTS, local_days, scope
from crm_cli.reports.activity_sums import (
    DIMENSIONS,
    Dimension,
    Figures,
    Sums,
    add_up,
)
from crm_cli.result import Column, Kind, Look, Report

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crm_cli.reports.local_days import Part, Span
    from crm_cli.result import Result
    from crm_cli.session import Session
    from crm_cli.store.population import Reader

DEFINITION = REPORTS["activity"].definition

MOST_FILLED = 5000
"""So many rows at most are shown with the periods in between."""

SOURCES = (
    ("interactions WHERE", "happened_at"),
    ("follow_ups WHERE state = 'done' AND", "done_at"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityRequest:
    """What ``report activity`` was asked: a unit of periods or None, and what groups talks."""

    bounds: scope.Bounds = field(default_factory=scope.Bounds)
    by: str | None = None
    of: str = "person"

    @property
    def groups(self) -> Dimension:
        """The dimension; raises KeyError for one that ``check`` refuses."""
        return DIMENSIONS[self.of]


def check(request: ActivityRequest) -> None:
    """Raise InvalidValue for a unit or a dimension that does not exist."""
    if request.by is not None:
        periods.check_unit(request.by)
    if request.of not in DIMENSIONS:
        from difflib import get_close_matches

        near = get_close_matches(request.of, DIMENSIONS, 1)
        hint = f"did you mean {near[0]}? " if near else ""
        raise errors.InvalidValue(
            f"{request.of!r} is nothing talks are counted by",
            hint=f"{hint}write --of {', '.join(DIMENSIONS)}",
        )


def periods_of(session: Session, chosen: scope.Scope, unit: str | None) -> tuple[Span, list[Part]]:
    """Return the instants of a scope, and the periods among them in which something happened;
    without a unit one."""
    span = local_days.span_of(chosen, session.zone)
    if unit is None:
        return span, local_days.whole(span)
    return span, local_days.parts(session.reader, SOURCES, span, unit, session.zone)


def report(session: Session, request: ActivityRequest) -> Result:
    """Count talks and done follow-ups (``DEFINITION``).

    Rows: period (with a unit), by (or channel, contact_id and contact, outcome; null where a talk
    has none), interactions, in, out, contacts (not by contact), minutes, follow_ups_done (by
    person, contact and in all). Totals: interactions, in, out, contacts, minutes,
    follow_ups_done. Raises InvalidValue.
    """
    check(request)
    chosen = scope.read(session, request.bounds)
    connection = chosen.reader(session)
    span, among = periods_of(session, chosen, request.by)
    sums = add_up(connection, request.groups, span, among)
    left_out = _fill(sums) if request.by and request.of == "total" else 0
    body = _table(chosen, request, sums)
    notes = [*body.notes, *later_note(connection, chosen, session)]
    if left_out:
        notes.append(f"Left out: {left_out} periods without any talk (narrow with --since).")
    return scope.result(chosen, body._replace(notes=notes), said=said_of(chosen))


def said_of(chosen: scope.Scope) -> list[str]:
    """Name the contacts a report is narrowed to; the other reports count customers here."""
    population = chosen.population
    if population is None:
        return []
    from crm_cli.reports.population import line

    count = "SELECT count(*) FROM contacts"
    (everybody,) = population.reader.connection.execute(count).fetchone()
    size = population.reader.size
    return [line(chosen, population, size, everybody - size, "contact")]


def later_note(connection: Reader, chosen: scope.Scope, session: Session) -> list[str]:
    """Say how many talks lie after the as-of day, if any do."""
    (later,) = connection.execute(
        "SELECT count(*) FROM interactions i WHERE i.happened_at >= :end",
        {"end": local_days.ends(chosen.as_of, session.zone)},
    ).fetchone()
    return [f"Left out: {scope.counted(later, 'talk')} after {chosen.as_of}."] if later else []


def _fill(sums: Sums) -> int:
    """Add the periods in between; return how many there were too many of, so that none was."""
    numbers = [number for number, _ in sums.by_cell]
    between = range(min(numbers, default=0), max(numbers, default=-1) + 1)
    if len(between) > MOST_FILLED:
        return len(between) - len(numbers)
    for number in between:
        sums.by_cell.setdefault((number, None), Figures())
    return 0


def _table(chosen: scope.Scope, request: ActivityRequest, sums: Sums) -> Report:
    unit, key = request.by, request.groups.key

    def rank(cell: tuple[int, int | str | None]) -> tuple[Any, ...]:
        number, group = cell
        figures = sums.by_cell[cell]
        name = sums.names.get(group, group)
        return number, -figures.interactions, -figures.done, name is None, str(name), str(group)

    # Without talks and follow-ups the store's one row of everything is no row.
    order = [
        cell for cell in sorted(sums.by_cell, key=rank)
        if (unit and key is None) or sums.by_cell[cell].interactions or sums.by_cell[cell].done
    ]  # fmt: skip
    rows: list[dict[str, Any]] = []
    for number, group in order:
        row: dict[str, Any] = {"period": periods.label(number, unit)} if unit else {}
        if key == "contact":
            row["contact_id"] = group
        if key:
            row[key] = sums.names.get(group) if key == "contact" else group
        rows.append({**row, **_figures(sums.by_cell[number, group], request.groups)})
    totals = _figures(sums.total, DIMENSIONS["total"])
    columns = [Column("period", "Period")] if unit else []
    if key == "contact":
        columns.append(Column("contact_id", "ID", Kind.ID))
    if key:
        columns.append(Column(key, {"by": "Who"}.get(key, key.capitalize())))
    heads = len(columns)
    columns += [
        column for column in FIGURES
        if column.key in _figures(sums.total, request.groups)
    ]  # fmt: skip
    end = chosen.as_of if chosen.until is None else min(chosen.as_of, chosen.until)
    open_rows = [
        place for place, (number, _) in enumerate(order)
        if unit and not periods.is_closed(number, unit, end)
    ]  # fmt: skip
    total_cells = [totals[column.key] for column in columns[heads:]]
    return Report(
        name="activity",
        title=f"Activity by {' and '.join(filter(None, (unit, key and request.of)))}"
        if unit or key
        else "Activity",
        definition=DEFINITION,
        parameters={**chosen.parameters, "by": unit, "of": request.of},
        rows=rows,
        totals=totals,
        columns=columns,
        cells=[tuple(row[column.key] for column in columns) for row in rows],
        footer=("all", *[None] * (heads - 1), *total_cells) if heads else None,
        notes=_notes(chosen, unit, [rows[place]["period"] for place in open_rows]),
        look=Look.BARS,
        picture_key="interactions",
        open_cells=frozenset(
            (place, column) for place in open_rows for column in range(heads, len(columns))
        ),
    )


FIGURES = (
    Column("interactions", "Talks", Kind.INTEGER),
    Column("in", "In", Kind.INTEGER),
    Column("out", "Out", Kind.INTEGER),
    Column("contacts", "Contacts", Kind.INTEGER),
    Column("minutes", "Minutes", Kind.INTEGER),
    Column("follow_ups_done", "Follow-ups done", Kind.INTEGER),
)


def _figures(sums: Figures, dimension: Dimension) -> dict[str, Any]:
    found = {
        "interactions": sums.interactions,
        "in": sums.incoming,
        "out": sums.outgoing,
        "contacts": sums.contacts,
        "minutes": sums.minutes,
        "follow_ups_done": sums.done,
    }
    if dimension.key == "contact":
        del found["contacts"]
    if dimension.done is None:
        del found["follow_ups_done"]
    return found


def _notes(chosen: scope.Scope, unit: str | None, open_periods: Sequence[str]) -> list[str]:
    notes = [f"As of {chosen.as_of}; {chosen.span('talks')}."]
    if open_periods:
        notes.append(f"{', '.join(sorted(set(open_periods)))}: not covered to its last day.")
    since = chosen.since
    if unit and since and since > periods.first_day(periods.number_of(since, unit), unit):
        notes.append(f"{periods.label(periods.number_of(since, unit), unit)} begins with {since}.")
    return notes
