"""``crm goal``: what is aimed at, and how far it is."""

from __future__ import annotations

from typing import Annotated, Optional

import typer

from crm_cli.commands import Group
from crm_cli.result import Result

GROUP = Group("goal", "Goals: what is aimed at, and how far it is.")

Text = Optional[str]
Which = Annotated[str, typer.Argument(help="Its id.", metavar="GOAL")]
Target = Annotated[Text, typer.Option(help="Money (50000, '50000 CHF') or a number.")]
PeriodOption = Annotated[
    Text, typer.Option("--period", metavar="PERIOD", help="2026-11, 2026-Q4, 2026.")
]
AtLeast = Annotated[bool, typer.Option("--at-least", help="Met from the target on (the rule).")]
AtMost = Annotated[bool, typer.Option("--at-most", help="Met up to the target.")]
Segment = Annotated[Text, typer.Option(metavar="NAME", help="Of a segment's contacts only.")]
Owner = Annotated[Text, typer.Option(metavar="NAME", help="Of one owner only.")]
Pipeline = Annotated[
    Text, typer.Option("--pipeline", metavar="NAME", help="Of a pipeline's leads only.")
]
Parent = Annotated[Text, typer.Option(metavar="GOAL", help="The larger goal it is a part of.")]
Note = Annotated[Text, typer.Option(help="What it is for.")]
AsOf = Annotated[Text, typer.Option(metavar="DATE", help="As of this day.")]
Metric = Annotated[Text, typer.Option(metavar="NAME", help="won-value, new-leads, revenue ...")]


@GROUP.verb("add", writes=True)
def add(
    ctx: typer.Context,
    metric: Annotated[
        str,
        typer.Argument(
            help="won-value, won-leads, lost-leads, new-leads, weighted-pipeline, revenue, orders,"
            " new-customers or talks."
        ),
    ],
    target: Annotated[str, typer.Argument(help="Money (50000, '50000 CHF') or a number.")],
    period: Annotated[Text, typer.Argument(help="2026-11, 2026-Q4 or 2026.")] = None,
    option: PeriodOption = None,
    at_least: AtLeast = False,
    at_most: AtMost = False,
    segment: Segment = None,
    owner: Owner = None,
    pipeline: Pipeline = None,
    parent: Parent = None,
    note: Note = None,
) -> Result:
    """Set a goal for a month, quarter or year."""
    from crm_cli.services import goals

    fields = goals.GoalFields(
        metric=metric, target=target, period=goals.one_period(period, option),
        comparison=goals.comparison(at_least, at_most), segment=segment, owner=owner,
        pipeline=pipeline, parent=parent, note=note,
    )  # fmt: skip
    return goals.add(ctx.obj.session, fields)


Where = Annotated[Text, typer.Option(help="Filter: 'metric = won-value'.", metavar="EXPR")]


def _tree(ctx: typer.Context, where: Where = None) -> Result:
    """List goals, each below the one it is a part of."""
    from crm_cli.queries import goals

    return goals.tree(ctx.obj.session, where)


GROUP.verb("tree", rows=True)(_tree)
GROUP.verb("list", rows=True)(_tree)


@GROUP.verb("check", rows=True)
def check(
    ctx: typer.Context,
    goals: Annotated[
        Optional[list[str]], typer.Argument(help="Their ids; all without one.", metavar="GOAL")
    ] = None,
    pace: Annotated[
        bool, typer.Option("--pace", help="Also behind an even pace is a miss.")
    ] = False,
    metric: Metric = None,
    period: Annotated[Text, typer.Option(help="Goals within it.", metavar="PERIOD")] = None,
    segment: Segment = None,
    owner: Owner = None,
    as_of: AsOf = None,
) -> Result:
    """Say what is reached and left; exit 7 where a goal is missed."""
    from crm_cli.reports import goals as figures
    from crm_cli.reports import scope

    bounds = scope.Bounds(as_of=as_of, period=period, segment=segment, owner=owner)
    request = figures.GoalsRequest(bounds=bounds, metric=metric, ids=goals or ())
    return figures.check(ctx.obj.session, request, pace=pace)


@GROUP.verb("edit", writes=True)
def edit(
    ctx: typer.Context,
    goal: Which,
    metric: Metric = None,
    target: Target = None,
    period: PeriodOption = None,
    at_least: AtLeast = False,
    at_most: AtMost = False,
    segment: Segment = None,
    owner: Owner = None,
    pipeline: Pipeline = None,
    parent: Parent = None,
    note: Note = None,
    unset: Annotated[
        Optional[list[str]],
        typer.Option(metavar="FIELD", help="Empty it: segment, owner, pipeline, parent, note."),
    ] = None,
) -> Result:
    """Change a goal."""
    from crm_cli.services import goals

    fields = goals.GoalFields(
        metric=metric, target=target, period=period,
        comparison=goals.comparison(at_least, at_most), segment=segment, owner=owner,
        pipeline=pipeline, parent=parent, note=note,
    )  # fmt: skip
    return goals.edit(ctx.obj.session, goal, fields, unset or [])


@GROUP.verb("delete", writes=True)
def delete(ctx: typer.Context, goal: Which) -> Result:
    """Delete a goal; its parts stay. Asks first."""
    from crm_cli.services import goals

    return goals.delete(ctx.obj.session, goal)
