"""``crm lead stage``: the steps of a pipeline, their odds, and when a lead is stale there."""

from __future__ import annotations

from typing import Annotated, Optional

import typer

from crm_cli.commands import Verb
from crm_cli.result import Result

Text = Optional[str]
Texts = Optional[list[str]]

One = Annotated[
    str, typer.Argument(help="Key, name, former name, or PIPELINE/STAGE.", metavar="STAGE")
]
Some = Annotated[list[str], typer.Argument(help="Keys or names.", metavar="STAGE...")]
Pipeline = Annotated[Text, typer.Option(help="Its pipeline; the first one without it.")]
Probability = Annotated[Text, typer.Option(help="How likely a lead there is won: 40, 40%.")]
Kind = Annotated[Text, typer.Option(help="What leads there are: open, won or lost.")]
Rotten = Annotated[
    Text, typer.Option("--rotten", help="Stale after so many days there.", metavar="DAYS")
]
Note = Annotated[Text, typer.Option(help="What it means, or what is to be done there.")]
Alias = Annotated[Texts, typer.Option(help="Another word for it in files; repeat it.")]


def _list(
    ctx: typer.Context,
    pipeline: Annotated[Text, typer.Option(help="Only this pipeline's.")] = None,
    retired: Annotated[bool, typer.Option("--retired", help="Only retired ones.")] = False,
    all_: Annotated[bool, typer.Option("--all", help="Retired ones too.")] = False,
    where: Annotated[
        Text, typer.Option(help="Filter: 'kind = open and leads > 0'.", metavar="EXPR")
    ] = None,
) -> Result:
    """List the stages in their order: odds, limits, leads that are and ever were there."""
    from crm_cli.queries import stage_lists

    shown = None if all_ else retired
    return stage_lists.stages(ctx.obj.session, pipeline, retired=shown, where=where)


def _add(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="What it is called.", metavar="NAME")],
    pipeline: Pipeline = None,
    probability: Probability = None,
    kind: Kind = None,
    rotten: Rotten = None,
    note: Note = None,
    alias: Alias = None,
    before: Annotated[Text, typer.Option(help="Stand before this one.", metavar="STAGE")] = None,
    after: Annotated[Text, typer.Option(help="Stand after this one.", metavar="STAGE")] = None,
) -> Result:
    """Add a stage, behind those that are open."""
    options = locals()
    from crm_cli.commands.inputs import used
    from crm_cli.services import stages

    return stages.add(ctx.obj.session, name, used(options))


def _edit(
    ctx: typer.Context,
    what: One,
    pipeline: Pipeline = None,
    name: Annotated[Text, typer.Option(help="Another name; the old one still finds it.")] = None,
    probability: Probability = None,
    kind: Kind = None,
    rotten: Rotten = None,
    note: Note = None,
    alias: Alias = None,
    unset: Annotated[Texts, typer.Option(help="Empty rotten, note or aliases.")] = None,
) -> Result:
    """Change a stage. Past days keep the odds they had."""
    options = locals()
    from crm_cli.commands.inputs import used
    from crm_cli.services import stages

    return stages.edit(ctx.obj.session, what, used(options))


def _rename(
    ctx: typer.Context,
    what: One,
    new: Annotated[str, typer.Argument(help="What it is called from now on.", metavar="NEW")],
    pipeline: Pipeline = None,
) -> Result:
    """Rename a stage; its key and history stay, and the old name still finds it."""
    from crm_cli.services import stages

    return stages.rename(ctx.obj.session, what, new, pipeline)


def _order(ctx: typer.Context, what: Some, pipeline: Pipeline = None) -> Result:
    """Put stages first, in this order; the others follow as they stood."""
    from crm_cli.services import stages

    return stages.order(ctx.obj.session, what, pipeline)


def _remove(
    ctx: typer.Context,
    what: Some,
    pipeline: Pipeline = None,
    move_to: Annotated[
        Text, typer.Option("--move-to", help="Where its leads go.", metavar="STAGE")
    ] = None,
) -> Result:
    """Take a stage out: its leads move, its history stays readable."""
    from crm_cli.services import stage_moves

    return stage_moves.remove(ctx.obj.session, what, pipeline, move_to)


def _restore(ctx: typer.Context, what: Some, pipeline: Pipeline = None) -> Result:
    """Take up retired stages again."""
    from crm_cli.services import stages

    return stages.restore(ctx.obj.session, what, pipeline)


def _merge(
    ctx: typer.Context,
    survivor: Annotated[str, typer.Argument(help="The stage that stays.", metavar="SURVIVOR")],
    others: Annotated[list[str], typer.Argument(help="Those that go.", metavar="OTHER...")],
    pipeline: Pipeline = None,
) -> Result:
    """Make one stage of several, with their leads and history; asks first."""
    from crm_cli.services import stage_moves

    return stage_moves.merge(ctx.obj.session, survivor, others, pipeline)


LIST = Verb(_list, rows=True)
ADD = Verb(_add, writes=True)
EDIT = Verb(_edit, writes=True)
RENAME = Verb(_rename, writes=True)
ORDER = Verb(_order, writes=True, rows=True)
REMOVE = Verb(_remove, writes=True, rows=True)
RESTORE = Verb(_restore, writes=True)
MERGE = Verb(_merge, writes=True)
