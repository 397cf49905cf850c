"""``crm segment``: named filters of contacts, and the RFM segments that are built in."""

from __future__ import annotations

from typing import Annotated, Optional

import typer

from crm_cli.commands import Group
from crm_cli.result import Result

GROUP = Group("segment", "Named filters of contacts, and who is in them.")

Name = Annotated[str, typer.Argument(help="Its name.")]
Note = Annotated[Optional[str], typer.Option(help="What it is for.")]


Where = Annotated[
    Optional[str], typer.Option(help="Filter: 'members > 10 and kind = saved'.", metavar="EXPR")
]
Whom = Annotated[
    Optional[str], typer.Option("--where", help="Only contacts for which it holds.", metavar="EXPR")
]


@GROUP.verb("save", writes=True)
def save(
    ctx: typer.Context,
    name: Name,
    where: Annotated[
        Optional[str], typer.Argument(help="Filter: 'role = customer and tag:vip'.")
    ] = None,
    option: Annotated[
        Optional[str], typer.Option("--where", help="The same as WHERE.", metavar="EXPR")
    ] = None,
    note: Note = None,
) -> Result:
    """Keep a filter under a name; a name in use gets the new filter."""
    from crm_cli.services import segments

    return segments.save(ctx.obj.session, name, segments.one_filter(where, option), note)


@GROUP.verb("rename", writes=True)
def rename(
    ctx: typer.Context, name: Name, new: Annotated[str, typer.Argument(help="Its new name.")]
) -> Result:
    """Give a saved segment another name, also in the filters of others."""
    from crm_cli.services import segments

    return segments.rename(ctx.obj.session, name, new)


@GROUP.verb("list", rows=True)
def list_(ctx: typer.Context, where: Where = None) -> Result:
    """List saved and built-in segments with the number of their members."""
    from crm_cli.queries import segments

    return segments.listing(ctx.obj.session, where)


@GROUP.verb("show")
def show(ctx: typer.Context, name: Name) -> Result:
    """Show one segment."""
    from crm_cli.queries import segments

    return segments.show(ctx.obj.session, name)


@GROUP.verb("members", rows=True)
def members(ctx: typer.Context, name: Name, where: Whom = None) -> Result:
    """List the contacts of a segment."""
    from crm_cli.queries import segments

    limit, ids_only = ctx.obj.row_limit, ctx.obj.wants_ids
    return segments.members(ctx.obj.session, name, limit=limit, where=where, ids_only=ids_only)


@GROUP.verb("moves", rows=True)
def moves(
    ctx: typer.Context,
    since: Annotated[str, typer.Argument(help="Compare with this day.", metavar="SINCE")],
    as_of: Annotated[
        Optional[str], typer.Option(metavar="DATE", help="The later day; today, if left out.")
    ] = None,
    where: Whom = None,
) -> Result:
    """List who went from one RFM segment to another since a day."""
    from crm_cli.reports import scope, segments

    bounds = scope.Bounds(as_of=as_of, where=where)
    return segments.report(ctx.obj.session, segments.SegmentsRequest(bounds=bounds, moves=since))


@GROUP.verb("delete", writes=True)
def delete(ctx: typer.Context, name: Name) -> Result:
    """Forget a saved segment; its contacts stay. Asks first."""
    from crm_cli.services import segments

    return segments.delete(ctx.obj.session, name)
