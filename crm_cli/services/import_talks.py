"""``log import``: a table of talks, or a mailbox."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING

from crm_cli import errors
from crm_cli.exchange.mailbox_open import opened

if TYPE_CHECKING:
    from crm_cli.result import Result
    from crm_cli.services.import_mail import MailOptions
    from crm_cli.services.importing import ImportRequest
    from crm_cli.session import Session


def run(session: Session, request: ImportRequest, mail: MailOptions) -> Result:
    """Import a file, a folder or stdin; what it is tells its content.

    Raises what the two kinds of imports raise, and UsageError for options of the other kind.
    """
    if request.apply is not None:
        return _apply(session, request, mail)
    if request.path is None:
        raise errors.UsageError("no file is named", hint="name a file to import, or - for stdin")
    found = opened(request.path, request.stdin, recursive=mail.recursive)
    try:
        if found.box is None:
            from crm_cli.services import importing

            _refuse(mail, _OF_MAILBOXES, "a table")
            stdin = found.handle if request.path == "-" else None
            if stdin is not None:
                stdin.seek(0)
            return importing.run(session, replace(request, stdin=stdin))
        from crm_cli.services.import_mail import MailImport

        _refuse(request, _OF_TABLES, "mails")
        return MailImport(session, found.box, mail).run()
    finally:
        found.close()


def _apply(session: Session, request: ImportRequest, mail: MailOptions) -> Result:
    """Carry out a plan of a table or of mails."""
    from crm_cli.exchange.mail_plan import ENDING
    from crm_cli.exchange.plan_file import PlanTable
    from crm_cli.exchange.source import open_source
    from crm_cli.services import importing
    from crm_cli.services.import_plan import path_of_plan

    _refuse(mail, _OF_MAILBOXES, "a plan")
    source = open_source(path_of_plan(request), request.stdin)
    try:
        table = PlanTable(source)
        if table.head.noun == "interaction" and table.head.ending == ENDING:
            from crm_cli.services.import_mail_plan import apply

            return apply(session, table, mail)
        if request.apply == "-":
            source.handle.seek(0)
            request = replace(request, stdin=source.handle)
        return importing.run(session, request)
    finally:
        source.close()


_OF_TABLES = (
    "preset", "maps", "delimiter", "sheet", "encoding", "dates", "country", "unknown",
    "match", "on_match", "keep_unknown",
)  # fmt: skip
_OF_MAILBOXES = ("own", "with_lists", "add_unknown", "recursive", "since", "until")


def _refuse(request: MailOptions | ImportRequest, names: tuple[str, ...], what: str) -> None:
    """Raise UsageError for options that mean nothing for what is imported."""
    defaults = {field.name: field.default for field in fields(request)}
    given = [
        "--" + {"maps": "map"}.get(name, name).replace("_", "-")
        for name in names
        if getattr(request, name) not in (defaults[name], [], ())
    ]
    if given:
        raise errors.UsageError(
            f"{', '.join(given)}: not for {what}", hint=f"leave that out: this file holds {what}"
        )
