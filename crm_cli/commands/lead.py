"""``crm lead``: sales from the first interest to won or lost."""

from __future__ import annotations

from typing import Annotated, Optional

import typer

from crm_cli.commands import Group
from crm_cli.result import Result

GROUP = Group("lead", "Sales from the first interest to won or lost.")

Text = Optional[str]
Texts = Optional[list[str]]

Currency = Annotated[Text, typer.Option(help="Currency of the value (ISO 4217).")]
Stage = Annotated[Text, typer.Option(help="Stage; the first of its pipeline without it.")]
Pipeline = Annotated[Text, typer.Option(help="Pipeline; the first one without it.")]
Odds = Annotated[Text, typer.Option(help="Its own odds, 40 or 40%; those of its stage without it.")]
Expected = Annotated[Text, typer.Option(help="Day on which it may come in.", metavar="DATE")]
Forecast = Annotated[Text, typer.Option(help="commit, best, pipeline, omitted; by odds without.")]
Source = Annotated[Text, typer.Option(help="Where it came from: web, fair ...")]
Campaign = Annotated[Text, typer.Option(help="Campaign that brought it.")]
Referrer = Annotated[
    Text, typer.Option("--referrer", "--referred-by", help="Contact who sent it.", metavar="WHO")
]
Owner = Annotated[Text, typer.Option(help="Whose it is; the contact's owner without it.")]
Notes = Annotated[Text, typer.Option(help="Notes; - reads stdin.")]
Tags = Annotated[Texts, typer.Option(help="Tag; repeat it.")]
ExternalId = Annotated[Text, typer.Option(help="Its number in another system.")]
Twice = Annotated[bool, typer.Option("--allow-duplicate", help="Use an external id again.")]


@GROUP.verb("add", writes=True)
def add(
    ctx: typer.Context,
    who: Annotated[
        str, typer.Argument(help="Contact, or the address of a new one: 'Ada <ada@x.ch>'.")
    ],
    title: Annotated[str, typer.Argument(help="What it is about.")],
    value: Annotated[Text, typer.Argument(help="What it is worth: 1200, '1200 CHF'.")] = None,
    currency: Currency = None,
    stage: Stage = None,
    pipeline: Pipeline = None,
    probability: Odds = None,
    expected: Expected = None,
    forecast: Forecast = None,
    source: Source = None,
    campaign: Campaign = None,
    referrer: Referrer = None,
    owner: Owner = None,
    notes: Notes = None,
    tag: Tags = None,
    opened: Annotated[
        Text, typer.Option("--opened", "--on", help="When it began; now without it.")
    ] = None,
    external_id: ExternalId = None,
    name: Annotated[Text, typer.Option(help="Name of a contact that is made.")] = None,
    email: Annotated[Text, typer.Option(help="Its e-mail, where WHO is its name.")] = None,
    phone: Annotated[Text, typer.Option(help="Its phone.")] = None,
    company: Annotated[Text, typer.Option(help="Its company; made when new.")] = None,
    no_create: Annotated[bool, typer.Option("--no-create", help="Make no contact.")] = False,
    allow_duplicate: Twice = False,
) -> Result:
    """Open a lead: with whom, what it is about, what it is worth."""
    options = locals()
    from crm_cli.commands.inputs import used_with_notes, whos
    from crm_cli.services import leads

    fields = leads.LeadFields(given=used_with_notes(ctx.obj, options))
    return leads.add(ctx.obj.session, whos(ctx.obj, who), fields)


@GROUP.verb("show")
def show(
    ctx: typer.Context,
    what: Annotated[
        list[str], typer.Argument(help="Id, external id, contact or part of the title; - reads"
                                  " ids.", metavar="LEAD...")
    ],
) -> Result:  # fmt: skip
    """Show one lead, or several."""
    from crm_cli.commands.inputs import whos
    from crm_cli.queries import leads

    named = [one for word in what for one in whos(ctx.obj, word)]
    return leads.show(ctx.obj.session, named, for_people=ctx.obj.shows_people)


GROUP.elsewhere(
    "list", "lead_list", "LIST",
    "List leads: the open ones, unless a state or a stage is asked for.",
)  # fmt: skip
