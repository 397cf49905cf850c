"""``crm lead``: sales from the first interest to won or lost."""

from __future__ import annotations

from typing import Annotated, Optional

import typer

from crm_cli.commands import Group
from crm_cli.result import Result

GROUP = Group("lead", "Sales from the first interest to won or lost.")
GROUP.elsewhere("next", "lead_next", "NEXT", "Show the lead to call now, and why.")
GROUP.elsewhere(
    "score", "lead_score", "SCORE",
    "Show the scores of leads and why, the rules that give points, and the model.",
)  # fmt: skip

PIPELINE = GROUP.group("pipeline", "The ways leads take, each with stages of its own.")
for _name, _help in (
    ("list", "List the pipelines, their stages and open leads; new leads go to the first."),
    ("add", "Add a pipeline, with the usual stages unless told which."),
    ("rename", "Rename a pipeline; its key stays, and the old name still finds it."),
    ("order", "Put pipelines first, in this order: the first is where new leads go."),
    ("retire", "Begin no more leads in pipelines; what is open there stays."),
    ("restore", "Take up retired pipelines again."),
    ("delete", "Delete a pipeline that no lead ever was in; asks first."),
):
    PIPELINE.elsewhere(_name, "lead_pipeline", _name.upper(), _help)

STAGE = GROUP.group("stage", "The steps of a pipeline, their odds, and when a lead is stale.")
for _name, _help in (
    ("list", "List the stages in their order: odds, limits, leads that are and ever were there."),
    ("add", "Add a stage, behind those that are open."),
    ("edit", "Change a stage. Past days keep the odds they had."),
    ("rename", "Rename a stage; its key and history stay, and the old name still finds it."),
    ("order", "Put stages first, in this order; the others follow as they stood."),
    ("remove", "Take a stage out: its leads move, its history stays readable."),
    ("merge", "Make one stage of several, with their leads and history; asks first."),
    ("restore", "Take up retired stages again."),
):
    STAGE.elsewhere(_name, "lead_stage", _name.upper(), _help)

ROUTE = GROUP.group("route", "Who gets new leads, by what they are and where they come from.")
for _name, _help in (
    ("list", "List the routes in the order in which they are asked, and whose turn it is."),
    ("add", "Add a route: new leads that it fits go to its owners in turn."),
    ("edit", "Change whom a route is for, or its owners."),
    ("order", "Ask routes first, in this order: the first that fits takes the lead."),
    ("pause", "Let a route rest: leads go to the next that fits."),
    ("resume", "Let a paused route work again."),
    ("remove", "Take a route out; leads keep the owners it gave them."),
    ("try", "Say who would get such a lead, and by which route; writes nothing."),
):
    ROUTE.elsewhere(_name, "lead_route", _name.upper(), _help)

GROUP.elsewhere(
    "assign", "lead_assign", "ASSIGN",
    "Give leads to another owner: some, those of a filter, or --from ADA --to BOB all.",
)  # fmt: skip

Text = Optional[str]
Texts = Optional[list[str]]

Currency = Annotated[Text, typer.Option(help="Currency of the value (ISO 4217).")]
Stage = Annotated[Text, typer.Option(help="Stage; the first of its pipeline without it.")]
Pipeline = Annotated[Text, typer.Option(help="Pipeline; the first one without it.")]
Odds = Annotated[Text, typer.Option(help="Its own odds, 40 or 40%; those of its stage without it.")]
Expected = Annotated[
    Text,
    typer.Option(
        "--expected", "--expected-on", help="Day on which it may come in.", metavar="DATE"
    ),
]
Forecast = Annotated[Text, typer.Option(help="commit, best, pipeline, omitted; by odds without.")]
Source = Annotated[Text, typer.Option(help="Where it came from: web, fair ...")]
Campaign = Annotated[Text, typer.Option(help="Campaign that brought it.")]
Referrer = Annotated[
    Text, typer.Option("--referrer", "--referred-by", help="Contact who sent it.", metavar="WHO")
]
Owner = Annotated[
    Text, typer.Option(help="Whose it is; by routes without, else the contact's owner.")
]
Notes = Annotated[Text, typer.Option(help="Notes; - reads stdin.")]
Tags = Annotated[Texts, typer.Option(help="Tag; repeat it.")]
ExternalId = Annotated[Text, typer.Option(help="Its number in another system.")]
Sets = Annotated[
    Texts, typer.Option("--set", help="FIELD=VALUE, custom or own.", metavar="FIELD=VALUE")
]
Unset = Annotated[Texts, typer.Option(help="Empty this field.", metavar="FIELD")]
FollowUp = Annotated[
    Text, typer.Option(help="Its next step: friday, +2w, 'tomorrow 9:30'.", metavar="WHEN")
]
About = Annotated[Text, typer.Option(help="What the next step is; its title without it.")]
Twice = Annotated[bool, typer.Option("--allow-duplicate", help="Use an external id again.")]


@GROUP.verb("add", writes=True)
def add(
    ctx: typer.Context,
    who: Annotated[
        str, typer.Argument(help="Contact, or the address of a new one: 'Ada <ada@x.ch>'.")
    ],
    title: Annotated[str, typer.Argument(help="What it is about.")],
    value: Annotated[Text, typer.Argument(help="What it is worth: 1200, '1200 CHF'.")] = None,
    worth: Annotated[Text, typer.Option("--value", help="VALUE, as lead edit has it.")] = None,
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
        Text, typer.Option("--opened", "--on", "--opened-at", help="When it began; now without it.")
    ] = None,
    external_id: ExternalId = None,
    name: Annotated[Text, typer.Option(help="Name of a contact that is made.")] = None,
    email: Annotated[Text, typer.Option(help="Its e-mail, where WHO is its name.")] = None,
    phone: Annotated[Text, typer.Option(help="Its phone.")] = None,
    company: Annotated[Text, typer.Option(help="Its company; made when new.")] = None,
    set_: Sets = None,
    unset: Unset = None,
    follow_up: FollowUp = None,
    about: About = None,
    no_create: Annotated[bool, typer.Option("--no-create", help="Make no contact.")] = False,
    allow_duplicate: Twice = False,
) -> Result:
    """Open a lead: with whom, what it is about, what it is worth."""
    options = locals()
    from crm_cli.commands.inputs import said_once, used_with_notes, whos
    from crm_cli.services import leads

    options |= {"value": said_once(value, worth, "value"), "worth": None}
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


GROUP.elsewhere("board", "lead_list", "BOARD", "Show the open leads as cards, a column a stage.")
GROUP.elsewhere(
    "list", "lead_list", "LIST",
    "List leads: the open ones, unless a state or a stage is asked for.",
)  # fmt: skip
GROUP.elsewhere(
    "export", "transfer", "EXPORT_LEADS",
    "Export leads: CSV, JSON Lines (-f jsonl) or FILE.xlsx; all import back.",
)  # fmt: skip
GROUP.elsewhere("import", "lead_import", "IMPORT", "Import leads; contacts not known yet are made.")
for _name, _help in (
    (
        "edit",
        "Change the fields named, of one or of many; closed leads keep value, odds and dates.",
    ),
    ("move", "Move to another stage; a won one wins, a lost one takes --reason."),
    ("win", "Close as won: the contact becomes a customer, --purchase writes the sale."),
    ("lose", "Close as lost, for a reason of the picklist loss-reason."),
    ("reopen", "Open closed leads again, in the stage they were in before."),
    ("delete", "Move to the trash, closed ones too; asks first. Follow-ups, talks and sales stay."),
):
    GROUP.elsewhere(_name, "lead_change", _name.upper(), _help)
