"""Why leads are lost: by reason, competitor, the stage they were lost from, owner or source."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from crm_cli import errors
from crm_cli.domain.rounding import finer, ratio, shown
from crm_cli.domain.values import money_text
from crm_cli.reports import REPORTS, lead_bounds, lead_evidence, lead_state, scope
from crm_cli.result import Column, Kind, Look, Report

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crm_cli.reports.lead_rates import States
    from crm_cli.reports.lead_state import LeadScope
    from crm_cli.result import Result
    from crm_cli.session import Session

DEFINITION = REPORTS["losses"].definition

LOST_FROM = """(SELECT h.stage_id FROM stage_changes h
  WHERE h.lead_id = b.id AND h.entered_at <= b.closed_at AND h.left_at <= b.closed_at
  ORDER BY h.entered_at DESC, h.id DESC LIMIT 1)"""
"""SQL for the stage a lead (``b``) was in before it was closed, NULL for one entered as lost."""

GROUPS = {
    "reason": "b.loss_reason",
    "competitor": "b.competitor",
    "stage": LOST_FROM,
    "owner": "b.owner",
    "source": "b.source",
    "campaign": "b.campaign",
}
"""What lost leads are counted by -> SQL."""

WITH_WON = ("owner", "source", "campaign")
"""Groups that won leads have as well, so that each row has a win rate."""

NONE_WON = ("won", "win_rate", "win_rate_by_value")
"""The figures that rows of other groups do not have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LossesRequest:
    """What ``report losses`` was asked."""

    bounds: scope.Bounds = field(default_factory=scope.Bounds)
    by: str = "reason"


def check(by: str) -> None:
    """Raise InvalidValue for what lost leads are not counted by."""
    if by not in GROUPS:
        from difflib import get_close_matches

        near = get_close_matches(by, GROUPS, 1)
        hint = f"did you mean {near[0]}? " if near else ""
        raise errors.InvalidValue(
            f"{by!r} is nothing losses are counted by", hint=f"{hint}write --by {', '.join(GROUPS)}"
        )


class Sums(NamedTuple):
    """Closed leads of a group: how many, how many with a value, and that value in minor units."""

    lost: int = 0
    lost_valued: int = 0
    lost_value: int = 0
    won: int = 0
    won_valued: int = 0
    won_value: int = 0

    def __add__(self, other: tuple[Any, ...]) -> Sums:
        """Return both together."""
        return Sums(*map(int.__add__, self, other))


def report(session: Session, request: LossesRequest) -> Result:
    """Count lost leads by what they were lost for (``DEFINITION``).

    Rows: reason, competitor, stage (with pipeline), owner, source or campaign (null where a lead
    has none); lost, share, with_value, without_value, value, share_of_value, currency; of owner,
    source and campaign also won, win_rate, win_rate_by_value. Totals: lost, won, open,
    without_value, value, won_value, win_rate, win_rate_by_value, currency. Raises InvalidValue,
    NotFound, RateMissing.
    """
    check(request.by)
    chosen = lead_state.read(session, request.bounds)
    found = states(session, chosen, alone=True)
    groups, open_leads = _groups(session, found, request.by)
    everything = sum(groups.values(), Sums())
    of_won = request.by in WITH_WON
    shown_groups = {key: sums for key, sums in groups.items() if sums.lost or (of_won and sums.won)}
    order = sorted(
        shown_groups,
        key=lambda key: (-groups[key].lost, -groups[key].lost_value, key is None, str(key)),
    )
    heads = _heads(session, request.by)
    names = _names(session) if request.by == "stage" else {}
    rows = [
        {
            **_named(key, request.by, names),
            **_figures(groups[key], everything, found.currency, of_won=of_won),
        }
        for key in order
    ]
    totals = _totals(everything, open_leads, found.currency)
    figures = [column for column in FIGURES if of_won or column.key not in NONE_WON]
    columns = [*heads, *figures]
    whole = _figures(everything, everything, found.currency, of_won=of_won)
    body = Report(
        name="losses",
        title=f"Lost leads by {request.by}",
        definition=DEFINITION,
        parameters={"by": request.by},
        rows=rows,
        totals=totals,
        columns=columns,
        cells=[tuple(row[column.key] for column in columns) for row in rows],
        footer=("all", *[None] * (len(heads) - 1), *(whole[column.key] for column in figures)),
        notes=_notes(session, chosen, totals),
        look=Look.BARS,
        picture_key="lost",
    )
    return lead_bounds.result(chosen, body)


FIGURES = (
    Column("lost", "Lost", Kind.INTEGER),
    Column("share", "Share", Kind.RATE),
    Column("with_value", "With value", Kind.INTEGER),
    Column("without_value", "Without", Kind.INTEGER),
    Column("value", "Value", Kind.MONEY),
    Column("share_of_value", "Of value", Kind.RATE),
    Column("won", "Won", Kind.INTEGER),
    Column("win_rate", "Win rate", Kind.RATE),
    Column("win_rate_by_value", "By value", Kind.RATE),
    Column("currency", "Currency"),
)


