"""``crm report``: figures, each with its definition and the bounds it used."""

from __future__ import annotations

from typing import Annotated, Optional

import typer

from crm_cli.commands import Group
from crm_cli.reports import REPORTS
from crm_cli.result import Result

GROUP = Group("report", "Who buys and comes back, talks, leads, sales.")

AsOf = Annotated[Optional[str], typer.Option(metavar="DATE", help="Nothing after this day counts.")]
Period = Annotated[
    Optional[str],
    typer.Option(metavar="PERIOD", help="2026, 2026-Q2, 2026-05; last-month, ytd as of DATE."),
]
Since = Annotated[Optional[str], typer.Option(metavar="DATE", help="From this day on.")]
Until = Annotated[Optional[str], typer.Option(metavar="DATE", help="Up to this day.")]
Where = Annotated[
    Optional[str],
    typer.Option(metavar="EXPR", help="Only contacts for which the filter holds today."),
]
Segment = Annotated[
    Optional[str],
    typer.Option(metavar="NAME", help="Only a segment: one saved, or champions, at-risk, ..."),
]
Of = Annotated[
    str,
    typer.Option("--of", metavar="RECORD", help="completeness of contact, product, lead ..."),
]


@GROUP.verb("segments", rows=True)
def segments(
    ctx: typer.Context,
    as_of: AsOf = None,
    members: Annotated[
        Optional[str], typer.Option(metavar="SEGMENT", help="List a segment's customers.")
    ] = None,
    moves: Annotated[
        Optional[str], typer.Option(metavar="SINCE", help="List who changed since a day.")
    ] = None,
    cuts: Annotated[
        Optional[list[str]],
        typer.Option(metavar="CUTS", help="Fixed cut points: r=30,90,180,365, f=..., m=..."),
    ] = None,
    where: Where = None,
    segment: Segment = None,
) -> Result:
    """Customers by recency, frequency and value (RFM)."""
    from crm_cli.reports import scope
    from crm_cli.reports import segments as figures

    bounds = scope.Bounds(as_of=as_of, where=where, segment=segment)
    request = figures.SegmentsRequest(bounds=bounds, members=members, moves=moves, cuts=cuts or ())
    return figures.report(ctx.obj.session, request)


@GROUP.verb("retention", rows=True)
def retention(
    ctx: typer.Context,
    by: Annotated[
        str, typer.Option(metavar="UNIT", help="week, month, quarter or year.")
    ] = "month",
    rolling: Annotated[
        bool, typer.Option("--rolling", help="Active in the period or any later one.")
    ] = False,
    measure: Annotated[
        str, typer.Option(metavar="MEASURE", help="customers or revenue.")
    ] = "customers",
    counts: Annotated[
        bool, typer.Option("--counts", help="Show numbers instead of rates.")
    ] = False,
    period_rate: Annotated[
        bool, typer.Option("--period-rate", help="(E - N) / S by period instead of cohorts.")
    ] = False,
    as_of: AsOf = None,
    period: Period = None,
    since: Since = None,
    until: Until = None,
    where: Where = None,
    segment: Segment = None,
) -> Result:
    """Cohorts by first order, and how many came back."""
    from crm_cli.reports import retention as figures
    from crm_cli.reports import scope

    bounds = scope.Bounds(
        as_of=as_of, period=period, since=since, until=until, where=where, segment=segment
    )
    request = figures.RetentionRequest(
        bounds=bounds, by=by, rolling=rolling, measure=measure, counts=counts,
        period_rate=period_rate,
    )  # fmt: skip
    return figures.report(ctx.obj.session, request)


@GROUP.verb("repeat", rows=True)
def repeat(
    ctx: typer.Context,
    as_of: AsOf = None,
    period: Period = None,
    since: Since = None,
    until: Until = None,
    where: Where = None,
    segment: Segment = None,
) -> Result:
    """Repeat rate, and the days between orders."""
    from crm_cli.reports import repeat as figures
    from crm_cli.reports import scope

    bounds = scope.Bounds(
        as_of=as_of, period=period, since=since, until=until, where=where, segment=segment
    )
    return figures.report(ctx.obj.session, figures.RepeatRequest(bounds=bounds))


