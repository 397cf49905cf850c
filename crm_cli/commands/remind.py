"""``crm remind``: follow-ups, and the reminders of them."""

from __future__ import annotations

from typing import Annotated, Optional

import typer

from crm_cli.commands import Group
from crm_cli.result import Result

GROUP = Group("remind", "Follow-ups, and the reminders that cron sends of them.")

RULE = GROUP.group("rule", "What makes follow-ups by itself: cadences and dates.")

Text = Optional[str]
Texts = Optional[list[str]]

Some = Annotated[Texts, typer.Argument(help="Ids; - reads them from stdin.", metavar="[ID...]")]
Chosen = Annotated[Text, typer.Option("--where", help="All that this chooses.", metavar="EXPR")]
Narrowed = Annotated[
    Text, typer.Option("--where", help="Filter: 'due < +7d and owner = zoe'.", metavar="EXPR")
]
Owner = Annotated[Text, typer.Option(help="Whose it is; the contact's owner without it.")]
Owners = Annotated[Text, typer.Option(help="Whose they are.")]
Repeat = Annotated[Text, typer.Option(help="daily ... yearly, 'every 2 weeks' (crm help repeats).")]
Purchase = Annotated[Text, typer.Option(help="The purchase that it is about.")]
Lead = Annotated[Text, typer.Option(help="The lead that it is about.")]
Kind = Annotated[Text, typer.Option(help="task, or promise: to the customer.")]


@GROUP.verb("add", writes=True)
def add(
    ctx: typer.Context,
    who: Annotated[
        Text, typer.Argument(help="Id, e-mail, phone, name ...; - reads ids.", show_default=False)
    ] = None,
    when: Annotated[
        Text, typer.Argument(help="Day, or day and time: friday, +2w, 'tomorrow 9:30'.")
    ] = None,
    text: Annotated[
        Text, typer.Argument(help="What is to be done; - reads stdin; else $EDITOR opens.")
    ] = None,
    repeat: Repeat = None,
    owner: Owner = None,
    purchase: Purchase = None,
    lead: Annotated[
        Text, typer.Option(help="The lead it is about; WHO may be left out, or be a colleague.")
    ] = None,
    kind: Kind = None,
) -> Result:
    """Add a follow-up: whom it is about, when it is due, what is to be done."""
    options = locals()
    from crm_cli.commands.inputs import long_text, used, who_when_and_text, whos
    from crm_cli.services import follow_ups

    who, when, text = who_when_and_text([who, when, text], lead)
    given = {**used(options), "when": when, "text": long_text(ctx.obj, text, "text", who)}
    fields = follow_ups.FollowUpFields(given=given)
    return follow_ups.add(ctx.obj.session, whos(ctx.obj, who) if who else [], fields)


@GROUP.verb("list", rows=True)
def list_(
    ctx: typer.Context,
    who: Annotated[Text, typer.Option("--who", "--contact", help="Contact.")] = None,
    owner: Owners = None,
    mine: Annotated[bool, typer.Option("--mine", help="Yours (--as, or who you are).")] = False,
    state: Annotated[Text, typer.Option(help="open (without it), done, cancelled or all.")] = None,
    all_: Annotated[bool, typer.Option("--all", help="Closed ones, too.")] = False,
    kind: Annotated[Text, typer.Option(help="task, promise, touch, date or service.")] = None,
    overdue: Annotated[bool, typer.Option("--overdue", help="Only what is overdue.")] = False,
    due_before: Annotated[Text, typer.Option(help="Due before this day.", metavar="DATE")] = None,
    since: Annotated[Text, typer.Option(help="Due from this day on.", metavar="DATE")] = None,
    until: Annotated[Text, typer.Option(help="Due up to this day.", metavar="DATE")] = None,
    period: Annotated[Text, typer.Option(help="Due in 2026, 2026-Q2, 2026-05 ...")] = None,
    purchase: Annotated[Text, typer.Option(help="About this purchase.")] = None,
    lead: Annotated[Text, typer.Option(help="About this lead.")] = None,
    where: Narrowed = None,
) -> Result:
    """List follow-ups: the open ones, for people by the day they are due."""
    from crm_cli.queries import follow_ups

    asked = {
        "who": who, "owner": ctx.obj.session.actor if mine else owner, "kind": kind,
        "state": "all" if all_ else state, "before": due_before, "since": since, "until": until,
        "period": period, "purchase": purchase, "lead": lead,
    }  # fmt: skip
    return follow_ups.listing(
        ctx.obj.session, asked, limit=ctx.obj.row_limit, where=where, overdue=overdue,
        by_due=ctx.obj.shows_people, ids_only=ctx.obj.wants_ids,
    )  # fmt: skip


