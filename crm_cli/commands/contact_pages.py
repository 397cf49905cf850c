"""What is read before a call: ``crm contact timeline`` and ``crm contact brief``."""

from __future__ import annotations

from typing import Annotated, Optional

import typer

from crm_cli.commands import Verb
from crm_cli.commands.contact import Who, Whos
from crm_cli.result import Result

Text = Optional[str]


def timeline(
    ctx: typer.Context,
    who: Who,
    kind: Annotated[
        Optional[list[str]],
        typer.Option(help="interaction, purchase, return, follow-up, consent; repeat it."),
    ] = None,
    people: Annotated[
        bool, typer.Option("--people", help="Of a company: talks with its people too.")
    ] = False,
    since: Annotated[Text, typer.Option(help="From this day on.", metavar="DATE")] = None,
    until: Annotated[Text, typer.Option(help="Up to this day.", metavar="DATE")] = None,
    period: Annotated[Text, typer.Option(help="2026, 2026-Q2, 2026-05, last-month, ytd.")] = None,
    where: Annotated[
        Text, typer.Option(help="Filter: 'kind = purchase and amount > 100'.", metavar="EXPR")
    ] = None,
) -> Result:
    """List all that happened with a contact, newest first.

    Talks it took part in, orders and returns, follow-ups (open ones on the day they are due),
    consents, and when it was entered. Days are those of the business's clock.
    """
    from crm_cli.queries import timeline as events

    return events.listing(
        ctx.obj.session, who, kinds=kind or (), since=since, until=until, period=period,
        with_people=people, where=where, limit=ctx.obj.row_limit,
    )  # fmt: skip


def brief(ctx: typer.Context, who: Whos) -> Result:
    """Show one page before a call: who they are, the last talks, what is promised and due.

    Follow-ups stand overdue ones first. The usual gap is the median of the days between orders,
    from three days with an order on.
    """
    from crm_cli.commands.inputs import whos
    from crm_cli.queries import brief as page

    return page.show(ctx.obj.session, whos(ctx.obj, who), for_people=ctx.obj.shows_people)


TIMELINE = Verb(timeline, rows=True)
BRIEF = Verb(brief)
