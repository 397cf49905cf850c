"""``crm remind``: follow-ups, and the reminders of them."""

from __future__ import annotations

from typing import Annotated, Optional

import typer

from crm_cli.commands import Group
from crm_cli.result import Result

GROUP = Group("remind", "Follow-ups, and the reminders that cron sends of them.")

Text = Optional[str]
Texts = Optional[list[str]]

Whens = Annotated[
    str, typer.Argument(help="Day, or day and time: friday, +2w, 'tomorrow 9:30'.", metavar="WHEN")
]
Whats = Annotated[list[str], typer.Argument(help="Ids; - reads them from stdin.", metavar="ID...")]
Owner = Annotated[Text, typer.Option(help="Whose it is; the contact's owner without it.")]
Repeat = Annotated[
    Text, typer.Option(help="daily ... yearly, 'every 2 weeks', 'last day of month'.")
]


@GROUP.verb("add", writes=True)
def add(
    ctx: typer.Context,
    who: Annotated[str, typer.Argument(help="Id, e-mail, phone, name ...; - reads ids.")],
    when: Whens,
    text: Annotated[
        Text, typer.Argument(help="What is to be done; - reads stdin; else $EDITOR opens.")
    ] = None,
    owner: Owner = None,
    repeat: Repeat = None,
) -> Result:
    """Add a follow-up: whom it is about, when it is due, what is to be done."""
    options = locals()
    from crm_cli.commands.inputs import long_text, used, whos
    from crm_cli.services import follow_ups

    given = {**used(options), "text": long_text(ctx.obj, text, "text", who)}
    fields = follow_ups.FollowUpFields(given=given)
    return follow_ups.add(ctx.obj.session, whos(ctx.obj, who), fields)


@GROUP.verb("list", rows=True)
def list_(
    ctx: typer.Context,
    who: Annotated[Text, typer.Option("--who", "--contact", help="Contact.")] = None,
    owner: Annotated[Text, typer.Option(help="Whose they are.")] = None,
    state: Annotated[Text, typer.Option(help="open (without it), done, cancelled or all.")] = None,
    kind: Annotated[Text, typer.Option(help="task, promise, touch, date or service.")] = None,
) -> Result:
    """List follow-ups: the open ones, for people by the day they are due."""
    from crm_cli.queries import follow_ups

    asked = {"who": who, "owner": owner, "state": state, "kind": kind}
    return follow_ups.listing(
        ctx.obj.session, asked, limit=ctx.obj.row_limit, by_due=ctx.obj.shows_people
    )


@GROUP.verb("done", writes=True)
def done(ctx: typer.Context, what: Whats) -> Result:
    """Close follow-ups as done; what repeats gets its next round."""
    from crm_cli.commands.inputs import whos
    from crm_cli.services import follow_ups

    named = [one for word in what for one in whos(ctx.obj, word)]
    return follow_ups.done(ctx.obj.session, named)


GROUP.elsewhere(
    "schedule",
    "remind_schedule",
    "SCHEDULE",
    "Print what makes cron (or another scheduler) send the reminders, and keep the interval.",
)
GROUP.elsewhere(
    "status",
    "remind_status",
    "STATUS",
    "Show whether the reminders are at work; exit 7 when something is to be looked at.",
)
