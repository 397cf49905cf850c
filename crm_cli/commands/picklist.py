"""``crm picklist``: lists of choices, and the words for them."""

from __future__ import annotations

from typing import Annotated, Optional

import typer

from crm_cli.commands import Group
from crm_cli.result import Result

GROUP = Group("picklist", "Lists of choices: roles, relations, those of your own fields.")

List = Annotated[str, typer.Argument(help="role, relation, contact.size ...", metavar="LIST")]
One = Annotated[str, typer.Argument(help="Its key, label or an alias.", metavar="VALUE")]
Some = Annotated[list[str], typer.Argument(help="Keys, labels or aliases.", metavar="VALUE...")]


Where = Annotated[
    Optional[str], typer.Option(help="Filter: 'list = role and used > 0'.", metavar="EXPR")
]


@GROUP.verb("list", rows=True)
def list_(
    ctx: typer.Context,
    name: Annotated[Optional[str], typer.Argument(help="One list.", metavar="LIST")] = None,
    retired: Annotated[bool, typer.Option("--retired", help="Only retired values.")] = False,
    all_: Annotated[bool, typer.Option("--all", help="Retired values too.")] = False,
    where: Where = None,
) -> Result:
    """List the values of one list or of all, and how many records have each."""
    from crm_cli.queries import picklists

    shown = None if all_ else retired
    return picklists.listing(ctx.obj.session, name, retired=shown, where=where)


@GROUP.verb("add", writes=True)
def add(
    ctx: typer.Context,
    name: List,
    value: Annotated[str, typer.Argument(help="What it is called.", metavar="VALUE")],
    alias: Annotated[
        Optional[list[str]], typer.Option(help="Another word for it in files; repeat it.")
    ] = None,
    note: Annotated[Optional[str], typer.Option(help="What it is for.")] = None,
) -> Result:
    """Add a value."""
    from crm_cli.services import picklists

    return picklists.add(ctx.obj.session, name, value, aliases=alias or (), note=note)


@GROUP.verb("rename", writes=True)
def rename(
    ctx: typer.Context,
    name: List,
    value: One,
    new: Annotated[str, typer.Argument(help="What it is called from now on.", metavar="NEW")],
) -> Result:
    """Rename a value; the old word still finds it."""
    from crm_cli.services import picklists

    return picklists.rename(ctx.obj.session, name, value, new)


@GROUP.verb("merge", writes=True)
def merge(
    ctx: typer.Context,
    name: List,
    survivor: Annotated[str, typer.Argument(help="The value that stays.", metavar="SURVIVOR")],
    others: Annotated[list[str], typer.Argument(help="Those that go.", metavar="OTHER...")],
) -> Result:
    """Make one value of several, in every record; asks first."""
    from crm_cli.services import picklists

    return picklists.merge(ctx.obj.session, name, survivor, others)


@GROUP.verb("retire", writes=True, rows=True)
def retire(ctx: typer.Context, name: List, values: Some) -> Result:
    """Offer values no more; records keep them."""
    from crm_cli.services import picklists

    return picklists.set_retired(ctx.obj.session, name, values, retired=True)


@GROUP.verb("restore", writes=True, rows=True)
def restore(ctx: typer.Context, name: List, values: Some) -> Result:
    """Offer retired values again."""
    from crm_cli.services import picklists

    return picklists.set_retired(ctx.obj.session, name, values, retired=False)


@GROUP.verb("order", writes=True, rows=True)
def order(ctx: typer.Context, name: List, values: Some) -> Result:
    """Put values first, in this order."""
    from crm_cli.services import picklists

    return picklists.order(ctx.obj.session, name, values)


@GROUP.verb("delete", writes=True, rows=True)
def delete(ctx: typer.Context, name: List, value: One) -> Result:
    """Delete a value that no record has."""
    from crm_cli.services import picklists

    return picklists.delete(ctx.obj.session, name, value)
