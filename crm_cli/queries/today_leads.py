"""The leads of a morning: which stand still in their stage, and of which nothing is planned."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crm_cli.store import today_leads as store

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence
    from datetime import date

    from crm_cli.queries.today import Day


def lists(
    connection: sqlite3.Connection, stages: Sequence[tuple[int, int | None]], day: Day,
    owner: str | None, limit: int,
) -> tuple[dict[str, list[dict[str, Any]]], int, bool]:  # fmt: skip
    """Return the lists ``stale_leads`` (in their stage for more days than its limit, the longest
    first) and ``leads_without_step`` (the others without an open follow-up, what is worth most
    first); how many the latter are, and whether there may be more.

    ``stages`` are the open stages: (id, days until a lead is stale there, or None).
    """
    before = {stage: _before(day, rotten) for stage, rotten in stages}
    asked = {"owner": owner, "limit": limit}
    limits = {stage: instant for stage, instant in before.items() if instant is not None}
    still = store.standing_still(connection, limits, asked)
    idle, total, is_more = store.without_step(connection, before, asked)
    found = {
        "stale_leads": [_lead(row, day) for row in still],
        "leads_without_step": [_lead(row, day) for row in idle],
    }
    return found, total, is_more


def _before(day: Day, rotten: int | None) -> str | None:
    """Return the instant before which a lead came to a stage in which it is stale by now: it is
    there for more days than the limit, counted as ``stage_age_days`` are."""
    from datetime import timedelta

    if rotten is None:
        return None
    try:
        first = day.today - timedelta(days=rotten)
    except OverflowError:
        return None
    return day.instant(first.isoformat(), "00:00")


def _lead(row: Sequence[Any], day: Day) -> dict[str, Any]:
    from crm_cli.domain.values import money_text

    found = dict(zip(store.COLUMNS, row, strict=True))
    if found["value"] is not None:
        found["value"] = money_text(found["value"], found["currency"])
    found["stage_age_days"] = (day.today - _local_day(found["stage_since"], day)).days
    return found


def _local_day(instant: str, day: Day) -> date:
    from datetime import datetime

    return datetime.fromisoformat(instant).astimezone(day.zone).date()
