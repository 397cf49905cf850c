"""``log import``: a table of talks, or a mailbox."""

from __future__ import annotations

from dataclasses import fields
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
    if request.path is None or request.apply is not None:
        from crm_cli.services import importing

        return importing.run(session, request)
    found = opened(request.path, request.stdin, recursive=mail.recursive)
    try:
        if found.box is None:
            raise errors.BadFile(
                f"{request.path} is no mailbox",
                hint="name an mbox, a Maildir, a folder of .eml files or one of these",
            )
        from crm_cli.services.import_mail import MailImport

        _refuse(request, _OF_TABLES, found.box.kind)
        return MailImport(session, found.box, mail).run()
    finally:
        found.close()


_OF_TABLES = (
    "preset", "maps", "match", "delimiter", "sheet", "encoding", "decimal", "dates", "country",
    "plan", "keep_unknown", "require_complete",
)  # fmt: skip


def _refuse(request: object, names: tuple[str, ...], kind: str) -> None:
    """Raise UsageError for options that mean nothing for what is imported."""
    defaults = {field.name: field.default for field in fields(request)}  # type: ignore[arg-type]
    given = [
        "--" + {"maps": "map"}.get(name, name).replace("_", "-")
        for name in names
        if getattr(request, name) not in (defaults[name], [], ())
    ]
    if given:
        raise errors.UsageError(
            f"{', '.join(given)}: not for a {kind}", hint="leave that out for mails"
        )
