"""Keeping the scores of open leads in line with leads, contacts, rules and what was learnt.

A change computes anew the scores of the leads it touched (``after``). Of at most ``SMALL`` leads
the model is learnt anew whenever a closed lead changed; of more by ``lead score --refresh``,
``remind refresh`` and the daily ``remind send``, for then every score moves, and behind the change
that makes them a tenth more than it was learnt from. Kept scores are compared with those computed,
and the difference written by a batch of the program's own, without an entry in the history: doing
it twice changes nothing.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from crm_cli import errors
from crm_cli.queries.lead_scoring import SMALL, Scoring
from crm_cli.services.unit import Unit
from crm_cli.store import journal, lead_scores, lead_values, lead_worth, rules_in_force
from crm_cli.store import scores_touched as touched
from crm_cli.store.failures import translating
from crm_cli.store.lead_scores import NOTHING, Kept

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection, Sequence

    from crm_cli.session import Session

MOST = 20_000
"""Leads an entry may touch for them to be looked at one by one."""

OF_MODEL = frozenset(
    {
        "leads", "lead_tags", "lead_terms", "field_values", "contacts", "addresses", "purchases",
    }
)  # fmt: skip


class Refreshed(NamedTuple):
    """How many leads were looked at, and of how many the score changed; what scores; and the
    rules that cannot be read, each with why."""

    leads: int
    changed: int
    by: str | None
    learnt: bool
    problems: dict[int, str]


class _Plan(NamedTuple):
    """The scores to be written, and the rows of what was learnt (None: as they are)."""

    rows: Sequence[tuple[int, Kept]]
    counts: Sequence[tuple[int, str, str, int, int]] | None
    told: Refreshed


def refresh(
    session: Session, ids: Collection[int] | None = None, *, learning: bool = True,
    with_worth: bool = True,
) -> Refreshed:  # fmt: skip
    """Bring the kept scores of leads (None: all open ones) in line; ``learning``: and the model.

    ``with_worth`` computes the worth of all leads anew, too. Raises the StoreError family.
    """
    with translating(session.path):
        seen = _seen(session.reader)
        plan = _make(session, ids, learning=learning)
        rates = _rates(session)
        is_worth = with_worth and bool(lead_worth.differences(session.reader, rates, 1))
    if not plan.rows and plan.counts is None and not is_worth:
        return plan.told
    with Unit(session, kind="summary") as unit:
        if _seen(unit.connection) != seen:
            plan = _make(session, ids, learning=learning)
        lead_scores.keep(unit.batch, plan.rows, session.today.isoformat())
        if plan.counts is not None:
            lead_scores.keep_counts(unit.batch, plan.counts)
        if ids is None:
            lead_scores.forget_strangers(unit.batch)
        if with_worth:
            lead_worth.keep(unit.batch, rates, None)
        else:
            changed = json.dumps([lead_id for lead_id, _ in plan.rows])
            lead_worth.keep(unit.batch, rates, changed)
        unit.commit(f"scores of leads: {plan.told.changed} changed")
    return plan.told


def _seen(connection: sqlite3.Connection) -> tuple[int, Any]:
    """Return what scores are computed from, as far as another may change it in between: the newest
    entry, and what was learnt, which makes none."""
    return journal.last_entry_id(connection), lead_values.learnt(connection)


def _rates(session: Session) -> str:
    return lead_worth.rates(session.reader, session.setting("currency"), session.now_text[:10])


def _make(session: Session, ids: Collection[int] | None, *, learning: bool) -> _Plan:
    scoring = Scoring(session, learning=learning)
    counts = None
    if learning:
        held, cuts = lead_values.learnt(session.reader)
        now = scoring.learnt
        today = session.today.isoformat()
        if now is None and held:
            counts, ids = [], None
        elif now is not None:
            if now.frequencies != held or now.cuts != cuts:
                ids = None  # whatever was touched, every score has moved
            if ids is None or lead_values.learnt_on(session.reader) != today:
                counts = lead_values.rows_to_keep(now.frequencies, now.cuts, today)
    among = None if ids is None else json.dumps(sorted(ids))
    kept = lead_scores.kept(session.reader, among)
    rows = []
    seen = 0
    if scoring.by is None:
        open_ones = lead_scores.open_ids(session.reader, among)
        seen = len(open_ones)
        rows = [
            (lead_id, NOTHING) for lead_id in open_ones if kept.get(lead_id, NOTHING) != NOTHING
        ]
    else:
        for lead_id, score in scoring.scores(None if ids is None else sorted(ids)):
            seen += 1
            if kept.get(lead_id) != score.kept:
                rows.append((lead_id, score.kept))
    told = Refreshed(seen, len(rows), scoring.by, scoring.learnt is not None, scoring.problems)
    return _Plan(rows, counts, told)


def daily(session: Session) -> Refreshed | None:
    """Do what is due once a day, however often cron comes: bring in line what has faded, and learn
    the model anew. None where nothing was to be done. Raises the StoreError family."""
    with translating(session.path):
        connection = session.reader
        today = session.today.isoformat()
        is_old = bool(lead_scores.stale(connection, today)[0])
        if not is_old and session.setting("lead_scoring") != "rules":
            is_old = rules_in_force.has_cases(connection) or lead_scores.has_counts(connection)
            is_old = is_old and lead_values.learnt_on(connection) != today
    return refresh(session) if is_old else None


def after(session: Session, entry_id: int, tables: Collection[str]) -> None:
    """Bring in line what an entry touched. What goes wrong here is left to the next refresh: the
    entry itself is written."""
    try:
        with translating(session.path):
            connection = session.writer
            if touched.moved_the_world(connection, entry_id):
                session.forget_settings()
                _refresh_all(session)
                return
            if not rules_in_force.any_scoring(connection) and not (
                "leads" in tables and rules_in_force.has_cases(connection)
            ):
                return
            found = touched.leads_of(connection, entry_id, MOST)
            learning = _is_to_learn(session, entry_id, found, tables)
            if not learning and not rules_in_force.any_scoring(connection):
                return
        if found is None:
            refresh(session, None, learning=learning, with_worth=False)
        elif found or learning:
            refresh(session, [lead for lead, _ in found], learning=learning, with_worth=False)
    except errors.CrmError:
        return


def _refresh_all(session: Session) -> None:
    if lead_scores.is_small(session.reader, 0):
        return
    refresh(session, None)


def _is_to_learn(
    session: Session, entry_id: int, found: list[tuple[int, str]] | None, tables: Collection[str]
) -> bool:
    """Say whether the model is learnt anew behind an entry: of few leads, whenever a closed one
    changed; of many, once so many were closed as to tell something new."""
    if session.setting("lead_scoring") == "rules":
        return False
    connection = session.writer
    is_small = lead_scores.is_small(connection, SMALL)
    is_kept = lead_scores.has_counts(connection)
    if is_small and not is_kept:
        return rules_in_force.has_cases(connection)
    if is_small:
        return (
            found is None
            or touched.took_closed(connection, entry_id)
            or (not OF_MODEL.isdisjoint(tables) and any(state != "open" for _, state in found))
        )
    is_of_closed = "leads" in tables and (
        touched.changed_closed(connection, entry_id) or touched.took_closed(connection, entry_id)
    )
    return is_of_closed and (not is_kept or lead_scores.has_grown(connection))
