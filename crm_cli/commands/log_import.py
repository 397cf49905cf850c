"""``crm log import``: talks from tables, mails from mailboxes."""

from __future__ import annotations

from typing import Annotated, Optional

import typer

from crm_cli.commands import Verb
from crm_cli.result import Result

Text = Optional[str]
Texts = Optional[list[str]]


def _import(
    ctx: typer.Context,
    file: Annotated[
        Text,
        typer.Argument(
            help="mbox, .eml, a Maildir or folder of .eml; - is stdin.",
            metavar="FILE",
        ),
    ] = None,
    own: Annotated[
        Texts,
        typer.Option(
            "--own", help="An address of ours, or @domain; beside sender and people of config."
        ),
    ] = None,
    with_lists: Annotated[
        bool, typer.Option("--with-lists", help="Take mails of lists and machines too.")
    ] = False,
    add_unknown: Annotated[
        bool, typer.Option("--add-unknown", help="Make contacts of people nobody knows.")
    ] = False,
    recursive: Annotated[
        bool, typer.Option("--recursive", help="Take the folders in a folder too.")
    ] = False,
    since: Annotated[Text, typer.Option(help="Mails from this day on.", metavar="DATE")] = None,
    until: Annotated[Text, typer.Option(help="Mails up to this day.", metavar="DATE")] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Anything bad: write nothing.")] = False,
    rejects: Annotated[Text, typer.Option(help="Where rejected ones go.", metavar="FILE")] = None,
    source: Annotated[Text, typer.Option(help="Source of the contacts made.")] = None,
    tag: Annotated[Texts, typer.Option(help="Tag the contacts made.")] = None,
) -> Result:
    """Import talks from a table, or mails of an mbox, a Maildir or .eml files.

    Mails are matched with contacts by their addresses; see docs/mail.md.
    """
    from crm_cli.services import import_talks
    from crm_cli.services.import_mail import MailOptions
    from crm_cli.services.importing import ImportRequest

    stdin = getattr(ctx.obj.stdin, "buffer", None)
    request = ImportRequest(
        noun="interaction", path=file, stdin=stdin, strict=strict, rejects=rejects, source=source,
        tags=tag or (),
    )  # fmt: skip
    mail = MailOptions(
        own=own or (), with_lists=with_lists, add_unknown=add_unknown, recursive=recursive,
        since=since, until=until, rejects=rejects, source=source, tags=tag or (), strict=strict,
        for_people=ctx.obj.shows_people,
    )  # fmt: skip
    return import_talks.run(ctx.obj.session, request, mail)


IMPORT = Verb(_import, writes=True)
