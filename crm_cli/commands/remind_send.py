"""``crm remind send``, the ledger's list, and the word on what is in doubt."""

from __future__ import annotations

from typing import Annotated, Optional

import typer

from crm_cli.commands import Verb
from crm_cli.result import Result

Text = Optional[str]


def send(
    ctx: typer.Context,
    to: Annotated[
        Optional[list[str]],
        typer.Option("--to", help="Send everything due there; may be repeated.", metavar="ADDRESS"),
    ] = None,
    to_owners: Annotated[
        bool, typer.Option("--to-owners", help="To each follow-up's owner (setting people).")
    ] = False,
    to_contacts: Annotated[
        bool, typer.Option("--to-contacts", help="Service reminders to customers with consent.")
    ] = False,
    via: Annotated[
        Text,
        typer.Option(help="smtp, sendmail, command or stdout; setting mail_via.", metavar="WAY"),
    ] = None,
    command: Annotated[
        Text, typer.Option(help="With --via command: what takes a mail on stdin.", metavar="CMD")
    ] = None,
    digest: Annotated[bool, typer.Option("--digest", help="One mail each (without it).")] = False,
    each: Annotated[bool, typer.Option("--each", help="One mail for each follow-up.")] = False,
    late: Annotated[
        Text, typer.Option(help="Leave out what was due longer ago; 3d.", metavar="TIME")
    ] = None,
    test: Annotated[
        Text, typer.Option(help="Send a test mail there, and nothing else.", metavar="ADDRESS")
    ] = None,
    templates: Annotated[
        Text,
        typer.Option(help="Folder of your own texts; setting mail_templates.", metavar="FOLDER"),
    ] = None,
) -> Result:
    """Send what is due now, once, whatever happens: for cron.

    Prints nothing where nothing was due, and with --quiet nothing where all went well.
    """
    options = locals()
    from crm_cli.commands.inputs import used
    from crm_cli.services import sending_request

    as_text = ctx.obj.shows_people
    request = sending_request.SendOptions(
        secrets=ctx.obj.mail_secrets(),
        stdout=ctx.obj.stdout_bytes if as_text else None,
        shows_nothing=not as_text,
        is_quiet=bool(ctx.obj.options.get("quiet")),
        shows_ids=ctx.obj.wants_ids,
        **used(options),
    )
    return sending_request.run(ctx.obj.session, request)


def resolve(
    ctx: typer.Context,
    what: Annotated[
        str, typer.Argument(help="A delivery's ID, - for ids from stdin, or an address.")
    ],
    how: Annotated[str, typer.Argument(help="sent or resend; ok for an address.")],
) -> Result:
    """Settle what is in doubt or failed: sent, or resend; ADDRESS ok sends there again."""
    from crm_cli.commands.inputs import piped_ids
    from crm_cli.services import resolving

    ids = piped_ids(ctx.obj) if what == "-" else None
    return resolving.resolve(ctx.obj.session, what, how, ids)


def deliveries(
    ctx: typer.Context,
    state: Annotated[
        Text, typer.Option(help="claimed, handing_over, sent, failed, in_doubt or skipped.")
    ] = None,
    where: Annotated[
        Text, typer.Option(help="Filter: 'recipient ~ firm.ch and changed_at > -7d'.",
                           metavar="EXPR")
    ] = None,
) -> Result:  # fmt: skip
    """List the ledger: what went to whom, when, and what became of it."""
    from crm_cli.queries import deliveries as queries

    return queries.listing(ctx.obj.session, state, limit=ctx.obj.row_limit, where=where)


SEND = Verb(send, writes=True)
RESOLVE = Verb(resolve, writes=True)
DELIVERIES = Verb(deliveries, rows=True)
