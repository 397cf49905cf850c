"""``crm today``."""

from __future__ import annotations

from typing import Annotated, Optional

import typer

from crm_cli.commands import Verb
from crm_cli.result import Result


def today(
    ctx: typer.Context,
    owner: Annotated[
        Optional[str], typer.Option(help="Only what is this person's.", metavar="NAME")
    ] = None,
    days: Annotated[
        int, typer.Option(help="Look so many days ahead for birthdays.", metavar="N")
    ] = 7,
    limit: Annotated[
        Optional[int],
        typer.Option(
            help="At most N rows a list (20 for people, 100 for programs; of leads 5).", metavar="N"
        ),
    ] = None,
) -> Result:
    """Show what the day asks for: follow-ups, promises, birthdays, quiet customers.

    Warnings are shown when the reminders did not run or could not be delivered; the exit status
    stays 0 (crm remind status exits 7). -f ids prints the follow-ups that are due.
    """
    from crm_cli.queries import today as queries

    asked = queries.Asked(owner=owner, days=days, limit=limit)
    if ctx.obj.format in {"csv", "tsv", "ids"}:
        return queries.rows(ctx.obj.session, asked)
    return queries.page(ctx.obj.session, asked, for_people=ctx.obj.shows_people)


TODAY = Verb(today)
