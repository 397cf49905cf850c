"""Scoring open leads: by the rules the owner wrote, and by the model learnt from closed ones.

What scores is the setting ``lead_scoring``: ``auto`` (the model once it has enough cases, else
the rules), ``rules`` or ``model``. Points and odds are both told where there are both.
"""

from __future__ import annotations

import json
from datetime import timedelta
from math import fsum
from typing import TYPE_CHECKING, Any, NamedTuple

from crm_cli import errors
from crm_cli.domain import lead_score as domain
from crm_cli.domain.lead_score import Case, Count, Model, Part, Weight
from crm_cli.store import lead_scores, lead_values, rules_in_force
from crm_cli.store import score_rules as rules_store
from crm_cli.store.lead_scores import Kept

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from crm_cli.session import Session
    from crm_cli.store.filters import Chosen
    from crm_cli.store.lead_values import Cuts
    from crm_cli.store.score_rules import Rule

SMALL = 2000
"""Leads up to which the model is learnt whenever it is asked for."""

MOVING = frozenset({"day", "instant", "age", "stale", "overdue", "birthday", "segment"})
"""Kinds of fields whose conditions may hold tomorrow and not today, by the passing of days."""


class Learnt(NamedTuple):
    """A model, and what it was learnt from."""

    model: Model
    frequencies: Sequence[tuple[str, str, int, int]]
    cuts: Cuts
    tags: tuple[str, ...]


class Score(NamedTuple):
    """A lead's score and what it comes from: ``parts`` of rules by id, ``weights`` of fields."""

    kept: Kept
    parts: dict[int, Part]
    weights: list[Weight]
    probability: float | None


def model_of(frequencies: Sequence[tuple[str, str, int, int]], cuts: Cuts) -> Learnt:
    """Return the model of frequencies as ``lead_values.counts`` reads them."""
    counts: dict[str, dict[str, Count]] = {}
    won = lost = 0
    for field, value, of_won, of_lost in frequencies:
        if field:
            counts.setdefault(field, {})[value] = Count(of_won, of_lost)
        else:
            won, lost = of_won, of_lost
    tags = tuple(sorted(field for field in counts if field.startswith("tag ")))
    return Learnt(Model(won, lost, counts), frequencies, cuts, tags)


def learn(session: Session) -> Learnt:
    """Return the model that the closed leads of this moment give."""
    cuts = lead_values.quarters(session.reader)
    return model_of(lead_values.counts(session.reader, cuts), cuts)


def in_force(session: Session) -> Learnt | None:
    """Return the model as it was last learnt, None where none is kept."""
    frequencies, cuts = lead_values.learnt(session.reader)
    return model_of(frequencies, cuts) if frequencies else None


