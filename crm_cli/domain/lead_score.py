"""What a lead's score is made of: points of rules that fade, and naive Bayes.

Points: a rule gives points x 0.5 ^ (days since its day / half-life) while its filter holds. The
sum is rounded half away from zero and held between 0 and 100.

Bayes: with W won and L lost leads, the odds of an open one are those of the base rate, times for
each field with a value the ratio of how often won and lost leads have that value:

    log odds = ln(W / L) + sum over fields of ln(P(value | won) / P(value | lost))
    P(value | won) = (won leads with the value + 1) / (won leads with any value + K + 1)

K is the number of values seen of the field among closed leads, and the one more stands for all
that were never seen: additive (Laplace) smoothing with alpha = 1. A lead without a value of a
field leaves the field out. (Naive Bayes for categories as in any textbook, for example Manning,
Raghavan and Schuetze, Introduction to Information Retrieval, chapter 13.)
"""

from __future__ import annotations

from math import exp, fsum, log
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

ENOUGH = 30
"""So many won leads, and as many lost ones, before the model is believed."""

SINCE = ("opened", "contact", "stage")
"""The day a rule's points fade from: the lead was opened, its contact last spoken to, it came
into its stage."""

MOST_POINTS = 1000

# -- points ---------------------------------------------------------------------------------------


def faded(points: int, days: int, half_life: int | None) -> float:
    """Return what is left of points after so many days; all of them without a half-life, and
    before the day has come."""
    if half_life is None or days <= 0:
        return float(points)
    return float(points * 0.5 ** (days / half_life))


def rounded(value: float) -> int:
    """Return the nearest whole number, halves away from zero."""
    size = int(abs(value) + 0.5)
    return size if value >= 0 else -size


def held(points: int) -> int:
    """Return points as a score: from 0 to 100."""
    return min(max(points, 0), 100)


class Part(NamedTuple):
    """Points that a rule gives: in full, days since its day, half-life in days."""

    points: int
    days: int
    half_life: int | None


def total(parts: Iterable[Part], later: int = 0) -> int:
    """Return the points of a lead, or those it will have so many days later."""
    return rounded(fsum(faded(part.points, part.days + later, part.half_life) for part in parts))


LOOKED_AHEAD = 60
"""Days; a score that stays as it is for so long is looked at again then."""


def days_unchanged(parts: Sequence[Part]) -> int | None:
    """Return after how many days the points are other than now, if nothing else changes; at
    most ``LOOKED_AHEAD``, and None where nothing fades."""
    if not any(part.half_life and part.points for part in parts):
        return None
    now = total(parts)
    for later in range(1, LOOKED_AHEAD):
        if total(parts, later) != now:
            return later
    return LOOKED_AHEAD


# -- Bayes ----------------------------------------------------------------------------------------


class Count(NamedTuple):
    """How many closed leads with a value were won and lost."""

    won: int
    lost: int


class Weight(NamedTuple):
    """What a field says of a lead: the natural logarithm of how much likelier won leads have its
    value than lost ones; ``is_seen`` where any closed lead has it."""

    field: str
    value: str
    log_odds: float
    is_seen: bool


class Field(NamedTuple):
    """A field's frequencies: value -> count, and their sums."""

    values: Mapping[str, Count]
    won: int
    lost: int


class Model:
    """The frequencies of closed leads, and the odds they give. ``counts`` are field -> value ->
    count; ``won`` and ``lost`` are all cases."""

    def __init__(self, won: int, lost: int, counts: Mapping[str, Mapping[str, Count]]) -> None:
        self.won = won
        self.lost = lost
        self.fields = {
            name: Field(
                values,
                sum(count.won for count in values.values()),
                sum(count.lost for count in values.values()),
            )
            for name, values in counts.items()
        }
        self._weights: dict[tuple[str, str], Weight] = {}

    @property
    def is_believed(self) -> bool:
        """Whether there are cases enough."""
        return min(self.won, self.lost) >= ENOUGH

    @property
    def base_rate(self) -> float:
        """Return the share of the closed leads that were won; 0 without any."""
        return self.won / (self.won + self.lost) if self.won + self.lost else 0.0

    @property
    def prior(self) -> float:
        """Return the log odds of the base rate. Raises ValueError without won and lost leads."""
        return log(self.won) - log(self.lost)

    def weight(self, field: str, value: str) -> Weight | None:
        """Return what a value says; None of a field that no closed lead has."""
        known = self._weights.get((field, value))
        if known is None:
            found = self.fields.get(field)
            if found is None:
                return None
            seen = found.values.get(value)
            known = Weight(
                field, value, smoothed(seen or Count(0, 0), found, len(found.values)),
                seen is not None,
            )  # fmt: skip
            self._weights[field, value] = known
        return known

    def weights(self, values: Iterable[tuple[str, str]]) -> list[Weight]:
        """Return what a lead's (field, value) pairs say, in their order."""
        found = (self.weight(field, value) for field, value in values)
        return [weight for weight in found if weight is not None]

    def probability(self, values: Iterable[tuple[str, str]]) -> float:
        """Return how likely a lead with these (field, value) pairs is won."""
        return chance(fsum([self.prior, *(weight.log_odds for weight in self.weights(values))]))

    def without(self, values: Iterable[tuple[str, str]], *, was_won: bool) -> float | None:
        """Return how likely a closed lead, which has these pairs and came out so, would have been
        thought to be won by all the others; None where none of one kind is left."""
        own = Count(int(was_won), int(not was_won))
        won, lost = self.won - own.won, self.lost - own.lost
        if not won or not lost:
            return None
        terms = [log(won) - log(lost)]
        for name, value in values:
            field = self.fields[name]
            seen = field.values[value]
            left = Count(seen.won - own.won, seen.lost - own.lost)
            rest = Field(field.values, field.won - own.won, field.lost - own.lost)
            kinds = len(field.values) - (left == Count(0, 0))
            if kinds:
                terms.append(smoothed(left, rest, kinds))
        return chance(fsum(terms))


