"""The board: the open leads of a pipeline, a column a stage, a card a lead.

The sums are those of ``report pipeline``, made by the same functions.
"""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Any

from crm_cli import errors
from crm_cli.queries import leads as queries
from crm_cli.reports import board as figures
from crm_cli.reports import lead_state, pipeline, scope
from crm_cli.result import Level, Look, Message, Report, Result
from crm_cli.store import leads as store

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crm_cli.domain.stage import Stage
    from crm_cli.session import Session

DEFINITION = (
    "Open leads by stage, those worth most by their odds first; weighted is value times odds,"
    " rounded once a lead; ! is longer in its stage than the stage allows."
)

_UNSHOWN = frozenset({"contact_id", "fields"})
COLUMNS = tuple(column for column in queries.COLUMNS if column.key not in _UNSHOWN)
_CELLS = itemgetter(*(column.key for column in COLUMNS))
SHOWN = ("id", "stage", "contact", "title", "value", "currency", "owner", "age_days", "stale")


def board(session: Session, bounds: scope.Bounds, limit: int | None) -> Result:
    """Return the open leads of a pipeline (the first one, unless ``bounds`` names another) that
    the owner and the filter of ``bounds`` leave, by stage.

    ``limit`` is how many cards a column shows; the sums are of all. JSON rows: stage (key),
    name, pipeline, probability, the figures of ``report pipeline`` (leads, with_value,
    without_value, value, weighted, average_age_days, stale, currency), and cards, the flat rows
    of ``lead list``. Where a lead is in a currency without a rate the sums are null, and a remark
    says which. Raises InvalidValue and NotFound.
    """
    from dataclasses import replace

    from crm_cli.queries.stages import resolve_pipeline

    of = resolve_pipeline(session.reader, bounds.pipeline, retired=True)
    chosen = lead_state.read(session, replace(bounds, pipeline=of.key))
    messages = list(chosen.messages)
    currency = None
    try:
        found = lead_state.states(session, chosen, needed=pipeline.IS_OPEN, wanted=pipeline.IS_OPEN)
        currency = found.currency
    except errors.RateMissing as error:
        messages.append(Message(f"no sums: {error.message}; {error.hint}", Level.WARNING))
        found = lead_state.states(session, chosen, needed="0", wanted=pipeline.IS_OPEN)
    clock = pipeline.Clock(session, chosen)
    tallies, placed = figures.by_stage(session, chosen, found, limit)
    for stage in clock.stages.values():
        if stage.kind == "open" and stage.pipeline_id == of.id and not stage.is_retired:
            tallies.setdefault(stage.id, pipeline.Tally())
    order = sorted(tallies, key=lambda number: clock.places[number])
    cards = _cards(session, (lead_id for column in placed.values() for lead_id in column))
    rows = [
        {
            **_head(clock.stages[key]),
            **_figures(tallies[key], currency),
            "cards": [cards[lead_id] for lead_id in placed.get(key, ())],
        }
        for key in order
    ]
    body = Report(
        name="board",
        title=of.name,
        definition=DEFINITION,
        parameters={"limit": limit},
        rows=rows,
        totals=_figures(pipeline.Tally.of(tallies.values()), currency),
        columns=[
            column._replace(words={row["stage"]: row["name"] for row in rows})
            if column.key == "stage"
            else column
            for column in COLUMNS
        ],
        cells=[_CELLS(card) for row in rows for card in row["cards"]],
        notes=_notes(session, of.id, tallies.values(), sum(len(row["cards"]) for row in rows)),
        look=Look.BOARD,
        default_columns=SHOWN,
    )
    noted = lead_state.noted(chosen, body)
    if bounds.pipeline is None and bounds.owner is None and bounds.where is None:
        noted = noted._replace(notes=body.notes)  # the pipeline is the title
    return Result(body=noted, messages=messages)


def _cards(session: Session, ids: Iterable[int]) -> dict[int, dict[str, Any]]:
    rows = store.listed(session.reader, {"ids": store.array(ids)})
    found = {}
    for card in queries.objects(rows, session):
        del card["fields"]
        found[card["id"]] = card
    return found


def _head(stage: Stage) -> dict[str, Any]:
    return {
        "stage": stage.key,
        "name": stage.name,
        "pipeline": stage.pipeline,
        "probability": stage.probability / 10_000,
    }


def _figures(tally: pipeline.Tally, currency: str | None) -> dict[str, Any]:
    found = pipeline.figures(tally, currency or "EUR")
    if currency is not None:
        return found
    # Without a rate nothing can be summed: what is known of all is how many there are.
    unknown = {"value": None, "weighted": None, "currency": None,
               "with_value": None, "without_value": None}  # fmt: skip
    return {**found, **unknown}


def _notes(
    session: Session, pipeline_id: int, tallies: Iterable[pipeline.Tally], shown: int
) -> list[str]:
    total = sum(tally.leads for tally in tallies)
    notes = []
    if shown < total:
        notes.append(f"{shown} of {total} leads shown: --limit is the most a column shows.")
    others = store.open_elsewhere(session.reader, pipeline_id)
    if others:
        named = ", ".join(f"{name} ({scope.counted(count, 'lead')})" for name, count in others)
        notes.append(f"Open elsewhere: {named}; see --pipeline.")
    return notes