class Scoring:
    """Everything that scores, ready for any number of leads.

    ``learning``: the model is learnt anew; else it is as it was kept. Where it never was, closed
    leads that are few are learnt from on the way; many are left to the next refresh.
    """

    def __init__(self, session: Session, *, learning: bool = False) -> None:
        self.session = session
        self.today = session.today
        self.setting = session.setting("lead_scoring")
        self.rules = [
            rule for rule in rules_store.listing(session.reader) if not rule.is_paused
        ] if self.setting != "model" else []  # fmt: skip
        self.problems: dict[int, str] = {}
        self.moving: set[int] = set()
        self.chosen: dict[int, Chosen] = {}
        for rule in self.rules:
            self._compile(rule)
        self.learnt = self._model(learning=learning) if self.setting != "rules" else None

    def _model(self, *, learning: bool) -> Learnt | None:
        if not learning:
            kept = in_force(self.session)
            if kept is not None or not lead_scores.is_small(self.session.reader, SMALL):
                return kept
        if not rules_in_force.has_cases(self.session.reader):
            return None
        return learn(self.session)

    def _compile(self, rule: Rule) -> None:
        from crm_cli.queries import filtering

        try:
            found = filtering.read(self.session, "lead", rule.expression, lenient=True)
        except errors.InvalidValue as error:
            self.problems[rule.id] = error.message
            return
        self.chosen[rule.id] = found.chosen
        kinds = {name: field.kind for name, field in self._fields().items()}
        if any(kinds.get(name) in MOVING for name in found.fields):
            self.moving.add(rule.id)

    def _fields(self) -> dict[str, Any]:
        from crm_cli.queries import filtering

        return filtering.fields_of(self.session, "lead")

    @property
    def by(self) -> str | None:
        """What the score is: ``model``, ``rules``, or None where nothing scores."""
        if self.learnt is not None:
            return "model"
        return "rules" if self.rules else None

    # -- scores -------------------------------------------------------------------------------

    def scores(self, ids: Sequence[int] | None) -> Iterator[tuple[int, Score]]:
        """Yield the score of each open lead among these, of all of them without, by id."""
        among = None if ids is None else json.dumps(list(ids))
        which = "1" if among is None else lead_values.NAMED
        parts = self._parts(which, among)
        if self.learnt is None:
            for lead_id in lead_scores.open_ids(self.session.reader, among):
                yield lead_id, self._score(parts.get(lead_id, {}), None)
            return
        condition = lead_values.OPEN if among is None else f"{lead_values.OPEN} AND {which}"
        values = lead_values.of_leads(
            self.session.reader, condition, self.learnt.cuts, self.learnt.tags, {"ids": among}
        )
        for lead_id, _, pairs in values:
            yield lead_id, self._score(parts.get(lead_id, {}), self.learnt.model.weights(pairs))

    def _parts(self, which: str, among: str | None) -> dict[int, dict[int, Part]]:
        """Return lead -> rule -> the points it gives."""
        from crm_cli.reports.local_days import Days

        days = Days(self.session.zone)
        now = self.today.toordinal()
        found: dict[int, dict[int, Part]] = {}
        for rule in self.rules:
            if rule.id not in self.chosen:
                continue
            rows = rules_store.passing(
                self.session.reader, rule, self.chosen[rule.id], which, {"ids": among}
            )
            for lead_id, since in rows:
                age = now - days.ordinal(since) if since else 0
                found.setdefault(lead_id, {})[rule.id] = Part(
                    rule.points, max(age, 0), rule.half_life_days
                )
        return found

    def _score(self, parts: dict[int, Part], weights: list[Weight] | None) -> Score:
        points = domain.total(parts.values()) if self.rules else None
        probability = odds = None
        if self.learnt is not None and weights is not None:
            terms = (weight.log_odds for weight in weights)
            probability = domain.chance(fsum([self.learnt.model.prior, *terms]))
            odds = domain.rounded(probability * 10_000)
        score = None
        if probability is not None:
            score = domain.rounded(probability * 100)
        elif points is not None:
            score = domain.held(points)
        after = domain.days_unchanged(list(parts.values()))
        if self.moving:
            after = 1
        stale_on = None
        if after is not None:
            try:
                stale_on = (self.today + timedelta(days=after)).isoformat()
            except OverflowError:
                stale_on = None
        return Score(Kept(score, points, odds, stale_on), parts, weights or [], probability)

    def one(self, lead_id: int) -> Score | None:
        """Return the score of one lead; None of a closed one."""
        return next((score for _, score in self.scores([lead_id])), None)


def predictions(session: Session, found: Learnt) -> list[Case]:
    """Return, for each closed lead by id, how likely all the others say it was won, and whether
    it was (leave-one-out cross-validation)."""
    rows = lead_values.of_leads(session.reader, lead_values.CLOSED, found.cuts, found.tags)
    kinds: dict[tuple[tuple[str, str], ...], int] = {}
    known: dict[tuple[int, bool], float | None] = {}
    cases = []
    for _, state, pairs in rows:
        kind = kinds.setdefault(tuple(pairs), len(kinds))
        was_won = state == "won"
        if (kind, was_won) not in known:
            known[kind, was_won] = found.model.without(pairs, was_won=was_won)
        predicted = known[kind, was_won]
        if predicted is not None:
            cases.append(Case(predicted, was_won, kind))
    return cases
