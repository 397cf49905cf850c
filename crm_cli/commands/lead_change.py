"""``crm lead edit``, ``move``, ``win``, ``lose``, ``reopen`` and ``delete``."""

from __future__ import annotations

from typing import Annotated

import typer

from crm_cli.commands import Verb
from crm_cli.commands.lead import (
    About,
    Campaign,
    Currency,
    Expected,
    ExternalId,
    FollowUp,
    Forecast,
    Notes,
    Referrer,
    Sets,
    Source,
    Tags,
    Text,
    Texts,
    Twice,
    Unset,
)
from crm_cli.result import Result

What = Annotated[
    Text,
    typer.Argument(
        help="Id, external id, contact or part of the title; - reads ids.", metavar="[LEAD]"
    ),
]
Chosen = Annotated[Text, typer.Option("--where", help="All that this chooses.", metavar="EXPR")]
When = Annotated[
    Text, typer.Option("--on", help="When it was; now without it.", metavar="DATE|INSTANT")
]
Closing = Annotated[Text, typer.Option("--notes", help="Added to its notes; - reads stdin.")]
Reason = Annotated[
    Text,
    typer.Option(
        "--reason", "--loss-reason", help="Why it is lost (crm picklist list loss-reason)."
    ),
]
Competitor = Annotated[Text, typer.Option(help="To whom it is lost.")]
Cancel = Annotated[
    bool, typer.Option("--cancel-follow-ups", help="Cancel its open follow-ups, when it closes.")
]


def edit(
    ctx: typer.Context,
    what: What = None,
    title: Annotated[Text, typer.Option(help="What it is about.")] = None,
    value: Annotated[Text, typer.Option(help="What it is worth: 1200, '1200 CHF'.")] = None,
    currency: Currency = None,
    stage: Annotated[Text, typer.Option(help="Another open stage, as lead move does.")] = None,
    probability: Annotated[Text, typer.Option(help="Its own odds, 40 or 40%.")] = None,
    expected: Expected = None,
    forecast: Forecast = None,
    source: Source = None,
    campaign: Campaign = None,
    referrer: Referrer = None,
    owner: Annotated[Text, typer.Option(help="Whose it is.")] = None,
    opened: Annotated[
        Text, typer.Option(help="When it began, of an open one.", metavar="DATE|INSTANT")
    ] = None,
    notes: Notes = None,
    tag: Tags = None,
    untag: Annotated[Texts, typer.Option(help="Tag that it loses; repeat it.")] = None,
    reason: Reason = None,
    competitor: Competitor = None,
    who: Annotated[Text, typer.Option("--who", "--contact", help="Another contact.")] = None,
    external_id: ExternalId = None,
    set_: Sets = None,
    unset: Unset = None,
    follow_up: FollowUp = None,
    about: About = None,
    allow_duplicate: Twice = False,
    where: Chosen = None,
) -> Result:
    """Change the fields named, of one or of many; closed leads keep value, odds and dates."""
    options = locals()
    from crm_cli.commands.inputs import leads_named, used_with_notes
    from crm_cli.services import leads, leads_edit

    given = used_with_notes(ctx.obj, options, ("what", "where"), what)
    chosen = leads_named(ctx.obj, what, where)
    return leads_edit.edit(ctx.obj.session, chosen, leads.LeadFields(given=given))


def move(
    ctx: typer.Context,
    words: Annotated[
        Texts, typer.Argument(help="Lead (- reads ids) and stage.", metavar="LEAD STAGE")
    ] = None,
    pipeline: Annotated[
        Text, typer.Option(help="The stage's pipeline; its own without it.")
    ] = None,
    on: When = None,
    reason: Reason = None,
    competitor: Competitor = None,
    follow_up: FollowUp = None,
    about: About = None,
    cancel_follow_ups: Cancel = False,
    where: Chosen = None,
) -> Result:
    """Move to another stage; a won one wins, a lost one takes --reason."""
    options = locals()
    from crm_cli.commands.inputs import lead_and_word, leads_named, used
    from crm_cli.services import leads, leads_moves

    what, stage = lead_and_word(words, where, "STAGE")
    fields = leads.LeadFields(given=used({**options, "words": None, "where": None}))
    chosen = leads_named(ctx.obj, what, where)
    return leads_moves.move(ctx.obj.session, chosen, stage, fields)


def win(
    ctx: typer.Context,
    what: What = None,
    amount: Annotated[Text, typer.Argument(help="What it came to; its value without it.")] = None,
    purchase: Annotated[bool, typer.Option("--purchase", help="Write the sale, too.")] = False,
    product: Annotated[
        Text, typer.Option(help="What was sold, written as a sale; its title without it.")
    ] = None,
    on: When = None,
    stage: Annotated[Text, typer.Option(help="Which of several won stages.")] = None,
    notes: Closing = None,
    follow_up: FollowUp = None,
    about: About = None,
    cancel_follow_ups: Cancel = False,
) -> Result:
    """Close as won: the contact becomes a customer, --purchase writes the sale."""
    options = locals()
    from crm_cli.commands.inputs import leads_named, used_with_notes
    from crm_cli.services import leads, leads_win

    fields = leads.LeadFields(given=used_with_notes(ctx.obj, options, ("what",), what))
    return leads_win.win(ctx.obj.session, leads_named(ctx.obj, what, None), fields)


def lose(
    ctx: typer.Context,
    words: Annotated[
        Texts, typer.Argument(help="Lead (- reads ids) and why.", metavar="LEAD REASON")
    ] = None,
    reason: Reason = None,
    competitor: Competitor = None,
    on: When = None,
    stage: Annotated[Text, typer.Option(help="Which of several lost stages.")] = None,
    notes: Closing = None,
    follow_up: FollowUp = None,
    about: About = None,
    cancel_follow_ups: Cancel = False,
    where: Chosen = None,
) -> Result:
    """Close as lost, for a reason of the picklist loss-reason."""
    options = locals()
    from crm_cli.commands.inputs import lead_and_word, leads_named, used_with_notes
    from crm_cli.services import leads, leads_moves

    what, why = lead_and_word([*(words or []), *([reason] if reason else [])], where, "REASON")
    aside = ("words", "where", "reason")
    fields = leads.LeadFields(given=used_with_notes(ctx.obj, options, aside, what))
    chosen = leads_named(ctx.obj, what, where)
    return leads_moves.lose(ctx.obj.session, chosen, why, fields)


def reopen(
    ctx: typer.Context,
    what: What = None,
    stage: Annotated[Text, typer.Option(help="Stage; the one before closing without it.")] = None,
    on: When = None,
    follow_up: FollowUp = None,
    about: About = None,
    where: Chosen = None,
) -> Result:
    """Open closed leads again, in the stage they were in before."""
    options = locals()
    from crm_cli.commands.inputs import leads_named, used
    from crm_cli.services import leads, leads_moves

    fields = leads.LeadFields(given=used({**options, "what": None, "where": None}))
    return leads_moves.reopen(ctx.obj.session, leads_named(ctx.obj, what, where), fields)


def delete(ctx: typer.Context, what: What = None, where: Chosen = None) -> Result:
    """Move to the trash, closed ones too; asks first. Follow-ups, talks and sales stay."""
    from crm_cli.commands.inputs import leads_named
    from crm_cli.services import leads_removal

    return leads_removal.delete(ctx.obj.session, leads_named(ctx.obj, what, where))


EDIT = Verb(edit, writes=True)
MOVE = Verb(move, writes=True)
WIN = Verb(win, writes=True)
LOSE = Verb(lose, writes=True)
REOPEN = Verb(reopen, writes=True)
DELETE = Verb(delete, writes=True)
