"""Conditions on leads that stand for others: stages by name, ages in days, what is stale.

SQL knows no time zones: an age becomes the bounds of an instant, as days of the business begin
and end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crm_cli import errors
from crm_cli.domain.filter_fields import Field
from crm_cli.queries import filter_values
from crm_cli.store.filter_tests import Test
from crm_cli.store.filters import Group

if TYPE_CHECKING:
    from crm_cli.domain.filter import Value
    from crm_cli.session import Session
    from crm_cli.store.filters import Bound

_ID = Field("id", "number")
_STAGE = Field("stage", "stage")
_STATE = Field("state", "choice")
_SINCE = Field("stage_since", "instant")
_OPENED = Field("opened", "instant")


def stages(session: Session, field: Field, value: Value) -> Test:
    """Return the test of the stages that a word means, or of those of a pipeline.

    Raises InvalidValue with the nearest.
    """
    from crm_cli.queries import stages as queries

    text = value.text.strip()
    try:
        if field.kind == "stage":
            found = queries.stages_named(session.reader, text)
            return Test(field, "in", tuple(row.id for row in found))
        pipeline = queries.resolve_pipeline(session.reader, text, retired=True)
    except (errors.NotFound, errors.Ambiguous) as error:
        raise errors.InvalidValue(error.message, hint=error.hint) from None
    from crm_cli.store import stages as store

    rows = store.stages(session.reader, pipeline.id)
    return Test(field, "in", tuple(row.id for row in rows))


def percent(value: Value) -> tuple[int, int]:
    """Return a percentage in basis points, rounded up and down. Raises InvalidValue."""
    bare = value.text.strip().removesuffix("%").strip()
    thousandths = filter_values.thousandths(bare, value.text)
    return -(-thousandths // 10), thousandths // 10


def age(session: Session, field: Field, sign: str, value: Value) -> Bound:
    """Return the condition of a number of days: since a lead came to its stage, or from its
    opening to its closing, of open ones to today. Raises InvalidValue."""
    thousandths = filter_values.thousandths(value.text.strip(), value.text)
    low, high = -(-thousandths // 1000), thousandths // 1000
    if sign == "=" and low != high:
        return Test(_ID, "in", ())
    days = low if sign in {"=", "<", ">="} else high
    if field.name == "stage_age":
        return _since(session, _SINCE, sign, days, value.text)
    is_open = Test(_STATE, "in", ("open",))
    closed = Test(_ID, "in", tuple(_closed_aged(session, sign, days)))
    still = Group("and", (is_open, _since(session, _OPENED, sign, days, value.text)))
    return Group("or", (still, closed))


def limits(session: Session) -> list[tuple[int, str, tuple[int, ...]]]:
    """Return (days that a lead may be in a stage, the instant before which it came to it if it is
    stale by now, the open stages with this limit)."""
    from datetime import timedelta

    from crm_cli.store import stages as store

    found: dict[int, list[int]] = {}
    for row in store.stages(session.reader):
        if row.kind == "open" and row.rotten_days is not None:
            found.setdefault(row.rotten_days, []).append(row.id)
    bounds: list[tuple[int, str, tuple[int, ...]]] = []
    for days, ids in sorted(found.items()):
        try:
            last = session.today - timedelta(days=days)
        except OverflowError:
            continue
        first, _ = filter_values.instants(session, last, last)
        bounds.append((days, first, tuple(ids)))
    return bounds


def stale(session: Session) -> Bound:
    """Return the condition of open leads that are longer in their stage than its limit."""
    parts: list[Bound] = [Test(_ID, "in", ())]
    for _, since, ids in limits(session):
        in_stage = Test(_STAGE, "in", ids)
        parts.append(Group("and", (in_stage, Test(_SINCE, "<", (since,)))))
    return Group("or", tuple(parts))


def opposite(bound: Bound) -> Bound:
    """Return what holds where a condition does not."""
    if isinstance(bound, Test):
        return bound._replace(is_negated=not bound.is_negated)
    word = {"and": "or", "or": "and"}[bound.word]
    return Group(word, tuple(opposite(part) for part in bound.parts))


# -- helpers --------------------------------------------------------------------------------------


_TURNED = {"=": "span", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
"""The older, the earlier it began."""


def _since(session: Session, field: Field, sign: str, days: int, typed: str) -> Test:
    from datetime import timedelta

    try:
        day = session.today - timedelta(days=days)
        first, last = filter_values.instants(session, day, day)
    except (OverflowError, errors.InvalidValue):
        raise errors.InvalidValue(f"{typed} days lead out of the calendar") from None
    turned = _TURNED[sign]
    if turned == "span":
        return Test(field, "span", ((first, last),))
    return Test(field, turned, (first if turned in {"<", ">="} else last,))


def _closed_aged(session: Session, sign: str, days: int) -> list[int]:
    """Return the closed leads whose days from opening to closing compare so."""
    import operator

    from crm_cli.reports.local_days import Days
    from crm_cli.store.filter_leads import closed_spans

    compare = {
        "=": operator.eq, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
    }[sign]  # fmt: skip
    number = Days(session.zone).ordinal
    return [
        lead_id
        for lead_id, opened, closed in closed_spans(session.reader)
        if compare(number(closed) - number(opened), days)
    ]
