"""Reports of what leads are worth and of goals, as verbs of ``crm report``."""

from __future__ import annotations

from typing import Annotated, Optional

import typer

from crm_cli.commands import Verb
from crm_cli.commands.report import AsOf, Period, Since, Until
from crm_cli.reports import REPORTS
from crm_cli.result import Result

Where = Annotated[
    Optional[str],
    typer.Option(metavar="EXPR", help="Only leads for which the filter holds today."),
]
Segment = Annotated[
    Optional[str], typer.Option(metavar="NAME", help="Only leads of a segment's contacts.")
]
Pipeline = Annotated[
    Optional[str], typer.Option("--pipeline", metavar="NAME", help="Only leads in a pipeline.")
]
Owner = Annotated[Optional[str], typer.Option(metavar="NAME", help="Only leads of an owner.")]


def pipeline(
    ctx: typer.Context,
    by: Annotated[
        str, typer.Option(metavar="NAME", help="stage, owner, source or pipeline.")
    ] = "stage",
    as_of: AsOf = None,
    where: Where = None,
    segment: Segment = None,
    of: Pipeline = None,
    owner: Owner = None,
) -> Result:
    """Sum open leads; the report's definition takes this place."""
    from crm_cli.reports import pipeline as figures
    from crm_cli.reports import scope

    bounds = scope.Bounds(as_of=as_of, where=where, segment=segment, pipeline=of, owner=owner)
    return figures.report(ctx.obj.session, figures.PipelineRequest(bounds=bounds, by=by))


def forecast(
    ctx: typer.Context,
    by: Annotated[
        str, typer.Option(metavar="UNIT", help="month, quarter, year or owner.")
    ] = "month",
    as_of: AsOf = None,
    period: Period = None,
    since: Since = None,
    until: Until = None,
    where: Where = None,
    segment: Segment = None,
    of: Pipeline = None,
    owner: Owner = None,
) -> Result:
    """Sum what is to come; the report's definition takes this place."""
    from crm_cli.reports import forecast as figures
    from crm_cli.reports import scope

    bounds = scope.Bounds(
        as_of=as_of, period=period, since=since, until=until, where=where, segment=segment,
        pipeline=of, owner=owner,
    )  # fmt: skip
    return figures.report(ctx.obj.session, figures.ForecastRequest(bounds=bounds, by=by))


def goals(
    ctx: typer.Context,
    metric: Annotated[
        Optional[str], typer.Option(metavar="NAME", help="won-value, new-leads, revenue ...")
    ] = None,
    as_of: AsOf = None,
    period: Period = None,
    since: Since = None,
    until: Until = None,
    segment: Annotated[
        Optional[str], typer.Option(metavar="NAME", help="Goals of a segment.")
    ] = None,
    owner: Annotated[Optional[str], typer.Option(metavar="NAME", help="Goals of an owner.")] = None,
) -> Result:
    """Hold goals against figures; the report's definition takes this place."""
    from crm_cli.reports import goals as figures
    from crm_cli.reports import scope

    bounds = scope.Bounds(
        as_of=as_of, period=period, since=since, until=until, segment=segment, owner=owner
    )
    return figures.report(ctx.obj.session, figures.GoalsRequest(bounds=bounds, metric=metric))


for _function in (pipeline, forecast, goals):
    # One home for each definition: the table of reports.
    _entry = REPORTS[_function.__name__]
    _function.__doc__ = f"{_entry.help}\n\n{_entry.details}"

PIPELINE = Verb(pipeline, rows=True)
FORECAST = Verb(forecast, rows=True)
GOALS = Verb(goals, rows=True)
