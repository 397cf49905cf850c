"""``crm remind calendar``."""

from __future__ import annotations

from typing import Annotated, Optional

import typer

from crm_cli.commands import Verb
from crm_cli.result import Result

Text = Optional[str]


def calendar(
    ctx: typer.Context,
    file: Annotated[
        str, typer.Argument(help="Where to write it; - or nothing: stdout.", metavar="[FILE]")
    ] = "-",
    kind: Annotated[str, typer.Option(help="event, or todo.", metavar="KIND")] = "event",
    owner: Annotated[Text, typer.Option(help="Only this person's.", metavar="NAME")] = None,
    since: Annotated[Text, typer.Option(help="Due from this day on.", metavar="DATE")] = None,
    until: Annotated[Text, typer.Option(help="Due up to this day.", metavar="DATE")] = None,
    mode: Annotated[
        Text, typer.Option(help="Permissions of the file: 644 for a web server.", metavar="MODE")
    ] = None,
) -> Result:
    """Write the follow-ups as an iCalendar file to subscribe to.

    What was done or cancelled in the last 30 days is in it as such, so that calendars drop it.
    The file is written whole or not at all, and the same follow-ups give the same bytes.
    """
    from crm_cli.services import calendar as services

    request = services.CalendarRequest(
        file=file, kind=kind, owner=owner, since=since, until=until, mode=mode
    )
    return services.write(ctx.obj.session, request)


CALENDAR = Verb(calendar, writes=True)
