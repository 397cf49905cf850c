"""``crm log import``: talks from tables, mails from mailboxes."""

from __future__ import annotations

from typing import Annotated, Optional

import typer

from crm_cli.commands import Verb
from crm_cli.commands.transfer import (
    Apply,
    Country,
    Dates,
    Delimiter,
    Encoding,
    Map,
    OnMatch,
    Plan,
    Rejects,
    Sheet,
    Strict,
    UnknownContact,
)
from crm_cli.result import Result

ContactMatch = Annotated[
    Optional[str],
    typer.Option("--match", help="Find contacts by external-id, email, phone or name alone."),
]
Keep = Annotated[
    bool, typer.Option("--keep-unknown", help="Keep columns nobody knows in the talk's text.")
]
Text = Optional[str]
Texts = Optional[list[str]]


def _import(
    ctx: typer.Context,
    file: Annotated[
        Text,
        typer.Argument(
            help="CSV, JSON Lines, a spreadsheet; mbox, .eml, Maildir or folder; - is stdin.",
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
    strict: Strict = False,
    rejects: Rejects = None,
    source: Annotated[
        Text, typer.Option(help="System of bare customer numbers; of mails: the contacts' source.")
    ] = None,
    tag: Annotated[
        Texts, typer.Option(help="Tag contacts: those made of mails, all of a table.")
    ] = None,
    maps: Map = None,
    unknown: UnknownContact = "create",
    delimiter: Delimiter = None,
    sheet: Sheet = None,
    encoding: Encoding = None,
    dates: Dates = None,
    country: Country = None,
    match: ContactMatch = None,
    on_match: OnMatch = "fill",
    keep_unknown: Keep = False,
    plan: Plan = None,
    apply: Apply = None,
) -> Result:
    """Import talks from a table, or mails of an mbox, a Maildir or .eml files.

    Mails go by their addresses, tables by their headers: crm help columns lists these.
    """
    from crm_cli.services import import_talks
    from crm_cli.services.import_mail import MailOptions
    from crm_cli.services.importing import ImportRequest

    stdin = getattr(ctx.obj.stdin, "buffer", None)
    request = ImportRequest(
        noun="interaction", path=file, stdin=stdin, maps=maps or (), strict=strict,
        unknown=unknown, rejects=rejects, delimiter=delimiter, sheet=sheet, encoding=encoding,
        dates=dates, country=country, source=source, tags=tag or (), match=match, on_match=on_match,
        keep_unknown=keep_unknown, plan=plan, apply=apply,
    )  # fmt: skip
    mail = MailOptions(
        own=own or (), with_lists=with_lists, add_unknown=add_unknown, recursive=recursive,
        since=since, until=until, rejects=rejects, source=source, tags=tag or (), strict=strict,
        plan=plan, for_people=ctx.obj.shows_people,
    )  # fmt: skip
    return import_talks.run(ctx.obj.session, request, mail)


IMPORT = Verb(_import, writes=True)
