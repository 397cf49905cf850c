"""``crm lead pipeline``: the ways leads take, each with stages of its own."""

from __future__ import annotations

from typing import Annotated, Optional

import typer

from crm_cli.commands import Verb
from crm_cli.result import Result

Text = Optional[str]

One = Annotated[str, typer.Argument(help="Key, name or former name.", metavar="PIPELINE")]
Some = Annotated[list[str], typer.Argument(help="Keys or names.", metavar="PIPELINE...")]


def _list(
    ctx: typer.Context,
    retired: Annotated[bool, typer.Option("--retired", help="Only retired ones.")] = False,
    all_: Annotated[bool, typer.Option("--all", help="Retired ones too.")] = False,
    where: Annotated[Text, typer.Option(help="Filter: 'open_leads > 0'.", metavar="EXPR")] = None,
) -> Result:
    """List the pipelines, their stages and open leads; new leads go to the first."""
    from crm_cli.queries import stage_lists

    shown = None if all_ else retired
    return stage_lists.pipelines(ctx.obj.session, retired=shown, where=where)


def _add(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="What it is called.", metavar="NAME")],
    like: Annotated[
        Text, typer.Option(help="With the stages of this one.", metavar="PIPELINE")
    ] = None,
    stages: Annotated[
        Text, typer.Option(help="With these: 'Applied, Pilot 50%, Signed=won'.")
    ] = None,
) -> Result:
    """Add a pipeline, with the usual stages unless told which."""
    from crm_cli.services import pipelines

    return pipelines.add(ctx.obj.session, name, like=like, stages=stages)


def _rename(
    ctx: typer.Context,
    what: One,
    new: Annotated[str, typer.Argument(help="What it is called from now on.", metavar="NEW")],
) -> Result:
    """Rename a pipeline; its key stays, and the old name still finds it."""
    from crm_cli.services import pipelines

    return pipelines.rename(ctx.obj.session, what, new)


def _order(ctx: typer.Context, what: Some) -> Result:
    """Put pipelines first, in this order: the first is where new leads go."""
    from crm_cli.services import pipelines

    return pipelines.order(ctx.obj.session, what)


def _retire(ctx: typer.Context, what: Some) -> Result:
    """Begin no more leads in pipelines; what is open there stays."""
    from crm_cli.services import pipelines

    return pipelines.retire(ctx.obj.session, what)


def _restore(ctx: typer.Context, what: Some) -> Result:
    """Take up retired pipelines again."""
    from crm_cli.services import pipelines

    return pipelines.restore(ctx.obj.session, what)


def _delete(ctx: typer.Context, what: One) -> Result:
    """Delete a pipeline that no lead ever was in; asks first."""
    from crm_cli.services import pipelines

    return pipelines.delete(ctx.obj.session, what)


LIST = Verb(_list, rows=True)
ADD = Verb(_add, writes=True)
RENAME = Verb(_rename, writes=True)
ORDER = Verb(_order, writes=True, rows=True)
RETIRE = Verb(_retire, writes=True)
RESTORE = Verb(_restore, writes=True)
DELETE = Verb(_delete, writes=True, rows=True)
