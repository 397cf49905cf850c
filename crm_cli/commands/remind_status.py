"""``crm remind status``."""

from __future__ import annotations

import typer

from crm_cli.commands import Verb
from crm_cli.result import Result


def status(ctx: typer.Context) -> Result:
    """Show whether the reminders are at work; exit 7 when something is to be looked at.

    The last run, when the next counts as overdue, what is due, waits for another try, failed or
    is in doubt.
    """
    from crm_cli.queries import reminder_status

    return reminder_status.status(ctx.obj.session, for_people=ctx.obj.shows_people)


STATUS = Verb(status)
