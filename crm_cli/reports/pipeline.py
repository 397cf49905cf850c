"""The pipeline: open leads by stage, owner, source or pipeline, their value and weighted value."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from crm_cli import errors
from crm_cli.domain.rounding import ratio
from crm_cli.domain.values import money_text
from crm_cli.reports import REPORTS, lead_evidence, lead_state, local_days, scope
from crm_cli.result import Column, Kind, Look, Report, Result

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from crm_cli.domain.stage import Stage
    from crm_cli.reports.lead_rates import States
    from crm_cli.reports.lead_state import LeadScope
    from crm_cli.session import Session

DEFINITION = REPORTS["pipeline"].definition

GROUPS = ("stage", "owner", "source", "pipeline")

NO_VALUE = "(none)"
"""How the row without an owner or source is named in a cell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PipelineRequest:
    """What ``report pipeline`` was asked."""

    bounds: scope.Bounds = field(default_factory=scope.Bounds)
    by: str = "stage"


def check(by: str) -> None:
    """Raise InvalidValue for what open leads are not summed by."""
    if by not in GROUPS:
        from difflib import get_close_matches

        near = get_close_matches(by, GROUPS, 1)
        hint = f"did you mean {near[0]}? " if near else ""
        raise errors.InvalidValue(
            f"{by!r} is nothing a pipeline is summed by",
            hint=f"{hint}write --by {', '.join(GROUPS)}",
        )


class Lead(NamedTuple):
    """An open lead: ``amount`` and ``weighted`` in minor units of the report's currency, None
    without a value."""

    id: int
    pipeline_id: int
    stage_id: int
    owner: str | None
    source: str | None
    amount: int | None
    weighted: int | None
    opened_at: str
    stage_since: str


IS_OPEN = "state = 'open'"


def leads(session: Session, chosen: LeadScope) -> tuple[States, list[Lead]]:
    """Return the open leads as of the day. Raises RateMissing."""
    found = lead_state.states(session, chosen, needed=IS_OPEN, wanted=IS_OPEN)
    rows = session.reader.execute(
        f"WITH {found.sql} SELECT {', '.join(Lead._fields)} FROM states WHERE {IS_OPEN}",
        found.parameters,
    ).fetchall()
    return found, list(map(Lead._make, rows))


def report(session: Session, request: PipelineRequest) -> Result:
    """Sum open leads by stage, owner, source or pipeline (``DEFINITION``).

    Rows: stage and pipeline (keys), or owner, source (null where a lead has none) or pipeline;
    leads, with_value, without_value, value, weighted, average_age_days, stale, currency. Totals:
    leads, value, weighted, currency, with_value, without_value, average_age_days, stale. Raises
    InvalidValue, NotFound, RateMissing.
    """
    check(request.by)
    chosen = lead_state.read(session, request.bounds)
    found, listed = leads(session, chosen)
    clock = Clock(session, chosen)
    tallies: dict[Any, Tally] = {key: Tally() for key in _empty_rows(clock, chosen, request.by)}
    for lead in listed:
        tallies.setdefault(key_of(lead, request.by), Tally()).add(lead, clock)
    order = sorted(tallies, key=lambda key: clock.rank(key, tallies[key], request.by))
    heads = _heads(session, request.by)
    rows = [
        {**clock.named(key, request.by), **figures(tallies[key], found.currency)} for key in order
    ]
    everything = Tally.of(tallies.values())
    totals = figures(everything, found.currency)
    columns = [*heads, *FIGURES]
    body = Report(
        name="pipeline",
        title=f"Pipeline by {request.by}",
        definition=DEFINITION,
        parameters={"by": request.by},
        rows=rows,
        totals={
            key: totals[key]
            for key in ("leads", "value", "weighted", "currency", "with_value", "without_value",
                        "average_age_days", "stale")
        },
        columns=columns,
        cells=[tuple(row[column.key] for column in columns) for row in rows],
        footer=(
            "all", *[None] * (len(heads) - 1), *(totals[column.key] for column in FIGURES)
        ),
        notes=_notes(session, chosen, everything),
        look=Look.BARS,
        picture_key="weighted",
        default_columns=[
            column.key
            for column in columns
            if column.key != "pipeline" or request.by != "stage" or clock.several
        ],
    )  # fmt: skip
    return Result(body=lead_state.noted(chosen, body), messages=chosen.messages)


FIGURES = (
    Column("leads", "Leads", Kind.INTEGER),
    Column("with_value", "With value", Kind.INTEGER),
    Column("without_value", "Without", Kind.INTEGER),
    Column("value", "Value", Kind.MONEY),
    Column("weighted", "Weighted", Kind.MONEY),
    Column("average_age_days", "Days old", Kind.NUMBER),
    Column("stale", "Stale", Kind.INTEGER),
    Column("currency", "Currency"),
)


def _heads(session: Session, by: str) -> list[Column]:
    of = {
        "pipeline": Column("pipeline", "Pipeline",
                           words=lead_evidence.words(session.reader, "pipelines")),
        "stage": Column("stage", "Stage", words=lead_evidence.words(session.reader, "stages")),
        "owner": Column("owner", "Owner"),
        "source": Column("source", "Source"),
    }  # fmt: skip
    return [of["stage"], of["pipeline"]] if by == "stage" else [of[by]]


