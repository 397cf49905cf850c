"""What an import of mails tells: its result for programs and people, its line in the history."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crm_cli import errors
from crm_cli.domain.values import safe
from crm_cli.result import Level, Message
from crm_cli.services.import_result import ending
from crm_cli.services.import_warnings import SAMPLE, said

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crm_cli.result import Result
    from crm_cli.services.import_mail import MailImport

_LEFT_OUT = {
    "skipped_lists": "{} from lists and machines left out (--with-lists takes them)",
    "skipped_deleted": "{} in the bin, spam or drafts left out",
    "skipped_ours": "{} between your own addresses left out",
    "skipped_days": "{} of other days left out",
}


def strict_error(
    job: MailImport, sample: Sequence[tuple[int, str, str]], bad: int
) -> errors.RowsRejected:
    """Return the error of a strict import with bad mails: how many, and the first."""
    first = "; ".join(f"{place}: {reason}" for _, place, reason in sample[:SAMPLE])
    return errors.RowsRejected(
        f"{bad} of {job.read} mails are bad, nothing was written: {first}",
        hint="mend the mails, or leave --strict out to import the good ones",
    )


def summary(job: MailImport, created: int) -> str:
    """Return what the history says of an import."""
    name = Path(job.box.name).name or job.box.name
    more = f", {_count(job.contacts_created, 'contact')} made" if job.contacts_created else ""
    return f"imported {_count(created, 'mail')} from {name}{more}"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def of(
    job: MailImport, run: Mapping[str, Any], entry_id: int | None,
    sample: Sequence[tuple[int, str, str]],
) -> Result:  # fmt: skip
    """Return what the command shows: ``run`` as kept in ``import_runs``, ``sample`` the first
    rejected mails, ``entry_id`` None where nothing was written."""
    session = job.session
    values: dict[str, Any] = {
        "import": entry_id,
        "source": run["source"],
        "read": run["read_rows"],
        "created": run["created"],
        "updated": 0,
        "unchanged": run["unchanged"],
        "rejected": run["rejected"],
        "contacts_created": job.contacts_created,
        "known": job.known,
        "unmatched": job.unmatched,
        **{name: job.left_out[name] for name in _LEFT_OUT},
        "unknown": [
            {"email": one.email, "name": one.name or None, "mails": one.mails}
            for one in job.unknown
        ],
        "rejects_file": run["rejects_file"],
        "rejections": [
            {"line": line, "field": None, "place": place, "reason": reason}
            for line, place, reason in sample
        ],
        "warnings": job.warnings.as_json(),
        "seconds": round(time.monotonic() - job.started, 3),
    }
    if session.dry_run:
        values["dry_run"] = True
    if job.options.for_people:
        said_below = ("unknown", *(name for name in _LEFT_OUT if not values[name]))
        values = {name: value for name, value in values.items() if name not in said_below}
    messages = [Message(f"read as {_KINDS[job.box.kind]}")]
    messages += [Message(text) for text in job.remarks]
    messages += [
        Message(text.format(job.left_out[name]))
        for name, text in _LEFT_OUT.items()
        if job.left_out[name]
    ]
    messages += _strangers(job)
    messages += [Message(said(warning), Level.WARNING) for warning in job.warnings.as_json()]
    if run["rejected"]:
        messages += [
            Message(f"{place}: {reason}", Level.WARNING) for _, place, reason in sample[:SAMPLE]
        ]
        where = "without --dry-run they go to" if session.dry_run else "they are in"
        messages.append(
            Message(
                f"{run['rejected']} of {run['read_rows']} mails rejected;"
                f" {where} {run['rejects_file']}",
                Level.WARNING,
            )
        )
    return ending(session, values, messages, entry_id)


_KINDS = {"mbox": "an mbox", "Maildir": "a Maildir", "folder": "a folder of mails",
          "mail": "one mail"}  # fmt: skip


def _strangers(job: MailImport) -> list[Message]:
    """Say which addresses nobody has, those of most mails first."""
    if not job.unknown:
        return []
    shown = ", ".join(
        f"{safe(one.name)} <{safe(one.email)}> ({one.mails})" if one.name
        else f"{safe(one.email)} ({one.mails})"
        for one in job.unknown[:10]
    )  # fmt: skip
    more = ", ..." if len(job.unknown) > 10 else ""
    count = len(job.unknown)
    hint = "" if job.options.add_unknown else "; --add-unknown makes contacts of people"
    who = "1 address is" if count == 1 else f"{count} addresses are"
    return [Message(f"{who} no contact's: {shown}{more}{hint}")]