@GROUP.verb("sales", rows=True)
def sales(
    ctx: typer.Context,
    by: Annotated[
        Optional[str], typer.Option(metavar="UNIT", help="day, week, month, quarter or year.")
    ] = None,
    dimension: Annotated[
        Optional[str],
        typer.Option(metavar="NAME", help="product, category, channel, contact, ..."),
    ] = None,
    as_of: AsOf = None,
    period: Period = None,
    since: Since = None,
    until: Until = None,
    where: Where = None,
    segment: Segment = None,
) -> Result:
    """Revenue by period and dimension."""
    from crm_cli.reports import sales as figures
    from crm_cli.reports import scope

    bounds = scope.Bounds(
        as_of=as_of, period=period, since=since, until=until, where=where, segment=segment
    )
    request = figures.SalesRequest(bounds=bounds, by=by, dimension=dimension)
    return figures.report(ctx.obj.session, request)


@GROUP.verb("completeness", rows=True)
def completeness(
    ctx: typer.Context,
    role: Annotated[Optional[str], typer.Option(help="Only contacts of this role.")] = None,
    ask: Annotated[bool, typer.Option("--ask", help="List whom to ask, best first.")] = False,
    missing: Annotated[
        Optional[str], typer.Option(metavar="FIELD", help="List who lacks this field.")
    ] = None,
    of: Of = "contact",
    as_of: AsOf = None,
    where: Where = None,
    segment: Segment = None,
) -> Result:
    """How filled contacts are, and whom to ask first."""
    from crm_cli.reports import completeness as figures
    from crm_cli.reports import scope

    bounds = scope.Bounds(as_of=as_of, where=where, segment=segment)
    request = figures.CompletenessRequest(
        bounds=bounds, role=role, ask=ask, field_name=missing, of=of
    )
    return figures.report(ctx.obj.session, request)


@GROUP.verb("explain", rows=True)
def explain(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="The report.")],
    cell: Annotated[str, typer.Argument(help="ROW:COLUMN: 1997-01:3, champions:customers.")],
    by: Annotated[Optional[str], typer.Option(metavar="UNIT", help="As given to it.")] = None,
    dimension: Annotated[Optional[str], typer.Option(metavar="NAME", help="As given.")] = None,
    rolling: Annotated[bool, typer.Option("--rolling", help="As given.")] = False,
    measure: Annotated[str, typer.Option(metavar="MEASURE", help="As given.")] = "customers",
    period_rate: Annotated[bool, typer.Option("--period-rate", help="As given.")] = False,
    cuts: Annotated[Optional[list[str]], typer.Option(metavar="CUTS", help="As given.")] = None,
    of: Annotated[
        Optional[str],
        typer.Option("--of", metavar="NAME", help="As given: person, contact ..."),
    ] = None,
    idle: Annotated[Optional[int], typer.Option(metavar="DAYS", help="As given to quiet.")] = None,
    as_of: AsOf = None,
    period: Period = None,
    since: Since = None,
    until: Until = None,
    where: Where = None,
    segment: Segment = None,
    pipeline: Annotated[Optional[str], typer.Option(metavar="NAME", help="As given.")] = None,
    owner: Annotated[Optional[str], typer.Option(metavar="NAME", help="As given.")] = None,
) -> Result:
    """List the records behind one figure of a report.

    ROW and COLUMN are named as -f csv shows them; the row of the totals is all. Of sales with
    --by and --dimension a row is PERIOD/VALUE: 2026-05/Tea:revenue, of activity with --by
    2026-05/zoe:in. Give the options that the report was given.
    """
    from crm_cli.reports import evidence, scope
    from crm_cli.reports import explain as records

    bounds = scope.Bounds(
        as_of=as_of, period=period, since=since, until=until, where=where, segment=segment,
        pipeline=pipeline, owner=owner,
    )  # fmt: skip
    request = evidence.ExplainRequest(
        name=name, cell=cell, bounds=bounds, by=by, dimension=dimension, rolling=rolling,
        measure=measure, period_rate=period_rate, cuts=cuts or (), of=of,
        idle=idle,
    )  # fmt: skip
    return records.report(ctx.obj.session, request)


for _name, _entry in REPORTS.items():
    # One home for each definition: the table of reports.
    if _name in GROUP.verbs:
        GROUP.verbs[_name].function.__doc__ = f"{_entry.help}\n\n{_entry.details}"
    else:
        GROUP.elsewhere(_name, _entry.verb_module, _name.upper(), _entry.help)
