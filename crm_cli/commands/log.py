"""``crm log``: calls, mails, meetings and notes, as they happened."""

from __future__ import annotations

from typing import Annotated, Any, Optional

import typer

from crm_cli.commands import Group
from crm_cli.result import Result

GROUP = Group("log", "What was said: calls, e-mails, meetings, notes.")

Text = Optional[str]
Texts = Optional[list[str]]

Who = Annotated[
    Text,
    typer.Argument(help="Id, e-mail (made when new), phone, system:value or name; - reads ids."),
]
Said = Annotated[
    Text, typer.Argument(help="What was said; - reads stdin; without it $EDITOR opens.")
]
Channel = Annotated[str, typer.Option(help="call, email, meeting, sms ... (crm picklist list).")]
Direction = Annotated[Text, typer.Option(help="in, out or none; out, but for notes.")]
Subject = Annotated[Text, typer.Option(help="What it was about, in a line.")]
Outcome = Annotated[Text, typer.Option(help="reached, no-answer, interested, agreed ...")]
Sentiment = Annotated[Text, typer.Option(help="-2 to 2, or very bad, bad, neutral, good ...")]
Duration = Annotated[Text, typer.Option(help="45, 45m, 1h30, 1:30.")]
At = Annotated[Text, typer.Option(help="When; now without it: 'yesterday 17:00'.", metavar="WHEN")]
With = Annotated[Texts, typer.Option("--with", help="Who else took part; repeat it.")]
By = Annotated[Text, typer.Option(help="Who of us; you without it.")]
Lead = Annotated[
    Text, typer.Option(help="The lead it was about; WHO is then its contact, unless named.")
]
Campaign = Annotated[Text, typer.Option(help="Campaign it belongs to.")]
FollowUp = Annotated[Text, typer.Option(help="Remind of it: friday, +2w ...", metavar="WHEN")]
Promise = Annotated[Text, typer.Option(help="Promised to the customer by then.", metavar="WHEN")]
About = Annotated[Text, typer.Option(help="What is to be done; the subject without it.")]
NoCreate = Annotated[bool, typer.Option("--no-create", help="Make no contact of an address.")]


def _add(ctx: typer.Context, words: list[str | None], options: dict[str, Any]) -> Result:
    from crm_cli.commands.inputs import long_text, used, who_and_text, whos
    from crm_cli.services import interactions

    given = used(options)
    who, text = who_and_text(words, given.get("lead"))
    if text is not None or not given.keys() & {"subject", "outcome"}:
        given["text"] = long_text(ctx.obj, text, "text", who)
    fields = interactions.InteractionFields(given=given)
    return interactions.add(ctx.obj.session, whos(ctx.obj, who) if who else [], fields)


def _shortcut(channel: str, line: str) -> None:
    """Register the verb of a channel."""

    def verb(
        ctx: typer.Context, who: Who = None, text: Said = None, direction: Direction = None,
        subject: Subject = None, outcome: Outcome = None, sentiment: Sentiment = None,
        duration: Duration = None, at: At = None, with_: With = None, by: By = None,
        campaign: Campaign = None, lead: Lead = None, follow_up: FollowUp = None,
        promise: Promise = None, about: About = None, no_create: NoCreate = False,
    ) -> Result:  # fmt: skip
        options = {**locals(), "channel": channel}
        return _add(ctx, [who, text], options)

    verb.__doc__ = line
    GROUP.verb(channel, writes=True)(verb)


_shortcut("call", "Record a phone call.")
_shortcut("email", "Record an e-mail.")
_shortcut("meeting", "Record a meeting.")
_shortcut("chat", "Record a chat.")
_shortcut("visit", "Record a visit.")
_shortcut("note", "Write something down; it does not count as contact.")


@GROUP.verb("add", writes=True)
def add(
    ctx: typer.Context, channel: Channel, who: Who = None, text: Said = None,
    direction: Direction = None, subject: Subject = None, outcome: Outcome = None,
    sentiment: Sentiment = None, duration: Duration = None, at: At = None, with_: With = None,
    by: By = None, campaign: Campaign = None, lead: Lead = None, follow_up: FollowUp = None,
    promise: Promise = None, about: About = None, no_create: NoCreate = False,
) -> Result:  # fmt: skip
    """Record a talk over any channel."""
    return _add(ctx, [who, text], locals())


