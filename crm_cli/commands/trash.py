"""``crm trash``: deleted records."""

from __future__ import annotations

from typing import Annotated, Optional

import typer

from crm_cli.commands import Group
from crm_cli.result import Result

GROUP = Group("trash", "Deleted records: list, restore, empty.")


Where = Annotated[
    Optional[str],
    typer.Option(help="Filter: 'deleted_at >= -7d and noun = contact'.", metavar="EXPR"),
]


@GROUP.verb("list", rows=True)
def list_(ctx: typer.Context, where: Where = None) -> Result:
    """List what was deleted and can be restored."""
    from crm_cli.queries import trash

    return trash.listing(ctx.obj.session, where)


@GROUP.verb("restore", writes=True)
def restore(
    ctx: typer.Context,
    which: Annotated[str, typer.Argument(help="Number in crm trash list, or part of the name.")],
) -> Result:
    """Bring back a deleted record with everything that hung on it."""
    from crm_cli.services import trash

    return trash.restore(ctx.obj.session, which)


@GROUP.verb("empty", writes=True)
def empty(ctx: typer.Context) -> Result:
    """Empty the trash (asks; --yes elsewhere). crm undo brings it back."""
    from crm_cli.services import trash

    return trash.empty(ctx.obj.session)
