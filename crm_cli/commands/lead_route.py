"""``crm lead route``: who gets new leads, by what they are and where they come from."""

from __future__ import annotations

from typing import Annotated, Optional

import typer

from crm_cli.commands import Verb
from crm_cli.result import Result

Text = Optional[str]
Texts = Optional[list[str]]

One = Annotated[str, typer.Argument(help="The route's id.", metavar="ROUTE")]
Some = Annotated[list[str], typer.Argument(help="Ids of routes.", metavar="ROUTE...")]
Where = Annotated[
    Text, typer.Option(help="For leads this chooses: 'value > 5000'.", metavar="EXPR")
]
Source = Annotated[Text, typer.Option(help="For leads of this source.")]
Campaign = Annotated[Text, typer.Option(help="For leads of this campaign.")]
Pipeline = Annotated[Text, typer.Option(help="For leads of this pipeline.")]
City = Annotated[Text, typer.Option(help="For contacts of this place.")]
Country = Annotated[Text, typer.Option(help="For contacts of this country.")]
Role = Annotated[Text, typer.Option(help="For contacts of this role.")]


def _list(
    ctx: typer.Context,
    where: Annotated[
        Text, typer.Option(help="Filter: 'owners = ada and leads > 0'.", metavar="EXPR")
    ] = None,
) -> Result:
    """List the routes in the order in which they are asked, and whose turn it is."""
    from crm_cli.queries import lead_routes

    return lead_routes.listing(ctx.obj.session, where)


def _add(
    ctx: typer.Context,
    owners: Annotated[
        list[str],
        typer.Argument(help="Who gets the leads; several take turns.", metavar="OWNER..."),
    ],
    where: Where = None,
    source: Source = None,
    campaign: Campaign = None,
    pipeline: Pipeline = None,
    city: City = None,
    country: Country = None,
    role: Role = None,
    first: Annotated[bool, typer.Option("--first", help="Ask it before the others.")] = False,
) -> Result:
    """Add a route: new leads that it fits go to its owners in turn."""
    options = locals()
    from crm_cli.commands.inputs import used
    from crm_cli.services import lead_routes_edit

    return lead_routes_edit.add(ctx.obj.session, owners, used(options))


def _edit(
    ctx: typer.Context,
    what: One,
    where: Where = None,
    source: Source = None,
    campaign: Campaign = None,
    pipeline: Pipeline = None,
    city: City = None,
    country: Country = None,
    role: Role = None,
    all_: Annotated[bool, typer.Option("--all", help="For every lead.")] = False,
    owner: Annotated[Texts, typer.Option(help="In place of its owners; repeat it.")] = None,
    add_owner: Annotated[Texts, typer.Option(help="One who takes turns too.")] = None,
    remove_owner: Annotated[Texts, typer.Option(help="One who does no longer.")] = None,
) -> Result:
    """Change whom a route is for, or its owners."""
    options = locals()
    from crm_cli.commands.inputs import used
    from crm_cli.services import lead_routes_edit

    return lead_routes_edit.edit(ctx.obj.session, what, used(options))


def _order(ctx: typer.Context, what: Some) -> Result:
    """Ask routes first, in this order: the first that fits takes the lead."""
    from crm_cli.services import lead_routes_edit

    return lead_routes_edit.order(ctx.obj.session, what)


def _pause(ctx: typer.Context, what: One) -> Result:
    """Let a route rest: leads go to the next that fits."""
    from crm_cli.services import lead_routes_edit

    return lead_routes_edit.pause(ctx.obj.session, what, paused=True)


def _resume(ctx: typer.Context, what: One) -> Result:
    """Let a paused route work again."""
    from crm_cli.services import lead_routes_edit

    return lead_routes_edit.pause(ctx.obj.session, what, paused=False)


def _remove(ctx: typer.Context, what: One) -> Result:
    """Take a route out; leads keep the owners it gave them."""
    from crm_cli.services import lead_routes_edit

    return lead_routes_edit.remove(ctx.obj.session, what)


def _try(
    ctx: typer.Context,
    who: Annotated[Text, typer.Argument(help="The lead's contact, if there is one.")] = None,
    title: Annotated[Text, typer.Option(help="Its title.")] = None,
    value: Annotated[Text, typer.Option(help="Its value.", metavar="AMOUNT")] = None,
    source: Annotated[Text, typer.Option(help="Its source.")] = None,
    campaign: Annotated[Text, typer.Option(help="Its campaign.")] = None,
    pipeline: Annotated[Text, typer.Option(help="Its pipeline.")] = None,
    tag: Annotated[Texts, typer.Option(help="A tag of it; repeat it.")] = None,
    company: Annotated[Text, typer.Option(help="Company of a new contact.")] = None,
    city: Annotated[Text, typer.Option(help="Place of a new contact.")] = None,
    country: Annotated[Text, typer.Option(help="Country of a new contact.")] = None,
    role: Annotated[Text, typer.Option(help="Role of a new contact.")] = None,
) -> Result:
    """Say who would get such a lead, and by which route; writes nothing."""
    options = locals()
    from crm_cli.commands.inputs import used
    from crm_cli.services import lead_routes_edit

    return lead_routes_edit.try_out(ctx.obj.session, who, used(options))


LIST = Verb(_list, rows=True)
ADD = Verb(_add, writes=True)
EDIT = Verb(_edit, writes=True)
ORDER = Verb(_order, writes=True, rows=True)
PAUSE = Verb(_pause, writes=True)
RESUME = Verb(_resume, writes=True)
REMOVE = Verb(_remove, writes=True)
TRY = Verb(_try, rows=True)
