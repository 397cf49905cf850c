"""Moving leads between stages: forward and back, lost, and open again. See ``leads_win`` too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crm_cli import errors
from crm_cli.domain.lead import percent_text
from crm_cli.domain.values import fold, read_text
from crm_cli.queries import picklists
from crm_cli.queries import stages as stage_queries
from crm_cli.result import Level, Message
from crm_cli.services.leads_change import carry_out_on, enter, open_ones, stage_names, telling
from crm_cli.services.leads_when import read_when
from crm_cli.store import lead_history, stages
from crm_cli.store import leads as store

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crm_cli.domain.stage import Stage
    from crm_cli.queries.selection import Selection
    from crm_cli.result import Result
    from crm_cli.services.bulk import Work
    from crm_cli.services.leads import LeadFields
    from crm_cli.services.leads_change import Row
    from crm_cli.session import Session

MOST_SAID = 5
"""So many leads are told about one by one."""


def move(session: Session, selection: Selection, to: str, fields: LeadFields) -> Result:
    """Move leads to another stage; to a won one is winning, to a lost one losing with a reason.

    Raises NotFound and Ambiguous for what is no stage, Refused for a closed lead, InvalidValue
    for an instant before its stay began.
    """
    given = fields.given

    def prepare(work: Work) -> None:
        for row in open_ones(work, selection):
            stage = _target(work, row, to, given)
            if stage.id == row["stage_id"]:
                continue
            if stage.kind == "won":
                _win(work, row, stage, given)
            elif stage.kind == "lost":
                _lose(work, row, stage, given)
            else:
                refuse_reason(given)
                _change(work, row, stage, given, {})
                _tell_odds(work, row)
        work.remarks[:] = dict.fromkeys(work.remarks)

    return carry_out_on(
        session, selection, ("move", "moved"), prepare, given=given,
        detail=f" to {_called(session, to, given)}",
    )  # fmt: skip


def _called(session: Session, to: str, given: Mapping[str, Any]) -> str:
    """Return what the summary calls a stage: its name where it is one of them all."""
    try:
        found = stage_queries.stages_named(session.reader, to, given.get("pipeline"))
    except errors.CrmError:
        return to.strip()
    return found[0].name


def lose(session: Session, selection: Selection, reason: str, fields: LeadFields) -> Result:
    """Close leads as lost for a reason of the picklist ``loss-reason``.

    Raises InvalidValue for what is no reason, Refused for a closed lead.
    """
    given = {**fields.given, "reason": reason}

    def prepare(work: Work) -> None:
        for row in open_ones(work, selection):
            _lose(work, row, closing_stage(work, row, "lost", given), given)
        work.remarks[:] = dict.fromkeys(work.remarks)

    return carry_out_on(session, selection, ("lose", "lost"), prepare, given=given)


def reopen(session: Session, selection: Selection, fields: LeadFields) -> Result:
    """Open closed leads again, in the stage they were in before, or another. The sale that winning
    one wrote stays, and is named.

    Raises NotFound, Refused for a retired stage, InvalidValue for an instant before it was closed.
    """
    given = fields.given

    def prepare(work: Work) -> None:
        for row in store.rows(work.connection, work.listed):
            if row["state"] == "open":
                continue
            _change(work, row, _back_to(work, row, given), given, {})
            if row["purchase_id"] is not None:
                work.remarks.append(
                    Message(
                        f"the sale of lead {row['id']} stays: purchase {row['purchase_id']}"
                        f" (crm purchase delete {row['purchase_id']} if it fell through)",
                        Level.WARNING,
                    )
                )
        work.remarks[:] = dict.fromkeys(work.remarks)

    return carry_out_on(
        session, selection, ("reopen", "reopened"), prepare, hidden=True, given=given
    )


# -- one lead -----------------------------------------------------------------------------------


def _change(
    work: Work, row: Row, stage: Stage, given: Mapping[str, Any], told: Mapping[str, Any]
) -> str:
    """Let a lead enter a stage when it was said to; return the instant."""
    stay = lead_history.present_stays(work.connection, f"[{row['id']}]")[row["id"]]
    at = read_when(
        work.unit.session, given.get("on"), "on", work.remarks, not_before=stay["entered_at"],
        first_of=row["id"] if stay["entered_at"] == row["opened_at"] else None,
    )  # fmt: skip
    enter(work.unit, row, stay, stage, at, told)
    before = stage_names(work.unit)[row["stage_id"]]
    work.note([row["id"]], telling(row["id"], f"stage: {before} -> {stage.name}"))
    return at


def _win(work: Work, row: Row, stage: Stage, given: Mapping[str, Any]) -> None:
    from crm_cli.services import leads_win

    refuse_reason(given)
    leads_win.close(work, row, stage, given)


def _lose(work: Work, row: Row, stage: Stage, given: Mapping[str, Any]) -> None:
    _change(work, row, stage, given, {**lost_cells(work, given), **noted(row, given)})
    tell_follow_ups(work, row, given)


change = _change


def lost_cells(work: Work, given: Mapping[str, Any], held: str | None = None) -> dict[str, Any]:
    """Return why a lead is lost. Raises UsageError without a reason, InvalidValue."""
    if given.get("reason") is None:
        raise errors.UsageError(
            "why is it lost?", hint="add --reason, or: crm lead lose LEAD REASON;"
            " crm picklist list loss-reason lists them"
        )  # fmt: skip
    reason = _reason(work, given["reason"], held)
    return {"loss_reason": reason, "competitor": read_competitor(given)}


def _reason(work: Work, typed: str, held: str | None) -> str:
    """Return the key of a reason: by key, label or alias, else by how a word of one label alone
    begins, as stages are named. Raises InvalidValue with the labels."""
    try:
        return picklists.choose(work.connection, "loss-reason", typed, held=held)
    except errors.InvalidValue as error:
        from shlex import quote

        labels = picklists.labels(work.connection, "loss-reason")
        wanted = fold(typed)
        near = [key for key, label in labels.items() if f" {wanted}" in f" {fold(label)}"]
        if wanted and len(near) == 1:
            return near[0]
        known = [labels[key] for key in near if wanted] or list(labels.values())
        raise errors.InvalidValue(
            error.message,
            hint=f"{'it may be' if len(near) > 1 and wanted else 'it is'} one of"
            f" {', '.join(known)}; or: crm picklist add loss-reason {quote(typed)}",
        ) from None


def noted(row: Row, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the notes of a lead with what is told at its closing below them. Raises
    InvalidValue."""
    told = read_text(given.get("notes") or "", "notes", lines=True)
    return {"notes": f"{row['notes']}\n\n{told}" if row["notes"] else told} if told else {}


