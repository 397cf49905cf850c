"""What an import tells: its result for programs and people, and its line in the history."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crm_cli import errors
from crm_cli.result import Level, Message, Record, Result
from crm_cli.services.import_warnings import SAMPLE, said

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crm_cli.services.importing import Job, Outcome
    from crm_cli.session import Session
    from crm_cli.store.staging import Staging


def strict_error(staging: Staging, read: int, rejected: int) -> errors.RowsRejected:
    """Return the error of a strict import with bad rows: how many, and the first."""
    first = "; ".join(
        f"line {line}{_in(column)}: {reason}"
        for line, column, reason in staging.first_rejected(SAMPLE)
    )
    return errors.RowsRejected(
        f"{rejected} of {read} rows are bad, nothing was written: {first}",
        hint="mend the rows, or leave --strict out to import the good ones",
    )


def _in(column: str | None) -> str:
    return f" ({column})" if column else ""


def summary(noun: str, name: str, outcome: Outcome) -> str:
    """Return what the history says of an import."""
    parts = []
    if outcome.created:
        parts.append(f"{outcome.created} added")
    if outcome.updated:
        parts.append(f"{outcome.updated} changed")
    return f"imported {noun}s from {Path(name).name}: {', '.join(parts) or 'nothing new'}"


def of(
    job: Job,
    counts: Mapping[str, Any],
    outcome: Outcome,
    entry_id: int | None,
    sample: Sequence[Mapping[str, Any]],
) -> Result:
    """Return what the command shows: ``counts`` as kept in ``import_runs``, ``sample`` the first
    rejected rows, ``entry_id`` None where nothing was written."""
    session, request, plan = job.session, job.request, job.plan
    values: dict[str, Any] = {
        "import": entry_id,
        "source": counts["source"],
        "read": counts["read_rows"],
        "created": counts["created"],
        "updated": counts["updated"],
        "unchanged": counts["unchanged"],
        "rejected": counts["rejected"],
        **outcome.extra,
        "rejects_file": counts["rejects_file"],
        "rejections": list(sample),
        "unknown_columns": plan.unknown,
        **({"fields_created": job.custom.created} if job.custom and request.keep_unknown else {}),
        "warnings": job.warnings.as_json(),
        "seconds": round(time.monotonic() - job.started, 3),
    }
    if session.dry_run:
        values["dry_run"] = True
    messages = [Message(text, Level.WARNING) for text in job.table.source.notices]
    messages += [Message(text) for text in job.remarks]
    if plan.preset is not None:
        messages.append(Message(f"read as {plan.preset.name} export"))
    if plan.unknown:
        fields = f'--map "{plan.unknown[0]}=FIELD"'
        messages.append(
            Message(
                f"columns not understood and left out: {', '.join(plan.unknown)} ({fields} to use"
                " one, --keep-unknown to keep all)",
                Level.WARNING,
            )
        )
    if job.custom and job.custom.created:
        messages.append(Message(f"made the fields {', '.join(job.custom.created)}"))
    messages += [Message(said(warning), Level.WARNING) for warning in values["warnings"]]
    if counts["rejected"]:
        messages += [
            Message(
                f"line {row['line']}{_in(row['field'])}: {row['reason']}",
                Level.WARNING,
            )
            for row in sample[:SAMPLE]
        ]
        where = "without --dry-run they go to" if session.dry_run else "they are in"
        if request.plan is not None:
            where = "once the plan is applied they go to"
        messages.append(
            Message(
                f"{counts['rejected']} of {counts['read_rows']} rows rejected;"
                f" {where} {counts['rejects_file']}",
                Level.WARNING,
            )
        )
    return ending(session, values, messages, entry_id)


def ending(
    session: Session, values: dict[str, Any], messages: list[Message], entry_id: int | None
) -> Result:
    """Return the result of an import: ``messages`` with what became of it, and how to take it
    back."""
    if session.dry_run:
        messages.append(Message("dry run: nothing was written"))
    elif entry_id:
        messages.append(Message(f"undo: crm undo {entry_id}", Level.HINT))
    else:
        messages.append(Message("nothing changed"))
    return Result(
        body=Record(noun="import", values=values, id_key="import"),
        messages=messages,
        exit_code=6 if values["rejected"] else 0,
    )
