"""Reports of talks and promises, as verbs of ``crm report``."""

from __future__ import annotations

from typing import Annotated, Optional

import typer

from crm_cli.commands import Verb
from crm_cli.commands.report import AsOf, Period, Segment, Since, Until, Where
from crm_cli.reports import REPORTS
from crm_cli.result import Result


def activity(
    ctx: typer.Context,
    by: Annotated[
        Optional[str], typer.Option(metavar="UNIT", help="day, week, month, quarter or year.")
    ] = None,
    of: Annotated[
        str,
        typer.Option("--of", metavar="NAME", help="person, channel, contact, outcome or total."),
    ] = "person",
    as_of: AsOf = None,
    period: Period = None,
    since: Since = None,
    until: Until = None,
    where: Where = None,
    segment: Segment = None,
) -> Result:
    """Count talks by person and period; the report's definition takes this place."""
    from crm_cli.reports import activity as figures
    from crm_cli.reports import scope

    bounds = scope.Bounds(
        as_of=as_of, period=period, since=since, until=until, where=where, segment=segment
    )
    return figures.report(ctx.obj.session, figures.ActivityRequest(bounds=bounds, by=by, of=of))


def channels(
    ctx: typer.Context,
    as_of: AsOf = None,
    period: Period = None,
    since: Since = None,
    until: Until = None,
    where: Where = None,
    segment: Segment = None,
) -> Result:
    """Count talks by channel; the report's definition takes this place."""
    from crm_cli.reports import channels as figures
    from crm_cli.reports import scope

    bounds = scope.Bounds(
        as_of=as_of, period=period, since=since, until=until, where=where, segment=segment
    )
    return figures.report(ctx.obj.session, figures.ChannelsRequest(bounds=bounds))


def quiet(
    ctx: typer.Context,
    idle: Annotated[int, typer.Option(metavar="DAYS", help="Days of silence.")] = 90,
    as_of: AsOf = None,
    where: Where = None,
    segment: Segment = None,
) -> Result:
    """List customers nobody spoke to; the report's definition takes this place."""
    from crm_cli.reports import quiet as figures
    from crm_cli.reports import scope

    bounds = scope.Bounds(as_of=as_of, where=where, segment=segment)
    request = figures.QuietRequest(bounds=bounds, idle=idle, limit=ctx.obj.row_limit)
    return figures.report(ctx.obj.session, request)


def promises(
    ctx: typer.Context,
    by: Annotated[str, typer.Option(metavar="NAME", help="contact or owner.")] = "contact",
    list_: Annotated[bool, typer.Option("--list", help="List each promise.")] = False,
    as_of: AsOf = None,
    period: Period = None,
    since: Since = None,
    until: Until = None,
    where: Where = None,
    segment: Segment = None,
) -> Result:
    """Count promises kept and late; the report's definition takes this place."""
    from crm_cli.reports import promises as figures
    from crm_cli.reports import scope

    bounds = scope.Bounds(
        as_of=as_of, period=period, since=since, until=until, where=where, segment=segment
    )
    request = figures.PromisesRequest(
        bounds=bounds, by=by, one_by_one=list_, limit=ctx.obj.row_limit
    )
    return figures.report(ctx.obj.session, request)


for _function in (activity, channels, quiet, promises):
    # One home for each definition: the table of reports.
    _entry = REPORTS[_function.__name__]
    _function.__doc__ = f"{_entry.help}\n\n{_entry.details}"

ACTIVITY = Verb(activity, rows=True)
CHANNELS = Verb(channels, rows=True)
QUIET = Verb(quiet, rows=True)
PROMISES = Verb(promises, rows=True)