@GROUP.verb("today", rows=True)
def today(ctx: typer.Context, owner: Owners = None, where: Narrowed = None) -> Result:
    """List what is due today and what is overdue, the earliest first."""
    from crm_cli.queries import follow_ups

    return follow_ups.today(ctx.obj.session, owner, where, ctx.obj.row_limit)


@GROUP.verb("show")
def show(
    ctx: typer.Context,
    what: Annotated[list[str], typer.Argument(help="Ids; - reads them.", metavar="ID...")],
) -> Result:
    """Show one follow-up, or several."""
    from crm_cli.commands.inputs import whos
    from crm_cli.queries import follow_ups

    named = [one for word in what for one in whos(ctx.obj, word)]
    return follow_ups.show(ctx.obj.session, named, for_people=ctx.obj.shows_people)


@GROUP.verb("done", writes=True)
def done(
    ctx: typer.Context,
    what: Some = None,
    next_: Annotated[
        Text, typer.Option("--next", help="Day of the next step.", metavar="WHEN")
    ] = None,
    about: Annotated[Text, typer.Option(help="What the next step is; the same without it.")] = None,
    no_next: Annotated[bool, typer.Option("--no-next", help="Ask for no next step.")] = False,
    log: Annotated[
        Text, typer.Option(help="What was said, - reads stdin: recorded as a talk, too.")
    ] = None,
    channel: Annotated[Text, typer.Option(help="Of the talk: call (without it), email ...")] = None,
    on: Annotated[Text, typer.Option(help="When it was done; now without it.")] = None,
    where: Chosen = None,
) -> Result:
    """Close follow-ups as done; what repeats gets its next round. Asks for the next step."""
    options = locals()
    from crm_cli.commands.inputs import long_text, numbered, used
    from crm_cli.commands.next_step import asked
    from crm_cli.services import follow_ups, follow_ups_change

    if log == "-":
        options["log"] = long_text(ctx.obj, log, "log", "-" if "-" in (what or ()) else None)
    chosen = numbered(ctx.obj, what, where)
    given = asked(ctx.obj, chosen, used(options))
    fields = follow_ups.FollowUpFields(given=given)
    return follow_ups_change.done(ctx.obj.session, chosen, fields)


@GROUP.verb("snooze", writes=True)
def snooze(
    ctx: typer.Context,
    words: Annotated[
        list[str],
        typer.Argument(help="Ids (- reads them), the new day: +3d, monday.", metavar="ID... WHEN"),
    ],
    where: Chosen = None,
) -> Result:
    """Put follow-ups off to another day; of what repeats this round alone."""
    from crm_cli.commands.inputs import numbered, numbers_first
    from crm_cli.services import follow_ups_change

    ids, when = numbers_first(words, where)
    return follow_ups_change.snooze(ctx.obj.session, numbered(ctx.obj, ids, where), when)


@GROUP.verb("cancel", writes=True)
def cancel(
    ctx: typer.Context,
    what: Some = None,
    this_round: Annotated[
        bool, typer.Option("--this-round", "--skip", help="What repeats: only this round.")
    ] = False,
    where: Chosen = None,
) -> Result:
    """Close follow-ups that need not be done; what repeats comes no more."""
    from crm_cli.commands.inputs import numbered
    from crm_cli.services import follow_ups_change

    chosen = numbered(ctx.obj, what, where)
    return follow_ups_change.cancel(ctx.obj.session, chosen, this_round=this_round)


@GROUP.verb("reopen", writes=True)
def reopen(ctx: typer.Context, what: Some = None, where: Chosen = None) -> Result:
    """Open closed follow-ups again."""
    from crm_cli.commands.inputs import numbered
    from crm_cli.services import follow_ups_change

    return follow_ups_change.reopen(ctx.obj.session, numbered(ctx.obj, what, where))