def smoothed(seen: Count, field: Field, kinds: int) -> float:
    """Return ln(P(value | won) / P(value | lost)) of a field with so many values seen."""
    return (
        log(seen.won + 1) - log(field.won + kinds + 1)
        - log(seen.lost + 1) + log(field.lost + kinds + 1)
    )  # fmt: skip


def chance(log_odds: float) -> float:
    """Return the probability of log odds."""
    if log_odds >= 0:
        return 1 / (1 + exp(-log_odds))
    grown = exp(log_odds)
    return grown / (1 + grown)


# -- how good it is -------------------------------------------------------------------------------


class Case(NamedTuple):
    """A closed lead: how likely it was thought to be won, whether it was, and a number that all
    leads of the same values have."""

    predicted: float
    was_won: bool
    kind: int


class Decile(NamedTuple):
    """A tenth of the cases, by what was predicted: how many, and the mean of predicted and of
    observed."""

    cases: int
    lowest: float
    highest: float
    predicted: float
    observed: float


class Calibration(NamedTuple):
    """Predictions held against outcomes. ``brier`` is the mean squared error, ``brier_base`` that
    of always saying the base rate."""

    brier: float
    brier_base: float
    deciles: Sequence[Decile]


def calibration(cases: Sequence[Case]) -> Calibration:
    """Return how predictions held; by tenths of equal size, the first ones larger by one where
    they cannot all be. Raises ValueError without cases.

    Cases of one kind stand together, at the mean of their predictions and in the order given. By
    their own they would be parted by what came of them: each is predicted from the others, and
    so those won a little lower than those lost that are like them in everything.
    """
    if not cases:
        raise ValueError("no cases")
    of_kind: dict[int, list[float]] = {}
    for case in cases:
        of_kind.setdefault(case.kind, []).append(case.predicted)
    mean = {kind: fsum(found) / len(found) for kind, found in of_kind.items()}
    ordered = sorted(cases, key=lambda case: (mean[case.kind], case.kind))
    size = len(ordered)
    base = sum(case.was_won for case in ordered) / size
    each, more = divmod(size, min(10, size))
    deciles = []
    at = 0
    for number in range(min(10, size)):
        part = ordered[at : at + each + (number < more)]
        at += len(part)
        predicted = [case.predicted for case in part]
        deciles.append(
            Decile(
                len(part), min(predicted), max(predicted), fsum(predicted) / len(part),
                sum(case.was_won for case in part) / len(part),
            )
        )  # fmt: skip
    return Calibration(
        fsum((case.predicted - case.was_won) ** 2 for case in ordered) / size,
        fsum((base - case.was_won) ** 2 for case in ordered) / size,
        deciles,
    )


# -- what is typed --------------------------------------------------------------------------------


def read_points(text: str) -> int:
    """Read points: a whole number, perhaps below zero. Raises InvalidValue."""
    from crm_cli import errors

    bare = text.strip().replace("−", "-").removeprefix("+")
    digits = bare.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 4):
        raise errors.InvalidValue(f"{text!r} are no points", hint="write 20 or -10")
    if abs(int(bare)) > MOST_POINTS or int(bare) == 0:
        raise errors.InvalidValue(
            f"{bare} points cannot be given", hint=f"write -{MOST_POINTS} to {MOST_POINTS}, not 0"
        )
    return int(bare)


_UNITS = {"d": 1, "day": 1, "w": 7, "week": 7, "m": 30, "month": 30, "y": 365, "year": 365}


def read_half_life(text: str) -> int:
    """Read ``30d``, ``4 weeks``, ``3m`` (of 30 days) or a number of days into days. Raises
    InvalidValue."""
    from crm_cli import errors

    bare = text.strip().lower()
    digits = bare[: len(bare) - len(bare.lstrip("0123456789"))]
    unit = bare[len(digits) :].strip()
    days = _UNITS.get(unit if len(unit) < 2 else unit.removesuffix("s"), 0) if unit else 1
    if not digits.isascii() or not digits or len(digits) > 5 or not 1 <= int(digits) * days <= 3650:
        raise errors.InvalidValue(
            f"{text!r} is no half-life", hint="write 30d, 4w or 3m: 1 to 3650 days"
        )
    return int(digits) * days