@GROUP.verb("list", rows=True)
def list_(
    ctx: typer.Context,
    who: Annotated[Text, typer.Option("--who", "--contact", help="Contact.")] = None,
    channel: Annotated[Text, typer.Option(help="Channel.")] = None,
    direction: Annotated[Text, typer.Option(help="in, out or none.")] = None,
    outcome: Annotated[Text, typer.Option(help="Outcome.")] = None,
    by: Annotated[Text, typer.Option(help="Who of us.")] = None,
    campaign: Annotated[Text, typer.Option(help="Campaign.")] = None,
    lead: Annotated[Text, typer.Option(help="About this lead.")] = None,
    since: Annotated[Text, typer.Option(help="From this day on.", metavar="DATE")] = None,
    until: Annotated[Text, typer.Option(help="Up to this day.", metavar="DATE")] = None,
    period: Annotated[Text, typer.Option(help="2026, 2026-Q2, 2026-05, last-month, ytd.")] = None,
    where: Annotated[
        Text, typer.Option(help="Filter: 'channel = call and at >= -30d'.", metavar="EXPR")
    ] = None,
) -> Result:
    """List talks."""
    from crm_cli.queries import interactions

    asked = {
        "who": who, "channel": channel, "direction": direction, "outcome": outcome, "by": by,
        "campaign": campaign, "lead": lead, "since": since, "until": until, "period": period,
    }  # fmt: skip
    return interactions.listing(
        ctx.obj.session, asked, limit=ctx.obj.row_limit, where=where, ids_only=ctx.obj.wants_ids
    )


@GROUP.verb("show")
def show(
    ctx: typer.Context,
    what: Annotated[str, typer.Argument(help="Id; - reads ids.", metavar="INTERACTION")],
) -> Result:
    """Show one talk, or those that stdin names."""
    from crm_cli.commands.inputs import whos
    from crm_cli.queries import interactions

    words = whos(ctx.obj, what)
    return interactions.show(ctx.obj.session.reader, words, for_people=ctx.obj.shows_people)


Some = Annotated[Text, typer.Argument(help="Id; - reads ids.", metavar="[INTERACTION]")]
Chosen = Annotated[Text, typer.Option("--where", help="All that this chooses.", metavar="EXPR")]


@GROUP.verb("edit", writes=True)
def edit(
    ctx: typer.Context,
    what: Some = None,
    who: Annotated[Text, typer.Option("--who", "--contact", help="It was with this one.")] = None,
    text: Annotated[Text, typer.Option("--text", "--body", help="- reads stdin.")] = None,
    channel: Annotated[Text, typer.Option(help="Channel.")] = None,
    direction: Annotated[Text, typer.Option(help="in, out or none.")] = None,
    subject: Subject = None,
    outcome: Outcome = None,
    sentiment: Sentiment = None,
    duration: Duration = None,
    at: Annotated[Text, typer.Option(help="When it was.", metavar="WHEN")] = None,
    with_: Annotated[Texts, typer.Option("--with", help="Took part as well; repeat it.")] = None,
    without: Annotated[Texts, typer.Option(help="Did not take part; repeat it.")] = None,
    by: Annotated[Text, typer.Option(help="Who of us.")] = None,
    campaign: Campaign = None,
    lead: Annotated[Text, typer.Option(help="The lead it was about.")] = None,
    unset: Annotated[Texts, typer.Option(help="Empty this field.", metavar="FIELD")] = None,
    where: Chosen = None,
) -> Result:
    """Change the fields named, of one or of many."""
    options = locals()
    from crm_cli.commands.inputs import long_text, selection, used
    from crm_cli.services import interactions

    given = used({**options, "where": None, "what": None})
    if text == "-":
        given["text"] = long_text(ctx.obj, text, "text", what)
    fields = interactions.InteractionFields(given=given)
    chosen = selection(ctx.obj, what, where, what="INTERACTION")
    if chosen is not None:
        from crm_cli.services import bulk_interactions

        return bulk_interactions.edit(ctx.obj.session, chosen, fields)
    from crm_cli.services import interactions_edit

    return interactions_edit.edit(ctx.obj.session, what or "", fields)


@GROUP.verb("delete", writes=True)
def delete(
    ctx: typer.Context,
    what: Annotated[
        Texts, typer.Argument(help="Ids; - reads ids.", metavar="[INTERACTION]...")
    ] = None,
    where: Chosen = None,
) -> Result:
    """Move to the trash; asks first. Follow-ups made in it stay."""
    from crm_cli.commands.inputs import selection

    several = what or []
    chosen = None
    if len(several) < 2 or where is not None:
        first = several[0] if several else None
        chosen = selection(ctx.obj, first, where, what="INTERACTION")
    if chosen is not None:
        from crm_cli.services import bulk_interactions

        return bulk_interactions.delete(ctx.obj.session, chosen)
    from crm_cli.services import interactions_edit

    return interactions_edit.delete(ctx.obj.session, several)


GROUP.elsewhere(
    "import",
    "log_import",
    "IMPORT",
    "Import talks from a table, or mails of an mbox, a Maildir or .eml files.",
)
