"""``crm remind schedule``."""

from __future__ import annotations

import sys
from typing import Annotated, Optional

import typer

from crm_cli.commands import Verb
from crm_cli.result import Result

Text = Optional[str]
Flag = Optional[bool]


def schedule(
    ctx: typer.Context,
    every: Annotated[
        Text, typer.Option(help="15m (without it), 1h, 1d, 'daily 7:00'.", metavar="INTERVAL")
    ] = None,
    system: Annotated[
        Text,
        typer.Option("--for", help="cron, systemd, launchd or schtasks.", metavar="SYSTEM"),
    ] = None,
    install: Annotated[bool, typer.Option("--install", help="Write it there; asks first.")] = False,
    remove: Annotated[
        bool, typer.Option("--remove", help="Take it out again; asks first.")
    ] = False,
    to: Annotated[
        Optional[list[str]],
        typer.Option(help="For remind send: who gets the mails; repeat it.", metavar="ADDRESS"),
    ] = None,
    via: Annotated[
        Text, typer.Option(help="For remind send: smtp, sendmail, stdout, command.", metavar="WAY")
    ] = None,
    digest: Annotated[
        Flag, typer.Option("--digest/--each", help="For remind send: one mail, or one each.")
    ] = None,
    late: Annotated[
        Text, typer.Option(help="For remind send: what to do about old ones.", metavar="AGE")
    ] = None,
    to_owners: Annotated[
        bool, typer.Option("--to-owners", help="For remind send: to each follow-up's owner.")
    ] = False,
    to_contacts: Annotated[
        bool, typer.Option("--to-contacts", help="For remind send: to customers, with consent.")
    ] = False,
    command: Annotated[
        Text, typer.Option(help="For remind send --via command: the program.", metavar="CMD")
    ] = None,
) -> Result:
    """Print what makes cron (or another scheduler) send the reminders, and keep the interval.

    A run counts as overdue when the interval and some grace have passed since the last one:
    crm today then says so, and crm remind status exits 7.
    """
    from crm_cli.services import schedule as services

    passed = services.passed_on(
        to, via, late, command, digest=digest, to_owners=to_owners, to_contacts=to_contacts
    )
    request = services.Schedule(
        every=every, system=system, passed=passed, install=install, remove=remove,
        as_text=ctx.obj.format == "table", program=sys.argv[0], environment=ctx.obj.environment,
    )  # fmt: skip
    return services.schedule(ctx.obj.session, request)


SCHEDULE = Verb(schedule, writes=True)
