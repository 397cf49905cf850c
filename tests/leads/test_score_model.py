"""Points that fade, and naive Bayes, held against a reckoning of its own from the formula."""

from __future__ import annotations

from decimal import Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_cli import errors
from crm_cli.domain import lead_score as domain
from crm_cli.domain.lead_score import Case, Count, Part

# -- points ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("points", "days", "half_life", "left"),
    [
        (20, 0, 30, 20.0),
        (20, 30, 30, 10.0),
        (20, 60, 30, 5.0),
        (20, 15, 30, 14.142135623730951),
        (-8, 14, 7, -2.0),
        (20, 400, None, 20.0),
        (20, -5, 30, 20.0),
    ],
)
def test_points_are_halved_after_each_half_life(
    points: int, days: int, half_life: int | None, left: float
) -> None:
    assert domain.faded(points, days, half_life) == pytest.approx(left, abs=1e-12)


def test_points_are_summed_before_they_are_rounded_away_from_zero() -> None:
    # 0.5 + 0.5: each alone would be rounded to 1.
    assert domain.total([Part(1, 10, 10), Part(1, 10, 10)]) == 1
    assert domain.total([Part(5, 10, 10)]) == 3
    assert domain.total([Part(-5, 10, 10)]) == -3
    assert domain.total([]) == 0
    assert [domain.held(points) for points in (-3, 0, 62, 100, 140)] == [0, 0, 62, 100, 100]


parts = st.lists(
    st.builds(
        Part,
        st.integers(-100, 100),
        st.integers(-5, 200),
        st.one_of(st.none(), st.integers(1, 90)),
    ),
    max_size=5,
)


@given(parts)
def test_a_score_is_old_on_the_first_day_it_differs(found: list[Part]) -> None:
    after = domain.days_unchanged(found)
    now = domain.total(found)
    if after is None:
        assert {domain.total(found, later) for later in range(400)} == {now}
    else:
        assert {domain.total(found, later) for later in range(after)} == {now}
        assert after == domain.LOOKED_AHEAD or domain.total(found, after) != now


@pytest.mark.parametrize(
    ("text", "days"), [("30d", 30), ("4 weeks", 28), ("3m", 90), ("1 year", 365), ("45", 45)]
)
def test_a_half_life_is_read(text: str, days: int) -> None:
    assert domain.read_half_life(text) == days


@pytest.mark.parametrize("text", ["", "d", "0d", "-3d", "11y", "3 fortnights", "1.5w"])
def test_what_is_no_half_life_is_refused(text: str) -> None:
    with pytest.raises(errors.InvalidValue):
        domain.read_half_life(text)


@pytest.mark.parametrize("text", ["", "0", "ten", "1.5", "1001", "-1001", "--5"])
def test_what_are_no_points_is_refused(text: str) -> None:
    with pytest.raises(errors.InvalidValue):
        domain.read_points(text)


# -- Bayes ----------------------------------------------------------------------------------------

Lead = tuple[bool, dict[str, str | None]]
FIELDS = ("source", "owner", "city")

leads = st.lists(
    st.tuples(
        st.booleans(),
        st.fixed_dictionaries(
            {name: st.one_of(st.none(), st.sampled_from("abcd")) for name in FIELDS}
        ),
    ),
    min_size=2,
    max_size=60,
).filter(lambda found: {won for won, _ in found} == {True, False})


def counted(closed: list[Lead]) -> domain.Model:
    counts: dict[str, dict[str, Count]] = {}
    for won, values in closed:
        for name, value in values.items():
            if value is not None:
                seen = counts.setdefault(name, {}).get(value, Count(0, 0))
                counts[name][value] = Count(seen.won + won, seen.lost + (not won))
    number = sum(outcome for outcome, _ in closed)
    return domain.Model(number, len(closed) - number, counts)


def by_hand(closed: list[Lead], values: dict[str, str | None]) -> float:
    """Bayes' theorem as it stands, in exact fractions: no logarithm, no tables of counts."""
    likelihood = {}
    for outcome in (True, False):
        cases = [row for won, row in closed if won is outcome]
        product = Fraction(len(cases), len(closed))
        for name, value in values.items():
            seen = {row[name] for _, row in closed} - {None}
            if value is None or not seen:
                continue
            known = [row[name] for row in cases if row[name] is not None]
            product *= Fraction(known.count(value) + 1, len(known) + len(seen) + 1)
        likelihood[outcome] = product
    with localcontext() as context:
        context.prec = 40
        share = likelihood[True] / (likelihood[True] + likelihood[False])
        return float(Decimal(share.numerator) / Decimal(share.denominator))


