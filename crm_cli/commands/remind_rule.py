"""``crm remind rule``: what makes follow-ups by itself; and ``crm remind refresh``."""

from __future__ import annotations

from typing import Annotated, Optional

import typer

from crm_cli.commands import Verb
from crm_cli.result import Result

Text = Optional[str]
Texts = Optional[list[str]]

What = Annotated[str, typer.Argument(help="The rule's id.", metavar="RULE")]
Tag = Annotated[Text, typer.Option(help="For contacts with this tag.")]
Segment = Annotated[Text, typer.Option(help="For this segment, as it changes.", metavar="NAME")]
Where = Annotated[Text, typer.Option(help="For all this chooses.", metavar="EXPR")]
Contact = Annotated[Text, typer.Option("--contact", "--who", help="For one.", metavar="WHO")]
Before = Annotated[Text, typer.Option(help="So long before the date: 7d, '2 weeks'.")]
Yearly = Annotated[bool, typer.Option("--yearly", help="The date comes round every year.")]
Words = Annotated[
    Text, typer.Option("--text", help="What is to be done; {name}, {date}, {age} are filled in.")
]
Owner = Annotated[Text, typer.Option(help="Whose they are; the contact's owner without it.")]
Window = Annotated[
    Optional[int], typer.Option(help="Working days over which many are spread.", metavar="DAYS")
]


def _add(
    ctx: typer.Context,
    spec: Annotated[
        str,
        typer.Argument(help="'every 6 weeks', never, birthday, or a date field.", metavar="RULE"),
    ],
    tag: Tag = None,
    segment: Segment = None,
    where: Where = None,
    contact: Contact = None,
    before: Before = None,
    yearly: Yearly = False,
    text: Words = None,
    owner: Owner = None,
    window: Window = None,
) -> Result:
    """Add a rule: how often to stay in touch, or a date to be reminded of."""
    options = locals()
    from crm_cli.commands.inputs import used
    from crm_cli.services import rules

    return rules.add(ctx.obj.session, rules.RuleFields(given=used(options)))


def _list(
    ctx: typer.Context,
    where: Annotated[
        Text, typer.Option(help="Filter: 'kind = cadence and due > 0'.", metavar="EXPR")
    ] = None,
) -> Result:
    """List the rules, whom each covers, and how many of its follow-ups are due."""
    from crm_cli.queries import rules

    return rules.listing(ctx.obj.session, where)


def _show(ctx: typer.Context, what: What) -> Result:
    """Show one rule."""
    from crm_cli.queries import rules

    return rules.show(ctx.obj.session, what)


def _edit(
    ctx: typer.Context,
    what: What,
    every: Annotated[Text, typer.Option(help="Another cadence: '6 weeks', never.")] = None,
    before: Before = None,
    yearly: Yearly = False,
    tag: Tag = None,
    segment: Segment = None,
    where: Where = None,
    contact: Contact = None,
    all_: Annotated[bool, typer.Option("--all", help="For everybody.")] = False,
    text: Words = None,
    owner: Owner = None,
    window: Window = None,
    unset: Annotated[Texts, typer.Option(help="Empty text, owner or window.")] = None,
) -> Result:
    """Change a rule; what is open follows."""
    options = locals()
    from crm_cli.commands.inputs import used
    from crm_cli.services import rules

    return rules.edit(ctx.obj.session, what, rules.RuleFields(given=used(options)))


def _pause(ctx: typer.Context, what: What) -> Result:
    """Let a rule rest: its open follow-ups are taken back until it is resumed."""
    from crm_cli.services import rules

    return rules.pause(ctx.obj.session, what, paused=True)


def _resume(ctx: typer.Context, what: What) -> Result:
    """Let a paused rule work again."""
    from crm_cli.services import rules

    return rules.pause(ctx.obj.session, what, paused=False)


def _delete(ctx: typer.Context, what: What) -> Result:
    """Delete a rule; its open follow-ups are taken back. Asks first."""
    from crm_cli.services import rules

    return rules.delete(ctx.obj.session, what)


def _refresh(ctx: typer.Context) -> Result:
    """Bring the follow-ups of all rules in line, as remind send does every day."""
    from crm_cli.services import rules

    return rules.refresh_all(ctx.obj.session)


ADD = Verb(_add, writes=True)
LIST = Verb(_list, rows=True)
SHOW = Verb(_show)
EDIT = Verb(_edit, writes=True)
PAUSE = Verb(_pause, writes=True)
RESUME = Verb(_resume, writes=True)
DELETE = Verb(_delete, writes=True)
REFRESH = Verb(_refresh, writes=True)