def read_competitor(given: Mapping[str, Any]) -> str | None:
    """Return to whom a lead was lost. Raises InvalidValue."""
    return read_text(given.get("competitor") or "", "competitor") or None


def shift(work: Work, row: Row, to: str) -> None:
    """Move an open lead to another open stage, for ``lead edit``. Raises UsageError for a closing
    one."""
    stage = _target(work, row, to, {})
    if stage.kind != "open":
        verb = "win" if stage.kind == "won" else "lose"
        raise errors.UsageError(
            f"an edit closes no lead, and {stage.name} would",
            hint=f"crm lead {verb} {row['id']}",
        )
    if stage.id != row["stage_id"]:
        _change(work, row, stage, {}, {})
        _tell_odds(work, row)


def refuse_reason(given: Mapping[str, Any]) -> None:
    """Refuse a reason where nothing is lost. Raises UsageError."""
    for name in ("reason", "competitor"):
        if given.get(name) is not None:
            raise errors.UsageError(
                f"--{name} is said of a lost lead", hint="leave it out, or: crm lead lose"
            )


def closing_stage(work: Work, row: Row, kind: str, given: Mapping[str, Any]) -> Stage:
    """Return the stage in which a lead is closed: its pipeline's, or the one that was named."""
    own = stages.stage(work.connection, row["stage_id"])
    if given.get("stage") is None:
        find = stage_queries.won_stage if kind == "won" else stage_queries.lost_stage
        return find(work.connection, own.pipeline_id)
    stage = stage_queries.resolve_stage(work.connection, given["stage"], within=own.pipeline_id)
    if stage.kind != kind:
        raise errors.InvalidValue(
            f"{stage.name} is a stage of {stage.kind} leads", hint="crm lead move LEAD STAGE"
        )
    return stage


def _target(work: Work, row: Row, to: str, given: Mapping[str, Any]) -> Stage:
    pipeline = given.get("pipeline")
    own = stages.stage(work.connection, row["stage_id"])
    within = own.pipeline_id if pipeline is None else None
    return stage_queries.resolve_stage(work.connection, to, pipeline, within)


def _back_to(work: Work, row: Row, given: Mapping[str, Any]) -> Stage:
    own = stages.stage(work.connection, row["stage_id"])
    if given.get("stage") is not None:
        stage = stage_queries.resolve_stage(work.connection, given["stage"], within=own.pipeline_id)
        if stage.kind != "open":
            raise errors.InvalidValue(
                f"{stage.name} is a stage of {stage.kind} leads", hint="name one of open leads"
            )
        return stage
    before = lead_history.last_open_stage(work.connection, row["id"])
    if before is None:
        return stage_queries.first_stage(work.connection, own.pipeline_id)
    stage = stages.stage(work.connection, before)
    if stage.is_retired:
        raise errors.Refused(
            f"lead {row['id']} was in the stage {stage.name}, which is retired",
            hint=f"name another: crm lead reopen {row['id']} --stage STAGE",
        )
    return stage


def _tell_odds(work: Work, row: Row) -> None:
    if row["probability"] is not None and len(work.changed) <= MOST_SAID:
        work.remarks.append(
            Message(
                f"lead {row['id']} keeps its own odds of {percent_text(row['probability'])}"
                f" (crm lead edit {row['id']} --unset probability: those of its stage)"
            )
        )


def tell_follow_ups(work: Work, row: Row, given: Mapping[str, Any]) -> None:
    """Say which follow-ups of a lead that is closed are still open; cancel them where asked."""
    if not lead_history.open_follow_ups(work.connection, f"[{row['id']}]"):
        return
    if given.get("cancel_follow_ups") or len(work.changed) <= MOST_SAID:
        from crm_cli.services import lead_steps

        lead_steps.close(work.unit, [row["id"]], given, work.remarks)
