"""The list of leads: what it can be asked for, and its flat rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crm_cli.queries import leads
from crm_cli.result import Level, Message, Result, Table
from crm_cli.store import leads as store

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

    from crm_cli.session import Session
    from crm_cli.store.filters import Chosen

SHOWN = (
    "id", "contact", "title", "stage", "value", "currency", "weighted_value", "score",
    "expected_on", "owner", "next_follow_up_on", "age_days", "stale",
)  # fmt: skip
SHOWN_CLOSED = (
    "id", "contact", "title", "stage", "state", "value", "currency", "owner", "opened_at",
    "closed_at", "loss_reason", "age_days",
)  # fmt: skip


def listing(
    session: Session, asked: Mapping[str, str | None], *, limit: int | None,
    where: str | None = None, ids_only: bool = False, stale: bool = False,
) -> Result:  # fmt: skip
    """Return leads by id: the open ones, unless a state or a stage is asked for.

    ``asked`` maps who, state, stage, pipeline, owner, source, before (expected), since, until and
    period (of opening) to what was typed; the state ``all`` means every one. ``where`` is a
    filter, which decides about the closed ones if it names their fields (``selection``);
    ``stale`` keeps the open leads that are longer in their stage than it allows. With
    ``ids_only`` the table has no other column. Raises InvalidValue, NotFound and Ambiguous.
    """
    filters, chosen, remarks = choice(session, asked, where, stale=stale)
    if ids_only:
        ids = store.listed_ids(session.reader, filters, limit, chosen=chosen)
        return Result(
            body=Table(noun="lead", columns=leads.COLUMNS[:1], rows=ids), messages=remarks
        )
    rows = store.listed(session.reader, filters, limit, chosen=chosen)
    shown = SHOWN if all(row.state == "open" for row in rows) else SHOWN_CLOSED
    found = leads.table(rows, session, shown, flat=True)
    if store.has_fields(session.reader):
        from crm_cli.queries.fields import with_columns

        found = with_columns(session.reader, found)
    return Result(body=found, messages=remarks)


def choice(
    session: Session, asked: Mapping[str, str | None], where: str | None, *, stale: bool = False
) -> tuple[dict[str, Any], Chosen | None, list[Message]]:
    """Return what the store compares with (names of ``store.leads.CONDITIONS``), a filter's
    condition, and remarks. Raises what ``listing`` does."""
    filters: dict[str, Any] = {name: text for name, text in asked.items() if text is not None}
    remarks: list[Message] = []
    if filters:
        remarks += _read(session, filters)
    if "state" not in filters and "stage_name" not in filters:
        filters["state"] = "open"
    if filters.get("state") == "all":
        del filters["state"]
    filters.pop("stage_name", None)
    if stale:
        import json

        from crm_cli.queries.filter_leads import limits

        filters["stale"] = json.dumps({days: since for days, since, _ in limits(session)})
    if where is None:
        return filters, None, remarks
    from crm_cli.queries import filtering
    from crm_cli.queries.selection import DECIDE_LEADS

    narrowed = filtering.read(session, "lead", where)
    if not asked.get("state") and narrowed.fields & DECIDE_LEADS:
        filters.pop("state", None)
    return filters, narrowed.chosen, [*remarks, *narrowed.remarks]


def _read(session: Session, filters: dict[str, Any]) -> list[Message]:
    """Turn what was typed into what the store compares with, in place."""
    from crm_cli.domain.contact import choose
    from crm_cli.domain.lead import STATES
    from crm_cli.queries import resolve

    connection, remarks = session.reader, []
    for name, text in filters.items():
        resolve.typed(text, name)
    if "who" in filters:
        country = resolve.country_for(session, filters["who"])
        filters["who"] = resolve.contact_id(connection, filters["who"], country=country)
    if "state" in filters:
        filters["state"] = choose("state", filters["state"], (*STATES, "all"))
    _read_stages(connection, filters)
    for name in ("owner", "source"):
        if name in filters:
            is_me = name == "owner" and filters[name] == session.actor
            remarks += _unused(connection, name, filters[name], is_me=is_me)
    _read_bounds(session, filters, remarks)
    return remarks


def _read_stages(connection: sqlite3.Connection, filters: dict[str, Any]) -> None:
    """Put the ids of stages in the place of a stage's and a pipeline's name."""
    stage, pipeline = filters.pop("stage", None), filters.pop("pipeline", None)
    if stage is None and pipeline is None:
        return
    from crm_cli.queries import stages

    if stage is not None:
        filters["stage_name"] = stage
        found = [row.id for row in stages.stages_named(connection, stage, pipeline)]
    else:
        from crm_cli.store.stages import stages as all_of

        meant = stages.resolve_pipeline(connection, pipeline, retired=True)
        found = [row.id for row in all_of(connection, meant.id)]
    filters["stage"] = store.array(found)


def _read_bounds(session: Session, filters: dict[str, Any], remarks: list[Message]) -> None:
    """Turn the days and the period as typed into ``since``, ``until`` and ``before``, in place."""
    names = ("since", "until", "period", "before")
    typed = {name: filters.pop(name) for name in names if name in filters}
    if not typed:
        return
    from crm_cli.reports import local_days, scope

    before = typed.pop("before", None)
    if before is not None:
        day = scope.read_day(session, before, "--expected-before", session.today, remarks)
        filters["before"] = day.isoformat()
    if not typed:
        return
    span = scope.read_span(session, scope.Bounds(**typed), session.today, remarks)
    if span.since is not None:
        filters["since"] = local_days.begins(span.since, session.zone)
    if span.until is not None:
        filters["until"] = local_days.ends(span.until, session.zone)


def _unused(connection: sqlite3.Connection, name: str, typed: str, *, is_me: bool) -> list[Message]:
    """Return a remark where no lead has such an owner or source, with the nearest; ``is_me``:
    it is who asks, and may be called otherwise."""
    from crm_cli.domain.values import fold

    words = {fold(word): word for word in store.used(connection, name)}
    if fold(typed) in words:
        return []
    from difflib import get_close_matches

    near = get_close_matches(fold(typed), words, 1)
    hint = f"; did you mean {words[near[0]]!r}?" if near else ""
    if is_me:
        hint += "; say who you are with --as NAME, or for good with CRM_USER=NAME"
    return [Message(f"no lead has the {name} {typed!r}{hint}", Level.WARNING)]
