"""Reports on how leads go: funnel, velocity, losses, sources, workload, stranded ones."""

from __future__ import annotations

from typing import Annotated

import typer

from crm_cli.commands import Verb
from crm_cli.commands.report import AsOf, Period, Since, Until
from crm_cli.commands.report_leads import Owner, Pipeline, Segment, Where
from crm_cli.reports import REPORTS
from crm_cli.result import Result


def funnel(
    ctx: typer.Context,
    as_of: AsOf = None,
    period: Period = None,
    since: Since = None,
    until: Until = None,
    where: Where = None,
    segment: Segment = None,
    pipeline: Pipeline = None,
    owner: Owner = None,
) -> Result:
    """Count leads by stage entered; the report's definition takes this place."""
    from crm_cli.reports import funnel as figures
    from crm_cli.reports import scope

    bounds = scope.Bounds(
        as_of=as_of, period=period, since=since, until=until, where=where, segment=segment,
        pipeline=pipeline, owner=owner,
    )  # fmt: skip
    return figures.report(ctx.obj.session, figures.FunnelRequest(bounds=bounds))


def velocity(
    ctx: typer.Context,
    as_of: AsOf = None,
    period: Period = None,
    since: Since = None,
    until: Until = None,
    where: Where = None,
    segment: Segment = None,
    pipeline: Pipeline = None,
    owner: Owner = None,
) -> Result:
    """Tell how long leads take; the report's definition takes this place."""
    from crm_cli.reports import scope
    from crm_cli.reports import velocity as figures

    bounds = scope.Bounds(
        as_of=as_of, period=period, since=since, until=until, where=where, segment=segment,
        pipeline=pipeline, owner=owner,
    )  # fmt: skip
    return figures.report(ctx.obj.session, figures.VelocityRequest(bounds=bounds))


def losses(
    ctx: typer.Context,
    by: Annotated[
        str,
        typer.Option(metavar="NAME", help="reason, competitor, stage, owner, source or campaign."),
    ] = "reason",
    as_of: AsOf = None,
    period: Period = None,
    since: Since = None,
    until: Until = None,
    where: Where = None,
    segment: Segment = None,
    pipeline: Pipeline = None,
    owner: Owner = None,
) -> Result:
    """Count lost leads; the report's definition takes this place."""
    from crm_cli.reports import losses as figures
    from crm_cli.reports import scope

    bounds = scope.Bounds(
        as_of=as_of, period=period, since=since, until=until, where=where, segment=segment,
        pipeline=pipeline, owner=owner,
    )  # fmt: skip
    return figures.report(ctx.obj.session, figures.LossesRequest(bounds=bounds, by=by))


def sources(
    ctx: typer.Context,
    by: Annotated[
        str, typer.Option(metavar="NAME", help="source, campaign or referrer.")
    ] = "source",
    as_of: AsOf = None,
    period: Period = None,
    since: Since = None,
    until: Until = None,
    where: Where = None,
    segment: Segment = None,
    pipeline: Pipeline = None,
    owner: Owner = None,
) -> Result:
    """Count leads and sales by source; the report's definition takes this place."""
    from crm_cli.reports import scope
    from crm_cli.reports import sources as figures

    bounds = scope.Bounds(
        as_of=as_of, period=period, since=since, until=until, where=where, segment=segment,
        pipeline=pipeline, owner=owner,
    )  # fmt: skip
    return figures.report(ctx.obj.session, figures.SourcesRequest(bounds=bounds, by=by))


def workload(
    ctx: typer.Context,
    as_of: AsOf = None,
    where: Where = None,
    segment: Segment = None,
    pipeline: Pipeline = None,
    owner: Owner = None,
) -> Result:
    """Sum open work by person; the report's definition takes this place."""
    from crm_cli.reports import scope
    from crm_cli.reports import workload as figures

    bounds = scope.Bounds(
        as_of=as_of, where=where, segment=segment, pipeline=pipeline, owner=owner
    )  # fmt: skip
    return figures.report(ctx.obj.session, figures.WorkloadRequest(bounds=bounds))


def stranded(
    ctx: typer.Context,
    as_of: AsOf = None,
    where: Where = None,
    segment: Segment = None,
    pipeline: Pipeline = None,
    owner: Owner = None,
) -> Result:
    """List open leads without a next step; the report's definition takes this place."""
    from crm_cli.reports import scope
    from crm_cli.reports import stranded as figures

    bounds = scope.Bounds(
        as_of=as_of, where=where, segment=segment, pipeline=pipeline, owner=owner
    )  # fmt: skip
    request = figures.StrandedRequest(bounds=bounds, limit=ctx.obj.row_limit)
    return figures.report(ctx.obj.session, request)


for _function in (funnel, velocity, losses, sources, workload, stranded):
    # One home for each definition: the table of reports.
    _entry = REPORTS[_function.__name__]
    _function.__doc__ = f"{_entry.help}\n\n{_entry.details}"

FUNNEL = Verb(funnel, rows=True)
VELOCITY = Verb(velocity, rows=True)
LOSSES = Verb(losses, rows=True)
SOURCES = Verb(sources, rows=True)
WORKLOAD = Verb(workload, rows=True)
STRANDED = Verb(stranded, rows=True)