def states(session: Session, chosen: LeadScope, *, alone: bool = False) -> States:
    """Return the leads of a scope; the amounts of those closed in its period are needed, and
    ``alone`` looked up."""
    return lead_bounds.closed_states(session, chosen, "1", alone=alone)


def _groups(session: Session, found: States, by: str) -> tuple[dict[Any, Sums], int]:
    """Return the closed leads of each group, and how many are open."""
    # Of won leads only those groups are asked for that they have, of open ones none.
    with_group = "b.state <> 'open'" if by in WITH_WON else "b.state = 'lost'"
    rows = session.reader.execute(
        f"WITH {found.sql} SELECT iif({with_group}, {GROUPS[by]}, NULL), b.state, count(*),"
        " count(b.amount), sum(b.amount)"
        f" FROM states b WHERE b.state = 'open' OR ({lead_bounds.CLOSED}) GROUP BY 1, 2",
        found.parameters,
    ).fetchall()
    groups: dict[Any, Sums] = {}
    open_leads = 0
    for key, state, count, valued, value in rows:
        if state == "open":
            open_leads += count
            continue
        figures = (count, valued, value or 0)
        sums = Sums(*figures) if state == "lost" else Sums(0, 0, 0, *figures)
        groups[key] = groups.get(key, Sums()) + sums
    return groups, open_leads


def _heads(session: Session, by: str) -> list[Column]:
    reader = session.reader
    if by == "stage":
        return [
            Column("stage", "Lost from", words=lead_evidence.words(reader, "stages")),
            Column("pipeline", "Pipeline", words=lead_evidence.words(reader, "pipelines")),
        ]
    words = None
    if by == "reason":
        words = dict(
            reader.execute(
                "SELECT key, label FROM picklist_values WHERE list = 'loss-reason'"
            ).fetchall()
        )
    return [Column(by, by.capitalize(), words=words)]


def _names(session: Session) -> dict[int, tuple[str, str]]:
    from crm_cli.store import stages

    return {stage.id: (stage.key, stage.pipeline) for stage in stages.stages(session.reader)}


def _named(key: Any, by: str, names: Mapping[int, tuple[str, str]]) -> dict[str, Any]:
    if by != "stage":
        return {by: key}
    stage, pipeline = names[key] if key is not None else (None, None)
    return {"stage": stage, "pipeline": pipeline}


def _figures(sums: Sums, whole: Sums, currency: str, *, of_won: bool) -> dict[str, Any]:
    row = {
        "lost": sums.lost,
        "share": ratio(sums.lost, whole.lost),
        "with_value": sums.lost_valued,
        "without_value": sums.lost - sums.lost_valued,
        "value": money_text(sums.lost_value, currency),
        "share_of_value": ratio(sums.lost_value, whole.lost_value),
    }
    if of_won:
        row |= {
            "won": sums.won,
            "win_rate": ratio(sums.won, sums.won + sums.lost),
            "win_rate_by_value": ratio(sums.won_value, sums.won_value + sums.lost_value),
        }
    return {**row, "currency": currency}


def _totals(sums: Sums, open_leads: int, currency: str) -> dict[str, Any]:
    return {
        "lost": sums.lost,
        "won": sums.won,
        "open": open_leads,
        "without_value": sums.lost - sums.lost_valued,
        "value": money_text(sums.lost_value, currency),
        "won_value": money_text(sums.won_value, currency),
        "win_rate": ratio(sums.won, sums.won + sums.lost),
        "win_rate_by_value": ratio(sums.won_value, sums.won_value + sums.lost_value),
        "currency": currency,
    }


def _notes(session: Session, chosen: LeadScope, totals: Mapping[str, Any]) -> Sequence[str]:
    notes = [lead_bounds.said(chosen, "leads closed")]
    if totals["win_rate"] is not None:
        base = totals["won"] + totals["lost"]
        line = f"Won: {totals['won']} of {base} closed ({_percent(totals['win_rate'])})"
        if totals["win_rate_by_value"] is not None:
            line += f"; by value {_percent(totals['win_rate_by_value'])}"
        notes.append(f"{line}. Open ones ({totals['open']}) are in neither.")
    if totals["without_value"]:
        notes.append(
            f"Lost without a value: {totals['without_value']}, counted apart and not as 0."
        )
    if chosen.as_of < session.today:
        notes.append("Reasons are those of that day; sources and campaigns as they are now.")
    return notes


def _percent(rate: float) -> str:
    return f"{shown(100 * finer(rate), 1)} %"