def pairs(values: dict[str, str | None]) -> list[tuple[str, str]]:
    return [(name, value) for name, value in values.items() if value is not None]


@given(
    leads,
    st.fixed_dictionaries(
        {name: st.one_of(st.none(), st.sampled_from("abcdx")) for name in FIELDS}
    ),
)
def test_the_probability_is_that_of_bayes_theorem(
    closed: list[Lead], values: dict[str, str | None]
) -> None:
    model = counted(closed)
    assert abs(model.probability(pairs(values)) - by_hand(closed, values)) < 1e-9


@given(leads)
def test_leaving_one_out_is_learning_from_the_others(closed: list[Lead]) -> None:
    model = counted(closed)
    for at, (won, values) in enumerate(closed):
        others = closed[:at] + closed[at + 1 :]
        found = model.without(pairs(values), was_won=won)
        if {outcome for outcome, _ in others} != {True, False}:
            assert found is None
        else:
            assert found is not None
            assert abs(found - by_hand(others, values)) < 1e-9


def test_a_table_by_hand() -> None:
    # 4 won, 2 lost. Referrals: 3 won, 0 lost; adverts: 1 won, 1 lost; one lost without a source.
    model = domain.Model(4, 2, {"source": {"referral": Count(3, 0), "advert": Count(1, 1)}})
    # P(referral | won) = (3 + 1) / (4 + 2 + 1); P(referral | lost) = (0 + 1) / (1 + 2 + 1)
    referral = (4 / 6 * 4 / 7) / (4 / 6 * 4 / 7 + 2 / 6 * 1 / 4)
    assert model.probability([("source", "referral")]) == pytest.approx(referral, abs=1e-12)
    # Never seen: 1 / 7 against 1 / 4.
    unseen = (4 / 6 / 7) / (4 / 6 / 7 + 2 / 6 / 4)
    assert model.probability([("source", "fair")]) == pytest.approx(unseen, abs=1e-12)
    assert [weight.is_seen for weight in model.weights([("source", "fair")])] == [False]
    assert model.probability([]) == pytest.approx(4 / 6, abs=1e-12)
    assert model.probability([("shoe size", "42")]) == pytest.approx(4 / 6, abs=1e-12)
    assert model.base_rate == pytest.approx(4 / 6, abs=1e-12)


@pytest.mark.parametrize(
    ("won", "lost", "believed"), [(29, 400, False), (30, 30, True), (400, 29, False)]
)
def test_the_model_is_believed_from_thirty_of_each_on(won: int, lost: int, believed: bool) -> None:
    assert domain.Model(won, lost, {}).is_believed is believed


def test_odds_beyond_all_bounds_stay_probabilities() -> None:
    assert domain.chance(-1000) == 0
    assert domain.chance(1000) == 1
    assert domain.chance(0) == 0.5


def test_calibration_by_hand() -> None:
    outcomes = [(0.1, False)] * 9 + [(0.1, True)] + [(0.8, False)] * 2 + [(0.8, True)] * 8
    cases = [Case(predicted, won, at) for at, (predicted, won) in enumerate(outcomes)]
    found = domain.calibration(cases[::-1])
    assert found.brier == pytest.approx((9 * 0.01 + 0.81 + 8 * 0.04 + 2 * 0.64) / 20, abs=1e-12)
    assert found.brier_base == pytest.approx(0.45 * 0.55, abs=1e-12)
    assert [decile.cases for decile in found.deciles] == [2] * 10
    assert sum(decile.observed * decile.cases for decile in found.deciles) == pytest.approx(9)
    assert found.deciles[0].predicted == pytest.approx(0.1)
    assert found.deciles[-1].observed == 1.0
    assert [decile.cases for decile in domain.calibration(cases[:13]).deciles] == [2] * 3 + [1] * 7
    with pytest.raises(ValueError, match="no cases"):
        domain.calibration([])


def test_leads_alike_are_not_parted_by_what_came_of_them() -> None:
    # Forty leads of one kind, every other one won: taken away from the rest, each that was won
    # leaves 19 of 39, each that was lost 20 of 39. Sorted by that the first five tenths would all
    # have been won and the others lost: half of each were.
    model = domain.Model(20, 20, {})
    cases = []
    for at in range(40):
        predicted = model.without([], was_won=at % 2 == 0)
        assert predicted is not None
        cases.append(Case(predicted, at % 2 == 0, 0))
    assert sorted({case.predicted for case in cases}) == pytest.approx([19 / 39, 20 / 39])
    found = domain.calibration(cases)
    assert [decile.observed for decile in found.deciles] == [0.5] * 10
    assert {round(decile.predicted, 12) for decile in found.deciles} == {0.5}