@GROUP.verb("edit", writes=True)
def edit(
    ctx: typer.Context,
    what: Some = None,
    when: Annotated[
        Text, typer.Option("--when", "--due", help="Day, or day and time; moves all rounds.")
    ] = None,
    text: Annotated[Text, typer.Option(help="What is to be done; - reads stdin.")] = None,
    repeat: Repeat = None,
    owner: Annotated[Text, typer.Option(help="Whose it is.")] = None,
    purchase: Purchase = None,
    lead: Lead = None,
    kind: Kind = None,
    who: Annotated[Text, typer.Option("--who", "--contact", help="Another contact.")] = None,
    unset: Annotated[
        Texts, typer.Option(help="Empty it: time, owner, repeat, purchase, lead.", metavar="FIELD")
    ] = None,
    where: Chosen = None,
) -> Result:
    """Change the fields named, of one or of many."""
    options = locals()
    from crm_cli.commands.inputs import long_text, numbered, used
    from crm_cli.services import follow_ups, follow_ups_edit

    given = used(options)
    if text == "-":
        given["text"] = long_text(ctx.obj, text, "text", "-" if "-" in (what or ()) else None)
    fields = follow_ups.FollowUpFields(given=given)
    return follow_ups_edit.edit(ctx.obj.session, numbered(ctx.obj, what, where), fields)


@GROUP.verb("delete", writes=True)
def delete(ctx: typer.Context, what: Some = None, where: Chosen = None) -> Result:
    """Move to the trash, closed ones too; asks first."""
    from crm_cli.commands.inputs import numbered
    from crm_cli.services import follow_ups_change

    return follow_ups_change.delete(ctx.obj.session, numbered(ctx.obj, what, where))


TEMPLATE = GROUP.group("template", "The texts of the mails: yours, or the built-in ones.")
TEMPLATE.elsewhere(
    "list", "remind_template", "LIST", "List the names that a template may use, and what each is."
)
TEMPLATE.elsewhere(
    "show",
    "remind_template",
    "SHOW",
    "Print a template as it is in force: yours, or the built-in one.",
)
TEMPLATE.elsewhere(
    "copy",
    "remind_template",
    "COPY",
    "Copy the built-in templates into a folder, to change them there.",
)
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
RULE.elsewhere(
    "add", "remind_rule", "ADD",
    "Add a rule: how often to stay in touch, or a date to be reminded of.",
)  # fmt: skip
RULE.elsewhere(
    "list", "remind_rule", "LIST",
    "List the rules, whom each covers, and how many of its follow-ups are due.",
)  # fmt: skip
RULE.elsewhere("show", "remind_rule", "SHOW", "Show one rule.")
RULE.elsewhere("edit", "remind_rule", "EDIT", "Change a rule; what is open follows.")
RULE.elsewhere(
    "pause", "remind_rule", "PAUSE",
    "Let a rule rest: its open follow-ups are taken back until it is resumed.",
)  # fmt: skip
RULE.elsewhere("resume", "remind_rule", "RESUME", "Let a paused rule work again.")
RULE.elsewhere(
    "delete", "remind_rule", "DELETE",
    "Delete a rule; its open follow-ups are taken back. Asks first.",
)  # fmt: skip
GROUP.elsewhere(
    "refresh", "remind_rule", "REFRESH",
    "Bring the follow-ups of all rules in line, as remind send does every day.",
)  # fmt: skip
GROUP.elsewhere(
    "calendar",
    "remind_calendar",
    "CALENDAR",
    "Write the follow-ups as an iCalendar file to subscribe to.",
)
GROUP.elsewhere(
    "send", "remind_send", "SEND", "Send what is due now, once, whatever happens: for cron."
)
GROUP.elsewhere(
    "resolve", "remind_send", "RESOLVE",
    "Settle what is in doubt or failed: sent, or resend; ADDRESS ok sends there again.",
)  # fmt: skip
GROUP.elsewhere(
    "deliveries", "remind_send", "DELIVERIES",
    "List the ledger: what went to whom, when, and what became of it.",
)  # fmt: skip
