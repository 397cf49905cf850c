"""Reports on how leads go: funnel, velocity, losses, sources, workload, stranded ones."""

from __future__ import annotations

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


for _function in (funnel, velocity):
    # One home for each definition: the table of reports.
    _entry = REPORTS[_function.__name__]
    _function.__doc__ = f"{_entry.help}\n\n{_entry.details}"

FUNNEL = Verb(funnel, rows=True)
VELOCITY = Verb(velocity, rows=True)