# -- adding up ------------------------------------------------------------------------------------


class Tally:
    """Sums over some leads; ages in days."""

    __slots__ = ("age", "leads", "stale", "value", "weighted", "with_value")

    def __init__(self) -> None:
        self.leads = self.with_value = self.value = self.weighted = self.age = self.stale = 0

    def add(self, lead: Lead, clock: Clock) -> None:
        """Add a lead."""
        self.leads += 1
        if lead.amount is not None:
            self.with_value += 1
            self.value += lead.amount
            self.weighted += lead.weighted or 0
        self.age += clock.age(lead)
        self.stale += clock.is_stale(lead)

    @classmethod
    def of(cls, tallies: Iterable[Tally]) -> Tally:
        """Return the sum of several."""
        total = cls()
        for tally in tallies:
            for name in cls.__slots__:
                setattr(total, name, getattr(total, name) + getattr(tally, name))
        return total


def figures(tally: Tally, currency: str) -> dict[str, Any]:
    """Return what a row of the report, and a column of the board, says of some leads."""
    return {
        "leads": tally.leads,
        "with_value": tally.with_value,
        "without_value": tally.leads - tally.with_value,
        "value": money_text(tally.value, currency),
        "weighted": money_text(tally.weighted, currency),
        "average_age_days": ratio(tally.age, tally.leads, 1),
        "stale": tally.stale,
        "currency": currency,
    }


def key_of(lead: Lead, by: str) -> Any:
    """Return the row a lead belongs to: the id of its stage or pipeline, or its owner or source."""
    return getattr(lead, {"stage": "stage_id", "pipeline": "pipeline_id"}.get(by, by))


class Clock:
    """Ages and limits as of the day, and the stages in their order."""

    def __init__(self, session: Session, chosen: LeadScope) -> None:
        from datetime import timedelta

        from crm_cli.store import stages

        self.stages: dict[int, Stage] = {stage.id: stage for stage in stages.stages(session.reader)}
        self.pipelines = {row.id: row for row in stages.pipelines(session.reader)}
        self.places = {number: place for place, number in enumerate(self.stages)}
        self.several = len(self.pipelines) > 1
        self._days = local_days.Days(session.zone)
        self._today = chosen.as_of.toordinal()
        # Longer in the stage than the limit: entered before the day that many days ago.
        self._stale_before = {
            stage.id: (
                ""
                if stage.rotten_days is None
                else local_days.begins(chosen.as_of - timedelta(stage.rotten_days), session.zone)
            )
            for stage in self.stages.values()
        }

    def age(self, lead: Lead) -> int:
        """Return the days from a lead's opening to the as-of day."""
        return self._today - self._days.ordinal(lead.opened_at)

    def is_stale(self, lead: Lead) -> bool:
        """Say whether a lead has been in its stage for longer than the limit."""
        return lead.stage_since < self._stale_before[lead.stage_id]

    def named(self, key: Any, by: str) -> dict[str, Any]:
        """Return what a row is called, as JSON carries it."""
        if by == "stage":
            return {"stage": self.stages[key].key, "pipeline": self.stages[key].pipeline}
        return {by: self.pipelines[key].key if by == "pipeline" else key}

    def rank(self, key: Any, tally: Tally, by: str) -> tuple[Any, ...]:
        """Return where a row stands: stages and pipelines in their order, else the most first."""
        if by == "stage":
            return (self.places[key],)
        if by == "pipeline":
            row = self.pipelines[key]
            return row.is_retired, row.position, row.id
        return -tally.weighted, -tally.value, -tally.leads, key is None, key or ""


def _empty_rows(clock: Clock, chosen: LeadScope, by: str) -> Sequence[int]:
    """Return the rows that stand there without a lead: the open stages and pipelines in use."""
    pipelines = [
        row.id
        for row in clock.pipelines.values()
        if not row.is_retired and chosen.pipeline_id in {None, row.id}
    ]
    if by == "pipeline":
        return pipelines
    if by != "stage":
        return []
    return [
        stage.id
        for stage in clock.stages.values()
        if stage.kind == "open" and not stage.is_retired and stage.pipeline_id in pipelines
    ]


def _notes(session: Session, chosen: LeadScope, everything: Tally) -> list[str]:
    notes = [f"As of {chosen.as_of}: open leads, won and lost ones are not in it."]
    missing = everything.leads - everything.with_value
    if missing:
        have = "has" if missing == 1 else "have"
        notes.append(
            f"{scope.counted(missing, 'lead')} {have} no value: in no sum, and not counted as 0."
        )
    if chosen.as_of < session.today:
        notes.append(
            "Stage, value, odds and owner are those of that day; source and limits as they are now."
        )
    return notes


# -- explaining -----------------------------------------------------------------------------------

CELLS: dict[str, Callable[[Lead, Clock], bool]] = {
    "leads": lambda _, __: True,
    "with_value": lambda lead, _: lead.amount is not None,
    "without_value": lambda lead, _: lead.amount is None,
    "value": lambda lead, _: lead.amount is not None,
    "weighted": lambda lead, _: lead.amount is not None,
    "average_age_days": lambda _, __: True,
    "stale": lambda lead, clock: clock.is_stale(lead),
}
"""Column -> which leads of a row it counts."""
