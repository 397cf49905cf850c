"""``crm lead list``, ``board`` and ``export``: many leads at once."""

from __future__ import annotations

from typing import Annotated, Optional

import typer

from crm_cli.commands import Verb
from crm_cli.result import Result

Text = Optional[str]

Narrowed = Annotated[
    Text, typer.Option("--where", help="Filter: 'value > 1000 and tag:hot'.", metavar="EXPR")
]
Owner = Annotated[Text, typer.Option(help="Whose they are.")]
Mine = Annotated[bool, typer.Option("--mine", help="Yours (--as, or who you are).")]
Pipeline = Annotated[Text, typer.Option(help="Of this pipeline.")]


def list_(
    ctx: typer.Context,
    who: Annotated[Text, typer.Option("--who", "--contact", help="Contact.")] = None,
    stage: Annotated[Text, typer.Option(help="In this stage, of any pipeline.")] = None,
    pipeline: Pipeline = None,
    state: Annotated[Text, typer.Option(help="open (without it), won, lost or all.")] = None,
    all_: Annotated[bool, typer.Option("--all", help="Closed ones, too.")] = False,
    owner: Owner = None,
    mine: Mine = False,
    source: Annotated[Text, typer.Option(help="Where they came from.")] = None,
    stale: Annotated[
        bool, typer.Option("--stale", help="Longer in their stage than it allows.")
    ] = False,
    expected_before: Annotated[
        Text, typer.Option(help="Expected before this day.", metavar="DATE")
    ] = None,
    since: Annotated[Text, typer.Option(help="Opened from this day on.", metavar="DATE")] = None,
    until: Annotated[Text, typer.Option(help="Opened up to this day.", metavar="DATE")] = None,
    period: Annotated[Text, typer.Option(help="Opened in 2026, 2026-Q2, 2026-05 ...")] = None,
    where: Narrowed = None,
) -> Result:
    """List leads: the open ones, unless a state or a stage is asked for."""
    from crm_cli.queries import lead_lists

    asked = {
        "who": who, "stage": stage, "pipeline": pipeline, "state": "all" if all_ else state,
        "owner": ctx.obj.session.actor if mine else owner, "source": source,
        "before": expected_before, "since": since, "until": until, "period": period,
    }  # fmt: skip
    return lead_lists.listing(
        ctx.obj.session, asked, limit=ctx.obj.row_limit, where=where, stale=stale,
        ids_only=ctx.obj.wants_ids,
    )  # fmt: skip


def board(
    ctx: typer.Context,
    pipeline: Annotated[Text, typer.Option(help="This pipeline; the first without it.")] = None,
    owner: Owner = None,
    mine: Mine = False,
    where: Narrowed = None,
    limit: Annotated[
        Optional[int],
        typer.Option(help="Cards a stage; 20 on a terminal, all elsewhere.", min=0),
    ] = None,
) -> Result:
    """Show the open leads as cards, a column a stage."""
    from crm_cli.queries import lead_board
    from crm_cli.reports.scope import Bounds

    owner = ctx.obj.session.actor if mine else owner
    if limit is None and ctx.obj.shows_people and ctx.obj.stdout_is_terminal:
        limit = 20
    bounds = Bounds(pipeline=pipeline, owner=owner, where=where)
    return lead_board.board(ctx.obj.session, bounds, limit)


LIST = Verb(list_, rows=True)
BOARD = Verb(board)
